"""Reads the cells of an .xlsx or .xlsm workbook as text, telling apart what a plain value is and what is none.

openpyxl's streaming mode shows neither merged cells nor, in one pass, whether a formula has a stored value, and
its other mode builds the whole sheet in memory; a directory needs text, those two facts, and a bound on both.
Macros are a part of the package that nothing here ever opens.
"""

import re
from collections.abc import Mapping

from outreach.errors import SheetError
from outreach.missions.cells import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_MERGED,
    MAX_ROWS,
    MAX_TEXT,
    Area,
    Cell,
    Sheet,
    column_number,
    mailto,
)
from outreach.missions.package import Handlers, Package, relations

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ST_Xstring: a character that XML can't hold
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_LONGEST_REFERENCE = 12
_ROW_TAG, _CELL_TAG = re.compile(rb"<(?:\w+:)?row[\s/>]"), re.compile(rb"<(?:\w+:)?c[\s/>]")


class Workbook:
    """An .xlsx file: the names of its worksheets, and each one's cells when asked for."""

    def __init__(self, package: Package) -> None:
        """Find its worksheets; raises SheetError, one sentence, for a package that holds none."""
        self._package = package
        self.name = package.name
        self.notes: list[str] = []
        main = next((part for _, kind, part in relations(package, "") if kind == "officeDocument"), "")
        if not package.has(main):
            raise SheetError(
                "sheet.no-workbook",
                "{name} holds no workbook.",
                name=self.name,
                remedy="Save it in Excel or LibreOffice as .xlsx.",
            )
        parts = {identity: (kind, part) for identity, kind, part in relations(package, main)}
        self._parts: dict[str, str] = {}
        for name, identity in _sheet_list(package, main):
            kind, part = parts.get(identity, ("", ""))
            if kind == "worksheet":
                self._parts[name] = part
        if not self._parts:
            raise SheetError(
                "sheet.no-worksheet",
                "{name} has no worksheet in it.",
                name=self.name,
                remedy="Name the workbook that holds the missions.",
            )
        self._strings = _strings(package, next((part for kind, part in parts.values() if kind == "sharedStrings"), ""))

    @property
    def sheet_names(self) -> list[str]:
        """The names of the worksheets, in their order."""
        return list(self._parts)

    def part_of(self, sheet: str) -> str:
        """Return the name of the part that holds a worksheet."""
        return self._parts[sheet]

    def read(self, sheet: str) -> Sheet:
        """Return a worksheet's cells.

        Raises SheetError, one sentence, where the part is damaged or larger than any directory of missions: more
        than 200,000 rows or 1,500,000 filled cells.
        """
        part = self._parts[sheet]
        # Looked at before anything is parsed: a million blank rows need not be read to be refused.
        rows, cells = self._package.count(part, _ROW_TAG, _CELL_TAG)
        if rows > MAX_ROWS:
            raise self._package.too_large(f"its sheet {sheet!r} has more than {MAX_ROWS:,} rows")
        if cells > 2 * MAX_CELLS:
            raise self._package.too_large(f"it holds more than {2 * MAX_CELLS:,} cells and marks")
        reader = _SheetReader(self._package, Sheet(sheet), self._strings)
        found = reader.read(part)
        self._add_links(found, part, reader.links)
        return found

    def _add_links(self, sheet: Sheet, part: str, links: Mapping[str, str]) -> None:
        if not links:
            return
        targets = {i: target for i, kind, target in relations(self._package, part, outside=True) if kind == "hyperlink"}
        for reference, identity in links.items():
            place = _REFERENCE.fullmatch(reference)
            address = mailto(targets.get(identity, ""))
            if place and address:
                cells = sheet.rows.get(int(place[2]), {})
                column = column_number(place[1]) or 0
                if column in cells:
                    cells[column] = cells[column]._replace(link=address)


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
        self._package, self._sheet = package, sheet
        self._row = self._column = self._row_tags = self._cells = 0
        self._type = ""
        self._formula = self._in_cell = False
        self._text = _Text()
        self._shared = [Cell(text) if text else None for text in strings]
        self._letters: dict[str, int] = {}
        self.links: dict[str, str] = {}
        """The relationship of each cell that is a link."""

    def read(self, part: str) -> Sheet:
        self._package.read(part, Handlers(self._start, self._end, self._text.add))
        return self._sheet

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._in_cell:
            if tag == "f":
                self._formula = True
            else:
                self._text.start(tag)
        elif tag == "c":
            self._start_cell(attributes)
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "hyperlink":
            identity = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.links[attributes.get("ref", "").partition(":")[0]] = identity
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = int(attributes.get("min", "0")), min(int(attributes.get("max", "0")), MAX_COLUMNS)
            self._sheet.hidden_columns.update(range(first, last + 1))

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
        if attributes.get("hidden") in {"1", "true"}:
            self._sheet.hidden_rows.add(self._row)

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        reference = attributes.get("r", "")
        letters = reference.rstrip("0123456789")
        column = self._letters.get(letters)
        if column is None:
            column = self._letters[letters] = column_number(letters) or 0
        if column and len(letters) < len(reference) < _LONGEST_REFERENCE:
            self._column, self._row = column, int(reference[len(letters) :])
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
                return self._shared[index] if 0 <= index < len(self._shared) else None
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
