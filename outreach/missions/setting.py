"""Sets single fields of a mission, or of one of its contacts, as a person says them; remembered like an import."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from outreach import clock
from outreach.actors import Actor
from outreach.catalogues import Word
from outreach.database import writing
from outreach.errors import ConflictError, NotFoundError, Problem, UserError
from outreach.missions.books.cell_values import READERS, Unusable
from outreach.missions.books.cell_values import iso3 as read_iso3
from outreach.missions.columns import SheetKind, column_for, fields_of
from outreach.missions.history import ImportHistory, kept, told
from outreach.missions.own_columns import PREFIX, gathered, get, is_taken, name_of, put, stored, value_of
from outreach.models import Contact, Mission
from outreach.people import audit
from outreach.sentences import KeptSentence, Remedy, saying
from outreach.text import address_key
from outreach.vocabulary import Act, Line, Role

BY_HAND = KeptSentence("import.by-hand", "set by hand")
"""What stands in the history in the place of a file."""
_NEEDED = {
    SheetKind.MISSIONS: ("short_name", "formal_name", "language", "time_zone", "status"),
    SheetKind.CONTACTS: ("email",),
}


@dataclass(frozen=True, slots=True)
class FieldSet:
    """One field that was set; `contact` is the address of the contact, empty for the mission's own."""

    contact: str
    field: str
    old: str
    new: str
    change: int = 0
    """The number by which the directory's history knows it, and `history.undo` takes it back."""


def set_fields(
    engine: Engine,
    iso3: str,
    fields: Mapping[str, str],
    *,
    contact: str = "",
    by: Actor,
    seen: Mapping[str, str] | None = None,
    add: bool = False,
) -> list[FieldSet]:
    """Set fields of a mission, or of its contact with that address, from what a person typed. Return what changed.

    A field is named as in the sheets, by its name in the database or its header. One that only contacts have needs no
    address where the mission has a single contact; an e-mail address for a mission without any becomes its general
    box; with `add`, the fields are those of a further contact. What the sheet says at the next import holds again,
    unless it says the same. `seen` is what the person saw in fields of the contact, as `shown_field` gives it;
    ConflictError where one holds something else by now.

    Raises NotFoundError for a mission or contact that is not there, UserError with a Problem for each field that can't
    be taken; nothing is changed then.
    """
    if not fields:
        raise UserError("setting.nothing", "Nothing is to be set.", remedy="Say field=value, such as language=fr.")
    if add and (contact or "email" not in fields):
        raise UserError("setting.no-address", "A new contact needs an address.", remedy="Say email=ADDRESS.")
    with writing(engine) as session:
        mission = _mission(session, iso3)
        known = {one.email_key: one for one in _contacts(session, mission.iso3)}
        kind = SheetKind.CONTACTS if contact or add or not _are_all(fields, SheetKind.MISSIONS) else SheetKind.MISSIONS
        values = _values(kind, fields)
        journal = ImportHistory()
        if kind is SheetKind.MISSIONS:
            changed = _set(mission, values, journal, "")
            session.add(mission)
        elif add or (not known and "email" in values and not contact):
            changed = [_add(session, mission.iso3, values, journal)]
        else:
            row = _chosen(known, contact, mission.iso3)
            _require_as_seen(row, seen or {})
            _require_free(session, row, values)
            changed = _set(row, values, journal, row.email)
            session.add(row)
        number = journal.write(session, at=clock.now(), who=by.name, file=BY_HAND)
        changed = [replace(one, change=number) for one in changed]
        if changed:
            told = "; ".join(f"{one.field}: {one.old} → {one.new}" for one in changed)
            audit.record(session, by, Act.MISSIONS_CHANGED, mission.iso3, told, iso3=mission.iso3)
    return changed


def shown_field(row: Mission | Contact, name: str) -> str:
    """Return what a field holds, as a form shows it, and as `set_fields` takes it."""
    return told(kept(get(row, name)))


def _require_as_seen(row: Contact, seen: Mapping[str, str]) -> None:
    others = [name for name, text in seen.items() if shown_field(row, name) != text]
    if others:
        raise ConflictError(
            "setting.changed-since",
            "Somebody has changed this contact since you opened it: {fields}. Nothing was changed.",
            fields=KeptSentence.joined([Word("field", name.replace("_", " ")) for name in others], ", "),
            remedy="Look at it as it is now.",
        )


def _mission(session: Session, text: str) -> Mission:
    try:
        code = read_iso3(text)
    except Unusable as error:
        raise UserError("cell.unusable", "{what!c}.", what=error.says, remedy=error.remedy) from None
    mission = session.get(Mission, code)
    if mission is None:
        raise NotFoundError(
            "mission.not-in-directory",
            "{mission!r} is not in the directory.",
            mission=code,
            remedy="Import its row first.",
        )
    return mission


