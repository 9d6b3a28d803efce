"""Figures that do not add up: the last row of a table, a whole beside its parts, `our twelve members` and fourteen.

A total is judged where the text says that it is one. A whole and parts in one sentence may leave some out: only what is
nearly the sum is told, which is how a slip looks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from outreach.letters.lint.lint_counts import numbers_told
from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_numbers import Number
from outreach.letters.lint.lint_parts import ParagraphKind, Section
from outreach.vocabulary import Language

_TOTAL = re.compile(
    r"(?i)(?:grand )?totals?|sum|altogether|in (?:all|total)|all(?: together)?|overall|ensemble|total général|total "
    r"general|au total|somme|suma|en total|итого|всего|сумма|(?:ال)?(?:مجموع|إجمالي)(?: (?:ال)?(?:كلي|عام))?|"
    r"合计|总计|总数|共计|总和|总共"
)
_CELL = re.compile(r"[-–+]?\s?(?:\d{1,3}(?:[ ,.\u00a0\u202f’'٬]\d{3})+|\d+(?:[.,]\d+)?)")
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "0", "нет", "无"})
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")


@dataclass(frozen=True, slots=True)
class _Cell:
    words: str
    start: int

    @property
    def is_empty(self) -> bool:
        return self.words.casefold() in _NOTHING

    @property
    def value(self) -> float | None:
        if self.is_empty:
            return 0.0
        if not _CELL.fullmatch(self.words):
            return None
        whole = re.fullmatch(r"[-–+]?\s?\d{1,3}(?:\D\d{3})+", self.words)
        figures = re.sub(r"\D", "", self.words) if whole else self.words.replace(",", ".").lstrip("–+ ")
        return float(figures)


def hits_of_sums(text: str, sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Yield totals that their parts do not make, in tables and in sentences; `text` is without tags."""
    yield from _in_tables(text)
    for one in sections:
        if one.part is not ParagraphKind.HEADING and not one.words.lstrip().startswith("|"):
            yield from _in_sentences(one, language)
            yield from _of_shares(one)
            yield from _of_a_whole(one, language)
    yield from _of_ours(sections, language)
    yield from _turned_round(sections, language)


# ------------------------------------------------------------------------------------------------------------ tables


def _in_tables(text: str) -> Iterator[Hit]:
    rows: list[list[_Cell]] = []
    place = 0
    for line in [*text.split("\n"), ""]:
        if "|" in line and line.strip():
            if not _RULE.fullmatch(line):
                rows.append(_cells(line, place))
        elif rows:
            yield from _in_table(rows)
            rows = []
        place += len(line) + 1


def _cells(line: str, place: int) -> list[_Cell]:
    found = []
    begin = len(line) - len(line.lstrip())
    begin += line[begin : begin + 1] == "|"
    for match in re.finditer(r"((?:\\\||[^|])*)(?:\||$)", line[begin:].rstrip()):
        if match.end() == match.start():
            break
        words = match[1].strip(" *_")
        found.append(_Cell(words, place + begin + match.start() + max(0, match[1].find(words))))
    return found


def _in_table(rows: list[list[_Cell]]) -> Iterator[Hit]:
    head, *body = rows
    width = len(head)
    body = [row for row in body if len(row) == width]
    if len(body) < 2 or width < 2:
        return
    totals = [number for number, row in enumerate(body) if _is_total(row[0].words)]
    last = totals[-1] if totals else 0
    for column in range(1, width) if totals and last >= 2 else ():
        cell = body[last][column]
        every = [row[column].value for number, row in enumerate(body[:last]) if number not in totals]
        since = [row[column].value for row in body[totals[-2] + 1 if len(totals) > 1 else 0 : last]]
        if not cell.is_empty:
            yield from _odd_total(cell, every, since)
    if _is_total(head[-1].words):
        yield from _across(body)


def _is_total(words: str) -> bool:
    return _TOTAL.fullmatch(words.strip(" :.：")) is not None


def _odd_total(cell: _Cell, *ways: Sequence[float | None]) -> Iterator[Hit]:
    """A total that is none of the sums by which it may have been made."""
    sums = []
    for parts in ways:
        if len(parts) < 2 or None in parts:
            return
        values = [part for part in parts if part is not None]
        sums.append((sum(values), 0.1 * len(values) if any(value % 1 for value in values) else 0.0))
    if cell.value is not None and not any(abs(cell.value - made) <= rounded for made, rounded in sums):
        yield Hit("words.sum", cell.words, cell.start, {"sum": f"{sums[0][0]:g}"})


