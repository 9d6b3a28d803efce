"""What an officer found at the desk: English in a French letter, a stale mode, lists by code, pages sent whole."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlmodel import select
from web_browser import Browser, browser_factory, hidden, text_of

from outreach import clock
from outreach.database import writing
from outreach.going_live import note_mode
from outreach.missions.collation import sort_key
from outreach.models import Campaign
from outreach.people.audit import entries
from outreach.settings import Mode
from outreach.vocabulary import Act, CampaignState, Language
from outreach.web.desk import Desk
from tests.examples import HEAVY

Browse = Callable[..., Browser]
GROUPS = {
    "en": "Western European and Others", "fr": "États d’Europe occidentale et autres États",
    "es": "Estados de Europa Occidental y otros Estados",
}  # fmt: skip


@pytest.mark.parametrize("language", GROUPS)
def test_a_group_is_named_in_the_language_of_the_letter(browse: Browse, language: str) -> None:
    text = (
        'Group: {{ mission.group }}.{% if mission.group == "Western European and Others" %} As a condition.{% endif %}'
    )
    page = browse("editor").post(f"/letters/hrc-joint-letter/{language}/preview", text=text, subject="x", mission="FRA")
    assert f"{GROUPS[language]}. As a condition." in text_of(unescape(page))


def test_pages_are_packed_and_their_tokens_are_others_each_time(browse: Browse) -> None:
    browser = browse("editor")
    tokens = set()
    for _ in range(2):
        answer = browser.client.get("/missions", headers={"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        tokens.add(hidden(answer.text, "csrf"))
    assert len(tokens) == 2
    for token in tokens:
        kept = browser.client.post("/drafts", data={"csrf": token, "page": "/", "form": "/x", "fields": "[]"})
        assert kept.status_code == 204
    for wrong in ("", "0" * 64, "0" * 128, "no token", tokens.pop()[:-2]):
        answer = browser.client.post("/drafts", data={"csrf": wrong, "page": "/", "form": "/x", "fields": "[]"})
        assert answer.status_code == 403
    report = browser.client.get("/campaigns/1/report.xlsx", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in report.headers, "it is packed already"


def test_an_open_page_hears_that_the_mode_was_changed(desk: Desk) -> None:
    browser = browser_factory(desk)("viewer")
    assert browser.client.get("/sending?seen=&mode=rehearsal").status_code == 204
    part = browser.get("/sending?seen=&mode=live")
    assert re.search(r'id="mode" class="mode" hx-swap-oob="true">Rehearsal', part)
    assert "The mode was changed while this page was open." in text_of(part)
    assert "Letters go to the missions." not in part


def test_the_log_tells_of_a_mode_that_was_changed_by_hand(desk: Desk) -> None:
    live = desk.settings.model_copy(update={"mode": Mode.LIVE})
    for settings in (desk.settings, live, live, desk.settings):
        note_mode(desk.engine, settings)
    assert [one.action for one in entries(desk.engine)][:2] == [Act.LIVE_ENDED, Act.LIVE_BEGUN]
    page = text_of(browser_factory(desk)("admin").get("/audit"))
    assert page.count("not at the desk: in outreach.toml") == 2


def test_missions_are_chosen_and_named_by_name(browse: Browse) -> None:
    browser = browse("approver")
    browser.post("/account/language", language="fr")
    for path in ("/campaigns/1/send/preview", "/letters/hrc-joint-letter/fr"):
        names = [unescape(one) for one in re.findall(r'<option value="[A-Z]{3}"[^>]*>([^<]+)<', browser.get(path))]
        assert len(names) > 40, path
        assert names == sorted(names, key=lambda name: sort_key(name, Language.FRENCH)), path
        assert "Allemagne" in names
    browser.post("/campaigns/1/votes", pasted="Pour: Albanie, Belgique")
    assert "Afrique du Sud" in text_of(browser.last.text)
    assert "ZAF" not in text_of(browser.last.text)


def test_what_the_council_says_stands_in_words_too(browse: Browse) -> None:
    page = browse("viewer").get("/campaigns/1")
    words = page.partition('<dl class="by-position">')[2].partition("</dl>")[0]
    assert words.count("/campaigns/1/letters/") == 47
    assert 'France</a> <span class="muted">FRA</span>' in words


@HEAVY
def test_the_first_who_approves_is_not_asked_for_the_second(desk: Desk) -> None:
    with writing(desk.engine) as session:
        one = session.exec(select(Campaign)).one()
        one.state, one.approvals = CampaignState.APPROVED_ONCE, 2
        one.first_approved_by, one.first_approved_at = "The approver", clock.now()
        session.add(one)
    browser = browser_factory(desk)
    for path in ("/", "/missions"):
        assert "a second person has to" not in text_of(browser("approver").get(path).replace("<main", "<div"))
    assert "a second person has to" in text_of(browser("admin").get("/missions").replace("<main", "<div"))


def test_a_sign_on_page_in_rehearsal_says_that_it_is_one(browse: Browse) -> None:
    assert "This is a rehearsal." in text_of(browse("approver").get("/campaigns/1/signatories"))
