"""What the doctor finds at the mail server and in the mailbox, and on the disk."""

import ssl
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine

from outreach.database import writing
from outreach.doctor.doctor_box import box, copies
from outreach.doctor.doctor_database import room
from outreach.doctor.doctor_letters import largest_letter
from outreach.doctor.doctor_server import server
from outreach.models import CopyKeeper
from outreach.settings import Settings
from tests.inbox.scripted_imap import ScriptedImap
from tests.scripted_smtp import Dialogue, ScriptedSmtp


def words(findings: list, verdict: str) -> list[str]:
    return [f"{one.words} {one.cure or ''}".strip() for one in findings if one.verdict == verdict]


def smtp(port: int, **values: object) -> Settings:
    return Settings.model_validate({"smtp_host": "127.0.0.1", "smtp_port": port} | values)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_server_that_takes_fewer_connections_is_told_with_the_number_to_set(most: int) -> None:
    """As Microsoft 365 does: 432 or 421 to one more."""

    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "421 4.3.2 too many connections" if verb == "CONNECT" and dialogue.number > most else None

    with ScriptedSmtp(script) as running:
        told = server(smtp(running.port, smtp_connections=4))
        assert not running.data_seen
    (note,) = (one for one in words(told, "note") if "connections" in one)
    assert f"it takes {most} of the 4 connections" in note
    assert "too many connections" in note
    assert f"Set smtp_connections = {most}." in note


def test_a_server_that_takes_all_of_them_is_told_so() -> None:
    with ScriptedSmtp() as running:
        told = server(smtp(running.port, smtp_connections=3))
        assert running.connections == 3
    assert any("the 3 connections at once" in one for one in words(told, "good"))


@pytest.mark.parametrize(
    ("offered", "verdict", "said"),
    [("SIZE 999", "wrong", "takes letters of up to 999 bytes, and those of spring have up to 1,000"),
     ("SIZE 1000", "good", "the largest that waits has 1,000"), ("SIZE", "", ""), ("SIZE 0", "", "")],
)  # fmt: skip
def test_the_largest_letter_is_compared_with_what_is_taken(offered: str, verdict: str, said: str) -> None:
    with ScriptedSmtp(extensions=(offered,)) as running:
        told = server(smtp(running.port), (1000, "spring"))
    if verdict:
        assert any(said in one for one in words(told, verdict))
    else:
        assert not any("bytes" in str(one.words) for one in told)


def test_a_login_that_is_refused_is_tried_once() -> None:
    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "535 5.7.8 no" if verb == "AUTH" else None

    with ScriptedSmtp(script, extensions=("AUTH PLAIN",)) as running:
        told = server(smtp(running.port, smtp_username="team", smtp_password="wrong", smtp_connections=4))
        assert running.connections == 1
    assert words(told, "wrong")


@pytest.mark.heavy
@pytest.mark.parametrize(("days", "verdict"), [(30, "good"), (5, "note"), (1, "note")])
def test_until_when_the_certificate_holds(
    days: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
         "-days", str(days), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ScriptedSmtp(tls=context) as running:
        told = server(smtp(running.port, smtp_host="localhost", smtp_security="tls", smtp_connections=1))
    (found,) = [one for one in told if "certificate" in str(one.words)]
    assert found.verdict == verdict, told


def imap(running: ScriptedImap, **values: object) -> Settings:
    return Settings.model_validate(
        {"imap_host": "127.0.0.1", "imap_port": running.port, "imap_security": "none", "imap_username": "letters",
         "imap_password": "secret"} | values
    )  # fmt: skip


def test_a_mailbox_is_looked_at_and_left_as_it_is() -> None:
    with ScriptedImap({1: b"Subject: x\r\n\r\n"}, sent={}, junk=True) as running:
        told = box(imap(running))
    good = words(told, "good")
    assert words(told, "wrong") == []
    assert any("INBOX is read; it holds 1 mail" in one for one in good)
    assert any("Gesendet" in one for one in good)
    assert any("goes to Spam, which is read" in one for one in good)
    assert {line.partition(" ")[0] for line in running.said} <= {"LOGIN", "CAPABILITY", "LIST", "EXAMINE", "LOGOUT"}


@pytest.mark.parametrize(
    ("values", "said"),
    [({"refuses": "LOGIN"}, "refuses 'letters'"), ({"breaks_at": "LIST"}, "broke"),
     ({"garbage_at": "EXAMINE"}, "broke")],
)  # fmt: skip
def test_a_mailbox_that_can_not_be_read_is_wrong(values: dict[str, str], said: str) -> None:
    with ScriptedImap(**values) as running:
        (one,) = words(box(imap(running)), "wrong")
    assert said in one


def test_a_folder_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with ScriptedImap(sent={}) as running:
        (one,) = words(box(imap(running, imap_folder="Answers")), "wrong")
    assert "there are Gesendet, INBOX" in one


@pytest.mark.parametrize(
    ("values", "verdict", "said"),
    [({}, "note", "none is set"), ({"no_mailbox": True}, "good", "there is none"),
     ({"imap_host": "127.0.0.1", "imap_port": 1}, "wrong", "can't be reached")],
)  # fmt: skip
def test_without_a_mailbox(values: dict[str, object], verdict: str, said: str) -> None:
    (one,) = words(box(Settings.model_validate(values)), verdict)
    assert said in one


def test_copies_that_fail_are_told(engine: Engine) -> None:
    settings = Settings.model_validate(
        {"mode": "live", "smtp_host": "mx.test", "from": "C <letters@coalition.example>",
         "archive": "archive@coalition.example"}
    )  # fmt: skip
    assert words(list(copies(engine, settings)), "note") == []
    with writing(engine) as session:
        session.add(CopyKeeper(name="archive", place="archive@coalition.example", trouble="550 no."))
    (one,) = words(list(copies(engine, settings)), "note")
    assert "550 no" in one


@pytest.mark.parametrize(
    ("free", "size", "verdict"),
    [(499_999_999, 1, "note"), (500_000_000, 1, "good"), (1_000_000_000, 200_000_001, "note"),
     (1_000_000_000, 200_000_000, "good")],
)  # fmt: skip
def test_room_on_the_disk(free: int, size: int, verdict: str) -> None:
    assert room(Path("/campaign"), free, size).verdict == verdict


def test_no_letters_no_largest(engine: Engine) -> None:
    assert largest_letter(engine, Settings(), Path("templates")) is None


def test_while_letters_go_out_the_connections_are_left_to_them() -> None:
    with ScriptedSmtp() as running:
        told = server(smtp(running.port, smtp_connections=4), busy=True)
        assert running.connections == 1
    assert not any("at once that smtp_connections" in str(one.words) for one in told)
