"""Checks every row of the sheets that were found, and makes records of them; one bad row and there are none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from outreach.errors import Problem, Refusal, SheetError
from outreach.missions.books.cell_values import READERS, NamedAddress, Unusable, boxes, state
from outreach.missions.books.cells import Cell, of_rows
from outreach.missions.books.sheets import FoundSheets, Table
from outreach.missions.columns import SheetKind
from outreach.missions.doubles import (
    ASIDE,
    BOTH,
    Doubles,
    StandsTwice,
    TwiceRow,
    asked_of,
    differences,
    shown,
    together,
    what_it_says,
    who_stay,
)
from outreach.missions.facts import UnState, bodies, find_state
from outreach.missions.own_columns import PREFIX, Value, reader_for, stored
from outreach.missions.result import MarkedCell
from outreach.sentences import Sentence, saying
from outreach.text import address_key, one_line

Key = tuple[str | int, ...]

_NOTHING = Cell("")
MAX_PROBLEMS = 5_000
"""Past so many, the file is the wrong one and nobody reads the list."""


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One checked row: its key, and the values of those fields that the sheet has a column for."""

    kind: SheetKind
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
            case SheetKind.MISSIONS:
                return (self.iso3,)
            case SheetKind.CONTACTS:
                return (self.iso3, address_key(self.values["email"]))
            case SheetKind.TERMS:
                return (self.iso3, int(self.values["first_year"]))


@dataclass(frozen=True, slots=True)
class Shared:
    """An address that stands at more than one mission: as compared, the later one's ISO3, and how it is asked about."""

    key: str
    iso3: str
    asked: Problem


@dataclass(slots=True)
class _Check:
    """The problems found so far, with where they stand, so that they can be told in the file's order."""

    found: list[tuple[int, int, Problem]] = field(default_factory=list)
    guesses: list[tuple[int, int, Problem]] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    """States that are named and not coded, and what each was read as."""
    crowded: list[str] = field(default_factory=list)
    """The cells that hold several addresses."""
    shared: list[Shared] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    """The rows that stand in the sheet once before, word for word."""
    later: list[str] = field(default_factory=list)
    """The rows of which one below says the same, but for columns of one's own."""
    settled: list[str] = field(default_factory=list)
    """What stands there more than once, and which of the rows a person said to hold."""
    doubles: Doubles = field(default_factory=Doubles)
    aside: list[tuple[int, int, Problem]] = field(default_factory=list)
    """Rows that are set aside by a person's word, whatever else is."""
    without: list[str] = field(default_factory=list)
    """The cells of columns of one's own that hold an error, or a formula without its value."""

    def add(self, table: Table, row: int, field_name: str, refusal: Refusal) -> None:
        problem = refusal.at(table.place(row, field_name))
        self.found.append((row, table.columns.get(field_name, 0), problem))

    def guess(self, table: Table, row: int, field_name: str, refusal: Refusal) -> None:
        problem = refusal.at(table.place(row, field_name))
        self.guesses.append((row, table.columns.get(field_name, 0), problem))

    def told(self) -> list[Problem]:
        """Return the problems, and with them, since the file must be touched anyhow, what would be guessed."""
        return [*_in_order([*self.found, *self.guesses]), *(one.asked for one in self.shared)] if self.found else []

    def without_bad(self, records: Sequence[CheckedRow]) -> list[CheckedRow]:
        """Return the rows without those that have a cell that can't be taken."""
        bad = {row for row, _, _ in self.found}
        return [record for record in records if record.row not in bad]

    def notes(self, table: Table) -> Iterator[Sentence]:
        """Yield what a person should know of a sheet's rows."""
        named = [f"{text} → {code}" for text, code in self.named.items()]
        for words, told in (
            (saying("sheet.by-names", "states are read by their names"), named),
            (saying("sheet.repeated", "rows that stand there twice, word for word, are taken once"), self.repeated),
            (saying("sheet.settled", "of rows about the same, as you say"), self.settled),
            (saying("sheet.later", "rows that say the same but for your own columns are one, and the last of them is "
                    "taken; not"), self.later),
            (saying("sheet.without-value", "cells of your own columns that have an error, or a formula without a "
                    "value, change nothing"), self.without),
            (saying("sheet.several-addresses", "several addresses in one cell are a contact each"), self.crowded),
        ):  # fmt: skip
            if told:
                yield of_rows(table.name, words, told)


@dataclass(frozen=True, slots=True)
class Records:
    """The checked rows of each sheet, what was guessed in their cells, and what a person should know of them."""

    of: Mapping[SheetKind, Sequence[CheckedRow]]
    guesses: Sequence[Problem]
    notes: Sequence[Sentence]
    shared: Sequence[Shared] = ()
    set_aside: Sequence[Problem] = ()
    """What can't be taken, where a person has said that those rows are set aside."""
    marks: Sequence[MarkedCell] = ()
    """The same with the cells in the file."""
    doubles: Sequence[StandsTwice] = ()
    """The missions and contacts that stand there more than once and differ, and what is made of each."""


