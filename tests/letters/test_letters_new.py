"""New letters: from nothing, and from a Word document."""

import zipfile
from pathlib import Path

import pytest
from letters_made import write_letter

from outreach.errors import LetterError, NotFoundError, UserError
from outreach.letters.folder import load_letter
from outreach.letters.lint import check_letter
from outreach.letters.new import from_docx, new_letter
from outreach.pasted import in_words
from outreach.vocabulary import Language

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def run(text: str, style: str = "") -> str:
    return f'<w:r><w:rPr>{style}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def docx(path: Path, *body: str, prologue: str = "") -> Path:
    """A Word document, by hand: what Word writes at the least."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        file.writestr(
            "word/document.xml",
            f'<?xml version="1.0" encoding="UTF-8"?>{prologue}<w:document xmlns:w="{W}"><w:body>{"".join(body)}'
            "</w:body></w:document>",
        )
        file.writestr(
            "word/styles.xml",
            f'<w:styles xmlns:w="{W}"><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>'
            "</w:style></w:styles>",
        )
    return path


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A templates folder with layouts and one letter."""
    write_letter(tmp_path / "templates", {})
    return tmp_path / "templates"


def test_a_new_letter_is_ready_and_in_every_language_asked_for(templates: Path) -> None:
    made = new_letter("spring-appeal", list(Language), templates)
    assert {path.name for path in made.files} == {"letter.toml", *(f"{language}.md" for language in Language)}
    found = check_letter("spring-appeal", templates)
    assert not found.problems
    assert not found.warnings


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "layouts", "Ünder", "a b", "x" * 81, "letter"])
def test_a_name_that_is_taken_or_none_is_refused(templates: Path, name: str) -> None:
    with pytest.raises(UserError):
        new_letter(name, ["en"], templates)
    with pytest.raises(UserError, match="no language"):
        new_letter("other", ["xx"], templates)
    assert not (templates / "other").exists()


def test_without_layouts_the_cure_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        new_letter("spring", ["en"], tmp_path)
    assert "outreach init" in in_words(caught.value)


def test_a_word_document_becomes_a_letter_with_its_fields(templates: Path, tmp_path: Path) -> None:
    path = docx(
        tmp_path / "Our Appeal 2024.docx",
        paragraph(run("An Appeal"), style="Heading1"),
        paragraph(run("Dear {{ mission"), run(".name }}, see {{ letter.reply_by }} &amp; *this*_")),
        paragraph(run("We "), run("ask", "<w:b/>"), run(" you; "), run("please", "<w:i/>"), run(".")),
        paragraph(run("{{ mission|of }} {% if contact.name == “x” %}y{% endif %}")),
    )
    made = from_docx(path, templates=templates)
    assert made.folder.name == "our-appeal-2024"
    text = (made.folder / "en.md").read_text(encoding="utf-8")
    assert "# An Appeal" in text
    assert "{{ mission.name }}" in text
    assert "{{ letter.reply_by }}" in text
    assert "**ask**" in text
    assert "*please*" in text
    assert '{% if contact.name == "x" %}' in text
    toml = made.folder / "letter.toml"
    toml.write_text(toml.read_text().replace("# reply_by", "reply_by"))
    letter = load_letter("our-appeal-2024", templates)
    assert letter.title == "An Appeal"
    assert not check_letter("our-appeal-2024", templates).problems


def test_a_second_language_joins_the_letter(templates: Path, tmp_path: Path) -> None:
    path = docx(tmp_path / "lettre.docx", paragraph(run("Bonjour")))
    made = from_docx(path, "letter", "fr", templates)
    assert [file.name for file in made.files] == ["fr.md"]
    with pytest.raises(UserError, match="there already"):
        from_docx(path, "letter", "fr", templates)


@pytest.mark.parametrize("kind", ["missing", "text", "zip", "entities", "empty", "bomb"])
def test_what_is_no_harmless_word_document_is_one_clear_line(templates: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.docx"
    match kind:
        case "text":
            path.write_text("hello")
        case "zip":
            with zipfile.ZipFile(path, "w") as file:
                file.writestr("a.txt", "a")
        case "entities":
            docx(path, paragraph(run("&e;")), prologue='<!DOCTYPE d [<!ENTITY e "x">]>')
        case "empty":
            docx(path)
        case "bomb":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
                file.writestr("word/document.xml", b" " * 201 * 1024 * 1024)
    with pytest.raises(LetterError):
        from_docx(path, templates=templates)
    assert sorted(child.name for child in templates.iterdir()) == ["layouts", "letter"]


def test_html_in_a_word_document_stays_text(templates: Path, tmp_path: Path) -> None:
    from letters_made import addressee, merger

    path = docx(tmp_path / "h.docx", paragraph(run("&lt;script&gt;alert(1)&lt;/script&gt; ::: date")))
    from_docx(path, templates=templates)
    words = merger(load_letter("h", templates)).merge(addressee("GBR"))
    assert "<script" not in words.html
    assert words.text.strip() == "<script>alert(1)</script> ::: date"
