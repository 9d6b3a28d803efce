"""Writes the directory as a workbook that a campaign officer keeps by hand and gives back to the import."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import platform
from outreach.database import reading
from outreach.errors import SheetError
from outreach.missions import closed_lists
from outreach.missions.books.book_file import save_book
from outreach.missions.books.cells import column_letter
from outreach.missions.columns import COLUMNS, SheetColumn, SheetKind
from outreach.missions.directory import find_missions
from outreach.missions.own_columns import PREFIX, fields_of_row, header_of, written
from outreach.models import Contact, Mission, Term
from outreach.text import one_line
from outreach.vocabulary import GenderForm, Line, Role

_SPARE_ROWS = 500
"""Rows below the last filled one that have the drop-downs too."""

_ROW_HEIGHT = 18  # points

_NAVY, _SLATE, _RULE, _BAND, _QUIET = "1F3A5F", "6B7F99", "DDE3EA", "F4F7FA", "7A8594"
_FONT = "Calibri"
_HEADER = Font(name=_FONT, size=11, bold=True, color="FFFFFF")
_BODY = Font(name=_FONT, size=11, color="1B1F24")
_KEY = Font(name=_FONT, size=11, bold=True, color=_NAVY)
_DISPLAY = Font(name=_FONT, size=11, italic=True, color=_QUIET)
_UNDERLINE = Border(bottom=Side(style="thin", color=_RULE))

_WIDTHS = {
    "iso3": 9, "short_name": 50, "formal_name": 56, "regional_group": 30, "status": 16, "language": 13, "city": 13,
    "time_zone": 20, "tags": 24, "role": 26, "form_of_address": 18, "name": 28, "title": 24, "gender_form": 14,
    "email": 36, "line": 8, "active": 9, "first_year": 12, "last_year": 12, "": 50,
}  # fmt: skip
_OWN_WIDTH = 20
_TABS = {SheetKind.MISSIONS: _NAVY, SheetKind.CONTACTS: "2F7F86", SheetKind.TERMS: "8A6D3B"}

_CHOICES: Mapping[str, Sequence[str]] = {
    "regional_group": tuple(closed_lists.Group),
    "status": tuple(closed_lists.UnStatus),
    "language": tuple(closed_lists.LANGUAGE_NAMES.values()),
    "role": tuple(Role),
    "gender_form": tuple(GenderForm),
    "line": tuple(Line),
    "active": tuple(closed_lists.YES_NO.values()),
}

# The time that the file is stamped with, so that the same rows give the same bytes.
_STAMP = datetime(2024, 1, 1)  # noqa: DTZ001  (a document property has no zone)

_INTRODUCTION = (
    "The permanent missions to the United Nations that the campaign writes to, and whom to write to at each.",
)
_PLACEHOLDERS = (
    "Every address in this workbook is a placeholder under the reserved domain mission.example: it reaches nobody.",
    "Replace each with the address that the mission gave you. Languages and cities are working defaults: ask.",
)
_PLACEHOLDER_DOMAIN = ".mission.example"
_EDITING = (
    "Edit the sheets in place. Add a row for a new contact below the last one, and any columns of your own.",
    "Delete a row to retire it: the import keeps what it knew, marks it, and no letter goes there any more.",
    "Do not merge cells. A cell with a drop-down takes one of its words; it may also stay empty.",
    "Nobody's gender is guessed: fill in Gender form only with what the person uses.",
    "Then take it in again: what it would change can be looked at first, before anything is changed.",
    "If a single cell can't be taken, nothing is changed, and every such cell is listed with what to do about it.",
)


def write_directory(
    path: Path | str, *, missions: Sequence[Mission], contacts: Sequence[Contact], terms: Sequence[Term]
) -> None:
    """Write a workbook with the sheets Read me, Missions, Contacts and HRC terms, rows in the order given.

    What it writes, `outreach.missions.importer.import_file` reads back unchanged. The same rows give the same
    file, down to its time stamps. Texts are never formulas, whatever they begin with.
    """
    names = {mission.iso3: mission.short_name for mission in missions}
    invented = bool(contacts) and all(contact.email.endswith(_PLACEHOLDER_DOMAIN) for contact in contacts)
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    _write_read_me(book.create_sheet("Read me"), (*_INTRODUCTION, *(_PLACEHOLDERS if invented else ())))
    own = {SheetKind.MISSIONS: _own_columns(missions), SheetKind.CONTACTS: _own_columns(contacts)}
    _write_table(
        book, SheetKind.MISSIONS, [_values(SheetKind.MISSIONS, mission, "", own) for mission in missions],
        band_by=None, own=own[SheetKind.MISSIONS],
    )  # fmt: skip
    _write_table(
        book,
        SheetKind.CONTACTS,
        [_values(SheetKind.CONTACTS, c, names.get(c.iso3, c.iso3), own) for c in contacts],
        band_by=0,
        own=own[SheetKind.CONTACTS],
    )
    _write_table(
        book,
        SheetKind.TERMS,
        [_values(SheetKind.TERMS, t, names.get(t.iso3, t.iso3), own) for t in terms],
        band_by=None,
    )
    book.properties.title = "Directory of permanent missions"
    book.properties.subject = "Missions, contacts and terms on the UN Human Rights Council"
    book.properties.creator = "Outreach"
    book.properties.keywords = "permanent missions, Human Rights Council, contacts"
    if invented:
        book.properties.description = "Addresses are placeholders under the reserved domain mission.example."
    book.properties.created = _STAMP
    content = io.BytesIO()
    save_book(book, content)
    _write_stamped(Path(path), content)


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows of each kind were written."""

    missions: int
    contacts: int
    terms: int


