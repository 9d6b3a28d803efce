"""Whose fault a refusal is, and what comes of it: for the letter, for the others, for the campaign."""

import csv
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.timing import pause
from outreach.database import reading
from outreach.errors import CampaignError, ServerFault
from outreach.models import Attempt, Campaign, Delivery, Message
from outreach.outbox.blame import server_faults
from outreach.outbox.blame.blamed import cure_of
from outreach.outbox.blame.judgement import judge, judged
from outreach.outbox.resolve import resolve
from outreach.outbox.retrying import retry
from outreach.outbox.server import SmtpServer
from outreach.pasted import in_words
from outreach.reports.standing.phase import stage_of
from outreach.reports.status import status
from outreach.schedule import send_once
from outreach.sentences import Sentence
from outreach.settings import Mode, Settings
from outreach.vocabulary import Blame, CampaignState, MessageState, Stage
from tests.examples import heavy
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import Dialogue, ScriptedSmtp

Messages = Callable[[], list[Message]]
STAGES = {
    "greeting": Stage.CONNECT, "ehlo": Stage.CONNECT, "tls": Stage.CONNECT, "auth": Stage.CONNECT,
    "mail": Stage.MAIL, "rcpt": Stage.RCPT, "data": Stage.DATA, "dot": Stage.DOT,
}  # fmt: skip

# The answers that the issue names, word for word as the providers say them: the sender or his provider, at each stage.
NAMED = [
    ("550-5.4.5 Daily user sending limit exceeded.", Blame.QUOTA),
    ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; message quota exceeded", Blame.QUOTA),
    ("530 5.7.0 Authentication Required", Blame.SENDER),
    ("535 5.7.139 Authentication unsuccessful, the request did not meet the criteria", Blame.SENDER),
    ("553 5.7.1 <ana@coalition.example>: Sender address rejected: not owned by user ben", Blame.SENDER),
    ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", Blame.SENDER),
    ("554 5.2.252 SendAsDenied; ana@coalition.example not allowed to send as ben@coalition.example", Blame.SENDER),
    ("554 5.7.1 <pr@fra.mission.example>: Relay access denied", Blame.SENDER),
    ("504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", Blame.SENDER),
    # The code of a full box, on the words of a sender's limit.
    ("552 5.2.2 Sending quota exceeded: 1440 messages per day", Blame.QUOTA),
]


def held_out() -> list[dict[str, str]]:
    """Answers of real shapes, judged by a person who had not seen the table."""
    with Path(__file__).with_name("answers.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def consequence(blame: Blame, code: int) -> str:
    if blame in (Blame.SENDER, Blame.QUOTA):
        return str(blame)
    if code < 500 or blame is Blame.BUSY:
        return "again later"
    return "fails" if blame is Blame.ADDRESS else "a person looks"


def test_most_answers_are_judged_as_a_person_did_who_had_not_seen_the_table() -> None:
    rows = held_out()
    assert len(rows) >= 380
    found = [judge(STAGES[r["stage"]], int(r["code"]), r["enhanced"], r["words"]).blame for r in rows]
    right = sum(blame == row["blame"] for row, blame in zip(rows, found, strict=True))
    alike = sum(
        consequence(blame, int(row["code"])) == consequence(Blame(row["blame"]), int(row["code"]))
        for row, blame in zip(rows, found, strict=True)
    )
    assert right / len(rows) >= 0.93
    assert alike / len(rows) >= 0.94


def test_no_answer_that_blames_another_fails_a_letter() -> None:
    """The worst of mistakes: a right address that is called wrong."""
    wrong = [
        row["words"]
        for row in held_out()
        if row["blame"] in ("sender", "quota", "busy")
        and int(row["code"]) >= 500
        and judge(STAGES[row["stage"]], int(row["code"]), row["enhanced"], row["words"]).blame is Blame.ADDRESS
    ]
    assert not wrong


@pytest.mark.parametrize(("answer", "blame"), NAMED)
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT])
def test_the_named_ones_blame_nobodys_address(answer: str, blame: Blame, stage: Stage) -> None:
    assert judged(stage, int(answer[:3]), answer[4:]).blame is blame


