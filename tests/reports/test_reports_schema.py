"""Every workbook of ours is valid to the schemas and further rules of ECMA-376, as Microsoft's validator has them."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table
from openxml_audit import OpenXmlValidator
from openxml_audit.errors import ValidationSeverity
from sqlalchemy import Engine

from outreach.catalogues import tongue
from outreach.missions.directory_workbook import export_directory
from outreach.reports.comparison import report_side_by_side
from outreach.reports.export import report
from outreach.reports.sign_on_export import write_entries
from outreach.reports.team_sheet.fill_sheet import report_into
from outreach.vocabulary import Edition
from tests.examples import HEAVY, heavy
from tests.reports.invented_campaign import MADE

NAME = "renew-the-mandate"


def faults(path: Path) -> list[str]:
    """What is not as the standard has it; warnings are of what Excel would write otherwise."""
    found = OpenXmlValidator(max_errors=0).validate(path)
    return [
        f"{one.part_uri} {one.path}: {one.description}"
        for one in found.errors
        if one.severity is ValidationSeverity.ERROR
    ]


def test_the_validator_finds_what_is_wrong(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"].font = Font(bold=True, name="Calibri", color="FF0000")
    book.save(tmp_path / "plain.xlsx")
    assert any("styles.xml" in one for one in faults(tmp_path / "plain.xlsx")), "parts of a font in another order"


@pytest.mark.parametrize("language", ["en", heavy("fr"), heavy("es")])
@pytest.mark.parametrize("edition", [Edition.TEAM, heavy(Edition.PARTNERS), heavy(Edition.PUBLIC)])
def test_a_report_is_valid(varied: Engine, tmp_path: Path, edition: Edition, language: str) -> None:
    path = tmp_path / "report.xlsx"
    report(varied, NAME, path, edition=edition, made_at=MADE, say=tongue(language))
    assert faults(path) == []


@HEAVY
def test_other_workbooks_of_ours_are_valid(varied: Engine, tmp_path: Path) -> None:
    report_side_by_side(varied, [NAME, NAME], tmp_path / "compared.xlsx", made_at=MADE)
    export_directory(varied, tmp_path / "directory.xlsx")
    write_entries([], tmp_path / "signed.xlsx")
    for name in ("compared", "directory", "signed"):
        assert faults(tmp_path / f"{name}.xlsx") == [], name


@HEAVY
def test_a_sheet_of_the_teams_is_no_worse_with_our_columns(varied: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["ISO3", "Who calls"], ["FRA", "Ana"], ["DEU", "Ben"]):
        sheet.append(row)
    sheet.add_table(Table(displayName="Calls", ref="A1:B3"))
    sheet.conditional_formatting.add("A2:B3", openpyxl.formatting.rule.CellIsRule("equal", ['"Ana"']))
    book.save(tmp_path / "own.xlsx")
    before = faults(tmp_path / "own.xlsx")
    report_into(varied, NAME, tmp_path / "own.xlsx", tmp_path / "copy.xlsx", made_at=MADE)
    assert faults(tmp_path / "copy.xlsx") == before
