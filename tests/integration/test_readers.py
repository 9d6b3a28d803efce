"""Other readers than Excel open every edition of the report in every language, and find the same missions in it."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

from outreach.catalogues import tongue
from outreach.reports.comparison import report_side_by_side
from outreach.reports.export import report
from outreach.vocabulary import Edition
from tests.reports.invented_campaign import MADE
from tests.servers import missing

pytestmark = pytest.mark.integration
NAME = "renew-the-mandate"
NODE = Path(__file__).with_name("readers")
Sheets = dict[str, set[str]]
"""The texts of each sheet."""


def by_node(reader: str) -> Callable[[Path], Sheets]:
    def read(path: Path) -> Sheets:
        node = shutil.which("node")
        if node is None or not (NODE / "node_modules" / reader).is_dir():
            missing(f"{reader} is not installed (npm ci, in tests/integration/readers)")
        done = subprocess.run(
            [str(node), str(NODE / "read.js"), reader, str(path)], capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return {name: {text for row in rows for text in row} for name, rows in json.loads(done.stdout)}

    return read


def by_calamine(path: Path) -> Sheets:
    book = CalamineWorkbook.from_path(path)
    return {
        name: {str(cell) for row in book.get_sheet_by_name(name).to_python() for cell in row}
        for name in book.sheet_names
    }


def by_openpyxl(path: Path) -> Sheets:
    book = openpyxl.load_workbook(path)
    return {sheet.title: {str(cell.value) for row in sheet.iter_rows() for cell in row} for sheet in book}


READERS = {
    "exceljs": by_node("exceljs"),
    "SheetJS": by_node("xlsx"),
    "calamine": by_calamine,
    "openpyxl": by_openpyxl,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_opens_every_edition_in_every_language(campaign: Engine, tmp_path: Path, reader: str) -> None:
    for edition in Edition:
        for language in ("en", "fr", "es"):
            say = tongue(language)
            path = report(
                campaign, NAME, tmp_path / f"{edition}-{language}.xlsx", edition=edition, made_at=MADE, say=say
            )
            found = READERS[reader](path)
            assert list(found) == openpyxl.load_workbook(path, read_only=True).sheetnames
            assert {"FRA", "DEU", "JPN"} <= found[say.about("sheet", "Missions")]
            path.unlink()


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_opens_a_comparison(campaign: Engine, tmp_path: Path, reader: str) -> None:
    path = report_side_by_side(campaign, [NAME, NAME], tmp_path / "compared.xlsx", made_at=MADE)
    assert any("FRA" in texts for texts in READERS[reader](path).values())
