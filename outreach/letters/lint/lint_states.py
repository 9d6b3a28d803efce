"""The states that a letter names, by their short names in its language.

Names that are also words or people's names are left out: a lint asks about what is there, and not about Jordan Smith.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from outreach.missions.facts import RussianCases, russian_cases, states
from outreach.vocabulary import Language

_ALSO_WORDS = {
    Language.ENGLISH: {"Jordan", "Chad", "Georgia", "Dominica"},
    Language.FRENCH: {"Maurice", "Dominique", "Jordanie "},
    Language.SPANISH: {"Mauricio", "Dominica", "Salvador"},
    Language.RUSSIAN: {"Того", "Чад", "Мали", "Маврикий"},
    Language.ARABIC: {"مالي", "عمان", "عُمان", "بنن", "كوت", "ناورو"},
    Language.CHINESE: {"马里", "约旦", "乍得"},
}
_EVERYDAY = {
    Language.ENGLISH: {"GBR": "United Kingdom", "RUS": "Russia", "VEN": "Venezuela", "IRN": "Iran", "SYR": "Syria",
        "BOL": "Bolivia", "PRK": "North Korea", "KOR": "South Korea", "USA": "United States", "NLD": "Netherlands",
        "TUR": "Turkey", "CZE": "Czech Republic"},
    Language.FRENCH: {"GBR": "Royaume-Uni", "RUS": "Russie", "VEN": "Venezuela", "IRN": "Iran", "SYR": "Syrie",
        "BOL": "Bolivie", "USA": "États-Unis", "NLD": "Pays-Bas", "TUR": "Turquie"},
    Language.SPANISH: {"GBR": "Reino Unido", "RUS": "Rusia", "VEN": "Venezuela", "IRN": "Irán", "SYR": "Siria",
        "BOL": "Bolivia", "USA": "Estados Unidos", "NLD": "Países Bajos", "TUR": "Turquía", "BLR": "Belarús"},
    Language.RUSSIAN: {"RUS": "Россия", "VEN": "Венесуэла", "IRN": "Иран", "SYR": "Сирия", "BOL": "Боливия",
        "USA": "Соединенные Штаты", "NLD": "Нидерланды", "TUR": "Турция", "GBR": "Великобритания"},
    Language.ARABIC: {"RUS": "روسيا", "VEN": "فنزويلا", "IRN": "إيران", "SYR": "سوريا", "GBR": "المملكة المتحدة"},
    Language.CHINESE: {"RUS": "俄罗斯", "VEN": "委内瑞拉", "IRN": "伊朗", "SYR": "叙利亚", "GBR": "英国",
        "USA": "美国"},
}  # fmt: skip


@lru_cache(maxsize=8)
def _named(language: Language) -> tuple[re.Pattern[str], dict[str, str]]:
    names: dict[str, str] = {}
    cases = russian_cases() if language is Language.RUSSIAN else {}
    for iso3, state in states().items():
        every = {re.sub(r"\s*\([^)]*\)", "", state.short(language)).strip()}
        every.add(_EVERYDAY[language].get(iso3, ""))
        if iso3 in cases:
            every |= {form for name in tuple(every) if name for form in _forms(name, cases[iso3])}
        for name in every:
            if len(name) > (1 if language is Language.CHINESE else 3) and name not in _ALSO_WORDS[language]:
                names.setdefault(name, iso3)
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    if language is Language.CHINESE:
        return re.compile(f"(?:{either})"), names
    prefix = "(?:[وفبلك]|لل)?" if language is Language.ARABIC else ""
    return re.compile(rf"(?<![\w-]){prefix}(?P<name>{either})(?![\w-])"), names


def _forms(name: str, cases: RussianCases) -> Iterator[str]:
    yield cases.genitive
    yield cases.dative
    yield cases.within.partition(" ")[2]
    yield re.sub("ия$", "ию", re.sub("а$", "у", name))  # the accusative
    yield re.sub("ия$", "ией", re.sub("а$", "ой", name))  # the instrumental


def states_named(text: str, language: Language) -> Iterator[tuple[str, str, int]]:
    """Yield the states that a text names: the ISO 3166 alpha-3 code, the words, and where they begin."""
    pattern, names = _named(language)
    for match in pattern.finditer(text):
        found = match["name"] if language is not Language.CHINESE else match[0]
        yield names[found], found, match.start() + match[0].index(found)
