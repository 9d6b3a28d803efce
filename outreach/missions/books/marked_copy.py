"""Writes a copy of a sheet in which what could not be taken is yellow, with the cure as a comment on its cell.

The copy is a plain .xlsx of what was read, whatever the file was: values, merged cells, lines through cells and
people's own comments. When it is brought back, its comments are known by how they begin, and its yellow by its shade:
neither is a remark of a person.
"""

import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell as WrittenCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from outreach.missions.books.cells import MARK_BEGINS, MARK_COLOUR, Book, Cell, Sheet
from outreach.missions.result import MarkedCell

_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}


def marked_copy(book: Book, marks: Sequence[MarkedCell]) -> bytes:
    """Return the .xlsx of all sheets of a book with its marks; raises SheetError as `Book.read` does."""
    made = Workbook()
    assert made.active is not None
    made.remove(made.active)
    hidden: frozenset[str] = getattr(book, "hidden_sheets", frozenset())
    for name in book.sheet_names:
        written = made.create_sheet(name[:31])
        sheet = book.read(name)
        for row, cells in sheet.rows.items():
            for column, cell in cells.items():
                _write(written.cell(row, column), cell)
        for (row, column), text in sheet.comments.items():
            if MARK_BEGINS not in text[:200]:
                written.cell(row, column).comment = Comment(_clean(text), "")
        for area in sheet.merged:
            written.merge_cells(str(area))
        for row in sheet.hidden_rows:
            written.row_dimensions[row].hidden = True
        if name in hidden:
            written.sheet_state = "hidden"
        for mark in marks:
            if mark.sheet == name:
                _mark(written, sheet, mark)
    if all(one.sheet_state == "hidden" for one in made.worksheets):
        made.worksheets[0].sheet_state = "visible"
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def _write(written: WrittenCell, cell: Cell) -> None:
    if cell.no_value or (cell.error and cell.text not in _ERRORS):
        written.value, written.data_type = "#N/A", "e"  # it has to be no plain value in the copy either
    elif cell.error:
        written.value, written.data_type = cell.text, "e"
    else:
        # ECMA-376 part 1, 22.9.2.19: what looks like an escape is one, unless its underscore is escaped.
        written.value = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", _clean(cell.text))
        written.data_type = "s"  # a text that begins like a formula is none
        written.quotePrefix = cell.text.startswith(("=", "+", "-", "@"))
    if cell.link:
        written.hyperlink = f"mailto:{cell.link}"
    if cell.struck:
        written.font = Font(strike=True)


def _mark(written: Worksheet, sheet: Sheet, mark: MarkedCell) -> None:
    column = mark.column or min(sheet.rows.get(mark.row, {1: None}))
    cell = written.cell(mark.row, column)
    if not isinstance(cell, WrittenCell):
        return  # within a merged range, whose first cell carries what is said of it
    says = f"{mark.problem.what}. {mark.problem.remedy or ''}".strip()
    before = cell.comment.text if cell.comment else ""
    text = (
        f"{before}\n{says}"
        if before.startswith(MARK_BEGINS)
        else f"{MARK_BEGINS}{says}" + (f"\n{before}" if before else "")
    )
    cell.comment = Comment(_clean(text)[:2000], "Outreach", width=320, height=120)
    cell.fill = PatternFill("solid", fgColor=MARK_COLOUR)


def _clean(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)
