"""A covering mail beside the PDF, and files that go with letters by language and by mission."""

import email
import email.policy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from letters_made import TOML, addressee, merger, write_letter
from pypdf import PdfReader

from outreach.campaigns.compose import compose_all
from outreach.campaigns.lint_campaign import findings_of
from outreach.campaigns.publish import publish
from outreach.errors import LetterError
from outreach.letters.attached_files import LetterAttachment, file_name_of, named_apart
from outreach.letters.faces.mime_writer import text_digest
from outreach.letters.folder import load_letter
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.lint.lint_reading import mail_size
from outreach.letters.merge import Merged
from outreach.letters.new import new_letter
from outreach.letters.reading import read_letter
from outreach.models import Campaign
from outreach.settings import Settings
from outreach.vocabulary import Language

NOW = datetime(2024, 3, 15, tzinfo=UTC)
COVERED = 'title = "T"\ncover = true\n[subject]\nen = "To {{ mission.name }}"\n[pdf]\nfile = "L"\n'
SETTINGS = Settings(sender="Ana <ana@coalition.example>")


def covered(templates: Path, **files: str) -> Path:
    return write_letter(
        templates,
        {
            "letter.toml": COVERED, "en.md": "The whole letter to {{ mission.name }}.\n",
            "cover.en.md": "Please find it attached, {{ mission.name }}.\n",
            **{f.replace("__", "."): t for f, t in files.items()},
        },
    )  # fmt: skip


def composed(templates: Path, iso3: str = "GBR", **values: object) -> tuple[Merged, bytes]:
    letter = load_letter("letter", templates)
    one = merger(letter).merge(addressee(iso3, **values))
    (made,) = compose_all(SETTINGS, letter, [one], NOW)
    return one, made.raw


def names(raw: bytes) -> list[str]:
    return [file.name for file in read_letter(raw).attachments]


def test_the_mail_covers_and_the_letter_is_in_the_pdf_alone(tmp_path: Path) -> None:
    covered(tmp_path)
    one, raw = composed(tmp_path)
    read = read_letter(raw)
    assert "Please find it attached, United Kingdom" in read.text
    assert "whole letter" not in read.text + read.page
    (pdf,) = read.attachments
    assert "The whole letter" in PdfReader(BytesIO(pdf.content)).pages[0].extract_text()
    assert one.subject == email.message_from_bytes(raw, policy=email.policy.default)["Subject"]


def test_what_tells_that_a_mission_had_the_letter_is_the_letter_and_not_its_cover(tmp_path: Path) -> None:
    covered(tmp_path)
    first, _ = composed(tmp_path)
    covered(tmp_path, cover__en__md="Other covering words.\n")
    again, _ = composed(tmp_path)
    assert first.mail.text != again.mail.text
    assert text_digest(first.text) == text_digest(again.text)


def test_a_cover_that_lacks_a_language_or_a_pdf_is_refused(tmp_path: Path) -> None:
    covered(tmp_path, fr__md="La lettre.\n", letter__toml=COVERED.replace("[pdf]", 'fr = "À"\n[pdf]'))
    with pytest.raises(LetterError) as caught:
        load_letter("letter", tmp_path)
    assert [one.says.code for one in caught.value.problems] == ["letter.cover-lacking"]
    covered(tmp_path, letter__toml='title = "T"\ncover = true\n[subject]\nen = "S"\n')
    (tmp_path / "letter" / "fr.md").unlink()
    with pytest.raises(LetterError) as caught:
        load_letter("letter", tmp_path)
    assert [one.says.code for one in caught.value.problems] == ["letter.cover-without-pdf"]


@pytest.mark.parametrize(
    ("cover", "code"),
    [
        ("Here it is: TODO.\n", "words.todo"), ("Dear {{ mission.nam }},\n", "letter.no-field-of"),
        ("A **bold\n", "letter.mark-open"),
        ("See https://localhost/x\n", "link.local"), ("{% if open %}\n", "letter.template"),
        ("![x](https://a.example/p.png)\n", "picture.remote"),
    ],
)  # fmt: skip
def test_the_check_reads_the_cover_too(tmp_path: Path, cover: str, code: str) -> None:
    covered(tmp_path, cover__en__md=f"Dear all,\n\n{cover}")
    found = check_letter("letter", tmp_path)
    said = {one.says.code: one.where for one in found.problems}
    if code == "words.todo":
        assert any(where.endswith("cover.en.md, line 3") for where in said.values())
    else:
        assert "cover.en.md, line 3" in said[code]


def test_a_field_that_the_cover_needs_is_missed(tmp_path: Path) -> None:
    covered(tmp_path, cover__en__md="To {{ contact.name }}.\n")
    one, _ = composed(tmp_path)
    assert one.missing == ("contact.name",)


def test_the_open_edition_is_the_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    covered(
        tmp_path / "templates", en__md="The whole letter.\n", letter__toml=COVERED.replace("To {{ mission.name }}", "S")
    )
    page, _ = publish("letter", out=tmp_path / "out", templates=tmp_path / "templates")
    assert "The whole letter." in page.read_text(encoding="utf-8")
    assert "attached" not in page.read_text(encoding="utf-8")


@pytest.mark.heavy
def test_a_new_letter_with_a_cover_has_one_in_each_language(tmp_path: Path) -> None:
    write_letter(tmp_path, {})
    made = new_letter("spring", [str(one) for one in Language], tmp_path, cover=True)
    assert {f"cover.{language}.md" for language in Language} <= {path.name for path in made.files}
    letter = load_letter("spring", tmp_path)
    assert set(letter.covers) == set(Language)
    assert letter.pdf_file == "spring"
    assert {one.says.code for one in check_letter("spring", tmp_path).problems} == {"words.skeleton"}


