"""The sheets of a workbook that are tables: Missions and Log, row by row, and About."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

import outreach
from outreach import clock
from outreach.models import Answer, Delivery, MessageState, Position
from outreach.reports import style
from outreach.reports.cells import for_workbook, is_formula_like
from outreach.reports.columns import LOG_COLUMNS, MISSION_COLUMNS, WORDS, Column, Kind, RowT, Value
from outreach.reports.source import Source
from outreach.reports.status import Status
from outreach.reports.style import Look, put, styled

MOST_ROWS = 1_048_576
"""How many rows a sheet has (ECMA-376)."""
_MOST_LINES = 8
"""A row grows to this many lines; longer text is there in full, and is read in the cell."""
_LINE, _PADDING = 14.5, 4
"""Heights in points. Not every program fits a row to its text by itself."""
_LETTERS_A_UNIT = 1.1
"""A column is measured in digits; letters are narrower on the whole."""
_HEADER_HEIGHT = 32
A4, A3 = 9, 8
"""Paper sizes, as a workbook numbers them (ECMA-376, 18.3.1.63)."""

_FORMATS: Mapping[Kind, str] = MappingProxyType(
    {Kind.NUMBER: "0", Kind.MOMENT: "yyyy-mm-dd hh:mm", Kind.SECOND: "yyyy-mm-dd hh:mm:ss"}
)
_BY_WORD: Mapping[str, Mapping[str, DifferentialStyle]] = MappingProxyType(
    {
        "State": {
            MessageState.FAILED: style.PROBLEM,
            MessageState.UNCERTAIN: style.PROBLEM,
            MessageState.HELD: style.CAUTION,
            MessageState.DEFERRED: style.CAUTION,
            MessageState.QUEUED: style.ASIDE,
            MessageState.SENDING: style.ASIDE,
            MessageState.CANCELLED: style.VOID,
        },
        "Delivery": {Delivery.BOUNCED: style.PROBLEM, Delivery.DELAYED: style.CAUTION, Delivery.DELIVERED: style.GOOD},
        "Answer": {
            Answer.NONE: style.QUIET,
            Answer.AUTO_REPLY: style.ASIDE,
            Answer.ACKNOWLEDGED: style.GOOD,
            Answer.REPLIED: style.GOOD,
        },
        "Position": {
            Position.UNKNOWN: style.QUIET,
            Position.CO_SPONSOR: style.GOOD,
            Position.IN_FAVOUR: style.GOOD,
            Position.UNDECIDED: style.CAUTION,
            Position.ABSTAIN: style.ASIDE,
            Position.AGAINST: style.PROBLEM,
            Position.DECLINED: style.ASIDE,
        },
    }
)
_BY_FIRST_WORD: Mapping[str, DifferentialStyle] = MappingProxyType(
    {
        "Wait": style.QUIET,
        "Nothing": style.QUIET,
        "Correct": style.PROBLEM,
        "Decide": style.PROBLEM,
        "Find out": style.PROBLEM,
        "Add": style.CAUTION,
        "Resume": style.CAUTION,
        "Read": style.GOOD,
    }
)


def write_missions(book: Workbook, source: Source) -> None:
    """Write a row a mission: a table with filters, a list of positions to choose from, and colours by word."""
    sheet = book.create_sheet("Missions")
    _lay_out(sheet, MISSION_COLUMNS, source, frozen="C2", paper=A3)
    last = _write_rows(sheet, MISSION_COLUMNS, source.missions, source.tz)
    _make_table(sheet, "Missions", MISSION_COLUMNS, last)
    _colour_by_word(sheet, last)
    _offer_positions(sheet, last)


def write_log(book: Workbook, source: Source) -> None:
    """Write all that happened, by time."""
    sheet = book.create_sheet("Log")
    _lay_out(sheet, LOG_COLUMNS, source, frozen="A2", paper=A4)
    last = _write_rows(sheet, LOG_COLUMNS, source.log, source.tz)
    _make_table(sheet, "Log", LOG_COLUMNS, last)


def write_about(book: Workbook, source: Source) -> None:
    """Write what the workbook is, when and by what it was made, and what each column and each word means."""
    sheet = book.create_sheet("About")
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCD", (2, 18, 18, 96), strict=True):
        sheet.column_dimensions[letter].width = width
    set_up_printing(sheet, source, paper=A4)
    name = for_workbook(source.campaign.name)
    sheet.append([])
    sheet.append([None, styled(sheet, "About this workbook", Look(size=18, bold=True, down="center"))])
    sheet.row_dimensions[2].height = 30
    sheet.append([])
    for label, text in (
        ("Campaign", name),
        ("Letter", for_workbook(source.campaign.letter)),
        ("Made", f"{clock.shown(source.made_at, source.tz)}, by Outreach {outreach.__version__}"),
        ("Times", f"All times are those of {source.campaign.time_zone}."),
        ("What counts", "Each mission counts once: a letter that a later approval replaced stands in the Log only."),
        ("Sheets", "Overview: the figures. Missions: a row a mission. Log: all that happened, by time."),
    ):
        sheet.append([None, styled(sheet, label, Look(bold=True, colour=style.ACCENT)), styled(sheet, text, Look())])
    _explain(sheet, ("Sheet", "Column", "What it says"), _meanings())
    _explain(sheet, ("Column", "Word", "What it means"), WORDS)


def set_up_printing(sheet: Any, source: Source, *, paper: int, title_rows: str = "") -> None:
    """Set a sheet to print across: as wide as the page, with the campaign's name, the time and page numbers."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = paper
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    if title_rows:
        sheet.print_title_rows = title_rows
    if source.status.rehearsed:
        sheet.oddHeader.center.text = rehearsal_note(source.status)
        sheet.oddHeader.center.size, sheet.oddHeader.center.color = 9, style.WARNING
    # An ampersand begins a code in a page footer; a footer holds 255 characters.
    sheet.oddFooter.left.text = for_workbook(source.campaign.name).replace("\n", " ")[:100].replace("&", "&&")
    sheet.oddFooter.center.text = f"Made {clock.shown(source.made_at, source.tz)}"
    sheet.oddFooter.right.text = "&A, page &P of &N"
    for part in (sheet.oddFooter.left, sheet.oddFooter.center, sheet.oddFooter.right):
        part.size, part.color = 8, style.MUTED


