"""Finds the sheets of a directory in a workbook, and their columns, by what they are called."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from outreach.errors import Problem, SheetError, at_row
from outreach.missions.books.cells import (
    MARK_BEGINS,
    MARK_COLOUR,
    Book,
    Cell,
    Sheet,
    column_letter,
    column_number,
    many_cells,
    mend_letters,
    of_rows,
)
from outreach.missions.columns import (
    COLUMNS,
    SheetColumn,
    SheetKind,
    column_for,
    fields_of,
    is_read_me,
    kind_by_name,
    names_states,
    squeezed,
)
from outreach.missions.guessing import Guess, guess_contacts, near_headers
from outreach.missions.lists.list_finder import LIST_FIELDS
from outreach.missions.lists.own_fields import own_columns, told_own
from outreach.missions.lists.recast import COLUMNS as RECAST_COLUMNS
from outreach.missions.lists.recast import Recast, recast
from outreach.missions.lists.recasting import Headed
from outreach.missions.own_columns import PREFIX
from outreach.missions.result import MarkedCell
from outreach.sentences import Sentence, each_of, one_of, saying
from outreach.text import folded

_ADDRESS = re.compile(r"\w[@＠]\w{1,63}[.-]")
HEADER_WITHIN = 20
"""The header row is looked for in so many rows from the first filled one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of a known kind: where its header row is, and which column holds which field."""

    kind: SheetKind
    sheet: Sheet
    header_row: int
    columns: Mapping[str, int]
    more_email: Sequence[int] = ()
    """Further columns of addresses, such as `E-mail 2`."""
    told: Mapping[str, str] = field(default_factory=dict)
    """The columns that no header named but a person did, by --map, by agreeing to a guess, or the last time."""
    by_name: bool = False
    """Whether the column of the states holds their names and not their codes."""
    plain: Recast | None = None
    """Where the rows were made of a list of another shape: what they come from."""

    @property
    def signature(self) -> str:
        """A digest of the header row, by which the sheet is known again."""
        if self.plain is not None and self.plain.origin is not None:
            return _signature(*self.plain.origin)
        return _signature(self.sheet, self.header_row)

    @property
    def reading_columns(self) -> list[int]:
        """The columns that are there for a person to read, such as the mission's name beside its code."""
        display = [column for column in COLUMNS[self.kind] if not column.field]
        header = self.sheet.rows.get(self.header_row, {})
        return [number for number, cell in sorted(header.items()) if any(one.is_called(cell.text) for one in display)]

    @property
    def name(self) -> str:
        """The sheet's name in the file."""
        return self.sheet.name

    def header(self, field: str) -> str:
        """Return what the file calls a field's column."""
        cell = self.sheet.rows.get(self.header_row, {}).get(self.columns[field])
        return cell.text.strip() if cell and cell.text.strip() else field

    def row_place(self, row: int) -> str:
        """Return where a row stands: its number, with its sheet where it was joined with others."""
        if self.plain is None:
            return str(row)
        sheet, place, _ = self.plain.sources.get(row, (self.name, row, {}))
        return str(place) if sheet == self.name else f"{sheet}!{place}"

    def cell(self, row: int, field: str) -> str:
        """Return the cell of a field of a row, whose sheet is not named where there is but one."""
        sheet, of_cell, cell = self.place(row, field).partition(" (")[0].rpartition("!")
        if not of_cell:
            return self.row_place(row)
        return cell if sheet == self.name else f"{sheet}!{cell}"

    def place(self, row: int, field: str) -> str:
        """Return where a field of a row stands, such as `Contacts!F12 (E-mail)`."""
        if self.plain is not None:
            sheet, place, columns = self.plain.sources.get(row, (self.name, row, {}))
            letter = column_letter(columns[field]) if field in columns else ""
            return f"{sheet}!{letter}{place}" if letter else f"{sheet}, row {place} ({field})"
        if field not in self.columns:
            return at_row(self.name, row)
        return f"{self.name}!{column_letter(self.columns[field])}{row} ({self.header(field)})"


