"""The proof of the outbox: real workers, killed at random moments and started again, against a server's own log.

What must hold in the end, whatever was killed when: each letter that the server accepted, it accepted once; every
letter is sent, or in doubt and shown to a person; what is marked sent, the server has; and what was in doubt is at
most one letter for each connection and kill.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Engine
from sqlmodel import col, select

from outreach.database import reading
from outreach.models import Delivery, Message
from outreach.vocabulary import MessageState
from tests.scripted_smtp import Dialogue, Script, ScriptedSmtp

# Workers are forked off a process that has imported everything: a kill is cheap then, and comes at any moment.
_NURSERY = """
import asyncio, os, signal, sys
from outreach.database import open_database
from outreach.outbox.server import SmtpServer
from outreach.outbox.worker import Outbox
from outreach.settings import Settings

async def work(url, port, connections):
    settings = Settings(
        database_url=url, state_dir=os.environ["OUTREACH_STATE_DIR"],
        mode="live", smtp_host="127.0.0.1", smtp_port=port, smtp_connections=connections,
        retry_minutes=0.0005, pause_failures_percent=100,
    )
    outbox = Outbox(open_database(url), settings, SmtpServer.configured(settings))
    await outbox.send_due()
    await outbox.close()

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    url, port, connections, state_dir = line.split()
    os.environ["OUTREACH_STATE_DIR"] = state_dir
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        status = 1
        try:
            asyncio.run(work(url, port, connections))
            status = 0
        finally:
            os._exit(status)
    print(child, flush=True)
"""
FAULTS = (
    "MAIL 450 4.3.0 later", "MAIL hang up", "RCPT hang up", "RCPT 421 4.3.2 bye", "RCPT 452 4.5.3 later",
    "DATA hang up", "DATA 421 4.3.2 bye", "DATA 451 4.3.0 later", "DOT hang up", "DOT 451 4.3.0 later", "DOT nonsense",
    "DOT half an answer", "MAIL half an answer", "EHLO hang up", "RSET hang up", "RSET 421 4.3.2 bye",
    "CONNECT 421 4.3.2 busy",
)  # fmt: skip


@dataclass
class Found:
    """What a run came to."""

    states: Counter[MessageState]
    duplicates: int
    lost: int
    kills: int

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return f"{self.kills} kills: {states}; {self.duplicates} duplicates, {self.lost} lost"


class Nursery:
    """Starts worker processes, each of which sends what is due and ends. Use it as a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._say_nothing_but("ready"), "the workers did not start"
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.kill()
        self._process.wait(timeout=30)

    def start(self, url: str, port: int, connections: int = 4) -> int:
        """Start a worker and return its process number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{url} {port} {connections} {os.environ['OUTREACH_STATE_DIR']}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def _say_nothing_but(self, word: str) -> bool:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip() == word


def _lives(worker: int) -> bool:
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        return False
    return True


def _kill(worker: int) -> None:
    try:
        os.kill(worker, signal.SIGKILL)
    except ProcessLookupError:
        return
    while _lives(worker):
        time.sleep(0.001)


def faulty(rng: random.Random, share: float) -> Script:
    """A server that does something wrong to a share of all commands, and takes a moment over each letter."""
    by_verb: dict[str, list[str]] = {}
    for fault in FAULTS:
        verb, _, answer = fault.partition(" ")
        by_verb.setdefault(verb, []).append(answer)

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb in ("MAIL", "DATA", "DOT"):
            time.sleep(rng.uniform(0, 0.003))
        if verb in by_verb and rng.random() < share:
            return rng.choice(by_verb[verb])
        return None

    return script


def kill_and_restart(
    nursery: Nursery,
    engine: Engine,
    url: str,
    seed: int,
    *,
    workers: int = 1,
    kills: int = 3,
    share: float = 0.0,
    seconds: float = 60,
) -> Found:
    """Send all letters in the database with workers that are killed so often, and look at what came of it."""
    rng = random.Random(seed)
    with ScriptedSmtp(faulty(random.Random(seed + 1), share)) as server:
        end = time.monotonic() + seconds
        running = [nursery.start(url, server.port) for _ in range(workers)]
        for _ in range(kills):
            before = len(server.data_seen)
            patience = time.monotonic() + 3
            while len(server.data_seen) == before and time.monotonic() < patience:
                time.sleep(0.002)
            time.sleep(rng.uniform(0, 0.06))
            victim = rng.randrange(workers)
            _kill(running[victim])
            running[victim] = nursery.start(url, server.port)
        while time.monotonic() < end:
            running = [worker for worker in running if _lives(worker)]
            if not running:
                if not _open(engine):
                    break
                running = [nursery.start(url, server.port)]
            time.sleep(0.01)
        for worker in running:
            _kill(worker)
        return _found(engine, server, kills)


def _open(engine: Engine) -> int:
    with reading(engine) as session:
        query = select(Message.id).where(
            col(Message.state).in_((MessageState.QUEUED, MessageState.DEFERRED, MessageState.SENDING))
        )
        return len(session.exec(query).all())


def _found(engine: Engine, server: ScriptedSmtp, kills: int) -> Found:
    copies = server.recipients()
    with reading(engine) as session:
        rows = session.exec(
            select(Message.id, Message.state, Delivery.address).join(
                Delivery, col(Delivery.message_id) == col(Message.id)
            )
        ).all()
    lost = sum(
        (state is MessageState.SENT and copies[address] == 0)
        or state not in (MessageState.SENT, MessageState.UNCERTAIN)
        for _, state, address in rows
    )
    duplicates = sum(count - 1 for count in copies.values() if count > 1)
    return Found(Counter(state for _, state, _ in rows), duplicates, lost, kills)
