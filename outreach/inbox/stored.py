"""One mail that was taken in, as the rooms that act on it need it: what it is, its number, its letter."""

from datetime import datetime, timedelta
from typing import NamedTuple

from outreach.inbox.finding import MailFinding
from outreach.inbox.known import KnownLetter
from outreach.inbox.match import Candidate
from outreach.inbox.proof import SPEAKERS, Certainty, Proof, certainty, counts, weighed
from outreach.vocabulary import Answering, Confidence, MailKind, Speaker

_ZONES = timedelta(days=1)


def is_before(finding: MailFinding, letter: KnownLetter) -> bool:
    """Tell whether what a mail passes on was written before the letter went out, and so is no answer to it.

    A day is left for the zones that the two are told in.
    """
    if finding.written_on is None or letter.sent_at is None:
        return False
    return finding.written_on < letter.sent_at.date() - _ZONES


def in_doubt(found: Answering) -> Answering:
    """Return what would count as one that a person has to look at."""
    return Answering.DOUBTFUL if found is Answering.YES else found


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
    confidence: Confidence = Confidence.NONE
    """How sure it is that it belongs to that letter."""
    speaker: Speaker = Speaker.NOBODY
    candidates: tuple[Candidate, ...] = ()
    """Where it is in doubt: the letters that it may belong to."""
    confirmed: bool = False
    """Whether a person said so: then nothing of it is only likely."""

    @property
    def letter_certainty(self) -> Certainty:
        """How far it is proved that it is about that letter."""
        return Certainty.CERTAIN if self.confirmed else certainty(self.confidence)

    @property
    def counts(self) -> Answering:
        """Whether it counts as the mission's answer, by what it is and by what it proves."""
        if self.confirmed:  # that it answers that letter is said; what it is stays what it is
            return counts(self.finding.kind, self.finding.sub_kind)
        found = weighed(self.finding.counts, Proof(self.letter_certainty, SPEAKERS[self.speaker]))
        return in_doubt(found) if self.letter is not None and is_before(self.finding, self.letter) else found

    @property
    def kind(self) -> MailKind:
        """What the mail is."""
        return self.finding.kind
