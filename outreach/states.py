"""The states of a delivery, every move between them, who may cause it, and what is recorded.

    queued ──► sending ──► sent
      ▲  │        │ ├────► deferred ──► (sending again)
      │  ▼        │ ├────► failed
     held         │ └────► uncertain ──► sent | queued      a person decides, or there is proof
                  └──────► queued                           nothing left this machine, or nothing was taken

`queued`, `deferred`, `held` and `failed` can become `cancelled`. `cancelled` and `sent` are final, but for two things:
what was taken in rehearsal is queued again on going live, and in a copy of the database that is brought back, any
letter that went out meanwhile becomes `sent` or `uncertain` (outbox/reconcile.py). A letter's state is the sum of its
deliveries' (`summed`).
Moves are made in one place: `outreach.ledger.Ledger.transition`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from outreach.vocabulary import DeliveryStatus, EventKind, MessageState

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
        (S.SENDING, S.HELD): Transition("worker", E.HELD),
        (S.HELD, S.QUEUED): Transition("worker", E.RELEASED),
        (S.UNCERTAIN, S.SENT): Transition("person, or the inbox or the journal with proof", E.RESOLVED),
        (S.UNCERTAIN, S.QUEUED): Transition("person", E.RESOLVED),
        # The answer came late, and some of the recipients were refused.
        (S.UNCERTAIN, S.DEFERRED): Transition("worker, with the server's late answer", E.RESOLVED),
        (S.UNCERTAIN, S.FAILED): Transition("worker, with the server's late answer", E.RESOLVED),
        # What is known from outside of a copy that was brought back, from a late answer, or from a mail after a doubt.
        (S.QUEUED, S.SENT): Transition("the journal, the server's late answer, or the inbox with proof", E.RESOLVED),
        (S.DEFERRED, S.SENT): Transition("the journal, the server's late answer, or the inbox with proof", E.RESOLVED),
        (S.HELD, S.SENT): Transition("the journal, the server's late answer, proof, or a person's word", E.RESOLVED),
        (S.FAILED, S.SENT): Transition("the journal, the server's late answer, or the inbox with proof", E.RESOLVED),
        (S.CANCELLED, S.SENT): Transition("the journal, the server's late answer, or the inbox with proof", E.RESOLVED),
        (S.CANCELLED, S.UNCERTAIN): Transition("the journal", E.UNCERTAIN),
        (S.FAILED, S.UNCERTAIN): Transition("the journal", E.UNCERTAIN),
        (S.QUEUED, S.UNCERTAIN): Transition("the journal", E.UNCERTAIN),
        (S.DEFERRED, S.UNCERTAIN): Transition("the journal", E.UNCERTAIN),
        (S.HELD, S.UNCERTAIN): Transition("the journal", E.UNCERTAIN),
        # What was rehearsed counts for nobody: going live, it is still to be sent.
        (S.SENT, S.QUEUED): Transition("person", E.RELEASED),
        (S.FAILED, S.QUEUED): Transition("person; the outbox, for an answer that was everybody's", E.RELEASED),
        # A follow-up is cancelled by the answer that makes it needless.
        (S.QUEUED, S.CANCELLED): Transition("person, or an answer", E.CANCELLED),
        (S.DEFERRED, S.CANCELLED): Transition("person, or an answer", E.CANCELLED),
        (S.HELD, S.CANCELLED): Transition("person", E.CANCELLED),
        (S.FAILED, S.CANCELLED): Transition("person", E.CANCELLED),
    }
)
WORST_FIRST = (
    DeliveryStatus.BOUNCED, DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED,
)  # fmt: skip
"""What is said of a letter with several recipients that took it: the worst that needs somebody's eye."""
_FIRST_OF = (S.SENDING, S.UNCERTAIN, S.DEFERRED, S.QUEUED, S.HELD)
"""What is said of a letter whose deliveries stand differently: what still needs something, the most pressing first."""


def transition(old: MessageState, new: MessageState) -> Transition | None:
    """Return the permitted move between two states of a delivery; None where there is none."""
    return TRANSITIONS.get((old, new))


def summed(deliveries: Iterable[MessageState]) -> MessageState:
    """Return the state of a letter whose deliveries are in these states (one at least).

    A letter that some have, and that is still to go to others, is `deferred`; one that reached anybody is `sent`.
    """
    states = set(deliveries)
    for state in _FIRST_OF:
        if state in states:
            return S.DEFERRED if state is S.QUEUED and S.SENT in states else state
    return S.SENT if S.SENT in states else S.FAILED if S.FAILED in states else S.CANCELLED