FILES = """
[[attachments]]
file = "annex.pdf"
name = "Annex for {{ mission.name }}.pdf"
[[attachments]]
file = "fr.pdf"
language = "fr"
[[attachments]]
file = "only.pdf"
missions = ["FRA", "deu"]
[[attachments]]
file = "africa.pdf"
missions = ["group:African Group"]
[[attachments]]
file = "tagged.pdf"
missions = ["tag:core group"]
"""


@pytest.mark.parametrize(
    ("iso3", "values", "expected"),
    [
        ("GBR", {}, ["Annex for United Kingdom of Great Britain and Northern Ireland.pdf"]),
        ("DEU", {}, ["Annex for Germany.pdf", "only.pdf"]),
        ("FRA", {"language": Language.FRENCH}, ["Annex for France.pdf", "fr.pdf", "only.pdf"]),
        ("KEN", {}, ["Annex for Kenya.pdf", "africa.pdf"]),
        ("CHE", {"language": Language.ENGLISH, "tags": ["Core Group"]}, ["Annex for Switzerland.pdf", "tagged.pdf"]),
    ],
)
def test_files_go_by_language_and_by_mission(
    tmp_path: Path, iso3: str, values: dict[str, object], expected: list[str]
) -> None:
    files = {f"{name}.pdf": b"%PDF-1.4 x" for name in ("annex", "fr", "only", "africa", "tagged")}
    write_letter(tmp_path, {"letter.toml": TOML + FILES, "fr.md": "Bonjour\n", **files})
    _, raw = composed(tmp_path, iso3, **values)
    assert names(raw) == expected


def test_plain_entries_go_with_every_letter_as_ever(tmp_path: Path) -> None:
    write_letter(tmp_path, {"letter.toml": 'attachments = ["a b.pdf"]\n' + TOML, "a b.pdf": b"%PDF-1.4"})
    assert names(composed(tmp_path)[1]) == ["a b.pdf"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('missions = ["XYZ"]', "no mission"), ('missions = ["group:Nowhere"]', "names no mission"),
        ('language = "de"', "language"), ('missions = []', "names nobody"),
        ('colour = "red"', "colour"), ('name = "{{ mission.nam }}"', None),
    ],
)  # fmt: skip
def test_an_entry_that_means_nothing_is_told_with_its_place(tmp_path: Path, entry: str, said: str | None) -> None:
    write_letter(tmp_path, {"letter.toml": f'{TOML}[[attachments]]\nfile = "a.pdf"\n{entry}\n', "a.pdf": b"x"})
    problems = check_letter("letter", tmp_path).problems
    assert problems
    assert all("attachments" in one.where for one in problems)
    assert said is None or any(said in one.what + one.where for one in problems)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Annex\r\nBcc: x@y.example", "Annex Bcc_ x@y.example.pdf"), ("../../etc/passwd", "etc_passwd.pdf"),
        ("a.PDF", "a.pdf"),
        ("Côte d’Ivoire.pdf", "Côte d’Ivoire.pdf"), ("", "f.pdf"),
        ("x" * 300, "x" * 120 + ".pdf"), ("a.exe", "a.exe.pdf"), ("a\0b", "a b.pdf"),
    ],
)  # fmt: skip
def test_a_name_is_safe_for_heads_and_disks_and_keeps_its_ending(words: str, name: str) -> None:
    assert file_name_of(words, "f.pdf") == name


def test_two_files_of_one_mail_have_two_names() -> None:
    made = named_apart([LetterAttachment("a.pdf", "x", b"1"), LetterAttachment("A.pdf", "x", b"2")])
    assert [one.name for one in made] == ["a.pdf", "A 2.pdf"]


def test_the_size_is_that_of_the_fullest_mail(tmp_path: Path) -> None:
    entries = "".join(
        f'[[attachments]]\nfile = "{n}.pdf"\nmissions = ["{code}"]\n' for n, code in enumerate(("FRA", "DEU", "FRA"))
    )
    write_letter(tmp_path, {"letter.toml": TOML + entries, **{f"{n}.pdf": bytes(3_000_000) for n in range(3)}})
    size = mail_size(load_letter("letter", tmp_path))
    assert 8_000_000 < size < 8_500_000
    assert "size.large" in [one.says.code for one in check_letter("letter", tmp_path).warnings]


@pytest.mark.parametrize("cover", [True, False])
def test_sample_words_behind_a_cover_stand_in_the_way_in_rehearsal_too(tmp_path: Path, *, cover: bool) -> None:
    """Nobody reads the PDF again before the letters go to missions."""
    toml = COVERED if cover else COVERED.replace("cover = true\n", "")
    covered(tmp_path, en__md="Dear all,\n\n*This is a sample letter. It stands for nobody.*\n", letter__toml=toml)
    letter = load_letter("letter", tmp_path)
    merged = [merger(letter).merge(addressee("GBR"))]
    campaign = Campaign(name="c", letter="letter", time_zone="Europe/Zurich", audience=[])
    found = findings_of(campaign, SETTINGS, letter, merged, NOW, None)
    assert ("words.sample" in [one.says.code for one in found.problems]) is cover
    assert "words.sample" in [one.says.code for one in (*found.problems, *found.warnings)]