@pytest.mark.parametrize(
    ("answer", "blame"),
    [
        ("552 5.7.0 This message was blocked because its content presents a potential security issue.", Blame.LETTER),
        ("550 5.7.1 Content rejected: blacklisted URL in message (SURBL)", Blame.LETTER),
        ("550 Administrative prohibition", Blame.UNKNOWN),
        ("554 5.7.1 Your mailbox has been blocked because it sends spam: change your password", Blame.SENDER),
        ("421 Domain coalition.example is not allowed to send: Free accounts are for test purposes only", Blame.SENDER),
        ("454 4.7.1 <pr@fra.mission.example>: Relay access denied", Blame.SENDER),
        ("554 5.7.1 Rejected: you exceeded 100 outgoing emails per hour", Blame.QUOTA),
        ("552 5.2.2 <pr@fra.mission.example>: Over STORAGE quota", Blame.ADDRESS),
    ],
)
def test_one_letter_s_fault_is_not_everybody_s_nor_the_other_way_round(answer: str, blame: Blame) -> None:
    assert judged(Stage.RCPT if blame is Blame.ADDRESS else Stage.DOT, int(answer[:3]), answer[4:]).blame is blame


@pytest.mark.heavy
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("answer", [answer.replace("550-", "550 ") for answer, _ in NAMED])
def test_such_an_answer_stops_everything_at_once_and_burns_no_try(
    verb: str, answer: str, letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(12)
    refusing = True
    asked = 0

    def script(_dialogue: Dialogue, said: str, _argument: str) -> str | None:
        nonlocal asked
        asked += said == verb
        return answer if refusing and said == verb else None

    with ScriptedSmtp(script) as server:
        summary = send(server.port)
        assert asked == 1
        assert summary.fault is not None
        assert answer[4:30] in str(summary.fault)
        assert summary.fault.remedy is not None
        assert {(one.state, one.attempts) for one in messages()} == {(MessageState.QUEUED, 0)}
        with reading(engine) as session:
            (attempt,) = session.exec(select(Attempt)).all()
            assert attempt.words == answer
            campaign = get_campaign(session, "spring")
            assert answer[4:30] in campaign.reason
            assert campaign.state is CampaignState.SCHEDULED
        refusing = False
        send(server.port)
        assert {one.state for one in messages()} == {MessageState.SENT}
        assert set(server.recipients().values()) == {1}


def test_an_answer_that_three_letters_get_is_no_letters_own(letters: Letters, send: Send, messages: Messages) -> None:
    letters(9)
    dots = 0

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal dots
        dots += verb == "DOT"
        return f"554 5.6.0 no, id {dots}x{dots}" if verb == "DOT" else None

    with ScriptedSmtp(script) as server:
        summary = send(server.port)
        assert summary.fault is not None
        assert "3 letters" in str(summary.fault)
        assert dots == 3
    assert {(one.state, one.attempts) for one in messages()} == {(MessageState.QUEUED, 0)}


@pytest.mark.parametrize("known", [True, False])
def test_letters_that_are_too_large_for_the_server_wait_with_the_cure_and_no_try_is_counted(
    known: bool, letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(5, raw=b"Subject: long\r\n\r\n" + b"line\r\n" * 4000)

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "552 5.3.4 Message size exceeds fixed limit" if verb == "MAIL" else None

    with ScriptedSmtp(None if known else script, extensions=("SIZE 4000",) if known else ()) as server:
        fault = send(server.port).fault
    assert fault is not None
    assert "Make the letter smaller" in str(fault.remedy)
    assert {(one.state, one.attempts) for one in messages()} == {(MessageState.QUEUED, 0)}
    with pytest.raises(CampaignError, match="5 letters of 'spring' wait in the queue already"):
        retry(engine, Settings(), "spring", by=named("Ana"))


@pytest.mark.heavy
def test_addresses_refused_beside_others_trip_the_breaker_and_are_tried_again_alone(
    letters: Letters, send: Send, messages: Messages, engine: Engine, recipients: Callable[[], list[Delivery]]
) -> None:
    letters(47, to=("pr", "expert"))
    refusing = True

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return "550 5.1.1 user unknown" if refusing and verb == "RCPT" and "expert" in argument else None

    with ScriptedSmtp(script) as server:
        assert send(server.port).paused == ["spring"]
        out = sum(one.state is MessageState.SENT for one in messages())
        assert 10 <= out <= 16, "ten, and what was in hand by then: a letter on each of three connections, and its next"
        with reading(engine) as session:
            assert "refused for good, or at one of their addresses" in get_campaign(session, "spring").reason
        refusing = False
        done = retry(engine, Settings(), "spring", by=named("Ana"), reason="user unknown")
        assert len(done.letters) == out
        assert done.goes_on
        send(server.port)
        assert {one.state for one in recipients()} == {MessageState.SENT}
        assert set(server.recipients().values()) == {1}


def test_a_letter_that_is_refused_for_itself_waits_for_a_person_who_tries_again_or_leaves_it(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(4)
    refused = iter(["554 5.7.1 message looks like spam", "552 5.3.4 message too big"])
    refusing = True

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if refusing and verb == "DOT" and dialogue.rcpt_to[0][:6] in ("pr@aax", "pr@abx"):
            return "554 5.7.1 looks like spam" if dialogue.rcpt_to[0][:6] == "pr@aax" else next(refused)
        return None

    with ScriptedSmtp(script) as server:
        assert send(server.port).fault is None
        assert [one.state for one in messages()] == ["held", "held", "sent", "sent"]
        with reading(engine) as session:
            campaign = get_campaign(session, "spring")
            assert stage_of(session, campaign, status(session, campaign), live=True) == "scheduled"
        refusing = False
        done = retry(engine, Settings(), "spring", by=named("Ana"), missions=["aax"])
        assert (done.letters, done.others) == (("AAX",), ("ABX",))
        send(server.port)
        assert [one.state for one in messages()] == ["sent", "held", "sent", "sent"]
    number = messages()[1].id
    assert number is not None
    assert resolve(engine, number, "cancel", by=named("Ana")).state is MessageState.CANCELLED
    with reading(engine) as session:
        campaign = get_campaign(session, "spring")
        assert stage_of(session, campaign, status(session, campaign), live=True) == "finished"
    with pytest.raises(CampaignError, match="Nothing of 'spring' fits"):
        retry(engine, Settings(), "spring", by=named("Ana"))


def test_what_waits_for_a_later_try_goes_at_once_where_a_person_says_so(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(3)
    busy = True

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "451 4.3.0 try again later" if busy and verb == "DOT" else None

    with ScriptedSmtp(script) as server:
        send(server.port)
        assert {one.state for one in messages()} == {MessageState.DEFERRED}
        busy = False
        assert send(server.port).states == {}
        assert len(retry(engine, Settings(), "spring", by=named("Ana"), reason="try again later").letters) == 3
        assert send(server.port).states == {MessageState.SENT: 3}
        assert set(server.recipients().values()) == {1}


@pytest.mark.heavy
def test_what_failed_is_tried_again_by_reason_and_a_campaign_that_paused_by_itself_goes_on(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(20)
    refusing = True

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        # Each in words of its own: what is said of all alike is nobody's address (test_outbox_everybody.py).
        unknown = f"550 5.1.1 user unknown in {argument.partition('@')[2][:3]}"
        return unknown if refusing and verb == "RCPT" else None

    with ScriptedSmtp(script) as server:
        assert send(server.port).paused == ["spring"]
        failed = sum(one.state is MessageState.FAILED for one in messages())
        assert 10 <= failed <= 13
        with pytest.raises(CampaignError):
            retry(engine, Settings(), "spring", by=named("Ana"), reason="over quota")
        refusing = False
        done = retry(engine, Settings(), "spring", by=named("Ana"), reason="User Unknown")
        assert len(done.letters) == failed
        assert done.goes_on
        send(server.port)
        assert {one.state for one in messages()} == {MessageState.SENT}
        assert set(server.recipients().values()) == {1}


@pytest.mark.heavy
def test_after_the_breakers_tenth_refusal_at_most_one_more_transaction_a_connection(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(47)
    refused = 0

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        nonlocal refused
        if verb == "RCPT":
            refused += 1
            # Each in words of its own: what is said of all alike is nobody's address (test_outbox_everybody.py).
            return f"550 5.1.1 user unknown in {argument.partition('@')[2][:3]}"
        return None

    with ScriptedSmtp(script) as server:
        assert send(server.port, smtp_connections=4).paused == ["spring"]
    assert 10 <= refused <= 14
    assert {one.owner for one in messages()} == {None}


@pytest.mark.heavy
def test_after_a_pause_no_transaction_begins(letters: Letters, send: Send, engine: Engine, messages: Messages) -> None:
    letters(40)
    begun = 0
    paused_at: list[int] = []

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal begun
        if verb != "RCPT":
            return None
        begun += 1
        if begun == 5:
            pause(engine, "spring", by=named("Ana"))
            paused_at.append(begun)
        return "450 4.2.0 later" if begun > 5 else None

    with ScriptedSmtp(script) as server:
        send(server.port, smtp_connections=1)
    assert paused_at
    assert begun == 5
    assert {one.owner for one in messages()} == {None}


@pytest.mark.parametrize(
    "answer",
    [
        "452 4.5.3 too many recipients",
        *map(heavy, ("451 4.5.3 Too many recipients: Too many recipients", "452 too many recipients", "550 5.5.3 no")),
    ],
)
def test_one_recipient_too_many_has_a_transaction_of_its_own_at_once(
    answer: str, letters: Letters, send: Send, messages: Messages, recipients: Callable[[], list[Delivery]]
) -> None:
    letters(5, to=("pr", "expert"))

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return answer if verb == "RCPT" and dialogue.rcpt_to else None

    with ScriptedSmtp(script) as server:
        send(server.port)
        assert {one.state for one in messages()} == {MessageState.SENT}
        assert {one.state for one in recipients()} == {MessageState.SENT}
        assert sorted(server.recipients().values()) == [1] * 10


@pytest.mark.heavy
@pytest.mark.parametrize("answer", ["421 4.3.2 too many concurrent connections", "432 4.3.2 Concurrent connections"])
@pytest.mark.parametrize("at", ["CONNECT", "MAIL"])
def test_a_server_that_takes_two_connections_gets_them_all_in_one_pass(
    answer: str, at: str, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(47, to=("pr", "expert"))
    open_ones: set[int] = set()
    lock = threading.Lock()

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        with lock:
            if verb == at and dialogue.number not in open_ones and len(open_ones) >= 2:
                return answer if answer.startswith("421") or at == "MAIL" else f"421{answer[3:]}"
            if verb in ("CONNECT", "MAIL"):
                open_ones.add(dialogue.number)
            if verb == "QUIT":
                open_ones.discard(dialogue.number)
        if verb == "RCPT" and dialogue.rcpt_to:
            return "452 4.5.3 one at a time"
        time.sleep(0.01 if verb == "DOT" else 0)
        return None

    with ScriptedSmtp(script) as server:
        summary = send(server.port, smtp_connections=4)
        assert summary.fault is None
        # Of each letter, the second recipient followed at once: that is one try, and nothing was deferred.
        assert summary.states == {MessageState.SENT: 47}
        assert {(one.state, one.attempts) for one in messages()} == {(MessageState.SENT, 1)}
        assert sorted(server.recipients().values()) == [1] * 94


@pytest.mark.heavy
def test_a_server_that_counts_sessions_after_the_data_gets_them_all_in_one_pass(
    letters: Letters, send: Send, messages: Messages
) -> None:
    """As Exchange Online does: the answer is of the connections, and neither a limit of the day nor of the letter."""
    letters(30)
    open_ones: set[int] = set()
    refused = 0
    lock = threading.Lock()

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal refused
        with lock:
            if verb == "CONNECT":
                open_ones.add(dialogue.number)
            if verb == "DOT" and len(open_ones) > 2:
                open_ones.discard(dialogue.number)
                refused += 1
                return "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"
            if verb == "QUIT":
                open_ones.discard(dialogue.number)
        time.sleep(0.02 if verb == "DOT" else 0)
        return None

    with ScriptedSmtp(script) as server:
        summary = send(server.port, smtp_connections=4)
        assert refused
        assert summary.fault is None
        assert summary.states == {MessageState.SENT: 30, MessageState.QUEUED: refused}
        assert {one.state for one in messages()} == {MessageState.SENT}
        assert sorted(server.recipients().values()) == [1] * 30


@pytest.mark.heavy
@pytest.mark.parametrize("stalls", [1, 5])
@pytest.mark.parametrize("connections", [1, 4])
def test_a_letter_that_gets_no_answer_keeps_nobody_waiting(
    connections: int, stalls: int, letters: Letters, send: Send, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the one either that was announced behind it, which the fifth has and the first has not."""
    monkeypatch.setattr("outreach.outbox.connection.STALL_SECONDS", 0.3)
    monkeypatch.setattr("outreach.outbox.worker._FIRST_SECONDS", 0.3)
    letters(48)
    others_are_out = threading.Event()
    dots = 0

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal dots
        if verb == "DOT":
            dots += 1
            if dots == stalls:
                assert others_are_out.wait(60), "the others waited for it"
            elif dots == 48:
                others_are_out.set()
        return None

    with ScriptedSmtp(script) as server:
        send(server.port, smtp_connections=connections)
        assert len(server.accepted) == 48
        assert set(server.recipients().values()) == {1}
    assert {one.state for one in messages()} == {MessageState.SENT}


@pytest.mark.heavy
def test_send_says_that_it_waits_for_an_answer(
    letters: Letters, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("outreach.outbox.connection.STALL_SECONDS", 0.3)
    letters(6)
    told = threading.Event()
    warnings: list[str] = []
    dots = 0

    def warn(said: Sentence) -> None:
        warnings.append(str(said))
        told.set()

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal dots
        dots += verb == "DOT"
        if verb == "DOT" and dots == 4:
            assert told.wait(60), "nothing was said while it waited"
        return None

    with ScriptedSmtp(script) as server:
        settings = Settings(mode=Mode.LIVE, smtp_host="127.0.0.1", smtp_port=server.port, smtp_connections=1)
        summary = send_once(engine, settings, tmp_path, by=named("Ana"), yes=6, warn=warn)
        assert set(server.recipients().values()) == {1}
    assert [one for one in warnings if "the letter to ADX" in one]
    assert summary.states == {MessageState.SENT: 6}


def test_an_answer_that_comes_in_drops_has_one_limit(
    letters: Letters, send: Send, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.outbox.connection.COMMAND_SECONDS", 0.5)
    letters(1)
    dribbled = threading.Event()

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb != "MAIL" or dribbled.is_set():
            return None
        dribbled.set()
        return "\r\n".join(["250-and more"] * 3)  # the last line never comes

    with ScriptedSmtp(script) as server:
        send(server.port, smtp_connections=1)
    assert {one.state for one in messages()} <= {MessageState.SENT, MessageState.QUEUED, MessageState.DEFERRED}


@pytest.mark.heavy
def test_the_letters_bytes_stay_the_same_at_each_try(letters: Letters, send: Send, engine: Engine) -> None:
    letters(1)
    wires: list[bytes] = []

    def refusing(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "451 4.3.0 later" if verb == "DOT" else None

    for script in (refusing, None):
        with ScriptedSmtp(script) as server:
            send(server.port)
            wires += [one.content for one in server.data_seen]
        _due_again(engine)
        time.sleep(1.1)
    assert len(wires) == 2
    assert wires[0] == wires[1]


def _due_again(engine: Engine) -> None:
    from outreach import clock
    from outreach.database import writing

    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            message.next_try_at = clock.now()
            session.add(message)


def test_the_name_in_the_greeting_is_a_full_one(letters: Letters, send: Send) -> None:
    greeted: list[str] = []

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        if verb == "EHLO":
            greeted.append(argument)
        return None

    values: list[dict[str, Any]] = [{}, {"smtp_ehlo_name": "mail.coalition.example"}]
    for number, settings in enumerate(values):
        letters(1, name=f"c{number}")
        with ScriptedSmtp(script) as server:
            send(server.port, **settings)
    first, second = greeted
    assert first == "[127.0.0.1]" or ("." in first and "localhost" not in first)
    assert second == "mail.coalition.example"


def test_helo_where_a_server_knows_no_ehlo(letters: Letters, send: Send, messages: Messages) -> None:
    letters(2)

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "502 5.5.1 what is that?" if verb == "EHLO" else None

    with ScriptedSmtp(script, extensions=()) as server:
        send(server.port)
    assert {one.state for one in messages()} == {MessageState.SENT}


def test_the_scheduler_keeps_away_for_an_hour_after_a_quota(engine: Engine, letters: Letters) -> None:
    import asyncio

    from outreach.outbox.server import SmtpServer
    from outreach.outbox.worker import Outbox
    from outreach.settings import Settings

    letters(3)
    asked = 0

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal asked
        asked += verb == "RCPT"
        return "550 5.4.5 Daily sending quota exceeded" if verb == "RCPT" else None

    async def twice(port: int) -> None:
        settings = Settings(mode="live", smtp_host="127.0.0.1", smtp_port=port)
        outbox = Outbox(engine, settings, SmtpServer.configured(settings))
        try:
            first, second = await outbox.send_due(), await outbox.send_due()
        finally:
            await outbox.close()
        assert first.fault is not None
        assert first.fault.rests == 3600
        assert second.halted
        assert second.fault is first.fault

    with ScriptedSmtp(script) as server:
        asyncio.run(twice(server.port))
    assert asked == 1
    with reading(engine) as session:
        assert "limit is reached" in session.exec(select(Campaign)).one().reason


def test_a_rate_may_count_recipients(letters: Letters, send: Send) -> None:
    letters(5, to=("pr", "expert", "box"))
    with ScriptedSmtp() as server:
        first = send(server.port, rate="7 recipients/hour")
        second = send(server.port, rate="7 recipients/hour")
        assert (first.states[MessageState.SENT], second.states[MessageState.SENT]) == (2, 0)
        assert len(server.recipients()) == 6
        assert send(server.port, rate="13 recipients/hour, 100/day").states[MessageState.SENT] == 2
        assert send(server.port, rate="2 recipients/hour").states[MessageState.SENT] == 0
        assert send(server.port).states[MessageState.SENT] == 1


def test_a_letter_with_more_recipients_than_the_rate_goes_alone(letters: Letters, send: Send) -> None:
    letters(2, to=("pr", "expert", "box"))
    with ScriptedSmtp() as server:
        assert send(server.port, rate="2 recipients/hour").states[MessageState.SENT] == 1
        assert send(server.port, rate="2 recipients/hour").states[MessageState.SENT] == 0


def test_a_server_that_hangs_up_at_mail_is_away_and_burns_no_try(
    letters: Letters, send: Send, messages: Messages
) -> None:
    """RFC 5321, 3.8: 421 is said of the service. Before RCPT it can't be said of a letter."""
    letters(5)
    away = True
    with ScriptedSmtp(
        lambda _dialogue, verb, _: "421 4.7.0 [TSS04] later" if away and verb == "MAIL" else None
    ) as server:
        fault = send(server.port).fault
        assert "won't talk to us: 421 4.7.0 [TSS04] later" in str(fault)
        assert server.connections <= 3 * 3
        assert {(one.state, one.attempts) for one in messages()} == {(MessageState.QUEUED, 0)}
        away = False
        assert send(server.port).states == {MessageState.SENT: 5}


def test_a_server_that_hangs_up_at_one_missions_address_is_asked_again_later_with_one_try(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(6)
    asked = 0

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        nonlocal asked
        theirs = verb == "RCPT" and "@abx" in argument
        asked += theirs
        return "421 4.4.2 the next hop gave no answer" if theirs else None

    with ScriptedSmtp(script) as server:
        assert send(server.port).fault is None
    assert asked <= 2, "once more where the connection had carried others: it may have carried enough"
    by_code = {one.iso3: (one.state, one.attempts) for one in messages()}
    assert by_code.pop("ABX") == (MessageState.DEFERRED, 1)
    assert set(by_code.values()) == {(MessageState.SENT, 1)}


def test_an_answer_of_several_lines_is_told_with_its_codes_once(
    letters: Letters, send: Send, messages: Messages
) -> None:
    """RFC 2034, 4: each line of an answer begins with the enhanced code."""
    letters(1)
    words = "450-4.7.28 Too much mail originating\r\n450-4.7.28 from your address, see\r\n450 4.7.28  https://x.example"
    with ScriptedSmtp(lambda _dialogue, verb, _: words if verb == "RCPT" else None) as server:
        send(server.port)
    (one,) = messages()
    assert one.smtp_reply == "450 4.7.28 Too much mail originating from your address, see https://x.example"


@pytest.mark.parametrize(
    "words",
    [
        "550 Envelope blocked - User Entry - see the administrator [kq3]",
        "550 Administrative prohibition - envelope blocked",
        "550 Rejected by recipient's block list",
        "550 5.7.1 You are blocked by this recipient",
        "554 5.7.1 The recipient has chosen not to receive mail from this sender",
        "550 #5.7.1 Your address is on this user's safelist/blocklist: blocked",
    ],
)
def test_a_mission_that_has_us_on_a_list_of_its_own_has_no_wrong_address(
    words: str, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(5)
    script = lambda _dialogue, verb, argument: words if verb == "RCPT" and "@adx" in argument else None  # noqa: E731
    with ScriptedSmtp(script) as server:
        assert send(server.port).fault is None
    assert [one.state for one in messages()] == ["sent", "sent", "sent", "held", "sent"]


@pytest.mark.parametrize(
    ("host", "words", "cure"),
    [
        ("smtp.gmail.com", "5.7.8 Username and Password not accepted", "an app password"),
        ("smtp.gmail.com", "5.7.8 Username and Password not accepted", "outreach sign-in google"),
        ("smtp.gmail.com", "5.7.9 Application-specific password required", "outreach sign-in google"),
        ("smtp.coalition.example", "5.7.0 You must use an app password", "Make an app password"),
        ("smtp.office365.com", "5.7.3 Authentication unsuccessful", "outreach sign-in microsoft"),
        ("mail.coalition.example", "5.7.8 Username and Password not accepted", "Check smtp_username, and the password"),
        ("smtp.office365.com", "5.7.139 SmtpClientAuthentication is disabled for the Tenant", "Authenticated SMTP on"),
    ],
)
def test_a_refused_login_is_told_with_what_that_provider_takes(host: str, words: str, cure: str) -> None:
    server = SmtpServer(host, 465, username="ana", password=SecretStr("x"))
    found = server_faults.fault(server, aiosmtplib.SMTPAuthenticationError(535, words))
    assert found.standing
    assert cure in in_words(found)


@pytest.mark.parametrize(
    ("stage", "answer", "cure"),
    [
        (Stage.CONNECT, "501 5.5.4 Invalid domain name", "smtp_ehlo_name"),
        (Stage.CONNECT, "421 4.7.0 mx.provider.example Error: too many connections from #", "smtp_connections"),
        (Stage.CONNECT, "421 Too many concurrent SMTP connections; please try again later.", "smtp_connections"),
        (Stage.MAIL, "432 4.3.2 Concurrent connections limit exceeded", "smtp_connections"),
        (Stage.MAIL, "553 5.1.8 <a@b.example>... Domain of sender address a@b.example does not exist", "from and"),
        (Stage.RCPT, "550 5.1.8 <a@b.example>: Sender address rejected: Domain not found", "from and bounce_address"),
        (Stage.RCPT, "550 5.1.8 Access denied, bad outbound sender AS(42003)", "Ask your mail provider to open"),
        (Stage.RCPT, "553 5.7.1 <a@b.example>: Sender address rejected: not logged in", "Check smtp_username"),
        (Stage.CONNECT, "534 5.7.9 Authentication mechanism is too weak", "app password"),
        (Stage.CONNECT, "534 5.7.14 Please log in via your web browser and then try again.", "outreach sign-in"),
        (Stage.DOT, "554 5.7.9 Message not accepted for policy reasons. See https://x.example", "SPF"),
    ],
)  # fmt: skip
def test_an_answer_is_told_with_its_true_cure(stage: Stage, answer: str, cure: str) -> None:
    remedy = cure_of(judged(stage, int(answer[:3]), answer[4:]))
    assert remedy is not None
    assert cure in in_words(ServerFault("server.says", "{server}: {words}", server="x", words="y", remedy=remedy))


@pytest.mark.parametrize(
    "words",
    [
        "552 5.2.2 <{0}>: Recipient address rejected: Mailbox full",
        "550 5.2.2 user is over quota",
        "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        "552 La boîte de ce destinataire est pleine",
    ],
)
def test_full_boxes_are_tried_again_and_pause_nobody(
    words: str, letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    """RFC 5321, 4.5.3.1.10: a 552 at RCPT is to be taken as a 452, and a full box is nobody's wrong address."""
    letters(20)
    full = {f"@a{letter}x." for letter in "aeimq"} | {f"@a{letter}x." for letter in "bc"}

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return words.format("pr@x.example") if verb == "RCPT" and any(one in argument for one in full) else None

    with ScriptedSmtp(script) as server:
        summary = send(server.port)
    assert (summary.fault, summary.paused) == (None, [])
    assert Counter(one.state for one in messages()) == {MessageState.SENT: 13, MessageState.DEFERRED: 7}


def test_one_letter_that_is_not_signed_as_its_receiver_wants_holds_no_other_up(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(12)
    words = "554 5.7.9 Message not accepted for policy reasons. See https://senders.example/error-codes"

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return words if verb == "DOT" and any("@aex" in one for one in dialogue.rcpt_to) else None

    with ScriptedSmtp(script) as server:
        send(server.port)
        send(server.port)
    assert Counter(one.state for one in messages()) == {MessageState.SENT: 11, MessageState.HELD: 1}
