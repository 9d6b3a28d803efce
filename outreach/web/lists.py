"""Lists as they are read: sorted by the column whose head was clicked, and taken along as CSV, as they are seen."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import Response
from sqlalchemy import Engine

from outreach.actors import Actor
from outreach.catalogues import Tongue
from outreach.database import writing
from outreach.missions.past_years import PastOnSubject
from outreach.people import audit
from outreach.reports.excel.safe_cells import for_csv
from outreach.reports.table import years_in_words
from outreach.sentences import KeptSentence
from outreach.vocabulary import Act

CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a list: its name in the page's address, its head, what it is sorted by, what a file has in it."""

    name: str
    head: str
    order: Callable[[Any], Any]
    """What is compared; None stands last, in either direction."""
    cell: Callable[[Any], str | int | None]


def past_column(past: PastOnSubject, say: Tongue, iso3_of: Callable[[Any], str]) -> list[ListColumn]:
    """Return the column of how states voted in past years on a subject; none where no vote on it is known."""

    def years(row: Any) -> str:
        return years_in_words(past.of(iso3_of(row)), say)

    return [ListColumn("past", say("Past votes"), lambda row: years(row) or None, years)] if past.ballots else []


class ColumnHead(NamedTuple):
    """The head of a column as a page shows it."""

    words: str
    href: str
    """The same list, sorted by this column; once more, the other way round."""
    sorted: str
    """`ascending` or `descending`, as `aria-sort` has it (WAI-ARIA 1.2); empty where another column sorts the list."""


def sorted_list(rows: Sequence[Any], columns: Sequence[ListColumn], sort: str) -> list[Any]:
    """Return the rows by a column, `-name` for the other way round; as they are for a name that there is not.

    Rows that are alike in it keep their order.
    """
    column = next((one for one in columns if one.name == sort.removeprefix("-")), None)
    if column is None:
        return list(rows)
    there = [(column.order(row), row) for row in rows]
    known = [one for one in there if one[0] is not None]
    known.sort(key=lambda one: one[0], reverse=sort.startswith("-"))
    return [row for _, row in known] + [row for value, row in there if value is None]


def heads(columns: Sequence[ListColumn], sort: str, asked: Mapping[str, str]) -> list[ColumnHead]:
    """Return the heads of a list. `asked` is what else the page's address says, such as a filter."""
    kept = {name: value for name, value in asked.items() if value}
    found = []
    for one in columns:
        turned = f"-{one.name}" if sort == one.name else one.name
        way = "ascending" if sort == one.name else "descending" if sort == f"-{one.name}" else ""
        found.append(ColumnHead(one.head, f"?{urlencode(kept | {'sort': turned})}", way))
    return found


def csv_link(path: str, sort: str, asked: Mapping[str, str]) -> str:
    """Return where the list is to be had as CSV, as it is seen."""
    kept = {name: value for name, value in ({**asked, "sort": sort}).items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def as_csv(
    engine: Engine, rows: Sequence[Any], columns: Sequence[ListColumn], *, name: str, campaign: str = "", by: Actor
) -> Response:
    """Return a list as a CSV file (RFC 4180, UTF-8 with a byte order mark, as Excel wants it), and record who took it.

    No cell is taken for a formula.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([for_csv(one.head) for one in columns])
    writer.writerows([[_safe(one.cell(row)) for one in columns] for row in rows])
    with writing(engine) as session:
        detail = KeptSentence("log.list", "{file}, {count:,} {count:*row|rows}", file=f"{name}.csv", count=len(rows))
        audit.record(session, by, Act.LIST_TAKEN, campaign=campaign, detail=detail)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.getvalue().encode("utf-8-sig"), media_type=CSV, headers=headers)


def rank(word: StrEnum | str | None, among: type[StrEnum]) -> int | None:
    """Return the place of a word in its closed list, by which it is sorted; None for none."""
    return list(among).index(among(word)) if word else None


def worded_cell(say: Tongue, word: StrEnum | str | None) -> str:
    """Return a word of a closed list as the reader's language has it."""
    return say.word(word) if word else ""


def _safe(value: str | int | None) -> str | int:
    return for_csv(value) if isinstance(value, str) else "" if value is None else value
