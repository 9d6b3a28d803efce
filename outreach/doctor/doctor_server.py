"""What the doctor says of the mail server: whether it answers, what it offers, how many connections it takes."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from outreach.diagnosis import Diagnosis, good, noted, wrong
from outreach.doctor.doctor_certificate import validity
from outreach.errors import OutreachError, ServerFault
from outreach.outbox.connection import Connection
from outreach.outbox.server import SmtpServer
from outreach.outbox.server_certificate import ends_at
from outreach.sentences import Remedy, Sentence, saying
from outreach.settings import Security, Settings, is_here
from outreach.witness.server_sizes import note_size

_SMALL = 10_000_000
_MANY_SECONDS = 30


@dataclass(slots=True)
class Greeted:
    """What a server said for itself."""

    extensions: dict[str, str] = field(default_factory=dict)
    milliseconds: float = 0
    taken: int = 1
    """How many connections it took at once."""
    refusal: str | Sentence = ""
    """What it said to one more."""
    certificate_ends: datetime | None = None


_EXTENSIONS = (
    (
        "dsn",
        saying("doctor.dsn", "it reports on delivery when asked (DSN)."),
        saying("doctor.no-dsn", "it does not report on delivery when asked (DSN)."),
    ),
    (
        "smtputf8",
        saying("doctor.smtputf8", "it takes international addresses (SMTPUTF8)."),
        saying("doctor.no-smtputf8", "it takes no international addresses (SMTPUTF8)."),
    ),
    (
        "pipelining",
        saying("doctor.pipelining", "it takes several commands at once (PIPELINING)."),
        saying("doctor.no-pipelining", "it takes one command at a time (no PIPELINING)."),
    ),
)


def server(settings: Settings, largest: tuple[int, str] | None = None, *, busy: bool = False) -> list[Diagnosis]:
    """Connect and log in, as often as it is done for sending, and look at what is offered. Nothing is sent.

    `largest` is the size in bytes of the largest letter that waits, and its campaign. While letters go out (`busy`)
    there is one connection only: those that send are to have theirs.
    """
    if not settings.smtp_host:
        return [_no_server(settings)]
    try:
        server = SmtpServer.configured(settings)
    except OutreachError as error:
        return [Diagnosis("mail server", "wrong", error.says, error.remedy)]
    found = list(_protection(server))
    secretless = _lacks_secret(server)
    if secretless:
        server = replace(server, username="")  # an empty password would be tried, and some servers take it
    try:
        greeted = asyncio.run(_greet(server, 1 if busy else settings.smtp_connections))
    except ServerFault as fault:
        return [*found, Diagnosis("mail server", "wrong", fault.says, fault.remedy)]
    note_size(settings, greeted.extensions.get("size", ""))
    found.append(Diagnosis("mail server", "good", _answers(server, greeted, secretless=secretless)))
    found += [
        Diagnosis(
            "mail server",
            "good" if name in greeted.extensions else "note",
            has if name in greeted.extensions else lacks,
        )
        for name, has, lacks in _EXTENSIONS
    ]
    if not busy:
        found.append(_connections(greeted, settings.smtp_connections))
    found += _size(greeted.extensions.get("size", ""), largest)
    if greeted.certificate_ends is not None:
        found.append(validity("mail server", str(server), greeted.certificate_ends, settings))
    return found


def _answers(server: SmtpServer, greeted: Greeted, *, secretless: bool) -> Sentence:
    milliseconds = f"{greeted.milliseconds:.0f}"
    if secretless:
        return saying(
            "doctor.answers-no-login", "{server} answers ({milliseconds} ms); no login was tried.",
            server=server, milliseconds=milliseconds,
        )  # fmt: skip
    if not server.username:
        return saying(
            "doctor.answers-anybody", "{server} answers, without a login ({milliseconds} ms).",
            server=server, milliseconds=milliseconds,
        )  # fmt: skip
    return saying(
        "doctor.answers", "{server} answers, logged in as {account} ({milliseconds} ms).",
        server=server, account=server.username, milliseconds=milliseconds,
    )  # fmt: skip


def _lacks_secret(server: SmtpServer) -> bool:
    return bool(server.username) and not (server.password.get_secret_value() or server.uses_token)


def _connections(greeted: Greeted, wanted: int) -> Diagnosis:
    if greeted.taken >= wanted:
        return Diagnosis(
            "mail server",
            "good",
            saying(
                "doctor.connections",
                "it takes the {number} connections at once that smtp_connections allows.",
                number=wanted,
            )
            if wanted > 1
            else saying("doctor.one-connection", "it takes one connection."),
        )
    return noted(
        "doctor.connections-fewer",
        "it takes {taken} of the {wanted} connections at once that smtp_connections allows; to one more it "
        "said: {said}.",
        where="mail server",
        taken=greeted.taken,
        wanted=wanted,
        said=greeted.refusal,
        remedy="Set smtp_connections = {taken}.",
    )


def _size(offered: str, largest: tuple[int, str] | None) -> Iterator[Diagnosis]:
    """Compare what the server takes (SIZE, RFC 1870) with the largest letter."""
    limit = int(offered) if offered.isdigit() else 0
    if largest is not None and 0 < limit < largest[0]:
        yield wrong(
            "doctor.too-small",
            "it takes letters of up to {limit:,} bytes, and those of {campaign} have up to {largest:,}.",
            where="mail server",
            limit=limit,
            campaign=largest[1],
            largest=largest[0],
            remedy="Make the files that go with the letter smaller, then approve it anew; or ask for a higher limit.",
        )
    elif largest is not None and limit:
        words = saying(
            "doctor.size-enough",
            "it takes letters of up to {limit:,} bytes; the largest that waits has {largest:,}.",
            limit=limit,
            largest=largest[0],
        )
        yield Diagnosis("mail server", "good", words)
    elif 0 < limit < _SMALL:
        yield noted("doctor.size-small", "it takes letters of up to {limit:,} bytes.", where="mail server", limit=limit)


def _no_server(settings: Settings) -> Diagnosis:
    if settings.live:
        return wrong(
            "doctor.live-no-server", "LIVE mode, and none is set.", where="mail server", remedy="Set smtp_host."
        )
    return good("doctor.built-in", "none is set: rehearsal uses the built-in one.", where="mail server")


def _protection(server: SmtpServer) -> Iterator[Diagnosis]:
    if server.security is Security.NONE and not is_here(server.host):
        yield Diagnosis(
            "mail server",
            "wrong" if server.username else "note",
            saying(
                "doctor.smtp-open",
                "the way to {server} is not encrypted: anybody on it can read what is said.",
                server=server,
            ),
            Remedy('Set smtp_security = "starttls" (port 587) or "tls" (port 465).'),
        )
    if _lacks_secret(server):
        yield wrong(
            "doctor.no-password",
            "smtp_username is set, and no password or token.",
            where="mail server",
            remedy="Give it{MAIL_LOGIN}.",
        )


async def _greet(server: SmtpServer, connections: int) -> Greeted:
    """Open connections as for sending: one, then all the others at once. Raises ServerFault for the first one."""
    first, *others = (Connection(server) for _ in range(connections))
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await first.open()
        found = Greeted(dict(first.extensions), (loop.time() - began) * 1000)
        if server.security is not Security.NONE:
            found.certificate_ends = await ends_at(server)
        ends = await asyncio.gather(
            *(asyncio.wait_for(one.open(), _MANY_SECONDS) for one in others), return_exceptions=True
        )
        refused = [end for end in ends if end is not None]
        found.taken += len(others) - len(refused)
        if refused:
            found.refusal = _words(refused[0])
        return found
    finally:
        await asyncio.gather(*(one.close() for one in (first, *others)), return_exceptions=True)


def _words(error: BaseException) -> str | Sentence:
    if isinstance(error, TimeoutError):
        return saying("doctor.no-answer", "nothing for {number} seconds", number=_MANY_SECONDS)
    return error.message if isinstance(error, OutreachError) else str(error) or type(error).__name__
