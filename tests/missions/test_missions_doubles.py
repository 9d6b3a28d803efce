"""A mission, or an address of a mission, in several rows: what says the same is one, what differs is asked about."""

import io
from pathlib import Path
from typing import Any

import pytest
from missions_books import CONTACTS, MakeBook, contact, dump, rows_of
from openpyxl import load_workbook
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.doubles import what_it_says
from outreach.missions.importer import import_file
from outreach.models import Contact, Mission, OptOut
from outreach.pasted import in_words
from outreach.vocabulary import Language, Role

UTA = ["FRA", "permanent representative", "Uta Blum", "box@fra.example", "fr", "to", "yes"]
MAX = ["FRA", "deputy", "Max Kern", "BOX@fra.example", "fr", "to", "yes"]
KEY = "FRA box@fra.example"


def asked(engine: Engine, path: Path) -> list[str]:
    with pytest.raises(SheetError) as caught:
        import_file(engine, path, by=named("Ana"))
    return [in_words(one.whole()) for one in caught.value.problems]


def test_two_people_at_one_box_are_asked_about_and_nobody_is_named(engine: Engine, book: MakeBook) -> None:
    path = book({"Contacts": [CONTACTS, UTA, MAX]})
    (question,) = asked(engine, path)
    assert question.startswith(f"Contacts!D2 (E-mail): {KEY} stands there more than once, in rows 2 (role permanent")
    assert "3 (role deputy, name Max Kern): one letter goes there, and nobody is named in it" in question
    assert f"add --double '{KEY}'=ROW" in question
    result = import_file(engine, path, yes=True, by=named("Ana"))
    one = contact(engine)
    assert (one.email, one.name, one.role, one.language) == ("box@fra.example", "", Role.GENERAL, Language.FRENCH)
    assert [(double.key, double.held) for double in result.doubles] == [(KEY, "both")]
    again = import_file(engine, path, by=named("Ana"))  # what was agreed to is not asked once more
    assert again.contacts.changed == []


@pytest.mark.parametrize(
    ("said", "name", "role"),
    [({KEY: "3"}, "Max Kern", Role.DEPUTY), ({"BOX@FRA.example": "2"}, "Uta Blum", Role.PERMANENT_REPRESENTATIVE),
     ({"fra box@fra.example": "BOTH"}, "", Role.GENERAL), ({"": "both"}, "", Role.GENERAL)],
)  # fmt: skip
def test_a_person_says_which_row_holds(
    engine: Engine, book: MakeBook, said: dict[str, str], name: str, role: Role
) -> None:
    result = import_file(engine, book({"Contacts": [CONTACTS, UTA, MAX]}), doubles=said, by=named("Ana"))
    assert (contact(engine).name, contact(engine).role) == (name, role)
    assert any("as you say" in note for note in map(str, result.notes))
    assert result.guesses == ()


def test_rows_about_the_same_are_set_aside_in_yellow_and_come_back(
    engine: Engine, book: MakeBook, tmp_path: Path
) -> None:
    other = ["CHL", "general", "", "box@chl.example", "", "to", "yes"]
    path = book({"Contacts": [CONTACTS, UTA, MAX, other]})
    result = import_file(engine, path, doubles={KEY: "aside"}, by=named("Ana"))
    assert [one.email for one in rows_of(engine, Contact)] == ["box@chl.example"]
    assert [one.where for one in result.not_understood] == ["Contacts!D2 (E-mail)", "Contacts!D3 (E-mail)"]
    copy = load_workbook(io.BytesIO(result.marked))
    assert [c.coordinate for row in copy["Contacts"].iter_rows() for c in row if c.comment] == ["D2", "D3"]
    copy["Contacts"].delete_rows(3)
    copy.save(tmp_path / "mended.xlsx")
    import_file(engine, tmp_path / "mended.xlsx", by=named("Ana"))
    assert {one.name for one in rows_of(engine, Contact)} == {"", "Uta Blum"}