def export_directory(engine: Engine, path: Path | str) -> Exported:
    """Write the directory as it stands in the database, in the shape that the import takes back without a change.

    What an import found no longer in its file, and so marked, is left out with its contacts.
    Raises SheetError for a name that does not end in .xlsx or a file that can't be written.
    """
    path = _workbook(path)
    with reading(engine) as session:
        missions = find_missions(session)
        there = {mission.iso3 for mission in missions}
        listed = select(Contact).where(col(Contact.absent_since).is_(None)).order_by(col(Contact.iso3), col(Contact.id))
        contacts = [contact for contact in session.exec(listed) if contact.iso3 in there]
        kept = select(Term).where(col(Term.absent_since).is_(None)).order_by(col(Term.iso3), col(Term.first_year))
        terms = list(session.exec(kept))
    if not missions:
        raise SheetError(
            "workbook.no-missions",
            "There are no missions to export.",
            remedy="Import some{IMPORT_MISSIONS}.",
        )
    _write(path, missions, contacts, terms)
    return Exported(len(missions), len(contacts), len(terms))


def write_blank(path: Path | str) -> Path:
    """Write the same workbook without a row: its columns and their lists, to be filled in and brought back.

    Raises SheetError as `export_directory`.
    """
    path = _workbook(path)
    _write(path, (), (), ())
    return path


def _workbook(path: Path | str) -> Path:
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise SheetError(
            "workbook.name", "{path!r} is no Excel workbook.", path=path.name, remedy="End its name in .xlsx."
        )
    return path


def _write(path: Path, missions: Sequence[Mission], contacts: Sequence[Contact], terms: Sequence[Term]) -> None:
    try:
        write_directory(path, missions=missions, contacts=contacts, terms=terms)
    except OSError as error:
        raise SheetError(
            "file.not-written",
            "{path} can't be written: {error}.",
            path=path,
            error=error.strerror,
            remedy="Close it, or name another file.",
        ) from None


def _own_columns(rows: Sequence[Mission] | Sequence[Contact]) -> tuple[SheetColumn, ...]:
    names = sorted({name for row in rows for name in fields_of_row(row)})
    return tuple(SheetColumn(f"{PREFIX}{name}", header_of(name), "A column of your own.") for name in names)


