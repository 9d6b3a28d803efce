"""Puts the status of a campaign into a copy of the team's own sheet, beside the rows of its missions."""

import io
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.parsers import expat
from zoneinfo import ZoneInfo

from openpyxl.utils.datetime import to_excel
from sqlalchemy import Engine
from sqlmodel import select

from outreach.catalogues import ENGLISH_TONGUE, Tongue, languages, tongue
from outreach.database import reading
from outreach.errors import Problem, SheetError
from outreach.missions.books.cells import Sheet, column_letter
from outreach.missions.books.cut_rows import CutRows, is_filled
from outreach.missions.books.opening import open_content
from outreach.missions.books.package import Package, content_of, damaged, is_zip, relations
from outreach.missions.books.sheet_bounds import MAX_COLUMNS
from outreach.missions.books.xlsx import Workbook
from outreach.missions.lists.by_state import StateSheet, find_states
from outreach.models import Contact
from outreach.reports.files import replacing
from outreach.reports.source import opened
from outreach.reports.table import MissionRow
from outreach.reports.team_sheet.package_copy import copy_package
from outreach.reports.team_sheet.splice import ColumnSplice, DateStyles, NewCell
from outreach.reports.team_sheet.team_book import TeamBook
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
    package, addresses = Package(team.name, content), _addresses(engine)
    lean = TeamBook(book, package, with_addresses=bool(addresses))
    found = find_states(lean, sheet=sheet, addresses=addresses)
    cut = lean.cut(found.sheet.name)
    there = _there(found)
    if there is None:
        _refuse_moved(found, lambda column: lean.column(found.sheet.name, column, found.rows))
    say = say if there is None else there[1]
    with opened(engine, campaign_name, made_at, say) as source:
        missions = {mission.iso3: mission for mission in source.missions}
        tz = source.tz
    rows = {row: iso3 for row, iso3 in found.rows.items() if iso3 in missions}
    if not rows:
        raise SheetError(
            "into.no-rows",
            "{team}: no row of its sheet {name!r} is a mission of {campaign_name}.",
            team=team.name,
            name=found.sheet.name,
            campaign_name=campaign_name,
            remedy="Name another sheet{SHEET}, or another campaign.",
        )
    first = _first_column(found, cut) if there is None else there[0]
    part_name = book.part_of(found.sheet.name)
    tables = [part for _, kind, part in relations(package, part_name) if kind == "table" and package.has(part)]
    main = next((part for _, kind, part in relations(package, "") if kind == "officeDocument"), "")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        try:
            changed = _changed(archive, (part_name, main, tables), found, cut, rows, missions, first, tz, say)
        except expat.ExpatError:
            raise damaged(team.name) from None
        with replacing(out) as beside:
            copy_package(content, archive, beside, changed)
    notes = []
    if b"sheetProtection" in cut.tail:
        notes.append(f"The sheet {found.sheet.name!r} is protected, and so is its copy; it has the columns.")
    if lacking := sorted(missions.keys() - set(rows.values())):
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


