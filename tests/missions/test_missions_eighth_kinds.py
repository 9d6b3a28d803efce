"""Kinds of an eighth gathering: headings of unknown bodies, vacant posts, who was, what left-out rows are called."""

import io
from pathlib import Path

import pytest
from missions_books import MakeBook, contact, rows_of, taken
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading
from outreach.missions.importer import import_file
from outreach.missions.matching import columns_of
from outreach.models import Contact
from outreach.vocabulary import GenderForm, Role


def lines(*texts: str) -> list[list[str]]:
    return [[text] for text in texts]


@pytest.mark.parametrize("in_capitals", [True, False])
@pytest.mark.parametrize("gaps", [True, False])
def test_a_heading_of_a_body_that_nobody_knows_ends_the_block_and_is_told(
    in_capitals: bool, gaps: bool, engine: Engine, book: MakeBook
) -> None:
    if not (in_capitals or gaps):
        return  # nothing tells such a line from a person then
    gap = lines("") if gaps else []
    rows: list[list[str]] = []
    for heading, person, address in (
        ("Kenya", "Ms. Jane Mfano", "a@ken.example"), ("Union of Parliaments", "", "box@union.example"),
        ("Peru", "Mr. José Muestra", "b@per.example"), ("Nepal", "", "c@npl.example"),
    ):  # fmt: skip
        rows += [
            *lines(
                heading.upper() if in_capitals else heading, f"Permanent Mission of {heading}", *filter(None, [person])
            )
        ]
        rows += [*lines(f"E-mail: {address}"), *gap]
    found, asked = taken(engine, book({"List": rows}))
    assert {key: one.iso3 for key, one in found.items()} == {
        "a@ken.example": "KEN", "b@per.example": "PER", "c@npl.example": "NPL"
    }  # fmt: skip
    assert "names no state that is known: what stands below it is left out (box@union.example)" in asked


def test_a_vacant_post_keeps_nothing_of_who_left(engine: Engine, book: MakeBook) -> None:
    heads = ["Country", "Name", "Role", "E-mail", "Form of address", "Remarks"]
    role = "Permanent Representative"
    for name, form, remark in (("Rosa Vid", "Excma. Sra.", ""), ("vacant", "", "Ms Vid left in January")):
        shown = heads if form else [one for one in heads if one != "Form of address"]
        row = [one for one in ("Chile", name, role, "r@chl.example", form, remark) if one or not remark]
        found, asked = taken(engine, book({"List": [shown, [*row, *([""] if not remark else [])]]}))
    assert not found
    one = contact(engine)
    assert (one.name, one.form_of_address, one.title, one.gender_form) == ("", "", "", None)
    assert "nobody is named any more" in asked
    assert "Ms Vid left in January" in asked


@pytest.mark.parametrize(
    ("function", "active"),
    [
        ("Former PR", False), ("retired", False), ("ancien représentant permanent", False), ("PR (former)", False),
        ("Former Minister, Permanent Representative", True), ("Outgoing PR", True), ("Ambassador", True),
    ],
)  # fmt: skip
def test_who_has_no_function_any_more_is_asked_about_and_not_written_to(
    function: str, active: bool, engine: Engine, book: MakeBook
) -> None:
    rows = [["State", "Name", "Function", "E-mail"], ["Zimbabwe", "Stu Com", function, "s@zwe.example"]]
    rows += [["Rwanda", "Mary Chant", "DPR", "m@rwa.example"]]
    found, asked = taken(engine, book({"List": rows}))
    assert ("s@zwe.example" in found) is active
    assert active or function in asked
    assert "retired" not in {one.title for one in rows_of(engine, Contact)}


def test_a_remark_that_says_until_when_is_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [["State", "Name", "E-mail", "Remarks"], ["Fiji", "Naz Sham", "n@fji.example", "until Aug 2023"]]
    rows += [["Samoa", "Ana Li", "a@wsm.example", "likes tea until noon"]]
    found, asked = taken(engine, book({"List": rows}))
    assert set(found) == {"a@wsm.example"}
    assert "until Aug 2023" in asked


