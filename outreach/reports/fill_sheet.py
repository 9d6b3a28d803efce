"""Puts the status of a campaign into a copy of the team's own sheet, beside the rows of its missions."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl.utils.datetime import to_excel
from sqlalchemy import Engine
from sqlmodel import select

from outreach.database import reading
from outreach.errors import Problem, SheetError
from outreach.missions.by_state import StateSheet, find_states
from outreach.missions.cells import MAX_COLUMNS, column_letter
from outreach.missions.opening import open_content
from outreach.missions.package import content_of, is_zip
from outreach.missions.xlsx import Workbook
from outreach.models import Contact
from outreach.reports.files import replacing
from outreach.reports.source import opened
from outreach.reports.splice import NewCell, WorksheetPart, with_date_styles
from outreach.reports.table import MissionRow

HEADERS = ("Sent", "Delivery", "Answer", "Position", "Date")
"""The columns that are put in. Date is the day on which the mission answered."""
_SUFFIXES = {".xlsx", ".xlsm"}
_STYLES = "xl/styles.xml"


@dataclass(frozen=True, slots=True)
class Into:
    """What was put where."""

    out: Path
    sheet: str
    columns: str
    """Such as `H:L`."""
    rows: int
    notes: Sequence[str]
    unknown: Sequence[Problem]
    """The rows that name no state."""


def report_into(
    engine: Engine,
    campaign_name: str,
    team: Path,
    out: Path,
    *,
    sheet: str | None = None,
    made_at: datetime | None = None,
) -> Into:
    """Write a copy of a team's workbook with the columns of `HEADERS` at its rows of missions.

    Rows are matched by ISO3, by the state's name, or by e-mail address. The columns stand behind the last filled one;
    where an earlier copy has them, they are brought up to date. Nothing else in the file changes: formats, formulas,
    comments, charts, macros and the other sheets stay byte for byte.

    Raises SheetError where the file is no .xlsx or .xlsm, or has no such rows; NotFoundError for the campaign;
    UserError where the copy can't be written.
    """
    content = content_of(team)
    book = open_content(team.name, content)
    if not is_zip(content) or not isinstance(book, Workbook):
        raise SheetError(
            "into.no-workbook",
            "{team} is no Excel workbook.",
            team=team.name,
            remedy="Save it as .xlsx; the columns are put into that.",
        )
    if out.suffix.lower() not in _SUFFIXES or out.suffix.lower() != team.suffix.lower():
        raise SheetError(
            "into.copy",
            "{out!r} is to be a copy of {team}.",
            out=out.name,
            team=team.name,
            suffix=team.suffix,
            remedy="End its name in {suffix}.",
        )
    if out.resolve() == team.resolve():
        raise SheetError(
            "into.itself",
            "The copy would take the place of the sheet itself.",
            remedy="Give the copy another name{OUT}.",
        )
    with opened(engine, campaign_name, made_at) as source:
        missions = {mission.iso3: mission for mission in source.missions}
        tz = source.tz
    found = find_states(book, sheet=sheet, addresses=_addresses(engine))
    rows = {row: missions[iso3] for row, iso3 in found.rows.items() if iso3 in missions}
    if not rows:
        raise SheetError(
            "into.no-rows",
            "{team}: no row of its sheet {name!r} is a mission of {campaign_name}.",
            team=team.name,
            name=found.sheet.name,
            campaign_name=campaign_name,
            remedy="Name another sheet{SHEET}, or another campaign.",
        )
    first = _first_column(found, sorted(rows))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        changed = _changed(archive, book.part_of(found.sheet.name), found, rows, first, tz)
        with replacing(out) as beside:
            _copy(archive, beside, changed)
    there = {found.rows[row] for row in rows}
    notes = []
    if lacking := sorted(missions.keys() - there):
        notes.append(f"Not in the sheet: {', '.join(lacking)}.")
    columns = f"{column_letter(first)}:{column_letter(first + len(HEADERS) - 1)}"
    return Into(out, found.sheet.name, columns, len(rows), notes, found.unknown)


def _addresses(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return dict(session.exec(select(Contact.email_key, Contact.iso3)).all())


def _first_column(found: StateSheet, rows: Sequence[int]) -> int:
    """Return the column where ours begin: where they are already, else behind the last filled one of all."""
    headers = {number: cell.text.strip() for number, cell in found.sheet.rows[found.header_row].items()}
    for number in sorted(headers):
        if tuple(headers.get(number + offset, "") for offset in range(len(HEADERS))) == HEADERS:
            return number
    ours = {found.header_row, *found.rows, *rows}
    filled = [max(found.sheet.rows[row]) for row in ours if row in found.sheet.rows]
    # What a merged cell covers is not free, though nothing stands in it.
    covered = [
        area.last_column for area in found.sheet.merged if any(area.first_row <= row <= area.last_row for row in ours)
    ]
    first = max([*filled, *covered]) + 1
    if first + len(HEADERS) > MAX_COLUMNS:
        raise SheetError(
            "into.no-room",
            "Sheet {name!r} has no room for five columns more.",
            name=found.sheet.name,
            remedy="Remove what is far right.",
        )
    return first


def _changed(
    archive: zipfile.ZipFile,
    part_name: str,
    found: StateSheet,
    rows: Mapping[int, MissionRow],
    first: int,
    tz: ZoneInfo,
) -> dict[str, bytes]:
    """Return the parts that differ in the copy, by their names in lower case."""
    names = {name.lower(): name for name in archive.namelist()}
    part = WorksheetPart(found.sheet.name, archive.read(names[part_name.lower()]), {found.header_row, *rows})
    for row in (found.header_row, *rows):
        for column in range(first, first + len(HEADERS)):
            if part.is_formula(row, column):
                place = f"{found.sheet.name}!{column_letter(column)}{row}"
                raise SheetError(
                    "into.formula",
                    "{place} holds a formula where the status goes.",
                    place=place,
                    remedy="Move it to another column.",
                )
    bases = {_base(part, row, column) for row in rows for column in (first, first + len(HEADERS) - 1)}
    styles, dated = archive.read(names[_STYLES]) if _STYLES in names else b"", dict[int, int]()
    if styles:
        styles, dated = with_date_styles(styles, bases)
    header = part.style(found.header_row)
    cells = {(found.header_row, first + offset): NewCell(text, header) for offset, text in enumerate(HEADERS)}
    for row, mission in rows.items():
        values = (mission.sent_at, mission.delivery or "", mission.answer, mission.position, mission.answered_at)
        for offset, value in enumerate(values):
            cells[row, first + offset] = _cell(value, _base(part, row, first + offset), dated, tz)
    changed = {part_name.lower(): part.with_cells(cells)}
    return {**changed, _STYLES: styles} if styles else changed


def _base(part: WorksheetPart, row: int, column: int) -> int:
    own = part.style_of(row, column)
    return part.style(row) if own is None else own


def _cell(value: object, base: int, dated: Mapping[int, int], tz: ZoneInfo) -> NewCell:
    if isinstance(value, datetime):
        local = value.astimezone(tz).replace(tzinfo=None, microsecond=0)
        if base in dated:
            return NewCell(float(to_excel(local)), dated[base])  # type: ignore[no-untyped-call]
        if base in dated.values():
            return NewCell(float(to_excel(local)), base)  # type: ignore[no-untyped-call]
        return NewCell(local.strftime("%Y-%m-%d %H:%M"), base)
    return NewCell(str(value) if value else None, base)


def _copy(archive: zipfile.ZipFile, beside: Path, changed: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(beside, "x") as copy:
        for entry in archive.infolist():
            copy.writestr(entry, changed.get(entry.filename.lower(), archive.read(entry)), entry.compress_type)
