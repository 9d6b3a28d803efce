"""Follow-ups on their way: sent in their time, and stopped by an answer however late it comes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.actors import named
from outreach.campaigns.box import looked_at_in_words
from outreach.database import reading, writing
from outreach.models import Campaign, Message, Reply, Response, Suggestion
from outreach.outbox import queue
from outreach.outbox.journal import Journal
from outreach.outbox.owner import new_owner
from outreach.outbox.rules import Rules
from outreach.outbox.server import SmtpServer
from outreach.reports.standing.next_steps import Todo
from outreach.reports.standing.situation import situation
from outreach.responses.decisions import decide
from outreach.settings import Settings
from outreach.vocabulary import (
    Answer,
    Answering,
    Confidence,
    MailKind,
    MessageState,
    Position,
    Stop,
    SuggestionKind,
)  # fmt: skip
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import ScriptedSmtp

LIVE = Settings(mode="live", smtp_host="127.0.0.1")
RULES = Rules.of(LIVE, SmtpServer.configured(LIVE))


@pytest.fixture
def follow_ups(letters: Letters, engine: Engine) -> list[int]:
    """Follow-ups, due now, of three letters that went out."""
    sent_at = clock.now() - timedelta(days=9)
    letters(3, state=MessageState.SENT, sent_at=sent_at, due_at=sent_at)
    numbers = letters(3, name="reminder")
    with writing(engine) as session:
        first, second = session.exec(select(Campaign).order_by(Campaign.id)).all()  # type: ignore[arg-type]
        second.follows_id, second.follow_after, second.follow_to = first.id, "5 working days", "none"
        second.no_mailbox_by = "Ana"
        session.add(second)
    return numbers


def answer(engine: Engine, iso3: str, **changes: object) -> None:
    with writing(engine) as session:
        first = select(Response).where(Response.iso3 == iso3, Response.campaign_id == 1)
        row = session.exec(first).one()
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)


def states(engine: Engine, numbers: list[int]) -> list[MessageState]:
    with reading(engine) as session:
        return [session.get_one(Message, number).state for number in numbers]


def test_those_that_have_answered_get_none(follow_ups: list[int], engine: Engine, send: Send) -> None:
    answer(engine, "ABX", answer=Answer.REPLIED)
    answer(engine, "ACX", answer=Answer.AUTO_REPLY)
    with ScriptedSmtp() as server:
        send(server.port)
    assert states(engine, follow_ups) == [MessageState.SENT, MessageState.CANCELLED, MessageState.SENT]
    assert set(server.recipients()) == {"pr@aax.mission.example", "pr@acx.mission.example"}


def test_an_answer_that_comes_after_the_claim_stops_it_still(follow_ups: list[int], engine: Engine) -> None:
    owner = new_owner()
    letters = queue.claim(engine, RULES, owner, limit=9).letters
    assert len(letters) == 3
    answer(engine, "AAX", position=Position.AGAINST)
    journal = Journal(engine, RULES, owner)

    async def mark() -> list[bool]:
        return [await journal.mark(claimed) for claimed in letters]

    assert asyncio.run(mark()) == [False, True, True]


def test_a_follow_up_for_a_position_goes_to_those_who_hold_it(
    follow_ups: list[int], engine: Engine, send: Send, change: Callable[..., None]
) -> None:
    with writing(engine) as session:
        row = session.exec(select(Campaign).where(Campaign.name == "reminder")).one()
        row.follow_to = "undecided"
        session.add(row)
    answer(engine, "ABX", answer=Answer.REPLIED, position=Position.UNDECIDED)
    with ScriptedSmtp() as server:
        send(server.port)
    assert list(server.recipients()) == ["pr@abx.mission.example"]


def doubtful(engine: Engine, iso3: str, kind: SuggestionKind = SuggestionKind.ANSWER) -> int:
    """A mail that may be a mission's answer to the first letter, or a report on it, and waits for a person; return the
    proposal."""
    at = clock.now()
    with writing(engine) as session:
        query = select(Message).where(Message.iso3 == iso3).order_by(col(Message.id))
        letter = session.exec(query).first()
        assert letter is not None
        reply = Reply(
            digest=f"digest-{iso3}", received_at=at, ingested_at=at, kind=MailKind.REPLY,
            raw=b"From: a@b.example\n\nYes.",
            message_id=letter.id, confidence=Confidence.CERTAIN, counts=Answering.DOUBTFUL, sender="a@b.example",
        )  # fmt: skip
        session.add(reply)
        session.flush()
        assert reply.id is not None
        one = Suggestion(
            reply_id=reply.id,
            iso3=iso3,
            message_id=letter.id,
            kind=kind,
            value=Answer.REPLIED if kind is SuggestionKind.ANSWER else "pr@aax.mission.example",
            at=at,
        )
        session.add(one)
        session.flush()
        assert one.id is not None
        return one.id


def test_one_waits_for_a_mail_that_may_be_the_answer_and_is_never_dropped(
    follow_ups: list[int], engine: Engine, send: Send
) -> None:
    proposals = {iso3: doubtful(engine, iso3) for iso3 in ("AAX", "ABX")}
    with ScriptedSmtp() as server:
        send(server.port)
        assert set(server.recipients()) == {"pr@acx.mission.example"}
    assert states(engine, follow_ups) == [MessageState.QUEUED, MessageState.QUEUED, MessageState.SENT]
    with reading(engine) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "reminder")).one()
        words = looked_at_in_words(session, campaign)
    assert words is not None
    assert "2 reminders wait" in str(words)
    assert "AAX, ABX" in str(words)
    (now,) = situation(engine, LIVE, name="reminder").campaigns
    (stop,) = [one for one in now.stops if one.stop is Stop.MAIL_TO_LOOK_AT]
    assert (stop.letters, stop.missions, stop.step.todo) == (2, ("AAX", "ABX"), Todo.LOOK_AT_MAIL)
    assert stop in situation(engine, LIVE).campaigns[0].stops
    decide(engine, proposals["AAX"], accept=False, by=named("Ana"))
    decide(engine, proposals["ABX"], accept=True, by=named("Ana"))
    with ScriptedSmtp() as server:
        send(server.port)
        assert set(server.recipients()) == {"pr@aax.mission.example"}
    assert states(engine, follow_ups) == [MessageState.SENT, MessageState.CANCELLED, MessageState.SENT]


def test_one_waits_for_a_report_that_may_be_of_its_letter(follow_ups: list[int], engine: Engine, send: Send) -> None:
    proposal = doubtful(engine, "AAX", SuggestionKind.BOUNCED)
    with ScriptedSmtp() as server:
        send(server.port)
        assert set(server.recipients()) == {"pr@abx.mission.example", "pr@acx.mission.example"}
    assert states(engine, follow_ups) == [MessageState.QUEUED, MessageState.SENT, MessageState.SENT]
    decide(engine, proposal, accept=False, by=named("Ana"))
    with ScriptedSmtp() as server:
        send(server.port)
        assert set(server.recipients()) == {"pr@aax.mission.example"}


def test_a_doubtful_mail_that_comes_after_the_claim_holds_it_back_still(follow_ups: list[int], engine: Engine) -> None:
    owner = new_owner()
    letters = queue.claim(engine, RULES, owner, limit=9).letters
    doubtful(engine, "AAX")
    journal = Journal(engine, RULES, owner)

    async def mark() -> list[bool]:
        return [await journal.mark(claimed) for claimed in letters]

    assert asyncio.run(mark()) == [False, True, True]
    assert states(engine, follow_ups)[0] is MessageState.QUEUED
