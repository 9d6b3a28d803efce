"""Whether anybody looks after the letters that are due: told by what the table holds, judged by the clock."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from outreach.models import Campaign, Message
from outreach.outbox.claimed import LEASE
from outreach.outbox.owner import is_dead
from outreach.outbox.worker import HALT_SECONDS
from outreach.vocabulary import CampaignState, MessageState

PATIENCE = timedelta(minutes=1)
"""How long letters may be due without a sign of anybody who looks after them."""
_HALTED = timedelta(seconds=HALT_SECONDS)
_ONE_TICK = timedelta(seconds=10)
_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)


@dataclass(frozen=True, slots=True)
class InHand:
    """What one worker has in hand of a campaign."""

    owner: str
    until: datetime
    """When the last of its leases ends."""
    first_at: datetime
    """When the first of its letters was due."""

    def held(self, now: datetime) -> bool:
        """Tell whether it may still live. The letters of one that does not are as if nobody had them."""
        return self.until > now and not is_dead(self.owner)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The letters of a campaign that are to go: facts of the database, which hold until something is committed."""

    first_at: datetime | None = None
    """When the first of those is due that no worker has in hand; None where there is none."""
    in_hand: tuple["InHand", ...] = ()


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who looks after the letters of a campaign at a moment."""

    due_since: datetime | None
    """Since when letters have been due that nobody has in hand; None where none are due."""
    next_at: datetime | None
    """When the next letter is due, where none is yet."""
    in_hand: bool
    """Whether a worker that may still live has letters in hand."""
    looked_at: datetime | None
    """When somebody last looked after them; None where nobody has."""
    by_this_desk: bool
    """Whether that was the process that sends for this desk."""
    neglected: bool
    """Whether letters are due and nobody has looked after them for more than a minute."""


def waiting(session: Session, campaigns: Sequence[Campaign]) -> dict[int, Waiting]:
    """Return what is still to go of those campaigns that have a time; the others are left out."""
    numbers = [one.id for one in campaigns if one.state is CampaignState.SCHEDULED and one.id is not None]
    if not numbers:
        return {}
    firsts: dict[int, datetime | None] = dict(session.execute(_first_due(), {"numbers": numbers}).all())
    held: dict[int, list[InHand]] = defaultdict(list)
    for number, owner, until, first_at in session.execute(_in_hand()):
        held[number].append(InHand(owner, until, first_at or until - LEASE))
    return {number: Waiting(firsts.get(number), tuple(held[number])) for number in numbers}


@cache
def _first_due() -> Any:
    return (
        select(col(Message.campaign_id), func.min(col(Message.next_try_at)))
        .where(
            col(Message.campaign_id).in_(bindparam("numbers", expanding=True)),
            col(Message.state).in_(_OPEN),
            col(Message.owner).is_(None),
            col(Message.replaced_at).is_(None),
        )
        .group_by(col(Message.campaign_id))
    )


@cache
def _in_hand() -> Any:
    lease, due = func.max(col(Message.lease_until)), func.min(col(Message.next_try_at))
    return (
        select(col(Message.campaign_id), col(Message.owner), lease, due)
        .where(col(Message.owner).is_not(None), col(Message.lease_until).is_not(None))
        .group_by(col(Message.owner), col(Message.campaign_id))  # by owner first: those in hand have an index by it
    )


def attendance(campaign: Campaign, letters: Waiting, now: datetime, *, here: datetime | None) -> Attendance:
    """Judge who looks after a campaign's letters. `here` is when this desk's own sender last did, if it has one.

    A server's fault that a person must cure keeps a scheduler away for a quarter of an hour: it is told beside the
    campaign, and so long nobody is missed.
    """
    in_hand = [one.held(now) for one in letters.in_hand]
    left = [one.first_at for one, held in zip(letters.in_hand, in_hand, strict=True) if not held]
    first = min([*left, *([letters.first_at] if letters.first_at is not None else [])], default=None)
    due = first if first is not None and first <= now else None
    moments = [moment for moment in (campaign.last_active_at, here) if moment is not None]
    looked = min(max(moments), now) if moments else None
    by_us = here is not None and looked is not None and looked - here < _ONE_TICK
    patience = PATIENCE + (_HALTED if campaign.reason and not by_us else timedelta())
    neglected = due is not None and not any(in_hand) and now - max(due, looked or due) > patience
    return Attendance(
        due_since=due,
        next_at=first if due is None else None,
        in_hand=any(in_hand),
        looked_at=looked,
        by_this_desk=by_us,
        neglected=neglected,
    )
