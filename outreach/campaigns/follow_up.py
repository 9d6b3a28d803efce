"""Follow-ups: a second letter, some days after the first and in its thread, to missions that stand where they stood.

A follow-up is a campaign of its own: its letters are frozen at its approval like all others, it can be paused and
cancelled, and its list is in `messages list`. What it has beside is the campaign that it follows. Each letter is
due so long after the first letter to that mission went out; whether it is still wanted is asked when it is taken
up, and once more just before its data.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, delete
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from outreach import clock
from outreach.actors import SCHEDULER, Actor
from outreach.campaigns.approve import Approval, approve
from outreach.campaigns.plan import as_seen, get_campaign, standing_now
from outreach.campaigns.stopping import bring_to_a_stop
from outreach.campaigns.timing import Ask, confirm, count_missions
from outreach.campaigns.working_time import after_working_days, next_working_moment
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConflictError, OutreachError, UserError
from outreach.letters.folder import TEMPLATES, load_letter
from outreach.models import Campaign, Message, Mission, Response
from outreach.people import audit
from outreach.sentences import KeptSentence, Remedy
from outreach.settings import Settings
from outreach.statement import Statement
from outreach.vocabulary import Act, Answer, CampaignState, MessageState, Position, Stop
from outreach.witness.standing import require_home

NO_ANSWER = "none"
_First: Any = aliased(Message)
_TO_PLAN = (  # made once: it is asked at every pass of the outbox
    sa_select(col(Message.id), col(Message.in_reply_to), _First.message_id, _First.sent_at, Campaign)
    .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    .join(_First, (_First.campaign_id == Campaign.follows_id) & (_First.iso3 == Message.iso3))
    .where(
        col(Campaign.state) == CampaignState.SCHEDULED,
        col(Campaign.follows_id).is_not(None),
        col(Message.state) == MessageState.QUEUED,
        col(Message.replaced_at).is_(None),
        col(Message.owner).is_(None),
        col(Message.due_at).is_(None),
        col(_First.replaced_at).is_(None),
        col(_First.state) == MessageState.SENT,
        col(_First.sent_at).is_not(None),
    )
)
_ONE_TO_PLAN = Statement(lambda _: _TO_PLAN.with_only_columns(col(Message.id)).limit(1))
_FIRST_LETTER_ANEW = KeptSentence(
    "gate.first-letter-anew", "the first letters were approved anew: approve and schedule the follow-up again"
)
_AFTER = re.compile(r"(\d{1,3})\s+(working\s+days?|days?|weeks?)")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up that was made."""

    name: str
    approval: Approval
    due: tuple[datetime, ...]
    """When those letters are due of which the first letter has gone out already; none while a second approval is
    awaited."""


def still_wanted(to: str, answer: Answer, position: Position) -> bool:
    """Tell whether a mission that stands so is still to get a follow-up: `none` is no answer, else a position.

    A machine's reply is no answer of the mission.
    """
    if to == NO_ANSWER:
        return answer in (Answer.NONE, Answer.AUTO_REPLY) and position is Position.UNKNOWN
    return position.value == to


def who_would_get_it(session: Session, campaign: Campaign, to: str) -> list[tuple[str, str]]:
    """Return the missions that have a campaign's letter and would get a follow-up as they stand now: code and name."""
    query = (
        select(Mission.iso3, Mission.short_name, Response.answer, Response.position)
        .join(Response, col(Response.iso3) == col(Mission.iso3))
        .join(Message, (col(Message.iso3) == col(Mission.iso3)) & (col(Message.campaign_id) == Response.campaign_id))
        .where(
            Response.campaign_id == campaign.id,
            col(Message.replaced_at).is_(None),
            Message.state == MessageState.SENT,
        )
        .order_by(col(Mission.short_name))
    )
    return [
        (iso3, name)
        for iso3, name, answer, position in session.exec(query)
        if still_wanted(to, Answer(answer), Position(position))
    ]


def waited(text: str, moment: datetime, tz: ZoneInfo) -> datetime:
    """Return the moment so long after another, moved into working time, in UTC: `5 working days`, `10 days`, `2 weeks`.

    Raises UserError.
    """
    match = _AFTER.fullmatch(text.strip().lower())
    if match is None:
        raise UserError(
            "follow-up.no-span",
            "{text!r} is no span of days.",
            text=text,
            remedy='Write it as "5 working days", "10 days" or "2 weeks".',
        )
    count = int(match[1])
    if match[2].startswith("working"):
        return after_working_days(moment, count, tz)
    local = moment.astimezone(tz) + timedelta(days=count * (7 if match[2].startswith("week") else 1))
    return next_working_moment(local, tz)


