"""How many may come from one place in a span of time: counted in this process, and forgotten as the span goes by."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

_MOST_PLACES = 20_000


@dataclass(slots=True)
class Paced:
    """At most so many from each place within the span, in seconds."""

    most: int
    span: float
    now: Callable[[], float] = time.monotonic
    _came: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def may(self, place: str) -> bool:
        """Count one from a place; False, uncounted, where it had its share."""
        with self._lock:
            moment = self.now()
            came = self._came.setdefault(place, deque())
            self._came.move_to_end(place)
            while came and came[0] <= moment - self.span:
                came.popleft()
            while len(self._came) > _MOST_PLACES:  # the ones that came longest ago
                self._came.popitem(last=False)
            if len(came) >= self.most:
                return False
            came.append(moment)
            return True
