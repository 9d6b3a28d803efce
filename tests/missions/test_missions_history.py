"""Who changed what, the last import taken back, the directory out and in again, and mappings that are remembered."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from missions_books import CONTACTS, FRA, SHIPPED, MakeBook, all_of, contact, counts, dump, rows_of
from sqlalchemy import Engine

from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import NotFoundError, SheetError
from outreach.missions.directory_workbook import export_directory
from outreach.missions.history import history, imports, undo
from outreach.missions.importer import import_file
from outreach.missions.setting import set_fields
from outreach.models import Campaign, Contact, DirectoryImport, Mission, Response
from outreach.text import address_key
from outreach.vocabulary import GenderForm, Language, Line, Role
from tests.examples import examples

CHANGED = ["FRA", "Ambassador", "Ana Sample", "mission@fra.mission.example", "français", "cc", "no"]


def test_each_change_tells_who_when_and_from_which_file(engine: Engine, book: MakeBook) -> None:
    import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    import_file(engine, book({"Contacts": [CONTACTS, CHANGED]}, name="from Ben.xlsx"), by=named("Ben"))
    with reading(engine) as session:
        found = [entry for entry in history(session, "fra") if entry["file"] == "from Ben.xlsx"]
    assert {(entry["field"], entry["old"], entry["new"]) for entry in found} == {
        ("role", "general", "permanent representative"),
        ("name", "", "Ana Sample"),
        ("language", None, "fr"),
        ("line", "to", "cc"),
        ("active", True, False),
    }
    assert {(entry["who"], entry["contact"]) for entry in found} == {("Ben", "mission@fra.mission.example")}


def test_the_history_of_a_code_that_nobody_has_is_an_error_with_its_cure(engine: Engine, book: MakeBook) -> None:
    import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    with reading(engine) as session:
        assert history(session, "per") == []  # nothing happened to it
        with pytest.raises(NotFoundError, match=r"'ZZZ' is no state. Write its code, as FRA."):
            history(session, "ZZZ")


def test_an_import_that_changes_nothing_is_no_event(engine: Engine, book: MakeBook) -> None:
    path = book({"Contacts": [CONTACTS, FRA]})
    for _ in range(3):
        import_file(engine, path, by=named("Ana"))
    assert len(rows_of(engine, DirectoryImport)) == 1


@pytest.mark.heavy
def test_undo_brings_back_exactly_what_was(engine: Engine, book: MakeBook) -> None:
    import_file(engine, SHIPPED, by=named("Ana"))
    before = dump(engine)
    new = ["DEU", "deputy", "X", "new@deu.example", "", "", ""]
    import_file(engine, book({"Contacts": [CONTACTS, CHANGED, new]}), by=named("Ben"))
    assert dump(engine) != before
    undone = undo(engine, by=named("Ana"), ask_number=all_of)
    assert (undone.file, undone.who, undone.kept) == ("book.xlsx", "Ben", ())
    assert dump(engine) == before
    undo(engine, by=named("Ana"), ask_number=all_of)
    assert dump(engine) == []
    with pytest.raises(NotFoundError, match="no import to take back"):
        undo(engine, by=named("Ana"), ask_number=all_of)
    with reading(engine) as session:
        assert {entry["field"] for entry in history(session) if entry["contact"] == "new@deu.example"} == {
            "added",
            "removed",
        }


def test_undo_refuses_where_something_was_changed_since(engine: Engine, book: MakeBook) -> None:
    import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    with writing(engine) as session:
        row = contact(engine)
        row.name = "Somebody"
        session.add(row)
    before = dump(engine)
    with pytest.raises(SheetError, match=r"FRA mission@fra.mission.example: name was changed since"):
        undo(engine, by=named("Ana"), ask_number=all_of)
    assert dump(engine) == before


def test_undo_keeps_a_mission_that_a_campaign_holds(engine: Engine, book: MakeBook) -> None:
    import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    with writing(engine) as session:
        now = datetime.now(UTC)
        session.add(Campaign(id=1, name="c", letter="l", as_of=date(2024, 3, 18), time_zone="UTC", created_at=now))
        session.flush()
        session.add(Response(campaign_id=1, iso3="FRA"))
    assert undo(engine, by=named("Ana"), ask_number=all_of).kept == ("FRA",)
    (mission,) = rows_of(engine, Mission)
    assert mission.absent_since is not None
    assert rows_of(engine, Contact) == []


@pytest.mark.heavy
def test_export_then_import_changes_nothing(engine: Engine, book: MakeBook, tmp_path: Path) -> None:
    import_file(engine, SHIPPED, by=named("Ana"))
    only = [["ISO3", "Tags"], *([iso3, "a, b c"] for iso3 in ("FRA", "DEU", "KEN"))]
    import_file(engine, book({"Missions": only}), replace=True, confirmed=192, by=named("Ana"))  # all others go
    before = dump(engine)
    exported = export_directory(engine, tmp_path / "out.xlsx")
    assert (exported.missions, exported.contacts) == (3, 6)
    result = import_file(engine, tmp_path / "out.xlsx", by=named("Ana"))
    for difference in (result.missions, result.contacts, result.terms):
        assert not set(counts(difference)) & {"added", "changed", "absent"}
    assert dump(engine) == before


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(lambda text: " ".join(text.split()))


@pytest.mark.heavy
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(
        st.tuples(
            st.sampled_from(["FRA", "CIV", "PRK"]),
            st.sampled_from(list(Role)),
            WORDS,
            WORDS,
            st.sampled_from([None, *GenderForm]),
            st.sampled_from([None, *Language]),
            st.sampled_from(list(Line)),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_whatever_the_directory_holds_survives_the_round_trip(
    engine: Engine, book: MakeBook, tmp_path: Path, people: list[tuple[object, ...]]
) -> None:
    header = ["ISO3", "Role", "Name", "Title", "Gender form", "Language", "Line", "Active", "E-mail"]
    rows = [
        [iso3, role, f"'{name}", f"'{title}", gender, language, line, "yes" if active else "no", f"p{n}@x.example"]
        for n, (iso3, role, name, title, gender, language, line, active) in enumerate(people)
    ]
    from openpyxl.utils.exceptions import IllegalCharacterError

    try:
        path = book({"Contacts": [header, ["FRA", "general", "", "", "", "", "to", "yes", "box@x.example"], *rows]})
    except IllegalCharacterError:
        return
    try:
        # Each example is the whole list: what an earlier one has left goes.
        import_file(engine, path, replace=True, ask_number=lambda found: found.retired, by=named("Ana"))
    except SheetError:
        return  # it holds what no directory may
    before = dump(engine)
    export_directory(engine, tmp_path / "out.xlsx")
    result = import_file(engine, tmp_path / "out.xlsx", by=named("Ana"))
    assert result.contacts.added == result.contacts.changed == result.contacts.absent == []
    assert dump(engine) == before


def test_a_mapping_is_remembered_for_the_same_headers(engine: Engine, book: MakeBook) -> None:
    header = ["Gebiet", "Kontakt"]
    import_file(
        engine,
        book({"Blatt": [header, ["FRA", "a@b.example"]]}),
        mapping={"iso3": "Gebiet", "email": "Kontakt"},
        by=named("Ana"),
    )
    result = import_file(
        engine, book({"Liste": [header, ["FRA", "a@b.example"], ["DEU", "c@d.example"]]}), by=named("Ana")
    )
    assert result.guesses == ()
    assert any("explained before (email: Kontakt, iso3: Gebiet)" in note for note in map(str, result.notes))
    assert {c.email_key for c in rows_of(engine, Contact)} == {address_key("a@b.example"), address_key("c@d.example")}
    with pytest.raises(SheetError, match="taken for iso3"):
        import_file(engine, book({"Liste": [[*header, "Telefon"], ["FRA", "a@b.example", "1"]]}), by=named("Ana"))


def test_a_dry_run_and_a_refused_guess_remember_nothing(engine: Engine, book: MakeBook) -> None:
    path = book({"Blatt": [["Gebiet", "Kontakt"], ["FRA", "a@b.example"]]})
    import_file(engine, path, dry_run=True, by=named("Ana"))
    for _ in range(2):
        with pytest.raises(SheetError, match="nobody has agreed"):
            import_file(engine, path, by=named("Ana"))
    asked = []
    import_file(engine, path, ask=lambda guesses: not asked.extend(guesses), by=named("Ana"))
    assert [guess.where for guess in asked] == ["Blatt!A1", "Blatt!B1"]


def test_an_earlier_import_is_taken_back_by_its_number_and_the_later_ones_stay(engine: Engine, book: MakeBook) -> None:
    header = ["ISO3", "E-mail", "Name"]
    for iso3 in ("FRA", "DEU", "PER"):
        import_file(engine, book({"Contacts": [header, [iso3, f"a@{iso3}.example", "Ana Sol"]]}), by=named("Ana"))
    with reading(engine) as session:
        of_peru, of_germany = (one.id for one in imports(session)[:2])
    assert undo(engine, of_germany, by=named("Ana"), ask_number=all_of).changes > 0
    assert {one.iso3 for one in rows_of(engine, Contact)} == {"FRA", "PER"}
    with pytest.raises(NotFoundError, match=f"Import {of_germany} is taken back already"):
        undo(engine, of_germany, by=named("Ana"), ask_number=all_of)
    import_file(engine, book({"Contacts": [header, ["PER", "a@PER.example", "Ana Mar"]]}), by=named("Ana"), yes=True)
    with pytest.raises(SheetError, match="changed since"):
        undo(engine, of_peru, by=named("Ana"), ask_number=all_of)


def _of_germany(engine: Engine, book: MakeBook, *addresses: str) -> None:
    """Import a list a time: each has another address for the same person."""
    for address in addresses:
        row = ["DEU", f"{address}@deu.example", "Ana Sol"]
        import_file(engine, book({"Contacts": [["ISO3", "E-mail", "Name"], row]}), by=named("Ana"), yes=True)


def test_an_import_whose_value_came_back_is_taken_back_after_those_in_between(engine: Engine, book: MakeBook) -> None:
    _of_germany(engine, book, "a", "b", "c", "b")
    before = dump(engine)
    with pytest.raises(SheetError, match="by imports 3 and 4") as refused:
        undo(engine, 2, by=named("Ana"), ask_number=all_of)
    assert "Import 2 (book.xlsx) can't be taken back" in str(refused.value)
    assert "Take imports 4 and 3 back first, in that order" in str(refused.value)
    assert dump(engine) == before
    for number in (4, 3, 2):
        undo(engine, number, by=named("Ana"), ask_number=all_of)
    assert contact(engine).email == "a@deu.example"


def test_what_was_set_by_hand_to_and_fro_is_taken_back_after_those_in_between(engine: Engine, book: MakeBook) -> None:
    _of_germany(engine, book, "a")
    for language in ("French", "Spanish", "French"):
        set_fields(engine, "DEU", {"language": language}, by=named("Ana"))
    with pytest.raises(SheetError, match="language was changed since, by imports 3 and 4"):
        undo(engine, 2, by=named("Ana"), ask_number=all_of)
    undo(engine, 4, by=named("Ana"), ask_number=all_of)
    with pytest.raises(SheetError, match="Take import 3 back first"):
        undo(engine, 2, by=named("Ana"), ask_number=all_of)


def test_an_import_is_taken_back_though_the_address_of_its_row_moved_on(engine: Engine, book: MakeBook) -> None:
    _of_germany(engine, book, "a")
    set_fields(engine, "DEU", {"title": "Consul"}, contact="a@deu.example", by=named("Ana"))
    _of_germany(engine, book, "b")
    undo(engine, 2, by=named("Ana"), ask_number=all_of)
    there = contact(engine)
    assert (there.email, there.title) == ("b@deu.example", "")
    undo(engine, by=named("Ana"), ask_number=all_of)
    assert contact(engine).email == "a@deu.example"


def test_what_has_to_be_taken_back_before_is_named_with_what_hangs_on_it(engine: Engine, book: MakeBook) -> None:
    _of_germany(engine, book, "a")
    set_fields(engine, "DEU", {"title": "Consul"}, contact="a@deu.example", by=named("Ana"))
    set_fields(engine, "DEU", {"title": "Envoy", "name": "Eva Sol"}, contact="a@deu.example", by=named("Ana"))
    set_fields(engine, "DEU", {"name": "Ida Sol"}, contact="a@deu.example", by=named("Ana"))
    with pytest.raises(SheetError, match="Take imports 4 and 3 back first"):
        undo(engine, 2, by=named("Ana"), ask_number=all_of)


@pytest.mark.parametrize("number", [99, 0, -1])
def test_a_number_that_no_import_has_is_said(engine: Engine, book: MakeBook, number: int) -> None:
    _of_germany(engine, book, "a")
    with pytest.raises(NotFoundError, match=f"There is no import {number}"):
        undo(engine, number, by=named("Ana"), ask_number=all_of)


def test_an_undoing_is_told_as_such_and_is_no_import(engine: Engine, book: MakeBook) -> None:
    _of_germany(engine, book, "a", "b")
    undone = undo(engine, by=named("Ana"), ask_number=all_of)
    assert undone.number == 2
    (row,) = undone.rows
    assert row.label.startswith("DEU a@deu.example (Ana Sol")
    assert [(one.field, one.old, one.new) for one in row.changes] == [("email", "b@deu.example", "a@deu.example")]
    with reading(engine) as session:
        latest = history(session)[0]
    assert (latest["import"], latest["undoes"]) == (3, 2)
    with pytest.raises(NotFoundError, match="with it, import 2 was taken back"):
        undo(engine, 3, by=named("Ana"), ask_number=all_of)


def test_what_an_import_added_is_told_when_it_goes(engine: Engine, book: MakeBook) -> None:
    _of_germany(engine, book, "a")
    undone = undo(engine, by=named("Ana"), ask_number=all_of)
    assert {"Germany"} < {one.label for one in undone.gone}
    assert any(one.key == "DEU a@deu.example" for one in undone.gone)


def test_a_head_who_was_replaced_comes_back_only_after_the_successor_goes(engine: Engine, book: MakeBook) -> None:
    header = ["ISO3", "E-mail", "Name", "Role"]
    old = ["KEN", "a@ken.example", "Grace Sample", "permanent representative"]
    new = ["KEN", "k@ken.example", "Peter Sample", "permanent representative"]
    other = ["FRA", "a@fra.example", "Ana Sol", "permanent representative"]
    import_file(engine, book({"Contacts": [header, old, other]}), by=named("Ana"))
    import_file(engine, book({"Contacts": [header, other]}), replace=True, confirmed=1, by=named("Ana"))
    import_file(engine, book({"Contacts": [header, new]}), by=named("Ana"))
    before = dump(engine)
    with pytest.raises(SheetError, match=r"Peter Sample \(k@ken.example\) is permanent representative") as refused:
        undo(engine, 2, by=named("Ana"), ask_number=all_of)
    assert "Take import 3 back first" in str(refused.value)
    assert dump(engine) == before
    set_fields(engine, "KEN", {"active": "no"}, contact="k@ken.example", by=named("Ana"))
    undo(engine, 2, by=named("Ana"), ask_number=all_of)
    in_use = {one.email for one in rows_of(engine, Contact) if one.iso3 == "KEN" and one.active}
    assert in_use == {"a@ken.example"}
    with pytest.raises(SheetError, match=r"Grace Sample \(a@ken.example\) is permanent representative there again"):
        undo(engine, 4, by=named("Ana"), ask_number=all_of)
