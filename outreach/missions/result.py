"""What an import did, or would do: added, changed, unchanged, retired and left alone, for each sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outreach.errors import Problem
from outreach.missions.doubles import StandsTwice
from outreach.models import Contact, Mission, Term
from outreach.sentences import Sentence

RETIRED_UNASKED = 5
"""So many rows, and no more than this share in a hundred, are retired without their number being typed."""


def must_be_typed(retired: int, known: int) -> bool:
    """Whether a person has to type how many rows are retired, of so many that are known."""
    return retired > RETIRED_UNASKED or retired * 100 > RETIRED_UNASKED * known


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one row, as words: what it was and what it is now."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One mission, contact or term."""

    key: str
    """`FRA`; `FRA mission@fra.mission.example`; `FRA 2024`."""
    label: str
    """The same for a person to read."""
    changes: tuple[FieldChange, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data; `changes` only where there are some."""
        plain: dict[str, Any] = {"key": self.key, "label": self.label}
        if self.changes:
            plain["changes"] = [{"field": c.field, "old": c.old, "new": c.new} for c in self.changes]
        return plain


def entry_of(
    row: Mission | Contact | Term, changes: Sequence[FieldChange] = (), values: Mapping[str, Any] | None = None
) -> DirectoryEntry:
    """Return a row as a result tells of it; `values` are fields that it is about to have."""
    after = values or {}
    match row:
        case Mission():
            return DirectoryEntry(row.iso3, str(after.get("short_name", row.short_name)), tuple(changes))
        case Contact():
            return contact_entry({**row.model_dump(include={"iso3", "email", "name", "role"}), **after}, changes)
        case Term():
            last = after.get("last_year", row.last_year)
            return DirectoryEntry(f"{row.iso3} {row.first_year}", f"{row.iso3} {row.first_year}-{last}", tuple(changes))


def contact_entry(fields: Mapping[str, Any], changes: Sequence[FieldChange] = ()) -> DirectoryEntry:
    """Return a contact, given as its fields, as a result tells of it."""
    key = f"{fields['iso3']} {fields['email']}"
    who = f"{fields['name']}, {fields['role'].value}" if fields["name"] else fields["role"].value
    return DirectoryEntry(key, f"{key} ({who})", tuple(changes))


@dataclass(slots=True)
class SheetDifference:
    """How the file and the database differ in one kind of row."""

    added: list[DirectoryEntry] = field(default_factory=list)
    changed: list[DirectoryEntry] = field(default_factory=list)
    unchanged: list[DirectoryEntry] = field(default_factory=list)
    absent: list[DirectoryEntry] = field(default_factory=list)
    """Not in the file, and retired for that by this import, as a person has said."""
    still_absent: list[DirectoryEntry] = field(default_factory=list)
    """Marked so by an earlier import, and still not in the file."""
    left_alone: list[DirectoryEntry] = field(default_factory=list)
    """Not in the file, and left as they are: an import retires only by a person's word."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data: lists of entries by what became of them."""
        return {
            "added": [entry.as_dict() for entry in self.added],
            "changed": [entry.as_dict() for entry in self.changed],
            "unchanged": [entry.as_dict() for entry in self.unchanged],
            "absent": [entry.as_dict() for entry in self.absent],
            "still_absent": [entry.as_dict() for entry in self.still_absent],
            "left_alone": [entry.as_dict() for entry in self.left_alone],
        }


@dataclass(frozen=True, slots=True)
class Recipients:
    """The addresses of one mission that a letter would go to, before an import and after it."""

    iso3: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """A cell that could not be taken: its sheet, row and column from 1 (0: the row as a whole), and what is wrong."""

    sheet: str
    row: int
    column: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did; with `dry_run`, what it would do."""

    file: str
    dry_run: bool
    missions: SheetDifference
    contacts: SheetDifference
    terms: SheetDifference
    notes: Sequence[Sentence] = ()
    """What a person should know besides: what was not read, what was filled in from the shipped facts."""
    guesses: Sequence[Problem] = ()
    """What was not told but guessed, each with its place, what it was taken for, and the other way out."""
    replace: bool = False
    """Whether what the file does not name is retired."""
    retired_tags: int = 0
    """With `replace`, how many tags of missions are taken away, since the file does not name them."""
    recipients: Sequence[Recipients] = ()
    """The missions of which other addresses would be written to than before."""
    not_understood: Sequence[Problem] = ()
    """The cells that can't be taken, whose rows were set aside by a person's word."""

    marked: bytes = b""
    """With them, an .xlsx copy of the file in which those cells are yellow and say their cure."""
    doubles: Sequence[StandsTwice] = ()
    """What stands there in several rows that differ, and which of them holds."""

    @property
    def retired(self) -> int:
        """How many missions, contacts, terms and tags are retired, since the file does not name them."""
        return sum(len(one.absent) for one in (self.missions, self.contacts, self.terms)) + self.retired_tags

    @property
    def changes_nothing(self) -> bool:
        """Whether the directory has all of it already."""
        parts = (self.missions, self.contacts, self.terms)
        return not self.retired and not any(one.added or one.changed for one in parts)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "missions": self.missions.as_dict(),
            "contacts": self.contacts.as_dict(),
            "terms": self.terms.as_dict(),
            "notes": list(map(str, self.notes)),
            "guesses": list(self.guesses),
            "replace": self.replace,
            "retired": self.retired,
            "not_understood": list(self.not_understood),
            "doubles": [one.as_dict() for one in self.doubles],
        }
