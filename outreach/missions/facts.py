"""The facts shipped with Outreach: states and their names, terms on the Council, working defaults.

They lie as CSV files in the folder facts/ beside this module, whose README names the sources.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from outreach.text import folded
from outreach.vocabulary import Language

_FOLDER = Path(__file__).parent / "facts"
_LONGEST_NAME = 200

# What people write in a sheet and UNTERM does not.
_EVERYDAY = {
    "america": "USA", "bosnia": "BIH", "britain": "GBR", "brunei": "BRN", "burma": "MMR", "birmanie": "MMR",
    "birmania": "MMR", "cape verde": "CPV", "cap vert": "CPV", "congo brazzaville": "COG", "congo republic": "COG",
    "congo kinshasa": "COD", "congo drc": "COD", "dprk": "PRK", "dr congo": "COD", "drc": "COD", "rdc": "COD",
    "democratic republic of congo": "COD", "cote d ivoire": "CIV", "czech republic": "CZE", "republique tcheque": "CZE",
    "republica checa": "CZE", "east timor": "TLS", "eeuu": "USA", "ee uu": "USA", "etats unis": "USA",
    "estados unidos": "USA", "emirates": "ARE", "great britain": "GBR", "holland": "NLD", "pays bas": "NLD",
    "holy see vatican": "VAT", "ivory coast": "CIV", "costa de marfil": "CIV", "kyrgyz republic": "KGZ", "laos": "LAO",
    "lao pdr": "LAO", "macedonia": "MKD", "fyrom": "MKD", "micronesia": "FSM", "moldova": "MDA", "moldavie": "MDA",
    "north korea": "PRK", "n korea": "PRK", "korea north": "PRK", "coree du nord": "PRK", "corea del norte": "PRK",
    "palestine": "PSE", "papua": "PNG", "rok": "KOR", "republic of korea rok": "KOR", "russia": "RUS", "russie": "RUS",
    "rusia": "RUS", "royaume uni": "GBR", "reino unido": "GBR", "sao tome": "STP", "slovak republic": "SVK",
    "south korea": "KOR", "s korea": "KOR", "korea south": "KOR", "coree du sud": "KOR", "corea del sur": "KOR",
    "st kitts": "KNA", "st kitts and nevis": "KNA", "st lucia": "LCA", "st vincent": "VCT",
    "st vincent and the grenadines": "VCT", "swaziland": "SWZ", "syria": "SYR", "tanzania": "TZA", "trinidad": "TTO",
    "turkey": "TUR", "turquie": "TUR", "turquia": "TUR", "uae": "ARE", "u a e": "ARE", "uk": "GBR", "u k": "GBR",
    "united kingdom": "GBR", "united states": "USA", "us": "USA", "u s": "USA", "u s a": "USA", "vatican": "VAT",
    "vatican city": "VAT", "vietnam": "VNM",
}  # fmt: skip

# What stands before and behind a state's name where a column names missions: `Permanent Mission of France to the UN`.
_MISSION_OF = re.compile(
    r"^(?:la )?(?:mission|delegation|representation) permanente? (?:de la |de l |du |des |de |d )"
    r"|^(?:la )?(?:mision|delegacion|representacion) permanente (?:de la |de los |del |de )"
    r"|^(?:the )?(?:(?:permanent )?(?:observer )?(?:mission|delegation|representation)|embassy)(?: of| to)? (?:the )?"
)
_TO_THE_UN = re.compile(
    r" (?:to the (?:un|unog|united nations)|aupres (?:de l |des )(?:onu|office|nations)"
    r"|ante (?:la onu|las naciones))\b.*$"
    r"|,? geneva$"
)


@dataclass(frozen=True, slots=True)
class UnState:
    """A member state or observer state of the United Nations."""

    iso3: str
    iso2: str
    status: str
    """`member state` or `observer state`."""
    regional_group: str
    """The group in which it stands for election; empty for the two observer states."""
    short_names: Mapping[Language, str]
    formal_names: Mapping[Language, str]

    def short(self, language: Language | str) -> str:
        """Return the short name as UNTERM writes it, the article in brackets behind it: `France (la)`."""
        return self.short_names[Language(language)]

    def formal(self, language: Language | str) -> str:
        """Return the formal name as UNTERM writes it, with its article: `la République française`."""
        return self.formal_names[Language(language)]


@dataclass(frozen=True, slots=True)
class ShippedTerm:
    """A state's term on the Human Rights Council: whole calendar years, first and last included."""

    iso3: str
    first_year: int
    last_year: int


