"""What the doctor says of the mail server: whether it answers, what it offers, how many connections it takes."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from outreach.diagnosis import Diagnosis
from outreach.doctor.doctor_certificate import validity
from outreach.errors import OutreachError, ServerFault
from outreach.outbox.connection import Connection
from outreach.outbox.server import SmtpServer
from outreach.outbox.server_certificate import ends_at
from outreach.sentences import Remedy
from outreach.settings import Security, Settings
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
    refusal: str = ""
    """What it said to one more."""
    certificate_ends: datetime | None = None


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
    try:
        greeted = asyncio.run(_greet(server, 1 if busy else settings.smtp_connections))
    except ServerFault as fault:
        return [*found, Diagnosis("mail server", "wrong", fault.says, fault.remedy)]
    note_size(settings, greeted.extensions.get("size", ""))
    login = f", logged in as {server.username}" if server.username else ", without a login"
    found.append(Diagnosis("mail server", "good", f"{server} answers{login} ({greeted.milliseconds:.0f} ms)."))
    for name, words in (
        ("dsn", "it reports on delivery when asked (DSN)"),
        ("smtputf8", "it takes international addresses (SMTPUTF8)"),
        ("pipelining", "it takes several commands at once (PIPELINING)"),
    ):
        has = name in greeted.extensions
        found.append(Diagnosis("mail server", "good" if has else "note", f"{words}{'' if has else ': no'}."))
    if not busy:
        found.append(_connections(greeted, settings.smtp_connections))
    found += _size(greeted.extensions.get("size", ""), largest)
    if greeted.certificate_ends is not None:
        found.append(validity("mail server", str(server), greeted.certificate_ends, settings))
    return found


def _connections(greeted: Greeted, wanted: int) -> Diagnosis:
    if greeted.taken >= wanted:
        several = f"the {wanted} connections at once that smtp_connections allows" if wanted > 1 else "one connection"
        return Diagnosis("mail server", "good", f"it takes {several}.")
    return Diagnosis(
        "mail server",
        "note",
        f"it takes {greeted.taken} of the {wanted} connections at once that smtp_connections allows; to one more it "
        f"said: {greeted.refusal.rstrip('.')}.",
        Remedy("Set smtp_connections = {taken}.", taken=greeted.taken),
    )


def _size(offered: str, largest: tuple[int, str] | None) -> Iterator[Diagnosis]:
    """Compare what the server takes (SIZE, RFC 1870) with the largest letter."""
    limit = int(offered) if offered.isdigit() else 0
    if largest is not None and 0 < limit < largest[0]:
        yield Diagnosis(
            "mail server",
            "wrong",
            f"it takes letters of up to {limit:,} bytes, and those of {largest[1]} have up to {largest[0]:,}.",
            Remedy("Make the files that go with the letter smaller, then approve it anew; or ask for a higher limit."),
        )
    elif largest is not None and limit:
        words = f"it takes letters of up to {limit:,} bytes; the largest that waits has {largest[0]:,}."
        yield Diagnosis("mail server", "good", words)
    elif 0 < limit < _SMALL:
        yield Diagnosis("mail server", "note", f"it takes letters of up to {limit:,} bytes.")


def _no_server(settings: Settings) -> Diagnosis:
    if settings.live:
        return Diagnosis("mail server", "wrong", "LIVE mode, and none is set.", Remedy("Set smtp_host."))
    return Diagnosis("mail server", "good", "none is set: rehearsal uses the built-in one.")


def _protection(server: SmtpServer) -> Iterator[Diagnosis]:
    local = server.host in ("localhost", "::1") or server.host.startswith("127.")
    if server.security is Security.NONE and not local:
        yield Diagnosis(
            "mail server",
            "wrong" if server.username else "note",
            f"the way to {server} is not encrypted: anybody on it can read what is said.",
            Remedy('Set smtp_security = "starttls" (port 587) or "tls" (port 465).'),
        )
    if server.username and not (server.password.get_secret_value() or server.uses_token):
        yield Diagnosis(
            "mail server", "wrong", "smtp_username is set, and no password or token.", Remedy("Give it{MAIL_LOGIN}.")
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


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing for {_MANY_SECONDS} seconds"
    return error.message if isinstance(error, OutreachError) else str(error) or type(error).__name__
