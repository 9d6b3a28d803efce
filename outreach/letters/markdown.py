"""Markdown (CommonMark 0.31, with what letters need besides), and the HTML of a mail that is made of it.

Besides: tables, footnotes, ~~struck-out~~ words, H~2~O, m^2^, and addresses that are links as they stand (GitHub
Flavored Markdown 0.29). Short lines under each other that begin with a capital letter, as a signature has them, stay
lines; so do all lines of an address or a signature that is marked as one.

The plain text (plain.py) and the PDF (tree.py) come from the same tokens, so that the three can't say different
things. Raw HTML is not passed through, and values that come from a sheet are escaped beforehand (`escape`), so that
they stay the characters they are. A part of the letter may be marked, which moves it on the page and changes no word
of it:

    ::: date                 also: address, subject, signature (kept on one page), columns, small
    15 March 2024
    :::
"""

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

from outreach.letters.faces.directions import JOINER
from outreach.letters.faces.pictures import SIGNED, WIDEST, LetterPicture
from outreach.letters.faces.typography import KEPT, LONGEST_KEPT, NO_ADDRESS, without_joiners

PICTURE = "picture"
"""Under this name a token of a picture knows its file."""
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII punctuation: what a backslash may escape (CommonMark, 2.4)
_ESCAPED = re.compile(rf"\\{_PUNCTUATION.pattern}")
PARTS = ("date", "address", "subject", "signature", "columns", "small")
_PARTS_IN_LINES = frozenset({"date", "address", "signature"})
MARK = "container_part"
_IN_LINES = "in lines"
_MOST_LINES, _LONGEST_LINE = 8, 48
_ABBREVIATED = re.compile(r"\s[A-ZÀ-Ý][\w.]{0,4}\.$")
_END_OF_ADDRESS = re.compile(rf"[{NO_ADDRESS}]|\[\^")
_LAST_OF_ALPHABETS = "\u2e80"
_NO_LETTER = re.compile(r"^[\\*_“\"'(\[]+")


def _is_part(parameters: str, *_: object) -> bool:
    return parameters.strip() in PARTS


