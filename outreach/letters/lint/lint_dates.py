"""The days and sessions that a letter names: wrong weekdays, days that have passed, numbers at odds."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_numbers import ENGLISH_TENS
from outreach.month_names import months_by_word
from outreach.text import chinese_number, without_accents
from outreach.vocabulary import Language

_DAYS = {
    Language.ENGLISH: r"mon(?:day|\.)? tue(?:sday|s?\.)? wed(?:nesday|\.)? thu(?:rsday|rs?\.)? fri(?:day|\.)? "
    r"sat(?:urday|\.)? sun(?:day|\.)?",
    Language.FRENCH: r"lun(?:di|\.) mar(?:di|\.) mer(?:credi|\.) jeu(?:di|\.) ven(?:dredi|\.) sam(?:edi|\.) "
    r"dim(?:anche|\.)",
    Language.SPANISH: r"lun(?:es|\.) mar(?:tes|\.) mi[ée](?:rcoles|\.) jue(?:ves|\.) vie(?:rnes|\.) s[áa]b(?:ado|\.) "
    r"dom(?:ingo|\.)",
    Language.RUSSIAN: "(?:понедельник|пн\\.?) (?:вторник|вт\\.?) (?:сред[ауы]|ср\\.?) (?:четверг|чт\\.?) "
    "(?:пятниц[ауы]|пт\\.?) (?:суббот[ауы]|сб\\.?) (?:воскресенье|вс\\.?)",
    Language.ARABIC: "ال[اإ]ثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    Language.CHINESE: "一 二 三 四 五 六 [日天]",
}
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What stands before a day by which something is asked for; the second, where it may also tell of what was.
_BY = {
    Language.ENGLISH: ("by|no later than|not later than|deadline(?: is|:)?|at the latest(?: on)?", "before|until|till"),
    Language.FRENCH: ("d['’]ici(?: au| le)?|au plus tard(?: le)?|date limite ?:?(?: le)?", "avant(?: le)?|jusqu['’]au"),
    Language.SPANISH: ("a más tardar(?: el)?|no más tarde del?|fecha límite:?(?: el)?", "antes del?|hasta(?: el)?"),
    Language.RUSSIAN: ("не позднее|не позже|крайний срок:?", "до"),
    Language.ARABIC: ("في موعد أقصاه|في موعد لا يتجاوز|قبل حلول", "قبل|حتى"),
    Language.CHINESE: ("不晚于|最迟于?|截至|截止", ""),
}
_ZH_BY = re.compile(r"(?:之前|以前|前)")


def _one_of(words: str) -> str:
    return "|".join(words.split())


@cache
def _months(language: Language) -> Mapping[str, int]:
    return months_by_word(str.casefold, language, short=False)


@cache
def _short_months(language: Language) -> Mapping[str, int]:
    return months_by_word(str.casefold, language)


def _any_month(language: Language, *, short: bool = False) -> str:
    """An expression for a month's name; short ones may end in a full stop."""
    longest_first = sorted(_months(language), key=len, reverse=True)
    if short:
        others = sorted(_short_months(language).keys() - _months(language).keys(), key=len, reverse=True)
        full = "|".join(re.escape(word).replace(r"\ ", r"\s") for word in longest_first)
        return f"{full}|(?:{'|'.join(map(re.escape, others))})\\.?" if others else full
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in longest_first)


def _pattern(language: Language) -> re.Pattern[str]:
    if language is Language.CHINESE:
        return re.compile(
            r"(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日"
            rf"(?:\s*[（(]?\s*(?:星期|周|礼拜)(?P<weekday>{_one_of(_DAYS[language])})\s*[）)]?)?"
        )
    weekday, month = _one_of(_DAYS[language]), _any_month(language, short=True)
    space = r"[ \t\u00a0]*\n?[ \t\u00a0]*"
    year = rf"(?:,?{space}(?:de |del )?(?P<year>\d{{4}}))?"
    first = (
        rf"(?:(?<!\w)(?P<weekday>{weekday})[,،]?{space}(?:the |le |el |día |el día )?)?"
        rf"(?<![\d/-])(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.?º|o)?{space}(?:of |de )?"
        rf"(?:[^\W\d]+(?:\s[^\W\d]+)?/)?(?P<month>{month})(?!\w){year}"
    )
    if language is not Language.ENGLISH:
        return re.compile(first, re.IGNORECASE)
    american = (
        rf"(?:(?<!\w)(?P<weekday2>{weekday}),?{space})?(?<!\w)(?P<month2>{month})"
        rf"{space}(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\w)(?:,?{space}(?P<year2>\d{{4}}))?"
    )
    return re.compile(f"{first}|{american}", re.IGNORECASE)


