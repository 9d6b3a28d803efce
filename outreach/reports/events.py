"""All that happens, as a public contract: one numbered event after another (docs/events.md).

An event is a fact of a letter, a change of where a mission stands, or an act. They lie in three tables, which are
written while letters go out and so bear no number in common. That is given when events are asked for, in one
transaction that nobody else writes meanwhile: then no event can come to light later that belongs before one which was
numbered already.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlmodel import Session, col, func

from outreach.actors import described
from outreach.database import FileWatch, reading, writing
from outreach.models import (
    Account,
    AuditEntry,
    Campaign,
    DeliveryEvent,
    EventNumber,
    Message,
    Response,
    ResponseChange,
)
from outreach.reports.log import named
from outreach.vocabulary import ActorKind, Door

BATCH = 500
_POLL_SECONDS = 1.0
_SOURCES: Mapping[str, type[DeliveryEvent] | type[ResponseChange] | type[AuditEntry]] = {
    "delivery_event_id": DeliveryEvent,
    "response_change_id": ResponseChange,
    "audit_entry_id": AuditEntry,
}

Event = dict[str, Any]
"""One event, as plain data: `id`, `at`, `kind`, `campaign`, `iso3`, `message`, `recipient`, `status`, `subject`,
`detail`, `actor`."""


def number_new(engine: Engine, most: int = BATCH) -> bool:
    """Give numbers to events that have none yet, the earliest first, to so many at once.

    Tell whether there were any; it may be another process that has given them theirs.
    """
    with reading(engine) as session:
        if not _any_unnumbered(session):
            return False
    with writing(engine) as session:
        # Of one table they stay in the order in which they were written: what was numbered last is the highest.
        waiting = [[(at, name, number) for number, at in _unnumbered(session, name, most)] for name in _SOURCES]
        rows = [
            {**dict.fromkeys(_SOURCES), name: number}
            for _, name, number in islice(merge(*waiting, key=itemgetter(0)), most)
        ]
        if rows:
            session.execute(insert(EventNumber), rows)
    return True


def _unnumbered(session: Session, name: str, most: int) -> Sequence[Any]:
    source: Any = _SOURCES[name]
    last = session.scalar(select(func.max(getattr(EventNumber, name)))) or 0
    return session.execute(select(source.id, source.at).where(source.id > last).order_by(source.id).limit(most)).all()


def _any_unnumbered(session: Session) -> bool:
    return any(_unnumbered(session, name, 1) for name in _SOURCES)


def last_number(engine: Engine) -> int:
    """Number all that has happened, and return the last number; 0 where nothing has."""
    while number_new(engine, 10 * BATCH):
        pass
    with reading(engine) as session:
        return session.scalar(select(func.max(EventNumber.id))) or 0


def events(engine: Engine, *, since: int = 0, most: int = BATCH) -> list[Event]:
    """Return the events after a number, in their order, at most so many."""
    while True:
        with reading(engine) as session:
            # In this order: what another process numbers meanwhile is found by the second look.
            all_numbered = not _any_unnumbered(session)
            numbers = _numbered(session, since, most)
        if all_numbered or len(numbers) == most:
            break
        number_new(engine)
    with reading(engine) as session:
        of_letters = _of_letters(session, [row[1] for row in numbers if row[1] is not None])
        of_responses = _of_responses(session, [row[2] for row in numbers if row[2] is not None])
        acts = _acts(session, [row[3] for row in numbers if row[3] is not None])
    found = []
    for number, letter, response, act in numbers:
        what = of_letters.get(letter) or of_responses.get(response) or acts.get(act)
        if what is not None:
            found.append({"id": number, **what})
    return found


def _numbered(session: Session, since: int, most: int) -> Sequence[Any]:
    query = select(col(EventNumber.id), *(getattr(EventNumber, name) for name in _SOURCES))
    return session.execute(query.where(col(EventNumber.id) > since).order_by(col(EventNumber.id)).limit(most)).all()


def anything_after(session: Session, since: int) -> bool:
    """Tell whether there is any event after a number, also one that has no number yet. Nothing is written for it."""
    return bool(_numbered(session, since, 1)) or _any_unnumbered(session)


def stream(
    engine: Engine,
    *,
    since: int = 0,
    follow: bool = False,
    wait: Callable[[float], bool | None] = lambda _seconds: True,
) -> Iterator[Event]:
    """Yield the events after a number; with `follow`, go on with those to come.

    `wait` sleeps so many seconds, and ends the stream where it returns true. Raises LostDatabaseFault where the
    database's file was deleted or replaced meanwhile.
    """
    watch = FileWatch(engine)
    while True:
        found = events(engine, since=since)
        yield from found
        if found:
            since = found[-1]["id"]
        elif not follow or wait(_POLL_SECONDS):
            return
        watch.require_same()


def as_line(event: Event) -> str:
    """Return an event as one line of JSON, in ASCII: it passes every pipe, and has one set of bytes to be signed."""
    return json.dumps(event, separators=(",", ":"))


def in_words(event: Event) -> str:
    """Return what an event tells of, by whom, as a person reads it; without its number and time."""
    actor = event["actor"]
    kind = None if actor["kind"] == _UNKNOWN else ActorKind(actor["kind"])
    who = described(kind, actor["name"], actor["user"] or "", Door(actor["door"]) if actor["door"] else None)
    about = ", ".join(filter(None, (event["campaign"], event["iso3"], event["recipient"])))
    words = f"{event['kind']}  {event['subject'] or about or '-'}  by {who or 'nobody'}"
    return f"{words}: {event['detail']}" if event["detail"] else words


_UNKNOWN = "unknown"


def _event(at: datetime, kind: str, **facts: Any) -> Event:
    blank = {"campaign": "", "iso3": "", "message": None, "recipient": "", "status": "", "subject": "", "detail": ""}
    return {"at": _stamp(at), "kind": kind.replace(" ", "-"), **blank, **facts}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _actor(
    kind: ActorKind | None, name: str, account: str | None = None, door: Door | None = None, user: str = ""
) -> dict[str, Any]:
    return {
        "kind": kind.value if kind is not None else _UNKNOWN, "name": named(name), "account": account,
        "door": door.value if door is not None else None, "user": user or None,
    }  # fmt: skip


def _of_letters(session: Session, numbers: Sequence[int]) -> dict[int, Event]:
    query = (
        select(DeliveryEvent, col(Message.iso3), col(Campaign.name))
        .join(Message, col(Message.id) == col(DeliveryEvent.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(col(DeliveryEvent.id).in_(numbers))
    )
    return {
        one.id: _event(
            one.at, f"letter.{one.kind}", campaign=campaign, iso3=iso3, message=one.message_id,
            recipient=one.recipient, status=one.status, detail=one.detail, actor=_actor(one.actor_kind, one.who),
        )
        for one, iso3, campaign in session.execute(query)
    }  # fmt: skip


def _of_responses(session: Session, numbers: Sequence[int]) -> dict[int, Event]:
    query = (
        select(ResponseChange, col(Response.iso3), col(Campaign.name))
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .join(Campaign, col(Campaign.id) == col(Response.campaign_id))
        .where(col(ResponseChange.id).in_(numbers))
    )
    return {
        one.id: _event(
            one.at, f"response.{one.field}", campaign=campaign, iso3=iso3, actor=_actor(one.actor_kind, one.who),
            detail="" if one.field in {"note", "how"} else f"{one.old} → {one.new}",  # a note is the team's own
        )
        for one, iso3, campaign in session.execute(query)
    }  # fmt: skip


def _acts(session: Session, numbers: Sequence[int]) -> dict[int, Event]:
    query = (
        select(AuditEntry, col(Account.login))
        .join(Account, col(Account.id) == col(AuditEntry.account_id), isouter=True)
        .where(col(AuditEntry.id).in_(numbers))
    )
    return {
        one.id: _event(
            one.at, one.action, campaign=one.campaign, iso3=one.iso3, subject=one.subject, detail=one.detail,
            actor=_actor(one.actor_kind, one.who, login, one.door, one.machine_user),
        )
        for one, login in session.execute(query)
    }  # fmt: skip
