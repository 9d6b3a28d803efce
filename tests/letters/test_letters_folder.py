"""A letter's folder as it is read: what is needed, what is refused, and where the cure is told."""

from pathlib import Path

import pytest
from letters_made import TOML, write_letter

from outreach.errors import LetterError, NotFoundError
from outreach.letters.folder import load_letter
from outreach.letters.signing.signers import read_signatories
from outreach.vocabulary import Language


def refused(templates: Path, files: dict[str, str | bytes]) -> str:
    write_letter(templates, files)
    with pytest.raises(LetterError) as caught:
        load_letter("letter", templates)
    return str(caught.value)


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    toml = 'attachments = ["annex.pdf"]\n' + TOML + '[facts]\nvote = 2024-04-03\n[facts.fr]\nsession = "55e session"\n'
    write_letter(tmp_path, {"letter.toml": toml, "fr.md": "Bonjour", "annex.pdf": b"%PDF"})
    letter = load_letter("letter", tmp_path)
    assert letter.languages == [Language.ENGLISH, Language.FRENCH]
    assert letter.language_for(Language.RUSSIAN) is Language.ENGLISH
    assert letter.facts[Language.FRENCH]["session"] == "55e session"
    assert "session" not in letter.facts[Language.ENGLISH]
    (annex,) = letter.attachments
    assert (annex.name, annex.media_type, annex.content) == ("annex.pdf", "application/pdf", b"%PDF")


@pytest.mark.parametrize("name", ["nosuch", "../letter", "/etc", ".", "", "layouts", "letter/en.md"])
def test_a_letter_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, name: str) -> None:
    write_letter(tmp_path, {})
    with pytest.raises(NotFoundError, match="There is: letter"):
        load_letter(name, tmp_path)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"letter.toml": "title = "}, "letter.toml can't be read"),
        ({"letter.toml": b"\xff\xfe"}, "not UTF-8"),
        ({"letter.toml": 'subject = {en = "x"}'}, "title"),
        ({"letter.toml": TOML + "[colour]\nx = 1"}, "colour"),
        ({"letter.toml": 'title = "T"\n[subject]\nxx = "x"'}, "xx"),
        ({"letter.toml": 'title = "T"\nfallback = "es"\n[subject]\nen = "x"'}, "Write es.md"),
        ({"es.md": "Hola"}, "no subject for es"),
        ({"en.md": b"caf\xe9"}, "en.md is not UTF-8 text (byte 3)"),
        ({"en.md": "x" * (1024 * 1024 + 1)}, "over 1 MB"),
        ({"letter.toml": 'from = "nobody"\n' + TOML}, "letter.toml, line 1, from"),
        ({"letter.toml": 'attachments = ["no.pdf"]\n' + TOML}, "no file 'no.pdf'"),
        ({"letter.toml": 'attachments = ["../../x"]\n' + TOML}, "outside the letter's folder"),
        ({"letter.toml": 'attachments = ["/etc/hostname"]\n' + TOML}, "outside the letter's folder"),
        ({"letter.toml": 'signatories = "no.csv"\n' + TOML}, "no.csv"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(tmp_path: Path, files: dict[str, str | bytes], said: str) -> None:
    assert said in refused(tmp_path, files)


def test_an_attachment_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s")
    folder = write_letter(tmp_path, {"letter.toml": 'attachments = ["a.txt"]\n' + TOML})
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(LetterError, match="outside"):
        load_letter("letter", tmp_path)


def test_an_attachment_over_ten_megabytes_is_refused(tmp_path: Path) -> None:
    assert "over 10 MB" in refused(
        tmp_path, {"letter.toml": 'attachments = ["a.bin"]\n' + TOML, "a.bin": b"0" * (10 * 1024 * 1024 + 1)}
    )


def test_signatories_are_two_lists_in_the_files_order(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "Kind,name,acronym\n".lower() + "organisation,Bee,B\nIndividual, Ada  Ex ,\n\n,,\norganisation,Ay,\n"
    )
    found = read_signatories(path)
    assert [one.name for one in found.individuals] == ["Ada Ex"]
    assert [(one.name, one.acronym) for one in found.organisations] == [("Bee", "B"), ("Ay", "")]
    assert len(found) == 3


def test_every_bad_row_of_signatories_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("kind,name\nalien,A\nindividual,\nindividual,Bo\n")
    with pytest.raises(LetterError) as caught:
        read_signatories(path)
    assert [problem.where.rpartition(" ")[2] for problem in caught.value.problems] == ["2", "3"]
    path.write_text("who\nA\n")
    with pytest.raises(LetterError, match="kind and name"):
        read_signatories(path)
