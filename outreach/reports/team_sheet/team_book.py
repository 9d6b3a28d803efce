"""Reads of a team's workbook what tells which row is which state, and no more: the sheet may be long."""

from collections.abc import Iterable
from itertools import islice

from outreach.missions.books.cells import Sheet
from outreach.missions.books.cut_rows import CutRows
from outreach.missions.books.package import Package
from outreach.missions.books.xlsx import Workbook
from outreach.missions.lists.by_state import LOOKED_AT, state_columns
from outreach.sentences import Sentence


class TeamBook:
    """A workbook whose sheets have the first rows whole, and of the others the cells that may tell a state."""

    def __init__(self, book: Workbook, package: Package, *, with_addresses: bool) -> None:
        """Take a workbook and its package; `with_addresses`, where addresses may tell the states too."""
        self._book, self._package, self._with_addresses = book, package, with_addresses
        self.name = book.name
        self.notes: list[Sentence] = []
        self._cut: dict[str, CutRows] = {}

    @property
    def sheet_names(self) -> list[str]:
        """The names of the worksheets, in their order."""
        return self._book.sheet_names

    def cut(self, sheet: str) -> CutRows:
        """Return the rows of a worksheet; raises SheetError."""
        if sheet not in self._cut:
            self._cut[sheet] = CutRows(self._package, self._book.part_of(sheet))
        return self._cut[sheet]

    def read(self, sheet: str) -> Sheet:
        """Return a worksheet's cells as said above, and its merged ranges; raises SheetError."""
        rows = self.cut(sheet)
        whole = 4 * LOOKED_AT
        while True:
            found = self._book.read_cut(sheet, rows.xml(islice(rows.rows.values(), whole)))
            if len(found.rows) >= LOOKED_AT or whole >= len(rows.rows):
                break
            whole *= 10
        for column in state_columns(found, with_addresses=self._with_addresses):
            more = self.column(sheet, column, islice(rows.rows, whole, None)).rows
            both = {number: found.rows[number] | more[number] for number in more.keys() & found.rows.keys()}
            found.rows |= more | both
        return found

    def column(self, sheet: str, column: int, among: Iterable[int]) -> Sheet:
        """Return the cells of one column in some rows. Of those that say the same, one stands for all."""
        rows = self.cut(sheet)
        first: dict[bytes, int] = {}
        same = {number: first.setdefault(cell, number) for number, cell in rows.cells(column, among)}
        content = rows.xml([rows.row_of(number, column, cell) for cell, number in first.items()])
        read = self._book.read_cut(sheet, content).rows
        return Sheet(sheet, {number: read[one] for number, one in same.items() if one in read})
