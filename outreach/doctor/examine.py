"""Looks over an installation before it is needed: settings, sender, database, clock, mail server, box of answers.

Nothing is sent and nothing changed. Each finding is `good`, `note` or `wrong`, in words, with a cure where it needs
one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from outreach.database import open_database, reading
from outreach.diagnosis import Diagnosis, good, noted
from outreach.doctor.doctor_box import box, copies, return_path
from outreach.doctor.doctor_database import database, disk, machine_clock, place
from outreach.doctor.doctor_letters import any_in_hand, largest_letter
from outreach.doctor.doctor_sender import sender
from outreach.doctor.doctor_server import server
from outreach.errors import OutreachError
from outreach.letters.folder import TEMPLATES
from outreach.missions.allow_list import reach, reach_in_words
from outreach.settings import Settings


def examine(settings: Settings, folder: Path | None = None) -> list[Diagnosis]:
    """Look at everything that can be told from here, for the campaigns of a folder (default: the current one)."""
    findings = [_mode(settings), *sender(settings)]
    largest, busy = None, False
    with _opened(settings) as (engine, fault):
        if engine is None:
            findings.append(fault)
        else:
            findings += database(engine)
            largest = largest_letter(engine, settings, (folder or Path()) / TEMPLATES)
            busy = any_in_hand(engine)
            findings += copies(engine, settings)
            findings += return_path(engine, settings)
            findings += _allowed(engine, settings)
    findings += [*place(settings), *disk(settings), *machine_clock(settings)]
    return [*findings, *server(settings, largest, busy=busy), *box(settings)]


def _mode(settings: Settings) -> Diagnosis:
    if settings.live:
        return noted("doctor.live", "LIVE: letters go to the missions.", where="mode")
    if settings.smtp_host:
        return good("doctor.rehearsal", "rehearsal: letters go to addresses on the allow-list only.", where="mode")
    return good(
        "doctor.rehearsal-built-in",
        "rehearsal: letters go to the built-in server only, and so to nobody.",
        where="mode",
    )


def _allowed(engine: Engine, settings: Settings) -> list[Diagnosis]:
    """Which missions a rehearsal really writes to."""
    with reading(engine) as session:
        lines = reach_in_words(reach(session, settings))
    return [Diagnosis("allow-list", "note", line) for line in lines]


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Engine | None, Diagnosis]]:
    """The database, or why it can't be opened."""
    try:
        engine = open_database(settings.database_url)
    except OutreachError as error:
        yield None, Diagnosis("database", "wrong", error.says, error.remedy)
        return
    try:
        yield engine, good("doctor.opened", "it can be opened.", where="database")
    finally:
        engine.dispose()
