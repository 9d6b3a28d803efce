"""The mail server that rehearsal talks to: it listens on this machine only, and files every letter in a folder.

Nothing that it takes ever leaves the folder. What it says to a letter, and what comes of one that it took, is
decided by a `World`; the usual one takes everything and answers nothing.
"""

import asyncio
import re
import secrets
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from outreach import platform
from outreach.errors import Fault
from outreach.outbox.server import SmtpServer
from outreach.outbox.usable import require_usable
from outreach.settings import Settings

FOLDER = "rehearsal-mail"
_HOST = "127.0.0.1"
_NAME = "rehearsal.invalid"
_MOST_BYTES = 64 * 1024 * 1024
_START_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter that the post office took: its envelope (RFC 5321), and its bytes as they came over the wire."""

    envelope_from: str
    recipients: tuple[str, ...]
    content: bytes


class World(Protocol):
    """What lies beyond the post office."""

    def answer_to_recipient(self, address: str) -> str | None:
        """Return the SMTP answer that refuses a recipient, such as `550 5.1.1 No such user`; None takes it."""

    def receive(self, letter: Posted) -> None:
        """Take a letter in, once its recipients are known and it has been filed."""


class SilentWorld:
    """Takes every letter and answers none."""

    def answer_to_recipient(self, address: str) -> str | None:  # noqa: ARG002
        """Take everybody."""
        return None

    def receive(self, letter: Posted) -> None:
        """Say nothing."""


class PostOffice:
    """The embedded server. Use it as a context manager: inside the block it takes mail on `port`."""

    def __init__(self, folder: Path, world: World | None = None) -> None:
        """Take the folder in which letters are filed, each as a .eml file, and the world beyond."""
        self._counter = _Counter(folder, world or SilentWorld())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="rehearsal post office", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._fault: OSError | None = None
        self.port = 0

    @property
    def server(self) -> SmtpServer:
        """How the outbox reaches it."""
        return SmtpServer(host=_HOST, port=self.port, embedded=True)

    @property
    def taken(self) -> int:
        """How many letters it has taken."""
        return self._counter.taken

    def __enter__(self) -> Self:
        """Start to listen on a free port; raises Fault if that can't be done."""
        self._thread.start()
        if not self._ready.wait(_START_SECONDS) or self._fault is not None:
            raise Fault(
                "rehearsal.not-started",
                "The rehearsal server can't start: {fault}.",
                fault=self._fault or "it took too long",
            )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as error:
            self._fault = error
        finally:
            self._ready.set()
            self._loop.run_until_complete(_let_finish(self._loop))
            self._loop.close()

    async def _listen(self) -> None:
        self._stop = asyncio.Event()
        server = await self._loop.create_server(self._protocol, _HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stop.wait()

    def _protocol(self) -> SMTP:
        return SMTP(
            self._counter,
            hostname=_NAME,
            ident="Outreach rehearsal: nothing leaves this machine",
            enable_SMTPUTF8=True,
            data_size_limit=_MOST_BYTES,
            loop=self._loop,
        )


def _let_finish(loop: asyncio.AbstractEventLoop) -> Coroutine[Any, Any, None]:
    """End what is still open on the loop: connections whose other end did not say QUIT."""

    async def finish() -> None:
        others = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    return finish()


class _Counter:
    """The post office's counter: aiosmtpd calls it for each recipient and each letter."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder, self._world = folder, world
        self.taken = 0

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = self._world.answer_to_recipient(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        letter = Posted(
            envelope_from=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            content=content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"),
        )
        try:
            self._file(letter)
        except OSError as error:
            return f"452 4.3.1 The rehearsal folder can't be written to: {error.strerror}"
        self.taken += 1
        self._world.receive(letter)
        return "250 2.0.0 OK: filed, and sent to nobody"

    def _file(self, letter: Posted) -> None:
        """Keep a letter as a file, with its envelope above it (RFC 5321, 4.4). It appears whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        first = re.sub(r"[^\w.@+-]", "_", letter.recipients[0])[:100]
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ} {first} {secrets.token_hex(4)}.eml"
        envelope = f"Return-Path: <{letter.envelope_from}>\r\n" + "".join(
            f"Delivered-To: {address}\r\n" for address in letter.recipients
        )
        unfinished = self._folder / f".{name}"
        try:
            unfinished.write_bytes(envelope.encode("utf-8", "surrogateescape") + letter.content)
            platform.replace(unfinished, self._folder / name)
        except OSError:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise


@contextmanager
def server_for(settings: Settings, folder: Path, world: World | None = None) -> Iterator[SmtpServer]:
    """Give the mail server that these settings lead to: the one place where that is decided.

    In live mode, the one that is set. In rehearsal, the one that is set, which the outbox lets mail reach the
    allow-list through; without one, a post office in this process that files letters under `folder`.

    Raises SettingsError, before anything is begun, for settings with which no letter could go out.
    """
    require_usable(settings)
    if settings.smtp_host:
        yield SmtpServer.configured(settings)
    else:
        with PostOffice(folder / FOLDER, world) as office:
            yield office.server
