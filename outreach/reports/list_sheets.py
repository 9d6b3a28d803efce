"""The sheets of a workbook that are lists: Missions, By group, Answers, Problems, Log."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from outreach.reports import style
from outreach.reports.charts import CellRange, Figures, add_bars
from outreach.reports.groups import group_rows
from outreach.reports.report_columns import (
    ANSWER_COLUMNS,
    GROUP_COLUMNS,
    LOG_COLUMNS,
    MISSION_COLUMNS,
    PROBLEM_COLUMNS,
    ReportColumn,
    RowT,
)
from outreach.reports.safe_cells import for_workbook
from outreach.reports.source import Source
from outreach.reports.style import Look, styled
from outreach.reports.tables import A3, A4, lay_out, make_table, write_rows
from outreach.vocabulary import Answer, DeliveryStatus, MessageState, Position, Vote

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
        "Delivery": {
            DeliveryStatus.BOUNCED: style.PROBLEM,
            DeliveryStatus.DELAYED: style.CAUTION,
            DeliveryStatus.DELIVERED: style.GOOD,
        },
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
        "Vote": {
            Vote.IN_FAVOUR: style.GOOD,
            Vote.AGAINST: style.PROBLEM,
            Vote.ABSTAINED: style.ASIDE,
            Vote.NOT_VOTING: style.QUIET,
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


_NOTES = ("Call again", "Asked the capital", "Wants the text", "Wants a meeting", "Will answer after the group meets")
_WAYS = ("by phone", "in a meeting", "by letter", "through a colleague")


def write_missions(book: Workbook, source: Source) -> None:
    """Write a row a mission: a table with filters, a list of positions to choose from, and colours by word."""
    sheet = book.create_sheet("Missions")
    lay_out(sheet, MISSION_COLUMNS, source, frozen="C2", paper=A3)
    last = write_rows(sheet, MISSION_COLUMNS, source.missions, source.tz)
    _colour_by_word(sheet, last)
    make_table(sheet, "Missions", MISSION_COLUMNS, last)
    _offer(sheet, "Position", tuple(Position), last, only=True)
    _offer(sheet, "Note", _NOTES, last, only=False)
    _offer(sheet, "Answered how", _WAYS, last, only=False)


def write_groups(book: Workbook, source: Source) -> None:
    """Write a row a regional group, their sum, and the positions of each as a chart."""
    sheet = book.create_sheet("By group")
    rows = group_rows(source.missions)
    voted = any(any(row.votes.values()) for row in rows)
    columns = [column for column in GROUP_COLUMNS if voted or "vote" not in column.header.lower()]
    lay_out(sheet, columns, source, frozen="B2", paper=A4)
    if rows:
        # A chart must be there before the rows of a write-only sheet are; it stands two rows below them.
        groups = rows[:-1]
        first = [column.header for column in GROUP_COLUMNS].index("Unknown")
        numbers = [[row.positions[position] for row in groups] for position in Position]
        names = [for_workbook(row.group) for row in groups]
        words = [column.header for column in GROUP_COLUMNS[first : first + len(Position)]]
        figures = Figures(sheet, 1, 1, names, words, numbers, first_number=first + 1)
        parts = (
            f"{name}: " + ", ".join(f"{number} {position.value}" for position, number in row.positions.items())
            for name, row in zip(names, groups, strict=True)
        )
        place = CellRange(len(rows) + 4, 1, len(rows) + 24, 10)
        description = f"Stacked bars, one a regional group. {'; '.join(parts)}."
        add_bars(figures, place, "Positions by regional group", description, style.POSITIONS, stacked=True)
    last = write_rows(sheet, columns, rows, source.tz)
    whole = Rule(type="expression", formula=['$A2="All"'], dxf=style.WHOLE)
    sheet.conditional_formatting.add(f"A2:{get_column_letter(len(columns))}{max(last, 2)}", whole)
    make_table(sheet, "Groups", columns, last)


def write_answers(book: Workbook, source: Source) -> None:
    """Write the words that each mission wrote."""
    _write_list(book, "Answers", ANSWER_COLUMNS, source.answers, source, "No mission has written yet.")


def write_problems(book: Workbook, source: Source) -> None:
    """Write the missions that need a hand, with what to do."""
    troubled = [mission for mission in source.missions if mission.trouble]
    _write_list(book, "Problems", PROBLEM_COLUMNS, troubled, source, "Nothing needs a hand.")


def write_log(book: Workbook, source: Source) -> None:
    """Write all that happened, by time."""
    _write_list(book, "Log", LOG_COLUMNS, source.log, source, "Nothing has happened yet.")


def _write_list(
    book: Workbook, name: str, columns: Sequence[ReportColumn[RowT]], rows: Iterable[RowT], source: Source, none: str
) -> None:
    sheet: Any = book.create_sheet(name)
    lay_out(sheet, columns, source, frozen="C2" if columns[1].header == "Mission" else "A2", paper=A4)
    last = write_rows(sheet, columns, rows, source.tz)
    if last == 1:
        sheet.append([styled(sheet, none, Look(colour=style.MUTED, italic=True))])
    make_table(sheet, name, columns, last)


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


def _offer(sheet: Any, header: str, words: Sequence[str], last: int, *, only: bool) -> None:
    """Offer words in a list; with `only`, nothing else is taken."""
    cells, _ = _range_of(header, last)
    choice = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=not only, showErrorMessage=only)
    choice.errorTitle, choice.error = header, "Choose one of the list."
    choice.add(cells)
    sheet.data_validations.append(choice)
