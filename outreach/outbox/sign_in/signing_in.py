"""Signing the team's mail account in and out: from both doors, by the provider's page or by a code.

Whoever signs in is written down in the transaction that keeps what was granted.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from outreach import clock
from outreach.actors import Actor
from outreach.database import writing
from outreach.errors import Fault, OutreachError, UserError
from outreach.mail_password import Home
from outreach.outbox.sign_in.grant import Grant, alone, forget_grant, keep_grant, kept_grant
from outreach.outbox.sign_in.loopback import Loopback
from outreach.outbox.sign_in.oauth import DeviceCode, OAuthApp, PageSignIn, Tokens, too_late
from outreach.outbox.sign_in.providers import Provider, providers
from outreach.people.audit import record
from outreach.sentences import one_of
from outreach.settings import Settings
from outreach.settings_watch import touch
from outreach.vocabulary import Act

PAGE_SECONDS = 600
"""So long somebody may take at the provider's page."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in now, and where what was granted is kept."""

    title: str
    account: str
    home: Home


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Who was signed out, and whether the provider knows: None where it has no place to be told."""

    title: str
    account: str
    told: bool | None

    @property
    def rest(self) -> str:
        """What is left to do about it, in words."""
        if self.told:
            return f"what was granted is forgotten, and {self.title} was told."
        if self.told is None:
            return f"what was granted is forgotten. {self.title} is told at its own page of the account."
        return f"what was granted is forgotten, but {self.title} could not be told: take it back at its page as well."


class Keeper:
    """Keeps what one sign-in gives: for which account, at which hosts, by whom."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        name: str,
        *,
        by: Actor,
        in_file: bool = False,
        folder: Path | None = None,
    ) -> None:
        """Take who is to be signed in with whom, and the folder of the settings: whatever sends by them begins anew
        then. Raises UserError where a setting is missing."""
        self.provider = provider_of(name)
        self.account = account_for(settings, self.provider)
        self.app = OAuthApp.configured(settings, self.provider)
        self._engine, self._settings, self._by, self._in_file = engine, settings, by, in_file
        self._folder = folder

    def keep(self, tokens: Tokens) -> SignedIn:
        """Keep it, with who did it. Raises UserError where there is nothing to keep, SettingsError."""
        if tokens.refresh is None:
            raise UserError(
                "sign-in.not-lasting", "{title} let us in for an hour only. Nothing was kept.",
                title=self.provider.title,
                remedy="See that the application may have offline access, and sign in again{SIGN_IN_MAIL}.",
            )  # fmt: skip
        now = clock.now()
        settings = self._settings
        grant = Grant(
            self.provider.name, self.account, tokens.refresh, settings.smtp_client_id,
            tuple(host.lower() for host in dict.fromkeys((settings.smtp_host, settings.imap_host)) if host), now, now,
            now + timedelta(seconds=tokens.refresh_seconds) if tokens.refresh_seconds else None,
        )  # fmt: skip
        with alone(settings), writing(self._engine) as session:
            record(session, self._by, Act.MAIL_ACCOUNT_SIGNED_IN, self.account, self.provider.title)
            home = keep_grant(settings, grant, in_file=self._in_file)
            _begin_anew(self._folder)
        return SignedIn(self.provider.title, self.account, home)


class _Attempt:
    """One sign-in that is under way, in whatever thread it comes to its end."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._outcome: SignedIn | OutreachError | None = None

    @property
    def outcome(self) -> SignedIn | OutreachError | None:
        """What came of it; None as long as it is under way."""
        return self._outcome

    def wait(self, seconds: float) -> SignedIn:
        """Wait for its end. Raises what it failed with; UserError where nobody signed in for so long."""
        if not self._ended.wait(seconds):
            raise too_late()
        assert self._outcome is not None
        if isinstance(self._outcome, OutreachError):
            raise self._outcome
        return self._outcome

    def rest(self, seconds: float, stop: threading.Event) -> None:
        """Wait until it has ended, is told to stop, or so many seconds are over."""
        over = time.monotonic() + seconds
        while not (self._ended.wait(_LOOK_SECONDS) or stop.is_set() or time.monotonic() > over):
            pass

    def _end(self, get: Callable[[], Tokens]) -> SignedIn | OutreachError:
        """Come to the end with what `get` returns, once: whoever comes later is told what came of it."""
        with self._lock:
            if self._outcome is None:
                try:
                    self._outcome = self.keeper.keep(get())
                except OutreachError as error:
                    self._outcome = error
                self._ended.set()
            return self._outcome


class PageAttempt(_Attempt):
    """A sign-in by the provider's page, whose browser comes back to this machine, or whose address is pasted."""

    def __init__(self, keeper: Keeper, back_to: str = "") -> None:
        """Listen on a free port of loopback. Raises Fault where there is none, UserError where a setting is missing."""
        super().__init__(keeper)
        try:
            self._loopback = Loopback(keeper.provider.redirect_host, self._came_back, back_to)
        except OSError as error:
            raise Fault("sign-in.no-port", "No port of this machine is free: {error}.", error=error.strerror) from None
        self._page = PageSignIn(keeper.app, self._loopback.redirect, keeper.account)
        self.address = self._page.address
        """The page to open."""

    def take(self, came_back: str) -> SignedIn:
        """Take the address that a browser ended at, as a person pasted it. Raises UserError, SettingsError, Fault."""
        came_back = came_back.strip()
        if not self._page.is_answer(came_back):
            self._page.finish(came_back)  # which says why
        found = self._end(lambda: self._page.finish(came_back))
        if isinstance(found, OutreachError):
            raise found
        return found

    def close(self) -> None:
        """Listen no more."""
        self._loopback.close()

    def _came_back(self, address: str) -> str | None:
        if not self._page.is_answer(address):
            return None
        found = self._end(lambda: self._page.finish(address))
        if isinstance(found, OutreachError):
            return str(found.says)
        return f"{found.account} is signed in with {found.title}. You can close this window."


