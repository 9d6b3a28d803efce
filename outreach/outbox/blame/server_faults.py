"""What is wrong with a mail server, in words with a cure: its certificate, its TLS, the login, the network."""

import ssl

import aiosmtplib
from aiosmtplib import SMTPResponseException

from outreach.errors import ServerFault
from outreach.network_words import why_not_reached
from outreach.outbox.blame.blamed import CURES, FOR_PROGRAMS, LOGIN_REFUSED, cure_of
from outreach.outbox.blame.judgement import Judgement, judged
from outreach.outbox.dialogue import on_one_line
from outreach.outbox.server import SmtpServer
from outreach.presets import presets
from outreach.sentences import Remedy
from outreach.vocabulary import Stage

CERTIFICATE_CURES = {
    10: "It has expired: its owner must renew it.",
    9: "It is not valid yet: check this machine's clock.",
    18: "It is signed by itself: ask its owner for one that an authority has signed.",
    19: "The authority that signed it is not known to this machine.",
    20: "The authority that signed it is not known to this machine.",
    62: "Check smtp_host: it must be the name that the certificate was made out to.",
    64: "Check smtp_host: it must be the name that the certificate was made out to.",
}
"""What to do about a certificate, by OpenSSL's number of what is wrong with it."""


def fault(server: SmtpServer, error: BaseException) -> ServerFault:
    """Return the fault that an error in opening a connection comes to."""
    if (tls := _tls_error(error)) is not None:
        return _standing(_tls_fault(server, tls))
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        if 400 <= error.code < 500:  # RFC 4954, 6: 454 means try again later; the password is not to blame
            return _passing(
                ServerFault(
                    "server.no-login-now",
                    "{server} can't take a login now: {error}.",
                    server=server,
                    error=_said(error),
                    remedy="It is tried again by itself; where that goes on, ask your mail provider.",
                )
            )
        return _standing(
            ServerFault(
                "server.login-refused",
                "{server} refused the login of {username!r}: {error}.",
                server=server,
                username=server.username,
                error=_said(error),
                remedy=_login_cure(server, judged(Stage.CONNECT, error.code, error.message)),
            )
        )
    if isinstance(error, SMTPResponseException):
        return ended(server, error.code, error.message)
    if isinstance(
        error, aiosmtplib.SMTPNotSupported | aiosmtplib.SMTPConnectError | OSError | aiosmtplib.SMTPException
    ):
        return _without_answer(server, error)
    return _passing(
        ServerFault(
            "server.hung-up",
            "{server} hung up: {error}.",
            server=server,
            error=error,
            remedy="Check smtp_host and smtp_port.",
        )
    )


def _login_cure(server: SmtpServer, judgement: Judgement) -> Remedy:
    """What to do about a refused login. Providers with a sign-in of their own refuse the account's right password."""
    named = judgement.reason is not None and judgement.reason.name not in (LOGIN_REFUSED, FOR_PROGRAMS)
    theirs = next((one for one in presets().values() if one.sign_in and server.host == one.settings["smtp_host"]), None)
    if theirs is not None and not named and not server.uses_token:
        return Remedy(
            "Check smtp_username. {title} takes from programs an app password, made in the account's security settings "
            "and given{MAIL_LOGIN}, or a sign-in{SIGN_IN_MAIL} at its own page.",
            title=theirs.title, provider=theirs.sign_in,
        )  # fmt: skip
    return cure_of(judgement) or Remedy(CURES[LOGIN_REFUSED])


def ended(server: SmtpServer, code: int, text: str) -> ServerFault:
    """Return the fault that it comes to where a server refuses, or ends, a connection in its own words."""
    judgement = judged(Stage.CONNECT, code, text)
    refused = ServerFault(
        "server.wont-talk",
        "{server} won't talk to us: {error}.",
        server=server,
        error=on_one_line(code, text),
        remedy=cure_of(judgement) or "Ask your mail provider, or whoever keeps that server.",
    )
    return _standing(refused) if judgement.of_all else _passing(refused)


def _without_answer(server: SmtpServer, error: BaseException) -> ServerFault:
    words = str(error)
    if "STARTTLS" in words:
        return _standing(
            ServerFault(
                "server.no-starttls",
                "{server} offers no STARTTLS, so nothing was sent.",
                server=server,
                remedy='If it speaks TLS from the start, set smtp_security = "tls" (port 465); else somebody '
                "may stand between us and it.",
            )
        )
    if "AUTH" in words or "authentication" in words:
        return _standing(
            ServerFault(
                "server.says",
                "{server}: {words}",
                server=server,
                words=words,
                remedy="Check smtp_security, and whether it wants a login.",
            )
        )
    return _passing(
        ServerFault(
            "server.not-reached",
            "{server} can't be reached: {words}.",
            server=server,
            words=why_not_reached(error),
            remedy="Check smtp_host and smtp_port, and the network.",
        )
    )


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def _tls_fault(server: SmtpServer, error: ssl.SSLError) -> ServerFault:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServerFault(
            "server.certificate",
            "The certificate of {server} can't be trusted: {verify_message}.",
            server=server,
            verify_message=error.verify_message,
            remedy=Remedy(CERTIFICATE_CURES.get(error.verify_code, "Ask the owner of the mail server.")),
        )
    return ServerFault(
        "server.no-tls",
        "{server} and we agree on no TLS: {reason}.",
        server=server,
        reason=error.reason or error,
        remedy="Check smtp_port and smtp_security: 587 goes with starttls, 465 with tls.",
    )


def _standing(found: ServerFault) -> ServerFault:
    found.standing = True
    return found


def _passing(found: ServerFault) -> ServerFault:
    found.passing = True
    return found


def _said(error: SMTPResponseException) -> str:
    return on_one_line(error.code, error.message)
