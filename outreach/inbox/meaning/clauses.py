"""Sentences and clauses of a person's words, in the six languages of the United Nations, as phrases of known sorts.

`positions.toml` has the words. A sentence is read once, from left to right; what is known becomes a `Phrase`, what is
not stays between them. Time is linear in the text: each gap of an expression is bounded.
"""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from outreach.expressions import beginnings
from outreach.missions.facts import addressees, find_state
from outreach.text import one_line, without_accents

MOST_CHARACTERS = 20_000
"""No more of a person's words is looked at for what they propose."""
LONGEST = 600
"""No sentence is longer."""
MOST_EVIDENCE = 300
"""So many characters of the words that a proposal rests on are shown."""
_WORD_BEGINS = (6, 9)  # letters by which a word is known again in another form; more tell sister languages apart
# A line that goes on in the next one: it ends in no full stop, nor in the comma of a greeting.
_BROKEN_LINE = re.compile(r"\n(?:(?<=[^\n.!?:;,。！？؟；]\n)(?=[^\n\s*•–—-])|(?<=,\n)(?=[^\W\d_A-ZÀ-ÞА-ЯЁ]))")
_ENDS = re.compile(r"(?<=[.!?؟…])[\"'”»)\]]{0,3}\s+|(?<=[。！？])|\n+")
_SHORT = re.compile(r"(?:\b(?:mr|mrs|ms|dr|st|h\.e|s\.e|mme|sr|sra|г|ст|п)|\b[a-z]|\b[A-Z])\.$", re.IGNORECASE)
_CUTS = re.compile(r"[;:：；—–]| - |\(|\)|\.\.\.|…")
_COMMAS = re.compile(r"[,，、،]")
_QUOTED = re.compile(r"[“«\"‟„][^”»\"“\n]{12,200}[”»\"“]|[“「『][^”」』\n]*[\u4e00-\u9fff]{4}[^”」』\n]{0,200}[”」』]")
_MARKS = re.compile(r"[\"\n\t]|  ")
_QUESTION = re.compile(r"[?？؟]\W*$")
_LATIN_WORDS = re.compile("[a-z]+")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-ÞА-ЯЁ](?:(?<=[LDld]['’].)|(?<![\w'’].)(?!(?<=[LD])['’]))[\w'’-]{2,}")
_NOT_A_SUBJECT = re.compile(
    r"(?:^|\W)(?:in|at|to|from|with|on|by|for|of|consulting|dear|mr|ms|mrs|dr|the|regarding|concerning|about|against|and|de|du|des|d'|l'|a|au|en|avec|"
    r"pour|sur|par|la|le|el|del|con|por|para|sobre|в|на|от|из|для|о|по|с|и|et|y)\W{1,3}$"
)  # fmt: skip


_QUOTES = '«»“”„"‟'
_MARKS_OFF: dict[int, str | None] = {
    **dict.fromkeys(
        (*range(0x300, 0x370), *range(0x483, 0x488), *range(0x610, 0x61B), 0x640, *range(0x64B, 0x660), 0x670)
    ),
    **dict.fromkeys(map(ord, "’‘ʼ`´"), "'"),
    ord("ى"): "ي",
}
"""Accents and vowel marks, which plain letters lack, and one sort of apostrophe."""


class Phrase(NamedTuple):
    """A phrase of a known sort, by its place in the sentence."""

    sorts: frozenset[str]
    start: int
    end: int


class ReadSentence(NamedTuple):
    """One sentence: as it was written, in plain letters, and what is known in it."""

    words: str
    plain: str
    places: Sequence[int]
    """For each plain letter, its place among the words as they were written."""
    phrases: tuple[Phrase, ...]
    asks: bool
    language: str

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
        if _SHORT.search(kept[-6:]) and len(kept) < LONGEST:
            continue
        yield kept.strip()
        kept = ""
    if kept:
        yield kept.strip()


def plain(text: str) -> str:
    """Return a text in lower case and without accents."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold()).translate(_MARKS_OFF)


def evidence(words: str) -> str:
    """Return words as they are shown beside what they propose: on one line, and no more than it takes to know them."""
    return one_line(words)[:MOST_EVIDENCE]


def plain_line(sentence: str) -> str:
    """Return a sentence in plain letters on one line, as the expressions of wishes are written for."""
    return " ".join(plain(sentence).split())


class KnownWords(NamedTuple):
    """A sentence of which only the words were looked up: those that no name and no stop changes."""

    written: str
    words: str
    """As it was written, but for what it quotes."""
    plain: str
    places: Sequence[int]
    phrases: Sequence[Phrase]
    sorts: frozenset[str]
    """The sorts that its phrases are of."""
    language: str


def sorts_of(phrases: Iterable[Phrase]) -> frozenset[str]:
    """Return the sorts that some phrases are of."""
    return frozenset[str]().union(*[one.sorts for one in phrases])


def known_words(words: str, language: str) -> KnownWords:
    """Return a sentence with the words that are known in it; what is longer than 600 characters is cut."""
    written = words[:LONGEST]
    words = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), written)
    if words.isascii() and not _MARKS.search(words):
        folded = words.lower()
        places: Sequence[int] = range(len(words))
    else:
        folded, places = _folded(words)
    phrases = tuple(_lexer(language).read(folded))
    return KnownWords(written, words, folded, places, phrases, sorts_of(phrases), language)


def read(sentence: KnownWords, own: Collection[str] = ()) -> ReadSentence:
    """Return a sentence with everything that is known in it: its words, and the names and stops between them.

    `own` are the names in plain letters by which the writer's mission calls its country.
    """
    written, words, folded, places, known, _sorts, language = sentence
    found = list(known)
    cuts = [one for one in _CUTS.finditer(folded) if not any(it.start < one.start() < it.end for it in found)]
    found += [Phrase(_CUT, one.start(), one.end()) for one in cuts]
    found += [Phrase(_AND, one.start(), one.end()) for one in _COMMAS.finditer(folded)]
    found += _own_names(folded, own, found)
    if language != "zh" and language != "ar":
        found += _names(words, folded, places, found)
    found += _other_topics(folded, language, found)
    return ReadSentence(
        written, folded, places, tuple(sorted(found, key=lambda one: one.start)), bool(_QUESTION.search(words)),
        language,
    )  # fmt: skip


def language_of(text: str, around: str = "") -> str:
    """Return in which of the six languages a text in plain letters is most likely written.

    `around` is the language of what it stands in, which it is of where its own words tell little.
    """
    if not text.isascii():
        head = text[:LONGEST]
        letters = {name: weight * len(signs.findall(head)) for name, signs, weight in _WRITINGS}
        most = max(letters, key=lambda one: letters[one])
        if letters[most] * 3 > min(len(text), LONGEST):
            return most
    words = set(_LATIN_WORDS.findall(text[:2000]))
    counts = {name: len(words & common) for name, common in _common_words().items()}
    first, second, *_ = sorted(counts.values(), reverse=True)
    if first - second > 1 or len(text) > LONGEST:
        return max(counts, key=lambda name: counts[name])
    if counts.get(around, 0) >= max(first - 1, 1):
        return around
    # A few words may be of any of them: that is their language whose grammar knows most of them.
    known = {
        name: [sum(word[:most] in _known_words(name, most) for word in words) for most in _WORD_BEGINS]
        for name in counts
    }
    return max(counts, key=lambda name: (known[name][0], counts[name], name == around, known[name]))


@lru_cache(maxsize=6)
def _known_words(language: str, letters: int) -> frozenset[str]:
    """Return how the words of a language's grammar begin."""
    rows = " ".join(words for _, row in rows_of(language) for words in row)
    return frozenset(word[:letters] for word in re.findall(r"[a-z]{4,}", rows))


_WRITINGS = (
    ("ar", re.compile("[\u0600-\u06ff]"), 1), ("ru", re.compile("[\u0400-\u04ff]"), 1),
    ("zh", re.compile("[\u4e00-\u9fff]"), 3),
)  # fmt: skip
"""The languages that have a writing of their own, and how much a letter of each says."""
_POSITIONS = ("position", "posicion", "postura", "позиция", "موقفنا")
_CUT, _AND, _NAME, _PLACE, _WE, _ANOTHER = (
    frozenset({sort}) for sort in ("CUT", "AND", "NAMED", "PLACE", "WE", "AMEND")
)


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text in plain letters, its spaces folded, and the place of each letter in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        folded = _plain_letter(letter)
        if folded == " " and letters and letters[-1] == " ":
            continue
        if folded:
            letters.append(folded)
            places.extend([place] * len(folded))
    return "".join(letters), places


@lru_cache(maxsize=4096)
def _plain_letter(letter: str) -> str:
    folded = plain(letter)
    return " " if folded.isspace() or letter in _QUOTES else folded


def _own_names(folded: str, own: Collection[str], found: Sequence[Phrase]) -> Iterator[Phrase]:
    """Yield where a sentence speaks of the writer's own country by its name; in Chinese no space tells words apart."""
    for name in own:
        for one in re.finditer(re.escape(name) if _CHINESE.match(name) else rf"(?<!\w){re.escape(name)}(?!\w)", folded):
            if not any(other.start < one.end() and one.start() < other.end for other in found):
                yield Phrase(_WE, one.start(), one.end())


def _other_topics(folded: str, language: str, found: Sequence[Phrase]) -> Iterator[Phrase]:
    """Yield what a text is said to be about where that is no country and not its human rights: it is another text."""
    about = _topics(language)
    for text in found:
        if "TEXT" not in text.sorts and not folded.endswith(_POSITIONS, text.start, text.end):
            continue
        topic = about.match(folded, text.end)
        if topic is None or any(one.start == topic.start(1) and one.sorts & {"PLACE", "TEXT"} for one in found):
            continue
        if find_state(topic[1]) is not None:
            continue
        yield Phrase(_ANOTHER, topic.start(), topic.end())


def _names(words: str, folded: str, places: Sequence[int], found: Sequence[Phrase]) -> Iterator[Phrase]:
    """Yield what looks like the name of somebody: capitals in the middle of a sentence, or before what is known."""
    capitals = list(_CAPITAL.finditer(words))
    if not capitals:
        return
    known = [False] * (len(folded) + 1)
    for one in found:
        known[one.start : one.end] = [True] * (one.end - one.start)
    where = (
        places if isinstance(places, range) else {place: index for index, place in reversed(list(enumerate(places)))}
    )
    last: Phrase | None = None
    for capital in capitals:
        start, end = _at(where, capital.start()), _at(where, capital.end() - 1) + 1
        name = folded[start:end]
        if known[start] or words.isupper():
            continue
        if name in words_of("capitals", "no_names"):
            yield Phrase(_PLACE, start, end)
            continue
        before = folded[max(0, start - 14) : start]
        if last is not None and folded[last.end : start] == " ":
            last = Phrase(last.sorts, start, end)  # "in Kuala Lumpur": one name, of two words
        elif _NOT_A_SUBJECT.search(before) and not re.search(
            r"(?:(?:^|[,;:]\s?)(?:the|la|le|l'|el|and|et|y|и)|\b(?:que|that) (?:the|la|le|el|l'))\s?$", before
        ):
            last = Phrase(_PLACE, start, end)
        else:
            last = Phrase(_NAME, start, end)
        yield last


def _at(where: Mapping[int, int] | range, place: int) -> int:
    return place if isinstance(where, range) else where.get(place, 0)


_Row = tuple[frozenset[str], Sequence[str]]
LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh")


def rows_of(language: str) -> Sequence[_Row]:
    """Return the rows of a language's grammar: of what sorts a phrase is, and its expressions, for plain letters.

    `<name>` in an expression stands for any of a part's words; a row of VOTE is one for each way to vote.
    """
    rows: list[_Row] = []
    parts = table()[f"{language}-parts"]
    if "state" in parts:
        parts = {**parts, "state": (*parts["state"], *_state_names(language))}
    for names, row in table()[language].items():
        for vote in _WAYS_TO_VOTE if "VOTE" in names else ("",):
            sorts = frozenset(name.rstrip("2345").replace("VOTE", vote) for name in names.split("+"))
            filled = (_filled(one, parts, vote) for one in row)
            rows.append((sorts, tuple(without_marks(one) for one in filled if one)))
    return rows


@lru_cache(maxsize=2)
def _state_names(language: str) -> Sequence[str]:
    """Return the short names of states in a language, the longest first, as expressions for plain letters."""
    names = {plain(state.short(language)).partition("(")[0].strip() for state in addressees().values()}
    return tuple(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))


@lru_cache(maxsize=2)
def _any_state(language: str) -> re.Pattern[str]:
    return re.compile("|".join((*_state_names(language), *table()[f"{language}-parts"]["state"])))


def state_named(words: str, language: str) -> str:
    """Return the name of a state that stands in a phrase in Arabic or Chinese; else the words."""
    found = _any_state(language).search(words) if language in ("ar", "zh") else None
    return found[0] if found is not None else words


def _filled(expression: str, parts: Mapping[str, Sequence[str]], vote: str) -> str:
    """Return an expression with its parts filled in; empty where nobody votes so in these words."""
    while (part := _PART.search(expression)) is not None:
        words = parts.get(f"{part[1]}-{vote}") or parts.get(part[1])
        if not words:
            return ""
        expression = f"{expression[: part.start()]}(?:{'|'.join(words)}){expression[part.end() :]}"
    return expression


_WAYS_TO_VOTE = ("FOR", "AGAINST", "ABST")
_PART = re.compile(r"<(\w+)>")


class _Lexer:
    """What reads one language. Only those expressions are tried that can begin with the letters at hand."""

    def __init__(self, rows: Sequence[_Row], joins: str, starts: str, stuck: str, after: str) -> None:
        self._starts = re.compile(starts)
        self._before, self._after = (f"[{stuck}]?" if stuck else ""), after
        self._sorts = [sorts for sorts, _ in rows]
        self._words = [
            (row, _GAP.sub(rf"(?: (?!(?:{joins})\\b)[\\w'-]+){{", one))
            for row, (_, words) in enumerate(rows)
            for one in words
        ]
        self._begin: dict[str, list[int]] = {"": []}
        """The expressions by how they begin: which, of all of them, begin so and go on in any way."""
        for place, (_, words) in enumerate(self._words):
            for one in beginnings(words, _KNOWN_BY):
                for begun in {one, *((letter + one)[:_KNOWN_BY] for letter in stuck)}:
                    self._begin.setdefault(begun, []).append(place)
        self._pattern = lru_cache(maxsize=_MOST_BEGINNINGS)(self._of_beginning)
        self._compiled = lru_cache(maxsize=None)(self._compile)  # no more than `_begin` has

    def read(self, folded: str) -> Iterator[Phrase]:
        """Yield the known phrases of a plain sentence, from left to right; the first row that fits wins."""
        past = 0
        for start in self._starts.finditer(folded):
            place = start.start()
            if place < past:
                continue
            one = self._pattern(folded[place : place + _KNOWN_BY]).match(folded, place)
            if one is not None and one.lastgroup and one.end() > place:
                past = one.end()
                yield Phrase(self._sorts[int(one.lastgroup[1:])], place, past)

    def _of_beginning(self, letters: str) -> re.Pattern[str]:
        """Return the expressions that may match where such letters begin."""
        while letters not in self._begin:
            letters = letters[:-1]
        return self._compiled(letters)

    def _compile(self, begun: str) -> re.Pattern[str]:
        rows: dict[int, list[str]] = {}
        for place in sorted({place for end in range(len(begun) + 1) for place in self._begin.get(begun[:end], ())}):
            row, words = self._words[place]
            rows.setdefault(row, []).append(words)
        named = "|".join(f"(?P<g{row}>{'|'.join(words)})" for row, words in rows.items()) or "(?!)"
        return re.compile(f"{self._before}(?:{named}){self._after}")


_KNOWN_BY = 5  # letters that choose which expressions are tried
_MOST_BEGINNINGS = 4096  # words begin in so many ways, and more
_GAP = re.compile(r"\(\?: (\\w\+|\[\\w'\]\+)\)\{")
"""Words that may stand within a phrase: none of them begins another clause."""
_EDGES = {
    "en": ("and|but", r"(?<![\w'])\w", "", r"(?!\w)"),
    "es": ("y|e|pero|sino", r"(?<![\w'])\w", "", r"(?!\w)"),
    "ru": ("и|но|а|мы", r"(?<![\w'])\w", "", r"(?!\w)"),
    "fr": ("et|mais|donc", r"(?<!\w)\w", "", r"(?:(?!\w)|(?<='))"),
    "ar": ("ولكن|لكن|بل", r"(?<!\w)\w", "وف", r"(?!\w)"),
    "zh": ("而", r"\w", "", ""),
}
"""What no gap of a phrase goes beyond, where a phrase can begin, what may be stuck before it, and how it ends."""


@lru_cache(maxsize=6)
def _lexer(language: str) -> _Lexer:
    return _Lexer(rows_of(language), *_EDGES[language])


@lru_cache(maxsize=6)
def _topics(language: str) -> re.Pattern[str]:
    about, ours = (without_marks(table()[row][language][0]) for row in ("about", "ours"))
    return re.compile(rf"{about}(?!{ours})(\w+)")


@lru_cache(maxsize=1)
def _common_words() -> Mapping[str, frozenset[str]]:
    return {language: frozenset(words[0].split()) for language, words in table()["common"].items()}


@lru_cache(maxsize=4)
def words_of(section: str, row: str) -> frozenset[str]:
    """Return the words of a row of `positions.toml` that is one text."""
    return frozenset(table()[section][row][0].split())


@lru_cache(maxsize=1)
def table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return `positions.toml`: by section, its rows."""
    tables: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(
        (files(__package__) / "positions.toml").read_text(encoding="utf-8")
    )
    return tables


def without_marks(words: str) -> str:
    """Return an expression without the accents that plain letters do not have."""
    return without_accents(words).replace("ى", "ي")
