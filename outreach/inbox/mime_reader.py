"""The bytes of a mail as headers and parts (RFC 5322, RFC 2046), for any bytes and in bounded time.

The standard library's parser is not used here: a mail of a few hundred kB with deeply nested parts keeps it busy
for minutes. This one looks at each byte at most once a level, knows a greatest depth and a greatest number of
parts, copies no body until somebody asks for its text, and takes every defect in its stride. It has no opinions
about what a mail means.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from outreach.inbox.charsets import guess

DEEPEST = 20
"""Parts nested deeper than this are not looked into."""
MOST_PARTS = 300
"""Parts after this many are not looked at."""
_HEADER_BYTES = 256 * 1024
_FIELD_BYTES = 32 * 1024
_MOST_FIELDS = 1000
_MOST_CANDIDATES = 50_000
_BLANK = re.compile(rb"\n\r?\n")
_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:")
# A whole field with its folded lines, or a line that is none.
_WHOLE_FIELD = re.compile(r"([!-9;-~]{1,80}+)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?|[^\n]++\n?|\n")
_TYPE = re.compile(r"\s*([\w.+-]{1,80})/([\w.+-]{1,80})", re.ASCII)
_PARAMETER = re.compile(r""";\s*([\w!#$%&'*+.^`|~-]{1,60})\s*=\s*("(?:[^"\\]|\\.){0,250}"|[^;\s"]{0,250})""", re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_MARK_LINE = re.compile(rb"^(--(?=[^\r\n]{0,100}\w)\S{3,100})[ \t]*\r?\n[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-", re.MULTILINE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

# What a file must hold at least one of to be taken for a mail at all.
_SIGNS = frozenset(
    ["from", "to", "cc", "subject", "message-id", "received", "return-path", "mime-version", "content-type", "sender"]
)

_BLANK_LINES = re.compile(rb"(?:[ \t]*\r?\n)*+")


@dataclass(slots=True)
class MimePart:
    """A mail, or one part of it: its header fields, and where its body lies in the raw bytes."""

    raw: bytes = field(repr=False)
    start: int
    end: int
    fields: dict[str, list[str]]
    """The values of each field by its name in lower case, as they stand: each byte is one character (ISO 8859-1)."""
    depth: int = 0
    type: str = "text/plain"
    parameters: Mapping[str, str] = field(default_factory=dict)
    parts: list["MimePart"] = field(default_factory=list)
    """The parts of a multipart; the enclosed mail, of which only the header is read."""
    was: str = ""
    """The type that it came with, where what it held was opened; see envelopes."""
    words: str | None = field(default=None, repr=False)
    """All of its text, once it was asked for; see read."""
    returned: tuple["MimePart", ...] | None = field(default=None, repr=False)
    """The headers of the messages that it returns, once they were asked for; see dsn."""
    _below: tuple["MimePart", ...] | None = field(default=None, repr=False)
    """The parts below, once they were asked for. Not this one too: what refers to itself is not freed at once."""

    def all(self, name: str) -> list[str]:
        """Return the values of every field of that name (lower case), unfolded but not decoded."""
        return [_unfolded(value) for value in self.fields.get(name, ())]

    def get(self, name: str) -> str | None:
        """Return the value of the first field of that name (lower case), or None where there is none."""
        values = self.fields.get(name)
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

    def hold(self, kind: str, parts: list["MimePart"]) -> None:
        """Become a multipart with these parts: what was packed in it is opened."""
        self.was, self.type, self.parts, self.words = self.type, kind, parts, None

    def forget(self) -> None:
        """Forget which parts are below this one: some hold others now."""
        self._below = self.words = self.returned = None
        for one in self.parts:
            one.forget()

    def own(self) -> tuple["MimePart", ...]:
        """Return this part and those below it, but nothing of a mail that is enclosed in it (RFC 2046, 5.2.1)."""
        if self._below is None:
            inner = self.parts if self.parts and self.type.startswith("multipart/") else ()
            self._below = tuple(part for one in inner for part in one.own()) if inner else ()
        return (self, *self._below)


def parse(raw: bytes) -> MimePart | None:
    """Return the mail that these bytes hold, or None where they hold no mail."""
    raw, start = _begun(raw)
    return _if_mail(_part(raw, start, len(raw), 0, _Budget(MOST_PARTS)))


def head(raw: bytes) -> MimePart | None:
    """Do what `parse` does, but look at the header alone."""
    raw, start = _begun(raw)
    return _if_mail(_header_only(raw, start, len(raw), 0))


def _begun(raw: bytes) -> tuple[bytes, int]:
    """Return a mail's bytes with line ends that are known here, and where its header begins."""
    if raw.find(b"\n", 0, _HEADER_BYTES) < 0 <= raw.find(b"\r", 0, _HEADER_BYTES):
        raw = raw.replace(b"\r", b"\n")
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    blank = _BLANK_LINES.match(raw, start, start + _HEADER_BYTES)  # Gmail's "show original" begins with one
    return raw, blank.end() if blank else start


def _if_mail(part: MimePart) -> MimePart | None:
    return None if _SIGNS.isdisjoint(part.fields) else part


def enclosed(raw: bytes) -> MimePart | None:
    """Return the mail that stands somewhere in a body's bytes, such as returned headers; None where there is none."""
    part = _header_only(raw, len(raw) - len(raw.lstrip()), len(raw), DEEPEST)
    return part if part.fields else None


def inner_part(raw: bytes, depth: int) -> MimePart:
    """Return the part of a mail that stood packed within another one."""
    return _part(raw, 0, len(raw), depth, _Budget(MOST_PARTS))


@dataclass(slots=True)
class _Budget:
    """What may still be looked at in one mail."""

    parts: int
    candidates: int = _MOST_CANDIDATES
    """Lines that begin as a delimiter does."""


def _part(raw: bytes, start: int, end: int, depth: int, budget: _Budget, default: str = "text/plain") -> MimePart:
    budget.parts -= 1
    part = _header_only(raw, start, end, depth)
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
        budget.parts -= 1
        part.parts.append(_enclosed_mail(part, depth))
    return part


def _enclosed_mail(part: MimePart, depth: int) -> MimePart:
    encoding = (part.get("content-transfer-encoding") or "").strip().lower()
    if encoding in ("base64", "quoted-printable"):  # forbidden by RFC 2046, 5.2.1, and met all the same
        raw = part.body(_HEADER_BYTES)
        return _header_only(raw, 0, len(raw), depth + 1)
    return _header_only(part.raw, part.start, part.end, depth + 1)


def _header_only(raw: bytes, start: int, end: int, depth: int) -> MimePart:
    fields, body = _read_fields(raw, start, end)
    return MimePart(raw, body, end, fields, depth)


def _read_fields(raw: bytes, start: int, end: int) -> tuple[dict[str, list[str]], int]:
    """Return the header fields from `start` on and where the body begins.

    A line that is no field is passed over where the header plainly goes on after it; else the body begins there.
    """
    if raw.startswith((b"\n", b"\r\n"), start, end):
        return {}, start + (1 if raw[start] == 10 else 2)
    stop = min(end, start + _HEADER_BYTES)
    blank = _BLANK.search(raw, start, stop)
    header = raw[start : blank.start() + 1 if blank else stop].decode("latin-1")
    fields: dict[str, list[str]] = {}
    found = _WHOLE_FIELD.findall(header)
    if len(header) > _FIELD_BYTES:
        found = [(name, value[:_FIELD_BYTES]) for name, value in found]
    for written, value in found:
        name = written.lower()
        if name in fields:
            fields[name].append(value)
        else:
            fields[name] = [value]
    if "" in fields or len(found) > _MOST_FIELDS:
        fields, body = _read_lines(raw, start, end, header)
        if body < start + len(header):
            return fields, body
    return fields, blank.end() if blank else stop


def _read_lines(raw: bytes, start: int, end: int, header: str) -> tuple[dict[str, list[str]], int]:
    """Do what `_read_fields` does, line by line, for a header with more in it than fields."""
    found: list[tuple[str, list[str]]] = []
    position, size = start, 0
    for line in header.split("\n"):
        if len(found) >= _MOST_FIELDS or position >= start + len(header):
            break
        match = _FIELD.match(line)
        if match:
            found.append((match[1].lower(), [line[match.end() : _FIELD_BYTES]]))
            size = len(line)
        elif line[:1] in (" ", "\t") and found:
            size += len(line)
            if size < _FIELD_BYTES:
                found[-1][1].append(line)
        elif not _goes_on(raw, position, start, position + len(line) + 1, end):
            break
        position += len(line) + 1
    fields: dict[str, list[str]] = {}
    for name, lines in found:
        fields.setdefault(name, []).append("\n".join(lines))
    return fields, position


def _goes_on(raw: bytes, position: int, start: int, following: int, end: int) -> bool:
    if position == start:  # the line that mbox files begin a mail with
        return raw.startswith((b"From ", b">From "), position)
    return _FIELD.match(_line(raw, following, end)[0].decode("latin-1")) is not None


def _line(raw: bytes, position: int, end: int) -> tuple[bytes, int]:
    newline = raw.find(b"\n", position, end)
    stop = end if newline < 0 else newline
    return raw[position : min(stop, position + _FIELD_BYTES)], min(stop + 1, end)


def _bodies(part: MimePart, budget: _Budget) -> Iterator[tuple[int, int]]:
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


def _delimiters(part: MimePart, mark: bytes, budget: _Budget) -> Iterator[tuple[int, int, bool]]:
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


@lru_cache(maxsize=256)  # most parts say one of a few things of themselves
def _content_type(value: str | None, default: str) -> tuple[str, Mapping[str, str]]:
    match = _TYPE.match(value) if value is not None else None
    if value is None or match is None:
        return default, {}
    return f"{match[1]}/{match[2]}".lower(), _parameters(value[match.end() : match.end() + 1500])


def _parameters(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for written, value in _PARAMETER.findall(text):
        name, star, _section = written.lower().partition("*")  # RFC 2231: sections and charsets
        plain = value[1:-1] if value.startswith('"') else value
        if "\\" in plain and plain is not value:
            plain = _ESCAPED.sub(r"\1", plain)
        values[name] = values.get(name, "") + plain if star else plain
    return values


def _unfolded(value: str) -> str:
    if value.isascii() and (plain := value.strip()).isprintable():  # as nearly all are
        return plain
    if "\n" in value:
        value = value.replace("\r", "").replace("\n", "")
    if not value.isascii():
        data = value.encode("latin-1")
        try:
            value = data.decode("utf-8")
        except UnicodeDecodeError:
            value = data.decode(guess(data), "replace")
    return value.replace("\0", "").strip()


def decode_base64(data: bytes) -> bytes:
    """Return what base64 stands for (RFC 2045, 6.8), passing over everything that is none."""
    packed = _NOT_BASE64.sub(b"", data)
    packed = packed[: len(packed) - 1] if len(packed) % 4 == 1 else packed
    try:
        return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4))
    except binascii.Error:
        return b""
