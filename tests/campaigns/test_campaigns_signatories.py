"""Who signs: brought in with care, sorted, kept until a deadline, and fixed in each letter at approval."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from campaigns_made import plain
from sqlalchemy import Engine

from outreach import clock
from outreach.actors import named
from outreach.campaigns.who_signs.signatories import listing, set_deadline, set_order
from outreach.campaigns.who_signs.signatory_import import SignOnResult, import_signatories
from outreach.database import writing
from outreach.errors import ConfirmationError, NotFoundError, Problem, SheetError
from outreach.models import Message
from outreach.vocabulary import MessageState

Book = Callable[..., Path]
HEADER = ["Kind", "Name", "Title", "Acronym", "Country", "Website", "Signed on"]
pytestmark = pytest.mark.usefixtures("campaign")


@pytest.fixture
def sheet(tmp_path: Path) -> Book:
    """Write rows to a workbook, or to a CSV file where the name ends so."""

    def make(rows: Sequence[Sequence[Any]], *, name: str = "sign-on.xlsx", header: Sequence[str] = HEADER) -> Path:
        path = tmp_path / name
        if path.suffix == ".csv":
            lines = [";".join(map(str, row)) for row in (header, *rows)]
            path.write_text("\n".join(lines), encoding="utf-8-sig")
            return path
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in (header, *rows):
            book.active.append(list(row))
        book.save(path)
        return path

    return make


def bring_whole(engine: Engine, path: Path, *, dry_run: bool = False, yes: bool = False) -> SignOnResult:
    """Bring a sheet in as the whole list: whom it does not name signs no more."""
    return import_signatories(
        engine, "spring", path, by=named("Ana"), dry_run=dry_run, yes=yes, replace=True,
        ask_number=lambda found: len(found.unnamed),
    )  # fmt: skip


def names(engine: Engine, iso3: str | None = None) -> list[str]:
    return [row["name"] for row in listing(engine, "spring", iso3)]


@pytest.mark.parametrize("file", ["sign-on.xlsx", "sign-on.csv"])
def test_individuals_and_organisations_come_in_sorted_with_the_day_they_signed(
    engine: Engine, sheet: Book, file: str
) -> None:
    path = sheet(
        [
            ["organisation", "Zebra Watch", "", "ZW", "Nowhere", "https://zebra.example", "2024-03-01"],
            ["Organization", "Élan fictif", "", "", "", "", ""],
            ["individual", "Kim A and Kim B (sisters)", "", "", "", "", "2024-03-02"],
            ["PERSON", "Ada Sample", "Judge", "", "", "", ""],
        ],
        name=file,
    )
    result = import_signatories(engine, "spring", path, by=named("Ana"))
    assert (result.individuals, result.organisations, result.people) == (2, 2, 3)
    assert len(result.difference.added) == 4
    assert names(engine) == ["Kim A and Kim B (sisters)", "Ada Sample", "Élan fictif", "Zebra Watch"]
    days = {row["name"]: row["signed_on"] for row in listing(engine, "spring")}
    assert days["Zebra Watch"] == "2024-03-01"
    assert days["Ada Sample"] == str(clock.now().astimezone(clock.zone("Europe/Zurich")).date())


def test_two_sheets_named_for_the_kind_need_no_column(engine: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Individuals"
    book.active.append(["Nom", "Signé le"])
    book.active.append(["Ada", date(2024, 3, 5)])
    other = book.create_sheet("Organisations")
    other.append(["Organisation", "Sigle"])
    other.append(["Bee", "B"])
    book.save(tmp_path / "s.xlsx")
    import_signatories(engine, "spring", tmp_path / "s.xlsx", by=named("Ana"))
    rows = listing(engine, "spring")
    assert [(row["kind"], row["name"], row["acronym"]) for row in rows] == [
        ("individual", "Ada", ""), ("organisation", "Bee", "B"),
    ]  # fmt: skip
    assert rows[0]["signed_on"] == "2024-03-05"


@pytest.mark.heavy
def test_a_second_import_tells_what_changed_and_marks_what_is_gone(engine: Engine, sheet: Book) -> None:
    import_signatories(
        engine, "spring", sheet([["individual", "Ada"], ["individual", "Bo"], ["individual", "Cy"]]), by=named("Ana")
    )
    again = sheet([["individual", "Ada", "Judge"], ["individual", "BO"], ["individual", "Dee"]])
    dry = bring_whole(engine, again, dry_run=True)
    assert names(engine) == ["Ada", "Bo", "Cy"], "a dry run changes nothing"
    done = bring_whole(engine, again)
    assert done.difference == dry.difference
    found = done.as_dict()["signatories"]
    assert [entry["label"] for entry in found["added"]] == ["Dee"]
    assert [entry["label"] for entry in found["absent"]] == ["Cy"]
    assert {entry["label"]: entry["changes"] for entry in found["changed"]} == {
        "Ada": [{"field": "title", "old": "", "new": "Judge"}],
        "BO": [{"field": "name", "old": "Bo", "new": "BO"}],
    }
    assert names(engine) == ["Ada", "BO", "Dee"]
    back = bring_whole(engine, sheet([["individual", "Cy"]]), yes=True)
    assert [change.field for entry in back.difference.changed for change in entry.changes] == ["absent_since"]
    assert names(engine) == ["Cy"]


def test_every_bad_row_is_listed_and_nothing_is_taken(engine: Engine, sheet: Book) -> None:
    path = sheet(
        [
            ["individual", "Ada"], ["", "Bo"], ["alien", "Cy"], ["individual", ""],
            ["organisation", "Bee", "", "", "", "not a site", ""], ["individual", "Dee", "", "", "", "", "31/02/2024"],
            ["individual", "ÁDA"], ["individual", "x" * 10_000], ["individual", "Eve\x7f"],
        ],
        name="s.csv",
    )  # fmt: skip
    with pytest.raises(SheetError) as caught:
        import_signatories(engine, "spring", path, by=named("Ana"))
    lines = [int(problem.where.rpartition(" ")[2]) for problem in caught.value.problems]
    assert lines == [3, 4, 5, 6, 7, 9, 10]
    assert all(problem.remedy for problem in caught.value.problems)
    assert names(engine) == []


def test_near_duplicates_are_asked_about_once(engine: Engine, sheet: Book) -> None:
    path = sheet(
        [
            ["organisation", "Society for Open Records", "", "SOR"],
            ["organisation", "Society for Open Record", "", ""],
            ["organisation", "Other Name Entirely", "", "sor"], ["individual", "Ada Bell"],
            ["individual", "Ada Bell & Cy Dee"], ["organisation", "Quite Different", "", "QD"],
        ]
    )  # fmt: skip
    with pytest.raises(SheetError, match="before somebody agrees") as caught:
        import_signatories(engine, "spring", path, by=named("Ana"))
    assert sorted(str(problem.says).partition(" (")[0] for problem in caught.value.problems) == [
        "'Ada Bell & Cy Dee' may sign in 'Ada Bell' too",
        "'Other Name Entirely' and 'Society for Open Records' both have the acronym sor",
        "'Society for Open Record' looks like 'Society for Open Records'",
    ]
    assert names(engine) == []
    asked: list[Sequence[Problem]] = []
    import_signatories(engine, "spring", path, by=named("Ana"), ask=lambda found: asked.append(found) or True)  # type: ignore[func-returns-value]
    assert len(names(engine)) == 6
    assert [len(found) for found in asked] == [3]
    assert import_signatories(engine, "spring", path, by=named("Ana")).questions == (), "it was answered then"


def test_a_sheet_that_changes_nothing_is_not_asked_about_again(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    rows = "Name,Organisation,Agree to be listed\nAna Sample,Coalition Example,yes\nBen Other,Other Body,yes\n"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(SheetError, match="before somebody agrees"):
        import_signatories(engine, "spring", path, by=named("Ana"))
    assert import_signatories(engine, "spring", path, by=named("Ana"), yes=True).questions
    again = import_signatories(engine, "spring", path, by=named("Ana"), yes=True)
    assert (again.questions, len(again.difference.unchanged)) == ((), 2), "nobody was asked, and nobody agreed"
    path.write_text(f"{rows}Cy Dee,Third Body,yes\n", encoding="utf-8")
    with pytest.raises(SheetError, match="before somebody agrees"):
        import_signatories(engine, "spring", path, by=named("Ana"))


def test_the_order_of_the_sheet_is_kept_where_it_was_agreed(engine: Engine, sheet: Book) -> None:
    rows = [["individual", "Lord Zed of Ampton"], ["individual", "Zoë Abbot"], ["individual", "李例明"]]
    import_signatories(engine, "spring", sheet(rows), by=named("Ana"))
    assert names(engine) == ["Zoë Abbot", "Lord Zed of Ampton", "李例明"]
    set_order(engine, "spring", as_in_sheet=True, by=named("Ana"))
    assert names(engine) == [row[1] for row in rows]
    import_signatories(engine, "spring", sheet([rows[2], *rows[:2]]), by=named("Ana"))
    assert names(engine) == ["李例明", "Lord Zed of Ampton", "Zoë Abbot"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"), (b"who\nA\n", "name are needed"),
        (b"name,Nom\nA,B\n", "two columns"), (b"\x00\x01name", "not text"), (b'name\n"a\n', ""),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_one_clear_line(engine: Engine, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    with pytest.raises(SheetError) as caught:
        import_signatories(engine, "spring", path, by=named("Ana"))
    assert said in str(caught.value)
    with pytest.raises(SheetError):
        import_signatories(engine, "spring", tmp_path / "nosuch.xlsx", by=named("Ana"))


def test_past_the_deadline_nobody_new_is_taken(engine: Engine, sheet: Book) -> None:
    import_signatories(engine, "spring", sheet([["individual", "Ada", "", "", "", "", "2024-03-01"]]), by=named("Ana"))
    set_deadline(engine, "spring", "2024-03-15 18:00", by=named("Ana"))
    late = sheet([["individual", "Ada"], ["individual", "Bo", "", "", "", "", "2024-03-16"], ["individual", "Cy"]])
    with pytest.raises(SheetError, match="until 2024-03-15 18:00 CET") as caught:
        import_signatories(engine, "spring", late, by=named("Ana"))
    assert [problem.what.split()[0] for problem in caught.value.problems] == ["'Bo'", "'Cy'"]
    assert names(engine) == ["Ada"]
    set_deadline(engine, "spring", None, by=named("Ana"))
    import_signatories(engine, "spring", late, by=named("Ana"))
    assert names(engine) == ["Ada", "Bo", "Cy"]


def test_a_letter_keeps_its_list_and_a_later_one_says_since_when(
    engine: Engine,
    sheet: Book,
    approved: Callable[..., object],
    messages: Callable[[], dict[str, Message]],
    templates: Path,
) -> None:
    body = (
        "{{ signatories.count }} on {{ signatories.as_of }}: "
        "{{ signatories.individuals|map(attribute='name')|listed }}."
        "{% if signatories.new %} Since {{ signatories.since }}: "
        "{{ signatories.new|map(attribute='name')|listed }}.{% endif %}"
    )
    for language in ("en", "fr"):
        (templates / "spring-letter" / f"{language}.md").write_text(body)
    today = clock.now().astimezone(clock.zone("Europe/Zurich")).date()
    earlier = today - timedelta(days=3)
    import_signatories(engine, "spring", sheet([["individual", "Bo", "", "", "", "", earlier]]), by=named("Ana"))
    set_deadline(engine, "spring", f"{today - timedelta(days=1)} 18:00", by=named("Ana"))
    approved()
    first = messages()
    assert "1 on" in plain(first["GBR"].raw)
    assert "Since" not in plain(first["GBR"].raw)
    with writing(engine) as session:
        session.get_one(Message, first["GBR"].id).state = MessageState.SENT
    set_deadline(engine, "spring", None, by=named("Ana"))
    more = [["individual", "Bo", "", "", "", "", earlier], ["individual", "Ada", "", "", "", "", today]]
    import_signatories(engine, "spring", sheet(more), by=named("Ana"))
    assert names(engine, "GBR") == ["Bo"], "before the next approval nothing has changed"
    approved()
    assert names(engine, "GBR") == ["Bo"], "what it received is fixed"
    assert names(engine, "fra") == ["Ada", "Bo"]
    later = " ".join(plain(messages()["FRA"].raw).split())
    assert "2 on" in later
    assert later.endswith(": Ada."), later
    assert "Since" in later
    with pytest.raises(NotFoundError):
        listing(engine, "spring", "ITA")


def test_without_an_import_the_letters_own_list_counts(
    engine: Engine, approved: Callable[..., object], messages: Callable[[], dict[str, Message]]
) -> None:
    approved()
    assert "1 of us" in plain(messages()["GBR"].raw)
    assert messages()["GBR"].signatory_list_id is None


def test_a_campaign_whose_signatories_all_withdrew_does_not_fall_back_to_the_letters_list(
    engine: Engine, sheet: Book, approved: Callable[..., object], messages: Callable[[], dict[str, Message]]
) -> None:
    import_signatories(engine, "spring", sheet([["individual", "Ada"]]), by=named("Ana"))
    bring_whole(engine, sheet([]))
    approved()
    assert "0 of us" in plain(messages()["GBR"].raw)


def test_who_signs_later_than_today_is_not_in_the_letter_yet(
    engine: Engine, sheet: Book, approved: Callable[..., object], messages: Callable[[], dict[str, Message]]
) -> None:
    import_signatories(
        engine, "spring", sheet([["individual", "Ada", "", "", "", "", "2999-01-01"]]), by=named("Ana"), yes=True
    )
    approved()
    assert "0 of us" in plain(messages()["GBR"].raw)


def test_whom_a_sheet_does_not_name_signs_still_and_what_it_has_no_column_for_stays(
    engine: Engine, sheet: Book
) -> None:
    first = [["organisation", "Human Rights Now", "Ana Li", "Director", "Peru", "Presidenta"]]
    first += [["organisation", f"Group {one}", "", "", "", ""] for one in "ABCDEFGH"]
    header = ["Kind", "Name", "Represented by", "Title", "Country", "Title (es)"]
    import_signatories(engine, "spring", sheet(first, header=header), by=named("Ana"), yes=True)
    more = sheet([["Human Rights Now", "Pérou"], ["Tree Fund", "Japon"]], header=["Organisation", "Pays"])
    done = import_signatories(engine, "spring", more, by=named("Ana"))
    assert not done.difference.changed, "the same state in French is no change"
    assert len(done.unnamed) == len(done.difference.left_alone) == 8
    assert not done.doubted
    (now,) = [row for row in listing(engine, "spring") if row["name"] == "Human Rights Now"]
    assert (now["representative"], now["country"]) == ("Ana Li, Director", "Peru")
    assert len(names(engine)) == 10


@pytest.mark.parametrize("confirmed", [None, 7])
def test_to_retire_many_asks_for_their_number(engine: Engine, sheet: Book, confirmed: int | None) -> None:
    rows = [["organisation", f"Group {one}"] for one in "ABCDEFGH"]
    import_signatories(engine, "spring", sheet(rows), by=named("Ana"), yes=True)
    with pytest.raises(ConfirmationError, match="would retire 6"):
        import_signatories(
            engine, "spring", sheet(rows[:2]), by=named("Ana"), yes=True, replace=True, confirmed=confirmed
        )  # fmt: skip
    assert len(names(engine)) == 8
    import_signatories(engine, "spring", sheet(rows[:2]), by=named("Ana"), yes=True, replace=True, confirmed=6)
    assert names(engine) == ["Group A", "Group B"]


def test_a_sheet_of_more_names_keeps_the_order_of_the_others(engine: Engine, sheet: Book) -> None:
    set_order(engine, "spring", as_in_sheet=True, by=named("Ana"))
    import_signatories(engine, "spring", sheet([["individual", one] for one in ("Zed", "Abe", "Moe")]), by=named("Ana"))
    import_signatories(engine, "spring", sheet([["individual", one] for one in ("Bo", "Zed")]), by=named("Ana"))
    assert names(engine) == ["Zed", "Abe", "Moe", "Bo"]
