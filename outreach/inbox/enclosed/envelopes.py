"""What lies around a mail's words and is no part of them: opaque S/MIME, PGP's armour, Outlook's winmail.dat.

Opened is what is only packed or signed; no signature is checked, which is said, and nothing that is encrypted can be
read. The forms are small and read here, with a bound on everything: BER (X.690, 8.1) as far as CMS needs it, which a
list of lengths is, and TNEF (see outlook_package).
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from outreach.inbox.enclosed.outlook_package import OutlookPackage, PackedFile, unpack
from outreach.inbox.mime_reader import MimePart, inner_part

_PKCS7 = frozenset(["application/pkcs7-mime", "application/x-pkcs7-mime"])
_SIGNATURES = frozenset(["application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"])
_TNEF = frozenset(["application/ms-tnef", "application/vnd.ms-tnef"])
_MOST_BYTES = 60_000_000
_DEEPEST = 12
_MOST_STEPS = 10_000
# RFC 5652, 4, 5.1 and 6.1; RFC 5083, 2; RFC 3274: the types of content, by their object identifiers as encoded.
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENVELOPED = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))
_ENCRYPTED = bytes.fromhex("2a864886f70d010706")
_OCTETS, _OCTETS_IN_PIECES, _OBJECT, _SEQUENCE, _EXPLICIT = 0x04, 0x24, 0x06, 0x30, 0xA0

_ARMOUR = re.compile(
    r"^-----BEGIN PGP (SIGNED MESSAGE|MESSAGE|PUBLIC KEY BLOCK)-----[ \t]*\n(.*?)"
    r"^-----END PGP (?:SIGNATURE|MESSAGE|PUBLIC KEY BLOCK)-----[ \t]*(?:\n|$)",
    re.MULTILINE | re.DOTALL,
)
_ARMOUR_ENDS = re.compile(r"^-----END PGP (?:SIGNATURE|MESSAGE|PUBLIC KEY BLOCK)-----[ \t]*(?:\n|$)", re.MULTILINE)
_SIGNATURE = re.compile(r"^-----BEGIN PGP SIGNATURE-----", re.MULTILINE)
_ARMOUR_FIELDS = re.compile(r"(?:(?:Hash|Charset|NotDashEscaped|Version|Comment):[^\n]{0,200}\n){0,10}[ \t]*\n?")
_MOST_ARMOURS = 20
_BEGINS_ENCRYPTED = re.compile(r"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)


class Seal(StrEnum):
    """What lies around a mail's words."""

    SIGNED_SMIME = "signed (S/MIME)"
    SIGNED_PGP = "signed (PGP)"
    ENCRYPTED_SMIME = "encrypted (S/MIME)"
    ENCRYPTED_PGP = "encrypted (PGP)"
    TNEF = "packed by Outlook (winmail.dat)"


ENCRYPTED = frozenset([Seal.ENCRYPTED_SMIME, Seal.ENCRYPTED_PGP])


def opened(mail: MimePart) -> MimePart:
    """Open what is only signed or packed, within the mail's parts, and return the mail."""
    found = False
    for part in mail.own():
        if part.type in _PKCS7 or (part.type == "application/octet-stream" and _named(part, ".p7m")):
            content = signed_content(part.body(_MOST_BYTES))
            if content is not None:
                part.hold("multipart/signed", [inner_part(content, part.depth + 1)])
                found = True
        elif part.type in _TNEF or (part.type == "application/octet-stream" and _named(part, "winmail.dat")):
            package = unpack(part.body(_MOST_BYTES))
            # Outlook puts the text before its package, too, for those who can't open that.
            words = () if _has_text(mail) else _words_of(package, part.depth + 1)
            inner = [*words, *(_enclosure(one, part.depth + 1) for one in package.files)]
            if inner:
                part.hold("multipart/mixed", inner)
                found = True
    if found:
        mail.forget()
    return mail


def _has_text(mail: MimePart) -> bool:
    return any(
        part.type in ("text/plain", "text/html") and part.disposition != "attachment" and part.body(_MOST_BYTES).strip()
        for part in mail.own()
    )


def _named(part: MimePart, end: str) -> bool:
    return part.filename and part.named().lower().endswith(end)


def seals(mail: MimePart, text: str) -> tuple[Seal, ...]:
    """Return what lies around a mail's words, where `text` is all of its text as it came. No signature is checked."""
    found: list[Seal] = []
    for part in mail.own():
        if part.type == "multipart/encrypted":
            found.append(Seal.ENCRYPTED_PGP)
        elif part.type in _PKCS7 and is_encrypted(part.body(200)):
            found.append(Seal.ENCRYPTED_SMIME)
        elif part.was and part.type == "multipart/signed":
            found.append(Seal.SIGNED_SMIME)
        elif part.was:
            found.append(Seal.TNEF)
        elif part.type in _SIGNATURES:
            found.append(Seal.SIGNED_PGP if "pgp" in part.type else Seal.SIGNED_SMIME)
    if "-----BEGIN PGP " in text:
        if _BEGINS_ENCRYPTED.search(text):
            found.append(Seal.ENCRYPTED_PGP)
        elif "-----BEGIN PGP SIGNED MESSAGE-----" in text:
            found.append(Seal.SIGNED_PGP)
    return tuple(dict.fromkeys(found))


