"""/healthz: whether the desk and its database answer, for whatever watches it, and nothing else."""

from collections.abc import Callable

import pytest
from web_browser import Browser, browser_factory

from outreach.web import health
from outreach.web.desk import Desk

Browse = Callable[..., Browser]


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_KEPT_SECONDS", 0.0)


def test_it_is_well_for_anybody_and_says_nothing_else(browse: Browse) -> None:
    browser = browse()
    assert browser.get("/healthz") == "ok\n"
    assert browser.last is not None
    assert "set-cookie" not in browser.last.headers
    assert browser.last.headers["cache-control"] == "no-store"
    assert browser.client.head("/healthz").status_code == 200
    assert browser.client.post("/healthz").status_code == 405


def test_a_watcher_need_not_know_the_desks_name(make_desk: Callable[..., Desk]) -> None:
    browser = browser_factory(make_desk({"hosts": frozenset({"desk.coalition.example"})}))()
    assert browser.get("/login", expect=421)
    assert browser.get("/healthz") == "ok\n"


def test_a_database_that_is_gone_is_503_without_a_word_about_it(browse: Browse, desk: Desk) -> None:
    browser = browse()
    browser.get("/healthz")
    (desk.folder / "outreach.db").rename(desk.folder / "elsewhere.db")
    assert browser.get("/healthz", expect=503) == "unavailable\n"
    (desk.folder / "elsewhere.db").rename(desk.folder / "outreach.db")
    assert browser.get("/healthz") == "ok\n"


def test_a_database_that_does_not_answer_is_503(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    over = Event()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(health, "_answers", lambda _desk: over.wait(60))
    try:
        assert browse().get("/healthz", expect=503) == "unavailable\n"
    finally:
        over.set()


def test_who_asks_again_and_again_does_not_keep_the_database_busy(
    browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Desk] = []
    monkeypatch.setattr(health, "_KEPT_SECONDS", 3600.0)
    monkeypatch.setattr(health, "_answers", lambda desk: not asked.append(desk))
    browser = browse()
    for _ in range(20):
        browser.get("/healthz")
    assert len(asked) == 1
