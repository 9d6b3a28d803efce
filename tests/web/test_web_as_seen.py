"""Of several who act on one page, one wins and the others are told; what a form does not say stays as it was."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlmodel import select
from web_browser import LIVE, Browser, browser_factory, hidden, messages, text_of

from outreach.actors import named
from outreach.campaigns.plan import create, get_campaign
from outreach.campaigns.timing import schedule
from outreach.database import reading, writing
from outreach.letters.folder import load_letter
from outreach.models import Campaign, Delivery, Message
from outreach.vocabulary import CampaignState, MessageState
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
SEND = "/campaigns/1/send"


def campaign(desk: Desk, number: int = 1) -> Campaign:
    with reading(desk.engine) as session:
        return session.get_one(Campaign, number)


def together(people: list[Browser], path: str, **fields: str) -> list[tuple[int, str]]:
    """Send one form at once from several browsers; return each status with the words of the page that follows."""
    gate = Barrier(len(people))
    tokens = [one.token for one in people]

    def post(person: tuple[Browser, str]) -> tuple[int, str]:
        browser, token = person
        gate.wait()
        answer = browser.client.post(path, data={"csrf": token} | fields)
        return answer.status_code, text_of(answer.text)

    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(post, zip(people, tokens, strict=True)))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("schedule", {"at": "now"}),
        ("schedule", {"at": "then", "day": "2035-03-14", "hour": "10:00"}),
        ("cancel", {"name": "hrc55"}),
    ],
)
def test_of_many_who_send_one_form_one_wins(browse: Browse, desk: Desk, action: str, fields: dict[str, str]) -> None:
    people = [browse("approver") for _ in range(5)]
    seen = hidden(people[0].get(SEND), "seen")
    found = together(people, f"/campaigns/1/{action}", seen=seen, **fields)
    assert [code for code, _ in found] == [200, 409, 409, 409, 409]
    for _, words in found[1:]:
        assert "has changed since you looked at it: it is" in words
        assert "Nothing was done" in words
    assert campaign(desk).version == int(seen) + 1


@pytest.mark.heavy
def test_of_many_who_approve_one_page_one_wins(browse: Browse, desk: Desk) -> None:
    create(
        desk.engine,
        desk.settings,
        "small",
        load_letter("hrc-joint-letter", desk.templates),
        audience=["iso:FRA,DEU"],
        by=named("Ana"),
    )
    people = [browse("approver") for _ in range(4)]
    seen = hidden(people[0].get("/campaigns/2/send"), "seen")
    found = together(people, "/campaigns/2/approve", seen=seen)
    assert [code for code, _ in found] == [200, 409, 409, 409]
    assert campaign(desk, 2).state is CampaignState.APPROVED


@pytest.mark.heavy
def test_a_form_that_says_nothing_of_what_it_was_made_of_does_nothing(browse: Browse, desk: Desk) -> None:
    browser = browse("admin")
    for action in ("approve", "schedule", "pause", "resume", "cancel", "approvals"):
        for seen in ("", "x", "-1"):
            page = browser.post(f"/campaigns/1/{action}", 409, at="now", name="hrc55", approvals="2", seen=seen)
            assert "Nothing was done" in page
    assert campaign(desk).version == int(hidden(browser.get(SEND), "seen"))


@pytest.mark.heavy
def test_each_form_of_the_page_says_what_it_was_made_of(browse: Browse) -> None:
    browser = browse("admin")
    browser.post("/campaigns/1/schedule", day="2035-03-14", hour="09:00", seen=hidden(browser.get(SEND), "seen"))
    for state in ("scheduled", "paused"):
        page = browser.get(SEND)
        forms = re.findall(r'(?s)<form method="post" action="/campaigns/1/(\w+)".*?</form>', page)
        assert forms, state
        for form in re.findall(r'(?s)<form method="post" action="/campaigns/1/.*?</form>', page):
            assert re.search(r'name="seen" value="\d+"', form), form
        if state == "scheduled":
            browser.post("/campaigns/1/pause", seen=hidden(page, "seen"))


@pytest.mark.heavy
def test_another_time_keeps_the_window_and_the_hours(browse: Browse, desk: Desk) -> None:
    schedule(
        desk.engine,
        desk.settings,
        "hrc55",
        "2035-03-14 09:00",
        spread_over=timedelta(hours=6),
        working_hours=True,
        by=named("Ana"),
    )
    browser = browse("approver")

    def due() -> list[timedelta]:
        times = sorted(one.due_at for one in messages(desk) if one.due_at is not None)
        return [one - times[0] for one in times]

    before, page = due(), browser.get(SEND)
    assert "spread over 6 h, in working hours only" in text_of(page)
    assert '<option value="360" selected>over 6\N{NO-BREAK SPACE}h</option>' in page
    assert '<option value="working" selected>' in page
    page = browser.post("/campaigns/1/schedule", day="2035-03-15", hour="09:00", seen=hidden(page, "seen"))
    assert due() == before
    assert "spread over 6 h, in working hours only" in text_of(page)
    browser.post("/campaigns/1/schedule", at="now", seen=hidden(page, "seen"))
    assert due()[-1] > timedelta(hours=5)
    words = {"day": "2035-03-17", "hour": "12:00", "spread": "0", "hours": "any"}
    page = browser.post("/campaigns/1/schedule", seen=hidden(browser.get(SEND), "seen"), **words)
    assert set(due()) == {timedelta()}
    assert "spread over" not in text_of(page)
    page = browser.post("/campaigns/1/schedule", 422, seen=hidden(page, "seen"), **(words | {"spread": "soon"}))
    assert "is no window over which letters can be spread" in text_of(page)


@pytest.mark.heavy
def test_approving_once_more_what_is_unchanged(browse: Browse, desk: Desk) -> None:
    browser = browse("approver")
    before = {one.message_id for one in messages(desk)}
    page = browser.post("/campaigns/1/approve", seen=hidden(browser.get(SEND), "seen"))
    assert "Nothing has changed since Ana approved these letters: they stay as they are." in text_of(page)
    assert {one.message_id for one in messages(desk)} == before
    assert campaign(desk).approved_by == "Ana"


@pytest.mark.heavy
def test_who_has_had_it_is_told_and_a_box_lets_it_go_again(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(**LIVE)
    with writing(desk.engine) as session:
        for message in session.exec(select(Message).where(Message.iso3 == "FRA")):
            message.state = MessageState.SENT
            session.add(message)
            for one in session.exec(select(Delivery).where(Delivery.message_id == message.id)):
                one.state = MessageState.SENT
                session.add(one)
    browser = browser_factory(desk)("approver")
    editor = browser_factory(desk)("editor")
    page = editor.post("/campaigns", name="summer", letter="hrc-joint-letter", audience="iso:FRA,DEU")
    assert "1 of them has had this letter already" in page
    path = "/campaigns/2/send"
    assert "the same letter went out by the campaign hrc55 to France (FRA)" in text_of(browser.get(path))
    page = browser.post("/campaigns/2/approve", seen=hidden(browser.get(path), "seen"))
    assert "Some of its missions have had this already" in text_of(page)
    assert "the same letter went out by the campaign hrc55 to France (FRA)" in text_of(page)
    assert 'name="again"' in page
    browser.post("/campaigns/2/schedule", at="now", missions="2", seen=hidden(page, "seen"))
    assert campaign(desk, 2).again_by == ""
    page = browser.get(path)
    page = browser.post("/campaigns/2/schedule", at="now", missions="2", again="yes", seen=hidden(page, "seen"))
    assert "They get it once more, as The approver said" in text_of(page)
    with reading(desk.engine) as session:
        assert get_campaign(session, "summer").again_by == "The approver"
