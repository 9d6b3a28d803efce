"""A letter as it was frozen, read back for showing: its page, and what goes with it."""

import email
import email.policy
from dataclasses import dataclass
from email.message import Message

from outreach.letters.folder import Attachment


@dataclass(frozen=True, slots=True)
class ReadLetter:
    """The parts of a frozen letter that a person looks at."""

    page: str
    """Its HTML; empty where it has none."""
    text: str
    attachments: tuple[Attachment, ...]


def read_letter(raw: bytes) -> ReadLetter:
    """Read the bytes of a message of ours (RFC 5322, RFC 2046)."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    return ReadLetter(
        page=str(html.get_content()) if html is not None else "",
        text=str(plain.get_content()) if plain is not None else "",
        attachments=tuple(
            Attachment(part.get_filename() or "", part.get_content_type(), _content(part))
            for part in mail.iter_attachments()
        ),
    )


def _content(part: Message) -> bytes:
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""
