"""What a sign-in gave, where the mail password has its home; and the access tokens that it is exchanged for.

A provider may renew the refresh token at each use (RFC 6749, 6; RFC 9700, 4.14.2): the new one is written down before
the access token is used, and one process at a time asks, so that none of them is left with one that is spent. One
sign-in serves the mail that goes out and the mail that comes in, at the hosts for which it was given and no other.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from pydantic import SecretStr

from outreach import clock, platform
from outreach.errors import ServerFault, SettingsError
from outreach.mail_password import Home, Protocol, forget_entry, keep_entry, kept_entry, password_for
from outreach.outbox.sign_in.oauth import OAuthApp, RefusedGrantError, Tokens
from outreach.outbox.sign_in.providers import providers
from outreach.presets import presets
from outreach.settings import Settings
from outreach.witness.installation import state_dir

_EARLY_SECONDS = 120
_NOTED_AGAIN = timedelta(days=1)
"""That a sign-in was used is written down once a day: each use is one more write to the keyring."""
_LOCK = ".sign-in.lock"


@dataclass(frozen=True, slots=True)
class Grant:
    """What the owner of an account granted. Moments are in UTC."""

    provider: str
    account: str
    refresh: SecretStr
    client_id: str
    hosts: tuple[str, ...]
    signed_in_at: datetime
    used_at: datetime
    ends_at: datetime | None = None
    """When it ends whatever is done, where the provider told."""
    refused: str = ""
    """The provider's words, once it has taken the grant back."""

    def as_text(self) -> str:
        """Return it as it is kept."""
        return json.dumps(
            {
                "provider": self.provider, "account": self.account, "refresh_token": self.refresh.get_secret_value(),
                "client_id": self.client_id, "hosts": self.hosts, "signed_in_at": self.signed_in_at.isoformat(),
                "used_at": self.used_at.isoformat(), "ends_at": self.ends_at.isoformat() if self.ends_at else "",
                "refused": self.refused,
            }
        )  # fmt: skip

    @classmethod
    def from_text(cls, text: str) -> "Grant":
        """Return what is kept. Raises SettingsError where it is damaged."""
        try:
            found = json.loads(text)
            return cls(
                found["provider"], found["account"], SecretStr(found["refresh_token"]), found["client_id"],
                tuple(found["hosts"]), _moment(found["signed_in_at"]), _moment(found["used_at"]),
                _moment(found["ends_at"]) if found["ends_at"] else None, found["refused"],
            )  # fmt: skip
        except (ValueError, KeyError, TypeError):
            raise SettingsError(
                "sign-in.damaged", "What was kept of the sign-in is damaged.", remedy="Sign in again{SIGN_IN_MAIL}."
            ) from None

    def renewed(self, tokens: Tokens, now: datetime) -> "Grant":
        """Return it as it is after a use."""
        ends = now + timedelta(seconds=tokens.refresh_seconds) if tokens.refresh_seconds else self.ends_at
        return replace(self, refresh=tokens.refresh or self.refresh, used_at=now, ends_at=ends)


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where access tokens come from: a grant that is kept, or a refresh token that stands in the settings."""

    settings: Settings = field(repr=False)
    app: OAuthApp
    entry: str
    host: str = ""
    """The server that the tokens are shown to, in small letters."""
    first: Grant | None = None
    """What holds as long as nothing is kept under the entry."""

    def access_token(self, *, fresh: bool = False) -> SecretStr:
        """Return an access token; a `fresh` one where the server has refused the last. It may take a minute.

        Raises ServerFault: a standing one where the provider takes the grant no more, a passing one where it can't be
        asked. Raises SettingsError where the grant can't be read or kept.
        """
        held = _held.get(self._key)
        if held is not None and not fresh and time.time() < held[1] - _EARLY_SECONDS:
            return held[0]
        with alone(self.settings):
            return self._renewed()

    @property
    def _key(self) -> str:
        return f"{state_dir(self.settings)} {self.entry}"

    def _renewed(self) -> SecretStr:
        grant, home = _kept(self.settings, self.entry)
        grant = grant or self.first
        if grant is None:
            raise self._gone("nobody is signed in")
        if self.first is None and (self.host not in grant.hosts or self.app.client_id != grant.client_id):
            raise self._gone("somebody signed in with another application, or for another mail server")
        if grant.refused:
            raise self._gone(grant.refused)
        now = clock.now()
        try:
            tokens = self.app.renew(grant.refresh)
        except RefusedGrantError as refused:
            if self.first is None:
                _keep(self.settings, self.entry, replace(grant, refused=str(refused)), home)
            raise self._gone(str(refused)) from None
        after = grant.renewed(tokens, now)
        if after.refresh != grant.refresh or (self.first is None and after.used_at - grant.used_at > _NOTED_AGAIN):
            _keep(self.settings, self.entry, after, home)
        _held[self._key] = (tokens.access, time.time() + tokens.seconds)
        return tokens.access

    def _gone(self, why: str) -> ServerFault:
        _held.pop(self._key, None)
        if self.first is not None:
            fault = ServerFault(
                "server.no-token", "No token for the mail server: {what}.",
                what=f"{self.app.title} takes smtp_refresh_token no more: {why}",
                remedy="Get a new one, or take it out and sign in{SIGN_IN_MAIL}.",
            )  # fmt: skip
        else:
            fault = ServerFault(
                "server.signed-out", "{title} does not let us in: {why}.", title=self.app.title, why=why.rstrip("."),
                provider=self.app.title.lower(), remedy="Sign in{SIGN_IN_MAIL}.",
            )  # fmt: skip
        fault.standing = True
        return fault


_held: dict[str, tuple[SecretStr, float]] = {}
"""The access tokens that this process holds, and until when (seconds since 1970). They are written nowhere."""


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Let no other process change what was granted, or ask for a token, meanwhile. Raises SettingsError.

    It may take as long as a provider does to answer: nothing else that others wait for is to be held meanwhile.
    """
    path = state_dir(settings) / _LOCK
    with ExitStack() as stack:
        try:
            stack.enter_context(platform.locked(path))
        except OSError as error:
            raise SettingsError(
                "file.not-written", "{path} can't be written: {error}.", path=path, error=error.strerror
            ) from None
        yield


