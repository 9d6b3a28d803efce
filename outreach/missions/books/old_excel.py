"""Opens the workbooks of old or binary Excel (.xls, .xlsb), which a bounded child process reads."""

import marshal
import os
import struct
import subprocess
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import Any

from outreach.errors import SheetError
from outreach.missions.books.cells import Area, Cell, Sheet, mailto, many_cells, plain_cell
from outreach.missions.books.package import damaged, encrypted
from outreach.missions.books.sheet_bounds import MAX_SWATCHES, MAX_TEXT
from outreach.sentences import Sentence

_SECONDS = 120  # of the clock, for a machine that is busy; the child itself has half of processor time
_START = "import sys; sys.path[:] = sys.argv[1:]; from outreach.missions.books.old_child import main; main()"


class OldExcel:
    """An .xls or .xlsb file: the names of its sheets, and each one's cells."""

    def __init__(self, name: str, content: bytes) -> None:
        """Have all its sheets read; raises SheetError, one sentence."""
        self.name = name
        self.notes: list[Sentence] = []
        self._sheets: dict[str, Sheet] = {}
        hidden = set()
        with many_cells():
            lines, self.unseen = _answered(name, content)
            for line in lines:
                sheet = _sheet(line)
                self._sheets.setdefault(sheet.name, sheet)
                if line["hidden"]:
                    hidden.add(sheet.name)
        self.hidden_sheets = frozenset(hidden)
        if not self._sheets:
            raise SheetError(
                "sheet.no-worksheet",
                "{name} has no worksheet in it.",
                name=self.name,
                remedy="Name the workbook that holds the missions.",
            )

    @property
    def sheet_names(self) -> list[str]:
        """The names of the sheets, in their order."""
        return list(self._sheets)

    def read(self, sheet: str) -> Sheet:
        """Return a sheet's cells."""
        return self._sheets[sheet]


def _answered(name: str, content: bytes) -> tuple[list[dict[str, Any]], bool]:
    """Return what the child tells of each sheet, and whether there may be marks that it can't read.

    Raises SheetError where it refuses, or did not finish.
    """
    # -P: a campaign's folder is no place to import from; the same places as here are, and no others.
    command = [sys.executable, "-P", "-c", _START, *filter(None, sys.path)]
    try:
        # A pipe takes a large one in pieces of a few kilobytes.
        with TemporaryFile() as file, TemporaryFile() as answer:
            file.write(content)
            file.seek(0)
            subprocess.run(  # noqa: S603  (our own program)
                command, stdin=file, stdout=answer, stderr=subprocess.DEVNULL, timeout=_SECONDS, check=False,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip
            answer.seek(0)
            lines = list(_told(answer.read()))
    except subprocess.TimeoutExpired:
        raise _too_large(name) from None
    except (ValueError, TypeError, EOFError, struct.error):
        raise damaged(name) from None
    if lines and lines[-1].get("whole"):
        return lines[:-1], bool(lines[-1].get("unseen"))
    match lines[-1].get("refused") if lines else "bounds":
        case "locked":
            raise encrypted(name)
        case "damaged":
            raise damaged(name)
    raise _too_large(name)


def _told(answer: bytes) -> Iterator[dict[str, Any]]:
    """Yield what the child tells; raises ValueError, TypeError, EOFError or struct.error where it broke off."""
    at = 0
    while at < len(answer):
        (length,) = struct.unpack_from("<Q", answer, at)
        yield marshal.loads(answer[at + 8 : at + 8 + length])  # noqa: S302  (our own program's)
        at += 8 + length


def _too_large(name: str) -> SheetError:
    return SheetError(
        "sheet.old-bounds",
        "{name} is refused: to read it takes more memory or time than any directory of missions does.",
        name=name,
        remedy="Copy its filled rows into a new workbook, and save that as .xlsx.",
    )


def _column(told: str | list[str], numbers: bytes) -> Iterable[Cell | None]:
    """Return the cells of a column, one for each of its texts: columns say the same over and over."""
    texts = told.split("\0") if isinstance(told, str) else told
    cells = [plain_cell(text[:MAX_TEXT]) if text else None for text in texts]
    return map(cells.__getitem__, array("I", numbers)) if numbers else cells


def _sheet(line: Mapping[str, Any]) -> Sheet:
    sheet = Sheet(line["name"])
    across = zip(*(_column(texts, numbers) for texts, numbers in line["columns"]), strict=True)
    for row, cells in zip(line["rows"], across, strict=True):
        sheet.rows[row] = {column: cell for column, cell in enumerate(cells, start=line["left"]) if cell}
    for row, column, text in line["errors"]:
        sheet.rows.setdefault(row, {})[column] = Cell(text, error=True)
    _take_marks(sheet, line)
    sheet.merged = [Area(*area) for area in line["merged"]]
    return sheet


def _take_marks(sheet: Sheet, line: Mapping[str, Any]) -> None:
    """Put beside the cells what people see of them besides their values."""
    for row, column, link in line["links"]:
        if column in sheet.rows.get(row, {}) and (address := mailto(link)):
            sheet.rows[row][column] = sheet.rows[row][column]._replace(link=address)
    for row, column in line["struck"]:
        if column in sheet.rows.get(row, {}):
            sheet.rows[row][column] = sheet.rows[row][column]._replace(struck=True)
    for row, column, left, words in line["words"]:
        if column in sheet.rows.get(row, {}):
            sheet.rows[row][column] = sheet.rows[row][column]._replace(text=left)
            sheet.struck_words[row, column] = words
    for row, column, colour in line["colours"]:
        if column in sheet.rows.get(row, {}):
            sheet.colours[row, column] = colour
        elif len(sheet.swatches) < MAX_SWATCHES:
            sheet.swatches[row, column] = colour
    sheet.comments = {(row, column): text for row, column, text in line["comments"]}
    sheet.hidden_rows, sheet.hidden_columns = set(line["hidden_rows"]), set(line["hidden_columns"])
