"""Brings a spreadsheet into the directory: compares it with the database, and writes all of it or nothing.

Rows are added and updated by ISO3, by ISO3 and e-mail address, by ISO3 and first year. What is no longer in the
file is kept and marked (`absent_since`), never deleted; campaigns do not write to a contact so marked. A row that
comes back loses the mark. A kind of row that the file has no sheet for is left alone, and so is a field that its
sheet has no column for.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session, col, select

from outreach.actors import Actor
from outreach.clock import now
from outreach.database import reading, writing
from outreach.errors import Problem, SheetError
from outreach.missions.columns import SheetKind
from outreach.missions.history import ImportHistory, Row
from outreach.missions.opening import open_content
from outreach.missions.package import content_of
from outreach.missions.result import DirectoryEntry, FieldChange, ImportResult, SheetDifference
from outreach.missions.rows import CheckedRow, Key, read_records
from outreach.missions.sheets import Table, find_tables
from outreach.missions.shipped import shipped_mission, shipped_term_rows
from outreach.models import Contact, Mission, SheetMapping, Term
from outreach.people import audit
from outreach.sentences import saying
from outreach.text import one_line
from outreach.vocabulary import Act, Line, Role

_EMPTY_CONTACT: Mapping[str, Any] = MappingProxyType(
    {
        "role": Role.GENERAL, "form_of_address": "", "name": "", "title": "", "gender_form": None, "language": None,
        "line": Line.TO, "active": True, "absent_since": None, "bounced_at": None, "bounce_detail": "",
    }
)  # fmt: skip

Ask = Callable[[Sequence[Problem]], bool]
"""Shows what was guessed to a person, and returns whether all of it is right."""


@dataclass(slots=True)
class _Plan:
    """What is to be written, worked out before anything is: a dry run ends here."""

    at: datetime
    new: list[Row | dict[str, Any]] = field(default_factory=list)
    """Missions and terms; contacts, of which there may be very many, as plain fields."""
    updates: list[tuple[Row, str, Any]] = field(default_factory=list)

    def apply(self, session: Session) -> ImportHistory:
        """Write it, missions first, since contacts point at them; return what is to be remembered of it."""
        journal = ImportHistory()
        for row, name, value in self.updates:
            journal.changed(row, name, getattr(row, name), value)
            setattr(row, name, value)
        contacts = [row for row in self.new if isinstance(row, dict)]
        rows: dict[type[Row], list[dict[str, Any]]] = {
            Mission: [row.model_dump() for row in self.new if isinstance(row, Mission)],
            Contact: contacts,
            Term: [row.model_dump(exclude={"id"}) for row in self.new if isinstance(row, Term)],
        }
        for made in self.new:
            journal.added(made)
        for kind, values in rows.items():
            if values:
                session.execute(insert(kind.__table__), values)  # type: ignore[union-attr]
        session.flush()
        return journal


def import_file(
    engine: Engine,
    path: Path | str,
    *,
    sheet: str | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    yes: bool = False,
    ask: Ask = lambda _: False,
    by: Actor,
    called: str = "",
) -> ImportResult:
    """Bring a directory (.xlsx, .xlsm, .ods, .csv) into the database, in one transaction; return what came of it.

    `sheet` limits it to the sheet of that name; `mapping` names the column (header or letter) of a field whose
    header is not known. `dry_run` returns the same result and changes nothing. A database without any term on the
    Council, given a file without a sheet of them, takes the shipped ones, so that audiences can be told.

    What had to be guessed is taken only where `yes` says so or `ask` answers it; it is in the result either way.
    What was mapped or agreed to is remembered, and used the next time that the same headers come. `by` is who
    imports, and `called` what the file is called there, if not by its own name.

    Contacts that are no longer in the file are kept and marked absent: campaigns will not write to them.

    Raises SheetError: one sentence for a file that can't be read, or one Problem for every cell that can't be
    taken or every guess that nobody agreed to. Nothing has been changed then.
    """
    source = Path(path)
    content = content_of(source)
    with reading(engine) as session:
        saved = {known.signature: known.columns for known in session.exec(select(SheetMapping))}
    found = find_tables(open_content(source.name, content), sheet=sheet, mapping=mapping, saved=saved)
    records = read_records(found, source.name)
    guesses = [*found.guesses, *records.guesses]
    if guesses and not (dry_run or yes or ask(guesses)):
        one = saying("import.one", "One thing is")
        many = saying("import.many", "{count} things are", count=len(guesses))
        raise SheetError(
            "import.guessed",
            "{source}: {things} guessed, and nobody has agreed; nothing was imported.",
            source=source.name,
            things=one if len(guesses) == 1 else many,
            remedy="If they are right, {AGREE:take them so}; else correct the sheet.",
            problems=guesses,
        )
    with reading(engine) if dry_run else writing(engine) as session:
        plan = _Plan(now())
        notes = [*found.notes, *records.notes]
        missions = _compare_missions(session, records.of, plan, notes)
        contacts = _compare_contacts(session, records.of, plan, notes)
        terms = _compare_terms(session, records.of, plan, notes)
        if not dry_run:
            digest, file = hashlib.sha256(content).hexdigest(), called or source.name
            journal = plan.apply(session)
            journal.write(session, at=plan.at, who=by.name, file=file, digest=digest)
            _remember(session, found.tables.values(), file, by.name, plan.at)
            counts = f"{len(missions.added)} missions and {len(contacts.added)} contacts added, "
            counts += f"{len(missions.changed) + len(contacts.changed)} changed"
            audit.record(session, by, Act.MISSIONS_IMPORTED, file, counts)
    return ImportResult(source.name, dry_run, missions, contacts, terms, tuple(notes), tuple(guesses))


def _remember(session: Session, tables: Iterable[Table], file: str, by: str, at: datetime) -> None:
    """Keep what a person told of columns that no header names, for the next sheet with the same headers."""
    for table in tables:
        if table.told:
            session.merge(
                SheetMapping(
                    signature=table.signature,
                    columns=dict(table.told),
                    file=one_line(file)[:200],
                    who=one_line(by)[:200],
                    saved_at=at,
                )
            )


def _compare_missions(
    session: Session, records: Mapping[SheetKind, Sequence[CheckedRow]], plan: _Plan, notes: list[str]
) -> SheetDifference:
    known: dict[Key, Mission] = {(mission.iso3,): mission for mission in session.exec(select(Mission))}
    wanted: dict[Key, Mapping[str, Any]] = {}
    for record in records.get(SheetKind.MISSIONS, ()):
        facts = shipped_mission(record.iso3)
        wanted[record.key] = {
            # An empty cell is filled from the facts; only a mission may have no tags.
            name: getattr(facts, name) if value in ("", None) else value
            for name, value in record.values.items()
        }
    # A mission that only its contacts name is in the file all the same.
    named_only = sorted(
        {record.iso3 for record in records.get(SheetKind.CONTACTS, ())} - {str(key[0]) for key in wanted}
    )
    filled_in = [iso3 for iso3 in named_only if (iso3,) not in known]
    wanted.update({(iso3,): {} for iso3 in named_only})
    if filled_in:
        notes.append(
            f"{_count(filled_in, 'mission is', 'missions are')} taken from the shipped facts, since only contacts "
            f"name {'it' if len(filled_in) == 1 else 'them'}: {_shortened(filled_in)}."
        )

    def create(key: Key, values: Mapping[str, Any]) -> Mission:
        mission = shipped_mission(str(key[0]))
        for name, value in values.items():
            setattr(mission, name, value)
        return mission

    difference = _compare(known, wanted, create, plan, complete=SheetKind.MISSIONS in records)
    if difference.absent:
        notes.append(
            f"{_count(difference.absent, 'mission is', 'missions are')} no longer in the file: kept and marked; no "
            "audience holds a mission so marked."
        )
    return difference


def _compare_contacts(
    session: Session, records: Mapping[SheetKind, Sequence[CheckedRow]], plan: _Plan, notes: list[str]
) -> SheetDifference:
    wanted = {record.key: record.values for record in records.get(SheetKind.CONTACTS, ())}
    # The contacts of a mission that left the file before are no news; an export leaves them out with it.
    absent = set(session.exec(select(Mission.iso3).where(col(Mission.absent_since).is_not(None))))
    absent -= {str(iso3) for iso3, _ in wanted}
    known: dict[Key, Contact] = {
        (c.iso3, c.email_key): c for c in session.exec(select(Contact)) if c.iso3 not in absent
    }

    def create(key: Key, values: Mapping[str, Any]) -> dict[str, Any]:
        return {**_EMPTY_CONTACT, **values, "email_key": key[1]}

    difference = _compare(known, wanted, create, plan, complete=SheetKind.CONTACTS in records)
    if difference.absent:
        notes.append(
            f"{_count(difference.absent, 'contact is', 'contacts are')} no longer in the file: kept and marked; "
            "campaigns will not write to a contact so marked."
        )
    return difference


def _compare_terms(
    session: Session, records: Mapping[SheetKind, Sequence[CheckedRow]], plan: _Plan, notes: list[str]
) -> SheetDifference:
    known: dict[Key, Term] = {(term.iso3, term.first_year): term for term in session.exec(select(Term))}
    if SheetKind.TERMS in records:
        wanted = {record.key: record.values for record in records[SheetKind.TERMS]}
    elif not known:
        wanted = {
            (term.iso3, term.first_year): term.model_dump(include={"iso3", "first_year", "last_year"})
            for term in shipped_term_rows()
        }
        notes.append(f"The file has no sheet HRC terms: the {len(wanted)} shipped terms are taken.")
    else:
        return SheetDifference()
    return _compare(known, wanted, lambda _, values: Term(**values), plan, complete=True)


def _compare(
    known: Mapping[Key, Row],
    wanted: Mapping[Key, Mapping[str, Any]],
    create: Callable[[Key, Mapping[str, Any]], Row | dict[str, Any]],
    plan: _Plan,
    *,
    complete: bool,
) -> SheetDifference:
    """Compare the rows of one kind; `complete` where what is not wanted is no longer in the file."""
    difference = SheetDifference()
    for key, values in wanted.items():
        row = known.get(key)
        if row is None:
            made = create(key, values)
            plan.new.append(made)
            difference.added.append(_contact_entry(made) if isinstance(made, dict) else _entry(made))
            continue
        changes = _changes(row, values, plan)
        (difference.changed if changes else difference.unchanged).append(_entry(row, changes, values))
    for key, row in known.items() if complete else ():
        if key in wanted:
            continue
        if row.absent_since is None:
            plan.updates.append((row, "absent_since", plan.at))
            difference.absent.append(_entry(row))
        else:
            difference.still_absent.append(_entry(row))
    for entries in (difference.added, difference.changed, difference.unchanged, difference.absent):
        entries.sort(key=lambda entry: entry.key)
    difference.still_absent.sort(key=lambda entry: entry.key)
    return difference


def _changes(row: Row, values: Mapping[str, Any], plan: _Plan) -> list[FieldChange]:
    changes = []
    for name, value in values.items():
        old = getattr(row, name)
        if old != value:
            plan.updates.append((row, name, value))
            changes.append(FieldChange(name, _words(old), _words(value)))
    if row.absent_since is not None:
        plan.updates.append((row, "absent_since", None))
        changes.append(FieldChange("absent_since", _words(row.absent_since), ""))
    return changes


def _entry(row: Row, changes: Sequence[FieldChange] = (), values: Mapping[str, Any] | None = None) -> DirectoryEntry:
    """Return a row as the result tells of it, by what it is called after the import."""
    after = values or {}
    match row:
        case Mission():
            return DirectoryEntry(row.iso3, str(after.get("short_name", row.short_name)), tuple(changes))
        case Contact():
            return _contact_entry({**row.model_dump(include={"iso3", "email", "name", "role"}), **after}, changes)
        case Term():
            last = after.get("last_year", row.last_year)
            return DirectoryEntry(f"{row.iso3} {row.first_year}", f"{row.iso3} {row.first_year}-{last}", tuple(changes))


def _contact_entry(fields: Mapping[str, Any], changes: Sequence[FieldChange] = ()) -> DirectoryEntry:
    key = f"{fields['iso3']} {fields['email']}"
    who = f"{fields['name']}, {fields['role'].value}" if fields["name"] else fields["role"].value
    return DirectoryEntry(key, f"{key} ({who})", tuple(changes))


def _words(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


def _count(things: Sequence[object], one: str, many: str) -> str:
    return f"{len(things)} {one if len(things) == 1 else many}"


def _shortened(codes: Iterable[str], most: int = 12) -> str:
    listed = list(codes)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
