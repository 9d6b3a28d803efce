"""Bad rows: each named with its place, value and cure, and nothing imported; and what only looks bad."""

from typing import Any

import pytest
from missions_books import CONTACTS, FRA, MakeBook, MakePackage, contact, dump, inline, rows_of
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.importer import import_file
from outreach.models import Contact
from outreach.pasted import in_words
from outreach.vocabulary import Line

BAD_CONTACTS = [
    ("ISO3", None, "is missing", "FRA"),
    ("ISO3", "FR", "no ISO3 code", "Did you mean FRA?"),
    ("ISO3", "Francia", "no ISO3 code", "Did you mean FRA?"),
    ("ISO3", "Frence", "no ISO3 code", "Did you mean FRA?"),
    ("ISO3", "Turkey", "no ISO3 code", "Did you mean TUR?"),
    ("ISO3", "EUU", "no ISO3 code", "three-letter"),
    ("E-mail", None, "is missing", "remove the row"),
    ("E-mail", "nobody", "not an e-mail address", "@"),
    ("E-mail", "a@b", "no full domain", "Write all of it"),
    ("E-mail", "a@@b.example", "not an e-mail address", ""),
    ("E-mail", "N. N. <nobody>", "not an e-mail address", "@"),
    ("E-mail", "mailto:", "is missing", "remove the row"),
    ("E-mail", "a@b.example; nobody", '"nobody" is not an e-mail address', "@"),
    ("E-mail", "a@b.example or c@d.example", "not an e-mail address", "Part several addresses"),
    ("E-mail", "a\u200bb@c.example", "not an e-mail address", "ZERO WIDTH"),
    ("E-mail", "x" * 65 + "@b.example", "not an e-mail address", ""),
    ("E-mail", "a@" + ".".join(["b" * 60] * 5) + ".example", "over 254", ""),
    ("Role", "janitor", "no role", "permanent representative, deputy, human-rights expert, general"),
    ("Language", "Klingon", "no language", "English, French, Spanish, Arabic, Chinese, Russian"),
    ("Active", "perhaps", "no answer", "yes, no"),
    ("Name", "x" * 501, "501 characters", "within 500"),
    ("Name", "Ana\x7fLi", "control character U+007F", "anew"),
    ("Name", "#N/A", "the error #N/A", "Correct the formula"),
    ("Name", "=A1", "formula without a stored value", "save it"),
]


@pytest.mark.heavy
@pytest.mark.parametrize(("column", "value", "what", "cure"), BAD_CONTACTS)
def test_a_bad_cell_names_its_place_and_its_cure(
    engine: Engine, book: MakeBook, column: str, value: object, what: str, cure: str
) -> None:
    row: list[object] = list(FRA)
    row[CONTACTS.index(column)] = value
    good = ["DEU", "general", "", "mission@deu.mission.example", "", "to", "yes"]
    with pytest.raises(SheetError) as caught:
        import_file(engine, book({"Contacts": [CONTACTS, good, row]}), by=named("Ana"))
    (problem,) = caught.value.problems
    assert problem.where == f"Contacts!{'ABCDEFG'[CONTACTS.index(column)]}3 ({column})"
    assert what in problem.what
    assert cure in in_words(problem.remedy)
    assert dump(engine) == []


def test_an_organisation_without_a_code_is_asked_about_by_the_name_beside_it(engine: Engine, book: MakeBook) -> None:
    head = ["ISO3", "Mission", "E-mail"]
    rows = [["FRA", "France", "a@b.example"], ["", "Organization of Islamic Cooperation", "c@d.example"]]
    with pytest.raises(SheetError) as caught:
        import_file(engine, book({"Contacts": [head, *rows, ["", "Atlantis", "e@f.example"]]}), by=named("Ana"))
    assert [(p.where, in_words(p.remedy)) for p in caught.value.problems] == [
        ("Contacts!A3 (ISO3)", "Did you mean XOI?"),
        ("Contacts!A4 (ISO3)", "Write the state's three-letter code, such as FRA."),
    ]
    import_file(engine, book({"Contacts": [head, *rows]}), by=named("Ana"), yes=True)
    assert "c@d.example" in str(dump(engine))


