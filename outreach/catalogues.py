"""The words of every door in a language: one gettext catalogue a language, and how it writes days, moments and shares.

English stands in the code, where it is said; French and Spanish are `locale/xx/LC_MESSAGES/outreach.po`, and a further
language is one more such file. It is read as it is, by Babel, when a language is first asked for (some hundredths of a
second, once a process): nothing that is made of it has to be kept in step. `docs/make_catalogue.py` finds what the code
says; `tests/test_catalogues.py` holds that nothing is missing.

    say = tongue("fr")
    say("Made {moment}", moment=say.moment(made_at, tz))
    say.several("{count} mission", "{count} missions", 47)
    say.word(Position.IN_FAVOUR)            # the context is the name of the closed list
    say.about("column", "Answered")         # the same English word elsewhere is another one in French
"""

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo

LOCALE = Path(__file__).with_name("locale")
DOMAIN = "outreach"
SOURCE = "en"
"""The language that the code is written in."""


class Word(str):
    """A word that is shown in the reader's language and is of no closed list of `vocabulary`; plain English else."""

    context: str

    def __new__(cls, context: str, text: str) -> Self:
        """Take where it stands, as the catalogue knows it, and the English word."""
        made = super().__new__(cls, text)
        made.context = context
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Return what a copy is made of."""
        return self.context, str(self)


class DateStyle(StrEnum):
    """The forms in which a workbook shows times."""

    DAY = "day"
    MOMENT = "moment"
    SECOND = "second"
    SHORT = "short"
    """Day and month, as below a chart."""
    LONG = "long"
    """Day, month in letters, year."""


_HOURS = {"fr": "\u00a0h\u00a0"}
"""What stands between hours and minutes; a colon elsewhere."""
_QUOTES = {"fr": ("«\u00a0", "\u00a0»"), "es": ("«", "»")}
_ISO = {DateStyle.DAY: "yyyy-mm-dd", DateStyle.MOMENT: "yyyy-mm-dd hh:mm", DateStyle.SECOND: "yyyy-mm-dd hh:mm:ss"}
_SLASHED = {DateStyle.DAY: "dd/mm/yyyy", DateStyle.MOMENT: "dd/mm/yyyy hh:mm", DateStyle.SECOND: "dd/mm/yyyy hh:mm:ss"}
# [$-…] tells a spreadsheet program in which language the months are, whatever its own is (ECMA-376, 18.8.31).
_CELL_FORMATS: Mapping[str, Mapping[DateStyle, str]] = MappingProxyType(
    {
        "en": {**_ISO, DateStyle.SHORT: "[$-409]d mmm", DateStyle.LONG: "[$-409]d mmm yyyy"},
        "fr": {**_SLASHED, DateStyle.SHORT: "[$-40C]d mmm", DateStyle.LONG: "[$-40C]d mmm yyyy"},
        "es": {**_SLASHED, DateStyle.SHORT: "[$-C0A]d mmm", DateStyle.LONG: "[$-C0A]d mmm yyyy"},
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Tongue:
    """A language as it is written to a reader. Calling it says a sentence with its facts filled in."""

    language: str
    """ISO 639-1."""
    found: gettext.NullTranslations = field(default_factory=gettext.NullTranslations, repr=False)
    iso: bool = True
    """Whether moments in English are written as ISO 8601 has them, to be sorted and typed again; not so on pages."""

    def __call__(self, words: str, /, **facts: object) -> str:
        """Return a sentence in the language; `facts` fill its fields, and are values, never templates."""
        return _filled(self.found.gettext(words), facts)

    def about(self, context: str, words: str, /, **facts: object) -> str:
        """Return a word or sentence that says something else elsewhere."""
        return _filled(self.found.pgettext(context, words), facts)

    def several(self, one: str, many: str, count: int, /, **facts: object) -> str:
        """Return a sentence about so many; `{count}` is their number."""
        return _filled(self.found.ngettext(one, many, count), {"count": count, **facts})

    def word(self, word: str | None) -> str:
        """Return a word of a closed list, or a Word, in the language; other text as it is, nothing for None."""
        if word is None:
            return ""
        if self.language == SOURCE and type(self.found) is gettext.NullTranslations:
            return str(word)
        if isinstance(word, StrEnum):
            return self.found.pgettext(type(word).__name__, word.value)
        return self.found.pgettext(word.context, str(word)) if isinstance(word, Word) and word else str(word)

    def day(self, day: date) -> str:
        """Return a calendar day in full: `18 March 2024`, `18 mars 2024`, `18 de marzo de 2024`."""
        if self.language == SOURCE:
            return f"{day.day} {day:%B %Y}"
        from babel.dates import format_date

        return self._first(format_date(day, "long", locale=self.language))

    def short_day(self, day: date, *, year: bool = True) -> str:
        """Return a calendar day in short: `18 Mar 2024`, `18 mars 2024`, `18 mar 2024`."""
        if self.language == SOURCE:
            return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"
        from babel.dates import format_date

        return self._first(format_date(day, "d MMM y" if year else "d MMM", locale=self.language))

    def _first(self, written: str) -> str:
        return re.sub(r"^1 ", "1er ", written) if self.language == "fr" else written

    def hour(self, local: datetime) -> str:
        """Return the hour and minute of a moment in its own zone: `09:00`, `9 h 00`, `9:00`."""
        if self.language == SOURCE:
            return f"{local:%H:%M}"
        return f"{local.hour}{_HOURS.get(self.language, ':')}{local:%M}"

    def moment(self, moment: datetime | None, tz: ZoneInfo) -> str:
        """Return a moment as a reader in a zone reads it, with the zone: `2024-03-18 09:00 CET`; empty for None.

        On a page it is `18 Mar 2024, 09:00 CET`.
        """
        if moment is None:
            return ""
        local = moment.astimezone(tz)
        if self.language == SOURCE:
            return f"{local:%Y-%m-%d %H:%M %Z}" if self.iso else f"{self.short_day(local.date())}, {local:%H:%M %Z}"
        return f"{self.short_day(local.date())}, {self.hour(local)} ({local:%Z})"

    def number(self, value: int) -> str:
        """Return a number with its thousands set apart: `1,300`, `1 300`, `1300` (`10.300`)."""
        if self.language == SOURCE:
            return f"{value:,}"
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self.language)

    def is_one(self, value: object) -> bool:
        """Whether what is counted stands in the singular: in French, nothing does as well."""
        return str(value) in (("0", "1") if self.language == "fr" else ("1",))

    def quoted(self, shown: str) -> str:
        """Return a value that stands in Python's quotation marks in those of the language: `« a »`, `«a»`."""
        before, after = _QUOTES.get(self.language, (shown[:1], shown[-1:]))
        return f"{before}{shown[1:-1]}{after}"

    def cell_format(self, style: DateStyle) -> str:
        """Return the number format by which a workbook shows a time."""
        return _CELL_FORMATS.get(self.language, _CELL_FORMATS[SOURCE])[style]

    def share_format(self) -> str:
        """Return the number format of a part of a whole: `12%`, after a no-break space in French and Spanish."""
        return "0%" if self.language == SOURCE else "0\u00a0%"


def _filled(template: str, facts: Mapping[str, object]) -> str:
    return template.format(**facts) if facts else template


ENGLISH_TONGUE = Tongue(SOURCE)
PAGE_ENGLISH = Tongue(SOURCE, iso=False)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are words in, English first, by ISO 639-1 code."""
    return SOURCE, *sorted(path.parent.parent.name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


@cache
def tongue(language: str) -> Tongue:
    """Return a language by its ISO 639-1 code. Raises KeyError for one that there are no words in."""
    if language == SOURCE:
        return ENGLISH_TONGUE
    if language not in languages():
        raise KeyError(language)
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with catalogue_file(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return Tongue(language, gettext.GNUTranslations(compiled))


def catalogue_file(language: str) -> Path:
    """Return the file of a language's words."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
