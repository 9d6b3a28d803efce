"""The sign-in of the mail account that is under way at a desk: one at a time, and not for ever."""

import threading

from outreach.outbox.sign_in.signing_in import DeviceAttempt, PageAttempt


class Attempts:
    """What somebody has begun and not yet come back from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: PageAttempt | DeviceAttempt | None = None
        self._stop = threading.Event()

    @property
    def current(self) -> PageAttempt | DeviceAttempt | None:
        """The last one that was begun; None after it was ended, or ran out without an outcome."""
        return self._current

    def begin(self, attempt: PageAttempt | DeviceAttempt, seconds: float) -> threading.Event:
        """Begin one, which ends the one before; after so many seconds it is over. Return what tells it to stop."""
        with self._lock:
            self._end()
            self._current, self._stop = attempt, threading.Event()
            threading.Thread(target=self._over, args=(attempt, self._stop, seconds), daemon=True).start()
            return self._stop

    def end(self) -> None:
        """End the one that is under way."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        self._stop.set()
        self._current = None

    def _over(self, attempt: PageAttempt | DeviceAttempt, stop: threading.Event, seconds: float) -> None:
        """Let go of the port when it is no longer needed, a moment after the browser was answered."""
        attempt.rest(seconds, stop)
        if isinstance(attempt, PageAttempt):
            attempt.close()
        with self._lock:
            if self._current is attempt and attempt.outcome is None:
                self._current = None
