"""Sentences and clauses of a person's words, in the six languages of the United Nations, as phrases of known sorts.

`positions.toml` has the words. A sentence is read once, from left to right, by one expression of its language; what is
known becomes a `Phrase`, what is not stays between them. Time is linear in the text: each gap of an expression is bounded.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

_LONGEST = 600
_FEWEST_WORDS = 1
_BROKEN_LINE = re.compile(r"(?<=[^\n.!?:;。！？؟；])\n(?=[^\n\s*•–—-])")
_ENDS = re.compile(r"(?<=[.!?؟…])[\"'”»)\]]{0,3}\s+|(?<=[。！？])|\n+")
_SHORT = re.compile(r"(?:\b(?:mr|mrs|ms|dr|st|h\.e|s\.e|mme|sr|sra|г|ст|п)|\b[a-z]|\b[A-Z])\.$", re.IGNORECASE)
_CUTS = re.compile(r"[;:：；—–]| - |\(|\)|\.\.\.|…")
_COMMAS = re.compile(r"[,，、،]")
_QUOTED = re.compile(r"[“«\"‟„][^”»\"“\n]{12,200}[”»\"“]")
_MARKS = re.compile(r"[\"\n\t]|  ")
_QUESTION = re.compile(r"[?？؟]\W*$")
_LETTER = re.compile(r"\w")
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-ÞА-ЯЁ][\w'’-]{2,}")
_NO_NAME = frozenset(
    "council human rights resolution mission government ministry secretariat ambassador minister united nations un hrc geneva "
    "january february march april may june july august september october november december monday tuesday wednesday thursday "
    "friday saturday sunday permanent foreign affairs draft special rapporteur charter capital madam sir excellency conseil "
    "conseils droits homme gouvernement ministre ministere ambassadeur geneve nations unies mision gobierno consejo derechos "
    "humanos ministerio relaciones exteriores cancilleria canciller ginebra naciones unidas resolucion proyecto президент "
    "правительство совет министерство иностранных дел россии женева оон постоянное представительство republic kingdom state "
    "her his majesty royal federal prime cabinet parliament europe africa asia resolución misión secretaría genève".split()
)
_NOT_A_SUBJECT = re.compile(
    r"(?:^|\W)(?:in|at|to|from|with|on|by|for|of|dear|mr|ms|mrs|dr|the|regarding|concerning|about|against|and|de|du|des|d'|l'|a|au|en|avec|"
    r"pour|sur|par|la|le|el|del|con|por|para|sobre|в|на|от|из|для|о|по|с|и|et|y)\W{1,3}$"
)  # fmt: skip


class Phrase(NamedTuple):
    """A phrase of a known sort, by its place in the sentence."""

    sorts: frozenset[str]
    start: int
    end: int


class Sentence(NamedTuple):
    """One sentence: as it was written, in plain letters, and what is known in it."""

    words: str
    plain: str
    places: Sequence[int]
    """For each plain letter, its place among the words as they were written."""
    phrases: tuple[Phrase, ...]
    asks: bool

    def written(self, start: int, end: int) -> str:
        """Return the words as they were written between two places of the plain text."""
        if start >= end:
            return ""
        last = self.places[end - 1] + 1 if end < len(self.plain) else len(self.words)
        return self.words[self.places[start] : last]


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text; a line that was broken in the middle is one again, an abbreviation ends none."""
    kept = ""
    for one in _ENDS.split(_BROKEN_LINE.sub(" ", text)):
        if not one or not one.strip():
            continue
        kept = f"{kept} {one}" if kept else one
        if _SHORT.search(kept[-6:]) and len(kept) < _LONGEST:
            continue
        yield kept.strip()
        kept = ""
    if kept:
        yield kept.strip()


def plain(text: str) -> str:
    """Return a text in lower case and without accents."""
    return text.lower() if text.isascii() else _folded(text)[0]


def read(words: str, language: str) -> Sentence:
    """Return a sentence with the phrases that are known in it; what is longer than 600 characters is cut."""
    written = words[:_LONGEST]
    words = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), written)
    if words.isascii() and not _MARKS.search(words):
        folded, places = words.lower(), range(len(words))
    else:
        folded, places = _folded(words)
    lexer, names = _lexers()[language]
    found = [
        Phrase(names[int(one.lastgroup[1:])], one.start(), one.end())
        for one in lexer.finditer(folded)
        if one.lastgroup and one.end() > one.start()
    ]
    found += [Phrase(_CUT, one.start(), one.end()) for one in _CUTS.finditer(folded)]
    found += [Phrase(_AND, one.start(), one.end()) for one in _COMMAS.finditer(folded)]
    if language != "zh" and language != "ar":
        found += _names(words, folded, places, found)
    return Sentence(written, folded, places, tuple(sorted(found, key=lambda one: one.start)), bool(_QUESTION.search(words)))


