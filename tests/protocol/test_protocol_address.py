"""Forms of address: by rank, by gender form where it is known, with and without a name, in six languages."""

import csv
import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.missions.facts import addressees
from outreach.missions.lexicon import lexicon
from outreach.missions.shipped import shipped_mission
from outreach.models import Contact
from outreach.protocol import address as module
from outreach.protocol.address import Rank, address, collective, collective_closing, rank_of
from outreach.protocol.person_reader import read_person
from outreach.protocol.seats import mission_lines, words_of
from outreach.vocabulary import GenderForm, Language, Role

FORMS = (None, GenderForm.FEMININE, GenderForm.MASCULINE)
# Words that presume a gender, in each language: none may stand where no form is known, but side by side with the other.
GENDERED = {
    Language.ENGLISH: r"\b(Mr|Ms|Mrs|Sir|Madam)\b",
    Language.FRENCH: r"^(Madame|Monsieur) |l'Ambassadeur|l'Ambassadrice|le Chargé|la Chargée",
    Language.SPANISH: r"\b(Señor|Señora|Excmo|Excma|Sr|Sra)\b",
    Language.ARABIC: r"السيدة|السيد |السفيرة،|السفير،",
    Language.CHINESE: "女士|先生",
    Language.RUSSIAN: r"г-н|г-ж|Его |Её |госпожа|господин ",
}


def contact(role: Role = Role.PERMANENT_REPRESENTATIVE, **values: Any) -> Contact:
    values = {"iso3": "FRA", "email": "a@fra.mission.example", "email_key": "a@fra.mission.example"} | values
    return Contact(role=role, **values)


def said(
    language: str, role: Role = Role.PERMANENT_REPRESENTATIVE, iso3: str = "FRA", **values: Any
) -> module.FormOfAddress:
    return address(shipped_mission(iso3), contact(role, iso3=iso3, **values), Language(language))


@pytest.mark.parametrize(
    ("role", "title", "form_of_address", "rank"),
    [
        (Role.PERMANENT_REPRESENTATIVE, "", "", Rank.AMBASSADOR),
        (Role.PERMANENT_REPRESENTATIVE, "Chargé d'affaires a.i.", "", Rank.CHARGE),
        (Role.PERMANENT_REPRESENTATIVE, "", "Encargada de Negocios", Rank.CHARGE),
        (Role.DEPUTY, "Minister Counsellor, Chargée d’affaires a.i.", "", Rank.CHARGE),
        (Role.DEPUTY, "", "", Rank.DEPUTY),
        (Role.DEPUTY, "Ambassador and Deputy Permanent Representative", "", Rank.AMBASSADOR),
        (Role.DEPUTY, "", "Excellency", Rank.AMBASSADOR),
        (Role.HUMAN_RIGHTS_EXPERT, "First Secretary", "", Rank.DIPLOMAT),
        (Role.HUMAN_RIGHTS_EXPERT, "Première Secrétaire (droits de l'homme)", "", Rank.DIPLOMAT),
        (Role.HUMAN_RIGHTS_EXPERT, "Assistant to the Ambassador", "", Rank.DIPLOMAT),
        (Role.HUMAN_RIGHTS_EXPERT, "Советник посольства", "", Rank.DIPLOMAT),
        (Role.HUMAN_RIGHTS_EXPERT, "大使馆参赞", "", Rank.DIPLOMAT),
        (Role.HUMAN_RIGHTS_EXPERT, "一等秘书", "", Rank.DIPLOMAT),
        (Role.HUMAN_RIGHTS_EXPERT, "", "", Rank.DIPLOMAT),
        (Role.GENERAL, "Ambassador", "Excellency", Rank.MISSION),
    ],
)
def test_the_rank_is_what_the_sheet_says_else_what_the_role_says(
    role: Role, title: str, form_of_address: str, rank: Rank
) -> None:
    assert rank_of(contact(role, title=title, form_of_address=form_of_address)) is rank


def test_nobody_at_all_is_the_mission() -> None:
    found = address(shipped_mission("FRA"), None, Language.ENGLISH)
    assert found.rank is Rank.MISSION
    assert found.inside == ("Permanent Mission of the French Republic", "to the United Nations Office at Geneva")
    assert found.salutation == "Excellency,"


