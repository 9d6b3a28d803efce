"""What a letter's text may hold: tags that leave no line, lines that stay, tables, footnotes, links, in all faces."""

import io
import re
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters_made import LAYOUTS, TOML, addressee, contact, merged, merger, write_letter

from outreach.clock import now
from outreach.errors import LetterError
from outreach.letters import markdown
from outreach.letters.faces import plain
from outreach.letters.faces.pdf import sheet_of, typesetter
from outreach.letters.folder import load_letter
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.tree import kinds_in, to_tree

KENYA = addressee("KEN")
FRANCE = addressee("GBR")


@pytest.mark.parametrize(
    ("source", "kenya", "others"),
    [
        (
            "We thank you. {% if mission.iso3 == 'KEN' %}We recall.{% endif %}\n\nWe ask.\n",
            "We thank you. We recall.\n\nWe ask.\n",
            "We thank you.\n\nWe ask.\n",
        ),
        (
            "{% if mission.iso3 == 'KEN' %}Only you.{% endif %}\n\n- first\n",
            "Only you.\n\n- first\n",
            "- first\n",
        ),
        # A line of tags that says nothing is no line, so that it parts nothing.
        (
            "One.\n{% if mission.iso3 == 'KEN' %}Two.{% endif %}\nThree.\n",
            "One. Two. Three.\n",
            "One. Three.\n",
        ),
        ("- a\n{% if mission.iso3 == 'KEN' %}- b{% endif %}\n- c\n", "- a\n- b\n- c\n", "- a\n- c\n"),
        # A tag alone on its line leaves none.
        (
            "- a\n  {% if mission.iso3 == 'KEN' %}  \n- b\n{# why #}\n{% endif %}\n- c\n",
            "- a\n- b\n- c\n",
            "- a\n- c\n",
        ),
        ("a\n{% include 'block.md' %}\n\nb\n{% include 'block.md' %}\n", *["a Block\n\nb Block\n"] * 2),
        ("A\n\n{% include 'none.md' ignore missing %}\n\nB\n", "A\n\nB\n", "A\n\nB\n"),
        ("{% raw %}{% if %}{% endraw %}\n\nB {{ '{% x %}' }}\n", "{% if %}\n\nB {% x %}\n", "{% if %}\n\nB {% x %}\n"),
        ("A {% if 1 -%}\n  b {%- endif %}, c\n", "A b, c\n", "A b, c\n"),
    ],
)  # fmt: skip
def test_tags_take_their_own_line_along_and_nothing_else(tmp_path: Path, source: str, kenya: str, others: str) -> None:
    write_letter(tmp_path, {"en.md": source, "block.md": "Block"})  # a file without an end of its last line
    made = merger(load_letter("letter", tmp_path))
    assert [made.merge(KENYA).text, made.merge(FRANCE).text] == [kenya, others]


@given(
    st.lists(st.sampled_from(["{% if 1 %}", "{% endif %}", "a", " ", "\n", "{# c #}", "{{ date }}", "b"]), max_size=12)
)
def test_an_error_keeps_its_line(pieces: list[str]) -> None:
    from outreach.letters.sandbox import Sandbox

    source = "".join(pieces)
    assert Sandbox().preprocess(source).count("\n") == source.count("\n")


SIGNED = "We ask you to vote yes.\n\nSincerely,\nAna Example\nDirector\n"


def test_a_signature_stays_in_lines_and_wrapped_words_do_not(tmp_path: Path) -> None:
    wrapped = "We write to you again about what\nhas become of those who paid.\n"
    one = merged(tmp_path, {"en.md": f"{wrapped}\n{SIGNED}"})
    assert one.text.endswith("Sincerely,\nAna Example\nDirector\n")
    assert "Sincerely,<br />\nAna Example<br />\nDirector" in one.html
    assert "about what has become" in one.text
    assert to_tree(one.tokens)[-1]["c"] == ["Sincerely,", {"t": "break"}, "Ana Example", {"t": "break"}, "Director"]  # type: ignore[index]
    told = check_letter("letter", tmp_path)
    assert [str(note) for note in map(str, told.notes) if "stay lines" in str(note)]
    assert not [str(note) for note in told.warnings if "become one" in str(note)]


def test_what_is_marked_as_a_signature_stays_in_lines_whatever_they_begin_with(tmp_path: Path) -> None:
    one = merged(
        tmp_path,
        {"en.md": "Dear all\n\n::: signature\nana example\nfor the coalition, in its own name and that of all\n:::\n"},
    )
    assert "ana example\nfor the coalition" in one.text


def test_lines_that_become_one_are_told(tmp_path: Path) -> None:
    write_letter(tmp_path, {"en.md": "Dear all,\n\nSincerely,\nAna Example\nfor the Open Records Desk\n"})
    said = [one for one in check_letter("letter", tmp_path).warnings if one.says.code == "words.line-break"]
    assert len(said) == 1
    assert "Ana Example" in str(said[0])


EVERYTHING = """Dear all,

| Year | Votes |
|------|------:|
| 2023 | **{{ 1000 + 23 }}** |
| {{ mission.name }} | a \\| b |

A footnote[^1], and it again[^1]. Another[^long].

[^1]: The note of {{ mission.name }}.
[^long]: First.

    Second.

~~struck~~ H~2~O m^2^ the 55^th^ https://coalition.example/a_b_c and www.coalition.example or desk@coalition.example.
"""


