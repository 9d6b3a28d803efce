"""The world that the outbox is simulated in: a clock, a mail server, databases, journals, and workers as greenlets.

Everything that decides what goes out is the real code. Only what is outside of it is made here: time, the server,
whether a process lives, and when each goes on. A worker stops at every place at which another process could act or
the power could fail; no two ever run at once, so that the same events always come to the same story.
"""

import gc
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import greenlet
from sqlalchemy import Connection, Engine, create_engine, event, select, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel, col

from outreach import clock, ledger, platform
from outreach.actors import account_at, named
from outreach.campaigns import approve, follow_up, plan, timing, two_people
from outreach.campaigns.address_changes import void_changed
from outreach.campaigns.box import note_box_read
from outreach.campaigns.who_signs import signatory_import
from outreach.database import Watch, open_database, reading, writing
from outreach.errors import CopyError, Fault, OutreachError
from outreach.letters.faces import mime_writer
from outreach.letters.folder import load_letter
from outreach.missions.shipped import shipped_mission
from outreach.models import Account, Campaign, Contact, Message, Reply, Response, Suggestion
from outreach.outbox import corrected, guard, queue, reconcile, resolve, retry, retrying
from outreach.outbox.claimed import LEASE, ClaimedLetter
from outreach.outbox.journal import Journal, _Pending
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.rules import Rules
from outreach.outbox.server import SmtpServer
from outreach.responses import suppression
from outreach.settings import Settings
from outreach.vocabulary import Answer, DeskRole, Door, Line, MailKind, MessageState, Role, Stage, SuggestionKind
from outreach.witness import dispatch
from outreach.witness.standing import Witness, standing
from tests.simulation.kept import Kept
from tests.simulation.laws import Laws

START = datetime(2026, 3, 4, 15, 52, tzinfo=UTC)
"""A Wednesday in Geneva, eight minutes before the end of working hours."""
MARK_HOLDS = LEASE - timedelta(minutes=1)
MISSIONS = {"FRA": ("pr@fra.example", "office@fra.example"), "GBR": ("pr@gbr.example",)}
ALLOWED = "@fra.example"
NAMES = ("first", "again")
_PEOPLE = {name: account_at(Door.DESK, number, name) for number, name in ((1, "Ana"), (2, "Ben"))}
"""Who approves: two have to be two accounts."""
_LAYOUTS = Path(__file__).parents[2] / "templates" / "layouts"
_SIGNED = "{% for one in signatories.organisations %} {{ one.name }}.{% endfor %}"
_TOML = 'title = "A letter"\n[subject]\nen = "Letter {{ mission.of }}"\nfr = "Lettre {{ mission.of }}"\n'
_TEXTS = {
    "en": "The letter to {{ mission.name }} asks it to speak up, before the session ends, for those who "
    "defend the rights of others and are held for it without a trial.",
    "fr": "La lettre à {{ mission.name }} lui demande de prendre la parole, avant la fin de la session, pour "
    "qui défend les droits des autres et se trouve détenu sans procès.",
}
_ONE_MORE = {"en": " We thank you for your attention.", "fr": " Nous vous remercions de votre attention."}
"""A sentence that makes nearly the same letter of a letter."""
ALIKE = "alike"
"""The campaign, and its letter, that say nearly the same as the first."""
_STATEMENTS = 2000
"""How many statements each connection keeps prepared: more than there are (by default 128: too few)."""
_NOT_PLAIN = ("grounds", "laws", "random", "workers", "current")
KILLED = object()


class Killed(BaseException):
    """The power fails, or the process is killed, at this place."""


@dataclass(slots=True)
class Taken:
    """What the mail server has: one recipient's copy of one letter."""

    place: int
    live: bool
    campaign: str
    letter: str
    iso3: str
    address: str
    message_id: str


@dataclass(slots=True)
class Worker:
    """One process that sends. Its greenlet is its program."""

    name: str
    place: int
    live: bool
    label: str = ""
    twin: bool = False
    """Whether it is a second connection of the same process: one name, two at work."""
    greenlet: Any = None
    at: str = "start"
    armed: str = ""
    """What becomes of its next commit: `before`, `after`, or `lost`."""
    answer: str = "ok"
    """What the server says to it next."""
    own: bool = True
    """Whether it belongs to this installation."""
    killed: bool = False
    stop: bool = False
    """Whether it ends after this pass."""
    stop_now: bool = False
    """Whether it begins no other letter: the settings that it began with hold no more."""
    idle: int = -1
    """After how many changes of the world it last found nothing to do."""


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies on the disk: what each database holds, and the dispatch journals."""

    databases: tuple[Any, ...]
    journals: dict[Path, bytes]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A world before any worker has begun."""

    world: dict[str, Any]
    laws: dict[str, Any]
    chance: Any
    grounds: Lying