def _open_or_close(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    token = tokens[index]
    return f'<div class="{token.info.strip()}">\n' if token.nesting == 1 else "</div>\n"


def stand_in_lines(lines: Sequence[str]) -> bool:
    """Tell whether lines under each other are meant as lines, as in a signature or an address, and not as one text.

    They are few, short, and each begins with a capital letter or with what is no letter of a text (a value).
    """
    return 1 < len(lines) <= _MOST_LINES and all(map(_may_be_a_line, lines))


def _may_be_a_line(line: str) -> bool:
    words = line.strip()
    begins = _NO_LETTER.sub("", words)[:1]
    if not begins or len(words) > _LONGEST_LINE or begins.islower() or begins.isdigit():
        return False
    if begins.isalpha() and not begins.isupper() and len(words) > _LONGEST_LINE // 2:
        return False  # a script without capital letters
    return not words.endswith((".", ";", "?", "!", "。")) or _ABBREVIATED.search(words) is not None


def _keep_lines(state: StateCore) -> None:
    """Make the line ends of what stands in lines lasting ones (CommonMark 0.31, 6.7)."""
    parts: list[str] = []
    for token in state.tokens:
        if token.type == f"{MARK}_open":
            parts.append(token.info.strip())
        elif token.type == f"{MARK}_close":
            parts.pop()
        elif token.type == "inline" and "\n" in token.content and token.children:
            in_part = not _PARTS_IN_LINES.isdisjoint(parts)
            alone = token.level == len(parts) + 1
            first = token.map[0] if token.map else -1
            said: Mapping[int, bool] = state.env.get(_IN_LINES, {})
            token.meta[_IN_LINES] = said.get(first, in_part or (alone and stand_in_lines(token.content.split("\n"))))
            if token.meta[_IN_LINES]:
                for child in token.children:
                    if child.type == "softbreak":
                        child.type, child.tag = "hardbreak", "br"


def _words(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    return in_html(tokens[index].content)


def in_html(text: str) -> str:
    """Return set text as HTML, with what stays on one line marked as such (typography.KEPT)."""
    return KEPT.sub(_kept, escapeHtml(text)) if JOINER in text else escapeHtml(text)


def _kept(found: re.Match[str]) -> str:
    words = without_joiners(found[0])
    around = f"{found.string[: found.start()][-1:]}{found.string[found.end() :][:1]}"
    if any(one > _LAST_OF_ALPHABETS for one in around):
        return words  # within Chinese, which has no blanks, filters take a tag for a disguise
    return f'<span style="white-space:nowrap">{words}</span>' if len(words) <= LONGEST_KEPT else words


def _picture(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    """A picture that goes along, by its name; any other as what its words say, since none is fetched from elsewhere."""
    token = tokens[index]
    picture: LetterPicture | None = token.meta.get(PICTURE)
    if picture is None:
        return escapeHtml(in_words(token))
    width = min(picture.width, WIDEST)
    height = max(1, round(picture.height * width / picture.width))
    alt = escapeHtml(token.content)
    return f'<img src="cid:{picture.content_id}" alt="{alt}" width="{width}" height="{height}">'


def in_words(token: Token) -> str:
    """What is read where a picture is not seen: its words, in brackets where it goes along at all."""
    return f"[{token.content}]" if token.content and PICTURE in token.meta else token.content


def with_pictures(tokens: Sequence[Token], pictures: Mapping[str, LetterPicture]) -> Sequence[Token]:
    """Return block tokens whose pictures know the file that goes along, where one does; they are changed in place.

    In a signature they are as large as somebody signs, however finely they were scanned.
    """
    parts: list[str] = []
    for block in tokens if pictures else ():
        if block.type == f"{MARK}_open":
            parts.append(block.info.strip())
        elif block.type == f"{MARK}_close":
            parts.pop()
        for token in block.children or ():
            if token.type == "image" and (found := pictures.get(unquote(str(token.attrGet("src") or "")))):
                token.meta[PICTURE] = found.within(*SIGNED) if "signature" in parts else found
    return tokens


def _up_to_its_end(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Return a rule for addresses that ends them where no blank stands: before 。 and 是, “ and ،, `[^1]`."""

    def bounded(state: StateInline, silent: bool) -> bool:
        whole = state.posMax
        end = _END_OF_ADDRESS.search(state.src, state.pos, whole)
        state.posMax = end.start() if end else whole
        try:
            return rule(state, silent)
        finally:
            state.posMax = whole

    return bounded


_parser = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .use(container_plugin, name="part", validate=_is_part, render=_open_or_close)
    .use(footnote_plugin, inline=False)
    .use(sub_plugin)
    .use(superscript_plugin)
    .use(gfm_autolink_plugin)
)
_parser.add_render_rule("image", _picture)
_parser.add_render_rule("text", _words)
_parser.core.ruler.push("keep_lines", _keep_lines)
_inline_rules = _parser.inline.ruler
for _name, _rule in dict(zip(_inline_rules.get_active_rules(), _inline_rules.getRules(""), strict=True)).items():
    if _name.startswith("gfm_autolink"):
        _inline_rules.at(_name, _up_to_its_end(_rule))


def escape(value: str) -> str:
    """Return Markdown that shows exactly the characters of `value`, which must be one line."""
    return _PUNCTUATION.sub(r"\\\1", value)


def unescape(markdown: str) -> str:
    """Return the value that was escaped."""
    return _ESCAPED.sub(r"\1", markdown)


def parse(source: str, in_lines: Mapping[int, bool] | None = None) -> list[Token]:
    """Return the block tokens of a Markdown text.

    `in_lines` tells of the paragraphs that begin on these lines (from 0) whether they stand in lines: see `in_lines`.
    """
    return _parser.parse(source, {_IN_LINES: in_lines or {}})


def in_lines(tokens: Sequence[Token]) -> dict[int, bool]:
    """Return, by the first line (from 0) of each paragraph of several, whether its lines stay lines."""
    return {token.map[0]: token.meta[_IN_LINES] for token in tokens if token.map and _IN_LINES in token.meta}


def to_html(tokens: Sequence[Token]) -> str:
    """Return the tokens as an HTML fragment."""
    rendered: str = _parser.renderer.render(list(tokens), _parser.options, {})
    return rendered
