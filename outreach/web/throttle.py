"""Sign-in attempts: after a few that failed, the next has to wait, longer each time; and few are looked at at once."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from threading import BoundedSemaphore, Lock

FREE = 5
"""So many may fail before there is a wait."""
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 900.0
_FORGET = 3600.0
_AT_ONCE, _PATIENCE = 4, 1.0
"""So many passwords are looked at at once: each takes 64 MB for its time, which is meant to be long."""
_MOST_KEYS = 10_000


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


@dataclass(slots=True)
class Throttle:
    """Counts failures for each login and for each address, in this process."""

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
            return max((self._left(self._failures.get(key)) for key in keys), default=0)

    def failed(self, keys: Iterable[str]) -> None:
        """Count a failure under each key."""
        with self._lock:
            if len(self._failures) > _MOST_KEYS:
                self._forget()
            for key in keys:
                one = self._failures.setdefault(key, _Failures())
                one.count = 1 if self.now() - one.last > _FORGET else one.count + 1
                one.last = self.now()

    def succeeded(self, keys: Iterable[str]) -> None:
        """Forget the failures under each key."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _left(self, one: _Failures | None) -> int:
        if one is None or one.count < FREE:
            return 0
        wait: float = min(_FIRST_WAIT * 2.0 ** min(one.count - FREE, 20), _LONGEST_WAIT)
        return max(0, ceil(one.last + wait - self.now()))

    def _forget(self) -> None:
        edge = self.now() - _FORGET
        self._failures = {key: one for key, one in self._failures.items() if one.last > edge}
        if len(self._failures) > _MOST_KEYS:  # somebody tries very many logins: the oldest go
            latest = sorted(self._failures.items(), key=lambda item: item[1].last)[_MOST_KEYS // 2 :]
            self._failures = dict(latest)
