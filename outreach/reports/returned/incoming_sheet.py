"""Reads the list of a report that comes back: its rows by their keys, what stands beside them, and what is not read."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from outreach.catalogues import ENGLISH_TONGUE, Tongue, languages, tongue
from outreach.errors import Problem, SheetError, at_row
from outreach.missions.books.cells import MARK_BEGINS, Area, Book, Cell, Sheet, column_letter
from outreach.reports.excel.report_columns import MISSION_COLUMNS
from outreach.reports.returned.rowkey import RowKey, read_key
from outreach.text import few, folded, one_line

WordT = TypeVar("WordT", bound=StrEnum)

TYPED = ("position", "note", "answered how", "corrected address", "answer")
"""The columns that are taken back, by their English headers, folded."""
_HEADER_WITHIN = 20
_KEY, _ISO3 = "row key", "iso3"
_MOST_TOLD = 10


@dataclass(slots=True)
class KeyedRow:
    """One row of the sheet that has a key."""

    where: str
    iso3: str
    key: RowKey
    texts: Mapping[str, str]
    places: Mapping[str, str]
    say: Tongue
    """The language of the sheet: its columns and words are named in it."""
    struck: frozenset[str] = frozenset()
    """The columns whose cell has a line through it."""

    def head(self, name: str) -> str:
        """What the sheet calls a column of ours."""
        return self.say.about("column", name)


@dataclass(slots=True)
class ReadReport:
    """What a file that comes back holds."""

    sheet: str
    rows: list[KeyedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """What has to be mended before anything is taken."""
    told: list[Problem] = field(default_factory=list)
    """What stands there and is not taken."""
    unread: tuple[str, ...] = ()
    """The names of the other sheets."""


def read_back(book: Book) -> ReadReport:
    """Return the rows of a report that were made for typing, by their keys, in the order of the sheet.

    Raises SheetError for a book that has no such list, and for one that has it twice with different things typed.
    """
    lists = list(_lists(book))
    if not lists:
        raise SheetError(
            "report.no-row-keys",
            "{book} is no report that can be taken back: no sheet has the column Row key.",
            book=book.name,
            remedy="Make one{REPORT}. Type into its yellow columns, and keep its columns.",
        )
    found = _read(*lists[0])
    ours = {folded(tongue(one).about("sheet", name)) for one in languages() for name in _SHEETS}
    for sheet, header_row, columns in lists[1:]:
        other = _read(sheet, header_row, columns)
        same = {row.key.response: _typed(row) for row in found.rows}
        differing = [row.iso3 for row in other.rows if same.get(row.key.response) != _typed(row)]
        if differing:
            found.problems.append(
                Problem(
                    "report.two-lists",
                    "it is a copy of {first}, and other things are typed into it: {states}",
                    first=found.sheet,
                    states=few(differing, _MOST_TOLD),
                    where=sheet.name,
                    remedy="Bring both together in one sheet, and delete the other.",
                )
            )
    keyed = {sheet.name for sheet, _, _ in lists}
    found.unread = tuple(name for name in book.sheet_names if name not in keyed)
    for name in found.unread:
        if folded(name) not in ours and not folded(name).startswith(_since_words()) and any(book.read(name).rows):
            found.told.append(
                Problem(
                    "report.own-sheet",
                    "a sheet of your own is not read",
                    where=name,
                    first=found.sheet,
                    remedy="Only {first} is; copy what counts into its yellow columns.",
                )
            )
    return found


_SHEETS = ("Overview", "Missions", "By group", "Answers", "Problems", "Log", "About", "The past")


@cache
def _since_words() -> tuple[str, ...]:
    return tuple(folded(tongue(one)("Since {day}", day="")) for one in languages())


def _typed(row: KeyedRow) -> tuple[str, ...]:
    return tuple(row.texts.get(name, "") for name in TYPED)


def _lists(book: Book) -> Iterator[tuple[Sheet, int, dict[str, int]]]:
    for name in book.sheet_names:
        sheet = book.read(name)
        for row in sorted(sheet.rows)[:_HEADER_WITHIN]:
            heads = {number: folded(cell.text) for number, cell in sheet.rows[row].items()}
            columns = _canonical({head: number for number, head in heads.items()})
            if _KEY in columns and _ISO3 in columns:
                yield sheet, row, columns
                break


def _read(sheet: Sheet, header_row: int, columns: Mapping[str, int]) -> ReadReport:
    heads = sheet.rows[header_row]
    say = _language_of([cell.text for cell in heads.values()])
    found = ReadReport(sheet.name)
    found.problems += _twice(sheet, header_row, columns, say)
    seen: dict[int, str] = {}
    states: dict[int, str] = {}
    named = {at for at, cell in heads.items() if cell.text.strip()}
    outside: list[tuple[int, int]] = []
    over = _over_typed(sheet, columns)
    for number in sorted(sheet.rows):
        cells = sheet.rows[number]
        if number == header_row:
            continue
        filled = [at for at, cell in cells.items() if cell.text.strip()]
        texts = {name: cells[at].text.strip() if at in cells else "" for name, at in columns.items()}
        where = at_row(sheet.name, number)
        key = read_key(texts[_KEY]) if number > header_row else None
        if key is None:
            if number > header_row and any(texts.get(name) for name in TYPED):
                found.problems.append(
                    Problem(
                        "report.row-key",
                        "it has no row key, so nobody can say which mission it is about",
                        where=where,
                        remedy="Type into a row that the report made; sort whole rows only.",
                    )
                )
            else:
                outside += [(number, at) for at in filled[:1]]
            continue
        outside += [(number, at) for at in filled if at not in named]
        if key.response in seen:
            found.problems.append(
                Problem(
                    "report.row-copied",
                    "it is a copy of {seen}",
                    seen=seen[key.response],
                    where=where,
                    remedy="Keep one of the two.",
                )
            )
        seen[key.response] = f"row {number}"
        states[number] = texts.get(_ISO3, "").upper()
        places = {name: f"{sheet.name}!{column_letter(at)}{number}" for name, at in columns.items()}
        places = {name: at if name == _ISO3 else _of_mission(at, states[number]) for name, at in places.items()}
        valueless = set[str]()
        for name in TYPED:
            cell = cells.get(columns.get(name, 0))
            if cell is not None and (cell.no_value or cell.error):
                valueless.add(name)
                found.problems.append(
                    Problem(
                        "report.no-value",
                        "a formula without a stored value, or an error",
                        where=places[name],
                        remedy="Open the file in Excel or LibreOffice and save it, or type the value.",
                    )
                )
        covered = {name for name, areas in over.items() if _is_covered(areas, number, columns[name])}
        kept = {name: text for name, text in texts.items() if name not in valueless | covered}
        struck = frozenset(name for name in TYPED if cells.get(columns.get(name, 0), _NO_CELL).struck)
        found.rows.append(KeyedRow(where, texts.get(_ISO3, "").upper(), key, kept, places, say, struck))
    found.told += _merged(chain.from_iterable(over.values()), sheet.name, states)
    found.told += _own_columns(sheet, header_row, columns, say)
    found.told += _outside(sheet, outside, say)
    found.told += _comments(sheet, header_row, say, states)
    return found


_NO_CELL = Cell("")
_FIRST_ROW = attrgetter("first_row")


def _twice(sheet: Sheet, header_row: int, columns: Mapping[str, int], say: Tongue) -> list[Problem]:
    """Refuse two columns of one name where one of them is read: nobody can say which was meant."""
    known = {**_headers(), **{folded(column.head(say)): folded(column.header) for column in MISSION_COLUMNS}}
    places: dict[str, list[int]] = defaultdict(list)
    for at, cell in sorted(sheet.rows[header_row].items()):
        name = known.get(folded(cell.text))
        if name in (*TYPED, _KEY, _ISO3):
            places[name].append(at)
    return [
        Problem(
            "report.two-columns",
            "{count} {count:*column is|columns are} called so: {columns}; nobody can say which of them is meant",
            count=len(some),
            columns=", ".join(map(column_letter, some)),
            where=f"{sheet.name}!{column_letter(columns[name])}{header_row} "
            f"({one_line(sheet.rows[header_row][some[0]].text)[:40]})",
            remedy="Give the one that is your own another name.",
        )
        for name, some in places.items()
        if len(some) > 1
    ]


def _over_typed(sheet: Sheet, columns: Mapping[str, int]) -> dict[str, list[Area]]:
    """Return, by column of ours that is read, the merged cells that lie over it, from above."""
    areas = sorted(sheet.merged, key=_FIRST_ROW)
    return {
        name: [area for area in areas if area.first_column <= columns[name] <= area.last_column]
        for name in TYPED
        if name in columns
    }


def _is_covered(areas: Sequence[Area], row: int, column: int) -> bool:
    """Tell whether a cell lies below a merged one: a program emptied it, and nobody cleared it.

    `areas` are those over its column. Merged cells do not overlap: the last that begins by this row alone may cover it.
    """
    at = bisect_right(areas, row, key=_FIRST_ROW)
    area = areas[at - 1] if at else None
    return area is not None and row <= area.last_row and (row, column) != (area.first_row, area.first_column)


def _merged(areas: Iterable[Area], sheet: str, states: Mapping[int, str]) -> list[Problem]:
    """Tell of merged cells that lie over several missions: what they say is the first one's."""
    rows = sorted(states)
    told = []
    for area in sorted(set(areas), key=_FIRST_ROW):
        first, end = bisect_left(rows, area.first_row), bisect_right(rows, area.last_row)
        if end - first > 1:
            told.append(
                Problem(
                    "report.merged",
                    "one merged cell lies over several missions; it counts for {first} alone, and not for {others}",
                    first=states[rows[first]],
                    others=few([states[row] for row in rows[first + 1 : end]], _MOST_TOLD),
                    where=f"{sheet}!{area}",
                    remedy="Part it, and fill in each row that it is meant for.",
                )
            )
        if len(told) == _MOST_TOLD:
            break
    return told


