"""What a careful clerk asks before letters go to what a book says: each kind of doubt, in books made for it here."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from missions_books import MakeBook, dump, rows_of
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from sqlalchemy import Engine

from outreach.actors import named
from outreach.errors import Problem, SheetError
from outreach.missions.columns import COLUMNS, SheetKind
from outreach.missions.directory_workbook import export_directory
from outreach.missions.facts import find_state
from outreach.missions.importer import import_file
from outreach.missions.lists.people_words import excludes, is_past, split_person
from outreach.models import Contact
from outreach.vocabulary import Line

ANA = named("Ana")
HEADS = ["Country", "Name", "E-mail"]
KENYA = ["Kenya", "Jane Mfano", "mission@ken.mission.example"]
PERU = ["Peru", "José Muestra", "mission@per.mission.example"]
NEPAL = ["Nepal", "Sita Namuna", "mission@npl.mission.example"]
MALTA = ["Malta", "Karm Eżempju", "mission@mlt.mission.example"]
FIJI = ["Fiji", "Sera Ivaka", "mission@fji.mission.example"]


def take(engine: Engine, path: Path) -> tuple[dict[str, Contact], list[str]]:
    """Import a file, every question answered yes; return who can be written to, and what was asked."""
    asked: list[str] = []

    def agree(guesses: Sequence[Problem]) -> bool:
        asked.extend(map(str, guesses))
        return True

    import_file(engine, path, ask=agree, by=ANA)
    return {one.email: one for one in rows_of(engine, Contact) if one.active}, asked


def coloured(row: int, colour: str) -> Callable[[Workbook], None]:
    def change(made: Workbook) -> None:
        for cell in made["List"][row]:
            cell.fill = PatternFill("solid", fgColor=colour)

    return change


def commented(place: str, words: str) -> Callable[[Workbook], None]:
    return lambda made: setattr(made["List"][place], "comment", Comment(words, "Ana"))


def test_a_plain_list_is_taken_without_a_question(engine: Engine, book: MakeBook) -> None:
    found, asked = take(engine, book({"List": [HEADS, KENYA, PERU, NEPAL, MALTA, FIJI]}))
    assert len(found) == 5
    assert asked == []


_SLIPPED = [[state, name, other[2]] for (state, name, _), other in zip(
    [KENYA, PERU, NEPAL, MALTA, FIJI], [PERU, NEPAL, MALTA, FIJI, KENYA], strict=True
)]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (_SLIPPED, "have slipped against the states"),
        ([KENYA, ["Peru", "José Muestra", "mission@npl.mission.example"], [*NEPAL[:2], "un@kathmandu.example"], FIJI],
         "name another state of the list than their rows: 3 (PER"),
        ([KENYA, ["Congo", "Ana Li", "ana@a.example"], ["Congo", "Bo Xi", "bo@b.example"]], "may be two states"),
        ([KENYA, ["Congo", "Ana Li", "mission.kinshasa@un.example"]], "name another state"),
        ([KENYA, ["Peru", "Ana Li 2", "mission@per.mission.example"]], "do not look like a person's"),
        ([KENYA, ["Peru", "Nepal", "mission@per.mission.example"]], "do not look like a person's"),
        ([KENYA, ["Peru", "José Muestra", "mission@p\u0435ru.example"]], "CYRILLIC SMALL LETTER IE"),
        ([KENYA, ["Peru", "Jos? Muestra", "mission@per.mission.example"]], "letters were lost"),
        ([KENYA, ["Peru", "Jos\ufffd Muestra", "mission@per.mission.example"]], "letters were lost"),
        ([KENYA, [*PERU, "and one cell more"]], "below no heading"),
        ([KENYA, ["Peru", "e.g. José Muestra", "mission@per.mission.example"]], "may be samples"),
        ([KENYA, ["League of Arab States", "Ana Li", "office@las.mission.example"]], "no states, are taken too"),
    ],
)  # fmt: skip
def test_contradictions_are_asked_about(engine: Engine, book: MakeBook, rows: list[list[str]], said: str) -> None:
    _, asked = take(engine, book({"List": [HEADS, *rows]}))
    assert any(said in one for one in asked), asked


def test_two_people_in_a_cell_of_an_own_sheet_are_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["ISO3", "Role", "Name", "E-mail"],
        ["KEN", "deputy", "Ms. Ana Li and Mr. Bo Xi", "a@ken.mission.example"],
        ["PER", "deputy", "Ms. Ana Sousa e Silva", "a@per.mission.example"],
    ]
    taken, asked = take(engine, book({"Contacts": rows}))
    assert any("names 2 people" in one for one in asked), asked
    assert [taken[f"a@{iso3}.mission.example"].name for iso3 in ("ken", "per")] == ["", "Ms. Ana Sousa e Silva"]


def test_two_heads_of_one_mission_are_asked_about_and_staff_is_not(engine: Engine, book: MakeBook) -> None:
    heads = ["Country", "Name", "Function", "E-mail"]
    one, other = (
        ["Kenya", "Jane Mfano", "Ambassador", "a@k.example"],
        ["Kenya", "Tom Zamani", "Ambassador", "b@k.example"],
    )
    staff = ["Kenya", "Li Na", "First Secretary", "c@k.example"]
    _, asked = take(engine, book({"List": [heads, one, staff]}))
    assert not any("several heads" in said for said in asked)
    _, asked = take(engine, book({"List": [heads, one, other]}, name="b.xlsx"))
    assert any("KEN has several heads of mission" in said for said in asked)


def test_a_form_of_address_of_another_gender(engine: Engine, book: MakeBook) -> None:
    heads = ["Country", "Salutation", "Name", "Gender", "E-mail"]
    _, asked = take(engine, book({"List": [heads, ["Kenya", "Mr", "Robin Mfano", "F", "a@k.example"]]}))
    assert any("of another gender" in said for said in asked)


@pytest.mark.parametrize("colour", ["FFFF0000", "FFFFFF00"])
def test_a_coloured_row_is_asked_about(engine: Engine, book: MakeBook, colour: str) -> None:
    rows = [HEADS, KENYA, MALTA, PERU, NEPAL]
    _, asked = take(engine, book({"List": rows}, change=coloured(3, colour)))
    assert any("colour of their own" in said and said.rstrip(".").endswith(": 3") for said in asked)


def test_letters_in_red_are_asked_about(engine: Engine, book: MakeBook) -> None:
    def change(made: Workbook) -> None:
        made["List"]["B3"].font = Font(color="FFFF0000")

    _, asked = take(engine, book({"List": [HEADS, KENYA, MALTA, PERU]}, change=change))
    assert any("colour of their own" in said and said.rstrip(".").endswith(": 3") for said in asked)


def test_rows_coloured_by_turns_and_coloured_headings_say_nothing(engine: Engine, book: MakeBook) -> None:
    def change(made: Workbook) -> None:
        for row in (1, 3, 5):
            coloured(row, "FFEEEEEE")(made)

    _, asked = take(engine, book({"List": [HEADS, KENYA, MALTA, PERU, NEPAL, FIJI]}, change=change))
    assert asked == []


def test_a_comment_and_a_hidden_row_are_asked_about(engine: Engine, book: MakeBook) -> None:
    def change(made: Workbook) -> None:
        commented("B2", "new number since May")(made)
        made["List"].row_dimensions[3].hidden = True

    _, asked = take(engine, book({"List": [HEADS, KENYA, MALTA]}, change=change))
    assert any("comments are not obeyed: B2" in said for said in asked)
    assert any("hidden are written to: 3 (MLT)" in said for said in asked)


def test_addresses_that_nobody_reads_are_asked_about(engine: Engine, book: MakeBook) -> None:
    sheets = {"List": [["Compiled by desk@office.example"], HEADS, KENYA, PERU], "Other": [["call", "x@fji.example"]]}
    _, asked = take(engine, book(sheets))
    assert any("desk@office.example" in said for said in asked)
    assert any("x@fji.example" in said for said in asked)


def test_whoever_stands_in_a_sheet_of_those_who_stop_is_not_written_to(engine: Engine, book: MakeBook) -> None:
    sheets = {"List": [HEADS, KENYA, PERU], "Unsubscribed": [["E-mail", "When"], [PERU[2], "May"]]}
    found, asked = take(engine, book(sheets))
    assert set(found) == {KENYA[2]}
    assert any("Unsubscribed: nobody who stands there is written to" in said for said in asked)


def test_a_section_that_forbids_ends_with_the_next(engine: Engine, book: MakeBook) -> None:
    rows = [HEADS, ["WRITE FIRST"], KENYA, ["DO NOT CONTACT (asked in May)"], PERU, NEPAL, ["ALL OTHERS"], FIJI]
    found, asked = take(engine, book({"List": rows}))
    assert set(found) == {KENYA[2], FIJI[2]}
    assert asked


@pytest.mark.parametrize(
    ("heading", "cell", "written", "said"),
    [
        ("May we write to you about the session?", "No", False, "is taken for active"),
        ("Ne plus écrire", "x", False, ""),
        ("Posting ended", "2020-08-31", False, "not written to, if that is what it means"),
        ("Posting ended", "2093-08-31", True, ""),
        ("Remarks", "pidió no recibir más correos", False, "not written to, if that is what it means"),
        ("Remarks", "has left Geneva", False, "not written to, if that is what it means"),
        ("Remarks", "old friend of ours", True, ""),
        ("Sponsor", "x", True, "kept and not obeyed"),
        ("Organisation", "Friends of the Lake", True, "names organisations, and no missions"),
    ],
)  # fmt: skip
def test_columns_that_may_say_who_is_not_written_to(
    engine: Engine, book: MakeBook, heading: str, cell: str, written: bool, said: str
) -> None:
    rows = [[*HEADS, heading], [*KENYA, cell], [*PERU, ""], [*NEPAL, ""]]
    if heading.endswith("?"):
        rows = [[*HEADS, heading], [*KENYA, cell], [*PERU, "Yes"], [*NEPAL, "Yes"]]
    found, asked = take(engine, book({"List": rows}))
    assert (KENYA[2] in found) is written
    assert PERU[2] in found
    assert any(said in one for one in asked) if said else True


def test_a_state_that_is_a_status_and_a_country_that_is_the_host(engine: Engine, book: MakeBook) -> None:
    found, _ = take(engine, book({"List": [
        ["Pays", "Nom", "Courriel", "État"],
        ["Belgique", "Léa Essai", "a@bel.example", "en poste"],
        ["Tunisie", "Inès Essai", "b@tun.example", "partie en août"],
    ]}))  # fmt: skip
    assert set(found) == {"a@bel.example"}
    found, _ = take(engine, book({"List": [
        ["First Name", "Last Name", "Current Employer", "Country", "Email", "Language"],
        ["Jane", "Mfano", "Permanent Mission of Kenya", "Switzerland", "a@ken.example", "en_GB"],
        ["José", "Muestra", "Permanent Mission of Peru", "Switzerland", "b@per.example", "es_ES"],
        ["Ana", "Li", "", "Switzerland", "c@nowhere.example", "en_GB"],
    ]}, name="b.xlsx"))  # fmt: skip
    assert {one.email: one.iso3 for one in found.values() if one.email[0] in "abc"} == {
        "a@bel.example": "BEL", "a@ken.example": "KEN", "b@per.example": "PER",
    }  # fmt: skip
    assert found["b@per.example"].language == "es"


def test_a_form_answered_twice_is_one_contact(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    heads = ["Timestamp", "Email Address", "Which Permanent Mission do you represent?", "Full name"]
    rows = [["2024/02/01", "j@k.example", "Kenya", "Jane Mfano"], ["2024/02/02", "s@f.example", "Fiji", "Sera Ivaka"]]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heads, *rows, ["2024/02/03", *rows[0][1:]]])
    found, asked = take(engine, path)
    assert {one.email: one.iso3 for one in found.values()} == {"j@k.example": "KEN", "s@f.example": "FJI"}
    assert any("is taken for state" in said for said in asked)


def test_an_error_in_one_cell_is_asked_about_and_in_many_refused(engine: Engine, book: MakeBook) -> None:
    found, asked = take(engine, book({"List": [HEADS, KENYA, ["Peru", "José Muestra", "#N/A"], NEPAL, MALTA, FIJI]}))
    assert set(found) == {one[2] for one in (KENYA, NEPAL, MALTA, FIJI)}
    assert any("C3 (#N/A)" in said for said in asked)


def test_headings_of_two_storeys_and_of_both_genders(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["État", "Représentant(e) permanent(e)", "", "Expert(e) droits de l'homme", ""],
        ["", "Nom", "Courriel", "Nom", "Courriel"],
        ["Maroc", "S.E. Mme Salma Essai", "rp@mar.example", "M. Driss Essai", "dh@mar.example"],
        ["Haïti", "S.E. M. Paul Essai", "rp@hti.example", "", ""],
    ]
    found, _ = take(engine, book({"List": rows}))
    assert {(one.email, one.name, str(one.role)) for one in found.values()} == {
        ("rp@mar.example", "Salma Essai", "permanent representative"),
        ("dh@mar.example", "Driss Essai", "human-rights expert"),
        ("rp@hti.example", "Paul Essai", "permanent representative"),
    }


def test_a_copy_within_the_cell_stands_in_copy(engine: Engine, book: MakeBook) -> None:
    rows = [HEADS, ["Kenya", "Jane Mfano", "a@k.example; cc: b@k.example"], PERU]
    found, _ = take(engine, book({"List": rows}))
    assert (str(found["a@k.example"].line), str(found["b@k.example"].line)) == ("to", "cc")
    assert found["b@k.example"].name == ""


def test_an_invisible_letter_does_not_cut_an_address(engine: Engine, book: MakeBook) -> None:
    found, asked = take(
        engine, book({"List": [HEADS, ["Kenya", "Jane Mfano", "mis\u00adsion@ken.mission.example"], PERU]})
    )
    assert "mission@ken.mission.example" in found
    assert any("is read as" in said for said in asked)


@pytest.mark.parametrize(
    ("cell", "name", "title"),
    [
        ("Vacant (Clara Essai, Chargée d'affaires a.i.)", "Clara Essai", "Chargée d'affaires"),
        ("Chargé d'affaires a.i.: Tom Essai", "Tom Essai", "Chargé d'affaires a.i."),
        ("Tom Essai a.i.", "Tom Essai", ""), ("Vacant since May", "", ""), ("Vacant - to be named", "", ""),
        ("Ana Li-Smith", "Ana Li-Smith", ""),
    ],
)  # fmt: skip
def test_who_stands_in(cell: str, name: str, title: str) -> None:
    taken = split_person(cell)
    assert (taken.name, taken.title) == (name, title)


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ("ne plus utiliser", "stopped"), ("asked us to send no more mail", "stopped"), ("LEFT in May", "gone"),
        ("prefers paper, e-mail also fine", ""), ("old friend of the coalition", ""), ("very helpful", ""),
    ],
)  # fmt: skip
def test_remarks(words: str, how: str) -> None:
    assert excludes(words, remark=True) == how


def test_dates_of_leaving() -> None:
    from datetime import date

    today = date(2024, 3, 18)
    said = ["2024-03-17", "31.12.2023", "12/31/2023", "2024-03-19", "2025", "2024", "soon", "99.99.2020"]
    assert [is_past(one, today) for one in said] == [True, True, True, False, False, None, None, None]


@pytest.mark.parametrize(
    ("name", "iso3"),
    [("Korea, Dem. People's Rep. of", "PRK"), ("Congo, Dem. Rep. of the", "COD"), ("Tanzania, United Rep. of", "TZA")],
)
def test_names_turned_round_and_abbreviated(name: str, iso3: str) -> None:
    state = find_state(name)
    assert state is not None
    assert state.iso3 == iso3


_ROUND: list[list[list[Any]]] = [
    [[*HEADS, "Visits", "Since"], [*KENYA, 9.11, "2024-03-18"], [*PERU, 3, "2023-01-02"]],
    [HEADS, *_SLIPPED],
    [HEADS, ["Congo", "Ana Li", "ana@a.example"], ["Congo", "Bo Xi", "bo@b.example"], KENYA],
    [["Country", "Salutation", "Name", "Gender", "E-mail"], ["Kenya", "Mr", "Robin Mfano", "F", "a@k.example"]],
    [[*HEADS, "Liste B"], [*KENYA, "x"], [*PERU, ""]],
]


@pytest.mark.parametrize("number", range(len(_ROUND)))
def test_what_was_agreed_to_is_not_asked_again_and_comes_back_unchanged(
    engine: Engine, book: MakeBook, tmp_path: Path, number: int
) -> None:
    path = book({"List": _ROUND[number]})
    take(engine, path)
    before = dump(engine)
    _, again = take(engine, path)
    assert not again
    assert dump(engine) == before
    export_directory(engine, tmp_path / "out.xlsx")
    _, exported = take(engine, tmp_path / "out.xlsx")
    assert not exported
    assert dump(engine) == before


def test_a_date_of_an_own_column_is_a_date(engine: Engine, book: MakeBook) -> None:
    from datetime import date

    take(engine, book({"List": [[*HEADS, "Last visit"], [*KENYA, date(2024, 3, 18)], [*PERU, date(2023, 1, 2)]]}))
    assert {one.iso3: one.fields["last_visit"] for one in rows_of(engine, Contact)} == {
        "KEN": {"date": "2024-03-18"}, "PER": {"date": "2023-01-02"},
    }  # fmt: skip


def test_a_form_to_each_state_is_a_table(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Country:", "Malta"], ["Head of mission:", "Ms. Rita Essai"], ["E-mail:", "a@mlt.example"], [],
        ["Country:", "Zambia"], ["Head of mission:", "Mr. Bo Essai"], ["E-mail:", "b@zmb.example"],
    ]  # fmt: skip
    found, asked = take(engine, book({"List": rows}))
    assert {(one.iso3, one.name, one.email) for one in found.values()} == {
        ("MLT", "Rita Essai", "a@mlt.example"), ("ZMB", "Bo Essai", "b@zmb.example"),
    }  # fmt: skip
    assert any("2 blocks" in said for said in asked)


@pytest.mark.parametrize(
    ("typed", "meant"), [("Kenia", "KEN"), ("Zimbabwae", "ZWE"), ("Tadjikstan", "TJK"), ("Lithunia", "LTU")]
)
def test_a_misspelt_state_is_taken_for_the_one_it_is_near_to_if_that_is_agreed(
    engine: Engine, book: MakeBook, typed: str, meant: str
) -> None:
    found, asked = take(engine, book({"List": [HEADS, PERU, NEPAL, [typed, *MALTA[1:]]]}))
    assert found[MALTA[2]].iso3 == meant
    assert not asked or any(f'"{typed}" is taken for' in said for said in asked)


@pytest.mark.parametrize("typed", ["Austrlia", "Slovania", "Nigera", "Midgard"])
def test_a_name_that_is_near_to_two_states_or_none_is_left_out_if_that_is_agreed(
    engine: Engine, book: MakeBook, typed: str
) -> None:
    found, asked = take(engine, book({"List": [HEADS, PERU, NEPAL, [typed, *MALTA[1:]]]}))
    assert found.keys() == {PERU[2], NEPAL[2]}
    assert any(f'"{typed}" names no state that is known' in said for said in asked)


def test_of_sheets_a_year_the_newest_is_read(engine: Engine, book: MakeBook) -> None:
    sheets = {"List 2022": [HEADS, KENYA, PERU], "List 2024": [HEADS, NEPAL, FIJI], "List 2023": [HEADS, MALTA]}
    found, asked = take(engine, book(sheets))
    assert found.keys() == {NEPAL[2], FIJI[2]}
    assert any("of an earlier year than List 2024" in said for said in asked)


@pytest.mark.parametrize("header", ["Bcc", "Cci", "CCO", "Blind copy"])
def test_a_column_of_blind_copies_is_asked_about(engine: Engine, book: MakeBook, header: str) -> None:
    rows = [["Country", "E-mail", header], ["Kenya", KENYA[2], "a@ken.example"], ["Peru", PERU[2], "b@per.example"]]
    found, asked = take(engine, book({"List": rows}))
    assert {one.email for one in found.values() if one.line is Line.CC} == {"a@ken.example", "b@per.example"}
    assert any("there is no blind copy" in said for said in asked)


def test_not_yet_written_to_is_no_wish_not_to_be(engine: Engine, book: MakeBook) -> None:
    said = ["not yet contacted", "do not forget to write to her", "pas encore contacté", "no olvidar escribirle"]
    people = [KENYA, PERU, NEPAL, MALTA]
    rows = [
        [*HEADS, "Remarks"],
        *([*who, what] for who, what in zip(people, said, strict=True)),
        [*FIJI, "do not write"],
    ]
    found, _ = take(engine, book({"List": rows}))
    assert found.keys() == {who[2] for who in people}


def test_the_spanish_don_is_taken_off_a_name_and_an_initial_is_not() -> None:
    assert split_person("Excmo. Sr. D. Juan Ejemplo").name == "Juan Ejemplo"
    assert split_person("Sr. D. Juan Ejemplo").name == "Juan Ejemplo"
    assert split_person("D. Juan Ejemplo").name == "D. Juan Ejemplo"
    assert split_person("Ms. D. Sample").name == "D. Sample"


def test_two_people_in_a_cell_have_an_address_each_or_are_not_named(engine: Engine, book: MakeBook) -> None:
    rows = [
        HEADS,
        ["Kenya", "Ms. Jane Mfano and Mr. Otieno Kielelezo", "o.kielelezo@ken.example; j.mfano@ken.example"],
        ["Peru", "Sra. Rosa Muestra / Sr. José Ejemplo", "mission@per.example"],
        ["Malta", "Ms. Rita Essai e Borg", "rita@mlt.example"],
    ]
    found, asked = take(engine, book({"List": rows}))
    assert {one.email: (one.name, str(one.gender_form or "")) for one in found.values()} == {
        "o.kielelezo@ken.example": ("Otieno Kielelezo", "masculine"),
        "j.mfano@ken.example": ("Jane Mfano", "feminine"),
        "mission@per.example": ("", ""),
        "rita@mlt.example": ("Rita Essai e Borg", "feminine"),
    }
    assert sum("names 2 people" in said for said in asked) == 2


def test_two_people_in_one_cell_of_our_own_sheet_are_nobodys_name(engine: Engine, book: MakeBook) -> None:
    heads = [column.header for column in COLUMNS[SheetKind.CONTACTS] if column.field]

    def of(name: str) -> Path:
        row = ["PER", "general", "", name, "", "", "a@per.example", "", "", ""]
        return book({"Contacts": [heads, row]})

    for before in ("Eva Mar", "Ana Sol"):
        import_file(engine, of(before), by=ANA, yes=True)
        both = of("H.E. Mr. Luc Pel and H.E. Ms. Ana Sol")
        with pytest.raises(SheetError, match="names 2 people"):
            import_file(engine, both, by=ANA)
        taken, asked = take(engine, both)
        assert taken["a@per.example"].name == ""
        assert any("names 2 people" in one for one in asked)
