"""What paragraphs in two languages have to name alike: the currency of a sum, an office, how a person is spelt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from outreach.letters.lint.lint_hit import flat
from outreach.letters.lint.lint_names import one_apart
from outreach.text import without_accents
from outreach.vocabulary import Language


@dataclass(frozen=True, slots=True)
class NamedAlike:
    """What words name; of two languages' names one may be meant by the other where `kind` and `about` agree."""

    kind: str
    about: str
    value: str

    def is_that(self, other: "NamedAlike") -> bool:
        """Tell whether another language names the same."""
        return self == other

    def may_be(self, other: "NamedAlike") -> bool:
        """Tell whether it stands where the other language names something else of its kind."""
        return (self.kind, self.about) == (other.kind, other.about) and self.value != other.value


_Found = list[tuple[NamedAlike, str, int]]

_CURRENCY = {
    "euro": r"€|EUR(?![a-z])|euros?|евро|يورو|欧元",
    "dollar": r"(?:US|A|C|NZ)?\$|USD|(?:US[ ])?dollars?(?:[ ](?:des[ ]États-Unis|américains))?|d[óo]lares|доллар\w*|"
    r"دولارا?ت?|美元",
    "franc": r"CHF|Fr\.|(?:Swiss[ ])?francs?(?:[ ]suisses)?|francos?(?:[ ]suizos)?|франк\w*|فرنك\w*|瑞士法郎",
    "pound": r"£|GBP|pounds?(?:[ ]sterling)?|livres?[ ]sterling|libras?[ ]esterlinas?|фунт\w*[ ]стерлингов|"
    r"جنيه\w*|英镑",
    "yen": r"¥|JPY|yens?|yenes|иен\w*|日元",
}
_SCALE = (
    r"(?:[ \u00a0\u202f]?(?:millions?|million|billions?|milliards?|millones|millón|mil[ ]millones|thousand|mille|mil|"
    r"миллион\w*|млн|млрд|миллиард\w*|тыс\w*|مليون\w*|مليار\w*|ألف|百万|万|亿)(?:[ ](?:de|d['’]))?\.?)?"
)
_SUMS = [
    (name, re.compile(
        rf"(?:(?<![\w$])(?:{words})[ \u00a0]?\d[\d.,٫ \u00a0\u202f]*{_SCALE}"
        rf"|\d[\d.,٫ \u00a0\u202f]*{_SCALE}[ \u00a0]?(?:d['’])?(?:{words})(?![^\W\d_]))",
        re.IGNORECASE,
    ))
    for name, words in _CURRENCY.items()
]  # fmt: skip


def currencies_in(words: str, _language: Language) -> _Found:
    """Return the currencies of a paragraph's sums, each once: the other language has them too."""
    found: dict[str, tuple[NamedAlike, str, int]] = {}
    for name, pattern in _SUMS:
        if (match := pattern.search(words)) is not None:
            found[name] = (NamedAlike("currency", "", name), flat(match[0].strip()), match.start())
    return list(found.values())


# An office, without and with what makes it another one.
_HEADS = {
    "president": r"President|Chair(?:person|man|woman)?|Présidente?|President[ea]|Председател\w+|Президент\w*|"
    r"رئيسة?",
    "minister": r"Minister|Ministre|Ministr[oa]|[Мм]инистр\w*|وزيرة?",
    "secretary-general": r"Secretary-General|Secrétaire[ ]général\w?|Secretari[oa][ ]General|"
    r"[Гг]енеральн\w+[ ]секретар\w+",
    "high commissioner": r"High[ ]Commissioner|Haut[e]?[ -][Cc]ommissaire|Alt[oa][ ]Comisionad[oa]|"
    r"[Вв]ерховн\w+[ ]комиссар\w*",
    "representative": r"(?:Permanent[ ])?Representative|Représentante?|Representante|[Пп]редставител\w+",
    "director": r"Director|Direct(?:eur|rice)|Directora?|[Дд]иректор\w*",
}
_UNDER = re.compile(
    r"(?i)(?:vice|deputy|under|assistant|acting|adjointe?|sous|adjunt[oa]|вице|заместител\w+|نائبة?|副)[- \u00a0]?$"
)
_UNDER_AFTER = re.compile(
    r"(?i)[- \u00a0](?:(?:général|permanente?)e?[ ])?(?:adjointe?|adjunt[oa]|suppléante?|délégué)(?!\w)"
)
_OFFICES = [
    (name, re.compile(rf"(?<![^\W\d_])(?:(?P<under>[Vv]ice|[Вв]ице)-?(?i:{words})|(?:{words}))(?![^\W\d_])"))
    for name, words in _HEADS.items()
]


