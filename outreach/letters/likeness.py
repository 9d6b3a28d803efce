"""Is one letter's text nearly another's: the same but for signs, spacing, capitals and slips of the pen?

Texts are compared word by word, and each difference is of a kind that can be named. A word spelled nearly alike is a
slip; words of a sentence more, or a word more, are added. Any other word, another number, and the name of another state
or month make it another letter, however much of it is the same: letters of one series share most of their words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from outreach.missions.facts import addressees
from outreach.month_names import months_by_word
from outreach.vocabulary import Language

_WORD = re.compile(r"\w+")
_ONE_SLIP, _TWO_SLIPS = 4, 8
"""From how many letters on a word may have one, or two, other ones."""
_LEAST = 12
"""Texts of fewer words are the same only where each word is."""
_SLIPS = 0.05
_ADDED = 0.2
"""At most these parts of the shorter text's words are slips, or may be more in the longer."""
_SENTENCE = 5
"""From so many words on, what is added is a sentence; of single words, only as many as `_WORDS` may be."""
_WORDS = 2


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two texts that are nearly the same differ."""

    slips: int = 0
    """Words that are spelled otherwise."""
    added: int = 0
    """Words that stand in one of them only."""


@dataclass(frozen=True, slots=True)
class _TextWord:
    folded: str
    is_name: bool
    """Whether it begins with a capital."""


def words_of(text: str, without: Iterable[str] = ()) -> tuple[_TextWord, ...]:
    """Return the words of a text, but for some passages that stand in it: its own date, who signs it and how many."""
    text, passages = " ".join(text.split()), sorted(filter(None, without), key=len, reverse=True)
    for passage in passages:
        text = re.sub(rf"\b{passage}\b", " ", text) if passage.isdigit() else text.replace(passage, " ")
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(_TextWord(word[0].casefold(), word[0][0].isupper()) for word in _WORD.finditer(plain))


def likeness(one: Sequence[_TextWord], other: Sequence[_TextWord]) -> Likeness | None:
    """Return how two texts differ that are nearly the same; None where they are two letters."""
    first, second = [word.folded for word in one], [word.folded for word in other]
    if "".join(first) == "".join(second):
        return Likeness() if first else None
    least, both = min(len(first), len(second)), set(first) & set(second)
    if least < _LEAST or _apart(first, second) > (_SLIPS + _SLIPS + _ADDED) * least + _WORDS + 2:
        return None
    slips = added = single = 0
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        mine, theirs = one[a:b], other[c:d]
        if "".join(first[a:b]) == "".join(second[c:d]):
            continue
        if kind == "replace":
            if len(mine) != len(theirs) or not all(
                _is_slip(word, its, both) for word, its in zip(mine, theirs, strict=True)
            ):
                return None
            slips += len(mine)
            continue
        more = mine or theirs
        if len(more) < _SENTENCE:
            if any(word.is_name or _tells(word.folded) for word in more):
                return None
            single += len(more)
        added += len(more)
    if slips > max(1, _SLIPS * least) or added > _ADDED * least or single > _WORDS:
        return None
    return Likeness(slips, added)


def _apart(first: Sequence[str], second: Sequence[str]) -> int:
    """How many words at least stand in one of them only, in whichever order: cheap, and asked first."""
    ours, theirs = Counter(first), Counter(second)
    return (ours - theirs).total() + (theirs - ours).total()


def _is_slip(one: _TextWord, other: _TextWord, both: Collection[str]) -> bool:
    """Whether it may be the same word, mistyped in one of the two. `both` are the words that stand in either text."""
    a, b = one.folded, other.folded
    if a == b:
        return True
    if min(len(a), len(b)) < _ONE_SLIP or _has_figure(a) or _has_figure(b) or (_tells(a) and _tells(b)):
        return False
    if one.is_name and other.is_name and set(a) != set(b) and a not in both and b not in both:
        return False  # Austrian is no Australian, where neither is written elsewhere
    return _steps(a, b) <= (2 if min(len(a), len(b)) >= _TWO_SLIPS else 1)


def _steps(a: str, b: str) -> int:
    """How many letters were left out, put in, changed, or changed places with the next (Damerau, 1964)."""
    if abs(len(a) - len(b)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, its in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == its:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


def _tells(word: str) -> bool:
    """Whether a word tells letters of one series apart: a number, a month, a word of a state's name."""
    return _has_figure(word) or word in _telling()


def _has_figure(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


@cache
def _telling() -> frozenset[str]:
    texts = [*months_by_word(short=False)]
    for state in addressees().values():
        for language in Language:
            texts += (state.short(language), state.formal(language))
    return frozenset(
        word.folded
        for text in texts
        for word in words_of(text)
        if len(word.folded) >= _ONE_SLIP and (word.is_name or text.islower() or not text.isascii())
    )
