"""Words that the fingers got wrong: `discrimnation`, by the word lists of pyspellchecker (English, French, Spanish).

Only what is one slip away from a common word is asked about, not at its end, where words are inflected, and never what
has a capital (names), stands in quotation marks or italics, stands twice (it is meant) or beside a foreign word.
The lists of Arabic and Russian have too few of the forms that those languages make.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from outreach.letters.lint.lint_hit import Hit
from outreach.letters.lint.lint_strays import without_what_is_set_apart
from outreach.letters.lint.lint_words import WITH_CAPITALS
from outreach.vocabulary import Language

_WORD = re.compile(
    r"(?<![\w@./’'-])(?:(?i:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)[’'])?(?P<word>[^\W\d_]+)(?![\w@/]|[’'-]\w|\.\w)"
)
_SHORTEST = {Language.ENGLISH: 5, Language.FRENCH: 5, Language.SPANISH: 6}
"""Letters: shorter words are one slip away from too many."""
_COMMON = 50
"""So often a word stands in the subtitles that the lists were counted in; rarer ones are seldom meant."""
_LISTS = {Language.ENGLISH: "en", Language.FRENCH: "fr", Language.SPANISH: "es"}
_BRITISH = (("our", "or"), ("is", "iz"), ("ys", "yz"), ("ae", "e"), ("oe", "e"), ("re", "er"), ("y", "i"), ("ll", "l"))
_ACCENT = str.maketrans("aeio", "áéíó")
_PLAIN = str.maketrans("áéíóúü", "aeiouu")

# The Spanish list has the infinitives of verbs and few of their forms.
_VERBAL = re.compile(
    r"(?:[oaeéóíí]|as|es|[aei]mos|[aá]is|éis|[íá]s|an|en|[ai]ste|ió|aron|ieron|[aeiáéí]?ba(?:s|n|mos)?|ía(?:s|n|mos)?|"
    r"[aei]r(?:é|ás|á|emos|án|ía(?:s|n|mos)?|[ae][ns]?)?|[aeiáéí]ndo|[iy]endo|[ai]d[oa]s?|[áéí]r|iera[ns]?|i?ese[ns]?|"
    r"ase[ns]?)$"
)
_BEHIND = re.compile(r"(?:me|te|se(?:l[oa]s?)?|l[aoe]s?|nos)$")
_STEMS = (
    ("", ""), ("qu$", "c"), ("gu$", "g"), ("c$", "z"), ("zc$", "c"), ("j$", "g"), ("g$", ""), ("ig$", "ec"),
    ("ie(?=[^aeiou]+$)", "e"), ("ue(?=[^aeiou]+$)", "o"), ("i(?=[^aeiou]+$)", "e"),
)  # fmt: skip


@lru_cache(maxsize=len(_LISTS))
def _list(language: Language) -> Mapping[str, int]:
    """How often each word was counted. The package's own reader makes three copies more, in twice the time."""
    packed = (files("spellchecker") / "resources" / f"{_LISTS[language]}.json.gz").read_bytes()
    counts: dict[str, int] = json.loads(gzip.decompress(packed))
    return counts


@lru_cache(maxsize=len(_LISTS))
def _letters(language: Language) -> str:
    return "".join(filter(str.isalpha, set("".join(_list(language)))))


def _one_slip_away(word: str, language: Language) -> set[str]:
    """What a word would be with two letters the other way round, one left out, one more, or another one."""
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    letters = _letters(language)
    return {
        *(head + tail[1:] for head, tail in halves if tail),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1),
        *(head + letter + rest for head, tail in halves for letter in letters for rest in (tail, tail[1:])),
    }


def hits_of_typing(text: str, language: Language) -> Iterator[Hit]:
    """Yield words that no list has and that are one slip away from a common one: another letter, one more, one less."""
    if language not in _LISTS:
        return
    words = list(_WORD.finditer(without_what_is_set_apart(text)))
    counts = Counter(match["word"].casefold() for match in words)
    meant: dict[int, str | None] = {}
    for at, match in enumerate(words):
        word = match["word"]
        small = word.casefold()
        if len(word) < _SHORTEST[language] or counts[small] > 1 or _known(small, language):
            continue
        other = _meant(small, language)
        if word.islower():
            meant[at] = other
        elif word.istitle() and other is not None and other in WITH_CAPITALS:
            meant[at] = other.capitalize()
    for at, other in meant.items():
        if other and all(meant.get(beside, "") is not None for beside in (at - 1, at + 1)):
            word = words[at]["word"]
            yield Hit("words.typing", word, words[at].start("word"), {"other": other})


def _singulars(word: str, language: Language) -> set[str]:
    """A word and, where the list has few plurals, what it may be the plural of."""
    if language is not Language.SPANISH:
        return {word}
    accented = re.sub("([aeio])nes$", lambda match: match[1].translate(_ACCENT) + "n", word)
    return {word, word.removesuffix("s"), word.removesuffix("es"), accented}


def _often(word: str, language: Language) -> int:
    return max(_list(language).get(one, 0) for one in _singulars(word, language))


def _known(word: str, language: Language) -> bool:
    """Tell whether the list has a word; of Spanish, one that it is the plural or a regular form of: `recordarle`."""
    known = _list(language)
    if language is not Language.SPANISH:
        return word in known
    for bare in {*_singulars(word, language), _BEHIND.sub("", word)}:
        stems = {bare[: match.start()] for match in (_VERBAL.search(bare, at) for at in range(2, len(bare))) if match}
        forms = {re.sub(one, other, stem) if one else stem for stem in stems for one, other in _STEMS}
        if bare in known or any(form + end in known for form in forms for end in ("ar", "er", "ir", "o", "a")):
            return True
    return False


def is_listed(word: str, language: Language) -> bool | None:
    """Tell whether the list of a language has a word, in small letters; None of languages that have no list."""
    return _known(word, language) if language in _LISTS else None


@lru_cache(maxsize=4096)
def _meant(word: str, language: Language) -> str | None:
    near = [one for one in _one_slip_away(word, language) if one[0] == word[0]]
    near = [one for one in near if _often(one, language) > _COMMON]
    if language is Language.ENGLISH and (not word.isascii() or _american(word) in {_american(one) for one in near}):
        return None  # `défense` is French, `honoured` British
    if language is Language.SPANISH:
        plain = word.translate(_PLAIN)
        if plain != word and _known(plain, language):
            return None  # `dónde` asks
        near = [one for one in near if one in _list(language) or one.translate(_PLAIN) != plain]  # no `jardínes`
    likely = [one for one in near if not _is_inflected(word, one)]
    return max(likely, key=lambda one: (_often(one, language), one), default=None)


def _american(word: str) -> str:
    for one, other in _BRITISH:
        word = word.replace(one, other)
    return word


def _is_inflected(one: str, other: str) -> bool:
    """Tell whether two words differ at their end, where one may be another form of the other."""
    short, long = sorted((one, other), key=len)
    return one[:-2] == other[:-2] or long[: len(short) - 1] == short[:-1]
