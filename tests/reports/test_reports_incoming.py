"""A report out, edited by a colleague, and in again: what was typed is taken, what went stale is refused."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented_campaign import MADE
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import SheetError
from outreach.missions.history import history, undo
from outreach.models import Contact, Delivery, Message, Response, ResponseChange
from outreach.reports.incoming import import_report
from outreach.reports.workbook import write_report
from outreach.responses.positions import set_position
from outreach.text import address_key
from outreach.vocabulary import Answer, DeliveryStatus, Line, Position, Role
from tests.examples import examples

NAME = "renew-the-mandate"


@pytest.fixture
def sheet(varied: Engine, tmp_path: Path) -> Path:
    with writing(varied) as session:
        for message in session.exec(select(Message)):
            for recipient in session.exec(select(Delivery).where(Delivery.message_id == message.id)):
                if recipient.line is Line.CC:
                    recipient.status = DeliveryStatus.ACCEPTED  # one of two bounced
                session.add(
                    Contact(
                        iso3=message.iso3, role=Role.GENERAL, email=recipient.address,
                        email_key=address_key(recipient.address), bounced_at=MADE, bounce_detail="no such user",
                    )
                )  # fmt: skip
    return write_report(varied, NAME, tmp_path / "report.xlsx", made_at=MADE)


def edit(path: Path, *typed: tuple[str, str, Any]) -> Path:
    """Type values into the rows of states, as a person would."""
    book = openpyxl.load_workbook(path)
    missions = book["Missions"]
    columns = {cell.value: cell.column for cell in missions[1]}
    rows = {row[0].value: row[0].row for row in missions.iter_rows(min_row=2)}
    for iso3, header, value in typed:
        missions.cell(rows[iso3], columns[header]).value = value
    book.save(path)
    return path


def response(engine: Engine, iso3: str) -> Response:
    with reading(engine) as session:
        return session.exec(select(Response).where(Response.iso3 == iso3)).one()


def everything(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [row.model_dump() for kind in (Response, ResponseChange, Contact) for row in session.exec(select(kind))]


def test_a_report_that_nobody_touched_changes_nothing(varied: Engine, sheet: Path) -> None:
    before = everything(varied)
    for _ in range(2):
        assert import_report(varied, sheet, by=named("Ana")).changes == []
        edit(sheet)  # opened and saved by another program
    assert everything(varied) == before


def test_what_was_typed_is_taken_with_its_history(varied: Engine, sheet: Path) -> None:
    edit(
        sheet,
        ("FRA", "Position", "Co-sponsor"),
        ("FRA", "Note", "Will speak first.\nAsk again in May."),
        ("JPN", "Answered how", "answered by phone 2024-03-20"),
    )
    dry = import_report(varied, sheet, dry_run=True, by=named("Ana"))
    assert response(varied, "FRA").position is Position.UNKNOWN
    result = import_report(varied, sheet, by=named("Ana"))
    assert dry.changes == result.changes
    assert [(c.iso3, c.field, c.old, c.new) for c in result.changes] == [
        ("FRA", "position", "unknown", "co-sponsor"),
        ("FRA", "note", "", "Will speak first.\nAsk again in May."),
        ("JPN", "answer", "none", "replied"),
    ]
    france, japan = response(varied, "FRA"), response(varied, "JPN")
    assert (france.position, france.note, france.changed_by) == (
        Position.CO_SPONSOR,
        "Will speak first.\nAsk again in May.",
        "Ana",
    )
    assert (japan.answer, japan.answered_at) == (Answer.REPLIED, datetime(2024, 3, 20, 12, tzinfo=UTC))
    with reading(varied) as session:
        changes = session.exec(select(ResponseChange).where(ResponseChange.response_id == japan.id)).all()
    assert changes[-1].note == "by phone 2024-03-20 from report.xlsx"
    assert import_report(varied, sheet, by=named("Ana")).changes == []  # the same file again


def test_a_row_that_somebody_changed_since_is_refused_by_name(varied: Engine, sheet: Path) -> None:
    edit(sheet, ("FRA", "Position", "against"), ("JPN", "Position", "abstain"))
    set_position(varied, NAME, "FRA", "in favour", by=named("Ben"))
    before = everything(varied)
    with pytest.raises(SheetError) as caught:
        import_report(varied, sheet, by=named("Ana"))
    (problem,) = caught.value.problems
    assert problem.where.startswith("FRA (Missions, row ")
    assert "position was changed from 'unknown' to 'in favour' by Ben" in problem.what
    assert everything(varied) == before
    result = import_report(varied, sheet, skip_stale=True, by=named("Ana"))
    assert [(c.iso3, c.new) for c in result.changes] == [("JPN", "abstain")]
    assert [problem.where[:3] for problem in result.skipped] == ["FRA"]
    assert response(varied, "FRA").position is Position.IN_FAVOUR


def test_a_change_since_of_a_row_that_nobody_typed_into_is_no_matter(varied: Engine, sheet: Path) -> None:
    set_position(varied, NAME, "FRA", "in favour", by=named("Ben"))
    edit(sheet, ("JPN", "Position", "abstain"))
    import_report(varied, sheet, by=named("Ana"))
    assert response(varied, "FRA").position is Position.IN_FAVOUR
    assert response(varied, "JPN").position is Position.ABSTAIN


def test_a_corrected_address_takes_the_place_of_the_one_that_bounced(varied: Engine, sheet: Path) -> None:
    edit(sheet, ("ARG", "Corrected address", "new.office@arg.example"))
    result = import_report(varied, sheet, by=named("Ana"))
    (change,) = result.changes
    assert (change.field, change.old, change.new) == (
        "address",
        "office.arg@mission.example",
        "new.office@arg.example",
    )
    with reading(varied) as session:
        contacts = session.exec(select(Contact).where(Contact.iso3 == "ARG")).all()
        told = history(session, "ARG")
    corrected = next(contact for contact in contacts if contact.email == "new.office@arg.example")
    assert (corrected.bounced_at, corrected.bounce_detail, len(contacts)) == (None, "", 2)
    assert (told[0]["who"], told[0]["file"], told[0]["field"]) == ("Ana", "report.xlsx", "email")
    assert import_report(varied, sheet, by=named("Ana")).changes == []
    undo(varied, by=named("Ana"))
    with reading(varied) as session:
        assert {c.email for c in session.exec(select(Contact).where(Contact.iso3 == "ARG"))} == {
            "office.arg@mission.example",
            "geneva.arg@mission.example",
        }


def test_an_address_that_could_stand_for_two_asks_which(varied: Engine, sheet: Path) -> None:
    edit(sheet, ("FRA", "Corrected address", "new@fra.example"))
    with pytest.raises(SheetError, match=r"may stand for any of .*Write OLD > NEW"):
        import_report(varied, sheet, by=named("Ana"))
    edit(sheet, ("FRA", "Corrected address", "geneva.fra@mission.example > new@fra.example"))
    (change,) = import_report(varied, sheet, by=named("Ana")).changes
    assert (change.old, change.new) == ("geneva.fra@mission.example", "new@fra.example")


def test_bad_cells_are_all_listed_and_nothing_is_taken(varied: Engine, sheet: Path) -> None:
    edit(
        sheet,
        ("FRA", "Position", "perhaps"),
        ("JPN", "Note", "x" * 5_001),
        ("ARG", "Corrected address", "nobody"),
        ("BEL", "Answered how", "by phone 2024-13-45"),
        ("DEU", "Position", "against"),
    )
    before = everything(varied)
    with pytest.raises(SheetError) as caught:
        import_report(varied, sheet, by=named("Ana"))
    assert sorted(problem.where for problem in caught.value.problems) == [
        "Missions!M22",
        "Missions!O29",
        "Missions!P6",
        "Missions!Q4",
    ]
    assert everything(varied) == before


def test_rows_may_be_sorted_deleted_and_copied_without_their_key(varied: Engine, sheet: Path) -> None:
    edit(sheet, ("FRA", "Position", "against"))
    book = openpyxl.load_workbook(sheet)
    missions = book["Missions"]
    rows = [[cell.value for cell in row] for row in missions.iter_rows(min_row=2)]
    missions.delete_rows(2, len(rows))
    for row in reversed(rows[10:]):
        missions.append(row)
    book.save(sheet)
    assert [(c.iso3, c.new) for c in import_report(varied, sheet, by=named("Ana")).changes] == [("FRA", "against")]
    missions.append([*rows[0][:-1], None])
    book.save(sheet)
    with pytest.raises(SheetError, match="no row key"):
        import_report(varied, sheet, by=named("Ana"))


def test_what_is_no_report_of_this_database_is_refused(varied: Engine, sheet: Path, tmp_path: Path) -> None:
    edit(sheet, ("FRA", "ISO3", "DEU"))
    with pytest.raises(SheetError, match="of no campaign in this database"):
        import_report(varied, sheet, by=named("Ana"))
    book = openpyxl.Workbook()
    book.active.append(["ISO3", "Position"])
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(SheetError, match="no sheet has the column Row key"):
        import_report(varied, tmp_path / "other.xlsx", by=named("Ana"))


# What begins with = is a formula to whoever types it into a cell, and no note.
NOTES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), max_size=60).filter(
    lambda text: not text.lstrip().startswith("=")
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(notes=st.dictionaries(st.sampled_from(["FRA", "JPN", "CIV"]), NOTES), position=st.sampled_from(list(Position)))
def test_whatever_was_noted_survives_the_round_trip(
    varied: Engine, tmp_path: Path, notes: dict[str, str], position: Position
) -> None:
    for iso3, note in notes.items():
        set_position(varied, NAME, iso3, position.value, note=note, by=named("Ben"))
    before = everything(varied)
    path = write_report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE)
    assert import_report(varied, path, by=named("Ana")).changes == []
    assert everything(varied) == before
    edit(path, *((iso3, "Note", f"{note} and more") for iso3, note in notes.items()))
    import_report(varied, path, by=named("Ana"))
    for iso3, note in notes.items():
        assert response(varied, iso3).note.split() == f"{note} and more".split()
