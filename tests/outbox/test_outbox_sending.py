"""Every way in which a server can answer, and what the queue makes of it."""

import email.utils
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.campaigns.timing import pause, resume
from outreach.database import reading, writing
from outreach.errors import CampaignError
from outreach.models import Attempt, Campaign, Delivery, DeliveryEvent, Frozen, Message, Response
from outreach.outbox.resolve import resolve
from outreach.outbox.retry import BREAKS_TAKEN_UP, next_try
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, DeliveryStatus, EventKind, Hold, MessageState
from tests.examples import examples
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import HANG_UP, Dialogue, Script, ScriptedSmtp

Messages = Callable[[], list[Message]]


def at(verb: str, answer: str, *, matching: str = "", times: int = 10**9) -> Script:
    """A script that gives one answer to a verb, for the first so many times."""
    seen: Counter[str] = Counter()

    def script(_dialogue: Dialogue, said: str, argument: str) -> str | None:
        if said == verb and matching in argument:
            seen[verb] += 1
            return answer if seen[verb] <= times else None
        return None

    return script


def states(messages: Messages) -> Counter[MessageState]:
    return Counter(message.state for message in messages())


@pytest.mark.heavy
def test_every_letter_goes_out_once_and_a_second_pass_sends_nothing(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(47)
    with ScriptedSmtp() as server:
        summary = send(server.port)
        again = send(server.port)
    assert summary.states == {MessageState.SENT: 47}
    assert not again.states
    assert sorted(server.recipients().values()) == [1] * 47
    assert all(
        m.delivery is DeliveryStatus.ACCEPTED and m.sent_at and m.attempts == 1 and not m.owner for m in messages()
    )


def test_what_was_frozen_is_what_goes_over_the_wire(letters: Letters, send: Send, messages: Messages) -> None:
    raw = b"Subject: dots\r\n\r\n.\r\n..two\r\nline\r\n.end\r\n"
    letters(1, raw=raw)
    with ScriptedSmtp() as server:
        send(server.port)
    date, _, rest = server.accepted[0].content.partition(b"\r\n")
    assert rest == raw
    (message,) = messages()
    assert message.dated_at is not None
    assert email.utils.parsedate_to_datetime(date.decode().removeprefix("Date: ")) == message.dated_at.replace(
        microsecond=0
    )
    assert server.accepted[0].mail_from == "bounces@coalition.example"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("verb", "answer", "state"),
    [
        ("MAIL", "450 4.3.0 later", MessageState.DEFERRED),
        ("MAIL", "550 5.7.1 not you", MessageState.QUEUED),
        ("RCPT", "451 4.7.1 greylisted", MessageState.DEFERRED),
        ("RCPT", "550 5.1.1 unknown", MessageState.FAILED),
        ("DATA", "451 4.3.0 later", MessageState.DEFERRED),
        ("RCPT", "550 5.7.60 not permitted", MessageState.QUEUED),
        ("DATA", "554 5.6.0 no", MessageState.HELD),
        ("DOT", "550 5.4.5 Daily sending quota exceeded", MessageState.QUEUED),
        ("DOT", "452 4.2.2 full", MessageState.DEFERRED),
        ("DOT", "554 5.7.1 spam", MessageState.HELD),
        ("DOT", HANG_UP, MessageState.UNCERTAIN),
        ("DOT", "what?", MessageState.UNCERTAIN),
        ("DOT", "421 4.3.2 closing", MessageState.DEFERRED),
    ],
)
def test_each_answer_leads_to_its_state(
    verb: str, answer: str, state: MessageState, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(2)
    with ScriptedSmtp(at(verb, answer)) as server:
        send(server.port)
        again = send(server.port)
    assert states(messages) == {state: 2}
    if state is MessageState.QUEUED:  # nobody's letter is to blame: both wait as before, and were met one at a time
        assert {message.attempts for message in messages()} == {0}
        assert again.fault is not None
        return
    assert not again.states, "neither a refused, a deferred nor an uncertain letter is due at once"
    assert not server.accepted
    for message in messages():
        if state is MessageState.DEFERRED:
            assert message.next_try_at is not None
            assert timedelta(minutes=3.9) < message.next_try_at - clock.now() < timedelta(minutes=6.1)
        if answer != HANG_UP:
            assert answer in message.smtp_reply


def test_a_refused_recipient_does_not_spoil_the_others(
    letters: Letters, send: Send, messages: Messages, recipients: Callable[[], list[Delivery]]
) -> None:
    letters(1, to=("pr", "box", "expert"))
    with ScriptedSmtp(at("RCPT", "550 5.1.1 unknown", matching="box@")) as server:
        send(server.port)
    assert states(messages) == {MessageState.SENT: 1}
    assert [r.state for r in recipients()] == [MessageState.SENT, MessageState.FAILED, MessageState.SENT]
    assert recipients()[1].smtp_reply == "550 5.1.1 unknown"
    assert server.accepted[0].rcpt_to == ("pr@aax.mission.example", "expert@aax.mission.example")


def test_a_recipient_refused_for_now_is_tried_again_alone(
    letters: Letters, send: Send, messages: Messages, engine: Engine, recipients: Callable[[], list[Delivery]]
) -> None:
    letters(1, to=("pr", "box"))
    with ScriptedSmtp(at("RCPT", "450 4.2.0 later", matching="box@", times=1)) as server:
        send(server.port)
        assert states(messages) == {MessageState.DEFERRED: 1}
        _make_due(engine)
        send(server.port)
    assert states(messages) == {MessageState.SENT: 1}
    assert [m.rcpt_to for m in server.accepted] == [("pr@aax.mission.example",), ("box@aax.mission.example",)]
    assert {r.state for r in recipients()} == {MessageState.SENT}


def _make_due(engine: Engine) -> None:
    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            message.next_try_at = clock.now()
            session.add(message)


@pytest.mark.heavy
@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_break_before_the_data_is_taken_up_again(verb: str, letters: Letters, send: Send, messages: Messages) -> None:
    letters(6)
    with ScriptedSmtp(at(verb, HANG_UP, times=2)) as server:
        send(server.port)
    assert states(messages) == {MessageState.SENT: 6}
    assert set(server.recipients().values()) == {1}


def test_a_letter_at_which_the_connection_always_breaks_is_put_off(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(3)
    with ScriptedSmtp(at("RCPT", HANG_UP, matching="abx")) as server:
        send(server.port)
    by_code = {message.iso3: message for message in messages()}
    assert by_code["ABX"].state is MessageState.DEFERRED
    assert by_code["ABX"].attempts == BREAKS_TAKEN_UP
    assert by_code["AAX"].state is by_code["ACX"].state is MessageState.SENT


@pytest.mark.heavy
@pytest.mark.parametrize("script", [at("CONNECT", HANG_UP), at("CONNECT", "554 go away"), at("EHLO", "550 no")])
def test_a_server_that_will_not_talk_burns_no_tries(
    script: Script, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(5)
    with ScriptedSmtp(script) as server:
        summary = send(server.port)
    assert summary.fault is not None
    assert states(messages) == {MessageState.QUEUED: 5}
    assert {(m.attempts, m.owner) for m in messages()} == {(0, None)}


def test_a_server_that_is_not_there_is_a_fault_in_words(letters: Letters, send: Send, messages: Messages) -> None:
    letters(2)
    with ScriptedSmtp() as server:
        port = server.port
    summary = send(port)
    assert "can't be reached" in str(summary.fault)
    assert states(messages) == {MessageState.QUEUED: 2}


def test_a_wrong_password_pauses_without_burning_tries(letters: Letters, send: Send, messages: Messages) -> None:
    letters(3)
    with ScriptedSmtp(at("AUTH", "535 5.7.8 bad credentials"), extensions=("AUTH PLAIN",)) as server:
        summary = send(server.port, smtp_username="team", smtp_password="secret")
    assert "refused the login of 'team'" in str(summary.fault)
    assert "secret" not in str(summary.fault)
    assert {(m.state, m.attempts) for m in messages()} == {(MessageState.QUEUED, 0)}


def test_an_uncertain_letter_waits_for_a_person_who_decides(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    first, second = letters(2)
    with ScriptedSmtp(at("DOT", HANG_UP, times=2)) as server:
        send(server.port)
        assert states(messages) == {MessageState.UNCERTAIN: 2}
        assert "before the answer" in messages()[0].reason
        with pytest.raises(CampaignError, match="may have arrived") as caught:
            resolve(engine, first, "cancel", by=named("ana"))
        assert "sent if it arrived, or resend" in str(caught.value.remedy)
        resolve(engine, first, "sent", by=named("ana"))
        resolve(engine, second, "resend", by=named("ana"))
        send(server.port)
        with pytest.raises(CampaignError):
            resolve(engine, first, "resend", by=named("ana"))
    assert states(messages) == {MessageState.SENT: 2}
    assert server.recipients() == {"pr@abx.mission.example": 1}


@pytest.mark.heavy
def test_pause_acts_within_one_letter_a_connection_and_resume_sends_only_the_rest(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(40)
    handed_over: list[str] = []
    at_pause: list[int] = []

    def pausing(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb == "DOT":
            handed_over.append(verb)
            if len(handed_over) == 10:
                pause(engine, "spring", by=named("Ana"))
                at_pause.append(len(handed_over))
            time.sleep(0.02)
        return None

    with ScriptedSmtp(pausing) as server:
        send(server.port, smtp_connections=4)
        assert at_pause[0] <= len(server.accepted) <= at_pause[0] + 4 < 40
        resume(engine, Settings(), "spring", by=named("Ana"))
        send(server.port)
    assert states(messages) == {MessageState.SENT: 40}
    assert set(server.recipients().values()) == {1}
    assert len(server.accepted) == 40


@pytest.mark.heavy
def test_outside_the_allow_list_letters_are_held_until_it_allows(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(3, to=("pr", "box"))
    allowed = ["pr@aax.mission.example", "@abx.mission.example", "BOX@aax.mission.example"]
    with ScriptedSmtp() as server:
        send(server.port, mode="rehearsal", allow_list=allowed)
        assert [m.state for m in messages()] == [MessageState.SENT, MessageState.SENT, MessageState.HELD]
        assert messages()[2].hold is Hold.NOT_ALLOWED
        assert "pr@acx.mission.example" in messages()[2].reason
        send(server.port, mode="rehearsal", allow_list=["*@acx.mission.example"])
    assert states(messages) == {MessageState.SENT: 3}
    assert len(server.accepted) == 3


def test_in_rehearsal_without_an_allow_list_a_real_server_gets_nothing(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(4)
    with ScriptedSmtp() as server:
        send(server.port, mode="rehearsal")
    assert states(messages) == {MessageState.HELD: 4}
    assert not server.data_seen


def test_a_time_long_past_waits_for_a_person(
    letters: Letters, send: Send, messages: Messages, engine: Engine, change: Callable[..., None]
) -> None:
    past = clock.now() - timedelta(minutes=61)
    letters(3, due_at=past, next_try_at=past)
    change(due_at=past)
    with ScriptedSmtp() as server:
        summary = send(server.port)
        assert summary.waiting == ["spring"]
        assert not server.accepted
        assert states(messages) == {MessageState.QUEUED: 3}
        resume(engine, Settings(), "spring", by=named("Ana"))
        send(server.port)
    assert states(messages) == {MessageState.SENT: 3}
    assert messages()[0].due_at is not None
    assert clock.now() - messages()[0].due_at < timedelta(minutes=1), "the letter carries the day on which it goes out"


def test_in_live_mode_nothing_goes_out_that_nobody_confirmed(
    letters: Letters, send: Send, messages: Messages, change: Callable[..., None], engine: Engine
) -> None:
    letters(3)
    change(confirmed_missions=None)
    with ScriptedSmtp() as server:
        assert send(server.port).waiting == ["spring"]
    assert not server.data_seen
    assert states(messages) == {MessageState.QUEUED: 3}
    with reading(engine) as session:
        assert session.exec(select(Campaign)).one().state is CampaignState.WAITING


@pytest.mark.heavy
def test_the_rate_holds_over_restarts(letters: Letters, send: Send, messages: Messages) -> None:
    letters(9)
    with ScriptedSmtp() as server:
        first = send(server.port, rate=["4/hour"])
        second = send(server.port, rate=["4/hour"])
        third = send(server.port, rate="6/hour, 100/day")
    assert [s.states[MessageState.SENT] for s in (first, second, third)] == [4, 0, 2]
    assert first.paced_until is not None
    assert timedelta(minutes=59) < first.paced_until - clock.now() <= timedelta(hours=1)
    assert states(messages) == {MessageState.SENT: 6, MessageState.QUEUED: 3}


def test_an_international_address_waits_where_the_server_can_not_take_it(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(1, to=("代表",), smtputf8=True)
    with ScriptedSmtp() as server:
        send(server.port)
    assert messages()[0].hold is Hold.NO_SMTPUTF8
    pause(engine, "spring", by=named("Ana"))
    resume(engine, Settings(), "spring", by=named("Ana"))
    with ScriptedSmtp(extensions=("SMTPUTF8", "8BITMIME")) as server:
        send(server.port)
    assert server.accepted[0].rcpt_to == ("代表@aax.mission.example",)


def test_a_letter_is_given_up_after_the_hours_that_are_set(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(1)
    with ScriptedSmtp(at("RCPT", "450 4.2.0 later")) as server:
        send(server.port)
        with writing(engine) as session:
            message = session.exec(select(Message)).one()
            message.first_try_at = clock.now() - timedelta(hours=49)
            message.next_try_at = clock.now()
            session.add(message)
        send(server.port)
    assert states(messages) == {MessageState.FAILED: 1}
    assert "450 4.2.0 later" in messages()[0].reason


def test_every_change_of_state_left_an_event(letters: Letters, send: Send, engine: Engine) -> None:
    letters(1)
    with ScriptedSmtp(at("RCPT", "450 4.2.0 later", times=1)) as server:
        send(server.port)
        _make_due(engine)
        send(server.port)
    with reading(engine) as session:
        kinds = [event.kind for event in session.exec(select(DeliveryEvent)).all()]
    assert kinds == [EventKind.DEFERRED, EventKind.SENDING, EventKind.ACCEPTED]


def test_waits_grow_and_differ() -> None:
    now = clock.now()
    first = timedelta(minutes=5)
    for attempts in range(1, 20):
        usual = min(first * 2 ** (attempts - 1), timedelta(hours=4))
        waits = {next_try(now, first, attempts) - now for _ in range(20)}
        assert len(waits) > 1
        assert all(usual * 0.8 <= wait <= usual * 1.2 for wait in waits)


_FAULTS = [
    "MAIL 450 4.0.0 later", "MAIL hang up", "RCPT hang up", "RCPT 421 4.0.0 bye", "RCPT 550 5.1.1 no", "DATA hang up",
    "DATA 421 4.0.0 bye", "DOT hang up", "DOT 451 4.0.0 later", "DOT 554 5.0.0 no", "DOT nonsense", "EHLO hang up",
    "DOT 421 4.0.0 bye", "DOT 250 2.0.0 taken\r\n250 2.0.0 and once more", "MAIL 250 2.1.0 ok\r\n250 2.1.0 really",
]  # fmt: skip


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    faults=st.lists(st.sampled_from([None, None, *_FAULTS]), min_size=10, max_size=60),
    extensions=st.sampled_from([("PIPELINING",), ()]),
)
def test_whatever_the_server_does_no_letter_goes_out_twice_or_is_lost(
    faults: list[str | None],
    extensions: tuple[str, ...],
    letters: Letters,
    send: Send,
    messages: Messages,
    engine: Engine,
) -> None:
    _empty(engine)
    letters(12)
    waiting = list(faults)

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if waiting and waiting[0] is None:
            waiting.pop(0)
            return None
        if waiting and (waiting[0] or "").startswith(f"{verb} "):
            return (waiting.pop(0) or "").partition(" ")[2]
        return None

    with ScriptedSmtp(script, extensions=extensions) as server:
        for _ in range(6):
            send(server.port, retry_minutes=0.0001, pause_failures_percent=100)
        waiting.clear()
        for _ in range(8):
            _make_due(engine)
            send(server.port, retry_minutes=0.0001, pause_failures_percent=100)
    accepted = server.recipients()
    assert not accepted or max(accepted.values()) == 1
    for message in messages():
        copies = accepted[f"pr@{message.iso3.lower()}.mission.example"]
        assert message.state in (MessageState.SENT, MessageState.FAILED, MessageState.UNCERTAIN, MessageState.HELD)
        assert copies == (1 if message.state is MessageState.SENT else 0)


def _empty(engine: Engine) -> None:
    with writing(engine) as session:
        for table in (Attempt, DeliveryEvent, Delivery, Frozen, Message, Response, Campaign):
            for row in session.exec(select(table)).all():
                session.delete(row)
            session.flush()
