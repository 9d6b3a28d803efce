"""Headers, words of closed lists and single cells: what a person may have meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.missions import closed_lists
from outreach.missions.books import cell_values
from outreach.missions.books.cell_values import Unusable
from outreach.missions.columns import COLUMNS, SheetKind, column_for, kind_by_name
from outreach.text import address_key
from outreach.vocabulary import Language, Line, Role

EVERY_NAME = [
    (kind, column, name)
    for kind in SheetKind
    for column in COLUMNS[kind]
    for name in (column.header, column.field, *column.synonyms)
    if name
]
DRESS = st.lists(st.sampled_from([" ", "_", "-", ".", "\n", "\u00a0"]), max_size=3).map("".join)


@given(entry=st.sampled_from(EVERY_NAME), before=DRESS, after=DRESS, upper=st.booleans())
def test_case_accents_and_spaces_of_a_header_do_not_matter(
    entry: tuple[SheetKind, object, str], before: str, after: str, upper: bool
) -> None:
    kind, column, name = entry
    dressed = before + (name.upper() if upper else name.lower()).replace(" ", f" {before}") + after
    assert any(column is known and known.is_called(dressed) for known in COLUMNS[kind])


def test_no_header_means_two_columns_of_a_sheet() -> None:
    for kind in SheetKind:
        for column in COLUMNS[kind]:
            for name in (column.header, column.field, *column.synonyms):
                called = [other.header for other in COLUMNS[kind] if name and other.is_called(name)]
                assert len(called) <= 1, (kind, name, called)


@pytest.mark.heavy
@given(st.text(max_size=30))
def test_any_text_may_be_a_header(text: str) -> None:
    kind_by_name(text)
    for kind in SheetKind:
        column_for(kind, text)


@given(st.sampled_from(list(SheetKind)), st.data())
def test_a_cell_is_taken_or_refused_and_never_crashes(kind: SheetKind, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(cell_values.READERS[kind])))
    text = data.draw(st.text(max_size=80))
    said = ["taken"]
    try:
        cell_values.READERS[kind][field](text)
    except Unusable as error:
        said = [str(error.says), str(error.remedy)]
    assert all(said)
    assert "\n" not in "".join(said)


@given(st.emails())
def test_an_address_stays_the_same_box(address: str) -> None:
    try:
        stored = cell_values.email(f"  {address}\u00a0")
    except Unusable:
        return
    assert address_key(stored) == address_key(address)
    assert cell_values.email(stored) == stored


@pytest.mark.parametrize("address", ["a@fra.example", "A.b+c@x.test", "o'b@y.invalid", "é@pošta.test"])
def test_reserved_domains_are_good_addresses(address: str) -> None:
    assert cell_values.email(address) == address


@pytest.mark.parametrize(
    ("read", "text", "meant"),
    [
        (closed_lists.role, "Permanent Representative’s Office", Role.PERMANENT_REPRESENTATIVE),
        (closed_lists.role, "ambassadrice", Role.PERMANENT_REPRESENTATIVE),
        (closed_lists.role, "Human Rights Expert", Role.HUMAN_RIGHTS_EXPERT),
        (closed_lists.role, "DPR", Role.DEPUTY),
        (closed_lists.language, "FRANÇAIS", Language.FRENCH),
        (closed_lists.language, "русский", Language.RUSSIAN),
        (closed_lists.line, "Cc:", Line.CC),
        (closed_lists.yes_no, "SÍ", True),
        (closed_lists.yes_no, "0", False),
        (closed_lists.group, "grulac", closed_lists.Group.LATIN_AMERICAN),
        (closed_lists.group, "Asia Pacific", closed_lists.Group.ASIA_PACIFIC),
        (closed_lists.group, "Western European & Others", closed_lists.Group.WESTERN_EUROPEAN),
        (closed_lists.status, "Observer", closed_lists.UnStatus.OBSERVER),
    ],
)
def test_common_synonyms(read: object, text: str, meant: object) -> None:
    assert callable(read)
    assert read(text) == meant


def test_every_word_that_is_offered_is_taken() -> None:
    assert [closed_lists.role(role) for role in Role] == list(Role)
    assert [closed_lists.line(line) for line in Line] == list(Line)
    assert [closed_lists.language(language) for language in Language] == list(Language)
    assert [closed_lists.language(name) for name in closed_lists.LANGUAGE_NAMES.values()] == list(
        closed_lists.LANGUAGE_NAMES
    )
    assert [closed_lists.group(group) for group in closed_lists.Group] == list(closed_lists.Group)
    assert [closed_lists.status(status) for status in closed_lists.UnStatus] == list(closed_lists.UnStatus)
    assert [closed_lists.yes_no(answer) for answer in closed_lists.YES_NO.values()] == list(closed_lists.YES_NO)
