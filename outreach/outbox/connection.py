"""One SMTP connection, reused from letter to letter (RFC 5321), and what each letter's dialogue comes to.

The moment between RCPT and DATA matters: there the queue commits its mark. Until the server has answered DATA with
354 nothing can have been accepted; from the final dot to its answer, nobody but the server knows.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import aiosmtplib

from outreach.errors import ServerFault
from outreach.outbox.blame import server_faults
from outreach.outbox.blame.judgement import Judgement, judged
from outreach.outbox.claimed import LEASE, ClaimedLetter
from outreach.outbox.dialogue import ConnectionLost, Dialogue, ProtocolError, SmtpReply, lines, taken_over
from outreach.outbox.envelope import Envelope
from outreach.outbox.outcome import Outcome, RecipientAnswer, Verdict
from outreach.outbox.own_name import own_name
from outreach.outbox.server import SmtpServer
from outreach.outbox.sign_in.login import Login
from outreach.settings import Security
from outreach.vocabulary import Blame, Stage

CONNECT_SECONDS = 30
COMMAND_SECONDS = 120
DATA_SECONDS = 600
"""Time limits; RFC 5321, 4.5.3.2 asks for ten minutes after the final dot."""
STALL_SECONDS = 20.0
"""A final dot without an answer for so long: other letters do not wait for it."""
IDLE_SECONDS = 30
"""A connection that lay idle for so long is closed: servers hang up sooner or later, and other clients want a place."""
_LAY_IDLE_SECONDS = 1.0
"""Where a connection that lay idle for so long turns out to be closed, nothing is learned of the letter."""
_CLOSING = 421  # RFC 5321, 4.2.2: the server closes the connection; it says nothing about the letter
# 432 is what some send where an account has too many connections at a time (Microsoft: "Concurrent connections limit").
_HANGS_UP = frozenset({_CLOSING, 432})
_CROWDED = re.compile(r"connection|concurren|simultan|session|thread", re.IGNORECASE)
_START_INPUT = 354
_OF_A_MISSION = frozenset({Stage.RCPT, Stage.DATA, Stage.DOT})
"""The stages at which a server knows whom a letter is for."""
_TOO_MANY = re.compile(r"recipient|destinat|empf", re.IGNORECASE)
_TOO_MANY_STATUS = re.compile(r"[45]\.5\.3(?![\d.])")  # RFC 3463, 3.6; OpenSMTPD says it under 451
# Data is not begun so near the end of the lease that another worker might take the letter for lost meanwhile.
_MARK_HOLDS = LEASE.total_seconds() - 60

Mark = Callable[[], Awaitable[bool]]
Following = Callable[[], ClaimedLetter | None]


async def unmarked() -> bool:
    """Say yes to the data of a mail that stands in no queue."""
    return True


def nothing() -> None:
    """Say that no letter follows."""


class _HungUp(Exception):
    """The server ended the connection with 421, or answered what no server should answer."""

    def __init__(self, answer: SmtpReply, stage: Stage) -> None:
        super().__init__(answer.said)
        self.answer, self.stage = answer, stage

    @property
    def of_the_server(self) -> bool:
        """Whether it was said before a word on whom the letter is for: of the server, and of no letter."""
        return self.stage is Stage.MAIL and self.answer.code in _HANGS_UP


class Connection:
    """A connection to one server, opened when it is first needed and again when it was lost."""

    def __init__(
        self,
        server: SmtpServer,
        login: Login | None = None,
        local_hostname: str | None = None,
        broken: set[int] | None = None,
        takes_others: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the server, a login shared with other connections, the name to greet with (else this machine's), and
        the numbers of letters on which a connection broke, shared too: those are not pipelined again. `takes_others`
        tells whether the server has just taken other letters of ours."""
        self._server = server
        self._login = login or Login(server)
        self._broken = broken if broken is not None else set()
        self._takes_others = takes_others
        self._waits_since: float | None = None
        self._local_hostname = local_hostname
        self._dialogue: Dialogue | None = None
        self._extensions: Mapping[str, str] = {}
        self._letters = 0
        self._used_at = 0.0
        self._announced: Envelope | None = None

    @property
    def standing(self) -> bool:
        """Whether there is a connection, idle or at work."""
        return self._dialogue is not None and self._dialogue.open

    @property
    def stalls(self) -> bool:
        """Whether the server has left a letter without an answer for long; it has it, or has it not."""
        return self._waits_since is not None and time.monotonic() - self._waits_since > STALL_SECONDS

    @property
    def ready(self) -> bool:
        """Whether it stands and can take a letter at once."""
        if self._dialogue is None or self._worn():
            return False
        return self._dialogue.open if self._announced is not None else self._dialogue.quiet

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the server offers (RFC 5321, 2.2), by name in small letters."""
        return self._extensions

    async def deliver(self, claimed: ClaimedLetter, mark: Mark, following: Following = nothing) -> Outcome:
        """Hand one letter over. `mark` is awaited just before DATA; if it says no, nothing is sent.

        `following` is asked for the letter that comes next on this connection, if one is at hand. Raises ServerFault
        if the server can't be reached or won't talk to us at all.
        """
        if self._announced is not None and self._announced.claimed is not claimed:
            self._drop()  # another letter was announced: it is not to be taken for this one
        reused = self.ready
        lay_idle = reused and time.monotonic() - self._used_at > _LAY_IDLE_SECONDS
        await self.open()
        if (outcome := self._impossible(claimed)) is not None:
            return outcome
        marked = False

        async def mark_once() -> bool:
            nonlocal marked
            marked = await mark()
            return marked

        assert self._dialogue is not None
        try:
            outcome = await self._transact(self._dialogue, claimed, mark_once, following)
        except (ConnectionLost, ProtocolError, _HungUp) as error:
            self._drop()
            if (
                marked or not lay_idle
            ):  # else most likely it had ended before this letter, which may be pipelined as ever
                self._broken.add(claimed.id)
            if reused and not marked:  # most likely the server closed an idle connection: not the letter's fault
                return await self.deliver(claimed, mark, following)
            if isinstance(error, _HungUp):
                if error.of_the_server and not marked:
                    raise server_faults.ended(self._server, *error.answer) from error
                return self._hung_up(error)
            words = f"the connection broke before the letter was handed over: {error}"
            return Outcome(Verdict.BROKEN, words, stage=Stage.DATA if marked else Stage.MAIL)
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
            local_hostname=self._local_hostname or server.ehlo_name or await own_name(server.host, server.port),
            timeout=CONNECT_SECONDS,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await _greet(smtp)
            await self._login.log_in(smtp)
            self._extensions = dict(smtp.esmtp_extensions)
            self._dialogue = taken_over(smtp)
        except (aiosmtplib.SMTPException, ConnectionLost, OSError) as error:
            smtp.close()
            raise server_faults.fault(server, error) from error
        except BaseException:
            smtp.close()
            raise
        self._letters = 0
        self._used_at = time.monotonic()

    async def close(self) -> None:
        """Say QUIT, if there is a connection."""
        dialogue, self._dialogue, self._announced = self._dialogue, None, None
        if dialogue is None:
            return
        try:
            if dialogue.quiet:
                dialogue.say("QUIT")
                await dialogue.answer(5)
        except (ConnectionLost, ProtocolError):
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
        dialogue, self._dialogue, self._announced = self._dialogue, None, None
        if dialogue is not None:
            dialogue.close()

    def _impossible(self, claimed: ClaimedLetter) -> Outcome | None:
        """What this server can't take, known before a word is said."""
        if claimed.smtputf8 and "smtputf8" not in self._extensions:
            return Outcome(Verdict.NO_SMTPUTF8, stage=Stage.MAIL, unsaid=True)
        limit = self._extensions.get("size", "")  # RFC 1870, 4
        if limit.isdigit() and 0 < int(limit) < len(claimed.wire):
            words = (
                f"the letter is too large: it has {len(claimed.wire):,} bytes, and the mail server takes {int(limit):,}"
            )
            judgement = Judgement(Blame.LETTER)
            return Outcome(Verdict.REFUSED_UNSEEN, words, stage=Stage.MAIL, judgement=judgement, unsaid=True)
        return None

    async def _transact(self, dialogue: Dialogue, claimed: ClaimedLetter, mark: Mark, following: Following) -> Outcome:
        """MAIL, RCPT, DATA (RFC 5321, 3.3). A break before DATA is answered is the caller's to catch."""
        answers = await self._envelope(dialogue, claimed)
        if isinstance(answers, Outcome):
            return answers
        stopped = next((one for one in answers.values() if one.verdict is Verdict.STOPPED), None)
        if stopped is not None:
            await self._reset(dialogue)
            return Outcome(Verdict.STOPPED, stopped.reply, stage=Stage.RCPT, judgement=stopped.judgement)
        if not any(answer.verdict is Verdict.ACCEPTED for answer in answers.values()):
            await self._reset(dialogue)
            return _nobody(answers)
        if not dialogue.quiet:
            raise ConnectionLost("the server spoke, or hung up, before the letter")
        marked_at = time.time()
        if not await mark():
            await self._reset(dialogue)
            return Outcome(Verdict.NOT_TRIED, stage=Stage.RCPT)
        dialogue.say("DATA")
        answer = await dialogue.answer(COMMAND_SECONDS)
        if answer.code != _START_INPUT:
            refused = await self._refused(dialogue, answer, Stage.DATA)
            return replace(refused, recipients=_all_alike(answers, refused))
        if not dialogue.quiet:
            raise ConnectionLost("the server answered before it was asked")
        # The wall clock, since a machine that slept must see that it did.
        if not 0 <= time.time() - marked_at < _MARK_HOLDS:
            raise ConnectionLost("this machine stood still between the mark and the data")
        return await self._data(dialogue, claimed, answers, following)

    async def _envelope(self, dialogue: Dialogue, claimed: ClaimedLetter) -> dict[str, RecipientAnswer] | Outcome:
        """Say MAIL and RCPT, unless they were said with the letter before. Return what it says to each recipient."""
        said, self._announced = self._announced, None
        envelope = said or Envelope.of(claimed, self._extensions)
        answers = dict(envelope.unusable)
        if not envelope.recipients:
            return answers
        if said is None:
            pipelines = self._pipelines(claimed)
            commands = envelope.commands if pipelines else (envelope.mail,)
            dialogue.say(*commands, encoding=envelope.encoding)
        sender = await dialogue.answer(COMMAND_SECONDS)
        for address, command in envelope.recipients.items():
            if said is None and not pipelines:
                if sender.code // 100 != 2:
                    break
                dialogue.say(command, encoding=envelope.encoding)
            answer = await dialogue.answer(COMMAND_SECONDS)
            if answer.code in _HANGS_UP or answer.code // 100 == 3:
                raise _HungUp(answer, Stage.RCPT)
            answers[address] = self._of_recipient(answer, after_others=_anybody(answers))
        return answers if sender.code // 100 == 2 else await self._refused(dialogue, sender, Stage.MAIL)

    def _pipelines(self, claimed: ClaimedLetter) -> bool:
        """Whether the server takes several commands in one packet (RFC 2920): it says so, and has not broken on it."""
        return "pipelining" in self._extensions and claimed.id not in self._broken

    def _announcement(self, following: Following) -> bytes:
        """The envelope of the letter that comes next, to go in one packet with the end of this one (RFC 2920, 3.1).

        It saves that letter the wait for an answer. Nothing is promised by it: the letter is marked and its data
        asked for when its turn has come, or else it is taken back with the connection.
        """
        if "pipelining" not in self._extensions or self._letters + 1 >= self._server.letters_per_connection:
            return b""
        claimed = following()
        if claimed is None or not self._pipelines(claimed) or self._impossible(claimed) is not None:
            return b""
        envelope = Envelope.of(claimed, self._extensions)
        try:
            said = lines(*envelope.commands, encoding=envelope.encoding)
        except ValueError:  # it is told when the letter's own turn has come
            return b""
        if envelope.recipients:
            self._announced = envelope
            return said
        return b""

    async def _refused(self, dialogue: Dialogue, answer: SmtpReply, stage: Stage) -> Outcome:
        """The letter as a whole was refused before its data: for now, for good, or by a server that hangs up."""
        if answer.code in _HANGS_UP or not _is_refusal(answer.code):
            raise _HungUp(answer, stage)
        await self._reset(dialogue)
        return self._refusal(answer, stage)

    def _hung_up(self, error: _HungUp) -> Outcome:
        """The server ended the connection at this letter, of its own: it had too many of them, or will not have this
        letter for now."""
        answer, stage = error.answer, error.stage
        if not _is_refusal(answer.code):
            words = f"the connection broke before the letter was handed over: {answer.said}"
            return Outcome(Verdict.BROKEN, words, stage=stage)
        crowded = _CROWDED.search(answer.text) is not None
        verdict = Verdict.BROKEN if crowded else Verdict.DEFERRED
        return Outcome(verdict, answer.said, stage=stage, judgement=judged(stage, *answer), crowded=crowded)

    async def _reset(self, dialogue: Dialogue) -> None:
        """RSET; a connection on which that fails is closed, and nothing is made of it."""
        try:
            dialogue.say("RSET")
            if (await dialogue.answer(COMMAND_SECONDS)).code // 100 == 2:
                return
        except (ConnectionLost, ProtocolError):
            pass
        self._drop()

    async def _data(
        self, dialogue: Dialogue, claimed: ClaimedLetter, answers: dict[str, RecipientAnswer], following: Following
    ) -> Outcome:
        try:
            dialogue.send(_dot_stuffed(claimed.wire) + self._announcement(following))
            self._waits_since = time.monotonic()
            answer = await dialogue.answer(DATA_SECONDS)
        except ConnectionLost as error:
            self._drop()
            words = f"the connection broke after the letter was handed over, before the answer: {error}"
            return Outcome(Verdict.UNCERTAIN, words, _refusals(answers))
        except ProtocolError as error:
            self._drop()
            words = f"the server gave no answer that can be understood: {error}"
            return Outcome(Verdict.UNCERTAIN, words, _refusals(answers))
        finally:
            self._waits_since = None
        if answer.code == _CLOSING:
            self._drop()
        if answer.code // 100 == 2:
            return Outcome(Verdict.ACCEPTED, answer.said, MappingProxyType(answers))
        if not _is_refusal(answer.code):
            self._drop()
            words = f"the server gave no answer that can be understood: {answer.said}"
            return Outcome(Verdict.UNCERTAIN, words, _refusals(answers))
        outcome = self._refusal(answer, Stage.DOT)
        if answer.code in _HANGS_UP and _CROWDED.search(answer.text):
            # Exchange Online counts its sessions after the data. It has not taken the letter: a place is free soon.
            self._drop()
            return Outcome(Verdict.BROKEN, answer.said, _refusals(answers), crowded=True, judgement=outcome.judgement)
        return replace(outcome, recipients=_all_alike(answers, outcome))

    def _refusal(self, answer: SmtpReply, stage: Stage) -> Outcome:
        judgement = judged(stage, answer.code, answer.text)
        return Outcome(self._verdict(answer.code, judgement, stage), answer.said, stage=stage, judgement=judgement)

    def _of_recipient(self, answer: SmtpReply, *, after_others: bool) -> RecipientAnswer:
        """What an answer to RCPT says of that recipient. One too many, after others that were taken, gets a
        transaction of its own at once (RFC 5321, 4.5.3.1.10, where 552 is an old server's 452)."""
        if not _is_refusal(answer.code):
            return RecipientAnswer(Verdict.ACCEPTED, answer.said)
        if after_others and (
            _TOO_MANY_STATUS.match(answer.text) or (answer.code in (452, 552) and _TOO_MANY.search(answer.text))
        ):
            return RecipientAnswer(Verdict.ANOTHER_TRANSACTION, answer.said)
        judgement = judged(Stage.RCPT, answer.code, answer.text)
        return RecipientAnswer(self._verdict(answer.code, judgement, Stage.RCPT), answer.said, judgement=judgement)

    def _verdict(self, code: int, judgement: Judgement, stage: Stage) -> Verdict:
        """What comes of a refusal, by whose fault it is. Only one of the address is for good.

        What a mission's own server may have said of us stops the others only where the server takes no others.
        """
        theirs = judgement.perhaps_theirs and stage in _OF_A_MISSION and self._takes_others()
        if judgement.of_all and not theirs:
            return Verdict.STOPPED
        if code < 500 or judgement.waits or judgement.blame is Blame.BUSY:
            return Verdict.DEFERRED
        return Verdict.REFUSED if judgement.blame is Blame.ADDRESS else Verdict.REFUSED_UNSEEN


