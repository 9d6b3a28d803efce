"""Who signed on the page, as a file: CSV or a workbook, in which no text of a stranger's is ever a formula."""

import csv
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from outreach.campaigns.who_signs.sign_on_page import COLUMNS, as_rows
from outreach.errors import UserError
from outreach.missions.books.book_file import save_book
from outreach.models import SignOnEntry
from outreach.reports.excel.safe_cells import for_csv, for_workbook


def write_entries(entries: Sequence[SignOnEntry], out: Path) -> None:
    """Write entries to a .csv (UTF-8 with a mark, for Excel) or .xlsx.

    Raises UserError for another ending or a fault.
    """
    rows = [COLUMNS, *as_rows(entries)]
    try:
        if out.suffix.lower() == ".csv":
            with out.open("w", encoding="utf-8-sig", newline="") as stream:
                csv.writer(stream).writerows(map(for_csv, row) for row in rows)
        elif out.suffix.lower() == ".xlsx":
            book = Workbook(write_only=False)
            sheet = book.worksheets[0]
            sheet.title, sheet.freeze_panes = "Signed on the page", "A2"
            for number, row in enumerate(rows, start=1):
                for place, text in enumerate(row, start=1):
                    cell = sheet.cell(number, place, for_workbook(text))
                    cell.data_type = "s"
            save_book(book, out)
        else:
            raise UserError("file.ending", "{path} is neither .csv nor .xlsx.", path=out, remedy="Name it so.")
    except OSError as error:
        raise UserError(
            "file.not-written", "{path} can't be written: {error}.", path=out, error=error.strerror
        ) from None
