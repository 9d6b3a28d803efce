"""One mail that was taken in, as the rooms that act on it need it: what it is, its number, its letter."""

from datetime import datetime
from typing import NamedTuple

from outreach.inbox.finding import MailFinding
from outreach.inbox.known import KnownLetter
from outreach.vocabulary import MailKind


class StoredMail(NamedTuple):
    """One mail with its row in the database."""

    id: int
    source: str
    received_at: datetime
    ingested_at: datetime
    finding: MailFinding
    letter: KnownLetter | None
    basis: str
    proved: bool = False
    """Whether it bears the Message-ID or the tag of the letter: that must have arrived somewhere."""
    ours: bool = False
    """Whether it is one of our own mails, which says nothing of a mission."""

    @property
    def kind(self) -> MailKind:
        """What the mail is."""
        return self.finding.kind
