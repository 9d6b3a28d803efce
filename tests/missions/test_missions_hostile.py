"""Files that are no workbook, or one made to hurt: one clear line each, for little work, and nothing changed."""

import contextlib
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from missions_books import SHIPPED, MakeBook, MakePackage, inline
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading
from outreach.errors import SheetError
from outreach.missions.books.opening import open_book
from outreach.missions.books.sheets import find_tables
from outreach.missions.importer import import_file
from outreach.models import Contact, Mission
from tests.examples import examples
from tests.work import unpacking

HEADER = f"<row r='1'>{inline('A1', 'ISO3')}{inline('B1', 'E-mail')}</row>"
ROW = f"<row r='2'>{inline('A2', 'FRA')}{inline('B2', 'mission@fra.mission.example')}</row>"


def refused(engine: Engine, path: Path) -> str:
    with pytest.raises(SheetError) as caught:
        import_file(engine, path, by=named("Ana"))
    with reading(engine) as session:
        assert session.exec(select(Mission)).all() == []
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2
    return str(caught.value)


def test_a_missing_file(engine: Engine, tmp_path: Path) -> None:
    assert "There is no file" in refused(engine, tmp_path / "none.xlsx")
    assert "There is no file" in refused(engine, tmp_path / "a\0b.xlsx")


def test_a_folder(engine: Engine, tmp_path: Path) -> None:
    assert "is a folder" in refused(engine, tmp_path)


def test_half_a_character_in_any_column_is_none(engine: Engine, book: MakeBook) -> None:
    rows = [["ISO3", "Name", "Title", "Visits", "E-mail"],
            ["FRA", "Jo_xD83D_ TEST", "Amb_xDE00_assador", "_xD83D_", "mission@fra.mission.example"]]  # fmt: skip
    import_file(engine, book({"List_": rows}), by=named("Ana"), yes=True)
    with reading(engine) as session:
        assert session.exec(select(Contact.name)).one() == "Jo TEST"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"ISO3;E-mail\nFRA;mission@fra.mission.example\n", "not an Excel workbook"),
        (b"%PDF-1.7\n", "not an Excel workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "damaged"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "is encrypted"),
        (b"PK\x03\x04" + bytes(200), "damaged"),
        (b"PK\x05\x06" + bytes(18), "no Excel workbook"),
    ],
)
def test_other_kinds_of_file(engine: Engine, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "missions.xlsx"
    path.write_bytes(content)
    assert says in refused(engine, path)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"word/document.xml": ""}, "no Excel workbook"),
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}, "OpenDocument"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": ""}, "not sound XML"),
        ({"xl/workbook.bin": ""}, "damaged"),
        ({"_rels/.rels": "<Relationships/>"}, "holds no workbook"),
        ({"_rels/.rels": "<Relationships>"}, "not sound XML"),
    ],
)
def test_other_kinds_of_zip(engine: Engine, tmp_path: Path, parts: dict[str, str], says: str) -> None:
    path = tmp_path / "missions.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    assert says in refused(engine, path)


def test_a_workbook_cut_short(engine: Engine, book: MakeBook) -> None:
    path = book({"Contacts": [["ISO3", "E-mail"], ["FRA", "mission@fra.mission.example"]]})
    content = path.read_bytes()
    for length in range(4, len(content), 251):
        path.write_bytes(content[:length])
        refused(engine, path)


def test_an_empty_workbook(engine: Engine, book: MakeBook) -> None:
    assert "no filled cell" in refused(engine, book({"Sheet1": []}))


def test_a_protected_entry(engine: Engine, package: MakePackage) -> None:
    path = package(HEADER + ROW)
    content = bytearray(path.read_bytes())
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 8] |= 1  # general purpose bit 0: encrypted (APPNOTE, 4.4.4)
        at += 4
    path.write_bytes(content)
    assert "encrypted" in refused(engine, path)


@pytest.mark.heavy
def test_a_zip_bomb_that_declares_its_size(engine: Engine, package: MakePackage) -> None:
    megabyte = " " * 1024 * 1024
    path = package(megabyte for _ in range(220))
    assert path.stat().st_size < 1024 * 1024
    with unpacking() as unpacked:
        assert "unpacks to far more" in refused(engine, path)
    assert unpacked.bytes == 0


def test_a_zip_bomb_that_lies_about_its_size(engine: Engine, package: MakePackage) -> None:
    path = package(" " * 1024 * 1024 for _ in range(20))
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (1000).to_bytes(4, "little")  # uncompressed size (APPNOTE, 4.4.9)
    path.write_bytes(content)
    refused(engine, path)


