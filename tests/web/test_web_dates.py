"""The session's dates on the calendar of a campaign, and what they make of those that are undecided."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import select
from web_browser import Browser, hidden, text_of

from outreach import clock
from outreach.actors import named
from outreach.campaigns.dates import Dates, set_dates
from outreach.database import reading, writing
from outreach.models import Campaign
from outreach.models import Response as Stand
from outreach.responses.recorded import record
from outreach.vocabulary import Answer, Position
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
PATH = "/campaigns/1/dates"


def today() -> date:
    return clock.now().astimezone(clock.zone("Europe/Zurich")).date()


def vote_in(desk: Desk, days: int) -> None:
    set_dates(desk.engine, "hrc55", Dates(vote_on=today() + timedelta(days=days)), by=named("Ana"))


@pytest.fixture
def undecided(desk: Desk) -> None:
    with writing(desk.engine) as session:
        stand = session.exec(select(Stand).where(Stand.iso3 == "BRA")).one()
        stand.position = Position.UNDECIDED
        session.add(stand)


def hands(browser: Browser) -> str:
    page = browser.get("/campaigns/1")
    return text_of(page[page.index('id="hands"') : page.index('id="timeline"')])


def test_the_dates_stand_on_the_calendar(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")
    seen = hidden(browser.get("/campaigns/1"), "seen")
    page = text_of(browser.post(PATH, session="HRC55", vote="2024-04-04", seen=seen))
    calendar = page[page.index("Calendar") :]
    order = [calendar.index(words) for words in ("campaign made", "HRC55 ends", "The Council votes", "HRC55 begins")]
    assert order == sorted(order)
    assert "5 Apr 2024" in calendar
    assert "26 Feb 2024" in calendar

    day = today() + timedelta(days=9)
    vote_in(desk, 9)
    page = text_of(browser.get("/campaigns/1"))
    assert f"{day:%-d %b %Y} The Council votes in 9 days" in page


def test_an_answer_by_telephone_is_in_the_calendar_too(browse: Browse, desk: Desk) -> None:
    browser = browse("editor")

    def answers() -> int:
        page = browser.get("/campaigns/1")
        told = text_of(page[page.index('id="timeline"') :])
        return sum(int(number) for number in re.findall(r"(\d+) answers?\b", told))

    before = answers()
    with reading(desk.engine) as session:
        quiet = session.exec(select(Stand.iso3).where(Stand.answer == Answer.NONE)).first()
    assert quiet
    record(desk.engine, "hrc55", quiet, "call", by=named("Ana"))
    assert answers() == before + 1


def test_a_campaign_s_name_in_the_place_of_its_number_is_no_page(browse: Browse) -> None:
    page = text_of(browse("editor").get("/campaigns/hrc55", 404))
    assert "There is no such page." in page


@pytest.mark.heavy
def test_who_may_set_them_and_the_later_is_told(browse: Browse, desk: Desk) -> None:
    viewer, first, second = browse("viewer"), browse("editor"), browse("approver")
    assert f'action="{PATH}"' not in viewer.get("/campaigns/1")
    viewer.post(PATH, 403, session="HRC55")
    seen = hidden(first.get("/campaigns/1"), "seen")
    second.post(PATH, session="HRC55", seen=seen)
    page = first.post(PATH, 409, session="HRC56", seen=seen)
    assert "Somebody has changed the session's dates meanwhile" in text_of(page)
    assert 'value="HRC56"' in page
    page = first.post(PATH, 422, session="x", starts="2024-04-05", ends="2024-04-01", seen=hidden(page, "seen"))
    assert "before it starts" in text_of(page)
    first.post(PATH, 422, vote="soon", seen=seen)
    with reading(desk.engine) as session:
        assert session.get_one(Campaign, 1).session_name == "HRC55"


@pytest.mark.usefixtures("undecided")
def test_undecided_before_the_vote_needs_a_hand_and_no_more_after_it(browse: Browse, desk: Desk) -> None:
    browser = browse("viewer")
    vote_in(desk, 12)
    assert "Brazil Follow up before the vote, which is in 12 days" in hands(browser)
    assert "no position is known" not in hands(browser)
    vote_in(desk, 1)
    assert "Brazil Follow up before the vote, which is tomorrow" in hands(browser)
    assert "46 members of whom no position is known: the vote is tomorrow" in hands(browser)
    assert "1 of 47 missions" in browser.get("/campaigns/1/letters?show=hand")
    vote_in(desk, -1)
    assert "Brazil" not in hands(browser)
    assert "0 of 47 missions" in browser.get("/campaigns/1/letters?show=hand")
