"""What pages say besides their data: where to click in an error, and seats that keep their distance."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_browser import Browser, text_of

from outreach.reports.hemicycle import HEIGHT, WIDTH, wedges
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
ROOT = Path(__file__).parents[2] / "outreach"


@pytest.mark.heavy
def test_an_error_says_where_to_click(browse: Browse, desk: Desk) -> None:
    approver = browse("approver")
    approver.post("/campaigns", name="hrc56", letter="hrc-joint-letter", audience="iso:FRA")
    seen = re.findall(r'name="seen" value="([^"]*)"', approver.get("/campaigns/2/send"))[0]
    page = text_of(approver.post("/campaigns/2/schedule", 422, at="now", seen=seen))
    assert "it can't be scheduled. Approve it first, under Send" in page
    assert "outreach" not in page.replace("Outreach", "")


@pytest.mark.parametrize("sizes", [[13, 13, 6, 8, 7], [54, 55, 23, 33, 28, 2], [1], [47], [0, 3, 0, 1]])
def test_the_seats_of_a_council_keep_their_distance(sizes: list[int]) -> None:
    require_distance(sizes, apart=3.5 if sum(sizes) <= 47 else 1.0)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6).filter(any))
def test_no_seats_overlap_whatever_the_groups(sizes: list[int]) -> None:
    require_distance(sizes, apart=0.0)


def require_distance(sizes: list[int], *, apart: float) -> None:
    laid = wedges(sizes)
    assert [len(one.places) for one in laid] == sizes
    seats = [place for one in laid for place in one.places]
    for number, one in enumerate(seats):
        assert one.r <= one.x <= WIDTH - one.r
        assert one.r <= one.y <= HEIGHT - one.r
        for other in seats[:number]:
            assert ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5 >= one.r + other.r + apart - 0.2
