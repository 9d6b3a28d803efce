"""Letters through a real Exim and a real OpenSMTPD, plain and set up oddly; and their reports, taken in again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import writing
from outreach.models import Delivery, Frozen, Message
from outreach.responses.answers import collect
from outreach.vocabulary import DeliveryStatus, MessageState
from tests.integration.mail_servers import exim, opensmtpd
from tests.outbox.conftest import Letters, Send, letters, messages, recipients, send  # noqa: F401
from tests.scripted_smtp import Dialogue, ScriptedSmtp
from tests.servers import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]
Server = Callable[..., AbstractContextManager[int]]
Messages = Callable[[], list[Message]]
ODD = {
    # Two connections, one recipient a letter, letters of 20 KB at the most, no PIPELINING, and a name that is one.
    exim: """
smtp_accept_max_per_host = 2
recipients_max = 1
message_size_limit = 20K
pipelining_advertise_hosts =
acl_smtp_helo = ${if match{$sender_helo_name}{\\N[.[]\\N}{accept}{deny}}
""",
    # It never offers PIPELINING, and knows no bound on connections that is so low.
    opensmtpd: 'smtp max-message-size "20K"\nsmtp limit max-rcpt 1\n',
}
SERVERS = pytest.mark.parametrize("server", [exim, opensmtpd])


def no_box(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
    """The server behind it: what is called `back` comes back."""
    return "550 5.1.1 no such box" if verb == "RCPT" and "<back@" in argument else None


@pytest.fixture
def behind() -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp(no_box, extensions=("8BITMIME",)) as server:
        yield server


def copies(server: ScriptedSmtp) -> Counter[str]:
    """How often each address was given a letter; reports are none."""
    return Counter(address for one in server.accepted if one.mail_from for address in one.rcpt_to)


def frozen_with_their_ids(engine: Engine) -> None:
    """The reports return the letter's own Message-ID, as that of every letter."""
    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            frozen = session.get_one(Frozen, message.id)
            frozen.raw = f"Message-ID: {message.message_id}\r\nSubject: {message.iso3}\r\n\r\nbody\r\n".encode()
            session.add(frozen)


@SERVERS
def test_real_answers_and_real_reports_find_their_letters(
    server: Server, behind: ScriptedSmtp, tmp_path: Path, letters: Letters, send: Send, messages: Messages,
    recipients: Callable[[], list[Delivery]], engine: Engine,
) -> None:  # fmt: skip
    letters(4, to=("pr", "gone"))
    letters(2, name="second", to=("back",), begin=4)
    frozen_with_their_ids(engine)
    with server(tmp_path, on_to=behind.port) as port:
        send(port)
        assert {one.state for one in messages()} == {MessageState.SENT}
        states = {one.address.partition("@")[0]: (one.state, one.smtp_reply) for one in recipients()}
        assert states["pr"][0] is MessageState.SENT
        assert states["gone"][0] is MessageState.FAILED
        assert states["gone"][1].startswith("550")
        # OpenSMTPD, which offers DSN, also reports what it passed on.
        wait_until(lambda: sum(b"Action: failed" in one.content for one in behind.accepted) >= 2, 60, "two reports")
        wait_until(lambda: sum(bool(one.mail_from) for one in behind.accepted) >= 4, 60, "four letters")
    took = [one for one in behind.accepted if one.mail_from]
    assert sorted(address for one in took for address in one.rcpt_to) == [
        f"pr@{code}.mission.example" for code in ("aax", "abx", "acx", "adx")
    ]
    assert all(one.content.count(b"body") == 1 for one in took)
    reports = [one for one in behind.accepted if not one.mail_from]
    files = [tmp_path / f"report{number}.eml" for number in range(len(reports))]
    for path, one in zip(files, reports, strict=True):
        path.write_bytes(one.content)
    collect(engine, files, by=named("Ana"))
    assert [one.delivery for one in messages()[-2:]] == [DeliveryStatus.BOUNCED] * 2
    assert DeliveryStatus.BOUNCED not in {one.delivery for one in messages()[:-2]}


@SERVERS
def test_set_up_oddly_each_takes_every_letter_once_in_one_pass(
    server: Server, behind: ScriptedSmtp, tmp_path: Path, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(24, to=("pr", "office"))
    with server(tmp_path, on_to=behind.port, options=ODD[server]) as port:
        summary = send(port, smtp_connections=4)
        assert summary.fault is None
        assert [(one.state, one.smtp_reply) for one in messages() if one.state is not MessageState.SENT] == []
        wait_until(lambda: sum(copies(behind).values()) >= 48, 60, "48 copies")
    assert set(copies(behind).values()) == {1}
    assert len(copies(behind)) == 48


@SERVERS
def test_a_letter_over_its_size_waits_for_a_person_and_the_others_go(
    server: Server, behind: ScriptedSmtp, tmp_path: Path, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(1, name="large", raw=b"Subject: large\r\n\r\n" + b"a line of some length\r\n" * 2000)
    letters(3)
    with server(tmp_path, on_to=behind.port, options=ODD[server]) as port:
        send(port, smtp_connections=2)
        wait_until(lambda: len(copies(behind)) >= 3, 60, "three letters")
    large, *others = messages()
    assert large.state is MessageState.HELD
    assert "size" in f"{large.reason} {large.smtp_reply}".lower() or "large" in large.reason
    assert {one.state for one in others} == {MessageState.SENT}
    assert len(copies(behind)) == 3


def test_a_box_that_is_busy_is_asked_again_later(
    behind: ScriptedSmtp, tmp_path: Path, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(2, to=("later",))
    with exim(tmp_path, on_to=behind.port) as port:
        send(port)
    assert {one.state for one in messages()} == {MessageState.DEFERRED}
    assert not behind.accepted