def _in_order(found: Sequence[tuple[int, int, Problem]]) -> list[Problem]:
    return [problem for _, _, problem in sorted(found, key=lambda entry: entry[:2])]


def read_records(
    found: FoundSheets, file: str, *, set_aside: bool = False, doubles: Mapping[str, str] = MappingProxyType({})
) -> Records:
    """Return the records of each sheet, and what was guessed. With `set_aside`, rows with a bad cell are left out.

    `doubles` has what a person said of rows that stand twice, see `Doubles`.

    Raises SheetError with a Problem for every cell that can't be taken, over all sheets, in the file's order.
    """
    records: dict[SheetKind, list[CheckedRow]] = {}
    problems: list[Problem] = []
    guesses: list[Problem] = []
    notes: list[Sentence] = []
    shared: list[Shared] = []
    marks: list[MarkedCell] = []
    aside: list[Problem] = []
    twice = Doubles(doubles)
    for kind, table in found.tables.items():
        check = _Check(doubles=twice)
        _check_merged(table, check)
        own = {name: _reader(table, number) for name, number in table.columns.items() if name.startswith(PREFIX)}
        records[kind] = list(_records(table, check, own))
        if set_aside:
            records[kind] = check.without_bad(records[kind])  # what is set aside is compared with nothing
        _COMPARISONS[kind](table, records[kind], check)
        problems.extend(_in_order(check.found) if set_aside else check.told())
        aside.extend(_in_order(check.aside))
        marks.extend(_marks(table, [*(check.found if set_aside else ()), *check.aside]))
        if set_aside:
            records[kind] = check.without_bad(records[kind])
        guesses.extend(_in_order(check.guesses))
        shared.extend(check.shared)
        notes.extend(check.notes(table))
    if len(problems) > MAX_PROBLEMS:
        raise SheetError(
            "sheet.too-many-wrong",
            "{file}: more than {max_problems:,} cells can't be taken; nothing was imported.",
            file=file,
            max_problems=MAX_PROBLEMS,
            remedy="Is it the right file? These are the first.",
            problems=problems[:MAX_PROBLEMS],
        )
    if problems and not set_aside:
        count = count_cells(len(problems))
        raise SheetError(
            "sheet.cells-wrong",
            "{file}: {count} can't be taken; nothing was imported.",
            file=file,
            count=count,
            problems=problems,
        )
    twice.require_used()
    return Records(records, guesses, notes, shared, [*problems, *aside], marks, twice.found)


def _marks(table: Table, found: Sequence[tuple[int, int, Problem]]) -> Iterator[MarkedCell]:
    fields = {number: name for name, number in table.columns.items()}
    for row, column, problem in found:
        if table.plain is not None:
            sheet, place, columns = table.plain.sources.get(row, (table.name, row, {}))
            yield MarkedCell(sheet, place, columns.get(fields.get(column, ""), 0), problem)
        else:
            yield MarkedCell(table.name, row, column, problem)


def count_cells(count: int) -> Sentence:
    """Say how many cells are wrong, to begin a sentence."""
    return saying("cells.one", "One cell") if count == 1 else saying("cells.many", "{count} cells", count=count)


def _reader(table: Table, number: int) -> Callable[[str], Value | None]:
    """Return what reads a column of one's own, by what stands in it below the header."""
    below = (cells.get(number, _NOTHING) for row, cells in table.sheet.rows.items() if row > table.header_row)
    return reader_for(cell.text for cell in below if not cell.error)


def _records(table: Table, check: _Check, own: Mapping[str, Callable[[str], Value | None]]) -> Iterator[CheckedRow]:
    for row in sorted(table.sheet.rows):
        cells = table.sheet.rows[row]
        # A row that has nothing but spaces, in every column, is blank; so is one with formats only.
        if row <= table.header_row or not any(cell.text.strip() or cell.no_value for cell in cells.values()):
            continue
        if len(check.found) > MAX_PROBLEMS:
            return
        values, found = _values(table, row, cells, check, own)
        if table.kind is not SheetKind.CONTACTS:
            yield CheckedRow(table.kind, row, values)
        for box in found if table.kind is SheetKind.CONTACTS else ():
            said = {"email": box.address} if box.address else {}
            if box.name and not values.get("name"):
                said["name"] = box.name
            yield CheckedRow(table.kind, row, {**values, **said})


