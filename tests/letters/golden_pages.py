"""Golden pages: how letters are laid out, as text, written by `PYTHONPATH=. python FILE`.

Each line is a line of the page, each page ends where it ends. Pictures would differ by machine; what decides on a line
is not the machine's: fonts come with the wheels, and the version of typst is locked. Words in Arabic come in the order
in which the page draws them.
"""

import csv
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from shutil import copytree

from letters_made import ROOT, addressee, contact, merger, write_letter
from test_letters_pdf import OF, read, sheet, typesetter

from outreach.letters.folder import load_letter
from outreach.letters.merge_values import Addressee
from outreach.missions.facts import states
from outreach.missions.shipped import shipped_mission
from outreach.protocol.seats import mission_lines
from outreach.vocabulary import Language, Role

FOLDER = Path(__file__).with_name("golden")
_SAMPLE = "hrc-joint-letter"
_ROLES = {"PR": Role.PERMANENT_REPRESENTATIVE, "DPR": Role.DEPUTY, "EXP": Role.HUMAN_RIGHTS_EXPERT, "GEN": Role.GENERAL}


def _templates(folder: str, language: Language, *, names: int = 0, more: int = 0) -> Path:
    """The sample letter, with so many invented organisations that sign, and a paragraph so many times more."""
    templates = Path(folder)
    copytree(ROOT / "templates", templates, dirs_exist_ok=True)
    letter = templates / _SAMPLE
    if names:
        rows = [f"organisation,Invented Association {n} for Open Records,,,IA{n},Nowhere" for n in range(names)]
        table = "kind,name,title,affiliation,acronym,country\n" + "\n".join(rows)
        (letter / "signatories.csv").write_text(table, encoding="utf-8")
    if more:
        path = letter / f"{language}.md"
        head, mark, rest = path.read_text(encoding="utf-8").partition("\n1. ")
        paragraph = head.rpartition("{{ salutation }}\n\n")[2].split("\n\n")[1]
        path.write_text(head + f"\n\n{paragraph}" * more + f"\n\n{mark}{rest}", encoding="utf-8")
    return templates


def _laid_out(templates: Path, name: str, to: Addressee) -> Iterator[str]:
    letter = load_letter(name, templates)
    reader = read(typesetter(letter).pdf(sheet(merger(letter).merge(to))))
    for number, page in enumerate(reader.pages, 1):
        yield f"==== page {number} of {len(reader.pages)}"
        yield from (line.rstrip() for line in page.extract_text().splitlines())


def _to(language: Language, iso3: str = "") -> Addressee:
    iso3 = iso3 or OF[language]
    return addressee(iso3, contact(iso3, language=language), language=language)


def _one_page(language: Language, folder: str) -> Iterator[str]:
    yield from _laid_out(_templates(folder, language), _SAMPLE, _to(language))


def _two_pages(language: Language, folder: str) -> Iterator[str]:
    yield from _laid_out(_templates(folder, language, names=42, more=2), _SAMPLE, _to(language))


def _many_names(language: Language, folder: str) -> Iterator[str]:
    yield from _laid_out(_templates(folder, language, names=300), _SAMPLE, _to(language))


def _longest_name(language: Language, folder: str) -> Iterator[str]:
    longest = max(states(), key=lambda iso3: max(map(len, mission_lines(shipped_mission(iso3), language))))
    yield from _laid_out(_templates(folder, language), _SAMPLE, _to(language, longest))


def _forms_of_address(language: Language, folder: str) -> Iterator[str]:
    subjects = "".join(f'{one} = "T"\n' for one in {"en", language})
    text = "::: address\n{{ inside_address }}\n:::\n\n{{ salutation }}\n\n::: signature\n{{ closing }}\n:::\n"
    toml = f'title = "T"\n[subject]\n{subjects}\n[pdf]\n'
    write_letter(Path(folder), {"letter.toml": toml, "en.md": text, f"{language}.md": text})
    with (ROOT / "tests" / "protocol" / "people.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            cells = {key: row[key] for key in ("form_of_address", "name", "title")}
            person = contact(row["iso3"], role=_ROLES[row["role"]], language=language, **cells)
            yield f"==== {row['iso3']} {row['role']} | {' | '.join(cells.values())}"
            laid_out = _laid_out(Path(folder), "letter", addressee(row["iso3"], person, language=language))
            yield from list(laid_out)[1:]


CASES: Mapping[str, Callable[[Language, str], Iterator[str]]] = {
    "one-page": _one_page,
    "two-pages": _two_pages,
    "300-names": _many_names,
    "longest-name": _longest_name,
    "forms-of-address": _forms_of_address,
}


def golden_page(case: str, language: Language) -> str:
    """Return the lines of a letter's pages, as they are laid out now."""
    with tempfile.TemporaryDirectory() as folder:
        return "\n".join(CASES[case](language, folder)) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in CASES:
        for said in Language:
            (FOLDER / f"{one}.{said}.txt").write_text(golden_page(one, said), encoding="utf-8")
            sys.stdout.write(f"{one} {said}\n")
