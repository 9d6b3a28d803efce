"""Lists sorted by a click on a head, and taken along as CSV, as they are seen."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from sqlmodel import select
from web_browser import Browser

from outreach.actors import named
from outreach.database import writing
from outreach.models import Contact
from outreach.people.audit import entries
from outreach.responses.positions import set_position
from outreach.vocabulary import Line, Position
from outreach.web.desk import Desk
from outreach.web.lists import ListColumn, heads, sorted_list

Browse = Callable[..., Browser]


def column(name: str = "n") -> ListColumn:
    return ListColumn(name, name.upper(), lambda row: row[0], lambda row: row[1])


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("n", "bdacx"), ("-n", "cabdx"), ("", "abcdx"), ("other", "abcdx"), ("-other", "abcdx")],
)
def test_rows_stand_by_the_column_alike_ones_as_they_were_and_empty_ones_last(sort: str, expected: str) -> None:
    rows = [(2, "a"), (1, "b"), (3, "c"), (1, "d"), (None, "x")]
    assert "".join(row[1] for row in sorted_list(rows, [column()], sort)) == expected


def test_a_head_sorts_and_once_more_turns_round_and_keeps_the_filter() -> None:
    (first,) = heads([column()], "", {"q": "a b", "show": ""})
    assert (first.href, first.sorted) == ("?q=a+b&sort=n", "")
    (again,) = heads([column()], "n", {})
    assert (again.href, again.sorted) == ("?sort=-n", "ascending")
    (back,) = heads([column()], "-n", {})
    assert (back.href, back.sorted) == ("?sort=n", "descending")


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


def test_letters_are_sorted_by_where_missions_stand(browse: Browse, desk: Desk) -> None:
    set_position(desk.engine, "hrc55", "IND", Position.AGAINST, by=named("Ana"))
    set_position(desk.engine, "hrc55", "FRA", Position.CO_SPONSOR, by=named("Ana"))
    viewer = browse("viewer")
    page = viewer.get("/campaigns/1/letters?sort=position")
    assert 'aria-sort="ascending"' in page
    assert names(page).index("France") < names(page).index("India")
    turned = names(viewer.get("/campaigns/1/letters?sort=-position"))
    assert turned.index("India") < turned.index("France")
    assert names(viewer.get("/campaigns/1/letters"))[:3] == ["Albania", "Algeria", "Argentina"], "by name by itself"


def test_what_is_seen_goes_into_a_file_and_the_log_says_who_took_it(browse: Browse, desk: Desk) -> None:
    with writing(desk.engine) as session:
        one = session.exec(select(Contact).where(Contact.iso3 == "FRA", Contact.line == Line.TO)).one()
        one.email = one.email_key = "=cmd@fra.mission.example"
        session.add(one)
    viewer = browse("viewer")
    page = viewer.get("/missions?group=Western+European+and+Others&sort=-mission")
    link = re.search(r'href="(/missions\.csv[^"]*)" download', page)
    assert link
    answer = viewer.client.get(link[1].replace("&amp;", "&"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Mission", "Group", "Council", "Language", "Writes to", "Last position"]
    assert [row[0] for row in rows[1:]] == names(page)
    assert all(row[1] == "Western European and Others" for row in rows[1:])
    assert not any(cell.startswith("=") for row in rows for cell in row), "no cell is taken for a formula"
    entry = entries(desk.engine)[0]
    assert (entry.action, entry.who, entry.detail) == (
        "list.taken",
        "The viewer",
        f"missions.csv, {len(rows) - 1} rows",
    )


def test_the_letters_of_a_campaign_as_a_file(browse: Browse, desk: Desk) -> None:
    answer = browse("viewer").client.get("/campaigns/1/letters.csv?q=france")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Mission", "Letter", "Answer", "Position", "Who", "Due", "Next"]
    assert [row[0] for row in rows[1:]] == ["France"]
    assert entries(desk.engine)[0].campaign == "hrc55"
