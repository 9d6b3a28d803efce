"""A report out, edited by a colleague, and in again: what was typed is taken, what went stale is refused."""

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from threading import Barrier
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented_campaign import MADE
from sqlalchemy import Engine
from sqlmodel import select
from typed_report import edit, list_recipients

from outreach.actors import named
from outreach.database import open_database, reading, writing
from outreach.errors import SheetError
from outreach.missions.history import history, undo
from outreach.models import Contact, Response, ResponseChange
from outreach.reports.export import report
from outreach.reports.returned.incoming import import_report
from outreach.responses.positions import set_position
from outreach.vocabulary import Answer, Position
from tests.examples import examples

NAME = "renew-the-mandate"


@pytest.fixture
def sheet(varied: Engine, tmp_path: Path) -> Path:
    list_recipients(varied)
    return report(varied, NAME, tmp_path / "report.xlsx", made_at=MADE)


def place(path: Path, iso3: str, header: str) -> str:
    """Return the place of a state's cell, as errors name it."""
    missions = openpyxl.load_workbook(path)["Missions"]
    (column,) = (cell.column_letter for cell in missions[1] if cell.value == header)
    (row,) = (row[0].row for row in missions.iter_rows(min_row=2) if row[0].value == iso3)
    return f"Missions!{column}{row}" if header == "ISO3" else f"Missions!{column}{row} ({iso3})"


def response(engine: Engine, iso3: str) -> Response:
    with reading(engine) as session:
        return session.exec(select(Response).where(Response.iso3 == iso3)).one()


