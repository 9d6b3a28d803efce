"""How a campaign comes to stand still, and goes on: its state, the words, what stopped it and since when, together."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from outreach import clock
from outreach.campaigns.failures import count_failures
from outreach.models import Campaign
from outreach.vocabulary import CampaignState, Stop


def stopped(state: CampaignState, stop: Stop, words: str, at: datetime) -> dict[str, Any]:
    """Return the columns of a campaign that stops at a moment (UTC), for a statement that writes them."""
    return {"state": state, "stop": stop, "reason": words, "stopped_at": at}


def bring_to_a_stop(campaign: Campaign, state: CampaignState, stop: Stop, words: str) -> None:
    """Let a campaign stand still from now on, and count that as a change of it."""
    for column, value in stopped(state, stop, words, clock.now()).items():
        setattr(campaign, column, value)
    campaign.version += 1


def clear(campaign: Campaign, state: CampaignState, words: str = "") -> None:
    """Bring a campaign into a state in which nothing stops it, and count that as a change of it."""
    campaign.state, campaign.reason, campaign.stop, campaign.stopped_at = state, words, None, None
    campaign.version += 1


def go_on(session: Session, campaign: Campaign, at: datetime) -> None:
    """Let a campaign be sent again from a moment (UTC) on; what failed until then counts against it no more."""
    assert campaign.id is not None
    found = count_failures(session.connection(), campaign.id).get(campaign.id)
    campaign.forgiven_tried, campaign.forgiven_failed = (found.tried, found.failed) if found is not None else (0, 0)
    clear(campaign, CampaignState.SCHEDULED)
    campaign.last_active_at = at
    session.add(campaign)
