"""The dates that a campaign works towards: the session that its letter is about, and the day of the vote."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import Engine

from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import writing
from outreach.errors import ConflictError, UserError
from outreach.models import Campaign
from outreach.people import audit
from outreach.sentences import saying
from outreach.text import one_line
from outreach.vocabulary import Act

_LONGEST_NAME = 60

SESSIONS: Mapping[str, tuple[date, date]] = MappingProxyType({"HRC55": (date(2024, 2, 26), date(2024, 4, 5))})
"""First and last day of sessions of the Human Rights Council, as its secretariat published them."""


@dataclass(frozen=True, slots=True)
class Dates:
    """The session and the vote of a campaign, as far as they are known."""

    session: str = ""
    starts: date | None = None
    ends: date | None = None
    vote_on: date | None = None

    @property
    def version(self) -> str:
        """What tells whether they were changed since they were seen."""
        return "|".join(str(part or "") for part in (self.session, self.starts, self.ends, self.vote_on))


def dates_of(campaign: Campaign) -> Dates:
    """Return a campaign's dates."""
    return Dates(campaign.session_name, campaign.session_starts, campaign.session_ends, campaign.vote_on)


def completed(dates: Dates) -> Dates:
    """Return the dates with the days of the session where only its name is given, and it is known.

    Raises UserError for days that can't be right together.
    """
    session = one_line(dates.session)[:_LONGEST_NAME]
    known = SESSIONS.get("".join(session.upper().split()))
    starts, ends = dates.starts, dates.ends
    if known is not None and starts is None and ends is None:
        starts, ends = known
    if starts is not None and ends is not None and ends < starts:
        raise UserError(
            "dates.end-before-start",
            "The session ends on {ends}, before it starts on {starts}.",
            ends=ends,
            starts=starts,
            remedy="Correct one of the days.",
        )
    vote = dates.vote_on
    if vote is not None and ((starts is not None and vote < starts) or (ends is not None and vote > ends)):
        raise UserError(
            "dates.vote-outside",
            "The vote on {vote} is not within the session, {starts} to {ends}.",
            vote=vote,
            starts=starts or saying("dates.its-start", "its start"),
            ends=ends or saying("dates.its-end", "its end"),
            remedy="Correct one of the days.",
        )
    return Dates(session, starts, ends, vote)


def set_dates(engine: Engine, name: str, dates: Dates, *, by: Actor, seen: str | None = None) -> Dates:
    """Set the session and the vote of a campaign; `seen` is the version of those that the person looked at.

    Raises UserError for days that can't be right together, ConflictError where somebody has changed them meanwhile.
    """
    wanted = completed(dates)
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        if seen is not None and seen != dates_of(campaign).version:
            raise ConflictError(
                "dates.changed",
                "Somebody has changed the session's dates meanwhile. Nothing was overwritten.",
                remedy="Look at them as they are now.",
            )
        campaign.session_name, campaign.session_starts = wanted.session, wanted.starts
        campaign.session_ends, campaign.vote_on = wanted.ends, wanted.vote_on
        session.add(campaign)
        told = [f"vote on {wanted.vote_on}"] if wanted.vote_on else []
        days = [f"{wanted.starts or '?'} to {wanted.ends or '?'}"] if wanted.starts or wanted.ends else []
        detail = ", ".join(filter(None, (wanted.session, *days, *told))) or "none"
        audit.record(session, by, Act.CAMPAIGN_DATES, campaign=name, detail=detail)
    return wanted
