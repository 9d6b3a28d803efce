"""When a campaign goes out, and a person's word to pause, resume or cancel it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, bindparam
from sqlmodel import Session, col, func, select, update

from outreach import clock
from outreach.actors import Actor, acting
from outreach.campaigns.alongside import alongside, alongside_in_words
from outreach.campaigns.had_already import Repeated, repeated, told
from outreach.campaigns.lint_campaign import require_fit_for_missions
from outreach.campaigns.plan import as_seen, get_campaign, rehearsed_letters, span_in_words
from outreach.campaigns.stopping import bring_to_a_stop, clear, go_on
from outreach.campaigns.working_time import next_working_moment, spread, why_not_working
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConfirmationError, UserError
from outreach.ledger import Ledger, in_states
from outreach.missions.allow_list import reach, reach_in_words
from outreach.models import Campaign, Message, Response
from outreach.people import audit
from outreach.sentences import KeptSentence, Moment, Sentence, saying, some_of
from outreach.settings import Settings
from outreach.statement import Statement, in_list
from outreach.text import counted
from outreach.vocabulary import Act, CampaignState, EventKind, Hold, MessageState, Stop
from outreach.witness.standing import require_home

Ask = Callable[[int], int | None]
"""Asks a person to type the number of missions, which it is given."""
Tell = Callable[[Sequence[Sentence]], None]
"""Tells a person what to know before that number is typed."""
_MISSIONS = select(func.count()).select_from(Response).where(col(Response.campaign_id) == bindparam("campaign"))
_LETTERS = Statement(
    lambda length: (
        select(col(Message.id), col(Message.state))
        .where(
            col(Message.campaign_id) == bindparam("campaign"),
            col(Message.replaced_at).is_(None),
            col(Message.state).in_(in_list(length)),
        )
        .order_by(col(Message.iso3))
    )
)
_OPEN = frozenset({MessageState.QUEUED, MessageState.DEFERRED})
_MOST_NAMED = 12
_SCHEDULABLE = frozenset({CampaignState.APPROVED, CampaignState.SCHEDULED, CampaignState.PAUSED, CampaignState.WAITING})


@dataclass(frozen=True, slots=True)
class Scheduled:
    """When the letters of a campaign are due, and how many there are."""

    due_at: datetime
    zone: ZoneInfo
    letters: int
    held: int
    unusual: Sentence | None
    """Why the time may not be meant, such as a weekend."""
    last_at: datetime
    """When the last of them is due."""
    spread: timedelta = timedelta()
    """The window over which they are spread."""
    working_hours: bool = False
    again_by: str = ""
    """Who said that missions which have had this already get it once more."""
    repeated: tuple[Repeated, ...] = ()
    """Those missions."""

    @property
    def plan(self) -> str:
        """How they go out, such as `spread over 3h, in working hours only`; empty where all are due at once."""
        minutes = int(self.spread.total_seconds() // 60)
        span = KeptSentence("plan.spread", "spread over {span}", span=span_in_words(minutes))
        hours = KeptSentence("plan.working-hours", "in working hours only")
        return KeptSentence.joined([span] * bool(minutes) + [hours] * self.working_hours, ", ")


def count_missions(engine: Engine, name: str) -> int:
    """Return the number of missions in a campaign: what live mode asks to be confirmed."""
    with reading(engine) as session:
        return _count(session, get_campaign(session, name))


def _count(session: Session, campaign: Campaign) -> int:
    return int(session.scalar(_MISSIONS, {"campaign": campaign.id}) or 0)


def confirm(settings: Settings, missions: int, yes: int | None) -> None:
    """In live mode, require that a person has typed the number of missions. Rehearsal asks nothing.

    A number that was given is held against the facts in rehearsal too, so that a script is tried out whole.
    Raises ConfirmationError.
    """
    if yes is None and not settings.live:
        return
    if yes is None:
        raise ConfirmationError(
            "campaign.not-confirmed",
            "LIVE mode: this writes to {missions} real {missions:*mission|missions}, and nobody has confirmed it. "
            "Nothing was done.",
            missions=missions,
            remedy="If that is meant, {CONFIRM:confirm it}.",
        )
    if yes != missions:
        raise ConfirmationError(
            "campaign.another-number",
            "{yes} was confirmed, but there {missions:*is|are} {missions} {missions:*mission|missions}. "
            "Nothing was done.",
            yes=yes,
            missions=missions,
            remedy="Look at the audience again{LETTERS}.",
        )


def confirm_sending(
    engine: Engine,
    settings: Settings,
    names: Sequence[str],
    *,
    by: Actor,
    yes: int | None = None,
    ask: Ask = lambda _missions: None,
    tell: Tell = lambda _lines: None,
) -> None:
    """Confirm what is about to be sent: in live mode, the number of missions of these campaigns together.

    The number comes from `yes`, else from a person who is asked, and who is told beforehand which missions have had
    this already. Raises ConfirmationError; ConflictError where somebody changed one of them while the person was asked.
    """
    if not names:
        return
    with reading(engine) as session:
        campaigns = [get_campaign(session, name) for name in names]
        for campaign in campaigns:
            require_fit_for_missions(session, settings, campaign)
        counts = {campaign.name: _count(session, campaign) for campaign in campaigns}
        if settings.live:
            for campaign in campaigns:
                lines = [
                    *had_in_words(campaign, repeated(session, campaign)),
                    *alongside_in_words(campaign, alongside(session, campaign)),
                ]
                if lines:
                    tell(lines)
    if yes is None and settings.live:
        yes = ask(sum(counts.values()))  # no lock is held while a person thinks
    confirm(settings, sum(counts.values()), yes)
    if not settings.live:
        return
    with writing(engine) as session:
        for seen in campaigns:
            campaign = as_seen(session, seen.name, seen.version)
            if campaign.confirmed_missions != counts[campaign.name]:
                campaign.confirmed_missions = counts[campaign.name]
                campaign.version += 1
                session.add(campaign)
                told = counted(counts[campaign.name], "mission")
                audit.record(session, by, Act.CAMPAIGN_CONFIRMED, campaign=campaign.name, detail=told)


def had_in_words(campaign: Campaign, missions: Sequence[Repeated], *, again: bool = False) -> list[Sentence]:
    """Say which missions have had already what a campaign would send them, and what comes of that; nothing if none."""
    if not missions:
        return []
    if again or campaign.again_by:
        what = saying("had.once-more", "they get it once more")
        if campaign.again_by:
            what = saying("had.once-more-by", "they get it once more, as {person} said", person=campaign.again_by)
    else:
        what = saying("had.nothing-more", "in live mode they get nothing more, unless you {AGAIN:say so}")
    head = saying(
        "had.already", "{campaign}: {count} of its missions {count:*has|have} had this already; {what}.",
        campaign=campaign.name, count=len(missions), what=what,
    )  # fmt: skip
    lines = told(missions, clock.zone(campaign.time_zone))
    return [head, *(saying("had.line", "  {line}", line=line) for line in lines)]


def repeated_by(engine: Engine, name: str, *, again: bool = False) -> list[Sentence]:
    """Say which missions have had already what a campaign would send them (see `had_in_words`), or are to get it by
    another one too."""
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        had = had_in_words(campaign, repeated(session, campaign), again=again)
        return [*had, *alongside_in_words(campaign, alongside(session, campaign))]


def reached_by(engine: Engine, settings: Settings, name: str) -> list[Sentence]:
    """Say which of its missions a rehearsal really writes to."""
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        codes = session.exec(select(Response.iso3).where(Response.campaign_id == campaign.id)).all()
        return reach_in_words(reach(session, settings, codes))


def schedule(
    engine: Engine,
    settings: Settings,
    name: str,
    at: str,
    *,
    yes: int | None = None,
    spread_over: timedelta | None = None,
    working_hours: bool | None = None,
    by: Actor | str | None = None,
    again: bool = False,
    seen: int | None = None,
) -> Scheduled:
    """Set the time of an approved campaign: in the campaign's zone, unless `at` carries an offset.

    A time just past, within the grace period, is due at once. The letters may be spread over a window, and kept to
    working hours; what is not said of these stays as it was. Of a follow-up it is the time before which nothing is
    due. Missions that have had this already, by another campaign, are held back in live mode unless a person says
    `again`. `seen` is the campaign's version as the person saw it.

    Raises CampaignError for a campaign that is not approved, or, in live mode, that was rehearsed since; UserError for
    a time that can't be meant, ConfirmationError in live mode, ConflictError where it has been changed since it was
    seen, CopyError where this database may be a copy.
    """
    by = acting(by)
    require_home(engine, settings)
    now = clock.now()
    with writing(engine) as session:
        campaign = as_seen(session, name, seen)
        _require_schedulable(session, settings, campaign)
        tz = clock.zone(campaign.time_zone)
        due_at = clock.parse_moment(at, tz)
        if due_at < now - timedelta(minutes=settings.grace_minutes):
            raise UserError(
                "time.past",
                "{at} is {ago} ago ({due_at}; it is {now}).",
                at=at,
                ago=_ago(now - due_at),
                due_at=Moment(due_at, tz.key),
                now=Moment(now, tz.key),
                remedy="Give a time to come, or the present one to send at once.",
            )
        missions = _count(session, campaign)
        confirm(settings, missions, yes)
        require_fit_for_missions(session, settings, campaign)
        if spread_over is not None:
            campaign.spread_minutes = int(spread_over.total_seconds() // 60)
        if working_hours is not None:
            campaign.working_hours = working_hours
        over = timedelta(minutes=campaign.spread_minutes)
        if campaign.working_hours:
            due_at = next_working_moment(due_at, tz)
        clear(campaign, CampaignState.SCHEDULED)
        campaign.due_at = due_at
        campaign.last_active_at = None
        campaign.again_by = by.name if again else campaign.again_by
        if settings.live:
            campaign.confirmed_missions = missions
        session.add(campaign)
        if campaign.again_by:
            _release(session, campaign, Hold.HAD_ALREADY, now, by)
        letters = [(number, state) for number, state in _numbers(session, campaign, _OPEN | {MessageState.HELD})]
        moments: list[datetime | None] = [None] * len(letters)
        if campaign.follows_id is None:
            moments = list(spread(due_at, over, len(letters), tz, working=campaign.working_hours))
        _make_due(session, [number for number, _ in letters], moments, at=now, by=by)
        held = sum(state is MessageState.HELD for _, state in letters)
        last = max((moment for moment in moments if moment is not None), default=due_at)
        done = Scheduled(
            due_at, tz, len(letters) - held, held, _unusual(due_at.astimezone(tz)), last, over,
            campaign.working_hours, campaign.again_by, repeated(session, campaign),
        )  # fmt: skip
        words = [
            KeptSentence(
                "log.due", "{number:,} {number:*letter|letters} for {moment}", number=done.letters,
                moment=Moment(due_at, tz.key),
            ),
            *([done.plan] if done.plan else []),
            *([KeptSentence("log.once-more", "also to those who have had this already")] if again else []),
        ]  # fmt: skip
        detail = KeptSentence.joined(words, ", ")
        audit.record(session, by, Act.CAMPAIGN_SCHEDULED, campaign=name, detail=detail)
        return done


def _require_schedulable(session: Session, settings: Settings, campaign: Campaign) -> None:
    name = campaign.name
    if campaign.state not in _SCHEDULABLE:
        why = campaign.state in (CampaignState.DRAFT, CampaignState.APPROVED_ONCE) and campaign.reason
        reason = f" ({campaign.reason})" if why else ""
        raise CampaignError(
            "campaign.not-schedulable",
            "The campaign {campaign!r} is {state}{reason}: it can't be scheduled.",
            campaign=name,
            state=campaign.state,
            reason=reason,
            number=campaign.id,
            remedy="Make a new campaign."
            if campaign.state is CampaignState.CANCELLED
            else "Approve it first{APPROVE}.",
        )
    _require_nothing_rehearsed(session, settings, campaign)


def _require_nothing_rehearsed(session: Session, settings: Settings, campaign: Campaign) -> None:
    """In live mode, what was only rehearsed has to be frozen anew: else those missions would get nothing."""
    if not settings.live:
        return
    if codes := rehearsed_letters(session, campaign):
        raise CampaignError(
            "campaign.rehearsed",
            "{count} {count:*letter|letters} of {campaign!r} went out in rehearsal only, and so to nobody: {listed}. "
            "Nothing was done.",
            count=len(codes),
            campaign=campaign.name,
            listed=some_of(codes, _MOST_NAMED),
            number=campaign.id,
            remedy="Approve it again in live mode{APPROVE}.",
        )


def _numbers(session: Session, campaign: Campaign, states: Iterable[MessageState]) -> list[tuple[int, MessageState]]:
    """The letters of a campaign in these states, by ISO3."""
    session.flush()
    rows = _LETTERS.rows(session.connection(), list(states), campaign=campaign.id)
    return [(row["id"], row["state"]) for row in rows]


def _make_due(
    session: Session, numbers: Sequence[int], moments: Sequence[datetime | None], *, at: datetime, by: Actor
) -> None:
    """Set when letters are due. Whoever had claimed one under the old time has lost it, unless it is on its way."""
    if not numbers:
        return
    ledger = Ledger(session)
    letters = ledger.read(numbers)
    for number, moment in zip(numbers, moments, strict=True):
        # With the time, the hours begin anew for which a letter that is refused for now is tried.
        ledger.change(letters[number], due_at=moment, next_try_at=moment, first_try_at=None)
        ledger.take_away(letters[number])
        if moment is not None:
            ledger.event(number, EventKind.SCHEDULED, who=by, at=at, detail=moment.isoformat())
    ledger.write()


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return counted(minutes, "minute")
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _unusual(local: datetime) -> Sentence | None:
    if (words := why_not_working(local.date())) is not None:
        return words
    return None if 8 <= local.hour < 18 else saying("time.outside-hours", "it is outside working hours")


def pause(engine: Engine, name: str, *, by: Actor, seen: int | None = None) -> int:
    """Stop a campaign: no further letter is handed to a server. Return the number of letters that wait.

    Raises CampaignError where there is nothing to pause, ConflictError where it has been changed since it was `seen`.
    """
    with writing(engine) as session:
        campaign = as_seen(session, name, seen)
        if campaign.state not in {CampaignState.SCHEDULED, CampaignState.WAITING, CampaignState.PAUSED}:
            raise CampaignError(
                "campaign.not-pausable",
                "The campaign {campaign!r} is {state}: there is nothing to pause.",
                campaign=name,
                state=campaign.state,
            )
        bring_to_a_stop(
            campaign,
            CampaignState.PAUSED,
            Stop.PAUSED,
            KeptSentence("campaign.paused-by", "paused by {who}", who=by.name),
        )
        session.add(campaign)
        audit.record(session, by, Act.CAMPAIGN_PAUSED, campaign=name)
        return len(_numbers(session, campaign, _OPEN))


def _letters(count: int) -> KeptSentence:
    return KeptSentence("log.letters", "{count:,} {count:*letter|letters}", count=count)


def resume(engine: Engine, settings: Settings, name: str, *, by: Actor, seen: int | None = None) -> int:
    """Let a paused or waiting campaign go on where it stopped. What went out is not sent again.

    A letter whose time has passed is due now; letters that were spread over a window keep their distance. Return
    the number of letters that go on. Raises CampaignError where there is nothing to resume, or, in live mode, letters
    were only rehearsed; ConflictError where it has been changed since it was `seen`, CopyError where this database may
    be a copy.
    """
    require_home(engine, settings)
    now = clock.now()
    with writing(engine) as session:
        campaign = as_seen(session, name, seen)
        if campaign.state not in {CampaignState.PAUSED, CampaignState.WAITING}:
            raise CampaignError(
                "campaign.not-resumable",
                "The campaign {campaign!r} is {state}: there is nothing to resume.",
                campaign=name,
                state=campaign.state,
            )
        _require_nothing_rehearsed(session, settings, campaign)
        _release(session, campaign, Hold.NO_SMTPUTF8, now, by)
        letters = _numbers(session, campaign, _OPEN)
        # The time for which a letter is tried again begins anew.
        in_hand = col(Message.id).in_(select(col(Message.id)).where(*_current(campaign), col(Message.state).in_(_OPEN)))
        session.exec(update(Message).where(in_hand).values(first_try_at=None))
        _catch_up(session, campaign, now - timedelta(minutes=settings.grace_minutes), now, by)
        go_on(session, campaign, now)
        audit.record(
            session,
            by,
            Act.CAMPAIGN_RESUMED,
            campaign=name,
            detail=KeptSentence("log.goes-on", "{count:,} {count:*letter goes|letters go} on", count=len(letters)),
        )
    return len(letters)


def _current(campaign: Campaign) -> tuple[Any, ...]:
    return (col(Message.campaign_id) == campaign.id, col(Message.replaced_at).is_(None))


def _catch_up(session: Session, campaign: Campaign, late: datetime, now: datetime, by: Actor) -> None:
    """Move the letters of which some are late, all by the same time, so that the first of them is due now."""
    query = select(col(Message.id), col(Message.next_try_at)).where(
        *_current(campaign), col(Message.state) == MessageState.QUEUED, col(Message.next_try_at).is_not(None)
    )
    times = {
        number: moment for number, moment in session.exec(query).all() if moment is not None and number is not None
    }
    first = min(times.values(), default=now)
    if first >= late:
        return
    tz = clock.zone(campaign.time_zone)
    moved = {number: moment + (now - first) for number, moment in times.items()}
    if campaign.working_hours:
        moved = {number: next_working_moment(moment, tz) for number, moment in moved.items()}
    _make_due(session, list(moved), list(moved.values()), at=now, by=by)


def _release(session: Session, campaign: Campaign, hold: Hold, now: datetime, by: Actor) -> None:
    """Let go on what was held for one reason: the server may take such addresses by now, or a person has said so."""
    query = select(Message.id).where(
        *_current(campaign), col(Message.hold) == hold, col(Message.state) == MessageState.HELD
    )
    ledger = Ledger(session)
    held = in_states(MessageState.HELD)
    for letter in ledger.read(number for number in session.exec(query) if number is not None).values():
        ledger.transition(letter, MessageState.QUEUED, only=held, who=by, at=now, hold=None, reason="")
    ledger.write()


def cancel(engine: Engine, name: str, *, by: Actor, seen: int | None = None) -> int:
    """Cancel a campaign for good: every letter that has not gone out is cancelled. Return their number.

    One that is on its way at this moment is cancelled if the mail server does not take it. Raises CampaignError for one
    that is cancelled, ConflictError where it has been changed since it was `seen`.
    """
    with writing(engine) as session:
        campaign = as_seen(session, name, seen)
        if campaign.state is CampaignState.CANCELLED:
            raise CampaignError(
                "campaign.cancelled-already", "The campaign {campaign!r} is cancelled already.", campaign=name
            )
        now = clock.now()
        ledger = Ledger(session)
        to_go = in_states(*_OPEN, MessageState.HELD)
        letters = ledger.read(number for number, _ in _numbers(session, campaign, _OPEN | {MessageState.HELD}))
        for letter in letters.values():
            ledger.transition(letter, MessageState.CANCELLED, only=to_go, who=by, at=now)
            ledger.take_away(letter)
        ledger.write()
        clear(campaign, CampaignState.CANCELLED)
        session.add(campaign)
        audit.record(session, by, Act.CAMPAIGN_CANCELLED, campaign=name, detail=_letters(len(letters)))
    return len(letters)
