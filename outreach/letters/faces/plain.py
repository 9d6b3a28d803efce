"""Markdown's tokens as plain text that reads well by itself.

Paragraphs are wrapped at 76 columns (RFC 5322, 2.1.1: under 78) and flow (RFC 3676): a line that goes on ends in a
space, so that a program that knows of it fills its own window, and any other shows lines of 76. Lists and tables keep
their lines. A paragraph in Chinese or Arabic is one line, since whoever shows it knows better where one may
end: Chinese has no spaces to break at, and a line that began with a name in Latin letters would run from left to right.

A link whose words are not its address has a number behind them, and the addresses stand at the end.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from outreach.letters.faces.typography import without_joiners
from outreach.letters.markdown import in_words

_WIDTH = 76
_LINK, _LINK_END = "\ufdd2", "\ufdd3"
"""Around the address of a link, until it has its number: noncharacters, which no text holds (Unicode 15, 23.7)."""
_LINKED = re.compile(f"{_LINK}([^{_LINK_END}]*){_LINK_END}")
_NOTE = re.compile(r"\[\d+\] ")
_UNBROKEN = re.compile(
    "[\u0590-\u08ff\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufb1d-\ufdff\ufe30-\ufeff\uff01-\uff60]+"
)
"""Scripts from right to left, and the wide characters of East Asia (Unicode Standard Annexes 9 and 11)."""
_FLOWING = frozenset({"", "> "})
"""What may stand before each line of a paragraph that flows: nothing, or the mark of a quotation (RFC 3676, 4.5)."""
_STUFFED = re.compile(r"^(?= |From |>(?!>* ))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PlainLine:
    """Words that stand in one paragraph, before they are wrapped."""

    words: str
    first: str = ""
    """What stands before the first line: a bullet, the mark of a quotation."""
    rest: str = ""
    """What stands before each line below it."""


@dataclass(frozen=True, slots=True)
class PlainTable:
    """The cells of a table, its head first."""

    rows: Sequence[Sequence[str]]
    before: str
    """What stands before each line."""


Lines = Sequence[PlainLine | PlainTable | str]
"""Lines to be wrapped, tables, and text that stands as it is."""


def to_lines(tokens: Sequence[Token]) -> Lines:
    """Return some of a letter's tokens as lines, with an empty one after each block."""
    return _Writer().write(tokens)


def wrapped_ahead(lines: Lines, gap: str) -> Lines:
    """Return the lines with those wrapped that are the same in every letter: without link, note or `gap`."""
    ready: list[PlainLine | PlainTable | str] = []
    for one in lines:
        line = one
        if isinstance(line, PlainLine) and not (
            _LINK in line.words or gap in line.words or _NOTE.fullmatch(line.first)
        ):
            line = _wrapped(line)
        if isinstance(line, str) and ready and isinstance(ready[-1], str):
            ready[-1] += line
        else:
            ready.append(line)
    return ready


def wrapped(lines: Iterable[PlainLine | PlainTable | str]) -> str:
    """Return the lines of a whole letter as text: no line is longer than it must be, and no word is broken.

    The addresses of its links follow, numbered on from its notes.
    """
    all_lines = list(lines)
    notes = sum(isinstance(line, PlainLine) and _NOTE.fullmatch(line.first) is not None for line in all_lines)
    numbers: dict[str, int] = {}

    def numbered(words: str) -> str:
        return _LINKED.sub(lambda found: f" [{numbers.setdefault(found[1], notes + 1 + len(numbers))}]", words)

    parts: list[str] = []
    for line in all_lines:
        if isinstance(line, str):
            parts.append(line)
        elif isinstance(line, PlainTable):
            cells = [[numbered(cell) for cell in row] for row in line.rows]
            parts += map(_wrapped, _columns_of(cells, line.before))
        else:
            parts.append(_wrapped(PlainLine(numbered(line.words), line.first, line.rest)))
    if numbers:
        parts += [] if not parts or parts[-1].endswith("\n\n") or parts[-1] == "\n" else ["\n"]
        parts.append("".join([f"[{number}] {target}\n" for target, number in numbers.items()]))
    return "".join(parts)


def flowed(text: str) -> str:
    """Return a letter's text as it goes into a mail with `format=flowed`: space-stuffed (RFC 3676, 4.4)."""
    return _STUFFED.sub(" ", "\n".join([*text.splitlines(), ""]))


def trimmed(text: str) -> str:
    """Return a whole text without empty lines around it, ended by a line end."""
    return text.strip("\n") + "\n"


def _stays_whole(words: str) -> bool:
    """Tell whether words begin in a script whose lines only their reader's program can break, or have much of it."""
    begins = next(filter(str.isalpha, words), "")
    return bool(_UNBROKEN.match(begins)) or (len(words) - len(_UNBROKEN.sub("", words))) * 3 > len(words)


def _wrapped(line: PlainLine) -> str:
    if len(line.first) + len(line.words) <= _WIDTH or (not line.words.isascii() and _stays_whole(line.words)):
        return f"{line.first}{line.words}".rstrip() + "\n"
    rows: list[str] = []
    row, before = line.first, ""
    for word in filter(None, line.words.split(" ")):
        if before and len(row) + 1 + len(word) > _WIDTH:
            rows.append(row)
            row, before = line.rest, ""
        row, before = f"{row}{before}{word}", " "
    rows.append(row)
    flows = line.first == line.rest and line.first in _FLOWING
    return (" \n" if flows else "\n").join(rows) + "\n"


