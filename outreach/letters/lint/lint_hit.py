"""What a rule of the lint finds in a text."""

from dataclasses import dataclass, field
from typing import Any

FIELD = "\ufffc"
"""Stands for each {{ field }} of a text that is not merged: some words, nobody knows which."""
LOGO = FIELD + "#logo"
"""The field of a logo: a file of the letter's folder, or nothing."""
_MOST_WORDS = 80


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's finding: its code, the words that it points at, and where in the text they begin."""

    code: str
    words: str
    start: int = 0
    facts: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)


def flat(words: str) -> str:
    """The words on one line, and no more of them than fit into a sentence."""
    line = " ".join(words.replace(FIELD, "…").split())
    return line if len(line) <= _MOST_WORDS else f"{line[: _MOST_WORDS - 1]}…"
