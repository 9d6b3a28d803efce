"""The workers: claim what is due, hand it over on a few connections at a time, record what became of it."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Engine

from outreach import clock
from outreach.campaigns.follow_up import plan_follow_ups
from outreach.errors import ServerFault
from outreach.outbox import guard, queue, recording
from outreach.outbox.blame import alike, blamed
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.connection import Connection, Following, nothing
from outreach.outbox.hand import Hand
from outreach.outbox.journal import Journal
from outreach.outbox.outcome import Outcome, Verdict
from outreach.outbox.owner import new_owner
from outreach.outbox.prefetch import Prefetch
from outreach.outbox.rules import Rules
from outreach.outbox.server import SmtpServer
from outreach.outbox.sign_in.login import Login
from outreach.settings import Settings
from outreach.vocabulary import Blame, MessageState
from outreach.witness.server_sizes import note_size
from outreach.witness.standing import Witness, require_home

_log = logging.getLogger(__name__)
_CONNECT_TRIES = 3
_CLAIM_FOR_EACH = 32
"""How many letters are claimed at a time for each connection."""
HALT_SECONDS = 900.0
"""How long a scheduler keeps away from a server after a fault that a person must cure, such as a wrong password."""
_TAKEN_FIRST = 2
"""So many letters of a campaign have to be taken before several are under way at once."""
_FIRST_SECONDS = 10.0
"""How long the others wait for one of those first letters."""
_FAILURES_SHARE = 20
_JUDGED_ONE_BY_ONE = 200
"""Looking for failing campaigns may take one in so many parts of the time, once so many letters are through."""

_ROOM_SECONDS = 600.0
"""For so long it is remembered that a server bears only so many connections at a time."""
_LOOK_SECONDS = 1.0

Progress = Callable[[int], None]


@dataclass(slots=True)
class Summary:
    """What one pass did. States are counted once for each time that a letter came into them."""

    states: Counter[MessageState] = field(default_factory=Counter)
    freed: int = 0
    recovered_uncertain: int = 0
    waiting: list[str] = field(default_factory=list)
    """Campaigns that wait for a person from now on."""
    paused: list[str] = field(default_factory=list)
    """Campaigns that paused by themselves: too many of their letters were refused."""
    paced_until: datetime | None = None
    fault: ServerFault | None = None
    halted: bool = False
    """Whether nothing was tried because of a fault that an earlier pass met."""

    counted: dict[int, MessageState] = field(default_factory=dict)
    """By its number, how a letter was last counted."""
    back: set[int] = field(default_factory=set)
    """Letters that were put back before they were counted."""

    def count(self, letter: int, state: MessageState) -> None:
        """Count a letter that came into a state; one that was put back from it meanwhile waits again."""
        if letter in self.back and state in (MessageState.FAILED, MessageState.HELD):
            self.back.discard(letter)
            state = MessageState.QUEUED
        self.counted[letter] = state
        self.states[state] += 1

    def put_back(self, state: MessageState, letters: Iterable[int]) -> None:
        """Take letters out of the count of a state that are no longer in it, as far as this pass brought them there."""
        for letter in letters:
            if self.counted.get(letter) is state:
                self.states[state] -= 1
                self.states[MessageState.QUEUED] += 1
                self.counted[letter] = MessageState.QUEUED
            else:
                self.back.add(letter)

    def __bool__(self) -> bool:
        return bool(self.states or self.freed or self.recovered_uncertain or self.waiting or self.paused or self.fault)


class _NoRoomError(Exception):
    """The server bears no further connection; its letter is handed over by another."""


@dataclass(frozen=True, slots=True)
class _HandedIn:
    """An answer on its way into the journal."""

    claimed: ClaimedLetter
    outcome: Outcome
    recorded: "asyncio.Future[MessageState]"


@dataclass(slots=True)
class _Lane:
    """A connection at work: what it carries, and what it has told the server of ahead."""

    connection: Connection
    carried: ClaimedLetter | None = None
    announced: ClaimedLetter | None = None


class _Halt:
    """A rest after a fault that stands. It ends by the clock on the wall, as it was told, though the computer slept
    meanwhile; and by its own length, though that clock was set back."""

    def __init__(self, fault: ServerFault, seconds: float) -> None:
        self.fault = fault
        self._until, self._ends = clock.now() + timedelta(seconds=seconds), time.monotonic() + seconds

    def lasts(self) -> bool:
        """Whether it is not over yet."""
        return clock.now() < self._until and time.monotonic() < self._ends


class Outbox:
    """Sends what is due: as often as it is asked to, over connections that it keeps open in between."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        server: SmtpServer,
        *,
        campaign: str | None = None,
        holds: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take the database, the settings, the server, and a campaign if only one is to be sent.

        `holds` tells whether the settings still hold: once they do not, no other letter is begun.
        """
        self._holds = holds
        self._engine = engine
        self._settings = settings
        self._rules = Rules.of(settings, server)
        self._campaign = campaign
        self._owner = new_owner()
        self._witness: Witness | None = None
        self._hand = Hand(engine)
        self._journal_of_marks: Journal | None = None
        self._server = server
        self._login = Login(server)
        self._broken: set[int] = set()
        self._connections = [self._connection() for _ in range(settings.smtp_connections)]
        self._stalled: dict[asyncio.Task[None], _Lane] = {}
        self._room: tuple[float, int] | None = None
        self._stop = asyncio.Event()
        self._running = asyncio.Lock()
        self._first_open = asyncio.Lock()
        self._proven = False
        self._halted: _Halt | None = None
        self._failures_next = 0.0
        self._offered: str | None = None
        self._taken: Counter[str] = Counter()
        self._refused_some = False
        """Whether a letter that went out was refused at some of its addresses."""
        self._first_letters = asyncio.Lock()

    def _connection(self) -> Connection:
        return Connection(self._server, self._login, broken=self._broken, takes_others=self._takes_others)

    def _takes_others(self) -> bool:
        """Whether the server takes letters of ours: some in this process, or lately in another."""
        here = self._taken.total() >= _TAKEN_FIRST
        return here or alike.taken_lately(self._engine, self._rules) >= _TAKEN_FIRST

    def stop(self) -> None:
        """Ask for an end: the letters in flight finish, no other is begun."""
        self._stop.set()

    async def send_due(self, progress: Progress = lambda _done: None) -> Summary:
        """Send until nothing more is due, or the pace or a fault of the server says to wait.

        A fault of the server is told in the summary and burns no tries of the letters it kept from going. After one
        that only a person can cure, nothing is tried for a quarter of an hour.
        """
        async with self._running:
            if self._halted is not None and self._halted.lasts():
                return Summary(fault=self._halted.fault, halted=True)
            self._halted = None
            if not self._holds():
                self.stop()
                return Summary()
            return await self._pass(progress)

    @property
    def _journal(self) -> Journal:
        """Where marks and answers are committed; made once the database is known to be no copy."""
        if self._journal_of_marks is None:
            self._journal_of_marks = Journal(
                self._engine, self._rules, self._owner, self._witnessed(), self._hand, self._holds
            )
        return self._journal_of_marks

    def _witnessed(self) -> Witness:
        """The witness outside of the database. Raises CopyError where the database may be a copy."""
        require_home(self._engine, self._settings)
        if self._witness is None:
            self._witness = Witness(self._engine, self._settings)
            self._witness.journal.enlist(self._owner, clock.now())
        return self._witness

    async def _pass(self, progress: Progress) -> Summary:
        summary = Summary()
        self._witnessed()
        await self._journal.catch_up()
        self.prepare(summary)
        summary.waiting += guard.hold_unconfirmed_campaigns(self._engine, self._rules)
        for name in summary.waiting:
            _log.warning("%s waits for a person", name)
        feed = Prefetch(self._claim, len(self._connections), self._stop)
        self._proven = any(connection.ready for connection in self._connections)
        connections = self._connections[: self._most()]
        self._journal.writers = len(connections)
        lanes = [_Lane(one) for one in connections]
        work = {asyncio.create_task(self._work(lane, feed, summary, progress)): lane for lane in lanes}
        try:
            # Nobody is cancelled in the middle of a letter: on a fault the others finish theirs and stop.
            ended = await self._through(work, feed, summary, progress)
            await self._journal.settled()
        finally:
            await feed.end()
            queue.release(self._engine, self._owner)
        for result in ended:
            if isinstance(result, BaseException):
                raise result
        summary.paced_until = feed.paced_until
        self._note(summary)
        return summary

    async def _through(
        self,
        work: "dict[asyncio.Task[None], _Lane]",
        feed: Prefetch,
        summary: Summary,
        progress: Progress,
    ) -> list[BaseException | None]:
        """Wait for the connections; not for one whose letter the server leaves without an answer.

        What such a one has announced is free for the others. Where only such ones are left, another connection takes
        the rest; once there is no rest, the pass is over, and what comes of them is recorded when it is known.
        """
        ended: list[BaseException | None] = []
        pending = set(work)
        more = len(work)
        while pending:
            done, pending = await asyncio.wait(pending, timeout=_LOOK_SECONDS)
            ended += [task.exception() for task in done]
            stalled = [work[task] for task in pending if work[task].connection.stalls]
            for lane in stalled:
                self._take_back(lane, feed)
            if len(stalled) < len(pending):
                continue
            over = feed.dry or summary.fault is not None or self._stop.is_set()
            if not over and more:
                # Also where a connection that the server would not have gave its letter back as the others ended.
                more -= 1
                busy = {work[task].connection for task in pending}
                free = (one for one in self._connections if one.ready and one not in busy)
                lane = _Lane(next(free, None) or self._connection())
                task = asyncio.create_task(self._work(lane, feed, summary, progress))
                work[task] = lane
                pending.add(task)
                self._journal.writers += 1
            elif over:
                for task in pending:
                    self._leave(task, work[task])
                break
        left = {work[task].connection for task in pending}
        for connection in {lane.connection for lane in work.values()} - left - {*self._connections}:
            await connection.close()
        return ended

    def _take_back(self, lane: _Lane, feed: Prefetch) -> None:
        """Free the letter that is announced on a connection which waits for an answer, for others to claim.

        They get it under a number of their own: under this claim it is not handed over any more, by nobody. The
        connection, on which the server may take the announcement for the letter that comes next, is opened anew.
        """
        announced, lane.announced = lane.announced, None
        if announced is not None:
            queue.release(self._engine, self._owner, [announced])
            feed.reopen()

    def _leave(self, task: "asyncio.Task[None]", lane: _Lane) -> None:
        """Let a connection that waits for an answer wait on, beside the passes to come."""
        connection = lane.connection
        if (letter := lane.carried) is not None:
            zone = {"time_zone": letter.time_zone}
            _log.info(
                "%s %s: the mail server has it, and gives no answer yet", letter.campaign, letter.iso3, extra=zone
            )

        async def until_known() -> None:
            try:
                await task
            except Exception:  # noqa: BLE001  (it is told; nobody waits for it any more)
                _log.exception("a letter that waited for its answer")
            await connection.close()

        if connection in self._connections:
            self._connections[self._connections.index(connection)] = self._connection()
        waiting = asyncio.create_task(until_known())
        self._stalled[waiting] = lane
        waiting.add_done_callback(self._stalled.pop)

    @property
    def unanswered(self) -> list[ClaimedLetter]:
        """The letters that the mail server has been given and is silent about, of passes that are over."""
        return [lane.carried for lane in self._stalled.values() if lane.carried is not None]

    def _most(self) -> int:
        """How many connections the server is known to bear."""
        if self._room is not None and time.monotonic() >= self._room[0]:
            self._room = None
        return len(self._connections) if self._room is None else self._room[1]

    def _is_too_many(self, connection: Connection) -> bool:
        """Whether the server, which would not have this connection, bears others: then it is asked for no more."""
        others = sum(one is not connection and one.standing for one in self._connections)
        if not others:
            return False
        self._room = (time.monotonic() + _ROOM_SECONDS, others)
        return True

    def prepare(self, summary: Summary) -> None:
        """Settle what is not a matter of sending: what dead workers left, late campaigns, holds that are over."""
        freed, uncertain = queue.recover(self._engine, self._witnessed())
        summary.freed += freed
        summary.recovered_uncertain += uncertain
        if released := guard.review_holds(self._engine, self._rules):
            _log.info("%d letters released: what held them no longer stands in the way", released)
        plan_follow_ups(self._engine)
        summary.waiting += guard.hold_late_campaigns(self._engine, self._rules, self._campaign)
        self._look_for_failures(summary)

    async def close(self) -> None:
        """Stop, wait for the letters in flight, close the connections."""
        self.stop()
        async with self._running:
            pass
        await asyncio.gather(*self._stalled)
        await asyncio.gather(*(connection.close() for connection in self._connections))
        if self._journal_of_marks is not None:
            self._journal_of_marks.close()
        if self._witness is not None:
            self._witness.journal.close()

    async def close_idle(self) -> None:
        """Close connections that have lain idle for long; they are opened again when they are needed."""
        async with self._running:
            await asyncio.gather(*(connection.close_idle() for connection in self._connections))

    def _note(self, summary: Summary) -> None:
        self._note_size()
        fault = summary.fault
        if fault is not None and fault.standing:
            self._halted = _Halt(fault, fault.rests or HALT_SECONDS)
        if fault is not None or summary.states:
            guard.note_fault(self._engine, fault)

    def _note_size(self) -> None:
        """Keep how large a letter the server takes: it is told at the next check."""
        greeted = next((one.extensions for one in self._connections if one.extensions), None)
        if greeted is None or self._server.embedded:
            return
        offered = greeted.get("size", "")
        if offered != self._offered:
            self._offered = offered
            note_size(self._settings, offered)

    def _claim(self) -> queue.Claim:
        limit = _CLAIM_FOR_EACH * len(self._connections)
        return queue.claim(
            self._engine, self._rules, self._owner, limit=limit, campaign=self._campaign, witness=self._witness,
            hand=self._hand,
        )  # fmt: skip

    async def _work(self, lane: _Lane, feed: Prefetch, summary: Summary, progress: Progress) -> None:
        connection = lane.connection
        handed_in: _HandedIn | None = None

        def following() -> ClaimedLetter | None:
            lane.announced = feed.at_hand() if summary.fault is None else None
            return lane.announced

        room = True
        while True:
            claimed, lane.announced = lane.announced, None
            if summary.fault is not None or self._stop.is_set() or not room:
                claimed = None
            elif claimed is None:
                claimed = await feed.next()
            if claimed is None and handed_in is None:
                self._journal.writers -= 1
                return
            lane.carried = claimed
            first = claimed is not None and await self._turn(claimed)
            outcome: Outcome | None = None
            try:
                if claimed is not None and summary.fault is None:
                    outcome = await self._hand_over(connection, claimed, nothing if first else following, feed, summary)
                # The answer before was handed in before this letter's mark, and so is committed by now.
                if handed_in is not None:
                    await self._count(handed_in, feed, summary, progress)
                    handed_in = None
                if claimed is not None and outcome is not None:
                    handed_in = _HandedIn(claimed, outcome, self._journal.record(claimed, outcome))
                    if outcome.verdict is not Verdict.ACCEPTED:
                        # What was refused may stop everything: that is known before the next one is begun.
                        await self._count(handed_in, feed, summary, progress)
                        handed_in = None
                        room = self._has_room(lane, outcome, feed)
            except _NoRoomError:
                room = False
            finally:
                if first:
                    self._first_letters.release()

    def _alone(self, connection: Connection, outcome: Outcome) -> Outcome:
        """Return an outcome, with a letter that a server had too many connections for put off where we have no other:
        then asking again at once only wears its tries out."""
        if not outcome.crowded or self._is_too_many(connection):
            return outcome
        return replace(outcome, verdict=Verdict.DEFERRED, crowded=False)

    def _of_itself(self, claimed: ClaimedLetter, outcome: Outcome) -> Outcome:
        """Return an outcome, with a letter held to which the server says again what stopped us, though it has taken
        others since: it is no fault of ours, and would stop us for ever. A provider's limit is nobody's own."""
        if (
            outcome.verdict is not Verdict.STOPPED
            or outcome.judgement is None
            or outcome.judgement.blame is Blame.QUOTA
        ):
            return outcome
        if not alike.said_again(self._engine, self._rules, claimed.id, outcome.reply):
            return outcome
        refused = {address: one for address, one in outcome.recipients.items() if one.verdict is not Verdict.STOPPED}
        return replace(outcome, verdict=Verdict.REFUSED_UNSEEN, recipients=MappingProxyType(refused))

    def _has_room(self, lane: _Lane, outcome: Outcome, feed: Prefetch) -> bool:
        """Whether the server bears the connection; else another hands over what was announced on it."""
        if not (outcome.crowded and self._is_too_many(lane.connection)):
            return True
        if lane.announced is not None:
            feed.put_back(lane.announced)
            lane.announced = None
        return False

    async def _turn(self, claimed: ClaimedLetter) -> bool:
        """Wait until a letter may be handed over: the first ones of a campaign alone, until the server has taken some.

        So a fault that is nobody's address is met by one letter, and not by one on each connection. A server that
        does not answer keeps the others waiting for a moment only. Return whether it is one of the first: then its
        turn is to be given on.
        """
        if self._taken[claimed.campaign] >= _TAKEN_FIRST:
            return False
        try:
            await asyncio.wait_for(self._first_letters.acquire(), _FIRST_SECONDS)
        except TimeoutError:
            return False
        return True

    async def _hand_over(
        self, connection: Connection, claimed: ClaimedLetter, following: Following, feed: Prefetch, summary: Summary
    ) -> Outcome | None:
        """Hand one letter over; None if the server would not talk to us, which the summary then tells."""

        async def mark() -> bool:
            marked = await self._journal.mark(claimed)
            if not marked and not self._holds():
                self.stop()
            return marked

        try:
            for attempt in range(1, _CONNECT_TRIES + 1):
                try:
                    if not await self._open(connection, summary):
                        return None
                    if not self._hand.going(claimed):
                        self._give_up(claimed.campaign, feed)
                        return Outcome(Verdict.NOT_TRIED)
                    outcome = self._alone(connection, await connection.deliver(claimed, mark, following))
                    outcome = self._of_itself(claimed, outcome)
                    self._learn(claimed, outcome, summary)
                    return outcome
                except ServerFault as fault:
                    if fault.passing and self._is_too_many(connection):
                        feed.put_back(claimed)
                        raise _NoRoomError from None
                    if attempt == _CONNECT_TRIES or not fault.passing:
                        raise
                    await asyncio.sleep(0.25 * 2**attempt)
        except ServerFault as fault:
            summary.fault = summary.fault or fault
        except _NoRoomError:
            raise
        except BaseException:
            self._stop.set()
            raise
        return None

    def _learn(self, claimed: ClaimedLetter, outcome: Outcome, summary: Summary) -> None:
        """Note what an outcome says of the other letters: that they go out, or that none does."""
        if outcome.verdict is Verdict.ACCEPTED:
            self._taken[claimed.campaign] += 1
        elif outcome.verdict is Verdict.STOPPED:
            assert outcome.judgement is not None
            fault = blamed.fault_of(self._server, outcome.judgement, outcome.reply, clock.now(), zone=claimed.time_zone)
            summary.fault = summary.fault or fault

    async def _open(self, connection: Connection, summary: Summary) -> bool:
        """Open the connection; the first one alone, so that a wrong password is tried once and not by all of them."""
        if connection.ready or self._proven:
            return True
        async with self._first_open:
            if summary.fault is not None:
                return False
            if not self._proven:
                await connection.open()
                self._proven = True
        return True

    async def _count(self, one: "_HandedIn", feed: Prefetch, summary: Summary, progress: Progress) -> None:
        state = await one.recorded
        if one.outcome.verdict is Verdict.NOT_TRIED:
            # Most likely a person has stopped the campaign: the server is asked nothing about the rest of it. Whether
            # it was that, or this letter alone, or its lease ran out, the next claim asks and says why nothing goes.
            self._give_up(one.claimed.campaign, feed)
            return
        if state is MessageState.SENT and one.outcome.verdict is Verdict.REFUSED:
            state = MessageState.FAILED  # some have it since an earlier try; what is told is this one
        another = recording.needs_another(one.outcome)
        claimed, said = one.claimed, one.outcome.reply or one.outcome.verdict
        _log.info("%s %s %s: %s", claimed.campaign, claimed.iso3, state, said, extra={"time_zone": claimed.time_zone})
        if one.outcome.verdict is Verdict.ACCEPTED and any(
            answer.verdict is Verdict.REFUSED for answer in one.outcome.recipients.values()
        ):
            self._refused_some = True
        if another and state is MessageState.DEFERRED and not _some_wait(one.outcome):
            feed.reopen()
            return  # the letter is not through: the others of its recipients have their transaction at once
        summary.count(claimed.id, state)
        progress(sum(summary.states.values()))
        if state is MessageState.QUEUED or another:
            feed.reopen()
        if state is MessageState.HELD and one.outcome.reply:
            self._look_for_every_letter(claimed.campaign, one.outcome.reply, summary)
        if state is MessageState.FAILED:
            self._look_for_everybody(one.outcome.reply, summary)
        # The share is judged once enough letters have been tried, and so not only when one fails.
        if summary.states[MessageState.FAILED] or self._refused_some:
            for name in self._look_for_failures(summary):
                self._give_up(name, feed)

    def _look_for_every_letter(self, campaign: str, said: str, summary: Summary) -> None:
        """Stop where the server says of every letter what it says of this one: it is no letter's own fault."""
        found = alike.refused_alike(self._engine, self._rules, campaign, said)
        if found is not None:
            summary.put_back(MessageState.HELD, found.letters)
            summary.fault = summary.fault or blamed.alike(self._server, said, found.alike)

    def _look_for_everybody(self, said: str, summary: Summary) -> None:
        """Stop where the server says of every address what it says of a dead one: it is not the addresses."""
        found = alike.addresses_refused_alike(self._engine, self._rules, said)
        if found is not None:
            summary.put_back(MessageState.FAILED, found.letters)
            summary.fault = summary.fault or blamed.alike(self._server, said, found.alike, addresses=True)

    def _give_up(self, campaign: str, feed: Prefetch) -> None:
        """Empty the store of a campaign's letters: each of them is free again."""
        if given_up := feed.give_up(campaign):
            queue.release(self._engine, self._owner, given_up)
        feed.reopen()

    def _look_for_failures(self, summary: Summary) -> list[str]:
        """Pause what fails too often; return the names of the campaigns that pause from now on."""
        began = time.monotonic()
        if began < self._failures_next:
            return []
        paused = guard.pause_failing_campaigns(self._engine, self._rules)
        for name in paused:
            _log.warning("%s pauses: too many of its letters were refused for good", name)
            summary.paused.append(name)
        now = time.monotonic()
        if sum(summary.states.values()) > _JUDGED_ONE_BY_ONE:
            self._failures_next = now + _FAILURES_SHARE * (now - began)
        return paused


def _some_wait(outcome: Outcome) -> bool:
    """Whether some of a letter's recipients were refused for now."""
    return any(one.verdict is Verdict.DEFERRED for one in outcome.recipients.values())
