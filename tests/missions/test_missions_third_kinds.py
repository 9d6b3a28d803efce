"""Kinds of lists that a third bank of unseen books showed: each with people and addresses of its own."""

from collections.abc import Callable

import pytest
from missions_books import MakeBook, taken
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from sqlalchemy import Engine

from outreach.missions.books.cell_values import meant_state
from outreach.missions.facts import find_state
from outreach.missions.lists.headings import heading
from outreach.missions.lists.list_finder import is_like_a_name
from outreach.missions.lists.people_words import excludes, is_vacant, role_of, split_person
from outreach.vocabulary import Language, Role

FRA, CHL, MLI = ("France", "Ana Roy", "a@fra.example"), ("Chile", "Eva Sol", "b@chl.example"), ("Mali", "Uta Blum", "c@mli.example")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("header", "cells", "left"),
    [
        ("Hard bounce reason", ["", "UNKNOWN_USER", ""], {0, 2}),
        ("UNSUB_TIME", ["2024-01-05 10:00", "", ""], {1, 2}),
        ("email_is_bad", ["false", "true", "false"], {0, 2}),
        ("email_opt_in", ["true", "true", "false"], {0, 1}),
        ("HASOPTEDOUTOFEMAIL", ["false", "false", "true"], {0, 1}),
        ("Opted out of fax", ["true", "true", "true"], {0, 1, 2}),
        ("SMS status", ["unsubscribed", "unsubscribed", "unsubscribed"], {0, 1, 2}),
        ("Telephone", ["+41 22", "please send no more mails", "+41 23"], {0, 2}),
        ("Remarks", ["", "recalled, left Geneva on 30.11.2023", ""], {0, 2}),
        ("Liste noire e-mail", ["non", "oui", "non"], {0, 2}),
        ("In office?", ["TRUE", "FALSE", "TRUE"], {0, 2}),
    ],
)
def test_columns_that_say_who_is_not_written_to(
    engine: Engine, book: MakeBook, header: str, cells: list[str], left: set[int]
) -> None:
    rows = [["Country", "Name", "E-mail", header], *([*row, cell] for row, cell in zip((FRA, CHL, MLI), cells, strict=True))]  # fmt: skip  # noqa: E501
    found, _ = taken(engine, book({"List": rows}))
    assert found.keys() == {(FRA, CHL, MLI)[number][2] for number in left}


def test_each_of_several_columns_has_to_say_yes(engine: Engine, book: MakeBook) -> None:
    head = ["Country", "E-mail", "email_opt_in", "In office?"]
    rows = [head, ["France", "a@fra.example", "no", "yes"], ["Chile", "b@chl.example", "yes", "yes"]]
    assert taken(engine, book({"List": rows}))[0].keys() == {"b@chl.example"}


@pytest.mark.parametrize("beside", [True, False])
def test_a_title_above_a_table_says_that_those_in_it_are_not_written_to(
    engine: Engine, book: MakeBook, beside: bool
) -> None:
    head, title = ["Country", "Name", "E-mail"], "DO NOT WRITE TO"
    if beside:
        rows = [["Our list", "", "", "", title], [*head, "", "Country", "E-mail"], [*FRA, "", "Chile", CHL[2]], [*CHL]]
    else:
        rows = [head, [*FRA], [*CHL], [], [title], ["Country", "E-mail"], ["Chile", CHL[2]]]
    found, asked = taken(engine, book({"List": rows}))
    assert found.keys() == {FRA[2]}
    assert title in asked


def test_a_sheet_of_nobody_but_those_who_unsubscribed(engine: Engine, book: MakeBook) -> None:
    found, asked = taken(engine, book({"unsubscribed members": [["Country", "Name", "E-mail"], FRA, CHL]}))
    assert found == {}
    assert "nobody who stands there is written to" in asked


def test_a_position_may_be_a_stand_and_no_function(engine: Engine, book: MakeBook) -> None:
    head = ["Country", "Function", "Position", "E-mail"]
    rows = [head, ["France", "deputy", "undecided", FRA[2]], ["Chile", "expert", "in favour", CHL[2]]]
    found, asked = taken(engine, book({"List": rows}))
    assert found[FRA[2]].role is Role.DEPUTY
    assert "C (Position)" in asked