def _values(
    kind: SheetKind, row: Mission | Contact | Term, state: str, own: Mapping[SheetKind, Sequence[SheetColumn]]
) -> list[str | int | float]:
    values: list[str | int | float] = [
        _shown(getattr(row, column.field)) if column.field else state for column in COLUMNS[kind]
    ]
    if isinstance(row, Term) or not own[kind]:
        return values
    fields = fields_of_row(row)
    return [*values, *(_own_shown(fields.get(column.field.removeprefix(PREFIX))) for column in own[kind])]


def _own_shown(value: Any) -> str | int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else written(value)


def _shown(value: Any) -> str | int:
    if value is None:
        return ""
    if isinstance(value, bool):
        return closed_lists.YES_NO[value]
    if isinstance(value, int):
        return value
    if isinstance(value, list):
        return ", ".join(value)
    return closed_lists.LANGUAGE_NAMES.get(value, str(value))


def _write_table(
    book: Workbook,
    kind: SheetKind,
    rows: Sequence[Sequence[str | int | float]],
    *,
    band_by: int | None,
    own: Sequence[SheetColumn] = (),
) -> None:
    """Write a sheet; with `band_by`, rows that share that column's value share a ground."""
    sheet = book.create_sheet(kind.value)
    columns = (*COLUMNS[kind], *own)
    for number, column in enumerate(columns, start=1):
        _write_header(sheet, number, column)
    banded, last = True, object()
    for index, row in enumerate(rows, start=2):
        if band_by is not None and row[band_by] != last:
            banded, last = not banded, row[band_by]
        for number, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
            cell = sheet.cell(index, number)
            put(cell, value)
            cell.font = _font(column)
            cell.border = _UNDERLINE
            cell.alignment = _alignment(column)
            if band_by is not None and banded:
                cell.fill = PatternFill("solid", fgColor=_BAND)
    end = len(rows) + 1
    sheet.sheet_format.defaultRowHeight = _ROW_HEIGHT
    sheet.sheet_format.customHeight = True
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{column_letter(len(columns))}{end}"
    sheet.sheet_properties.tabColor = _TABS[kind]
    _add_choices(sheet, columns, end + _SPARE_ROWS)
    _set_up_print(sheet, "portrait" if kind is SheetKind.TERMS else "landscape")
    sheet.print_title_rows = "1:1"


def _write_header(sheet: Worksheet, number: int, column: SheetColumn) -> None:
    cell = sheet.cell(1, number, column.header)
    cell.font = _HEADER
    cell.fill = PatternFill("solid", fgColor=_NAVY if column.field else _SLATE)
    cell.alignment = _alignment(column)
    sheet.column_dimensions[column_letter(number)].width = _WIDTHS.get(column.field, _OWN_WIDTH)
    sheet.row_dimensions[1].height = 24


def _font(column: SheetColumn) -> Font:
    if column.field == "iso3":
        return _KEY
    return _BODY if column.field else _DISPLAY


def _alignment(column: SheetColumn) -> Alignment:
    if column.field in {"line", "active", "first_year", "last_year"}:
        return Alignment(vertical="center", horizontal="center")
    return Alignment(vertical="center", horizontal="left", indent=1)


def put(cell: Cell, value: str | float) -> None:
    """Put a value into a cell as text or number, never as a formula, whatever a text begins with."""
    if isinstance(value, int | float):
        cell.value = value
    elif value:
        # ECMA-376 part 1, 22.9.2.19: what looks like an escape is one, unless its underscore is escaped.
        cell.value = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", one_line(value))
        cell.data_type = "s"
        if value.startswith(("=", "+", "-", "@")):
            cell.quotePrefix = True  # stays text when somebody edits the cell


