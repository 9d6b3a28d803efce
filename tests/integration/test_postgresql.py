"""The same on PostgreSQL: the schema, the queue with several workers, the pace, and the move from SQLite."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine
from sqlmodel import SQLModel, col
from sqlmodel import select as sqlmodel_select

from outreach import clock
from outreach.actors import SCHEDULER, named
from outreach.backup.archive import manifest_of
from outreach.backup.make import make
from outreach.backup.restore import restore
from outreach.campaigns.approve import approve
from outreach.campaigns.check import check
from outreach.campaigns.plan import create
from outreach.copying import copy_database
from outreach.database import HEAD, _copy_of_a_server, open_database, open_existing, reading, upgrade, writing
from outreach.errors import ConfirmationError, ConflictError, NoDatabaseError, UserError
from outreach.inbox.ingest import ingest
from outreach.inbox.mail_list import incoming
from outreach.letters.folder import load_letter
from outreach.missions.importer import import_file
from outreach.models import Campaign, Contact, Delivery, Frozen, Message, Mission, Reply, Response
from outreach.outbox import queue
from outreach.outbox.archive_copies import archive_sent
from outreach.outbox.owner import new_owner
from outreach.outbox.rules import Rules
from outreach.outbox.running import running
from outreach.outbox.server import SmtpServer
from outreach.people import audit
from outreach.reports.events import events
from outreach.responses.answers import collect, record_answers, settle
from outreach.responses.decisions import undo
from outreach.sentences import Doing
from outreach.settings import Settings
from outreach.vocabulary import Act, MessageState, Role
from outreach.web.desk import Desk
from outreach.web.waiting import situation_at, told_of, waiting_now
from outreach.workplace import lay_out
from tests.databases import hold_the_same
from tests.outbox.conftest import Letters, letters  # noqa: F401
from tests.outbox.killing import Nursery, kill_and_restart
from tests.own_letters import make_own
from tests.scripted_smtp import ScriptedSmtp
from tests.servers import postgresql

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


def new_database(server: str, name: str) -> str:
    import psycopg

    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server.rpartition('/')[0]}/{name}"


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    return new_database(server, f"test_{abs(hash(request.node.name))}")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_database(url)
    yield opened
    opened.dispose()


def rules(**changes: object) -> Rules:
    live = Settings(mode="live", smtp_host="127.0.0.1", **changes)  # type: ignore[arg-type]
    return Rules.of(live, SmtpServer.configured(live))


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_an_upgrade_keeps_what_is_there_and_a_copy_of_before(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import create_engine, text

    monkeypatch.chdir(tmp_path)
    engine = create_engine(url)
    upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO campaign (name, letter, audience, exceptions, as_of, time_zone, state, reason, "
                "created_at, approved_by) VALUES ('c', 'l', '[]', '[]', '2024-03-18', 'UTC', 'draft', '', now(), '')"
            )
        )
    engine.dispose()
    opened = open_database(url)
    with opened.connect() as connection:
        row = connection.execute(text("SELECT name, spread_minutes, follows_id FROM campaign")).one()
    opened.dispose()
    assert tuple(row) == ("c", 0, None)
    (kept,) = (tmp_path / "backups").iterdir()
    assert kept.name.endswith(f"-before-schema-{HEAD}.db")
    assert kept.stat().st_mode & 0o077 == 0
    with create_engine(f"sqlite:///{kept}").connect() as copy:
        assert copy.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"
        made = copy.execute(text("SELECT name, created_at FROM campaign")).one()
    assert made.name == "c"
    assert abs(datetime.fromisoformat(made.created_at).replace(tzinfo=UTC) - clock.now()) < timedelta(minutes=5)
    brought_back = open_database(f"sqlite:///{kept}")
    with reading(brought_back) as session:
        assert [one.name for one in session.exec(sqlmodel_select(Campaign))] == ["c"]
    brought_back.dispose()


def test_every_row_is_in_the_copy_that_is_kept_before_an_upgrade(
    letters: Letters, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema of today stands for an older one."""
    letters(7)
    assert _copy_of_a_server(engine, tmp_path / "kept.db", HEAD)
    copy = open_database(f"sqlite:///{tmp_path / 'kept.db'}")
    hold_the_same(engine, copy)
    copy.dispose()
    assert not _copy_of_a_server(engine, tmp_path / "another.db", "0010")


