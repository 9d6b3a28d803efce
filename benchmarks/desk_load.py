"""Fifty people at the desk while 47 letters are sent: what they wait for, what goes wrong, what it costs the sending.

    python benchmarks/desk_load.py [--rounds N] [--people N] [--write]

Promise: no error, and sending not slower than 0.9 of what it is with the desk open and nobody at it. `outreach serve`
runs as a process of its own over 20 campaigns and 100,000 messages. The people are signed in, each in a session of
their own: they open page after page, set positions and record answers, and some watch the progress; each of them is
at missions of their own, so that an answer 409 would be an error as any other. The letters go to a sink on this
machine, over four connections, with no rate set: to one that answers at once, and to one that takes 50 ms an answer,
as a server elsewhere does. Their time is from the first hand-over to the last answer, as the database has it.

Sendings with people are measured between those without. Clicks: every 2 to 5 s a person, as people do; and, for what
happens beyond, the next as soon as the last was answered, which takes all the processors there are.
"""

import argparse
import asyncio
import contextlib
import os
import random
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import filled_queue as queue
from desk_database import CAMPAIGNS, DRAFT, LETTERS, put_into_docs, years_of_use
from send import sink

from outreach.actors import named

sys.path.insert(0, str(Path(__file__).parent.parent))  # tests/ is no package of ours

from tests.own_letters import make_own

PASSWORD = "three good words"
WARM_SECONDS = 4.0
SENDINGS = 4
"""So many in a row: one takes a tenth of a second where the server answers at once, and tells little alone."""
LOOKS = (
    ("/", 4),
    ("/campaigns/{c}", 5),
    ("/campaigns/{c}/letters", 3),
    ("/campaigns/{c}/letters/{m}", 6),
    ("/campaigns/{c}/letters/{m}/page", 2),
    (f"/campaigns/{DRAFT}", 3),
    (f"/campaigns/{DRAFT}/send", 2),
    ("/missions", 2),
    ("/missions?q=an", 2),
    ("/missions/{m}", 4),
    ("/inbox", 4),
    ("/inbox/{n}", 4),
    ("/letters/hrc-joint-letter/en", 1),
    ("/settings", 1),
)
"""What is opened, and how often each."""
WRITES = 0.12
"""The share of clicks that change something."""
WATCHING = 5
"""So many of the people have the sending's progress open besides."""


@dataclass
class Seen:
    """What the people met with."""

    milliseconds: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    writes: int = 0

    def percentile(self, share: float) -> float:
        times = sorted(self.milliseconds)
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


