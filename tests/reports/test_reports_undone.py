"""The import of a report taken back: all of it, exactly, or nothing."""

from pathlib import Path
from typing import Any

import pytest
from invented_campaign import MADE
from sqlalchemy import Engine
from sqlmodel import select
from typed_report import edit, list_recipients

from outreach.actors import named
from outreach.database import reading
from outreach.errors import NotFoundError, SheetError
from outreach.missions.history import undo
from outreach.models import Contact, Response
from outreach.reports.export import report
from outreach.reports.returned.incoming import import_report
from outreach.responses.positions import set_position
from outreach.responses.taken_back import undo_report

NAME = "renew-the-mandate"
ANA = named("Ana")
pytestmark = pytest.mark.heavy


@pytest.fixture
def sheet(varied: Engine, tmp_path: Path) -> Path:
    list_recipients(varied)
    set_position(varied, NAME, "FRA", "undecided", note="She will ask Paris.", by=named("Ben"))
    return report(varied, NAME, tmp_path / "round.xlsx", made_at=MADE)


TYPED = (
    ("FRA", "Position", "in favour"), ("FRA", "Note", "Paris said yes."), ("JPN", "Answered how", "call 2024-03-20"),
    ("DEU", "Position", "against"), ("DEU", "Note", "Firm."), ("ARG", "Corrected address", "new.office@arg.example"),
)  # fmt: skip


def stands(engine: Engine) -> list[Any]:
    """Where all stands, but for who changed it last, and when."""
    with reading(engine) as session:
        answers = [one.model_dump(exclude={"changed_at", "changed_by"}) for one in session.exec(select(Response))]
        return answers + [one.model_dump() for one in session.exec(select(Contact).order_by(Contact.id))]


def test_an_import_is_taken_back_as_a_whole(varied: Engine, sheet: Path) -> None:
    before = stands(varied)
    done = import_report(varied, edit(sheet, *TYPED), by=ANA)
    after = stands(varied)
    assert [one.field for one in undo_report(varied, dry_run=True, by=ANA).changes]
    assert stands(varied) == after
    back = undo_report(varied, by=named("Ben"))
    assert stands(varied) == before
    assert (back.file, back.who, len(back.changes)) == ("round.xlsx", "Ana", len(done.changes))
    with pytest.raises(NotFoundError, match="left to take back"):
        undo_report(varied, by=ANA)
    # The same file is no stale one for that: done and taken back is nothing that happened since.
    assert len(import_report(varied, sheet, dry_run=True, by=ANA).changes) == len(done.changes)
    # Taken in once more, it is all there again, and can be taken back again.
    again = report(varied, NAME, sheet.with_name("second.xlsx"), made_at=MADE)
    import_report(varied, edit(again, *TYPED), by=ANA)
    assert stands(varied) == after
    with pytest.raises(NotFoundError, match="of round"):
        undo_report(varied, "round.xlsx", by=ANA)
    undo_report(varied, "second.xlsx", by=ANA)
    assert stands(varied) == before


def test_what_somebody_changed_since_keeps_it_whole(varied: Engine, sheet: Path) -> None:
    import_report(varied, edit(sheet, *TYPED), by=ANA)
    set_position(varied, NAME, "DEU", "abstain", note="Berlin moved.", by=named("Ben"))
    before = stands(varied)
    with pytest.raises(SheetError) as caught:
        undo_report(varied, by=ANA)
    assert {one.where for one in caught.value.problems} == {"DEU"}
    assert stands(varied) == before


def test_taking_the_addresses_back_says_what_stays(varied: Engine, sheet: Path) -> None:
    done = import_report(varied, edit(sheet, *TYPED), by=ANA)
    found = undo(varied, by=ANA)
    assert (found.file, found.left) == ("round.xlsx", len(done.changes) - 1)
    assert len(undo_report(varied, by=ANA).changes) == found.left
