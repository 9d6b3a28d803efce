"""What was decided of a mail is told beside it, a mail is moved, and the last decision taken back, at the desk."""

import re

import pytest
from web_browser import Browser, browser_factory, stand, text_of

from outreach.people.audit import entries
from outreach.vocabulary import Position
from outreach.web.desk import Desk


@pytest.fixture
def editor(answered: Desk) -> Browser:
    return browser_factory(answered)("editor")


def mail_of(browser: Browser, name: str, show: str = "answers") -> str:
    page = browser.get(f"/inbox?show={show}")
    found = re.search(rf'href="/inbox/(\d+)"><span class="who"><strong>{name}', page)
    assert found is not None
    return found[1]


@pytest.mark.heavy
def test_a_mail_put_down_by_mistake_is_taken_back(editor: Browser, answered: Desk) -> None:
    number = mail_of(editor, "someone@elsewhere.example", "settle")
    assert "What was decided" not in editor.get(f"/inbox/{number}")
    editor.post(f"/inbox/{number}/undo", 422)
    editor.post(f"/inbox/{number}/settle", where="IND")
    page = text_of(editor.get(f"/inbox/{number}"))
    assert "What was decided it belongs to IND" in page
    assert "The editor" in page
    assert "Take the last one back" not in text_of(browser_factory(answered)("viewer").get(f"/inbox/{number}"))
    page = editor.post(f"/inbox/{number}/undo")
    assert "taken back by The editor" in text_of(page)
    assert "Take the last one back" not in page
    assert "Whose mail is this?" in page
    assert stand(answered, "IND").answer == "none"
    assert entries(answered.engine)[0].action == "mail.undone"


@pytest.mark.heavy
def test_a_mail_is_moved_to_another_mission_and_back(editor: Browser, answered: Desk) -> None:
    number = mail_of(editor, "France")
    page = editor.get(f"/inbox/{number}")
    assert "Whose mail is this?" not in page
    assert f'href="/inbox/{number}?move=true"' in page
    page = editor.get(f"/inbox/{number}?move=true")
    assert "It is put down to France" in text_of(page)
    page = editor.post(f"/inbox/{number}/settle", where="IND")
    assert "/campaigns/1/letters/IND/page" in page
    assert (stand(answered, "FRA").answer, stand(answered, "IND").answer) == ("none", "replied")
    page = editor.post(f"/inbox/{number}/undo")
    assert "/campaigns/1/letters/FRA/page" in page
    assert (stand(answered, "FRA").answer, stand(answered, "IND").answer) == ("replied", "none")


@pytest.mark.heavy
def test_a_yes_is_taken_back_and_the_proposal_waits_again(editor: Browser, answered: Desk) -> None:
    number = mail_of(editor, "France")
    proposal = re.findall(r'action="/suggestions/(\d+)"', editor.get(f"/inbox/{number}"))[0]
    editor.post(f"/suggestions/{proposal}", answer="yes")
    assert stand(answered, "FRA").position is not Position.UNKNOWN
    page = editor.post(f"/inbox/{number}/undo")
    assert stand(answered, "FRA").position is Position.UNKNOWN
    assert f'action="/suggestions/{proposal}"' in page
