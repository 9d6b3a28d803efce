"""Times: kept in UTC with their zone known, read and shown in the campaign's zone."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from outreach.errors import UserError
from outreach.sentences import saying


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name, such as `Europe/Zurich`.

    Raises UserError for a name that is no zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(
            "time.no-zone", "{name!r} is not a time zone.", name=name, remedy="Write it as in Europe/Zurich."
        ) from None


def parse_moment(text: str, tz: ZoneInfo) -> datetime:
    """Read a point in time and return it in UTC. `now` is the present moment.

    Without an offset it is a wall-clock time in `tz`; an ISO 8601 offset or `Z` overrides that. A wall-clock
    time that daylight saving skips, or passes twice, is refused, since nobody can say which is meant.

    Raises UserError.
    """
    if text.strip().casefold() == "now":
        return now()
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UserError(
            "time.none",
            "{text!r} is not a time.",
            text=text,
            remedy='Write it as "2024-03-18 09:00", or 2024-03-18T08:00:00Z.',
        ) from None
    if len(text.strip()) <= len("2024-03-18"):
        raise UserError(
            "time.no-hour",
            "{text!r} has no time of day.",
            text=text,
            day=text.strip(),
            remedy='Write it as "{day} 09:00".',
        )
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first, second = moment.replace(tzinfo=tz, fold=0), moment.replace(tzinfo=tz, fold=1)
    if first.utcoffset() != second.utcoffset():
        skipped = first.astimezone(UTC).astimezone(tz).replace(tzinfo=None) != moment
        raise UserError(
            "time.clocks-change",
            "{text} {does} in {key}: the clocks change then.",
            text=text,
            does=saying("time.skipped", "does not exist") if skipped else saying("time.twice", "comes twice"),
            key=tz.key,
            moment=moment.isoformat(timespec="minutes"),
            remedy="Add an offset, such as {moment}+01:00, or take another time.",
        )
    return first.astimezone(UTC)


def parse_span(text: str) -> timedelta:
    """Read a span of time such as `2h`, `90m` or `1h30m`; raises UserError."""
    match = re.fullmatch(r"(?:(\d{1,4})\s*h(?:ours?)?)?\s*(?:(\d{1,5})\s*m(?:in(?:utes?)?)?)?", text.strip().lower())
    span = timedelta(hours=int(match[1] or 0), minutes=int(match[2] or 0)) if match else timedelta()
    if not span:
        raise UserError(
            "time.no-span", "{text!r} is no span of time.", text=text, remedy="Write it as 2h, 90m or 1h30m."
        )
    return span


def parse_date(text: str) -> date:
    """Read a calendar date in ISO 8601 form; raises UserError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UserError(
            "time.no-date", "{text!r} is not a date.", text=text, remedy="Write it as 2024-03-18."
        ) from None


def shown(moment: datetime | None, tz: ZoneInfo) -> str:
    """Return a moment as a person in `tz` reads it, such as `2024-03-18 09:00 CET`; empty for None."""
    return "" if moment is None else moment.astimezone(tz).strftime("%Y-%m-%d %H:%M %Z")
