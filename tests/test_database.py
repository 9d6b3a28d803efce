from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlmodel import SQLModel, select

from outreach import database
from outreach.database import HEAD, FileWatch, open_database, open_existing, reading, upgrade, writing
from outreach.errors import CampaignError, DatabaseFault, LostDatabaseFault, NoDatabaseError, SettingsError
from outreach.ledger import Ledger
from outreach.models import Campaign, Delivery, Message, Mission
from outreach.states import TRANSITIONS
from outreach.vocabulary import Hold, MessageState


def mission(iso3: str = "FRA") -> Mission:
    return Mission(iso3=iso3, short_name="France", formal_name="the French Republic", language="fr")


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_the_newest_migration_is_the_one_that_the_code_is_written_for() -> None:
    revisions = sorted(path.name[:4] for path in (database.MIGRATIONS / "versions").glob("0*.py"))
    assert revisions[-1] == database.HEAD


@pytest.mark.heavy
@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_an_upgrade_keeps_every_row_of_an_older_schema(tmp_path: Path, revision: str) -> None:
    """With foreign keys on, SQLite refuses to drop a table that rows point at: a script must not make one anew."""
    url = f"sqlite:///{tmp_path / 'older.db'}"
    older = create_engine(url)
    database._prepare_sqlite(older)
    upgrade(older, revision)
    at = "2024-01-01 00:00:00"
    rows = {
        "mission": {
            "iso3": "FRA", "short_name": "France", "formal_name": "F", "regional_group": "", "status": "member state",
            "language": "fr", "city": "Geneva", "time_zone": "Europe/Zurich", "tags": "[]",
        },
        "contact": {
            "iso3": "FRA", "role": "general", "form_of_address": "", "name": "", "title": "", "email": "a@x.test",
            "email_key": "a@x.test", "line": "to", "active": 1,
        },
        "campaign": {
            "id": 1, "name": "c", "letter": "l", "audience": "[]", "exceptions": "[]", "as_of": "2024-01-01",
            "time_zone": "Europe/Zurich", "state": "approved", "reason": "", "created_at": at, "approved_by": "A",
        },
        "response": {
            "id": 1, "campaign_id": 1, "iso3": "FRA", "answer": "none", "position": "unknown", "note": "",
            "changed_by": "",
        },
        "response_change": {
            "response_id": 1, "at": at, "who": "A", "field": "position", "old": "", "new": "unknown", "note": "",
        },
        "message": {
            "id": 1, "campaign_id": 1, "iso3": "FRA", "message_id": "<1@x.test>", "language": "fr", "subject": "s",
            "envelope_from": "a@x.test", "raw": b"raw", "smtputf8": 0, "state": "sent", "reason": "", "attempts": 1,
            "smtp_reply": "250", "rehearsed": 0,
        },
        "recipient": {
            "message_id": 1, "address": "a@x.test", "address_key": "a@x.test", "line": "to", "state": "sent",
            "smtp_reply": "",
        },
        "reply": {
            "id": 1, "digest": "d", "source": "", "received_at": at, "ingested_at": at, "kind": "reply", "sender": "",
            "subject": "", "in_reply_to": "", "body": "", "findings": "[]", "message_id": 1, "basis": "", "raw": b"raw",
        },
        "delivery_event": {
            "message_id": 1, "at": at, "kind": "answered", "who": "inbox", "recipient": "", "status": "", "detail": "",
            "reply_id": 1,
        },
    }  # fmt: skip
    with older.execution_options(outreach_writes=True).begin() as connection:
        for table, values in rows.items():
            names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)
    older.dispose()
    newer = open_database(url)
    with newer.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).fetchall() == []
        for table in rows:
            now = "delivery" if table == "recipient" else table
            assert connection.execute(text(f"SELECT count(*) FROM {now}")).scalar() == 1, table
        assert connection.execute(text("SELECT * FROM frozen")).all() == [(1, b"raw")]
        assert connection.execute(text("SELECT size FROM message")).scalar() == 3
    newer.dispose()


@pytest.mark.heavy
def test_who_was_left_out_by_its_words_is_so_by_a_column(tmp_path: Path) -> None:
    older = create_engine(f"sqlite:///{tmp_path / 'older.db'}")
    upgrade(older, "0033")
    rows = (
        ("failed", "left out: asked to be left alone", Hold.OPTED_OUT),
        ("failed", "left out: the address takes no mail", Hold.BOUNCED),
        ("failed", "550 left out: asked to be left alone", None),
        ("sent", "left out: asked to be left alone", None),
    )
    with older.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        for number, (state, words, _) in enumerate(rows):
            connection.execute(
                text(
                    "INSERT INTO delivery (id, message_id, address, address_key, line, state, smtp_reply, rehearsed) "
                    "VALUES (:id, 1, '', '', 'to', :state, :words, 0)"
                ),
                {"id": number, "state": state, "words": words},
            )
    upgrade(older)
    with older.connect() as connection:
        holds = connection.execute(select(Delivery.hold).order_by(Delivery.id)).scalars().all()  # type: ignore[call-overload, arg-type]
    older.dispose()
    assert holds == [hold for *_, hold in rows]


