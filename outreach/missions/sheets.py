"""Finds the sheets of a directory in a workbook, and their columns, by what they are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outreach.errors import Problem, SheetError
from outreach.missions.cells import Cell, Sheet, Workbook, column_letter, column_number
from outreach.missions.columns import COLUMNS, Column, Kind, column_for, fields_of, is_read_me, kind_by_name
from outreach.text import folded

HEADER_WITHIN = 20
"""The header row is looked for in so many rows from the first filled one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of a known kind: where its header row is, and which column holds which field."""

    kind: Kind
    sheet: Sheet
    header_row: int
    columns: Mapping[str, int]

    @property
    def name(self) -> str:
        """The sheet's name in the file."""
        return self.sheet.name

    def header(self, field: str) -> str:
        """Return what the file calls a field's column."""
        cell = self.sheet.rows.get(self.header_row, {}).get(self.columns[field])
        return cell.text.strip() if cell and cell.text.strip() else field

    def place(self, row: int, field: str) -> str:
        """Return where a field of a row stands, such as `Contacts!F12 (E-mail)`."""
        if field not in self.columns:
            return f"{self.name}, row {row}"
        return f"{self.name}!{column_letter(self.columns[field])}{row} ({self.header(field)})"


@dataclass(frozen=True, slots=True)
class Found:
    """What a workbook holds for us, and what in it is not read."""

    tables: Mapping[Kind, Table]
    notes: Sequence[str]


def find_tables(path: Path, *, sheet: str | None = None, mapping: Mapping[str, str] | None = None) -> Found:
    """Open a workbook and find the sheets Missions, Contacts and HRC terms, or those of them that it has.

    A sheet is known by its name, or else by the headers it carries; a column by its header, or by `mapping`, which
    names a column (its header or its letter) for a field. Case, accents, punctuation and spaces do not matter.

    Raises SheetError where nothing is found, a required column is missing, or two columns or sheets could be meant.
    """
    workbook = Workbook(path)
    wanted = _checked_mapping(mapping or {})
    names = [_named_sheet(workbook, sheet)] if sheet is not None else workbook.sheet_names
    sheets = [workbook.read(name) for name in names if sheet is not None or not is_read_me(name)]
    filled = [found for found in sheets if found.rows]
    if not filled:
        raise SheetError(f"{workbook.name} has no filled cell to read.", cure="Fill its sheets, or name another file.")
    chosen, notes = _choose(filled, wanted)
    if not chosen:
        raise _nothing_found(workbook.name, filled)
    _refuse_unused(wanted, chosen)
    tables = {kind: _table(kind, found, wanted, notes) for kind, found in chosen.items()}
    return Found(tables, notes)


