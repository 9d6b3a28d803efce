"""Markdown's tokens as plain text that reads well by itself, wrapped at 76 columns (RFC 5322, 2.1.1: under 78)."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

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


def _inline(children: Sequence[Token]) -> str:
    parts: list[str] = []
    targets: list[tuple[str, int]] = []
    for token in children:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "image":
                parts.append(token.content)
            case "link_open":
                targets.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close":
                target, start = targets.pop()
                label = "".join(parts[start:])
                if target.removeprefix("mailto:") != label:
                    parts.append(f" <{target}>")
    return "".join(parts)


class _Writer:
    """Walks block tokens and keeps track of the indentation and bullets that stand before a line."""

    def __init__(self) -> None:
        self._lines: list[PlainLine | str] = []
        self._prefixes: list[str] = []
        self._bullet: str | None = None
        self._counters: list[int | None] = []

    def write(self, tokens: Sequence[Token]) -> Lines:
        for token in tokens:
            self._block(token)
        return tuple(self._lines)

    def _block(self, token: Token) -> None:
        match token.type:
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
            case "list_item_open":
                self._open_item()
            case "list_item_close" | "blockquote_close":
                self._leave_bullet()
                self._prefixes.pop()
            case "blockquote_open":
                self._prefixes.append("> ")
            case "hr" | "fence" | "code_block":
                self._leave_bullet()
                ready = "-" * 20 + "\n" if token.type == "hr" else textwrap.indent(token.content, "    ")
                self._lines.append(ready + "\n")

    def _open_item(self) -> None:
        number = self._counters[-1]
        bullet = "- " if number is None else f"{number}. "
        if number is not None:
            self._counters[-1] = number + 1
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