_AS_IT_IS = {"softbreak": " ", "hardbreak": "\n", "s_open": "~", "s_close": "~"}


def _columns(words: str) -> int:
    """How many columns of a terminal's or a mail program's font words take (Unicode Standard Annex 11)."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in words)


def _inline(children: Sequence[Token]) -> str:
    parts: list[str] = []
    targets: list[tuple[str, int]] = []
    raised: list[int] = []
    for token in children:
        match token.type:
            case "footnote_ref":
                parts.append(f"[{token.meta['id'] + 1}]")
            case "sub_open" | "sup_open":
                raised.append(len(parts))
            case "sub_close" | "sup_close":
                start = raised.pop()
                parts[start:] = [_raised("".join(parts[start:]), up=token.type == "sup_close")]
            case "text" | "code_inline":
                parts.append(token.content)
            case "image":
                parts.append(in_words(token))
            case "link_open":
                targets.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close":
                target, start = targets.pop()
                label = "".join(parts[start:])
                plain = re.sub(r"^(?:mailto:|https?://)", "", target)
                if label.rstrip("/") not in (target.rstrip("/"), plain.rstrip("/")):
                    parts.append(f"{_LINK}{target.removeprefix('mailto:')}{_LINK_END}")
            case kind if kind in _AS_IT_IS:
                parts.append(_AS_IT_IS[kind])
    return without_joiners("".join(parts))


_UP = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_DOWN = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")


def _raised(words: str, *, up: bool) -> str:
    """Words above or below the line: figures as Unicode has them, others behind the sign that is common for it."""
    raised = words.translate(_UP if up else _DOWN)
    if all(one in "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉₊₋" for one in raised):
        return raised
    return words if up and words.isalpha() else f"{'^' if up else '_'}{words}"  # 55th, no, Mme


def _columns_of(rows: Sequence[Sequence[str]], before: str) -> Iterator[PlainLine]:
    """Yield a table's lines: columns side by side where a line holds them, else each cell behind its column's name."""
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    if len(before) + sum(widths) + 2 * (len(widths) - 1) <= _WIDTH:
        for number, row in enumerate(rows):
            cells = [cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)]
            yield PlainLine("  ".join(cells), before, before)
            if number == 0:
                yield PlainLine("  ".join("-" * width for width in widths), before, before)
        return
    head, *others = rows
    for number, row in enumerate(others):
        if number:
            yield PlainLine("")
        for name, cell in zip(head, row, strict=True):
            yield PlainLine(f"{name}: {cell}" if name else cell, before, f"{before}  ")


class _Writer:
    """Walks block tokens and keeps track of the indentation and bullets that stand before a line."""

    def __init__(self) -> None:
        self._lines: list[PlainLine | PlainTable | str] = []
        self._prefixes: list[str] = []
        self._bullet: str | None = None
        self._counters: list[int | None] = []
        self._table: list[list[str]] | None = None

    def write(self, tokens: Sequence[Token]) -> Lines:
        for token in tokens:
            if self._table is not None or token.type == "table_open":
                self._of_table(token)
            else:
                self._block(token)
        return tuple(self._lines)

    def _block(self, token: Token) -> None:
        match token.type:
            case "footnote_block_open":
                self._lines.append("-" * 20 + "\n")
            case "inline":
                self._words(_inline(token.children or []))
            case "heading_close" | "paragraph_close" if not token.hidden:
                self._lines.append("\n")
            case "bullet_list_open":
                self._counters.append(None)
            case "ordered_list_open":
                self._counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._counters.pop()
                if not self._counters and self._lines and self._lines[-1] != "\n":
                    self._lines.append("\n")
            case "list_item_open" | "footnote_open":
                self._open_item(self._next_bullet(token))
            case "list_item_close" | "blockquote_close" | "footnote_close":
                self._leave_bullet()
                self._prefixes.pop()
            case "blockquote_open":
                self._prefixes.append("> ")
            case "hr" | "fence" | "code_block":
                self._leave_bullet()
                ready = "-" * 20 + "\n" if token.type == "hr" else textwrap.indent(token.content, "    ")
                self._lines.append(ready + "\n")

    def _of_table(self, token: Token) -> None:
        rows = self._table = self._table or []
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline(token.children or []).replace("\n", " "))
        elif token.type == "table_close":
            self._leave_bullet()
            self._lines += [PlainTable(rows, "".join(self._prefixes)), "\n"]
            self._table = None

    def _next_bullet(self, token: Token) -> str:
        if token.type == "footnote_open":
            return f"[{token.meta['id'] + 1}] "
        number = self._counters[-1]
        if number is None:
            return "- "
        self._counters[-1] = number + 1
        return f"{number}. "

    def _open_item(self, bullet: str) -> None:
        self._bullet = "".join(self._prefixes) + bullet
        self._prefixes.append(" " * len(bullet))

    def _leave_bullet(self) -> None:
        """Let a bullet with no words after it stand on a line of its own, rather than before what comes next."""
        if self._bullet is not None:
            self._lines.append(self._bullet.rstrip() + "\n")
            self._bullet = None

    def _words(self, content: str) -> None:
        prefix = "".join(self._prefixes)
        first = prefix if self._bullet is None else self._bullet
        self._bullet = None
        for words in content.split("\n"):
            self._lines.append(PlainLine(words, first, prefix))
            first = prefix
