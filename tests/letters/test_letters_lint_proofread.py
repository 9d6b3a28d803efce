"""The lint as a proof-reader: sentences with a slip and without, what a letter says twice, files side by side."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from letters_made import write_letter

from outreach.errors import Problem
from outreach.letters.lint.findings import SEVERITIES, Severity
from outreach.letters.lint.lint_letter import check_letter
from outreach.vocabulary import Language

TODAY = date(2026, 11, 27)
with (Path(__file__).parent / "lint_cases" / "sentences.tsv").open(encoding="utf-8", newline="") as file:
    SENTENCES = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
AROUND = {
    "en": """Excellency,

The draft resolution on safe schools comes before the Human Rights Council at its 64th session. SENTENCE

We ask your Government to vote for it.

Yours sincerely,

Mara Quill\\
Schools First
""",
    "fr": """Excellence,

Le projet de résolution sur les écoles sûres sera soumis au Conseil des droits de l’homme à sa 64e session. SENTENCE

Nous prions votre gouvernement de voter pour ce texte.

Veuillez agréer, Excellence, nos salutations distinguées.

Mara Quill\\
Écoles d’abord
""",
    "es": """Excelencia:

El proyecto de resolución se examinará en el 64.º período de sesiones del Consejo de Derechos Humanos. SENTENCE

Pedimos a su Gobierno que vote a favor.

Atentamente,

Mara Quill\\
Escuelas primero
""",
    "ru": """Ваше Превосходительство,

Проект резолюции о школах будет рассмотрен Советом по правам человека на его 64-й сессии. SENTENCE

Просим Ваше правительство поддержать его.

С уважением,

Мара Квилл\\
«Школы прежде всего»
""",
    "ar": """صاحب السعادة،

سيُعرض مشروع القرار بشأن المدارس الآمنة على مجلس حقوق الإنسان في دورته الرابعة والستين. SENTENCE

نرجو من حكومتكم أن تصوت لصالحه.

وتفضلوا بقبول فائق الاحترام،

مارا كويل\\
المدارس أولاً
""",
    "zh": """阁下：

关于安全学校的决议草案将提交人权理事会第64届会议审议。SENTENCE

我们请贵国政府投赞成票。

顺致敬意

马拉·奎尔\\
学校优先
""",
}
SUBJECTS = {
    "en": "Safe schools", "fr": "Des écoles sûres", "es": "Escuelas seguras", "ru": "Безопасные школы",
    "ar": "المدارس الآمنة", "zh": "安全学校",
}  # fmt: skip


def told_of(templates: Path, files: Mapping[str, str], *, trial: bool = False) -> list[Problem]:
    """What is blocking or a warning in a letter, but for what is said of a folder with few languages."""
    folder = write_letter(templates, {"en.md": "", **files})
    if "en.md" not in files:
        (folder / "en.md").unlink()
    found = check_letter("letter", templates, today=TODAY, trial=trial)
    return [
        one for one in (*found.problems, *found.warnings)
        if one.says.code not in ("letter.languages-lacking", "sender.reserved")
    ]  # fmt: skip


def with_sentence(language: str, words: str) -> dict[str, str]:
    toml = f'title = "T"\nfallback = "{language}"\n[subject]\n{language} = "{SUBJECTS[language]}"\n'
    return {"letter.toml": toml, f"{language}.md": AROUND[language].replace("SENTENCE", words.replace("\\n", "\n"))}


def test_one_slip_is_told_and_the_letter_around_it_is_clean(tmp_path: Path) -> None:
    assert not told_of(tmp_path, with_sentence("en", "Many schools are shut."))
    (one,) = told_of(tmp_path, with_sentence("en", "In 2025 41 schools were shelled (check w/ Ana)."))
    assert "(check w/ Ana)" in str(one)


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(Language))
def test_what_is_planted_in_a_sentence_is_told(tmp_path: Path, language: Language) -> None:
    planted = [one["words"] for one in SENTENCES if one["is"] == "planted" and one["language"] == language]
    missed = [words for words in planted if not told_of(tmp_path, with_sentence(language, words))]
    assert planted
    assert not missed


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(Language))
def test_a_sentence_that_is_right_is_left_alone(tmp_path: Path, language: Language) -> None:
    right = [one["words"] for one in SENTENCES if one["is"] == "right" and one["language"] == language]
    found = {words: told_of(tmp_path, with_sentence(language, words)) for words in right}
    assert right
    assert not {words: told for words, told in found.items() if told}


ENGLISH = """Excellency,

The draft resolution on safe schools, A/HRC/64/L.12, comes before the Human Rights Council at its 64th session. It asks
States to keep 41 schools open, to report on attacks each year and to pay teachers who were driven out of their homes.

In 2025 our 14 monitors counted 212 attacks on schools, of which 31 at night. Nobody was tried for any of them, and the
families were told to move elsewhere.

We ask your Government to:

- vote for the draft;
- speak in the general debate;
- publish its own figures.

