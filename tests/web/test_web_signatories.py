"""Signatories at the desk: a sheet is shown before it is taken, and what the approved letters bear is told."""

import re
from collections.abc import Callable

import pytest
from web_browser import Browser, hidden, text_of

from outreach.actors import named
from outreach.campaigns.approve import approve
from outreach.campaigns.who_signs.signatories import listing
from outreach.people.audit import entries
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
PATH = "/campaigns/1/signatories"
FIRST = "kind,name,country\nindividual,Ada <b>Sample</b>,\nindividual,Bo Sample,\norganisation,Lantern Archive,KE\n"
SECOND = "kind,name,country\nindividual,Bo Sample,\norganisation,Lantern Archive,CH\norganisation,Quiet Courier,\n"


def bring(browser: Browser, content: str, expect: int = 200) -> str:
    return browser.post(PATH, expect, files={"file": ("sign-on.csv", content.encode())})


def fields(page: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("digest", "name", "state")}


def names(desk: Desk) -> list[str]:
    return [row["name"] for row in listing(desk.engine, "hrc55")]


def test_a_list_is_shown_and_only_then_taken_in(browse: Browse, desk: Desk) -> None:
    editor, viewer = browse("editor"), browse("viewer")
    assert "Nobody has been brought in" in viewer.get(PATH)
    assert "Bring the list" not in viewer.get(PATH)
    viewer.post(PATH, 403)
    page = bring(editor, FIRST)
    assert "+3 new" in text_of(page)
    assert "<b>Sample" not in page
    assert names(desk) == []
    taken = fields(page)
    editor.post(f"{PATH}/apply", 422, **taken | {"digest": "../outreach.db"})
    page = editor.post(f"{PATH}/apply", **taken)
    assert "3 added, 0 changed, 0 sign no more" in text_of(page)
    assert "Individuals 2" in text_of(page)
    assert "Lantern Archive" in text_of(page)
    assert entries(desk.engine)[0].action == "signatories.imported"
    editor.post(f"{PATH}/apply", 422, **taken)
    editor.post("/account/language", language="fr")
    assert "signé le" in text_of(editor.get(PATH))


