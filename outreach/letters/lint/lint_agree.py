"""What a letter says twice: the day to answer by, a number with its noun, what a subject and a text both name.

A letter is read with its facts filled in, so that `{{ letter.reply_by }}` and a day that is written out are compared.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from outreach.letters.filters import day as written_day
from outreach.letters.lint.lint_calendar import months_of_session
from outreach.letters.lint.lint_counts import numbers_told
from outreach.letters.lint.lint_dates import (
    TO_ANSWER_BY,
    asks,
    days_named,
    is_deadline,
    is_told_of,
    sentence_around,
    session_of,
    sessions_in,
)
from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_naming import stances_in
from outreach.letters.lint.lint_parts import ParagraphKind, Section
from outreach.letters.lint.lint_whole import documents_in, is_symbol, kind_of_document
from outreach.vocabulary import Language

_FACT = re.compile(r"\{\{-?\s*letter\.(?P<name>\w+)\s*(?:\|\s*day\s*(?:\(\s*\))?\s*)?-?\}\}")


def with_facts(source: str, facts: Mapping[str, Any], language: Language) -> str:
    """Return a text with the days, numbers and words of a letter's facts in place of their fields; its lines stay."""

    def said(match: re.Match[str]) -> str:
        value = facts.get(match["name"])
        lines = "\n" * match[0].count("\n")
        if type(value) is date:
            return written_day(value, language) + lines
        if (isinstance(value, str) and value.strip()) or (isinstance(value, int) and not isinstance(value, bool)):
            return " ".join(str(value).split()) + lines
        return match[0]

    return _FACT.sub(said, source)


def is_said(value: object, text: str, language: Language) -> bool:
    """Tell whether a text says in words what a fact has: that day, that session, those words."""
    if type(value) is date:
        return any((one.month, one.day) == (value.month, value.day) for _, _, one in days_named(text, language))
    number = next((session_of(value, one) for one in (language, *Language) if session_of(value, one)), None)
    if number is not None and any(number == one for one, _, _ in sessions_in(text, language)):
        return True
    return isinstance(value, str) and len(value) > _SHORTEST and value.casefold() in text.casefold()


_SHORTEST = 3
"""Letters: fewer stand in many words."""

_ANY_FACT = re.compile(r"\{\{-?\s*letter\.(?P<name>\w+)[^{}]*\}\}")


def hits_of_empty_facts(source: str, facts: Mapping[str, Any]) -> Iterator[Hit]:
    """Yield fields of a letter's file whose fact is empty and which no condition asks for, with the words around."""
    for match in _ANY_FACT.finditer(source):
        value = facts.get(match["name"], 0)
        is_empty = value is None or (isinstance(value, str) and not value.strip())
        if is_empty and "default" not in match[0] and not re.search(rf"\bif\b[^%]*\bletter\.{match['name']}\b", source):
            before, after = source[: match.start()].split()[-2:], source[match.end() :].split()[:2]
            yield Hit("words.gap", flat(" ".join([*before, match[0], *after])), match.start())


_TWO_ARTICLES = re.compile(
    r"(?i)\b(?:the|le|la|les|el|los|las|del|al|du|des|aux?)\s+\{\{[^{}|]*\|\s*(?:the|of|to|in|whom)\b[^{}]*\}\}"
)


def hits_of_two_articles(source: str) -> Iterator[Hit]:
    """Yield an article right before a field whose filter puts one there by itself, where a state's name has one."""
    for match in _TWO_ARTICLES.finditer(source):
        yield Hit("words.doubled", flat(match[0]), match.start())


# ---------------------------------------------------------------------------------------------- the day to answer by

