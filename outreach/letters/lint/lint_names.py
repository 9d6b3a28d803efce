"""Names that a text spells two ways, and words that speak to a government as to a friend."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from outreach.letters.lint.lint_hit import Hit
from outreach.letters.lint.lint_shapes import in_quotation
from outreach.missions.facts import find_state
from outreach.vocabulary import Language

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_BEGINS = re.compile(r"(?:^|[.!?…:]|\n[ \t]*(?:[-*+>|#]+|\d+[.)])?)[\s\"“«(*_]*$")
"""What stands before the first word of a sentence, of a line or of a cell: a capital there tells nothing."""
_SHORTEST = 6
_SAME_AT_THE_END = {Language.RUSSIAN: 4}
"""How many letters at the end may not be where two spellings differ: they are what a word is inflected by."""
_FAMILIAR = {
    # `Le ton` is a tone, and `s’est tu` was silent.
    Language.FRENCH: re.compile(
        r"""(?<![\w’'-]) (?: (?<!\ble[ ]) (?<!\bun[ ]) (?<!\bdu[ ]) (?<!\bau[ ]) (?<!\bce[ ]) ton[ ]\w+
            | (?:ta|tes)[ ]\w+ | (?<!\best[ ]) (?<!\bsont[ ]) tu[ ]\w+ | toi | [a-zà-ÿ]{3,}-(?:tu|toi) ) (?![\w’'-])""",
        re.IGNORECASE | re.VERBOSE,
    ),
    Language.SPANISH: re.compile(r"(?<!\w)(?:tus? \w+|tú|tuy[oa]s?|contigo)(?!\w)", re.IGNORECASE),
    Language.RUSSIAN: re.compile(
        r"(?<!\w)(?:тво(?:й|я|е|ё|и|ю|его|ему|ей|им|ём|их|ими) \w+|ты|тебя|тебе|тобой)(?!\w)", re.IGNORECASE
    ),
}


def hits_of_spelling(text: str, language: Language) -> Iterator[Hit]:
    """Yield names that a text also spells another way: `Halvenko` and `Helvanko`; the rarer, else the later one.

    Two spellings are one letter apart, or have the same letters in another order, and not at the end of the word. Names
    of states are other names, however alike (Gambia, Zambia).
    """
    places: dict[str, int] = {}
    counts: Counter[str] = Counter()
    small = {word[0] for word in _WORD.finditer(text) if word[0].islower()}
    for match in _WORD.finditer(text):
        word = match[0]
        if word[0].isupper() and word[1:].islower() and len(word) >= _SHORTEST and word.casefold() not in small:
            counts[word] += 1
            if _BEGINS.search(text[max(0, match.start() - 12) : match.start()]) is None:
                places.setdefault(word, match.start())
    end = _SAME_AT_THE_END.get(language, 2)
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)  # a letter may name thousands
    for one in counts:
        if one in places:
            alike[one[0], one[-end:]].append(one)
    for names in alike.values():
        for one, other in combinations(names, 2):
            if _is_one_name(one, other):
                first, odd = (one, other) if counts[one] >= counts[other] else (other, one)
                yield Hit("words.two-spellings", odd, places[odd], {"other": first})


_FULL_NAME = re.compile(
    r"(?<![\w’'-])(?P<given>[A-ZÀ-Ý][a-zà-ÿ]{2,})[ \u00a0](?P<family>[A-ZÀ-Ý][a-zà-ÿ]{3,})(?![\w’'-])"
)


def hits_of_people(text: str, language: Language) -> Iterator[Hit]:
    """Yield people whose family name is spelled in two ways one letter apart, behind the same given name."""
    if language is Language.RUSSIAN:
        return  # names decline
    families: dict[str, tuple[str, str]] = {}
    told: set[str] = set()
    for match in _FULL_NAME.finditer(text):
        given, family = match["given"], match["family"]
        first = families.setdefault(given, (family, match[0]))
        short, long = sorted((first[0], family), key=len)
        of_a_country = long in (f"{short}n", f"{short}s")  # `North Korean`, `Sister Cities`
        if short == long or of_a_country or match[0] in told or not one_apart(short, long):
            continue
        if find_state(family) is None:
            told.add(match[0])
            yield Hit("words.two-spellings", match[0], match.start(), {"other": first[1]})


def _is_one_name(one: str, other: str) -> bool:
    return one_slip(one, other) and find_state(one) is None and find_state(other) is None


def one_slip(one: str, other: str) -> bool:
    """Tell whether two different words have the same letters in another order, or are one letter apart."""
    near = abs(len(one) - len(other)) <= 1 and one != other
    return near and (sorted(one) == sorted(other) or one_apart(*sorted((one, other), key=len)))


def one_apart(short: str, long: str) -> bool:
    """Tell whether two words differ by one letter: another one, or one more."""
    same = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[same + (len(short) == len(long)) :] == long[same + 1 :]


def hits_of_familiarity(text: str, language: Language) -> Iterator[Hit]:
    """Yield the first word that says `tu` to whom the letter goes; one within a quotation is somebody else's."""
    pattern = _FAMILIAR.get(language)
    for match in pattern.finditer(text) if pattern is not None else ():
        if not in_quotation(text, match.start()):
            yield Hit("words.familiar", match[0].strip(), match.start())
            return
