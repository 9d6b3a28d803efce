"""Editions of a report: what partners and the public are not told, in any kind of file."""

import re
from pathlib import Path

import openpyxl
import pytest
from invented_campaign import MADE
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.catalogues import tongue
from outreach.database import writing
from outreach.errors import UserError
from outreach.models import Campaign, Response
from outreach.reports.export import report
from outreach.responses.positions import set_position
from outreach.vocabulary import Answer, Edition, Position, Vote

NAME = "renew-the-mandate"
SECRET = "Told us in confidence"


@pytest.fixture
def told(varied: Engine) -> Engine:
    set_position(varied, NAME, "FRA", "in favour", note=SECRET, by=named("Ana"))
    with writing(varied) as session:
        for one in session.exec(select(Response).where(Response.iso3 == "FRA")):
            one.vote = Vote.IN_FAVOUR
            session.add(one)
        for campaign in session.exec(select(Campaign)):
            campaign.reason = "mail.host.example refused office.fra@mission.example"
            session.add(campaign)
    return varied


def words(path: Path) -> str:
    match path.suffix:
        case ".xlsx":
            book = openpyxl.load_workbook(path)
            return "\n".join(str(c.value) for s in book for row in s.iter_rows() for c in row if c.value is not None)
        case ".pdf":
            return "\n".join(page.extract_text() for page in PdfReader(path).pages)
        case _:
            return path.read_text(encoding="utf-8-sig")


VOTED_ON = {"symbol": "A/HRC/55/L.3", "title": "Freedom of assembly : resolution / adopted", "date": "2024-04-05"}


@pytest.mark.heavy
@pytest.mark.parametrize("suffix", [".xlsx", ".pdf", ".json"])
def test_each_edition_names_what_was_voted_on(told: Engine, tmp_path: Path, suffix: str) -> None:
    with writing(told) as session:
        for campaign in session.exec(select(Campaign)):
            campaign.resolution = {**VOTED_ON, "file": "sent by ana.xlsx"}
            session.add(campaign)
    for edition in Edition:
        said = words(report(told, NAME, tmp_path / f"{edition}{suffix}", edition=edition, made_at=MADE))
        assert "A/HRC/55/L.3" in said
        assert "sent by ana" not in said
        assert suffix == ".json" or "1 in favour, 0 against" in said
        assert suffix != ".pdf" or "Freedom of assembly ·" in said


@pytest.mark.heavy
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_two_pages_hold_all_in_every_language(told: Engine, tmp_path: Path, language: str) -> None:
    with writing(told) as session:
        for at, one in enumerate(session.exec(select(Response))):
            one.vote, one.answer = list(Vote)[at % 4], Answer.REPLIED
            one.position, one.answered_at = list(Position)[at % len(Position)], MADE
            session.add(one)
    for edition in Edition:
        path = report(told, NAME, tmp_path / f"{edition}.pdf", edition=edition, made_at=MADE, say=tongue(language))
        assert len(PdfReader(path).pages) == (1 if edition is Edition.PUBLIC else 2)


@pytest.mark.heavy
@pytest.mark.parametrize("suffix", [".xlsx", ".pdf", ".csv", ".json"])
def test_what_is_the_team_s_own_is_in_no_other_edition(told: Engine, tmp_path: Path, suffix: str) -> None:
    found = {
        edition: words(report(told, NAME, tmp_path / f"{edition}{suffix}", edition=edition, made_at=MADE))
        for edition in Edition
    }
    if suffix != ".pdf":
        assert SECRET in found[Edition.TEAM]
        assert "@mission.example" in found[Edition.TEAM]
    for edition in (Edition.PARTNERS, Edition.PUBLIC):
        assert not [word for word in (SECRET, "@", "host.example", "worker", "Ana") if word in found[edition]]
        assert "France" in found[edition]
    assert "in favour" in found[Edition.PUBLIC]


@pytest.mark.heavy
def test_the_public_is_told_no_position_of_a_mission(told: Engine, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(report(told, NAME, tmp_path / "r.xlsx", edition=Edition.PUBLIC, made_at=MADE))
    assert book.sheetnames == ["Overview", "Missions", "By group"]
    assert [cell.value for cell in book["Missions"][1]] == ["ISO3", "Mission", "Regional group", "Vote"]


def test_after_the_vote_each_edition_draws_it(told: Engine, tmp_path: Path) -> None:
    """The public's page has the seats and the groups by vote, and the Overview of a workbook a chart of the votes."""
    cast = {"FRA": Vote.AGAINST, "JPN": Vote.ABSTAINED}
    with writing(told) as session:
        for one in session.exec(select(Response)):
            one.vote = cast.get(one.iso3, Vote.IN_FAVOUR)
            session.add(one)
    page = words(report(told, NAME, tmp_path / "r.pdf", edition=Edition.PUBLIC, made_at=MADE))
    assert {"FRA", "JPN"} <= set(page.split())
    assert "By regional group: how they voted" in page
    assert "Positions before the vote" in page
    assert re.search(r"All 47 \d+ \d+ 45 1 1", " ".join(page.split()))
    for edition in Edition:
        book = openpyxl.load_workbook(report(told, NAME, tmp_path / "r.xlsx", edition=edition, made_at=MADE))
        rows = [row[1:3] for row in book["Overview"].iter_rows(values_only=True)]
        at = rows.index(("Vote", "missions"))
        assert rows[at + 1 : at + 5] == [("in favour", 45), ("against", 1), ("abstained", 1), ("not voting", 0)]


def test_side_by_side_is_for_the_team(told: Engine, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="for the team only"):
        report(told, [NAME, "other"], tmp_path / "r.xlsx", edition=Edition.PARTNERS)
