"""The Human Rights Council's calendar: which session is when, against what a letter says of it.

The Council holds three regular sessions a year (General Assembly resolution 60/251, 10): one from February on, one from
June on, one from September on, numbered through. The 55th opened in February 2024.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from outreach.letters.lint.lint_dates import is_to_come, is_told_of, months_in, sentence_around, sessions_in
from outreach.letters.lint.lint_hit import Hit, flat
from outreach.sentences import saying
from outreach.vocabulary import Language

_PARTS = (frozenset({2, 3, 4}), frozenset({5, 6, 7}), frozenset({9, 10}))
"""The months in which each of a year's three sessions may be; the second one has begun at the end of May."""
_FIRST, _LAST = 4, 150
_COUNCIL = {
    Language.ENGLISH: r"Human Rights Council|\bHRC",
    Language.FRENCH: r"Conseil des droits de l|\bCDH",
    Language.SPANISH: r"Consejo de Derechos Humanos|Consejo de derechos humanos|\bCDH",
    Language.RUSSIAN: r"Совет\w* по правам человека|\bСПЧ",
    Language.ARABIC: r"مجلس حقوق الإنسان",
    Language.CHINESE: r"人权理事会",
}
_OTHERS = re.compile(
    r"(?i)assembl|committee|commission|working group|periodic|forum|conference|\bsub-|special session|comité|groupe de "
    r"travail|examen périodique|conférence|session extraordinaire|asamblea|comisión|grupo de trabajo|examen periódico|"
    r"conferencia|sesión especial|ассамбле|комитет|комисси|рабоч|обзор|форум|конференци|специальн|الجمعية|لجنة|اللجنة|"
    r"الفريق العامل|الاستعراض|المنتدى|المؤتمر|الاستثنائية|大会|委员会|工作组|定期审议|论坛|特别会议"
)
# What may stand between a session and its days.
_BETWEEN = {
    Language.ENGLISH: r"of the un united nations human rights council hrc which that will be is was opens opened "
    r"begins began starts started meets met runs ran held in on from takes took place scheduled for to between next "
    r"coming its it closes ends taking regular session by this early late mid",
    Language.FRENCH: r"du conseil des droits de l homme cdh qui se tient tiendra est s ouvre ouvrira en à partir le au "
    r"entre prévue doit tenir tenue commence commencera réunit réunira session de la aura lieu début fin mi",
    Language.SPANISH: r"del consejo de derechos humanos que se celebra celebrará es en a partir el al entre previsto "
    r"prevista comienza comenzará abre abrirá reúne reunirá tendrá lugar sesiones de la inicio fines",
    Language.RUSSIAN: r"совета по правам человека которая которую которой пройдёт пройдет состоится в с по открывается "
    r"откроется начинается начнётся проходит проводится намечена на начале конце",
    Language.ARABIC: r"لمجلس حقوق الإنسان التي تعقد ستعقد في من إلى تبدأ تفتتح المقرر عقدها المزمع شهر بين تنعقد",
    Language.CHINESE: "",
}
_BESIDE = {language: frozenset(words.split()) for language, words in _BETWEEN.items()}
_CHINESE_BETWEEN = re.compile(r"(?:人权理事会|会议|届|将|于|在|的|举行|召开|开幕|（|，|,|定于|期间|从|自)*")
_LONGEST = 90


def months_of_session(number: int) -> tuple[int, frozenset[int]] | None:
    """Return the year of a regular session of the Council and the months in which it may be; None for no number."""
    if not _FIRST <= number <= _LAST:
        return None
    years, part = divmod(number - 55, 3)
    return 2024 + years, _PARTS[part]


_SENTENCE_BEGINS = re.compile(r"(?:[.!?;؛；]\s|[。！？]|\n\s*\n)")
_AFTER = re.compile(
    r"(?i)(?:after|since|following|from|après|depuis|suite à|à l['’]issue de|tras|después de|desde|luego de|после|"
    r"с|со|بعد|منذ|عقب|في أعقاب)\s(?:the |la |le |el |los |l['’])?$|(?:自|从|继)$"
)


