"""The names of states in a sentence: UNTERM's brackets and articles turned into what a letter can say.

UNTERM writes the article in brackets behind a short name (`France (la)`, `Philippines (the)`) and in front of a
formal one (`la République française`). A short name whose brackets hold a part of the name itself, such as
`Bolivie (État plurinational de)`, is for lists; a sentence takes the formal name in its place, as UN texts do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from outreach.catalogues import ENGLISH_TONGUE, SOURCE, Tongue
from outreach.missions.collation import sort_key
from outreach.missions.facts import UnState, addressees, bodies, russian_cases
from outreach.sentences import Mention, Sentence
from outreach.vocabulary import Language

Form = Literal["short", "formal"]

_ARTICLES = {
    Language.ENGLISH: ("the",),
    Language.FRENCH: ("les", "le", "la", "l'", "l’"),
    Language.SPANISH: ("los", "las", "el", "la"),
}
# The brackets that hold an article, as against those that belong to the name: `Bolivia (Plurinational State of)`.
_BRACKETED_ARTICLE = re.compile(r"\s{0,9}\((?P<article>the|la|le|les|l['’]|el|los|las)\)$", re.IGNORECASE)
_LIST_BRACKETS = re.compile(r"[(（].{0,200}[)）]$")

# What a French `de` or `à` is cut before: a vowel, and the mute h of Haïti.
_ELIDED = re.compile(r"^(?:[aeiouàâäéèêëîïôöûü]|ha[iï]ti)", re.IGNORECASE)
_DE_FR = {"le": "du ", "les": "des ", "la": "de la ", "l'": "de l'", "l’": "de l’"}
_A_FR = {"le": "au ", "les": "aux ", "la": "à la ", "l'": "à l'", "l’": "à l’"}
# Islands that French goes `à` and not `en`, and states without an article that it goes `en`.
_A_LA_FR = frozenset({"BRB", "DMA", "GRD", "TTO"})
_EN_FR = frozenset({"HTI", "ISR"})

# Russian words in -а and -я, told by their genitive from Острова, which has the same ending in the plural.
_PARTED = re.compile("([ -])")
_ACCUSATIVES = (
    ("ая", ("ой", "ей"), "ую"), ("яя", ("ей",), "юю"), ("а", ("ы", "и"), "у"), ("я", ("и",), "ю"),
)  # fmt: skip


def short_name(state: UnState, language: Language | str) -> str:
    """Return the short name without the article that UNTERM puts in brackets behind it: `Philippines`, `France`."""
    return _BRACKETED_ARTICLE.sub("", state.short(language))


def state_name(iso3: str, name: str, say: Tongue) -> str:
    """Return the name of a mission's state in a language; in English, and where none is known, the directory's own."""
    if say.language == SOURCE:
        return name
    known = addressees().get(iso3)
    if known is None:
        return name
    said = short_name(known, say.language if say.language in set(Language) else SOURCE)
    return said.replace("'", "’") if say.language == "fr" else said


class NamedStates(Sentence):
    """States as a fact of a sentence or as a place: by their names in the reader's language, with their codes."""

    __slots__ = ()

    def __init__(self, states: Iterable[tuple[str, str]], form: str = "{name} ({iso3})") -> None:
        """Take code and English name of each, and how one is written."""
        super().__init__("said.states", form, dict(states))

    def pieces(self, words: Tongue = ENGLISH_TONGUE) -> Iterator[str | Mention]:
        """Yield them all, in the order in which a reader of the language looks for them."""
        named = [
            (state_name(iso3, str(name), words), iso3) if name else (iso3, iso3) for iso3, name in self.facts.items()
        ]
        language = Language(words.language) if words.language in set(Language) else Language.ENGLISH
        named.sort(key=lambda one: sort_key(one[0], language))
        yield ", ".join(self.template.format(iso3=iso3, name=name) if name != iso3 else iso3 for name, iso3 in named)

    @classmethod
    def coded(cls, codes: Iterable[str], form: str = "{name}") -> "NamedStates":
        """Return states of which only the codes are at hand."""
        known = addressees()
        return cls(((code, short_name(known[code], SOURCE) if code in known else "") for code in codes), form)

    @classmethod
    def _made(cls, code: str, template: str, facts: Mapping[str, object]) -> "NamedStates":
        del code
        return NamedStates(((iso3, str(name)) for iso3, name in facts.items()), template)


def parts(state: UnState, language: Language | str, form: Form = "short") -> tuple[str, str]:
    """Return the article, empty where there is none, and the name as they stand in a sentence."""
    language = Language(language)
    short = state.short(language)
    if form == "short":
        bracketed = _BRACKETED_ARTICLE.search(short)
        if bracketed:
            return bracketed["article"].lower(), short[: bracketed.start()]
        if not _LIST_BRACKETS.search(short):
            return "", short
    return split_article(state.formal(language), language)


def split_article(name: str, language: Language) -> tuple[str, str]:
    """Return a name's own article, empty where it has none, and the name without it. `El Salvador` keeps its El."""
    for article in _ARTICLES.get(language, ()):
        start = article if article.endswith(("'", "’")) else f"{article} "
        if name.startswith(start):
            return article, name[len(start) :]
    return "", name


