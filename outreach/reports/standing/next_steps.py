"""What stops a campaign at a moment, and what a person does next about it: codes and values, worded by each door.

Nothing is read here. What is known of a campaign (`Known`) holds until something is committed; what follows from it is
judged by the clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from outreach import clock
from outreach.campaigns.working_time import OPENS, is_working_time, next_working_moment
from outreach.models import Campaign
from outreach.outbox.attendance import PATIENCE, Waiting, attendance
from outreach.reports.standing.phase import is_finished
from outreach.reports.standing.put_off import PutOff
from outreach.reports.status import CampaignStatus
from outreach.responses.come_back import ComeBack
from outreach.responses.tasks import Task
from outreach.sentences import Sentence
from outreach.vocabulary import CampaignState, Hold, Stop

_GIVEN = (CampaignState.DRAFT, CampaignState.PAUSED, CampaignState.WAITING)
_BY_STATE = {CampaignState.PAUSED: Stop.PAUSED, CampaignState.WAITING: Stop.LATE}
"""What stopped a campaign of which only the state was written down."""
_ROOM = timedelta(minutes=30)
"""How long before its time a campaign can still be looked at, when a time is proposed."""


class Todo(StrEnum):
    """What a person may have to do next."""

    IMPORT_MISSIONS = "import the missions"
    CREATE = "make a campaign"
    APPROVE = "check and approve"
    APPROVE_SECOND = "approve as a second person"
    SCHEDULE = "set the time"
    SCHEDULE_AGAIN = "set the time again"
    RESUME = "let it go on"
    RUN = "start what sends"
    WAIT = "wait"
    SETTLE_COPY = "settle what went out"
    MEND_SETTINGS = "put the settings right"
    MEND_SERVER = "look after the mail server"
    READ_BOX = "read the box of answers"
    GO_LIVE = "go back to live mode"
    DECIDE = "decide an uncertain letter"
    RETRY = "try again what was refused, or leave it"
    CORRECT = "correct an address, or try again"
    HAD = "say what a letter counts as that was had already"
    LOOK_AT_LETTERS = "look at its letters"
    LOOK_AT_MAIL = "look at the mails"
    READ_ANSWERS = "read its answers"
    REPORT = "write the report"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, with its own values."""

    todo: Todo
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """By name: `campaign` its name, `number` that of its row, `at` a moment, `missions` how many to confirm …"""


@dataclass(frozen=True, slots=True)
class Stopped:
    """One thing that stops a campaign, or some of its letters."""

    stop: Stop
    step: Step
    letters: int = 0
    """How many letters wait for it."""
    since: datetime | None = None
    words: str = ""
    """What was written down when it stopped, where something was."""
    whole: bool = True
    """Whether the campaign as a whole stands still, and not some letters of it."""
    blocks: bool = False
    """Whether letters that are due by now can't go for it."""
    missions: tuple[str, ...] = ()
    """Of single letters: whose they are."""
    said: str = ""
    """Of single letters: what was said of them, where it was the same of all."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Letters, or missions without one, that nothing but a person moves on."""

    letters: int
    first: int = 0
    """The number of one of them."""
    missions: tuple[str, ...] = ()
    """Whose they are, by ISO3; empty where only their number was asked for."""
    said: str = ""
    """What was said of them, such as the mail server's answer, where it was the same of all."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the database tells of a campaign."""

    campaign: Campaign
    status: CampaignStatus
    stage: str
    waiting: Waiting | None = None
    """Of a campaign that has a time, and letters to go: what is to go."""
    to_go: int = 0
    """How many letters are queued or to be tried again."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    """When the first and the last of those are due."""
    box_from: datetime | None = None
    """Of a follow-up: from when on letters of it wait for the box of answers; None where none do."""
    without_address: Stuck | None = None
    """The missions that nothing can be sent to."""
    held: Mapping[Hold | None, Stuck] = field(default_factory=dict)
    """Letters that are held for another reason."""
    uncertain: Stuck | None = None
    """Letters that may have gone out."""
    failed: Stuck | None = None
    given_up: Stuck | None = None
    """Letters that were refused for now for as long as they are tried."""
    reached_some: Stuck | None = None
    """Letters that some of their addresses have, and another refused, or sent back; of missions that are silent."""
    come_backs: tuple[ComeBack, ...] = ()
    """The missions that asked to be asked again, with the day."""
    tasks: tuple[Task, ...] = ()
    """The missions that are somebody's task, or due."""
    begun_live: Stuck | None = None
    """In rehearsal: letters that some of their recipients have live already, so that the others wait for live mode."""
    put_off: PutOff | None = None
    """Letters that the mail server did not take for now."""
    to_look_at: Stuck | None = None
    """Reminders that are due, and wait until somebody has looked at a mail that may be their mission's answer."""


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for all campaigns of a database at a moment."""

    now: datetime
    live: bool
    copy: Sentence | None = None
    """That this database may be a copy, in words; None where it is at home."""
    settings: str = ""
    """Why no letter could go out under these settings, in words; empty where one could."""
    running: Sequence[Sentence] = ()
    """The programs that send from it now."""
    reads_box: bool = False
    """Whether a box of answers is set that can be read from here."""


def stops(known: Known, around: Around, *, here: datetime | None = None) -> tuple[Stopped, ...]:
    """Return what stops a campaign, the first thing to see to first. `here` is when this desk's sender last looked."""
    if known.campaign.state is CampaignState.CANCELLED:
        return ()
    return (*_whole(known, around, here), *_single(known))


