"""Where a mission stands, by its own words: a small grammar over the phrases of `clauses`.

A position comes from a clause whose subject is the mission, in the present or future; not from what is negated away,
asked for, conditional, past, hearsay, a question, or about others, an amendment or another thing. Where clauses
contradict each other, nothing is told: a wrong proposal is worse than none.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from outreach.inbox.clauses import Phrase, Sentence, language_of, plain, read, sentences
from outreach.inbox.finding import ToldPosition
from outreach.text import one_line
from outreach.vocabulary import Position

_MOST_CHARACTERS = 20_000
_MOST_EVIDENCE = 300
_MOST_SENTENCES = 60
_MOST_UNKNOWN = 1  # so many words of which nothing is known may stand between who speaks and what is said
# Pieces of words without one of which no sentence tells a position: to look for them is quick.
_STEMS = (
    "vot", "yes", "discuss", "pending", "finali", "consult", "deliber", "waiting", "postur", "definici", "revert", "prematur", "sponsor", "patrocin", "instruc", "support", "abst", "favo", "oppos", "consens", "capital", "consider", "against", "back",
    "endors", "undecid", "decid", "decision", "position", "review", "approv", "minist", "reject", "guidance", "comment", "early",
    "core group", "parrain", "patron", "auteur", "auspici", "coautor", "soutien", "souteno", "soutenir", "soutiend", "appu", "rejet",
    "siege", "etud", "apoy", "respald", "acompan", "cancilleria", "estudi", "posicion", "rechaz", "adelant", "tranch", "examen",
    "голос", "соавтор", "спонсор", "воздерж", "поддерж", "против", "консенсус", "столиц", "указани", "инструкци", "рассм", "решени", "позици",
    "министерств", "изуч", "мид", "صوت", "صويت", "تقديم", "رعاية", "ايد", "ؤيد", "ويد", "يد", "دعم", "متنع", "متناع", "عارض", "توافق", "تعليم", "توجيه", "عاصم",
    "دراس", "قرار", "موقف", "赞成", "反对", "弃权", "支持", "提案", "联署", "共识", "一致", "指示", "研究", "考虑", "立场", "决定", "国内", "首都", "外交部", "透露",
    "公布", "投票",
)  # fmt: skip
_PLAIN_STEMS = tuple(stem for stem in _STEMS if stem.isascii())
_STANCES = {
    "COSP": Position.CO_SPONSOR, "FOR": Position.IN_FAVOUR, "SUPPORT": Position.IN_FAVOUR, "CONS": Position.IN_FAVOUR,
    "AGAINST": Position.AGAINST, "OPPOSE": Position.AGAINST, "ABST": Position.ABSTAIN,
}  # fmt: skip
_VOTES = frozenset({"FOR", "AGAINST", "ABST"})
_NEED_AN_OBJECT = frozenset({"SUPPORT", "OPPOSE"})
_UNSURE = frozenset({"PAST", "AMEND", "HEDGE", "DISSOC", "EXPL"})
_SUBJECTS = frozenset({"WE", "OTHER", "NAMED"})
_OWN = ("mission of ", "government of ", "embassy of ", "mission de ", "mission du ", "gouvernement de ", "gobierno de ")


class _Told(NamedTuple):
    position: Position
    evidence: str
    firm: bool
    """Whether it tells of a vote or of co-sponsoring, and not just of support."""
    name: str = ""
    """By what name the subject went; empty where it is the mission in so many words."""
    about_sponsoring: bool = False


class _State(NamedTuple):
    """What a clause takes over from the one before it in its sentence."""

    subject: str = ""
    name: str = ""
    asked: bool = False
    whether: bool = False


def position_of(text: str) -> ToldPosition | None:
    """Return the position that a person's words tell, with the clause that it rests on; None where it is not sure."""
    text = text[:_MOST_CHARACTERS]
    whole = plain(text)
    stems = [stem for stem in (_PLAIN_STEMS if whole.isascii() else _STEMS) if stem in whole]
    if not stems:
        return None
    main = language_of(whole)
    rows = []
    observer = others = False
    for words in sentences(text):
        folded = plain(words)
        if any([stem in folded for stem in stems]):  # noqa: C419  (few, and a list is quicker)
            rows.append(read(words, _language(folded, main)))
            if len(rows) >= _MOST_SENTENCES:
                break
    for sentence in rows:
        for phrase in sentence.phrases:
            observer |= "OBSERVER" in phrase.sorts
            others |= not phrase.sorts.isdisjoint(("HEAR", "OTHER"))
    told = [one for sentence in rows if not sentence.asks for one in _of_sentence(sentence, observer)]
    return _agreed(told, whole, others)


