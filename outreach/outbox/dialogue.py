"""The lines of an SMTP connection once it stands: commands out, answers in, singly or pipelined (RFC 2920).

aiosmtplib opens the connection, greets, starts TLS and logs in; then this protocol takes over its transport. It
gives what the queue needs and no client library offers: to know that nothing unasked-for lies in the input when
the data is about to be sent, and several commands in one packet.
"""

import asyncio
import re
from typing import Any, NamedTuple

_MOST_BYTES = 64 * 1024
_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"\s*[245]\.\d{1,3}\.\d{1,3}\b")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


class ConnectionLost(Exception):
    """The connection ended, or timed out."""


class ProtocolError(Exception):
    """The server said something that is no SMTP answer (RFC 5321, 4.2)."""


class SmtpReply(NamedTuple):
    """One answer of the server."""

    code: int
    text: str

    @property
    def said(self) -> str:
        """The answer as one line, bounded, for a person and the record."""
        return on_one_line(self.code, self.text)


def on_one_line(code: int, text: str) -> str:
    """Return a server's answer of one or several lines as one, bounded: its codes once, in front.

    Each line of an answer repeats them (RFC 5321, 4.2.1; RFC 2034, 4): in the middle of a sentence they say nothing.
    """
    first, *more = text.split("\n")
    if _ENHANCED.match(first):
        more = [_ENHANCED.sub("", line, count=1) for line in more]
    return f"{code} {' '.join(' '.join((first, *more)).split())}"[:1000]


def lines(*commands: str, encoding: str = "ascii") -> bytes:
    """Return commands as they go on the wire. Raises ValueError for what no command can hold."""
    for command in commands:
        if _UNSAFE.search(command):
            raise ValueError(f"it holds a control character: {command!r}")
    return "".join(f"{command}\r\n" for command in commands).encode(encoding)


class Dialogue(asyncio.Protocol):
    """The protocol of one connection. Take it over a transport with `Dialogue(transport)`."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Take over the transport of a connection on which nothing is outstanding."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._input = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._ended: str = ""
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = self._patience = 0.0
        transport.set_protocol(self)

    @property
    def open(self) -> bool:
        """Whether the connection still stands, as far as this side knows."""
        return not self._ended and not self._transport.is_closing()

    @property
    def quiet(self) -> bool:
        """Whether the connection stands and the server has said nothing that it was not asked for."""
        return self.open and not self._input

    def say(self, *commands: str, encoding: str = "ascii") -> None:
        """Send commands, several of them in one packet. Raises ValueError for what no command can hold."""
        self.send(lines(*commands, encoding=encoding))

    def send(self, data: bytes) -> None:
        """Send bytes as they are. Raises Broken if the connection has ended."""
        if not self.open:
            raise ConnectionLost(self._ended or "the connection was closed")
        self._transport.write(data)

    async def answer(self, seconds: float) -> SmtpReply:
        """Return the next answer. Raises ConnectionLost at its end or the time limit, ProtocolError for nonsense.

        The limit is for the answer as a whole, however many pieces it comes in.
        """
        until = self._loop.time() + seconds
        while True:
            found = self._parsed()
            if found is not None:
                return found
            if self._ended:
                raise ConnectionLost(self._ended)
            self._waiter = self._loop.create_future()
            self._limit(until, seconds)
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _limit(self, until: float, seconds: float) -> None:
        """Wait no longer. One timer serves answer after answer; it is set anew only if it would ring late."""
        self._deadline, self._patience = until, seconds
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._ring)
        else:
            self._end(f"no answer in {self._patience:.0f} seconds")

    def close(self) -> None:
        """Close the connection without a word."""
        self._end("closed")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.abort()

    # ---------------------------------------------------------------- asyncio's side

    def data_received(self, data: bytes) -> None:
        """Take what the server said."""
        self._input += data
        if len(self._input) > _MOST_BYTES:
            self._end("the server says too much")
        self._wake()

    def eof_received(self) -> bool:
        """Note that the server has closed its side."""
        self._end("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone."""
        self._end(str(exc) if exc else "the server closed the connection")

    def _end(self, why: str) -> None:
        self._ended = self._ended or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _parsed(self) -> SmtpReply | None:
        """Take one whole answer off the input, if there is one (RFC 5321, 4.2.1)."""
        texts: list[bytes] = []
        start = 0
        while (end := self._input.find(b"\n", start)) >= 0:
            line = bytes(self._input[start:end]).rstrip(b"\r")
            start = end + 1
            match = _LINE.fullmatch(line)
            if match is None:
                raise ProtocolError(line[:200].decode("utf-8", "replace"))
            texts.append(match[3])
            if match[2] != b"-":
                del self._input[:start]
                return SmtpReply(int(match[1]), b"\n".join(texts).decode("utf-8", "replace"))
        return None


def taken_over(smtp: Any) -> Dialogue:
    """Take the connection of an aiosmtplib client over; the client must not be used again. Raises Broken."""
    transport = smtp.transport
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        raise ConnectionLost("the server closed the connection")
    return Dialogue(transport)
