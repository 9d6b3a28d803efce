"""The IMAP box: how far it was read, what is said when it can't be, tokens, breaks. Real servers: tests/integration."""

import asyncio
import base64
import sys

import pytest
from inbox_mails import answer
from scripted_imap import ScriptedImap
from sqlalchemy import Engine

from outreach import clock, schedule
from outreach.actors import named
from outreach.errors import ServerFault, SettingsError
from outreach.inbox.mailbox import imap
from outreach.mail_password import Protocol, keep
from outreach.models import Identity, Mailbox, MailboxUid, Reply
from outreach.outbox.server import SmtpServer
from outreach.responses.answers import collect, record_answers
from outreach.settings import Settings
from outreach.vocabulary import UidState


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_WAIT_SECONDS", 0.01)


def settings_for(server: ScriptedImap, **changes: object) -> Settings:
    values = {
        "imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "imap_username": "letters",
        "imap_password": "secret",
    }  # fmt: skip
    return Settings.model_validate(values | changes)


def mails(*numbers: int) -> dict[int, bytes]:
    return {number: answer(f"Yes, number {number}.") for number in numbers}


def test_only_new_mail_is_fetched_and_none_is_marked(engine: Engine, rows):
    with ScriptedImap(mails(3, 7, 9)) as server:
        first = imap.sync(engine, settings_for(server), record=record_answers)
        server.mails |= mails(12)
        again = imap.sync(engine, settings_for(server), record=record_answers)
    assert (first.taken, again.found, again.taken) == (3, 1, 1)
    assert (rows(Mailbox)[0].last_uid, rows(Mailbox)[0].uid_validity) == (12, 1)
    assert all(one.source.startswith("letters@127.0.0.1/INBOX, UID ") for one in rows(Reply))
    for words in server.said:
        assert not words.startswith(("SELECT", "UID STORE", "STORE", "UID MOVE", "EXPUNGE"))
        assert "BODY[]" not in words or "BODY.PEEK[]" in words


def test_the_password_that_is_kept_is_used(engine: Engine):
    with ScriptedImap(mails(3)) as server:
        settings = settings_for(server, imap_password="")
        keep(settings, Protocol.IMAP, "correct horse 7")
        assert imap.sync(engine, settings, record=record_answers).taken == 1
    assert any(words.startswith("LOGIN") and "correct horse 7" in words for words in server.said)


def test_a_new_uidvalidity_reads_all_and_takes_nothing_twice(engine: Engine, rows):
    with ScriptedImap(mails(3, 7)) as server:
        imap.sync(engine, settings_for(server), record=record_answers)
        server.mails, server.uid_validity = {1: server.mails[3], 2: server.mails[7], 5: answer("A third.")}, 2
        again = imap.sync(engine, settings_for(server), record=record_answers)
    assert (again.found, again.known, again.taken) == (3, 2, 1)
    assert rows(Mailbox)[0].uid_validity == 2


@pytest.mark.heavy
@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "SEARCH", "FETCH"])
@pytest.mark.parametrize("how", ["breaks_at", "garbage_at"])
def test_a_connection_that_breaks_anywhere_is_made_anew(command, how, engine: Engine, rows):
    with ScriptedImap(mails(*range(1, 8)), **{how: command}) as server:
        imap.sync(engine, settings_for(server), record=record_answers)
    assert len(rows(Reply)) == 7


@pytest.mark.heavy
def test_a_server_that_breaks_again_and_again_is_a_fault_and_what_was_read_is_kept(engine: Engine, monkeypatch, rows):
    monkeypatch.setattr(imap, "BATCH", 2)
    beyond = tuple(f"UID FETCH {number}" for number in range(3, 10))
    with ScriptedImap(mails(*range(1, 10)), breaks_from=beyond) as server:
        with pytest.raises(ServerFault, match="hung up"):
            imap.sync(engine, settings_for(server), record=record_answers)
        assert len(rows(Reply)) == 2
        assert read_at(rows) is None
        assert [one.uid for one in rows(MailboxUid) if one.state is UidState.UNREADABLE] == [3, 4, 5, 6, 7]
        assert "hung up" in rows(Mailbox)[0].trouble
        server.breaks_from = ()
        imap.sync(engine, settings_for(server), record=record_answers)
    assert len(rows(Reply)) == 9
    assert rows(Mailbox)[0].trouble == ""


@pytest.mark.parametrize(("refuses", "words"), [("LOGIN", "refuses 'letters'"), ("EXAMINE", "no folder 'INBOX'")])
def test_what_the_team_can_cure_is_said(refuses, words, engine: Engine):
    with ScriptedImap(refuses=refuses) as server, pytest.raises(SettingsError, match=words) as caught:
        imap.sync(engine, settings_for(server), record=record_answers)
    assert "secret" not in str(caught.value)


