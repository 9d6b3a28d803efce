"""Markdown (CommonMark 0.31), and the HTML of a mail that is made of it.

The plain text (plain.py) and the PDF (tree.py) come from the same tokens, so that the three can't say different
things. Raw HTML is not passed through, and values that come from a sheet are escaped beforehand (`escape`), so that
they stay the characters they are. A part of the letter may be marked, which moves it on the page and changes no word
of it:

    ::: date                 also: address, subject, signature (kept on one page), columns, small
    15 March 2024
    :::
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII punctuation: what a backslash may escape (CommonMark, 2.4)
_ESCAPED = re.compile(rf"\\{_PUNCTUATION.pattern}")
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


def unescape(markdown: str) -> str:
    """Return the value that was escaped."""
    return _ESCAPED.sub(r"\1", markdown)


def parse(source: str) -> list[Token]:
    """Return the block tokens of a Markdown text."""
    return _parser.parse(source)


def to_html(tokens: Sequence[Token]) -> str:
    """Return the tokens as an HTML fragment."""
    rendered: str = _parser.renderer.render(list(tokens), _parser.options, {})
    return rendered
