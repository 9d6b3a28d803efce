"""Campaigns side by side: where each mission stood in each, and who has moved."""

import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from sqlmodel import select
from web_browser import Browser, text_of

from outreach.database import writing
from outreach.models import Response as Stand
from outreach.vocabulary import Position, Vote
from outreach.web.desk import Desk

Browse = Callable[..., Browser]


@pytest.fixture
def two(browse: Browse, desk: Desk) -> Browser:
    """A second campaign, in which France stands otherwise than in the first, and India as before."""
    browse("editor").post(
        "/campaigns", name="hrc56", letter="hrc-joint-letter", audience="iso:FRA,IND,LIE", as_of="2024-07-01"
    )
    with writing(desk.engine) as session:
        for number, iso3, position in (
            (1, "FRA", Position.UNDECIDED), (2, "FRA", Position.CO_SPONSOR), (1, "IND", Position.AGAINST),
            (2, "IND", Position.AGAINST), (1, "BRA", Position.IN_FAVOUR),
        ):  # fmt: skip
            stand = session.exec(select(Stand).where(Stand.campaign_id == number, Stand.iso3 == iso3)).one()
            stand.position = position
            stand.vote = Vote.IN_FAVOUR if (number, iso3) == (1, "FRA") else None
            session.add(stand)
    return browse("viewer")


@pytest.mark.heavy
def test_each_mission_over_the_campaigns(two: Browser) -> None:
    assert 'href="/compare"' in two.get("/")
    text = text_of(two.get("/compare"))
    assert "48 of 48 missions" in text
    assert text.index("hrc55 18 Mar 2024") < text.index("hrc56 1 Jul 2024")
    assert "France Western European and Others ? undecided voted in favour ★ co-sponsor" in text
    assert "Liechtenstein Western European and Others not written to unknown" in text
    text = text_of(two.get("/compare?c=1&c=2&moved=true"))
    assert "1 of 48 missions" in text
    assert "India" not in text


@pytest.mark.heavy
def test_what_is_chosen_is_shown_and_taken_along(two: Browser) -> None:
    assert "3 of 3 missions" in text_of(two.get("/compare?c=2"))
    two.get("/compare?c=99", 404)
    two.get("/compare?c=" + "&c=".join("1" for _ in range(7)))
    two.get("/compare?c=one", 422)
    two.get("/compare.xlsx", 422)
    two.get("/compare.xlsx?c=1&c=2")
    assert two.last is not None
    book = load_workbook(io.BytesIO(two.last.content), read_only=True)
    values = {str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row}
    assert {"hrc55: position", "hrc56: position", "co-sponsor"} <= values


def test_one_campaign_needs_no_comparison(browse: Browse) -> None:
    assert 'href="/compare"' not in browse("viewer").get("/")
    assert "47 of 47 missions" in browse("viewer").get("/compare")
