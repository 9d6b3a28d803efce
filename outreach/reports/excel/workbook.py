"""A campaign's report as an Excel workbook: Overview, Missions, By group, Answers, Problems, Log, About.

Rows are written as they are read, so that a report over very many letters needs little memory.
"""

from datetime import UTC
from pathlib import Path

from openpyxl import Workbook

from outreach.missions.books.book_file import save_book
from outreach.reports.editions import columns_of
from outreach.reports.excel.about import write_about
from outreach.reports.excel.list_sheets import (
    write_answers,
    write_groups,
    write_log,
    write_missions,
    write_past,
    write_plain_missions,
    write_problems,
    write_since,
)
from outreach.reports.excel.overview import write_overview
from outreach.reports.excel.row_stream import StreamedBook
from outreach.reports.excel.safe_cells import for_workbook
from outreach.reports.source import Source
from outreach.vocabulary import Edition


def write_workbook(source: Source, out: Path) -> None:
    """Write a campaign's workbook in the language of the report.

    Other editions than the team's have the sheets Overview, Missions and By group, each with what it may say.
    Times in it are real dates in the campaign's zone. Raises UserError for a file that can't be written.
    """
    of_team = source.edition is Edition.TEAM
    with StreamedBook() as book:
        _describe(book, source)
        write_overview(book, source, reason=of_team)
        if of_team:
            write_missions(book, source)
        else:
            write_plain_missions(book, source, columns_of(source.edition))
        write_groups(book, source)
        if source.past:
            write_past(book, source)
        if source.since is not None:
            write_since(book, source)
        if of_team:
            write_answers(book, source)
            write_problems(book, source)
            write_log(book, source)
            write_about(book, source)
        save_book(book, out, book.rows_of)


def _describe(book: Workbook, source: Source) -> None:
    made = source.made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = book.properties
    say, campaign = source.say, source.campaign
    properties.title = say("{campaign}: where the missions stand", campaign=for_workbook(campaign.name))
    subject = say("Letter {letter}, as of {day}", letter=campaign.letter, day=say.day(campaign.as_of))
    properties.subject = for_workbook(subject)
    properties.language = say.language
    properties.creator = properties.lastModifiedBy = "Outreach"
    properties.created = made
