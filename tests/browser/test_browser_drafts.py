"""Nothing typed is lost: the desk is ended while somebody types, and what they typed is there when it is back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Served, outreach, serve, write

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
LETTER = "textarea[name=text]"
FORMS = {
    "/campaigns/1/letters/FRA": "textarea[name=note] >> nth=0",
    "/letters/hrc-joint-letter/en": LETTER,
    "/letters/hrc-joint-letter/about": "textarea[name=lines]",
    "/campaigns/1/votes": "textarea[name=pasted]",
    "/missions/FRA": "textarea >> nth=0",
    "/settings/change/team": "textarea[name=team]",
    "/new-letter": "input[name=title]",
}
"""Each page with a form of more than a line, and a field of it."""


def test_what_was_typed_outlives_the_desk(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    outreach(tmp_path, "demo", "--dir", "demo")
    first: Iterator[Served] = serve(tmp_path / "demo")
    desk = next(first)
    page = open_page(desk.url, may_say=("net::ERR_CONNECTION_REFUSED",))
    for path, field in FORMS.items():
        page.goto(path)
        if field == LETTER:
            write(page, f"typed on {path}")
        else:
            page.locator(field).fill(f"typed on {path}")
        page.locator("form[data-kept]").first.wait_for(state="attached")
    page.goto("about:blank")
    assert next(first, None) is None, "it has ended"
    for again in serve(tmp_path / "demo", account=False):
        page = open_page(again.url, may_say=("net::ERR_CONNECTION_REFUSED",))
        for path, field in FORMS.items():
            page.goto(path)
            page.get_by_text("What you typed here was not saved.").first.wait_for()
            page.get_by_role("button", name="Put it back").first.click()
            assert page.locator(field).input_value() == f"typed on {path}", path