def test_rows_that_others_refer_to_get_a_task_and_stay(tmp_path: Path) -> None:
    older = create_engine(f"sqlite:///{tmp_path / 'older.db'}")
    upgrade(older, "0035")
    with older.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        connection.execute(
            text(
                "INSERT INTO response (id, campaign_id, iso3, answer, position, note, changed_by) "
                "VALUES (7, 1, 'FRA', 'none', 'abstain', 'Called.', 'Ana')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO response_change (response_id, at, who, field, old, new, note) "
                "VALUES (7, '2024-03-01 09:00:00', 'Ana', 'position', 'unknown', 'abstain', 'Called.')"
            )
        )
    older.dispose()
    newer = open_database(f"sqlite:///{tmp_path / 'older.db'}")
    with newer.connect() as connection:
        kept = connection.execute(text("SELECT id, position, note, assigned_id, due_on FROM response")).all()
        assert kept == [(7, "abstain", "Called.", None, None)]
        assert connection.execute(text("SELECT response_id FROM response_change")).scalar() == 7
    newer.dispose()


@pytest.mark.heavy
def test_what_was_let_go_once_more_by_its_words_is_so_by_a_column(tmp_path: Path) -> None:
    older = create_engine(f"sqlite:///{tmp_path / 'older.db'}")
    upgrade(older, "0034")
    events = [
        (1, "2026-03-04 10:00:00.000000", "released", "to be sent once more, to who has had it already"),
        (1, "2026-03-05 10:00:00.000000", "released", "to be sent once more, to who has had it already"),
        (2, "2026-03-04 10:00:00.000000", "released", "no longer: opted out"),
    ]
    with older.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        columns = {row.name: row for row in connection.execute(text("PRAGMA table_info(message)"))}
        needed = {name: 0 for name, row in columns.items() if row.notnull and row.dflt_value is None and not row.pk}
        names, values = ", ".join(needed), ", ".join(f":{name}" for name in needed)
        for number in (1, 2, 3):
            row = needed | {"message_id": str(number), "campaign_id": number, "iso3": "FRA"}
            connection.execute(text(f"INSERT INTO message (id, {names}) VALUES ({number}, {values})"), row)
        for message, at, kind, detail in events:
            connection.execute(
                text(
                    "INSERT INTO delivery_event (message_id, at, kind, who, recipient, status, detail) "
                    "VALUES (:message, :at, :kind, 'Ana', '', '', :detail)"
                ),
                {"message": message, "at": at, "kind": kind, "detail": detail},
            )
    upgrade(older)
    with older.connect() as connection:
        found = connection.execute(text("SELECT id, once_more_at FROM message ORDER BY id")).all()
    older.dispose()
    assert [tuple(row) for row in found] == [(1, events[1][1]), (2, None), (3, None)]


