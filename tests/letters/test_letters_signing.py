"""Those who sign as a letter shows them: headings of its own, words of each language, logos, open letters."""

from datetime import date
from pathlib import Path

import pytest
from letters_made import LAYOUTS, addressee, merger, write_letter
from test_letters_pictures import png

from outreach.errors import SheetError
from outreach.letters.folder import load_letter
from outreach.letters.lint.lint_letter import check_letter
from outreach.letters.signing.sign_on import SignOn, read_sign_on
from outreach.letters.signing.signers import LetterSignatory, Signatories, SigningCategory, in_lists
from outreach.vocabulary import Language, SignatoryKind

TODAY = date(2026, 11, 26)
HEADINGS = '{% set headings = {"individuals": "People", "organisations": "Bodies"} %}\n'
SHEET = (
    "Kind,Category,Category (fr),Name,Title,Title (fr),Country,Logo,Signed on\n"
    "individual,Former mandate holders,Anciens mandataires,Ada Rivers,Judge,Juge,Germany,,2026-01-02\n"
    "organisation,,,Lantern Archive,,,South Korea,lantern.png,2026-01-02\n"
    "individual,,,Bo Lien,Lawyer,Avocat,Francia,,2026-01-02\n"
)


def read(folder: Path, text: str, name: str = "s.csv") -> SignOn:
    (folder / name).write_text(text, encoding="utf-8")
    return read_sign_on(folder / name, today=TODAY)


def signing(sheet: SignOn) -> Signatories:
    return in_lists(row.signatory for row in sheet.rows)


def grouped(signatories: Signatories, language: Language) -> list[tuple[str, list[str]]]:
    return [(one.heading or one.kind.value, [who.name for who in one.entries]) for one in signatories.groups(language)]


def test_headings_of_ones_own_stand_as_in_the_sheet_or_as_the_coalition_sets_them(tmp_path: Path) -> None:
    both = signing(read(tmp_path, SHEET))
    assert grouped(both, Language.ENGLISH) == [
        ("Former mandate holders", ["Ada Rivers"]), ("organisation", ["Lantern Archive"]), ("individual", ["Bo Lien"])
    ]  # fmt: skip
    assert grouped(both, Language.FRENCH)[0][0] == "Anciens mandataires"
    assert both.without_heading([Language.FRENCH, Language.SPANISH]) == (("Former mandate holders", Language.SPANISH),)
    places = (SigningCategory("individual", {"es": "Personas"}), SigningCategory("former mandate holders"))
    ordered = Signatories(both.individuals, both.organisations, in_sheet=both.in_sheet, categories=places)
    assert [heading for heading, _ in grouped(ordered, Language.SPANISH)] == [
        "Personas", "Former mandate holders", "organisation"
    ]  # fmt: skip


def test_without_own_headings_people_come_first_whatever_the_sheet_says(tmp_path: Path) -> None:
    both = signing(read(tmp_path, "Kind,Name\norganisation,Bee\nindividual,Ada Rivers\n"))
    assert grouped(both, Language.ENGLISH) == [("individual", ["Ada Rivers"]), ("organisation", ["Bee"])]


@pytest.mark.parametrize(
    ("country", "language", "said"),
    [
        ("South Korea", "en", "South Korea"),
        ("South Korea", "fr", "République de Corée"),
        ("Francia", "en", "France"),
        ("Allemagne", "ru", "Германия"),
        ("Atlantis", "fr", "Atlantis"),
        ("", "fr", ""),
    ],
)
def test_a_country_is_said_in_the_language_of_the_letter(country: str, language: str, said: str) -> None:
    assert (
        LetterSignatory("Bee", SignatoryKind.ORGANISATION, country=country).said("country", Language(language)) == said
    )


def test_a_letter_says_titles_and_headings_in_its_language_and_shows_logos(tmp_path: Path) -> None:
    body = "Dear {{ mission.name }},\n\n{% set logos = true %}\n" + HEADINGS + '{% include "signatories.md" %}\n'
    toml = 'title = "L"\nsignatories = "s.csv"\n[subject]\nen = "S"\nfr = "S"\n'
    files = {"letter.toml": toml, "en.md": body, "fr.md": body, "s.csv": SHEET, "lantern.png": png(600, 300)}
    write_letter(tmp_path, files)
    (tmp_path / "layouts" / "signatories.md").write_bytes((LAYOUTS / "signatories.md").read_bytes())
    letter = load_letter("letter", tmp_path)
    merged = merger(letter).merge(addressee("FRA"))
    assert "Anciens mandataires" in merged.text
    assert "Ada Rivers, Juge" in merged.text
    assert "Bo Lien, Avocat" in merged.text
    assert "Lantern Archive, République de Corée" in merged.text
    assert [one.name for one in merged.pictures] == ["lantern.png"]
    assert 'width="96" height="48"' in merged.html  # as large as a line of names shows it
    plain = merger(load_letter("letter", tmp_path)).merge(addressee("GBR"))
    assert "Former mandate holders" in plain.text
    assert "[Lantern Archive] Lantern Archive, South Korea" in plain.text


