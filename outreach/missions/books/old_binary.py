"""What calamine does not tell of an .xlsb file: lines through cells and words, colours, comments, errors, hidden rows.

Its parts are streams of records with short heads ([MS-XLSB] 2.1.4). Runs in the child process of `old_child.py`.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from outreach.missions.books.old_records import (
    ERRORS,
    Beside,
    CellStyles,
    Font,
    RichText,
    TooLargeError,
    colour_of,
    other_formats,
)
from outreach.missions.books.package import Package, relations
from outreach.missions.books.sheet_bounds import MAX_INFLATED_BYTES, MAX_TEXT

_FONT, _FILL, _XF, _XFS_BEGIN, _XFS_END, _ROW, _COLUMN, _TEXT = 43, 45, 47, 617, 618, 0, 60, 19
_BLANK, _ERROR, _SHARED, _FORMULA_ERROR, _BUNDLE, _COMMENT, _COMMENT_TEXT = 1, 3, 7, 11, 156, 635, 637
_PLAIN_CELLS: Mapping[int, int] = MappingProxyType({_BLANK: 8, 2: 12, 4: 9, 5: 16, _SHARED: 12})
"""The records of a cell that hold a value and nothing else that counts, and how long they are."""
_ROW_LENGTHS = (17, 25)  # of a row with no span of columns said, and with one ([MS-XLSB] 2.4.741)
_SHOWN_ROWS = [
    b"\0%b(.{4}.{7}[\x00-\x0f\x20-\x2f\x40-\x4f\x60-\x6f\x80-\x8f\xa0-\xaf\xc0-\xcf\xe0-\xef]).{%d}"
    % (re.escape(bytes([length])), length - 12)
    for length in _ROW_LENGTHS
]
_STRUCK, _RICH = 0x08, 0x01
_NO_PATTERN, _GREY = 0, 17  # what formats have that were given none
_MOST = 20_000
_PAPER = {"indexed 9", "indexed 65", "theme 0", "#ffffff"}
_PLAIN_LETTERS = {"indexed 8", "indexed 64", "theme 1", "#000000"}


def beside_of_xlsb(content: bytes) -> list[Beside]:
    """Return what stands beside the values of each sheet of a binary workbook, in the order of the sheets.

    Raises TooLargeError, and whatever a file that is not sound brings about.
    """
    package = Package("", content)
    book = "xl/workbook.bin"
    parts = {identity: part for identity, _, part in relations(package, book)}
    beside = {kind: part for _, kind, part in relations(package, book)}

    def part(name: str) -> bytes:
        data = package.text(name, MAX_INFLATED_BYTES + 1) if package.has(name) else b""
        if len(data) > MAX_INFLATED_BYTES:
            raise TooLargeError
        return data

    styles = _styles_of_xlsb(part(beside.get("styles", "")))
    texts = _rich_texts(part(beside.get("sharedStrings", ""))) if styles.struck_fonts else {}
    found = []
    for identity in _bundled_sheets(part(book)):
        sheet = parts.get(identity, "")
        found.append(_of_xlsb(part(sheet), styles, texts))
        of_sheet = {kind: name for _, kind, name in relations(package, sheet)} if sheet else {}
        found[-1].comments = _comments_of_xlsb(part(of_sheet.get("comments", "")))
    return found


def _styles_of_xlsb(styles: bytes) -> CellStyles:
    """Return what the formats of cells say ([MS-XLSB] 2.4.149, 2.4.676, 2.4.836)."""
    fonts: list[Font] = []
    fills: list[str] = []
    formats: list[tuple[int, int]] = []
    within = False
    for kind, data in _binary(styles):
        if kind == _FONT:
            colour = _colour(data[12:20])
            letters = "" if colour in _PLAIN_LETTERS else colour
            fonts.append(Font(bool(data[2] & _STRUCK), letters, len(data) > 8 and data[8] != 0))
        elif kind == _FILL:
            colour = _colour(data[4:12])
            fills.append(
                "" if struct.unpack_from("<I", data)[0] in (_NO_PATTERN, _GREY) or colour in _PAPER else colour
            )
        elif kind in (_XFS_BEGIN, _XFS_END):
            within = kind == _XFS_BEGIN
        elif kind == _XF and within:
            formats.append(struct.unpack_from("<HH", data, 4))
    usual = fonts[0].colour if fonts else ""
    struck, colours = set(), {}
    for number, (font, fill) in enumerate(formats):
        letters_of = fonts[font] if font < len(fonts) else None
        if letters_of is not None and letters_of.struck:
            struck.add(number)
        if told := colour_of(fills[fill] if fill < len(fills) else "", letters_of, usual):
            colours[number] = told
    return CellStyles(frozenset(struck), colours, frozenset(n for n, one in enumerate(fonts) if one.struck))


def _colour(data: bytes) -> str:
    """Return a colour as a person reads it ([MS-XLSB] 2.5.20); empty for the usual one."""
    if len(data) < 8:
        return ""
    tint = f" {shade}" if (shade := struct.unpack_from("<h", data, 2)[0]) else ""
    match data[0] >> 1:
        case 1:
            return f"indexed {data[1]}"
        case 2:
            return f"#{data[4:7].hex()}"
        case 3:
            return f"theme {data[1]}{tint}"
    return ""


def _rich_texts(strings: bytes) -> dict[int, RichText]:
    """Return those of the texts that cells share in which the font changes, by their numbers ([MS-XLSB] 2.5.121)."""
    found: dict[int, RichText] = {}
    number = 0
    for kind, data in _binary(strings):
        if kind == _TEXT:
            if data[0] & _RICH:
                text, at = _wide(data, 1)
                count = min(struct.unpack_from("<I", data, at)[0], (len(data) - at - 4) // 4)
                found[number] = (text, [struct.unpack_from("<HH", data, at + 4 + 4 * n) for n in range(count)])
            number += 1
    return found


def _comments_of_xlsb(part: bytes) -> dict[tuple[int, int], str]:
    """Return what people wrote beside cells ([MS-XLSB] 2.4.28)."""
    found: dict[tuple[int, int], str] = {}
    at = (0, 0)
    for kind, data in _binary(part):
        if kind == _COMMENT and len(data) >= 20:
            row, _, column, _ = struct.unpack_from("<IIII", data, 4)
            at = (row + 1, column + 1)
        elif kind == _COMMENT_TEXT and len(found) < _MOST:
            found[at] = _wide(data, 1)[0]
    return found


def _wide(data: bytes, at: int) -> tuple[str, int]:
    """Return a text that begins with the number of its letters, and where it ends."""
    letters = min(struct.unpack_from("<I", data, at)[0], MAX_TEXT)
    ends = at + 4 + 2 * letters
    return data[at + 4 : ends].decode("utf-16-le", "replace"), ends


def _of_xlsb(sheet: bytes, styles: CellStyles, rich: Mapping[int, RichText]) -> Beside:
    """Return what stands beside the values of a sheet's part; its comments lie in another one."""
    found, row = Beside(), 0
    plain = _plain_cells(styles, texts=bool(rich))
    for kind, data in _binary(sheet, plain):
        if kind == _ROW and len(data) >= 12:
            row = struct.unpack_from("<I", data)[0] + 1
            if data[11] & 0x10:  # fDyZero ([MS-XLSB] 2.4.741)
                found.hidden_rows.add(row)
        elif _BLANK <= kind <= _FORMULA_ERROR and len(data) >= 8:
            column = struct.unpack_from("<I", data)[0] + 1
            style = struct.unpack_from("<I", data, 4)[0] & 0xFFFFFF
            found.put((row, column), style, styles, empty=kind == _BLANK)
            if kind in (_ERROR, _FORMULA_ERROR):
                found.errors[row, column] = ERRORS.get(data[8] if len(data) > 8 else -1, "#ERROR!")
            elif rich and kind == _SHARED and (index := struct.unpack_from("<I", data, 8)[0]) in rich:
                found.part((row, column), rich[index], style, styles)
        elif kind == _COLUMN and len(data) >= 17 and data[16] & 1:
            first, last = struct.unpack_from("<II", data)
            found.hidden_columns.update(range(first + 1, min(last, 16_383) + 2))
    return found