def sentence_name(state: UnState, language: Language | str) -> str:
    """Return the name that a sentence can hold, without an article: `France`, `Plurinational State of Bolivia`."""
    return parts(state, language)[1]


def genitive(state: UnState, form: Form = "formal") -> str:
    """Return the Russian genitive: `Французской Республики`; with `short` `Франции`."""
    cases = russian_cases()[state.iso3]
    return cases.formal_genitive if form == "formal" else cases.genitive


def the_state(state: UnState, language: Language | str, form: Form = "short") -> str:
    """Return the name with its article: `the Philippines`, `les Philippines`, `el Perú`; `France`, `Francia`."""
    article, name = parts(state, language, form)
    return _joined(f"{article} " if article else "", name)


def whom_state(state: UnState, language: Language | str, form: Form = "short") -> str:
    """Return the name with its article as what a verb is about: `we thank the Philippines`, `благодарим Францию`.

    It differs from the nominative in Russian only, and there in feminine words: those that the genitive shows as such.
    """
    said = the_state(state, language, form)
    if Language(language) is not Language.RUSSIAN:
        return said
    words, genitives = _PARTED.split(said), _PARTED.split(genitive(state, form))
    return "".join(map(_accusative, words, genitives)) if len(words) == len(genitives) else said


def _accusative(word: str, of_it: str) -> str:
    for nominative, genitives, accusative in _ACCUSATIVES:
        if word.endswith(nominative) and of_it != word and of_it.endswith(genitives):
            return f"{word.removesuffix(nominative)}{accusative}"
    return word


def of_state(state: UnState, language: Language | str, form: Form = "formal") -> str:
    """Return the name after the preposition `of`.

    `of the French Republic`, `de la République française`, `du Royaume de Belgique`, `del Reino de Bélgica`; with
    `short`: `of the Philippines`, `des Philippines`, `de l'Albanie`, `del Perú`, `Франции`. Arabic joins its
    preposition to the word, Russian has the genitive, Chinese needs neither.
    """
    article, name = parts(state, language, form)
    match Language(language):
        case Language.ENGLISH:
            return f"of {_joined(article and f'{article} ', name)}"
        case Language.FRENCH:
            return _joined(_DE_FR[article], name) if article else (f"d'{name}" if _ELIDED.match(name) else f"de {name}")
        case Language.SPANISH:
            return f"del {name}" if article == "el" else f"de {_joined(article and f'{article} ', name)}"
        case Language.ARABIC:
            # The lam of belonging drops the alif of the article (ال), and its lam before a third: للجنة.
            # A name that only begins with alif keeps it.
            return f"لل{name.removeprefix('ال').removeprefix('ل')}" if name.startswith("ال") else f"ل{name}"
        case Language.RUSSIAN:
            return genitive(state, form)
        case _:
            return name


def to_state(state: UnState, language: Language | str, form: Form = "short") -> str:
    """Return the name after `to`: `to the Philippines`, `aux Philippines`, `à la France`, `al Perú`, `a Francia`.

    Russian has the dative of the short name: `Франции`; of a formal one it has no table, and the name stands as it is.
    """
    article, name = parts(state, language, form)
    match Language(language):
        case Language.ENGLISH:
            return f"to {_joined(article and f'{article} ', name)}"
        case Language.FRENCH:
            return _joined(_A_FR[article], name) if article else f"à {name}"
        case Language.SPANISH:
            return f"al {name}" if article == "el" else f"a {_joined(article and f'{article} ', name)}"
        case Language.ARABIC:
            return f"إلى {name}"
        case Language.RUSSIAN if form == "short":
            return russian_cases()[state.iso3].dative
        case _:
            return name


def in_state(state: UnState, language: Language | str, form: Form = "short") -> str:
    """Return the name after `in`: `in the Philippines`, `aux Philippines`, `en France`, `en el Perú`, `во Франции`.

    Of formal names Russian has no table for this case: the name stands as it is.
    """
    article, name = parts(state, language, form)
    match Language(language):
        case Language.ENGLISH:
            return f"in {_joined(article and f'{article} ', name)}"
        case Language.FRENCH:
            within = f"au sein {_joined(_DE_FR[article], name)}" if state.iso3 in bodies() else ""
            return within or _in_french(state.iso3, article, name)
        case Language.SPANISH:
            return f"en {_joined(article and f'{article} ', name)}"
        case Language.ARABIC:
            return f"في {name}"
        case Language.CHINESE:
            return f"在{name}"
        case Language.RUSSIAN if form == "short":
            return russian_cases()[state.iso3].within
        case _:
            return name


def _in_french(iso3: str, article: str, name: str) -> str:
    if name.startswith("État") and not name.startswith("États-Unis"):
        return f"dans {_joined(f'{article} ', name)}"
    if article in {"les", "le"} or (article == "la" and iso3 in _A_LA_FR):
        return _joined(_A_FR[article], name)
    return f"en {name}" if article or iso3 in _EN_FR else f"à {name}"


def _joined(before: str, name: str) -> str:
    """Put an article or preposition in front; `l'` and the like stand without a space."""
    return f"{before.rstrip()}{name}" if before.rstrip().endswith(("'", "’")) else f"{before}{name}"
