"""Two texts that differ by signs and slips are nearly the same; two letters of one series are not."""

import pytest

from outreach.letters.likeness import Likeness, likeness, words_of

LETTER = (
    "Excellency, we write to you ahead of the 55th session of the Human Rights Council. More and more people who "
    "document violations are watched, sued or imprisoned for it, in Niger as elsewhere. We ask the Government to "
    "support a resolution on their protection, and to speak in the general debate of the Council. We would be grateful "
    "for an answer by 27 March. Please accept, Excellency, the assurances of our highest consideration."
)
RUSSIAN = (
    "Ваше Превосходительство, мы обращаемся к вам накануне сессии Совета по правам человека. Мы просим правительство "
    "поддержать резолюцию о защите тех, кто документирует нарушения, и выступить в общих прениях."
)


def compared(text: str, other: str) -> Likeness | None:
    return likeness(words_of(text), words_of(other))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (".", "!", Likeness()),
        (", ", " \u2013 ", Likeness()),
        ("Human Rights", "HUMAN RIGHTS", Likeness()),
        ("general debate", "general-debate", Likeness()),
        ("resolution", "resolu\u00adtion", Likeness()),
        ("protection", "protetcion", Likeness(1)),
        ("Human", "Humna", Likeness(1)),
        ("Council.", "Counsil.", None),  # both times: it may be another body
        ("debate of the Council", "debate of the Counsil", Likeness(1)),
        ("support", "please support", Likeness(0, 1)),
        ("27 March.", "27 March. A reply to this message reaches us directly.", Likeness(0, 8)),
        ("55th", "56th", None),
        ("27 March", "28 March", None),
        ("March", "May", None),
        ("Niger", "Nigeria", None),
        ("Niger", "South Niger", None),
        ("protection", "safety", None),
        ("the Government", "Parliament", None),
        ("general debate", "general debate on Sudan", None),
    ],
)
def test_each_difference_is_of_a_kind(old: str, new: str, told: Likeness | None) -> None:
    other = LETTER.replace(old, new)
    assert other != LETTER
    assert compared(LETTER, other) == compared(other, LETTER) == told


def test_any_script_is_read() -> None:
    assert compared(RUSSIAN, RUSSIAN.replace("резолюцию", "резолюцыю").replace(".", " !")) == Likeness(1)
    assert compared(RUSSIAN, RUSSIAN.replace("защите", "свободе")) is None
    assert compared("我们谨此致函,请支持该决议。", "我们谨此致函;请支持该决议!") == Likeness()


def test_letters_that_share_their_closing_are_two() -> None:
    closing = "Please accept, Excellency, the assurances of our highest consideration. " * 4
    assert compared(f"{LETTER} {closing}", f"We thank you for the vote of your country. {closing}") is None


def test_short_texts_are_the_same_only_where_each_word_is() -> None:
    assert compared("A short note.", "a short note") == Likeness()
    assert compared("A short note.", "A shart note.") is None
    assert compared("", "") is None


def test_what_is_a_letters_own_does_not_count() -> None:
    one, other = "By 57 of us, Ada Sample among them. 3 March 2026", "By 1 of us, among them. 9 April 2026"
    own = {"57", "1", "Ada Sample", "3 March 2026", "9 April 2026"}
    assert likeness(words_of(one, own), words_of(other, own)) == Likeness()
    assert "157th" in {word.folded for word in words_of("The 157th, not 57", own)}
