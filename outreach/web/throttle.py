"""Sign-in attempts: after a few that failed, the next has to wait, longer each time; and few are looked at at once.

What counts is who tries from where. A stranger's failures under a colleague's login make the stranger wait; the
colleague is known by the browser that they have signed in with before, or comes from another address. What strangers
fail under one login from everywhere together makes new browsers wait, a minute at most: it slows guessing down, and
keeps nobody out for long.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from threading import BoundedSemaphore, Lock

FREE = 5
"""So many may fail before there is a wait."""
_FORGET = 3600.0
_AT_ONCE, _PATIENCE = 4, 1.0
"""So many passwords are looked at at once: each takes 64 MB for its time, which is meant to be long."""
_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """How many may fail before there is a wait, how long the first is, and the longest, in seconds."""

    free: int = FREE
    first: float = 5.0
    longest: float = 900.0


LIMITS = {
    "known": Limit(),  # a person's login, in a browser that they have signed in with before
    "pair": Limit(),  # a login, from an address
    "from": Limit(free=40, first=2.0, longest=60.0),  # an address: a whole office may share it
    "login": Limit(free=100, first=2.0, longest=60.0),  # a login, from everywhere (NIST SP 800-63B-4, 3.2.2)
    "second": Limit(
        free=20, first=30.0
    ),  # codes after a right password, from everywhere: of six digits, few are guessed
}
"""By the first word of a key."""
_ANY_OTHER = Limit()


def keys_of(login: str, address: str, known: str) -> list[str]:
    """Return what an attempt is counted under. `known` is the number of a browser that they have signed in with."""
    if known:
        return [f"known {known}"]
    return [f"pair {login} {address}", f"from {address}", f"login {login}"]


def second_keys_of(account_id: int, address: str, known: str) -> list[str]:
    """Return what a code after the password is counted under."""
    if known:
        return [f"known second {known}"]
    return [f"pair second {account_id} {address}", f"from {address}", f"second {account_id}"]


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


@dataclass(slots=True)
class Throttle:
    """Counts failures under keys, in this process. The first word of a key says which of LIMITS holds for it."""

    now: Callable[[], float] = time.monotonic
    _failures: dict[str, _Failures] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _looking: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE))

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Take one of the few turns to look at a password; False where none came free in time."""
        if not self._looking.acquire(timeout=_PATIENCE):
            yield False
            return
        try:
            yield True
        finally:
            self._looking.release()

    def wait(self, keys: Iterable[str]) -> int:
        """Return for how many seconds an attempt under these keys must still wait; 0 if it may be made."""
        with self._lock:
            return max((self._left(key) for key in keys), default=0)

    def failed(self, keys: Iterable[str]) -> None:
        """Count a failure under each key."""
        with self._lock:
            if len(self._failures) > _MOST_KEYS:
                self._forget()
            for key in keys:
                one = self._failures.setdefault(key, _Failures())
                one.count = 1 if self.now() - one.last > _FORGET else one.count + 1
                one.last = self.now()

    def unsaid(self, keys: Iterable[str]) -> None:
        """Take one failure under each key back: the password was not looked at."""
        with self._lock:
            for key in keys:
                if (one := self._failures.get(key)) is not None:
                    one.count -= 1

    def succeeded(self, keys: Iterable[str]) -> None:
        """Forget the failures under each key."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _left(self, key: str) -> int:
        one, limit = self._failures.get(key), LIMITS.get(key.partition(" ")[0], _ANY_OTHER)
        if one is None or one.count < limit.free:
            return 0
        wait: float = min(limit.first * 2.0 ** min(one.count - limit.free, 20), limit.longest)
        return max(0, ceil(one.last + wait - self.now()))

    def _forget(self) -> None:
        edge = self.now() - _FORGET
        self._failures = {key: one for key, one in self._failures.items() if one.last > edge}
        if len(self._failures) > _MOST_KEYS:  # somebody tries very many logins: the oldest go
            latest = sorted(self._failures.items(), key=lambda item: item[1].last)[_MOST_KEYS // 2 :]
            self._failures = dict(latest)
