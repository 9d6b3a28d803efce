"""Signing in and out: cookies, waiting after failures, sessions that end, and pages that a link can't lead out of."""

import re
from collections.abc import Callable

import pytest
from web_browser import PASSWORD, Browser, text_of

from outreach.actors import named
from outreach.errors import UserError
from outreach.people.accounts import add_account, change_account, change_password, sign_in
from outreach.people.audit import entries
from outreach.web import session
from outreach.web.desk import Desk
from outreach.web.throttle import FREE, Throttle

Browse = Callable[..., Browser]


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(browse: Browse) -> None:
    browser = browse()
    browser.get("/login")
    assert browser.last is not None
    cookie = browser.last.headers["set-cookie"].casefold()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=" in cookie
    assert "secure" not in cookie


def test_over_tls_cookies_are_kept_to_tls(make_desk: Callable[..., Desk]) -> None:
    from web_browser import browser_factory

    browser = browser_factory(make_desk({"secure": True}))()
    browser.get("/login")
    assert browser.last is not None
    assert "secure" in browser.last.headers["set-cookie"].casefold()
    assert browser.last.headers["set-cookie"].startswith("__Host-")
    assert "max-age" in browser.last.headers["strict-transport-security"]


def test_signing_in_begins_another_session(browse: Browse) -> None:
    browser = browse()
    before = browser.token
    browser.sign_in("viewer")
    assert browser.token != before


def test_a_wrong_password_and_an_unknown_login_sound_the_same(browse: Browse, desk: Desk) -> None:
    browser = browse()
    wrong = text_of(browser.post("/login", 403, login="viewer", password="not it at all"))
    unknown = text_of(browser.post("/login", 403, login="nobody-here", password="not it at all"))
    assert wrong == unknown
    assert "don't belong together" in wrong
    assert [(one.action, one.subject) for one in entries(desk.engine)][:2] == [
        ("account.refused", "nobody-here"),
        ("account.refused", "viewer"),
    ]


def test_after_a_few_failures_even_the_right_password_waits(browse: Browse) -> None:
    browser = browse()
    for _ in range(FREE):
        browser.post("/login", 403, login="viewer", password="guess")
    page = browser.post("/login", 429, login="VIEWER ", password=PASSWORD)
    assert "Wait" in text_of(page)
    assert browser.last is not None
    assert int(browser.last.headers["retry-after"]) > 0
    assert not browser.signed_in


def test_the_wait_doubles_and_passes() -> None:
    now = [1000.0]
    throttle = Throttle(now=lambda: now[0])
    for _ in range(FREE):
        assert throttle.wait(["a"]) == 0
        throttle.failed(["a"])
    first = throttle.wait(["a", "b"])
    assert first > 0
    assert throttle.wait(["b"]) == 0
    now[0] += first
    assert throttle.wait(["a"]) == 0
    throttle.failed(["a"])
    assert throttle.wait(["a"]) == 2 * first
    throttle.succeeded(["a"])
    assert throttle.wait(["a"]) == 0


@pytest.mark.heavy
def test_the_throttle_stays_small_whatever_is_tried() -> None:
    throttle = Throttle()
    for number in range(21_000):
        throttle.failed([f"login {number}"])
    assert len(throttle._failures) < 11_000


@pytest.mark.parametrize("how", ["closed", "new password"])
def test_a_session_ends_with_its_account(browse: Browse, desk: Desk, how: str) -> None:
    browser = browse("editor")
    if how == "closed":
        change_account(desk.engine, "editor", role="editor", active=False, by=named("Ana"))
    else:
        change_password(desk.engine, "editor", "four other good words", by=named("Ana"))
    assert not browser.signed_in