def _is_of_another_body(text: str, start: int, end: int, language: Language) -> bool:
    """Whether the body that is named nearest before a session, else right behind it, is not the Council."""
    begin = max((one.end() for one in _SENTENCE_BEGINS.finditer(text[:start])), default=0)
    before = text[begin:start]
    others = [one.start() for one in _OTHERS.finditer(before)]
    councils = [one.start() for one in re.finditer(_COUNCIL[language], before)]
    short = [one.start() for one in re.finditer(_THE_COUNCIL, before)]
    if others:
        return max(others) > max([*councils, *short], default=-1)
    behind = re.split(r"[,;.،；。]", text[end : end + 60])[0]
    return not councils and _OTHERS.search(behind) is not None


_THE_COUNCIL = r"\bthe Council\b|\ble Conseil\b|\bel Consejo\b|\bСовет\w?\b|المجلس|理事会"


def hits_of_sessions(text: str, language: Language, number: int | None, *, subject: bool = False) -> Iterator[Hit]:
    """Yield sessions that are another than the letter's, which its facts or its campaign name.

    Where they name none, several in one text are told. An earlier one may be the past that a letter tells of; those of
    other bodies are none of the Council's.
    """
    found = [
        one for one in sessions_in(text, language)
        if subject or not _is_of_another_body(text, one[2], one[2] + len(one[1]), language)
    ]  # fmt: skip
    if number is None:
        numbers = sorted({one for one, _, _ in found})
        if len(numbers) < 2 or subject:
            return
        number = numbers[-1]
        words, start = next((words, start) for one, words, start in found if one == number)
        yield Hit("session.earlier", words, start, {"number": numbers[0]})
        return
    has_own = any(one == number for one, _, _ in found)
    for one, words, start in found:
        if one == number:
            continue
        code = "session.subject" if subject else "session.later" if one > number else "session.earlier"
        coming = _COMING.search(text[:start]) is not None
        if not subject and coming and code == "session.earlier":
            code = "session.later"  # it is said to come
        been = one < number and (has_own or _AFTER.search(text[:start]) is not None)
        if (subject and been) or (code == "session.later" and _is_dated(text, one, start, len(words), language)):
            code = "session.earlier"
        yield Hit(code, words, start, {"number": number})


_COMING = re.compile(
    r"(?i)(?:forthcoming|upcoming|coming|next|approaching|prochaine|próxim[oa]|venider[oa]|предстоящ\w+|ближайш\w+|"
    r"المقبلة|القادمة)\s$|(?:即将举行的|即将召开的|下一届)$"
)
"""What says of a session that it is to come, before its number."""


def _is_dated(text: str, number: int, start: int, length: int, language: Language) -> bool:
    """Whether a session is told with a month and the year in which the Council holds it."""
    when = months_of_session(number)
    behind = text[start + length : start + length + _NEAR]
    return when is not None and any(
        year == when[0] and month in when[1] for month, year, place, _ in months_in(behind, language) if place < _NEAR
    )


def hits_of_calendar(text: str, language: Language, today: date) -> Iterator[Hit]:
    """Yield sessions of the Council told with the months of another one, or told as to come when they have been."""
    if re.search(_COUNCIL[language], text) is None:
        return
    months = list(months_in(text, language))
    for number, words, start in sessions_in(text, language):
        when = months_of_session(number)
        end = start + len(words)
        if when is None or _OTHERS.search(text[max(0, start - 40) : end + 60]):
            continue
        year, of_session = when
        for month, named, place, after in months:
            between = text[end:place] if place >= end else text[after:start]
            if not _belongs(between, language) or abs(place - end) > _LONGEST:
                continue
            if month not in of_session or (named is not None and named != year):
                quoted = flat(text[min(start, place) : max(end, after)])
                facts = {"when": _season(year, of_session)}
                yield Hit("session.months", quoted if len(quoted) < 79 else words, min(start, place), facts)
                break
        if (year, max(of_session)) < (today.year, today.month) and is_to_come(text, start, len(words), language):
            yield Hit("date.past-perhaps", words, start)