@pytest.mark.parametrize("share", [0.0, 0.03])
def test_four_workers_killed_at_random_lose_nothing_and_send_nothing_twice(
    share: float, letters: Letters, engine: Engine, url: str
) -> None:
    letters(120)
    with Nursery() as nursery:
        found = kill_and_restart(nursery, engine, url, 7, workers=4, kills=5, share=share)
    assert (found.duplicates, found.lost) == (0, 0), found


def test_claims_of_several_workers_never_overlap_even_at_the_same_moment(letters: Letters, engine: Engine) -> None:
    letters(60)

    async def claim() -> list[int]:
        def once() -> list[int]:
            return [claimed.id for claimed in queue.claim(engine, rules(), new_owner(), limit=7).letters]

        found = await asyncio.gather(*(asyncio.to_thread(once) for _ in range(8)))
        return [number for numbers in found for number in numbers]

    taken = asyncio.run(claim())
    assert len(taken) == len(set(taken)) == 56


def test_the_rate_holds_over_workers_that_claim_at_the_same_moment(letters: Letters, engine: Engine) -> None:
    letters(60)
    paced = rules(rate="20/hour")

    async def claim() -> int:
        def once() -> int:
            return len(queue.claim(engine, paced, new_owner(), limit=9).letters)

        return sum(await asyncio.gather(*(asyncio.to_thread(once) for _ in range(8))))

    assert asyncio.run(claim()) == 20


def test_a_database_is_copied_whole_and_goes_on_where_it_was(
    letters: Letters, engine: Engine, url: str, tmp_path: Path
) -> None:
    letters(25)
    back = f"sqlite:///{tmp_path}/back.db"
    copied = copy_database(url, back)
    assert copied == 25 * 6 + 2
    other = open_database(back)
    assert hold_the_same(engine, other)
    other.dispose()
    with pytest.raises(UserError, match="holds rows already"):
        copy_database(back, url)


