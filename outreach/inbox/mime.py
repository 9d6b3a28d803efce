"""The bytes of a mail as headers and parts (RFC 5322, RFC 2046), for any bytes and in bounded time.

The standard library's parser is not used here: a mail of a few hundred kB with deeply nested parts keeps it busy
for minutes. This one looks at each byte at most once a level, knows a greatest depth and a greatest number of
parts, copies no body until somebody asks for its text, and takes every defect in its stride. It has no opinions
about what a mail means.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST = 20
"""Parts nested deeper than this are not looked into."""
MOST_PARTS = 300
"""Parts after this many are not looked at."""
_HEADER_BYTES = 256 * 1024
_FIELD_BYTES = 32 * 1024
_MOST_FIELDS = 1000
_MOST_CANDIDATES = 50_000
_BLANK = re.compile(rb"^\r?\n", re.MULTILINE)
_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:")
_TYPE = re.compile(r"\s*([\w.+-]{1,80})/([\w.+-]{1,80})", re.ASCII)
_PARAMETER = re.compile(r""";\s*([\w!#$%&'*+.^`|~-]{1,60})\s*=\s*("(?:[^"\\]|\\.){0,250}"|[^;\s"]{0,250})""", re.ASCII)
_MARK_LINE = re.compile(rb"^(--(?=[^\r\n]{0,100}\w)\S{3,100})[ \t]*\r?\n[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-", re.MULTILINE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

# What a file must hold at least one of to be taken for a mail at all.
_SIGNS = frozenset(
    ["from", "to", "cc", "subject", "message-id", "received", "return-path", "mime-version", "content-type", "sender"]
)


@dataclass(slots=True)
class Part:
    """A mail, or one part of it: its header fields, and where its body lies in the raw bytes."""

    raw: bytes = field(repr=False)
    start: int
    end: int
    fields: list[tuple[str, bytes]]
    depth: int = 0
    type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    parts: list["Part"] = field(default_factory=list)
    _named: dict[str, list[bytes]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name, value in self.fields:
            self._named.setdefault(name, []).append(value)

    def all(self, name: str) -> list[str]:
        """Return the values of every field of that name (lower case), unfolded but not decoded."""
        return [_unfolded(value) for value in self._named.get(name, ())]

    def get(self, name: str) -> str | None:
        """Return the value of the first field of that name (lower case), or None where there is none."""
        values = self._named.get(name)
        return _unfolded(values[0]) if values else None

    @property
    def disposition(self) -> str:
        """`inline`, `attachment`, or empty (RFC 2183)."""
        return (self.get("content-disposition") or "").partition(";")[0].strip().lower()

    @property
    def filename(self) -> bool:
        """Whether the part bears a file's name."""
        return "name" in self.parameters or "filename" in (self.get("content-disposition") or "").lower()

    def named(self) -> str:
        """Return the file's name as it is written (RFC 2183, 2.3; RFC 2231), or empty."""
        disposition = self.get("content-disposition") or ""
        told = _parameters(disposition[disposition.find(";") :][:1500]) if ";" in disposition else {}
        return told.get("filename") or self.parameters.get("name") or ""

    def body(self, most: int) -> bytes:
        """Return the body without its transfer encoding (RFC 2045, 6): its beginning, of about `most` bytes."""
        encoding = (self.get("content-transfer-encoding") or "").strip().lower()
        if encoding == "base64":
            return decode_base64(self.raw[self.start : min(self.end, self.start + most * 3 // 2)])[:most]
        if encoding == "quoted-printable":
            return quopri.decodestring(self.raw[self.start : min(self.end, self.start + most * 3)])[:most]
        return self.raw[self.start : min(self.end, self.start + most)]

    def own(self) -> Iterator["Part"]:
        """Yield this part and those below it, but nothing of a mail that is enclosed in it (RFC 2046, 5.2.1)."""
        yield self
        if self.type.startswith("multipart/"):
            for part in self.parts:
                yield from part.own()


def parse(raw: bytes) -> Part | None:
    """Return the mail that these bytes hold, or None where they hold no mail."""
    if b"\n" not in raw[:_HEADER_BYTES] and b"\r" in raw[:_HEADER_BYTES]:
        raw = raw.replace(b"\r", b"\n")
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while raw[start : start + 1] in (b"\r", b"\n") and start < len(raw):
        start += 1
    mail = _part(raw, start, len(raw), 0, _Budget(MOST_PARTS))
    return mail if any(name in _SIGNS for name, _value in mail.fields) else None


def enclosed(raw: bytes) -> Part | None:
    """Return the mail that stands somewhere in a body's bytes, such as returned headers; None where there is none."""
    part = _part(raw, len(raw) - len(raw.lstrip()), len(raw), DEEPEST, _Budget(1))
    return part if part.fields else None


@dataclass(slots=True)
class _Budget:
    """What may still be looked at in one mail."""

    parts: int
    candidates: int = _MOST_CANDIDATES
    """Lines that begin as a delimiter does."""


def _part(raw: bytes, start: int, end: int, depth: int, budget: _Budget, default: str = "text/plain") -> Part:
    budget.parts -= 1
    fields, body = _read_fields(raw, start, end)
    part = Part(raw, body, end, fields, depth)
    part.type, part.parameters = _content_type(part.get("content-type"), default)
    if depth >= DEEPEST:
        return part
    if part.type.startswith("multipart/"):
        inner = "message/rfc822" if part.type == "multipart/digest" else "text/plain"  # RFC 2046, 5.1.5
        for first, last in _bodies(part, budget):
            if budget.parts <= 0:
                break
            part.parts.append(_part(raw, first, last, depth + 1, budget, inner))
        if not part.parts:
            part.type = "text/plain"  # no boundary is to be found: what is there is read as it stands
    elif part.type in ("message/rfc822", "message/global") and budget.parts > 0:
        part.parts.append(_enclosed_mail(part, depth, budget))
    return part


def _enclosed_mail(part: Part, depth: int, budget: _Budget) -> Part:
    encoding = (part.get("content-transfer-encoding") or "").strip().lower()
    if encoding in ("base64", "quoted-printable"):  # forbidden by RFC 2046, 5.2.1, and met all the same
        raw = part.body(4 * 1024 * 1024)
        return _part(raw, 0, len(raw), depth + 1, budget)
    return _part(part.raw, part.start, part.end, depth + 1, budget)


def _read_fields(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """Return the header fields from `start` on (lower-case name, raw value) and where the body begins.

    A line that is no field is passed over where the header plainly goes on after it; else the body begins there.
    """
    found: list[tuple[str, list[bytes]]] = []
    position = start
    size = 0
    stop = min(end, start + _HEADER_BYTES)
    blank = _BLANK.search(raw, start, stop)
    for line in raw[start : blank.end() if blank else stop].split(b"\n"):
        if len(found) >= _MOST_FIELDS or position >= stop:
            break
        if line in (b"", b"\r"):
            position += len(line) + 1
            break
        match = _FIELD.match(line)
        if match:
            found.append((match[1].decode("ascii").lower(), [line[match.end() : _FIELD_BYTES]]))
            size = len(line)
        elif line[:1] in b" \t" and found:
            size += len(line)
            if size < _FIELD_BYTES:
                found[-1][1].append(line)
        elif not _goes_on(raw, position, start, position + len(line) + 1, end):
            break
        position += len(line) + 1
    return [(name, lines[0] if len(lines) == 1 else b"\n".join(lines)) for name, lines in found], min(position, end)


def _goes_on(raw: bytes, position: int, start: int, following: int, end: int) -> bool:
    if position == start:  # the line that mbox files begin a mail with
        return raw.startswith((b"From ", b">From "), position)
    return _FIELD.match(_line(raw, following, end)[0]) is not None


def _line(raw: bytes, position: int, end: int) -> tuple[bytes, int]:
    newline = raw.find(b"\n", position, end)
    stop = end if newline < 0 else newline
    return raw[position : min(stop, position + _FIELD_BYTES)], min(stop + 1, end)


def _bodies(part: Part, budget: _Budget) -> Iterator[tuple[int, int]]:
    """Yield where each body part begins and ends (RFC 2046, 5.1.1)."""
    boundary = part.parameters.get("boundary", "").encode("utf-8", "surrogateescape").rstrip()
    mark = b"--" + boundary if boundary else b""
    if not mark or part.raw.find(mark, part.start, part.end) < 0:
        guess = _MARK_LINE.search(part.raw[part.start : min(part.end, part.start + 65536)])
        mark = guess[1] if guess else b""
    if not mark:
        return
    first = None
    for position, following, closing in _delimiters(part, mark, budget):
        if first is not None:
            yield first, _before_line_end(part.raw, first, position)
        first = None if closing else following
        if closing:
            return
    if first is not None:
        yield first, part.end


def _delimiters(part: Part, mark: bytes, budget: _Budget) -> Iterator[tuple[int, int, bool]]:
    """Yield each delimiter line: where it begins, where the next line begins, and whether it is the closing one."""
    raw, position = part.raw, max(part.start - 1, 0)
    if not raw.startswith(mark, part.start):
        position = raw.find(b"\n" + mark, position, part.end)
    while position >= 0 and budget.candidates > 0:
        budget.candidates -= 1
        position += 0 if raw.startswith(mark, position) else 1
        most = min(part.end, position + len(mark) + 200)
        newline = raw.find(b"\n", position, most)
        stop = most if newline < 0 else newline
        rest = raw[position + len(mark) : stop].strip()
        if rest in (b"", b"--"):
            yield position, min(stop + 1, part.end), rest == b"--"
        position = raw.find(b"\n" + mark, position, part.end)


def _before_line_end(raw: bytes, first: int, position: int) -> int:
    """Return where the part ends: the line end before a delimiter belongs to the delimiter."""
    if position > first and raw[position - 1 : position] == b"\n":
        position -= 1
        if position > first and raw[position - 1 : position] == b"\r":
            position -= 1
    return position


def _content_type(value: str | None, default: str) -> tuple[str, dict[str, str]]:
    match = _TYPE.match(value or "")
    if value is None or match is None:
        return default, {}
    return f"{match[1]}/{match[2]}".lower(), _parameters(value[match.end() : match.end() + 1500])


def _parameters(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for written, value in _PARAMETER.findall(text):
        name, star, _section = written.lower().partition("*")  # RFC 2231: sections and charsets
        plain = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        values[name] = values.get(name, "") + plain if star else plain
    return values


def _unfolded(value: bytes) -> str:
    if b"\n" in value or b"\r" in value:
        value = value.replace(b"\r", b"").replace(b"\n", b"")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text.replace("\0", "").strip()


def decode_base64(data: bytes) -> bytes:
    """Return what base64 stands for (RFC 2045, 6.8), passing over everything that is none."""
    packed = _NOT_BASE64.sub(b"", data)
    packed = packed[: len(packed) - 1] if len(packed) % 4 == 1 else packed
    try:
        return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4))
    except binascii.Error:
        return b""
