"""The merge: fields, the sandbox, what is empty, what is hostile, which language."""

import re
from pathlib import Path

import pytest
from letters_made import TOML, addressee, as_typed, contact, merged, merger, write_letter

from outreach.errors import LetterError
from outreach.letters.folder import load_letter
from outreach.letters.merge import missing_problems
from outreach.vocabulary import Language

HOSTILE = [
    '#import "x"', "{{ 7*7 }}", "{% raw %}", "<script>alert(1)</script>", '=HYPERLINK("http://x.example","y")',
    "a\r\nBcc: victim@un.example", "\u202etxt.exe\u202c", "**bold** _x_ [l](http://x.example)",
    "![i](http://x.example/i.png)",
    "# heading", "- item", "1. item", "> quote", "`code`", "&lt;b&gt; &amp;", "<http://x.example>", "\\",
    "|a|b|\n|-|-|",
    "]]>", "$x^2$", "@label", "*/ //", "x" * 10_000,
]  # fmt: skip

OUR_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "p", "em", "ul", "li",
}  # fmt: skip


def problem(templates: Path, files: dict[str, str]) -> str:
    with pytest.raises(LetterError) as caught:
        merged(templates, files)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("one\n\n{{ mission.nam }}", 3, "Did you mean mission.name?"),
        ("{{ misson.name }}", 1, "misson"),
        ("a\n{{ letter.sesion }}", 2, "there is no field 'sesion'"),
        ("a\n\n\n{% if %}", 4, ""),
        ("{{ mission.name", 1, ""),
        ("{% include 'nosuch.md' %}", 1, "no file 'nosuch.md'"),
        ("{{ mission }}", 1, "mission.iso3"),
        ("{{ 1 / 0 }}", 1, "division"),
        ("x\n{{ mission.name.nope }}", 2, "nope"),
        ("{{ 5|dictsort }}", 1, ""),
        ("{% include 'en.md' %}", 1, "without end"),
        ("{{ 'x' * 9999999999 }}", 1, "sensible size"),
        ("{{ 9 ** 99999999 }}", 1, "sensible size"),
        ("{{ range(99999999)|list }}", 1, "ange"),
    ],
)
def test_a_mistake_in_the_text_is_told_with_its_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    message = problem(tmp_path, {"en.md": text})
    assert f"letter/en.md, line {line}:" in message
    assert said in message


@pytest.mark.parametrize("text", ["{{ mission.nam }}", "{{ mission.name", '{% include "nosuch" %}'])
def test_a_mistake_in_the_subject_is_told_with_its_setting(tmp_path: Path, text: str) -> None:
    message = problem(tmp_path, {"letter.toml": f"title = 'T'\n[subject]\nen = '{text}'\n"})
    assert "letter/letter.toml, line 3, subject.en:" in message


def test_a_mistake_in_a_shared_block_is_told_with_that_file(tmp_path: Path) -> None:
    write_letter(tmp_path, {})
    (tmp_path / "layouts" / "block.md").write_text("ok\n{{ mission.nam }}\n")
    assert "block.md, line 2" in problem(tmp_path, {"en.md": "{% include 'block.md' %}"})


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}", "{{ mission.__init__.__globals__ }}", "{{ mission._fields }}",
        "{{ mission.suggest_('x') }}",
        "{{ cycler.__init__.__globals__.os }}", "{{ salutation.__class__ }}", "{{ self._TemplateReference__context }}",
        "{{ lipsum.__globals__['os'].popen('id') }}", "{{ signatories.individuals.append(1) }}",
        "{{ ''|attr('__class__') }}", "{{ '{0.__class__}'.format(mission) }}",
    ],
)  # fmt: skip
def test_the_sandbox_lets_nothing_out(tmp_path: Path, attack: str) -> None:
    with pytest.raises(LetterError):
        merged(tmp_path, {"en.md": attack})


