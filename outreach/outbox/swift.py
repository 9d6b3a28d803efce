"""The two usual commits of a letter in the fewest statements: a mark, and a server that took it for everybody.

What must hold stands in the statement itself, so nothing is read beforehand. Where a row was not as it should be
(the claim lost, the campaign stopped), fewer rows change than were asked for; then all is undone, and the journal
looks at each letter in turn.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlmodel import col

from outreach.models import Campaign, Message, UTCDateTime
from outreach.outbox.ledger import ADD_EVENT, WRITE_TAKEN
from outreach.outbox.outcome import Outcome, Verdict
from outreach.outbox.parcel import LEASE, Parcel
from outreach.statement import Row, Statement
from outreach.states import TRANSITIONS
from outreach.vocabulary import CampaignState, DeliveryStatus, MessageState

S = MessageState
_MARKED = TRANSITIONS[S.QUEUED, S.SENDING].records
_SENT = TRANSITIONS[S.SENDING, S.SENT].records
_OF_A_SENDING_CAMPAIGN = col(Message.campaign_id).in_(
    select(col(Campaign.id)).where(col(Campaign.state) == CampaignState.SCHEDULED, col(Campaign.follows_id).is_(None))
)
_MARK = Statement(
    lambda _: (
        update(Message)
        .where(
            col(Message.id) == bindparam("this"),
            col(Message.owner) == bindparam("who"),
            col(Message.state).in_([bindparam("old_0"), bindparam("old_1")]),
            col(Message.replaced_at).is_(None),
            _OF_A_SENDING_CAMPAIGN,
        )
        .values(
            state=bindparam("state"),
            lease_until=bindparam("lease_until"),
            attempts=col(Message.attempts) + 1,
            first_try_at=func.coalesce(col(Message.first_try_at), bindparam("at", type_=UTCDateTime())),
        )
    )
)
_TAKE = Statement(
    lambda _: (
        update(Message)
        .where(
            col(Message.id) == bindparam("this"),
            col(Message.owner) == bindparam("who"),
            col(Message.state) == bindparam("old"),
        )
        .values(
            state=bindparam("state"),
            reason="",
            owner=None,
            lease_until=None,
            smtp_reply=bindparam("reply"),
            rehearsed=bindparam("rehearsed"),
            sent_at=func.coalesce(col(Message.sent_at), bindparam("at", type_=UTCDateTime())),
            delivery=func.coalesce(col(Message.delivery), DeliveryStatus.ACCEPTED),
        )
    )
)


def is_usual(outcome: Outcome) -> bool:
    """Tell whether the server took the letter for everybody whom it was offered for."""
    return outcome.verdict is Verdict.ACCEPTED and all(
        answer.verdict is Verdict.ACCEPTED for answer in outcome.recipients.values()
    )


def mark(connection: Connection, parcels: Sequence[Parcel], owner: str, now: datetime) -> bool:
    """Mark letters as `sending`; return whether every one of them was this worker's, and to be sent."""
    fixed = {
        "who": owner, "at": now, "lease_until": now + LEASE, "state": S.SENDING, "old_0": S.QUEUED,
        "old_1": S.DEFERRED,
    }  # fmt: skip
    if _MARK.run(connection, [{"this": parcel.id} for parcel in parcels], fixed) != len(parcels):
        return False
    facts = [{"message_id": one.id, "detail": f"to {', '.join(one.recipients)}"} for one in parcels]
    ADD_EVENT.run(connection, facts, _fact(_MARKED, owner, now))
    return True


def take(
    connection: Connection, taken: Sequence[tuple[Parcel, Outcome]], owner: str, now: datetime, *, rehearsed: bool
) -> bool:
    """Record that a server took letters for everybody; return whether every one of them was this worker's."""
    fixed = {
        "who": owner, "at": now, "rehearsed": rehearsed, "old": S.SENDING, "state": S.SENT,
    }  # fmt: skip
    rows = [{"this": parcel.id, "reply": outcome.reply} for parcel, outcome in taken]
    if _TAKE.run(connection, rows, fixed) != len(taken):
        return False
    copies = [
        {"this": copy.id, "smtp_reply": answer.reply}
        for parcel, outcome in taken
        for copy in parcel.copies
        if (answer := outcome.recipients.get(copy.address)) is not None
    ]
    WRITE_TAKEN.run(connection, copies, {"state": S.SENT})
    facts = [{"message_id": one.id, "detail": outcome.reply} for one, outcome in taken]
    ADD_EVENT.run(connection, facts, _fact(_SENT, owner, now))
    return True


def _fact(kind: Any, owner: str, now: datetime) -> Row:
    return {"kind": kind, "who": owner, "at": now, "recipient": "", "status": "", "permanent": None}