_PATTERNS = {language: _pattern(language) for language in Language}
_BEFORE = {
    language: re.compile(
        rf"(?:^|[^\w])(?:(?P<asked>{asked})|(?P<perhaps>{perhaps or '(?!)'}))"
        r"(?:\s+(?:the|le|el))?\s*$",
        re.IGNORECASE,
    )
    for language, (asked, perhaps) in _BY.items()
}


def _index(words: str, found: str) -> int:
    return next(number for number, one in enumerate(words.split()) if re.fullmatch(one, found, re.IGNORECASE))


@dataclass(frozen=True, slots=True)
class _Named:
    """A day as a text names it."""

    words: str
    start: int
    day: date | None
    """None for a day that no calendar has."""
    weekday: int | None
    years: tuple[int, ...]
    """The years that may be meant, where it names none."""
    length: int = 0
    others: tuple[date, ...] = ()
    """Other days that it may be, where a text writes it in figures."""

    @property
    def days(self) -> tuple[date, ...]:
        """Every day that may be meant."""
        return (self.day, *self.others) if self.day is not None else self.others


_FIGURE = re.compile(r"\d")


@lru_cache(maxsize=64)
def _matches(text: str, language: Language) -> tuple[re.Match[str], ...]:
    """The days of a text, which several rules ask for one after the other; a text without a figure has none."""
    return tuple(_PATTERNS[language].finditer(text)) if _FIGURE.search(text) else ()


def _named(text: str, language: Language, years: Iterable[int]) -> Iterator[_Named]:
    for match in _matches(text, language):
        part = {name.rstrip("2"): value for name, value in match.groupdict().items() if value}
        month = (
            int(part["month"])
            if language is Language.CHINESE
            else _short_months(language)[flat(part["month"]).rstrip(".").casefold()]
        )
        weekday = _index(_DAYS[language], part["weekday"]) if "weekday" in part else None
        given = int(part["year"]) if "year" in part else None
        if given is not None and not 1800 <= given < 2200:
            continue  # of another calendar
        try:
            # Without a year, the 29th of February is a day of some year.
            day = date(given or 2024, month, int(part["day"]))
        except ValueError:
            yield _Named(flat(match[0]), match.start(), None, weekday, (), len(match[0]))
            continue
        yield _Named(flat(match[0]), match.start(), day, weekday, (given,) if given else tuple(years), len(match[0]))


def days_named(text: str, language: Language) -> Iterator[tuple[str, int, date]]:
    """Yield the days that a text names: the words, where they begin, and the day, of 2024 where no year is named."""
    for one in _named(text, language, ()):
        if one.day is not None:
            yield one.words, one.start, one.day


def is_deadline(text: str, start: int, length: int, language: Language) -> bool:
    """Tell whether a day is one by which something is asked for: `by`, `no later than`, `before` stand beside it."""
    return _before(text, start, language) is not None or _is_behind(text, start + length, language)


def _before(text: str, start: int, language: Language) -> re.Match[str] | None:
    return _BEFORE[language].search(text[max(0, start - 40) : start].replace("\n", " "))


def _is_behind(text: str, end: int, language: Language) -> bool:
    return language is Language.CHINESE and _ZH_BY.match(text, end) is not None


