"""Who we are at the mail server: a password (PLAIN, LOGIN), or an OAuth token in its place (XOAUTH2).

Gmail and Microsoft 365 are leaving passwords. A token comes from a command that prints one, or from a refresh
token, which is exchanged at the provider's token address (RFC 6749, 6). Secrets are never part of an error.
"""

import asyncio
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import aiosmtplib

from outreach.errors import ServerFault
from outreach.outbox.server import SmtpServer
from outreach.outbox.token import NoTokenError, printed_token

_EARLY_SECONDS = 120
_USUAL_SECONDS = 600


class Login:
    """The login at one server. A token is kept for as long as it holds, and asked for anew after a refusal."""

    def __init__(self, server: SmtpServer) -> None:
        """Take the server, with its secrets."""
        self._server = server
        self._token = ""
        self._token_until = 0.0

    async def log_in(self, smtp: aiosmtplib.SMTP) -> None:
        """Log in on an open connection, if the server is to know who we are.

        Raises aiosmtplib's exceptions, and ServerFault where no token can be had.
        """
        if self._server.uses_token:
            await self._with_token(smtp)
        elif self._server.username:
            await self._with_password(smtp)

    async def _with_password(self, smtp: aiosmtplib.SMTP) -> None:
        """One way, once: a wrong password tried in three ways would lock the account three times as fast."""
        name, password = self._server.username, self._server.password.get_secret_value()
        offered = smtp.server_auth_methods
        if "plain" in offered:
            await smtp.auth_plain(name, password)  # RFC 4616
        elif "login" in offered:
            await smtp.auth_login(name, password)
        else:
            await smtp.login(name, password)

    async def _with_token(self, smtp: aiosmtplib.SMTP) -> None:
        kept = time.time() < self._token_until - _EARLY_SECONDS
        if not kept:
            await self._renew()
        try:
            await smtp.auth_xoauth2(self._server.username, self._token)
        except aiosmtplib.SMTPAuthenticationError:
            if not kept:
                raise
            await self._renew()  # it may have been taken back before its time
            await smtp.auth_xoauth2(self._server.username, self._token)

    async def _renew(self) -> None:
        server = self._server
        if server.token_command:
            self._token, seconds = await _from_command(server.token_command), _USUAL_SECONDS
        else:
            self._token, seconds = await asyncio.to_thread(_from_refresh_token, server)
        self._token_until = time.time() + seconds


async def _from_command(command: str) -> str:
    try:
        return await asyncio.to_thread(printed_token, command)
    except NoTokenError as error:
        raise _no_token(str(error)) from None


def _from_refresh_token(server: SmtpServer) -> tuple[str, int]:
    """Exchange the refresh token for an access token (RFC 6749, 6). Return it and the seconds for which it holds."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": server.refresh_token.get_secret_value(),
        "client_id": server.client_id,
    }
    if secret := server.client_secret.get_secret_value():
        form["client_secret"] = secret
    request = urllib.request.Request(server.token_url, urllib.parse.urlencode(form).encode())  # noqa: S310  (https is required by the settings)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: Any = json.loads(response.read(1_000_000))
    except urllib.error.HTTPError as error:
        raise _no_token(f"{server.token_url} answered {error.code}: {_words(error)}") from None
    except (OSError, ValueError) as error:
        fault = _no_token(f"{server.token_url} can't be asked: {error}")
        fault.standing, fault.passing = False, True
        raise fault from None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise _no_token(f"{server.token_url} gave no access token")
    seconds = answer.get("expires_in")
    return token, seconds if isinstance(seconds, int) and seconds > 0 else _USUAL_SECONDS


def _words(error: urllib.error.HTTPError) -> str:
    try:
        answer = json.loads(error.read(100_000))
        return str(answer.get("error_description") or answer.get("error"))[:300]
    except (OSError, ValueError, AttributeError):
        return str(error.reason)


def _no_token(what: str) -> ServerFault:
    fault = ServerFault(
        "server.no-token",
        "No token for the mail server: {what}.",
        what=what,
        remedy="See docs/mail-server.md, signing in.",
    )
    fault.standing = True
    return fault
