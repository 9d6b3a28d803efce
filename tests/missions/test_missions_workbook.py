"""data/missions.xlsx: it holds what the facts say, can be built again, and is fit for a person to work in."""

import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from outreach.missions.closed_lists import LANGUAGE_NAMES
from outreach.missions.columns import COLUMNS, SheetKind
from outreach.missions.directory_workbook import write_directory
from outreach.missions.facts import correspondence, shipped_terms, states
from outreach.missions.names import short_name
from outreach.models import Contact, Mission, Term
from outreach.vocabulary import Role

DATA = Path(__file__).parents[2] / "data"
SHIPPED = DATA / "missions.xlsx"


@pytest.fixture(scope="module")
def shipped() -> Workbook:
    return load_workbook(SHIPPED)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_missions", DATA / "build_missions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(book: Workbook, sheet: str) -> list[dict[str, Any]]:
    header, *body = book[sheet].iter_rows(values_only=True)
    return [dict(zip([str(name) for name in header], row, strict=True)) for row in body]


def test_missions_are_those_of_the_facts(shipped: Workbook) -> None:
    assert rows(shipped, "Missions") == [
        {
            "ISO3": state.iso3,
            "Short name": short_name(state, "en"),
            "Formal name": state.formal("en"),
            "Regional group": state.regional_group or None,
            "Status": state.status,
            "Language": LANGUAGE_NAMES[correspondence()[state.iso3].language],
            "City": correspondence()[state.iso3].city,
            "Time zone": correspondence()[state.iso3].time_zone,
            "Tags": None,
        }
        for state in states().values()
    ]


def test_terms_are_those_of_the_facts(shipped: Workbook) -> None:
    assert [(row["ISO3"], row["First year"], row["Last year"]) for row in rows(shipped, "HRC terms")] == [
        (term.iso3, term.first_year, term.last_year) for term in shipped_terms()
    ]
    assert all(row["State"] == short_name(states()[row["ISO3"]], "en") for row in rows(shipped, "HRC terms"))


def test_each_mission_has_an_office_and_a_box_that_reach_nobody(shipped: Workbook) -> None:
    contacts = rows(shipped, "Contacts")
    assert [row["ISO3"] for row in contacts] == [iso3 for iso3 in states() for _ in range(2)]
    assert len({row["E-mail"] for row in contacts}) == 390
    for office, box in zip(contacts[::2], contacts[1::2], strict=True):
        assert (office["Role"], office["Line"], box["Role"], box["Line"]) == (
            "permanent representative", "to", "general", "cc",
        )  # fmt: skip
        for row in (office, box):
            assert row["E-mail"].endswith(f"@{row['ISO3'].lower()}.mission.example")
            assert (row["Name"], row["Title"], row["Gender form"], row["Active"]) == (None, None, None, "yes")
        assert (office["Form of address"], box["Form of address"]) == ("Excellency", None)


@pytest.mark.heavy
def test_building_it_again_gives_the_same_parts(script: ModuleType, tmp_path: Path) -> None:
    script.build(tmp_path / "again.xlsx")
    with zipfile.ZipFile(SHIPPED) as old, zipfile.ZipFile(tmp_path / "again.xlsx") as new:
        assert old.namelist() == new.namelist()
        for name in old.namelist():
            assert old.read(name) == new.read(name), f"{name} differs: run `make workbook`"
        assert {entry.date_time for entry in new.infolist()} == {(2024, 1, 1, 0, 0, 0)}
    assert [path.name for path in tmp_path.iterdir()] == ["again.xlsx"]


def test_the_read_me_comes_first_and_explains_every_column(shipped: Workbook) -> None:
    assert shipped.sheetnames == ["Read me", "Missions", "Contacts", "HRC terms"]
    cells = [str(cell) for row in shipped["Read me"].iter_rows(values_only=True) for cell in row if cell]
    told = " ".join(cells)
    for kind in SheetKind:
        assert kind.value in cells
        for column in COLUMNS[kind]:
            assert column.header in cells
            assert column.meaning in cells
    assert "mission.example" in told
    assert "take it in again" in told


def test_the_sheets_are_fit_to_work_in(shipped: Workbook) -> None:
    lists = {"Missions": 3, "Contacts": 5, "HRC terms": 0}
    for kind in SheetKind:
        sheet = shipped[kind.value]
        assert sheet.freeze_panes == "C2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert all(cell.font.bold and cell.fill.fgColor.rgb.endswith(("1F3A5F", "6B7F99")) for cell in sheet[1])
        validations = sheet.data_validations.dataValidation
        assert len(validations) == lists[kind.value]
        assert all(validation.type == "list" and len(validation.formula1) <= 255 for validation in validations)
        assert all(len(validation.prompt) <= 255 and len(validation.promptTitle) <= 32 for validation in validations)
        for column in sheet.iter_cols():
            width = sheet.column_dimensions[column[0].column_letter].width
            assert width >= max(len(str(cell.value or "")) for cell in column) * 0.85, column[0].value
    assert shipped.properties.title == "Directory of permanent missions"


def test_texts_are_never_formulas(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x.invalid","y")'
    names = [evil, "+1", "-1", "@x", "_x0041_", "a\nb\x07", "=1", "#N/A"]
    contacts = [
        Contact(iso3="FRA", role=Role.GENERAL, name=name, email=f"a{n}@b.example", email_key="x")
        for n, name in enumerate(names)
    ]
    mission = Mission(iso3="FRA", short_name=evil, formal_name="=A1", language="fr", tags=["=x"], city="=1")
    term = Term(iso3="FRA", first_year=2024, last_year=2026)
    write_directory(tmp_path / "d.xlsx", missions=[mission], contacts=contacts, terms=[term])
    book = load_workbook(tmp_path / "d.xlsx")
    assert all(cell.data_type in "sn" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert book["Contacts"]["E2"].value == evil
    assert book["Contacts"]["E2"].quotePrefix
    with zipfile.ZipFile(tmp_path / "d.xlsx") as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "worksheets" in name)
