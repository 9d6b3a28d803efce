"""Connections that say nothing, or half of something, do not shut the desk: each has its time, and all their room.

uvicorn waits for ever for the head and the body of a request, and counts each connection against the most that it
takes: those too that have been sent away, until its loop has come round to their end. Here they are not counted.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""For a request's head, from the connection, or the head's first byte, on."""
BODY_SECONDS = 180.0
"""For a request's body: the largest upload over a slow line."""
MOST_WAITING = 300
"""So many connections may be waited for at a time: new ones, those between two clicks, those in the midst of a body."""


class Lobby:
    """Where connections wait until their request is complete. When it is full, whoever has waited longest goes.

    A browser sends its request at once, so that however many others sit here, there is room for it.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        """Have room for so many."""
        self._most = most
        self._waiting: dict[H11Protocol, None] = {}
        self._at_work: set[H11Protocol] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def load(self) -> int:
        """How many there are: those that wait here, and those whose request is being answered."""
        return len(self._waiting) + len(self._at_work)

    def enter(self, one: H11Protocol) -> None:
        """Take in a connection that is waited for, unless it sits here already."""
        self._at_work.discard(one)
        self._waiting.setdefault(one)
        while len(self._waiting) > self._most:
            longest = next(iter(self._waiting))
            self.leave(longest)
            longest.transport.abort()

    def call_in(self, one: H11Protocol) -> None:
        """Let one go to be answered, for its request is complete."""
        self._waiting.pop(one, None)
        self._at_work.add(one)

    def leave(self, one: H11Protocol, *, answered: bool = True) -> None:
        """Let go of one that has ended; whose request is still being worked at counts until that has ended too."""
        self._waiting.pop(one, None)
        if answered:
            self._at_work.discard(one)


class _Patient(H11Protocol):
    lobby: ClassVar[Lobby]
    head_seconds: ClassVar[float]
    body_seconds: ClassVar[float]
    timer: asyncio.TimerHandle | None = None
    in_body = False
    running = 0
    """How many requests of this connection the application works at."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.most = self.limit_concurrency
        application = self.app

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            self.running += 1
            try:
                await application(scope, receive, send)
            finally:
                self.running -= 1
                if self.transport.is_closing() and not self.running:
                    self.lobby.leave(self)

        self.app = counted

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.lobby.enter(self)
        self.wait(self.head_seconds)

    def data_received(self, data: bytes) -> None:
        # uvicorn compares with this where a head is complete: nothing reaches none, and everything reaches 0.
        self.limit_concurrency = None if self.most is None or self.lobby.load < self.most else 0
        super().data_received(data)
        self.look(came=True)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.look(came=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop()
        self.lobby.leave(self, answered=not self.running)
        super().connection_lost(exc)

    def look(self, *, came: bool) -> None:
        """See what is waited for now: nothing, a body, or a head, of which there may be a part."""
        at_work = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing():
            return
        if not at_work:
            self.in_body = False
            self.lobby.enter(self)
            if not came:
                self.stop()  # between two requests uvicorn's own time counts
            elif self.timer is None:
                self.wait(self.head_seconds)
        elif self.cycle.more_body:
            self.lobby.enter(self)
            if not self.in_body:
                self.in_body = True
                self.wait(self.body_seconds)
        else:
            self.stop()
            self.in_body = False
            self.lobby.call_in(self)

    def wait(self, seconds: float) -> None:
        self.stop()
        self.timer = self.loop.call_later(seconds, self.give_up)

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def give_up(self) -> None:
        self.timer = None
        self.transport.abort()


def protocol_with(
    lobby: Lobby, *, head_seconds: float = HEAD_SECONDS, body_seconds: float = BODY_SECONDS
) -> type[H11Protocol]:
    """Return the protocol for uvicorn whose connections wait in a lobby, and for so long."""
    return type("Patient", (_Patient,), {"lobby": lobby, "head_seconds": head_seconds, "body_seconds": body_seconds})
