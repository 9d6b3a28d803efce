"""The two commits of a letter: the mark `sending` just before its data, and the server's answer straight after.

The connections of a worker hand their marks and answers to one journal. While one transaction is being committed,
what comes in gathers for the next, so that a disk that takes a millisecond to be sure is waited for once for
several letters and not once for each. Nobody goes on before what he handed in is committed: a connection waits
for its mark before the data, and a mark is never committed before the answers that were handed in before it.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from outreach import clock
from outreach.campaigns.follow_up import still_wanted
from outreach.database import worker_connection
from outreach.models import Response
from outreach.outbox import swift
from outreach.outbox.ledger import Ledger
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.parcel import LEASE, Copy, Parcel
from outreach.outbox.retry import BREAKS_TAKEN_UP, next_try
from outreach.outbox.rules import Rules
from outreach.statement import Row
from outreach.vocabulary import CampaignState, DeliveryStatus, EventKind, Hold, MessageState

S = MessageState
_log = logging.getLogger(__name__)
_OPEN = (S.QUEUED, S.DEFERRED)
_WAITS = (0.1, 0.5, 2.0, 5.0)
"""Seconds between the tries to commit, where the database is busy or its server restarts."""

_LONGEST_GATHERING = 0.01


@dataclass(slots=True)
class _Entry:
    """A mark (without an outcome) or an answer that is to be committed."""

    parcel: Parcel
    outcome: Outcome | None
    done: asyncio.Future[Any]


class Journal:
    """Commits marks and answers for one worker, in the order in which they come, several at a time.

    It does so in the loop's own thread: that takes a fraction of a millisecond, in which the answers of the other
    connections come in and gather; another thread would wait longer for its turn with the interpreter.
    """

    def __init__(self, engine: Engine, rules: Rules, owner: str) -> None:
        """Take the database, the rules, and the worker's name, under which it holds its claims."""
        self._engine, self._rules, self._owner = engine, rules, owner
        self._connection: Connection | None = None
        self._waiting: list[_Entry] = []
        self._committing: asyncio.Task[None] | None = None
        self._gathering: asyncio.Future[None] | None = None
        self._marks = 0
        self._commit_seconds = 0.0
        self.writers = 0
        """How many connections hand in marks: once all of them wait for theirs, nobody else can come."""

    async def mark(self, parcel: Parcel) -> bool:
        """Commit the mark `sending`, the last thing before the data is asked for.

        Return False, and the letter is not to be sent, if the claim is lost or the campaign was stopped meanwhile.
        """
        return bool(await self._hand_in(parcel, None))

    def record(self, parcel: Parcel, outcome: Outcome) -> "asyncio.Future[MessageState]":
        """Hand in what became of a letter. The future gives the state that it is in once that is committed.

        A worker whose claim was taken from it can report nothing over another's word, but for one thing: that the
        server took the letter settles a letter in doubt.
        """
        return self._hand_in(parcel, outcome)

    async def settled(self) -> None:
        """Wait until everything that was handed in is committed."""
        while self._committing is not None:
            await asyncio.wait([self._committing])

    def close(self) -> None:
        """Give the database connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _hand_in(self, parcel: Parcel, outcome: Outcome | None) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        entry = _Entry(parcel, outcome, loop.create_future())
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

    async def _commit(self, batch: Sequence[_Entry]) -> None:
        """Commit entries in one transaction, and tell those who handed them in.

        A commit whose own answer was lost is repeated; that is harmless, for what it finds then is already so.
        """
        for wait in (*_WAITS, None):
            try:
                results = self._committed(batch)
                break
            except DBAPIError as error:
                self.close()
                if wait is None:
                    _fail(batch, error)
                    return
                _log.warning("the database did not take it, trying again: %s", error.orig)
                await asyncio.sleep(wait)
            except BaseException as error:  # noqa: BLE001  (whoever handed something in must learn of it)
                self.close()
                _fail(batch, error)
                return
        for entry, result in zip(batch, results, strict=True):
            if not entry.done.done():
                entry.done.set_result(result)

    def _committed(self, batch: Sequence[_Entry]) -> list[Any]:
        if self._connection is None:
            self._connection = worker_connection(self._engine)
        began = time.perf_counter()
        results: list[Any] | None = None
        with self._connection.begin() as transaction:
            results = _enter_swiftly(self._connection, self._rules, self._owner, batch)
            if results is None:
                transaction.rollback()
        if results is None:
            with self._connection.begin():
                results = _enter(self._connection, self._rules, self._owner, batch)
        self._commit_seconds = time.perf_counter() - began
        return results


def _fail(batch: Sequence[_Entry], error: BaseException) -> None:
    for entry in batch:
        if not entry.done.done():
            entry.done.set_exception(error)
            entry.done.exception()  # a worker that ends on another error never asks


def _enter_swiftly(connection: Connection, rules: Rules, owner: str, batch: Sequence[_Entry]) -> list[Any] | None:
    """Enter a batch of which every entry is the usual case; None, with nothing to be kept, if one is not."""
    marks = [entry.parcel for entry in batch if entry.outcome is None]
    taken = [(entry.parcel, entry.outcome) for entry in batch if entry.outcome is not None]
    if not all(swift.is_usual(outcome) for _, outcome in taken):
        return None
    now = clock.now()
    if taken and not swift.take(connection, taken, owner, now, rehearsed=rules.embedded):
        return None
    if marks and not swift.mark(connection, marks, owner, now):
        return None
    return [True if entry.outcome is None else S.SENT for entry in batch]


def _enter(connection: Connection, rules: Rules, owner: str, batch: Sequence[_Entry]) -> list[Any]:
    ledger = Ledger(connection)
    letters = ledger.read([entry.parcel.id for entry in batch])
    marked = [letters[entry.parcel.id] for entry in batch if entry.outcome is None and entry.parcel.id in letters]
    needless = _answered_meanwhile(connection, marked)
    results: list[Any] = []
    for entry in batch:
        letter = letters.get(entry.parcel.id)
        if letter is None:
            results.append(False if entry.outcome is None else S.CANCELLED)
        elif entry.outcome is None:
            results.append(letter["id"] not in needless and _mark(ledger, letter, entry.parcel, owner))
        else:
            _Answer(ledger, rules, owner, letter, entry.parcel, entry.outcome).enter()
            results.append(letter["state"])
    ledger.write()
    return results


def _answered_meanwhile(connection: Connection, letters: Sequence[Row]) -> set[int]:
    """Follow-ups whose mission has answered since they were claimed."""
    needless: set[int] = set()
    for letter in letters:
        if letter["follows_id"] is None:
            continue
        stand = connection.execute(
            select(col(Response.answer), col(Response.position)).where(
                col(Response.campaign_id) == letter["follows_id"], col(Response.iso3) == letter["iso3"]
            )
        ).one_or_none()
        if stand is not None and not still_wanted(letter["follow_to"], stand.answer, stand.position):
            needless.add(letter["id"])
    return needless


def _mark(ledger: Ledger, letter: Row, parcel: Parcel, owner: str) -> bool:
    if letter["owner"] != owner:
        return False
    if letter["state"] is S.SENDING:  # our own mark, whose commit was answered to nobody
        return True
    if letter["state"] not in _OPEN or letter["replaced_at"] is not None:
        return False
    if letter["campaign_state"] is not CampaignState.SCHEDULED:
        return False
    now = clock.now()
    ledger.move(
        letter,
        S.SENDING,
        who=owner,
        at=now,
        detail=f"to {', '.join(parcel.recipients)}",
        lease_until=now + LEASE,
        attempts=letter["attempts"] + 1,
        first_try_at=letter["first_try_at"] or now,
    )
    return True


class _Answer:
    """One answer on its way into the ledger."""

    def __init__(self, ledger: Ledger, rules: Rules, owner: str, letter: Row, parcel: Parcel, outcome: Outcome) -> None:
        self.ledger, self.rules, self.owner = ledger, rules, owner
        self.letter, self.parcel, self.outcome = letter, parcel, outcome
        self.now = clock.now()
        self.copies = {copy.id: copy.state for copy in parcel.copies}

    def enter(self) -> None:
        letter, outcome = self.letter, self.outcome
        ours = letter["owner"] == self.owner
        if not ours and not self._settles():
            if outcome.verdict is Verdict.ACCEPTED and letter["state"] is not S.SENT:
                words = f"the server had taken it, said a worker that had lost its claim: {outcome.reply}"
                self.ledger.event(letter["id"], EventKind.ACCEPTED, who=self.owner, at=self.now, detail=words)
            return
        if ours:
            self.ledger.change(letter, owner=None, lease_until=None)
        if outcome.verdict is Verdict.NOT_TRIED:
            return
        if ours and letter["state"] in _OPEN:  # refused before the mark: that was a try all the same
            tries = letter["attempts"] + 1
            self.ledger.change(letter, attempts=tries, first_try_at=letter["first_try_at"] or self.now)
        self.ledger.change(letter, smtp_reply=outcome.reply or letter["smtp_reply"])
        for copy in self.parcel.copies:
            self._copy(copy)
        self._letter()

    def _settles(self) -> bool:
        """Whether the server's yes, which comes after the claim was lost, settles a letter that nobody else has."""
        undecided = self.letter["state"] in (S.UNCERTAIN, S.QUEUED) and self.letter["owner"] is None
        return self.outcome.verdict is Verdict.ACCEPTED and undecided

    def _copy(self, copy: Copy) -> None:
        answer = self.outcome.recipients.get(copy.address)
        if answer is None and self.outcome.verdict is Verdict.REFUSED and copy.state in _OPEN:
            answer = RecipientAnswer(Verdict.REFUSED, self.outcome.reply)  # the letter was refused as a whole
        if answer is None:
            return
        state = {Verdict.ACCEPTED: S.SENT, Verdict.REFUSED: S.FAILED}.get(answer.verdict, S.DEFERRED)
        self.copies[copy.id] = state
        self.ledger.copy(copy.id, state, answer.reply)
        if self.outcome.verdict is Verdict.ACCEPTED and state is not S.SENT:
            # Others have their copy; this one is recorded for itself.
            self.ledger.event(
                self.letter["id"],
                EventKind.REFUSED if state is S.FAILED else EventKind.DEFERRED,
                who=self.owner,
                at=self.now,
                recipient=copy.address,
                permanent=state is S.FAILED,
                detail=answer.reply,
            )

    def _letter(self) -> None:
        letter, outcome = self.letter, self.outcome
        to = self._next_state()
        changes: Row = {"reason": "" if to in (S.SENT, S.QUEUED) else outcome.reply}
        if outcome.verdict is Verdict.ACCEPTED:
            changes["sent_at"] = letter["sent_at"] or self.now
            changes["rehearsed"] = self.rules.embedded
            changes["delivery"] = letter["delivery"] or DeliveryStatus.ACCEPTED
        if to is S.DEFERRED:
            changes["next_try_at"] = next_try(self.now, self.rules.retry_first, letter["attempts"])
        if to is S.HELD:
            changes["hold"], changes["reason"] = Hold.NO_SMTPUTF8, str(Hold.NO_SMTPUTF8)
        self.ledger.move(letter, to, who=self.owner, at=self.now, detail=outcome.reply, **changes)
        if to in _OPEN and letter["campaign_state"] is CampaignState.CANCELLED:
            self.ledger.move(letter, S.CANCELLED, who=self.owner, at=self.now, detail="the campaign was cancelled")

    def _next_state(self) -> MessageState:
        states = set(self.copies.values())
        match self.outcome.verdict:
            case Verdict.ACCEPTED:
                return S.DEFERRED if S.DEFERRED in states else S.SENT
            case Verdict.DEFERRED:
                return S.DEFERRED
            case Verdict.REFUSED:
                return S.DEFERRED if S.DEFERRED in states else S.SENT if S.SENT in states else S.FAILED
            case Verdict.BROKEN:
                again = self.letter["attempts"] < BREAKS_TAKEN_UP and self.letter["state"] is not S.DEFERRED
                return S.QUEUED if again else S.DEFERRED
            case Verdict.NO_SMTPUTF8:
                return S.HELD
            case _:
                return S.UNCERTAIN