def rehearsal_note(status: Status) -> str:
    """Return what a reader must know of letters that went to the rehearsal's own server."""
    letters = sum(status.messages.values())
    whole = status.rehearsed >= min(letters, status.messages.get(MessageState.SENT, letters))
    which = "these letters" if whole else f"{status.rehearsed} of the {letters} letters"
    return f"REHEARSAL: {which} went to nobody"


def _lay_out(sheet: Any, columns: Sequence[Column[RowT]], source: Source, *, frozen: str, paper: int) -> None:
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.sheet_format.defaultRowHeight = _LINE + _PADDING
    sheet.sheet_format.customHeight = True
    sheet.freeze_panes = frozen
    sheet.sheet_view.showGridLines = False
    set_up_printing(sheet, source, paper=paper, title_rows="1:1")


def _write_rows(sheet: Any, columns: Sequence[Column[RowT]], rows: Iterable[RowT], tz: ZoneInfo) -> int:
    """Write the header and the rows; return the number of the last row."""
    header = Look(bold=True, colour="FFFFFF", fill=style.ACCENT, down="center", wrap=True)
    centred = replace(header, across="center")
    sheet.row_dimensions[1].height = _HEADER_HEIGHT
    sheet.append(
        [styled(sheet, column.header, centred if column.kind is Kind.NUMBER else header) for column in columns]
    )
    number = 1
    writers = [_CellWriter(sheet, column, tz) for column in columns]
    for row in rows:
        if number == MOST_ROWS - 1:
            end = "The sheet ends here: there is more than it can hold. The .json report has everything."
            sheet.append([styled(sheet, end, Look(bold=True, colour=style.ALARM))])
            return number
        number += 1
        values = [writer.value(row) for writer in writers]
        lines = max(writer.lines(value) for writer, value in zip(writers, values, strict=True))
        if lines > 1:
            sheet.row_dimensions[number].height = min(lines, _MOST_LINES) * _LINE + _PADDING
        sheet.append(tuple(writer.cell(value) for writer, value in zip(writers, values, strict=True)))
        sheet.row_dimensions.pop(number, None)  # it is written
    return number


