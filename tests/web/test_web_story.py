"""The work of a team at the desk, by its forms: from a sheet to a report, and two people at once."""

import asyncio
import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlmodel import col, select
from web_browser import LIVE, Browser, browser_factory, hidden, messages, settings_of, stand, text_of

from outreach import clock
from outreach.actors import named
from outreach.campaigns.timing import schedule
from outreach.database import open_database, reading, writing
from outreach.missions.history import imports
from outreach.missions.importer import import_file
from outreach.models import Campaign, Contact, Delivery, Frozen, Message, Response, ResponseChange
from outreach.people.accounts import add_account
from outreach.people.audit import entries
from outreach.schedule import send_once
from outreach.vocabulary import CampaignState, DeliveryStatus, MessageState, Position
from outreach.web.desk import Desk, signing_key
from outreach.workplace import lay_out

Browse = Callable[..., Browser]


def take_back(browser: Browser, status: int = 200, *, confirmed: str = "", **which: str) -> str:
    """Take a sheet back as a person does: look at what it would change, and press the button there."""
    page = browser.post("/sheets/undo", **which)
    fields = {name: hidden(page, name) for name in ("number", "state")}
    if confirmed == "as asked":
        confirmed = "".join(re.findall(r"type how many rows go: (\d+)", page))
    return browser.post("/sheets/undo", status, **fields, confirmed=confirmed)


def campaign(desk: Desk, number: int = 1) -> Campaign:
    with reading(desk.engine) as session:
        return session.get_one(Campaign, number)


def frozen_bytes(desk: Desk) -> dict[int, bytes]:
    with reading(desk.engine) as session:
        return {one.message_id: one.raw for one in session.exec(select(Frozen))}


@pytest.mark.heavy
def test_the_whole_story_from_an_empty_database_to_the_report(tmp_path: Path) -> None:
    lay_out(tmp_path)
    settings = settings_of(tmp_path)
    engine = open_database(settings.database_url)
    add_account(engine, "ana", "three good words", "admin", name="Ana", by=named("test"))
    desk = Desk(engine, settings, tmp_path, signing_key(tmp_path))
    browser = browser_factory(desk)("ana")
    assert "No campaign yet" in browser.get("/")

    sheet = (tmp_path / "data" / "missions.xlsx").read_bytes()
    page = browser.post("/sheets", files={"file": ("missions.xlsx", sheet)})
    assert "+195 new" in text_of(page)
    assert "195 of 195 missions" not in browser.get("/missions")
    fields = {name: hidden(page, name) for name in ("digest", "name", "state")}
    assert "Taken in: missions.xlsx" in browser.post("/sheets/apply", **fields)
    assert "195 of 195 missions" in browser.get("/missions")

    page = browser.post("/campaigns", 422, name="hrc55", letter="hrc-joint-letter", audience="hrc-memberz")
    assert 'value="hrc55"' in page
    browser.post("/campaigns", name="hrc55", letter="hrc-joint-letter", audience="hrc-members", as_of="2024-03-18")
    page = browser.get("/campaigns/1/send")
    assert "47 missions" in text_of(page)
    assert "Nothing stands in the way." in text_of(page)
    assert "1 of 47" in text_of(browser.get("/campaigns/1/send/preview"))
    assert "Permanent Mission of the" in browser.get("/campaigns/1/send/preview/IND")

    file = browser.client.get("/campaigns/1/send/preview/IND/files/0")
    assert file.content.startswith(b"%PDF-")
    assert "attachment" in file.headers["content-disposition"]

    page = browser.post("/campaigns/1/approve", seen=hidden(page, "seen"))
    assert "47 letters are frozen" in text_of(page)
    page = browser.post("/campaigns/1/schedule", at="now", seen=hidden(page, "seen"))
    assert "47 letters are due on" in text_of(page)
    assert 'data-live="/campaigns/1/progress"' in page
    assert send_once(engine, settings, tmp_path, by=named("Ana")).states[MessageState.SENT] == 47
    page = browser.get("/campaigns/1/send")
    assert "47 of 47 letters are out" in text_of(page)
    assert "data-live" not in page
    assert browser.client.get("/campaigns/1/letters/IND/files/0").content.startswith(b"%PDF-")

    seen = hidden(browser.get("/campaigns/1/letters/FRA"), "seen")
    browser.post("/campaigns/1/missions/FRA/position", position="co-sponsor", note="by phone", seen=seen)
    page = browser.get("/campaigns/1")
    assert page.count('class="seat ') == 47
    assert "1 of 24 for a majority of all 47" in text_of(page)
    browser.get("/campaigns/1/report.xlsx")
    assert browser.last is not None
    book = load_workbook(io.BytesIO(browser.last.content), read_only=True)
    values = {str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row}
    assert {"France", "co-sponsor", "by phone"} <= values
    page = browser.get("/campaigns/1")
    assert page.count('<select name="for">') == page.count('formaction="/campaigns/1/report.pdf"') == 1
    pdf = browser.client.get("/campaigns/1/report.pdf?for=partners&language=fr")
    assert pdf.headers["content-disposition"].endswith('-report-partners-fr.pdf"')
    words = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.content)).pages)
    assert "@" not in words
    assert "missions" in words
    public = browser.client.get("/campaigns/1/report.json?for=public")
    assert "by phone" not in public.text
    for wrong in ("report.pdf?for=press", "report.pdf?language=xx", "report.doc"):
        assert browser.client.get(f"/campaigns/1/{wrong}").status_code == 404
    assert [one.action for one in entries(engine)][:9] == [
        "report.made", "report.made", "report.made", "position.set", "campaign.scheduled", "campaign.approved",
        "campaign.created", "missions.imported", "account.signed-in",
    ]  # fmt: skip
    engine.dispose()


