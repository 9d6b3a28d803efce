"""The reading half of IMAP over a connection that is logged in: folders, UIDs, sizes, mails (RFC 9051, RFC 3501).

A server is believed as far as its words can be read and no further. Lines and literals are bounded before they are
read; what is no IMAP, or a literal of another length than it was told, ends the connection, since nobody knows any
more where the next answer begins. What came whole before that is kept. Nothing here changes anything in the box.
"""

import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeGuard

_WHOLE = (b"BODY[]", b"RFC822", b"BODY[]<0>")
"""By what names servers give a whole mail; RFC822.SIZE tells whether it is."""
_MOST_LINE = 16_000_000
"""In bytes: a search among a million mails is answered on one line."""
_MOST_SMALL_LITERAL = 100_000
"""Of a literal that is no mail, such as a folder's name."""
_MOST_RESPONSES = 5_000_000
_WITH_LITERALS = (b"LIST", b"LSUB", b"STATUS")
_CHUNK = 1 << 16
_SLOWEST = 500
"""Bytes a second: a server that dribbles for longer than this allows keeps nobody."""
_SHOWN = 120
_LITERAL = re.compile(rb"~?\{(\d{1,20})\+?\}\Z")
_NUMBERED = re.compile(rb"\* (\d{1,10}) ([A-Za-z]+) ?")
_NAMED = re.compile(rb"\* ([A-Za-z]+) ?")
_CODE = re.compile(rb"\s*\[([A-Za-z-]+)(?: ([^\]]*))?\]")
_TOKEN = re.compile(rb'[ \t]*(?:([()])|"((?:[^"\\]|\\.)*)"|((?:[^\s()"\[]|\[[^\]]*\]?)+))', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_PLAIN = re.compile(rb"[\x20-\x7e]*\Z")
MOST_UID = 2**32 - 1
"""RFC 9051, 2.3.1.1: a UID is a number of 32 bits, and not 0."""


class ImapConnectionLost(Exception):
    """The connection broke, or can't be understood any more: it is worth another try."""


PASSING = frozenset(["UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED", "OVERQUOTA"])
"""RFC 5530: codes of a refusal that is about the moment, and not about what was asked for."""


class ImapRefused(Exception):
    """The server said NO or BAD to a command; the connection is as good as before."""

    def __init__(self, words: str, code: str = "") -> None:
        """Keep the server's words, and its response code (RFC 5530) in capitals, if it gave one."""
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Token:
    """An atom, a string or a parenthesis of a response."""

    text: bytes
    is_string: bool = False

    def is_mark(self, mark: bytes) -> bool:
        return not self.is_string and self.text == mark

    @property
    def is_nil(self) -> bool:
        return not self.is_string and self.text.upper() == b"NIL"


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder as the server lists it."""

    name: bytes
    """As it stands on the wire: modified UTF-7."""
    flags: frozenset[bytes]
    """Its attributes in lower case, special uses (RFC 6154) among them."""
    delimiter: bytes = b""

    @property
    def is_closed(self) -> bool:
        """Whether there is only a name, and no folder to open."""
        return not self.flags.isdisjoint((b"\\noselect", b"\\nonexistent"))


@dataclass(frozen=True, slots=True)
class Examined:
    """What the server says of a folder that it opened."""

    uid_validity: int | None
    """None where it tells none: its UIDs may mean another mail each time."""
    exists: int
    uid_next: int | None = None
    """The UID that the next mail will have at least, where it tells that."""


@dataclass(slots=True)
class Fetched:
    """What a FETCH gave, as far as it came whole."""

    bodies: dict[int, list[bytes]] = field(default_factory=dict)
    """The different mails that were given for each UID: more than one where the server contradicts itself."""
    sizes: dict[int, int] = field(default_factory=dict)
    """What the server tells as each mail's size."""
    listed: set[int] = field(default_factory=set)
    """The UIDs of which it spoke."""


class Wire:
    """One connection, logged in. Whatever it raises beside ImapRefused, the connection is of no more use."""

    def __init__(
        self, connection: Any, *, silence: float, most_literal: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take a connected socket. `silence` is how many seconds any word is waited for; `most_literal` in bytes."""
        self._socket, self._silence, self._most_literal, self._clock = connection, silence, most_literal, clock
        self._buffer = bytearray()
        self._start = 0
        self._number = 0
        self._began = 0.0
        self._got = 0
        self._left = 0
        self.uid_validity: int | None = None
        """What the server last said, unasked or asked."""
        self._uid_next: int | None = None

    # What is asked

    def folders(self, *, special_use: bool) -> list[ListedFolder]:
        """Return all folders; `special_use` is whether the server has that extension (RFC 6154)."""
        found: list[ListedFolder] = []
        asked: list[list[bytes]] = [[b"LIST", b'""', b'"*"']]
        if special_use:  # some name special uses only where they are asked for
            asked.insert(0, [b"LIST", b'""', b'"*"', b"RETURN", b"(SPECIAL-USE)"])
        for number, words in enumerate(asked, start=1):
            found.clear()
            try:
                self._command(words, lambda parts: _add_folder(parts, found))
            except ImapRefused:
                if number == len(asked):
                    raise
            else:
                break
        return found

    def examine(self, name: bytes) -> Examined:
        """Open a folder read-only."""
        self.uid_validity = self._uid_next = None
        exists = 0

        def heard(parts: list[bytes]) -> None:
            nonlocal exists
            if (said := _NUMBERED.match(parts[0])) and said[2].upper() == b"EXISTS":
                exists = int(said[1])

        self._command([b"EXAMINE", *_quoted(name)], heard)
        return Examined(self.uid_validity, exists, self._uid_next)

    def validity_by_status(self, name: bytes) -> int | None:
        """Ask for a folder's UIDVALIDITY in the other way that there is, for a server that told none."""
        found: list[int] = []

        def heard(parts: list[bytes]) -> None:
            if parts[0][:9].upper() == b"* STATUS ":
                tokens = [one.text.upper() for one in _tokens(parts, 9)]
                if b"UIDVALIDITY" in tokens[:-1]:
                    found.extend(_numbers([tokens[tokens.index(b"UIDVALIDITY") + 1]]))

        try:
            self._command([b"STATUS", *_quoted(name), b"(UIDVALIDITY)"], heard)
        except ImapRefused:
            return None
        return found[0] if found else None

    def search(self, first: int, last: int | None = None) -> tuple[set[int], bool]:
        """Return the UIDs from `first` on that a search finds, and whether all that it said were UIDs."""
        found: set[int] = set()
        sound = True

        def heard(parts: list[bytes]) -> None:
            nonlocal sound
            if parts[0][:8].upper() == b"* SEARCH":
                words = parts[0][8:].split(b"(")[0].split()  # RFC 7162: (MODSEQ n) may follow
                numbers = _numbers(words)
                sound = sound and len(numbers) == len(words) and len(parts) == 1
                found.update(numbers)

        self._command([b"UID SEARCH UID", _span(first, last)], heard)
        return {uid for uid in found if uid >= first and (last is None or uid <= last)}, sound

    def sizes(self, first: int, last: int | None = None) -> dict[int, int]:
        """Return the size of each mail from `first` on, in bytes, as the server tells it; 0 where it tells nonsense."""
        told = self._fetched([_span(first, last), b"(RFC822.SIZE)"])
        return {uid: told.sizes.get(uid, 0) for uid in told.listed if uid >= first and (last is None or uid <= last)}

    def sizes_of(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the sizes of these mails, of those that it tells."""
        return self._fetched([_set(uids), b"(RFC822.SIZE)"], None, set(uids)).sizes

    def bodies(self, uids: Sequence[int], into: Fetched) -> None:
        """Fetch mails whole, without marking them as seen (PEEK). What came whole is there also where this raises."""
        wanted = set(uids)
        self._fetched([_set(uids), b"(BODY.PEEK[])"], into, wanted)

    def cut(self) -> None:
        """End the connection without a word."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def noop(self) -> None:
        """Ask for nothing, so that the server may say what it has to."""
        self._command([b"NOOP"], lambda _parts: None)

    def idle(self, seconds: float, stop: Callable[[], bool], look: float) -> None:
        """Wait for new mail (RFC 2177), for so many seconds, or until `stop`, which is asked each `look` seconds."""
        tag = self._send([b"IDLE"])
        while not (parts := self._response())[0].startswith(b"+"):
            if parts[0].startswith(tag + b" "):
                self._end(tag, parts[0])
                return
        waited, told = 0.0, False
        while waited < seconds and not stop() and not told:
            self._began, self._got = self._clock(), 0
            if not self._line_is_there() and not self._more(look):
                waited += look
                continue
            said = _NUMBERED.match(self._response()[0])
            told = said is not None and said[2].upper() == b"EXISTS"
        self._write(b"DONE\r\n")
        self._until(tag, lambda _parts: None)

    def _fetched(self, words: Sequence[bytes], into: Fetched | None = None, wanted: set[int] | None = None) -> Fetched:
        found = Fetched() if into is None else into
        self._command([b"UID FETCH", *words], lambda parts: _add_fetched(parts, found, wanted))
        return found

    # How it is asked

    def _command(self, words: Sequence[bytes], heard: Callable[[list[bytes]], None]) -> None:
        """Give a command, and hand each untagged response to `heard`."""
        self._until(self._send(words), heard)

    def _send(self, words: Sequence[bytes]) -> bytes:
        """Send a command; a word that begins with a literal's mark is sent as one (RFC 9051, 4.3)."""
        self._number += 1
        tag = b"R%d" % self._number
        self._began, self._got, self._left = self._clock(), 0, 2 * self._most_literal
        line = tag
        for word in words:
            if word.startswith(b"{"):
                mark, _, literal = word.partition(b"\r\n")
                self._write(line + b" " + mark + b"\r\n")
                while not (parts := self._response())[0].startswith(b"+"):
                    if parts[0].startswith(tag + b" "):
                        self._end(tag, parts[0])
                        raise ImapConnectionLost("it took a command that was not whole")
                line = literal
            else:
                line += b" " + word
        self._write(line + b"\r\n")
        return tag

    def _until(self, tag: bytes, heard: Callable[[list[bytes]], None]) -> None:
        """Read until the command is answered. Raises ImapRefused where the answer is NO or BAD."""
        for _ in range(_MOST_RESPONSES):
            parts = self._response()
            head = parts[0]
            if head.startswith(b"* "):
                self._note_status(head)
                heard(parts)
            elif head.startswith(tag + b" "):
                self._end(tag, head)
                return
            elif not head.startswith(b"+"):
                raise ImapConnectionLost(f"it says what is no IMAP: {_shown(head)}")
        raise ImapConnectionLost("its answer has no end")

    def _end(self, tag: bytes, line: bytes) -> None:
        verdict, _, words = line[len(tag) + 1 :].partition(b" ")
        self._note_code(words)
        if verdict.upper() == b"OK":
            return
        if verdict.upper() not in (b"NO", b"BAD"):
            raise ImapConnectionLost(f"it says what is no IMAP: {_shown(line)}")
        code = _CODE.match(words)
        raise ImapRefused(_shown(words) or verdict.decode(), code[1].decode().upper() if code else "")

    def _note_status(self, line: bytes) -> None:
        said = _NAMED.match(line)
        if said is None:
            return
        if said[1].upper() == b"BYE":
            raise ImapConnectionLost(f"it said goodbye: {_shown(line[said.end() :]) or 'BYE'}")
        if said[1].upper() == b"OK":
            self._note_code(line[said.end() :])

    def _note_code(self, words: bytes) -> None:
        code = _CODE.match(words)
        numbers = _numbers([code[2] or b""]) if code is not None else []
        if code is None or not numbers:
            return
        if code[1].upper() == b"UIDVALIDITY":
            self.uid_validity = numbers[0]
        elif code[1].upper() == b"UIDNEXT":
            self._uid_next = numbers[0]

    # Lines and literals

    def _response(self) -> list[bytes]:
        """Return one response: its lines without the marks of literals, and those literals, in turn."""
        line = self._line()
        parts = [line]
        if most := self._most_of(line):
            while marked := _LITERAL.search(line):
                parts[-1] = line[: marked.start()]
                parts.append(self._literal(int(marked[1]), most))
                line = self._line()
                parts.append(line)
        return parts

    def _line(self) -> bytes:
        searched = self._start
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched - self._start > _MOST_LINE:
                raise ImapConnectionLost("a line of its answer has no end")
            before = self._start
            self._need()
            searched -= before - self._start
        line = bytes(self._buffer[self._start : end])
        self._start = end + 1
        return line.removesuffix(b"\r")

    def _most_of(self, line: bytes) -> int:
        """Return how long a literal of this response may be; 0 where a brace at its end is only somebody's words."""
        if said := _NUMBERED.match(line):
            return self._most_literal if said[2].upper() == b"FETCH" else 0
        return _MOST_SMALL_LITERAL if (found := _NAMED.match(line)) and found[1].upper() in _WITH_LITERALS else 0

    def _literal(self, length: int, most: int) -> bytes:
        self._left -= length
        if length > most or self._left < 0:
            raise ImapConnectionLost(f"it announces {length} bytes, more than can be taken at once")
        while len(self._buffer) - self._start < length:
            self._need()
        found = bytes(self._buffer[self._start : self._start + length])
        self._start += length
        return found

    def _line_is_there(self) -> bool:
        return self._buffer.find(b"\n", self._start) >= 0

    def _need(self) -> None:
        if not self._more(self._silence):
            raise ImapConnectionLost(f"it said nothing for {self._silence:g} seconds")

    def _more(self, seconds: float) -> bool:
        """Read what is there, or wait for it so long; False where nothing came."""
        if self._start > _CHUNK:
            del self._buffer[: self._start]
            self._start = 0
        try:
            self._socket.settimeout(seconds)
            chunk = self._socket.recv(_CHUNK)
        except TimeoutError:
            return False
        except OSError as error:
            raise ImapConnectionLost(str(error) or type(error).__name__) from error
        if not chunk:
            raise ImapConnectionLost("it hung up")
        self._buffer += chunk
        self._got += len(chunk)
        if self._clock() - self._began > self._silence + self._got / _SLOWEST:
            raise ImapConnectionLost(f"it is too slow: {self._got} bytes in {self._clock() - self._began:.0f} seconds")
        return True

    def _write(self, line: bytes) -> None:
        try:
            self._socket.settimeout(self._silence)
            self._socket.sendall(line)
        except OSError as error:
            raise ImapConnectionLost(str(error) or type(error).__name__) from error


def _tokens(parts: Sequence[bytes], start: int) -> Iterator[_Token]:
    """Read the tokens of a response from a place in its first line on. Raises ImapConnectionLost."""
    for number, part in enumerate(parts):
        if number % 2:
            yield _Token(part, is_string=True)
            continue
        place = start if number == 0 else 0
        while place < len(part):
            found = _TOKEN.match(part, place)
            if found is None:
                if not part[place:].strip():
                    break
                raise ImapConnectionLost(f"it says what is no IMAP: {_shown(part[place:])}")
            place = found.end()
            if found[1] is not None:
                yield _Token(found[1])
            elif found[2] is not None:
                yield _Token(_ESCAPED.sub(rb"\1", found[2]), is_string=True)
            else:
                yield _Token(found[3])


def _grouped(tokens: Iterator[_Token]) -> list[Any]:
    """Return what stands between one pair of parentheses, of which the first has been read."""
    stack: list[list[Any]] = [[]]
    for token in tokens:
        if token.is_mark(b"("):
            stack.append([])
        elif token.is_mark(b")"):
            done = stack.pop()
            if not stack:
                return done
            stack[-1].append(done)
        else:
            stack[-1].append(token)
        if len(stack) > 20:
            break
    raise ImapConnectionLost("a list in its answer has no end")


def _add_fetched(parts: list[bytes], into: Fetched, wanted: set[int] | None) -> None:
    said = _NUMBERED.match(parts[0])
    if said is None or said[2].upper() != b"FETCH":
        return
    tokens = _tokens(parts, said.end())
    first = next(tokens, None)
    if first is None or not first.is_mark(b"("):
        raise ImapConnectionLost(f"it says what is no IMAP: {_shown(parts[0])}")
    items = _grouped(tokens)
    if next(tokens, None) is not None or len(items) % 2:
        raise ImapConnectionLost(f"it says what is no IMAP, or a literal has not its length: {_shown(parts[-1])}")
    told = {one.text.upper(): value for one, value in zip(items[::2], items[1::2], strict=True) if _is_atom(one)}
    number = told.get(b"UID")
    uids = _numbers([number.text]) if _is_atom(number) else []
    if not uids or (wanted is not None and uids[0] not in wanted):
        return  # what nobody asked for (RFC 9051, 7.5.2)
    uid = uids[0]
    into.listed.add(uid)
    size = told.get(b"RFC822.SIZE")
    if _is_atom(size) and size.text.isdigit():
        into.sizes[uid] = int(size.text[:20])
    body = next((told[name] for name in _WHOLE if name in told), None)
    if isinstance(body, _Token) and body.is_string:
        bodies = into.bodies.setdefault(uid, [])
        if body.text not in bodies:
            bodies.append(body.text)


def _add_folder(parts: list[bytes], into: list[ListedFolder]) -> None:
    if parts[0][:7].upper() != b"* LIST ":
        return
    tokens = _tokens(parts, 7)
    first = next(tokens, None)
    if first is None or not first.is_mark(b"("):
        return
    flags = frozenset(one.text.lower() for one in _grouped(tokens) if isinstance(one, _Token))
    rest = list(tokens)
    if len(rest) < 2:
        return
    delimiter, name = rest[0], rest[1]
    into.append(ListedFolder(name.text, flags, b"" if delimiter.is_nil else delimiter.text))


def _is_atom(one: Any) -> TypeGuard[_Token]:
    return isinstance(one, _Token) and not one.is_string


def _numbers(words: Iterable[bytes]) -> list[int]:
    """Return those words that are UIDs."""
    found = (int(word) for word in words if word.isdigit() and len(word) <= 10)
    return [number for number in found if 0 < number <= MOST_UID]


def _span(first: int, last: int | None) -> bytes:
    return b"%d:*" % first if last is None else b"%d" % first if first == last else b"%d:%d" % (first, last)


def _set(uids: Sequence[int]) -> bytes:
    """Write UIDs as a set (RFC 9051, 4.1.1), neighbours as spans."""
    spans: list[list[int]] = []
    for uid in uids:
        if spans and uid == spans[-1][1] + 1:
            spans[-1][1] = uid
        else:
            spans.append([uid, uid])
    return b",".join(_span(first, last) for first, last in spans)


def _quoted(name: bytes) -> list[bytes]:
    """Write a folder's name as a quoted string, or as a literal where it holds what such a string may not."""
    if _PLAIN.match(name):
        return [b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"']
    return [b"{%d}\r\n" % len(name) + name]


def _shown(words: bytes) -> str:
    """Return some of a server's words, for a person."""
    text = words[:_SHOWN].decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "�" for one in text).strip() + ("…" if len(words) > _SHOWN else "")
