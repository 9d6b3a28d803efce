"""Workbooks made for a test: by openpyxl where a person could have made them, by hand where an attacker would."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from missions_books import MAIN, OFFICE, PACKAGE, MakeBook, MakePackage, Sheets, relationships
from openpyxl import Workbook


@pytest.fixture
def book(tmp_path: Path) -> MakeBook:
    """Write a workbook: `book({"Contacts": [[header...], [cell...]]}, change=function of the Workbook)`."""

    def make(sheets: Sheets, *, name: str = "book.xlsx", change: Callable[[Workbook], object] | None = None) -> Path:
        made = Workbook()
        assert made.active is not None
        made.remove(made.active)
        for title, rows in sheets.items():
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
        if change:
            change(made)
        made.save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def package(tmp_path: Path) -> MakePackage:
    """Write the bare parts of a workbook with one sheet, given as XML or as an iterable of its pieces."""

    def make(
        sheet_data: Any,
        *,
        title: str = "Contacts",
        name: str = "made.xlsx",
        prologue: str = "",
        after: str = "",
        extra: Mapping[str, bytes | str] | None = None,
    ) -> Path:
        parts: dict[str, Any] = {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": relationships(("rId1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            f'<sheet name="{escape(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(("rId1", "worksheet", "worksheets/sheet1.xml")),
            **(extra or {}),
        }
        pieces = [sheet_data] if isinstance(sheet_data, str) else sheet_data
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as file:
            for part, content in parts.items():
                file.writestr(part, content)
            with file.open("xl/worksheets/sheet1.xml", "w") as sheet:
                sheet.write(f'{prologue}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
                for piece in pieces:
                    sheet.write(piece.encode())
                sheet.write(f"</sheetData>{after}</worksheet>".encode())
        return tmp_path / name

    return make