@pytest.mark.heavy
@pytest.mark.parametrize(
    "row",
    [
        "<row r='{}'/>",
        "<row r='{}' s='1' customFormat='1'><c r='A{}' s='1'/><c r='B{}' s='1'/></row>",
        "<row/>",
    ],
)
def test_a_million_blank_rows(engine: Engine, package: MakePackage, row: str) -> None:
    rows = ["".join(row.replace("{}", str(n)) for n in range(i, i + 1000)) for i in range(3, 250_003, 1000)]
    path = package([HEADER, ROW, *rows, *rows[-1:] * 750])
    with unpacking() as unpacked:
        assert "more than" in refused(engine, path)
    with zipfile.ZipFile(path) as file:
        whole = sum(part.file_size for part in file.infolist())
    assert unpacked.bytes < 1.5 * whole  # looked over once, and read as far as the row that is one too many


def test_a_lone_blank_row_at_the_very_end_is_fine(engine: Engine, package: MakePackage) -> None:
    path = package(HEADER + ROW + "<row r='1048576' customHeight='1'><c r='A1048576' s='2'/></row>")
    assert len(import_file(engine, path, by=named("Ana")).contacts.added) == 1


@pytest.mark.heavy
def test_many_cells_cost_little_memory(engine: Engine, package: MakePackage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.missions.books.package.MAX_ELEMENTS", 300_000)
    path = package([HEADER, "<row r='2'>", *("<c/>" * 100_000 for _ in range(40)), "</row>"])
    tracemalloc.start()
    try:
        assert "cells and marks" in refused(engine, path)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.heavy
def test_an_endless_tag(engine: Engine, package: MakePackage) -> None:
    path = package([HEADER, "<!--", *("x" * 1024 * 1024 for _ in range(60)), "-->"])
    with unpacking() as unpacked:
        assert "over a megabyte" in refused(engine, path)
    assert unpacked.bytes < 63 * 1024 * 1024  # looked over once, and read as far as it is too long


@pytest.mark.heavy
def test_an_endless_text_is_cut_and_then_too_long(engine: Engine, package: MakePackage) -> None:
    cell = f"<row r='2'>{inline('A2', 'FRA')}<c r='B2' t='inlineStr'><is><t>"
    path = package([HEADER, cell, *("x" * 1024 * 1024 for _ in range(30)), "</t></is></c></row>"])
    with pytest.raises(SheetError, match="over 254 characters"):
        import_file(engine, path, by=named("Ana"))


LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "prologue",
    [LAUGHS, '<!DOCTYPE w SYSTEM "file:///etc/passwd">', '<!DOCTYPE w [<!ENTITY x SYSTEM "http://xxe.invalid/">]>'],
)
def test_documents_types_and_entities(engine: Engine, package: MakePackage, prologue: str) -> None:
    path = package(HEADER + "<row r='2'><c r='A2' t='inlineStr'><is><t>&i;</t></is></c></row>", prologue=prologue)
    assert "declares a document type" in refused(engine, path)


def test_entities_in_another_part(engine: Engine, package: MakePackage) -> None:
    path = package(HEADER + ROW, extra={"xl/workbook.xml": LAUGHS + "<workbook/>"})
    assert "declares a document type" in refused(engine, path)


def test_a_relationship_that_leaves_the_package(engine: Engine, package: MakePackage) -> None:
    rels = '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="../../../../etc/passwd"/></Relationships>'
    path = package(HEADER + ROW, extra={"xl/_rels/workbook.xml.rels": rels})
    assert "etc/passwd is missing" in refused(engine, path)


def test_a_thousand_merged_ranges_over_everything(engine: Engine, package: MakePackage) -> None:
    merged = "<mergeCells>" + "<mergeCell ref='A1:XFD1048576'/>" * 30_000 + "</mergeCells>"
    assert "merged ranges" in refused(engine, package(HEADER + ROW, after=merged))


@pytest.mark.parametrize(
    "cell",
    [
        "<c r='A2' t='s'><v>99999999</v></c>",
        "<c r='A2' t='s'><v>x</v></c>",
        "<c r='A2' t='n'><v>1e999</v></c>",
        "<c r='A2' t='n'><v>abc</v></c>",
        "<c r='ZZZ9999999'><v>1</v></c>",
        "<c r='A0'><v>1</v></c>",
        "<c r='' t='?'><v>1</v></c>",
    ],
)
def test_odd_cells_are_refused_and_never_crash(engine: Engine, package: MakePackage, cell: str) -> None:
    path = package(f"{HEADER}<row r='2'>{cell}{inline('B2', 'a@b.example')}</row>")
    with pytest.raises(SheetError):
        import_file(engine, path, by=named("Ana"))


@pytest.mark.heavy
@settings(max_examples=examples(150), deadline=None)
@given(data=st.data())
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    content = bytearray(SHIPPED.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(SheetError):  # anything else would be a crash
        find_tables(open_book(path))
