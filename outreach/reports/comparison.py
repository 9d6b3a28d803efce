"""Several campaigns side by side: a mission's record over the sessions, as a workbook, a CSV table or JSON."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy import Engine

from outreach import clock
from outreach.errors import UserError
from outreach.reports import style
from outreach.reports.charts import CellRange, Figures, add_bars
from outreach.reports.files import replacing
from outreach.reports.report_columns import CellKind, ReportColumn, Value
from outreach.reports.safe_cells import for_csv, for_workbook
from outreach.reports.source import Source, opened
from outreach.reports.style import Look, styled
from outreach.reports.table import MissionRow
from outreach.reports.tables import A3, A4, lay_out, make_table, set_up_printing, write_rows
from outreach.vocabulary import Answer, MessageState, Position


@dataclass(frozen=True, slots=True)
class MissionRecord:
    """A mission's record: how it stands in each campaign, None where it is not written to."""

    iso3: str
    mission: str
    regional_group: str
    stands: Sequence[MissionRow | None]


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign in numbers."""

    name: str
    as_of: datetime
    missions: int
    sent: int
    answered: int
    positions: dict[Position, int]


def report_side_by_side(engine: Engine, names: Sequence[str], out: Path, *, made_at: datetime | None = None) -> Path:
    """Write the record of each mission over several campaigns, in the order named, and return the file.

    Raises NotFoundError for a campaign that is not there, UserError for another suffix than .xlsx, .csv or .json.
    """
    made_at = made_at or clock.now()
    sources = []
    for name in names:
        with opened(engine, name, made_at) as source:
            sources.append(source)
    records, campaigns = _records(sources), [_campaign_row(source) for source in sources]
    match out.suffix.lower():
        case ".xlsx":
            with replacing(out) as beside:
                _workbook(sources, records, campaigns).save(beside)
        case ".csv":
            with replacing(out) as beside, beside.open("x", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream)
                columns = _record_columns(sources)
                writer.writerow(for_csv(column.header) for column in columns)
                writer.writerows([for_csv(str(column.value(row) or "")) for column in columns] for row in records)
        case ".json":
            with replacing(out) as beside:
                beside.write_text(json.dumps(_plain(sources, records), ensure_ascii=False, indent=2), encoding="utf-8")
        case _:
            raise UserError(
                "report.kind-of-several",
                "{out!r} is no kind of report on several campaigns.",
                out=out.name,
                remedy="End its name in .xlsx, .csv or .json.",
            )
    return out


def _records(sources: Sequence[Source]) -> list[MissionRecord]:
    stands: dict[str, list[MissionRow | None]] = {}
    for number, source in enumerate(sources):
        for mission in source.missions:
            stands.setdefault(mission.iso3, [None] * len(sources))[number] = mission
    found = []
    for iso3, rows in sorted(stands.items()):
        known = next(row for row in rows if row is not None)
        found.append(MissionRecord(iso3, known.mission, known.regional_group, rows))
    return found


def _campaign_row(source: Source) -> CampaignRow:
    status = source.status
    return CampaignRow(
        name=source.campaign.name,
        as_of=datetime.combine(source.campaign.as_of, datetime.min.time(), source.tz),
        missions=status.missions,
        sent=status.messages.get(MessageState.SENT, 0),
        answered=status.answers.get(Answer.ACKNOWLEDGED, 0) + status.answers.get(Answer.REPLIED, 0),
        positions={position: status.positions.get(position, 0) for position in Position},
    )


def _record_columns(sources: Sequence[Source]) -> list[ReportColumn[MissionRecord]]:
    def of(number: int, value: Callable[[MissionRow], Value]) -> Callable[[MissionRecord], Value]:
        return lambda record: value(stand) if (stand := record.stands[number]) is not None else None

    columns: list[ReportColumn[MissionRecord]] = [
        ReportColumn("ISO3", 7, CellKind.WORD, "The state's three-letter code.", lambda record: record.iso3),
        ReportColumn("Mission", 28, CellKind.PROSE, "The state.", lambda record: record.mission),
        ReportColumn("Regional group", 28, CellKind.PROSE, "Its group.", lambda record: record.regional_group),
    ]
    for number, source in enumerate(sources):
        name = for_workbook(source.campaign.name)
        columns += [
            ReportColumn(f"{name}: answer", 16, CellKind.WORD, "", of(number, lambda row: row.answer.value)),
            ReportColumn(f"{name}: position", 16, CellKind.WORD, "", of(number, lambda row: row.position.value)),
            ReportColumn(
                f"{name}: vote", 14, CellKind.WORD, "", of(number, lambda row: row.vote.value if row.vote else None)
            ),
        ]
    return columns


def _position_of(position: Position) -> Callable[[CampaignRow], Value]:
    return lambda row: row.positions[position]


_CAMPAIGN_COLUMNS: tuple[ReportColumn[CampaignRow], ...] = (
    ReportColumn("Campaign", 34, CellKind.PROSE, "", lambda row: row.name),
    ReportColumn("As of", 13, CellKind.DAY, "", lambda row: row.as_of),
    ReportColumn("Missions", 11, CellKind.TALLY, "", lambda row: row.missions),
    ReportColumn("Sent", 11, CellKind.TALLY, "", lambda row: row.sent),
    ReportColumn("Answered", 11, CellKind.TALLY, "", lambda row: row.answered),
    *(
        ReportColumn(f"{position.value[0].upper()}{position.value[1:]}", 11, CellKind.TALLY, "", _position_of(position))
        for position in Position
    ),
)


def _workbook(
    sources: Sequence[Source], records: Sequence[MissionRecord], campaigns: Sequence[CampaignRow]
) -> Workbook:
    book = Workbook(write_only=True)
    # What stands in the foot of a printed page is that of all of them.
    title = " and ".join(source.campaign.name for source in sources)
    rehearsed = replace(sources[0].status, rehearsed=max(source.status.rehearsed for source in sources))
    campaign = sources[0].campaign.model_copy(update={"name": title})
    source = replace(sources[0], campaign=campaign, status=rehearsed)
    _write_campaigns(book, source, campaigns)
    _write_records(book, source, sources, records)
    _write_about(book, source)
    properties = book.properties
    properties.title = for_workbook(f"{title}: side by side")[:200]
    properties.creator = properties.lastModifiedBy = "Outreach"
    properties.created = source.made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return book


def _write_campaigns(book: Workbook, source: Source, campaigns: Sequence[CampaignRow]) -> None:
    sheet: Any = book.create_sheet("Campaigns")
    lay_out(sheet, _CAMPAIGN_COLUMNS, source, frozen="B2", paper=A4)
    first = [column.header for column in _CAMPAIGN_COLUMNS].index("Unknown")
    numbers = [[row.positions[position] for row in campaigns] for position in Position]
    names = [for_workbook(row.name) for row in campaigns]
    words = [column.header for column in _CAMPAIGN_COLUMNS[first:]]
    figures = Figures(sheet, 1, 1, names, words, numbers, first_number=first + 1)
    told = (
        f"{name}: " + ", ".join(f"{number} {position.value}" for position, number in row.positions.items())
        for name, row in zip(names, campaigns, strict=True)
    )
    place = CellRange(len(campaigns) + 4, 1, len(campaigns) + 10 + 3 * len(campaigns), 9)
    description = f"Stacked bars, one a campaign. {'; '.join(told)}."
    add_bars(figures, place, "Positions by campaign", description, style.POSITIONS, stacked=True)
    make_table(sheet, "Campaigns", _CAMPAIGN_COLUMNS, write_rows(sheet, _CAMPAIGN_COLUMNS, campaigns, source.tz))


def _write_records(book: Workbook, source: Source, sources: Sequence[Source], records: Sequence[MissionRecord]) -> None:
    sheet: Any = book.create_sheet("Side by side")
    columns = _record_columns(sources)
    lay_out(sheet, columns, source, frozen="C2", paper=A3)
    make_table(sheet, "Records", columns, write_rows(sheet, columns, records, source.tz))


def _write_about(book: Workbook, source: Source) -> None:
    sheet: Any = book.create_sheet("About")
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width = 110
    set_up_printing(sheet, source, paper=A4)
    for text, look in (
        ("About this workbook", Look(size=18, bold=True)),
        (
            "Side by side: a row a mission; for each campaign whether it answered, its position, and how it voted.",
            Look(),
        ),
        ("An empty cell: the campaign does not write to that mission, or nothing is known.", Look()),
        ("Campaigns: each campaign in numbers. The words are explained in the report of a single campaign.", Look()),
        (
            f"Made {clock.shown(source.made_at, source.tz)}, times of {source.campaign.time_zone}.",
            Look(colour=style.MUTED),
        ),
    ):
        sheet.append([styled(sheet, text, look)])


def _plain(sources: Sequence[Source], records: Sequence[MissionRecord]) -> dict[str, Any]:
    names = [source.campaign.name for source in sources]
    return {
        "campaigns": [source.status.as_dict() for source in sources],
        "missions": [
            {
                "iso3": record.iso3,
                "mission": record.mission,
                "regional_group": record.regional_group,
                "record": {
                    name: stand
                    and {
                        "answer": stand.answer.value,
                        "position": stand.position.value,
                        "vote": stand.vote.value if stand.vote else None,
                    }
                    for name, stand in zip(names, record.stands, strict=True)
                },
            }
            for record in records
        ],
    }