def next_step(known: Known, around: Around, found: Collection[Stopped]) -> Step:
    """Return what to do next about a campaign, given what stops it."""
    campaign = known.campaign
    if (first := next((one for one in found if one.whole), None)) is not None:
        return first.step
    match campaign.state:
        case CampaignState.CANCELLED:
            return _step(Todo.NOTHING, campaign)
        case CampaignState.DRAFT:
            return _step(Todo.APPROVE, campaign)
        case CampaignState.APPROVED_ONCE:
            return _step(Todo.APPROVE_SECOND, campaign, first_by=campaign.first_approved_by)
        case CampaignState.APPROVED if known.to_go:
            return schedule(known, around)
        case _:
            pass
    if (single := next(iter(found), None)) is not None and _comes_first(single, known):
        return single.step
    if known.to_go and not around.running:
        return _step(Todo.RUN, campaign, at=_goes_at(known, around))
    if single is not None and (not known.to_go or single.stop is Stop.UNCERTAIN):
        return single.step
    if known.to_go:
        more = {"hours": True} if _waits_for_hours(known, around) else {}
        return _step(Todo.WAIT, campaign, at=_goes_at(known, around), **more)
    if known.status.unread:
        return _step(Todo.READ_ANSWERS, campaign, missions=known.status.unread)
    return _step(Todo.REPORT if is_finished(known.stage) else Todo.LOOK_AT_LETTERS, campaign)


def _comes_first(single: Stopped, known: Known) -> bool:
    """Whether there is nothing to send before a person has seen to this."""
    return single.stop in (Stop.BEGUN_LIVE, Stop.MAIL_TO_LOOK_AT) and single.letters >= known.to_go


def _waits_for_hours(known: Known, around: Around) -> bool:
    """Whether letters are due, and wait until working hours begin."""
    campaign = known.campaign
    return (
        campaign.working_hours
        and known.first_at is not None
        and known.first_at <= around.now
        and not is_working_time(around.now, clock.zone(campaign.time_zone))
    )


def _goes_at(known: Known, around: Around) -> datetime | None:
    """When the next letter goes out, as far as it is a matter of time."""
    if not _waits_for_hours(known, around):
        return known.first_at
    return next_working_moment(around.now, clock.zone(known.campaign.time_zone))


def schedule(known: Known, around: Around, todo: Todo = Todo.SCHEDULE) -> Step:
    """Return the step that gives a campaign a time: the next opening of a working day, in its zone."""
    campaign, tz = known.campaign, clock.zone(known.campaign.time_zone)
    more = {"missions": known.status.missions} if around.live else {}
    return _step(todo, campaign, at=_opening(around.now, tz), zone=campaign.time_zone, **more)


def _opening(now: datetime, tz: ZoneInfo) -> datetime:
    """The next time that a working day begins, with some time to look before it."""
    local = (now + _ROOM).astimezone(tz)
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    return next_working_moment(datetime.combine(day, time(0, 0), tz), tz)


def _whole(known: Known, around: Around, here: datetime | None) -> list[Stopped]:
    """What lets the campaign as a whole stand still."""
    campaign, now = known.campaign, around.now
    due = known.first_at is not None and known.first_at <= now
    sends = campaign.state in (CampaignState.APPROVED, CampaignState.SCHEDULED) or known.to_go > 0
    found: list[Stopped] = []
    if around.copy and sends:
        found.append(
            Stopped(Stop.COPY, _step(Todo.SETTLE_COPY, campaign), known.to_go, words=str(around.copy), blocks=due)
        )
    stop = campaign.stop or _BY_STATE.get(campaign.state)
    if stop is not None and campaign.state in _GIVEN:
        since, words = campaign.stopped_at, campaign.reason or str(campaign.state)
        meant = stop is Stop.PAUSED  # a person wants it to stand still
        step = _cure(stop, known, around)
        found.append(Stopped(stop, step, known.to_go, since, words, blocks=due and not meant))
    if campaign.state is not CampaignState.SCHEDULED or not known.to_go:
        return found
    if around.settings:
        step = _step(Todo.MEND_SETTINGS, campaign)
        found.append(Stopped(Stop.SETTINGS, step, known.to_go, words=around.settings, blocks=due))
    if campaign.stop is Stop.MAIL_SERVER:
        step = _step(Todo.MEND_SERVER, campaign)
        found.append(Stopped(campaign.stop, step, known.to_go, campaign.stopped_at, campaign.reason, blocks=due))
    if (delayed := put_off_stop(campaign, known.put_off)) is not None and delayed.whole:
        found.append(delayed)
    if known.box_from is not None and known.box_from <= now:
        step = _step(Todo.READ_BOX, campaign, set=around.reads_box)
        found.append(Stopped(Stop.BOX_UNREAD, step, known.to_go, known.box_from, blocks=True))
    if (neglected := _neglected(known, around, here)) is not None:
        late = now - neglected > PATIENCE
        found.append(Stopped(Stop.NO_WORKER, _step(Todo.RUN, campaign), known.to_go, neglected, blocks=late))
    return found


