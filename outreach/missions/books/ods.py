"""Reads the cells of an .ods workbook, as LibreOffice writes it (OpenDocument 1.3, part 3, chapter 9: tables)."""

from collections.abc import Mapping

from outreach.errors import SheetError
from outreach.missions.books.cells import Area, Cell, Sheet, mailto
from outreach.missions.books.ods_styles import OdsStyles, plain
from outreach.missions.books.package import Handlers, Package, encrypted
from outreach.missions.books.sheet_bounds import (
    MAX_CELLS,
    MAX_COLOURED,
    MAX_COLUMNS,
    MAX_MERGED,
    MAX_ROWS,
    MAX_SWATCHES,
    MAX_TEXT,
)
from outreach.sentences import Sentence

_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_CELLS = {"table-cell", "covered-table-cell"}
_NOT_THE_CELL = {"tracked-changes", "shapes", "named-expressions", "forms"}
"""What lies within a sheet and is none of its cells' text: deleted cells, drawings."""

_COMMENT_LINES = 200


class OpenDocument:
    """An .ods file: the names of its sheets, and each one's cells."""

    def __init__(self, package: Package) -> None:
        """Read all its sheets, which lie in one part; raises SheetError, one sentence."""
        self.name = package.name
        self.notes: list[Sentence] = []
        if not package.text("mimetype", 200).startswith(_SPREADSHEET):
            raise SheetError(
                "sheet.no-spreadsheet",
                "{name} is an OpenDocument file, but no spreadsheet.",
                name=self.name,
                remedy="Save it as .ods.",
            )
        _refuse_encrypted(package)
        reader = _Reader(package)
        self._sheets = reader.read()
        self.hidden_sheets = frozenset(reader.hidden)
        if not self._sheets:
            raise SheetError(
                "sheet.no-sheets",
                "{name} has no sheet in it.",
                name=self.name,
                remedy="Name the workbook that holds the missions.",
            )

    @property
    def sheet_names(self) -> list[str]:
        """The names of the sheets, in their order."""
        return list(self._sheets)

    def read(self, sheet: str) -> Sheet:
        """Return a sheet's cells."""
        return self._sheets[sheet]


def _refuse_encrypted(package: Package) -> None:
    def start(tag: str, _: Mapping[str, str]) -> None:
        if tag == "encryption-data":
            raise encrypted(package.name)

    if package.has("META-INF/manifest.xml"):
        package.read("META-INF/manifest.xml", Handlers(start, lambda _: None, lambda _: None))


