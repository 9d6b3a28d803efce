"""Brings a spreadsheet into the directory: compares it with the database, and writes all of it or nothing.

Rows are added and updated by ISO3, by ISO3 and e-mail address, by ISO3 and first year. What the file does not name
is left alone: rows, tags, a kind of row without a sheet, a field without a column. Only where a person has said so
(`replace`) rows that are not named are retired: kept and marked (`absent_since`), never deleted; campaigns do not
write to a contact so marked. A row that comes back loses the mark.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session, col, select

from outreach.actors import Actor
from outreach.clock import now
from outreach.database import reading, writing
from outreach.errors import ConfirmationError, Problem, SheetError
from outreach.missions.books.cells import Book
from outreach.missions.books.opening import open_content
from outreach.missions.books.package import content_of
from outreach.missions.books.sheets import FoundSheets, Table, find_tables
from outreach.missions.columns import SheetKind
from outreach.missions.directory import erased_keys
from outreach.missions.doubles import summed_up
from outreach.missions.guards import look_over, name_nobody_jointly
from outreach.missions.history import ImportHistory, Row
from outreach.missions.own_columns import PREFIX, gathered, get, put, restored, written
from outreach.missions.result import (
    FieldChange,
    ImportResult,
    MarkedCell,
    Recipients,
    SheetDifference,
    contact_entry,
    entry_of,
    must_be_typed,
)
from outreach.missions.rows import CheckedRow, Key, Records, read_records
from outreach.missions.shipped import shipped_mission, shipped_term_rows
from outreach.models import Contact, Mission, OptOut, SheetMapping, Term
from outreach.people import audit
from outreach.sentences import KeptSentence, Remedy, Sentence, saying, some_of
from outreach.text import address_key, erased_key, folded, one_line
from outreach.vocabulary import Act, Line, Role

_EMPTY_CONTACT: Mapping[str, Any] = MappingProxyType(
    {
        "role": Role.GENERAL, "form_of_address": "", "name": "", "title": "", "gender_form": None, "language": None,
        "line": Line.TO, "active": True, "absent_since": None, "bounced_at": None, "bounce_detail": "",
    }
)  # fmt: skip

Ask = Callable[[Sequence[Problem]], bool]
"""Shows what was guessed to a person, and returns whether all of it is right."""
AskNumber = Callable[[ImportResult], int | None]
"""Shows what would be retired to a person, who types how many rows that are."""
_WHOLE = 0.9
"""From this share of the directory on, a file is taken for the directory itself, with some cells changed."""


@dataclass(slots=True)
class _Plan:
    """What is to be written, worked out before anything is: a dry run ends here."""

    at: datetime
    new: list[Row | dict[str, Any]] = field(default_factory=list)
    """Missions and terms; contacts, of which there may be very many, as plain fields."""
    updates: list[tuple[Row, str, Any]] = field(default_factory=list)
    replace: bool = False
    """Whether what the file does not name is retired."""
    retired_tags: int = 0
    named_kinds: int = 0
    """How many rows the directory has of the kinds that the file has a sheet for: what retiring is measured by."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        return not (self.new or self.updates)

    def apply(self, session: Session) -> ImportHistory:
        """Write it, missions first, since contacts point at them; return what is to be remembered of it."""
        journal = ImportHistory()
        for row, name, value in self.updates:
            journal.changed(row, name, get(row, name), value)
            put(row, name, value)
            if isinstance(row, Contact) and name == "email":
                row.email_key = address_key(value)
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
    set_aside: bool = False,
    doubles: Mapping[str, str] = MappingProxyType({}),
    replace: bool = False,
    confirmed: int | None = None,
    ask_number: AskNumber = lambda _: None,
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

    With `set_aside`, rows with a cell that can't be taken, or that name no state that is known, are left out and told,
    and the others go in; the result has a copy of the file with those cells marked. Where that copy is brought back,
    what is still wrong is set aside again.

    Where a mission, or an address of a mission, stands in several rows that differ, what they contradict each other in
    is left out, and that is asked about; `doubles` says instead, by ISO3 or address, the row that holds, `both` or
    `aside` (see `doubles.Doubles`).

    What the file does not name is left alone. With `replace`, missions, contacts and terms of the kinds that the file
    has a sheet for are retired if it does not name them, and tags are taken away from the missions that it names: they
    are kept and marked absent, and campaigns will not write to them. Past five rows, or five in a hundred, `confirmed`
    or `ask_number` has to say how many.

    Raises ConfirmationError where that number is lacking or another, and SheetError: one sentence for a file that
    can't be read, or one Problem for every cell that can't be taken or every guess that nobody agreed to. Nothing has
    been changed then.
    """
    source = Path(path)
    content = content_of(source)
    with reading(engine) as session:
        saved = {known.signature: known.columns for known in session.exec(select(SheetMapping))}
    name = called or source.name
    book = open_content(name if Path(name).suffix.lower() == source.suffix.lower() else source.name, content)
    found = find_tables(book, sheet=sheet, mapping=mapping, saved=saved)
    set_aside = set_aside or found.marked > 0
    records = read_records(found, name, set_aside=set_aside, doubles=doubles)
    with reading(engine) as session:
        aside = {id(one.problem) for one in found.left if set_aside}
        asked = [one for one in found.guesses if id(one) not in aside]
        known, own = _known_contacts(session)
        records, joint = name_nobody_jointly(found, records, known)
        guesses = summed_up([
            *asked, *records.guesses, *_shared_addresses(session, found, records, replace=replace),
            *_ask_of_successors(session, found, records, replace=replace),
            *joint, *look_over(found, records, known, own),
        ])  # fmt: skip
    # Whoever agrees to the guesses agrees to the rows that are left out: they are told, and marked in a copy.
    left = found.left if set_aside or not dry_run else ()
    not_understood = [*(one.problem for one in left), *records.set_aside]
    all_guesses = tuple(one for one in guesses if not any(one is other for other in not_understood))

    def compare(session: Session, *, dry: bool) -> tuple[_Plan, ImportResult]:
        plan, notes = _Plan(now(), replace=replace), [*found.notes, *records.notes]
        rows = _without_erased(session, records.of, notes)
        missions = _compare_missions(session, rows, plan, notes)
        contacts = _compare_contacts(session, rows, plan, notes)
        terms = _compare_terms(session, rows, plan, notes)
        _tell_left_alone(missions, contacts, terms, notes)
        _tell_stopped(session, plan, notes)
        return plan, ImportResult(
            name, dry, missions, contacts, terms, tuple(notes), all_guesses, replace, plan.retired_tags,
            _recipients(session, plan), not_understood, b"", records.doubles,
        )  # fmt: skip

    if guesses and not (dry_run or yes):
        with reading(engine) as session:  # what stands in the directory as the file has it was agreed to before
            plan, _ = compare(session, dry=True)
            settled = plan.is_empty and not _to_stop(session, found, records)
    if guesses and not (dry_run or yes or settled or ask(guesses)):
        one = saying("import.one", "One thing is")
        many = saying("import.many", "{count} things are", count=len(guesses))
        raise SheetError(
            "import.guessed",
            "{source}: {things} guessed, and nobody has agreed; nothing was imported.",
            source=name,
            things=one if len(guesses) == 1 else many,
            remedy="If they are right, {AGREE:take them so}; else correct the sheet.",
            problems=guesses,
        )
    if replace and not dry_run and confirmed is None:
        with reading(engine) as session:  # nothing is locked while a person counts
            plan, result = compare(session, dry=True)
        if must_be_typed(result.retired, plan.named_kinds):
            confirmed = ask_number(result)
    with reading(engine) if dry_run else writing(engine) as session:
        plan, result = compare(session, dry=dry_run)
        if not dry_run:
            _require_confirmed(result, plan, confirmed)
            digest, file = hashlib.sha256(content).hexdigest(), name
            journal = plan.apply(session)
            _stop(session, found, records, journal, plan.at, by, file)
            journal.write(session, at=plan.at, who=by.name, file=file, digest=digest)
            _remember(session, found.tables.values(), file, by.name, plan.at)
            counts = KeptSentence(
                "log.import",
                "{missions:,} {missions:*mission|missions} and {contacts:,} {contacts:*contact|contacts} added, "
                "{changed} changed",
                missions=len(result.missions.added), contacts=len(result.contacts.added),
                changed=len(result.missions.changed) + len(result.contacts.changed),
            )  # fmt: skip
            retired = KeptSentence("log.retired", "{number} retired", number=result.retired)
            detail = KeptSentence.joined([counts] + [retired] * bool(result.retired), ", ")
            audit.record(session, by, Act.MISSIONS_IMPORTED, file, detail)
    return replace_fields(result, marked=_marked(book, [*left, *records.marks], content))


def _marked(book: Book, marks: Sequence[MarkedCell], content: bytes) -> bytes:
    if not marks:
        return b""
    from outreach.missions.books.marked_copy import marked_copy

    return marked_copy(book, marks, content)


def _stop(
    session: Session, found: FoundSheets, records: Records, journal: ImportHistory, at: datetime, by: Actor, file: str
) -> None:
    """Put the addresses on the opt-out list of which the sheet says that they are not to be written to."""
    for key, place, record in _to_stop(session, found, records):
        why = one_line(f"{file}: {place}")[:500]
        session.add(OptOut(address=record.values["email"], address_key=key, at=at, who=by.name, why=why))
        journal.stopped(record.iso3, key, why)


def _to_stop(session: Session, found: FoundSheets, records: Records) -> list[tuple[str, str, CheckedRow]]:
    """Return the addresses, as compared, that go on the opt-out list and are not there, with place and row."""
    plain = next((table.plain for table in found.tables.values() if table.plain is not None), None)
    contacts = {str(record.key[1]): record for record in records.of.get(SheetKind.CONTACTS, ())}
    there = set(session.exec(select(OptOut.address_key).where(col(OptOut.withdrawn_at).is_(None))))
    stopped = plain.stopped if plain is not None else {}
    return [
        (key, at, contacts[key])
        for key, at in stopped.items()
        if key in contacts and not {key, erased_key(key)} & there
    ]


def _shared_addresses(session: Session, found: FoundSheets, records: Records, *, replace: bool) -> list[Problem]:
    """Return what is to be asked of addresses that would stand at two missions, unless they do so already."""
    contacts = records.of.get(SheetKind.CONTACTS, ())
    if not contacts:
        return []
    known: dict[str, set[str]] = {}
    written_to: dict[str, set[str]] = {}
    for iso3, key, active in session.exec(
        select(Contact.iso3, Contact.email_key, Contact.active).where(col(Contact.absent_since).is_(None))
    ):
        known.setdefault(key, set()).add(iso3)
        if active and not replace:  # else the old one is retired
            written_to.setdefault(key, set()).add(iso3)
    asked = [one.asked for one in records.shared if one.iso3 not in known.get(one.key, ())]
    told = {(one.key, one.iso3) for one in records.shared}
    for record in contacts:
        key = str(record.key[1])
        at = written_to.get(key, set())
        if at and record.iso3 not in known[key] and (key, record.iso3) not in told:
            asked.append(
                Problem(
                    "import.address-elsewhere",
                    "{address} is the address of {iso3} in the directory",
                    address=record.values["email"],
                    iso3=", ".join(sorted(at)),
                    where=f"row {found.tables[SheetKind.CONTACTS].row_place(record.row)} ({record.iso3})",
                    remedy="If they share it, each gets its own letter there; else set the old contact inactive.",
                )
            )
    return asked


def _known_contacts(session: Session) -> tuple[dict[tuple[str, str], str], set[str]]:
    """Return the names of the directory's contacts by mission and address, and what columns of one's own they have."""
    rows = session.exec(select(Contact.iso3, Contact.email_key, Contact.name, Contact.fields)).all()
    own = {name.replace("_", " ") for *_, fields in rows for name in fields or ()}
    return {(iso3, key): name for iso3, key, name, _ in rows}, own


def _require_confirmed(result: ImportResult, plan: _Plan, confirmed: int | None) -> None:
    """Raise where more would be retired than goes without a word, and its number is not what a person typed."""
    if confirmed is None and must_be_typed(result.retired, plan.named_kinds):
        raise ConfirmationError(
            "import.not-confirmed",
            "{file} would retire {retired} of {known} {known:*row|rows} that it does not name, and nobody has "
            "confirmed that number. Nothing was imported.",
            file=result.file,
            retired=result.retired,
            known=plan.named_kinds,
            remedy="If that is meant, {RETIRE:confirm it}; to add and update only, leave that out.",
        )
    if confirmed is not None and confirmed != result.retired:
        raise ConfirmationError(
            "import.another-number",
            "{confirmed} was confirmed, but {file} would retire {retired} {retired:*row|rows}. Nothing was imported.",
            confirmed=confirmed,
            file=result.file,
            retired=result.retired,
            remedy="Look at the difference again.",
        )


def _without_erased(
    session: Session, rows: Mapping[SheetKind, Sequence[CheckedRow]], notes: list[Sentence]
) -> Mapping[SheetKind, Sequence[CheckedRow]]:
    """Return the rows without the contacts whose data were erased, who are told: they are not kept anew."""
    contacts = rows.get(SheetKind.CONTACTS, ())
    erased = erased_keys(session) if contacts else set()
    back = {str(row.key[1]) for row in contacts if erased_key(str(row.key[1])) in erased} if erased else set()
    if not back:
        return rows
    notes.append(
        saying(
            "import.erased-again",
            "Left out, since their data were erased: {addresses}. Nothing of them is kept but a digest of the "
            "address, by which it is known again. Take them out of the sheet.",
            addresses=", ".join(sorted(back)),
        )
    )
    return {**rows, SheetKind.CONTACTS: [row for row in contacts if str(row.key[1]) not in back]}


def _tell_stopped(session: Session, plan: _Plan, notes: list[Sentence]) -> None:
    """Say of which contacts that are active by the file the address is on the opt-out list: a sheet takes none off."""
    active = {str(row["email_key"]): str(row["email"]) for row in plan.new if isinstance(row, dict) and row["active"]}
    active |= {
        row.email_key: row.email
        for row, name, value in plan.updates
        if isinstance(row, Contact) and name == "active" and value
    }
    listed = (
        set(session.exec(select(OptOut.address_key).where(col(OptOut.withdrawn_at).is_(None)))) if active else set()
    )
    if stopped := sorted(address for key, address in active.items() if key in listed):
        notes.append(
            saying(
                "import.on-the-opt-out-list",
                "On the opt-out list, and not written to whatever the file says: {addresses}.",
                addresses=some_of(stopped),
            )
        )


def _tell_left_alone(
    missions: SheetDifference, contacts: SheetDifference, terms: SheetDifference, notes: list[Sentence]
) -> None:
    for one, words in (
        (missions, saying("import.missions-left", "{count} {count:*mission|missions}", count=len(missions.left_alone))),
        (contacts, saying("import.contacts-left", "{count} {count:*contact|contacts}", count=len(contacts.left_alone))),
        (terms, saying("import.terms-left", "{count} {count:*term|terms}", count=len(terms.left_alone))),
    ):
        if one.left_alone:
            notes.append(saying("import.left-alone", "Not named in the file and left as they are: {what}.", what=words))


def _recipients(session: Session, plan: _Plan) -> tuple[Recipients, ...]:
    """Return the missions of which other addresses would be written to than before, by ISO3."""
    touched = {row.iso3 for row, _, _ in plan.updates if isinstance(row, Contact)}
    touched |= {row["iso3"] for row in plan.new if isinstance(row, dict)}
    if not touched:
        return ()
    later: dict[int, dict[str, Any]] = {}
    for row, name, value in plan.updates:
        later.setdefault(id(row), {})[name] = value
    before: dict[str, set[str]] = {iso3: set() for iso3 in touched}
    after: dict[str, set[str]] = {iso3: set() for iso3 in touched}
    for contact in session.exec(select(Contact)):
        if contact.iso3 in touched:
            was = {name: getattr(contact, name) for name in ("email", "active", "absent_since")}
            for fields, side in ((was, before), ({**was, **later.get(id(contact), {})}, after)):
                if fields["active"] and fields["absent_since"] is None:
                    side[contact.iso3].add(fields["email"])
    for made in plan.new:
        if isinstance(made, dict) and made["active"]:
            after[made["iso3"]].add(made["email"])
    return tuple(
        Recipients(iso3, tuple(sorted(before[iso3])), tuple(sorted(after[iso3])))
        for iso3 in sorted(touched)
        if before[iso3] != after[iso3]
    )


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
    session: Session, records: Mapping[SheetKind, Sequence[CheckedRow]], plan: _Plan, notes: list[Sentence]
) -> SheetDifference:
    known: dict[Key, Mission] = {(mission.iso3,): mission for mission in session.exec(select(Mission))}
    wanted: dict[Key, Mapping[str, Any]] = {}
    for record in records.get(SheetKind.MISSIONS, ()):
        facts = shipped_mission(record.iso3)
        wanted[record.key] = {
            # An empty cell is filled from the facts; only a mission may have no tags.
            name: value if name.startswith(PREFIX) or value not in ("", None) else getattr(facts, name)
            for name, value in record.values.items()
        }
    _keep_tags(known, wanted, plan, notes)
    # A mission that only its contacts name is in the file all the same.
    named_only = sorted(
        {record.iso3 for record in records.get(SheetKind.CONTACTS, ())} - {str(key[0]) for key in wanted}
    )
    filled_in = [iso3 for iso3 in named_only if (iso3,) not in known]
    wanted.update({(iso3,): {} for iso3 in named_only})
    if filled_in:
        notes.append(
            saying(
                "import.from-the-facts",
                "{count} {count:*mission is|missions are} taken from the shipped facts, since only contacts name "
                "{count:*it|them}: {missions}.",
                count=len(filled_in), missions=some_of(filled_in),
            )
        )  # fmt: skip

    def create(key: Key, values: Mapping[str, Any]) -> Mission:
        mission = shipped_mission(str(key[0]))
        for name, value in values.items():
            put(mission, name, value)
        return mission

    difference = _compare(known, wanted, create, plan, complete=SheetKind.MISSIONS in records)
    if difference.absent:
        notes.append(
            saying(
                "import.missions-retired",
                "{count} {count:*mission is|missions are} not named in the file and retired: kept and marked; no "
                "audience holds a mission so marked.",
                count=len(difference.absent),
            )
        )
    return difference


def _keep_tags(
    known: Mapping[Key, Mission], wanted: Mapping[Key, Mapping[str, Any]], plan: _Plan, notes: list[Sentence]
) -> None:
    """Leave a mission the tags that its row does not name, unless what is not named is to go; count them."""
    kept = 0
    for key, values in wanted.items():
        mission = known.get(key)
        if mission is None or "tags" not in values:
            continue
        named = {folded(tag) for tag in values["tags"]}
        others = [tag for tag in mission.tags if folded(tag) not in named]
        if plan.replace:
            plan.retired_tags += len(others)
        elif others:
            kept += len(others)
            were = {folded(tag) for tag in mission.tags}
            assert isinstance(values, dict)
            values["tags"] = [*mission.tags, *(tag for tag in values["tags"] if folded(tag) not in were)]
    if kept:
        notes.append(
            saying(
                "import.tags-left", "{count} {count:*tag that the file does not name is|tags that the file does not "
                "name are} left as {count:*it was|they were}.", count=kept,
            )
        )  # fmt: skip


def _compare_contacts(
    session: Session, records: Mapping[SheetKind, Sequence[CheckedRow]], plan: _Plan, notes: list[Sentence]
) -> SheetDifference:
    wanted = {record.key: record.values for record in records.get(SheetKind.CONTACTS, ())}
    # The contacts of a mission that left the file before are no news; an export leaves them out with it.
    absent = set(session.exec(select(Mission.iso3).where(col(Mission.absent_since).is_not(None))))
    absent -= {str(iso3) for iso3, _ in wanted}
    known: dict[Key, Contact] = {
        (c.iso3, c.email_key): c for c in session.exec(select(Contact)) if c.iso3 not in absent
    }

    def create(key: Key, values: Mapping[str, Any]) -> dict[str, Any]:
        return {**_EMPTY_CONTACT, **gathered(values), "email_key": key[1]}

    found = _successions(known, wanted, replace=plan.replace)
    for contact, key in (*found.same_address, *found.vacant):
        wanted[key] = {**_OF_A_PERSON, **{f"{PREFIX}{name}": None for name in contact.fields or ()}, **wanted[key]}
    for old, new in _moved(known, wanted):
        contact = known[new] = known.pop(old)
        if contact.bounced_at is not None:  # that was the other address
            plan.updates += [(contact, "bounced_at", None), (contact, "bounce_detail", "")]
    for contact, _ in _successions(known, wanted, replace=plan.replace).beside:
        wanted[contact.iso3, contact.email_key] = {"active": False}
    difference = _compare(known, wanted, create, plan, complete=SheetKind.CONTACTS in records)
    if difference.absent:
        notes.append(
            saying(
                "import.contacts-retired",
                "{count} {count:*contact is|contacts are} not named in the file and retired: kept and marked; "
                "campaigns will not write to a contact so marked.",
                count=len(difference.absent),
            )
        )
    return difference


_OF_A_PERSON: Mapping[str, Any] = MappingProxyType({"form_of_address": "", "title": "", "gender_form": None})
"""What is a person's, and not their successor's."""


@dataclass(slots=True)
class _Successions:
    """Who takes the place of somebody in the directory by what a file says."""

    same_address: list[tuple[Contact, Key]] = field(default_factory=list)
    """Contacts whose address the file gives to another person."""
    vacant: list[tuple[Contact, Key]] = field(default_factory=list)
    """Contacts of whom the file says no name any more: nobody's form, title and gender form are theirs."""
    beside: list[tuple[Contact, Key]] = field(default_factory=list)
    """Heads of mission beside whom the file puts another one, at another address; and that one."""