def _across(body: list[list[_Cell]]) -> Iterator[Hit]:
    """Where most rows add up to their last column, those that do not."""
    odd = [hit for row in body for hit in _odd_total(row[-1], [cell.value for cell in row[1:-1]])]
    if len(odd) * 2 < len(body) and len(body) > 2:
        yield from odd


# --------------------------------------------------------------------------------------------------------- sentences

_SENTENCES = re.compile(r"(?<=[.!?؟])\s+|(?<=[。！？])|\n(?=\s*(?:[-*+•]|\d+[.)])\s)")
_AND = {
    Language.ENGLISH: r"and|plus|,|;", Language.FRENCH: r"et|plus|,|;", Language.SPANISH: r"y|e|más|,|;",
    Language.RUSSIAN: r"и|плюс|,|;", Language.ARABIC: r"و|،|,|؛", Language.CHINESE: r"和|与|及|以及|、|，|；",
}  # fmt: skip
_IN_ALL = {
    Language.ENGLISH: r"in (?:all|total)|altogether|together|all told|a total of|that is|in sum|making",
    Language.FRENCH: r"au total|en tout|ensemble|un total de|soit|c['’]est-à-dire",
    Language.SPANISH: r"en total|en conjunto|un total de|es decir|o sea|juntos|en suma",
    Language.RUSSIAN: r"всего|итого|в общей сложности|вместе|то есть",
    Language.ARABIC: r"في المجموع|المجموع|إجمالا|إجمالاً|مجموعها|مجموعهم|أي",
    Language.CHINESE: r"共计|总共|合计|一共|共|总计|即",
}
_OF = {
    Language.ENGLISH: r"(?:out )?of|among", Language.FRENCH: r"sur|parmi|des|de", Language.SPANISH: r"de|entre",
    Language.RUSSIAN: r"из|среди", Language.ARABIC: r"من|من بين|من أصل", Language.CHINESE: r"在|这",
}  # fmt: skip
_INCLUDING = re.compile(
    r"(?i)includ|among|at least|more than|over |some |dont|notamment|au moins|plus d|parmi|incluid|entre|al menos|más "
    r"de|в том числе|включая|среди|более|не менее|منها|منهم|من بينها|بما في ذلك|أكثر من|其中|包括|至少|超过"
)
_OF_A_PART = re.compile(
    r"(?i)\b(?:of (?:whom|which)|dont|de (?:los|las) (?:que|cuales)|из (?:них|которых))\b|منهم|منها|其中"
)
"""What makes the number behind it a part of the one before."""
_RANGE = re.compile(r"^\s*(?:[-–—]|to|à|a|до|إلى|至|到)\s*$")
_PER = re.compile(r"\s?(?:%|per ?cent|pour cent|por ciento|процент|في المائة|بالمائة|٪|个百分点)")


def _in_sentences(section: Section, language: Language) -> Iterator[Hit]:
    begin = 0
    for sentence in _SENTENCES.split(section.words):
        place = section.words.find(sentence, begin)
        begin = max(begin, place + len(sentence))
        numbers = [one for one in numbers_told(sentence, language) if not _is_other(sentence, one)]
        if len(numbers) < 3:
            continue
        found = _whole_first(sentence, numbers, language) or _whole_last(sentence, numbers, language)
        if found is not None:
            whole, parts = found
            words = flat(sentence[min(whole.start, parts[0].start) : max(whole.end, parts[-1].end)])
            words = words if len(words) < 79 else whole.words
            made = sum(one.value for one in parts)
            yield Hit("words.parts", words, section.start + place + whole.start, {"whole": whole.words, "sum": made})


def _is_other(sentence: str, one: Number) -> bool:
    """Whether a number is a year, a share or an age, which is no part of a whole here."""
    before, after = sentence[: one.start], sentence[one.end :]
    year = not one.in_words and re.fullmatch(r"(?:19|20)\d\d", one.words) is not None
    return year or _PER.match(after) is not None or before.endswith(("№", "No. ", "n° ", "art. ", "第"))


