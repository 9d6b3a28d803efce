"""Our own letter in what a mission answers: found by comparing with the letter itself, and taken out.

We hold every letter to the byte. However it is quoted (marked or not, wrapped anew, under a header in any language),
what of an answer runs along the letter, word by word, is not the mission's. A mission that names a mandate as we do,
or closes with the same courtesy, is not quoting: only what runs over whole sentences of the letter goes, and only
where a good part of it stands there.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from outreach.inbox.finding import MailFinding
from outreach.inbox.meaning.proposals import proposed
from outreach.inbox.meaning.stances import beside_letters
from outreach.inbox.mime_reader import parse
from outreach.inbox.quoting.forwards import joined
from outreach.inbox.quoting.quotes import own_words, without_marker
from outreach.inbox.read import body_text
from outreach.vocabulary import MailKind, SubKind

LETTER_BYTES = 256 * 1024
"""So much of a letter's bytes holds its words: its files stand behind them."""
_MOST_CHARACTERS = 300_000
_SHINGLE = 5
"""Words in a row that tell a place in the letter. Of Chinese and Japanese, characters."""
_MOST_PLACES = 6
_LEAST = 4.0
"""Fewer words than that are nobody's in particular."""
_BIG = 12.0
_LONG = 20.0
"""So many words in a row are the letter's, even if they are no whole sentence."""
_QUOTED = 30.0
_QUOTED_SHARE = 0.4
"""What stands there is a quote from so many words, or from such a share of the letter, on."""
_GAP = 6
_CHARACTER = "\u3040-\u30ff\u3400-\u9fff"
_WORDS = re.compile(
    r"(?:https?://|www\.)[^\s<>]+|<?[^\s<>@]{1,100}@[^\s<>]{1,200}>?|\[(?:cid|mailto|https?):[^\]\n]{0,500}\]"
    rf"|([{_CHARACTER}]|[^\W_{_CHARACTER}]+)",
    re.IGNORECASE,
)
"""A word; links and addresses are none, since gateways rewrite them."""
_CJK = re.compile(f"[{_CHARACTER}]")
_LOOK = 2_000
_ENDS = re.compile(r"[.!?。！？:：;؟]+[\"'”’»)\]]*\s|\n[ \t]*\n")
_OPENING = re.compile(r"(?:^|\n)[ \t>|*_\"'“‘«(\[•·-]*\Z")
_CLOSING = re.compile(r"[ \t.,;:!?。，！？：؟\"'”’»)\]*_-]*(?:\n|\Z)")
_SIGNS = re.compile(r"[.,;:!?。，！？：؟\"'”’»)\]*_]*")
_PUT_FOR_IT = "\n>\n"
"""A quoted line without words, as own_words knows one: what announces it is a quote's header."""
_FIELD_LINE = re.compile(r"[ \t*>\u200e\u200f]{0,6}[^\W\d_][^:：\n]{0,30}[:：][^\n]{0,300}")
_LEAST_FIELDS = 3


class _Word(NamedTuple):
    word: str
    start: int
    end: int


class _Letter(NamedTuple):
    """A letter's words, where each five of them stand, and where its sentences begin and end, by word."""

    words: tuple[str, ...]
    places: dict[tuple[str, ...], list[int]]
    begins: tuple[int, ...]
    """For each word, the next one at or after it that begins a sentence."""
    ends: tuple[int, ...]
    """For each place between words, the last one at or before it that ends a sentence."""
    weight: float


class _Run(NamedTuple):
    """Words of an answer that run along the letter: from and up to which, and where in the letter."""

    start: int
    end: int
    place: int
    weight: float
    whole: bool
    """Whether it runs over a whole sentence."""

    @property
    def place_end(self) -> int:
        return self.place + self.end - self.start


def letter_words(raw: bytes) -> str:
    """Return the words of a letter of ours from the beginning of its bytes; empty where they can't be read."""
    mail = parse(raw)
    return body_text(mail) if mail is not None else ""


