"""The import: rows added, changed, kept and marked, told one by one; names and addresses in any script."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from missions_books import CONTACTS, FRA, SHIPPED, MakeBook, contact, counts, dump, rows_of
from sqlalchemy import Engine, event

from outreach.actors import named
from outreach.database import open_database
from outreach.missions.directory_workbook import write_directory
from outreach.missions.importer import import_file
from outreach.missions.result import ImportResult
from outreach.models import Contact, Mission, Term
from outreach.text import address_key, one_line
from outreach.vocabulary import GenderForm, Language, Line, Role
from tests.examples import examples


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What the database is told while the block runs."""
    given: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        given.append(statement)

    event.listen(engine, "before_cursor_execute", told)
    try:
        yield given
    finally:
        event.remove(engine, "before_cursor_execute", told)


def test_the_shipped_workbook(engine: Engine) -> None:
    with statements(engine) as given:
        result = import_file(engine, SHIPPED, by=named("Ana"))
    assert len(given) < 60, given  # so many for 664 rows: none goes row by row
    assert [counts(d) for d in (result.missions, result.contacts, result.terms)] == [
        {"added": 195}, {"added": 390}, {"added": 79},
    ]  # fmt: skip
    assert result.notes == ()
    with statements(engine) as given:
        again = import_file(engine, SHIPPED, by=named("Ana"))
    assert len(given) < 60, given
    assert [counts(d) for d in (again.missions, again.contacts, again.terms)] == [
        {"unchanged": 195}, {"unchanged": 390}, {"unchanged": 79},
    ]  # fmt: skip
    json.dumps(result.as_dict())


def test_a_dry_run_tells_the_same_and_changes_nothing(engine: Engine, book: MakeBook) -> None:
    import_file(engine, SHIPPED, by=named("Ana"))
    before = dump(engine)
    path = book({"Contacts": [CONTACTS, ["fra", "PR", "N. N.", "PR.Office@fra.mission.example", "", "cc", "no"]]})
    dry = import_file(engine, path, dry_run=True, by=named("Ana"))
    assert dump(engine) == before
    wet = import_file(engine, path, by=named("Ana"))
    assert dry.dry_run
    assert not wet.dry_run
    assert {**dry.as_dict(), "dry_run": False} == wet.as_dict()
    assert dump(engine) != before


def test_what_was_changed_is_told_field_by_field(engine: Engine, book: MakeBook) -> None:
    import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    changed = ["FRA", "Ambassador", "N. N.", "Mission@FRA.mission.example", "français", "copie", "non"]
    (entry,) = import_file(engine, book({"Contacts": [CONTACTS, changed]}), by=named("Ana")).contacts.changed
    assert entry.key == "FRA Mission@fra.mission.example"
    assert [(c.field, c.old, c.new) for c in entry.changes] == [
        ("role", "general", "permanent representative"),
        ("name", "", "N. N."),
        ("email", "mission@fra.mission.example", "Mission@fra.mission.example"),
        ("language", "", "fr"),
        ("line", "to", "cc"),
        ("active", "yes", "no"),
    ]
    stored = contact(engine)
    assert (stored.email, stored.email_key) == ("Mission@fra.mission.example", "mission@fra.mission.example")
    assert (stored.role, stored.line, stored.active) == (Role.PERMANENT_REPRESENTATIVE, Line.CC, False)


def test_what_is_no_longer_in_the_file_is_kept_and_marked_once(engine: Engine, book: MakeBook) -> None:
    deu = ["DEU", "general", "", "mission@deu.mission.example", "", "to", "yes"]
    both, one = book({"Contacts": [CONTACTS, FRA, deu]}, name="2.xlsx"), book({"Contacts": [CONTACTS, FRA]})
    import_file(engine, both, by=named("Ana"))
    result = import_file(engine, one, by=named("Ana"))
    assert counts(result.contacts) == {"unchanged": 1, "absent": 1}
    assert result.contacts.absent[0].key == "DEU mission@deu.mission.example"
    assert any("campaigns will not write" in note for note in result.notes)
    marked = {c.iso3: c.absent_since for c in rows_of(engine, Contact)}
    assert marked["FRA"] is None
    assert marked["DEU"] is not None
    assert counts(import_file(engine, one, by=named("Ana")).contacts) == {"unchanged": 1, "still_absent": 1}
    assert {c.iso3: c.absent_since for c in rows_of(engine, Contact)} == marked
    back = import_file(engine, both, by=named("Ana")).contacts
    assert counts(back) == {"unchanged": 1, "changed": 1}
    assert back.changed[0].changes[0].field == "absent_since"
    assert all(c.absent_since is None for c in rows_of(engine, Contact))


def test_missions_and_terms_that_leave_the_file_are_marked_too(engine: Engine, book: MakeBook) -> None:
    terms = ["ISO3", "First year", "Last year"]
    import_file(
        engine,
        book({"Missions": [["ISO3"], ["FRA"], ["DEU"]], "HRC terms": [terms, ["FRA", 2024, 2026]]}),
        by=named("Ana"),
    )
    result = import_file(
        engine, book({"Missions": [["ISO3"], ["DEU"]], "HRC terms": [terms, ["DEU", 2023, 2025]]}), by=named("Ana")
    )
    assert counts(result.missions) == {"unchanged": 1, "absent": 1}
    assert counts(result.terms) == {"added": 1, "absent": 1}
    assert {t.iso3: t.absent_since is None for t in rows_of(engine, Term)} == {"FRA": False, "DEU": True}


