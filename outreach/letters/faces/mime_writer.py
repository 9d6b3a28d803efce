"""A letter as the bytes of a mail (RFC 5322, MIME), written once and in full.

The bytes are assembled by hand and not by email.message.EmailMessage, whose header parser takes more time than
all the rest of the merge. Everything that could break out of its place is refused here or encoded: no control
character enters a header (RFC 5322, 2.2), names and subjects are encoded words (RFC 2047), file names follow
RFC 2231 beside a plain one, bodies are 7bit, quoted-printable or base64 (RFC 2045, 6), plain text flows (RFC
3676). Line ends are CRLF throughout.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import encode_rfc2231, format_datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from outreach.errors import LetterError
from outreach.letters.faces.encoded_words import encoded, unstructured
from outreach.letters.faces.pictures import LetterPicture
from outreach.letters.faces.plain import flowed
from outreach.letters.folder import LetterAttachment
from outreach.text import domain_to_ascii

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_ATOM_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_BOUNDARY = re.compile(rb'^ boundary="(=_[0-9a-f]{32})"', re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^Message-ID: <[^>]*>", re.MULTILINE)
_FIELD = re.compile(rb"[!-9;-~]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
_ASCII = bytes(range(0x80))
_LONGEST_PLAIN_LINE = 78
_LONGEST_REMEMBERED = 20_000
_BASE64_LINE = 76
_LONGEST_NAME = 200
_LONGEST_FIELD = "Reply-To"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A name, possibly empty, and an address (RFC 5322, 3.4)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """The header fields of one letter."""

    sender: NameAddr
    reply_to: NameAddr | None
    to: tuple[NameAddr, ...]
    cc: tuple[NameAddr, ...]
    subject: str
    message_id: str
    language: str
    in_reply_to: str = ""
    """The Message-ID of the letter that it follows up, in the same thread; empty for a first letter."""


def new_message_id(sender_address: str) -> str:
    """Return a Message-ID that nobody else has (RFC 5322, 3.6.4), under the sender's domain."""
    return f"<{secrets.token_hex(16)}@{domain_to_ascii(sender_address.rpartition('@')[2])}>"


def tagged_address(address: str, message_id: str) -> str:
    """Return the address with a tag for one letter, `box+TAG@domain` (VERP): what comes to it is about that letter.

    The tag is an HMAC of the Message-ID: nobody can make one who has not seen the letter.
    """
    local, _, domain = address.rpartition("@")
    mark = hmac.new(message_id.encode(), b"bounce", "sha256").digest()[:10]
    return f"{local}+{base64.b32encode(mark).decode().lower()}@{domain}"


def needs_smtputf8(addresses: Iterable[str]) -> bool:
    """Tell whether an address has a local part that only an internationalised server takes (RFC 6531)."""
    return any(not address.rpartition("@")[0].isascii() for address in addresses)


