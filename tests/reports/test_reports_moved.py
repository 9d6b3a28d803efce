"""What moved since the last report: remembered as an act, netted, and told as each edition may."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from invented_campaign import MADE
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach.actors import named
from outreach.catalogues import tongue
from outreach.database import reading, writing
from outreach.models import AuditEntry, DeliveryEvent, Message
from outreach.reports.editions import Edition
from outreach.reports.export import report
from outreach.responses.positions import set_position
from outreach.vocabulary import EventKind

NAME = "renew-the-mandate"
ANA = named("Ana")


def moved(engine: Engine, path: Path, edition: Edition = Edition.TEAM) -> object:
    found = json.loads(report(engine, NAME, path, edition=edition, by=ANA).read_text(encoding="utf-8"))
    return found["since"] and [(one["iso3"], one["what"], one["old"], one["new"]) for one in found["since"]["moved"]]


def test_a_report_is_remembered_with_its_digest_and_who_took_it(varied: Engine, tmp_path: Path) -> None:
    path = report(varied, NAME, tmp_path / "r.xlsx", edition=Edition.PARTNERS, say=tongue("fr"), by=ANA)
    with reading(varied) as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert (entry.action, entry.campaign, entry.who) == ("report.made", NAME, "Ana")
    assert entry.detail == f"partners, xlsx, fr, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_the_next_report_says_what_moved_and_nothing_that_went_and_came_back(varied: Engine, tmp_path: Path) -> None:
    assert moved(varied, tmp_path / "1.json") is None
    for iso3, ways in (("FRA", ("against", "in favour")), ("DEU", ("against", "unknown")), ("JPN", ("undecided",))):
        for way in ways:
            set_position(varied, NAME, iso3, way, by=ANA)
    with writing(varied) as session:
        message = (
            session.exec(select(Message).where(Message.iso3 == "ITA")).first()
            or session.exec(select(Message).where(Message.iso3 == "BEN")).one()
        )
        at = session.exec(select(AuditEntry.at).order_by(col(AuditEntry.id).desc())).first()
        assert at is not None
        for kind, detail in (
            (EventKind.BOUNCED, "no such user"),
            (EventKind.CORRECTED, "old@x.example → new@x.example"),
        ):
            session.add(
                DeliveryEvent(
                    message_id=message.id, at=at + timedelta(microseconds=1), kind=kind, recipient="new@x.example",
                    detail=detail, who="inbox",
                )
            )  # fmt: skip
    assert moved(varied, tmp_path / "2.json", Edition.PARTNERS) is None
    assert moved(varied, tmp_path / "3.json", Edition.TEAM) == [
        ("BEN", "bounced", "", "new@x.example"),
        ("BEN", "address corrected", "old@x.example", "new@x.example"),
        ("FRA", "position", "unknown", "in favour"),
        ("JPN", "position", "unknown", "undecided"),
    ]
    assert moved(varied, tmp_path / "4.json", Edition.TEAM) == []
    assert moved(varied, tmp_path / "5.json", Edition.PARTNERS) == []


@pytest.mark.heavy
def test_it_stands_in_the_workbook_and_on_the_page_since_a_day_that_is_asked_for(
    varied: Engine, tmp_path: Path
) -> None:
    set_position(varied, NAME, "FRA", "in favour", by=ANA)
    since = MADE
    for language, title in (
        ("en", "Since 25 March 2024"),
        ("fr", "Depuis le 25 mars 2024"),
        ("es", "Desde el 25 de marzo de 2024"),
    ):
        say = tongue(language)
        book = openpyxl.load_workbook(report(varied, NAME, tmp_path / "r.xlsx", since=since, say=say))
        rows = list(book[title].iter_rows(values_only=True))
        assert rows[0] == tuple(
            say.about("column", one) for one in ("ISO3", "Mission", "What", "Before", "Now", "When")
        )
        assert [row[0] for row in rows[1:]] == ["FRA"]
        page = "".join(
            one.extract_text()
            for one in PdfReader(report(varied, NAME, tmp_path / "r.pdf", since=since, say=say)).pages
        )
        assert title in page
        assert "Franc" in page.partition(title)[2].partition("\n")[2].partition("\n")[0]
    public = openpyxl.load_workbook(report(varied, NAME, tmp_path / "p.xlsx", since=since, edition=Edition.PUBLIC))
    assert [row[0] for row in public["Since 25 March 2024"].iter_rows(min_row=2, values_only=True)] == [
        "Nothing moved."
    ]
