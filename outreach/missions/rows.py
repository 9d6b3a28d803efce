"""Checks every row of the sheets that were found, and makes records of them; one bad row and there are none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outreach.errors import Problem, SheetError
from outreach.missions.cells import Cell, column_letter
from outreach.missions.columns import Kind
from outreach.missions.sheets import Found, Table
from outreach.missions.values import READERS, Box, Unusable, boxes, state
from outreach.text import address_key, one_line

Key = tuple[str | int, ...]

_NOTHING = Cell("")
MAX_PROBLEMS = 5_000
"""Past so many, the file is the wrong one and nobody reads the list."""


@dataclass(frozen=True, slots=True)
class Record:
    """One checked row: its key, and the values of those fields that the sheet has a column for."""

    kind: Kind
    row: int
    values: Mapping[str, Any]

    @property
    def iso3(self) -> str:
        """The state's ISO 3166-1 alpha-3 code."""
        return str(self.values["iso3"])

    @property
    def key(self) -> Key:
        """What the row is compared by: ISO3; with the e-mail address, or with the first year of the term."""
        match self.kind:
            case Kind.MISSIONS:
                return (self.iso3,)
            case Kind.CONTACTS:
                return (self.iso3, address_key(self.values["email"]))
            case Kind.TERMS:
                return (self.iso3, int(self.values["first_year"]))


@dataclass(slots=True)
class _Check:
    """The problems found so far, with where they stand, so that they can be told in the file's order."""

    found: list[tuple[int, int, Problem]] = field(default_factory=list)
    guesses: list[tuple[int, int, Problem]] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    """States that are named and not coded, and what each was read as."""
    crowded: list[str] = field(default_factory=list)
    """The cells that hold several addresses."""

    def add(self, table: Table, row: int, field_name: str, what: str, cure: str) -> None:
        problem = Problem(table.place(row, field_name), what, cure)
        self.found.append((row, table.columns.get(field_name, 0), problem))

    def guess(self, table: Table, row: int, field_name: str, what: str, cure: str) -> None:
        problem = Problem(table.place(row, field_name), what, cure)
        self.guesses.append((row, table.columns.get(field_name, 0), problem))

    def told(self) -> list[Problem]:
        """Return the problems, and with them, since the file must be touched anyhow, what would be guessed."""
        return _in_order([*self.found, *self.guesses]) if self.found else []

    def notes(self, table: Table) -> Iterator[str]:
        if self.named:
            read = ", ".join(f"{text} as {code}" for text, code in list(self.named.items())[:12])
            more = f" and {len(self.named) - 12} more" if len(self.named) > 12 else ""
            yield f"Sheet {table.name!r}: states are read by their names: {read}{more}."
        if self.crowded:
            more = f" and {len(self.crowded) - 12} more" if len(self.crowded) > 12 else ""
            yield (
                f"Sheet {table.name!r}: several addresses in one cell are a contact each: "
                f"{', '.join(self.crowded[:12])}{more}."
            )


@dataclass(frozen=True, slots=True)
class Records:
    """The checked rows of each sheet, what was guessed in their cells, and what a person should know of them."""

    of: Mapping[Kind, Sequence[Record]]
    guesses: Sequence[Problem]
    notes: Sequence[str]


def _in_order(found: Sequence[tuple[int, int, Problem]]) -> list[Problem]:
    return [problem for _, _, problem in sorted(found, key=lambda entry: entry[:2])]


def read_records(found: Found, file: str) -> Records:
    """Return the records of each sheet, and what was guessed.

    Raises SheetError with a Problem for every cell that can't be taken, over all sheets, in the file's order.
    """
    records: dict[Kind, list[Record]] = {}
    problems: list[Problem] = []
    guesses: list[Problem] = []
    notes: list[str] = []
    for kind, table in found.tables.items():
        check = _Check()
        _check_merged(table, check)
        records[kind] = list(_records(table, check))
        _COMPARISONS[kind](table, records[kind], check)
        problems.extend(check.told())
        guesses.extend(_in_order(check.guesses))
        notes.extend(check.notes(table))
    if len(problems) > MAX_PROBLEMS:
        raise SheetError(
            f"{file}: more than {MAX_PROBLEMS:,} cells can't be taken; nothing was imported.",
            cure="Is it the right file? These are the first.",
            problems=problems[:MAX_PROBLEMS],
        )
    if problems:
        count = "One cell" if len(problems) == 1 else f"{len(problems)} cells"
        raise SheetError(f"{file}: {count} can't be taken; nothing was imported.", problems=problems)
    return Records(records, guesses, notes)


