"""An IMAP server that serves several folders properly, but for what a test has it do: on a free port of loopback.

A fault is a function that is given the talk and may answer a command, or one mail of a FETCH, in its own way. Silence
is told to the client by an event, so that no test waits for a clock.
"""

import re
import select
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.inbox.listening import Listening


@dataclass
class HostileFolder:
    """One folder of the server."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uid_validity: int | None = 7
    flags: bytes = b""


class HungUpError(Exception):
    """Raised by a fault: the server hangs up."""


@dataclass
class Talk:
    """One command, as a fault sees it."""

    server: "HostileImap"
    stream: Any
    tag: bytes
    words: bytes
    folder: HostileFolder

    @property
    def command(self) -> bytes:
        return self.words.removeprefix(b"UID ").partition(b" ")[0].upper()

    @property
    def fetches_mail(self) -> bool:
        return self.command == b"FETCH" and b"BODY.PEEK[]" in self.words

    @property
    def uids(self) -> list[int]:
        """The mails that a FETCH or a search by UID asks for."""
        spans = re.search(rb"(?:FETCH|UID) ([\d:,*]+)", self.words)
        assert spans is not None
        return [uid for uid in sorted(self.folder.mails) if any(_within(uid, one) for one in spans[1].split(b","))]

    def say(self, line: bytes, *, end: bytes = b"\r\n") -> None:
        self.stream.write(line + end)
        self.stream.flush()

    def done(self, words: bytes = b"OK done") -> None:
        self.say(self.tag + b" " + words)

    def mail(self, uid: int, raw: bytes, *, length: int | None = None) -> None:
        """Give one mail, announcing so many bytes."""
        self.say(b"* 1 FETCH (UID %d BODY[] {%d}" % (uid, len(raw) if length is None else length))
        self.say(raw + b")")

    def fall_silent(self) -> None:
        """Say nothing any more until the client has gone."""
        self.server.silent.set()
        while self.stream.readline():
            pass
        raise HungUpError


Fault = Callable[[Talk], bool]
"""Answers a command in its own way and returns True, or leaves it to the server."""
MailFault = Callable[[Talk, int, bytes], None]


@dataclass
class HostileImap(Listening):
    """The server: folders by their names on the wire, and what goes wrong."""

    folders: dict[bytes, HostileFolder]
    faults: list[Fault] = field(default_factory=list)
    mail_faults: dict[int, MailFault] = field(default_factory=dict)
    """What it does with single mails in place of giving them."""
    greeting: bytes = b"* OK ready"
    said: list[bytes] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)

    hangs_up = (OSError, HungUpError)

    def _talk(self, stream: Any) -> None:
        stream.write(self.greeting + b"\r\n")
        stream.flush()
        folder = HostileFolder()
        while line := stream.readline():
            tag, _, words = line.rstrip(b"\r\n").partition(b" ")
            while mark := re.search(rb"\{(\d+)\}$", words):
                stream.write(b"+ go on\r\n")
                stream.flush()
                words = words[: mark.start()] + b"\0" + stream.read(int(mark[1])) + b"\0" + stream.readline().rstrip()
            self.said.append(words)
            talk = Talk(self, stream, tag, words, folder)
            if talk.command == b"EXAMINE":
                folder = talk.folder = self.folders.get(_unquoted(words.partition(b" ")[2]), folder)
            if any(fault(talk) for fault in self.faults):
                continue
            if talk.command == b"EXAMINE" and _unquoted(words.partition(b" ")[2]) not in self.folders:
                talk.done(b"NO there is none")
                continue
            self._answer(talk)
            talk.done()
            if talk.command == b"LOGOUT":
                return

    def _answer(self, talk: Talk) -> None:
        folder = talk.folder
        if talk.command == b"CAPABILITY":
            talk.say(b"* CAPABILITY IMAP4rev1 SPECIAL-USE")
        elif talk.command == b"LIST":
            for name, one in self.folders.items():
                talk.say(b'* LIST (%s) "/" ' % one.flags, end=b"")
                plain = re.fullmatch(rb"[A-Za-z0-9&+,-]+", name)
                talk.say(name if plain else b"{%d}\r\n%s" % (len(name), name))
        elif talk.command == b"EXAMINE":
            talk.say(b"* %d EXISTS" % len(folder.mails))
            if folder.uid_validity is not None:
                talk.say(b"* OK [UIDVALIDITY %d] valid" % folder.uid_validity)
            talk.say(b"* OK [UIDNEXT %d] next" % (max(folder.mails, default=0) + 1))
        elif talk.command == b"SEARCH":
            talk.say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in talk.uids))
        elif talk.fetches_mail:
            for uid, raw in [(uid, folder.mails[uid]) for uid in talk.uids]:
                self.mail_faults.get(uid, Talk.mail)(talk, uid, raw)
        elif talk.command == b"FETCH":
            for uid in talk.uids:
                talk.say(b"* 1 FETCH (UID %d RFC822.SIZE %d)" % (uid, len(folder.mails[uid])))


class ToldSocket:
    """A socket that times out when the server says that it has fallen silent, and at no time before."""

    def __init__(self, connection: Any, silent: threading.Event) -> None:
        self._connection, self._silent = connection, silent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def settimeout(self, _seconds: float) -> None:
        self._connection.settimeout(None)

    def recv(self, size: int) -> bytes:
        while not select.select([self._connection], [], [], 0.005)[0]:
            if self._silent.is_set():
                self._silent.clear()
                raise TimeoutError
        return bytes(self._connection.recv(size))


def _within(uid: int, span: bytes) -> bool:
    first, _, last = span.partition(b":")
    return int(first) <= uid <= (2**32 if last == b"*" else int(last or first))


def _unquoted(words: bytes) -> bytes:
    if words.startswith(b"\0"):
        return words.strip(b"\0")
    return re.sub(rb"\\(.)", rb"\1", words.removeprefix(b'"').removesuffix(b'"'))