@dataclass(frozen=True, slots=True)
class FoundSheets:
    """What a workbook holds for us, what in it is not read, and what was guessed."""

    tables: Mapping[SheetKind, Table]
    notes: Sequence[Sentence]
    guesses: Sequence[Problem] = ()
    left: Sequence[MarkedCell] = ()
    """Which of the guesses leave something out, and the cells that they are about."""
    sheets: Sequence[Sheet] = ()
    """All sheets of the file that have a cell, whether a table was found in them or not."""
    heads: Mapping[str, Mapping[int, Headed]] = field(default_factory=dict)
    """By the name of a sheet and the header row of each table of contacts in it, its headings."""
    unseen: bool = False
    """Whether the file may have marks of people's that can't be read, since it is older than Excel 97."""
    marked: int = 0
    """How many cells we had marked, where it is a copy that a person brings back."""

    def sheet(self, name: str) -> Sheet:
        """Return a sheet of the file by its name; an empty one where there is none."""
        return next((one for one in self.sheets if one.name == name), Sheet(name))


class _Maps:
    """What is known of a sheet's columns besides their headers: what was asked for now, and what was told before."""

    def __init__(self, asked: Mapping[str, str], saved: Mapping[str, Mapping[str, str]]) -> None:
        self.asked = asked
        self._saved = saved
        self.used: dict[str, Mapping[str, str]] = {}

    def of(self, sheet: Sheet) -> dict[str, str]:
        """Return field and column; what is asked for now goes before what was saved for the same headers."""
        for row in _candidate_rows(sheet) if self._saved else ():
            saved = self._saved.get(_signature(sheet, row))
            if saved:
                self.used[sheet.name] = saved
                return {**saved, **self.asked}
        return dict(self.asked)


def find_tables(
    workbook: Book,
    *,
    sheet: str | None = None,
    mapping: Mapping[str, str] | None = None,
    saved: Mapping[str, Mapping[str, str]] | None = None,
) -> FoundSheets:
    """Find the sheets Missions, Contacts and HRC terms of a workbook, or those of them that it has.

    A sheet is known by its name, or else by the headers it carries; a column by its header, or by `mapping`, which
    names a column (its header or its letter) for a field, or by what was `saved` for a header row with that
    signature. Case, accents, punctuation and spaces do not matter. What no header tells may be guessed from a near
    spelling or from what stands in the cells: such guesses are for a person to confirm.

    Raises SheetError where nothing is found, a required column is missing, or two columns or sheets could be meant.
    """
    maps = _Maps(checked_mapping(mapping or {}), saved or {})
    if sheet is not None:
        names = [_named_sheet(workbook, sheet)]
    else:
        names = [name for name in workbook.sheet_names if not is_read_me(name)] or workbook.sheet_names
    with many_cells():
        filled = [found for found in map(workbook.read, names) if found.rows]
    if not filled:
        raise SheetError(
            "sheet.no-cells",
            "{workbook} has no filled cell to read.",
            workbook=workbook.name,
            remedy="Fill its sheets, or name another file.",
        )
    marked = _unmark(filled)
    others = [one for name in workbook.sheet_names if name not in names and (one := workbook.read(name)).rows]
    workbook.notes += [note for note in mend_letters([*filled, *others]) if note not in workbook.notes]
    if (plain := _recast(workbook, filled, maps)) is not None:
        unseen = getattr(workbook, "unseen", False)
        return replace(plain, marked=marked, unseen=unseen, sheets=[*filled, *(others if sheet is None else ())])
    chosen, notes = _choose(filled, maps)
    guesses: list[Guess] = []
    if not chosen:
        likely = next((found for found in filled if guess_contacts(found, {})), None)
        chosen = {SheetKind.CONTACTS: likely} if likely else {}
        notes = [note for note in notes if likely is None or note.facts.get("sheet") != likely.name]
    if not chosen:
        raise _nothing_found(workbook.name, filled)
    _refuse_unused(maps.asked, chosen)
    tables = {kind: _table(kind, found, maps.of(found), notes, guesses) for kind, found in chosen.items()}
    for name, columns in maps.used.items():
        if any(table.name == name for table in tables.values()):
            notes.append(_explained(name, columns))
    for table in tables.values():
        notes.extend(_hidden(table))
        if table.sheet.struck_words:
            struck = sorted(table.sheet.struck_words.items())
            told = [f"{column_letter(c)}{r} ({text.strip()[:40]})" for (r, c), text in struck]
            words = saying("sheet.struck-words", "words with a line through them are left out")
            notes.append(of_rows(table.name, words, told))
    return FoundSheets(
        tables, [*workbook.notes, *notes], [guess.told() for guess in guesses], marked=marked,
        unseen=getattr(workbook, "unseen", False),
        sheets=[*filled, *(others if sheet is None else ())], heads=_heads(tables),
    )  # fmt: skip