def _whole_first(
    sentence: str, numbers: Sequence[Number], language: Language
) -> tuple[Number, Sequence[Number]] | None:
    """`22 States (13 … and 10 …)`, `22 States: 13 … and 10 …`, `of the 22 States, 13 … and 10 …`."""
    for place, whole in enumerate(numbers[:-2]):
        mark = re.compile(r"[^\d,;.:：()（）—–]{1,60}?(?P<mark>[(（:：—–])\s*").match(sentence, whole.end)
        if mark is not None:
            parts = _parts(sentence, mark.end(), numbers[place + 1 :], mark["mark"], language)
            if len(parts) > 1 and _slips(whole, parts, sentence, firmly=True):
                return whole, parts
    whole, *parts = numbers
    begins = re.compile(rf"(?i)\W*(?:{_OF[language]})\b[^,،，]*$")
    if len(parts) > 1 and begins.match(sentence[: whole.start]) and language is not Language.CHINESE:
        between = sentence[whole.end : parts[0].start]
        if re.search("[,،]", between) and _joined(sentence, parts, language) and _slips(whole, parts, sentence):
            return whole, parts
    return None


def _parts(sentence: str, begin: int, numbers: Sequence[Number], mark: str, language: Language) -> Sequence[Number]:
    """The numbers that an enumeration begins its members with, from `begin` on; none where one member has none."""
    end = len(sentence)
    if mark in "(（":
        closing = re.compile("[)）]").search(sentence, begin)
        end = closing.start() if closing else end
    inside = [one for one in numbers if begin <= one.start < end]
    if len(inside) < 2 or sentence[begin : inside[0].start].strip(" *_"):
        return []
    return inside if _joined(sentence, inside, language) else []


def _joined(sentence: str, parts: Sequence[Number], language: Language) -> bool:
    """Whether `and` or a comma stands straight before each part but the first, and no part is a range."""
    joint = re.compile(rf"(?i)(?:^|[\s\w])(?:{_AND[language]})\s*(?:[\w’']+\s+)?$|[、，,;；]\s*$")
    for one, following in pairwise(parts):
        between = sentence[one.end : following.start]
        if _RANGE.match(between) or not (joint.search(between) or (language is Language.ARABIC and "و" in between)):
            return False
    return True


def _whole_last(sentence: str, numbers: Sequence[Number], language: Language) -> tuple[Number, Sequence[Number]] | None:
    """`13 … and 9 …, 23 in all`."""
    *parts, whole = numbers
    around = sentence[parts[-1].end : whole.start] + " | " + sentence[whole.end : whole.end + 40]
    told = re.search(rf"(?i)(?<!\w)(?:{_IN_ALL[language]})(?!\w)", around) if language is not Language.CHINESE else (
        re.search(rf"(?:{_IN_ALL[language]})[^|]{{0,3}}\|", around)
    )  # fmt: skip
    if told is None or not _joined(sentence, parts, language):
        return None
    return (whole, parts) if _slips(whole, parts, sentence, firmly=True) else None


