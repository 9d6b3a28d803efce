"""A letter's HTML in the clothes of a mail: inline styles, tables, and attributes that every mail program obeys.

Web mails drop `<html>`, `<head>` and often `<style>`; Outlook for Windows draws with Word, which knows padding only on
the cells of a table, no max-width, no columns and no `start` or `end`. So each element bears its own style with sides
that have a name (left, right), borders and padding stand on cells, and direction is an attribute wherever it counts.
No colour of text or ground is set, so that a dark window stays readable. What each program supports is listed with its
source in tests/letters/mail_programs.toml (caniemail.com), and held against every letter.
"""

import re
from functools import lru_cache
from html import unescape

from outreach.letters.faces.directions import begins_in_latin, runs_against
from outreach.vocabulary import Language

WIDTH = 640
"""Pixels of the widest letter: some 75 characters in a line."""

RIGHT_TO_LEFT = frozenset({Language.ARABIC})
_GREY = "#8a8a8a"  # 3:1 against white and against black (WCAG 2.2, 1.4.11)

# The first font is one that Windows has: Word takes Times New Roman where it lacks the first, and asks for no other.
_FONTS = {
    Language.ARABIC: "'Times New Roman','Noto Naskh Arabic','Geeza Pro',serif",
    Language.CHINESE: "'Microsoft YaHei','PingFang SC','Noto Sans CJK SC','Noto Sans SC',sans-serif",
}
_SERIF = "Georgia,'Times New Roman','Noto Serif',serif"
_SIZES = {Language.ARABIC: 20, Language.CHINESE: 16}
_SIZE = 17
_SMALL = 0.86
_WITHOUT_ITALICS = frozenset({Language.ARABIC, Language.CHINESE})
"""Their letters do not lean (W3C, Arabic Layout Requirements and Requirements for Chinese Text Layout, "emphasis")."""
_TAG = re.compile(r"<(/?)([a-z]+[1-6]?)((?: [^<>]*)?)>")
_NO_TAG = re.compile(r"<[^>]*>")
_ENDS_A_QUOTE = re.compile(r"</p>\s*</blockquote>")
_CLASS = re.compile(r'class="([a-z-]+)"')
_LONG_ADDRESS = re.compile(r"(?<=\">)(?:https?:/|www\.)[^<\s]{28,}(?=</a>)")
_REMEMBERED = 1024


def language_tag(language: Language) -> str:
    """Return the language as HTML names it (RFC 5646): Chinese with its script."""
    return "zh-Hans" if language is Language.CHINESE else str(language)


def text_style(language: Language, scale: float = 1) -> str:
    """Return the style of running text: font, size and distance of lines."""
    size = round(_SIZES.get(language, _SIZE) * scale)
    height = round(size * (1.65 if language in {Language.ARABIC, Language.CHINESE} else 1.5))
    lines = f"line-height:{height}px;mso-line-height-rule:exactly"
    return f"font-family:{_FONTS.get(language, _SERIF)};font-size:{size}px;{lines}"


@lru_cache(maxsize=_REMEMBERED)
def dressed(html: str, language: Language) -> str:
    """Return an HTML fragment of ours (`markdown.to_html`) with the styles and attributes that it needs in a mail."""
    return _Dresser(html, language).html()