def _language(folded: str, main: str) -> str:
    own = language_of(folded)
    if own == "en" and main in ("fr", "es") and folded.count(" ") < 4:
        return main
    return own


def _agreed(told: Sequence[_Told], whole: str, others: bool) -> ToldPosition | None:
    """Return what all of the clauses that tell something agree on."""
    own = [one for one in told if not one.name or any(f"{of}{one.name}" in whole for of in _OWN)]
    if not own and not others and len({one.name for one in told}) == 1:
        own = list(told)
    definite = [one for one in own if one.position not in (Position.UNDECIDED, Position.DECLINED)]
    open_ = [one for one in own if one.position is Position.UNDECIDED]
    declined = [one for one in own if one.position is Position.DECLINED]
    if not definite:
        first = next((one for one in own if one in open_ or one in declined), None)
        return ToldPosition(first.position, first.evidence) if first else None
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
        return ToldPosition(left[0].position, left[0].evidence)
    return ToldPosition(chosen.position, chosen.evidence)


def _of_sentence(sentence: Sentence, observer: bool) -> Iterator[_Told]:
    state = _State()
    for segment in _parts(sentence.phrases, len(sentence.plain), "CUT"):
        start, end, phrases = segment
        sorts = frozenset[str]().union(*(one.sorts for one in phrases))
        evidence = one_line(sentence.written(start, end)).strip(" ,;:-–—")[:_MOST_EVIDENCE]
        for clause in _parts(phrases, end, "AND", start):
            state, told = _of_clause(sentence, clause, sorts, state, observer, evidence)
            yield from told


def _parts(
    phrases: Sequence[Phrase], end: int, sort: str, start: int = 0
) -> Iterator[tuple[int, int, Sequence[Phrase]]]:
    """Yield the stretches between phrases of a sort, each with its phrases."""
    marks = [index for index, one in enumerate(phrases) if sort in one.sorts]
    for before, after in pairwise([-1, *marks, len(phrases)]):
        first = phrases[before].end if before >= 0 else start
        last = phrases[after].start if after < len(phrases) else end
        yield first, last, phrases[before + 1 : after]


