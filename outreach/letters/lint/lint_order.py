"""What a letter tells in an order: points, a day to answer by before a vote, sentences to their end."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from outreach.letters.lint.lint_dates import days_named
from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_parts import ParagraphKind, Section
from outreach.vocabulary import Language

# What begins a point, in the order of the points; a point may be begun in several ways.
_POINTS = {
    Language.ENGLISH: (
        "first(?:ly)?|in the first place", "second(?:ly)?|in the second place", "third(?:ly)?", "fourth(?:ly)?",
        "fifth(?:ly)?", "sixth(?:ly)?", "seventh(?:ly)?",
    ),
    Language.FRENCH: (
        "premièrement|en premier lieu|tout d['’]abord|d['’]abord", "deuxièmement|en deuxième lieu|secondement",
        "troisièmement|en troisième lieu", "quatrièmement|en quatrième lieu", "cinquièmement|en cinquième lieu",
        "sixièmement", "septièmement",
    ),
    Language.SPANISH: (
        "primero|en primer lugar|primeramente", "segundo|en segundo lugar", "tercero|en tercer lugar",
        "cuarto|en cuarto lugar", "quinto|en quinto lugar", "sexto|en sexto lugar", "séptimo|en séptimo lugar",
    ),
    Language.RUSSIAN: (
        "во-первых", "во-вторых", "в-третьих", "в-четв[её]ртых", "в-пятых", "в-шестых", "в-седьмых",
    ),
    Language.ARABIC: ("أولا[ًَ]?|أولاً", "ثانيا[ً]?", "ثالثا[ً]?", "رابعا[ً]?", "خامسا[ً]?", "سادسا[ً]?", "سابعا[ً]?"),
    Language.CHINESE: ("第一|首先|其一", "第二|其次|其二", "第三|其三", "第四|其四", "第五|其五", "第六", "第七"),
}  # fmt: skip
_BEGINS = {
    language: re.compile(
        r"(?:^|[.!?;:—–,。！？；：،؛]|(?<=\s)(?:and|et|y|и|و|and,))\s*[-*_]*"
        rf"(?:{'|'.join(f'(?P<n{number}>{one})' for number, one in enumerate(every, 1))})"
        + (r"\s*[,，、：]" if language is not Language.ARABIC else r"\s*[،:,]|(?!)"),
        re.IGNORECASE | re.MULTILINE,
    )
    for language, every in _POINTS.items()
}  # fmt: skip


def hits_of_points(text: str, language: Language) -> Iterator[Hit]:
    """Yield a point that skips one or is told twice: `Firstly, … Secondly, … Fourthly, …`; each text counts anew."""
    last = 0
    for match in _BEGINS[language].finditer(text):
        name = str(match.lastgroup)
        number = int(name[1:])
        if last and number > 1 and number != last + 1:
            yield Hit("words.order", flat(match[name]), match.start(name), {"count": last + 1})
        last = number


_EVENT = {
    Language.ENGLISH: "votes?|voting|hearing|meeting|debate|decision|panel|discussion",
    Language.FRENCH: "votes?|voter|mise? aux voix|scrutin|réunion|débat|audience|décision|séance",
    Language.SPANISH: "vot(?:o|ación|aciones|ar|ará)|reunión|debate|audiencia|decisión|sesión",
    Language.RUSSIAN: "голосовани[еяюи]м?|голосовать|заседани[еяюи]м?|встреч[аеуи]|обсуждени[еяюи]м?|решени[еяюи]м?",
    Language.ARABIC: "(?:ال|لل|بال)?(?:تصويت|اجتماع|جلسة|مناقشة)",
    Language.CHINESE: "表决|投票|会议|辩论|审议",
}
_AHEAD = {
    Language.ENGLISH: r"(?:before|ahead of|prior to)[ ](?:the|that|this)[ ]",
    Language.FRENCH: r"avant[ ](?:le|la|ce|cette|de)[ ]|avant[ ]l['’]",
    Language.SPANISH: r"antes[ ]de(?:l|[ ]la|[ ]esa|[ ]ese)?[ ]",
    Language.RUSSIAN: r"(?:до|перед)[ ]",
    Language.ARABIC: r"قبل[ ]",
}
_BEFORE_IT = {
    language: re.compile(
        rf"(?:{_EVENT[language]})(?:之)?前" if language is Language.CHINESE
        else rf"(?<!\w)(?:{_AHEAD[language]})(?:{_EVENT[language]})(?!\w)",
        re.IGNORECASE,
    )
    for language in Language
}  # fmt: skip
_OF_EVENT = {
    language: re.compile(
        rf"(?:{words})" if language is Language.CHINESE else rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE
    )
    for language, words in _EVENT.items()
}
_SENTENCE = re.compile(r"(?:[.!?؟](?=\s+[^a-zа-я\d])|[。！？]|\n\s*\n)")
_NEAR = 60
"""Days: what took place longer ago is another vote."""


def hits_of_answer_in_time(text: str, language: Language) -> Iterator[Hit]:
    """Yield a day to answer by, said to lie before a vote or a meeting, that lies after the day which the text has."""
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    days = list(days_named(text, language))
    for begin, end in pairwise(ends):
        ahead = _BEFORE_IT[language].search(text, begin, end)
        if ahead is None:
            continue
        by = [one for one in days if begin <= one[1] < end]
        held = [
            one for one in days
            if not begin <= one[1] < end and _takes_place(text[max(0, one[1] - 80) : one[1]], language)
        ]  # fmt: skip
        for words, start, day in by:
            late = [(was, on) for was, _, on in held if 0 < (day - on).days <= _NEAR]
            if late and not any((on - day).days >= 0 for _, _, on in held):
                yield Hit("date.order-perhaps", words, start, {"other": f"{flat(ahead[0])}, {late[0][0]}"})


def _takes_place(before: str, language: Language) -> bool:
    """Whether the sentence that leads to a day speaks of a vote or a meeting."""
    clause = _SENTENCE.split(before)[-1]
    return _OF_EVENT[language].search(clause) is not None and _BEFORE_IT[language].search(clause) is None


_UNFINISHED = {
    Language.ENGLISH: "that|which|who|the|a|an|of|to|and|or|but|by|for|with|from|because|if|as|in|on|at|our|"
    "your|their|than",
    Language.FRENCH: "que|qui|dont|le|la|les|un|une|des|du|de|à|et|ou|mais|par|pour|avec|car|si|en|sur|aux?|"
    "notre|votre",
    Language.SPANISH: "que|quien|el|la|los|las|una?|del?|al?|y|o|pero|por|para|con|porque|si|en|sobre|su|nuestr[oa]",
    Language.RUSSIAN: "что|чтобы|который|которая|и|или|но|в|на|с|к|о|об|для|по|от|до|из|если|как|а",
    Language.ARABIC: "أن|التي|الذي|من|إلى|على|في|عن|مع|و|أو|لأن|إذا",
    Language.CHINESE: "的|和|与|在|因为|如果|以及|对|向|由",
}
_OPEN_END = {
    language: re.compile(
        rf"(?:{words})$" if language is Language.CHINESE else rf"(?:^|[^\w’'-])(?:{words})$", re.IGNORECASE
    )
    for language, words in _UNFINISHED.items()
}
_LONG_ENOUGH = {Language.CHINESE: 20}
"""So many characters of a paragraph; in the other languages:"""
_LETTERS_ENOUGH = 60


_SHORTEST_HALF = 15


def _is_cut_in_two(one: Section, following: Section) -> bool:
    """Whether an empty line stands in the middle of a sentence: before it no stop, behind it a small letter."""
    if (
        not (one.part is ParagraphKind.BODY and following.part is ParagraphKind.BODY)
        or one.branches != following.branches
    ):
        return False
    words, after = one.words.rstrip(), following.words.lstrip()
    return (
        len(words) > _SHORTEST_HALF
        and words[-1].isalpha()
        and "\n" not in words
        and after[:1].islower()
        and not (words.lstrip().startswith((">", "|", "!", ":::")))
    )


def hits_of_half_sentences(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Yield a paragraph that ends in a word that asks for another one, or without a stop in the middle of a text."""
    enough = _LONG_ENOUGH.get(language, _LETTERS_ENOUGH)
    for one, following in pairwise(sections):
        words = one.words.rstrip(" *_")
        if _is_cut_in_two(one, following):
            last = flat(f"{' '.join(words.split()[-4:])} / {' '.join(following.words.split()[:4])}")
            yield Hit("words.line-kept", last, one.start)
            continue
        if one.part is not ParagraphKind.BODY or len(words) < enough or "\\\n" in words:
            continue
        if not (words[-1].isalpha() and _SENTENCE.search(words)) or words.lstrip().startswith((">", "|", "!", ":::")):
            continue
        goes_on = following.part is ParagraphKind.LIST or following.words.lstrip()[:1].islower()
        if not goes_on and (_OPEN_END[language].search(words) or following.part is ParagraphKind.BODY):
            last = " ".join(words.split()[-6:]) if language is not Language.CHINESE else words[-12:]
            yield Hit("words.gap-perhaps", flat(last), one.start + max(0, one.words.rfind(last)))
