"""Notes on a mission: who wrote them and when, nothing overwritten, and no import takes them away."""

import pytest
from missions_books import CONTACTS, FRA, SHIPPED, MakeBook, all_of, rows_of
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import ConflictError, NotFoundError, UserError
from outreach.missions.history import undo
from outreach.missions.importer import import_file
from outreach.missions.notes import add_note, change_note, notes_on
from outreach.models import Mission, MissionNote


@pytest.fixture
def france(engine: Engine, book: MakeBook) -> Engine:
    """A directory with one mission."""
    import_file(engine, book({"Contacts": [CONTACTS, FRA]}), by=named("Ana"))
    return engine


def test_a_note_has_its_writer_and_its_day_and_the_last_comes_first(france: Engine) -> None:
    add_note(france, "fra", " Ask for Ms Sample.\r\nNot on Fridays. ", by=named("Ana"))
    add_note(france, "FRA", "They promised an answer.", by=named("Ben"))
    found = notes_on(france, "FRA")
    assert [(one.text, one.who) for one in found] == [
        ("They promised an answer.", "Ben"), ("Ask for Ms Sample.\nNot on Fridays.", "Ana"),
    ]  # fmt: skip
    assert found[0].at >= found[1].at


def test_a_change_keeps_what_was_said_before(france: Engine) -> None:
    first = add_note(france, "FRA", "one", by=named("Ana"))
    assert first.id is not None
    second = change_note(france, first.id, "two", by=named("Ben"))
    assert second.id is not None
    third = change_note(france, second.id, "three", by=named("Ana"))
    (found,) = notes_on(france, "FRA")
    assert (found.id, found.text) == (third.id, "three")
    assert [(one.text, one.who) for one in found.earlier] == [("two", "Ben"), ("one", "Ana")]
    assert third.id is not None
    change_note(france, third.id, "  ", by=named("Ben"))
    assert notes_on(france, "FRA") == []
    assert [one.text for one in rows_of(france, MissionNote)] == ["one", "two", "three"]


def test_the_later_of_two_is_told(france: Engine) -> None:
    note = add_note(france, "FRA", "one", by=named("Ana"))
    assert note.id is not None
    change_note(france, note.id, "two", by=named("Ben"))
    with pytest.raises(ConflictError, match="Ben has changed this note meanwhile"):
        change_note(france, note.id, "other", by=named("Ana"))
    assert [one.text for one in notes_on(france, "FRA")] == ["two"]


def test_what_cannot_be_a_note(france: Engine) -> None:
    for text, by in (("", "Ana"), (" \n ", "Ana"), ("x" * 5_001, "Ana"), ("words", " ")):
        with pytest.raises(UserError):
            add_note(france, "FRA", text, by=named(by))
    with pytest.raises(NotFoundError):
        add_note(france, "XYZ", "words", by=named("Ana"))
    with pytest.raises(NotFoundError):
        change_note(france, 7, "words", by=named("Ana"))
    assert rows_of(france, MissionNote) == []


@pytest.mark.heavy
def test_no_import_and_no_undo_takes_a_note_away(france: Engine, book: MakeBook) -> None:
    add_note(france, "FRA", "kept", by=named("Ana"))
    import_file(france, SHIPPED, by=named("Ana"))
    import_file(
        france,
        book({"Contacts": [CONTACTS, ["DEU", *FRA[1:3], "mission@deu.mission.example", *FRA[4:]]]}),
        by=named("Ana"),
    )
    assert [one.text for one in notes_on(france, "FRA")] == ["kept"]
    for _ in range(3):
        undo(france, by=named("Ana"), ask_number=all_of)
    assert [one.text for one in notes_on(france, "FRA")] == ["kept"]
    assert [one.iso3 for one in rows_of(france, Mission)] == ["FRA"]
