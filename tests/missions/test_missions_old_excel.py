"""Workbooks of old and binary Excel: read as they stand, bounded, and with what calamine alone does not tell."""

import datetime as dt
import struct
from pathlib import Path
from typing import Any

import pytest
import xlwt
from missions_books import rows_of
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.books import old_excel
from outreach.missions.books.old_records import is_before_97, of_xls
from outreach.missions.books.opening import open_book, open_content
from outreach.missions.importer import import_file
from outreach.models import Contact
from tests.binary_book import write_xlsb

HEADER = ["Country", "Name", "E-mail"]
ROWS = [HEADER, ["France", "Ana Roy", "a@fra.example"], ["Peru", "Uta Blum", "b@per.example"]]


def write_xls(path: Path, rows: list[list[Any]], *, struck: int = -1, hidden: str = "") -> Path:
    book = xlwt.Workbook()
    line = xlwt.easyxf("font: struck_out on")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    sheet = book.add_sheet("Contacts")
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            style = line if row == struck else day if isinstance(value, dt.date) else xlwt.Style.default_style
            sheet.write(row, column, value, style)
    if hidden:
        book.add_sheet(hidden).write(0, 0, "x")
        book.get_sheet(hidden).visibility = 1
    book.save(str(path))
    return path


def test_values_are_read_as_a_person_reads_them(tmp_path: Path) -> None:
    row: list[Any] = [2024, 1.5, True, "text", dt.date(2026, 3, 4)]
    row += [dt.datetime(2026, 3, 4, 9, 30)]  # noqa: DTZ001  (a cell has no zone)
    book = open_book(write_xls(tmp_path / "a.xls", [row], hidden="Old"))
    assert book.sheet_names == ["Contacts", "Old"]
    assert getattr(book, "hidden_sheets", None) == {"Old"}
    texts = [cell.text for cell in book.read("Contacts").rows[1].values()]
    assert texts == ["2024", "1.5", "TRUE", "text", "2026-03-04", "2026-03-04 09:30"]


def test_columns_of_an_old_workbook_are_read_whether_they_repeat_themselves_or_not(tmp_path: Path) -> None:
    pairs = [("yes", "yes"), (1, "1"), (True, "TRUE"), (0, "0"), (False, "FALSE"), ("", ""), ("1", "1")]
    pairs += [(dt.date(2026, 3, 4), "2026-03-04")]
    several = [pairs[n % len(pairs)] for n in range(90)]
    rows = [[f"name {n}", value, "", n] for n, (value, _) in enumerate(several)]
    rows[10] = rows[11] = [""] * 4
    read = open_book(write_xls(tmp_path / "a.xls", rows)).read("Contacts").rows
    assert {n - 1: [cells[c].text if c in cells else "" for c in range(1, 5)] for n, cells in read.items()} == {
        n: [f"name {n}", text, "", str(n)] for n, (_, text) in enumerate(several) if n not in (10, 11)
    }


def test_contacts_of_an_old_workbook_are_taken(engine: Engine, tmp_path: Path) -> None:
    import_file(engine, write_xls(tmp_path / "a.xls", ROWS), by=named("Ana"))
    assert {(one.iso3, one.name, one.email) for one in rows_of(engine, Contact)} == {
        ("FRA", "Ana Roy", "a@fra.example"), ("PER", "Uta Blum", "b@per.example"),
    }  # fmt: skip


def test_a_line_through_a_row_is_asked_about(engine: Engine, tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", ROWS, struck=2)
    with pytest.raises(SheetError, match="struck through"):
        import_file(engine, path, by=named("Ana"))
    import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.iso3: one.active for one in rows_of(engine, Contact)} == {"FRA": True, "PER": False}


