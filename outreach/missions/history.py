"""Who changed what in the directory, when and from which file; and the last import taken back."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from typing import Any, Generic, TypeVar

import sqlalchemy
from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, func, select

from outreach.actors import Actor
from outreach.clock import now
from outreach.database import reading, writing
from outreach.errors import ConfirmationError, NotFoundError, Problem, SheetError
from outreach.missions.columns import SheetKind, fields_of
from outreach.missions.facts import addressees
from outreach.missions.later_changes import ADDED, REMOVED, LaterChanges, Place
from outreach.missions.own_columns import PREFIX, get, put
from outreach.missions.result import DirectoryEntry, FieldChange, Recipients, entry_of, must_be_typed
from outreach.models import (
    Contact,
    DirectoryChange,
    DirectoryImport,
    Message,
    Mission,
    MissionNote,
    OptOut,
    Response,
    ResponseChange,
    Term,
)
from outreach.people import audit
from outreach.sentences import KeptSentence, Remedy, each_of, saying
from outreach.text import address_key, counted, one_line
from outreach.vocabulary import Act, GenderForm, Language, Line, Role

Row = Mission | Contact | Term

SIGNATORY = "signatory"
"""The kind of a change that is about who signs a campaign: see `campaigns/who_signs/signatory_history.py`."""
OPT_OUT = "optout"
"""The kind of a change that is about the opt-out list."""
_CONTACT_FIELDS = (*fields_of(SheetKind.CONTACTS), "fields", "absent_since")
_LISTS: dict[str, type[StrEnum]] = {"role": Role, "gender_form": GenderForm, "language": Language, "line": Line}
_KINDS: dict[type[Row], SheetKind] = {Mission: SheetKind.MISSIONS, Contact: SheetKind.CONTACTS, Term: SheetKind.TERMS}
_MOST_SHOWN = 5_000
_MAKES_HEAD = (ADDED, "role", "line", "active", "absent_since")
"""The fields by which a contact becomes the head of its mission."""


@dataclass(slots=True)
class ImportHistory:
    """The changes of one import, gathered as they are worked out and written in one go."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    def added(self, row: Row | Mapping[str, Any]) -> None:
        """Note a new row, with all that it holds; a contact may come as its fields."""
        if isinstance(row, Mapping):
            holds = {name: kept(row[name]) for name in _CONTACT_FIELDS}
            place = {"kind": "contact", "iso3": row["iso3"], "key": row["email_key"]}
            self.entries.append({**place, "field": ADDED, "old": None, "new": holds})
        else:
            self._note(row, ADDED, None, whole(row))

    def stopped(self, iso3: str, key: str, why: str) -> None:
        """Note an address that was put on the opt-out list, since the sheet says so."""
        self.entries.append({"kind": OPT_OUT, "iso3": iso3, "key": key, "field": ADDED, "old": None, "new": why})

    def allowed(self, iso3: str, key: str, why: str) -> None:
        """Note an address that was taken off the opt-out list again, with the import that put it there."""
        self.entries.append({"kind": OPT_OUT, "iso3": iso3, "key": key, "field": REMOVED, "old": why, "new": None})

    def removed(self, row: Row) -> None:
        """Note a row that is taken away, with all that it held."""
        self._note(row, REMOVED, whole(row), None)

    def changed(self, row: Row, name: str, old: Any, new: Any) -> None:
        """Note one field; the key is that which the row has after the change."""
        key = address_key(new) if name == "email" else None
        self._note(row, name, kept(old), kept(new), key)

    def write(
        self, session: Session, *, at: datetime, who: str, file: str, digest: str = "", undoes: int | None = None
    ) -> int:
        """Write the import and its changes into the session, and return its number; 0 where nothing changed."""
        if not self.entries:
            return 0
        named = file if isinstance(file, KeptSentence) else one_line(file)[:200]
        made = DirectoryImport(at=at, who=one_line(who)[:200] or "someone", file=named, digest=digest, undoes=undoes)
        session.add(made)
        session.flush()
        rows = [{**entry, "import_id": made.id} for entry in self.entries]
        session.execute(sqlalchemy.insert(DirectoryChange), rows)
        return made.id or 0

    def _note(self, row: Row, name: str, old: Any, new: Any, key: str | None = None) -> None:
        kind = type(row).__name__.lower()
        self.entries.append(
            {"kind": kind, "iso3": row.iso3, "key": key or key_of(row), "field": name, "old": old, "new": new}
        )


