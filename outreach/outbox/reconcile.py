"""Brings a database that is a copy up to what is known to have gone out, and makes it the one that sends.

The evidence, in this order: the dispatch journal of this installation, the mailbox's Sent folder, and reports and
answers that were taken in. Each letter that the database did not know to be sent ends `sent`, `uncertain` or as it was.
What the journal names and the database has no row for is kept as Dispatch, so that nobody gets it again unknowingly;
where the database has another letter of the same campaign to the same mission, that one counts as sent to the same
addresses.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, exists
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor, program
from outreach.campaigns.stopping import bring_to_a_stop
from outreach.campaigns.went_out import WHO, note_told
from outreach.database import reading, writing
from outreach.errors import ConfirmationError
from outreach.ledger import Ledger
from outreach.models import Attempt, Campaign, Delivery, Dispatch, Message, Reply
from outreach.outbox.evidence import DispatchFate, JournalEvidence, Try, gather
from outreach.people import audit
from outreach.sentences import KeptSentence
from outreach.settings import Settings
from outreach.statement import Row
from outreach.text import counted
from outreach.vocabulary import (
    Act,
    CampaignState,
    Confidence,
    EventKind,
    MailKind,
    MessageState,
    Stop,
)
from outreach.witness.standing import Standing, StandingKind, journal_opened, letters, settle, standing

_WAITING = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.SENDING, MessageState.UNCERTAIN)
_PROVES = (
    MailKind.BOUNCE,
    MailKind.DELAYED,
    MailKind.DELIVERED,
    MailKind.COMPLAINT,
    MailKind.REPLY,
    MailKind.AUTO_REPLY,
)
_PAUSED = KeptSentence(
    "copy.paused", "this is a copy that was brought back: what was decided after it was made is not in it"
)
_FROM_ELSEWHERE = KeptSentence(
    "copy.paused-from-elsewhere",
    "this copy comes from another computer: what went out or was decided there since is not in it",
)
_IN_HAND = KeptSentence("copy.in-hand", "it was in hand as the copy was made")
_NAMED = KeptSentence("copy.named", "a report or an answer names it")
_MOST_ASKED = 5000


class SentFolder(NamedTuple):
    """What the mailbox's Sent folder was found to hold."""

    name: str = ""
    message_ids: frozenset[str] = frozenset()
    note: str = ""
    """Why it could not be asked; empty where it was."""


AskSent = Callable[[Collection[str]], SentFolder]
"""Looks for letters, given by their Message-IDs, in the mailbox's Sent folder."""
Ask = Callable[["Reconciled"], int | None]
"""Shows a person what is found and asks for the number of letters that are to be marked as sent."""


@dataclass(frozen=True, slots=True)
class SettledLetter:
    """A letter whose state changes, or that the database has no row for."""

    campaign: str
    iso3: str
    message_id: str
    evidence: str
    id: int | None = None
    """Its number; None where the database has no row for it."""


@dataclass(slots=True)
class Reconciled:
    """What was found, and what was or would be done."""

    standing: Standing
    sent: list[SettledLetter] = field(default_factory=list)
    """Letters that count as sent from now on."""
    uncertain: list[SettledLetter] = field(default_factory=list)
    """Letters that may have gone out: a person decides each."""
    waiting: int = 0
    """Letters that nothing speaks of and that go on waiting in the queue."""
    rehearsed: int = 0
    """Letters that were handed over in rehearsal only: they count for nobody."""
    paused: list[str] = field(default_factory=list)
    """Campaigns that wait for a person's `resume`."""
    notes: list[str] = field(default_factory=list)
    """What could not be asked."""
    done: bool = False
    """Whether it is written."""

    @property
    def unknown(self) -> list[SettledLetter]:
        """Those of which the database has no row."""
        return [one for one in (*self.sent, *self.uncertain) if one.id is None]


