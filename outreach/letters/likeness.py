"""Is one letter's text nearly another's: the same but for signs, spacing, capitals and slips of the pen?

Texts are compared word by word, Chinese sign by sign, and each difference is of a kind that can be named. A word
spelled nearly alike is a slip where one of the two is a word and the other none, as lists of English, French and
Spanish know; a sentence more, or a word more that turns nothing round, is added. Any other word, another number, and
the name of another state or month make it another letter, however much of it is the same: letters of one series share
most of their words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import chain
from zlib import crc32

from outreach.letters.lint.lint_numbers import numbers_in
from outreach.letters.lint.lint_typing import is_listed
from outreach.missions.facts import addressees
from outreach.month_names import months_by_word
from outreach.vocabulary import Language

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670"
"""Signs above and below letters, where no one code has the two together."""
_WORD = re.compile(rf"[{_HAN}]|(?:[^\W{_HAN}][{_MARKS}]*)+")
_STOP = re.compile(r"[.!?。！？؟…¶]")
"""What ends a sentence; so does an empty line."""
_BETWEEN = re.compile(r"\n\s*\n")
_MOST_PARAGRAPHS = 2000
_ONE_SLIP, _TWO_SLIPS = 4, 8
"""From how many letters on a word may have one, or two, other ones."""
_LEAST = 12
"""Texts of fewer words are the same only where each word is."""
_SLIPS = 0.05
_ADDED = 0.2
"""At most these parts of the shorter text's words are slips, or may be more in the longer."""
_SENTENCE = 5
"""From so many words on, what is added is a sentence, whatever it says; of single words only `_WORDS` may be."""
_WORDS = 2
_HAN_SENTENCE = 10
"""The same of Chinese, where each sign counts as a word."""
_MOST_OF_A_DEMONYM = 6
"""So many letters may follow the name of a state in the name of its people."""
_TURNS = {
    Language.ENGLISH: "not no never nor neither cannot t none nobody without against unless except only hardly barely "
    "possible possibly perhaps maybe alleged allegedly",
    Language.FRENCH: "ne n non ni pas plus point jamais aucun aucune nul nulle rien personne sans contre sauf "
    "possible possibles possiblement éventuel éventuelle prétendu prétendue",
    Language.SPANISH: "no ni nunca jamás tampoco nada nadie ningún ninguno ninguna sin contra salvo solo sólo "
    "posible posibles posiblemente quizá quizás acaso supuesto supuesta",
    Language.RUSSIAN: "не ни нет никогда нельзя никто ничто без против кроме лишь только возможно возможный возможная "
    "возможное возможные возможной возможного возможную вероятно якобы",
    Language.ARABIC: "لا ولا فلا لم ولم لن ولن ليس ليست وليس غير دون بدون ضد عدم بعدم إلا سوى فقط قد ربما "
    "ممكن ممكنة محتمل محتملة",
}
"""Words that turn a sentence round, or take back some of it. In Chinese no sign is put in without another sense."""
_ORDINALS = {
    Language.ENGLISH: r"first|last|next|second|third|(?:four|fif|six|seven|eigh|nin|ten|eleven|twelf|\w+teen|\w+tie)th",
    Language.FRENCH: r"premi(?:er|ere)s?|second(?:e|es|s)?|derni(?:er|ere)s?|\w+iemes?",
    Language.SPANISH: r"(?:primer|segund|tercer|cuart|quint|sext|septim|octav|noven|\w*decim|\w+esim|ultim)[oa]?s?",
    Language.RUSSIAN: r"(?:перв|втор|трет|четверт|пят|шест|седьм|восьм|девят|\w*десят|\w+надцат|двадцат|тридцат|"
    r"сороков|сот|последн)(?:ыи|ои|ии|ая|ое|ее|ье|ья|ые|ого|его|ьего|ому|ьему|ым|ом|ем|ую|ью|ьеи|ых)",
    Language.ARABIC: r"و?(?:ال|لل)?(?:اول[يى]?|ثان(?:ي|يه|ية)|"
    r"(?:ثالث|رابع|خامس|سادس|سابع|ثامن|تاسع|عاشر|حادي|اخير)[هة]?|عشر[هة]?)",
}
"""Numbers of order in words, without the signs on their letters."""
_SKETCH_WORDS = 32
_SKETCH_DIGITS = 8
_SKETCHED_ALIKE = 0.6
"""From this part of their words in common on, two texts of which only sketches are known may be one. By `_SLIPS` and
`_ADDED` they have three quarters in common; a sketch of 32 words tells that to within some 0.08."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two texts that are nearly the same differ."""

    slips: int = 0
    """Words that are spelled otherwise."""
    added: int = 0
    """Words that stand in one of them only."""