def without_letters(finding: MailFinding, whole: str, letters: Iterable[str]) -> MailFinding:
    """Return what was found in an answer, without the words of these letters of ours in it.

    `whole` is its text with its quotes where more was left out of it than marked lines (read.unmarked). What it
    proposes is read anew. Other mail than a person's is returned as it is.
    """
    if finding.kind is not MailKind.REPLY or finding.sub_kind not in (None, SubKind.FORWARD):
        return finding
    ours = [one for one in dict.fromkeys(letters) if one]
    if finding.sub_kind is SubKind.FORWARD:
        below = finding.text.removeprefix(finding.above).lstrip()
        above, words = (_left(one, _cut_all(one, ours)) for one in (finding.above, below))
        return finding._replace(text=joined(above, words), above=above, proposes=proposed(words))
    whole = whole or finding.text
    cut = _cut_all(whole, ours)
    text = finding.text if cut == whole else own_words(cut)
    proposes = finding.proposes if text == finding.text else proposed(text)
    told = beside_letters(proposes.position, text, ours)
    return finding._replace(text=text, proposes=proposes._replace(position=told))


def _left(text: str, cut: str) -> str:
    return "\n".join(line for line in cut.split("\n") if line != ">").strip() if cut != text else text


def _cut_all(text: str, letters: Iterable[str]) -> str:
    for one in letters:
        text = without_letter(text, one)
    return text


def without_letter(text: str, letter: str) -> str:
    """Return a text in which an empty quoted line stands for each passage of the letter; as it is where none does."""
    if len(text) > _MOST_CHARACTERS:
        return text
    letter = letter[:_MOST_CHARACTERS]
    if not _CJK.search(letter[:_LOOK]) and _roughly(text).isdisjoint(_roughly(letter)):
        return text
    ours = _letter(letter)
    words = _words(text)
    runs = _quoted(_runs([one.word for one in words], ours), ours)
    if not runs:
        return text
    kept: list[str] = []
    end = 0
    for first, last in _bridged(runs, words, text):
        start, stop = _widened(text, words[first].start, words[last - 1].end)
        if start >= end:
            kept.append(text[end:start])
        end = max(stop, end)
    kept.append(text[end:])
    return _without_unknown_header(_PUT_FOR_IT.join(kept))


def _words(text: str) -> list[_Word]:
    return [
        _Word(found[1].casefold(), found.start(), found.end())
        for found in _WORDS.finditer(text)
        if found[1] is not None
    ]


@lru_cache(maxsize=64)
def _roughly(text: str) -> frozenset[tuple[str, ...]]:
    """Return every three words in a row of a text, as spaces part them: most answers share none with the letter."""
    words = text.casefold().split()
    return frozenset(zip(words, words[1:], words[2:], strict=False))


@lru_cache(maxsize=64)
def _letter(text: str) -> _Letter:
    found = _words(text)
    words = tuple(one.word for one in found)
    places: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(words) - _SHINGLE + 1):
        at = places.setdefault(words[place : place + _SHINGLE], [])
        if len(at) < _MOST_PLACES:
            at.append(place)
    borders = _borders(text, found)
    begins, ends = [], []
    following = len(words)
    for place in range(len(words), -1, -1):
        following = place if place in borders else following
        begins.append(following)
    last = 0
    for place in range(len(words) + 1):
        last = place if place in borders else last
        ends.append(last)
    return _Letter(words, places, tuple(reversed(begins)), tuple(ends), _weight(words))


def _borders(text: str, words: Sequence[_Word]) -> set[int]:
    """Return between which words of the letter one sentence ends and the next begins."""
    borders = {0, len(words)}
    ends = [found.start() for found in _ENDS.finditer(text)]
    place = 0
    for end in ends:
        while place < len(words) and words[place].start < end:
            place += 1
        borders.add(place)
    return borders


def _weight(words: Sequence[str]) -> float:
    return sum(0.5 if len(one) == 1 and one > "\u3000" else 1.0 for one in words)


