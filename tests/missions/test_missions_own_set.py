"""The project's own set of books: each kind of list in each language, and who has to be written to by hand.

With the ugly spreadsheets and those in unusual clothes there are a hundred and fifty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from examples import HEAVY
from missions_books import MakeBook
from openpyxl import Workbook
from openpyxl.styles import Font
from sqlalchemy import Engine
from test_missions_clothes import BOOKS
from ugly_books import UGLY

from outreach.actors import named
from outreach.database import reading
from outreach.errors import Problem
from outreach.missions.importer import import_file
from outreach.missions.roster import listing


@dataclass(frozen=True)
class Tongue:
    """What the columns are called and what stands in them, in one language."""

    country: str
    name: str
    first: str
    last: str
    function: str
    email: str
    stop: str
    yes: str
    states: tuple[str, str, str]
    """France, Chile and Mali."""
    honorific: str
    ambassador: str


TONGUES = {
    "en": Tongue("Country", "Name", "First name", "Surname", "Function", "E-mail", "Do not contact", "yes",
                 ("France", "Chile", "Mali"), "H.E. Ms.", "Permanent Representative"),
    "fr": Tongue("Pays", "Nom complet", "Prénom", "Nom de famille", "Fonction", "Courriel", "Ne pas contacter", "oui",
                 ("France", "Chili", "Mali"), "S.E. Mme", "Représentante permanente"),
    "es": Tongue("País", "Nombre completo", "Nombres", "Apellidos", "Cargo", "Correo electrónico", "No contactar", "sí",
                 ("Francia", "Chile", "Malí"), "Excma. Sra.", "Representante Permanente"),
    "ru": Tongue("Страна", "ФИО", "Имя", "Фамилия", "Должность", "Электронная почта", "Не писать", "да",
                 ("Франция", "Чили", "Мали"), "Г-жа", "Постоянный представитель"),
    "ar": Tongue("الدولة", "الاسم الكامل", "الاسم الأول", "اسم العائلة", "المنصب", "البريد الإلكتروني", "لا تراسل",
                 "نعم",
                 ("فرنسا", "شيلي", "مالي"), "السيدة", "الممثلة الدائمة"),
    "zh": Tongue("国家", "姓名", "名", "姓", "职务", "电子邮件", "请勿联系", "是",
                 ("法国", "智利", "马里"), "", "常驻代表"),
    "pt": Tongue("País", "Nome", "Primeiro nome", "Apelido", "Função", "Correio eletrónico", "Não contactar", "sim",
                 ("França", "Chile", "Mali"), "Exma. Sra.", "Representante Permanente"),
    "de": Tongue("Land", "Name", "Vorname", "Nachname", "Funktion", "E-Mail-Adresse", "Nicht anschreiben", "ja",
                 ("Frankreich", "Chile", "Mali"), "Frau", "Ständige Vertreterin"),
}  # fmt: skip
ANA, EVA, UTA = ("Ana", "Roy", "a@fra.example"), ("Eva", "Sol", "b@chl.example"), ("Uta", "Blum", "c@mli.example")
Rows = list[list[str]]
Found = dict[str, tuple[str, str]]
"""By address, the mission and the name."""
ALL: Found = {ANA[2]: ("FRA", "Ana Roy"), EVA[2]: ("CHL", "Eva Sol"), UTA[2]: ("MLI", "Uta Blum")}


def people(tongue: Tongue) -> list[tuple[str, str, str]]:
    return [
        (state, f"{first} {last}", email)
        for state, (first, last, email) in zip(tongue.states, (ANA, EVA, UTA), strict=True)
    ]


def plain(tongue: Tongue) -> Rows:
    return [[tongue.country, tongue.name, tongue.email], *map(list, people(tongue))]


def parts(tongue: Tongue) -> Rows:
    rows = zip(tongue.states, (ANA, EVA, UTA), strict=True)
    return [[tongue.country, tongue.last, tongue.first, tongue.email], *([s, n, f, e] for s, (f, n, e) in rows)]


def honorifics(tongue: Tongue) -> Rows:
    return [plain(tongue)[0], *([s, f"{tongue.honorific} {n}".strip(), e] for s, n, e in people(tongue))]


def functions(tongue: Tongue) -> Rows:
    head = [tongue.country, tongue.function, tongue.name, tongue.email]
    return [head, *([s, tongue.ambassador, n, e] for s, n, e in people(tongue))]


def stopped(tongue: Tongue) -> Rows:
    marks = ["", tongue.yes, ""]
    return [[*plain(tongue)[0], tongue.stop], *([*row, said] for row, said in zip(people(tongue), marks, strict=True))]


def filled_down(tongue: Tongue) -> Rows:
    return [*plain(tongue)[:2], ["", "Max Kern", "d@fra.example"], *plain(tongue)[2:]]


def two_in_a_cell(tongue: Tongue) -> Rows:
    rows = plain(tongue)
    rows[1][2] = f"{ANA[2]}; office@fra.example"
    return rows


def titled(tongue: Tongue) -> Rows:
    return [["HRC 2024"], [], *plain(tongue)]


def twice(tongue: Tongue) -> Rows:
    return [*plain(tongue), [tongue.states[0], "Max Kern", ANA[2]]]


@dataclass(frozen=True)
class Kind:
    """A kind of list: its rows, who is written to in the end, and whether a person has to be asked."""

    rows: Callable[[Tongue], Rows]
    written_to: Found
    must_ask: bool = False


KINDS = {
    "plain": Kind(plain, ALL),
    "names in parts": Kind(parts, ALL),
    "honorifics": Kind(honorifics, ALL),
    "functions": Kind(functions, ALL),
    "stopped": Kind(stopped, {key: value for key, value in ALL.items() if key != EVA[2]}),
    "filled down": Kind(filled_down, {**ALL, "d@fra.example": ("FRA", "Max Kern")}, must_ask=True),
    "two in a cell": Kind(two_in_a_cell, {**ALL, "office@fra.example": ("FRA", "*")}),
    "a title": Kind(titled, ALL),
    "one box for two": Kind(twice, {**ALL, ANA[2]: ("FRA", "")}, must_ask=True),
}
CASES = [(kind, language) for kind in KINDS for language in TONGUES]


def test_the_set_has_a_hundred_and_fifty_books() -> None:
    assert len(CASES) + len({ugly.file for ugly in UGLY}) + len(BOOKS) >= 150


def taken(engine: Engine, path: Path) -> tuple[Found, list[str]]:
    asked: list[str] = []

    def agree(guesses: Sequence[Problem]) -> bool:
        asked.extend(map(str, guesses))
        return True

    import_file(engine, path, ask=agree, by=named("Ana"))
    with reading(engine) as session:
        rows = listing(session, [], [], date(2024, 3, 18))
    return {one["email"]: (row["iso3"], one["name"]) for row in rows for one in row["contacts"]}, asked


@pytest.mark.parametrize(
    ("kind", "language"), [pytest.param(*one, marks=() if one[1] == "fr" else HEAVY) for one in CASES]
)
def test_each_kind_in_each_language(engine: Engine, book: MakeBook, kind: str, language: str) -> None:
    found, asked = taken(engine, book({"List": KINDS[kind].rows(TONGUES[language])}))
    wanted = KINDS[kind].written_to
    unnamed = {key for key, (_, name) in wanted.items() if name == "*"}
    assert {key: (iso3, "*" if key in unnamed else name) for key, (iso3, name) in found.items()} == wanted
    assert asked or not KINDS[kind].must_ask


@HEAVY
@pytest.mark.parametrize("language", TONGUES)
def test_a_struck_row_is_asked_about_in_each_language(engine: Engine, book: MakeBook, language: str) -> None:
    def strike(made: Workbook) -> None:
        for cell in made["List"][3]:
            cell.font = Font(strike=True)

    found, asked = taken(engine, book({"List": plain(TONGUES[language])}, change=strike))
    assert found.keys() == {ANA[2], UTA[2]}
    assert any("struck through" in one for one in asked)
