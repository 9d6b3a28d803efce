"""Second factors in a real browser: a passkey of Chromium's virtual authenticator, an app, and the pages they bring."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from pyotp import TOTP

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.integration
LOOKS = (
    {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    {"viewport": {"width": 375, "height": 800}, "color_scheme": "light"},
)


def authenticator(page: Any) -> Any:
    """A platform authenticator that knows its person, by the DevTools protocol."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    return session


def sound(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    faults = []
    for look in LOOKS:
        page.set_viewport_size(look["viewport"])
        page.emulate_media(color_scheme=look["color_scheme"], reduced_motion="reduce")  # colours at once
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        faults += [f"{page.url}: {wider} px wider than the screen"] if wider > 0 else []
        faults += [
            f"{page.url}: {one['id']}: {[node['target'] for node in one['nodes'][:3]]}"
            for one in Axe().run(page).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
    page.set_viewport_size(LOOKS[0]["viewport"])
    return faults


def test_a_passkey_and_an_app_are_added_and_used(empty_desk: Any, open_page: Callable[..., Any]) -> None:
    url = re.sub(r"127\.0\.0\.1", "localhost", empty_desk.url)
    page = open_page(url, sign_in=False, bypass_csp=True)  # for axe alone
    authenticator(page)
    page.goto("/login")
    page.get_by_label("Login").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/account/second-factor")
    faults = sound(page)
    form = page.locator("form[data-passkey]")
    form.get_by_label("What you call it").fill("My laptop")
    form.get_by_label("Present password").fill(PASSWORD)
    form.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    faults += sound(page)

    page.goto("/account/second-factor")
    faults += sound(page)
    page.get_by_label("Name of My laptop").wait_for()
    page.locator("form[action='/account/second-factor/app']").get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_text("It can't be photographed?").click()
    secret = page.locator("code.once").inner_text().replace(" ", "")
    faults += sound(page)
    page.get_by_label("The six digits").fill(TOTP(secret).now())
    page.get_by_role("button", name="Use this app").click()
    page.get_by_text("In use since").wait_for()

    page.get_by_role("button", name="Sign out").first.click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("link", name="Ana Example").wait_for()

    page.get_by_role("button", name="Sign out").first.click()
    page.get_by_label("Login").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Second step").wait_for()
    faults += sound(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("link", name="Ana Example").wait_for()
    assert not faults, "\n".join(faults)
