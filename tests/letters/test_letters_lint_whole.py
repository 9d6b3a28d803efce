"""The lint reads a letter as a whole, in six languages: what its files say differently, its parts, counts and marks."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from letters_made import write_letter

from outreach.errors import Problem
from outreach.letters.folder import load_letter
from outreach.letters.lint.findings import Findings
from outreach.letters.lint.lint_letter import check_letter, words_of
from outreach.letters.lint.lint_numbers import numbers_in
from outreach.vocabulary import Language

CASES = tomllib.loads((Path(__file__).parent / "lint_cases" / "differing.toml").read_text(encoding="utf-8"))
CLEAN = tomllib.loads((Path(__file__).parent / "lint_cases" / "right.toml").read_text(encoding="utf-8"))["letter"]
TODAY = date(2026, 11, 26)


def six_languages() -> dict[str, str]:
    subjects = "".join(f'{language} = "{one["subject"]}"\n' for language, one in CASES["letter"].items())
    toml = f'title = "Water"\n[subject]\n{subjects}[facts]\nsession = "64th session"\nvote_on = 2027-04-02\n'
    return {"letter.toml": toml, **{f"{language}.md": one["text"] for language, one in CASES["letter"].items()}}


def said_of(templates: Path, files: dict[str, str]) -> list[Problem]:
    write_letter(templates, files)
    return list(words_of(load_letter("letter", templates), TODAY))


def test_the_letter_in_six_languages_is_clean(tmp_path: Path) -> None:
    assert said_of(tmp_path, six_languages()) == []


@pytest.mark.parametrize(
    "planted", CASES["planted"], ids=lambda one: f"{one['code']} {one['file']} {one['words'][:20]}"
)
def test_what_is_planted_is_told_with_its_words_and_its_place(tmp_path: Path, planted: dict[str, str]) -> None:
    files = six_languages()
    file = planted["file"]
    for instead_of, text in (("instead_of", "text"), ("and_instead_of", "and_text")):
        if instead_of in planted:
            assert planted[instead_of] in files[file]
            files[file] = files[file].replace(planted[instead_of], planted[text])
    found = said_of(tmp_path, files)
    told = [one for one in found if one.says.code == planted["code"] and file in str(one)]
    assert [one for one in told if planted["words"] in str(one)], found


@pytest.mark.parametrize("letter", CLEAN, ids=lambda one: str(one["about"]))
def test_nothing_stands_in_the_way_of_what_is_right(tmp_path: Path, letter: dict[str, str]) -> None:
    language = letter["language"]
    toml = f'title = "T"\nfallback = "{language}"\n[subject]\n{language} = "{letter["subject"]}"\n'
    folder = write_letter(tmp_path, {"letter.toml": toml, f"{language}.md": letter["text"]})
    if language != "en":
        (folder / "en.md").unlink(missing_ok=True)
    found = Findings()
    found.take(words_of(load_letter("letter", tmp_path), TODAY), live=True)
    assert found.problems == []
    assert [one.says.code for one in found.warnings] == []


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        (Language.ENGLISH, "twenty-one of four hundred, 1,204 in all; 52/14", [21, 400, 1204]),
        (Language.FRENCH, "vingt et un, quatre-vingt-dix et 1 204, dix-sept", [21, 90, 1204, 17]),
        (Language.SPANISH, "treinta y dos, ocho y 1.204", [32, 8, 1204]),
        (Language.RUSSIAN, "двадцать пять, девяти, 1 204", [25, 9, 1204]),
        (Language.ARABIC, "خمسة وعشرين ثم أحد عشر ثم تسع", [25, 11, 9]),
        (Language.CHINESE, "二十五名，两个，第三条，四处", [25, 2]),
    ],
)
def test_numbers_are_read_in_figures_and_in_words(language: Language, text: str, values: list[int]) -> None:
    assert [one.value for one in numbers_in(text, language)] == values


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_subject_is_told_and_ends_no_check(tmp_path: Path, blank: str) -> None:
    files = six_languages()
    files["letter.toml"] = files["letter.toml"].replace(CASES["letter"]["ar"]["subject"], blank)
    write_letter(tmp_path, files)
    found = check_letter("letter", tmp_path, today=TODAY)
    assert any("subject.ar" in str(one) and "empty" in str(one) for one in found.problems)


def test_a_letter_without_its_fallback_is_told_so_and_checked_all_the_same(tmp_path: Path) -> None:
    files = {name: text for name, text in six_languages().items() if name != "en.md"}
    files["fr.md"] = files["fr.md"].replace("vendredi 2 avril 2027", "lundi 2 avril 2027")
    folder = write_letter(tmp_path, files)
    (folder / "en.md").unlink(missing_ok=True)
    found = check_letter("letter", tmp_path, today=TODAY)
    assert any("Write en.md, or add fallback =" in str(one) for one in found.problems)
    assert any("lundi 2 avril 2027" in str(one) for one in found.problems)


LINES = {
    "en": "Dr. Ilse Marwitz paid US$ 4.6 million, as the President of the Board told us on +254 20 618 4471. https://wells.example/en/2026",
    "fr": "La Dre Ilse Marwitz a versé 4,6 millions de dollars, nous a dit le Président du conseil, +254 20 618 4471. https://wells.example/fr/2026",
    "es": "La Dra. Ilse Marwitz pagó 4,6 millones de dólares, nos dijo el Presidente de la junta, +254 20 618 4471. https://wells.example/en/2026",
}


@pytest.mark.parametrize(
    ("language", "was", "now", "code"),
    [
        ("fr", "Ilse Marwitz", "Ilse Merwitz", "language.name"),
        ("es", "Ilse Marwitz", "Ilse Mawritz", "language.name"),
        ("fr", "millions de dollars", "millions d’euros", "language.currency"),
        ("es", "millones de dólares", "millones de euros", "language.currency"),
        ("fr", "le Président", "le Vice-Président", "language.office"),
        ("es", "el Presidente", "la Vicepresidenta", "language.office"),
        ("fr", "618 4471", "618 4417", "language.link"),
        ("es", "618 4471", "618 4571", "language.link"),
        ("es", "wells.example/en/2026", "wells.example/en/2024", "language.link"),
    ],
)
def test_what_languages_name_in_another_way_is_told(
    tmp_path: Path, language: str, was: str, now: str, code: str
) -> None:
    subjects = "".join(f'{one} = "{CASES["letter"][one]["subject"]}"\n' for one in LINES)
    toml = f'title = "Water"\n[subject]\n{subjects}[facts]\nsession = "64th session"\nvote_on = 2027-04-02\n'
    files = {"letter.toml": toml}
    for one, line in LINES.items():
        head, mark, rest = str(CASES["letter"][one]["text"]).partition("318")
        first, _, more = rest.partition("\n\n")
        files[f"{one}.md"] = f"{head}{mark}{first}\n\n{line}\n\n{more}"
    (tmp_path / "right").mkdir()
    assert said_of(tmp_path / "right", files) == []
    assert was in files[f"{language}.md"]
    files[f"{language}.md"] = files[f"{language}.md"].replace(was, now)
    found = said_of(tmp_path, files)
    assert [one.says.code for one in found if f"{language}.md" in one.where] == [code], found


@pytest.mark.parametrize(("sent", "told"), [(0, "words.no-attachment"), (1, "words.few-attachments"), (3, "")])
def test_files_that_are_promised_are_counted(tmp_path: Path, sent: int, told: str) -> None:
    names = [f"annex-{number}.pdf" for number in range(sent)]
    text = "Dear friends,\n\nThe three annexes attached to this letter say the rest.\n\nYours sincerely,\n\nIda Ro\n"
    toml = f'title = "T"\nattachments = {names!r}\n[subject]\nen = "Water"\n'
    folder = write_letter(tmp_path, {"letter.toml": toml, "en.md": text})
    for name in names:
        (folder / name).write_bytes(b"%PDF-1.4")
    found = [one.says.code for one in words_of(load_letter("letter", tmp_path), TODAY)]
    assert [one for one in found if "attachment" in one] == ([told] if told else [])


def test_an_office_in_the_closing_that_the_greeting_has_not_is_told(tmp_path: Path) -> None:
    text = (
        "{{ salutation }}\n\nNous vous écrivons.\n\nVeuillez agréer, Madame la Ministre, nos salutations.\n\nIda Ro\n"
    )
    toml = 'title = "T"\nfallback = "fr"\n[subject]\nfr = "Eau"\n'
    folder = write_letter(tmp_path, {"letter.toml": toml, "fr.md": text})
    (folder / "en.md").unlink(missing_ok=True)
    found = list(words_of(load_letter("letter", tmp_path), TODAY))
    assert [str(one) for one in found if one.says.code == "words.address-form"], found


def test_arabic_that_calls_one_person_within_a_sentence_is_told(tmp_path: Path) -> None:
    text = "{{ salutation }}\n\nونأمل يا سعادة السفيرة منى أن نلتقي بكم قريبا في جنيف.\n\n{{ closing }}\n\nليلى\n"
    toml = 'title = "T"\nfallback = "ar"\n[subject]\nar = "الماء"\n'
    folder = write_letter(tmp_path, {"letter.toml": toml, "ar.md": text})
    (folder / "en.md").unlink(missing_ok=True)
    found = list(words_of(load_letter("letter", tmp_path), TODAY))
    assert [str(one) for one in found if one.says.code == "words.one-addressee"], found


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("Wells: before the 64th session", []),
        ("Wells: before the 65th session", ["words.subject-differs"]),
        ("Forced to drink: before the 65th session", ["words.subject-differs"]),
        ("Wells: what became of the texts of the 63rd session", []),
    ],
)
def test_a_session_of_the_subject_that_the_text_has_otherwise_is_told(
    tmp_path: Path, subject: str, told: list[str]
) -> None:
    text = (
        "Excellency,\n\nWe write ahead of the 64th session of the Human Rights Council.\n\nYours sincerely,\n\nIda Ro\n"
    )
    files = {"letter.toml": f'title = "T"\n[subject]\nen = "{subject}"\n', "en.md": text}
    assert [one.says.code for one in said_of(tmp_path, files)] == told