def test_no_server_set_and_no_server_there(engine: Engine):
    with pytest.raises(SettingsError, match="No mail box is set"):
        imap.sync(engine, Settings(), record=record_answers)
    with ScriptedImap() as server:
        gone = settings_for(server)
    with pytest.raises(ServerFault, match="can't be reached"):
        imap.sync(engine, gone, record=record_answers)


def test_a_token_is_asked_for_and_shown_to_the_server(engine: Engine):
    command = f'{sys.executable} -c \'print("to" + "ken")\''
    with ScriptedImap() as server:
        imap.sync(engine, settings_for(server, imap_token_command=command), record=record_answers)
    (login,) = [words for words in server.said if words.startswith("AUTHENTICATE XOAUTH2")]
    assert base64.b64decode(login.split()[2]) == b"user=letters\x01auth=Bearer token\x01\x01"
    assert not any(words.startswith("LOGIN") for words in server.said)


@pytest.mark.parametrize(
    "command",
    ["/nowhere/token", f"{sys.executable} -c ''", f"{sys.executable} -c 'import sys; sys.exit(\"expired\")'", "'"],
)
def test_a_command_that_gives_no_token_is_said(command, engine: Engine):
    with ScriptedImap() as server, pytest.raises(SettingsError, match="imap_token_command"):
        imap.sync(engine, settings_for(server, imap_token_command=command), record=record_answers)


def test_a_mail_that_is_too_large_is_told_and_the_others_are_taken_in(engine: Engine, monkeypatch, rows):
    monkeypatch.setattr(imap, "MOST_BYTES", 5_000)
    with ScriptedImap({**mails(1, 3), 2: answer("x" * 9_000)}) as server:
        result = imap.sync(engine, settings_for(server), record=record_answers)
    assert len(rows(Reply)) == 2
    assert [one.where for one in result.problems] == ["letters@127.0.0.1/INBOX, UID 2"]


def test_the_scheduler_fetches_the_inbox(engine: Engine, rows):
    with ScriptedImap(mails(1, 2)) as server:
        settings = settings_for(server)

        async def until(_summary: object) -> bool:
            return len(rows(Reply)) == 2

        async def run() -> None:
            embedded = SmtpServer.configured(Settings(smtp_host="127.0.0.1", smtp_port=9))
            await asyncio.wait_for(schedule.run_with(engine, settings, embedded, tick_seconds=0.1, until=until), 20)

        asyncio.run(run())
    assert len(rows(Reply)) == 2


def read_at(rows):
    return rows(Identity)[0].inbox_read_at


def test_that_the_box_was_read_counts_from_when_it_was_begun_and_only_if_the_end_was_reached(engine: Engine, rows):
    assert read_at(rows) is None
    began = clock.now()
    with ScriptedImap(mails(3)) as server:
        imap.sync(engine, settings_for(server), record=record_answers)
        first = read_at(rows)
        assert began <= first <= rows(Mailbox)[0].synced_at
        imap.sync(engine, settings_for(server), record=record_answers)
        second = read_at(rows)
        assert second > first, "also where nothing was new"
        server.mails |= mails(12)
        for command in ("LOGIN", "EXAMINE"):
            server.refuses = command
            with pytest.raises((SettingsError, ServerFault)):
                imap.sync(engine, settings_for(server), record=record_answers)
            assert read_at(rows) == second, command


def test_a_mail_that_is_refused_keeps_the_box_unread_until_it_was_asked_for_three_times(engine: Engine, rows):
    with ScriptedImap(mails(3), refuses="FETCH") as server:
        for _ in range(2):
            (problem,) = imap.sync(engine, settings_for(server), record=record_answers).problems
            assert "not like that" in problem.what
            assert read_at(rows) is None, "it may be an answer, after which a reminder would be wrong"
        assert len(imap.sync(engine, settings_for(server), record=record_answers).problems) == 1
        assert read_at(rows) is not None
        server.refuses = ""
        assert imap.sync(engine, settings_for(server), record=record_answers).taken == 1
        assert [(one.uid, one.state) for one in rows(MailboxUid)] == [(3, UidState.TAKEN)]


def test_mail_files_that_a_person_takes_in_count_too(engine: Engine, rows, tmp_path):
    began = clock.now()
    (tmp_path / "box").mkdir()
    collect(engine, [tmp_path / "box"], by=named("Ana"))
    assert began <= read_at(rows) <= clock.now()
