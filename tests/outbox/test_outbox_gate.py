"""The last question before DATA: what somebody changes while letters go out holds for each that has not gone yet.

The queue has claimed the letters by then and asks no more: what stops them here is the gate alone. For each reason, one
letter or one campaign is changed, as another process would, while the server takes the first letter.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import named
from outreach.database import reading, writing
from outreach.models import Campaign, Delivery, Message, Signatory, SignatoryList
from outreach.responses.suppression import keep_opt_out
from outreach.text import folded
from outreach.vocabulary import CampaignState, MessageState, SignatoryKind, Stop
from tests.examples import heavy
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import Dialogue, ScriptedSmtp

LETTERS = 24
"""Fewer than a worker claims at a time, so that the queue is not asked again."""
Change = Callable[[Session, int], None]


def replaced(session: Session, letter: int) -> None:
    session.execute(update(Message).where(col(Message.id) == letter).values(replaced_at=clock.now()))


def not_due(session: Session, letter: int) -> None:
    later = clock.now() + timedelta(days=1)
    session.execute(update(Message).where(col(Message.id) == letter).values(next_try_at=later))


def settled(session: Session, letter: int) -> None:
    session.execute(update(Delivery).where(col(Delivery.message_id) == letter).values(state=MessageState.CANCELLED))


def opted_out(session: Session, letter: int) -> None:
    for one in session.exec(select(Delivery).where(Delivery.message_id == letter)).all():
        keep_opt_out(session, one.address, who=named("Ana"), why="")


def begun_in_rehearsal(session: Session, letter: int) -> None:
    first = session.exec(select(Delivery).where(Delivery.message_id == letter)).first()
    assert first is not None
    first.state, first.rehearsed = MessageState.SENT, True
    session.add(first)


def paused(session: Session, letter: int) -> None:
    session.execute(update(Campaign).values(state=CampaignState.PAUSED))


def unconfirmed(session: Session, letter: int) -> None:
    session.execute(update(Campaign).values(confirmed_missions=None))


def cancelled(session: Session, letter: int) -> None:
    session.execute(update(Campaign).values(state=CampaignState.CANCELLED))


def withdrew(session: Session, letter: int) -> None:
    """Somebody who stands in the letters signs no more, and no approval was taken back for it."""
    campaign = session.get_one(Campaign, session.get_one(Message, letter).campaign_id)
    assert campaign.id is not None
    entries = [{"kind": "individual", "name": name, "signed_on": "2024-03-01"} for name in ("Ana Öz", "Lord Zed")]
    frozen = SignatoryList(
        campaign_id=campaign.id, approved_at=clock.now(), as_of=clock.now().date(), entries=entries
    )  # fmt: skip
    session.add(frozen)
    for one, left in zip(entries, (None, clock.now()), strict=True):
        session.add(
            Signatory(
                campaign_id=campaign.id, kind=SignatoryKind.INDIVIDUAL, name=one["name"], name_key=folded(one["name"]),
                signed_on=clock.now().date(), absent_since=left,
            )
        )  # fmt: skip
    session.flush()
    session.execute(update(Message).values(signatory_list_id=frozen.id))


def sent_while(change: Change, numbers: list[int], engine: Engine, send: Send) -> Counter[str]:
    """Send, and make the change to the last letter while the server takes the first; return who got how many."""
    begun: list[bool] = []
    changed: list[bool] = []

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb == "DOT" and not begun:
            begun.append(True)
            with writing(engine) as session:
                change(session, numbers[-1])
            changed.append(True)
        return None

    with ScriptedSmtp(script) as server:
        send(server.port, smtp_connections=1)
        assert changed
        return server.recipients()


@pytest.mark.parametrize("change", [replaced, *map(heavy, (not_due, settled, opted_out, begun_in_rehearsal))])
def test_a_letter_that_is_changed_while_others_go_out_stays_here(
    change: Change, letters: Letters, send: Send, engine: Engine
) -> None:
    numbers = letters(LETTERS, to=("pr", "mission"))
    got = sent_while(change, numbers, engine, send)
    last = f"{chr(65 + (LETTERS - 1) // 26 % 26)}{chr(65 + (LETTERS - 1) % 26)}X".lower()
    assert not [address for address in got if address.endswith(f"@{last}.mission.example")]
    assert set(got.values()) == {1}
    if change is not begun_in_rehearsal:  # that one stops its campaign
        assert len(got) == 2 * (LETTERS - 1)


@pytest.mark.heavy
@pytest.mark.parametrize("change", [paused, unconfirmed, cancelled, withdrew])
def test_a_campaign_that_is_stopped_while_its_letters_go_out_stops(
    change: Change, letters: Letters, send: Send, engine: Engine
) -> None:
    got = sent_while(change, letters(LETTERS), engine, send)
    assert set(got.values()) == {1}
    assert 1 <= len(got) < LETTERS / 2


def test_a_withdrawal_while_the_letter_is_at_the_server_holds_for_its_next_try(
    letters: Letters, send: Send, engine: Engine, messages: Callable[[], list[Message]]
) -> None:
    (number,) = letters(1)

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb != "DOT":
            return None
        with writing(engine) as session:
            withdrew(session, number)
        return "451 4.3.0 later"

    with ScriptedSmtp(script) as server:
        send(server.port)
    assert messages()[0].state is MessageState.DEFERRED
    with writing(engine) as session:
        session.execute(update(Message).values(next_try_at=clock.now()))
    with ScriptedSmtp() as server:
        send(server.port)
        assert not server.accepted
    with reading(engine) as session:
        campaign = session.exec(select(Campaign)).one()
    assert (campaign.state, campaign.stop) == (CampaignState.DRAFT, Stop.SIGNATORY_WITHDREW)
    assert "Lord Zed" in campaign.reason
    assert "Ana" not in campaign.reason


def test_what_nobody_changes_goes_out_whole(letters: Letters, send: Send, engine: Engine) -> None:
    got = sent_while(lambda _session, _letter: None, letters(LETTERS, to=("pr", "mission")), engine, send)
    assert len(got) == 2 * LETTERS
    assert set(got.values()) == {1}
