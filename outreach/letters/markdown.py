"""Markdown (CommonMark 0.31) as the two faces of a mail: HTML, and plain text that reads well by itself.

Both come from the same tokens, as the PDF does (tree.py), so they can't say different things. Raw HTML is not
passed through, and values that come from a sheet are escaped beforehand (`escape`), so that they stay the
characters they are. A part of the letter may be marked, which moves it on the page and changes no word of it:

    ::: date                 also: address, subject, signature (kept on one page), columns, small
    15 March 2024
    :::
"""

import re
import textwrap
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII punctuation: what a backslash may escape (CommonMark, 2.4)
_WIDTH = 76
PARTS = ("date", "address", "subject", "signature", "columns", "small")
MARK = "container_part"


def _is_part(parameters: str, *_: object) -> bool:
    return parameters.strip() in PARTS


def _open_or_close(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    token = tokens[index]
    return f'<div class="{token.info.strip()}">\n' if token.nesting == 1 else "</div>\n"


_parser = MarkdownIt("commonmark", {"html": False}).use(
    container_plugin, name="part", validate=_is_part, render=_open_or_close
)


def escape(value: str) -> str:
    """Return Markdown that shows exactly the characters of `value`, which must be one line."""
    return _PUNCTUATION.sub(r"\\\1", value)


def parse(source: str) -> list[Token]:
    """Return the block tokens of a Markdown text."""
    return _parser.parse(source)


def to_html(tokens: Sequence[Token]) -> str:
    """Return the tokens as an HTML fragment."""
    rendered: str = _parser.renderer.render(list(tokens), _parser.options, {})
    return rendered


def to_text(tokens: Sequence[Token]) -> str:
    """Return the tokens as plain text, wrapped at 76 columns, paragraphs apart by an empty line."""
    return _TextWriter().write(tokens)


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


class _TextWriter:
    """Walks block tokens and keeps track of the indentation and bullets that stand before a line."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._prefixes: list[str] = []
        self._bullet: str | None = None
        self._counters: list[int | None] = []
        self._tight = False

    def write(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            self._block(token)
        return "".join(self._blocks).strip("\n") + "\n"

    def _block(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._lines(_inline(token.children or []))
            case "heading_close" | "paragraph_close" if not token.hidden:
                self._blocks.append("\n")
            case "bullet_list_open":
                self._counters.append(None)
            case "ordered_list_open":
                self._counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._counters.pop()
                if not self._counters and self._blocks and self._blocks[-1] != "\n":
                    self._blocks.append("\n")
            case "list_item_open":
                self._open_item()
            case "list_item_close" | "blockquote_close":
                self._prefixes.pop()
            case "blockquote_open":
                self._prefixes.append("> ")
            case "hr":
                self._blocks.append("-" * 20 + "\n\n")
            case "fence" | "code_block":
                self._blocks.append(textwrap.indent(token.content, "    ") + "\n")

    def _open_item(self) -> None:
        number = self._counters[-1]
        bullet = "- " if number is None else f"{number}. "
        if number is not None:
            self._counters[-1] = number + 1
        self._bullet = "".join(self._prefixes) + bullet
        self._prefixes.append(" " * len(bullet))

    def _lines(self, content: str) -> None:
        prefix = "".join(self._prefixes)
        first = prefix if self._bullet is None else self._bullet
        self._bullet = None
        for line in content.split("\n"):
            wrapped = textwrap.wrap(
                line, _WIDTH, initial_indent=first, subsequent_indent=prefix,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
            self._blocks.append("\n".join(wrapped) + "\n")
            first = prefix
