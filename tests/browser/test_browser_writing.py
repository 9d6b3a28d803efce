"""What is written: a letter's fields by mouse and keyboard, a text that two have changed, a new password."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Served, write

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
PATH = "/letters/hrc-joint-letter/en"


def test_a_field_is_put_where_the_cursor_is(empty_desk: Served, open_page: Callable[..., Any]) -> None:
    page = open_page(empty_desk.url)
    page.goto(PATH)
    text, subject = page.locator("textarea[name=text]"), page.locator("input[name=subject]")
    write(page, "To us.\n\nThe rest.\n")
    page.keyboard.press("Control+Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_text("Put in a field").click()
    assert page.get_by_role("button", name="Salutation").is_visible()
    assert not page.locator(".offered code").first.is_visible(), "nothing to type where a click does it"
    page.get_by_role("button", name="Formal name of the state", exact=True).click()
    assert text.input_value() == "To {{ mission.formal_name }}us.\n\nThe rest.\n"
    page.keyboard.type("and ")
    assert text.input_value().startswith("To {{ mission.formal_name }}and us."), "the typing goes on behind it"
    # By keyboard; a block stands on lines of its own.
    page.get_by_role("button", name="List of those who sign", exact=True).focus()
    page.keyboard.press("Enter")
    assert '{{ mission.formal_name }}and \n\n{% include "signatories.md" %}\n\nus.' in text.input_value()
    page.keyboard.press("Control+z")
    assert "include" not in text.input_value(), "undo takes it back"
    write(page, "About ", name="subject")
    page.get_by_role("button", name="State", exact=True).click()
    assert subject.input_value() == "About {{ mission.name }}"
    page.get_by_role("button", name="Keep these words").click()
    page.get_by_text("Saved.").wait_for()


def test_a_field_is_put_into_the_code_too(empty_desk: Served, open_page: Callable[..., Any]) -> None:
    page = open_page(empty_desk.url)
    page.goto(PATH)
    page.get_by_role("button", name="Show the code").click()
    text, subject = page.locator("textarea[name=text]"), page.locator("input[name=subject]")
    text.fill("To us.\n\nThe rest.\n")
    text.evaluate("one => one.setSelectionRange(3, 3)")
    page.get_by_text("Put in a field").click()
    page.get_by_role("button", name="Formal name of the state", exact=True).click()
    assert text.input_value() == "To {{ mission.formal_name }}us.\n\nThe rest.\n"
    page.keyboard.type("and ")
    assert text.input_value().startswith("To {{ mission.formal_name }}and us."), "the typing goes on behind it"
    # By keyboard; a block stands on lines of its own.
    page.get_by_role("button", name="List of those who sign", exact=True).focus()
    page.keyboard.press("Enter")
    assert '{{ mission.formal_name }}and \n\n{% include "signatories.md" %}\n\nus.' in text.input_value()
    page.keyboard.press("Control+z")
    assert "include" not in text.input_value(), "the browser's own undo takes it back"
    subject.fill("About ")
    page.get_by_role("button", name="State", exact=True).click()
    assert subject.input_value() == "About {{ mission.name }}"
    page.get_by_role("button", name="Keep these words").click()
    page.get_by_text("Saved.").wait_for()


def test_who_comes_later_sees_both_and_chooses(empty_desk: Served, open_page: Callable[..., Any]) -> None:
    first = open_page(empty_desk.url, may_say=("409",))
    second = open_page(empty_desk.url)
    base = "One.\n\nTwo stands here.\n\nThree.\n"
    first.goto(PATH)
    write(first, base)
    first.get_by_role("button", name="Keep these words").click()
    first.get_by_text("Saved.").wait_for()

    def both(mine: str, theirs: str) -> None:
        for page, text in ((first, mine), (second, theirs)):
            page.goto(PATH)
            write(page, text)
        for page in (second, first):
            page.get_by_role("button", name="Keep these words").click()
            page.wait_for_load_state("networkidle")
        first.get_by_role("heading", name="Yours, and as it is now").wait_for()

    both(base.replace("One", "First"), base.replace("Three", "Third"))
    first.locator("[data-draft]").first.wait_for(state="hidden")  # what was typed is in the form already
    first.get_by_role("button", name="Keep both changes").click()
    first.get_by_text("Saved.").wait_for()
    assert first.locator("textarea[name=text]").input_value() == "First.\n\nTwo stands here.\n\nThird.\n"
    both(base.replace("Two", "Mine"), base.replace("Two", "Theirs"))
    assert (
        first.locator("mark:not(.theirs)").all_inner_texts()[-1] != first.locator("mark.theirs").all_inner_texts()[-1]
    )
    assert first.get_by_role("button", name="Keep both changes").count() == 0
    first.locator("form[data-kept]").first.wait_for(state="attached")  # a draft, before anything is chosen
    first.get_by_role("button", name="Keep mine").click()
    first.get_by_text("Saved.").wait_for()
    assert "Mine stands here." in first.locator("textarea[name=text]").input_value()
    both(base.replace("Two", "Mine again"), base.replace("Two", "Theirs again"))
    first.locator("form[data-kept]").first.wait_for(state="attached")
    first.get_by_role("button", name="Take theirs").click()
    first.wait_for_url(PATH)
    assert "Theirs again stands here." in first.locator("textarea[name=text]").input_value()
    assert first.get_by_text("What you typed here was not saved.").count() == 0


def test_a_new_password_is_measured_while_it_is_typed(empty_desk: Served, open_page: Callable[..., Any]) -> None:
    page = open_page(empty_desk.url)
    page.goto("/account")
    field, told = page.locator("input[name=new]"), page.locator(".strength output")
    assert not told.is_visible()
    for words, said in (
        ("short", "too short"), ("aaaaaaaaaaaaaaaaaa", "easy to guess"), ("seven green lamp", "good"),
        ("seven green lamps at sea", "strong"),
    ):  # fmt: skip
        field.fill(words)
        assert told.inner_text() == said