@pytest.mark.parametrize(
    ("language", "form", "name", "salutation", "first_line"),
    [
        ("en", None, "", "Excellency,", "Ambassador and Permanent Representative"),
        ("en", None, "A. B.", "Excellency,", "H.E. A. B."),
        ("en", GenderForm.FEMININE, "A. B.", "Excellency,", "H.E. Ms. A. B."),
        ("fr", None, "", "Excellence,", "Représentante permanente ou Représentant permanent"),
        ("fr", None, "A. B.", "Excellence,", "Son Excellence A. B."),
        ("fr", GenderForm.FEMININE, "", "Madame l'Ambassadrice,", "Ambassadrice, Représentante permanente"),
        ("fr", GenderForm.MASCULINE, "A. B.", "Monsieur l'Ambassadeur,", "Son Excellence Monsieur A. B."),
        ("es", GenderForm.FEMININE, "A. B.", "Señora Embajadora:", "Excma. Sra. A. B."),
        ("es", None, "", "Excelencia:", "Representante Permanente"),
        ("ar", GenderForm.FEMININE, "", "سعادة السفيرة،", "السفيرة، الممثلة الدائمة"),
        ("zh", None, "王", "尊敬的大使阁下：", "王阁下"),
        ("zh", None, "", "尊敬的大使阁下：", "大使、常驻代表"),
        ("ar", None, "", "أصحاب السعادة،", "مكتب الممثل الدائم"),
        ("ar", None, "A. B.", "سعادة A. B.،", "سعادة A. B."),
        (
            "ru",
            GenderForm.MASCULINE,
            "",
            "Уважаемый господин Посол,",
            "Послу, Постоянному представителю",
        ),
    ],
)
def test_an_ambassador_in_each_language(
    language: str, form: GenderForm | None, name: str, salutation: str, first_line: str
) -> None:
    found = said(language, gender_form=form, name=name)
    assert found.salutation == salutation
    assert found.inside[0] == first_line


@pytest.mark.parametrize("language", list(Language))
def test_every_rank_form_and_name_has_its_words_and_no_gender_is_guessed(language: Language) -> None:
    titles = ["", "Chargé d'affaires a.i.", "Deputy Permanent Representative", "First Secretary", "Expert"]
    for role, title, form, name in itertools.product(Role, titles, FORMS, ["", "{of} Ada {name} & Co"]):
        found = address(shipped_mission("FRA"), contact(role, title=title, gender_form=form, name=name), language)
        lines = [*found.inside, found.envelope, found.salutation, found.closing]
        assert all(line and line == line.strip() for line in lines), (role, title, form, lines)
        assert not any("{name}" in line.replace("{of} Ada {name} & Co", "") for line in lines)
        if form is None:
            for line in lines:
                both = re.search(" ou | o | or |Madame, Monsieur|[Ss]eñora, (?:estimado )?señor", line)
                assert both or not re.search(GENDERED[language], line), (role, title, line)


@pytest.mark.parametrize("language", list(Language))
def test_the_data_has_every_rank_in_every_language_and_names_its_sources(language: Language) -> None:
    path = Path(module.__file__).parent / "words" / f"{language}.toml"
    text = path.read_text(encoding="utf-8")
    data = tomllib.loads(text)
    assert "ST/DCS/4" in text
    assert data["office"].keys() == words_of(Language.ENGLISH)["office"].keys()
    assert data["style"].keys() == words_of(Language.ENGLISH)["style"].keys()
    for rank in Rank:
        forms = data[rank]
        assert forms.keys() & {"greeting", "greeting_plain"}
        assert forms.keys() & {"closing", "closing_plain"}
    for table in ("office", "style", "style_call", "titles", "title_call"):
        for entry in data[table].values():
            assert isinstance(entry, str) or {"neutral", "feminine", "masculine"} <= entry.keys() <= {
                "neutral", "feminine", "masculine", "unnamed"
            }  # fmt: skip
    assert collective(language)
    assert collective_closing(language)


def test_a_title_that_says_more_than_the_rank_stays_and_one_that_we_know_is_translated() -> None:
    expert = Role.HUMAN_RIGHTS_EXPERT
    assert said("fr", expert, title="First Secretary", name="A").inside[1] == "Première ou Premier Secrétaire"
    assert (
        said("fr", expert, title="First Secretary", name="A", form_of_address="Ms.").inside[1] == "Première Secrétaire"
    )
    assert "Première ou Premier Secrétaire" in said("fr", expert, title="First Secretary").inside
    assert "Head of Section" in said("fr", expert, title="Head of Section", name="A").inside
    assert said("fr", expert, title="Counsellor (Human Rights)", name="A", form_of_address="Ms.").inside[1] == (
        "Conseillère (droits de l'homme)"
    )
    deputy = said("en", Role.DEPUTY, form_of_address="Excellency", name="A")
    assert deputy.inside[:2] == ("H.E. A", "Deputy Permanent Representative")


