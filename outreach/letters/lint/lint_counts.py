"""Counts that a letter tells against the lists it has: `three requests` and four points, `twelve undersigned`."""

import re
from collections.abc import Iterator, Sequence

from outreach.letters.lint.lint_dates import days_named, sessions_in
from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_numbers import Number, numbers_in
from outreach.letters.lint.lint_parts import ParagraphKind, Section
from outreach.letters.lint.lint_whole import documents_in
from outreach.vocabulary import Language

_POINTS = {
    Language.ENGLISH: r"(?:\w+[ ]){0,2}(?:requests?|asks?|demands?|recommendations?|points?|questions?|steps?|"
    r"measures?|things|priorities|"
    r"proposals?|reasons?|appeals?|actions?|commitments?|suggestions?|changes|amendments)",
    Language.FRENCH: r"(?:\w+[ ])?(?:demandes?|recommandations?|points?|questions?|mesures?|choses|priorités|"
    r"propositions?|raisons?|appels?|"
    r"actions?|engagements?|étapes?|amendements|modifications)",
    Language.SPANISH: r"(?:\w+[ ])?(?:peticiones|solicitudes|demandas|recomendaciones|puntos|preguntas|medidas|"
    r"cosas|prioridades|propuestas|"
    r"razones|llamamientos|acciones|compromisos|pasos|enmiendas)",
    Language.RUSSIAN: r"(?:\w+[ ])?(?:просьб\w*|рекомендаци\w*|пункт\w*|вопрос\w*|мер\w*|шаг\w*|предложени\w*|"
    r"причин\w*|требовани\w*|призыв\w*|"
    r"обязательств\w*|поправ\w*|задач\w*)",
    Language.ARABIC: r"(?:طلبات|مطالب|توصيات|نقاط|أسئلة|تدابير|أمور|أولويات|مقترحات|أسباب|خطوات|إجراءات|تعديلات|"
    r"التزامات)",
    Language.CHINESE: r"(?:项|点|个|条)?(?:请求|要求|建议|措施|问题|理由|优先事项|步骤|呼吁|事项|诉求|提议|修正|承诺)",
}
_UNDERSIGNED = {
    Language.ENGLISH: r"undersigned|signator(?:y|ies)|signed[ ]below|named[ ]below|listed[ ]below|who[ ]sign|"
    r"sign(?:ing)?[ ]this[ ]letter|below-signed",
    Language.FRENCH: r"soussigné\w*|signataires?|figurent[ ]ci-dessous|ci-dessous|qui[ ]signent",
    Language.SPANISH: r"abajo[ ]firmantes|firmantes|suscrit\w+|que[ ]firma\w+|firmamos",
    Language.RUSSIAN: r"нижеподписавш\w+|подписавш\w+|подписант\w*|перечисленн\w+[ ]ниже",
    Language.ARABIC: r"الموقع\w*|الموقّع\w*|أدناه",
    Language.CHINESE: r"以下署名|署名|签署|联署|下列|签名",
}
_HEADS = r"(?im)^[ ]{0,3}(?:#+[ ]|\*\*|::: )?"
_MOST = 400


def hits_of_counts(sections: Sequence[Section], language: Language, signing: Sequence[int] = ()) -> Iterator[Hit]:
    """Yield counts of points and of those who sign that are not those of the lists.

    `signing` are the numbers of those who sign by the letter's list, of all and of each kind; empty, if it has none.
    """
    yield from _points(sections, language)
    yield from _signing(sections, language, signing)


def numbers_told(words: str, language: Language) -> list[Number]:
    """Return the numbers that a text names, without those of days, sessions and documents."""
    taken = [(start, start + len(named)) for named, start, _ in days_named(words, language)]
    taken += [(start, start + len(named)) for _, named, start in sessions_in(words, language)]
    taken += [(start, start + len(named)) for named, start in documents_in(words)]
    return [one for one in numbers_in(words, language) if not any(a <= one.start < b for a, b in taken)]


def _items(words: str) -> int:
    """The items of a list, without those within them."""
    marks = re.findall(r"(?m)^([ \t]*)(?:\d{1,3}[.)]|[-*+•])[ \t]", words)
    depth = min((len(one) for one in marks), default=0)
    return sum(len(one) <= depth + 1 for one in marks)


