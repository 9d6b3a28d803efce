"""Cuts a worksheet part into its rows without parsing them: where a row is looked at, a few bytes of it are enough.

What stands in a cell is for the careful reader (`xlsx.Workbook.read_cut`) to say, which gets a part of which only some
cells are left. Rows are cut at `<row r=` and cells at `<c r=` (ECMA-376 part 1, 18.3.1.73 and 18.3.1.4). A part that is
written otherwise, with comments, CDATA, other encodings, or rows and cells that don't say where they are, is written
anew in that way first.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from outreach.missions.books.cells import MAX_CELLS, MAX_ROWS, column_letter, column_number
from outreach.missions.books.package import Package, damaged

_DATA = re.compile(rb"<((?:[\w.-]+:)?)sheetData\b[^>]*>")
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_STYLE = re.compile(rb'\ss="(\d{1,9})"')
_FORMULA, _FILLED = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]"), re.compile(rb"<(?:[\w.-]+:)?[vt](?:\s[^>]*)?>[^<]")
_IN_ATTRIBUTES = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


class CutCell(NamedTuple):
    """Where a cell stands in the bytes of its row, from its first byte to the one after its last."""

    column: int
    start: int
    end: int

    def style(self, row: bytes) -> int:
        """Return how it looks: the number of its style."""
        found = _STYLE.search(row, self.start, row.index(b">", self.start))
        return int(found[1]) if found else 0

    def has_formula(self, row: bytes) -> bool:
        """Tell whether it holds a formula."""
        return _FORMULA.search(row, self.start, self.end) is not None

    def is_filled(self, row: bytes) -> bool:
        """Tell whether anything stands in it."""
        return _FILLED.search(row, self.start, self.end) is not None or self.has_formula(row)


class CutRows:
    """A worksheet part as its head, its rows and its tail. Rows are numbered as in the sheet."""

    def __init__(self, package: Package, part: str) -> None:
        """Cut a part; raises SheetError where it is damaged, or larger than any directory of missions."""
        content = package.whole(part)
        cut = _cut(content) or _cut(_plainly(package, content))
        if cut is None:
            raise damaged(package.name)
        self.prefix, self.head, rows, self.tail, cells = cut
        if len(rows) > MAX_ROWS:
            raise package.too_large(f"a sheet has more than {MAX_ROWS:,} rows")
        if cells > 2 * MAX_CELLS:
            raise package.too_large(f"it holds more than {2 * MAX_CELLS:,} cells and marks")
        numbers = [int(row[3 : row.index(b'"', 3)]) for row in rows]
        self.rows = dict(zip(numbers, rows, strict=True))
        """The bytes of each row by its number, from behind `<row ` to the next row."""
        if list(self.rows) != sorted(numbers):
            raise damaged(package.name)
        name = self.prefix.encode()
        self._row, self._closing, self._cell = b"<" + name + b"row ", b"</" + name + b"row>", b"<" + name + b'c r="'
        self._letters: dict[bytes, int] = {}

    def xml(self, rows: Iterable[bytes], head: bytes = b"", tail: bytes = b"") -> bytes:
        """Return a whole part with these rows, as `rows` has them; with another head and tail, where they are given."""
        return (head or self.head) + self._row.join((b"", *rows)) + (tail or self.tail)

    def cell(self, number: int, column: int) -> tuple[bytes, bytes] | None:
        """Return the start of a cell's tag with its reference, and all that follows of it; None where it is not there.

        Cells that say the same have the same second half.
        """
        row = self.rows[number]
        begins = b'%s%s%d"' % (self._cell, column_letter(column).encode(), number)
        at = row.find(begins)
        if at < 0:
            return None
        behind = row.find(self._cell, at + 1)
        return begins, row[at + len(begins) : behind if behind >= 0 else self.end(row)]

    def row_of(self, number: int, cells: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return a row with these cells alone."""
        return b'r="%d">%s%s' % (number, b"".join(half for cell in cells for half in cell), self._closing)

    def end(self, row: bytes) -> int:
        """Return where the end tag of a row begins; 0 where it has none, and so no cells."""
        return max(row.rfind(self._closing), 0)

    def from_behind(self, row: bytes) -> Iterator[CutCell]:
        """Go through the cells of a row from the last one to the first."""
        end = self.end(row)
        while (start := row.rfind(self._cell, 0, end)) >= 0:
            begins = start + len(self._cell)
            letters = row[begins : row.index(b'"', begins)].rstrip(b"0123456789")
            column = self._letters.get(letters)
            if column is None:
                column = self._letters[letters] = column_number(letters.decode()) or 0
            yield CutCell(column, start, end)
            end = start


def _cut(content: bytes) -> tuple[str, bytes, list[bytes], bytes, int] | None:
    """Return the prefix of a part's names, its head, rows, tail, and the number of its cells.

    None where it is not written as is usual.
    """
    data = _DATA.search(content)
    odd = b"<!" in content or content.find(b"<?", 5) >= 0 or b"\0" in content[:200] or _DECLARED.match(content)
    if data is None or odd:
        return None
    name = data[1]
    if data[0].endswith(b"/>"):
        opened = data[0][:-2] + b">"
        return name.decode(), content[: data.start()] + opened, [], b"</%ssheetData>" % name + content[data.end() :], 0
    ends = content.rfind(b"</%ssheetData" % name)
    first, *rows = content[data.end() : ends].split(b"<" + name + b"row ")
    cell = b"<" + name + b"c"
    cells = content.count(cell + b' r="', data.end(), ends)
    usual = cells == content.count(cell, data.end(), ends) or cells == len(
        re.findall(cell + rb"[\s/>]", content[data.end() : ends])
    )
    usual &= len(rows) == content.count(b"<" + name + b"row", data.end(), ends)
    if ends < 0 or first.strip() or not usual or not all(row.startswith(b'r="') for row in rows):
        return None
    return name.decode(), content[: data.end()] + first, rows, content[ends:], cells


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