def ascii_domain(address: str) -> str:
    """Return the address with its domain in ASCII, as it goes on the wire (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain_to_ascii(domain)}"


def build(
    envelope: HeaderFields,
    text: str,
    html: str | Sequence[str],
    attachments: Sequence[LetterAttachment] = (),
    pictures: Sequence[LetterPicture] = (),
) -> bytes:
    """Return the whole message but for its Date line, which is set when it is scheduled.

    The HTML may come in pieces: those that many letters share are encoded once. All but the last end with a line.
    `pictures` are those that the HTML names by their Content-ID.

    Raises LetterError for a control character in a header.
    """
    addresses = [box.address for box in (envelope.sender, *envelope.to, *envelope.cc)]
    raw_headers = needs_smtputf8(addresses)
    headers = [("From", _boxes([envelope.sender], raw=raw_headers))]
    if envelope.reply_to is not None:
        headers.append(("Reply-To", _boxes([envelope.reply_to], raw=raw_headers)))
    if envelope.to:
        headers.append(("To", _boxes(envelope.to, raw=raw_headers)))
    if envelope.cc:
        headers.append(("Cc", _boxes(envelope.cc, raw=raw_headers)))
    headers += [
        ("Subject", _unstructured("Subject", envelope.subject, raw=raw_headers)),
        ("Message-ID", envelope.message_id),
        # RFC 5322, 3.6.4: the thread that a follow-up belongs to.
        *(
            [("In-Reply-To", envelope.in_reply_to), ("References", envelope.in_reply_to)]
            if envelope.in_reply_to
            else []
        ),
        ("MIME-Version", "1.0"),
        ("Content-Language", envelope.language),
    ]
    content = _alternative(text, html, pictures)
    if attachments:
        content = _multipart("mixed", [content, *(_attached(file) for file in attachments)])
    lines = "".join(f"{name}: {_checked(name, value)}\r\n" for name, value in headers)
    return lines.encode("utf-8") + content


def _checked(name: str, value: str) -> str:
    if _CONTROL.search(value.replace("\r\n ", "")):
        raise LetterError(
            "letter.header",
            "The {name} header holds a line break or control character.",
            name=name,
            remedy="Remove it.",
        )
    return value


def _unstructured(name: str, value: str, *, raw: bool) -> str:
    _checked(name, value)
    return value if raw else unstructured(value, name)


def _boxes(boxes: Iterable[NameAddr], *, raw: bool) -> str:
    return ",\r\n ".join(_box(box, raw=raw) for box in boxes)


@lru_cache(maxsize=1024)
def _box(box: NameAddr, *, raw: bool) -> str:
    address = ascii_domain(_checked("address", box.address))
    if not box.name:
        return address
    name = _checked("address", box.name)
    if len(name) > _LONGEST_NAME or not (name.isascii() or raw):  # only encoded words can be folded anywhere
        return f"{encoded(name, _LONGEST_FIELD)} <{address}>"
    if not _ATOM_PHRASE.fullmatch(name):
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        name = f'"{escaped}"'
    return f"{name} <{address}>"


def _alternative(text: str, html: str | Sequence[str], pictures: Sequence[LetterPicture]) -> bytes:
    page = _text_part("html", [html] if isinstance(html, str) else html)
    if pictures:  # RFC 2387: the root stands first, and its type is named
        page = _multipart('related; type="text/html"', [page, *map(_inline, pictures)])
    *paragraphs, last = text.split("\n\n")
    plain = _text_part("plain", [*[f"{one}\n\n" for one in paragraphs], last], "; format=flowed")
    return _multipart("alternative", [plain, page])


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    boundary = f"=_{secrets.token_hex(16)}"
    delimiter = f"--{boundary}\r\n".encode()
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    # The line break before a delimiter belongs to the delimiter (RFC 2046, 5.1.1).
    return head + b"".join(delimiter + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _text_part(kind: str, pieces: Sequence[str], parameters: str = "") -> bytes:
    parts = [
        _encoded(one, kind) if len(one) <= _LONGEST_REMEMBERED else _encoded.__wrapped__(one, kind) for one in pieces
    ]
    raw = b"".join([one.raw for one in parts])
    if all(one.goes_as_it_is for one in parts):
        encoding, body = "7bit", raw or b"\r\n"
    elif sum([one.beyond_ascii for one in parts]) * 6 > len(raw):
        encoding, body = "base64", _base64(raw)
    else:
        encoding, body = "quoted-printable", b"".join([one.quoted for one in parts])
    head = f"Content-Type: text/{kind}; charset=utf-8{parameters}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


class _Encoded(NamedTuple):
    """Whole lines of a text, as the encodings have them: they change nothing across lines."""

    raw: bytes
    quoted: bytes
    beyond_ascii: int
    goes_as_it_is: bool


@lru_cache(maxsize=1024)
def _encoded(words: str, kind: str) -> _Encoded:
    """Most paragraphs are the same in every letter, so those that came last are remembered."""
    lines = (flowed(words) if kind == "plain" else words).splitlines()
    raw = "".join([f"{line}\r\n" for line in lines]).encode("utf-8")
    # A space at the end of a line means something in flowed text, and some servers take it away: it is encoded.
    as_it_is = all(line.isascii() and len(line) <= _LONGEST_PLAIN_LINE and not line.endswith(" ") for line in lines)
    return _Encoded(raw, binascii.b2a_qp(raw, istext=True), len(raw.translate(None, _ASCII)), as_it_is)


def _base64(content: bytes) -> bytes:
    words = binascii.b2a_base64(content, newline=False)
    return b"".join([words[at : at + _BASE64_LINE] + b"\r\n" for at in range(0, len(words), _BASE64_LINE)])


def _attached(file: LetterAttachment) -> bytes:
    name = 'filename="{}"'.format(re.sub(r'(["\\])', r"\\\1", _in_ascii(file.name)))
    if not file.name.isascii():
        # A plain name beside it, for programs that read no other; readers that take the first one get the whole.
        name = f"filename*={encode_rfc2231(file.name, 'utf-8')};\r\n {name}"
    head = (
        f"Content-Type: {file.media_type}\r\n"
        f"Content-Disposition: attachment;\r\n {name}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + _base64(file.content)


def _inline(picture: LetterPicture) -> bytes:
    """A picture within the HTML (RFC 2392, RFC 2183); its name is for programs that show it as a file after all."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", _in_ascii(picture.name.rpartition("/")[2])) or "picture"
    head = (
        f"Content-Type: {picture.media_type}\r\n"
        f"Content-ID: <{picture.content_id}>\r\n"
        f'Content-Disposition: inline;\r\n filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + _base64(picture.content)


def _in_ascii(name: str) -> str:
    """A file's name in ASCII: without accents, and "attachment" where nothing of its words is left."""
    if name.isascii():
        return name
    stem, dot, kind = name.rpartition(".")
    apart = unicodedata.normalize("NFKD", stem if dot else name)
    plain = re.sub(r"[^\w.-]+", "_", apart.encode("ascii", "ignore").decode()).strip("_.-")
    suffix = f".{kind}" if dot and kind.isascii() and kind.isalnum() else ""
    return f"{plain or 'attachment'}{suffix}"


def text_digest(text: str) -> str:
    """Return the SHA-256, in hex, of the words of a letter's text: how it is laid out in lines does not matter.

    The subject is not in it: the same text under another subject is the same text.
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def same_letter(one: bytes, other: bytes) -> bool:
    """Tell whether two built messages are the same to the byte, but for what is drawn by lot for each of them.

    That is the Message-ID, and the boundaries between the parts.
    """
    return _without_lots(one) == _without_lots(other)


def _without_lots(raw: bytes) -> bytes:
    for place, lot in enumerate(dict.fromkeys(_BOUNDARY.findall(raw))):
        raw = raw.replace(lot, b"=_%d" % place)
    return _MESSAGE_ID.sub(b"Message-ID:", raw, count=1)


def readdressed(raw: bytes, old: str, new: str, message_id: str) -> bytes:
    """Return a built message with another address in its To or Cc, and another Message-ID; all else is as it was.

    The name beside the address stays. Raises LetterError where the old address stands in neither.
    """
    _checked("address", new)
    head, end, body = raw.partition(b"\r\n\r\n")
    # A mailbox ends its line; a name beside it is quoted or encoded, and ends none.
    mailbox = re.compile(rb"(?<=[< ])" + re.escape(old.encode()) + rb"(?=>?,?(?:\r\n|\Z))")
    fields = _FIELD.findall(head + b"\r\n")
    place = next((n for n, one in enumerate(fields) if one.startswith((b"To:", b"Cc:")) and mailbox.search(one)), None)
    if place is None:
        raise LetterError("letter.not-addressed", "The letter is not addressed to {old}.", old=old)
    fields[place] = mailbox.sub(lambda _: new.encode(), fields[place], count=1)
    head = b"".join(fields).removesuffix(b"\r\n")
    head = _MESSAGE_ID.sub(lambda _: b"Message-ID: " + message_id.encode(), head, count=1)
    return head + end + body


def retagged(envelope_from: str, message_id: str) -> str:
    """Return the reverse-path for another Message-ID: where it has a tag, the tag is made anew."""
    local, _, domain = envelope_from.rpartition("@")
    box, plus, tag = local.rpartition("+")
    is_tagged = plus and re.fullmatch(r"[a-z2-7]{16}", tag)
    return tagged_address(f"{box}@{domain}", message_id) if is_tagged else envelope_from


def dated(raw: bytes, moment: datetime, tz: ZoneInfo) -> bytes:
    """Return a built message with its Date line (RFC 5322, 3.6.1), in the given zone."""
    return _date_line(moment, tz) + raw


@lru_cache(maxsize=256)
def _date_line(moment: datetime, tz: ZoneInfo) -> bytes:
    """The same for most letters of a campaign."""
    return f"Date: {format_datetime(moment.astimezone(tz))}\r\n".encode()
