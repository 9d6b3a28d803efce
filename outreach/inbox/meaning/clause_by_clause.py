"""What the clauses of one sentence tell of a mission's position: who speaks, whether it is negated, and what is said.

Read from left to right over the phrases of `clauses`. Nothing is told where a clause has words between its subject and
what it says that nothing is known of, nor behind "that" but for verbs that are known to assert.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from outreach.inbox.meaning.clauses import (
    Phrase,
    ReadSentence,
    evidence,
    sorts_of,
    state_named,
    table,
    without_marks,
)
from outreach.text import one_line
from outreach.vocabulary import Position

_MOST_UNKNOWN = 3  # so many words of which nothing is known may stand between who speaks and a vote that is told
_MOST_BEFORE_SUPPORT = 1  # and so many before what may be of anything
STANCES = {
    "COSP": Position.CO_SPONSOR, "FOR": Position.IN_FAVOUR, "SUPPORT": Position.IN_FAVOUR, "CONS": Position.IN_FAVOUR,
    "AGAINST": Position.AGAINST, "OPPOSE": Position.AGAINST, "ABST": Position.ABSTAIN,
}  # fmt: skip
TELLING = frozenset({*STANCES, "UNDEC", "DECL"})
"""The sorts of phrases that tell where somebody stands."""
_VOTES = frozenset({"FOR", "AGAINST", "ABST"})
_OF_THE_TEXT = frozenset({*STANCES, "TEXT"}) - {"SUPPORT", "OPPOSE"}
_NEED_AN_OBJECT = frozenset({"SUPPORT", "OPPOSE"})
_UNSURE = frozenset({"PAST", "AMEND", "HEDGE", "DISSOC", "EXPL"})
_SAYS = frozenset({*STANCES, "WE", "NAMED", "OTHER", "UNDEC", "DECL"})
_INFINITIVE = re.compile(
    r"to \w|(?:s'|ne pas (?:s')?)?\w+(?:er|ir|re|oir)\b(?<!pour)|\w+[aei]r(?:se|nos|la|lo)?\b|\w+(?:ть|ться|ти)\b"
)
# "…, not the one that is tabled now": what is said is of another text.
_OTHER_ONE = re.compile(
    r"[,，،] ?(?:(?:and|but|et|y|mais) )?(?:not (?:for |to )?(?:the (?!least)|that |those |yours?\b|any )"
    r"|(?:non(?: pas)?|pas) (?:a |pour )?(?:celui|celle|ceux|le votre|la votre|au |le |la )"
    r"|no (?:a |por )?(?:el |al |la |ese|este|aquel|suyo)|а не (?:за )?(?:ваш|тот|того|тому|эт)"
    r"|(?:وليس|وليست|لا) (?:ال|نص|مشروع|هذا|ذلك)|(?:而)?(?:不是|非)(?:这|该|贵|你|现))"
)
# "…, but not necessarily your text".
_NOT_SURELY = re.compile(
    r"\b(?:pas|non) (?:forcement|necessairement)|\bnot necessarily|\bno necesariamente"
    r"|\bне обязательно|بالضرورة|不一定|未必"
)
# An unknown noun, and "of": it is that thing which is supported, and not the text.
_A_THING_OF = re.compile(
    r"^\W*(?:(?:the|le|la|les|l'|el|los|las|al|au|aux|a) ?)?"
    r"(?!draft|projet|proyecto|text|resol|adop|aprob|renewal|extension|renouv|prolong|prorr|renov)\w{4,}"
    r" (?:of|de|del|du|des|d')\b"
)
_CONCEDES = re.compile(
    r"(?:\b(?:although|though|while|whilst|despite|notwithstanding|bien que|quoique|meme si|malgre|en depit"
    r"|aunque|si bien|a pesar|pese a|хотя|несмотря на)(?: de)?|رغم|虽然|尽管|即使)\W*$"
)
_ABOUT_IT = re.compile(r"\W{0,4}(?:that|this|it|which|c'est|ce|cela|es|eso|esto|это|тоже|так|هو|هي|هذا|这|也)\b")
# "… голосовать ли", "for or against": which of them, it does not say.
_EITHER = re.compile(
    r" ли\b|\b(?:for|favou?r|yes|it|pour|faveur|oui|a favor|que si|за)\W{1,2}(?:or|ou|o|или) (?:to )?"
    r"(?:against|no\b|abst\w*|contre|non\b|s'abst\w*|en contra|против|воздерж\w*)|(?:赞成|支持)(?:还是|或)(?:反对|弃权)"
)
# "Having studied your letter, …", "…, who asked us to, …": what is told there is of before, or of somebody else, and
# who speaks is the same behind it.
_BEFOREHAND = re.compile(
    r"\W*(?:(?:after |upon |on )?(?:having|considering|receiving|studying|examining|consulting)|"
    r"(?:apres )?(?:ayant|avoir)|tras|habiendo"
    r"|(?:despues de|luego de) \w+[aei]r|\w+(?:вши|вшись|[иея]в|[аоу]в(?<!устав))|بعد|经|经过)\b"
)
_OF_WHOM = re.compile(r"\W*(?:qui|que|who|which|quien|котор\w+|الذي|التي)\b")
_WITH = re.compile(r"\W*(?:con|sin|a titulo|en|with|without|in|at|avec|sans|dans|a titre|с|без|в|по)\b")
_WE_SHALL = re.compile(r"(?:nous |nos )?\w+(?:remos|rons)\b")  # a verb that says who speaks
_BARE = re.compile(r"(?:yes|no|aye|nay|affirmative|negative)\W*")
_YOU = ("you ", "you'", "vous", "usted", "вы", "انتم", "你", "您", "贵")
_NEAR = 12
_NAMES_THE_VOTE = re.compile(r"\bvot")
_WHOSE = frozenset({"by", "from", "on the part of", "de la part de", "par", "por parte de", "со стороны", "от"})
_SUBJECTS = frozenset({"WE", "OTHER", "NAMED"})
_SECOND_HALVES = frozenset({"pas", "point", "aucunement", "nullement", "pas du tout"})
_OURS = re.compile("(?:our|my|notre|nos|nuestr[oa]s?|наш\\w+) |我[们国方]|موقفنا|تصويتنا")
_THEIR_OWN = ("its ", "sa ", "son ", "su ", "свою ")
_OF = (" of ", " de ", "del ")
_SHORTEST_NOUN = 4  # what is shorter is "it"


class ClauseTells(NamedTuple):
    """What one clause tells, and the words that it rests on."""

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
    aside: bool = False
    """Whether it is of an amendment or another text ("As to paragraph 6, …")."""
    unclear: bool = False
    """Whether it holds words that are unknown, such as the verb of "I doubt, that …"."""
    negated: bool = False
    """Whether it ends in a "not" that an insertion parts from its verb ("We cannot, in all conscience, …")."""


def told_by(sentence: ReadSentence, observer: bool) -> Iterator[ClauseTells]:
    """Yield what the clauses of a sentence tell; `observer`: whether who writes has no vote."""
    sorts = sorts_of(sentence.phrases)
    if "IRONY" in sorts or sorts.isdisjoint(TELLING):
        return
    if _NOT_SURELY.search(sentence.plain):
        return
    things = () if sorts.isdisjoint(("UNDEC", "DECL", *_NEED_AN_OBJECT)) else things_in(sentence)
    state = _State()
    for start, end, phrases in _parts(sentence.phrases, len(sentence.plain), "CUT"):
        around = sorts_of(phrases)
        words = evidence(one_line(sentence.written(start, end)).strip(" ,;:-–—"))
        if _OTHER_ONE.search(sentence.plain[start:end]):
            continue
        state = state._replace(negated=False)
        for first, last, inner in _parts(phrases, end, "AND", start):
            if last < end and _is_beforehand(sentence.plain[first:last], inner):
                continue
            clause = _Clause(sentence, first, last, inner, around, state, observer, words, start, things)
            yield from clause.told()
            goes_on = last < end and _OF_WHOM.match(sentence.plain, first) is not None
            state = state if goes_on and state.subject == "WE" else clause.left()


def _is_beforehand(words: str, phrases: Sequence[Phrase]) -> bool:
    """Tell whether a part of a clause is what was done before: "having considered the request of the coalition"."""
    return _BEFOREHAND.match(words) is not None and sorts_of(phrases).isdisjoint((*TELLING, "COND", "WHETHER"))


def things_in(sentence: ReadSentence) -> Sequence[int]:
    """Return where a sentence names another thing that may wait for a decision: a visa, a meeting, but not "at a …"."""
    found = _things(sentence.language).finditer(sentence.plain)
    return [one.start() for one in found if not one["when"]]


@lru_cache(maxsize=6)
def _things(language: str) -> re.Pattern[str]:
    """Return what finds another thing that may wait for a decision; in Chinese and Arabic, in the middle of a word."""
    edge = "" if language in ("zh", "ar") else r"\b"
    words = (*table()["things"][language], *table()["occasions"][language])
    return re.compile(rf"{edge}(?:{'|'.join(map(without_marks, words))}){edge}")


@lru_cache(maxsize=32)
def _words_of(section: str, language: str) -> re.Pattern[str]:
    """Return what finds any word of a row of `positions.toml`, such as those of a language."""
    return re.compile("|".join(map(without_marks, table()[section][language])))


def _parts(
    phrases: Sequence[Phrase], end: int, sort: str, start: int = 0
) -> Iterator[tuple[int, int, Sequence[Phrase]]]:
    """Yield the stretches between phrases of a sort, each with its phrases."""
    marks = [index for index, one in enumerate(phrases) if sort in one.sorts]
    for before, after in pairwise([-1, *marks, len(phrases)]):
        first = phrases[before].end if before >= 0 else start
        last = phrases[after].start if after < len(phrases) else end
        yield first, last, phrases[before + 1 : after]


class _Clause:
    """One clause, read from left to right: who speaks, whether it is negated, and what is said."""

    def __init__(
        self, sentence: ReadSentence, start: int, end: int, phrases: Sequence[Phrase], around: frozenset[str],
        state: _State, observer: bool, evidence: str, begins: int, things: Sequence[int],
    ) -> None:  # fmt: skip
        self._sentence, self._start, self._end, self._phrases, self._around = sentence, start, end, phrases, around
        self._observer, self._evidence, self._before, self._before_it = observer, evidence, state, begins
        self._subject, self._name, self._asked, self._whether, self._aside, _, self._negated = state
        self._sorts, self._things = sorts_of(phrases), things
        self._named_here = self._no_here = self._considered = self._is_theirs = False
        self._subject_end = self._last_no = start

    def left(self) -> _State:
        """Return what the next clause of the sentence takes over."""
        unclear = _unknown(self._sentence, self._start, self._end, self._phrases) > 0
        if unclear and self._sorts <= {"FILL", "PLACE"} and _WITH.match(self._sentence.plain, self._start):
            unclear = self._before.unclear  # "…, with all due respect, …"
        aside = self._sorts.isdisjoint(_SAYS) and (
            "AMEND" in self._sorts or ("HEDGE" in self._sorts and not unclear)  # "Perhaps, …"
        )
        if "AMEND" in self._sorts and self._sorts.isdisjoint(STANCES):
            # "Our position on the right to water is well known: …"
            aside = aside or self._sentence.plain[self._end :].lstrip().startswith((":", "："))
        if aside and _CONCEDES.search(self._sentence.plain[: self._before_it]):
            aside = False  # "Although we dislike paragraph 6, …"
        negated = (
            self._negated
            and self._sorts.isdisjoint(STANCES)
            and (
                not self._sentence.plain[self._last_no : self._end].strip()
                or self._sorts.isdisjoint((*_SUBJECTS, "NEG"))
            )
        )
        return _State(self._subject, self._name, self._asked, self._whether, aside or self._aside, unclear, negated)

    def told(self) -> Iterator[ClauseTells]:
        """Yield what the clause tells."""
        undecided = False
        for index, one in enumerate(self._phrases):
            self._take(index, one)
            stance = next((sort for sort in STANCES if sort in one.sorts), "")
            if undecided and stance in ("COSP", "SUPPORT"):
                continue  # "no decision as yet on co-sponsorship"
            found = None
            if one.sorts & {"UNDEC", "DECL"}:
                found = self._open(one)
            elif stance:
                found = self._position(stance, index)
            if found is not None:
                undecided |= found[0] is Position.UNDECIDED
                yield ClauseTells(*found, self._name, "COSP" in self._sorts)

    def _take(self, index: int, one: Phrase) -> None:
        kinds = one.sorts
        if kinds & _SUBJECTS:
            self._now_of(one)
        elif not kinds.isdisjoint(STANCES) and _WE_SHALL.match(self._sentence.plain, one.start, one.end):
            self._now_of(Phrase(kinds | {"WE"}, one.start, one.end))
        if "THAT" in kinds and not self._describes(index, one):
            self._asked |= not self._ours(self._phrases[:index], one.start)
            if not index and "ASK" in self._around and not self._sentence.plain[self._start : one.start].strip():
                self._asked = True  # "You hope, if I read you well, that …"
        if kinds & {"THAT", "WHETHER"}:
            self._is_theirs |= self._say_others(index)
        if "NEG" in kinds:
            self._negated = self._no_here = True
            self._last_no = one.end
        self._asked |= "ASK" in kinds
        self._whether |= "WHETHER" in kinds
        self._considered |= "CONSIDER" in kinds

    def _say_others(self, index: int) -> bool:
        """Tell whether others say what stands behind "that": not those at home, nor "you" who understand."""
        before = self._phrases[:index]
        sorts = sorts_of(before)
        if "HOME" in sorts or ("WE" in sorts and "OTHER" not in sorts):
            return False
        who = [one for one in before if one.sorts & {"OTHER", "NAMED"}]
        if not before and "THAT" in self._phrases[index].sorts and self._before.subject == "OTHER":
            who = [one for one in self._sentence.phrases if "OTHER" in one.sorts and one.end <= self._start]
        you = [one for one in who if self._sentence.plain.startswith(_YOU, one.start)]
        if you:
            return "ASK" in sorts
        return bool(who) or "NEG" in sorts

    def _describes(self, index: int, one: Phrase) -> bool:
        """Tell whether "that" says more of the text right before it, and not what somebody says or asks."""
        before = self._phrases[index - 1] if index else None
        if before is None or "TEXT" not in before.sorts or before.end - before.start < _SHORTEST_NOUN:
            return False
        return not self._sentence.plain[before.end : one.start].strip(" ,،，")

    def _now_of(self, one: Phrase) -> None:
        """Take a new subject."""
        former = self._subject
        if "WE" in one.sorts:
            if not self._named_here and not self._sorts & {"ASK", "THAT", "WHETHER"}:
                self._asked = self._whether = False
            if (self._named_here and former == "OTHER") or (
                self._is_asked(one) and not (self._named_here and former == "WE")
            ):
                self._asked = True  # "the newspapers say we will": it is they who speak
            self._subject, self._name = "WE", ""
        elif "OTHER" in one.sorts:
            self._subject, self._name = "OTHER", ""
        else:
            name = self._sentence.plain[one.start : one.end]
            self._subject, self._name = "NAMED", state_named(name, self._sentence.language)
        if not self._no_here:
            self._negated = False  # one that was carried over was another's
        self._named_here, self._subject_end = True, one.end

    def _is_asked(self, one: Phrase) -> bool:
        """Tell whether the mission is the object of a verb: "asked our delegation to …"."""
        if self._sentence.plain.startswith(_THEIR_OWN, one.start):
            return False  # "it has instructed its delegation to …"
        if self._sentence.plain.startswith(_OF, max(one.start - _SHORTEST_NOUN, 0)):
            return False  # "the intention of my government to …"
        start = self._sentence.plain.rfind(" ", 0, max(one.end - 1, 0)) + 1
        return _words_of("others_turn", "is_asked").match(self._sentence.plain, max(start, one.start)) is not None

    def _ours(self, before: Sequence[Phrase], end: int) -> bool:
        """Tell whether it is the mission that says what stands behind "that"."""
        sorts = sorts_of(before)
        if not sorts.isdisjoint(("OTHER", "NAMED", "NEG", "HEAR")) or _unknown(
            self._sentence, self._start, end, before
        ):
            return False  # "we doubt that …": only what is known to assert does
        return bool(before) or (not self._before.unclear and self._before.subject in ("", "WE"))

    def _is_of_another_thing(self, one: Phrase) -> bool:
        """Tell whether it is another thing that waits: it is named first in the clause, or before it and no text is."""
        of_the_text = [other for other in self._sentence.phrases if other.sorts & _OF_THE_TEXT]
        here = min((place for place in self._things if self._start <= place < self._end), default=None)
        if here is not None:
            return all(here < other.start or other.end <= self._start for other in of_the_text)
        return not of_the_text and any(place < one.start for place in self._things)

    def _is_our_secret(self, one: Phrase) -> bool:
        """Tell whether it is how one votes that is not told: it is named in the sentence, or nothing is."""
        if _words_of("secrets", self._sentence.language).search(self._sentence.plain):
            return True
        return not _unknown(self._sentence, one.end, self._end, self._phrases)

    def _is_waited_of_others(self, one: Phrase) -> bool:
        """Tell whether it is you or others who have to answer: "we await your reply", "the bureau has not decided"."""
        if "UNDEC" not in one.sorts:
            return False
        if _words_of("others_turn", "your_answer").search(self._sentence.plain[one.start : one.end + _NEAR]):
            return True
        before = [other for other in self._phrases if other.end <= one.start]
        if (
            self._sentence.language == "ar"  # where what waits is named behind its verb
            or _unknown(self._sentence, self._start, one.start, before) > ("WE" in self._sorts)
        ) and _words_of("matters", self._sentence.language).search(self._sentence.plain, self._start, one.end) is None:
            return True  # "the list of speakers has not been decided"
        if "THEIRS" in self._sorts and self._sorts.isdisjoint(("WE", "TEXT")):
            return True
        after = next((other for other in self._phrases if other.start >= one.end), None)
        if after is None or after.sorts.isdisjoint(("OTHER", "THEIRS")) or "HOME" in after.sorts:
            return False
        return not self._sentence.plain[one.end : after.start].strip()

    def _open(self, one: Phrase) -> tuple[Position, str, bool] | None:
        """Return that nothing is decided, or told: by anybody but others, unless they are those at home."""
        by_others = self._subject == "OTHER" and "HOME" not in self._sorts
        if (by_others and not _OURS.match(self._sentence.plain, one.start)) or self._around & {"HEAR", "AMEND"}:
            return None
        if self._is_theirs or self._is_of_another_thing(one) or self._is_waited_of_others(one):
            return None  # "the press wrote that we still wait"
        if "DECL" in one.sorts and not self._is_our_secret(one):
            return None
        return (Position.UNDECIDED if "UNDEC" in one.sorts else Position.DECLINED), self._evidence, True

    def _position(self, stance: str, index: int) -> tuple[Position, str, bool] | None:
        one = self._phrases[index]
        who = self._speaker(one)
        if not who or self._asked or self._whether or self._either(one):
            return None
        if self._considered:
            closed = self._negated or "PAST" in self._sorts or not self._around.isdisjoint(("HEAR", "COND"))
            return None if closed else (Position.UNDECIDED, self._evidence, True)
        if stance in _NEED_AN_OBJECT and self._is_of_another_thing(one):
            return None
        # "If it is put to a vote, we would …": that it is voted on is no condition of what one does then.
        unless = ("COND", "HEAR") if "CALLED" in self._around else ("COND", "WOULD", "HEAR")
        unsure = self._aside or not self._sorts.isdisjoint(_UNSURE) or not self._around.isdisjoint(unless)
        if unsure or (self._observer and stance in _VOTES) or not self._of_text(stance, index):
            return None
        behind = self._phrases[index + 1 :]
        if self._negated and behind and self._sentence.plain[one.end : behind[0].end].strip() in _SECOND_HALVES:
            behind = behind[1:]  # "ne soutenons pas": one negation, in two words
        if any("NEG" in other.sorts for other in behind):
            return None
        if not self._negated:
            return STANCES[stance], self._evidence, stance not in _NEED_AN_OBJECT
        between = _unknown(self._sentence, self._last_no, one.start, self._phrases)
        # Not to sponsor, or not to oppose, tells nothing; not to support does.
        return (Position.AGAINST, self._evidence, False) if stance == "SUPPORT" and not between else None

    def _either(self, one: Phrase) -> bool:
        """Tell whether a thing is one of two that are named, of which a mission says neither."""
        others = _EITHER.finditer(self._sentence.plain)
        return any(other.start() <= one.end and one.start < other.end() for other in others)

    def _speaker(self, one: Phrase) -> str:
        """Return who says a thing, WE or NAMED; empty where it is somebody else, or nobody who is known."""
        if self._named_here:
            unknown = _unknown_words(self._sentence, self._subject_end, one.start, self._phrases)
            if self._subject not in ("WE", "NAMED") or len(unknown) > self._most_unknown(one):
                return ""
            # "We fear a vote against", "we listened to those who …": of a vote that is another's.
            beheld = unknown and _words_of("beholds", self._sentence.language).search(" ".join(unknown))
            return "" if beheld else self._subject
        if _unknown(self._sentence, self._start, one.start, self._phrases):
            return ""
        if self._sentence.language == "ar" and (after := self._next_to(one)):
            return "WE" if "WE" in after.sorts else ""
        if (behind := self._whose(one)) is not None:
            return "WE" if "WE" in behind.sorts else ""  # "a yes from our side"
        if self._subject:
            return self._subject if self._subject != "OTHER" else ""  # who was named before
        # Nothing but what is known: who writes is left out ("Abstention."), unless more is told of that thing.
        if _INFINITIVE.match(self._sentence.plain[self._start : one.end].strip()) or self._goes_on(one):
            return ""
        if not one.sorts.isdisjoint(_NEED_AN_OBJECT) and "TEXT" not in self._sorts:
            return ""  # "…, with our support": of what, nobody says
        if _unknown(self._sentence, one.end, self._end, self._phrases):
            return ""
        return "" if _BARE.fullmatch(self._sentence.plain, one.start, one.end) and self._is_all(one) else "WE"

    def _most_unknown(self, one: Phrase) -> int:
        if self._subject != "WE":
            return 0
        return _MOST_UNKNOWN if one.sorts.isdisjoint(_NEED_AN_OBJECT) else _MOST_BEFORE_SUPPORT

    def _is_all(self, one: Phrase) -> bool:
        """Tell whether nothing but a phrase says anything in its sentence: "Yes." to what, nobody knows."""
        others = (other.sorts for other in self._sentence.phrases if other is not one)
        told = all(sorts.isdisjoint(("WE", "TEXT", *STANCES)) for sorts in others)
        return told and _NAMES_THE_VOTE.search(self._sentence.plain) is None

    def _goes_on(self, one: Phrase) -> bool:
        """Tell whether a sentence speaks about a thing that is named alone: "Abstention: that is what they call …"."""
        if _ABOUT_IT.match(self._sentence.plain[one.end :]) is None:
            return False
        return all("WE" not in other.sorts for other in self._phrases if other.start >= one.end)

    def _next_to(self, one: Phrase) -> Phrase | None:
        """Return the subject right behind a verb: in Arabic it follows."""
        after = next((other for other in self._phrases if other.start >= one.end), None)
        if after is None or after.sorts.isdisjoint(_SUBJECTS) or self._sentence.plain[one.end : after.start].strip():
            return None
        return after

    def _whose(self, one: Phrase) -> Phrase | None:
        """Return who is named behind a thing as whose it is: "a positive vote by my delegation"."""
        after = next((other for other in self._phrases if other.start >= one.end), None)
        if after is None or after.sorts.isdisjoint(_SUBJECTS):
            return None
        between = self._sentence.plain[one.end : after.start].strip()
        return after if between in _WHOSE or self._sentence.plain.startswith("from ", after.start) else None

    def _of_text(self, stance: str, index: int) -> bool:
        """Tell whether it is the text that is supported or opposed, and no other thing; or nothing is named."""
        needs, place = stance in _NEED_AN_OBJECT, self._phrases[index].end
        for other in self._phrases[index + 1 :]:
            if "TEXT" in other.sorts:
                return not (needs and self._is_of_a_thing(place, other.start))
            if not other.sorts.isdisjoint(("OBJ", "OTHER")) or (needs and other.sorts & {"NAMED", "THEIRS"}):
                return False
        if stance in ("FOR", "AGAINST", "COSP") and self._is_of_the_unknown(place):
            return False
        if not needs or any("TEXT" in other.sorts for other in self._phrases[:index]):
            return True
        behind = [one for one in self._phrases[index + 1 :] if "PLACE" not in one.sorts]
        return not _unknown(self._sentence, place, self._end, behind) and "AMEND" not in self._around

    def _is_of_the_unknown(self, place: int) -> bool:
        """Tell whether a vote is for or against a thing right behind it of which nothing is known: "for your envoy"."""
        found = _words_of("for_a_thing", self._sentence.language).search(
            self._sentence.plain, max(place - _NEAR, 0), self._end
        )
        if found is None or not found.start(1) >= place >= found.start() - 1:
            return False
        return not any(one.start <= found.start(1) < one.end for one in self._phrases if "PLACE" not in one.sorts)

    def _is_of_a_thing(self, start: int, end: int) -> bool:
        """Tell whether it is a thing of the text that is supported: "the independence of the mandate"."""
        return _A_THING_OF.search(self._sentence.plain[start:end]) is not None


def _unknown(sentence: ReadSentence, start: int, end: int, phrases: Sequence[Phrase]) -> int:
    """Return how many words stand between two places that belong to no phrase."""
    return len(_unknown_words(sentence, start, end, phrases))


def _unknown_words(sentence: ReadSentence, start: int, end: int, phrases: Sequence[Phrase]) -> Sequence[str]:
    """Return the words between two places that belong to no phrase."""
    text, place = "", start
    for one in phrases:
        if one.start >= end:
            break
        if one.start >= start:
            text += f"{sentence.plain[place : one.start]} "
            place = max(place, one.end)
    return [word for word in (text + sentence.plain[place:end]).split() if any(map(str.isalnum, word))]
