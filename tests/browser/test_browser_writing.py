"""What is written: a letter's fields by mouse and keyboard, a text that two have changed, a new password."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as TimeoutError_

from tests.browser.conftest import Served, write
from tests.browser.test_browser_pages import PAGES

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


FILLED = """one => {
  let number = 0;
  for (const control of one.elements) {
    if (!control.name || control.name === "csrf" || control.readOnly || control.disabled) continue;
    if (control.closest(".confirm") || control.matches("[type=hidden], [type=file], [type=password], button")) continue;
    number += 1;
    if (control.name === "exceptions") control.checked = number % 3 === 0;
    else if (control.name === "audience" && !control.matches("[type=checkbox]")) control.value = "iso:FRA,DEU";
    else if (control.matches("[type=checkbox]")) control.checked = !control.checked;
    else if (control.matches("[type=radio]")) control.checked = true;
    else if (control.matches("select")) control.selectedIndex = control.options.length - 1;
    else if (control.type === "date") control.value = "2027-03-0" + (number % 9 + 1);
    else if (control.type === "time") control.value = "1" + (number % 9) + ":30";
    else if (control.type === "number") control.value = control.max || "7";
    else if (control.type === "email") control.value = `typed${number}@coalition.example`;
    else control.value = `typed ${number}`;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
}"""
HELD = """one => JSON.stringify([...one.elements]
  .filter((control) => control.name && !control.matches("[type=hidden], [type=file], [type=password], button"))
  .filter((control) => !control.closest(".confirm"))
  .map((control) => [control.name, control.matches("[type=checkbox], [type=radio]") ? control.checked : control.value]))
"""


def test_every_form_of_more_than_a_line_is_put_back_whole(demo_desk: Served, open_page: Callable[..., Any]) -> None:
    """Each form is filled to the last control, left, and put back: ticks, choices, lines that share a name."""
    page = open_page(demo_desk.url)
    groups = ["events", "sign-in", "pace", "box", "sender", "computer"]
    tried, lost = [], []
    for path in [*PAGES, *(f"/settings/change/{one}" for one in groups)]:
        if path in ("/nowhere", "/personal-data"):  # who is looked for to be erased is not written down once more
            continue
        page.goto(path)
        forms = page.locator('main form[method="post"]:has(textarea, input:not([type]), input[type="text"])')
        for place in range(forms.count()):
            form = forms.nth(place)
            if "no-script" in (form.get_attribute("class") or ""):
                continue
            form.evaluate(FILLED)
            try:
                page.locator("form[data-kept]").first.wait_for(state="attached", timeout=4000)
            except TimeoutError_:
                continue  # of one line only
            action = form.evaluate("one => new URL(one.getAttribute('action') || location.pathname, location).pathname")
            held = form.evaluate(HELD)
            page.goto(path)
            offer = page.locator(f'[data-draft="{action}"]')
            tried.append(f"{path} {action}")
            if offer.count() != 1:
                lost.append(f"{path} {action}: offered {offer.count()} times")
                continue
            offer.get_by_role("button", name="Put it back").click()
            found = page.locator('main form[method="post"]:has(textarea, input:not([type]), input[type="text"])')
            for _ in range(20):  # whom an audience names is asked of the server
                if (now := found.nth(place).evaluate(HELD)) == held:
                    break
                page.wait_for_timeout(200)
            else:
                lost.append(f"{path} {action}:\n {held}\n {now}")
            with page.expect_navigation():
                page.locator(f'[data-draft="{action}"]').evaluate("one => one.querySelector('form').requestSubmit()")
            page.goto(path)
    assert not lost, "\n".join(lost)
    assert len(tried) > 15, tried
