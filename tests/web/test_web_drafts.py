"""What is being typed is kept by account and form, offered where it was typed, and forgotten once it is saved."""

import html
import json
import os
import re
import time
from collections.abc import Callable

import pytest
from web_browser import Browser, hidden, text_of

from outreach.web.desk import Desk
from tests.examples import HEAVY

Browse = Callable[..., Browser]
FORM = "/campaigns/1/missions/IND/position"
PAGE = "/campaigns/1/letters/IND"


def keep(browser: Browser, words: str, form: str = FORM, page: str = PAGE, **more: str) -> None:
    fields = json.dumps([["note", words], ["csrf", "secret"], ["password", "secret"], *more.items()])
    answer = browser.client.post("/drafts", data={"csrf": browser.token, "page": page, "form": form, "fields": fields})
    assert answer.status_code == 204


def offered(page: str) -> list[tuple[str, list[list[str]]]]:
    found = re.findall(r'data-draft="([^"]*)" data-fields="([^"]*)"', page)
    return [(form, json.loads(html.unescape(fields))) for form, fields in found]


def test_what_was_typed_is_offered_to_its_account_on_its_page_until_it_is_saved(browse: Browse, desk: Desk) -> None:
    editor, other = browse("editor"), browse("admin")
    words = 'She said "</div><script>alert(1)</script>" …\nand more'
    editor.get(PAGE)
    keep(editor, "the first words")
    keep(editor, words)
    page = editor.get(PAGE)
    assert offered(page) == [(FORM, [["note", words]])], "without what is secret"
    assert "<script>alert" not in page
    assert offered(other.get(PAGE)) == []
    assert offered(editor.get("/")) == []
    files = list((desk.folder / "drafts").iterdir())
    assert [one.stat().st_mode & 0o077 for one in files] == [0]
    page = editor.post(FORM, position="abstain", note=words, seen=hidden(page, "seen"))
    assert offered(page) == [], "it is saved"
    assert list((desk.folder / "drafts").iterdir()) == []


@HEAVY
def test_a_refused_save_forgets_nothing(browse: Browse) -> None:
    editor = browse("editor")
    editor.get(PAGE)
    keep(editor, "kept through a conflict")
    editor.post(FORM, 409, position="abstain", note="kept through a conflict", seen="what it never was")
    assert offered(editor.get(PAGE)) == [(FORM, [["note", "kept through a conflict"]])]


def test_it_outlives_the_session_and_is_thrown_away_when_asked(browse: Browse) -> None:
    editor = browse("editor")
    editor.get(PAGE)
    keep(editor, "before the session ended")
    editor.post("/logout")
    answer = editor.client.post(
        "/drafts", data={"csrf": editor.token, "page": PAGE, "form": FORM, "fields": "[]"},
        headers={"hx-request": "true"},
    )  # fmt: skip
    assert answer.status_code == 401
    assert "This page stays as it is" in answer.text
    again = browse("editor")
    assert offered(again.get(PAGE))
    page = again.post("/drafts/drop", form=FORM, page=PAGE)
    assert offered(page) == []
    again.post("/drafts/drop", form=FORM, page="//elsewhere.example")
    assert str(again.last.url).endswith("desk.example/")


@pytest.mark.parametrize("page", ["elsewhere", "/" + "x" * 300])
def test_what_is_no_draft_is_refused(browse: Browse, page: str) -> None:
    viewer = browse("viewer")
    viewer.get("/")
    viewer.post("/drafts", 422, page=page, form=FORM, fields="[]")
    viewer.post("/drafts", 422, page=PAGE, form=FORM, fields="[1]")


@HEAVY
def test_drafts_are_bounded_in_number_and_time(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    editor.get("/")
    for number in range(63):
        keep(editor, "x", form=f"/x/{number}", page="/missions")
    files = sorted((desk.folder / "drafts").iterdir())
    assert len(files) == 60
    for one in files:
        os.utime(one, (time.time() - 15 * 86400,) * 2)
    assert offered(editor.get("/missions")) == []
    assert list((desk.folder / "drafts").iterdir()) == []


def test_votes_that_were_pasted_are_kept_until_they_are_taken_in(browse: Browse) -> None:
    editor = browse("editor")
    editor.get("/campaigns/1/votes")
    keep(editor, "In favour: Albania", form="/campaigns/1/votes", page="/campaigns/1/votes")
    editor.post("/campaigns/1/votes", pasted="In favour: Albania")
    page = editor.last.text
    assert offered(editor.get("/campaigns/1/votes"))
    fields = {name: hidden(page, name) for name in ("digest", "name", "which", "state")}
    editor.post("/campaigns/1/votes/apply", **fields)
    assert offered(editor.get("/campaigns/1/votes")) == []
    assert "votes" in text_of(editor.last.text).lower()
