"""Reads the cells of an .xlsx or .xlsm workbook as text, telling apart what a plain value is and what is none.

openpyxl's streaming mode shows neither merged cells nor, in one pass, whether a formula has a stored value, and
its other mode builds the whole sheet in memory; a directory needs text, those two facts, and a bound on both.
Macros are a part of the package that nothing here ever opens.
"""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from outreach.errors import SheetError
from outreach.missions.books.cells import Area, Cell, Sheet, column_number, mailto
from outreach.missions.books.package import Handlers, Package, has_mark, relations
from outreach.missions.books.sheet_bounds import (
    MAX_CELLS,
    MAX_COLOURED,
    MAX_COLUMNS,
    MAX_MERGED,
    MAX_ROWS,
    MAX_SWATCHES,
    MAX_TEXT,
)
from outreach.missions.books.xlsx_styles import Styles, read_styles
from outreach.sentences import Sentence

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ST_Xstring: a character that XML can't hold
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_LONGEST_REFERENCE = 12
_FORMULA_PIECES = 100
_LAST_DAY = 2_958_466  # the day after 9999-12-31
_LINK_FORMULA = re.compile(
    r'\s{0,9}HYPERLINK\(\s{0,9}"(mailto:[^"]{1,400})"(?:\s{0,9}[,;]\s{0,9}"([^"]{1,400})"\s{0,9}\))?', re.IGNORECASE
)
_NUMBERS = re.compile(rb"v>\s*(\d{1,7})\s*<")
"""What may be the number of a shared text; plain numbers are taken along."""
_ROW_TAG, _CELL_TAG = re.compile(rb"<(?:\w+:)?row[\s/>]"), re.compile(rb"<(?:\w+:)?c[\s/>]")


class Workbook:
    """An .xlsx file: the names of its worksheets, and each one's cells when asked for."""

    def __init__(self, package: Package) -> None:
        """Find its worksheets; raises SheetError, one sentence, for a package that holds none."""
        self._package = package
        self.name = package.name
        self.notes: list[Sentence] = []
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
        for name, identity, _ in _sheet_list(package, main):
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
        self.hidden_sheets = frozenset(
            name for name, _, shown in _sheet_list(package, main) if shown in {"hidden", "veryHidden"}
        )
        self._styles = read_styles(package, next((part for kind, part in parts.values() if kind == "styles"), ""))
        self._epoch = _epoch(package, main)
        self._shared_part = next((part for kind, part in parts.values() if kind == "sharedStrings"), "")
        self._shared: SharedTexts | None = None
        self._cut_texts: list[bytes] | None = None

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
        if self._shared is None:
            self._shared = _shared_texts(self._package, self._shared_part, [], ())
        reader = _SheetReader(self._package, Sheet(sheet), self._shared, self._styles, self._epoch)
        found = reader.read(part)
        self._add_links(found, part, reader.links)
        self._add_comments(found, part)
        return found

    def read_cut(self, sheet: str, content: bytes) -> Sheet:
        """Return the cells of a worksheet of whose part only `content` is left, without links and comments."""
        wanted = {int(number) for number in _NUMBERS.findall(content)}
        if self._cut_texts is None:
            self._cut_texts = _cut_texts(self._package, self._shared_part)
        shared = _shared_texts(self._package, self._shared_part, self._cut_texts, wanted)
        return _SheetReader(self._package, Sheet(sheet), shared, self._styles, self._epoch).read(
            self._parts[sheet], content
        )

    def _add_comments(self, sheet: Sheet, part: str) -> None:
        for _, kind, target in relations(self._package, part):
            if kind == "comments" and self._package.has(target):
                sheet.comments.update(_comments(self._package, target))

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


