"""Kinds of lists as they come from many hands: former names, legends of colours, spoilt letters, links, greetings."""

import pytest
from missions_books import MakeBook, taken
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from sqlalchemy import Engine

from outreach.missions.books.cells import Cell, Sheet, mend_letters
from outreach.missions.lists.people_words import excludes, is_vacant, role_of, split_person
from outreach.text import unspoilt
from outreach.vocabulary import Role


def test_states_in_initials_and_by_former_names(engine: Engine, book: MakeBook) -> None:
    names = {"I.R. Iran": "IRN", "Eswatini (formerly Swaziland)": "SWZ", "CAR": "CAF", "P.N.G.": "PNG"}
    rows = [["Country", "E-mail"], *([name, f"a@{iso3.lower()}.example"] for name, iso3 in names.items())]
    found, asked = taken(engine, book({"List": rows}))
    assert {one.iso3 for one in found.values()} == set(names.values())
    assert asked == ""


def test_a_colour_holds_for_its_rows_as_the_legend_says(engine: Engine, book: MakeBook) -> None:
    def change(made: Workbook) -> None:
        for row, colour in ((1, "FF00B050"), (2, "FFFF0000"), (4, "FF00B050"), (5, "FFFF0000")):
            for cell in made["List"][row]:
                cell.fill = PatternFill("solid", fgColor=colour)

    rows = [
        ["green = supportive", "", ""], ["red = do not write to them any more", "", ""], ["Country", "Name", "E-mail"],
        ["Panama", "Itz Mu", "i@pan.example"], ["Bolivia", "Wa Eje", "w@bol.example"],
    ]  # fmt: skip
    found, asked = taken(engine, book({"List": rows}, change=change))
    assert found.keys() == {"i@pan.example"}
    assert "List!5: red = do not write to them any more" in asked
    assert "FFFF0000" not in asked


@pytest.mark.parametrize(
    ("spoilt", "text"),
    [
        ("SÃ©nÃ©gal", "Sénégal"), ("Ã‰lan", "Élan"), ("ÐŸÐµÑ€Ñƒ", "Перу"), ("NoÃƒÂ«l", "Noël"),
        ("São Tomé", "São Tomé"), ("Ångström", "Ångström"), ("Ã©tÃ© é", "Ã©tÃ© é"), ("Íñigo", "Íñigo"),
    ],
)  # fmt: skip
def test_spoilt_letters_are_mended_where_all_of_them_are(spoilt: str, text: str) -> None:
    assert unspoilt(spoilt) == text


def test_letters_that_are_mended_are_told(engine: Engine, book: MakeBook) -> None:
    rows = [["Pays", "Nom", "Courriel"], ["SÃ©nÃ©gal", "NoÃ«l KonÃ©", "a@sen.example"]]
    found, asked = taken(engine, book({"Liste": rows}))
    assert {one.iso3: one.name for one in found.values()} == {"SEN": "Noël Koné"}
    assert asked == ""
    (note,) = mend_letters([Sheet("L", rows={1: {1: Cell("NoÃ«l")}, 2: {1: Cell("Ana")}})])
    assert "letters that were spoilt are mended: A1 (Noël)" in str(note)


def test_a_link_by_a_formula_and_a_form_in_the_place_of_an_address(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "Name", "E-mail"], ["Slovakia", "Vi Vzo", '=HYPERLINK("mailto:v@svk.example","e-mail")'],
        ["Monaco", "Lu Ex", "contact form"], ["Mali", "Bo Li", "-"],
    ]  # fmt: skip
    found, asked = taken(engine, book({"List": rows}))
    assert found.keys() == {"v@svk.example"}
    assert "List!C3" in asked
    assert "List!C4" not in asked


@pytest.mark.parametrize(
    "text",
    [
        "unbesetzt", "see above", "Dear Ambassador", "Sehr geehrte Frau Botschafterin", "Chère Excellence",
        "Estimada Embajadora",
        "Chargé d'affaires a.i.", "Ambassador", "Dear Sir or Madam", "尊敬的大使", "شاغرة", "Poste non pourvu", "同上",
    ],
)  # fmt: skip
def test_what_names_nobody(text: str) -> None:
    assert split_person(text).name == ""


@pytest.mark.parametrize("name", ["Dearbhla Ní Riain", "Cher Wang", "Uta Blum", "Dorothea Dear", "Li Na"])
def test_a_name_that_begins_like_a_greeting_is_one(name: str) -> None:
    assert split_person(name).name == name
    assert not is_vacant(name)


def test_words_of_arabic_lists() -> None:
    assert role_of("المندوب الدائم")[0] is Role.PERMANENT_REPRESENTATIVE
    assert role_of("نائب المندوب الدائم")[0] is Role.DEPUTY
    for text in ("لا تتم مراسلته", "عدم التواصل", "please remove from list", "à retirer de la liste"):
        assert excludes(text, remark=True) == "stopped"
    assert excludes("تمت مراسلته", remark=True) == ""
