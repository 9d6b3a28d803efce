"""What calamine does not tell of an .xls file: lines through cells and words, colours, comments, links, errors, what
is hidden.

It is a stream of records ([MS-XLS] 2.1.4): a type and a length of two bytes each, then so much data. It is walked once,
runs of plain cells at one step. Runs in the child process of `old_child.py`.
"""

import re
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from outreach.missions.books.sheet_bounds import MAX_CELLS, MAX_COLOURED

_BOF, _BOUNDSHEET, _FONT, _XF, _FILEPASS = 0x809, 0x85, 0x31, 0xE0, 0x2F
_ROW, _COLINFO, _NOTE, _OBJ, _TXO, _CONTINUE, _HLINK = 0x208, 0x7D, 0x1C, 0x5D, 0x1B6, 0x3C, 0x1B8
_BOOLERR, _FORMULA, _MULRK, _BLANK, _MULBLANK = 0x205, 0x06, 0xBD, 0x201, 0xBE
_PALETTE, _SST, _LABELSST = 0x92, 0xFC, 0xFD
_CELLS = {0x06, 0x205, _LABELSST, 0x203, 0x27E, 0x204, 0xD6, _MULRK, _BLANK, _MULBLANK}
_PLAIN_CELLS: Mapping[int, int] = MappingProxyType({_LABELSST: 10, 0x203: 14, 0x27E: 10, _BLANK: 6})
"""The records of a cell that hold a value and nothing else that counts, and how long they are."""
_SHOWN_ROW = rb"\x08\x02\x10\x00.{12}[\x00-\x1f\x40-\x5f\x80-\x9f\xc0-\xdf].{3}"  # [MS-XLS] 2.4.221: fDyZero
_RUN = 1_000  # so many at once: what an expression repeats, it remembers until it is through
_STRUCK, _OF_STYLE, _BIFF8 = 0x08, 0x04, 0x600
_PAPER: frozenset[int | str] = frozenset({9, 65, "#ffffff"})
_PLAIN_LETTERS: frozenset[int | str] = frozenset({0, 8, 64, 0x7FFF, "#000000"})
_COMMENT_BOX = b"\x15\x00\x12\x00\x19\x00"  # an OBJ's first part, of the kind that belongs to a comment
_URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")  # the class of a URL moniker ([MS-OSHARED] 2.3.7.2)
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_MOST = 20_000


class Beside:
    """What stands beside a sheet's values; rows and columns are counted from 1."""

    def __init__(self) -> None:
        self.struck: set[tuple[int, int]] = set()
        self.errors: dict[tuple[int, int], str] = {}
        self.comments: dict[tuple[int, int], str] = {}
        self.links: dict[tuple[int, int], str] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.colours: dict[tuple[int, int], str] = {}
        """The colours of cells, of empty ones too."""
        self.struck_words: dict[tuple[int, int], tuple[str, str]] = {}
        """Of cells that have words with a line through them and others: the others, and those words."""

    def put(self, at: tuple[int, int], style: int, styles: "CellStyles", *, empty: bool = False) -> None:
        """Take what a cell's format says of it."""
        if style in styles.struck and not empty:
            self.struck.add(at)
        if style in styles.colours and len(self.colours) < MAX_COLOURED:
            self.colours[at] = styles.colours[style]

    def part(self, at: tuple[int, int], rich: "RichText", style: int, styles: "CellStyles") -> None:
        """Take which words of a cell have a line through them, where that differs within it."""
        text, runs = rich
        begins = [(0, style in styles.struck), *((place, font in styles.struck_fonts) for place, font in runs)]
        ends = [place for place, _ in begins[1:]]
        said = [(text[one:end], line) for (one, line), end in zip(begins, [*ends, None], strict=True)]
        plain, struck = ("".join(piece for piece, line in said if line is is_struck) for is_struck in (False, True))
        self.struck.discard(at)
        if not plain.strip() and struck.strip():
            self.struck.add(at)
        elif struck.strip():
            self.struck_words[at] = (plain, struck)


RichText = tuple[str, Sequence[tuple[int, int]]]
"""A text, and where in it which font begins; before the first of them it has the font of its cell."""


class CellStyles(NamedTuple):
    """The numbers of the cell formats that strike through, the colour of those that have one, and the fonts that do."""

    struck: frozenset[int] = frozenset()
    colours: Mapping[int, str] = {}
    struck_fonts: frozenset[int] = frozenset()


class Font(NamedTuple):
    """What counts of a font: whether it draws a line through, its colour (empty for plain letters), and underlining."""

    struck: bool
    colour: str
    underlined: bool


