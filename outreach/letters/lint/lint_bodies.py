"""Names of bodies and offices of the United Nations that are nearly right: `Human Rights Counsel`."""

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date

from outreach.letters.lint.lint_calendar import months_of_session
from outreach.letters.lint.lint_dates import sentence_around, sessions_in
from outreach.letters.lint.lint_hit import Hit, flat
from outreach.letters.lint.lint_words import acronyms_of
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
    capitals = [place for place, one in enumerate(words) if one[0][0].isupper()]
    for body, name in zip(_BODIES[language], _SAID[language], strict=True):
        for place in capitals:
            own = plain[place : place + len(body)]
            odd = [(mine, right) for mine, right in zip(own, body, strict=False) if mine != right]
            if len(own) < len(body) or len(odd) != 1 or not _is_slip(*odd[0], language):
                continue
            first, last = words[place], words[place + len(body) - 1]
            if language is Language.ENGLISH and not last[0][0].isupper():
                continue
            found = text[first.start() : last.end()]
            if "\n\n" not in found and re.fullmatch(r"[\w\s’'-]+", found):
                yield Hit("words.body", " ".join(found.split()), first.start(), {"name": name})


_MISTAKEN: Mapping[Language, tuple[str, str]] = {
    Language.ENGLISH: (r"Human Rights Com(?:mission|mittee)|Commission on Human Rights", "Human Rights Council"),
    Language.FRENCH: (r"Com(?:mission|ité) des droits de l['’]homme", "Conseil des droits de l’homme"),
    Language.SPANISH: (r"Com(?:isión|ité) de Derechos Humanos", "Consejo de Derechos Humanos"),
    Language.RUSSIAN: (r"(?:Комисси\w+|Комитет\w*) по правам человека", "Совет по правам человека"),
    Language.ARABIC: (r"(?:ال)?لجنة (?:المعنية ب)?حقوق الإنسان", "مجلس حقوق الإنسان"),
    Language.CHINESE: (r"人权(?:事务)?委员会", "人权理事会"),
}
"""What is taken for the Council. The Commission met last in 2006, its 62nd session; the Committee's are past 140."""


def hits_of_the_council(text: str, language: Language, today: date) -> Iterator[Hit]:
    """Yield other bodies that hold, as a letter says, a session which is one of the Council's about now."""
    mistaken, name = _MISTAKEN[language]
    for match in re.finditer(mistaken, text, re.IGNORECASE):
        sentence = sentence_around(text, match.start(), len(match[0])).replace("’", "'")
        whens = [months_of_session(number) for number, _, _ in sessions_in(sentence, language)]
        years = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", sentence)]
        near = [abs(year - today.year) <= 1 for year in (*(when[0] for when in whens if when is not None), *years)]
        now = any(when is not None for when in whens) and all(near)
        if now and name.replace("’", "'") not in sentence:
            yield Hit("words.body", flat(match[0]), match.start(), {"name": name})


_ACRONYMS = frozenset(
    re.findall(
        r"\w+",
        """OHCHR HCDH ACNUDH UNHCR ACNUR ICCPR ICESCR PIDCP PIDESC CEDAW CRPD ICPPED UNESCO UNICEF ECOSOC УВКПЧ УВКБ
        МПГПП МПЭСКП ЮНЕСКО ЮНИСЕФ""",
    )
)
_CAPITALS = re.compile(r"(?<![\w-])[A-ZÀ-ÝА-ЯЁ]{3,7}(?![\w-])")


def hits_of_acronyms(text: str) -> Iterator[Hit]:
    """Yield acronyms with the letters, in another order, of one that the letter explains or the United Nations use."""
    own = acronyms_of(text)
    for match in _CAPITALS.finditer(text):
        other = next((one for one in (*own, *_ACRONYMS) if sorted(one) == sorted(match[0])), None)
        if other is not None and match[0] not in own and match[0] not in _ACRONYMS:
            yield Hit("words.body", match[0], match.start(), {"name": other})


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
