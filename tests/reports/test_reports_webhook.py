"""The webhook, against a real server here: signed, in order, at least once, through failures and restarts."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import Engine

from outreach import clock
from outreach.actors import SCHEDULER
from outreach.database import reading, writing
from outreach.errors import ServerFault, SettingsError
from outreach.models import EventReader
from outreach.people import audit
from outreach.reports import webhook
from outreach.reports.webhook import push
from outreach.settings import Settings, load
from outreach.vocabulary import Act

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Receiver:
    """A server that keeps what was posted, and answers as it is told."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []
        """The statuses of the answers to come; 204 once they are used up, and no answer at all for 0."""
        kept = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                kept.posts.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                status = kept.answers.pop(0) if kept.answers else 204
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                if status in (301, 308):
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook?team=1"

    @property
    def told(self) -> list[str]:
        return [json.loads(body)["detail"] for _, _, body in self.posts]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def settings(receiver: Receiver) -> Settings:
    return Settings(webhook_url=receiver.url, webhook_secret=SECRET)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A function that lets so many seconds pass on the clock."""
    passed = timedelta()
    now = clock.now

    def on(seconds: float) -> None:
        nonlocal passed
        passed += timedelta(seconds=seconds)

    monkeypatch.setattr(clock, "now", lambda: now() + passed)
    return on


def act(engine: Engine, *details: str) -> None:
    with writing(engine) as session:
        for detail in details:
            audit.record(session, SCHEDULER, Act.CAMPAIGN_WAITS, campaign="spring", detail=detail)


def reader(engine: Engine) -> EventReader:
    with reading(engine) as session:
        return session.get_one(EventReader, webhook.NAME)


def test_events_are_posted_once_in_order_and_signed(engine: Engine, receiver: Receiver, settings: Settings) -> None:
    act(engine, "before it was switched on")
    assert push(engine, settings) == 0
    act(engine, "one", "two – and ü")
    assert push(engine, settings) == 2
    assert push(engine, settings) == 0
    act(engine, "three")
    assert push(engine, settings) == 1
    assert receiver.told == ["one", "two – and ü", "three"]
    identities = set()
    for path, headers, body in receiver.posts:
        assert path == "/hook?team=1"
        assert headers["content-type"] == "application/json"
        # What a receiver does by the book: HMAC-SHA256 over id.timestamp.body, compared with the part after v1.
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
        assert headers["webhook-id"].endswith(f".{json.loads(body)['id']}")
        identities.add(headers["webhook-id"])
    assert len(identities) == 3
    assert SECRET not in str(receiver.posts)
    assert [json.loads(body)["id"] for _, _, body in receiver.posts] == sorted(
        json.loads(body)["id"] for _, _, body in receiver.posts
    )


def test_the_vector_of_the_standard() -> None:
    """As github.com/standard-webhooks/standard-webhooks tests its own libraries."""
    found = webhook.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhook.key_of("plain words") == b"plain words"


@pytest.mark.heavy
@pytest.mark.parametrize("answer", [500, 404, 301, 308, 0])
def test_what_is_refused_waits_and_comes_again(
    engine: Engine, receiver: Receiver, settings: Settings, later: Callable[[float], None], answer: int
) -> None:
    push(engine, settings)
    act(engine, "one", "two", "three")
    receiver.answers = [204, answer]
    with pytest.raises(ServerFault, match="was not taken"):
        push(engine, settings)
    assert receiver.told == ["one", "two"], "nothing goes on past what was refused, and no redirect is followed"
    assert push(engine, settings) == 0, "not at once"
    later(11)
    receiver.answers = [answer]
    with pytest.raises(ServerFault):
        push(engine, settings)
    later(11)
    assert push(engine, settings) == 0, "the second time it waits twice as long"
    later(10)
    assert push(engine, settings) == 2
    assert receiver.told == ["one", "two", "two", "two", "three"]
    again = [headers["webhook-id"] for _, headers, body in receiver.posts if json.loads(body)["detail"] == "two"]
    assert len(set(again)) == 1, "by which a receiver knows it again"
    assert (reader(engine).tries, reader(engine).trouble, reader(engine).next_try_at) == (0, "", None)


def test_a_server_that_is_not_there_loses_nothing(
    engine: Engine, receiver: Receiver, settings: Settings, later: Callable[[float], None]
) -> None:
    push(engine, settings)
    act(engine, "one")
    nobody = settings.model_copy(update={"webhook_url": "http://127.0.0.1:1/"})
    waits = []
    for _ in range(14):
        with pytest.raises(ServerFault, match="refused"):
            push(engine, nobody)
        until = reader(engine).next_try_at
        assert until is not None
        waits.append(round((until - clock.now()).total_seconds()))
        later(waits[-1] + 1)
    assert waits[:4] == [10, 20, 40, 80]
    assert max(waits) == 3600
    act(engine, "two")
    assert push(engine, settings) == 2
    assert receiver.told == ["one", "two"]


def test_killed_between_a_post_and_its_record_it_is_posted_again(
    engine: Engine, receiver: Receiver, settings: Settings, later: Callable[[float], None], monkeypatch: Any
) -> None:
    push(engine, settings)
    act(engine, "one", "two")

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(webhook, "_keep", killed)
        patched.setattr(webhook, "_give_back", killed)
        with pytest.raises(Killed):
            push(engine, settings)
    assert push(engine, settings) == 0, "the one that was killed may live: its lease is waited for"
    later(61)
    assert push(engine, settings) == 2
    assert receiver.told == ["one", "two", "one", "two"]


def test_of_two_processes_one_posts(engine: Engine, receiver: Receiver, settings: Settings) -> None:
    push(engine, settings)
    act(engine, *(str(number) for number in range(30)))
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(push(engine, settings))) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert push(engine, settings) + sum(done) == 30
    assert receiver.told == [str(number) for number in range(30)]


def test_it_ends_in_the_middle_when_it_is_stopped(engine: Engine, receiver: Receiver, settings: Settings) -> None:
    push(engine, settings)
    act(engine, "one", "two", "three")
    assert push(engine, settings, stop=lambda: len(receiver.posts) >= 2) == 2
    assert push(engine, settings) == 1
    assert receiver.told == ["one", "two", "three"]


def test_where_nothing_is_new_nothing_is_written(engine: Engine, receiver: Receiver, settings: Settings) -> None:
    push(engine, settings)
    act(engine, "one")
    push(engine, settings)
    with engine.connect() as connection:
        before = connection.exec_driver_sql("PRAGMA data_version").fetchone()
        assert push(engine, settings) == 0
        assert connection.exec_driver_sql("PRAGMA data_version").fetchone() == before


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://hooks.example/x", SECRET, "must begin with https://"),
        ("https://ana:word@hooks.example/x", SECRET, "no user or password"),
        ("ftp://hooks.example/x", SECRET, "must begin with https://"),
        ("https://hooks.example/x", "", "needs webhook_secret"),
        ("https://hooks.example/x", "short", "needs webhook_secret"),
    ],
)
def test_an_address_that_would_tell_others_is_refused(url: str, secret: str, words: str, tmp_path: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {"OUTREACH_WEBHOOK_URL": url, "OUTREACH_WEBHOOK_SECRET": secret})
    assert any(words in problem.what for problem in caught.value.problems)
    assert not secret or secret not in str(caught.value.problems)


def test_it_is_off_unless_it_is_set(tmp_path: Any) -> None:
    assert load(tmp_path, {}).webhook_url == ""
    found = load(tmp_path, {"OUTREACH_WEBHOOK_URL": "https://hooks.example/x", "OUTREACH_WEBHOOK_SECRET": SECRET})
    assert found.webhook_secret.get_secret_value() == SECRET
    assert SECRET not in repr(found)