def hits_of_two_sessions(text: str, language: Language, number: int | None) -> Iterator[Hit]:
    """Yield the second of two sessions that a letter speaks of as of what is to come, where no fact names its own."""
    if number is not None:
        return
    first: tuple[int, str] | None = None
    for one, words, start in sessions_in(text, language):
        if _is_of_another_body(text, start, start + len(words), language):
            continue
        if _bears_its_year(text, one, start + len(words)):
            continue
        if not (is_to_come(text, start, len(words), language) or _is_considered(text, start, len(words), language)):
            continue
        if first is not None and one != first[0]:
            yield Hit("session.two", words, start, {"other": first[1]})
            return
        first = first or (one, words)


def _bears_its_year(text: str, number: int, end: int) -> bool:
    """Whether a session is told with the year in which the Council holds it: then it is meant."""
    when = months_of_session(number)
    behind = re.split(r"[,;.،؛。，；]\s", text[end : end + _NEAR])[0]
    return when is not None and str(when[0]) in behind


_CONSIDERED = {
    Language.ENGLISH: r"\b(?:votes?|consider|adopt|tabled?|debates?|comes? (?:up|before|to)|goes before|put (?:to|"
    r"before)|submitted|"
    r"presented|before the|ahead of|takes? up)\b",
    Language.FRENCH: r"\b(?:vot\w+|examin\w+|adopt\w+|soumis\w*|présent\w+|saisi\w*|débat\w*|avant la|lors de la)\b",
    Language.SPANISH: r"\b(?:vot\w+|examin\w+|aprob\w+|somet\w+|present\w+|debat\w+|antes del?)\b",
    Language.RUSSIAN: r"\b(?:голосова\w+|проголосу\w+|рассм\w+|прин[яи]\w+|внес\w+|представ\w+|вынес\w+)\b",
    Language.ARABIC: r"(?:تصوي?ت|ستصوت|يصوت|يعرض|سيعرض|سيُعرض|ينظر|مناقشة|اعتماد)",
    Language.CHINESE: r"(?:表决|审议|通过|提交|讨论)",
}
_REPORTED_LATER = re.compile(
    r"(?i)\b(?:report\w*|follow[- ]?up|update|rapport\w*|rendre compte|informe\w*|доклад\w*|отч[её]т\w*|"
    r"since|resumed?)\b|تقرير|报告"
)


def _is_considered(text: str, start: int, length: int, language: Language) -> bool:
    """Whether a sentence says of a session that it takes something up, and tells of nothing that was."""
    sentence = sentence_around(text, start, length)
    return (
        re.search(_CONSIDERED[language], sentence, re.IGNORECASE) is not None
        and _REPORTED_LATER.search(sentence) is None
        and not is_told_of(sentence, language)
    )


def hits_of_session_facts(facts: Mapping[str, Any], number: int | None) -> Iterator[tuple[str, Hit]]:
    """Yield days among a letter's facts that lie outside of the session that it is about, each with the fact's name."""
    when = months_of_session(number) if number is not None else None
    for name in ("session_opens", "session_closes", "vote_on"):
        day = facts.get(name)
        if when is not None and type(day) is date and (day.year != when[0] or day.month not in when[1]):
            words = f"session {number}, {name} {day}"
            yield name, Hit("session.months", words, 0, {"when": _season(*when)})


def _season(year: int, months: frozenset[int]) -> str:
    first = min(months) if 5 not in months else 6
    return f"{first:02}/{year}–{max(months):02}/{year}"


