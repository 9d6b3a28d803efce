"""The days of a sign-on sheet, in whatever order a form writes them: told by the whole column, asked where in doubt."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.month_names import months_by_word
from outreach.text import folded

_EXCEL_DAY_ZERO = date(1899, 12, 30)
_MONTH_OF = months_by_word(folded)
_TIME = re.compile(r"(?:^|[T\s,]+(?:at|à|a las|в)?\s*)\d{1,2}(?::|h)\d{2}.*$", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NUMBERS = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})")
_DAY_FIRST = re.compile(
    r"(?:[^\W\d]+ )?(\d{1,2})(?:st|nd|rd|th|er|o|a)? (?:of |de )?([^\W\d]+) (?:of |de |del )?(\d{4})(?: г)?"
)
_MONTH_FIRST = re.compile(r"(?:[^\W\d]+ )?([^\W\d]+) (\d{1,2})(?:st|nd|rd|th)? (\d{4})")


@dataclass(frozen=True, slots=True)
class Day:
    """A day as a cell has it: the day that is meant and, where the order of its numbers may be another, that one."""

    day: date
    other: date | None = None


class NoDay(ValueError):
    """A cell that holds no day that can be told."""


def days_of(cells: Mapping[int, str], today: date) -> dict[int, Day | NoDay]:
    """Return the day of each cell of a column.

    Numbers with strokes are of one order in a column; where every row could be either, the order in which no day is to
    come and, else, in which they follow each other is taken,
    and `other` says so. `today` is what lies in the future of.
    """
    both: dict[int, tuple[date | None, date | None]] = {}
    found: dict[int, Day | NoDay] = {}
    for row, text in cells.items():
        try:
            read = _read(text)
        except ValueError:
            found[row] = NoDay(text)
            continue
        if isinstance(read, date):
            found[row] = Day(read)
        else:
            both[row] = read
    sure_day = any(month_first is None for _, month_first in both.values())
    sure_month = any(day_first is None for day_first, _ in both.values())
    doubtful = [(row, one, other) for row, (one, other) in both.items() if one and other and one != other]
    month_first = sure_month if sure_day != sure_month else _likely_month_first(doubtful, cells, today)
    for row, (one, other) in both.items():
        day = one or other
        assert day is not None
        if one is None or other is None or one == other:
            found[row] = Day(day)
        else:
            taken, left = (other, one) if month_first else (one, other)
            found[row] = Day(taken, None if sure_day != sure_month else left)
    return found


def _likely_month_first(doubtful: Sequence[tuple[int, date, date]], cells: Mapping[int, str], today: date) -> bool:
    day_first, month_first = [one for _, one, _ in doubtful], [other for _, _, other in doubtful]
    to_come = [sum(day > today for day in days) for days in (day_first, month_first)]
    if to_come[0] != to_come[1]:
        return to_come[1] < to_come[0]
    in_order = [days == sorted(days) for days in (day_first, month_first)]
    if len(doubtful) > 2 and in_order[0] != in_order[1]:
        return in_order[1]
    # What American programs write: half a day, or numbers without their zero before a time.
    return any(
        re.search(r"(?i)\d\s*[ap]\.?m\b|^\d/\d{1,2}/\d+ \d|^\d{1,2}/\d/\d+ \d", cells[row]) for row, _, _ in doubtful
    )


def _read(text: str) -> date | tuple[date | None, date | None]:
    """The day of a cell, or both that it may be, day first and month first. Raises ValueError."""
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _EXCEL_DAY_ZERO + timedelta(days=int(float(text)))
    bare = _TIME.sub("", re.sub(r"[\u202f\u00a0]", " ", text).strip()).strip(" ,")
    if match := _YEAR_FIRST.match(bare):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMBERS.fullmatch(bare):
        first, second = int(match[1]), int(match[3])
        year = int(match[4]) + (2000 if len(match[4]) == 2 else 0)
        day_first, month_first = _day(year, second, first), _day(year, first, second)
        if match[2] == ".":
            month_first = None
        if day_first is None and month_first is None:
            raise ValueError(text)
        return day_first if match[2] == "." and day_first else (day_first, month_first)
    words = folded(bare)
    if (match := _DAY_FIRST.fullmatch(words)) and match[2] in _MONTH_OF:
        return date(int(match[3]), _MONTH_OF[match[2]], int(match[1]))
    if (match := _MONTH_FIRST.fullmatch(words)) and match[1] in _MONTH_OF:
        return date(int(match[3]), _MONTH_OF[match[1]], int(match[2]))
    raise ValueError(text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
