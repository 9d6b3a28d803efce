"""The mail account is signed in at the desk, by the provider's own page: a real OAuth server on loopback."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outreach.workplace import lay_out
from tests.browser.conftest import serve
from tests.oauth_server import OAuthServer

pytestmark = pytest.mark.integration
ACCOUNT = "secretariat@coalition.example"
LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


def test_an_admin_signs_in_is_told_how_it_stands_and_signs_out(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    lay_out(tmp_path)
    with OAuthServer(agrees=None, refresh_seconds=7 * 86400) as provider:
        settings = {"provider": "gmail", "smtp_host": "127.0.0.1", "smtp_username": ACCOUNT, "no_mailbox": "true"}
        for desk in serve(tmp_path, **settings, **provider.settings):
            page = open_page(desk.url, also=LOOPBACK)
            page.goto("/settings")
            page.get_by_role("link", name="Mail account").click()
            page.get_by_text(f"{ACCOUNT} is not signed in with Google").wait_for()

            page.get_by_role("button", name="Sign in with Google").click()
            page.get_by_role("link", name="Go to Google's page").click()
            page.get_by_role("button", name="Deny").click()
            page.get_by_text("At Google's page it was not allowed").wait_for()
            page.get_by_role("link", name="Back to Outreach").click()
            page.get_by_role("heading", name="Not signed in").wait_for()

            page.get_by_role("button", name="Sign in with Google").click()
            page.get_by_role("link", name="Go to Google's page").click()
            page.get_by_role("button", name="Allow").click()
            page.get_by_text(f"{ACCOUNT} is signed in with Google.").wait_for()
            page.get_by_role("link", name="Back to Outreach").click()
            page.get_by_text(f"{ACCOUNT} is signed in with Google, kept in").wait_for()
            page.get_by_text("Google lets it last for a week only").wait_for()
            shown = page.content()
            page.goto("/audit")
            page.get_by_text("signed the mail account in").wait_for()

            page.goto("/settings/mail")
            page.get_by_role("button", name="Sign out of Google").click()
            page.get_by_text("is signed out of Google here").wait_for()
            assert not any(provider.refresh_tokens.values()), "the provider was told"
        kept = shown.encode() + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert len(provider.secrets()) >= 4
        assert not [secret for secret in provider.secrets() if secret.encode() in kept]