def test_an_office_is_said_in_the_letters_language_where_no_gender_form_is_known() -> None:
    """By both forms, or by one that fits everybody: in Arabic the rank, and not the one who has it."""
    expert = Role.HUMAN_RIGHTS_EXPERT
    for language, wanted in {
        "es": "Segunda Secretaria o Segundo Secretario", "ar": "بدرجة سكرتير ثان", "ru": "Второму секретарю",
        "zh": "二等秘书",
    }.items():  # fmt: skip
        assert said(language, expert, title="Second Secretary", name="A").inside[1] == wanted
    assert said("ar", expert, form_of_address="Ms.", name="Ada DIALLO").salutation == "السيدة Ada DIALLO المحترمة،"
    assert (
        said("fr", name="General (ret.) A").inside[1] == "Ambassadeur, Représentant permanent"
    )  # as le Général has it
    assert said("fr", name="A").inside[1] == "Représentante permanente ou Représentant permanent"


def test_a_close_calls_the_reader_in_spanish_chinese_and_arabic_too() -> None:
    assert "a usted" in said("es", Role.DEPUTY, name="A").closing
    assert said("es", Role.HUMAN_RIGHTS_EXPERT, name="A").closing == "Saludamos a usted atentamente."
    assert said("zh").closing == "顺向阁下致以最崇高的敬意。"
    assert "殿下" in said("zh", form_of_address="H.R.H.", name="A").closing
    assert "سعادتكم" in said("ar", name="A").closing
    assert "أصحاب السعادة" in said("ar", Role.GENERAL).closing


@pytest.mark.parametrize(
    ("language", "person", "office", "salutation"),
    [
        ("en", "H.E. Ms. Ada TEST", "Secretary-General", "Madam Secretary-General,"),
        ("fr", "Son Excellence Madame Ada TEST", "Secrétaire générale", "Madame la Secrétaire générale,"),
        ("es", "Excma. Sra. Ada TEST", "Secretaria General", "Señora Secretaria General:"),
        ("ar", "سعادة السيدة Ada TEST", "الأمينة العامة", "سعادة الأمينة العامة،"),
        ("zh", "Ada TEST女士阁下", "秘书长", "尊敬的秘书长女士阁下："),
        (
            "ru", "Ее Превосходительству г-же Ada TEST", "Генеральному секретарю",
            "Уважаемая госпожа Генеральный секретарь,",
        ),
    ],
)  # fmt: skip
def test_who_heads_an_organisation_is_addressed_there_though_the_box_is_general(
    language: str, person: str, office: str, salutation: str
) -> None:
    found = said(language, Role.GENERAL, "XOF", name="S.E. Mme Ada TEST", title="Secrétaire générale")
    assert found.rank is Rank.SECRETARY_GENERAL
    assert found.inside[:2] == (person, office)
    assert len(found.inside) == 3, "the organisation, and not its delegation in Geneva"
    assert found.salutation == salutation
    # Of a state's mission no such person is the head.
    assert said(language, Role.GENERAL, name="Mme Ada TEST", title="Secrétaire générale").rank is Rank.DIPLOMAT


@pytest.mark.parametrize(
    ("language", "person", "office", "salutation"),
    [
        ("en", "H.E. Mr. Jo TEST", "Chairperson of the Commission", "Mr. Chairperson,"),
        ("fr", "Son Excellence Monsieur Jo TEST", "Président de la Commission", "Monsieur le Président,"),
        ("es", "Excmo. Sr. Jo TEST", "Presidente de la Comisión", "Señor Presidente:"),
        ("ar", "سعادة السيد Jo TEST", "رئيس المفوضية", "سعادة رئيس المفوضية،"),
        ("zh", "Jo TEST先生阁下", "委员会主席", "尊敬的主席先生阁下："),
        ("ru", "Его Превосходительству г-ну Jo TEST", "Председателю Комиссии", "Уважаемый господин Председатель,"),
    ],
)
def test_who_chairs_a_commission_heads_its_organisation_and_no_delegation(
    language: str, person: str, office: str, salutation: str
) -> None:
    for role in (Role.PERMANENT_REPRESENTATIVE, Role.GENERAL):
        found = said(language, role, "XAU", name="Mr. Jo TEST", title="Chairperson of the Commission")
        assert (found.inside[:2], found.salutation) == ((person, office), salutation)
        assert len(found.inside) == 3, "the Union, and not its delegation"


