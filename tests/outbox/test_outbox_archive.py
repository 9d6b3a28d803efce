"""The archive's copies: the same bytes by a transaction of their own, which matters to no mission."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock, schedule
from outreach.actors import named
from outreach.database import reading, writing
from outreach.models import Contact, CopyKeeper, Message
from outreach.outbox.archive_copies import archive_now, archive_sent
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings
from outreach.vocabulary import MessageState, Role
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import Dialogue, ScriptedSmtp

ARCHIVE = "archive@coalition.example"
BOX = "bounces@coalition.example"


def settings_for(port: int, **changes: Any) -> Settings:
    values = {
        "mode": "live", "smtp_host": "127.0.0.1", "smtp_port": port, "archive": ARCHIVE, "backup_keep": 0,
        "from": "Coalition <letters@coalition.example>", "bounce_address": BOX,
    }  # fmt: skip
    return Settings.model_validate(values | changes)


def archived(engine: Engine, settings: Settings, **more: Any) -> Any:
    return archive_sent(engine, settings, SmtpServer.configured(settings), **more)


def refusing(code: str) -> Callable[[Dialogue, str, str], str | None]:
    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return code if verb == "RCPT" and ARCHIVE in argument else None

    return script


def test_the_archive_gets_the_very_bytes_once_and_no_mission_sees_it(
    engine: Engine, letters: Letters, send: Send
) -> None:
    letters(5)
    with ScriptedSmtp(extensions=("DSN", "PIPELINING")) as server:
        send(server.port)
        went = {one.content for one in server.accepted}
        assert len(server.accepted) == 5
        settings = settings_for(server.port)
        assert archived(engine, settings).made == 5
        assert archived(engine, settings).made == 0
    copies = server.accepted[5:]
    assert {one.content for one in copies} == went
    assert {(one.mail_from, one.rcpt_to) for one in copies} == {(BOX, (ARCHIVE,))}
    assert not any(ARCHIVE.encode() in one.content for one in server.accepted)


def test_no_report_is_asked_for_on_the_archives_copy(engine: Engine, letters: Letters, send: Send) -> None:
    said: list[str] = []

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        if verb in ("MAIL", "RCPT"):
            said.append(argument)
        return None

    letters(1)
    with ScriptedSmtp(script, extensions=("DSN",)) as server:
        send(server.port)
        del said[:]
        archived(engine, settings_for(server.port))
    mail, rcpt = said
    assert "ENVID" not in mail
    assert rcpt.endswith("NOTIFY=NEVER")


@pytest.mark.heavy
@pytest.mark.parametrize("code", ["550 5.1.1 unknown", "451 4.7.1 later", "421 4.3.2 closing"])
def test_an_archive_that_refuses_is_told_and_letters_and_their_states_stay(
    code: str, engine: Engine, letters: Letters, send: Send
) -> None:
    letters(8)
    with ScriptedSmtp(refusing(code)) as server:
        settings = settings_for(server.port)
        summary = send(server.port, archive=ARCHIVE)
        assert summary.states == {"sent": 8}
        result = archived(engine, settings)
        assert result.left == 8
        assert ARCHIVE in result.trouble
        assert archived(engine, settings).trouble == ""  # the next try has its time
        assert len(server.accepted) == 8
    with reading(engine) as session:
        now = archive_now(session, settings)
        states = {one.state for one in session.exec(select(Message))}
    assert states == {MessageState.SENT}
    assert now is not None
    assert (now.lacking, now.trouble) == (8, result.trouble)
    with ScriptedSmtp() as server:
        assert archived(engine, settings_for(server.port), at_once=True).made == 8
    with reading(engine) as session:
        assert session.exec(select(CopyKeeper)).one().trouble == ""


def test_one_copy_that_is_refused_does_not_keep_the_others(engine: Engine, letters: Letters, send: Send) -> None:
    letters(4)
    dots = 0

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal dots
        dots += verb == "DOT"
        return "552 5.3.4 too large" if verb == "DOT" and dots == 2 else None

    with ScriptedSmtp() as server:
        send(server.port)
    with ScriptedSmtp(script) as server:
        result = archived(engine, settings_for(server.port))
    assert (result.made, result.left) == (3, 1)
    assert "too large" in result.trouble


@pytest.mark.heavy
@pytest.mark.parametrize("changes", [{"mode": "rehearsal"}, {"archive": ""}])
def test_nothing_goes_there_in_rehearsal(changes: dict[str, str], engine: Engine, letters: Letters, send: Send) -> None:
    letters(1)
    with ScriptedSmtp() as server:
        send(server.port)
        assert archived(engine, settings_for(server.port, **changes)).made == 0
    assert len(server.accepted) == 1


@pytest.mark.heavy
@pytest.mark.parametrize(
    "address", ["office@fra.mission.example", "me@fra.mission.example", "x@sub.fra.mission.example"]
)
def test_never_to_a_domain_where_a_mission_has_its_box(
    address: str, engine: Engine, letters: Letters, send: Send
) -> None:
    letters(1)
    with ScriptedSmtp() as server:
        send(server.port)
        with writing(engine) as session:
            code = session.exec(select(Message.iso3)).one()
            box = "office@fra.mission.example"
            session.add(Contact(iso3=code, role=Role.GENERAL, email=box, email_key=box))
        result = archived(engine, settings_for(server.port, archive=address))
    assert len(server.accepted) == 1
    assert "may be a mission's" in result.trouble


@pytest.mark.heavy
def test_send_tells_of_it_and_ends_as_ever(engine: Engine, letters: Letters, tmp_path: Any) -> None:
    letters(3)
    said: list[str] = []
    with ScriptedSmtp(refusing("550 5.1.1 unknown")) as server:
        summary = schedule.send_once(
            engine,
            settings_for(server.port),
            tmp_path,
            by=named("Ana"),
            yes=3,
            warn=lambda words: said.append(str(words)),
        )
    assert summary.states == {"sent": 3}
    assert len(server.accepted) == 3
    (words,) = said
    assert words.startswith("The archive lacks letters that went out (3): ")


def test_what_comes_late_is_left_out(engine: Engine, letters: Letters, send: Send) -> None:
    letters(1)
    with ScriptedSmtp() as server:
        send(server.port)
        with writing(engine) as session:
            session.exec(select(Message)).one().sent_at = clock.now() - timedelta(days=31)
        assert archived(engine, settings_for(server.port)).made == 0


@pytest.mark.parametrize("value", ["Archive <a@coalition.example>", "nobody"])
def test_the_archive_is_a_bare_address(value: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Settings(archive=value)