def test_colours_and_struck_words_of_an_old_workbook(engine: Engine, tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.set_colour_RGB(0x21, 192, 16, 16)
    sheet = book.add_sheet("Contacts")
    red = xlwt.easyxf("pattern: pattern solid, fore_colour 0x21")
    green, link = xlwt.easyxf("font: colour green"), xlwt.easyxf("font: colour blue, underline on")
    struck = xlwt.easyfont("struck_out on")
    for row, cells in enumerate([*ROWS, ["Chile", "Eva Sol", "c@chl.example"], ["Mali", "Ida Lund", "e@mli.example"]]):
        for column, value in enumerate(cells):
            style = (
                {2: red, 3: green, 4: link}.get(row, xlwt.Style.default_style) if column else xlwt.Style.default_style
            )
            sheet.write(row, column, value, style)
    sheet.write_rich_text(1, 3, [("Old Naïme – ", struck), "Ana"])
    sheet.write_rich_text(2, 3, [("gone", struck)])
    sheet.write(5, 4, "", red)
    book.save(str(tmp_path / "a.xls"))
    found = open_book(tmp_path / "a.xls").read("Contacts")
    assert {row: colour for (row, column), colour in found.colours.items() if column == 3} == {
        3: "#c01010", 4: "letters #008000",
    }  # fmt: skip
    assert found.swatches == {(6, 5): "#c01010"}
    assert found.struck_words == {(2, 4): "Old Naïme – "}
    assert (found.rows[2][4].text, found.rows[2][4].struck, found.rows[3][4].struck) == ("Ana", False, True)
    with pytest.raises(SheetError, match="rows have a colour of their own"):
        import_file(engine, tmp_path / "a.xls", by=named("Ana"))


def test_texts_that_go_on_in_another_record_are_put_together(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Contacts")
    struck = xlwt.easyfont("struck_out on")
    for row in range(400):
        sheet.write_rich_text(row, 0, [("gone é ж " * (row % 7 + 1), struck), f"stays {row} " * 9])
    book.save(str(tmp_path / "a.xls"))
    found = open_book(tmp_path / "a.xls").read("Contacts")
    assert [found.struck_words[row + 1, 1] for row in range(400)] == ["gone é ж " * (row % 7 + 1) for row in range(400)]
    assert [found.rows[row + 1][1].text for row in range(400)] == [f"stays {row} " * 9 for row in range(400)]


def test_marks_that_a_workbook_before_97_may_have_and_cannot_be_read_are_asked_about(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = old_excel._answered
    monkeypatch.setattr(old_excel, "_answered", lambda name, content: (answered(name, content)[0], True))
    path = write_xls(tmp_path / "a.xls", ROWS)
    with pytest.raises(SheetError, match=r"comments, and lines .* can't be read in a workbook older") as caught:
        import_file(engine, path, by=named("Ana"))
    assert "save it as .xlsx" in str(caught.value)
    assert (is_before_97(record(0x809, b"\0\5\x10\0")), is_before_97(record(0x809, b"\0\6\x10\0"))) == (True, False)
    import_file(engine, path, yes=True, by=named("Ana"))
    import_file(engine, path, by=named("Ana"))


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def test_comments_links_and_errors_are_found_in_the_records() -> None:
    words = "left in March – gone"
    url = "mailto:other@fra.example\0".encode("utf-16-le")
    link = bytes(16) + bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", len(url)) + url
    sheet = (
        record(0x809, bytes(16))
        + record(0x208, struct.pack("<HHHHHHHH", 3, 0, 3, 255, 0, 0, 0x20, 15))
        + record(0x205, struct.pack("<HHHBB", 3, 1, 0, 0x2A, 1))
        + record(0x5D, struct.pack("<HHHH", 0x15, 0x12, 0x19, 7) + bytes(14))
        + record(0x1B6, bytes(18))
        + record(0x3C, b"\x01" + words.encode("utf-16-le"))
        + record(0x3C, bytes(8))
        + record(0x1C, struct.pack("<HHHH", 4, 2, 0, 7))
        + record(0x1B8, struct.pack("<HHHH", 5, 5, 2, 2) + link)
        + record(0x0A, b"")
    )
    head = record(0x809, bytes(16))
    start = len(head) + len(record(0x85, bytes(10))) + 4
    (found,) = of_xls(head + record(0x85, struct.pack("<IHHH", start, 0, 0, 0)) + record(0x0A, b"") + sheet)
    assert found.errors == {(4, 2): "#N/A"}
    assert found.comments == {(5, 3): words}
    assert found.links == {(6, 3): "mailto:other@fra.example"}
    assert found.hidden_rows == {4}


GRID = {(row, column): text for row, cells in enumerate(ROWS) for column, text in enumerate(cells)}


def test_a_binary_workbook_is_read_with_its_lines(engine: Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "a.xlsb", GRID, struck=2)
    with pytest.raises(SheetError, match="struck through"):
        import_file(engine, path, by=named("Ana"))
    import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.iso3: one.active for one in rows_of(engine, Contact)} == {"FRA": True, "PER": False}


def test_colours_comments_and_struck_words_of_a_binary_workbook(engine: Engine, tmp_path: Path) -> None:
    grid = GRID | {(3, 0): "Chile", (3, 1): "Eva Sol", (3, 2): "c@chl.example"}
    path = write_xlsb(tmp_path / "a.xlsb", grid, red=2, half_struck=(3, 1), comment=(1, 2))
    found = open_book(path).read("Contacts")
    assert found.colours == {(3, column): "#c00000" for column in (1, 2, 3)}
    assert (found.struck_words, found.rows[4][2].text) == ({(4, 2): "Eva "}, "Sol")
    assert found.comments == {(2, 3): "left in March"}
    with pytest.raises(SheetError, match="left in March"):
        import_file(engine, path, by=named("Ana"))


def test_an_error_in_a_binary_workbook_is_no_empty_cell(engine: Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "a.xlsb", GRID, error=(2, 2))
    with pytest.raises(SheetError, match="#N/A"):
        import_file(engine, path, by=named("Ana"))


def test_a_sheet_of_milliards_of_cells_is_refused_and_nothing_else_fails(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "a.xlsb", {(0, 0): "x", (1_048_575, 16_383): "y"})
    with pytest.raises(SheetError, match=r"memory or time"):
        open_book(path)


@pytest.mark.parametrize("left", [600, 1500, 3000])
def test_half_a_file_is_damaged(tmp_path: Path, left: int) -> None:
    whole = write_xls(tmp_path / "a.xls", ROWS).read_bytes()
    with pytest.raises(SheetError, match="damaged"):
        open_content("a.xls", whole[:left])


@pytest.mark.heavy
def test_any_byte_turned_is_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = bytearray(write_xls(tmp_path / "a.xls", ROWS, struck=2).read_bytes())
    for at in range(0x200, len(whole), len(whole) // 12):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        try:
            open_content("a.xls", bytes(broken))
        except SheetError as error:
            assert str(error).startswith("a.xls")  # noqa: PT017  (either is well)


def test_what_the_child_imports_is_not_taken_from_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_xls(tmp_path / "a.xls", ROWS)
    (tmp_path / "python_calamine.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(open_content("a.xls", path.read_bytes()).read("Contacts").rows) == len(ROWS)