@pytest.mark.parametrize(
    ("language", "office", "salutation"),
    [
        ("en", "Director-General", "Dear Ms. TEST,"),
        ("fr", "Directrice générale", "Madame la Directrice générale,"),
        ("es", "Directora General", "Señora Directora General:"),
        ("ru", "Генеральному директору", "Уважаемая госпожа TEST,"),
    ],
)
def test_who_directs_an_organisation_is_called_so_where_that_is_usage(
    language: str, office: str, salutation: str
) -> None:
    found = said(language, Role.GENERAL, "XRC", name="Ms. Ada TEST", title="Director-General")
    assert (found.inside[1], found.salutation) == (office, salutation)


def test_a_foreign_minister_keeps_what_else_the_ministry_is_for_in_the_sheets_language() -> None:
    cells = {"name": "H.E. Mr. Jo TEST", "title": "Minister of Foreign Affairs, Trade and Culture"}
    assert said("en", iso3="GMB", **cells).inside[1] == "Minister of Foreign Affairs, Trade and Culture"
    assert said("fr", iso3="GMB", **cells).inside[1] == "Ministre des affaires étrangères"


def test_a_russian_block_stands_in_one_case_by_the_script_of_the_name() -> None:
    """The name can't be inflected: about one in Cyrillic all of it is nominative."""
    assert said("ru", iso3="ARM", name="г-н Армен ТЕСТЯН", title="Посол").inside[:2] == (
        "Его Превосходительство г-н Армен ТЕСТЯН", "Посол, Постоянный представитель",
    )  # fmt: skip
    assert said("ru", iso3="ARM", name="Mr. Armen TESTIAN", title="Ambassador").inside[:2] == (
        "Его Превосходительству г-ну Armen TESTIAN", "Послу, Постоянному представителю",
    )  # fmt: skip
    first = said("ru", Role.DEPUTY, "ARM", name="г-жа Анна ТЕСТ", title="Первый секретарь").inside[:2]
    assert first == ("Г-жа Анна ТЕСТ", "Первый секретарь, заместитель Постоянного представителя")


def test_every_russian_word_about_a_person_has_its_nominative() -> None:
    words = words_of(Language.RUSSIAN)
    entries = [words["civility"], words["style"], words["titles"], words["office"], {"": words["designate"]}]
    while entries:
        entry = entries.pop()
        entries += [one for one in entry.values() if isinstance(one, dict)]
        for said_of in filter(lambda one: isinstance(one, str) and one, entry.values()):
            first = said_of.split()[1 if said_of.startswith(("Его", "Ее")) else 0]
            assert first in words["nominative"] or first in {"леди", "Атташе"}, said_of


@pytest.mark.parametrize("role", [Role.GENERAL, Role.HUMAN_RIGHTS_EXPERT])
def test_who_is_named_in_a_general_row_is_addressed(role: Role) -> None:
    found = said("en", role, "KWT", name="Ms. Jane TESTON", title="Counsellor")
    assert (*found.inside[:2], found.salutation) == ("Ms. Jane TESTON", "Counsellor", "Dear Ms. TESTON,")
    found = said("fr", role, "NER", name="M. Awal ESSAI", title="Ambassadeur")
    assert found.inside[:2] == ("Son Excellence Monsieur Awal ESSAI", "Ambassadeur")
    assert found.salutation == "Monsieur l'Ambassadeur,"


def test_a_general_row_without_a_name_is_the_mission() -> None:
    for values in ({"title": "Ambassador"}, {"name": "Registry Office"}, {"name": "Vacant"}, {"title": "Counsellor"}):
        found = said("en", Role.GENERAL, **values)
        assert (found.rank, found.salutation, len(found.inside)) == (Rank.MISSION, "Excellency,", 2)


def test_a_priest_is_called_father_and_the_honourable_follows_the_excellency() -> None:
    found = said("en", Role.HUMAN_RIGHTS_EXPERT, "VAT", form_of_address="Rev.", name="Fr. Pio TEST")
    assert (found.inside[0], found.salutation) == ("Rev. Fr. Pio TEST", "Dear Father TEST,")
    french = said("fr", Role.HUMAN_RIGHTS_EXPERT, "VAT", name="Rev. Fr. Pio TEST").inside[0]
    assert french == "Le Révérend Père Pio TEST"


