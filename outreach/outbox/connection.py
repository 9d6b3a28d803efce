"""One SMTP connection, reused from letter to letter (RFC 5321), and what each letter's dialogue comes to.

The commands are given one by one, because the moment between RCPT and DATA matters: there the queue commits its
mark. Until the server has answered DATA with 354 nothing can have been accepted; from the final dot to its
answer, nobody but the server knows.
"""

import ssl
from collections.abc import Awaitable, Callable
from types import MappingProxyType

import aiosmtplib
from aiosmtplib import SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from outreach.errors import ServerFault
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.queue import Parcel
from outreach.outbox.server import SmtpServer
from outreach.settings import Security

CONNECT_SECONDS = 30
COMMAND_SECONDS = 120
DATA_SECONDS = 600
"""Time limits; RFC 5321, 4.5.3.2 asks for ten minutes after the final dot."""
_BREAKS = (SMTPServerDisconnected, SMTPTimeoutError, ConnectionError, TimeoutError, OSError)
_CLOSING = 421  # RFC 5321, 4.2.2: the server closes the connection; it says nothing about the letter


class Connection:
    """A connection to one server, opened when it is first needed and again when it was lost."""

    def __init__(self, server: SmtpServer, local_hostname: str | None = None) -> None:
        """Take the server to talk to, and the name to greet it with (default: this machine's)."""
        self._server = server
        self._local_hostname = local_hostname
        self._smtp: aiosmtplib.SMTP | None = None

    async def deliver(self, parcel: Parcel, mark: Callable[[], Awaitable[bool]]) -> Outcome:
        """Hand one letter over. `mark` is awaited just before DATA; if it says no, nothing is sent.

        Raises ServerFault if the server can't be reached or won't talk to us at all.
        """
        reused = self._smtp is not None and self._smtp.is_connected
        smtp = await self._open()
        if parcel.smtputf8 and not smtp.supports_extension("smtputf8"):
            return Outcome(Verdict.NO_SMTPUTF8)
        marked = False

        async def mark_once() -> bool:
            nonlocal marked
            marked = await mark()
            return marked

        try:
            return await self._transact(smtp, parcel, mark_once)
        except _BREAKS as error:
            self._drop()
            if reused and not marked:  # most likely the server closed an idle connection: not the letter's fault
                return await self.deliver(parcel, mark)
            return Outcome(Verdict.BROKEN, f"the connection broke before the letter was handed over: {error}")

    async def close(self) -> None:
        """Say QUIT, if there is a connection."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None and smtp.is_connected:
            try:
                await smtp.quit(timeout=5)
            except (aiosmtplib.SMTPException, *_BREAKS):
                smtp.close()

    async def _open(self) -> aiosmtplib.SMTP:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password.get_secret_value() or None,
            local_hostname=self._local_hostname,
            timeout=CONNECT_SECONDS,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except (aiosmtplib.SMTPException, *_BREAKS) as error:
            smtp.close()
            raise _fault(server, error) from error
        smtp.timeout = COMMAND_SECONDS
        self._smtp = smtp
        return smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    async def _transact(self, smtp: aiosmtplib.SMTP, parcel: Parcel, mark: Callable[[], Awaitable[bool]]) -> Outcome:
        """MAIL, RCPT, DATA (RFC 5321, 3.3). A break before DATA is answered is the caller's to catch."""
        encoding = "utf-8" if parcel.smtputf8 else "ascii"
        options = [f"SIZE={len(parcel.wire)}"] if smtp.supports_extension("size") else []
        if smtp.supports_extension("8bitmime") and not parcel.wire.isascii():
            options.append("BODY=8BITMIME")
        if parcel.smtputf8:
            options.append("SMTPUTF8")
        try:
            await smtp.mail(parcel.envelope_from, options=options, encoding=encoding)
        except SMTPResponseException as refusal:
            return await self._refused(smtp, refusal)
        answers: dict[str, RecipientAnswer] = {}
        for address in parcel.recipients:
            try:
                reply = await smtp.rcpt(address, encoding=encoding)
                answers[address] = RecipientAnswer(Verdict.ACCEPTED, _said(reply.code, reply.message))
            except SMTPResponseException as refusal:
                if refusal.code == _CLOSING or not _is_refusal(refusal.code):
                    return await self._refused(smtp, refusal)
                answers[address] = RecipientAnswer(_verdict(refusal.code), _said(refusal.code, refusal.message))
            except ValueError as error:  # no such address fits into a command
                answers[address] = RecipientAnswer(Verdict.REFUSED, f"the address can't be used: {error}")
        if not any(answer.verdict is Verdict.ACCEPTED for answer in answers.values()):
            await smtp.rset()
            return _nobody(answers)
        if not await mark():
            await smtp.rset()
            return Outcome(Verdict.NOT_TRIED)
        return await self._data(smtp, parcel, answers)

    async def _refused(self, smtp: aiosmtplib.SMTP, refusal: SMTPResponseException) -> Outcome:
        """The letter as a whole was refused before its data: for now, for good, or by a server that hangs up."""
        said = _said(refusal.code, refusal.message)
        if refusal.code == _CLOSING or not _is_refusal(refusal.code):
            self._drop()
            return Outcome(Verdict.BROKEN, said)
        await smtp.rset()
        return Outcome(_verdict(refusal.code), said)

    async def _data(self, smtp: aiosmtplib.SMTP, parcel: Parcel, answers: dict[str, RecipientAnswer]) -> Outcome:
        go_ahead = await smtp.execute_command(b"DATA")
        if go_ahead.code != aiosmtplib.SMTPStatus.start_input:
            return await self._refused(smtp, SMTPResponseException(go_ahead.code, go_ahead.message))
        try:
            assert smtp.protocol is not None
            smtp.protocol.write(_dot_stuffed(parcel.wire))
            reply = await smtp.protocol.read_response(timeout=DATA_SECONDS)
        except (SMTPResponseException, AssertionError, *_BREAKS) as error:
            self._drop()
            return Outcome(
                Verdict.UNCERTAIN, f"the connection broke after the letter was handed over, before the answer: {error}"
            )
        said = _said(reply.code, reply.message)
        if reply.code == _CLOSING:
            self._drop()
        if 200 <= reply.code < 300:
            return Outcome(Verdict.ACCEPTED, said, MappingProxyType(answers))
        if not _is_refusal(reply.code):
            self._drop()
            return Outcome(Verdict.UNCERTAIN, f"the server gave no answer that can be understood: {said}")
        verdict = _verdict(reply.code)
        refused = {
            address: answer if answer.verdict is Verdict.REFUSED else RecipientAnswer(verdict, said)
            for address, answer in answers.items()
        }
        return Outcome(verdict, said, MappingProxyType(refused))


