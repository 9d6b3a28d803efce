"""The states of a message, every move between them, who may cause it, and what is recorded.

    queued ──► sending ──► sent
      ▲  │        │ ├────► deferred ──► (sending again)
      │  ▼        │ ├────► failed
     held         │ └────► uncertain ──► sent | queued      a person decides, or a DSN or an answer proves it
                  └──────► queued                           the connection broke before the data was asked for

`queued`, `deferred`, `held` and `failed` can become `cancelled`. `sent` and `cancelled` are final. A letter that
is to be sent again, and of which proof comes before it is, goes from `queued` straight to `sent`.
A move is part of the transaction it is made in, and leaves a DeliveryEvent behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session

from outreach import clock
from outreach.errors import CampaignError
from outreach.models import DeliveryEvent, Message
from outreach.vocabulary import EventKind, MessageState

S, E = MessageState, EventKind


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted move: by whom, and the event that records it."""

    by: str
    records: EventKind


TRANSITIONS: Mapping[tuple[MessageState, MessageState], Transition] = MappingProxyType(
    {
        (S.QUEUED, S.SENDING): Transition("worker", E.SENDING),
        (S.DEFERRED, S.SENDING): Transition("worker", E.SENDING),
        (S.SENDING, S.SENT): Transition("worker", E.ACCEPTED),
        # The rest of the recipients was refused at last; others had their copy at an earlier try.
        (S.DEFERRED, S.SENT): Transition("worker", E.REFUSED),
        (S.SENDING, S.DEFERRED): Transition("worker", E.DEFERRED),
        (S.SENDING, S.FAILED): Transition("worker", E.REFUSED),
        (S.SENDING, S.QUEUED): Transition("worker", E.REQUEUED),
        (S.SENDING, S.UNCERTAIN): Transition("worker", E.UNCERTAIN),
        # The connection broke before the mark: the letter is simply taken up again.
        (S.QUEUED, S.QUEUED): Transition("worker", E.REQUEUED),
        # Before the data is asked for, a refusal needs no mark of sending.
        (S.QUEUED, S.DEFERRED): Transition("worker", E.DEFERRED),
        (S.DEFERRED, S.DEFERRED): Transition("worker", E.DEFERRED),
        (S.QUEUED, S.FAILED): Transition("worker", E.REFUSED),
        (S.DEFERRED, S.FAILED): Transition("worker", E.REFUSED),
        (S.QUEUED, S.HELD): Transition("worker", E.HELD),
        (S.DEFERRED, S.HELD): Transition("worker", E.HELD),
        (S.HELD, S.QUEUED): Transition("worker", E.RELEASED),
        (S.UNCERTAIN, S.SENT): Transition("person, or the inbox with proof", E.RESOLVED),
        (S.UNCERTAIN, S.QUEUED): Transition("person", E.RESOLVED),
        # The answer came late, and some of the recipients were refused for now.
        (S.UNCERTAIN, S.DEFERRED): Transition("worker, with the server's late answer", E.RESOLVED),
        (S.QUEUED, S.SENT): Transition("worker, with the server's late answer", E.RESOLVED),
        # A follow-up is cancelled by the answer that makes it needless.
        (S.QUEUED, S.CANCELLED): Transition("person, or an answer", E.CANCELLED),
        (S.DEFERRED, S.CANCELLED): Transition("person, or an answer", E.CANCELLED),
        (S.HELD, S.CANCELLED): Transition("person", E.CANCELLED),
        (S.FAILED, S.CANCELLED): Transition("person", E.CANCELLED),
    }
)


def transition(old: MessageState, new: MessageState) -> Transition | None:
    """Return the permitted move between two states; None where there is none."""
    return TRANSITIONS.get((old, new))


def move(
    session: Session,
    message: Message,
    to: MessageState,
    *,
    who: str,
    detail: str = "",
    at: datetime | None = None,
    reply_id: int | None = None,
) -> DeliveryEvent:
    """Move a message to another state and record it, within the session's transaction.

    Raises CampaignError for a move that TRANSITIONS does not name.
    """
    permitted = transition(message.state, to)
    if permitted is None:
        raise CampaignError(f"Letter {message.id} to {message.iso3} is {message.state}: it can't become {to}.")
    assert message.id is not None
    message.state = to
    session.add(message)
    event = DeliveryEvent(
        message_id=message.id,
        at=at or clock.now(),
        kind=permitted.records,
        who=who,
        detail=detail,
        reply_id=reply_id,
    )
    session.add(event)
    return event
