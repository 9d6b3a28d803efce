"""The mail in mail programs: what they drop takes neither direction nor width nor language from a letter."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from letters_made import addressee, contact, merged, merger, write_letter
from mail_simulated import webmail, word
from test_letters_pdf import NAMES, sample

from outreach.letters.faces.mail_html import WIDTH, dressed
from outreach.letters.faces.typography import typeset_tokens
from outreach.letters.folder import load_letter
from outreach.letters.markdown import parse, to_html
from outreach.vocabulary import Language

FACTS = tomllib.loads((Path(__file__).parent / "mail_programs.toml").read_text("utf-8"))
PROGRAMS = ("outlook", "gmail", "apple", "yahoo")
EVERYTHING = """## Head

**Bold** *em* ~~s~~ H~2~O `code` [words](https://coalition.example/a), https://coalition.example/a/long/address/of/a/page

- a

  b
- c
  1. d

::: columns
- Ada (A), x
- جمعية
:::

> Quoted.

| A | B |
|---|--:|
| 1 | 2 |

    pre

---

Note[^1].

[^1]: The note.
"""
ISOLATES = dict.fromkeys((0x2068, 0x2069))
VOID = {"meta", "br", "hr", "img", "wbr"}


class Elements(HTMLParser):
    """The elements of a page, each with its attributes, and the direction and language that hold for its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = tag, {name: value or "" for name, value in attrs}
        self.found.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self._open.pop()[0] == tag, "every element is closed in its turn"

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(tag in {"style", "title"} for tag, _ in self._open):
            held: dict[str, str] = {}
            for _, attributes in self._open:
                held |= {name: attributes[name] for name in ("dir", "lang") if name in attributes}
            self.texts.append((data.strip().translate(ISOLATES), held))


def styles(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield each declaration: element, property, value."""
    for tag, attributes in Elements(page).found:
        for one in filter(None, (part.strip() for part in attributes.get("style", "").split(";"))):
            name, _, value = one.partition(":")
            yield tag, name.strip(), value.strip()
    for block in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
        for selector, inside in re.findall(r"(\w+) \{(.*?)\}", block):
            for name, value in re.findall(r"([\w-]+): ([^;]+);", inside):
                yield selector, name, value


def misfits(page: str) -> list[str]:
    """Tell each declaration that some program lacks, and for which nothing else stands in the page."""
    found = []
    for tag, name, value in styles(page):
        fact = FACTS.get(name)
        if fact is None:
            found.append(f"{name} is not in the table of facts")
        elif any(fact[program] != "yes" for program in PROGRAMS):
            ways = [key in fact for key in ("values", "on", "instead", "beside")]
            kept = re.fullmatch(fact.get("values", ".*"), value) is not None
            on = tag in fact.get("on", [tag]) or (value == "0" and tag in fact.get("zero_on", []))
            instead = re.search(fact.get("instead", ""), page) is not None
            beside = fact.get("beside", "") in page
            if not (any(ways) and kept and on and instead and beside):
                found.append(f"{name}: {value} on {tag}")
    return found


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(Language))
def test_no_property_is_used_that_a_mail_program_lacks(language: Language) -> None:
    assert misfits(sample(language)[1].html) == []
    body = dressed(to_html(parse(EVERYTHING)), language)
    page = sample(language)[1].html.replace("</body>", f"{body}</body>")
    assert misfits(page) == []


@pytest.mark.parametrize(
    "style",
    [
        "columns: 2", "text-align:start", "padding:1px", "margin:-1px", "font-size:1rem",
        "border-left:9px solid #000000",
    ],
)  # fmt: skip
def test_what_a_program_lacks_is_found(style: str) -> None:
    assert misfits(f'<p style="{style}">x</p>')


@pytest.mark.parametrize("language", list(Language))
def test_a_web_mail_that_drops_html_and_style_keeps_direction_and_language(language: Language) -> None:
    page = webmail(sample(language)[1].html)
    direction, tag = ("rtl" if language is Language.ARABIC else "ltr"), ("zh-Hans" if language == "zh" else language)
    texts = Elements(page).texts
    own = [(text, held) for text, held in texts if held["lang"] == tag]
    assert len(own) > 10
    assert all(held["dir"] == direction for _, held in own)
    others = [text for text, held in texts if held["lang"] != tag]
    assert max("".join(others), default="") < "\u0370", "names in Latin letters"
    if language is Language.ARABIC:
        names = [held for text, held in texts if text.startswith("Lantern Archive")]
        assert names == [{"lang": "en", "dir": "ltr"}]
        assert 'align="left" style="margin:0px 0px 16px 0px;text-align:left">' in page, (
            "the date at the end of its line"
        )


@pytest.mark.parametrize("language", list(Language))
def test_in_outlook_the_letter_is_as_wide_as_elsewhere(language: Language) -> None:
    page = word(sample(language)[1].html)
    found = Elements(page).found
    (outer,) = [attributes for tag, attributes in found if tag == "table" and attributes.get("width") == str(WIDTH)]
    assert outer["role"] == "presentation"
    assert "max-width" not in page
    direction = "rtl" if language is Language.ARABIC else "ltr"
    tables = [attributes for tag, attributes in found if tag == "table"]
    assert {one["dir"] for one in tables} == {direction}


@pytest.mark.parametrize("language", list(Language))
def test_no_colour_is_set_that_a_dark_window_would_hide(language: Language) -> None:
    names = {name for _, name, _ in styles(sample(language)[1].html + dressed(to_html(parse(EVERYTHING)), language))}
    assert not {"color", "background", "background-color"} & names


def test_lists_and_quotes_lean_to_the_side_where_lines_begin() -> None:
    html = to_html(parse("- a\n\n> q\n"))
    assert "margin:0px 0px 16px 26px" in dressed(html, Language.ENGLISH)
    assert "border-left:3px" in dressed(html, Language.ENGLISH)
    assert "margin:0px 26px 16px 0px" in dressed(html, Language.ARABIC)
    assert "border-right:3px" in dressed(html, Language.ARABIC)


def test_a_list_within_a_list_is_no_further_from_the_next_entry_than_others() -> None:
    page = dressed(to_html(parse("- one\n    - two\n        1. three\n- four\n")), Language.ENGLISH)
    assert re.findall(r'<[uo]l style="margin:(\S+) \S+ (\S+)', page) == [
        ("0px", "16px"),
        ("6px", "0px"),
        ("6px", "0px"),
    ]


def test_the_words_are_those_of_the_letter_and_a_value_stays_text(tmp_path: Path) -> None:
    for language in Language:
        plain = to_html(parse(EVERYTHING))
        words = [re.sub(r"<[^>]*>", "", one) for one in (plain, dressed(plain, language))]
        assert words[0] == words[1]
    name = '<p style="x"> {{ 1 }} " > &lt;li&gt;'
    one = merged(tmp_path, {"en.md": "Dear {{ contact.name }},\n"}, addressee("GBR", contact("GBR", name=name)))
    assert f"Dear {name}," in [text for text, _ in Elements(one.html).texts]


@pytest.mark.parametrize("name", NAMES)
def test_a_russian_sample_holds_no_mixture_that_filters_take_for_disguise(name: str) -> None:
    """SpamAssassin's MIXED_ES: over 20 Latin `e` in text and HTML, beside less than nine times as many Cyrillic."""
    words = sample(Language.RUSSIAN, name)[1]
    shown = words.text + re.sub(r"<[^>]*>", "", words.html)
    assert shown.count("e") <= 20 or shown.count("е") >= 9 * shown.count("e")


def test_within_chinese_no_tag_keeps_a_symbol_together() -> None:
    """SpamAssassin's HTML_OBFUSCATE: tags within words, of which Chinese is one to it."""
    tokens = typeset_tokens(parse("草案A/HRC/55/L.12将付诸表决 (A/HRC/55/L.12)\n"), Language.CHINESE)
    assert to_html(tokens).count("nowrap") == 1


def test_arabic_and_chinese_letters_do_not_lean() -> None:
    html = to_html(parse("*one*\n"))
    leaning = {one for one in Language if "font-style:normal" not in dressed(html, one)}
    assert leaning == {Language.ENGLISH, Language.FRENCH, Language.SPANISH, Language.RUSSIAN}


@pytest.mark.parametrize(
    ("layout", "page"),
    [
        ("<i>{{ subject }}</i>\n{{ body }}</b>", "<i>To France</i>\nBODY</b>"),
        ("<b>{{ body }}</b>", "<b>BODY</b>"),
        ("{{ body }}|{{ body }}", "BODY|BODY"),
        ("{{ body|upper }}", "UPPER"),
        ("{% filter upper %}{{ body }}{% endfilter %}", "UPPER"),
        ("{% set x = body %}{{ x }}", "BODY"),
        ("{{ body }}{% if body|length < 9 %}short{% endif %}", "BODY"),
        ("{% for n in [1, 2] %}{{ body }}{% endfor %}", "BODYBODY"),
        ("{% include 'inner.html' %}|{{ body }}", "BODY|BODY"),
        ("{% extends 'outer.html' %}{% block inner %}{{ body }}{% endblock %}", "<u>BODY</u>"),
        ("nothing", "nothing"),
    ],
)
def test_a_layout_of_ones_own_may_do_with_the_body_what_it_likes(tmp_path: Path, layout: str, page: str) -> None:
    folder = write_letter(tmp_path, {"en.md": "Dear all\n"})
    layouts = {"mail.html": layout, "inner.html": "{{ body }}", "outer.html": "<u>{% block inner %}{% endblock %}</u>"}
    for name, words in layouts.items():
        (tmp_path / "layouts" / name).write_text(words, encoding="utf-8")
    body = '<p style="margin:0px 0px 16px 0px">Dear all</p>\n'
    told = merger(load_letter(folder.name, tmp_path)).merge(addressee()).html
    assert told == page.replace("BODY", body).replace("UPPER", body.upper())
