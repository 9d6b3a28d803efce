"""Signing the mail account in: by the provider's page, by a code; what is kept, renewed, taken back, and told of it.

The provider is a real OAuth server on loopback (tests/oauth_server.py); browsers and a person's pasting are requests.
"""

import base64
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from outbox.conftest import Letters, Send
from sqlalchemy import Engine, text

from outreach import clock
from outreach.actors import named
from outreach.database import reading
from outreach.doctor.readable import findings as all_findings
from outreach.errors import OutreachError, ServerFault, SettingsError, UserError
from outreach.inbox.mailbox import imap
from outreach.mail_password import Home, Protocol, keep, keep_entry, password_file
from outreach.outbox.server import SmtpServer
from outreach.outbox.sign_in import sign_in_standing
from outreach.outbox.sign_in.grant import keep_grant, kept_grant, token_source
from outreach.outbox.sign_in.oauth import OAuthApp
from outreach.outbox.sign_in.providers import providers
from outreach.outbox.sign_in.signing_in import DeviceAttempt, Keeper, PageAttempt, SignedIn, sign_out
from outreach.outbox.usable import require_usable
from outreach.people.audit import entries
from outreach.presets import presets
from outreach.responses.answers import record_answers
from outreach.settings import Settings
from outreach.settings_watch import SettingsWatch
from outreach.vocabulary import Act
from tests.inbox.inbox_mails import answer
from tests.inbox.scripted_imap import ScriptedImap
from tests.oauth_server import CLIENT, SECRET, OAuthServer, follow, redirected
from tests.outbox.test_outbox_connection import Heard
from tests.scripted_smtp import Dialogue, ScriptedSmtp

ACCOUNT = "secretariat@coalition.example"
ANA = named("Ana")


@pytest.fixture
def provider() -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        yield server


def settings_for(provider: OAuthServer, **changes: Any) -> Settings:
    values = {
        "smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_username": ACCOUNT, "imap_host": "127.0.0.1",
        "imap_username": ACCOUNT, "imap_security": "none",
    }  # fmt: skip
    return Settings.model_validate(values | provider.settings | changes)


def sign_in(engine: Engine, settings: Settings, name: str = "google") -> SignedIn:
    attempt = PageAttempt(Keeper(engine, settings, name, by=ANA))
    try:
        follow(attempt.address)
        return attempt.wait(30)
    finally:
        attempt.close()


def refused(attempt: PageAttempt) -> OutreachError:
    """What an attempt failed with."""
    with pytest.raises(OutreachError) as caught:
        attempt.wait(30)
    return caught.value


def token_of(settings: Settings, protocol: Protocol = Protocol.SMTP, **how: bool) -> str:
    source = token_source(settings, protocol)
    assert source is not None
    return source.access_token(**how).get_secret_value()


def kept(settings: Settings) -> Any:
    grant, _ = kept_grant(settings, ACCOUNT)
    return grant


def said_of(settings: Settings) -> list[tuple[str, str, str]]:
    return [(one.verdict, str(one.words), str(one.cure or "")) for one in sign_in_standing.findings(settings)]


