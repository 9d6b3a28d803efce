"""DKIM signatures (RFC 6376, rsa-sha256, relaxed/relaxed), for a mail server that does not sign by itself."""

import base64
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from outreach.errors import SettingsError
from outreach.settings import Settings, mailbox

# What a reader sees or a program goes by. Signed twice over where it must not be added to (RFC 6376, 8.15).
_HEADERS = (
    "From", "From", "Subject", "Subject", "To", "Cc", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References",
    "MIME-Version", "Content-Type",
)  # fmt: skip
_SMALLEST = 1024  # bits: receivers take no signature by less (RFC 8301, 3.2)
_WIDTH = 72
_SPACES = re.compile(rb"[ \t]+")
_AT_LINE_END = re.compile(rb"[ \t]+(?=\r\n|\Z)")
_FOLDED = re.compile(rb"\r\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs letters with one key."""

    selector: str
    domain: str
    key: bytes
    """In PEM form."""

    @classmethod
    def configured(cls, settings: Settings) -> "Signer | None":
        """Return the signer of the settings; None where letters are not signed here.

        Raises SettingsError for a key that can't be read or used.
        """
        if not settings.dkim_key:
            return None
        try:
            key = Path(settings.dkim_key).read_bytes()
        except OSError as error:
            raise SettingsError(
                "settings.dkim-unread",
                "The DKIM key {dkim_key} can't be read: {error}.",
                dkim_key=settings.dkim_key,
                error=error.strerror,
                remedy="Check dkim_key.",
            ) from None
        try:
            _private(key)
        except ValueError as error:
            raise SettingsError(
                "settings.dkim-unusable",
                "The DKIM key {dkim_key} can't be used: {error}.",
                dkim_key=settings.dkim_key,
                error=error,
                remedy="It must be an RSA key in PEM form.",
            ) from None
        return cls(settings.dkim_selector, settings.dkim_domain or mailbox(settings.sender)[1].rpartition("@")[2], key)

    def fits(self, record: str) -> bool:
        """Tell whether a published key (the TXT record at the selector) is the one that checks what this one signs."""
        tags = {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in record.split(";"))}
        wanted = {"v": "DKIM1", "k": "rsa", "h": "sha256", "s": "email"}
        if any(
            name in tags and not {value, "*"} & set(re.split(r"\s*:\s*", tags[name])) for name, value in wanted.items()
        ):
            return False
        try:
            return load_der_public_key(base64.b64decode(tags.get("p", ""))) == _private(self.key).public_key()
        except ValueError:
            return False

    def sign(self, wire: bytes, at: datetime) -> bytes:
        """Return the letter with its signature in front, made out `at` a moment (in UTC): that of its Date.

        So the bytes are the same at each try, and in each copy, whenever they are made (RSA signs the same alike); it
        never runs out, for no end (x=) is set: a letter may be days on its way (RFC 6376, 3.5).
        """
        head, _, body = wire.partition(b"\r\n\r\n")
        present: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for line in _FOLDED.sub(b"", head).split(b"\r\n"):
            name, relaxed = _relaxed(line)
            present[name].append(relaxed)
        names = [name.lower().encode("ascii") for name in _HEADERS]
        # Of several the last one comes first; one that is not there says that there is to be none (5.4.2).
        signed = [present[name].pop() for name in names if present[name]]
        tags = (
            b"v=1; a=rsa-sha256; c=relaxed/relaxed; t=%d;" % int(at.timestamp()),
            b"d=%s; s=%s;" % (self.domain.encode("idna"), self.selector.encode("ascii")),
            b"h=" + b" : ".join(names) + b";",
            b"bh=%s;" % base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()),
            b"b=",
        )
        header = b"DKIM-Signature: " + b"\r\n ".join(_folded(tag) for tag in tags)
        bare = _relaxed(_FOLDED.sub(b"", header))[1]
        signature = base64.b64encode(_private(self.key).sign(b"\r\n".join([*signed, bare]), PKCS1v15(), SHA256()))
        pieces = (signature[begin : begin + _WIDTH] for begin in range(0, len(signature), _WIDTH))
        return header + b"\r\n ".join(pieces) + b"\r\n" + wire


@lru_cache(maxsize=8)
def _private(pem: bytes) -> RSAPrivateKey:
    """The key. Raises ValueError for one that can't sign."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):  # the library's own words run over lines
        raise ValueError("it is no private key, or a password locks it") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _SMALLEST:
        raise ValueError(f"it is no RSA key of {_SMALLEST} bits or more")
    return key


def _relaxed(field: bytes) -> tuple[bytes, bytes]:
    """The name of an unfolded header field, and the field as it is signed (3.4.2)."""
    name, _, value = field.partition(b":")
    name = name.rstrip(b" \t").lower()
    return name, name + b":" + _SPACES.sub(b" ", value).strip(b" ")


def _relaxed_body(body: bytes) -> bytes:
    """The body as it is signed (3.4.4): without spaces at the end of lines, and without empty lines in the end."""
    body = _SPACES.sub(b" ", _AT_LINE_END.sub(b"", body)).rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _folded(tag: bytes) -> bytes:
    """A tag in lines of bearable length, broken at its spaces."""
    lines = [b""]
    for word in tag.split(b" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append(word)
        else:
            lines[-1] = lines[-1] + b" " + word if lines[-1] else word
    return b"\r\n ".join(lines)
