"""A copy in Sent: the same bytes, once, whatever breaks; and none where the provider makes them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from scripted_imap import ScriptedImap
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock, schedule
from outreach.actors import named
from outreach.database import reading, writing
from outreach.inbox.mailbox import filing
from outreach.inbox.mailbox.filing import file_sent
from outreach.inbox.mailbox.whether_to_file import files, filing_now, own_copies_of
from outreach.models import Campaign, CopyKeeper, Frozen, Message, Mission
from outreach.outbox.owner import new_owner
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, MessageState
from tests.scripted_smtp import ScriptedSmtp

Sent = Callable[..., list[bytes]]


def settings_for(server: ScriptedImap, **changes: object) -> Settings:
    values = {
        "mode": "live", "from": "Coalition <letters@coalition.example>", "smtp_host": "127.0.0.1",
        "imap_host": "127.0.0.1",
        "imap_port": server.port, "imap_security": "none", "imap_username": "letters", "imap_password": "secret",
    }  # fmt: skip
    return Settings.model_validate(values | changes)


@pytest.fixture
def sent(engine: Engine) -> Sent:
    """A function that puts letters that went out into the database; returns the bytes that did."""

    def put(
        count: int, *, ago: timedelta = timedelta(minutes=5), name: str = "spring", **changes: object
    ) -> list[bytes]:
        at = clock.now() - ago
        wires = []
        with writing(engine) as session:
            campaign = Campaign(
                name=name, letter=name, as_of=at.date(), time_zone="Europe/Zurich", created_at=at, due_at=at,
                state=CampaignState.SCHEDULED, last_active_at=at,
            )  # fmt: skip
            session.add(campaign)
            session.flush()
            for number in range(count):
                code = f"{chr(65 + number // 26)}{chr(65 + number % 26)}X"
                if session.get(Mission, code) is None:
                    session.add(Mission(iso3=code, short_name=code, formal_name=code, language="en"))
                    session.flush()
                raw = f"Message-ID: <{name}-{code}@coalition.example>\r\nSubject: {code}\r\n\r\n.Élan\r\n".encode()
                values = {
                    "message_id": f"<{name}-{code}@coalition.example>", "envelope_from": "b@coalition.example",
                    "language": "en", "subject": code, "state": MessageState.SENT, "due_at": at, "sent_at": at,
                    "size": len(raw),
                }  # fmt: skip
                message = Message(campaign_id=campaign.id, iso3=code, **(values | changes))
                session.add(message)
                session.flush()
                session.add(Frozen(message_id=message.id, raw=raw))
                date = f"{at.astimezone(clock.zone('Europe/Zurich')):%a, %d %b %Y %H:%M:%S %z}"
                wires.append(f"Date: {date}\r\n".encode() + raw)
        return wires

    return put


def messages(engine: Engine) -> list[Message]:
    with reading(engine) as session:
        return list(session.exec(select(Message).order_by(col(Message.id))).all())


def keeper(engine: Engine) -> CopyKeeper:
    with reading(engine) as session:
        return session.exec(select(CopyKeeper)).one()


def test_what_went_out_is_filed_as_the_same_bytes_read_and_under_its_own_time(engine: Engine, sent: Sent) -> None:
    wires = sent(23)
    with ScriptedImap(sent={}) as server:
        result = file_sent(engine, settings_for(server))
        again = file_sent(engine, settings_for(server))
    assert (result.made, result.found, result.left, result.trouble) == (23, 0, 0, "")
    assert (again.made, again.found) == (0, 0)
    assert list(server.sent.values()) == wires
    at = messages(engine)[0].sent_at
    assert at is not None
    for words in server.dates:
        assert "(\\Seen)" in words
        assert f"{at.astimezone():%d-%b-%Y %H:%M:%S}" in words
    assert all(one.filed_at is not None for one in messages(engine))


@pytest.mark.parametrize(
    "changes",
    [
        {"rehearsed": True},
        {"sent_at": None, "state": MessageState.QUEUED},
        {"sent_at": None, "state": MessageState.UNCERTAIN},
        {"ago": timedelta(days=31)},
    ],
    ids=["rehearsed", "queued", "uncertain", "long ago"],
)
def test_what_did_not_go_out_to_a_mission_now_is_not_filed(
    changes: dict[str, object], engine: Engine, sent: Sent
) -> None:
    sent(2, **changes)
    with ScriptedImap(sent={}) as server:
        assert file_sent(engine, settings_for(server)).made == 0
    assert server.said == []


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"mode": "rehearsal"}, False),
        ({"copy_in_sent": False}, False),
        ({"smtp_host": "smtp.gmail.com", "imap_host": "imap.gmail.com"}, False),
        ({"smtp_host": "SMTP.office365.com.", "imap_host": "outlook.office365.com"}, False),
        ({"smtp_host": "smtp.gmail.com", "imap_host": "imap.coalition.example"}, True),
        ({"smtp_host": "smtp.gmail.com", "imap_host": "imap.gmail.com", "copy_in_sent": "true"}, True),
        ({"imap_host": "", "copy_in_sent": "true"}, False),
    ],
)
def test_where_it_is_filed(changes: dict[str, object], wanted: bool) -> None:
    values = {"mode": "live", "smtp_host": "mx.coalition.example", "imap_host": "mx.coalition.example"}
    assert files(Settings.model_validate(values | changes)) is wanted


def test_a_provider_that_files_by_itself_is_seen_by_the_first_letter(engine: Engine, sent: Sent) -> None:
    wires = sent(3)
    late = sent(2, name="later", ago=timedelta(minutes=1))
    with ScriptedImap(sent=dict(enumerate(wires, start=1))) as server:
        result = file_sent(engine, settings_for(server))
        assert (result.made, result.found, result.left) == (0, 3, 2)
        assert keeper(engine).by_itself is True
        server.sent[9] = late[0]
        assert file_sent(engine, settings_for(server)).found == 1
    assert len(server.sent) == 4
    assert server.dates == []


def test_as_long_as_it_is_not_known_the_first_letter_is_given_time_to_show(engine: Engine, sent: Sent) -> None:
    sent(2, ago=timedelta(seconds=1))
    with ScriptedImap(sent={}) as server:
        assert file_sent(engine, settings_for(server)).left == 2
        assert keeper(engine).by_itself is None
        assert file_sent(engine, settings_for(server, copy_in_sent=True)).made == 2  # a person says so
    with reading(engine) as session:
        now = filing_now(session, settings_for(server))
    assert now is not None
    assert now.lacking == 0


def test_send_waits_for_that_and_files_in_the_end(engine: Engine, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "SHOWS", timedelta(seconds=1))
    sent(2, ago=timedelta())
    with ScriptedImap(sent={}) as server:
        assert file_sent(engine, settings_for(server), seconds=30).made == 2


@pytest.mark.heavy
@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "NOOP", "SEARCH", "APPEND"])
@pytest.mark.parametrize("how", ["breaks_at", "garbage_at"])
def test_a_break_anywhere_is_told_and_the_next_time_goes_on(
    command: str, how: str, engine: Engine, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    wires = sent(5)
    monkeypatch.setattr(filing, "SETTLES", timedelta())
    with ScriptedImap(sent={}, **{how: command}) as server:
        assert file_sent(engine, settings_for(server)).trouble
        assert keeper(engine).trouble
        assert file_sent(engine, settings_for(server)).made == 0  # it is left in peace for half a minute
        assert file_sent(engine, settings_for(server), at_once=True).trouble == ""
    assert sorted(server.sent.values()) == sorted(wires)
    assert keeper(engine).trouble == ""


def test_an_append_that_was_carried_out_though_its_answer_was_lost_is_not_made_twice(
    engine: Engine, sent: Sent
) -> None:
    wires = sent(3)
    with ScriptedImap(sent={}, breaks_after="APPEND") as server:
        assert file_sent(engine, settings_for(server)).trouble
        (begun,) = [one for one in messages(engine) if one.filing_at is not None]
        assert begun.filed_at is None
        result = file_sent(engine, settings_for(server), at_once=True)
    assert (result.made, result.found) == (2, 1)
    assert list(server.sent.values()) == wires
    assert keeper(engine).by_itself is False  # it was found because it is ours


def test_what_may_be_on_its_way_still_is_left_alone_for_a_minute(
    engine: Engine, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(1)
    with ScriptedImap(sent={}, breaks_at="APPEND") as server:
        assert file_sent(engine, settings_for(server)).trouble
        assert file_sent(engine, settings_for(server), at_once=True).left == 1
        later = clock.now() + filing.SETTLES
        monkeypatch.setattr(clock, "now", lambda: later)
        assert file_sent(engine, settings_for(server), at_once=True).made == 1


def test_a_copy_that_is_refused_is_told_with_the_servers_words(engine: Engine, sent: Sent) -> None:
    sent(30)
    with ScriptedImap(sent={}, refuses="APPEND") as server:
        result = file_sent(engine, settings_for(server))
    assert "not like that" in result.trouble
    assert result.left == 30
    assert [words.partition(" ")[0] for words in server.said].count("APPEND") == 3
    assert all(one.filing_at is None and one.filed_at is None for one in messages(engine))
    with reading(engine) as session:
        now = filing_now(session, settings_for(server))
    assert now is not None
    assert (now.lacking, now.trouble) == (30, result.trouble)


def test_a_mailbox_without_such_a_folder_is_told_with_the_cure(engine: Engine, sent: Sent) -> None:
    sent(1)
    with ScriptedImap() as server:
        assert 'Make a folder "Sent"' in file_sent(engine, settings_for(server)).trouble


def test_no_two_processes_file_at_once(engine: Engine, sent: Sent) -> None:
    sent(2)
    with ScriptedImap(sent={}) as server:
        file_sent(engine, settings_for(server, copy_in_sent=True))
        sent(2, name="other")
        with writing(engine) as session:
            row = session.exec(select(CopyKeeper)).one()
            row.owner, row.lease_until = new_owner(), clock.now() + timedelta(minutes=5)
        assert file_sent(engine, settings_for(server)).left == 2
        with writing(engine) as session:  # a process that is gone holds nothing
            session.exec(select(CopyKeeper)).one().owner = new_owner().replace("/", "/9", 1)
        assert file_sent(engine, settings_for(server)).made == 2


@pytest.mark.heavy
def test_run_files_beside_the_sending_and_a_mailbox_that_is_away_delays_nothing(
    engine: Engine, sent: Sent, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "COPY_SECONDS", 0.05)
    wires = sent(3)
    looks = 0

    async def enough(_summary: object) -> bool:
        nonlocal looks
        looks += 1
        return looks > 5 and all(one.filed_at is not None for one in messages(engine))

    with ScriptedImap(sent={}) as server, ScriptedSmtp() as smtp:
        settings = settings_for(server, smtp_port=smtp.port, no_mailbox=True, imap_poll_seconds=3600)
        asyncio.run(
            schedule.run_with(engine, settings, SmtpServer.configured(settings), tick_seconds=0.05, until=enough)
        )
    assert list(server.sent.values()) == wires

    sent(1, name="second")
    looks = 0

    async def some(_summary: object) -> bool:
        nonlocal looks
        looks += 1
        return looks > 20

    with ScriptedSmtp() as smtp, caplog.at_level("WARNING"):
        settings = settings_for(server, imap_port=1, smtp_port=smtp.port, imap_poll_seconds=3600)
        asyncio.run(schedule.run_with(engine, settings, SmtpServer.configured(settings), tick_seconds=0.05, until=some))
    told = [record.getMessage() for record in caplog.records if "no copy in Sent" in record.getMessage()]
    assert len(told) == 1
    assert "can't be reached" in told[0]


def test_the_provider_is_known_by_both_its_hosts() -> None:
    both = {"smtp_host": "smtp.gmail.com", "imap_host": "imap.googlemail.com"}
    assert own_copies_of(Settings.model_validate(both)) == "Gmail"
    assert own_copies_of(Settings.model_validate(both | {"smtp_host": "smtp-relay.gmail.com"})) == ""


def test_send_files_what_it_sent(engine: Engine, sent: Sent, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    wires = sent(2)
    with ScriptedImap(sent={}) as server, ScriptedSmtp() as smtp:
        settings = settings_for(server, smtp_port=smtp.port, backup_keep=0)
        schedule.send_once(engine, settings, tmp_path, by=named("Ana"))
    assert list(server.sent.values()) == wires