def _sheet_list(package: Package, workbook: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            identity = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            found.append((attributes.get("name", ""), identity, attributes.get("state", "")))

    package.read(workbook, Handlers(start, lambda _: None, lambda _: None))
    return found


def _epoch(package: Package, workbook: str) -> date:
    """Return the day from which a workbook counts its dates (ECMA-376 part 1, 18.17.4.1)."""
    found = [date(1899, 12, 30)]

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            found[0] = date(1904, 1, 1)

    package.read(workbook, Handlers(start, lambda _: None, lambda _: None))
    return found[0]


def _comments(package: Package, part: str) -> dict[tuple[int, int], str]:
    """Return the comments of a sheet by row and column (ECMA-376 part 1, 18.7)."""
    found: dict[tuple[int, int], str] = {}
    gathered = _Text()
    place = [(0, 0)]

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "comment":
            reference = _REFERENCE.fullmatch(attributes.get("ref", "")[:_LONGEST_REFERENCE])
            place[0] = (int(reference[2]), column_number(reference[1]) or 0) if reference else (0, 0)
        gathered.start(tag)

    def end(tag: str) -> None:
        gathered.end(tag)
        if tag == "comment" and len(found) < MAX_MERGED:
            found[place[0]] = gathered.take()

    package.read(part, Handlers(start, end, gathered.add))
    return found


class _Text:
    """Gathers the `t` runs of a string, rich or plain, without the phonetic ones, and no more than a cell may hold."""

    def __init__(self) -> None:
        self._runs: list[str] = []
        self._length = 0
        self._phonetic = 0
        self._open = False
        self._in_struck_run = False
        self._struck_runs: list[str] = []
        self.struck_words = ""
        """Of the text that was taken last: its words with a line through them, where it has others too."""
        self.all_struck = False
        """Whether a line goes through all words of the text that was taken last."""
        self.formula: list[str] | None = None
        """Where the words of a formula go, while one is read."""

    def start(self, tag: str, attributes: Mapping[str, str] = MappingProxyType({})) -> None:
        if tag == "rPh":
            self._phonetic += 1
        elif tag == "r":
            self._in_struck_run = False
        elif tag in {"strike", "dstrike"}:
            self._in_struck_run = attributes.get("val", "1") not in {"0", "false"}
        elif tag in {"t", "v"}:
            self._open = not self._phonetic

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._phonetic -= 1
        elif tag in {"t", "v"}:
            self._open = False

    def add(self, text: str) -> None:
        if self._open and self._length <= MAX_TEXT:
            (self._struck_runs if self._in_struck_run else self._runs).append(text)
            self._length += len(text)
        elif self.formula is not None and len(self.formula) < _FORMULA_PIECES:
            self.formula.append(text[:MAX_TEXT])

    def take(self) -> str:
        text = unescaped("".join(self._runs))
        if self._struck_runs or self.struck_words:
            struck = unescaped("".join(self._struck_runs))
            self.all_struck = bool(struck) and not text.strip()
            text, self.struck_words = (struck, "") if self.all_struck else (text, struck)
            self._struck_runs.clear()
        else:
            self.all_struck = False
        self._in_struck_run = False
        self._runs.clear()
        self._length = self._phonetic = 0
        self._open = False
        return text


@dataclass(slots=True)
class SharedTexts:
    """The texts that cells share, by their numbers."""

    cells: dict[int, Cell | None] = field(default_factory=dict)
    struck_words: dict[int, str] = field(default_factory=dict)
    """Of those with some words struck through, those words."""


def _cut_texts(package: Package, part: str) -> list[bytes]:
    """Return the texts that cells share as they are written, behind what is before them all; empty where they can't be
    cut, for they are not written as all programs write them.
    """
    whole = package.whole(part) if package.has(part) else b""
    pieces = whole.split(b"<si")
    without_end = len(pieces) - 1 - whole.count(b"</si>")
    told = not without_end or without_end == whole.count(b"<si/>")
    return pieces if told and not has_mark(whole, b"<!") else []


def _shared_texts(package: Package, part: str, pieces: list[bytes], wanted: Collection[int]) -> SharedTexts:
    """Return the texts that cells share; of those that are cut, at least those of the numbers that are wanted."""
    found, gathered = SharedTexts(), _Text()
    numbers: Iterator[int] = itertools.count()
    content: bytes | None = None
    if len(pieces) > 1:
        some = sorted(number for number in {*wanted, len(pieces) - 2} if number < len(pieces) - 1)
        numbers, content = iter(some), b"<si".join((pieces[0], *(pieces[number + 1] for number in some)))

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        gathered.start(tag, attributes)

    def end(tag: str) -> None:
        gathered.end(tag)
        if tag == "si":
            text, number = gathered.take(), next(numbers)
            if gathered.struck_words:
                found.struck_words[number] = gathered.struck_words
            found.cells[number] = Cell(text, struck=gathered.all_struck) if text else None
            if len(found.cells) > MAX_CELLS:
                raise package.too_large(f"it holds more than {MAX_CELLS:,} texts")

    if package.has(part):
        package.read(part, Handlers(start, end, gathered.add), content)
    return found


class _SheetReader:
    """Follows the tags of one worksheet part."""

    def __init__(
        self,
        package: Package,
        sheet: Sheet,
        shared: SharedTexts,
        styles: Styles,
        epoch: date,
    ) -> None:
        self._shared, self._struck_words, self._epoch = shared.cells, shared.struck_words, epoch
        self._package, self._sheet, self._styles = package, sheet, styles
        self._has_styles = bool(styles.struck or styles.dates or styles.colours)
        self._style = ""
        self._row = self._column = self._row_tags = self._cells = 0
        self._type = ""
        self._formula = self._in_cell = False
        self._text = _Text()
        self._letters: dict[str, int] = {}
        self.links: dict[str, str] = {}
        """The relationship of each cell that is a link."""

    def read(self, part: str, content: bytes | None = None) -> Sheet:
        self._package.read(part, Handlers(self._start, self._end, self._text.add), content)
        return self._sheet

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._in_cell:
            if tag == "f":
                self._formula, self._text.formula = True, []
            else:
                self._text.start(tag, attributes)
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
        if self._has_styles:
            self._style = attributes.get("s", "")
        self._formula, self._in_cell = False, True

    def _finish_cell(self) -> None:
        self._in_cell = False
        formula, self._text.formula = self._text.formula, None
        cell = self._cell(self._text.take())
        if cell is None:
            if self._style in self._styles.colours and len(self._sheet.swatches) < MAX_SWATCHES:
                self._sheet.swatches[self._row, self._column] = self._styles.colours[self._style]
            return
        if formula and (linked := _LINK_FORMULA.match("".join(formula))):
            cell = cell._replace(link=mailto(linked[1]))
            if cell.no_value:  # never worked out, and all that it shows stands in it
                cell = Cell(linked[2] or cell.link, link=cell.link)
        if self._text.struck_words:
            self._sheet.struck_words[self._row, self._column] = self._text.struck_words
        if self._style in self._styles.struck or self._text.all_struck:
            cell = cell._replace(struck=True)
        if self._style in self._styles.colours and len(self._sheet.colours) < MAX_COLOURED:
            self._sheet.colours[self._row, self._column] = self._styles.colours[self._style]
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
                if index in self._struck_words:
                    self._sheet.struck_words[self._row, self._column] = self._struck_words[index]
                return self._shared.get(index)
            case "e":
                return Cell(raw, error=True)
            case "b":
                return Cell("TRUE" if raw.strip() == "1" else "FALSE")
            case "n":
                return Cell((self._style in self._styles.dates and _dated(raw, self._epoch)) or _number(raw))
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
    """Return a number as a person reads it in the cell: 2024 and not 2024.0, 9.11 and not 9.109999999999999."""
    number = float(raw)
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    shown = f"{number:.15g}"  # as many digits as a spreadsheet shows
    return shown if len(raw) > len(shown) and "e" not in shown else raw.strip()


def _dated(raw: str, epoch: date) -> str:
    """Return a number that is shown as a date as that date (ISO 8601), with its minutes; empty for one that is none."""
    number = float(raw)
    if not 1 <= number < _LAST_DAY:
        return ""
    day = epoch + timedelta(days=int(number))
    minutes = int((number % 1 * 86_400 + 0.5) // 60)  # the minute that a spreadsheet shows: seconds are cut off
    return f"{day.isoformat()} {minutes // 60:02}:{minutes % 60:02}" if 0 < minutes < 1_440 else day.isoformat()
