"""Kinds of lists that diplomats make by habit: protocol's lists, sign-in sheets, the shape of the Blue Book."""

import pytest
from missions_books import MakeBook, taken
from sqlalchemy import Engine

from outreach.missions.facts import find_state
from outreach.vocabulary import GenderForm, Role

HEAD, EXPERT, GENERAL = Role.PERMANENT_REPRESENTATIVE, Role.HUMAN_RIGHTS_EXPERT, Role.GENERAL


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("1. Mali", "MLI"), ("2) Chile", "CHL"), ("(3) Oman", "OMN"), ("4 - Latvia", "LVA"), ("No. 5: Peru", "PER"),
        ("Mali (member 2025-2027)", "MLI"), ("Chile (Observer State)", "CHL"), ("European Union – observer", "EUE"),
        ("12. Korea", None), ("African Group – 2024", None), ("State", None), ("Congo (Brazzaville)", "COG"),
    ],
)  # fmt: skip
def test_what_stands_around_the_name_of_a_state(text: str, iso3: str | None) -> None:
    found = find_state(text)
    assert (found.iso3 if found else None) == iso3


def test_a_list_of_protocol(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Order", "State", "Head of Mission", "Spouse", "Credentials", "E-mail"],
        ["1", "Mali", "H.E. Mr. Bo LIM", "Mrs. Ana Lim", "12.03.2019", "a@mli.example"],
        ["", "CHARGÉS D'AFFAIRES A.I.", "", "", "", ""],
        ["2", "Chile", "Ms. Eva SOL", "", "", "b@chl.example"],
    ]
    found, _ = taken(engine, book({"List": rows}))
    lim, sol = found["a@mli.example"], found["b@chl.example"]
    assert (lim.name, lim.role, lim.gender_form, lim.title) == ("Bo LIM", HEAD, GenderForm.MASCULINE, "")
    assert (sol.name, sol.role, sol.title) == ("Eva SOL", HEAD, "Chargé d'affaires a.i.")


def test_who_stands_beside_an_ambassador_is_none(engine: Engine, book: MakeBook) -> None:
    functions = [
        "Spouse of the Ambassador",
        "Private Secretary of the Permanent Representative",
        "Épouse du Chef de mission",
    ]
    rows = [["State", "Name", "Function", "E-mail"]]
    rows += [["Mali", f"Ana Li{n}", one, f"a{n}@mli.example"] for n, one in zip("xyz", functions, strict=True)]
    found, _ = taken(engine, book({"List": rows}))
    assert {one.role for one in found.values()} == {GENERAL}


def test_the_shape_of_the_blue_book(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["MALI", ""], ["Address", "12 rue Test"], ["E-mail", "office@mli.example"], ["National Day", "22 September"],
        ["H.E. Mr. Bo Lim", "Ambassador, Permanent Representative"], ["Ms. Awa Sy", "Counsellor"], ["", ""],
        ["CHILE", ""], ["E-mail", "office@chl.example"], ["H.E. Ms. Eva Sol", "Ambassador, Permanent Representative"],
    ]  # fmt: skip
    found, _ = taken(engine, book({"List": rows}))
    assert {one: (contact.name, contact.role) for one, contact in found.items()} == {
        "office@mli.example": ("Bo Lim", HEAD),
        "office@chl.example": ("Eva Sol", HEAD),
    }


def test_a_legend_that_says_who_has_left_is_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [["Mission", "Name", "St.", "E-mail"], ["Mali", "Bo Lim", "A", "a@mli.example"], ["Chile", "Eva Sol", "R", "b@chl.example"], ["", "", "", ""], ["A = in post, R = returned to capital", "", "", ""]]  # fmt: skip  # noqa: E501
    _, asked = taken(engine, book({"List": rows}))
    assert "R: returned to capital" in asked


def test_two_people_a_row_have_the_address_beside_them(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "Delegate", "E-mail", "Alternate", "E-mail"],
        ["Mali", "Bo Lim", "bo@mli.example", "Awa Sy", "awa@mli.example"],
        ["Chile", "", "", "Eva Sol", "eva@chl.example"],
    ]
    found, _ = taken(engine, book({"List": rows}))
    assert {contact.name for contact in found.values()} == {"Bo Lim", "Awa Sy", "Eva Sol"}
    assert found["awa@mli.example"].name == "Awa Sy"


def test_addresses_not_for_mailings_are_not_written_to(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Mission", "Name", "Official e-mail", "Private e-mail (emergencies only, not for mailings)"],
        ["Mali", "Bo Lim", "bo@mli.example", "bo@private.example"],
        ["Chile", "Eva Sol", "eva@chl.example", ""],
    ]
    found, asked = taken(engine, book({"List": rows}))
    assert found.keys() == {"bo@mli.example", "eva@chl.example"}
    assert "says that it is old" in asked
