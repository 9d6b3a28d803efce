"""A letter as it was frozen, read back for showing: its page, and what goes with it."""

import base64
import binascii
import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message, MIMEPart
from typing import NamedTuple

from outreach.letters.folder import LetterAttachment

_TEXT = re.compile(
    rb"\r\n--(=_[0-9a-f]+)\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n"
    rb"Content-Transfer-Encoding: (7bit|quoted-printable|base64)\r\n\r\n"
)
_DECODED: dict[bytes, Callable[[bytes], bytes]] = {
    b"7bit": bytes,
    b"quoted-printable": binascii.a2b_qp,
    b"base64": binascii.a2b_base64,
}
_FLOWING = re.compile(r"^ | +(?=\r?$)", re.MULTILINE)
_MIXED = re.compile(rb'\r\nContent-Type: multipart/mixed;\r\n boundary="([^"\r\n]+)"$')


@dataclass(frozen=True, slots=True)
class ReadLetter:
    """The parts of a frozen letter that a person looks at."""

    page: str
    """Its HTML; empty where it has none."""
    text: str
    attachments: tuple[LetterAttachment, ...]


_PDF = b"JVBERi0"
"""`%PDF-` (ISO 32000-2, 7.5.2) in base64."""


class Enclosed(NamedTuple):
    """What a page tells of a file that goes with a letter."""

    name: str
    media_type: str
    size: int
    """In bytes, as decoded."""
    is_pdf: bool
    """Whether it begins as a PDF does, whatever its name and type say."""


def enclosed(raw: bytes) -> list[Enclosed]:
    """Return what goes with a message of ours, without decoding it: told from the heads of its parts.

    `outreach.letters.faces.mime_writer.build` puts the words first, and each file behind them in base64.
    """
    head, _, content = raw.partition(b"\r\n\r\n")
    mixed = _MIXED.search(head)
    if mixed is None:
        return []
    boundary = b"--" + mixed[1]
    found = []
    for part in content.partition(boundary + b"--")[0].split(boundary + b"\r\n")[2:]:
        lines, _, body = part.partition(b"\r\n\r\n")
        headers = email.message_from_bytes(lines, policy=email.policy.default)
        letters = len(body) - body.count(b"\r") - body.count(b"\n")
        size = letters * 3 // 4 - body.count(b"=", -8)
        found.append(Enclosed(headers.get_filename() or "", headers.get_content_type(), size, body.startswith(_PDF)))
    return found


def read_letter(raw: bytes) -> ReadLetter:
    """Read the bytes of a message of ours (RFC 5322, RFC 2046)."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    return ReadLetter(
        page=_with_pictures(mail, str(html.get_content())) if html is not None else "",
        text=_unstuffed(plain) if plain is not None else "",
        attachments=tuple(
            LetterAttachment(part.get_filename() or "", part.get_content_type(), _content(part))
            for part in mail.iter_attachments()
        ),
    )


def text_of(raw: bytes) -> str:
    """Return the text of a message of ours alone, also where its later parts are cut off; empty where it has none.

    Hundreds are compared at a time: what `mime_writer.build` puts first is read without a look at what follows.
    """
    found = _TEXT.search(raw)
    if found is not None:
        body, end, _ = raw[found.end() :].partition(b"\r\n--" + found[1])
        if not end:  # cut off, perhaps within a sign
            body = body.rpartition(b"\r\n")[0]
        return _without_flowing(_DECODED[found[2]](body).decode("utf-8", "replace"))
    plain = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
    return "" if plain is None else _unstuffed(plain)


def _unstuffed(part: MIMEPart) -> str:
    """The words of a text, without what flowing adds to them (RFC 3676, 4.3 and 4.4)."""
    text = str(part.get_content())
    return _without_flowing(text) if part.get_param("format") == "flowed" else text


def _without_flowing(text: str) -> str:
    return _FLOWING.sub("", text)


def _with_pictures(mail: Message, page: str) -> str:
    """The page with the pictures that came along in it, and not by their Content-IDs (RFC 2392)."""
    for part in mail.walk() if '"cid:' in page else ():
        name = str(part["Content-ID"] or "").strip("<> ")
        if name and part.get_content_maintype() == "image":
            data = base64.b64encode(_content(part)).decode()
            page = page.replace(f'"cid:{name}"', f'"data:{part.get_content_type()};base64,{data}"')
    return page


def _content(part: Message) -> bytes:
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""
