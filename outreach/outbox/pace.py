"""Pace: at most so many letters, or recipients, in a minute, an hour or a day, counted in the database.

The count is of letters handed to a server, whoever handed them, so it holds over restarts and several workers. Mail
providers count recipients: of those, whoever was taken counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, literal_column, select
from sqlmodel import col

from outreach.models import Attempt, Delivery, DeliveryEvent, Message
from outreach.vocabulary import EventKind, MessageState

# A constant and no parameter: the index of what was lately done holds only some kinds.
_SENDING: ColumnElement[str] = literal_column(f"'{EventKind.SENDING}'")
_ON_ITS_WAY = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.SENDING)
_SPANS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many letters, or recipients of letters, in any span of that length."""

    letters: int
    span: timedelta
    of_recipients: bool = False

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read a rate such as `30/minute` or `500 recipients/day` (checked by the settings)."""
        count, _, span = text.partition("/")
        number, _, what = count.partition(" ")
        return cls(int(number), _SPANS[span], bool(what))


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many letters may be taken up now; if none, when the next one may."""

    letters: int
    next_at: datetime | None = None
    recipients: int | None = None
    """How many recipients they may have together; None where that is not bounded."""
    room_at: datetime | None = None
    """When there is room for more recipients."""


def allowance(connection: Connection, rates: Iterable[Rate], now: datetime, wanted: int) -> Allowance:
    """Return how many of the `wanted` letters the rates allow at this moment."""
    letters, next_at = wanted, None
    rates = list(rates)
    if not rates:
        return Allowance(letters)
    recipients, opens_at = _recipients(connection, [rate for rate in rates if rate.of_recipients], now)
    if recipients == 0:
        letters, next_at = 0, opens_at
    in_hand = connection.execute(
        select(func.count(col(Message.id))).where(
            col(Message.owner).is_not(None), col(Message.state) != MessageState.SENDING
        )
    ).scalar_one()
    for rate in rates:
        if rate.of_recipients:
            continue
        window = (
            select(col(DeliveryEvent.at))
            .where(col(DeliveryEvent.kind) == _SENDING, col(DeliveryEvent.at) > now - rate.span)
            .order_by(col(DeliveryEvent.at).desc())
            .limit(rate.letters)
        )
        recent = connection.scalars(window).all()
        free = max(0, rate.letters - len(recent) - in_hand)
        if free < letters:
            letters = free
        if free == 0 and len(recent) == rate.letters:
            opens = recent[-1] + rate.span
            next_at = opens if next_at is None else max(next_at, opens)
    return Allowance(letters, next_at if letters == 0 else None, recipients, opens_at)


def _recipients(connection: Connection, rates: list[Rate], now: datetime) -> tuple[int | None, datetime | None]:
    """How many recipients the rates allow at this moment, and when there is room for more; None without a rate."""
    free: int | None = None
    next_at: datetime | None = None
    if rates:
        on_their_way = connection.execute(
            select(func.count(col(Delivery.id)))
            .join(Message, col(Message.id) == col(Delivery.message_id))
            .where(col(Message.owner).is_not(None), col(Delivery.state).in_(_ON_ITS_WAY))
        ).scalar_one()
    for rate in rates:
        recent = connection.scalars(
            select(col(Attempt.ended_at))
            .where(col(Attempt.outcome) == MessageState.SENT, col(Attempt.ended_at) > now - rate.span)
            .order_by(col(Attempt.ended_at).desc())
            .limit(rate.letters)
        ).all()
        left = max(0, rate.letters - len(recent) - on_their_way)
        free = left if free is None else min(free, left)
        if recent:
            opens = recent[-1] + rate.span
            next_at = opens if next_at is None else max(next_at, opens)
    return free, next_at
