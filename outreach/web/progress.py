"""Whether a campaign's letters are still on their way, and who looks after them, as its pages tell it."""

from sqlmodel import Session

from outreach import clock
from outreach.catalogues import Tongue
from outreach.models import Campaign
from outreach.outbox.attendance import Attendance, Waiting, attendance
from outreach.reports.standing.next_steps import put_off_stop
from outreach.reports.standing.put_off import put_off
from outreach.reports.status import CampaignStatus
from outreach.vocabulary import CampaignState, MessageState
from outreach.web.desk import Desk
from outreach.wording import stop_in_words

_UNSETTLED = (MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED)


def settled(campaign: Campaign, counts: CampaignStatus) -> bool:
    """Tell whether nothing of a campaign moves any more."""
    return campaign.state is not CampaignState.SCHEDULED or not any(counts.messages.get(one) for one in _UNSETTLED)


def put_off_told(session: Session, campaign: Campaign, say: Tongue) -> str:
    """Say what the mail server says of nearly every letter that it puts off, with the cure; empty where it does not."""
    delayed = put_off_stop(campaign, put_off(session, [campaign.id]).get(campaign.id or 0))
    return stop_in_words(delayed, clock.zone(campaign.time_zone), 0, say) if delayed is not None else ""


def attended(desk: Desk, campaign: Campaign, letters: Waiting | None) -> Attendance | None:
    """Judge it for this moment, from what was read of its letters; None where it has none to go."""
    if letters is None or (letters.first_at is None and not letters.in_hand):
        return None
    here = desk.sender().looked_at if desk.sender is not None else None
    return attendance(campaign, letters, clock.now(), here=here)
