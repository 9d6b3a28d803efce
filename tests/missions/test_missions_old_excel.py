"""Workbooks of old and binary Excel: read as they stand, bounded, and with what calamine alone does not tell."""

import datetime as dt
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlwt
from missions_books import rows_of
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.importer import import_file
from outreach.missions.old_records import of_xls
from outreach.missions.opening import open_book, open_content
from outreach.models import Contact

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


def binary(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(data)
    size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return head + size + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_xlsb(
    path: Path, cells: dict[tuple[int, int], str], *, struck: int = -1, error: tuple[int, int] | None = None
) -> Path:
    """Write the fewest records that make a binary workbook ([MS-XLSB] 2.1.7); rows and columns from 0."""
    body = b""
    for row in sorted({row for row, _ in cells}):
        body += binary(0, struct.pack("<IIH", row, 0, 300) + bytes(3) + struct.pack("<I", 0))
        for (_, column), text in sorted(one for one in cells.items() if one[0][0] == row):
            style = int(row == struck)
            at = struct.pack("<II", column, style)
            body += binary(3, at + b"\x2a") if (row, column) == error else binary(6, at + wide(text))
    last_row, last_column = max(row for row, _ in cells), max(column for _, column in cells)
    sheet = (
        binary(129) + binary(148, struct.pack("<IIII", 0, last_row, 0, last_column)) + binary(145) + body + binary(146)
        + binary(130)
    )  # fmt: skip
    font = struct.pack("<HH", 220, 0) + bytes(17) + wide("Calibri")
    line = struct.pack("<HH", 220, 8) + bytes(17) + wide("Calibri")
    formats = b"".join(binary(47, struct.pack("<HHHHH", 0, 0, number, 0, 0) + bytes(6)) for number in (0, 1))
    styles = (
        binary(278) + binary(611, struct.pack("<I", 2)) + binary(43, font) + binary(43, line) + binary(612)
        + binary(617, struct.pack("<I", 2)) + formats + binary(618) + binary(279)
    )  # fmt: skip
    bundle = binary(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Contacts"))
    workbook = binary(131) + binary(143) + bundle + binary(144) + binary(132)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def relations(*entries: tuple[str, str, str]) -> str:
        rows = "".join(f'<Relationship Id="{i}" Type="{office}/{kind}" Target="{to}"/>' for i, kind, to in entries)
        return f'<Relationships xmlns="{package}/relationships">{rows}</Relationships>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        file.writestr("_rels/.rels", relations(("rId1", "officeDocument", "xl/workbook.bin")))
        sheets = relations(("rId1", "worksheet", "worksheets/sheet1.bin"), ("rId2", "styles", "styles.bin"))
        file.writestr("xl/_rels/workbook.bin.rels", sheets)
        file.writestr("xl/workbook.bin", workbook)
        file.writestr("xl/styles.bin", styles)
        file.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


GRID = {(row, column): text for row, cells in enumerate(ROWS) for column, text in enumerate(cells)}


def test_a_binary_workbook_is_read_with_its_lines(engine: Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "a.xlsb", GRID, struck=2)
    with pytest.raises(SheetError, match="struck through"):
        import_file(engine, path, by=named("Ana"))
    told = import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.iso3: one.active for one in rows_of(engine, Contact)} == {"FRA": True, "PER": False}
    assert any("comments" in note for note in told.notes)


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
