"""What a campaign is, at the desk: an audience put together by ticking, a plan changed, a campaign taken away."""

import re
from collections.abc import Callable

from sqlmodel import select
from web_browser import Browser, hidden, messages, text_of

from outreach import clock
from outreach.actors import named
from outreach.campaigns.change import Changes, change
from outreach.database import reading, writing
from outreach.models import Campaign, Contact, Delivery, Mission
from outreach.people.audit import entries
from outreach.vocabulary import CampaignState
from outreach.web.desk import Desk

Browse = Callable[..., Browser]


def plan_of(desk: Desk, name: str) -> Campaign:
    with reading(desk.engine) as session:
        return session.exec(select(Campaign).where(Campaign.name == name)).one()


def ticked(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)" checked', page)


def test_a_new_campaign_begins_with_the_members_and_names_them(browse: Browse) -> None:
    editor = browse("editor")
    page = editor.get("/campaigns/new")
    assert ticked(page, "audience") == ["hrc-members"]
    assert "every mission 195" in text_of(page)
    words = text_of(editor.get("/campaigns/audience?audience=hrc-members&as_of=2024-03-18"))
    assert "47 missions" in words
    assert re.search(r"African 13 .*Algeria .*Asia-Pacific 13 ", words), "in their groups, with how many they are"


