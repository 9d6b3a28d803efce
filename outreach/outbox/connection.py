"""One SMTP connection, reused from letter to letter (RFC 5321), and what each letter's dialogue comes to.

The moment between RCPT and DATA matters: there the queue commits its mark. Until the server has answered DATA with
354 nothing can have been accepted; from the final dot to its answer, nobody but the server knows.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import aiosmtplib

from outreach.errors import ServerFault
from outreach.outbox import trouble
from outreach.outbox.dialogue import Answer, Broken, Dialogue, Garbage, taken_over
from outreach.outbox.login import Login
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.parcel import LEASE, Parcel
from outreach.outbox.server import SmtpServer
from outreach.settings import Security

CONNECT_SECONDS = 30
COMMAND_SECONDS = 120
DATA_SECONDS = 600
"""Time limits; RFC 5321, 4.5.3.2 asks for ten minutes after the final dot."""
IDLE_SECONDS = 30
"""A connection that lay idle for so long is closed: servers hang up sooner or later, and other clients want a place."""
_CLOSING = 421  # RFC 5321, 4.2.2: the server closes the connection; it says nothing about the letter
_START_INPUT = 354
# Data is not begun so near the end of the lease that another worker might take the letter for lost meanwhile.
_MARK_HOLDS = LEASE.total_seconds() - 60

Mark = Callable[[], Awaitable[bool]]


async def unmarked() -> bool:
    """Say yes to the data of a mail that stands in no queue."""
    return True


class _HungUp(Exception):
    """The server ended the connection with 421, or refused what no server should refuse."""


class Connection:
    """A connection to one server, opened when it is first needed and again when it was lost."""

    def __init__(self, server: SmtpServer, login: Login | None = None, local_hostname: str | None = None) -> None:
        """Take the server, a login shared with other connections, and the name to greet with (else this machine's)."""
        self._server = server
        self._login = login or Login(server)
        self._local_hostname = local_hostname
        self._dialogue: Dialogue | None = None
        self._extensions: Mapping[str, str] = {}
        self._letters = 0
        self._used_at = 0.0

    @property
    def ready(self) -> bool:
        """Whether it stands and can take a letter at once."""
        return self._dialogue is not None and self._dialogue.quiet and not self._worn()

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the server offers (RFC 5321, 2.2), by name in small letters."""
        return self._extensions

    async def deliver(self, parcel: Parcel, mark: Mark) -> Outcome:
        """Hand one letter over. `mark` is awaited just before DATA; if it says no, nothing is sent.

        Raises ServerFault if the server can't be reached or won't talk to us at all.
        """
        reused = self.ready
        await self.open()
        if (outcome := self._impossible(parcel)) is not None:
            return outcome
        marked = False

        async def mark_once() -> bool:
            nonlocal marked
            marked = await mark()
            return marked

        assert self._dialogue is not None
        try:
            outcome = await self._transact(self._dialogue, parcel, mark_once)
        except (Broken, Garbage, _HungUp) as error:
            self._drop()
            if reused and not marked:  # most likely the server closed an idle connection: not the letter's fault
                return await self.deliver(parcel, mark)
            return Outcome(Verdict.BROKEN, f"the connection broke before the letter was handed over: {error}")
        except BaseException:
            self._drop()  # in the middle of a letter: the next one must not be taken for its continuation
            raise
        self._letters += 1
        self._used_at = time.monotonic()
        return outcome

    async def open(self) -> None:
        """Connect, greet, start TLS and log in, unless a connection stands ready.

        Raises ServerFault if the server can't be reached or won't talk to us at all.
        """
        if self.ready:
            return
        await self.close()
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=self._local_hostname,
            timeout=CONNECT_SECONDS,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
            await self._login.log_in(smtp)
            self._extensions = dict(smtp.esmtp_extensions)
            self._dialogue = taken_over(smtp)
        except (aiosmtplib.SMTPException, Broken, OSError) as error:
            smtp.close()
            raise trouble.fault(server, error) from error
        except BaseException:
            smtp.close()
            raise
        self._letters = 0
        self._used_at = time.monotonic()

    async def close(self) -> None:
        """Say QUIT, if there is a connection."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is None:
            return
        try:
            if dialogue.quiet:
                dialogue.say("QUIT")
                await dialogue.answer(5)
        except (Broken, Garbage):
            pass
        finally:
            dialogue.close()

    async def close_idle(self) -> None:
        """Say QUIT on a connection that has lain idle for long, or that the server has ended."""
        if self._dialogue is not None and not self.ready:
            await self.close()

    def _worn(self) -> bool:
        """Whether the connection has carried enough letters, or lain idle too long, and is to be opened anew."""
        idle = time.monotonic() - self._used_at
        return idle > IDLE_SECONDS or self._letters >= self._server.letters_per_connection

    def _drop(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.close()

    def _impossible(self, parcel: Parcel) -> Outcome | None:
        """What this server can't take, known before a word is said."""
        if parcel.smtputf8 and "smtputf8" not in self._extensions:
            return Outcome(Verdict.NO_SMTPUTF8)
        limit = self._extensions.get("size", "")  # RFC 1870, 4
        if limit.isdigit() and 0 < int(limit) < len(parcel.wire):
            return Outcome(
                Verdict.REFUSED, f"the letter has {len(parcel.wire):,} bytes; the mail server takes {int(limit):,}"
            )
        return None

    async def _transact(self, dialogue: Dialogue, parcel: Parcel, mark: Mark) -> Outcome:
        """MAIL, RCPT, DATA (RFC 5321, 3.3). A break before DATA is answered is the caller's to catch."""
        answers = await self._envelope(dialogue, parcel)
        if isinstance(answers, Outcome):
            return answers
        if not any(answer.verdict is Verdict.ACCEPTED for answer in answers.values()):
            await self._reset(dialogue)
            return _nobody(answers)
        if not dialogue.quiet:
            raise Broken("the server spoke, or hung up, before the letter")
        marked_at = time.time()
        if not await mark():
            await self._reset(dialogue)
            return Outcome(Verdict.NOT_TRIED)
        dialogue.say("DATA")
        answer = await dialogue.answer(COMMAND_SECONDS)
        if answer.code != _START_INPUT:
            refused = await self._refused(dialogue, answer)
            return Outcome(refused.verdict, refused.reply, _all_alike(answers, refused))
        if not dialogue.quiet:
            raise Broken("the server answered before it was asked")
        # The wall clock, since a machine that slept must see that it did.
        if not 0 <= time.time() - marked_at < _MARK_HOLDS:
            raise Broken("this machine stood still between the mark and the data")
        return await self._data(dialogue, parcel, answers)

    async def _envelope(self, dialogue: Dialogue, parcel: Parcel) -> dict[str, RecipientAnswer] | Outcome:
        """Say MAIL and RCPT, in one packet where the server takes that. Return what it says to each recipient."""
        encoding = "utf-8" if parcel.smtputf8 else "ascii"
        answers: dict[str, RecipientAnswer] = {}
        said: list[tuple[str, str]] = []
        for address in parcel.recipients:
            try:
                said.append((address, self._rcpt(address, encoding)))
            except ValueError as error:  # no such address fits into a command
                answers[address] = RecipientAnswer(Verdict.REFUSED, f"the address can't be used: {error}")
        if not said:
            return answers
        mail = self._mail(parcel)
        pipelined = "pipelining" in self._extensions
        dialogue.say(*([mail, *(command for _, command in said)] if pipelined else [mail]), encoding=encoding)
        sender = await dialogue.answer(COMMAND_SECONDS)
        for address, command in said:
            if not pipelined:
                if sender.code // 100 != 2:
                    break
                dialogue.say(command, encoding=encoding)
            answer = await dialogue.answer(COMMAND_SECONDS)
            if answer.code == _CLOSING or answer.code // 100 == 3:
                raise _HungUp(answer.said)
            answers[address] = RecipientAnswer(_verdict(answer.code), answer.said)
        return answers if sender.code // 100 == 2 else await self._refused(dialogue, sender)

    def _mail(self, parcel: Parcel) -> str:
        """MAIL, with what the server offers: SIZE (RFC 1870), 8BITMIME (6152), DSN (3461), SMTPUTF8 (6531)."""
        options = [f"SIZE={len(parcel.wire)}"] if "size" in self._extensions else []
        if "8bitmime" in self._extensions and not parcel.wire.isascii():
            options.append("BODY=8BITMIME")
        if parcel.smtputf8:
            options.append("SMTPUTF8")
        if "dsn" in self._extensions:
            options += ["RET=HDRS", f"ENVID={_xtext(parcel.message_id.strip('<>'))}"]
        return " ".join([f"MAIL FROM:<{parcel.envelope_from}>", *options])

    def _rcpt(self, address: str, encoding: str) -> str:
        if any(character in address for character in "<>\r\n\0 ") or address.count("@") != 1:
            raise ValueError(f"{address!r} is no address")
        address.encode(encoding)
        command = f"RCPT TO:<{address}>"
        if "dsn" in self._extensions:
            command += " NOTIFY=SUCCESS,FAILURE,DELAY"
            if address.isascii():
                command += f" ORCPT=rfc822;{_xtext(address)}"
        return command

    async def _refused(self, dialogue: Dialogue, answer: Answer) -> Outcome:
        """The letter as a whole was refused before its data: for now, for good, or by a server that hangs up."""
        if answer.code == _CLOSING or not _is_refusal(answer.code):
            raise _HungUp(answer.said)
        await self._reset(dialogue)
        return Outcome(_verdict(answer.code), answer.said)

    async def _reset(self, dialogue: Dialogue) -> None:
        """RSET; a connection on which that fails is closed, and nothing is made of it."""
        try:
            dialogue.say("RSET")
            if (await dialogue.answer(COMMAND_SECONDS)).code // 100 == 2:
                return
        except (Broken, Garbage):
            pass
        self._drop()

    async def _data(self, dialogue: Dialogue, parcel: Parcel, answers: dict[str, RecipientAnswer]) -> Outcome:
        try:
            dialogue.send(_dot_stuffed(parcel.wire))
            answer = await dialogue.answer(DATA_SECONDS)
        except Broken as error:
            self._drop()
            words = f"the connection broke after the letter was handed over, before the answer: {error}"
            return Outcome(Verdict.UNCERTAIN, words, _refusals(answers))
        except Garbage as error:
            self._drop()
            words = f"the server gave no answer that can be understood: {error}"
            return Outcome(Verdict.UNCERTAIN, words, _refusals(answers))
        if answer.code == _CLOSING:
            self._drop()
        if answer.code // 100 == 2:
            return Outcome(Verdict.ACCEPTED, answer.said, MappingProxyType(answers))
        if not _is_refusal(answer.code):
            self._drop()
            words = f"the server gave no answer that can be understood: {answer.said}"
            return Outcome(Verdict.UNCERTAIN, words, _refusals(answers))
        outcome = Outcome(_verdict(answer.code), answer.said)
        return Outcome(outcome.verdict, outcome.reply, _all_alike(answers, outcome))


def _dot_stuffed(wire: bytes) -> bytes:
    """The message with its dots doubled at line starts, and the final dot (RFC 5321, 4.5.2)."""
    stuffed = (b"\r\n" + wire).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def _xtext(text: str) -> str:
    """Encode a value as RFC 3461, 4 asks."""
    return "".join(
        character if "!" <= character <= "~" and character not in "+=" else f"+{ord(character):02X}"
        for character in text
    )


def _is_refusal(code: int) -> bool:
    return 400 <= code < 600


def _verdict(code: int) -> Verdict:
    if code < 400:
        return Verdict.ACCEPTED
    return Verdict.DEFERRED if code < 500 else Verdict.REFUSED


def _refusals(answers: Mapping[str, RecipientAnswer]) -> Mapping[str, RecipientAnswer]:
    """Those recipients of whom it is certain that they have no copy."""
    return MappingProxyType({a: one for a, one in answers.items() if one.verdict is not Verdict.ACCEPTED})


def _all_alike(answers: Mapping[str, RecipientAnswer], outcome: Outcome) -> Mapping[str, RecipientAnswer]:
    """The letter was refused for all whom the server had taken; those refused for good before stay so."""
    return MappingProxyType(
        {
            address: one if one.verdict is Verdict.REFUSED else RecipientAnswer(outcome.verdict, outcome.reply)
            for address, one in answers.items()
        }
    )


def _nobody(answers: Mapping[str, RecipientAnswer]) -> Outcome:
    """No recipient was taken: for now if at least one may be later, else for good."""
    later = [answer for answer in answers.values() if answer.verdict is Verdict.DEFERRED]
    words = next(iter(later or answers.values())).reply
    return Outcome(Verdict.DEFERRED if later else Verdict.REFUSED, words, MappingProxyType(dict(answers)))


__all__ = ["IDLE_SECONDS", "Connection", "ServerFault"]
