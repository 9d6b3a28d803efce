"""What people really have, and what must come of it: taken, asked about, or refused with the reason."""

from pathlib import Path

import pytest
from missions_books import rows_of
from sqlalchemy import Engine
from ugly_books import UGLY, Ugly

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.importer import import_file
from outreach.models import Contact, DirectoryImport, Mission


def test_there_are_enough_of_them() -> None:
    assert len({ugly.file for ugly in UGLY}) >= 40


@pytest.mark.heavy
@pytest.mark.parametrize("ugly", UGLY, ids=lambda ugly: ugly.file)
def test_an_ugly_spreadsheet(engine: Engine, tmp_path: Path, ugly: Ugly) -> None:
    path = tmp_path / ugly.file
    ugly.write(path)
    if ugly.refused or ugly.guessed:
        with pytest.raises(SheetError) as caught:
            import_file(engine, path, by=named("Ana"))
        assert (ugly.refused or ugly.guessed) in str(caught.value)
        assert rows_of(engine, Contact) == rows_of(engine, Mission) == rows_of(engine, DirectoryImport) == []
    if ugly.refused:
        return
    dry = import_file(engine, path, dry_run=True, by=named("Ana"))
    assert rows_of(engine, Contact) == []
    result = import_file(engine, path, yes=bool(ugly.guessed), by=named("Ana"))
    assert result.contacts == dry.contacts
    assert bool(result.guesses) == bool(ugly.guessed)
    assert {(c.iso3, c.email) for c in rows_of(engine, Contact)} == ugly.contacts
    assert any(ugly.note in note for note in ["", *map(str, result.notes)])
    french = next((c for c in rows_of(engine, Contact) if c.email == "a@fra.example"), None)
    assert all(getattr(french, name) == value for name, value in ugly.fields)
    again = import_file(engine, path, yes=True, by=named("Ana"))
    assert again.contacts.added + again.contacts.changed + again.contacts.absent == []
