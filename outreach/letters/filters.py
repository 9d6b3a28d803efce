"""The filters that a letter may use: states with their prepositions, dates, lists and ordinals, in its language.

{{ mission|of }}   of the Philippines   des Philippines   del Perú   Франции       also: the, whom, to, in
{{ 55|session }}   55th session         55e session    55.º período de sesiones
{{ 55|ordinal }}   {{ names|listed }}   {{ letter.vote_on|day }}   {{ letter.vote_on|day("full") }}
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any, Literal, TypeVar

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from jinja2.exceptions import TemplateRuntimeError

from outreach.letters.merge_fields import EmptyField, FieldGroup
from outreach.missions import names
from outreach.missions.facts import UnState, addressees, find_state
from outreach.month_names import UNITED_NATIONS_ARABIC, month_names
from outreach.vocabulary import Language

Filter = Callable[..., Any]
Value = TypeVar("Value")

# English as the United Nations writes it: 15 March 2024.
_LOCALES = {Language.ENGLISH: "en_GB"}
_ENGLISH_SUFFIX = {"one": "st", "two": "nd", "few": "rd"}
_SESSION = {
    Language.ENGLISH: "{} session", Language.FRENCH: "{} session", Language.SPANISH: "{} período de sesiones",
    Language.ARABIC: "الدورة {}", Language.CHINESE: "{}届会议", Language.RUSSIAN: "{} сессия",
}  # fmt: skip
_FEMININE_SESSION = frozenset({Language.FRENCH, Language.RUSSIAN, Language.ARABIC})


@cache
def locale_of(language: Language) -> Locale:
    """Return the locale whose dates, lists and order of letters a letter in that language follows."""
    return Locale.parse(_LOCALES.get(language, str(language)))


@lru_cache(maxsize=256)
def day(value: date, language: Language, form: Literal["full", "long", "medium", "short"] = "long") -> str:
    """Return a date as the language writes it: `15 March 2024`, `1er avril 2024`, `2024年3月15日`."""
    written = format_date(value, format=form, locale=locale_of(language))
    if language is Language.ARABIC and form in {"long", "full"}:
        written = written.replace(month_names(language)[value.month - 1], UNITED_NATIONS_ARABIC[value.month - 1])
    if language is Language.FRENCH and value.day == 1 and form in {"long", "full"}:
        written = written.replace("1 ", "1er ", 1) if form == "long" else written.replace(" 1 ", " 1er ", 1)
    return written


def ordinal(number: int, language: Language, form: Literal["masculine", "feminine"] = "masculine") -> str:
    """Return an ordinal in figures: `55th`, `55e`, `55.º`, `55-й`, `第55`."""
    feminine = form == "feminine"
    match language:
        case Language.ENGLISH:
            return f"{number}{_ENGLISH_SUFFIX.get(locale_of(language).ordinal_form(number), 'th')}"
        case Language.FRENCH:
            first = locale_of(language).ordinal_form(number) == "one"
            return f"{number}{('re' if feminine else 'er') if first else 'e'}"
        case Language.SPANISH:
            return f"{number}.{'ª' if feminine else 'º'}"
        case Language.RUSSIAN:
            return f"{number}-{'я' if feminine else 'й'}"
        case Language.CHINESE:
            return f"第{number}"
        case Language.ARABIC:
            return f"الـ{number}"


def session(number: int, language: Language) -> str:
    """Return a session of the Council: `55th session`, `55e session`, `55.º período de sesiones`."""
    if language is Language.SPANISH and number % 10 in (1, 3) and number % 100 != 11:
        return _SESSION[language].format(f"{number}.er")  # primer, tercer: shortened before a masculine noun
    form: Literal["masculine", "feminine"] = "feminine" if language in _FEMININE_SESSION else "masculine"
    return _SESSION[language].format(ordinal(number, language, form))


def filters(language: Language) -> Mapping[str, Filter]:
    """Return the filters of a letter in that language, by name."""

    def state_filter(say: Callable[..., str]) -> Filter:
        def apply(value: Any, form: str = "short") -> Any:
            if isinstance(value, EmptyField):
                return value
            if form not in {"short", "formal"}:
                raise TemplateRuntimeError(f"a state's name is 'short' or 'formal', not {form!r}")
            return _changed(value, say, language) if form == "short" else say(_state(value), language, form)

        return apply

    return {
        "the": state_filter(names.the_state),
        "whom": state_filter(names.whom_state),
        "of": state_filter(names.of_state),
        "to": state_filter(names.to_state),
        "in": state_filter(names.in_state),
        "day": lambda value, form="long": day(_required(value, date, "a date"), language, form),
        "ordinal": lambda value, form="masculine": ordinal(_required(value, int, "a whole number"), language, form),
        "session": lambda value: session(_required(value, int, "a whole number"), language),
        "listed": lambda values: format_list([str(value) for value in values], locale=locale_of(language)),
    }


def _changed(value: Any, say: Callable[..., str], language: Language) -> str:
    """Say a state; in English with the sheet's own short name, where the team has changed it."""
    state = _state(value)
    said = say(state, language, "short")
    if language is not Language.ENGLISH or not isinstance(value, FieldGroup):
        return said
    article, known = names.parts(state, language)
    own_article, own = names.split_article(str(value.name), language)
    if own in {known, names.short_name(state, language), names.short_name(state, language).partition(" (")[0]}:
        return said
    before = said.removesuffix(f"{article} {known}" if article else known)
    return f"{before}{own_article}{' ' if own_article else ''}{own}"


def _state(value: Any) -> UnState:
    if isinstance(value, FieldGroup):
        iso3 = str(getattr(value, "iso3", ""))
        if iso3 in addressees():
            return addressees()[iso3]
        if not iso3:
            raise TemplateRuntimeError(
                "the open edition has no mission: write {% if open %}every state{% else %}{{ mission|the }}{% endif %}"
            )
    elif isinstance(value, str) and (found := find_state(value)) is not None:
        return found
    raise TemplateRuntimeError("the, whom, of, to and in take a state: write {{ mission|of }} or {{ 'FRA'|of }}")


def _required(value: Any, kind: type[Value], what: str) -> Value:
    if not isinstance(value, kind):
        raise TemplateRuntimeError(f"{value!s} is not {what}")
    return value