class _CellWriter:
    """Writes the cells of one column, with one cell object for all rows: a new one each would cost the most time."""

    def __init__(self, sheet: Any, column: Column[RowT], tz: ZoneInfo) -> None:
        look = Look(
            rule=style.RULE,
            wrap=column.kind is Kind.PROSE,
            number_format=_FORMATS.get(column.kind, "General"),
            across="center" if column.kind is Kind.NUMBER else "left",
        )
        self._value: Any = column.value
        self._wraps = column.kind is Kind.PROSE
        self._width = column.width
        self._tz = tz
        self._plain = styled(sheet, None, look)
        self._quoted = styled(sheet, None, replace(look, quoted=True))

    def value(self, row: Any) -> Value:
        """Return what the cell holds: text made harmless, or a time of the zone's wall clock."""
        value: Value = self._value(row)
        if isinstance(value, str):
            return for_workbook(value) or None
        if isinstance(value, datetime):
            return value.astimezone(self._tz).replace(tzinfo=None, microsecond=0)
        return value

    def lines(self, value: Value) -> int:
        """Estimate the lines that a value takes in its cell."""
        if not self._wraps or not isinstance(value, str):
            return 1
        return sum(
            1 + int(len(line) / (self._width * _LETTERS_A_UNIT)) for line in value[: _MOST_LINES * 100].split("\n")
        )

    def cell(self, value: Value) -> Any:
        """Return the cell, to be written before the next one is asked for."""
        return put(self._quoted if isinstance(value, str) and is_formula_like(value) else self._plain, value)


def _make_table(sheet: Any, name: str, columns: Sequence[Column[RowT]], last: int) -> None:
    """Make the rows a table of Excel's, with filters. A table has at least one row below its header."""
    table = Table(displayName=f"{name}Table", ref=f"A1:{get_column_letter(len(columns))}{max(last, 2)}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    # openpyxl would read the headers from the sheet's cells, and a write-only sheet keeps none.
    table.tableColumns = [TableColumn(id=number, name=column.header) for number, column in enumerate(columns, start=1)]
    table.autoFilter = AutoFilter(ref=table.ref)
    sheet.tables.add(table)  # add_table warns of columns left out, though they are not


def _range_of(header: str, last: int) -> tuple[str, str]:
    """Return the cells below a header of Missions, and the first of them."""
    letter = get_column_letter([column.header for column in MISSION_COLUMNS].index(header) + 1)
    return f"{letter}2:{letter}{max(last, 2)}", f"{letter}2"


def _colour_by_word(sheet: Any, last: int) -> None:
    for header, looks in _BY_WORD.items():
        cells, _ = _range_of(header, last)
        for word, look in looks.items():
            rule = Rule(type="cellIs", operator="equal", formula=[f'"{word}"'], dxf=look)
            sheet.conditional_formatting.add(cells, rule)
    cells, first = _range_of("Next step", last)
    for word, look in _BY_FIRST_WORD.items():
        formula = [f'LEFT({first},{len(word)})="{word}"']
        rule = Rule(type="beginsWith", operator="beginsWith", text=word, dxf=look, formula=formula)
        sheet.conditional_formatting.add(cells, rule)


def _offer_positions(sheet: Any, last: int) -> None:
    cells, _ = _range_of("Position", last)
    choice = DataValidation(type="list", formula1=f'"{",".join(Position)}"', allow_blank=False, showErrorMessage=True)
    choice.errorTitle, choice.error = "Position", "Choose one of the list."
    choice.add(cells)
    sheet.data_validations.append(choice)


def _meanings() -> Iterator[tuple[str, str, str]]:
    yield from (("Missions", column.header, column.meaning) for column in MISSION_COLUMNS)
    yield from (("Log", column.header, column.meaning) for column in LOG_COLUMNS)


def _explain(sheet: Any, headers: tuple[str, str, str], lines: Iterable[tuple[str, str, str]]) -> None:
    head = Look(bold=True, colour="FFFFFF", fill=style.ACCENT)
    sheet.append([])
    sheet.append([None, *(styled(sheet, text, head) for text in headers)])
    plain, named = Look(rule=style.RULE, colour=style.MUTED), Look(rule=style.RULE, bold=True)
    for first, second, text in lines:
        looks = (plain, named, Look(rule=style.RULE, wrap=True))
        cells = (styled(sheet, value, look) for value, look in zip((first, second, text), looks, strict=True))
        sheet.append([None, *cells])
