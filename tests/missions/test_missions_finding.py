"""Sheets and columns, found by what they are called, by their headers, or by a mapping."""

import pytest
from missions_books import SHIPPED, MakeBook, contact, counts, rows_of
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.importer import import_file
from outreach.models import Contact


@pytest.mark.heavy
@pytest.mark.parametrize("title", ["Contacts", " contacts ", "CONTACTOS", "Contact list", "Feuille 1"])
@pytest.mark.parametrize(
    "header",
    [
        ["ISO3", "E-mail", "Name"],
        ["iso 3", "Email", "NAME "],
        ["Code pays", "Courriel", "Nom"],
        ["Código ISO", "Correo electrónico", "Nombre completo"],
        ["Country\ncode", "E–MAIL ADDRESS", "full name"],
        ["ISO_3", "Ｅｍａｉｌ", "Name"],
    ],
)
def test_sheets_and_columns_by_what_they_are_called(
    engine: Engine, book: MakeBook, title: str, header: list[str]
) -> None:
    import_file(engine, book({title: [header, ["FRA", "a@b.example", "Ana Sample"]]}), by=named("Ana"))
    assert (contact(engine).email, contact(engine).name) == ("a@b.example", "Ana Sample")


@pytest.mark.heavy
def test_a_title_above_the_header(engine: Engine, book: MakeBook) -> None:
    rows = [["Contacts of 2024", "confidential"], [], ["", "ISO3", "E-mail"], ["", "FRA", "a@b.example"]]
    import_file(engine, book({"List": rows}, change=lambda made: made["List"].merge_cells("A1:D1")), by=named("Ana"))
    assert contact(engine).email == "a@b.example"


def test_what_is_not_read_is_said(engine: Engine, book: MakeBook) -> None:
    path = book({
        "Contacts": [["ISO3", "Mission", "E-mail", "Phone"], ["FRA", "France", "a@b.example", "=1+1"]],
        "Read me": [["Anything"]], "Budget": [["Item", "Cost"], ["Stamps", 3]],
    })  # fmt: skip
    notes = [*map(str, import_file(engine, path, by=named("Ana")).notes)]
    assert any("D (Phone) → contact.fields.phone" in note for note in notes)
    assert any("'Budget' is not read" in note for note in notes)
    assert not any("Mission" in note and "column B" in note for note in notes)
    assert not any("Read me" in note for note in notes)


@pytest.mark.parametrize("column", ["Box", "box ", "B", "b"])
def test_a_column_mapped_by_header_or_letter(engine: Engine, book: MakeBook, column: str) -> None:
    path = book({"Contacts": [["ISO3", "Box"], ["FRA", "a@b.example"]]})
    with pytest.raises(SheetError, match=r"B1: column B \(Box\) is taken for email"):
        import_file(engine, path, by=named("Ana"))
    assert rows_of(engine, Contact) == []
    import_file(engine, path, mapping={"E-mail": column}, by=named("Ana"))
    assert contact(engine).email == "a@b.example"


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"telephone": "Box"}, "no field 'telephone'"),
        ({"email": "Telephone"}, "no column 'Telephone'"),
        ({"email": "ZZ"}, "no column 'ZZ'"),
        ({"first_year": "Box"}, "first_year"),
    ],
)
def test_a_mapping_that_fits_nothing(engine: Engine, book: MakeBook, mapping: dict[str, str], says: str) -> None:
    path = book({"Contacts": [["ISO3", "Box", "E-mail"], ["FRA", "x", "a@b.example"]]})
    with pytest.raises(SheetError, match=says):
        import_file(engine, path, mapping=mapping, by=named("Ana"))
    assert rows_of(engine, Contact) == []


def test_a_mapping_goes_before_names_in_the_sheets_that_have_its_column(engine: Engine, book: MakeBook) -> None:
    contacts = [["ISO3", "Land", "E-mail"], ["x", "FRA", "a@b.example"]]
    path = book({"Missions": [["ISO3", "City"], ["FRA", "Geneva"]], "Contacts": contacts})
    import_file(engine, path, mapping={"iso3": "Land"}, by=named("Ana"))
    assert contact(engine).iso3 == "FRA"


def test_one_sheet_only(engine: Engine) -> None:
    result = import_file(engine, SHIPPED, sheet="hrc TERMS", by=named("Ana"))
    assert (counts(result.missions), counts(result.contacts), counts(result.terms)) == ({}, {}, {"added": 79})
    with pytest.raises(SheetError, match="It has 'Read me', 'Missions', 'Contacts', 'HRC terms'"):
        import_file(engine, SHIPPED, sheet="Kontakte", by=named("Ana"))


def test_two_sheets_that_could_be_meant(engine: Engine, book: MakeBook) -> None:
    header = ["ISO3", "E-mail"]
    path = book({"North": [header, ["FRA", "a@b.example"]], "South": [header, ["FRA", "c@d.example"]]})
    # A sheet a group is how many lists come: whether they are one is asked, and no longer refused.
    with pytest.raises(SheetError, match="North, South are read as one list"):
        import_file(engine, path, by=named("Ana"))
    import_file(engine, path, sheet="South", by=named("Ana"))
    assert contact(engine).email == "c@d.example"


def test_two_columns_that_could_be_meant(engine: Engine, book: MakeBook) -> None:
    path = book({"Contacts": [["ISO3", "Mail", "Courriel"], ["FRA", "a@b.example", "c@d.example"]]})
    with pytest.raises(SheetError, match="columns B and C could each be email"):
        import_file(engine, path, by=named("Ana"))
    import_file(engine, path, mapping={"email": "Courriel"}, by=named("Ana"))
    assert contact(engine).email == "c@d.example"


def test_a_sheet_called_missions_that_holds_addresses(engine: Engine, book: MakeBook) -> None:
    rows = [["ISO3", "Country", "Group", "E-mail"], ["FRA", "France", "WEOG", "a@b.example"]]
    result = import_file(engine, book({"Missions": rows}), by=named("Ana"))
    assert counts(result.contacts) == {"added": 1}
    assert any("read as Contacts" in note for note in map(str, result.notes))


def test_people_without_addresses_are_not_taken_for_missions(engine: Engine, book: MakeBook) -> None:
    rows = [["ISO3", "Role", "Name", "Line"], ["FRA", "general", "Ana Sample", "to"]]
    with pytest.raises(SheetError, match="neither a sheet"):
        import_file(engine, book({"People": rows}), by=named("Ana"))


def test_required_columns(engine: Engine, book: MakeBook) -> None:
    for title, header, lacks in (
        ("Contacts", ["ISO3", "Name"], "E-mail"),
        ("Missions", ["Formal name", "City"], "ISO3"),
        ("HRC terms", ["ISO3", "Year"], "First year, Last year"),
    ):
        with pytest.raises(SheetError, match=f"'{title}'.*lacks the column {lacks}.*{header[1]}"):
            import_file(engine, book({title: [header, ["FRA", "x"]]}), by=named("Ana"))
