"""The mail account's sign-in at the command line: what is asked for first, what is written, and what `status` says."""

import os
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.oauth_server import OAuthServer, follow

ACCOUNT = "secretariat@coalition.example"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        for name, value in server.settings.items():
            monkeypatch.setenv(f"OUTREACH_{name.upper()}", str(value))
        monkeypatch.setattr(webbrowser, "open", lambda url: follow(url)[0] == 200)
        yield server


def test_without_an_application_the_steps_are_told_and_nothing_is_changed(outreach: Run, folder: Path) -> None:
    before = (folder / "outreach.toml").read_text()
    ran = outreach("sign-in", "microsoft", expect=2)
    assert "type this redirect address exactly: http://localhost" in ran.err
    assert "smtp_client_id = the Application (client) ID" in ran.err
    assert (folder / "outreach.toml").read_text() == before


@pytest.mark.parametrize("command", ["sign-in", "sign-out"])
def test_a_service_that_nobody_signs_in_with_is_told_with_the_way_in(command: str, outreach: Run) -> None:
    said = outreach(command, "yahoo", expect=2)
    assert "There is no sign-in with 'yahoo' here: only with google and microsoft." in said.err
    assert "outreach password" in said.err
    assert "usage:" not in said.err


def test_the_service_is_written_down_beside_what_stands_there(
    outreach: Run, folder: Path, provider: OAuthServer
) -> None:
    before = (folder / "outreach.toml").read_text()
    assert "Next: outreach doctor" in outreach("sign-in", "microsoft").out
    after = (folder / "outreach.toml").read_text()
    assert after.startswith(before.rstrip())
    assert after.removeprefix(before.rstrip()).strip() == 'provider = "microsoft365"'
    assert "Written into" not in outreach("sign-in", "microsoft").out


def test_who_says_no_is_told_how_to_go_on(outreach: Run, folder: Path, provider: OAuthServer) -> None:
    provider.agrees = False
    ran = outreach("sign-in", "google", expect=2)
    assert "not allowed. Nothing was kept." in ran.err
    assert "outreach sign-in" in ran.err
    assert "not signed in with Google" in outreach("sign-out", "google", expect=2).err


@pytest.mark.heavy
def test_status_says_that_somebody_has_to_sign_in(outreach: Run, folder: Path, provider: OAuthServer) -> None:
    provider.refresh_seconds = 7 * 86400
    with (folder / "outreach.toml").open("a") as settings:
        settings.write('\nprovider = "gmail"\n')
    said = outreach("status").out
    assert f"No letter can go out under these settings: {ACCOUNT} is not signed in with Google" in said
    assert "outreach sign-in google" in said
    outreach("sign-in", "google")
    said = outreach("status").out
    assert "No letter can go out" not in said
    assert "Google lets it last for a week only" in said
    provider.refresh_seconds = None
    outreach("sign-in", "google")
    assert "sign-in" not in outreach("status").out


def test_no_secret_is_printed(
    outreach: Run, folder: Path, provider: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HOST": "127.0.0.1", "PORT": "9", "USERNAME": ACCOUNT}.items():
        monkeypatch.setenv(f"OUTREACH_SMTP_{name}", value)
    words = ("sign-in google", "status", "status --json", "events --json", "doctor", "sign-out google")
    said = [outreach(*one.split(), expect=None) for one in words]
    secrets = provider.secrets()
    assert len(secrets) >= 4
    assert not [secret for secret in secrets for one in said if secret in one.out + one.err]
    assert os.environ["OUTREACH_SMTP_CLIENT_SECRET"] in secrets
