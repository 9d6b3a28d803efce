"""The last sheet of a workbook: what it is, when and by what it was made, what each column and each word means."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook

import outreach
from outreach.reports.excel import style
from outreach.reports.excel.report_columns import (
    ANSWER_COLUMNS,
    GROUP_COLUMNS,
    LOG_COLUMNS,
    MISSION_COLUMNS,
    PROBLEM_COLUMNS,
    WORDS,
    ReportColumn,
    past_columns,
)
from outreach.reports.excel.safe_cells import for_workbook
from outreach.reports.excel.style import Look, styled
from outreach.reports.excel.tables import A4, set_up_printing
from outreach.reports.source import Source

_WIDE, _LINE = 88, 15.5
"""The width of the column of meanings, in characters, and the height of a line in points."""


def write_about(book: Workbook, source: Source) -> None:
    """Write what the workbook is, when and by what it was made, and what each column and each word means."""
    say = source.say
    sheet = book.create_sheet(say.about("sheet", "About"))
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCD", (2, 20, 24, _WIDE), strict=True):
        sheet.column_dimensions[letter].width = width
    set_up_printing(sheet, source, paper=A4)
    sheet.append([])
    sheet.append([None, styled(sheet, say("About this workbook"), Look(size=18, bold=True, down="center"))])
    sheet.row_dimensions[2].height = 30
    sheet.append([])
    made = say(
        "{moment}, by Outreach {version}",
        moment=say.moment(source.made_at, source.tz),
        version=outreach.__version__,
    )
    row = 3
    for label, text in (
        (say("Campaign"), for_workbook(source.campaign.name)),
        (say("Letter"), for_workbook(source.campaign.letter)),
        (say("Made"), made),
        (say("Times"), say("All times are those of {zone}.", zone=source.campaign.time_zone)),
        (
            say("What counts"),
            say("Each mission counts once: a letter that a later approval replaced stands in the Log only."),
        ),
        (say("Sheets"), say("Overview: the figures. Missions: a row a mission. By group: the regional groups.")),
        ("", say("Answers: what they wrote. Problems: what needs a hand. Log: all that happened, by time.")),
        (
            say("To fill in"),
            say("The yellow columns of Missions are for you: type, save, and bring the file back."),
        ),
    ):
        named = styled(sheet, label or None, Look(bold=True, colour=style.ACCENT))
        sheet.append([None, named, styled(sheet, text, Look())])
        row += 1
    row = _explain(sheet, row, (say("Sheet"), say("Column"), say("What it says")), _meanings(source))
    words = ((say.about("column", column), say.word(word), say(meaning)) for column, word, meaning in WORDS)
    _explain(sheet, row, (say("Column"), say.about("about", "Word"), say("What it means")), words)


def _meanings(source: Source) -> Iterator[tuple[str, str, str]]:
    say = source.say
    lists: tuple[tuple[str, Sequence[ReportColumn[Any]]], ...] = (
        ("Missions", MISSION_COLUMNS),
        ("By group", GROUP_COLUMNS),
        ("Answers", ANSWER_COLUMNS),
        ("Problems", PROBLEM_COLUMNS),
        ("Log", LOG_COLUMNS),
        *((("The past", past_columns(source.past, say)),) if source.past else ()),
    )
    for sheet, columns in lists:
        name = say.about("sheet", sheet)
        yield from ((name, column.head(say), say(column.meaning)) for column in columns)


def _explain(sheet: Any, row: int, headers: tuple[str, str, str], lines: Iterable[tuple[str, str, str]]) -> int:
    """Write a table below a row, and return its last row."""
    head = Look(bold=True, colour="FFFFFF", fill=style.ACCENT)
    sheet.append([])
    sheet.append([None, *(styled(sheet, text, head) for text in headers)])
    plain, named = Look(rule=style.RULE, colour=style.MUTED), Look(rule=style.RULE, bold=True)
    row += 2
    for first, second, text in lines:
        row += 1
        looks = (plain, named, Look(rule=style.RULE, wrap=True))
        cells = [styled(sheet, value, look) for value, look in zip((first, second, text), looks, strict=True)]
        if len(text) > _WIDE:  # not every program fits a row to its text by itself
            sheet.row_dimensions[row].height = -(-len(text) // _WIDE) * _LINE
        sheet.append([None, *cells])
    return row
