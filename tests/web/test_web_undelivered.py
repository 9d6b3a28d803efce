"""An address that failed is put right at the desk, and its letter goes out once more, to that address alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select
from web_browser import LIVE, Browser, browser_factory, hidden, text_of

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.plan import frozen_bytes
from outreach.database import reading, writing
from outreach.inbox.ingest import ingest
from outreach.models import Contact, Delivery, Message
from outreach.people.audit import entries
from outreach.responses.answers import record_answers
from outreach.schedule import send_once
from outreach.vocabulary import MessageState, Role
from outreach.web.desk import Desk
from tests.cli.conftest import every_address
from tests.scripted_smtp import Dialogue, ScriptedSmtp

Browse = Callable[..., Browser]
OLD, NEW = "pr.office@fra.mission.example", "pr.new@fra.mission.example"
REPORT = """From: Mail Delivery System <mailer-daemon@mx.example>
To: secretariat@coalition.example
Subject: Undelivered Mail Returned to Sender
Date: Tue, 19 Mar 2024 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: Recipient address rejected: User unknown <script>alert(1)</script>

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--b--
"""


def current(desk: Desk, iso3: str = "FRA") -> Message:
    with reading(desk.engine) as session:
        query = select(Message).where(Message.iso3 == iso3, col(Message.replaced_at).is_(None))
        return session.exec(query).one()


def copies(desk: Desk) -> dict[str, str]:
    with reading(desk.engine) as session:
        rows = session.exec(select(Delivery).where(Delivery.message_id == current(desk).id)).all()
        return {one.address: str(one.state) for one in rows}


@pytest.fixture
def bounced(desk: Desk, tmp_path: Any) -> Desk:
    """A desk whose letters are out; that to France came back from one address."""
    send = browser_factory(desk)("approver")
    send.post("/campaigns/1/schedule", at="now", seen=hidden(send.get("/campaigns/1/send"), "seen"))
    send_once(desk.engine, desk.settings, desk.folder, by=named("Ana"))
    file = tmp_path / "report.eml"
    file.write_text(REPORT.format(address=OLD, message_id=current(desk).message_id), encoding="utf-8")
    ingest(desk.engine, [file], record=record_answers)
    return desk


@pytest.mark.heavy
def test_the_row_says_what_failed_and_why(bounced: Desk, browse: Browse) -> None:
    assert "Did not arrive" in browse("viewer").get("/inbox")
    page = browse("viewer").get("/inbox/undelivered")
    text = text_of(page)
    assert f"France hrc55 {OLD} no such box" in text
    assert "Recipient address rejected: User unknown <script>" in text
    assert "<script>alert" not in page
    assert "An approver puts it right" in text
    assert 'name="new"' not in page
    assert 'name="new"' in browse("approver").get("/inbox/undelivered")


@pytest.mark.heavy
def test_the_letter_goes_out_once_more(bounced: Desk, browse: Browse) -> None:
    approver = browse("approver")
    first = current(bounced)
    action = f"/messages/{first.id}/correct"
    browse("editor").post(action, 403, old=OLD, new=NEW)
    page = approver.post(action, old=OLD, new=NEW)
    assert f"The letter goes out once more, to {NEW} alone." in text_of(page)
    again = current(bounced)
    assert again.corrects_id == first.id
    with reading(bounced.engine) as session:
        before, now = frozen_bytes(session, first), frozen_bytes(session, again)
    assert NEW in now.decode()
    assert now.partition(b"\r\n\r\n")[2] == before.partition(b"\r\n\r\n")[2]
    page = approver.post(action, 422, old=OLD, new="third@fra.mission.example")
    assert "was replaced meanwhile" in text_of(page)
    assert current(bounced).id == again.id
    summary = send_once(bounced.engine, bounced.settings, bounced.folder, by=named("Ana"))
    assert summary.states == {MessageState.SENT: 1}
    sent = [mail for mail in (bounced.folder / "rehearsal-mail").glob("*.eml") if NEW.encode() in mail.read_bytes()]
    assert len(sent) == 1
    assert copies(bounced)[NEW] == "sent"
    page = text_of(approver.get("/campaigns/1/letters/FRA"))
    assert "address corrected" in page
    assert "bounced" in page, "the history of the first letter stays"
    assert "The approver" in page
    assert "No letter is known to have come back. But nobody reads a mailbox here" in approver.get("/inbox/undelivered")
    assert "Correct the address" not in text_of(approver.get("/campaigns/1"))
    with reading(bounced.engine) as session:
        contact = session.exec(select(Contact).where(Contact.email == NEW)).one()
        assert contact.bounced_at is None
    assert next(one.action for one in entries(bounced.engine)) == "letter.corrected"


@pytest.mark.heavy
def test_what_is_wrong_is_said_at_its_row_and_what_was_typed_stays(bounced: Desk, browse: Browse) -> None:
    approver = browse("approver")
    action = f"/messages/{current(bounced).id}/correct"
    page = approver.post(action, 422, old=OLD, new="not an address")
    assert 'value="not an address"' in page
    assert "is not an e-mail address" in text_of(page)
    others = [one for one in copies(bounced) if one != OLD]
    for other in others:
        page = approver.post(action, 422, old=OLD, new=other)
        assert "nobody gets a letter twice" in text_of(page)
    assert current(bounced).corrects_id is None


@pytest.mark.heavy
def test_another_contact_is_proposed(bounced: Desk, browse: Browse) -> None:
    other = "deputy.two@fra.mission.example"
    with writing(bounced.engine) as session:
        session.add(Contact(iso3="FRA", role=Role.DEPUTY, email=other, email_key=other, active=False))
    approver = browse("approver")
    page = approver.get("/campaigns/1/letters/FRA")
    assert re.search(rf'<button[^>]* name="instead" value="{other}"', page)
    assert f"It did not reach {OLD}" in text_of(page)
    approver.post(f"/messages/{current(bounced).id}/correct", old=OLD, new="", instead=other)
    assert copies(bounced)[other] == "queued" if len(copies(bounced)) == 2 else "deferred"


@pytest.mark.heavy
def test_an_approval_after_it_sends_nobody_a_second_copy(bounced: Desk, browse: Browse) -> None:
    """What others have of the letter stays theirs, also where the campaign is approved anew before it went out."""
    browse("approver").post(f"/messages/{current(bounced).id}/correct", old=OLD, new=NEW)
    had = [address for address, state in copies(bounced).items() if state == "sent"]
    done = approve(bounced.engine, bounced.settings, "hrc55", by=named("Ben"), templates=bounced.templates)
    assert ("FRA" in done.kept) is bool(had)
    assert len(done.kept) >= 46


def test_in_live_mode_one_real_mission_is_confirmed(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(**LIVE)
    with writing(desk.engine) as session:
        message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        message.state = MessageState.FAILED
        for one in session.exec(select(Delivery).where(Delivery.message_id == message.id)):
            one.state = MessageState.FAILED
            session.add(one)
        session.add(message)
    approver = browser_factory(desk)("approver")
    assert "This writes to one real mission" in approver.get("/inbox/undelivered")
    action = f"/messages/{message.id}/correct"
    page = approver.post(action, 422, old=OLD, new=NEW)
    assert "nobody has confirmed it" in text_of(page)
    assert current(desk).id == message.id
    approver.post(action, old=OLD, new=NEW, yes="1")
    assert current(desk).corrects_id == message.id


@pytest.mark.heavy
def test_an_address_refused_beside_another_is_told_at_the_desk_and_tried_again_alone(
    desk: Desk, browse: Browse
) -> None:
    refusing = True

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return "550 5.1.1 user unknown" if refusing and verb == "RCPT" and OLD in argument else None

    approver = browse("approver")
    approver.post("/campaigns/1/schedule", at="now", seen=hidden(approver.get("/campaigns/1/send"), "seen"))
    with ScriptedSmtp(script) as server:
        settings = desk.settings.model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": server.port, "allow_list": tuple(every_address().split(","))}
        )
        send_once(desk.engine, settings, desk.folder, by=named("Ana"))
        home = text_of(approver.get("/"))
        assert "1 letter reached only some of its addresses: 550 5.1.1 user unknown." in home
        assert "Correct the addresses, or try again" in home
        assert "The letter reached only some of its addresses" in text_of(approver.get("/campaigns/1/letters/FRA"))
        refusing = False
        assert "Tried again: FRA." in text_of(approver.post("/campaigns/1/retry", mission="FRA"))
        send_once(desk.engine, settings, desk.folder, by=named("Ana"))
        assert set(server.recipients().values()) == {1}
        assert OLD in server.recipients()
    assert "reached only some" not in text_of(approver.get("/"))
