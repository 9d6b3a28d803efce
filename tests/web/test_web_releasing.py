"""Words of an answer given free at the desk: looked at before, others left out or agreed to, and taken back."""

from collections.abc import Callable

from sqlmodel import select
from web_browser import Browser, text_of

from outreach.database import reading
from outreach.models import AuditEntry, Reply
from outreach.responses.released import released_in
from outreach.vocabulary import Act
from outreach.web.desk import Desk

Browse = Callable[..., Browser]


def mail_of(desk: Desk, *, matched: bool) -> int:
    with reading(desk.engine) as session:
        found = [one.id for one in session.exec(select(Reply)) if (one.message_id is not None) == matched]
    assert found[0] is not None
    return found[0]


def test_words_are_looked_at_released_and_taken_back(answered: Desk, browse: Browse) -> None:
    number, approver = mail_of(answered, matched=True), browse("approver")
    assert f"/inbox/{number}/release" in approver.get(f"/inbox/{number}")
    page = approver.get(f"/inbox/{number}/release")
    assert "France will gladly support the text." in page
    approver.post(
        f"/inbox/{number}/release", text="We support it. Call +41 22 555 01 02 or pr.office@fra.mission.example"
    )
    page = approver.last.text if approver.last else ""
    assert "[number]" in page
    assert "[address]" in page
    assert released_in(answered.engine, "hrc55") == [], "it was looked at only"
    approver.post(f"/inbox/{number}/release", text="France will gladly support the text.", looked="yes")
    assert [(one.iso3, one.mail, one.text) for one in released_in(answered.engine, "hrc55")] == [
        ("FRA", number, "France will gladly support the text.")
    ]
    approver.post(f"/inbox/{number}/release/withdraw")
    assert released_in(answered.engine, "hrc55") == []
    approver.post(f"/inbox/{number}/release/withdraw", expect=404)
    with reading(answered.engine) as session:
        told = [(one.action, one.who) for one in session.exec(select(AuditEntry))]
    assert (Act.ANSWER_RELEASED, "The approver") in told
    assert (Act.ANSWER_WITHDRAWN, "The approver") in told


def test_others_are_shown_only_where_somebody_agreed(answered: Desk, browse: Browse) -> None:
    number, approver = mail_of(answered, matched=True), browse("approver")
    words = "Our Minister, Ms Ada Testova, agrees. Write to 12 rue de la Paix, 1202 Geneva."
    page = approver.post(f"/inbox/{number}/release", expect=422, text=words, looked="yes")
    assert "nobody has agreed" in text_of(page)
    assert "leave them out" in text_of(page)
    assert released_in(answered.engine, "hrc55") == []
    approver.post(f"/inbox/{number}/release", text=words, looked="yes", others="leave out")
    (free,) = released_in(answered.engine, "hrc55")
    assert "Testova" not in free.text
    approver.post(f"/inbox/{number}/release", text=words, looked="yes", others="show")
    (free,) = released_in(answered.engine, "hrc55")
    assert "Testova" in free.text


def test_a_mail_of_nobody_has_nothing_to_release_and_an_editor_releases_nothing(answered: Desk, browse: Browse) -> None:
    browse("approver").get(f"/inbox/{mail_of(answered, matched=False)}/release", expect=404)
    editor, number = browse("editor"), mail_of(answered, matched=True)
    assert "/release" not in editor.get(f"/inbox/{number}")
    editor.get(f"/inbox/{number}/release", expect=403)
