"""The queue is the message table itself. Each function here is one committed transaction.

A worker claims letters (its name and a lease, nothing else changes), and for each one marks `sending` just
before the data is asked for and records the server's answer straight after. Whatever is killed at whatever
instant, the table says what may have happened:

    claimed, not marked      nothing left this machine: it is taken up again
    marked `sending`         the server may have it: `uncertain`, and a person decides
    recorded                 known
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, func, or_, select, update
from sqlmodel.sql.expression import Select

from outreach import clock
from outreach.database import reading, writing
from outreach.letters.mime import dated
from outreach.models import (
    Campaign,
    CampaignState,
    Delivery,
    DeliveryEvent,
    EventKind,
    Hold,
    Message,
    MessageState,
    Recipient,
)
from outreach.outbox.allow_list import AllowList
from outreach.outbox.outcome import Outcome, Verdict
from outreach.outbox.owner import is_dead
from outreach.outbox.pace import Rate, allowance
from outreach.outbox.retry import BREAKS_TAKEN_UP, next_try
from outreach.states import move

S = MessageState
LEASE = timedelta(minutes=15)
"""Longer than any letter takes, by the time limits of the connection."""
_OPEN = (S.QUEUED, S.DEFERRED)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed letter, with all that is needed to hand it over."""

    id: int
    iso3: str
    campaign: str
    envelope_from: str
    recipients: tuple[str, ...]
    """Those who have no copy yet."""
    wire: bytes
    smtputf8: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker got: letters, or the moment at which the pace allows the next."""

    parcels: tuple[Parcel, ...] = ()
    paced_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be sent at all, by the settings."""

    live: bool
    embedded: bool
    allow_list: AllowList
    rates: tuple[Rate, ...]
    grace: timedelta
    retry_first: timedelta
    retry_for: timedelta

    @property
    def guarded(self) -> bool:
        """Whether the allow-list decides: in rehearsal, towards a server that is not our own."""
        return not self.live and not self.embedded


def recover(engine: Engine) -> tuple[int, int]:
    """Settle what dead workers left behind. Return how many letters are free again, and how many uncertain."""
    now = clock.now()
    freed = uncertain = 0
    with writing(engine) as session:
        for message in session.exec(select(Message).where(col(Message.owner).is_not(None))).all():
            expired = message.lease_until is not None and message.lease_until < now
            if not (expired or is_dead(message.owner or "")):
                continue
            if message.state is S.SENDING:
                message.reason = "the program ended after the letter was handed over and before the answer was stored"
                move(session, message, S.UNCERTAIN, who=message.owner or "", detail=message.reason)
                uncertain += 1
            else:
                freed += 1
            _let_go(session, message)
    return freed, uncertain


def hold_late_campaigns(engine: Engine, rules: Rules, campaign: str | None = None) -> list[str]:
    """Let a campaign wait for a person whose time passed, past the grace period, while nobody looked after it.

    The others are marked as looked after. A letter that was refused for now is not late: it is tried again for as
    long as the settings say, and no longer. Return the names of those that wait from now on.
    """
    now = clock.now()
    late = now - rules.grace
    with writing(engine) as session:
        overdue = (
            select(Campaign)
            .join(Message, col(Message.campaign_id) == col(Campaign.id))
            .where(
                col(Campaign.state) == CampaignState.SCHEDULED,
                or_(col(Campaign.last_active_at).is_(None), col(Campaign.last_active_at) < late),
                col(Message.replaced_at).is_(None),
                col(Message.state) == S.QUEUED,
                col(Message.next_try_at) < late,
            )
            .distinct()
        )
        if campaign is not None:
            overdue = overdue.where(Campaign.name == campaign)
        waiting = session.exec(overdue).all()
        for one in waiting:
            one.state = CampaignState.WAITING
            one.reason = (
                f"its time ({clock.shown(one.due_at, clock.zone(one.time_zone))}) passed while nothing was running"
            )
            session.add(one)
        session.flush()
        # A sign of life for the others, so that a slow pace is not taken for a process that was down.
        session.exec(
            update(Campaign)
            .where(col(Campaign.state) == CampaignState.SCHEDULED, col(Campaign.due_at) <= now)
            .values(last_active_at=now)
        )
        return [one.name for one in waiting]


def hold_unconfirmed_campaigns(engine: Engine, rules: Rules) -> list[str]:
    """In live mode, let a campaign wait whose letters are due and whose missions nobody has confirmed."""
    if not rules.live:
        return []
    with writing(engine) as session:
        unconfirmed = session.exec(
            select(Campaign).where(
                col(Campaign.state) == CampaignState.SCHEDULED,
                col(Campaign.due_at) <= clock.now(),
                col(Campaign.confirmed_missions).is_(None),
            )
        ).all()
        for one in unconfirmed:
            one.state = CampaignState.WAITING
            one.reason = "it was scheduled in rehearsal: schedule it again in live mode and confirm its missions"
            session.add(one)
        return [one.name for one in unconfirmed]