class Person:
    """One browser: a kept connection, a cookie, and missions of its own."""

    def __init__(self, port: int, number: int, people: int, codes: list[str]) -> None:
        self.port, self.number = port, number
        self.own = codes[number::people] or codes[:1]
        self.cookie = ""
        self.random = random.Random(number)
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Send one request and return status and body."""
        if self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self.reader is not None
        self.writer.write(self.request(method, path, form))
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = await self.reader.readexactly(int(length[1])) if length else b""
        for name, value in re.findall(r"(?i)set-cookie: (outreach_desk)=([^;\r]*)", head):
            self.cookie = f"{name}={value}"
        return int(head.split(" ", 2)[1]), body.decode("utf-8", "replace")

    def request(self, method: str, path: str, form: dict[str, str] | None = None) -> bytes:
        body = urlencode(form).encode() if form is not None else b""
        kind = "content-type: application/x-www-form-urlencoded\r\n" if form is not None else ""
        cookie = f"cookie: {self.cookie}\r\n" if self.cookie else ""
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{cookie}{kind}content-length: {len(body)}\r\n\r\n"
        return head.encode() + body

    async def sign_in(self) -> None:
        _, page = await self.ask("GET", "/login")
        form = {"csrf": hidden(page, "csrf"), "login": f"person{self.number}", "password": PASSWORD}
        status, page = await self.ask("POST", "/login", form)
        assert status == 303, (status, page[:300])

    async def click(self, seen: Seen) -> None:
        campaign, mission = self.random.randint(1, CAMPAIGNS), self.random.choice(self.own)
        if self.random.random() < WRITES:
            await self.write(campaign, mission, seen)
            return
        (pattern,) = self.random.choices([path for path, _ in LOOKS], [often for _, often in LOOKS])
        await self.timed(seen, "GET", pattern.format(c=campaign, m=mission, n=self.random.randint(1, 5_000)))

    async def write(self, campaign: int, mission: str, seen: Seen) -> None:
        page = await self.timed(seen, "GET", f"/campaigns/{campaign}/letters/{mission}")
        form = {"csrf": hidden(page, "csrf")}
        if self.random.random() < 0.6:
            form |= {
                "seen": hidden(page, "seen"),
                "position": self.random.choice(["in favour", "undecided", "against"]),
            }
            path = f"/campaigns/{campaign}/missions/{mission}/position"
        else:
            form |= {"way": "call", "note": "told by phone"}
            path = f"/campaigns/{campaign}/missions/{mission}/answer"
        await self.timed(seen, "POST", path, form)
        seen.writes += 1

    async def timed(self, seen: Seen, method: str, path: str, form: dict[str, str] | None = None) -> str:
        begun = time.perf_counter()
        try:
            status, page = await self.ask(method, path, form)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.writer = None
            seen.wrong[f"{method} {path}: {type(error).__name__}"] += 1
            return ""
        seen.milliseconds.append((time.perf_counter() - begun) * 1000)
        if status != (200 if method == "GET" else 303):
            seen.wrong[f"{method} {path}: {status}"] += 1
        return page

    async def watch(self, seen: Seen, watched: int) -> None:
        """Keep the progress of the sending open, as its page does."""
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(self.request("GET", f"/campaigns/{watched}/progress"))
                head = await reader.readuntil(b"\r\n\r\n")
                if b" 200 " not in head.split(b"\r\n")[0]:
                    seen.wrong["progress: " + head.split(b"\r\n")[0].decode()] += 1
                while await reader.read(10_000):
                    pass
            finally:
                writer.close()
            await asyncio.sleep(3)  # as a browser does before it opens a stream anew


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def people_at_the_desk(port: int, people: int, codes: list[str], pipe: Connection) -> None:
    """Sign people in, then click as the pipe says: a range of seconds to think, None to stop. Its own process."""
    asyncio.run(_crowd([Person(port, number, people, codes) for number in range(people)], pipe))


async def _crowd(crowd: list[Person], pipe: Connection) -> None:
    for person in crowd:
        await person.sign_in()
    loop = asyncio.get_running_loop()
    pipe.send("signed in")
    while (told := await loop.run_in_executor(None, pipe.recv)) != "end":
        seen, stop = Seen(), asyncio.Event()
        think: tuple[float, float]
        think, sending = told

        async def at_it(person: Person, seen: Seen = seen, stop: asyncio.Event = stop, think: Any = think) -> None:
            await asyncio.sleep(person.random.uniform(0, think[1]))
            while not stop.is_set():
                await person.click(seen)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), person.random.uniform(*think) or 0.001)

        clicking = [asyncio.create_task(at_it(person)) for person in crowd]
        watching = [asyncio.create_task(person.watch(seen, sending)) for person in crowd[:WATCHING]]
        assert await loop.run_in_executor(None, pipe.recv) is None
        stop.set()
        await asyncio.gather(*clicking)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        pipe.send(seen)


class Letters:
    """Campaigns of 47 letters each, which wait for their moment: each sending is of the next one."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.next = DRAFT + 1

    def send(self, longest: float = 120.0) -> float:
        """Make the next ones due, wait until all are out, and return the seconds from first claim to last answer."""
        now, self.next = f"{datetime.now(UTC):%F %T.%f}", self.next + 1
        of_campaign = f"WHERE campaign_id = {self.next - 1}"
        self.database.execute("BEGIN IMMEDIATE")
        self.database.execute(f"UPDATE message SET due_at = ?, next_try_at = ? {of_campaign}", (now, now))
        self.database.execute("UPDATE campaign SET due_at = ? WHERE id = ?", (now, self.next - 1))
        self.database.execute("COMMIT")
        end = time.monotonic() + longest
        while self.database.execute(f"SELECT count(*) FROM message {of_campaign} AND state != 'sent'").fetchone()[0]:
            told = f"SELECT state, reason, count(*) FROM message {of_campaign} GROUP BY 1, 2"
            assert time.monotonic() < end, self.database.execute(told).fetchall()
            time.sleep(0.1)
        times = f"SELECT min(first_try_at), max(sent_at) FROM message {of_campaign}"
        first, last = self.database.execute(times).fetchone()
        return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


@dataclass
class Row:
    """One line of the table."""

    sends: str
    answer: str
    clicks: str
    seen: Seen
    seconds: float
    alone: float
    clicking: float
    """For how many seconds people clicked."""

    @property
    def ratio(self) -> float:
        """How fast the letters went, of how fast they go alone."""
        return self.alone / self.seconds