class World:
    """One seed's world."""

    def __init__(self, grounds: "Grounds") -> None:
        self.grounds = grounds
        self.now = START
        self.live = True
        self.place = 0
        self.workers: list[Worker] = []
        self.dead: set[str] = set()
        self.taken: list[Taken] = []
        self.story: list[str] = []
        self.kept: Any = None
        self.copied = False
        self.current: Worker | None = None
        self.count = 0
        self.changes = 0
        self.twins = False
        self.watched = False
        """Whether the settings come from the folder's file, which a person changes while workers run under it."""
        self.batches = False
        """Whether a worker has two connections, whose marks and answers are committed together."""
        self.at_person = ""
        """What becomes of the process of the person who acts next: killed `before` or `after` its commit."""
        self.acting = False
        self.random = random.Random(1)
        self.laws = Laws(self)

    # -- what other seeds begin with, too

    def begun(self) -> "Beginning":
        """Everything as it is, while no worker has begun."""
        plain = {name: copy(value) for name, value in vars(self).items() if name not in _NOT_PLAIN}
        laws = {name: copy(value) for name, value in vars(self.laws).items() if name != "world"}
        return Beginning(plain, laws, self.random.getstate(), self.grounds.lying())

    def begin(self, beginning: "Beginning | None") -> None:
        """Let everything be as it was then, or as it was made."""
        self.grounds.rewind(beginning.grounds if beginning is not None else None)
        if beginning is not None:
            vars(self).update({name: copy(value) for name, value in beginning.world.items()})
            vars(self.laws).update({name: copy(value) for name, value in beginning.laws.items()})
            self.random.setstate(beginning.chance)

    # -- what the patched seams ask

    def clock_now(self) -> datetime:
        return self.now

    def is_dead(self, owner: str) -> bool:
        return owner in self.dead

    def new_message_id(self, _sender: str) -> str:
        self.count += 1
        return f"<{self.count}.again@coalition.example>"

    def engine(self, place: int | None = None) -> Engine:
        return self.grounds.engines[self.place if place is None else place]

    def settings(self, live: bool | None = None, installation: int = 0) -> Settings:
        return self.grounds.settings(self.live if live is None else live, installation)

    def holds(self, one: "Worker") -> bool:
        """Whether the settings that a worker began with are those of the file."""
        return not self.watched or one.live == self.live

    def tell(self, words: str) -> None:
        self.story.append(f"{self.now:%a %d %H:%M:%S}  {words}")

    def committing(self) -> None:
        one = self.current
        if self.acting and self.at_person:
            if self.at_person == "before":
                self.at_person = ""
                raise Killed
            self.at_person = "then"
        if one is not None and one.armed == "before":
            one.armed = ""
            self.tell(f"{one.label} is killed before a commit ({one.at})")
            raise Killed

    def committed(self) -> None:
        one = self.current
        if one is not None and one.armed == "after":
            one.armed = ""
            self.tell(f"{one.label} is killed after a commit ({one.at})")
            raise Killed

    def beginning(self) -> None:
        if self.acting and self.at_person == "then":
            self.at_person = ""
            raise Killed

    # -- workers

    def start(self, slot: int, place: int, live: bool, *, own: bool = True) -> Worker:
        self.count += 1
        one = Worker(f"worker{self.count}", place, live, f"worker{self.count}", own=own)
        other = self.workers[1 - slot] if slot < 2 and len(self.workers) > 1 - slot else None
        if self.twins and other is not None and other.greenlet and (other.place, other.live) == (place, live):
            one.name, one.label, one.twin, other.twin = other.name, f"{other.label}b", True, True
        one.greenlet = greenlet.greenlet(lambda: self._run(one))
        while len(self.workers) <= slot:
            self.workers.append(Worker("nobody", 0, True))
        self.workers[slot] = one
        return one

    def step(self, one: Worker) -> bool:
        """Let a worker go on to its next place. Return whether it still lives."""
        if one.greenlet is None:
            return False
        self.current = one
        try:
            one.greenlet.switch()
        finally:
            self.current = None
        if one.greenlet.dead:
            one.greenlet = None
            if one.killed:
                self._end_twins(one)
            if not any(other.greenlet and other.name == one.name for other in self.workers):
                self.dead.add(one.name)
        return one.greenlet is not None

    def kill(self, one: Worker) -> None:
        if one.greenlet is not None:
            self.tell(f"{one.label} is killed ({one.at})")
            self._end(one)

    def _end(self, one: Worker) -> None:
        if one.greenlet is not None:
            if one.greenlet:
                one.greenlet.throw(Killed)
            one.greenlet = None
        self.dead.add(one.name)
        self._end_twins(one)

    def _end_twins(self, one: Worker) -> None:
        for other in self.workers:
            if other.greenlet and other.name == one.name:
                self._end(other)

    def close(self) -> None:
        self.current = None
        for one in self.workers:
            self._end(one)

    def _pause(self, one: Worker, at: str) -> None:
        one.at = at
        self.grounds.hub.switch()
        self.current = one

    def _run(self, one: Worker) -> None:
        journal = witness = None
        try:
            engine, settings = self.engine(one.place), self.settings(one.live, 0 if one.own else 1)
            embedded = not one.live and self.count % 2 == 0
            rules = self.grounds.rules(settings, embedded)
            witness = Witness(engine, settings)
            begin = witness.journal.begin

            def beginning(handovers: Any, generation: int, at: datetime) -> None:
                self.committed()
                self._pause(one, "marked, not begun")
                begin(handovers, generation, self.now)

            witness.journal.begin = beginning  # type: ignore[method-assign]
            witness.journal.enlist(one.name, self.now)
            journal = SimJournal(engine, rules, one, witness, self)
            self.tell(f"{one.label} starts at {one.place}, {'live' if one.live else 'rehearsal'}")
            self._passes(one, engine, rules, witness, journal)
        except CopyError:
            self.tell(f"{one.label}: the database is a copy")
        except Killed:
            one.killed = True
        finally:
            self.current = None
            if journal is not None:
                journal.close()
            if witness is not None:
                with suppress(Fault):  # what was written is there all the same
                    witness.journal.close()

    def _passes(self, one: Worker, engine: Engine, rules: Rules, witness: Witness, journal: "SimJournal") -> None:
        """One pass after another, as the outbox makes them: settle what lies there, then claim until nothing is due."""
        while self.holds(one):
            self._pause(one, "started")
            in_hand = self.laws.in_hand(engine)
            freed, doubtful = queue.recover(engine, witness)
            self.laws.recovered(engine, in_hand)
            if freed or doubtful:
                self.tell(f"{one.label} recovers: {freed} free, {doubtful} uncertain")
            self.committed()
            self._look(one, engine, rules)
            taken = True
            while taken and not one.stop_now:
                taken = self._claim(one, engine, rules, witness, journal)
            one.idle = self.changes
            if one.stop or one.stop_now:
                break
        if not self.holds(one):
            self.tell(f"{one.label} ends: the settings have changed")

    def _claim(
        self, one: Worker, engine: Engine, rules: Rules, witness: Witness, journal: "SimJournal"
    ) -> tuple[ClaimedLetter, ...]:
        claim = queue.claim(engine, rules, one.name, limit=8, witness=witness, hand=journal._hand)
        self.committed()
        for claimed in claim.letters:
            self.tell(f"{one.label} claims {_named(claimed)}")
        one.idle = -1
        self._pause(one, "claimed")
        many = 2 if self.batches else 1
        for start in range(0, len(claim.letters), many):
            if one.stop_now:  # no other letter is begun
                break
            self._deliver(one, rules, claim.letters[start : start + many], journal)
        if claim.letters:
            queue.release(engine, one.name, claim.letters if one.twin else None)
            self.committed()
        return claim.letters

    def _look(self, one: Worker, engine: Engine, rules: Rules) -> None:
        self._pause(one, "recovered")
        guard.review_holds(engine, rules)
        follow_up.plan_follow_ups(engine)
        waiting = guard.hold_late_campaigns(engine, rules) + guard.hold_unconfirmed_campaigns(engine, rules)
        if waiting:
            self.tell(f"{one.label}: {', '.join(waiting)} waits for a person")
        self.committed()
        self._pause(one, "looked")

    def _deliver(self, one: Worker, rules: Rules, letters: Sequence[ClaimedLetter], journal: "SimJournal") -> None:
        """Hand over a letter, or several at the same time, each on a connection of its own."""
        began = self.now
        self._pause(one, "RCPT")
        early = {claimed.id: _before_data(one.answer, claimed) for claimed in letters}
        wanted = [claimed for claimed in letters if isinstance(early[claimed.id], dict)]
        marked_at = self.now
        marks = [_Pending(claimed, None, None, began) for claimed in wanted]  # type: ignore[arg-type]
        passed = dict(zip([claimed.id for claimed in wanted], journal.commit(one, marks), strict=True)) if marks else {}
        outcomes: list[tuple[ClaimedLetter, Outcome]] = []
        for claimed in letters:
            answers = early[claimed.id]
            if not isinstance(answers, dict):
                outcomes.append((claimed, answers))
            elif not passed[claimed.id]:
                self.tell(f"{one.label} may not send {_named(claimed)}")
                one.stop_now = not self.holds(one)
                outcomes.append((claimed, Outcome(Verdict.NOT_TRIED, stage=Stage.RCPT)))
            else:
                self.tell(f"{one.label} marks {_named(claimed)}")
                outcomes.append((claimed, self._data(one, rules, claimed, answers, marked_at)))
        self._pause(one, "answered")
        entries = [_Pending(claimed, outcome, None, began) for claimed, outcome in outcomes]  # type: ignore[arg-type]
        states = journal.commit(one, entries)
        for (claimed, outcome), state in zip(outcomes, states, strict=True):
            self.tell(f"{one.label} records {_named(claimed)}: {outcome.verdict} -> {state}")
            self.laws.recorded(self.engine(one.place), claimed, outcome)
        self.committed()
        self._pause(one, "recorded")

    def _data(
        self,
        one: Worker,
        rules: Rules,
        claimed: ClaimedLetter,
        answers: dict[str, RecipientAnswer],
        marked_at: datetime,
    ) -> Outcome:
        """What Connection.deliver does once the mark is committed, and a server that answers as the scheduler says."""
        self._pause(one, "begun")
        if one.answer == "no data":
            refused = RecipientAnswer(Verdict.DEFERRED, "451 4.3.0 no", Stage.DATA)
            return Outcome(Verdict.DEFERRED, "451 4.3.0 no", dict.fromkeys(claimed.recipients, refused), Stage.DATA)
        if not timedelta() <= self.now - marked_at < MARK_HOLDS:
            return Outcome(Verdict.BROKEN, "this machine stood still", stage=Stage.DATA)
        self.laws.handed_over(one, claimed)
        match one.answer:
            case "later":
                return Outcome(Verdict.DEFERRED, "451 4.3.2 later", _alike(answers, Verdict.DEFERRED))
            case "never":
                return Outcome(Verdict.REFUSED, "554 5.7.1 no", _alike(answers, Verdict.REFUSED))
            case "lost":
                pass
            case _:
                self._take(one, rules, claimed, answers)
        if one.answer in ("lost", "break late", "garbage"):
            refused_ones = {a: said for a, said in answers.items() if said.verdict is not Verdict.ACCEPTED}
            return Outcome(Verdict.UNCERTAIN, "broke after the dot", refused_ones)
        self._pause(one, "taken")
        return Outcome(Verdict.ACCEPTED, "250 2.0.0 taken", answers)

    def _take(self, one: Worker, rules: Rules, claimed: ClaimedLetter, answers: dict[str, RecipientAnswer]) -> None:
        for address, said in answers.items():
            if said.verdict is Verdict.ACCEPTED:
                took = Taken(
                    one.place, rules.live, claimed.campaign, claimed.letter, claimed.iso3, address, claimed.message_id
                )
                self.tell(f"the server takes {_named(claimed)} for {address}, {'live' if rules.live else 'rehearsal'}")
                self.taken.append(took)
                self.laws.taken(took, embedded=rules.embedded)

    # -- persons

    def person(self, what: str, act: Callable[[], Any]) -> Any:
        """Let a person act. What the program refuses is told, and so is it where it is killed meanwhile: then `KILLED`
        is returned, for what came of it is not known."""
        self.acting = True
        try:
            done = act()
        except OutreachError as error:
            self.tell(f"a person: {what}: refused, {str(error)[:110]}")
            return None
        except Killed:
            self.tell(f"a person: {what}: the program is killed meanwhile")
            return KILLED
        finally:
            self.acting = False
        self.tell(f"a person: {what}")
        return done

    def schedule(self, name: str, at: str, *, hours: bool, again: bool = False) -> None:
        moment = "now" if at == "now" else (self.now + timedelta(minutes=int(at))).isoformat()
        engine, settings, yes = self.engine(), self.settings(), len(MISSIONS) if self.live else None
        done = self.person(
            f"schedules {name} for {at}{', in working hours' if hours else ''}{', once more' if again else ''}",
            lambda: timing.schedule(
                engine,
                settings,
                name,
                moment,
                yes=yes,
                working_hours=hours,
                by=named("Ana"),
                again=again,
            ),
        )
        if again and done is not None:
            self.laws.once_more(engine, name)

    def approve(self, name: str, by: str) -> None:
        engine, settings, templates = self.engine(), self.settings(), self.grounds.templates
        before = self.laws.before_approving(engine, name)
        self.person(
            f"{by} approves {name}",
            lambda: approve.approve(engine, settings, name, by=_PEOPLE[by], templates=templates),
        )
        self.laws.approved(engine, before)

    def two_approvals(self, name: str) -> None:
        self.person(
            f"asks for two approvals of {name}", lambda: two_people.ask_for(self.engine(), name, 2, by=named("Ana"))
        )

    def follow_up(self, *, again: bool) -> None:
        engine, settings, yes = self.engine(), self.settings(), len(MISSIONS) if self.live else None
        done = self.person(
            f"plans a reminder{' once more' if again else ''}",
            lambda: follow_up.follow_up(
                engine, settings, NAMES[0], letter="reminder", after="1 day", by=_PEOPLE["Ana"], yes=yes, again=again,
                templates=self.grounds.templates,
            ),
        )  # fmt: skip
        if again and done not in (None, KILLED):
            self.laws.once_more(engine, done.name)

    def writes_alike(self) -> None:
        """Somebody makes another campaign with the same letter in slightly other words, and sends it."""
        engine, settings, templates = self.engine(), self.settings(), self.grounds.templates
        letter = load_letter(ALIKE, templates)
        audience = [f"iso:{','.join(MISSIONS)}"]
        self.person(
            "makes a campaign with nearly the same letter",
            lambda: plan.create(engine, settings, ALIKE, letter, audience=audience, by=named("Ben")),
        )
        self.approve(ALIKE, "Ben")
        self.schedule(ALIKE, "now", hours=False)

    def read_box(self) -> None:
        with writing(self.engine()) as session:
            note_box_read(session, self.now)
        self.tell("the box of answers is read")

    def answers(self, address: str) -> None:
        iso3 = address.partition("@")[2][:3].upper()
        with writing(self.engine()) as session:
            first = select(col(Campaign.id)).where(col(Campaign.name) == NAMES[0]).scalar_subquery()
            theirs = update(Response).where(col(Response.campaign_id) == first, col(Response.iso3) == iso3)
            session.execute(theirs.values(answer=Answer.REPLIED))
        self.tell(f"{iso3} has answered")

    def may_have_answered(self, address: str) -> None:
        """A mail comes in that may be a mission's answer, to the letter or to a reminder of it."""
        iso3 = address.partition("@")[2][:3].upper()
        self.count += 1
        with writing(self.engine()) as session:
            last = select(col(Message.id)).where(col(Message.iso3) == iso3).order_by(col(Message.id).desc())
            reply = Reply(
                digest=f"{self.count:064}", received_at=self.now, ingested_at=self.now, kind=MailKind.REPLY, raw=b""
            )
            session.add(reply)
            session.flush()
            assert reply.id is not None
            session.add(
                Suggestion(
                    reply_id=reply.id, iso3=iso3, message_id=session.scalar(last), kind=SuggestionKind.ANSWER,
                    value=Answer.REPLIED, at=self.now,
                )
            )  # fmt: skip
        self.tell(f"a mail may be the answer of {iso3}")

    def looks_at_mail(self) -> None:
        """A person says of what may be an answer that it is none."""
        with writing(self.engine()) as session:
            session.execute(update(Suggestion).values(accepted=False, decided_at=self.now))
        self.tell("a person has looked at the mails: none is an answer")

    def signs(self, *names: str) -> None:
        """The sheet of those who sign comes in: whoever is not in it has withdrawn."""
        sheet = self.grounds.sign_on(names)
        self.person(
            f"brings in who signs: {', '.join(names)}",
            lambda: signatory_import.import_signatories(
                self.engine(),
                NAMES[0],
                sheet,
                by=named("Ana"),
                yes=True,
                replace=True,
                ask_number=lambda found: len(found.unnamed),
            ),
        )

    def imports(self, address: str) -> None:
        """A new sheet has another address in the place of one, and what was approved for that one is void."""
        name, _, domain = address.partition("@")
        other = f"press.{name}@{domain}"
        with writing(self.engine()) as session:
            contact = session.scalars(select(Contact).where(col(Contact.email_key).in_((address, other)))).first()
            if contact is None:
                return
            contact.email = contact.email_key = other if contact.email_key == address else address
            contact.bounced_at = None
            session.add(contact)
            self.tell(f"a new sheet: {contact.email} in the place of another")
        self.person("imports the sheet", lambda: void_changed(self.engine()))

    def retry(self, name: str) -> None:
        self.person(
            f"lets {name} be tried again",
            lambda: retrying.retry(self.engine(), self.settings(), name, by=named("Ana")),
        )

    def resolve(self, decision: str, stands: MessageState = MessageState.UNCERTAIN) -> None:
        """Settle the first letter that stands so, where a person's word can: one in doubt, refused, or held since its
        mission has had this already."""
        with reading(self.engine()) as session:
            query = (
                select(col(Message.id))
                .where(col(Message.state) == stands, col(Message.replaced_at).is_(None))
                .order_by(col(Message.id))
            )
            number = session.scalar(query)
        if number is not None:
            before = self.laws.before_resolving(self.engine(), number)
            done = self.person(
                f"says {decision} of letter {number}",
                lambda: resolve.resolve(self.engine(), number, decision, by=named("Ana")),
            )
            if done is not None:  # where the program was killed meanwhile, it may be so
                self.laws.resolved(before, decision)

    def opt_out(self, address: str) -> None:
        self.person(f"{address} opts out", lambda: suppression.opt_out(self.engine(), address, by=named("Ana")))

    def allow(self, address: str) -> None:
        self.person(f"{address} is allowed again", lambda: suppression.allow(self.engine(), address, by=named("Ana")))

    def bounce(self, address: str) -> None:
        with writing(self.engine()) as session:
            session.execute(update(Contact).where(col(Contact.email_key) == address).values(bounced_at=self.now))
        self.tell(f"a report says that {address} takes no mail")

    def change_contact(self, address: str) -> None:
        with writing(self.engine()) as session:
            contact = session.scalars(select(Contact).where(col(Contact.email_key) == address)).one_or_none()
            if contact is None:
                return
            contact.active = not contact.active
            session.add(contact)
            self.tell(f"a person: {address} is {'used again' if contact.active else 'no longer used'}")

    def correct(self) -> None:
        with reading(self.engine()) as session:
            query = select(col(Message.id), col(Message.iso3)).where(
                col(Message.state).in_((MessageState.FAILED, MessageState.HELD, MessageState.SENT)),
                col(Message.replaced_at).is_(None),
            )
            row = session.execute(query.order_by(col(Message.id))).first()
        if row is not None:
            self.count += 1
            new = f"new{self.count}@{row.iso3.lower()}.example"
            self.person(
                f"corrects letter {row.id} to {new}",
                lambda: corrected.send_to_corrected(
                    self.engine(), self.settings(), row.id, new, by=named("Ana"), yes=1 if self.live else None
                ),
            )

    def here(self) -> None:
        self.person(
            f"outreach here at {self.place}",
            lambda: reconcile.reconcile(
                self.engine(), self.settings(), by=named("Ana"), ask=lambda found: len(found.sent)
            ),
        )

    def come_home(self) -> None:
        """Settle a copy; where the program that says so is killed, say it once more."""
        for _ in range(2):
            if not self.settled():
                self.here()
        if not self.settled():
            self.laws.broken("nothing brings the copy to rest")

    # -- copies

    def keep(self) -> None:
        self.kept = self.grounds.dump(self.place)
        self.tell(f"a copy of {self.place} is kept")

    def restore(self) -> None:
        if self.kept is not None:
            self.grounds.load(self.place, self.kept)
            self.tell(f"the copy is put back at {self.place}")

    def copy(self) -> None:
        if len(self.grounds.engines) > 1:
            self.grounds.load(1 - self.place, self.grounds.dump(self.place))
            self.copied = True
            self.tell(f"a copy is laid at {1 - self.place}")

    def settled(self) -> bool:
        return standing(self.engine(), self.settings()).settled