def _values(
    table: Table,
    row: int,
    cells: Mapping[int, Cell],
    check: _Check,
    own: Mapping[str, Callable[[str], Value | None]],
) -> tuple[dict[str, Any], Sequence[NamedAddress]]:
    """Return those values of a row that can be taken, and its addresses: one empty box where there is none."""
    values: dict[str, Any] = {}
    found: list[NamedAddress] = []
    readers = READERS[table.kind]
    for name, column in table.columns.items():
        if table.plain is not None and column not in cells:
            continue  # the list has no column for it, or says nothing of it: it is left as it is
        cell = cells.get(column, _NOTHING)
        if name in own:
            if cell.no_value or cell.error:  # what was known before is left
                place = table.cell(row, name)
                check.without += [place] if place not in check.without else []  # two contacts may be of one row
            else:
                values[name] = stored(own[name](cell.text))
        elif cell.no_value:
            check.add(
                table, row, name,
                Unusable(
                    "cell.formula", "a formula without a stored value",
                    remedy="Open the file in Excel or LibreOffice and save it, or type the value.",
                ),
            )  # fmt: skip
        elif cell.error:
            remedy = "Correct the formula, or type the value."
            check.add(table, row, name, Unusable("cell.error", "the error {text}", text=cell.text, remedy=remedy))
        else:
            try:
                if name == "iso3":
                    values[name] = _state(table, row, cells, check)
                elif name == "email":
                    found = _boxes(table, row, cells, check)
                    values[name] = ""  # its place among the fields; each box fills it
                else:
                    values[name] = readers[name](cell.text)
            except Unusable as error:
                check.add(table, row, name, error)
    return values, found or [NamedAddress("")]


def _state(table: Table, row: int, cells: Mapping[int, Cell], check: _Check) -> str:
    cell = cells.get(table.columns["iso3"], _NOTHING)
    if not cell.text.strip() and (named := _named_beside(table, cells)):
        # An organisation has no code that anybody but us gave it: its row names it in words alone.
        missing = Unusable(
            "cell.no-iso3-named", "the ISO3 code is missing; the row names {name}",
            name=named.short("en"), iso3=named.iso3, remedy="Did you mean {iso3}?",
        )  # fmt: skip
        check.guess(table, row, "iso3", missing)
        return named.iso3
    code, by_name = state(cell.text)
    if by_name and table.by_name:
        check.named[one_line(cell.text)] = code
    elif by_name:
        guessed = Unusable(
            "cell.unknown-iso3", "{value} is no ISO3 code of a member or observer state",
            value=f'"{one_line(cell.text)[:60]}"', iso3=code, remedy="Did you mean {iso3}?",
        )  # fmt: skip
        check.guess(table, row, "iso3", guessed)
    return code


def _named_beside(table: Table, cells: Mapping[int, Cell]) -> UnState | None:
    """Return what the column that names missions for people to read names in a row, exactly; None without one."""
    if table.plain is not None:
        return None
    for column in table.reading_columns:
        text = one_line(cells.get(column, _NOTHING).text)
        if text and (named := find_state(text)) is not None:
            return named
    return None


def _boxes(table: Table, row: int, cells: Mapping[int, Cell], check: _Check) -> list[NamedAddress]:
    cell = cells.get(table.columns["email"], _NOTHING)
    more = [cells[number] for number in table.more_email if number in cells and cells[number].text.strip()]
    filled = [one for one in (cell, *more) if one.text.strip()] or [cell]
    once: dict[str, NamedAddress] = {}
    for one in filled:
        for box in boxes(one.text, one.link):
            once.setdefault(address_key(box.address), box)
    if len(once) > 1:
        check.crowded.append(table.cell(row, "email"))
    return list(once.values())


def _check_merged(table: Table, check: _Check) -> None:
    letters = {number: name for name, number in table.columns.items()}
    for area in table.sheet.merged:
        columns = [n for n in letters if area.first_column <= n <= area.last_column]
        if area.last_row > table.header_row and columns:
            row = max(area.first_row, table.header_row + 1)
            check.add(
                table, row, letters[min(columns)],
                Unusable(
                    "cell.merged", "a merged cell ({area})", area=area,
                    remedy="Unmerge it and write the value into each row.",
                ),
            )  # fmt: skip


# The comparisons of rows with each other look at rows with a bad cell as well: a second import must not find
# what the first one could have said.


def _check_missions(table: Table, records: list[CheckedRow], check: _Check) -> None:
    _settle(table, records, check, lambda record: str(record.values.get("iso3", "")), "iso3")


def _check_contacts(table: Table, records: list[CheckedRow], check: _Check) -> None:
    first: dict[str, CheckedRow] = {}
    for record in records:
        address = record.values.get("email", "")
        before = first.setdefault(address_key(address), record) if address else record
        if before is not record and _are_two_states(before, record):
            shared = Unusable(
                "cell.address-shared", '"{address}" stands in {cell} already, for {iso3}', address=address,
                cell=table.cell(before.row, "email"), iso3=before.iso3, both=f"{before.iso3} and {record.iso3}",
                remedy="If {both} share it, each gets its own letter there; else keep one of the two rows.",
            )  # fmt: skip
            check.shared.append(Shared(address_key(address), record.iso3, shared.at(table.place(record.row, "email"))))
    _settle(table, records, check, _contact_key, "email")


