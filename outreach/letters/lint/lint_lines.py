"""Line ends that a letter loses: short lines under each other, lists whose marks are none, lines that end too early.

Markdown joins the lines of a paragraph. Where an editor has wrapped it, each line ends because the next word had no
room left; a line that ends though it had is meant as a line.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from outreach.letters import markdown
from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_languages import paragraphs

_LINE = re.compile(r"^(?!\s*(?:[-*+>|#:]|\d+[.)]\s|\[\^))\s{0,3}(?P<words>\S.{0,58}?)\s*$")
_BLOCK = re.compile(r"\s*(?:[-*+>#][ \t]|\||\d+[.)][ \t]|\[\^|:::|```|~~~)|(?: {4}|\t)")
_KEPT_IN = re.compile(r"^ {0,3}:{3,}[ \t]*(?:date|address|signature)\b", re.MULTILINE)
# What people write for a point of a list, and Markdown takes for a word.
_POINT = re.compile(
    r"\s*(?:[•·▪◦●○■□–—→►✓]|\(?[a-hа-з]\)|\(?[ivx]{1,4}\)|[(（]?\d{1,2}[)）、．]|[①-⑳]|[一二三四五六七八九十][、.]|"
    r"[(（][一二三四五六七八九十][)）]|[(（]?[أبجدهو][)）])\s*\S"
)
_FIELD_LENGTH = 24
"""About how long a field is once it is filled in."""
_ROOM = 14
"""So much less than the longest line, and the next word would have fitted."""
_SENTENCE_ENDS = re.compile(r"[.!?。！？؟…][\"”»)\]*_]*$")
_MEMBER_ENDS = re.compile(r"(?:[,;:،؛，；：、]|\b(?:and|or|to|et|ou|y|o|и|или))[*_]*$")


def hits_of_lines(text: str) -> Iterator[Hit]:
    """Yield lines of a paragraph that are meant as lines: those that become one, and those that stay.

    `text` is without tags.
    """
    widest = _wrapped_at(text)
    yield from _broken_sentences(text)
    for words, start in paragraphs(text):
        lines = [line for line in words.strip("\n").split("\n") if not line.strip().startswith(":::")]
        if len(lines) < 2 or _KEPT_IN.search(words) or any(line.endswith(("\\", "  ")) for line in lines[:-1]):
            continue
        said = flat(" / ".join(line.strip() for line in lines))
        if all(_LINE.match(line) for line in lines) and markdown.stand_in_lines(lines):
            yield Hit("words.lines-kept", said, start)
        elif (
            _breaks_alone(lines, widest, text) or _is_signature(lines) or _is_list(lines) or _ends_early(lines, widest)
        ):
            yield Hit("words.line-break", said, start)


_KEPT_END = re.compile(r"(?<=[^\W_])(?P<end>[,،，]?)(?:\\|[ ]{2,})\n[ \t]*(?P<next>[^\W\d_]\w*)")
_LONG_LINE = 30
_SMALL_WORDS_END = re.compile(
    r"(?i)(?:^|\s)(?:the|an?|of|to|and|or|in|on|for|with|by|at|our|your|their|that|which|le|la|les|de|du|des|et|ou|à|au|"
    r"aux|en|par|pour|un|une|el|los|las|del|al|y|o|por|para|con|su|sus|que|и|в|на|с|по|для|от|о|об|к|из|не|من|في|إلى|على|و)$"
)


def _broken_sentences(text: str) -> Iterator[Hit]:
    """Yield line ends that are kept in the middle of a sentence: before them no stop, behind them a small letter."""
    for match in _KEPT_END.finditer(text):
        begin = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        line, following = text[begin : match.start()], text[match.start("next") : len(text) if end < 0 else end]
        if line.lstrip().startswith((">", "|")) or "\n:::" in text[max(0, begin - 40) : begin]:
            continue  # verse that is quoted, or an address
        small = match["next"][0].islower()
        long = len(line) >= _LONG_LINE or len(following) >= 2 * _LONG_LINE
        joins = _SMALL_WORDS_END.search(line) is not None and not match["end"]
        if (small and long) or (joins and len(line) >= _LONG_LINE // 2):
            words = f"{' '.join(line.split()[-4:])} / {' '.join(following.split()[:4])}"
            yield Hit("words.line-kept", flat(words), begin + max(0, len(line) - len(line.lstrip())))


def _is_signature(lines: Sequence[str]) -> bool:
    """Short lines, most with a capital, and none that ends a sentence."""
    matches = [_LINE.match(line) for line in lines]
    if not all(matches):
        return False
    capital = sum(bool(match and match["words"][0].isupper()) for match in matches)
    return capital > len(lines) / 2 and not any(
        line.rstrip().endswith((".", ";", "?", "!")) and len(line) > 30 for line in lines
    )


def _is_list(lines: Sequence[str]) -> bool:
    return sum(_POINT.match(line) is not None for line in lines) > 1 and not any(
        _BLOCK.match(line) for line in lines[1:]
    )


def _ends_early(lines: Sequence[str], widest: int) -> bool:
    """Whether lines end where the next word had room, as members of an enumeration do."""
    if len(lines) < 3 or any(_BLOCK.match(line) for line in lines):
        return False
    early = [
        line
        for line, following in pairwise(lines)
        if _length(line) + 1 + len(following.split()[0]) <= widest - _ROOM and not _SENTENCE_ENDS.search(line.rstrip())
    ]
    members = sum(_MEMBER_ENDS.search(line.rstrip()) is not None for line in lines[:-1])
    return len(early) >= 2 and members >= len(lines) - 2 and members > 1


_UNWRAPPED = 140
"""Characters: no editor that wraps a text writes a line so long."""


def _breaks_alone(lines: Sequence[str], widest: int, text: str) -> bool:
    """Whether a line ends in the middle of a sentence in a text whose paragraphs are a line each."""
    if widest < _UNWRAPPED or any(_BLOCK.match(line) for line in lines) or sum(map(len, lines)) < _LONG_LINE:
        return False
    whole = [words for words, _ in paragraphs(text) if len(words.strip()) >= _UNWRAPPED and "\n" not in words.strip()]
    return len(whole) > 0 and any(
        not _SENTENCE_ENDS.search(line.rstrip()) and following.lstrip()[:1].islower() and len(line) < _UNWRAPPED
        for line, following in pairwise(lines)
    )


def _length(line: str) -> int:
    return len(line) + (_FIELD_LENGTH - 1) * line.count(FIELD)


def _wrapped_at(text: str) -> int:
    """The longest line of the text: of one that is not wrapped a whole paragraph."""
    return max((len(line) for line in text.split("\n")), default=0)