# Signing in


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["google", "microsoft"])
def test_one_signs_in_by_the_page_and_it_serves_mail_out_and_in(
    engine: Engine, provider: OAuthServer, letters: Letters, send: Send, name: str
) -> None:
    letters(6)
    heard = Heard(AUTH="235 2.7.0 welcome")
    mails = {3: answer("Yes.")}
    with ScriptedImap(mails) as box, ScriptedSmtp(heard, extensions=("AUTH XOAUTH2",)) as smtp:
        settings = settings_for(provider, imap_port=box.port)
        found = sign_in(engine, settings, name)
        assert (found.account, found.home) == (ACCOUNT, Home.FILE)
        summary = send(smtp.port, **settings.model_dump(exclude={"smtp_port", "smtp_host", "mode", "smtp_connections"}))
        assert summary.states == {"sent": 6}
        assert imap.sync(engine, settings, record=record_answers).taken == 1
    tokens = {base64.b64decode(said.split()[2]).split(b"Bearer ")[1].strip(b"\x01") for said in heard.starting("AUTH")}
    assert len(tokens) == 1, "one token for all connections"
    (token,) = tokens
    spoken = next(words for words in box.said if words.startswith("AUTHENTICATE XOAUTH2"))
    assert (
        base64.b64decode(spoken.split()[-1]) == b"user=" + ACCOUNT.encode() + b"\x01auth=Bearer " + token + b"\x01\x01"
    )
    assert len(provider.asked_at("/token")) == 2, "the code was exchanged, and one token was got for both"
    page = provider.asked_at("/authorize")[0]
    assert page["redirect_uri"].startswith(f"http://{providers()[name].redirect_host}:")
    assert (page["login_hint"], page["scope"]) == (ACCOUNT, providers()[name].scope)
    if name == "google":
        assert (page["access_type"], page["prompt"]) == ("offline", "consent")


def test_who_signed_in_and_out_is_recorded(engine: Engine, provider: OAuthServer) -> None:
    settings = settings_for(provider)
    sign_in(engine, settings)
    sign_out(engine, settings, "google", by=ANA)
    found = [(one.action, one.who, one.subject, one.detail) for one in entries(engine)]
    assert found == [
        (Act.MAIL_ACCOUNT_SIGNED_OUT, "Ana", ACCOUNT, "Google"),
        (Act.MAIL_ACCOUNT_SIGNED_IN, "Ana", ACCOUNT, "Google"),
    ]


def test_a_browser_with_another_state_is_turned_away_and_the_right_one_still_gets_in(
    engine: Engine, provider: OAuthServer
) -> None:
    settings = settings_for(provider)
    attempt = PageAttempt(Keeper(engine, settings, "google", by=ANA))
    back = redirected(attempt.address)
    place, _, query = back.partition("?")
    for wrong in (
        f"{place}?code=x&state=y",
        f"{place}?code=x",
        f"{place}?{query}&state=y",
        f"{place}other?{query}",
        place,
    ):
        assert follow(wrong)[0] == 404, wrong
    assert attempt.outcome is None
    assert kept(settings) is None
    with pytest.raises(UserError, match="no answer to this sign-in"):
        attempt.take(f"{place}?code=x&state=y")
    assert follow(back)[0] == 200
    assert attempt.wait(30).account == ACCOUNT
    assert follow(back)[0] == 200, "a page that is loaded again"
    attempt.close()
    assert len(provider.asked_at("/token")) == 1


def test_a_code_that_another_sign_in_was_given_is_refused(engine: Engine, provider: OAuthServer) -> None:
    """PKCE (RFC 7636): whoever put their own code into our browser has no verifier of ours."""
    settings = settings_for(provider)
    theirs, ours = (PageAttempt(Keeper(engine, settings, "google", by=ANA)) for _ in range(2))
    code = redirected(theirs.address).partition("code=")[2].partition("&")[0]
    back = redirected(ours.address)
    mixed = back.replace(back.partition("code=")[2].partition("&")[0], code)
    _, page = follow(mixed)
    error = refused(ours)
    assert error.code == "sign-in.code-refused"
    assert code not in str(error), "the server repeats it"
    assert code not in page
    assert kept(settings) is None
    for one in (theirs, ours):
        one.close()


def test_a_person_who_says_no_is_told_so(engine: Engine, provider: OAuthServer) -> None:
    provider.agrees = False
    attempt = PageAttempt(Keeper(engine, settings_for(provider), "google", by=ANA))
    assert "not allowed" in follow(attempt.address)[1]
    assert refused(attempt).code == "sign-in.denied"
    attempt.close()
    assert entries(engine) == []