def _contact_key(record: CheckedRow) -> str:
    address = record.values.get("email")
    return f"{record.values.get('iso3', '')} {address_key(address)}" if address else ""


def _settle(
    table: Table, records: list[CheckedRow], check: _Check, key_of: Callable[[CheckedRow], str], column: str
) -> None:
    """Make one row of those about the same, by what a person said, or ask; what says the same twice is one."""
    about: dict[str, list[CheckedRow]] = {}
    for record in records:
        about.setdefault(key_of(record), []).append(record)
    settled: dict[int, CheckedRow | None] = {}
    for key, rows in about.items():
        if not key or len(rows) < 2:
            continue
        by_words: dict[frozenset[tuple[str, str]], CheckedRow] = {}
        for row in rows:
            same = by_words.setdefault(what_it_says(row.values, own=False), row)
            if same is row:
                continue
            if what_it_says(same.values) == what_it_says(row.values):
                check.repeated.append(table.row_place(row.row))
            else:
                check.later.append(table.row_place(same.row))  # an answer given twice: what was said last is taken
                by_words[what_it_says(row.values, own=False)] = row
        distinct = list(by_words.values())
        settled |= dict.fromkeys(map(id, rows))
        settled[id(rows[0])] = distinct[0] if len(distinct) == 1 else _held(table, key, distinct, check, column)
    records[:] = [one for record in records if (one := settled.get(id(record), record)) is not None]


def _held(table: Table, key: str, rows: Sequence[CheckedRow], check: _Check, column: str) -> CheckedRow | None:
    """Return what is made of rows about the same that differ, and ask; None where all are set aside."""
    places = [table.row_place(one.row) for one in rows]
    held = check.doubles.choice(key, places)
    staying = [rows[n] for n in who_stay([one.values for one in rows])]
    merged, against = together([one.values for one in staying])
    names = differences([one.values for one in rows])
    told = tuple(TwiceRow(place, shown(one.values, names)) for place, one in zip(places, rows, strict=True))
    goes_on = places[rows.index(staying[0])] if len(staying) == 1 else BOTH  # from who left to who came
    double = StandsTwice(key, told, held or goes_on)
    check.doubles.found.append(double)
    asked = asked_of(double, against, table.kind, table.place(rows[0].row, column))
    number = table.columns.get(column, 0)
    if held == ASIDE:
        check.aside += [(one.row, number, Problem.of(asked.says, where=table.place(one.row, column))) for one in rows]
        return None
    if held:
        check.settled.append(str(Sentence("", "{key}: {taken}", {"key": key, "taken": asked.says.facts["taken"]})))
    else:
        check.guesses.append((rows[0].row, number, asked))
    if double.held in places:
        return rows[places.index(double.held)]
    return CheckedRow(rows[0].kind, rows[0].row, merged)


def _are_two_states(one: CheckedRow, other: CheckedRow) -> bool:
    codes = one.values.get("iso3"), other.values.get("iso3")
    return all(codes) and codes[0] != codes[1]


def _check_terms(table: Table, records: list[CheckedRow], check: _Check) -> None:
    taken: dict[str, list[CheckedRow]] = {}
    for record in records:
        if record.values.get("iso3") in bodies():
            no_state = Unusable(
                "cell.no-member", "{iso3} is no state and has no seat on the Council", iso3=record.iso3,
                remedy="Delete the row.",
            )  # fmt: skip
            check.add(table, record.row, "iso3", no_state)
            continue
        first, last = record.values.get("first_year"), record.values.get("last_year")
        if first is None or last is None or "iso3" not in record.values:
            continue
        if last < first:
            before = Unusable(
                "cell.years", '"{last}" is before the first year, {first}', last=last, first=first,
                remedy="Correct one of the two.",
            )  # fmt: skip
            check.add(table, record.row, "last_year", before)
            continue
        others = taken.setdefault(record.iso3, [])
        other = next((o for o in others if first <= o.values["last_year"] and o.values["first_year"] <= last), None)
        if other is None:
            others.append(record)
        else:
            years = f"{other.values['first_year']}-{other.values['last_year']}"
            overlap = Unusable(
                "cell.terms", "the term {term} of {iso3} overlaps {years} in row {row}", term=f"{first}-{last}",
                iso3=record.iso3, years=years, row=other.row, remedy="Keep one row for each term.",
            )  # fmt: skip
            check.add(table, record.row, "first_year", overlap)


_COMPARISONS = {
    SheetKind.MISSIONS: _check_missions,
    SheetKind.CONTACTS: _check_contacts,
    SheetKind.TERMS: _check_terms,
}
