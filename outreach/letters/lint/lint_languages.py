"""Paragraphs in another language than their file's, and files that are copies of each other.

A script that the language is not written in is told by its letters. English, French and Spanish, and those that they
are taken for, are told by their commonest words: of the paragraphs of the samples and of the clean letters of the
tests, in six languages, none is told wrongly.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_words import COMMON
from outreach.vocabulary import Language

_NAMES = {
    "en": "English", "fr": "French", "es": "Spanish", "de": "German", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "ca": "Catalan", "pl": "Polish", "ro": "Romanian", "sv": "Swedish", "tr": "Turkish",
    "id": "Indonesian", "sw": "Swahili",
    "CYRILLIC": "Cyrillic letters", "ARABIC": "Arabic letters", "CJK": "Chinese characters", "LATIN": "Latin letters",
}  # fmt: skip
_SCRIPT = {Language.ARABIC: "ARABIC", Language.CHINESE: "CJK", Language.RUSSIAN: "CYRILLIC"}
_SISTERS: Mapping[Language, tuple[tuple[str, re.Pattern[str]], ...]] = {
    Language.RUSSIAN: (
        ("Belarusian", re.compile("[ўЎ]")),
        ("Ukrainian", re.compile("[іїєґІЇЄҐ]")),
        ("Serbian or Macedonian", re.compile("[јљњћђџѓќѕЈЉЊЋЂЏЃЌЅ]")),
        ("Kazakh or Kyrgyz", re.compile("[әқңғүұһөӘҚҢҒҮҰҺӨ]")),
        ("Bulgarian", re.compile(r"\b(?:[Кк]ъм|[Сс]ъщ\w+|[Тт]ъй|[Сс]ъс|[Въ]в|[Дд]а се|\w+ът|ще|са|от името на)\b")),
    ),
    Language.ARABIC: (
        ("Urdu", re.compile("[ٹڈڑںےہھ]")),
        ("Persian or another language in Arabic letters", re.compile("[پچژگکیۀەڵێۆ]")),
    ),
    Language.CHINESE: (
        ("Japanese", re.compile("[\u3041-\u30fa]")),
        ("Korean", re.compile("[\uac00-\ud7a3]")),
        ("Chinese in traditional characters", re.compile(
            "[們國這個為對會來時說學問題關開門長東車馬魚鳥龍書話語讀寫聽見現發與從後過還進運選邊將讓請該議論記錄權體據應當"
            "屬於約誠實際團結維護問無證據聯轉導報導歷經濟歐亞兩歲們樂勞動務員係僅優備傷兒償雙參號單雖歸執擴護擔擊據撥擬"
        "]")),
    ),
}  # fmt: skip
"""What other languages of a script are known by: letters, or words, that the official one does not have."""
_FEWEST_SISTER_WORDS = 3
_FEWEST_LETTERS = 24
_FEWEST = 4
"""So many of a language's commonest words say that a paragraph is in it."""
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "").split(" ")[0]


def other_language(words: str, language: Language) -> str | None:
    """Return which language a paragraph seems to be in, in English, if not in its own; None where it may be that."""
    words = re.sub(r"\]\([^)]*\)|https?://\S+|\S+@\S+", " ", words)  # addresses are in no language
    letters = [_script(one) for one in words if one.isalpha()]
    if len(letters) < _FEWEST_LETTERS and not ("CJK" in letters and len(letters) > 8):
        return None
    own = _SCRIPT.get(language, "LATIN")
    main = max(set(letters), key=letters.count)
    if main == own or own == "CJK":
        sister = _sister(words, language)
        if sister is not None:
            return sister
    if main != own:
        enough = letters.count(main) > (0.8 if own == "CJK" else 0.6) * len(letters)
        if main != "LATIN":
            return _NAMES.get(main, "other letters") if enough else None
        # Names of organisations are in Latin letters in every language: only sentences are told.
        return _latin(words, "") if enough else None
    return _latin(words, str(language)) if own == "LATIN" else None


