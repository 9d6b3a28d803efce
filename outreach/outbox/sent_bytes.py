"""The bytes of a letter as they went out: the one place that builds them again for a copy.

The Date line and the frozen bytes, with the signature that Outreach adds (dkim_key) in front. That is made out at the
moment of the Date, so that it comes out the same again, as long as the key is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from outreach import clock
from outreach.letters.faces.mime_writer import dated
from outreach.models import Campaign, Frozen, Message
from outreach.outbox.dkim_signing import Signer


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that went out."""

    id: int
    message_id: str
    """The Message-ID header, with its angle brackets."""
    sent_at: datetime
    wire: bytes
    smtputf8: bool


def sent_bytes(session: Session, numbers: Sequence[int], signer: Signer | None) -> list[SentLetter]:
    """Return letters, given by their numbers, with the bytes that were handed over, in the order of sending.

    `signer` is the one that signed them; None where the mail server does that.
    """
    query = (
        select(Message, Frozen.raw, Campaign.time_zone)
        .join(Frozen, col(Frozen.message_id) == col(Message.id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(col(Message.id).in_(numbers), col(Message.sent_at).is_not(None))
        .order_by(col(Message.sent_at), col(Message.id))
    )
    return [
        SentLetter(
            letter.id or 0,
            letter.message_id,
            _sent_at(letter),
            _wire(raw, _date(letter), clock.zone(time_zone), signer),
            letter.smtputf8,
        )
        for letter, raw, time_zone in session.exec(query)
    ]


def _wire(raw: bytes, date: datetime, tz: ZoneInfo, signer: Signer | None) -> bytes:
    wire = dated(raw, date, tz)
    return wire if signer is None else signer.sign(wire, date)


def _date(letter: Message) -> datetime:
    """The moment of its Date header."""
    return letter.dated_at or _sent_at(letter)


def _sent_at(letter: Message) -> datetime:
    assert letter.sent_at is not None
    return letter.sent_at
