"""Where everything stands: each campaign, what stops it and what a person does next, from one place for every door.

What the database tells is read at once for all campaigns (`read`); what follows from that at a moment is judged after
(`judge`), so that a page which is shown again need not read again. `situation` does both.
"""

import textwrap
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, case, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.campaigns.box import missions_to_look_at
from outreach.campaigns.failures import refused_beside_others
from outreach.campaigns.plan import campaigns
from outreach.database import reading
from outreach.errors import OutreachError
from outreach.inbox.mailbox.uids import FolderNow, folders_now
from outreach.inbox.mailbox.whether_to_file import filing_now
from outreach.letters.folder import TEMPLATES, current_letter, letter_names
from outreach.models import Campaign, Contact, Delivery, Frozen, Identity, Message, Mission, Response, RetentionWarning
from outreach.outbox.archive_copies import archive_now
from outreach.outbox.attendance import waiting
from outreach.outbox.copies import CopiesNow
from outreach.outbox.running import who_runs
from outreach.outbox.usable import require_usable
from outreach.privacy.retention import warned
from outreach.reports.council import to_settle_query
from outreach.reports.standing.next_steps import Around, Known, Step, Stopped, Stuck, Todo, next_step, stops
from outreach.reports.standing.phase import followed, stage
from outreach.reports.standing.put_off import put_off
from outreach.reports.status import is_silent, statuses
from outreach.responses.come_back import come_backs
from outreach.responses.tasks import tasks
from outreach.sentences import Sentence
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, DeliveryStatus, Hold, MessageState
from outreach.witness.standing import told

_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)
_OUT = (MessageState.SENT, MessageState.UNCERTAIN, MessageState.SENDING)
_STUCK = (MessageState.UNCERTAIN, MessageState.HELD, MessageState.FAILED)
_MOST_SAID = 160
_HEADERS = 4096
"""So many bytes of a letter hold its From header: it comes first."""
_EXCEPTED = "named as an exception"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A mission that gets nothing by a campaign, and why."""

    iso3: str
    why: str


@dataclass(frozen=True, slots=True)
class Approved:
    """Who has approved the letters as they are, and when."""

    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CampaignNow:
    """A campaign at a moment."""

    known: Known
    stops: tuple[Stopped, ...]
    next: Step
    sender: str = ""
    """The From header of its letters, or what it would be."""
    last_due: datetime | None = None
    """When its last letter is or was due."""

    @property
    def campaign(self) -> Campaign:
        """Its row."""
        return self.known.campaign

    @property
    def blocked(self) -> bool:
        """Whether letters are due that can't go."""
        return any(one.blocks for one in self.stops)

    @property
    def word(self) -> str:
        """How far it has come, in one word; `scheduled, blocked` where letters are due that can't go."""
        return f"{self.known.stage}, blocked" if self.blocked else self.known.stage

    @property
    def left_out(self) -> list[LeftOut]:
        """The missions that get nothing, and why: those that a person named, and those whose letters are held."""
        found = [LeftOut(iso3.upper(), _EXCEPTED) for iso3 in self.campaign.exceptions]
        without = self.known.without_address
        found += [LeftOut(iso3, str(Hold.NO_ADDRESS)) for iso3 in (without.missions if without else ())]
        return found + [
            LeftOut(code, str(hold or "")) for hold, some in self.known.held.items() for code in some.missions
        ]

    @property
    def approvals(self) -> list[Approved]:
        """Who has approved its letters as they are."""
        campaign, names = self.campaign, self.known.status.approved_by
        if campaign.first_approved_at is None or not names:
            return [Approved(name, campaign.approved_at) for name in names]
        moments = (campaign.first_approved_at, campaign.approved_at)
        return [Approved(name, at) for name, at in zip(names, moments, strict=False)]