_ANSWER = {
    Language.ENGLISH: r"\b(?:repl(?:y|ies)|answers?|respon(?:d|se|ses)|let us know|hear from|tell us|inform us|"
    r"advise us|"
    r"confirm|a word from you|your (?:position|decision)|get back to us|come back to us)\b",
    Language.FRENCH: r"\b(?:répon(?:se|ses|dre|drez|dez)|faire savoir|faire connaître|faire part|nous dire|"
    r"nous informer|nous indiquer|confirmer|votre (?:position|décision))\b",
    Language.SPANISH: r"\b(?:respuestas?|respond\w+|contest\w+|hagan? saber|hacernos saber|comuni\w+|nos digan?|"
    r"informarnos|"
    r"confirm\w+|su (?:posición|decisión))\b",
    Language.RUSSIAN: r"\b(?:ответ\w*|сообщи\w*|дайте знать|уведом\w+|подтверд\w+|ваш\w* (?:позици|решени)\w*)\b",
    Language.ARABIC: r"(?:الرد|ردكم|جواب\w*|إبلاغنا|إعلامنا|إفادتنا|موافاتنا)",
    Language.CHINESE: r"(?:答复|回复|回信|告知|告诉我们|来函)",
}  # fmt: skip
_ANSWERS = {language: re.compile(words, re.IGNORECASE) for language, words in _ANSWER.items()}
# Days by which something else is asked for: to come, to sign, to comment, to hand in, to pay.
_ELSE = re.compile(
    r"(?i)\b(?:attend\w*|register\w*|registration|rsvp|sign(?:ed|ing|ature)? on|comments? on|submi\w+|nominat\w+|"
    r"speakers?’? slot|"
    r"was|were|had|last year|particip\w+|inscri\w+|assister|contribu\w+|soumet\w+|asist\w+|aport\w+|present(?:ar|en)\b|"
    r"участ\w+|регистр\w+|замечани\w+)|حضور|مشاركة|تسجيل|出席|报名|登记|参会"
)


def hits_of_deadlines(text: str, facts: Mapping[str, Any], language: Language) -> Iterator[Hit]:
    """Yield the days to answer by that differ from the fact's, else from the first that the text names.

    `text` has the facts filled in.
    """
    own = {value for name, value in facts.items() if type(value) is date and TO_ANSWER_BY.search(name)}
    fact = own.pop() if len(own) == 1 else None
    first, said = fact, str(fact) if fact else ""
    for words, start, named in days_named(text, language):
        sentence = sentence_around(text, start, len(words))
        if not (_ANSWERS[language].search(sentence) and is_deadline(text, start, len(words), language)):
            continue
        if (_ELSE.search(sentence) and fact is None) or (is_told_of(sentence, language) and not asks(sentence)):
            continue
        if first is None:
            first, said = named, words
        elif (named.month, named.day) != (first.month, first.day):
            yield Hit("date.two-deadlines", words, start, {"other": said})


# ------------------------------------------------------------------------------------------------------ a vote, twice

_ASKED = re.compile(
    r"(?i)\b(?:we|i)\b.{0,40}\b(?:ask|urge|request|call|invite|encourage|appeal|hope|trust)|\b(?:nous|je)\b.{0,30}"
    r"(?:demand|pri|exhort|appel|invit|encourag|esp[ée]r)|\b(?:pedimos|instamos|rogamos|exhortamos|solicitamos|esperamos)|"
    r"(?:просим|призываем|надеемся)|نرجو|نطلب|ندعو|نحث|(?:请|吁请|敦促|希望)"
)
_CHANGE = re.compile(
    r"(?i)amend|enmienda|modific|поправк|تعديل|修正|motion|moción|proposal|proposition|propuesta|предложени"
)


