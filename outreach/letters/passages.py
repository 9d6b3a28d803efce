"""A letter read passage by passage, so that what the letters to many missions have in common is read once.

Reading Markdown is most of the work of a merge, and most paragraphs are the same for every mission, or differ in a
name or two. So the letter is cut into passages, which mean the same wherever they stand (CommonMark 0.31, 3), and a
passage is read with a gap for each value that the merge put into it, and the values are set in afterwards. A value is
shown as the characters that it is, which is what `markdown.escape` stands for; where setting it in could read
otherwise than writing it in, it is written in, and that passage is read for itself.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from types import MappingProxyType

from markdown_it.token import Token

from outreach.letters import markdown
from outreach.letters.faces import plain
from outreach.letters.faces.mail_html import RIGHT_TO_LEFT, dressed
from outreach.letters.faces.pictures import LetterPicture
from outreach.letters.faces.plain import Lines, PlainLine, PlainTable
from outreach.letters.faces.typography import typeset, typeset_tokens, without_joiners
from outreach.vocabulary import Language

# Unicode's noncharacters, which no text holds (Unicode 15, 23.7): around a value that can be set in after reading,
# around one that must be written in before it, and in place of either.
_OPEN, _CLOSE, _WRITTEN = "\ufdd0", "\ufdd1", "\ufdd4"
_GAP = _OPEN
_MARKED = re.compile(f"[{_OPEN}{_WRITTEN}]([^{_OPEN}{_CLOSE}{_WRITTEN}]*){_CLOSE}")
_SET_IN = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}{_WRITTEN}]*){_CLOSE}")
# One that is a whole line, with a line's end on either side, stands beside nothing: an address has such lines.
_ALONE = re.compile(
    rf"(\A|\\\n|\n\n|^:::[^\n]*\n){_WRITTEN}(?=[^{_OPEN}{_CLOSE}{_WRITTEN}]*{_CLOSE}(?:\\\n|\n\n|\n:::|\n?\Z))",
    re.MULTILINE,
)
_LATIN = re.compile(f"{_OPEN}(?=[^{_OPEN}{_CLOSE}{_WRITTEN}]*[A-Za-zÀ-ɏ])")
_MARKS = str.maketrans("", "", _OPEN + _CLOSE + _WRITTEN)
_NO_GAPS = str.maketrans("", "", _CLOSE + _WRITTEN)

# An empty line and then a paragraph that begins with a letter, a value or an escaped character: it ends every list
# and quotation before it.
_CUT = re.compile(rf"\n(?:[ \t]*\n)+(?={_WRITTEN}?(?:[^\W\d_]|\\)|{_OPEN})")
# Fenced code may hold empty lines, and a link's target may be written far from the link: such a letter stays whole.
_FAR_REACHING = ("```", "~~~", "]:")
_PART_LINE = re.compile(r"^ {0,3}(:{3,})[ \t]*(.*?)[ \t]*$", re.MULTILINE)
# What a value's characters can't change, whatever they are. A link's target or a piece of code is not of these.
_WORDS_ONLY = frozenset({
    "paragraph_open", "paragraph_close", "heading_open", "heading_close", "bullet_list_open", "bullet_list_close",
    "ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close", "blockquote_open",
    "blockquote_close", f"{markdown.MARK}_open", f"{markdown.MARK}_close", "hr", "inline", "text", "softbreak",
    "hardbreak", "strong_open", "strong_close", "em_open", "em_close",
})  # fmt: skip
_REMEMBERED = 256
"""Passages: a letter has some dozens in each of its languages."""
_REMEMBERED_FILLED = 64
"""Passages with their values: few, since one may be a whole letter, and what comes in every letter stays."""


def mark(value: str) -> str:
    """Return a value as Markdown that shows its characters, marked where it can be set in after reading.

    It must be one line (`text.one_line`, which lets no mark through). Where it begins and ends with a letter, it
    stands to what is around it as any letter does (CommonMark 0.31, 6.2); other values are written in.
    """
    first = _OPEN if value[:1].isalpha() and value[-1:].isalpha() else _WRITTEN
    return f"{first}{markdown.escape(value)}{_CLOSE}" if value else ""


def parse(source: str) -> list[Token]:
    """Return the block tokens of a Markdown text whose values are marked.

    Whether lines stay lines is a matter of the text that was written, and never of the values: `de la Cruz` stands on
    its line of a signature as `Diallo` does.
    """
    return _parsed(source, unmarked(source))


def _parsed(source: str, written: str) -> list[Token]:
    if _CLOSE not in source:
        return markdown.parse(written)
    return markdown.parse(written, markdown.in_lines(markdown.parse(_MARKED.sub(_GAP, source))))


def unmarked(source: str) -> str:
    """Return the text without the marks around its values."""
    return source.translate(_MARKS) if _CLOSE in source or _OPEN in source or _WRITTEN in source else source


@dataclass(frozen=True, slots=True)
class Passage:
    """Some blocks of a letter, read: with a gap for each of so many values, or with these filled in.

    What was read is shared, and only read.
    """

    blocks: tuple[Token, ...]
    """Its tokens, with the gaps."""
    html: str
    lines: Lines
    gaps: int = 0
    values: tuple[str, ...] = ()

    def filled(self, values: tuple[str, ...]) -> "Passage":
        """Return the passage with its values in the gaps."""
        if not values:
            return self
        html = _filled(self.html, [markdown.in_html(value) for value in values])
        return Passage(self.blocks, html, plain.wrapped_ahead(_lines(self.lines, values), _GAP), 0, values)

    @property
    def tokens(self) -> Iterator[Token]:
        """Its tokens, with its values."""
        left = iter(self.values)
        for block in self.blocks:
            if self.values and block.children and _GAP in block.content:
                own = copy(block)
                own.children = [_with_values(child, left) for child in block.children]
                yield own
            else:
                yield block


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole letter, read."""

    parts: tuple[Passage, ...]

    @property
    def html(self) -> str:
        """The letter as an HTML fragment."""
        return "".join([passage.html for passage in self.parts])

    def mail_html(self, language: Language) -> list[str]:
        """The letter as the body of a mail's HTML, passage by passage: see `mail_html.dressed`."""
        return [dressed(passage.html, language) for passage in self.parts]

    @property
    def text(self) -> str:
        """The letter as plain text, wrapped."""
        return plain.trimmed(plain.wrapped(chain.from_iterable(passage.lines for passage in self.parts)))

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The letter as Markdown's block tokens."""
        return tuple(chain.from_iterable(passage.tokens for passage in self.parts))


