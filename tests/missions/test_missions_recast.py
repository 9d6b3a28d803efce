"""Lists of another shape than ours: exclusions obeyed, names taken apart, and what is asked beforehand."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from missions_books import CONTACTS, FRA, MakeBook, all_of, dump, rows_of
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from sqlalchemy import Engine

from outreach.actors import named
from outreach.database import reading
from outreach.errors import Problem, SheetError
from outreach.missions.books.cell_values import Unusable, email
from outreach.missions.directory_workbook import export_directory
from outreach.missions.history import undo
from outreach.missions.importer import import_file
from outreach.missions.lists.address_text import addresses_in
from outreach.missions.lists.people_words import PersonWords, excludes, role_of, split_person
from outreach.missions.result import ImportResult
from outreach.missions.roster import listing
from outreach.models import Contact, OptOut
from outreach.vocabulary import GenderForm, Role


def take(engine: Engine, path: Path, **given: Any) -> tuple[ImportResult, list[str]]:
    """Import a file with every question answered yes; return its result and what was asked."""
    asked: list[str] = []

    def agree(guesses: Sequence[Problem]) -> bool:
        asked.extend(map(str, guesses))
        return True

    return import_file(engine, path, ask=agree, by=named("Ana"), **given), asked


def written_to(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return {one["email"] for row in listing(session, [], [], date(2024, 3, 18)) for one in row["contacts"]}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Do not contact", "x"), ("Ne pas contacter", "oui"), ("No contactar", "sí"), ("Не писать", "да"),
        ("لا تتصل", "نعم"), ("请勿联系", "是"), ("Status", "left the post"), ("Statut", "parti"), ("Status", "bounced"),
        ("Статус", "неактивен"), ("状态", "离任"), ("الحالة", "متقاعد"), ("Estatus", "jubilada"),
        ("Status", "unsubscribed"),
        ("Active", "✗"), ("Remarks", "retired in May"),
    ],
)  # fmt: skip
def test_what_a_sheet_excludes_is_not_written_to(engine: Engine, book: MakeBook, header: str, words: str) -> None:
    rows = [["Country", "E-mail", header], ["France", "a@fra.example", words], ["Chile", "b@chl.example", ""]]
    result, asked = take(engine, book({"List": rows}))
    assert written_to(engine) == {"b@chl.example"}
    assert any("not written to" in told or "no" in told for told in map(str, [*result.notes, *asked]))


def test_do_not_contact_goes_to_the_list_and_undo_takes_it_off(engine: Engine, book: MakeBook) -> None:
    before = dump(engine)
    rows = [["Country", "E-mail", "Opt-out"], ["France", "a@fra.example", "x"], ["Chile", "b@chl.example", "no"]]
    path = book({"List": rows})
    take(engine, path)
    (stopped,) = rows_of(engine, OptOut)
    assert (stopped.address, stopped.who) == ("a@fra.example", "Ana")
    assert "List, row 2" in stopped.why
    result, _ = take(engine, path)
    assert result.contacts.changed == []
    assert len(rows_of(engine, OptOut)) == 1
    undo(engine, by=named("Ana"), ask_number=all_of)
    assert (dump(engine), rows_of(engine, OptOut)) == (before, [])


def test_struck_through_rows_and_comments_are_asked_about(engine: Engine, book: MakeBook) -> None:
    def mark(made: Workbook) -> None:
        sheet = made["Contacts"]
        sheet["D2"].font = Font(strike=True)
        sheet["D3"].comment = Comment("LEFT in January, do not use!", "Ana")

    rows = [CONTACTS, *([c, "general", "", f"a@{c.lower()}.example", "", "to", "yes"] for c in ("FRA", "DEU", "KEN"))]
    path = book({"Contacts": rows}, change=mark)
    with pytest.raises(SheetError, match=r"struck through.*LEFT in January") as caught:
        import_file(engine, path, by=named("Ana"))
    assert "not written to" in str(caught.value)
    take(engine, path)
    assert written_to(engine) == {"a@ken.example"}
    assert len(rows_of(engine, Contact)) == 3


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("H.E. Ms. Uta Blum", PersonWords("Uta Blum", "", GenderForm.FEMININE, before="H.E. Ms.")),
        ("H. E. Mr Uta Blum", PersonWords("Uta Blum", "", GenderForm.MASCULINE, before="H. E. Mr")),
        ("S.E.M. Luc Petit", PersonWords("Luc Petit", "", GenderForm.MASCULINE, before="S.E.M.")),
        ("S.E. Mme Awa Sœur", PersonWords("Awa Sœur", "", GenderForm.FEMININE, before="S.E. Mme")),
        ("Amb. Rosa Vidal", PersonWords("Rosa Vidal", "Ambassador", before="Amb.")),
        ("Dr. Ken Sato", PersonWords("Ken Sato", "Dr.", before="Dr.")),
        ("Ms. Ana Li, Ambassador", PersonWords("Ana Li", "Ambassador", GenderForm.FEMININE, before="Ms.")),
        ("Ana Li (since 2023)", PersonWords("Ana Li", aside="since 2023")),
        ("Г-жа Анна Ли", PersonWords("Анна Ли", "", GenderForm.FEMININE, before="Г-жа")),
        ("Awa Ndiaye, née Sœur", PersonWords("Awa Ndiaye, née Sœur")),
        ("NDIAYE, Awa", PersonWords("Awa NDIAYE")),
        ("Luther King, Jr.", PersonWords("Luther King, Jr.")),
        ("Uta Blum, Ph.D.", PersonWords("Uta Blum, Ph.D.")),
        ("Don Miguel", PersonWords("Miguel", "", GenderForm.MASCULINE, before="Don")),
        ("Ana Li, Counsellor", PersonWords("Ana Li", "Counsellor")),
        ("LI, Ana – Second Secretary", PersonWords("Ana LI", "Second Secretary")),
        ("Awa Ba, première conseillère", PersonWords("Awa Ba", "première conseillère")),
        ("Smith, D.", PersonWords("D. Smith")),
        ("*NEW* Awa Ba", PersonWords("Awa Ba", aside="NEW")),
        ("Nuevo: Sra. Eva Sol", PersonWords("Eva Sol", "", GenderForm.FEMININE, aside="Nuevo", before="Sra.")),
        ("Awa Ba – most helpful!", PersonWords("Awa Ba", aside="most helpful!")),
        ("Awa Ba, tel. +41 22 555 01 02", PersonWords("Awa Ba", aside="tel. +41 22 555 01 02")),
        ("M Night", PersonWords("Night", "", GenderForm.MASCULINE, before="M")),
        ("He Yafei", PersonWords("He Yafei")),
        ("Se Young", PersonWords("Se Young")),
        ("General", PersonWords("General")),
        ("vacant", PersonWords("", vacant=True)),
        ("TBC", PersonWords("", vacant=True)),
        ("-", PersonWords("", vacant=True)),
        ("H.E. vacant", PersonWords("", vacant=True)),
    ],
)
def test_names_are_taken_apart(text: str, taken: PersonWords) -> None:
    assert split_person(text) == taken


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Deputy Permanent Representative", Role.DEPUTY), ("Ambassador and PR", Role.PERMANENT_REPRESENTATIVE),
        ("Assistant to the Ambassador", Role.GENERAL), ("First Secretary (human rights)", Role.HUMAN_RIGHTS_EXPERT),
        ("Experte droits de l'homme", Role.HUMAN_RIGHTS_EXPERT),
        ("Chargé d'affaires a.i.", Role.PERMANENT_REPRESENTATIVE),
        ("Заместитель Постоянного представителя", Role.DEPUTY), ("نائب الممثل الدائم", Role.DEPUTY),
        ("former Ambassador", Role.GENERAL), ("janitor", None), ("", None),
    ],
)  # fmt: skip
def test_functions_in_words(text: str, role: Role | None) -> None:
    assert role_of(text)[0] is role


def test_words_that_only_contain_an_exclusion_are_none() -> None:
    assert [excludes(text) for text in ("current", "Oldenburg", "leftist", "goneril", "member state", "")] == [""] * 6


def test_lookalike_letters_in_a_domain_are_refused_with_the_letter_named() -> None:
    for address in ("mission@fr\u0430nce.example", "mission@xn--frnce-3ve.example"):
        with pytest.raises(Unusable, match="CYRILLIC SMALL LETTER A"):
            email(address)
    assert email("посол@почта.example") == "посол@почта.example"


def test_rows_set_aside_are_told_and_the_others_taken(engine: Engine, book: MakeBook) -> None:
    bad = ["DEU", "janitor", "", "a@deu.example", "", "", ""]
    path = book({"Contacts": [CONTACTS, FRA, bad]})
    result = import_file(engine, path, set_aside=True, by=named("Ana"))
    assert [entry.key for entry in result.contacts.added] == ["FRA mission@fra.mission.example"]
    assert [(one.where, one.what) for one in result.not_understood] == [
        ("Contacts!B3 (Role)", '"janitor" is no role that is known')
    ]
    assert result.as_dict()["not_understood"] == list(result.not_understood)


def test_an_export_comes_back_unchanged_whatever_names_it_holds(engine: Engine, book: MakeBook, tmp_path: Path) -> None:
    rows = [["Country", "Prefix", "First name", "Last name", "PR e-mail", "CC", "Status"],
            ["France", "H.E. Ms.", "Uta", "Blum", "pr@fra.example", "hr@fra.example", "left"],
            ["Chile", "", "vacant", "", "pr@chl.example", "", ""]]  # fmt: skip
    take(engine, book({"List": rows}))
    before = dump(engine)
    export_directory(engine, tmp_path / "out.xlsx")
    result = import_file(engine, tmp_path / "out.xlsx", by=named("Ana"))
    assert (result.contacts.added, result.contacts.changed, result.guesses) == ([], [], ())
    assert dump(engine) == before


HOSTILE = (
    "x",
    "@",
    "x@",
    "a.",
    "(",
    "[ ",
    "at ",
    "\u00e9",
    "a@b",
    "<",
    " <",
    "\t",
    "a@b.",
    "(at)",
    "_-",
    "M. ",
    "H.E. ",
)


@pytest.mark.heavy
@pytest.mark.parametrize("length", [10_000, 32_767, 100_000])
@pytest.mark.parametrize("piece", HOSTILE)
def test_no_expression_takes_more_than_a_cells_length(piece: str, length: int) -> None:
    text = (piece * (length // len(piece) + 1))[:length]
    # An expression that is not bounded would be stopped by the run's own time limit.
    assert split_person(text).name == split_person(text).name.strip()
    assert (role_of(text)[0], excludes(text)) in {(None, ""), (Role.GENERAL, "")}
    assert all(box.address.count("@") == 1 and len(box.address) <= 254 for box in addresses_in(text)[0])
