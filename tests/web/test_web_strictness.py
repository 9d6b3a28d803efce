"""What holds for every page: headers, nothing inline, bounded bodies, known names, and hostile text that stays text."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import select
from web_browser import Browser, browser_factory, hidden

from outreach.database import reading, writing
from outreach.inbox.ingest import ingest
from outreach.models import Campaign, Contact, Mission, MissionNote, OptOut, Response, Signatory
from outreach.web import middleware
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
PAGES = (
    "/", "/campaigns/new", "/campaigns/1", "/campaigns/1/letters", "/campaigns/1/letters/FRA", "/campaigns/1/send",
    "/campaigns/1/send/preview", "/campaigns/1/send/preview?show=since", "/missions", "/missions/FRA", "/inbox",
    "/inbox?show=all", "/inbox/undelivered", "/campaigns/1/signatories", "/compare", "/letters",
    "/letters/hrc-joint-letter", "/letters/hrc-joint-letter/en", "/sheets", "/settings", "/people",
    "/audit", "/account",
)  # fmt: skip
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"


@pytest.mark.heavy
@pytest.mark.parametrize("path", [*PAGES, "/login", "/nowhere", "/campaigns/999"])
def test_every_page_is_strict(browse: Browse, path: str) -> None:
    browser = browse("admin" if path != "/login" else "")
    answer = browser.client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+\s*=|javascript:|<script(?![^>]*\ssrc=)", answer.text), path
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', answer.text), "loads from elsewhere"
    for form in re.findall(r'(?s)<form method="post".*?</form>', answer.text):
        assert hidden(form, "csrf")


@pytest.mark.heavy
def test_what_the_pages_load_is_there_and_may_be_kept(browse: Browse) -> None:
    browser = browse()
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', browser.get("/login"))
    assert len(found) >= 4
    for path in found:
        answer = browser.client.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_htmx_comes_with_its_licence() -> None:
    static = Path(middleware.__file__).parent / "static"
    assert list(static.glob("htmx-*.min.js"))
    assert "Zero-Clause BSD" in (static / "htmx-LICENSE.txt").read_text(encoding="utf-8")
    for file in static.glob("*.css"):
        assert "url(" not in file.read_text(encoding="utf-8")


@pytest.mark.heavy
def test_a_frame_can_do_nothing(browse: Browse) -> None:
    browser = browse("viewer")
    for path in ("/campaigns/1/letters/FRA/page", "/campaigns/1/send/preview/FRA"):
        browser.get(path)
        assert browser.last is not None
        policy = browser.last.headers["content-security-policy"]
        assert "sandbox;" in policy
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
    for path in ("/campaigns/1/letters/FRA", "/campaigns/1/send/preview"):
        assert re.findall(r"<iframe[^>]*>", browser.get(path))
        assert all(" sandbox " in f"{one[:-1]} " for one in re.findall(r"<iframe[^>]*>", browser.get(path)))


@pytest.mark.heavy
@pytest.mark.parametrize("told", [True, False])
def test_a_large_body_is_refused(browse: Browse, told: bool) -> None:
    browser = browse("admin")
    body = b"csrf=" + b"x" * (middleware.MOST_BYTES + 10)

    def pieces() -> "object":
        yield body[: middleware.MOST_BYTES]
        yield body[middleware.MOST_BYTES :]

    answer = browser.client.post(
        "/campaigns",
        content=body if told else pieces(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


def test_other_names_are_refused(make_desk: Callable[..., Desk]) -> None:
    browser = browser_factory(make_desk({"hosts": frozenset({"desk.example"})}))()
    browser.get("/login")
    assert browser.client.get("/login", headers={"host": "rebound.example"}).status_code == 421
    assert browser.client.get("/login", headers={"host": "desk.example:8000"}).status_code == 200


def test_unknown_methods_and_kinds(browse: Browse) -> None:
    browser = browse("admin")
    assert browser.client.put("/campaigns/1").status_code == 405
    browser.get("/campaigns/abc", 404)
    browser.get("/campaigns/1/report.exe", 404)
    browser.get("/letters/..%2f..%2fetc/en", 404)
    browser.get("/letters/hrc-joint-letter/de", 404)
    browser.get("/campaigns/1/letters/FRA/files/9", 404)
    browser.get("/missions/XXX", 404)
    browser.get("/inbox/77", 404)
    browser.get("/inbox?show=nothing", 404)


@pytest.fixture
def hostile(desk: Desk, tmp_path: Path) -> Desk:
    """A desk whose directory, campaign and mail all hold scripts."""
    with writing(desk.engine) as session:
        mission = session.get_one(Mission, "FRA")
        mission.short_name, mission.city, mission.tags = SCRIPT, SCRIPT, [SCRIPT]
        campaign = session.get_one(Campaign, 1)
        campaign.reason, campaign.approved_by = SCRIPT, SCRIPT
        response = session.exec(select(Response).where(Response.iso3 == "FRA")).one()
        response.note = SCRIPT
        for contact in session.exec(select(Contact).where(Contact.iso3 == "FRA")):
            contact.name, contact.title, contact.form_of_address, contact.bounce_detail = SCRIPT, SCRIPT, SCRIPT, SCRIPT
            contact.bounced_at = datetime.now(UTC)
            session.add(contact)
        session.add_all([mission, campaign, response])
        session.add(MissionNote(iso3="FRA", text=SCRIPT, at=datetime.now(UTC), who=SCRIPT))
        opted = {"address": f"{SCRIPT}@x.example", "address_key": "x@x.example", "who": SCRIPT, "why": SCRIPT}
        session.add(OptOut(at=datetime.now(UTC), **opted))
        session.add(
            Signatory(
                campaign_id=1, kind="organisation", name=SCRIPT, name_key="x", title=SCRIPT, affiliation=SCRIPT,
                acronym=SCRIPT, country=SCRIPT, website=f"javascript:{SCRIPT}", signed_on=datetime.now(UTC).date(),
            )
        )  # fmt: skip
    with reading(desk.engine) as session:
        from outreach.models import Message

        message_id = session.exec(select(Message.message_id).where(Message.iso3 == "FRA")).one()
    mail = tmp_path / "mail.eml"
    mail.write_text(
        f"From: <mission@fra.mission.example>\nTo: <answers@coalition.example>\nSubject: {SCRIPT}\n"
        f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} +0000\nMessage-ID: <x@fra.mission.example>\n"
        f"In-Reply-To: {message_id}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/html; charset=utf-8\n\n"
        f"<html><body onload=alert(3)><p>We will {SCRIPT} support it.</p>"
        f'<a href="javascript:alert(4)">x</a><iframe src="https://evil.example"></iframe></body></html>\n'
        f"--b\nContent-Type: text/plain\n"
        f"Content-Disposition: attachment; filename*=utf-8''{quote(SCRIPT)}\n\nx\n--b--\n",
        encoding="utf-8",
    )
    ingest(desk.engine, [mail], record=lambda *_: None)
    return desk


@pytest.mark.heavy
def test_hostile_text_stays_text(hostile: Desk) -> None:
    browser = browser_factory(hostile)("admin")
    browser.post("/people", login="x", name=SCRIPT, role="viewer", password="marbles and lamps for x")
    browser.post("/campaigns/1/missions/FRA/position", 409, position="against", note=SCRIPT, seen=SCRIPT)
    seen = hidden(browser.get("/campaigns/1/letters/FRA"), "seen")
    browser.post("/campaigns/1/missions/FRA/position", position="against", note=SCRIPT, seen=seen)
    shown = 0
    for path in (
        *PAGES,
        "/inbox/1",
        "/addresses",
        "/inbox/1/page",
        f"/missions?q={SCRIPT}",
        f"/campaigns/1/letters?q={SCRIPT}",
    ):
        page = browser.get(path)
        shown += "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert not re.search(r'="[^"]*"\'\{\{7', page), path
        assert "javascript:" not in page, path
    assert shown > 8


@pytest.mark.heavy
def test_hostile_text_from_a_form_stays_text(browse: Browse) -> None:
    browser = browse("admin")
    seen = hidden(browser.get("/campaigns/1/send"), "seen")
    for path, code, fields in (
        ("/campaigns", 422, {"name": SCRIPT, "letter": SCRIPT, "audience": SCRIPT, "as_of": SCRIPT}),
        ("/campaigns/1/schedule", 422, {"day": SCRIPT, "hour": SCRIPT, "seen": seen}),
        ("/campaigns/1/cancel", 422, {"name": SCRIPT}),
        ("/letters/hrc-joint-letter/en", 409, {"text": SCRIPT + "{% x", "seen": "x"}),
    ):
        page = browser.post(path, code, **fields)
        assert "<script>alert" not in page
        assert "onerror=alert(2)&gt;" in page or "<img" not in page.replace('<img src="/static', "")
    assert "<script>alert" not in browser.client.post("/login", data={"csrf": browser.token, "login": SCRIPT}).text


@pytest.mark.heavy
def test_hostile_sheets(browse: Browse, desk: Desk, tmp_path: Path) -> None:
    browser = browse("editor")
    for name, content in (("x.xlsx", b"MZ not a workbook"), ("x.xlsx", b""), ("x.xlsx", b"PK\x03\x04 broken")):
        page = browser.post("/sheets", 422, files={"file": (name, content)})
        assert "alert" in page
    path = tmp_path / "hostile.xlsx"
    book = load_workbook(desk.folder / "data" / "missions.xlsx")
    sheet = book["Missions"]
    header = [str(cell.value) for cell in sheet[1]]
    city = next(number for number, words in enumerate(header, 1) if "city" in words.casefold())
    sheet.cell(2, city).value = SCRIPT
    book.save(path)
    page = browser.post("/sheets", files={"file": (SCRIPT + ".xlsx", path.read_bytes())})
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert isinstance(book, Workbook)