def _successions(
    known: Mapping[Key, Contact], wanted: Mapping[Key, Mapping[str, Any]], *, replace: bool
) -> _Successions:
    """Return who succeeds whom. Who both stand in the file, or changed the address alone, are no such."""
    found = _Successions()
    moved = {old for old, _ in _moved(known, wanted)}
    heads: dict[str, list[Contact]] = {}
    for key, contact in known.items():
        in_use = contact.absent_since is None and contact.active
        if key in wanted and contact.absent_since is None:
            if _is_another_person(contact.name, str(wanted[key].get("name") or "")):
                found.same_address.append((contact, key))
            elif contact.name and "name" in wanted[key] and not wanted[key]["name"]:
                found.vacant.append((contact, key))
        elif in_use and key not in moved and contact.role is Role.PERMANENT_REPRESENTATIVE and contact.line is Line.TO:
            heads.setdefault(contact.iso3, []).append(contact)
    arrived = {new for _, new in _moved(known, wanted)}
    for key, values in wanted.items() if heads and not replace else ():
        new_head = (
            key not in known
            and key not in arrived
            and values.get("role") is Role.PERMANENT_REPRESENTATIVE
            and values.get("line", Line.TO) is Line.TO
            and values.get("active", True)
        )
        for contact in heads.get(str(key[0]), ()) if new_head else ():
            if values.get("name") or not contact.name:  # a box of an office takes nobody's place
                found.beside.append((contact, key))
    return found


