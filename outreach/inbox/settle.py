"""Mail that waits for a person: which there is, and what the person decides, remembered for the sender's address."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.inbox.classify import classify
from outreach.inbox.effects import apply
from outreach.inbox.ingest import Record
from outreach.inbox.known import letter_of
from outreach.inbox.taken import Taken
from outreach.models import (
    Attachment,
    Campaign,
    Confidence,
    KnownSender,
    MailKind,
    Message,
    Mission,
    Reply,
)
from outreach.text import address_key, one_line

NONE = "none"
"""What a person says of a mail that belongs to no letter."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that was taken in, as it is listed."""

    id: int
    received_at: datetime
    kind: MailKind
    sender: str
    subject: str
    confidence: Confidence
    basis: str
    iso3: str
    """The mission whose letter it belongs to; empty where none is known."""
    candidates: tuple[str, ...]
    """The missions that it may belong to."""
    returns_on: str
    attachments: tuple[str, ...]
    text: str


def mails(engine: Engine, *, waiting: bool = True) -> list[Mail]:
    """Return the mails that wait for a person's word, or all but our own, the oldest first."""
    with reading(engine) as session:
        query = (
            select(Reply, Message.iso3)
            .join(Message, col(Message.id) == col(Reply.message_id), isouter=True)
            .where(col(Reply.ours).is_(False))
            .order_by(col(Reply.received_at), col(Reply.id))
        )
        if waiting:
            query = query.where(col(Reply.message_id).is_(None), col(Reply.settled_at).is_(None))
        rows = session.exec(query).all()
        files = _files(session)
        return [_listed(reply, iso3 or "", files.get(reply.id or 0, ())) for reply, iso3 in rows]


def _files(session: Session) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for one in session.exec(select(Attachment).order_by(col(Attachment.id))).all():
        shown = f"{one.name} ({one.media_type}, {one.size} bytes, SHA-256 {one.sha256})"
        found[one.reply_id] = (*found.get(one.reply_id, ()), shown)
    return found


def _listed(reply: Reply, iso3: str, files: tuple[str, ...]) -> Mail:
    assert reply.id is not None
    return Mail(
        id=reply.id,
        received_at=reply.received_at,
        kind=reply.kind,
        sender=reply.sender,
        subject=reply.subject,
        confidence=reply.confidence,
        basis=reply.basis,
        iso3=iso3,
        candidates=tuple(dict.fromkeys(str(one["iso3"]) for one in reply.candidates)),
        returns_on=reply.returns_on.isoformat() if reply.returns_on else "",
        attachments=files,
        text=reply.body,
    )


def settle(engine: Engine, number: int, where: str, *, campaign: str | None = None, by: str, record: Record) -> Reply:
    """Put a mail down to the letter of a mission, as a person says, or to none; remember it for the sender's address.

    From then on mail from that address belongs to that mission; `none` is not remembered. Where the mission has
    letters in several campaigns, the campaign is named, else the latest letter is meant.
    Raises NotFoundError for a number, a mission or a campaign that is not, UserError for a mail that is settled.
    """
    who = one_line(by)
    if not who:
        raise UserError("Nobody is named who decides.", cure="Say who you are.")
    with writing(engine) as session:
        reply = session.get(Reply, number)
        if reply is None:
            raise NotFoundError(f"There is no mail {number}.", cure="See outreach inbox list --all.")
        if reply.message_id is not None or reply.ours:
            raise UserError(
                f"Mail {number} is known to belong to a letter: {reply.basis}.", cure="Nothing is to be done."
            )
        if where.strip().lower() == NONE:
            reply.settled_at, reply.settled_by = clock.now(), who
            reply.basis = f"{who} says that it belongs to no letter"
            session.add(reply)
            return reply
        message = _letter(session, where.strip().upper(), campaign)
        _belongs(session, reply, message, who, record)
        return reply


def _letter(session: Session, iso3: str, campaign: str | None) -> Message:
    if session.get(Mission, iso3) is None:
        raise NotFoundError(f"There is no mission {iso3!r}.", cure="Give its ISO3 code, or none.")
    query = (
        select(Message)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.iso3 == iso3, col(Message.replaced_at).is_(None))
        .order_by(col(Message.id).desc())
    )
    if campaign is not None:
        query = query.where(Campaign.name == campaign)
    found = session.exec(query).first()
    if found is None:
        named = f" in the campaign {campaign!r}" if campaign else ""
        raise NotFoundError(f"{iso3} has no letter{named}.", cure="Name the campaign that wrote to it.")
    return found


def _belongs(session: Session, reply: Reply, message: Message, who: str, record: Record) -> None:
    reply.message_id = message.id
    reply.confidence = Confidence.CERTAIN
    reply.basis = f"{who} has put it down to {message.iso3}"
    reply.settled_at, reply.settled_by = clock.now(), who
    session.add(reply)
    session.flush()
    assert reply.id is not None
    finding = replace(classify(reply.raw), kind=reply.kind)  # what it is was decided when it came in
    mail = Taken(reply.id, reply.source, reply.received_at, reply.ingested_at, finding, letter_of(message), reply.basis)
    apply(session, [mail])
    record(session, [mail])
    if reply.kind in (MailKind.REPLY, MailKind.AUTO_REPLY) and reply.sender:
        _remember(session, reply.sender, message.iso3, who)


def _remember(session: Session, address: str, iso3: str, who: str) -> None:
    key = address_key(address)
    known: Any = session.exec(select(KnownSender).where(KnownSender.address_key == key)).first()
    if known is None:
        known = KnownSender(address=address, address_key=key, iso3=iso3, at=clock.now(), who=who)
    known.iso3, known.at, known.who = iso3, clock.now(), who
    session.add(known)