def test_what_a_mission_is_is_nobodys_title(engine: Engine, book: MakeBook) -> None:
    rows = [["Delegation", "E-mail", "Head", "Type"], ["Nauru", "n@nru.example", "", "Observer"]]
    rows += [["Holy See", "h@vat.example", "Msgr. Ettore Bal", "Observer"]]
    found, _ = taken(engine, book({"List": rows}))
    assert {one.title for one in found.values()} == {""}
    assert found["n@nru.example"].role is Role.GENERAL


def test_a_form_of_address_against_the_column_of_the_gender_is_not_taken(engine: Engine, book: MakeBook) -> None:
    rows = [["Pays", "Chef de mission", "Courriel", "Sexe"]]
    rows += [["Belgique", "M. Marc De Vos", "m@bel.example", "F"]]
    rows += [["Mali", "Mme la Chargée d’affaires Awa Sangar", "a@mli.example", "F"]]
    found, asked = taken(engine, book({"List": rows}))
    one, other = found["m@bel.example"], found["a@mli.example"]
    assert (one.name, one.form_of_address, one.gender_form) == ("Marc De Vos", "", GenderForm.FEMININE)
    assert "of another gender" in asked
    assert (other.name, other.title, other.gender_form) == ("Awa Sangar", "Chargée d’affaires", GenderForm.FEMININE)


def test_mixed_cells_keep_what_stands_before_the_name(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "Who to contact"], ["Mexico", "H.E. Ms. Fran Mend <f@mex.example>"]]
    rows += [["Argentina", "Amb. Fed Villeg (PR) – v@arg.example, tel 1; asst: l@arg.example"]]
    rows += [["Venezuela", "do not write!! (was: h@ven.example)"], ["Brazil", "b@bra.example"]]
    found, asked = taken(engine, book({"List": rows}))
    one = found["f@mex.example"]
    assert (one.name, one.form_of_address, one.gender_form) == ("Fran Mend", "H.E. Ms.", GenderForm.FEMININE)
    assert "Villeg" not in found["v@arg.example"].title
    assert "is read as ." not in asked


def test_rows_are_named_as_they_stand_in_the_file(engine: Engine, book: MakeBook) -> None:
    heads = ["Country", "Name", "Function", "E-mail"]
    for name in ("Old Muestra", "Nueva Ejemplo"):
        address = f"{name.split()[0].lower()}@per.example"
        rows = [["Mission contacts"], [""], heads, ["Peru", name, "Permanent Representative", address]]
        _, asked = taken(engine, book({"Liste Genf": rows, "Budget": [["Postage", "120"]]}))
    assert "Liste Genf: another head of mission" in asked
    assert "inactive: 4 (PER: Old Muestra → Nueva Ejemplo)" in asked


def test_a_name_with_its_office_and_a_courtesy_behind_it(engine: Engine, book: MakeBook) -> None:
    rows = [["国家", "大使姓名", "职务", "电子邮箱"], ["大韩民国", "尹成美大使阁下", "常驻代表", "g@kor.example"]]
    rows += [["蒙古", "", "代表团", "m@mng.example"]]
    found, asked = taken(engine, book({"名单": rows}))
    assert found["g@kor.example"].name == "尹成美"
    assert "代表团" not in asked


def test_rows_that_are_left_out_are_named_and_marked_where_a_person_agrees(
    engine: Engine, book: MakeBook, tmp_path: Path
) -> None:
    rows = [["Liste"], [""], ["Country", "Name", "E-mail"], ["Peru", "Ana Muestra", "a@per.example"]]
    rows += [["Atlantis", "Nemo", "n@atl.example"], ["", "Uta Blum", "u@x.example"]]
    path = book({"List": rows, "Budget": [["Postage", "120"]]})
    whole = load_workbook(path)
    whole["List"].freeze_panes, whole["List"].auto_filter.ref = "A4", "A3:C6"
    whole["List"].column_dimensions["C"].width = 38
    whole["Budget"]["A2"] = "=1+1"
    whole.save(path)
    assert [one.taken_for for one in columns_of(engine, path)] == ["iso3", "name", "email"]
    done = import_file(engine, path, yes=True, by=named("Ana"))
    assert {one.email for one in rows_of(engine, Contact)} >= {"a@per.example"}
    assert [one.where for one in done.not_understood][:1] == ["List!5"]
    copy = load_workbook(io.BytesIO(done.marked))
    assert "Atlantis" in copy["List"]["A5"].comment.text
    assert (copy["List"].freeze_panes, copy["List"].auto_filter.ref) == ("A4", "A3:C6")
    assert copy["List"].column_dimensions["C"].width == 38
    assert copy["Budget"]["A2"].data_type != "f"