def hits_of_days(text: str, language: Language, today: date, years: Iterable[int] = ()) -> Iterator[Hit]:
    """Yield days that no calendar has, weekdays that are another day's, and days to answer by that have passed.

    A day without a year may be meant of `years`, of this one and of the next.
    """
    known = {today.year, today.year + 1, *years}
    for one in (*_named(text, language, known), *_in_figures(text, language)):
        if one.day is None:
            yield Hit("date.none", one.words, one.start)
            continue
        weekday, words = one.weekday, one.words
        if weekday is None and (after := _DAY_AFTER[language].match(text, one.start + one.length)) is not None:
            weekday, words = _index(_DAYS[language], after["weekday"]), flat(text[one.start : after.end()])
        if weekday is not None and not any(_falls(day, year, weekday) for day in one.days for year in one.years):
            true = one.day.replace(year=one.years[0]) if len(one.years) == 1 and len(one.days) == 1 else None
            name = _weekday(true) if true else "another day"
            yield Hit("date.weekday", words, one.start, {"weekday": name})
        if len(one.years) == 1 and max(one.days) < today:
            yield from _passed(text, one, language)
    yield from _past_months(text, language, today)


def _passed(text: str, one: _Named, language: Language) -> Iterator[Hit]:
    """Yield a day before today by which something is asked for, or which the sentence speaks of as to come."""
    before = _before(text, one.start, language)
    behind = _is_behind(text, one.start + one.length, language)
    if (before or behind) and _is_told(text, one, language):
        return
    if (before and before["asked"]) or behind:
        yield Hit("date.past", flat(f"{before['asked'] if before else ''} {one.words}"), one.start)
    elif before:
        yield Hit("date.past-perhaps", flat(f"{before['perhaps']} {one.words}"), one.start)
    elif is_to_come(text, one.start, len(one.words), language):
        yield Hit("date.past-perhaps", one.words, one.start)


_FIGURES = re.compile(
    r"(?<![\w/.:-])(?:(?P<iso>(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2}))"
    r"|(?P<one>\d{1,2})(?P<mark>[/.-])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4}))(?![\w/]|[.-]\d)"
)


def _in_figures(text: str, language: Language) -> Iterator[_Named]:
    """The days that a text writes in figures: 2027-03-17, 17/03/2027; day and month may be either where both can be."""
    for match in _FIGURES.finditer(text):
        if match["iso"]:
            ways = [(int(match["y"]), int(match["m"]), int(match["d"]))]
        else:
            year, one, other = int(match["year"]), int(match["one"]), int(match["other"])
            ways = [(year, other, one), (year, one, other)]
        days = []
        for year, month, number in ways:
            try:
                days.append(date(year, month, number))
            except ValueError:
                continue
        if not days or not 1800 <= days[0].year < 2200:
            continue
        before = _DAY_BEFORE[language].search(text[max(0, match.start() - 16) : match.start()])
        weekday = _index(_DAYS[language], before["weekday"]) if before else None
        yield _Named(match[0], match.start(), days[0], weekday, (days[0].year,), len(match[0]), tuple(days[1:]))


_DAY_AFTER = {
    language: re.compile(
        rf"\s?[,،，]?\s?[(（]?(?:an? |un |это |يوم |г\. |года |году )*(?:(?<=[(（])|(?<=[,،，] )|(?<=, a )|"
        rf"(?<=[,،] يوم ))"
        rf"(?P<weekday>{'|'.join(f'(?:{one})' for one in _DAYS[language].split())})(?!\w|[ ,]+(?:the |le |el )?\d)",
        re.IGNORECASE,
    )
    for language in Language
}  # fmt: skip
_DAY_BEFORE = {
    language: re.compile(rf"(?<!\w)(?P<weekday>{_one_of(words)})[,،]?\s?(?:the |le |el )?$", re.IGNORECASE)
    for language, words in _DAYS.items()
}
# What stands before a month by which something is asked for.
_MONTH_BY = {
    Language.ENGLISH: r"(?:by|before|until|no later than|not later than)(?: the)?(?: end of| beginning of| start of|"
    r" early| late| mid-?)?",
    Language.FRENCH: r"(?:d['’]ici(?: à)?|avant|au plus tard|jusqu['’]à)(?: la)?(?: fin| début| mi-?)?(?: de)?",
    Language.SPANISH: r"(?:antes de|hasta|a más tardar(?: en)?)(?: el)?(?: fines| finales| fin| principios|"
    r" mediados)?(?: de)?",
    Language.RUSSIAN: r"(?:до|не позднее)(?: конца| начала| середины)?",
    Language.ARABIC: r"(?:قبل|حتى)(?: نهاية| أواخر| بداية| مطلع| منتصف)?(?: شهر)?",
    Language.CHINESE: r"(?:截至|不晚于|最迟于?)",
}
_MONTHS_BY = {language: re.compile(rf"(?:^|\W)(?:{words})\s*$", re.IGNORECASE) for language, words in _MONTH_BY.items()}
_IS_TO_BE = {
    Language.ENGLISH: r"\b(?:will|shall|scheduled|planned|foreseen|is to|are to|takes place|meets|opens|votes)\b",
    Language.FRENCH: r"\b(?:\w{2,}(?:era|ira|dra|vra|rons|eront|iront|dront)|aura|sera|seront|prévue?s?|doit)\b",
    Language.SPANISH: r"\b(?:\w{2,}(?:ará|erá|irá|arán|erán|irán|remos)|tendrá|previst[oa]s?)\b",
    Language.RUSSIAN: r"\b(?:будет|будут|состоится|пройд[её]т|намечен\w*|запланирован\w*|ожидается|начн[её]тся)\b",
    Language.ARABIC: r"\bس[يتن]\w{2,}|سوف|من المقرر",
    Language.CHINESE: r"将|预计|定于|计划",
}


