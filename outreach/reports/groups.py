"""The figures of each regional group, and how they grew over the days."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from outreach.catalogues import Word
from outreach.reports.table import MissionRow
from outreach.vocabulary import ANSWERED, DeliveryStatus, MessageState, Position, Vote

GROUPS = (
    "African",
    "Asia-Pacific",
    "Eastern European",
    "Latin American and Caribbean",
    "Western European and Others",
)
"""The order in which the United Nations list the regional groups."""
ACCEPTED = (DeliveryStatus.ACCEPTED, DeliveryStatus.DELIVERED)
"""What a mail server took and did not give back."""
_MOST_DAYS = 60
"""Past so many, a chart of days shows weeks."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One regional group in numbers."""

    group: str
    missions: int
    sent: int
    delivered: int
    """Accepted or delivered."""
    bounced: int
    answered: int
    """By a person: acknowledged or replied."""
    positions: dict[Position, int]
    votes: dict[Vote, int]

    @property
    def share_answered(self) -> float | None:
        """The part of those sent to that answered, 0 to 1; None where nothing was sent."""
        return self.answered / self.sent if self.sent else None


def groups_of(missions: Sequence[MissionRow]) -> list[str]:
    """Return the groups that occur, in the order of the United Nations; the empty one last."""
    present = {mission.regional_group for mission in missions}
    others = sorted(present - set(GROUPS), key=lambda group: (not group, group))
    return [group for group in GROUPS if group in present] + others


NO_GROUP, ALL = "no group", "All"


def group_word(group: str) -> str:
    """Return a group as a word that is shown in the reader's language; a name that is none of the UN's stays."""
    return Word("group", group) if group in GROUPS or group in {NO_GROUP, ALL} else group


def group_rows(missions: Sequence[MissionRow]) -> list[GroupRow]:
    """Return a row a group, and after them one for all, if there are any missions."""
    rows = [
        _row(group or NO_GROUP, [mission for mission in missions if mission.regional_group == group])
        for group in groups_of(missions)
    ]
    return [*rows, _row(ALL, missions)] if missions else []


def _row(group: str, missions: Sequence[MissionRow]) -> GroupRow:
    positions = Counter(mission.position for mission in missions)
    votes = Counter(mission.vote for mission in missions)
    return GroupRow(
        group=group,
        missions=len(missions),
        sent=sum(mission.message_state is MessageState.SENT for mission in missions),
        delivered=sum(mission.delivery in ACCEPTED for mission in missions),
        bounced=sum(mission.delivery is DeliveryStatus.BOUNCED for mission in missions),
        answered=sum(mission.answer in ANSWERED for mission in missions),
        positions={position: positions[position] for position in Position},
        votes={vote: votes[vote] for vote in Vote},
    )


@dataclass(frozen=True, slots=True)
class CumulativeDay:
    """What had come together by the end of a day (or week) of the campaign's zone."""

    day: date
    sent: int
    answered: int


def progress(missions: Sequence[MissionRow], tz: ZoneInfo, until: datetime) -> list[CumulativeDay]:
    """Return the running totals for each day from the first letter to `until`; by weeks where it is over 60 days.

    Answered counts those that a person answered. Empty while nothing was sent.
    """
    sent = sorted(mission.sent_at.astimezone(tz).date() for mission in missions if mission.sent_at)
    answered = sorted(
        mission.answered_at.astimezone(tz).date()
        for mission in missions
        if mission.answered_at and mission.answer in ANSWERED
    )
    if not sent:
        return []
    last = max(until.astimezone(tz).date(), sent[-1], *answered[-1:])
    step = 1 if (last - sent[0]).days < _MOST_DAYS else 7
    days = [sent[0] + timedelta(days=offset) for offset in range(0, (last - sent[0]).days + step, step)]
    days = [min(day, last) for day in days]
    return [CumulativeDay(day, sum(d <= day for d in sent), sum(d <= day for d in answered)) for day in days]
