"""Days that people name in words, counted from the day on which they wrote: 12 March, in two weeks, after Tuesday.

In the six languages of the United Nations, over plain letters (inbox.meaning.clauses.plain). A day that can't be told
is none: nothing is guessed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from outreach.inbox.meaning.clauses import plain, without_marks
from outreach.inbox.returning import DAY, day_of
from outreach.month_names import months_by_word
from outreach.text import chinese_number

_FURTHEST = timedelta(days=330)
"""What is further off is the past one, of which the year was left out."""
_WEEKDAYS = (
    "monday mon lundi lunes понедельник понедельника الاثنين الإثنين 周一 星期一 礼拜一",
    "tuesday tue mardi martes вторник вторника الثلاثاء 周二 星期二 礼拜二",
    "wednesday wed mercredi miércoles среда среду среды الأربعاء 周三 星期三 礼拜三",
    "thursday thu jeudi jueves четверг четверга الخميس 周四 星期四 礼拜四",
    "friday fri vendredi viernes пятница пятницу пятницы الجمعة 周五 星期五 礼拜五",
    "saturday sat samedi sábado суббота субботу субботы السبت 周六 星期六 礼拜六",
    "sunday sun dimanche domingo воскресенье воскресенья الأحد 周日 星期日 星期天",
)
_NUMBERS = (
    "a an one un une uno una один одну одна одного 一",
    "two deux dos два две двух 两 二",
    "three trois tres три трех 三",
    "four quatre cuatro четыре четырех 四",
    "five cinq cinco пять пяти 五",
    "six six seis шесть шести 六",
    "seven sept siete семь семи 七",
    "eight huit ocho восемь восьми 八",
    "nine neuf nueve девять девяти 九",
    "ten dix diez десять десяти 十",
)
_UNITS = {
    "day": "day days jour jours día días день дня дней дни أيام يوما يوم 天",
    "fortnight": "fortnight fortnights quinzaine quincena",
    "week": "week weeks semaine semaines semana semanas неделю недели недель أسابيع أسبوع 周 星期 个星期 礼拜",
    "month": "month months mois mes meses месяц месяца месяцев أشهر شهر 个月",
}
_DAYS_OF = {"day": 1, "week": 7, "fortnight": 14}
_DUALS = {plain("أسبوعين"): ("week", 2), plain("يومين"): ("day", 2), plain("شهرين"): ("month", 2)}
_AFTER = (
    r"after|following|once|not before|no earlier than|later than|apres|a l'issue d[eu]s?|pas avant"
    r"|despues del?|luego del?|tras|pasado|no antes del?|после|не ранее|بعد|عقب"
)
_NEAR = 60  # characters
_TOGETHER = 4
_SOON = 92  # days
_COMES_AFTER = re.compile(rf"(?<!\w)(?:{_AFTER})(?: [^\W\d]+(?:['’-]\w+)?){{0,5}}(?: |'|$)(?:ال)?$")
_COMES_ON = re.compile(
    r"(?:(?<!\w)(?:on|from|as of|around|about|le|a partir du|a compter du|vers le"
    r"|(?:in |during )?the week (?:of|beginning)"
    r"|(?:(?:dans|pendant|durant) )?la semaine du|(?:en |durante )?la semana del|el|desde el|a partir del|hacia el"
    r"|с|около|во?|in|en|debut|يوم|في|في شهر|ابتداء من|اعتبارا من)(?: the| day of)? |[于在自])$"
)
_LIMIT = re.compile(
    r"(?<!\w)(?:by|before|until|till|avant|jusqu'au|d'ici|antes del?|hasta(?: el)?|до|قبل|حتي)(?: (?:the|le|el))? $"
)
_CHINESE_AFTER = re.compile(r"[^,。.\d]{0,6}?(?:之后|以后|后)")
_PAST_WEEK = re.compile(r" (?:last|dernier|pasado|прошл\w+|الماضي)")
_IN_NEXT_WEEK = re.compile(
    r"(?:'s)?[^.\n]{0,40}?(?: (?:of|in) (?:the )?next week| de la semaine prochaine"
    r"| de la (?:proxima semana|semana proxima)| (?:на )?следующеи недел[еи]| من الاسبوع (?:المقبل|القادم))"
)
_NEXT_WEEK = (
    r"next week|(?:la )?semaine prochaine|la semana (?:proxima|que viene|entrante)|(?:la )?proxima semana"
    r"|следующеи неделе|следующую неделю|الأسبوع (?:المقبل|القادم)"
    r"|下周(?![一二三四五六日天])|下星期(?![一二三四五六日天])"
)
_AFTER_NEXT = re.compile(
    r" (?:week(?! of)|after next|of the week after next)\b| en huit|(?: que viene)? no,? el siguiente"
)
_NEXT_WEEK_BEFORE = re.compile(rf"(?:{without_marks(_NEXT_WEEK)}),?(?: (?:on|le|el|во?|يوم))? $")
_NEXT_MONTH = (
    r"next month|(?:le )?mois prochain|el (?:proximo mes|mes (?:proximo|que viene|entrante))|следующем месяце"
    r"|الشهر (?:المقبل|القادم)|下个?月"
)
_TOMORROW = r"tomorrow|demain|(?<!la )manana|завтра|غدا|明天"
_AT_END = re.compile(r"(?:end of|fin(?:ales)?(?: de(?:l mes de)?| du mois de)?|fin d'|конце|конца|نهاية(?: شهر)?) $")
_IN_MONTH = re.compile(
    r"(?<!\w)(?:in|early|en|au debut(?: du mois)? de|debut|courant|au mois de|в|в начале|في|في شهر"
    r"|a (?:comienzos|principios) de) $"
)
_LEAD = r"(?:in|within|dans|d'ici|dentro de|en|через|спустя|بعد|في غضون|خلال)"


class _Neighbours(NamedTuple):
    """What stands around a day: when it was written, what before and behind it, and whether it is the time after."""

    written: date
    before: str
    behind: str
    late: bool


_Reader = Callable[[re.Match[str], _Neighbours], date | None]


class NamedDay(NamedTuple):
    """A day that is named in words."""

    day: date
    start: int
    """Where the words begin and end, in plain letters."""
    end: int
    after: bool
    """Whether it is the time after that day that is meant."""
    tied: bool
    """Whether a word of time ties it to what is asked ("after", "on", "in", or a time counted from today)."""
    exact: bool = True
    """Whether one day is named, and no week or month."""
    weekday: bool = False
    """Whether it is named by its weekday alone."""

    @property
    def first(self) -> date:
        """The first day that is meant."""
        return self.day + timedelta(days=1) if self.after else self.day


def days_in(words: str, written: date) -> list[NamedDay]:
    """Return the days named in words in plain letters, in their order, without those that are past, or over a year off.

    A weekday is the next one after `written`, and in "next week" that of the week after. Of a month, its first day; of
    its end, its last.
    """
    found: list[NamedDay] = []
    taken = [False] * (len(words) + 1)
    for expression, read in _table():
        for one in expression.finditer(words):
            start, end = one.span()
            if any(taken[start:end]):
                continue
            before, behind = words[max(0, start - _NEAR) : start], words[end : end + _NEAR]
            late = _COMES_AFTER.search(before) is not None or _CHINESE_AFTER.match(behind) is not None
            day = read(one, _Neighbours(written, before, behind, late))
            if day is None:
                continue
            if read is _weekday and (more := _IN_NEXT_WEEK.match(behind)) is not None:
                end += more.end()
            taken[start:end] = [True] * (end - start)
            counted = read in (_counted, _dual)
            if written <= day <= written + _FURTHEST and not _LIMIT.search(before):
                tied = late or counted or read in (_week, _tomorrow) or _COMES_ON.search(before) is not None
                exact = read in (_absolute, _weekday, _tomorrow)
                found.append(NamedDay(day, start, end, late and not counted, tied, exact, read is _weekday))
    return list(_without_weekdays_of_dates(sorted(found, key=lambda one: one.start)))


def _without_weekdays_of_dates(named: Sequence[NamedDay]) -> Iterator[NamedDay]:
    """Yield the days, those of "Thursday 12 March" and "12 March (Thursday)" once: the date, tied as the weekday is."""
    tied = after = False
    dated = -_TOGETHER - 1  # where the date before ended
    for one, following in zip_longest(named, named[1:]):
        if one.weekday and 0 <= one.start - dated <= _TOGETHER:
            continue
        dated = -_TOGETHER - 1 if one.weekday else one.end
        beside = following is not None and 0 <= following.start - one.end <= _TOGETHER
        if beside and not following.tied and not (following.weekday and not one.weekday):
            tied, after = one.tied, one.after
            continue
        yield one._replace(tied=one.tied or tied, after=one.after or after)
        tied = after = False


def clock_time(words: str) -> str:
    """Return the time of day that is told in words in plain letters, as `15:00`; empty where none is told for sure."""
    if (said := _CLOCK_IN_WORDS.search(words)) is not None:
        hour = _hour_in_words(said)
        return f"{hour:02}:{'30' if said['half'] or said['ar_half'] or said['zh_half'] else '00'}" if hour else ""
    for one in _CLOCK.finditer(words):
        hour = int(one["hour"] or one["hour2"] or one["alone"] or one["chinese"])
        minute = int(one["minute"] or one["minute2"] or 0)
        if (one["late"] or one["late2"] or _LATE.fullmatch(one["early"] or "")) and hour < 12:
            hour += 12
        if hour < 24 and minute < 60:
            return f"{hour:02}:{minute:02}"
    return ""


_CLOCK = re.compile(
    r"(?<![\d.,/-])(?P<hour>\d{1,2})(?: ?[:.h] ?(?P<minute>\d\d))?(?![\d:/]|\.\d)"
    r" ?(?:(?P<late>p\.?m\b\.?|de la tarde|вечера|дня|مساء)|(?P<am>a\.?m\b\.?|de la manana|утра|صباحا)"
    r"|h\b|heures?\b|horas?\b|час|o'clock"
    r"|(?<=[:h]\d\d)(?=[\W\u4e00-\u9fff]|$)|(?<=\dh \d\d)(?=\W|$)|(?<=\d h \d\d)(?=\W|$))"
    r"|(?<!\w)(?:at|в|a|a las?|الساعة) (?P<hour2>\d{1,2})[.:](?P<minute2>\d\d)(?!\d|[./-]\d|[a-z]"
    r"| ?(?:[ap]\.?m\b|de la|вечера|утра|дня|مساء|صباحا))"
    r"|(?<!\w)(?:الساعة|a las?) (?P<alone>\d{1,2})(?=\W|$)(?P<late2> (?:مساء|de la tarde))?"
    r"|(?P<early>上午|下午|晚上)? ?(?P<chinese>\d{1,2}) ?[时点]"
)
_LATE = re.compile("下午|晚上")
_HOURS = (
    "una الواحدة الاولي", "dos الثانية", "tres الثالثة", "cuatro الرابعة", "cinco الخامسة", "seis السادسة",
    "siete السابعة", "ocho الثامنة", "nueve التاسعة", "diez العاشرة", "once", "doce",
)  # fmt: skip
_CLOCK_IN_WORDS = re.compile(
    r"(?<!\w)a las? (?P<es>una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)(?P<half> y media)?"
    r" de la (?P<es_part>manana|tarde|noche)"
    r"|الساعة (?P<ar>\S{4,9}(?: عشرة?)?)(?P<ar_half> والنصف)?"
    r" (?P<ar_part>صباحا|مساء|عصرا|بعد الظهر|ظهرا|من صباح|من بعد ظهر|من مساء)"
    r"|(?P<zh_part>上午|早上|中午|下午|晚上) ?(?P<zh>[一二两三四五六七八九十]{1,3}) ?[时点](?P<zh_half>半)?"
    r"|(?<!\w)(?:at (?P<noon>noon)|a (?:midi|mediodia)|в полдень)(?!\w)"
)
_MORNING = frozenset(["manana", "صباحا", "من صباح", "上午", "早上"])


def _hour_in_words(said: re.Match[str]) -> int:
    """Return the hour that is told in words, on a clock of 24; 0 where it is none."""
    part = said["es_part"] or said["ar_part"] or said["zh_part"]
    if part is None:
        return 12
    hour = chinese_number(said["zh"]) if said["zh"] else _HOUR_BY_WORD.get(said["es"] or said["ar"], 0)
    return hour + 12 if 0 < hour < 12 and part not in _MORNING else hour * (hour < 24)


def _number(word: str) -> int | None:
    word = word.strip()
    if word.isdigit():
        return int(word)
    return _NUMBER_BY_WORD.get(word)


def _by_word(rows: Iterable[str]) -> dict[str, int]:
    return {plain(word): number for number, row in enumerate(rows) for word in row.split()}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_NUMBER_BY_WORD = {word: number + 1 for word, number in _by_word(_NUMBERS).items()} | {
    "fifteen": 15, "quinze": 15, "quince": 15, "a couple of": 2,
}  # fmt: skip


def _plus(written: date, unit: str, count: int) -> date | None:
    if count > 60:
        return None
    if unit != "month":
        return written + timedelta(days=_DAYS_OF[unit] * count)
    month = written.month - 1 + count
    year, month = written.year + month // 12, month % 12 + 1
    return date(year, month, min(written.day, _last(year, month).day))


def _last(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _absolute(found: re.Match[str], at: _Neighbours) -> date | None:
    return day_of(found, at.written)


def _counted(found: re.Match[str], at: _Neighbours) -> date | None:
    number, unit = _number(found["number"] or "1"), _UNITS_BY_WORD.get(found["unit"])
    return _plus(at.written, unit, number) if number and unit else None


def _dual(found: re.Match[str], at: _Neighbours) -> date | None:
    return _plus(at.written, *_DUALS[found["dual"]])


def _weekday(found: re.Match[str], at: _Neighbours) -> date | None:
    if _PAST_WEEK.match(at.behind) or at.before.endswith("上"):
        return None
    number = _WEEKDAY_BY_WORD[found["weekday"]]
    if (of_month := _OF_MONTH.match(at.behind)) is not None:
        return _with_number(number, int(of_month[1]), at.written)
    if _AFTER_NEXT.match(at.behind):
        return at.written + timedelta(days=(number - at.written.weekday() - 1) % 7 + 8)
    if _IN_NEXT_WEEK.match(at.behind) or _NEXT_WEEK_BEFORE.search(at.before) or at.before.endswith("下"):
        return at.written + timedelta(days=7 - at.written.weekday() + number)
    return at.written + timedelta(days=(number - at.written.weekday() - 1) % 7 + 1)


def _with_number(weekday: int, number: int, written: date) -> date | None:
    """Return the next such weekday that has this number in its month; None where there is none soon."""
    days = (written + timedelta(days=ahead) for ahead in range(1, _SOON))
    return next((day for day in days if day.day == number and day.weekday() == weekday), None)


def _week(_found: re.Match[str], at: _Neighbours) -> date | None:
    return at.written + timedelta(days=7 - at.written.weekday() + (6 if at.late else 0))


def _month_next(_found: re.Match[str], at: _Neighbours) -> date | None:
    following = _last(at.written.year, at.written.month) + timedelta(days=1)
    return _last(following.year, following.month) if at.late else following


def _tomorrow(_found: re.Match[str], at: _Neighbours) -> date | None:
    return at.written + timedelta(days=1)


def _month(found: re.Match[str], at: _Neighbours) -> date | None:
    word = found["month"]
    at_end = _AT_END.search(at.before) is not None
    if not (at.late or at_end or word.endswith("份") or _IN_MONTH.search(at.before)):
        return None
    month = _MONTH_BY_WORD[word]
    year = at.written.year + (month < at.written.month or (month == at.written.month and not at_end))
    return _last(year, month) if at_end or at.late else date(year, month, 1)


_HOUR_BY_WORD = {word: number + 1 for word, number in _by_word(_HOURS).items()} | {
    plain(f"{word} {ten}"): number for word, number in (("الحادية", 11), ("الثانية", 12)) for ten in ("عشر", "عشرة")
}
_WEEKDAY_BY_WORD = _by_word(_WEEKDAYS)
_MONTH_BY_WORD = months_by_word(plain, short=False) | {
    plain(f"{figure}月份"): number
    for numbers in ("一 二 三 四 五 六 七 八 九 十 十一 十二", "1 2 3 4 5 6 7 8 9 10 11 12")
    for number, figure in enumerate(numbers.split(), 1)
}
_UNITS_BY_WORD = {plain(word): unit for unit, row in _UNITS.items() for word in row.split()}
# "Tuesday the 26th": of the month at hand, or the next in which that fits.
_OF_MONTH = re.compile(
    r",? (?:the |le |el |dia )?(\d{1,2})(?:st|nd|rd|th|er|-го|-е|日|号)?"
    r"(?![\d:./-]| ?(?:h|heures?|horas?|час|[ap]\.?m|o'clock|点|时)"
    rf"| ?(?:de |of |du )?(?:{_any(_MONTH_BY_WORD)})|月)"
)
_READERS = (
    (DAY, _absolute),
    (rf"(?<![a-zа-я\u0620-\u065f])(?:ال)?(?P<weekday>{_any(_WEEKDAY_BY_WORD)})(?![a-zа-я\u0620-\u065f])", _weekday),
    (
        (
            rf"(?<!\w){_LEAD} (?:about |environ |unas? |approximately )?"
            rf"(?:(?P<number>\d{{1,2}}|{_any(_NUMBER_BY_WORD)}) )?"
            rf"(?P<unit>{_any(_UNITS_BY_WORD)})(?!\w)"
        ),
        _counted,
    ),
    (
        (
            rf"(?<!\w)(?P<number>\d{{1,2}}|{_any(_NUMBER_BY_WORD)}) (?P<unit>weeks?|days?|months?|fortnight)(?:'s?)?"
            r"(?: time| from (?:now|today)| later| hence| on\b)"
        ),
        _counted,
    ),
    (r"(?P<number>\d{1,2}|[一二两三四五六七八九十]) ?(?P<unit>个?星期|周|礼拜|天|个月)(?=之?后|以后)", _counted),
    (rf"(?:بعد|خلال|في غضون) (?P<dual>{_any(_DUALS)})", _dual),
    (_NEXT_WEEK, _week),
    (_NEXT_MONTH, _month_next),
    (rf"(?<!\w)(?:{_TOMORROW})(?!\w)", _tomorrow),
    (rf"(?<!\w)(?P<month>{_any(_MONTH_BY_WORD)})(?! ?\d{{1,2}}(?!\d))(?![a-zа-я\u0620-\u065f])", _month),
)


@cache
def _table() -> tuple[tuple[re.Pattern[str], _Reader], ...]:
    return tuple((re.compile(without_marks(words)), read) for words, read in _READERS)