EXPERT = Role.HUMAN_RIGHTS_EXPERT


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        ({"name": "A TEST", "title": "Embajador"}, GenderForm.MASCULINE),
        ({"name": "Embajador Ada TEST", "title": "Embajadora"}, GenderForm.FEMININE),  # copied downwards, then mended
        ({"name": "A TEST", "title": "Ambassadeur"}, None),  # women are called so, too
        ({"name": "A TEST", "form_of_address": "Ms.", "title": "Embajador"}, GenderForm.FEMININE),
        ({"name": "Ms. A TEST", "form_of_address": "Mr."}, None),
        ({"name": "A TEST (she/her)"}, GenderForm.FEMININE),
        ({"name": "A TEST (Mr.)"}, GenderForm.MASCULINE),
        ({"name": "A TEST", "form_of_address": "سعادة السفير"}, GenderForm.MASCULINE),
        ({"name": "A TEST", "form_of_address": "Datuk"}, None),
        ({"name": "Ada TEST", "form_of_address": "Frau Botschafterin"}, GenderForm.FEMININE),
        ({"name": "Pan Wei"}, None),  # a family name
        ({"name": "A TEST", "form_of_address": "Pan"}, GenderForm.MASCULINE),
    ],
)
def test_the_surest_words_tell_the_gender_form_and_those_that_contradict_each_other_none(
    cells: dict[str, str], form: GenderForm | None
) -> None:
    assert read_person(contact(**cells)).gender is form


@pytest.mark.parametrize(
    ("cells", "language", "lines"),
    [
        ({"name": "Sua Excelência o Senhor Ivo TEST"}, "en", ["H.E. Mr. Ivo TEST"]),
        ({"form_of_address": "I.E. Frau", "name": "I.E. Frau Ada TEST", "title": "Botschafterin"}, "en",
         ["H.E. Ms. Ada TEST", "Ambassador and Permanent Representative"]),
        ({"form_of_address": "M. l'Ambassadeur", "name": "Jo TEST"}, "fr",
         ["Son Excellence Monsieur Jo TEST", "Ambassadeur, Représentant permanent"]),
        ({"form_of_address": "S.E. Mme", "name": "Ada TEST", "title": "Ambassadeur"}, "fr",
         ["Son Excellence Madame Ada TEST", "Ambassadrice, Représentante permanente"]),
        ({"name": "H.E. Sheikh Dr. Jo TEST"}, "es", ["Su Excelencia el Jeque Dr. Jo TEST"]),
        ({"form_of_address": "Sir", "name": "Jo TEST"}, "es", ["Su Excelencia Sir Jo TEST"]),
        ({"form_of_address": "Lt. Gen. Dr.", "name": "Ada TEST", "gender_form": GenderForm.FEMININE}, "ru",
         ["Ее Превосходительству генерал-лейтенанту Ada TEST"]),
        ({"form_of_address": "Lt. Gen. Dr.", "name": "Ada TEST", "gender_form": GenderForm.FEMININE}, "fr",
         ["Son Excellence la Générale de corps d'armée Ada TEST", "Ambassadrice, Représentante permanente"]),
        ({"form_of_address": "Shri", "name": "Jo TEST"}, "zh", ["Shri Jo TEST阁下"]),
        ({"name": "H.E. Daw Ada TEST"}, "zh", ["Daw Ada TEST阁下"]),
        ({"name": "U Jo TEST", "gender_form": GenderForm.MASCULINE}, "es", ["Su Excelencia U Jo TEST"]),
        ({"name": "Amb. (Dr.) Jo TEST", "title": "PR"}, "en",
         ["H.E. Dr. Jo TEST", "Ambassador and Permanent Representative"]),
        ({"name": "Msgr. Jo TEST", "title": "Apostolic Nuncio, Permanent Observer of the Holy See"}, "fr",
         ["Son Excellence Monseigneur Jo TEST", "Nonce apostolique, Observateur permanent"]),
        ({"name": "Mr. Jo TEST", "title": "Chargé d'affaires en pied"}, "es",
         ["Sr. Jo TEST", "Encargado de Negocios"]),
        ({"name": "Mr. Jo TEST", "title": "Charge d' Affaires, a.i."}, "en", ["Mr. Jo TEST", "Chargé d'affaires a.i."]),
        ({"name": "Lic. Jo TEST", "title": "Segundo Secretario"}, "es", ["Excmo. Sr. Lic. Jo TEST"]),
        ({"form_of_address": "Rt Hon.", "name": "Sir Jo TEST"}, "en", ["H.E. the Right Honourable Sir Jo TEST"]),
        ({"form_of_address": "Rt Hon.", "name": "Sir Jo TEST"}, "es", ["Su Excelencia Sir Jo TEST"]),
        ({"name": "Jo TEST", "title": "Permanent Representative & Ambassador"}, "en",
         ["H.E. Jo TEST", "Ambassador and Permanent Representative"]),
        ({"name": "H.E. Ms. TEST Ada", "title": "中国常驻联合国日内瓦办事处代表、大使"}, "fr",
         ["Son Excellence Madame TEST Ada", "Ambassadrice, Représentante permanente"]),
        ({"name": "Office of the Ambassador"}, "en", ["Ambassador and Permanent Representative"]),
        ({"name": "S.A.R. le Prince Jo TEST", "title": "Ministre"}, "en", ["His Royal Highness Prince Jo TEST"]),
        ({"form_of_address": "El Hadj", "name": "Jo TEST"}, "fr", ["Son Excellence El Hadj Jo TEST"]),
        ({"name": "윤 TEST 대사"}, "en", ["H.E. 윤 TEST"]),
        ({"name": "Jo McTEST"}, "ar", ["سعادة Jo McTEST", "بصفة الممثل الدائم"]),
    ],
)  # fmt: skip
def test_courtesy_and_offices_of_other_languages_come_out_in_the_letters_own(
    cells: dict[str, Any], language: str, lines: list[str]
) -> None:
    assert list(said(language, **cells).inside[: len(lines)]) == lines


