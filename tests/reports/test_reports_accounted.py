"""A report that comes back: what stands at other rows than before, in places that are not read, or leaves a doubt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from invented_campaign import MADE
from openpyxl.comments import Comment
from openpyxl.styles import Font
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading
from outreach.errors import SheetError
from outreach.models import Response, ResponseChange
from outreach.reports.export import report
from outreach.reports.returned.incoming import IncomingResult, import_report
from outreach.responses.positions import set_position

NAME = "renew-the-mandate"
KNOWN = {"FRA": "in favour", "JPN": "abstain", "DEU": "against", "CUB": "against", "ARG": "co-sponsor"}
pytestmark = pytest.mark.heavy


class Typing:
    """A report's workbook as a person has it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.missions = self.book["Missions"]
        self.heads = {cell.value: cell.column for cell in self.missions[1]}
        self.rows = {row[0].value: row[0].row for row in self.missions.iter_rows(min_row=2)}

    def cell(self, iso3: str, header: str) -> Any:
        return self.missions.cell(self.rows[iso3], self.heads[header])

    def column(self, header: str) -> list[Any]:
        return [self.missions.cell(row, self.heads[header]).value for row in range(2, self.missions.max_row + 1)]

    def put(self, header: str, values: list[Any]) -> None:
        for row, value in enumerate(values, start=2):
            self.missions.cell(row, self.heads[header]).value = value

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


@pytest.fixture
def typing(varied: Engine, tmp_path: Path) -> Typing:
    for iso3, position in KNOWN.items():
        set_position(varied, NAME, iso3, position, by=named("Ben"))
    return Typing(report(varied, NAME, tmp_path / "report.xlsx", made_at=MADE))


