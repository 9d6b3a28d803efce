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
from outreach.letters.faces.mail_html import dressed
from outreach.letters.faces.pictures import LetterPicture
from outreach.letters.faces.plain import Lines, PlainLine, PlainTable
from outreach.letters.faces.typography import typeset, typeset_tokens, without_joiners
from outreach.vocabulary import Language

# Unicode's noncharacters, which no text holds (Unicode 15, 23.7): around a value that can be set in after reading,
# around one that must be written in before it, and in place of either.
_OPEN, _CLOSE, _WRITTEN = "\ufdd0", "\ufdd1", "\ufdd4"
_GAP = _OPEN
_MARKED = re.compile(f"[{_OPEN}{_WRITTEN}]([^{_OPEN}{_CLOSE}{_WRITTEN}]*){_CLOSE}")
# One that is a whole line, with a line's end on either side, stands beside nothing: an address has such lines.
_ALONE = re.compile(
    rf"(\A|\\\n|\n\n|^:::[^\n]*\n){_WRITTEN}(?=[^{_OPEN}{_CLOSE}{_WRITTEN}]*{_CLOSE}(?:\\\n|\n\n|\n:::|\n?\Z))",
    re.MULTILINE,
)
_MARKS = str.maketrans("", "", _OPEN + _CLOSE + _WRITTEN)

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
_REMEMBERED = 1024
"""Passages: a letter has some dozens in each of its languages."""
_REMEMBERED_WHOLE = 64
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
    return markdown.parse(unmarked(source), markdown.in_lines(markdown.parse(_MARKED.sub(_GAP, source))))


def unmarked(source: str) -> str:
    """Return the text without the marks around its values."""
    return source.translate(_MARKS) if _CLOSE in source or _OPEN in source or _WRITTEN in source else source


@dataclass(frozen=True, slots=True)
class Passage:
    """Some blocks of a letter, read: with a gap for each of so many values. The tokens are shared, and only read."""

    tokens: tuple[Token, ...]
    html: str
    lines: Lines
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole letter, read."""

    parts: tuple[tuple[Passage, Sequence[str]], ...]
    """The passages, and the values that belong into the gaps of each."""

    @property
    def html(self) -> str:
        """The letter as an HTML fragment."""
        return "".join(
            [_filled(passage.html, [markdown.in_html(value) for value in values]) for passage, values in self.parts]
        )

    def mail_html(self, language: Language) -> str:
        """The letter as the body of a mail's HTML: see `mail_html.dressed`."""
        return "".join(
            [
                dressed(_filled(passage.html, [markdown.in_html(value) for value in values]), language)
                for passage, values in self.parts
            ]
        )

    @property
    def text(self) -> str:
        """The letter as plain text, wrapped."""
        return plain.trimmed(
            plain.wrapped(chain.from_iterable(_lines(passage, values) for passage, values in self.parts))
        )

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The letter as Markdown's block tokens."""
        return tuple(chain.from_iterable(_tokens(passage, values) for passage, values in self.parts))


def reader(
    language: Language | None = None, pictures: Mapping[str, LetterPicture] = MappingProxyType({})
) -> Callable[[str], Reading]:
    """Return a function that reads letters whose values are marked, and remembers the passages that it has read.

    They are set as the language sets them; without one the words stay as they are. `pictures` go along, by their names.
    """

    def read(source: str) -> Passage:
        return _read(source, markdown.parse(source), language, pictures)

    def value(escaped: str) -> str:
        plain_value = markdown.unescape(escaped)
        return typeset(plain_value, language) if language else plain_value

    def read_whole(passage: str) -> Passage:
        return _read(unmarked(passage), parse(passage), language, pictures)

    remembered = lru_cache(maxsize=_REMEMBERED)(read)
    # What is written in is most often the same for every mission too, as the names of those who sign are.
    remembered_whole = lru_cache(maxsize=_REMEMBERED_WHOLE)(read_whole)

    def parts(source: str) -> Iterator[tuple[Passage, Sequence[str]]]:
        for written in cut(source):
            passage = _ALONE.sub(rf"\1{_OPEN}", written) if _WRITTEN in written else written
            if _WRITTEN not in passage:
                escaped = _MARKED.findall(passage)
                found = remembered(_MARKED.sub(_GAP, passage) if escaped else passage)
                if found.gaps == len(escaped):
                    yield found, [value(one) for one in escaped]
                    continue
            yield remembered_whole(passage), ()

    return lambda source: Reading(tuple(parts(source)))


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


def _read(
    source: str, parsed: list[Token], language: Language | None, pictures: Mapping[str, LetterPicture]
) -> Passage:
    """Make a passage of its tokens. Its gaps count only if each stands among words, in the text as in the HTML."""
    markdown.with_pictures(parsed, pictures)
    tokens = tuple(typeset_tokens(parsed, language) if language else parsed)
    html, lines = markdown.to_html(tokens), plain.to_lines(tokens)
    gaps = source.count(_GAP)
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


def _lines(passage: Passage, values: Sequence[str]) -> Lines:
    if not values:
        return passage.lines
    ready: list[PlainLine | PlainTable | str] = []
    left = iter(values)
    for line in passage.lines:
        if isinstance(line, PlainLine) and (gaps := line.words.count(_GAP)):
            words = [without_joiners(next(left)) for _ in range(gaps)]
            ready.append(PlainLine(_filled(line.words, words), line.first, line.rest))
        else:
            ready.append(line)
    return ready


def _tokens(passage: Passage, values: Sequence[str]) -> Iterator[Token]:
    left = iter(values)
    for block in passage.tokens:
        if values and block.children and _GAP in block.content:
            own = copy(block)
            own.children = [_with_values(child, left) for child in block.children]
            yield own
        else:
            yield block


def _with_values(token: Token, left: Iterator[str]) -> Token:
    if not (gaps := token.content.count(_GAP)):
        return token
    own = copy(token)
    own.content = _filled(token.content, [next(left) for _ in range(gaps)])
    return own
