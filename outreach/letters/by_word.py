"""Two versions of a text held against each other: what differs, paragraph by paragraph and word by word."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_ALIKE = 0.4
"""How much two paragraphs have in common, of 1, to be told word by word."""


@dataclass(frozen=True, slots=True)
class ChangedPassage:
    """One line of a letter's head, or one paragraph, that is not what it was: its words, in order."""

    words: tuple[tuple[str, str], ...]
    """Each piece with what became of it: `same`, `gone` or `new`."""


def passages(before: Sequence[str], now: Sequence[str]) -> tuple[ChangedPassage, ...]:
    """Return the lines and paragraphs that differ, word by word where one took another's place."""
    found: list[ChangedPassage] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone, new = list(before[a:b]), list(now[c:d])
        for one, other in zip(gone, new, strict=False):
            found.append(_word_by_word(one, other))
        shared = min(len(gone), len(new))
        found += [ChangedPassage((("gone", one),)) for one in gone[shared:]]
        found += [ChangedPassage((("new", one),)) for one in new[shared:]]
    return tuple(found)


def together(base: str, one: str, other: str) -> str | None:
    """Return a text with what two people changed in it, line by line; None where both changed the same place."""
    lines = base.splitlines(keepends=True)
    changes = {
        (a, b, "".join(new[c:d]))
        for new in (one.splitlines(keepends=True), other.splitlines(keepends=True))
        for kind, a, b, c, d in difflib.SequenceMatcher(None, lines, new, autojunk=False).get_opcodes()
        if kind != "equal"
    }  # what both changed alike is one change
    ordered = sorted(changes)
    for (a, b, _), (c, d, _) in pairwise(ordered):
        if c < b or (a, b) == (c, d) or (c == b and c == d):
            return None
    for a, b, words in reversed(ordered):
        lines[a:b] = [words]
    return "".join(lines)


def _word_by_word(one: str, other: str) -> ChangedPassage:
    before, now = re.findall(r"\s+|\w+|[^\w\s]", one), re.findall(r"\s+|\w+|[^\w\s]", other)
    matcher = difflib.SequenceMatcher(None, before, now, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return ChangedPassage((("gone", one), ("new", other)))
    words: list[tuple[str, str]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            words.append(("same", "".join(before[a:b])))
        else:
            words += [
                (what, text) for what, text in (("gone", "".join(before[a:b])), ("new", "".join(now[c:d]))) if text
            ]
    return ChangedPassage(tuple(words))
