"""LibreOffice opens what we write, and what it saves again comes back unchanged."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import Engine

from outreach.actors import named
from outreach.letters.folder import load_letter
from outreach.letters.word.word_file import word_file
from outreach.letters.word.word_returned import returned, whose
from outreach.missions.directory_workbook import export_directory
from outreach.missions.importer import import_file
from outreach.reports.export import report
from outreach.reports.returned.incoming import import_report
from outreach.reports.team_sheet.fill_sheet import report_into
from outreach.vocabulary import Language
from tests.reports.invented_campaign import MADE
from tests.servers import missing

pytestmark = pytest.mark.integration
NAME = "renew-the-mandate"
SHIPPED = Path(__file__).parents[2] / "data" / "missions.xlsx"


def saved_again(path: Path, kind: str) -> Path:
    """Open a file in LibreOffice, a profile of its own beside it, and save it as another kind."""
    soffice = shutil.which("soffice")
    if soffice is None:
        missing("LibreOffice is not installed (Debian: libreoffice-calc, libreoffice-writer)")
    out = path.parent / kind
    done = subprocess.run(
        [str(soffice), "--headless", f"-env:UserInstallation=file://{path.parent}/profile", "--convert-to", kind,
         "--outdir", str(out), str(path)],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    if "could not be loaded" in done.stderr and path.suffix == ".docx":
        missing("LibreOffice has no Writer (Debian: libreoffice-writer)")
    assert "convert" in done.stdout
    assert "Error" not in done.stdout + done.stderr
    return out / f"{path.stem}.{kind}"


def test_the_report_opens_and_prints_every_sheet(campaign: Engine, tmp_path: Path) -> None:
    path = report(campaign, NAME, tmp_path / "report.xlsx", made_at=MADE)
    pages = PdfReader(BytesIO(saved_again(path, "pdf").read_bytes())).pages
    feet = " ".join(page.extract_text() for page in pages)
    for sheet in openpyxl.load_workbook(path).sheetnames:
        assert f"{sheet}, page" in feet


@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_a_report_saved_by_libreoffice_comes_back_unchanged(campaign: Engine, tmp_path: Path, kind: str) -> None:
    path = report(campaign, NAME, tmp_path / "report.xlsx", made_at=MADE)
    assert import_report(campaign, saved_again(path, kind), by=named("Ana")).changes == []


@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_a_directory_saved_by_libreoffice_comes_back_unchanged(engine: Engine, tmp_path: Path, kind: str) -> None:
    import_file(engine, SHIPPED, by=named("Ana"))
    export_directory(engine, tmp_path / "directory.xlsx")
    result = import_file(engine, saved_again(tmp_path / "directory.xlsx", kind), by=named("Ana"))
    for found in (result.missions, result.contacts, result.terms):
        assert found.added == found.changed == found.absent == []


def test_the_teams_sheet_with_our_columns_still_opens(campaign: Engine, tmp_path: Path) -> None:
    report_into(campaign, NAME, SHIPPED, tmp_path / "copy.xlsx", made_at=MADE)
    book = openpyxl.load_workbook(saved_again(tmp_path / "copy.xlsx", "xlsx"))
    assert book.sheetnames == openpyxl.load_workbook(SHIPPED).sheetnames
    header = [cell.value for cell in book["Contacts"][1]]
    assert header[-5:] == ["Sent", "Delivery", "Answer", "Position", "Date"]
    assert book["Contacts"].auto_filter.ref


@pytest.mark.parametrize("name", ["hrc-joint-letter", "hrc-thanks"])
@pytest.mark.parametrize("language", ["en", "fr", "ar", "zh"])
def test_a_letter_that_was_saved_again_comes_back_to_the_byte(name: str, language: str, tmp_path: Path) -> None:
    letter = load_letter(name, SHIPPED.parents[1] / "templates")
    path = tmp_path / "letter.docx"
    path.write_bytes(word_file(letter, Language(language)))
    again = saved_again(path, "docx")
    assert again.read_bytes() != path.read_bytes()
    ours = whose(again)
    assert ours is not None
    back = returned(again, ours, letter, Language(language))
    assert back.text == letter.bodies[Language(language)]
    assert back.subject == letter.subjects[Language(language)]
    assert not back.changed
    assert not back.notes