def test_one_row_completes_the_other(engine: Engine, book: MakeBook) -> None:
    bare = ["FRA", "", "", "box@fra.example", "", "", ""]
    path = book({"Contacts": [CONTACTS, bare, UTA]})
    assert "they are taken together" in asked(engine, path)[0]
    import_file(engine, path, yes=True, by=named("Ana"))
    assert (contact(engine).name, contact(engine).role) == ("Uta Blum", Role.PERMANENT_REPRESENTATIVE)


def test_what_is_contradicted_is_left_as_the_directory_has_it(engine: Engine, book: MakeBook) -> None:
    import_file(engine, book({"Contacts": [CONTACTS, UTA]}), by=named("Ana"))
    eva = [*UTA[:2], "Eva Sol", *UTA[3:]]
    import_file(engine, book({"Contacts": [CONTACTS, MAX, eva]}), yes=True, by=named("Ana"))
    assert (contact(engine).name, contact(engine).role) == ("Uta Blum", Role.PERMANENT_REPRESENTATIVE)


@pytest.mark.parametrize(("other", "active"), [("Uta Blum", False), ("Max Kern", True), ("", False)])
def test_of_one_person_no_means_no_and_at_a_box_those_who_stay_count(
    engine: Engine, book: MakeBook, other: str, active: bool
) -> None:
    left = ["FRA", "permanent representative", other, "box@fra.example", "fr", "to", "no"]
    import_file(engine, book({"Contacts": [CONTACTS, left, UTA]}), yes=True, by=named("Ana"))
    assert (contact(engine).name, contact(engine).active) == ("Uta Blum", active)


def test_a_mission_in_two_rows(engine: Engine, book: MakeBook) -> None:
    header = ["ISO3", "Short name", "Correspondence language", "Tags"]
    path = book({"Missions": [header, ["FRA", "France", "fr", "eu"], ["fra", "France", "en", "sponsor"]]})
    (question,) = asked(engine, path)
    assert question.startswith("Missions!A2 (ISO3): FRA stands there more than once, in rows 2 (language fr, tags eu)")
    assert "without what they contradict each other in (language)" in question
    import_file(engine, path, yes=True, by=named("Ana"))
    (mission,) = rows_of(engine, Mission)
    assert mission.tags == ["eu", "sponsor"]
    import_file(engine, path, doubles={"FRA": "3"}, by=named("Ana"))
    assert rows_of(engine, Mission)[0].language is Language.ENGLISH


def test_a_mission_twice_word_for_word_is_one(engine: Engine, book: MakeBook) -> None:
    result = import_file(engine, book({"Missions": [["ISO3", "Tags"], ["FRA", "eu"], ["FRA", "eu"]]}), by=named("Ana"))
    assert len(result.missions.added) == 1
    assert any("stand there twice, word for word" in note for note in map(str, result.notes))


@pytest.mark.parametrize(
    ("said", "words"),
    [({KEY: "7"}, "stands in the rows 2, 3, and not in 7"), ({"FRA other@fra.example": "2"}, "does not stand there")],
)
def test_what_is_said_of_no_such_rows_is_refused(
    engine: Engine, book: MakeBook, said: dict[str, str], words: str
) -> None:
    before = dump(engine)
    with pytest.raises(SheetError, match=words):
        import_file(engine, book({"Contacts": [CONTACTS, UTA, MAX]}), doubles=said, by=named("Ana"))
    assert dump(engine) == before


def test_with_a_bad_cell_elsewhere_both_are_told(engine: Engine, book: MakeBook) -> None:
    bad = ["DEU", "janitor", "", "a@deu.example", "", "", ""]
    told = asked(engine, book({"Contacts": [CONTACTS, UTA, MAX, bad]}))
    assert [KEY in told[0], "janitor" in told[1]] == [True, True]
    worse = ["FRA", "janitor", "Max Kern", "box@fra.example", "", "", ""]
    result = import_file(engine, book({"Contacts": [CONTACTS, UTA, worse]}), set_aside=True, by=named("Ana"))
    assert (contact(engine).name, result.doubles) == ("Uta Blum", [])