def hits_of_stances(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Yield a request to vote against a text in a letter that asks to vote for it, or the other way round."""
    first: tuple[str, str] | None = None
    for one in sections:
        if one.branches or one.words.lstrip().startswith((">", "|")):
            continue
        for value, words, start in stances_in(one.words, language):
            sentence = sentence_around(one.words, start, len(words))
            asked = _ASKED.search(sentence) is not None or one.part is ParagraphKind.LIST
            if not asked or _CHANGE.search(words) or is_told_of(sentence, language):
                continue
            if first is None:
                first = (value.value, words)
            elif value.value != first[0]:
                yield Hit("words.two-stances", words, one.start + start, {"other": first[1]})
                return


# ------------------------------------------------------------------------------------------------ a number, told again

_THOSE = {
    Language.ENGLISH: r"(?:the|these|those|all(?:[ ]the)?|each[ ]of[ ]the|of[ ]the|our|whose)",
    Language.FRENCH: r"(?:les|ces|des|nos|tous[ ]les|toutes[ ]les)",
    Language.SPANISH: r"(?:los|las|est[oa]s|es[oa]s|nuestr[oa]s)",
    Language.RUSSIAN: r"(?:эти|этих|этим|все|всех|наши|наших)",
}  # fmt: skip
_NOUN = re.compile(r"[ \u00a0\u202f\n]+(?P<noun>[^\W\d_]{4,})")
_NO_NOUN = re.compile(
    r"(?i)(?:years?|months?|days?|weeks?|hours?|minutes?|percent|cent|million\w*|thousand|billion\w*|members?|states?|"
    r"votes?|ans|années?|mois|jours?|semaines?|heures?|pour|mille|milliards?|membres|états|voix|años?|meses|días?|"
    r"semanas?|horas?|miembros|estados|votos|лет|год\w*|месяц\w*|дн\w+|недел\w+|час\w*|член\w*|государств\w*|голос\w*|"
    r"тысяч\w*|миллион\w*|other\w*|autres|otr[oa]s|more|further|новых|других|people|persons?|personnes|personas)"
)


def hits_of_figures(subject: str, text: str, language: Language) -> Iterator[Hit]:
    """Yield what a text tells a second number of: `the 41 routes`, or a subject's, where it has told of 14 routes."""
    if language not in _THOSE:
        return
    those = re.compile(rf"(?i)(?<!\w){_THOSE[language]}[ \u00a0\n]+$")
    told: dict[str, dict[int, str]] = {}
    for number, after in _counted(text, language):
        noun = after["noun"].casefold()[:6]
        before = told.setdefault(noun, {})
        if len(before) == 1 and those.search(text[: number.start]):
            value, earlier = next(iter(before.items()))
            if _may_be_meant(value, number.value):
                yield Hit("words.ours-differ", flat(text[number.start : after.end()]), number.start, {"other": earlier})
        before.setdefault(number.value, flat(text[number.start : after.end()]))
    for number, after in _counted(subject, language):
        every = told.get(after["noun"].casefold()[:6], {})
        if len(every) == 1 and _may_be_meant(next(iter(every)), number.value):
            words = flat(subject[number.start : after.end()])
            yield Hit("words.subject-differs", words, 0, {"other": next(iter(every.values()))})


def _may_be_meant(one: int, other: int) -> bool:
    """Whether two different numbers are near each other, or one has the figures of the other: a part is neither."""
    near = abs(one - other) <= max(3, max(one, other) // 10)
    return one != other and (near or (one > 9 and sorted(str(one)) == sorted(str(other))))


def _counted(text: str, language: Language) -> Iterator[tuple[Any, re.Match[str]]]:
    for number in numbers_told(text, language):
        after = _NOUN.match(text, number.end)
        if after is not None and number.value > 1 and not _NO_NOUN.fullmatch(after["noun"]):
            yield number, after


def hits_of_subject_numbers(
    subject: str, text: str, language: Language, session: int | None, today: date
) -> Iterator[Hit]:
    """Yield a document or a session that a subject names where the text names another of its kind, and not that.

    `session` is that which the letter's facts name: with it the subject is compared elsewhere. A subject may tell of a
    session that has been.
    """
    told = {number: words for number, words, _ in sessions_in(text, language)}
    for number, words, _ in sessions_in(subject, language) if session is None and len(told) == 1 else ():
        when = months_of_session(number)
        been = when is not None and (when[0], max(when[1])) < (today.year, today.month)
        if number not in told and not (been and is_told_of(subject, language)):
            yield Hit("words.subject-differs", words, 0, {"other": next(iter(told.values()))})
    named = {one for one, _ in documents_in(text)}
    for one, _ in documents_in(subject):
        like = [each for each in named if kind_of_document(each) == kind_of_document(one)]
        if one not in named and len(like) == 1 and is_symbol(one):
            yield Hit("words.subject-differs", one, 0, {"other": like[0]})