def _past_months(text: str, language: Language, today: date) -> Iterator[Hit]:
    """Yield months that have passed by which something is asked for, or in which something is said to take place."""
    for month, year, start, end in months_in(text, language) if _FIGURE.search(text) else ():
        words = flat(text[start:end])
        if (
            year is None
            or (year, month) >= (today.year, today.month)
            or re.match(r"\d{1,2}\D", words.replace(str(year), ""))
        ):
            continue
        if language is Language.CHINESE and re.match(r"\s*\d", text[end:]):
            continue  # a day
        american = re.search(r"\d{1,2}(?:st|nd|rd|th)?,? \d{4}$", words)
        if american:
            continue
        before = _MONTHS_BY[language].search(text[max(0, start - 40) : start])
        sentence = _sentence(text, start, end - start, language)
        coming, past = re.compile(_IS_TO_BE[language], re.IGNORECASE), _TENSE[language][1]
        asked = asks(sentence) and not past.search(sentence)
        if before is not None and (asked or coming.search(sentence)):
            yield Hit("date.past-perhaps", flat(before[0].strip(" ,.;:(") + " " + words), start)
        elif coming.search(sentence) and not past.search(sentence) and before is None:
            near = text[max(0, start - 12) : start]
            if re.search(r"(?i)(?:\b(?:in|during|en|au mois de|в)|في|于|在)\s(?:early |late |mid-)?$|[于在]$", near):
                yield Hit("date.past-perhaps", words, start)


_BETWEEN_DAYS = {
    Language.ENGLISH: r"\s*(?:to|until|till|through|[-–—])\s*(?:the )?",
    Language.FRENCH: r"\s*(?:au|jusqu['’]au|[-–—])\s*",
    Language.SPANISH: r"\s*(?:al|hasta el|[-–—])\s*",
    Language.RUSSIAN: r"\s*(?:по|до|[-–—])\s*",
    Language.ARABIC: r"\s*(?:إلى|حتى|[-–—])\s*(?:يوم )?",
    Language.CHINESE: r"\s*(?:至|到|[-–—])\s*",
}
_AND = {
    Language.ENGLISH: (r"\bbetween\s(?:the )?", r"\s*and\s+(?:the )?"),
    Language.FRENCH: (r"\bentre le\s", r"\s*et\s+(?:le )?"),
    Language.SPANISH: (r"\bentre el\s", r"\s*y\s+(?:el )?"),
    Language.RUSSIAN: (r"\bмежду\s", r"\s*и\s+"),
    Language.ARABIC: (r"بين\s(?:يوم(?:ي)? )?", r"\s*و\s?(?:يوم )?"),
    Language.CHINESE: ("(?!)", "(?!)"),
}
"""What stands before a day from which a span counts, and between it and the last one, where `and` is that."""
_LONGEST_FROM = 20
_LATE, _EARLY = 10, 3
"""From a month so late to one so early, without a year, a year ends between them."""


