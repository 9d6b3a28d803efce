"""What the doctor finds, and what it does not touch; tokens and signatures."""

import base64
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.database import reading, writing
from outreach.doctor.examine import examine
from outreach.errors import SettingsError
from outreach.models import Message
from outreach.outbox.dkim_signing import Signer
from outreach.outbox.sent_bytes import sent_bytes
from outreach.settings import Settings
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import Dialogue, ScriptedSmtp

SENDER = "Coalition <secretariat@coalition.example>"


def found(tmp_path: Path, **values: object) -> dict[str, list[str]]:
    settings = Settings(**({"from": SENDER, "database_url": f"sqlite:///{tmp_path}/x.db"} | values))  # type: ignore[arg-type]
    by_verdict: dict[str, list[str]] = {"good": [], "note": [], "wrong": []}
    for one in examine(settings):
        by_verdict[one.verdict].append(f"{one.what}: {one.words}")
        if one.verdict == "wrong":
            assert one.cure or one.what == "database", one
    return by_verdict


@pytest.mark.heavy
def test_a_sound_rehearsal_has_nothing_wrong(tmp_path: Path) -> None:
    assert found(tmp_path)["wrong"] == []


@pytest.mark.heavy
def test_a_server_that_answers_is_told_with_what_it_offers(tmp_path: Path) -> None:
    with ScriptedSmtp(extensions=("DSN", "SIZE 5000000")) as server:
        said = found(tmp_path, smtp_host="127.0.0.1", smtp_port=server.port)
        assert not server.data_seen
    assert any("answers" in words for words in said["good"])
    assert any("5,000,000 bytes" in words for words in said["note"])
    assert any("SMTPUTF8" in words for words in said["note"])
    assert said["wrong"] == []


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"smtp_host": "127.0.0.1", "smtp_port": 1}, "can't be reached"),
        ({"mode": "live"}, "none is set"),
        ({"from": ""}, "nobody is set"),
        ({"database_url": "sqlite:////nowhere/x.db"}, "can't be opened"),
        ({"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_username": "team"}, "no password"),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, object], words: str, tmp_path: Path) -> None:
    assert any(words in one for one in found(tmp_path, **values)["wrong"])


@pytest.mark.heavy
def test_where_there_is_no_password_no_login_is_tried_and_none_is_told(tmp_path: Path) -> None:
    logins = 0

    def script(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        nonlocal logins
        logins += verb == "AUTH"
        return "235 2.7.0 welcome" if verb == "AUTH" else None

    with ScriptedSmtp(script, extensions=("AUTH PLAIN",)) as server:
        said = found(tmp_path, smtp_host="127.0.0.1", smtp_port=server.port, smtp_username="team")
    assert any("no password" in words for words in said["wrong"])
    assert any("answers" in words and "no login was tried" in words for words in said["good"])
    assert not any("logged in" in words for words in said["good"])
    assert logins == 0


@pytest.mark.heavy
def test_bounces_under_another_domain_are_noted(tmp_path: Path) -> None:
    said = found(tmp_path, bounce_address="bounces@elsewhere.test")
    assert any("SPF" in words for words in said["note"])


@pytest.fixture
def token_server() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """A token address of this test's own, on loopback."""
    asked: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            asked.append(form)
            good = form["refresh_token"] == ["good"]
            answer = {"access_token": "fresh", "expires_in": 3600} if good else {"error": "invalid_grant"}
            body = json.dumps(answer).encode()
            self.send_response(200 if good else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/token", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_refresh_token_is_exchanged_once_for_all_connections(
    letters: Letters, send: Send, token_server: tuple[str, list[dict[str, list[str]]]]
) -> None:
    url, asked = token_server
    letters(12)

    def welcome(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return "235 2.7.0 welcome" if verb == "AUTH" else None

    with ScriptedSmtp(welcome, extensions=("AUTH XOAUTH2",)) as server:
        values = {"smtp_username": "team", "smtp_client_id": "app", "smtp_token_url": url}
        summary = send(server.port, smtp_refresh_token="good", **values)
        assert summary.states == {"sent": 12}
        assert len(asked) == 1
        letters(1, name="second")
        summary = send(server.port, smtp_refresh_token="spent", **values)
    assert "invalid_grant" in str(summary.fault)
    assert "spent" not in str(summary.fault)


def test_a_refresh_token_needs_an_address_that_is_safe() -> None:
    with pytest.raises(ValueError, match="https"):
        Settings(smtp_token_url="http://elsewhere.test/token")
    with pytest.raises(ValueError, match="beside it"):
        Settings(smtp_refresh_token="x")  # type: ignore[arg-type]


@pytest.fixture
def signed(tmp_path: Path) -> tuple[dict[str, str], bytes]:
    """Settings by which letters are signed, and the record by which a receiver can tell."""
    pytest.importorskip("dkim", reason="dkimpy is not installed (pip install dkimpy)")
    key = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    values = {"dkim_key": str(key), "dkim_selector": "s1", "dkim_domain": "coalition.example", "from": SENDER}
    return values, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def holds(content: bytes, record: bytes) -> bool:
    """Whether a receiver finds the signature right."""
    import dkim

    return bool(dkim.verify(content, dnsfunc=lambda *_args, **_kw: record))


def test_letters_are_signed_so_that_a_receiver_can_tell(
    letters: Letters, send: Send, signed: tuple[dict[str, str], bytes]
) -> None:
    values, record = signed
    letters(1)
    with ScriptedSmtp() as server:
        send(server.port, **values)
    (letter,) = server.accepted
    assert holds(letter.content, record)
    assert not holds(letter.content.replace(b"body", b"else"), record)


def test_a_signed_letters_bytes_and_date_stay_the_same_over_days_of_tries_and_in_its_copy(
    letters: Letters,
    send: Send,
    engine: Engine,
    signed: tuple[dict[str, str], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values, record = signed
    letters(1)
    wires: list[bytes] = []
    now, wall = clock.now, time.time
    for days in range(4):
        passed = timedelta(days=days, hours=7)
        monkeypatch.setattr(clock, "now", lambda passed=passed: now() + passed)
        monkeypatch.setattr(time, "time", lambda passed=passed: wall() + passed.total_seconds())
        answer = "451 4.3.0 later" if days < 3 else "250 2.0.0 taken"
        with writing(engine) as session:
            message = session.exec(select(Message)).one()
            message.next_try_at = clock.now()
        with ScriptedSmtp(lambda _dialogue, verb, _, answer=answer: answer if verb == "DOT" else None) as server:
            send(server.port, **values, grace_minutes=100_000, retry_hours=200)
            wires += [one.content for one in server.data_seen]
    assert len(wires) == 4
    assert len(set(wires)) == 1
    assert holds(wires[0], record)
    assert b" x=" not in wires[0]
    settings = Settings(**values)  # type: ignore[arg-type]
    with reading(engine) as session:
        number = session.exec(select(Message.id)).one()
        assert number is not None
        (copy,) = sent_bytes(session, [number], Signer.configured(settings))
    assert copy.wire == wires[0]


def test_a_key_that_can_not_be_used_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    pytest.importorskip("dkim", reason="dkimpy is not installed (pip install dkimpy)")
    (tmp_path / "key.pem").write_text("no key")
    values = {"from": SENDER, "dkim_selector": "s", "dkim_key": str(tmp_path / "key.pem")}
    with pytest.raises(SettingsError, match="can't be used"):
        Signer.configured(Settings(**values))  # type: ignore[arg-type]
