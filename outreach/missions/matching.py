"""Shows what each column of a list of contacts is taken for, with samples; makes a mapping of a person's choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import select

from outreach.database import reading
from outreach.errors import SheetError
from outreach.missions.books.cells import Book, Sheet, column_letter
from outreach.missions.books.opening import open_book
from outreach.missions.books.sheets import checked_mapping, find_tables, is_own, maps_for
from outreach.missions.columns import SheetKind, is_read_me
from outreach.missions.lists.list_finder import STATES, find_lists, list_by_cells
from outreach.missions.lists.own_fields import own_columns
from outreach.missions.own_columns import PREFIX
from outreach.models import SheetMapping
from outreach.text import one_line

KINDS: Mapping[str, str] = {
    "iso3": "State", "name": "Name", "first": "First name", "middle": "Middle name", "last": "Last name",
    "form_of_address": "Form of address", "gender_form": "Gender form", "title": "Title", "role": "Function",
    "email": "E-mail", "cc": "E-mail, as a copy (cc)", "language": "Language", "line": "To or cc", "active": "Active",
    "optout": "Do not contact", "own": "A column of your own", "none": "Not read",
}  # fmt: skip
"""What a column can be taken for, by the name that a mapping has for it."""
_FIELD_OF = {
    "code": "iso3", "state": "iso3", "org": "iso3", "place": "iso3", "prefix": "form_of_address",
    "gender": "gender_form",
    "person": "name", "old": "none",
}  # fmt: skip
AS_FOUND = "found"
"""What a column is taken for that is read, and of which there is nothing to choose, such as a status."""
_SAMPLES, _MOST_COLUMNS = 3, 60


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column: its letters, heading, the first things that stand in it, and what it is taken for (a key of KINDS)."""

    letter: str
    heading: str
    samples: tuple[str, ...]
    taken_for: str
    by_cells: bool = False
    """Whether only what stands in it says so, and no heading: a choice for another column would unsay it."""


def columns_of(engine: Engine, path: Path, mapping: Mapping[str, str] | None = None) -> list[ShownColumn]:
    """Return the columns of the list that a file has, as they are read with a mapping and with what was told before.

    Empty for a file of several lists, and for our own export.
    Raises SheetError as opening it does.
    """
    book = open_book(path)
    sheets = [one for name in book.sheet_names if not is_read_me(name) and (one := book.read(name)).rows]
    if len(sheets) > 1 and not any(map(is_own, sheets)):
        sheets = [one for one in sheets if find_lists(one, {})]  # beside a list may lie what is none
    if len(sheets) != 1 or is_own(sheets[0]):
        return []
    with reading(engine) as session:
        saved = {known.signature: known.columns for known in session.exec(select(SheetMapping))}
    told = maps_for(sheets[0], checked_mapping(mapping or {}), saved)
    lists = find_lists(sheets[0], told)
    by_cells = list_by_cells(sheets[0]) if not lists and not told else None
    if not lists and by_cells is None:
        row, kinds = _as_read(book, mapping, saved)
        row = min(sheets[0].rows) if row is None else row
        headings = {n: cell.text for n, cell in sheets[0].rows.get(row, {}).items()}
        shown = _shown(sheets[0], headings, [one for one in sorted(sheets[0].rows) if one > row], kinds)
        return [replace(one, by_cells=True) for one in shown]
    first = by_cells or lists[0]
    kinds = {
        number: AS_FOUND if one.kind in STATES and one.kind not in first.order else _FIELD_OF.get(one.kind, one.kind)
        for number, one in first.columns.items()
    }
    unread = {number: text for number, text in first.unread.items() if number not in first.columns}
    kinds |= dict.fromkeys(own_columns(SheetKind.CONTACTS, first.sheet, first.rows, unread).values(), "own")
    shown = _shown(first.sheet, first.headings, first.rows, kinds)
    return [replace(one, by_cells=by_cells is not None) for one in shown]


def _as_read(
    book: Book, mapping: Mapping[str, str] | None, saved: Mapping[str, Mapping[str, str]]
) -> tuple[int | None, dict[int, str]]:
    """Return the header row, 0 for none, and what each column is, of contacts that are known by what stands there."""
    try:
        table = find_tables(book, mapping=mapping, saved=saved).tables.get(SheetKind.CONTACTS)
    except SheetError:
        return None, {}
    if table is None:
        return None, {}
    if table.plain is not None:  # blocks, of which each line is read for what stands in it
        cells = book.read(table.name).rows
        return None, dict.fromkeys({number for row in cells.values() for number in row}, AS_FOUND)
    columns = {number: field for field, number in table.columns.items()}
    columns |= dict.fromkeys(table.more_email, "email")
    return table.header_row, {n: "own" if field.startswith(PREFIX) else field for n, field in columns.items()}


def _shown(
    sheet: Sheet, headings: Mapping[int, str], rows: Sequence[int], kinds: Mapping[int, str]
) -> list[ShownColumn]:
    numbers = sorted({*headings, *(number for row in rows[:200] for number in sheet.rows.get(row, {}))})
    shown = []
    for number in numbers[:_MOST_COLUMNS]:
        texts = [
            one_line(cell.text)[:40] for row in rows if (cell := sheet.rows[row].get(number)) and cell.text.strip()
        ]
        kind = kinds.get(number, "none")
        shown.append(
            ShownColumn(
                column_letter(number), one_line(headings.get(number, ""))[:60], tuple(texts[:_SAMPLES]),
                kind if kind in KINDS else AS_FOUND,
            )
        )  # fmt: skip
    return shown


def mapping_of(
    shown: Sequence[ShownColumn], choices: Mapping[str, str], kinds: Mapping[str, str] = KINDS
) -> dict[str, str]:
    """Return the mapping (field and columns) that a person's choices (letters and a key of `kinds`) make of columns.

    Only what was chosen otherwise than it was taken for is in it, with all columns of that field, and those that are
    not to be read. A field that no column is any more has none: it takes back what was said before.
    """
    chosen = {one.letter: choices.get(one.letter, one.taken_for) for one in shown}
    touched = {kind for one in shown if (kind := chosen[one.letter]) != one.taken_for and kind in kinds}
    # Whoever changes one column has seen the others: what stood there as not read is not read by their word. One of
    # the team's own stays so by itself.
    touched |= {"none", *(chosen[one.letter] for one in shown if one.by_cells)} & {*kinds} if touched else set()
    columns = {kind: [letter for letter, one in chosen.items() if one == kind] for kind in sorted(touched)}
    return {kind: "+".join(letters) for kind, letters in columns.items()}
