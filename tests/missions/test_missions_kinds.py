"""Kinds of lists and cells that were found on books which nobody had prepared the reader for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from missions_books import MakeBook, rows_of
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import Problem
from outreach.missions.facts import find_state
from outreach.missions.importer import import_file
from outreach.missions.lists.people_words import role_of, split_person
from outreach.models import Contact
from outreach.vocabulary import GenderForm, Role


def take(engine: Engine, path: Path) -> tuple[dict[str, Contact], list[str]]:
    """Import a file, every question answered yes; return who can be written to, and what was asked and told."""
    said: list[str] = []

    def agree(guesses: Sequence[Problem]) -> bool:
        said.extend(f"asked: {one}" for one in guesses)
        return True

    said += import_file(engine, path, ask=agree, by=named("Ana")).notes
    return {one.email: one for one in rows_of(engine, Contact) if one.active}, said


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("Vereinigte Staaten von Amerika", "USA"), ("Elfenbeinküste", "CIV"), ("Guiné-Bissau", "GNB"),
        ("Rép. dém. du Congo", "COD"), ("RPDC", "PRK"), ("КНДР", "PRK"), ("Russian Fed.", "RUS"),
        ("Países Bajos (Reino de los)", "NLD"), ("Venezuela (Rép. bolivarienne du)", "VEN"),
        ("Permanent Mission of the State of Eritrea", "ERI"), ("Mission permanente du Royaume du Maroc", "MAR"),
        ("Observer State of Palestine", "PSE"), ("Republic of Korea", "KOR"),
        ("Democratic People's Republic of Korea", "PRK"), ("Republic of China", None), ("Korea", None),
        ("League of Arab States", "XAL"), ("Sovereign Order of Malta", "XOM"), ("Hong Kong", None),
        ("Delegation of the European Union to the UN in Geneva", "EUE"), ("EU Delegation", "EUE"),
        ("ICRC", "XRC"), ("African Union (AU)", "XAU"), ("AU", "AUS"), ("UA", "UKR"), ("Malta", "MLT"),
    ],
)  # fmt: skip
def test_states_by_further_names(name: str, iso3: str | None) -> None:
    found = find_state(name)
    assert (found and found.iso3) == iso3


@pytest.mark.parametrize(
    ("cell", "name", "gender"),
    [
        ("Excma. Sra. D.ª Ximena Arcaluz", "Ximena Arcaluz", GenderForm.FEMININE),
        ("Exmo. Sr. Tomás Vilasboas", "Tomás Vilasboas", GenderForm.MASCULINE),
        ("M. l’Ambassadeur Idriss Mahamatou", "Idriss Mahamatou", GenderForm.MASCULINE),
        ("Lic. Herminia Sereno", "Herminia Sereno", None),
        ("Sri Mulyani", "Sri Mulyani", None),
        ("Eng Tan Wei", "Eng Tan Wei", None),
    ],
)
def test_honorifics_leave_the_name(cell: str, name: str, gender: GenderForm | None) -> None:
    taken = split_person(cell)
    assert (taken.name, taken.gender_form) == (name, gender)


@pytest.mark.parametrize("cell", ["Mr. Marc Bichler-Test / vacant", "Ana Li (vacante)", "Jo Li - vacant", "vacant"])
def test_nobody_is_named_at_a_post_that_is_vacant(cell: str) -> None:
    taken = split_person(cell)
    assert (taken.name, taken.gender_form, taken.vacant) == ("", None, True)


@pytest.mark.parametrize(
    ("cell", "name", "title"),
    [
        ("Jean Diop (Chargé d'affaires a.i.)", "Jean Diop", "Chargé d'affaires a.i."),
        ("Ana Ruiz (Encargada de Negocios a.i.)", "Ana Ruiz", "Encargada de Negocios a.i."),
        ("Paolo Neri (CDA a.i.)", "Paolo Neri", "CDA a.i."),
        ("Vacant (Chargé d'affaires: Nils Berg)", "Nils Berg", "Chargé d'affaires"),
        ("Bo Li (Geneva)", "Bo Li", ""),
    ],
)
def test_an_office_in_brackets_behind_a_name_is_the_office(cell: str, name: str, title: str) -> None:
    assert split_person(cell)[:2] == (name, title)


def test_who_stands_in_for_the_representative_is_the_deputy_still() -> None:
    assert role_of("Deputy Permanent Representative, Chargé d’affaires a.i.")[0] is Role.DEPUTY
    assert role_of("Representante Permanente Alterno")[0] is Role.DEPUTY


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("Ne plus écrire", "oui"), ("No volver a escribir", "x"), ("Stop sending", "x"), ("Не беспокоить", "да"),
        ("ملاحظات", "لا تراسل"), ("备注", "请勿联系"), ("Remarques", "ne plus contacter"),
    ],
)  # fmt: skip
def test_exclusions_in_other_words(engine: Engine, book: MakeBook, header: str, word: str) -> None:
    rows = [["Country", "E-mail", header], ["France", "a@fra.example", word], ["Chile", "b@chl.example", ""]]
    assert set(take(engine, book({"List": rows}))[0]) == {"b@chl.example"}


@pytest.mark.parametrize("header", ["Chef de mission", "اسم السفير", "Contact", "Whoever answers", "联系人"])
def test_names_are_found_by_what_stands_in_the_column(engine: Engine, book: MakeBook, header: str) -> None:
    rows = [
        ["Country", header, "E-mail"],
        ["France", "Ana Roy", "a@fra.example"],
        ["Chile", "Uta Blum", "b@chl.example"],
    ]
    found, _ = take(engine, book({"List": rows}))
    assert {one.name for one in found.values()} == {"Ana Roy", "Uta Blum"}


def test_places_and_groups_are_no_names(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "Where", "Group", "E-mail"], ["France", "Rue de Lausanne", "Western European", "a@fra.example"],
        ["Chile", "Palais Wilson", "GRULAC", "b@chl.example"],
    ]  # fmt: skip
    found, _ = take(engine, book({"List": rows}))
    assert {one.name for one in found.values()} == {""}


def test_a_column_called_contact_may_hold_the_addresses(engine: Engine, book: MakeBook) -> None:
    rows: list[list[Any]] = [
        ["Member State", "Ambassador", "Contact"],
        ["France", "Ana Roy", "Tel. +41 22 000 50 01 / mail: a@fra.example"],
        ["Chile", "Uta Blum", "☎ 022 000 50 05 ✉ b@chl.example"],
    ]
    found, said = take(engine, book({"List": rows}))
    assert {one.email: one.name for one in found.values()} == {"a@fra.example": "Ana Roy", "b@chl.example": "Uta Blum"}
    assert any("taken for email" in one for one in said)


def test_a_column_of_old_addresses_is_not_written_to(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country", "Old e-mail", "E-mail"],
        ["France", "old@fra.example", "a@fra.example"],
        ["Chile", "", "b@chl.example"],
    ]
    found, said = take(engine, book({"List": rows}))
    assert set(found) == {"a@fra.example", "b@chl.example"}
    assert any("says that it is old" in one for one in said)


def test_an_address_in_a_note_below_belongs_to_no_state(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["No", "Country", "E-mail"], ["1", "France", "a@fra.example"], ["2", "Chile", "b@chl.example"],
        ["Source: the secretariat, office@list.example"],
    ]  # fmt: skip
    found, said = take(engine, book({"List": rows}))
    assert set(found) == {"a@fra.example", "b@chl.example"}
    assert any("belong to no state" in one and "4" in one for one in said)


def test_a_card_is_of_the_mission_and_not_of_the_country_it_stands_in(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Given Name", "Family Name", "E-mail 1 - Value", "Address 1 - Country", "Organization 1 - Name"],
        ["Ana", "Roy", "a@fra.example", "Switzerland", "Permanent Mission of France"],
        ["Uta", "Blum", "b@chl.example", "Switzerland", "Permanent Mission of the Republic of Chile"],
    ]
    found, _ = take(engine, book({"List": rows}))
    assert {one.iso3 for one in found.values()} == {"FRA", "CHL"}


def test_words_with_a_line_through_them_are_left_out(engine: Engine, book: MakeBook) -> None:
    def strike(made: Workbook) -> None:
        line = TextBlock(InlineFont(strike=True), "old@fra.example")
        made["List"]["B2"] = CellRichText(line, " ", TextBlock(InlineFont(b=True), "a@fra.example"))
        made["List"]["B3"] = CellRichText(TextBlock(InlineFont(strike=True), "gone@chl.example"))

    rows = [["Country", "E-mail"], ["France", ""], ["Chile", ""], ["Peru", "c@per.example"]]
    found, said = take(engine, book({"List": rows}, change=strike))
    assert set(found) == {"a@fra.example", "c@per.example"}
    assert any("old@fra.example" in one for one in said)
    assert any("struck through" in one for one in said)