def _slips(whole: Number, parts: Sequence[Number], sentence: str, *, firmly: bool = False) -> bool:
    """Whether the parts make something else than the whole, and so little else that it is a slip, or surely none."""
    made = sum(one.value for one in parts)
    apart = abs(made - whole.value)
    if not apart or FIELD in sentence or any(one.value >= whole.value for one in parts):
        return False
    begin, end = (whole.end, parts[-1].start) if whole.start < parts[0].start else (parts[0].end, whole.start)
    if _INCLUDING.search(sentence, whole.end, parts[0].start) or _OF_A_PART.search(sentence, begin, end):
        return False
    return apart <= max(1, whole.value // (3 if firmly else 10))


_SHARE = re.compile(rf"(?<![\d.,])(?P<figure>\d{{1,2}}(?:[.,]\d)?){_PER.pattern}")
_SEVERAL_ANSWERS = re.compile(
    r"(?i)several|more than one|multiple|both|overlap|plusieurs|plus d['’]un|varias|varios|más de un|нескольк|"
    r"более одно|أكثر من|عدة|多选|多项|多个|不止一|from \d|compared|"
    r"(?:against|contre|frente a|против) (?:the |les? |el |los )?\d|по сравнению"
)
_MOST_APART = 10


def _of_shares(section: Section) -> Iterator[Hit]:
    """Three or more shares in one sentence that make nearly a hundred per cent, and not a hundred."""
    if _SEVERAL_ANSWERS.search(section.words):
        return
    begin = 0
    for sentence in _SENTENCES.split(section.words):
        place = section.words.find(sentence, begin)
        begin = max(begin, place + len(sentence))
        shares = list(_SHARE.finditer(sentence))
        made = sum(float(one["figure"].replace(",", ".")) for one in shares)
        if len(shares) > 2 and len(shares) / 2 < abs(made - 100) <= _MOST_APART:
            words = flat(sentence[shares[0].start() : shares[-1].end()])
            yield Hit(
                "words.parts",
                words,
                section.start + place + shares[0].start(),
                {"whole": "100 %", "sum": f"{made:g} %"},
            )


_MEANS = {
    Language.ENGLISH: r",? (?:or|that is|i\.e\.|which is),? (?:[^\W\d]+ )?",
    Language.FRENCH: r",? (?:soit|c['’]est-à-dire),? (?:[^\W\d]+ )?",
    Language.SPANISH: r",? (?:o sea|es decir|o|esto es),? (?:el |un )?",
    Language.RUSSIAN: r",? (?:или|то есть),? ",
    Language.ARABIC: r"،? ?(?:أي|أو) (?:ما نسبته |نسبة )?",
    Language.CHINESE: r"[\w]{0,6}[，,]?(?:即|占)",
}
_ROUNDED = 1.5


def _of_a_whole(section: Section, language: Language) -> Iterator[Hit]:
    """A part told once more as a share of a whole, none of the paragraph's wholes having that share: `107, or 62 %`."""
    numbers = [one for one in numbers_told(section.words, language) if not _is_other(section.words, one)]
    joint = re.compile(rf"(?i){_MEANS[language]}|\s?[(（]\s?")
    for one in numbers:
        means = joint.match(section.words, one.end)
        share = _SHARE.match(section.words, means.end()) if means else None
        wholes = [each.value for each in numbers if each.value > one.value and each.start != one.start]
        if share is None or not wholes or FIELD in section.words:
            continue
        shares = [100 * one.value / whole for whole in wholes]
        said = float(share["figure"].replace(",", "."))
        if all(abs(each - said) > _ROUNDED for each in shares):
            nearest = min(shares, key=lambda each: abs(each - said))
            words = flat(section.words[one.start : share.end()])
            yield Hit(
                "words.parts", words, section.start + one.start, {"whole": f"{said:g} %", "sum": f"{nearest:.0f} %"}
            )


# ---------------------------------------------------------------------------------------------------------- our own

_OURS = {
    Language.ENGLISH: r"our|its",
    Language.FRENCH: r"nos|ses",
    Language.SPANISH: r"nuestr[oa]s|sus",
    Language.RUSSIAN: r"наш(?:и|их|ими|им)",
    Language.CHINESE: r"我们的|我们",
}
_NEXT = re.compile(r"[ \u00a0\u202f\n]+(?P<words>[^\W\d_]{3,}(?:[ ][^\W\d_]{3,})?)")


def _of_ours(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """`Our twelve members`, and elsewhere fourteen: a possessive says that all of them are meant."""
    if language not in _OURS:
        return
    ours = re.compile(rf"(?i)(?:^|(?<!\w))(?:{_OURS[language]})[ ]?$")
    said: dict[str, Number] = {}
    for one in sections:
        for number in numbers_told(one.words, language):
            if not ours.search(one.words[: number.start]):
                continue
            after = _NEXT.match(one.words, number.end) or re.compile(r"(?P<words>[个名家位]?[\u4e00-\u9fff]{2})").match(
                one.words, number.end
            )
            if after is None:
                continue
            noun = after["words"].casefold().split()[0][:7]
            first = said.setdefault(noun, number)
            if first.value != number.value:
                words = flat(one.words[number.start : after.end()])
                yield Hit("words.ours-differ", words, one.start + number.start, {"other": first.words})


_FEWEST_FIGURES = 4


def _turned_round(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Two figures of a letter of which one has two neighbours changed round: `1,284` and `1,824`."""
    seen: dict[str, str] = {}
    for one in sections:
        for number in numbers_told(one.words, language):
            figures = str(number.value)
            if number.in_words or len(figures) < _FEWEST_FIGURES or _is_other(one.words, number):
                continue
            twin = next((words for other, words in seen.items() if _are_neighbours_changed(figures, other)), None)
            if twin is not None and figures not in seen and not one.words.lstrip().startswith("|"):
                words = flat(number.words)
                yield Hit("words.ours-differ", words, one.start + number.start, {"other": twin})
            seen.setdefault(figures, number.words)


def _are_neighbours_changed(one: str, other: str) -> bool:
    if len(one) != len(other) or one == other:
        return False
    apart = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and one[apart[0]] == other[apart[1]]
        and (one[apart[1]] == other[apart[0]])
    )