class SimJournal(Journal):
    """The journal's own heart, without the loop around it."""

    def __init__(self, engine: Engine, rules: Rules, one: Worker, witness: Witness, world: World) -> None:
        super().__init__(engine, rules, one.name, witness, holds=lambda: world.holds(one))
        self._world = world

    def commit(self, one: Worker, entries: Sequence[_Pending]) -> list[Any]:
        """What `Journal._commit` does."""
        self._tell_witness(entries)
        if any(entry.outcome is not None for entry in entries):
            self._world._pause(one, "answer journaled")
        for _ in range(3):
            try:
                results = self.enter(entries)
                if one.armed == "lost":
                    one.armed = ""
                    self._world.tell(f"{one.label}: the answer to a commit is lost")
                    raise OperationalError("COMMIT", {}, Exception("connection lost"))  # noqa: TRY301
            except OperationalError:
                self.close()
                self._world._pause(one, "commit again")
            else:
                return results
        raise Killed

    def _entered(self, connection: Connection, batch: Sequence[_Pending]) -> tuple[list[Any], int]:
        laws = self._world.laws
        before = [laws.before_mark(connection, e.claimed) if e.outcome is None else None for e in batch]
        results, generation = super()._entered(connection, batch)
        for entry, known, result in zip(batch, before, results, strict=True):
            if entry.outcome is None and result is True:
                laws.marked(self._owner, self._rules, entry.claimed, known)
        return results, generation


