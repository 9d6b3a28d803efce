"""Passkeys through HTTP: made, used alone and after a password, and what is not taken."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from soft_authenticator import SoftAuthenticator, b64
from sqlmodel import select
from web_browser import PASSWORD, Browser, browser_factory, client_of, hidden, text_of

from outreach.database import reading
from outreach.models import Account, AuditEntry, Passkey, RecoveryCode
from outreach.people.passkeys import takes_passkeys
from outreach.vocabulary import Act
from outreach.web.app import create_app
from outreach.web.desk import Desk

Browse = Callable[..., Browser]


def new(browser: Browser, device: SoftAuthenticator, name: str = "My laptop", expect: int = 200) -> str:
    """Make a passkey at one's own page."""
    options = json.loads(browser.post("/account/passkeys/options", present=PASSWORD))
    return browser.post("/account/passkeys", expect, credential=device.create(options), name=name)


def asked(browser: Browser, path: str = "/login") -> dict[str, Any]:
    """What the browser is told to sign, at a page of the sign-in."""
    token = hidden(browser.get(path), "csrf")
    options: dict[str, Any] = browser.client.post("/login/passkey/options", data={"csrf": token}).json()
    return options


def use(browser: Browser, credential: str, expect: int = 200, path: str = "/login", **more: str) -> str:
    token = hidden(browser.get(path), "csrf")
    browser.last = browser.client.post("/login/passkey", data={"csrf": token, "credential": credential} | more)
    assert browser.last.status_code == expect, text_of(browser.last.text)[:500]
    return browser.last.text


def keys(desk: Desk) -> list[Passkey]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Passkey)))


def test_a_passkey_signs_in_without_a_password(browse: Browse, desk: Desk) -> None:
    device, viewer, other = SoftAuthenticator(), browse("viewer"), browse("viewer")
    viewer.post("/account/passkeys/options", expect=422, present="wrong")
    shown = new(viewer, device)
    assert "Recovery codes" in shown
    assert viewer.signed_in
    assert not other.signed_in
    stranger = browse("")
    options = asked(stranger)
    assert options["rpId"] == "desk.example"
    assert not options.get("allowCredentials"), "it is discoverable: nobody is told who there is"
    assert options["userVerification"] == "required"
    use(stranger, device.get(options), then="/missions")
    assert stranger.last is not None
    assert stranger.last.url.path == "/missions"
    assert stranger.signed_in
    assert keys(desk)[0].sign_count == 1
    assert keys(desk)[0].used_at is not None
    with reading(desk.engine) as session:
        told = [(one.action, one.who, one.detail) for one in session.exec(select(AuditEntry))]
        handle = session.exec(select(Account.handle).where(Account.login == "viewer")).one()
    assert (Act.SIGNED_IN, "The viewer", "passkey") in told
    assert (Act.FACTOR_ADDED, "The viewer", "passkey: My laptop") in told
    assert b64(device.keys[0].user) == handle


def test_a_password_alone_no_longer_does(browse: Browse, desk: Desk) -> None:
    device = SoftAuthenticator()
    new(browse("viewer"), device)
    browser = browse("")
    token = hidden(browser.get("/login"), "csrf")
    answer = browser.client.post("/login", data={"csrf": token, "login": "viewer", "password": PASSWORD})
    assert answer.url.path == "/login/code"
    options = asked(browser, "/login/code")
    assert [one["id"] for one in options["allowCredentials"]] == [b64(device.keys[0].number)]
    use(browser, device.get(options), path="/login/code")
    assert browser.signed_in


def test_after_a_password_another_persons_passkey_does_not(browse: Browse, desk: Desk) -> None:
    own, others = SoftAuthenticator(), SoftAuthenticator()
    new(browse("viewer"), own)
    new(browse("editor"), others)
    browser = browse("")
    token = hidden(browser.get("/login"), "csrf")
    browser.client.post("/login", data={"csrf": token, "login": "viewer", "password": PASSWORD})
    use(browser, others.get(asked(browser, "/login/code"), others.keys[0]), 403, path="/login/code")
    assert not browser.signed_in


@pytest.mark.parametrize(
    "wrong",
    ["challenge", "twice", "origin", "rp", "unverified", "count", "signature", "handle", "unknown", "words", "closed"],
)
def test_what_is_not_taken_at_a_sign_in(browse: Browse, desk: Desk, wrong: str) -> None:
    device, browser = SoftAuthenticator(), browse("")
    new(browse("viewer"), device)
    use(browser, device.get(asked(browser)))
    browser = browse("")
    options = asked(browser)
    match wrong:
        case "challenge":
            options["challenge"] = asked(browse(""))["challenge"]
        case "origin":
            device.origin = "http://desk.example.evil.test"
        case "rp":
            device.keys[0].rp_id = "evil.test"
        case "unverified":
            device.verifies = False
        case "count":
            device.keys[0].count = 0  # a copy that lags behind
        case "handle":
            device.keys[0].user = b"somebody else"
        case "closed":
            browse("admin").post("/people/viewer", role="viewer")
    credential = device.get(options)
    match wrong:
        case "twice":
            use(browser, credential)
            browser = browse("")
        case "signature":
            said = json.loads(credential)
            said["response"]["signature"] = said["response"]["signature"][:-8] + "AAAAAAAA"
            credential = json.dumps(said)
        case "unknown":
            credential = credential.replace(b64(device.keys[0].number), b64(b"x" * 32))
        case "words":
            credential = "[" * 5_000
    page = use(browser, credential, 403)
    assert "did not sign you in" in text_of(page)
    assert not browser.signed_in


