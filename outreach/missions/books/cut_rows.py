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
from outreach.missions.books.package import Package, damaged
from outreach.missions.books.sheet_bounds import MAX_CELLS, MAX_ROWS

_DATA = re.compile(rb"<((?:[\w.-]+:)?)sheetData\b[^>]*>")
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_STYLE = re.compile(rb'\ss="(\d{1,9})"')
_FORMULA, _FILLED = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]"), re.compile(rb"<(?:[\w.-]+:)?[vt](?:\s[^>]*)?>[^<]")
_IN_ATTRIBUTES = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


class CutRows:
    """A worksheet part with the places of its rows, which are numbered as in the sheet; places are of its bytes."""

    def __init__(self, package: Package, part: str) -> None:
        """Cut a part; raises SheetError where it is damaged, or larger than any directory of missions."""
        content = package.whole(part)
        cut = _cut(content) or _cut(_plainly(package, content))
        if cut is None:
            raise damaged(package.name)
        self.content, self.prefix, self._starts, numbers, cells = cut
        if len(self._starts) > MAX_ROWS:
            raise package.too_large(f"a sheet has more than {MAX_ROWS:,} rows")
        name = self.prefix.encode()
        self._row, self._closing, self._cell = b"<" + name + b"row ", b"</" + name + b"row>", b"<" + name + b'c r="'
        if cells > 2 * MAX_CELLS:
            raise package.too_large(f"it holds more than {2 * MAX_CELLS:,} cells and marks")
        self._at = dict(zip(numbers, zip(self._starts, self._starts[1:], strict=False), strict=True))
        if list(self._at) != sorted(numbers):
            raise damaged(package.name)
        self._letters: dict[bytes, int] = {}
        self._styles: dict[bytes, int] = {}
        """How cells look whose start tags say the same behind the reference: there are few."""
        self._last: dict[int, tuple[int, int, int, int]] = {}

    @property
    def numbers(self) -> list[int]:
        """The numbers of the rows, in their order."""
        return list(self._at)

    @property
    def head(self) -> bytes:
        """What stands before the rows."""
        return self.content[: self._starts[0]]

    @property
    def tail(self) -> bytes:
        """What stands behind the rows."""
        return self.content[self._starts[-1] :]

    def row(self, number: int) -> bytes:
        """Return a row as it stands."""
        return self.content[slice(*self._at[number])]

    def spans(self, number: int) -> tuple[int, int] | None:
        """Return where a row's start tag says between which columns its cells lie; None where it does not."""
        start = self._at[number][0]
        at = self.content.find(b' spans="', start, self.content.index(b">", start))
        return None if at < 0 else (at, self.content.index(b'"', at + 8) + 1)

    def end(self, number: int) -> int:
        """Return the first byte of a row's end tag, behind its cells; of its start tag, where it has none."""
        start, behind = self._at[number]
        return max(self.content.rfind(self._closing, start, behind), start)

    def xml(self, rows: Iterable[bytes]) -> bytes:
        """Return a whole part with these rows."""
        return b"".join((self.head, *rows, self.tail))

    def cells(self, column: int, among: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Go through the cells of a column in some rows, as the row's number and what follows the cell's reference.

        Cells that say the same are the same there.
        """
        content, cell = self.content, self._cell
        begins = cell + column_letter(column).encode()
        length = len(begins)
        for number in among:
            start, end = self._at[number]
            at = content.find(begins, start, end)
            if at >= 0 and content[at + length] in b"0123456789":
                at += length
                behind = content.find(cell, at, end)
                yield number, content[content.index(b'"', at) : behind if behind >= 0 else self.end(number)]

    def row_of(self, number: int, column: int, cell: bytes) -> bytes:
        """Return a row with one cell alone, as `cells` tells it."""
        begins = b'%sr="%d">%s%s%d' % (self._row, number, self._cell, column_letter(column).encode(), number)
        return begins + cell + self._closing

    def last_cell(self, number: int) -> tuple[int, int, int, int]:
        """Return the last cell of a row as `from_behind` does; column 0, at the row's end, where there is none."""
        found = self._last.get(number)
        if found is None:
            end = self.end(number)
            found = self._last[number] = self._before(self._at[number][0], end) or (0, end, end, 0)
        return found

    def from_behind(self, number: int) -> Iterator[tuple[int, int, int, int]]:
        """Go through the cells of a row from the last one to the first.

        Each is its column, its first byte, the one after its last, and how it looks: the number of its style.
        """
        found: tuple[int, int, int, int] | None = self.last_cell(number)
        while found is not None and found[0]:
            yield found
            found = self._before(self._at[number][0], found[1])

    def _before(self, start: int, end: int) -> tuple[int, int, int, int] | None:
        """Return the last cell that begins between two bytes of a row; None where none does."""
        content, cell = self.content, self._cell
        at = content.rfind(cell, start, end)
        if at < 0:
            return None
        reference, _, said = content[at + len(cell) : content.index(b">", at)].partition(b'"')
        letters = reference.rstrip(b"0123456789")
        column, style = self._letters.get(letters), self._styles.get(said)
        if column is None:
            column = self._letters[letters] = column_number(letters.decode()) or 0
        if style is None:
            found = _STYLE.search(said)
            style = self._styles[said] = int(found[1]) if found else 0
        return column, at, end, style

    def has_formula(self, start: int, end: int) -> bool:
        """Tell whether a cell between two bytes holds a formula."""
        return _FORMULA.search(self.content, start, end) is not None

    def is_filled(self, start: int, end: int) -> bool:
        """Tell whether anything stands in a cell between two bytes."""
        return _FILLED.search(self.content, start, end) is not None or self.has_formula(start, end)


def _cut(content: bytes) -> tuple[bytes, str, list[int], list[int], int] | None:
    """Return a part, the prefix of its names, the first bytes of its rows and of what is behind, the rows' numbers, and
    how many cells there are.

    None where it is not written as is usual.
    """
    data = _DATA.search(content)
    odd = b"<!" in content or content.find(b"<?", 5) >= 0 or b"\0" in content[:200] or _DECLARED.match(content)
    if data is None or odd:
        return None
    name = data[1]
    if data[0].endswith(b"/>"):
        opened = content[: data.start()] + data[0][:-2] + b">"
        return opened + b"</%ssheetData>" % name + content[data.end() :], name.decode(), [len(opened)], [], 0
    row, cell = b"<" + name + b"row", b"<" + name + b"c"
    ends = content.rfind(b"</%ssheetData" % name)
    starts, numbers = list[int](), list[int]()
    for begun in re.compile(row + rb' r="(\d+)"').finditer(content, data.end(), ends):
        starts.append(begun.start())
        numbers.append(int(begun[1]))
    cells = content.count(cell + b' r="', data.end(), ends)
    told = cells == content.count(cell, data.end(), ends) or cells == len(
        re.findall(cell + rb"[\s/>]", content[data.end() : ends])
    )
    if ends < 0 or not told or len(starts) != content.count(row, data.end(), ends):
        return None
    return content, name.decode(), [*starts, ends], numbers, cells


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
