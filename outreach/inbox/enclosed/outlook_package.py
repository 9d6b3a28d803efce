"""Opens what Outlook packs a mail into, a winmail.dat: its text and its files (MS-OXTNEF, MS-OXRTFCP).

Nothing is followed and nothing is trusted: lengths are held against what there is, and reading ends where it is broken.
"""

import codecs
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from outreach.inbox.enclosed.rich_text import of_rich_text

_SIGNATURE = 0x223E9F78
_RENDER, _TITLE, _DATA = 0x9002, 0x8010, 0x800F
_BODY, _PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_MOST_FILES = 100
_MOST_PROPERTIES = 2_000
_MOST_RICH = 500_000  # bytes of rich text that are read for its words
# Property types (MS-OXCDATA, 2.11.1): how many bytes a value of a fixed length takes here.
_FIXED: Mapping[int, int] = MappingProxyType(
    {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
)
_VARIABLE = frozenset([0xD, 0x1E, 0x1F, 0x102])
_TEXT, _RICH, _HTML = 0x1000, 0x1009, 0x1013
"""PidTagBody, PidTagRtfCompressed, PidTagBodyHtml."""
_NAMED = 0x8000


class PackedFile(NamedTuple):
    """A file that Outlook packed."""

    name: str
    content: bytes


@dataclass(slots=True)
class OutlookPackage:
    """What a winmail.dat holds."""

    files: list[PackedFile] = field(default_factory=list)
    text: str = ""
    html: str = ""


def unpack(data: bytes) -> OutlookPackage:
    """Return what a winmail.dat holds, as far as it can be read; nothing of what is none."""
    found, charset, body = OutlookPackage(), "cp1252", b""
    properties: dict[int, tuple[int, bytes]] = {}
    name, content = "", None
    for level, number, value in _attributes(data):
        if number == _RENDER:
            _keep(found, name, content)
            name, content = "", None
        elif level == 2 and number == _TITLE:
            name = value.rstrip(b"\0").decode("utf-8" if _is_utf8(value) else "cp1252", "replace")
        elif level == 2 and number == _DATA:
            content = value
        elif level == 1 and number == _CODEPAGE:
            charset = _charset(value)
        elif level == 1 and number == _BODY:
            body = value
        elif level == 1 and number == _PROPERTIES:
            properties |= dict(_properties(value))
    _keep(found, name, content)
    found.text = body.rstrip(b"\0").decode(charset, "replace") or _string(properties.get(_TEXT), charset)
    found.html = _string(properties.get(_HTML), charset)
    if not found.text and not found.html and _RICH in properties:
        found.text = of_rich_text(decompressed(properties[_RICH][1]), _MOST_RICH)[1]
    return found


def _keep(found: OutlookPackage, name: str, content: bytes | None) -> None:
    if content is not None and len(found.files) < _MOST_FILES:
        found.files.append(PackedFile(name, content))


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield level, number and value of each attribute (MS-OXTNEF, 2.1.3)."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return
    position = 6
    while position + 9 <= len(data):
        level, number, _kind, length = struct.unpack_from("<BHHI", data, position)
        value = data[position + 9 : position + 9 + length]
        if level not in (1, 2) or len(value) < length:
            return
        position += 9 + length + 2
        yield level, number, value


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield number, type and value of each property of a mail that has one value (MS-OXTNEF, 2.1.3.4)."""
    reader = _PropertyReader(data)
    try:
        for _ in range(min(reader.number(), _MOST_PROPERTIES)):
            kind, number = struct.unpack("<HH", reader.take(4))
            if number >= _NAMED:
                reader.take(16)
                reader.take(reader.number() or 4)
            several = bool(kind & 0x1000)
            kind &= 0x0FFF
            if kind not in _VARIABLE and kind not in _FIXED:
                return
            count = reader.number() if several or kind in _VARIABLE else 1
            for _ in range(min(count, _MOST_PROPERTIES)):
                value = reader.take(reader.number() if kind in _VARIABLE else _FIXED[kind])
                if not several:
                    yield number, (kind, value)
    except struct.error:
        return


class _PropertyReader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, length: int) -> bytes:
        """Return the next bytes, and pass over what fills them up to four."""
        value = self._data[self._at : self._at + length]
        if len(value) < length:
            raise struct.error("longer than what holds it")
        self._at += length + -length % 4
        return value

    def number(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])


def _string(value: tuple[int, bytes] | None, charset: str) -> str:
    if value is None:
        return ""
    kind, content = value
    if kind == 0x1F:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    return content.rstrip(b"\0").decode("utf-8" if _is_utf8(content) else charset, "replace")


def _charset(value: bytes) -> str:
    name = f"cp{int.from_bytes(value[:4], 'little')}"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_BEFORE = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the dictionary begins with (MS-OXRTFCP, 2.1.2.1)."""
_DICTIONARY = 4096


def decompressed(data: bytes) -> bytes:
    """Return compressed rich text as it was (MS-OXRTFCP, 2.2), at most so much of it as is read; empty for none."""
    if len(data) < 16:
        return b""
    kind = data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + _MOST_RICH]
    if kind != b"LZFu":
        return b""
    book = bytearray(_BEFORE.ljust(_DICTIONARY, b"\0"))
    write, at, made = len(_BEFORE), 16, bytearray()

    def put(byte: int) -> None:
        nonlocal write
        made.append(byte)
        book[write] = byte
        write = (write + 1) % _DICTIONARY

    while at < len(data) and len(made) < _MOST_RICH:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                put(data[at])
                at += 1
                continue
            token = int.from_bytes(data[at : at + 2], "big")
            at += 2
            read, length = token >> 4, (token & 0xF) + 2
            if read == write:
                return bytes(made)
            for step in range(length):
                put(book[(read + step) % _DICTIONARY])
    return bytes(made)
