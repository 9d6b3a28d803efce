"""The first sheet of a workbook: what a reader must know who reads nothing else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.pagebreak import Break

from outreach.catalogues import DateStyle, Tongue
from outreach.reports.council import resolution_in_words, result, result_in_words
from outreach.reports.excel import style
from outreach.reports.excel.charts import CellRange, Figures, add_bars, add_lines
from outreach.reports.excel.safe_cells import for_workbook
from outreach.reports.excel.style import Look, styled
from outreach.reports.excel.tables import A4, rehearsal_note, set_up_printing
from outreach.reports.figures import figures_of, missions_as_of
from outreach.reports.groups import ALL, NO_GROUP, group_word, groups_of, progress
from outreach.reports.source import Source
from outreach.reports.standing.phase import stage_in_words
from outreach.sentences import in_words_of
from outreach.vocabulary import Answer, DeliveryStatus, MessageState, Position

_WIDTHS = (2, 28, 20, 20, 20, 20, 20)
_BOLD = 1.15
"""How much wider than a digit a bold letter may be."""
_FIRST = 2
"""The column where the content begins, after a margin."""
_TILE_ROW, _CHART_ROW, _CHART_ROWS = 9, 12, 17

_EYEBROW = Look(size=10, bold=True, colour=style.ACCENT)
_TITLE = Look(size=24, bold=True, down="center")
_SUBTITLE = Look(colour=style.MUTED)
_WIDEST = 115
_RESULT = Look(size=10, bold=True, colour=style.ACCENT, down="center")
_BANNER = Look(size=12, bold=True, colour=style.WARNING, fill=style.WARNING_TINT, down="center", indent=1)
_TILE_NUMBER = Look(size=28, bold=True, colour=style.ACCENT, fill=style.ACCENT_TINT, down="bottom", indent=1)
_TILE_LABEL = Look(size=10, colour=style.INK, fill=style.ACCENT_TINT, indent=1, wrap=True)
_HEADING = Look(size=13, bold=True, down="center")
_NAME = Look(rule=style.RULE, down="center", indent=1)
_NUMBER = replace(_NAME, across="right", number_format="0;-0;–")
_NAME_HEADER = replace(_NAME, bold=True, colour="FFFFFF", fill=style.ACCENT)
_NUMBER_HEADER = replace(_NAME_HEADER, across="right")
_SUM_NAME = replace(_NAME, bold=True)
_SUM = replace(_NUMBER, bold=True, number_format="0")
_TABLE_LINE = 19


class _Canvas:
    """A sheet that is filled in any order, and written from top to bottom at the end."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self._cells: dict[tuple[int, int], Any] = {}

    def put(self, row: int, column: int, value: Any, look: Look) -> None:
        value = for_workbook(value) if isinstance(value, str) else value
        self._cells[row, column] = styled(self.sheet, value, look)

    def height(self, row: int, points: float) -> None:
        self.sheet.row_dimensions[row].height = points

    def write(self) -> None:
        last_row = max(row for row, _ in self._cells)
        last_column = max(column for _, column in self._cells)
        for row in range(1, last_row + 1):
            self.sheet.append([self._cells.get((row, column)) for column in range(1, last_column + 1)])


