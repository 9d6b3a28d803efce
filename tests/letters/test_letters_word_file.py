"""A letter goes out as a Word file and comes back: what nobody changed is the same to the byte, the rest is shown."""

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters_made import ROOT, write_letter
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import ConflictError, LetterError, NotFoundError, UserError
from outreach.letters.bring_back import bring_back
from outreach.letters.folder import Letter, load_letter
from outreach.letters.new import from_docx
from outreach.letters.word.word_blocks import blocks_of, written
from outreach.letters.word.word_file import to_docx, word_file
from outreach.letters.word.word_reader import read_file
from outreach.letters.word.word_returned import Returned, brought_together, returned, whose
from outreach.vocabulary import Language

CALL = r'<w:r>(?:(?!</w:r>).)*footnoteReference w:id="3"/></w:r>'
ANA = named("Ana")
SAMPLES = ("hrc-joint-letter", "hrc-regret", "hrc-reminder", "hrc-thanks")
RICH = """\
Title of it
===========

## Two ##

A *b* **c** [x](http://a.example/{{ letter.title }}?b=1) [^1] and [^1], H~2~O ~~no~~ `code *x*`
next `{{ date }}`; ***both*** and **bold *nested* more**, see https://un.example/x?y=1&z=2 and <mail@a.example>.
A\\*b \\_c\\_ 1\\. "quotes" — ‘x’ … n° 5\u00a0: «\u202foui\u202f» 10\u00a0000 non\u2011breaking
soft\u00adhyphen &amp; &copy;

- a
  - b **x**

    more
-
- c

> quo
> te *x*

[^1]: Note *it* with [link](https://b.example/path) & <tag>
[^long]: many

    paragraphs

| A | B `c d` |
|:-:|--:|
| 1 | **{{ date }}** |
| 2 \\| 3 | ~~x~~ [l](https://b.example) |

```
code
  {{ x }}
```

[r]: http://ref.example

see [r] and ![alt text](p.png) and[^long]
{% raw %}{{ a }}
{% endraw %}
1. x
{% if open %}
2. y
{% endif %}
   1. z
   2. zz
3. w
---

    indented

3) z\x20\x20
two\\
three

::: signature
Sincerely,
Name **N**
Director
:::

{# a comment
over lines #}

عربي **نص** {{ date }}  and   spaces\ttab
"""


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return tmp_path / "templates"


def letter_of(templates: Path, text: str, **files: str) -> Letter:
    write_letter(templates, {"en.md": text, **{f"{name}.md": words for name, words in files.items()}})
    return load_letter("letter", templates)


