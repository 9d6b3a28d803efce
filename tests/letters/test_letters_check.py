"""The check of a letter's folder: each mistake with its file and line, before any campaign."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from letters_made import ROOT, TOML, write_letter

from outreach.campaigns.lint_campaign import findings_of
from outreach.errors import NotFoundError
from outreach.letters.folder import load_letter
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.signing.signers import Signatories
from outreach.models import Campaign
from outreach.pasted import in_words

SAMPLES = ROOT / "templates"


def problems(templates: Path, files: dict[str, str]) -> list[str]:
    write_letter(templates, files)
    return [in_words(problem) for problem in check_letter("letter", templates).problems]


def warnings(templates: Path, files: dict[str, str]) -> list[str]:
    write_letter(templates, files)
    found = check_letter("letter", templates)
    assert not found.problems
    return [str(warning) for warning in found.warnings if "there is no text in" not in warning.what]


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["hrc-joint-letter", "hrc-reminder", "hrc-thanks", "hrc-regret"])
def test_the_samples_have_nothing_to_find_but_that_they_are_samples_of_a_session_that_is_over(name: str) -> None:
    found = check_letter(name, SAMPLES)
    assert not found.problems
    assert {one.says.code for one in found.warnings} <= {"words.sample", "date.past", "date.past-perhaps"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a\n\n{{ mission.nam }}", 3, "Did you mean mission.name?"),
        ("{% if false %}\n{{ mision.name }}\n{% endif %}", 2, "Did you mean mission?"),
        ("{{ letter.reply_by }}", 1, "Write reply_by = … under [facts]"),
        ("{{ contact.salutation }}", 1, "contact has:"),
        ("a\n{{ mission|off }}", 2, "No filter named 'off'"),
        ("a\n\n{% if x %}", 3, ""),
        ("{{ mission.name", 1, ""),
        ("a\n{% include 'no.md' %}", 2, "no file 'no.md'"),
        ("one\n\nthis is **bold and not closed\n", 3, "** is not closed"),
        ("this is *it", 1, "* is not closed"),
        ("a `code", 1, "` is not closed"),
        ("fine **bold**\nthen _italic", 2, "_ is not closed"),
        ("a\n\n::: adress\nx\n:::\n", 3, "Did you mean address?"),
        ("a\n\n::: date\nx\n", 3, "'date' is not closed"),
        ("a\n:::\n", 2, "closes no part"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    found = problems(tmp_path, {"en.md": text})
    assert any(f"letter/en.md, line {line}:" in problem and said in problem for problem in found), found


@pytest.mark.heavy
@pytest.mark.parametrize(
    "text",
    [
        "**{{ mission.name }}** and *{{ contact.name }}* and `x`",
        "{% set people = [1] %}{% for one in people %}{{ one }} {{ loop.index }}{% endfor %}",
        "snake_case_word and 3 \\* 4 and {{ 3 * 4 }} and {{ mission.name }}_",
        "{% macro say(what) %}{{ what }}{% endmacro %}{{ say('a') }}",
        "{% if contact.name %}*{{ contact.name }}*{% endif %} x",
        "::: signature\n{{ closing }}\n:::\n",
        "{# **not closed in a comment #}x",
    ],
)
def test_what_is_right_is_left_alone(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, {"en.md": text}) == []


def test_a_mistake_in_the_subject_and_in_letter_toml(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"letter.toml": "title='T'\n[subject]\nen = '{{ mission.nme }}'\n"})
    assert "letter/letter.toml, line 3, subject.en" in found
    (found,) = problems(tmp_path, {"letter.toml": "title='T'\n[subject]\nen = '{{ mission.the }}'\n"})
    assert "Write mission|the." in found
    (found,) = problems(tmp_path, {"letter.toml": 'attachments = ["gone.pdf"]\n' + TOML})
    assert "letter/letter.toml, line 1, attachments: there is no file 'gone.pdf'" in found
    (found,) = problems(tmp_path, {"letter.toml": 'attachments = [\n  "en.md",\n  "gone.pdf",\n]\n' + TOML})
    assert "letter/letter.toml, line 3, attachments" in found
    with pytest.raises(NotFoundError):
        check_letter("nosuch", tmp_path)


def test_a_subject_too_long_for_some_state_is_told(tmp_path: Path) -> None:
    toml = "title='T'\n[subject]\nen = '" + "x" * 110 + " {{ mission.formal_name }}'\n"
    (warning,) = warnings(tmp_path, {"letter.toml": toml})
    assert "for GBR" in warning
    toml = "title='T'\n[subject]\nen = '" + "x" * 190 + " {{ mission.formal_name }}'\n"
    (found,) = problems(tmp_path, {"letter.toml": toml})
    assert "Shorten it to 200" in found


@pytest.mark.heavy
def test_languages_out_of_step_are_told_with_file_and_line(tmp_path: Path) -> None:
    found = warnings(tmp_path, {"en.md": "One\n\nTwo\n\n1. a\n2. b\n", "fr.md": "Un\n\nDeux\n\n1. a\n"})
    assert len(found) == 1
    assert "en.md, line 6: a list item has none to match it in fr.md" in found[0]
    found = warnings(tmp_path, {"en.md": "One\n", "fr.md": "Un\n\n# Titre\n"})
    assert "fr.md, line 3: a heading has none to match it in en.md" in found[-1]


@pytest.mark.heavy
def test_a_fact_that_one_language_leaves_out_or_none_uses_is_told(tmp_path: Path) -> None:
    toml = TOML + "[facts]\nby = 2024-03-01\nidle = 1\n"
    found = warnings(tmp_path, {"letter.toml": toml, "en.md": "By {{ letter.by }}", "fr.md": "Merci"})
    assert any("letter.by is not said in fr.md" in line for line in found)
    assert any("line 7, facts.idle: no text uses it" in line for line in found)


def test_a_layout_that_fails_is_told(tmp_path: Path) -> None:
    write_letter(tmp_path, {"letter.toml": TOML + "[pdf]\n"})
    (tmp_path / "layouts" / "letter.typ").write_text("#let render(letter) = broken")
    assert "letter.typ" in str(check_letter("letter", tmp_path).problems[0])


def zipped(name: str, *, encrypted: bool = False) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(name, "x")
    data = bytearray(made.getvalue())
    if encrypted:  # bit 0 of the flags, in the local header and in the central directory
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


PE = b"MZ\x90\x00" + bytes(60)
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF-1.7 ...", None),
        ("a.pdf", b"\xef\xbb\xbf%PDF-1.7 ...", None),
        ("a.pdf", b"<html>", "attachment.other-kind"),
        ("a.pdf", b"", "attachment.empty"),
        ("a.pdf", b"%PDF-1.7 trailer << /Root 1 0 R /Encrypt 9 0 R >>", "attachment.encrypted"),
        ("a.pdf", PE, "attachment.program"),
        ("a.txt", b"MZ is a name of ours.", None),
        ("a.jpg", b"\x7fELF\x02", "attachment.program"),
        ("a.txt", b"#!/bin/sh", "attachment.program"),
        ("setup.exe", b"anything", "attachment.program"),
        ("a.pdf.scr ", b"anything", "attachment.program"),
        ("a.zip", zipped("run.js"), "attachment.program"),
        ("a.zip", zipped("notes.txt"), None),
        ("a.zip", zipped("notes.txt", encrypted=True), "attachment.encrypted"),
        ("a.docx", zipped("word/document.xml"), None),
        ("a.docx", COMPOUND + "EncryptedPackage".encode("utf-16-le"), "attachment.encrypted"),
        ("a.docx", b"plain words", "attachment.other-kind"),
        ("a.xls", COMPOUND, None),
        ("a.png", b"\xff\xd8\xff", "attachment.other-kind"),
        ("a.unknown", b"anything", None),
    ],
)  # fmt: skip
def test_what_an_attachment_is_is_looked_at(tmp_path: Path, name: str, content: bytes, code: str | None) -> None:
    write_letter(tmp_path, {"letter.toml": f'attachments = ["{name}"]\n' + TOML, name: content})
    found = check_letter("letter", tmp_path)
    told = [*found.problems, *found.warnings]
    assert [one.says.code for one in told if one.says.code.startswith("attachment.")] == [code] * (code is not None)
    assert ("attachment.program" in {one.says.code for one in found.problems}) == (code == "attachment.program")
    assert all("letter.toml" in one.where for one in told if one.says.code == code)


def test_an_attachment_in_a_language_that_the_letter_has_not_is_told(tmp_path: Path) -> None:
    entry = '[[attachments]]\nfile = "a.pdf"\nlanguage = "{}"\n'
    for language, expected in (("en", []), ("ru", ["'a.pdf' reaches nobody: the letter has no text in ru"])):
        write_letter(tmp_path, {"letter.toml": TOML + entry.format(language), "a.pdf": b"%PDF-1.4"})
        found = check_letter("letter", tmp_path)
        assert [one.what for one in found.warnings if one.says.code == "attachment.nobody"] == expected


def test_a_sheet_in_the_folder_that_letter_toml_does_not_name_is_told(tmp_path: Path) -> None:
    sheet = "kind,name\norganisation,Lantern Archive\n"
    files = {"letter.toml": 'signatories = "signatories.csv"\n' + TOML, "signatories.csv": sheet}
    assert warnings(tmp_path, files) == []
    files = {"letter.toml": TOML, "signatories.csv": sheet, "~$signatories.csv": ""}
    (told,) = warnings(tmp_path, files)
    assert "letter.toml does not name 'signatories.csv'" in told
    assert 'Write signatories = "signatories.csv" above [subject] there' in told
    campaign, letter = (
        Campaign(name="c", letter="letter", audience="all", time_zone="UTC"),
        load_letter("letter", tmp_path),
    )
    for signing, expected in ((None, True), (Signatories(), False)):
        found = findings_of(campaign, None, letter, (), datetime(2024, 3, 1, tzinfo=UTC), signing)
        assert ("sheet.not-named" in {one.says.code for one in found.warnings}) is expected
