"""What each trick for speed brings: with and without it, in turns, in one run on one machine.

    python benchmarks/ablation.py [--sizes 47,1000] [--rounds 5] [--only WORDS] [--write]

Each trick is switched off from outside, by putting what one would write without it in its place. What is told is the
processor's time of this process (of a second process, and where the network is waited for: the clock's), the best of
the rounds. `--write` puts the table where docs/measurements.md shows it.
"""

import argparse
import asyncio
import contextlib
import email.policy
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import Any
from unittest import mock

import filled_queue as letters
import inbox as mails
import send
from desk_database import put_into_docs
from sqlalchemy import Connection
from sqlalchemy.sql import Executable

from outreach import statement
from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.plan import create
from outreach.database import open_database
from outreach.inbox import helper
from outreach.letters import merge, passages
from outreach.letters.faces import mime_writer
from outreach.letters.faces.pictures import LetterPicture
from outreach.letters.folder import load_letter
from outreach.missions.facts import states
from outreach.missions.importer import import_file
from outreach.outbox import hand
from outreach.outbox.connection import Connection as SmtpConnection
from outreach.outbox.server import SmtpServer
from outreach.outbox.worker import Outbox
from outreach.responses.answers import collect
from outreach.settings import Settings
from outreach.vocabulary import Language
from outreach.web.cache import Memory

ROOT = Path(__file__).parent.parent
CONNECTIONS = 4


def approving(size: int, folder: Path) -> float:
    """So many letters merged, made mails, frozen: in campaigns to 195 missions, for there are no more."""
    engine = open_database(f"sqlite:///{folder}/approval.db")
    import_file(engine, ROOT / "data" / "missions.xlsx", by=named("Ana"))
    settings = Settings(**{"from": f"Secretariat <{letters.SENDER}>"})  # type: ignore[arg-type]
    codes = sorted(states())
    seconds = 0.0
    for start in range(0, size, len(codes)):
        some = codes[: size - start]
        create(
            engine,
            settings,
            f"c{start}",
            load_letter("hrc-reminder", ROOT / "templates"),
            audience=[f"iso:{','.join(some)}"],
            by=named("Ana"),
        )
        began = time.process_time()
        done = approve(engine, settings, f"c{start}", by=named("benchmark"), templates=ROOT / "templates")
        seconds += time.process_time() - began
        assert done.missions == len(some), done
    engine.dispose()
    return seconds


def sending(size: int, folder: Path, *, milliseconds: float = 0) -> float:
    """So many letters handed over: the processor's time, or the clock's where the server takes its time."""
    engine = letters.database(folder, size)
    clock = time.perf_counter if milliseconds else time.process_time
    with send.sink(milliseconds) as port:
        settings = Settings(
            mode="live", smtp_host="127.0.0.1", smtp_port=port, smtp_connections=CONNECTIONS,
            state_dir=f"{folder}/state",
        )  # fmt: skip

        async def go() -> float:
            outbox = Outbox(engine, settings, SmtpServer.configured(settings))
            began = clock()
            summary = await outbox.send_due()
            seconds = clock() - began
            await outbox.close()
            assert summary.states["sent"] == size, summary
            return seconds

        seconds = asyncio.run(go())
    engine.dispose()
    return seconds


def sending_far(size: int, folder: Path) -> float:
    """The same with 20 ms to each of the server's answers, by the clock."""
    return sending(size, folder, milliseconds=20)


def taking_in(size: int, folder: Path) -> float:
    """So many mails from a Maildir into the database, by the clock: a second process has its own processor."""
    own = mails.own_mails()
    mails.fill(folder / "Maildir", [raw.replace(b"Subject: ", b"X-N: %d\r\nSubject: " % n, 1)
                                    for n in range(size) for raw in [own[n % len(own)]]])  # fmt: skip
    engine = mails.new_database(folder)
    began = time.perf_counter()
    taken = collect(engine, [folder / "Maildir"], by=named("Ana")).taken
    seconds = time.perf_counter() - began
    assert taken == size
    engine.dispose()
    return seconds


def a_page(size: int, folder: Path) -> float:
    """A campaign's page at the desk with so many letters, opened when nothing was committed since."""
    from fastapi.testclient import TestClient

    from outreach.people.accounts import add_account
    from outreach.web.app import create_app
    from outreach.web.desk import Desk, signing_key

    engine = letters.database(folder, size)
    settings = Settings(**{"from": f"Secretariat <{letters.SENDER}>"}, state_dir=f"{folder}/state")  # type: ignore[arg-type]
    add_account(engine, "ana", "three good words", "admin", by=named("bench"))
    client = TestClient(create_app(Desk(engine, settings, folder, signing_key(folder))))
    token = client.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
    client.post("/login", data={"csrf": token, "login": "ana", "password": "three good words"})
    assert client.get("/campaigns/1").status_code == 200
    times = []
    for _ in range(5):
        began = time.process_time()
        assert client.get("/campaigns/1").status_code == 200
        times.append(time.process_time() - began)
    engine.dispose()
    return min(times)


# ---------------------------------------------------------------- what one would write without the trick


