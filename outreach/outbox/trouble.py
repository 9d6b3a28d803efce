"""What is wrong with a mail server, in words with a cure: its certificate, its TLS, the login, the network."""

import ssl

import aiosmtplib
from aiosmtplib import SMTPResponseException

from outreach.errors import ServerFault
from outreach.outbox.server import SmtpServer

_CERTIFICATE_CURES = {
    10: "It has expired: its owner must renew it.",
    9: "It is not valid yet: check this machine's clock.",
    18: "It is signed by itself: ask its owner for one that an authority has signed.",
    19: "The authority that signed it is not known to this machine.",
    20: "The authority that signed it is not known to this machine.",
    62: "Check smtp_host: it must be the name that the certificate was made out to.",
    64: "Check smtp_host: it must be the name that the certificate was made out to.",
}


def fault(server: SmtpServer, error: BaseException) -> ServerFault:
    """Return the fault that an error in opening a connection comes to."""
    if (tls := _tls_error(error)) is not None:
        return _standing(_tls_fault(server, tls))
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        if 400 <= error.code < 500:  # RFC 4954, 6: 454 means try again later; the password is not to blame
            return _passing(ServerFault(f"{server} can't take a login now: {_said(error)}."))
        return _standing(
            ServerFault(
                f"{server} refused the login of {server.username!r}: {_said(error)}.",
                cure="Check smtp_username, and the password (outreach password) or the token (docs/mail-server.md).",
            )
        )
    if isinstance(error, SMTPResponseException):
        refused = ServerFault(f"{server} won't talk to us: {_said(error)}.")
        return _passing(refused) if error.code < 500 else refused
    if isinstance(
        error, aiosmtplib.SMTPNotSupported | aiosmtplib.SMTPConnectError | OSError | aiosmtplib.SMTPException
    ):
        return _without_answer(server, error)
    return _passing(ServerFault(f"{server} hung up: {error}.", cure="Check smtp_host and smtp_port."))


def _without_answer(server: SmtpServer, error: BaseException) -> ServerFault:
    words = str(error)
    if "STARTTLS" in words:
        return _standing(
            ServerFault(
                f"{server} offers no STARTTLS, so nothing was sent.",
                cure='If it speaks TLS from the start, set smtp_security = "tls" (port 465); '
                "else somebody may stand between us and it.",
            )
        )
    if "AUTH" in words or "authentication" in words:
        return _standing(ServerFault(f"{server}: {words}", cure="Check smtp_security, and whether it wants a login."))
    return _passing(
        ServerFault(f"{server} can't be reached: {words}.", cure="Check smtp_host and smtp_port, and the network.")
    )


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def _tls_fault(server: SmtpServer, error: ssl.SSLError) -> ServerFault:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServerFault(
            f"The certificate of {server} can't be trusted: {error.verify_message}.",
            cure=_CERTIFICATE_CURES.get(error.verify_code, "Ask the owner of the mail server."),
        )
    return ServerFault(
        f"{server} and we agree on no TLS: {error.reason or error}.",
        cure="Check smtp_port and smtp_security: 587 goes with starttls, 465 with tls.",
    )


def _standing(found: ServerFault) -> ServerFault:
    found.standing = True
    return found


def _passing(found: ServerFault) -> ServerFault:
    found.passing = True
    return found


def _said(error: SMTPResponseException) -> str:
    return f"{error.code} {' '.join(error.message.split())}"[:1000]
