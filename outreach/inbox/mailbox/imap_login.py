"""A connection to the mail server of the settings, logged in: by password, by a token, or by what was granted.

What a person can cure, such as a refused password, is a SettingsError; what the next try may cure, ImapConnectionLost.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from outreach.errors import ServerFault, SettingsError
from outreach.inbox.mailbox.imap_wire import PASSING, ImapConnectionLost
from outreach.mail_password import Protocol, password_for
from outreach.network_words import why_not_reached
from outreach.outbox.sign_in.grant import TokenSource, token_source
from outreach.outbox.sign_in.token import NoTokenError, printed_token
from outreach.settings import Security, Settings

if TYPE_CHECKING:
    from imapclient import IMAPClient

TIMEOUT_SECONDS = 60
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What IMAPClient raises of answers that are no IMAP."""


@contextmanager
def logged_in(settings: Settings, *, timeout: float = TIMEOUT_SECONDS) -> Iterator["IMAPClient"]:
    """A connection to the server of the settings, ended with the block. Whoever uses it does so within `breaking`.

    `timeout` is how long any one answer is waited for, in seconds.
    Raises SettingsError, ServerFault where the server can't be reached, ImapConnectionLost where it breaks off.
    """
    client = _connected(settings, timeout)
    try:
        _log_in(client, settings)
        yield client
    finally:
        with suppress(Exception):
            client.logout()
        with suppress(Exception):  # where the connection is broken already, its end here is still open
            client.shutdown()


def _connected(settings: Settings, timeout: float) -> "IMAPClient":
    from imapclient import IMAPClient

    if not settings.imap_host:
        raise SettingsError(
            "inbox.no-box", "No mail box is set.", remedy="Write imap_host and imap_username into outreach.toml."
        )
    encrypted = settings.imap_security is Security.TLS
    port = settings.imap_port or (993 if encrypted else 143)
    try:
        client = IMAPClient(settings.imap_host, port, ssl=encrypted, timeout=timeout)
        if settings.imap_security is Security.STARTTLS:
            client.starttls(ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        raise SettingsError(
            "inbox.certificate",
            "The certificate of {imap_host} is not to be trusted: {verify_message}.",
            imap_host=settings.imap_host,
            verify_message=error.verify_message,
            remedy="Check imap_host; a server of your own needs a certificate of its name.",
        ) from None
    except OSError as error:
        raise ServerFault(
            "inbox.not-reached",
            "The mail server {imap_host}:{port} can't be reached: {error}.",
            imap_host=settings.imap_host,
            port=port,
            error=why_not_reached(error),
        ) from error
    except Exception as error:
        raise ImapConnectionLost(str(error)) from error
    return client


def _log_in(client: "IMAPClient", settings: Settings) -> None:
    try:
        if settings.imap_token_command:
            client.oauth2_login(settings.imap_username, _token(settings.imap_token_command))
        elif (source := token_source(settings, Protocol.IMAP)) is not None:
            _with_token(client, settings.imap_username, source)
        else:
            client.login(settings.imap_username, password_for(settings, Protocol.IMAP).get_secret_value())
    except (OSError, client.AbortError, UnicodeError) as error:
        raise ImapConnectionLost(str(error)) from error
    except client.Error as error:
        if any(f"[{code}]" in said(error).upper() for code in PASSING):
            raise ImapConnectionLost(said(error)) from error
        if isinstance(error.__context__, client.AbortError):  # IMAPClient makes a login error of a broken connection
            raise ImapConnectionLost(said(error)) from error
        raise SettingsError(
            "inbox.refused",
            "The mail server {imap_host} refuses {imap_username!r}: {error}.",
            imap_host=settings.imap_host,
            imap_username=settings.imap_username,
            error=said(error),
            remedy="Check imap_username, and the password{BOX_LOGIN}, or OUTREACH_IMAP_PASSWORD, or what "
            "imap_token_command prints.",
        ) from None


def _with_token(client: "IMAPClient", account: str, source: TokenSource) -> None:
    """Log in with what somebody granted by signing in; a token that is refused may have been taken back: once more."""
    try:
        try:
            client.oauth2_login(account, source.access_token().get_secret_value())
        except client.Error as error:
            if isinstance(error, client.AbortError) or isinstance(error.__context__, client.AbortError):
                raise
            client.oauth2_login(account, source.access_token(fresh=True).get_secret_value())
    except ServerFault as fault:
        if not fault.standing:
            raise
        # Only a person helps: as with a wrong password, nothing is gained by asking on.
        raise SettingsError(
            "inbox.signed-out", "{why}", why=fault.says, provider=fault.facts.get("provider", ""), remedy=fault.remedy
        ) from None


def _token(command: str) -> str:
    """Return the access token that a command prints, for XOAUTH2; raises SettingsError where it prints none."""
    try:
        return printed_token(command)
    except NoTokenError as error:
        raise SettingsError(
            "inbox.token", "imap_token_command: {error}.", error=error, remedy="Run it by hand; it prints the token."
        ) from None


def said(error: Exception) -> str:
    """Return the server's words of an error."""
    word = error.args[0] if error.args else error
    return (word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word))[:300]


@contextmanager
def breaking() -> Iterator[None]:
    """Tell a broken connection, or a server that talks nonsense, from a fault of our own."""
    from imapclient.exceptions import IMAPClientError, ProtocolError

    try:
        yield
    except (*_NONSENSE, OSError, EOFError, IMAPClientError, ProtocolError) as error:
        raise ImapConnectionLost(said(error) or type(error).__name__) from error
