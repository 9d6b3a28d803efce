"""Real processes on one database, killed at any moment and run side by side: nothing twice, nothing lost."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from outreach.models import Message, MessageState
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import Dialogue, ScriptedSmtp

S = MessageState
_WORKER = """
import asyncio, sys
from outreach.database import open_database
from outreach.outbox.server import SmtpServer
from outreach.outbox.worker import Outbox
from outreach.settings import Settings

settings = Settings(database_url=sys.argv[1], mode="live", smtp_host="127.0.0.1", smtp_port=sys.argv[2])
asyncio.run(Outbox(open_database(settings.database_url), settings, SmtpServer.configured(settings)).send_due())
"""


@pytest.fixture
def worker(engine: Engine) -> Callable[[int], "subprocess.Popen[bytes]"]:
    def start(port: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", _WORKER, str(engine.url), str(port)], cwd=Path(__file__).parent)

    return start


def slowly(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
    """Take a moment over each letter, so that a kill falls into every part of the dialogue."""
    if verb in ("MAIL", "DATA", "DOT"):
        time.sleep(0.002)
    return None


def check(messages: list[Message], server: ScriptedSmtp) -> Counter[MessageState]:
    copies = server.recipients()
    assert not copies or max(copies.values()) == 1, "a letter went out twice"
    for message in messages:
        got = copies[f"pr@{message.iso3.lower()}.mission.example"]
        assert message.state in (S.SENT, S.UNCERTAIN), message
        assert got == 1 or message.state is S.UNCERTAIN, "a letter is marked sent and never arrived"
    return Counter(message.state for message in messages)


def test_killed_at_any_moment_and_started_again_nothing_is_lost_or_sent_twice(
    letters: Letters,
    send: Send,
    messages: Callable[[], list[Message]],
    worker: Callable[[int], "subprocess.Popen[bytes]"],
) -> None:
    letters(120)
    rng = random.Random(20240318)
    with ScriptedSmtp(slowly) as server:
        for _ in range(6):
            process = worker(server.port)
            before = len(server.data_seen)
            while len(server.data_seen) == before and process.poll() is None:
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.08))
            process.kill()
            process.wait()
        send(server.port)
        found = check(messages(), server)
    assert found[S.SENT] >= 120 - 6 * 4, "at most one letter a connection can be in doubt at each kill"


def test_two_processes_on_one_database_share_the_work(
    letters: Letters, messages: Callable[[], list[Message]], worker: Callable[[int], "subprocess.Popen[bytes]"]
) -> None:
    letters(150)
    with ScriptedSmtp(slowly) as server:
        processes = [worker(server.port) for _ in range(3)]
        assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
        assert check(messages(), server) == {S.SENT: 150}
    assert len(server.accepted) == 150
