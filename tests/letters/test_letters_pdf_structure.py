"""The PDF as an archive and a screen reader take it: what it claims, and its parts in the right number."""

import re
from pathlib import Path

import pytest
from letters_made import LAYOUTS, ROOT, TOML, addressee, contact, merged, merger, write_letter
from pdf_structure import structure
from test_letters_pdf import read, sample, sheet, squeezed, typesetter

from outreach.letters.folder import load_letter
from outreach.letters.signing.signers import Signatories
from outreach.letters.tree import Node, addressee_of
from outreach.protocol.seats import on_one_line
from outreach.vocabulary import Language

EVERYTHING = """**First**

One [link](https://coalition.example/a) and https://coalition.example/b, and a note[^1].

- a
- b
  1. c
  2. d

### Second

| A | B |
|---|---|
| 1 | 2 |
| 3 | 4 |

> Quoted.

[^1]: The note.
"""


@pytest.mark.parametrize("language", list(Language))
def test_the_sample_claims_both_standards_and_has_its_parts(language: Language) -> None:
    letter, words = sample(language)
    found = structure(typesetter(letter).pdf(sheet(words)))
    assert found.claims == {"UA-1", "A-2A"}
    assert found.faults == []
    people, bodies = len(letter.signatories.individuals), len(letter.signatories.organisations)
    assert found.levels() == [1, 1], "individuals and organisations"
    assert found.count("L") == 3, "what is asked, and two lists"
    assert found.count("LI") == found.count("LBody") == 3 + people + bodies
    other = {Language.ARABIC, Language.CHINESE, Language.RUSSIAN}
    assert ("en" in found.languages) == (language in other | {Language.ENGLISH})


def two_pages(templates: Path) -> tuple[bytes, int]:
    letter = load_letter("hrc-joint-letter", ROOT / "templates")
    rows = "".join(f"organisation,Invented Association {n} for Open Records,,,IA{n},Nowhere\n" for n in range(61))
    body = (letter.folder / "en.md").read_text("utf-8")
    write_letter(
        templates,
        {
            "letter.toml": (letter.folder / "letter.toml").read_text("utf-8"), "en.md": body, "logo.svg": b"<svg/>",
            "signatories.csv": "kind,name,title,affiliation,acronym,country\n" + rows,
        },
    )  # fmt: skip
    for language in ("fr", "es", "ar", "zh", "ru"):
        (templates / "letter" / f"{language}.md").write_text(body)
    (templates / "letter" / "logo.svg").write_bytes((letter.folder / "logo.svg").read_bytes())
    made = load_letter("letter", templates)
    assert isinstance(made.signatories, Signatories)
    return typesetter(made).pdf(sheet(merger(made).merge(addressee("GBR", contact("GBR"))))), 61


def test_two_pages_are_one_list_and_say_to_whom_they_go(tmp_path: Path) -> None:
    content, names = two_pages(tmp_path)
    found = structure(content)
    assert found.faults == []
    assert (found.levels(), found.count("L"), found.count("LI")) == ([1], 2, 3 + names)
    first, second = [page.extract_text() for page in read(content).pages]
    assert "1 / 2" in first
    assert "2 / 2" in second
    assert squeezed(second).startswith("AmbassadorandPermanentRepresentativePermanentMissionoftheUnitedKingdom")
    places = [squeezed(first + second).index(f"InventedAssociation{n}forOpen") for n in range(names)]
    assert places == sorted(places), "read row by row"


def test_a_letter_of_one_page_has_no_number() -> None:
    letter, words = sample(Language.ENGLISH)
    (page,) = read(typesetter(letter).pdf(sheet(words))).pages
    assert "1 / 1" not in page.extract_text()


def test_every_kind_of_part_is_tagged_as_what_it_is(tmp_path: Path) -> None:
    one = merged(tmp_path, {"en.md": EVERYTHING, "letter.toml": TOML + '[pdf]\nfile = "L"\n'})
    found = structure(typesetter(load_letter("letter", tmp_path)).pdf(sheet(one)))
    assert found.faults == []
    assert found.levels() == [1, 1]
    assert (found.count("L"), found.count("LI")) == (2, 4)
    assert (found.count("Table"), found.count("TR"), found.count("TH"), found.count("TD")) == (1, 3, 2, 4)
    assert found.count("BlockQuote") == 1
    assert found.count("Note") == 1
    assert found.count("Link") >= 3


def test_a_link_can_be_read_on_paper(tmp_path: Path) -> None:
    one = merged(tmp_path, {"en.md": EVERYTHING, "letter.toml": TOML + '[pdf]\nfile = "L"\n'})
    words = read(typesetter(load_letter("letter", tmp_path)).pdf(sheet(one))).pages[0].extract_text()
    assert "link <coalition.example/a> and https://coalition.example/b, and" in " ".join(words.split())


@pytest.mark.parametrize("language", [Language.ARABIC, Language.CHINESE])
def test_text_is_taken_out_in_the_order_in_which_it_is_read(language: Language) -> None:
    letter, words = sample(language)
    taken = squeezed("".join(page.extract_text() for page in read(typesetter(letter).pdf(sheet(words))).pages))
    asked = [squeezed(line) for line in words.text.splitlines() if len(squeezed(line)) > 5 and line.isascii() is False]
    if language is Language.CHINESE:
        places = [taken.index(line) for line in asked]
        assert places == sorted(places)
    assert [taken.index(squeezed(one.name)) for one in letter.signatories.organisations] == sorted(
        taken.index(squeezed(one.name)) for one in letter.signatories.organisations
    )


@pytest.mark.parametrize(
    ("language", "lines", "said"),
    [
        ("en", ("Ada", "Envoy", "Mission of France", "to the United Nations"),
         "Ada, Envoy, Mission of France to the United Nations"),
        ("fr", ("Ada", "Mission de la France", "auprès de l'Office"), "Ada, Mission de la France auprès de l'Office"),
        ("ar", ("Ada", "البعثة الدائمة لفرنسا", "لدى مكتب الأمم المتحدة"),
         "Ada، البعثة الدائمة لفرنسا لدى مكتب الأمم المتحدة"),
        ("zh", ("Ada", "大使"), "Ada，大使"),
    ],
)  # fmt: skip
def test_the_head_of_later_pages_has_the_commas_of_its_language(
    language: str, lines: tuple[str, ...], said: str
) -> None:
    words = [part for line in lines for part in (line, {"t": "break"})][:-1]
    node: Node = {"t": "address", "c": [{"t": "p", "c": words}]}
    assert on_one_line(addressee_of([node]), Language(language)) == said


def test_what_is_the_same_in_two_letters_is_set_once() -> None:
    """Styles and what closures name are part of each element for typst: nothing of one letter may be among them."""
    page = (LAYOUTS / "letter.typ").read_text("utf-8").partition("#let render(letter) = {")[2]
    rules = [line for line in page.splitlines() if re.search(r"^\s*show |=>|context|query|^\s{4}", line)]
    assert len(rules) > 10
    assert not [line for line in rules if re.search(r"\bletter\.(?!rtl)", line)]
    assert page.index("together(letter.body)") < page.index("set document(")