def key_of(row: Row) -> str:
    """Return what a row is known by besides its state: the contact's address as compared, the term's first year."""
    match row:
        case Contact():
            return row.email_key
        case Term():
            return str(row.first_year)
        case _:
            return ""


def kept(value: Any) -> Any:
    """Return a value as JSON keeps it."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):  # or a datetime, which is one
        return value.isoformat()
    return list(value) if isinstance(value, list) else value


def whole(row: Row) -> dict[str, Any]:
    """Return the fields of a row that an import writes, as JSON keeps them."""
    own = () if isinstance(row, Term) else ("fields",)
    return {name: kept(getattr(row, name)) for name in (*fields_of(_KINDS[type(row)]), *own, "absent_since")}


def told(value: Any) -> str:
    """Return an old or new value of a change as a person reads it."""
    if isinstance(value, dict) and list(value) == ["date"]:
        return str(value["date"])
    if isinstance(value, dict):
        filled = {name: part for name, part in value.items() if part not in (None, "", [])}
        return ", ".join(f"{name} {told(part)}" for name, part in filled.items() if name != "iso3")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _restored(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.startswith(PREFIX):
        return value
    if name in _LISTS:
        return _LISTS[name](value)
    return datetime.fromisoformat(value) if name in ("absent_since", "bounced_at") else value


def history(session: Session, iso3: str | None = None, *, after: int = 0) -> list[dict[str, Any]]:
    """Return the changes of the directory, the latest first, of one state or of all (the last 5,000).

    With `after`, the number of an import, only those that came after it.

    Each is plain data: at (UTC, ISO 8601), who, file, import, undone, undoes (the number of the import that this one
    took back, or None), iso3, kind, contact, field, old, new.

    Raises NotFoundError for a code that no state or organisation has, and that the history has never had.
    """
    query = (
        select(DirectoryChange, DirectoryImport)
        .join(DirectoryImport, col(DirectoryImport.id) == col(DirectoryChange.import_id))
        .where(DirectoryChange.kind != SIGNATORY)
        .order_by(col(DirectoryChange.import_id).desc(), col(DirectoryChange.id))
        .limit(_MOST_SHOWN)
    )
    if iso3:
        query = query.where(DirectoryChange.iso3 == iso3.strip().upper())
    if after:
        query = query.where(col(DirectoryChange.import_id) > after)
    found = session.exec(query).all()
    if iso3 and not found and iso3.strip().upper() not in addressees():
        raise NotFoundError("record.state", "{state!r} is no state.", state=iso3, remedy="Write its code, as FRA.")
    return [
        {
            "at": made.at.isoformat(timespec="seconds"),
            "who": made.who,
            "file": made.file,
            "import": made.id,
            "undone": made.undone_at is not None,
            "undoes": made.undoes,
            "iso3": change.iso3,
            "kind": change.kind,
            "contact": change.key if change.kind in ("contact", OPT_OUT) else "",
            "field": change.field,
            "old": change.old,
            "new": change.new,
        }
        for change, made in found
    ]


def imports(session: Session, most: int = 20) -> list[DirectoryImport]:
    """Return the imports and what took them back, the latest first."""
    query = select(DirectoryImport).where(_of_the_directory()).order_by(col(DirectoryImport.id).desc()).limit(most)
    return list(session.exec(query))


def _of_the_directory() -> ColumnElement[bool]:
    """That an import is of the directory, and not of who signs a campaign."""
    of_signatories = select(DirectoryChange.id).where(
        DirectoryChange.import_id == DirectoryImport.id, DirectoryChange.kind == SIGNATORY
    )
    return ~of_signatories.exists()


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back."""

    file: str
    at: datetime
    who: str
    changes: int
    kept: Sequence[str]
    """Missions that a campaign holds, or a note is on: they are marked as no longer in the file, and not deleted."""
    left: int = 0
    """Changes of where missions stand that came with the same file, and stay."""
    number: int | None = None
    """That of the import, as the directory's history has it."""
    rows: Sequence[DirectoryEntry] = ()
    """The rows of the directory that were changed back, each with what its fields were and are again."""
    gone: Sequence[DirectoryEntry] = ()
    """The rows that the import had added."""
    dry_run: bool = False
    """Whether it only would be taken back."""
    retired: int = 0
    """How many rows nothing is written to, or counted by, any more: those that go, and those out of use again."""
    known: int = 0
    """Of so many in use before."""
    recipients: Sequence[Recipients] = ()
    """The missions of which other addresses are written to than before."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        at = self.at.isoformat(timespec="seconds")
        rows, gone = ([one.as_dict() for one in entries] for entries in (self.rows, self.gone))
        return {
            "file": self.file,
            "at": at,
            "who": self.who,
            "changes": self.changes,
            "kept": list(self.kept),
            "left": self.left,
            **(
                {}
                if self.number is None
                else {
                    "import": self.number,
                    "rows": rows,
                    "gone": gone,
                    "dry_run": self.dry_run,
                    "retired": self.retired,
                }
            ),
        }


def undo(
    engine: Engine,
    number: int | None = None,
    *,
    by: Actor,
    dry_run: bool = False,
    confirmed: int | None = None,
    ask_number: Callable[[Undone], int | None] = lambda _: None,
) -> Undone:
    """Take back the last import that was not taken back yet: every field as it was, every row that it added gone.

    With `number`, as the history has it, that import instead, if nothing of it was changed since: later ones stay.

    A mission that a campaign holds by now, or that a note is on, is kept and marked instead. Campaigns and letters are
    not touched: what becomes of an approval is told by its `recipients`.

    An undo is an import backwards. `dry_run` tells what it would change, and changes nothing; past five rows, or five
    in a hundred, that go or are out of use again, `confirmed` or `ask_number` has to say how many.

    Raises NotFoundError where there is none, SheetError where something it changed was changed again since, with a
    Problem for each such field, ConfirmationError where that number is lacking or another; nothing is changed then.
    """
    if not dry_run and confirmed is None:  # nothing is locked while a person counts
        would = undo(engine, number, by=by, dry_run=True)
        number = would.number
        if must_be_typed(would.retired, would.known):
            confirmed = ask_number(would)
    with reading(engine) if dry_run else writing(engine) as session:
        made = _to_take_back(session, number)
        back = DirectoryBack(session, made)
        take_back_import(session, made, back, by=by)
        back.require_unchanged(made.file, made.id)
        # A report's import corrects addresses and says where missions stand: that is taken back elsewhere.
        beside = select(func.count()).select_from(ResponseChange).where(
            ResponseChange.at == made.at, ResponseChange.who == made.who, col(ResponseChange.undoes_id).is_(None)
        )  # fmt: skip
        done = Undone(
            made.file, made.at, made.who, len(back.done), tuple(back.kept), session.exec(beside).one(),
            number=made.id, rows=back.rows(), gone=back.gone[::-1], dry_run=dry_run, retired=len(back.out_of_use()),
            known=len(back.in_use_before), recipients=back.recipients(),
        )  # fmt: skip
        if dry_run:
            session.rollback()
        else:
            require_confirmed(done, confirmed)
            audit.record(session, by, Act.MISSIONS_UNDONE, made.file, counted(len(back.done), "change"))
        return done


def require_confirmed(done: Undone, confirmed: int | None) -> None:
    """Raise where more would go than goes without a word, and its number is not what a person typed."""
    if confirmed is None and must_be_typed(done.retired, done.known):
        raise ConfirmationError(
            "import.undo-not-confirmed",
            "With the import of {file} go {retired} of {known} {known:*row|rows}, and nobody has confirmed that "
            "number. Nothing was changed.",
            file=done.file, retired=done.retired, known=done.known, things=done.retired,
            remedy="If that is meant, {CONFIRM_THINGS:confirm it}.",
        )  # fmt: skip
    if confirmed is not None and confirmed != done.retired:
        raise ConfirmationError(
            "import.undo-another-number",
            "{confirmed} was confirmed, but with the import of {file} go {retired} {retired:*row|rows}. Nothing was "
            "changed.",
            confirmed=confirmed, file=done.file, retired=done.retired, remedy="Look at the difference again.",
        )  # fmt: skip


def _to_take_back(session: Session, number: int | None) -> DirectoryImport:
    """Return the import of a number, or the last that stands. Raises NotFoundError where it can't be taken back."""
    remedy = "See {IMPORTS:the imports}."
    if number is None:
        if (made := newest_import(session, _of_the_directory())) is None:
            raise NotFoundError("import.none", "There is no import to take back.", remedy=remedy)
        return made
    made = session.exec(select(DirectoryImport).where(_of_the_directory(), col(DirectoryImport.id) == number)).first()
    if made is None:
        raise NotFoundError("import.no-number", "There is no import {number}.", number=number, remedy=remedy)
    if made.undone_at is not None:
        raise NotFoundError("import.undone", "Import {number} is taken back already.", number=number, remedy=remedy)
    if made.undoes is not None:
        raise NotFoundError(
            "import.undoing", "{number} is no import: with it, import {undone} was taken back.", number=number,
            undone=made.undoes, remedy="To have that again, import its file again.",
        )  # fmt: skip
    return made


