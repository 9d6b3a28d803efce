"""Kinds of an eighth gathering: headings of unknown bodies, vacant posts, who was, what left-out rows are called."""

import io
from pathlib import Path

import pytest
from missions_books import MakeBook, contact, rows_of, taken
from openpyxl import load_workbook
from sqlalchemy import Engine

from outreach.actors import named
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
