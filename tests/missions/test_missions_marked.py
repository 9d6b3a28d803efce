"""The copy of a sheet in which what could not be taken is yellow and says its cure, and how it comes back."""

import io
from pathlib import Path

import pytest
from missions_books import CONTACTS, FRA, MakeBook, dump, rows_of
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.books.cells import MARK_COLOUR
from outreach.missions.books.opening import open_content
from outreach.missions.importer import import_file
from outreach.models import Contact

BAD = ["DEU", "janitor", "", "a@deu.example", "", "", ""]


def emails(engine: Engine) -> set[str]:
    return {one.email for one in rows_of(engine, Contact)}


def read(content: bytes) -> dict[int, dict[int, str]]:
    rows = open_content("a.xlsx", content).read("List").rows
    return {row: {column: cell.text for column, cell in cells.items()} for row, cells in rows.items()}


def test_what_is_set_aside_is_yellow_and_says_its_cure(engine: Engine, book: MakeBook) -> None:
    result = import_file(engine, book({"Contacts": [CONTACTS, FRA, BAD]}), set_aside=True, by=named("Ana"))
    copy = load_workbook(io.BytesIO(result.marked))["Contacts"]
    cell = copy["B3"]
    assert cell.fill.fgColor.rgb == f"00{MARK_COLOUR}"
    assert '"janitor" is no role that is known' in cell.comment.text
    assert [one.coordinate for row in copy.iter_rows() for one in row if one.comment] == ["B3"]
    assert [[one.value or "" for one in row] for row in copy.iter_rows()] == [CONTACTS, FRA, BAD]


def test_the_copy_brings_in_what_was_mended_and_only_tells_the_rest(
    engine: Engine, book: MakeBook, tmp_path: Path
) -> None:
    worse = ["CHL", "", "", "no address", "", "", ""]
    first = import_file(engine, book({"Contacts": [CONTACTS, FRA, BAD, worse]}), set_aside=True, by=named("Ana"))
    assert emails(engine) == {"mission@fra.mission.example"}
    copy = load_workbook(io.BytesIO(first.marked))
    copy["Contacts"]["B3"] = "deputy"
    copy.save(tmp_path / "copy.xlsx")
    second = import_file(engine, tmp_path / "copy.xlsx", by=named("Ana"))
    assert emails(engine) == {"mission@fra.mission.example", "a@deu.example"}
    assert [one.where for one in second.not_understood] == ["Contacts!D4 (E-mail)"]
    copy = load_workbook(io.BytesIO(second.marked))
    assert copy["Contacts"]["B3"].comment is None
    copy["Contacts"]["D4"] = "c@chl.example"
    copy.save(tmp_path / "again.xlsx")
    third = import_file(engine, tmp_path / "again.xlsx", by=named("Ana"))
    assert emails(engine) == {"mission@fra.mission.example", "a@deu.example", "c@chl.example"}
    assert (third.not_understood, third.marked) == ([], b"")


def test_a_foreign_list_is_marked_where_its_rows_came_from(engine: Engine, book: MakeBook, tmp_path: Path) -> None:
    rows = [
        ["Directory"], ["Country", "First name", "Last name", "PR e-mail"], ["France", "Ana", "Roy", "a@fra.example"],
        ["Nowhere", "Uta", "Blum", "u@now.example"], ["Chile", "Eva", "Sol", "nobody knows"],
    ]  # fmt: skip
    path = book({"List": rows})
    with pytest.raises(SheetError):
        import_file(engine, path, by=named("Ana"))
    result = import_file(engine, path, set_aside=True, by=named("Ana"))  # that is all that a person has to say
    copy = load_workbook(io.BytesIO(result.marked))
    marked = {one.coordinate for row in copy["List"].iter_rows() for one in row if one.comment}
    assert marked == {"A4", "D5"}
    copy["List"]["A4"] = "Norway"
    copy.save(tmp_path / "copy.xlsx")
    again = import_file(engine, tmp_path / "copy.xlsx", yes=True, by=named("Ana"))
    assert emails(engine) == {"a@fra.example", "u@now.example"}
    assert len(again.not_understood) == 1


