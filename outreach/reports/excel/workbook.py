"""A campaign's report as an Excel workbook: Overview, Missions, By group, Answers, Problems, Log, About.

Rows are written as they are read, so that a report over very many letters needs little memory.
"""

from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import Engine

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.missions.books.book_file import save_book
from outreach.reports.editions import Edition, columns_of
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
from outreach.reports.files import replacing
from outreach.reports.source import Source, opened


def write_report(
    engine: Engine,
    campaign_name: str,
    out: Path,
    *,
    edition: Edition = Edition.TEAM,
    made_at: datetime | None = None,
    say: Tongue = ENGLISH_TONGUE,
    since: datetime | None = None,
    theme: str = "",
) -> Path:
    """Write a campaign's workbook in a language, whole or not at all, and return the file.

    Other editions than the team's have the sheets Overview, Missions and By group, each with what it may say.
    Times in it are real dates in the campaign's zone. `made_at` (UTC) is the moment it is made, by default now.

    Raises NotFoundError for an unknown campaign, UserError for a file that can't be written.
    """
    with (
        opened(engine, campaign_name, made_at, say, edition=edition, since=since, theme=theme) as source,
        replacing(out) as beside,
        StreamedBook() as book,
    ):
        _describe(book, source)
        of_team = edition is Edition.TEAM
        write_overview(book, source, reason=of_team)
        if of_team:
            write_missions(book, source)
        else:
            write_plain_missions(book, source, columns_of(edition))
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
        save_book(book, beside, book.rows_of)
    return out


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
