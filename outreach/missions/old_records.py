"""What calamine does not tell of an old Excel file: lines through cells, comments, links, errors, what is hidden.

An .xls file is a stream of records ([MS-XLS] 2.1.4): a type and a length of two bytes each, then so much data. An
.xlsb file has such streams too, with shorter heads ([MS-XLSB] 2.1.4). Both are walked once, and only where a quick
look says that they hold any of it. Runs in the child process of `old_child.py`.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_BOF, _BOUNDSHEET, _FONT, _XF, _FILEPASS = 0x809, 0x85, 0x31, 0xE0, 0x2F
_ROW, _COLINFO, _NOTE, _OBJ, _TXO, _CONTINUE, _HLINK = 0x208, 0x7D, 0x1C, 0x5D, 0x1B6, 0x3C, 0x1B8
_BOOLERR, _FORMULA, _MULRK = 0x205, 0x06, 0xBD
_CELLS = {0x06, 0x205, 0xFD, 0x203, 0x27E, 0x204, 0xD6, _MULRK}
_STRUCK = 0x08
_COMMENT_BOX = b"\x15\x00\x12\x00\x19\x00"  # an OBJ's first part, of the kind that belongs to a comment
_URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")  # the class of a URL moniker ([MS-OSHARED] 2.3.7.2)
_FORMULA_ERROR = re.compile(rb"\x02.[\x00-\x2a]\x00\x00\x00\xff\xff", re.DOTALL)
_HIDDEN_ROW = re.compile(rb"\x08\x02\x10\x00.{12}[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]", re.DOTALL)
_ERROR_CELL = re.compile(rb"\x05\x02\x08\x00.{7}\x01", re.DOTALL)
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_MOST = 20_000


@dataclass(slots=True)
class Beside:
    """What stands beside a sheet's values; rows and columns are counted from 1."""

    struck: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


class LockedError(Exception):
    """The file asks for a password."""


def of_xls(stream: bytes) -> list[Beside]:
    """Return what stands beside the values of each sheet of a workbook stream, in the order of the sheets.

    Raises LockedError, and struct.error or IndexError for a stream that is not sound.
    """
    starts: list[int] = []
    fonts: list[bool] = []
    formats: list[int] = []
    for kind, data in _records(stream, 0):
        if kind == _BOUNDSHEET:
            starts.append(struct.unpack_from("<I", data)[0])
        elif kind == _FONT:
            fonts.append(bool(data[2] & _STRUCK))
        elif kind == _XF:
            formats.append(struct.unpack_from("<H", data)[0])
        elif kind == _FILEPASS:
            raise LockedError
    # There is no font of number 4 ([MS-XLS] 2.5.129).
    font_struck = [fonts[at - (at > 4)] if at - (at > 4) < len(fonts) else False for at in range(len(fonts) + 2)]
    struck = frozenset(number for number, at in enumerate(formats) if at < len(font_struck) and font_struck[at])
    worth = (
        bool(struck) or _COMMENT_BOX in stream or _URL in stream
        or any(kind.search(stream) for kind in (_FORMULA_ERROR, _HIDDEN_ROW, _ERROR_CELL))
    )  # fmt: skip
    return [_xls_sheet(stream, start, struck) if worth else Beside() for start in starts]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Return the records of the sheet, or of the workbook's own part, that begins there."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length
        depth += (kind == _BOF) - (kind == 0x0A)  # a chart within a sheet has its own beginning and end
        if depth <= 0:
            return


def _xls_sheet(stream: bytes, start: int, struck: frozenset[int]) -> Beside:
    found, comments = Beside(), _Comments()
    for kind, data in _records(stream, start):
        if kind in _CELLS and len(data) >= 6:
            _xls_cell(kind, data, struck, found)
        elif kind == _ROW and len(data) >= 13 and data[12] & 0x20:
            found.hidden_rows.add(struct.unpack_from("<H", data)[0] + 1)
        elif kind == _COLINFO and len(data) >= 9 and data[8] & 1:
            first, last = struct.unpack_from("<HH", data)
            found.hidden_columns.update(range(first + 1, min(last, 255) + 2))
        elif kind == _HLINK and _URL in data and len(found.links) < _MOST:
            row, _, column, _ = struct.unpack_from("<HHHH", data)
            at = data.index(_URL) + len(_URL)
            length = min(struct.unpack_from("<I", data, at)[0], 4000)
            link = data[at + 4 : at + 4 + length].decode("utf-16-le", "replace").partition("\0")[0]
            found.links[row + 1, column + 1] = link
        else:
            comments.take(kind, data)
    found.comments = comments.by_cell()
    return found


