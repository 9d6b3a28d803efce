"""The archive: a copy of each live letter to an address of the team's own, by a transaction of its own.

It is no second recipient of the letter: what the archive refuses must not matter to a mission. So the copy goes once
the mail server has taken the letter, as the same bytes, with nothing in them that names the archive. It is recorded
when the server has taken it; where that record is lost with the program, the archive gets the copy once more, under the
same Message-ID, rather than not at all.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, update
from sqlmodel import Session, col

from outreach import clock
from outreach.database import reading
from outreach.errors import OutreachError, SettingsError
from outreach.missions.own import foreign, own_domains
from outreach.models import Message
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.connection import Connection, unmarked
from outreach.outbox.copies import Copied, CopiesNow, CopyPlace, Keeping, copies_now, kept, lacking
from outreach.outbox.dkim_signing import Signer
from outreach.outbox.outcome import Verdict
from outreach.outbox.sent_bytes import SentLetter, sent_bytes
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings, mailbox

_OF_THIS_LETTER = (Verdict.REFUSED, Verdict.REFUSED_UNSEEN, Verdict.NO_SMTPUTF8)
_MOST_REFUSED = 3
"""After so many refusals in a row the archive takes nothing now."""


def archives(settings: Settings) -> bool:
    """Tell whether letters go to an archive under these settings: live ones only."""
    return bool(settings.archive and settings.live and settings.smtp_host)


def archive_now(session: Session, settings: Settings) -> CopiesNow | None:
    """Return how the archive's copies are getting on; None where there is no archive."""
    return copies_now(session, CopyPlace.ARCHIVE, settings.archive) if archives(settings) else None


def require_own_archive(session: Session, settings: Settings) -> None:
    """Raise SettingsError where the archive is a mission's address, or lies in a domain where a mission has its box."""
    found = foreign(session, settings.archive, own_domains(settings))
    if found is not None:
        raise SettingsError(
            "settings.archive",
            "The setting archive names an address that may be a mission's: {address} ({found}). Nothing goes there.",
            address=settings.archive,
            found=str(found),
            remedy="Name an address of your own, at your own domain: that of from or reply_to.",
        )


def archive_sent(
    engine: Engine,
    settings: Settings,
    server: SmtpServer,
    *,
    seconds: float | None = None,
    stop: Callable[[], bool] = lambda: False,
    at_once: bool = False,
) -> Copied:
    """Send the archive its copy of what went out; return what came of it. As for `inbox.filing.file_sent`.

    It waits for the server and for the database: not for a thread on which an event loop runs.
    """
    result = Copied()
    if not archives(settings) or server.embedded:
        return result
    with reading(engine) as session:
        due = lacking(session, CopyPlace.ARCHIVE, clock.now())
        now = copies_now(session, CopyPlace.ARCHIVE, settings.archive)
    if not due and not now.trouble:
        return result
    until = None if seconds is None else time.monotonic() + seconds

    def over() -> bool:
        return stop() or (until is not None and time.monotonic() > until)

    with kept(engine, CopyPlace.ARCHIVE, settings.archive, result, at_once=at_once) as keeping:
        if keeping is not None and due:
            try:
                with reading(engine) as session:
                    require_own_archive(session, settings)
                archiving = _Archiving(settings, server, keeping, result, Signer.configured(settings), over)
                asyncio.run(archiving.send([one.id for one in due]))
            except OutreachError as error:
                result.trouble = str(error)
    result.left = len(due) - result.made
    return result


@dataclass(slots=True)
class _Archiving:
    """One pass over one connection."""

    settings: Settings
    server: SmtpServer
    keeping: Keeping
    result: Copied
    signer: Signer | None
    over: Callable[[], bool]

    async def send(self, numbers: Sequence[int]) -> None:
        """Send the copies of letters, until some in a row were refused. Raises ServerFault."""
        connection = Connection(self.server)
        refused = 0
        try:
            for number in numbers:
                if self.over() or refused >= _MOST_REFUSED:
                    return
                with reading(self.keeping.engine) as session:
                    (letter,) = sent_bytes(session, [number], self.signer)
                outcome = await connection.deliver(self._claimed_letter(letter), unmarked)
                if outcome.verdict is Verdict.ACCEPTED:
                    self._note(number)
                    refused = 0
                    continue
                refused += 1 if outcome.verdict in _OF_THIS_LETTER else _MOST_REFUSED
                words = outcome.reply or str(outcome.verdict)
                self.result.trouble = f"The archive {self.settings.archive} got no copy: {words.rstrip('.')}."
        finally:
            await connection.close()

    def _claimed_letter(self, letter: SentLetter) -> ClaimedLetter:
        # Without the letter's own tag, and with no report asked for: what comes back of this copy says nothing of it.
        sender = mailbox(self.settings.bounce_address or self.settings.sender)[1]
        return ClaimedLetter.unqueued(
            letter.message_id, sender, [self.settings.archive], letter.wire, smtputf8=letter.smtputf8, unreported=True
        )

    def _note(self, number: int) -> None:
        change = update(Message).where(col(Message.id) == number).values(archived_at=clock.now())
        self.keeping.write(lambda session: session.connection().execute(change))
        self.result.made += 1
