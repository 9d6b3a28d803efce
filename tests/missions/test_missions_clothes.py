"""Plain books of contacts in unusual clothes: exports of programs, cards, footnotes, days of leaving, ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from missions_books import MakeBook
from sqlalchemy import Engine

from outreach.actors import named
from outreach.database import reading
from outreach.errors import Problem
from outreach.missions import word_lists
from outreach.missions.books.cells import Cell, Sheet
from outreach.missions.facts import find_state
from outreach.missions.importer import import_file
from outreach.missions.lists.footnotes import without_marks
from outreach.missions.lists.headings import heading
from outreach.missions.lists.people_words import is_function, is_past, mark, permits, role_of, split_person
from outreach.missions.roster import listing
from outreach.text import folded
from outreach.vocabulary import Role

HEAD = ("Country", "Name", "E-mail")
FRA, CHL, MLI = (
    ("France", "Ana Li", "a@fra.example"),
    ("Chile", "Bo Do", "b@chl.example"),
    ("Mali", "Cy Ro", "c@mli.example"),
)


@dataclass(frozen=True)
class Clothes:
    """A book, who is written to after every question was answered yes, and what was asked."""

    rows: Sequence[Sequence[Any]]
    written_to: frozenset[tuple[str, str, str]]
    """Address, name and one more field that is named in `field`."""
    field: str = "iso3"
    asked: str = ""
    """A part of what is asked; empty where nothing has to be."""


def said(*contacts: tuple[str, str, str]) -> frozenset[tuple[str, str, str]]:
    return frozenset(contacts)


BOOKS = {
    "a CRM's export: the country is the host's": Clothes(
        [("Account Name", "First Name", "Last Name", "Email", "Mailing Country"),
         ("Permanent Mission of France", "Ana", "Li", "a@fra.example", "Switzerland"),
         ("Permanent Mission of Switzerland", "Bo", "Do", "b@che.example", "Switzerland"),
         ("Mali Permanent Mission Geneva", "Cy", "Ro", "c@mli.example", "Switzerland")],
        said(("a@fra.example", "Ana Li", "FRA"), ("b@che.example", "Bo Do", "CHE"), ("c@mli.example", "Cy Ro", "MLI")),
    ),
    "allowed and not allowed": Clothes(
        [("(Do Not Modify) Contact", "Full Name", "Company Name", "Email", "Do not allow Emails"),
         ("a1-01", "Ana Li", "Mission of France", "a@fra.example", "Allow"),
         ("a1-02", "Bo Do", "Mission of Chile", "b@chl.example", "Do Not Allow")],
        said(("a@fra.example", "Ana Li", "FRA")),
    ),
    "states with articles, functions in short": Clothes(
        [("État", "Civ.", "Nom et prénom", "Qualité", "Adél"),
         ("la France", "Mme", "LI Ana", "R.P.A.", "a@fra.example"),
         ("le Chili", "M.", "DO Bo", "R.P.", "b@chl.example")],
        said(("a@fra.example", "LI Ana", "deputy"), ("b@chl.example", "DO Bo", "permanent representative")),
        "role", "column E",
    ),
    "one line under another, with a spouse": Clothes(
        [["FRANCE"], ["Telephone: 555"], ["e-mail: a@fra.example"], ["Correspondence: French"], ["H.E. Ms. Ana Li"],
         ["Ambassador Extraordinary and Plenipotentiary"], ["Permanent Representative"], ["Mr. Max Li"],
         ["CHILE"], ["e-mail: b@chl.example"], ["Correspondence: Spanish"], ["Permanent Representative"],
         ["H.E. Mr. Bo Do"]],
        said(("a@fra.example", "Ana Li", "fr"), ("b@chl.example", "Bo Do", "es")), "language", "no header row",
    ),
    "a day to come, one gone by, and one who is still there": Clothes(
        [(*HEAD, "Left / will leave on"), (*FRA, "2099-07-31"), (*CHL, "31/08/2022"), (*MLI, "present")],
        said(("a@fra.example", "Ana Li", "FRA"), ("c@mli.example", "Cy Ro", "MLI")), asked="31/08/2022",
    ),
    "a predecessor's columns": Clothes(
        [(*HEAD, "Predecessor", "Predecessor left"), (*FRA, "Old Li", "2020-01-01"), (*CHL, "Old Do", "2021-01-01")],
        said(("a@fra.example", "Ana Li", "FRA"), ("b@chl.example", "Bo Do", "CHL")),
    ),
    "one box, from one ambassador to the next": Clothes(
        [("Country", "Permanent Representative", "From", "To", "E-mail"),
         ("France", "Old Li", "2018-09-01", "2022-08-31", "pr@fra.example"),
         ("France", "Ana Li", "2022-09-01", "", "pr@fra.example"),
         ("Chile", "Bo Do", "2022-09-01", "à ce jour", "pr@chl.example"),
         ("Chile", "Old Do", "2017-09-01", "2022-07-31", "pr@chl.example")],
        said(("pr@fra.example", "Ana Li", "FRA"), ("pr@chl.example", "Bo Do", "CHL")), asked="2022-08-31",
    ),
    "ticks for the line": Clothes(
        [(*HEAD, "Cc only"), (*FRA, "TRUE"), (*CHL, "FALSE")],
        said(("a@fra.example", "Ana Li", "cc"), ("b@chl.example", "Bo Do", "to")), "line",
    ),
    "lines in words": Clothes(
        [(*HEAD, "To/Cc"), (*FRA, "CC:"), (*CHL, "To"), ("", "Di Li", "d@chl.example", "cc")],
        said(("a@fra.example", "Ana Li", "cc"), ("b@chl.example", "Bo Do", "to"), ("d@chl.example", "Di Li", "cc")),
        "line", "rows without a state",
    ),
    "footnotes": Clothes(
        [HEAD, ("France¹", *FRA[1:]), ("Chile", "Bo Do*", CHL[2]), MLI, ("¹ Confirmed by telephone.",),
         ("* Not to be written to for now.",)],
        said(("a@fra.example", "Ana Li", "FRA"), ("c@mli.example", "Cy Ro", "MLI")), asked="Not to be written to",
    ),
    "cards with a wide colon, side by side": Clothes(
        [("Country：France", "", "Country：Chile"), ("Name：Ms. Ana Li", "", "Name：Bo Do"),
         ("Title：Deputy", "", "Title：Ambassador"), ("E-mail：a@fra.example", "", "E-mail：b@chl.example")],
        said(("a@fra.example", "Ana Li", "deputy"), ("b@chl.example", "Bo Do", "permanent representative")), "role",
        "no header row",
    ),
    "wide letters": Clothes(
        [("国名", "氏名", "メールアドレス"), ("Ｆｒａｎｃｅ", "Ana Li 様", "ａ＠ｆｒａ．ｅｘａｍｐｌｅ")],
        said(("a@fra.example", "Ana Li", "FRA")),
    ),
    "questions of a form": Clothes(
        [("Which mission do you work for?", "Email Address", "Your full name", "May we write to you by e-mail?"),
         ("France", "a@fra.example", "Ana Li", "Yes, please"), ("Chile", "b@chl.example", "Bo Do", "No")],
        said(("a@fra.example", "Ana Li", "FRA")), asked="is taken for",
    ),
    "yes and no by a letter": Clothes(
        [("País", "Nombre", "Correo", "¿Enviar carta? (S/N)"), (*FRA, "S"), (*CHL, "N"), (*MLI, "")],
        said(("a@fra.example", "Ana Li", "FRA"), ("c@mli.example", "Cy Ro", "MLI")), asked="neither yes nor no",
    ),
    "remarks beside an address of another": Clothes(
        [(*HEAD, "Remarques"), (*FRA, "Décédée en mars 2023"), (*CHL, "Écrire plutôt à x@chl.example"), MLI],
        said(("b@chl.example", "Bo Do", "CHL"), ("c@mli.example", "Cy Ro", "MLI")), asked="x@chl.example",
    ),
    "two family names": Clothes(
        [("País", "Nombres", "Primer apellido", "Segundo apellido", "Correo"),
         ("Francia", "Ana", "Li", "de León", "a@fra.example")],
        said(("a@fra.example", "Ana Li de León", "FRA")),
    ),
    "a part of the names": Clothes(
        [("Country", "Given name", "E-mail"), ("France", "Ana", "a@fra.example")],
        said(("a@fra.example", "Ana", "FRA")), asked="only a part of the names",
    ),
    "no header and no order": Clothes(
        [["Geneva list"], ["France, Ana Li (PR): a@fra.example"], ["Chile – Bo Do – Deputy – b@chl.example"]],
        said(("a@fra.example", "Ana Li", "permanent representative"), ("b@chl.example", "Bo Do", "deputy")), "role",
        "no header row is known",
    ),
    "a row in a block that says itself whose it is": Clothes(
        [["France"], ["Ana Li", "a@fra.example"], ["Chile", "Bo Do", "b@chl.example"], ["Mali"],
         ["Cy Ro", "c@mli.example"]],
        said(("a@fra.example", "Ana Li", "FRA"), ("b@chl.example", "Bo Do", "CHL"), ("c@mli.example", "Cy Ro", "MLI")),
        asked="no header row",
    ),
}  # fmt: skip


def taken_from(engine: Engine, path: Path, field: str) -> tuple[set[tuple[str, str, str]], list[str]]:
    """Import a book with every question answered yes; return who is written to, and what was asked."""
    asked: list[str] = []

    def agree(guesses: Sequence[Problem]) -> bool:
        asked.extend(map(str, guesses))
        return True

    import_file(engine, path, ask=agree, by=named("Ana"))
    with reading(engine) as session:
        rows = listing(session, [], [], date(2024, 3, 18))
    return {
        (one["email"], one["name"], str({**one, "iso3": row["iso3"]}[field])) for row in rows for one in row["contacts"]
    }, asked


@pytest.mark.parametrize("name", BOOKS)
def test_a_book_in_unusual_clothes(engine: Engine, book: MakeBook, name: str) -> None:
    clothes = BOOKS[name]
    taken, asked = taken_from(engine, book({"List": clothes.rows}), clothes.field)
    assert taken == clothes.written_to
    assert clothes.asked in " ".join(asked)
    assert bool(asked) or not clothes.asked


@pytest.mark.parametrize(
    ("text", "iso3"),
    [("la Norvège", "NOR"), ("l'Uruguay", "URY"), ("les Pays-Bas", "NLD"), ("el Perú", "PER"), ("le Tchad", "TCD"),
     ("Gambia Permanent Mission Geneva", "GMB"), ("the mission", None), ("la mer", None), ("El Salvador", "SLV")],
)  # fmt: skip
def test_states_with_an_article_or_their_mission_behind(text: str, iso3: str | None) -> None:
    found = find_state(text)
    assert (found.iso3 if found else None) == iso3


@pytest.mark.parametrize(
    ("text", "role"),
    [("R.P.", Role.PERMANENT_REPRESENTATIVE), ("R.P.A.", Role.DEPUTY), ("Rep. Perm. Adj.", Role.DEPUTY),
     ("Dep. PR", Role.DEPUTY), ("Cons. (droits de l'homme)", Role.HUMAN_RIGHTS_EXPERT),
     ("DDHH", Role.HUMAN_RIGHTS_EXPERT),
     ("Emb.", Role.PERMANENT_REPRESENTATIVE), ("Counsellor", None), ("rapporteur", None)],
)  # fmt: skip
def test_functions_in_short(text: str, role: Role | None) -> None:
    assert role_of(text)[0] is role


@pytest.mark.parametrize(
    ("text", "past"),
    [("31 août 2024", False), ("1 марта 2024", True), ("febrero de 2024", True), ("Dec 2024", False), ("2024", None),
     ("June 2021", True), ("31.12.2023", True), ("soon", None)],
)  # fmt: skip
def test_days_in_words(text: str, past: bool | None) -> None:
    assert is_past(text, date(2024, 3, 18)) is past


def test_small_words_of_cells() -> None:
    assert [permits(text) for text in ("Allow", "Do Not Allow", "Opted out", "x")] == [True, False, False, None]
    assert [mark(text) for text in ("S", "N", "Yes, please", "No, thanks", "Nobody")] == [
        True,
        False,
        True,
        False,
        None,
    ]
    assert is_function("Ambassador Extraordinary and Plenipotentiary")
    assert not is_function("Ambassador Rein Näidisson")
    assert split_person("Emb. Uta Beispielova").name == "Uta Beispielova"
    assert split_person("Jeanne Duranel 様").name == "Jeanne Duranel"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Do not allow Emails", "optout"), ("Predecessor's e-mail", "none"), ("Contact owner", "none"),
     ("Account Name", "org"), ("Account number", None), ("Jefe/a de Misión o contacto", "name")],
)  # fmt: skip
def test_headings(text: str, kind: str | None) -> None:
    head = heading(text)
    assert (head.kind if head else None) == kind


def test_marks_without_a_footnote_are_left_as_they_are() -> None:
    sheet = Sheet("List", {1: {1: Cell("France*"), 2: Cell("x")}, 2: {1: Cell("* * *")}})
    assert without_marks(sheet) == (sheet, {})


def test_no_word_is_lost_in_comparing_or_stands_twice_in_its_list() -> None:
    for section in ("functions", "remarks", "headings", "heading_words", "names"):
        for key, words in word_lists.lists_of(section).items():
            assert all(folded(word) for word in words), (section, key)
            assert word_lists.word_list(section, key)
