"""Looks over an installation before it is needed: settings, database, clock, the sender, the mail server.

Nothing is sent and nothing changed. Each finding is `good`, `note` or `wrong`, in words, with a cure where it needs
one.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.exc import ArgumentError

from outreach import clock
from outreach.campaigns.check import is_reserved
from outreach.database import database_file, open_database, writing
from outreach.errors import OutreachError, ServerFault
from outreach.outbox.connection import Connection
from outreach.outbox.database_place import mounts, why_unsafe
from outreach.outbox.server import SmtpServer
from outreach.sentences import Remedy, Sentence
from outreach.settings import Security, Settings, mailbox
from outreach.witness.installation import state_dir

_CLOCKS_DIFFER = timedelta(seconds=30)
_NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
_SMALL = 10_000_000


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at."""

    what: str
    verdict: str
    words: str | Sentence
    cure: Remedy | None = None


def examine(settings: Settings) -> list[Diagnosis]:
    """Look at everything that can be told from here."""
    findings = [_mode(settings), *_sender(settings), *_database(settings), *_place(settings), *_clock(settings)]
    findings += _signing(settings)
    return findings + (_server(settings) if settings.smtp_host else [_no_server(settings)])


def _mode(settings: Settings) -> Diagnosis:
    if settings.live:
        return Diagnosis("mode", "note", "LIVE: letters go to the missions.")
    where = "addresses on the allow-list only" if settings.smtp_host else "the built-in server only, and so to nobody"
    return Diagnosis("mode", "good", f"rehearsal: letters go to {where}.")


def _sender(settings: Settings) -> Iterator[Diagnosis]:
    if not settings.sender:
        yield Diagnosis(
            "sender", "wrong", "nobody is set.", Remedy('Write from = "Name <box@domain>" into outreach.toml.')
        )
        return
    address = mailbox(settings.sender)[1]
    domain = address.rpartition("@")[2].lower()
    bounces = mailbox(settings.bounce_address or settings.sender)[1].rpartition("@")[2].lower()
    if is_reserved(address):
        verdict = "wrong" if settings.live else "note"
        yield Diagnosis("sender", verdict, f"{address} is a placeholder that nobody can answer.", Remedy("Set from."))
    if _organisational(domain) != _organisational(bounces):
        yield Diagnosis(
            "sender",
            "note",
            f"From is under {domain}, bounces go to {bounces}: SPF can't speak for the sender (RFC 7489, 3.1).",
            Remedy(
                "Set bounce_address under the sender's domain, or see that the mail server signs with its DKIM key."
            ),
        )
    else:
        yield Diagnosis(
            "sender",
            "good",
            f"{address}; bounces go to the same domain. Whether its SPF record names this mail server can't be told "
            "from here: ask who looks after the domain.",
        )


def _organisational(domain: str) -> str:
    """The last two labels: enough to see whether two names are meant to belong together."""
    return ".".join(domain.split(".")[-2:])


def _signing(settings: Settings) -> Iterator[Diagnosis]:
    if not settings.dkim_key:
        return
    from outreach.outbox.dkim_signing import Signer

    try:
        signer = Signer.configured(settings)
    except OutreachError as error:
        yield Diagnosis("signing", "wrong", error.says, error.remedy)
        return
    assert signer is not None
    yield Diagnosis("signing", "good", f"DKIM as {signer.selector}._domainkey.{signer.domain}.")


def _database(settings: Settings) -> Iterator[Diagnosis]:
    try:
        engine = open_database(settings.database_url)
    except OutreachError as error:
        yield Diagnosis("database", "wrong", error.says, error.remedy)
        return
    try:
        yield from (look(engine) for look in (_writes, _is_sound, _agrees_on_the_time))
    finally:
        engine.dispose()


def _place(settings: Settings) -> Iterator[Diagnosis]:
    """Whether the database lies where other programs change files, or where locks do not hold."""
    try:
        file = database_file(settings.database_url)
    except ArgumentError:
        return
    if file is None:
        return
    folder, mounted = file.absolute().parent, mounts()
    if wrong := why_unsafe(state_dir(settings).absolute(), os.environ, mounted):
        yield Diagnosis(
            "place",
            "note",
            f"The journal of what was sent is no witness for this computer alone: {wrong}",
            Remedy("Let state_dir name a folder on this computer's own disk."),
        )
    if wrong := why_unsafe(folder, os.environ, mounted):
        yield Diagnosis(
            "place",
            "note",
            f"{wrong} The database can be damaged there, or put back to an older state.",
            Remedy(
                "Move the folder to this computer's own disk, settle there what went out{HERE}, and let only the "
                "backups be carried elsewhere (backup_dir). docs/backups.md tells how."
            ),
        )
    else:
        yield Diagnosis("place", "good", f"{folder} lies on this computer's own disk, as far as can be seen.")


