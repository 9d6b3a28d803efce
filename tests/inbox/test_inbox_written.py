"""The words that a person wrote, out of mails as nine programs send them in nine languages (written_mails)."""

import re

import pytest
from written_mails import Case, cases

from outreach.inbox.classify import classify

CASES = list(cases())
_SENTENCES = re.compile(r"(?<=[.!。:：])\s*")


def folded(text: str) -> str:
    return " ".join(text.split())


def lost(case: Case, text: str) -> list[str]:
    """The sentences that a person wrote and that are not there."""
    return [one for one in _SENTENCES.split(folded(case.wrote)) if one.strip() not in folded(text)]


@pytest.mark.heavy
def test_most_are_what_was_written_and_no_sentence_is_lost():
    assert len(CASES) >= 400
    read = [(case, classify(case.raw).text) for case in CASES]
    assert [(case.name, lost(case, text)) for case, text in read if lost(case, text)] == []
    unequal = [(case.name, text) for case, text in read if folded(text) != folded(case.wrote)]
    assert len(unequal) <= 0.02 * len(CASES), unequal


@pytest.mark.parametrize("case", [one for one in CASES if " none" in one.name][::9], ids=lambda case: case.name)
def test_the_words_of_one_of_each_program(case: Case):
    assert folded(classify(case.raw).text) == folded(case.wrote)


@pytest.mark.parametrize(
    "line",
    [
        ">>> Anna Example 3/18/2024 9:00 AM", "Às 09:00 estaremos na reunião:", ">>> 3/18/2024",
        "Questo messaggio è per voi: sosteniamo il testo.", "Scarica il testo dal sito.",
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_programs_own_stay(line: str):
    words = f"Gentili colleghi,\n\n{line}\n\nSosteniamo il testo."
    raw = CASES[0].raw.split(b"\r\n\r\n")[0] + b"\r\n\r\n" + words.replace("\n", "\r\n").encode()
    text = folded(classify(raw).text)
    assert text.startswith("Gentili colleghi,")
    assert text.endswith("Sosteniamo il testo.")
    assert line.startswith(">") or line in text