def _neglected(known: Known, around: Around, here: datetime | None) -> datetime | None:
    """Since when letters have been due that nobody looks after; None where somebody does, or none are due."""
    if known.waiting is None or _waits_for_hours(known, around):
        return None
    care = attendance(known.campaign, known.waiting, around.now, here=here)
    if care.due_since is None or care.in_hand:
        return None
    return care.due_since if care.neglected or not around.running else None


def _cure(stop: Stop, known: Known, around: Around) -> Step:
    match stop:
        case (
            Stop.REHEARSED
            | Stop.ADDRESSES_CHANGED
            | Stop.SIGNATORY_WITHDREW
            | Stop.PLAN_CHANGED
            | Stop.FIRST_LETTER_ANEW
        ):
            return _step(Todo.APPROVE, known.campaign)
        case Stop.UNCONFIRMED | Stop.ANOTHER_NUMBER:
            return schedule(known, around, Todo.SCHEDULE_AGAIN)
        case _:
            return _step(Todo.RESUME, known.campaign, look=stop in (Stop.FAILING, Stop.COPY_SETTLED))


def put_off_stop(campaign: Campaign, delayed: PutOff | None) -> Stopped | None:
    """Return what it comes to where the mail server puts nearly every letter off in the same words; None where it does
    not. While that may pass by itself it is told; once it lasts, the campaign stands still for it."""
    if delayed is None or not delayed.of_all or campaign.state is not CampaignState.SCHEDULED:
        return None
    lasts = delayed.lasts
    step = _step(Todo.MEND_SERVER, campaign)
    return Stopped(
        Stop.PUT_OFF, step, delayed.letters, delayed.since, delayed.words, whole=lasts, blocks=lasts, said=delayed.words
    )


def _single(known: Known) -> list[Stopped]:
    """What keeps single letters from going, while the others go."""
    campaign = known.campaign
    found: list[Stopped] = []
    look = _step(Todo.LOOK_AT_LETTERS, campaign)
    if (some := known.uncertain) is not None:
        found.append(_stopped(Stop.UNCERTAIN, _step(Todo.DECIDE, campaign, letter=some.first), some))
    if (some := known.begun_live) is not None:
        found.append(_stopped(Stop.BEGUN_LIVE, _step(Todo.GO_LIVE, campaign), some))
    if (some := known.to_look_at) is not None:
        found.append(_stopped(Stop.MAIL_TO_LOOK_AT, _step(Todo.LOOK_AT_MAIL, campaign), some, blocks=True))
    if (some := known.without_address) is not None:
        draft = campaign.state is CampaignState.DRAFT
        found.append(_stopped(Stop.NO_ADDRESS, _step(Todo.IMPORT_MISSIONS, campaign) if draft else look, some))
    going = campaign.state is CampaignState.SCHEDULED  # then what a person is to decide on was due, and can't go
    for hold, some in known.held.items():
        if hold in (Hold.REFUSED, Hold.HAD_ALREADY):
            decide = _step(Todo.RETRY if hold is Hold.REFUSED else Todo.HAD, campaign, letter=some.first)
            found.append(_stopped(Stop.HELD, decide, some, str(hold), blocks=going))
        else:
            found.append(_stopped(Stop.HELD, look, some, str(hold or "")))
    if (some := known.failed) is not None:
        found.append(_stopped(Stop.FAILED, _step(Todo.CORRECT, campaign, letter=some.first), some))
    if (some := known.given_up) is not None:
        found.append(_stopped(Stop.GIVEN_UP, _step(Todo.RETRY, campaign, letter=some.first), some))
    if (some := known.reached_some) is not None:
        found.append(_stopped(Stop.REACHED_SOME, _step(Todo.CORRECT, campaign, letter=some.first), some))
    # It may pass by itself, and so what a person is to do comes before it.
    if (delayed := put_off_stop(campaign, known.put_off)) is not None and not delayed.whole:
        found.append(delayed)
    return found


def _stopped(stop: Stop, step: Step, some: Stuck, words: str = "", *, blocks: bool = False) -> Stopped:
    return Stopped(
        stop, step, some.letters, words=words, whole=False, missions=some.missions, said=some.said, blocks=blocks
    )


def _step(todo: Todo, campaign: Campaign, **more: Any) -> Step:
    return Step(todo, {"campaign": campaign.name, "number": campaign.id} | more)
