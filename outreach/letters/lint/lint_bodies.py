"""Names of bodies and offices of the United Nations that are nearly right: `Human Rights Counsel`."""

import difflib
import re
from collections.abc import Iterator, Mapping

from outreach.letters.lint.lint_hit import Hit
from outreach.text import without_accents
from outreach.vocabulary import Language

_NAMES: Mapping[Language, str] = {
    Language.ENGLISH: """Human Rights Council; Human Rights Committee; General Assembly; Security Council;
        United Nations; High Commissioner; Special Rapporteur; Universal Periodic Review;
        Working Group; Permanent Representative;
        Permanent Mission; International Criminal Court; International Court of Justice; Economic and Social Council;
        Committee against Torture; International Covenant; Universal Declaration; Secretary General; World Health
        Organization; International Labour Organization; International Law Commission""",
    Language.FRENCH: """Conseil des droits de l'homme; Comité des droits de l'homme; Assemblée générale;
        Conseil de sécurité; Nations Unies; Haut Commissaire; Rapporteur spécial;
        Rapporteuse spéciale; Examen périodique universel;
        Représentant permanent; Représentante permanente; Mission permanente; Cour pénale internationale;
        Cour internationale de Justice; Pacte international; Déclaration universelle; Secrétaire général""",
    Language.SPANISH: """Consejo de Derechos Humanos; Comité de Derechos Humanos; Asamblea General;
        Consejo de Seguridad; Naciones Unidas; Alto Comisionado; Relator Especial;
        Relatora Especial; Examen Periódico Universal;
        Representante Permanente; Misión Permanente; Corte Penal Internacional; Corte Internacional de Justicia;
        Pacto Internacional; Declaración Universal; Secretario General""",
    Language.RUSSIAN: """Совет по правам человека; Комитет по правам человека; Генеральная Ассамблея;
        Совет Безопасности; Организация Объединенных Наций; Верховный комиссар;
        Специальный докладчик; Постоянное представительство;
        Международный уголовный суд; Всеобщая декларация""",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_INFLECTED = {Language.RUSSIAN: 3}
"""How many letters at a word's end say its case; elsewhere two say number and gender."""
_NEAR = 0.7


def _plain(word: str) -> str:
    return without_accents(word.casefold().replace("’", "'"))


_BODIES = {
    language: [tuple(_plain(word) for word in _WORD.findall(name)) for name in names.split(";")]
    for language, names in _NAMES.items()
}
_SAID = {language: [" ".join(name.split()) for name in names.split(";")] for language, names in _NAMES.items()}
_ANY_WORD = {language: {word for name in names for word in name} for language, names in _BODIES.items()}


def hits_of_bodies(text: str, language: Language) -> Iterator[Hit]:
    """Yield names in which one word is nearly that of a body's name, and all others are."""
    if language not in _BODIES:
        return
    words = list(_WORD.finditer(text))
    plain = [_plain(one[0]) for one in words]
    for body, name in zip(_BODIES[language], _SAID[language], strict=True):
        for place in range(len(words) - len(body) + 1):
            own = plain[place : place + len(body)]
            odd = [(mine, right) for mine, right in zip(own, body, strict=True) if mine != right]
            first, last = words[place], words[place + len(body) - 1]
            capitals = first[0][0].isupper() and (language is not Language.ENGLISH or last[0][0].isupper())
            if len(odd) != 1 or not capitals or not _is_slip(*odd[0], language):
                continue
            found = text[first.start() : last.end()]
            if "\n\n" not in found and re.fullmatch(r"[\w\s’'-]+", found):
                yield Hit("words.body", " ".join(found.split()), first.start(), {"name": name})


def _is_slip(mine: str, right: str, language: Language) -> bool:
    """Whether a word is another one's slip: nearly the same letters, and not its other number, gender or case."""
    if mine.partition("'")[2] == right:
        return False  # its article: `l’Assemblée`
    if len(right) < 5 or mine in _ANY_WORD[language] or abs(len(mine) - len(right)) > 2:
        return False
    if language is Language.ENGLISH and mine + "s" == right:
        return right == "rights"  # `Human Right Council`; elsewhere it is one of several
    stem = len(right) - _INFLECTED.get(language, 2)
    if mine[:stem] == right[:stem] and len(mine) >= stem and (language in _INFLECTED or mine[-1] != right[-1]):
        return False
    return difflib.SequenceMatcher(None, mine, right).ratio() >= _NEAR
