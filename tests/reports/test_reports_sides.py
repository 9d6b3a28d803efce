"""Several campaigns side by side, the page of a summary, and votes beside positions."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from invented_campaign import MADE, add_campaign, add_response
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import SheetError, UserError
from outreach.models import Response
from outreach.reports.excel import style
from outreach.reports.export import report
from outreach.responses.votes import import_votes
from outreach.vocabulary import Edition, Position, Vote

NAME = "renew-the-mandate"


@pytest.fixture
def two(varied: Engine) -> Engine:
    with writing(varied) as session:
        second = add_campaign(session, "=next")
        add_response(session, second, "FRA", position=Position.AGAINST, vote=Vote.ABSTAINED)
    return varied


def test_a_missions_record_over_campaigns(two: Engine, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(report(two, [NAME, "=next"], tmp_path / "r.xlsx", made_at=MADE))
    assert book.sheetnames == ["Campaigns", "Side by side", "About"]
    rows = {row[0]: row for row in book["Side by side"].iter_rows(values_only=True)}
    assert rows["ISO3"][3:] == tuple(
        f"{name}: {what}" for name in (NAME, "=next") for what in ("answer", "position", "vote")
    )
    assert rows["FRA"][6:] == ("none", "against", "abstained")
    assert rows["JPN"][6:] == (None, None, None)
    assert len(rows) == 48
    campaigns = list(book["Campaigns"].iter_rows(values_only=True))
    assert [row[0] for row in campaigns[1:]] == [NAME, "=next"]
    assert campaigns[2][2] == 1
    assert book["Campaigns"]["A3"].data_type == "s"
    table = report(two, [NAME, "=next"], tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    lines = list(csv.reader(table.splitlines()))
    assert len(lines) == 48
    assert lines[0][6] == "'=next: answer"
    found = json.loads(report(two, [NAME, "=next"], tmp_path / "r.json").read_text(encoding="utf-8"))
    france = next(mission for mission in found["missions"] if mission["iso3"] == "FRA")
    assert france["record"]["=next"] == {"answer": "none", "position": "against", "vote": "abstained"}
    with pytest.raises(UserError, match="several campaigns"):
        report(two, [NAME, "=next"], tmp_path / "r.pdf")


@pytest.mark.heavy
def test_the_summary_is_two_pages(two: Engine, tmp_path: Path) -> None:
    page, each = (one.extract_text() for one in PdfReader(report(two, NAME, tmp_path / "r.pdf", made_at=MADE)).pages)
    assert NAME in page
    assert "Arrived" not in page
    assert "Who stands where" in page
    assert "Mission by mission" in each
    assert "France" in each
    (small,) = PdfReader(report(two, "=next", tmp_path / "s.pdf", made_at=MADE)).pages
    assert "=next" in small.extract_text()
    public = report(two, NAME, tmp_path / "p.pdf", made_at=MADE, edition=Edition.PUBLIC)
    (page,) = (one.extract_text() for one in PdfReader(public).pages)
    assert "By regional group" in page
    assert "France" not in page


def votes(path: Path, *rows: tuple[str, str], header: tuple[str, str] = ("Country", "Vote")) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["Result of the vote on A/HRC/55/L.1"])
    book.active.append(list(header))
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


@pytest.mark.heavy
def test_votes_stand_beside_positions(varied: Engine, tmp_path: Path) -> None:
    path = votes(
        tmp_path / "votes.xlsx",
        ("France", "Yes"),
        ("Japan", "Abstention"),
        ("Cuba", "contre"),
        ("Ghana", ""),
        ("NOR", "+"),
    )
    dry = import_votes(varied, NAME, path, dry_run=True, by=named("Ana"))
    with reading(varied) as session:
        assert not any(row.vote for row in session.exec(select(Response)))
    with pytest.raises(SheetError, match="no member of the Council in 2024, and would be left out: NOR"):
        import_votes(varied, NAME, path, by=named("Ana"))
    result = import_votes(varied, NAME, path, by=named("Ana"), yes=True)
    assert dry.changes == result.changes
    assert {change.iso3: change.new for change in result.changes} == {
        "FRA": "in favour",
        "JPN": "abstained",
        "CUB": "against",
    }
    assert "No member of the Council in 2024, and left out: NOR (Norway)." in map(str, result.notes)
    assert import_votes(varied, NAME, path, by=named("Ana"), yes=True).changes == []
    book = openpyxl.load_workbook(report(varied, NAME, tmp_path / "r.xlsx", made_at=MADE))
    header = [cell.value for cell in book["Missions"][1]]
    found = {row[0]: row for row in book["Missions"].iter_rows(min_row=2, values_only=True)}
    assert header.index("Vote") == header.index("Position") + 1
    assert found["CUB"][header.index("Vote")] == "against"
    groups = {row[0]: row for row in book["By group"].iter_rows(max_row=7, values_only=True)}
    voted = {name: groups["All"][at] for at, name in enumerate(groups["Regional group"]) if "ote" in str(name)}
    assert voted == {"Voted in favour": 1, "Voted against": 1, "Voted abstained": 1, "Did not vote": 0}


def test_bad_votes_are_all_listed(varied: Engine, tmp_path: Path) -> None:
    path = votes(tmp_path / "v.xlsx", ("France", "perhaps"), ("Atlantis", "yes"), ("JPN", "no"), ("Japan", "yes"))
    with pytest.raises(SheetError) as caught:
        import_votes(varied, NAME, path, by=named("Ana"))
    assert sorted(problem.where for problem in caught.value.problems) == ["Sheet!A4", "Sheet!B3", "Sheet!B6"]
    with pytest.raises(SheetError, match="1 thing is to be agreed to"):
        import_votes(
            varied, NAME, votes(tmp_path / "w.xlsx", ("France", "yes"), header=("Country", "Colour")), by=named("Ana")
        )


def test_labels_of_charts_can_be_read() -> None:
    for colour in {*style.SHADES, *style.POSITIONS}:
        assert style.contrast(colour, "FFFFFF" if style.is_dark(colour) else style.INK) >= 4.5
