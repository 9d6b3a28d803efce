"""The parts of a workbook made by hand, and what the tests of the missions share."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading
from outreach.errors import Problem
from outreach.missions.history import Undone
from outreach.missions.importer import import_file
from outreach.missions.result import SheetDifference
from outreach.models import Contact, Mission, Term

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "data" / "missions.xlsx"
SHARED_FACTS = ROOT.parent / "shared" / "un"

Sheets = Mapping[str, Sequence[Sequence[Any]]]
MakeBook = Callable[..., Path]
MakePackage = Callable[..., Path]

CONTACTS = ["ISO3", "Role", "Name", "E-mail", "Language", "Line", "Active"]
FRA = ["FRA", "general", "", "mission@fra.mission.example", "", "to", "yes"]


def inline(reference: str, text: str) -> str:
    """Return a cell with its text inside."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def relationships(*entries: tuple[str, str, str]) -> str:
    """Return a relationships part with entries of (id, last word of the type, target)."""
    rows = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{target}"/>' for i, kind, target in entries)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def counts(difference: SheetDifference) -> dict[str, int]:
    return {name: len(entries) for name, entries in difference.as_dict().items() if entries}


def rows_of(engine: Engine, kind: type[Any]) -> list[Any]:
    with reading(engine) as session:
        return list(session.exec(select(kind)))


def contact(engine: Engine) -> Contact:
    (found,) = rows_of(engine, Contact)
    assert isinstance(found, Contact)
    return found


def all_of(found: Undone) -> int:
    """Say of an undo, as a person does, how many rows go with it."""
    return found.retired


def dump(engine: Engine) -> list[Any]:
    return [row.model_dump() for kind in (Mission, Contact, Term) for row in rows_of(engine, kind)]


def taken(engine: Engine, path: Path) -> tuple[dict[str, Contact], str]:
    """Import a book, every question answered yes; return who is written to, and what was asked."""
    asked: list[str] = []

    def agree(guesses: Sequence[Problem]) -> bool:
        asked.extend(map(str, guesses))
        return True

    import_file(engine, path, ask=agree, by=named("Ana"))
    return {one.email: one for one in rows_of(engine, Contact) if one.active}, "\n".join(asked)