class DeviceAttempt(_Attempt):
    """A sign-in by a code that is typed on another machine."""

    def __init__(self, keeper: Keeper) -> None:
        """Ask the provider for a code. Raises UserError where it gives none, ServerFault."""
        super().__init__(keeper)
        if not keeper.app.device_url:
            raise UserError(
                "sign-in.no-device-code", "{title} gives no codes for mail.", title=keeper.provider.title,
                provider=keeper.provider.name,
                remedy="Sign in by its page, which may be opened on another computer{SIGN_IN_ELSEWHERE}.",
            )  # fmt: skip
        self.code: DeviceCode = keeper.app.ask_device_code()

    def ask_until_done(self, pause: Callable[[float], bool]) -> None:
        """Ask the provider until the person has answered or the code has run out; `pause` waits, and says to stop.

        Between two questions lies what the provider asks for, and five seconds more after each `slow_down` (RFC 8628,
        3.5). A network that fails for a moment ends nothing.
        """
        wait, left = self.code.interval, float(self.code.seconds)
        while self._outcome is None:
            if pause(wait):
                return
            left -= wait
            try:
                tokens, wait = self.keeper.app.ask_device(self.code, wait)
            except OutreachError as error:
                if getattr(error, "passing", False) and left > 0:
                    continue
                self._end_with(error)
                return
            if tokens is not None:
                self._end(partial(_same, tokens))
            elif left <= 0:
                self._end_with(too_late())

    def _end_with(self, error: OutreachError) -> None:
        def fail() -> Tokens:
            raise error

        self._end(fail)


def _same(tokens: Tokens) -> Tokens:
    return tokens


def sign_out(engine: Engine, settings: Settings, name: str, *, by: Actor, folder: Path | None = None) -> SignedOut:
    """Tell the provider that what was granted is no longer wanted (RFC 7009), and forget it in any case.

    Whatever sends by the settings of the folder marks no other letter: its connections are signed in still.
    Raises UserError where nobody is signed in, SettingsError.
    """
    provider = provider_of(name)
    account = account_for(settings, provider)
    grant, _ = kept_grant(settings, account)
    if grant is None or grant.provider != name:
        raise UserError(
            "sign-in.nobody", "{account} is not signed in with {title}.", account=account, title=provider.title
        )  # fmt: skip
    told: bool | None = None
    try:
        told = OAuthApp.configured(settings, provider).revoke(grant.refresh) or None
    except (Fault, UserError):
        told = False
    with alone(settings), writing(engine) as session:
        record(session, by, Act.MAIL_ACCOUNT_SIGNED_OUT, account, provider.title)
        forget_grant(settings, account)
        _begin_anew(folder)
    return SignedOut(provider.title, account, told)


def _begin_anew(folder: Path | None) -> None:
    """Let whatever sends look for its sign-in anew; within the transaction, so that each mark is before it or after."""
    if folder is not None:
        touch(folder)


def provider_of(name: str) -> Provider:
    """Return the provider of a name. Raises UserError."""
    found = providers().get(name)
    if found is None:
        raise UserError(
            "sign-in.unknown-provider", "There is no provider {name!r}.", name=name, known=one_of([*providers()]),
            remedy="Take {known}.",
        )  # fmt: skip
    return found


def account_for(settings: Settings, provider: Provider) -> str:
    """Return the account that is to be signed in: that of the mail server. Raises UserError where none is set."""
    if not (settings.smtp_host and settings.smtp_username):
        raise UserError(
            "sign-in.no-account", "No mail account is set, so that nobody can be signed in.",
            preset=provider.preset,
            remedy='Write provider = "{preset}" and smtp_username (the whole address) into outreach.toml first.',
        )  # fmt: skip
    return settings.smtp_username
