"""What a letter's language files say differently: figures, days, sessions, articles, addresses, states, paragraphs.

The paragraphs of two files are laid beside each other by their kind and length, and what each names is compared. Only
what the one has *instead of* the other is told: that a figure is missing may be how a language says it (`both`, the
Arabic dual). Where more than two languages are there, the odd one is told.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from outreach.letters.lint.lint_dates import days_named, sessions_in
from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_languages import paragraphs
from outreach.letters.lint.lint_naming import NamedAlike, currencies_in, offices_in, people_in, stances_in
from outreach.letters.lint.lint_numbers import numbers_in
from outreach.letters.lint.lint_states import states_named
from outreach.letters.lint.lint_whole import documents_in
from outreach.vocabulary import Language

_LABEL = {
    Language.ENGLISH: r"(?:articles?|paragraphs?|section|rule|principle|chapter|annex|operative paragraphs?)",
    Language.FRENCH: r"(?:articles?|paragraphes?|section|règle|principe|chapitre|annexe)",
    Language.SPANISH: r"(?:artículos?|párrafos?|sección|regla|principio|capítulo|anexo)",
    Language.RUSSIAN: r"(?:стать\w+|пункт\w*|параграф\w*|раздел\w*|глав\w+|приложени\w+)",
    Language.ARABIC: r"(?:\w{0,3}المادة|\w{0,3}الفقرة|مادة|فقرة)",
}
_LABELLED = {
    language: re.compile(rf"(?<!\w)(?P<label>{words})[ \u00a0](?P<number>\d{{1,3}})(?![\d/]|[.,]\d)", re.IGNORECASE)
    for language, words in _LABEL.items()
} | {Language.CHINESE: re.compile(r"第\s?(?P<number>\d{1,3})\s?[条段款章]")}
_NO_FIGURE = re.compile(
    r"https?://\S+|[^\s@<(]+@[^\s@>)]+|\]\([^)\n]*\)|\[\^[^\]\n]*\]|^[ \t]*(?:\d{1,3}[.)]|[-*+])[ \t]|\d{1,2}:\d{2}|"
    r"\d{1,2}[ \u00a0]?(?:[ap]\.?[ ]?m\b|heures|horas|часов|ч\.)|"
    r"\+\s?\d[\d ().-]{6,}\d|\d{1,2}[ \u00a0]?h[ \u00a0]?\d{2}",
    re.MULTILINE,
)
_DECIMAL = re.compile(r"(?<![\d.,/])\d+[.,٫]\d{1,2}(?![\d.,/]*\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LIST = re.compile(r"\s*(?:\d{1,3}[.)]|[-*+])[ \t]")


@dataclass(frozen=True, slots=True)
class _Mentioned:
    """Something that a paragraph names: what it is, the words, and where in the file they begin."""

    value: object
    words: str
    start: int


@dataclass(slots=True)
class Paragraph:
    """A paragraph, and what it names, by what is compared."""

    words: str
    start: int
    kind: str
    said: dict[str, list[_Mentioned]] = field(default_factory=dict)


def blocks_of(text: str, language: Language) -> list[Paragraph]:
    """Return the paragraphs of a text without tags, with what each of them names."""
    found = []
    for words, start in paragraphs(text):
        if words.strip(" \n\ufffc").startswith(":::") and "\n" not in words.strip():
            continue
        if not words.strip(" \n\t\ufffc:"):
            continue
        if words.lstrip().startswith("[^"):
            continue
        kind = "list" if _LIST.match(words) else "heading" if words.lstrip().startswith("#") else "paragraph"
        found.append(Paragraph(words, start, kind, _said_in(words, start, language)))
    return found


def _said_in(words: str, start: int, language: Language) -> dict[str, list[_Mentioned]]:
    said: dict[str, list[_Mentioned]] = {"date": [], "session": [], "figure": [], "article": []}
    rest = _NO_FIGURE.sub(lambda match: " " * len(match[0]), words)

    def out(begin: int, length: int) -> None:
        nonlocal rest
        rest = rest[:begin] + " " * length + rest[begin + length :]

    for named, place, day in days_named(words, language):
        year = re.search(r"\d{4}", named)
        said["date"].append(_Mentioned((day.month, day.day, year[0] if year else ""), named, start + place))
        out(place, len(named))
    for number, named, place in sessions_in(words, language):
        said["session"].append(_Mentioned(number, named, start + place))
        out(place, len(named))
    for named, place in documents_in(words):
        out(place, len(named))
    for match in _LABELLED[language].finditer(rest):
        said["article"].append(_Mentioned(int(match["number"]), match[0], start + match.start()))
        out(match.start(), len(match[0]))
    for one in numbers_in(rest, language):
        out(one.start, len(one.words))
        said["figure"].append(_Mentioned(one.value, _with_next(words, one.start, one.end, language), start + one.start))
    for match in _DECIMAL.finditer(rest):
        value = float(re.sub("[,٫]", ".", match[0]))
        said["figure"].append(_Mentioned(value, _with_next(words, *match.span(), language), start + match.start()))
    return said


def _with_next(words: str, start: int, end: int, language: Language) -> str:
    """A number with the word behind it: alone it says little."""
    after = r"\w{0,3}" if language is Language.CHINESE else r"[ \n\u00a0\u202f]+[^\W\d_][\w\u064b-\u0652’'-]*"
    following = re.compile(after).match(words, end)
    return flat(words[start : following.end() if following else end])


# --------------------------------------------------------------------------------------------------- side by side

_SKIP = 1.0


def beside(model: list[Paragraph], own: list[Paragraph]) -> list[tuple[int | None, int | None]]:
    """Lay the paragraphs of two files side by side: their places, None where one has none to match."""
    if len(model) == len(own):
        return list(zip(range(len(model)), range(len(own)), strict=True))
    scale = sum(len(one.words) for one in own) / max(1, sum(len(one.words) for one in model))
    scale = max(scale, _usual(model, own))
    rows, columns = len(model) + 1, len(own) + 1
    cost = [[0.0] * columns for _ in range(rows)]
    for a in range(rows):
        for b in range(columns):
            ways = []
            if a:
                ways.append(cost[a - 1][b] + _SKIP)
            if b:
                ways.append(cost[a][b - 1] + _SKIP)
            if a and b:
                ways.append(cost[a - 1][b - 1] + _apart(model[a - 1], own[b - 1], scale))
            cost[a][b] = min(ways) if ways else 0.0
    found: list[tuple[int | None, int | None]] = []
    a, b = len(model), len(own)
    while a or b:
        if a and b and cost[a][b] == cost[a - 1][b - 1] + _apart(model[a - 1], own[b - 1], scale):
            a, b = a - 1, b - 1
            found.append((a, b))
        elif a and cost[a][b] == cost[a - 1][b] + _SKIP:
            a -= 1
            found.append((a, None))
        else:
            b -= 1
            found.append((None, b))
    return found[::-1]


def _usual(model: list[Paragraph], own: list[Paragraph]) -> float:
    """How much longer the paragraphs of the one are: the middle one of all ratios, by place from both ends."""
    pairs = [*zip(model, own, strict=False), *zip(model[::-1], own[::-1], strict=False)]
    ratios = sorted(len(b.words) / max(1, len(a.words)) for a, b in pairs if a.kind == b.kind)
    return ratios[len(ratios) // 2] if ratios else 1.0


def _apart(one: Paragraph, other: Paragraph, scale: float) -> float:
    if one.kind != other.kind:
        return 2.5
    long, short = sorted((len(one.words) * scale + 8, len(other.words) + 8), reverse=True)
    apart = min(1.6, long / short - 1)
    mine, theirs = _values(one), _values(other)
    if mine and theirs:
        apart += -0.4 if mine & theirs else 0.6
    elif mine or theirs:
        apart += 0.3
    return max(0.0, apart)


def _values(block: Paragraph) -> set[object]:
    return {(kind, said.value) for kind, every in block.said.items() for said in every}


# ------------------------------------------------------------------------------------------------------- compared

_CODES = {"date": "language.date", "session": "language.session", "figure": "language.figure",
          "article": "language.figure"}  # fmt: skip
Differing = tuple[Language, Hit]


def hits_between(texts: Mapping[Language, str], fallback: Language) -> Iterator[Differing]:
    """Yield what a language file says instead of what the others say; texts are without tags.

    The facts tell the other file's words and its `place`.
    """
    if len(texts) < 2:
        return
    blocks = {language: _blocks(texts[language], language) for language in texts}
    model = blocks[fallback]
    aligned = {
        language: {a: b for a, b in beside(model, own) if a is not None and b is not None}
        for language, own in blocks.items()
        if language is not fallback
    }
    for place, block in enumerate(model):
        sides = {fallback: block} | {
            language: blocks[language][pairs[place]] for language, pairs in aligned.items() if place in pairs
        }
        for kind in _CODES:
            yield from _odd(kind, {language: side.said[kind] for language, side in sides.items()}, fallback)
        for kind, named_in in (
            ("currency", currencies_in),
            ("office", offices_in),
            ("name", people_in),
            ("stance", stances_in),
        ):
            yield from _odd_one(
                kind,
                {language: named_in(one.words, language) for language, one in sides.items()},
                {language: one.start for language, one in sides.items()},
                fallback,
            )
    yield from _lacking(blocks, aligned, fallback)
    yield from _cut_short(blocks, aligned, fallback)
    yield from _labels_left(blocks, aligned, fallback)
    yield from _odd("address", {language: _mails(text) for language, text in texts.items()}, fallback)
    yield from _pages_at_odds(texts, fallback)
    yield from _phones_at_odds(texts, fallback)
    yield from _odd("state", {language: _states(text, language) for language, text in texts.items()}, fallback)


@lru_cache(maxsize=64)
def _blocks(text: str, language: Language) -> list[Paragraph]:
    return blocks_of(text, language)


def _odd(kind: str, said: Mapping[Language, list[_Mentioned]], fallback: Language) -> Iterator[Differing]:
    """Yield what one language names instead of the fallback, or the fallback instead of all others."""
    values = {language: {one.value for one in every} for language, every in said.items()}
    told: set[object] = set()
    for language, every in said.items():
        if language is fallback:
            continue
        extra = [one for one in every if not _has(one.value, values[fallback])]
        missing = [one for one in said[fallback] if not _has(one.value, values[language])]
        if kind == "state" and (len(extra) > 1 or len(missing) > 1):
            continue
        for mine, theirs in zip(extra, missing, strict=False):
            with_me = sum(_has(mine.value, own) for own in values.values())
            with_them = sum(_has(theirs.value, own) for own in values.values())
            code = _CODES.get(kind, f"language.{kind}")
            if with_me > with_them:
                if theirs.value not in told:
                    told.add(theirs.value)
                    yield (
                        fallback,
                        Hit(code, theirs.words, theirs.start, {"other": mine.words, "place": f"{language}.md"}),
                    )
            else:
                yield language, Hit(code, mine.words, mine.start, {"other": theirs.words, "place": f"{fallback}.md"})


def _odd_one(
    kind: str,
    said: Mapping[Language, list[tuple[NamedAlike, str, int]]],
    begins: Mapping[Language, int],
    fallback: Language,
) -> Iterator[Differing]:
    """Yield what a paragraph names once in another way than the fallback's: another currency, office, or spelling."""
    for language, own in said.items():
        if language is fallback:
            continue
        extra = [one for one in own if not any(one[0].is_that(other[0]) for other in said[fallback])]
        missing = [one for one in said[fallback] if not any(one[0].is_that(other[0]) for other in own)]
        for value, words, start in extra:
            instead = [one for one in missing if value.may_be(one[0])]
            if len(instead) == 1 and sum(one[0].may_be(instead[0][0]) for one in extra) == 1:
                facts = {"other": instead[0][1], "place": f"{fallback}.md"}
                yield language, Hit(f"language.{kind}", words, begins[language] + start, facts)


