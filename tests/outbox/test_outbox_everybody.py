"""One dead address, or a server that says `no such address` to everybody: told apart by what it says to others."""

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.models import DeliveryEvent, Message
from outreach.outbox.worker import Summary
from outreach.vocabulary import CampaignState, EventKind, Hold, MessageState
from tests.outbox.conftest import Letters, Send, iso3
from tests.scripted_smtp import Dialogue, ScriptedSmtp

Messages = Callable[[], list[Message]]
BLANKETS = [
    "550 5.1.1 recipient rejected",
    "550 5.1.1 {address}: Recipient address rejected: User unknown in virtual mailbox table",
    "550 No such user here",
    "553 sorry, that domain isn't in my list of allowed rcpthosts #{id}",
]


class Refusing:
    """A server that says the same at RCPT of every address that `of` picks out, with what varies filled in; but for
    the first ones that it is told of, `after` so many."""

    def __init__(self, words: str, of: Callable[[str], bool] = lambda _address: True, *, after: int = 0) -> None:
        self.words, self.of, self.after, self.told, self.asked = words, of, after, 0, 0
        self.seen: set[str] = set()

    def __call__(self, _dialogue: Dialogue, verb: str, argument: str) -> str | None:
        address = argument[3:].split()[0] if verb == "RCPT" else ""
        self.told += verb == "RCPT"
        if verb != "RCPT" or self.told <= self.after or not self.of(address):
            return None
        self.asked += 1
        self.seen.add(address)
        return self.words.format(address=address, id=f"A{self.asked:04}")


def boxes(numbers: Iterable[int]) -> set[str]:
    """The addresses of these letters, as the server is told them."""
    return {f"<pr@{iso3(number).lower()}.mission.example>" for number in numbers}


def states(messages: Messages) -> list[tuple[MessageState, int]]:
    return [(one.state, one.attempts) for one in messages()]