def reconcile(
    engine: Engine,
    settings: Settings,
    *,
    by: Actor,
    yes: int | None = None,
    ask: Ask = lambda _found: None,
    sent_folder: AskSent | None = None,
) -> Reconciled:
    """Settle that this database is the one that sends, once it knows what is known.

    Where it is that already, nothing is done. `yes`, or what `ask` answers, must be the number of letters that count as
    sent from then on; where there are none, nothing is asked.

    Raises ConfirmationError for another number or none, ConflictError where letters are going out meanwhile,
    SettingsError, Fault. Nothing is changed then.
    """
    found = standing(engine, settings)
    if found.settled:
        return Reconciled(found, done=True)
    reconciler = _Reconciler(engine, settings, found, by)
    reconciler.look(sent_folder)
    plan = reconciler.plan()
    if yes is None and plan.sent:
        yes = ask(plan)
    if yes is None and plan.sent:
        raise NotConfirmedError(plan)
    return reconciler.carry_out(yes)


class NotConfirmedError(ConfirmationError):
    """Letters would be marked as sent, and nobody has confirmed their number."""

    def __init__(self, found: Reconciled) -> None:
        """Take what was found."""
        count = len(found.sent)
        super().__init__(
            "here.not-confirmed",
            "{marked} would be marked as sent, and nobody has confirmed that. Nothing was changed.",
            marked=letters(count), letters=count, remedy="If that is right, say so{HERE_YES}.",
        )  # fmt: skip
        self.found = found


class _Reconciler:
    """One reconciliation: the evidence is gathered once, and then tried and written."""

    def __init__(self, engine: Engine, settings: Settings, found: Standing, by: Actor) -> None:
        self._engine, self._settings, self._standing, self._by = engine, settings, found, by
        self._told = JournalEvidence()
        self._in_sent_folder: SentFolder | None = None
        self._highest = 0
        self._damaged: list[int] = []

    def look(self, sent_folder: AskSent | None) -> None:
        """Gather what lies outside of the database."""
        with reading(self._engine) as session:
            known = _sent_to_all(session)
        with journal_opened(self._engine, self._settings) as journal:
            self._highest = journal.highest()
            self._told = gather(journal.entries(self._damaged.append), known)
        # Rehearsal mode sends to the team's own addresses under the same Message-IDs: no proof of anything.
        if sent_folder is not None and self._settings.live and self._standing.kind is not StandingKind.MOVED:
            wanted = self._worth_asking()
            if len(wanted) > _MOST_ASKED:
                self._in_sent_folder = SentFolder(note=f"{len(wanted)} letters are too many to look for")
            elif wanted:
                self._in_sent_folder = sent_folder(wanted)

    def _worth_asking(self) -> list[str]:
        with reading(self._engine) as session:
            query = select(col(Message.message_id)).where(
                col(Message.state).in_(_WAITING), col(Message.replaced_at).is_(None), col(Message.due_at).is_not(None)
            )
            open_letters = set(session.exec(query).all())
        taken = {name for name, fate in self._told.fates.items() if fate.taken}
        return sorted((open_letters | self._told.fates.keys()) - taken - self._told.rehearsed_only)

    def plan(self) -> Reconciled:
        """Return what `carry_out` would do."""
        with writing(self._engine, dry_run=True) as session:
            return self._entry(session).enter()

    def carry_out(self, yes: int | None) -> Reconciled:
        """Do it, and make the database this installation's own, in one transaction."""
        with writing(self._engine) as session:
            done = self._entry(session).enter()
            if yes is not None and yes != len(done.sent):
                raise ConfirmationError(
                    "here.another-number",
                    "{yes} was confirmed, but {count} would be marked as sent. Nothing was changed.",
                    yes=yes,
                    count=letters(len(done.sent)),
                    remedy="See what is found{HERE}.",
                )
            told = f"{letters(len(done.sent))} count as sent, {len(done.uncertain)} are uncertain"
            audit.record(session, self._by, Act.DATABASE_SETTLED, self._standing.kind.value, told)
            session.flush()
            settle(session.connection(), self._engine, self._settings, highest=self._highest, who=self._by.name)
        done.done = True
        return done

    def _entry(self, session: Session) -> "_Reconciliation":
        found = Reconciled(self._standing, rehearsed=len(self._told.rehearsed_only))
        self._note(found)
        return _Reconciliation(session, self._settings, self._told, self._in_sent_folder or SentFolder(), found)

    def _note(self, found: Reconciled) -> None:
        if self._damaged:
            lines = counted(
                len(self._damaged),
                "line of the dispatch journal is damaged",
                "lines of the dispatch journal are damaged",
            )
            found.notes.append(f"{lines}: letters that they told of are not known.")
        folder = self._in_sent_folder
        if folder is not None and folder.note:
            found.notes.append(f"The mailbox's Sent folder was not asked: {folder.note}.")