def reader(
    language: Language | None = None, pictures: Mapping[str, LetterPicture] = MappingProxyType({})
) -> Callable[[str], Reading]:
    """Return a function that reads letters whose values are marked, and remembers the passages that it has read.

    They are set as the language sets them; without one the words stay as they are. `pictures` go along, by their names.
    """

    def value(escaped: str) -> str:
        plain_value = markdown.unescape(escaped)
        return typeset(plain_value, language) if language else plain_value

    @lru_cache(maxsize=_REMEMBERED)
    def read(source: str) -> Passage:
        return _read(source.count(_GAP), _parsed(source, source.translate(_NO_GAPS)), language, pictures)

    # Most values are the same for every mission too, as the names of those who sign are.
    @lru_cache(maxsize=_REMEMBERED_FILLED)
    def filled(passage: str) -> Passage:
        # Latin names side by side are one run among letters from right to left: they are read with what is around.
        source = _LATIN.sub(_WRITTEN, passage) if language in RIGHT_TO_LEFT else passage
        source = _ALONE.sub(rf"\1{_OPEN}", source) if _WRITTEN in source else source
        values = _SET_IN.findall(source)
        found = read(_SET_IN.sub(_GAP, source) if values else source)
        if found.gaps == len(values):
            return found.filled(tuple(map(value, values)))
        return _read(0, parse(passage), language, pictures)

    return lambda source: Reading(tuple(map(filled, cut(source))))


def cut(source: str) -> Iterator[str]:
    """Yield the passages of a letter in their order; their blocks, one after the other, are those of the letter."""
    start = 0
    if not any(mark in source for mark in _FAR_REACHING):
        for found in _CUT.finditer(source):
            passage = source[start : found.start()]
            if not _in_a_part(passage):
                yield passage
                start = found.end()
    yield source[start:]


def _in_a_part(passage: str) -> bool:
    """Whether a part of the letter (`::: address`) is still open at the end of the passage."""
    marker = ""
    for line in _PART_LINE.finditer(passage) if ":::" in passage else ():
        colons, rest = line.groups()
        if marker:
            marker = "" if not rest and len(colons) >= len(marker) else marker
        elif rest in markdown.PARTS:
            marker = colons
    return bool(marker)


def _read(gaps: int, parsed: list[Token], language: Language | None, pictures: Mapping[str, LetterPicture]) -> Passage:
    """Make a passage of its tokens. Its gaps count only if each stands among words, in the text as in the HTML."""
    markdown.with_pictures(parsed, pictures)
    tokens = tuple(typeset_tokens(parsed, language) if language else parsed)
    html, lines = markdown.to_html(tokens), plain.to_lines(tokens)
    if gaps and not (
        gaps == html.count(_GAP) == sum(line.words.count(_GAP) for line in lines if isinstance(line, PlainLine))
        and all(token.type in _WORDS_ONLY for block in tokens for token in (block, *(block.children or ())))
    ):
        gaps = -1
    return Passage(tokens, html, plain.wrapped_ahead(lines, _GAP), gaps)


def _filled(text: str, values: Sequence[str]) -> str:
    """The text with its values in the gaps."""
    if not values:
        return text
    first, *rest = text.split(_GAP)
    return first + "".join([f"{value}{after}" for value, after in zip(values, rest, strict=True)])


def _lines(lines: Lines, values: Sequence[str]) -> Lines:
    ready: list[PlainLine | PlainTable | str] = []
    left = iter(values)
    for line in lines:
        if isinstance(line, PlainLine) and (gaps := line.words.count(_GAP)):
            words = [without_joiners(next(left)) for _ in range(gaps)]
            ready.append(PlainLine(_filled(line.words, words), line.first, line.rest))
        else:
            ready.append(line)
    return ready


def _with_values(token: Token, left: Iterator[str]) -> Token:
    if not (gaps := token.content.count(_GAP)):
        return token
    own = copy(token)
    own.content = _filled(token.content, [next(left) for _ in range(gaps)])
    return own