@pytest.mark.parametrize("words", BLANKETS)
def test_a_server_that_refuses_everybody_as_unknown_fails_nobody(
    words: str, letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(20)
    script = Refusing(words)
    with ScriptedSmtp(script) as server:
        summary = send(server.port)
        assert script.asked <= 3
        assert summary.fault is not None
        assert summary.fault.remedy is not None
        assert set(states(messages)) == {(MessageState.QUEUED, 0)}
        with reading(engine) as session:
            campaign = get_campaign(session, "spring")
            assert campaign.state is CampaignState.SCHEDULED
            assert words[4:20].split("{")[0] in campaign.reason
        script.of = lambda _address: False
        assert send(server.port).fault is None
        assert {one.state for one in messages()} == {MessageState.SENT}
        assert set(server.recipients().values()) == {1}


def test_what_had_failed_by_the_same_words_before_is_put_back_and_the_history_says_why(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(6)
    with ScriptedSmtp(Refusing("550 5.1.1 <{address}> unknown")) as server:
        send(server.port)
    assert set(states(messages)) == {(MessageState.QUEUED, 0)}
    with reading(engine) as session:
        facts = session.exec(select(DeliveryEvent).order_by(DeliveryEvent.id)).all()  # type: ignore[arg-type]
    kinds = [one.kind for one in facts]
    assert kinds.count(EventKind.REFUSED) == 3
    assert kinds.count(EventKind.RELEASED) == 3
    assert "addresses at 3 domains got this answer" in facts[-1].detail


def test_each_further_try_asks_one_and_those_not_asked_yet_come_first(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(8)
    script = Refusing("550 5.1.1 no")
    with ScriptedSmtp(script) as server:
        for asked in (3, 4, 5):
            send(server.port)
            assert script.asked == asked
        assert len(script.seen) == 5
    assert set(states(messages)) == {(MessageState.QUEUED, 0)}


def test_addresses_that_are_dead_fail_once_the_server_has_taken_others(
    letters: Letters, send: Send, messages: Messages
) -> None:
    """The first three of a list are dead: it stops once, takes the others first then, and the three are known."""
    letters(9)
    script = Refusing("550 5.1.1 User unknown", boxes(range(3)).__contains__)
    with ScriptedSmtp(script) as server:
        assert send(server.port).fault is not None
        assert send(server.port).fault is None
        assert set(server.recipients().values()) == {1}
    assert [one.state for one in messages()] == [MessageState.FAILED] * 3 + [MessageState.SENT] * 6


@pytest.mark.parametrize("last", [3, 4])
def test_a_few_dead_addresses_after_others_were_taken_are_dead(
    last: int, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(24)
    with ScriptedSmtp(Refusing("550 5.1.1 User unknown", boxes(range(24 - last, 24)).__contains__)) as server:
        assert send(server.port).fault is None
    assert [one.state for one in messages()] == [MessageState.SENT] * (24 - last) + [MessageState.FAILED] * last


def test_a_server_that_takes_some_and_then_nobody_any_more_fails_nobody(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(40)
    script = Refusing("550 5.1.1 recipient rejected", after=20)
    with ScriptedSmtp(script) as server:
        assert send(server.port).fault is not None
    assert script.told <= 20 + 5 + 8, "five, and what was announced on each connection by then"
    assert {one.state for one in messages()} == {MessageState.SENT, MessageState.QUEUED}


def test_answers_that_differ_are_each_addresss_own(letters: Letters, send: Send, messages: Messages) -> None:
    letters(3)
    words = iter(["550 5.1.1 user unknown", "550 5.1.1 mailbox does not exist", "550 5.1.10 recipient not found"])

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return next(words) if verb == "RCPT" else None

    with ScriptedSmtp(script) as server:
        assert send(server.port).fault is None
    assert {one.state for one in messages()} == {MessageState.FAILED}


def test_what_an_earlier_pass_saw_fail_is_put_back_and_not_taken_from_the_count_of_this_one(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(3)
    no = "550 5.1.1 no such user"
    answers = iter([no, no, "451 4.3.0 try again later", no])
    with ScriptedSmtp(lambda _dialogue, verb, _argument: next(answers) if verb == "RCPT" else None) as server:
        assert send(server.port).states[MessageState.FAILED] == 2
        with writing(engine) as session:
            for one in session.exec(select(Message)):
                one.next_try_at = clock.now()
        summary = send(server.port)
    assert summary.fault is not None
    assert {one.state for one in messages()} == {MessageState.QUEUED}
    assert +summary.states == {MessageState.QUEUED: 1}


def test_what_was_put_back_before_it_was_counted_is_not_counted_as_failed() -> None:
    """Two connections: the one's answer puts back what the other's has just brought to its end."""
    summary = Summary()
    summary.count(1, MessageState.FAILED)
    summary.count(2, MessageState.SENT)
    summary.put_back(MessageState.FAILED, [1, 3])
    summary.count(3, MessageState.FAILED)
    assert +summary.states == {MessageState.SENT: 1, MessageState.QUEUED: 2}


def at_the_dot(
    words: str, of: Callable[[str], bool] = lambda _address: True
) -> Callable[[Dialogue, str, str], str | None]:
    """A server that takes every address, and says so at the final dot to letters for those that `of` picks out."""

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return words if verb == "DOT" and any(map(of, dialogue.rcpt_to)) else None

    return script


@pytest.mark.parametrize("words", ["550 5.1.1 User unknown", "550 Requested action not taken: mailbox unavailable"])
def test_what_is_said_of_every_letter_at_the_dot_is_no_addresss_fault_either(
    words: str, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(12)
    with ScriptedSmtp(at_the_dot(words)) as server:
        assert send(server.port).fault is not None
        assert server.dots <= 3
    assert set(states(messages)) == {(MessageState.QUEUED, 0)}


THEIRS = [
    "550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using a list",
    "554 5.7.1 Sender address rejected: not wanted here",
    "554 5.7.1 Relay access denied",
    "550 5.7.1 Unauthenticated email is not accepted: DMARC",
]


@pytest.mark.parametrize("words", THEIRS)
@pytest.mark.parametrize("verb", ["RCPT", "DOT"])
def test_one_mission_that_will_not_have_us_keeps_no_letter_from_the_others(
    words: str, verb: str, letters: Letters, send: Send, messages: Messages
) -> None:
    """Ours takes the others: what it says of this one was said by the mission's own server."""
    letters(10)
    (theirs,) = {address.strip("<>") for address in boxes([7])}
    of = theirs.__eq__
    script = at_the_dot(words, of) if verb == "DOT" else Refusing(words, lambda address: of(address.strip("<>")))
    with ScriptedSmtp(script) as server:
        assert send(server.port).fault is None
        assert len(server.accepted) == 9
        assert {one.state for one in messages() if one.iso3 == iso3(7)} == {MessageState.HELD}
        assert "the mail server refused it" in next(one.reason for one in messages() if one.iso3 == iso3(7))


@pytest.mark.parametrize("words", THEIRS)
def test_the_same_from_the_first_letter_on_or_to_all_from_some_moment_on_is_our_own_fault(
    words: str, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(20)
    with ScriptedSmtp(Refusing(words)) as server:
        assert send(server.port).fault is not None
    assert {one.state for one in messages()} == {MessageState.QUEUED}
    with ScriptedSmtp(Refusing(words, after=8)) as server:
        assert send(server.port).fault is not None
        assert len(server.accepted) == 8
    assert {one.state for one in messages()} == {MessageState.QUEUED, MessageState.SENT}


def test_what_several_missions_say_while_others_are_taken_is_theirs(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(20)
    refusing = boxes([4, 8, 12, 16])
    with ScriptedSmtp(Refusing("554 5.7.1 Message rejected", refusing.__contains__)) as server:
        assert send(server.port).fault is None
        assert len(server.accepted) == 16
    assert {one.state for one in messages()} == {MessageState.SENT, MessageState.HELD}


def test_what_was_said_of_every_letter_before_is_not_said_again_of_one_with_other_words(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(4)
    with ScriptedSmtp(Refusing("554 5.7.1 Message rejected")) as server:
        assert send(server.port).fault is not None
    assert {one.state for one in messages()} == {MessageState.QUEUED}
    words = iter(["554 too grey", "554 too green", "554 too blue", "554 too brown"])
    with ScriptedSmtp(lambda _dialogue, verb, _argument: next(words) if verb == "RCPT" else None) as server:
        assert send(server.port).fault is None
    assert {one.state for one in messages()} == {MessageState.HELD}


NOT_OURS = "553 5.7.1 <{address}>: Sender address rejected: not owned by user ana"


@pytest.mark.parametrize("verb", ["RCPT", "DOT"])
@pytest.mark.parametrize("place", [0, 5])
def test_a_letter_that_alone_is_refused_for_the_senders_fault_holds_no_other_up(
    verb: str, place: int, letters: Letters, send: Send, messages: Messages
) -> None:
    numbers = letters(12)
    theirs = f"<pr@{iso3(place).lower()}.mission.example>"

    def script(dialogue: Dialogue, said: str, argument: str) -> str | None:
        told = argument[3:].split()[:1] if said == "RCPT" else [f"<{one}>" for one in dialogue.rcpt_to]
        return NOT_OURS.format(address="ana@coalition.example") if said == verb and told == [theirs] else None

    with ScriptedSmtp(script) as server:
        first = send(server.port)
        assert first.fault is not None  # what may be said of all is told at once
        assert {one.state for one in messages()} <= {MessageState.QUEUED, MessageState.SENT}
        for _ in range(3):
            send(server.port)
        found = messages()
        assert [one.state for one in found if one.id != numbers[place]] == [MessageState.SENT] * 11
        (alone,) = (one for one in found if one.id == numbers[place])
        assert (alone.state, alone.hold) == (MessageState.HELD, Hold.REFUSED)
        assert set(server.recipients().values()) == {1}


def test_a_limit_of_the_providers_is_never_a_letters_own(letters: Letters, send: Send, messages: Messages) -> None:
    letters(6)
    script = Refusing("550 5.4.5 Daily sending quota exceeded", boxes([3]).__contains__)
    with ScriptedSmtp(script) as server:
        for _ in range(4):
            assert send(server.port).fault is not None or not script.asked
        assert sorted(one.state for one in messages())[:1] == [MessageState.QUEUED]
        assert MessageState.HELD not in {one.state for one in messages()}
