"""What the formats of a workbook's cells say: a line through the words, a date, a colour (ECMA-376 part 1, 18.8)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from outreach.missions.books.package import Handlers, Package

_DATES = frozenset(map(str, (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))))
"""The built-in formats that are dates or times (18.8.30)."""
_LITERAL = re.compile(r'"[^"]{0,255}"|\\[^\n]|\[[^\]]{0,50}\]|_.')
_LONGEST_CODE = 255


class Styles(NamedTuple):
    """The numbers of the cell formats that strike through or show a date, and the colour of those that have one."""

    struck: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    colours: Mapping[str, str] = {}


class _Found:
    """Gathers fonts, fills and formats in their order."""

    def __init__(self) -> None:
        self.within: list[str] = []
        self.struck: list[bool] = []
        self.underlined: list[bool] = []
        self.font_colours: list[str] = []
        self.fills: list[str] = []
        self.dates: set[str] = set(_DATES)
        self.formats: list[Mapping[str, str]] = []
        self.solid = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        above = self.within[-1:]
        if tag == "font" and above == ["fonts"]:
            self.struck.append(False)
            self.underlined.append(False)
            self.font_colours.append("")
        elif above == ["font"] and self.struck:
            if tag == "strike":
                self.struck[-1] = attributes.get("val", "1") not in {"0", "false"}
            elif tag == "u":
                self.underlined[-1] = True
            elif tag == "color":
                self.font_colours[-1] = _colour(attributes)
        elif tag == "fill" and above == ["fills"]:
            self.fills.append("")
        elif tag == "patternFill":
            self.solid = attributes.get("patternType", "none") not in {"none", "gray125"}
        elif tag == "fgColor" and above == ["patternFill"] and self.fills and self.solid:
            self.fills[-1] = _colour(attributes)
        elif tag == "numFmt":
            code = _LITERAL.sub("", attributes.get("formatCode", "")[:_LONGEST_CODE]).casefold()
            if ("y" in code or "d" in code) and "general" not in code:
                self.dates.add(attributes.get("numFmtId", ""))
        elif tag == "xf" and above == ["cellXfs"]:
            self.formats.append(attributes)
        self.within.append(tag)

    def end(self, _: str) -> None:
        self.within.pop()

    def colour(self, one: Mapping[str, str]) -> str:
        """Return the colour of a format: its fill's, or its letters' where they are not plain or a link's."""
        fill = _at(self.fills, one.get("fillId", "0"))
        if fill and fill not in _WHITE:
            return fill
        font = one.get("fontId", "0")
        letters = _at(self.font_colours, font)
        if not letters or letters in _BLACK or letters == self.font_colours[0] or _at(self.underlined, font):
            return ""
        return f"letters {letters}"


_WHITE = {"FFFFFFFF", "00FFFFFF", "theme 0", "indexed 9", "indexed 65"}
_BLACK = {"FF000000", "00000000", "theme 1", "indexed 8", "indexed 64"}


def _at(values: list[str] | list[bool], number: str) -> str:
    at = int(number) if number.isdecimal() and len(number) < 7 else -1
    return str(values[at] or "") if 0 <= at < len(values) else ""


def _colour(attributes: Mapping[str, str]) -> str:
    if "rgb" in attributes:
        return attributes["rgb"][:8].upper()
    for kind in ("theme", "indexed"):
        if kind in attributes:
            tint = attributes.get("tint", "")[:6]
            return f"{kind} {attributes[kind][:4]}{f' {tint}' if tint and tint not in {'0', '0.0'} else ''}"
    return ""


def read_styles(package: Package, part: str) -> Styles:
    """Return what the formats of a workbook say; nothing where it has no such part."""
    found = _Found()
    if part and package.has(part):
        package.read(part, Handlers(found.start, found.end, lambda _: None))
    numbered = [(str(number), one) for number, one in enumerate(found.formats)]
    colours = {number: colour for number, one in numbered if (colour := found.colour(one))}
    struck = frozenset(number for number, one in numbered if _at(found.struck, one.get("fontId", "0")))
    dates = frozenset(number for number, one in numbered if one.get("numFmtId", "0") in found.dates)
    return Styles(struck, dates, colours)
