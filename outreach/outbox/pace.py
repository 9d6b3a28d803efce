"""Pace: at most so many letters in a minute, an hour or a day, counted in the database.

The count is of letters handed to a server, whoever handed them, so it holds over restarts and several workers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, literal_column, select
from sqlmodel import col

from outreach.models import DeliveryEvent, Message
from outreach.vocabulary import EventKind, MessageState

# A constant and no parameter: the index of what was lately done holds only some kinds.
_SENDING: ColumnElement[str] = literal_column(f"'{EventKind.SENDING}'")
_SPANS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `letters` in any span of that length."""

    letters: int
    span: timedelta

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read a rate such as `30/minute` or `500/day` (checked by the settings)."""
        letters, _, span = text.partition("/")
        return cls(int(letters), _SPANS[span])


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many letters may be taken up now; if none, when the next one may."""

    letters: int
    next_at: datetime | None = None


def allowance(connection: Connection, rates: Iterable[Rate], now: datetime, wanted: int) -> Allowance:
    """Return how many of the `wanted` letters the rates allow at this moment."""
    letters, next_at = wanted, None
    rates = list(rates)
    if not rates:
        return Allowance(letters)
    in_hand = connection.execute(
        select(func.count(col(Message.id))).where(
            col(Message.owner).is_not(None), col(Message.state) != MessageState.SENDING
        )
    ).scalar_one()
    for rate in rates:
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
    return Allowance(letters, next_at if letters == 0 else None)
