"""When a campaign goes out, and a person's word to pause, resume or cancel it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.campaigns.plan import current_messages, get_campaign
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConfirmationError, UserError
from outreach.models import Campaign, CampaignState, DeliveryEvent, EventKind, Hold, Message, MessageState, Response
from outreach.settings import Settings
from outreach.states import move

S = CampaignState
Ask = Callable[[int], int | None]
"""Asks a person to type the number of missions, which it is given."""
_OPEN = frozenset({MessageState.QUEUED, MessageState.DEFERRED})
_SCHEDULABLE = frozenset({S.APPROVED, S.SCHEDULED, S.PAUSED, S.WAITING})


@dataclass(frozen=True, slots=True)
class Scheduled:
    """When the letters of a campaign are due, and how many there are."""

    due_at: datetime
    zone: ZoneInfo
    letters: int
    held: int
    unusual: str
    """Why the time may not be meant, such as a weekend; empty otherwise."""


def count_missions(engine: Engine, name: str) -> int:
    """Return the number of missions in a campaign: what live mode asks to be confirmed."""
    with reading(engine) as session:
        return _count(session, get_campaign(session, name))


def _count(session: Session, campaign: Campaign) -> int:
    query = select(func.count()).select_from(Response).where(Response.campaign_id == campaign.id)
    return session.exec(query).one()


def confirm(settings: Settings, missions: int, yes: int | None) -> None:
    """In live mode, require that a person has typed the number of missions. Rehearsal asks nothing.

    A number that was given is held against the facts in rehearsal too, so that a script is tried out whole.
    Raises ConfirmationError.
    """
    if yes is None and not settings.live:
        return
    if yes is None:
        raise ConfirmationError(
            f"LIVE mode: this writes to {missions} real missions, and nobody has confirmed it. Nothing was done.",
            cure=f"If that is meant, add --yes {missions}.",
        )
    if yes != missions:
        raise ConfirmationError(
            f"{yes} was confirmed, but there are {missions} missions. Nothing was done.",
            cure="Look at the audience again: outreach messages list NAME.",
        )


def confirm_sending(
    engine: Engine,
    settings: Settings,
    names: Sequence[str],
    *,
    yes: int | None = None,
    ask: Ask = lambda _missions: None,
) -> None:
    """Confirm what is about to be sent: in live mode, the number of missions of these campaigns together.

    The number comes from `yes`, else from a person who is asked. Raises ConfirmationError.
    """
    if not names:
        return
    with writing(engine) as session:
        campaigns = [get_campaign(session, name) for name in names]
        counts = [_count(session, campaign) for campaign in campaigns]
        if yes is None and settings.live:
            yes = ask(sum(counts))
        confirm(settings, sum(counts), yes)
        if settings.live:
            for campaign, count in zip(campaigns, counts, strict=True):
                campaign.confirmed_missions = count
                session.add(campaign)


def schedule(engine: Engine, settings: Settings, name: str, at: str, *, yes: int | None = None) -> Scheduled:
    """Set the time of an approved campaign: in the campaign's zone, unless `at` carries an offset.

    A time just past, within the grace period, is due at once. Raises CampaignError for a campaign that is not
    approved, UserError for a time that can't be meant, ConfirmationError in live mode.
    """
    now = clock.now()
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        if campaign.state not in _SCHEDULABLE:
            cure = (
                "Make a new campaign."
                if campaign.state is S.CANCELLED
                else f"outreach campaign approve {name} --by WHO."
            )
            raise CampaignError(f"The campaign {name!r} is {campaign.state}: it can't be scheduled.", cure=cure)
        tz = clock.zone(campaign.time_zone)
        due_at = clock.parse_moment(at, tz)
        if due_at < now - timedelta(minutes=settings.grace_minutes):
            raise UserError(
                f"{at} is {_ago(now - due_at)} ago ({clock.shown(due_at, tz)}; it is {clock.shown(now, tz)}).",
                cure="Give a time to come, or the present one to send at once.",
            )
        missions = _count(session, campaign)
        confirm(settings, missions, yes)
        messages = current_messages(session, campaign)
        waiting = [message for message in messages if message.state in _OPEN]
        for message in waiting:
            _make_due(session, message, due_at, at=now)
        held = sum(message.state is MessageState.HELD for message in messages)
        for message in messages:
            if message.state is MessageState.HELD:
                message.due_at = message.next_try_at = due_at
                session.add(message)
        campaign.state, campaign.reason, campaign.due_at = S.SCHEDULED, "", due_at
        campaign.last_active_at = None
        if settings.live:
            campaign.confirmed_missions = missions
        session.add(campaign)
    return Scheduled(due_at, tz, len(waiting), held, _unusual(due_at.astimezone(tz)))


def _make_due(session: Session, message: Message, due_at: datetime, *, at: datetime) -> None:
    assert message.id is not None
    message.due_at = message.next_try_at = due_at
    session.add(message)
    session.add(
        DeliveryEvent(message_id=message.id, at=at, kind=EventKind.SCHEDULED, who="person", detail=due_at.isoformat())
    )


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _unusual(local: datetime) -> str:
    if local.weekday() >= 5:
        return f"it is a {local:%A}"
    return "" if 8 <= local.hour < 18 else "it is outside working hours"


def pause(engine: Engine, name: str, reason: str = "paused by a person") -> int:
    """Stop a campaign: no further letter is handed to a server. Return the number of letters that wait."""
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        if campaign.state not in {S.SCHEDULED, S.WAITING, S.PAUSED}:
            raise CampaignError(f"The campaign {name!r} is {campaign.state}: there is nothing to pause.")
        campaign.state, campaign.reason = S.PAUSED, reason
        session.add(campaign)
        return sum(message.state in _OPEN for message in current_messages(session, campaign))


def resume(engine: Engine, settings: Settings, name: str) -> int:
    """Let a paused or waiting campaign go on where it stopped. What went out is not sent again.

    A letter whose time has passed is due now. Return the number of letters that go on.
    """
    now = clock.now()
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        if campaign.state not in {S.PAUSED, S.WAITING}:
            raise CampaignError(f"The campaign {name!r} is {campaign.state}: there is nothing to resume.")
        late = now - timedelta(minutes=settings.grace_minutes)
        letters = 0
        for message in current_messages(session, campaign):
            if message.hold is Hold.NO_SMTPUTF8 and message.state is MessageState.HELD:
                _release(session, message)
            if message.state not in _OPEN:
                continue
            letters += 1
            message.first_try_at = None  # the time for which it is tried again begins anew
            session.add(message)
            if message.state is MessageState.QUEUED and message.next_try_at is not None and message.next_try_at < late:
                _make_due(session, message, now, at=now)
        campaign.state, campaign.reason, campaign.last_active_at = S.SCHEDULED, "", now
        session.add(campaign)
    return letters


def _release(session: Session, message: Message) -> None:
    message.hold, message.reason = None, ""
    move(session, message, MessageState.QUEUED, who="person")


def cancel(engine: Engine, name: str) -> int:
    """Cancel a campaign for good: every letter that has not gone out is cancelled. Return their number."""
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        if campaign.state is S.CANCELLED:
            raise CampaignError(f"The campaign {name!r} is cancelled already.")
        cancelled = 0
        for message in current_messages(session, campaign):
            if message.state in _OPEN | {MessageState.HELD}:
                move(session, message, MessageState.CANCELLED, who="person")
                message.owner = None
                cancelled += 1
        campaign.state, campaign.reason = S.CANCELLED, ""
        session.add(campaign)
    return cancelled


def standstill(engine: Engine, name: str | None = None) -> list[str]:
    """Say, for each campaign that does not send although it is not finished, what it waits for."""
    lines: list[str] = []
    with reading(engine) as session:
        query = select(Campaign).where(col(Campaign.state) != S.CANCELLED).order_by(Campaign.name)
        for campaign in session.exec(query if name is None else query.where(Campaign.name == name)).all():
            waiting = [message for message in current_messages(session, campaign) if message.state in _OPEN]
            line = _stands_still(campaign, waiting)
            if line:
                lines.append(f"{campaign.name}: {line}")
    return lines


def _stands_still(campaign: Campaign, waiting: Sequence[Message]) -> str:
    next_at = min((message.next_try_at for message in waiting if message.next_try_at), default=None)
    match campaign.state:
        case S.DRAFT:
            return f"not approved. outreach campaign approve {campaign.name} --by WHO"
        case S.APPROVED if waiting:
            return f'approved, without a time. outreach campaign schedule {campaign.name} --at "2024-03-18 09:00"'
        case S.PAUSED | S.WAITING:
            return f"{campaign.state}: {campaign.reason}. outreach campaign resume {campaign.name}"
        case S.SCHEDULED if next_at is not None:
            return f"{len(waiting)} letters wait, the next until {clock.shown(next_at, clock.zone(campaign.time_zone))}"
        case _:
            return ""
