"""What a worker has read of the letters in its hand is good for as long as nobody else has written, and no longer."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from outreach.actors import named
from outreach.campaigns.timing import pause
from outreach.database import writing
from outreach.ledger import Ledger
from outreach.outbox import queue
from outreach.outbox.claimed import ClaimedLetter
from outreach.outbox.hand import Hand
from outreach.outbox.journal import Journal
from outreach.outbox.owner import new_owner
from outreach.outbox.rules import Rules
from outreach.outbox.server import SmtpServer
from outreach.responses.suppression import opt_out
from outreach.settings import Settings
from outreach.vocabulary import Hold, MessageState
from tests.outbox.conftest import Letters
from tests.outbox.in_directory import known

LIVE = Settings(mode="live", smtp_host="127.0.0.1")
RULES = Rules.of(LIVE, SmtpServer.configured(LIVE))
OWNER = new_owner()


@pytest.fixture
def hand(engine: Engine) -> Iterator[Hand]:
    made = Hand(engine)
    yield made
    made.close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the letters that were read, in their order."""
    numbers: list[int] = []
    real = Ledger.read

    def reading(self: Ledger, ids: Any) -> Any:
        asked = list(ids)
        numbers.extend(asked)
        return real(self, asked)

    monkeypatch.setattr(Ledger, "read", reading)
    return numbers


def claimed_by(engine: Engine, hand: Hand, limit: int = 1) -> tuple[ClaimedLetter, ...]:
    return queue.claim(engine, RULES, OWNER, limit=limit, hand=hand).letters


def marked(engine: Engine, hand: Hand, claimed: ClaimedLetter) -> bool:
    return asyncio.run(Journal(engine, RULES, OWNER, hand=hand).mark(claimed))


def test_while_nobody_writes_nothing_is_read_again(
    letters: Letters, engine: Engine, hand: Hand, read: list[int]
) -> None:
    numbers = letters(2)
    first, second = claimed_by(engine, hand, 2)
    assert marked(engine, hand, first)
    assert marked(engine, hand, second)
    assert read == numbers


def _other_contact(engine: Engine) -> None:
    with writing(engine) as session:
        for local in ("pr", "new"):
            address = f"{local}@aax.mission.example"
            known(session, "AAX", address)


@pytest.mark.heavy
@pytest.mark.parametrize(
    "act",
    [
        lambda engine: opt_out(engine, "pr@aax.mission.example", by=named("ana")),
        lambda engine: pause(engine, "spring", by=named("Ana")),
        _other_contact,
    ],
)
def test_what_anybody_does_after_the_claim_counts(
    letters: Letters, engine: Engine, hand: Hand, act: Callable[[Engine], Any]
) -> None:
    letters(1)
    (claimed,) = claimed_by(engine, hand)
    assert claimed.recipients == ("pr@aax.mission.example",)
    act(engine)
    assert not marked(engine, hand, claimed)


def test_what_this_worker_marks_of_another_campaign_counts(
    letters: Letters, engine: Engine, hand: Hand, messages: Callable[[], list[Any]]
) -> None:
    letters(1, name="spring", subject="The same")
    letters(1, name="summer", subject="The same")
    (one,) = claimed_by(engine, hand)
    (other,) = claimed_by(engine, hand)
    assert marked(engine, hand, one)
    assert not marked(engine, hand, other)
    assert [(row.state, row.hold) for row in messages()] == [
        (MessageState.SENDING, None),
        (MessageState.HELD, Hold.HAD_ALREADY),
    ]
