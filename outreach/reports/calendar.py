"""The calendar of a campaign: what happened to its letters day by day, among the dates of the session and the vote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from outreach import clock
from outreach.campaigns.dates import dates_of
from outreach.models import Campaign
from outreach.reports.council import EventDay
from outreach.vocabulary import CampaignState, EventKind


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: what is or was on it, and what happened to letters, counted by kind of event."""

    day: date
    words: tuple[str, ...]
    counts: dict[EventKind, int]
    days_ahead: int
    """How many days it is from today; 0 for today and the past."""


def calendar(campaign: Campaign, days: Sequence[EventDay], now: datetime) -> list[CalendarDay]:
    """Return a campaign's days, the latest first: those of the session, of its letters, and that it was made."""
    today = now.astimezone(clock.zone(campaign.time_zone)).date()
    marks: dict[date, list[str]] = {}
    for day, words in _marks(campaign, now):
        if day is not None:
            marks.setdefault(day, []).append(words)
    counts = {one.day: one.counts for one in days}
    return [
        CalendarDay(day, tuple(marks.get(day, ())), counts.get(day, {}), max((day - today).days, 0))
        for day in sorted(marks.keys() | counts.keys(), reverse=True)
    ]


def _marks(campaign: Campaign, now: datetime) -> list[tuple[date | None, str]]:
    dates, tz = dates_of(campaign), clock.zone(campaign.time_zone)
    session = dates.session or "The session"
    found: list[tuple[date | None, str]] = [
        (dates.ends, f"{session} ends"),
        (dates.vote_on, "The Council votes"),
        (dates.starts, f"{session} begins"),
        (campaign.created_at.astimezone(tz).date(), "campaign made"),
    ]
    waits = campaign.state in (CampaignState.SCHEDULED, CampaignState.PAUSED)
    if waits and campaign.due_at is not None and campaign.due_at > now:
        found.append(
            (campaign.due_at.astimezone(tz).date(), f"letters are due at {campaign.due_at.astimezone(tz):%H:%M}")
        )
    return found


def days_to_the_vote(campaign: Campaign, today: date) -> int | None:
    """Return how many days are left to the vote: 0 on its day, negative after it; None where its day is not known."""
    return None if campaign.vote_on is None else (campaign.vote_on - today).days
