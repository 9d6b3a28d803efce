"""Puts cells behind those of a worksheet's rows, and leaves every other byte of it as it was.

openpyxl would read the workbook and write it anew, and lose what it does not know: charts of the team's own,
pictures, slicers, macros. Here rows are bytes, and the new cells are put between them (ECMA-376 part 1, 18.3.1:
sheetData, row, c).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from xml.sax.saxutils import escape

from outreach.missions.books.cells import column_letter, column_number
from outreach.missions.books.cut_rows import CutRows, has_formula
from outreach.reports.excel.safe_cells import for_workbook
from outreach.reports.team_sheet.widen import sound

_WIDTH = 16
_TRIED = 200
"""So many changed rows are parsed, so that no file is written that no program opens."""
_SPANS = re.compile(rb'([^>]*) spans="[^"]*"')
"""Where a row's cells lie, says its start tag: without, a reader finds out by itself."""
_ROW = "\0"
"""Stands for the number of the row in cells that are the same in many rows; no XML holds it."""


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell to put in: text, or a moment as Excel's serial number; and its style's number."""

    value: str | float | None
    style: int = 0

    def xml(self, reference: str, prefix: str) -> bytes:
        """Return the element, as a `c` with its text inside it; nothing for a blank one that looks like any other."""
        start = f'<{prefix}c r="{reference}"' + (f' s="{self.style}"' if self.style else "")
        if self.value is None:
            return f"{start}/>".encode() if self.style else b""
        if isinstance(self.value, float):
            return f"{start}><{prefix}v>{self.value!r}</{prefix}v></{prefix}c>".encode()
        text = escape(for_workbook(self.value))
        kept = "" if text == text.strip() else ' xml:space="preserve"'
        inner = f"<{prefix}is><{prefix}t{kept}>{text}</{prefix}t></{prefix}is>"
        return f'{start} t="inlineStr">{inner}</{prefix}c>'.encode()


class ColumnSplice:
    """A worksheet into some of whose rows cells are put, all in the same columns, side by side."""

    def __init__(self, rows: CutRows, first: int, count: int) -> None:
        """Take the worksheet, and the new columns: from `first` on, so many."""
        self._rows, self._first, self._last = rows, first, first + count - 1
        self._letters = [column_letter(column) for column in range(first, first + count)]
        self._changed: dict[int, bytes] = {}

    def put(self, keys: Mapping[int, str], cells: Callable[[str, Sequence[int]], Sequence[NewCell]]) -> str:
        """Put cells into rows, each of which has a key: behind the cells that are there, or in their place.

        `cells` are given the key, and the style of each: that of the cell that is there, or else of the row's last one.
        For rows with the same key and styles they are the same, and asked for once. Returns a place, such as `K7`,
        where a formula is in the way, and nothing is to be written; empty where none is.
        """
        rows, same = self._rows.rows, dict[tuple[str, tuple[int, ...]], list[bytes]]()
        for (number, key), (column, _, end, last) in zip(keys.items(), self._rows.last_cells(keys), strict=True):
            row, free = rows[number], (end, end, (last,) * len(self._letters), 0)
            begins, ends, looks, formula = free if column < self._first else self._taken(number, end, last)
            if formula:
                return f"{column_letter(formula)}{number}"
            parts = same.get((key, looks))
            if parts is None:
                new = zip(self._letters, cells(key, looks), strict=True)
                made = b"".join(cell.xml(letter + _ROW, self._rows.prefix) for letter, cell in new)
                parts = same[key, looks] = made.split(_ROW.encode())
            spans = _SPANS.match(row)
            before = spans[1] + row[spans.end() : begins] if spans else row[:begins]
            self._changed[number] = before + (b"%d" % number).join(parts) + row[ends:]
        return ""

    def _taken(self, number: int, ends: int, last: int) -> tuple[int, int, tuple[int, ...], int]:
        """Return where the new columns begin and end in a row, the style of each, and one that holds a formula, or 0.

        They begin at the row's `ends` where no cell is there, and look like its `last` one.
        """
        row, begins, formula, there = self._rows.rows[number], ends, 0, dict[int, int]()
        for column, start, end, style in self._rows.from_behind(number):
            if column < self._first:
                break
            begins = start
            if column > self._last:
                ends = start
            else:
                there[column] = style
                formula = column if has_formula(row[start:end]) else formula
        looks = tuple(there.get(column, last) for column in range(self._first, self._last + 1))
        return begins, ends, looks, formula

    def worksheet(self, tail: bytes) -> bytes:
        """Return the whole part, with a tail of its own behind the rows; raises expat's error for one that is unsound.

        What is between the rows' cells is as the team's program wrote it, and not parsed: the zip has its checksum.
        """
        head = self._widened(self._rows.head)
        # What goes wrong with one row does with all.
        sound(self._rows.xml(islice(self._changed.values(), _TRIED), head, tail))
        return self._rows.xml((self._rows.rows | self._changed).values(), head, tail)

    def _widened(self, head: bytes) -> bytes:
        """Return a head whose dimension covers the new columns, which are as wide as a date is long."""
        dimension = re.search(rb'dimension\s+ref="[A-Z]+\d+:([A-Z]+)\d+"', head)
        if dimension and (column_number(dimension[1].decode()) or 0) < self._last:
            head = head[: dimension.start(1)] + self._letters[-1].encode() + head[dimension.end(1) :]
        covered = 0
        for tag in re.findall(rb"<(?:[\w.-]+:)?col\s[^>]*>", head):
            until = re.search(rb'\smax="(\d{1,6})"', tag)
            covered = max(covered, int(until[1]) if until else 0)
        name = self._rows.prefix + "col"
        # The elements stand in the order of their columns: ours come last, or not at all.
        xml = "".join(
            f'<{name} min="{column}" max="{column}" width="{_WIDTH}" customWidth="1"/>'
            for column in range(max(self._first, covered + 1), self._last + 1)
        )
        there = head.rfind(f"</{name}s>".encode())
        at = there if there >= 0 else head.rindex(f"<{self._rows.prefix}sheetData".encode())
        added = xml if there >= 0 or not xml else f"<{name}s>{xml}</{name}s>"
        return head[:at] + added.encode() + head[at:]


class DateStyles:
    """A workbook's styles, with one that shows date and time like each that is asked for.

    The format is the built-in 22, which each reader shows as its own country does (ECMA-376 part 1, 18.8.30).
    Where the part is of no shape that is known, it stays as it is, and no style is like another.
    """

    def __init__(self, part: bytes) -> None:
        """Take the part with the styles; empty where there is none."""
        self._part = part
        self._block = re.search(rb"<((?:\w+:)?)cellXfs\b[^>]*>(.*?)</\1cellXfs>", part, re.DOTALL)
        inside = self._block[2] if self._block else b""
        self._found = re.findall(rb"<(?:\w+:)?xf\b[^>]*?/>|<(?:\w+:)?xf\b.*?</(?:\w+:)?xf>", inside, re.DOTALL)
        self._made: dict[int, int] = {}
        self._added: list[bytes] = []

    def like(self, style: int) -> int | None:
        """Return the number of the style that is like another, and shows date and time; None where there is none."""
        if style in self._made or style >= len(self._found):
            return self._made.get(style)
        head, close, rest = self._found[style].partition(b">")
        if b' numFmtId="22"' in head:
            return style
        empty = b"/" if head.endswith(b"/") else b""
        head = re.sub(rb'\s(?:numFmtId|applyNumberFormat|quotePrefix)="[^"]*"', b"", head.rstrip(b"/"))
        self._added.append(head + b' numFmtId="22" applyNumberFormat="1"' + empty + close + rest)
        self._made[style] = len(self._found) + len(self._added) - 1
        return self._made[style]

    def part(self) -> bytes:
        """Return the part with the styles that were added."""
        if not self._block or not self._added:
            return self._part
        start, end = self._block.span(2)
        opening = self._part[self._block.start() : start]
        count = b"%d" % (len(self._found) + len(self._added))
        opening = re.sub(rb'(cellXfs\b[^>]*?count=")\d+', lambda m: m[1] + count, opening, count=1)
        added = b"".join(self._added)
        return self._part[: self._block.start()] + opening + self._block[2] + added + self._part[end:]
