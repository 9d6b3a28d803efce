"""Each kind of edit of a report through each door of saving it: taken, told why not, asked or refused, not silent."""

import csv
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest
from invented_campaign import MADE
from openpyxl.comments import Comment
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading
from outreach.errors import Problem, SheetError
from outreach.missions.books.marked_copy import marked_copy
from outreach.missions.books.opening import open_book
from outreach.missions.result import MarkedCell
from outreach.models import Response
from outreach.reports.export import report
from outreach.reports.returned.incoming import import_report
from outreach.responses.positions import set_position
from tests.servers import missing

NAME = "renew-the-mandate"
DAY = datetime(2024, 3, 20)  # noqa: DTZ001  (a cell's day has no zone)
KNOWN = {"FRA": "in favour", "JPN": "abstain", "DEU": "against"}


class Open:
    """A report's list of missions as a person has it open in any program."""

    def __init__(self, book: openpyxl.Workbook) -> None:
        self.book, self.sheet = book, book["Missions"]

    def column(self, header: str) -> int:
        return next(cell.column for cell in self.sheet[1] if cell.value == header)

    def row(self, iso3: str) -> int:
        return next(cell.row for cell in self.sheet["A"] if cell.value == iso3)

    def put(self, iso3: str, header: str, value: Any) -> Any:
        cell = self.sheet.cell(self.row(iso3), self.column(header))
        cell.value = value
        return cell

    def rows(self) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in self.sheet.iter_rows(min_row=2)]

    def fill(self, rows: list[list[Any]]) -> None:
        for number, row in enumerate(rows, start=2):
            for column, value in enumerate(row, start=1):
                self.sheet.cell(number, column).value = value


def note(book: Open) -> None:
    book.put("FRA", "Note", "They will speak first.")


def typed_day(book: Open) -> None:
    book.put("JPN", "Answered how", "meeting 20/03/2024")


def real_day(book: Open) -> None:
    book.put("JPN", "Answered how", DAY).number_format = "yyyy-mm-dd"


def cleared(book: Open) -> None:
    book.put("FRA", "Position", None)


def cleared_note(book: Open) -> None:
    book.put("FRA", "Note", None)


def synonym(words: str) -> Callable[[Open], None]:
    return lambda book: book.put("FRA", "Position", words)


def formula(book: Open) -> None:
    """A formula whose value the program has kept beside it."""
    book.put("FRA", "Position", '="against"')


def uncalculated(book: Open) -> None:
    book.put("JPN", "Note", '="said "&"so"')


def comment(book: Open) -> None:
    book.sheet.cell(book.row("FRA"), book.column("Position")).comment = Comment("they told me so", "Ben")


def number(book: Open) -> None:
    book.put("JPN", "Note", 42)


def number_as_position(book: Open) -> None:
    book.put("FRA", "Position", 1)


def truth(book: Open) -> None:
    book.put("JPN", "Note", True)


def outside_the_yellow(book: Open) -> None:
    book.put("FRA", "Delivery", "arrived")


def sorted_rows(book: Open) -> None:
    book.put("FRA", "Position", "against")
    book.fill(sorted(book.rows(), key=lambda row: str(row[1]), reverse=True))


def permuted(book: Open) -> None:
    place = book.column("Position") - 1
    rows = book.rows()
    book.fill(
        [[*row[:place], new, *row[place + 1 :]] for row, new in zip(rows, sorted(r[place] for r in rows), strict=True)]
    )


def deleted(book: Open) -> None:
    book.sheet.delete_rows(book.row("JPN"))


def added(book: Open) -> None:
    end = book.sheet.max_row + 1
    for header, value in (("ISO3", "PAN"), ("Mission", "Panama"), ("Position", "in favour")):
        book.sheet.cell(end, book.column(header)).value = value


def merged(book: Open) -> None:
    row, column = book.row("FRA"), book.column("Note")
    book.put("FRA", "Note", "They both said so.")
    book.sheet.cell(row + 1, column).value = None
    book.sheet.merge_cells(start_row=row, end_row=row + 1, start_column=column, end_column=column)


# --- the doors ---