def edited(path: Path, change: Callable[[str], str], part: str = "word/document.xml") -> Path:
    """The file with the XML of a part changed, as somebody would in Word."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    before = parts[part].decode()
    after = change(before)
    assert after != before
    parts[part] = after.encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def came_back(folder: Path, letter: Letter, change: Callable[[str], str] | None = None) -> Returned:
    path = folder / "back.docx"
    path.write_bytes(word_file(letter, Language.ENGLISH))
    if change:
        edited(path, change)
    ours = whose(path)
    assert ours is not None
    return returned(path, ours, letter, Language.ENGLISH)


def words(back: Returned, what: str) -> list[str]:
    return [text for passage in back.changed for kind, text in passage.words if kind == what]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_comes_back_to_the_byte_in_every_language(name: str, tmp_path: Path) -> None:
    letter = load_letter(name, ROOT / "templates")
    for language in letter.languages:
        path = tmp_path / f"{language}.docx"
        path.write_bytes(word_file(letter, language))
        ours = whose(path)
        assert ours is not None
        assert (ours.letter, ours.language) == (name, language)
        back = returned(path, ours, letter, language)
        assert back.text == letter.bodies[language]
        assert back.subject == letter.subjects[language]
        assert (back.changed, back.doubts, back.notes) == ((), (), ())


def test_everything_that_markdown_has_comes_back_to_the_byte(templates: Path, tmp_path: Path) -> None:
    back = came_back(tmp_path, letter_of(templates, RICH))
    assert back.text == RICH
    assert not back.changed
    assert not back.notes


def test_the_same_text_makes_the_same_bytes_and_well_formed_parts(templates: Path) -> None:
    letter = letter_of(templates, RICH)
    first = word_file(letter, Language.ENGLISH)
    assert first == word_file(load_letter("letter", templates), Language.ENGLISH)
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        for name in package.namelist():
            ET.fromstring(package.read(name))
        document = package.read("word/document.xml").decode()
    assert '<w:rStyle w:val="LetterField"/><w:noProof/>' in document
    assert '<w:lang w:val="en-GB"/>' in document
    assert '<w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="2"/>' in document


def test_arabic_runs_from_right_to_left_and_is_proofed_as_arabic() -> None:
    letter = load_letter("hrc-thanks", ROOT / "templates")
    with zipfile.ZipFile(io.BytesIO(word_file(letter, Language.ARABIC))) as package:
        document = package.read("word/document.xml").decode()
    assert document.count("<w:bidi/>") > 5
    assert '<w:rtl/><w:lang w:val="en-GB" w:bidi="ar-SA"/>' in document


PIECES = (
    "a word", "*em*", "**strong**", "`code`", "~~gone~~", "x^2^", "H~2~O", "{{ date }}", "**{{ date }}**",
    "{% if open %}", "{% endif %}", "[l](https://a.example/p)", "https://b.example", "a\xa0b", "«\u202fx\u202f»",
    "\\*", "&amp;", "a_b_c", "***x***", "**a *b* c**", "1.", "-", "#", ":::", ">", "|", "نص", "中文", "\\\n", "  \n",
    "\n", " ", "  ", "\n\n", "\n\n\n", "[^1]", "\n\n[^1]: note *x*\n\n", "\n\n- ", "\n- ", "\n  - ", "\n1. ",
    "\n\n2. ", "\n\n## ", "\n\n> ", "\n::: address\n", "\n:::\n", "\n\n| a | b |\n|---|---|\n| c | d |\n\n",
    "\n```\nx\n```\n", "\n***\n", "\t", "![p](p.png)", "{# c #}", "\n{# c\nd #}\n", "\n{% if open %}\n",
    "\n{% endif %}\n", "{%- if open -%}", "<b>", "\\", "’", "soft\xadhyphen", "\n    ", "===", "\n---\n", "![", "](",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25))
def test_any_text_is_read_and_comes_back_to_the_byte(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert blocks_of(text).source == text
    if not text.strip():
        return
    letter = load_letter("hrc-thanks", ROOT / "templates")
    letter = Letter(**{name: getattr(letter, name) for name in letter.__slots__} | {"bodies": {Language.ENGLISH: text}})
    with TemporaryDirectory() as made:
        path = Path(made) / "x.docx"
        path.write_bytes(word_file(letter, Language.ENGLISH))
        ours = whose(path)
        assert ours is not None
        assert brought_together(letter, ours, read_file(path))[0] == text


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_a_block_that_is_written_anew_says_the_same(pieces: list[str]) -> None:
    """Between spaces: marks right beside each other can mean what CommonMark does not let them, which is told then."""
    for block in blocks_of(" ".join(pieces)).blocks:
        if block.kind in {"p", "quote"} and not any(run.note for run in block.runs):
            again = blocks_of(written(block), part=block.part).blocks
            assert "".join("".join(one.words for one in again).split()) == "".join(block.words.split())


def test_a_changed_word_is_shown_and_nothing_else_moves(templates: Path, tmp_path: Path) -> None:
    letter = letter_of(templates, RICH)
    back = came_back(
        tmp_path, letter, lambda xml: xml.replace("nested", "nestled").replace(">quo te ", ">the quotation ")
    )
    assert "nestled" in words(back, "new")
    assert "nested" in words(back, "gone")
    assert "> the quotation *x*" in back.text
    changed = {line for line in back.text.split("\n") if line not in RICH.split("\n")}
    assert len(changed) == 2
    assert "**bold *nestled* more**" in back.text
    assert not back.doubts


def test_paragraphs_that_come_and_go_keep_their_neighbours(templates: Path, tmp_path: Path) -> None:
    text = "One here.\n\n- first item\n- second item\n- third item\n\nTwo there.\n\n\nThree *stays*.\n"

    def change(xml: str) -> str:
        paragraphs = re.findall(r"<w:p>.*?</w:p>", xml)
        second = next(one for one in paragraphs if "second item" in one)
        two = next(one for one in paragraphs if "Two there" in one)
        fourth = second.replace("second item", "another item")
        return xml.replace(second, second + fourth).replace(
            two, two.replace("Two there.", "A wholly new paragraph.") + two
        )

    back = came_back(tmp_path, letter_of(templates, text), change)
    assert back.text == (
        "One here.\n\n- first item\n- second item\n- another item\n- third item\n\n"
        "A wholly new paragraph.\n\nTwo there.\n\n\nThree *stays*.\n"
    )
    gone = came_back(
        tmp_path, letter_of(templates, text), lambda xml: re.sub(r"<w:p>(?:(?!</w:p>).)*third item.*?</w:p>", "", xml)
    )
    assert gone.text == text.replace("- third item\n", "")


def test_special_characters_typed_in_word_stay_what_they_are(templates: Path, tmp_path: Path) -> None:
    back = came_back(
        tmp_path,
        letter_of(templates, "Some words.\n"),
        lambda xml: xml.replace("Some words.", "1. *not* a_list [x](y) #"),
    )
    (block,) = blocks_of(back.text).blocks
    assert block.kind == "p"
    assert block.words == "1. *not* a_list [x](y) #"


def test_fields_that_are_lost_altered_or_added_are_named(templates: Path, tmp_path: Path) -> None:
    letter = letter_of(templates, "To {{ mission.name }} by {{ date }}.\n\nThe end.\n")

    def change(xml: str) -> str:
        xml = xml.replace("{{ mission.name }}", "{{ mission.names }}", 2).replace("{{ date }}", "")
        return xml.replace("The end.", "The end, {{ letter.title }}.")

    back = came_back(tmp_path, letter, change)
    said = {(one.says.code, one.what) for one in back.doubts}
    assert ("letter.field-altered", "{{ mission.name }} has become {{ mission.names }}") in said
    assert ("letter.field-lost", "{{ date }} is lost") in said
    assert ("letter.field-added", "{{ letter.title }} is new") in said


@pytest.mark.parametrize(
    ("typed", "written_as"),
    [
        ("1. A *star* (one), and 2. more: #3!", "1\\. A \\*star\\* (one), and 2. more: #3!"),
        ("See [x](y), a-b (c) and d.", "See [x\\](y), a-b (c) and d."),
        ("# No heading. Yes - it is.", "\\# No heading. Yes - it is."),
        ("A snake_case and 3 * 4 and _so_.", "A snake_case and 3 * 4 and \\_so\\_."),
        ("5 &lt; 6, &amp;amp; (so) on.", "5 < 6, \\&amp; (so) on."),
        ("+ one, - two. Three!", "\\+ one, - two. Three!"),
        ("A plain (enough) sentence - with all: signs!", "A plain (enough) sentence - with all: signs!"),
    ],
)  # fmt: skip
def test_only_what_needs_it_is_escaped(templates: Path, tmp_path: Path, typed: str, written_as: str) -> None:
    letter = letter_of(templates, "Some words.\n")
    back = came_back(tmp_path, letter, lambda xml: xml.replace("Some words.", typed))
    shown = typed.replace("&lt;", "<").replace("&amp;", "&")
    (block,) = blocks_of(back.text).blocks
    assert (block.kind, block.words) == ("p", shown)
    assert back.text == written_as + "\n"


def test_lines_of_parts_that_are_lost_or_added_are_asked_about(templates: Path, tmp_path: Path) -> None:
    text = "Dear all.\n\n::: signature\nSincerely,\nAna\n:::\n\nThe end.\n"
    letter = letter_of(templates, text)

    def without(words: str) -> Callable[[str], str]:
        return lambda xml: re.sub(rf"<w:p>(?:(?!</w:p>).)*>{words}<.*?</w:p>", "", xml, count=1)

    assert not came_back(tmp_path, letter, lambda xml: xml.replace("The end", "An end")).doubts
    back = came_back(tmp_path, letter, without("::: signature"))
    assert [(one.says.code, one.what) for one in back.doubts] == [("letter.field-lost", "::: signature is lost")]
    back = came_back(tmp_path, letter, lambda xml: xml.replace("::: signature", "::: address"))
    assert [one.what for one in back.doubts] == ["::: signature is lost", "::: address is new"]


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f"])
def test_a_no_break_space_in_a_field_is_a_blank(templates: Path, tmp_path: Path, blank: str) -> None:
    text = "To {{ mission.name }} by {{ date }}.\n\nA {{ letter.title | default('a\u00a0b') }} stays.\n"
    letter = letter_of(templates, text)
    same = came_back(
        tmp_path, letter, lambda xml: xml.replace("{{ mission.name }}", f"{{{{{blank}mission.name{blank}}}}}")
    )
    assert (same.text, same.changed, same.doubts) == (text, (), ())
    back = came_back(
        tmp_path,
        letter,
        lambda xml: xml.replace("{{ date }}", f"{{{{{blank}date }}}}").replace(" stays.", " is kept."),
    )
    assert not back.doubts
    assert back.text == text.replace("stays.", "is kept.")
    own = letter_of(templates, text.replace("{{ date }}", f"{{{{ date{blank}}}}}"))
    assert came_back(tmp_path, own, lambda xml: xml.replace("stays.", "is kept.")).text == own.bodies[
        Language.ENGLISH
    ].replace("stays.", "is kept.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{{ mission.name }}", "{{ mission.name }"), ("{{ mission.name }}", "{ mission.name }}"),
        ("{{ mission.name }}", "{{ mission.name"), ("{% endif %}", ""), ("{% if open %}", "{% iff open %}"),
        ("{% if open %}", "{% if open }"), ("{{ mission.name }}", "{ mission.name }"),
    ],
)  # fmt: skip
def test_a_broken_tag_is_refused_with_its_place_and_cure(templates: Path, tmp_path: Path, old: str, new: str) -> None:
    letter = letter_of(templates, "First.\n\n{% if open %}\n\nTo {{ mission.name }}, all.\n\n{% endif %}\n")
    with pytest.raises(LetterError) as caught:
        came_back(tmp_path, letter, lambda xml: xml.replace(f">{old}<", f">{new}<"))
    assert caught.value.says.code == "document.tags-broken"
    assert caught.value.problems
    assert all(one.where.startswith("back.docx, ") and one.remedy for one in caught.value.problems)


def test_marks_that_word_has_curled_in_a_tag_are_straight_again(templates: Path, tmp_path: Path) -> None:
    text = 'Said {% if letter.title == "x" %}so{% endif %}.\n'
    back = came_back(
        tmp_path, letter_of(templates, text), lambda xml: xml.replace('"x"', "“x”").replace("&quot;x&quot;", "“x”")
    )
    assert back.text == text


def test_footnotes_are_changed_lost_and_won(templates: Path, tmp_path: Path) -> None:
    text = "One[^a] and two[^b].\n\n[^a]: The *first* note.\n\n[^b]: The second.\n"
    letter = letter_of(templates, text)
    path = tmp_path / "n.docx"
    path.write_bytes(word_file(letter, Language.ENGLISH))
    edited(path, lambda xml: xml.replace("The second.", "The second one."), "word/footnotes.xml")
    ours = whose(path)
    assert ours
    assert returned(path, ours, letter, Language.ENGLISH).text == text.replace("second.", "second one.")
    back = came_back(tmp_path, letter, lambda xml: re.sub(CALL, "", xml))
    assert back.text == "One[^a] and two.\n\n[^a]: The *first* note.\n"


def test_a_translation_made_in_the_file_becomes_the_text_of_its_language(
    templates: Path, tmp_path: Path, engine: Engine
) -> None:
    letter_of(
        templates,
        "Dear all,\n\n::: address\n{{ inside_address }}\n:::\n\n1. **Do** this by {{ date }};\n2. and that.\n",
    )
    toml = templates / "letter" / "letter.toml"
    toml.write_text('title = "T"\n[subject]\nen = "To {{ mission.name }}"\n', encoding="utf-8")
    (path,) = to_docx("letter", ["en"], tmp_path / "en.docx", templates)

    def translate(xml: str) -> str:
        for one, other in (
            ("Dear all,", "Chers tous,"), (">To <", ">À <"), (">Do<", ">Faites<"), (" this by ", " ceci avant le "),
            ("and that.", "et cela."),
        ):  # fmt: skip
            xml = xml.replace(one, other)
        return xml

    edited(path, translate)
    back = bring_back(engine, path, by=ANA, language="fr", templates=templates)
    assert back is not None
    assert not back.doubts
    now = load_letter("letter", templates)
    assert now.bodies[Language.FRENCH] == (
        "Chers tous,\n\n::: address\n{{ inside_address }}\n:::\n\n1. **Faites** ceci avant le {{ date }};\n"
        "2. et cela.\n"
    )
    assert now.subjects[Language.FRENCH] == "À {{ mission.name }}"


def test_it_holds_once_it_is_agreed_to_and_a_dry_run_keeps_nothing(
    templates: Path, tmp_path: Path, engine: Engine
) -> None:
    letter_of(templates, "To {{ mission.name }} now.\n")
    (path,) = to_docx("letter", (), tmp_path, templates)
    assert path.name == "letter_en.docx"
    edited(
        path,
        lambda xml: xml.replace("{{ mission.name }}</w:t></w:r><w:r>", "you</w:t></w:r><w:r>").replace(
            " now.", " today."
        ),
    )
    text = templates / "letter" / "en.md"
    assert (back := bring_back(engine, path, by=ANA, templates=templates, dry_run=True)) is not None
    assert back.doubts
    with pytest.raises(UserError, match="agrees"):
        bring_back(engine, path, by=ANA, templates=templates)
    assert text.read_text() == "To {{ mission.name }} now.\n"
    bring_back(engine, path, by=ANA, templates=templates, yes=True)
    assert text.read_text().endswith("today.\n")


def test_a_text_that_was_changed_meanwhile_is_asked_about(templates: Path, tmp_path: Path, engine: Engine) -> None:
    letter_of(templates, "One.\n\nTwo.\n")
    (path,) = to_docx("letter", ["en"], tmp_path / "x.docx", templates)
    (templates / "letter" / "en.md").write_text("One, changed.\n\nTwo.\n")
    back = bring_back(engine, path, by=ANA, templates=templates, dry_run=True)
    assert back is not None
    assert [one.says.code for one in back.doubts] == ["letter.changed-since-word"]
    with pytest.raises(UserError):
        bring_back(engine, path, by=ANA, templates=templates)


def test_a_file_without_an_edit_writes_nothing(templates: Path, tmp_path: Path, engine: Engine) -> None:
    letter_of(templates, "One.\n")
    text = templates / "letter" / "en.md"
    text.write_bytes(b"\xef\xbb\xbfOne.\r\n\r\nTwo.\r\n")
    (path,) = to_docx("letter", ["en"], tmp_path / "x.docx", templates)
    back = bring_back(engine, path, by=ANA, templates=templates)
    assert back is not None
    assert not back.changed
    assert text.read_bytes() == b"\xef\xbb\xbfOne.\r\n\r\nTwo.\r\n"


def test_what_word_adds_to_a_file_of_ours_is_told(templates: Path, tmp_path: Path) -> None:
    def change(xml: str) -> str:
        put_in = '<w:ins w:author="Lawyer" w:id="9"><w:r><w:t xml:space="preserve">firmly </w:t></w:r></w:ins>'
        return re.sub(
            r"(<w:r>(?:(?!<w:r>).)*>you\.)",
            rf"{put_in}\1",
            xml.replace("We ask you.", "We ask </w:t></w:r><w:r><w:t>you."),
        )

    back = came_back(tmp_path, letter_of(templates, "We ask you.\n"), change)
    assert back.text == "We ask firmly you.\n"
    assert any("put in by Lawyer, taken" in note for note in map(str, back.notes))


def test_what_can_be_no_word_file_is_refused(templates: Path, tmp_path: Path) -> None:
    letter_of(templates, "One.\n\nA \x0b tab.\n", fr="Un.\n")
    with pytest.raises(LetterError, match="line 3"):
        to_docx("letter", ["en"], tmp_path, templates)
    with pytest.raises(NotFoundError, match="no text in"):
        to_docx("letter", ["es"], tmp_path, templates)
    with pytest.raises(UserError, match="one file"):
        to_docx("letter", (), tmp_path / "x.docx", templates)
    assert not list(tmp_path.glob("*.docx"))


def test_a_letter_that_went_away_makes_it_a_stranger_s_file(templates: Path, tmp_path: Path, engine: Engine) -> None:
    letter_of(templates, "We ask **you**.\n")
    (path,) = to_docx("letter", ["en"], tmp_path / "x.docx", templates)
    assert bring_back(engine, path, by=ANA, templates=templates, name="other") is None
    made = from_docx(path, "other", "en", templates)
    assert (made.folder / "en.md").read_text() == "We ask **you**.\n"


def test_somebody_who_saves_at_the_same_moment_is_not_overwritten(
    templates: Path, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_of(templates, "One.\n")
    (path,) = to_docx("letter", ["en"], tmp_path / "x.docx", templates)
    edited(path, lambda xml: xml.replace("One.", "Uno."))
    from outreach.letters import bring_back as module

    def slow(*given: object) -> Returned:
        made = returned(*given)  # type: ignore[arg-type]
        (templates / "letter" / "en.md").write_text("Somebody else's.\n")
        return made

    monkeypatch.setattr(module, "returned", slow)
    real = module.editing.load_letter
    seen = load_letter("letter", templates)
    calls = iter([seen])
    monkeypatch.setattr(module, "load_letter", lambda *given: next(calls, None) or real(*given))
    with pytest.raises(ConflictError):
        bring_back(engine, path, by=ANA, templates=templates)
    assert (templates / "letter" / "en.md").read_text() == "Somebody else's.\n"


@pytest.mark.heavy
def test_random_edits_are_read_as_word_has_them(templates: Path, tmp_path: Path) -> None:
    chance = random.Random(19)
    letter = load_letter("hrc-joint-letter", ROOT / "templates")
    for _ in range(25):
        place = chance.choice(["people", "Council", "delegation", "records", "short answer", "Silence", "silence"])
        put = chance.choice(
            ["a*b", "x_y_z", "[n]", "<t>", "«q»", "1. a", "\u00a0\u2013", "R&amp;D", "50 % ~ x", "`k`", ""]
        )

        def change(xml: str, place: str = place, put: str = put) -> str:
            return xml.replace(place, put.replace("<t>", "&lt;t&gt;"), 1)

        try:
            back = came_back(tmp_path, letter, change)
        except AssertionError:  # the word is not there
            continue
        wanted = put.replace("&amp;", "&")
        assert (
            wanted.split() == []
            or wanted in "".join(one.words for one in blocks_of(back.text).blocks)
            or wanted in back.subject
        )
