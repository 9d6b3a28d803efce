"""Who we are at the mail server: a password (PLAIN, LOGIN), or an OAuth token in its place (XOAUTH2).

Gmail and Microsoft 365 are leaving passwords. A token comes from a command that prints one, or for what somebody
granted by signing in (`outreach.outbox.sign_in.grant`). Secrets are never part of an error.
"""

import asyncio
import time

import aiosmtplib

from outreach.errors import ServerFault
from outreach.outbox.server import SmtpServer
from outreach.outbox.sign_in.token import NoTokenError, printed_token

_EARLY_SECONDS = 120
_USUAL_SECONDS = 600
"""A command's token is kept for so long: it does not say for how long it holds."""


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
        token, kept = await self._token_now()
        try:
            await smtp.auth_xoauth2(self._server.username, token)
        except aiosmtplib.SMTPAuthenticationError:
            if not kept:
                raise
            token, _ = await self._token_now(fresh=True)  # it may have been taken back before its time
            await smtp.auth_xoauth2(self._server.username, token)

    async def _token_now(self, *, fresh: bool = False) -> tuple[str, bool]:
        """Return a token, and whether it may be one that was there already."""
        if (source := self._server.tokens) is not None:
            found = await asyncio.to_thread(source.access_token, fresh=fresh)
            return found.get_secret_value(), not fresh
        if not fresh and time.time() < self._token_until - _EARLY_SECONDS:
            return self._token, True
        self._token = await _from_command(self._server.token_command)
        self._token_until = time.time() + _USUAL_SECONDS
        return self._token, False


async def _from_command(command: str) -> str:
    try:
        return await asyncio.to_thread(printed_token, command)
    except NoTokenError as error:
        fault = ServerFault(
            "server.no-token",
            "No token for the mail server: {what}.",
            what=error,
            remedy="See docs/mail-server.md, signing in.",
        )
        fault.standing = True
        raise fault from None