def without_armour(text: str) -> str:
    """Return a text without PGP's armour (RFC 9580, 6.2 and 7): signed words stay, what is encrypted and keys go."""
    if "-----BEGIN PGP " not in text:
        return text
    # Behind the last end none is looked for: each beginning there would be followed to the end of the text.
    last = max((one.end() for one in _ARMOUR_ENDS.finditer(text)), default=0)
    return _ARMOUR.sub(_within, text[:last], count=_MOST_ARMOURS) + text[last:]


def _within(found: re.Match[str]) -> str:
    if found[1] != "SIGNED MESSAGE":
        return "\n"
    fields = _ARMOUR_FIELDS.match(found[2])
    words = found[2][fields.end() if fields else 0 :]
    end = _SIGNATURE.search(words)
    words = words[: end.start()] if end else words
    return re.sub(r"^- ", "", words, flags=re.MULTILINE)


class _Element(NamedTuple):
    """One element of BER: its tag, and where its content lies."""

    tag: int
    start: int
    end: int


def signed_content(data: bytes) -> bytes | None:
    """Return what an opaque S/MIME body (RFC 8551, 3.5.2) holds where it is signed and not encrypted; else None."""
    try:
        return _content(data)
    except (IndexError, ValueError, StopIteration):
        return None


def is_encrypted(data: bytes) -> bool:
    """Tell whether a CMS body says of itself that it is encrypted."""
    return any(kind in data[:60] for kind in (*_ENVELOPED, _ENCRYPTED))


def _content(data: bytes) -> bytes | None:
    steps = [_MOST_STEPS]
    outer = _elements(data, *_whole(data, 0, len(data), steps)[1:], steps)
    kind = next(outer)
    if kind.tag != _OBJECT or data[kind.start : kind.end] != _SIGNED:
        return None
    explicit = next(outer)
    signed = _whole(data, explicit.start, explicit.end, steps)
    for one in _elements(data, signed.start, signed.end, steps):
        if one.tag != _SEQUENCE:
            continue  # the version, the digests' names
        for inner in _elements(data, one.start, one.end, steps):
            if inner.tag == _EXPLICIT:
                held = _whole(data, inner.start, inner.end, steps)
                return b"".join(_octets(data, held, steps, 0))
        return None  # a signature apart: nothing is held
    return None


def _octets(data: bytes, one: _Element, steps: list[int], depth: int) -> Iterator[bytes]:
    """Yield the pieces of an octet string (X.690, 8.7), which may be in pieces themselves."""
    if one.tag == _OCTETS:
        yield data[one.start : one.end]
    elif one.tag == _OCTETS_IN_PIECES and depth < _DEEPEST:
        for piece in _elements(data, one.start, one.end, steps):
            yield from _octets(data, piece, steps, depth + 1)


def _whole(data: bytes, start: int, end: int, steps: list[int]) -> _Element:
    return next(_elements(data, start, end, steps))


def _elements(data: bytes, start: int, end: int, steps: list[int]) -> Iterator[_Element]:
    """Yield the elements that lie side by side; raises ValueError for what is no BER, or too much of it."""
    while start < end:
        one, start = _element(data, start, end, steps, 0)
        if one.tag == 0 and one.start == one.end:
            return  # the end of something without a length (X.690, 8.1.5)
        yield one


def _element(data: bytes, start: int, end: int, steps: list[int], depth: int) -> tuple[_Element, int]:
    steps[0] -= 1
    if steps[0] < 0 or depth > _DEEPEST:
        raise ValueError("too much")
    tag, length, start = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise ValueError("no tag of CMS")
    if length == 0x80:  # no length: up to the end mark
        position = start
        while True:
            if data[position : position + 2] == b"\0\0":
                return _Element(tag, start, position), position + 2
            _, position = _element(data, position, end, steps, depth + 1)
    if length > 0x80:
        octets = length & 0x7F
        if octets > 4:
            raise ValueError("too long")
        length, start = int.from_bytes(data[start : start + octets], "big"), start + octets
    if start + length > end:
        raise ValueError("longer than what holds it")
    return _Element(tag, start, start + length), start + length


def _words_of(package: OutlookPackage, depth: int) -> list[MimePart]:
    """Return the text of a package as a part of its own, plain where it has that."""
    kind, text = ("plain", package.text) if package.text.strip() else ("html", package.html)
    if not text.strip():
        return []
    raw = text.encode()
    return [MimePart(raw, 0, len(raw), {}, depth, f"text/{kind}", {"charset": "utf-8"})]


def _enclosure(one: PackedFile, depth: int) -> MimePart:
    name = "".join(" " if sign in '"\\\r\n' else sign for sign in one.name)[:200] or "unnamed"
    fields = {"content-disposition": ["attachment"]}
    return MimePart(one.content, 0, len(one.content), fields, depth, _media_type(one.content), {"name": name})


def _media_type(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return "application/zip" if content.startswith(b"PK\3\4") else "application/octet-stream"
