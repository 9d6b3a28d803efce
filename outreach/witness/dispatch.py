"""The dispatch journal: a file outside of the database that tells of each letter before its data is asked for.

A worker appends a letter's line and has it flushed to disk after the mark `sending` is committed and before DATA, and
the server's answer before the database records it. So whatever becomes of the database, the file tells what may have
left this installation: a copy of yesterday is known by its generation, which is lower than that of the last line.

Several processes append to one file. Each hands over a batch in one write at the end of the file (O_APPEND), which
begins with a line end of its own, so that what another one tore in dying harms no line but that.
"""

import os
import re
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from outreach import platform
from outreach.errors import Fault
from outreach.witness import lines
from outreach.witness.lines import Answered, Began, Enlisted, Entry, Handover, Said, Settled

_TAIL_BYTES = 1 << 18
"""Generations grow, so the highest stands near the end of the file: among so many bytes, hundreds of letters."""


class Mark(NamedTuple):
    """A letter that a dead worker left marked as `sending`."""

    message_id: str
    claim: int
    worker: str


class EvidenceKind(StrEnum):
    """What the journal knows of such a letter."""

    NOT_BEGUN = "not begun"  # it never left this machine
    ANSWERED = "answered"
    BEGUN = "begun"  # the server may have it
    NOTHING = "nothing"  # the worker wrote into another journal, or lines of this one are damaged


class Evidence(NamedTuple):
    """What the journal knows of a marked letter, and the server's answer where it has that."""

    known: EvidenceKind
    answer: Answered | None = None


