"""Everything that happened in a campaign, by time: what became of its letters, and every change of an answer."""

import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlmodel import Session, col

from outreach import clock
from outreach.actors import described
from outreach.catalogues import ENGLISH_TONGUE, Tongue, Word
from outreach.missions.names import state_name
from outreach.models import Campaign, DeliveryEvent, Message, Mission, Response, ResponseChange
from outreach.vocabulary import Answer, Position, Vote

_BATCH = 1000
_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)")
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
_LISTS: Mapping[str, type[StrEnum]] = MappingProxyType({"answer": Answer, "position": Position, "vote": Vote})
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


def events(session: Session, campaign: Campaign, say: Tongue = ENGLISH_TONGUE) -> Iterator[Event]:
    """Yield all that happened in a campaign, by time. Read while the session is open.

    Letters that a later approval replaced are part of the story and stay in it.
    """
    return heapq.merge(_of_letters(session, campaign, say), _of_responses(session, campaign, say), key=attrgetter("at"))


def _of_letters(session: Session, campaign: Campaign, say: Tongue) -> Iterator[Event]:
    zone = clock.zone(campaign.time_zone)
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
        said = told(detail, zone) if detail[:2] == "20" else detail
        name = state_name(iso3, mission, say)
        yield Event(at, iso3, name, kind, recipient, code, said, described(known_by, at_large(who, say), say=say))


def _of_responses(session: Session, campaign: Campaign, say: Tongue) -> Iterator[Event]:
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
        change = f"{_value(field, old, say)} → {_value(field, new, say)}"
        words = say("{change}: {note}", change=change, note=note) if note else change
        name = state_name(iso3, mission, say)
        yield Event(at, iso3, name, Word("field", field), "", "", words, described(known_by, who, say=say))


def _value(field: str, value: str, say: Tongue) -> str:
    """Return what a change of a response says: words of closed lists in the reader's language, others as typed."""
    if not value:
        return say("empty")
    words = _LISTS.get(field)
    try:
        return say.word(words(value)) if words else value
    except ValueError:
        return value


def named(who: str) -> str:
    """Return who did something as a person reads it: a worker signs with machine, process, start and a random part."""
    machine, *rest = who.split("/")
    return f"worker {rest[0]} on {machine}" if _is_worker(rest) else who


def at_large(who: str, say: Tongue = ENGLISH_TONGUE) -> str:
    """Return who did something as a reader outside of the team is told: which process of which machine is no matter."""
    return say("Outreach, sending") if _is_worker(who.split("/")[1:]) else who


def _is_worker(rest: list[str]) -> bool:
    return len(rest) == 3 and rest[0].isdigit()


def told(detail: str, zone: ZoneInfo) -> str:
    """Return what is told of an event with its moments as they are read in a campaign's zone."""

    def shown(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(match[0])
        return clock.shown(moment, zone) if moment.tzinfo is not None else match[0]

    return _MOMENT.sub(shown, detail)
