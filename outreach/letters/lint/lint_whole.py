"""What is wrong with a letter as a whole: sections of nothing, subjects alike, documents and days of a vote at odds."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from outreach.letters.lint.lint_dates import days_named, is_deadline
from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_names import one_slip
from outreach.vocabulary import Language

_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?[ \t]*#*[ \t]*$")
_SAYS_NOTHING = re.compile(r"^\s*(?:\{%-?\+?\s*(?:if|elif|else|endif|set|endset)\b.*%\}|\{#.*#\}|:{3,}.*)?\s*$")
_SYMBOL = re.compile(
    r"(?<![\w/])[AES](?:/[A-Z]+)*/(?:[A-Z]+/)*\d+(?:/[A-Z]*\.?\d+|/\d+)+(?:/(?:Rev|Add|Corr)\.\d+)*(?![\w/])"
)
_RESOLUTION = re.compile(
    r"(?i)(?:resolutions?|résolutions?|resoluci(?:ón|ones)|резолюци\w*|القرار|قرار|决议|第)\s*(?:n[o°º.]*\s*|"
    r"№\s*)?(?P<number>\d{1,3}/\d{1,3})(?![\d/])"
    r"|(?<![\w/])(?P<other>\d{1,3}/\d{1,3})(?=\s*(?:号决议|决议))"
)


def hits_of_sections(source: str) -> Iterator[Hit]:
    """Yield headings with nothing below them but the next one, or the end; a tag that takes something in is "
    "something."""
    lines = source.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    open_heading: tuple[int, str, int] | None = None
    for number, line in enumerate([*lines, "# "]):
        match = _HEADING.match(line) if number < len(lines) else None
        if match is None and number < len(lines):
            if not _SAYS_NOTHING.match(line):
                open_heading = None
            continue
        level = len(match[1]) if match else 0
        if match and not match[2]:
            yield Hit("words.empty-section", match[1], starts[number])
            continue
        if open_heading is not None and level <= open_heading[0]:
            yield Hit("words.empty-section", flat(open_heading[1]), open_heading[2])
        open_heading = (level, match[2], starts[number]) if match else None


def hits_of_subjects(subjects: Mapping[Language, str], fallback: Language) -> Iterator[tuple[Language, Hit]]:
    """Yield the subjects that say what another language's says."""
    for language, subject in subjects.items():
        same = len(subject.split()) > 2 and subject == subjects.get(fallback)
        if language is not fallback and same and re.search(r"[^\W\d_]{2,}", subject):
            yield language, Hit("language.same-subject", flat(subject), 0, {"other": str(fallback)})


def hits_of_documents(texts: Mapping[Language, str], fallback: Language) -> Iterator[tuple[Language, Hit]]:
    """Yield symbols of documents that one language names and the others do not, and numbers that look mistyped.

    A mistyped one has the figures of another in another order, or differs from one that stands several times in one.
    """
    named = {language: list(documents_in(text)) for language, text in texts.items()}
    counts = Counter(one for found in named.values() for one, _ in found)
    model = {one for one, _ in named.get(fallback, [])}
    seen: list[str] = []
    told: set[str] = set()
    for language, found in named.items():
        for one, start in found:
            beside = {each for each, place in found if abs(place - start) <= _BESIDE}
            other = next(
                (
                    each
                    for each in seen
                    if _alike(one, each) and (each not in beside or (_turned(one, each) and not is_symbol(one)))
                ),
                None,
            )
            lone = language is not fallback and model and one not in model and counts[one] < len(texts)
            instead = next(
                (each for each in model if each != one and kind_of_document(each) == kind_of_document(one)), None
            )
            twin = next((each for each, place in found if place < start - _BESIDE and _alike(one, each)), None)
            if twin is not None and one not in told and ("/L." in one or not _SYMBOL.fullmatch(one)):
                told.add(one)
                yield language, Hit("document.odds", one, start, {"other": twin})
            elif other is not None and (sorted(one) == sorted(other) or lone):
                yield language, Hit("document.odds", one, start, {"other": other})
            elif lone and instead is not None and instead not in {each for each, _ in found}:
                yield language, Hit("document.odds", one, start, {"other": instead})
            seen.append(one)


_BESIDE = 80
"""So near to each other, two documents are two."""


