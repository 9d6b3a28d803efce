"""What was decided of a mail is told beside it, a mail is moved, and the last decision taken back, at the desk."""

import re
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlmodel import select
from web_browser import Browser, browser_factory, stand, text_of

from outreach import clock
from outreach.actors import named
from outreach.database import writing
from outreach.models import Suggestion
from outreach.people.audit import entries
from outreach.responses.answers import collect
from outreach.vocabulary import Position
from outreach.web.desk import Desk
from tests.inbox.inbox_mails import answer


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
def test_another_position_than_was_read_is_taken_and_given_back(editor: Browser, answered: Desk) -> None:
    number = mail_of(editor, "France")
    page = editor.get(f"/inbox/{number}")
    assert '<select name="position" data-key="e">' in page
    read = re.search(r'<option value="([^"]+)" selected', page)
    assert read is not None
    proposal = re.findall(r'action="/suggestions/(\d+)"', page)[0]
    editor.post(f"/suggestions/{proposal}", 422, answer="yes", position="blue")
    editor.post(f"/suggestions/{proposal}", answer="yes", position="abstain")
    assert stand(answered, "FRA").position is Position.ABSTAIN
    page = editor.post(f"/inbox/{number}/undo")
    assert stand(answered, "FRA").position is Position.UNKNOWN
    assert f'<option value="{read[1]}" selected' in page


@pytest.mark.heavy
def test_the_keys_are_those_of_the_first_proposal_that_waits(editor: Browser, answered: Desk) -> None:
    number = int(mail_of(editor, "France"))
    with writing(answered.engine) as session:
        first = session.exec(select(Suggestion).where(Suggestion.reply_id == number)).all()[0]
        session.add(Suggestion(**first.model_dump(exclude={"id"}) | {"kind": "problem", "value": "left"}))
    page = editor.post(f"/suggestions/{first.id}", answer="no")
    assert page.count('data-key="y"') == 1
    assert page.index("Turned down by") < page.index('data-key="y"')


@pytest.mark.heavy
def test_a_yes_is_taken_back_and_the_proposal_waits_again(editor: Browser, answered: Desk) -> None:
    number = mail_of(editor, "France")
    proposal = re.findall(r'action="/suggestions/(\d+)"', editor.get(f"/inbox/{number}"))[0]
    editor.post(f"/suggestions/{proposal}", answer="yes")
    assert stand(answered, "FRA").position is not Position.UNKNOWN
    page = editor.post(f"/inbox/{number}/undo")
    assert stand(answered, "FRA").position is Position.UNKNOWN
    assert f'action="/suggestions/{proposal}"' in page


@pytest.mark.heavy
def test_the_mails_that_are_judged_again_are_named(editor: Browser, answered: Desk, tmp_path: Path) -> None:
    number = mail_of(editor, "someone@elsewhere.example", "settle")
    editor.post(f"/inbox/{number}/settle", where="IND")
    raw = answer("How are you?", sender="someone@elsewhere.example", reply_to="")
    raw = raw.replace(b"Re: Joint letter", b"A question").replace(b"answer-1@fra", b"later@elsewhere")
    raw = raw.replace(b"Tue, 19 Mar 2024 10:00:00 +0100", format_datetime(clock.now()).encode())
    (tmp_path / "later.eml").write_bytes(raw)
    collect(answered.engine, [tmp_path / "later.eml"], by=named("Ana"))
    page = text_of(editor.post(f"/inbox/{number}/undo"))
    assert "Later mails that were judged by its sender are judged again: " in page
