"""The words that the missions wrote: each answer of a campaign, by mission and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy
from sqlalchemy import and_
from sqlmodel import Session, col

from outreach.models import Campaign, Message, Mission, Reply, Response
from outreach.vocabulary import MailKind, Position


@dataclass(frozen=True, slots=True)
class AnswerText:
    """One mail that a mission, or its machine, wrote in answer to a letter."""

    iso3: str
    mission: str
    received_at: datetime
    """In UTC."""
    kind: MailKind
    """`reply` or `auto-reply`."""
    sender: str
    subject: str
    body: str
    """What the person wrote, without quotes and signature."""
    position: Position
    """Where the mission stands now."""


def answers(session: Session, campaign: Campaign) -> Iterator[AnswerText]:
    """Yield each answer to a letter of a campaign, by mission and time. Read while the session is open."""
    columns: tuple[Any, ...] = (
        Message.iso3, Mission.short_name, Reply.received_at, Reply.kind, Reply.sender, Reply.subject, Reply.body,
        Response.position,
    )  # fmt: skip
    query = (
        sqlalchemy.select(*columns)
        .select_from(Reply)
        .join(Message, col(Message.id) == col(Reply.message_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .outerjoin(
            Response,
            and_(col(Response.campaign_id) == col(Message.campaign_id), col(Response.iso3) == col(Message.iso3)),
        )
        .where(
            col(Message.campaign_id) == campaign.id,
            col(Reply.kind).in_([MailKind.REPLY, MailKind.AUTO_REPLY]),
        )
        .order_by(col(Message.iso3), col(Reply.received_at), col(Reply.id))
        .execution_options(yield_per=500)
    )
    for iso3, mission, at, kind, sender, subject, body, position in session.exec(cast("Any", query)):
        yield AnswerText(iso3, mission, at, kind, sender, subject, body, position or Position.UNKNOWN)