def documents_in(text: str) -> Iterator[tuple[str, int]]:
    """Yield the symbols of documents and the numbers of resolutions that a text names, and where they begin."""
    for match in _SYMBOL.finditer(text):
        yield match[0], match.start()
    for match in _RESOLUTION.finditer(text):
        yield match["number"] or match["other"], match.start("number" if match["number"] else "other")


def is_symbol(document: str) -> bool:
    """Tell whether a document is named by its symbol, and not by a resolution's number."""
    return _SYMBOL.fullmatch(document) is not None


def kind_of_document(document: str) -> str:
    """Return a document without its figures."""
    return re.sub(r"\d+", "0", document)


def _turned(one: str, other: str) -> bool:
    return one != other and sorted(one) == sorted(other)


def _alike(one: str, other: str) -> bool:
    """Whether the one may be the other, mistyped: its figures in another order, or one of them changed or left out."""
    return kind_of_document(one) == kind_of_document(other) and one_slip(one, other)


_VOTE = {
    Language.ENGLISH: r"\bvot(?:e|es|ed|ing)\b|\bballot", Language.FRENCH: r"\bvot(?:e|er|era|ent)\b|mis aux voix|"
        r"scrutin",
    Language.SPANISH: r"\bvot(?:ación|ar|ará|arán|o)\b", Language.RUSSIAN: r"голосован\w*", Language.ARABIC: r"تصويت",
    Language.CHINESE: r"表决|投票",
}  # fmt: skip
# What else a day may be of, in the same sentence as the vote: an answer that is asked for, or another meeting.
_ELSE = {
    Language.ENGLISH: r"\b(?:repl(?:y|ies)|answer|respon[ds]|writ(?:e|ing)|tell|inform|confirm|meet|call|brief|hear|"
    r"publish|launch|debate|discuss|consult|negotiat|adopt|since|until)",
    Language.FRENCH: r"répon|écri[rtv]|inform|confirm|rencontr|réuni|publi|débat|consult|négoci|adopt|depuis",
    Language.SPANISH: r"respon|respuesta|contest|escrib|inform|confirm|reuni|public|debat|consult|negoci|aprob|desde",
    Language.RUSSIAN: r"ответ|напи[сш]|сообщ|подтверд|встре[тч]|опублик|обсужд|консульт|принят|переговор",
    Language.ARABIC: r"الرد|رد[اًّ ]|جواب|تجيب|إجاب|الكتابة|إبلاغ|اجتماع|نشر|مناقش|مشاور|اعتماد|منذ",
    Language.CHINESE: r"答复|回复|回信|来信|告知|会面|会议|公布|发布|讨论|磋商|通过",
}
_CLAUSES = re.compile(
    r"[;:؛；：]|[,，،] ?(?:and|but|while|et|mais|tandis|y|e|pero|mientras|и|а|но|و|并|而|且)(?![^\W_])"
)
_ENDS = re.compile(r"[.!?;。！？؛]\s|[。！？]")


def hits_of_votes(text: str, language: Language, vote_on: date | None, years: frozenset[int]) -> Iterator[Hit]:
    """Yield days of a vote that differ: from that which the facts name, else from the first that the text names."""
    first: tuple[int, int] | None = (vote_on.month, vote_on.day) if vote_on else None
    said = str(vote_on) if vote_on else ""
    for words, start, day in days_named(text, language):
        before = _ENDS.split(text[max(0, start - 80) : start])[-1]
        after = (
            _ENDS.split(text[start + len(words) : start + len(words) + 40])[0] if language is Language.CHINESE else ""
        )
        clauses = _CLAUSES.split(before)
        # `The vote, on Friday`: a clause that says nothing yet goes with the one before it.
        before = clauses[-1] if len(clauses[-1].split()) > 3 else " ".join(clauses[-2:])
        named = list(re.finditer(_VOTE[language], f"{before} {after}", re.IGNORECASE))
        between = before[named[0].end() :] if named and named[0].end() <= len(before) else ""
        other = is_deadline(text, start, len(words), language) or re.search(_ELSE[language], between, re.IGNORECASE)
        if not named or other:
            continue
        if re.search(r"\b(?:19|20)\d\d\b", words) and not any(str(year) in words for year in years):
            continue  # the vote of another year
        if first is None:
            first, said = (day.month, day.day), words
        elif (day.month, day.day) != first:
            yield Hit("date.vote", words, start, {"other": said})