def hits_of_spans(text: str, language: Language) -> Iterator[Hit]:
    """Yield spans of days that end before they begin: `from 31 March to 22 February 2027`."""
    days = list(_named(text, language, ()))
    from_on, until = _AND[language]
    for first, last in pairwise(days):
        between = text[first.start + first.length : last.start]
        before = text[max(0, first.start - _LONGEST_FROM) : first.start]
        spans = re.fullmatch(_BETWEEN_DAYS[language], between) or (
            re.fullmatch(until, between) and re.search(f"(?i){from_on}$", before)
        )
        if first.day is None or last.day is None or not spans:
            continue
        if first.years and last.years:
            backwards = last.day < first.day
        else:
            over = first.day.month >= _LATE and last.day.month <= _EARLY
            backwards = (last.day.month, last.day.day) < (first.day.month, first.day.day) and not over
        if backwards:
            yield Hit("date.order-perhaps", last.words, last.start, {"other": first.words})
    for match in _TWO_DAYS[language].finditer(text) if language in _TWO_DAYS else ():
        if int(match["first"]) > int(match["last"]):
            yield Hit("date.order-perhaps", flat(match[0]), match.start(), {"other": match["first"]})


_TWO_DAYS = {
    language: re.compile(
        rf"(?<!\w)(?:{begins})\s+(?P<first>\d{{1,2}})(?:st|nd|rd|th|er)?\s*(?:{ends})\s*(?P<last>\d{{1,2}})"
        rf"(?:st|nd|rd|th|er)?\s+(?:of |de )?(?:{_any_month(language)})(?!\w)",
        re.IGNORECASE,
    )
    for language, begins, ends in (
        (Language.ENGLISH, "from|between", "to|until|and|[-–—]"), (Language.FRENCH, "du|entre le", "au|et le"),
        (Language.SPANISH, "del|entre el", "al|y el"), (Language.RUSSIAN, "с|со", "по|до"),
        (Language.ARABIC, "من|بين", "إلى|و"),
    )
}  # fmt: skip


def hits_of_subject_day(subject: str, text: str, language: Language, facts: Iterable[date]) -> Iterator[Hit]:
    """Yield the day that a subject names where the text names another one near it, and not that."""
    days = [one for one in _named(subject, language, ()) if one.day is not None]
    told = [one for one in _named(text, language, ()) if one.day is not None]
    if len(days) != 1 or not told or days[0].day is None:
        return
    mine = days[0].day
    every = {(one.day.month, one.day.day) for one in told if one.day} | {(day.month, day.day) for day in facts}
    near = [
        one for one in told if one.day and 0 < abs((one.day.replace(year=2024) - mine.replace(year=2024)).days) <= _NEAR
    ]
    if (mine.month, mine.day) not in every and len(near) == 1:
        yield Hit("date.subject", days[0].words, days[0].start, {"other": near[0].words})


_NEAR = 10
"""Days: what lies so near and is another one is meant to be the same."""


_SENTENCE = re.compile(r"[.!?。！？؟](?:\s|$)|[。！？]|\n[ \t]*\n")
# What says of a day that it is to come, and what that it is told of.
_TENSES = {
    Language.ENGLISH: (
        (r"\b(?:will|shall|would|asks?|urge|requests?|call on|invite|hope|foreseen|planned|expected|scheduled|"
         r"due|takes? up|meets|votes)\b"),
        (r"\b(?:was|were|had|did|ago|since|held|took|began|ended|met|wrote|told|came|became|went|found|gave|(?!united|"
         r"undersigned|planned|"
         r"expected|scheduled|concerned|limited|enforced|need|indeed|involved|interested)\w{3,}ed)\b"),
    ),
    Language.FRENCH: (
        (r"\b(?:\w{2,}(?:era|ira|dra|vra|rons|rez|eront|iront|dront)|aura|sera|seront|demandons|prions|invitons|prévue?s?|"
         r"devra|saurions)\b"),
        (r"\b(?:(?:a|ont|avons|avait|avaient) (?:été|\w+(?:é|i|u|is|it)e?s?)|était|étaient|avait|depuis|fut|"
         r"\w{3,}(?:[dtsnvlç]|ge|gn)(?:ait|aient))\b"),
    ),
    Language.SPANISH: (
        r"\b(?:\w{2,}(?:ará|erá|irá|arán|erán|irán|remos)|tendrá|pedimos|instamos|rogamos|previst[oa]s?|agradeceríamos)\b",
        r"\b(?:fue|fueron|era|eran|había|desde|hubo|\w{3,}(?:ó|aron|ieron))\b",
    ),
    Language.RUSSIAN: (
        (r"\b(?:будет|будут|состоится|состоятся|пройд[её]т|просим|призываем|намечен\w*|запланирован\w*|ожидается|"
         r"начн[её]тся)\b"),
        r"\b(?:был[аои]?|состоял\w+|прош(?:[её]л|ла|ло|ли)|принял\w*|\w{3,}л[аои]?с[ья]|\w{4,}(?:ал|ил|ел)[аои]?)\b",
    ),
    Language.ARABIC: (r"\bس[يتن]\w{2,}|سوف|من المقرر|نطلب|نرجو|ندعو|يرجى", r"\bو?كان|\bتم\b|عُقد|اعتمد|\bمنذ\b|صدر"),
    Language.CHINESE: (r"将|请|预计|定于|计划", r"曾|已|了|过|以来|发生"),
}  # fmt: skip
_TENSE = {
    language: (re.compile(coming, re.IGNORECASE), re.compile(past, re.IGNORECASE))
    for language, (coming, past) in _TENSES.items()
}