def _runs(words: Sequence[str], letter: _Letter) -> list[_Run]:
    """Return the longest runs along the letter, from the top, none over another."""
    runs: list[_Run] = []
    start = 0
    while start + _SHINGLE <= len(words):
        places = letter.places.get(tuple(words[start : start + _SHINGLE]))
        if not places:
            start += 1
            continue
        length, place = max((_along(words, start, letter.words, one), -one) for one in places)
        first, end = _within_sentences(letter, -place, length)
        start, end = start + first + place, start + end + place
        weight = _weight(words[start:end])
        whole = letter.begins[first] < letter.ends[first + end - start]
        runs.append(_Run(start, end, first, weight, whole))
        start = end
    return runs


def _within_sentences(letter: _Letter, place: int, length: int) -> tuple[int, int]:
    """Return a run without the few words of it before its first whole sentence and behind its last.

    An answer between two sentences may begin with the very word that the second one begins with.
    """
    end = place + length
    begin, last = letter.begins[place], letter.ends[end]
    if begin < last:
        place = begin if begin - place < _SHINGLE else place
        end = last if end - last < _SHINGLE else end
    return place, end


def _along(words: Sequence[str], start: int, letter: Sequence[str], place: int) -> int:
    length = _SHINGLE
    most = min(len(words) - start, len(letter) - place)
    while length < most and words[start + length] == letter[place + length]:
        length += 1
    return length


def _quoted(runs: list[_Run], letter: _Letter) -> list[_Run]:
    """Return the runs that are quotes of the letter: none, where too little of it stands there."""
    plain = [one for one in runs if (one.whole and one.weight >= _LEAST) or one.weight >= _LONG]
    if sum(one.weight for one in plain) < min(_QUOTED, letter.weight * _QUOTED_SHARE):
        return []
    big = [one for one in plain if one.weight >= _BIG]
    if not big:
        return plain if sum(one.weight for one in plain) >= letter.weight * _QUOTED_SHARE else []
    # A courtesy in the answer's own place is not the letter's: what is short has to stand in the letter's order.
    return [one for one in plain if one in big or _in_order(one, big)]


def _in_order(one: _Run, big: Sequence[_Run]) -> bool:
    above = [other for other in big if other.end <= one.start]
    below = [other for other in big if other.start >= one.end]
    return bool((above and above[-1].place_end <= one.place) or (below and one.place_end <= below[0].place))


def _bridged(runs: Sequence[_Run], words: Sequence[_Word], text: str) -> list[tuple[int, int]]:
    """Return the runs by word, those made one between which a word or two of the letter stand otherwise."""
    joined: list[tuple[int, int]] = []
    last: _Run | None = None
    for one in runs:
        bridged = False
        if last is not None and last.place_end <= one.place <= last.place_end + _GAP and one.start - last.end <= _GAP:
            between = text[words[last.end - 1].end : words[one.start].start]
            own_line = "\n" in between.lstrip(" \t.,;:") and between.strip() and between.rstrip(" \t>").endswith("\n")
            bridged = one.start == last.end or (one.place > last.place_end and not own_line)
        if bridged and joined:
            joined[-1] = (joined[-1][0], one.end)
        else:
            joined.append((one.start, one.end))
        last = one
    return joined


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a passage with the marks before it on its line, and the signs behind it."""
    line = text.rfind("\n", 0, start) + 1
    if _OPENING.match(text[line:start]) or not text[line:start].strip(" \t>|*_\"'“‘«([•·-"):
        start = line
    closing = _CLOSING.match(text, end) or _SIGNS.match(text, end)
    return start, closing.end() if closing else end


def _without_unknown_header(text: str) -> str:
    """Return the text without a header in a language that nobody knows, right above the first passage."""
    above, mark, below = text.partition(_PUT_FOR_IT)
    if not mark:
        return text
    lines = above.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    count = 0
    while count < len(lines) and _FIELD_LINE.fullmatch(lines[-1 - count]):
        count += 1
    block = lines[len(lines) - count :]
    if count >= _LEAST_FIELDS and any("@" in one for one in block) and any(re.search(r"\d", one) for one in block):
        lines = without_marker(lines[: len(lines) - count])
    return "\n".join(lines) + mark + below