def test_years_of_a_term_end_nobodys_post(engine: Engine, book: MakeBook) -> None:
    rows = [["Members of the Council"], ["State", "Until", "E-mail"], ["France", 2023, FRA[2]], ["Chile", 2025, CHL[2]]]
    assert taken(engine, book({"List": rows}))[0].keys() == {FRA[2], CHL[2]}


def test_the_country_of_the_offices_is_no_mission(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "Member state", "E-mail"], ["CH", "France", FRA[2]], ["CH", "Chile", CHL[2]]]
    found, _ = taken(engine, book({"List": rows}))
    assert {one.iso3 for one in found.values()} == {"FRA", "CHL"}


def test_a_legend_on_another_sheet(engine: Engine, book: MakeBook) -> None:
    def colour(made: Workbook) -> None:
        for place in ("A3", "B3"):
            made["List"][place].fill = PatternFill("solid", fgColor="FFBFBFBF")
        made["Key"]["A1"].fill = PatternFill("solid", fgColor="FFBFBFBF")

    sheets = {"List": [["Country", "E-mail"], ["France", FRA[2]], ["Chile", CHL[2]]], "Key": [["", "left Geneva"]]}
    found, asked = taken(engine, book(sheets, change=colour))
    assert found.keys() == {FRA[2]}
    assert "left Geneva" in asked


def test_addresses_of_a_hidden_column_are_asked_about(engine: Engine, book: MakeBook) -> None:
    hide: Callable[[Workbook], object] = lambda made: setattr(made["List"].column_dimensions["C"], "hidden", True)  # noqa: E731
    rows = [["Country", "E-mail", "Private e-mail"], ["France", FRA[2], "home@fra.example"], ["Chile", CHL[2], ""]]
    assert "hidden column C" in taken(engine, book({"List": rows}, change=hide))[1]


def test_a_name_in_chinese_stands_together_family_first(engine: Engine, book: MakeBook) -> None:
    rows = [["国家", "名", "姓", "电子邮件"], ["法国", "明", "李", FRA[2]], ["智利", "Eva", "Sol", CHL[2]]]
    found, _ = taken(engine, book({"名单": rows}))
    assert {one.name for one in found.values()} == {"李明", "Eva Sol"}


def test_languages_are_known_in_further_languages(engine: Engine, book: MakeBook) -> None:
    rows = [["País", "Correio eletrónico", "Língua"], ["França", FRA[2], "inglês"], ["Chile", CHL[2], "espanhol"]]
    found, _ = taken(engine, book({"Lista": rows}))
    assert [found[FRA[2]].language, found[CHL[2]].language] == [Language.ENGLISH, Language.SPANISH]


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("Постоянное представительство Республики Перу при Отделении ООН", "PER"), ("Миссия Франции", "FRA"),
        ("البعثة الدائمة للبنان", "LBN"), ("البعثة الدائمة للمملكة الأردنية الهاشمية لدى الأمم المتحدة", "JOR"),
        ("智利共和国常驻联合国日内瓦办事处代表团", "CHL"), ("Missão Permanente do Chile", "CHL"),
        ("Ständige Vertretung der Republik Chile", "CHL"), ("Permanent Mission of Peru to the U.N.", "PER"),
        ("Missione permanente del Perù presso le Nazioni Unite", "PER"), ("República da China", None),
        ("república de China", None), ("Mission of Chile", "CHL"),
    ],
)  # fmt: skip
def test_missions_by_what_they_call_themselves(text: str, iso3: str | None) -> None:
    found = find_state(text)
    assert (found and found.iso3) == iso3


