"""Kinds of lists of a sixth gathering: sheets of one mission, blocks of PDFs, who keeps the list, words of others."""

import pytest
from missions_books import MakeBook, taken
from sqlalchemy import Engine

from outreach.missions.facts import find_state
from outreach.missions.lists.people_words import is_function, is_vacant, role_of
from outreach.vocabulary import Role

HEADS = ["Name", "Function", "E-mail"]


def test_a_sheet_of_one_mission_needs_no_column_of_states(engine: Engine, book: MakeBook) -> None:
    found, asked = taken(
        engine,
        book({
            "Ghana": [HEADS, ["Kofi Nhwe", "Second Secretary", "k@gha.example"]],
            "2": [["Permanent Mission of Peru"], [], HEADS, ["Ana Muestra", "DPR", "a@per.example"]],
        }),
    )  # fmt: skip
    assert {one.iso3: one.name for one in found.values()} == {"GHA": "Kofi Nhwe", "PER": "Ana Muestra"}
    assert "rows without a state are taken for the one above: 2 (GHA)" in asked


def test_a_table_under_each_mission_is_that_missions(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["PERU"], HEADS, ["Ana Muestra", "DPR", "a@per.example"], [],
        ["CHILE"], HEADS, ["Luz Ejemplo", "Expert", "l@chl.example"], ["Rita Ejemplo", "Attaché", "r@chl.example"], [],
        ["FIJI"], ["Sera Ivaka", "Attaché", "s@fji.example"],
    ]  # fmt: skip
    found, _ = taken(engine, book({"List": rows}))
    assert {key: one.iso3 for key, one in found.items()} == {
        "a@per.example": "PER", "l@chl.example": "CHL", "r@chl.example": "CHL", "s@fji.example": "FJI",
    }  # fmt: skip


def test_a_column_called_addresses_that_holds_none_is_a_status(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["País", "Correo electrónico", "Estado del correo", "E-mail type"],
        ["Panamá", "a@pan.example", "activo", "Work"], ["Perú", "a@per.example", "rebotado", "Work"],
    ]  # fmt: skip
    found, _ = taken(engine, book({"Lista": rows}))
    assert found.keys() == {"a@pan.example"}


def test_the_missions_box_is_not_the_counsellors_below_the_ambassador(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["PERU"], ["E-mail: box@per.example"], ["H.E. Ms. Ana Muestra"],
        ["Ambassador Extraordinary and Plenipotentiary, Permanent Representative (2 May 2022)"],
        ["Mr. Luis Ejemplo, Minister, Deputy Permanent Representative"],
        ["FIJI"], ["E-mail: box@fji.example"], ["Ms. Sera Ivaka"], ["Mr. Tom Vale, Deputy Permanent Representative"],
    ]  # fmt: skip
    found, _ = taken(engine, book({"List": rows}))
    assert {one.iso3: (one.name, one.role) for one in found.values()} == {
        "PER": ("Ana Muestra", Role.PERMANENT_REPRESENTATIVE),
        "FJI": ("", Role.GENERAL),
    }


def test_whoever_keeps_the_list_is_not_written_to(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "E-mail", "Our lead's e-mail", "In charge"],
        *([name, f"a@{iso3}.example", f"{who}@team.example", f"{who}@office.example"]
          for name, iso3, who in (("Peru", "per", "eva"), ("Fiji", "fji", "tom"), ("Kenya", "ken", "eva"),
                                  ("Malta", "mlt", "tom"))),
    ]  # fmt: skip
    found, asked = taken(engine, book({"List": rows}))
    assert found.keys() == {"a@per.example", "a@fji.example", "a@ken.example", "a@mlt.example"}
    assert "addresses that stand beside what is read are not written to" in asked


def test_an_old_sheet_is_left_out_and_excludes_nobody(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "E-mail"], ["Peru", "a@per.example"]]
    found, asked = taken(engine, book({"now": rows, "2023 (old)": [*rows, ["Fiji", "a@fji.example"]]}))
    assert found.keys() == {"a@per.example"}
    assert "called old" in asked


def test_a_sheet_that_is_not_read_and_has_the_same_addresses_is_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "E-mail"], ["Peru", "a@per.example"], ["Fiji", "a@fji.example"]]
    _, asked = taken(engine, book({"List": rows, "Lopetaneet": [["Osoite"], ["A@fji.example"]]}))
    assert "their addresses stand in the sheet Lopetaneet too" in asked
    assert "3 (a@fji.example)" in asked
    found, _ = taken(engine, book({"List": rows, "Opt outs": [["Address"], ["A@fji.example"]]}))
    assert found.keys() == {"a@per.example"}


def test_two_contacts_by_number_have_a_name_and_an_address_each(engine: Engine, book: MakeBook) -> None:
    heads = ["Mission", "Contact 1", "Function 1", "E-mail 1", "Contact 2", "Function 2", "E-mail 2"]
    row = ["Peru", "Ana Muestra", "DPR", "a@per.example", "Luz Ejemplo", "Attaché", "l@per.example"]
    found, _ = taken(engine, book({"List": [heads, row]}))
    assert {key: one.name for key, one in found.items()} == {
        "a@per.example": "Ana Muestra",
        "l@per.example": "Luz Ejemplo",
    }


def test_people_in_one_cell_have_their_own_functions(engine: Engine, book: MakeBook) -> None:
    cell = "Ana Muestra (Deputy Permanent Representative) a@per.example; Luz Ejemplo – l@per.example"
    found, _ = taken(engine, book({"HRC": [["State", "Who is there"], ["Peru", cell]]}))
    assert {one.name: one.role for one in found.values()} == {
        "Ana Muestra": Role.DEPUTY, "Luz Ejemplo": Role.GENERAL,
    }  # fmt: skip


def test_withdrawn_consent_and_a_no_to_letters_are_obeyed(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Mission", "Email", "Subscribed", "Consent withdrawn on"],
        ["Peru", "a@per.example", "TRUE", ""], ["Fiji", "a@fji.example", "FALSE", ""],
        ["Kenya", "a@ken.example", "TRUE", "2023-05-04"],
    ]  # fmt: skip
    found, _ = taken(engine, book({"List": rows}))
    assert found.keys() == {"a@per.example"}


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("Stały Przedstawiciel", Role.PERMANENT_REPRESENTATIVE), ("常駐代表", Role.PERMANENT_REPRESENTATIVE),
        ("Première secrétaire", None), ("Erster Sekretär", None), ("PA to the PR", Role.GENERAL),
    ],
)  # fmt: skip
def test_functions_are_known_in_one_place(words: str, role: Role | None) -> None:
    assert role_of(words)[0] is role
    assert role is not None or is_function(words)


def test_words_for_who_is_to_come_and_names_that_begin_alike() -> None:
    assert all(map(is_vacant, ("sera nommé", "wird noch ernannt", "will be appointed")))
    assert not any(map(is_vacant, ("Sera Nam", "Se Nam", "Will Nam")))


def test_states_in_further_languages() -> None:
    names = {"フランス": "FRA", "대한민국": "KOR", "Micronesia, Fed. Sts.": "FSM", "Franciaország": "FRA"}
    assert {name: found.iso3 for name in names if (found := find_state(name))} == names
