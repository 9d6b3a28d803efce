"""The lint reads words: what is planted is told where it stands, and what is right is left alone."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from letters_made import ROOT, write_letter

from outreach.errors import Problem
from outreach.letters.lint.findings import Findings
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.lint.lint_reading import findings_of_names, names_of
from outreach.letters.signing.signers import LetterSignatory
from outreach.vocabulary import SignatoryKind

CASES = Path(__file__).parent / "lint_cases"
TODAY = date(2026, 11, 26)
PLANTED = tomllib.loads((CASES / "planted.toml").read_text(encoding="utf-8"))["planted"]
CLEAN = tomllib.loads((CASES / "clean.toml").read_text(encoding="utf-8"))["letter"]
SAMPLES = sorted(path.parent.name for path in (ROOT / "templates").glob("*/letter.toml"))

TOML = """title = "Records"
from = "Open Records Desk <office@records.example>"
[subject]
en = "Joint letter on records"
fr = "Lettre conjointe"
es = "Carta conjunta"
[facts]
session_opens = 2027-03-01
session_closes = 2027-04-02
reply_by = 2027-03-01
[facts.en]
session = "64th session"
[facts.fr]
session = "64e session"
[facts.es]
session = "64.º período de sesiones"
"""
TEXTS = {
    "en.md": """{{ salutation }}

We write ahead of the {{ letter.session }} of the Human Rights Council, which meets from {{ letter.session_opens }} to
{{ letter.session_closes }}, and ask your Government to vote for a report on those who pay for speaking.

PLANTED

Please let us know by {{ letter.reply_by }} where {{ mission|the }} stands.

{{ closing }}

Open Records Desk
""",
    "fr.md": """{{ salutation }}

Nous vous écrivons avant la {{ letter.session }} du Conseil des droits de l'homme, qui se réunit du
{{ letter.session_opens }} au {{ letter.session_closes }}, et demandons à votre Gouvernement de voter pour un rapport.

PLANTED

Merci de nous faire part, d'ici au {{ letter.reply_by }}, de la position {{ mission|of }}.

{{ closing }}

Open Records Desk
""",
    "es.md": """{{ salutation }}

Les escribimos antes del {{ letter.session }} del Consejo de Derechos Humanos, que se reúne del
{{ letter.session_opens }} al {{ letter.session_closes }}, y pedimos a su Gobierno que vote a favor de un informe.

PLANTED

Les rogamos que nos comuniquen, a más tardar el {{ letter.reply_by }}, la posición {{ mission|of }}.

{{ closing }}