Change = TypeVar("Change")


class WalkBack(ABC, Generic[Change]):
    """Walks what an import changed backwards: each change is put back if all is still as the import left it.

    What was changed since is told, all of it at once; where there is any, the transaction must not be kept.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.journal = ImportHistory()
        self.moment = now()
        self.done: list[Change] = []
        self.problems: list[Problem] = []
        self.kept: list[str] = []
        """What could not go, and is marked as no longer in the file."""
        self.first: list[int] = []
        """The numbers of the imports that have to be taken back before, the latest first."""

    def over(self, changes: Iterable[Change]) -> None:
        """Take changes back, the latest first."""
        for change in changes:
            if since := list(self.changed_since(change)):
                self.problems += since
            else:
                self.put_back(change)
                self.done.append(change)

    def require_unchanged(self, file: str, number: int | None = None) -> None:
        """Raise SheetError, with a Problem each, where something was changed since the import of a file.

        `number` is that of the import, where people know it by one.
        """
        if not self.problems:
            return
        which = saying("import.of-file", "The import of {file}", file=file)
        if number is not None:
            which = saying("import.numbered", "Import {number} ({file})", number=number, file=file)
        remedy = Remedy("Nothing was changed. Put these back first, or correct the sheet and import it instead.")
        if len(self.first) == 1:
            remedy = Remedy(
                "Nothing was changed. Take import {first} back first, or correct the sheet and import it instead.",
                first=self.first[0],
            )
        elif self.first:
            remedy = Remedy(
                "Nothing was changed. Take imports {first} back first, in that order, "
                "or correct the sheet and import it instead.",
                first=each_of(self.first),
            )
        raise SheetError(
            "import.changed-since",
            "{which} can't be taken back: {count} {count:*thing was|things were} changed since.",
            which=which, count=len(self.problems), problems=self.problems, remedy=remedy,
        )  # fmt: skip

    @abstractmethod
    def changed_since(self, change: Change) -> Iterable[Problem]:
        """Return what is not as the change left it."""

    @abstractmethod
    def put_back(self, change: Change) -> None:
        """Put back what the change changed."""

    def finish(self) -> None:
        """Do what has to wait until all is put back, and tell what hinders it."""


def not_as_left(change: DirectoryChange, now_there: Mapping[str, Any] | None, where: str) -> Iterator[Problem]:
    """Yield what is not as a change left it; `now_there` is what the row holds, None where it is gone."""
    if now_there is None:
        yield Problem("import.gone", "it is not there any more", where=where)
        return
    left = (change.new or {}) if change.field == ADDED else {change.field: change.new}
    for name, value in left.items():
        if now_there.get(name) != value:
            current = told(now_there.get(name))
            if current:
                yield Problem(
                    "import.value-changed", '{field} was changed since, to "{current}"', field=name, current=current,
                    where=where,
                )  # fmt: skip
            else:
                yield Problem("import.value-emptied", "{field} was emptied since", field=name, where=where)


def newest_import(session: Session, which: ColumnElement[bool]) -> DirectoryImport | None:
    """Return the last import of a kind that was not taken back; None where there is none."""
    query = (
        select(DirectoryImport)
        .where(col(DirectoryImport.undone_at).is_(None), col(DirectoryImport.undoes).is_(None), which)
        .order_by(col(DirectoryImport.id).desc())
    )
    return session.exec(query).first()


def take_back_import(session: Session, made: DirectoryImport, walk: WalkBack[DirectoryChange], *, by: Actor) -> None:
    """Take an import back by a walk, within the session's transaction, with its history."""
    changes = select(DirectoryChange).where(DirectoryChange.import_id == made.id)
    walk.over(session.exec(changes.order_by(col(DirectoryChange.id).desc())).all())
    if not walk.problems:
        walk.finish()
    if not walk.problems:
        session.flush()
        walk.journal.write(session, at=walk.moment, who=by.name, file=made.file, digest=made.digest, undoes=made.id)
        made.undone_at = walk.moment
        session.add(made)