@dataclass(frozen=True, slots=True)
class Situation:
    """Where everything stands at a moment."""

    around: Around
    mode: str
    mail_server: str
    """Host and port; `rehearsal` for the server in this program."""
    missions: int
    """How many are in the directory."""
    to_settle: int
    """How many mails belong to no letter yet, and wait for a person."""
    box_read_at: datetime | None
    campaigns: tuple[CampaignNow, ...]
    letters: tuple[str, ...] = ()
    """The names of the letters in the folder, where they were asked for."""
    copies: tuple[CopiesNow, ...] = ()
    """How the copies of what went out are getting on: in Sent, and for an archive, as far as they are made."""
    boxes: tuple[FolderNow, ...] = ()
    """How the folders of the box of answers stand, as far as they were ever read."""
    retention: RetentionWarning | None = None
    """What is going to be erased since it was kept long enough, and when."""

    @property
    def blocked(self) -> bool:
        """Whether any letters are due that can't go."""
        return any(one.blocked for one in self.campaigns)

    @property
    def next(self) -> Step | None:
        """What to do where there is no campaign yet; None where there is one."""
        if self.campaigns:
            return None
        if not self.missions:
            return Step(Todo.IMPORT_MISSIONS)
        return Step(Todo.CREATE, {"letter": self.letters[0]} if self.letters else {})


@dataclass(frozen=True, slots=True)
class Read:
    """What the database tells, which holds until something is committed."""

    known: tuple[Known, ...]
    missions: int
    to_settle: int
    box_read_at: datetime | None
    copies: tuple[CopiesNow, ...] = ()
    boxes: tuple[FolderNow, ...] = ()
    retention: RetentionWarning | None = None


def situation(
    engine: Engine,
    settings: Settings,
    *,
    name: str | None = None,
    templates: Path = TEMPLATES,
    running: Sequence[Sentence] | None = None,
) -> Situation:
    """Return where every campaign stands now, or the one of that name. Nothing is written.

    `running` is what sends from it, where the caller knows better than what is found.
    Raises Fault where the journal outside of the database can't be read.
    """
    with reading(engine) as session:
        found = read(session, settings, name=name, codes=True)
        senders = {one.campaign.id: _sender(session, settings, one.campaign, templates) for one in found.known}
        last = _last_due(session, [one.campaign for one in found.known])
    now = judge(found, settings, around(engine, settings, running=running), senders=senders, last=last)
    return replace(now, letters=tuple(letter_names(templates)))


def around(engine: Engine, settings: Settings, *, running: Sequence[Sentence] | None = None) -> Around:
    """Return what holds for all campaigns of a database now."""
    wrong = ""
    try:
        require_usable(settings)
        wrong = _signed_out(settings)
    except OutreachError as error:
        wrong = str(error)
    runs = who_runs(engine) if running is None else running
    copy = told(engine, settings)
    return Around(clock.now(), settings.live, copy, wrong, runs, reads_box=bool(settings.imap_host))


def _signed_out(settings: Settings) -> str:
    """Say that nobody is signed in with the mail service any more, where one has to be; empty where all is well."""
    if not (settings.smtp_client_id or settings.provider):
        return ""
    from outreach.outbox.sign_in.sign_in_standing import warning

    found = warning(settings)
    return str(found.words) if found is not None and found.verdict == "wrong" else ""


def read(
    session: Session, settings: Settings, *, name: str | None = None, codes: bool = False, whole: bool = False
) -> Read:
    """Read what the database tells of every campaign, the newest first, or of the one of that name.

    With `codes`, also whose the letters are that wait for a person, and not only how many. With `whole`, only what lets
    a campaign stand still as a whole, and which of its letters are in doubt; nothing else of single letters.
    All letters are counted first, in an index: of a campaign that has none in some state, nothing more is asked.
    """
    every = [one for one in campaigns(session) if name is None or one.name == name]
    counted = list(zip(every, statuses(session, every, partly=False), strict=True))

    def of(*states: MessageState) -> dict[int, Campaign]:
        return {one.id: one for one, counts in counted if one.id is not None and counts.has(*states)}

    going, (missions, to_settle, read_at) = of(*_OPEN), session.execute(_beside()).one()
    # Which they follow is asked where any does.
    followed_up = followed(session) if name is not None or any(one.follows_id is not None for one in every) else set()
    letters = waiting(session, list(going.values()))
    to_go = _to_go(session, going)
    boxes = {} if settings.no_mailbox else _waiting_for_box(session, going, read_at)
    stuck = _stuck(session, of(MessageState.UNCERTAIN) if whole else of(*_STUCK), codes=codes)
    partly, refused = ({}, {}) if whole else _reached_some(session, of(MessageState.SENT), codes=codes)
    counted = [(one, replace(counts, reached_some=refused.get(one.id or 0, 0))) for one, counts in counted]
    begun = {} if whole or settings.live else _begun_live(session, going, codes=codes)
    looks = {} if whole else _waiting_for_a_look(session, going.values(), codes=codes)
    delayed = put_off(session, of(MessageState.DEFERRED))
    backs = [] if whole else come_backs(session, [one.id for one in every])
    given = {} if whole else tasks(session, [one.id for one in every])
    known = []
    for campaign, counts in counted:
        number = campaign.id or 0
        count, first, last = to_go.get(number, (0, None, None))
        held = {hold: some for (state, hold, _), some in stuck.get(number, {}).items() if state is MessageState.HELD}
        without = held.pop(Hold.NO_ADDRESS, None)
        if campaign.state is CampaignState.DRAFT and not whole:
            without = _without_contact(session, number)
        known.append(
            Known(
                campaign, counts, stage(campaign, counts, followed_up, live=settings.live), letters.get(number), count,
                first, last, boxes.get(number), without, held,
                uncertain=stuck.get(number, {}).get((MessageState.UNCERTAIN, None, False)),
                failed=stuck.get(number, {}).get((MessageState.FAILED, None, False)),
                given_up=stuck.get(number, {}).get((MessageState.FAILED, None, True)),
                reached_some=partly.get(number),
                come_backs=tuple(one for one in backs if one.campaign_id == number),
                tasks=tuple(given.get(number, ())),
                begun_live=begun.get(number), put_off=delayed.get(number), to_look_at=looks.get(number),
            )
        )  # fmt: skip
    made = (filing_now(session, settings), archive_now(session, settings))
    copies = tuple(one for one in made if one is not None)
    folders = tuple(folders_now(session, settings)) if settings.imap_host else ()
    return Read(tuple(known), missions, to_settle, read_at, copies, folders, warned(session, settings))


