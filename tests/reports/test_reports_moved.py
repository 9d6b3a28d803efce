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
from outreach.models import AuditEntry, DeliveryEvent, Message, Response, ResponseChange
from outreach.reports.export import report
from outreach.responses.positions import set_position
from outreach.responses.votes import import_votes
from outreach.sentences import KeptSentence
from outreach.vocabulary import Edition, EventKind

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
        corrected = KeptSentence("event.corrected", "{old} → {new}", old="old@x.example", new="new@x.example")
        for kind, detail in (
            (EventKind.BOUNCED, "no such user"),
            (EventKind.CORRECTED, corrected),
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
    # One more of the same day, with nothing new, is the same report in another format: it tells the same.
    told = moved(varied, tmp_path / "3b.json", Edition.TEAM)
    assert isinstance(told, list)
    assert len(told) == 4
    with writing(varied) as session:
        for entry in session.exec(select(AuditEntry).where(AuditEntry.action == "report.made")):
            entry.at -= timedelta(days=2)
            session.add(entry)
        for event in session.exec(select(DeliveryEvent)):
            event.at -= timedelta(days=3)
        for change in session.exec(select(ResponseChange)):
            change.at -= timedelta(days=3)
    assert moved(varied, tmp_path / "4.json", Edition.TEAM) == []
    assert moved(varied, tmp_path / "5.json", Edition.PARTNERS) == []


def text_of(path: Path) -> str:
    return " ".join(" ".join(one.extract_text().split()) for one in PdfReader(path).pages)


@pytest.mark.heavy
def test_the_page_after_the_vote_tells_the_result_and_the_workbook_the_same_since(
    varied: Engine, tmp_path: Path
) -> None:
    for iso3, position in (("FRA", "in favour"), ("DEU", "against"), ("JPN", "abstain")):
        set_position(varied, NAME, iso3, position, by=ANA)
    report(varied, NAME, tmp_path / "before.pdf", by=ANA)
    assert "more are needed" in text_of(tmp_path / "before.pdf")
    with reading(varied) as session:
        codes = sorted(session.exec(select(Response.iso3)))
    votes = {iso3: "N" if iso3 in ("CHN", "CUB") else "A" if iso3 == "JPN" else "Y" for iso3 in codes}
    rows = "\n".join(f"{iso3},{vote}" for iso3, vote in votes.items())
    import_votes(varied, NAME, Path("-"), content=f"Country,Vote\n{rows}".encode(), yes=True, by=ANA)
    book = openpyxl.load_workbook(report(varied, NAME, tmp_path / "after.xlsx", by=ANA))
    page = text_of(report(varied, NAME, tmp_path / "after.pdf", by=ANA))
    assert "Adopted: " in page or "Recorded so far: " in page
    assert "more are needed" not in page
    assert "Germany (said against, voted in favour)" in page.partition("Otherwise than they said: ")[2]
    (since,) = [name for name in book.sheetnames if name.startswith("Since")]
    moved_rows = list(book[since].iter_rows(min_row=2, values_only=True))
    assert [row[2] for row in moved_rows] == ["vote"]  # the record of the vote is one line
    assert moved_rows[0][4].startswith("in favour ")
    assert f"Vote, {moved_rows[0][4]}" in page
    assert "Nothing moved" not in page
    public = text_of(report(varied, NAME, tmp_path / "public.pdf", edition=Edition.PUBLIC, by=ANA))
    assert "said against" not in public


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
