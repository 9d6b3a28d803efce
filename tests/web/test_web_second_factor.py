"""Second factors: an app, recovery codes, who has to have one, and what ends with them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pyotp import TOTP
from sqlmodel import select
from web_browser import PASSWORD, Browser, browser_factory, hidden, text_of

from outreach import clock
from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import AccessError
from outreach.models import Account, AuditEntry, AuthenticatorApp, RecoveryCode
from outreach.people import accounts, factors
from outreach.people.sealed import unseal
from outreach.people.sessions import end_all
from outreach.vocabulary import Act
from outreach.web.desk import Desk
from outreach.web.under_way import Steps
from tests.scripted_smtp import ScriptedSmtp

Browse = Callable[..., Browser]
BY = named("test")


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = clock.now()

    def __call__(self) -> datetime:
        return self.at

    def on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Clock:
    own = Clock()
    monkeypatch.setattr(clock, "now", own)
    return own


def enrol(browser: Browser) -> tuple[TOTP, list[str]]:
    """Set up an app; return it and the recovery codes."""
    shown = browser.post("/account/second-factor/app", present=PASSWORD)
    found = re.search(r'<code class="once">([A-Z2-7 ]+)</code>', shown)
    assert found
    app = TOTP(found[1].replace(" ", ""))
    done = browser.post("/account/second-factor/app/confirm", code=app.at(clock.now()))
    return app, re.findall(r"<code>([a-z2-7-]{29})</code>", done)


def half(browser: Browser, login: str = "viewer") -> Browser:
    """Give the password, and stand before the second step."""
    token = hidden(browser.get("/login"), "csrf")
    browser.last = browser.client.post("/login", data={"csrf": token, "login": login, "password": PASSWORD})
    assert browser.last.url.path == "/login/code", text_of(browser.last.text)
    assert not browser.signed_in
    return browser


def give(browser: Browser, expect: int = 200, **fields: str) -> str:
    """Send the second step."""
    token = hidden(browser.get("/login/code"), "csrf")
    browser.last = browser.client.post("/login/code", data={"csrf": token} | fields)
    assert browser.last.status_code == expect, text_of(browser.last.text)
    return browser.last.text


def acts(desk: Desk) -> list[tuple[str, str, str]]:
    with reading(desk.engine) as session:
        return [(one.action, one.who, one.detail) for one in session.exec(select(AuditEntry))]


def rows(desk: Desk, table: type[Any]) -> list[Any]:
    with reading(desk.engine) as session:
        return list(session.exec(select(table)))


def test_a_sign_in_in_two_steps(browse: Browse, desk: Desk, moved: Clock) -> None:
    other, viewer = browse("viewer"), browse("viewer")
    viewer.post("/account/second-factor/app", expect=422, present="wrong")
    shown = viewer.post("/account/second-factor/app", present=PASSWORD)
    assert "<svg" in shown
    assert "otpauth://totp/Outreach:viewer?secret=" in unescape(shown)
    viewer.post("/account/second-factor/app/confirm", expect=422, code="000000")
    assert rows(desk, AuthenticatorApp) == [], "nothing holds before the app has shown a code"
    app, codes = enrol(viewer)
    assert len(set(codes)) == factors.CODES
    assert viewer.signed_in
    assert not other.signed_in, "other browsers are signed out"
    kept = repr([one.model_dump() for table in (AuthenticatorApp, RecoveryCode) for one in rows(desk, table)])
    assert app.secret not in kept
    assert unseal(desk.settings, rows(desk, AuthenticatorApp)[0].sealed) == app.secret
    assert not any(one.replace("-", "") in kept for one in codes)

    moved.on(60)
    phone = half(browse(""))
    assert "six digits" in phone.get("/login/code")
    give(phone, expect=403, code="123456" if app.at(moved()) != "123456" else "654321")
    give(phone, code=app.at(moved()))
    assert phone.signed_in
    assert (Act.SIGNED_IN, "The viewer", "password, app") in acts(desk)
    assert (Act.SIGN_IN_REFUSED, "", "second factor") in acts(desk)


def test_a_code_is_good_once_and_for_its_time(browse: Browse, desk: Desk, moved: Clock) -> None:
    app, _ = enrol(browse("viewer"))
    give(half(browse("")), expect=403, code=app.at(moved()))  # it was used when the app was set up
    moved.on(30)
    code = app.at(moved())
    give(half(browse("")), code=code)
    give(half(browse("")), expect=403, code=code)
    moved.on(60)
    give(half(browse("")), code=app.at(moved() - timedelta(seconds=30)))  # a clock half a minute behind
    moved.on(300)
    give(half(browse("")), expect=403, code=app.at(moved() - timedelta(seconds=90)))


def test_a_recovery_code_is_good_once(browse: Browse, desk: Desk) -> None:
    _, codes = enrol(browse("viewer"))
    give(half(browse("")), recovery=codes[0].upper().replace("-", " "))
    give(half(browse("")), expect=403, recovery=codes[0])
    assert (Act.SIGNED_IN, "The viewer", "password, recovery code (7 left)") in acts(desk)
    viewer = half(browse(""))
    give(viewer, recovery=codes[1])
    assert "6 are left" in text_of(viewer.get("/account/second-factor"))
    new = re.findall(r"<code>([a-z2-7-]{29})</code>", viewer.post("/account/second-factor/codes", present=PASSWORD))
    assert len(new) == factors.CODES
    give(half(browse("")), expect=403, recovery=codes[2])
    give(half(browse("")), recovery=new[0])


def test_codes_of_others_are_worth_nothing(browse: Browse, desk: Desk) -> None:
    _, codes = enrol(browse("viewer"))
    enrol(browse("editor"))
    give(half(browse(""), "editor"), expect=403, recovery=codes[0])
    give(half(browse(""), "viewer"), recovery=codes[0])


def test_after_some_wrong_codes_the_password_is_asked_for_again_and_then_there_is_a_wait(
    browse: Browse, desk: Desk
) -> None:
    app, _ = enrol(browse("viewer"))
    stranger = half(browse(""))
    for _ in range(4):
        give(stranger, expect=403, code="12345")
    assert "/login/code" in (stranger.last.text if stranger.last else "")
    last = give(stranger, expect=403, code="12345")
    assert 'name="password"' in last
    half(stranger)
    give(stranger, expect=429, code=app.at(clock.now() + timedelta(seconds=30)))


def test_nobody_skips_the_second_step(browse: Browse, desk: Desk) -> None:
    enrol(browse("viewer"))
    stranger = browse("")
    assert stranger.client.get("/login/code", follow_redirects=False).headers["location"] == "/login"
    half(stranger)
    for path in ("/", "/account", "/missions"):
        assert stranger.client.get(path, follow_redirects=False).status_code == 303, path
    accounts.change_password(desk.engine, "viewer", "seven green lamps at sea", by=BY)
    give(stranger, expect=403, code="000000")
    assert "Begin again" in text_of(stranger.last.text if stranger.last else "")


def test_an_admin_takes_lost_factors_away_on_record(browse: Browse, desk: Desk) -> None:
    viewer, admin = browse("viewer"), browse("admin")
    enrol(viewer)
    assert "Take" in text_of(admin.get("/people"))
    admin.post("/people/viewer/second-factor/reset")
    assert not viewer.signed_in
    browse("viewer")
    assert (Act.FACTORS_RESET, "The admin", "") in acts(desk)
    admin.post("/people/viewer/second-factor/reset", expect=422)
    admin.post("/people/nobody/second-factor/reset", expect=404)
    assert rows(desk, RecoveryCode) == []


def test_the_app_is_taken_away_with_its_codes(browse: Browse, desk: Desk) -> None:
    viewer = browse("viewer")
    enrol(viewer)
    viewer.post("/account/second-factor/app/remove", expect=422, present="wrong")
    viewer.post("/account/second-factor/app/remove", present=PASSWORD)
    assert viewer.signed_in
    assert rows(desk, RecoveryCode) == []
    browse("viewer")
    viewer.post("/account/second-factor/codes", expect=422, present=PASSWORD)


@pytest.mark.parametrize(("asked", "role", "stopped"), [
    ("nobody", "admin", False), ("approvers", "editor", False), ("approvers", "approver", True),
    ("approvers", "admin", True), ("everybody", "viewer", True),
])  # fmt: skip
def test_whom_the_settings_ask_for_one(make_desk: Callable[..., Desk], asked: str, role: str, stopped: bool) -> None:
    desk = make_desk(second_factor=asked)
    browse = browser_factory(desk)
    browser = browse(role)
    answer = browser.client.get("/missions", follow_redirects=False)
    assert answer.status_code == (303 if stopped else 200)
    if not stopped:
        return
    assert answer.headers["location"] == "/account/second-factor"
    assert "before anything else" in text_of(browser.get("/"))
    browser.post("/drafts", expect=403)
    browser.client.get("/missions", headers={"hx-request": "true"})
    enrol(browser)
    browser.get("/missions")
    browser.post("/account/second-factor/app/remove", present=PASSWORD)
    assert browser.client.get("/missions", follow_redirects=False).status_code == 303


def test_the_sign_in_in_place_has_its_second_step_in_place(browse: Browse, desk: Desk) -> None:
    _, codes = enrol(browse("viewer"))
    browser = browse("")
    part = {"hx-request": "true"}
    token = hidden(browser.get("/login"), "csrf")
    first = browser.client.post("/login", data={"csrf": token, "login": "viewer", "password": PASSWORD}, headers=part)
    assert "<html" not in first.text
    second = browser.client.post(
        "/login/code", data={"csrf": hidden(first.text, "csrf"), "recovery": codes[0]}, headers=part
    )
    assert "signed-in" in second.headers["hx-trigger"]
    assert browser.signed_in


def test_what_was_typed_goes_along_through_both_steps(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    _, codes = enrol(editor)
    token = editor.token
    end_all(desk.engine, "editor", by=BY)
    answer = editor.client.post("/missions/FRA/notes", data={"csrf": token, "text": "called them at noon"})
    assert answer.status_code == 401
    kept = hidden(answer.text, "kept")
    fields = {"csrf": hidden(answer.text, "csrf"), "login": "editor", "password": PASSWORD, "kept": kept}
    editor.client.post("/login", data=fields)
    assert "called them at noon" in give(editor, recovery=codes[0])


def test_without_the_key_a_code_says_so_and_a_recovery_code_does(
    browse: Browse, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, codes = enrol(browse("viewer"))
    monkeypatch.setenv("OUTREACH_STATE_DIR", str(tmp_path / "another computer"))
    browser = half(browse(""))
    assert "not on this computer" in text_of(give(browser, expect=422, code=app.at(clock.now())))
    give(browser, recovery=codes[0])


def test_a_change_is_mailed_to_its_person(make_desk: Callable[..., Desk]) -> None:
    with ScriptedSmtp() as server:
        desk = make_desk(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none", mode="live")
        browse = browser_factory(desk)
        accounts.set_email(desk.engine, "viewer", "viewer@coalition.example", by=BY)
        viewer = browse("viewer")
        enrol(viewer)
        viewer.post("/account/email", email="new@coalition.example", present=PASSWORD)
        viewer.post("/account/password", old=PASSWORD, new="seven green lamps at sea")
        browse("admin").post("/people/viewer/second-factor/reset")
        told = [(one.rcpt_to[0].strip("<>"), one.content.decode().replace("\r\n", "\n")) for one in server.accepted]
    assert [to for to, _ in told] == [
        "viewer@coalition.example", "new@coalition.example", "viewer@coalition.example", "new@coalition.example",
        "new@coalition.example",
    ]  # fmt: skip
    assert "second factors" in told[0][1]
    assert all("Was it not you?" in text for _, text in told)
    assert not any("seven green" in text for _, text in told)


def test_a_code_that_comes_twice_is_told_to_its_holder(make_desk: Callable[..., Desk], moved: Clock) -> None:
    with ScriptedSmtp() as server:
        desk = make_desk(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none", mode="live")
        browse = browser_factory(desk)
        app, _ = enrol(browse("viewer"))
        accounts.set_email(desk.engine, "viewer", "viewer@coalition.example", by=BY)
        give(half(browse("")), expect=403, code="123456" if app.at(moved()) != "123456" else "654321")
        assert server.accepted == [], "a slip of the finger is none's business"
        give(half(browse("")), expect=403, code=app.at(moved()))
        (told,) = server.accepted
    assert b"used already" in told.content


def test_a_sign_in_with_a_browser_not_seen_before_is_mailed(make_desk: Callable[..., Desk]) -> None:
    with ScriptedSmtp() as server:
        desk = make_desk(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none", mode="live")
        browse = browser_factory(desk)
        accounts.set_email(desk.engine, "viewer", "viewer@coalition.example", by=BY)
        own = browse("viewer")
        own.post("/logout")
        own.sign_in("viewer")
        assert server.accepted == [], "the first one of all, and the same browser again"
        browse("viewer")
        (told,) = server.accepted
    assert b"Subject: A sign-in to Outreach" in told.content


def test_entries_end_with_their_time_and_are_bounded() -> None:
    now = [0.0]
    steps = Steps(lambda: now[0])
    steps.put("a", "one", 10)
    assert steps.look("a", str) == "one"
    assert steps.look("a", int) is None
    now[0] = 10
    assert steps.look("a", str) is None
    steps.put("b", 1)
    assert steps.take("b", int) == 1
    assert steps.take("b", int) is None
    for number in range(6_000):
        steps.put(number, number)
    assert steps.look(0, int) is None
    assert steps.look(5_999, int) == 5_999


def test_who_has_no_password_is_let_in_by_no_password(desk: Desk) -> None:
    with writing(desk.engine) as session:
        account = session.exec(select(Account).where(Account.login == "viewer")).one()
        account.password_hash = ""
        session.add(account)
    for password in ("", "nobody's password", PASSWORD):
        with pytest.raises(AccessError):
            accounts.sign_in(desk.engine, "viewer", password)
