"""What waits for a person stands on every page of the desk: stops, letters in doubt, second approvals, copies."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select
from web_browser import Browser, browser_factory, text_of

from outreach import clock
from outreach.database import writing
from outreach.models import Attempt, Campaign, CopyKeeper, Delivery, Message
from outreach.vocabulary import CampaignState, MessageState, Stage, Stop
from outreach.web.desk import Desk

PAGES = ("/missions", "/inbox", "/letters", "/settings", "/account", "/addresses")


def change(desk: Desk, **values: object) -> None:
    with writing(desk.engine) as session:
        campaign = session.exec(select(Campaign)).one()
        for name, value in values.items():
            setattr(campaign, name, value)


def said(browser: Browser) -> list[str]:
    """The words of each page, those above its main part included."""
    return [text_of(browser.get(page).replace("<main", "<div")) for page in PAGES]


def warned(browser: Browser) -> list[bool]:
    """Whether each page has a line of what waits above its main part."""
    return ['<div class="notice care" role="status">' in browser.get(page).partition("<main")[0] for page in PAGES]


def test_nothing_is_said_where_nothing_waits(desk: Desk, browse: Callable[..., Browser]) -> None:
    assert not any(warned(browse("admin")))


@pytest.mark.heavy
@pytest.mark.parametrize("stop", [Stop.FAILING, Stop.LATE, Stop.UNCONFIRMED, Stop.ADDRESSES_CHANGED, Stop.COPY_SETTLED])
def test_a_campaign_that_stopped_is_on_every_page(stop: Stop, desk: Desk, browse: Callable[..., Browser]) -> None:
    change(desk, state=CampaignState.WAITING, stop=stop, stopped_at=clock.now(), reason="something happened")
    assert all("hrc55" in text and "something happened" in text for text in said(browse("admin")))
    assert all(warned(browse("admin")))


def test_what_a_person_paused_is_meant_to_stand_still(desk: Desk, browse: Callable[..., Browser]) -> None:
    change(desk, state=CampaignState.PAUSED, stop=Stop.PAUSED, stopped_at=clock.now(), reason="paused by Ana")
    assert not any(warned(browse("admin")))


@pytest.mark.heavy
def test_a_second_approval_and_a_letter_in_doubt_too(desk: Desk, browse: Callable[..., Browser]) -> None:
    change(desk, state=CampaignState.APPROVED_ONCE, first_approved_by="Ana")
    assert all("Ana has approved it; a second person has to." in text for text in said(browse("admin")))
    change(desk, state=CampaignState.SCHEDULED)
    with writing(desk.engine) as session:
        message = session.exec(select(Message)).first()
        assert message is not None
        message.state = MessageState.UNCERTAIN
    assert all("1 letter is in doubt" in text for text in said(browse("admin")))


SAID = "450 4.1.8 Sender address rejected: Domain not found"


def put_off(desk: Desk, *, lasted: timedelta) -> None:
    """Every letter of the campaign was put off by the same answer, first so long ago, and just now."""
    change(desk, state=CampaignState.SCHEDULED)
    now = clock.now()
    with writing(desk.engine) as session:
        for message in session.exec(select(Message)):
            message.state, message.smtp_reply = MessageState.DEFERRED, SAID
            message.next_try_at = now + timedelta(minutes=5)
            first = session.exec(select(Delivery).where(Delivery.message_id == message.id)).first()
            assert first is not None
            first.state, first.smtp_reply = MessageState.DEFERRED, SAID
            for at in (now - lasted, now):
                session.add(
                    Attempt(
                        delivery_id=first.id, message_id=message.id, claim=1, began_at=at, ended_at=at, worker="w",
                        server="s", live=True, stage=Stage.RCPT, words=SAID, outcome=MessageState.DEFERRED,
                    )
                )  # fmt: skip


@pytest.mark.heavy
def test_that_every_letter_is_put_off_is_told_with_the_cure_and_once_it_lasts_on_every_page(
    desk: Desk, browse: Callable[..., Browser]
) -> None:
    put_off(desk, lasted=timedelta(minutes=10))
    browser = browse("admin")
    for page in ("/", "/campaigns/1", "/campaigns/1/send"):
        text = text_of(browser.get(page).replace("<main", "<div"))
        assert f"said of each: {SAID}. Check the addresses in from" in text
    assert not any("waits for a person" in text for text in said(browser))
    put_off(desk, lasted=timedelta(minutes=70))
    assert all("hrc55" in text and SAID in text for text in said(browser))


def test_copies_that_fail_are_told(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(mode="live", smtp_host="127.0.0.1", smtp_port=1, archive="archive@coalition.example")
    with writing(desk.engine) as session:
        session.add(CopyKeeper(name="archive", place="archive@coalition.example", trouble="550 no."))
    browser = browser_factory(desk)("admin")
    assert all("550 no. They went out all the same." in text for text in said(browser))
