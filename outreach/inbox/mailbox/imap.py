"""The IMAP box: what is new in its folders is taken in, and nothing in them is marked, moved or deleted (RFC 9051).

Others read the same box, so folders are opened read-only (EXAMINE). How far each has been read, and what became of
each mail in it, is kept in the database by UID (see uids); where the server gives a folder a new UIDVALIDITY all of
it is read again, and what was taken in before is known. A connection that breaks is made anew, and goes on where it
stopped. What can't be had is told and asked for again, and keeps nothing else from being read.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from outreach import clock
from outreach.campaigns.box import note_box_read
from outreach.campaigns.return_path import note_back
from outreach.database import reading, writing
from outreach.errors import OutreachError, Problem, ServerFault, SettingsError
from outreach.inbox.helper import Helper
from outreach.inbox.ingest import BATCH, BATCH_BYTES, IngestResult, Progress, Record, Tally, take_all
from outreach.inbox.mailbox.imap_folders import BoxFolder, folders_to_read, wants_junk
from outreach.inbox.mailbox.imap_reading import (
    BoxConnection,
    BoxRenumberedError,
    FolderReading,
    Odd,
    Part,
    is_about_mails,
)
from outreach.inbox.mailbox.imap_wire import PASSING, ImapConnectionLost, ImapRefused
from outreach.inbox.mailbox.uids import (
    FolderStanding,
    UidNote,
    folder_name,
    fresh_troubles,
    kept,
    note_read,
    note_uids,
    standing,
)
from outreach.inbox.prepare import Prepared, RawMail
from outreach.inbox.sources import MOST_BYTES
from outreach.sentences import KeptSentence
from outreach.settings import Settings
from outreach.vocabulary import UidState

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_FIRST_BATCH = 50
"""The first ones are smaller, so that what is done with them begins at once."""
_LARGE_BYTES = BATCH_BYTES // BATCH
"""What a mail counts for whose size is not told."""
_TRIES = 4
_WAIT_SECONDS = 1.0
_MOST_IDLE_SECONDS = 28 * 60
_LOOK_SECONDS = 1.0
_WHOLE_EVERY = 60
"""How many looks of a watch later a folder without UIDVALIDITY is read as a whole again."""
_OF_THE_SERVER = frozenset(["SERVERBUG", "CORRUPTION", "CONTACTADMIN", "CLIENTBUG"])
"""RFC 5530: codes of a refusal that no other name of a folder cures."""
_NOT_NUMBERED = 0
"""What stands for the UIDVALIDITY of a folder that has none: a server's own is never 0."""