def test_files_outside_the_letter_are_not_included(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    for path in ("../secret.md", str(tmp_path / "secret.md")):
        assert "secret" not in problem(tmp_path, {"en.md": "{% include '" + path + "' %}"}).replace(path, "")


def test_a_field_that_is_empty_is_noted_once_and_may_be_asked_about(tmp_path: Path) -> None:
    found = merged(tmp_path, {"en.md": "Dear {{ contact.name }}, {{ contact.name }}{% if contact.title %}!{% endif %}"})
    assert found.missing == ("contact.name",)
    (listed,) = missing_problems([found])
    assert "(GBR)" in listed.where
    assert "contact.name" in listed.what
    asked = merged(tmp_path, {"en.md": "Dear {% if contact.name %}{{ contact.name }}{% else %}all{% endif %}"})
    assert not asked.missing
    assert asked.text == "Dear all\n"


@pytest.mark.heavy
@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_from_a_sheet_stays_text_in_body_and_subject(tmp_path: Path, value: str) -> None:
    to = addressee("GBR", contact("GBR", name=value))
    found = merged(
        tmp_path,
        {
            "letter.toml": "title = 'T'\n[subject]\nen = 'Letter'\n",
            "en.md": "{{ contact.name }}\n\nDear {{ contact.name }}, *yes*\n\n- {{ contact.name }}\n",
        },
        to,
    )
    body = found.reading.html
    assert set(re.findall(r"<(\w+)", found.html)) == OUR_TAGS
    assert set(re.findall(r"<[^>]*>", body)) == {"<p>", "</p>", "<em>", "</em>", "<ul>", "</ul>", "<li>", "</li>"}
    shown = " ".join(value.replace("\u202e", " ").replace("\u202c", " ").split())
    assert " ".join(as_typed(found.text).split()) == f"{shown} Dear {shown}, yes - {shown}"
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", found.text + found.html)


@pytest.mark.parametrize("value", HOSTILE[:-1])
def test_a_value_from_a_sheet_stays_one_line_in_the_subject(tmp_path: Path, value: str) -> None:
    found = merged(tmp_path, {}, addressee("GBR", short_name=value))
    assert found.subject == "To " + " ".join(value.replace("\u202e", " ").replace("\u202c", " ").split())
    assert not re.search("[\r\n\u202a-\u202e]", found.subject)
    assert "<script" not in found.html


def test_an_over_long_subject_is_refused_with_the_mission(tmp_path: Path) -> None:
    with pytest.raises(LetterError, match=r"line 3, subject\.en: for GBR it has 10003 characters"):
        merged(tmp_path, {}, addressee("GBR", short_name="x" * 10_000))


def test_an_empty_letter_is_refused(tmp_path: Path) -> None:
    assert "en.md is empty for GBR" in problem(tmp_path, {"en.md": " {# nothing #}\n\n"})
    assert "subject.en: it is empty for GBR" in problem(tmp_path, {"letter.toml": "title='T'\n[subject]\nen=' '\n"})


def test_macros_and_shared_blocks_keep_their_markdown_and_escape_their_values(tmp_path: Path) -> None:
    write_letter(tmp_path, {})
    (tmp_path / "layouts" / "say.md").write_text("{% macro bold(what) %}**{{ what }}**{% endmacro %}")
    found = merged(
        tmp_path,
        {"en.md": "{% import 'say.md' as say %}{{ say.bold(contact.name) }} {{ say.bold('a') ~ contact.name }}"},
        addressee("GBR", contact("GBR", name="*x*")),
    )
    assert "<strong>*x*</strong>" in found.html
    assert "**a***x*" in found.html, "what is done to a macro's output is text again"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "text",
    [
        "{{ contact.name }}", "{{ contact.name|e }}", "{{ contact.name|escape }}", "{{ contact.name|safe }}",
        "{% set it %}{{ contact.name }}{% endset %}{{ it }}", "{% set it = contact.name %}{{ it }}",
        "{% macro say(it) %}{{ it }}{% endmacro %}{{ say(contact.name) }}", "{{ contact.name ~ '' }}",
        "{% macro wrap() %}{{ caller() }}{% endmacro %}{% call wrap() %}{{ contact.name }}{% endcall %}",
        "{% filter trim %}{{ contact.name }}{% endfilter %}", "{{ [contact.name]|join(', ') }}",
        "{% block one %}{{ contact.name }}{% endblock %}",
        "{% set outer %}{% set it %}{{ contact.name }}{% endset %}{{ it }}{% endset %}{{ outer }}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["N'Djamena & <b>x</b> *y* _z_", "1. a", "[l](http://x.example)"])
def test_a_value_is_the_same_text_whichever_way_it_is_put(tmp_path: Path, text: str, name: str) -> None:
    found = merged(tmp_path, {"en.md": f"Dear {text}"}, addressee("GBR", contact("GBR", name=name)))
    assert as_typed(found.text).strip() == f"Dear {name}"
    assert "<b>" not in found.html
    assert "href" not in found.html
    assert "<em>" not in found.html


def test_a_byte_order_mark_and_windows_lines_are_no_part_of_the_letter(tmp_path: Path) -> None:
    found = merged(tmp_path, {"en.md": b"\xef\xbb\xbfOne\r\n\r\nTwo\r\n"})
    assert found.text == "One\n\nTwo\n"


@pytest.mark.heavy
def test_the_language_is_the_contacts_then_the_missions_then_the_fallback(tmp_path: Path) -> None:
    folder = write_letter(tmp_path, {"fr.md": "Bonjour"})
    letter = merger(load_letter(folder.name, tmp_path))
    cases = [
        ("FRA", None, "fr", False),
        ("GBR", "fr", "fr", False),
        ("FRA", "en", "en", False),
        ("ESP", None, "en", True),
    ]
    for iso3, wanted, language, fell_back in cases:
        found = letter.merge(addressee(iso3, contact(iso3, language=wanted and Language(wanted))))
        assert (found.language, found.fell_back) == (language, fell_back)
        assert f'<html lang="{language}"' in found.html


def test_dates_are_written_out_in_the_letters_language_and_zone(tmp_path: Path) -> None:
    files = {"letter.toml": TOML + "[facts]\nby = 2024-04-01\n", "en.md": "{{ date }}; {{ letter.by }}",
             "fr.md": "{{ date }}; {{ letter.by }}"}  # fmt: skip
    assert merged(tmp_path, files).text == "16\u00a0March 2024; 1\u00a0April 2024\n"
    assert merged(tmp_path, files, addressee("FRA")).text == "16\u00a0mars 2024\u202f; 1er\u00a0avril 2024\n"
