"""A campaign on one page: the figures, the positions, what needs a hand, the groups, as a PDF set by typst."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from outreach import clock
from outreach.errors import Fault
from outreach.reports.files import replacing
from outreach.reports.groups import group_rows
from outreach.reports.safe_cells import clean
from outreach.reports.source import Source, opened
from outreach.reports.tables import rehearsal_note
from outreach.vocabulary import Answer, DeliveryStatus, MessageState, Position

_TEMPLATE = Path(__file__).with_name("summary.typ")
_MOST_PROBLEMS = 7
_LONGEST_STEP = 110


def write_summary(engine: Engine, campaign_name: str, out: Path, *, made_at: datetime | None = None) -> Path:
    """Write a campaign's summary, whole or not at all, and return the file. It is always one page.

    Raises NotFoundError for an unknown campaign, UserError for a file that can't be written.
    """
    import typst

    with opened(engine, campaign_name, made_at) as source, replacing(out) as beside:
        try:
            page = typst.compile(_TEMPLATE.read_bytes(), sys_inputs={"data": json.dumps(_data(source))})
        except typst.TypstError as error:
            raise Fault("report.no-page", "The page could not be set: {error}", error=error) from error
        assert isinstance(page, bytes)
        beside.write_bytes(page)
    return out


def _data(source: Source) -> dict[str, Any]:
    """Return what the page says, as plain data."""
    status, campaign = source.status, source.campaign
    troubled = [mission for mission in source.missions if mission.trouble]
    return {
        "title": f"{clean(campaign.name)}: where the missions stand",
        "campaign": clean(campaign.name),
        "subtitle": f"{status.missions} missions as of {campaign.as_of.day} {campaign.as_of:%B %Y}",
        "made": f"Made {clock.shown(source.made_at, source.tz)}",
        "note": rehearsal_note(status) if status.rehearsed else "",
        "tiles": [
            {"label": "Missions", "number": status.missions},
            {"label": "Sent", "number": status.messages.get(MessageState.SENT, 0)},
            {"label": "Arrived", "number": _sum(status.delivery, DeliveryStatus.ACCEPTED, DeliveryStatus.DELIVERED)},
            {"label": "Bounced", "number": status.delivery.get(DeliveryStatus.BOUNCED, 0)},
            {"label": "Answered", "number": _sum(status.answers, Answer.ACKNOWLEDGED, Answer.REPLIED)},
            {"label": "In favour", "number": _sum(status.positions, Position.IN_FAVOUR, Position.CO_SPONSOR)},
        ],
        "positions": [
            {"word": word.value, "number": status.positions.get(word, 0), "known": word is not Position.UNKNOWN}
            for word in Position
        ],
        "problems": [
            {"mission": clean(mission.mission)[:60], "step": _short(mission.next_step)}
            for mission in troubled[:_MOST_PROBLEMS]
        ],
        "more": max(len(troubled) - _MOST_PROBLEMS, 0),
        "head": ["Regional group", "Missions", "Sent", "Answered", "In favour", "Against"],
        "groups": [
            [
                clean(row.group)[:60],
                *map(str, (row.missions, row.sent, row.answered)),
                str(row.positions[Position.IN_FAVOUR] + row.positions[Position.CO_SPONSOR]),
                str(row.positions[Position.AGAINST]),
            ]
            for row in group_rows(source.missions)[-9:]
        ],
    }


def _short(step: str) -> str:
    return step if len(step) <= _LONGEST_STEP else f"{step[:_LONGEST_STEP].rstrip()}…"


def _sum(counts: dict[str, int], *words: str) -> int:
    return sum(counts.get(word, 0) for word in words)