@dataclass(frozen=True, slots=True)
class FolderRead:
    """What became of the mails of one folder in one reading."""

    folder: str
    found: int = 0
    """How many mails there were to ask for."""
    taken: int = 0
    """How many of them came, known ones among them."""
    unreadable: tuple[int, ...] = ()
    """The UIDs of those that could not be had."""
    gone: tuple[int, ...] = ()
    """The UIDs of those that had vanished when they were asked for."""
    left: int = 0
    """How many were left among the spam: they name no letter and nobody whom we wrote to."""
    trouble: str = ""
    """Why it could not be read to its end; empty where it could."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, as `inbox sync --json` prints it."""
        return {
            "folder": self.folder, "found": self.found, "taken": self.taken, "unreadable": list(self.unreadable),
            "gone": len(self.gone), "gone_uids": list(self.gone), "left": self.left, "trouble": self.trouble,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SyncResult(IngestResult):
    """What became of the mails of the box."""

    folders: tuple[FolderRead, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, as `inbox sync --json` prints it."""
        # Not super(): a dataclass with slots is another class than the one that this function was written in.
        return IngestResult.as_dict(self) | {"folders": [one.as_dict() for one in self.folders]}


def sync(
    engine: Engine,
    settings: Settings,
    *,
    record: Record,
    progress: Progress | None = None,
    all_again: bool = True,
    before_fault: Callable[[SyncResult], None] = lambda _taken: None,
) -> SyncResult:
    """Take in what is new in the folders, then end. A connection that breaks is tried again a few times.

    With `all_again` every mail that could not be had is asked for again, else only those whose turn it is.
    `before_fault` is told what was taken in where one of the folders fails, before that is raised.
    Raises SettingsError where no server is set, it refuses the name and password or has no such folder, ServerFault
    where it can't be reached or gives nothing; what was read by then, in other folders too, is kept.
    """
    with BoxConnection(settings, most_literal=MOST_BYTES) as connection:
        reader = _BoxReader(engine, settings, connection, record, threading.Event())
        return reader.read(progress, all_again=all_again, before_fault=before_fault)


def watch(
    engine: Engine,
    settings: Settings,
    *,
    record: Record,
    stop: threading.Event,
    told: Callable[[IngestResult], None] = lambda _result: None,
) -> None:
    """Take in mail as it comes, until `stop` is set: by IDLE where the server offers it (RFC 2177), else by asking.

    After a break it is tried again, later each time, up to a few minutes apart.
    Raises SettingsError where no server is set, it refuses the name and password or has no such folder.
    """
    failures = 0
    while not stop.is_set():
        try:
            with BoxConnection(settings, most_literal=MOST_BYTES) as connection:
                reader = _BoxReader(engine, settings, connection, record, stop)
                looks = 0
                while not stop.is_set():
                    result = reader.read(None, all_again=False, whole=looks % _WHOLE_EVERY == 0)
                    failures, looks = 0, looks + 1
                    if result.found:
                        told(result)
                    _wait(connection, reader.folders[0], settings.imap_poll_seconds, stop)
        except (ImapConnectionLost, ServerFault) as error:
            failures += 1
            _log.warning("%s: trying again", error)
            stop.wait(min(_WAIT_SECONDS * 2**failures, 300))


def _wait(connection: BoxConnection, folder: BoxFolder, seconds: int, stop: threading.Event) -> None:
    """Wait until the server speaks of new mail in a folder, `stop` is set, or it is time to look by ourselves.

    What a server says of new mail just before it answers IDLE goes unheard, and it speaks of one folder only, so we
    look from time to time; that is also more often than the 29 minutes after which RFC 2177 wants it renewed.
    """
    if not connection.idles:
        stop.wait(seconds)
        return
    try:
        wire, _ = connection.opened(folder)
        wire.idle(min(seconds, _MOST_IDLE_SECONDS), stop.is_set, _LOOK_SECONDS)
    except ImapRefused:
        stop.wait(seconds)


class _BoxReader:
    """Reads the folders of the box over one connection."""

    def __init__(
        self, engine: Engine, settings: Settings, connection: BoxConnection, record: Record, stop: threading.Event
    ) -> None:
        self._engine, self._settings, self._connection, self._record = engine, settings, connection, record
        self._stop = stop
        self.folders: list[BoxFolder] = []

    def read(
        self,
        progress: Progress | None,
        *,
        all_again: bool,
        whole: bool = True,
        before_fault: Callable[[SyncResult], None] = lambda _taken: None,
    ) -> SyncResult:
        """Read all folders, each to its end. Once that is reached, it is noted that everything was read that lay there
        when it began: what comes meanwhile is a matter of the next time."""
        began = clock.now()
        tally = Tally()
        self.folders = self._tried(partial(self._which, tally))
        reads: list[_FolderRead] = []
        fault: OutreachError | None = None
        for folder in self.folders:
            one = _FolderRead(self._engine, self._settings, self._connection, folder, tally, self._record, progress)
            reads.append(one)
            try:
                self._tried(partial(one.read, self._pause, all_again=all_again, whole=whole))
            except OutreachError as error:
                one.fails(error)
                if not folder.is_named:  # it was found, and is told; nobody has asked for it
                    continue
                fault = fault or error
                if isinstance(error, SettingsError) and error.says.code != "inbox.no-folder":
                    break
            else:
                one.ends(began)
        told = tuple(one.told() for one in reads)
        result = tally.result()
        left = sum(one.left for one in told)
        done = SyncResult(
            result.found, max(0, result.known - left), result.kinds, result.unmatched, result.problems,
            told,
        )  # fmt: skip
        if fault is not None:
            before_fault(done)
            raise fault
        with writing(self._engine) as session:
            if not fresh_troubles(
                session, [one.name for one in reads]
            ):  # one of them may be the answer that a reminder would be wrong after
                note_box_read(session, began)
        return done

    def _which(self, tally: Tally) -> list[BoxFolder]:
        try:
            return folders_to_read(self._settings, self._connection.folders())
        except ImapRefused as error:
            if error.code in PASSING:
                raise ImapConnectionLost(str(error)) from error
            if wants_junk(self._settings):
                tally.problem(
                    Problem(
                        "inbox.no-folder-list",
                        "the server does not say which folders there are ({error}): the one for spam was not read",
                        error=error,
                        where=str(self._settings.imap_host),
                        remedy="Look into it with a mail program, or name it in imap_folders.",
                    )
                )
            return folders_to_read(self._settings, [])

    def _tried(self, work: Callable[[], _Result]) -> _Result:
        """Do something on the connection, again a few times where that breaks."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return work()
            except (ImapConnectionLost, BoxRenumberedError) as error:
                self._connection.lost()
                words = "it has renumbered its mails meanwhile" if isinstance(error, BoxRenumberedError) else error
                if attempt == _TRIES:
                    raise ServerFault(
                        "inbox.not-read",
                        "The mail server {imap_host} can't be read: {error}.",
                        imap_host=self._settings.imap_host,
                        error=words,
                        remedy="What was read is kept; try again later, or look into the box with a mail program.",
                    ) from error
                _log.warning("the connection to %s broke (%s): once more", self._settings.imap_host, words)
                self._pause(attempt)

    def _pause(self, times: int) -> None:
        self._stop.wait(_WAIT_SECONDS * times)


class _FolderRead:
    """One reading of one folder into the database."""

    def __init__(
        self, engine: Engine, settings: Settings, connection: BoxConnection, folder: BoxFolder, tally: Tally,
        record: Record, progress: Progress | None,
    ) -> None:  # fmt: skip
        self._engine, self._settings, self._connection, self._folder = engine, settings, connection, folder
        self._tally, self._record, self._progress = tally, record, progress
        self.name = folder_name(settings, folder.name)
        self._notes: dict[int, UidNote] = {}
        self._problems: dict[int, Problem] = {}
        self._found = 0
        self._trouble = ""
        self._validity = _NOT_NUMBERED
        self._last = 0

    def read(self, pause: Callable[[int], None], *, all_again: bool, whole: bool) -> None:
        """Take in what is new, a batch at a time; what came of each mail is committed with its batch.

        While one batch is understood and written down, the next one is fetched. What could not be had at earlier
        readings is asked for after all that is new. Raises SettingsError where there is no such folder, ServerFault
        where it is not opened for another reason.
        """
        folder_reading = FolderReading(self._connection, self._folder, self.name, pause=pause)
        try:
            examined = folder_reading.begin()
        except ImapRefused as error:
            raise self._not_opened(error) from error
        if self._validity != (validity := examined.uid_validity or _NOT_NUMBERED):
            self._validity, self._notes = validity, {}
        with reading(self._engine) as session:
            known = standing(session, self.name, self._validity, all_again=all_again)
        if examined.uid_validity is None and whole:  # its UIDs may mean other mails each time
            known = FolderStanding()
        self._last = known.last_uid
        try:
            there = folder_reading.listing(known.last_uid + 1)
        except ImapRefused as error:
            raise self._not_listed(error) from error
        new = [uid for uid in there if uid > known.last_uid and uid not in known.beyond]
        sizes = folder_reading.sizes_of([*new, *known.waiting])
        self._expect(len(new) + len(known.waiting))
        groups = [*_groups(new, sizes), *_groups(known.waiting, sizes, again=True)]
        self._take(folder_reading, groups)
        if examined.uid_validity is None:
            self._tally.problem(
                Problem(
                    "inbox.no-validity",
                    "the server does not number its mails for good (no UIDVALIDITY): all of it is read each time",
                    where=self.name,
                    remedy="It works, only slowly; ask the provider.",
                )
            )

    def _not_opened(self, error: ImapRefused) -> Exception:
        """Return what it means that the folder was not opened: only some refusals are about its name."""
        if error.code in PASSING:
            return ImapConnectionLost(str(error))
        if error.code in _OF_THE_SERVER:
            return self._not_listed(error)
        return SettingsError(
            "inbox.no-folder",
            "The mail server has no folder {imap_folder!r} that can be read: {error}.",
            imap_folder=self._folder.name,
            error=error,
            remedy="Correct imap_folder or imap_folders.",
        )

    def _not_listed(self, error: ImapRefused) -> ServerFault:
        return ServerFault(
            "inbox.not-listed",
            "The mail server does not say which mails are in {name}: {error}.",
            name=self.name,
            error=error,
            remedy="Look into the folder with a mail program; its provider may have to mend it.",
        )

    def _expect(self, mails: int) -> None:
        """Count the mails that there are; of a reading that was begun anew only those that are beyond the first."""
        more = max(0, len(self._notes) + mails - self._found)
        self._found += more
        self._tally.expect(more)

    def _take(self, folder_reading: FolderReading, groups: Sequence["_Group"]) -> None:
        parts: deque[tuple[_Group, Part]] = deque()
        # In this order: a process is best copied while it has one thread.
        with Helper(sum(len(group.uids) for group in groups)) as helper, ThreadPoolExecutor(1) as fetcher:
            for batch in helper.in_turn(self._fetched_ahead(folder_reading, groups, fetcher, parts)):
                group, part = parts.popleft()
                note = partial(self._note, group=group, part=part, batch=batch)
                take_all(
                    self._engine,
                    batch,
                    record=self._record,
                    tally=self._tally,
                    progress=self._progress,
                    also=note,
                    team=self._settings.team,
                )

    def _fetched_ahead(
        self,
        folder_reading: FolderReading,
        groups: Sequence["_Group"],
        fetcher: ThreadPoolExecutor,
        parts: deque[tuple["_Group", Part]],
    ) -> Iterator[list[RawMail]]:
        """Yield the mails of each group, while those of the next one are fetched; its part goes to `parts`."""
        coming = [fetcher.submit(folder_reading.fetch, group.wanted) for group in groups[:1]]
        for number, group in enumerate(groups, start=1):
            part = coming.pop().result()
            if part.fault is None:
                coming = [fetcher.submit(folder_reading.fetch, one.wanted) for one in groups[number : number + 1]]
            parts.append((group, part))
            yield [RawMail(f"{self.name}, UID {uid}", raw, self._folder.is_junk) for uid, raw in part.mails]
            if part.fault is not None and not (group.again and is_about_mails(part.fault)):
                raise part.fault
            if part.fault is not None:
                return  # all that is new has been read

    def _note(self, session: Session, *, group: "_Group", part: Part, batch: Sequence[Prepared]) -> None:
        """Write down what became of the mails of a group, in the transaction that takes them in."""
        odd = part.odd | {uid: self._too_large(uid) for uid in group.too_large}
        came = {uid for uid, _raw in part.mails}
        rest = set(part.rest)
        done = [uid for uid in group.uids if uid not in rest]
        left = self._left(session, part, batch)
        notes: dict[int, UidNote] = {}
        for uid in done:
            one = odd.get(uid)
            reason = one.problem.what if one is not None and one.problem is not None else ""
            if uid in left:
                notes[uid] = UidNote(UidState.LEFT, reason)
            elif one is not None:
                notes[uid] = UidNote(one.state, reason, uid in group.too_large)
            else:
                notes[uid] = UidNote(UidState.TAKEN if uid in came else UidState.GONE, reason)
        # What was not got round to is still ahead, whatever came after it.
        self._last = max(self._last, min(rest) - 1 if rest else max(group.uids))
        # Elsewhere it may be the provider's own copy of what went out, which proves nothing.
        if self._folder.is_junk or self._folder.name.upper() == "INBOX":
            note_back(session, self._settings, [one.finding.message_id for one in batch])
        note_uids(session, self.name, self._validity, notes, last_uid=self._last)
        self._notes |= notes
        self._problems |= {uid: one.problem for uid, one in odd.items() if one.problem is not None}

    def _left(self, session: Session, part: Part, batch: Sequence[Prepared]) -> set[int]:
        """Return which mails of a folder for spam were not taken in: they concern nobody."""
        if not self._folder.is_junk:
            return set()
        there = kept(session, [one.digest for one in batch])
        kept_uids = {uid for (uid, _), one in zip(part.mails, batch, strict=True) if one.digest in there}
        return {uid for uid, _ in part.mails} - kept_uids

    def _too_large(self, uid: int) -> Odd:
        problem = Problem(
            "mail.too-large",
            "it is larger than {most} MB and was not read",
            most=MOST_BYTES // 1_000_000,
            where=f"{self.name}, UID {uid}",
            remedy="Record the answer by hand.",
        )
        return Odd(UidState.UNREADABLE, problem)

    def ends(self, began: datetime) -> None:
        """Note that the folder was read to its end, as it was at a moment."""
        with writing(self._engine) as session:
            if not self._notes:
                note_uids(session, self.name, self._validity, {}, last_uid=None)
            note_read(session, self.name, at=began)

    def fails(self, error: OutreachError) -> None:
        """Note why the folder could not be read to its end."""
        self._trouble = KeptSentence.of(error.says)
        if not self._folder.is_named:
            self._tally.problem(Problem.of(error.says, where=self.name, remedy=error.remedy))
        with writing(self._engine) as session:
            note_read(session, self.name, trouble=self._trouble)

    def told(self) -> FolderRead:
        """Return what became of it, and tell what is odd."""
        for _, problem in sorted(self._problems.items()):
            self._tally.problem(problem)
        by_state: dict[UidState, list[int]] = {state: [] for state in UidState}
        for uid, note in self._notes.items():
            by_state[note.state].append(uid)
        return FolderRead(
            self._folder.name, self._found, len(by_state[UidState.TAKEN]),
            tuple(sorted(by_state[UidState.UNREADABLE])), tuple(sorted(by_state[UidState.GONE])),
            len(by_state[UidState.LEFT]), self._trouble,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Group:
    """Some mails that are fetched together, and which of them are too large for that."""

    uids: tuple[int, ...]
    too_large: frozenset[int]
    again: bool
    """Whether they could not be had at an earlier reading."""

    @property
    def wanted(self) -> tuple[int, ...]:
        return tuple(uid for uid in self.uids if uid not in self.too_large)


def _groups(uids: Sequence[int], sizes: Mapping[int, int], *, again: bool = False) -> Iterator[_Group]:
    too_large = frozenset(uid for uid in uids if sizes.get(uid, 0) > MOST_BYTES)
    group: list[int] = []
    size, most = 0, min(_FIRST_BATCH, BATCH)
    for uid in uids:
        mine = 0 if uid in too_large else sizes.get(uid) or _LARGE_BYTES
        if group and (len(group) >= most or size + mine > BATCH_BYTES):
            yield _Group(tuple(group), too_large & set(group), again)
            group, size, most = [], 0, min(2 * most, BATCH)
        group.append(uid)
        size += mine
    if group:
        yield _Group(tuple(group), too_large & set(group), again)
