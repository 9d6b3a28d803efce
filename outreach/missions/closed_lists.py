"""The closed lists of a directory workbook: the words the import takes for each, in the languages people write."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from outreach.missions.lexicon import lexicon
from outreach.text import folded
from outreach.vocabulary import GenderForm, Language, Line, Role

Word = TypeVar("Word")


class Group(StrEnum):
    """The five regional groups of the United Nations."""

    AFRICAN = "African"
    ASIA_PACIFIC = "Asia-Pacific"
    EASTERN_EUROPEAN = "Eastern European"
    LATIN_AMERICAN = "Latin American and Caribbean"
    WESTERN_EUROPEAN = "Western European and Others"


class UnStatus(StrEnum):
    """What a state is to the United Nations."""

    MEMBER = "member state"
    OBSERVER = "observer state"
    DELEGATION = "delegation"
    OBSERVER_ORGANISATION = "observer organisation"
    ORGANISATION = "organisation"


LANGUAGE_NAMES: Mapping[Language, str] = MappingProxyType({one: one.english for one in Language})
YES_NO = MappingProxyType({True: "yes", False: "no"})


def _table(words: Mapping[Word, Iterable[str]]) -> Mapping[str, Word]:
    return MappingProxyType({folded(name): word for word, names in words.items() for name in names})


def role(text: str) -> Role | None:
    """Return the role that is meant, or None."""
    return _roles().get(folded(text))


def language(text: str) -> Language | None:
    """Return the language that is meant by a code or a name, or None."""
    asked = folded(text)
    return _languages().get(asked) or _languages_elsewhere().get(asked)


def language_of_a_column(text: str) -> Language | None:
    """Return the language that is meant where only languages stand: also by the letter by which it is known there."""
    return language(text) or _LETTERS.get(text.strip().upper())


# As on the documents and lists of the United Nations; R is Russian, S is Spanish.
_LETTERS = {
    "A": Language.ARABIC, "C": Language.CHINESE, "E": Language.ENGLISH, "F": Language.FRENCH, "R": Language.RUSSIAN,
    "S": Language.SPANISH,
}  # fmt: skip


def line(text: str) -> Line | None:
    """Return the address line that is meant, or None."""
    return _lines().get(folded(text))


def gender_form(text: str) -> GenderForm | None:
    """Return the gender form that is meant, by its name or a pronoun (`she/her`), or None."""
    return _gender_forms().get(folded(text)) or lexicon().pronouns.get(folded(text))


def says_unknown(text: str) -> bool:
    """Tell whether the text says that something is not known."""
    return folded(text) in {
        "", "unknown", "not known", "n a", "none", "inconnu", "desconocido", "unspecified", "not specified", "x", "mx",
        "non specifie", "nicht angegeben", "keine angabe", "no especificado", "sin especificar",
        "other", "non binary", "nonbinary", "divers", "diverse", "autre", "otro",
    }  # fmt: skip


def yes_no(text: str) -> bool | None:
    """Return what a yes-or-no cell says, or None."""
    return _answers().get(folded(text))


def group(text: str) -> Group | None:
    """Return the regional group that is meant by a name or abbreviation, or None."""
    return _groups().get(folded(text.replace("&", " and ")))


def status(text: str) -> UnStatus | None:
    """Return the status that is meant, or None."""
    return _statuses().get(folded(text))


@cache
def _roles() -> Mapping[str, Role]:
    return _table(
        {
            Role.PERMANENT_REPRESENTATIVE: (
                "permanent representative", "permanent representative's office",
                "office of the permanent representative", "PR", "PR office", "ambassador", "head of mission",
                "permanent observer", "représentant permanent", "représentante permanente",
                "représentant(e) permanent(e)", "ambassadeur", "ambassadrice", "representante permanente",
                "embajador", "embajadora", "embajador(a)",
            ),
            Role.DEPUTY: (
                "deputy", "deputy permanent representative", "DPR", "deputy PR", "deputy head of mission",
                "représentant permanent adjoint", "représentante permanente adjointe", "adjoint", "adjointe",
                "representante permanente adjunto", "representante permanente adjunta", "adjunto", "adjunta",
            ),
            Role.HUMAN_RIGHTS_EXPERT: (
                "human-rights expert", "human rights", "HR expert", "expert", "human rights officer",
                "human rights focal point", "human rights adviser", "human rights advisor", "expert droits humains",
                "expert droits de l'homme", "experte droits humains", "experta en derechos humanos",
                "experto en derechos humanos",
            ),
            Role.GENERAL: (
                "general", "general box", "general mailbox", "mission", "generic", "office", "info", "secretariat",
                "général", "générale", "boîte générale", "secrétariat", "代表团", "buzón general", "secretaría",
            ),
        }
    )  # fmt: skip


@cache
def _languages() -> Mapping[str, Language]:
    return _table(
        {
            Language.ENGLISH: (
                "en",
                "eng",
                "english",
                "anglais",
                "inglés",
                "en-gb",
                "en-us",
                "английский",
                "الإنجليزية",
                "英语",
                "englisch",
                "英文",
            ),
            Language.FRENCH: (
                "fr",
                "fra",
                "fre",
                "french",
                "français",
                "francés",
                "fr-fr",
                "французский",
                "الفرنسية",
                "法语",
                "法文",
                "französisch",
            ),
            Language.SPANISH: (
                "es",
                "spa",
                "spanish",
                "espagnol",
                "español",
                "castellano",
                "es-es",
                "испанский",
                "الإسبانية",
                "西班牙语",
                "西班牙文",
                "西文",
                "spanisch",
            ),
            Language.ARABIC: (
                "ar",
                "ara",
                "arabic",
                "arabe",
                "árabe",
                "العربية",
                "عربي",
                "арабский",
                "阿拉伯语",
                "阿拉伯文",
                "阿文",
                "arabisch",
            ),
            Language.CHINESE: (
                "zh",
                "chi",
                "zho",
                "chinese",
                "chinois",
                "chino",
                "中文",
                "汉语",
                "zh-cn",
                "zh-hans",
                "китайский",
                "الصينية",
            ),
            Language.RUSSIAN: (
                "ru",
                "rus",
                "russian",
                "russe",
                "ruso",
                "русский",
                "الروسية",
                "俄语",
                "俄文",
                "russisch",
            ),
        }
    )


@cache
def _languages_elsewhere() -> Mapping[str, Language]:
    """What further languages call those that letters are written in (CLDR)."""
    from babel import Locale

    names = {
        folded(Locale.parse(other).languages[one.value]): one
        for other in ("de", "pt", "it", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr", "uk", "ja", "ko", "fa", "id")
        for one in Language
    }
    return MappingProxyType({name: one for name, one in names.items() if len(name) > 1})


@cache
def _lines() -> Mapping[str, Line]:
    return _table(
        {
            Line.TO: ("to", "à", "para", "primary", "main"),
            Line.CC: ("cc", "copy", "carbon copy", "copie", "copia"),
        }
    )


@cache
def _gender_forms() -> Mapping[str, GenderForm]:
    return _table(
        {
            GenderForm.FEMININE: (
                "feminine",
                "f",
                "fem",
                "female",
                "féminin",
                "féminine",
                "femenino",
                "femenina",
                "ж",
                "жен",
                "женский",
                "女",
                "أنثى",
            ),
            GenderForm.MASCULINE: (
                "masculine",
                "m",
                "masc",
                "male",
                "masculin",
                "masculino",
                "м",
                "муж",
                "мужской",
                "男",
                "ذكر",
            ),
        }
    )


@cache
def _answers() -> Mapping[str, bool]:
    return _table(
        {
            True: (
                "yes", "y", "true", "1", "oui", "vrai", "sí", "verdadero", "active", "是", "да", "نعم", "sim", "ja",
                "tak", "evet", "hai", "はい",
            ),
            False: (
                "no", "n", "false", "0", "non", "faux", "falso", "inactive", "否", "нет", "لا", "não", "nein", "nee",
                "nej", "nie", "hayır", "いいえ",
            ),
        }
    )  # fmt: skip


@cache
def _groups() -> Mapping[str, Group]:
    return _table(
        {
            Group.AFRICAN: ("African", "Africa", "AG", "African Group", "African States", "Afrique", "África"),
            Group.ASIA_PACIFIC: (
                "Asia-Pacific", "APG", "Asia", "Asian", "Asia and the Pacific", "Asia-Pacific Group",
                "Asia-Pacific States", "Asian and Pacific", "Asie-Pacifique", "Asie", "Asia y el Pacífico",
            ),
            Group.EASTERN_EUROPEAN: (
                "Eastern European", "EEG", "Eastern Europe", "Eastern European Group", "Eastern European States",
                "Europe de l'Est", "Europe orientale", "Europa Oriental", "Europa del Este",
            ),
            Group.LATIN_AMERICAN: (
                "Latin American and Caribbean", "GRULAC", "Latin America", "Latin America and the Caribbean",
                "Latin American", "LAC", "Latin American and Caribbean Group", "Latin American and Caribbean States",
                "Amérique latine", "Amérique latine et Caraïbes", "América Latina", "América Latina y el Caribe",
            ),
            Group.WESTERN_EUROPEAN: (
                "Western European and Others", "WEOG", "Western European and Other", "Western Europe", "Western",
                "Western European", "Western Europe and Others", "Western European and Others Group",
                "Western European and other States", "GEOA", "Europe occidentale", "Europe occidentale et autres",
                "Europa Occidental", "Europa Occidental y otros",
            ),
        }
    )  # fmt: skip


@cache
def _statuses() -> Mapping[str, UnStatus]:
    return _table(
        {
            UnStatus.MEMBER: ("member state", "member", "État membre", "membre", "Estado miembro", "miembro"),
            UnStatus.OBSERVER: (
                "observer state", "observer", "non-member observer state", "État observateur", "observateur",
                "Estado observador", "observador",
            ),
            UnStatus.DELEGATION: ("delegation", "délégation", "delegación"),
            UnStatus.OBSERVER_ORGANISATION: ("observer organisation", "observer organization"),
            UnStatus.ORGANISATION: ("organisation", "organization", "organización"),
        }
    )  # fmt: skip