def _belongs(between: str, language: Language) -> bool:
    if len(between) > _LONGEST or re.search(r"[\d.;:!?。；：]", between):
        return False
    if language is Language.CHINESE:
        return _CHINESE_BETWEEN.fullmatch(between.strip()) is not None
    if re.fullmatch(r"\W*(?:\w{1,3}\W+){0,3}", between + " "):
        return True  # `in March 2027, at the 64th session`
    return all(one in _BESIDE[language] for one in re.findall(r"\w+", between.casefold()))


# ------------------------------------------------------------------------------------------------------- resolutions

_ASSEMBLY = {
    Language.ENGLISH: r"General Assembly", Language.FRENCH: r"Assemblée générale",
    Language.SPANISH: r"Asamblea General", Language.RUSSIAN: r"Генеральн\w+ Ассамбле\w+",
    Language.ARABIC: r"الجمعية العامة", Language.CHINESE: r"联合国大会|联大",
}  # fmt: skip
_SECURITY = {
    Language.ENGLISH: r"Security Council", Language.FRENCH: r"Conseil de sécurité",
    Language.SPANISH: r"Consejo de Seguridad", Language.RUSSIAN: r"Совет\w* Безопасности",
    Language.ARABIC: r"مجلس الأمن", Language.CHINESE: r"安全理事会|安理会",
}  # fmt: skip
_SYMBOLS = (
    (re.compile(r"(?<![\w/])A/HRC/(?:RES|DEC)/\d+/\d+"), saying("body.council", "the Human Rights Council"), _COUNCIL),
    (re.compile(r"(?<![\w/])A/RES/\d+/\d+"), saying("body.assembly", "the General Assembly"), _ASSEMBLY),
    (re.compile(r"(?<![\w/])S/RES/\d+"), saying("body.security", "the Security Council"), _SECURITY),
)
_NEAR = 70
_OF_A_SESSION = re.compile(r"(?<![\w/])(?:A/HRC/RES/)?(?P<session>\d{1,3})/\d{1,3}(?![\w/])")


_DRAFT = re.compile(r"(?<![\w/])A/HRC/(?P<session>\d{1,3})/L\.\d+")


def hits_of_drafts(text: str, language: Language) -> Iterator[Hit]:
    """Yield drafts that are of another session than the one that their sentence names: a draft is of one session."""
    for match in _DRAFT.finditer(text):
        around = sentence_around(text, match.start(), len(match[0]))
        named = {number for number, _, _ in sessions_in(around, language)}
        if named and int(match["session"]) not in named:
            yield Hit("session.file", match[0], match.start(), {"number": max(named)})


def hits_of_resolutions(text: str, language: Language) -> Iterator[Hit]:
    """Yield resolutions that are another body's than the text says, by their symbols, or of another year."""
    bodies = [_COUNCIL[language], _ASSEMBLY[language], _SECURITY[language]]
    for symbol, body, own in _SYMBOLS:
        for match in symbol.finditer(text):
            begin = max(
                (one.end() for one in re.finditer(r"[.!?;:。！？；](?:\s|$)|[。！？；]", text[: match.start()])),
                default=0,
            )
            before = text[max(begin, match.start() - _NEAR) : match.start()]
            after = re.split(r"[.!?;,(。！？；，（]", text[match.end() : match.end() + 50])[0]
            named = [one for one in bodies if re.search(one, before + " | " + after)]
            if len(named) == 1 and named[0] != own[language]:
                yield Hit("document.body", match[0], match.start(), {"body": body})
    for match in _OF_A_SESSION.finditer(text):
        when = months_of_session(int(match["session"]))
        around = text[max(0, match.start() - _NEAR) : match.start()]
        council = re.search(_COUNCIL[language], around) is not None or match[0].startswith("A/HRC")
        if when is None or not council or re.search(f"{_ASSEMBLY[language]}|{_SECURITY[language]}", around):
            continue
        said = re.match(r"\s?[(（]\s?(?P<year>20\d\d)\s?[)）]", text[match.end() :])
        if said is not None and int(said["year"]) != when[0]:
            yield Hit("document.year", match[0] + said[0], match.start(), {"year": when[0]})
