"""Columns of one's own: what they are called and hold, and that they come in, out, back and into audiences."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from missions_books import MakeBook, all_of, dump, rows_of
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading
from outreach.errors import AudienceError, SheetError, UserError
from outreach.missions.audience import resolve
from outreach.missions.directory_workbook import export_directory
from outreach.missions.history import history, undo
from outreach.missions.importer import import_file
from outreach.missions.matching import AS_FOUND, columns_of, mapping_of
from outreach.missions.own_columns import fields_of_row, header_of, name_of, value_of
from outreach.missions.setting import set_fields
from outreach.models import Contact, Mission
from tests.examples import examples

ANA = named("Ana")
HEADERS = ["ISO3", "Priority", "Visits", "Seen on", "EU?", "Code", "Twitter"]
ROWS = [
    ["FRA", "high", 3, "2024-03-18", "yes", "007", "@france"],
    ["DEU", "Low", 2.5, "2023-01-02", "no", "12", ""],
    ["PER", "", "", "", "", "", ""],
]


def fields_of(engine: Engine, kind: type[Any], iso3: str) -> dict[str, Any]:
    return next(fields_of_row(row) for row in rows_of(engine, kind) if row.iso3 == iso3)


def chosen(engine: Engine, *audience: str) -> list[str]:
    with reading(engine) as session:
        return [one.iso3 for one in resolve(session, audience, (), date(2024, 3, 18))]


@pytest.fixture
def filled(engine: Engine, book: MakeBook) -> Engine:
    import_file(engine, book({"Missions": [HEADERS, *ROWS]}), by=ANA)
    return engine


def test_a_column_is_typed_by_all_that_it_holds_and_told(engine: Engine, book: MakeBook) -> None:
    result = import_file(engine, book({"Missions": [HEADERS, *ROWS]}), by=ANA)
    assert fields_of(engine, Mission, "FRA") == {
        "priority": "high", "visits": 3, "seen_on": date(2024, 3, 18), "eu": True, "code": "007", "twitter": "@france",
    }  # fmt: skip
    assert fields_of(engine, Mission, "DEU")["code"] == "12"  # a column with one code of letters is text
    assert fields_of(engine, Mission, "PER") == {}
    assert any("B (Priority) → mission.fields.priority" in note for note in map(str, result.notes))


def test_columns_of_addresses_and_exclusions_are_no_fields(engine: Engine, book: MakeBook) -> None:
    headers = ["ISO3", "Do not contact", "Remarks"]
    rows = [["FRA", "x", "left in May"]]
    result = import_file(engine, book({"Missions": [headers, *rows]}), by=ANA)
    assert fields_of(engine, Mission, "FRA") == {}
    assert sum("is not read" in note for note in map(str, result.notes)) == 2
    with pytest.raises(SheetError, match="guessed"):
        import_file(engine, book({"Missions": [["ISO3", "Assistant"], ["FRA", "a.b@fra.example"]]}), by=ANA)


def test_a_field_has_a_history_and_is_taken_back(filled: Engine, book: MakeBook) -> None:
    before = dump(filled)
    import_file(filled, book({"Missions": [["ISO3", "Priority", "Seen on"], ["FRA", "", "2025-01-01"]]}), by=ANA)
    with reading(filled) as session:
        found = [(one["field"], one["old"], one["new"]) for one in history(session, "FRA")][:2]
    assert found == [
        ("fields.priority", "high", None),
        ("fields.seen_on", {"date": "2024-03-18"}, {"date": "2025-01-01"}),
    ]
    assert fields_of(filled, Mission, "FRA")["visits"] == 3  # a column that the sheet has not is left
    undo(filled, by=ANA, ask_number=all_of)
    assert dump(filled) == before


def test_an_error_in_a_cell_changes_nothing_and_is_told(filled: Engine, book: MakeBook) -> None:
    path = book({"Missions": [["ISO3", "Priority"], ["FRA", "#N/A"], ["DEU", "mid"]]})
    result = import_file(filled, path, by=ANA)
    assert fields_of(filled, Mission, "FRA")["priority"] == "high"
    assert fields_of(filled, Mission, "DEU")["priority"] == "mid"
    assert any("change nothing: B2" in note for note in map(str, result.notes))


def test_a_list_of_another_shape_carries_them(engine: Engine, book: MakeBook) -> None:
    headers = ["Country", "First name", "Surname", "Email", "Priority"]
    path = book({"List": [headers, ["France", "Uta", "Blum", "uta@fra.example", "high"]]})
    result = import_file(engine, path, by=ANA, yes=True)
    assert fields_of(engine, Contact, "FRA") == {"priority": "high"}
    assert any("E (Priority) → contact.fields.priority" in note for note in map(str, result.notes))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("priority=high", ["FRA"]), ("Priority = HIGH", ["FRA"]), ("priority!=high", ["DEU", "PER"]),
        ("visits>=2", ["DEU", "FRA"]), ("visits>2.5", ["FRA"]), ("visits=3", ["FRA"]), ("eu=yes", ["FRA"]),
        ("eu=no", ["DEU"]), ("seen on>=2024-01-01", ["FRA"]), ("fields.seen_on<2024-01-01", ["DEU"]),
        ("code=007", ["FRA"]),
    ],
)  # fmt: skip
def test_an_audience_by_a_field(filled: Engine, asked: str, found: list[str]) -> None:
    assert chosen(filled, f"where:{asked}") == found


def test_an_audience_by_a_contact_of_the_mission(filled: Engine, book: MakeBook) -> None:
    rows = [["FRA", "a@fra.example", "yes"], ["FRA", "b@fra.example", "no"], ["DEU", "a@deu.example", "no"]]
    import_file(filled, book({"Contacts": [["ISO3", "E-mail", "VIP"], *rows]}), by=ANA, yes=True)
    assert chosen(filled, "where:contact.vip=yes") == ["FRA"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("priorty=high", "has a field 'priorty'"), ("priority", "asks for nothing"), ("=x", "asks for nothing"),
        ("priority>=2", "can't be compared"), ("visits>=soon", "can't be compared"), ("priority=nobody", "Nobody"),
    ],
)  # fmt: skip
def test_what_an_audience_can_not_ask(filled: Engine, asked: str, says: str) -> None:
    with pytest.raises(AudienceError, match=says):
        chosen(filled, f"where:{asked}")


def test_a_field_is_set_by_hand(filled: Engine) -> None:
    set_fields(filled, "PER", {"fields.visits": "4", "fields.priority": "high"}, by=ANA)
    assert fields_of(filled, Mission, "PER") == {"visits": 4, "priority": "high"}
    set_fields(filled, "PER", {"fields.visits": ""}, by=ANA)
    assert fields_of(filled, Mission, "PER") == {"priority": "high"}
    with pytest.raises(UserError):
        set_fields(filled, "PER", {"fields.language": "fr"}, by=ANA)


def test_bodies_are_written_to_by_name_and_are_no_members(filled: Engine, book: MakeBook) -> None:
    rows = [["European Union", "a@eu.example"], ["EU Delegation", "b@eu.example"], ["ICRC", "c@icrc.example"]]
    import_file(filled, book({"Contacts": [["Mission", "E-mail"], *rows]}), by=ANA, yes=True)
    assert chosen(filled, "org:EU") == chosen(filled, "iso:EUE") == ["EUE"]
    assert chosen(filled, "org:eu,ICRC") == ["EUE", "XRC"]
    with pytest.raises(AudienceError, match="no organisation 'France'"):
        chosen(filled, "org:France")
    with pytest.raises(SheetError) as refused:
        import_file(filled, book({"HRC terms": [["ISO3", "First year", "Last year"], ["EUE", 2024, 2026]]}), by=ANA)
    assert "no seat on the Council" in str(refused.value.problems[0])


@given(st.text(max_size=80))
@settings(max_examples=examples(200))
def test_the_name_of_a_header_is_one_that_comes_back(header: str) -> None:
    name = name_of(header)
    if name:
        assert name.isidentifier()
        assert not name.startswith("_")
        assert not name.endswith("_")
        assert name_of(name) == name
        assert name_of(header_of(name)) == name


_CELLS = st.one_of(
    st.just(""), st.integers(-(10**15), 10**15).map(str), st.decimals(-999, 999, places=2).map(str),
    st.dates().map(str), st.sampled_from(["yes", "no", "x", "TRUE", "007", "1e5", "=1+1", "-", "a  b", "0", "1.50"]),
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12),
)  # fmt: skip


@pytest.mark.heavy
@given(
    st.lists(st.sampled_from(["Priority", "Visits 2024", "2024", "مهم", "优先", "Größe"]), unique=True, min_size=1),
    st.data(),
)
@settings(
    max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)  # fmt: skip
def test_what_is_exported_comes_back_unchanged(
    engine: Engine, book: MakeBook, tmp_path: Path, headers: list[str], data: st.DataObject
) -> None:
    rows = [[iso3, *(data.draw(_CELLS) for _ in headers)] for iso3 in ("FRA", "DEU", "PER")]
    import_file(engine, book({"Missions": [["ISO3", *headers], *rows]}), by=ANA)
    before = dump(engine)
    export_directory(engine, tmp_path / "out.xlsx")
    result = import_file(engine, tmp_path / "out.xlsx", by=ANA, yes=True)
    assert not result.missions.changed
    assert dump(engine) == before


def test_a_number_is_a_number_and_a_code_is_text() -> None:
    assert [value_of(text) for text in ("3", "3.5", "007", "1234567890123456", "2024-02-30", "Yes", "")] == [
        3, 3.5, "007", "1234567890123456", "2024-02-30", True, None,
    ]  # fmt: skip


def test_an_audience_is_told_whose_field_it_is(filled: Engine, book: MakeBook) -> None:
    rows = [["FRA", "a@fra.example", "yes"], ["DEU", "a@deu.example", "no"]]
    import_file(filled, book({"Contacts": [["ISO3", "E-mail", "VIP"], *rows]}), by=ANA, yes=True)
    with pytest.raises(AudienceError, match=r"Contacts have it: write where:contact\.vip"):
        chosen(filled, "where:vip=yes")
    with pytest.raises(AudienceError, match=r"Missions have it: write where:priority"):
        chosen(filled, "where:contact.priority=high")


def test_a_bad_address_below_an_unknown_heading_is_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Peru", "Ana Lopez", "a@per.example"],
        ["Chile", "Uta Blum", "b@chl"],
        ["Mali", "Eva Korn", "c@mli.example"],
    ]
    path = book({"List": [["Country", "Name", "Womit"], *rows]})
    with pytest.raises(SheetError, match="no address can be read in"):
        import_file(engine, path, by=ANA)


@pytest.mark.parametrize("head", [["Wo", "Wer", "Womit"], []], ids=["unknown headings", "no heading"])
def test_columns_known_by_what_they_hold_are_shown_so_beside_a_bad_cell(
    engine: Engine, book: MakeBook, head: list[str]
) -> None:
    rows = [["PER", "Ana Lopez", "a@per.example"], ["CHL", "Uta Blum", "b@chl"], ["KEN", "Eva Korn", "c@ken.example"]]
    path = book({"List": [head, *rows] if head else rows})
    with pytest.raises(SheetError, match="no address can be read in"):
        import_file(engine, path, by=ANA)
    shown = columns_of(engine, path)
    assert [one.taken_for for one in shown] == ["iso3", "name", "email"]
    assert [one.heading for one in shown] == (head or ["", "", ""])
    assert shown[0].samples == ("PER", "CHL", "KEN")
    mapping = mapping_of(shown, {"B": "title"})
    assert mapping["title"] == "B"


def test_columns_of_blocks_are_shown_as_read(engine: Engine, book: MakeBook) -> None:
    path = book({"List": [["Wo", "Womit"], ["Peru", "a@per.example"], ["Mali", "b@mli.example"]]})
    assert [one.taken_for for one in columns_of(engine, path)] == ["iso3", "email"]
    path = book({"List": [["Peru"], ["a@per.example"], ["Mali"], ["b@mli.example", "the office"]]})
    import_file(engine, path, by=ANA, yes=True, dry_run=True)
    assert {one.taken_for for one in columns_of(engine, path)} == {AS_FOUND}


def test_choosing_for_one_column_leaves_the_own_ones_and_the_status(engine: Engine, book: MakeBook) -> None:
    head = ["Country", "Function", "Name", "E-mail", "Status", "Priorität", "Fax"]
    path = book({"List": [head, ["Mali", "Adviser", "Bo Lim", "a@mli.example", "left", "high", ""]]})
    shown = {one.heading: one for one in columns_of(engine, path)}
    assert shown["Priorität"].taken_for == "own"
    assert shown["Status"].taken_for == AS_FOUND
    # What a page posts of columns that nobody touched is what it showed of them.
    posted = {one.letter: one.taken_for for one in shown.values()} | {"B": "title"}
    mapping = {kind: letters for kind, letters in mapping_of(list(shown.values()), posted).items() if letters}
    assert not {"F", "E"} & {letter for letters in mapping.values() for letter in letters.split("+")}
    import_file(engine, path, mapping=mapping, by=ANA, yes=True)
    with reading(engine) as session:
        found = session.exec(select(Contact)).one()
    assert (found.title, found.fields, found.active) == ("Adviser", {"prioritat": "high"}, False)
    taken = import_file(engine, path, mapping=mapping | {"none": "F"}, by=ANA, yes=True, dry_run=True)
    assert not any("prioritat" in str(note) for note in taken.notes)
    back = import_file(engine, path, mapping={"title": "B", "own": "F"}, by=ANA, yes=True, dry_run=True)
    assert any("prioritat" in str(note) for note in back.notes)
