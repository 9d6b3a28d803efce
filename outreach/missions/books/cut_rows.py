"""Cuts a worksheet part into its rows without parsing them: where a row is looked at, a few bytes of it are enough.

What stands in a cell is for the careful reader (`xlsx.Workbook.read_cut`) to say, which gets a part of which only some
cells are left. Rows are cut at `<row r=` and cells at `<c r=` (ECMA-376 part 1, 18.3.1.73 and 18.3.1.4). A part that is
written otherwise, with comments, CDATA, other encodings, or rows and cells that don't say where they are, is written
anew in that way first.
"""

import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat
from xml.sax.saxutils import escape

from outreach.missions.books.cells import column_letter, column_number
from outreach.missions.books.package import Package, damaged, has_mark
from outreach.missions.books.sheet_bounds import MAX_CELLS, MAX_ROWS

_DATA = re.compile(rb"<((?:[\w.-]+:)?)sheetData\b[^>]*>")
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_TOLD = re.compile(rb'([A-Z]*)[0-9]*"([^>]*)>')
"""A cell's start tag, behind `<c r="`."""
_STYLE = re.compile(rb'\ss="(\d{1,9})"')
_FORMULA, _FILLED = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]"), re.compile(rb"<(?:[\w.-]+:)?[vt](?:\s[^>]*)?>[^<]")
_IN_ATTRIBUTES = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


