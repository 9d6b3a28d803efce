"""What a report is made from: one campaign, seen at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from outreach import clock
from outreach.campaigns.plan import get_campaign
from outreach.database import reading
from outreach.models import Campaign
from outreach.reports.answer_texts import AnswerText, answers
from outreach.reports.log import Event, events
from outreach.reports.status import CampaignStatus, status
from outreach.reports.table import MissionRow, rows


@dataclass(frozen=True, slots=True)
class Source:
    """A campaign as it stands at one moment. `log` is read as it is used, while the block of `opened` lasts."""

    campaign: Campaign
    status: CampaignStatus
    missions: list[MissionRow]
    answers: Iterator[AnswerText]
    """Like `log`, read as it is used."""
    log: Iterator[Event]
    made_at: datetime
    """In UTC."""

    @property
    def tz(self) -> ZoneInfo:
        """The campaign's zone, in which a report shows its times."""
        return clock.zone(self.campaign.time_zone)


@contextmanager
def opened(engine: Engine, campaign_name: str, made_at: datetime | None = None) -> Iterator[Source]:
    """Read a campaign for a report; raises NotFoundError."""
    made_at = made_at or clock.now()
    with reading(engine) as session:
        campaign = get_campaign(session, campaign_name)
        yield Source(
            campaign=campaign,
            status=status(session, campaign),
            missions=rows(session, campaign, now=made_at),
            answers=answers(session, campaign),
            log=events(session, campaign),
            made_at=made_at,
        )
