"""What every kind of spreadsheet comes down to: sheets of cells with their text, and what a plain value is not."""

import gc
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from outreach.missions.books.sheet_bounds import MAX_COLUMNS
from outreach.sentences import Sentence, saying, some_of
from outreach.text import one_line, unspoilt

MARK_BEGINS = "Outreach could not take this: "
"""How a comment begins that we wrote on a copy for a person, see `marked_copy.py`."""
MARK_COLOUR = "FFFF0A"
"""The yellow of those cells (RGB), which nobody else's is: a person's own yellow may mean something."""


class Cell(NamedTuple):
    """What stands in a cell: its text, or why it has none that can be taken. A tuple, for there are very many."""

    text: str
    no_value: bool = False
    """A formula whose result was never stored."""
    error: bool = False
    """The text is an error such as #N/A."""
    link: str = ""
    """The address that the cell's `mailto:` link writes to."""
    struck: bool = False
    """Whether a line is drawn through it."""


def plain_cell(text: str) -> Cell:
    """Return what `Cell(text)` does in half the time, which counts where very many are made."""
    return tuple.__new__(Cell, (text, False, False, "", False))


_uncollected = threading.Lock(), [0]


@contextmanager
def many_cells() -> Iterator[None]:
    """Let very many cells be made without looking for circles among them again and again: there are none.

    The collector is the whole process's; it looks again once the last thread that asked for this is through.
    """
    lock, asked = _uncollected
    with lock:
        asked[0] += 1
        gc.disable()
    try:
        yield
    finally:
        with lock:
            asked[0] -= 1
            if not asked[0]:
                gc.enable()


@dataclass(frozen=True, slots=True)
class Area:
    """A merged range: first and last row and column, counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        return f"{column_letter(self.first_column)}{self.first_row}:{column_letter(self.last_column)}{self.last_row}"


@dataclass(slots=True)
class Sheet:
    """A worksheet: its filled cells by row and column, counted from 1, its merged ranges, and what is hidden in it."""

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    """What people wrote beside cells, by row and column."""
    struck_words: dict[tuple[int, int], str] = field(default_factory=dict)
    """Words with a line through them in cells that have others too; they are no part of the cell's text."""
    colours: dict[tuple[int, int], str] = field(default_factory=dict)
    """The colour of the filled cells that have one, by row and column."""
    swatches: dict[tuple[int, int], str] = field(default_factory=dict)
    """The same of empty cells, as a legend has them beside its words."""


class Book(Protocol):
    """A spreadsheet file that has been opened: its sheets by name, and each one's cells when asked for."""

    name: str
    notes: list[Sentence]
    """What a person should know of how it was read."""

    @property
    def sheet_names(self) -> list[str]:
        """The names of the sheets, in their order."""
        ...

    def read(self, sheet: str) -> Sheet:
        """Return a sheet's cells; raises SheetError, one sentence, where it is damaged or too large."""
        ...


def of_rows(sheet: str, words: Sentence, told: Sequence[object]) -> Sentence:
    """Return a note on some places of a sheet: what is told of them, and the first of them."""
    return saying("sheet.note", "Sheet {sheet!r}: {words}: {places}.", sheet=sheet, words=words, places=some_of(told))


def column_letter(number: int) -> str:
    """Return a column's letters: 1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int | None:
    """Return the number of a column named by one to three letters; None for anything else."""
    if not re.fullmatch(r"[A-Za-z]{1,3}", letters):
        return None
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number if number <= MAX_COLUMNS else None


_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_WIDE_LETTER = re.compile("[\uff01-\uff5e\u3000]")


def narrow(sheet: Sheet) -> Sheet:
    """Return a sheet with the full-width letters of East Asian typing as plain ones; itself where it has none."""
    changed = {
        row: {
            n: c._replace(text=c.text.translate(_WIDE)) if _WIDE_LETTER.search(c.text) else c for n, c in cells.items()
        }
        for row, cells in sheet.rows.items()
        if any(not c.text.isascii() and _WIDE_LETTER.search(c.text) for c in cells.values())
    }
    return replace(sheet, rows={**sheet.rows, **changed}) if changed else sheet


def mailto(target: str) -> str:
    """Return the first address of a `mailto:` link (RFC 6068); empty for any other link."""
    from urllib.parse import unquote

    scheme, colon, rest = target.strip().partition(":")
    if not colon or scheme.casefold() != "mailto":
        return ""
    return unquote(rest.partition("?")[0].partition(",")[0]).strip()


def mend_letters(sheets: Iterable[Sheet]) -> list[Sentence]:
    """Mend the cells whose UTF-8 was read amiss before the file was saved (`unspoilt`); return a note a sheet."""
    notes = []
    for sheet in sheets:
        mended = []
        for row, cells in sheet.rows.items():
            for column, cell in cells.items():
                if not cell.text.isascii() and (text := unspoilt(cell.text)) != cell.text:
                    cells[column] = cell._replace(text=text)
                    mended.append(f"{column_letter(column)}{row} ({one_line(text)[:40]})")
        if mended:
            words = saying("sheet.letters-mended", "letters that were spoilt are mended")
            notes.append(of_rows(sheet.name, words, mended))
    return notes
