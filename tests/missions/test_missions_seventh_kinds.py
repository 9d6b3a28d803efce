"""Kinds of lists of a seventh gathering: who stands in, who comes next, a no with its reason, letters for languages."""

from pathlib import Path

import pytest
from missions_books import MakeBook, rows_of, taken
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import SheetError
from outreach.missions.importer import import_file
from outreach.missions.lists.people_words import is_vacant, mark
from outreach.models import Contact
from outreach.vocabulary import Language, Role


def test_who_stands_in_for_a_vacant_head_has_not_the_heads_title(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "Name", "Title", "E-mail"],
        ["Peru", "Vacant (Chargé d'affaires: Ana Muestra)", "Ambassador", "a@per.example"],
        ["Chile", "Vacant – CDA: Ms. Eva Ejemplo", "Permanent Representative", "e@chl.example"],
        ["Mali", "Vacant (Ida Exemple, Minister Counsellor)", "Permanent Representative", "i@mli.example"],
    ]
    found, _ = taken(engine, book({"List": rows}))
    assert {one.iso3: (one.name, one.title, one.role) for one in found.values()} == {
        "PER": ("Ana Muestra", "Chargé d'affaires", Role.PERMANENT_REPRESENTATIVE),
        "CHL": ("Eva Ejemplo", "CDA", Role.PERMANENT_REPRESENTATIVE),
        "MLI": ("Ida Exemple", "Minister Counsellor", Role.GENERAL),
    }


@pytest.mark.parametrize("head", ["Incoming ambassador (from 1 Feb)", "Embajadora designada", "候任大使"])
def test_a_column_of_who_comes_next_is_asked_about(engine: Engine, book: MakeBook, head: str) -> None:
    rows = [
        ["Country", "Ambassador", head, "E-mail"],
        ["Peru", "Ana Muestra", "Luz Ejemplo", "a@per.example"], ["Chile", "Eva Muestra", "", "e@chl.example"],
    ]  # fmt: skip
    found, asked = taken(engine, book({"List": rows}))
    assert {one.iso3: one.name for one in found.values()} == {"PER": "Ana Muestra", "CHL": "Eva Muestra"}
    assert 'who was there before is: "Luz Ejemplo"' in asked


def test_a_next_step_is_nobody_who_comes_next(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "Name", "Next step", "E-mail"], ["Peru", "Ana Muestra", "send the text", "a@per.example"]]
    _, asked = taken(engine, book({"List": rows}))
    assert "comes next" not in asked


def test_a_no_with_its_reason_is_a_no_and_a_yes_with_a_condition_is_asked(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "Name", "E-mail", "Use?"],
        ["Oman", "Mona Mithal", "m@omn.example", "yes"], ["Qatar", "Said Mithal", "s@qat.example", "yes"],
        ["Yemen", "Ali Mithal", "a@yem.example", "no – asked us to stop"],
        ["Iraq", "Huda Mithal", "h@irq.example", "No (mailbox full)"],
        ["Kuwait", "Amal Mithal", "a@kwt.example", "yes, but only in Arabic"],
    ]  # fmt: skip
    found, asked = taken(engine, book({"List": rows}))
    assert {key for key, one in found.items() if one.active} == {"m@omn.example", "s@qat.example", "a@kwt.example"}
    assert "a yes with a condition counts as yes: 6 (yes, but only in Arabic)" in asked
    assert [mark(text) for text in ("no, but call first", "No. 5", "Norway", "yes, but")] == [False, None, None, None]


def test_languages_by_the_letter_of_the_united_nations(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("ISO\tLang.\tAddress\nHT\tF\ta@hti.example\nCL\tS\ta@chl.example\nKZ\tR\ta@kaz.example\n")
    import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.iso3: one.language for one in rows_of(engine, Contact)} == {
        "HTI": Language.FRENCH, "CHL": Language.SPANISH, "KAZ": Language.RUSSIAN,
    }  # fmt: skip


def test_categories_of_a_card_may_say_not_to_write(engine: Engine, tmp_path: Path) -> None:
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nORG:Permanent Mission of {}\nCATEGORIES:Geneva,{}\nEMAIL:{}\nEND:VCARD\n"
    path = tmp_path / "a.vcf"
    path.write_text(
        card.format("Ana Muestra", "Peru", "Do not mail", "a@per.example")
        + card.format("Eva Muestra", "Chile", "Friends", "e@chl.example")
    )
    with pytest.raises(SheetError, match="not written to"):
        import_file(engine, path, by=named("Ana"))
    import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.iso3: one.active for one in rows_of(engine, Contact)} == {"PER": False, "CHL": True}


def test_nobody_is_there_where_each_part_says_so() -> None:
    said = ("Position to be filled – TBA", "Vacant / TBC", "Ana Li - Bo Su", "Ana Li (TBC)")
    assert [is_vacant(text) for text in said] == [True, True, False, False]


_LABELLED = [
    line
    for state, who, box in (
        ("France", "Ms. Anne Essai", "essai@fra.example"), ("Germany", "Mr. Max Probe", "probe@@deu.example"),
        ("Japan", "Mr. Ken Rei", "rei@jpn.example"),
    )
    for line in ([state], ["Permanent Representative", who], ["Write to", box], ["Ring", "+41 22 555 00 00"], [])
]  # fmt: skip
_UNKNOWN_HEADS = [
    ["Quux", "Frob", "Zork"], ["France", "Ms. Anne Essai", "essai@fra.example"],
    ["Germany", "Mr. Max Probe", "probe@@deu.example"], ["Japan", "Mr. Ken Rei", "rei@jpn.example"],
]  # fmt: skip
_NO_ORDER = [
    ["Our list"], ["France – Ms. Anne Essai – essai@fra.example"], ["Germany – Mr. Max Probe – probe@@deu.example"],
    ["Japan – Mr. Ken Rei – rei@jpn.example"],
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "role"),
    [(_LABELLED, Role.PERMANENT_REPRESENTATIVE), (_UNKNOWN_HEADS, Role.GENERAL), (_NO_ORDER, Role.GENERAL)],
    ids=["labels and values", "unknown headings", "no order"],
)
def test_where_no_heading_is_known_a_bad_address_is_asked_about(
    engine: Engine, book: MakeBook, rows: list[list[str]], role: Role
) -> None:
    found, asked = taken(engine, book({"List": rows}))
    assert {one.iso3: (one.name, one.role) for one in found.values()} == {
        "FRA": ("Anne Essai", role),
        "JPN": ("Ken Rei", role),
    }
    assert "no address can be read in" in asked
    assert "probe@@deu.example" in asked