class DispatchJournal:
    """The journal of one database at one installation. It may be used by several threads."""

    def __init__(self, path: Path) -> None:
        """Take the file's path; it is made with the first line."""
        self.path = path
        self._name = os.fspath(path)
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._file: tuple[int, int] | None = None
        self._unflushed = False
        self._workers: set[str] = set()
        self._highest = 0
        self._size: int | None = None
        """How long the file was when it was last looked at; None before that."""
        self._read_to = 0

    def enlist(self, worker: str, at: datetime) -> None:
        """Tell that a worker's letters are in this file from here on; to be called before its first mark.

        Without that, a mark of the worker that has no line here tells nothing. The second time does nothing.
        Raises Fault where the file can't be written.
        """
        if worker in self._workers:
            return
        with self._lock:
            self._append([lines.enlisted(worker, lines.moment(at))])
            self._flush()
        self._workers.add(worker)

    def begin(self, handovers: Sequence[Handover], generation: int, at: datetime) -> bool:
        """Write that letters are about to be handed over; on disk when it returns.

        `generation` is that of the transaction that marked them. Call it once the marks are committed, before DATA.
        Return whether nobody else has written into the file since it was last looked at: where somebody has, it may
        have been to say that another copy of the database is the one that sends.
        Raises Fault where the file can't be written or is no longer there: nothing may be handed over then.
        """
        if not handovers:
            return True
        when = lines.moment(at)
        batch = [lines.began(one, generation, when) for one in handovers]
        with self._lock:
            alone = self._append(batch)
            self._flush()
            self._highest = max(self._highest, generation)
        return alone

    def answer(self, answers: Sequence[Answered], at: datetime) -> None:
        """Write what the server said, to be called before the database records it; on disk with the next `begin`.

        Raises Fault where the file can't be written; the answers are true all the same.
        """
        if not answers:
            return
        when = lines.moment(at)
        batch = [lines.said(one, when) for one in answers]
        with self._lock:
            self._append(batch)
            self._unflushed = True

    def settle(self, place: str, who: str, generation: int, at: datetime) -> None:
        """Write that the database at a place is the one that sends, now of this generation; on disk when it returns.

        To be called before that is committed. Every other copy of the database is behind from here on.
        Raises Fault where the file can't be written.
        """
        with self._lock:
            self._append([lines.settled(place, who, generation, lines.moment(at))])
            self._flush()
            self._highest = max(self._highest, generation)

    def flush(self) -> None:
        """Have what was written flushed to disk. Raises Fault where that fails."""
        with self._lock:
            if self._unflushed:
                self._flush()

    def close(self) -> None:
        """Flush, and close the file; it is opened again when needed. Raises Fault where flushing fails."""
        try:
            self.flush()
        finally:
            with self._lock:
                self._close()

    def __enter__(self) -> Self:
        """Give the journal to a block, at whose end it is closed."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def highest(self) -> int:
        """Return the highest generation in the file, of whatever process; 0 where it has none.

        What is known is kept in memory, and only what was added since is read. Raises Fault where it can't be read.
        """
        with self._lock:
            try:
                self._catch_up()
            except OSError as error:
                raise self._fault(f"can't be read: {error.strerror}") from error
            return self._highest

    def entries(self, damaged: Callable[[int], None] = lambda _offset: None) -> Iterator[Entry]:
        """Yield what the file says, from its beginning to its end as it is now. Torn lines are passed over.

        `damaged` is told where each line begins, in bytes, that has its end and yet can't be read. No more than one
        line is held in memory.
        Raises Fault where the file can't be read.
        """
        try:
            with self.path.open("rb") as file:
                for line in _lines_of(file, os.fstat(file.fileno()).st_size):
                    entry = lines.read(line.text)
                    if entry is not None:
                        yield entry
                    elif not lines.is_torn(line.text):
                        damaged(line.start)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._fault(f"can't be read: {error.strerror}") from error

    def evidence(self, marks: Collection[Mark]) -> dict[str, Evidence]:
        """Return what is known of letters that dead workers left marked, by Message-ID.

        Only a worker that enlisted here, and whose lines are all whole, proves anything by its silence.
        """
        wanted = {(mark.message_id, mark.claim) for mark in marks}
        begun: set[tuple[str, int]] = set()
        answers: dict[tuple[str, int], Answered] = {}
        workers = {mark.worker for mark in marks}
        sure: set[str] = set()
        for entry in self.entries(damaged=lambda _offset: sure.clear()):
            match entry:
                case Began(handover) if (handover.message_id, handover.claim) in wanted:
                    begun.add((handover.message_id, handover.claim))
                    answers.pop((handover.message_id, handover.claim), None)  # an earlier copy's claim had that number
                case Said(answered) if (answered.message_id, answered.claim) in wanted:
                    answers[answered.message_id, answered.claim] = answered
                case Enlisted(worker) if worker in workers:
                    sure.add(worker)
        found: dict[str, Evidence] = {}
        for mark in marks:
            key = (mark.message_id, mark.claim)
            if key in answers:
                found[mark.message_id] = Evidence(EvidenceKind.ANSWERED, answers[key])
            elif key in begun:
                found[mark.message_id] = Evidence(EvidenceKind.BEGUN)
            else:
                found[mark.message_id] = Evidence(
                    EvidenceKind.NOT_BEGUN if mark.worker in sure else EvidenceKind.NOTHING
                )
        return found

    def _append(self, batch: Sequence[bytes]) -> bool:
        """Add lines at the end of the file; return whether nobody else has since it was last looked at."""
        if any(len(line) > lines.MOST_BYTES for line in batch):
            raise self._fault("takes no such letter: it has too many recipients")
        data = b"\n%b\n" % b"\n".join(batch)
        try:
            if self._fd is None:
                self._open()
            assert self._fd is not None
            written = platform.append(self._fd, data)
            now = self._stat()
        except OSError as error:
            self._close()
            raise self._fault(f"can't be written: {error.strerror}") from error
        if now is None:
            # Whoever goes on would write into a file that nobody finds again.
            raise self._fault("was deleted, moved or replaced while letters went out")
        if written != len(data):
            raise self._fault("can't be written: there is no room left for it")
        if self._size is None or now != self._size + len(data):
            return False
        self._size = self._read_to = now
        return True

    def _flush(self) -> None:
        assert self._fd is not None
        try:
            platform.flush(self._fd)
        except OSError as error:
            self._close()  # what a failed flush has kept nobody knows: the next one is another's
            raise self._fault(f"can't be flushed to disk: {error.strerror}") from error
        self._unflushed = False

    def _open(self) -> None:
        if self._file is not None and self._stat() is None:
            raise self._fault("was deleted, moved or replaced while letters went out")
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not self.path.exists()
        self._fd = platform.open_to_append(self.path)
        opened = os.fstat(self._fd)
        self._file = (opened.st_dev, opened.st_ino)
        if new:
            for folder in (self.path.parent, self.path.parent.parent):
                platform.flush_names(folder)

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        self._unflushed = False

    def _stat(self) -> int | None:
        """Return how long the file is at its path; None where that is not the file that we write."""
        try:
            now = os.stat(self._name)  # noqa: PTH116
        except FileNotFoundError:
            return None
        return now.st_size if (now.st_dev, now.st_ino) == self._file else None

    def _catch_up(self) -> None:
        try:
            size = os.stat(self._name).st_size  # noqa: PTH116  (asked at each claim: a third of the time)
        except FileNotFoundError:
            return
        if size == self._size:
            return
        with self.path.open("rb") as file:
            start = 0 if self._size is None or size < self._size else self._read_to
            near = size - _TAIL_BYTES
            if near <= start or not self._read_on(file, near, size):
                self._read_on(file, start, size)
        self._size = size

    def _read_on(self, file: BinaryIO, start: int, end: int) -> bool:
        """Read the generations between two places of the file. Return whether there was any."""
        found = 0
        file.seek(start)
        for line in _lines_of(file, end):
            found = max(found, lines.generation_of(line.text) or 0)
            self._read_to = line.end
        self._highest = max(self._highest, found)
        return found > 0

    def _fault(self, what: str) -> Fault:
        return Fault(
            "journal.fault",
            "The dispatch journal {path} {what}.",
            path=self.path,
            what=what,
            remedy="Nothing more is handed over until it can be written: see to that disk and folder, or "
            "set state_dir.",
        )


def journal_path(state_dir: Path, database_id: str) -> Path:
    """Return where the journal of a database lies. Raises Fault for an id that is none: it becomes a file's name."""
    if not re.fullmatch(r"[0-9a-f]{32}", database_id):
        raise Fault(
            "journal.no-id",
            "The database calls itself {database_id!r}, which is no id of a database.",
            database_id=database_id[:40],
        )
    return state_dir / "journals" / f"{database_id}.jsonl"


class _Line(NamedTuple):
    """A line of the file, without its line end, and where it stands, in bytes."""

    start: int
    end: int
    text: bytes


def _lines_of(file: BinaryIO, end: int) -> Iterator[_Line]:
    """Yield the lines that begin before a place, but for empty ones and a last one that has no line end.

    A line that is too long to be one of ours is read piece by piece, and given as its first piece.
    """
    start = file.tell()
    while start < end:
        text = piece = file.readline(lines.MOST_BYTES + 1)
        length = len(piece)
        while piece and not piece.endswith(b"\n"):
            piece = file.readline(lines.MOST_BYTES + 1)
            length += len(piece)
        if not piece:
            return
        if length > 1:
            yield _Line(start, start + length, text.removesuffix(b"\n"))
        start += length


__all__ = [
    "Answered",
    "Began",
    "DispatchJournal",
    "Enlisted",
    "Entry",
    "Evidence",
    "EvidenceKind",
    "Handover",
    "Mark",
    "Said",
    "Settled",
    "journal_path",
]
