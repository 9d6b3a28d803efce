"""Headers, words of closed lists and single cells: what a person may have meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.missions import values, words
from outreach.missions.columns import COLUMNS, Kind, column_for, kind_by_name
from outreach.missions.values import Unusable
from outreach.text import address_key
from outreach.vocabulary import Language, Line, Role

EVERY_NAME = [
    (kind, column, name)
    for kind in Kind
    for column in COLUMNS[kind]
    for name in (column.header, column.field, *column.synonyms)
    if name
]
DRESS = st.lists(st.sampled_from([" ", "_", "-", ".", "\n", "\u00a0"]), max_size=3).map("".join)


@given(entry=st.sampled_from(EVERY_NAME), before=DRESS, after=DRESS, upper=st.booleans())
def test_case_accents_and_spaces_of_a_header_do_not_matter(
    entry: tuple[Kind, object, str], before: str, after: str, upper: bool
) -> None:
    kind, column, name = entry
    dressed = before + (name.upper() if upper else name.lower()).replace(" ", f" {before}") + after
    assert any(column is known and known.is_called(dressed) for known in COLUMNS[kind])


def test_no_header_means_two_columns_of_a_sheet() -> None:
    for kind in Kind:
        for column in COLUMNS[kind]:
            for name in (column.header, column.field, *column.synonyms):
                called = [other.header for other in COLUMNS[kind] if name and other.is_called(name)]
                assert len(called) <= 1, (kind, name, called)


@given(st.text(max_size=30))
def test_any_text_may_be_a_header(text: str) -> None:
    kind_by_name(text)
    for kind in Kind:
        column_for(kind, text)


@given(st.sampled_from(list(Kind)), st.data())
def test_a_cell_is_taken_or_refused_and_never_crashes(kind: Kind, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(values.READERS[kind])))
    text = data.draw(st.text(max_size=80))
    said = ["taken"]
    try:
        values.READERS[kind][field](text)
    except Unusable as error:
        said = [str(error.says), str(error.remedy)]
    assert all(said)
    assert "\n" not in "".join(said)


@given(st.emails())
def test_an_address_stays_the_same_box(address: str) -> None:
    try:
        stored = values.email(f"  {address}\u00a0")
    except Unusable:
        return
    assert address_key(stored) == address_key(address)
    assert values.email(stored) == stored


@pytest.mark.parametrize("address", ["a@fra.example", "A.b+c@x.test", "o'b@y.invalid", "é@pošta.test"])
def test_reserved_domains_are_good_addresses(address: str) -> None:
    assert values.email(address) == address


@pytest.mark.parametrize(
    ("read", "text", "meant"),
    [
        (words.role, "Permanent Representative’s Office", Role.PERMANENT_REPRESENTATIVE),
        (words.role, "ambassadrice", Role.PERMANENT_REPRESENTATIVE),
        (words.role, "Human Rights Expert", Role.HUMAN_RIGHTS_EXPERT),
        (words.role, "DPR", Role.DEPUTY),
        (words.language, "FRANÇAIS", Language.FRENCH),
        (words.language, "русский", Language.RUSSIAN),
        (words.line, "Cc:", Line.CC),
        (words.yes_no, "SÍ", True),
        (words.yes_no, "0", False),
        (words.group, "grulac", words.Group.LATIN_AMERICAN),
        (words.group, "Asia Pacific", words.Group.ASIA_PACIFIC),
        (words.group, "Western European & Others", words.Group.WESTERN_EUROPEAN),
        (words.status, "Observer", words.Status.OBSERVER),
    ],
)
def test_common_synonyms(read: object, text: str, meant: object) -> None:
    assert callable(read)
    assert read(text) == meant


def test_every_word_that_is_offered_is_taken() -> None:
    assert [words.role(role) for role in Role] == list(Role)
    assert [words.line(line) for line in Line] == list(Line)
    assert [words.language(language) for language in Language] == list(Language)
    assert [words.language(name) for name in words.LANGUAGE_NAMES.values()] == list(words.LANGUAGE_NAMES)
    assert [words.group(group) for group in words.Group] == list(words.Group)
    assert [words.status(status) for status in words.Status] == list(words.Status)
    assert [words.yes_no(answer) for answer in words.YES_NO.values()] == list(words.YES_NO)