_ALIKE = 0.75
"""From this likeness on, two names are one, written in two ways."""


def _is_another_person(before: str, after: str) -> bool:
    """Tell whether two names are those of two people: no word in common, nor nearly so, in the same script."""
    one, other = folded(before), folded(after)
    if not one or not other or one.isascii() is not other.isascii() or set(one.split()) & set(other.split()):
        return False
    return SequenceMatcher(None, one, other).ratio() < _ALIKE


def _ask_of_successors(
    session: Session, found_sheets: FoundSheets, records: Records, *, replace: bool
) -> list[Problem]:
    """Ask where a file puts another person in the place of one in the directory, and say what becomes of that one."""
    rows = {record.key: record for record in records.of.get(SheetKind.CONTACTS, ())}
    if not rows:
        return []
    table = found_sheets.tables[SheetKind.CONTACTS]
    known: dict[Key, Contact] = {(one.iso3, one.email_key): one for one in session.exec(select(Contact))}
    found = _successions(known, {key: record.values for key, record in rows.items()}, replace=replace)
    asked = []
    for pairs, words, remedy in (
        (
            found.same_address,
            saying(
                "import.successors",
                "another person at the address of one in the directory, whose form of address, title, gender form and "
                "own columns are emptied where the file does not say them",
            ),
            Remedy("If it is the same person, write the name as it was."),
        ),
        (
            found.vacant,
            saying(
                "import.vacant-posts",
                "nobody is named any more at the address of one in the directory, whose form of address, title, gender "
                "form and own columns are emptied where the file does not say them",
            ),
            Remedy("If they are still there, write their name; if nobody is to be written to there, say so (Active)."),
        ),
        (
            found.beside,
            saying(
                "import.new-heads",
                "another head of mission at another address: the one in the directory is set inactive",
            ),
            Remedy("If both are to be written to, name both in the file."),
        ),
    ):
        told = [
            f"{table.row_place(rows[key].row)} ({contact.iso3}: {contact.name or contact.email} → "
            f"{rows[key].values.get('name') or rows[key].values['email']})"
            for contact, key in pairs
        ]
        if told:
            asked.append(
                Problem("import.succession", "{words}: {rows}", words=words, rows=some_of(told), where=table.name,
                        remedy=remedy)
            )  # fmt: skip
    return asked