def _has(value: object, among: set[object]) -> bool:
    """Whether a value is among others; a day without a year is that of any."""
    if value in among:
        return True
    if isinstance(value, tuple):
        return any(isinstance(one, tuple) and one[:2] == value[:2] and not (one[2] and value[2]) for one in among)
    return False


_URL = re.compile(r"https?://[^\s<>)\]\"»”]+(?<![.,;:!?])")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_TONGUE = re.compile(rf"(?<=[/.?=_-])(?:{'|'.join(Language)})(?=[/._&-]|$)")
_LIKE = 0.9
_SLIPS = 2
"""Two figures that changed places are two."""


def _pages_in(text: str) -> dict[str, re.Match[str]]:
    """The links of a text, by their addresses without the code of a language: `/en/faq` and `/fr/faq` are one page."""
    return {_TONGUE.sub("", match[0]): match for match in _URL.finditer(text)}


def _pages_at_odds(texts: Mapping[Language, str], fallback: Language) -> Iterator[Differing]:
    """Yield links that are nearly one that several other languages have: mistyped ones, or those of another year.

    Where each language has a page of its own, they differ by right.
    """
    named = Counter(page for text in texts.values() for page in _pages_in(text))
    every = _pages_in(texts[fallback])
    for language, text in texts.items():
        own = _pages_in(text)
        left = [page for page in every if page not in own]
        for page, match in own.items():
            if page in every:
                continue
            near = difflib.get_close_matches(page, [one for one in left if named[one] > 1], n=1, cutoff=_LIKE)
            near += [one for one in left if _YEAR.sub("", one) == _YEAR.sub("", page)]
            if near:
                facts = {"other": every[near[0]][0], "place": f"{fallback}.md"}
                yield language, Hit("language.link", match[0], match.start(), facts)


