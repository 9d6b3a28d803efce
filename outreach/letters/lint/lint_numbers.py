"""The numbers that a text names, in figures or in words, in the six languages.

One is left out: in most languages it is an article too. Ordinals, dates and what only looks like a number are not read
here; whoever asks takes out of the text what is none (`lint_between.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from outreach.text import chinese_number
from outreach.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a text names it."""

    value: int
    words: str
    start: int
    in_words: bool

    @property
    def end(self) -> int:
        """Where in the text it ends."""
        return self.start + len(self.words)


def _table(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """Words in the order of their values; forms of one number are separated by bars."""
    return {
        form: first + step * place for place, forms in enumerate(words.split()) for form in forms.split("|") if form
    }


_EN = _table(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen", 2,
)  # fmt: skip
ENGLISH_TENS = _table("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_FR = _table(
    "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    2,
)
_FR_TENS = _table("vingt trente quarante cinquante soixante", 20, 10) | {"quatre-vingt": 80, "quatre-vingts": 80}
_ES = _table(
    "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho "
    "diecinueve veinte veintiuno|veintiún|veintiuna veintidós veintitrés veinticuatro veinticinco veintiséis "
    "veintisiete veintiocho veintinueve", 2,
)  # fmt: skip
_ES_TENS = _table("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
_RU = _table(
    "два|две|двух|двум|двумя|двое|двоих три|трёх|трех|трём|трем|тремя|трое четыре|четырёх|четырех|четырём|четырем|"
    "четырьмя пять|пяти|пятью шесть|шести|шестью семь|семи|семью восемь|восьми|восемью девять|девяти|девятью "
    "десять|десяти|десятью одиннадцать|одиннадцати|одиннадцатью двенадцать|двенадцати|двенадцатью "
    "тринадцать|тринадцати четырнадцать|четырнадцати пятнадцать|пятнадцати шестнадцать|шестнадцати "
    "семнадцать|семнадцати восемнадцать|восемнадцати девятнадцать|девятнадцати", 2,
)  # fmt: skip
_RU_TENS = _table(
    "двадцать|двадцати|двадцатью тридцать|тридцати|тридцатью сорок|сорока пятьдесят|пятидесяти шестьдесят|шестидесяти "
    "семьдесят|семидесяти восемьдесят|восьмидесяти девяносто|девяноста", 20, 10,
)  # fmt: skip
_AR = _table(
    "اثنان|اثنين|اثنتان|اثنتين|اثنتا|اثنا|اثني|اثنتي ثلاث|ثلاثة أربع|أربعة خمس|خمسة ست|ستة سبع|سبعة "
    "ثمان|ثماني|ثمانية تسع|تسعة عشر|عشرة", 2,
)  # fmt: skip
_AR_TENS = _table(
    "عشرون|عشرين ثلاثون|ثلاثين أربعون|أربعين خمسون|خمسين ستون|ستين سبعون|سبعين ثمانون|ثمانين تسعون|تسعين", 20, 10
)
_MEASURES = "个名位家项点起条年国份次天周月人所座种类款段篇封间省市届世步方"


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_SCALE = {
    Language.ENGLISH: {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9},
    Language.FRENCH: {
        "cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9,
        "milliards": 10**9,
    },
    Language.SPANISH: {"mil": 1000, "millón": 10**6, "millones": 10**6, "mil millones": 10**9},
    Language.RUSSIAN: {
        "тысячи": 1000, "тысяч": 1000, "тыс.": 1000, "миллион": 10**6, "миллиона": 10**6, "миллионов": 10**6,
        "млн": 10**6, "миллиард": 10**9, "миллиарда": 10**9, "миллиардов": 10**9, "млрд": 10**9,
    },
    Language.ARABIC: {
        "ألف": 1000, "آلاف": 1000, "مليون": 10**6, "ملايين": 10**6, "مليار": 10**9, "مليارات": 10**9,
    },
    Language.CHINESE: {"千": 1000, "万": 10**4, "亿": 10**8},
}  # fmt: skip


def _digits(language: Language, before: str, after: str) -> str:
    """A number in figures; with a part behind the point only before a word such as `million`."""
    space = "" if language is Language.CHINESE else "[ \u00a0\u202f]"
    scale = _any(_SCALE[language])
    end = "" if language is Language.CHINESE else r"(?!\w)"
    return (
        rf"(?<![{before}])(?:(?P<scaled>\d+(?:[.,٫]\d+)?){space}(?P<by>{scale}){end}"
        rf"|(?P<digits>\d{{1,3}}(?:[,.٬ \u00a0\u202f'’]\d{{3}})+|\d+)(?![{after}]|[.,]\d))"
    )


_SMALL = {Language.ENGLISH: _EN, Language.FRENCH: _FR, Language.SPANISH: _ES, Language.RUSSIAN: _RU}
_TENS = {
    Language.ENGLISH: ENGLISH_TENS,
    Language.FRENCH: _FR_TENS,
    Language.SPANISH: _ES_TENS,
    Language.RUSSIAN: _RU_TENS,
}
_AND = {
    Language.ENGLISH: r"[- ]", Language.FRENCH: r"(?:-| et |-et-)", Language.SPANISH: r" y ", Language.RUSSIAN: r" ",
}  # fmt: skip
_ONE = {
    Language.ENGLISH: "one", Language.FRENCH: "une?", Language.SPANISH: "un[oa]?", Language.RUSSIAN: "од[ин]\\w{1,3}",
}  # fmt: skip


def _pattern(language: Language) -> re.Pattern[str]:
    if language is Language.CHINESE:
        return re.compile(
            _digits(language, r"\d.,/第–-", r"\d/届")
            + rf"|(?<![第星期一二三四五六七八九十百])(?P<word>[两一二三四五六七八九十百]+)(?=[{_MEASURES}])"
        )
    if language is Language.ARABIC:
        return re.compile(
            _digits(language, r"\d.,/–-", r"\d/")
            + rf"|(?<!\w)(?:[وفبلك]|ال|وال|بال)?(?P<word>(?:(?P<eleven>أحد|إحدى)|(?P<small>{_any(_AR)}))[ ]عشرة?"
            rf"|(?P<ones>{_any(_AR)})[ ]و(?P<tens>{_any(_AR_TENS)})|(?P<round>{_any(_AR_TENS)})|(?P<alone>{_any(_AR)}))"
            r"(?!\w)"
        )
    small, tens, one = _SMALL[language], _TENS[language], _ONE[language]
    scale = rf"(?:[ ](?P<scale>{_any(_SCALE[language])}))?"
    return re.compile(
        _digits(language, r"\w.,/:'’-", r"\w/:")
        + rf"|(?<![\w'’-])(?P<word>(?:(?P<tens>{_any(tens)})(?:{_AND[language]}(?:(?P<ones>{_any(small)})"
        rf"|(?P<one>{one})))?|(?P<small>{_any(small)})){scale})(?![\w-])",
        re.IGNORECASE,
    )


_PATTERNS = {language: _pattern(language) for language in Language}


def numbers_in(text: str, language: Language) -> Iterator[Number]:
    """Yield the numbers from two upwards that a text names in figures or in words, in their order."""
    for match in _PATTERNS[language].finditer(text):
        if match["scaled"]:
            value = _scaled(match["scaled"], _SCALE[language][match["by"].casefold()])
            yield Number(value, match[0], match.start(), False)
            continue
        if match["digits"]:
            value = int(re.sub(r"\D", "", match["digits"]))
            if value != 1:
                yield Number(value, match["digits"], match.start("digits"), False)
            continue
        words = match["word"]
        value = _in_words(match, words, language)
        if value > 1:
            yield Number(value, words, match.start("word"), True)


def _scaled(figures: str, scale: int) -> int:
    """`1.2 million`, `1,200 million` and `1 200 thousand` are all that they look like."""
    if re.fullmatch(r"\d{1,3}(?:[.,٫]\d{3})+", figures):
        return int(re.sub(r"\D", "", figures)) * scale
    return round(float(re.sub("[,٫]", ".", figures)) * scale)


def _in_words(match: re.Match[str], words: str, language: Language) -> int:
    if language is Language.CHINESE:
        return chinese_number(words)
    if language is Language.ARABIC:
        if match["eleven"]:
            return 11
        if match["small"]:
            return 10 + _AR[match["small"]]
        if match["ones"]:
            return _AR[match["ones"]] + _AR_TENS[match["tens"]]
        return _AR_TENS[match["round"]] if match["round"] else _AR[match["alone"]]
    small, tens = _SMALL[language], _TENS[language]
    if match["small"]:
        value = small[match["small"].casefold()]
    else:
        value = tens[match["tens"].casefold()]
        value += small[match["ones"].casefold()] if match["ones"] else int(bool(match["one"]))
    return value * (_SCALE[language][match["scale"].casefold()] if match["scale"] else 1)