def test_an_address_that_is_pasted_does_as_well(engine: Engine, provider: OAuthServer) -> None:
    attempt = PageAttempt(Keeper(engine, settings_for(provider), "microsoft", by=ANA))
    assert attempt.take(f"  {redirected(attempt.address)}\n").title == "Microsoft"
    attempt.close()


def test_nobody_is_waited_for_for_ever(engine: Engine, provider: OAuthServer) -> None:
    attempt = PageAttempt(Keeper(engine, settings_for(provider), "google", by=ANA))
    with pytest.raises(UserError, match="in time"):
        attempt.wait(0)
    attempt.close()


def test_without_an_application_each_step_is_told(engine: Engine, provider: OAuthServer) -> None:
    for name, redirect in (("google", "http://127.0.0.1"), ("microsoft", "http://localhost")):
        with pytest.raises(UserError) as caught:
            Keeper(engine, settings_for(provider, smtp_client_id=""), name, by=ANA)
        steps = [str(one) for one in caught.value.problems]
        assert len(steps) >= 5
        assert any(redirect in step for step in steps)
        assert any("smtp_client_id" in step for step in steps)


def test_an_account_is_needed_first(engine: Engine, provider: OAuthServer) -> None:
    with pytest.raises(UserError, match="No mail account") as caught:
        Keeper(engine, settings_for(provider, smtp_username=""), "google", by=ANA)
    assert 'provider = "gmail"' in str(caught.value.remedy)


def test_secrets_go_over_tls_or_to_this_machine_only() -> None:
    for name in ("smtp_token_url", "oauth_authorize_url", "oauth_device_url", "oauth_revoke_url"):
        for wrong in (
            "http://elsewhere.test/",
            "http://127.0.0.1:x@elsewhere.test/",
            "https://a:b@elsewhere.test",
            "ftp://x",
        ):
            with pytest.raises(ValueError, match="https"):
                Settings.model_validate({name: wrong})
    with pytest.raises(ValueError, match="directory"):
        Settings(oauth_tenant="a/../b")
    app = OAuthApp.configured(Settings(smtp_client_id="x", oauth_tenant="coalition.example"), providers()["microsoft"])
    assert app.token_url == "https://login.microsoftonline.com/coalition.example/oauth2/v2.0/token"
    for one in providers().values():
        for url in (one.authorize_url, one.token_url, one.device_url, one.revoke_url):
            assert not url or url.startswith("https://")


def test_a_provider_that_can_not_be_asked_may_be_asked_again(engine: Engine, provider: OAuthServer) -> None:
    settings = settings_for(provider)
    sign_in(engine, settings)
    elsewhere = settings.model_copy(update={"smtp_token_url": "http://127.0.0.1:1/token"})
    with pytest.raises(ServerFault, match="can't be asked") as caught:
        token_of(elsewhere, fresh=True)
    assert caught.value.passing
    assert not caught.value.standing


@pytest.mark.parametrize(
    ("answered", "passes"),
    [
        ((503, "<html>Service Unavailable</html>"), True), ((429, '{"error": "temporarily_unavailable"}'), True),
        ((500, '{"error": "server_error"}'), True), ((400, '{"error": "temporarily_unavailable"}'), True),
        ((400, '{"error": "invalid_client"}'), False), ((404, "<html>"), False),
    ],
)  # fmt: skip
def test_a_provider_that_is_down_for_now_asks_for_nobody_s_cure(
    provider: OAuthServer, monkeypatch: pytest.MonkeyPatch, answered: tuple[int, str], passes: bool
) -> None:
    settings = settings_for(provider, smtp_refresh_token="given-by-hand")
    monkeypatch.setattr(OAuthApp, "_post", lambda *_: (answered[0], answered[1].encode()))
    with pytest.raises(ServerFault, match="No token for the mail server") as caught:
        token_of(settings)
    assert (caught.value.passing, caught.value.standing) == (passes, not passes)


# By a code