def review_holds(engine: Engine, rules: Rules) -> int:
    """Release letters that were held for the allow-list, where it no longer stands in the way. Return how many."""
    with writing(engine) as session:
        held = session.exec(
            select(Message)
            .join(Campaign, col(Message.campaign_id) == col(Campaign.id))
            .where(
                col(Message.hold) == Hold.NOT_ALLOWED,
                col(Message.state) == S.HELD,
                col(Message.replaced_at).is_(None),
                col(Campaign.state) == CampaignState.SCHEDULED,
            )
        ).all()
        released = 0
        for message in held:
            addresses = [recipient.address for recipient in _recipients(session, message)]
            if rules.guarded and rules.allow_list.outside(addresses):
                continue
            message.hold, message.reason = None, ""
            move(session, message, S.QUEUED, who="outbox", detail="the allow-list no longer stands in the way")
            released += 1
        return released


def claim(engine: Engine, rules: Rules, owner: str, *, limit: int, campaign: str | None = None) -> Claim:
    """Claim letters that are due, oldest first. In live mode only those of campaigns that a person confirmed.

    Letters that may not go out under these rules are held on the way, with the reason.
    """
    now = clock.now()
    with writing(engine) as session:
        pace = allowance(session, rules.rates, now, limit)
        due = (
            _due(now, campaign)
            .order_by(col(Message.next_try_at), col(Message.id))
            .with_for_update(of=Message, skip_locked=True)
        )
        if rules.live:
            due = due.where(col(Campaign.confirmed_missions).is_not(None))
        if pace.letters == 0:
            waiting = session.exec(due.limit(1)).first() is not None
            return Claim(paced_until=(pace.next_at or now + timedelta(seconds=1)) if waiting else None)
        parcels: list[Parcel] = []
        # A letter that is held on the way leaves its place to the next one.
        while len(parcels) < pace.letters and (rows := session.exec(due.limit(pace.letters - len(parcels))).all()):
            for message, of in rows:
                if (parcel := _take(session, rules, message, of, owner, now)) is not None:
                    parcels.append(parcel)
            session.flush()
    return Claim(tuple(parcels))


def _take(session: Session, rules: Rules, message: Message, of: Campaign, owner: str, now: datetime) -> Parcel | None:
    recipients = _recipients(session, message)
    addresses = [recipient.address for recipient in recipients]
    if rules.guarded and (outside := rules.allow_list.outside(addresses)):
        _hold(session, message, Hold.NOT_ALLOWED, ", ".join(outside))
        return None
    tried_since = message.first_try_at if message.state is S.DEFERRED else None
    if tried_since is not None and tried_since + rules.retry_for < now:
        message.reason = f"it was not accepted in {rules.retry_for.total_seconds() / 3600:.0f} hours; the last answer: "
        message.reason += message.smtp_reply
        for recipient in recipients:
            if recipient.state in _OPEN:
                recipient.state = S.FAILED
                session.add(recipient)
        done = any(recipient.state is S.SENT for recipient in recipients)
        move(session, message, S.SENT if done else S.FAILED, who=owner, detail=message.reason)
        return None
    message.owner, message.lease_until = owner, now + LEASE
    session.add(message)
    of.last_active_at = now
    session.add(of)
    assert message.id is not None
    assert message.due_at is not None
    return Parcel(
        id=message.id,
        iso3=message.iso3,
        campaign=of.name,
        envelope_from=message.envelope_from,
        recipients=tuple(r.address for r in recipients if r.state in _OPEN),
        wire=dated(message.raw, message.due_at, clock.zone(of.time_zone)),
        smtputf8=message.smtputf8,
        attempts=message.attempts,
    )


def _recipients(session: Session, message: Message) -> Sequence[Recipient]:
    return session.exec(select(Recipient).where(Recipient.message_id == message.id).order_by(col(Recipient.id))).all()


def _hold(session: Session, message: Message, hold: Hold, detail: str) -> None:
    message.hold, message.reason = hold, f"{hold}: {detail}" if detail else str(hold)
    move(session, message, S.HELD, who="outbox", detail=message.reason)
    _let_go(session, message)


def _let_go(session: Session, message: Message) -> None:
    message.owner = message.lease_until = None
    session.add(message)


def mark_sending(engine: Engine, parcel: Parcel, owner: str) -> bool:
    """Commit the mark `sending`, the last thing before the data is asked for.

    Return False, and the letter is not to be sent, if the claim is lost or the campaign was stopped meanwhile.
    """
    now = clock.now()
    with writing(engine) as session:
        message = session.get_one(Message, parcel.id)
        campaign = session.get_one(Campaign, message.campaign_id)
        stopped = campaign.state is not CampaignState.SCHEDULED or message.replaced_at is not None
        if message.owner != owner or message.state not in _OPEN or stopped:
            return False
        message.lease_until = now + LEASE
        message.attempts += 1
        message.first_try_at = message.first_try_at or now
        move(session, message, S.SENDING, who=owner, at=now, detail=f"to {', '.join(parcel.recipients)}")
        return True