def test_events_that_several_write_at_once_are_each_told_once(engine: Engine) -> None:
    def write(writer: int) -> None:
        for place in range(30):
            with writing(engine) as session:
                audit.record(session, SCHEDULER, Act.CAMPAIGN_WAITS, campaign="spring", detail=f"{writer} {place}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
    for one in threads:
        one.start()
    told: list[dict[str, Any]] = []
    while True:
        alive = any(one.is_alive() for one in threads)
        found = events(engine, since=told[-1]["id"] if told else 0)
        told += found
        if not found and not alive:
            break
    assert [one["id"] for one in told] == sorted({one["id"] for one in told})
    assert sorted(one["detail"] for one in told) == sorted(
        f"{writer} {place}" for writer in range(3) for place in range(30)
    )


def test_after_a_copy_to_postgresql_new_rows_have_new_numbers(
    letters: Letters, url: str, server: str, tmp_path: Path
) -> None:
    letters(5)
    between, last = f"sqlite:///{tmp_path}/between.db", new_database(server, "moved")
    copy_database(url, between)
    copy_database(between, last)
    moved = open_database(last)
    with writing(moved) as session:
        session.add(Campaign(name="new", letter="x", as_of=clock.now().date(), time_zone="UTC", created_at=clock.now()))
    with reading(moved) as session:
        assert [one.name for one in session.exec(sqlmodel_select(Campaign)).all()] == ["spring", "new"]
    moved.dispose()


def test_a_backup_is_an_sqlite_file_of_one_moment_and_comes_back_to_either(
    letters: Letters, url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters(5)
    settings = Settings(database_url=url)
    with writing(engine) as session:  # what is not committed yet is not in it, and nobody waits
        session.add(Campaign(name="new", letter="x", as_of=clock.now().date(), time_zone="UTC", created_at=clock.now()))
        session.flush()
        made = make(engine, settings, tmp_path)
    assert (made.manifest.counts["campaign"], made.manifest.counts["message"]) == (1, 5)
    assert made.manifest.database_id
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    restore(made.path, empty, environ={})
    before = open_database(f"sqlite:///{empty}/outreach.db")
    with pytest.raises(ConfirmationError):
        restore(made.path, empty, environ={"OUTREACH_DATABASE_URL": url})
    with running(engine, Doing.RUN), pytest.raises(ConflictError, match="is sending"):
        restore(made.path, empty, environ={"OUTREACH_DATABASE_URL": url}, agree=lambda _: True)
    done = restore(made.path, empty, environ={"OUTREACH_DATABASE_URL": url}, agree=lambda _: True)
    assert hold_the_same(before, engine)
    assert manifest_of(done.put_aside[0]).counts["campaign"] == 2
    with writing(engine) as session:
        session.add(
            Campaign(name="more", letter="x", as_of=clock.now().date(), time_zone="UTC", created_at=clock.now())
        )
    before.dispose()


def test_what_is_to_be_there_is_never_made_here_either(server: str) -> None:
    from sqlalchemy import create_engine, inspect

    empty = new_database(server, "nothing_in_it")
    with pytest.raises(NoDatabaseError):
        open_existing(empty)
    looked = create_engine(empty)
    assert inspect(looked).get_table_names() == []
    looked.dispose()


def test_mail_comes_in_as_on_sqlite(engine: Engine, tmp_path: Path) -> None:
    now = clock.now()
    with writing(engine) as session:
        session.add(Campaign(name="c", letter="x", as_of=now.date(), time_zone="Europe/Zurich", created_at=now))
        for iso3 in ("FRA", "DEU"):
            session.add(Mission(iso3=iso3, short_name=iso3, formal_name=iso3, language="fr"))
        session.flush()
        for iso3, state in (("FRA", MessageState.SENT), ("DEU", MessageState.UNCERTAIN)):
            message = Message(
                campaign_id=1, iso3=iso3, message_id=f"<{iso3}@coalition.example>", language="fr", subject="Letter",
                envelope_from="letters@coalition.example", size=1, state=state, first_try_at=now,
            )  # fmt: skip
            session.add(message)
            session.flush()
            session.add(Frozen(message_id=message.id, raw=b"From: letters@coalition.example\r\n\r\nx"))
            box = f"box@{iso3.lower()}.mission.example"
            session.add(Delivery(message_id=message.id, address=box, address_key=box, line="to", state=message.state))
            session.add(Contact(iso3=iso3, role=Role.GENERAL, email=box, email_key=box))
    for number, lines in enumerate(
        (
            ["From: box@fra.mission.example", "In-Reply-To: <FRA@coalition.example>", "Subject: Re: Word", "", "Yes."],
            ["From: letters@coalition.example", "In-Reply-To: <FRA@coalition.example>", "Subject: Letter", "", "Ours."],
            [
                "Return-Path: <>", "From: MAILER-DAEMON@mx.example", "Subject: failure notice", "",
                "<box@fra.mission.example>:", "550 5.1.1 no such user", "", "Received: from a by b",
                "Message-ID: <DEU@coalition.example>",
            ],
            [
                "From: anna@elsewhere.example", "Subject: Re: Letter", "Content-Type: multipart/mixed; boundary=b", "",
                "--b", "", "Yes.", "--b", "Content-Type: application/pdf; name=a.pdf", "", "x", "--b--",
            ],
            ["\x00 no mail"],
        )
    ):  # fmt: skip
        (tmp_path / f"{number}.eml").write_text("\n".join(lines))
    result = collect(engine, [tmp_path], by=named("Ana"))
    assert (result.taken, result.problems, collect(engine, [tmp_path], by=named("Ana")).known) == (5, (), 5)
    settle(engine, 4, "DEU", by=named("Ana"))
    undo(engine, 4, by=named("Bea"))
    with reading(engine) as session:
        mails = session.exec(sqlmodel_select(Reply).order_by(col(Reply.id))).all()
        assert [one.kind for one in mails] == ["reply", "reply", "bounce", "reply", "unreadable"]
        assert [one.ours for one in mails] == [False, True, False, False, False]
        assert mails[2].findings[0]["status"] == "5.1.1"
        assert session.get_one(Message, 2).state is MessageState.SENT
        assert session.exec(sqlmodel_select(Response.answer).order_by(Response.iso3)).all() == ["none", "replied"]


def test_copies_of_what_went_out_are_made_once_whoever_is_at_it(engine: Engine, letters: Letters) -> None:
    """The archive's copies and those in Sent stand on the same columns and leases."""
    numbers = letters(5)
    with writing(engine) as session:
        for number in numbers:
            letter = session.get_one(Message, number)
            letter.state, letter.sent_at = MessageState.SENT, clock.now()
    with ScriptedSmtp() as smtp:
        values = {"mode": "live", "smtp_host": "127.0.0.1", "smtp_port": smtp.port, "from": "C <c@coalition.example>"}
        chosen = Settings.model_validate(values | {"archive": "archive@coalition.example"})
        results = []

        def archive() -> None:
            results.append(archive_sent(engine, chosen, SmtpServer.configured(chosen)).made)

        threads = [threading.Thread(target=archive) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == 4
    assert sum(results) == len(smtp.accepted) == 5


def test_what_the_desk_reads_for_its_pages_is_read_here_too(engine: Engine, url: str, tmp_path: Path) -> None:
    """No page remembers anything here: each commit is told at once; counts, checks and lists are those of SQLite."""
    lay_out(tmp_path)
    make_own(tmp_path / "templates")
    settings = Settings.model_validate({"database_url": url, "from": "Coalition <secretariat@coalition.example>"})
    import_file(engine, tmp_path / "data" / "missions.xlsx", by=named("Ana"))
    letter = load_letter("hrc-joint-letter", tmp_path / "templates")
    for name in ("first", "second"):
        create(engine, settings, name, letter, audience=["iso:FRA,DEU"], as_of=date(2024, 3, 18), by=named("Ana"))
    approve(engine, settings, "first", by=named("Ana"), templates=tmp_path / "templates")
    desk = Desk(engine, settings, tmp_path, b"k" * 32)
    assert waiting_now(desk).lines == ()
    with writing(engine) as session:
        for message in session.exec(sqlmodel_select(Message)):
            message.state, message.sent_at = MessageState.SENT, clock.now()
        for delivery in session.exec(sqlmodel_select(Delivery)):
            delivery.state, delivery.sent_at = MessageState.SENT, clock.now()
    found = check(engine, "second", tmp_path / "templates", settings=settings)
    assert [(one.iso3, one.campaign) for one in found.had_already] == [("DEU", "first"), ("FRA", "first")]
    with writing(engine) as session:
        one = session.exec(sqlmodel_select(Message).where(Message.iso3 == "FRA")).one()
        one.state, one.owner, one.lease_until = MessageState.UNCERTAIN, "worker", clock.now()
    assert "1 letter is in doubt" in waiting_now(desk).lines[0].words
    assert waiting_now(desk) == told_of(desk, situation_at(desk))
    mail = tmp_path / "who.eml"
    mail.write_bytes(
        b"From: <x@elsewhere.example>\r\nMessage-ID: <who@x.example>\r\nSubject: A question\r\n\r\nWho?\r\n"
    )
    ingest(engine, [mail], record=record_answers)
    assert waiting_now(desk).to_settle == 1
    with reading(engine) as session:
        assert [one.subject for one in incoming(session, "settle")] == ["A question"]
        assert incoming(session, "decided") == []
