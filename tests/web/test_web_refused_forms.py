"""A form that is refused leads back to where it was filled in, and what was typed is there; names that people type are
made usable instead of refused."""

from collections.abc import Callable

import pytest
from sqlmodel import select
from test_web_drafts import offered
from web_browser import Browser, hidden, text_of

from outreach.actors import named
from outreach.catalogues import tongue
from outreach.database import reading
from outreach.missions.names import NamedStates
from outreach.models import AccountLink, Campaign
from outreach.people.accounts import login_of
from outreach.responses.positions import latest_positions, set_position
from outreach.sentences import KeptSentence
from outreach.settings import UnfitValue, mailbox
from outreach.text import as_name
from outreach.vocabulary import Position
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
HERE = "http://desk.example"


def test_what_a_refused_form_said_is_offered_where_it_was_typed(browse: Browse) -> None:
    admin = browse("admin")
    typed = {"csrf": admin.token, "name": "Ana Lopez", "email": "no address", "role": "editor"}
    answer = admin.client.post("/invitations", data=typed, headers={"referer": f"{HERE}/people", "origin": HERE})
    assert answer.status_code == 422
    assert 'href="/people"' in answer.text
    assert offered(admin.get("/people")) == [
        ("/invitations", [["name", "Ana Lopez"], ["email", "no address"], ["role", "editor"]])
    ]


@pytest.mark.parametrize("referer", ["https://elsewhere.example/people", f"{HERE}/nowhere", ""])
def test_it_leads_back_to_pages_of_this_desk_only(browse: Browse, referer: str) -> None:
    admin = browse("admin")
    typed = {"csrf": admin.token, "name": "Ana Lopez", "email": "no address"}
    answer = admin.client.post("/invitations", data=typed, headers={"referer": referer})
    assert answer.status_code == 422
    assert "Back to the form" not in answer.text
    assert offered(admin.get("/people")) == []


def test_whoever_signed_out_in_another_tab_loses_nothing(browse: Browse) -> None:
    browser = browse("editor")
    page = browser.get("/missions/FRA")
    typed = {"csrf": hidden(page, "csrf"), "text": "typed for an hour"}
    browser.post("/logout")
    browser.client.cookies.clear()
    elsewhere = browser.client.post("/missions/FRA/notes", data=typed, headers={"origin": "https://elsewhere.example"})
    assert elsewhere.status_code == 403
    unknown = browser.client.post("/missions/FRA/notes", data=typed)
    assert unknown.status_code == 403, "nothing proves it to be a form of this desk"
    answer = browser.client.post("/missions/FRA/notes", data=typed, headers={"origin": HERE})
    assert answer.status_code == 401
    sent = {"csrf": hidden(answer.text, "csrf"), "kept": hidden(answer.text, "kept"), "login": "editor"}
    again = browser.client.post("/login", data=sent | {"password": "three good words"}, headers={"origin": HERE})
    assert "typed for an hour" in again.text


@pytest.mark.parametrize(
    ("said", "name"),
    [("Forêts 2026", "forets-2026"), ("  L’appel, à tous ", "l-appel-a-tous"), ("Łódź", "lodz"), ("Форум", ""),
     ("hrc56-letter", "hrc56-letter"), ("../etc/passwd", "")],
)  # fmt: skip
def test_a_short_name_is_made_of_what_was_typed(said: str, name: str) -> None:
    assert as_name(said) == name


def test_a_login_is_made_of_a_first_name_with_accents(browse: Browse, desk: Desk) -> None:
    assert login_of("Élodie Chambert") == "elodie"
    admin = browse("admin")
    admin.post("/invitations", name="Óscar Núñez", role="editor")
    with reading(desk.engine) as session:
        assert list(session.exec(select(AccountLink.login))) == ["oscar"]


def test_a_campaign_and_a_letter_are_named_as_people_write(browse: Browse, desk: Desk) -> None:
    approver = browse("approver")
    approver.post("/campaigns", name="Forêts, session 61 (rappel)", letter="hrc-joint-letter", audience="iso:FRA")
    with reading(desk.engine) as session:
        assert "Forêts session 61 rappel" in list(session.exec(select(Campaign.name)))
    approver.post("/new-letter", title="Lettre sur les forêts", name="Forêts 2026", languages="fr")
    assert (desk.templates / "forets-2026" / "fr.md").is_file()


def test_the_last_position_is_the_last_that_is_known(browse: Browse, desk: Desk) -> None:
    set_position(desk.engine, "hrc55", "IND", "abstain", by=named("Ana"))
    browse("approver").post("/campaigns", name="next", letter="hrc-joint-letter", audience="iso:IND,ALB")
    with reading(desk.engine) as session:
        latest = latest_positions(session)
    assert (latest["IND"], latest["ALB"]) == (Position.ABSTAIN, Position.UNKNOWN)


def test_states_and_places_are_named_in_the_readers_language() -> None:
    french = tongue("fr")
    assert NamedStates([("ALB", "Albania"), ("XXX", "")], "{iso3} ({name})").said(french) == "ALB (Albanie), XXX"
    place = KeptSentence.of(NamedStates([("ALB", "Albania")]))
    assert (place, place.sentence.said(french)) == ("Albania (ALB)", "Albanie (ALB)")


def test_values_of_settings_are_refused_in_the_readers_language() -> None:
    with pytest.raises(UnfitValue) as refused:
        mailbox("nobody")
    assert refused.value.says.said(tongue("fr")) == "il y manque @"


def test_a_follow_up_that_was_refused_still_says_who_would_get_it(browse: Browse) -> None:
    page = browse("approver").get("/campaigns/1/follow-up")
    assert '<option value="none">' in page
    assert "who has not answered" in text_of(page)
