"""Settings that are changed while letters go out: nothing more goes under the old ones."""

import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from outreach.actors import named
from outreach.models import Message
from outreach.outbox.server import SmtpServer
from outreach.outbox.worker import Outbox, Summary
from outreach.schedule import run_with
from outreach.settings import FILE, Settings, load
from outreach.settings_change import change_settings
from outreach.settings_watch import SettingsWatch
from outreach.vocabulary import MessageState
from outreach.witness.standing import require_home
from tests.scripted_smtp import Dialogue, ScriptedSmtp

Letters = Callable[..., list[int]]
Messages = Callable[[], list[Message]]
ANA = named("Ana")


@pytest.fixture
def folder(engine: Engine, tmp_path: Path) -> Path:
    where = tmp_path / "live"
    where.mkdir()
    (where / FILE).write_text(f'mode = "live"\ndatabase_url = "{engine.url}"\n', encoding="utf-8")
    return where


def to_server(folder: Path, port: int) -> None:
    path = folder / FILE
    text = f'{path.read_text(encoding="utf-8")}smtp_host = "127.0.0.1"\nsmtp_port = {port}\nsmtp_connections = 2\n'
    path.write_text(text, encoding="utf-8")


def one_pass(engine: Engine, watch: SettingsWatch) -> Summary:
    settings = watch.require()

    async def once() -> Summary:
        outbox = Outbox(engine, settings, SmtpServer.configured(settings), holds=lambda: watch.holds(settings))
        try:
            return await outbox.send_due()
        finally:
            await outbox.close()

    return asyncio.run(once())


def test_back_to_rehearsal_between_claim_and_mark(
    engine: Engine, letters: Letters, messages: Messages, folder: Path
) -> None:
    """The server is told of a letter that is claimed live; before its data is asked for, somebody turns live off."""
    letters(12)
    turned = threading.Event()

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb == "RCPT" and dialogue.verbs["RCPT"] >= 4 and not turned.is_set():
            turned.set()
            change_settings(engine, folder, {"mode": "rehearsal"}, by=ANA)
            taken.extend(server.accepted)
        return None

    taken: list[object] = []
    with ScriptedSmtp(script) as server:
        to_server(folder, server.port)
        watch = SettingsWatch.of(folder)
        one_pass(engine, watch)
        assert turned.is_set()
        marked_before = 2  # on two connections, one letter each may have been marked before the change
        assert len(server.data_seen) <= len(taken) + marked_before
        assert not watch.settings.live
        states = [one.state for one in messages()]
        assert states.count(MessageState.SENT) == len(server.accepted) < 12
        assert set(states) == {MessageState.SENT, MessageState.QUEUED}
        assert all(one.owner is None for one in messages())
        seen = len(server.data_seen)
        one_pass(engine, watch)  # and under the new settings nothing goes to the missions, either
        assert len(server.data_seen) == seen


def test_a_change_that_is_committed_first_lets_no_mark_pass(engine: Engine, letters: Letters, folder: Path) -> None:
    """Exactly between: the change is made by another connection in the very moment before the mark's transaction."""
    letters(3)
    with ScriptedSmtp() as server:
        to_server(folder, server.port)
        watch = SettingsWatch.of(folder)
        settings = watch.require()
        asked = 0

        def holds() -> bool:
            nonlocal asked
            asked += 1
            if asked == 2:  # the first time is the beginning of the pass, the second the first letter's mark
                path = folder / FILE
                path.write_text(path.read_text(encoding="utf-8").replace("live", "rehearsal"), encoding="utf-8")
            return watch.holds(settings)

        async def once() -> None:
            outbox = Outbox(engine, settings, SmtpServer.configured(settings), holds=holds)
            try:
                await outbox.send_due()
            finally:
                await outbox.close()

        asyncio.run(once())
        assert asked >= 2
        assert server.data_seen == []


def test_settings_that_can_not_be_used_stop_the_sending(engine: Engine, letters: Letters, folder: Path) -> None:
    letters(2)
    with ScriptedSmtp() as server:
        to_server(folder, server.port)
        watch = SettingsWatch.of(folder)
        settings = watch.require()
        (folder / FILE).write_text('mode = "lvie"\n', encoding="utf-8")
        require_home(engine, settings)

        async def scheduler() -> bool:
            return await run_with(
                engine, settings, SmtpServer.configured(settings), tick_seconds=0.05,
                holds=lambda: watch.holds(settings),
            )  # fmt: skip

        assert asyncio.run(scheduler()) is True
        assert server.data_seen == []
        assert watch.fault is not None
        assert "lvie" in str(watch.fault)


def test_a_comment_or_a_password_begins_anew_and_loses_nothing(
    engine: Engine, letters: Letters, messages: Messages, folder: Path
) -> None:
    letters(2)
    with ScriptedSmtp() as server:
        to_server(folder, server.port)
        watch = SettingsWatch.of(folder)
        first = watch.require()
        with (folder / FILE).open("a", encoding="utf-8") as stream:
            stream.write("# a remark\n")
        assert not watch.holds(first)
        assert watch.require() == first == load(folder)
        one_pass(engine, watch)
        assert [one.state for one in messages()] == [MessageState.SENT] * 2


def test_stopped_in_the_middle_of_a_backup_it_ends_without_a_word_of_its_inside(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun, over = threading.Event(), threading.Event()

    def slow(*_given: object) -> Callable[[], None]:
        def back_up() -> None:
            begun.set()
            over.wait(60)

        return back_up

    monkeypatch.setattr("outreach.schedule.BeforeSending", slow)
    with ScriptedSmtp() as server:
        to_server(folder, server.port)
        settings = load(folder)
        require_home(engine, settings)

        async def scheduler() -> None:
            going = asyncio.create_task(
                run_with(engine, settings, SmtpServer.configured(settings), tick_seconds=0.05, folder=folder)
            )
            await asyncio.to_thread(begun.wait, 60)
            signal.raise_signal(signal.SIGTERM)
            await going
            over.set()

        asyncio.run(scheduler())
    assert not [one for one in caplog.records if one.exc_info or "Traceback" in one.getMessage()], caplog.text


@pytest.mark.parametrize(
    "name", ["-x_", "a b", "under_score.example", "é.example", "a..example", "[127.0.0.1", "x" * 64]
)
def test_a_greeting_that_no_computer_has_is_refused(name: str) -> None:
    """RFC 5321, 4.1.2."""
    with pytest.raises(ValueError, match="is no name of a computer"):
        Settings.model_validate({"smtp_ehlo_name": name})


@pytest.mark.parametrize("name", ["", "mail.coalition.example", "laptop", "[192.0.2.7]", "[IPv6:2001:db8::1]"])
def test_a_greeting_is_a_name_or_an_address_literal(name: str) -> None:
    assert Settings.model_validate({"smtp_ehlo_name": name}).smtp_ehlo_name == name