@pytest.mark.parametrize(
    ("title", "french"),
    [
        ("First Secretary, Human Rights", "Première Secrétaire (droits de l'homme)"),
        ("Human Rights Counsellor", "Conseillère (droits de l'homme)"),
        ("Counsellor for humanitarian affairs", "Conseillère (affaires humanitaires)"),
        ("Defence Attaché", "Attachée de défense"),
        ("Agregada Militar", "Attachée militaire"),
        ("Press Attaché", "Attachée (presse)"),
        ("Counsellor (Ocean Matters)", "Conseillère"),
        ("Ambassador's Assistant", "Ambassador's Assistant"),
        ("Head of Section", "Head of Section"),
        ("Conseillère chargée des droits de l'Homme", "Conseillère chargée des droits de l'Homme"),
        ("Primera Secretaria (DDHH)", "Première Secrétaire (droits de l'homme)"),
        ("Min. Couns. & DPR", "Ministre conseillère, Représentante permanente adjointe"),
        ("2nd Sec.", "Deuxième Secrétaire"),
        ("Segunda Secretaria", "Deuxième Secrétaire"),
    ],
)
def test_what_an_office_is_about_is_said_in_the_letters_language(title: str, french: str) -> None:
    assert said("fr", EXPERT, form_of_address="Ms.", name="Ada TEST", title=title).inside[1] == french


def test_honours_behind_a_name_are_none_of_the_family_name() -> None:
    for name, greeting in {
        "Jo TEST KCMG": "Dear Mr. TEST,", "Jo TEST, PhD": "Dear Mr. TEST,", "Jo McTEST, Jr.": "Dear Mr. McTEST,",
        "Jo van der TEST": "Dear Mr. van der TEST,",
    }.items():  # fmt: skip
        found = said("en", EXPERT, form_of_address="Mr.", name=name)
        assert (found.inside[0], found.salutation) == (f"Mr. {name}", greeting)
    assert said("es", EXPERT, name="Jo TEST", title="Segundo Secretario").inside[1] == "Segundo Secretario"
    assert said("en", EXPERT, name="Mag. Dr. Ada TEST").salutation == "Dear Dr. TEST,"


WORDS = [
    *sorted(lexicon().honorifics), *sorted(lexicon().offices), "Ada", "TEST", "McTEST", "PhD", "Jr.", "(ret.)", "(Dr.)",
    ",", "/", "-", "and", "of", "Kenya", "to the UN", "vacant", "李四大使", "و", "{call}", "\u202b",
]  # fmt: skip
CELLS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


