"""Two people at the same moment: whoever decides about what they saw never decides about what came since."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlmodel import select
from web_browser import Browser, hidden, text_of

from outreach.database import reading
from outreach.models import Response as Stand
from outreach.responses.recorded import history
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
LETTER = "/letters/hrc-joint-letter/en"
FRANCE = "/campaigns/1/letters/FRA"
AT_FRANCE = "/campaigns/1/missions/FRA"


def position(desk: Desk) -> str:
    with reading(desk.engine) as session:
        return str(session.exec(select(Stand.position).where(Stand.campaign_id == 1, Stand.iso3 == "FRA")).one())


def to_take_back(page: str) -> str:
    """What the form beside a notice says that it takes back."""
    return unescape(re.findall(r'class="undo">.*?name="seen" value="([^"]*)"', page)[0])


def both_of(page: str) -> dict[str, str]:
    """The fields of *Keep both changes*."""
    form = page.partition('class="conflict"')[2] or page
    return {name: unescape(re.findall(rf'name="{name}" value="([^"]*)"', form)[0]) for name in ("text", "subject")}


def test_my_undo_takes_back_mine_and_not_what_somebody_did_since(browse: Browse, desk: Desk) -> None:
    mine, theirs = browse("editor"), browse("admin")
    page = mine.post(f"{AT_FRANCE}/position", position="co-sponsor", seen=hidden(mine.get(FRANCE), "seen"))
    seen = to_take_back(page)
    theirs.post(f"{AT_FRANCE}/position", position="against", seen=hidden(theirs.get(FRANCE), "seen"))
    page = mine.post(f"{AT_FRANCE}/undo", 409, seen=seen)
    assert "The admin has changed this meanwhile: FRA is against" in text_of(page)
    assert position(desk) == "against"


def test_two_who_take_the_same_back_take_it_back_once(browse: Browse, desk: Desk) -> None:
    mine, theirs = browse("editor"), browse("admin")
    for word in ("undecided", "co-sponsor"):
        mine.post(f"{AT_FRANCE}/position", position=word, seen=hidden(mine.get(FRANCE), "seen"))
    seen = [re.findall(r'/FRA/undo">.*?name="seen" value="([^"]*)"', one.get(FRANCE))[0] for one in (mine, theirs)]
    mine.post(f"{AT_FRANCE}/undo", seen=seen[0])
    theirs.post(f"{AT_FRANCE}/undo", 409, seen=seen[1])
    assert position(desk) == "undecided"
    assert [one.new for one in history(desk.engine, "hrc55", "FRA")] == ["undecided", "co-sponsor", "undecided"]


@pytest.mark.heavy
def test_of_a_mail_the_decision_that_was_seen_is_taken_back(browse: Browse, answered: Desk) -> None:
    mine, theirs = browse("editor"), browse("admin")
    number = re.findall(r'href="/inbox/(\d+)"', mine.get("/inbox?show=settle"))[0]
    page = mine.post(f"/inbox/{number}/settle", where="BRA", campaign="hrc55")
    seen = to_take_back(page)
    theirs.post(f"/inbox/{number}/settle", where="IND", campaign="hrc55")
    page = mine.post(f"/inbox/{number}/undo", 409, seen=seen)
    assert "Since you looked, the last thing is another" in text_of(page)
    assert "The admin" in text_of(page)
    assert "IND" in text_of(mine.get(f"/inbox/{number}"))
    page = theirs.get(f"/inbox/{number}")
    theirs.post(f"/inbox/{number}/undo", seen=hidden(page.partition(f"/inbox/{number}/undo")[2], "seen"))
    page = mine.post(f"/inbox/{number}/undo", seen=seen)
    assert "Taken back" in text_of(page)


def test_who_decides_a_conflict_while_another_saves_again_decides_anew(browse: Browse, desk: Desk) -> None:
    mine, theirs = browse("editor"), browse("admin")
    file = desk.templates / "hrc-joint-letter" / "en.md"
    page = mine.get(LETTER)
    seen, text = hidden(page, "seen"), file.read_text(encoding="utf-8")
    subject = unescape(re.findall(r'name="subject" value="([^"]*)"', page)[0])
    once, twice = text.replace("short answer", "brief answer"), text.replace("short answer", "quick answer")
    theirs.post(LETTER, text=once, subject=subject, seen=seen)
    typed = text.replace("Without them", "Without us")
    page = mine.post(LETTER, 409, text=typed, subject=subject, seen=seen)
    both, shown = both_of(page), hidden(page, "seen")
    # They save once more while I look at the two.
    theirs.post(LETTER, text=twice, subject=subject, seen=hidden(theirs.get(LETTER), "seen"))
    page = mine.post(LETTER, 409, **both, seen=shown)
    assert file.read_text(encoding="utf-8") == twice, "nothing was overwritten"
    assert "quick" in page
    # What stood in my form is not lost, and deciding about what I have seen now holds.
    mine.post(LETTER, **both_of(page), seen=hidden(page, "seen"))
    kept = file.read_text(encoding="utf-8")
    assert "Without us" in kept
    assert "quick answer" in kept
    assert "brief answer" not in kept


def test_keep_mine_after_they_saved_again_overwrites_nothing_unseen(browse: Browse, desk: Desk) -> None:
    mine, theirs = browse("editor"), browse("admin")
    path = "/letters/hrc-joint-letter/about/letterhead"
    about = path.removesuffix("/letterhead")
    fields = {"lines": "One line", "colour": "#123456"}
    seen = hidden(mine.get(about), "seen")
    theirs.post(path, head="Theirs", **fields, seen=seen)
    page = mine.post(path, 409, head="Mine", **fields, seen=seen)
    shown = hidden(page, "seen")
    theirs.post(path, head="Theirs again", **fields, seen=hidden(theirs.get(about), "seen"))
    page = mine.post(path, 409, head="Mine", **fields, seen=shown)
    assert "Theirs again" in " ".join(re.sub(r"<[^>]+>", "", page).split())
    mine.post(path, head="Mine", **fields, seen=hidden(page, "seen"))
    assert 'value="Mine"' in mine.get(about)


def test_a_note_that_two_change_twice_shows_each_the_latest(browse: Browse) -> None:
    mine, theirs = browse("editor"), browse("admin")
    page = mine.post("/missions/FRA/notes", text="Ask for the desk officer.")
    first = re.findall(r'action="/notes/(\d+)"', page)[0]
    theirs.post(f"/notes/{first}", text="Ask for the deputy.")
    page = mine.post(f"/notes/{first}", 409, text="Ask for the expert.")
    second = re.findall(r'action="/notes/(\d+)"', page)[-1]
    theirs.post(f"/notes/{second}", text="Ask for the ambassador.")
    page = mine.post(f"/notes/{second}", 409, text="Ask for the expert.")
    assert "ambassador" in text_of(page)
    third = re.findall(r'action="/notes/(\d+)"', page)[-1]
    mine.post(f"/notes/{third}", text="Ask for the expert.")
    page = text_of(theirs.get("/missions/FRA"))
    assert "Ask for the expert." in page
