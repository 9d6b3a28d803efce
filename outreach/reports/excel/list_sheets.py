"""The sheets of a workbook that are lists: Missions, By group, Answers, Problems, Log."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from types import MappingProxyType
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from outreach.catalogues import Tongue, Word
from outreach.missions.collation import sort_key
from outreach.reports.excel import style
from outreach.reports.excel.charts import CellRange, Figures, add_bars
from outreach.reports.excel.report_columns import (
    ANSWER_COLUMNS,
    GROUP_COLUMNS,
    LOG_COLUMNS,
    MISSION_COLUMNS,
    MOVED_COLUMNS,
    PROBLEM_COLUMNS,
    ReportColumn,
    RowT,
    mission_columns,
    past_columns,
)
from outreach.reports.excel.safe_cells import for_workbook
from outreach.reports.excel.style import Look, styled
from outreach.reports.excel.tables import A4, lay_out, make_table, write_rows
from outreach.reports.groups import ALL, group_rows, group_word
from outreach.reports.moved import votes_together
from outreach.reports.source import Source
from outreach.reports.table import MissionRow, in_order
from outreach.vocabulary import Answer, DeliveryStatus, Language, MessageState, Position, Vote

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
_BY_FIRST_WORD: Mapping[Word, DifferentialStyle] = MappingProxyType(
    {
        Word("first word", "Wait"): style.QUIET,
        Word("first word", "Nothing"): style.QUIET,
        Word("first word", "Correct"): style.PROBLEM,
        Word("first word", "Decide"): style.PROBLEM,
        Word("first word", "Find out"): style.PROBLEM,
        Word("first word", "Add"): style.CAUTION,
        Word("first word", "Resume"): style.CAUTION,
        Word("first word", "Read"): style.GOOD,
    }
)
"""The words that a next step begins with; no step of another kind begins so in any language."""


_WIDEST = 210
"""What is wider in all, in characters, is too small to be read on the breadth of one page."""
_LONGEST_TITLE = 31
"""How many characters the name of a sheet may have (Excel)."""
_NOTES = (
    Word("offered", "Call again"),
    Word("offered", "Asked the capital"),
    Word("offered", "Wants the text"),
    Word("offered", "Wants a meeting"),
    Word("offered", "Will answer after the group meets"),
)
_WAYS = (
    Word("offered", "by phone"),
    Word("offered", "in a meeting"),
    Word("offered", "by letter"),
    Word("offered", "through a colleague"),
)


def write_missions(book: Workbook, source: Source) -> None:
    """Write a row a mission: a table with filters, a list of positions to choose from, and colours by word."""
    say = source.say
    sheet = book.create_sheet(say.about("sheet", "Missions"))
    columns = mission_columns(say)
    lay_out(sheet, columns, source, frozen="C2", paper=A4, pages_wide=3)
    last = write_rows(sheet, columns, in_order(source.missions, say), source)
    _colour_by_word(sheet, last, say)
    make_table(sheet, "Missions", columns, last, say)
    _offer(sheet, "Position", tuple(Position), last, say, only=True)
    _offer(sheet, "Note", _NOTES, last, say, only=False)
    _offer(sheet, "Answered how", _WAYS, last, say, only=False)


def write_plain_missions(book: Workbook, source: Source, columns: Sequence[ReportColumn[MissionRow]]) -> None:
    """Write a row a mission with these columns, none of which is for typing."""
    plain = [replace(column, typed=False) for column in columns]
    _write_list(book, "Missions", plain, in_order(source.missions, source.say), source, source.say("No mission."))


def write_groups(book: Workbook, source: Source) -> None:
    """Write a row a regional group, their sum, and the positions of each as a chart."""
    say = source.say
    sheet = book.create_sheet(say.about("sheet", "By group"))
    rows = group_rows(source.missions)
    voted = any(any(row.votes.values()) for row in rows)
    columns = [column for column in GROUP_COLUMNS if voted or "vote" not in column.header.lower()]
    lay_out(sheet, columns, source, frozen="B2", paper=A4)
    if rows:
        # The chart stands two rows below the rows.
        place = CellRange(len(rows) + 4, 1, len(rows) + 24, 10)
        groups = [(say.word(group_word(row.group)), row.positions) for row in rows[:-1]]
        chart_positions(
            sheet, GROUP_COLUMNS, groups, place, say("Positions by regional group"),
            lambda numbers: say("Stacked bars, one a regional group. {numbers}.", numbers=numbers), say,
        )  # fmt: skip
    last = write_rows(sheet, columns, rows, source)
    whole = Rule(type="expression", formula=[f'$A2="{say.word(group_word(ALL))}"'], dxf=style.WHOLE)
    sheet.conditional_formatting.add(f"A2:{get_column_letter(len(columns))}{max(last, 2)}", whole)
    make_table(sheet, "Groups", columns, last, say)


def chart_positions(
    sheet: Any, columns: Sequence[ReportColumn[RowT]], positions: Sequence[tuple[str, Mapping[Position, int]]],
    place: CellRange, title: str, described: Callable[[str], str], say: Tongue,
) -> None:  # fmt: skip
    """Draw the positions of each row of a sheet as a stacked bar, by its name; `described` puts its numbers in words.

    It must be there before the rows of a write-only sheet are.
    """
    first = [column.header for column in columns].index("Unknown")
    numbers = [[counts[position] for _, counts in positions] for position in Position]
    names = [for_workbook(name) for name, _ in positions]
    words = [column.head(say) for column in columns[first : first + len(Position)]]
    figures = Figures(sheet, 1, 1, names, words, numbers, first_number=first + 1)
    told = (
        say(
            "{name}: {numbers}",
            name=name,
            numbers=", ".join(f"{number} {say.word(position)}" for position, number in counts.items()),
        )
        for name, (_, counts) in zip(names, positions, strict=True)
    )
    add_bars(figures, place, title, described("; ".join(told)), style.POSITIONS, stacked=True)


def since_in_words(source: Source) -> str:
    """Return since when is told what moved, such as `Since 18 March 2024`."""
    assert source.since is not None
    if _is_today(source):
        return source.say("Since {day}", day=source.say.moment(source.since, source.tz))
    return source.say("Since {day}", day=source.say.day(source.since.astimezone(source.tz).date()))


def _is_today(source: Source) -> bool:
    """Whether the report before was made on the same day: then its day alone tells nothing."""
    assert source.since is not None
    return source.since.astimezone(source.tz).date() == source.made_at.astimezone(source.tz).date()


def write_since(book: Workbook, source: Source) -> None:
    """Write what moved since the last report of the edition, or since a day that was asked for."""
    title = since_in_words(source)
    assert source.since is not None
    if len(title) > _LONGEST_TITLE or _is_today(source):  # a colon has no place in a sheet's name
        shown = "%d-%m-%Y %H.%M" if _is_today(source) else "%d-%m-%Y"
        title = source.say("Since {day}", day=f"{source.since.astimezone(source.tz):{shown}}")
    moved = votes_together(source.moved, source.say)
    _write_list(book, "Since", MOVED_COLUMNS, moved, source, source.say("Nothing moved."), title=title)


def write_past(book: Workbook, source: Source) -> None:
    """Write how the states voted in past years, apart from where they stand: it is no position."""
    language = Language(source.say.language)
    rows = sorted(source.past, key=lambda one: sort_key(one.mission, language))
    _write_list(book, "The past", past_columns(rows, source.say), rows, source, "")


def write_answers(book: Workbook, source: Source) -> None:
    """Write the words that each mission wrote."""
    _write_list(book, "Answers", ANSWER_COLUMNS, source.answers, source, source.say("No mission has written yet."))


def write_problems(book: Workbook, source: Source) -> None:
    """Write the missions that need a hand, with what to do."""
    troubled = in_order([mission for mission in source.missions if mission.trouble], source.say)
    _write_list(book, "Problems", PROBLEM_COLUMNS, troubled, source, source.say("Nothing needs a hand."))


def write_log(book: Workbook, source: Source) -> None:
    """Write all that happened, by time."""
    _write_list(book, "Log", LOG_COLUMNS, source.log, source, source.say("Nothing has happened yet."))


def _write_list(
    book: Workbook,
    name: str,
    columns: Sequence[ReportColumn[RowT]],
    rows: Iterable[RowT],
    source: Source,
    none: str,
    title: str = "",
) -> None:
    sheet: Any = book.create_sheet(title or source.say.about("sheet", name))
    of_missions = columns[1].header == "Mission"
    pages = ceil(sum(column.width for column in columns) / _WIDEST) if of_missions else 1
    lay_out(sheet, columns, source, frozen="C2" if of_missions else "A2", paper=A4, pages_wide=pages)
    last = write_rows(sheet, columns, rows, source)
    if last == 1:
        sheet.append([styled(sheet, none, Look(colour=style.MUTED, italic=True))])
    make_table(sheet, name.replace(" ", ""), columns, last, source.say)


def _range_of(header: str, last: int) -> tuple[str, str]:
    """Return the cells below a header of Missions, and the first of them."""
    letter = get_column_letter([column.header for column in MISSION_COLUMNS].index(header) + 1)
    return f"{letter}2:{letter}{max(last, 2)}", f"{letter}2"


def _colour_by_word(sheet: Any, last: int, say: Tongue) -> None:
    for header, looks in _BY_WORD.items():
        cells, _ = _range_of(header, last)
        for word, look in looks.items():
            rule = Rule(type="cellIs", operator="equal", formula=[f'"{say.word(word)}"'], dxf=look)
            sheet.conditional_formatting.add(cells, rule)
    cells, first = _range_of("Next step", last)
    for english, look in _BY_FIRST_WORD.items():
        word = say.word(english)
        formula = [f'LEFT({first},{len(word)})="{word}"']
        rule = Rule(type="beginsWith", operator="beginsWith", text=word, dxf=look, formula=formula)
        sheet.conditional_formatting.add(cells, rule)


def _offer(sheet: Any, header: str, words: Sequence[str], last: int, say: Tongue, *, only: bool) -> None:
    """Offer words in a list; with `only`, nothing else is taken."""
    cells, _ = _range_of(header, last)
    listed = ",".join(map(say.word, words))
    choice = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=not only, showErrorMessage=only)
    choice.errorTitle, choice.error = say.about("column", header), say("Choose one of the list.")
    choice.add(cells)
    sheet.data_validations.append(choice)
