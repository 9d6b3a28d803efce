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


ODD = """
smtpd_client_connection_count_limit = 2
smtpd_client_event_limit_exceptions =
smtpd_recipient_limit = 1
message_size_limit = 20480
smtpd_discard_ehlo_keywords = pipelining, chunking
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
smtpd_error_sleep_time = 0
"""


def test_set_up_oddly_it_takes_every_letter_once_in_one_pass(
    tmp_path: Path, letters: Letters, send: Send, messages: Callable[[], list[Message]]
) -> None:
    """Two connections, one recipient a letter, letters of 20 KB at the most, no PIPELINING, and a name that is one."""
    letters(12, to=("pr", "office"))
    letters(1, name="large", raw=b"Subject: large\r\n\r\n" + b"a line of some length\r\n" * 2000, begin=12)
    boxes = {
        f"{one}@a{letter}x.mission.example": f"{one}-{letter}" for one in ("pr", "office") for letter in "abcdefghijkl"
    }
    with postfix(tmp_path, boxes, {}, ODD) as port:
        summary = send(port, smtp_connections=4)
        assert summary.fault is None
        *others, large = messages()
        assert {(one.state, one.smtp_reply[:3]) for one in others} == {(MessageState.SENT, "250")}
        assert large.state is MessageState.HELD

        def arrived() -> list[Path]:
            return list((tmp_path / "mail").glob("*/new/*"))

        wait_until(lambda: len(arrived()) >= 24, 60, "24 copies")
    assert sorted(path.parent.parent.name for path in arrived()) == sorted(boxes.values())