def _checked_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the mapping with its fields as this program calls them."""
    checked: dict[str, str] = {}
    for asked, column in mapping.items():
        fields = {found.field for kind in Kind if (found := column_for(kind, asked))}
        exact = {field for field in fields if folded(field) == folded(asked)}
        if len(exact or fields) != 1:
            known = sorted({field for kind in Kind for field in fields_of(kind)})
            raise SheetError(
                f"There is no field {asked!r} to map a column to.", cure=f"Take one of {', '.join(known)}."
            )
        checked[(exact or fields).pop()] = column
    return checked


def _named_sheet(workbook: Workbook, sheet: str) -> str:
    for matches in (str.__eq__, lambda one, other: folded(one) == folded(other)):
        for name in workbook.sheet_names:
            if matches(name, sheet):
                return name
    there = ", ".join(repr(name) for name in workbook.sheet_names)
    raise SheetError(f"{workbook.name} has no sheet {sheet!r}.", cure=f"It has {there}.")


def _choose(sheets: Sequence[Sheet], mapping: Mapping[str, str]) -> tuple[dict[Kind, Sheet], list[str]]:
    by_name: dict[Kind, list[Sheet]] = {}
    by_header: dict[Kind, list[Sheet]] = {}
    notes = []
    for sheet in sheets:
        named, headed = kind_by_name(sheet.name), _kind_by_header(sheet, mapping)
        if named:
            by_name.setdefault(named, []).append(sheet)
        elif headed:
            by_header.setdefault(headed, []).append(sheet)
        else:
            notes.append(f"Sheet {sheet.name!r} is not read: neither its name nor its headers are known.")
    _reread_as_contacts(by_name, by_header, mapping, notes)
    chosen: dict[Kind, Sheet] = {}
    for kind in Kind:
        candidates = by_name.get(kind) or by_header.get(kind) or []
        if len(candidates) > 1:
            both = " and ".join(repr(sheet.name) for sheet in candidates)
            raise SheetError(
                f"The sheets {both} could each be the sheet {kind.value}.", cure="Name the one that counts (--sheet)."
            )
        if candidates:
            chosen[kind] = candidates[0]
            left = by_header.get(kind, []) if kind in by_name else []
            notes.extend(
                f"Sheet {sheet.name!r} is not read: {candidates[0].name!r} is the sheet {kind.value}." for sheet in left
            )
    return chosen, notes


def _reread_as_contacts(
    by_name: dict[Kind, list[Sheet]],
    by_header: dict[Kind, list[Sheet]],
    mapping: Mapping[str, str],
    notes: list[str],
) -> None:
    """Take a sheet that is called Missions and holds e-mail addresses for Contacts, where there is no other."""
    if Kind.CONTACTS in by_name or Kind.CONTACTS in by_header:
        return
    for sheet in by_name.get(Kind.MISSIONS, []):
        if _kind_by_header(sheet, mapping) is Kind.CONTACTS:
            by_header[Kind.CONTACTS] = [sheet]
            by_name.pop(Kind.MISSIONS)
            notes.append(f"Sheet {sheet.name!r} holds e-mail addresses: it is read as {Kind.CONTACTS.value}.")
            return


def _kind_by_header(sheet: Sheet, mapping: Mapping[str, str]) -> Kind | None:
    """Return the kind whose required columns a sheet has; where several fit, the one that requires most."""
    fits: dict[Kind, int] = {}
    most = dict.fromkeys(Kind, 0)
    for kind in Kind:
        required = {column.field for column in COLUMNS[kind] if column.required}
        for row in _candidate_rows(sheet):
            fields = {field for field, columns in _matches(kind, sheet, row, mapping).items() if columns}
            most[kind] = max(most[kind], len(fields))
            if required <= fields and len(fields) > 1:
                fits[kind] = len(required)
    best = max(fits, key=lambda kind: fits[kind], default=None)
    # A list of people that lacks its addresses looks a little like a list of missions; it is none.
    return None if best is Kind.MISSIONS and most[Kind.CONTACTS] > most[best] else best


def _candidate_rows(sheet: Sheet) -> list[int]:
    filled = sorted(sheet.rows)[:HEADER_WITHIN]
    return [row for row in filled if row < filled[0] + HEADER_WITHIN]


def _matches(kind: Kind, sheet: Sheet, row: int, mapping: Mapping[str, str]) -> dict[str, list[int]]:
    """Return, for each field, the columns of a row that could be its header. What is mapped goes before names."""
    headers = _headers(sheet, row)
    found: dict[str, list[int]] = {}
    taken = set()
    for field in fields_of(kind):
        if field in mapping:
            found[field] = _mapped(mapping[field], headers, sheet)
            taken.update(found[field])
    for column in COLUMNS[kind]:
        if found.get(column.field):
            continue
        named = [number for number, text in headers.items() if number not in taken and column.is_called(text)]
        exact = [number for number in named if folded(headers[number]) == folded(column.header)]
        found.setdefault(column.field, []).extend(exact if len(exact) == 1 else named)
    found.pop("", None)
    return found


def _mapped(asked: str, headers: Mapping[int, str], sheet: Sheet) -> list[int]:
    by_header = [number for number, text in headers.items() if folded(text) == folded(asked)]
    if by_header:
        return by_header
    number = column_number(asked.strip())
    filled = number is not None and any(number in cells for cells in sheet.rows.values())
    return [number] if number is not None and filled else []


def _table(kind: Kind, sheet: Sheet, mapping: Mapping[str, str], notes: list[str]) -> Table:
    required = {column.field for column in COLUMNS[kind] if column.required}
    best_row, best = 0, dict[str, list[int]]()
    for row in _candidate_rows(sheet):
        found = {field: columns for field, columns in _matches(kind, sheet, row, mapping).items() if columns}
        if (len(required & found.keys()), len(found)) > (len(required & best.keys()), len(best)):
            best_row, best = row, found
    missing = [column for column in COLUMNS[kind] if column.required and column.field not in best]
    if missing:
        raise _missing(kind, sheet, missing, best_row)
    for field, columns in best.items():
        if len(columns) > 1:
            both = " and ".join(column_letter(number) for number in columns)
            raise SheetError(
                f"Sheet {sheet.name!r}: the columns {both} could each be {field}.",
                cure=f"Say which one it is: --map {field}={column_letter(columns[0])}.",
            )
    table = Table(kind, sheet, best_row, {field: columns[0] for field, columns in best.items()})
    notes.extend(_unread_columns(table))
    return table


def _unread_columns(table: Table) -> list[str]:
    read = set(table.columns.values())
    display = [column for column in COLUMNS[table.kind] if not column.field]
    return [
        f"Sheet {table.name!r}: column {column_letter(number)} ({cell.text.strip()[:40]}) is not read."
        for number, cell in sorted(table.sheet.rows[table.header_row].items())
        if number not in read and folded(cell.text) and not any(column.is_called(cell.text) for column in display)
    ]


def _missing(kind: Kind, sheet: Sheet, missing: Sequence[Column], row: int) -> SheetError:
    lacks = ", ".join(column.header for column in missing)
    row = row or _candidate_rows(sheet)[0]
    there = ", ".join(_shown(cell) for _, cell in sorted(sheet.rows[row].items())) or "nothing"
    return SheetError(
        f"Sheet {sheet.name!r}, taken for {kind.value}, lacks the column {lacks}. Row {row} has: {there}.",
        cure=f"Add it to the header row, or say which column it is: --map {missing[0].field}=COLUMN.",
    )


def _nothing_found(name: str, sheets: Sequence[Sheet]) -> SheetError:
    problems = [
        Problem(
            f"Sheet {sheet.name!r}",
            "its first row has "
            + ", ".join(_shown(cell) for _, cell in sorted(sheet.rows[min(sheet.rows)].items())[:12]),
        )
        for sheet in sheets[:20]
    ]
    return SheetError(
        f"{name} has neither a sheet Missions, Contacts or HRC terms nor one with their columns.",
        cure="Contacts need ISO3 and E-mail; missions ISO3; terms ISO3, First year and Last year (or --map).",
        problems=problems,
    )


def _shown(cell: Cell) -> str:
    return repr(" ".join(cell.text.split())[:40])


def _refuse_unused(mapping: Mapping[str, str], sheets: Mapping[Kind, Sheet]) -> None:
    """Raise for a mapped column that is in none of the sheets that have its field."""
    for field, column in mapping.items():
        able = [sheet for kind, sheet in sheets.items() if field in fields_of(kind)]
        if any(_mapped(column, _headers(sheet, row), sheet) for sheet in able for row in _candidate_rows(sheet)):
            continue
        names = " or ".join(repr(sheet.name) for sheet in able or sheets.values())
        raise SheetError(
            f"There is no column {column!r} for {field} in {names}.",
            cure="Give the header's text or the column's letter.",
        )


def _headers(sheet: Sheet, row: int) -> dict[int, str]:
    return {number: cell.text for number, cell in sheet.rows[row].items() if folded(cell.text)}