def test_a_row_without_a_state_is_told_by_whom_it_names(engine: Engine, book: MakeBook) -> None:
    heads = ["First Name", "Last Name", "Name Suffix", "Photo", "Organization Name", "E-mail 1 - Label"]
    heads += ["E-mail 1 - Value", "Phone 1 - Label"]
    rows = [heads, ["Ana", "Prieto", "", "", "", "* Work", "ana@mail.example", "Work"]]
    for name, mission in (("Coly", "Mission permanente du Sénégal"), ("Jane", "Permanent Mission of Kenya")):
        rows.append([name, "Seck", "", "", mission, "* Work", f"{name.lower()}@x.example", "Work"])
    found, asked = taken(engine, book({"Contacts": rows}))
    assert set(found) == {"coly@x.example", "jane@x.example"}
    assert "Ana" in asked
    assert "ana@mail.example" in asked
    assert "Suffix" not in asked
    assert {name for one in found.values() for name in one.fields} == set()


@pytest.mark.parametrize("head", ["Ambassador", "Permanent Representative", "Head of mission"])
def test_parts_of_a_name_below_a_function_belong_to_the_address_beside(
    head: str, engine: Engine, book: MakeBook
) -> None:
    rows = [["Mission", "", head, "", "", "", "Deputy", ""]]
    rows += [["Country", "General e-mail", "Title", "First", "Last", "Direct e-mail", "Name", "E-mail"]]
    rows += [["Norway", "box@nor.example", "H.E. Ms.", "Inga", "Sol", "i@nor.example", "Per Aune", "p@nor.example"]]
    rows += [["Kenya", "box@ken.example", "H.E.", "Jane", "Oti", "j@ken.example", "TBC", ""]]
    found, _ = taken(engine, book({"List": rows}))
    one = found["i@nor.example"]
    assert (one.name, one.form_of_address) == ("Inga Sol", "H.E. Ms.")
    assert {found[key].role for key in ("i@nor.example", "j@ken.example")} == {Role.PERMANENT_REPRESENTATIVE}
    assert (found["p@nor.example"].name, found["box@nor.example"].name) == ("Per Aune", "")


def test_parts_of_names_to_which_no_address_belongs_are_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [["Country", "Name", "E-mail", "Deputy First", "Deputy Last"]]
    rows += [["Norway", "Inga Sol", "i@nor.example", "Per", "Aune"], ["Kenya", "Jane Oti", "j@ken.example", "", ""]]
    found, asked = taken(engine, book({"List": rows}))
    assert {one.name for one in found.values()} == {"Inga Sol", "Jane Oti"}
    for column in ("D (Deputy First)", "E (Deputy Last)"):
        assert f"column {column} holds parts of names and is not read" in asked


