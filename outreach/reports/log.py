"""Everything that happened in a campaign, by time: what became of its letters, and every change of an answer."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

import sqlalchemy
from sqlmodel import Session, col

from outreach.actors import described
from outreach.models import Campaign, DeliveryEvent, Message, Mission, Response, ResponseChange

_BATCH = 1000
_OF_LETTERS: tuple[Any, ...] = (
    DeliveryEvent.at,
    Message.iso3,
    Mission.short_name,
    DeliveryEvent.kind,
    DeliveryEvent.recipient,
    DeliveryEvent.status,
    DeliveryEvent.detail,
    DeliveryEvent.who,
    DeliveryEvent.actor_kind,
)
_OF_RESPONSES: tuple[Any, ...] = (
    ResponseChange.at,
    Response.iso3,
    Mission.short_name,
    ResponseChange.field,
    ResponseChange.old,
    ResponseChange.new,
    ResponseChange.note,
    ResponseChange.who,
    ResponseChange.actor_kind,
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    at: datetime
    """In UTC."""
    iso3: str
    mission: str
    what: str
    """A word of EventKind; for a change of the response, the field: answer, position, note."""
    recipient: str
    """The address that it is about; empty where it is about the whole letter."""
    status: str
    """The enhanced status code (RFC 3463), where one is known."""
    detail: str
    who: str


def events(session: Session, campaign: Campaign) -> Iterator[Event]:
    """Yield all that happened in a campaign, by time. Read while the session is open.

    Letters that a later approval replaced are part of the story and stay in it.
    """
    return heapq.merge(_of_letters(session, campaign), _of_responses(session, campaign), key=attrgetter("at"))


def _of_letters(session: Session, campaign: Campaign) -> Iterator[Event]:
    query = (
        sqlalchemy.select(*_OF_LETTERS)
        .select_from(DeliveryEvent)
        .join(Message, col(Message.id) == col(DeliveryEvent.message_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .where(col(Message.campaign_id) == campaign.id)
        .order_by(col(DeliveryEvent.at), col(DeliveryEvent.id))
        .execution_options(yield_per=_BATCH)
    )
    for at, iso3, mission, kind, recipient, code, detail, who, known_by in session.exec(cast("Any", query)):
        yield Event(at, iso3, mission, kind.value, recipient, code, detail, described(known_by, named(who)))


def _of_responses(session: Session, campaign: Campaign) -> Iterator[Event]:
    query = (
        sqlalchemy.select(*_OF_RESPONSES)
        .select_from(ResponseChange)
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .where(col(Response.campaign_id) == campaign.id)
        .order_by(col(ResponseChange.at), col(ResponseChange.id))
        .execution_options(yield_per=_BATCH)
    )
    for at, iso3, mission, field, old, new, note, who, known_by in session.exec(cast("Any", query)):
        change = f"{old or 'empty'} → {new or 'empty'}"
        yield Event(at, iso3, mission, field, "", "", f"{change}: {note}" if note else change, described(known_by, who))


def named(who: str) -> str:
    """Return who did something as a person reads it: a worker signs with machine, process, start and a random part."""
    machine, *rest = who.split("/")
    return f"worker {rest[0]} on {machine}" if len(rest) == 3 and rest[0].isdigit() else who