@pytest.mark.parametrize(
    ("sheet", "header", "row", "column", "what"),
    [
        ("Missions", ["ISO3", "Time zone"], ["FRA", "Europe/Zürich"], "B", "not a time zone"),
        ("Missions", ["ISO3", "Regional group"], ["FRA", "EU"], "B", "no regional group"),
        ("Missions", ["ISO3", "Status"], ["FRA", "province"], "B", "no status"),
        ("Contacts", ["ISO3", "E-mail", "Gender form"], ["FRA", "a@b.example", "both"], "C", "no gender form"),
        ("HRC terms", ["ISO3", "First", "Last"], ["FRA", "2024.5", 2026], "B", "not a whole year"),
        ("HRC terms", ["ISO3", "First", "Last"], ["FRA", 2024, 20260], "C", "no year of the Council"),
        ("HRC terms", ["ISO3", "First", "Last"], ["FRA", 1999, 2001], "B", "no year of the Council"),
        ("HRC terms", ["ISO3", "First", "Last"], ["FRA", None, 2026], "B", "year is missing"),
        ("HRC terms", ["ISO3", "First", "Last"], ["FRA", 45292, 2026], "B", "a date's number"),
        ("HRC terms", ["ISO3", "First", "Last"], ["FRA", 2026, 2024], "C", "before the first year, 2026"),
    ],
)
def test_bad_cells_of_other_columns(
    engine: Engine, book: MakeBook, sheet: str, header: list[str], row: list[object], column: str, what: str
) -> None:
    with pytest.raises(SheetError) as caught:
        import_file(engine, book({sheet: [header, row]}), by=named("Ana"))
    assert caught.value.problems[0].where.startswith(f"{sheet}!{column}2 (")
    assert what in caught.value.problems[0].what
    assert dump(engine) == []


def test_rows_that_contradict_each_other(engine: Engine, book: MakeBook) -> None:
    path = book({
        "Missions": [["ISO3", "Tags"], ["FRA", "eu"], ["fra", "eu"]],
        "Contacts": [CONTACTS, FRA, ["DEU", "janitor", "", "MISSION@fra.mission.example", "", "", ""]],
        "HRC terms": [["ISO3", "First", "Last"], ["FRA", 2024, 2026], ["FRA", 2026, 2028], ["DEU", 2026, 2028]],
    })  # fmt: skip
    with pytest.raises(SheetError) as caught:
        import_file(engine, path, by=named("Ana"))
    assert [(p.where, p.what) for p in caught.value.problems] == [
        ("Contacts!B3 (Role)", '"janitor" is no role that is known'),
        ("Contacts!D3 (E-mail)", '"MISSION@fra.mission.example" stands in D2 already, for FRA'),
        ("HRC terms!B3 (First)", "the term 2026-2028 of FRA overlaps 2024-2026 in row 2"),
    ]
    assert "3 cells can't be taken" in str(caught.value)
    assert dump(engine) == []


def test_an_address_in_two_spellings_of_one_domain_is_a_duplicate(engine: Engine, book: MakeBook) -> None:
    rows = [["ISO3", "E-mail"], ["FRA", "посол@почта.example"], ["DEU", "посол@xn--80a1acny.EXAMPLE"]]
    with pytest.raises(SheetError, match="stands in B2 already"):
        import_file(engine, book({"Contacts": rows}), by=named("Ana"))