def _records(table: Table, check: _Check) -> Iterator[Record]:
    for row in sorted(table.sheet.rows):
        cells = table.sheet.rows[row]
        # A row that has nothing but spaces, in every column, is blank; so is one with formats only.
        if row <= table.header_row or not any(cell.text.strip() or cell.no_value for cell in cells.values()):
            continue
        if len(check.found) > MAX_PROBLEMS:
            return
        values, found = _values(table, row, cells, check)
        if table.kind is not Kind.CONTACTS:
            yield Record(table.kind, row, values)
        for box in found if table.kind is Kind.CONTACTS else ():
            own = {"email": box.address} if box.address else {}
            if box.name and not values.get("name"):
                own["name"] = box.name
            yield Record(table.kind, row, {**values, **own})


def _values(table: Table, row: int, cells: Mapping[int, Cell], check: _Check) -> tuple[dict[str, Any], Sequence[Box]]:
    """Return those values of a row that can be taken, and its addresses: one empty box where there is none."""
    values: dict[str, Any] = {}
    found: list[Box] = []
    readers = READERS[table.kind]
    for name, column in table.columns.items():
        cell = cells.get(column, _NOTHING)
        if cell.no_value:
            check.add(
                table, row, name, "a formula without a stored value",
                "Open the file in Excel or LibreOffice and save it, or type the value.",
            )  # fmt: skip
        elif cell.error:
            check.add(table, row, name, f"the error {cell.text}", "Correct the formula, or type the value.")
        else:
            try:
                if name == "iso3":
                    values[name] = _state(table, row, cell, check)
                elif name == "email":
                    found = _boxes(table, row, cells, check)
                    values[name] = ""  # its place among the fields; each box fills it
                else:
                    values[name] = readers[name](cell.text)
            except Unusable as error:
                check.add(table, row, name, error.what, error.cure)
    return values, found or [Box("")]


def _state(table: Table, row: int, cell: Cell, check: _Check) -> str:
    code, by_name = state(cell.text)
    if by_name and table.by_name:
        check.named[one_line(cell.text)] = code
    elif by_name:
        what = f'"{one_line(cell.text)[:60]}" is no ISO3 code of a member or observer state'
        check.guess(table, row, "iso3", what, f"Did you mean {code}?")
    return code


def _boxes(table: Table, row: int, cells: Mapping[int, Cell], check: _Check) -> list[Box]:
    cell = cells.get(table.columns["email"], _NOTHING)
    more = [cells[number] for number in table.more_email if number in cells and cells[number].text.strip()]
    filled = [one for one in (cell, *more) if one.text.strip()] or [cell]
    once: dict[str, Box] = {}
    for one in filled:
        for box in boxes(one.text, one.link):
            once.setdefault(address_key(box.address), box)
    if len(once) > 1:
        check.crowded.append(f"{column_letter(table.columns['email'])}{row}")
    return list(once.values())


def _check_merged(table: Table, check: _Check) -> None:
    letters = {number: name for name, number in table.columns.items()}
    for area in table.sheet.merged:
        columns = [n for n in letters if area.first_column <= n <= area.last_column]
        if area.last_row > table.header_row and columns:
            row = max(area.first_row, table.header_row + 1)
            check.add(
                table, row, letters[min(columns)], f"a merged cell ({area})",
                "Unmerge it and write the value into each row.",
            )  # fmt: skip


# The comparisons of rows with each other look at rows with a bad cell as well: a second import must not find
# what the first one could have said.


def _check_missions(table: Table, records: list[Record], check: _Check) -> None:
    first: dict[str, int] = {}
    for record in records:
        code = record.values.get("iso3")
        if code in first:
            what = f'"{code}" stands in row {first[code]} already'
            check.add(table, record.row, "iso3", what, "Keep one of the two rows.")
        elif code:
            first[code] = record.row


def _check_contacts(table: Table, records: list[Record], check: _Check) -> None:
    first: dict[str, int] = {}
    letter = column_letter(table.columns["email"])
    for record in records:
        address = record.values.get("email", "")
        key = address_key(address)
        if key in first:
            what = f'"{address}" stands in {letter}{first[key]} already'
            check.add(table, record.row, "email", what, "Nobody may get a letter twice: keep one of the two rows.")
        elif address:
            first[key] = record.row


def _check_terms(table: Table, records: list[Record], check: _Check) -> None:
    taken: dict[str, list[Record]] = {}
    for record in records:
        first, last = record.values.get("first_year"), record.values.get("last_year")
        if first is None or last is None or "iso3" not in record.values:
            continue
        if last < first:
            what = f'"{last}" is before the first year, {first}'
            check.add(table, record.row, "last_year", what, "Correct one of the two.")
            continue
        others = taken.setdefault(record.iso3, [])
        other = next((o for o in others if first <= o.values["last_year"] and o.values["first_year"] <= last), None)
        if other is None:
            others.append(record)
        else:
            years = f"{other.values['first_year']}-{other.values['last_year']}"
            what = f"the term {first}-{last} of {record.iso3} overlaps {years} in row {other.row}"
            check.add(table, record.row, "first_year", what, "Keep one row for each term.")


_COMPARISONS = {
    Kind.MISSIONS: _check_missions,
    Kind.CONTACTS: _check_contacts,
    Kind.TERMS: _check_terms,
}
