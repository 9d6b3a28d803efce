"""Reads the day in what people type in English, French and Spanish, or Excel keeps: `20/03/2024`, `le 1er mars`."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from outreach.month_names import months_by_word
from outreach.text import folded, without_accents
from outreach.vocabulary import Language

_MONTHS = months_by_word(folded, Language.ENGLISH, Language.FRENCH, Language.SPANISH)
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"(?<![\d/.-])(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4}|\d{2})(?![\d/-])")
_DAY_FIRST = re.compile(
    r"(?<![\d:])(\d{1,2})(?:er|st|nd|rd|th|o)?\.?[\s-]+(?:de\s+|of\s+)?([a-z]{3,10})\b\.?[\s,-]*(?:del?\s+)?(\d{4})?(?!\d)"
)
_MONTH_FIRST = re.compile(r"\b([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?![\d:])(?:,?\s+(\d{4}))?(?!\d)")
_SHORT = re.compile(r"(?<![\d/.-])(\d{1,2})/(\d{1,2})(?![\d/.-])")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = datetime(
    1899, 12, 30, tzinfo=UTC
)  # what Excel counts days from (ECMA-376 part 1, 18.17.4.1), 1900's 29 February included
_SERIALS = range(36_526, 73_051)  # the years 2000 to 2100
_SLASHED = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?: (\d\d:\d\d)(?::\d\d)?)?")
_RELATIVE = re.compile(
    r"\b(?:yesterday|today|last week|this morning|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"hier|aujourd'?hui|ce matin|la semaine derniere|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"ayer|hoy|esta manana|la semana pasada|lunes|martes|miercoles|jueves|viernes|sabado|domingo)\b"
)
_ABOUT = re.compile(
    r"(?:\b(?:before|by|until|till|around|about|circa|ca|approx|approximately|or|between|from|since|after|week of|"
    r"avant|vers|environ|ou|entre|depuis|apres|semaine du|antes del?|hacia|alrededor del?|sobre|desde|despues del?|"
    r"semana del?|o)"
    r"|\b\d{1,2}(?:st|nd|rd|th|er)?\s*(?:[-–/&]|or|ou|o|and|et|y|to|au|al))\.?\s*(?:the\s+|le\s+|el\s+)?$"
)
"""What stands before a day that is no one day."""
_ABOUT_AFTER = re.compile(r"\s*(?:\?|(?:or so|approx|environ|aproximadamente)\b)")


@dataclass(frozen=True, slots=True)
class TypedDay:
    """What a text says of a day."""

    day: date | None = None
    words: str = ""
    """The text; a day that Excel keeps as a number is written out."""
    wrong: str = ""
    """What looks like a day and is none, or names one that nobody can know."""
    assumed: str = ""
    """What was read into it: the order of day and month, or the year."""
    others: tuple[date, ...] = ()
    """The other days that it names, where there are several: the first is the one that counts."""
    about: str = ""
    """The words by which it names no one day: `before 20/11/2026`, `20 or 21 November`."""


def typed_day(text: str, today: date) -> TypedDay:
    """Return the day that a text says; a day without its year is the last one before `today`.

    Where the order of day and month is open (`03/04/2024`), the day is read first, as in Europe, and `assumed` says so.
    Of several days the first counts, and `others` has the rest.
    """
    plain = without_accents(text).casefold()
    if _SERIAL.fullmatch(plain.strip()) and int(float(plain)) in _SERIALS:
        serial = (_EPOCH + timedelta(days=float(plain))).date()
        return TypedDay(serial, serial.isoformat())
    shown = text if len(text) == len(plain) else plain  # quoted as it was typed
    found = _in_numbers(plain)
    for pattern, month, number in ((_DAY_FIRST, 2, 1), (_MONTH_FIRST, 1, 2)):
        for match in pattern.finditer(plain):
            if match[month] in _MONTHS and not _is_within(match.start(), found):
                day, assumed = _in_year(match[3], _MONTHS[match[month]], match[number], today)
                found.append((match.start(), match[0].rstrip(), day, assumed))
    alone = not found
    for match in _SHORT.finditer(plain):
        day, assumed = _in_year(None, int(match[2]), match[1], today)
        if day is None:
            day, assumed = _in_year(None, int(match[1]), match[2], today)
        # Beside a whole day, 5/6 may be anything.
        if alone or (day is not None and not _is_within(match.start(), found)):
            found.append((match.start(), match[0], day, assumed))
    found.sort(key=lambda one: one[0])
    if not found:
        relative = _RELATIVE.search(plain)
        return TypedDay(words=text, wrong=shown[slice(*relative.span())] if relative else "")
    wrong = next((shown[at : at + len(said)] for at, said, day, _ in found if day is None), "")
    if wrong:
        return TypedDay(words=text, wrong=wrong)
    at, said, first, assumed = found[0]
    named = shown[at : at + len(said)]
    others = tuple(dict.fromkeys(day for _, _, day, _ in found[1:] if day is not None and day != first))
    before = _ABOUT.search(plain[:at])
    after = _ABOUT_AFTER.match(plain[at + len(said) :])
    about = shown[before.start() : at + len(said)] if before else f"{named}{after[0]}" if after else ""
    return TypedDay(first, text, "", f"{named} is read as {first}" if assumed else "", others, about.strip())


def _is_within(at: int, found: list[tuple[int, str, date | None, str]]) -> bool:
    return any(begins <= at < begins + len(said) for begins, said, _, _ in found)


def _in_numbers(plain: str) -> list[tuple[int, str, date | None, str]]:
    found = [(one.start(), one[0], _day(one[1], one[2], one[3]), "") for one in _ISO.finditer(plain)]
    return found + [(one.start(), one[0], *_numbers(one[1], one[2], one[3])) for one in _NUMBERS.finditer(plain)]


def moment_of(text: str) -> datetime | None:
    """Return the moment, without a zone, that a cell shows or that Excel keeps as a number; None for other text."""
    plain = text.strip()
    if _SERIAL.fullmatch(plain) and int(float(plain)) in _SERIALS:
        return (_EPOCH + timedelta(days=float(plain)) + timedelta(milliseconds=500)).replace(
            second=0, microsecond=0, tzinfo=None
        )
    if slashed := _SLASHED.fullmatch(plain):  # as a report in French or Spanish has it, day first
        plain = f"{slashed[3]}-{slashed[2]}-{slashed[1]} {slashed[4] or '00:00'}"
    try:
        return datetime.fromisoformat(plain).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _numbers(first: str, second: str, year: str) -> tuple[date | None, str]:
    whole = year if len(year) == 4 else f"20{year}"
    european, american = _day(whole, second, first), _day(whole, first, second)
    if european and american and european != american:
        return european, "order"
    return european or american, "" if len(year) == 4 and european else "order"


def _in_year(year: str | None, month: int, day: str, today: date) -> tuple[date | None, str]:
    if year:
        return _day(year, month, day), ""
    found = _day(today.year, month, day)
    if found is not None and found > today:
        found = _day(today.year - 1, month, day)
    return found, "year"


def _day(year: str | int, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
