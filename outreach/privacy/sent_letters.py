"""Letters that left, in whose bytes a person still stands: they are kept as proof, and told one by one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from outreach.inbox.decoding import part_text
from outreach.inbox.enclosed.attached import read_files_of
from outreach.inbox.mime_reader import MimePart, parse
from outreach.letters.faces.mime_writer import text_digest
from outreach.models import Campaign, Frozen, Message
from outreach.privacy.identity import NaturalPerson
from outreach.privacy.mail_parts import in_bytes

_ROWS = 50
_MOST_TEXT = 1 << 21


@dataclass(frozen=True, slots=True)
class BearingLetter:
    """A letter that was handed over, and bears a person's name or address."""

    id: int
    campaign: str
    iso3: str
    day: str
    """When it went out, in UTC: `2024-03-18`."""
    filed: bool
    """Whether a copy lies in the mail account's Sent folder."""
    archived: bool
    """Whether the archive has a copy."""

    def __str__(self) -> str:
        return f"letter {self.id}  {self.campaign}  {self.iso3}  {self.day}".rstrip()


def letters_bearing(session: Session, person: NaturalPerson, signed: Collection[int]) -> tuple[BearingLetter, ...]:
    """Return the letters that left and bear the person: in header or text, in the PDF where the letter is there alone.

    `signed` are letters that are known to bear the name, by the list of those who signed them.
    """
    columns: tuple[Any, ...] = (
        Message.id, Message.iso3, Message.text_digest, Message.sent_at, Message.dated_at, Message.filed_at,
        Message.archived_at, Campaign.name, Frozen.raw,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Frozen, col(Frozen.message_id) == col(Message.id))
        .where(col(Message.dated_at).is_not(None) | col(Message.sent_at).is_not(None))
        .order_by(col(Message.id))
    )
    found: list[BearingLetter] = []
    unread: list[tuple[BearingLetter, MimePart]] = []
    for row in session.execute(query.execution_options(yield_per=_ROWS)):
        at = row.sent_at or row.dated_at
        one = BearingLetter(
            row.id, row.name, row.iso3, f"{at:%Y-%m-%d}", row.filed_at is not None, row.archived_at is not None
        )
        mail = parse(row.raw)
        if row.id in signed or in_bytes(person, row.raw, mail):
            found.append(one)
        elif mail is not None and row.text_digest and row.text_digest not in _digests(mail):
            unread.append((one, mail))
        if len(unread) == _ROWS:
            found += _in_files(person, unread)
            unread = []
    return tuple(sorted([*found, *_in_files(person, unread)], key=lambda one: one.id))


def _digests(mail: MimePart) -> set[str]:
    return {text_digest(part_text(part, _MOST_TEXT)) for part in mail.own() if part.type == "text/plain"}


def _in_files(person: NaturalPerson, mails: Sequence[tuple[BearingLetter, MimePart]]) -> list[BearingLetter]:
    """Those of some letters whose files bear the person."""
    read = read_files_of([mail for _, mail in mails])
    return [
        one
        for (one, _), files in zip(mails, read, strict=True)
        if any(person.spans(" ".join(file.words.split())) for file in files)
    ]
