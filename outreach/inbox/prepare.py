"""One mail, understood before anything is asked of the database: what it is, what its writer wrote, what it bears.

Nothing here knows a database, so that a process that does only this is there in a tenth of a second (see helper).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from outreach.inbox.classify import classified
from outreach.inbox.enclosed.attached import read_files_of
from outreach.inbox.enclosed.enclosures import File, files, page
from outreach.inbox.finding import MailFinding
from outreach.inbox.mime_reader import MimePart
from outreach.inbox.read import unmarked
from outreach.inbox.sources import digest
from outreach.vocabulary import MailKind


class RawMail(NamedTuple):
    """One mail as it came."""

    source: str
    """Where it lies, for a person to find it."""
    raw: bytes
    is_junk: bool = False
    """Whether it lay in the folder for spam: it is taken in only if it concerns a letter or somebody written to."""


class Understood(NamedTuple):
    """What one mail is and bears."""

    digest: str
    finding: MailFinding
    page: str = ""
    """Its HTML part, cleaned."""
    files: tuple[File, ...] = ()
    whole: str = ""
    """Its text with its quotes, where more than marked lines was left out of the finding's."""


class Prepared(NamedTuple):
    """One mail, and what it is and bears."""

    source: str
    raw: bytes
    digest: str
    finding: MailFinding
    page: str = ""
    files: tuple[File, ...] = ()
    whole: str = ""
    is_junk: bool = False


def understood(raw: bytes, *, read: bool = True) -> Understood:
    """Understand one mail. Takes any bytes, in bounded time, and never raises; `read`: with the words of its files."""
    return understood_all([raw])[0] if read else _understood(raw)[0]


def understood_all(mails: Iterable[bytes]) -> list[Understood]:
    """Do what `understood` does for many mails; their files are read together, by one process (see attached)."""
    found: list[Understood] = []
    bearing: list[tuple[int, MimePart]] = []
    for raw in mails:
        one, mail = _understood(raw)
        if one.files and mail is not None:
            bearing.append((len(found), mail))
        found.append(one)
    for (place, _), read in zip(bearing, read_files_of(mail for _, mail in bearing), strict=True):
        found[place] = found[place]._replace(files=read)
    return found


def _understood(raw: bytes) -> tuple[Understood, MimePart | None]:
    """Understand one mail, its files unread; return its parts with it where they can be had."""
    finding, mail = classified(raw)
    if mail is None or finding.kind not in (MailKind.REPLY, MailKind.AUTO_REPLY):
        return Understood(digest(raw), finding), None
    try:
        whole = unmarked(mail, finding.text) if finding.kind is MailKind.REPLY else ""
        return Understood(digest(raw), finding, page(mail), files(mail), whole), mail
    except Exception:  # noqa: BLE001  (its words are there; only what comes with them can't be shown)
        return Understood(digest(raw), finding), None


def prepared(mail: RawMail, found: Understood | None = None) -> Prepared:
    """Put a mail and what is understood of it together; without that, understand it."""
    source = mail.source.encode("utf-8", "replace").decode("utf-8")
    return Prepared(source, mail.raw, *(found or understood(mail.raw)), mail.is_junk)


def prepared_all(mails: Sequence[RawMail]) -> list[Prepared]:
    """Do what `prepared` does for many mails, their files read together."""
    return list(map(prepared, mails, understood_all(mail.raw for mail in mails)))
