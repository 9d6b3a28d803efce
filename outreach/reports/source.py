"""What a report is made from: one campaign, seen at one moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from outreach import clock
from outreach.campaigns.plan import get_campaign
from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.database import reading
from outreach.missions.past import PastTally, is_known, tallies
from outreach.models import Campaign
from outreach.reports.answer_texts import AnswerText, answers
from outreach.reports.council import Seat, seats
from outreach.reports.log import Event, events
from outreach.reports.moved import Moved, as_told, last_handed_out, moved_since
from outreach.reports.standing.phase import stage_of
from outreach.reports.status import CampaignStatus, status
from outreach.reports.table import MissionRow, rows
from outreach.vocabulary import Edition


@dataclass(frozen=True, slots=True)
class Source:
    """A campaign as it stands at one moment. `log` is read as it is used, while the block of `opened` lasts."""

    campaign: Campaign
    status: CampaignStatus
    stage: str
    """How far it has come, in one word, as every door says it."""
    missions: list[MissionRow]
    answers: Iterator[AnswerText]
    """Like `log`, read as it is used."""
    log: Iterator[Event]
    made_at: datetime
    """In UTC."""
    edition: Edition
    """For whom the report is made."""
    seats: list[Seat]
    """The Council's, with the rows of the missions that sit there."""
    since: datetime | None = None
    """The moment since which is told what moved, in UTC; None where no earlier report of the edition was made."""
    moved: Sequence[Moved] = ()
    """What moved since, as far as the edition's reader is told of it."""
    past: Sequence[PastTally] = ()
    """How the states voted in past years, on what `theme` has; the past, and no position."""
    theme: str = ""
    say: Tongue = ENGLISH_TONGUE
    """The language that the report is written in."""

    @property
    def tz(self) -> ZoneInfo:
        """The campaign's zone, in which a report shows its times."""
        return clock.zone(self.campaign.time_zone)


@contextmanager
def opened(
    engine: Engine,
    campaign_name: str,
    made_at: datetime | None = None,
    say: Tongue = ENGLISH_TONGUE,
    *,
    edition: Edition = Edition.TEAM,
    since: datetime | None = None,
    theme: str = "",
) -> Iterator[Source]:
    """Read a campaign for a report in a language; raises NotFoundError.

    `theme` narrows what is told of votes in past years; by default the campaign's subject does. What moved is told
    since `since` (UTC), by default since the report of the edition that was handed out before.
    """
    made_at = made_at or clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, campaign_name)
        since = since or last_handed_out(session, campaign, edition, made_at, clock.zone(campaign.time_zone))
        moved = moved_since(session, campaign, since, made_at, say) if since else []
        missions = rows(session, campaign, now=made_at, say=say)
        theme = theme or campaign.past_subject
        named = [(one.iso3, one.mission) for one in missions]
        yield Source(
            campaign=campaign,
            status=(numbers := status(session, campaign)),
            stage=stage_of(session, campaign, numbers, live=False),
            missions=missions,
            answers=answers(session, campaign, say),
            log=events(session, campaign, say),
            made_at=made_at,
            edition=edition,
            seats=seats(session, campaign, missions),
            since=since,
            past=tallies(session, named, theme) if is_known(session) else (),
            theme=theme,
            moved=as_told(moved, edition),
            say=say,
        )
