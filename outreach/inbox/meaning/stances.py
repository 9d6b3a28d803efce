"""Where a mission stands, by its own words: a small grammar over the phrases of `clauses`.

A position comes from a clause whose subject is the mission, in the present or future; not from what is negated away,
asked for, conditional, past, hearsay, a question, or about others, an amendment or another thing. Where clauses
contradict each other, nothing is told: a wrong proposal is worse than none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from outreach.expressions import LateExpression, Rules, triggers
from outreach.inbox.finding import ToldPosition
from outreach.inbox.meaning.clause_by_clause import STANCES, TELLING, ClauseTells, things_in, told_by
from outreach.inbox.meaning.clauses import (
    LANGUAGES,
    MOST_CHARACTERS,
    KnownWords,
    ReadSentence,
    evidence,
    known_words,
    language_of,
    plain,
    plain_line,
    read,
    rows_of,
    sentences,
    table,
    without_marks,
    words_of,
)  # fmt: skip
from outreach.missions.facts import find_state
from outreach.vocabulary import Position

_MOST_SENTENCES = 60
_BEGINNING = 2_000
_SHORT_ANSWER = 150
_RARE = 7  # letters of a piece of text that few sentences have
_LETTERS_KEPT = 256
"""Letters of which is remembered what they ask for: a mail's letters are those of many."""
_DRAFTS = re.compile(r"\bl\.? ?(\d{1,3})\b")
"""The drafts that a text names, by their number: A/HRC/55/L.22."""
_MOST_LIKE = 5  # letters by which two forms of a name are the same: Russian declines it


def position_of(text: str) -> ToldPosition | None:
    """Return the position that a person's words tell, with the clause that it rests on; None where it is not sure."""
    text = text[:MOST_CHARACTERS]
    whole = plain(text)
    pieces = _needed().pieces_in(whole)
    if not pieces:
        return None
    known = _known(text, pieces, language_of(whole))
    telling = [one for one in known if not one.sorts.isdisjoint(TELLING)]
    if not telling:
        return None
    observer = any("OBSERVER" in one.sorts for one in known)
    others = any(not one.sorts.isdisjoint(("HEAR", "OTHER")) for one in telling)
    named = _presented(whole)
    own = _short_names(named)
    rows = [read(one, own) for one in telling]
    told = [one for sentence in rows if not sentence.asks for one in _consistent(list(told_by(sentence, observer)))]
    if not told or len(set(_DRAFTS.findall(whole))) > 1 or _is_taken_back(whole):
        return None  # which of several drafts is ours is not known here
    several = any(one.name for one in told) and _names_several([read(one, own) for one in known])
    found = _agreed(told, named, others, several)
    # Who does not support a text is against it, unless more is said: that they abstain, or won't stand in its way.
    inferred = found is not None and found.position is Position.AGAINST and not any(one.firm for one in told)
    return None if inferred and _not_opposed(rows) else found


def beside_letters(told: ToldPosition | None, text: str, letters: Iterable[str]) -> ToldPosition | None:
    """Return what words tell once our letters that they answer are known: of another draft than theirs, nothing.

    A bare yes is to what the letters ask for, where that is one thing; who says a bare no may abstain, too.
    """
    bare = _bare_answer(text) if told is None else ""
    if told is None and not bare:
        return None
    ours = [one[:MOST_CHARACTERS] for one in letters]
    named = _drafts(text[:MOST_CHARACTERS])
    drafts = frozenset[str]().union(*map(_drafts, ours)) if named else named
    if drafts and drafts.isdisjoint(named):
        return None
    if told is not None:
        return told
    asked = frozenset[Position | None]().union(*map(_asked_for, ours))
    position = next(iter(asked)) if len(asked) == 1 else None
    return ToldPosition(position, evidence(bare)) if position is not None else None


@lru_cache(maxsize=_LETTERS_KEPT)
def _drafts(text: str) -> frozenset[str]:
    """Return the numbers of the drafts that a text names."""
    return frozenset(_DRAFTS.findall(plain(text)))


