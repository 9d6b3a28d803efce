"""The supply of claimed letters: claimed some at a time, and ahead of need, so that no connection waits for it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from outreach import clock
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.queue import Claim

_LONGEST_WAIT = timedelta(seconds=90)
"""How long a pass waits for the pace to allow the next letter before it ends and leaves the rest for later."""
_CROWDED_SECONDS = 0.05


class Prefetch:
    """Gives one letter after another to the connections of a worker."""

    def __init__(self, claim: Callable[[], Claim], low: int, stop: asyncio.Event) -> None:
        """Take the function that claims, the number of letters in store at which to claim more, and the way to end."""
        self._claim, self._low, self._stop = claim, low, stop
        self._store: list[ClaimedLetter] = []
        self._filling: asyncio.Task[None] | None = None
        self._exhausted = False
        self._ended = False
        self.paced_until: datetime | None = None
        """When the pace allows the next letter, where that is too far off to wait for."""

    async def next(self) -> ClaimedLetter | None:
        """Return a letter to hand over; None when nothing more is due or the worker is to end."""
        while not self._stop.is_set():
            if (claimed := self.at_hand()) is not None or self._filling is None:
                return claimed
            await asyncio.wait([self._filling])
        return None

    def at_hand(self) -> ClaimedLetter | None:
        """Return a letter if one can be had without waiting."""
        if self._stop.is_set() or self._ended:
            return None
        self._filled()
        if len(self._store) <= self._low and not self._exhausted and self._filling is None:
            self._filling = asyncio.create_task(self._fill())
        return self._store.pop(0) if self._store else None

    def give_up(self, campaign: str) -> list[ClaimedLetter]:
        """Take the letters of a campaign out of the store, and return them."""
        given_up = [claimed for claimed in self._store if claimed.campaign == campaign]
        self._store = [claimed for claimed in self._store if claimed.campaign != campaign]
        return given_up

    def put_back(self, claimed: ClaimedLetter) -> None:
        """Take a letter back whose connection did not come about: another connection hands it over."""
        self._store.insert(0, claimed)

    @property
    def dry(self) -> bool:
        """Whether there is nothing more to hand over, as far as is known."""
        return self._exhausted and not self._store and self._filling is None

    def reopen(self) -> None:
        """Note that a letter was put back into the queue, so that there is something to claim again."""
        self._exhausted = False

    async def end(self) -> None:
        """Give up what was not handed out, and what is being claimed; nothing more comes of it."""
        self._ended = True
        if self._filling is not None:
            await asyncio.wait([self._filling])
            self._filled()
        self._store.clear()

    def _filled(self) -> None:
        filling = self._filling
        if filling is not None and filling.done():
            self._filling = None
            filling.result()

    async def _fill(self) -> None:
        while not self._stop.is_set():
            claim = self._claim()
            if claim.letters:
                self._store += claim.letters
                return
            if claim.crowded:
                await self._sleep(_CROWDED_SECONDS)
            elif claim.paced_until is None:
                self._exhausted = True
                return
            else:
                wait = claim.paced_until - clock.now()
                if wait > _LONGEST_WAIT:
                    self.paced_until, self._exhausted = claim.paced_until, True
                    return
                await self._sleep(wait.total_seconds())

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), max(seconds, 0.01))
        except TimeoutError:
            return
