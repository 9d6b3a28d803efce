"""How a list becomes a sheet: columns, header, rows, a table with filters, and the set-up for print."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from openpyxl.formatting.rule import Rule
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

from outreach.catalogues import ENGLISH_TONGUE, SOURCE, DateStyle, Tongue
from outreach.reports.excel import style
from outreach.reports.excel.report_columns import CellKind, ReportColumn, RowT, Value
from outreach.reports.excel.row_stream import StreamedBook, text_cell
from outreach.reports.excel.safe_cells import for_workbook, is_formula_like
from outreach.reports.excel.style import Look, styled
from outreach.reports.source import Source
from outreach.reports.status import CampaignStatus
from outreach.vocabulary import MessageState

MOST_ROWS = 1_048_576
"""How many rows a sheet has (ECMA-376)."""
_MOST_LINES = 8
"""A row grows to this many lines; longer text is there in full, and is read in the cell."""
_LINE, _PADDING = 14.5, 4
"""Heights in points. Not every program fits a row to its text by itself."""
_LETTERS_A_UNIT = 1.1
"""A column is measured in digits; letters are narrower on the whole."""
_HEADER_HEIGHT = 32
_LONGER, _WORDY = 1.45, 9
"""How much wider a column of words is in French and Spanish, from a width on that is no code's."""
_BOLD = 1.1
A4 = 9
"""Paper sizes, as a workbook numbers them (ECMA-376, 18.3.1.63)."""

_CENTRED = {CellKind.NUMBER, CellKind.TALLY, CellKind.SHARE}
_DATES: Mapping[CellKind, DateStyle] = MappingProxyType(
    {CellKind.DAY: DateStyle.DAY, CellKind.MOMENT: DateStyle.MOMENT, CellKind.SECOND: DateStyle.SECOND}
)


def number_format(kind: CellKind, say: Tongue) -> str:
    """Return the number format of a kind of cell in a language (ECMA-376, 18.8.31)."""
    if kind in _DATES:
        return say.cell_format(_DATES[kind])
    if kind is CellKind.SHARE:
        return say.share_format()
    return {CellKind.NUMBER: "0", CellKind.TALLY: "0;-0;–"}.get(kind, "General")


def set_up_printing(sheet: Any, source: Source, *, paper: int, title_rows: str = "", pages_wide: int = 1) -> None:
    """Set a sheet to print across: as wide as the page, with the campaign's name, the time and page numbers.

    A list too wide to be read on one page takes `pages_wide` beside each other.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = paper
    sheet.page_setup.fitToWidth = pages_wide
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    if title_rows:
        sheet.print_title_rows = title_rows
    if source.status.rehearsed:
        sheet.oddHeader.center.text = rehearsal_note(source.status, source.say)
        sheet.oddHeader.center.size, sheet.oddHeader.center.color = 9, style.WARNING
    # An ampersand begins a code in a page footer; a footer holds 255 characters.
    sheet.oddFooter.left.text = for_workbook(source.campaign.name).replace("\n", " ")[:100].replace("&", "&&")
    sheet.oddFooter.center.text = source.say("Made {moment}", moment=source.say.moment(source.made_at, source.tz))
    sheet.oddFooter.right.text = source.say("&A, page &P of &N")
    for part in (sheet.oddFooter.left, sheet.oddFooter.center, sheet.oddFooter.right):
        part.size, part.color = 8, style.MUTED


def rehearsal_note(status: CampaignStatus, say: Tongue = ENGLISH_TONGUE) -> str:
    """Return what a reader must know of letters that went to the rehearsal's own server, in a language."""
    letters = sum(status.messages.values())
    whole = status.rehearsed >= min(letters, status.messages.get(MessageState.SENT, letters))
    if whole:
        return say("REHEARSAL: these letters went to nobody")
    return say("REHEARSAL: {some} of the {letters} letters went to nobody", some=status.rehearsed, letters=letters)


def lay_out(
    sheet: Any, columns: Sequence[ReportColumn[RowT]], source: Source, *, frozen: str, paper: int, pages_wide: int = 1
) -> None:
    """Set the widths of the columns, the height of the rows, what stays in sight, and how it prints."""
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _width(column, source.say)
        sheet.column_dimensions[get_column_letter(number)].hidden = column.hidden
    sheet.sheet_format.defaultRowHeight = _LINE + _PADDING
    sheet.sheet_format.customHeight = True
    sheet.freeze_panes = frozen
    sheet.sheet_view.showGridLines = False
    set_up_printing(sheet, source, paper=paper, title_rows="1:1", pages_wide=pages_wide)
    if pages_wide > 1:
        sheet.print_title_cols = "A:B"  # which mission a row is, on every page


def _width(column: ReportColumn[RowT], say: Tongue) -> float:
    """Return the width of a column: its own, or more where the words of a language are longer than the English ones."""
    if say.language == SOURCE or column.hidden:
        return column.width
    longest = max(map(len, re.split(r"[\s-]", column.head(say))))
    wide = column.width * _LONGER if column.kind is CellKind.WORD and column.width >= _WORDY else column.width
    return max(wide, longest * _BOLD + 2)