class _Reconciliation:
    """One transaction in which the evidence is entered."""

    def __init__(
        self, session: Session, settings: Settings, told: JournalEvidence, in_sent_folder: SentFolder, found: Reconciled
    ) -> None:
        self._session, self._settings = session, settings
        self._told, self._in_sent_folder, self.found = told, in_sent_folder, found
        self._ledger = Ledger(session)
        self._letters: dict[int, Row] = {}
        self._now = clock.now()

    def enter(self) -> Reconciled:
        """Enter everything, and return what came of it."""
        found = self.found
        own = self._named(self._told.fates)
        for name, fate in self._told.fates.items():
            letter = own.get(name)
            if letter is not None:
                self._tell(letter, fate, why=_by_the_journal)
            if letter is None or letter["replaced_at"] is not None:
                self._tell_of_another(fate, has_row=letter is not None)
        self._by_sent_folder()
        self._by_mail()
        self._ledger.write()
        self._session.flush()
        found.waiting = _count_waiting(self._session)
        self._pause()
        sent = {(one.id, one.message_id) for one in found.sent}
        found.sent.sort(key=_order)
        found.uncertain = sorted((o for o in found.uncertain if (o.id, o.message_id) not in sent), key=_order)
        return found

    def _read(self, numbers: Iterable[int]) -> list[Row]:
        wanted = list(numbers)
        self._letters |= self._ledger.read(number for number in wanted if number not in self._letters)
        return [self._letters[number] for number in wanted]

    def _named(self, names: Collection[str]) -> dict[str, Row]:
        """Return the letters of these Message-IDs."""
        numbers: list[int] = []
        wanted = sorted(names)
        for start in range(0, len(wanted), 500):  # SQLite bounds the variables of a statement
            query = select(Message.id).where(col(Message.message_id).in_(wanted[start : start + 500]))
            numbers += [number for number in self._session.exec(query).all() if number is not None]
        return {letter["message_id"]: letter for letter in self._read(numbers)}

    def _tell(self, letter: Row, fate: DispatchFate, *, why: Callable[[DispatchFate, Try], str]) -> None:
        """Bring a letter's deliveries to what the journal tells of the addresses."""
        foreign = letter["message_id"] != fate.letter.message_id
        sent: list[tuple[Row, Try]] = []
        doubtful: list[tuple[Row, Try]] = []
        for delivery in letter["deliveries"]:
            one = fate.of(delivery["address_key"])
            if one is None or (delivery["state"] is MessageState.SENT and not delivery["rehearsed"]):
                continue
            if one.taken:
                sent.append((delivery, one))
            elif (
                one.taken is None
                and delivery["state"] not in (MessageState.SENT, MessageState.UNCERTAIN)
                and (foreign or not self._has_seen(letter, one))
            ):
                doubtful.append((delivery, one))
        if not foreign and fate.last_claim > letter["claim"]:
            # The numbers that the journal has seen are not given out again: each line stays one try's.
            self._ledger.change(letter, claim=fate.last_claim)
        if sent:
            self._ledger.change(letter, smtp_reply=sent[0][1].words)
            self._settle(letter, MessageState.SENT, sent, why(fate, sent[0][1]))
        if doubtful:
            self._settle(letter, MessageState.UNCERTAIN, doubtful, why(fate, doubtful[0][1]))

    def _tell_of_another(self, fate: DispatchFate, *, has_row: bool) -> None:
        """Keep what went out under a Message-ID that the database lacks, or no longer goes by."""
        out = fate.letter
        query = (
            select(Message.id)
            .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
            .where(Campaign.name == out.campaign, Message.iso3 == out.iso3, col(Message.replaced_at).is_(None))
        )
        before = len(self.found.sent) + len(self.found.uncertain)
        for current in self._read(number for number in self._session.exec(query).all() if number is not None):
            if current["message_id"] != out.message_id:
                self._tell(current, fate, why=_by_another)
        if has_row:
            return
        kept = _keep_dispatch(self._session, fate)
        if kept and len(self.found.sent) + len(self.found.uncertain) == before:
            where = self.found.sent if fate.taken else self.found.uncertain
            evidence = _by_the_journal(fate, max(fate.tries.values(), key=lambda one: one.taken or False))
            where.append(SettledLetter(out.campaign, out.iso3, out.message_id, evidence))

    def _by_sent_folder(self) -> None:
        folder = self._in_sent_folder
        words = KeptSentence("copy.filed", "it lies in the mailbox's folder {folder}", folder=folder.name)
        own = self._named(folder.message_ids)
        for name in sorted(folder.message_ids):
            fate = self._told.fates.get(name)
            if name in own:
                self._take_rest(own[name], fate, self._now, words)
            elif fate is not None:
                self._take_dispatches(fate, words)

    def _by_mail(self) -> None:
        """Reports and answers that name a letter prove that it went out."""
        query = (
            select(col(Message.id), col(Message.message_id), col(Reply.received_at))
            .join(Reply, col(Reply.message_id) == col(Message.id))
            .where(
                col(Message.state).in_(_WAITING),
                Reply.in_reply_to == Message.message_id,
                Reply.confidence == Confidence.CERTAIN,
                col(Reply.kind).in_(_PROVES),
                col(Reply.ours).is_(False),
            )
            .order_by(col(Reply.received_at))
        )
        for number, name, at in self._session.exec(query).all():
            fate = self._told.fates.get(name)
            if fate is None and (not self._settings.live or name in self._told.rehearsed):
                continue  # it may have been rehearsed, and the invented world answered
            for letter in self._read([number] if number is not None else []):
                self._take_rest(letter, fate, at, _NAMED)

    def _take_rest(self, letter: Row, fate: DispatchFate | None, at: datetime, words: str) -> None:
        """Take a letter as sent to all of whom nothing says that they did not get it."""
        rest: list[tuple[Row, Try]] = []
        for delivery in letter["deliveries"]:
            told = fate.of(delivery["address_key"]) if fate is not None else None
            if delivery["state"] in _WAITING and (told is None or told.taken is not False):
                rest.append((delivery, Try(letter["claim"], told.at if told is not None else at, True, "")))
        if rest:
            self._settle(letter, MessageState.SENT, rest, words)

    def _take_dispatches(self, fate: DispatchFate, words: str) -> None:
        out = fate.letter
        for row in self._session.exec(select(Dispatch).where(Dispatch.message_id == out.message_id)).all():
            row.taken, row.words = True, words
            self._session.add(row)
        if not any(one.message_id == out.message_id for one in self.found.sent):
            self.found.sent.append(SettledLetter(out.campaign, out.iso3, out.message_id, words))

    def _settle(self, letter: Row, to: MessageState, deliveries: Sequence[tuple[Row, Try]], words: str) -> None:
        """Move deliveries of a letter, record why, and take the letter from whoever had claimed it."""
        ledger = self._ledger
        numbers = {delivery["id"] for delivery, _ in deliveries if delivery["state"] is not to}
        if numbers:
            only = lambda row: row["id"] in numbers  # noqa: E731  (as short as it is)
            ledger.transition(letter, to, who=WHO, at=self._now, detail=words, only=only)
        else:  # it was rehearsed, and sent live since
            ledger.event(letter["id"], EventKind.RESOLVED, who=WHO, at=self._now, detail=words)
        for delivery, one in deliveries:
            note_told(ledger, letter, delivery, to, one.at, one.words, words)
        left = {one["id"] for one in letter["deliveries"] if one["state"] is MessageState.SENDING}
        if left:  # they were in hand as the copy was made, and nothing speaks of them
            only = lambda row: row["id"] in left  # noqa: E731
            ledger.transition(letter, MessageState.UNCERTAIN, who=WHO, at=self._now, detail=_IN_HAND, only=only)
        ledger.take_away(letter)
        if letter["state"] is not MessageState.HELD:
            ledger.change(letter, hold=None, reason=words if letter["state"] is MessageState.UNCERTAIN else "")
        where = self.found.sent if to is MessageState.SENT else self.found.uncertain
        if not any(one.id == letter["id"] for one in where):
            settled = SettledLetter(letter["campaign_name"], letter["iso3"], letter["message_id"], words, letter["id"])
            where.append(settled)

    def _has_seen(self, letter: Row, one: Try) -> bool:
        """Whether the database knows how a try ended: the journal's silence on the answer then says nothing new."""
        if one.generation > self.found.standing.generation:
            return False
        if one.claim != letter["claim"]:
            return True
        if letter["state"] is MessageState.SENDING or letter["owner"] is not None:
            return False
        ended = select(col(Attempt.id)).where(Attempt.message_id == letter["id"], Attempt.claim == one.claim)
        return self._session.exec(ended.limit(1)).first() is not None

    def _pause(self) -> None:
        """Let a person look first: cancellations, opt-outs and corrections of the lost time are not in a copy."""
        standing = self.found.standing
        if standing.kind is StandingKind.MOVED or not (self._settings.live or standing.missed.live):
            return
        going = select(Campaign).where(
            Campaign.state == CampaignState.SCHEDULED,
            exists().where(
                col(Message.campaign_id) == col(Campaign.id),
                col(Message.replaced_at).is_(None),
                col(Message.state).in_((MessageState.QUEUED, MessageState.DEFERRED)),
            ),
        )
        for campaign in self._session.exec(going.order_by(Campaign.name)).all():
            words = _FROM_ELSEWHERE if standing.kind is StandingKind.ELSEWHERE else _PAUSED
            bring_to_a_stop(campaign, CampaignState.PAUSED, Stop.COPY_SETTLED, words)
            self._session.add(campaign)
            audit.record(self._session, program(WHO), Act.CAMPAIGN_PAUSED, campaign=campaign.name, detail=_PAUSED)
            self.found.paused.append(campaign.name)


