"""The calendar of a campaign: what happened to its letters day by day, among the dates of the session and the vote."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from outreach import clock
from outreach.campaigns.dates import dates_of
from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.models import Campaign
from outreach.reports.council import EventDay
from outreach.reports.table import MissionRow
from outreach.vocabulary import CampaignState, EventKind


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: what is or was on it, and what happened to letters, counted by kind of event."""

    day: date
    words: tuple[str, ...]
    counts: dict[EventKind, int]
    days_ahead: int
    """How many days it is from today; 0 for today and the past."""


def calendar(
    campaign: Campaign,
    days: Sequence[EventDay],
    now: datetime,
    rows: Iterable[MissionRow] = (),
    say: Tongue = ENGLISH_TONGUE,
) -> list[CalendarDay]:
    """Return a campaign's days, the latest first: those of the session, of its letters, and that it was made.

    With its `rows`, also those from which on missions want to be asked again.
    """
    today = now.astimezone(clock.zone(campaign.time_zone)).date()
    marks: dict[date, list[str]] = {}
    for day, words in _marks(campaign, now, say):
        if day is not None:
            marks.setdefault(day, []).append(words)
    for row in rows:
        if row.ask_again is not None:
            marks.setdefault(row.ask_again.on, []).append(say("{mission} asked to be asked again", mission=row.mission))
    counts = {one.day: one.counts for one in days}
    return [
        CalendarDay(day, tuple(marks.get(day, ())), counts.get(day, {}), max((day - today).days, 0))
        for day in sorted(marks.keys() | counts.keys(), reverse=True)
    ]


def _marks(campaign: Campaign, now: datetime, say: Tongue) -> list[tuple[date | None, str]]:
    dates, tz = dates_of(campaign), clock.zone(campaign.time_zone)
    session = dates.session or say("The session")
    found: list[tuple[date | None, str]] = [
        (dates.ends, say("{session} ends", session=session)),
        (dates.vote_on, say("The Council votes")),
        (dates.starts, say("{session} begins", session=session)),
        (campaign.created_at.astimezone(tz).date(), say("campaign made")),
    ]
    waits = campaign.state in (CampaignState.SCHEDULED, CampaignState.PAUSED)
    if waits and campaign.due_at is not None and campaign.due_at > now:
        local = campaign.due_at.astimezone(tz)
        found.append((local.date(), say("letters are due at {hour}", hour=say.hour(local))))
    return found


def days_to_the_vote(campaign: Campaign, today: date) -> int | None:
    """Return how many days are left to the vote: 0 on its day, negative after it; None where its day is not known."""
    return None if campaign.vote_on is None else (campaign.vote_on - today).days
