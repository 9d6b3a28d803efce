"""Sessions on the server: listed, ended, over by time; signing in again loses nothing; strangers keep nobody out."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from web_browser import PASSWORD, Browser, browser_factory, client_of, hidden, text_of

from outreach import clock
from outreach.actors import named
from outreach.cli import main
from outreach.database import reading, writing
from outreach.models import Account, DeskSession
from outreach.people import sessions
from outreach.people.accounts import sign_in
from outreach.web import session
from outreach.web.app import create_app
from outreach.web.desk import Desk
from outreach.web.throttle import FREE, LIMITS, Throttle, keys_of

Browse = Callable[..., Browser]


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.moment = clock.now()

    def __call__(self) -> datetime:
        return self.moment

    def goes_on(self, **much: float) -> None:
        self.moment += timedelta(**much)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "now", time)
    return time


def rows(desk: Desk) -> list[DeskSession]:
    with reading(desk.engine) as found:
        from sqlmodel import select

        return list(found.exec(select(DeskSession)))


def test_a_cookie_that_was_kept_is_worth_nothing_after_signing_out(browse: Browse, desk: Desk) -> None:
    browser = browse("viewer")
    kept = browser.client.cookies[session.COOKIE]
    browser.post("/logout")
    thief = client_of(create_app(desk))
    answer = thief.get("/", headers={"cookie": f"{session.COOKIE}={kept}"}, follow_redirects=False)
    assert answer.headers["location"] == "/login"
    assert rows(desk) == []


def test_the_database_does_not_hold_what_opens_a_session(browse: Browse, desk: Desk) -> None:
    browser = browse("viewer")
    (row,) = rows(desk)
    assert row.token_hash not in browser.client.cookies[session.COOKIE]
    forged = session._serializer(desk, session.COOKIE).dumps({"sid": row.token_hash})
    thief = client_of(create_app(desk))
    answer = thief.get("/", headers={"cookie": f"{session.COOKIE}={forged}"}, follow_redirects=False)
    assert answer.headers["location"] == "/login"


def test_a_session_that_is_not_used_ends(browse: Browse, time: Time) -> None:
    browser = browse("viewer")
    for _ in range(3):
        time.goes_on(minutes=25)
        assert browser.signed_in, "it is used"
    time.goes_on(minutes=31)
    assert not browser.signed_in


def test_a_page_that_lies_open_keeps_no_session_alive(browse: Browse, time: Time) -> None:
    browser = browse("viewer")
    for _ in range(13):
        time.goes_on(minutes=5)
        browser.client.get("/sending?seen=")
    assert not browser.signed_in


@pytest.mark.heavy
def test_however_busy_a_session_ends(browse: Browse, time: Time) -> None:
    browser = browse("viewer")
    for _ in range(12 * 3 - 1):
        time.goes_on(minutes=20)
        assert browser.signed_in
    time.goes_on(minutes=20)
    assert not browser.signed_in


def test_signing_out_clears_what_the_browser_kept(browse: Browse) -> None:
    browser = browse("viewer")
    answer = browser.client.post("/logout", data={"csrf": browser.token}, follow_redirects=False)
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


def test_looking_around_writes_seldom(browse: Browse, desk: Desk, time: Time) -> None:
    browser = browse("viewer")
    browser.get("/missions")
    before = rows(desk)[0].seen_at
    time.goes_on(minutes=4)
    browser.get("/missions")
    assert rows(desk)[0].seen_at == before, "a commit makes every page be read anew"
    time.goes_on(minutes=2)
    browser.get("/missions")
    assert rows(desk)[0].seen_at == time.moment


def test_what_is_over_is_forgotten(browse: Browse, desk: Desk, time: Time) -> None:
    browse("viewer")
    time.goes_on(hours=2)
    browse("editor")
    with reading(desk.engine) as found:
        (row,) = rows(desk)
        assert found.get_one(Account, row.account_id).login == "editor"


@pytest.mark.heavy
def test_ones_own_sessions_are_listed_and_ended_one_by_one(desk: Desk) -> None:
    app = create_app(desk)

    def browser(agent: str) -> Browser:
        return Browser(client_of(app, headers={"user-agent": agent}))

    here = browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").sign_in("viewer")
    there = browser("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0").sign_in("viewer")
    other = browser("x").sign_in("editor")
    page = here.get("/account")
    assert "Firefox, Linux" in page
    assert "Edge, Windows" in page
    assert page.count("this browser") == 1
    numbers = {row.browser: row.id for row in rows(desk)}
    here.post(f"/account/sessions/{numbers['Edge, Windows']}/end", 422)
    assert there.signed_in, "whoever sits at an open browser does not have the password"
    here.post(f"/account/sessions/{numbers['Edge, Windows']}/end", present=PASSWORD)
    assert not there.signed_in
    assert here.signed_in
    here.post(f"/account/sessions/{numbers['x']}/end", 404, present=PASSWORD)
    assert other.signed_in, "another person's is not one's own to end"
    here.post(f"/account/sessions/{numbers['Firefox, Linux']}/end")
    assert not here.signed_in


@pytest.mark.heavy
def test_an_admin_signs_a_person_out_everywhere(browse: Browse, desk: Desk) -> None:
    one, two, admin = browse("editor"), browse("editor"), browse("admin")
    assert "signed in with 2 browsers" in admin.post("/people/editor/sign-out")
    assert not one.signed_in
    assert not two.signed_in
    assert admin.signed_in
    admin.post("/people/nobody/sign-out", 404)


def test_so_does_the_command(
    browse: Browse, desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = browse("editor")
    monkeypatch.chdir(desk.folder)
    assert main(["user", "sign-out", "editor"]) == 0
    assert "signed in with 1 browsers" in capsys.readouterr().out
    assert not browser.signed_in
    assert main(["user", "sign-out", "nobody"]) == 2


def test_a_form_that_was_filled_in_when_the_session_ended_is_not_lost(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    token = browser.token
    sessions.end_all(desk.engine, "editor", by=named("Ana"))
    typed = "A note with <b>marks</b> & lines,\r\nand a second one."
    answer = browser.client.post("/missions/FRA/notes", data={"csrf": token, "text": typed})
    assert answer.status_code == 401
    assert "What you had typed is kept" in text_of(answer.text)
    fields = {name: hidden(answer.text, name) for name in ("csrf", "then", "kept")}
    wrong = browser.client.post("/login", data=fields | {"login": "editor", "password": "not it at all"})
    assert wrong.status_code == 403
    fields = {name: hidden(wrong.text, name) for name in ("csrf", "then", "kept")}
    page = browser.client.post("/login", data=fields | {"login": "editor", "password": PASSWORD})
    assert "Send what you had typed?" in text_of(page.text)
    assert "<b>marks" not in page.text
    assert "and a second one" not in browser.get("/missions/FRA"), "nothing is done before somebody says so"
    form = re.search(r'(?s)<form method="post" action="(/missions/FRA/notes)">(.*?)</form>', page.text)
    assert form
    again = {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[2])
    }
    browser.post(form[1], **again)
    assert "and a second one" in browser.get("/missions/FRA")


def test_a_form_of_another_site_is_not_laid_before_somebody_who_signs_in(browse: Browse) -> None:
    browser = browse()
    browser.get("/login")
    for data in ({"text": "evil"}, {"text": "evil", "csrf": "0" * 64}):
        answer = browser.client.post("/missions/FRA/notes", data=data)
        assert answer.status_code == 403
        assert "evil" not in answer.text
        assert 'name="kept"' not in answer.text


def test_what_is_kept_is_worth_nothing_in_another_browser(browse: Browse, desk: Desk) -> None:
    browser, other = browse("editor"), browse()
    token = browser.token
    sessions.end_all(desk.engine, "editor", by=named("Ana"))
    answer = browser.client.post("/missions/FRA/notes", data={"csrf": token, "text": "mine"})
    page = other.post("/login", kept=hidden(answer.text, "kept"), login="editor", password=PASSWORD)
    assert "Send what you had typed?" not in page
    assert "mine" not in page


def test_what_can_not_be_kept_is_said(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    token = browser.token
    sessions.end_all(desk.engine, "editor", by=named("Ana"))
    sheet = {"file": ("sign-on.csv", b"Name\nAna\n", "text/csv")}
    answer = browser.client.post("/sheets", data={"csrf": token}, files=sheet)
    assert answer.status_code == 401
    assert "has to be given again: the file sign-on.csv" in text_of(answer.text)
    assert 'name="kept"' not in answer.text
    answer = browser.client.post(
        "/account/password", data={"csrf": token, "old": PASSWORD, "new": "another one, longer"}
    )
    assert "has to be given again: the password" in text_of(answer.text)
    assert "another one" not in answer.text


def test_a_part_of_a_page_asks_for_the_sign_in_in_place(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    token = browser.token
    sessions.end_all(desk.engine, "editor", by=named("Ana"))
    answer = browser.client.get("/missions?q=fra", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert "hx-redirect" not in answer.headers, "the page with what is typed stays"
    assert "<html" not in answer.text
    signed_in = browser.client.post(
        "/login", data={"csrf": token, "login": "editor", "password": PASSWORD}, headers={"hx-request": "true"}
    )
    assert signed_in.status_code == 200
    assert "<html" not in signed_in.text
    again = json.loads(signed_in.headers["hx-trigger"])["signed-in"]["csrf"]
    kept = browser.client.post("/drafts", data={"page": "/", "form": "/x", "fields": "[]", "csrf": again})
    assert kept.status_code == 204, "the page's forms carry it from now on"


@pytest.mark.heavy
def test_a_stranger_keeps_no_colleague_out(desk: Desk) -> None:
    app = create_app(desk)

    def from_(address: str) -> Browser:
        return Browser(client_of(app, client=(address, 50_000)))

    colleague = from_("192.0.2.1").sign_in("editor")
    colleague.post("/logout")
    stranger = from_("198.51.100.7")
    for _ in range(FREE):
        stranger.post("/login", 403, login="editor", password="guess")
    stranger.post("/login", 429, login="editor", password="guess")
    assert colleague.sign_in("editor"), "from another address"
    colleague.post("/logout")
    neighbour = from_("192.0.2.1")
    for _ in range(FREE):
        neighbour.post("/login", 403, login="editor", password="guess")
    neighbour.post("/login", 429, login="editor", password="guess")
    assert colleague.sign_in("editor"), "from the same address, in a browser that is known"


def test_guesses_from_everywhere_are_slowed_down_and_keep_out_for_a_minute_at_most() -> None:
    now = [1000.0]
    throttle = Throttle(now=lambda: now[0])
    for number in range(LIMITS["login"].free + 50):
        throttle.failed(keys_of("editor", f"192.0.2.{number}", ""))
    anywhere = keys_of("editor", "203.0.113.1", "")
    assert 0 < throttle.wait(anywhere) <= 60
    assert throttle.wait(keys_of("editor", "203.0.113.1", "a browser that is known")) == 0
    assert throttle.wait(keys_of("viewer", "203.0.113.1", "")) == 0


def test_a_known_browser_is_known_for_its_person_alone(browse: Browse) -> None:
    browser = browse("editor")
    browser.post("/logout")
    for _ in range(FREE):
        browser.post("/login", 403, login="viewer", password="guess")
    browser.post("/login", 429, login="viewer", password=PASSWORD)
    for _ in range(FREE):
        browser.post("/login", 403, login="editor", password="guess")
    browser.post("/login", 429, login="editor", password=PASSWORD)


def test_a_new_password_ends_what_was_begun_with_the_old_one(browse: Browse, desk: Desk) -> None:
    browse("viewer")
    account = sign_in(desk.engine, "viewer", PASSWORD)
    assert account.id is not None
    assert len(sessions.sessions_of(desk.engine, account.id)) == 1
    with writing(desk.engine) as changing:
        changing.get_one(Account, account.id).epoch += 1
    assert sessions.sessions_of(desk.engine, account.id) == []
    assert browser_factory(desk)("viewer").signed_in


def test_what_was_done_is_told_by_the_next_page_and_taken_by_no_part_of_one(browse: Browse) -> None:
    browser = browse("admin")
    form = {"csrf": browser.token, "name": "Lea Sample", "login": "lea", "password": PASSWORD, "role": "viewer"}
    assert browser.client.post("/people", data=form, follow_redirects=False).status_code == 303
    told = re.compile(r'<p class="notice done">[^<]*Lea Sample')
    assert not told.search(browser.client.get("/missions?q=fra", headers={"hx-request": "true"}).text)
    browser.client.get("/sending?seen=other")  # what each page asks by itself, and pages in other windows do
    assert told.search(browser.get("/people"))
    assert not told.search(browser.get("/people"))
