"""The shipped facts and the names of states in a sentence."""

import re
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from missions_books import SHARED_FACTS

from outreach.missions import closed_lists
from outreach.missions.facts import addressees, correspondence, find_state, shipped_terms, states
from outreach.missions.names import of_state, short_name
from outreach.vocabulary import Language

FACTS = Path(__file__).parents[2] / "outreach" / "missions" / "facts"


def test_the_states_are_the_195_of_the_united_nations() -> None:
    assert Counter(state.status for state in states().values()) == {"member state": 193, "observer state": 2}
    assert list(states()) == sorted(states())
    grouped = {iso3 for iso3, state in states().items() if closed_lists.group(state.regional_group)}
    assert states().keys() - grouped == {"PSE", "VAT"}


MENDED = {"states.csv": ("FJI", "NLD", "OMN", "TLS"), "hrc_terms.csv": ()}
"""The rows that are put right here; the README of the facts says why: a doubled space, a name changed, the UN's own."""


@pytest.mark.skipif(not SHARED_FACTS.is_dir(), reason="the source of the facts is not part of this repository")
@pytest.mark.parametrize("name", MENDED)
def test_the_facts_are_those_of_the_source(name: str) -> None:
    ours, theirs = ((folder / name).read_bytes().split(b"\r\n") for folder in (FACTS, SHARED_FACTS))
    assert len(ours) == len(theirs)
    assert [row[:3].decode() for row, source in zip(ours, theirs, strict=True) if row != source] == list(MENDED[name])


def test_every_state_has_a_language_a_city_and_a_zone() -> None:
    assert correspondence().keys() == addressees().keys()
    assert len(states()) == 195
    assert {habits.language for habits in correspondence().values()} == set(Language)
    for habits in correspondence().values():
        assert habits.city
        ZoneInfo(habits.time_zone)


def test_the_terms_are_of_known_states_and_in_order() -> None:
    assert len(shipped_terms()) == 79
    assert all(term.iso3 in states() and term.first_year <= term.last_year for term in shipped_terms())


@pytest.mark.parametrize("language", list(Language))
def test_no_state_lacks_a_name(language: Language) -> None:
    for state in states().values():
        assert short_name(state, language)
        assert state.formal(language)


@pytest.mark.parametrize(
    ("iso3", "language", "name"),
    [
        ("FRA", "fr", "France"),
        ("NLD", "en", "Netherlands (Kingdom of the)"),
        ("USA", "fr", "États-Unis d'Amérique"),
        ("AFG", "fr", "Afghanistan"),
        ("AFG", "es", "Afganistán"),
        ("BOL", "en", "Bolivia (Plurinational State of)"),
        ("IRN", "fr", "Iran (République islamique d')"),
        ("COG", "zh", "刚果（布）"),
        ("EGY", "ar", "مصر"),
    ],
)
def test_short_names(iso3: str, language: str, name: str) -> None:
    assert short_name(states()[iso3], language) == name


@pytest.mark.parametrize(
    ("iso3", "language", "words_of"),
    [
        ("FRA", "en", "of the French Republic"),
        ("JPN", "en", "of Japan"),
        ("FRA", "fr", "de la République française"),
        ("BEL", "fr", "du Royaume de Belgique"),
        ("KWT", "fr", "de l'État du Koweït"),
        ("USA", "fr", "des États-Unis d'Amérique"),
        ("SWZ", "fr", "du Royaume d’Eswatini"),
        ("ATG", "fr", "d'Antigua-et-Barbuda"),
        ("LCA", "fr", "de Sainte-Lucie"),
        ("ARG", "es", "de la República Argentina"),
        ("ESP", "es", "del Reino de España"),
        ("MEX", "es", "de los Estados Unidos Mexicanos"),
        ("SLB", "es", "de las Islas Salomón"),
        ("XRC", "ar", "للجنة الدولية للصليب الأحمر"),
        ("LBN", "ar", "للجمهورية اللبنانية"),
        ("LTU", "ar", "لجمهورية ليتوانيا"),
        ("SLV", "es", "de la República de El Salvador"),
        ("CHN", "zh", "中华人民共和国"),
    ],
)
def test_of_a_state(iso3: str, language: str, words_of: str) -> None:
    assert of_state(addressees()[iso3], language) == words_of


@pytest.mark.parametrize(
    ("language", "begins", "never"),
    [
        ("en", r"of ", r"\bof the the\b"),
        ("fr", r"(du|des|de la|de) |d'|de l['’]", r"\bde (le|les) |\bde [AEIOUÉÈÎaeiouéèî]|\bd'[^aeiouyéèîh]"),
        ("es", r"(del|de la|de los|de las|de) ", r"\b(de|a) el "),
    ],
)  # fmt: skip
def test_of_every_state_is_sound_grammar(language: str, begins: str, never: str) -> None:
    for state in states().values():
        said = of_state(state, language)
        assert re.match(begins, said), said
        assert not re.search(never, said, re.IGNORECASE if language == "fr" else 0), said
        assert said == said.strip()
        assert "(" not in said


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("text", "iso3"),
    [("fr", "FRA"), ("France", "FRA"), ("ALLEMAGNE", "DEU"), ("法国", "FRA"), ("Côte d’Ivoire", "CIV"), ("UK", "GBR"),
     ("Türkiye", "TUR"), ("turkey", "TUR"), ("Congo", "COG"), ("DRC", "COD"), ("Niger", "NER"), ("Atlantis", None),
     # In initials, before, behind and in brackets; by an acronym; with a name of before.
     ("I.R. Iran", "IRN"), ("Iran (I.R. of)", "IRN"), ("R. of Korea", "KOR"), ("Korea, D.P.R. of", "PRK"),
     ("D.R. of the Congo", "COD"), ("Congo (Dem. Rep.)", "COD"), ("R.B. de Venezuela", "VEN"), ("U.R. Tanzania", "TZA"),
     ("CAR", "CAF"), ("C.A.R.", "CAF"), ("car", None), ("P.N.G.", "PNG"), ("eau", None), ("EAU", "ARE"),
     ("Eswatini (formerly Swaziland)", "SWZ"), ("Cabo Verde – ex Cape Verde", "CPV"),
     ("Burkina Faso (Haute-Volta)", "BFA"),
     ("Niger (Nigeria)", None), ("Republic of China", None), ("Georgia (USA)", None), ("Arab Republic", None)],
)  # fmt: skip
def test_a_state_by_anything_it_is_called(text: str, iso3: str | None) -> None:
    found = find_state(text)
    assert (found.iso3 if found else None) == iso3
