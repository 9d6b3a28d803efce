"""The regional groups as the United Nations name them in its six languages, for a letter that names one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from outreach.vocabulary import Language

_NAMES: Mapping[str, Mapping[Language, str]] = MappingProxyType(
    {
        "African": {
            Language.FRENCH: "États d’Afrique", Language.SPANISH: "Estados de África",
            Language.RUSSIAN: "государства Африки", Language.ARABIC: "الدول الأفريقية", Language.CHINESE: "非洲国家",
        },
        "Asia-Pacific": {
            Language.FRENCH: "États d’Asie et du Pacifique", Language.SPANISH: "Estados de Asia y el Pacífico",
            Language.RUSSIAN: "государства Азии и Тихого океана", Language.ARABIC: "دول آسيا والمحيط الهادئ",
            Language.CHINESE: "亚洲及太平洋国家",
        },
        "Eastern European": {
            Language.FRENCH: "États d’Europe orientale", Language.SPANISH: "Estados de Europa Oriental",
            Language.RUSSIAN: "государства Восточной Европы", Language.ARABIC: "دول أوروبا الشرقية",
            Language.CHINESE: "东欧国家",
        },
        "Latin American and Caribbean": {
            Language.FRENCH: "États d’Amérique latine et des Caraïbes",
            Language.SPANISH: "Estados de América Latina y el Caribe",
            Language.RUSSIAN: "государства Латинской Америки и Карибского бассейна",
            Language.ARABIC: "دول أمريكا اللاتينية ومنطقة البحر الكاريبي", Language.CHINESE: "拉丁美洲和加勒比国家",
        },
        "Western European and Others": {
            Language.FRENCH: "États d’Europe occidentale et autres États",
            Language.SPANISH: "Estados de Europa Occidental y otros Estados",
            Language.RUSSIAN: "государства Западной Европы и другие государства",
            Language.ARABIC: "دول أوروبا الغربية ودول أخرى", Language.CHINESE: "西欧和其他国家",
        },
    }
)  # fmt: skip


class GroupName(str):
    """A regional group: compared by its English name, as conditions have it, and put in as its language has it."""

    __slots__ = ("said",)
    said: str
    """Its name in the language of the letter."""

    def __new__(cls, group: str, language: Language) -> Self:
        """Take the English name; a group that the team has named itself stays as it is."""
        made = super().__new__(cls, group)
        made.said = _NAMES.get(group, {}).get(language, group)
        return made

    def __str__(self) -> str:
        """Return its name in the language of the letter."""
        return self.said
