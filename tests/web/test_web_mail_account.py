"""The mail account at the desk: who may sign it in, by which way, and what is shown of it."""

from collections.abc import Callable, Iterator

import pytest
from web_browser import Browser, browser_factory, text_of

from outreach.people.audit import entries
from outreach.vocabulary import Act, DeskRole
from outreach.web.desk import Desk
from tests.oauth_server import OAuthServer, follow, redirected

ACCOUNT = "secretariat@coalition.example"
MakeDesk = Callable[..., Desk]


@pytest.fixture
def provider() -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        yield server


@pytest.fixture
def desk(make_desk: MakeDesk, provider: OAuthServer) -> Iterator[Desk]:
    made = make_desk(provider="gmail", smtp_host="127.0.0.1", smtp_username=ACCOUNT, **provider.settings)
    yield made
    made.attempts.end()


def address_of(page: str) -> str:
    from html import unescape

    return unescape(page.partition('class="button main" href="')[2].partition('"')[0])


def test_an_admin_signs_in_by_the_page(desk: Desk, provider: OAuthServer) -> None:
    admin = browser_factory(desk)("admin")
    assert f"{ACCOUNT} is not signed in with Google" in text_of(admin.get("/settings/mail"))
    page = admin.post("/settings/mail/sign-in", provider="google")
    status, ended = follow(address_of(page))
    assert status == 200
    assert '<a href="http://desk.example/settings/mail">Back to Outreach</a>' in ended
    page = admin.get("/settings/mail")
    assert f"{ACCOUNT} is signed in with Google" in text_of(page)
    entry = entries(desk.engine)[0]
    assert (entry.action, entry.who, entry.subject) == (Act.MAIL_ACCOUNT_SIGNED_IN, "The admin", ACCOUNT)
    assert "signed the mail account in" in text_of(admin.get("/audit"))
    assert f"{ACCOUNT} is signed in with Google" in text_of(admin.get("/settings/check"))
    said = text_of(admin.post("/settings/mail/sign-out", provider="google"))
    assert "Google was told" in said
    assert not [secret for secret in provider.secrets() if secret in page + ended]


def test_from_another_computer_the_address_is_pasted(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    page = admin.post("/settings/mail/back", 422, address="http://127.0.0.1:9/?code=x&state=y")
    assert "No sign-in is under way" in text_of(page)
    page = admin.post("/settings/mail/sign-in", provider="google")
    back = redirected(address_of(page))
    page = admin.post("/settings/mail/back", 422, address=back.replace("state=", "state=other"))
    assert "no answer to this sign-in" in text_of(page)
    assert f"{ACCOUNT} is signed in with Google" in text_of(admin.post("/settings/mail/back", address=back))


def test_a_code_is_shown_until_somebody_has_typed_it(desk: Desk, provider: OAuthServer) -> None:
    admin = browser_factory(desk)("admin")
    page = text_of(admin.post("/settings/mail/sign-in", provider="google", way="code"))
    assert "WDJB-MJHT" in page
    under_way = desk.attempts.current
    assert under_way is not None
    assert under_way.wait(60).account == ACCOUNT
    assert f"{ACCOUNT} is signed in with Google" in text_of(admin.get("/settings/mail"))


def test_another_sign_in_ends_the_one_before(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    first = address_of(admin.post("/settings/mail/sign-in", provider="google"))
    admin.post("/settings/mail/sign-in", provider="google")
    page = admin.post("/settings/mail/back", 422, address=redirected(first))
    assert "no answer to this sign-in" in text_of(page)


def test_a_provider_that_is_none_is_refused(desk: Desk) -> None:
    assert "There is no provider" in text_of(browser_factory(desk)("admin").post(
        "/settings/mail/sign-in", 422, provider="elsewhere"
    ))  # fmt: skip


@pytest.mark.parametrize("role", [DeskRole.VIEWER, DeskRole.EDITOR, DeskRole.APPROVER])
def test_nobody_else_is_shown_the_way(desk: Desk, role: DeskRole) -> None:
    browser: Browser = browser_factory(desk)(role)
    assert "/settings/mail" not in browser.get("/settings")
    browser.get("/settings/mail", 403)


def test_what_is_missing_is_told_step_by_step(make_desk: MakeDesk) -> None:
    page = text_of(browser_factory(make_desk(provider="microsoft365"))("admin").get("/settings/mail"))
    assert "type this redirect address exactly: http://localhost" in page
    assert "Directory (tenant) ID" in page
    page = text_of(browser_factory(make_desk())("admin").get("/settings/mail"))
    assert 'provider = "gmail"' in page