@dataclass(frozen=True, slots=True)
class _TextWord:
    folded: str
    is_name: bool
    """Whether it begins with a capital."""
    written: str
    """As it is written, in small letters."""
    begins: bool
    """Whether it begins a sentence or a paragraph."""


def words_of(text: str, without: Iterable[str] = ()) -> tuple[_TextWord, ...]:
    """Return the words of a text, but for some passages that stand in it: its own date, who signs it and how many."""
    passages = tuple(sorted(filter(None, without), key=len, reverse=True))
    parts = (" ".join(part.split()) for part in _BETWEEN.split(text))
    return tuple(chain.from_iterable(_words_of_paragraph(part, passages) for part in parts))


@lru_cache(_MOST_PARAGRAPHS)
def _words_of_paragraph(text: str, without: tuple[str, ...]) -> tuple[_TextWord, ...]:
    """Letters to many missions have most paragraphs in common."""
    for passage in without:
        text = re.sub(rf"\b{passage}\b", " ", text) if passage.isdigit() else text.replace(passage, " ")
    text = unicodedata.normalize("NFKC", text)
    words, last = list[_TextWord](), 0
    for match in _WORD.finditer(text):
        begins = not words or _STOP.search(text, last, match.start()) is not None
        written, last = match[0].casefold(), match.end()
        words.append(_TextWord(_folded(written), match[0][0].isupper(), written, begins))
    return tuple(words)


def _folded(word: str) -> str:
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def sketch(text: str, without: AbstractSet[int] = frozenset()) -> str:
    """Return what stays of a text where it can't be kept: the 32 of its words whose checksums are lowest, in hex.

    Two texts have about as many of them in common as of all their words (bottom-k sketch: Broder, 1997; Cohen and
    Kaplan, 2007). `without` are checksums of words that tell nothing of it, as of the names of who signs (see
    `sketched_words`). Empty for a text without words.
    """
    found = frozenset[int]().union(*map(sketched_words, _BETWEEN.split(text))) - without
    return "".join(f"{one:0{_SKETCH_DIGITS}x}" for one in sorted(found)[:_SKETCH_WORDS])


@lru_cache(_MOST_PARAGRAPHS)
def sketched_words(text: str) -> frozenset[int]:
    """Return the checksums of a text's words."""
    return frozenset(crc32(word.folded.encode()) for word in _words_of_paragraph(" ".join(text.split()), ()))


def are_sketched_alike(one: str, other: str) -> bool:
    """Whether two texts, of which only sketches are known, may be nearly the same. False where either is unknown."""
    ours, its = (
        {text[at : at + _SKETCH_DIGITS] for at in range(0, len(text), _SKETCH_DIGITS)} for text in (one, other)
    )
    lowest = set(sorted(ours | its)[: min(len(ours), len(its))])
    return bool(lowest) and len(lowest & ours & its) >= _SKETCHED_ALIKE * len(lowest)