def language_of(text: str) -> str:
    """Return in which of the six languages a text in plain letters is most likely written."""
    letters = {"ar": 0, "ru": 0, "zh": 0}
    if not text.isascii():
        for letter in text[:_LONGEST]:
            if "\u0400" <= letter <= "\u04ff":
                letters["ru"] += 1
            elif "\u0600" <= letter <= "\u06ff":
                letters["ar"] += 1
            elif "\u4e00" <= letter <= "\u9fff":
                letters["zh"] += 3
        most = max(letters, key=lambda one: letters[one])
        if letters[most] * 3 > min(len(text), _LONGEST):
            return most
    words = re.findall(r"[a-z]+", text[:2000])
    counts = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    return max(counts, key=lambda name: counts[name])


_COMMON = {
    "en": frozenset(
        "the of and to we our is are will in for not be with that your this on have has you it as vote favour support "
        "co sponsor yes voting abstain against abstention my from i an or by at".split()
    ),
    "fr": frozenset(
        "le les des du et nous notre est sont pour dans ne pas que votre vous une un ce cette au aux sur avec la de il "
        "elle vote voterons contre abstention mon ma je soutien coparrainage texte projet l d s n qui par".split()
    ),
    "es": frozenset(
        "el los las del y nuestro nuestra es son para en no que su una un este esta al sobre con la de se por votaremos "
        "favor contra apoyamos como mi nos lo estamos abstendra abstencion proyecto texto pais delegacion".split()
    ),
}
_CUT, _AND, _NAME, _PLACE = (frozenset({sort}) for sort in ("CUT", "AND", "NAMED", "PLACE"))


def _folded(text: str) -> tuple[str, list[int]]:
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter < "\x80":
            folded = letter.lower()
        elif letter in "’‘ʼ`´":
            folded = "'"
        else:
            folded = "".join(c for c in unicodedata.normalize("NFKD", letter).casefold() if not unicodedata.combining(c))
            folded = " " if folded.isspace() else folded.replace("ـ", "").replace("ى", "ي")
        if folded in "«»“”„\"‟ \n\t":
            folded = " " if letters and letters[-1] != " " else ""
        letters.append(folded)
        places.extend([place] * len(folded))
    return "".join(letters), places


def _names(words: str, folded: str, places: Sequence[int], found: Sequence[Phrase]) -> Iterator[Phrase]:
    """Yield what looks like the name of somebody: capitals in the middle of a sentence, or before what is known."""
    known = [False] * (len(folded) + 1)
    for one in found:
        known[one.start : one.end] = [True] * (one.end - one.start)
    where = {place: index for index, place in reversed(list(enumerate(places)))}
    for one in _CAPITAL.finditer(words):
        start = where.get(one.start(), 0)
        end = min(where.get(one.end(), len(folded)), len(folded))
        name = folded[start:end]
        if known[start] or words.isupper():
            continue
        if name in _NO_NAME:
            yield Phrase(_PLACE, start, end)
            continue
        before = folded[max(0, start - 14) : start]
        if _NOT_A_SUBJECT.search(before) and not re.search(r"(?:^|[,;:]\s?)(?:the|la|le|l'|el|and|et|y|и)\s?$", before):
            yield Phrase(_PLACE, start, end)
            continue
        yield Phrase(_NAME, start, end)


@lru_cache(maxsize=1)
def _lexers() -> Mapping[str, tuple[re.Pattern[str], list[frozenset[str]]]]:
    tables = tomllib.loads((files(__package__) / "positions.toml").read_text(encoding="utf-8"))
    lexers = {}
    for language, rows in tables.items():
        edges = ("", "") if language == "zh" else (r"(?<![\w'])" if language not in ("ar", "fr") else r"(?<!\w)", r"(?!\w)")
        if language == "ar":
            edges = (r"(?<!\w)[وف]?", r"(?!\w)")
        if language == "fr":
            edges = (r"(?<!\w)", r"(?:(?!\w)|(?<='))")
        groups = "|".join(f"(?P<g{index}>{'|'.join(map(without_accents, words))})" for index, words in enumerate(rows.values()))
        lexers[language] = (
            re.compile(f"{edges[0]}(?:{groups}){edges[1]}"),
            [frozenset(name.rstrip("2") for name in sorts.split("+")) for sorts in rows],
        )
    return lexers


def without_accents(words: str) -> str:
    """Return an expression without the accents that plain letters do not have."""
    return "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c)).replace("ى", "ي")
