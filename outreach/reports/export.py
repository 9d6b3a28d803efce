"""A campaign's report as a file: a workbook, a page, a CSV table, or JSON."""

import codecs
import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Engine

from outreach.actors import Actor
from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.database import writing
from outreach.errors import UserError
from outreach.missions.past import PastTally
from outreach.missions.past_years import years_as_data
from outreach.people import audit
from outreach.reports.editions import columns_of, fields_of
from outreach.reports.excel.report_columns import cell_text
from outreach.reports.excel.safe_cells import for_csv
from outreach.reports.files import replacing
from outreach.reports.moved import as_plain
from outreach.reports.source import Source, opened
from outreach.reports.table import in_order
from outreach.responses.come_back import ComeBack
from outreach.vocabulary import Act, Edition

_COUNTS = {
    Edition.PARTNERS: ("campaign", "missions", "messages", "delivery", "answers", "positions", "mode_rehearsed"),
    Edition.PUBLIC: ("campaign", "missions", "messages", "answers", "positions", "mode_rehearsed"),
}
_ISO = "%Y-%m-%dT%H:%M:%SZ"
_BEGINNINGS = {"pdf": b"%PDF-", "csv": codecs.BOM_UTF8, "json": b"{"}


def report(
    engine: Engine,
    campaigns: str | Sequence[str],
    out: Path,
    *,
    edition: Edition = Edition.TEAM,
    made_at: datetime | None = None,
    say: Tongue = ENGLISH_TONGUE,
    since: datetime | None = None,
    theme: str = "",
    by: Actor | None = None,
) -> Path:
    """Write a campaign's report as the file's suffix says, .xlsx, .pdf, .csv or .json, and return the file.

    Several campaigns are set side by side, a mission's record over them, as .xlsx, .csv or .json; for the team only.
    `edition` says for whom it is made: see `outreach.reports.editions`. `say` is the language of all that a person
    reads in it; JSON is for programs, and the same in each. What moved is told since the edition's last report, or
    since `since` (UTC). How states voted in past years is told of what has `theme`, or of all. Where it is taken out by
    somebody (`by`), the log keeps who, for whom, and the file's digest.

    The file is written whole or not at all. `made_at` (UTC) is the moment it is made, by default now.

    Raises UserError for another suffix or a file that can't be written, NotFoundError for an unknown campaign.
    """
    names = [campaigns] if isinstance(campaigns, str) else list(dict.fromkeys(campaigns))
    if len(names) > 1:
        _side_by_side(engine, names, out, edition, made_at, say)
    else:
        write = _writer(out)
        read_by = ENGLISH_TONGUE if write is _write_json else say
        with (
            opened(engine, names[0], made_at, read_by, edition=edition, since=since, theme=theme) as source,
            replacing(out) as beside,
        ):
            write(source, beside)
    if by is not None:
        _remember(engine, names, out, edition, say, by)
    return out


def beginning(kind: str) -> bytes:
    """Return how each report of a kind begins, `xlsx`, `pdf`, `csv` or `json`, whatever it says."""
    if kind != "xlsx":
        return _BEGINNINGS[kind]
    from outreach.missions.books.book_file import book_beginning

    return book_beginning()


def _remember(engine: Engine, names: Sequence[str], out: Path, edition: Edition, say: Tongue, by: Actor) -> None:
    """Keep that a report was made, in the log of each of its campaigns."""
    with out.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    detail = f"{edition.value}, {out.suffix.lower().removeprefix('.')}, {say.language}, sha256 {digest}"
    with writing(engine) as session:
        for name in names:
            audit.record(session, by, Act.REPORT_MADE, campaign=name, detail=detail)


def _side_by_side(
    engine: Engine, names: Sequence[str], out: Path, edition: Edition, made_at: datetime | None, say: Tongue
) -> None:
    if edition is not Edition.TEAM:
        raise UserError(
            "report.edition", "Several campaigns side by side are for the team only.", remedy="Name one campaign."
        )
    from outreach.reports.comparison import report_side_by_side

    report_side_by_side(engine, names, out, made_at=made_at, say=say)


