import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.letters.faces.plain import flowed, to_lines, trimmed, wrapped
from outreach.letters.markdown import escape, parse, to_html
from outreach.text import one_line


def text_of(source: str) -> str:
    return trimmed(wrapped(to_lines(parse(source))))


def test_paragraphs_emphasis_links_and_lists_read_well_as_plain_text() -> None:
    source = (
        "# Ask\n\nWe **ask** you, *please*, to read [the text](https://un.example/text).\n\n"
        "1. vote\n2. speak\n\n- one\n- two\n\n> quoted\n\n---\n\nFirst\\\nsecond"
    )
    assert text_of(source) == (
        "Ask\n\nWe ask you, please, to read the text [1].\n\n"
        "1. vote\n2. speak\n\n- one\n- two\n\n> quoted\n\n--------------------\n\nFirst\nsecond\n\n[1] https://un.example/text\n"
    )


@pytest.mark.parametrize(
    "behind", ["。这是规则", "，见", "）", "」", "”", "»", "،", "؛ ثم", "…", "—so", "’s"],
)  # fmt: skip
def test_an_address_ends_where_another_script_or_a_closing_mark_begins(behind: str) -> None:
    html = to_html(parse(f"见 https://records.example/a?b=1{behind} end, www.coalition.example{behind}"))
    assert re.findall('href="([^"]+)"', html) == ["https://records.example/a?b=1", "http://www.coalition.example"]
    assert html.count(f"</a>{behind}") == 2


def test_a_note_behind_an_address_is_none_of_it() -> None:
    html = to_html(parse("See https://records.example/a[^1].\n\n[^1]: Noted.\n"))
    assert 'href="https://records.example/a"' in html
    assert "Noted." in html


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


def test_links_are_numbered_on_from_the_notes_and_each_address_stands_once() -> None:
    source = (
        "[Report](https://a.example/r), note[^1], [report](https://a.example/r) and [Ana](mailto:ana@a.example), "
        "https://b.example\n\n| [A](https://c.example) | B |\n|---|---|\n| 1 | 中文 |\n\n[^1]: Noted.\n"
    )
    assert text_of(source) == (
        "Report [2], note[1], report [2] and Ana [3], https://b.example\n\n"
        "A [4]  B\n-----  ----\n1      中文\n\n--------------------\n[1] Noted.\n\n"
        "[2] https://a.example/r\n[3] ana@a.example\n[4] https://c.example\n"
    )


def test_a_paragraph_flows_and_a_list_keeps_its_lines() -> None:
    words = "word " * 40
    paragraph, item, quote = text_of(f"{words}\n\n- {words}\n\n> {words}\n").strip("\n").split("\n\n")
    assert all(line.endswith(" ") for line in paragraph.split("\n")[:-1])
    assert not any(line.endswith(" ") for line in (item + "\n" + paragraph.split("\n")[-1]).split("\n"))
    assert all(line.startswith("> word") for line in quote.split("\n"))
    assert max(map(len, f"{paragraph}\n{item}\n{quote}".split("\n"))) <= 77
    whole = paragraph.replace(" \n", " ")  # as a program joins them (RFC 3676, 4.2)
    assert whole == words.strip()


@pytest.mark.parametrize(
    "words", ["我们请求安理会成员投赞成票。" * 20, "نطلب من أعضاء المجلس التصويت لصالح \u2068Open Square\u2069 " * 9]
)
def test_a_paragraph_in_chinese_or_arabic_is_one_line(words: str) -> None:
    assert text_of(words) == f"{words.strip()}\n"


def test_what_a_program_would_read_as_a_quotation_or_a_mailbox_is_stuffed() -> None:
    assert flowed("From a\n  b\n>c\n> d\n> > e\nf\n") == " From a\n   b\n >c\n> d\n> > e\nf\n"