def follow_up(
    engine: Engine,
    settings: Settings,
    name: str,
    *,
    letter: str,
    after: str,
    to: str = NO_ANSWER,
    by: Actor,
    yes: int | None = None,
    ask: Ask = lambda _missions: None,
    again: bool = False,
    no_mailbox: bool = False,
    seen: int | None = None,
    despite: Collection[str] = (),
    templates: Path = TEMPLATES,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> FollowUp:
    """Make, approve and schedule a follow-up of a campaign whose letters are approved.

    Where the same one is planned already (the same letter to those that stand the same), it is refused unless `again`
    says that it goes out once more. `no_mailbox` says that there is no box of answers to be read before it goes; `seen`
    is the first campaign's version as the person saw it; `despite` are findings of the check that the person overrules,
    as at any approval.

    Raises UserError for a span or a position that is none, CampaignError where there is nothing to follow up,
    ConflictError where it is planned already or the first campaign has been changed since it was seen,
    ConfirmationError in live mode, CopyError, and what an approval raises; then nothing was made.

    A follow-up of a campaign that asks for two approvals asks for two as well: it is made and approved once, and
    has to be approved by a second person and scheduled.
    """
    to = to.strip().lower()
    if to != NO_ANSWER and to not in {position.value for position in Position}:
        positions = ", ".join(position.value for position in Position)
        raise UserError(
            "follow-up.no-position",
            "{to!r} is no position.",
            to=to,
            positions=positions,
            remedy="Say none, for no answer, or one of: {positions}.",
        )
    waited(after, clock.now(), settings.tz)
    load_letter(letter, templates)
    require_home(engine, settings)
    _require_not_planned(engine, name, letter, to, again=again)
    missions = count_missions(engine, name)
    confirm(settings, missions, ask(missions) if yes is None and settings.live else yes)
    child = _make(
        engine, name, letter, after, to, by=by, seen=seen, again_by=by.name if again else "",
        no_mailbox_by=by.name if no_mailbox else "",
    )  # fmt: skip
    try:
        approval = approve(engine, settings, child, by=by, templates=templates, despite=despite, progress=progress)
    except OutreachError:
        _unmake(engine, child, by)
        raise
    if again:
        _say_again(engine, child, by)  # the approval has taken back what was said before it
    if approval.awaits_second:
        return FollowUp(child, approval, ())
    now = clock.now()
    with writing(engine) as session:
        campaign = get_campaign(session, child)
        if campaign.state is not CampaignState.APPROVED:
            raise ConflictError(
                "follow-up.changed",
                "Somebody has changed {campaign!r} meanwhile: {standing}. It was made, and has no time.",
                campaign=child,
                standing=standing_now(campaign),
                number=campaign.id,
                remedy="Look at it as it is now{CAMPAIGN}.",
            )
        campaign.state, campaign.due_at, campaign.last_active_at = CampaignState.SCHEDULED, now, now
        campaign.version += 1
        if settings.live:
            campaign.confirmed_missions = missions
        session.add(campaign)
        audit.record(session, by, Act.CAMPAIGN_SCHEDULED, campaign=child, detail=_after_the_first(after))
    plan_follow_ups(engine)
    return FollowUp(child, approval, _due(engine, child))


def _require_not_planned(engine: Engine, name: str, letter: str, to: str, *, again: bool) -> None:
    with reading(engine) as session:
        _require_new(session, get_campaign(session, name), letter, to, again=again)


def _require_new(session: Session, first: Campaign, letter: str, to: str, *, again: bool) -> None:
    """Raise ConflictError where the same follow-up of a campaign is planned, or has gone out."""
    query = (
        select(Campaign)
        .where(
            col(Campaign.follows_id) == first.id,
            col(Campaign.letter) == letter,
            col(Campaign.follow_to) == to,
            col(Campaign.state) != CampaignState.CANCELLED,
        )
        .order_by(col(Campaign.id))
    )
    there = session.exec(query).first()
    if there is None or again:
        return
    raise ConflictError(
        "follow-up.planned-already",
        "This follow-up of {first!r} is planned already: {campaign!r}, {letter} to {follow_to}, "
        "{follow_after} after the first letter; {standing}. Nothing was made.",
        first=first.name,
        campaign=there.name,
        letter=there.letter,
        follow_to=there.follow_to,
        follow_after=there.follow_after,
        standing=standing_now(there),
        number=there.id,
        remedy="See {LETTERS:its letters}. To change it, cancel that one first; if "
        "missions are to get the same once more, {AGAIN:say so}.",
    )


def _after_the_first(after: str) -> KeptSentence:
    return KeptSentence("log.after-the-first", "{after} after the first letters", after=after)


def _say_again(engine: Engine, name: str, by: Actor) -> None:
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        campaign.again_by, campaign.version = by.name, campaign.version + 1
        session.add(campaign)
        words = KeptSentence("log.once-more", "also to those who have had this already")
        audit.record(session, by, Act.CAMPAIGN_CHANGED, campaign=name, detail=words)


def _make(
    engine: Engine, name: str, letter: str, after: str, to: str, *, by: Actor, seen: int | None, again_by: str,
    no_mailbox_by: str,
) -> str:  # fmt: skip
    with writing(engine) as session:
        first = as_seen(session, name, seen)
        # Asked here, where it is made: of two who plan the same at once, one does.
        _require_new(session, first, letter, to, again=bool(again_by))
        if first.state in (CampaignState.DRAFT, CampaignState.APPROVED_ONCE, CampaignState.CANCELLED):
            raise CampaignError(
                "follow-up.no-first-letter",
                "The campaign {campaign!r} is {state}: there is no letter to follow up.",
                campaign=name,
                state=first.state,
                remedy=None if first.state is CampaignState.CANCELLED else Remedy("Approve and schedule it first."),
            )
        child = Campaign(
            name=_free_name(session, name),
            letter=letter,
            audience=first.audience,
            exceptions=first.exceptions,
            as_of=first.as_of,
            time_zone=first.time_zone,
            created_at=clock.now(),
            working_hours=True,
            follows_id=first.id,
            approvals=first.approvals,
            follow_after=after.strip().lower(),
            follow_to=to,
            again_by=again_by,
            no_mailbox_by=no_mailbox_by,
        )
        session.add(child)
        session.flush()
        assert child.id is not None
        missions = session.exec(select(Response.iso3).where(Response.campaign_id == first.id)).all()
        session.add_all(Response(campaign_id=child.id, iso3=iso3) for iso3 in missions)
        words = KeptSentence(
            "log.follow-up", "{letter}, {after} after {campaign}, to {to}",
            letter=letter, after=child.follow_after, campaign=name, to=to,
        )  # fmt: skip
        audit.record(session, by, Act.CAMPAIGN_CREATED, campaign=child.name, detail=words)
        return child.name


def _free_name(session: Session, name: str) -> str:
    taken = set(session.exec(select(Campaign.name)).all())
    base = f"{name[:80]}-follow-up"
    return next(one for one in chain([base], (f"{base}-{number}" for number in count(2))) if one not in taken)


def _unmake(engine: Engine, name: str, by: Actor) -> None:
    with writing(engine) as session:
        campaign = get_campaign(session, name)
        session.exec(delete(Response).where(col(Response.campaign_id) == campaign.id))
        session.delete(campaign)
        audit.record(
            session,
            by,
            Act.CAMPAIGN_DELETED,
            campaign=name,
            detail=KeptSentence("log.not-approved", "its letters could not be approved"),
        )


def plan_follow_ups(engine: Engine) -> int:
    """Set the time of each follow-up whose first letter has gone out. Return their number.

    A follow-up of letters that were approved anew since, waits for a person: it would answer a letter that nobody
    got.
    """
    with engine.connect() as connection:
        if not _ONE_TO_PLAN.rows(connection):
            return 0
    now = clock.now()
    rows = []
    with writing(engine) as session:
        for number, answers, message_id, sent_at, campaign in session.execute(_TO_PLAN).all():
            if answers != message_id:
                bring_to_a_stop(campaign, CampaignState.WAITING, Stop.FIRST_LETTER_ANEW, _FIRST_LETTER_ANEW)
                session.add(campaign)
                audit.record(session, SCHEDULER, Act.CAMPAIGN_WAITS, campaign=campaign.name, detail=campaign.reason)
                continue
            tz = clock.zone(campaign.time_zone)
            due_at = waited(campaign.follow_after, sent_at, tz)
            floor = max(campaign.due_at or now, due_at)
            # One whose time is past already is due now: nobody was late, it was made after that.
            moment = next_working_moment(max(floor, now), tz) if floor < now else floor
            rows.append({"id": number, "due_at": moment, "next_try_at": moment})
        if rows:
            session.execute(update(Message), rows)
    return len(rows)


def _due(engine: Engine, name: str) -> tuple[datetime, ...]:
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        query = select(Message.due_at).where(
            Message.campaign_id == campaign.id, col(Message.due_at).is_not(None), col(Message.replaced_at).is_(None)
        )
        return tuple(sorted(moment for moment in session.exec(query).all() if moment is not None))