def write_overview(book: Workbook, source: Source, *, reason: bool = True) -> None:
    """Write the sheet. Its figures are those of `status`; `reason` says whether to tell why a campaign stands still."""
    sheet: Any = book.create_sheet(source.say.about("sheet", "Overview"))
    sheet.sheet_view.showGridLines = False
    words = max(len(source.say.word(one)) for one in Answer) * _BOLD + 2  # heads of the columns of numbers
    for letter, width in zip("ABCDEFG", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = max(width, words) if letter > "B" else width
    set_up_printing(sheet, source, paper=A4)
    sheet.print_options.horizontalCentered = True
    canvas = _Canvas(sheet)
    _write_head(canvas, source, reason=reason)
    _write_tiles(canvas, source)
    below = _CHART_ROW + _CHART_ROWS
    sheet.row_breaks.append(Break(id=below - 1))
    after = _write_groups(canvas, source, below)
    after = _write_details(canvas, source, after + 2)
    _write_progress(canvas, source, after + 2)
    canvas.write()


def _write_head(canvas: _Canvas, source: Source, *, reason: bool) -> None:
    campaign, say = source.campaign, source.say
    canvas.put(2, _FIRST, say("WHERE THE MISSIONS STAND"), _EYEBROW)
    canvas.put(3, _FIRST, campaign.name, _TITLE)
    canvas.height(3, 36)
    letter = say("Letter {letter}", letter=campaign.letter)
    canvas.put(4, _FIRST, f"{letter}   ·   {missions_as_of(source)}", _SUBTITLE)
    because = f" ({in_words_of(campaign.reason, say)})" if campaign.reason and reason else ""
    made = say("Made {moment}", moment=say.moment(source.made_at, source.tz))
    times = say("times of {zone}", zone=campaign.time_zone)
    state = say("campaign {state}", state=stage_in_words(source.stage, say))
    canvas.put(5, _FIRST, f"{made}   ·   {times}   ·   {state}{because}", _SUBTITLE)
    if voted := result(source.seats):
        resolution = campaign.resolution or {}
        of_it = {**resolution, "title": ""} if resolution.get("symbol") else resolution  # a title is long
        told = "   ·   ".join(filter(None, (resolution_in_words(of_it, say), result_in_words(voted, say))))
        canvas.put(6, _FIRST, told if len(told) <= _WIDEST else f"{told[:_WIDEST]}…", _RESULT)
        canvas.height(6, 22)
    if source.status.rehearsed:
        canvas.put(7, _FIRST, rehearsal_note(source.status, say), _BANNER)
        for column in range(_FIRST + 1, len(_WIDTHS) + 1):
            canvas.put(7, column, None, _BANNER)
        canvas.height(7, 26)


def _write_tiles(canvas: _Canvas, source: Source) -> None:
    tiles = figures_of(source.status, source.say)
    canvas.height(_TILE_ROW - 1, 8)
    canvas.height(_TILE_ROW, 44)
    canvas.height(_TILE_ROW + 1, 22)
    canvas.height(_TILE_ROW + 2, 10)
    for column, (label, number) in enumerate(tiles, start=_FIRST):
        canvas.put(_TILE_ROW, column, number, replace(_TILE_NUMBER, apart=column > _FIRST))
        canvas.put(_TILE_ROW + 1, column, label, replace(_TILE_LABEL, apart=column > _FIRST))


def _write_groups(canvas: _Canvas, source: Source, row: int) -> int:
    """Write the table of answers by regional group and its chart; return the row after it."""
    groups = groups_of(source.missions)
    counted = Counter((mission.regional_group, mission.answer) for mission in source.missions)
    say = source.say
    names = [for_workbook(say.word(group_word(group or NO_GROUP))) for group in groups]
    canvas.put(row, _FIRST, say("Answers by regional group"), _HEADING)
    canvas.height(row, 24)
    head = row + 1
    canvas.put(head, _FIRST, say.about("column", "Regional group"), _NAME_HEADER)
    for column, heading in enumerate((*map(say.word, Answer), say("missions")), start=_FIRST + 1):
        canvas.put(head, column, heading, _NUMBER_HEADER)
    for offset, (group, name) in enumerate(zip(groups, names, strict=True), start=1):
        numbers = [counted[group, answer] for answer in Answer]
        canvas.put(head + offset, _FIRST, name, _NAME)
        for column, number in enumerate((*numbers, sum(numbers)), start=_FIRST + 1):
            canvas.put(head + offset, column, number, _NUMBER)
    total = head + len(groups) + 1
    canvas.put(total, _FIRST, say.word(group_word(ALL)), _SUM_NAME)
    sums = [_sum(source.status.answers, answer) for answer in Answer]
    for column, number in enumerate((*sums, source.status.missions), start=_FIRST + 1):
        canvas.put(total, column, number, _SUM)
    for line in range(head, total + 1):
        canvas.height(line, _TABLE_LINE)
    if groups:
        _chart_groups(canvas, head, groups, names, counted, say)
    return total + 1


def _chart_groups(
    canvas: _Canvas,
    head: int,
    groups: Sequence[str],
    names: Sequence[str],
    counted: Mapping[tuple[str, Answer], int],
    say: Tongue,
) -> None:
    answers = list(Answer)
    numbers = [[counted.get((group, answer), 0) for group in groups] for answer in answers]
    figures = Figures(canvas.sheet, head, _FIRST, names, [say.word(answer) for answer in answers], numbers)
    parts = (
        say(
            "{name}: {numbers}",
            name=name,
            numbers=", ".join(f"{column[index]} {say.word(one)}" for one, column in zip(answers, numbers, strict=True)),
        )
        for index, name in enumerate(names)
    )
    description = say("Stacked bars, one a regional group. {numbers}.", numbers="; ".join(parts))
    place = CellRange(_CHART_ROW, _FIRST, _CHART_ROW + _CHART_ROWS - 2, _FIRST + 2)
    add_bars(figures, place, say("Answers by regional group"), description, style.SHADES, stacked=True)


def _write_progress(canvas: _Canvas, source: Source, row: int) -> None:
    """Write how letters and answers came together, day by day, and its chart."""
    days = progress(source.missions, source.tz, source.made_at)
    if not days:
        return
    if len(days) > 1:
        canvas.sheet.row_breaks.append(Break(id=row - 1))  # a chart must not be cut in two
    say = source.say
    canvas.put(row, _FIRST, say("Progress"), _HEADING)
    canvas.height(row, 24)
    head = row + 1
    lines = [say("sent"), say("answered")]
    for column, heading in enumerate((say("By the end of"), *lines), start=_FIRST):
        canvas.put(head, column, heading, _NAME_HEADER if column == _FIRST else _NUMBER_HEADER)
    for offset, day in enumerate(days, start=1):
        canvas.put(head + offset, _FIRST, day.day, replace(_NAME, number_format=say.cell_format(DateStyle.LONG)))
        canvas.put(head + offset, _FIRST + 1, day.sent, _NUMBER)
        canvas.put(head + offset, _FIRST + 2, day.answered, _NUMBER)
    for line in range(head, head + len(days) + 1):
        canvas.height(line, _TABLE_LINE)
    if len(days) == 1:
        return  # a line needs two points
    numbers = [[day.sent for day in days], [day.answered for day in days]]
    figures = Figures(canvas.sheet, head, _FIRST, [day.day for day in days], lines, numbers)
    last = days[-1]
    description = say.several(
        "Two lines over {count} day. By {day}: {sent} sent, {answered} answered.",
        "Two lines over {count} days. By {day}: {sent} sent, {answered} answered.",
        len(days),
        day=say.day(last.day),
        sent=last.sent,
        answered=last.answered,
    )
    place = CellRange(row, _FIRST + 3, row + 17, _FIRST + 5, gap=72_000)
    axis = say.cell_format(DateStyle.SHORT)
    add_lines(figures, place, say("Progress over days"), description, (style.SHADES[2], style.ACCENT), axis)


def _write_details(canvas: _Canvas, source: Source, row: int) -> int:
    """Write the tables of single words, side by side: positions with their chart, letters, delivery.

    Return the row after them.
    """
    status, say = source.status, source.say
    canvas.put(row, _FIRST, say("Every figure"), _HEADING)
    canvas.height(row, 24)
    head = row + 1
    positions = {say.word(word): status.positions.get(word, 0) for word in Position}
    messages = {say.word(word): status.messages[word] for word in MessageState if word in status.messages}
    delivery = {say.word(word): status.delivery[word] for word in DeliveryStatus if word in status.delivery}
    none = {say("none yet"): 0}
    _write_words(canvas, head, _FIRST, (say.about("column", "Position"), say("missions")), positions)
    _write_words(canvas, head, _FIRST + 2, (say.about("column", "State"), say("letters")), messages or none)
    _write_words(canvas, head, _FIRST + 4, (say.about("column", "Delivery"), say("letters")), delivery or none)
    for line in range(head, head + len(positions) + 2):
        canvas.height(line, _TABLE_LINE)
    after = head + max(len(positions), len(messages), len(delivery)) + 1
    charted, title = positions, say.about("chart", "Positions")
    if voted := result(source.seats):  # what was said is over then
        head, title = after + 1, say("How they voted")
        charted = {say.word(vote): number for vote, number in voted.votes.items()}
        _write_words(canvas, head, _FIRST, (say.about("column", "Vote"), say("missions")), charted)
        for line in range(head, head + len(charted) + 1):
            canvas.height(line, _TABLE_LINE)
        after = head + len(charted) + 1
    numbers = ", ".join(f"{number} {word}" for word, number in charted.items())
    description = (
        say("Bars, one a vote. {numbers}.", numbers=numbers)
        if voted
        else say("Bars, one a position. {numbers}.", numbers=numbers)
    )
    figures = Figures(canvas.sheet, head, _FIRST, list(charted), [say("missions")], [list(charted.values())])
    place = CellRange(_CHART_ROW, _FIRST + 3, _CHART_ROW + _CHART_ROWS - 2, _FIRST + 5, gap=72_000)
    quiet = len(charted) - 1 if voted else 0  # who did not vote, or what is not known
    add_bars(figures, place, title, description, [style.ACCENT], stacked=False, quiet=quiet)
    return after


def _write_words(canvas: _Canvas, row: int, column: int, headers: tuple[str, str], counts: Mapping[str, int]) -> None:
    apart = column > _FIRST
    canvas.put(row, column, headers[0], replace(_NAME_HEADER, apart=apart))
    canvas.put(row, column + 1, headers[1], _NUMBER_HEADER)
    for offset, (word, number) in enumerate(counts.items(), start=1):
        canvas.put(row + offset, column, word, replace(_NAME, apart=apart))
        canvas.put(row + offset, column + 1, number, _NUMBER)


def _sum(counts: Mapping[str, int], *words: str) -> int:
    return sum(counts.get(word, 0) for word in words)