def _of_clause(
    sentence: Sentence,
    clause: tuple[int, int, Sequence[Phrase]],
    around: frozenset[str],
    state: _State,
    observer: bool,
    evidence: str,
) -> tuple[_State, list[_Told]]:
    start, end, phrases = clause
    told: list[_Told] = []
    subject, name, asked, whether = state
    own_subject = False
    negated = considered = own_if = False
    subject_end = last_no = start
    sorts = frozenset[str]().union(*(one.sorts for one in phrases))
    unsure = not sorts.isdisjoint(_UNSURE) or not around.isdisjoint(("COND", "WOULD", "HEAR"))
    for index, one in enumerate(phrases):
        kinds = one.sorts
        if kinds & _SUBJECTS:
            former = subject
            if "WE" in kinds:
                if not own_subject and not sorts & {"ASK", "THAT"}:
                    asked = whether = False
                subject, name = "WE", ""
            elif "OTHER" in kinds:
                subject, name = "OTHER", ""
            else:
                subject, name = "NAMED", sentence.plain[one.start : one.end]
            if own_subject and former == "OTHER" and subject == "WE":
                asked = True  # "the newspapers say we will": it is they who speak
            own_subject = True
            subject_end = one.end
        if "THAT" in kinds:
            asked |= not _ours(sentence, start, phrases[:index], one.start, state)
        asked |= "ASK" in kinds
        own_if |= "COND" in kinds
        whether |= "WHETHER" in kinds
        considered |= "CONSIDER" in kinds
        if kinds & {"UNDEC", "DECL"}:
            if subject != "OTHER" and not around & {"HEAR", "AMEND"}:
                position = Position.UNDECIDED if "UNDEC" in kinds else Position.DECLINED
                told.append(_Told(position, evidence, True, name, "COSP" in sorts))
            continue
        stance = next((sort for sort in _STANCES if sort in kinds), "")
        if not stance:
            if "NEG" in kinds:
                negated, last_no = True, one.end
            continue
        if own_subject and _unknown(sentence, subject_end, one.start, phrases) > _MOST_UNKNOWN:
            continue
        who = subject
        if not own_subject:
            if _unknown(sentence, start, one.start, phrases):
                who = ""  # somebody or something of which nothing is known
            elif not subject:
                who = "WE"  # nothing but what is known stands before it: who writes is left out
        if who not in ("WE", "NAMED") or asked or whether:
            continue
        if considered:
            if not negated and "PAST" not in sorts and "HEAR" not in around:
                told.append(_Told(Position.UNDECIDED, evidence, True, name, stance == "COSP"))
            continue
        if _only_if(stance, around, phrases, index) and who == "WE" and not negated and not (own_if and "HEDGE" not in sorts):
            told.append(_Told(Position.UNDECIDED, evidence, True, name, stance == "COSP"))
            continue
        if unsure or (observer and stance in _VOTES) or not _of_text(sentence, stance, end, phrases, index):
            continue
        no_after = any("NEG" in other.sorts for other in phrases[index + 1 :])
        if not negated and not no_after:
            told.append(_Told(_STANCES[stance], evidence, stance not in _NEED_AN_OBJECT, name))
        elif stance == "SUPPORT" and negated and not no_after and not _unknown(sentence, last_no, one.start, phrases):
            told.append(_Told(Position.AGAINST, evidence, True, name))
    return _State(subject, name, asked, whether), told


def _ours(sentence: Sentence, start: int, before: Sequence[Phrase], end: int, state: _State) -> bool:
    """Tell whether it is the mission that says what stands behind "that"."""
    sorts = frozenset[str]().union(*(one.sorts for one in before))
    if not sorts.isdisjoint(("OTHER", "NAMED", "NEG", "HEAR")):
        return False
    return "WE" in sorts or state.subject == "WE" or not _unknown(sentence, start, end, before)


def _only_if(stance: str, around: frozenset[str], phrases: Sequence[Phrase], index: int) -> bool:
    """Tell whether a mission says under what condition it would be for the text: then it has not decided."""
    if stance not in ("COSP", "FOR", "SUPPORT") or "COND" not in around or "HEAR" in around:
        return False
    if any("AMEND" in one.sorts for one in phrases[index:]):
        return False
    return not any(one.sorts & {"PAST", "DISSOC"} for one in phrases)


def _of_text(sentence: Sentence, stance: str, end: int, phrases: Sequence[Phrase], index: int) -> bool:
    """Tell whether it is the text that is supported or opposed, and no other thing; or nothing is named."""
    for other in phrases[index + 1 :]:
        if "TEXT" in other.sorts:
            return True
        if not other.sorts.isdisjoint(("OBJ", "OTHER")):
            return False
    if stance not in _NEED_AN_OBJECT:
        return True
    if any("TEXT" in other.sorts for other in phrases[:index]):
        return True
    return not _unknown(sentence, phrases[index].end, end, phrases[index + 1 :])


def _unknown(sentence: Sentence, start: int, end: int, phrases: Sequence[Phrase]) -> int:
    """Return how many words stand between two places that belong to no phrase."""
    words, place = 0, start
    for one in phrases:
        if one.start >= end:
            break
        if one.start >= start:
            words += _words(sentence.plain[place : one.start])
            place = max(place, one.end)
    return words + _words(sentence.plain[place:end])


def _words(text: str) -> int:
    return sum(any(map(str.isalpha, word)) for word in text.split())
