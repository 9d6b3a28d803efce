"""One mail by several ways is one record; what is another mail stays one. And what an older database knew is kept."""

from datetime import UTC, datetime

import pytest
from inbox_mails import answer
from scripted_imap import ScriptedImap
from sqlalchemy import Engine, create_engine, text

from outreach import database
from outreach.actors import named
from outreach.database import open_database, upgrade
from outreach.inbox.mailbox import imap
from outreach.models import Reply, ReplyPath
from outreach.responses.answers import collect, record_answers
from outreach.settings import Settings

DIRECT = answer("We will co-sponsor the text.\n\nMore words.")
TRACE = b"Received: from lists.coalition.example\r\nList-Id: <all.coalition.example>\r\n"
BY_LIST = TRACE + DIRECT.rstrip() + b"\r\n_______________________________________________\r\nall mailing list\r\n"


def settings_for(server: ScriptedImap) -> Settings:
    return Settings.model_validate(
        {
            "imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "imap_username": "letters",
            "imap_password": "secret",
        }
    )  # fmt: skip


@pytest.mark.parametrize("at_once", [True, False])
def test_a_mail_by_a_list_and_directly_is_one_record(at_once, take_in, rows):
    results = [take_in(DIRECT, BY_LIST)] if at_once else [take_in(DIRECT), take_in(BY_LIST)]
    assert (sum(one.taken for one in results), sum(one.known for one in results)) == (1, 1)
    (reply,) = rows(Reply)
    (way,) = rows(ReplyPath)
    assert (way.reply_id, way.source.endswith("001.eml")) == (reply.id, True)
    assert take_in(BY_LIST).known == 1
    assert len(rows(Reply)) == 1


def test_a_mail_that_was_saved_and_is_fetched_is_one_record_with_both_sources(engine: Engine, tmp_path, rows):
    (tmp_path / "saved.eml").write_bytes(b"X-Mozilla-Status: 0001\r\n" + DIRECT)
    collect(engine, [tmp_path / "saved.eml"], by=named("Ana"))
    with ScriptedImap({8: DIRECT}) as server:
        for _ in range(2):
            imap.sync(engine, settings_for(server), record=record_answers)
    (reply,) = rows(Reply)
    assert reply.source.endswith("saved.eml")
    assert [one.source for one in rows(ReplyPath)] == ["letters@127.0.0.1/INBOX, UID 8"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"answer-1@fra", b"answer-2@fra"),
        (b"10:00:00", b"10:00:01"),
        (b"co-sponsor", b"not co-sponsor"),
        (b"More words.", b"More words. And others."),
        (b"From: Mission <mission@", b"From: Mission <other@"),
    ],
)
def test_what_differs_in_any_of_them_is_another_mail(old, new, take_in, rows):
    other = DIRECT.replace(old, new)
    assert other != DIRECT
    assert take_in(DIRECT, other).taken == 2
    assert rows(ReplyPath) == []


@pytest.mark.heavy
def test_an_older_database_goes_on_where_it_was(tmp_path):
    """Mail that was read before there was a ledger is not fetched as new, and none that is new is missed."""
    url = f"sqlite:///{tmp_path / 'older.db'}"
    older = create_engine(url)
    database._prepare_sqlite(older)
    upgrade(older, "0015")
    at = datetime(2024, 3, 18, tzinfo=UTC).isoformat(" ")
    with older.execution_options(outreach_writes=True).begin() as connection:
        connection.execute(
            text("INSERT INTO mailbox (name, uid_validity, last_uid, synced_at) VALUES (:name, 1, 7, :at)"),
            {"name": "letters@127.0.0.1/INBOX", "at": at},
        )
    older.dispose()
    newer = open_database(url)
    with ScriptedImap({number: answer(f"Number {number}.") for number in (3, 7, 9, 12)}) as server:
        result = imap.sync(newer, settings_for(server), record=record_answers)
    assert (result.found, result.taken) == (2, 2)
    newer.dispose()