def is_to_come(text: str, start: int, length: int, language: Language) -> bool:
    """Tell whether the sentence around some words speaks of them as of what is to come."""
    coming, past = _TENSE[language]
    sentence = _sentence(text, start, length, language)
    return coming.search(sentence) is not None and past.search(sentence) is None


def is_told_of(sentence: str, language: Language) -> bool:
    """Tell whether a sentence tells of what was."""
    return _TENSE[language][1].search(sentence) is not None


def sentence_around(text: str, start: int, length: int) -> str:
    """Return the sentence around some words, as far as it is at hand."""
    begin = max((match.end() for match in _SENTENCE.finditer(text, max(0, start - 300), start)), default=0)
    begin = max(begin, start - 300, 0)
    end = _SENTENCE.search(text, start + length)
    return text[begin : end.start() if end else start + 200]


def _sentence(text: str, start: int, length: int, language: Language) -> str:
    sentence = sentence_around(text, start, length)
    if language is Language.ENGLISH:
        sentence = re.sub(
            r"\b(be|is|are) (?:(?!planned|scheduled|expected)\w+ed|held|taken|made|given|told|met|heard|found|sent|"
            r"read|begun)\b",
            r"\1",
            sentence,
        )  # `will be presented`
    return sentence


# What asks for something, whatever else the sentence tells.
_REQUEST = re.compile(
    r"(?i)\b(?:please|kindly|let us know|grateful|must|should|need(?:s|ed)?|il nous faut|nous avons besoin|"
    r"necesit\w+|veuillez|merci de|prière|saurions gré|prions|"
    r"por favor|sírvase|rogamos|agradecer\w+|пожалуйста|нуж(?:ен|на|но|ны)|прос(?:им|ьба)|прошу)\b|يرجى|نرجو|الرجاء|"
    r"请|恳请|望"
)


def asks(sentence: str) -> bool:
    """Tell whether a sentence asks for something, whatever else it tells."""
    return _REQUEST.search(sentence) is not None


def _is_told(text: str, one: _Named, language: Language) -> bool:
    """Whether the sentence tells of a day to answer by as of what was: `we asked for an answer by …`."""
    sentence = _sentence(text, one.start, len(one.words), language)
    coming, past = _TENSE[language]
    return past.search(sentence) is not None and not coming.search(sentence) and not asks(sentence)


def _falls(day: date, year: int, weekday: int) -> bool:
    try:
        return day.replace(year=year).weekday() == weekday
    except ValueError:
        return False


def _weekday(day: date) -> str:
    return _ENGLISH_DAYS[day.weekday()]


_MONTH_AND_YEAR = {
    language: re.compile(
        rf"(?<!\w)(?P<month>{_any_month(language)})(?!\w)(?:[, \u00a0\n]+(?:de |of )?(?P<year>(?:19|20)\d\d)(?!\d))?",
        re.IGNORECASE,
    )
    for language in Language
    if language is not Language.CHINESE
} | {Language.CHINESE: re.compile(r"(?:(?P<year>\d{4})\s?年\s?)?(?P<month>\d{1,2})\s?月")}


