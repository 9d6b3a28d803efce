"""A second process that understands mail while the first one records it, where much has come and a processor is idle.

To understand a mail costs about what it costs to record it, so that two processes take mail in nearly twice as fast.
The helper asks for nothing and knows no database: it is given mails and tells what they are. Where it is not there
yet, or no longer, the same is done here.
"""

import gc
import logging
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import starmap
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, Self

from outreach import platform
from outreach.inbox.prepare import Prepared, RawMail, prepared, prepared_all, understood_all

_log = logging.getLogger(__name__)
_WORTH_ITS_START = 1_000
"""Mails; of fewer, its start costs as much as it saves."""
_READY = b"ready"


class Helper:
    """Understands mails, a batch at a time. A context manager: at its end the second process is ended."""

    def __init__(self, mails: int) -> None:
        """Start a second process if so many mails are worth it."""
        self._process: Any = None
        self._is_ready = False
        self._share = 1.0
        if mails >= _WORTH_ITS_START and platform.processors() > 1:
            self._start(platform.way_to_start())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def in_turn(self, batches: Iterator[Sequence[RawMail]]) -> Iterator[list[Prepared]]:
        """Yield each batch, understood; while the caller records it, the helper has the next one.

        What fails while the next one is fetched is raised after this one was yielded, so that this one is recorded.
        """
        waiting: Callable[[], list[Prepared]] | None = None
        fault: Exception | None = None
        while fault is None:
            batch: Sequence[RawMail] | None = None
            try:
                batch = next(batches, None)
            except Exception as error:  # noqa: BLE001  (raised below, whatever it is)
                fault = error
            done = waiting() if waiting is not None else None
            waiting = self._begin(batch) if batch is not None else None
            if done is not None:
                yield done
            if waiting is None and fault is None:
                return
        raise fault

    def _begin(self, mails: Sequence[RawMail]) -> Callable[[], list[Prepared]]:
        """Give its share of a batch to the helper, if it is there, and return what waits for it; else what does all."""
        share = round(len(mails) * self._share)
        try:
            if not self._is_there():
                return lambda: prepared_all(mails)
            self._pipe.send_bytes(pickle.dumps([mail.raw for mail in mails[:share]], pickle.HIGHEST_PROTOCOL))
        except (OSError, EOFError):
            self._lose()
            return lambda: prepared_all(mails)
        rest = prepared_all(mails[share:])
        begun = time.perf_counter()
        return lambda: self._told(mails[:share], time.perf_counter() - begun) + rest

    def _told(self, mails: Sequence[RawMail], recorded: float) -> list[Prepared]:
        """Return what the helper tells of the mails that it was given, where recording others took so many seconds.

        Next time it is given what it can do in the time in which this process does the rest, and records.
        """
        try:
            seconds, found = pickle.loads(self._pipe.recv_bytes())  # noqa: S301  (from our own process)
        except (OSError, EOFError):
            self._lose()
            return prepared_all(mails)
        if mails:
            whole = seconds / self._share  # what all mails of the batch would have taken it
            fair = min(1.0, (whole + recorded) / (2 * whole))
            self._share = (self._share + fair) / 2  # one batch is not like the other
        return list(starmap(prepared, zip(mails, found, strict=True)))

    def _is_there(self) -> bool:
        """Tell whether the helper is ready for mails. Raises EOFError where it has ended before it was."""
        if self._process is not None and not self._is_ready and self._pipe.poll():
            self._is_ready = self._pipe.recv_bytes() == _READY
        return self._is_ready

    def _start(self, way: str) -> None:
        context: Any = get_context(way)
        gc.freeze()  # what is there already stays where it is, in pages that both processes share
        self._pipe: Connection
        self._pipe, its_end = context.Pipe()
        try:
            process = context.Process(target=serve, args=(its_end,), name="outreach mail reader", daemon=True)
            process.start()
        except OSError as error:
            _log.info("no second process to read mail with: %s", error)
            gc.unfreeze()
            self._pipe.close()
        else:
            self._process = process
        finally:
            its_end.close()

    def _lose(self) -> None:
        _log.warning("the second process that reads mail has ended; this one goes on alone")
        self._end()

    def _end(self) -> None:
        process, self._process, self._is_ready = self._process, None, False
        if process is not None:
            gc.unfreeze()
            process.kill()
            process.join()
            process.close()
            self._pipe.close()


def serve(pipe: Connection) -> None:
    """Be the helper: understand what is asked, batch by batch, until nothing more is."""
    platform.ignore_interrupt()  # Ctrl-C is for the one that records; its end is this one's too
    # A copy of the first process holds both ends of the pipe: that one's end is to be seen otherwise.
    parent = parent_process()
    ended = [parent.sentinel] if parent is not None else []
    with suppress(EOFError, OSError):
        pipe.send_bytes(_READY)
        while pipe in wait([pipe, *ended]):
            mails = pickle.loads(pipe.recv_bytes())  # noqa: S301  (from our own process)
            begun = time.perf_counter()
            found = understood_all(mails)
            pipe.send_bytes(pickle.dumps((time.perf_counter() - begun, found), pickle.HIGHEST_PROTOCOL))
