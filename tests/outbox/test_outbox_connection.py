"""What is said to a server: its extensions used, its limits respected, its oddities survived."""

import base64
import contextlib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from outreach.actors import named
from outreach.campaigns.timing import pause, resume
from outreach.models import Delivery, Message
from outreach.outbox.resolve import resolve
from outreach.settings import Settings
from outreach.vocabulary import Hold, MessageState
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import HANG_UP, Dialogue, ScriptedSmtp

Messages = Callable[[], list[Message]]


class Heard:
    """A script that notes every command, and says what a test wants to some."""

    def __init__(self, **answers: str) -> None:
        self.commands: list[str] = []
        self.answers = answers

    def __call__(self, _dialogue: Dialogue, verb: str, argument: str) -> str | None:
        self.commands.append(f"{verb} {argument}".strip())
        return self.answers.get(verb)

    def starting(self, verb: str) -> list[str]:
        return [command for command in self.commands if command.startswith(verb)]


def test_a_report_on_delivery_is_asked_for_where_the_server_offers_it(letters: Letters, send: Send) -> None:
    letters(1, to=("pr+o",))
    heard = Heard()
    with ScriptedSmtp(heard, extensions=("DSN", "SIZE 1000000")) as server:
        send(server.port)
    (mail,) = heard.starting("MAIL")
    assert "RET=HDRS" in mail
    assert "ENVID=spring-AAX@coalition.example" in mail
    assert "SIZE=" in mail
    (rcpt,) = heard.starting("RCPT")
    assert rcpt.endswith("NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;pr+2Bo@aax.mission.example"), "xtext (RFC 3461, 4)"