def token_source(settings: Settings, protocol: Protocol) -> TokenSource | None:
    """Return where the tokens for a protocol come from; None where it takes a password, or a command's token.

    What stands in the settings goes before what was signed in. Where nobody has signed in yet with a service for which
    one does, the source says so when it is asked, and gives tokens once somebody has. Raises SettingsError where what
    is kept can't be read.
    """
    if protocol is Protocol.SMTP:
        command, password, host, account = (
            settings.smtp_token_command, settings.smtp_password, settings.smtp_host, settings.smtp_username
        )  # fmt: skip
        if (refresh := settings.smtp_refresh_token).get_secret_value() and not command:
            return _from_settings(settings, refresh)
    else:
        command, password, host, account = (
            settings.imap_token_command, settings.imap_password, settings.imap_host, settings.imap_username
        )  # fmt: skip
    if command or password.get_secret_value() or not (host and account and settings.smtp_client_id):
        return None
    grant, _ = kept_grant(settings, account)
    if grant is None:
        name = presets()[settings.provider].sign_in if settings.provider else ""
        if not name or password_for(settings, protocol).get_secret_value():
            return None
    elif host.lower() not in grant.hosts or grant.client_id != settings.smtp_client_id:
        return None
    else:
        name = grant.provider
    return TokenSource(settings, OAuthApp.configured(settings, providers()[name]), entry_of(account), host.lower())


def kept_grant(settings: Settings, account: str) -> tuple[Grant | None, Home | None]:
    """Return what was granted for an account, and where it is kept. Raises SettingsError where it can't be read."""
    return _kept(settings, entry_of(account))


def keep_grant(settings: Settings, grant: Grant, *, in_file: bool = False) -> Home:
    """Keep what was granted in the place of what was before. Return where. Raises SettingsError.

    To be called `alone`.
    """
    entry = entry_of(grant.account)
    home = keep_entry(settings, entry, grant.as_text(), in_file=in_file)
    _held.pop(f"{state_dir(settings)} {entry}", None)
    return home


def forget_grant(settings: Settings, account: str) -> None:
    """Forget what was granted for an account. To be called `alone`. Raises SettingsError."""
    entry = entry_of(account)
    forget_entry(settings, entry)
    _held.pop(f"{state_dir(settings)} {entry}", None)


def entry_of(account: str) -> str:
    """Return what the grant of an account is kept under."""
    return f"oauth {account.casefold()}"


def _from_settings(settings: Settings, refresh: SecretStr) -> TokenSource:
    """A refresh token of the settings; where the provider renews it, the new one is kept under the digest of this."""
    digest = hashlib.sha256(refresh.get_secret_value().encode()).hexdigest()[:24]
    app = OAuthApp(
        urlsplit(settings.smtp_token_url).hostname or "", settings.smtp_client_id, settings.smtp_client_secret,
        settings.smtp_token_url,
    )  # fmt: skip
    now = clock.now()
    first = Grant("", settings.smtp_username, refresh, settings.smtp_client_id, (), now, now)
    return TokenSource(settings, app, f"oauth renewed {digest}", first=first)


def _kept(settings: Settings, entry: str) -> tuple[Grant | None, Home | None]:
    text, home = kept_entry(settings, entry)
    return (Grant.from_text(text) if text else None), home


def _keep(settings: Settings, entry: str, grant: Grant, home: Home | None) -> None:
    try:
        keep_entry(settings, entry, grant.as_text(), in_file=home is Home.FILE)
    except SettingsError:
        if home is Home.FILE:
            raise
        # The keyring was locked in between: what the provider has renewed is given once, and the one before is spent.
        keep_entry(settings, entry, grant.as_text(), in_file=True)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