Open Records Desk
""",
}


def found_in(templates: Path, files: dict[str, str], *, live: bool = False) -> Findings:
    write_letter(templates, {"en.md": "", **files})
    return check_letter("letter", templates, live=live, today=TODAY)


def every(found: Findings) -> list[Problem]:
    return [*found.problems, *found.warnings, *found.notes]


def base(planted: dict[str, str] | None = None) -> dict[str, str]:
    """The clean letter in three languages, with something planted into it."""
    files = {"letter.toml": TOML, **TEXTS}
    file = planted["file"] if planted else ""
    if planted and "instead_of" in planted:
        assert planted["instead_of"] in files[file]
        files[file] = files[file].replace(planted["instead_of"], planted["text"])
    for name in TEXTS:
        files[name] = files[name].replace("PLANTED\n\n", f"{planted['text']}\n\n" if planted and name == file else "")
    return files


@pytest.mark.heavy
def test_the_letter_into_which_errors_are_planted_is_clean(tmp_path: Path) -> None:
    found = found_in(tmp_path, base())
    assert not found.problems
    assert not [one for one in found.warnings if one.says.code not in ("letter.languages-lacking", "sender.reserved")]
    assert not found.notes


@pytest.mark.heavy
@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one['kind']}: {one['words']}")
def test_what_is_planted_is_told_where_it_stands(tmp_path: Path, planted: dict[str, str]) -> None:
    found = every(found_in(tmp_path, base(planted)))
    assert [one for one in found if planted["words"] in str(one) and planted["file"] in one.where], found


@pytest.mark.heavy
@pytest.mark.parametrize("letter", CLEAN, ids=lambda one: f"{one['language']}: {one['subject'][:30]}")
def test_nothing_stands_in_the_way_of_a_clean_letter(tmp_path: Path, letter: dict[str, str]) -> None:
    language = letter["language"]
    toml = f'title = "T"\nfallback = "{language}"\n[subject]\n{language} = "{letter["subject"]}"\n[facts]\n'
    toml += 'reply_by = 2027-02-01\nsession = "64th session"\n' if "letter.session" in letter["text"] else ""
    folder = write_letter(tmp_path, {"letter.toml": toml, "en.md": ""})
    (folder / "en.md").unlink()
    (folder / f"{language}.md").write_text(letter["text"], encoding="utf-8")
    found = check_letter("letter", tmp_path, live=True, today=TODAY)
    assert not found.problems


@pytest.mark.heavy
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_warning_in_rehearsal_and_blocks_live(name: str) -> None:
    found = check_letter(name, ROOT / "templates", today=TODAY)
    assert not found.problems
    codes = {one.says.code for one in found.warnings}
    assert "words.sample" in codes
    assert codes <= {"words.sample", "date.past", "date.past-perhaps"}
    live = check_letter(name, ROOT / "templates", live=True, today=TODAY)
    assert "words.sample" in {one.says.code for one in live.problems}


CLEAN_WORDS = (
    "We ask for a vote on the draft resolution A/HRC/64/L.3, which follows resolutions 58/14 and 60/2.",
    "Please check with your capital whether you can vote for it, and let us confirm the date with you.",
    "| Year | Vote |\n|---|---|\n| 2023 | yes |",
    '## Background\n{% include "block.md" %}\n## What we ask',
    "Write to us at desk@records.example, or see https://records.example/and/or/reports.",
    "It said that it would “investigate the the [sic] matter”; here is the letter that they sent you.",
    "Version 2 of the report was adopted; its third draft resolution was not.",
)


@pytest.mark.heavy
@pytest.mark.parametrize("words", CLEAN_WORDS)
def test_what_is_right_beside_what_is_planted_is_left_alone(tmp_path: Path, words: str) -> None:
    files = base({"kind": "", "file": "en.md", "text": words, "words": ""})
    found = found_in(tmp_path, {**files, "block.md": "What was found in 2025.\n"})
    assert not found.problems
    known = ("letter.languages-lacking", "letter.match-lacking", "letter.match-too-many", "sender.reserved")
    known += ("language.paragraph-lacking",)  # the words stand in one language alone
    assert not [one for one in found.warnings if one.says.code not in known]


@pytest.mark.heavy
def test_a_text_of_one_language_that_fails_does_not_hide_the_others(tmp_path: Path) -> None:
    files = base()
    files["letter.toml"] = files["letter.toml"].replace('fr = "Lettre conjointe"', 'fr = "{% if false %}x{% endif %}"')
    files["en.md"] = files["en.md"].replace("We write", "{{ 'TO' ~ 'DO' }} We write")
    said = [str(one) for one in every(found_in(tmp_path, files))]
    assert any("it is empty for" in one for one in said)
    assert any("TODO" in one and "en.md, as FRA would get it" in one for one in said)


@pytest.mark.parametrize(
    ("name", "code"),
    [("n/a", "name.no-letters"), ("—", "name.no-letters"), ("None", "name.no-letters"), ("Nombre", "name.no-letters"),
     ("Dr. Ada Rivers", "name.title"), ("Nadia None", ""), ("Testa Rossa", ""), ("Ná", "")],
)  # fmt: skip
def test_what_stands_in_a_field_that_was_left_empty_is_no_name(name: str, code: str) -> None:
    assert [one.says.code for one in findings_of_names([(name, "row 2")])] == ([code] if code else [])


def test_organisations_that_are_none_are_looked_at_too() -> None:
    rows = [LetterSignatory(name, SignatoryKind.ORGANISATION) for name in ("Dr. Martens Fund", "N/A", "Quiet Wells")]
    assert [name for name, _ in names_of(rows, "row")] == ["N/A"]