def _heads(tables: Mapping[SheetKind, Table]) -> dict[str, dict[int, Headed]]:
    """Return the headings of the contacts' sheet: what is there for a person to read counts as read."""
    table = tables.get(SheetKind.CONTACTS)
    if table is None:
        return {}
    own = {number for name, number in table.columns.items() if name.startswith(PREFIX)}
    texts = {n: c.text.strip() for n, c in table.sheet.rows.get(table.header_row, {}).items() if folded(c.text)}
    read = {*table.columns.values(), *table.more_email, *texts} - {*_unread_columns(table)} - own
    return {table.name: {table.header_row: Headed(texts, frozenset(read))}}


def _unmark(sheets: Sequence[Sheet]) -> int:
    """Take our own marks out of a copy that comes back, and return how many there were: nobody wrote them."""
    found = 0
    for sheet in sheets:
        for place in [place for place, text in sheet.comments.items() if MARK_BEGINS in text[:200]]:
            del sheet.comments[place]
            found += 1
        # Whoever mends a cell may have taken our comment off it, and left it yellow.
        ours = [place for place, colour in sheet.colours.items() if colour[-6:].upper() == MARK_COLOUR]
        for place in ours:
            del sheet.colours[place]
    return found


def _explained(sheet: str, columns: Mapping[str, str]) -> Sentence:
    told = ", ".join(f"{field_name}: {column}" for field_name, column in sorted(columns.items()))
    return saying(
        "sheet.explained-before", "Sheet {sheet!r} has headers that were explained before ({columns}).", sheet=sheet,
        columns=told,
    )  # fmt: skip


