"""The names of all 195 states in a sentence, in English, French and Spanish: one table, read by people."""

import csv
import re
from pathlib import Path

import pytest

from outreach.missions.facts import states
from outreach.missions.names import in_state, of_state, parts, short_name, split_article, the_state, to_state
from outreach.vocabulary import Language

SAY = {"the": the_state, "of": lambda state, lang: of_state(state, lang, "short"), "to": to_state, "in": in_state}


def table() -> list[dict[str, str]]:
    with Path(__file__).with_name("state_names.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_every_state() -> None:
    assert [row["iso3"] for row in table()] == list(states())


@pytest.mark.parametrize("column", ["the_en", "of_en", "the_fr", "of_fr", "to_fr", "in_fr", "the_es", "of_es", "to_es"])
def test_every_state_is_said_as_in_the_table(column: str) -> None:
    word, language = column.split("_")
    differing = {
        row["iso3"]: (said, row[column])
        for row in table()
        if (said := SAY[word](states()[row["iso3"]], language)) != row[column]
    }
    assert not differing


@pytest.mark.parametrize(
    ("language", "contracted"),
    [("en", r"\bof the (?P<name>.+)$"), ("fr", r"\b(?P<article>du |des |de l'|de l’)(?P<name>.+)$"),
     ("es", r"\b(?P<article>del |de los |de las |de la )(?P<name>.+)$")],
)  # fmt: skip
def test_the_preposition_before_a_short_name_is_that_of_unterms_formal_name(language: str, contracted: str) -> None:
    """`la República del Perú` proves `del Perú`, `la République du Bénin` proves `du Bénin`, and so for all."""
    proved = 0
    for state in states().values():
        match = re.search(contracted, state.formal(language))
        name = parts(state, language)[1]
        if match and match["name"] == name:
            assert match[0].lower() == of_state(state, language, "short").lower(), state.iso3
            proved += 1
    assert proved > {"en": 7, "fr": 55, "es": 18}[language]


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_formal_name_keeps_unterms_article(language: str) -> None:
    for state in states().values():
        article, name = split_article(state.formal(language), Language(language))
        assert the_state(state, language, "formal") == state.formal(language)
        if article:
            assert name[0].isupper() or name[0] == "É", state.iso3


@pytest.mark.parametrize(
    ("iso3", "language", "said"),
    [
        ("NLD", "en", "the Government of the Kingdom of the Netherlands"),
        ("NLD", "fr", "le Gouvernement du Royaume des Pays-Bas"),
        ("NLD", "es", "el Gobierno del Reino de los Países Bajos"), ("FRA", "fr", "le Gouvernement de la France"),
        ("GBR", "fr", "le Gouvernement du Royaume-Uni de Grande-Bretagne et d'Irlande du Nord"),
        ("ALB", "fr", "le Gouvernement de l'Albanie"), ("ISR", "fr", "le Gouvernement d'Israël"),
        ("PER", "es", "el Gobierno del Perú"), ("SLV", "es", "el Gobierno de El Salvador"),
        ("BOL", "fr", "le Gouvernement de l'État plurinational de Bolivie"),
    ],
)  # fmt: skip
def test_the_government_of(iso3: str, language: str, said: str) -> None:
    head = {"en": "the Government ", "fr": "le Gouvernement ", "es": "el Gobierno "}
    assert head[language] + of_state(states()[iso3], language, "short") == said


def test_short_names_stay_as_they_are_for_lists() -> None:
    assert short_name(states()["BOL"], "fr") == "Bolivie (État plurinational de)"
    assert the_state(states()["COG"], "zh") == "刚果共和国"