def colour_of(fill: str, font: Font | None, plain_letters: str) -> str:
    """Return the colour of a format: its fill's, or its letters' where they are not plain or a link's."""
    if fill:
        return fill
    if font is None or not font.colour or font.colour == plain_letters or font.underlined:
        return ""
    return f"letters {font.colour}"


class LockedError(Exception):
    """The file asks for a password."""


class TooLargeError(Exception):
    """The file holds more than any directory of missions does."""


def of_xls(stream: bytes) -> list[Beside]:
    """Return what stands beside the values of each sheet of a workbook stream, in the order of the sheets.

    Raises LockedError, and struct.error or IndexError for a stream that is not sound.
    """
    starts: list[int] = []
    fonts: list[tuple[int, int, int]] = []
    formats: list[bytes] = []
    palette: dict[int, str] = {}
    texts: list[bytes] = []
    within_texts = False
    for kind, data in _records(stream, 0):
        if kind == _BOUNDSHEET:
            starts.append(struct.unpack_from("<I", data)[0])
        elif kind == _FONT:
            fonts.append((data[2], *struct.unpack_from("<H", data, 4), data[10] if len(data) > 10 else 0))
        elif kind == _XF:
            formats.append(data)
        elif kind == _PALETTE:
            count = min(struct.unpack_from("<H", data)[0], 56, (len(data) - 2) // 4)
            palette = {8 + n: "#" + data[2 + 4 * n : 5 + 4 * n].hex() for n in range(count)}
        elif kind == _SST or (kind == _CONTINUE and within_texts):
            texts.append(data)
        elif kind == _FILEPASS:
            raise LockedError
        within_texts = kind in (_SST, _CONTINUE) and bool(texts)
    # There is no font of number 4 ([MS-XLS] 2.5.129).
    numbered = {
        n + (n >= 4): Font(bool(flags & _STRUCK), _named(colour, palette, _PLAIN_LETTERS), bool(under))
        for n, (flags, colour, under) in enumerate(fonts)
    }
    styles = _styles(formats, numbered, palette)
    rich = _rich_texts(texts) if styles.struck_fonts else {}
    plain = _plain_records(styles.struck | styles.colours.keys(), texts=bool(rich))
    return [_xls_sheet(stream, start, styles, rich, plain) for start in starts]


def is_before_97(stream: bytes) -> bool:
    """Tell whether a stream is of an Excel before 97, in which comments and the fonts of single words lie elsewhere."""
    return len(stream) > 6 and struct.unpack_from("<H", stream, 4)[0] < _BIFF8


def _styles(formats: Sequence[bytes], fonts: Mapping[int, Font], palette: Mapping[int, str]) -> CellStyles:
    """Return what the formats of cells say ([MS-XLS] 2.4.353; before Excel 97 they are shorter)."""
    usual = fonts[0].colour if 0 in fonts else ""
    struck, colours = set(), {}
    for number, data in enumerate(formats):
        font = fonts.get(struct.unpack_from("<H", data)[0])
        if len(data) >= 20:
            pattern, colour = struct.unpack_from("<I", data, 14)[0] >> 26, data[18] & 0x7F
        elif len(data) >= 12:
            both = struct.unpack_from("<I", data, 8)[0]
            pattern, colour = both >> 16 & 0x3F, both & 0x7F
        else:
            pattern = colour = 0
        fill = _named(colour, palette, _PAPER) if pattern else ""
        if font is not None and font.struck:
            struck.add(number)
        if (told := colour_of(fill, font, usual)) and not data[4] & _OF_STYLE:
            colours[number] = told
    return CellStyles(frozenset(struck), colours, frozenset(n for n, one in fonts.items() if one.struck))


def _named(colour: int, palette: Mapping[int, str], plain: Collection[int | str]) -> str:
    """Return a colour by its number, as red, green and blue where the file says so; empty for a plain one."""
    told = palette.get(colour, f"indexed {colour}")
    return "" if colour in plain or told in plain else told


def _rich_texts(pieces: Sequence[bytes]) -> dict[int, RichText]:
    """Return those of the texts that cells share in which the font changes, by their numbers ([MS-XLS] 2.4.265)."""
    if not pieces:
        return {}
    texts = _Texts(pieces)
    _, count = struct.unpack("<II", texts.take(8))
    return {number: rich for number in range(min(count, MAX_CELLS)) if (rich := texts.text())[1]}


class _Texts:
    """Reads the texts that cells share, which go on over several records ([MS-XLS] 2.5.293)."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces, self._piece, self._at = pieces, 0, 0

    def take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            if self._at >= len(self._pieces[self._piece]):
                self._piece, self._at = self._piece + 1, 0
            more = self._pieces[self._piece][self._at : self._at + count - len(taken)]
            taken, self._at = taken + more, self._at + len(more)
        return taken

    def text(self) -> RichText:
        """Return the next text, and where in it which font begins."""
        letters, flags = struct.unpack("<HB", self.take(3))
        count = struct.unpack("<H", self.take(2))[0] if flags & 0x08 else 0
        beside = struct.unpack("<I", self.take(4))[0] if flags & 0x04 else 0
        text = ""
        while len(text) < letters:
            if self._at >= len(self._pieces[self._piece]):  # where it goes on, it says anew how wide its letters are
                self._piece, self._at = self._piece + 1, 0
                flags = self.take(1)[0]
            width = 2 if flags & 1 else 1
            here = min(letters - len(text), (len(self._pieces[self._piece]) - self._at) // width)
            if not here:
                raise IndexError("half a letter")
            text += self.take(here * width).decode("utf-16-le" if width == 2 else "latin-1", "surrogatepass")
        runs = [struct.unpack("<HH", self.take(4)) for _ in range(count)]
        self.take(beside)
        return text, runs


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


def _marked_records(stream: bytes, at: int, plain: re.Pattern[bytes]) -> Iterator[tuple[int, bytes]]:
    """Return the records of a sheet but those that `plain` finds, a run of them at once."""
    depth, size, head = 0, len(stream), struct.Struct("<HH").unpack_from
    while at + 4 <= size:
        if ran := plain.match(stream, at):
            at = ran.end()
            continue
        kind, length = head(stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        depth += (kind == _BOF) - (kind == 0x0A)  # a chart within a sheet has its own beginning and end
        if depth <= 0:
            return
        at += 4 + length


def _plain_records(marked: Collection[int], *, texts: bool) -> re.Pattern[bytes]:
    """Return what finds a run of rows that are shown and of cells whose format is none of the marked ones.

    Nearly all of a sheet is such. With `texts`, cells of shared texts are looked at one by one.
    """
    formats = other_formats(marked)
    cells = [(kind, length) for kind, length in _PLAIN_CELLS.items() if not (texts and kind == _LABELSST)]
    # Kind and length of the record; row, column and format of the cell; its value.
    records = [
        b"%b.{4}(?:%b).{%d}" % (re.escape(struct.pack("<HH", kind, length)), formats, length - 6)
        for kind, length in cells
    ]
    return re.compile(b"(?:%b){1,%d}" % (b"|".join([*records, _SHOWN_ROW]), _RUN), re.DOTALL)


def other_formats(marked: Collection[int]) -> bytes:
    """Return what finds the number, in two bytes, of a format that is none of the marked ones."""
    lows: dict[int, list[int]] = {}
    for number in marked:
        lows.setdefault(number >> 8, []).append(number & 0xFF)
    formats = [b"[^%b]%b" % (re.escape(bytes(low)), re.escape(bytes([high]))) for high, low in lows.items()]
    formats.append(b".[^%b]" % re.escape(bytes(lows)) if lows else b"..")
    return b"|".join(formats)


def _xls_sheet(
    stream: bytes, start: int, styles: CellStyles, rich: Mapping[int, RichText], plain: re.Pattern[bytes]
) -> Beside:
    found, comments = Beside(), _Comments()
    for kind, data in _marked_records(stream, start, plain):
        if kind in _CELLS and len(data) >= 6:
            _xls_cell(kind, data, styles, found)
            if rich and kind == _LABELSST and (index := struct.unpack_from("<I", data, 6)[0]) in rich:
                row, column, style = struct.unpack_from("<HHH", data)
                found.part((row + 1, column + 1), rich[index], style, styles)
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


def _xls_cell(kind: int, data: bytes, styles: CellStyles, found: Beside) -> None:
    row, column, style = struct.unpack_from("<HHH", data)
    if kind in (_MULRK, _MULBLANK):
        width = 6 if kind == _MULRK else 2
        for index in range((len(data) - 6) // width):
            style = struct.unpack_from("<H", data, 4 + width * index)[0]
            found.put((row + 1, column + 1 + index), style, styles, empty=kind == _MULBLANK)
        return
    found.put((row + 1, column + 1), style, styles, empty=kind == _BLANK)
    if kind == _BOOLERR and data[7:8] == b"\x01":
        found.errors[row + 1, column + 1] = ERRORS.get(data[6], "#ERROR!")
    elif kind == _FORMULA and data[12:14] == b"\xff\xff" and data[6:7] == b"\x02":
        found.errors[row + 1, column + 1] = ERRORS.get(data[8], "#ERROR!")


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
