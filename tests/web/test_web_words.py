"""What pages say besides their data: where to click in an error, and seats that keep their distance."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_browser import Browser, text_of

from outreach.catalogues import ENGLISH_TONGUE, tongue
from outreach.reports.hemicycle import HEIGHT, WIDTH, wedges
from outreach.sentences import fields
from outreach.web.desk import Desk
from outreach.web.stored_words import STORED, recalled

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


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("its In-Reply-To names our Message-ID", "il répond à notre lettre (In-Reply-To)"),
        ("Ana has put it down to IND", "Ana l’a attribué à IND"),
        ("47 letters for 2031-06-03 09:00 CEST, spread over 1h, in working hours only",
         "lettres\u00a0: 47, pour le 2031-06-03 09:00 CEST, étalé sur 1h, aux heures ouvrables seulement"),
        ("no such box", "cette boîte n’existe pas"),
        ("Ana has put it down to nobody at all", "Ana has put it down to nobody at all"),
        ("a note {of} somebody", "a note {of} somebody"),
        ("x" * 5_000, "x" * 5_000),
    ],
)  # fmt: skip
def test_what_is_stored_in_english_is_said_in_the_readers_language(stored: str, said: str) -> None:
    assert recalled(stored, tongue("fr")) == said
    assert recalled(stored, ENGLISH_TONGUE) == stored


def test_each_stored_sentence_is_one_that_a_room_writes() -> None:
    """By its longest words, which stand in the code of some other room; what is counted there has its own."""
    rooms = [path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if path.name != "stored_words.py"]
    code = re.sub(r'"\s+f?"', "", " ".join(rooms))
    for template in STORED:
        parts = [part for text, *_ in fields(template) for part in re.split(r"; | in (?=several|this)", text)]
        longest = re.sub(r"^ ?(letters|missions|contacts)\b ?", "", max(parts, key=len)).strip(" ,()")
        assert longest in code, template