@pytest.mark.heavy
def test_what_the_approved_letters_bear_is_told(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    editor.post(f"{PATH}/apply", **fields(bring(editor, FIRST.replace("<b>", "").replace("</b>", ""))))
    assert "Since the approval" not in editor.get(PATH)
    approve(desk.engine, desk.settings, "hrc55", by=named("Ana"), templates=desk.templates, despite=["words.html"])
    assert "The same people and organisations sign now" in editor.get(PATH)
    page = bring(editor, SECOND)
    assert "+1 new ~1 changed −0 gone 1 left alone" in text_of(page)
    assert "1 who signs is not in the sheet" in text_of(page)
    assert 'value="ask"' in page
    again = editor.post(f"{PATH}/apply", 422, **fields(page), others="replace", replace="7")
    assert "7 was confirmed, but sign-on.csv would retire 1" in text_of(again)
    page = text_of(editor.post(f"{PATH}/apply", **fields(page), others="replace", replace="1"))
    assert "Not yet in it Quiet Courier" in page
    assert "Only in it Ada Sample" in page


def test_a_list_that_changed_meanwhile_is_not_taken_blindly(browse: Browse, desk: Desk) -> None:
    first, second = browse("editor"), browse("admin")
    shown = fields(bring(first, FIRST))
    second.post(f"{PATH}/apply", **fields(bring(second, SECOND)), others="keep")
    page = first.post(f"{PATH}/apply", 409, **shown)
    assert "The list has changed since this difference was shown" in text_of(page)
    assert "Quiet Courier" in names(desk)


def test_a_sheet_that_cannot_be_read_and_the_deadline(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    page = editor.post(PATH, 422, files={"file": ("x.xlsx", b"no spreadsheet")})
    assert "That is no spreadsheet" in text_of(page)
    page = bring(editor, "kind,name\nrobot,Bo Sample\n", 422)
    assert names(desk) == []
    large = editor.client.post(
        PATH, data={"csrf": editor.token}, files={"file": ("big.csv", b"x" * (13 * 1024 * 1024))}
    )
    assert large.status_code == 413
    assert "15 Mar 2024, 18:00" in text_of(editor.post(f"{PATH}/deadline", day="2024-03-15", hour="18:00"))
    page = bring(editor, FIRST, 422)
    assert "after the deadline" in text_of(page)
    editor.post(f"{PATH}/deadline", 422, day="soon", hour="18:00")
    assert "No deadline" in text_of(editor.post(f"{PATH}/deadline", day=""))
    assert "+3 new" in text_of(bring(editor, FIRST))


def test_the_day_the_order_and_the_headings_are_set_at_the_desk(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    rows = "individual,Ada Sample,Former judges,2024-03-01\nindividual,Bo Sample,,2024-03-09\n"
    sheet = f"kind,name,category,signed on\n{rows}"
    editor.post(f"{PATH}/apply", **fields(bring(editor, sheet)))
    page = text_of(editor.post(f"{PATH}/list", day="2024-03-05", order="sheet"))
    assert "In no letter, since they signed later: Bo Sample (2024-03-09)" in page  # never dropped without a word
    assert re.search(r"As of 5 Mar 2024 ?\. In the order of the sheet\.", page)
    page = text_of(
        editor.post(f"{PATH}/heading", category="Former judges", language="fr", words="Anciens juges", place="2")
    )
    assert "fr: Anciens juges" in page
    editor.post(f"{PATH}/heading", 422, category="Nobody's", language="fr", words="Personne")
    editor.post(f"{PATH}/heading", 422, category="Former judges", language="xx", words="?")
    assert entries(desk.engine)[0].action == "signatories.set"
    browse("viewer").post(f"{PATH}/list", 403, order="sheet")


def test_who_is_missing_waits_visibly_until_somebody_says_it_and_a_sheet_is_taken_back(
    browse: Browse, desk: Desk
) -> None:
    editor = browse("editor")
    editor.post(f"{PATH}/apply", **fields(bring(editor, FIRST)))
    page = text_of(editor.post(f"{PATH}/apply", **fields(bring(editor, SECOND)), others="ask"))
    assert "Not in it, and may have withdrawn: Ada <b>Sample</b>" in page
    assert "May have withdrawn , since the sheet" in page
    assert "Taken in last: sign-on.csv" in page
    browse("viewer").post(f"{PATH}/undo", 403)
    before = names(desk)
    page = editor.post(f"{PATH}/undo")
    assert "What taking sign-on.csv back would change" in text_of(page)
    assert "To confirm, type how many rows go: 1" in text_of(page)
    assert names(desk) == before, "shown first"
    shown = {name: hidden(page, name) for name in ("seen", "state")}
    for typed in ("", "2"):
        editor.post(f"{PATH}/undo", 422, **shown, confirmed=typed)
    page = text_of(editor.post(f"{PATH}/undo", **shown, confirmed="1"))
    assert "Taken back: sign-on.csv, " in page
    assert "May have withdrawn" not in page
    assert len(names(desk)) == 3
    page = editor.post(f"{PATH}/undo")
    shown = {name: hidden(page, name) for name in ("seen", "state")}
    editor.post(f"{PATH}/undo", **shown, confirmed="3")
    assert names(desk) == []
    editor.post(f"{PATH}/undo", 404)


def test_what_a_column_is_taken_for_is_said_with_the_mouse(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    page = bring(editor, "Organisation,Antwort,Wer\nOak,ja,Bo\nElm,nein,Cy\n")
    assert "say so under What each column is taken for" in text_of(page)
    assert '<option value="B=endorses" selected>' in page
    chosen = ["A=organisation", "B=none", "C=person"]
    page = editor.post(f"{PATH}/look", digest=hidden(page, "digest"), name="sign-on.csv", column=chosen)
    assert "Antwort says yes and no" not in text_of(page)
    form = page.partition(f'action="{PATH}/apply"')[2]
    said = re.findall(r'name="said" value="([^"]+)"', form)
    assert sorted(said) == ["none=B", "person=C"]
    editor.post(f"{PATH}/apply", **fields(page), said=said)
    assert {row["name"]: row["representative"] for row in listing(desk.engine, "hrc55")} == {"Elm": "Cy", "Oak": "Bo"}


def test_columns_under_headings_that_nobody_knows_are_named_at_the_desk(browse: Browse, desk: Desk) -> None:
    editor = browse("editor")
    page = bring(editor, "Wer,Wo\nOak,Kenya\n", 422)
    assert 'aria-label="Column A, Wer"' in page
    page = editor.post(
        f"{PATH}/look", digest=hidden(page, "digest"), name="sign-on.csv", column=["A=organisation", "B=country"]
    )  # fmt: skip
    assert "+1 new" in text_of(page)
