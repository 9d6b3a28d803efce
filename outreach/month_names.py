"""The months as letters, answers, sheets and reports name them: one table, in five of the six languages.

Full names as they stand in a date, short ones, and other cases are those of the Unicode CLDR (a test compares them);
beside them the names of the Levant and spellings that people use. Chinese numbers its months and needs none.
"""

from collections.abc import Callable, Mapping
from functools import cache

from outreach.vocabulary import Language

# For each month its name in a date, short forms after a full stop, and behind a stroke what else it is called.
_TABLE: Mapping[Language, str] = {
    Language.ENGLISH: "January.Jan February.Feb March.Mar April.Apr May June.Jun July.Jul August.Aug "
    "September.Sep.Sept October.Oct November.Nov December.Dec",
    Language.FRENCH: "janvier.janv.jan février.févr.fév mars.mar avril.avr mai juin juillet.juil août.aoû "
    "septembre.sept.sep octobre.oct novembre.nov décembre.déc",
    Language.SPANISH: "enero.ene febrero.feb marzo.mar abril.abr mayo.may junio.jun julio.jul agosto.ago "
    "septiembre.sept.sep/setiembre octubre.oct noviembre.nov diciembre.dic",
    Language.RUSSIAN: "января.янв/январь/январе февраля.февр.фев/февраль/феврале марта.мар/март/марте "
    "апреля.апр/апрель/апреле мая.май/мае июня.июн/июнь/июне июля.июл/июль/июле августа.авг/август/августе "
    "сентября.сент.сен/сентябрь/сентябре октября.окт/октябрь/октябре ноября.нояб.ноя/ноябрь/ноябре "
    "декабря.дек/декабрь/декабре",
    Language.ARABIC: "يناير/كانون_الثاني فبراير/شباط مارس/آذار/اذار أبريل/ابريل/إبريل/نيسان مايو/أيار/ايار "
    "يونيو/يونيه/حزيران يوليو/يوليه/تموز أغسطس/اغسطس/آب/اب سبتمبر/أيلول/ايلول أكتوبر/اكتوبر/تشرين_الأول "
    "نوفمبر/تشرين_الثاني ديسمبر/كانون_الأول",
}

# Arabic months as the United Nations writes them, by both names, so that each mission reads its own (Arabic editions of
# its documents, such as A/RES/60/251).
UNITED_NATIONS_ARABIC = (
    "كانون الثاني/يناير", "شباط/فبراير", "آذار/مارس", "نيسان/أبريل", "أيار/مايو", "حزيران/يونيه", "تموز/يوليه",
    "آب/أغسطس", "أيلول/سبتمبر", "تشرين الأول/أكتوبر", "تشرين الثاني/نوفمبر", "كانون الأول/ديسمبر",
)  # fmt: skip


@cache
def month_names(language: Language) -> tuple[str, ...]:
    """Return the twelve names in full, as they stand in a date (Russian: the genitive); none in Chinese."""
    return tuple(month.split("/")[0].split(".")[0] for month in _TABLE.get(language, "").split())


def months_by_word(
    fold: Callable[[str], str] = str.casefold, *languages: Language, short: bool = True
) -> dict[str, int]:
    """Return the number of the month, 1 to 12, by each word for it, folded as the caller folds its text.

    Of the languages that are named, else of all; `short` takes the short forms in, which in prose are words too.
    """
    found: dict[str, int] = {}
    for language in languages or _TABLE:
        for number, month in enumerate(_TABLE.get(language, "").split(), 1):
            name, *others = month.replace("_", " ").split("/")
            full, *shorts = name.split(".")
            found |= {fold(word): number for word in (full, *others, *(shorts if short else ()))}
    return found
