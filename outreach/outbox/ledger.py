"""What one transaction of a worker writes, gathered and written in few statements.

Every change of a letter's state goes through the table in states.py, as everywhere; but a worker changes many
letters a second, so it works on rows instead of objects. The rows it changes are locked by the transaction.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlmodel import col

from outreach.errors import CampaignError
from outreach.models import Campaign, Delivery, DeliveryEvent, EventKind, Message, MessageState, Recipient
from outreach.states import transition

Row = dict[str, Any]
"""The columns of one letter that a worker reads and changes."""

_CHANGED = (
    "state", "hold", "reason", "next_try_at", "first_try_at", "attempts", "owner", "lease_until", "smtp_reply",
    "sent_at", "rehearsed", "delivery",
)  # fmt: skip
_READ = (
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
    .where(col(Message.id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Message.id))
    .with_for_update(of=Message)
)
_WRITE = (
    update(Message.__table__)  # type: ignore[attr-defined]
    .where(col(Message.id) == bindparam("this"))
    .values({name: bindparam(name) for name in _CHANGED})
)
_WRITE_COPY = (
    update(Recipient.__table__)  # type: ignore[attr-defined]
    .where(col(Recipient.id) == bindparam("this"))
    .values(state=bindparam("state"), smtp_reply=bindparam("smtp_reply"))
)
# A report may have come in before the server's answer was stored: what it said stays.
_WRITE_TAKEN = _WRITE_COPY.values(delivery=func.coalesce(col(Recipient.delivery), Delivery.ACCEPTED.value))
_ADD_EVENT = insert(DeliveryEvent.__table__)  # type: ignore[attr-defined]
_ENHANCED = re.compile(r"[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 2034


class Ledger:
    """The changes of one transaction. Nothing is written before `write`."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection of the transaction."""
        self._connection = connection
        self._letters: dict[int, Row] = {}
        self._copies: list[Row] = []
        self._taken: list[Row] = []
        self._events: list[Row] = []

    def read(self, ids: Sequence[int]) -> dict[int, Row]:
        """Read letters, and lock them against other workers."""
        rows = self._connection.execute(_READ, {"ids": list(ids)}).mappings()
        return {row["id"]: dict(row) for row in rows}

    def change(self, letter: Row, **changes: Any) -> None:
        """Change columns of a letter, but not its state."""
        letter.update(changes)
        self._letters[letter["id"]] = letter

    def move(self, letter: Row, to: MessageState, *, who: str, at: datetime, detail: str = "", **changes: Any) -> None:
        """Move a letter to another state and record it. Raises CampaignError for a move that is not permitted."""
        permitted = transition(letter["state"], to)
        if permitted is None:
            raise CampaignError(f"Letter {letter['id']} to {letter['iso3']} is {letter['state']}: it can't become {to}.")
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
                "status": found[1] if found else "", "permanent": permanent, "detail": detail, "reply_id": None,
            }
        )  # fmt: skip

    def write(self) -> None:
        """Write everything."""
        if self._letters:
            rows = [{"this": key, **{name: row[name] for name in _CHANGED}} for key, row in self._letters.items()]
            self._connection.execute(_WRITE, rows)
        if self._copies:
            self._connection.execute(_WRITE_COPY, self._copies)
        if self._taken:
            self._connection.execute(_WRITE_TAKEN, self._taken)
        if self._events:
            self._connection.execute(_ADD_EVENT, self._events)
