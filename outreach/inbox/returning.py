"""The day on which an automatic answer says that its writer is back, in the six languages of the United Nations."""

import re
from datetime import date, timedelta

from outreach.month_names import months_by_word
from outreach.text import chinese_number, folded

_MOST_CHARACTERS = 5_000
_MONTHS = months_by_word() | months_by_word(folded)
# Words after which the day of coming back stands, and those after which the last day of being away stands.
_BACK = (
    r"return(?:ing)?|(?:be |am )?back|de retour|je reviens|rentre|regres\w+|vuelvo|de vuelta"
    r"|верн\w+|返回|回来|回到|عود\w*"
)
_UNTIL = r"until|till|through|jusqu['’]au|au|hasta(?: el)?|al|до|по|至|到|حتى|إلى"
_WORD = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
DAY = (
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s{{0,3}}(?:de\s|of\s)?(?P<month>{_WORD})(?:\s?/\s?{_WORD})?(?![^\W\d_])\.?,?"
    r"(?:\s{0,3}(?:de[l]?\s)?(?P<year>\d{4}))?"
    rf"|(?P<month2>{_WORD})(?![^\W\d_])\.?\s{{1,3}}(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b,?(?:\s{{0,3}}(?P<year2>\d{{4}}))?"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})|(?P<a>\d{1,2})[./](?P<b>\d{1,2})[./](?P<year3>\d{4}|\d{2}\b)"
    r"|(?:(?P<year4>\d{4})\s?年\s?)?(?P<month4>\d{1,2})\s?月\s?(?P<day4>\d{1,2})\s?[日号]"
    r"|(?P<month5>[一二三四五六七八九十]{1,2})月(?P<day5>[一二三四五六七八九十]{1,3})[日号])"
)
_BETWEEN = r"[^\n\d]{0,40}?"
_FIRST = re.compile(rf"{DAY}.{{0,12}}?(?:返回|回来|回到|回)", re.IGNORECASE)  # Chinese puts the day before the verb
_SAID = [re.compile(rf"(?:{words}){_BETWEEN}{DAY}", re.IGNORECASE) for words in (_BACK, _UNTIL)]


def returns_on(text: str, written: date) -> date | None:
    """Return the day on which the writer is back; where only the last day away is told, the day after it.

    A day without a year is the next one after `written`. Two numbers are day and month, as Geneva writes them, unless
    only the other order is possible. None where no day is told, or one that is not within a year.
    """
    text = text[:_MOST_CHARACTERS]
    for later, said in ((0, _FIRST), (0, _SAID[0]), (1, _SAID[1])):
        if said is _FIRST and "回" not in text:
            continue
        for found in said.finditer(text):
            day = day_of(found, written)
            if day is not None and written <= day <= written + timedelta(days=366):
                return day + timedelta(days=later)
    return None


def day_of(found: re.Match[str], written: date) -> date | None:
    """Return the day that a match of `DAY` names, without a year the next one from `written` on; None if it is none."""
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["a"]:
            year = int(found["year3"]) + (2000 if len(found["year3"]) == 2 else 0)
            first, second = int(found["a"]), int(found["b"])
            return date(year, first, second) if second > 12 else date(year, second, first)
        if found["month5"]:
            month, number = chinese_number(found["month5"]), chinese_number(found["day5"])
        else:
            word = (found["month"] or found["month2"] or "").lower()
            month = _MONTHS[word] if word else int(found["month4"])
            number = int(found["day"] or found["day2"] or found["day4"])
        year_told = found["year"] or found["year2"] or found["year4"]
        if year_told:
            return date(int(year_told), month, number)
        this = date(written.year, month, number)
        return this if this >= written else date(written.year + 1, month, number)
    except ValueError:
        return None
