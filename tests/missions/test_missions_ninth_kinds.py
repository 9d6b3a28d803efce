"""Lists in which something was taken for another address, another table or its opposite, and nobody was asked."""

import pytest
from missions_books import MakeBook, taken
from sqlalchemy import Engine


def test_an_own_column_is_filled_from_its_own_table_alone(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "Name", "Function", "E-mail"], ["Ghana", "Mr. Kwami Adosu", "Ambassador", "a@gha.example"], []]
    rows += [["Country", "E-mail", "Priority"], ["Japan", "b@jpn.example", "high"]]
    found, _ = taken(engine, book({"List": rows}))
    assert {key: dict(one.fields or {}) for key, one in found.items()} == {
        "a@gha.example": {}, "b@jpn.example": {"priority": "high"},
    }  # fmt: skip


@pytest.mark.parametrize("said", ["has not left", "not yet left", "not bounced", "no longer inactive", "no rebotado"])
def test_a_no_before_a_word_of_leaving_is_asked_about_and_excludes_nobody(
    engine: Engine, book: MakeBook, said: str
) -> None:
    rows = [["Country", "Name", "E-mail", "Status"], ["Malta", "Ms. Rita Test", "a@mlt.example", said]]
    found, asked = taken(engine, book({"List": rows}))
    assert set(found) == {"a@mlt.example"}
    assert said in asked


def test_a_column_that_says_who_has_left_speaks_of_its_own_address(engine: Engine, book: MakeBook) -> None:
    head = ["Mission", "E-mail", "Deputy", "Deputy e-mail", "Deputy unsubscribed"]
    rows = [head, ["Kenya", "a@ken.example", "Mr. Otto Test", "b@ken.example", "yes"]]
    found, _ = taken(engine, book({"List": rows}))
    assert set(found) == {"a@ken.example"}


def test_people_of_several_columns_keep_their_forms_and_titles(engine: Engine, book: MakeBook) -> None:
    head = ["Country", "PR name", "PR e-mail", "HR expert", "HR expert title", "HR expert e-mail"]
    rows = [head, ["Kenya", "H.E. Ms. Uta Test", "a@ken.example", "Mr. Bo Test", "First Secretary", "b@ken.example"]]
    found, _ = taken(engine, book({"List": rows}))
    shown = {key: (one.form_of_address, one.name, one.title) for key, one in found.items()}
    assert shown == {
        "a@ken.example": ("H.E. Ms.", "Uta Test", ""), "b@ken.example": ("Mr.", "Bo Test", "First Secretary"),
    }  # fmt: skip


def test_an_address_that_is_broken_off_is_not_taken(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "E-mail"], ["Togo", "a@togo.mission,example"], ["Peru", "a@per.example"]]
    found, asked = taken(engine, book({"List": rows}))
    assert set(found) == {"a@per.example"}
    assert "a@togo.mission,example" in asked


def test_rows_of_blocks_keep_form_and_title(engine: Engine, book: MakeBook) -> None:
    rows = [["PERU"], ["Sr. Luis Prueba", "Tercer Secretario", "a@per.example"]]
    rows += [["CHILE"], ["Sra. Eva Prueba", "Consejera", "b@chl.example"]]
    found, _ = taken(engine, book({"Lista": rows}))
    assert {one.name: (one.form_of_address, one.title) for one in found.values()} == {
        "Luis Prueba": ("Sr.", "Tercer Secretario"), "Eva Prueba": ("Sra.", "Consejera"),
    }  # fmt: skip
