"""What is under way between two requests of one browser: challenges, second steps of a sign-in, visits to an issuer.

It lives in this process, for minutes; each entry is taken once.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

Value = TypeVar("Value")
_MOST = 5_000
MINUTES = 600.0
"""Seconds that an entry is kept."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was sent: where to, and its fields."""

    path: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HalfIn:
    """Somebody whose first step is proven: the second is asked for."""

    account_id: int
    epoch: int
    """The account's, then: once that is another one, it begins anew."""
    login: str
    then: str
    form: Form | None
    """What they had typed before, to be sent on."""
    how: str
    """The first step, for the log."""


@dataclass(slots=True)
class Steps:
    """Entries by browser and kind, the oldest of which go where there are very many."""

    now: Callable[[], float] = time.monotonic
    _entries: dict[Hashable, tuple[float, object]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put(self, key: Hashable, value: object, seconds: float = MINUTES) -> None:
        """Keep a value for a while, in place of the one before."""
        with self._lock:
            self._entries.pop(key, None)
            self._entries[key] = (self.now() + seconds, value)
            if len(self._entries) > _MOST:
                now = self.now()
                self._entries = {one: held for one, held in self._entries.items() if held[0] > now}
            while len(self._entries) > _MOST:
                del self._entries[next(iter(self._entries))]

    def look(self, key: Hashable, kind: type[Value]) -> Value | None:
        """Return a value that is still good, and leave it there."""
        with self._lock:
            until, value = self._entries.get(key, (0.0, None))
            return value if isinstance(value, kind) and until > self.now() else None

    def take(self, key: Hashable, kind: type[Value]) -> Value | None:
        """Return a value that is still good, and let nobody else have it."""
        with self._lock:
            until, value = self._entries.pop(key, (0.0, None))
            return value if isinstance(value, kind) and until > self.now() else None
