"""Mail in batches: of whatever size, broken by odd mails or killed anywhere, what is recorded is the same, once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inbox_mails import answer, recipient_group, report
from sqlalchemy import Engine
from sqlmodel import delete, select

from outreach.actors import named
from outreach.database import open_database, reading, writing
from outreach.inbox import helper, ingest
from outreach.inbox.classify import classify
from outreach.models import (
    Attachment,
    Contact,
    Delivery,
    DeliveryEvent,
    Message,
    Reply,
    Response,
    ResponseChange,
    Suggestion,
)
from outreach.responses.answers import collect
from outreach.vocabulary import DeliveryStatus, MailKind, MessageState
from tests.examples import examples

FRA, DEU = "mission@fra.mission.example", "mission@deu.mission.example"
TO_DEU = "<letter-deu@coalition.example>"
MAILS = [
    answer("We will abstain. Please remove us from your list."),
    answer("Yes.", "X-Second: 1"),
    answer("I am away until 25 March 2024.", "Auto-Submitted: auto-replied"),
    answer("We agree.", reply_to=TO_DEU, sender="Berta <mission@deu.mission.example>"),
    answer("Whose is this?", reply_to="", sender="Anna <anna@fra.mission.example>"),
    answer("And this?", reply_to="", sender="Nobody <nobody@nowhere.example>"),
    report(recipient_group(FRA, "delayed", "4.4.1")),
    report(recipient_group(FRA, "failed", "5.1.1", "550 5.1.1 No such user")),
    report(recipient_group(DEU, "delivered", "2.0.0"), message_id=TO_DEU),
    report(recipient_group("pr@fra.mission.example", "failed", "5.2.2", "552 5.2.2 full"), message_id=""),
    report(recipient_group("inside@else.example", "failed", "5.1.1"), message_id=TO_DEU),
    b"\x00\xff no mail at all",
]
TABLES: tuple[Any, ...] = (
    Reply, Attachment, DeliveryEvent, Suggestion, Message, Delivery, Response, ResponseChange, Contact
)  # fmt: skip
MADE_WITH_THE_MOMENT = {"ingested_at", "at", "changed_at", "decided_at", "received_at", "source"}


def state(engine: Engine) -> dict[str, list[str]]:
    """All rows, without the moment at which they were made, and without the order in which a batch makes them."""
    with reading(engine) as session:
        numbers = {row.id: row.digest for row in session.exec(select(Reply)).all()}
        return {
            table.__tablename__: sorted(
                str(
                    {
                        name: numbers.get(value) if name == "reply_id" else value
                        for name, value in row.model_dump(exclude={"id"}).items()
                        if name not in MADE_WITH_THE_MOMENT
                    }
                )
                for row in session.exec(select(table)).all()
            )
            for table in TABLES
        }


def forget(engine: Engine) -> None:
    """Make it as it was before any mail came in."""
    with writing(engine) as session:
        for table in (ResponseChange, Suggestion, Attachment, DeliveryEvent, Reply):
            session.exec(delete(table))
        for message in session.exec(select(Message)).all():
            uncertain = message.iso3 == "DEU"
            message.state = MessageState.UNCERTAIN if uncertain else MessageState.SENT
            message.delivery = None if uncertain else DeliveryStatus.ACCEPTED
            message.sent_at = None if uncertain else message.first_try_at
            session.add(message)
        for recipient in session.exec(select(Delivery)).all():
            recipient.status, recipient.sent_at = None, None
            recipient.state = session.get_one(Message, recipient.message_id).state
            session.add(recipient)
        for response in session.exec(select(Response)).all():
            response.answer, response.answered_at, response.changed_by, response.changed_at = "none", None, "", None
            session.add(response)
        for contact in session.exec(select(Contact)).all():
            contact.bounced_at, contact.bounce_detail = None, ""
            session.add(contact)


def written(folder: Path, order: list[int]) -> list[Path]:
    """The mails as files, in an order that their names keep."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for place, number in enumerate(order):
        (folder / f"{place:03}.eml").write_bytes(MAILS[number])
    return [folder]