def _own_columns(sheet: Sheet, header_row: int, columns: Mapping[str, int], say: Tongue) -> list[Problem]:
    ours = {folded(column.header) for column in MISSION_COLUMNS}
    return [
        Problem(
            "report.own-column",
            "a column of your own is not taken",
            where=f"{sheet.name}!{column_letter(at)}{header_row} ({one_line(name)[:40]})",
            note=say.about("column", "Note"),
            remedy="Only the yellow columns are; copy what counts into {note}.",
        )
        for name, at in columns.items()
        if name and name not in ours and any(at in sheet.rows[row] for row in sheet.rows if row > header_row)
    ]


def _outside(sheet: Sheet, places: Sequence[tuple[int, int]], say: Tongue) -> list[Problem]:
    told = [
        Problem(
            "report.outside",
            '"{text}" stands beside the list and is not taken',
            where=f"{sheet.name}!{column_letter(at)}{row}",
            text=one_line(sheet.rows[row][at].text)[:60],
            note=say.about("column", "Note"),
            remedy="Write it into {note} of the mission that it is about.",
        )
        for row, at in places[:_MOST_TOLD]
    ]
    if len(places) > _MOST_TOLD:
        rest = len(places) - _MOST_TOLD
        told.append(
            Problem(
                "report.outside-more",
                "{count} more {count:*cell stands|cells stand} beside the list and {count:*is|are} not taken",
                count=rest,
                where=sheet.name,
            )
        )
    return told