def likeness(one: Sequence[_TextWord], other: Sequence[_TextWord], language: Language) -> Likeness | None:
    """Return how two texts of one language differ that are nearly the same; None where they are two letters."""
    first, second = [word.folded for word in one], [word.folded for word in other]
    least = min(len(first), len(second))
    apart = _apart(first, second) > (_SLIPS + _SLIPS + _ADDED) * least + _WORDS + 2
    if (not apart and _sentences(one) == _sentences(other)) or "".join(first) == "".join(second):
        return Likeness() if first else None
    if apart or least < _LEAST:
        return None
    both = set(first) & set(second)
    slips = added = single = 0
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        mine, theirs = one[a:b], other[c:d]
        if "".join(first[a:b]) == "".join(second[c:d]):
            continue
        if kind == "replace":
            if len(mine) != len(theirs) or not all(
                _is_slip(word, its, both, language) for word, its in zip(mine, theirs, strict=True)
            ):
                return None
            slips += len(mine)
            continue
        more = mine or theirs
        after = one[b : b + 1] if mine else other[d : d + 1]
        whole = more[0].begins and all(word.begins for word in after)  # a sentence, or several
        if len(more) < (_HAN_SENTENCE if language is Language.CHINESE else _SENTENCE):
            if any((word.is_name and not (whole and word.begins)) or _bears(word, language) for word in more):
                return None
            single += 0 if whole else len(more)
        elif not any(word.begins for word in more):
            return None  # part of a sentence, which says something else then
        added += len(more)
    if slips > max(1, _SLIPS * least) or added > _ADDED * least or single > _WORDS:
        return None
    return Likeness(slips, added)


def _sentences(words: Sequence[_TextWord]) -> list[list[str]]:
    """The sentences of a text, sorted."""
    found = list[list[str]]()
    for word in words:
        if word.begins:
            found.append([])
        found[-1].append(word.folded)
    return sorted(found)


def _apart(first: Sequence[str], second: Sequence[str]) -> int:
    """How many words at least stand in one of them only, in whichever order: cheap, and asked first."""
    ours, theirs = Counter(first), Counter(second)
    return (ours - theirs).total() + (theirs - ours).total()


def _bears(word: _TextWord, language: Language) -> bool:
    """Whether a word that is put into a sentence makes it another one: a negation, a number, a state, a month."""
    return (
        language is Language.CHINESE
        or _tells(word.folded)
        or word.folded in _turning(language)
        or re.fullmatch(_ORDINALS[language], word.folded) is not None
        or any(numbers_in(word.written, language))
    )


def _is_slip(one: _TextWord, other: _TextWord, both: Collection[str], language: Language) -> bool:
    """Whether it may be the same word, mistyped in one of the two. `both` are the words that stand in either text."""
    a, b = one.folded, other.folded
    if a == b:
        return True
    if min(len(a), len(b)) < _ONE_SLIP or _has_figure(a) or _has_figure(b) or (_of_a_state(a) and _of_a_state(b)):
        return False
    if one.is_name and other.is_name and set(a) != set(b) and a not in both and b not in both:
        return False  # Austrian is no Australian, where neither is written elsewhere
    if _steps(a, b) > (2 if min(len(a), len(b)) >= _TWO_SLIPS else 1):
        return False
    return is_listed(one.written, language) is not is_listed(other.written, language)


def _steps(a: str, b: str) -> int:
    """How many letters were left out, put in, changed, or changed places with the next (Damerau, 1964)."""
    if abs(len(a) - len(b)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, its in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == its:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


def _tells(word: str) -> bool:
    """Whether a word tells letters of one series apart: a number, a month, a word of a state's name."""
    return _has_figure(word) or word in _telling()


def _of_a_state(word: str) -> bool:
    """Whether it is a word that tells, or may be the name of a state's people."""
    return _tells(word) or any(word[:-end] in _stems() for end in range(1, _MOST_OF_A_DEMONYM + 1))


def _has_figure(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


@cache
def _telling() -> frozenset[str]:
    texts = [*months_by_word(short=False)]
    for state in addressees().values():
        for language in Language:
            texts += (state.short(language), state.formal(language))
    return frozenset(
        word.folded
        for text in texts
        for word in words_of(text)
        if len(word.folded) >= _ONE_SLIP and (word.is_name or text.islower() or not text.isascii())
    )


@cache
def _stems() -> frozenset[str]:
    """What the name of a state's people begins with: its own name, without the vowels at its end."""
    return frozenset(stem for word in _telling() if len(stem := word.rstrip("aeiouy")) >= _ONE_SLIP) | _telling()


@cache
def _turning(language: Language) -> frozenset[str]:
    return frozenset(word.folded for word in words_of(_TURNS[language]))