@pytest.mark.heavy
@given(st.lists(st.integers(0, len(MAILS) - 1), min_size=1, max_size=16), st.integers(1, 9))
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_size_of_a_batch_changes_nothing(sent, engine: Engine, tmp_path: Path, monkeypatch, order, size):
    with reading(engine) as session:
        there = session.exec(select(Message)).first()
    if there is None:
        sent("FRA", cc=("pr",))
        sent("DEU")
    found = []
    for batch in (1, size):
        forget(engine)
        monkeypatch.setattr(ingest, "BATCH", batch)
        collect(engine, written(tmp_path / "mails", order), by=named("Ana"))
        found.append(state(engine))
    assert found[0] == found[1]
    assert len(found[0]["reply"]) == len({MAILS[number] for number in order})
    again = collect(engine, [tmp_path / "mails"], by=named("Ana"))
    assert (again.taken, again.known) == (0, len(order))
    assert state(engine) == found[1]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_second_process_changes_nothing(sent, engine: Engine, tmp_path: Path, monkeypatch):
    sent("FRA", cc=("pr",))
    sent("DEU")
    folder = written(tmp_path / "mails", [*range(len(MAILS)), *range(len(MAILS))])
    monkeypatch.setattr(ingest, "BATCH", 3)
    found = []
    for worth_it in (1_000, 1):
        forget(engine)
        monkeypatch.setattr(helper, "_WORTH_ITS_START", worth_it)
        monkeypatch.setattr(helper.platform, "processors", lambda: 2)
        assert collect(engine, folder, by=named("Ana")).taken == len(MAILS)
        found.append(state(engine))
    assert found[0] == found[1]


@pytest.mark.heavy
@given(st.sets(st.integers(0, len(MAILS) - 2), max_size=4))
@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_mails_stop_no_other(sent, engine: Engine, tmp_path: Path, monkeypatch, odd):
    with reading(engine) as session:
        there = session.exec(select(Message)).first()
    if there is None:
        sent("FRA", cc=("pr",))
        sent("DEU")
    forget(engine)
    real = ingest.match
    digests = {MAILS[number] for number in odd}
    texts = {classify(raw) for raw in digests}

    def breaks(finding: Any, known: Any) -> Any:
        if finding in texts:
            raise RuntimeError("an odd mail")
        return real(finding, known)

    with monkeypatch.context() as patched:
        patched.setattr(ingest, "match", breaks)
        result = collect(engine, written(tmp_path / "mails", list(range(len(MAILS)))), by=named("Ana"))
    assert len(result.problems) == len(odd)
    with reading(engine) as session:
        kept = {row.raw: row.kind for row in session.exec(select(Reply)).all()}
    assert kept.keys() == set(MAILS)
    assert {raw for raw, kind in kept.items() if kind is MailKind.UNREADABLE} == digests | {MAILS[-1]}


# Takes mail in as a process of its own, forked off one that has imported everything.
_NURSERY = """
import os, signal, sys
from pathlib import Path
from outreach.actors import named
from outreach.database import open_database
from outreach.inbox import helper, ingest
from outreach.inbox.classify import classify
from outreach.responses.answers import collect

ingest.BATCH = 5
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    url, folder = line.split()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            collect(open_database(url), [Path(folder)], by=named("Ana"))
            Path(folder, "..", "done").touch()
        finally:
            os._exit(0)
    print(child, flush=True)
"""


@pytest.fixture
def nursery() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.heavy
def test_killed_anywhere_and_begun_again_nothing_is_lost_and_nothing_counted_twice(
    sent, engine: Engine, tmp_path: Path, nursery
):
    sent("FRA", cc=("pr",))
    sent("DEU")
    forget(engine)
    folder = tmp_path / "mails"
    folder.mkdir()
    rng = random.Random(4)
    for place in range(160):
        number = rng.randrange(len(MAILS))
        raw = MAILS[number].replace(b"Subject: ", f"X-Number: {place % 120}\r\nSubject: ".encode(), 1)
        (folder / f"{place:03}.eml").write_bytes(raw)
    collect(engine, [folder], by=named("Ana"))
    wanted = state(engine)
    forget(engine)
    url = str(engine.url)
    engine.dispose()
    kills = 0
    while not (tmp_path / "done").exists():
        nursery.stdin.write(f"{url} {folder}\n")
        nursery.stdin.flush()
        child = int(nursery.stdout.readline())
        patience = rng.uniform(0.03, 0.12) if kills < 12 else 20.0
        end = time.monotonic() + patience
        while time.monotonic() < end and not (tmp_path / "done").exists():
            time.sleep(0.005)
        if not (tmp_path / "done").exists():
            os.kill(child, signal.SIGKILL)
            kills += 1
            assert kills < 20
    again = open_database(url)
    assert state(again) == wanted
    again.dispose()
    assert kills > 0
