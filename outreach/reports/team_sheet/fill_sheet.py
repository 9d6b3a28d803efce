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

from outreach.catalogues import ENGLISH_TONGUE, Tongue, languages, tongue
from outreach.database import reading
from outreach.errors import Problem, SheetError
from outreach.missions.books.cells import column_letter
from outreach.missions.books.opening import open_content
from outreach.missions.books.package import Package, content_of, is_zip, relations
from outreach.missions.books.sheet_bounds import MAX_COLUMNS
from outreach.missions.books.xlsx import Workbook
from outreach.missions.lists.by_state import StateSheet, find_states
from outreach.models import Contact
from outreach.reports.files import replacing
from outreach.reports.source import opened
from outreach.reports.table import MissionRow
from outreach.reports.team_sheet.splice import NewCell, WorksheetPart, with_date_styles
from outreach.reports.team_sheet.widen import Widening
from outreach.vocabulary import Answer, DeliveryStatus

HEADERS = ("Sent", "Delivery", "Answer", "Position", "Date")
"""The columns that are put in, in English. Date is the day on which the mission answered."""
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
    say: Tongue = ENGLISH_TONGUE,
) -> Into:
    """Write a copy of a team's workbook with the columns of `HEADERS` at its rows of missions, in a language.

    Where an earlier copy has the columns in another language, they stay in that.

    Rows are matched by ISO3, by the state's name, or by e-mail address. The columns stand behind the last filled one;
    where an earlier copy has them, they are brought up to date. A table, a filter, a print area and formats of whole
    rows are widened over them, so that whoever sorts takes the status along. Nothing else in the file changes: formats,
    formulas, comments, charts, macros and the other sheets stay byte for byte.

    Raises SheetError where a table or filter ends before columns of the team's own, and where the file is no .xlsx or
    .xlsm, or has no such rows; NotFoundError for the campaign;
    UserError where the copy can't be written.
    """
    content = content_of(team)
    book = open_content(team.name, content)
    if not is_zip(content) or not isinstance(book, Workbook):
        raise SheetError(
            "into.no-workbook",
            "{team} is no Excel workbook.",
            team=team.name,
            remedy="Save it as .xlsx, and give that; the copy ends in .xlsx too.",
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
    found = find_states(book, sheet=sheet, addresses=_addresses(engine))
    there = _there(found)
    if there is None:
        _refuse_moved(found)
    say = say if there is None else there[1]
    with opened(engine, campaign_name, made_at, say) as source:
        missions = {mission.iso3: mission for mission in source.missions}
        tz = source.tz
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
    first = _first_column(found, sorted(rows)) if there is None else there[0]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        package = Package(team.name, content)
        part_name = book.part_of(found.sheet.name)
        tables = [part for _, kind, part in relations(package, part_name) if kind == "table" and package.has(part)]
        main = next((part for _, kind, part in relations(package, "") if kind == "officeDocument"), "")
        changed = _changed(archive, (part_name, main, tables), found, rows, first, tz, say)
        with replacing(out) as beside:
            _copy(archive, beside, changed)
    in_sheet = {found.rows[row] for row in rows}
    notes = []
    if b"<sheetProtection" in changed[part_name.lower()]:
        notes.append(f"The sheet {found.sheet.name!r} is protected, and so is its copy; it has the columns.")
    if lacking := sorted(missions.keys() - in_sheet):
        notes.append(f"Not in the sheet: {', '.join(lacking)}.")
    columns = f"{column_letter(first)}:{column_letter(first + len(HEADERS) - 1)}"
    return Into(out, found.sheet.name, columns, len(rows), notes, found.unknown)


def _addresses(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return dict(session.exec(select(Contact.email_key, Contact.iso3)).all())


def headers_in(say: Tongue) -> tuple[str, ...]:
    """Return what the columns are called in a language."""
    return tuple(say.about("column", header) for header in HEADERS)


def _apart(header: str, say: Tongue) -> str:
    """Return the name of a column of ours in a table that has one of that name."""
    return f"{header} ({say.about('column', 'status')})"


def _there(found: StateSheet) -> tuple[int, Tongue] | None:
    """Return where an earlier copy has our columns, and in which language; None where there are none."""
    headers = {number: cell.text.strip() for number, cell in found.sheet.rows[found.header_row].items()}
    for number in sorted(headers):
        for say in map(tongue, languages()):
            ours = enumerate(headers_in(say))
            if all(headers.get(number + offset, "") in (one, _apart(one, say)) for offset, one in ours):
                return number, say
    return None


def _refuse_moved(found: StateSheet) -> None:
    """Raise where columns of an earlier copy are there, but moved or in part: beside them, new ones would make two.

    They are known by heads of ours and by the words that only we put into *Delivery* and *Answer*.
    """
    heads = {number: cell.text.strip() for number, cell in found.sheet.rows[found.header_row].items()}
    for say in map(tongue, languages()):
        names = {one: {head, _apart(head, say)} for one, head in zip(HEADERS, headers_in(say), strict=True)}
        there = {one: number for number, text in sorted(heads.items()) for one, some in names.items() if text in some}
        told = any(
            _holds_only(found, there[one], {say.word(word) for word in words})
            for one, words in (("Delivery", DeliveryStatus), ("Answer", Answer))
            if one in there
        )
        if told and len(there) > 1:
            raise SheetError(
                "into.columns-moved",
                "Sheet {name!r} has columns of an earlier copy that were moved, or of which some were deleted: "
                "{columns}.",
                name=found.sheet.name,
                columns=", ".join(f"{heads[at]} ({column_letter(at)})" for at in sorted(there.values())),
                remedy="Delete them, and give it again; or put all five side by side as they were. Columns of your own "
                "need other names.",
            )


def _holds_only(found: StateSheet, column: int, words: set[str]) -> bool:
    rows = (found.sheet.rows.get(row, {}) for row in found.rows)
    filled = {cells[column].text.strip() for cells in rows if column in cells} - {""}
    return bool(filled) and filled <= words


def _first_column(found: StateSheet, rows: Sequence[int]) -> int:
    """Return the column where ours begin: behind the last filled one of all."""
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
    parts: tuple[str, str, Sequence[str]],
    found: StateSheet,
    rows: Mapping[int, MissionRow],
    first: int,
    tz: ZoneInfo,
    say: Tongue,
) -> dict[str, bytes]:
    """Return the parts that differ in the copy, by their names in lower case.

    `parts` are those of the worksheet, of the workbook and of the sheet's tables.
    """
    part_name, main, tables = parts
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
    wide = Widening(found.sheet.name, first, first + len(HEADERS) - 1, found.header_row, max(rows))
    bodies = {name.lower(): archive.read(names[name.lower()]) for name in tables}
    others = {cell.text.strip().casefold() for cell in found.sheet.rows[found.header_row].values()}
    headers = _headers(found, first, others.union(*(wide.taken(body) for body in bodies.values())), say)
    header = part.style(found.header_row)
    cells = {(found.header_row, first + offset): NewCell(text, header) for offset, text in enumerate(headers)}
    for row, mission in rows.items():
        words = map(say.word, (mission.delivery, mission.answer, mission.position))
        values = (mission.sent_at, *words, mission.answered_at)
        for offset, value in enumerate(values):
            cells[row, first + offset] = _cell(value, _base(part, row, first + offset), dated, tz)
    changed = {part_name.lower(): wide.worksheet(part.with_cells(cells))}
    changed |= {name: wide.table(body, headers) for name, body in bodies.items()}
    changed[main.lower()] = wide.workbook(archive.read(names[main.lower()]))
    return {**changed, _STYLES: styles} if styles else changed


def _headers(found: StateSheet, first: int, taken: set[str], say: Tongue) -> list[str]:
    """Return what the columns are called: as an earlier copy has them, else so that a table has no name twice."""
    cells = found.sheet.rows[found.header_row]
    there = [cells[first + offset].text.strip() if first + offset in cells else "" for offset in range(len(HEADERS))]
    ours = headers_in(say)
    if all(text in (header, _apart(header, say)) for text, header in zip(there, ours, strict=True)):
        return there
    return [_apart(header, say) if header.casefold() in taken else header for header in ours]


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