def _of_mission(place: str, iso3: str) -> str:
    """Name a cell with its mission: in a sheet that was sorted since, that is what a person looks for."""
    return f"{place} ({one_line(iso3)[:3]})" if iso3 else place


def _comments(sheet: Sheet, header_row: int, say: Tongue, states: Mapping[int, str]) -> list[Problem]:
    return [
        Problem(
            "report.comment",
            'the comment "{text}" is not taken',
            where=_of_mission(f"{sheet.name}!{column_letter(at)}{row}", states.get(row, "")),
            text=one_line(text)[:60],
            note=say.about("column", "Note"),
            remedy="Write it into {note}.",
        )
        for (row, at), text in sorted(sheet.comments.items())
        if row != header_row and text.strip() and not text.startswith(MARK_BEGINS)
    ]


def _language_of(headers: Sequence[str]) -> Tongue:
    """Return the language in which a sheet's columns are named; English where it could be several."""
    there = {folded(header) for header in headers}
    return max(
        (tongue(language) for language in languages()),
        key=lambda say: sum(folded(column.head(say)) in there for column in MISSION_COLUMNS),
        default=ENGLISH_TONGUE,
    )


@cache
def _headers() -> Mapping[str, str]:
    """Return the English header, folded, of each header that a report has in any language."""
    found: dict[str, str] = {}
    for language in reversed(languages()):  # English last: its own headers always mean themselves
        for column in MISSION_COLUMNS:
            found[folded(column.head(tongue(language)))] = folded(column.header)
    return found


def _canonical(columns: Mapping[str, int]) -> dict[str, int]:
    """Return the columns of a sheet by their English headers, in whichever language the report was made."""
    known = _headers()
    canonical: dict[str, int] = {}
    for header, number in columns.items():
        name = known.get(header, header)
        canonical[header if name in canonical else name] = number
    return canonical


def word_of(words: type[WordT], text: str) -> WordT | None:
    """Return the member of a closed list that a text names in any language of the reports; None for other text."""
    return _words_of(words).get(folded(text))


@cache
def _words_of(words: type[WordT]) -> Mapping[str, WordT]:
    return {folded(tongue(one).word(member)): member for one in reversed(languages()) for member in words}