async def _greet(smtp: aiosmtplib.SMTP) -> None:
    """EHLO; HELO where an old server does not know that (RFC 5321, 3.2)."""
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in (500, 502, 504):
            raise
        await smtp.helo()


def _dot_stuffed(wire: bytes) -> bytes:
    """The message with its dots doubled at line starts, and the final dot (RFC 5321, 4.5.2)."""
    stuffed = (b"\r\n" + wire).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def _is_refusal(code: int) -> bool:
    return 400 <= code < 600


def _anybody(answers: Mapping[str, RecipientAnswer]) -> bool:
    return any(one.verdict is Verdict.ACCEPTED for one in answers.values())


def _refusals(answers: Mapping[str, RecipientAnswer]) -> Mapping[str, RecipientAnswer]:
    """Those recipients of whom it is certain that they have no copy."""
    return MappingProxyType({a: one for a, one in answers.items() if one.verdict is not Verdict.ACCEPTED})


def _all_alike(answers: Mapping[str, RecipientAnswer], outcome: Outcome) -> Mapping[str, RecipientAnswer]:
    """The letter was refused for all whom the server had taken; those refused for good before stay so."""
    return MappingProxyType(
        {
            address: one
            if one.verdict in (Verdict.REFUSED, Verdict.REFUSED_UNSEEN)
            else RecipientAnswer(outcome.verdict, outcome.reply, outcome.stage, outcome.judgement)
            for address, one in answers.items()
        }
    )


def _nobody(answers: Mapping[str, RecipientAnswer]) -> Outcome:
    """No recipient was taken: for now if at least one may be later, else for good."""
    order = (Verdict.DEFERRED, Verdict.REFUSED_UNSEEN, Verdict.REFUSED)
    said = min(answers.values(), key=lambda one: order.index(one.verdict))
    return Outcome(said.verdict, said.reply, MappingProxyType(dict(answers)), Stage.RCPT, said.judgement)


__all__ = ["IDLE_SECONDS", "Connection", "ServerFault"]
