"""One mail, understood before anything is asked of the database: what it is, what its writer wrote, what it bears.

Nothing here knows a database, so that a process that does only this is there in a tenth of a second (see helper).
"""

from typing import NamedTuple

from outreach.inbox.classify import classified
from outreach.inbox.enclosures import File, files, page
from outreach.inbox.finding import MailFinding
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


def understood(raw: bytes) -> Understood:
    """Understand one mail. Takes any bytes, in bounded time, and never raises."""
    finding, mail = classified(raw)
    if mail is None or finding.kind not in (MailKind.REPLY, MailKind.AUTO_REPLY):
        return Understood(digest(raw), finding)
    try:
        whole = unmarked(mail, finding.text) if finding.kind is MailKind.REPLY else ""
        return Understood(digest(raw), finding, page(mail), files(mail), whole)
    except Exception:  # noqa: BLE001  (its words are there; only what comes with them can't be shown)
        return Understood(digest(raw), finding)


def prepared(mail: RawMail, found: Understood | None = None) -> Prepared:
    """Put a mail and what is understood of it together; without that, understand it."""
    source = mail.source.encode("utf-8", "replace").decode("utf-8")
    return Prepared(source, mail.raw, *(found or understood(mail.raw)), mail.is_junk)
