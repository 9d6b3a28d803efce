"""Whether a campaign's letters are still on their way, and who looks after them, as its pages tell it."""

from outreach import clock
from outreach.models import Campaign
from outreach.outbox.attendance import Attendance, Waiting, attendance
from outreach.reports.status import CampaignStatus
from outreach.vocabulary import CampaignState, MessageState
from outreach.web.desk import Desk

_UNSETTLED = (MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED)


def settled(campaign: Campaign, counts: CampaignStatus) -> bool:
    """Tell whether nothing of a campaign moves any more."""
    return campaign.state is not CampaignState.SCHEDULED or not any(counts.messages.get(one) for one in _UNSETTLED)


def attended(desk: Desk, campaign: Campaign, letters: Waiting | None) -> Attendance | None:
    """Judge it for this moment, from what was read of its letters; None where it has none to go."""
    if letters is None or (letters.first_at is None and not letters.in_hand):
        return None
    here = desk.sender().looked_at if desk.sender is not None else None
    return attendance(campaign, letters, clock.now(), here=here)
