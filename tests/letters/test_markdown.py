import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.letters.markdown import escape, parse, to_html
from outreach.letters.plain import to_lines, trimmed, wrapped
from outreach.text import one_line


def text_of(source: str) -> str:
    return trimmed(wrapped(to_lines(parse(source))))


def test_paragraphs_emphasis_links_and_lists_read_well_as_plain_text() -> None:
    source = (
        "# Ask\n\nWe **ask** you, *please*, to read [the text](https://un.example/text).\n\n"
        "1. vote\n2. speak\n\n- one\n- two\n\n> quoted\n\n---\n\nFirst\\\nsecond"
    )
    assert text_of(source) == (
        "Ask\n\nWe ask you, please, to read the text <https://un.example/text>.\n\n"
        "1. vote\n2. speak\n\n- one\n- two\n\n> quoted\n\n--------------------\n\nFirst\nsecond\n"
    )


def test_long_paragraphs_are_wrapped_and_list_items_hang() -> None:
    text = text_of("- " + "word " * 40)
    first, *rest = text.rstrip().split("\n")
    assert first.startswith("- word")
    assert rest
    assert all(line.startswith("  word") for line in rest)
    assert max(map(len, text.split("\n"))) <= 76


def test_html_in_the_source_is_shown_and_not_passed_through() -> None:
    html = to_html(parse("<script>alert(1)</script> and <b>bold</b>"))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("link", ["javascript:alert(1)", "vbscript:x", "data:text/html,x"])
def test_links_that_could_run_are_not_links(link: str) -> None:
    assert "href" not in to_html(parse(f"[press]({link})"))


@given(st.text(max_size=200))
def test_an_escaped_value_shows_its_own_characters_and_nothing_else(value: str) -> None:
    line = one_line(value)
    html = to_html(parse(f"before {escape(line)} after"))
    shown = re.sub(r"<[^>]*>", "", html)
    assert "<p>before" in html
    assert html.count("<") == 2, "no tag but the paragraph's own"
    for entity, character in {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}.items():
        shown = shown.replace(entity, character)
    assert " ".join(shown.split()) == " ".join(f"before {line} after".split())


@given(st.text(alphabet="#*_-+>`~[]()!<&1.\\ \tab", max_size=60))
def test_an_escaped_value_at_the_start_of_a_line_makes_no_block(value: str) -> None:
    line = one_line(value)
    html = to_html(parse(f"{escape(line)}\n"))
    assert re.sub(r"<p>|</p>|\n", "", html).count("<") == 0
