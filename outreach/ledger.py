"""The one writer of how far letters have come: every change of a state goes through `Ledger.transition`.

It works on rows within the caller's transaction, for a worker changes many letters a second. A letter's state is the
sum of its deliveries' states (`summed`); it and the other summaries are worked out here, when the ledger is written.
What is moved, by whom, and the event that records it stand in the table of states.py.
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlmodel import Session, col

from outreach.actors import Actor
from outreach.errors import CampaignError
from outreach.models import Attempt, Campaign, Delivery, DeliveryEvent, Message
from outreach.statement import Row, Statement, in_list
from outreach.states import WORST_FIRST, summed, transition
from outreach.vocabulary import ActorKind, DeliveryStatus, EventKind, MessageState

_LONGEST_STEP = 1000  # so two million claims of a letter fit into the column
_MOST_IN_A_QUERY = 500  # SQLite bounds the variables of a statement
_OF_A_LETTER = (
    "id", "campaign_id", "iso3", "message_id", "subject", "text_digest", "text_sketch", "due_at", "dated_at",
    "replaced_at", "state", "hold", "reason", "next_try_at", "first_try_at", "attempts", "claim", "owner",
    "lease_until", "smtp_reply", "sent_at", "rehearsed", "delivery", "signatory_list_id",
)  # fmt: skip
_OF_ITS_CAMPAIGN = (
    "name", "letter", "version", "time_zone", "due_at", "working_hours", "last_active_at", "confirmed_missions",
    "follows_id", "follow_to", "no_mailbox_by", "again_by",
)  # fmt: skip
_OF_A_DELIVERY = (
    "id", "message_id", "address", "address_key", "state", "hold", "smtp_reply", "sent_at", "rehearsed", "status",
)  # fmt: skip
_EVENT_COLUMNS = (
    "message_id", "at", "kind", "who", "actor_kind", "recipient", "status", "permanent", "detail", "reply_id",
)  # fmt: skip
_ENHANCED = re.compile(r"[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 2034

_READ = Statement(
    lambda length: (
        select(
            *(col(getattr(Message, name)) for name in _OF_A_LETTER),
            col(Campaign.state).label("campaign_state"),
            *(col(getattr(Campaign, name)).label(f"campaign_{name}") for name in _OF_ITS_CAMPAIGN),
        )
        .join(Campaign, col(Message.campaign_id) == col(Campaign.id))
        .where(col(Message.id).in_(in_list(length)))
        .order_by(col(Message.id))
        .with_for_update(of=Message)
    )
)
_READ_DELIVERIES = Statement(
    lambda length: (
        select(*(col(getattr(Delivery, name)) for name in _OF_A_DELIVERY))
        .where(col(Delivery.message_id).in_(in_list(length)))
        .order_by(col(Delivery.id))
    )
)
_ADD_EVENT = Statement(lambda _: insert(DeliveryEvent).values({name: bindparam(name) for name in _EVENT_COLUMNS}))
_ADD_ATTEMPT = Statement(
    lambda _: insert(Attempt).values({name: bindparam(name) for name in Attempt.model_fields if name != "id"})
)


@cache
def _write(table: type[Message] | type[Delivery], columns: frozenset[str]) -> Statement:
    """The statement that changes these columns of a row."""
    values: dict[str, Any] = {name: bindparam(name) for name in sorted(columns)}
    return Statement(lambda _: update(table).where(col(table.id) == bindparam("this")).values(values))


class Ledger:
    """The changes of one transaction. Nothing is written before `write`."""

    def __init__(self, connection: Connection | Session) -> None:
        """Take the connection of the transaction, or the session; what that holds of letters is stale afterwards."""
        if isinstance(connection, Session):
            connection.flush()
            self._session: Session | None = connection
            self._connection = connection.connection()
        else:
            self._session, self._connection = None, connection
        self._letters: dict[int, Row] = {}
        self._changed: dict[int, set[str]] = {}
        self._deliveries: dict[int, tuple[Row, set[str]]] = {}
        self._events: list[Row] = []
        self._attempts: list[Row] = []

    def read(self, ids: Iterable[int]) -> dict[int, Row]:
        """Read letters by number, each with its campaign's plan and its `deliveries`; lock them against others."""
        numbers = list(ids)
        found: dict[int, Row] = {}
        for start in range(0, len(numbers), _MOST_IN_A_QUERY):
            part = numbers[start : start + _MOST_IN_A_QUERY]
            for row in _READ.rows(self._connection, part):
                row["deliveries"] = []
                found[row["id"]] = row
            for row in _READ_DELIVERIES.rows(self._connection, part):
                if row["message_id"] in found:
                    found[row["message_id"]]["deliveries"].append(row)
        return found

    def change(self, letter: Row, **changes: Any) -> None:
        """Change columns of a letter, but no state and no summary."""
        letter.update(changes)
        self._letters[letter["id"]] = letter
        self._changed.setdefault(letter["id"], set()).update(changes)

    def change_delivery(self, delivery: Row, **changes: Any) -> None:
        """Change columns of a delivery, but not its state."""
        delivery.update(changes)
        self._deliveries.setdefault(delivery["id"], (delivery, set()))[1].update(changes)

    def take_away(self, letter: Row) -> None:
        """End whatever claim there is on a letter: who held it can do nothing with it any more."""
        self.change(letter, owner=None, lease_until=None, claim=next_claim(letter["claim"]))

    def transition(
        self,
        letter: Row,
        to: MessageState,
        *,
        who: Actor | str,
        at: datetime,
        detail: str = "",
        only: Callable[[Row], bool] | None = None,
        reply_id: int | None = None,
        recorded: bool = True,
        **changes: Any,
    ) -> list[Row]:
        """Move the deliveries of a letter to another state, and record it as one event.

        Moved are those of which `only` is true; without it, those that may go there by the table. `changes` are for
        the letter. `who` is an actor, or the signature of a program. A letter without any recipient is moved
        itself. Return the deliveries that were moved. Raises CampaignError where there is nothing to move, or a
        move is not permitted.
        """
        deliveries: list[Row] = letter["deliveries"]
        if not deliveries:
            permitted = transition(letter["state"], to)
            moved: list[Row] = []
        else:
            moved = [one for one in deliveries if (only or (lambda row: transition(row["state"], to) is not None))(one)]
            permitted = transition(moved[0]["state"], to) if moved else None
        if permitted is None or any(transition(one["state"], to) is None for one in moved):
            raise CampaignError(
                "letter.transition",
                "Letter {id} to {iso3} is {state}: it can't become {to}.",
                id=letter["id"],
                iso3=letter["iso3"],
                state=letter["state"],
                to=to,
            )
        for one in moved:
            self.change_delivery(one, state=to)
            if one["hold"] is not None:  # whoever was left out is so no more
                self.change_delivery(one, hold=None)
        self.change(letter, state=_whole(deliveries) if deliveries else to, **changes)
        if recorded:
            self.event(letter["id"], permitted.records, who=who, at=at, detail=detail, reply_id=reply_id)
        return moved

    def event(
        self,
        message_id: int,
        kind: EventKind,
        *,
        who: Actor | str,
        at: datetime,
        detail: str = "",
        recipient: str = "",
        permanent: bool | None = None,
        reply_id: int | None = None,
    ) -> None:
        """Record a fact about a letter, with the enhanced status code of the server's words (RFC 3463)."""
        name, known_by = (who, ActorKind.PROGRAM) if isinstance(who, str) else (who.name, who.kind)
        self._events.append(
            {
                "message_id": message_id, "at": at, "kind": kind, "who": name, "actor_kind": known_by,
                "recipient": recipient, "status": enhanced(detail), "permanent": permanent, "detail": detail,
                "reply_id": reply_id,
            }
        )  # fmt: skip

    def attempt(self, **facts: Any) -> None:
        """Record one try at a delivery: every column of `Attempt` but its number."""
        self._attempts.append(facts)

    def write(self) -> None:
        """Write everything, the summaries of letters too."""
        for number in {one["message_id"] for one, _ in self._deliveries.values()} & self._letters.keys():
            self._sum_up(self._letters[number])
        self._update(Message, [(self._letters[number], changed) for number, changed in self._changed.items()])
        self._update(Delivery, self._deliveries.values())
        if self._events:
            _ADD_EVENT.run(self._connection, self._events)
        if self._attempts:
            _ADD_ATTEMPT.run(self._connection, self._attempts)
        if self._session is not None:
            self._session.flush()
            for one in list(self._session.identity_map.values()):
                if isinstance(one, Message | Delivery):
                    self._session.expire(one)

    def _sum_up(self, letter: Row) -> None:
        """Work out what a letter's deliveries come to."""
        taken = [one for one in letter["deliveries"] if one["state"] is MessageState.SENT]
        summaries: Row = {"state": _whole(letter["deliveries"])}
        # What counts is what was taken live; what was rehearsed is told as long as there is nothing else.
        counting = [one for one in taken if not one["rehearsed"]] or taken
        summaries["sent_at"] = min((one["sent_at"] for one in counting if one["sent_at"] is not None), default=None)
        summaries["rehearsed"] = bool(taken) and all(one["rehearsed"] for one in taken)
        if not taken:
            summaries["delivery"] = None
        elif letter["delivery"] is None:
            summaries["delivery"] = DeliveryStatus.ACCEPTED
        elif letter["delivery"] is DeliveryStatus.BOUNCED:  # a person may have settled the one that came back
            told = {one["status"] for one in taken}
            summaries["delivery"] = next((one for one in WORST_FIRST if one in told), DeliveryStatus.ACCEPTED)
        different = {name: value for name, value in summaries.items() if letter[name] != value}
        if different:
            self.change(letter, **different)

    def _update(self, table: type[Message] | type[Delivery], changes: Iterable[tuple[Row, set[str]]]) -> None:
        alike: dict[frozenset[str], list[Row]] = {}
        for row, changed in changes:
            alike.setdefault(frozenset(changed), []).append({**row, "this": row["id"]})
        for columns, rows in alike.items():
            _write(table, columns).run(self._connection, rows)


def _whole(deliveries: Sequence[Row]) -> MessageState:
    """What a letter's deliveries come to. Who was left out (opted out, bounced before) was refused by nobody, and says
    nothing of a letter that was for others too."""
    told = [one for one in deliveries if one["hold"] is None]
    return summed(one["state"] for one in told or deliveries)


def next_claim(last: int) -> int:
    """Return the fencing number of the claim after this one.

    It grows by a step that nobody foresees: where an older copy of the database takes its place, a claim made from that
    does not get the number of one that was made since.
    """
    return last + random.randint(1, _LONGEST_STEP)  # noqa: S311  (guards against chance, not against people)


def enhanced(words: str) -> str:
    """Return the enhanced status code (RFC 3463) that a server's answer bears, such as `5.1.1`; empty for none."""
    found = _ENHANCED.match(words)
    return found[1] if found else ""


def in_states(*states: MessageState) -> Callable[[Row], bool]:
    """Return what tells deliveries in these states, for `Ledger.transition`."""
    return lambda row: row["state"] in states


def open_deliveries(letter: Row) -> Sequence[Row]:
    """Return the deliveries of a letter that are still to be made."""
    return [one for one in letter["deliveries"] if one["state"] in (MessageState.QUEUED, MessageState.DEFERRED)]
