"""The organisation's own sign-in, with an issuer on loopback: linked by a verified address or an invitation only."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from sqlmodel import select
from web_browser import PASSWORD, Browser, browser_factory, text_of

from outreach.actors import named
from outreach.database import reading
from outreach.models import Account, AuditEntry, LinkedIdentity
from outreach.people import accounts, links
from outreach.people.oidc import keep_issuer_secret, kept_issuer_secret
from outreach.vocabulary import Act
from outreach.web.desk import Desk
from tests.oidc_issuer import CLIENT, SECRET, Issuer
from tests.web.test_web_second_factor import enrol, give

Browse = Callable[..., Browser]
BY = named("test")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
def desk(make_desk: Callable[..., Desk], issuer: Issuer) -> Desk:
    made = make_desk(oidc_issuer=issuer.url, oidc_client_id=CLIENT, oidc_name="Coalition")
    keep_issuer_secret(made.settings, SECRET)
    accounts.set_email(made.engine, "viewer", "Viewer@coalition.example", by=BY)
    return made


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def answer_of(browser: Browser, path: str = "/login/organisation") -> str:
    """Go to the issuer's page and be let in there; return where the browser is sent back to."""
    there = browser.client.get(path, follow_redirects=False)
    assert there.status_code == 303, text_of(there.text)
    try:
        build_opener(Stay).open(there.headers["location"])
    except OSError as moved:
        return str(moved.headers["Location"])  # type: ignore[attr-defined]
    raise AssertionError


def through(browser: Browser, expect: int = 200, path: str = "/login/organisation") -> str:
    back = urlsplit(answer_of(browser, path))
    return browser.get(f"{back.path}?{back.query}", expect)


def linked(desk: Desk) -> list[LinkedIdentity]:
    with reading(desk.engine) as session:
        return list(session.exec(select(LinkedIdentity)))


def people(desk: Desk) -> int:
    return len(accounts.accounts(desk.engine))


def test_a_person_is_linked_by_the_verified_address_and_known_by_the_subject_from_then_on(
    browse: Browse, desk: Desk, issuer: Issuer
) -> None:
    browser = browse("")
    assert "Sign in with Coalition" in text_of(browser.get("/login"))
    through(browser, path="/login/organisation?then=%2Fmissions")
    assert browser.last is not None
    assert browser.last.url.path == "/missions"
    assert [(one.subject, one.email) for one in linked(desk)] == [("42", "viewer@coalition.example")]
    sent = dict(issuer.asked)["/authorize"]
    assert (sent["client_id"], sent["redirect_uri"]) == (CLIENT, "http://desk.example/login/organisation/back")
    issuer.person = {"sub": "42", "email": "another@coalition.example", "email_verified": True}
    again = browse("")
    through(again)
    assert "The viewer" in again.get("/account")
    issuer.person = {"sub": "43", "email": "viewer@elsewhere.example", "email_verified": True}
    through(browse(""), 403)
    assert len(linked(desk)) == 1
    with reading(desk.engine) as session:
        told = [(one.action, one.who, one.detail) for one in session.exec(select(AuditEntry))]
    assert (Act.IDENTITY_LINKED, "The viewer", issuer.url) in told
    assert (Act.SIGNED_IN, "The viewer", "organisation") in told


@pytest.mark.parametrize("person", [
    {"sub": "42", "email": "stranger@coalition.example", "email_verified": True},
    {"sub": "42", "email": "viewer@coalition.example", "email_verified": False},
    {"sub": "42", "email": "viewer@coalition.example"},
    {"sub": "42", "email": "viewer@coalition.example", "email_verified": "true"},
    {"sub": "42", "email": ["viewer@coalition.example"], "email_verified": True},
    {"sub": "42"},
])  # fmt: skip
def test_nobody_gets_an_account_unasked(browse: Browse, desk: Desk, issuer: Issuer, person: dict[str, Any]) -> None:
    issuer.person, before = person, people(desk)
    browser = browse("")
    assert "this desk does not" in text_of(through(browser, 403))
    assert not browser.signed_in
    assert linked(desk) == []
    assert people(desk) == before


def test_an_address_of_two_people_links_neither(browse: Browse, desk: Desk) -> None:
    accounts.set_email(desk.engine, "editor", "viewer@coalition.example", by=BY)
    through(browse(""), 403)
    assert linked(desk) == []


def test_a_closed_account_lets_nobody_in(browse: Browse, desk: Desk) -> None:
    through(browse(""))
    accounts.change_account(desk.engine, "viewer", role="viewer", active=False, by=BY)
    through(browse(""), 403)


