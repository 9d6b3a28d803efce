"""Work on missions in a campaign: whose task, comments with mentions, several at once, what if."""

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
from sqlmodel import select
from web_browser import Browser

from outreach.actors import named
from outreach.campaigns.change import delete_campaign
from outreach.campaigns.plan import create
from outreach.database import reading
from outreach.letters.folder import load_letter
from outreach.models import Contact, Response
from outreach.privacy.erase import erase, find
from outreach.responses.comments import comment
from outreach.responses.positions import set_position
from outreach.responses.tasks import tasks_in
from outreach.vocabulary import Position
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
FRANCE = "/campaigns/1/letters/FRA"


def seen_on(page: str) -> str:
    """What a form of the page says it has seen."""
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def row_of(desk: Desk, iso3: str) -> Response:
    with reading(desk.engine) as session:
        return session.exec(select(Response).where(Response.campaign_id == 1, Response.iso3 == iso3)).one()


def ticked(page: str, *codes: str) -> list[str]:
    """The values of the boxes of some missions."""
    return [value for value in re.findall(r'name="mission" value="([^"]+)"', page) if value[:3] in codes]


def test_a_task_waits_for_its_person_until_it_is_done(browse: Browse, desk: Desk) -> None:
    ana, viewer = browse("editor"), browse("viewer")
    done = ana.post("/campaigns/1/missions/FRA/task", to="viewer", due="2099-12-01", seen=seen_on(ana.get(FRANCE)))
    assert "hrc55: 1 mission set (FRA)." in done
    home = viewer.get("/")
    assert "Yours" in home
    assert "France" in home
    assert "Yours" not in ana.get("/")
    assert ">France<" in viewer.get("/campaigns/1/letters?show=mine")
    assert "2099-12-01" in viewer.get("/campaigns/1/letters.csv?show=mine")
    ana.post("/campaigns/1/missions/FRA/task", done="yes", seen=seen_on(ana.get(FRANCE)))
    assert "Yours" not in viewer.get("/")
    assert not tasks_in(desk.engine, "hrc55")