@contextlib.contextmanager
def running(folder: Path, port: int, *command: str, says: bool = True) -> Iterator[str]:
    """Run a command of Outreach in the folder, sending to the sink, and give the first line that it says."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OUTREACH_")}
    environment |= {
        "OUTREACH_MODE": "live", "OUTREACH_FROM": "Coalition <letters@coalition.example>",
        "OUTREACH_SMTP_HOST": "127.0.0.1", "OUTREACH_SMTP_PORT": str(port), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", *command], cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=None if says else subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline() if says else ""
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def prepared(folder: Path, people: int, sendings: int) -> list[str]:
    """Fill a folder's database, approve the letters, let people in; return the missions' codes."""
    from outreach.campaigns.approve import approve
    from outreach.campaigns.timing import schedule
    from outreach.database import reading
    from outreach.missions.directory import contacts_of, list_missions
    from outreach.people.accounts import add_account
    from outreach.settings import Mode

    engine, settings = years_of_use(folder)
    make_own(folder / "templates")  # a sample goes to nobody
    approve(engine, settings, "draft", by=named("Ana"), templates=folder / "templates")
    schedule(
        engine,
        settings.model_copy(update={"mode": Mode.LIVE, "smtp_host": "127.0.0.1"}),
        "draft",
        "2036-03-18 09:00",
        yes=47,
        by=named("Ana"),
    )
    for number in range(people):
        add_account(engine, f"person{number}", PASSWORD, "editor", by=named("bench"))
    with reading(engine) as session:
        codes = [one.iso3 for one in list_missions(session)]
        boxes = {code: [one.email for one in found] for code, found in contacts_of(session, codes[:47]).items()}
    for sending in range(sendings):
        queue.fill(
            engine, 47, name=f"sending-{sending}", campaign=DRAFT + 1 + sending, first=LETTERS * 2 + 47 * sending,
            missions=boxes, due=datetime(2036, 3, 18, 9, tzinfo=UTC),
        )  # fmt: skip
    engine.dispose()
    return codes


def measure(rounds: int, people: int) -> Iterator[Row]:
    """Measure each way to send with each way to click."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        codes = prepared(folder, people, sendings=4 * (1 + 2 * SENDINGS * (1 + 2 * rounds)))
        database = sqlite3.connect(folder / "outreach.db", isolation_level=None, timeout=30)
        with contextlib.closing(database):
            letters = Letters(database)
            for milliseconds, answer in ((0, "at once"), (50, "after 50 ms")):
                for own, sends in ((True, "the desk"), (False, "`outreach run` beside it")):
                    with sink(milliseconds) as port, contextlib.ExitStack() as stack:
                        line = stack.enter_context(
                            running(folder, port, "serve", "--port", "0", *([] if own else ["--no-send"]))
                        )
                        if not own:
                            stack.enter_context(running(folder, port, "run", says=False))
                        found = re.search(r":(\d+)/", line)
                        assert found, line
                        crowd = stack.enter_context(a_crowd(int(found[1]), people, codes))
                        letters.send()  # opens the connections
                        for think, clicks in (((2.0, 5.0), "every 2 to 5 s"), ((0.0, 0.0), "without a pause")):
                            yield one_row(letters, crowd, think, rounds, (sends, answer, clicks))


@contextlib.contextmanager
def a_crowd(port: int, people: int, codes: list[str]) -> Iterator[Connection]:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=people_at_the_desk, args=(port, people, codes, there))
    process.start()
    try:
        assert here.recv() == "signed in"
        yield here
        here.send("end")
        process.join(20)
    finally:
        process.kill()


def one_row(
    letters: Letters, crowd: Connection, think: tuple[float, float], rounds: int, words: tuple[str, str, str]
) -> Row:
    alone, with_people, clicking, seen = [letters.send() for _ in range(SENDINGS)], [], 0.0, Seen()
    for _ in range(rounds):
        crowd.send((think, letters.next))
        begun = time.perf_counter()
        time.sleep(think[1] + WARM_SECONDS)
        with_people += [letters.send() for _ in range(SENDINGS)]
        crowd.send(None)
        met: Seen = crowd.recv()
        clicking += time.perf_counter() - begun
        seen.milliseconds += met.milliseconds
        seen.wrong += met.wrong
        seen.writes += met.writes
        alone += [letters.send() for _ in range(SENDINGS)]
    return Row(*words, seen, statistics.median(with_people), statistics.median(alone), clicking)


def table(rows: list[Row]) -> str:
    """Return the measurements as a table in Markdown."""
    lines = [
        "| who sends | server | clicks | pages/s | median, ms | 95 %, ms | errors | sent in, s | alone, s | rate |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.sends} | {row.answer} | {row.clicks} | {len(row.seen.milliseconds) / row.clicking:.0f} "
        f"| {row.seen.percentile(0.5):.0f} | {row.seen.percentile(0.95):.0f} | {row.seen.wrong.total()} "
        f"| {row.seconds:.2f} | {row.alone:.2f} | {row.ratio:.2f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and with --write put the table into docs/measurements.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--write", action="store_true", help="put the table into docs/measurements.md")
    args = parser.parse_args()
    rows: list[Row] = []
    for row in measure(args.rounds, args.people):
        rows.append(row)
        print(table(rows).splitlines()[-1], dict(row.seen.wrong.most_common(5)) or "", flush=True)
    print(f"\n{args.people} people, {LETTERS:,} messages; median of {args.rounds * SENDINGS}\n\n{table(rows)}")
    if args.write:
        put_into_docs("desk_load", table(rows))


if __name__ == "__main__":
    main()
