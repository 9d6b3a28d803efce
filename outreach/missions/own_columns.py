"""A team's own columns: what a further column of a sheet is called in a letter, what it holds, and how it is kept.

A column `Next visit` is `mission.fields.next_visit`. It is text, number, date or yes/no by what all of its cells hold.
A row keeps its values by name, as JSON; a date as `{"date": "2024-03-18"}`, so that no text is taken for one.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, Text, cast, col, select

from outreach.missions import closed_lists
from outreach.missions.columns import COLUMNS, SheetKind, squeezed
from outreach.models import Contact, Mission, Term
from outreach.text import folded, one_line

PREFIX = "fields."
"""How such a field is named among the others: `fields.next_visit`."""
MAX_OWN = 60
"""So many columns of one's own are taken from a sheet."""
_LONGEST_NAME = 40
# Fifteen digits are exact in a spreadsheet; a zero in front is a telephone's or a code's.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,10})?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?")

Value = str | int | float | bool | date


def name_of(header: str) -> str:
    """Return what a column is called in a letter: `Next visit (2024)` is `next_visit_2024`; empty for no words."""
    name = re.sub(r"\W+", "_", folded(header[:200])).strip("_")
    if name and not name.isidentifier():
        name = f"field_{name}"
    name = name[:_LONGEST_NAME].strip("_")
    return name if name.isidentifier() else ""


def header_of(name: str) -> str:
    """Return the header that the export gives a field: the import makes the same name of it."""
    header = name.replace("_", " ")
    header = header[:1].upper() + header[1:]
    return header if name_of(header) == name else name


def is_taken(kind: SheetKind, header: str) -> bool:
    """Tell whether a header is that of a column of ours, which can't be one of one's own."""
    return any(column.is_called(header) for column in COLUMNS[kind]) or squeezed(header) in {"", "fields"}


def reader_for(texts: Iterable[str]) -> Callable[[str], Value | None]:
    """Return what reads the cells of a column, by what all of its filled cells hold; an empty cell is None."""
    filled = [line for text in texts if (line := one_line(text))]
    kinds: tuple[Callable[[str], Value | None], ...] = (_yes_no, _number, _date)
    read = next((kind for kind in kinds if filled and all(kind(text) is not None for text in filled)), None)
    return lambda text: (read or str)(line) if (line := one_line(text)) else None


def value_of(text: str) -> Value | None:
    """Return what a person typed for a field, by what it looks like; None for nothing."""
    return reader_for([text])(text)


def written(value: object) -> str:
    """Return a value as a sheet and a person have it: `yes`, `3`, `2024-03-18`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return closed_lists.YES_NO[value]
    return value.isoformat() if isinstance(value, date) else str(value)


def stored(value: Value | None) -> Any:
    """Return a value as it is kept."""
    return {"date": value.isoformat()} if isinstance(value, date) else value


def restored(kept: Any) -> Value | None:
    """Return a value from what is kept."""
    if isinstance(kept, Mapping):
        return date.fromisoformat(str(kept["date"]))
    return kept  # type: ignore[no-any-return]


def fields_of_row(row: Mission | Contact) -> dict[str, Value]:
    """Return the values of a row's own fields by name."""
    return {name: value for name, kept in row.fields.items() if (value := restored(kept)) is not None}


def own_names(session: Session, kind: type[Mission | Contact]) -> frozenset[str]:
    """Return the names of the own fields that any row of a kind has."""
    kept = cast(col(kind.fields), Text)  # most rows hold the same, most often nothing: each is read once
    query = select(kept).where(col(kind.absent_since).is_(None)).distinct()
    return frozenset(name for fields in session.exec(query) for name in json.loads(fields))


def get(row: Mission | Contact | Term, name: str) -> Any:
    """Return a field of a row, one's own (`fields.priority`) as it is kept, or None."""
    if name.startswith(PREFIX) and not isinstance(row, Term):
        return row.fields.get(name.removeprefix(PREFIX))
    return getattr(row, name, None)


def put(row: Mission | Contact | Term, name: str, value: Any) -> None:
    """Set a field of a row; None takes one's own away."""
    if not name.startswith(PREFIX) or isinstance(row, Term):
        setattr(row, name, value)
        return
    own = name.removeprefix(PREFIX)
    # A new dictionary: what is changed within the old one, the database would not notice.
    others = {known: kept for known, kept in row.fields.items() if known != own}
    row.fields = others if value is None else {**others, own: value}


def gathered(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a new row, its own fields gathered in `fields`."""
    own = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
    plain = {name: value for name, value in values.items() if not name.startswith(PREFIX)}
    return {**plain, "fields": {name: value for name, value in own.items() if value is not None}}


def _yes_no(text: str) -> bool | None:
    return None if text.isdigit() else closed_lists.yes_no(text)


def _number(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