def _points(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    for place, one in enumerate(sections[:-1]):
        head, joined = one.words.rstrip(), None
        if one.part is ParagraphKind.LIST:
            continue
        inside = re.search(r"[:：]\s*\n(?=[ \t]*(?:\d{1,3}[.)]|[-*+•])[ \t])", head)
        if inside:
            joined, head = head[inside.end() :], head[: inside.start() + 1]
        elif sections[place + 1].part is ParagraphKind.LIST:
            joined = _whole_list(sections, place + 1)
        if joined is None:
            continue
        count = _items(joined)
        last = re.split(r"(?<=[.!?。！？؟;；])\s+|(?<=[。！？；])", head.strip("*_ "))[-1]
        numbers = numbers_told(last, language)
        for number in numbers:
            named = re.compile(
                rf"[ \u00a0\n]*(?:{_POINTS[language]})(?!\w)"
                if language is not Language.CHINESE
                else rf"{_POINTS[language]}",
                re.IGNORECASE,
            ).match(last, number.end)
            if named is None or number.value == count or count < 2:
                continue
            code = "words.count" if len(numbers) == 1 and re.search(r"[:：]\W*$", head) else "words.count-perhaps"
            start = one.start + max(0, one.words.find(last)) + number.start
            yield Hit(code, flat(last[number.start : named.end()]), start, {"count": count})
            break


def _whole_list(sections: Sequence[Section], place: int) -> str:
    """A list whose items are separated by empty lines is one."""
    words = []
    for one in sections[place:]:
        if one.part is not ParagraphKind.LIST:
            break
        words.append(one.words)
    return "\n".join(words)


def _signing(sections: Sequence[Section], language: Language, signing: Sequence[int]) -> Iterator[Hit]:
    counts = list(signing) or _lists_at_the_end(sections)
    if not counts:
        return
    for one in sections:
        if one.part in {ParagraphKind.LIST, ParagraphKind.HEADING}:
            continue
        for match in re.finditer(rf"(?:{_UNDERSIGNED[language]})", one.words, re.IGNORECASE):
            begin, end = max(0, match.start() - 50), match.end() + 40
            stop = re.compile(r"[.!?。！？؟\n]|[—–]").search(one.words, match.end(), end)
            window = one.words[begin : stop.start() if stop else end]
            window = (
                re.split(r"[.!?。！？؟]\s|[。！？]", window[: match.start() - begin])[-1]
                + window[match.start() - begin :]
            )
            offset = one.words.find(window)
            numbers = [number for number in numbers_told(window, language) if number.value < _MOST]
            near = [number for number in numbers if _beside(window, number, match[0])]
            fits = set(counts) | {sum(counts)}
            if near and not any(number.value in fits for number in near) and sum(n.value for n in near) not in fits:
                number = near[0]
                words = _quoted(window, number, match[0])
                # Those imported into a campaign take the place of the letter's own list.
                code = "words.count-perhaps" if signing else "words.count"
                yield Hit(code, words, one.start + max(0, offset) + number.start, {"count": max(counts)})
                return


def _beside(window: str, number: Number, signed: str) -> bool:
    """Whether at most three words stand between the number and the word for signing."""
    place = window.find(signed)
    between = window[number.end : place] if number.start < place else window[place + len(signed) : number.start]
    return len(between.split()) <= 3 and not re.search(r"[;:；：]", between)


def _quoted(window: str, number: Number, signed: str) -> str:
    place = window.find(signed)
    begin, end = min(number.start, place), max(number.end, place + len(signed))
    return flat(window[begin:end])


def _lists_at_the_end(sections: Sequence[Section]) -> list[int]:
    """How many items the lists have that stand after the closing, and whose items are names: short, without a stop."""
    closing = next(
        (place for place in range(len(sections) - 1, -1, -1) if sections[place].part is ParagraphKind.CLOSING), None
    )
    if closing is None:
        return []
    counts, place = [], closing + 1
    while place < len(sections):
        if sections[place].part is ParagraphKind.LIST:
            words = _whole_list(sections, place)
            place += words.count("\n\n") + 1
            lines = [line for line in words.split("\n") if line.strip()]
            if all(len(line) < 120 and not line.rstrip().endswith(".") for line in lines):
                counts.append(_items(words))
        else:
            place += 1
    return counts