_PHONE = re.compile(r"\+[\d \u00a0().-]{8,20}\d")


def _phones_at_odds(texts: Mapping[Language, str], fallback: Language) -> Iterator[Differing]:
    """Yield telephone numbers that are the fallback's but for a figure or two: mistyped ones."""
    model = {re.sub(r"\D", "", words): words for words in _PHONE.findall(texts[fallback])}
    for language, text in texts.items():
        own = (
            {re.sub(r"\D", "", match[0]): match for match in _PHONE.finditer(text)} if language is not fallback else {}
        )
        for figures in own.keys() - model.keys():
            for other in model.keys() - own.keys():
                if len(figures) == len(other) and sum(a != b for a, b in zip(figures, other, strict=True)) <= _SLIPS:
                    match = own[figures]
                    facts = {"other": model[other], "place": f"{fallback}.md"}
                    yield language, Hit("language.link", match[0], match.start(), facts)


def _mails(text: str) -> list[_Mentioned]:
    found: dict[str, _Mentioned] = {}
    for match in _MAIL.finditer(text):
        found.setdefault(match[0].casefold(), _Mentioned(match[0].casefold(), match[0], match.start()))
    return list(found.values())


def _states(text: str, language: Language) -> list[_Mentioned]:
    found: dict[str, _Mentioned] = {}
    for iso3, words, start in states_named(text, language):
        found.setdefault(iso3, _Mentioned(iso3, words, start))
    return list(found.values())


