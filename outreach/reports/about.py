"""The last sheet of a workbook: what it is, when and by what it was made, what each column and each word means."""

from collections.abc import Iterable, Iterator
from typing import Any

from openpyxl import Workbook

import outreach
from outreach import clock
from outreach.reports import style
from outreach.reports.report_columns import (
    ANSWER_COLUMNS,
    GROUP_COLUMNS,
    LOG_COLUMNS,
    MISSION_COLUMNS,
    PROBLEM_COLUMNS,
    WORDS,
)
from outreach.reports.safe_cells import for_workbook
from outreach.reports.source import Source
from outreach.reports.style import Look, styled
from outreach.reports.tables import A4, set_up_printing


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
        ("Sheets", "Overview: the figures. Missions: a row a mission. By group: the regional groups."),
        ("", "Answers: what they wrote. Problems: what needs a hand. Log: all that happened, by time."),
        (
            "To fill in",
            "The yellow columns of Missions are for you: type, save, and bring the file back.",
        ),
    ):
        named = styled(sheet, label or None, Look(bold=True, colour=style.ACCENT))
        sheet.append([None, named, styled(sheet, text, Look())])
    _explain(sheet, ("Sheet", "Column", "What it says"), _meanings())
    _explain(sheet, ("Column", "Word", "What it means"), WORDS)


def _meanings() -> Iterator[tuple[str, str, str]]:
    yield from (("Missions", column.header, column.meaning) for column in MISSION_COLUMNS)
    yield from (("By group", column.header, column.meaning) for column in GROUP_COLUMNS)
    yield from (("Answers", column.header, column.meaning) for column in ANSWER_COLUMNS)
    yield from (("Problems", column.header, column.meaning) for column in PROBLEM_COLUMNS)
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
