"""The whole story by clicking, then by the keyboard alone: from an empty database to the report in hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.browser.conftest import write

pytestmark = pytest.mark.integration


def test_the_story_by_clicking(empty_desk: Any, open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page(empty_desk.url)
    page.get_by_role("link", name="Bring the missions' sheet").click()
    page.get_by_label("The missions' workbook").set_input_files(empty_desk.folder / "data" / "missions.xlsx")
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Take it in").click()
    page.get_by_text("195 of 195 missions").wait_for()
    page.get_by_placeholder("Name, code, contact or address").fill("luxem")
    page.get_by_text("1 of 195 missions").wait_for()  # found while typing

    page.get_by_role("link", name="Campaigns").click()
    page.get_by_role("link", name="Make the first one").click()
    page.get_by_label("Name").fill("hrc55")
    page.get_by_label("Letter").select_option("hrc-joint-letter")
    page.get_by_label("Membership as of").fill("2024-03-18")
    page.get_by_role("button", name="Make it").click()
    page.get_by_text("47 missions", exact=True).wait_for()
    page.get_by_role("link", name="Look at the letters").click()
    frame = page.frame_locator("iframe[title='The letter to Albania']")
    frame.get_by_text("Albania").first.wait_for()
    page.get_by_role("link", name="Algeria →").click()
    page.get_by_text("2 of 47").wait_for()
    page.get_by_role("link", name="Back to the steps").click()
    page.get_by_role("button", name="Approve these letters").click()
    page.get_by_text("letters are frozen as they are now").wait_for()
    page.get_by_label("Now", exact=True).check()
    page.get_by_role("button", name="Set the time").click()
    page.get_by_text("47 of 47 letters are out").wait_for()  # told by the server, without a reload

    page.get_by_role("link", name="Letters", exact=True).last.click()
    page.get_by_placeholder("Mission, address or note").fill("france")
    page.get_by_text("1 of 47 missions").wait_for()
    page.get_by_role("link", name="France", exact=True).click()
    page.get_by_label("co-sponsor").check()
    page.get_by_label("Note").fill("told us by phone")
    page.get_by_role("region", name="Position").get_by_role("button", name="Keep").click()
    page.get_by_text("hrc55, FRA: co-sponsor.").wait_for()
    page.get_by_role("link", name="hrc55", exact=True).click()
    page.get_by_text("1 of 24 for a majority").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel report").click()
    file = tmp_path / "report.xlsx"
    download.value.save_as(file)
    book = load_workbook(file, read_only=True)
    values = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    book.close()
    assert {"France", "co-sponsor", "told us by phone"} <= values


def test_the_story_by_the_keyboard_alone(empty_desk: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(empty_desk.url, sign_in=False)

    def reach(words: str, most: int = 260) -> None:
        """Press Tab until the element with these words has the focus, and see that the focus is to be seen."""
        for _ in range(most):
            page.keyboard.press("Tab")
            found = page.evaluate(
                """() => { const e = document.activeElement, l = e.labels && e.labels[0];
                return [(l ? l.innerText : e.innerText || e.value || "").trim(),
                        getComputedStyle(e).outlineStyle, e.tagName]; }"""
            )
            if words in found[0] and found[2] != "BODY":
                assert found[1] != "none", f"{words}: the focus can't be seen"
                return
        pytest.fail(f"{words!r} can't be reached")

    page.goto("/login")
    page.keyboard.type("ana")  # the field has the focus already
    page.keyboard.press("Tab")
    page.keyboard.type("three good words")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Campaigns").wait_for()
    reach("Skip to the content")
    page.keyboard.press("Enter")
    reach("Bring the missions' sheet")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Bring a sheet").wait_for()
    # The file chooser is the system's own window; what stands before and after it is the desk's.
    page.locator("input[type=file]").set_input_files(empty_desk.folder / "data" / "missions.xlsx")
    reach("Show what would change")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Take it in").wait_for()
    reach("Take it in")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Missions").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("fiji")
    page.get_by_text("1 of 195 missions").wait_for()

    page.goto("/campaigns/new")
    page.keyboard.type("hrc55")
    reach("Make it")
    page.locator("[name=as_of]").fill("2024-03-18")  # typed into a date field it depends on the browser's language
    page.keyboard.press("Enter")
    page.get_by_text("Nothing stands in the way.").wait_for()
    reach("Look at the letters")
    page.keyboard.press("Enter")
    page.get_by_text("1 of 47").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text("2 of 47").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("1 of 47").wait_for()
    page.goto("/campaigns/1/send")
    reach("Approve these letters")
    page.keyboard.press("Enter")
    page.get_by_text("letters are frozen as they are now").wait_for()
    reach("On")
    page.keyboard.press("ArrowDown")
    reach("Set the time")
    page.keyboard.press("Enter")
    page.get_by_text("47 of 47 letters are out").wait_for()
    page.goto("/campaigns/1/letters/FRA")
    reach("unknown")
    page.keyboard.press("ArrowDown")
    reach("Note")
    page.keyboard.type("by the keyboard")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("hrc55, FRA: co-sponsor.").wait_for()
    page.goto("/campaigns/1")
    reach("Excel report")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "hrc55-report.xlsx"


def test_it_works_without_scripts(empty_desk: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(empty_desk.url, java_script_enabled=False)
    page.goto("/sheets")
    page.get_by_label("The missions' workbook").set_input_files(empty_desk.folder / "data" / "missions.xlsx")
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Take it in").click()
    page.get_by_placeholder("Name, code, contact or address").fill("luxem")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("1 of 195 missions").wait_for()
    page.goto("/letters/hrc-joint-letter/en")
    page.get_by_role("button", name="Show").click()
    page.frame_locator("iframe[name=preview]").get_by_text("Excellency", exact=False).first.wait_for()
    page.get_by_role("link", name="Check this letter").click()
    page.get_by_text("nothing stands in the way").wait_for()


def test_the_preview_follows_the_typing(empty_desk: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(empty_desk.url)
    page.goto("/sheets")
    page.get_by_label("The missions' workbook").set_input_files(empty_desk.folder / "data" / "missions.xlsx")
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Take it in").click()
    page.goto("/letters/hrc-joint-letter/en")
    frame = page.frame_locator("iframe[name=preview]")
    frame.get_by_text("Excellency", exact=False).first.wait_for()
    page.get_by_text("Checked in all its languages").wait_for()
    text = page.locator("textarea[name=text]")
    write(page, text.input_value() + "\n\nA last word, <script>alert(1)</script>.\n")
    frame.get_by_text("A last word, <script>alert(1)</script>.").wait_for()
    page.get_by_role("button", name="Keep these words").click()
    page.get_by_text("What was approved stays as it was.").wait_for()