def as_xlsx(book: openpyxl.Workbook, folder: Path) -> Path:
    """Save as Excel does, which keeps a formula's value beside it; openpyxl writes none."""
    book.save(folder / "written.xlsx")
    with zipfile.ZipFile(folder / "written.xlsx") as old, zipfile.ZipFile(folder / "edited.xlsx", "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.startswith("xl/worksheets/"):
                body = re.sub(rb'<c ([^>]*)><f>"against"</f><v ?(?:/>|></v>)', _WITH_VALUE, body)
            new.writestr(name, body)
    return folder / "edited.xlsx"


_WITH_VALUE = rb'<c \1 t="str"><f>"against"</f><v>against</v>'


def as_xlsm(book: openpyxl.Workbook, folder: Path) -> Path:
    """Save with the content type of a workbook with macros, as Excel does."""
    plain = as_xlsx(book, folder)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(folder / "edited.xlsm", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "[Content_Types].xml":
                body = body.replace(
                    b"vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
                    b"vnd.ms-excel.sheet.macroEnabled.main",
                )
            new.writestr(name, body)
    return folder / "edited.xlsm"


def as_google(book: openpyxl.Workbook, folder: Path) -> Path:
    """Save the values alone into another workbook, as an export of an online sheet has them: no table, no rules."""
    plain = openpyxl.Workbook()
    plain.remove(plain.worksheets[0])
    for sheet in book:
        copy = plain.create_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    new = copy.cell(cell.row, cell.column, _shown(cell.value))
                    new.number_format = cell.number_format
                    new.comment = Comment(cell.comment.text, "Ben") if cell.comment else None
        for area in sheet.merged_cells.ranges:
            copy.merge_cells(str(area))
    plain.save(folder / "edited.xlsx")
    return folder / "edited.xlsx"


def as_csv(delimiter: str) -> Callable[[openpyxl.Workbook, Path], Path]:
    def saved(book: openpyxl.Workbook, folder: Path) -> Path:
        with (folder / "edited.csv").open("w", encoding="utf-8", newline="") as file:
            rows = book["Missions"].iter_rows(values_only=True)
            csv.writer(file, delimiter=delimiter).writerows([[_words(value) for value in row] for row in rows])
        return folder / "edited.csv"

    return saved


def as_ods(book: openpyxl.Workbook, folder: Path) -> Path:
    """Save as OpenDocument 1.3, part 3, has it: values with their types, notes, and the cells that one covers."""
    tables = "".join(_table(sheet) for sheet in book)
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<office:document-content{spaces} xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(folder / "edited.ods", "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
    return folder / "edited.ods"


def _table(sheet: Any) -> str:
    spans = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
    covered = {
        place for area in sheet.merged_cells.ranges for row in area.rows for place in row
    } - set(spans)  # fmt: skip
    rows = "".join(
        "<table:table-row>" + "".join(_ods_cell(cell, spans, covered) for cell in row) + "</table:table-row>"
        for row in sheet.iter_rows()
    )
    return f'<table:table table:name="{escape(sheet.title)}">{rows}</table:table>'


def _ods_cell(cell: Any, spans: dict[tuple[int, int], Any], covered: set[tuple[int, int]]) -> str:
    place = (cell.row, cell.column)
    if place in covered:
        return "<table:covered-table-cell/>"
    area = spans.get(place)
    told = f' table:number-rows-spanned="{area.max_row - area.min_row + 1}"' if area else ""
    value = cell.value
    if isinstance(value, bool):
        told += f' office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        told += f' office:value-type="float" office:value="{value}"'
    elif isinstance(value, datetime):
        told += f' office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, str) and value.startswith("="):
        told += f' table:formula="of:{escape(value, {chr(34): "&quot;"})}"'
        kept = _VALUES.get(value)
        value, told = kept or "", told + (' office:value-type="string"' if kept else "")
    elif value is not None:
        told += ' office:value-type="string"'
    lines = "" if value is None else "".join(f"<text:p>{escape(line)}</text:p>" for line in _words(value).split("\n"))
    said = (
        f"<office:annotation><text:p>{escape(cell.comment.text)}</text:p></office:annotation>" if cell.comment else ""
    )
    return f"<table:table-cell{told}>{said}{lines}</table:table-cell>"


def by_libreoffice(book: openpyxl.Workbook, folder: Path) -> Path:
    soffice = shutil.which("soffice")
    if soffice is None:
        missing("LibreOffice is not installed (Debian: libreoffice-calc, libreoffice-writer)")
    plain = as_xlsx(book, folder)
    subprocess.run(
        [soffice, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "ods", "--outdir",
         str(folder / "saved"), str(plain)],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    return folder / "saved" / "edited.ods"


_VALUES = {'="against"': "against"}
"""The formulas beside which a program has kept the value."""


def _shown(value: Any) -> Any:
    return _VALUES.get(value, value) if isinstance(value, str) else value


def _words(value: Any) -> str:
    """Return what a program shows in a cell, and writes into a .csv."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" if value.hour or value.minute else f"{value:%Y-%m-%d}"
    return "" if value is None else str(value).upper() if isinstance(value, bool) else str(_shown(value))


def as_marked(book: openpyxl.Workbook, folder: Path) -> Path:
    """Save the copy with marks that an import hands back, brought back with a mark still there."""
    mark = MarkedCell("Missions", 2, 1, Problem("report.empty", "empty", where="A2"))
    (folder / "marked.xlsx").write_bytes(marked_copy(open_book(as_xlsx(book, folder)), [mark]))
    return folder / "marked.xlsx"


DOORS: dict[str, Callable[[openpyxl.Workbook, Path], Path]] = {
    "xlsx": as_xlsx, "xlsm": as_xlsm, "google": as_google, "ods": as_ods,
    "comma": as_csv(","), "semicolon": as_csv(";"), "marked": as_marked, "libreoffice": by_libreoffice,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of edit, what is expected through each of the doors in their order, and what is then taken.

    `by_libreoffice` is what is taken where that program keeps something else: a truth in a column of text as 1.
    """

    edit: Callable[[Open], object]
    outcomes: str
    taken: tuple[str, str, str] = ("", "", "")
    by_libreoffice: tuple[str, str, str] | None = None


KINDS = {
    #                                             xlsx xlsm google ods , ; marked libreoffice
    "text": Kind(note, "T T T T T T T T", ("FRA", "note", "They will speak first.")),
    "a day, typed": Kind(typed_day, "T T T T T T T T", ("JPN", "answered how", "meeting 20/03/2024")),
    "a day, as a date": Kind(real_day, "T T T T T T T T", ("JPN", "answer", "replied")),
    "cleared": Kind(cleared, "t t t t t t t t"),
    "cleared, a note": Kind(cleared_note, "T T T T T T T T", ("FRA", "note", "")),
    "in English": Kind(synonym("abstains"), "T T T T T T T T", ("FRA", "position", "abstain")),
    "in French": Kind(synonym("contre"), "T T T T T T T T", ("FRA", "position", "against")),
    "in Spanish": Kind(synonym("en contra"), "T T T T T T T T", ("FRA", "position", "against")),
    "in no language": Kind(synonym("lunch"), "r r r r r r r r"),
    "formula with its value": Kind(formula, "T T T T T T T T", ("FRA", "position", "against")),
    "formula, uncalculated": Kind(uncalculated, "r r r r W W r T", ("JPN", "note", "said so")),
    "comment": Kind(comment, "t t t t - - t t"),
    "number": Kind(number, "T T T T T T T T", ("JPN", "note", "42")),
    "number for a position": Kind(number_as_position, "r r r r r r r r"),
    "yes or no": Kind(truth, "T T T T T T T T", ("JPN", "note", "TRUE"), ("JPN", "note", "1")),
    "outside the yellow": Kind(outside_the_yellow, "t t t t t t t t"),
    "sorted rows": Kind(sorted_rows, "T T T T T T T T", ("FRA", "position", "against")),
    "permuted column": Kind(permuted, "r r r r r r r r"),
    "deleted row": Kind(deleted, "t t t t t t t t"),
    "added row": Kind(added, "r r r r r r r r"),
    "merged": Kind(merged, "Tt Tt Tt Tt T T Tt Tt", ("FRA", "note", "They both said so.")),
}
"""T taken, t told why not, a asked, r refused; in a .csv - for a comment that is lost, W for its words."""


@pytest.fixture
def book(varied: Engine, tmp_path: Path) -> openpyxl.Workbook:
    for iso3, position in KNOWN.items():
        set_position(varied, NAME, iso3, position, note=f"{iso3} said so.", by=named("Ben"))
    return openpyxl.load_workbook(report(varied, NAME, tmp_path / "report.xlsx", made_at=MADE))


def stands(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [one.model_dump() for one in session.exec(select(Response))]


def outcome(engine: Engine, path: Path) -> tuple[str, list[tuple[str, str, str]], list[str]]:
    """Return what came of a file, what was taken of it, and the codes of what was said."""
    before = stands(engine)
    try:
        done = import_report(engine, path, by=named("Ana"))
    except SheetError as error:
        assert stands(engine) == before
        said = [one.says.code for one in error.problems] or [error.says.code]
        try:
            import_report(engine, path, by=named("Ana"), yes=True)
        except SheetError:
            return "r", [], said
        return "a", [], said
    changes = [(one.iso3, one.field, one.new) for one in done.changes]
    return ("T" * bool(changes) + "t" * bool(done.told)) or "-", changes, [one.says.code for one in done.told]


MARKS = {"ods": [], "libreoffice": [pytest.mark.integration]}
GRID = [
    pytest.param(kind, door, expected, id=f"{kind} - {door}", marks=MARKS.get(door, [pytest.mark.heavy]))
    for kind in KINDS
    for door, expected in zip(DOORS, KINDS[kind].outcomes.split(), strict=True)
]


@pytest.mark.parametrize(("kind", "door", "expected"), GRID)
def test_every_kind_of_edit_is_accounted_for_through_every_door(
    varied: Engine, book: openpyxl.Workbook, tmp_path: Path, kind: str, door: str, expected: str
) -> None:
    KINDS[kind].edit(Open(book))
    found, changes, said = outcome(varied, DOORS[door](book, tmp_path))
    assert found == expected.replace("W", "T"), (changes, said)
    one = KINDS[kind]
    taken = one.by_libreoffice or one.taken if door == "libreoffice" else one.taken
    assert "T" not in expected or taken in changes
