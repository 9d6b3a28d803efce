"""How many letters of a campaign came to an end with the mail server, and how many of them in failure."""

from sqlalchemy import Connection, func, or_, select
from sqlmodel import col

from outreach.models import Campaign, Message
from outreach.vocabulary import CampaignState, DeliveryStatus, MessageState


def count_failures(connection: Connection, campaign: int | None = None) -> dict[int, tuple[int, int]]:
    """Return, by campaign, the letters that were taken or refused for good, and those refused or bounced.

    Of one campaign, or of all that are being sent.
    """
    failed = or_(col(Message.state) == MessageState.FAILED, col(Message.delivery) == DeliveryStatus.BOUNCED)
    chosen = col(Campaign.state) == CampaignState.SCHEDULED if campaign is None else col(Campaign.id) == campaign
    query = (
        select(col(Message.campaign_id), func.count(col(Message.id)), func.count(col(Message.id)).filter(failed))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            chosen,
            col(Message.replaced_at).is_(None),
            col(Message.state).in_((MessageState.SENT, MessageState.FAILED)),
        )
        .group_by(col(Message.campaign_id))
    )
    return {number: (tried, bad) for number, tried, bad in connection.execute(query)}