def test_a_copy_keeps_lines_comments_links_errors_and_texts_that_look_like_formulas(
    engine: Engine, book: MakeBook
) -> None:
    def change(made: Workbook) -> None:
        sheet = made["List"]
        for cell in sheet[3]:
            cell.font = Font(strike=True)
        sheet["B2"].comment = Comment("is this right?", "Eva")
        sheet["C4"] = "#N/A"
        sheet["C4"].data_type = "e"

    rows = [
        ["Country", "E-mail", "Name"], ["France", "a@fra.example", "_x005F_x0041_ Roy"], ["Chile", "c@chl.example", ""],
        ["Peru", "p@per.example", ""], ["Narnia", "n@nar.example", "=1+1"],
    ]  # fmt: skip
    path = book({"List": rows}, change=change)
    result = import_file(engine, path, set_aside=True, yes=True, dry_run=True, by=named("Ana"))
    copy = load_workbook(io.BytesIO(result.marked))["List"]
    assert copy["A3"].font.strike
    assert copy["B2"].comment.text == "is this right?"
    assert (copy["C4"].value, copy["C4"].data_type) == ("#N/A", "e")
    there, here = read(result.marked), read(path.read_bytes())
    there.pop(5), here.pop(5)  # a formula whose value was never stored is an error there
    assert there == here
    assert copy["C5"].data_type != "f"


def test_only_our_own_marks_let_rows_be_set_aside_unasked(engine: Engine, book: MakeBook) -> None:
    def change(made: Workbook) -> None:
        made["Contacts"]["B3"].comment = Comment("this is wrong", "Eva")

    before = dump(engine)
    with pytest.raises(SheetError, match="janitor"):
        import_file(engine, book({"Contacts": [CONTACTS, FRA, BAD]}, change=change), by=named("Ana"))
    assert dump(engine) == before


def test_the_yellow_of_the_copy_is_ours_and_asks_nothing(engine: Engine, book: MakeBook, tmp_path: Path) -> None:
    heads = ["Country", "Function", "Name", "E-mail"]
    rows = [["France", "PR", "Ana Roy", "a@fra.example"], ["Chile", "PR", "Eva Sol", "c@@chl.example"]]
    rows += [[state, "PR", f"Max {state}", f"m@{state.lower()}.example"] for state in ("Kenya", "Malta", "Peru")]
    first = import_file(engine, book({"List": [heads, *rows]}), set_aside=True, yes=True, by=named("Ana"))
    copy = load_workbook(io.BytesIO(first.marked))
    cell = copy["List"]["D3"]
    assert cell.fill.fgColor.rgb == f"00{MARK_COLOUR}"
    cell.value, cell.comment = "c@chl.example", None
    copy.save(tmp_path / "copy.xlsx")
    second = import_file(engine, tmp_path / "copy.xlsx", by=named("Ana"), dry_run=True)
    assert "colour" not in "".join(one.what for one in second.guesses)
    assert [entry.label for entry in second.contacts.added] == ["CHL c@chl.example (Eva Sol, permanent representative)"]


def test_a_letter_that_looks_like_another_is_named_beside_good_rows(engine: Engine, book: MakeBook) -> None:
    heads = ["Country", "First name", "Last name", "E-mail"]
    rows = [["France", "Ana", "Roy", "a@fra.example"], ["Georgia", "Nino", "Beridze", "nino@g\u0435o.mission.example"]]
    found = import_file(engine, book({"List": [heads, *rows]}), dry_run=True, by=named("Ana"))
    told = " ".join(one.what for one in found.guesses)
    assert "\u0435 in g\u0435o is CYRILLIC SMALL LETTER IE: nobody is written to by it" in told


def test_what_was_mended_in_the_copy_is_taken_unasked(engine: Engine, book: MakeBook, tmp_path: Path) -> None:
    rows = [["Country", "E-mail"], ["Mali", "a@mli.example"], ["Nowhere", "b@chl.example"], ["Peru", "c@per.example"]]
    first = import_file(engine, book({"List": rows}), set_aside=True, by=named("Ana"))
    assert [one.where for one in first.not_understood] == ["List!3"]
    copy = load_workbook(io.BytesIO(first.marked))
    copy["List"]["A3"] = "Chile"
    copy.save(tmp_path / "copy.xlsx")
    second = import_file(engine, tmp_path / "copy.xlsx", by=named("Ana"))
    assert second.guesses == ()
    assert emails(engine) == {"a@mli.example", "b@chl.example", "c@per.example"}
