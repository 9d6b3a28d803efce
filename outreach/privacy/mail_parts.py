"""What a mail has to do with a person: it is from them, to or about them, or it mentions them. Its bytes are read."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from outreach.inbox.decoding import addresses, header, part_text
from outreach.inbox.mime_reader import MimePart, parse
from outreach.privacy.identity import NaturalPerson
from outreach.text import address_key
from outreach.vocabulary import MailKind

_ABOUT_AN_ADDRESS = frozenset({MailKind.BOUNCE, MailKind.DELAYED, MailKind.DELIVERED, MailKind.COMPLAINT})
_WRITERS = ("from", "sender", "reply-to")
_READERS = ("to", "cc", "bcc", "delivered-to", "x-original-to", "final-recipient")
_MOST_TEXT = 1 << 21


class Concern(StrEnum):
    """What a person has to do with a mail."""

    FROM = "from"
    TO = "to"
    MENTIONED = "mentioned"


def parts_of(person: NaturalPerson, row: Any, files: Sequence[str]) -> tuple[Concern | None, bool]:
    """Return what a mail's row has to do with a person, None for nothing; and whether that is only likely.

    `files` are the names and words of its attachments, and the ways by which it came.
    """
    mail = parse(row.raw) if row.raw else None
    writers = _addressed(mail, _WRITERS) | ({address_key(row.sender)} if row.sender else set())
    if any(map(person.has_address, writers)):
        return Concern.FROM, False
    about = row.ours or row.kind in _ABOUT_AN_ADDRESS
    if about and any(map(person.has_address, _addressed(mail, _READERS))):
        return Concern.TO, False
    columns = (row.subject, row.source, row.basis, row.body, row.findings, row.candidates, row.page, *files)
    if any(value and person.redacted_value(value) != value for value in columns) or in_bytes(person, row.raw, mail):
        return (Concern.TO if about else Concern.MENTIONED), False
    if mail is not None and any(person.may_be_named(name) for name in _names(mail)):
        return Concern.FROM, True
    if any(person.may_be_in(text) for text in (row.subject, row.body)):
        return Concern.MENTIONED, True
    return None, False


def _addressed(mail: MimePart | None, fields: Sequence[str]) -> set[str]:
    if mail is None:
        return set()
    return {address_key(one) for name in fields for value in mail.all(name) for one in addresses(value)}


def _names(mail: MimePart) -> Iterator[str]:
    """The names that stand with the address in From."""
    for value in mail.all("from"):
        name = header(value).rpartition("<")[0].strip(" \"'")
        if name:
            yield name


def in_bytes(person: NaturalPerson, raw: bytes, mail: MimePart | None) -> bool:
    """Whether the bytes of a mail bear the person, however they are encoded; the words of files are kept beside it."""
    small = raw.lower()
    if any(key.encode() in small for key in person.keys):
        return True
    if mail is None:
        return bool(person.spans(raw.decode("utf-8", "replace")))
    return any(person.spans(text) for text in _texts(mail))


def _texts(part: MimePart) -> Iterator[str]:
    yield "\n".join(header(value) for values in part.fields.values() for value in values)
    if part.parts:
        for one in part.parts:
            yield from _texts(one)
    elif part.type.startswith(("text/", "message/")):
        yield part_text(part, _MOST_TEXT)
