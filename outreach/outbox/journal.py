"""The two commits of a letter: the mark `sending` just before its data, and the server's answer straight after.

The connections of a worker hand their marks and answers to one journal. While one transaction is being committed,
what comes in gathers for the next, so that a disk that takes a millisecond to be sure is waited for once for
several letters and not once for each. Nobody goes on before what he handed in is committed: a connection waits
for its mark before the data, and a mark is never committed before the answers that were handed in before it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from outreach import clock
from outreach.campaigns.follow_up import still_wanted
from outreach.database import working
from outreach.models import CampaignState, Delivery, EventKind, Hold, MessageState, Response
from outreach.outbox.ledger import Ledger, Row
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.parcel import LEASE, Copy, Parcel
from outreach.outbox.retry import BREAKS_TAKEN_UP, next_try
from outreach.outbox.rules import Rules

S = MessageState
P = ParamSpec("P")
T = TypeVar("T")
_log = logging.getLogger(__name__)
_OPEN = (S.QUEUED, S.DEFERRED)
_WAITS = (0.1, 0.5, 2.0, 5.0)
"""Seconds between the tries to commit, where the database is busy or its server restarts."""


@dataclass(slots=True)
class _Entry:
    """A mark (without an outcome) or an answer that is to be committed."""

    parcel: Parcel
    outcome: Outcome | None
    done: asyncio.Future[Any]


class Journal:
    """Commits marks and answers for one worker, in the order in which they come, several at a time."""

    def __init__(self, engine: Engine, rules: Rules, owner: str) -> None:
        """Take the database, the rules, and the worker's name, under which it holds its claims."""
        self._engine, self._rules, self._owner = engine, rules, owner
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox journal")
        self._waiting: list[_Entry] = []
        self._committing: asyncio.Future[None] | None = None

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

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run another function that uses the database in the journal's thread, between two commits."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*args, **kwargs))

    async def settled(self) -> None:
        """Wait until everything that was handed in is committed."""
        while self._committing is not None:
            await asyncio.wait([self._committing])

    def close(self) -> None:
        """End the journal's thread, once it has finished what it does."""
        self._thread.shutdown(wait=True)

    def _hand_in(self, parcel: Parcel, outcome: Outcome | None) -> "asyncio.Future[Any]":
        entry = _Entry(parcel, outcome, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._committing is None:
            self._commit_waiting()
        return entry.done

    def _commit_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            self._committing = None
            return
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, _committed, self._engine, self._rules, self._owner, batch)
        self._committing = asyncio.ensure_future(self._answer(future, batch))

    async def _answer(self, committed: "asyncio.Future[list[Any]]", batch: list[_Entry]) -> None:
        try:
            results = await committed
        except BaseException as error:  # noqa: BLE001  (whoever handed something in must learn of it)
            for entry in batch:
                if not entry.done.done():
                    entry.done.set_exception(error)
                    entry.done.exception()  # a worker that ends on another error never asks
        else:
            for entry, result in zip(batch, results, strict=True):
                if not entry.done.done():
                    entry.done.set_result(result)
        finally:
            self._commit_waiting()


def _committed(engine: Engine, rules: Rules, owner: str, batch: Sequence[_Entry]) -> list[Any]:
    """Commit entries in one transaction; return what each one's hander-in waits for.

    A commit whose own answer was lost is repeated; that is harmless, for what it finds then is already so.
    """
    for wait in (*_WAITS, None):
        try:
            with working(engine) as connection:
                return _enter(connection, rules, owner, batch)
        except DBAPIError as error:
            if wait is None:
                raise
            _log.warning("the database did not take it, trying again: %s", error.orig)
            time.sleep(wait)
    raise AssertionError("unreachable")


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

    def __init__(
        self, ledger: Ledger, rules: Rules, owner: str, letter: Row, parcel: Parcel, outcome: Outcome
    ) -> None:
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
            changes["delivery"] = letter["delivery"] or Delivery.ACCEPTED
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