def _bare_answer(text: str) -> str:
    """Return the yes that stands alone in a text: beside it, nothing but a greeting and a name, no other sentence."""
    if len(text) > _SHORT_ANSWER:
        return ""
    said = [(one, _bare().fullmatch(plain_line(one))) for one in sentences(text)]
    said = [(one, found) for one, found in said if found is not None or one.endswith(tuple(".!?؟。！？"))]
    return said[0][0] if len(said) == 1 and said[0][1] is not None else ""


@lru_cache(maxsize=_LETTERS_KEPT)
def _asked_for(letter: str) -> frozenset[Position | None]:
    """Return what a letter asks a mission to do; with None where it asks for something else, such as a meeting."""
    letter = plain(letter)
    asked: set[Position | None] = set()
    main = language_of(letter)
    for words in sentences(letter):
        known = known_words(words, language_of(words, main))
        sentence, sorts = read(known), known.sorts
        if not (sentence.asks or "ASK" in sorts):
            continue
        stances = {position for sort, position in STANCES.items() if sort in sorts}
        if stances or sentence.asks or things_in(sentence):
            asked |= stances if stances and not things_in(sentence) else {None}
    return frozenset(asked)


@lru_cache(maxsize=1)
def _bare() -> re.Pattern[str]:
    yes, beside = ("|".join(map(without_marks, table()["bare"][row])) for row in ("yes", "beside"))
    return re.compile(rf"\W*(?:{beside}|\W)*(?:{yes})(?:{beside}|\W)*")


def _known(text: str, pieces: Sequence[str], language: str) -> Sequence[KnownWords]:
    """Return those of a text's sentences in which one of some pieces stands, with the words that are known in them."""
    known: list[KnownWords] = []
    for words in sentences(text):
        folded = plain(words)
        if any(map(folded.__contains__, pieces)):
            known.append(known_words(words, language_of(folded, language)))
            if len(known) >= _MOST_SENTENCES:
                break
    return known


def _not_opposed(rows: Sequence[ReadSentence]) -> bool:
    """Tell whether sentences speak of abstaining, or rule out that the mission opposes: "nor will we block it"."""
    for sentence in rows:
        negated = False
        for one in sorted(sentence.phrases, key=lambda phrase: phrase.start):
            if "ABST" in one.sorts or (negated and one.sorts & {"AGAINST", "OPPOSE"}):
                return True
            negated = "NEG" in one.sorts or (negated and one.sorts.isdisjoint(("SUPPORT", "FOR", "COSP")))
    return False


def _consistent(told: Sequence[ClauseTells]) -> Sequence[ClauseTells]:
    """Return what a sentence tells, less what is undecided where it abstains for that: "Without instructions, …"."""
    if {one.position for one in told} != {Position.UNDECIDED, Position.ABSTAIN}:
        return told
    if told[0].position is Position.ABSTAIN:
        return told
    return [one for one in told if one.position is Position.ABSTAIN]


def _names_several(rows: Sequence[ReadSentence]) -> bool:
    """Tell whether sentences name more than one state: then no name alone is that of who writes."""
    capitals = (row.plain[one.start : one.end] for row in rows for one in row.phrases if one.sorts & {"NAMED", "PLACE"})
    return len({state.iso3 for name in capitals if (state := find_state(name.removesuffix("'s"))) is not None}) > 1


