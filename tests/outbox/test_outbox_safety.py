"""What keeps a letter from going out: opt-outs, dead addresses, changed sheets, refusals, a stopped campaign."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.campaigns.address_changes import void_changed
from outreach.campaigns.timing import cancel, pause, resume, schedule
from outreach.database import reading, writing
from outreach.models import Campaign, Contact, Delivery, DeliveryEvent, Message, OptOut
from outreach.outbox import queue
from outreach.outbox.guard import pause_failing_campaigns
from outreach.outbox.journal import Journal
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.owner import is_dead, new_owner
from outreach.outbox.resolve import resolve
from outreach.outbox.rules import Rules
from outreach.outbox.server import SmtpServer
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, DeliveryStatus, EventKind, Hold, MessageState
from tests.outbox.conftest import Letters, Send
from tests.outbox.in_directory import known
from tests.scripted_smtp import Dialogue, ScriptedSmtp

Messages = Callable[[], list[Message]]
LIVE = Settings(mode="live", smtp_host="127.0.0.1")
RULES = Rules.of(LIVE, SmtpServer.configured(LIVE))


def the_campaign(engine: Engine) -> Campaign:
    with reading(engine) as session:
        return session.exec(select(Campaign)).one()


def add(engine: Engine, *rows: Any) -> None:
    with writing(engine) as session:
        session.add_all(rows)


def address(code: str, local: str = "pr") -> str:
    return f"{local}@{code.lower()}.mission.example"


def moved(engine: Engine, code: str) -> None:
    """What a sheet does that gives a contact another address."""
    with writing(engine) as session:
        known(session, code, address(code), email=address(code, "new"), email_key=address(code, "new"))


def opt_out(address: str) -> OptOut:
    return OptOut(address=address, address_key=address, at=clock.now(), who="ana")


def test_who_asked_to_be_left_alone_gets_nothing_until_that_is_withdrawn(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(3)
    add(engine, opt_out("pr@abx.mission.example"))
    with ScriptedSmtp() as server:
        send(server.port)
        assert [m.state for m in messages()] == [MessageState.SENT, MessageState.HELD, MessageState.SENT]
        assert messages()[1].hold is Hold.OPTED_OUT
        assert "pr@abx.mission.example" in messages()[1].reason
        with writing(engine) as session:
            row = session.exec(select(OptOut)).one()
            row.withdrawn_at = clock.now()
            session.add(row)
        send(server.port)
    assert [m.state for m in messages()] == [MessageState.SENT] * 3


def test_one_of_several_who_opted_out_is_left_out_and_recorded_for_himself(
    letters: Letters, send: Send, messages: Messages, engine: Engine, recipients: Callable[[], list[Delivery]]
) -> None:
    letters(1, to=("pr", "box"))
    add(engine, opt_out("box@aax.mission.example"))
    with ScriptedSmtp() as server:
        send(server.port)
    assert messages()[0].state is MessageState.SENT
    assert server.accepted[0].rcpt_to == ("pr@aax.mission.example",)
    assert [r.state for r in recipients()] == [MessageState.SENT, MessageState.FAILED]
    assert recipients()[1].hold is Hold.OPTED_OUT
    assert "left alone" in recipients()[1].smtp_reply


def test_an_address_that_takes_no_mail_is_held_until_it_is_corrected(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(1)
    with writing(engine) as session:
        known(session, "AAX", address("AAX"), bounced_at=clock.now())
    with ScriptedSmtp() as server:
        send(server.port)
        assert messages()[0].hold is Hold.BOUNCED
        assert not server.data_seen
        with writing(engine) as session:
            row = session.exec(select(Contact)).one()
            row.bounced_at = None
            session.add(row)
        send(server.port)
    assert messages()[0].state is MessageState.SENT


@pytest.mark.heavy
def test_an_address_that_the_sheet_changed_stops_the_campaign_before_anything_goes_out(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(2)
    moved(engine, "ABX")
    with ScriptedSmtp() as server:
        send(server.port)
        assert [one.rcpt_to for one in server.accepted] in ([], [("pr@aax.mission.example",)])
    assert messages()[1].state is MessageState.QUEUED
    campaign = the_campaign(engine)
    assert campaign.state is CampaignState.DRAFT
    assert "pr@abx.mission.example → new@abx.mission.example" in campaign.reason


@pytest.mark.parametrize("all_of_them", [True, False])
def test_a_mission_without_any_contact_is_written_to_no_more(
    all_of_them: bool, letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(2)
    with writing(engine) as session:
        for one in session.exec(select(Contact)):
            if all_of_them or one.iso3 == "ABX":
                session.delete(one)
    with ScriptedSmtp() as server:
        send(server.port)
        assert not any("abx" in address for one in server.accepted for address in one.rcpt_to)
        assert not (all_of_them and server.accepted)
    assert the_campaign(engine).state is CampaignState.DRAFT
    assert "pr@abx.mission.example is gone" in the_campaign(engine).reason or all_of_them


def test_what_has_gone_out_is_no_reason_to_ask_again(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(2)
    with ScriptedSmtp() as server:
        send(server.port)
    moved(engine, "AAX")
    assert void_changed(engine) == []


@pytest.mark.heavy
def test_a_campaign_pauses_when_too_many_letters_are_refused_and_says_why(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(60)
    asked: list[str] = []

    def refusing(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        asked.extend([argument] if verb == "RCPT" else [])
        return "550 5.1.1 unknown" if verb == "RCPT" and argument[8] in "aceg" else None

    with ScriptedSmtp(refusing) as server:
        summary = send(server.port, smtp_connections=1)
        assert summary.paused == ["spring"]
        assert len(asked) <= 14, "nor is the server asked anything about the rest"
        found = Counter(m.state for m in messages())
        assert 10 <= found[MessageState.SENT] + found[MessageState.FAILED] <= 12
        campaign = the_campaign(engine)
        assert campaign.state is CampaignState.PAUSED
        assert "refused for good" in campaign.reason
        server.script = lambda _dialogue, _verb, _argument: None
        resume(engine, LIVE, "spring", by=named("Ana"))
        assert not send(server.port).paused, "what a person has seen and let pass does not stop it again"
    assert Counter(m.state for m in messages())[MessageState.QUEUED] == 0


@pytest.mark.parametrize(
    ("permanent", "others", "words"),
    [
        (True, False, "refused for good ("),
        (True, True, "refused for good, or at one of their addresses"),
        (False, False, ""),
        (None, False, ""),
    ],
)
def test_what_comes_back_stops_a_campaign_only_where_it_says_that_for_good(
    letters: Letters, engine: Engine, permanent: bool | None, others: bool, words: str
) -> None:
    numbers = letters(12, state=MessageState.SENT, to=("pr", "info") if others else ("pr",))
    with writing(engine) as session:
        for number in numbers[:4]:
            first, *_ = session.exec(select(Delivery).where(Delivery.message_id == number)).all()
            first.status = session.get_one(Message, number).delivery = DeliveryStatus.BOUNCED
            session.add(
                DeliveryEvent(
                    message_id=number, at=clock.now(), kind=EventKind.BOUNCED, who="inbox", permanent=permanent,
                    recipient=first.address,
                )
            )  # fmt: skip
    assert pause_failing_campaigns(engine, RULES) == (["spring"] if words else [])
    assert words in the_campaign(engine).reason


def test_few_refusals_pause_nothing(letters: Letters, send: Send, messages: Messages) -> None:
    letters(30)

    def refusing(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return "550 5.1.1 unknown" if verb == "RCPT" and argument[7:9] == "aa" else None

    with ScriptedSmtp(refusing) as server:
        assert not send(server.port).paused
    assert Counter(m.state for m in messages()) == {MessageState.SENT: 29, MessageState.FAILED: 1}


@pytest.mark.heavy
def test_no_more_letters_than_set_are_on_their_way_to_one_domain(letters: Letters, send: Send, engine: Engine) -> None:
    letters(20)
    with writing(engine) as session:
        for row, contact in zip(session.exec(select(Delivery)), session.exec(select(Contact)), strict=True):
            row.address = f"box{row.id}@{'one' if row.id % 4 else 'two'}.mission.example"  # type: ignore[operator]
            contact.email = contact.email_key = row.address
            session.add_all((row, contact))
    flying: Counter[str] = Counter()
    most: Counter[str] = Counter()
    to: dict[int, str] = {}

    def watch(dialogue: Dialogue, verb: str, argument: str) -> str | None:
        if verb == "RCPT":
            to[dialogue.number] = argument.partition("@")[2].partition(".")[0]
            flying[to[dialogue.number]] += 1
            most.update({d: n - most[d] for d, n in flying.items() if n > most[d]})
        if verb == "DOT":
            time.sleep(0.01)
            flying[to[dialogue.number]] -= 1
        return None

    with ScriptedSmtp(watch) as server:
        send(server.port, smtp_connections=6, smtp_per_domain=2)
    assert len(server.accepted) == 20
    assert max(most.values()) <= 2


@pytest.mark.heavy
def test_a_letter_in_hand_does_not_go_out_under_a_time_that_was_taken_back(
    letters: Letters, messages: Messages, engine: Engine
) -> None:
    letters(2)
    owner = new_owner()
    first, _ = queue.claim(engine, RULES, owner, limit=2).letters
    schedule(engine, LIVE, "spring", "2035-03-19 09:00", yes=2, by=named("Ana"))

    async def mark() -> bool:
        return await Journal(engine, RULES, owner).mark(first)

    assert asyncio.run(mark()) is False
    assert {m.state for m in messages()} == {MessageState.QUEUED}


@pytest.mark.parametrize("stop", [pause, cancel])
def test_a_stopped_campaign_marks_nothing(
    stop: Callable[..., int], letters: Letters, engine: Engine, messages: Messages
) -> None:
    letters(1)
    owner = new_owner()
    (claimed,) = queue.claim(engine, RULES, owner, limit=2).letters
    stop(engine, "spring", by=named("Ana"))
    assert asyncio.run(Journal(engine, RULES, owner).mark(claimed)) is False
    assert messages()[0].attempts == 0


def accepted(claimed: Any) -> Outcome:
    answers = {address: RecipientAnswer(Verdict.ACCEPTED, "250 ok") for address in claimed.recipients}
    return Outcome(Verdict.ACCEPTED, "250 2.0.0 taken", answers)


def handed_in(engine: Engine, owner: str, claimed: Any, outcome: Outcome) -> MessageState:
    async def record() -> MessageState:
        return await Journal(engine, RULES, owner).record(claimed, outcome)

    return asyncio.run(record())


def lose_the_lease(engine: Engine) -> None:
    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            message.lease_until = clock.now() - timedelta(seconds=1)
            session.add(message)


def test_a_worker_that_lost_its_lease_reports_nothing_over_another(
    letters: Letters, messages: Messages, engine: Engine
) -> None:
    letters(1)
    mine, other = new_owner(), new_owner()
    (claimed,) = queue.claim(engine, RULES, mine, limit=1).letters
    assert asyncio.run(Journal(engine, RULES, mine).mark(claimed))
    lose_the_lease(engine)
    assert queue.recover(engine) == (0, 1)
    resolve(engine, claimed.id, "resend", by=named("ana"))
    (again,) = queue.claim(engine, RULES, other, limit=1).letters
    assert asyncio.run(Journal(engine, RULES, other).mark(again))
    refused = Outcome(Verdict.REFUSED, "550 no")
    assert handed_in(engine, mine, claimed, refused) is MessageState.SENDING
    assert handed_in(engine, mine, claimed, accepted(claimed)) is MessageState.SENDING
    assert messages()[0].owner == other
    with reading(engine) as session:
        late = session.exec(select(DeliveryEvent).where(DeliveryEvent.kind == EventKind.ACCEPTED)).all()
    assert "lost its claim" in late[0].detail, "but what it knows is kept as evidence"
    assert handed_in(engine, other, again, accepted(again)) is MessageState.SENT


@pytest.mark.parametrize("decision", [None, "resend"])
def test_a_late_yes_of_the_server_settles_a_letter_in_doubt(
    decision: str | None, letters: Letters, messages: Messages, engine: Engine
) -> None:
    letters(1)
    owner = new_owner()
    (claimed,) = queue.claim(engine, RULES, owner, limit=1).letters
    assert asyncio.run(Journal(engine, RULES, owner).mark(claimed))
    lose_the_lease(engine)
    queue.recover(engine)
    if decision is not None:
        resolve(engine, claimed.id, decision, by=named("ana"))
    assert handed_in(engine, owner, claimed, accepted(claimed)) is MessageState.SENT
    assert queue.claim(engine, RULES, new_owner(), limit=1).letters == ()
    assert messages()[0].smtp_reply == "250 2.0.0 taken"


def test_a_commit_that_is_repeated_changes_nothing(letters: Letters, messages: Messages, engine: Engine) -> None:
    letters(1)
    owner = new_owner()
    (claimed,) = queue.claim(engine, RULES, owner, limit=1).letters
    for _ in range(2):
        assert asyncio.run(Journal(engine, RULES, owner).mark(claimed))
    for _ in range(2):
        assert handed_in(engine, owner, claimed, accepted(claimed)) is MessageState.SENT
    assert messages()[0].attempts == 1


def test_two_workers_never_claim_the_same_letter(letters: Letters, engine: Engine) -> None:
    letters(30)
    claims = [queue.claim(engine, RULES, new_owner(), limit=7).letters for _ in range(6)]
    numbers = [claimed.id for letters in claims for claimed in letters]
    assert len(numbers) == len(set(numbers)) == 30


def test_a_worker_of_this_machine_is_known_to_live_or_to_be_gone() -> None:
    mine = new_owner()
    assert not is_dead(mine)
    place, pid, started, tail = mine.split("/")
    assert is_dead(f"{place}/{pid}/1{started}/{tail}"), "another process has its number now"
    assert is_dead(f"{place}/4194400/{started}/{tail}")
    assert not is_dead(f"elsewhere/{pid}/1{started}/{tail}"), "of another machine nothing is known"


def test_sending_one_campaign_is_no_sign_of_life_for_another(
    letters: Letters, send: Send, engine: Engine, messages: Messages
) -> None:
    """Else it would be taken for looked after, and go out blindly long after its time."""
    past = clock.now() - timedelta(minutes=50)
    letters(2, due_at=past, next_try_at=past)
    with writing(engine) as session:
        row = session.exec(select(Campaign)).one()
        row.due_at = past
        session.add(row)
    from outreach.outbox.guard import hold_late_campaigns

    hold_late_campaigns(engine, RULES, "another")
    assert the_campaign(engine).last_active_at is None
    hold_late_campaigns(engine, RULES)
    assert the_campaign(engine).last_active_at is not None


def test_in_live_mode_a_campaign_half_rehearsed_waits_for_a_new_approval(
    letters: Letters, send: Send, engine: Engine
) -> None:
    first, _ = letters(2)
    with writing(engine) as session:
        message = session.get_one(Message, first)
        message.state, message.rehearsed, message.sent_at = MessageState.SENT, True, clock.now()
        session.add(message)
    with ScriptedSmtp() as server:
        assert send(server.port).waiting == ["spring"]
    assert not server.data_seen
    assert "in rehearsal only" in the_campaign(engine).reason


@pytest.mark.heavy
@pytest.mark.parametrize("connections", [1, 2, 4])
def test_of_two_campaigns_with_one_letter_that_are_due_at_once_a_mission_gets_one(
    letters: Letters, send: Send, messages: Callable[[], list[Message]], engine: Engine, connections: int
) -> None:
    letters(3)
    letters(3, name="autumn")
    with writing(engine) as session:
        for campaign in session.exec(select(Campaign)).all():
            campaign.letter = "the same"
            session.add(campaign)
    with ScriptedSmtp() as server:
        send(server.port, smtp_connections=connections)
        send(server.port, smtp_connections=connections)
        taken = Counter(address for message in server.accepted for address in message.rcpt_to)
    assert set(taken.values()) == {1}
    assert len(taken) == 3
    assert Counter(one.state for one in messages()) == {MessageState.SENT: 3, MessageState.HELD: 3}