def _tried(what: str, look: Callable[[], Diagnosis]) -> Diagnosis:
    try:
        return look()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        return Diagnosis(what, "wrong", str(error).splitlines()[0])


def _writes(engine: Engine) -> Diagnosis:
    def look() -> Diagnosis:
        with writing(engine) as session:
            session.connection()
        return Diagnosis("database", "good", f"{engine.dialect.name}, it can be written to.")

    return _tried("database", look)


def _is_sound(engine: Engine) -> Diagnosis:
    def look() -> Diagnosis:
        if engine.dialect.name != "sqlite":
            return Diagnosis("database", "good", "its server looks after its own soundness.")
        with engine.connect() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if found == "ok":
            return Diagnosis("database", "good", "the file is sound.")
        return Diagnosis(
            "database", "wrong", f"the file is damaged: {found}", Remedy("Go back to the last copy of it.")
        )

    return _tried("database", look)


def _agrees_on_the_time(engine: Engine) -> Diagnosis:
    def look() -> Diagnosis:
        if engine.dialect.name == "sqlite":
            return Diagnosis("clock", "good", "the database goes by this machine's clock.")
        with engine.connect() as connection:
            theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        apart = abs(theirs - clock.now())
        if apart > _CLOCKS_DIFFER:
            return Diagnosis(
                "clock", "wrong", f"the database server's clock is {apart.total_seconds():.0f} seconds off ours.",
                Remedy("Let both machines set their clocks by the network (NTP)."),
            )  # fmt: skip
        return Diagnosis("clock", "good", "the database server's clock agrees with ours.")

    return _tried("clock", look)


def _clock(settings: Settings) -> Iterator[Diagnosis]:
    now = clock.now()
    shown = clock.shown(now, settings.tz)
    if now < _NOT_BEFORE:
        yield Diagnosis("clock", "wrong", f"it says {shown}, which is long past.", Remedy("Set this machine's clock."))
    else:
        yield Diagnosis("clock", "good", f"it is {shown} ({settings.timezone}).")


def _no_server(settings: Settings) -> Diagnosis:
    if settings.live:
        return Diagnosis("mail server", "wrong", "LIVE mode, and none is set.", Remedy("Set smtp_host."))
    return Diagnosis("mail server", "good", "none is set: rehearsal uses the built-in one.")


def _server(settings: Settings) -> list[Diagnosis]:
    try:
        server = SmtpServer.configured(settings)
    except OutreachError as error:
        return [Diagnosis("mail server", "wrong", error.says, error.remedy)]
    found = list(_protection(server))
    try:
        extensions, greeted = asyncio.run(_greet(server))
    except ServerFault as fault:
        return [*found, Diagnosis("mail server", "wrong", fault.says, fault.remedy)]
    login = f", logged in as {server.username}" if server.username else ", without a login"
    found.append(Diagnosis("mail server", "good", f"{server} answers{login} ({greeted:.0f} ms)."))
    for name, words in (
        ("dsn", "it reports on delivery when asked (DSN)"),
        ("smtputf8", "it takes international addresses (SMTPUTF8)"),
        ("pipelining", "it takes several commands at once (PIPELINING)"),
    ):
        has = name in extensions
        found.append(Diagnosis("mail server", "good" if has else "note", f"{words}{'' if has else ': no'}."))
    if extensions.get("size", "").isdigit() and 0 < int(extensions["size"]) < _SMALL:
        found.append(Diagnosis("mail server", "note", f"it takes letters of up to {int(extensions['size']):,} bytes."))
    return found


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


async def _greet(server: SmtpServer) -> tuple[dict[str, str], float]:
    connection = Connection(server)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await connection.open()
        return dict(connection.extensions), (loop.time() - began) * 1000
    finally:
        await connection.close()


__all__ = ["Diagnosis", "examine"]