@settings(max_examples=examples(300), deadline=None)
@given(CELLS, CELLS, CELLS, st.sampled_from(Role), st.sampled_from(Language), st.sampled_from(["FRA", "VAT", "XOF"]))
def test_whatever_a_sheet_says_each_line_says_something(
    form: str, name: str, title: str, role: Role, language: Language, iso3: str
) -> None:
    found = address(shipped_mission(iso3), contact(role, form_of_address=form, name=name, title=title), language)
    for line in (*found.inside, found.salutation, found.closing):
        assert line.strip()
        assert "  " not in line
        assert not re.search(r"\{(?!call\})", line)


def test_who_leads_an_organisation_at_its_own_seat_is_no_ambassador() -> None:
    found = said("fr", iso3="XRC", name="Prof. Dr. Jo TEST", title="Head of Delegation", form_of_address="Mr.")
    assert found.inside == (
        "Monsieur le Professeur Jo TEST", "Chef de la délégation", "Comité international de la Croix-Rouge",
    )  # fmt: skip
    assert found.salutation == "Monsieur,"
    box = [said(str(language), Role.GENERAL, "XRC").salutation for language in Language]
    assert box == [
        "Dear Sir or Madam,", "Madame, Monsieur,", "Estimada señora, estimado señor:", "السيدات والسادة،", "敬启者：",
        "Уважаемые дамы и господа,",
    ]  # fmt: skip
    assert said("en", Role.GENERAL, "XRC", name="Ada TEST").salutation == "Dear Ada TEST,"
    assert said("en", iso3="XRC", name="Ada TEST", title="President").inside[:2] == ("Ada TEST", "President")
    secretary = said("fr", iso3="XOI", name="H.E. Mr. Jo TEST", title="Secretary-General")
    assert secretary.salutation == "Monsieur le Secrétaire général,"
    assert "Monsieur le Secrétaire général" in secretary.closing
    assert said("en", iso3="XOI", name="H.E. Ms. Ada TEST", title="Ambassador").salutation == "Excellency,"


@pytest.mark.parametrize(
    ("language", "lines", "salutation"),
    [
        ("en", ("H.E. Ms. Ada TEST", "Minister for Foreign Affairs", "Republic of Malta"), "Madam Minister,"),
        (
            "fr",
            ("Son Excellence Madame Ada TEST", "Ministre des affaires étrangères", "République de Malte"),
            "Madame la Ministre,",
        ),
        (
            "es",
            ("Excma. Sra. Ada TEST", "Ministra de Relaciones Exteriores", "República de Malta"),
            "Señora Ministra:",
        ),
        (
            "ru",
            ("Ее Превосходительству г-же Ada TEST", "Министру иностранных дел", "Республика Мальта"),
            "Уважаемая госпожа Министр,",
        ),
        ("ar", ("سعادة السيدة Ada TEST", "وزيرة الخارجية", "جمهورية مالطة"), "سعادة الوزيرة،"),
        ("zh", ("Ada TEST女士阁下", "外交部长", "马耳他共和国"), "尊敬的部长女士阁下："),
    ],
)
def test_a_minister_for_foreign_affairs_is_written_to_as_one_by_way_of_the_mission(
    language: str, lines: tuple[str, ...], salutation: str
) -> None:
    title = "Minister for Foreign Affairs of Malta"
    found = said(language, Role.GENERAL, "MLT", name="H.E. Ms. Ada TEST", title=title)
    assert (found.rank, found.inside, found.salutation) == (Rank.MINISTER, lines, salutation)
    assert said(language, Role.GENERAL, "MLT", title="Minister (vacant)").rank is Rank.MISSION


@pytest.mark.parametrize(
    ("language", "office"),
    [
        ("es", "Embajadora, Representante Permanente designada"), ("zh", "大使、候任常驻代表"),
        ("ru", "Послу, назначенному Постоянному представителю"), ("ar", "السفيرة، الممثلة الدائمة المعيَّنة"),
    ],
)  # fmt: skip
def test_who_has_not_yet_presented_credentials_is_designate_in_every_language(language: str, office: str) -> None:
    for title in ("Ambassador, PR-designate", "Ambassadrice, Représentante permanente désignée", "大使、候任常驻代表"):
        assert said(language, form_of_address="Ms.", name="Ada TEST", title=title).inside[1] == office


def test_honours_behind_a_name_stay_in_the_address_and_out_of_the_salutation() -> None:
    found = said("ar", name="The Hon. Jo TEST, P.C.")
    assert (found.inside[0], found.salutation) == ("سعادة Jo TEST, P.C.", "سعادة Jo TEST،")


