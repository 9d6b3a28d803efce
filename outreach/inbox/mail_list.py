"""What came in, as a list to read, without the raw mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy
from sqlmodel import Session, col, func, select

from outreach.errors import NotFoundError
from outreach.models import Attachment, Campaign, MailDecision, Message, Mission, Reply, Suggestion
from outreach.vocabulary import Confidence, MailKind

SHOWS = {
    "answers": "answers",
    "settle": "to decide",
    "decided": "decided",
    "automatic": "automatic",
    "reports": "delivery reports",
    "all": "all",
}
"""The lists that there are, each with its name for people."""
_KINDS = {
    "answers": (MailKind.REPLY,),
    "automatic": (MailKind.AUTO_REPLY,),
    "reports": (MailKind.BOUNCE, MailKind.DELAYED, MailKind.DELIVERED, MailKind.COMPLAINT),
}

_BEGINNING = 220


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail of a list. `iso3`, `mission` and `campaign` are None where it belongs to no letter."""

    id: int
    kind: MailKind
    sender: str
    subject: str
    beginning: str
    """The first of its words."""
    received_at: datetime
    confidence: Confidence
    iso3: str | None
    mission: str | None
    campaign: str | None
    campaign_id: int | None


def incoming(
    session: Session, show: str = "answers", *, before: int | None = None, iso3: str = "", most: int = 50
) -> list[Incoming]:
    """Return the mails of a list, the last that was taken in first; `before` a mail's number, to leaf back.

    With `iso3`, only those that belong to a letter to that mission.

    Raises NotFoundError for a list that there is not.
    """
    if show not in SHOWS:
        raise NotFoundError(
            "inbox.no-list",
            "There is no list {show!r}.",
            show=show,
            shows=", ".join(SHOWS),
            remedy="There are: {shows}.",
        )
    query = _query().limit(most)
    if before is not None:
        query = query.where(col(Reply.id) < before)
    if iso3:
        # By way of its letters' numbers, whose index is short, and not through every mail there is.
        query = query.where(col(Reply.message_id).in_(select(Message.id).where(Message.iso3 == iso3)))
    if show == "settle":
        query = query.where(*to_settle())
    elif show == "decided":
        query = query.where(
            col(Reply.id).in_(select(MailDecision.reply_id).where(col(MailDecision.undone_at).is_(None)))
        )
        query = query.where(~sqlalchemy.and_(*to_settle()))
    elif show in _KINDS:
        query = query.where(col(Reply.kind).in_(_KINDS[show]))
    return [Incoming(*row) for row in session.exec(cast("Any", query))]


def listing(session: Session, numbers: Sequence[int]) -> list[Incoming]:
    """Return these mails as a list shows them, the last that was taken in first."""
    query = _query().where(col(Reply.id).in_(numbers))
    return [Incoming(*row) for row in session.exec(cast("Any", query))]


def _query() -> Any:
    columns: tuple[Any, ...] = (
        Reply.id, Reply.kind, Reply.sender, Reply.subject, func.substr(Reply.body, 1, _BEGINNING),
        Reply.received_at, Reply.confidence, Message.iso3,
        Mission.short_name, Campaign.name, Campaign.id,
    )  # fmt: skip
    return (
        sqlalchemy.select(*columns)
        .select_from(Reply)
        .outerjoin(Message, col(Message.id) == col(Reply.message_id))
        .outerjoin(Mission, col(Mission.iso3) == col(Message.iso3))
        .outerjoin(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .order_by(col(Reply.id).desc())
    )


def to_settle() -> tuple[Any, ...]:
    """Return the conditions of a mail that waits for a person: it belongs to no letter, or it proposes something."""
    return (col(Reply.id).in_(numbers_to_settle()),)


def numbers_to_settle() -> Any:
    """Select the numbers of those mails. No mail is opened for it; one of our own proposes nothing (`ingest.py`)."""
    nobodys = select(Reply.id).where(
        col(Reply.message_id).is_(None), col(Reply.settled_at).is_(None), col(Reply.ours).is_(False)
    )
    return sqlalchemy.union(nobodys, select(Suggestion.reply_id).where(col(Suggestion.accepted).is_(None)))


def next_to_settle(session: Session, after: int) -> int | None:
    """Return the number of the next mail that waits for a person, the oldest first, leaving one out; or None."""
    query = select(Reply.id).where(*to_settle(), col(Reply.id) != after).order_by(col(Reply.id))
    return session.exec(query).first()


def mail_numbered(session: Session, number: int) -> Reply:
    """Return a mail; raises NotFoundError."""
    reply = session.get(Reply, number)
    if reply is None:
        raise NotFoundError("mail.number-not-there", "There is no mail with the number {number}.", number=number)
    return reply


def attachments_of(session: Session, reply: Reply) -> list[Attachment]:
    """Return what is told of the files that came with a mail."""
    return list(session.exec(select(Attachment).where(Attachment.reply_id == reply.id).order_by(col(Attachment.id))))


def suggestions_of(session: Session, reply: Reply) -> list[Suggestion]:
    """Return what a mail proposes, decided or not."""
    return list(session.exec(select(Suggestion).where(Suggestion.reply_id == reply.id).order_by(col(Suggestion.id))))
