"""Puts cells into a worksheet part and leaves every other byte of it as it was.

openpyxl would read the workbook and write it anew, and lose what it does not know: charts of the team's own,
pictures, slicers, macros. Here the XML is parsed for the places of rows and cells only, and the new cells are put
between them (ECMA-376 part 1, 18.3.1: sheetData, row, c).
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from outreach.errors import SheetError
from outreach.missions.books.cells import column_letter, column_number
from outreach.reports.excel.safe_cells import for_workbook

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_SPANS = re.compile(rb'\s+spans="[^"]*"')
_WIDTH = 16


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell to put in: text, or a moment as Excel's serial number; and its style's number."""

    value: str | float | None
    style: int = 0

    def xml(self, reference: str, prefix: str) -> bytes:
        """Return the element, as a `c` with its text inside it."""
        start = f'<{prefix}c r="{reference}" s="{self.style}"'
        if self.value is None:
            return f"{start}/>".encode()
        if isinstance(self.value, float):
            return f"{start}><{prefix}v>{self.value!r}</{prefix}v></{prefix}c>".encode()
        text = escape(for_workbook(self.value))
        inner = f'<{prefix}is><{prefix}t xml:space="preserve">{text}</{prefix}t></{prefix}is>'
        return f'{start} t="inlineStr">{inner}</{prefix}c>'.encode()


@dataclass(slots=True)
class _Place:
    """Where a cell stands in the part, from its first byte to the one after its last, and how it looks."""

    start: int
    end: int
    style: int
    formula: bool = False


@dataclass(slots=True)
class _Row:
    start: int
    """The first byte of its start tag."""
    end: int = 0
    """The first byte of its end tag."""
    cells: dict[int, _Place] = field(default_factory=dict)


