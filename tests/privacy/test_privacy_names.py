"""Names are known again however they are written, and nothing but them is taken out of a text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import UserError
from outreach.privacy.identity import MARK, NaturalPerson, asked_for, like_name, same_name
from outreach.text import address_key, erased_key

LETTERS = "abcdefghijklmnopqrstuvwxyzáàâäãåçéèêëíîïñóôöõøœúûüýčşšžłđßаеиокрмаنم"
# Three letters and more, none of them a title, which says nothing of who it is.
words = st.text(LETTERS, min_size=3, max_size=9).filter(
    lambda word: same_name(f"{word} qqqqqqqqqq", f"qqqqqqqqqq {word}")
)
names = st.lists(words, min_size=2, max_size=4, unique=True)
addresses = st.builds(
    lambda local, domain: f"{local}@{domain}.example",
    st.from_regex(r"[a-z][a-z0-9]{2,8}(\.[a-z]{2,6})?", fullmatch=True),
    st.from_regex(r"[a-z]{3,8}", fullmatch=True),
)
# Texts that can hold none of the names: no letter of theirs is in them.
around = st.text(" \n.,;:!?()0123456789-", max_size=30).map(lambda text: f" | {text} | ")


@given(names, st.randoms(use_true_random=False))
def test_order_case_accents_and_titles_do_not_matter(parts: list[str], chance: object) -> None:
    name = " ".join(parts)
    others = [*parts]
    chance.shuffle(others)  # type: ignore[attr-defined]
    assert same_name(name, " ".join(others))
    assert same_name(name, name.upper().replace("ẞ", "SS"))
    assert same_name(name, unicodedata.normalize("NFD", name))
    assert same_name(name, f"{parts[-1].upper()}, {' '.join(parts[:-1])}")
    assert same_name(f"H.E. Ms {name}", name)
    assert not same_name(name, f"{name} qqq")


@given(names)
def test_a_part_of_a_name_is_likely_and_not_the_same(parts: list[str]) -> None:
    name = " ".join(parts)
    assert like_name(parts[-1], name)
    assert not same_name(parts[-1], name)
    assert like_name(f"{parts[0][0]}. {' '.join(parts[1:])}", name)


@given(names, addresses, st.lists(around, min_size=3, max_size=3), st.booleans())
def test_only_the_person_is_taken_out_of_a_text(
    parts: list[str], address: str, pieces: list[str], turned: bool
) -> None:
    person = NaturalPerson(frozenset({address_key(address)}), (" ".join(parts),))
    written = " ".join([parts[-1].upper() + ",", *parts[:-1]] if turned else parts)
    text = f"{pieces[0]}{written}{pieces[1]}{address.upper()}{pieces[2]}"
    assert person.redacted(text) == f"{pieces[0]}{MARK}{pieces[1]}{MARK}{pieces[2]}"
    assert not person.spans(person.redacted(text))
    assert person.redacted_value({"to": [address_key(address)]}) == {"to": [erased_key(address_key(address))]}


@given(addresses, st.from_regex(r"[a-z]{1,4}", fullmatch=True))
def test_an_address_within_a_longer_one_is_another(address: str, more: str) -> None:
    person = NaturalPerson(frozenset({address_key(address)}))
    for other in (f"{more}.{address}", f"{more}{address}", f"{address}.{more}", f"{more}+{address}"):
        assert not person.spans(f"to {other} only")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jörg Müller", "Mueller Joerg"),
        ("Søren Ærø", "SOEREN AEROE"),
        ("Łukasz Żak", "Zak Lukasz"),
        ("Groß Eva", "GROSS Eva"),
    ],
)
def test_letters_that_keyboards_lack(one: str, other: str) -> None:
    assert same_name(one, other)


def test_a_name_and_an_address_side_by_side_are_two() -> None:
    person = NaturalPerson(frozenset({"zoe.sample@bel.mission.example"}), ("Zoe Sample",))
    assert person.redacted("Ms Zoë Sample (zoe.sample@bel.mission.example).") == f"Ms {MARK} ({MARK})."
    assert person.redacted("> Zoe\n> Sample wrote; Zoe, then (Sample)") == f"> {MARK} wrote; Zoe, then (Sample)"


def test_what_names_nobody_is_refused() -> None:
    for words_ in ("", "  ", "a", "?!"):
        with pytest.raises(UserError):
            asked_for([words_])
    assert asked_for(["Zoe <Z@X.example>"]) == (frozenset({"z@x.example"}), ())


@given(addresses)
def test_what_stands_for_an_address_is_no_address_and_stays(address: str) -> None:
    stands = erased_key(address_key(address))
    assert address not in stands
    assert erased_key(stands) == address_key(stands) == stands
