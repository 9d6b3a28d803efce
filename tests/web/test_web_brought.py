"""What is brought to the desk: mails, the votes, a report that was typed into; and what follows the letters."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from sqlmodel import select
from web_browser import Browser, browser_factory, hidden, messages, stand, text_of

from outreach.actors import named
from outreach.database import reading
from outreach.models import Campaign, Contact
from outreach.people.audit import entries
from outreach.schedule import send_once
from outreach.vocabulary import Act, CampaignState
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
MakeDesk = Callable[..., Desk]


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """A desk whose letters are out, in rehearsal."""
    send = browser_factory(desk)("approver")
    send.post("/campaigns/1/schedule", at="now", seen=hidden(send.get("/campaigns/1/send"), "seen"))
    send_once(desk.engine, desk.settings, desk.folder, by=named("Ana"))
    return desk


def answer_of(desk: Desk, iso3: str, words: str) -> bytes:
    letter = next(one for one in messages(desk) if one.iso3 == iso3)
    return (
        f"From: <pr.office@{iso3.lower()}.mission.example>\nIn-Reply-To: {letter.message_id}\nSubject: Re: yours\n"
        f"Date: Tue, 19 Mar 2024 10:00:00 +0100\nMessage-ID: <{iso3}@test.example>\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{words}\n"
    ).encode()


@pytest.mark.heavy
def test_mails_are_brought_as_files_once(sent: Desk) -> None:
    editor = browser_factory(sent)("editor")
    france, spain = answer_of(sent, "FRA", "We will support."), answer_of(sent, "ALB", "Thank you.")
    mbox = b"From a@b.example Tue Mar 19 10:00:00 2024\n" + spain + b"\n"
    files = [("files", ("../../fra?.eml", france, "message/rfc822")), ("files", ("all.mbox", mbox, "text/plain"))]
    said = text_of(editor.post("/inbox/files", files=files))
    assert "2 mails: 2 new" in said
    assert stand(sent, "FRA").answer == "replied"
    assert "2 mails: 0 new, 2 there already" in text_of(editor.post("/inbox/files", files=files))
    entry = next(one for one in entries(sent.engine) if one.action == Act.MAIL_INGESTED)
    assert entry.who == "The editor"
    assert not [path for path in (sent.folder / "uploads").rglob("*") if path.is_file()]
    assert "No mail came" in text_of(editor.post("/inbox/files", 422))
    browser_factory(sent)("viewer").get("/inbox/files", 403)


@pytest.mark.heavy
def test_without_a_mailbox_nothing_is_said_to_have_arrived(sent: Desk, make_desk: MakeDesk) -> None:
    said = text_of(browser_factory(sent)("editor").get("/inbox/undelivered"))
    assert "nobody reads a mailbox here, so nothing is known" in said
    assert "has arrived" not in said


def test_with_a_mailbox_it_is(make_desk: MakeDesk) -> None:
    desk = make_desk(imap_host="imap.coalition.example", imap_username="x")
    assert "has arrived" in text_of(browser_factory(desk)("editor").get("/inbox/undelivered"))


@pytest.mark.heavy
def test_votes_are_pasted_looked_at_and_taken_in(sent: Desk) -> None:
    editor = browser_factory(sent)("editor")
    words = "In favour: Albania, France, Germany\nAgainst: China\nAbstaining: India"
    page = editor.post("/campaigns/1/votes", pasted=words)
    assert "What was pasted tells" in text_of(page)
    assert stand(sent, "FRA").vote is None
    fields = {name: hidden(page, name) for name in ("digest", "name", "which", "state")}
    editor.post("/campaigns/1/votes/apply", 409, **(fields | {"state": "0"}))
    assert stand(sent, "FRA").vote is None
    assert "3 in favour" in text_of(editor.post("/campaigns/1/votes/apply", **fields))
    assert (str(stand(sent, "FRA").vote), str(stand(sent, "CHN").vote)) == ("in favour", "against")
    assert entries(sent.engine)[0].action == Act.VOTES_IMPORTED
    assert "No votes came" in text_of(editor.post("/campaigns/1/votes", 422, pasted=" "))


@pytest.mark.heavy
def test_votes_come_as_a_file_under_its_own_name(sent: Desk) -> None:
    editor = browser_factory(sent)("editor")
    sheet = b"Member,Vote\nFrance,Y\nChina,N\n"
    page = editor.post("/campaigns/1/votes", files={"file": ("the vote.csv", sheet, "text/csv")})
    assert "What the vote.csv tells" in text_of(page)
    editor.post(
        "/campaigns/1/votes/apply", **{name: hidden(page, name) for name in ("digest", "name", "which", "state")}
    )
    assert str(stand(sent, "FRA").vote) == "in favour"
    assert "the vote.csv" in entries(sent.engine)[0].detail
    bad = editor.post("/campaigns/1/votes", 422, files={"file": ("vote.exe", b"MZ", "application/octet-stream")})
    assert "no file that votes are read from" in text_of(bad)


@pytest.mark.heavy
def test_what_was_typed_into_a_report_comes_back(sent: Desk, tmp_path: Path) -> None:
    editor = browser_factory(sent)("editor")
    editor.get("/campaigns/1/report.xlsx")
    assert editor.last is not None
    book = load_workbook(BytesIO(editor.last.content))
    sheet = next(one for one in book if any(cell.value == "Row key" for row in one.iter_rows() for cell in row))
    head = next(row for row in sheet.iter_rows() if any(cell.value == "Row key" for cell in row))
    columns = {str(cell.value): cell.column for cell in head}
    row = next(r for r in sheet.iter_rows() if r[columns["ISO3"] - 1].value == "FRA")
    row[columns["Position"] - 1].value = "in favour"
    out = BytesIO()
    book.save(out)
    page = editor.post("/typed", files={"file": ("typed.xlsx", out.getvalue(), "application/octet-stream")})
    assert "in favour" in text_of(page)
    assert str(stand(sent, "FRA").position) == "unknown"
    fields = {name: hidden(page, name) for name in ("digest", "name", "skip", "state")}
    editor.post("/typed/apply", **fields)
    assert str(stand(sent, "FRA").position) == "in favour"
    assert "report" in text_of(editor.post("/typed", 422, files={"file": ("x.csv", b"a,b\n1,2\n", "text/csv")}))


def test_a_contact_is_changed_in_place_with_its_history(desk: Desk) -> None:
    editor = browser_factory(desk)("editor")
    with reading(desk.engine) as session:
        contact = session.exec(select(Contact).where(Contact.iso3 == "FRA")).all()[0]
    page = editor.get("/missions/FRA")
    shown = {
        f"was_{name}": hidden(page, f"was_{name}") for name in ("email", "name", "title", "role", "line", "active")
    }
    now = {key.removeprefix("was_"): text for key, text in shown.items()} | {"contact": contact.email}
    wrong = editor.post("/missions/FRA/contacts", 422, **shown, **(now | {"email": "nobody"}))
    assert 'value="nobody"' in wrong
    said = text_of(editor.post("/missions/FRA/contacts", **shown, **(now | {"email": "new.box@fra.mission.example"})))
    assert "Changed: email" in said
    assert "its approval no longer holds" in said
    assert f"email: {contact.email} → new.box@fra.mission.example" in said
    now["contact"] = "new.box@fra.mission.example"
    stale = editor.post("/missions/FRA/contacts", 409, **shown, **(now | {"email": "other@fra.mission.example"}))
    assert "Somebody has changed this contact" in text_of(stale)
    browser_factory(desk)("viewer").post("/missions/FRA/contacts", 403, **shown, **now)


@pytest.mark.heavy
def test_a_reminder_is_planned_at_the_desk(sent: Desk) -> None:
    approver = browser_factory(sent)("approver")
    page = approver.get("/campaigns/1/follow-up")
    assert "Nobody reads a mailbox here" in text_of(page)
    seen = hidden(page, "seen")
    bad = approver.post("/campaigns/1/follow-up", 422, letter="own-reminder", after="soon", seen=seen)
    assert "no span of days" in text_of(bad)
    given = {"letter": "hrc-reminder", "after": "5 working days", "to": "none", "seen": seen, "no_mailbox": "yes"}
    page = approver.post("/campaigns/1/follow-up", **given)
    assert "hrc55-follow-up" in text_of(page)
    with reading(sent.engine) as session:
        made = session.exec(select(Campaign).where(Campaign.name == "hrc55-follow-up")).one()
    assert (made.state, made.follows_id, made.follow_to) == (CampaignState.SCHEDULED, 1, "none")
    browser_factory(sent)("editor").get("/campaigns/1/follow-up", 403)


def test_the_open_letter_is_taken_along(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    editor = browser_factory(desk)("editor")
    editor.post("/campaigns/1/open-letter")
    assert editor.last is not None
    names = ZipFile(BytesIO(editor.last.content)).namelist()
    assert "en.html" in names
    assert any(name.endswith(".pdf") for name in names)
    assert entries(desk.engine)[0].action == Act.LETTER_PUBLISHED


@pytest.mark.heavy
def test_the_desk_has_the_findings_of_the_command(make_desk: MakeDesk) -> None:
    desk = make_desk(**{"from": ""})
    page = browser_factory(desk)("approver").get("/campaigns/1/send")
    assert "Nothing stands in the way" not in page
    assert 'nobody is set who writes. Say who writes, <a href="/settings/change/sender">' in page
    assert "OUTREACH_" not in page