def _moved(known: Mapping[Key, Contact], wanted: Mapping[Key, Mapping[str, Any]]) -> list[tuple[Key, Key]]:
    """Return the contacts that the file gives another address: by the key they had, and the one that they get.

    That is the same name in the same role at the same mission, once on either side; in a file that names nearly all
    of the directory, also the same role, if no other name is told.
    """
    present = [key for key, contact in known.items() if contact.absent_since is None]
    whole = sum(key in wanted for key in present) >= _WHOLE * len(present)
    before, after = _Persons(), _Persons()
    for key in present:
        contact = known[key]
        if key not in wanted and contact.active:
            before.add(key, contact.role, contact.name, nameless=whole)
    if not before.keys:
        return []
    for key, values in wanted.items():
        if key not in known and values.get("active", True):
            after.add(key, values.get("role", Role.GENERAL), values.get("name", ""), nameless=whole)
    pairs = [(old, new) for old, new in before.pairs(after) if _no_other_name(known[old].name, wanted[new])]
    return list(dict(pairs).items())


def _no_other_name(name: str, values: Mapping[str, Any]) -> bool:
    other = values.get("name", "")
    return not name or not other or folded(name) == folded(other)


class _Persons:
    """Contacts by who they are: mission, role and name, or mission and role."""

    def __init__(self) -> None:
        self.keys: dict[tuple[object, ...], list[Key]] = {}

    def add(self, key: Key, role: Role, name: str, *, nameless: bool) -> None:
        if name:
            self.keys.setdefault((key[0], role, folded(name)), []).append(key)
        if nameless:
            self.keys.setdefault((key[0], role), []).append(key)

    def pairs(self, others: "_Persons") -> Iterable[tuple[Key, Key]]:
        """Yield the keys of those who stand once here and once there."""
        for who, keys in self.keys.items():
            there = others.keys.get(who, [])
            if len(keys) == len(there) == 1:
                yield keys[0], there[0]