@pytest.mark.parametrize("wrong", [
    {"claims": {"nonce": "another"}}, {"claims": {"nonce": None}}, {"claims": {"aud": "another-desk"}},
    {"claims": {"aud": ["the-desk", "another"]}}, {"claims": {"azp": "another"}},
    {"claims": {"iss": "https://evil.test"}}, {"claims": {"exp": 1}}, {"claims": {"exp": None}},
    {"claims": {"iat": int(time.time()) + 10**6}}, {"claims": {"sub": None}}, {"claims": {"sub": ""}},
    {"claims": {"sub": 42}}, {"claims": {"at_hash": "AAAA"}}, {"signed_by": "another"}, {"algorithm": "HS256"},
    {"algorithm": "none"},
])  # fmt: skip
def test_a_token_that_proves_nothing(browse: Browse, desk: Desk, issuer: Issuer, wrong: dict[str, Any]) -> None:
    if wrong == {"algorithm": "none"}:
        real = issuer.exchanged

        def exchanged(form: dict[str, str]) -> dict[str, Any]:
            found = real(form)
            _, body, _ = found["id_token"].split(".")
            return found | {"id_token": f"eyJhbGciOiJub25lIn0.{body}."}

        issuer.exchanged = exchanged  # type: ignore[method-assign]
    else:
        for name, value in wrong.items():
            setattr(issuer, name, value)
    browser = browse("")
    assert "no proof of who you are" in text_of(through(browser, 403))
    assert not browser.signed_in
    assert linked(desk) == []


def test_an_answer_belongs_to_the_browser_that_asked_and_is_good_once(browse: Browse, desk: Desk) -> None:
    victim, attacker = browse(""), browse("")
    back = urlsplit(answer_of(attacker))
    answer_of(victim)
    assert "begun elsewhere" in text_of(victim.get(f"{back.path}?{back.query}", 403))
    assert not victim.signed_in
    attacker.get(f"{back.path}?{back.query}")
    attacker.post("/logout")
    attacker.get(f"{back.path}?{back.query}", 403)
    refused = parse_qs(urlsplit(answer_of(victim)).query)["state"][0]
    victim.get(f"/login/organisation/back?error=access_denied&state={refused}", 403)
    other = parse_qs(urlsplit(answer_of(victim)).query)
    mixed = f"code={other['code'][0]}&state={other['state'][0]}&iss=https://evil.test"
    victim.get(f"/login/organisation/back?{mixed}", 403)
    assert not victim.signed_in


def test_the_second_factor_of_the_desk_is_asked_for_unless_the_issuer_has(
    browse: Browse, desk: Desk, issuer: Issuer
) -> None:
    _, codes = enrol(browse("viewer"))
    browser = browse("")
    through(browser)
    assert not browser.signed_in
    give(browser, recovery=codes[0])
    assert browser.signed_in
    issuer.claims = {"amr": ["pwd", "mfa"]}
    other = browse("")
    through(other)
    assert other.signed_in


def test_an_invitation_is_used_without_a_password(browse: Browse, desk: Desk, issuer: Issuer) -> None:
    issuer.person = {"sub": "77", "name": "Lea"}
    path = links.invite(desk.engine, "Lea Sample", "editor", by=BY).path
    browser = browse("")
    assert "Sign in with Coalition" in text_of(browser.get(path))
    through(browser, path=f"{path}/organisation")
    assert "Lea Sample" in browser.get("/account")
    with reading(desk.engine) as session:
        made = session.exec(select(Account).where(Account.login == "lea")).one()
    assert (made.role, made.password_hash) == ("editor", "")
    browse("").get(path, 403)
    browser.post("/account/organisation/unlink", expect=422, present="")
    assert "present" not in browser.get("/account/second-factor"), "there is no password to be asked for"
    reset = links.reset(desk.engine, "viewer", by=BY).path
    assert browse("").client.get(f"{reset}/organisation", follow_redirects=False).status_code == 404
    second = links.invite(desk.engine, "Lea Again", "viewer", by=BY, login="lea2").path
    through(browse(""), 403, path=f"{second}/organisation")


def test_a_link_is_ended_by_its_person(browse: Browse, desk: Desk) -> None:
    browser = browse("")
    through(browser)
    browser.post("/account/organisation/unlink", expect=422, present="wrong")
    browser.post("/account/organisation/unlink", present=PASSWORD)
    assert linked(desk) == []
    browser.post("/account/organisation/unlink", expect=422, present=PASSWORD)


@pytest.mark.parametrize("wrong", ["name", "down", "secret"])
def test_an_issuer_that_can_not_be_used(browse: Browse, desk: Desk, issuer: Issuer, wrong: str) -> None:
    browser = browse("")
    if wrong == "secret":
        keep_issuer_secret(desk.settings, "another")
        through(browser, 403)
        return
    if wrong == "name":
        issuer.names_itself = "https://evil.test"
    else:
        issuer.told = lambda _path: {"error": "down"}  # type: ignore[method-assign]
    assert "can't be asked" in text_of(browser.get("/login/organisation", 403))


def test_without_an_issuer_there_is_no_such_way(make_desk: Callable[..., Desk]) -> None:
    browser = browser_factory(make_desk())("")
    browser.get("/login/organisation", 404)
    assert "organisation" not in browser.get("/login")


def test_the_secret_is_kept_beside_the_mail_password(desk: Desk) -> None:
    assert kept_issuer_secret(desk.settings) == SECRET
    keep_issuer_secret(desk.settings, "")
    assert kept_issuer_secret(desk.settings) == ""
