"""A campaign is cancelled, or paused, while a slow server has letters in hand: told from the server's own log."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine

from outreach.actors import named
from outreach.campaigns.timing import cancel, pause
from outreach.models import Message
from outreach.vocabulary import MessageState
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import Dialogue, ScriptedSmtp

pytestmark = pytest.mark.heavy
Messages = Callable[[], list[Message]]


@dataclass
class Slow:
    """A server that takes a moment for each RCPT, DATA and final dot, and keeps a log of what was said, in order."""

    seconds: float
    at: tuple[str, int]
    """At how many of which command the campaign is stopped, while the answer to it is awaited."""
    stop: Callable[[], Any]
    log: list[tuple[int, str]] = field(default_factory=list)
    stopped_at: int = -1
    """How long the log was then."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, dialogue: Dialogue, verb: str, _argument: str) -> None:
        with self.lock:
            self.log.append((dialogue.number, verb))
            stops = self.stopped_at < 0 and (verb, sum(said == verb for _, said in self.log)) == self.at
            if stops:
                self.stop()
                self.stopped_at = len(self.log)
        if verb in ("RCPT", "DATA", "DOT"):
            time.sleep(self.seconds)

    def after(self, verb: str) -> list[int]:
        """The connections on which a command came after the stop."""
        return [number for number, said in self.log[self.stopped_at :] if said == verb]


@pytest.mark.parametrize("stop", [cancel, pause])
@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("connections", [1, 4])
def test_after_a_stop_only_what_was_at_data_goes_out(
    connections: int, verb: str, stop: Callable[..., int], letters: Letters, send: Send, messages: Messages,
    engine: Engine,
) -> None:  # fmt: skip
    letters(40)
    script = Slow(0.05, (verb, 9), lambda: stop(engine, "spring", by=named("Ana")))
    with ScriptedSmtp(script) as server:
        send(server.port, smtp_connections=connections)
        taken = set(server.recipients())
        assert set(server.recipients().values()) == {1}
    # What had the mark by then asks for DATA, or ends it: one letter a connection; and no other begins its DATA.
    dots, data = script.after("DOT"), script.after("DATA")
    assert len(data) <= connections
    assert len(dots) <= connections
    assert len(set(dots)) == len(dots)
    assert len(set(data)) == len(data)
    ended = MessageState.CANCELLED if stop is cancel else MessageState.QUEUED
    for one in messages():
        out = f"pr@{one.iso3.lower()}.mission.example" in taken
        assert one.state is (MessageState.SENT if out else ended)
        assert one.owner is None
    assert len(taken) < 20
