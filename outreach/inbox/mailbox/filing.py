"""A copy of each live letter in the mailbox's Sent folder: appended once, by Message-ID (RFC 9051, 6.3.12; RFC 6154).

It comes after the sending and apart from it. Before letters are appended they are looked for in the folder, and it is
written down that they are begun (`filing_at`): whoever is killed between the append and its record finds the copy
there. What may be on its way still, as after a break in the middle of an append, is left alone for a minute.

A provider that files by itself is known by its host, or by what is seen: the first letter is looked for a quarter of a
minute after it went out, and nothing is appended where it lies there.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, update
from sqlmodel import col

from outreach import clock
from outreach.database import reading
from outreach.errors import OutreachError, SettingsError
from outreach.inbox.mailbox.imap_login import breaking, logged_in, said
from outreach.inbox.mailbox.imap_wire import ImapConnectionLost
from outreach.inbox.mailbox.sent import found_in_folder, sent_folder
from outreach.inbox.mailbox.whether_to_file import box_of, files
from outreach.models import Message
from outreach.outbox.copies import Copied, CopiesNow, CopyPlace, Keeping, Lacking, copies_now, kept, lacking
from outreach.outbox.dkim_signing import Signer
from outreach.outbox.sent_bytes import SentLetter, sent_bytes
from outreach.sentences import KeptSentence
from outreach.settings import CopyInSent, Settings

if TYPE_CHECKING:
    from imapclient import IMAPClient

_AT_ONCE = 20
_TIMEOUT_SECONDS = 20
_MOST_REFUSED = 3
"""After so many refusals in a row the folder takes nothing now."""
_LOOK_SECONDS = 0.1
SHOWS = timedelta(seconds=15)
"""So long after a letter went out the provider's own copy of it has to lie there, as long as it is not known whether it
makes any."""
SHOWS_LATE = timedelta(minutes=10)
"""The same for a provider that was seen to make them: it may be slow."""
SETTLES = timedelta(minutes=1)
"""So long after an append that broke off the server may still carry it out."""


def file_sent(
    engine: Engine,
    settings: Settings,
    *,
    seconds: float | None = None,
    stop: Callable[[], bool] = lambda: False,
    at_once: bool = False,
) -> Copied:
    """Put what went out into the Sent folder, where it does not lie there yet; return what came of it.

    It ends after so many `seconds`, or between two letters once `stop` says so: the next time goes on. With `at_once`
    it is tried though the last try failed a moment ago. Nothing is raised for a mailbox that takes no copy or can't be
    reached: that is the result's trouble, and is kept for `status`. One process files at a time.
    """
    result = Copied()
    if not files(settings):
        return result
    with reading(engine) as session:
        due = lacking(session, CopyPlace.SENT, clock.now())
        now = copies_now(session, CopyPlace.SENT, box_of(settings))
    if not due and not now.trouble:
        return result
    until = None if seconds is None else time.monotonic() + seconds

    def over() -> bool:
        return stop() or (until is not None and time.monotonic() > until)

    if due and until is not None:
        _wait_for_the_first(due, now, settings, until, stop)
    with kept(engine, CopyPlace.SENT, box_of(settings), result, at_once=at_once) as keeping:
        if keeping is not None and due:
            try:
                with logged_in(settings, timeout=_TIMEOUT_SECONDS) as client, breaking():
                    _Filing(client, keeping, settings, result, over).file(due)
            except (OutreachError, ImapConnectionLost) as error:
                result.trouble = KeptSentence.of(error.whole()) if isinstance(error, OutreachError) else str(error)
    result.left = len(due) - result.made - result.found
    return result


class _Filing:
    """One pass over one connection."""

    def __init__(
        self, client: "IMAPClient", keeping: Keeping, settings: Settings, result: Copied, over: Callable[[], bool]
    ) -> None:
        self._client, self._keeping, self._result, self._over = client, keeping, result, over
        self._signer = Signer.configured(settings)
        self._asked = settings.copy_in_sent is CopyInSent.YES
        self._refused = 0

    def file(self, due: Sequence[Lacking]) -> None:
        """File the letters. Raises SettingsError where there is no such folder."""
        folder = sent_folder(self._client)
        if folder is None:
            raise SettingsError(
                "filing.no-folder",
                "The mailbox names no folder for what was sent, so that no copy can be put there.",
                remedy='Make a folder "Sent" in your mail program, or set copy_in_sent = false.',
            )
        self._client.select_folder(folder, readonly=True)
        for start in range(0, len(due), _AT_ONCE):
            if self._over() or self._refused >= _MOST_REFUSED:
                return
            self._file_some(folder, due[start : start + _AT_ONCE])

    def _file_some(self, folder: str, some: Sequence[Lacking]) -> None:
        self._client.noop()  # so that what came since the folder was opened is found too
        there = found_in_folder(self._client, [one.message_id for one in some])
        found = [one for one in some if one.message_id in there]
        if found:
            self._note([one.id for one in found], filed_at=clock.now())
            self._result.found += len(found)
            if any(one.begun_at is None for one in found):  # it was not us
                self._keeping.saw(by_itself=True)
        now = clock.now()
        absent = [one for one in some if one.message_id not in there]
        ready = [one for one in absent if self._is_ready(one, now)]
        if not self._asked and self._keeping.by_itself is None and ready:
            self._keeping.saw(by_itself=False)
            ready = [one for one in absent if self._is_ready(one, now)]
        if ready:
            self._append_all(folder, [one.id for one in ready])

    def _is_ready(self, one: Lacking, now: datetime) -> bool:
        """Whether a letter that does not lie there would not come to lie there by itself."""
        if one.begun_at is not None and now - one.begun_at < SETTLES:
            return False
        if self._asked or self._keeping.by_itself is False:
            return True
        return now - one.sent_at >= (SHOWS_LATE if self._keeping.by_itself else SHOWS)

    def _append_all(self, folder: str, numbers: Sequence[int]) -> None:
        self._note(numbers, filing_at=clock.now())
        with reading(self._keeping.engine) as session:
            letters = sent_bytes(session, numbers, self._signer)
        filed: list[int] = []
        begun: int | None = None
        try:
            for letter in letters:
                if self._over() or self._refused >= _MOST_REFUSED:
                    break
                begun = letter.id
                if self._append(folder, letter):
                    filed.append(letter.id)
                begun = None
        finally:  # what broke off in the middle of an append stays noted: it may lie there
            self._result.made += len(filed)
            self._note(filed, filed_at=clock.now())
            self._note([one for one in numbers if one not in filed and one != begun], filing_at=None)

    def _append(self, folder: str, letter: SentLetter) -> bool:
        """Append one letter, as read; False where the server says that it does not take it."""
        try:
            self._client.append(folder, letter.wire, (b"\\Seen",), letter.sent_at)
        except self._client.AbortError:
            raise
        except self._client.Error as error:
            self._refused += 1
            self._result.trouble = KeptSentence(
                "filing.refused", "The folder {folder} takes no copy of {letter}: {said}.", folder=folder,
                letter=letter.message_id, said=said(error),
            )  # fmt: skip
            return False
        self._refused = 0
        return True

    def _note(self, numbers: Sequence[int], **values: Any) -> None:
        if numbers:
            change = update(Message).where(col(Message.id).in_(numbers)).values(**values)
            self._keeping.write(lambda session: session.connection().execute(change))


def _wait_for_the_first(
    due: Sequence[Lacking], now: CopiesNow, settings: Settings, until: float, stop: Callable[[], bool]
) -> None:
    """Where it is not known whether the provider files by itself: wait until that can be seen, if there is the time."""
    if settings.copy_in_sent is CopyInSent.YES or now.by_itself is not None:
        return
    seen = time.monotonic() + (due[0].sent_at + SHOWS - clock.now()).total_seconds()
    while seen < until and time.monotonic() < seen and not stop():
        time.sleep(_LOOK_SECONDS)