class WorksheetPart:
    """A worksheet part, with the places of the rows that are asked for."""

    def __init__(self, name: str, content: bytes, rows: set[int]) -> None:
        """Find the places; raises SheetError where the part is in no encoding that bytes can be put into."""
        if not content.lstrip().startswith((b"<", b"\xef\xbb\xbf<")) or b"\x00" in content[:200]:
            raise SheetError(
                "sheet.odd-encoding",
                "{name} is written in an unusual encoding.",
                name=name,
                remedy="Save it in Excel or LibreOffice again.",
            )
        self._content = content
        self._wanted = rows
        self._rows: dict[int, _Row] = {}
        self.prefix = ""
        self._at = 0
        self._row: _Row | None = None
        self._cell: _Place | None = None
        self._column = 0
        self._sheet_data = self._cols_end = 0
        self._covered: set[int] = set()
        parser = self._parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.Parse(content, True)

    def style(self, row: int) -> int:
        """Return how the last cell of a row looks, so that what stands beside it looks like it."""
        cells = self._rows[row].cells if row in self._rows else {}
        return cells[max(cells)].style if cells else 0

    def style_of(self, row: int, column: int) -> int | None:
        """Return how a cell looks that is there already; None where there is none."""
        place = self._rows[row].cells.get(column) if row in self._rows else None
        return place.style if place else None

    def is_formula(self, row: int, column: int) -> bool:
        """Tell whether a cell holds a formula."""
        place = self._rows[row].cells.get(column) if row in self._rows else None
        return place is not None and place.formula

    def with_cells(self, cells: Mapping[tuple[int, int], NewCell]) -> bytes:
        """Return the part with cells put in at (row, column); one that is there is replaced. Rows must be there."""
        edits: list[tuple[int, int, bytes]] = []
        by_row: dict[int, dict[int, NewCell]] = {}
        for (row, column), cell in cells.items():
            by_row.setdefault(row, {})[column] = cell
        for row in sorted(by_row):
            edits.extend(self._edits(row, by_row[row]))
        edits.extend(self._widths(sorted({column for _, column in cells})))
        edits.extend(self._dimension(max(column for _, column in cells)))
        content, pieces, done = self._content, list[bytes](), 0
        for start, end, piece in sorted(edits, key=lambda edit: (edit[0], edit[1])):
            pieces += [content[done:start], piece]
            done = end
        made = b"".join([*pieces, content[done:]])
        expat.ParserCreate().Parse(made, True)  # never a file that no program opens
        return made

    def _edits(self, row: int, new: Mapping[int, NewCell]) -> list[tuple[int, int, bytes]]:
        place = self._rows[row]
        there = sorted(place.cells)
        edits: dict[tuple[int, int], bytes] = {}
        for column in sorted(new):
            xml = new[column].xml(f"{column_letter(column)}{row}", self.prefix)
            if column in place.cells:
                at = (place.cells[column].start, place.cells[column].end)
            else:
                after = bisect_left(there, column)
                start = place.cells[there[after]].start if after < len(there) else place.end
                at = (start, start)
            edits[at] = edits.get(at, b"") + xml
        # `spans` says between which columns the row's cells lie; without it a reader finds out by itself.
        tag_end = self._content.index(b">", place.start)
        spans = _SPANS.search(self._content, place.start, tag_end)
        if spans:
            edits[spans.start(), spans.end()] = b""
        return [(start, end, xml) for (start, end), xml in edits.items()]

    def _widths(self, columns: list[int]) -> list[tuple[int, int, bytes]]:
        free = [column for column in columns if column not in self._covered]
        tag = self.prefix + "col"
        xml = "".join(f'<{tag} min="{n}" max="{n}" width="{_WIDTH}" customWidth="1"/>' for n in free)
        # The elements stand in the order of their columns: ours come last, or not at all.
        if not xml or (self._covered and max(self._covered) > free[0]):
            return []
        if self._cols_end:
            return [(self._cols_end, self._cols_end, xml.encode())]
        return [(self._sheet_data, self._sheet_data, f"<{tag}s>{xml}</{tag}s>".encode())]

    def _dimension(self, column: int) -> list[tuple[int, int, bytes]]:
        found = re.search(rb'dimension\s+ref="([A-Z]+\d+):([A-Z]+)(\d+)"', self._content[: self._sheet_data])
        if not found or (column_number(found[2].decode()) or 0) >= column:
            return []
        return [(found.start(2), found.end(2), column_letter(column).encode())]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, tag = name.rpartition(":")
        at = self._parser.CurrentByteIndex
        if tag == "sheetData":
            self.prefix, self._sheet_data = f"{prefix}:" if prefix else "", at
        elif tag == "col":
            self._covered.update(range(int(attributes.get("min", "0")), int(attributes.get("max", "0")) + 1))
        elif tag == "row":
            number = int(attributes.get("r", self._at + 1))
            self._at, self._column = number, 0
            self._row = self._rows.setdefault(number, _Row(at)) if number in self._wanted else None
        elif tag == "c" and self._row is not None:
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = (column_number(reference[1]) or 0) if reference else self._column + 1
            self._cell = _Place(at, 0, int(attributes.get("s", "0")))
            self._row.cells[self._column] = self._cell
        elif tag == "f" and self._cell is not None:
            self._cell.formula = True

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        at = self._parser.CurrentByteIndex
        if tag == "c" and self._cell is not None:
            # For `<c …/>` expat tells the place behind it, where another tag may begin.
            opened = self._content.index(b">", self._cell.start)
            whole = self._content[opened - 1 : opened] == b"/"
            self._cell.end = (opened if whole else self._content.index(b">", at)) + 1
            self._cell = None
        elif tag == "row" and self._row is not None:
            self._row.end = at
            self._row = None
        elif tag == "cols":
            self._cols_end = at


def with_date_styles(styles: bytes, bases: set[int]) -> tuple[bytes, dict[int, int]]:
    """Return the styles part with, for each style number, one that is like it and shows date and time.

    The format is the built-in 22, which each reader shows as its own country does (ECMA-376 part 1, 18.8.30).
    Where the part is of no shape that is known, it comes back as it is, with no styles.
    """
    block = re.search(rb"<((?:\w+:)?)cellXfs\b[^>]*>(.*?)</\1cellXfs>", styles, re.DOTALL)
    if not block:
        return styles, {}
    found = re.findall(rb"<(?:\w+:)?xf\b[^>]*?/>|<(?:\w+:)?xf\b.*?</(?:\w+:)?xf>", block[2], re.DOTALL)
    made: dict[int, int] = {}
    added: list[bytes] = []
    for base in sorted(bases):
        if base >= len(found):
            continue
        head, close, rest = found[base].partition(b">")
        empty = b"/" if head.endswith(b"/") else b""
        head = re.sub(rb'\s(?:numFmtId|applyNumberFormat|quotePrefix)="[^"]*"', b"", head.rstrip(b"/"))
        added.append(head + b' numFmtId="22" applyNumberFormat="1"' + empty + close + rest)
        made[base] = len(found) + len(added) - 1
    whole = block[0].replace(block[2], block[2] + b"".join(added), 1) if block[2] else block[0]
    whole = re.sub(
        rb'(cellXfs\b[^>]*?count=")\d+', lambda m: m[1] + str(len(found) + len(added)).encode(), whole, count=1
    )
    return styles[: block.start()] + whole + styles[block.end() :], made
