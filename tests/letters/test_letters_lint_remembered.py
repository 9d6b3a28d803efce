"""What is remembered of a passage is what reading it anew finds."""

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from letters_made import ROOT

from outreach.letters import passages
from outreach.letters.lint import lint_words
from outreach.letters.lint.lint_reading import hits_of_text
from outreach.vocabulary import Language

WORDS = st.sampled_from([
    "Dear", "TODO", "[COUNTRY]", "«Name»", "<b>x</b>", "0 undersigned", "by 5 March 2020", "64th session", "the the",
    "he/she", "(insert date)", "{x}", "Human Rights Council", "61st session", "of", ",", ".", "12", "请", "в в",
    "%NAME%", "*|FNAME|*", "##NAME##", "[[x]]", "（先生/女士）", "{++a++}", "MERGEFIELD x",
    "and", "ask", "will", "your",
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)


@given(TEXTS, st.sampled_from(Language), st.sampled_from([None, 63, 64]), st.booleans())
def test_a_passage_that_is_remembered_is_read_as_if_it_were_not(
    text: str, language: Language, number: int | None, subject: bool
) -> None:
    asked = (text, language, date(2026, 11, 26), number, frozenset({2027}))
    for _ in range(2):
        assert hits_of_text(*asked, subject=subject) == hits_of_text.__wrapped__(*asked, subject=subject)


@given(TEXTS, st.sampled_from(Language))
def test_a_rule_that_is_left_out_would_have_found_nothing(text: str, language: Language) -> None:
    for _, pattern, right in lint_words._RULES_OF[language]:
        marks = lint_words._NEEDS.get(pattern)
        if marks is not None and not any(mark in text for mark in marks):
            assert not [match for match in pattern.finditer(text) if right(match, text, language)]


def test_a_passage_with_values_written_in_is_read_once_and_the_same() -> None:
    source = Path(ROOT / "templates" / "hrc-reminder" / "en.md").read_text(encoding="utf-8")
    marked = source.replace("{{ letter.vote_on }}", passages.mark("5 April 2024")).replace("{{", "").replace("}}", "")
    read = passages.reader(Language.ENGLISH)
    assert read(marked).html == read(marked).html == passages.reader(Language.ENGLISH)(marked).html