def test_a_foreign_list_asks_the_same(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "Name", "Function", "Mail"],
        ["France", "Uta Blum", "Permanent Representative", "box@fra.example"],
        ["France", "Max Kern", "Deputy Permanent Representative", "box@fra.example"],
        ["Chile", "Eva Sol", "Permanent Representative", "box@chl.example"],
    ]
    path = book({"List": rows})
    assert any(f"{KEY} stands there more than once, in rows 2 (" in one for one in asked(engine, path))
    import_file(engine, path, doubles={"box@fra.example": "2"}, by=named("Ana"), yes=True)
    assert {one.name for one in rows_of(engine, Contact)} == {"Uta Blum", "Eva Sol"}
    assert rows_of(engine, OptOut) == []


def test_three_sheets_name_their_rows_by_the_sheet(engine: Engine, book: MakeBook) -> None:
    header = ["Country", "Name", "E-mail"]
    path = book({
        "Group I": [header, ["France", "Uta Blum", "box@fra.example"], ["Chile", "Eva Sol", "box@chl.example"]],
        "Group II": [header, ["France", "Max Kern", "box@fra.example"], ["Peru", "Ana Roy", "box@per.example"]],
    })  # fmt: skip
    result = import_file(engine, path, doubles={KEY: "Group II!2"}, by=named("Ana"), yes=True)
    assert [row.place for row in result.doubles[0].rows] == ["2", "Group II!2"]
    assert "Max Kern" in {one.name for one in rows_of(engine, Contact)}


def test_only_columns_of_ones_own_differ_and_that_is_told(engine: Engine, book: MakeBook) -> None:
    rows = [[*CONTACTS, "Priority"], [*UTA, "low"], [*UTA, "high"]]
    result = import_file(engine, book({"Contacts": rows}), by=named("Ana"))
    assert contact(engine).fields == {"priority": "high"}
    assert any("but for your own columns" in note and "not: 2" in note for note in map(str, result.notes))


def test_many_rows_about_the_same_are_not_each_compared_with_all(
    engine: Engine, book: MakeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0

    def count(*args: Any, **more: Any) -> frozenset[tuple[str, str]]:
        nonlocal looked
        looked += 1
        return what_it_says(*args, **more)

    monkeypatch.setattr("outreach.missions.rows.what_it_says", count)
    people = [["FRA", "deputy", f"Max Kern {number}", UTA[3], "fr", "to", "yes"] for number in range(200)]
    result = import_file(engine, book({"Contacts": [CONTACTS, *people]}), yes=True, by=named("Ana"))
    assert len(result.doubles[0].rows) == 200
    assert looked <= 4 * len(people)


def test_many_doubles_are_summed_up(engine: Engine, book: MakeBook) -> None:
    many = [
        [row[0], row[1], f"{row[2]} {letter}", f"box{number}@fra.example", *row[4:]]
        for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz")
        for row in (UTA, MAX)
    ]
    crowd = [
        ["CHL", "general", f"Eva Sol {letter}", "box@chl.example", "es", "to", "yes"] for letter in "abcdefghijklmn"
    ]
    *first, last = asked(engine, book({"Contacts": [CONTACTS, *crowd, *many]}))
    assert len(first) == 10
    assert "11 (name Eva Sol j) … (+4): one letter goes there" in first[0]
    assert "17 more stand there more than once, in rows that differ: FRA box9@fra.example" in last
    assert last.count("@fra.example") == 10
    result = import_file(engine, book({"Contacts": [CONTACTS, *crowd, *many]}), dry_run=True, by=named("Ana"))
    assert len(result.doubles) == 27
