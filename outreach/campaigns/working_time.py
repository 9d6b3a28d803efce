"""Working time in Geneva: Monday to Friday, 9 to 17 by the clock of a zone, but for the canton's public holidays.

All arithmetic is done on the wall clock of the zone, so that a letter for nine o'clock leaves at nine o'clock on
both sides of a change to or from daylight saving.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from outreach.sentences import Sentence, saying

OPENS, CLOSES = time(9), time(17)
_DAY = timedelta(days=1)


@cache
def _holidays() -> Any:
    import holidays  # a light command needs none of its data

    return holidays.country_holidays("CH", subdiv="GE")


def is_working_day(day: date) -> bool:
    """Tell whether a day is neither a weekend nor a public holiday in Geneva."""
    return day.weekday() < 5 and day not in _holidays()


def why_not_working(day: date) -> Sentence | None:
    """Return why a day is no working day; None if it is one. A holiday keeps its name there."""
    if day.weekday() >= 5:
        saturday = saying("time.saturday", "it is a Saturday")
        return saturday if day.weekday() == 5 else saying("time.sunday", "it is a Sunday")
    if day not in _holidays():
        return None
    return saying("time.holiday", "it is a holiday in Geneva ({name})", name=_holidays()[day])


def is_working_time(moment: datetime, tz: ZoneInfo) -> bool:
    """Tell whether a moment lies in working hours."""
    local = moment.astimezone(tz)
    return is_working_day(local.date()) and OPENS <= local.time() < CLOSES


def next_working_moment(moment: datetime, tz: ZoneInfo) -> datetime:
    """Return the moment itself if it lies in working hours, else the next opening. In UTC."""
    return next(iter(_spans(moment, tz)))[0].astimezone(UTC)


def after_working_days(moment: datetime, days: int, tz: ZoneInfo) -> datetime:
    """Return the same time of day so many working days later, moved into working hours. In UTC."""
    local = moment.astimezone(tz)
    day = local.date()
    while days > 0:
        day += _DAY
        days -= is_working_day(day)
    # A time that daylight saving skips is taken as the one an hour later: no letter waits for a time that is none.
    return next_working_moment(datetime.combine(day, local.time(), tz).astimezone(UTC), tz)


def spread(start: datetime, window: timedelta, count: int, tz: ZoneInfo, *, working: bool) -> list[datetime]:
    """Return so many moments, evenly spread over a window that begins at `start`, in UTC.

    With `working`, only working time counts: the window goes on at the next opening.
    """
    steps = [window * place / max(count, 1) for place in range(count)]
    if not working:
        return [start + step for step in steps]
    moments: list[datetime] = []
    passed = timedelta()
    for opens, closes in _spans(start, tz):
        length = closes - opens
        while len(moments) < count and steps[len(moments)] < passed + length:
            moments.append((opens + (steps[len(moments)] - passed)).astimezone(UTC))
        if len(moments) == count:
            break
        passed += length
    return moments


def _spans(start: datetime, tz: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The working times from a moment on, each with its beginning and end, in UTC."""
    day = start.astimezone(tz).date()
    while True:
        if is_working_day(day):
            opens = datetime.combine(day, OPENS, tz).astimezone(UTC)
            closes = datetime.combine(day, CLOSES, tz).astimezone(UTC)
            if start < closes:
                yield max(opens, start.astimezone(UTC)), closes
        day += _DAY
