"""What the doctor finds, and what it does not touch; tokens and signatures."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from outreach.doctor.examine import examine
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