def judge(
    found: Read,
    settings: Settings,
    about: Around,
    *,
    here: datetime | None = None,
    senders: Mapping[int | None, str] | None = None,
    last: Mapping[int, datetime] | None = None,
) -> Situation:
    """Say what follows, at a moment, from what the database tells. `here` is when this desk's sender last looked."""
    now = []
    for known in found.known:
        stopped = stops(known, about, here=here)
        number = known.campaign.id
        now.append(
            CampaignNow(
                known, stopped, next_step(known, about, stopped), (senders or {}).get(number, ""),
                (last or {}).get(number or 0, known.last_at),
            )
        )  # fmt: skip
    server = f"{settings.smtp_host}:{settings.port}" if settings.smtp_host else "rehearsal"
    return Situation(
        about, str(settings.mode), server, found.missions, found.to_settle, found.box_read_at, tuple(now),
        copies=found.copies, boxes=found.boxes, retention=found.retention,
    )  # fmt: skip


@cache
def _beside() -> Any:
    """How many missions the directory has, how many mails wait for a person, and when the box was read."""
    missions = select(func.count()).select_from(Mission).where(col(Mission.absent_since).is_(None))
    read_at = select(Identity.inbox_read_at).limit(1)
    return sa_select(missions.scalar_subquery(), to_settle_query().scalar_subquery(), read_at.scalar_subquery())


def _to_go(session: Session, numbers: Collection[int]) -> dict[int, tuple[int, datetime | None, datetime | None]]:
    """How many letters of each campaign are to go, and when the first and the last of them are due."""
    if not numbers:
        return {}
    at = col(Message.next_try_at)
    query = select(col(Message.campaign_id), func.count(), func.min(at), func.max(at))
    query = query.where(*_still_to_go(numbers)).group_by(col(Message.campaign_id))
    return {number: (count, first, last) for number, count, first, last in session.exec(query)}


def _still_to_go(numbers: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """What tells the letters of some campaigns that are to go."""
    return (
        col(Message.campaign_id).in_(numbers), col(Message.state).in_(_OPEN), col(Message.replaced_at).is_(None)
    )  # fmt: skip


def _waiting_for_box(session: Session, numbers: Collection[int], read_at: datetime | None) -> dict[int, datetime]:
    """From when on follow-ups wait for the box, by campaign: as `campaigns.box.waiting_for_box` counts them."""
    if not numbers:
        return {}
    query = (
        select(col(Message.campaign_id), func.min(col(Message.next_try_at)))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            *_still_to_go(numbers),
            col(Campaign.state) == CampaignState.SCHEDULED,
            col(Campaign.follows_id).is_not(None),
            col(Campaign.no_mailbox_by) == "",
            col(Message.next_try_at).is_not(None),
        )
        .group_by(col(Message.campaign_id))
    )
    if read_at is not None:
        query = query.where(col(Message.due_at) > read_at)
    return {number: at for number, at in session.exec(query) if at is not None}