def record(engine: Engine, rules: Rules, parcel: Parcel, owner: str, outcome: Outcome) -> MessageState:
    """Commit what became of a letter. Return the state that it is in now.

    A worker whose claim was taken from it reports an acceptance all the same: it is the proof that settles an
    `uncertain` letter. Everything else that it could say is moot.
    """
    now = clock.now()
    with writing(engine) as session:
        message = session.get_one(Message, parcel.id)
        ours = message.owner == owner
        if not ours and not (outcome.verdict is Verdict.ACCEPTED and message.state is S.UNCERTAIN):
            return message.state
        if ours and message.state in _OPEN and outcome.verdict is not Verdict.NOT_TRIED:
            message.attempts += 1
            message.first_try_at = message.first_try_at or now
        message.smtp_reply = outcome.reply or message.smtp_reply
        _settle_recipients(session, message, owner, outcome, now)
        _settle_message(session, rules, message, owner, outcome, now)
        if ours:
            _let_go(session, message)
        return message.state


def _settle_recipients(session: Session, message: Message, owner: str, outcome: Outcome, now: datetime) -> None:
    assert message.id is not None
    for recipient in _recipients(session, message):
        answer = outcome.recipients.get(recipient.address)
        if answer is None:
            continue
        recipient.smtp_reply = answer.reply
        recipient.state = {Verdict.ACCEPTED: S.SENT, Verdict.REFUSED: S.FAILED}.get(answer.verdict, S.DEFERRED)
        if recipient.state is S.SENT:
            recipient.delivery = Delivery.ACCEPTED
        session.add(recipient)
        if outcome.verdict is Verdict.ACCEPTED and answer.verdict is not Verdict.ACCEPTED:
            # Others have their copy; this one is recorded for itself.
            session.add(
                DeliveryEvent(
                    message_id=message.id,
                    at=now,
                    kind=EventKind.REFUSED if answer.verdict is Verdict.REFUSED else EventKind.DEFERRED,
                    who=owner,
                    recipient=recipient.address,
                    permanent=answer.verdict is Verdict.REFUSED,
                    detail=answer.reply,
                )
            )
    session.flush()


def _settle_message(
    session: Session, rules: Rules, message: Message, owner: str, outcome: Outcome, now: datetime
) -> None:
    states = {recipient.state for recipient in _recipients(session, message)}
    match outcome.verdict:
        case Verdict.NOT_TRIED:
            return
        case Verdict.ACCEPTED:
            message.sent_at = message.sent_at or now
            message.rehearsed = rules.embedded
            message.delivery = message.delivery or Delivery.ACCEPTED
            to = S.DEFERRED if S.DEFERRED in states else S.SENT
        case Verdict.DEFERRED:
            to = S.DEFERRED
        case Verdict.REFUSED:
            to = S.SENT if S.SENT in states else S.FAILED
        case Verdict.BROKEN:
            again = message.attempts < BREAKS_TAKEN_UP and message.state is not S.DEFERRED
            to = S.QUEUED if again else S.DEFERRED
        case Verdict.UNCERTAIN:
            to = S.UNCERTAIN
        case Verdict.NO_SMTPUTF8:
            _hold(session, message, Hold.NO_SMTPUTF8, "")
            return
    message.reason = "" if to in (S.SENT, S.QUEUED) else outcome.reply
    if to is S.DEFERRED:
        message.next_try_at = next_try(now, rules.retry_first, message.attempts)
    move(session, message, to, who=owner, detail=outcome.reply, at=now)


def release(engine: Engine, owner: str) -> None:
    """Give back every letter that this worker claimed and did not take up."""
    with writing(engine) as session:
        session.exec(
            update(Message)
            .where(col(Message.owner) == owner, col(Message.state).in_(_OPEN))
            .values(owner=None, lease_until=None)
        )


def due_campaigns(engine: Engine, *, campaign: str | None = None) -> list[str]:
    """Return the names of the campaigns that have letters due now, by name."""
    with reading(engine) as session:
        return sorted(session.scalars(_due(clock.now(), campaign).with_only_columns(col(Campaign.name)).distinct()))


def count_due(engine: Engine, *, campaign: str | None = None) -> int:
    """Return how many letters are due now."""
    with reading(engine) as session:
        return session.scalar(_due(clock.now(), campaign).with_only_columns(func.count(col(Message.id)))) or 0


def _due(now: datetime, campaign: str | None) -> Select[Message, Campaign]:
    """Letters that are due, that nobody holds, of campaigns that may send."""
    due = (
        select(Message, Campaign)
        .join(Campaign, col(Message.campaign_id) == col(Campaign.id))
        .where(
            col(Message.state).in_(_OPEN),
            col(Message.replaced_at).is_(None),
            col(Message.owner).is_(None),
            col(Message.next_try_at) <= now,
            col(Campaign.state) == CampaignState.SCHEDULED,
        )
    )
    return due if campaign is None else due.where(Campaign.name == campaign)