class CutRows:
    """A worksheet part cut into its rows; places in a row are of its bytes."""

    def __init__(self, package: Package, part: str) -> None:
        """Cut a part; raises SheetError where it is damaged, or larger than any directory of missions."""
        content = package.whole(part)
        cut = _cut(content) or _cut(_plainly(package, content))
        if cut is None:
            raise damaged(package.name)
        self.head, self.prefix, rows, self.tail, cells = cut
        if len(rows) > MAX_ROWS:
            raise package.too_large(f"a sheet has more than {MAX_ROWS:,} rows")
        if cells > 2 * MAX_CELLS:
            raise package.too_large(f"it holds more than {2 * MAX_CELLS:,} cells and marks")
        name = self.prefix.encode()
        self._begins, self._closing, self._cell = b"<%srow" % name, b"</%srow>" % name, b'<%sc r="' % name
        self.rows = {int(row[4 : row.index(b'"', 4)]): row for row in rows}
        """By their numbers, in their order. Each begins behind `<row`: with ` r=` and its number."""
        if len(self.rows) < len(rows) or list(self.rows) != sorted(self.rows):
            raise damaged(package.name)
        self._letters: dict[bytes, int] = {}
        self._styles: dict[bytes, int] = {}
        """How cells look whose start tags say the same behind the reference: there are few."""
        self._lasts: dict[int, tuple[int, int, int, int]] = {}

    def xml(self, rows: Iterable[bytes], head: bytes | None = None, tail: bytes | None = None) -> bytes:
        """Return a whole part with these rows, and a head and tail of its own if given."""
        pieces = [self.head if head is None else head, *rows]
        pieces[-1] += self.tail if tail is None else tail
        return self._begins.join(pieces)

    def cells(self, column: int, among: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Go through the cells of a column in some rows, as the row's number and what follows the cell's reference.

        Cells that say the same are the same there.
        """
        rows, cell = self.rows, self._cell
        begins = cell + column_letter(column).encode()
        length = len(begins)
        for number in among:
            row = rows[number]
            at = row.find(begins)
            if at >= 0 and row[at + length] in b"0123456789":
                at = row.index(b'"', at + length)
                behind = row.find(cell, at)
                yield number, row[at : behind if behind >= 0 else row.rfind(self._closing)]

    def row_of(self, number: int, column: int, cell: bytes) -> bytes:
        """Return a row with one cell alone, as `cells` tells it."""
        return b' r="%d">%s%s%d' % (number, self._cell, column_letter(column).encode(), number) + cell + self._closing

    def last_cells(self, among: Iterable[int]) -> Iterator[tuple[int, int, int, int]]:
        """Go through the last cells of some rows, as `from_behind` tells them; column 0, at the row's end, for none."""
        for number in among:
            if number not in self._lasts:
                row = self.rows[number]
                end = row.rfind(self._closing)
                self._lasts[number] = self._before(row, end) or (0, end, end, 0)
            yield self._lasts[number]

    def from_behind(self, number: int) -> Iterator[tuple[int, int, int, int]]:
        """Go through the cells of a row from the last one to the first.

        Each is its column, its first byte, the one after its last, and how it looks: the number of its style.
        """
        row = self.rows[number]
        end = row.rfind(self._closing)
        while found := self._before(row, end):
            yield found
            end = found[1]

    def _before(self, row: bytes, end: int) -> tuple[int, int, int, int] | None:
        """Return the last cell of a row that begins before one of its bytes; None where none does."""
        at = row.rfind(self._cell, 0, end)
        told = _TOLD.match(row, at + len(self._cell)) if at >= 0 else None
        if told is None:
            return None
        letters, said = told.groups()
        column, style = self._letters.get(letters), self._styles.get(said)
        if column is None:
            column = self._letters[letters] = column_number(letters.decode()) or 0
        if style is None:
            found = _STYLE.search(said)
            style = self._styles[said] = int(found[1]) if found else 0
        return column, at, end, style


def has_formula(cell: bytes) -> bool:
    """Tell whether a cell holds a formula."""
    return _FORMULA.search(cell) is not None


def is_filled(cell: bytes) -> bool:
    """Tell whether anything stands in a cell."""
    return _FILLED.search(cell) is not None or has_formula(cell)


def _cut(content: bytes) -> tuple[bytes, str, list[bytes], bytes, int] | None:
    """Return a part's head, the prefix of its names, its rows behind `<row`, its tail, and how many cells there are.

    None where it is not written as is usual.
    """
    data = _DATA.search(content)
    if data is None or b"\0" in content[:200] or _DECLARED.match(content):
        return None
    head, name = content[: data.end()], data[1]
    odd = b"<!" in head or b"<?" in head[5:]
    if odd or has_mark(content, b"<!", data.end()) or has_mark(content, b"<?", data.end()):
        return None
    if head.endswith(b"/>"):
        return head[:-2] + b">", name.decode(), [], b"</%ssheetData>" % name + content[data.end() :], 0
    row, cell = b"<" + name + b"row", b"<" + name + b"c"
    ends = content.rfind(b"</%ssheetData" % name)
    cells = content.count(cell + b' r="', data.end(), ends)
    told = cells == content.count(cell, data.end(), ends) or cells == len(
        re.findall(cell + rb"[\s/>]", content[data.end() : ends])
    )
    between, *rows = content[data.end() : ends].split(row)
    if ends < 0 or not told or not all(row.startswith(b' r="') for row in rows):
        return None
    return head + between, name.decode(), rows, content[ends:], cells


def _plainly(package: Package, content: bytes) -> bytes:
    """Return a part written anew as spreadsheet programs do: in UTF-8, and each row and cell says where it is."""
    made: list[str] = []
    place = [0, 0]

    def start(name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            place[:] = [int(attributes.pop("r", place[0] + 1)), 0]
            attributes = {"r": str(place[0]), **attributes}
        elif tag == "c":
            letters = attributes.pop("r", "").rstrip("0123456789")
            place[1] = column_number(letters) or place[1] + 1
            attributes = {"r": f"{column_letter(place[1])}{place[0]}", **attributes}
        shown = "".join(f' {key}="{escape(value, _IN_ATTRIBUTES)}"' for key, value in attributes.items())
        made.append(f"<{name}{shown}>")

    def refuse(*_: object) -> None:
        raise damaged(package.name)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, refuse
    parser.EndElementHandler = lambda name: made.append(f"</{name}>")
    parser.CharacterDataHandler = lambda text: made.append(escape(text, {"\r": "&#13;"}))
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise damaged(package.name) from None
    return "".join(made).encode()