def test_one_signs_in_with_a_code_and_asks_as_often_as_the_provider_likes(
    engine: Engine, provider: OAuthServer
) -> None:
    provider.device_answers = ["authorization_pending", "slow_down", "authorization_pending"]
    settings = settings_for(provider)
    attempt = DeviceAttempt(Keeper(engine, settings, "microsoft", by=ANA))
    assert (attempt.code.user_code, attempt.code.page) == ("WDJB-MJHT", f"{provider.url}/type")
    waits: list[float] = []
    attempt.ask_until_done(lambda seconds: bool(waits.append(seconds)))
    assert attempt.wait(0).account == ACCOUNT
    assert waits == [1, 1, 6, 6], "five seconds more after slow_down (RFC 8628, 3.5)"
    assert provider.asked_at("/device")[0]["scope"] == providers()["microsoft"].scope
    assert token_of(settings)


@pytest.mark.heavy
@pytest.mark.parametrize(("said", "code"), [("access_denied", "sign-in.denied"), ("expired_token", "sign-in.too-late")])
def test_a_code_that_is_turned_down_or_runs_out_keeps_nothing(
    engine: Engine, provider: OAuthServer, said: str, code: str
) -> None:
    provider.device_answers = [said]
    settings = settings_for(provider)
    attempt = DeviceAttempt(Keeper(engine, settings, "microsoft", by=ANA))
    attempt.ask_until_done(lambda _seconds: False)
    with pytest.raises(UserError) as caught:
        attempt.wait(0)
    assert caught.value.code == code
    assert kept(settings) is None


@pytest.mark.heavy
def test_a_code_that_nobody_types_is_asked_for_until_it_has_run_out(engine: Engine, provider: OAuthServer) -> None:
    provider.device_answers = ["authorization_pending"] * 5000
    attempt = DeviceAttempt(Keeper(engine, settings_for(provider), "microsoft", by=ANA))
    waited: list[float] = []
    attempt.ask_until_done(lambda seconds: bool(waited.append(seconds)) or len(waited) > 2)
    assert attempt.outcome is None, "it was told to stop"
    assert len(provider.asked_at("/token")) == 2
    attempt.ask_until_done(lambda seconds: bool(waited.append(seconds)))
    with pytest.raises(UserError, match="in time"):
        attempt.wait(0)
    assert sum(waited) == 1800 + 3, "as long as the provider lets the code hold"


def test_google_gives_no_codes_for_mail(engine: Engine, provider: OAuthServer) -> None:
    with pytest.raises(UserError, match="gives no codes for mail"):
        DeviceAttempt(Keeper(engine, settings_for(provider, oauth_device_url=""), "google", by=ANA))


# What is renewed is kept


def test_a_renewed_token_is_kept_before_it_is_used(engine: Engine, provider: OAuthServer) -> None:
    settings = settings_for(provider)
    sign_in(engine, settings)
    before = kept(settings).refresh.get_secret_value()
    first = token_of(settings)
    after = kept(settings).refresh.get_secret_value()
    assert after != before
    assert provider.refresh_tokens == {before: False, after: True}
    assert token_of(settings) == first, "as long as it holds it is not asked for again"
    assert token_of(settings, fresh=True) != first
    assert [good for good in provider.refresh_tokens.values() if good] == [True]


