"""A team's own sheet by mouse: its columns matched, its bad rows mended in the marked copy, two people at once."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from outreach.actors import named
from outreach.database import open_database
from outreach.people.accounts import add_account
from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.integration
WRONG = "pr@deu..example"
ROWS = (
    ("Wer", "Nachname", "Wohin", "Kürzel"),
    ("Ana", "Sample", "pr@fra.mission.example", "FRA"),
    ("Uta", "Blum", WRONG, "DEU"),
    ("Max", "Kern", "pr@che.mission.example", "CHE"),
)


def book(*rows: tuple[str, ...]) -> dict[str, Any]:
    """A file as a browser brings it."""
    made, content = Workbook(), io.BytesIO()
    sheet = made.active
    assert sheet is not None
    sheet.title = "Kontakte"
    for row in rows:
        sheet.append(row)
    made.save(content)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "Kontakte.xlsx", "mimeType": kind, "buffer": content.getvalue()}


def bring(page: Any, file: dict[str, Any]) -> None:
    page.goto("/sheets")
    page.get_by_label("The missions' workbook").set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()


def match(page: Any, **taken: str) -> None:
    """Choose what each column is taken for, and look again."""
    for letter, words in taken.items():
        page.get_by_label(f"Column {letter}, ", exact=False).select_option(label=words)
    with page.expect_navigation():  # what was chosen is kept first
        page.get_by_role("button", name="Look at it again, so").click()


def test_a_sheet_is_matched_by_mouse_and_two_people_meet(empty_desk: Any, open_page: Callable[..., Any]) -> None:
    engine = open_database(f"sqlite:///{empty_desk.folder / 'outreach.db'}")
    add_account(engine, "ben", PASSWORD, "editor", name="Ben Example", by=named("test"))
    engine.dispose()
    refused = ("422 (Unprocessable", "409 (Conflict")
    ana = open_page(empty_desk.url, may_say=refused)
    ben = open_page(empty_desk.url, sign_in=False, may_say=refused)
    ben.goto("/login")
    ben.get_by_label("Login").fill("ben")
    ben.get_by_label("Password").fill(PASSWORD)
    ben.get_by_role("button", name="Sign in").click()

    columns = {"A": "First name", "B": "Last name", "C": "E-mail", "D": "State"}
    bring(ana, book(*ROWS))
    ana.get_by_text("pr@fra.mission.example · ").wait_for()  # a sample of what stands in the column
    match(ana, **columns)
    if ana.get_by_role("button", name="Set those rows aside").count():
        ana.get_by_role("button", name="Set those rows aside").click()
    ana.get_by_text("Ana Sample").first.wait_for()
    with ana.expect_download() as download:
        ana.get_by_role("link", name="The copy with them in yellow").first.click()
    marked = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    cell = next(one for row in marked.active.iter_rows() for one in row if one.value == WRONG)
    assert cell.comment is not None
    assert cell.fill.fgColor.rgb.endswith("FF00") or cell.fill.patternType == "solid"

    # Ben brings the same list, with another word for Ana Sample, and is the first to take it in.
    bring(ben, book(ROWS[0], ("Ana", "Sample-Blum", "pr@fra.mission.example", "FRA")))
    match(ben, **columns)
    ben.get_by_role("button", name="Take it in", exact=True).click()
    ben.get_by_text("Taken in: Kontakte.xlsx").wait_for()

    ana.get_by_role("button", name="Take it in", exact=True).click()
    told = ana.get_by_role("alert")
    told.get_by_text("nothing was taken in").wait_for()
    told.get_by_text("Ben Example, Kontakte.xlsx").wait_for()
    told.get_by_text("FRA pr@fra.mission.example, added").wait_for()
    changed = ana.get_by_role("row").filter(has_text="Sample-Blum")
    changed.first.wait_for()
    ana.get_by_role("button", name="Take it in", exact=True).click()
    ana.get_by_text("Taken in: Kontakte.xlsx").wait_for()

    # The mended copy: nothing is asked of what is there, and the row that was set aside comes in.
    mended = io.BytesIO()
    cell.value = "pr@deu.mission.example"
    marked.save(mended)
    bring(ana, {"name": "mended.xlsx", "mimeType": "application/octet-stream", "buffer": mended.getvalue()})
    if not ana.get_by_role("button", name="Take it in", exact=True).count():
        match(ana, **columns)
    ana.get_by_role("button", name="Take it in", exact=True).click()
    ana.goto("/missions/DEU")
    ana.get_by_text("pr@deu.mission.example").first.wait_for()
    ana.goto("/sheets")
    ana.get_by_role("button", name="Take it back").first.click()
    number = ana.locator("input[name=confirmed]")
    if number.count():
        number.fill(re.findall(r"how many rows go: (\d+)", ana.locator("main").inner_text())[0])
    ana.get_by_role("button", name="Take it back").click()
    ana.get_by_text("Taken back: mended.xlsx").wait_for()