def everything(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [row.model_dump() for kind in (Response, ResponseChange, Contact) for row in session.exec(select(kind))]


@pytest.mark.heavy
def test_a_report_that_nobody_touched_changes_nothing(varied: Engine, sheet: Path) -> None:
    before = everything(varied)
    for _ in range(2):
        assert import_report(varied, sheet, by=named("Ana")).changes == []
        edit(sheet)  # opened and saved by another program
    assert everything(varied) == before


@pytest.mark.heavy
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
        ("JPN", "answered how", "", "by phone 2024-03-20"),
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


@pytest.mark.heavy
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


@pytest.mark.heavy
@pytest.mark.parametrize("same_row", [True, False])
def test_two_colleagues_who_import_at_the_same_moment(varied: Engine, sheet: Path, same_row: bool) -> None:
    words = cycle(["against", "abstain", "in favour", "undecided", "co-sponsor"])
    for _ in range(6):
        typed = {who: (next(words), next(words)) for who in ("Ana", "Ben")}
        copies = {}
        for who, rows in (("Ana", ("FRA", "JPN")), ("Ben", ("FRA" if same_row else "ARG", "DEU"))):
            copies[who] = report(varied, NAME, sheet.with_name(f"{who}.xlsx"), made_at=MADE)
            edit(copies[who], *((iso3, "Position", word) for iso3, word in zip(rows, typed[who], strict=True)))
        together = Barrier(2)

        def take(who: str, copies: dict[str, Path] = copies, together: Barrier = together) -> Any:
            engine = open_database(varied.url.render_as_string(hide_password=False))
            together.wait()
            try:
                return import_report(engine, copies[who], by=named(who))
            except SheetError as refusal:
                return refusal
            finally:
                engine.dispose()

        with ThreadPoolExecutor() as both:
            done = dict(zip(typed, both.map(take, typed), strict=True))
        refused = {who: error for who, error in done.items() if isinstance(error, SheetError)}
        assert len(refused) == same_row
        for who, why in refused.items():
            (problem,) = why.problems
            (other,) = set(typed) - {who}
            assert problem.where.startswith("FRA ")
            assert f"to '{typed[other][0]}' by {other}" in problem.what
            import_report(varied, copies[who], skip_stale=True, by=named(who))
        assert response(varied, "JPN").position == typed["Ana"][1]
        assert response(varied, "DEU").position == typed["Ben"][1]
        winner = "Ben" if "Ana" in refused else "Ana"
        assert response(varied, "FRA").position == typed[winner][0]
        assert same_row or response(varied, "ARG").position == typed["Ben"][0]


@pytest.mark.heavy
def test_a_change_since_of_a_row_that_nobody_typed_into_is_no_matter(varied: Engine, sheet: Path) -> None:
    set_position(varied, NAME, "FRA", "in favour", by=named("Ben"))
    edit(sheet, ("JPN", "Position", "abstain"))
    import_report(varied, sheet, by=named("Ana"))
    assert response(varied, "FRA").position is Position.IN_FAVOUR
    assert response(varied, "JPN").position is Position.ABSTAIN


@pytest.mark.heavy
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


@pytest.mark.heavy
def test_an_address_that_could_stand_for_two_asks_which(varied: Engine, sheet: Path) -> None:
    edit(sheet, ("FRA", "Corrected address", "new@fra.example"))
    with pytest.raises(SheetError, match=r"may stand for any of .*Write OLD > NEW"):
        import_report(varied, sheet, by=named("Ana"))
    edit(sheet, ("FRA", "Corrected address", "geneva.fra@mission.example > new@fra.example"))
    (change,) = import_report(varied, sheet, by=named("Ana")).changes
    assert (change.old, change.new) == ("geneva.fra@mission.example", "new@fra.example")


@pytest.mark.heavy
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
    typed = [("FRA", "Position"), ("JPN", "Note"), ("ARG", "Corrected address"), ("BEL", "Answered how")]
    assert {problem.where for problem in caught.value.problems} == {place(sheet, *cell) for cell in typed}
    assert everything(varied) == before


@pytest.mark.heavy
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


@pytest.mark.heavy
def test_what_is_no_report_of_this_database_is_refused(varied: Engine, sheet: Path, tmp_path: Path) -> None:
    first = place(sheet, "FRA", "ISO3")
    edit(sheet, ("FRA", "ISO3", "FRX"))
    with pytest.raises(SheetError) as caught:
        import_report(varied, sheet, by=named("Ana"))
    assert [(one.says.code, one.where) for one in caught.value.problems] == [("report.code-edited", first)]
    book = openpyxl.load_workbook(sheet)
    rows = book["Missions"]
    codes = [rows.cell(row, 1).value for row in range(2, rows.max_row + 1)]
    for row, code in enumerate(reversed(codes), start=2):  # all but the hidden key was sorted
        rows.cell(row, 1).value = code
    book.save(sheet)
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


@pytest.mark.heavy
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(notes=st.dictionaries(st.sampled_from(["FRA", "JPN", "CIV"]), NOTES), position=st.sampled_from(list(Position)))
def test_whatever_was_noted_survives_the_round_trip(
    varied: Engine, tmp_path: Path, notes: dict[str, str], position: Position
) -> None:
    for iso3, note in notes.items():
        set_position(varied, NAME, iso3, position.value, note=note, by=named("Ben"))
    before = everything(varied)
    path = report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE)
    assert import_report(varied, path, by=named("Ana")).changes == []
    assert everything(varied) == before
    edit(path, *((iso3, "Note", f"{note} and more") for iso3, note in notes.items()))
    import_report(varied, path, by=named("Ana"))
    for iso3, note in notes.items():
        assert response(varied, iso3).note.split() == f"{note} and more".split()


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("meeting 20/03/2024", "2024-03-20"),
        ("réunion le 20 mars 2024", "2024-03-20"),
        ("reunión el 20 de marzo de 2024", "2024-03-20"),
        ("phone, 20.3.2024 at 15:30", "2024-03-20"),
        ("March 20, 2024 by phone", "2024-03-20"),
        ("le 1er mars 2024", "2024-03-01"),
        ("03/20/2024", "2024-03-20"),
        (datetime(2024, 3, 20), "2024-03-20"),  # noqa: DTZ001  (as Excel keeps it)
        (45371, "2024-03-20"),
    ],
)
def test_a_day_as_people_type_it_is_the_day_of_the_answer(
    varied: Engine, sheet: Path, tmp_path: Path, typed: Any, day: str
) -> None:
    result = import_report(varied, edit(sheet, ("JPN", "Answered how", typed)), by=named("Ana"))
    japan = response(varied, "JPN")
    assert (japan.answer, str(japan.answered_at)[:10]) == (Answer.REPLIED, day)
    words = typed if isinstance(typed, str) else day
    assert [(one.field, one.new) for one in result.changes] == [("answered how", words), ("answer", "replied")]
    # The words stand in the next report, which changes nothing when it is brought back.
    again = report(varied, NAME, tmp_path / "again.xlsx", made_at=MADE)
    book = openpyxl.load_workbook(again)
    header = [cell.value for cell in book["Missions"][1]]
    found = {row[0]: row for row in book["Missions"].iter_rows(min_row=2, values_only=True)}
    assert found["JPN"][header.index("Answered how")] == words
    after = import_report(varied, again, by=named("Ana"))
    assert (after.changes, after.told) == ([], [])


@pytest.mark.heavy
@pytest.mark.parametrize("typed", ["by phone 31/02/2024", "meeting yesterday", "réunion lundi", "call 2124-01-01"])
def test_what_tells_no_day_that_can_be_known_is_asked_for(varied: Engine, sheet: Path, typed: str) -> None:
    before = everything(varied)
    with pytest.raises(SheetError) as caught:
        import_report(varied, edit(sheet, ("JPN", "Answered how", typed)), by=named("Ana"))
    assert [problem.says.code[:10] for problem in caught.value.problems] == ["report.day"]
    assert everything(varied) == before


@pytest.mark.heavy
def test_a_day_that_may_be_read_in_two_ways_is_told(varied: Engine, sheet: Path) -> None:
    (told,) = import_report(varied, edit(sheet, ("JPN", "Answered how", "call 03/04/2024")), by=named("Ana")).told
    assert told.what == "03/04/2024 is read as 2024-04-03"
    assert str(response(varied, "JPN").answered_at)[:10] == "2024-04-03"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("typed", "position"),
    [("yes", "in favour"), ("pour", "in favour"), ("supports", "in favour"), ("a favor", "in favour"),
     ("contre", "against"), ("Abstención", "abstain"), ("indécis", "undecided"), ("copatrocinador", "co-sponsor")],
)  # fmt: skip
def test_positions_in_other_words(varied: Engine, sheet: Path, typed: str, position: str) -> None:
    import_report(varied, edit(sheet, ("FRA", "Position", typed)), by=named("Ana"))
    assert response(varied, "FRA").position == position