def _counts(block: Paragraph) -> bool:
    """Whether a paragraph is more than a line, which may be joined with another one."""
    return len(block.words.strip()) > 12 if re.search("[\u4e00-\u9fff]", block.words) else len(block.words.strip()) > 40


def _lacking(
    blocks: Mapping[Language, list[Paragraph]], aligned: Mapping[Language, Mapping[int, int]], fallback: Language
) -> Iterator[Differing]:
    """Yield files that have fewer paragraphs than the fallback's, with the first that has none to match."""
    model = blocks[fallback]
    for language, pairs in aligned.items():
        count = len(blocks[language])
        if sum(map(_counts, blocks[language])) >= sum(map(_counts, model)):
            continue
        place = next((number for number in range(len(model)) if number not in pairs and _counts(model[number])), None)
        if place is None:
            continue
        block = model[place]
        facts = {"count": count, "model": len(model), "other": str(fallback), "start": block.start}
        yield language, Hit("language.paragraph-lacking", flat(block.words), 0, facts)


_SHORT, _MANY_LETTERS = 0.62, 70
"""A paragraph of so much less than its share, and so many letters less, has lost a sentence."""


def _cut_short(
    blocks: Mapping[Language, list[Paragraph]], aligned: Mapping[Language, Mapping[int, int]], fallback: Language
) -> Iterator[Differing]:
    """Yield paragraphs that are much shorter than those beside them, and have fewer sentences."""
    model = blocks[fallback]
    for language, pairs in aligned.items():
        sides = [(model[a], blocks[language][b]) for a, b in pairs.items() if _counts(model[a])]
        sides = [(one, own) for one, own in sides if one.kind == own.kind == "paragraph"]
        ratios = sorted(len(own.words) / len(one.words) for one, own in sides)
        if len(ratios) < _FEWEST_PAIRS:
            continue
        usual = ratios[len(ratios) // 2]
        for one, own in sides:
            due = len(one.words) * usual
            fewer = _sentences(own.words) < _sentences(one.words)
            if fewer and len(own.words) < _SHORT * due and due - len(own.words) > _MANY_LETTERS * min(1.0, usual):
                facts = {"other": flat(one.words), "place": f"{fallback}.md"}
                yield language, Hit("language.paragraph-short", flat(own.words), own.start, facts)
            elif _is_cut(one, own, usual):
                facts = {"other": flat(own.words), "place": f"{language}.md"}
                yield fallback, Hit("language.paragraph-short", flat(one.words), one.start, facts)


_FEWEST_PAIRS = 3


def _is_cut(one: Paragraph, own: Paragraph, usual: float) -> bool:
    """Whether the fallback's own paragraph is the one that lacks a sentence."""
    due = len(own.words) / usual
    fewer = _sentences(one.words) < _sentences(own.words)
    return fewer and len(one.words) < _SHORT * due and due - len(one.words) > _MANY_LETTERS


def _sentences(words: str) -> int:
    return len(re.findall(r"[.!?؟](?=\s|$|[»”\"])|[。！？]", words))


def _labels_left(
    blocks: Mapping[Language, list[Paragraph]], aligned: Mapping[Language, Mapping[int, int]], fallback: Language
) -> Iterator[Differing]:
    """Yield headings, items and the first rows of tables that are the fallback's, word by word; names have capitals."""
    for language, pairs in aligned.items():
        for a, b in pairs.items():
            own = blocks[language][b]
            table = own.words.lstrip().startswith("|")
            if own.kind == "paragraph" and not table:
                continue
            theirs = {line.strip() for line in blocks[fallback][a].words.split("\n")}
            for line in own.words.split("\n")[: 1 if table else None]:
                words = re.findall(r"[^\W\d_]{2,}", line)
                low = [word for word in words if word.islower()]
                enough = len(low) * 2 >= len(words) > 1 and (len(low) > 1 or own.kind == "heading" or table)
                if line.strip() in theirs and enough:
                    start = own.start + own.words.find(line)
                    yield language, Hit("language.same-paragraph", flat(line), start, {"other": f"{fallback}.md"})
                    break
