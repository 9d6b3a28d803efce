"""A campaign's report as a file: a workbook, a page, a CSV table, or JSON."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from outreach.errors import UserError
from outreach.reports.files import replacing
from outreach.reports.report_columns import MISSION_COLUMNS, Value
from outreach.reports.safe_cells import for_csv
from outreach.reports.source import Source, opened

_ISO = "%Y-%m-%dT%H:%M:%SZ"


def report(engine: Engine, campaigns: str | Sequence[str], out: Path, *, made_at: datetime | None = None) -> Path:
    """Write a campaign's report as the file's suffix says, .xlsx, .pdf, .csv or .json, and return the file.

    Several campaigns are set side by side, a mission's record over them, as .xlsx, .csv or .json.

    The file is written whole or not at all. `made_at` (UTC) is the moment it is made, by default now.

    Raises UserError for another suffix or a file that can't be written, NotFoundError for an unknown campaign.
    """
    names = [campaigns] if isinstance(campaigns, str) else list(dict.fromkeys(campaigns))
    if len(names) > 1:
        from outreach.reports.comparison import report_side_by_side

        return report_side_by_side(engine, names, out, made_at=made_at)
    campaign_name = names[0]
    match out.suffix.lower():
        case ".pdf":
            from outreach.reports.summary import write_summary

            return write_summary(engine, campaign_name, out, made_at=made_at)
        case ".xlsx":
            from outreach.reports.workbook import write_report

            return write_report(engine, campaign_name, out, made_at=made_at)
        case ".csv":
            return write_csv(engine, campaign_name, out, made_at=made_at)
        case ".json":
            return write_json(engine, campaign_name, out, made_at=made_at)
        case _:
            raise UserError(
                "report.kind",
                "{out!r} is no kind of report.",
                out=out.name,
                remedy="End its name in .xlsx, .pdf, .csv or .json.",
            )


def write_csv(engine: Engine, campaign_name: str, out: Path, *, made_at: datetime | None = None) -> Path:
    """Write the table of missions as CSV (RFC 4180): UTF-8 with a byte order mark, which Excel needs.

    Columns are those of the workbook's Missions sheet, times in the campaign's zone. Text is made harmless as
    `outreach.reports.safe_cells.for_csv` says. Raises as `report` does.
    """

    def write(source: Source, stream: TextIO) -> None:
        writer = csv.writer(stream)
        columns = [column for column in MISSION_COLUMNS if not column.workbook_only]
        writer.writerow(column.header for column in columns)
        for row in source.missions:
            writer.writerow(_csv_cell(column.value(row), source.tz) for column in columns)

    return _written(engine, campaign_name, out, made_at, "utf-8-sig", write)


def write_json(engine: Engine, campaign_name: str, out: Path, *, made_at: datetime | None = None) -> Path:
    """Write the report as one JSON object: campaign, status, missions, log. Times are ISO 8601 in UTC.

    `status` is the object of `campaign status --json`. Text stands as it came. Raises as `report` does.
    """

    def write(source: Source, stream: TextIO) -> None:
        campaign = source.campaign
        head = {
            "campaign": campaign.name,
            "letter": campaign.letter,
            "as_of": campaign.as_of.isoformat(),
            "time_zone": campaign.time_zone,
            "made_at": source.made_at.astimezone(UTC).strftime(_ISO),
            "status": source.status.as_dict(),
        }
        stream.write(_json(head).removesuffix("\n}"))
        _write_list(stream, "missions", (_plain(_without_key(asdict(row))) for row in source.missions))
        _write_list(stream, "log", (_plain(asdict(event)) for event in source.log))
        stream.write("\n}\n")

    return _written(engine, campaign_name, out, made_at, "utf-8", write)


def _written(
    engine: Engine,
    campaign_name: str,
    out: Path,
    made_at: datetime | None,
    encoding: str,
    write: Callable[[Source, TextIO], None],
) -> Path:
    with (
        opened(engine, campaign_name, made_at) as source,
        replacing(out) as beside,
        beside.open("x", encoding=encoding, errors="backslashreplace", newline="") as stream,
    ):
        write(source, stream)
    return out


def _csv_cell(value: Value, tz: ZoneInfo) -> str | int | float:
    match value:
        case None:
            return ""
        case str():
            return for_csv(value)
        case datetime():
            return value.astimezone(tz).strftime("%Y-%m-%d %H:%M")
        case _:
            return value


def _write_list(stream: TextIO, key: str, items: Iterator[dict[str, Any]]) -> None:
    """Write one member of the object, an item a line, so that a long log is never held in memory."""
    stream.write(f',\n  "{key}": [')
    separators = chain(["\n    "], repeat(",\n    "))
    stream.writelines(
        mark + json.dumps(item, ensure_ascii=False) for mark, item in zip(separators, items, strict=False)
    )
    stream.write("\n  ]")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _without_key(row: dict[str, Any]) -> dict[str, Any]:
    del row["key"]  # it serves the workbook's way back only
    return row


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in row.items()}


def _plain_value(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).strftime(_ISO)
        case StrEnum():
            return value.value
        case tuple():
            return list(value)
        case _:
            return value