def _stuck(
    session: Session, numbers: Collection[int], *, codes: bool
) -> Mapping[int, Mapping[tuple[MessageState, Hold | None, bool], Stuck]]:
    """The letters that nothing but a person moves on, by campaign, state, why they are held, and whether they were
    given up: refused for now until the end, they say nothing against an address."""
    if not numbers:
        return {}
    of: tuple[Any, ...] = (Message.campaign_id, Message.state)
    which = (
        col(Message.campaign_id).in_(numbers),
        col(Message.replaced_at).is_(None),
        col(Message.state).in_(_STUCK),
    )
    given_up = (col(Message.state) == MessageState.FAILED) & col(Message.smtp_reply).startswith("4")
    # A letter that is not held any more may still bear why it once was.
    why = case((col(Message.state) == MessageState.HELD, col(Message.hold)), else_=None).label("why")
    said = case(
        ((col(Message.state) == MessageState.HELD) & (col(Message.hold) == Hold.REFUSED), col(Message.smtp_reply)),
        (given_up, col(Message.smtp_reply)),
        (col(Message.state) != MessageState.HELD, col(Message.reason)),
        else_="",
    ).label("said")
    of = (*of, case((given_up, 1), else_=0).label("given_up"))
    found: dict[int, dict[tuple[MessageState, Hold | None, bool], Stuck]] = defaultdict(dict)
    if not codes:
        sums = (func.count(), func.min(col(Message.id)), func.min(said), func.max(said))
        grouped: Any = sa_select(*of, why, *sums).where(*which).group_by(*of, why)
        for campaign, state, last, hold, count, first, least, most in session.execute(grouped):
            found[campaign][state, hold, bool(last)] = Stuck(count, first, said=_alike({least, most}))
        return found
    every: Any = sa_select(*of, why, col(Message.id), col(Message.iso3), said).where(*which)
    gathered: dict[tuple[int, MessageState, Hold | None, bool], list[tuple[int, str, str]]] = defaultdict(list)
    for campaign, state, last, hold, number, iso3, words in session.execute(every.order_by(col(Message.iso3))):
        gathered[campaign, state, hold, bool(last)].append((number, iso3, words))
    for (campaign, state, hold, last), rows in gathered.items():
        missions, words = tuple(iso3 for _, iso3, _ in rows), _alike({words for *_, words in rows})
        found[campaign][state, hold, last] = Stuck(len(rows), rows[0][0], missions, words)
    return found


def _waiting_for_a_look(session: Session, every: Iterable[Campaign], *, codes: bool) -> dict[int, Stuck]:
    """The reminders that are due, and wait until somebody has looked at a mail: the gate keeps them."""
    first = {one.id or 0: one.follows_id for one in every if one.follows_id is not None}
    asked = missions_to_look_at(session.connection()) if first else set()
    if not asked:
        return {}
    query = (
        select(col(Message.campaign_id), col(Message.id), col(Message.iso3))
        .where(
            *_still_to_go(first),
            col(Message.next_try_at) <= clock.now(),
            col(Message.iso3).in_({iso3 for _, iso3 in asked}),
        )
        .order_by(col(Message.iso3))
    )
    rows = ((*row, "") for row in session.exec(query) if (first[row[0]], row[2]) in asked)
    return _by_campaign(rows, codes=codes)


def _by_campaign(rows: Iterable[tuple[int, int | None, str, str]], *, codes: bool) -> dict[int, Stuck]:
    """Gather letters, told as campaign, number, mission and what was said of them; each letter counts once."""
    gathered: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
    for campaign, number, iso3, words in rows:
        gathered[campaign].setdefault(number or 0, (iso3, words))
    return {
        campaign: Stuck(
            len(letters),
            next(iter(letters)),
            tuple(iso3 for iso3, _ in letters.values()) if codes else (),
            _alike({words for _, words in letters.values()}),
        )
        for campaign, letters in gathered.items()
    }


def _alike(said: Collection[str]) -> str:
    """What was said of several letters, where it was one and the same; bounded, on one line."""
    return textwrap.shorten(next(iter(said)), _MOST_SAID, placeholder="…") if len(said) == 1 else ""


