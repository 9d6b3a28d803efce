"""How many letters of a campaign came to an end with the mail server, and how many of them in failure."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select
from sqlmodel import col

from outreach.models import Attempt, Campaign, Delivery, Message
from outreach.vocabulary import CampaignState, DeliveryStatus, MessageState


class Failures(NamedTuple):
    """What came of the letters of a campaign."""

    tried: int
    """How many were taken or refused for good."""
    failed: int
    """How many were refused, or came back, or were refused at one of their addresses."""
    partly: int
    """How many of those that were taken were refused at one of their addresses."""


def refused_beside_others() -> ColumnElement[bool]:
    """Whether a letter was taken for some of its addresses, and refused for good at another: what SQL asks of it.

    Whom it was not to go to in the first place (opted out, bounced before) was refused by nobody.
    """
    tried = select(col(Attempt.id)).where(
        col(Attempt.message_id) == col(Delivery.message_id),
        col(Attempt.delivery_id) == col(Delivery.id),
        col(Attempt.outcome) == MessageState.FAILED,
    )
    refused = select(col(Delivery.id)).where(
        col(Delivery.message_id) == col(Message.id), col(Delivery.state) == MessageState.FAILED, tried.exists()
    )
    return and_(col(Message.state) == MessageState.SENT, refused.correlate(Message).exists())


def count_failures(connection: Connection, campaign: int | None = None) -> dict[int, Failures]:
    """Return, by campaign, what came of its letters: of one campaign, or of all that are being sent."""
    partly = refused_beside_others()
    failed = or_(col(Message.state) == MessageState.FAILED, col(Message.delivery) == DeliveryStatus.BOUNCED, partly)
    chosen = col(Campaign.state) == CampaignState.SCHEDULED if campaign is None else col(Campaign.id) == campaign
    number = func.count(col(Message.id))
    query = (
        select(col(Message.campaign_id), number, number.filter(failed), number.filter(partly))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            chosen,
            col(Message.replaced_at).is_(None),
            col(Message.state).in_((MessageState.SENT, MessageState.FAILED)),
        )
        .group_by(col(Message.campaign_id))
    )
    return {number: Failures(*counts) for number, *counts in connection.execute(query)}