class DirectoryBack(WalkBack[DirectoryChange]):
    """Takes an import of the directory back."""

    def __init__(self, session: Session, made: DirectoryImport) -> None:
        super().__init__(session)
        known: list[Row] = [
            *session.exec(select(Mission)), *session.exec(select(Contact)), *session.exec(select(Term))
        ]  # fmt: skip
        self._rows: dict[Place, Row] = {_place_of(row): row for row in known}
        self._later = LaterChanges(session, made.id or 0, [kind.__name__.lower() for kind in _KINDS])
        self._gone: list[Row] = []
        self._changed: dict[int, tuple[Row, list[FieldChange]]] = {}
        self._led: dict[int, tuple[Contact, bool]] = {}
        """The contacts that were changed back, and whether each headed its mission before that."""
        self.gone: list[DirectoryEntry] = []
        """The rows that went, as they were."""
        self._left: set[int] = set()
        self.in_use_before = {id(row) for row in known if _in_use(row)}
        """The rows that were in use before, by identity."""
        self._written_to_before = self._written_to()

    def out_of_use(self) -> set[int]:
        """Return the rows, by identity, that were in use before and are gone, or out of use, now."""
        return self.in_use_before - {id(row) for row in self._rows.values() if self._stays_in_use(row)}

    def recipients(self) -> tuple[Recipients, ...]:
        """Return the missions of which other addresses are written to than before, by ISO3."""
        before, after = self._written_to_before, self._written_to()
        return tuple(
            Recipients(iso3, tuple(sorted(before.get(iso3, ()))), tuple(sorted(after.get(iso3, ()))))
            for iso3 in sorted(before.keys() | after.keys())
            if before.get(iso3) != after.get(iso3)
        )

    def _stays_in_use(self, row: Row) -> bool:
        return id(row) not in self._left and _in_use(row)

    def _written_to(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for row in self._rows.values():
            if isinstance(row, Contact) and self._stays_in_use(row):
                found.setdefault(row.iso3, set()).add(row.email)
        return found

    def rows(self) -> list[DirectoryEntry]:
        """Return the rows that were changed back, by what they are called again."""
        return [entry_of(row, changes) for row, changes in reversed(self._changed.values())]

    def changed_since(self, change: DirectoryChange) -> Iterator[Problem]:
        """Yield what is not as the change left it; the opt-out list is others' too."""
        if change.kind == OPT_OUT:
            return
        where = " ".join(part for part in (change.iso3, change.key) if part)
        if later := self._later.of(change):
            self.first = self._later.first([*self.first, *chain.from_iterable(later.values())])
            for name, numbers in later.items():
                yield Problem(
                    "import.changed-by", "{field} was changed since, by {count:*import|imports} {numbers}", field=name,
                    count=len(numbers), numbers=each_of(numbers), where=where,
                )  # fmt: skip
            return
        row = self._row(change)
        there = None
        if row is not None:
            there = whole(row) if change.field == ADDED else {change.field: kept(get(row, change.field))}
        yield from not_as_left(change, there, where)

    def put_back(self, change: DirectoryChange) -> None:
        """Put a field back; rows that were added go at the end."""
        if change.kind == OPT_OUT:
            self._allow(change)
            return
        row = self._row(change)
        assert row is not None, "what is gone was told"
        if change.field == ADDED:
            self._gone.append(row)
            return
        if isinstance(row, Contact):
            self._led.setdefault(id(row), (row, _leads(row)))
        current, old = get(row, change.field), _restored(change.field, change.old)
        put(row, change.field, old)
        if isinstance(row, Contact) and change.field == "email":
            row.email_key = address_key(old)
        self.journal.changed(row, change.field, current, old)
        again = FieldChange(change.field, told(kept(current)), told(kept(old)))
        self._changed.setdefault(id(row), (row, []))[1].append(again)
        self.session.add(row)

    def _allow(self, change: DirectoryChange) -> None:
        """Take an address off the opt-out list that the import put there, unless somebody has done so since."""
        query = select(OptOut).where(OptOut.address_key == change.key, col(OptOut.withdrawn_at).is_(None))
        listed = self.session.exec(query).first()
        if listed is not None and listed.why == change.new:
            self.journal.allowed(change.iso3, change.key, str(change.new))
            self.session.delete(listed)

    def finish(self) -> None:
        """Take away the rows that were added: contacts and terms first, then the missions that nothing points at."""
        leaving = {id(row) for row in self._gone}
        self.problems += self._led_since(leaving)
        for row in (row for row in self._gone if not isinstance(row, Mission)):
            self._take_away(row)
        self.session.flush()
        held = self._held() | {
            row.iso3 for row in self._rows.values() if isinstance(row, Contact) and id(row) not in leaving
        }
        for mission in (row for row in self._gone if isinstance(row, Mission)):
            if mission.iso3 in held:
                self.journal.changed(mission, "absent_since", mission.absent_since, self.moment)
                mission.absent_since = self.moment
                self.session.add(mission)
                self.kept.append(mission.iso3)
            else:
                self._take_away(mission)

    def _led_since(self, leaving: Collection[int]) -> Iterator[Problem]:
        """Yield who would head a mission again, though a later import has given it another head."""
        for row in (row for row, led in self._led.values() if not led and _leads(row) and id(row) not in leaving):
            for place, other in self._rows.items():
                if not isinstance(other, Contact) or other is row or other.iso3 != row.iso3 or id(other) in leaving:
                    continue
                if not _leads(other) or (row.name and not other.name):  # a box of an office takes nobody's place
                    continue
                who = f"{other.name} ({other.email})" if other.name else other.email
                where, address = f"{row.iso3} {row.email}", other.email
                later = self._later.of_row(place, _MAKES_HEAD)
                if numbers := sorted(set(chain.from_iterable(later.values()))):
                    self.first = self._later.first([*self.first, *numbers])
                    yield Problem(
                        "import.led-since", "{other} is {role} there since, by {count:*import|imports} {numbers}",
                        other=who, role=other.role, count=len(numbers), numbers=each_of(numbers), address=address,
                        where=where, remedy="Or say first that {address} is not in use (active=no).",
                    )  # fmt: skip
                elif self._later.is_back(place, _MAKES_HEAD):
                    yield Problem(
                        "import.led-again", "{other} is {role} there again", other=who, role=other.role,
                        address=address, where=where, remedy="Say first that {address} is not in use (active=no).",
                    )  # fmt: skip

    def _take_away(self, row: Row) -> None:
        self.journal.removed(row)
        self.gone.append(entry_of(row))
        self._left.add(id(row))
        self.session.delete(row)

    def _row(self, change: DirectoryChange) -> Row | None:
        """Return the row of a change, wherever its address has moved since."""
        place = self._later.place(change)
        return None if place is None else self._rows.get(place)

    def _held(self) -> set[str]:
        named = [select(func.distinct(table.iso3)) for table in (Response, Message, MissionNote)]
        return {iso3 for query in named for iso3 in self.session.exec(query)}


def _in_use(row: Row) -> bool:
    return row.absent_since is None and (not isinstance(row, Contact) or row.active)


def _leads(row: Contact) -> bool:
    """Whether a contact is the head of its mission, to whom one writes: there is one such."""
    leads = row.role is Role.PERMANENT_REPRESENTATIVE and row.line is Line.TO
    return leads and row.active and row.absent_since is None


def _place_of(row: Row) -> Place:
    return type(row).__name__.lower(), row.iso3, key_of(row)
