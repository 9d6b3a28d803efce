"""Audiences: the Council as of a date, complete or refused; observers, groups, lists, tags, exceptions."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from missions_books import SHIPPED, MakeBook
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from outreach.actors import named as person
from outreach.clock import now
from outreach.database import open_database, reading, writing
from outreach.errors import AudienceError
from outreach.missions.audience import council, member_until, resolve
from outreach.missions.directory import contacts_of, find_missions
from outreach.missions.importer import import_file
from outreach.models import Contact, Mission, Term
from outreach.pasted import in_words
from outreach.vocabulary import Line, Role

SESSION_55 = date(2024, 3, 18)


@pytest.fixture(scope="module")
def filled(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    path.write_bytes(empty_database.read_bytes())
    engine = open_database(f"sqlite:///{path}")
    import_file(engine, SHIPPED, by=person("Ana"))
    engine.dispose()
    return path


@pytest.fixture
def directory(filled: Path, tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "outreach.db").write_bytes(filled.read_bytes())
    engine = open_database(f"sqlite:///{tmp_path / 'outreach.db'}")
    yield engine
    engine.dispose()


def named(engine: Engine, *audience: str, without: tuple[str, ...] = (), on: date = SESSION_55) -> list[str]:
    with reading(engine) as session:
        return [mission.iso3 for mission in resolve(session, audience, without, on)]


def refused(engine: Engine, *audience: str, without: tuple[str, ...] = (), on: date = SESSION_55) -> str:
    with pytest.raises(AudienceError) as caught:
        named(engine, *audience, without=without, on=on)
    return in_words(caught.value)


@pytest.mark.heavy
def test_the_council_of_session_55(directory: Engine) -> None:
    with reading(directory) as session:
        members = resolve(session, ["hrc-members"], [], SESSION_55)
    assert Counter(mission.regional_group for mission in members) == {
        "African": 13,
        "Asia-Pacific": 13,
        "Eastern European": 6,
        "Latin American and Caribbean": 8,
        "Western European and Others": 7,
    }
    assert [mission.iso3 for mission in members] == sorted({mission.iso3 for mission in members})
    assert {"FRA", "CHN", "USA"} <= {mission.iso3 for mission in members}


def test_terms_are_whole_calendar_years(directory: Engine) -> None:
    assert "USA" in named(directory, "hrc-members", on=date(2024, 12, 31))
    assert "USA" not in named(directory, "hrc-members", on=date(2025, 1, 1))
    assert "CHE" in named(directory, "hrc-members", on=date(2025, 1, 1))
    for year in (2024, 2025, 2026):
        assert len(named(directory, "hrc-members", on=date(year, 1, 1))) == 47


@pytest.mark.parametrize("audience", ["hrc-members", "hrc-observers"])
@pytest.mark.parametrize("on", [date(2023, 12, 31), date(2027, 1, 1), date(2028, 6, 1), date(1999, 1, 1)])
def test_a_year_that_is_incomplete_is_refused_with_the_numbers(directory: Engine, audience: str, on: date) -> None:
    said = refused(directory, audience, on=on)
    assert "not complete in the data" in said
    assert "Complete are: 2024, 2025, 2026." in said
    if on.year == 2027:
        assert "32 members of 47 (African 9 of 13, Asia-Pacific 9 of 13, Eastern European 4 of 6" in said


def test_one_member_too_many_or_marked_absent_is_no_council(directory: Engine) -> None:
    with writing(directory) as session:
        session.add(Term(iso3="VAT", first_year=2024, last_year=2024))
    assert "48 members of 47" in refused(directory, "hrc-members")
    assert "VAT (Holy See)" in refused(directory, "hrc-members")
    with writing(directory) as session:
        session.exec(delete(Term).where(col(Term.iso3) == "VAT"))
        session.exec(select(Term).where(Term.iso3 == "FRA")).one().absent_since = now()
    assert "46 members of 47" in refused(directory, "hrc-members")


def test_no_terms_at_all(directory: Engine) -> None:
    with writing(directory) as session:
        session.exec(delete(Term))
    assert "no terms" in refused(directory, "hrc-members")
    assert len(named(directory, "all")) == 195


def test_observers_are_everybody_else(directory: Engine) -> None:
    observers = named(directory, "hrc-observers")
    assert len(observers) == 148
    assert {"PSE", "VAT"} <= set(observers)
    assert named(directory, "hrc-observers", "hrc-members") == named(directory, "all")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("audience", "number"),
    [
        ("group:African", 54), ("GROUP: africa", 54), ("group:AG", 54), ("group:asia-pacific", 54), ("group:APG", 54),
        ("group:EEG", 23), ("group:Eastern Europe", 23), ("group:GRULAC", 33), ("group:Latin America", 33),
        ("group:WEOG", 29), ("group:Western", 29), ("all", 195), ("ALL", 195), ("HRC Members", 47),
        ("iso:FRA,DEU", 2), ("iso: fra; deu fra", 2),
    ],
)  # fmt: skip
def test_groups_and_lists(directory: Engine, audience: str, number: int) -> None:
    assert len(named(directory, audience)) == number


def test_several_are_a_union_and_each_mission_is_in_it_once(directory: Engine) -> None:
    assert named(directory, "iso:FRA,DEU", "iso:DEU,AUT", "iso:FRA") == ["AUT", "DEU", "FRA"]


def test_exceptions(directory: Engine) -> None:
    assert len(named(directory, "hrc-members", without=("FRA", "deu,usa"))) == 44
    assert len(named(directory, "hrc-members", without=("CHE",))) == 47
    assert "'FRANCE' is no ISO3" in refused(directory, "all", without=("FRANCE",))
    assert "Nobody is left" in refused(directory, "iso:FRA", without=("FRA",))


def test_tags(directory: Engine, book: MakeBook) -> None:
    import_file(
        directory,
        book({"Missions": [["ISO3", "Tags"], ["FRA", "Core group, éu"], ["DEU", "EU"]]}),
        by=person("Ana"),
    )
    assert named(directory, "tag:core GROUP") == ["FRA"]
    assert named(directory, "tag:eu") == ["DEU", "FRA"]
    assert "There are: Core group, " in refused(directory, "tag:core")
    assert "No mission has the tag ''" in refused(directory, "tag:")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("audience", "says"),
    [
        ((), "No audience is named"),
        (("everybody",), "hrc-members, hrc-observers, all, group:NAME"),
        (("hrc-members:2024",), "no audience"),
        (("",), "no audience"),
        (("group",), "no audience"),
        (("group:Nordic",), "There are: African, Asia-Pacific, Eastern European"),
        (("tag:x",), "No mission has any"),
        (("iso:FR",), "Did you mean FRA?"),
        (("iso:XXX",), "no ISO3 code"),
        (("iso:",), "Nobody is left"),
    ],
)
def test_what_can_not_be_told_is_refused(directory: Engine, audience: tuple[str, ...], says: str) -> None:
    assert says in refused(directory, *audience)


def test_an_empty_directory(engine: Engine) -> None:
    assert "Import the missions first" in refused(engine, "all")


def test_a_member_that_is_not_in_the_directory_is_never_left_out_silently(directory: Engine) -> None:
    with writing(directory) as session:
        mission = session.get(Mission, "FRA")
        assert mission is not None
        mission.absent_since = now()
    said = refused(directory, "hrc-members")
    assert "FRA (France)" in said
    assert "leave it out" in said
    assert "FRA" in refused(directory, "iso:FRA")
    assert len(named(directory, "hrc-members", without=("FRA",))) == 46
    assert len(named(directory, "all")) == 194
    with reading(directory) as session:
        assert len(find_missions(session)) == 194
        assert len(find_missions(session, include_absent=True)) == 195
        assert [mission.iso3 for mission in find_missions(session, ["DEU", "FRA"])] == ["DEU"]


def test_the_council_and_its_terms(directory: Engine) -> None:
    with reading(directory) as session:
        assert len(council(session, SESSION_55)) == 47
        assert member_until(session, ["USA", "FRA", "CHE"], SESSION_55) == {"FRA": 2026, "USA": 2024}
        assert member_until(session, ["BEN"], date(2025, 1, 1)) == {"BEN": 2027}


def _add(session: Session, email: str, **fields: object) -> None:
    session.add(Contact(**{"iso3": "FRA", "role": Role.GENERAL, "email": email, "email_key": email, **fields}))


def test_contacts_in_the_order_of_the_letter(directory: Engine) -> None:
    with writing(directory) as session:
        session.exec(delete(Contact).where(col(Contact.iso3) == "FRA"))
        _add(session, "g@x.example")
        _add(session, "cc@x.example", line=Line.CC, role=Role.PERMANENT_REPRESENTATIVE)
        _add(session, "e@x.example", role=Role.HUMAN_RIGHTS_EXPERT)
        _add(session, "p@x.example", role=Role.PERMANENT_REPRESENTATIVE)
        _add(session, "d@x.example", role=Role.DEPUTY)
        _add(session, "gone@x.example", absent_since=now())
        _add(session, "off@x.example", active=False)
    with reading(directory) as session:
        found = contacts_of(session, ["FRA", "DEU"])
        assert [c.email for c in found["FRA"]] == [
            "p@x.example", "d@x.example", "e@x.example", "g@x.example", "cc@x.example",
        ]  # fmt: skip
        assert [c.line for c in found["DEU"]] == [Line.TO, Line.CC]
        assert contacts_of(session, ["XXX"]) == {"XXX": []}
        assert contacts_of(session, []) == {}
        assert len(contacts_of(session, [mission.iso3 for mission in find_missions(session)])) == 195


def test_a_word_that_is_none_is_refused(directory: Engine) -> None:
    assert "no audience" in refused(directory, "everybody")


def test_a_body_that_is_no_state_is_known_by_its_name_too(directory: Engine) -> None:
    with writing(directory) as session:
        session.add(Mission(iso3="EUE", short_name="European Union", formal_name="European Union", language="en"))
    assert named(directory, "org:EU") == named(directory, "org:European Union") != []


def test_forty_seven_that_sit_in_the_wrong_groups_are_no_council(directory: Engine) -> None:
    with writing(directory) as session:
        session.exec(delete(Term).where(col(Term.iso3) == "FRA"))
        other = session.exec(select(Term.iso3).where(Term.first_year <= 2024, Term.last_year >= 2024)).all()
        africa = select(Mission.iso3).where(Mission.regional_group == "African", col(Mission.iso3).not_in(other))
        session.add(Term(iso3=session.exec(africa).first() or "", first_year=2024, last_year=2024))
    said = refused(directory, "hrc-members")
    assert "not complete in the data" in said
    assert "2024" not in said.partition("Complete are:")[2]