def test_several_databases_are_made_at_once(tmp_path: Path) -> None:
    """Such as two backups of a PostgreSQL database, as the scheduler starts: each is written to a file of its own."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    together = Barrier(4)

    def made(number: int) -> str:
        together.wait()
        engine = open_database(f"sqlite:///{tmp_path / str(number)}.db")
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        engine.dispose()
        return str(found)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(made, range(4))) == {HEAD}


def test_a_block_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    def fails_halfway() -> None:
        with writing(engine) as session:
            session.add(mission())
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_halfway()
    with reading(engine) as session:
        assert session.exec(select(Mission)).all() == []


def test_times_come_back_in_utc_and_naive_ones_are_refused(engine: Engine) -> None:
    row = mission()
    row.absent_since = datetime(2024, 3, 18, 9, tzinfo=timezone(timedelta(hours=1)))
    with writing(engine) as session:
        session.add(row)
    with reading(engine) as session:
        found = session.exec(select(Mission)).one()
        assert found.absent_since == datetime(2024, 3, 18, 8, tzinfo=UTC)
        assert found.absent_since.tzinfo is UTC
    row = mission("DEU")
    row.absent_since = datetime(2024, 3, 18, 9)  # noqa: DTZ001
    with pytest.raises(StatementError, match="without its zone"), writing(engine) as session:
        session.add(row)


def test_the_database_itself_refuses_a_second_letter_to_a_mission(engine: Engine) -> None:
    now = datetime.now(UTC)

    def letter(number: int) -> Message:
        return Message(
            campaign_id=1, iso3="FRA", message_id=f"<{number}@x.example>", language="fr", subject="s",
            envelope_from="a@x.example", size=0, state=MessageState.QUEUED,
        )  # fmt: skip

    with writing(engine) as session:
        session.add(mission())
        session.add(Campaign(id=1, name="c", letter="l", as_of=now.date(), time_zone="UTC", created_at=now))
        session.flush()
        first = letter(1)
        session.add(first)
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add(letter(2))
    with writing(engine) as session:
        first.replaced_at = now
        session.add(first)
        session.flush()
        session.add(letter(3))


@pytest.mark.parametrize("url", ["nonsense", "mysql+nodriver://x", "sqlite:///"[:5]])
def test_an_url_that_is_no_database_is_a_setting_to_correct(url: str) -> None:
    with pytest.raises(SettingsError):
        open_database(url)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFault, match="can't be opened"):
        open_database(f"sqlite:///{tmp_path}/missing/outreach.db")


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, but long enough to be looked at as one" * 30)
    with pytest.raises(DatabaseFault, match="can't be opened"):
        open_database(f"sqlite:///{tmp_path}/x.db")


def test_somebody_elses_tables_and_a_later_schema_are_left_alone(tmp_path: Path, engine: Engine) -> None:
    other = create_engine(f"sqlite:///{tmp_path}/other.db")
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(DatabaseFault, match="not those of Outreach"):
        open_database(f"sqlite:///{tmp_path}/other.db")
    assert inspect(other).get_table_names() == ["theirs"]
    other.dispose()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseFault, match="newer Outreach"):
        open_database(str(engine.url))


def test_what_is_to_be_there_is_never_made(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/no/folder/none.db", "sqlite://"):
        with pytest.raises(NoDatabaseError):
            open_existing(url)
    (tmp_path / "empty.db").touch()
    with pytest.raises(NoDatabaseError):
        open_existing(f"sqlite:///{tmp_path}/empty.db")
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [("empty.db", 0)]


@pytest.mark.heavy
def test_a_file_that_is_deleted_or_replaced_is_told_and_not_made_anew(tmp_path: Path) -> None:
    path, other = tmp_path / "a file #1.db", tmp_path / "other.db"
    engines = [open_database(f"sqlite:///{one}") for one in (path, other)]
    watch = FileWatch(engines[0])
    for _ in range(3):
        with writing(engines[0]) as session:
            session.add(mission())
            session.flush()
            session.rollback()
        watch.require_same()
    other.replace(path)
    with pytest.raises(LostDatabaseFault, match="replaced"):
        watch.require_same()
    path.unlink()
    with pytest.raises(LostDatabaseFault, match="deleted"):
        watch.require_same()
    engines[0].dispose()
    with pytest.raises(OperationalError), engines[0].connect():
        pass
    assert not path.exists()
    engines[1].dispose()


def test_a_wal_file_that_is_replaced_is_told_too(tmp_path: Path, engine: Engine) -> None:
    watch = FileWatch(engine)
    wal = tmp_path / "outreach.db-wal"
    wal.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere-2").write_bytes(b"older")
    (tmp_path / "elsewhere-2").rename(wal)
    with pytest.raises(LostDatabaseFault, match="-wal was replaced"):
        watch.require_same()


@pytest.mark.heavy
def test_before_an_upgrade_a_copy_is_kept_and_without_one_nothing_is_upgraded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"

    def make_older() -> None:
        (tmp_path / "older.db").unlink(missing_ok=True)
        older = create_engine(url)
        database._prepare_sqlite(older)
        upgrade(older, "0010")
        older.dispose()

    make_older()
    (tmp_path / "backups").write_text("notes")
    with pytest.raises(DatabaseFault, match="no copy of it could be kept"):
        open_database(url)
    with create_engine(url).connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0010"
    (tmp_path / "backups").unlink()
    for day in range(1, 6):
        (tmp_path / "backups").mkdir(exist_ok=True)
        (tmp_path / f"backups/2024-03-0{day}-080000Z-before-schema-0009.db").touch()
    open_database(url).dispose()
    kept = sorted((tmp_path / "backups").iterdir())
    assert len(kept) == 3
    assert kept[-1].stat().st_mode & 0o077 == 0
    with create_engine(f"sqlite:///{kept[-1]}").connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0010"
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_every_move_is_in_the_table_or_refused(engine: Engine) -> None:
    now = datetime.now(UTC)
    with writing(engine) as session:
        session.add(mission())
        session.add(Campaign(id=1, name="c", letter="l", as_of=now.date(), time_zone="UTC", created_at=now))
        session.flush()
        message = Message(
            campaign_id=1, iso3="FRA", message_id="<1@x.example>", language="fr", subject="s",
            envelope_from="a@x.example", size=0, state=MessageState.QUEUED,
        )  # fmt: skip
        session.add(message)
        session.flush()
        delivery = Delivery(message_id=message.id, address="a@x.test", address_key="a@x.test", line="to")
        session.add(delivery)
        for old in MessageState:
            for new in MessageState:
                delivery.state = message.state = old
                ledger = Ledger(session)
                letter = ledger.read([1])[1]
                if (old, new) in TRANSITIONS:
                    ledger.transition(letter, new, who="test", at=now)
                    ledger.write()
                    assert (message.state, delivery.state) == (new, new)
                else:
                    with pytest.raises(CampaignError):
                        ledger.transition(letter, new, who="test", at=now)
                    assert (message.state, delivery.state) == (old, old)


def test_nobody_but_the_journal_moves_what_is_cancelled_and_only_what_was_rehearsed_is_queued_again() -> None:
    assert {new for old, new in TRANSITIONS if old is MessageState.SENT} == {MessageState.QUEUED}
    from_cancelled = {new for old, new in TRANSITIONS if old is MessageState.CANCELLED}
    assert from_cancelled == {MessageState.SENT, MessageState.UNCERTAIN}
