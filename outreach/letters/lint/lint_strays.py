"""Words of another language in the middle of a text: `your continued support` in a Spanish sentence.

A paragraph in another language is told by lint_languages.py. Here a word is enough that the text's own language does
not have, in small letters and between others that are: names have capitals, and what is quoted may be in any language.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from outreach.letters.lint.lint_hit import FIELD, Hit, flat
from outreach.letters.lint.lint_parts import ParagraphKind, Section
from outreach.vocabulary import Language

_WORDS: Mapping[str, str] = {
    "English": """the of and to with your our their which should would from this that these those have been were will
        shall by between whose every about because""",
    "French": """les dans votre notre nous vous avec leur leurs cette sont aux qui ces mais était être ainsi chaque nos
        vos""",
    "Spanish": """los las del una por para pero como está están ustedes nuestro nuestra nuestros sobre según cada
        también muy""",
    "German": "und der werden nicht für mit eine einen sind wird auch durch oder müssen sich dass",
    "Italian": "gli della dei delle sono degli nella anche questo questa perché alla dovrebbero loro",
    "Portuguese": "são não uma pelo pela nosso nossa devem também dos das pelos aos às",
}  # fmt: skip
_ALSO_OWN: Mapping[Language, str] = {
    Language.ENGLISH: "der des die para dos das",
    Language.FRENCH: "des une sur nos vos des sens der una dos para mais ces",
    Language.SPANISH: "les nos una por para como sobre sur muy del los las dei sus also dos cada",
}
_STRANGE = {
    language: {
        word: name
        for name, words in _WORDS.items()
        for word in words.split()
        if word not in own.split() and word not in _WORDS[mine].split()
    }
    for language, own, mine in (
        (Language.ENGLISH, _ALSO_OWN[Language.ENGLISH], "English"),
        (Language.FRENCH, _ALSO_OWN[Language.FRENCH], "French"),
        (Language.SPANISH, _ALSO_OWN[Language.SPANISH], "Spanish"),
    )
}
_SET_APART = re.compile(
    r"“[^”]*”|«[^»]*»|„[^“”]*[“”]|\"[^\"\n]*\"|‘[^’\n]*’|(?<!\w)[*_]+[^*_\n]+[*_]+|\([^)\n]*\)|（[^）\n]*）|《[^》]*》|"
    r"!?\[[^\]\n]*\](?:\([^)\n]*\))?|https?://\S+|www\.\S+|\S+@\S+|`[^`\n]*`|^>.*$",
    re.MULTILINE,
)
_TOKEN = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_LATIN_RUN = re.compile(
    r"(?<![\w/@.#-])[a-z]{3,}(?:[ ’'-]+[A-Za-zÀ-ÿ]+)*(?![\w/@])|(?<![\w/@.#-])[A-Z][a-z]+(?:[ ]+[a-z]{2,}){2,}"
)
_LATIN_TERMS = re.compile(
    r"(?i)(?:ad hoc|de facto|de jure|et al|per se|in situ|pro bono|a priori|status quo|bona fide|inter alia|"
    r"mutatis mutandis|"
    r"habeas corpus|ex officio|de lege ferenda|online|offline|web|pdf|email|internet|hashtag|km|kg|iphone|android|"
    r"www|co|sui generis|non liquet|"
    r"jus cogens|erga omnes|note verbale|aide-m[ée]moire|non-paper)"
)
_OTHER_SCRIPTS = re.compile(
    r"[\u4e00-\u9fff]{4,}|[А-Яа-яЁёІіЇї]{3,}(?:[ ][А-Яа-яЁёІіЇї]+)+|[\u0600-\u06ff]{3,}(?:[ ][\u0600-\u06ff]+)+"
)
_CUT = re.compile(r"[.!?;:\x00]")
_NAME_REACH = 3
"""So many words before one may be a name that it is part of."""
_SCRIPT_NAMES = (("\u4e00", "Chinese characters"), ("\u0600", "Arabic letters"), ("\u0400", "Cyrillic letters"))


def without_what_is_set_apart(text: str) -> str:
    """Return a text as long as it was, with nothing where it quotes, brackets, stresses, links or shows code."""
    return _SET_APART.sub(lambda match: "\x00" * len(match[0]), text)


def hits_of_strays(sections: Sequence[Section], language: Language) -> Iterator[Hit]:
    """Yield the first word or words of each paragraph that are in another language than the text."""
    closed = False
    for one in sections:
        closed = closed or one.part is ParagraphKind.CLOSING
        if one.words.lstrip().startswith((">", "|")) or (closed and one.part is not ParagraphKind.CLOSING):
            continue  # quoted, or who signs
        bare = without_what_is_set_apart(one.words).replace(FIELD, "\x00")
        if language in _STRANGE:
            yield from _of_words(one, bare, language)
            yield from _of_scripts(one, bare)
        else:
            yield from _of_latin(one, bare)


def _of_words(one: Section, bare: str, language: Language) -> Iterator[Hit]:
    tokens = list(_TOKEN.finditer(bare))
    strange = _STRANGE[language]
    for place, match in enumerate(tokens):
        name = strange.get(match[0])
        if name is None:
            continue
        before, after = tokens[max(0, place - _NAME_REACH) : place], tokens[place + 1 : place + 2]
        cut = _CUT.search(bare, match.end(), after[0].start()) is not None if after else True
        names = [one for one in before if one[0][0].isupper() and not _begins_sentence(bare, one.start())]
        # In English names each word has a capital; in others the first one alone may have it.
        if (
            (after and not cut and after[0][0][0].isupper())
            or (names and name != "English")
            or (not before and not after)
        ):
            continue
        near = bool(before) and _CUT.search(bare, before[-1].end(), match.start()) is None
        if not near and cut:
            continue
        begin = tokens[place - 1].start() if near else match.start()
        end = tokens[min(len(tokens) - 1, place + 2)].end() if not cut else match.end()
        yield Hit("language.phrase", flat(one.words[begin:end]), one.start + begin, {"other": name})
        return


def _begins_sentence(bare: str, start: int) -> bool:
    return re.search(r"(?:^|[.!?:;\n\x00])[ \t*_]*$", bare[max(0, start - 6) : start]) is not None


def _of_latin(one: Section, bare: str) -> Iterator[Hit]:
    for match in _LATIN_RUN.finditer(bare):
        words = match[0]
        if re.search(r"[A-Za-z][ ’'-]$", bare[: match.start()]) or re.match(r"\.\w", bare[match.end() :]):
            continue  # of a name, or of an address
        if not _LATIN_TERMS.fullmatch(words) and (" " in words or len(words) > 3):
            if " " not in words and words.islower() and len(words) < 6:
                continue  # a term, or a unit
            yield Hit("language.phrase", flat(words), one.start + match.start(), {"other": "Latin letters"})
            return


def _of_scripts(one: Section, bare: str) -> Iterator[Hit]:
    for match in _OTHER_SCRIPTS.finditer(bare):
        name = next(said for first, said in _SCRIPT_NAMES if match[0] >= first)
        yield Hit("language.phrase", flat(match[0]), one.start + match.start(), {"other": name})
        return
