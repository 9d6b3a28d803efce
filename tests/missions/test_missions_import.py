"""The import: rows added, changed, kept and marked, told one by one; names and addresses in any script."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from missions_books import CONTACTS, FRA, SHIPPED, MakeBook, all_of, contact, counts, dump, rows_of
from sqlalchemy import Engine, event

from outreach.actors import named
from outreach.database import open_database
from outreach.errors import ConfirmationError, SheetError
from outreach.missions.directory_workbook import write_directory
from outreach.missions.history import undo
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


@pytest.mark.heavy
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
    path = book({"Contacts": [CONTACTS, ["fra", "PR", "Ana Sample", "PR.Office@fra.mission.example", "", "cc", "no"]]})
    dry = import_file(engine, path, dry_run=True, by=named("Ana"))
    assert dump(engine) == before
    wet = import_file(engine, path, by=named("Ana"))
    assert dry.dry_run
    assert not wet.dry_run
    assert {**dry.as_dict(), "dry_run": False} == wet.as_dict()
    assert dump(engine) != before


def test_what_was_changed_is_told_field_by_field(engine: Engine, book: MakeBook) -> None:
    import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    changed = ["FRA", "Ambassador", "Ana Sample", "Mission@FRA.mission.example", "français", "copie", "non"]
    (entry,) = import_file(engine, book({"Contacts": [CONTACTS, changed]}), by=named("Ana")).contacts.changed
    assert entry.key == "FRA Mission@fra.mission.example"
    assert [(c.field, c.old, c.new) for c in entry.changes] == [
        ("role", "general", "permanent representative"),
        ("name", "", "Ana Sample"),
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
    # By default an import adds and updates: what the file does not name stays, and is told.
    kept = import_file(engine, one, by=named("Ana"))
    assert counts(kept.contacts) == {"unchanged": 1, "left_alone": 1}
    assert any("left as they are: 1 contact" in note for note in map(str, kept.notes))
    assert all(c.absent_since is None for c in rows_of(engine, Contact))
    result = import_file(engine, one, replace=True, confirmed=1, by=named("Ana"))
    assert counts(result.contacts) == {"unchanged": 1, "absent": 1}
    assert [(r.iso3, r.before, r.after) for r in result.recipients] == [("DEU", ("mission@deu.mission.example",), ())]
    assert result.contacts.absent[0].key == "DEU mission@deu.mission.example"
    assert any("campaigns will not write" in note for note in map(str, result.notes))
    marked = {c.iso3: c.absent_since for c in rows_of(engine, Contact)}
    assert marked["FRA"] is None
    assert marked["DEU"] is not None
    assert counts(import_file(engine, one, by=named("Ana")).contacts) == {"unchanged": 1, "still_absent": 1}
    assert {c.iso3: c.absent_since for c in rows_of(engine, Contact)} == marked
    back = import_file(engine, both, by=named("Ana")).contacts
    assert counts(back) == {"unchanged": 1, "changed": 1}
    assert back.changed[0].changes[0].field == "absent_since"
    assert all(c.absent_since is None for c in rows_of(engine, Contact))


def test_another_address_of_the_same_person_is_a_change_and_no_second_contact(engine: Engine, book: MakeBook) -> None:
    ana = ["FRA", "PR", "Ana Sample", "ana@fra.mission.example", "", "to", "yes"]
    ben = ["FRA", "deputy", "Ben Sample", "ben@fra.mission.example", "", "to", "yes"]
    import_file(engine, book({"Contacts": [CONTACTS, ana, ben]}), by=named("Ana"))
    before = [(c.id, c.email, c.email_key, c.active, c.absent_since) for c in rows_of(engine, Contact)]
    moved = [*ana[:3], "a.sample@fra.mission.example", *ana[4:]]
    result = import_file(engine, book({"Contacts": [CONTACTS, moved]}, name="2.xlsx"), by=named("Ana"))
    (entry,) = result.contacts.changed
    assert [(c.field, c.old, c.new) for c in entry.changes] == [
        ("email", "ana@fra.mission.example", "a.sample@fra.mission.example")
    ]
    assert [(r.iso3, r.before, r.after) for r in result.recipients] == [
        (
            "FRA",
            ("ana@fra.mission.example", "ben@fra.mission.example"),
            ("a.sample@fra.mission.example", "ben@fra.mission.example"),
        )
    ]
    undo(engine, by=named("Ana"), ask_number=all_of)
    assert [(c.id, c.email, c.email_key, c.active, c.absent_since) for c in rows_of(engine, Contact)] == before


def test_another_name_or_another_box_of_an_office_is_a_contact_of_its_own(engine: Engine, book: MakeBook) -> None:
    deu = ["DEU", "general", "", "mission@deu.mission.example", "", "to", "yes"]
    ana = ["FRA", "deputy", "Ana Sample", "ana@fra.mission.example", "", "to", "yes"]
    import_file(engine, book({"Contacts": [CONTACTS, ana, deu]}), by=named("Ana"))
    another = ["FRA", "deputy", "Cy Sample", "cy@fra.mission.example", "", "to", "yes"]
    press = ["DEU", "general", "", "press@deu.mission.example", "", "to", "yes"]
    result = import_file(engine, book({"Contacts": [CONTACTS, another, press]}, name="2.xlsx"), by=named("Ana"))
    assert counts(result.contacts) == {"added": 2, "left_alone": 2}


def test_another_head_of_mission_is_asked_about_and_takes_the_place(engine: Engine, book: MakeBook) -> None:
    ana = ["FRA", "PR", "Ana Sample", "ana@fra.mission.example", "", "to", "yes"]
    import_file(engine, book({"Contacts": [CONTACTS, ana]}), by=named("Ana"))
    new = book(
        {"List": [["Country", "Role", "Name", "E-mail"], ["France", "PR", "Cy Lim", "cy@fra.example"]]}, name="2.xlsx"
    )
    with pytest.raises(SheetError, match="Ana Sample → Cy Lim"):
        import_file(engine, new, by=named("Ana"))
    import_file(engine, new, by=named("Ana"), yes=True)
    assert {one.name: one.active for one in rows_of(engine, Contact)} == {"Ana Sample": False, "Cy Lim": True}
    import_file(engine, new, by=named("Ana"))  # it was agreed to
    both = book(
        {"Contacts": [CONTACTS, ana, ["FRA", "PR", "Bo Kim", "bo@fra.example", "", "to", "yes"]]}, name="3.xlsx"
    )
    with pytest.raises(SheetError) as caught:
        import_file(engine, both, by=named("Ana"))
    assert "several heads" in str(caught.value.problems)


def test_a_box_of_the_head_s_office_that_is_corrected_takes_the_place_too(engine: Engine, book: MakeBook) -> None:
    head = ["Country", "Role", "E-mail"]
    import_file(engine, book({"List": [head, ["France", "PR", "old@fra.example"], ["Chile", "PR", "a@chl.example"],
                                       ["Chile", "deputy", "b@chl.example"]]}), by=named("Ana"))  # fmt: skip
    new = book({"List": [head, ["France", "PR", "new@fra.example"]]}, name="2.xlsx")
    with pytest.raises(SheetError, match=r"old@fra\.example → new@fra\.example"):
        import_file(engine, new, by=named("Ana"))
    import_file(engine, new, by=named("Ana"), yes=True)
    assert {one.email for one in rows_of(engine, Contact) if not one.active} == {"old@fra.example"}


def test_another_person_at_the_same_address_has_nothing_of_the_one_before(engine: Engine, book: MakeBook) -> None:
    head = ["Country", "Role", "Name", "Form of address", "Gender form", "E-mail", "VIP"]
    row = ["Kenya", "PR", "Cleo Mailo", "Mr", "masculine", "pr@ken.example", "yes"]
    import_file(engine, book({"List": [head, row]}), by=named("Ana"), yes=True)
    part = ["Country", "Role", "Name", "E-mail"]
    same = book({"List": [part, ["Kenya", "PR", "Cleo A. Mailo", "pr@ken.example"]]}, name="2.xlsx")
    import_file(engine, same, by=named("Ana"))
    assert contact(engine).form_of_address == "Mr"
    other = book({"List": [part, ["Kenya", "PR", "Fancy Tooh", "pr@ken.example"]]}, name="3.xlsx")
    with pytest.raises(SheetError, match=r"Cleo A\. Mailo → Fancy Tooh"):
        import_file(engine, other, by=named("Ana"))
    import_file(engine, other, by=named("Ana"), yes=True)
    found = contact(engine)
    assert (found.name, found.form_of_address, found.gender_form, found.fields) == ("Fancy Tooh", "", None, {})
    undo(engine, by=named("Ana"), ask_number=all_of)
    assert (contact(engine).name, contact(engine).form_of_address) == ("Cleo A. Mailo", "Mr")


def test_a_pronoun_in_the_column_of_the_gender_form_is_one(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "Name", "Gender form", "E-mail"],
            ["Kenya", "Jo Dup", "she/her", "a@ken.example"], ["Japan", "An Sat", "he", "b@jpn.example"]]  # fmt: skip
    import_file(engine, book({"List": rows}), by=named("Ana"), yes=True)
    found = {one.iso3: one.gender_form for one in rows_of(engine, Contact)}
    assert found == {"KEN": GenderForm.FEMININE, "JPN": GenderForm.MASCULINE}


def test_a_man_by_one_word_and_a_woman_by_another_is_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [["Pays", "Prénom", "Nom", "Civilité", "Fonction", "Courriel"],
            ["Kenya", "Jo", "Dup", "S.E.M.", "Représentante permanente", "a@ken.example"],
            ["Japon", "An", "Sat", "M.", "Chargée d'affaires a.i.", "b@jpn.example"],
            ["Mali", "Bo", "Lim", "M.", "Conseiller juridique", "c@mli.example"]]  # fmt: skip
    with pytest.raises(SheetError) as caught:
        import_file(engine, book({"Liste": rows}), by=named("Ana"))
    (asked,) = [str(one) for one in caught.value.problems if "a man by one word" in str(one)]
    assert "2 (" in asked
    assert "3 (" in asked
    assert "4 (" not in asked
    import_file(engine, book({"Liste": rows}), by=named("Ana"), yes=True)
    assert {one.gender_form for one in rows_of(engine, Contact) if one.iso3 != "MLI"} == {None}


def test_in_the_whole_directory_a_cell_with_another_address_is_a_change(engine: Engine, book: MakeBook) -> None:
    states = ["FRA", "DEU", "CHL", "GHA", "JPN", "QAT", "BRA", "CUB", "KEN", "NPL"]
    boxes = [[iso3, "general", "", f"mission@{iso3.lower()}.mission.example", "", "to", "yes"] for iso3 in states]
    import_file(engine, book({"Contacts": [CONTACTS, *boxes]}), by=named("Ana"))
    boxes[0] = [*boxes[0][:3], "office@fra.mission.example", *boxes[0][4:]]
    result = import_file(engine, book({"Contacts": [CONTACTS, *boxes]}, name="2.xlsx"), by=named("Ana"))
    assert counts(result.contacts) == {"changed": 1, "unchanged": 9}


def test_missions_and_terms_that_leave_the_file_are_marked_too(engine: Engine, book: MakeBook) -> None:
    terms = ["ISO3", "First year", "Last year"]
    import_file(
        engine,
        book({"Missions": [["ISO3"], ["FRA"], ["DEU"]], "HRC terms": [terms, ["FRA", 2024, 2026]]}),
        by=named("Ana"),
    )
    result = import_file(
        engine,
        book({"Missions": [["ISO3"], ["DEU"]], "HRC terms": [terms, ["DEU", 2023, 2025]]}),
        replace=True,
        confirmed=2,
        by=named("Ana"),
    )
    assert counts(result.missions) == {"unchanged": 1, "absent": 1}
    assert counts(result.terms) == {"added": 1, "absent": 1}
    assert {t.iso3: t.absent_since is None for t in rows_of(engine, Term)} == {"FRA": False, "DEU": True}


@pytest.mark.heavy
def test_retiring_many_rows_takes_their_number(engine: Engine, book: MakeBook) -> None:
    import_file(engine, SHIPPED, by=named("Ana"))
    before = dump(engine)
    path = book({"Contacts": [CONTACTS, FRA]})
    asked: list[int] = []

    def types(number: int | None) -> Callable[[ImportResult], int | None]:
        def ask(result: ImportResult) -> int | None:
            asked.append(result.retired)
            return number

        return ask

    for said in ({}, {"ask_number": types(None)}, {"confirmed": 388}, {"ask_number": types(388)}):
        with pytest.raises(ConfirmationError, match="389 "):
            import_file(engine, path, replace=True, by=named("Ana"), **said)  # type: ignore[arg-type]
        assert dump(engine) == before
    assert asked == [389, 389]
    dry = import_file(engine, path, replace=True, dry_run=True, by=named("Ana"))
    assert (dry.retired, dry.as_dict()["retired"], dump(engine)) == (389, 389, before)
    result = import_file(engine, path, replace=True, ask_number=types(389), by=named("Ana"))
    assert len(result.contacts.absent) == 389
    undo(engine, by=named("Ana"), ask_number=all_of)
    assert dump(engine) == before


def test_tags_that_a_sheet_does_not_name_stay_unless_it_replaces(engine: Engine, book: MakeBook) -> None:
    def tags(*rows: list[str], **given: Any) -> tuple[ImportResult, dict[str, list[str]]]:
        result = import_file(engine, book({"Missions": [["ISO3", "Tags"], *rows]}), by=named("Ana"), **given)
        return result, {m.iso3: m.tags for m in rows_of(engine, Mission)}

    tags(["FRA", "old, P5"], ["DEU", ""])
    result, now = tags(["FRA", "core; Old"])
    assert now == {"FRA": ["old", "P5", "core"], "DEU": []}
    assert any("1 tag that the file does not name" in note for note in map(str, result.notes))
    result, now = tags(["FRA", "core"], ["DEU", ""], replace=True, confirmed=2)
    assert (now, result.retired, result.retired_tags) == ({"FRA": ["core"], "DEU": []}, 2, 2)


def test_a_file_with_contacts_only_takes_missions_and_terms_from_the_facts(engine: Engine, book: MakeBook) -> None:
    path = book({"Contacts": [CONTACTS, FRA]})
    result = import_file(engine, path, by=named("Ana"))
    assert [entry.key for entry in result.missions.added] == ["FRA"]
    assert counts(result.terms) == {"added": 79}
    assert any("shipped facts" in note for note in map(str, result.notes))
    assert any("79 shipped terms" in note for note in map(str, result.notes))
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
        engine,
        book({"Contacts": [CONTACTS, ["FRA", "PR", "Ana Sample", "a@b.example", "es", "cc", "no"]]}),
        by=named("Ana"),
    )
    result = import_file(engine, book({"Contacts": [["ISO3", "Courriel"], ["FRA", "a@b.example"]]}), by=named("Ana"))
    assert counts(result.contacts) == {"unchanged": 1}
    assert contact(engine).name == "Ana Sample"


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
# The part before the @, in the letters of one script: a mixture of Latin and Cyrillic is refused.
LOCAL = st.one_of(st.text(f"{letters}019._-+'界ع", min_size=1, max_size=20) for letters in ("abcxyzéßø", "жщ")).filter(
    lambda text: not text.startswith(".") and not text.endswith(".") and ".." not in text
)


@pytest.mark.heavy
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
    import_file(engine, folder / "d.xlsx", by=named("Ana"), yes=True)  # a name such as "0" is asked about
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