def test_the_picture_of_the_council_and_its_table_say_the_same(browse: Browse, desk: Desk) -> None:
    with writing(desk.engine) as session:
        for iso3, position in (("FRA", Position.AGAINST), ("IND", Position.IN_FAVOUR), ("BRA", Position.UNDECIDED)):
            response = session.exec(select(Response).where(Response.iso3 == iso3)).one()
            response.position = position
            session.add(response)
        bounced = session.exec(select(Message).where(Message.iso3 == "CUB")).one()
        bounced.state, bounced.delivery = MessageState.SENT, DeliveryStatus.BOUNCED
        session.add(bounced)
    page = browse("viewer").get("/campaigns/1")
    titles = dict(re.findall(r"<title>([^:<]+): ([^<]+)</title>", page))
    assert len(titles) == 47
    assert titles["France"].startswith("against; letter: queued")
    assert "bounced" in titles["Cuba"]
    table = page[page.index("The same as a table") :]
    rows = {
        text_of(row).partition(" African")[0]: text_of(row) for row in re.findall(r"(?s)<tr><th scope.*?</tr>", table)
    }
    assert len(rows) == 47
    told = " ".join(rows.values())
    for mission, words in (("France", "− against"), ("India", "+ in favour"), ("Brazil", "? undecided")):
        row = next(text for text in rows.values() if text.startswith(mission))
        assert words in row
        assert f'class="seat pos-{words[2:].replace(" ", "-")}' in page
    assert "Cuba Latin American and Caribbean unknown bounced" in told
    hands = text_of(page[page.index('id="hands"') :])
    assert hands.index("Cuba") < hands.index("Brazil")