def write_rows(sheet: Any, columns: Sequence[ReportColumn[RowT]], rows: Iterable[RowT], source: Source) -> int:
    """Write the header and the rows in the report's language; return the number of the last row."""
    header = Look(bold=True, colour="FFFFFF", fill=style.ACCENT, down="center", wrap=True)
    sheet.row_dimensions[1].height = _HEADER_HEIGHT
    book: StreamedBook = sheet.parent
    sheet.append(
        [
            styled(
                sheet,
                column.head(source.say),
                replace(
                    header,
                    across="center" if column.kind in _CENTRED else "left",
                    fill=style.TYPED if column.typed else style.ACCENT,
                ),
            )
            for column in columns
        ]
    )
    number = 1
    writers = [_CellWriter(sheet, place, column, source) for place, column in enumerate(columns, start=1)]
    waiting: list[str] = []
    for row in rows:
        if number == MOST_ROWS - 1:
            end = source.say("The sheet ends here: there is more than it can hold. The .json report has everything.")
            look = styled(sheet, None, Look(bold=True, colour=style.ALARM)).style_id
            last = f'<c r="A{number + 1}" s="{look}" t="inlineStr">{text_cell(for_workbook(end))}'
            book.add_rows(sheet, [*waiting, f'<row r="{number + 1}">{last}</row>'])
            return number
        number += 1
        waiting.append(_row(writers, row, number))
        if len(waiting) == _AT_ONCE:
            book.add_rows(sheet, waiting)
            waiting.clear()
    if waiting:
        book.add_rows(sheet, waiting)
    return number


_AT_ONCE = 64
"""So many rows are handed over at once."""


def _row(writers: Sequence["_CellWriter"], row: object, number: int) -> str:
    """Return a row as XML: its cells that hold something, and its height where a text takes several lines."""
    lines, cells = 1, list[str]()
    for writer in writers:
        value = writer.value(row)
        if value is not None:
            if writer.wraps:
                lines = max(lines, writer.lines(value))
            cells.append(writer.cell(value, number))
    height = f' ht="{min(lines, _MOST_LINES) * _LINE + _PADDING}" customHeight="1"' if lines > 1 else ""
    return f'<row r="{number}"{height}>{"".join(cells)}</row>'


class _CellWriter:
    """Writes the cells of one column, whose look is looked up once."""

    def __init__(self, sheet: Any, place: int, column: ReportColumn[RowT], source: Source) -> None:
        look = Look(
            wrap=column.kind is CellKind.PROSE,
            number_format=number_format(column.kind, source.say),
            across="center" if column.kind in _CENTRED else "left",
            rule=style.RULE,
            fill=style.TYPED_TINT if column.typed else "",
        )
        self._value: Any = column.value
        self.wraps = column.kind is CellKind.PROSE
        """Whether a long text makes its row higher."""
        self._width = column.width
        self._tz = source.tz
        self._word = source.say.word
        self._words: dict[tuple[type, str, str], str | None] = {}
        """The words of closed lists as they are shown: there are few, and many rows."""
        plain, quoted = (styled(sheet, None, one).style_id for one in (look, replace(look, quoted=True)))
        self._place = f'<c r="{get_column_letter(place)}'
        self._plain = f'" s="{plain}" t="inlineStr">'
        self._quoted = f'" s="{quoted}" t="inlineStr">'
        self._number = f'" s="{plain}" t="n"><v>'

    def value(self, row: Any) -> str | int | float | None:
        """Return what the cell holds: text made harmless, or a time of the zone's wall clock in days."""
        value: Value = self._value(row)
        if isinstance(value, str):
            return (for_workbook(value) or None) if type(value) is str else self._known(value)
        if isinstance(value, datetime):
            since = value.astimezone(self._tz).replace(tzinfo=None) - WINDOWS_EPOCH
            return since.days + since.seconds / _SECONDS_A_DAY
        return value

    def _known(self, word: str) -> str | None:
        key = type(word), getattr(word, "context", ""), word
        if key not in self._words:
            self._words[key] = for_workbook(self._word(word)) or None
        return self._words[key]

    def lines(self, value: str | float) -> int:
        """Estimate the lines that a value takes in its cell."""
        if not isinstance(value, str) or (len(value) < self._width and "\n" not in value):
            return 1
        return sum(
            1 + int(len(line) / (self._width * _LETTERS_A_UNIT)) for line in value[: _MOST_LINES * 100].split("\n")
        )

    def cell(self, value: str | float, row: int) -> str:
        """Return the cell of a row as XML. Text is text: it is never a formula (ECMA-376, 18.3.1.4)."""
        if isinstance(value, str):
            look = self._quoted if is_formula_like(value) else self._plain
            return f"{self._place}{row}{look}{text_cell(value)}"
        return f"{self._place}{row}{self._number}{value:.16g}</v></c>"


_SECONDS_A_DAY = 86_400


def make_table(
    sheet: Any, name: str, columns: Sequence[ReportColumn[RowT]], last: int, say: Tongue = ENGLISH_TONGUE
) -> None:
    """Make the rows a table of Excel's, with filters. A table has at least one row below its header."""
    table = Table(displayName=f"{name}Table", ref=f"A1:{get_column_letter(len(columns))}{max(last, 2)}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    # openpyxl would read the headers from the sheet's cells, and a write-only sheet keeps none.
    table.tableColumns = [
        TableColumn(id=number, name=column.head(say)) for number, column in enumerate(columns, start=1)
    ]
    table.autoFilter = AutoFilter(ref=table.ref)
    sheet.tables.add(table)  # add_table warns of columns left out, though they are not
    _draw(sheet, columns, max(last, 2))


def _draw(sheet: Any, columns: Sequence[ReportColumn[RowT]], last: int) -> None:
    """Draw the line below each row, and the ground of what a person types into: by rules, not cell by cell.

    They come after all other rules, which go before them; so an empty cell need not be written.
    """
    for number, column in enumerate(columns, start=1):
        if column.typed:
            cells = f"{get_column_letter(number)}2:{get_column_letter(number)}{last}"
            sheet.conditional_formatting.add(cells, Rule(type="expression", formula=["TRUE"], dxf=style.TO_FILL_IN))
    everywhere = f"A2:{get_column_letter(len(columns))}{last}"
    sheet.conditional_formatting.add(everywhere, Rule(type="expression", formula=["TRUE"], dxf=style.LINE))