def offices_in(words: str, language: Language) -> _Found:
    """Return the offices that a paragraph names once: which, and whether it is who leads or who stands in."""
    if language is Language.CHINESE:
        return []  # no space parts an office from its words
    found = []
    for name, pattern in _OFFICES:
        matches = list(pattern.finditer(words))
        if len(matches) != 1:
            continue
        match = matches[0]
        before = _UNDER.search(words[: match.start()])
        after = _UNDER_AFTER.match(words, match.end())
        start = before.start() if before else match.start()
        rank = "deputy" if match["under"] or before or after else "head"
        found.append(
            (NamedAlike("office", name, rank), flat(words[start : after.end() if after else match.end()]), start)
        )
    return found


_WHAT = {
    Language.ENGLISH: r"(?:(?:the|this|that|any)[ ])?(?:[\w-]+[ ])?"
    r"(?:draft|amendment|resolution|proposal|motion|text|L\.\d)",
    Language.FRENCH: r"(?:(?:le|la|du|de[ ]la|un)[ ]|l['’])?"
    r"(?:projet|amendement|résolution|proposition|motion|texte|L\.\d)",
    Language.SPANISH: r"(?:(?:el|la|del|una?)[ ])?(?:proyecto|enmienda|resolución|propuesta|moción|texto|L\.\d)",
    Language.RUSSIAN: r"(?:[\w-]+[ ])?(?:проект\w*|поправк\w*|резолюци\w|предложени\w|L\.\d)",
    Language.ARABIC: r"(?:ال)?(?:مشروع|تعديل|قرار|اقتراح)",
    Language.CHINESE: r"(?:该|本|这项)?(?:决议草案|修正案|决议|草案|提案|L\.\d)",
}
_FOR_AND_AGAINST = {
    Language.ENGLISH: ("in[ ]favou?r[ ]of|vote[ ]for|support|adopt", "against|oppose|reject"),
    Language.FRENCH: ("en[ ]faveur[ ](?:de|d['’])?|pour|appuyer|soutenir|adopter", "contre|rejeter|s['’]opposer[ ]à"),
    Language.SPANISH: (
        "a[ ]favor(?:[ ]de)?|apoyar|apoye|aprobar",
        "en[ ]contra(?:[ ]de)?|contra|rechazar|rechace|se[ ]oponga[ ]a",
    ),
    Language.RUSSIAN: ("за|поддержать|в[ ]поддержку", "против|отклонить"),
    Language.ARABIC: ("لصالح|تأييد|مؤيدة?[ ]ل", "ضد|رفض|معارضة"),
    Language.CHINESE: ("赞成|支持|投票赞成", "反对|投票反对|否决"),
}
_STANCES = {
    language: [
        (stance, re.compile(
            rf"(?:{words})(?:{_WHAT[language]})" if language is Language.CHINESE
            else rf"(?<!\w)(?:{words})[ \n]*(?:{_WHAT[language]})", re.IGNORECASE,
        ))
        for stance, words in zip(("for", "against"), both, strict=True)
    ]
    for language, both in _FOR_AND_AGAINST.items()
}  # fmt: skip


def stances_in(words: str, language: Language) -> _Found:
    """Return whether a paragraph speaks for or against a text, where it does one of them alone."""
    found = [
        (NamedAlike("stance", "", stance), flat(match[0]), match.start())
        for stance, pattern in _STANCES[language] for match in pattern.finditer(words)
    ]  # fmt: skip
    return found[:1] if len({one[0].value for one in found}) == 1 else []


_LATIN = (Language.ENGLISH, Language.FRENCH, Language.SPANISH)
_PAIR = re.compile(
    r"(?<![\w’'-])(?P<given>[A-ZÀ-Ý][a-zà-ÿ]+)[ \u00a0](?P<family>[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?)(?![\w’'-])"
)


@dataclass(frozen=True, slots=True)
class _Person(NamedAlike):
    def may_be(self, other: NamedAlike) -> bool:
        """Tell whether another name has one of the two words, and the other nearly: two letters at the end decline."""
        mine, theirs = (self.about, self.value), (other.about, other.value)
        if (mine[0] == theirs[0]) == (mine[1] == theirs[1]):
            return False
        one, another = (mine[1], theirs[1]) if mine[0] == theirs[0] else (mine[0], theirs[0])
        return (
            len(one) > 4
            and one[-2:] == another[-2:]
            and (sorted(one) == sorted(another) or one_apart(*sorted((one, another), key=len)))
        )


def people_in(words: str, language: Language) -> _Found:
    """Return pairs of words with capitals in a text in Latin letters: a name is the same in all of its languages."""
    if language not in _LATIN:
        return []
    return [
        (_Person("name", _bare(match["given"]), _bare(match["family"])), flat(match[0]), match.start())
        for match in _pairs(words)
    ]


def _pairs(words: str) -> Iterator[re.Match[str]]:
    place = 0
    while (match := _PAIR.search(words, place)) is not None:
        yield match
        place = match.start("family")


def _bare(word: str) -> str:
    return without_accents(word).casefold()