def _xls_cell(kind: int, data: bytes, struck: frozenset[int], found: Beside) -> None:
    row, column, style = struct.unpack_from("<HHH", data)
    if kind == _MULRK:
        for index in range((len(data) - 6) // 6):
            if struct.unpack_from("<H", data, 4 + 6 * index)[0] in struck:
                found.struck.add((row + 1, column + 1 + index))
        return
    if style in struck:
        found.struck.add((row + 1, column + 1))
    if kind == _BOOLERR and data[7:8] == b"\x01":
        found.errors[row + 1, column + 1] = _ERRORS.get(data[6], "#ERROR!")
    elif kind == _FORMULA and data[12:14] == b"\xff\xff" and data[6:7] == b"\x02":
        found.errors[row + 1, column + 1] = _ERRORS.get(data[8], "#ERROR!")


class _Comments:
    """Puts comments together: a box has a number (OBJ) and words (TXO and what goes on after it), NOTE says where."""

    def __init__(self) -> None:
        self._box = 0
        self._words_follow = False
        self._words: dict[int, str] = {}
        self._notes: list[tuple[int, int, int]] = []

    def take(self, kind: int, data: bytes) -> None:
        if kind == _OBJ and data[:6] == _COMMENT_BOX:
            self._box = struct.unpack_from("<H", data, 6)[0]
        elif kind == _TXO:
            self._words_follow = True
        elif kind == _CONTINUE and self._words_follow:
            self._words_follow = False
            self._words[self._box] = data[1:].decode("utf-16-le" if data[:1] == b"\x01" else "latin-1", "replace")
        elif kind == _NOTE and len(data) >= 8 and len(self._notes) < _MOST:
            row, column, _, box = struct.unpack_from("<HHHH", data)
            self._notes.append((row + 1, column + 1, box))

    def by_cell(self) -> dict[tuple[int, int], str]:
        return {(row, column): self._words[box] for row, column, box in self._notes if box in self._words}


_FONTS, _XFS, _XFS_BEGIN, _XFS_END, _BIN_ROW, _BIN_COL = 43, 47, 617, 618, 0, 60


def struck_of_xlsb(styles: bytes) -> frozenset[int]:
    """Return the numbers of the cell formats whose font has a line through it ([MS-XLSB] 2.4.149, 2.4.836)."""
    fonts: list[bool] = []
    formats: list[int] = []
    within = False
    for kind, data in _binary(styles):
        if kind == _FONTS:
            fonts.append(bool(data[2] & _STRUCK))
        elif kind in (_XFS_BEGIN, _XFS_END):
            within = kind == _XFS_BEGIN
        elif kind == _XFS and within:
            formats.append(struct.unpack_from("<H", data, 4)[0])
    return frozenset(number for number, font in enumerate(formats) if font < len(fonts) and fonts[font])


def of_xlsb(sheet: bytes, struck: frozenset[int]) -> Beside:
    """Return which cells of a sheet's part have a line through them or hold an error, and which rows are hidden."""
    found, row = Beside(), 0
    for kind, data in _binary(sheet):
        if kind == _BIN_ROW and len(data) >= 12:
            row = struct.unpack_from("<I", data)[0] + 1
            if data[11] & 0x10:  # fDyZero ([MS-XLSB] 2.4.741)
                found.hidden_rows.add(row)
        elif 1 <= kind <= 11 and len(data) >= 8:
            column = struct.unpack_from("<I", data)[0] + 1
            if struck and struct.unpack_from("<I", data, 4)[0] & 0xFFFFFF in struck:
                found.struck.add((row, column))
            if kind in (3, 9 + 2):
                found.errors[row, column] = _ERRORS.get(data[8] if len(data) > 8 else -1, "#ERROR!")
        elif kind == _BIN_COL and len(data) >= 17 and data[16] & 1:
            first, last = struct.unpack_from("<II", data)
            found.hidden_columns.update(range(first + 1, min(last, 16_383) + 2))
    return found


def _binary(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the records of a part: type in one or two bytes, length in one to four, seven bits each."""
    at = 0
    while at < len(part):
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


def bundled_sheets(workbook: bytes) -> list[str]:
    """Return the relationship of each sheet of a binary workbook, in their order ([MS-XLSB] 2.4.311)."""
    found = []
    for kind, data in _binary(workbook):
        if kind == 156:
            letters = struct.unpack_from("<I", data, 8)[0]
            found.append(data[12 : 12 + 2 * min(letters, 255)].decode("utf-16-le", "replace"))
    return found
