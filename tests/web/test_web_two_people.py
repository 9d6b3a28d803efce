"""Two people approve at the desk: who did first is told, and nothing can be sent before the second did."""

from collections.abc import Callable

import pytest
from sqlmodel import select
from web_browser import Browser, hidden, text_of

from outreach.actors import named
from outreach.database import reading
from outreach.models import Campaign, Frozen, Message
from outreach.people.audit import entries
from outreach.schedule import send_once
from outreach.vocabulary import CampaignState
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
SEND = "/campaigns/2/send"


def campaign(desk: Desk) -> Campaign:
    with reading(desk.engine) as session:
        return session.get_one(Campaign, 2)


def frozen(desk: Desk) -> list[bytes]:
    with reading(desk.engine) as session:
        query = select(Frozen.raw).join(Message).where(Message.campaign_id == 2).order_by(Message.iso3)
        return list(session.exec(query))


@pytest.fixture
def made(browse: Browse) -> None:
    """A second campaign, of three missions, that asks for two approvals."""
    browse("editor").post(
        "/campaigns", name="hrc56", letter="hrc-joint-letter", audience="iso:FRA,IND,BRA", approvals="2"
    )


@pytest.mark.heavy
@pytest.mark.usefixtures("made")
def test_two_people_approve_the_same_letters(browse: Browse, desk: Desk) -> None:
    first, second = browse("approver"), browse("admin")
    page = first.get(SEND)
    assert "Two people have to approve" in text_of(page)
    page = first.post("/campaigns/2/approve", seen=hidden(page, "seen"))
    assert "Nothing goes out before a second person has approved" in text_of(page)
    assert "You gave the first approval" in text_of(page)
    assert 'action="/campaigns/2/approve"' not in page
    assert 'action="/campaigns/2/schedule"' not in page
    before = frozen(desk)

    seen = hidden(second.get(SEND), "seen")
    first.post("/campaigns/2/approve", 422, seen=seen)
    first.post("/campaigns/2/schedule", 422, at="now", seen=seen)
    first.post("/campaigns/2/approvals", 422, approvals="1", seen=seen)
    assert campaign(desk).state is CampaignState.APPROVED_ONCE
    assert not send_once(desk.engine, desk.settings, desk.folder, by=named("Ana")).states
    assert "The approver has approved it; a second person has to." in text_of(browse("viewer").get("/campaigns/2"))
    assert "Approve the campaign" in text_of(browse("viewer").get("/campaigns/2/letters"))

    page = second.get(SEND)
    assert hidden(page, "same") == "yes"
    assert "Approved first by The approver" in text_of(page)
    assert "All letters are still the same, to the byte" in text_of(page)
    page = second.post("/campaigns/2/approve", seen=seen, same="yes")
    assert "3 letters are approved by The approver and by you" in text_of(page)
    assert frozen(desk) == before
    second.post("/campaigns/2/schedule", at="now", seen=hidden(page, "seen"))
    assert send_once(desk.engine, desk.settings, desk.folder, by=named("Ana")).states == {"sent": 3}


@pytest.mark.heavy
@pytest.mark.usefixtures("made")
def test_an_edit_between_is_told_and_begins_anew(browse: Browse, desk: Desk) -> None:
    first, second = browse("approver"), browse("admin")
    first.post("/campaigns/2/approve", seen=hidden(first.get(SEND), "seen"))
    file = desk.templates / "hrc-joint-letter" / "fr.md"
    file.write_text(file.read_text(encoding="utf-8") + "\nUn mot de plus.\n", encoding="utf-8")
    page = second.post("/campaigns/2/approve", 409, seen=hidden(second.get(SEND), "seen"), same="yes")
    assert "The letters have changed since you looked at them" in text_of(page)
    assert campaign(desk).first_approved_by == "The approver"
    page = second.get(SEND)
    assert 'name="same"' not in page
    assert "1 letter has changed since then: FRA" in text_of(page)
    page = second.post("/campaigns/2/approve", seen=hidden(page, "seen"))
    assert campaign(desk).state is CampaignState.APPROVED_ONCE
    assert campaign(desk).first_approved_by == "The admin"
    assert "You gave the first approval" in text_of(page)
    page = first.post("/campaigns/2/approve", seen=hidden(first.get(SEND), "seen"))
    assert campaign(desk).state is CampaignState.APPROVED


@pytest.mark.heavy
@pytest.mark.usefixtures("made")
def test_how_many_approve_is_changed_before_the_first_approval(browse: Browse, desk: Desk) -> None:
    browse("editor").post("/campaigns/2/approvals", 403, approvals="1")
    approver = browse("approver")
    approver.post("/campaigns/2/approvals", 422, approvals="3", seen=hidden(approver.get(SEND), "seen"))
    approver.post("/campaigns/2/approvals", 409, approvals="1")
    approver.post("/campaigns/2/approvals", approvals="1", seen=hidden(approver.get(SEND), "seen"))
    assert campaign(desk).approvals == 1
    assert entries(desk.engine)[0].action == "campaign.approvals"
    assert "Ask for a second person's approval" in approver.get(SEND)
    approver.post("/campaigns/2/approvals", approvals="2", seen=hidden(approver.get(SEND), "seen"))
    assert campaign(desk).approvals == 2