def _sister(words: str, language: Language) -> str | None:
    """Another language in the same script, by several words that the file's own can't have; a name or two are none."""
    places = re.findall(r"\w+", words) if language is not Language.CHINESE else re.findall(r"\w", words)
    for name, known in _SISTERS.get(language, ()):
        count = sum(known.search(one) is not None for one in places)
        if count >= _FEWEST_SISTER_WORDS and count * 8 >= len(places):
            return name
    return None


def _latin(words: str, own: str) -> str | None:
    tokens = [one.casefold().replace("’", "'") for one in _TOKEN.findall(words)]
    tokens += [one.partition("'")[0] + "'" for one in tokens if "'" in one]
    counts = {language: sum(one in common for one in tokens) for language, common in COMMON.items()}
    best = max(counts, key=lambda language: counts[language])
    mine = counts.get(own, 0)
    if best == own or counts[best] < _FEWEST:
        return None
    # Sister languages share their commonest words: those that only the one has speak for it.
    known = COMMON.get(own, frozenset())
    theirs = sum(one in COMMON[best] and one not in known for one in tokens)
    ours = sum(one in known and one not in COMMON[best] for one in tokens)
    if counts[best] >= 2 * mine + 1 or (theirs > _FEWEST and theirs >= 3 * ours + 2):
        return _NAMES[best]
    return None


_OFFICIAL = ("en", "fr", "es")
_OWN_WORDS = {
    name: frozenset(
        one
        for one in COMMON[name] - frozenset().union(*(COMMON[other] for other in COMMON if other != name))
        if len(one) > 1
    )
    for name in _OFFICIAL
}
_WINDOW = 7


def phrase_left(words: str, language: Language) -> tuple[str, str] | None:
    """Return which language some words in a row are in, in English, and the words: a phrase that was left as it is.

    Names are written with capitals, and are not taken for it. None where there is no such phrase.
    """
    if str(language) not in _OFFICIAL:
        return None
    places = list(_TOKEN.finditer(words))
    tokens = [one[0] for one in places]
    low = [one.replace("’", "'") if one == one.lower() else "" for one in tokens]
    if sum(map(bool, low)) < _TELLING:
        return None
    mine = COMMON[str(language)]
    for other in _OFFICIAL:
        if other == str(language):
            continue
        theirs = [one in _OWN_WORDS[other] for one in low]
        if sum(theirs) < 2:
            continue
        for start in range(max(1, len(low) - _WINDOW + 1)):
            window = low[start : start + _WINDOW]
            if sum(theirs[start : start + _WINDOW]) >= 2 and all(window) and not any(one in mine for one in window):
                last = min(start + _WINDOW, len(places)) - 1
                return _NAMES[other], words[places[start].start() : places[last].end()]
    return None


_TELLING = 5
"""So many words, of a language's commonest, and none of its own, say that a sentence is in it."""


_ONLY_IN = {
    name: frozenset(one for one in words if len(one) > 1 and sum(one in other for other in COMMON.values()) == 1)
    for name, words in COMMON.items()
}
"""Of each language's commonest words those that no other one has."""