@pytest.mark.parametrize(
    ("text", "iso3"), [("Dahomey", "BEN"), ("Haute-Volta", "BFA"), ("Yugoslavia", None), ("Czechoslovakia", None)]
)
def test_names_that_no_state_bears_any_more_are_asked_about(text: str, iso3: str | None) -> None:
    assert find_state(text) is None
    found = meant_state(text)
    assert (found and found.iso3) == iso3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Rt. Hon. Jo Byrd", "Jo Byrd"), ("Rear Admiral Bo Lind", "Bo Lind"),
        ("Frau Botschafterin Mag. Ida Kern", "Ida Kern"),
        ("S. Ex.ª o Embaixador Rui Paz", "Rui Paz"), ("S.E. l'Amb. Ugo Rossi", "Ugo Rossi"),
        ("Dr. Ana Roy, OBE", "Ana Roy, OBE"),
        ("ROY, ANA", "ANA ROY"), ("Hon Sui Ling", "Hon Sui Ling"), ("Commander Kern", "Commander Kern"),
    ],
)  # fmt: skip
def test_forms_of_address_of_several_words_leave_the_name(text: str, name: str) -> None:
    assert split_person(text).name == name


@pytest.mark.parametrize("text", ["James McDaniel", "Vicente Ruiz", "Ana Advicek"])
def test_a_short_word_of_a_function_within_a_name_is_none(text: str) -> None:
    assert role_of(text) == (None, text)
    assert is_like_a_name(text)


def test_small_words() -> None:
    assert [is_vacant(text) for text in ("poste à pourvoir", "post to be filled", "Pourvoir")] == [True, True, False]
    assert [excludes(text, remark=True) for text in ("was here, left in May", "the left wing, in May")] == ["gone", ""]
    heads = [heading(text) for text in ("Bounce count", "Tipo de correo electrónico", "Opted out of fax")]
    assert [head and head.kind for head in heads] == [None, None, "none"]


def test_headings_in_two_lines_part_the_names_of_two_people(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Mission", "Chef de mission", "", "", "Point focal droits de l'homme", "", ""],
        ["", "Nom", "Prénom", "Courriel", "Nom", "Prénom", "Courriel"],
        ["Mali", "BLUM", "Uta", "a@mli.example", "SY", "Awa", "b@mli.example"],
        ["Chile", "vacant", "", "", "SOL", "Eva", "c@chl.example"],
    ]
    found, asked = taken(engine, book({"Missions": rows}))
    assert {one: (contact.name, contact.role) for one, contact in found.items()} == {
        "a@mli.example": ("Uta BLUM", Role.PERMANENT_REPRESENTATIVE),
        "b@mli.example": ("Awa SY", Role.HUMAN_RIGHTS_EXPERT),
        "c@chl.example": ("Eva SOL", Role.HUMAN_RIGHTS_EXPERT),
    }
    assert "only a part of the names" not in asked


@pytest.mark.parametrize(
    ("names", "addresses", "named"),
    [
        ("Uta Blum,Awa Sy", "uta@mli.example,awa@mli.example", {"uta": "Uta Blum", "awa": "Awa Sy"}),
        ("Uta Blum, Awa Sy, Eva Sol", "office@mli.example", {"office": ""}),
        ("Uta Blum and Awa Sy", "uta@mli.example; awa@mli.example", {"uta": "Uta Blum", "awa": "Awa Sy"}),
        ("Sousa Lima, Ana Maria", "office@mli.example", {"office": "Ana Maria Sousa Lima"}),
        ("Blum, Uta", "uta@mli.example; office@mli.example", {"uta": "Uta Blum", "office": "Uta Blum"}),
    ],
)
def test_a_cell_that_lists_people(
    engine: Engine, book: MakeBook, names: str, addresses: str, named: dict[str, str]
) -> None:
    rows = [["Mission", "Name", "E-mail"], ["Mali", names, addresses], ["Chile", "Rosa Vidal", "c@chl.example"]]
    found, _ = taken(engine, book({"List": rows}))
    assert {one.partition("@")[0]: contact.name for one, contact in found.items() if "mli" in one} == named


def test_somebody_who_will_leave_is_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [["Mission", "Name", "E-mail"], ["Mali", "Uta Blum (leaves in July)", "a@mli.example"], ["Chile", "Eva Sol", "c@chl.example"]]  # fmt: skip  # noqa: E501
    found, asked = taken(engine, book({"List": rows}))
    assert found["a@mli.example"].name == "Uta Blum"
    assert "people who will leave are still written to: 2 (leaves in July)" in asked