def maps_for(sheet: Sheet, asked: Mapping[str, str], saved: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """Return which column holds which field, as it is asked for now or was told before for the same headers."""
    return _Maps(asked, saved).of(sheet)


def _recast(workbook: Book, filled: Sequence[Sheet], maps: _Maps) -> FoundSheets | None:
    """Return the contacts of a list that has another shape than ours; None where the strict reader is to read it."""
    for found in filled:
        if is_own(found) and not found.comments and not found.struck_words and not _is_struck(found):
            return None
        of_terms = kind_by_name(found.name) is SheetKind.TERMS and not _has_addresses(found)
        if of_terms or _kind_by_header(found, {}) is SheetKind.TERMS:
            return None
    told = {found.name: known for found in filled if (known := maps.of(found))}
    fields = {field for known in told.values() for field in known}
    if fields - set(fields_of(SheetKind.CONTACTS)) - LIST_FIELDS or any(
        is_own(found) for found in filled if len(filled) > 1
    ):
        return None
    made = recast(filled, frozenset(getattr(workbook, "hidden_sheets", ())), told)
    asked_more = bool(fields & LIST_FIELDS) or any(
        "+" in column for known in told.values() for column in known.values()
    )
    if made is not None and asked_more:
        made.needed, made.doubts = True, False
    if made is None or not made.needed or (made.doubts and all(map(_is_ours, filled))):
        return None
    columns = {name: number for number, name in enumerate(RECAST_COLUMNS, start=1)}
    asked = next(iter(told.values()), {})
    table = Table(SheetKind.CONTACTS, made.sheet, 1, {**columns, **made.own}, told=asked, plain=made)
    notes = [_explained(name, columns) for name, columns in maps.used.items()]
    return FoundSheets(
        {SheetKind.CONTACTS: table}, [*workbook.notes, *notes, *made.notes], made.questions, made.left, heads=made.heads
    )


def _has_addresses(sheet: Sheet) -> bool:
    return any("@" in cell.text for cells in sheet.rows.values() for cell in cells.values())


def _is_struck(sheet: Sheet) -> bool:
    return any(cell.struck for cells in sheet.rows.values() for cell in cells.values())


def _is_ours(sheet: Sheet) -> bool:
    """Tell whether a sheet of contacts has codes and no heading that we don't know: it is read strictly."""
    row = min(sheet.rows)
    texts = [cell.text for cell in sheet.rows[row].values() if cell.text.strip()]
    known = COLUMNS[SheetKind.CONTACTS]
    return known[0].is_called(texts[0] if texts else "") or any(known[0].is_called(text) for text in texts)


def is_own(sheet: Sheet) -> bool:
    """Tell whether a sheet has the headers that our own export writes: what stands there is taken word for word."""
    own = {squeezed(column.header) for column in COLUMNS[SheetKind.CONTACTS] if column.field}
    first = sheet.rows.get(min(sheet.rows), {})
    return own <= {squeezed(cell.text) for cell in first.values()}


def checked_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the mapping with its fields as this program calls them; raises SheetError for one that is not known."""
    checked: dict[str, str] = {}
    for asked, column in mapping.items():
        if asked in LIST_FIELDS:
            checked[asked] = column
            continue
        exactly = {folded(field) for kind in SheetKind for field in fields_of(kind)}
        if folded(asked) not in exactly and names_states(asked) is not None:
            checked["iso3"] = column  # which state a row is of is read by its name too
            continue
        fields = {found.field for kind in SheetKind if (found := column_for(kind, asked))}
        exact = {field for field in fields if folded(field) == folded(asked)}
        if len(exact or fields) != 1:
            known = sorted({field for kind in SheetKind for field in fields_of(kind)})
            raise SheetError(
                "sheet.no-field",
                "There is no field {asked!r} to map a column to.",
                asked=asked,
                known=", ".join(known),
                remedy="Take one of {known}.",
            )
        checked[(exact or fields).pop()] = column
    return checked


def _named_sheet(workbook: Book, sheet: str) -> str:
    for matches in (str.__eq__, lambda one, other: folded(one) == folded(other)):
        for name in workbook.sheet_names:
            if matches(name, sheet):
                return name
    there = ", ".join(repr(name) for name in workbook.sheet_names)
    raise SheetError(
        "sheet.no-such-sheet",
        "{workbook} has no sheet {sheet!r}.",
        workbook=workbook.name,
        sheet=sheet,
        there=there,
        remedy="It has {there}.",
    )


def _choose(sheets: Sequence[Sheet], maps: _Maps) -> tuple[dict[SheetKind, Sheet], list[Sentence]]:
    by_name: dict[SheetKind, list[Sheet]] = {}
    by_header: dict[SheetKind, list[Sheet]] = {}
    notes: list[Sentence] = []
    for sheet in sheets:
        named, headed = kind_by_name(sheet.name), _kind_by_header(sheet, maps.of(sheet))
        if named is SheetKind.TERMS and headed is not named and _has_addresses(sheet):
            named = None  # `HRC`, with the members' contacts
        if named:
            by_name.setdefault(named, []).append(sheet)
        elif headed:
            by_header.setdefault(headed, []).append(sheet)
        else:
            notes.append(
                saying("sheet.unknown", "Sheet {sheet!r} is not read: neither its name nor its headers are known.",
                       sheet=sheet.name)
            )  # fmt: skip
    _reread_as_contacts(by_name, by_header, maps, notes)
    chosen: dict[SheetKind, Sheet] = {}
    for kind in SheetKind:
        candidates = by_name.get(kind) or by_header.get(kind) or []
        if len(candidates) > 1:
            both = each_of([repr(sheet.name) for sheet in candidates])
            raise SheetError(
                "sheet.two-sheets",
                "The sheets {both} could each be the sheet {kind}.",
                both=both,
                kind=kind.value,
                remedy="Name the one that counts{SHEET}.",
            )
        if candidates:
            chosen[kind] = candidates[0]
            left = by_header.get(kind, []) if kind in by_name else []
            notes.extend(
                saying("sheet.not-the-one", "Sheet {sheet!r} is not read: {taken!r} is the sheet {kind}.",
                       sheet=sheet.name, taken=candidates[0].name, kind=kind.value)
                for sheet in left
            )  # fmt: skip
    return chosen, notes


def _reread_as_contacts(
    by_name: dict[SheetKind, list[Sheet]],
    by_header: dict[SheetKind, list[Sheet]],
    maps: _Maps,
    notes: list[Sentence],
) -> None:
    """Take a sheet that is called Missions and holds e-mail addresses for Contacts, where there is no other."""
    if SheetKind.CONTACTS in by_name or SheetKind.CONTACTS in by_header:
        return
    for sheet in by_name.get(SheetKind.MISSIONS, []):
        if _kind_by_header(sheet, maps.of(sheet)) is SheetKind.CONTACTS or guess_contacts(sheet, {}):
            by_header[SheetKind.CONTACTS] = [sheet]
            by_name.pop(SheetKind.MISSIONS)
            notes.append(
                saying("sheet.as-contacts", "Sheet {sheet!r} holds e-mail addresses: it is read as {kind}.",
                       sheet=sheet.name, kind=SheetKind.CONTACTS.value)
            )  # fmt: skip
            return


def _kind_by_header(sheet: Sheet, mapping: Mapping[str, str]) -> SheetKind | None:
    """Return the kind whose required columns a sheet has; where several fit, the one that requires most."""
    fits: dict[SheetKind, int] = {}
    most = dict.fromkeys(SheetKind, 0)
    for kind in SheetKind:
        required = {column.field for column in COLUMNS[kind] if column.required}
        for row in _candidate_rows(sheet):
            fields = {field for field, columns in _matches(kind, sheet, row, mapping).items() if columns}
            most[kind] = max(most[kind], len(fields))
            if required <= fields and len(fields) > 1:
                fits[kind] = len(required)
    if SheetKind.TERMS in fits and any(
        _ADDRESS.search(c.text[:200]) for cells in sheet.rows.values() for c in cells.values()
    ):
        del fits[SheetKind.TERMS]  # `From` and `To` are when somebody was in office
    best = max(fits, key=lambda kind: fits[kind], default=None)
    # A list of people that lacks its addresses looks a little like a list of missions; it is none.
    return None if best is SheetKind.MISSIONS and most[SheetKind.CONTACTS] > most[best] else best


def _candidate_rows(sheet: Sheet) -> list[int]:
    filled = sorted(sheet.rows)[:HEADER_WITHIN]
    return [row for row in filled if row < filled[0] + 2 * HEADER_WITHIN]


def _matches(kind: SheetKind, sheet: Sheet, row: int, mapping: Mapping[str, str]) -> dict[str, list[int]]:
    """Return, for each field, the columns of a row that could be its header. What is mapped goes before names."""
    headers = _headers(sheet, row)
    found: dict[str, list[int]] = {}
    taken = set()
    for name in fields_of(kind):
        if name in mapping:
            found[name] = _mapped(mapping[name], headers, sheet)
            taken.update(found[name])
    for column in COLUMNS[kind]:
        if found.get(column.field):
            continue
        named = [number for number, text in headers.items() if number not in taken and column.is_called(text)]
        exact = [number for number in named if folded(headers[number]) == folded(column.header)]
        found.setdefault(column.field, []).extend(exact if len(exact) == 1 else named)
    found.pop("", None)
    if not found.get("iso3") and "iso3" not in mapping:
        found["iso3"] = _state_column(headers, taken)
        if found["iso3"] and found.get("short_name") == found["iso3"]:
            del found["short_name"]  # it is the key now, and no new name for the state
    return found


def _state_column(headers: Mapping[int, str], taken: set[int]) -> list[int]:
    """Return the column that names states in words, where none holds their codes; the plainest name goes first."""
    named = {number: names_states(text) for number, text in headers.items() if number not in taken}
    ranks = {number: rank for number, rank in named.items() if rank is not None}
    best = min(ranks.values(), default=None)
    return [number for number, rank in ranks.items() if rank == best]


def _mapped(asked: str, headers: Mapping[int, str], sheet: Sheet) -> list[int]:
    by_header = [number for number, text in headers.items() if folded(text) == folded(asked)]
    if by_header:
        return by_header
    number = column_number(asked.strip())
    filled = number is not None and any(number in cells for cells in sheet.rows.values())
    return [number] if number is not None and filled else []


def _table(
    kind: SheetKind, sheet: Sheet, mapping: Mapping[str, str], notes: list[Sentence], guesses: list[Guess]
) -> Table:
    required = {column.field for column in COLUMNS[kind] if column.required}
    best_row, best = 0, dict[str, list[int]]()
    for row in _candidate_rows(sheet):
        found = {name: columns for name, columns in _matches(kind, sheet, row, mapping).items() if columns}
        if (len(required & found.keys()), len(found)) > (len(required & best.keys()), len(best)):
            best_row, best = row, found
    told = {name: column for name, column in mapping.items() if name in best}
    if kind is SheetKind.CONTACTS and not required <= best.keys():
        guessed = guess_contacts(sheet, {name: columns[0] for name, columns in best.items()}, best_row)
        if guessed:
            best_row = guessed.header_row
            best.update(
                {name: columns for name, columns in _matches(kind, sheet, best_row, mapping).items() if columns}
            )
            _take_guesses(guessed.columns, sheet, best, told, guesses, best_row)
    missing = [column for column in COLUMNS[kind] if column.required and column.field not in best]
    near = near_headers(COLUMNS[kind], _unread_headers(sheet, best_row, best), best)
    _take_guesses(near, sheet, best, told, guesses, best_row)
    missing = [column for column in missing if column.field not in best]
    if missing:
        raise _missing(kind, sheet, missing, best_row)
    for name, numbers in best.items():
        if len(numbers) > 1:
            both = each_of([column_letter(number) for number in numbers])
            raise SheetError(
                "sheet.two-columns",
                "Sheet {sheet!r}: the columns {both} could each be {field}.",
                sheet=sheet.name,
                both=both,
                field=name,
                column=column_letter(numbers[0]),
                remedy="Say which one it is{MAP}.",
            )
    columns = {name: numbers[0] for name, numbers in best.items()}
    coded = COLUMNS[kind][0].is_called(sheet.rows.get(best_row, {}).get(columns["iso3"], Cell("")).text)
    more = _more_email(sheet, best_row, columns) if kind is SheetKind.CONTACTS and "email" not in told else ()
    table = Table(kind, sheet, best_row, columns, more, told, by_name=not coded)
    unread = _unread_columns(table)
    own = own_columns(kind, sheet, [row for row in sorted(sheet.rows) if row > best_row], unread)
    notes.extend(told_own(kind, sheet.name, unread, own))
    return replace(table, columns={**columns, **{f"{PREFIX}{name}": number for name, number in own.items()}})


def _take_guesses(
    guessed: Mapping[str, int],
    sheet: Sheet,
    best: dict[str, list[int]],
    told: dict[str, str],
    guesses: list[Guess],
    header_row: int,
) -> None:
    for name, number in guessed.items():
        if best.get(name):
            continue
        header = sheet.rows.get(header_row, {}).get(number, Cell("")).text.strip()
        best[name] = [number]
        told[name] = header or column_letter(number)
        guesses.append(Guess(sheet.name, header_row, number, header, name))


def _unread_headers(sheet: Sheet, row: int, best: Mapping[str, Sequence[int]]) -> dict[int, str]:
    read = {number for numbers in best.values() for number in numbers}
    return {number: text for number, text in _headers(sheet, row).items() if number not in read}


def _more_email(sheet: Sheet, row: int, columns: Mapping[str, int]) -> tuple[int, ...]:
    """Return the columns headed like the one of the addresses, with a number or a word such as `other` to it."""
    email = next(column for column in COLUMNS[SheetKind.CONTACTS] if column.field == "email")
    return tuple(
        number
        for number, text in sorted(_headers(sheet, row).items())
        if number not in columns.values() and not email.is_called(text) and email.is_called(_without_count(text))
    )


def _without_count(header: str) -> str:
    """Return a header without what counts it: `E-mail 2`, `Other e-mail`, `Autre courriel`."""
    counting = {"other", "second", "secondary", "alternative", "additional", "autre", "otro", "segundo"}
    words = [word.rstrip("0123456789") for word in folded(header).split()]
    return " ".join(word for word in words if word and word not in counting)


def _hidden(table: Table) -> Iterable[Sentence]:
    """Say that hidden rows and columns are read: leaving out what a filter hides would lose a letter silently."""
    rows = sorted(row for row in table.sheet.hidden_rows if row > table.header_row and row in table.sheet.rows)
    if rows:
        yield of_rows(table.name, saying("sheet.hidden-rows", "hidden rows are read like the others"), rows)
    columns = sorted(table.sheet.hidden_columns & set(table.columns.values()))
    if columns:
        words = saying("sheet.hidden-columns", "hidden columns are read too")
        yield of_rows(table.name, words, [column_letter(number) for number in columns])


def _signature(sheet: Sheet, row: int) -> str:
    headers = [f"{number}:{squeezed(cell.text)}" for number, cell in sorted(sheet.rows.get(row, {}).items())]
    return hashlib.sha256("\n".join(headers).encode()).hexdigest()


def _unread_columns(table: Table) -> dict[int, str]:
    read = {*table.columns.values(), *table.more_email}
    display = [column for column in COLUMNS[table.kind] if not column.field]
    return {
        number: cell.text.strip()
        for number, cell in sorted(table.sheet.rows.get(table.header_row, {}).items())
        if number not in read and folded(cell.text) and not any(column.is_called(cell.text) for column in display)
    }


def _missing(kind: SheetKind, sheet: Sheet, missing: Sequence[SheetColumn], row: int) -> SheetError:
    lacks = ", ".join(column.header for column in missing)
    row = row or _candidate_rows(sheet)[0]
    there = ", ".join(_shown(cell) for _, cell in sorted(sheet.rows[row].items())) or "nothing"
    return SheetError(
        "sheet.column-lacking",
        "Sheet {sheet!r}, taken for {kind}, lacks the column {lacks}. Row {row} has: {there}.",
        sheet=sheet.name,
        kind=kind.value,
        lacks=lacks,
        row=row,
        there=there,
        field=missing[0].field,
        remedy="Add it to the header row, or say which column it is{MAP}.",
    )


def _nothing_found(name: str, sheets: Sequence[Sheet]) -> SheetError:
    problems = [
        Problem(
            "sheet.first-row",
            "its first row has {cells}",
            cells=", ".join(_shown(cell) for _, cell in sorted(sheet.rows[min(sheet.rows)].items())[:12]),
            where=f"Sheet {sheet.name!r}",
        )
        for sheet in sheets[:20]
    ]
    return SheetError(
        "sheet.no-sheet-known",
        "{name} has neither a sheet Missions, Contacts or HRC terms nor one with their columns.",
        name=name,
        remedy="Contacts need ISO3 and E-mail; missions ISO3; terms ISO3, First year and Last year; "
        "or say which columns are meant{MAP}.",
        problems=problems,
    )


def _shown(cell: Cell) -> str:
    return repr(" ".join(cell.text.split())[:40])


def _refuse_unused(mapping: Mapping[str, str], sheets: Mapping[SheetKind, Sheet]) -> None:
    """Raise for a mapped column that is in none of the sheets that have its field."""
    for name, column in mapping.items():
        able = [sheet for kind, sheet in sheets.items() if name in fields_of(kind)]
        if any(_mapped(column, _headers(sheet, row), sheet) for sheet in able for row in _candidate_rows(sheet)):
            continue
        names = one_of([repr(sheet.name) for sheet in able or sheets.values()])
        raise SheetError(
            "sheet.no-column",
            "There is no column {column!r} for {name} in {names}.",
            column=column,
            name=name,
            names=names,
            remedy="Give the header's text or the column's letter.",
        )


def _headers(sheet: Sheet, row: int) -> dict[int, str]:
    return {number: cell.text for number, cell in sheet.rows.get(row, {}).items() if folded(cell.text)}
