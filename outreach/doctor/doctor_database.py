"""What the doctor says of the database: whether it is sound, where it lies, the room on its disk, the clock."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import ArgumentError

from outreach import clock
from outreach.database import database_file, writing
from outreach.diagnosis import Diagnosis, good, noted, wrong
from outreach.outbox.database_place import mounts, why_unsafe
from outreach.sentences import Moment
from outreach.settings import Settings
from outreach.witness.installation import state_dir

_CLOCKS_DIFFER = timedelta(seconds=30)
_NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
_LEAST_FREE = 500_000_000
_TIMES_THE_DATABASE = 5


def database(engine: Engine) -> Iterator[Diagnosis]:
    """Whether the database can be written to and is sound, and whether its clock is right."""
    for what, look in (("database", _writes), ("database", _is_sound), ("clock", _agrees_on_the_time)):
        try:
            yield look(engine)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
            yield Diagnosis(what, "wrong", str(error).splitlines()[0])


def _file(settings: Settings) -> Path | None:
    """The database's file; None where it is on a server, or the setting names none."""
    try:
        return database_file(settings.database_url)
    except ArgumentError:
        return None


def place(settings: Settings) -> Iterator[Diagnosis]:
    """Whether the database lies where other programs change files, or where locks do not hold."""
    if (file := _file(settings)) is None:
        return
    folder, mounted = file.absolute().parent, mounts()
    if unsafe := why_unsafe(state_dir(settings).absolute(), os.environ, mounted):
        yield noted(
            "doctor.journal-shared",
            "The journal of what was sent is no witness for this computer alone: {wrong}",
            where="place",
            wrong=unsafe,
            remedy="Let state_dir name a folder on this computer's own disk.",
        )
    if unsafe := why_unsafe(folder, os.environ, mounted):
        yield noted(
            "doctor.place-unsafe",
            "{wrong} The database can be damaged there, or put back to an older state.",
            where="place",
            wrong=unsafe,
            remedy="Move the folder to this computer's own disk, settle there what went out{HERE}, and let only the "
            "backups be carried elsewhere (backup_dir). docs/backups.md tells how.",
        )
    else:
        yield good(
            "doctor.place",
            "{folder} lies on this computer's own disk, as far as can be seen.",
            where="place",
            folder=folder,
        )


def disk(settings: Settings) -> Iterator[Diagnosis]:
    """Whether the disk that the database lies on has room for what is to come: letters, backups, incoming mail."""
    if (file := _file(settings)) is None:
        return
    folder = file.absolute().parent
    try:
        free = shutil.disk_usage(folder).free
        size = sum(part.stat().st_size for part in _parts(file) if part.exists())
    except OSError as error:
        yield noted(
            "doctor.room-unknown", "the room on its disk can't be told: {error}.", where="disk", error=error.strerror
        )
        return
    yield room(folder, free, size)


def room(folder: Path, free: int, size: int) -> Diagnosis:
    """Judge the free bytes on the disk of a folder, for a database of that size."""
    wanted = max(_LEAST_FREE, _TIMES_THE_DATABASE * size)
    if free >= wanted:
        return good(
            "doctor.room",
            "{free} are free, and the database has {size}.",
            where="disk",
            free=_megabytes(free),
            size=_megabytes(size),
        )
    return noted(
        "doctor.little-room",
        "{free} are free where {folder} lies: less than the {wanted} that a campaign of this "
        "size may want. On a full disk nothing is sent.",
        where="disk",
        free=_megabytes(free),
        folder=folder,
        wanted=_megabytes(wanted),
        remedy="Take away what is not needed there, or move the folder to a disk with more room (docs/moving.md).",
    )


def _parts(file: Path) -> list[Path]:
    return [file, file.with_name(f"{file.name}-wal")]


def _megabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{max(size, 100_000) / 1e6:,.1f} MB"


def _writes(engine: Engine) -> Diagnosis:
    with writing(engine) as session:
        session.connection()
    return good("doctor.written", "{kind}, it can be written to.", where="database", kind=engine.dialect.name)


def _is_sound(engine: Engine) -> Diagnosis:
    if engine.dialect.name != "sqlite":
        return good("doctor.server-sound", "its server looks after its own soundness.", where="database")
    with engine.connect() as connection:
        found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if found == "ok":
        return good("doctor.sound", "the file is sound.", where="database")
    return wrong(
        "doctor.damaged",
        "the file is damaged: {found}",
        where="database",
        found=found,
        remedy="Go back to the last copy of it.",
    )


def _agrees_on_the_time(engine: Engine) -> Diagnosis:
    if engine.dialect.name == "sqlite":
        return good("doctor.own-clock", "the database goes by this machine's clock.", where="clock")
    with engine.connect() as connection:
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs(theirs - clock.now())
    if apart > _CLOCKS_DIFFER:
        return wrong(
            "doctor.clocks-differ",
            "the database server's clock is {seconds} seconds off ours.",
            where="clock",
            seconds=f"{apart.total_seconds():.0f}",
            remedy="Let both machines set their clocks by the network (NTP).",
        )
    return good("doctor.clocks-agree", "the database server's clock agrees with ours.", where="clock")


def machine_clock(settings: Settings) -> Iterator[Diagnosis]:
    """Whether this machine's clock can be right."""
    now = clock.now()
    shown = Moment(now, settings.timezone)
    if now < _NOT_BEFORE:
        yield wrong(
            "doctor.clock-past",
            "it says {shown}, which is long past.",
            where="clock",
            shown=shown,
            remedy="Set this machine's clock.",
        )
    else:
        yield good("doctor.clock", "it is {shown} ({zone}).", where="clock", shown=shown, zone=settings.timezone)
