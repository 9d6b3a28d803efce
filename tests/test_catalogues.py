"""The catalogues: complete, no field lost, and what a report shows all from them, whatever its format."""

import ast
import gettext
import importlib.util
import re
import string
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Message
from jinja2 import nodes

from outreach import catalogues
from outreach.catalogues import Word, tongue
from outreach.vocabulary import Position, Vote

ROOT = Path(__file__).parent.parent
OTHERS = [one for one in catalogues.languages() if one != "en"]


@cache
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_catalogue", ROOT / "docs" / "make_catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def said() -> tuple[Any, ...]:
    return tuple(maker().said())


def messages(language: str) -> list[Message]:
    return [message for message in maker().read(language) if message.id]


def forms(message: Message) -> list[tuple[str, str]]:
    """Each English form with each form of the language that may stand for it."""
    english = message.id if isinstance(message.id, tuple) else (message.id,)
    theirs = message.string if isinstance(message.string, tuple) else (message.string,)
    return [(one, other) for one in english for other in theirs]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_there_are_words_in_english_french_and_spanish() -> None:
    assert catalogues.languages()[0] == "en"
    assert set(OTHERS) >= {"es", "fr"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_says_all_that_the_code_says_and_nothing_else(language: str) -> None:
    module = maker()
    wanted, there = set(said()), set(module.keys_of(module.read(language)))
    assert wanted - there == set(), "docs/make_catalogue.py adds them"
    assert there - wanted == set(), "docs/make_catalogue.py takes them out"
    assert not any(message.fuzzy for message in messages(language))


@pytest.mark.parametrize("language", OTHERS)
def test_fields_and_spaces_are_those_of_the_english(language: str) -> None:
    for message in messages(language):
        for english, theirs in forms(message):
            one = {"count"} if isinstance(message.id, tuple) else set()  # "One mail", where there is one
            assert fields(theirs) - one == fields(english) - one, message.id
            assert len(theirs) - len(theirs.strip(" ")) == len(english) - len(english.strip(" ")), message.id
            assert re.findall(r"&[APN]", theirs) == re.findall(r"&[APN]", english), message.id
            assert "," not in theirs or message.context not in {"Position", "offered"}, (
                "a list of a cell parts at commas"
            )


def prose_of(theirs: str) -> str:
    """A translation without its fields, code, tags and addresses, which keep their own signs."""
    marks = r"\{\w+\}!\{\w+\}|!?\[[^\]]*\]\([^)]*\)|\[\^\d\]:|:::|!="
    code = r"<code>.*?</code>|\b(?:group|tag|iso|where|vote|mailto|include):\w*|[\w+]+://\S*|v=DMARC1; p=none"
    return re.sub(rf"{code}|{marks}|\{{[^{{}}]*\}}|<[^<>]*>|&#?\w+;", "…", theirs)


def test_french_keeps_what_must_not_break_together() -> None:
    for message in messages("fr"):
        for _, theirs in forms(message):
            prose = prose_of(theirs)
            assert not re.search(r"\w[:;!?»](?!\d)| [:;!?»]|« |'", prose), theirs
            assert not re.search(r"(?<![\u00a0\u202f]):(?= |$)", prose), theirs


def test_spanish_opens_what_it_closes() -> None:
    for message in messages("es"):
        for _, theirs in forms(message):
            prose = prose_of(theirs)
            assert prose.count("?") == prose.count("¿"), theirs
            assert prose.count("!") == prose.count("¡"), theirs


@pytest.mark.parametrize("language", OTHERS)
def test_words_of_a_closed_list_are_told_apart(language: str) -> None:
    say = tongue(language)
    for words in maker().LISTS:
        assert len({say.word(one).casefold() for one in words}) == len(words), words


@pytest.mark.parametrize("language", catalogues.languages())
def test_a_step_begins_with_the_word_that_it_is_coloured_by(language: str) -> None:
    say = tongue(language)
    first = {key[1]: say.word(Word(*key)) for key in said() if key[0] == "first word"}
    assert first
    steps = (ROOT / "outreach" / "reports" / "standing" / "steps.py").read_text(encoding="utf-8")
    for context, words in said():
        if (
            context == ""
            and f'"{words}"' in steps
            and isinstance(words, str)
            and re.match(r"[A-Z][a-z]+( \S+)*: |Add |Correct \{|Find out ", words)
        ):
            english = next((one for one in first if words.startswith(one)), None)
            theirs = next((one for one in first.values() if say(words).startswith(one)), None)
            assert theirs == (first[english] if english else None), words


def test_the_same_word_is_another_one_elsewhere() -> None:
    assert [tongue("fr").word(one) for one in (Position.IN_FAVOUR, Vote.IN_FAVOUR)] == ["en faveur", "pour"]
    assert tongue("fr").about("column", "Sent") != tongue("fr").about("number of", "Sent")


def test_days_are_written_as_the_language_writes_them() -> None:
    assert [tongue(one).day(date(2024, 4, 1)) for one in ("en", "fr", "es")] == [
        "1 April 2024",
        "1er avril 2024",
        "1 de abril de 2024",
    ]


def test_a_language_without_words_is_no_language() -> None:
    with pytest.raises(KeyError):
        tongue("tlh")


def test_braces_in_a_fact_say_nothing() -> None:
    assert tongue("fr")("{name}: {what}", name="{what}", what="{0.__class__}") == "{what}\u00a0: {0.__class__}"


class _Bracketed(gettext.NullTranslations):
    """Says everything in brackets, so that what stands outside of them came from no catalogue."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


WORDS = ("placeholder", "aria-label", "title", "alt", "label", "data-label")
_NOT_SHOWN = {"script", "style", "datalist", "textarea"}


class _Shown(HTMLParser):
    """Gathers what a reader sees or hears of a page, in its order, a line a text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NOT_SHOWN:
            self.within.append(tag)
        self.lines += [value for name, value in attrs if name in WORDS and value]

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not self.within and data.strip():
            self.lines.append(data)


def shown(html: str) -> list[str]:
    """What a page says."""
    reader = _Shown()
    reader.feed(html)
    return reader.lines


_OF_NO_LANGUAGE = r"\b(?:Outreach|CSV|Excel|JSON|INBOX)\b|https?://\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.example\b"
"""Names, and addresses of examples; a lone letter is a key."""


def _texts(node: nodes.Node) -> str:
    """What a template's expression may show of its own words, whichever way it goes."""
    match node:
        case nodes.Const(value=str() as words):
            return words
        case nodes.CondExpr():
            return " ".join(_texts(one) for one in (node.expr1, node.expr2) if one is not None)
        case nodes.Or() | nodes.And() | nodes.Add():
            return f"{_texts(node.left)} {_texts(node.right)}"
        case nodes.Concat():
            return " ".join(_texts(one) for one in node.nodes)
        case nodes.Filter(name="default"):
            return " ".join(_texts(one) for one in (node.node, *node.args) if one is not None)
        case nodes.Filter(
            node=nodes.Node() as inner, name="upper" | "lower" | "capitalize" | "title" | "trim" | "safe"
        ):
            return _texts(inner)
        case nodes.Filter(name="plural"):
            return " ".join(map(_texts, node.args))
    return ""


def bare(source: str) -> list[str]:
    """What a template shows of its own words without asking the catalogue, between tags or in an attribute."""
    from outreach.web import render

    parts = []
    for output in render.environment().parse(source).find_all(nodes.Output):
        parts += [one.data if isinstance(one, nodes.TemplateData) else _texts(one) for one in output.nodes]
    lines = [line.strip() for line in shown("".join(parts))]
    return [line for line in lines if re.search(r"[^\W\d_]{2}", re.sub(_OF_NO_LANGUAGE, "", line))]


PAGES = sorted(
    one for one in (ROOT / "outreach" / "web" / "pages").glob("*.html") if not one.name.startswith("sign_on")
)  # the world's pages have words of their own


@pytest.mark.parametrize("page", [one.name for one in PAGES])
def test_no_page_has_words_outside_of_the_catalogue(page: str) -> None:
    assert bare((ROOT / "outreach" / "web" / "pages" / page).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Bare words</p>",
        '<p>{% if x %}{{ say("Kept") }}{% else %}bare{% endif %}</p>',
        '<input placeholder="bare">',
        '<input placeholder="{{ x or "bare" }}">',
        '<p class="{{ "alarm" if x }}">{{ "bare" if x else y }}</p>',
        '<p>{{ x | default("bare") }}</p>',
        '<p>{{ x ~ " bare" }}</p>',
        "{% macro one(x) %}<td data-label='bare'>{{ x }}</td>{% endmacro %}",
        '{{ say("Kept") }}, bare',
    ],
)
def test_such_words_are_found(source: str) -> None:
    assert len(bare(source)) == 1


