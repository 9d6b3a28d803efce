"""Sending while the desk is open: in a process of its own, that is watched, and started again whenever it has ended.

A process of its own, so that fifty people at the pages keep no letter waiting; watched, so that no page goes on saying
that letters go out when they do not.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from outreach import clock, platform
from outreach.errors import SettingsError
from outreach.sentences import Remedy, Sentence, saying
from outreach.settings import Settings
from outreach.settings_watch import FileMark, SettingsWatch
from outreach.web.sender import Heartbeat, in_words, send_for_desk

_PAGES_STEP_BACK = 5
"""By how much this process lets the one that sends go first where there are not processors enough (POSIX, nice)."""
_LONGEST_PAUSE = 60.0
_log = logging.getLogger(__name__)


class SenderState(StrEnum):
    """How the process that sends stands."""

    STARTING = "starting"
    SENDING = "sending"
    FAILING = "failing"
    """It lives, and its passes over what is due break off."""
    SILENT = "silent"
    """It is there, and says nothing."""
    DOWN = "down"
    """It has ended, and is started again and again."""
    MISSET = "misset"
    """It has ended because of a setting, and is tried again each minute."""
    LOST = "lost"
    """It has ended because the database is gone, and is not started again."""


@dataclass(frozen=True, slots=True)
class SenderStanding:
    """How the process that sends stands at a moment, as the pages tell it."""

    state: SenderState
    since: datetime
    why: Sentence | None = None
    cure: Remedy | None = None
    looked_at: datetime | None = None
    """When it last ended a pass over what is due, or a letter."""

    @property
    def troubled(self) -> bool:
        """Whether pages have to say that nothing is sent."""
        return self.state not in (SenderState.STARTING, SenderState.SENDING)

    @property
    def mark(self) -> str:
        """Another one whenever pages have something else to say of it."""
        return sha256(repr((self.state, self.since, str(self.why), str(self.cure))).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _End:
    """How one process ended."""

    why: Sentence
    cure: Remedy | None = None
    settings: bool = False
    lost: bool = False
    """Whether it has lost its database: what is started again would write into nothing, or into another one."""


class Sender:
    """Keeps a process that sends what is due, by the same scheduler as `outreach run`. Use it as a context manager.

    This process steps back behind it. At the end of the block the letters in flight finish first.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        settings_seconds: float = 60.0,
        quiet_seconds: float = 60.0,
        watch: SettingsWatch | None = None,
    ) -> None:
        """Take the settings and the folder. With a `watch`, settings that are changed hold at once.

        `settings_seconds` lie between two tries where a setting is wrong; after `quiet_seconds` without a word from it,
        the process is said to be silent.
        """
        self._settings, self._folder, self._file = settings, folder, watch
        self._settings_seconds, self._quiet_seconds = settings_seconds, quiet_seconds
        self._context = get_context("spawn")
        self._told_to_end, self._tell_to_end = self._context.Pipe(duplex=False)
        self._thread = threading.Thread(target=self._watch, name="watch what sends", daemon=True)
        self._tried = threading.Event()
        self._standing = SenderStanding(SenderState.STARTING, clock.now())
        self._report = Heartbeat()
        self._hear()
        self._alive_since: float | None = None
        self._tried_under: FileMark = None

    def __enter__(self) -> Self:
        """Start it, and the thread that watches it."""
        self._thread.start()
        self._tried.wait()
        # What sends is always started by the other thread, and so never steps back.
        platform.step_back(_PAGES_STEP_BACK)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.end()
        self._thread.join()

    def end(self) -> None:
        """Let the letters in flight finish, and begin no other. Returns at once; a signal's handler may call it."""
        self._tell_to_end.close()

    def standing(self) -> SenderStanding:
        """Return how it stands now."""
        standing = self._standing
        quiet = time.monotonic() - self._heard
        if (
            standing.state in (SenderState.STARTING, SenderState.SENDING, SenderState.FAILING)
            and quiet > self._quiet_seconds
        ):
            return replace(standing, state=SenderState.SILENT, since=self._heard_at, why=None, cure=None)
        return standing

    def _watch(self) -> None:
        try:
            self._keep()
        except Exception as error:  # noqa: BLE001  (whatever it was, the pages tell it)
            self._tried.set()
            _log.exception("Nothing watches the desk's sending any more.")
            self._now(
                SenderState.SILENT,
                saying("sender.unwatched", "{kind}: {error}", kind=type(error).__name__, error=str(error)),
            )

    def _keep(self) -> None:
        tries = 0
        while (end := self._once()) is not None:
            if self._alive_since is not None and time.monotonic() - self._alive_since > _LONGEST_PAUSE:
                tries = 0
            told = f"{end.why} {end.cure or ''}".strip()
            if end.lost:
                _log.error("What sends has ended, and is not started again: %s", told)
                self._now(SenderState.LOST, end.why, end.cure)
                return
            pause = self._settings_seconds if end.settings else min(2.0**tries, _LONGEST_PAUSE)
            tries = min(tries + 1, 10)
            _log.error("What sends has ended: %s It is started again in %.0f s.", told, pause)
            self._now(SenderState.MISSET if end.settings else SenderState.DOWN, end.why, end.cure)
            if self._pause(pause):
                return

    def _pause(self, seconds: float) -> bool:
        """Wait so long, or until the settings are changed; True where it is to end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if wait([self._told_to_end], min(left, 1.0 if self._file is not None else left)):
                return True
            if self._file is not None and self._tried_under != self._file.mark:
                return False
            if self._file is not None and self._file.moved:
                return False
        return False

    def _once(self) -> _End | None:
        """Start it once and wait until it has ended. Return how; None where it was to end."""
        self._report, self._alive_since = Heartbeat(), None
        self._hear()
        mark: FileMark | bool = False
        if self._file is not None:
            try:
                self._settings = self._file.require()
            except SettingsError as error:
                self._tried_under = self._file.mark
                self._tried.set()
                return _End(*in_words(error), settings=True)
            mark = self._tried_under = self._file.mark
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=send_for_desk, args=(self._settings, self._folder, theirs, mark), name="outreach sending"
        )
        with ours:
            try:
                process.start()
            except Exception as error:  # noqa: BLE001  (no memory, no process number, no descriptor: whatever it is)
                return _End(saying("sender.not-started", "It can't be started: {error}.", error=str(error)))
            finally:
                theirs.close()
                self._tried.set()
            if self._follow(ours, process.sentinel):
                process.join()
                return _how(process.exitcode, self._report)
        process.join()  # with our end of the pipe closed, it ends once the letters in flight are through
        return None

    def _follow(self, ours: Connection, sentinel: int) -> bool:
        """Take in what it says until it has ended; False where it is to end."""
        sources: list[Connection | int] = [self._told_to_end, ours, sentinel]
        while True:
            ready = wait(sources)
            if self._told_to_end in ready:
                return False
            if ours in ready:
                try:
                    self._take(ours.recv())
                except (EOFError, OSError):
                    sources.remove(ours)
            elif sentinel in ready:
                return True

    def _take(self, report: Heartbeat) -> None:
        before, self._report = self._report, report
        self._hear()
        if report.looks != before.looks:
            self._standing = replace(self._standing, looked_at=clock.now())
        if report.beats and self._alive_since is None:
            self._alive_since = time.monotonic()
        if not report.beats or report.settings or report.lost:
            return  # it is only just beginning, or ends
        self._now(SenderState.FAILING if report.trouble else SenderState.SENDING, report.trouble, report.cure)

    def _hear(self) -> None:
        self._heard, self._heard_at = time.monotonic(), clock.now()

    def _now(self, state: SenderState, why: Sentence | None = None, cure: Remedy | None = None) -> None:
        """Note how it stands; since when is kept for as long as it does or does not send."""
        before = self._standing
        same = before.state is state or (before.troubled and state not in (SenderState.STARTING, SenderState.SENDING))
        self._standing = SenderStanding(state, before.since if same else clock.now(), why, cure, before.looked_at)


def _how(code: int | None, report: Heartbeat) -> _End:
    """Tell how a process ended, by its exit code and what it said last."""
    if report.trouble and code is not None and code > 0:
        told = report.settings or report.lost
        broke = saying("sender.broke-down", "It broke down. {trouble}", trouble=report.trouble)
        why = report.trouble if told else broke
        return _End(why, report.cure, report.settings, report.lost)
    if code is not None and code < 0:
        name = platform.signal_name(-code)
        if name == "SIGKILL":
            killed = saying(
                "sender.killed", "It was killed ({name}): by a person, or by the computer when its memory ran out.",
                name=name,
            )  # fmt: skip
            return _End(killed)
        return _End(saying("sender.signalled", "It was ended by a signal ({name}).", name=name))
    if code:
        return _End(saying("sender.ended", "It ended by itself, with status {code}.", code=code))
    return _End(saying("sender.told-to-end", "It was told to end."))
