"""Writes a copy of a sheet in which what could not be taken is yellow, with the cure as a comment on its cell.

Of an Excel workbook it is the workbook itself, with its widths, panes and filters, and formulas as their values. Of
any other file, and of a very long workbook, it is a plain .xlsx of what was read: values, merged cells, lines through
cells and people's own comments. When it is brought back, its comments are known by how they begin, and its yellow by
its shade: neither is a remark of a person.
"""

import io
import re
from collections.abc import Mapping, Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as WrittenCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from outreach.missions.books.cells import MARK_BEGINS, MARK_COLOUR, Book, Cell, Sheet
from outreach.missions.books.xlsx import Workbook as ReadWorkbook
from outreach.missions.result import MarkedCell

_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}


_MOST_ROWS = 20_000
"""Of a longer workbook, which would be in memory as a tree of cells, only what was read is written."""


def marked_copy(book: Book, marks: Sequence[MarkedCell], content: bytes = b"") -> bytes:
    """Return the .xlsx of all sheets of a book with its marks; raises SheetError as `Book.read` does.

    `content` is the file that the book was read from.
    """
    sheets = {name: book.read(name) for name in book.sheet_names}
    made = None
    if isinstance(book, ReadWorkbook) and sum(len(one.rows) for one in sheets.values()) <= _MOST_ROWS:
        made = _itself(content, sheets)
    made = made or _plain(book)
    for written in made.worksheets:
        for mark in marks:
            if mark.sheet[:31] == written.title and mark.sheet in sheets:
                _mark(written, sheets[mark.sheet], mark)
    if all(one.sheet_state != "visible" for one in made.worksheets):
        made.worksheets[0].sheet_state = "visible"
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def _itself(content: bytes, sheets: Mapping[str, Sheet]) -> Workbook | None:
    """Return the workbook of a file without formulas and without our marks; None where it can't be loaded whole."""
    try:
        made = load_workbook(io.BytesIO(content), keep_links=False)
    except Exception:  # noqa: BLE001  # what was read is there: anybody's odd workbook is written plainly
        return None
    if [one.title for one in made.worksheets] != list(sheets):
        return None
    for written in made.worksheets:
        cells = sheets[written.title].rows
        for one in (cell for row in written.iter_rows() for cell in row if isinstance(cell, WrittenCell)):
            if one.data_type == "f":  # its value would be lost
                _write(one, cells.get(one.row, {}).get(one.column, Cell("")))
            if one.comment is not None and MARK_BEGINS in one.comment.text[:200]:
                one.comment = None
            if str(one.fill.fgColor.rgb)[-6:].upper() == MARK_COLOUR:
                one.fill = PatternFill()
    return made


def _plain(book: Book) -> Workbook:
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
    return made


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


_IS_A_COPY = re.compile(r" set aside(?: \d{1,3})?$")


def name_of_copy(stem: str, number: int = 1) -> str:
    """Return the file name of the copy of a sheet, by the sheet's own without its ending: it may be such a copy."""
    return f"{_IS_A_COPY.sub('', stem)} set aside{'' if number == 1 else f' {number}'}.xlsx"
