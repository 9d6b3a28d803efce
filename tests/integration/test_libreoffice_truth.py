"""After a person has sorted, filtered and counted our sheets in LibreOffice, each of them still says the truth."""

import shutil
import subprocess
from collections import Counter
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.catalogues import tongue
from outreach.database import reading
from outreach.models import Response
from outreach.reports.export import report
from outreach.reports.returned.incoming import import_report
from outreach.reports.team_sheet.fill_sheet import report_into
from outreach.vocabulary import Edition, Position
from tests.reports.invented_campaign import MADE
from tests.servers import missing

pytestmark = pytest.mark.integration
NAME = "renew-the-mandate"
MACROS = Path(__file__).with_name("truth.bas")
_LIBRARY = (
    '<?xml version="1.0"?>\n<!DOCTYPE library:{kind} PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "">\n'
)
_SPACE = 'xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"'


def office(profile: Path, *args: str) -> None:
    """Start LibreOffice in a profile and wait until it ends."""
    soffice = shutil.which("soffice")
    if soffice is None:
        missing("LibreOffice is not installed (Debian: libreoffice-calc)")
    command = [str(soffice), "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}", *args]
    subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with the macros, as LibreOffice keeps a person's own: its first start would make them anew."""
    profile = tmp_path_factory.mktemp("office") / "profile"
    office(profile, "--terminate_after_init")
    shutil.rmtree(profile / "user" / "basic")
    with_macros(profile)
    return profile


def with_macros(profile: Path) -> None:
    basic = profile / "user" / "basic"
    (basic / "Standard").mkdir(parents=True)
    for name in ("script", "dialog"):
        (basic / f"{name}.xlc").write_text(
            _LIBRARY.format(kind="libraries") + f'<library:libraries {_SPACE}><library:library library:name="Standard" '
            f'xlink:href="$(USER)/basic/Standard/{name}.xlb/" xlink:type="simple" library:link="false"/>'
            "</library:libraries>"
        )
        element = '<library:element library:name="Truth"/>' if name == "script" else ""
        (basic / "Standard" / f"{name}.xlb").write_text(
            _LIBRARY.format(kind="library")
            + f'<library:library {_SPACE} library:name="Standard" library:readonly="false" '
            f'library:passwordprotected="false">{element}</library:library>'
        )
    (basic / "Standard" / "Truth.xba").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "">\n'
        '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Truth" '
        f'script:language="StarBasic">{escape(MACROS.read_text())}</script:module>'
    )


def played(profile: Path, macro: str, source: Path, *args: str) -> Path:
    """Play a macro over a book; return the book that it saved."""
    target = source.with_name(f"{source.stem}-{macro.lower()}.xlsx")
    said = ",".join(f'"{one}"' for one in (source.as_uri(), target.as_uri(), *args))
    office(profile, f"macro:///Standard.Truth.{macro}({said})")
    assert target.is_file(), "the macro came to no end"
    return target


def positions(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return {one.iso3: str(one.position) for one in session.exec(select(Response))}


def shown(path: Path, sheet: str, head: str) -> tuple[dict[str, str], list[str], list[str]]:
    """What each row says under a head, by ISO3; in the order of rows; and which of them a filter leaves to be seen."""
    page = openpyxl.load_workbook(path)[sheet]
    place = next(cell.column for cell in page[1] if cell.value == head)
    said, order, seen = {}, [], []
    for number in range(2, page.max_row + 1):
        iso3 = str(page.cell(number, 1).value or "")
        if len(iso3) == 3:
            said[iso3] = str(page.cell(number, place).value)
            order.append(said[iso3])
            if not page.row_dimensions[number].hidden:
                seen.append(iso3)
    return said, order, seen


def counted(path: Path) -> dict[str, int]:
    """What the pivot says."""
    rows = openpyxl.load_workbook(path, data_only=True)["Pivot"].iter_rows(values_only=True)
    return {str(row[0]): int(row[1]) for row in rows if len(row) > 1 and isinstance(row[1], int | float)}


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("edition", list(Edition))
def test_a_report_that_was_sorted_filtered_and_counted_is_true(
    campaign: Engine, tmp_path: Path, profile: Path, edition: Edition, language: str
) -> None:
    say = tongue(language)
    path = tmp_path / "report.xlsx"
    report(campaign, NAME, path, edition=edition, made_at=MADE, say=say)
    sheet = say.about("sheet", "Missions")
    heads = {cell.value for cell in openpyxl.load_workbook(path)[sheet][1]}
    if (head := say.about("column", "Position")) not in heads:  # the public one says positions in sums alone
        head, truth = say.about("column", "Vote"), {}
    else:
        truth = {iso3: say.word(Position(one)) for iso3, one in positions(campaign).items()}
    before, _, _ = shown(path, sheet, head)
    word = say.word(Position.IN_FAVOUR)
    done = played(profile, "Sorted", path, sheet, head, word)
    said, order, seen = shown(done, sheet, head)
    assert said == before
    assert not truth or said == truth
    assert len(list(groupby(order))) == len(set(order)), "it was not sorted"
    if truth:
        assert sorted(seen) == sorted(iso3 for iso3, one in truth.items() if one == word)
        assert {one: n for one, n in counted(done).items() if one in truth.values()} == Counter(truth.values())
    if edition is Edition.TEAM:
        assert import_report(campaign, done, by=named("Ana")).changes == []
        book = openpyxl.load_workbook(done)
        page = book[sheet]
        place = next(cell.column for cell in page[1] if cell.value == head)
        row = next(cell.row for cell in page["A"] if cell.value == "JPN")
        page.cell(row, place).value = say.word(Position.AGAINST)
        book.save(done)
        (change,) = import_report(campaign, done, by=named("Ana")).changes
        assert (change.iso3, positions(campaign)["JPN"]) == ("JPN", "against")
        assert positions(campaign) == positions(campaign) | {"JPN": "against"}


def test_a_teams_table_and_pivot_stay_true_beside_our_columns(campaign: Engine, tmp_path: Path, profile: Path) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Calls"
    page.append(["ISO3", "Caller"])
    callers = {iso3: ("Ana", "Ben", "Zora")[n % 3] for n, iso3 in enumerate(sorted(positions(campaign)))}
    for one in callers.items():
        page.append(one)
    page.auto_filter.ref = f"A1:B{len(callers) + 1}"
    book.save(tmp_path / "calls.xlsx")
    own = played(profile, "Made", tmp_path / "calls.xlsx", "Calls", "Caller")
    assert counted(own)["Ana"] == 16
    report_into(campaign, NAME, own, tmp_path / "ours.xlsx", sheet="Calls", made_at=MADE)
    done = played(profile, "Sorted", tmp_path / "ours.xlsx", "Calls", "Position", "in favour")
    said, _, seen = shown(done, "Calls", "Position")
    truth = positions(campaign)
    told = {iso3: "" if one == "None" else one for iso3, one in said.items()}
    assert {iso3: one or "unknown" for iso3, one in told.items()} == truth
    assert sorted(seen) == sorted(iso3 for iso3, one in truth.items() if one == "in favour")
    assert shown(done, "Calls", "Caller")[0] == callers
    assert {name: n for name, n in counted(done).items() if name in callers.values()} == Counter(callers.values())
