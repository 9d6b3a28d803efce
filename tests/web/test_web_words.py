"""What pages say besides their data: no command of a terminal in an error, and seats that keep their distance."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_browser import Browser, text_of

import outreach
from outreach.web.desk import Desk
from outreach.web.hemicycle import HEIGHT, WIDTH, wedges
from outreach.web.words import desk_words

ROOMS = ("campaigns", "outbox", "inbox", "responses", "missions", "letters", "people", "backup")
WRITE_FILES = frozenset({"workbook.py", "new.py", "restore.py", "running.py"})
"""Their sentences stand in files that are worked on with commands, or are told by commands alone."""
COMMAND = re.compile(r"\boutreach [a-z]+|(?<!-)--[a-z]")
Browse = Callable[..., Browser]


def sentences() -> list[str]:
    """Every sentence of the rooms' code that names a command or an option; what is filled in is an X."""
    found = []
    root = Path(outreach.__file__).parent
    for path in sorted(path for room in ROOMS for path in (root / room).glob("*.py")):
        if path.name in WRITE_FILES:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if id(node) in documentation | inner:
                continue
            if isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values]
                text = "".join(parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if COMMAND.search(text):
                found.append(text)
    return found


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_no_command_of_a_terminal_reaches_a_page(sentence: str) -> None:
    assert not COMMAND.search(desk_words(sentence)), desk_words(sentence)


def test_there_are_such_sentences() -> None:
    assert len(sentences()) > 20


def test_other_words_stay_as_they_are() -> None:
    for text in ("Write it as 2024-03-18.", "an outreach to many", "", "a -- b"):
        assert desk_words(text).lower() == text.lower()


def test_an_error_says_where_to_click(browse: Browse, desk: Desk) -> None:
    approver = browse("approver")
    approver.post("/campaigns", name="hrc56", letter="hrc-joint-letter", audience="iso:FRA")
    seen = re.findall(r'name="seen" value="([^"]*)"', approver.get("/campaigns/2/send"))[0]
    page = text_of(approver.post("/campaigns/2/schedule", 422, at="now", seen=seen))
    assert "it can't be scheduled. Approve it under Send" in page
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
