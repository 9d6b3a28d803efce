"""The lint reads a letter as a whole, in six languages: what its files say differently, its parts, counts and marks."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from letters_made import write_letter

from outreach.errors import Problem
from outreach.letters.findings import Findings
from outreach.letters.folder import load_letter
from outreach.letters.lint import check_letter, words_of
from outreach.letters.lint_numbers import numbers_in
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
