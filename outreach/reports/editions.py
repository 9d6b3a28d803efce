"""For whom a report is made: what each edition may say, listed by what is in it, so that what is new is left out."""

from dataclasses import asdict
from typing import Any

from outreach.reports.excel.report_columns import MISSION_COLUMNS, ReportColumn
from outreach.reports.table import MissionRow
from outreach.vocabulary import Edition

_COLUMNS = {
    Edition.PARTNERS: (
        "ISO3", "Mission", "Regional group", "Member until", "Language", "Sent", "State", "Delivery", "Answer",
        "Answered", "Position", "Vote", "Days waiting",
    ),
    Edition.PUBLIC: ("ISO3", "Mission", "Regional group", "Vote"),
}  # fmt: skip
_FIELDS = {
    Edition.PARTNERS: (
        "iso3", "mission", "regional_group", "member_until", "language", "sent_at", "message_state", "delivery",
        "answer", "answered_at", "position", "vote", "days_waiting", "rehearsed",
    ),
    Edition.PUBLIC: ("iso3", "mission", "regional_group", "vote"),
}  # fmt: skip


def columns_of(edition: Edition) -> list[ReportColumn[MissionRow]]:
    """Return the columns of an edition's list of missions."""
    if edition is Edition.TEAM:
        return list(MISSION_COLUMNS)
    return [column for column in MISSION_COLUMNS if column.header in _COLUMNS[edition]]


def fields_of(edition: Edition, row: MissionRow) -> dict[str, Any]:
    """Return a mission's fields for JSON; the key serves the workbook's way back only."""
    whole = asdict(row)
    del whole["key"]
    return whole if edition is Edition.TEAM else {name: whole[name] for name in _FIELDS[edition]}