def _with_the_library(
    envelope: mime_writer.HeaderFields, text: str, html: Sequence[str], attachments: Sequence[Any], _pictures: object
) -> bytes:
    """A mail built by email.message.EmailMessage; the letter of the measurement has no pictures."""
    made = EmailMessage(policy=email.policy.SMTP)

    def boxes(some: Sequence[mime_writer.NameAddr]) -> list[Address]:
        return [Address(one.name, addr_spec=mime_writer.ascii_domain(one.address)) for one in some]

    made["From"] = boxes([envelope.sender])
    if envelope.reply_to is not None:
        made["Reply-To"] = boxes([envelope.reply_to])
    for name, some in (("To", envelope.to), ("Cc", envelope.cc)):
        if some:
            made[name] = boxes(some)
    made["Subject"] = envelope.subject
    made["Message-ID"] = envelope.message_id
    if envelope.in_reply_to:
        made["In-Reply-To"] = made["References"] = envelope.in_reply_to
    made["Content-Language"] = envelope.language
    made.set_content(text)
    made.add_alternative("".join(html), subtype="html")
    for file in attachments:
        kind, _, subtype = file.media_type.partition("/")
        made.add_attachment(file.content, kind, subtype, filename=file.name)
    return made.as_bytes()


def _whole(language: Language, pictures: Iterable[tuple[str, LetterPicture]]) -> Callable[[str], passages.Reading]:
    """A reader that reads each letter for itself."""
    shown = dict(pictures)
    return lambda source: passages.Reading((passages._read(0, passages.parse(source), language, shown),))  # noqa: SLF001


@cache
def _made(one: statement.Statement, length: int) -> tuple[Executable, frozenset[str]]:
    """A statement, and the names of the values that it asks for."""
    made: Any = one._build(length)  # noqa: SLF001
    return made, frozenset(name for name, bind in made.compile().binds.items() if bind.required)


def _run(
    self: statement.Statement,
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    shared: Mapping[str, Any] = statement.NOTHING,
) -> int:
    """What SQLAlchemy runs, through its own caches."""
    made, wanted = _made(self, 0)
    given = [{name: value for name, value in {**row, **shared}.items() if name in wanted} for row in rows]
    return int(connection.execute(made, given).rowcount)


def _rows(
    self: statement.Statement, connection: Connection, listed: Sequence[Any] = (), **values: Any
) -> list[statement.Row]:
    values |= {f"in_{place}": value for place, value in enumerate(listed)}
    return [dict(row) for row in connection.execute(_made(self, len(listed))[0], values).mappings()]


def _by_columns(self: Any, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> list[Any]:
    """What `_Compiled.placed` does, a column at a time, as it did once."""
    columns: dict[str, Any] = {name: repeat(value, len(rows)) for name, value in self._ready(shared).items()}
    for name in self.bind.keys() - shared.keys():
        values = map(itemgetter(name), rows)
        columns[name] = values if self.bind[name] is None else map(self.bind[name], values)
    if self.order is None:
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    drawn = {name: list(values) for name, values in columns.items()}
    return list(zip(*(drawn[name] for name in self.order), strict=True))


@contextlib.contextmanager
def _put(*places: tuple[Any, str, Any]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for target, name, new in places:
            stack.enter_context(mock.patch.object(target, name, new))
        yield


@dataclass(frozen=True)
class Trick:
    """One trick, what is measured, and how it is switched off."""

    name: str
    work: Callable[[int, Path], float]
    without: Callable[[], contextlib.AbstractContextManager[Any]]
    most: int = 100_000


TRICKS = (
    Trick("hand-made MIME (letters/mime.py)", approving, lambda: _put((mime_writer, "build", _with_the_library))),
    Trick("shared passages (letters/passages.py)", approving, lambda: _put((merge, "_reader", _whole))),
    Trick("pipelined dialogue, on this machine", sending, lambda: _put((SmtpConnection, "_pipelines", False))),
    Trick(
        "pipelined dialogue, 20 ms an answer", sending_far, lambda: _put((SmtpConnection, "_pipelines", False)),
        most=1000,
    ),
    Trick(
        "compiled statements (statement.py), sending", sending,
        lambda: _put((statement.Statement, "run", _run), (statement.Statement, "rows", _rows)),
    ),
    Trick(
        "values a row at a time, and not a column (statement.py), sending", sending,
        lambda: _put((statement._Compiled, "placed", _by_columns)),  # noqa: SLF001
    ),
    Trick(
        "what is in hand is not read again (outbox/hand.py)", sending,
        lambda: _put((hand, "commits_of_others", lambda _connection: None)),
    ),
    Trick(
        "second process (inbox/helper.py), by the clock", taking_in,
        lambda: _put((helper, "_processors", lambda: 1)),
    ),
    Trick(
        "the desk's memory (web/memory.py), one page", a_page,
        lambda: _put((Memory, "recall", lambda _self, _key, make, _keep=None: make())),
    ),
)  # fmt: skip


def once(trick: Trick, size: int) -> float:
    """Do the work once, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return trick.work(size, Path(folder))


def measured(sizes: Sequence[int], rounds: int, only: str) -> list[str]:
    """Return the table's lines."""
    lines = ["| trick | letters | with, ms | without, ms | without / with |", "|---|--:|--:|--:|--:|"]
    for trick in TRICKS:
        if only not in trick.name:
            continue
        once(trick, 20)  # what is imported or compiled once
        for size in sizes:
            if size > trick.most:
                continue
            pairs = []
            for _ in range(rounds if size <= 1000 else 1):
                kept = once(trick, size)
                with trick.without():
                    pairs.append((kept, once(trick, size)))
            ours, plain = (min(column) * 1000 for column in zip(*pairs, strict=True))
            lines.append(f"| {trick.name} | {size:,} | {ours:,.1f} | {plain:,.1f} | {plain / ours:.2f} |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="47,1000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true", help="put the table into docs/measurements.md")
    args = parser.parse_args()
    lines = measured([int(size) for size in args.sizes.split(",")], args.rounds, args.only)
    if args.write:
        put_into_docs("ablation", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
