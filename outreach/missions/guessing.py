"""Guesses what a column holds where its header does not tell: by a near spelling, or by what stands in its cells."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from outreach.errors import Problem
from outreach.missions.books.cells import Sheet, column_letter
from outreach.missions.columns import SheetColumn, squeezed
from outreach.missions.facts import find_state
from outreach.sentences import saying

_LOOKED_AT = 300
_MOST_OF_THEM = 0.5
_NEAR = 0.84
_SHORTEST = 5
# Bounded: a cell of 32,767 characters without a blank would else be looked through once for each of them.
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@.]{1,63}\.[^\s@]")


@dataclass(frozen=True, slots=True)
class Guess:
    """A column that is taken for a field though its header does not say so."""

    sheet: str
    header_row: int
    column: int
    header: str
    field: str

    def told(self) -> Problem:
        """Return it as a person confirms it, with the other way out."""
        letter = column_letter(self.column)
        header = self.header[:40] or saying("sheet.no-header", "no header")
        called = saying("sheet.column", "column {letter} ({header})", letter=letter, header=header)
        return Problem(
            "sheet.column-guessed", "{called} is taken for {field}", called=called, field=self.field,
            where=f"{self.sheet}!{letter}{max(self.header_row, 1)}", remedy="If it is another, name it{MAP}.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guessed:
    """Where a list of contacts seems to be: the row above its first address, and the columns."""

    header_row: int
    columns: Mapping[str, int]


def guess_contacts(sheet: Sheet, known: Mapping[str, int], header_row: int = 0) -> Guessed | None:
    """Return the columns of states and of addresses by what stands in them; None where either is not to be found."""
    below = [row for row in sorted(sheet.rows) if row > header_row][:_LOOKED_AT]
    # A header is no row of the list: it begins where the first address stands.
    first = next((row for row in below if any(_ADDRESS.search(cell.text) for cell in sheet.rows[row].values())), None)
    rows = [row for row in below if first is not None and row >= first]
    email = known.get("email") or _column(sheet, rows, lambda text: bool(_ADDRESS.search(text)), taken=())
    if not email:
        return None
    state = known.get("iso3") or _column(sheet, rows, lambda text: find_state(text) is not None, taken=(email,))
    if not state or first is None:
        return None
    above = [row for row in sheet.rows if row < first]
    return Guessed(header_row or max(above, default=0), {"iso3": state, "email": email})


def near_headers(
    columns: Sequence[SheetColumn], unread: Mapping[int, str], known: Mapping[str, Sequence[int]]
) -> dict[str, int]:
    """Return, for fields without a column, the unread column whose header is nearly one of the field's names."""
    names = {
        squeezed(name): column.field
        for column in columns
        if not known.get(column.field)
        for name in (column.header, column.field, *column.synonyms)
        if len(squeezed(name)) >= _SHORTEST
    }
    display = {squeezed(name) for column in columns if not column.field for name in (column.header, *column.synonyms)}
    found: dict[str, int] = {}
    for number, text in sorted(unread.items()):
        asked = squeezed(text)
        near = difflib.get_close_matches(asked, names, n=1, cutoff=_NEAR) if len(asked) >= _SHORTEST else []
        if near and asked not in display and names[near[0]]:
            found.setdefault(names[near[0]], number)
    return found


def _column(sheet: Sheet, rows: Sequence[int], fits: Callable[[str], bool], taken: Sequence[int]) -> int | None:
    """Return the column most of whose filled cells fit: the one with the most, the leftmost of equals."""
    filled: dict[int, int] = {}
    fitting: dict[int, int] = {}
    for row in rows:
        for number, cell in sheet.rows[row].items():
            if number not in taken and cell.text.strip():
                filled[number] = filled.get(number, 0) + 1
                fitting[number] = fitting.get(number, 0) + bool(fits(cell.text))
    able = [
        number for number in sorted(filled) if fitting[number] and fitting[number] >= _MOST_OF_THEM * filled[number]
    ]
    return max(able, key=lambda number: (fitting[number], -number), default=None)