def _refuse_moved(found: StateSheet, column_of: Callable[[int], Sheet]) -> None:
    """Raise where columns of an earlier copy are there, but moved or in part: beside them, new ones would make two.

    They are known by heads of ours and by the words that only we put into *Delivery* and *Answer*.
    """
    heads = {number: cell.text.strip() for number, cell in found.sheet.rows[found.header_row].items()}
    for say in map(tongue, languages()):
        names = {one: {head, _apart(head, say)} for one, head in zip(HEADERS, headers_in(say), strict=True)}
        there = {one: number for number, text in sorted(heads.items()) for one, some in names.items() if text in some}
        told = any(
            _holds_only(column_of(there[one]), {say.word(word) for word in words})
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


def _holds_only(column: Sheet, words: set[str]) -> bool:
    filled = {cell.text.strip() for cells in column.rows.values() for cell in cells.values()} - {""}
    return bool(filled) and filled <= words


def _first_column(found: StateSheet, cut: CutRows) -> int:
    """Return the column where ours begin: behind the last filled one of all."""
    ours = sorted({found.header_row, *found.rows})
    filled = 0
    for row, (last, *_) in zip(ours, cut.last_cells(ours), strict=True):
        if last > filled:
            there = ((column, cut.rows[row][start:end]) for column, start, end, _ in cut.from_behind(row))
            filled = max(filled, next((column for column, cell in there if is_filled(cell)), 0))
    # What a merged cell covers is not free, though nothing stands in it.
    covered = [
        area.last_column
        for area in found.sheet.merged
        if bisect_left(ours, area.first_row) < bisect_right(ours, area.last_row)
    ]
    first = max([filled, *covered]) + 1
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
    cut: CutRows,
    rows: Mapping[int, str],
    missions: Mapping[str, MissionRow],
    first: int,
    tz: ZoneInfo,
    say: Tongue,
) -> dict[str, bytes]:
    """Return the parts that differ in the copy, by their names in lower case.

    `parts` are those of the worksheet, of the workbook and of the sheet's tables.
    """
    part_name, main, tables = parts
    names = {name.lower(): name for name in archive.namelist()}
    wide = Widening(found.sheet.name, first, first + len(HEADERS) - 1, found.header_row, max(rows))
    bodies = {name.lower(): archive.read(names[name.lower()]) for name in tables}
    others = {cell.text.strip().casefold() for cell in found.sheet.rows[found.header_row].values()}
    headers = _headers(found, first, others.union(*(wide.taken(body) for body in bodies.values())), say)
    styles = DateStyles(archive.read(names[_STYLES]) if _STYLES in names else b"")
    splice = ColumnSplice(cut, first, len(HEADERS))

    def status(iso3: str, looks: Sequence[int]) -> list[NewCell]:
        if not iso3:
            return [NewCell(text, look) for text, look in zip(headers, looks, strict=True)]
        mission = missions[iso3]
        words = map(say.word, (mission.delivery, mission.answer, mission.position))
        values = (mission.sent_at, *words, mission.answered_at)
        return [_cell(value, look, styles, tz) for value, look in zip(values, looks, strict=True)]

    if formula := splice.put({found.header_row: "", **rows}, status):
        raise SheetError(
            "into.formula",
            "{place} holds a formula where the status goes.",
            place=f"{found.sheet.name}!{formula}",
            remedy="Move it to another column.",
        )
    changed = {part_name.lower(): splice.worksheet(wide.worksheet(cut.tail))}
    changed |= {name: wide.table(body, headers) for name, body in bodies.items()}
    changed[main.lower()] = wide.workbook(archive.read(names[main.lower()]))
    return {**changed, _STYLES: styles.part()} if _STYLES in names else changed


def _headers(found: StateSheet, first: int, taken: set[str], say: Tongue) -> list[str]:
    """Return what the columns are called: as an earlier copy has them, else so that a table has no name twice."""
    cells = found.sheet.rows[found.header_row]
    there = [cells[first + offset].text.strip() if first + offset in cells else "" for offset in range(len(HEADERS))]
    ours = headers_in(say)
    if all(text in (header, _apart(header, say)) for text, header in zip(there, ours, strict=True)):
        return there
    return [_apart(header, say) if header.casefold() in taken else header for header in ours]


def _cell(value: object, look: int, styles: DateStyles, tz: ZoneInfo) -> NewCell:
    if isinstance(value, datetime):
        local = value.astimezone(tz).replace(tzinfo=None, microsecond=0)
        dated = styles.like(look)
        if dated is not None:
            return NewCell(float(to_excel(local)), dated)  # type: ignore[no-untyped-call]
        return NewCell(local.strftime("%Y-%m-%d %H:%M"), look)
    return NewCell(str(value) if value else None, look)