def _emptied(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def _before_data(answer: str, claimed: ClaimedLetter) -> Outcome | dict[str, RecipientAnswer]:
    """What the server says to each recipient; an outcome where it does not come to DATA."""
    if answer == "break early":
        return Outcome(Verdict.BROKEN, "broke before DATA", stage=Stage.MAIL)
    if answer == "no smtputf8":
        return Outcome(Verdict.NO_SMTPUTF8, stage=Stage.MAIL)
    answers = {address: RecipientAnswer(Verdict.ACCEPTED, "250 2.1.5 ok") for address in claimed.recipients}
    if answer in ("one later", "one never"):
        bad = Verdict.DEFERRED if answer == "one later" else Verdict.REFUSED
        reply = "450 4.2.0 later" if bad is Verdict.DEFERRED else "550 5.1.1 nobody"
        answers[claimed.recipients[-1]] = RecipientAnswer(bad, reply)
        if len(answers) == 1:
            return Outcome(bad, reply, answers, Stage.RCPT)
    return answers


def _named(claimed: ClaimedLetter) -> str:
    return f"{claimed.campaign}/{claimed.iso3} (claim {claimed.claim})"


def _alike(answers: dict[str, RecipientAnswer], verdict: Verdict) -> dict[str, RecipientAnswer]:
    return {a: one if one.verdict is Verdict.REFUSED else RecipientAnswer(verdict, "") for a, one in answers.items()}


class Grounds:
    """What is made once for a process and rewound for each seed: databases, folders, settings, patched seams."""

    def __init__(self, url: str = "", *, keeps: bool = True) -> None:
        """`keeps` says whether what is the same in many seeds is worked out once only."""
        self.keeps = keeps
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="outreach-simulation-", dir=base))
        self.templates = self._folder / "templates"
        self._settings: dict[tuple[bool, int], Settings] = {}
        self._rules: dict[tuple[bool, int, bool], Rules] = {}
        self._kept = Kept()
        self.beginnings: dict[tuple[Any, ...], Beginning | None] = {}
        """What came of events with which several seeds begin; None of those that one seed has begun with so far."""
        self.hub = greenlet.getcurrent()
        self.world: World | None = None
        urls = [url] if url else [f"sqlite:///{self._folder / name / 'outreach.db'}" for name in ("here", "there")]
        for name in ("here", "there"):
            (self._folder / name).mkdir()
        if url:
            _emptied(url)
        self.engines = [open_database(one) for one in urls]
        for engine in self.engines:
            self._listen(engine)
        self._watches = [Watch(engine) for engine in self.engines]
        self._held: list[tuple[Any, int | None] | None] = [None] * len(self.engines)
        """What each database was last made to hold, and its version then."""
        with self.patched():
            self._fill()
        self._full = self.dump(0)

    def _listen(self, engine: Engine) -> None:
        @event.listens_for(engine, "commit")
        def committing(_connection: Any) -> None:
            if self.world is not None:
                self.world.committing()

        @event.listens_for(engine, "begin")
        def beginning(_connection: Any) -> None:
            if self.world is not None:
                self.world.beginning()

        if engine.dialect.name == "sqlite":

            @event.listens_for(engine, "do_connect")
            def connecting(_dialect: Any, _record: Any, _arguments: Any, named: dict[str, Any]) -> None:
                named["cached_statements"] = _STATEMENTS

            @event.listens_for(engine, "connect")
            def connected(connection: Any, _record: Any) -> None:
                connection.execute("PRAGMA synchronous = OFF")

        engine.dispose()

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Put the simulated clock and the like in place of the real."""
        rng = mock.Mock(Random=lambda: self.world.random if self.world else random.Random(1))
        rng.randint = lambda low, high: rng.Random().randint(low, high)
        self.beginnings.clear()  # the code may be another by now: see mutants.py
        gc.collect()
        gc.freeze()  # most of what is made in a seed is gone with it: looking through the rest takes a tenth of it
        with (
            mock.patch.object(clock, "now", lambda: self.world.now if self.world else START - timedelta(days=1)),  # noqa: PT008
            mock.patch.object(queue, "is_dead", lambda owner: bool(self.world) and self.world.is_dead(owner)),
            mock.patch.object(platform, "flush", lambda _fd: None),  # noqa: PT008
            mock.patch.object(platform, "flush_names", lambda _folder: None),  # noqa: PT008
            mock.patch.object(retry, "random", rng),
            mock.patch.object(ledger, "random", rng),
            mock.patch.object(mime_writer, "new_message_id", self._message_id),
            self._kept.in_place() if self.keeps else nullcontext(),
        ):
            yield

    _numbers = 0

    def _message_id(self, sender: str) -> str:
        if self.world is not None:
            return self.world.new_message_id(sender)
        self._numbers += 1
        return f"<{self._numbers}@coalition.example>"

    def settings(self, live: bool, installation: int) -> Settings:
        key = (live, installation)
        if key not in self._settings:
            values: dict[str, Any] = {
                "from": "Coalition <secretariat@coalition.example>", "mode": "live" if live else "rehearsal",
                "state_dir": str(self._folder / f"state{installation}"), "allow_list": [ALLOWED],
                "smtp_host": "mail.example",
            }  # fmt: skip
            self._settings[key] = Settings(**values)
        return self._settings[key]

    def sign_on(self, names: Sequence[str]) -> Path:
        """A sheet of those who sign."""
        path = self._folder / f"{'-'.join(names)}.csv"
        if not path.exists():
            path.write_text("Kind,Name\n" + "".join(f"organisation,{name}\n" for name in names), encoding="utf-8")
        return path

    def rules(self, settings: Settings, embedded: bool) -> Rules:
        return Rules.of(settings, SmtpServer("mail.example", 25, embedded=embedded))

    def _fill(self) -> None:
        for name, kind, subject in (
            ("spring", "spring", "etter"), ("reminder", "reminder", "etter"), (ALIKE, "spring", "ines"),
        ):  # fmt: skip
            folder = self.templates / name
            folder.mkdir(parents=True)
            (folder / "letter.toml").write_text(
                _TOML.replace("letter", name).replace("etter", subject), encoding="utf-8"
            )
            for language, words in _TEXTS.items():
                told = words.replace("letter", f"{kind} letter").replace("lettre", f"lettre {kind}")
                more = _ONE_MORE[language] if name == ALIKE else ""
                (folder / f"{language}.md").write_text(f"{told}{more}{_SIGNED}\n", encoding="utf-8")
        shutil.copytree(_LAYOUTS, self.templates / "layouts")
        engine, settings = self.engines[0], self.settings(True, 0)
        with writing(engine) as session:
            for name, one in _PEOPLE.items():
                session.add(
                    Account(
                        id=one.account, login=name.lower(), name=name, role=DeskRole.APPROVER, password_hash="",
                        created_at=clock.now(),
                    )
                )  # fmt: skip
            for iso3, boxes in MISSIONS.items():
                session.add(shipped_mission(iso3))
                session.flush()
                for box in boxes:
                    session.add(
                        Contact(iso3=iso3, email=box, email_key=box, role=Role.PERMANENT_REPRESENTATIVE, line=Line.TO)
                    )
        letter = load_letter("spring", self.templates)
        for name in NAMES:
            people = ("Ana", "Ben") if name == "again" else ("Ana",)
            audience = [f"iso:{','.join(MISSIONS)}"]
            plan.create(engine, settings, name, letter, audience=audience, approvals=len(people), by=named("Ana"))
            for by in people:
                approve.approve(engine, settings, name, by=_PEOPLE[by], templates=self.templates)
        standing(engine, settings)

    def lying(self) -> Lying:
        """All that lies on the disk now."""
        databases = tuple(
            held[0] if held is not None and held[1] is not None and held[1] == watch.version() else self.dump(place)
            for place, (held, watch) in enumerate(zip(self._held, self._watches, strict=True))
        )
        return Lying(databases, {path: path.read_bytes() for path in self._journals()})

    def rewind(self, lying: Lying | None = None) -> None:
        """Everything as it lay then, or as it was made."""
        for place in range(len(self.engines)):
            self.load(place, self._full if lying is None else lying.databases[place])
        for path in self._journals():
            path.unlink()
        for path, told in (lying.journals if lying is not None else {}).items():
            path.write_bytes(told)

    def _journals(self) -> list[Path]:
        return [path for number in (0, 1) for path in (self._folder / f"state{number}" / "journals").glob("*.jsonl")]

    def dump(self, place: int) -> Any:
        """Return all that a database holds."""
        engine = self.engines[place]
        if engine.dialect.name == "sqlite":
            with self._driver(place) as driver:
                return {table: driver.execute(f'SELECT * FROM "{table}"').fetchall() for table in self._tables}
        with engine.connect() as connection:
            return {
                table: [dict(row) for row in connection.execute(table.select()).mappings()]
                for table in SQLModel.metadata.sorted_tables
            }

    def load(self, place: int, kept: Any) -> None:
        """Let a database hold that again, under whoever has it open.

        Row by row: SQLite's backup, as any change of a schema, lets every connection read the schema anew, and make
        its statements anew, which takes several times as long.
        """
        engine = self.engines[place]
        if engine.dialect.name == "sqlite":
            watch, held = self._watches[place], self._held[place]
            if held is not None and held[0] is kept and held[1] == watch.version():
                return  # nobody has written since
            with self._driver(place) as driver:
                driver.execute("PRAGMA foreign_keys = OFF")
                driver.execute("BEGIN IMMEDIATE")
                for table, rows in kept.items():
                    if rows or driver.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone():
                        driver.execute(f'DELETE FROM "{table}"')
                    if rows:
                        places = ", ".join("?" * len(rows[0]))
                        driver.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)
                driver.execute("COMMIT")
                driver.execute("PRAGMA foreign_keys = ON")
            self._held[place] = kept, watch.version()
            return
        world, self.world = self.world, None
        try:
            with engine.begin() as connection:
                # Of tables as small as these, TRUNCATE takes ten times as long.
                tables = reversed(SQLModel.metadata.sorted_tables)
                connection.exec_driver_sql("; ".join(f'DELETE FROM "{table.name}"' for table in tables))
                for table, rows in kept.items():
                    if rows:
                        connection.execute(table.insert(), rows)
                    if "id" in table.c and table.c["id"].autoincrement and table.name != "identity":
                        connection.execute(
                            text(
                                f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), "
                                f'COALESCE((SELECT max(id) FROM "{table.name}"), 0) + 1, false)'
                            )
                        )
        finally:
            self.world = world

    @contextmanager
    def _driver(self, place: int) -> Iterator[sqlite3.Connection]:
        """SQLite's own connection, of which the world hears nothing."""
        pooled = self.engines[place].raw_connection()
        try:
            driver: Any = pooled.driver_connection
            yield driver
        finally:
            pooled.close()

    @cached_property
    def _tables(self) -> tuple[str, ...]:
        with self._driver(0) as driver:
            return tuple(name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))

    def begun(self, message_id: str, claim: int) -> str | None:
        """The digest under which the dispatch journal tells of a letter; None where it does not."""
        for path in (self._folder / "state0" / "journals").glob("*.jsonl"):
            for entry in dispatch.DispatchJournal(path).entries():
                if isinstance(entry, dispatch.Began) and (entry.handover.message_id, entry.handover.claim) == (
                    message_id, claim,
                ):  # fmt: skip
                    return entry.handover.digest
        return None

    def close(self) -> None:
        for engine in self.engines:
            engine.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)