def test_what_is_renewed_while_the_keyring_is_locked_is_kept_in_the_file(
    engine: Engine, provider: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider gives it once, and the token before it is spent."""
    import keyring
    from keyring.backend import KeyringBackend
    from keyring.errors import KeyringError

    class Ring(KeyringBackend):
        priority = 1  # type: ignore[assignment]
        locked = False
        kept: dict[str, str]

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get(username)

        def set_password(self, service: str, username: str, password: str) -> None:
            if self.locked:
                raise KeyringError("it is locked")
            self.kept[username] = password

        def delete_password(self, service: str, username: str) -> None:
            self.set_password(service, username, "")

    ring = Ring()
    ring.kept = {}
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    settings = settings_for(provider)
    assert sign_in(engine, settings).home is Home.KEYRING
    ring.locked = True
    first = token_of(settings)
    assert token_of(settings, fresh=True) != first, "with the token that was renewed meanwhile"
    assert [good for good in provider.refresh_tokens.values() if good] == [True]


def test_what_runs_already_goes_on_once_somebody_has_signed_in(engine: Engine, provider: OAuthServer) -> None:
    """The desk starts with nobody signed in: there they sign in."""
    settings = settings_for(provider).model_copy(update={"provider": "gmail"})
    require_usable(settings)
    server = SmtpServer.configured(settings)
    assert server.tokens is not None
    with pytest.raises(ServerFault, match="nobody is signed in") as caught:
        server.tokens.access_token()
    assert caught.value.standing
    sign_in(engine, settings)
    assert server.tokens.access_token().get_secret_value() in provider.access_tokens
    sign_out(engine, settings, "google", by=ANA)
    with pytest.raises(ServerFault, match="nobody is signed in"):
        server.tokens.access_token(fresh=True)
    keep(settings, Protocol.SMTP, "an app password")
    assert token_source(settings, Protocol.SMTP) is None, "Gmail takes those too"


def test_a_token_near_its_end_is_renewed(engine: Engine, provider: OAuthServer) -> None:
    provider.access_seconds = 60
    settings = settings_for(provider)
    sign_in(engine, settings)
    assert token_of(settings) != token_of(settings)


def test_a_refresh_token_of_the_settings_that_is_renewed_is_not_thrown_away(provider: OAuthServer) -> None:
    provider.refresh_tokens["given-by-hand"] = True
    settings = settings_for(provider, smtp_refresh_token="given-by-hand")
    token_of(settings)
    token_of(settings, fresh=True)
    assert provider.asked_at("/token")[0]["refresh_token"] == "given-by-hand"
    assert list(provider.refresh_tokens.values()) == [False, False, True]
    renewed = list(provider.refresh_tokens)[-1]
    assert renewed in password_file(settings).read_text()
    assert "given-by-hand" not in password_file(settings).read_text()


PROCESS = """
import sys
from outreach.mail_password import Protocol
from outreach.outbox.sign_in.grant import token_source
from outreach.settings import load
for _ in range(4):
    source = token_source(load(), Protocol.SMTP)
    source.access_token(fresh=True)
print("done")
"""


@pytest.mark.heavy
def test_several_processes_and_threads_never_use_a_spent_token(
    engine: Engine, provider: OAuthServer, tmp_path: Path
) -> None:
    """The provider ends everything when a refresh token comes twice: whoever asks has the last one."""
    import os

    settings = settings_for(provider)
    sign_in(engine, settings)
    shown = {"smtp_host": "127.0.0.1", "smtp_username": ACCOUNT, **provider.settings}
    environ = os.environ | {f"OUTREACH_{name.upper()}": str(value) for name, value in shown.items()}
    processes = [
        subprocess.Popen([sys.executable, "-c", PROCESS], cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(token_of, settings, fresh=True) for _ in range(12)]
    assert len({one.result() for one in found}) == 12
    for process in processes:
        out, _ = process.communicate()
        assert (process.returncode, out) == (0, "done\n")
    refreshes = [form for form in provider.asked_at("/token") if form["grant_type"] == "refresh_token"]
    assert len(refreshes) == 24
    assert sum(provider.refresh_tokens.values()) == 1


def test_a_server_that_refuses_a_token_is_shown_a_fresh_one(
    engine: Engine, provider: OAuthServer, letters: Letters, send: Send
) -> None:
    letters(1)
    settings = settings_for(provider)
    sign_in(engine, settings)
    stale = token_of(settings)

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        if verb == "AUTH":
            known = base64.b64decode(argument.split()[1]).decode()
            return "535 5.7.8 that one was taken back" if stale in known else "235 2.7.0 welcome"
        return None

    with ScriptedSmtp(script, extensions=("AUTH XOAUTH2",)) as smtp:
        summary = send(smtp.port, **settings.model_dump(exclude={"smtp_port", "smtp_host", "mode", "smtp_connections"}))
    assert summary.states == {"sent": 1}


# What is taken back


def test_a_grant_that_was_taken_back_stops_the_sending_and_says_what_to_do(
    engine: Engine, provider: OAuthServer, letters: Letters, send: Send
) -> None:
    letters(3)
    settings = settings_for(provider)
    sign_in(engine, settings)
    provider.end_all()
    more = settings.model_dump(exclude={"smtp_port", "smtp_host", "mode", "smtp_connections"})
    with ScriptedSmtp(extensions=("AUTH XOAUTH2",)) as smtp, ScriptedImap() as box:
        summary = send(smtp.port, **more)
        with pytest.raises(SettingsError) as caught:
            imap.sync(engine, settings.model_copy(update={"imap_port": box.port}), record=record_answers)
    assert summary.fault is not None
    assert summary.fault.standing
    for error in (summary.fault, caught.value):
        assert "Google does not let us in: invalid_grant" in str(error)
        assert error.remedy is not None
        assert [doing.name for doing in error.remedy.doings] == ["SIGN_IN_MAIL"]
    assert len([form for form in provider.asked_at("/token") if form["grant_type"] == "refresh_token"]) == 1, (
        "asked once"
    )
    assert [verdict for verdict, *_ in said_of(settings)] == ["wrong"]
    sign_in(engine, settings)
    assert token_of(settings)


def test_signing_out_tells_the_provider_and_forgets(engine: Engine, provider: OAuthServer) -> None:
    settings = settings_for(provider)
    sign_in(engine, settings)
    token_of(settings)
    assert sign_out(engine, settings, "google", by=ANA).told is True
    assert not any(provider.refresh_tokens.values())
    assert token_source(settings, Protocol.SMTP) is None
    assert "refresh" not in password_file(settings).read_text()
    with pytest.raises(UserError, match="not signed in with Google"):
        sign_out(engine, settings, "google", by=ANA)


def test_whatever_sends_begins_anew_once_somebody_signs_in_or_out(
    engine: Engine, provider: OAuthServer, tmp_path: Path
) -> None:
    """Its connections are signed in still, and a fault that it waits over may be cured."""
    (tmp_path / "outreach.toml").write_text('mode = "rehearsal"\n')
    watch = SettingsWatch.of(tmp_path)
    settings = settings_for(provider)
    before = watch.settings
    attempt = PageAttempt(Keeper(engine, settings, "google", by=ANA, folder=tmp_path))
    try:
        follow(attempt.address)
        attempt.wait(30)
    finally:
        attempt.close()
    assert not watch.holds(before)
    between = watch.settings
    assert watch.holds(between)
    sign_out(engine, settings, "google", by=ANA, folder=tmp_path)
    assert not watch.holds(between)


def test_signing_out_forgets_though_the_provider_can_not_be_told(engine: Engine, provider: OAuthServer) -> None:
    settings = settings_for(provider)
    sign_in(engine, settings)
    with pytest.raises(UserError, match="not signed in with Microsoft"):
        sign_out(engine, settings, "microsoft", by=ANA)
    gone = settings.model_copy(update={"oauth_revoke_url": "http://127.0.0.1:1/"})
    assert sign_out(engine, gone, "google", by=ANA).told is False
    assert kept(settings) is None


def test_a_token_is_shown_to_no_other_host_and_for_no_other_application(engine: Engine, provider: OAuthServer) -> None:
    settings = settings_for(provider)
    sign_in(engine, settings)
    for changes in ({"smtp_host": "smtp.elsewhere.example"}, {"smtp_client_id": "another"}):
        other = settings.model_copy(update=changes)
        assert token_source(other, Protocol.SMTP) is None
        assert [verdict for verdict, *_ in said_of(other)] == ["wrong"]
    assert token_source(settings.model_copy(update={"imap_username": "other"}), Protocol.IMAP) is None
    assert token_source(settings.model_copy(update={"smtp_token_command": "x"}), Protocol.SMTP) is None


# How long it lasts


def test_a_sign_in_of_an_application_under_test_is_told_of_at_once(engine: Engine, provider: OAuthServer) -> None:
    provider.refresh_seconds = 7 * 86400
    settings = settings_for(provider)
    sign_in(engine, settings)
    (ends, good) = said_of(settings)
    assert ends[0] == "note"
    assert "for a week only" in ends[1]
    assert good[0] == "good"


@pytest.mark.parametrize(
    ("name", "days_unused", "ends_in_days", "verdict", "words"),
    [
        ("google", 0, None, "good", "lasts until"),
        ("microsoft", 75, None, "good", "lasts until"),
        ("microsoft", 80, None, "note", "unless it is used before"),
        ("microsoft", 91, None, "note", "most likely ended"),
        ("google", 170, None, "note", "unless it is used before"),
        ("google", 0, 2, "note", "it ends on"),
        ("google", 0, 20, "good", "it ends on"),
        ("google", 0, -1, "wrong", "it ended on"),
    ],
)
def test_the_end_is_told_before_it_comes(
    engine: Engine,
    provider: OAuthServer,
    name: str,
    days_unused: int,
    ends_in_days: int | None,
    verdict: str,
    words: str,
) -> None:
    from dataclasses import replace

    settings = settings_for(provider)
    sign_in(engine, settings, name)
    now = clock.now()
    keep_grant(
        settings,
        replace(
            kept(settings), used_at=now - timedelta(days=days_unused), signed_in_at=now - timedelta(days=200),
            ends_at=None if ends_in_days is None else now + timedelta(days=ends_in_days),
        ),
    )  # fmt: skip
    found = said_of(settings)[0]
    assert (found[0], words in found[1]) == (verdict, True), found
    assert (sign_in_standing.warning(settings) is None) == (verdict == "good")


def test_what_was_kept_and_is_damaged_is_told(provider: OAuthServer) -> None:
    settings = settings_for(provider)
    keep_entry(settings, f"oauth {ACCOUNT}", '{"provider": "google"}')
    with pytest.raises(SettingsError, match="damaged"):
        token_source(settings, Protocol.SMTP)
    assert said_of(settings)[0][0] == "wrong"


# Secrets


def test_no_secret_is_in_the_database_the_log_an_error_or_a_repr(
    engine: Engine,
    provider: OAuthServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = settings_for(provider)
    seen: list[str] = []
    attempt = PageAttempt(Keeper(engine, settings, "google", by=ANA))
    seen += [repr(attempt.keeper.app), repr(settings), follow(attempt.address)[1]]
    attempt.wait(30)
    attempt.close()
    source = token_source(settings, Protocol.SMTP)
    token_of(settings)
    seen += [repr(source), str(source), repr(kept(settings)), repr(said_of(settings))]
    seen += [repr(one) for one in all_findings(settings, tmp_path)]
    provider.end_all()
    with pytest.raises(ServerFault) as caught:
        token_of(settings, fresh=True)
    seen += [str(caught.value), repr(caught.value), repr(caught.value.facts), repr(kept(settings))]
    sign_in(engine, settings)
    sign_out(engine, settings, "google", by=ANA)
    with reading(engine) as session:
        tables = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        seen += [repr(session.execute(text(f'SELECT * FROM "{table}"')).all()) for table in tables]
    seen += [caplog.text, *capsys.readouterr()]
    secrets = provider.secrets()
    assert len(secrets) >= 5
    for secret in secrets:
        assert not [where[:200] for where in seen if secret in where]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has rights of another kind")
def test_only_its_owner_reads_what_is_kept(engine: Engine, provider: OAuthServer) -> None:
    settings = settings_for(provider)
    sign_in(engine, settings)
    assert password_file(settings).stat().st_mode & 0o777 == 0o600


# Answers of a provider that is none


@pytest.mark.parametrize(
    "answered",
    [
        (200, "not json"), (200, "[1]"), (200, '{"token_type": "Bearer"}'), (200, '{"access_token": 7}'),
        (200, '{"access_token": "a b"}'), (500, "<html>"), (400, '{"error": "invalid_client"}'),
        (200, '{"access_token": "x", "expires_in": "soon"}'), (302, ""), (200, '{"error": ["x"]}'),
    ],
)  # fmt: skip
def test_nonsense_is_a_fault_in_words(provider: OAuthServer, answered: tuple[int, str]) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answered[0])
            if answered[0] == 302:
                self.send_header("Location", f"{provider.url}/token")
            self.send_header("Content-Length", str(len(answered[1])))
            self.end_headers()
            self.wfile.write(answered[1].encode())

        def log_message(self, *_: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/token"
    settings = settings_for(provider, smtp_token_url=url, smtp_refresh_token="given-by-hand")
    try:
        with pytest.raises(ServerFault, match="No token for the mail server") as caught:
            token_of(settings)
        assert "given-by-hand" not in str(caught.value)
        assert provider.asked == [], "a redirection is not followed"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# Presets


def test_each_preset_makes_settings_that_hold(provider: OAuthServer) -> None:
    for name, preset in presets().items():
        made = Settings.model_validate({"provider": name, "from": f"Team <{ACCOUNT}>"})
        for setting, value in preset.settings.items():
            read = getattr(made, setting)
            assert (list(read) if isinstance(read, tuple) else read) == value, (name, setting)
        assert made.smtp_username == (ACCOUNT if preset.full_address else "")
        assert made.imap_username == (ACCOUNT if preset.full_address else "")
        assert all(url.startswith("https://") for url in preset.sources)
    for one in providers().values():
        assert presets()[one.preset].sign_in == one.name


def test_what_the_team_has_set_goes_before_a_preset() -> None:
    given = {"provider": "Gmail", "smtp_username": "other", "rate": "5/day", "smtp_host": "smtp.own.example"}
    made = Settings.model_validate(given)
    assert (made.smtp_username, made.rate, made.smtp_host) == ("other", ("5/day",), "smtp.own.example")
    assert (made.port, made.security) == (587, "starttls"), "port and security belong to a host"
    assert (made.imap_host, made.imap_username) == ("imap.gmail.com", "other")
    assert Settings.model_validate(given | {"no_mailbox": True}).imap_host == ""
    with pytest.raises(ValueError, match="There are gmail, microsoft365"):
        Settings.model_validate({"provider": "gmial"})


def test_the_doctor_tells_the_service_and_that_nobody_is_signed_in() -> None:
    settings = Settings.model_validate({"provider": "microsoft365", "from": f"Team <{ACCOUNT}>"})
    service, sign_in_row = said_of(settings)
    assert "3 connections, 30 letters a minute" in service[1]
    assert sign_in_row[0] == "wrong"
    assert "not signed in with Microsoft" in sign_in_row[1]


def test_the_client_s_secret_is_sent_only_where_there_is_one(engine: Engine, provider: OAuthServer) -> None:
    sign_in(engine, settings_for(provider, smtp_client_secret=""))
    sign_in(engine, settings_for(provider))
    assert [form.get("client_secret") for form in provider.asked_at("/token")] == [None, SECRET]
    assert {form["client_id"] for form in provider.asked_at("/token")} == {CLIENT}
    assert json.loads(kept(settings_for(provider)).as_text())["client_id"] == CLIENT