def test_a_file_with_contacts_only_takes_missions_and_terms_from_the_facts(engine: Engine, book: MakeBook) -> None:
    path = book({"Contacts": [CONTACTS, FRA]})
    result = import_file(engine, path, by=named("Ana"))
    assert [entry.key for entry in result.missions.added] == ["FRA"]
    assert counts(result.terms) == {"added": 79}
    assert any("shipped facts" in note for note in result.notes)
    assert any("79 shipped terms" in note for note in result.notes)
    (mission,) = rows_of(engine, Mission)
    assert (mission.short_name, mission.formal_name) == ("France", "the French Republic")
    assert (mission.regional_group, mission.language) == ("Western European and Others", Language.FRENCH)
    again = import_file(engine, path, by=named("Ana"))
    assert (counts(again.missions), counts(again.contacts), counts(again.terms)) == (
        {"unchanged": 1},
        {"unchanged": 1},
        {},
    )


def test_a_contact_keeps_its_mission_in_the_file(engine: Engine, book: MakeBook) -> None:
    path = book({"Missions": [["ISO3"], ["DEU"]], "Contacts": [CONTACTS, FRA]})
    import_file(engine, path, by=named("Ana"))
    assert counts(import_file(engine, path, by=named("Ana")).missions) == {"unchanged": 2}


def test_empty_cells_of_a_mission_are_filled_from_the_facts(engine: Engine, book: MakeBook) -> None:
    header = ["ISO3", "Short name", "Language", "City", "Time zone", "Regional group", "Tags"]
    empty = ["FRA", None, None, None, None, None, "core; P5, Core"]
    filled = ["TUV", "Tuvalu!", "fr", "Suva", "pacific/fiji", "APG", None]
    import_file(engine, book({"Missions": [header, empty, filled]}), by=named("Ana"))
    fra, tuv = rows_of(engine, Mission)
    assert (fra.short_name, fra.language, fra.city, fra.time_zone, fra.tags) == (
        "France", Language.FRENCH, "Geneva", "Europe/Zurich", ["core", "P5"],
    )  # fmt: skip
    assert (tuv.short_name, tuv.language, tuv.city, tuv.time_zone, tuv.regional_group) == (
        "Tuvalu!", Language.FRENCH, "Suva", "Pacific/Fiji", "Asia-Pacific",
    )  # fmt: skip


def test_a_column_that_the_file_has_not_leaves_its_field_alone(engine: Engine, book: MakeBook) -> None:
    import_file(
        engine, book({"Contacts": [CONTACTS, ["FRA", "PR", "N. N.", "a@b.example", "es", "cc", "no"]]}), by=named("Ana")
    )
    result = import_file(engine, book({"Contacts": [["ISO3", "Courriel"], ["FRA", "a@b.example"]]}), by=named("Ana"))
    assert counts(result.contacts) == {"unchanged": 1}
    assert contact(engine).name == "N. N."


PEOPLE = [
    ("EGY", "أ. ب. ج.", "سفير@بعثة.mission.example", "العربية"),
    ("CHN", "某某大使", "大使@使团.mission.example", "中文"),
    ("RUS", "Н. Н. Ёлкин-Щ", "посол@почта.mission.example", "русский"),
    ("IND", "क. ख. ग.", "राजदूत@डाक.mission.example", "English"),
    ("CZE", "Ž. Řehoř Ǆ", "ž@pošta.example", "anglais"),
]


def test_names_and_addresses_in_any_script_survive(engine: Engine, book: MakeBook) -> None:
    rows = [["ISO3", "Name", "E-mail", "Language"], *map(list, PEOPLE)]
    import_file(engine, book({"Contacts": rows}), by=named("Ana"))
    stored = {c.iso3: (c.iso3, c.name, c.email) for c in rows_of(engine, Contact)}
    assert stored == {row[0]: row[:3] for row in PEOPLE}


NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Zs", "Cn"], exclude_characters="\ufffe\uffff"),
    min_size=1, max_size=40,
)  # fmt: skip
LOCAL = st.text(st.sampled_from("abcxyz019._-+'éßøжщ界ع"), min_size=1, max_size=20).filter(
    lambda text: not text.startswith(".") and not text.endswith(".") and ".." not in text
)


@settings(max_examples=examples(40), deadline=None)
@given(name=NAMES, title=NAMES, local=LOCAL)
def test_what_is_written_comes_back(
    name: str, title: str, local: str, tmp_path_factory: pytest.TempPathFactory, empty_database: Path
) -> None:
    folder = tmp_path_factory.mktemp("round")
    (folder / "o.db").write_bytes(empty_database.read_bytes())
    engine = open_database(f"sqlite:///{folder / 'o.db'}")
    email = f"{local}@fra.mission.example"
    person = Contact(
        iso3="FRA", role=Role.DEPUTY, name=name, title=title, email=email, email_key=address_key(email),
        gender_form=GenderForm.FEMININE, language=Language.RUSSIAN, line=Line.CC, active=False,
    )  # fmt: skip
    write_directory(folder / "d.xlsx", missions=[], contacts=[person], terms=[])
    import_file(engine, folder / "d.xlsx", by=named("Ana"))
    stored = contact(engine)
    engine.dispose()
    assert (stored.name, stored.title) == (one_line(name), one_line(title))
    assert address_key(stored.email) == address_key(email)
    assert (stored.role, stored.gender_form, stored.language, stored.line, stored.active) == (
        Role.DEPUTY, GenderForm.FEMININE, Language.RUSSIAN, Line.CC, False,
    )  # fmt: skip


def test_a_result_is_plain_data(engine: Engine, book: MakeBook) -> None:
    result: ImportResult = import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    plain = json.loads(json.dumps(result.as_dict()))
    assert plain["contacts"]["added"] == [
        {"key": "FRA mission@fra.mission.example", "label": "FRA mission@fra.mission.example (general)"}
    ]
