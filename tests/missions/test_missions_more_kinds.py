"""Further kinds of lists that nobody had prepared the reader for: who a cell, a column or a colour is about."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from missions_books import rows_of
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import Problem, SheetError
from outreach.missions.facts import by_m49, find_state, states
from outreach.missions.importer import import_file
from outreach.missions.lists.headings import Heading, heading
from outreach.missions.lists.people_words import excludes, is_vacant, says_gone, split_person, successor
from outreach.missions.lists.plain_people import is_of_the_past
from outreach.models import Contact
from outreach.vocabulary import GenderForm, Role

TODAY = date(2026, 11, 27)


def take(
    engine: Engine, tmp_path: Path, rows: Sequence[Sequence[object]], fills: dict[str, str] | None = None
) -> tuple[dict[str, Contact], list[str]]:
    """Import a sheet of these rows, every question answered yes; return who is written to, and what was asked."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for place, colour in (fills or {}).items():
        sheet[place].fill = PatternFill("solid", fgColor=colour)
    book.save(tmp_path / "list.xlsx")
    asked: list[str] = []

    def agree(guesses: Sequence[Problem]) -> bool:
        asked.extend(str(one) for one in guesses)
        return True

    import_file(engine, tmp_path / "list.xlsx", ask=agree, by=named("Ana"))
    return {one.email: one for one in rows_of(engine, Contact) if one.active}, asked


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("🇧🇹", "BTN"), (" 🇳🇪 ", "NER"), ("FYR Macedonia", "MKD"), ("The former Yugoslav Republic of Macedonia", "MKD"),
        ("Holy See (Apostolic Nunciature)", "VAT"), ("Saint-Siège (Nonciature apostolique)", "VAT"),
        ("Chile (Permanent Mission)", "CHL"), ("Guinea (Bissau)", None), ("Congo (Mission)", "COG"), ("🇪🇺🇧🇹", None),
    ],
)  # fmt: skip
def test_states_by_flag_and_by_what_they_have_there(text: str, iso3: str | None) -> None:
    found = find_state(text)
    if text == "Guinea (Bissau)":
        assert found is None or found.iso3 == "GNB", "never the other one"
        return
    assert (found and found.iso3) == iso3


def test_every_state_has_a_number_of_its_own() -> None:
    assert {one.iso3 for one in by_m49().values()} == states().keys()
    assert len(by_m49()) == len(states())
    assert by_m49()[756].iso3 == "CHE"