def test_what_is_ticked_is_told_before_anything_is_made(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    asked = "/campaigns/audience?audience=group:African&audience=iso:FRA&exceptions=DZA&as_of=2024-03-18"
    part = editor.get(asked)
    assert "54 missions" in text_of(part)
    assert "1 left out" in text_of(part)
    assert ticked(part, "exceptions") == ["DZA"]
    page = editor.post(
        "/campaigns", name="africa", letter="hrc-reminder", audience=["group:African", "iso:FRA"], exceptions=["DZA"],
        as_of="2024-03-18", look="yes",
    )  # fmt: skip
    assert ticked(page, "audience") == ["group:African"]
    assert 'name="audience" value="iso:FRA"' in page, "what can't be ticked stays in words"
    with reading(desk.engine) as session:
        assert [one.name for one in session.exec(select(Campaign))] == ["hrc55"], "looking makes nothing"


def test_what_is_made_is_what_was_ticked(browse: Browse, desk: Desk) -> None:
    browse("editor").post(
        "/campaigns", name="africa", letter="hrc-reminder", audience=["group:African", "iso:FRA + iso:DEU"],
        exceptions=["DZA", "AGO, BEN"], as_of="2024-03-18",
    )  # fmt: skip
    made = plan_of(desk, "africa")
    assert made.audience == ["group:African", "iso:FRA", "iso:DEU"]
    assert made.exceptions == ["DZA", "AGO", "BEN"]


def test_an_audience_that_cannot_be_told_says_why_and_keeps_who_was_left_out(browse: Browse) -> None:
    part = browse("editor").get("/campaigns/audience?audience=tag:nobody&exceptions=FRA")
    assert "No mission has the tag" in text_of(part)
    assert '<input type="hidden" name="exceptions" value="FRA">' in part
    assert "Nobody is chosen yet" in text_of(browse("editor").get("/campaigns/audience"))


def test_who_has_no_address_is_counted_apart_and_own_columns_can_be_ticked(browse: Browse, desk: Desk) -> None:
    with writing(desk.engine) as session:
        for one in session.exec(select(Contact).where(Contact.iso3 == "FRA")):
            one.active = False
            session.add(one)
        france = session.exec(select(Mission).where(Mission.iso3 == "FRA")).one()
        france.fields = {"priority": "high"}
        france.tags = ["core group"]
        session.add(france)
    editor = browse("editor")
    words = text_of(editor.get("/campaigns/audience?audience=hrc-members&as_of=2024-03-18"))
    assert "46 missions · 1 without an address" in words
    page = editor.get("/campaigns/new")
    assert 'value="where:priority=high"' in page
    assert 'value="tag:core group"' in page


def test_a_plan_that_stays_as_it_is_keeps_its_approval(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    page = editor.get("/campaigns/1/plan")
    assert "It is approved, by Ana." in text_of(page)
    kept = {name: hidden(page, name) for name in ("seen",)}
    page = editor.post(
        "/campaigns/1/plan", name="hrc55", letter="hrc-joint-letter", audience=["hrc-members"], as_of="2024-03-18",
        time_zone=plan_of(desk, "hrc55").time_zone, **kept,
    )  # fmt: skip
    assert "nothing is another than before" in text_of(page)
    assert plan_of(desk, "hrc55").state is CampaignState.APPROVED


def test_a_changed_plan_has_to_be_approved_again_and_the_log_names_who(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    seen = hidden(editor.get("/campaigns/1/plan"), "seen")
    page = editor.post(
        "/campaigns/1/plan", name="spring", letter="hrc-joint-letter", audience=["hrc-members"], exceptions=["FRA"],
        as_of="2024-03-18", time_zone="Europe/Paris", require_read="yes", seen=seen,
    )  # fmt: skip
    words = text_of(page)
    assert "spring is changed: 46 missions." in words
    assert "The approval by Ana no longer holds: approve it again." in words
    now = plan_of(desk, "spring")
    assert (now.state, now.exceptions, now.time_zone, now.require_read) == (
        CampaignState.DRAFT, ["FRA"], "Europe/Paris", True,
    )  # fmt: skip
    assert entries(desk.engine)[0].action == "campaign.changed"
    assert entries(desk.engine)[0].who == "The editor"
    assert messages(desk) == []


def test_who_saw_an_older_plan_is_told_and_changes_nothing(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    seen = hidden(editor.get("/campaigns/1/plan"), "seen")
    change(desk.engine, "hrc55", Changes(exceptions=["DEU"]), by=named("Ben"))
    page = editor.post(
        "/campaigns/1/plan", 409, name="other", letter="hrc-joint-letter", audience=["all"], time_zone="UTC", seen=seen
    )
    assert 'value="other"' in page, "what was typed is there"
    assert plan_of(desk, "hrc55").exceptions == ["DEU"]


def test_a_campaign_is_deleted_by_its_name_alone(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    page = editor.get("/campaigns/1/plan")
    assert "47 missions and 47 letters that went to nobody" in text_of(page)
    seen = re.findall(r'name="seen" value="(\d+)"', page)[-1]
    assert "is not the name" in text_of(editor.post("/campaigns/1/delete", 422, name="hrc56", seen=seen))
    assert plan_of(desk, "hrc55")
    assert "hrc55 is deleted." in text_of(editor.post("/campaigns/1/delete", name="hrc55", seen=seen))
    with reading(desk.engine) as session:
        assert list(session.exec(select(Campaign))) == []


def test_what_is_out_is_neither_changed_nor_deleted(browse: Browse, answered: Desk) -> None:
    editor = browse("editor")
    with writing(answered.engine) as session:  # as if it had gone out live
        for one in session.exec(select(Delivery)):
            one.rehearsed = False
            session.add(one)
    page = editor.get("/campaigns/1/plan")
    assert "/campaigns/1/delete" not in page
    assert "47 letters of it are out, or may be: it can't be changed." in text_of(page)
    page = editor.post(
        "/campaigns/1/plan", 422, name="other", letter="hrc-joint-letter", audience=["hrc-members"], time_zone="UTC",
        as_of="2024-03-18", seen=hidden(page, "seen"),
    )  # fmt: skip
    assert "it can't be changed" in text_of(page)


def test_members_who_are_not_in_the_directory_are_left_out_by_a_click(browse: Browse, desk: Desk) -> None:
    with writing(desk.engine) as session:
        for iso3 in ("FRA", "IND"):
            session.get_one(Mission, iso3).absent_since = clock.now()
    editor = browse("editor")
    as_of = "2024-03-18"
    page = editor.get("/campaigns/audience", params={"audience": "hrc-members", "as_of": as_of})
    assert "2 missions of this audience are not in the directory." in text_of(page)
    assert 'name="exceptions" value="FRA,IND"' in page
    page = editor.get(
        "/campaigns/audience", params={"audience": "hrc-members", "as_of": as_of, "exceptions": "FRA,IND"}
    )
    assert "45 missions" in text_of(page)
    made = {
        "name": "partial",
        "letter": "hrc-thanks",
        "audience": "hrc-members",
        "as_of": as_of,
        "exceptions": "FRA,IND",
    }
    editor.post("/campaigns", **made)
    home = text_of(editor.get("/"))
    assert "45 missions: the members of the Council as of 18 Mar 2024, without France, India" in home