def _agreed(told: Sequence[ClauseTells], named: tuple[str, ...], others: bool, several: bool) -> ToldPosition | None:
    """Return what all of the clauses that tell something agree on."""
    names = frozenset(word for name in named for word in _name_words(name))
    own = [one for one in told if not one.name or _is_own(one.name, names)]
    if not own and not others and not several and len({one.name for one in told}) == 1:
        own, named = list(told), (*named, told[0].name)
    definite = [one for one in own if one.position not in (Position.UNDECIDED, Position.DECLINED)]
    open_ = [one for one in own if one.position is Position.UNDECIDED]
    declined = [one for one in own if one.position is Position.DECLINED]
    if not definite:
        first = next((one for one in own if one in open_ or one in declined), None)
        return ToldPosition(first.position, first.evidence, named) if first else None
    if len({one.position for one in definite}) > 1:
        # A vote that is told weighs more than support: "We cannot support it, but will not oppose it, so we abstain."
        definite = [one for one in definite if one.firm] or definite
    positions = {one.position for one in definite}
    if positions == {Position.CO_SPONSOR, Position.IN_FAVOUR}:
        definite = [one for one in definite if one.position is Position.CO_SPONSOR]
    elif len(positions) > 1:
        return None
    chosen = definite[0]
    left = [one for one in open_ if not (one.about_sponsoring and chosen.position is not Position.CO_SPONSOR)]
    if left:
        if any(one.firm for one in definite):
            return None
        return ToldPosition(left[0].position, left[0].evidence, named)
    return ToldPosition(chosen.position, chosen.evidence, named)


@lru_cache(maxsize=1)
def _needed() -> Rules:
    """Return the pieces of text without one of which no sentence tells a position: to look for them is quick."""
    rows = (row for language in LANGUAGES for sorts, row in rows_of(language) if sorts & TELLING)
    expressions = (one for row in rows for one in row)
    pieces = dict.fromkeys(piece for one in expressions for piece in triggers(one, _RARE))
    return Rules([(tuple(pieces), LateExpression("(?!)"))])


def presents_itself(text: str) -> bool:
    """Tell whether a text begins as a mission's own paper: it names itself, or is called a note verbale."""
    head = " ".join(plain(text[:_BEGINNING]).split())
    titles = table()["itself"]["titles"]
    return any(without_marks(one) in head for one in titles) or any(
        one.search(head) for one in _may_be_found("itself", "presents", head)
    )


def _may_be_found(section: str, row: str, text: str) -> Iterator[re.Pattern[str]]:
    """Yield the expressions of a row of `positions.toml`, of those that may be found in a text."""
    return (one for pieces, one in _with_pieces(section, row) if any(piece in text for piece in pieces))


@lru_cache(maxsize=2)
def _with_pieces(section: str, row: str) -> Sequence[tuple[Sequence[str], re.Pattern[str]]]:
    return [(triggers(one, _RARE), re.compile(one)) for one in map(without_marks, table()[section][row])]


def _presented(whole: str) -> tuple[str, ...]:
    """Return the names by which missions call their countries in a text in plain letters."""
    spaced = " ".join(whole.split())
    names = (found[1] for one in _may_be_found("itself", "presents", spaced) for found in one.finditer(spaced))
    # In Arabic "to the" is written as one with the name, and its "the" loses a letter.
    return tuple(dict.fromkeys(f"ا{name}" if name.startswith("ل") else name for name in names))


@lru_cache(maxsize=16)
def _short_names(named: tuple[str, ...]) -> tuple[str, ...]:
    """Return how missions that present themselves may call their countries further on: without "the Republic of"."""
    short: dict[str, None] = {}
    for name in named:
        words = name.split()
        while words and words[0].strip("'’") in words_of("itself", "no_names"):
            del words[0]
        if words and (rest := " ".join(words)) and len(rest) > 1:
            short[rest] = None
        if (state := find_state(name)) is not None:
            short.update({plain(one).partition(" (")[0]: None for one in state.short_names.values()})
    return tuple(short)


def is_of_another(told: ToldPosition, iso3: str) -> bool:
    """Tell whether it is another state's mission that presents itself in the words, and that of `iso3` does not."""
    states = [find_state(name) for name in told.named]
    named = {state.iso3 for state in states if state is not None}
    return bool(named) and iso3 not in named


def _name_words(name: str) -> list[str]:
    return [word[:_MOST_LIKE] for word in re.findall(r"\w+", name) if word not in words_of("itself", "no_names")]


def _is_own(name: str, own: frozenset[str]) -> bool:
    words = _name_words(name.removesuffix("政府").removesuffix("代表团"))
    return bool(words) and own.issuperset(words)


def _is_taken_back(text: str) -> bool:
    return any(one.search(text) for one in _may_be_found("takes_back", "words", text))
