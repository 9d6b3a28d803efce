"""What one transaction of a worker writes, gathered and written in few statements.

Every change of a letter's state goes through the table in states.py, as everywhere; but a worker changes many
letters a second, so it works on rows instead of objects. The rows it changes are locked by the transaction.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlmodel import col

from outreach.errors import CampaignError
from outreach.models import Campaign, Delivery, DeliveryEvent, Message
from outreach.statement import Row, Statement, in_list
from outreach.states import transition
from outreach.vocabulary import DeliveryStatus, EventKind, MessageState

_MOST_IN_A_QUERY = 500  # SQLite bounds the variables of a statement
_CHANGED = (
    "state", "hold", "reason", "next_try_at", "first_try_at", "attempts", "owner", "lease_until", "smtp_reply",
    "sent_at", "rehearsed", "delivery",
)  # fmt: skip


_READ = Statement(
    lambda length: (
        select(
            col(Message.id),
            col(Message.campaign_id),
            col(Message.iso3),
            col(Message.replaced_at),
            *(col(getattr(Message, name)) for name in _CHANGED),
            col(Campaign.state).label("campaign_state"),
            col(Campaign.follows_id),
            col(Campaign.follow_to),
        )
        .join(Campaign, col(Message.campaign_id) == col(Campaign.id))
        .where(col(Message.id).in_(in_list(length)))
        .order_by(col(Message.id))
        .with_for_update(of=Message)
    )
)
_COPY = update(Delivery).where(col(Delivery.id) == bindparam("this"))
_WRITE_COPY = Statement(lambda _: _COPY.values(state=bindparam("state"), smtp_reply=bindparam("smtp_reply")))
# A report may have come in before the server's answer was stored: what it said stays.
WRITE_TAKEN = Statement(
    lambda _: _COPY.values(
        state=bindparam("state"),
        smtp_reply=bindparam("smtp_reply"),
        status=func.coalesce(col(Delivery.status), DeliveryStatus.ACCEPTED),
    )
)
_EVENT_COLUMNS = ("message_id", "at", "kind", "who", "recipient", "status", "permanent", "detail")
ADD_EVENT = Statement(lambda _: insert(DeliveryEvent).values({name: bindparam(name) for name in _EVENT_COLUMNS}))
_ENHANCED = re.compile(r"[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 2034


@cache
def _write(columns: frozenset[str]) -> Statement:
    """The statement that changes these columns of a letter."""
    values: dict[str, Any] = {name: bindparam(name) for name in sorted(columns)}
    return Statement(lambda _: update(Message).where(col(Message.id) == bindparam("this")).values(values))


class Ledger:
    """The changes of one transaction. Nothing is written before `write`."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection of the transaction."""
        self._connection = connection
        self._letters: dict[int, Row] = {}
        self._changed: dict[int, set[str]] = {}
        self._copies: list[Row] = []
        self._taken: list[Row] = []
        self._events: list[Row] = []

    def read(self, ids: Sequence[int]) -> dict[int, Row]:
        """Read letters, and lock them against other workers."""
        found: dict[int, Row] = {}
        for start in range(0, len(ids), _MOST_IN_A_QUERY):
            rows = _READ.rows(self._connection, ids[start : start + _MOST_IN_A_QUERY])
            found |= {row["id"]: row for row in rows}
        return found

    def change(self, letter: Row, **changes: Any) -> None:
        """Change columns of a letter, but not its state."""
        letter.update(changes)
        self._letters[letter["id"]] = letter
        self._changed.setdefault(letter["id"], set()).update(changes)

    def move(self, letter: Row, to: MessageState, *, who: str, at: datetime, detail: str = "", **changes: Any) -> None:
        """Move a letter to another state and record it. Raises CampaignError for a move that is not permitted."""
        permitted = transition(letter["state"], to)
        if permitted is None:
            raise CampaignError(
                f"Letter {letter['id']} to {letter['iso3']} is {letter['state']}: it can't become {to}."
            )
        self.change(letter, state=to, **changes)
        self.event(letter["id"], permitted.records, who=who, at=at, detail=detail)

    def copy(self, number: int, state: MessageState, smtp_reply: str) -> None:
        """Change a recipient's own state."""
        changes = {"this": number, "state": state, "smtp_reply": smtp_reply}
        (self._taken if state is MessageState.SENT else self._copies).append(changes)

    def event(
        self,
        message_id: int,
        kind: EventKind,
        *,
        who: str,
        at: datetime,
        detail: str = "",
        recipient: str = "",
        permanent: bool | None = None,
    ) -> None:
        """Record a fact about a letter, with the enhanced status code of the server's words (RFC 3463)."""
        found = _ENHANCED.match(detail)
        self._events.append(
            {
                "message_id": message_id, "at": at, "kind": kind, "who": who, "recipient": recipient,
                "status": found[1] if found else "", "permanent": permanent, "detail": detail,
            }
        )  # fmt: skip

    def write(self) -> None:
        """Write everything."""
        alike: dict[frozenset[str], list[Row]] = {}
        for number, changed in self._changed.items():
            alike.setdefault(frozenset(changed), []).append({**self._letters[number], "this": number})
        for columns, rows in alike.items():
            _write(columns).run(self._connection, rows)
        if self._copies:
            _WRITE_COPY.run(self._connection, self._copies)
        if self._taken:
            WRITE_TAKEN.run(self._connection, self._taken)
        if self._events:
            ADD_EVENT.run(self._connection, self._events)