def test_numbers_are_states_below_a_heading_that_says_so_and_nowhere_else(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("UN M49", "Name of contact", "E-mail"),
        (36, "Ada Test", "a@one.example"),
        ("040", "Bo Test", "b@two.example"),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert {one.email: one.iso3 for one in found.values()} == {"a@one.example": "AUS", "b@two.example": "AUT"}
    assert heading("M49 code") == Heading("m49")
    assert find_state("36") is None


@pytest.mark.parametrize(
    ("text", "kind", "role", "whose"),
    [
        ("Surname Permanent Representative", "last", Role.PERMANENT_REPRESENTATIVE, "permanent representative"),
        ("Deputy first name", "first", Role.DEPUTY, "deputy"),
        ("Prefix Human rights expert", "prefix", Role.HUMAN_RIGHTS_EXPERT, "human rights expert"),
        ("Contact First Name", "first", None, ""),
        ("Individual Prefix", "prefix", None, ""),
        ("E-mail of a colleague to copy (optional)", "cc", None, ""),
        ("Primäre E-Mail-Adresse", "email", None, ""),
        ("Personal e-mail", "email", None, ""),
        ("Is Deceased", "optout", None, ""),
    ],
)
def test_headings(text: str, kind: str, role: Role | None, whose: str) -> None:
    found = heading(text)
    assert found is not None
    assert (found.kind, found.role, found.whose) == (kind, role, whose)


def test_two_rows_of_headings_name_two_people_of_each_mission(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("Country", "Permanent Representative", None, None, None, "Human rights expert", None, None),
        (None, "Prefix", "Surname", "Given name", "E-mail", "Surname", "Given name", "E-mail"),
        ("Estonia", "H.E. Ms.", "Tamm", "Kadri", "kadri@est.example", "Saar", "Jüri", "juri@est.example"),
        ("Zambia", "H.E. Mr.", "Banda", "Mutale", "mutale@zmb.example", "Phiri", "Grace", "grace@zmb.example"),
        ("Fiji", "H.E. Ms.", "Vaka", "Litia", "litia@fji.example", None, None, None),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert {one.name for one in found.values()} == {
        "Kadri Tamm", "Jüri Saar", "Mutale Banda", "Grace Phiri", "Litia Vaka"
    }  # fmt: skip
    kadri, juri = found["kadri@est.example"], found["juri@est.example"]
    assert (kadri.role, kadri.gender_form) == (Role.PERMANENT_REPRESENTATIVE, GenderForm.FEMININE)
    assert (juri.role, juri.gender_form, juri.form_of_address) == (Role.HUMAN_RIGHTS_EXPERT, None, "")


def test_a_name_above_the_address_in_its_cell_is_whose_it_is(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("State", "Permanent Representative", "Human rights officer", "Private office"),
        ("Benin", "Alice Dosso\nalice@ben.example", "Rita Zinsou – rita@ben.example", "cabinet@ben.example"),
        ("Cyprus", "Nikos Lambri\nnikos@cyp.example", "vacant", "cabinet@cyp.example"),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert {email: (one.name, one.role) for email, one in found.items()} == {
        "alice@ben.example": ("Alice Dosso", Role.PERMANENT_REPRESENTATIVE),
        "rita@ben.example": ("Rita Zinsou", Role.HUMAN_RIGHTS_EXPERT),
        "cabinet@ben.example": ("", Role.GENERAL),
        "nikos@cyp.example": ("Nikos Lambri", Role.PERMANENT_REPRESENTATIVE),
        "cabinet@cyp.example": ("", Role.GENERAL),
    }


@pytest.mark.parametrize(
    ("cell", "after", "gone"),
    [
        ("Mads Holm (left August 2019), now: Freja Lind", "Freja Lind", ""),
        ("Somchai Pras, replaced by Malee Wong", "Malee Wong", ""),
        ("Jean Test → remplacé par Anne Essai", "Anne Essai", ""),
        ("Karl Zamm, retired in 2021", "", "retired in 2021"),
        ("Ana Lirio, Minister Counsellor", "", ""),
        ("Newton Now", "", ""),
        ("Ms. Nueva Rosa", "", ""),
    ],
)
def test_who_came_after_and_who_is_gone(cell: str, after: str, gone: str) -> None:
    assert successor(cell) == after
    assert says_gone(cell) == gone


@pytest.mark.parametrize(
    ("words", "past"),
    [
        ("old: ", True), ("(until 2020)", True), ("bounced", True), ("ancienne adresse", True),
        ("(until 2030)", False), ("until further notice", False), ("secretariat", False), ("", False), ("Tel ", False),
    ],
)  # fmt: skip
def test_what_stands_beside_an_address_may_say_that_it_is_old(words: str, past: bool) -> None:
    assert is_of_the_past(words, TODAY) is past


def test_old_addresses_in_a_cell_are_left_out_if_a_person_agrees(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("Country", "Contact", "E-mail"),
        ("Uruguay", "Inés Calv", "old: ines@ury.example; new: icalv@ury.example"),
        ("Thailand", "Somchai Pras, replaced by Malee Wong", "somchai@tha.example (until 2020), malee@tha.example"),
        ("Malta", "Karl Zamm, retired in 2021", "karl@mlt.example"),
        ("Kenya", "Wanjiru Kamo", "wanjiru@ken.example"),
    ]
    found, asked = take(engine, tmp_path, rows)
    assert {email: one.name for email, one in found.items()} == {
        "icalv@ury.example": "Inés Calv", "malee@tha.example": "Malee Wong", "wanjiru@ken.example": "Wanjiru Kamo"
    }  # fmt: skip
    assert any("addresses that are said to be old are not written to" in one for one in asked)
    assert any("the one who came after is named" in one for one in asked)


def test_a_comma_in_place_of_a_dot_is_asked_about_and_not_written_to(engine: Engine, tmp_path: Path) -> None:
    rows = [("Country", "E-mail"), ("Togo", "mission@tgo,mission.example"), ("Peru", "mission@per.example")]
    found, asked = take(engine, tmp_path, rows)
    assert set(found) == {"mission@per.example"}
    assert any("no address can be read" in one for one in asked)


def test_a_legend_says_what_a_colour_means(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("Country", "Name", "E-mail"),
        ("Latvia", "Ilze Berz", "mission@lva.example"),
        ("Ghana", "Yaa Boat", "mission@gha.example"),
        ("Cuba", "Yaima Torr", "mission@cub.example"),
        (None, None, None),
        ("Legend", None, None),
        (None, "do not contact", None),
        (None, "confirmed by telephone", None),
    ]
    red, green = "FF9999", "99FF99"
    fills = {"A3": red, "B3": red, "C3": red, "A2": green, "B2": green, "C2": green, "A7": red, "A8": green}
    found, asked = take(engine, tmp_path, rows, fills)
    assert set(found) == {"mission@lva.example", "mission@cub.example"}
    assert any("do not contact" in one for one in asked)


def test_what_a_program_writes_where_nobody_chose_says_less_than_a_title(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("Titre", "Prénom", "Nom", "Pays", "E-mail", "Sexe"),
        ("Mme", "Hélène", "Kouass", "Gabon", "h@gab.example", "Non spécifié"),
        ("M.", "Noël", "Mboum", "Togo", "n@tgo.example", "Non spécifié"),
        ("Mme", "Zoé", "Vand", "Tchad", "z@tcd.example", "masculin"),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert found["h@gab.example"].gender_form is GenderForm.FEMININE
    assert found["n@tgo.example"].gender_form is GenderForm.MASCULINE
    assert found["z@tcd.example"].gender_form is GenderForm.MASCULINE, "what somebody chose goes before"


def test_a_report_with_sums_names_each_mission_once_above_its_people(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("Account Name", "First Name", "Last Name", "Title", "Email", "Mailing Country"),
        ("Permanent Mission of Kenya", "Wanjiru", "Kamo", "Permanent Representative", "w@ken.example", "Switzerland"),
        ("Subtotal", "Count", 1, None, None, None),
        ("Permanent Mission of Peru", "Ana", "Sotel", "Permanent Representative", "a@per.example", "Switzerland"),
        (None, "Luis", "Barri", "Human Rights Expert", "l@per.example", "Switzerland"),
        ("Subtotal", "Count", 2, None, None, None),
        ("Total", "Count", 3, None, None, None),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert {email: one.iso3 for email, one in found.items()} == {
        "w@ken.example": "KEN", "a@per.example": "PER", "l@per.example": "PER"
    }  # fmt: skip


def test_missions_are_not_written_to_as_their_host_though_none_of_their_names_is_known(
    engine: Engine, tmp_path: Path
) -> None:
    rows = [
        ("Firma", "Land/Region geschäftlich", "Vorname", "Nachname", "E-Mail-Adresse"),
        ("Ständige Vertretung Serbiens", "Schweiz", "Ida", "Test", "i@srb.example"),
        ("Ständige Vertretung Belgiens", "Schweiz", "Jo", "Test", "j@bel.example"),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert {email: one.iso3 for email, one in found.items()} == {"i@srb.example": "SRB", "j@bel.example": "BEL"}
    path = tmp_path / "unknown.csv"
    path.write_text(
        "Firma;Land;E-Mail\nPermanent Mission of Ruritania;CHE;a@b.example\nMission of Elbonia;CHE;c@d.example"
    )
    with pytest.raises(SheetError, match="Firma"):
        import_file(engine, path, by=named("Ana"))


def test_headings_over_some_columns_and_lines_of_several_people(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ("State", "Permanent Representative", None, "Deputy Permanent Representative", None, "Box"),
        (None, "Name", "E-mail", "Name", "E-mail", None),
        ("Peru", "Ms. Ana Test", "a@per.example", "Mr. Bo Test", "b@per.example", "box@per.example"),
        ("Chile", "Ms. Cy Test", "c@chl.example", "", "", "box@chl.example"),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert set(found) == {"a@per.example", "b@per.example", "box@per.example", "c@chl.example", "box@chl.example"}
    assert found["b@per.example"].name == "Bo Test"
    rows = [
        ("State", "Name, function", "Function", "E-mail"),
        (
            "Togo",
            "Ms. Dia Test\nMr. Ed Test",
            "Permanent Representative\nHuman rights expert",
            "d@t.example\ne@t.example",
        ),
        ("Mali", "H.E. Ms. Flo Test\nAmbassador, Permanent Representative", "", "f@mli.example"),
        ("Niger", "Ms. Gil Test, Social Secretary to the Ambassador", "", "g@ner.example"),
    ]
    found, _ = take(engine, tmp_path, rows)
    assert [(found[mail].name, str(found[mail].role)) for mail in ("d@t.example", "e@t.example", "g@ner.example")] == [
        ("Dia Test", "permanent representative"), ("Ed Test", "human-rights expert"), ("Gil Test", "general")
    ]  # fmt: skip
    assert found["f@mli.example"].name == "Flo Test"


@pytest.mark.parametrize(
    ("words", "out"),
    [
        ("no longer on leave", ""), ("bounces every time", "gone"), ("niet aanschrijven", "stopped"),
        ("niet meer in functie", "gone"), ("not yet written to", ""),
    ],
)  # fmt: skip
def test_remarks_that_exclude_and_that_only_look_so(words: str, out: str) -> None:
    assert excludes(words, remark=True) == out


def test_fillers_and_articles_are_nobodys_name() -> None:
    assert is_vacant("xxx")
    assert is_vacant("vago")
    assert not is_vacant("Li")
    assert split_person("S.E. la Signora Ida Test").name == "Ida Test"
