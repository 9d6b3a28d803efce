"""Notes on a mission: what the team knows of it that no sheet has, with who wrote it and when.

A note is never overwritten: another wording is a row of its own, and the old one stays behind it. An import does not
touch notes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import ConflictError, NotFoundError, UserError
from outreach.models import Mission, MissionNote
from outreach.people import audit
from outreach.vocabulary import Act

MOST_CHARACTERS = 5_000


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands, and its earlier wordings, the latest first."""

    id: int
    text: str
    at: datetime
    who: str
    earlier: tuple[MissionNote, ...]


def notes(session: Session, iso3: str) -> list[Note]:
    """Return the notes on a mission that stand, the last one first."""
    query = select(MissionNote).where(MissionNote.iso3 == iso3).order_by(col(MissionNote.id).desc())
    rows = {one.id: one for one in session.exec(query)}
    return [
        Note(row.id, row.text, row.at, row.who, tuple(_before(row, rows)))
        for row in rows.values()
        if row.replaced_at is None and row.id is not None
    ]


def _before(row: MissionNote, rows: dict[int | None, MissionNote]) -> list[MissionNote]:
    earlier: list[MissionNote] = []
    while row.replaces_id is not None:
        row = rows[row.replaces_id]
        earlier.append(row)
    return earlier


def notes_on(engine: Engine, iso3: str) -> list[Note]:
    """Return the notes on a mission; raises NotFoundError where there is no such mission."""
    with reading(engine) as session:
        return notes(session, _mission(session, iso3))


def add_note(engine: Engine, iso3: str, text: str, *, by: Actor) -> MissionNote:
    """Write a note on a mission. Raises NotFoundError for a mission that is not there, UserError for no text."""
    text = _checked(text)
    if not text:
        raise UserError("note.empty", "The note has no words.", remedy="Write what is to be kept.")
    with writing(engine) as session:
        note = MissionNote(iso3=_mission(session, iso3), text=text, at=clock.now(), who=by.name)
        session.add(note)
        audit.record(session, by, Act.NOTE_WRITTEN, iso3=note.iso3)
        session.flush()
        return note


def change_note(engine: Engine, number: int, text: str, *, by: Actor) -> MissionNote:
    """Give a note another wording, or take it away where the text is empty. What it said is kept. Return its row.

    `number` is that of the wording that the person saw: ConflictError where somebody has changed it since. Raises
    NotFoundError for a number that is no note's.
    """
    text = _checked(text)
    now = clock.now()
    with writing(engine) as session:
        note = session.get(MissionNote, number)
        if note is None:
            raise NotFoundError("note.not-there", "There is no note {number}.", number=number)
        if note.replaced_at is not None:
            raise ConflictError(
                "note.changed",
                "{replaced_by} has changed this note meanwhile. Nothing of it was overwritten.",
                replaced_by=note.replaced_by,
                remedy="Look at it as it is now.",
            )
        if text == note.text:
            return note
        note.replaced_at, note.replaced_by = now, by.name
        session.add(note)
        audit.record(session, by, Act.NOTE_CHANGED if text else Act.NOTE_REMOVED, iso3=note.iso3)
        if not text:
            return note
        changed = MissionNote(iso3=note.iso3, text=text, at=now, who=by.name, replaces_id=note.id)
        session.add(changed)
        session.flush()
        return changed


def wording_now(session: Session, number: int) -> tuple[str, MissionNote | None]:
    """Return the mission of a note, by the number of any of its wordings, and what it says now; None if taken away."""
    note = session.get(MissionNote, number)
    if note is None:
        raise NotFoundError("note.not-there", "There is no note {number}.", number=number)
    iso3, now = note.iso3, note
    while now.replaced_at is not None:
        later = session.exec(select(MissionNote).where(MissionNote.replaces_id == now.id)).first()
        if later is None:
            return iso3, None
        now = later
    return iso3, now


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > MOST_CHARACTERS:
        raise UserError(
            "note.too-long",
            "The note is longer than {most_characters:,} characters.",
            most_characters=MOST_CHARACTERS,
            remedy="Shorten it, or write two.",
        )
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)


def _mission(session: Session, iso3: str) -> str:
    mission = session.get(Mission, iso3.strip().upper())
    if mission is None:
        raise NotFoundError(
            "mission.not-in-directory",
            "{mission!r} is not in the directory.",
            mission=iso3.strip().upper(),
            remedy="Give its ISO3 code.",
        )
    return mission.iso3
