"""Work as lists that empty: what waits over all campaigns, the next mail by itself, a decision taken back."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session
from web_browser import Browser, hidden, messages, stand, text_of

from outreach import clock
from outreach.actors import named
from outreach.campaigns.dates import Dates, set_dates
from outreach.campaigns.plan import get_campaign
from outreach.people import audit
from outreach.responses.positions import set_position
from outreach.vocabulary import Door, Position
from outreach.web.desk import Desk
from tests.examples import HEAVY

Browse = Callable[..., Browser]


@HEAVY
def test_home_lists_what_waits_most_urgent_first_and_the_list_empties(browse: Browse, answered: Desk) -> None:
    editor = browse("editor")
    with Session(answered.engine) as session:
        zone = clock.zone(get_campaign(session, "hrc55").time_zone)
    today = clock.now().astimezone(zone).date()  # as the page counts: near midnight it is another day in UTC
    set_dates(answered.engine, "hrc55", Dates(vote_on=today + timedelta(days=3)), by=named("Ana"))
    set_position(answered.engine, "hrc55", "IND", Position.UNDECIDED, by=named("Ana"))
    page = editor.get("/")
    lines = [text_of(one) for one in re.findall(r"<li><a href=.*?</li>", page.split('class="work-list"')[1], re.DOTALL)]
    assert any("1 undecided mission to call hrc55 3 days to the vote" in one for one in lines), lines
    assert any("2 mails wait for somebody's word" in one for one in lines), lines
    assert [("days to the vote" in one) for one in lines] == sorted("days to the vote" in one for one in lines)[::-1]
    assert re.search(r"<title>\(\d\) Campaigns", page)
    assert re.search(r">2<span[^>]*> to decide<", page), "the tab says it on every page"
    set_position(answered.engine, "hrc55", "IND", Position.CO_SPONSOR, by=named("Ana"))
    assert "undecided mission to call" not in text_of(editor.get("/"))


def test_after_a_decision_comes_the_next_mail_and_the_way_back(browse: Browse, answered: Desk) -> None:
    editor = browse("editor")
    page = editor.get("/inbox")
    assert 'aria-current="page">To decide' in page, "what is to be decided comes first"
    first = min(int(one) for one in re.findall(r'href="/inbox/(\d+)"', page))
    page = editor.get(f"/inbox/{first}")
    found = re.search(r'action="(/suggestions/\d+)"', page)
    page = editor.post(found[1], answer="yes") if found else editor.post(f"/inbox/{first}/settle", where="none")
    assert "This is the next mail that waits." in text_of(page)
    back = re.search(r'<form method="post" action="(/inbox/\d+/undo)" class="undo"', page)
    assert back
    assert f"/inbox/{first}/undo" == back[1]
    assert f'href="/inbox/{first}"' in editor.get("/inbox?show=decided")
    editor.post(back[1])
    assert f'href="/inbox/{first}"' in editor.get("/inbox?show=settle")
    assert f'href="/inbox/{first}"' not in editor.get("/inbox?show=decided")


def test_a_position_is_taken_back_by_the_button_beside_what_was_done(browse: Browse, answered: Desk) -> None:
    editor = browse("editor")
    page = editor.get("/campaigns/1/letters/IND")
    page = editor.post(
        "/campaigns/1/missions/IND/position", position="abstain", note="a call", seen=hidden(page, "seen")
    )
    assert stand(answered, "IND").position is Position.ABSTAIN
    back = re.search(r'action="(/campaigns/1/missions/IND/undo)" class="undo"', page)
    assert back
    editor.post(back[1])
    assert stand(answered, "IND").position is Position.UNKNOWN


@HEAVY
def test_follow_up_leads_to_the_form_with_those_missions(browse: Browse, answered: Desk) -> None:
    set_position(answered.engine, "hrc55", "IND", Position.UNDECIDED, by=named("Ana"))
    approver = browse("approver")
    page = approver.get("/campaigns/1/letters?show=undecided")
    link = re.search(r'href="(/campaigns/1/follow-up\?to=undecided)"', page)
    assert link
    page = approver.get(link[1].replace("&amp;", "&"))
    assert "1 mission would get it: India." in text_of(page)
    assert re.search(r'<option value="undecided" selected', page)
    assert "follow-up" not in browse("viewer").get("/campaigns/1/letters")


@HEAVY
def test_who_asked_to_be_asked_again_waits_at_home_once_the_day_has_come(
    browse: Browse, answered: Desk, tmp_path: Path
) -> None:
    from outreach.inbox.ingest import ingest
    from outreach.responses.answers import record_answers
    from outreach.responses.decisions import decide, proposals

    for code in ("IND", "DEU"):
        letter = next(one for one in messages(answered) if one.iso3 == code)
        (tmp_path / f"{code}.eml").write_text(
            f"From: <pr.office@{code.lower()}.mission.example>\nIn-Reply-To: {letter.message_id}\n"
            "Subject: Re: your letter\n"
            f"Date: Tue, 19 Mar 2024 10:00:00 +0100\nMessage-ID: <{code}@test.example>\n"
            "Content-Type: text/plain; charset=utf-8\n\nThank you. Please contact us again after 12 April.\n",
            encoding="utf-8",
        )
    ingest(answered.engine, [tmp_path / "IND.eml", tmp_path / "DEU.eml"], record=record_answers)
    editor = browse("editor")
    asked = [one for one in proposals(answered.engine) if one.kind == "come-back"]
    assert "asked to be asked again" not in text_of(work_list(editor.get("/"))), "nobody has said yes"
    for one in asked:
        decide(answered.engine, one.id, accept=True, by=named("Ana"))
    page = editor.get("/")
    assert '<span class="word word-finished">' in page
    assert "2 missions that asked to be asked again hrc55" in text_of(work_list(page))
    first = re.search(r'<a href="(/inbox/\d+)"><strong class="number">2</strong><span>missions that asked', page)
    assert first
    assert "It was asked again" in editor.get(first[1])
    editor.post(f"/suggestions/{asked[0].id}/done")
    assert "1 mission that asked to be asked again" in text_of(work_list(editor.get("/")))
    editor.post(f"/suggestions/{asked[1].id}/done")
    assert "asked to be asked again" not in text_of(work_list(editor.get("/")))


def work_list(page: str) -> str:
    """What of Home waits for people."""
    return page.split('class="work-list"', 1)[-1].split("</ol>", 1)[0]


def test_many_refused_sign_ins_are_told_to_admins(browse: Callable[..., Browser], desk: Desk) -> None:
    admin, viewer = browse("admin"), browse("viewer")
    for _ in range(19):
        audit.refuse_sign_in(desk.engine, "ana", Door.DESK)
    assert "refused since yesterday" not in admin.get("/"), "some slip"
    audit.refuse_sign_in(desk.engine, "ana", Door.DESK)
    assert "20 sign-ins were refused since yesterday" in text_of(admin.get("/"))
    assert 'href="/audit"' in admin.get("/")
    assert "refused since yesterday" not in viewer.get("/")