def months_in(text: str, language: Language) -> Iterator[tuple[int, int | None, int, int]]:
    """Yield the months that a text names, with a day or without: the month, its year if told, and from where to where.

    Of a day, its own figures belong to it.
    """
    for match in _MONTH_AND_YEAR[language].finditer(text):
        if match["month"] in ("may", "march", "august") and not match["year"]:
            continue  # English words, too: months have a capital
        if language is Language.CHINESE:
            month = int(match["month"])
        else:
            month = _months(language)[flat(match["month"]).casefold()]
        before = re.compile(r"\d{1,2}(?:st|nd|rd|th|er|\.?º)?\s+(?:de |of )?$").search(text[: match.start()][-12:])
        start = match.start() - (len(before[0]) if before else 0)
        if 1 <= month <= 12:
            yield month, int(match["year"]) if match["year"] else None, start, match.end()


# ------------------------------------------------------------------------------------------------------- sessions

_IN_WORDS = {
    Language.FRENCH: (
        re.compile(
            r"(?<!\w)(?P<tens>quarant|cinquant|soixant)(?:i[èe]me|e(?:[- ]et)?[- ](?P<ones>un|deux|trois|quatr|cinqu|"
            r"six|sept|huit|neuv)i[èe]me)\s+session",
            re.IGNORECASE,
        ),
        ["quarant", "cinquant", "soixant"], ["un", "deux", "trois", "quatr", "cinqu", "six", "sept", "huit", "neuv"],
    ),
    Language.SPANISH: (
        re.compile(
            r"(?<!\w)(?P<tens>cuadrag|quincuag|sexag|septuag)[ée]simo?(?:[- ]?(?P<ones>prim|segund|ter|cuart|quint|"
            r"sext|s[ée]ptim|octav|noven)\w*)?"
            r"\s+(?:per[ií]odo|sesi)", re.IGNORECASE,
        ),
        ["cuadrag", "quincuag", "sexag", "septuag"],
        ["prim", "segund", "ter", "cuart", "quint", "sext", "séptim", "octav", "noven"],
    ),
    Language.RUSSIAN: (
        re.compile(
            r"(?<!\w)(?P<tens>сорок|пятьдесят|пятидесят|шестьдесят|шестидесят)(?:ая|ой|ую| (?P<ones>перв|втор|трет|"
            r"четверт|пят|шест|седьм|восьм|девят)\w+)"
            r"\s+сесси", re.IGNORECASE,
        ),
        ["сорок", "пят", "шест"], ["перв", "втор", "трет", "четверт", "пят", "шест", "седьм", "восьм", "девят"],
    ),
    Language.ARABIC: (
        re.compile(
            r"(?:ال)?دور(?:ة|ته|تها|تكم)\s+(?:ال(?P<ones>أولى|حادية|ثانية|ثالثة|رابعة|خامسة|سادسة|سابعة|ثامنة|"
            r"تاسعة)\s+و)?ال(?P<tens>أربع|خمس|ست|سبع)(?:ين|ون)"
        ),
        ["أربع", "خمس", "ست", "سبع"],
        ["حادية", "ثانية", "ثالثة", "رابعة", "خامسة", "سادسة", "سابعة", "ثامنة", "تاسعة"],
    ),
}  # fmt: skip
"""Sessions in words, from the fortieth: what they look like, the tens, and the ones."""


def _sessions_in_words(text: str, language: Language) -> Iterator[tuple[int, str, int]]:
    if language not in _IN_WORDS:
        return
    pattern, tens, ones = _IN_WORDS[language]
    for match in pattern.finditer(text):
        ten = next(number for number, one in enumerate(tens) if match["tens"].casefold().startswith(one))
        one = without_accents(match["ones"] or "").casefold()
        unit = next((number for number, each in enumerate(ones, 1) if one.startswith(without_accents(each))), 0)
        yield (ten + 4) * 10 + (unit if match["ones"] else 0), flat(match[0]), match.start()


