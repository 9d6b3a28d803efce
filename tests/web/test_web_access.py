"""Who may open what: every route for every role, and no change without the session's own form."""

from collections.abc import Callable
from typing import Any

import pytest
from web_browser import Browser

from outreach.people.accounts import may
from outreach.vocabulary import DeskRole
from outreach.web.access import NEEDS
from outreach.web.app import routes

Browse = Callable[..., Browser]
VALUES = {
    "number": "1", "iso3": "FRA", "kind": "json", "message": "1", "name": "hrc-joint-letter", "language": "en",
    "login": "viewer", "place": "0",
}  # fmt: skip


def walk() -> list[tuple[str, str, str]]:
    """Each route's name, method, and path with its parameters filled in."""
    found = []
    for route in routes():
        path = route.path
        for name, value in VALUES.items():
            path = path.replace("{" + name + "}", value)
        assert "{" not in path, path
        found += [(route.name, method, path) for method in sorted(route.methods) if method in ("GET", "POST")]
    return found


def send(browser: Browser, method: str, path: str, **more: Any) -> int:
    """Ask for a path without following, and return the status."""
    if method == "POST":
        more = {"data": {"csrf": browser.token}} | more
    if path.endswith("/progress"):
        path = path.replace("/1/", "/999/")  # a campaign that is not there: its stream ends at once
    return browser.client.request(method, path, follow_redirects=False, **more).status_code


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert {name for name, _, _ in walk()} == set(NEEDS)


@pytest.mark.parametrize("role", [None, *DeskRole])
def test_every_route_for_every_role(browse: Browse, role: DeskRole | None) -> None:
    browser = browse(role or "")
    for name, method, path in walk():
        if name == "logout" or (name == "end_own_session" and role):  # tests/web/test_web_sessions.py
            continue
        needed = NEEDS[name]
        status = send(browser, method, path)
        if needed is None:
            assert status in (200, 204, 303, 403), (name, status)  # 403: a sign-in without a password
        elif role is None:
            assert status == (303 if method == "GET" else 401), (name, status)
        elif may(role, needed):
            assert status not in (401, 403, 405, 500), (name, status)
        else:
            assert status == 403, (name, status)
        if name == "login" and role:
            browser.sign_in(role)


@pytest.mark.parametrize(
    "forged",
    [
        {"data": {}},
        {"data": {"csrf": "0" * 64}},
        {"data": {}, "headers": {"x-csrf-token": "0" * 64}},
        {"headers": {"origin": "https://elsewhere.example"}},
        {"headers": {"origin": "null"}},
        {"headers": {"sec-fetch-site": "cross-site"}},
    ],
)
def test_no_change_without_the_own_form(browse: Browse, forged: dict[str, Any]) -> None:
    browser = browse("admin")
    for name, method, path in walk():
        if method == "POST" and name != "login":
            assert send(browser, method, path, **forged) == 403, name
    assert "approved" in browser.get("/campaigns/1")


def test_a_token_of_another_session_is_worth_nothing(browse: Browse) -> None:
    other, own = browse("admin"), browse("admin")
    assert other.token != own.token
    assert send(own, "POST", "/campaigns/1/pause", data={"csrf": other.token}) == 403