def _contacts(session: Session, iso3: str) -> list[Contact]:
    return [one for one in session.exec(select(Contact).where(Contact.iso3 == iso3)) if one.absent_since is None]


def _are_all(fields: Mapping[str, str], kind: SheetKind) -> bool:
    return all(_own(name) or column_for(kind, name) is not None for name in fields)


def _own(name: str) -> str:
    """Return a field of one's own as the others are named, if it is one: it is asked for as `fields.NAME`."""
    own = name_of(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else ""
    return f"{PREFIX}{own}" if own else ""


def _values(kind: SheetKind, fields: Mapping[str, str]) -> dict[str, Any]:
    """Read what was typed. Raises UserError with every field that can't be taken."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in fields.items():
        if own := _own(name):
            if is_taken(kind, own.removeprefix(PREFIX)):
                what = own.removeprefix(PREFIX)
                cure = Remedy("Leave out the {prefix} in front.", prefix=PREFIX)
                problems.append(
                    Problem("setting.is-ours", "{what} is a column of ours", what=what, where=name, remedy=cure)
                )
            else:
                found[own] = stored(value_of(text))
            continue
        column = column_for(kind, name)
        if column is None or column.field == "iso3":
            contact, mission = saying("setting.contact", "a contact"), saying("setting.mission", "a mission")
            there = ", ".join([*(field for field in fields_of(kind) if field != "iso3"), f"{PREFIX}NAME"])
            problems.append(
                Problem(
                    "setting.no-field",
                    "there is no such field of {whose}",
                    whose=contact if kind is SheetKind.CONTACTS else mission,
                    there=there,
                    where=name,
                    remedy="There are: {there}.",
                )
            )
            continue
        try:
            value = READERS[kind][column.field](text)
        except Unusable as error:
            problems.append(error.at(name))
            continue
        if value in (None, "") and column.field in _NEEDED[kind]:
            problems.append(Problem("setting.empty", "it can't be empty", where=name, remedy="Say what it is."))
            continue
        found[column.field] = value
    if problems:
        raise UserError("setting.nothing-changed", "Nothing was changed.", problems=problems)
    return found


def _chosen(known: Mapping[str, Contact], contact: str, iso3: str) -> Contact:
    listed = ", ".join(one.email for one in known.values()) or "none"
    if contact:
        row = known.get(address_key(contact.strip()))
        if row is None:
            raise NotFoundError(
                "setting.no-contact",
                "{contact} is no contact of {iso3}.",
                contact=contact,
                iso3=iso3,
                listed=listed,
                remedy="There is: {listed}.",
            )
        return row
    if len(known) != 1:
        raise UserError(
            "setting.which-contact",
            "{iso3} has {count} contacts: nobody can say which one is meant.",
            iso3=iso3,
            count=len(known) or "no",
            remedy=Remedy("Name its address: {listed}.", listed=listed)
            if known
            else Remedy("Say its address: email=ADDRESS."),
        )
    return next(iter(known.values()))


def _require_free(session: Session, row: Contact, values: Mapping[str, Any]) -> None:
    """An address stands in the directory once."""
    if "email" not in values:
        return
    taken = select(Contact).where(Contact.email_key == address_key(values["email"]), Contact.id != row.id)
    if (other := session.exec(taken).first()) is not None:
        raise UserError(
            "setting.of-another",
            "{email} is a contact of {iso3} already. Nothing was changed.",
            email=values["email"],
            iso3=other.iso3,
            remedy="Give another address.",
        )


def _add(session: Session, iso3: str, values: Mapping[str, Any], journal: ImportHistory) -> FieldSet:
    added = Contact(**{"iso3": iso3, "role": Role.GENERAL, "line": Line.TO, **gathered(values), "email_key": ""})
    added.email_key = address_key(added.email)
    _require_free(session, added, values)
    session.add(added)
    journal.added(added)
    return FieldSet("", "email", "", added.email)


def _set(row: Mission | Contact, values: Mapping[str, Any], journal: ImportHistory, contact: str) -> list[FieldSet]:
    changed = []
    for name, value in values.items():
        old = get(row, name)
        if old == value:
            continue
        put(row, name, value)
        if name == "email":
            assert isinstance(row, Contact)
            row.email_key = address_key(value)
            row.bounced_at, row.bounce_detail = None, ""  # the mark of the bounce goes with the old address
        journal.changed(row, name, old, value)
        changed.append(FieldSet(contact, name, told(kept(old)), told(kept(value))))
    return changed