def _reached_some(
    session: Session, numbers: Collection[int], *, codes: bool
) -> tuple[dict[int, Stuck], dict[int, int]]:
    """The letters that some of their addresses have and another did not take, and whose missions are silent; and how
    many of them were refused, as `status.reached_some` counts them."""
    if not numbers:
        return {}, {}
    refused = (col(Delivery.state) == MessageState.FAILED) & refused_beside_others()
    other: Any = aliased(Delivery)
    has_it = select(other.id).where(
        other.message_id == col(Message.id), other.state == MessageState.SENT, other.status != DeliveryStatus.BOUNCED
    )
    came_back = (col(Delivery.status) == DeliveryStatus.BOUNCED) & (col(Delivery.state) == MessageState.SENT)
    bounced = came_back & has_it.exists()
    query: Any = (
        sa_select(
            col(Message.campaign_id),
            col(Message.id),
            col(Message.iso3),
            col(Delivery.smtp_reply),
            refused,
            col(Delivery.hold),
            col(Message.delivery),
        )
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .outerjoin(
            Response,
            (col(Response.campaign_id) == col(Message.campaign_id)) & (col(Response.iso3) == col(Message.iso3)),
        )
        .where(
            col(Message.campaign_id).in_(numbers),
            col(Message.state) == MessageState.SENT,
            col(Message.replaced_at).is_(None),
            or_(refused, bounced),
            is_silent(),
        )
        .order_by(col(Message.iso3), col(Delivery.id))
    )
    found: Sequence[Any] = session.execute(query).all()
    gathered: list[tuple[int, int | None, str, str]] = []
    counted = {(one[0], one[1]) for one in found if one[4] and one[6] is not DeliveryStatus.BOUNCED}
    for campaign, number, iso3, words, of_refused, hold, _ in found:
        if not of_refused or hold is None:  # whom it was not to go to was refused by nobody
            gathered.append((campaign, number, iso3, words if of_refused else ""))
    return _by_campaign(gathered, codes=codes), Counter(campaign for campaign, _ in counted)


def _begun_live(session: Session, numbers: Collection[int], *, codes: bool) -> dict[int, Stuck]:
    """The letters to go that some of their recipients have live: the gate keeps them from going in rehearsal."""
    if not numbers:
        return {}
    begun = (
        select(Delivery.id)
        .where(
            col(Delivery.message_id) == col(Message.id),
            col(Delivery.state).in_(_OUT),
            col(Delivery.rehearsed).is_(False),
        )
        .exists()
    )
    query = (
        select(col(Message.campaign_id), col(Message.id), col(Message.iso3))
        .where(*_still_to_go(numbers), begun)
        .order_by(col(Message.iso3))
    )
    return _by_campaign(((*row, "") for row in session.exec(query)), codes=codes)


def _without_contact(session: Session, number: int) -> Stuck | None:
    """The missions of a campaign that the directory has no usable contact of, by ISO3."""
    usable = (
        select(Contact.id)
        .where(
            col(Contact.iso3) == col(Response.iso3), col(Contact.active).is_(True), col(Contact.absent_since).is_(None)
        )
        .exists()
    )
    query = select(Response.iso3).where(Response.campaign_id == number, ~usable).order_by(col(Response.iso3))
    missions = tuple(session.exec(query))
    return Stuck(len(missions), missions=missions) if missions else None


def _last_due(session: Session, every: Sequence[Campaign]) -> dict[int, datetime]:
    query = (
        select(col(Message.campaign_id), func.max(col(Message.due_at)))
        .where(
            col(Message.campaign_id).in_([one.id for one in every]),
            col(Message.replaced_at).is_(None),
            col(Message.due_at).is_not(None),
        )
        .group_by(col(Message.campaign_id))
    )
    return {number: at for number, at in session.exec(query) if at is not None}


def _sender(session: Session, settings: Settings, campaign: Campaign, templates: Path) -> str:
    """The From header of a campaign's letters: of those that are frozen, else what the letter or the settings say."""
    query = (
        select(func.substr(Frozen.raw, 1, _HEADERS))
        .join(Message, col(Message.id) == col(Frozen.message_id))
        .where(Message.campaign_id == campaign.id, col(Message.replaced_at).is_(None))
        .limit(1)
    )
    if (head := session.exec(query).first()) is not None:
        return str(message_from_bytes(bytes(head), policy=default)["From"] or "")
    try:
        return current_letter(campaign.letter, templates).sender or settings.sender
    except OutreachError:  # the letter is not there, or can't be read: `campaign check` tells of that
        return settings.sender