def test_a_lower_role_holds_at_once(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    browser.get("/campaigns/new")
    change_account(desk.engine, "editor", role="viewer", active=True, by=named("Ana"))
    browser.get("/campaigns/new", 403)


def test_a_cookie_that_was_changed_is_nobodys(browse: Browse) -> None:
    browser = browse("admin")
    value = browser.client.cookies[session.COOKIE]
    payload, rest = value.split(".", 1)
    browser.client.cookies.clear()
    for forged in (payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB") + "." + rest, payload, "", "x.y.z"):
        answer = browser.client.get("/", headers={"cookie": f"{session.COOKIE}={forged}"}, follow_redirects=False)
        assert answer.headers["location"] == "/login"


def test_signing_out(browse: Browse) -> None:
    browser = browse("viewer")
    assert "You are signed out." in browser.post("/logout")
    assert not browser.signed_in


@pytest.mark.heavy
@pytest.mark.parametrize(
    "then", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/\n/evil"]
)
def test_a_link_to_sign_in_leads_nowhere_else(browse: Browse, then: str) -> None:
    browser = browse()
    answer = browser.client.post(
        "/login",
        data={"csrf": browser.token, "login": "viewer", "password": PASSWORD, "then": then},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_one_comes_back_to_where_one_wanted_to_go(browse: Browse) -> None:
    browser = browse()
    answer = browser.client.get("/missions?q=fra", follow_redirects=False)
    assert answer.headers["location"] == "/login?then=%2Fmissions%3Fq%3Dfra"
    page = browser.get(answer.headers["location"])
    assert 'value="/missions?q=fra"' in page


def test_a_persons_own_password(browse: Browse, desk: Desk) -> None:
    browser, elsewhere = browse("viewer"), browse("viewer")
    browser.post("/account/password", 422, old="not it", new="four other good words")
    browser.post("/account/password", 422, old=PASSWORD, new="short")
    assert "Your password is changed." in browser.post("/account/password", old=PASSWORD, new="four other good words")
    assert browser.signed_in
    assert not elsewhere.signed_in
    assert sign_in(desk.engine, "viewer", "four other good words").name == "The viewer"


@pytest.mark.heavy
def test_letting_people_in(browse: Browse, desk: Desk) -> None:
    admin = browse("admin")
    admin.post("/people", login="Nina", name="Nina Example", role="approver", password="marbles and lamps for nina")
    assert browse().sign_in("nina", "marbles and lamps for nina").get("/campaigns/1/send")
    admin.post("/people", 422, login="nina", name="Again", role="viewer", password="marbles and lamps for nina")
    admin.post("/people", 422, login="no spaces", name="X", role="viewer", password="marbles and lamps for x")
    admin.post("/people/nina", role="viewer", active="")
    assert "closed" in text_of(admin.get("/people"))
    browse().post("/login", 403, login="nina", password="marbles and lamps for nina")
    told = text_of(admin.get("/audit"))
    assert "added a person nina approver" in told
    assert "marbles" not in told


def test_the_last_admin_stays(browse: Browse, desk: Desk) -> None:
    admin = browse("admin")
    assert "only admin" in admin.post("/people/admin", 422, role="viewer", active="yes")
    assert "only admin" in admin.post("/people/admin", 422, role="admin", active="")
    add_account(desk.engine, "second", PASSWORD, "admin", by=named("test"))
    admin.post("/people/admin", 403, role="viewer", active="yes")  # done; and the page is no longer open to them


def test_accounts_refuse_what_is_no_account(desk: Desk) -> None:
    for login, password, role in (("", PASSWORD, "viewer"), ("x", "short", "viewer"), ("x", PASSWORD, "owner")):
        with pytest.raises(UserError):
            add_account(desk.engine, login, password, role, by=named("test"))


def test_no_password_or_key_stands_on_any_page(browse: Browse, desk: Desk) -> None:
    admin = browse("admin")
    for path in ("/settings", "/people", "/audit", "/account"):
        page = admin.get(path)
        assert "argon2" not in page
        assert desk.key.hex() not in page
        assert not re.search(r'type="password"[^>]*value=', page)