@pytest.mark.parametrize(
    ("head", "still"),
    [
        ("Fecha de baja", "en funciones"), ("Fecha de baja", "hasta hoy"), ("Fecha de baja", "a la fecha"),
        ("Fecha de salida", "sigue en funciones"), ("Date de départ", "en fonctions"), ("Date de départ", "à ce jour"),
        ("Date de départ", "toujours en poste"), ("Left on", "still in office"), ("Left on", "in office since 2019"),
        ("Left on", "to date"), ("Дата отъезда", "по настоящее время"), ("Дата отъезда", "в должности"),
        ("离任日期", "至今"), ("离任日期", "目前"), ("تاريخ المغادرة", "حتى الآن"), ("تاريخ المغادرة", "في المنصب"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("days", [1, 3])
def test_who_is_said_to_be_in_office_in_a_column_of_leaving_has_not_left(
    head: str, still: str, days: int, engine: Engine, book: MakeBook
) -> None:
    rows = [["Country", "Name", "E-mail", head], ["Peru", "Ana Paz", "a@per.example", still]]
    states = ("Chile", "Nepal", "Kenya")
    rows += [[state, "Old One", f"{state.lower()}@old.example", "31/12/2022"] for state in states[:days]]
    rows += [[state, "Uta Fin", f"{state.lower()}@now.example", still] for state in states[days:]]
    found, _ = taken(engine, book({"List": rows}))
    assert set(found) == {"a@per.example", *(f"{state.lower()}@now.example" for state in states[days:])}


@pytest.mark.parametrize(("head", "low"), [("Prioridad", "baja"), ("Interés", "baja"), ("Priority", "removed")])
def test_a_rank_is_no_leaving(head: str, low: str, engine: Engine, book: MakeBook) -> None:
    rows = [["País", "Nombre", "Correo", head], ["Perú", "Ana Paz", "a@per.example", "alta"]]
    rows += [["Cuba", "Rosa Vid", "r@cub.example", low]]
    found, asked = taken(engine, book({"List": rows}))
    assert set(found) == {"a@per.example", "r@cub.example"}
    assert low not in asked


@pytest.mark.parametrize(
    ("head", "codes"), [("Code", ("GHA", "GMB")), ("ISO2", ("NO", "NA")), ("Kürzel", ("GH", "GM"))]
)
def test_a_code_beside_the_country_is_the_states_and_no_field_of_ones_own(
    head: str, codes: tuple[str, str], engine: Engine, book: MakeBook
) -> None:
    states = ("Norway", "Namibia") if "NO" in codes else ("Ghana", "Gambia")
    rows = [[head, "Country", "First", "Last", "E-mail", "Score"]]
    rows += [
        [code, state, "Ana", f"Paz {code}", f"{code}@x.example", "7"] for code, state in zip(codes, states, strict=True)
    ]
    found, asked = taken(engine, book({"List": rows}))
    assert [set(one.fields) for one in found.values()] == [{"score"}, {"score"}]
    assert asked == ""


def test_cells_with_an_error_are_named_as_they_stand_in_the_sheet(engine: Engine, book: MakeBook) -> None:
    rows = [["Code", "Country", "First", "Last", "E-mail", "E-mail 2", "Score"]]
    rows += [["GHA", "Ghana", "Ana", "Paz", "a@gha.example", "b@gha.example", "3"]]
    rows += [["GIN", "Guinea", "Uta", "Kab", "u@gin.example", "", "4"]]
    path = book({"List": rows})
    whole = load_workbook(path)
    for place, error in (("A3", "#N/A"), ("G2", "#DIV/0!")):
        whole["List"][place] = error
        whole["List"][place].data_type = "e"
    whole.save(path)
    asked: list[str] = []
    done = import_file(engine, path, ask=lambda guesses: bool(asked.extend(map(str, guesses))) or True, by=named("Ana"))
    told = "\n".join([*asked, *map(str, done.notes)])
    assert {one.iso3 for one in rows_of(engine, Contact)} == {"GHA", "GIN"}
    assert "A3 (#N/A)" in told
    assert "change nothing: G2." in told


def test_cards_side_by_side_with_labels_nobody_knows_are_taken_for_the_nearest_state(
    engine: Engine, book: MakeBook
) -> None:
    def cards(*people: tuple[str, str, str, str]) -> list[list[str]]:
        labels = ("Ländle", "Who", "Reach at", "Hat")
        return [*([cell for one in people for cell in (label, one[n], "")] for n, label in enumerate(labels)), [""]]

    rows = cards(
        ("Slovenia", "Ms. Ana Pip", "a@svn.example", "Ambassador"), ("Peru", "Mr. Jo Li", "j@per.example", "PR")
    )
    rows += cards(
        ("Latvia", "nobody at present", "l@lva.example", "Mission"), ("Chile", "Uta Vid", "u@chl.example", "PR")
    )
    found, asked = taken(engine, book({"Fiches": rows}))
    assert {one.email: one.iso3 for one in found.values()} == {
        "a@svn.example": "SVN", "j@per.example": "PER", "l@lva.example": "LVA", "u@chl.example": "CHL"
    }  # fmt: skip
    assert (found["a@svn.example"].name, found["l@lva.example"].name) == ("Ana Pip", "")
    assert "the state that stands nearest" in asked


def test_an_export_of_an_address_book_asks_about_what_it_does_not_say(engine: Engine, book: MakeBook) -> None:
    heads = ["Title", "First Name", "Last Name", "Company", "Job Title", "E-mail Address", "E-mail Display Name"]
    rows = [heads]
    for title, first, mission, job in (
        ("Dr.", "João", "Missão Permanente de Portugal", "First Secretary (Human Rights)"),
        ("H.E. Mr.", "Tine", "Permanent Mission of Denmark", "Ambassador, Permanent Representative"),
        ("Prof.", "Ana", "Permanent Mission of Sweden", "Deputy Permanent Representative"),
    ):
        address = f"{first[0].lower()}@x.example"
        rows.append([title, first, "Berg", mission, job, address, f"{first} Berg ({address})"])
    found, asked = taken(engine, book({"Contacts": rows}))
    assert {one.iso3: (one.role, one.form_of_address) for one in found.values()} == {
        "PRT": (Role.HUMAN_RIGHTS_EXPERT, "Dr."), "DNK": (Role.PERMANENT_REPRESENTATIVE, "H.E. Mr."),
        "SWE": (Role.DEPUTY, "Prof."),
    }  # fmt: skip
    assert asked == ""


def test_tables_beside_each_other_are_told_by_their_columns(engine: Engine, book: MakeBook) -> None:
    heads = ["Country", "Name", "E-mail"]
    rows = [[*heads, "", *heads], ["Peru", "Ana Paz", "a@per.example", "", "Chile", "Uta Vid", "u@chl.example"]]
    done = import_file(engine, book({"Tableau": rows}), yes=True, by=named("Ana"))
    assert "tables beside each other are read, each from its column: A, E" in "\n".join(map(str, done.notes))


def test_an_earlier_answer_of_one_person_with_another_address_is_asked_about(engine: Engine, book: MakeBook) -> None:
    rows = [["Country you represent", "Your full name", "Function", "Your e-mail address"]]
    rows += [["Peru", "Ana Paz", "Permanent Representative", f"{box}@per.example"] for box in ("a", "pr.a")]
    rows += [["Chile", "Uta Vid", "Deputy", "u@chl.example"]]
    found, asked = taken(engine, book({"Answers": rows}))
    assert len(found) == 3
    assert "2, 3 (Ana Paz: a@per.example, pr.a@per.example)" in asked


def test_a_heading_over_both_lines_of_the_head_says_who_is_not_written_to(engine: Engine, book: MakeBook) -> None:
    rows = [
        ["Mission", "PR", "", "Deputy PR", "", "Do not mail"], ["", "Name", "E-mail", "Name", "E-mail", ""],
        ["Kenya", "Ms. Jane Mfano", "pr@ken.example", "Mr. Juma Mfano", "dpr@ken.example", ""],
        ["Zambia", "Mr. Chola Mock", "pr@zmb.example", "Ms. Mutale Mock", "dpr@zmb.example", "yes"],
    ]  # fmt: skip
    found, asked = taken(engine, book({"List": rows}))
    assert {key for key, one in found.items() if one.active} == {"pr@ken.example", "dpr@ken.example"}, asked


def test_a_sentence_below_blocks_that_tells_of_an_address_is_nobodys(engine: Engine, book: MakeBook) -> None:
    rows = lines("KENYA", "E-mail: a@ken.example", "", "PERU", "Ms. Rosa Muestra, Permanent Representative,")
    rows += lines("please write to her at b@per.example", "E-mail: c@per.example", "")
    rows += lines("Source: list of missions. Errors to protocol@list.example")
    found, asked = taken(engine, book({"List": rows}))
    assert "protocol@list.example" not in found
    assert {"a@ken.example", "c@per.example"} <= found.keys()
    assert "addresses that a sentence speaks of are not written to" in asked


@pytest.mark.parametrize(("status", "writes"), [("لم يغادر", True), ("غادر جنيف", False), ("نشطة", True)])
def test_a_no_before_a_word_that_takes_on_letters_is_read(
    status: str, writes: bool, engine: Engine, book: MakeBook
) -> None:
    rows = [["الدولة", "الاسم", "البريد الإلكتروني", "الحالة"], ["الأردن", "أكرم", "a@jor.example", status]]
    taken(engine, book({"List": [*rows, ["تونس", "صبري", "c@tun.example", "نشطة"]]}))
    with reading(engine) as session:
        query = select(Contact.active).where(Contact.email_key == "a@jor.example")
        assert bool(session.exec(query).first()) is writes