def _compare_terms(
    session: Session, records: Mapping[SheetKind, Sequence[CheckedRow]], plan: _Plan, notes: list[Sentence]
) -> SheetDifference:
    known: dict[Key, Term] = {(term.iso3, term.first_year): term for term in session.exec(select(Term))}
    named = SheetKind.TERMS in records
    if named:
        wanted = {record.key: record.values for record in records[SheetKind.TERMS]}
    elif not known:
        wanted = {
            (term.iso3, term.first_year): term.model_dump(include={"iso3", "first_year", "last_year"})
            for term in shipped_term_rows()
        }
        notes.append(
            saying("import.shipped-terms", "The file has no sheet HRC terms: the {number} shipped terms are taken.",
                   number=len(wanted))
        )  # fmt: skip
    else:
        return SheetDifference()
    return _compare(known, wanted, lambda _, values: Term(**values), plan, complete=named)


def _compare(
    known: Mapping[Key, Row],
    wanted: Mapping[Key, Mapping[str, Any]],
    create: Callable[[Key, Mapping[str, Any]], Row | dict[str, Any]],
    plan: _Plan,
    *,
    complete: bool,
) -> SheetDifference:
    """Compare the rows of one kind; `complete` where the file has a sheet of them, and so what it lacks is told."""
    difference = SheetDifference()
    for key, values in wanted.items():
        row = known.get(key)
        if row is None:
            made = create(key, values)
            plan.new.append(made)
            difference.added.append(contact_entry(made) if isinstance(made, dict) else entry_of(made))
            continue
        changes = _changes(row, values, plan)
        (difference.changed if changes else difference.unchanged).append(entry_of(row, changes, values))
    plan.named_kinds += sum(row.absent_since is None for row in known.values()) if complete else 0
    for key, row in known.items() if complete else ():
        if key in wanted:
            continue
        if row.absent_since is None and not plan.replace:
            difference.left_alone.append(entry_of(row))
        elif row.absent_since is None:
            plan.updates.append((row, "absent_since", plan.at))
            difference.absent.append(entry_of(row))
        else:
            difference.still_absent.append(entry_of(row))
    for entries in (difference.added, difference.changed, difference.unchanged, difference.absent):
        entries.sort(key=lambda entry: entry.key)
    difference.still_absent.sort(key=lambda entry: entry.key)
    difference.left_alone.sort(key=lambda entry: entry.key)
    return difference


def _changes(row: Row, values: Mapping[str, Any], plan: _Plan) -> list[FieldChange]:
    changes = []
    for name, value in values.items():
        old = get(row, name)
        if name.startswith(PREFIX) and written(restored(old)) == written(restored(value)):
            continue  # the same in the sheet, whatever the column as a whole was taken for
        if old != value:
            plan.updates.append((row, name, value))
            changes.append(FieldChange(name, _words(old), _words(value)))
    if row.absent_since is not None:
        plan.updates.append((row, "absent_since", None))
        changes.append(FieldChange("absent_since", _words(row.absent_since), ""))
    return changes


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
    if isinstance(value, Mapping):  # a date of one's own
        return written(restored(value))
    return str(value)
