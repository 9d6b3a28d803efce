"""Reads the cells of an .xlsx workbook as text, telling apart what a plain value is and what is none.

openpyxl's streaming mode shows neither merged cells nor, in one pass, whether a formula has a stored value, and
its other mode builds the whole sheet in memory; a directory needs text, those two facts, and a bound on both.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outreach.errors import SheetError
from outreach.missions.package import Handlers, Package, relations

MAX_ROWS = 200_000
MAX_CELLS = 500_000
MAX_MERGED = 20_000
MAX_TEXT = 32_767  # the most that Excel keeps in a cell
_MAX_COLUMNS = 16_384

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ST_Xstring: a character that XML can't hold
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: its text, or why it has none that can be taken."""

    text: str
    no_value: bool = False
    """A formula whose result was never stored."""
    error: bool = False
    """The text is an error such as #N/A."""


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
    """A worksheet: its filled cells by row and column, counted from 1, and its merged ranges."""

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)


class Workbook:
    """An .xlsx file: the names of its worksheets, and each one's cells when asked for."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises SheetError, one sentence, for anything that is no such file or is protected."""
        self._package = package = Package(path)
        self.name = package.name
        main = next((part for _, kind, part in relations(package, "") if kind == "officeDocument"), "")
        if not package.has(main):
            raise SheetError(f"{self.name} holds no workbook.", cure="Save it in Excel or LibreOffice as .xlsx.")
        parts = {identity: (kind, part) for identity, kind, part in relations(package, main)}
        self._parts: dict[str, str] = {}
        for name, identity in _sheet_list(package, main):
            kind, part = parts.get(identity, ("", ""))
            if kind == "worksheet":
                self._parts[name] = part
        if not self._parts:
            raise SheetError(f"{self.name} has no worksheet in it.", cure="Name the workbook that holds the missions.")
        self._strings = _strings(package, next((part for kind, part in parts.values() if kind == "sharedStrings"), ""))

    @property
    def sheet_names(self) -> list[str]:
        """The names of the worksheets, in their order."""
        return list(self._parts)

    def read(self, sheet: str) -> Sheet:
        """Return a worksheet's cells.

        Raises SheetError, one sentence, where the part is damaged or larger than any directory of missions: more
        than 200,000 rows or 500,000 filled cells.
        """
        return _SheetReader(self._package, Sheet(sheet), self._strings).read(self._parts[sheet])


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
    return number if number <= _MAX_COLUMNS else None


def unescaped(text: str) -> str:
    """Return text from a workbook with its `_xHHHH_` escapes (ECMA-376 part 1, 22.9.2.19) made characters again."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _sheet_list(package: Package, workbook: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            identity = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            found.append((attributes.get("name", ""), identity))

    package.read(workbook, Handlers(start, lambda _: None, lambda _: None))
    return found


class _Text:
    """Gathers the `t` runs of a string, rich or plain, without the phonetic ones, and no more than a cell may hold."""

    def __init__(self) -> None:
        self._runs: list[str] = []
        self._length = 0
        self._phonetic = 0
        self._open = False

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self._phonetic += 1
        elif tag in {"t", "v"}:
            self._open = not self._phonetic

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._phonetic -= 1
        elif tag in {"t", "v"}:
            self._open = False

    def add(self, text: str) -> None:
        if self._open and self._length <= MAX_TEXT:
            self._runs.append(text)
            self._length += len(text)

    def take(self) -> str:
        text = unescaped("".join(self._runs))
        self._runs.clear()
        self._length = self._phonetic = 0
        self._open = False
        return text


def _strings(package: Package, part: str) -> list[str]:
    found: list[str] = []
    gathered = _Text()

    def start(tag: str, _: Mapping[str, str]) -> None:
        gathered.start(tag)

    def end(tag: str) -> None:
        gathered.end(tag)
        if tag == "si":
            found.append(gathered.take())
            if len(found) > MAX_CELLS:
                raise package.too_large(f"it holds more than {MAX_CELLS:,} texts")

    if package.has(part):
        package.read(part, Handlers(start, end, gathered.add))
    return found


class _SheetReader:
    """Follows the tags of one worksheet part."""

    def __init__(self, package: Package, sheet: Sheet, strings: list[str]) -> None:
        self._package, self._sheet, self._strings = package, sheet, strings
        self._row = self._column = self._row_tags = self._cells = 0
        self._type = ""
        self._formula = self._in_cell = False
        self._text = _Text()

    def read(self, part: str) -> Sheet:
        self._package.read(part, Handlers(self._start, self._end, self._text.add))
        return self._sheet

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "row":
            self._start_row(attributes)
        elif tag == "c":
            self._start_cell(attributes)
        elif tag == "f":
            self._formula = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif self._in_cell:
            self._text.start(tag)

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._finish_cell()
        elif self._in_cell:
            self._text.end(tag)

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        self._row_tags += 1
        if self._row_tags > MAX_ROWS:
            raise self._package.too_large(f"its sheet {self._sheet.name!r} has more than {MAX_ROWS:,} rows")
        self._row = int(float(attributes["r"])) if "r" in attributes else self._row + 1
        self._column = 0

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        reference = _REFERENCE.fullmatch(attributes.get("r", ""))
        if reference:
            self._column, self._row = column_number(reference[1]) or 0, int(reference[2])
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        self._formula, self._in_cell = False, True

    def _finish_cell(self) -> None:
        self._in_cell = False
        cell = self._cell(self._text.take())
        if cell is None:
            return
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise self._package.too_large(f"its sheet {self._sheet.name!r} has more than {MAX_CELLS:,} filled cells")
        self._sheet.rows.setdefault(self._row, {})[self._column] = cell

    def _cell(self, raw: str) -> Cell | None:
        # An empty string that a formula yielded is marked by its type; a formula that was never worked out is not.
        if not raw:
            return Cell("", no_value=True) if self._formula and self._type != "str" else None
        match self._type:
            case "s":
                index = int(raw)
                text = self._strings[index] if 0 <= index < len(self._strings) else ""
                return Cell(text) if text else None
            case "e":
                return Cell(raw, error=True)
            case "b":
                return Cell("TRUE" if raw.strip() == "1" else "FALSE")
            case "n":
                return Cell(_number(raw))
            case _:  # str, inlineStr and d (an ISO 8601 date) are text as they stand
                return Cell(raw)

    def _merge(self, reference: str) -> None:
        ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
        if len(ends) == 2 and ends[0] and ends[1]:
            first, last = ends[0], ends[1]
            area = Area(int(first[2]), column_number(first[1]) or 0, int(last[2]), column_number(last[1]) or 0)
            self._sheet.merged.append(area)
            if len(self._sheet.merged) > MAX_MERGED:
                raise self._package.too_large(f"its sheet {self._sheet.name!r} has over {MAX_MERGED:,} merged ranges")


def _number(raw: str) -> str:
    """Return a number as a person reads it in the cell: 2024 and not 2024.0."""
    number = float(raw)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else raw.strip()