def test_a_merged_cell(engine: Engine, book: MakeBook) -> None:
    rows = [[*CONTACTS, "Notes"], [*FRA, "met in May"], ["DEU", "", "", "a@deu.example"]]

    def merge(area: str) -> Any:
        return lambda made: made["Contacts"].merge_cells(area)

    with pytest.raises(SheetError, match=r"Contacts!B2 \(Role\): a merged cell \(B2:C3\)"):
        import_file(engine, book({"Contacts": rows}, change=merge("B2:C3")), by=named("Ana"))
    import_file(
        engine, book({"Contacts": rows}, change=merge("H2:H3")), by=named("Ana")
    )  # in a column that is not read
    assert len(rows_of(engine, Contact)) == 2


def test_a_formula_is_taken_at_its_stored_value(engine: Engine, package: MakePackage) -> None:
    head = f"<row r='1'>{inline('A1', 'ISO3')}{inline('B1', 'E-mail')}{inline('C1', 'Name')}</row>"
    row = (
        "<row r='2'><c r='A2' t='str'><f>B9</f><v>FRA</v></c><c r='B2' t='str'><f>B8</f><v>a@b.example</v></c>"
        "<c r='C2' t='str'><f>C8</f><v></v></c></row>"
    )
    import_file(engine, package(head + row), by=named("Ana"))
    assert (contact(engine).email, contact(engine).name) == ("a@b.example", "")


def test_blank_rows_and_rows_with_only_formats_are_ignored(engine: Engine, book: MakeBook) -> None:
    def dress(made: Workbook) -> None:
        sheet = made["Contacts"]
        for row in range(3, 60):
            sheet.cell(row, 1).fill = PatternFill("solid", fgColor="FFFF00")
        sheet["B30"] = "   "
        sheet["A70"].comment = Comment("here?", "reader")

    import_file(engine, book({"Contacts": [CONTACTS, [], FRA, [], []]}, change=dress), by=named("Ana"))
    assert len(rows_of(engine, Contact)) == 1


def test_numbers_booleans_and_rich_text(engine: Engine, package: MakePackage) -> None:
    names = ("ISO3", "E-mail", "Name", "Active")
    head = "<row>" + "".join(f"<c t='inlineStr'><is><t>{n}</t></is></c>" for n in names) + "</row>"
    row = "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c><c><v>12.0</v></c><c t='b'><v>0</v></c></row>"
    strings = "<sst><si><r><t>FR</t></r><r><t>A</t></r><rPh><t>x</t></rPh></si><si><t>a_x0040_b.example</t></si></sst>"
    rels = (
        '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        '<Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    extra = {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": rels}
    import_file(engine, package(head + row, extra=extra), by=named("Ana"), yes=True)
    stored = contact(engine)
    assert (stored.iso3, stored.email, stored.name, stored.active) == ("FRA", "a@b.example", "12", False)


@pytest.mark.parametrize(
    ("column", "value", "copied"),
    [("E-mail", "a@b.example\nBcc: c@d.example", "c@d.example"), ("Line", "bcc", "mission@fra.mission.example"),
     ("Line", "Cci", "mission@fra.mission.example")],
)  # fmt: skip
def test_a_blind_copy_is_asked_about_and_goes_under_cc(
    engine: Engine, book: MakeBook, column: str, value: str, copied: str
) -> None:
    row: list[object] = list(FRA)
    row[CONTACTS.index(column)] = value
    path = book({"Contacts": [CONTACTS, row]})
    with pytest.raises(SheetError, match="there is no blind copy"):
        import_file(engine, path, by=named("Ana"))
    assert rows_of(engine, Contact) == []
    import_file(engine, path, by=named("Ana"), yes=True)
    assert {one.line for one in rows_of(engine, Contact) if one.email == copied} == {Line.CC}


@pytest.mark.heavy
def test_every_bad_row_of_thousands_is_listed(engine: Engine, book: MakeBook) -> None:
    rows = [["ISO3", "E-mail"], *(["FRA", f"box{n}.example"] for n in range(3000))]
    with pytest.raises(SheetError) as caught:
        import_file(engine, book({"Contacts": rows}), by=named("Ana"))
    assert len(caught.value.problems) == 3000
