"""Notes on a mission at the desk."""

import re
from collections.abc import Callable

import pytest
from web_browser import Browser, text_of

from outreach.missions.notes import notes_on
from outreach.people.audit import entries
from outreach.web.desk import Desk

Browse = Callable[..., Browser]


@pytest.mark.heavy
def test_a_note_is_written_changed_and_taken_away(browse: Browse, desk: Desk) -> None:
    editor, other, viewer = browse("editor"), browse("approver"), browse("viewer")
    viewer.post("/missions/FRA/notes", 403, text="x")
    page = editor.post("/missions/FRA/notes", text="Ask for <b>Ms Sample</b> & co.")
    assert "Ask for <b>Ms Sample</b> & co. The editor" in text_of(page)
    assert "<b>Ms" not in page
    assert entries(desk.engine)[0].action == "note.written"
    assert "Ms Sample" not in entries(desk.engine)[0].detail
    number = re.findall(r'action="/notes/(\d+)"', page)[0]
    page = viewer.get("/missions/FRA")
    assert "Ask for" in text_of(page)
    assert "/notes" not in page.replace("#notes", "")

    page = other.post(f"/notes/{number}", text="Ask for Mr Sample.")
    assert "Ask for Mr Sample. The approver" in text_of(page)
    assert "Earlier wordings Ask for <b>Ms Sample</b> & co. The editor" in text_of(page)
    page = editor.post(f"/notes/{number}", 409, text="Ask for nobody.")
    assert "The approver has changed this note meanwhile" in text_of(page)
    assert [one.text for one in notes_on(desk.engine, "FRA")] == ["Ask for Mr Sample."]
    latest = str(notes_on(desk.engine, "FRA")[0].id)
    editor.post(f"/notes/{latest}", text="whatever", away="yes")
    assert notes_on(desk.engine, "FRA") == []


def test_a_note_that_is_none_is_told_and_not_lost(browse: Browse) -> None:
    editor = browse("editor")
    page = editor.post("/missions/FRA/notes", 422, text="   ")
    assert "The note has no words" in text_of(page)
    long = "long " * 1_500
    page = editor.post("/missions/FRA/notes", 422, text=long)
    assert "longer than 5,000 characters" in text_of(page)
    assert long.strip() in page
    editor.post("/missions/XYZ/notes", 404, text="x")
    editor.post("/notes/99", 404, text="x")


@pytest.mark.heavy
def test_positions_over_all_campaigns_with_their_history(browse: Browse) -> None:
    editor = browse("editor")
    editor.post("/campaigns", name="hrc56", letter="hrc-joint-letter", audience="iso:FRA")
    for number, position in ((1, "undecided"), (2, "against")):
        editor.post(f"/campaigns/{number}/missions/FRA/position", position=position, note="", seen="unchanged")
    text = text_of(editor.get("/missions/FRA"))
    assert "hrc56 , position: unknown → against The editor" in text
    assert "hrc55 , position: unknown → undecided The editor" in text
