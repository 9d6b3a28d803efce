"""The names of states in a sentence: UNTERM's brackets and articles turned into what a letter can say."""

import re

from outreach.missions.facts import State
from outreach.models import Language

# The brackets that hold an article, as against those that belong to the name: `Bolivia (Plurinational State of)`.
_BRACKETED_ARTICLE = re.compile(r"\s*\((?:the|la|le|les|l['’]|el|los|las)\)$", re.IGNORECASE)

_FRENCH_VOWEL = re.compile(r"^[aeiouyàâäéèêëîïôöûü]", re.IGNORECASE)
_CONTRACTED_FR = {"le ": "du ", "les ": "des ", "la ": "de la ", "l'": "de l'", "l’": "de l’"}


def short_name(state: State, language: Language | str) -> str:
    """Return the short name without the article that UNTERM puts in brackets behind it: `Netherlands`, `France`."""
    return _BRACKETED_ARTICLE.sub("", state.short(language))


def of_state(state: State, language: Language | str) -> str:
    """Return the formal name after the preposition `of`, in English, French and Spanish.

    `of the French Republic`, `de la République française`, `du Royaume de Belgique`, `del Reino de Bélgica`.
    In Arabic, Chinese and Russian a case or a particle would depend on the sentence: the plain formal name.
    """
    name = state.formal(language)
    match Language(language):
        case Language.ENGLISH:
            return f"of {name}"
        case Language.FRENCH:
            return _of_french(name)
        case Language.SPANISH:
            return f"del {name.removeprefix('el ')}" if name.startswith("el ") else f"de {name}"
        case _:
            return name


def _of_french(name: str) -> str:
    for article, contracted in _CONTRACTED_FR.items():
        if name.startswith(article):
            return contracted + name[len(article) :]
    return f"d'{name}" if _FRENCH_VOWEL.match(name) else f"de {name}"