@pytest.mark.parametrize("logo", ["../lantern.png", "https://x.example/a.png", "gone.png", "/etc/passwd", "l.svg"])
def test_a_logo_that_is_no_picture_of_the_folder_is_told_and_not_shown(tmp_path: Path, logo: str) -> None:
    shown = "{% if one.logo %}![x]({{ one.logo }}){% endif %}"
    body = (
        f"Dear {{{{ mission.name }}}},\n\nWe ask. {{% for one in signatories.organisations %}}{shown}{{% endfor %}}\n"
    )
    toml = 'title = "L"\nsignatories = "s.csv"\n[subject]\nen = "S"\n'
    files = {
        "letter.toml": toml,
        "en.md": body,
        "s.csv": f"Kind,Name,Logo\norganisation,Bee,{logo}\n",
        "l.svg": b"<svg/>",
    }
    write_letter(tmp_path, files)
    (tmp_path / "lantern.png").write_bytes(png())
    assert not merger(load_letter("letter", tmp_path)).merge(addressee("GBR")).pictures
    found = check_letter("letter", tmp_path)
    assert "signatories.logo" in [one.says.code for one in found.warnings]
    assert "picture.field" not in [one.says.code for one in found.problems]


OPEN_LETTER = """Skip to the page

The Lantern Coalition: States Should Protect Witnesses at the 55th Session

Dear Excellencies,

We, the undersigned, ask your government for three things, which we describe in this letter below, in some detail.

Sincerely,

Signed by organizations and individuals (as of 18 March 2024)

Individuals:

Lady Vesper of Ampton / Member of the House, Co-chair of the Group on Witnesses

Kim Ra and Kim Do (sister and cousin of Kim Bo, who was sent back on October 9, 2023)

Former mandate holders:

Ana Probova / Former Special Rapporteur

Organizations:

Lantern Archive, Inc. (LA)

Harbour Watch

A gift of yours can help this website and all of its readers for years.

Most Viewed
"""


def test_an_open_letter_under_its_headings_is_a_list(tmp_path: Path) -> None:
    sheet = read(tmp_path, OPEN_LETTER, "open.txt")
    found = [(row.signatory.kind.value[0], row.signatory.category, row.signatory.name) for row in sheet.rows]
    assert found == [
        ("i", "", "Lady Vesper of Ampton"),
        ("i", "", "Kim Ra and Kim Do (sister and cousin of Kim Bo, who was sent back on October 9, 2023)"),
        ("i", "Former mandate holders", "Ana Probova"),
        ("o", "", "Lantern Archive, Inc."),
        ("o", "", "Harbour Watch"),
    ]
    assert sheet.rows[0].signatory.title.startswith("Member of the House, Co-chair")
    assert sheet.rows[3].signatory.acronym == "LA"
    codes = [one.says.code for one in sheet.questions]
    assert "signatories.list-ends" in codes  # what follows the list is told, and signs nothing
    assert "Most Viewed" not in str(found)


def test_a_kind_that_is_none_stays_refused_and_a_category_is_ones_own(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="can't be taken"):
        read(tmp_path, "Kind,Name\nwizard,Ada Rivers\n")
    sheet = read(tmp_path, "Category,Name\nExperts of the Panel,Ada Rivers\nNGO,Bee\n")
    assert [(row.signatory.kind.value, row.signatory.category) for row in sheet.rows] == [
        ("individual", "Experts of the Panel"), ("organisation", "")
    ]  # fmt: skip


def test_without_headings_of_the_letter_the_list_says_them_in_its_language(tmp_path: Path) -> None:
    body = 'Dear {{ mission.name }},\n\n{% include "signatories.md" %}\n'
    toml = 'title = "L"\nsignatories = "s.csv"\n[subject]\nen = "S"\nfr = "S"\n'
    sheet = "Kind,Name\nindividual,Ada Rivers\norganisation,Bee\n"
    write_letter(tmp_path, {"letter.toml": toml, "en.md": body, "fr.md": body, "s.csv": sheet})
    letter = load_letter("letter", tmp_path)
    assert "Individuals" in merger(letter).merge(addressee("GBR")).text
    assert "Personnes" in merger(letter).merge(addressee("FRA")).text
