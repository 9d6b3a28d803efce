"""New letters: from nothing, and from a Word document."""

import zipfile
from pathlib import Path

import pytest
from letters_made import write_letter

from outreach.errors import LetterError, NotFoundError, UserError
from outreach.letters.folder import load_letter
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.new import from_docx, new_letter
from outreach.pasted import in_words
from outreach.vocabulary import Language
from tests.word_by_hand import docx, paragraph, run


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A templates folder with layouts and one letter."""
    write_letter(tmp_path / "templates", {})
    return tmp_path / "templates"


@pytest.mark.heavy
def test_a_new_letter_lacks_its_words_alone_in_every_language_asked_for(templates: Path) -> None:
    made = new_letter("spring-appeal", list(Language), templates)
    assert {path.name for path in made.files} == {"letter.toml", *(f"{language}.md" for language in Language)}
    found = check_letter("spring-appeal", templates)
    assert [one.says.code for one in found.problems] == ["words.skeleton"] * len(Language)
    assert not found.warnings
    for path in made.files:
        if path.suffix == ".md":
            lines = path.read_text(encoding="utf-8").split("\n\n")
            lines[3] = "…"
            path.write_text("\n\n".join(lines), encoding="utf-8")
    assert not check_letter("spring-appeal", templates).problems


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


@pytest.mark.heavy
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


VANISH, STRIKE = "<w:vanish/>", "<w:strike/>"


def change(kind: str, text: str) -> str:
    element = "delText" if kind == "del" else "t"
    return f'<w:{kind} w:id="1" w:author="Ana"><w:r><w:{element}>{text}</w:{element}></w:r></w:{kind}>'


def cell(text: str) -> str:
    return f"<w:tr><w:tc>{paragraph(run(text))}</w:tc></w:tr>"


def merge_field(name: str) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    instruction = f"<w:r><w:instrText> MERGEFIELD {name} \\* MERGEFORMAT </w:instrText></w:r>"
    return mark.format("begin") + instruction + mark.format("separate") + run(f"«{name}»") + mark.format("end")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("body", "stands", "gone", "told"),
    [
        (paragraph(run("Seen. "), run("Hidden note", VANISH)), "Seen.", "Hidden", "hidden words, not taken"),
        (paragraph(run("Seen. "), run("White note", '<w:color w:val="FFFFFF"/>')), "Seen.", "White", "hidden words"),
        (paragraph(run("Seen. "), run("Tiny note", '<w:sz w:val="2"/>')), "Seen.", "Tiny", "hidden words"),
        (paragraph(run("Seen. "), run("Gone", STRIKE)), "Seen.", "\nSeen. Gone", "struck-out words, not taken: “Gone”"),
        (paragraph(change("ins", "4 April "), change("del", "3 April")), "\n4 April", "\n4 April 3",
        "taken out by Ana, not taken: “3 April”"),
        (paragraph(run("Dear "), merge_field("Last_Name"), run(",")), "Dear {{ contact.name }},", "«",
        "a merge field, now"),
        (paragraph(run("Dear "), merge_field("Shoe_Size"), run("x")), "Dear x", "«", "left out: “Shoe_Size”"),
        (paragraph('<w:fldSimple w:instr=" MERGEFIELD Country "><w:r><w:t>«Country»</w:t></w:r></w:fldSimple>'),
         "{{ mission.name }}", "«", "a merge field, now"),
        (paragraph(run("a line", '<w:u w:val="single"/>')), "a line", "<u>", "underlined words"),
        (paragraph(run("ask Ida", '<w:highlight w:val="yellow"/>')), "ask Ida", "<mark>", "words marked with a colour"),
        (paragraph(run("Big", "<w:caps/>")), "Big", "BIG", "capitals that Word makes of small letters"),
        (paragraph(run("Seen."), '<m:oMathPara xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">'
         "<m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath></m:oMathPara>"), "Seen.",
         "Seen. a+b", "an equation, not taken: write it"),
        (f"<w:tbl>{cell('Year')}{cell('2023')}</w:tbl>",
         "| Year |\n| --- |\n| 2023 |", "~~", "a table"),
    ],
)  # fmt: skip
def test_what_word_has_and_a_letter_has_not_is_told_and_the_letter_is_not_ready(
    templates: Path, tmp_path: Path, body: str, stands: str, gone: str, told: str
) -> None:
    made = from_docx(docx(tmp_path / "appeal.docx", paragraph(run("First.")), body), templates=templates)
    text = (made.folder / "en.md").read_text(encoding="utf-8")
    assert stands in text
    assert gone not in text.partition("#}")[2]
    assert gone not in text or gone == "«"
    assert [note for note in map(str, made.notes) if told in note and "paragraph" in note]
    problems = check_letter("appeal", templates).problems
    assert "word.to-look-at" in [one.says.code for one in problems]
    looked_at = text.partition("#}\n")[2]
    (made.folder / "en.md").write_text(looked_at, encoding="utf-8")
    assert "word.to-look-at" not in [one.says.code for one in check_letter("appeal", templates).problems]


def test_no_break_spaces_footnotes_and_nested_lists_stay(templates: Path, tmp_path: Path) -> None:
    path = docx(
        tmp_path / "appeal.docx",
        paragraph(run("at the 55th\u00a0session, m"), run("2", '<w:vertAlign w:val="superscript"/>'), run(" a^b~c")),
    )
    text = (from_docx(path, templates=templates).folder / "en.md").read_text(encoding="utf-8")
    assert text == "at the 55th\u00a0session, m^2^ a\\^b\\~c\n"


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("Objet : Protection des témoins", "Protection des témoins"),
        ("Subject: A call, before the vote", "A call, before the vote"),
        ("Asunto: La votación", "La votación"),
        ("Objetivo: la votación", ""),
        ("We write on this subject: the vote.", ""),
    ],
)
def test_the_line_of_the_subject_is_the_subject(templates: Path, tmp_path: Path, line: str, subject: str) -> None:
    path = docx(
        tmp_path / "lettre.docx",
        paragraph(run("Genève")),
        paragraph(run(line, "<w:b/>")),
        paragraph(run("Excellence,")),
    )
    made = from_docx(path, "plea", "fr", templates)
    letter = load_letter("plea", templates)
    assert letter.subjects[Language.FRENCH] == letter.title == (subject or "lettre")
    assert ("word.subject-line" in [one.code for one in made.notes]) is bool(subject)
    assert line.partition(":")[2].strip() in letter.bodies[Language.FRENCH], "nothing of the text is taken away"