Please let us have your reply by {{ letter.reply_by }}.

Yours sincerely,

Mara Quill\\
Schools First
"""
FRENCH = """Excellence,

Le projet de résolution sur les écoles sûres, A/HRC/64/L.12, sera soumis au Conseil des droits de l’homme à sa 64e
session. Il demande aux États de garder 41 écoles ouvertes, de rendre compte chaque année des attaques et de payer les
enseignants chassés de chez eux.

En 2025, nos 14 observateurs ont compté 212 attaques contre des écoles, dont 31 de nuit. Personne n’a été jugé pour
aucune d’elles, et les familles ont été invitées à partir ailleurs.

Nous prions votre gouvernement :

- de voter pour le projet ;
- de prendre la parole au débat général ;
- de publier ses propres chiffres.

Veuillez nous répondre au plus tard le {{ letter.reply_by }}.

Veuillez agréer, Excellence, nos salutations distinguées.

Mara Quill\\
Écoles d’abord
"""
TOML = """title = "Safe schools"
[subject]
en = "Safe schools: a vote at the 64th session"
fr = "Des écoles sûres : un vote à la 64e session"
[facts]
reply_by = 2027-02-12
"""
BOTH = {"letter.toml": TOML, "en.md": ENGLISH, "fr.md": FRENCH}
SPEAKERS = (
    "publish its own figures.\n\nWe shall print the list from the answers that reach us before 19 February 2027.\n"
)
MONITORS = "The 12 monitors whom we sent are ready to brief you.\n\nPlease let"
AT_ODDS = (
    ("date.two-deadlines", "19 February 2027", "en.md", "publish its own figures.\n", SPEAKERS),
    ("words.subject-differs", "L.21", "letter.toml", "a vote at the 64th session", "the vote on A/HRC/64/L.21"),
    ("words.two-stances", "against the draft", "en.md", "Please let",
     "We urge you to vote against the draft.\n\nPlease let"),
    ("words.ours-differ", "12 monitors", "en.md", "Please let", MONITORS),
    ("language.paragraph-short", "212 attaques", "fr.md",
     " Personne n’a été jugé pour\naucune d’elles, et les familles ont été invitées à partir ailleurs.", ""),
    ("language.same-paragraph", "speak in the general", "fr.md", "de prendre la parole au débat général ;",
     "speak in the general debate;"),
    ("language.date", "13 février 2027", "fr.md", "{{ letter.reply_by }}", "13 février 2027"),
    ("date.weekday", "Thursday", "en.md", "by {{", "by Thursday, {{"),
    ("words.nobody", "Organisations", "en.md", "Mara Quill\\\nSchools First\n",
     "Mara Quill\\\nSchools First\n\n**Organisations**\n\n**Individuals**\n\n- Ana Bell\n- Cy Dorn\n"),
    ("name.no-letters", "+41 22", "en.md", "Mara Quill\\\nSchools First\n",
     "Mara Quill\\\nSchools First\n\n- Ana Bell, Clerk\n- Cy Dorn, Nurse\n- Ed Fox, Clerk\n- +41 22 555 01 38, Cook\n"),
    ("words.line-kept", "keep 41 / schools", "en.md", "keep 41 schools", "keep 41\\\nschools"),
    ("words.gap", "letter.place", "en.md", "Please let", "We met in {{ letter.place }} in May.\n\nPlease let"),
)  # fmt: skip


def test_a_letter_in_two_languages_that_agree_is_clean(tmp_path: Path) -> None:
    assert not told_of(tmp_path, BOTH)
    written_out = {**BOTH, "fr.md": FRENCH.replace("{{ letter.reply_by }}", "12 février 2027")}
    assert not told_of(tmp_path, written_out)


@pytest.mark.heavy
@pytest.mark.parametrize(("code", "words", "file", "instead_of", "text"), AT_ODDS, ids=[one[0] for one in AT_ODDS])
def test_what_a_letter_says_against_itself_is_told(
    tmp_path: Path, code: str, words: str, file: str, instead_of: str, text: str
) -> None:
    files = {**BOTH, file: BOTH[file].replace(instead_of, text)}
    if code == "words.gap":
        files["letter.toml"] += 'place = ""\n'
    assert files[file] != BOTH[file]
    trial = code == "date.weekday"  # the merged letter alone has both
    found = told_of(tmp_path, files, trial=trial)
    assert [one for one in found if one.says.code == code and words in str(one)], found


def test_what_may_be_right_is_no_more_than_a_warning() -> None:
    doubtful = ("words.note-perhaps", "words.line-kept", "words.two-stances", "date.two-deadlines", "name.two-titles")
    assert {SEVERITIES[code] for code in doubtful} == {Severity.WARNING}


def test_the_day_of_a_list_that_a_campaign_will_bring_is_no_mark(tmp_path: Path) -> None:
    words = "We sign as of {{ signatories.as_of }}."
    assert not told_of(tmp_path, with_sentence("en", words), trial=True)