def _dot_stuffed(wire: bytes) -> bytes:
    """The message with its dots doubled at line starts, and the final dot (RFC 5321, 4.5.2)."""
    stuffed = (b"\r\n" + wire).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def _is_refusal(code: int) -> bool:
    return 400 <= code < 600


def _verdict(code: int) -> Verdict:
    return Verdict.DEFERRED if code < 500 else Verdict.REFUSED


def _said(code: int, message: str) -> str:
    return f"{code} {' '.join(message.split())}"[:1000]


def _nobody(answers: dict[str, RecipientAnswer]) -> Outcome:
    """No recipient was taken: for now if at least one may be later, else for good."""
    later = [answer for answer in answers.values() if answer.verdict is Verdict.DEFERRED]
    words = next(iter(later or answers.values())).reply
    return Outcome(Verdict.DEFERRED if later else Verdict.REFUSED, words, MappingProxyType(answers))


def _fault(server: SmtpServer, error: BaseException) -> ServerFault:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ServerFault(
            f"The certificate of {server} can't be trusted: {cause.verify_message}.",
            cure="Check SMTP_HOST; it must be the name that the certificate was made out to.",
        )
    if isinstance(cause, ssl.SSLError):
        return ServerFault(
            f"{server} and we agree on no TLS: {cause.reason}.", cure="Check SMTP_PORT and SMTP_SECURITY."
        )
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return ServerFault(
            f"{server} refused the login of {server.username!r}: {_said(error.code, error.message)}.",
            cure="Check SMTP_USERNAME and SMTP_PASSWORD.",
        )
    if isinstance(error, SMTPResponseException):
        fault = ServerFault(f"{server} won't talk to us: {_said(error.code, error.message)}.")
        fault.passing = error.code < 500
        return fault
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return ServerFault(f"{server}: {error.message}", cure="Check SMTP_SECURITY and the login.")
    fault = ServerFault(f"{server} can't be reached: {error}.", cure="Check SMTP_HOST and SMTP_PORT, and the network.")
    fault.passing = True
    return fault
