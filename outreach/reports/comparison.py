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
from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.errors import UserError
from outreach.missions.books.book_file import save_book
from outreach.missions.collation import sort_key
from outreach.reports.excel import style
from outreach.reports.excel.charts import CellRange
from outreach.reports.excel.list_sheets import chart_positions
from outreach.reports.excel.report_columns import POSITION_HEADS, CellKind, ReportColumn, Value, cell_text
from outreach.reports.excel.row_stream import StreamedBook
from outreach.reports.excel.safe_cells import for_csv, for_workbook
from outreach.reports.excel.style import Look, styled
from outreach.reports.excel.tables import A4, lay_out, make_table, set_up_printing, write_rows
from outreach.reports.files import replacing
from outreach.reports.groups import group_word
from outreach.reports.source import Source, opened
from outreach.reports.table import MissionRow
from outreach.vocabulary import Answer, Language, MessageState, Position


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


def report_side_by_side(
    engine: Engine,
    names: Sequence[str],
    out: Path,
    *,
    made_at: datetime | None = None,
    say: Tongue = ENGLISH_TONGUE,
) -> Path:
    """Write the record of each mission over several campaigns, in the order named, and return the file.

    Words are in the language of `say`; JSON is the same in each.

    Raises NotFoundError for a campaign that is not there, UserError for another suffix than .xlsx, .csv or .json.
    """
    made_at = made_at or clock.now()
    say = ENGLISH_TONGUE if out.suffix.lower() == ".json" else say
    sources = []
    for name in names:
        with opened(engine, name, made_at, say) as source:
            sources.append(source)
    records, campaigns = _records(sources), [_campaign_row(source) for source in sources]
    match out.suffix.lower():
        case ".xlsx":
            with replacing(out) as beside, StreamedBook() as book:
                _write(book, sources, records, campaigns)
                save_book(book, beside, book.rows_of)
        case ".csv":
            with replacing(out) as beside, beside.open("x", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream)
                columns = _record_columns(sources)
                writer.writerow(for_csv(column.head(say)) for column in columns)
                writer.writerows(
                    [for_csv(cell_text(column.value(row), say, UTC)) for column in columns] for row in records
                )
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
    for iso3, rows in stands.items():
        known = next(row for row in rows if row is not None)
        found.append(MissionRecord(iso3, known.mission, known.regional_group, rows))
    language = Language(sources[0].say.language)
    return sorted(found, key=lambda one: sort_key(one.mission, language))


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
        ReportColumn(
            "Regional group", 28, CellKind.PROSE, "Its group.", lambda record: group_word(record.regional_group)
        ),
    ]
    for number, source in enumerate(sources):
        name, say = for_workbook(source.campaign.name), source.say
        heads = (
            (say("{campaign}: answer", campaign=name), 16, of(number, lambda row: row.answer)),
            (say("{campaign}: position", campaign=name), 16, of(number, lambda row: row.position)),
            (say("{campaign}: vote", campaign=name), 14, of(number, lambda row: row.vote)),
        )
        columns += [ReportColumn(head, width, CellKind.WORD, "", value, named=True) for head, width, value in heads]
    return columns


def _position_of(position: Position) -> Callable[[CampaignRow], Value]:
    return lambda row: row.positions[position]


def _counts(header: str, value: Callable[[CampaignRow], Value]) -> ReportColumn[CampaignRow]:
    return ReportColumn(header, 11, CellKind.TALLY, "", value, context="number of")


CAMPAIGN_COLUMNS: tuple[ReportColumn[CampaignRow], ...] = (
    ReportColumn("Campaign", 34, CellKind.PROSE, "", lambda row: row.name),
    ReportColumn("As of", 13, CellKind.DAY, "", lambda row: row.as_of),
    _counts("Missions", lambda row: row.missions),
    _counts("Sent", lambda row: row.sent),
    _counts("Answered", lambda row: row.answered),
    *(_counts(head, _position_of(position)) for position, head in POSITION_HEADS.items()),
)


def _write(
    book: Workbook, sources: Sequence[Source], records: Sequence[MissionRecord], campaigns: Sequence[CampaignRow]
) -> None:
    # What stands in the foot of a printed page is that of all of them.
    say = sources[0].say
    title = say(" and ").join(source.campaign.name for source in sources)
    rehearsed = replace(sources[0].status, rehearsed=max(source.status.rehearsed for source in sources))
    campaign = sources[0].campaign.model_copy(update={"name": title})
    source = replace(sources[0], campaign=campaign, status=rehearsed)
    _write_campaigns(book, source, campaigns)
    _write_records(book, source, sources, records)
    _write_about(book, source)
    properties = book.properties
    properties.title = for_workbook(say("{campaign}: side by side", campaign=title))[:200]
    properties.creator = properties.lastModifiedBy = "Outreach"
    properties.created = source.made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _write_campaigns(book: Workbook, source: Source, campaigns: Sequence[CampaignRow]) -> None:
    sheet: Any = book.create_sheet(source.say.about("sheet", "Campaigns"))
    lay_out(sheet, CAMPAIGN_COLUMNS, source, frozen="B2", paper=A4)
    say = source.say
    place = CellRange(len(campaigns) + 4, 1, len(campaigns) + 10 + 3 * len(campaigns), 9)
    chart_positions(
        sheet, CAMPAIGN_COLUMNS, [(row.name, row.positions) for row in campaigns], place, say("Positions by campaign"),
        lambda numbers: say("Stacked bars, one a campaign. {numbers}.", numbers=numbers), say,
    )  # fmt: skip
    last = write_rows(sheet, CAMPAIGN_COLUMNS, campaigns, source)
    make_table(sheet, "Campaigns", CAMPAIGN_COLUMNS, last, say)


def _write_records(book: Workbook, source: Source, sources: Sequence[Source], records: Sequence[MissionRecord]) -> None:
    sheet: Any = book.create_sheet(source.say.about("sheet", "Side by side"))
    columns = _record_columns(sources)
    lay_out(sheet, columns, source, frozen="C2", paper=A4, pages_wide=2)
    make_table(sheet, "Records", columns, write_rows(sheet, columns, records, source), source.say)


def _write_about(book: Workbook, source: Source) -> None:
    sheet: Any = book.create_sheet(source.say.about("sheet", "About"))
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width = 110
    set_up_printing(sheet, source, paper=A4)
    say = source.say
    made = say(
        "Made {moment}, times of {zone}.",
        moment=say.moment(source.made_at, source.tz),
        zone=source.campaign.time_zone,
    )
    for text, look in (
        (say("About this workbook"), Look(size=18, bold=True)),
        (
            say(
                "Side by side: a row a mission; for each campaign whether it answered, its position, and how it voted."
            ),
            Look(),
        ),
        (say("An empty cell: the campaign does not write to that mission, or nothing is known."), Look()),
        (
            say("Campaigns: each campaign in numbers. The words are explained in the report of a single campaign."),
            Look(),
        ),
        (made, Look(colour=style.MUTED)),
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
