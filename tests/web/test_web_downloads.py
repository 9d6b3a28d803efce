"""A report begins to come down at once, is never had without a line in the log, and is broken off where it fails."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from web_browser import Browser

from outreach.errors import Fault
from outreach.people.audit import entries
from outreach.reports.export import beginning
from outreach.vocabulary import Act
from outreach.web.app import create_app
from outreach.web.desk import Desk
from outreach.web.downloads import KINDS
from outreach.web.routes import campaigns as routes
from tests.servers import wait_until

Browse = Callable[..., Browser]
Ask = Callable[[str], HTTPResponse]


@pytest.fixture
def ask(desk: Desk, browse: Browse) -> Iterator[Ask]:
    """A function that asks a real server for a path, on a connection of its own, as a person who may only look."""
    cookies = "; ".join(f"{name}={value}" for name, value in browse("viewer").client.cookies.items())
    config = uvicorn.Config(create_app(desk), port=0, log_level="critical", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    connections = []

    def asked(path: str) -> HTTPResponse:
        connections.append(HTTPConnection("127.0.0.1", server.servers[0].sockets[0].getsockname()[1], timeout=30))
        connections[-1].request("GET", path, headers={"cookie": cookies})
        return connections[-1].getresponse()

    yield asked
    for connection in connections:
        connection.close()
    server.should_exit = True
    thread.join(30)


def made(desk: Desk) -> int:
    """How many reports the log knows of."""
    return sum(entry.action == Act.REPORT_MADE for entry in entries(desk.engine))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Reports are made only as this lets them."""
    gate, make = threading.Semaphore(0), routes.report

    def waits(*args: Any, **more: Any) -> Path:
        assert gate.acquire(timeout=30)
        return make(*args, **more)

    monkeypatch.setattr(routes, "report", waits)
    yield gate
    gate.release(10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_begins_as_each_of_its_kind_does(browse: Browse, kind: str) -> None:
    content = browse("viewer").client.get(f"/campaigns/1/report.{kind}").content
    assert content.startswith(beginning(kind))
    assert len(content) > len(beginning(kind))


def test_it_begins_before_it_is_made_and_says_nothing_before_the_log_does(
    desk: Desk, ask: Ask, held: threading.Semaphore
) -> None:
    answer = ask("/campaigns/1/report.xlsx")
    assert answer.headers["content-disposition"].endswith('-report.xlsx"')
    assert answer.headers["cache-control"] == "no-store"
    assert answer.read(len(beginning("xlsx"))) == beginning("xlsx")
    assert made(desk) == 0
    held.release()
    assert b"xl/worksheets/sheet1.xml" in answer.read()
    assert made(desk) == 1


def test_more_than_two_at_once_wait_for_each_other_and_no_page_for_them(
    desk: Desk, ask: Ask, held: threading.Semaphore
) -> None:
    answers = [ask("/campaigns/1/report.csv") for _ in range(5)]
    assert [answer.read(3) for answer in answers] == [beginning("csv")] * 5
    wait_until(lambda: desk.making.statistics().tasks_waiting == 3, 30, "two are made, three wait")
    assert ask("/campaigns/1").status == 200
    held.release(5)
    assert len({answer.read() for answer in answers}) == 1
    assert made(desk) == 5


def test_who_goes_while_they_wait_leaves_nothing_behind(desk: Desk, ask: Ask, held: threading.Semaphore) -> None:
    for answer in [ask("/campaigns/1/report.csv") for _ in range(4)]:
        assert answer.read(3)
        answer.close()
    held.release(5)
    with closing(ask("/campaigns/1/report.csv")) as last:
        assert last.read()
    wait_until(lambda: desk.making.borrowed_tokens == 0, 30, "nothing is made any more")


def test_what_fails_in_the_middle_is_broken_off_and_the_log_tells_of_it(
    desk: Desk, ask: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any, **__: Any) -> Path:
        raise Fault("test.disk-full", "The disk is full.")

    monkeypatch.setattr(routes, "report", fails)
    with caplog.at_level(logging.ERROR), pytest.raises(IncompleteRead):
        ask("/campaigns/1/report.json").read()
    assert "/campaigns/1/report.json was broken off" in caplog.text
    assert made(desk) == 0
    assert ask("/campaigns/1").status == 200


def test_what_can_be_told_beforehand_is_told_as_a_page(desk: Desk, browse: Browse) -> None:
    browser = browse("viewer")
    for wrong in ("1/report.doc", "99/report.xlsx", "1/report.xlsx?for=press", "1/report.xlsx?language=xx"):
        assert "<main" in browser.get(f"/campaigns/{wrong}", 404)
    assert browse().client.get("/campaigns/1/report.xlsx", follow_redirects=False).status_code == 303
    assert browser.client.head("/campaigns/1/report.xlsx").status_code == 405
    assert made(desk) == 0
