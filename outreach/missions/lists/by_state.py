"""Reads a sheet whose rows are about states: which row is which state, by code, name or address.

A team's own follow-up list and a vote sheet are such; neither is a directory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outreach.errors import Problem, SheetError
from outreach.missions.books.cell_values import Unusable, boxes
from outreach.missions.books.cells import Book, Sheet, column_letter
from outreach.missions.columns import COLUMNS, SheetKind, names_states, squeezed
from outreach.missions.facts import find_state, states
from outreach.text import address_key, one_line

LOOKED_AT = 25
"""The header row is looked for in so many filled rows."""
_ISO3, _EMAIL = (
    next(column for column in COLUMNS[SheetKind.CONTACTS] if column.field == name) for name in ("iso3", "email")
)


@dataclass(slots=True)
class StateSheet:
    """A sheet, its header row, and the state of each row that has one."""

    sheet: Sheet
    header_row: int
    columns: Mapping[str, int]
    """The column of each field that was asked for."""
    rows: dict[int, str] = field(default_factory=dict)
    """ISO3 by row."""
    unknown: list[Problem] = field(default_factory=list)
    """The rows that name no state."""

    def text(self, row: int, name: str) -> str:
        """Return what stands in a field's column of a row."""
        cell = self.sheet.rows.get(row, {}).get(self.columns[name])
        return cell.text.strip() if cell else ""

    def place(self, row: int, name: str) -> str:
        """Return where a field of a row stands, such as `Votes!B7`."""
        return f"{self.sheet.name}!{column_letter(self.columns[name])}{row}"


def find_states(
    book: Book,
    *,
    sheet: str | None = None,
    fields: Mapping[str, Sequence[str]] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> StateSheet:
    """Find the sheet, of one or all, that has a column of states and one for each of `fields` (by its names).

    `addresses` are ISO3 codes by e-mail address as compared: with them, a column of addresses tells the states where
    no other does. The sheet with the most rows of states is taken.

    Raises SheetError where there is none.
    """
    names = book.sheet_names if sheet is None else [name for name in book.sheet_names if name == sheet]
    found = [one for name in names if (one := _best(book.read(name), fields or {}, addresses or {})) is not None]
    if not found:
        wanted = "".join(f", and one called {words[0]}" for words in (fields or {}).values())
        there = ", ".join(map(repr, book.sheet_names))
        raise SheetError(
            "sheet.no-states",
            "{book} has no sheet{which} with a column of states{wanted}.",
            book=book.name,
            which=f" {sheet!r}" if sheet else "",
            wanted=wanted,
            there=there,
            remedy="Give it a header row with ISO3 or Country{wanted}. It has the sheets {there}.",
        )
    return max(found, key=lambda one: len(one.rows))


def _best(sheet: Sheet, fields: Mapping[str, Sequence[str]], addresses: Mapping[str, str]) -> StateSheet | None:
    best: StateSheet | None = None
    for row in sorted(sheet.rows)[:LOOKED_AT]:
        headers = {number: cell.text for number, cell in sheet.rows[row].items() if cell.text.strip()}
        columns = {
            name: next((n for n, text in headers.items() if squeezed(text) in map(squeezed, words)), 0)
            for name, words in fields.items()
        }
        state, by_address = _state_column(headers, with_addresses=bool(addresses))
        if state and all(columns.values()):
            one = StateSheet(sheet, row, {**columns, "state": state})
            _read(one, addresses if by_address else None)
            if one.rows and (best is None or len(one.rows) > len(best.rows)):
                best = one
    return best


def state_columns(sheet: Sheet, *, with_addresses: bool) -> set[int]:
    """Return the columns that may tell the states of a sheet, of which the first filled rows are enough."""
    heads = [{number: cell.text for number, cell in sheet.rows[row].items()} for row in sorted(sheet.rows)[:LOOKED_AT]]
    return {_state_column(head, with_addresses=with_addresses)[0] for head in heads} - {0}


def _state_column(headers: Mapping[int, str], *, with_addresses: bool) -> tuple[int, bool]:
    coded = [number for number, text in headers.items() if _ISO3.is_called(text)]
    named = sorted((rank, n) for n, text in headers.items() if (rank := names_states(text)) is not None)
    mailed = [number for number, text in headers.items() if with_addresses and _EMAIL.is_called(text)]
    if coded or named:
        return (coded[0] if coded else named[0][1]), False
    return (mailed[0] if mailed else 0), True


def _read(one: StateSheet, addresses: Mapping[str, str] | None) -> None:
    known: dict[str, str | None] = {}
    column = one.columns["state"]
    for row in sorted(one.sheet.rows):
        cells = one.sheet.rows[row]
        text = cells[column].text.strip() if row > one.header_row and column in cells else ""
        if not text:
            continue
        if text not in known:
            known[text] = _by_address(text, addresses) if addresses is not None else _by_name(text)
        iso3 = known[text]
        if iso3:
            one.rows[row] = iso3
        else:
            one.unknown.append(
                Problem(
                    "sheet.no-state",
                    '"{text}" names no state that is known',
                    text=one_line(text)[:60],
                    where=one.place(row, "state"),
                )
            )


def _by_name(text: str) -> str | None:
    if text.upper() in states():
        return text.upper()
    found = find_state(text)
    return found.iso3 if found else None


def _by_address(text: str, addresses: Mapping[str, str]) -> str | None:
    try:
        return next((iso3 for box in boxes(text) if (iso3 := addresses.get(address_key(box.address)))), None)
    except Unusable:
        return None