def stands(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [one.model_dump() for kind in (Response, ResponseChange) for one in session.exec(select(kind))]


def refused(engine: Engine, path: Path) -> SheetError:
    before = stands(engine)
    with pytest.raises(SheetError) as caught:
        import_report(engine, path, by=named("Ana"))
    assert stands(engine) == before
    return caught.value


def taken(engine: Engine, path: Path, **more: Any) -> IncomingResult:
    return import_report(engine, path, by=named("Ana"), **more)


def codes(problems: Any) -> list[str]:
    return sorted({one.says.code for one in problems})


def test_a_position_column_sorted_alone_is_refused(varied: Engine, typing: Typing) -> None:
    typing.put("Position", sorted(typing.column("Position")))
    assert refused(varied, typing.save()).says.code == "report.permuted"


@pytest.mark.parametrize("at", [0, 1, 3, 6])
def test_a_cell_inserted_into_the_column_is_asked(varied: Engine, typing: Typing, at: int) -> None:
    for iso3 in list(typing.rows)[at + 1 :: 2]:
        set_position(varied, NAME, iso3, "abstain", by=named("Ben"))
    typing = Typing(report(varied, NAME, typing.path, made_at=MADE))
    column = typing.column("Position")
    typing.put("Position", [*column[:at], "in favour", *column[at:-1]])
    error = refused(varied, typing.save())
    assert error.says.code in {"report.asked", "report.permuted"}
    assert codes(error.problems) == ["report.moved"]


def test_two_positions_exchanged_are_asked_and_taken_when_agreed_to(varied: Engine, typing: Typing) -> None:
    france, germany = typing.cell("FRA", "Position"), typing.cell("DEU", "Position")
    france.value, germany.value = germany.value, france.value
    path = typing.save()
    (question,) = refused(varied, path).problems
    assert {"FRA", "DEU"} == set(question.what.rpartition(": ")[2].split(", "))
    assert codes(taken(varied, path, dry_run=True).questions) == ["report.moved"]
    assert {(one.iso3, one.new) for one in taken(varied, path, yes=True).changes} == {
        ("FRA", "against"), ("DEU", "in favour"),
    }  # fmt: skip


def test_a_position_cut_and_pasted_beside_another_mission_is_asked(varied: Engine, typing: Typing) -> None:
    typing.cell("BEN" if "BEN" in typing.rows else "CIV", "Position").value = typing.cell("FRA", "Position").value
    typing.cell("FRA", "Position").value = None
    assert codes(refused(varied, typing.save()).problems) == ["report.moved"]


def test_known_positions_that_all_become_unknown_are_asked(varied: Engine, typing: Typing) -> None:
    for iso3 in typing.rows:
        typing.cell(iso3, "Position").value = "unknown"
    assert codes(refused(varied, typing.save()).problems) == ["report.known-no-more"]


def test_many_positions_that_are_typed_are_no_question(varied: Engine, typing: Typing) -> None:
    open_ones = [iso3 for iso3 in typing.rows if typing.cell(iso3, "Position").value == "unknown"]
    for at, iso3 in enumerate(open_ones):
        typing.cell(iso3, "Position").value = ["in favour", "abstain", "undecided"][at % 3]
    typing.cell("FRA", "Position").value = "co-sponsor"
    done = taken(varied, typing.save())
    assert (list(done.questions), len(done.changes)) == ([], len(open_ones) + 1)


@pytest.mark.parametrize(
    "words", ["no answer", "did not answer on 20/03/2024", "pas de réponse", "sin respuesta", "n/a", "left a message"]
)
@pytest.mark.parametrize("header", ["Answered how", "Answer"])
def test_no_answer_is_no_answer(varied: Engine, typing: Typing, words: str, header: str) -> None:
    typing.cell("JPN", header).value = words
    assert codes(refused(varied, typing.save()).problems) == ["report.no-answer"]


@pytest.mark.parametrize(
    ("words", "code", "day"),
    [
        ("2024-03-18 meeting, then 2024-03-20 mail", "report.days", "2024-03-18"),
        ("call 10/3/2024, mail 12/3/24", "report.days", "2024-03-10"),
        ("note verbale 12/03/24 of 20/03/2024", "report.days", "2024-03-12"),
        ("20 or 21 March 2024", "report.day-about", "2024-03-21"),
        ("before 20/03/2024", "report.day-about", "2024-03-20"),
        ("semaine du 18 mars 2024", "report.day-about", "2024-03-18"),
    ],
)
def test_words_that_name_no_one_day_are_asked(varied: Engine, typing: Typing, words: str, code: str, day: str) -> None:
    typing.cell("JPN", "Answered how").value = words
    path = typing.save()
    assert codes(refused(varied, path).problems) == [code]
    taken(varied, path, yes=True)
    with reading(varied) as session:
        japan = session.exec(select(Response).where(Response.iso3 == "JPN")).one()
        assert str(japan.answered_at)[:10] == day


def comment(typing: Typing) -> None:
    typing.cell("FRA", "ISO3").comment = Comment("France told me they will abstain", "Ben")


def below(typing: Typing) -> None:
    typing.missions.cell(typing.missions.max_row + 12, 2).value = "remember to call Peru"


def beside(typing: Typing) -> None:
    typing.missions.cell(3, len(typing.heads) + 2).value = "call them"


def struck(typing: Typing) -> None:
    typing.cell("FRA", "Position").font = Font(strike=True)


def own_sheet(typing: Typing) -> None:
    typing.book.create_sheet("Ben")["A1"] = "France said yes"


def merged(typing: Typing) -> None:
    row, column = typing.cell("FRA", "Note").row, typing.cell("FRA", "Note").column
    typing.missions.merge_cells(start_row=row, end_row=row + 1, start_column=column, end_column=column)


@pytest.mark.parametrize(
    ("edit", "code"),
    [(comment, "report.comment"), (below, "report.outside"), (beside, "report.outside"), (struck, "report.struck"),
     (own_sheet, "report.own-sheet"), (merged, "report.merged")],
)  # fmt: skip
def test_what_stands_where_nothing_is_read_is_told(
    varied: Engine, typing: Typing, edit: Callable[[Typing], None], code: str
) -> None:
    edit(typing)
    done = taken(varied, typing.save())
    assert (done.changes, codes(done.told)) == ([], [code])
    assert "Overview" in done.unread


def test_a_struck_cell_that_was_typed_is_refused(varied: Engine, typing: Typing) -> None:
    typing.cell("FRA", "Position").value = "against"
    struck(typing)
    assert codes(refused(varied, typing.save()).problems) == ["report.struck"]


def test_a_copy_of_the_list_with_other_things_typed_is_refused(varied: Engine, typing: Typing) -> None:
    copy = typing.book.copy_worksheet(typing.missions)
    path = typing.save()
    assert taken(varied, path).changes == []
    copy.cell(typing.rows["FRA"], typing.heads["Position"]).value = "abstain"
    (problem,) = refused(varied, typing.save()).problems
    assert (problem.says.code, problem.where) == ("report.two-lists", copy.title)


@pytest.mark.parametrize("second", ["Position", "POSITION ", "Posición"])
def test_two_columns_of_one_name_are_refused(varied: Engine, typing: Typing, second: str) -> None:
    typing.missions.cell(1, len(typing.heads) + 1).value = second
    typing.missions.cell(typing.rows["FRA"], len(typing.heads) + 1).value = "against"
    assert codes(refused(varied, typing.save()).problems) == ["report.two-columns"]


def test_all_that_has_to_be_mended_is_told_at_once(varied: Engine, typing: Typing) -> None:
    typing.cell("FRA", "Position").value = "in favour?"
    typing.cell("JPN", "Note").value = '=A2&" said so"'
    typing.cell("DEU", "Answered how").value = "31/02/2024"
    typing.cell("CUB", "Answered how").value = "18/03/2024 or 19/03/2024"
    typing.cell("ARG", "ISO3").value = "BUR"
    comment(typing)
    assert codes(refused(varied, typing.save()).problems) == [
        "position.doubt", "report.code-edited", "report.comment", "report.day", "report.days", "report.no-value",
    ]  # fmt: skip


def test_who_typed_elsewhere_is_told_where_to_write_it(varied: Engine, typing: Typing) -> None:
    typing.cell("FRA", "Vote").value = "in favour"
    typing.cell("JPN", "Answered").value = "20 March"
    cures = {one.where.rpartition("!")[2][0]: str(one.remedy) for one in taken(varied, typing.save()).told}
    assert any("record of the vote" in cure for cure in cures.values())
    assert any("Answered how" in cure for cure in cures.values())
