"""What was found in one incoming mail, as plain values without a database (tuples: processes pass them on cheaply)."""

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from outreach.inbox.meaning.meetings import Meeting
from outreach.vocabulary import Answering, MailKind, Position, SubKind


class NamedBy(StrEnum):
    """Where a mail names the message that it is about."""

    NOTHING = ""
    IN_REPLY_TO = "In-Reply-To"
    REFERENCES = "References"
    RETURNED = "returned message"


class RecipientFinding(NamedTuple):
    """What a report says of one recipient."""

    address: str
    """The address that was written to, where the report tells it; else the one that failed; else empty."""
    status: str = ""
    """The enhanced status code (RFC 3463), or empty."""
    permanent: bool | None = None
    """Whether trying again is useless; None where it is unknown, or where nothing failed."""
    diagnostic: str = ""
    """The server's words, on one line."""
    kind: MailKind = MailKind.BOUNCE
    """What became of this recipient: bounce, delayed, delivered or complaint."""


class ToldPosition(NamedTuple):
    """A position, and the sentence that tells it."""

    position: Position
    sentence: str
    named: tuple[str, ...] = ()
    """The countries by which missions name themselves in these words, in plain letters."""


class Proposed(NamedTuple):
    """What a person's words propose."""

    position: ToldPosition | None = None
    """The position that they tell; None where they tell none."""
    opt_out: str = ""
    """The sentence that asks for no more letters; empty where none does."""
    writer: str = ""
    """Of a forward: the address whose words these are; empty for the mail's sender."""


class MailFinding(NamedTuple):
    """One incoming mail, understood."""

    kind: MailKind
    recipients: tuple[RecipientFinding, ...] = ()
    in_reply_to: str = ""
    """The Message-ID of the message that this mail is about, with angle brackets; or empty."""
    named_by: NamedBy = NamedBy.NOTHING
    text: str = ""
    """What a person wrote, without quotes and signature."""
    sender: str = ""
    """The address in From, without a name."""
    to: tuple[str, ...] = ()
    """The addresses in To and Cc."""
    delivered_to: tuple[str, ...] = ()
    """The addresses that it was delivered to, by its trace: where a bounce address of ours stands, as in To."""
    subject: str = ""
    returns_on: dt.date | None = None
    """The day on which an automatic answer says that its writer is back."""
    date: dt.datetime | None = None
    """The Date header in UTC."""
    message_id: str = ""
    """The mail's own Message-ID."""
    references: tuple[str, ...] = ()
    """Every Message-ID in In-Reply-To and References, the nearest first."""
    proposes: Proposed = Proposed()
    """What a person's words propose."""
    sub_kind: SubKind | None = None
    """What else it is, where that matters to whoever reads it."""
    counts: Answering = Answering.NO
    """Whether it is an answer, as far as the mail itself shows: who speaks and of which letter is not asked here."""
    returned_subject: str = ""
    """The subject of the message that a report returns; or empty."""
    above: str = ""
    """Of a forward: what of the text who passes it on wrote above the original; the text begins with it."""
    writer: str = ""
    """Of a forward: the address of whoever wrote what is passed on; empty where it tells none."""
    written_on: dt.date | None = None
    """Of a forward: the day on which what is passed on was written, where it tells one."""
    new_addresses: tuple[str, ...] = ()
    """Other addresses that an automatic answer gives for a box that is closed, or a person who has left."""
    meeting: Meeting | None = None
    """The meeting that an invitation in it (text/calendar) speaks of."""
