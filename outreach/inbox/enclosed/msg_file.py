"""Outlook's .msg files (MS-OXMSG) as mails: header, text, page and files, written as a mail of the internet.

What Outlook kept of the header as it came is taken as it stands; else it is put together. The same file always gives
the same bytes, by which a mail is known again.
"""

import hashlib
import io
import re
import struct
from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from typing import Any

from outreach.inbox.charsets import guess

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_FILES = 100
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
# What the parts themselves say stands in the way of the new ones.
_OLD_PARTS = re.compile(r"^(?:content-[\w-]+|mime-version):.*(?:\n[ \t].*)*\n?", re.IGNORECASE | re.MULTILINE)
# Properties (MS-OXPROPS), by their number.
_SUBJECT, _HEADER, _BODY, _PAGE = "0037", "007D", "1000", "1013"
_FROM_NAME, _FROM, _FROM_SMTP, _TO, _CC = "0C1A", "0C1F", "5D01", "0E04", "0E03"
_ID, _ANSWERS, _REFERENCES = "1035", "1042", "1039"
_FILE, _FILE_NAME, _FILE_SHORT, _FILE_TYPE = "3701", "3707", "3704", "370E"
_SENT, _CAME = 0x0039, 0x0E06


def as_mail(data: bytes) -> bytes | None:
    """Return an Outlook file as a mail (RFC 5322, CRLF line ends); None for what is none, or is broken."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            return _mail(_Message(ole))
    except Exception:  # noqa: BLE001  (whatever is wrong with the file, it is told as one that can't be read)
        return None


class _Message:
    """The properties of a message within its compound file."""

    def __init__(self, ole: Any) -> None:
        self._ole = ole

    def data(self, number: str, kind: str, within: str = "") -> bytes:
        name = f"{within}__substg1.0_{number}{kind}"
        return bytes(self._ole.openstream(name).read()) if self._ole.exists(name) else b""

    def text(self, number: str, within: str = "") -> str:
        wide = self.data(number, "001F", within)
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        plain = self.data(number, "001E", within).rstrip(b"\0")
        return plain.decode(guess(plain), "replace") if plain else ""

    def moment(self, *wanted: int) -> datetime | None:
        name = "__properties_version1.0"
        table = bytes(self._ole.openstream(name).read()) if self._ole.exists(name) else b""
        found = {}
        for place in range(32, min(len(table) - 15, 64_000), 16):  # MS-OXMSG, 2.4.1
            kind, number, _flags, value = struct.unpack_from("<HHIQ", table, place)
            if kind == 0x0040 and number in wanted:
                found[number] = _EPOCH + timedelta(microseconds=value // 10)
        return next((found[one] for one in wanted if one in found), None)

    def folders(self) -> list[str]:
        names = {entry[0] for entry in self._ole.listdir(streams=True, storages=True)}
        return sorted(f"{name}/" for name in names if name.startswith("__attach_version1.0_"))[:_MOST_FILES]


def _mail(message: _Message) -> bytes:
    text, page = message.text(_BODY), message.data(_PAGE, "0102") or message.text(_PAGE).encode()
    parts = []
    if text or not page:
        parts.append(_part('Content-Type: text/plain; charset="utf-8"', text.encode()))
    if page:
        parts.append(_part("Content-Type: text/html", page))
    files = []
    for folder in message.folders():
        data = message.data(_FILE, "0102", folder)
        name = message.text(_FILE_NAME, folder) or message.text(_FILE_SHORT, folder) or "unnamed"
        kind = message.text(_FILE_TYPE, folder)
        kind = kind if re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", kind, re.ASCII) else "application/octet-stream"
        kind = "application/octet-stream" if kind.startswith(("multipart/", "message/")) else kind
        told = _name(name).replace('"', "'").replace("\\", "_")
        files.append(_part(f'Content-Type: {kind}; name="{told}"\nContent-Disposition: attachment', data))
    words = _many("alternative", parts)
    whole = f"{_header(message)}\nMIME-Version: 1.0\n".encode() + (_many("mixed", [words, *files]) if files else words)
    return whole.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _header(message: _Message) -> str:
    kept = message.text(_HEADER).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    kept = "\n".join(line for line in _OLD_PARTS.sub("", f"{kept}\n").split("\n") if line.strip())
    if re.search(r"^from:", kept, re.IGNORECASE | re.MULTILINE):
        return kept
    sender = next((one for one in (message.text(_FROM_SMTP), message.text(_FROM)) if "@" in one), "")
    at = message.moment(_SENT, _CAME)
    fields = {
        "From": f"{_name(message.text(_FROM_NAME))} <{_line(sender)}>".strip(), "To": _name(message.text(_TO)),
        "Cc": _name(message.text(_CC)), "Subject": _name(message.text(_SUBJECT)),
        "Date": format_datetime(at) if at else "", "Message-ID": _line(message.text(_ID)),
        "In-Reply-To": _line(message.text(_ANSWERS)), "References": _line(message.text(_REFERENCES)),
    }  # fmt: skip
    return "\n".join(f"{name}: {value}" for name, value in fields.items() if value)


def _name(value: str) -> str:
    value = _line(value)
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=0).encode().replace("\n", "")


def _line(value: str) -> str:
    return " ".join(value.replace("\0", "").split())[:2_000]


def _part(head: str, content: bytes) -> bytes:
    return f"{head}\nContent-Transfer-Encoding: base64\n\n".encode() + encodebytes(content)


def _many(kind: str, parts: list[bytes]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    mark = hashlib.sha256(b"".join(parts)).hexdigest()[:40]
    held = b"".join(f"--={mark}\n".encode() + one + b"\n" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="={mark}"\n\n'.encode() + held + f"--={mark}--\n".encode()