def _sent_to_all(session: Session) -> set[str]:
    """Return the Message-IDs of letters that all their recipients have, live: nothing more is to be known of them."""
    lacks = exists().where(col(Delivery.message_id) == col(Message.id), col(Delivery.state) != MessageState.SENT)
    query = select(col(Message.message_id)).where(
        Message.state == MessageState.SENT, col(Message.rehearsed).is_(False), ~lacks
    )
    return set(session.exec(query).all())


def _keep_dispatch(session: Session, fate: DispatchFate) -> bool:
    """Write a letter that the database has no row for. Return whether that says more than was known of it."""
    letter = fate.letter
    rows = session.exec(select(Dispatch).where(Dispatch.message_id == letter.message_id)).all()
    known = {row.address_key: row for row in rows}
    more = False
    for key in fate.keys:
        one = fate.of(key)
        if one is None or one.taken is False:
            continue  # refused: nobody has it
        row = known.get(key)
        if row is None:
            row = Dispatch(
                message_id=letter.message_id, campaign=letter.campaign, letter=letter.letter, iso3=letter.iso3[:3],
                address_key=key, subject=letter.subject, text_digest=letter.text_digest, text_sketch=letter.text_sketch,
                at=one.at,
            )  # fmt: skip
        elif row.taken or row.taken is one.taken:
            continue
        row.taken, row.words, more = one.taken, one.words, True
        session.add(row)
    return more


def _count_waiting(session: Session) -> int:
    query = select(col(Message.id)).where(
        col(Message.state).in_((MessageState.QUEUED, MessageState.DEFERRED)), col(Message.replaced_at).is_(None)
    )
    return len(session.exec(query).all())


def _by_the_journal(_fate: DispatchFate, one: Try) -> str:
    if one.taken:
        return KeptSentence("copy.answered", "the dispatch journal has the server's answer: {words}", words=one.words)
    return KeptSentence("copy.by-the-journal", "by the dispatch journal {words}", words=one.words)


def _by_another(fate: DispatchFate, one: Try) -> str:
    if one.taken:
        return KeptSentence(
            "copy.went-as",
            "it went out as {message}, which is not in this copy, by the dispatch journal: {words}",
            message=fate.letter.message_id, words=one.words,
        )  # fmt: skip
    return KeptSentence(
        "copy.may-have-gone-as",
        "it may have gone out as {message}, which is not in this copy, by the dispatch journal: {words}",
        message=fate.letter.message_id, words=one.words,
    )  # fmt: skip


def _order(one: SettledLetter) -> tuple[str, str, str]:
    return one.campaign, one.iso3, one.message_id
