"""Reading a letter passage by passage, with gaps for its values, is the same as reading it whole."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it.token import Token

from outreach.letters import passages
from outreach.letters.faces.plain import to_lines, trimmed, wrapped
from outreach.letters.markdown import escape, parse, to_html
from outreach.letters.passages import cut, mark, reader, unmarked
from outreach.letters.tree import to_tree
from outreach.text import one_line
from outreach.vocabulary import Language

FRAGMENTS = (
    "Excellency,", "We ask **you** to vote.", "*please*", "- one", "- ", "  - inner", "* star", "1. first", "2) second",
    "> quoted", ">", "lazy line", "    indented", "\tindented", "# Heading", "heading\n===", "---", "***", "::: date",
    ":::", "::::", ":::: address", "::: nothing", "- ::: small", " ::: small", "    :::", "```", "~~~ code", "`code`",
    "[link](https://un.example/a)", "[ref]", "[ref]: https://un.example/b", "[ref]:", "/c 'title", "over lines'",
    "![image](x.png)", "<b>html</b>", "<div>", "hard\\", "line  ", "&amp; &copy;", "\\*not\\*", "(a)", "中文", "ß", "",
    " ",
)  # fmt: skip
VALUED = (
    "{}", "Dear {},", "**{}**", "*{}*", "_{}_", "a{}b", "- {}", "1. {}", "> {}", "# {}", "`{}`", "[{}](https://un.example)",
    "[x](https://un.example/{})", '[x](https://un.example "{}")', "![{}](x.png)", "<{}>", "{}\\\n{}", "{} and {}",
    "{}. {}", "::: {}", "``` {}", "    {}", "[{}]: https://un.example", "&{};", "*{}", "{}*", "**{}{}**", "{}\n===",
)  # fmt: skip
separators = st.sampled_from(["\n", "\n\n", "\n\n\n", "\n \n"])


def shape(tokens: list[Token] | tuple[Token, ...]) -> list[dict[str, Any]]:
    """What the tokens are, without where in the source they stood."""

    def plain(token: Token) -> dict[str, Any]:
        found = token.as_dict(children=False) | {"map": None, "children": [plain(one) for one in token.children or ()]}
        return found | ({"markup": ""} if token.type == "container_part_close" else {})

    return [plain(token) for token in tokens]


def joined(pieces: list[str], between: list[str]) -> str:
    return "".join(piece + gap for piece, gap in zip(pieces, between, strict=False))


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14), st.lists(separators, min_size=14, max_size=14))
@example(["::: date", "a", "::: small", "b", ":::", "c"], ["\n\n"] * 6)
@example(["- a", "", "b", "  c", "> d", "e"], ["\n\n"] * 6)
def test_the_blocks_of_the_passages_are_those_of_the_letter(pieces: list[str], between: list[str]) -> None:
    source = joined(pieces, between)
    assert shape([token for passage in cut(source) for token in parse(passage)]) == shape(parse(source))


def test_a_letter_of_paragraphs_is_cut_at_each_and_its_parts_stay_whole() -> None:
    source = "::: address\nMr A\n\nGeneva\n:::\n\nExcellency,\n\nwe ask:\n\n- one\n\n- two\n\nYours,\n\n*Sample.*\n"
    assert list(cut(source)) == [
        "::: address\nMr A\n\nGeneva\n:::",
        "Excellency,",
        "we ask:\n\n- one\n\n- two",
        "Yours,\n\n*Sample.*\n",
    ]


@given(
    st.lists(st.sampled_from(VALUED + FRAGMENTS), min_size=1, max_size=8),
    st.lists(separators, min_size=8, max_size=8),
    st.lists(
        st.one_of(st.text(max_size=30), st.sampled_from(["Côte d'Ivoire", "a*b*c", "T\\_<&>x", "A `b` c"])), min_size=1
    ),
)
@example(["**{}**", "{} and {}"], ["\n\n"] * 2, ["France", "O'Neill, Ann"])
@example(["{}"], ["\n"], ["\ufdd0a\ufdd1"])
def test_setting_values_in_is_the_same_as_writing_them_in(
    pieces: list[str], between: list[str], values: list[str]
) -> None:
    values = [one_line(value) for value in values]
    source = joined(pieces, between)
    needed = source.count("{}")
    given_values = (values * needed)[:needed]
    with_marks = source.replace("{}", "\x00")
    for value in given_values:
        with_marks = with_marks.replace("\x00", mark(value), 1)
    read = reader()
    read(with_marks)
    reading = read(with_marks)  # what is remembered is as good as new
    whole = passages.parse(with_marks)
    assert reading.html == to_html(whole)
    assert reading.text == trimmed(wrapped(to_lines(whole)))
    assert to_tree(reading.tokens) == to_tree(whole)


@given(st.text(max_size=40).map(one_line))
def test_a_marked_value_is_the_escaped_value_with_marks(value: str) -> None:
    assert unmarked(mark(value)) == unmarked(escape(value))


@pytest.mark.parametrize(
    "values", [("de la Cruz", "chargée d’affaires"), ("(vacant)", "3rd Secretary"), ("O'Neill, Jr.", "—")]
)
def test_values_under_each_other_stay_lines_whatever_they_are(values: tuple[str, str]) -> None:
    name, title = map(mark, values)
    reading = reader()(f"Sincerely,\n{name}\n{title}\nGeneva\n")
    assert reading.text.splitlines() == ["Sincerely,", *values, "Geneva"]
    flowing = reader()(f"We thank {name} and\nask {title} to vote.\n")
    assert flowing.text == f"We thank {values[0]} and ask {values[1]} to vote.\n"


def test_what_two_letters_share_is_read_once() -> None:
    read = reader()
    one, other = (read(f"Dear {mark(name)},\n\nwe ask you.\n") for name in ("France", "Ghana"))
    assert one.parts[0].blocks is other.parts[0].blocks
    assert one.parts[1] is other.parts[1]
    assert (one.text, other.text) == ("Dear France,\n\nwe ask you.\n", "Dear Ghana,\n\nwe ask you.\n")
    assert "<p>Dear Ghana,</p>" in other.html


def test_a_date_beside_a_name_is_read_once() -> None:
    """It begins with a figure and is written in; the name, which differs from letter to letter, is set in."""
    read = reader()
    one, other = (read(f"By {mark('3 April 2027')} we ask {mark(name)} to vote.\n") for name in ("France", "Ghana"))
    assert one.parts[0].blocks is other.parts[0].blocks
    assert other.text == "By 3 April 2027 we ask Ghana to vote.\n"


def test_latin_names_side_by_side_are_one_run_in_arabic() -> None:
    marked = f"- {mark('Ada Rivers')}, {mark('Lantern Archive')}\n"
    assert reader(Language.ARABIC)(marked).text == reader(Language.ARABIC)(unmarked(marked)).text


def test_a_passage_with_the_same_values_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of those who sign, which end in a bracket and are written in, are the same in every letter."""
    read = reader()
    names = "Signed:\n\n::: columns\n" + "".join(f"- {mark(f'Ada {n} (A)')}\n" for n in range(5)) + ":::\n"
    first = read(f"Dear {mark('France')}\n\n{names}")
    calls: list[Any] = []
    monkeypatch.setattr(passages.markdown, "parse", lambda *given: calls.append(given) or parse(*given))
    second = read(f"Dear {mark('Peru')}\n\n{names}")
    assert calls == []
    assert second.text == first.text.replace("France", "Peru")
