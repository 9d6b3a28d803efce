"""How many letters of a campaign came to an end with the mail server, and how many of them in failure."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select
from sqlmodel import col

from outreach.models import Attempt, Campaign, Delivery, DeliveryEvent, Message
from outreach.vocabulary import CampaignState, DeliveryStatus, EventKind, MessageState


class Failures(NamedTuple):
    """What came of the letters of a campaign."""

    tried: int
    """How many were taken or refused for good."""
    failed: int
    """How many were refused, or came back for good, or did so at one of their addresses."""
    partly: int
    """How many of those that were taken were refused, or came back, at one of their addresses alone."""


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


def _came_back() -> ColumnElement[bool]:
    """Whether a report says for good of a letter that it did not arrive.

    A full box, or a server that gave up trying, says nothing of the address, and does not count.
    """
    reports = select(col(DeliveryEvent.id)).where(
        col(DeliveryEvent.message_id) == col(Message.id),
        col(DeliveryEvent.kind) == EventKind.BOUNCED,
        col(DeliveryEvent.permanent).is_(True),
    )
    return and_(col(Message.delivery) == DeliveryStatus.BOUNCED, reports.correlate(Message).exists())


def _has_arrived_elsewhere() -> ColumnElement[bool]:
    """Whether one of a letter's addresses has it, and nothing says that it came back from there."""
    others = select(col(Delivery.id)).where(
        col(Delivery.message_id) == col(Message.id),
        col(Delivery.state) == MessageState.SENT,
        or_(col(Delivery.status).is_(None), col(Delivery.status) != DeliveryStatus.BOUNCED),
    )
    return others.correlate(Message).exists()


def count_failures(connection: Connection, campaign: int | None = None) -> dict[int, Failures]:
    """Return, by campaign, what came of its letters: of one campaign, or of all that are being sent."""
    partly = or_(refused_beside_others(), and_(_came_back(), _has_arrived_elsewhere()))
    failed = or_(col(Message.state) == MessageState.FAILED, _came_back(), partly)
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
