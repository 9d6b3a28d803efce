"""All that can be written to, in six languages: address, salutation, sentence and close are whole and well said."""

import itertools
import re

import pytest

from outreach.missions.facts import addressees, russian_cases, states
from outreach.missions.names import in_state, of_state, sentence_name, the_state, to_state
from outreach.missions.shipped import shipped_mission
from outreach.models import Contact
from outreach.protocol.address import address
from outreach.protocol.seats import mission_lines, seat_of
from outreach.vocabulary import GenderForm, Language, Role

_TWICE = re.compile(r"\b(?P<word>\w+) (?P=word)\b", re.IGNORECASE)
_LIST_FORM = re.compile(r"[(（][^)）]*[)）]|\((?:the|la|le|les|el|los)\)")


def all_said(iso3: str, language: Language) -> list[str]:
    """Every line that a letter to this state may hold, for each role and form, with and without a name."""
    mission, found = shipped_mission(iso3), []
    for role, form, name in itertools.product(Role, (None, *GenderForm), ("", "Ada TEST")):
        contact = Contact(iso3=iso3, role=role, gender_form=form, name=name, email="a@b.test", email_key="a@b.test")
        words = address(mission, contact, language)
        found += [*words.inside, words.envelope, words.salutation, words.closing]
    state = addressees()[iso3]
    found += [say(state, language) for say in (the_state, of_state, to_state, in_state, sentence_name)]
    found += [of_state(state, language, "short"), the_state(state, language, "formal")]
    return list(dict.fromkeys(found))


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(Language))
def test_no_blank_no_list_form_and_no_double_word(language: Language) -> None:
    for iso3 in addressees():
        for line in all_said(iso3, language):
            assert line, iso3
            assert line == " ".join(line.split()), (iso3, line)
            assert not re.search(r"[{}]", line), (iso3, line)
            assert not _LIST_FORM.search(line), (iso3, line)
            # `sous sous`, but not the names that are so: there is none among the 195.
            assert not _TWICE.search(line), (iso3, line)


@pytest.mark.parametrize(
    ("iso3", "language", "line"),
    [
        ("VAT", "en", "Permanent Observer Mission of the Holy See"),
        ("VAT", "fr", "Mission permanente d'observation du Saint-Siège"),
        ("VAT", "es", "Misión Permanente de Observación de la Santa Sede"),
        ("VAT", "ar", "البعثة المراقبة الدائمة للكرسي الرسولي"),
        ("VAT", "ru", "Постоянная миссия наблюдателя от Святого Престола"),
        ("PSE", "en", "Permanent Observer Mission of the State of Palestine"),
        ("PSE", "fr", "Mission permanente d'observation de l'État de Palestine"),
        ("PSE", "zh", "巴勒斯坦国常驻联合国日内瓦办事处观察员代表团"),
        ("PSE", "ru", "Постоянная миссия наблюдателя от Государства Палестина"),
        ("EUE", "en", "Delegation of the European Union"),
        ("EUE", "fr", "Délégation de l'Union européenne"),
        ("XAU", "en", "Delegation of the African Union"),
        ("XOI", "es", "Misión Permanente de Observación de la Organización de Cooperación Islámica"),
        ("XOM", "fr", "Mission permanente d'observation de l'Ordre souverain militaire de Malte"),
        ("XRC", "en", "International Committee of the Red Cross"),
        ("XRC", "ru", "Международный комитет Красного Креста"),
        ("EUE", "ru", "Делегация Европейского союза"),
        ("BOL", "en", "Permanent Mission of the Plurinational State of Bolivia"),
        ("NLD", "en", "Permanent Mission of the Kingdom of the Netherlands"),
        ("FRA", "ru", "Постоянное представительство Французской Республики"),
        ("GBR", "ru", "Постоянное представительство Соединенного Королевства Великобритании и Северной Ирландии"),
    ],
)
def test_whose_mission_it_is(iso3: str, language: str, line: str) -> None:
    assert mission_lines(shipped_mission(iso3), Language(language))[0] == line


def test_of_states_only_the_two_observers_have_an_observer_mission_and_none_a_delegation() -> None:
    assert {iso3 for iso3 in states() if seat_of(iso3) == "observer"} == {"VAT", "PSE"}
    assert {iso3 for iso3 in addressees() if seat_of(iso3) != "mission"} == {"VAT", "PSE", *addressees()} - (
        states().keys() - {"VAT", "PSE"}
    )


def test_russian_declines_every_name() -> None:
    assert russian_cases().keys() == addressees().keys()
    for iso3, cases in russian_cases().items():
        formal = addressees()[iso3].formal("ru")
        assert cases.within.split(" ")[0] in {"в", "во", "на"}
        # What is declined is the head of the name and what agrees with it: nothing is lost or added on the way.
        assert len(cases.formal_genitive.split()) == len(formal.split()), iso3
        if formal.startswith("Республика "):
            assert cases.formal_genitive == formal.replace("Республика", "Республики", 1)


@pytest.mark.parametrize(
    ("say", "iso3", "said"),
    [
        (of_state, "FRA", "Французской Республики"), (to_state, "DEU", "Германии"), (in_state, "FRA", "во Франции"),
        (in_state, "CUB", "на Кубе"), (in_state, "BOL", "в Многонациональном Государстве Боливия"),
        (in_state, "EGY", "в Египте"), (to_state, "KNA", "Сент-Китсу и Невису"),
    ],
)  # fmt: skip
def test_russian_in_a_sentence(say: object, iso3: str, said: str) -> None:
    assert callable(say)
    assert say(addressees()[iso3], Language.RUSSIAN) == said


def test_in_french_something_is_within_an_organisation() -> None:
    said = {iso3: in_state(addressees()[iso3], Language.FRENCH) for iso3 in ("EUE", "XRC", "XAL", "PSE")}
    assert said == {
        "EUE": "au sein de l'Union européenne",
        "XRC": "au sein du Comité international de la Croix-Rouge",
        "XAL": "au sein de la Ligue des États arabes",
        "PSE": "dans l'État de Palestine",
    }
