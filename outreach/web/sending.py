"""Sending while the desk is open: in a process of its own, so that fifty people at the pages keep no letter waiting."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from outreach.database import open_existing
from outreach.outbox.worker import Summary
from outreach.rehearsal.post_office import require_server, server_for
from outreach.schedule import run_with
from outreach.settings import Settings

TICK_SECONDS = 2.0
_PAGES_STEP_BACK = 5
"""By how much this process lets the one that sends go first where there are not processors enough (POSIX, nice)."""
_log = logging.getLogger(__name__)


@contextmanager
def sending(settings: Settings, folder: Path) -> Iterator[None]:
    """Send what is due, by the same scheduler as `outreach run`, until the block ends; letters in flight finish first.

    This process steps back behind the one that sends. Raises SettingsError in live mode without a server.
    """
    require_server(settings)
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_send, args=(settings, folder, theirs), name="outreach sending")
    process.start()
    theirs.close()
    with suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(_PAGES_STEP_BACK)
    try:
        yield
    finally:
        ours.close()
        process.join()


def _send(settings: Settings, folder: Path, desk: Connection) -> None:
    """Run until a signal, or until the desk has closed its end of the pipe: it does so even where it is killed."""
    closed = threading.Event()

    def follow() -> None:
        with suppress(EOFError, OSError):
            desk.recv()
        closed.set()
        os.kill(os.getpid(), signal.SIGTERM)  # the scheduler hears it at once; before it listens, `closed` tells it

    async def until(_summary: Summary) -> bool:
        return closed.is_set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: closed.set())
    engine = open_existing(settings.database_url)
    try:
        with server_for(settings, folder) as server:
            threading.Thread(target=follow, name="follow the desk", daemon=True).start()
            asyncio.run(run_with(engine, settings, server, tick_seconds=TICK_SECONDS, until=until, folder=folder))
    except Exception:  # noqa: BLE001  (the pages stay open; the log tells)
        _log.exception("Sending has stopped. Start the desk again.")
    finally:
        engine.dispose()
