"""The workers: claim what is due, hand it over on a few connections at a time, record what became of it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from outreach import clock
from outreach.errors import ServerFault
from outreach.models import MessageState
from outreach.outbox import queue
from outreach.outbox.allow_list import AllowList
from outreach.outbox.connection import Connection
from outreach.outbox.outcome import Verdict
from outreach.outbox.owner import new_owner
from outreach.outbox.pace import Rate
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings

_log = logging.getLogger(__name__)
_CONNECT_TRIES = 3
_LONGEST_WAIT = timedelta(seconds=90)
"""How long a pass waits for the pace to allow the next letter before it ends and leaves the rest for later."""

Progress = Callable[[int], None]


@dataclass(slots=True)
class Summary:
    """What one pass did. States are counted once for each time that a letter came into them."""

    states: Counter[MessageState] = field(default_factory=Counter)
    freed: int = 0
    recovered_uncertain: int = 0
    waiting: list[str] = field(default_factory=list)
    """Campaigns that wait for a person from now on."""
    paced_until: datetime | None = None
    fault: ServerFault | None = None

    def __bool__(self) -> bool:
        return bool(self.states or self.freed or self.recovered_uncertain or self.waiting or self.fault)


def rules_for(settings: Settings, server: SmtpServer) -> queue.Rules:
    """Return what may be sent to this server under these settings."""
    return queue.Rules(
        live=settings.live,
        embedded=server.embedded,
        allow_list=AllowList(settings.allow_list),
        rates=tuple(Rate.parse(rate) for rate in settings.rate),
        grace=timedelta(minutes=settings.grace_minutes),
        retry_first=timedelta(minutes=settings.retry_minutes),
        retry_for=timedelta(hours=settings.retry_hours),
    )


class Outbox:
    """Sends what is due: as often as it is asked to, over connections that it keeps open in between."""

    def __init__(self, engine: Engine, settings: Settings, server: SmtpServer, *, campaign: str | None = None) -> None:
        """Take the database, the settings, the server, and a campaign if only one is to be sent."""
        self._engine = engine
        self._rules = rules_for(settings, server)
        self._campaign = campaign
        self._owner = new_owner()
        self._connections = [Connection(server) for _ in range(settings.smtp_connections)]
        self._claimed: list[queue.Parcel] = []
        self._claiming = asyncio.Lock()
        self._stop = asyncio.Event()
        self._running = asyncio.Lock()

    def stop(self) -> None:
        """Ask for an end: the letters in flight finish, no other is begun."""
        self._stop.set()

    async def send_due(self, progress: Progress = lambda _done: None) -> Summary:
        """Send until nothing more is due, or the pace or a fault of the server says to wait.

        A fault of the server is told in the summary and burns no tries of the letters it kept from going.
        """
        async with self._running:
            return await self._pass(progress)

    async def _pass(self, progress: Progress) -> Summary:
        summary = Summary()
        self.prepare(summary)
        summary.waiting += queue.hold_unconfirmed_campaigns(self._engine, self._rules)
        for name in summary.waiting:
            _log.warning("%s waits for a person: see `outreach campaign status`", name)
        work = (self._work(connection, summary, progress) for connection in self._connections)
        try:
            # Nobody is cancelled in the middle of a letter: on a fault the others finish theirs and stop.
            ended = await asyncio.gather(*work, return_exceptions=True)
        finally:
            self._claimed.clear()
            queue.release(self._engine, self._owner)
        for result in ended:
            if isinstance(result, BaseException):
                raise result
        return summary

    def prepare(self, summary: Summary) -> None:
        """Settle what is not a matter of sending: what dead workers left, late campaigns, holds that are over."""
        freed, uncertain = queue.recover(self._engine)
        summary.freed += freed
        summary.recovered_uncertain += uncertain
        if released := queue.review_holds(self._engine, self._rules):
            _log.info("%d letters released: the allow-list no longer stands in the way", released)
        summary.waiting += queue.hold_late_campaigns(self._engine, self._rules, self._campaign)

    async def close(self) -> None:
        """Stop, wait for the letters in flight, close the connections."""
        self.stop()
        async with self._running:
            pass
        await asyncio.gather(*(connection.close() for connection in self._connections))

    async def _work(self, connection: Connection, summary: Summary, progress: Progress) -> None:
        while not self._stop.is_set() and summary.fault is None:
            parcel = await self._next(summary)
            if parcel is None:
                return
            try:
                state = await self._hand_over(connection, parcel)
            except ServerFault as fault:
                summary.fault = fault
                return
            except BaseException:
                self._stop.set()
                raise
            if state is not None:
                summary.states[state] += 1
                progress(sum(summary.states.values()))

    async def _next(self, summary: Summary) -> queue.Parcel | None:
        async with self._claiming:
            while not self._claimed and not self._stop.is_set() and summary.fault is None:
                claim = queue.claim(
                    self._engine, self._rules, self._owner, limit=2 * len(self._connections), campaign=self._campaign
                )
                self._claimed = list(reversed(claim.parcels))
                if claim.paced_until is None:
                    break
                wait = claim.paced_until - clock.now()
                if wait > _LONGEST_WAIT:
                    summary.paced_until = claim.paced_until
                    return None
                await self._sleep(wait.total_seconds())
            return self._claimed.pop() if self._claimed and not self._stop.is_set() else None

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), max(seconds, 0.01))
        except TimeoutError:
            return

    async def _hand_over(self, connection: Connection, parcel: queue.Parcel) -> MessageState | None:
        async def mark() -> bool:
            return queue.mark_sending(self._engine, parcel, self._owner)

        for attempt in range(1, _CONNECT_TRIES + 1):
            try:
                outcome = await connection.deliver(parcel, mark)
                break
            except ServerFault as fault:
                if attempt == _CONNECT_TRIES or not fault.passing:
                    raise
                await self._sleep(0.25 * 2**attempt)
        state = queue.record(self._engine, self._rules, parcel, self._owner, outcome)
        if outcome.verdict is Verdict.NOT_TRIED:
            return None
        _log.info("%s %s %s: %s", parcel.campaign, parcel.iso3, state, outcome.reply or outcome.verdict)
        return state