def _writer(out: Path) -> Callable[[Source, Path], None]:
    """Return what writes a file of this suffix; libraries that only some of them need are loaded for these."""
    match out.suffix.lower():
        case ".pdf":
            from outreach.reports.summary import write_summary

            return write_summary
        case ".xlsx":
            from outreach.reports.excel.workbook import write_workbook

            return write_workbook
        case ".csv":
            return _write_csv
        case ".json":
            return _write_json
    raise UserError(
        "report.kind",
        "{out!r} is no kind of report.",
        out=out.name,
        remedy="End its name in .xlsx, .pdf, .csv or .json.",
    )


def _write_csv(source: Source, out: Path) -> None:
    """Write the table of missions as CSV (RFC 4180): UTF-8 with a byte order mark, which Excel needs.

    Columns are those of the workbook's Missions sheet, heads and words in the language of the report, times in the
    campaign's zone as ISO 8601 writes them, for whatever program reads it next. Text is made harmless as
    `outreach.reports.excel.safe_cells.for_csv` says.
    """
    with _text_file(out, "utf-8-sig") as stream:
        writer = csv.writer(stream)
        columns = [column for column in columns_of(source.edition) if not column.workbook_only]
        writer.writerow(column.head(source.say) for column in columns)
        for row in in_order(source.missions, source.say):
            writer.writerow(for_csv(cell_text(column.value(row), source.say, source.tz)) for column in columns)


def _write_json(source: Source, out: Path) -> None:
    """Write the report as one JSON object: campaign, status, missions, log. Times are ISO 8601 in UTC.

    `status` is the object of `campaign status --json`, `since` what moved since the last report. Text stands as it
    came.
    """
    campaign = source.campaign
    head = {
        "campaign": campaign.name,
        "letter": campaign.letter,
        "as_of": campaign.as_of.isoformat(),
        "time_zone": campaign.time_zone,
        "made_at": source.made_at.astimezone(UTC).strftime(_ISO),
        "resolution": {name: told for name, told in (campaign.resolution or {}).items() if name != "file"},
        "status": _status(source),
        "since": {"at": source.since.astimezone(UTC).strftime(_ISO), "moved": as_plain(source.moved)}
        if source.since
        else None,
    }
    with _text_file(out, "utf-8") as stream:
        stream.write(json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}"))
        _write_list(stream, "missions", (_plain(fields_of(source.edition, row)) for row in source.missions))
        if source.past:
            _write_list(stream, "past", (_past(one) for one in source.past))
        if source.edition is Edition.TEAM:
            _write_list(stream, "log", (_plain(asdict(event)) for event in source.log))
        stream.write("\n}\n")


def _text_file(out: Path, encoding: str) -> TextIO:
    return out.open("x", encoding=encoding, errors="backslashreplace", newline="")


def _status(source: Source) -> dict[str, Any]:
    """Return the figures; why a campaign stands still, which may name a server, is for the team only."""
    whole = source.status.as_dict() | {"stage": source.stage}
    told = whole if source.edition is Edition.TEAM else _COUNTS[source.edition]
    return {name: whole[name] for name in told if name in whole}


def _past(one: PastTally) -> dict[str, Any]:
    votes = {vote.value: number for vote, number in one.votes.items()}
    return {
        "iso3": one.iso3, "votes": votes, "first_year": one.first_year, "last_year": one.last_year,
        "years": years_as_data(one.years),
    }  # fmt: skip


def _write_list(stream: TextIO, key: str, items: Iterator[dict[str, Any]]) -> None:
    """Write one member of the object, an item a line, so that a long log is never held in memory."""
    stream.write(f',\n  "{key}": [')
    separators = chain(["\n    "], repeat(",\n    "))
    stream.writelines(
        mark + json.dumps(item, ensure_ascii=False) for mark, item in zip(separators, items, strict=False)
    )
    stream.write("\n  ]")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in row.items()}


def _plain_value(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).strftime(_ISO)
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case ComeBack():
            return value.as_dict()
        case tuple():
            return list(value)
        case _:
            return value