def test_a_title_without_a_name_is_no_fault() -> None:
    assert said("en", EXPERT, form_of_address="Sir").salutation == "Dear Sir,"


def test_a_letter_that_greets_by_name_ends_sincerely_and_one_with_a_call_repeats_it() -> None:
    assert said("en", Role.DEPUTY, name="Jo TEST").closing == "Yours sincerely,"
    assert "señora Representante" in said("es", Role.DEPUTY, form_of_address="Ms.", name="Ada TEST").closing


ROLES = {"PR": Role.PERMANENT_REPRESENTATIVE, "DPR": Role.DEPUTY, "EXP": Role.HUMAN_RIGHTS_EXPERT, "GEN": Role.GENERAL}


def people() -> list[dict[str, str]]:
    with Path(__file__).with_name("people.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", people(), ids=lambda row: f"{row['form_of_address']} {row['name']} {row['title']}")
def test_a_row_of_a_sheet_in_english_and_french(row: dict[str, str]) -> None:
    cells = {key: row[key] for key in ("form_of_address", "name", "title")}
    for language in ("en", "fr"):
        found = said(language, ROLES[row["role"]], row["iso3"], **cells)
        assert list(found.inside[:-2]) == [line for key in ("person", "office") if (line := row[f"{language}_{key}"])]
        assert found.salutation == row[f"{language}_salutation"]
        call = found.salutation.rstrip(",")
        assert call in found.closing or call.startswith("Dear ")


def test_every_call_comes_back_in_the_close_of_the_languages_that_repeat_it() -> None:
    for form, title, role in itertools.product(FORMS, ["", "Chargé d'affaires a.i."], Role):
        for language in ("fr", "en"):
            found = said(language, role, title=title, gender_form=form, name="A B")
            call = found.salutation.rstrip(",")
            if not call.startswith("Dear"):
                assert call in found.closing
    for language in Language:
        call = collective(language).rstrip(",،:：")
        plural = {"es": "Vuestras Excelencias", "zh": "敬意"}.get(language, call)
        assert plural in collective_closing(language)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["Permanent Mission of the Republic of Peru", "to the United Nations Office at Geneva"]),
        ("fr", ["Mission permanente de la République du Pérou", "auprès de l'Office des Nations Unies à Genève"]),
        ("es", ["Misión Permanente de la República del Perú", "ante la Oficina de las Naciones Unidas en Ginebra"]),
        ("ar", ["البعثة الدائمة لجمهورية بيرو", "لدى مكتب الأمم المتحدة في جنيف"]),
        ("zh", ["秘鲁共和国常驻联合国日内瓦办事处代表团"]),
        ("ru", ["Постоянное представительство Республики Перу",
                "при Отделении Организации Объединенных Наций в Женеве"]),
    ],
)  # fmt: skip
def test_the_mission_in_each_language(language: str, lines: list[str]) -> None:
    assert mission_lines(shipped_mission("PER"), Language(language)) == lines


def test_a_mission_in_new_york_is_not_said_to_be_in_geneva() -> None:
    for language in Language:
        said_of = " ".join(mission_lines(shipped_mission("TUV"), language))
        assert not re.search("Genev|Genèv|Ginebr|جنيف|日内瓦|Женев", said_of)


def test_every_mission_has_its_lines_in_every_language() -> None:
    for iso3, language in itertools.product(addressees(), Language):
        lines = mission_lines(shipped_mission(iso3), language)
        assert all(line.strip() and "{" not in line for line in lines)


@pytest.mark.parametrize(
    ("language", "name", "title", "said_so"),
    [
        ("zh", "Sheikh Jo TEST", "", ("谢赫Jo TEST阁下", "大使、常驻代表")),
        ("zh", "General Jo TEST", "", ("Jo TEST将军阁下", "大使、常驻代表")),
        ("ru", "Ms. Jo TEST", "Counsellor, Human Rights", ("Г-же Jo TEST", "Советнику по правам человека")),
        ("ar", "General Jo TEST", "", ("سعادة الفريق أول Jo TEST", "السفير، الممثل الدائم")),
    ],
)
def test_titles_stand_where_the_language_has_them(
    language: str, name: str, title: str, said_so: tuple[str, str]
) -> None:
    role = Role.HUMAN_RIGHTS_EXPERT if title else Role.PERMANENT_REPRESENTATIVE
    assert said(language, role, "KWT", name=name, title=title).inside[:2] == said_so