def test_nothing_is_asked_that_the_server_does_not_offer(letters: Letters, send: Send) -> None:
    letters(1)
    heard = Heard()
    with ScriptedSmtp(heard, extensions=()) as server:
        send(server.port)
    assert heard.starting("MAIL") == ["MAIL FROM:<bounces@coalition.example>"]
    assert heard.starting("RCPT") == ["RCPT TO:<pr@aax.mission.example>"]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_with_and_without_pipelining_each_recipient_has_its_own_answer(
    extensions: tuple[str, ...], letters: Letters, send: Send, recipients: Callable[[], list[Delivery]]
) -> None:
    letters(2, to=("pr", "box", "expert"))

    def refusing(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return "550 5.1.1 unknown" if verb == "RCPT" and "box@" in argument else None

    with ScriptedSmtp(refusing, extensions=extensions) as server:
        send(server.port)
    assert [r.state for r in recipients()] == [MessageState.SENT, MessageState.FAILED, MessageState.SENT] * 2
    assert len(server.accepted) == 2


class Packets:
    """A server that notes what came in together (RFC 2920), and answers it together."""

    def __init__(self, *, hangs_up_at: int = 0) -> None:
        self.packets: list[bytes] = []
        self._hangs_up_at = hangs_up_at

    @property
    def verbs(self) -> list[list[bytes]]:
        """The commands of each packet, by their first letters."""
        return [[line[:4] for line in packet.splitlines() if line[:4].isupper()] for packet in self.packets]

    def answers(self, packet: bytes) -> bytes:
        """What comes back; nothing, and the connection ends, where that is to be."""
        self.packets.append(packet)
        if len(self.packets) == self._hangs_up_at:
            return b""
        said = b""
        if packet.startswith(b"Date:"):
            _, _, packet = packet.partition(b"\r\n.\r\n")
            said = b"250 2.0.0 taken\r\n"
        for line in packet.splitlines():
            verb = line[:4].upper()
            usual = {
                b"EHLO": b"250-packets.test\r\n250 PIPELINING\r\n",
                b"DATA": b"354 go on\r\n",
                b"QUIT": b"221 bye\r\n",
            }
            said += usual.get(verb, b"250 2.1.0 ok\r\n")
        return said


@contextlib.contextmanager
def listening(packets: Packets) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.sendall(b"220 packets.test ESMTP\r\n")
                        while (packet := connection.recv(1 << 16)) and (said := packets.answers(packet)):
                            connection.sendall(said)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.mark.parametrize("lay_idle", [True, False])
def test_a_letter_whose_idle_connection_had_ended_is_pipelined_as_ever(
    lay_idle: bool, letters: Letters, send: Send, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But not one on which a connection broke that was at work."""
    monkeypatch.setattr("outreach.outbox.connection._LAY_IDLE_SECONDS", 0.0 if lay_idle else 1000.0)
    letters(2)
    packets = Packets(hangs_up_at=5)
    with listening(packets) as port:
        send(port, smtp_connections=1)
    whole: list[list[bytes]] = [[b"MAIL", b"RCPT"]] if lay_idle else [[b"MAIL"], [b"RCPT"]]
    assert packets.verbs == [
        [b"EHLO"], [b"MAIL", b"RCPT"], [b"DATA"], [], [b"MAIL", b"RCPT"],
        [b"EHLO"], *whole, [b"DATA"], [], [b"QUIT"],
    ]  # fmt: skip
    assert {one.state for one in messages()} == {MessageState.SENT}


def test_the_next_letters_envelope_goes_with_the_end_of_the_letter_before(letters: Letters, send: Send) -> None:
    letters(4)
    packets = Packets()
    with listening(packets) as port:
        send(port, smtp_connections=1)
    assert packets.verbs == [
        [b"EHLO"],
        [b"MAIL", b"RCPT"], [b"DATA"], [],  # the first ones of a campaign alone
        [b"MAIL", b"RCPT"], [b"DATA"], [],
        [b"MAIL", b"RCPT"], [b"DATA"], [b"MAIL", b"RCPT"], [b"DATA"], [],
        [b"QUIT"],
    ]  # fmt: skip


def test_a_letter_that_was_announced_and_then_paused_is_not_given(
    letters: Letters, send: Send, messages: Messages, engine: Engine
) -> None:
    letters(3)

    def pausing(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb == "DOT":
            pause(engine, "spring", by=named("Ana"))
        return None

    with ScriptedSmtp(pausing) as server:
        send(server.port, smtp_connections=1)
        assert len(server.accepted) == 1
    assert [m.state for m in messages()] == [MessageState.SENT, MessageState.QUEUED, MessageState.QUEUED]
    assert {m.owner for m in messages()} == {None}
    resume(engine, Settings(), "spring", by=named("Ana"))
    with ScriptedSmtp() as server:
        send(server.port)
        assert sorted(server.recipients().values()) == [1, 1]
    assert {m.state for m in messages()} == {MessageState.SENT}


def test_a_letter_larger_than_the_server_takes_is_refused_before_it_is_sent(
    letters: Letters, send: Send, messages: Messages, recipients: Callable[[], list[Delivery]]
) -> None:
    letters(1, raw=b"Subject: x\r\n\r\n" + b"x" * 5000 + b"\r\n")
    with ScriptedSmtp(extensions=("SIZE 4000",)) as server:
        send(server.port)
    (message,) = messages()
    assert message.state is MessageState.HELD
    assert "the mail server takes 4,000" in message.smtp_reply
    assert not server.data_seen
    assert recipients()[0].state is MessageState.HELD


def test_a_server_that_ends_the_connection_after_each_letter_burns_no_tries(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(8)
    count: Counter[int] = Counter()

    def tired(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        count[dialogue.number] += verb == "MAIL"
        return "421 4.7.0 too many letters" if verb == "MAIL" and count[dialogue.number] > 1 else None

    with ScriptedSmtp(tired) as server:
        send(server.port, smtp_connections=1)
    assert {(m.state, m.attempts) for m in messages()} == {(MessageState.SENT, 1)}
    assert set(server.recipients().values()) == {1}


def test_a_connection_is_opened_anew_before_the_server_tires_of_it(letters: Letters, send: Send) -> None:
    letters(9)
    with ScriptedSmtp() as server:
        send(server.port, smtp_connections=1, smtp_letters_per_connection=3)
    assert server.connections == 3


@pytest.mark.heavy
@pytest.mark.parametrize("answer", [HANG_UP, "421 4.3.2 bye", "500 what?"])
def test_a_reset_that_fails_spoils_no_other_letter(
    answer: str, letters: Letters, send: Send, messages: Messages
) -> None:
    letters(4)

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        if verb == "RCPT" and "abx" in argument:
            return "550 5.1.1 unknown"
        return answer if verb == "RSET" else None

    with ScriptedSmtp(script) as server:
        send(server.port, smtp_connections=1)
    assert [m.state for m in messages()] == [
        MessageState.SENT,
        MessageState.FAILED,
        MessageState.SENT,
        MessageState.SENT,
    ]


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(2)

    def twice(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "354 go ahead\r\n250 2.0.0 taken already" if verb == "DATA" else None

    with ScriptedSmtp(twice) as server:
        send(server.port)
    assert MessageState.SENT not in {m.state for m in messages()}, "it had taken nothing when it said so"
    assert not server.accepted


def test_whom_the_server_refused_before_the_break_is_not_taken_for_sent(
    letters: Letters, send: Send, messages: Messages, recipients: Callable[[], list[Delivery]], engine: Engine
) -> None:
    (number,) = letters(1, to=("pr", "box"))

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        if verb == "RCPT" and "box@" in argument:
            return "550 5.1.1 unknown"
        return HANG_UP if verb == "DOT" else None

    with ScriptedSmtp(script) as server:
        send(server.port)
    assert messages()[0].state is MessageState.UNCERTAIN
    resolve(engine, number, "sent", by=named("ana"))
    assert [r.state for r in recipients()] == [MessageState.SENT, MessageState.FAILED]


def test_a_wrong_password_is_tried_once_and_not_by_every_connection(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(20)
    heard = Heard(AUTH="535 5.7.8 bad credentials")
    with ScriptedSmtp(heard, extensions=("AUTH PLAIN LOGIN CRAM-MD5",)) as server:
        summary = send(server.port, smtp_username="team", smtp_password="secret", smtp_connections=6)
    assert len(heard.starting("AUTH")) == 1
    assert summary.fault is not None
    assert summary.fault.standing
    assert {(m.state, m.attempts) for m in messages()} == {(MessageState.QUEUED, 0)}


def test_an_oauth_token_comes_from_a_command(letters: Letters, send: Send, messages: Messages) -> None:
    letters(6)
    heard = Heard(AUTH="235 2.7.0 welcome")
    command = f"{sys.executable} -c \"print('ya29.token')\""
    with ScriptedSmtp(heard, extensions=("AUTH XOAUTH2",)) as server:
        send(server.port, smtp_username="team@coalition.example", smtp_token_command=command)
    assert {m.state for m in messages()} == {MessageState.SENT}
    for said in heard.starting("AUTH"):
        token = base64.b64decode(said.split()[2])
        assert token == b"user=team@coalition.example\x01auth=Bearer ya29.token\x01\x01"


def test_a_token_command_that_fails_is_a_fault_in_words(letters: Letters, send: Send, messages: Messages) -> None:
    letters(2)
    command = f"{sys.executable} -c \"import sys; sys.exit('the grant has expired')\""
    with ScriptedSmtp(extensions=("AUTH XOAUTH2",)) as server:
        summary = send(server.port, smtp_username="team", smtp_token_command=command)
    assert "the grant has expired" in str(summary.fault)
    assert {(m.state, m.attempts) for m in messages()} == {(MessageState.QUEUED, 0)}


def test_where_starttls_is_wanted_and_not_offered_nothing_is_sent(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(2)
    with ScriptedSmtp() as server:
        summary = send(server.port, smtp_security="starttls", smtp_username="team", smtp_password="secret")
    assert "offers no STARTTLS" in str(summary.fault)
    assert not server.data_seen
    assert {(m.state, m.attempts) for m in messages()} == {(MessageState.QUEUED, 0)}


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out",
         folder / "cert.pem", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    if made.returncode != 0:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.heavy
def test_a_certificate_that_nobody_vouches_for_stops_everything(
    letters: Letters, send: Send, messages: Messages, tmp_path: Path
) -> None:
    letters(3)
    with ScriptedSmtp(tls=certificate(tmp_path, "mail.test")) as server:
        summary = send(server.port, smtp_security="tls")
    assert "certificate" in str(summary.fault)
    assert summary.fault is not None
    assert summary.fault.remedy
    assert {(m.state, m.attempts) for m in messages()} == {(MessageState.QUEUED, 0)}


@pytest.mark.heavy
def test_over_tls_letters_go_out_as_ever(
    letters: Letters, send: Send, messages: Messages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters(5)
    context = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with ScriptedSmtp(tls=context) as server:
        summary = send(server.port, smtp_security="tls", smtp_host="localhost")
    assert summary.fault is None
    assert {m.state for m in messages()} == {MessageState.SENT}
    assert len(server.accepted) == 5


def test_a_letter_that_cannot_be_told_in_plain_letters_is_held_where_the_server_lacks_it(
    letters: Letters, send: Send, messages: Messages
) -> None:
    letters(1, to=("代表",), smtputf8=True)
    with ScriptedSmtp(extensions=("8BITMIME",)) as server:
        send(server.port)
    assert messages()[0].hold is Hold.NO_SMTPUTF8
    assert not server.data_seen


def test_a_server_that_is_slow_is_waited_for(letters: Letters, send: Send, messages: Messages) -> None:
    letters(3)

    def slow(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb == "DOT":
            time.sleep(0.4)
        return None

    with ScriptedSmtp(slow) as server:
        send(server.port)
    assert {m.state for m in messages()} == {MessageState.SENT}