def test_a_task_is_taken_back_whole(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    page = ana.post("/campaigns/1/missions/FRA/task", to="admin", due="2099-12-01", seen=seen_on(ana.get(FRANCE)))
    assert 'action="/campaigns/1/missions/FRA/undo"' in page
    ana.post("/campaigns/1/missions/FRA/undo", seen=seen_on(page))
    assert (row_of(desk, "FRA").assigned_id, row_of(desk, "FRA").due_on) == (None, None)


def test_who_saw_an_older_state_is_told_and_nothing_is_overwritten(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    seen = seen_on(ana.get(FRANCE))
    set_position(desk.engine, "hrc55", "FRA", Position.ABSTAIN, by=named("Ben"))
    told = ana.post("/campaigns/1/missions/FRA/task", 409, to="viewer", seen=seen)
    assert "Somebody has changed FRA (Ben) meanwhile." in told
    assert not tasks_in(desk.engine, "hrc55")


def test_a_day_that_is_over_and_a_login_that_is_nobodys_are_refused(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    seen = seen_on(ana.get(FRANCE))
    assert "2001-01-01 is over." in ana.post("/campaigns/1/missions/FRA/task", 422, due="2001-01-01", seen=seen)
    assert "Nobody has the login" in ana.post("/campaigns/1/missions/FRA/task", 422, to="zoe", seen=seen)
    assert not tasks_in(desk.engine, "hrc55")


def test_a_comment_waits_for_whom_it_mentions_until_it_is_seen(browse: Browse) -> None:
    ana, viewer = browse("editor"), browse("viewer")
    assert "It waits for The viewer." in ana.post(
        "/campaigns/1/missions/FRA/comments", text="Call them, @viewer. <b>Now</b> a@b.example"
    )
    home = viewer.get("/")
    assert "mentions you" in home
    assert "&lt;b&gt;Now&lt;/b&gt;" in home
    (number,) = re.findall(r'action="/mentions/(\d+)/seen"', home)
    assert ana.post(f"/mentions/{number}/seen", 403)
    viewer.post(f"/mentions/{number}/seen")
    assert "mentions you" not in viewer.get("/")
    assert "Call them, @viewer." in viewer.get(FRANCE), "the comment stays"


def test_an_answer_in_the_same_place_has_seen_the_mention(browse: Browse) -> None:
    ana, admin = browse("editor"), browse("admin")
    ana.post("/campaigns/1/missions/FRA/comments", text="@admin, who calls?")
    ana.post("/campaigns/1/missions/DEU/comments", text="@admin, and here?")
    admin.post("/campaigns/1/missions/FRA/comments", text="I do.")
    assert admin.get("/").count("mentions you") == 1


def test_a_slip_in_a_mention_is_told_and_a_comment_taken_away_waits_for_nobody(browse: Browse) -> None:
    ana, viewer = browse("editor"), browse("viewer")
    told = ana.post("/campaigns/1/missions/FRA/comments", 422, text="Call them, @viewr")
    assert "Did you mean @viewer?" in told
    page = ana.post("/campaigns/1/missions/FRA/comments", text="@viewer: as @UNHumanRights says")
    (away,) = set(re.findall(r'action="(/comments/\d+/away)"', page))
    ana.post(away)
    assert "as @UNHumanRights says" not in ana.get(FRANCE)
    assert "mentions you" not in viewer.get("/")


def test_several_are_set_at_once_and_taken_back_at_once(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    boxes = ticked(ana.get("/campaigns/1/letters"), "FRA", "DEU")
    page = ana.post("/campaigns/1/several", mission=boxes, to="viewer", position="abstain", note="At the reception.")
    assert "2 missions set" in page
    assert {row_of(desk, code).position for code in ("FRA", "DEU")} == {Position.ABSTAIN}
    assert len(tasks_in(desk.engine, "hrc55", "viewer")) == 2
    ana.post("/campaigns/1/several/undo", seen=seen_on(page))
    assert {row_of(desk, code).position for code in ("FRA", "DEU")} == {Position.UNKNOWN}
    assert not tasks_in(desk.engine, "hrc55")
    assert row_of(desk, "FRA").note == ""


def test_of_several_none_is_set_where_one_was_changed_and_none_taken_back(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    boxes = ticked(ana.get("/campaigns/1/letters"), "FRA", "DEU")
    set_position(desk.engine, "hrc55", "FRA", Position.AGAINST, by=named("Ben"))
    ana.post("/campaigns/1/several", 409, mission=boxes, position="abstain")
    assert row_of(desk, "DEU").position is Position.UNKNOWN
    boxes = ticked(ana.get("/campaigns/1/letters?tick=true"), "FRA", "DEU")
    page = ana.post("/campaigns/1/several", mission=boxes, position="abstain")
    set_position(desk.engine, "hrc55", "DEU", Position.AGAINST, by=named("Ben"))
    ana.post("/campaigns/1/several/undo", 409, seen=seen_on(page))
    assert row_of(desk, "FRA").position is Position.ABSTAIN
    assert "Nothing was chosen." in ana.post("/campaigns/1/several", 422)


def test_what_if_counts_those_voting_and_keeps_nothing(browse: Browse, desk: Desk) -> None:
    viewer = browse("viewer")
    page = viewer.get("/campaigns/1/what-if")
    assert "0 in favour, 0 against, 0 abstained" in page
    assert "47 open" in page
    codes = re.findall(r'<option value="([A-Z]{3})=in favour"', page)
    words = "&".join(f"vote={code}={'in favour' if number < 20 else 'abstained'}" for number, code in enumerate(codes))
    found = viewer.get(f"/campaigns/1/what-if?{words}&vote=YYY=never&vote=XXX=against")
    assert "20 in favour, 0 against, 27 abstained" in found
    assert "11 in favour would be a majority of those voting." in found
    assert "It would be adopted." in found
    assert row_of(desk, codes[0]).position is Position.UNKNOWN


def test_a_further_contact_is_added_at_the_missions_page_and_taken_back(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    fields = {"email": "second@fra.mission.example", "name": "Bea Sol", "role": "deputy", "line": "cc", "active": "yes"}
    page = ana.post("/missions/FRA/contacts", contact="", **fields)
    assert "Added: second@fra.mission.example." in page
    assert "hrc55: its approval no longer holds." in page
    assert "Bea Sol" in page
    again = ana.post("/missions/DEU/contacts", 422, contact="", **fields)
    assert "is a contact of FRA already" in again
    page = ana.post("/missions/FRA/contacts/undo", seen=seen_on(page))
    assert "Taken back." in page
    assert 'name="contact" value="second@fra.mission.example"' not in page


def test_a_change_of_a_contact_is_taken_back_unless_it_was_changed_again(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    with reading(desk.engine) as session:
        address = session.exec(select(Contact.email).where(Contact.iso3 == "FRA")).first() or ""
    was = {f"was_{name}": "" for name in ("email", "name", "title", "role", "line", "active")}
    form = re.search(rf'(?s)name="contact" value="{re.escape(address)}">(.*?)</form>', ana.get("/missions/FRA"))
    assert form is not None
    was |= {f"was_{name}": value for name, value in re.findall(r'name="was_(\w+)" value="([^"]*)"', form[1])}
    same = {name.removeprefix("was_"): value for name, value in was.items()}
    first = ana.post("/missions/FRA/contacts", contact=address, **was, **(same | {"title": "Consul"}))
    second = ana.post(
        "/missions/FRA/contacts", contact=address, **(was | {"was_title": "Consul"}), **(same | {"title": "Envoy"})
    )
    refused = ana.post("/missions/FRA/contacts/undo", 422, seen=seen_on(first))
    assert "changed since" in refused
    ana.post("/missions/FRA/contacts/undo", seen=seen_on(second))
    with reading(desk.engine) as session:
        assert session.exec(select(Contact.title).where(Contact.email == address)).one() == "Consul"


def test_a_blank_sheet_has_the_columns_and_no_row(browse: Browse, tmp_path: Path) -> None:
    ana = browse("editor")
    ana.get("/sheets/blank.xlsx")
    (tmp_path / "blank.xlsx").write_bytes(ana.last.content)
    book = openpyxl.load_workbook(tmp_path / "blank.xlsx")
    assert [cell.value for cell in book["Missions"][1]][:2] == ["ISO3", "Short name"]
    assert not any(cell.value for cell in book["Contacts"][2])


def test_comments_and_tasks_are_the_teams_own_and_go_with_a_persons_data(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    ana.post("/campaigns/1/missions/FRA/comments", text="Ask Zoe Sample, zoe.sample@fra.mission.example.")
    ana.post("/campaigns/1/missions/FRA/task", to="viewer", due="2099-12-01", seen=seen_on(ana.get(FRANCE)))
    team = ana.get("/campaigns/1/report.json")
    assert "Ask Zoe Sample" in team
    assert "2099-12-01" in team
    for edition in ("partners", "public"):
        others = ana.get(f"/campaigns/1/report.json?for={edition}")
        assert not re.search("Ask Zoe|2099-12-01|The viewer", others), edition
    found = find(desk.engine, "zoe.sample@fra.mission.example")
    assert [one.table for one in found.certain] == ["mission_comment"]
    erase(desk.engine, desk.settings, desk.folder, "zoe.sample@fra.mission.example", by=named("Ana"), yes=1)
    page = ana.get(FRANCE)
    assert "zoe.sample@fra.mission.example" not in page
    assert "[erased]" in page


def test_a_campaign_with_comments_and_tasks_can_be_deleted(browse: Browse, desk: Desk) -> None:
    ana = browse("editor")
    letter = load_letter("hrc-joint-letter", desk.templates)
    create(desk.engine, desk.settings, "second", letter, audience=["iso:FRA,DEU"], by=named("Ana"))
    comment(desk.engine, "second", "FRA", "@viewer, who calls?", by=named("Ana"))
    assert "mentions you" in browse("viewer").get("/")
    delete_campaign(desk.engine, "second", by=named("Ana"))
    assert "mentions you" not in browse("viewer").get("/")
    ana.get("/")
