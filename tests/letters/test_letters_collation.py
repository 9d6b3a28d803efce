import pytest

from outreach.letters.signing.signers import LetterSignatory
from outreach.missions.collation import sort_key
from outreach.vocabulary import Language, SignatoryKind


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("en", ["42 Voices", "Ábaco", "Abad", "élan", "Elba", "Éli", "zoo", "Жук"]),
        ("fr", ["cote", "coté", "côte", "côté", "Œuvre", "zèle"]),
        ("es", ["nube", "nuez", "ñandú", "Ñu", "oso"]),
        ("ru", ["Елена", "Ёлка", "Жанна", "Иван", "Йод", "Кот", "Ada"]),
        ("ar", ["الأمل", "البيت", "تونس", "Ada"]),
        ("zh", ["中", "Ada"]),
    ],
)
def test_names_stand_in_the_order_of_the_language(language: str, ordered: list[str]) -> None:
    backwards = ordered[::-1]
    assert sorted(backwards, key=lambda name: sort_key(name, Language(language))) == ordered


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("Ada Sample", ["Ada Sample"]), ("Kim A and Kim B (sister and cousin of Kim C)", ["Kim A", "Kim B"]),
        ("Lady A / Member of one house and chair of another", ["Lady A"]), ("(anonymous)", ["(anonymous)"]),
        ("A & B; C", ["A", "B", "C"]), ("Ana y Eva", ["Ana", "Eva"]), ("Anders Andersen", ["Anders Andersen"]),
    ],
)  # fmt: skip
def test_an_entry_may_be_several_people(name: str, people: list[str]) -> None:
    assert LetterSignatory(name).people == people
    assert LetterSignatory(name, SignatoryKind.ORGANISATION).people == [name]