@dataclass(frozen=True, slots=True)
class Correspondence:
    """How a mission is written to until it says otherwise: an editorial working default."""

    language: Language
    city: str
    time_zone: str


@cache
def states() -> Mapping[str, UnState]:
    """Return the 195 states by ISO 3166-1 alpha-3 code, in the order of the code."""
    found = {row["iso3"]: _state(row) for row in _rows("states.csv")}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def shipped_terms() -> tuple[ShippedTerm, ...]:
    """Return the terms on the Human Rights Council, by state and first year."""
    rows = _rows("hrc_terms.csv")
    found = [ShippedTerm(row["iso3"], int(row["first_year"]), int(row["last_year"])) for row in rows]
    return tuple(sorted(found, key=lambda term: (term.iso3, term.first_year)))


@cache
def correspondence() -> Mapping[str, Correspondence]:
    """Return language, city and IANA time zone of each mission by ISO3: working defaults, not official facts."""
    rows = _rows("correspondence.csv")
    return MappingProxyType(
        {row["iso3"]: Correspondence(Language(row["language"]), row["city"], row["time_zone"]) for row in rows}
    )


def find_state(text: str) -> UnState | None:
    """Return the state that is meant by an ISO code (two or three letters) or a name in one of the six languages.

    Case, accents, punctuation and spaces do not matter (`Cote dIvoire`), nor the order (`Korea, Republic of`), nor
    that it is the name of its mission (`Permanent Mission of France`). Nothing is taken for a state by likeness.
    """
    asked = folded(text)
    if not asked or len(asked) > _LONGEST_NAME:
        return None
    return (
        _known_as(asked) or _known_as(_turned_round(text)) or _known_as(_TO_THE_UN.sub("", _MISSION_OF.sub("", asked)))
    )


def _known_as(asked: str) -> UnState | None:
    return _by_any_name().get(asked) or _by_squeezed_name().get(asked.replace(" ", ""))


def _turned_round(text: str) -> str:
    """Return `Korea, Republic of` as `republic of korea`; empty for a text without one comma."""
    name, comma, before = text.partition(",")
    return folded(f"{before} {name}") if comma and "," not in before else ""


@cache
def _by_any_name() -> Mapping[str, UnState]:
    """Each state by everything it is called, folded."""
    found: dict[str, UnState] = {}
    for state in states().values():
        for name in (*state.short_names.values(), *state.formal_names.values()):
            plain = name.partition("(")[0]
            for known in (name, plain, plain.removeprefix("the ")):
                found.setdefault(folded(known), state)
    found.update({name: states()[iso3] for name, iso3 in _EVERYDAY.items()})
    # A code goes before a name.
    found.update({folded(state.iso2): state for state in states().values()})
    found.update({folded(state.iso3): state for state in states().values()})
    found.pop("", None)
    return MappingProxyType(found)


@cache
def _by_squeezed_name() -> Mapping[str, UnState]:
    """The same without spaces, for names long enough not to be a code by accident."""
    names = {name.replace(" ", ""): state for name, state in _by_any_name().items()}
    return MappingProxyType({name: state for name, state in names.items() if len(name) > len("ISO3")})


def _state(row: Mapping[str, str]) -> UnState:
    return UnState(
        iso3=row["iso3"],
        iso2=row["iso2"],
        status=row["status"],
        regional_group=row["regional_group"],
        short_names=MappingProxyType({language: row[f"short_{language.value}"] for language in Language}),
        formal_names=MappingProxyType({language: row[f"formal_{language.value}"] for language in Language}),
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