def other_in_few_words(words: str, language: Language) -> str | None:
    """Return which language a sentence seems to be in, in English, if not in its own; None where it may be that.

    Fewer words than a paragraph's tell it, where nothing speaks for its own language.
    """
    words = re.sub(r"\]\([^)]*\)|https?://\S+|\S+@\S+", " ", words)
    letters = [_script(one) for one in words if one.isalpha()]
    if len(letters) < _FEWEST_LETTERS // 2:
        return None
    own = _SCRIPT.get(language, "LATIN")
    main = max(set(letters), key=letters.count)
    if (main == own or own == "CJK") and (sister := _sister(words, language)) is not None:
        return sister
    if main != own and main != "LATIN":
        return _NAMES.get(main, "other letters") if letters.count(main) > 0.8 * len(letters) else None
    tokens = [one.casefold().replace("’", "'") for one in _TOKEN.findall(words)]
    if own != "LATIN":
        latin = [one for one in tokens if _script(one[0]) == "LATIN"]
        counts = {name: sum(one in common for one in latin) for name, common in COMMON.items()}
        best = max(counts, key=lambda name: counts[name])
        return _NAMES[best] if len(latin) > 5 and counts[best] >= max(3, len(latin) // 4) else None
    mine = sum(one in COMMON[str(language)] for one in tokens)
    counts = {name: sum(one in common for one in tokens) for name, common in COMMON.items() if name != str(language)}
    best = max(counts, key=lambda name: counts[name])
    enough = counts[best] >= 3 and counts[best] >= 3 * mine + 2 and len(tokens) >= _TELLING
    if not enough and not mine and len(tokens) >= _TELLING:
        # Where nothing speaks for its own language, two words that only the other one has are enough.
        said = _TOKEN.findall(words)
        low = [one for one in said if one.islower()]
        # Before a capital they may be part of a name.
        theirs = sum(
            one in _ONLY_IN.get(best, frozenset()) and following.islower() for one, following in pairwise([*said, "a"])
        )
        enough = theirs >= 2 and len(low) * 2 >= len(tokens) and theirs * 5 >= len(tokens)
    return _NAMES[best] if enough else None


def paragraphs(text: str) -> Iterator[tuple[str, int]]:
    """Yield the paragraphs of a text and where each begins."""
    start = 0
    for part in re.split(r"(\n[ \t]*\n+)", text):
        if part.strip():
            yield part, start + len(part) - len(part.lstrip())
        start += len(part)


_A_NAME = re.compile(
    r"(?:[-*+][ \t]+)?[A-ZÀ-Ý][^\n.!?:;]{0,40}(?:[ ][A-ZÀ-Ý][\w’'-]+)(?:[^\n.!?:;]{0,40}[ ][A-ZÀ-Ý][\w’'-]+)"
    r"[^\n.!?:;]{0,40}"
)
"""A line with three capitals and no stop: who signs, in whatever language the name is."""


def hits_of_language(text: str, language: Language) -> Iterator[Hit]:
    """Yield the paragraphs of a text, without its tags, that are in another language."""
    for words, start in paragraphs(text):
        bare = words.replace(FIELD, " ")
        if _A_NAME.fullmatch(bare.strip()):
            continue
        if not bare.lstrip().startswith((">", "|")) and (other := other_language(bare, language)) is not None:
            yield Hit("language.other", flat(words), start, {"other": other})


def hits_of_copies(bodies: Mapping[Language, str], fallback: Language) -> Iterator[tuple[Language, Language, Hit]]:
    """Yield files that say the same as another language's, and else paragraphs that do, with that language."""
    first = {language: _plain(text) for language, text in bodies.items()}
    order = [fallback, *(language for language in bodies if language is not fallback)]
    for place, language in enumerate(order):
        for other in order[:place]:
            if first[language] == first[other] and len(_TOKEN.findall(first[language])) >= _FEWEST:
                yield language, other, Hit("language.same-text", f"{language}.md", 0, {"other": f"{other}.md"})
                break
        else:
            yield from _same_paragraphs(bodies, order[:place], language)


# A list of those who sign is the same in every language: names, without a stop.
_NAMES_ONLY = re.compile(r"(?:[-*+][ \t]+[^\n]{1,79}[^\n.;,:]\n?)+")


def _same_paragraphs(
    bodies: Mapping[Language, str], before: list[Language], language: Language
) -> Iterator[tuple[Language, Language, Hit]]:
    for words, start in paragraphs(bodies[language]):
        plain = _plain(words)
        quoted = words.lstrip().startswith(">")  # what is quoted may stay in its own language
        if len(_TOKEN.findall(plain)) < 8 or _NAMES_ONLY.fullmatch(words.strip()) or quoted:
            continue
        for other in before:
            if any(plain == _plain(one) for one, _ in paragraphs(bodies[other])):
                yield language, other, Hit("language.same-paragraph", flat(plain), start, {"other": f"{other}.md"})
                break


def _plain(text: str) -> str:
    return " ".join(_TAGS.sub(" ", text).split())