@pytest.mark.heavy
def test_every_other_edit_is_told(varied: Engine, sheet: Path) -> None:
    set_position(varied, NAME, "DEU", "against", note="Said so.", by=named("Ben"))
    sheet = report(varied, NAME, sheet.parent / "r.xlsx", made_at=MADE)
    edit(
        sheet, ("FRA", "Delivery", "arrived"), ("FRA", "Next step", "Call them"), ("JPN", "Sent", "1 March"),
        ("DEU", "Position", None),
    )  # fmt: skip
    book = openpyxl.load_workbook(sheet)
    width = book["Missions"].max_column
    book["Missions"].cell(1, width + 1, "Mine")
    book["Missions"].cell(3, width + 1, "call")
    book.save(sheet)
    before = everything(varied)
    told = import_report(varied, sheet, by=named("Ana")).told
    assert sorted(one.says.code for one in told) == [
        "report.emptied", "report.not-yellow", "report.not-yellow", "report.not-yellow", "report.own-column",
    ]  # fmt: skip
    assert everything(varied) == before


@pytest.mark.heavy
def test_a_formula_without_its_value_is_refused_at_its_cell(varied: Engine, sheet: Path) -> None:
    with pytest.raises(SheetError) as caught:
        import_report(varied, edit(sheet, ("FRA", "Note", '=A2&" said so"')), by=named("Ana"))
    assert [problem.says.code for problem in caught.value.problems] == ["report.no-value"]


@pytest.mark.heavy
def test_an_emptied_note_is_taken_and_shown(varied: Engine, sheet: Path) -> None:
    set_position(varied, NAME, "DEU", "against", note="Said so.", by=named("Ben"))
    sheet = report(varied, NAME, sheet.parent / "r.xlsx", made_at=MADE)
    (change,) = import_report(varied, edit(sheet, ("DEU", "Note", None)), by=named("Ana")).changes
    assert (change.field, change.old, change.new) == ("note", "Said so.", "")


@pytest.mark.heavy
def test_yellow_columns_that_were_sorted_by_themselves_are_refused(varied: Engine, sheet: Path) -> None:
    for iso3, position in (("FRA", "in favour"), ("JPN", "abstain"), ("DEU", "against"), ("CUB", "against")):
        set_position(varied, NAME, iso3, position, note=f"{iso3} said so", by=named("Ben"))
    sheet = report(varied, NAME, sheet.parent / "r.xlsx", made_at=MADE)
    book = openpyxl.load_workbook(sheet)
    missions = book["Missions"]
    columns = {cell.value: cell.column for cell in missions[1]}
    for headers in (["Position", "Note"], ["Position"]):
        taken = [[missions.cell(row, columns[h]).value for h in headers] for row in range(2, missions.max_row + 1)]
        for row, values in enumerate(sorted(taken, key=lambda one: str(one[0])), start=2):
            for header, value in zip(headers, values, strict=True):
                missions.cell(row, columns[header]).value = value
        book.save(sheet)
        before = everything(varied)
        with pytest.raises(SheetError, match="sorted without the others"):
            import_report(varied, sheet, by=named("Ana"))
        assert everything(varied) == before


@pytest.mark.heavy
def test_a_copy_saved_as_csv_is_taken_too(varied: Engine, sheet: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(edit(sheet, ("FRA", "Position", "against"), ("JPN", "Answered how", "20/03/2024")))
    with (tmp_path / "report.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(book["Missions"].iter_rows(values_only=True))
    result = import_report(varied, tmp_path / "report.csv", by=named("Ana"))
    assert [(one.iso3, one.field) for one in result.changes] == [
        ("FRA", "position"), ("JPN", "answered how"), ("JPN", "answer"),
    ]  # fmt: skip
    assert result.told == []


@pytest.mark.heavy
def test_an_address_of_somebody_else_by_name_is_told_and_one_as_a_link_is_taken(varied: Engine, sheet: Path) -> None:
    with writing(varied) as session:
        session.exec(select(Contact).where(Contact.email == "geneva.fra@mission.example")).one().name = "Ms. Ida Test"
    edit(sheet, ("FRA", "Corrected address", "geneva.fra@mission.example > Somebody Else <new@fra.example>"))
    with pytest.raises(SheetError, match="is Somebody Else's"):
        import_report(varied, sheet, by=named("Ana"))
    edit(sheet, ("FRA", "Corrected address", "geneva.fra@mission.example > Ida TEST <mailto:new@fra.example>"))
    (change,) = import_report(varied, sheet, by=named("Ana")).changes
    assert (change.old, change.new) == ("geneva.fra@mission.example", "new@fra.example")