def _plain_cells(styles: CellStyles, *, texts: bool) -> re.Pattern[bytes]:
    """Return what finds a run of shown rows and of cells without a mark; its groups are the last such rows.

    With `texts`, cells of shared texts are looked at one by one.
    Kind and length of the record; column, format and flags of the cell; its value.
    """
    formats = other_formats({n for n in styles.struck | styles.colours.keys() if n < 1 << 16})
    cells = [
        b"%b.{4}(?:%b)\0.{%d}" % (re.escape(bytes([kind, length])), formats, length - 7)
        for kind, length in _PLAIN_CELLS.items()
        if not (texts and kind == _SHARED)
    ]
    return re.compile(b"(?:%b){1,1000}" % b"|".join([*cells, *_SHOWN_ROWS]), re.DOTALL)


def _binary(part: bytes, but: re.Pattern[bytes] | None = None) -> Iterator[tuple[int, bytes]]:
    """Return the records of a part: type in one or two bytes, length in one to four, seven bits each.

    Not those that `but` finds, a run of them at once, for nearly all of a sheet is such; but the last row of a run.
    """
    at = 0
    while at < len(part):
        if but is not None and (ran := but.match(part, at)):
            at = ran.end()
            if (begins := max(map(ran.start, range(1, but.groups + 1)))) >= 0:
                yield _ROW, part[begins : begins + _ROW_LENGTHS[0]]
            continue
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (part[at] << 7)
            at += 1
        length = shift = 0
        while shift < 28:
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, part[at : at + length]
        at += length


def _bundled_sheets(workbook: bytes) -> list[str]:
    """Return the relationship of each sheet of a binary workbook, in their order ([MS-XLSB] 2.4.311)."""
    found = []
    for kind, data in _binary(workbook):
        if kind == _BUNDLE:
            letters = struct.unpack_from("<I", data, 8)[0]
            found.append(data[12 : 12 + 2 * min(letters, 255)].decode("utf-16-le", "replace"))
    return found