def test_what_asks_the_catalogue_is_not_bare() -> None:
    source = """<p class="{{ 'alarm' if x }}"{% if y %} hidden{% endif %}>{{ say("Kept.") }} {{ x | w("Vote") }}</p>"""
    assert bare(source) == []


def test_no_notice_after_a_form_stands_outside_of_the_catalogue() -> None:
    found = []
    for path in sorted((ROOT / "outreach" / "web" / "routes").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) not in {"go", "_kept", "put_notice"}:
                continue
            for told in (*call.args[2:3], *(one.value for one in call.keywords if one.arg == "done")):
                parts = told.values if isinstance(told, ast.JoinedStr) else [told]
                words = [str(one.value) for one in parts if isinstance(one, ast.Constant)]
                if re.search(r"[A-Za-z]", "".join(words)):
                    found.append(f"{path.name}:{call.lineno}: {' '.join(words)}")
    assert found == []


def test_all_that_the_doctor_looks_at_has_a_word_and_all_that_it_finds_is_a_sentence() -> None:
    looked, bare_words = set(), []
    for path in sorted((ROOT / "outreach").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            if ast.unparse(call.func) in ("good", "noted", "wrong"):
                wheres = (one.value for one in call.keywords if one.arg == "where")
                looked |= {one.value for one in wheres if isinstance(one, ast.Constant)}
            if ast.unparse(call.func) != "Diagnosis":
                continue
            looked |= {call.args[0].value} if isinstance(call.args[0], ast.Constant) else set()
            if any(isinstance(one, ast.JoinedStr) or isinstance(getattr(one, "value", None), str)
                   for one in [call.args[2]] if not isinstance(one, ast.Attribute)):  # fmt: skip
                bare_words.append(f"{path.name}:{call.lineno}")
    assert looked <= set(maker().LOOKED_AT)
    assert bare_words == []
