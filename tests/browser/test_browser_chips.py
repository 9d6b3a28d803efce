"""A letter as text with chips: code stands as words that move and go as a whole, and the field stays the truth."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Served, write

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
PATH = "/letters/hrc-joint-letter/en"
INCLUDE = '{% include "signatories.md" %}'
Open = Callable[..., Any]


def editor(page: Any, path: str = PATH) -> Any:
    """Open a letter and return its text with chips, once it is there."""
    page.goto(path)
    page.locator("textarea[data-ready]").wait_for(state="attached")
    return page.locator(".chips:not(.chips-line) .cm-content")


def text(page: Any) -> str:
    """What the form would send."""
    value: str = page.locator("textarea[name=text]").input_value()
    return value


def chip(page: Any, words: str) -> Any:
    return page.locator(".chips:not(.chips-line) .chip", has_text=re.compile(f"^{re.escape(words)}$"))


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_typing_goes_around_a_chip_and_never_into_it(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    editor(page)
    write(page, "To {{ mission.formal_name }} and {{odd.thing|x}}.")
    assert chip(page, "Formal name of the state").count() == 1
    assert chip(page, "odd.thing|x").count() == 1, "unknown code stands as its code"
    press(page, "Control+Home", *["ArrowRight"] * 4)  # three letters, and the chip as one
    page.keyboard.type("!")
    assert text(page) == "To {{ mission.formal_name }}! and {{odd.thing|x}}."
    press(page, "ArrowLeft", "ArrowLeft")
    page.keyboard.type("all ")
    assert text(page) == "To all {{ mission.formal_name }}! and {{odd.thing|x}}."
    # At its edge one key takes all of it; undo brings it back, whole.
    press(page, "Delete")
    assert text(page) == "To all ! and {{odd.thing|x}}."
    press(page, "Control+z")
    assert text(page) == "To all {{ mission.formal_name }}! and {{odd.thing|x}}."
    press(page, "Control+Home", *["ArrowRight"] * 8, "Backspace")
    assert text(page) == "To all ! and {{odd.thing|x}}."
    # Code that is typed becomes a chip when it is closed.
    page.keyboard.type("{{ mission.name")
    assert chip(page, "State").count() == 0
    page.keyboard.type(" }}")
    assert chip(page, "State").count() == 1
    assert "To all {{ mission.name }}! and" in text(page)
    assert chip(page, "State").get_attribute("aria-label") == "State, a field"


def test_a_chip_is_dragged_and_moved_by_keys(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    editor(page)
    write(page, f"One {{{{ mission.name }}}} two.\n\nThree four.\n\n{INCLUDE}\n\nFive.\n")
    line = page.locator(".cm-line", has_text="Three four.")
    box = line.bounding_box()
    chip(page, "State").drag_to(line, target_position={"x": 17, "y": box["height"] / 2})
    assert text(page) == f"One  two.\n\n{{{{ mission.name }}}}Three four.\n\n{INCLUDE}\n\nFive.\n"
    press(page, "Control+z")
    # A block stands on lines of its own wherever it is dropped.
    first = page.locator(".cm-line", has_text="One")
    box = first.bounding_box()
    chip(page, "List of those who sign").drag_to(first, target_position={"x": 30, "y": box["height"] / 2})
    assert text(page) == f"{INCLUDE}\n\nOne {{{{ mission.name }}}} two.\n\nThree four.\n\nFive.\n"
    press(page, "Control+z")
    # By keyboard: chosen with Shift, cut and pasted; a line up and down.
    press(page, "Control+Home", *["ArrowRight"] * 4, "Shift+ArrowRight")
    assert "chip-chosen" in chip(page, "State").get_attribute("class")
    press(page, "Control+x", "End", "Control+v")
    assert text(page).startswith("One  two.{{ mission.name }}\n")
    press(page, "Alt+ArrowDown", "Alt+ArrowDown")
    assert text(page) == f"\nThree four.\nOne  two.{{{{ mission.name }}}}\n\n{INCLUDE}\n\nFive.\n"
    press(page, "Alt+ArrowUp")
    assert text(page).startswith("\nOne  two.{{ mission.name }}\nThree four.\n")


def test_what_takes_several_lines_moves_with_all_of_them(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    editor(page)
    block = "::: address\n{{ inside_address }}\n:::"
    write(page, f"Before.\n{block}\nAfter.\n")
    chip(page, "Name and address, on lines").click()
    press(page, "Alt+ArrowUp")
    assert text(page) == f"{block}\nBefore.\nAfter.\n"
    press(page, "Alt+ArrowDown", "Alt+ArrowDown")
    assert text(page) == f"Before.\nAfter.\n{block}\n"
    press(page, "Backspace")
    assert text(page) == "Before.\nAfter.\n\n"


def test_a_condition_stays_a_pair(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    editor(page)
    words = "We ask {% if open %}all{% else %}you{% endif %} to come. {% if mission.group %}Yes.{% endif %}"
    write(page, words)
    assert chip(page, "Only where there is: Regional group").count() == 1
    status = page.locator(".chips-told").nth(1)
    # Half of it is not taken away: the first key chooses all of it and says so, the second deletes it.
    press(page, "Control+Home", *["ArrowRight"] * 8, "Backspace")
    assert text(page) == words
    assert "Press once more" in status.inner_text()
    assert page.locator(".chip-chosen").all_inner_texts() == ["Only in the open edition", "Otherwise", "End"]
    press(page, "Backspace")
    assert text(page) == "We ask  to come. {% if mission.group %}Yes.{% endif %}"
    press(page, "Control+z")
    assert text(page) == words
    # A choice that cuts through it is refused with a word.
    press(page, "Control+Home", *["Shift+ArrowRight"] * 9, "x")
    assert text(page) == words
    assert "half of a pair" in status.inner_text()
    chip(page, "Otherwise").click()
    assert page.locator(".chip-fellow").count() == 2, "its begin and its end are shown with it"
    press(page, "x")
    assert text(page) == words
    assert "half of a pair" in status.inner_text()
    # Its begin can go elsewhere before its end, and not behind it.
    chip(page, "Only in the open edition").click()
    press(page, "Control+x")
    assert text(page) == words
    # Code with one half only is shown as that.
    write(page, "We ask {% if open %}all")
    assert page.locator(".chip-lone").get_attribute("aria-label").endswith("whose other half is missing")


def test_the_menu_puts_fields_blocks_and_conditions(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    editor(page)
    write(page, "To the Government.\n")
    page.get_by_text("Put in a field").click()
    press(page, "Control+Home")
    page.locator(".chips:not(.chips-line) .cm-content").focus()
    press(page, "Control+Home", *["ArrowRight"] * 3, *["Shift+ArrowRight"] * 14)
    page.get_by_role("button", name="Other words in the open edition", exact=True).click()
    assert text(page) == "To {% if open %}{% else %}the Government{% endif %}.\n"
    page.keyboard.type("every state")
    assert text(page) == "To {% if open %}every state{% else %}the Government{% endif %}.\n"
    press(page, "Control+End")
    page.get_by_role("button", name="Date, where a letter has it", exact=True).click()
    assert text(page).endswith("{% endif %}.\n\n::: date\n{{ date }}\n:::\n\n")
    # The same with the code shown.
    page.get_by_role("button", name="Show the code").click()
    field = page.locator("textarea[name=text]")
    field.fill("One two.")
    field.evaluate("one => one.setSelectionRange(4, 7)")
    page.get_by_role("button", name="Only in the open edition", exact=True).click()
    assert text(page) == "One {% if open %}two{% endif %}."
    page.get_by_role("button", name="Show the code").click()
    assert chip(page, "Only in the open edition").count() == 1
    # The subject has chips too, and stays one line.
    subject = page.locator(".chips-line .cm-content")
    subject.focus()
    press(page, "Control+a")
    page.keyboard.insert_text("About \n")
    page.get_by_role("button", name="State", exact=True).click()
    assert page.locator("input[name=subject]").input_value() == "About {{ mission.name }}"
    page.get_by_role("button", name="Keep these words").click()
    page.get_by_text("Saved.").wait_for()


def test_a_draft_and_a_preview_know_what_is_typed(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    editor(page)
    before = text(page)
    write(page, "A draft for {{ mission.name }}.")
    page.locator("form[data-kept]").first.wait_for(state="attached")
    page.on("dialog", lambda dialog: dialog.accept())  # it asks before it leaves what is not saved
    editor(page)
    assert text(page) == before
    page.get_by_role("button", name="Put it back").first.click()
    assert text(page) == "A draft for {{ mission.name }}."
    assert chip(page, "State").count() == 1
    page.locator(".chips:not(.chips-line) .cm-content").focus()
    press(page, "Control+z")
    assert text(page) == before


def test_every_letter_comes_back_as_it_was(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    folder = empty_desk.folder / "templates"
    shutil.copytree(Path(__file__).parents[2] / "templates", folder, dirs_exist_ok=True)  # as they are shipped
    for file in sorted(folder.glob("hrc-*/*.md")):
        was, head = file.read_bytes(), (file.parent / "letter.toml").read_bytes()
        content = editor(page, f"/letters/{file.parent.name}/{file.stem}")
        assert text(page) == was.decode()
        assert content.get_attribute("dir") == ("rtl" if file.stem == "ar" else "ltr")
        assert page.locator(".chip-lone, .chip-code").all_inner_texts() == [], file
        # Something is typed and taken back by hand: the form is sent, with the very text.
        content.focus()
        press(page, "Control+End")
        page.keyboard.type("x")
        press(page, "Backspace")
        page.get_by_role("button", name="Keep these words").click()
        page.get_by_text("Saved.").wait_for()
        assert (file.read_bytes(), (file.parent / "letter.toml").read_bytes()) == (was, head), file


def test_without_a_script_the_form_is_all_there(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url, java_script_enabled=False)
    page.goto(PATH)
    field = page.locator("textarea[name=text]")
    field.fill(field.input_value().replace("Everywhere in the world", "Everywhere"))
    page.get_by_text("Put in a field").click()
    page.get_by_text("{% if open %}…{% else %}…{% endif %}").wait_for()
    page.get_by_role("button", name="Keep these words").click()
    page.get_by_text("Saved.").wait_for()
    assert "\nEverywhere, people" in (empty_desk.folder / "templates" / "hrc-joint-letter" / "en.md").read_text("utf-8")


def test_an_input_method_composes_beside_a_chip(empty_desk: Served, open_page: Open) -> None:
    page = open_page(empty_desk.url)
    editor(page, "/letters/hrc-joint-letter/zh")
    write(page, "{{ mission.name }}。")
    press(page, "Control+Home", "ArrowRight")
    keys = page.context.new_cdp_session(page)
    for composed in ("z", "zhong", "中国"):
        keys.send(
            "Input.imeSetComposition",
            {"text": composed, "selectionStart": len(composed), "selectionEnd": len(composed)},
        )
    keys.send("Input.insertText", {"text": "中国"})
    assert text(page) == "{{ mission.name }}中国。"
    assert chip(page, "State").count() == 1


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 375, "height": 800}}])
@pytest.mark.parametrize("path", [PATH, "/letters/hrc-joint-letter/ar"])
def test_the_editor_is_for_everybody(demo_desk: Served, open_page: Open, path: str, look: dict[str, Any]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(demo_desk.url, **look)
    editor(page, path)
    chip(page, "Only in the open edition").click()
    found = Axe().run(page)
    assert [f"{one['id']}: {node['html']}" for one in found.response["violations"] for node in one["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the edge"
