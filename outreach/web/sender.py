"""The process that sends while the desk is open: the scheduler of `outreach run`, and what it tells the desk of itself.

It ends with the desk, however that ends: the desk's end of the pipe closes even where the desk is killed.
"""

import asyncio
import logging
import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import Engine

from outreach import platform
from outreach.database import open_existing
from outreach.errors import LostDatabaseFault, NoDatabaseError, OutreachError, SettingsError
from outreach.outbox.connection import COMMAND_SECONDS, DATA_SECONDS
from outreach.outbox.server import SmtpServer
from outreach.outbox.worker import Summary
from outreach.rehearsal.post_office import server_for
from outreach.schedule import require_settings, run_with
from outreach.sentences import Remedy, Sentence, saying
from outreach.settings import Settings
from outreach.settings_watch import FileMark, SettingsWatch

TICK_SECONDS = 2.0
_BEAT_SECONDS = 1.0
_BEGIN_SECONDS = 60
_END_SECONDS = COMMAND_SECONDS + DATA_SECONDS
"""A server may take so long for a letter in flight (RFC 5321, 4.5.3.2); a process that lives on longer hangs."""
_MOST_WORDS = 300
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What the process tells the desk. Each report replaces the one before."""

    beats: int = 0
    """Grows each second while the scheduler lives."""
    looks: int = 0
    """Grows with each pass over what is due, and with each letter."""
    trouble: Sentence | None = None
    """Why the last pass broke off, or why the process ends."""
    cure: Remedy | None = None
    settings: bool = False
    """Whether it ends because of a setting, which a person has to put right."""
    lost: bool = False
    """Whether it ends because its database is gone, or another one stands in its place."""


def send_for_desk(settings: Settings, folder: Path, desk: Connection, mark: FileMark | bool = False) -> None:
    """Send what is due until a signal, or until the desk has closed its end of the pipe. For a process of its own.

    With the `mark` of the settings' file when they were read, settings that are changed meanwhile hold at once.
    """
    told = _Teller(desk)
    try:
        watch = None if isinstance(mark, bool) else SettingsWatch(folder, settings, mark=mark)
        _Sender(settings, folder, desk, told, watch).run()
    except Exception as error:  # noqa: BLE001  (whatever it was, the desk tells it and starts another)
        told.last(error)
        if not isinstance(error, OutreachError):  # of those, the desk's line says all
            _log.exception("What sends has broken down.")
        sys.exit(error.exit_status if isinstance(error, OutreachError) else 1)


class _Teller:
    """What the desk is told, by a thread: a desk that does not listen holds no letter up."""

    def __init__(self, desk: Connection) -> None:
        self._desk = desk
        self._report = Heartbeat()
        self._sending = threading.Lock()
        threading.Thread(target=self._tell, name="tell the desk", daemon=True).start()

    def beat(self) -> None:
        self._report = replace(self._report, beats=self._report.beats + 1)

    def looked(self) -> None:
        self._report = replace(self._report, looks=self._report.looks + 1)

    def went_well(self) -> None:
        self._report = replace(self._report, looks=self._report.looks + 1, trouble=None, cure=None)

    def failed(self, error: Exception) -> None:
        trouble, cure = in_words(error)
        self._report = replace(self._report, trouble=trouble, cure=cure)

    def last(self, error: Exception) -> None:
        """Say why the process ends; a desk that has not listened for a second is not waited for."""
        self.failed(error)
        self._report = replace(
            self._report,
            settings=isinstance(error, SettingsError),
            lost=isinstance(error, LostDatabaseFault | NoDatabaseError),
        )
        if self._sending.acquire(timeout=1):
            with suppress(OSError):
                self._desk.send(self._report)

    def _tell(self) -> None:
        said = self._report
        with suppress(OSError):  # the desk has gone
            while not threading.Event().wait(_BEAT_SECONDS / 4):
                with self._sending:
                    if (report := self._report) is not said:
                        self._desk.send(report)
                        said = report


class _Sender:
    def __init__(
        self, settings: Settings, folder: Path, desk: Connection, told: _Teller, watch: SettingsWatch | None
    ) -> None:
        self._settings, self._folder, self._desk, self._told = settings, folder, desk, told
        self._watch = watch
        self._ending = threading.Event()
        self._at_work = threading.Event()
        """Set once the scheduler hears signals."""

    def run(self) -> None:
        platform.on_stop(self._ending.set)
        threading.Thread(target=self._end_with_the_desk, name="follow the desk", daemon=True).start()
        require_settings(self._settings)
        engine = open_existing(self._settings.database_url)
        try:
            while self._once(engine) and not self._ending.is_set():
                _log.info("the settings have changed")
        finally:
            engine.dispose()

    def _once(self, engine: Engine) -> bool:
        """Send under the settings as they are; return whether it ended since they are others. Raises SettingsError."""
        if self._watch is not None:
            self._settings = self._watch.require()
        require_settings(self._settings)
        with server_for(self._settings, self._folder) as server:
            return asyncio.run(self._send(engine, server))

    async def _send(self, engine: Engine, server: SmtpServer) -> bool:
        beating = asyncio.create_task(self._beat())
        settings, watch = self._settings, self._watch
        try:
            return await run_with(
                engine, settings, server, tick_seconds=TICK_SECONDS, until=self._until,
                progress=lambda _done: self._told.looked(), failed=self._told.failed,
                folder=self._folder, holds=lambda: watch is None or watch.holds(settings),
            )  # fmt: skip
        finally:
            beating.cancel()

    async def _beat(self) -> None:
        """Begun when the scheduler first waits, and so once it hears signals."""
        self._at_work.set()
        if self._ending.is_set():
            platform.tell_to_stop()
        while True:
            self._told.beat()
            await asyncio.sleep(_BEAT_SECONDS)

    async def _until(self, _summary: Summary) -> bool:
        self._told.went_well()
        return self._ending.is_set()

    def _end_with_the_desk(self) -> None:
        with suppress(EOFError, OSError):
            self._desk.recv()  # it says nothing: this ends when its end is closed
        self._ending.set()
        if self._at_work.wait(_BEGIN_SECONDS):
            platform.tell_to_stop()
            threading.Event().wait(_END_SECONDS)
        os._exit(1)


def in_words(error: Exception) -> tuple[Sentence, Remedy | None]:
    """Return what an error says, with its single problems, and its remedy."""
    if isinstance(error, OutreachError):
        said = error.says
        for problem in error.problems:
            said = saying("sender.problem", "{said} {problem}", said=said, problem=problem.whole())
        return said, error.remedy
    words = " ".join(str(getattr(error, "orig", None) or error).split())
    kind = type(error).__name__
    return saying("sender.odd", "{error}", error=(f"{kind}: {words}" if words else kind)[:_MOST_WORDS]), None