class _Reader:
    """Follows the tags of content.xml. Repeated rows and cells are counted, and written out only where filled."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._styles = OdsStyles()
        self._column_styles: list[tuple[int, str]] = []
        self._row_style = ""
        self._spans: list[bool] = []
        self._unstruck: list[str] = []
        self._struck_pieces: list[str] = []
        self._struck_words: dict[int, str] = {}
        self._colours: dict[int, str] = {}
        self._comment: list[str] | None = None
        self._comment_open = False
        self.hidden: set[str] = set()
        self._sheets: dict[str, Sheet] = {}
        self._sheet: Sheet | None = None
        self._row = self._column = self._filled = self._aside = self._depth = 0
        self._row_repeat = self._cell_repeat = 1
        self._cells: dict[int, Cell] = {}
        self._cell: Mapping[str, str] = {}
        self._in_cell = False
        self._paragraphs: list[str] = []
        self._length = 0
        self._link = ""

    def read(self) -> dict[str, Sheet]:
        if self._package.has("styles.xml"):
            self._package.read("styles.xml", Handlers(self._styles.start, lambda _: None, lambda _: None))
        self._package.read("content.xml", Handlers(self._start, self._end, self._text))
        return self._sheets

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._aside or tag in _NOT_THE_CELL:
            self._aside += 1
        elif tag == "table":
            self._start_sheet(attributes)
        elif self._sheet is None:
            self._styles.start(tag, attributes)
        elif self._comment is not None:
            self._comment_open = tag == "p" or (self._comment_open and tag not in {"creator", "date", "date-string"})
            if tag == "p" and len(self._comment) < _COMMENT_LINES:
                self._comment.append("")
        elif tag == "annotation" and self._in_cell:
            self._comment, self._comment_open = [], False
        elif tag in _CELLS:
            self._start_cell(plain(attributes), covered=tag != "table-cell")
        elif tag == "table-row":
            self._start_row(plain(attributes))
        elif tag == "table-column":
            self._column_style(plain(attributes))
        elif self._in_cell:
            self._start_text(tag, attributes)

    def _end(self, tag: str) -> None:
        if self._aside:
            self._aside -= 1
        elif self._comment is not None:
            self._finish_comment(tag)
        elif tag == "span" and self._spans:
            self._spans.pop()
        elif tag == "table":
            self._depth -= 1
            self._sheet = None if self._depth == 0 else self._sheet
        elif tag in _CELLS and self._sheet is not None:
            self._finish_cell()
        elif tag == "table-row" and self._sheet is not None:
            self._finish_row(self._sheet)

    def _finish_comment(self, tag: str) -> None:
        assert self._comment is not None
        assert self._sheet is not None
        if tag == "annotation":
            if len(self._sheet.comments) < MAX_MERGED:
                self._sheet.comments[self._row + 1, self._column + 1] = "\n".join(self._comment)[:MAX_TEXT]
            self._comment = None
        elif tag == "p":
            self._comment_open = False

    def _text(self, text: str) -> None:
        if self._comment is not None:
            if self._comment_open and self._comment and len(self._comment[-1]) <= MAX_TEXT:
                self._comment[-1] += text
            return
        if self._in_cell and not self._aside and self._paragraphs and self._length <= MAX_TEXT:
            self._paragraphs[-1] += text
            self._length += len(text)
            if any(self._spans):
                self._struck_pieces.append(text)
            else:
                self._unstruck[-1] += text

    def _start_sheet(self, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            name = plain(attributes).get("name", "")
            self._sheet = self._sheets.setdefault(name, Sheet(name))
            self._row = self._columns_seen = 0
            self._column_styles = []
            if plain(attributes).get("style-name", "") in self._styles.hiding:
                self.hidden.add(name)

    def _column_style(self, attributes: Mapping[str, str]) -> None:
        assert self._sheet is not None
        number = min(_count(attributes, "number-columns-repeated"), MAX_COLUMNS)
        if attributes.get("visibility", "visible") != "visible":
            self._sheet.hidden_columns.update(range(self._columns_seen + 1, self._columns_seen + number + 1))
        self._columns_seen += number
        self._column_styles.append((self._columns_seen, attributes.get("default-cell-style-name", "")))

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        self._row_repeat = _count(attributes, "number-rows-repeated")
        self._hidden = attributes.get("visibility", "visible") != "visible"
        self._column, self._cells, self._colours, self._struck_words = 0, {}, {}, {}
        self._row_style = attributes.get("default-cell-style-name", "")

    def _start_cell(self, attributes: Mapping[str, str], *, covered: bool) -> None:
        self._cell, self._in_cell = attributes, True
        self._cell_repeat = _count(attributes, "number-columns-repeated")
        self._paragraphs, self._unstruck, self._length, self._link = [], [], 0, ""
        self._spans, self._struck_pieces = [], []
        across, down = _count(attributes, "number-columns-spanned"), _count(attributes, "number-rows-spanned")
        assert self._sheet is not None
        if not covered and (across > 1 or down > 1):
            column, row = self._column + 1, self._row + 1
            self._sheet.merged.append(Area(row, column, row + down - 1, column + across - 1))
            if len(self._sheet.merged) > MAX_MERGED:
                raise self._package.too_large(f"its sheet {self._sheet.name!r} has over {MAX_MERGED:,} merged ranges")

    def _start_text(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "p":
            self._paragraphs.append("")
            self._unstruck.append("")
        elif tag == "s":
            self._text(" " * min(_count(plain(attributes), "c"), MAX_TEXT))
        elif tag == "tab":
            self._text("\t")
        elif tag == "line-break":
            self._text("\n")
        elif tag == "span":
            self._spans.append(self._styles.struck("text", plain(attributes).get("style-name", "")))
        elif tag == "a":
            self._link = self._link or mailto(plain(attributes).get("href", ""))

    def _finish_cell(self) -> None:
        self._in_cell = False
        struck = self._struck_in_part()
        cell = self._value()
        first = self._column + 1
        self._column += self._cell_repeat
        style = self._style_of(first)
        colour = self._styles.colour(style)
        if cell is None:
            assert self._sheet is not None
            if colour and self._row_repeat == 1 and len(self._sheet.swatches) < MAX_SWATCHES:
                self._sheet.swatches[self._row + 1, first] = colour
            return
        if self._styles.struck("table-cell", style) or (self._length and not "".join(self._unstruck).strip()):
            cell = cell._replace(struck=True)
        for column in range(first, min(self._column, MAX_COLUMNS) + 1):
            self._cells[column] = cell
            if colour:
                self._colours[column] = colour
            if struck:
                self._struck_words[column] = struck

    def _style_of(self, column: int) -> str:
        """Return the style of the cell: its own, its row's or its column's."""
        style = self._cell.get("style-name") or self._row_style
        return style or next((name for last, name in self._column_styles if column <= last), "")

    def _struck_in_part(self) -> str:
        """Take the words with a line through them out of a cell that has others too; return them."""
        if not self._struck_pieces or not "".join(self._unstruck).strip():
            return ""
        self._paragraphs = self._unstruck
        return "".join(self._struck_pieces)

    def _value(self) -> Cell | None:
        text = "\n".join(self._paragraphs)
        kind = self._cell.get("value-type", "")
        if "formula" in self._cell and not kind and not text:
            return Cell("", no_value=True)
        if kind == "error" or (text.startswith(("#", "Err:")) and "formula" in self._cell and kind in {"", "string"}):
            return Cell(text, error=True)
        match kind:
            case "float" | "percentage" | "currency":
                return Cell(_number(self._cell.get("value", text)))
            case "date":
                return Cell(self._cell.get("date-value", text))
            case "boolean":
                return Cell("TRUE" if self._cell.get("boolean-value") == "true" else "FALSE")
            case "string":
                text = text if self._struck_pieces else self._cell.get("string-value", text)
        return Cell(text, link=self._link) if text else None

    def _finish_row(self, sheet: Sheet) -> None:
        repeated, first = self._row_repeat, self._row + 1
        self._row += repeated
        if not self._cells:
            return
        self._filled += len(self._cells) * repeated
        if repeated > MAX_ROWS or len(sheet.rows) + repeated > MAX_ROWS:
            raise self._package.too_large(f"its sheet {sheet.name!r} has more than {MAX_ROWS:,} rows")
        if self._filled > MAX_CELLS:
            raise self._package.too_large(f"it has more than {MAX_CELLS:,} filled cells")
        for row in range(first, first + repeated):
            sheet.rows[row] = dict(self._cells)
            if self._colours and len(sheet.colours) < MAX_COLOURED:
                sheet.colours |= {(row, column): colour for column, colour in self._colours.items()}
            sheet.struck_words |= {(row, column): words for column, words in self._struck_words.items()}
        if self._hidden:
            sheet.hidden_rows.update(range(first, first + repeated))


def _count(attributes: Mapping[str, str], name: str) -> int:
    return max(int(attributes.get(name, "1")), 1)


def _number(text: str) -> str:
    number = float(text)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else text.strip()