@pytest.mark.parametrize("wrong", ["challenge", "origin", "unverified", "words", "late"])
def test_what_is_not_taken_when_one_is_made(browse: Browse, desk: Desk, wrong: str) -> None:
    device, viewer = SoftAuthenticator(), browse("viewer")
    options = json.loads(viewer.post("/account/passkeys/options", present=PASSWORD))
    match wrong:
        case "challenge":
            options["challenge"] = b64(b"another" * 5)
        case "origin":
            device.origin = "https://desk.example"
        case "unverified":
            device.verifies = False
    credential = device.create(options) if wrong != "words" else '{"id": 5}'
    if wrong == "late":
        viewer.post("/account/passkeys", expect=422, credential="{}", name="x")
    viewer.post("/account/passkeys", expect=422, credential=credential, name="My laptop")
    assert keys(desk) == []
    assert viewer.signed_in


def test_it_is_renamed_and_taken_away_by_its_person_alone(browse: Browse, desk: Desk) -> None:
    device, viewer, editor = SoftAuthenticator(), browse("viewer"), browse("editor")
    new(viewer, device, "Läptop")
    number = keys(desk)[0].id
    editor.post(f"/account/passkeys/{number}/name", expect=404, name="mine")
    editor.post(f"/account/passkeys/{number}/remove", expect=422, present=PASSWORD)
    viewer.post(f"/account/passkeys/{number}/name", name="Desk at home")
    viewer.post(f"/account/passkeys/{number}/name", expect=422, name=" ")
    assert keys(desk)[0].name == "Desk at home"
    second = SoftAuthenticator()
    assert "Recovery codes" in text_of(new(viewer, second, "Key"))
    with reading(desk.engine) as session:
        assert len(session.exec(select(RecoveryCode)).all()) == 8, "those of the first one hold"
    viewer.post(f"/account/passkeys/{number}/remove", expect=422, present="wrong")
    viewer.post(f"/account/passkeys/{number}/remove", present=PASSWORD)
    assert [one.name for one in keys(desk)] == ["Key"]
    browser = browse("")
    use(browser, device.get(asked(browser), device.keys[0]), 403)
    use(browser, second.get(asked(browser)))


def test_one_device_makes_no_second_one(browse: Browse, desk: Desk) -> None:
    device, viewer = SoftAuthenticator(), browse("viewer")
    new(viewer, device)
    options = json.loads(viewer.post("/account/passkeys/options", present=PASSWORD))
    assert [one["id"] for one in options["excludeCredentials"]] == [b64(device.keys[0].number)]


def test_a_passkey_is_of_the_name_that_it_was_made_at(desk: Desk) -> None:
    app = create_app(desk)
    device = SoftAuthenticator("http://localhost:8000")
    local = Browser(client_of(app, "http://localhost:8000")).sign_in("viewer")
    new(local, device)
    assert keys(desk)[0].rp_id == "localhost"
    other = Browser(client_of(app, "http://desk.example"))
    device.origin = "http://desk.example"
    use(other, device.get(asked(other)), 403)
    again = Browser(client_of(app, "http://localhost:8000"))
    device.origin = "http://localhost:8000"
    use(again, device.get(asked(again)))


def test_an_address_takes_none(desk: Desk) -> None:
    browser = Browser(client_of(create_app(desk), "http://127.0.0.1:8000")).sign_in("viewer")
    page = text_of(browser.get("/account/second-factor"))
    assert "open it as localhost:8000" in page
    browser.post("/account/passkeys/options", expect=422, present=PASSWORD)
    assert [takes_passkeys(host) for host in ("localhost", "desk.example", "127.0.0.1", "[::1]", "::1", "")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_a_passkey_is_what_the_settings_ask_for(make_desk: Callable[..., Desk]) -> None:
    browse = browser_factory(make_desk(second_factor="everybody"))
    device, viewer = SoftAuthenticator(), browse("viewer")
    new(viewer, device)
    viewer.get("/missions")
    browser = browse("")
    use(browser, device.get(asked(browser)), then="/missions")
    assert browser.last is not None
    assert browser.last.url.path == "/missions"
