"""Signing in at a provider (OAuth 2.0, RFC 6749): by its page with PKCE (RFC 7636, RFC 8252), or by a code (RFC 8628).

What is asked and how answers are understood is oauthlib's; here are the requests, which follow no redirection and give
up after half a minute. No secret is part of an error.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from oauthlib.oauth2 import Client, DeviceClient, OAuth2Error, WebApplicationClient
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidGrantError, MismatchingStateError
from pydantic import SecretStr

from outreach.errors import Problem, ServerFault, UserError
from outreach.outbox.sign_in.providers import Provider
from outreach.settings import Settings, is_safe_address

_SECONDS = 30
_MOST_BYTES = 1_000_000
_MOST_WORDS = 300
_VERIFIER_LENGTH = 64
_USUAL_SECONDS = 600
_DOWN = frozenset({"server_error", "temporarily_unavailable"})  # RFC 6749, 4.1.2.1
_DEVICE_SECONDS, _DEVICE_INTERVAL, _SLOWER_SECONDS = 900, 5, 5  # RFC 8628, 3.2 and 3.5


class RefusedGrantError(Exception):
    """The provider takes the refresh token no more (`invalid_grant`): only a new sign-in helps. Says its words."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gave. Seconds count from now; None where it does not say."""

    access: SecretStr
    seconds: int
    """How long the access token holds."""
    refresh: SecretStr | None = None
    """A new refresh token, which takes the place of the one before."""
    refresh_seconds: int | None = None
    """How long the refresh token holds at all, where the provider tells."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A code that a person types on another machine (RFC 8628, 3.2)."""

    user_code: str
    page: str
    device_code: SecretStr
    seconds: int
    interval: int


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """The team's own application at a provider."""

    title: str
    client_id: str
    client_secret: SecretStr
    token_url: str
    authorize_url: str = ""
    device_url: str = ""
    revoke_url: str = ""
    scope: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def configured(cls, settings: Settings, provider: Provider) -> "OAuthApp":
        """Return the application of the settings at a provider. Raises UserError, with the steps, where none is set."""
        if not settings.smtp_client_id:
            raise UserError(
                "sign-in.no-application",
                "{title} lets only applications in that it knows, and no application of yours is set (smtp_client_id). "
                "It is registered once, in some minutes:",
                title=provider.title,
                problems=[
                    Problem("sign-in.step", "{step}", step=step, where=str(number))
                    for number, step in enumerate(provider.steps_said, start=1)
                ],
            )

        def at(url: str, own: str) -> str:
            return own or url.replace("{tenant}", settings.oauth_tenant)

        return cls(
            title=provider.title,
            client_id=settings.smtp_client_id,
            client_secret=settings.smtp_client_secret,
            token_url=at(provider.token_url, settings.smtp_token_url),
            authorize_url=at(provider.authorize_url, settings.oauth_authorize_url),
            device_url=at(provider.device_url, settings.oauth_device_url),
            revoke_url=at(provider.revoke_url, settings.oauth_revoke_url),
            scope=provider.scope,
            extra=provider.extra,
        )

    def renew(self, refresh: SecretStr) -> Tokens:
        """Get an access token for a refresh token (RFC 6749, 6). Raises RefusedGrantError and ServerFault."""
        client = Client(self.client_id)
        body = client.prepare_refresh_body(
            refresh_token=refresh.get_secret_value(), client_id=self.client_id, **self._secret()
        )
        return self._tokens(client, body, refresh)

    def exchange(self, code: str, verifier: SecretStr, redirect: str) -> Tokens:
        """Get tokens for the code that came back (RFC 6749, 4.1.3; RFC 7636, 4.5)."""
        client = WebApplicationClient(self.client_id)
        body = client.prepare_request_body(
            code=code, redirect_uri=redirect, code_verifier=verifier.get_secret_value(), **self._secret()
        )
        return self._tokens(client, body, SecretStr(code), verifier)

    def ask_device_code(self) -> DeviceCode:
        """Ask for a code that is typed elsewhere (RFC 8628, 3.1). Raises ServerFault."""
        client = DeviceClient(self.client_id, **self._secret())
        asked = client.prepare_request_uri(_as_https(self.device_url), scope=self.scope.split())
        answer = self._answered(self.device_url, urllib.parse.urlsplit(asked).query)
        code, user_code = answer.get("device_code"), answer.get("user_code")
        page = answer.get("verification_uri") or answer.get("verification_url")  # as Google says
        if not all(isinstance(one, str) and one.isprintable() for one in (code, user_code, page)):
            raise self._odd()
        if not is_safe_address(str(page)):
            raise self._odd()
        return DeviceCode(
            str(user_code), str(page), SecretStr(str(code)),
            _number(answer.get("expires_in")) or _DEVICE_SECONDS, _number(answer.get("interval")) or _DEVICE_INTERVAL,
        )  # fmt: skip

    def ask_device(self, code: DeviceCode, wait: int) -> tuple[Tokens | None, int]:
        """Ask whether the person has said yes (RFC 8628, 3.4). Return the tokens or None, and how long to wait then.

        Raises UserError where they said no or the code has run out, ServerFault.
        """
        client = DeviceClient(self.client_id)
        body = client.prepare_request_body(
            code.device_code.get_secret_value(), include_client_id=True, **self._secret()
        )
        try:
            return self._tokens(client, body, code.device_code), wait
        except _PendingError as pending:
            return None, wait + (_SLOWER_SECONDS if str(pending) == "slow_down" else 0)

    def revoke(self, refresh: SecretStr) -> bool:
        """Tell the provider that the token is no longer wanted (RFC 7009). Return whether it has a place for that.

        Raises ServerFault where it can't be told.
        """
        if not self.revoke_url:
            return False
        client = Client(self.client_id)
        _, _, body = client.prepare_token_revocation_request(
            _as_https(self.revoke_url), refresh.get_secret_value(), token_type_hint="refresh_token",  # noqa: S106
            client_id=self.client_id, **self._secret(),
        )  # fmt: skip
        status, answer = self._post(self.revoke_url, body)
        if status >= 400:
            raise self._no_token(f"{self.revoke_url} answered {status}: {self._words(answer, refresh)}")
        return True

    def _secret(self) -> dict[str, str]:
        secret = self.client_secret.get_secret_value()
        return {"client_secret": secret} if secret else {}

    def _tokens(self, client: Client, body: str, *secrets: SecretStr) -> Tokens:
        answer = self._answered(self.token_url, body, client, *secrets)
        access = answer.get("access_token")
        if not isinstance(access, str) or not access or not access.isprintable() or " " in access:
            raise self._no_token(f"{self.token_url} gave no access token")
        refresh = answer.get("refresh_token")
        return Tokens(
            SecretStr(access),
            _number(answer.get("expires_in")) or _USUAL_SECONDS,
            SecretStr(refresh) if isinstance(refresh, str) and refresh else None,
            _number(answer.get("refresh_token_expires_in")),  # Google, while the application is being tested
        )

    def _answered(self, url: str, body: str, client: Client | None = None, *secrets: SecretStr) -> dict[str, Any]:
        status, raw = self._post(url, body)
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            fault = self._no_token(f"{url} answered {status}, and nothing that can be understood")
            raise _passing(fault) if _is_down(status) else fault
        words = self._words(raw, *secrets)
        if client is None:
            if status >= 400 or "error" in found:
                raise self._no_token(f"{url} answered {status}: {words}")
            return found
        try:
            return dict(client.parse_request_body_response(raw.decode("utf-8", "replace"), scope=None))
        except InvalidGrantError:
            raise RefusedGrantError(words) from None
        except AccessDeniedError:
            raise denied(self.title) from None
        except OAuth2Error as error:
            if error.error in ("authorization_pending", "slow_down"):
                raise _PendingError(error.error) from None
            if error.error == "expired_token":
                raise too_late() from None
            fault = self._no_token(f"{url} answered {status}: {words}")
            raise (_passing(fault) if _is_down(status) or str(error.error) in _DOWN else fault) from None
        except (ValueError, TypeError, AttributeError):
            raise self._odd() from None

    def _post(self, url: str, body: str) -> tuple[int, bytes]:
        """Post a form and return the status and what was answered. Raises ServerFault where nobody answers."""
        request = urllib.request.Request(  # noqa: S310  (the settings take https and loopback only)
            url, body.encode("ascii"), {"Accept": "application/json", "User-Agent": "outreach"}
        )
        try:
            with _OPENER.open(request, timeout=_SECONDS) as response:
                return response.status, response.read(_MOST_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _body_of(error)
        except (OSError, HTTPException, ValueError) as error:
            raise _passing(self._no_token(f"{url} can't be asked: {error}")) from None

    def _words(self, raw: bytes, *secrets: SecretStr) -> str:
        """What the provider says of an error, on one line, without anything secret that it may repeat."""
        try:
            found = json.loads(raw)
            said = " ".join(str(found[key]) for key in ("error", "error_description") if found.get(key))
        except (ValueError, AttributeError, TypeError):
            said = ""
        for secret in (self.client_secret, *secrets):
            if value := secret.get_secret_value():
                said = said.replace(value, "…")
        return " ".join(said.split())[:_MOST_WORDS] or "no reason"

    def _odd(self) -> ServerFault:
        return self._no_token(f"{self.title} gave an answer that can't be understood")

    def _no_token(self, what: str) -> ServerFault:
        fault = ServerFault(
            "server.no-token", "No token for the mail server: {what}.", what=what,
            remedy="See docs/mail-server.md, signing in.",
        )  # fmt: skip
        fault.standing = True
        return fault


class PageSignIn:
    """One sign-in by the provider's page: the address to open, and what came back from it."""

    def __init__(self, app: OAuthApp, redirect: str, account: str) -> None:
        """Take the application, where the page sends the browser back to, and the account that is to be signed in."""
        self._app, self._redirect = app, redirect
        self._client = WebApplicationClient(app.client_id)
        self._state = self._client.state_generator()
        self._verifier = SecretStr(self._client.create_code_verifier(_VERIFIER_LENGTH))
        self._account = account

    @property
    def address(self) -> str:
        """The page to open. Its challenge and state are of use to nobody else."""
        asked = self._client.prepare_request_uri(
            _as_https(self._app.authorize_url),
            redirect_uri=self._redirect,
            scope=self._app.scope.split(),
            state=self._state,
            code_challenge=self._client.create_code_challenge(self._verifier.get_secret_value(), "S256"),
            code_challenge_method="S256",
            login_hint=self._account,
            **self._app.extra,
        )
        return self._app.authorize_url + str(asked).removeprefix(_as_https(self._app.authorize_url))

    def is_answer(self, came_back: str) -> bool:
        """Tell whether an address that a browser was sent back to belongs to this sign-in."""
        states = urllib.parse.parse_qs(urllib.parse.urlsplit(came_back).query).get("state", [])
        return states == [self._state] and came_back.startswith(self._redirect)  # the page's own address has it too

    def finish(self, came_back: str) -> Tokens:
        """Get the tokens for the address that the browser was sent back to.

        Raises UserError where it is another sign-in's, or the person said no; ServerFault.
        """
        if not came_back.startswith(self._redirect):
            raise _not_this()
        try:
            # RFC 8252, 8.3 lets loopback go without TLS; the library takes no plain http, wherever it leads.
            found = self._client.parse_request_uri_response(_as_https(came_back), state=self._state)
        except MismatchingStateError:
            raise _not_this() from None
        except AccessDeniedError:
            raise denied(self._app.title) from None
        except OAuth2Error as error:
            raise UserError(
                "sign-in.not-done", "{title} did not let us in: {why}. Nothing was kept.",
                title=self._app.title, why=" ".join(str(error.description or error.error).split())[:_MOST_WORDS],
                remedy="Sign in again{SIGN_IN_MAIL}.",
            ) from None  # fmt: skip
        try:
            return self._app.exchange(str(found["code"]), self._verifier, self._redirect)
        except RefusedGrantError as error:
            raise UserError(
                "sign-in.code-refused",
                "{title} did not take the code that its page had given: {why}. Nothing was kept.",
                title=self._app.title, why=str(error), remedy="Sign in again{SIGN_IN_MAIL}.",
            ) from None  # fmt: skip


def denied(title: str) -> UserError:
    """Return what is said where the person turned us away at the provider's page."""
    return UserError(
        "sign-in.denied", "At {title}'s page it was not allowed. Nothing was kept.", title=title,
        remedy="Sign in again{SIGN_IN_MAIL}, and allow it there.",
    )  # fmt: skip


def too_late() -> UserError:
    """Return what is said where nobody signed in for so long that the page or the code holds no more."""
    return UserError(
        "sign-in.too-late", "Nobody signed in in time. Nothing was kept.", remedy="Sign in again{SIGN_IN_MAIL}."
    )


class _PendingError(Exception):
    """The person has not answered yet (RFC 8628, 3.5): `authorization_pending` or `slow_down`."""


class _NoRedirectionHandler(urllib.request.HTTPRedirectHandler):
    """A token address that sends elsewhere is not followed: a secret would go where nobody meant it to."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirectionHandler)


def _is_down(status: int) -> bool:
    """Whether a provider says that it can't answer now (RFC 9110, 15.6; RFC 6585, 4): that blames nobody's sign-in."""
    return status >= 500 or status == HTTPStatus.TOO_MANY_REQUESTS


def _passing(fault: ServerFault) -> ServerFault:
    fault.standing, fault.passing = False, True
    return fault


def _as_https(url: str) -> str:
    """The same with https, for the library, which takes plain http to this machine itself for unsafe."""
    return "https" + url.removeprefix("http") if url.startswith("http://") else url


def _body_of(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(_MOST_BYTES)
    except (OSError, HTTPException):
        return b""


def _number(value: Any) -> int | None:
    try:
        number = int(value)
    except (TypeError, ValueError):
        return None
    return number if number > 0 else None


def _not_this() -> UserError:
    return UserError(
        "sign-in.other-answer", "That address is no answer to this sign-in. Nothing was kept.",
        remedy="Sign in again{SIGN_IN_MAIL}, and take the whole address that the browser ends at.",
    )  # fmt: skip