@pytest.mark.heavy
def test_live_mode_wants_the_number_typed(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(**LIVE)
    browser = browser_factory(desk)("approver")
    page = browser.get("/campaigns/1/send")
    assert "This writes to 47 real missions." in text_of(page)
    assert "Live." in page
    seen = hidden(page, "seen")
    for typed in ("", "46", "471", "forty-seven", "-47"):
        page = browser.post("/campaigns/1/schedule", 422, at="now", missions=typed, seen=seen)
        assert "Nothing was done" in text_of(page)
        assert campaign(desk).state is CampaignState.APPROVED
    browser.post("/campaigns/1/schedule", at="now", missions="47", seen=seen)
    assert campaign(desk).state is CampaignState.SCHEDULED
    assert campaign(desk).confirmed_missions == 47


@pytest.mark.heavy
def test_rehearsal_asks_for_no_number(browse: Browse, desk: Desk) -> None:
    browser = browse("approver")
    page = browser.get("/campaigns/1/send")
    assert 'name="missions"' not in page
    day = (clock.now() + timedelta(days=9)).date()
    page = browser.post("/campaigns/1/schedule", day=str(day), hour="09:30", seen=hidden(page, "seen"))
    due = campaign(desk).due_at
    assert due is not None
    assert due.astimezone(clock.zone("Europe/Zurich")).strftime("%Y-%m-%d %H:%M") == f"{day} 09:30"
    assert f"{day.day} {day:%b %Y}, 09:30 CE" in text_of(page)


@pytest.mark.heavy
@pytest.mark.parametrize(("day", "hour"), [("", ""), ("2024-03-18", "09:00"), ("2024-03-31", "02:30"), ("x", "y")])
def test_a_time_that_cannot_be_meant(browse: Browse, desk: Desk, day: str, hour: str) -> None:
    browser = browse("approver")
    seen = hidden(browser.get("/campaigns/1/send"), "seen")
    browser.post("/campaigns/1/schedule", 422, day=day, hour=hour, seen=seen)
    assert campaign(desk).state is CampaignState.APPROVED


@pytest.mark.heavy
def test_the_brakes(browse: Browse, desk: Desk) -> None:
    approver, editor, viewer = browse("approver"), browse("editor"), browse("viewer")
    seen = hidden(approver.get("/campaigns/1/send"), "seen")
    approver.post("/campaigns/1/schedule", at="now", seen=seen)
    viewer.post("/campaigns/1/pause", 403)
    assert "47 letters wait" in editor.post("/campaigns/1/pause", seen=now_seen(desk))
    assert campaign(desk).state is CampaignState.PAUSED
    assert "The editor" in campaign(desk).reason
    assert not send_once(desk.engine, desk.settings, desk.folder, by=named("Ana")).states
    editor.post("/campaigns/1/resume", 403)
    assert "47 letters are still to go" in approver.post("/campaigns/1/resume", seen=now_seen(desk))
    approver.post("/campaigns/1/cancel", 422, name="hrc54", seen=now_seen(desk))
    assert campaign(desk).state is CampaignState.SCHEDULED
    approver.post("/campaigns/1/cancel", 409, name="hrc55", seen=seen)
    page = approver.post("/campaigns/1/cancel", name="hrc55", seen=now_seen(desk))
    assert "47 letters will not go out" in page
    assert {one.state for one in messages(desk)} == {MessageState.CANCELLED}
    approver.post("/campaigns/1/resume", 422, seen=now_seen(desk))


def now_seen(desk: Desk) -> str:
    """The version that a page made now would show."""
    return str(campaign(desk).version)


@pytest.mark.heavy
def test_who_looked_at_an_older_campaign_is_told(browse: Browse, desk: Desk) -> None:
    first, second = browse("approver"), browse("admin")
    seen = hidden(first.get("/campaigns/1/send"), "seen")
    letter = desk.templates / "hrc-joint-letter" / "en.md"
    letter.write_text(letter.read_text(encoding="utf-8") + "\nOne word more.\n", encoding="utf-8")
    second.post("/campaigns/1/approve", seen=seen)
    before = {one.message_id for one in messages(desk)}
    page = first.post("/campaigns/1/approve", 409, seen=seen)
    assert "approved by The admin" in text_of(page)
    assert {one.message_id for one in messages(desk)} == before
    page = first.post("/campaigns/1/schedule", 409, at="now", seen=seen)
    assert "has changed since you looked at it: it is approved, approved by The admin" in text_of(page)
    assert campaign(desk).state is CampaignState.APPROVED


@pytest.mark.heavy
def test_the_later_of_two_editors_is_told_and_nothing_is_overwritten(browse: Browse, desk: Desk) -> None:
    first, second = browse("editor"), browse("approver")
    seen = hidden(first.get("/campaigns/1/letters/FRA"), "seen")
    second.post("/campaigns/1/missions/FRA/position", position="in favour", note="they called", seen=seen)
    page = first.post("/campaigns/1/missions/FRA/position", 409, position="against", note="I think", seen=seen)
    assert "The approver has changed this meanwhile: FRA is in favour" in text_of(page)
    assert (stand(desk, "FRA").position, stand(desk, "FRA").note) == (Position.IN_FAVOUR, "they called")
    with reading(desk.engine) as session:
        assert len(session.exec(select(ResponseChange)).all()) == 1
    history = text_of(first.get("/campaigns/1/letters/FRA"))
    assert "unknown → in favour The approver" in history
    first.post("/campaigns/1/missions/FRA/position", 422, position="perhaps", seen=seen)
    first.post("/campaigns/1/missions/LIE/position", 404, position="against", seen=seen)


@pytest.mark.heavy
def test_a_letters_text(browse: Browse, desk: Desk) -> None:
    first, second = browse("editor"), browse("admin")
    path, file = "/letters/hrc-joint-letter/en", desk.templates / "hrc-joint-letter" / "en.md"
    before = file.read_text(encoding="utf-8")
    frozen = frozen_bytes(desk)
    seen = hidden(first.get(path), "seen")
    text = before.replace("Without them", "Without these people").replace("\n", "\r\n")
    assert "Without these people" in first.post(f"{path}/preview", text=text, mission="IND")
    assert "Permanent Mission of the Republic of India" in first.post(f"{path}/preview", text=text, mission="IND")
    assert file.read_text(encoding="utf-8") == before

    page = first.post(path, 422, text=before + "{% if %}", seen=seen)
    assert "{% if %}" in page
    assert "/tmp/" not in page
    assert file.read_text(encoding="utf-8") == before
    assert "/tmp/" not in first.post(f"{path}/preview", text="{{ nothing.such", mission="IND")

    first.post(path, text=text, seen=seen)
    assert file.read_bytes() == text.replace("\r\n", "\n").encode()
    page = second.post(path, 409, text=before, seen=seen)
    assert "Nothing was overwritten" in text_of(page)
    assert "Without these people" in file.read_text(encoding="utf-8")
    assert frozen_bytes(desk) == frozen
    assert not list(file.parent.glob(".*"))


def test_a_viewer_reads_a_letter_and_cannot_change_it(browse: Browse) -> None:
    page = browse("viewer").get("/letters/hrc-joint-letter/fr")
    assert re.search(r"<textarea[^>]* readonly", page)
    assert "Keep these words" not in page


@pytest.mark.heavy
def test_a_sheet_is_taken_in_as_it_was_shown(browse: Browse, desk: Desk) -> None:
    book = load_workbook(desk.folder / "data" / "missions.xlsx")
    sheet = book["Contacts"]
    header = [str(cell.value).casefold() for cell in sheet[1]]
    column = next(number for number, words in enumerate(header, 1) if "mail" in words)
    old, new = str(sheet.cell(2, column).value), "new.box@afg.mission.example"
    sheet.cell(2, column).value = new
    content = io.BytesIO()
    book.save(content)
    browser = browse("editor")
    page = browser.post("/sheets", files={"file": ("new.xlsx", content.getvalue())})
    assert new in page
    assert old in page
    fields = {name: hidden(page, name) for name in ("digest", "name", "state")}

    def has_new() -> bool:
        with reading(desk.engine) as session:
            return session.exec(select(Contact).where(Contact.email == new)).first() is not None

    assert not has_new()
    browser.post("/sheets/apply", 422, **fields | {"digest": "../../outreach"})
    browser.post("/sheets/apply", 409, **fields | {"state": "0" * 64})
    assert not has_new()
    browser.post("/sheets/apply", **fields)
    assert has_new()
    browser.post("/sheets/apply", 422, **fields)
    assert not list((desk.folder / "uploads").iterdir())
    assert "new.xlsx" in browser.get("/sheets")
    assert "Taken back: new.xlsx" in take_back(browser)
    assert not has_new()


@pytest.mark.heavy
def test_each_import_is_taken_back_by_its_own_button_unless_it_was_changed_since(browse: Browse, desk: Desk) -> None:
    def address(iso3: str, name: str) -> bool:
        with reading(desk.engine) as session:
            query = select(Contact).where(Contact.iso3 == iso3, Contact.email == f"{name}@x.mission.example")
            return session.exec(query).first() is not None

    for name, iso3, language in (("first", "FRA", "fr"), ("second", "CHL", "es"), ("third", "FRA", "en")):
        sheet = desk.folder / f"{name}.csv"
        box = "second" if iso3 == "CHL" else "first"
        sheet.write_text(f"ISO3,E-mail,Language\n{iso3},{box}@x.mission.example,{language}\n")
        import_file(desk.engine, sheet, by=named("Ana"))
    with reading(desk.engine) as session:
        number = {one.file: one.id for one in imports(session)}
    browser = browse("editor")
    page = browser.get("/sheets")
    assert re.findall(r'name="number" value="(\d+)"', page)[:3] == [
        str(number[f"{name}.csv"]) for name in ("third", "second", "first")
    ]
    refused = text_of(browser.post("/sheets/undo", 422, number=str(number["first.csv"])))
    assert "(first.csv) can't be taken back: 1 thing was changed since." in refused
    browser.client.headers["accept-language"] = "fr"
    refused = text_of(browser.post("/sheets/undo", 422, number=str(number["first.csv"])))
    assert "(first.csv) ne peut pas être annulée : 1 élément a été modifié depuis." in refused
    browser.client.headers["accept-language"] = "en"
    assert address("FRA", "first")
    assert address("CHL", "second")
    assert "Taken back: second.csv" in take_back(browser, number=str(number["second.csv"]))
    assert address("FRA", "first")
    assert not address("CHL", "second")
    assert f'value="{number["second.csv"]}"' not in browser.get("/sheets")
    browser.post("/sheets/undo", 404, number=str(number["second.csv"]))
    browser.post("/sheets/undo", 422, number="-1")


@pytest.mark.heavy
def test_retiring_at_the_desk_takes_the_number_of_rows(browse: Browse, desk: Desk) -> None:
    def left() -> int:
        with reading(desk.engine) as session:
            return len(session.exec(select(Contact).where(col(Contact.absent_since).is_(None))).all())

    before, browser = left(), browse("editor")
    sheet = b"ISO3,E-mail\nFRA,new@fra.mission.example\n"
    page = browser.post("/sheets", files={"file": ("two.csv", sheet)})
    assert f"{before} left alone" in text_of(page)
    assert f"Retire what the sheet does not name: {before} rows" in text_of(page)
    state = re.findall(r'name="state" value="([0-9a-f]+)"', page)[1]
    fields = {"digest": hidden(page, "digest"), "name": "two.csv", "state": state}
    for typed in (str(before - 1), "all"):
        said = text_of(browser.post("/sheets/apply", 422, **fields, replace=typed))
        assert f"two.csv would retire {before} rows" in said
        assert f"Retire what the sheet does not name: {before} rows" in said, "it can be typed again there"
        assert left() == before
    assert f"{before} retired" in text_of(browser.post("/sheets/apply", **fields, replace=str(before)))
    assert left() == 1
    take_back(browser, confirmed="as asked")
    assert left() == before


@pytest.mark.heavy
def test_taking_the_sheet_of_the_recipients_back_takes_their_number(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    schedule(desk.engine, desk.settings, "hrc55", (clock.now() + timedelta(days=900)).isoformat(), by=named("Ana"))
    shown = text_of(browser.post("/sheets/undo"))
    assert "the addresses of 47 missions change." in shown
    assert "Its approval is void by that." in shown
    number = re.findall(r"type how many rows go: (\d+)", shown)[0]
    for typed in ("", "all", str(int(number) - 1)):
        refused = text_of(take_back(browser, 422, confirmed=typed))
        assert "Nothing was changed." in refused
    assert "hrc55 has to be approved again: addresses have changed." in take_back(browser, confirmed=number)
    with reading(desk.engine) as session:
        assert session.exec(select(Campaign)).one().state is CampaignState.DRAFT


def test_missions_are_searched_and_filtered(browse: Browse) -> None:
    browser = browse("viewer")

    def found(query: str) -> list[str]:
        page = browser.get(f"/missions?{query}", headers={"hx-request": "true"})
        assert "<html" not in page
        return re.findall(r'href="/missions/([A-Z]{3})"', page)

    assert found("q=cote d'ivoire") == ["CIV"]
    assert found("q=pr.office@fra") == ["FRA"]
    assert set(found("language=zh")) == {"CHN"}
    assert len(found("group=Eastern European")) == 23
    assert not found("q=atlantis")
    assert len(found("")) == 195
    page = text_of(browser.get("/missions/FRA"))
    assert "hrc55" in page
    assert "pr.office@fra.mission.example" in page


def test_the_letters_of_a_campaign_are_searched(browse: Browse) -> None:
    browser = browse("viewer")
    part = browser.get("/campaigns/1/letters?q=fra.mission", headers={"hx-request": "true"})
    assert "1 of 47 missions" in part
    assert "<html" not in part
    assert "0 of 47" in browser.get("/campaigns/1/letters?show=answered")
    assert "47 of 47" in browser.get("/campaigns/1/letters?show=queued")
    assert "13 of 47" in browser.get("/campaigns/1/letters?show=African")


@pytest.mark.heavy
def test_an_answer_stands_beside_its_letter_and_the_position_is_set_there(answered: Desk) -> None:
    browser = browser_factory(answered)("editor")
    page = browser.get("/inbox")
    assert "France will gladly support the text." in page
    number = re.findall(r'href="/inbox/(\d+)"><span class="who"><strong>France', page)[0]
    page = browser.get(f"/inbox/{number}")
    assert "France will gladly support the text." in page
    assert 'src="/campaigns/1/letters/FRA/page"' in page
    assert "Read the answer and set the position" in text_of(browser.get("/campaigns/1"))
    seen = hidden(page, "seen")
    browser.post(f"/inbox/{number}/position", position="in favour", note="", seen=seen)
    assert stand(answered, "FRA").position is Position.IN_FAVOUR
    browser.post(f"/inbox/{number}/position", 409, position="against", note="", seen=seen)
    assert "Read the answer" not in text_of(browser.get("/campaigns/1"))


@pytest.mark.heavy
def test_mail_that_belongs_to_nobody_is_put_down_to_a_mission(answered: Desk) -> None:
    browser = browser_factory(answered)("editor")
    assert "2 mails wait for somebody's word" in text_of(browser.get("/"))
    page = browser.get("/inbox?show=settle")
    assert "someone@elsewhere.example" in page
    number = re.findall(r'href="/inbox/(\d+)"><span class="who"><strong>someone', page)[0]
    assert "Whose mail is this?" in browser.get(f"/inbox/{number}")
    assert "Whose mail is this?" not in browser_factory(answered)("viewer").get(f"/inbox/{number}")
    browser.post(f"/inbox/{number}/settle", 404, where="XYZ")
    page = browser.post(f"/inbox/{number}/settle", where="IND")
    assert "The editor has put it down to IND" in text_of(page)
    assert "/campaigns/1/letters/IND/page" in page
    assert stand(answered, "IND").answer == "replied"
    assert "Whose mail is this?" not in browser.get(f"/inbox/{number}")
    browser.post(f"/inbox/{number}/settle", 422, where="IND")


@pytest.mark.heavy
def test_a_proposal_is_taken_with_one_key(answered: Desk) -> None:
    browser = browser_factory(answered)("editor")
    number = re.findall(r'href="/inbox/(\d+)"><span class="who"><strong>France', browser.get("/inbox"))[0]
    page = browser.get(f"/inbox/{number}")
    assert "It seems to say" in text_of(page)
    proposal = re.findall(r'action="/suggestions/(\d+)"', page)[0]
    assert 'value="yes" data-key="y"' in page
    assert stand(answered, "FRA").position is Position.UNKNOWN
    browser.post(f"/suggestions/{proposal}", 422, answer="perhaps")
    page = browser.post(f"/suggestions/{proposal}", answer="yes")
    assert stand(answered, "FRA").position is not Position.UNKNOWN
    assert "This is the next mail that waits" in text_of(page)
    assert "Accepted by The editor" in text_of(browser.get(f"/inbox/{number}"))
    browser.post(f"/suggestions/{proposal}", 422, answer="no")
    assert "the mail" in text_of(browser.get("/campaigns/1/letters/FRA"))


def test_an_answer_by_no_mail_and_a_change_taken_back(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    browser.post("/campaigns/1/missions/FRA/answer", way="call", note="they will read it", on="2024-03-20")
    assert stand(desk, "FRA").answer == "replied"
    browser.post("/campaigns/1/missions/FRA/answer", 422, way="smoke")
    browser.post("/campaigns/1/missions/FRA/answer", 422, way="call", on="2999-01-01")
    assert "call on 2024-03-20" in text_of(browser.get("/campaigns/1/letters/FRA"))
    page = browser.post("/campaigns/1/missions/FRA/undo")
    assert stand(desk, "FRA").answer == "none"
    assert "taken back" in text_of(page)
    browser.post("/campaigns/1/missions/FRA/undo", 422)


@pytest.mark.heavy
def test_a_letter_to_oneself_and_the_doctor(browse: Browse, desk: Desk) -> None:
    browser = browse("approver")
    page = browser.post("/campaigns/1/test", to="ana@coalition.example", mission="IND")
    assert "Sent to ana@coalition.example as a test" in text_of(page)
    (mail,) = (desk.folder / "rehearsal-mail").glob("*.eml")
    assert b"ana@coalition.example" in mail.read_bytes()
    assert {one.state for one in messages(desk)} == {MessageState.QUEUED}
    browser.post("/campaigns/1/test", 422, to="no address", mission="IND")
    browser.post("/campaigns/1/test", 422, to="mission@fra.mission.example", mission="IND")
    assert "rehearsal: letters go to the built-in server" in text_of(browser.get("/settings/check"))


def test_addresses_that_are_not_written_to(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    browser.post("/addresses", address="mission@fra.mission.example", why="asked by phone")
    browser.post("/addresses", 422, address="no address")
    page = text_of(browse("viewer").get("/addresses"))
    assert "mission@fra.mission.example FRA opted out asked by phone" in page
    assert "Write to it again" not in page
    browser.post("/addresses/allow", address="mission@fra.mission.example")
    assert "Every address is written to" in browser.get("/addresses")
    browser.post("/addresses/allow", 404, address="mission@fra.mission.example")


@pytest.mark.heavy
def test_an_uncertain_letter_is_decided_by_a_person(browse: Browse, desk: Desk) -> None:
    with writing(desk.engine) as session:
        message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        message.state, message.reason = MessageState.UNCERTAIN, "the connection broke"
        session.add(message)
        for one in session.exec(select(Delivery).where(Delivery.message_id == message.id)).all():
            one.state = MessageState.UNCERTAIN
            session.add(one)
    editor, approver = browse("editor"), browse("approver")
    assert "Did this letter arrive?" not in editor.get("/campaigns/1/letters/FRA")
    assert "Did this letter arrive?" in approver.get("/campaigns/1/letters/FRA")
    assert "uncertain" in text_of(editor.get("/campaigns/1"))
    editor.post(f"/messages/{message.id}/resolve", 403, decision="resend")
    approver.post(f"/messages/{message.id}/resolve", 422, decision="perhaps")
    approver.post(f"/messages/{message.id}/resolve", decision="sent")
    assert next(one.state for one in messages(desk) if one.iso3 == "FRA") is MessageState.SENT
    approver.post(f"/messages/{message.id}/resolve", 422, decision="resend")


@pytest.mark.heavy
def test_progress_is_told_as_it_happens(browse: Browse, desk: Desk) -> None:
    browser = browse("approver")
    browser.post("/campaigns/1/schedule", at="now", seen=hidden(browser.get("/campaigns/1/send"), "seen"))
    app: Any = browser.client.app
    cookie = "; ".join(f"{one.name}={one.value}" for one in browser.client.cookies.jar)
    told: list[str] = []

    async def listen() -> None:
        sent = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if sent.is_set():
                await asyncio.sleep(3600)
            sent.set()
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                assert headers[b"content-type"].startswith(b"text/event-stream")
            told.append(message.get("body", b"").decode())

        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": "/campaigns/1/progress", "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"desk.example"), (b"cookie", cookie.encode())],
            "client": ("127.0.0.1", 1), "server": ("desk.example", 80), "state": {},
        }  # fmt: skip
        stream = asyncio.create_task(app(scope, receive, send))
        while not any("0</strong> of 47" in part for part in told):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await asyncio.to_thread(send_once, desk.engine, desk.settings, desk.folder, by=named("Ana"))
        await asyncio.wait_for(stream, 20)

    asyncio.run(asyncio.wait_for(listen(), 40))
    text = "".join(told)
    assert text.index("<strong>0</strong> of 47") < text.index("<strong>47</strong> of 47")
    assert text.rstrip().endswith("event: settled\ndata:")


@pytest.mark.heavy
def test_bad_rows_are_set_aside_at_the_desk_and_come_back_mended(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    sheet = b"ISO3,E-mail,Role\nFRA,new@fra.mission.example,\nDEU,new@deu.mission.example,janitor\n"
    page = browser.post("/sheets", 422, files={"file": ("team list.csv", sheet)})
    assert "Set those rows aside" in page
    digest = hidden(page, "digest")
    content = browser.client.get(f"/sheets/marked?digest={digest}&name=team%20list%20set%20aside%202.csv")
    assert "team%20list%20set%20aside.xlsx" in content.headers["content-disposition"]
    copy = load_workbook(io.BytesIO(content.content))
    assert copy.worksheets[0]["C3"].comment is not None

    page = browser.post("/sheets/look", digest=digest, name="team list.csv", aside="yes")
    assert "its row is set aside" in page
    fields = {name: hidden(page, name) for name in ("digest", "name", "state", "aside")}
    browser.post("/sheets/apply", **fields)
    assert new_addresses(desk) == {"new@fra.mission.example"}

    copy.worksheets[0]["C3"] = "deputy"
    mended = io.BytesIO()
    copy.save(mended)
    page = browser.post("/sheets", files={"file": ("team list set aside.xlsx", mended.getvalue())})
    browser.post("/sheets/apply", **{name: hidden(page, name) for name in ("digest", "name", "state")})
    assert new_addresses(desk) == {"new@fra.mission.example", "new@deu.mission.example"}
    browser.client.get(f"/sheets/marked?digest={'0' * 64}.csv")


@pytest.mark.heavy
def test_choosing_for_one_column_at_the_desk_keeps_the_own_ones(browse: Browse) -> None:
    browser = browse("editor")
    rows = ("Country,Function,Name,E-mail,Priorität", "Mali,Adviser,Bo Lim,bo@mli.example,high", "Peru,Adviser,,x,low")
    page = browser.post("/sheets", files={"file": ("team.csv", "".join(f"{row}\n" for row in rows).encode())})
    chosen = re.findall(r'<option value="([A-Z]+=\w+)" selected>', page)
    assert "E=own" in chosen
    assert "team.csv" in text_of(page)
    column = ["B=title" if one.startswith("B=") else one for one in chosen]
    again = browser.post("/sheets/look", digest=hidden(page, "digest"), name="team.csv", column=column)
    assert "contact.fields.prioritat" in text_of(again)
    assert {"B=title", "E=own"} <= set(re.findall(r'<option value="([A-Z]+=\w+)" selected>', again))


@pytest.mark.heavy
def test_which_of_two_rows_holds_is_chosen_at_the_desk(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    rows = ("ISO3,E-mail,Name,Role", "FRA,new@fra.example,Uta Blum,deputy", "FRA,new@fra.example,Max Kern,expert",
            "CHL,new@chl.example,Eva Sol,deputy", "CHL,new@chl.example,Ana Roy,deputy")  # fmt: skip
    sheet = "".join(f"{row}\n" for row in rows)
    page = browser.post("/sheets", files={"file": ("team.csv", sheet.encode())})
    assert "choose it under Rows about the same" in page
    assert "<strong>Max Kern</strong>" in page
    digest = hidden(page, "digest")
    chosen = ["FRA new@fra.example=3", "CHL new@chl.example=aside"]
    page = browser.post("/sheets/look", digest=digest, name="team.csv", double=chosen)
    assert '<option value="FRA new@fra.example=3" selected>' in page
    assert "their rows are set aside" in page
    copy = re.search(r'href="(/sheets/marked[^"]+)"', page)
    assert copy is not None
    marked = load_workbook(io.BytesIO(browser.client.get(html.unescape(copy[1])).content)).worksheets[0]
    assert [cell.coordinate for row in marked.iter_rows() for cell in row if cell.comment] == ["B4", "B5"]
    form = page.partition('action="/sheets/apply"')[2].partition("</form>")[0]
    double = [html.unescape(one) for one in re.findall(r'name="double" value="([^"]+)"', form)]
    assert sorted(double) == sorted(chosen)
    browser.post("/sheets/apply", **{name: hidden(page, name) for name in ("digest", "name", "state")}, double=double)
    with reading(desk.engine) as session:
        found = {one.email: one.name for one in session.exec(select(Contact)) if one.email.startswith("new")}
    assert found == {"new@fra.example": "Max Kern"}


def new_addresses(desk: Desk) -> set[str]:
    with reading(desk.engine) as session:
        return {one.email for one in session.exec(select(Contact)) if one.email.startswith("new@")}


@pytest.mark.heavy
def test_what_each_column_is_taken_for_is_said_with_the_mouse(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    rows = ("Land,Rufname,Nachname,Kontakt,Alt", "France,Ana,Roy,new@fra.example,new.old@fra.example",
            "Chile,Uta,Blum,new@chl.example,")  # fmt: skip
    sheet = "".join(f"{row}\n" for row in rows)
    page = browser.post("/sheets", files={"file": ("liste.csv", sheet.encode())})
    assert "Ana · Uta" in page
    assert 'aria-label="Column B, Rufname"' in page
    digest = hidden(page, "digest")
    chosen = ["A=iso3", "B=first", "C=last", "D=email", "E=none"]
    page = browser.post("/sheets/look", digest=digest, name="liste.csv", column=chosen)
    assert '<option value="B=first" selected>' in page
    fields = {name: hidden(page, name) for name in ("digest", "name", "state")}
    said = re.findall(
        r'name="said" value="([^"]+)"', page.partition('action="/sheets/apply"')[2].partition("</form>")[0]
    )
    browser.post("/sheets/apply", **fields, said=said)
    with reading(desk.engine) as session:
        found = {one.email: one.name for one in session.exec(select(Contact)) if one.email.startswith("new")}
    assert found == {"new@fra.example": "Ana Roy", "new@chl.example": "Uta Blum"}
    page = browser.post("/sheets", files={"file": ("liste.csv", sheet.encode() + b"Peru,Eva,Sol,new@per.example,\n")})
    assert "explained before" in page
    assert '<option value="B=first" selected>' in page


@pytest.mark.heavy
def test_columns_of_ones_own_stay_when_another_column_is_said_otherwise(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    rows = ("Country,Funktion,Name,E-mail,Priorität", "France,PR,Ana Roy,new@fra.example,high",
            "Chile,PR,Uta Blum,new@chl.example,low")  # fmt: skip
    sheet = "".join(f"{row}\n" for row in rows)
    page = browser.post("/sheets", files={"file": ("liste.csv", sheet.encode())})
    assert '<option value="E=own" selected>' in page
    digest = hidden(page, "digest")
    chosen = ["A=iso3", "B=title", "C=name", "D=email", "E=own"]
    page = browser.post("/sheets/look", digest=digest, name="liste.csv", column=chosen)
    assert "contact.fields.prioritat" in page
    assert '<option value="E=own" selected>' in page
    said = re.findall(r'name="said" value="([^"]+)"', page)
    chosen[4] = "E=none"
    page = browser.post("/sheets/look", digest=digest, name="liste.csv", column=chosen, said=said)
    assert "contact.fields.prioritat" not in page
    said = re.findall(r'name="said" value="([^"]+)"', page)
    chosen[4] = "E=own"
    page = browser.post("/sheets/look", digest=digest, name="liste.csv", column=chosen, said=said)
    assert "contact.fields.prioritat" in page
    form = page.partition('action="/sheets/apply"')[2].partition("</form>")[0]
    said = re.findall(r'name="said" value="([^"]+)"', form)
    fields = {name: hidden(page, name) for name in ("digest", "name", "state")}
    browser.post("/sheets/apply", **fields, said=said)
    with reading(desk.engine) as session:
        found = {one.email: one.fields for one in session.exec(select(Contact)) if one.email.startswith("new")}
    assert found == {"new@fra.example": {"prioritat": "high"}, "new@chl.example": {"prioritat": "low"}}


def test_a_wrong_number_and_a_bad_cell_are_told_with_the_files_own_name(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    page = browser.post(
        "/sheets", 422, files={"file": ("team list.csv", b"ISO3,Role,E-mail\nFRA,janitor,a@fra.example\n")}
    )
    assert "team list.csv" in page
    assert hidden(page, "digest") not in text_of(page)
    page = browser.post("/sheets", files={"file": ("team list.csv", b"ISO3,Role,E-mail\nFRA,deputy,a@fra.example\n")})
    whole = page.partition("<details")[2].rpartition('action="/sheets/apply"')[2]
    fields = {name: hidden(page, name) for name in ("digest", "name")} | {"state": hidden(whole, "state")}
    page = browser.post("/sheets/apply", 422, **fields, replace="3")
    assert "3 was confirmed, but team list.csv would retire" in text_of(page)
    assert 'value="3" required' in page
    assert 'action="/sheets/apply"' in page
