"""The two commits of a letter: the mark `sending` just before its data, and the server's answer straight after.

The connections of a worker hand their marks and answers to one journal. While one transaction is being committed,
what comes in gathers for the next, so that a disk that takes a millisecond to be sure is waited for once for
several letters and not once for each. Nobody goes on before what he handed in is committed: a connection waits
for its mark before the data, and a mark is never committed before the answers that were handed in before it.

Around each commit stands the dispatch journal, outside of the database (`witness`): answers are written there before
they are committed, marks are on disk there before anything is handed over. So nothing known becomes a doubt.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from outreach import clock
from outreach.database import FileWatch
from outreach.errors import Fault
from outreach.ledger import Ledger, in_states, open_deliveries
from outreach.models import Identity, Message
from outreach.outbox import recording
from outreach.outbox.claimed import LEASE, ClaimedLetter
from outreach.outbox.gate import Gate
from outreach.outbox.hand import Hand
from outreach.outbox.outcome import Outcome
from outreach.outbox.rules import Rules
from outreach.statement import Row, Statement, in_list
from outreach.vocabulary import MessageState
from outreach.witness.dispatch import Handover
from outreach.witness.standing import Witness

_log = logging.getLogger(__name__)
_WAITS = (0.1, 0.5, 2.0, 5.0)
"""Seconds between the tries to commit, where the database is busy or its server restarts."""
_LONGEST_GATHERING = 0.01
_RAISE_GENERATION = Statement(lambda _: update(Identity).values(generation=col(Identity.generation) + bindparam("one")))
_GENERATION = Statement(lambda _: select(col(Identity.generation)))
_MARKED = Statement(
    lambda length: select(col(Message.id), col(Message.claim), col(Message.owner)).where(
        col(Message.id).in_(in_list(length)), col(Message.state) == MessageState.SENDING
    )
)
_LOCK_OF_A_MISSION = text("SELECT pg_advisory_xact_lock(1869966451, hashtext(:iso3))")


@dataclass(slots=True)
class _Pending:
    """A mark (without an outcome) or an answer that is to be committed."""

    claimed: ClaimedLetter
    outcome: Outcome | None
    done: asyncio.Future[Any]
    began_at: datetime
    """Of an answer: when the letter was marked, or taken up."""


class Journal:
    """Commits marks and answers for one worker, in the order in which they come, several at a time.

    It does so in the loop's own thread: that takes a fraction of a millisecond, in which the answers of the other
    connections come in and gather; another thread would wait longer for its turn with the interpreter.
    """

    def __init__(
        self,
        engine: Engine,
        rules: Rules,
        owner: str,
        witness: Witness | None = None,
        hand: Hand | None = None,
        holds: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take the database, the rules, the worker's name, under which it holds its claims, the witness, and the hand.

        Without a witness nothing is written outside of the database: so a copy of it could not be told. `holds` tells
        whether the settings that the rules come from still hold; nothing is marked once they do not.
        """
        self._rules, self._owner, self._witness, self._holds = rules, owner, witness, holds
        self._hand = hand or Hand(engine)
        self._watch = FileWatch(engine)
        self._began: dict[tuple[int, int], datetime] = {}
        self._unrecorded: list[_Pending] = []
        self._waiting: list[_Pending] = []
        self._committing: asyncio.Task[None] | None = None
        self._gathering: asyncio.Future[None] | None = None
        self._marks = 0
        self._commit_seconds = 0.0
        self.writers = 0
        """How many connections hand in marks: once all of them wait for theirs, nobody else can come."""

    async def mark(self, claimed: ClaimedLetter) -> bool:
        """Commit the mark `sending`, the last thing before the data is asked for.

        Return False, and the letter is not to be sent, if the claim is lost or the campaign was stopped meanwhile.
        """
        return bool(await self._hand_in(claimed, None))

    def record(self, claimed: ClaimedLetter, outcome: Outcome) -> "asyncio.Future[MessageState]":
        """Hand in what became of a letter. The future gives the state that it is in once that is committed.

        A worker whose claim was taken from it can report nothing over another's word, but for one thing: that the
        server took the letter settles a letter in doubt.
        """
        return self._hand_in(claimed, outcome)

    async def settled(self) -> None:
        """Wait until everything that was handed in is committed, or could not be."""
        while self._committing is not None:
            await asyncio.wait([self._committing])

    async def catch_up(self) -> None:
        """Record the answers that the database did not take when they came. Raises what keeps it from taking them."""
        late, self._unrecorded = self._unrecorded, []
        for entry in late:
            again = _Pending(entry.claimed, entry.outcome, asyncio.get_running_loop().create_future(), entry.began_at)
            await self._commit([again])
            await again.done

    def close(self) -> None:
        """Give the database connection back."""
        self._hand.close()

    def _hand_in(self, claimed: ClaimedLetter, outcome: Outcome | None) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        key = (claimed.id, claimed.claim)
        began = self._began.setdefault(key, clock.now()) if outcome is None else self._began.pop(key, clock.now())
        entry = _Pending(claimed, outcome, loop.create_future(), began)
        self._waiting.append(entry)
        self._marks += outcome is None
        if self._committing is None:
            self._committing = loop.create_task(self._commit_waiting())
        elif self._marks >= self.writers:
            self._gathered()
        return entry.done

    async def _commit_waiting(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                batch, self._waiting, self._marks = self._waiting, [], 0
                await self._commit(batch)
        finally:
            self._committing = None

    async def _gather(self) -> None:
        """Wait for what the other connections are about to hand in: at most for as long as a commit takes."""
        if self._marks >= self.writers:
            return
        loop = asyncio.get_running_loop()
        self._gathering = loop.create_future()
        limit = loop.call_later(min(self._commit_seconds, _LONGEST_GATHERING), self._gathered)
        try:
            await self._gathering
        finally:
            limit.cancel()
            self._gathering = None

    def _gathered(self) -> None:
        if self._gathering is not None and not self._gathering.done():
            self._gathering.set_result(None)

    async def _commit(self, batch: Sequence[_Pending]) -> None:
        """Commit entries in one transaction, and tell those who handed them in.

        A commit whose own answer was lost is repeated; that is harmless, for what it finds then is already so.
        """
        self._tell_witness(batch)
        for wait in (*_WAITS, None):
            try:
                results = self.enter(batch)
                break
            except DBAPIError as error:
                self.close()
                if wait is None:
                    self._give_up(batch, error)
                    return
                _log.warning("the database did not take it, trying again: %s", error.orig)
                await asyncio.sleep(wait)
            except BaseException as error:  # noqa: BLE001  (whoever handed something in must learn of it)
                self.close()
                self._give_up(batch, error)
                return
        for entry, result in zip(batch, results, strict=True):
            if not entry.done.done():
                entry.done.set_result(result)

    def _give_up(self, batch: Sequence[_Pending], error: BaseException) -> None:
        """Tell those who handed entries in. Answers are kept, to be recorded once the database takes them."""
        self._unrecorded += [entry for entry in batch if entry.outcome is not None]
        _fail(batch, error)

    def _tell_witness(self, batch: Sequence[_Pending]) -> None:
        answers = [
            recording.answered(entry.claimed.message_id, entry.claimed.claim, entry.outcome)
            for entry in batch
            if entry.outcome is not None
        ]
        if self._witness is None or not answers:
            return
        try:
            self._witness.journal.answer(answers, clock.now())
        except Fault as fault:  # the answers are true all the same, and the database may still take them
            _log.error("%s", fault)

    def enter(self, batch: Sequence[_Pending]) -> list[Any]:
        """Commit a batch in one transaction; what it marked is on disk in the dispatch journal when this returns.

        Return, for each entry, whether it may be handed over, or the state that its letter is in. Raises DBAPIError,
        LostDatabaseFault where the database's file is another one, Fault where the journal can't be written: then
        nothing that was marked may be handed over.
        """
        self._watch.require_same()
        began = time.perf_counter()
        with self._hand.transaction() as connection:
            results, generation = self._entered(connection, batch)
        self._commit_seconds = time.perf_counter() - began
        marked = [entry.claimed for entry, result in zip(batch, results, strict=True) if result is True]
        if self._witness is not None and marked:
            handovers = [_handover(claimed, live=self._rules.live) for claimed in marked]
            alone = self._witness.journal.begin(handovers, generation, clock.now())
            if not (self._hand.alone() and alone):
                standing = self._still_marked(self._witness, marked)
                results = [
                    (entry.claimed.id, entry.claimed.claim) in standing if result is True else result
                    for entry, result in zip(batch, results, strict=True)
                ]
        return results

    def _still_marked(self, witness: Witness, letters: Sequence[ClaimedLetter]) -> set[tuple[int, int]]:
        """Return, by number and claim, which of these the database knows to be marked by this worker.

        Asked once the dispatch journal tells of them. A copy that took the database's place before that, in the same
        file, knows nothing of the mark; one that takes it from here on is behind the journal. And where another copy
        was settled before that, this one is behind.
        """
        with self._hand.transaction() as connection:
            if witness.behind(connection):
                return set()
            rows = _MARKED.rows(connection, [claimed.id for claimed in letters])
        ours = {(row["id"], row["claim"]) for row in rows if row["owner"] == self._owner}
        return ours & {(claimed.id, claimed.claim) for claimed in letters}

    def _entered(self, connection: Connection, batch: Sequence[_Pending]) -> tuple[list[Any], int]:
        now = clock.now()
        ledger = Ledger(connection)
        letters = self._read(ledger, {entry.claimed.id for entry in batch})
        results: dict[int, Any] = {}
        for place, entry in enumerate(batch):
            if entry.outcome is None:
                continue
            letter = _that_of(letters, entry.claimed)
            if letter is None:
                results[place] = MessageState.CANCELLED
                continue
            recording.record(
                ledger, letter, entry.outcome, claim=entry.claimed.claim, owner=self._owner, rules=self._rules,
                began_at=entry.began_at, now=now,
            )  # fmt: skip
            results[place] = letter["state"]
            self._hand.drop(letter["id"])
        marks = {place: entry.claimed for place, entry in enumerate(batch) if entry.outcome is None}
        passed = self._mark(connection, ledger, letters, list(marks.values()), now)
        results |= {place: (claimed.id, claimed.claim) in passed for place, claimed in marks.items()}
        generation = 0
        if passed:
            _RAISE_GENERATION.run(connection, [{"one": 1}])
            generation = _GENERATION.rows(connection)[0]["generation"] if self._witness is not None else 0
        ledger.write()
        return [results[place] for place in range(len(batch))], generation

    def _read(self, ledger: Ledger, numbers: set[int]) -> dict[int, Row]:
        """The letters: those in hand as they are known to be, the others read."""
        known = {number: facts.letter for number in numbers if (facts := self._hand.facts(number)) is not None}
        return known | ledger.read(sorted(numbers - known.keys()))

    def _mark(
        self,
        connection: Connection,
        ledger: Ledger,
        letters: dict[int, Row],
        in_hand: Sequence[ClaimedLetter],
        now: datetime,
    ) -> set[tuple[int, int]]:
        """Mark letters as `sending` that are still this worker's and that the gate lets go."""
        passed: set[tuple[int, int]] = set()
        held: list[tuple[ClaimedLetter, Row]] = []
        for claimed in in_hand:
            letter = _that_of(letters, claimed)
            # The number is compared and not only the name: the same worker may have claimed it again since.
            if letter is None or letter["claim"] != claimed.claim or letter["owner"] != self._owner:
                continue
            if letter["state"] is MessageState.SENDING:  # our own mark, whose commit was answered to nobody
                passed.add((claimed.id, claimed.claim))
            elif letter["lease_until"] is not None and letter["lease_until"] > now:
                held.append((claimed, letter))
        if self._witness is not None and held and self._witness.behind(connection):
            return passed
        # Within the transaction: whoever changes the settings at the desk writes them in one, and so before or after.
        if held and not self._holds():
            return passed
        if self._rules.live:
            _one_a_mission(connection, {letter["iso3"] for _, letter in held})
        gate = Gate(connection, ledger, self._rules, now, self._hand.facts)
        seen = {claimed.id: claimed.version for claimed, _ in held}
        fit = {letter["id"] for letter in gate.open_for([letter for _, letter in held], seen=seen)}
        for claimed, letter in held:
            told = {one["address"] for one in open_deliveries(letter)}
            # Whom the server was told of, and who is to get it, must be the same people.
            if letter["id"] not in fit or told != set(claimed.recipients):
                continue
            moved = ledger.transition(
                letter,
                MessageState.SENDING,
                only=in_states(MessageState.QUEUED, MessageState.DEFERRED),
                who=self._owner,
                at=now,
                detail=f"to {', '.join(claimed.recipients)}",
                lease_until=now + LEASE,
                attempts=letter["attempts"] + 1,
                first_try_at=recording.tried_since(letter, now),
                dated_at=letter["dated_at"] or claimed.dated_at,
            )
            for one in moved:
                ledger.change_delivery(one, rehearsed=not self._rules.live)
            passed.add((claimed.id, claimed.claim))
            self._hand.marked(letter)
        if gate.stopped:
            self._hand.forget()
        return passed


def _one_a_mission(connection: Connection, iso3s: set[str]) -> None:
    """Let no other worker mark letters to these missions meanwhile: whether they have had this is asked of what is
    committed. SQLite's write lock sees to it by itself."""
    if connection.dialect.name == "postgresql":
        for iso3 in sorted(iso3s):  # in one order, so that no two workers wait for each other
            connection.execute(_LOCK_OF_A_MISSION, {"iso3": iso3})


def _that_of(letters: Mapping[int, Row], claimed: ClaimedLetter) -> Row | None:
    """The row of a claimed letter. Where an old copy has taken the database's place, its number may be another's."""
    letter = letters.get(claimed.id)
    return letter if letter is not None and letter["message_id"] == claimed.message_id else None


def _handover(claimed: ClaimedLetter, *, live: bool) -> Handover:
    return Handover(
        message_id=claimed.message_id,
        campaign=claimed.campaign,
        letter=claimed.letter,
        iso3=claimed.iso3,
        recipients=claimed.recipients,
        digest=sha256(claimed.wire).hexdigest(),
        subject=claimed.subject,
        text_digest=claimed.text_digest,
        text_sketch=claimed.text_sketch,
        claim=claimed.claim,
        live=live,
    )


def _fail(batch: Sequence[_Pending], error: BaseException) -> None:
    for entry in batch:
        if not entry.done.done():
            entry.done.set_exception(error)
            entry.done.exception()  # a worker that ends on another error never asks