def _add_choices(sheet: Worksheet, columns: Sequence[SheetColumn], last_row: int) -> None:
    for number, column in enumerate(columns, start=1):
        choices = _CHOICES.get(column.field)
        if not choices:
            continue
        validation = DataValidation(
            type="list",
            formula1=f'"{",".join(choices)}"',
            allow_blank=True,
            showErrorMessage=True,
            errorTitle=column.header,
            error=f"Take one of: {', '.join(choices)}.",
            showInputMessage=True,
            promptTitle=column.header,
            prompt=column.meaning,
        )
        letter = column_letter(number)
        validation.add(f"{letter}2:{letter}{last_row}")
        sheet.add_data_validation(validation)


def _set_up_print(sheet: Worksheet, orientation: Literal["portrait", "landscape"]) -> None:
    sheet.page_setup.orientation = orientation
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.75, 0.3
    assert sheet.oddFooter is not None
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "&P / &N"


def _write_read_me(sheet: Worksheet, introduction: Sequence[str]) -> None:
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCD", (16, 20, 86, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    row = _write_lines(sheet, 1, "Directory of permanent missions", introduction, size=18)
    row = _write_lines(sheet, row + 1, "How to edit and import", _EDITING, size=13)
    row = _write_lines(sheet, row + 1, "What each column means", (), size=13)
    for number, header in enumerate(("Sheet", "Column", "Meaning", "Values"), start=1):
        cell = sheet.cell(row, number, header)
        cell.font, cell.fill = _HEADER, PatternFill("solid", fgColor=_NAVY)
        cell.alignment = Alignment(vertical="center", horizontal="left", indent=1)
    sheet.row_dimensions[row].height = 24
    for kind in SheetKind:
        for column in COLUMNS[kind]:
            row += 1
            first = column is COLUMNS[kind][0]
            _write_meaning(sheet, row, kind.value if first else "", column)
    _set_up_print(sheet, "landscape")
    sheet.page_setup.fitToHeight = 1


def _write_lines(sheet: Worksheet, row: int, title: str, lines: Iterable[str], *, size: int) -> int:
    """Write a heading and the lines below it; return the next free row."""
    heading = sheet.cell(row, 1, title)
    heading.font = Font(name=_FONT, size=size, bold=True, color=_NAVY)
    sheet.row_dimensions[row].height = size * 1.8
    heading.alignment = Alignment(vertical="center")
    for line in lines:
        row += 1
        sheet.cell(row, 1, line).font = _BODY
    return row + 1


def _write_meaning(sheet: Worksheet, row: int, sheet_name: str, column: SheetColumn) -> None:
    values = ", ".join(_CHOICES.get(column.field, ()))
    required = "required" if column.required else ""
    texts = (sheet_name, column.header, column.meaning, values or required)
    fonts = (_KEY, _BODY if column.field else _DISPLAY, _BODY if column.field else _DISPLAY, _BODY)
    for number, (text, font) in enumerate(zip(texts, fonts, strict=True), start=1):
        cell = sheet.cell(row, number, text or None)
        cell.font = font
        cell.border = Border(
            bottom=Side(style="thin", color=_RULE), top=Side(style="thin", color=_NAVY) if sheet_name else None
        )
        cell.alignment = Alignment(vertical="center", horizontal="left", wrap_text=True, indent=1)
    lines = max(-(-len(column.meaning) // 88), -(-len(values) // 72), 1)
    sheet.row_dimensions[row].height = _ROW_HEIGHT + 15 * (lines - 1)


def _write_stamped(path: Path, content: io.BytesIO) -> None:
    """Write the workbook with fixed time stamps, whole or not at all."""
    stamped = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(stamped, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            part = source.read(entry)
            if entry.filename == "docProps/core.xml":
                part = _STAMPED.sub(_stamp, part)
            fixed = zipfile.ZipInfo(entry.filename, _STAMP.timetuple()[:6])
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            target.writestr(fixed, part)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(stamped.getvalue())
        platform.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


_STAMPED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def _stamp(found: re.Match[bytes]) -> bytes:
    return found[1] + _STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
