"""A campaign's report as an Excel workbook: Overview, Missions, By group, Answers, Problems, Log, About.

Rows are written as they are read, so that a report over very many letters needs little memory.
"""

from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import Engine

from outreach.reports.about import write_about
from outreach.reports.files import replacing
from outreach.reports.list_sheets import write_answers, write_groups, write_log, write_missions, write_problems
from outreach.reports.overview import write_overview
from outreach.reports.safe_cells import for_workbook
from outreach.reports.source import Source, opened


def write_report(engine: Engine, campaign_name: str, out: Path, *, made_at: datetime | None = None) -> Path:
    """Write a campaign's workbook, whole or not at all, and return the file.

    Times in it are real dates in the campaign's zone. `made_at` (UTC) is the moment it is made, by default now.

    Raises NotFoundError for an unknown campaign, UserError for a file that can't be written.
    """
    with opened(engine, campaign_name, made_at) as source, replacing(out) as beside:
        book = Workbook(write_only=True)
        _describe(book, source)
        write_overview(book, source)
        write_missions(book, source)
        write_groups(book, source)
        write_answers(book, source)
        write_problems(book, source)
        write_log(book, source)
        write_about(book, source)
        book.save(beside)
    return out


def _describe(book: Workbook, source: Source) -> None:
    made = source.made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = book.properties
    properties.title = f"{for_workbook(source.campaign.name)}: where the missions stand"
    properties.subject = for_workbook(f"Letter {source.campaign.letter}, as of {source.campaign.as_of.isoformat()}")
    properties.creator = properties.lastModifiedBy = "Outreach"
    properties.created = made