def test_tables_footnotes_and_bare_links_in_mail_text_and_pdf(tmp_path: Path) -> None:
    one = merged(tmp_path, {"en.md": EVERYTHING, "letter.toml": TOML + '[pdf]\nfile = "L"\n'}, addressee("FRA"))
    assert "<table>" in one.reading.html
    assert '<td style="text-align:right"><strong>1023</strong></td>' in one.reading.html
    assert re.search(r'<td align="right" [^>]*text-align:right;[^>]*><strong>1023</strong></td>', one.html)
    for target in ("https://coalition.example/a_b_c", "http://www.coalition.example", "mailto:desk@coalition.example"):
        assert f'href="{target}"' in one.html
    assert "<s>struck</s>" in one.html
    assert "H<sub>2</sub>O" in one.html
    assert "m<sup>2</sup>" in one.html
    table = "Year    Votes\n------  -----\n2023    1023\nFrance  a | b\n"
    assert table in one.text
    assert "[1] The note of France.\n" in one.text
    assert "[2] First.\n\n    Second.\n" in one.text
    assert "H₂O m² the 55th https://coalition.example/a_b_c and" in one.text
    letter = load_letter("letter", tmp_path)
    shown = pypdf.PdfReader(io.BytesIO(typesetter(letter, now()).pdf(sheet_of(one))))
    words = " ".join(" ".join(page.extract_text() for page in shown.pages).split())
    assert words.count("The note of France.") == 1
    assert "Year Votes 2023 1023" in words
    assert "First." in words
    assert "Second." in words
    links = {
        str(note.get_object()["/A"]["/URI"])
        for page in shown.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object() and "/URI" in note.get_object()["/A"]
    }
    assert "https://coalition.example/a_b_c" in links


def test_a_table_that_no_line_holds_is_told_cell_by_cell() -> None:
    source = f"| Who | What |\n|---|---|\n| {'a ' * 20} | {'b ' * 30} |\n"
    text = plain.wrapped(plain.to_lines(markdown.parse(source)))
    assert text.startswith("Who: a a")
    assert "\nWhat: b b" in text
    assert all(len(line) < 78 for line in text.splitlines())


def test_a_value_of_the_sheet_makes_no_table_no_footnote_and_no_link(tmp_path: Path) -> None:
    name = "| a | ~~b~~ [^1] https://a.example H~2~O m^2^"
    one = merged(tmp_path, {"en.md": "Dear {{ contact.name }},\n\n[^1]: N.\n"}, addressee("FRA", contact(name=name)))
    assert f"Dear {name}," in one.text
    assert not {"<a ", "<s>", "<sub>", "<table>"} & {
        tag for tag in ("<a ", "<s>", "<sub>", "<table>") if tag in one.reading.html
    }


def test_the_first_heading_may_be_of_any_level(tmp_path: Path) -> None:
    body = "## Background\n\nA\n\n#### Deep\n\nB\n\n# High\n\nC\n"
    one = merged(tmp_path, {"en.md": body, "letter.toml": TOML + '[pdf]\nfile = "L"\n'})
    levels = [node["level"] for node in to_tree(one.tokens) if isinstance(node, dict) and node["t"] == "heading"]
    assert levels == [1, 2, 1]
    assert typesetter(load_letter("letter", tmp_path), now()).pdf(sheet_of(one)).startswith(b"%PDF")
    assert not check_letter("letter", tmp_path).problems


@pytest.mark.heavy
@pytest.mark.parametrize(
    "words", ["| a | b |", "Claim[^9].", "==marked==", "- [ ] to do", "~~struck~~"]
)  # fmt: skip
def test_what_is_no_formatting_or_may_be_a_leftover_is_told(tmp_path: Path, words: str) -> None:
    write_letter(tmp_path, {"en.md": f"Dear all,\n\n{words}\n"})
    said = [
        str(one)
        for one in check_letter("letter", tmp_path).warnings
        if one.says.code in ("words.not-supported", "words.struck")
    ]
    assert len(said) == 1
    assert "en.md, line 3" in said[0]


def test_a_page_of_before_there_were_tables_is_told(tmp_path: Path) -> None:
    write_letter(tmp_path, {"en.md": "| a |\n|---|\n| b |\n", "letter.toml": TOML + '[pdf]\nfile = "L"\n'})
    page = tmp_path / "layouts" / "letter.typ"
    page.write_text(
        (LAYOUTS / "letter.typ").read_text(encoding="utf-8").replace('"table"', '"other"'), encoding="utf-8"
    )
    letter = load_letter("letter", tmp_path)
    with pytest.raises(LetterError, match=r"letter\.typ does not know what the letter holds: table"):
        typesetter(letter, now()).pdf(sheet_of(merger(letter).merge(FRANCE)))


def test_every_kind_of_node_is_known_to_the_shipped_page(tmp_path: Path) -> None:
    one = merged(tmp_path, {"en.md": EVERYTHING})
    page = (LAYOUTS / "letter.typ").read_text(encoding="utf-8")
    assert all(f'"{kind}"' in page for kind in kinds_in(to_tree(one.tokens)))


def test_a_picture_is_its_words_and_fetches_nothing(tmp_path: Path) -> None:
    one = merged(tmp_path, {"en.md": "See ![the <b>chart</b>](https://tracker.example/p.gif) and ![](a.png).\n"})
    assert "<img" not in one.html
    assert "tracker" not in one.html
    assert "See the &lt;b&gt;chart&lt;/b&gt; and" in one.html