_ENGLISH_ONES = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_SESSIONS = {
    Language.ENGLISH: re.compile(
        rf"(?<!\w)(?:(?P<number>\d{{1,3}})(?:st|nd|rd|th)|(?P<tens>{'|'.join(ENGLISH_TENS)})-"
        rf"(?P<ones>{'|'.join(_ENGLISH_ONES)}))"
        r"\s+(?:regular\s+|special\s+|ordinary\s+)?session(?!\w)",
        re.IGNORECASE,
    ),
    Language.FRENCH: re.compile(r"(?<!\w)(?P<number>\d{1,3})\s?(?:e|è|ème|ième|er|re|ère)\s+session", re.IGNORECASE),
    Language.SPANISH: re.compile(
        r"(?<!\w)(?P<number>\d{1,3})\s?\.?\s?(?:er|º|°|o)?\s+(?:per[ií]odo\s+(?:ordinario\s+)?de\s+sesiones|sesión)",
        re.IGNORECASE,
    ),
    Language.RUSSIAN: re.compile(r"(?<!\w)(?P<number>\d{1,3})-?(?:й|я|ю|ей|ой|ая|ую)\s+сесси", re.IGNORECASE),
    Language.ARABIC: re.compile(r"(?:ال)?دور(?:ة|ته|تها)\s+(?:الـ\s?)?(?P<number>\d{1,3})"),
    Language.CHINESE: re.compile(r"第\s?(?:(?P<number>\d{1,3})|(?P<han>[一二三四五六七八九十]{1,3}))\s?届"),
}


def sessions_in(text: str, language: Language) -> Iterator[tuple[int, str, int]]:
    """Yield the sessions that a text names: the number, the words, and where they begin."""
    for match in _SESSIONS[language].finditer(text):
        part = match.groupdict()
        if part["number"]:
            number = int(part["number"])
        elif part.get("han"):
            number = chinese_number(part["han"])
        else:
            number = ENGLISH_TENS[part["tens"].lower()] + _ENGLISH_ONES.index(part["ones"].lower()) + 1
        if number:
            yield number, flat(match[0]), match.start()
    yield from _sessions_in_words(text, language)
    for match in _SHORT_SESSION.finditer(text):
        yield int(match[1]), match[0], match.start()


_SHORT_SESSION = re.compile(r"(?<![\w/-])(?:HRC|CDH|СПЧ)[ -]?(\d{2})(?![\w/])")


def session_of(value: Any, language: Language) -> int | None:
    """Return the number of the session that a fact names, such as `55th session` or 55; None where it names none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    for number, _, _ in sessions_in(value, language):
        return number
    named = re.search(r"(?i)HRC\s*-?\s*(\d{1,3})(?!\d)", value)
    return int(named[1]) if named else None


# --------------------------------------------------------------------------------------------------------- facts

TO_ANSWER_BY = re.compile(r"(?:^|_)(?:by|reply|respond|answer|deadline|due|until|rsvp|before|confirm)(?:_|$)")
_TO_COME = re.compile(r"(?:^|_)(?:votes?|opens?|starts|meeting|event|hearing|launch|decision|debate|session)(?:_|$)")


def hits_of_facts(facts: Mapping[str, Any], today: date) -> Iterator[tuple[str, Hit]]:
    """Yield what is wrong with the days among a letter's facts, each with the fact's name."""
    days = {name: value for name, value in facts.items() if type(value) is date}
    for name, day in days.items():
        if day < today:
            if TO_ANSWER_BY.search(name):
                yield name, Hit("date.past", str(day))
            elif _TO_COME.search(name) and not name.endswith(("closed", "opened", "voted")):
                yield name, Hit("date.past-perhaps", str(day))
    opens, closes = days.get("session_opens"), days.get("session_closes")
    if opens and closes and closes < opens:
        yield "session_closes", Hit("date.order", f"session_closes {closes}", 0, {"other": f"session_opens {opens}"})
    vote = days.get("vote_on")
    for name, day in days.items():
        if vote and TO_ANSWER_BY.search(name) and day > vote:
            yield name, Hit("date.order-perhaps", f"{name} {day}", 0, {"other": f"vote_on {vote}"})
    if vote and opens and closes and opens <= closes and not opens <= vote <= closes:
        yield "vote_on", Hit("date.order-perhaps", f"vote_on {vote}", 0, {"other": f"the session, {opens} to {closes}"})
