"""Letters through a real Postfix: its queue, its refusals, and its reports on delivery, which are taken in again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import writing
from outreach.models import Delivery, Frozen, Message
from outreach.responses.answers import collect
from outreach.vocabulary import DeliveryStatus, MessageState
from tests.outbox.conftest import Letters, Send, letters, messages, recipients, send  # noqa: F401
from tests.servers import postfix, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def mx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    folder = tmp_path_factory.mktemp("postfix")
    boxes = {f"pr@{code}.mission.example": code for code in ("aax", "abx", "acx")}
    access = {
        "pr@adx.mission.example": "550 5.1.1 no such mission",
        "pr@aex.mission.example": "450 4.2.0 the box is busy",
    }
    with postfix(folder, boxes | {"bounces@coalition.example": "bounces"}, access) as port:
        yield port, folder


def returned(folder: Path) -> list[Path]:
    return list((folder / "mail" / "bounces" / "new").glob("*"))


def test_real_answers_and_real_reports_find_their_letters(
    mx: tuple[int, Path],
    letters: Letters,
    send: Send,
    messages: Callable[[], list[Message]],
    recipients: Callable[[], list[Delivery]],
    engine: Engine,
) -> None:
    port, folder = mx
    letters(6)
    with writing(engine) as session:  # the reports return the letter's own Message-ID, as that of every letter
        for message in session.exec(select(Message)).all():
            frozen = session.get_one(Frozen, message.id)
            frozen.raw = f"Message-ID: {message.message_id}\r\nSubject: {message.iso3}\r\n\r\nbody\r\n".encode()
            session.add(frozen)
    send(port)
    states = {message.iso3: message.state for message in messages()}
    assert states == {
        "AAX": MessageState.SENT,
        "ABX": MessageState.SENT,
        "ACX": MessageState.SENT,
        "ADX": MessageState.FAILED,
        "AEX": MessageState.DEFERRED,
        "AFX": MessageState.SENT,
    }
    by_code = {message.iso3: message for message in messages()}
    assert "no such mission" in by_code["ADX"].smtp_reply
    assert "queued as" in by_code["AAX"].smtp_reply
    # Three reports of delivery, and one that the box of the sixth is not there.
    wait_until(lambda: len(returned(folder)) >= 4, 60, "Postfix sent no reports")
    time.sleep(0.2)
    collect(engine, returned(folder), by=named("Ana"))
    delivery = {message.iso3: message.delivery for message in messages()}
    assert delivery["AAX"] is delivery["ABX"] is delivery["ACX"] is DeliveryStatus.DELIVERED
    assert delivery["AFX"] is DeliveryStatus.BOUNCED
    letter = next((folder / "mail" / "aax" / "new").glob("*")).read_bytes()
    assert letter.count(b"body") == 1
    assert len(list((folder / "mail" / "aax" / "new").glob("*"))) == 1


def test_many_letters_over_several_connections_each_arrive_once(
    mx: tuple[int, Path], letters: Letters, send: Send, messages: Callable[[], list[Message]]
) -> None:
    port, folder = mx
    letters(3, name="second")
    before = len(list((folder / "mail" / "aax" / "new").glob("*")))
    send(port, smtp_connections=3)
    assert {message.state for message in messages()} == {MessageState.SENT}
    wait_until(lambda: len(list((folder / "mail" / "aax" / "new").glob("*"))) > before, 30, "the letter did not arrive")
    assert len(list((folder / "mail" / "aax" / "new").glob("*"))) == before + 1
