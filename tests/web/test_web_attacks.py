"""Tries of somebody hostile that go beyond one form: many at once, long open; and what is said where a page breaks."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from web_browser import Browser, browser_factory, client_of, hidden

from outreach.actors import named
from outreach.letters.folder import stamp
from outreach.people import accounts
from outreach.people.accounts import change_account
from outreach.web.app import create_app
from outreach.web.desk import Desk, visit_of
from outreach.web.routes import missions, sending
from outreach.web.session import read_visit
from outreach.web.throttle import FREE

Browse = Callable[..., Browser]


@pytest.mark.heavy
def test_many_tries_at_once_are_no_way_round_the_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    sign_in = accounts.sign_in

    def counting(engine: Any, login: str, password: str) -> Any:
        looked_at.append(password)
        return sign_in(engine, login, password)

    monkeypatch.setattr("outreach.web.routes.sign_in.accounts.sign_in", counting)
    app = create_app(desk)

    def attempt(number: int) -> int:
        client = client_of(app)
        token = hidden(client.get("/login").text, "csrf")
        return client.post("/login", data={"csrf": token, "login": "admin", "password": f"guess {number}"}).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(attempt, range(40)))
    assert len(looked_at) <= FREE + 1
    assert answers.count(429) >= 40 - FREE - 1


def test_few_passwords_are_looked_at_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 64 MB: a flood of them must not take the machine's memory, nor every thread for long."""
    monkeypatch.setattr("outreach.web.throttle._PATIENCE", 0.05)
    go_on, inside, most, lock = threading.Event(), 0, 0, threading.Lock()

    def slow(*_: Any) -> Any:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        go_on.wait(10)
        with lock:
            inside -= 1
        raise accounts.AccessError("no")

    monkeypatch.setattr("outreach.web.routes.sign_in.accounts.sign_in", slow)
    app = create_app(desk)

    def attempt(number: int) -> int:
        client = client_of(app)
        token = hidden(client.get("/login").text, "csrf")
        answer = client.post("/login", data={"csrf": token, "login": f"nobody{number}", "password": "x"})
        if answer.status_code == 429:
            go_on.set()
        return answer.status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(12)))
    assert most <= 4
    assert 429 in answers


def test_one_person_has_so_many_streams_and_no_more(desk: Desk) -> None:
    browser = browser_factory(desk)("viewer")
    desk.streams["The viewer"] = sending._MOST_STREAMS
    browser.get("/campaigns/1/progress", 429)
    desk.streams["The viewer"] = 0
    browser.get("/campaigns/1/progress")  # an approved campaign's ends at once
    assert desk.streams["The viewer"] == 0


def test_a_stream_ends_with_the_account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(sending, "settled", lambda *_: False)
    browser = browser_factory(desk)("viewer")
    cookies = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())

    class Request:
        """As much of a request as a stream asks for."""

        def __init__(self) -> None:
            self.app = create_app(desk)
            self.cookies = dict(part.split("=", 1) for part in cookies.split("; "))
            self.headers: dict[str, str] = {}
            self.state = type("State", (), {})()
            self.url = type("Url", (), {"path": "/campaigns/1/progress"})()
            self.state.visit = read_visit(desk, self)  # type: ignore[arg-type]

        async def is_disconnected(self) -> bool:
            return False

    async def watch() -> int:
        request: Any = Request()
        assert visit_of(request).account is not None
        seen = 0
        async for _ in sending._events(request, desk, 1):
            seen += 1
            assert desk.streams["The viewer"] == 1
            change_account(desk.engine, "viewer", role="viewer", active=False, by=named("Ana"))
        return seen

    assert asyncio.run(asyncio.wait_for(watch(), 10)) == 1
    assert desk.streams["The viewer"] == 0


def test_a_page_that_breaks_says_so_calmly(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = browse("viewer")

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret words of the fault")

    monkeypatch.setattr(missions, "_matches", broken)
    page = browser.get("/missions", 500)
    assert browser.last is not None
    assert "Something went wrong" in page
    assert "secret" not in page
    assert browser.last.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in browser.last.headers["content-security-policy"]
    browser.get("/")


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["", ".", "..", "../..", "/etc", "hrc-joint-letter/../.."])
def test_no_name_of_a_letter_leads_out_of_its_folder(desk: Desk, name: str) -> None:
    assert stamp(name, desk.templates) == ()
    browser = browser_factory(desk)("editor")
    if "/" not in name and name:
        answer = browser.client.get(f"/letters/{name.replace('.', '%2e')}/en")
        assert answer.status_code == 404
