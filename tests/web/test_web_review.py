"""A letter's words looked at by people: versions, what differs, who read what, remarks, and what an approval asks."""

from collections.abc import Callable

import pytest
from web_browser import Browser, text_of

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.change import Changes, change
from outreach.campaigns.check import check
from outreach.errors import LetterError, NotFoundError, UserError
from outreach.letters import editing, review
from outreach.letters.folder import load_letter
from outreach.letters.review import TextStanding
from outreach.letters.text_versions import paragraphs_of
from outreach.people.audit import entries
from outreach.vocabulary import Language, TextState
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
NAME, EN, FR = "hrc-joint-letter", Language.ENGLISH, Language.FRENCH
PATH = f"/letters/{NAME}/fr"
ANA, BO = named("Ana"), named("Bo")


def text(desk: Desk, language: Language = FR) -> str:
    return (desk.templates / NAME / f"{language}.md").read_text(encoding="utf-8")


def save(desk: Desk, words: str, language: Language = FR) -> None:
    seen = editing.version(load_letter(NAME, desk.templates), language)
    editing.save_text(desk.engine, desk.templates, NAME, language, words, by=BO, seen=seen)


def standing(desk: Desk, language: Language = FR) -> TextStanding:
    return next(
        one for one in review.standings(desk.engine, NAME, templates=desk.templates) if one.language is language
    )


def mark(desk: Desk, state: TextState, language: Language = FR) -> None:
    review.mark(desk.engine, NAME, language, state, by=ANA, templates=desk.templates)


def test_every_version_is_kept_with_who_and_any_can_come_back(desk: Desk) -> None:
    first = text(desk)
    save(desk, first.replace("tribunal", "procès"))
    path = desk.templates / NAME / "fr.md"
    path.write_text(text(desk) + "\nHors de toute porte.\n", encoding="utf-8")  # past every door
    found = review.versions(desk.engine, NAME, FR, templates=desk.templates)
    assert [one.who for one in found] == ["", "Bo", ""]
    (passage,) = review.difference(desk.engine, NAME, FR, found[2].id, found[1].id, templates=desk.templates)
    assert ("gone", "tribunal") in passage.words
    assert ("new", "procès") in passage.words
    review.restore(desk.engine, NAME, FR, found[2].id, by=ANA, templates=desk.templates)
    assert text(desk) == first
    newest = review.versions(desk.engine, NAME, FR, templates=desk.templates)[0]
    assert (newest.who, newest.restores) == ("Ana", found[2].id)
    assert entries(desk.engine)[0].action == "text.restored"
    with pytest.raises(NotFoundError, match="no version"):
        review.restore(desk.engine, NAME, EN, found[2].id, by=ANA, templates=desk.templates)


def test_what_was_read_holds_for_those_words_alone(desk: Desk) -> None:
    assert str(standing(desk)) == "draft"
    mark(desk, TextState.TRANSLATED)
    mark(desk, TextState.READ)
    assert str(standing(desk)) == "read by Ana"
    first = text(desk)
    save(desk, first.replace("tribunal", "procès"))
    now = standing(desk)
    assert (now.state, now.was) == (TextState.DRAFT, TextState.READ)
    assert str(now) == "draft (changed since Ana said read)"
    save(desk, first)
    assert str(standing(desk)) == "read by Ana"  # the very words that were read


def test_a_translation_is_told_when_its_source_has_changed(desk: Desk) -> None:
    mark(desk, TextState.TRANSLATED)
    assert not standing(desk).source_changed
    save(desk, text(desk, EN).replace("families", "relatives"), EN)
    assert standing(desk).source_changed
    changed = [row for row in review.beside(desk.engine, NAME, FR, templates=desk.templates) if row.source_changed]
    assert [("relatives" in row.source, "familles" in row.text) for row in changed] == [(True, True)]
    mark(desk, TextState.READ)
    assert standing(desk).source_changed  # reading it is not translating it anew
    mark(desk, TextState.TRANSLATED)
    assert not standing(desk).source_changed


def test_a_remark_follows_its_paragraph(desk: Desk) -> None:
    paragraphs = paragraphs_of(text(desk))
    place = next(at for at, one in enumerate(paragraphs, 1) if "tribunal" in one)
    number = review.remark(desk.engine, NAME, FR, place, "Quel tribunal ?", by=BO, templates=desk.templates)
    save(desk, "Un paragraphe devant.\n\n" + text(desk).replace("tribunal", "procès"))
    (one,) = review.remarks(desk.engine, NAME, FR, templates=desk.templates)
    assert (one.place, one.words, one.who) == (place + 1, "Quel tribunal ?", "Bo")
    review.settle_remark(desk.engine, number, by=ANA)
    assert review.remarks(desk.engine, NAME, FR, templates=desk.templates) == []
    assert review.remarks(desk.engine, NAME, FR, everyone=True, templates=desk.templates)[0].settled_by == "Ana"
    with pytest.raises(NotFoundError):
        review.settle_remark(desk.engine, number, by=ANA)
    for wrong in (0, 999):
        with pytest.raises(UserError, match="no paragraph"):
            review.remark(desk.engine, NAME, FR, wrong, "?", by=BO, templates=desk.templates)
    with pytest.raises(UserError, match="characters"):
        review.remark(desk.engine, NAME, FR, 1, " ", by=BO, templates=desk.templates)


@pytest.mark.heavy
def test_an_approval_waits_for_readers_where_the_campaign_asks_for_them(desk: Desk) -> None:
    change(desk.engine, "hrc55", Changes(require_read=True), by=ANA)
    found = check(desk.engine, "hrc55", desk.templates)
    unread = {one.where for one in found.problems if one.says.code == "review.unread"}
    assert f"{NAME}/fr.md" in unread
    with pytest.raises(LetterError, match=r"stands? in the way"):
        approve(desk.engine, desk.settings, "hrc55", by=ANA, templates=desk.templates, despite=["words.doubled"])
    for language in load_letter(NAME, desk.templates).languages:
        mark(desk, TextState.READ, language)
    assert check(desk.engine, "hrc55", desk.templates).ready
    assert approve(desk.engine, desk.settings, "hrc55", by=ANA, templates=desk.templates).voided is None
    save(desk, text(desk).replace("tribunal", "procès"))
    assert not check(desk.engine, "hrc55", desk.templates).ready


def test_the_review_page(browse: Browse, desk: Desk) -> None:
    editor, viewer = browse("editor"), browse("viewer")
    assert "Draft." in text_of(viewer.get(f"{PATH}/review"))
    viewer.post(f"{PATH}/mark", 403, state="read")
    assert "Read by The editor." in text_of(editor.post(f"{PATH}/mark", state="read"))
    page = editor.post(f"{PATH}/remarks", place="3", words="<script>x</script> Look here")
    assert "<script>x" not in page
    assert "Look here" in page
    editor.post(f"{PATH}/remarks", 422, place="x", words="?")
    editor.post(f"{PATH}/remarks/1/settle")
    editor.post(f"{PATH}/remarks/1/settle", 422)
    save(desk, text(desk).replace("tribunal", "procès"))
    first = review.versions(desk.engine, NAME, FR, templates=desk.templates)[-1].id
    page = editor.get(f"{PATH}/review?before={first}")
    assert "<del>tribunal</del><ins>procès</ins>" in page
    assert "Draft (changed since The editor said read)" in text_of(page)
    editor.get(f"{PATH}/review?before=99", 404)
    assert f"as in version {first} again" in text_of(editor.post(f"{PATH}/restore", number=str(first)))
    editor.post(f"{PATH}/restore", 422, number="77")
