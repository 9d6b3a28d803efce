"""Markdown's tokens as plain text that reads well by itself, wrapped at 76 columns (RFC 5322, 2.1.1: under 78)."""

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from outreach.letters.markdown import in_words
from outreach.letters.typography import without_joiners

_WIDTH = 76


@dataclass(frozen=True, slots=True)
class PlainLine:
    """Words that stand in one paragraph, before they are wrapped."""

    words: str
    first: str = ""
    """What stands before the first line: a bullet, the mark of a quotation."""
    rest: str = ""
    """What stands before each line below it."""


Lines = Sequence[PlainLine | str]
"""Lines to be wrapped, and text that stands as it is."""


def to_lines(tokens: Sequence[Token]) -> Lines:
    """Return some of a letter's tokens as lines, with an empty one after each block."""
    return _Writer().write(tokens)


def wrapped(lines: Iterable[PlainLine | str]) -> str:
    """Return the lines as text: no line is longer than it must be, and no word is broken."""
    return "".join([line if isinstance(line, str) else _wrapped(line) for line in lines])


def trimmed(text: str) -> str:
    """Return a whole text without empty lines around it, ended by a line end."""
    return text.strip("\n") + "\n"


def _wrapped(line: PlainLine) -> str:
    if len(line.first) + len(line.words) <= _WIDTH:
        return f"{line.first}{line.words}".rstrip() + "\n"
    rows: list[str] = []
    row, before = line.first, ""
    for word in filter(None, line.words.split(" ")):
        if before and len(row) + 1 + len(word) > _WIDTH:
            rows.append(row)
            row, before = line.rest, ""
        row, before = f"{row}{before}{word}", " "
    rows.append(row)
    return "\n".join(rows) + "\n"


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
                if label not in (target, target.removeprefix("mailto:"), target.removeprefix("http://")):
                    parts.append(f" <{target}>")
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


class _Writer:
    """Walks block tokens and keeps track of the indentation and bullets that stand before a line."""

    def __init__(self) -> None:
        self._lines: list[PlainLine | str] = []
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

    def _write_table(self, rows: list[list[str]]) -> None:
        """Columns side by side where a line holds them; else each cell on a line behind its column's name."""
        self._leave_bullet()
        before = "".join(self._prefixes)
        widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
        if len(before) + sum(widths) + 2 * (len(widths) - 1) <= _WIDTH:
            for number, row in enumerate(rows):
                cells = [cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)]
                self._lines.append(f"{before}{'  '.join(cells)}".rstrip() + "\n")
                if number == 0:
                    self._lines.append(before + "  ".join("-" * width for width in widths) + "\n")
            self._lines.append("\n")
            return
        head, *others = rows
        for row in others:
            for name, cell in zip(head, row, strict=True):
                self._lines.append(PlainLine(f"{name}: {cell}" if name else cell, before, f"{before}  "))
            self._lines.append("\n")

    def _of_table(self, token: Token) -> None:
        rows = self._table = self._table or []
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline(token.children or []).replace("\n", " "))
        elif token.type == "table_close":
            self._write_table(rows)
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