class _Dresser:
    """Goes over the tags of one fragment, and knows what stands around each."""

    def __init__(self, html: str, language: Language) -> None:
        self._source = html
        self._language = language
        right_to_left = language in RIGHT_TO_LEFT
        self._direction = "rtl" if right_to_left else "ltr"
        self._start, self._end = ("right", "left") if right_to_left else ("left", "right")
        self._around: list[str] = []

    def html(self) -> str:
        return _LONG_ADDRESS.sub(lambda found: found[0].replace("/", "/<wbr>"), _TAG.sub(self._tag, self._source))

    def _tag(self, found: re.Match[str]) -> str:
        closing, name, attributes = found.groups()
        part = _CLASS.search(attributes)
        if closing:
            return self._closed(name, found[0])
        if name in {"div", "section", "ul", "ol", "li", "blockquote", "table"}:
            self._around.append(part[1] if part and name in {"div", "section"} else name)
        dress = getattr(self, f"_{name.rstrip('123456')}", None)
        made: str = dress(attributes, found) if dress else found[0]
        return made

    def _closed(self, name: str, tag: str) -> str:
        if name in {"div", "section", "ul", "ol", "li", "blockquote", "table"}:
            self._around.pop()
        return f"</td></tr></table>{tag}" if name == "blockquote" else tag

    def _is_in(self, part: str) -> bool:
        return part in self._around

    def _margin(self, below: int, inner: int = 0, above: int = 0) -> str:
        """Margins in pixels; `inner` is the one at the beginning of a line."""
        left, right = (0, inner) if self._start == "right" else (inner, 0)
        return f"margin:{above}px {right}px {below}px {left}px"

    def _small(self) -> str:
        """Small parts say their size on each element: Word hands none down into lists and tables."""
        small = self._is_in("small") or self._is_in("columns") or self._is_in("footnotes")
        return f";{text_style(self._language, _SMALL)}" if small else ""

    def _p(self, attributes: str, found: re.Match[str]) -> str:
        if self._is_in("date"):
            return f'<p{attributes} align="{self._end}" style="{self._margin(16)};text-align:{self._end}">'
        below = 4 if self._is_in("li") else 16
        # The stroke beside a quotation ends with its words.
        ends = self._is_in("blockquote") and _ENDS_A_QUOTE.match(self._source, self._source.find("</p>", found.end()))
        below = 0 if ends else below
        return f'<p{attributes} style="{self._margin(below)}{self._small()}">'

    def _h(self, attributes: str, found: re.Match[str]) -> str:
        style = f"{text_style(self._language, 1.1)};font-weight:bold;{self._margin(8, 0, 24)}"
        return f'<{found[2]}{attributes} style="{style}">'

    def _div(self, attributes: str, _: re.Match[str]) -> str:
        above = 24 if self._around[-1] in {"address", "signature", "small"} else 0
        return f'<div{attributes} style="{self._margin(8 if above else 0, 0, above)}">'

    def _section(self, attributes: str, _: re.Match[str]) -> str:
        return f'<section{attributes} style="{self._margin(0)}{self._small()}">'

    def _ul(self, attributes: str, _: re.Match[str]) -> str:
        if self._is_in("columns") and self._around.count("ul") == 1:
            return f'<ul{attributes} style="{self._margin(16)};padding:0;list-style-type:none">'
        return f'<ul{attributes} style="{self._list(26)};padding:0">'

    def _ol(self, attributes: str, _: re.Match[str]) -> str:
        return f'<ol{attributes} style="{self._list(30)};padding:0">'

    def _list(self, inner: int) -> str:
        """Within an entry, a list is as near to its words as the entries are to each other."""
        return self._margin(0, inner, 6) if self._is_in("li") else self._margin(16, inner)

    def _li(self, attributes: str, found: re.Match[str]) -> str:
        style = f"{self._margin(6)}{self._small()}"
        if self._direction == "rtl" and "dir=" not in attributes:
            words = unescape(_NO_TAG.sub("", self._source[found.end() : self._source.find("</li>", found.end())]))
            if runs_against(words):  # its commas and brackets stand as in its own language
                tongue = ' lang="en"' if begins_in_latin(words) else ""
                return f'<li{attributes} dir="ltr"{tongue} align="right" style="{style};text-align:right">'
        return f'<li{attributes} style="{style}">'

    def _em(self, attributes: str, found: re.Match[str]) -> str:
        upright = self._language in _WITHOUT_ITALICS
        return f'<em{attributes} style="font-style:normal">' if upright else found[0]

    def _blockquote(self, attributes: str, _: re.Match[str]) -> str:
        cell = f"border-{self._start}:3px solid {_GREY};padding:0 14px;{text_style(self._language)}"
        return (
            f'<blockquote{attributes} style="{self._margin(16)}"><table role="presentation" dir="{self._direction}" '
            f'cellpadding="0" cellspacing="0" border="0"><tr><td dir="{self._direction}" style="{cell}">'
        )

    def _table(self, attributes: str, _: re.Match[str]) -> str:
        return (
            f'<table{attributes} dir="{self._direction}" cellpadding="5" cellspacing="0" border="0" '
            f'style="border-collapse:collapse;{self._margin(16)}">'
        )

    def _cell(self, attributes: str, found: re.Match[str]) -> str:
        wanted = re.search(r"text-align:(left|center|right)", attributes)
        align = {"left": self._start, "right": self._end, "center": "center"}[wanted[1]] if wanted else self._start
        weight = "bold" if found[2] == "th" else "normal"
        scope = ' scope="col"' if found[2] == "th" else ""
        style = (
            f"{text_style(self._language, 0.92)};font-weight:{weight};text-align:{align};vertical-align:top;"
            f"padding:5px 12px;border-bottom:1px solid {_GREY}"
        )
        return f'<{found[2]}{scope} align="{align}" valign="top" style="{style}">'

    _th = _td = _cell

    def _hr(self, attributes: str, _: re.Match[str]) -> str:
        if "footnotes" in attributes:
            return f'<hr{attributes} size="1" width="30%" align="{self._start}" color="{_GREY}">'
        return f'<hr{attributes} size="1" color="{_GREY}">'

    def _a(self, attributes: str, _: re.Match[str]) -> str:
        return f'<a{attributes} style="word-break:break-word">'

    def _img(self, attributes: str, _: re.Match[str]) -> str:
        """Word obeys the attribute and knows no max-width; the others shrink it to what there is."""
        width = re.search(r'width="(\d+)"', attributes)
        style = f"width:100%;max-width:{width[1] if width else WIDTH}px;height:auto;border:0"
        return f'<img{attributes} border="0" style="{style}">'

    def _pre(self, attributes: str, _: re.Match[str]) -> str:
        return f'<pre{attributes} dir="ltr" style="{self._margin(16)};white-space:pre-wrap">'
