"""Copies of what was sent: those in the Sent folder, and those for an archive. What both of them need.

They come after the letters: a copy that fails neither delays nor repeats one. One process at a time makes copies for a
place, by a lease that ends with the process; what went wrong is kept in the database, so that every door can tell it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.database import writing
from outreach.errors import OutreachError
from outreach.models import Campaign, CopyKeeper, Message
from outreach.outbox.owner import is_dead, new_owner
from outreach.sentences import KeptSentence, Sentence, saying

COPIED_FOR = timedelta(days=30)
"""A letter that went out longer ago gets no copy any more: whoever sets an archive up late is not flooded."""
_LEASE = timedelta(minutes=10)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)


class CopyPlace(StrEnum):
    """Where copies go."""

    SENT = "sent"
    ARCHIVE = "archive"


_DONE = {CopyPlace.SENT: Message.filed_at, CopyPlace.ARCHIVE: Message.archived_at}


@dataclass(frozen=True, slots=True)
class Lacking:
    """A letter that a place has no copy of."""

    id: int
    message_id: str
    sent_at: datetime
    begun_at: datetime | None
    """When a copy for Sent was last begun."""


@dataclass(slots=True)
class Copied:
    """What one pass came to."""

    made: int = 0
    found: int = 0
    """How many lay there already."""
    left: int = 0
    trouble: str = ""
    """Why it ended early, in words; empty where it did not."""


@dataclass(frozen=True, slots=True)
class CopiesNow:
    """How the copies for one place are getting on."""

    place: str
    """`sent` or `archive`."""
    to: str
    """The mailbox, or the address."""
    lacking: int
    """How many letters of the last month it has no copy of."""
    trouble: str = ""
    since: datetime | None = None
    by_itself: bool | None = None


def lacking(session: Session, place: CopyPlace, now: datetime) -> list[Lacking]:
    """Return the live letters of the last month that a place has no copy of, in the order of sending."""
    query = (
        select(col(Message.id), col(Message.message_id), col(Message.sent_at), col(Message.filing_at))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(*_which(place, now))
        .order_by(col(Message.sent_at), col(Message.id))
    )
    return [Lacking(number or 0, name, at, begun) for number, name, at, begun in session.exec(query) if at is not None]


def copies_now(session: Session, place: CopyPlace, to: str) -> CopiesNow:
    """Return how the copies for a place are getting on."""
    query = select(func.count()).select_from(Message).join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    count = session.exec(query.where(*_which(place, clock.now()))).one()
    keeper = session.get(CopyKeeper, place)
    if keeper is None or keeper.place != to:
        return CopiesNow(str(place), to, count)
    return CopiesNow(str(place), to, count, keeper.trouble, keeper.trouble_since, keeper.by_itself)


def to_come(count: int) -> Sentence:
    """Say that copies for Sent are not made yet, as after a crash in the middle of one, which the server may still
    carry out."""
    return saying(
        "copies.to-come",
        "{count} {count:*letter|letters} that went out {count:*has|have} no copy in Sent yet: it is made with the next "
        "send, from a minute on, or by itself while the desk or the scheduler runs.",
        count=count,
    )


def _which(place: CopyPlace, now: datetime) -> tuple[ColumnElement[bool], ...]:
    since = now - COPIED_FOR
    return (
        # By the campaigns first: an index of their letters is there, and no other is kept up for this.
        (col(Campaign.last_active_at) >= since) | (col(Campaign.due_at) >= since),
        col(Message.sent_at) >= since,
        col(Message.rehearsed).is_(False),
        col(_DONE[place]).is_(None),
    )


@dataclass(slots=True)
class Keeping:
    """One pass for one place, by the only process that may make it."""

    engine: Engine
    name: CopyPlace
    owner: str
    by_itself: bool | None

    def write(self, change: Callable[[Session], object]) -> None:
        """Commit a change, and hold the lease for longer."""
        with writing(self.engine) as session:
            change(session)
            session.get_one(CopyKeeper, self.name).lease_until = clock.now() + _LEASE

    def saw(self, by_itself: bool) -> None:
        """Note what was seen of the mail provider."""
        if self.by_itself is not by_itself:
            self.by_itself = by_itself
            with writing(self.engine) as session:
                session.get_one(CopyKeeper, self.name).by_itself = by_itself

    def ended(self, trouble: str) -> None:
        """Let go of the lease, and note what went wrong, or that nothing did."""
        now = clock.now()
        with writing(self.engine) as session:
            keeper = session.get_one(CopyKeeper, self.name)
            if keeper.owner != self.owner:
                return
            keeper.owner = keeper.lease_until = None
            keeper.trouble_since = (keeper.trouble_since or now) if trouble else None
            wait = min(max((now - (keeper.trouble_since or now)) / 2, _FIRST_WAIT), _LONGEST_WAIT)
            keeper.trouble, keeper.next_try_at = trouble, now + wait if trouble else None


@contextmanager
def kept(
    engine: Engine, name: CopyPlace, place: str, result: Copied, *, at_once: bool = False
) -> Iterator[Keeping | None]:
    """Be the one process that makes copies for a place, for as long as the block lasts.

    None where another one is at it, or where the last try failed and the next one is not due (`at_once`: due or not).
    What goes wrong in the block, and what `result` tells as its trouble, is noted.
    """
    keeping = _taken(engine, name, place, at_once=at_once)
    if keeping is None:
        yield None
        return
    try:
        yield keeping
    except OutreachError as error:
        result.trouble = KeptSentence.of(error.whole())
        keeping.ended(result.trouble)
        raise
    except Exception as error:
        keeping.ended(f"{type(error).__name__}: {error}"[:300])
        raise
    else:
        keeping.ended(result.trouble)


def _taken(engine: Engine, name: CopyPlace, place: str, *, at_once: bool) -> Keeping | None:
    now, owner = clock.now(), new_owner()
    try:
        with writing(engine) as session:
            keeper = session.get(CopyKeeper, name, with_for_update=True)
            if keeper is None:
                keeper = CopyKeeper(name=name, place=place)
            if keeper.owner and not is_dead(keeper.owner) and keeper.lease_until and keeper.lease_until > now:
                return None
            if keeper.place != place:  # what is known is of another mailbox
                keeper.place, keeper.by_itself, keeper.trouble = place, None, ""
                keeper.trouble_since = keeper.next_try_at = None
            if keeper.next_try_at is not None and keeper.next_try_at > now and not at_once:
                return None
            keeper.owner, keeper.lease_until = owner, now + _LEASE
            session.add(keeper)
            return Keeping(engine, name, owner, keeper.by_itself)
    except IntegrityError:  # another process made the row at this very moment
        return None
