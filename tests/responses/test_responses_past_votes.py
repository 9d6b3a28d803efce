"""Votes of past years from the UN Digital Library's published data: taken in line by line, shown as the past."""

import csv
import tracemalloc
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from outreach import clock
from outreach.actors import named
from outreach.campaigns.facts_of import facts_of
from outreach.campaigns.past_subject import set_past_subject
from outreach.campaigns.plan import get_campaign
from outreach.catalogues import ENGLISH_TONGUE, tongue
from outreach.database import open_database, reading, writing
from outreach.errors import AudienceError, ConflictError, NotFoundError, SheetError, UserError
from outreach.missions.audience import resolve
from outreach.missions.past import record_of, tallies
from outreach.missions.past_years import past_on
from outreach.models import AuditEntry, Campaign, Mission, PastResolution, PastVote
from outreach.reports.table import years_in_words
from outreach.responses.past_votes import import_past_votes
from outreach.vocabulary import Language, Vote

HEAD = [
    "undl_id", "ms_code", "ms_name", "ms_vote", "date", "session",
    "resolution", "draft", "committee_report", "meeting", "title", "agenda_title",
    "subjects", "vote_note", "total_yes", "total_no", "total_abstentions", "total_non_voting",
    "total_ms", "undl_link",
]  # fmt: skip
ANA = named("Ana")


def row(code: str, vote: str, symbol: str = "A/RES/78/1", day: str = "2023-12-19", **more: str) -> dict[str, str]:
    made = {
        "undl_id": "4025240", "ms_code": code, "ms_name": code, "ms_vote": vote, "date": day, "session": "78",
        "resolution": symbol, "title": "Situation of human rights, in brief", "subjects": "HUMAN RIGHTS--REPORTS",
        "total_yes": "1.0", "total_no": "1.0", "total_abstentions": "1.0", "total_non_voting": "1.0",
    }  # fmt: skip
    return made | more


def published(path: Path, *rows: dict[str, str], head: list[str] = HEAD) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, head, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'o.db'}")
    with writing(engine) as session:
        for iso3, name in (("FRA", "France"), ("DEU", "Germany"), ("JPN", "Japan"), ("CUB", "Cuba")):
            session.add(Mission(iso3=iso3, short_name=name, formal_name=name, language=Language.ENGLISH))
    yield engine
    engine.dispose()


BALLOT = (row("FRA", "Y"), row("DEU", "N"), row("JPN", "A"), row("CUB", "X"))


def test_the_published_file_becomes_resolutions_and_votes(desk: Engine, tmp_path: Path) -> None:
    done = import_past_votes(desk, published(tmp_path / "ga.csv", *BALLOT), by=ANA)
    assert (done.resolutions, done.votes, str(done.first), [*map(str, done.notes)]) == (1, 4, "2023-12-19", [])
    with reading(desk) as session:
        one = session.exec(select(PastResolution)).one()
        assert (one.symbol, one.session, one.yes, one.no) == ("A/RES/78/1", "78", 1, 1)
        assert "HUMAN RIGHTS" in one.themes
        assert dict(session.exec(select(PastVote.iso3, PastVote.vote)).all()) == {
            "FRA": Vote.IN_FAVOUR, "DEU": Vote.AGAINST, "JPN": Vote.ABSTAINED, "CUB": Vote.NOT_VOTING,
        }  # fmt: skip
        assert [act.action for act in session.exec(select(AuditEntry))] == ["record.imported"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_file_that_was_saved_again_with_other_marks_is_read(desk: Engine, tmp_path: Path, mark: str) -> None:
    path = published(tmp_path / "ga.csv", *BALLOT)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=mark).writerows(rows)
    assert import_past_votes(desk, path, by=ANA).votes == 4


def test_a_dry_run_and_a_file_that_can_not_be_read_change_nothing(desk: Engine, tmp_path: Path) -> None:
    assert import_past_votes(desk, published(tmp_path / "ga.csv", *BALLOT), dry_run=True, by=ANA).votes == 4
    bad = published(tmp_path / "bad.csv", row("FRA", "Y"), row("DEU", "perhaps"), row("JPN", "A", day="19.12.23"))
    with pytest.raises(SheetError, match="2 lines") as caught:
        import_past_votes(desk, bad, by=ANA)
    assert [problem.where for problem in caught.value.problems] == ["line 3", "line 4"]
    with pytest.raises(SheetError, match="no column ms_code"):
        import_past_votes(desk, published(tmp_path / "x.csv", head=["State", "Vote"]), by=ANA)
    (tmp_path / "no.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SheetError, match="UTF-8"):
        import_past_votes(desk, tmp_path / "no.csv", by=ANA)
    with pytest.raises(SheetError, match="can't be read"):
        import_past_votes(desk, tmp_path / "nowhere.csv", by=ANA)
    with reading(desk) as session:
        assert session.exec(select(func.count()).select_from(PastVote)).one() == 0
        assert session.exec(select(func.count()).select_from(AuditEntry)).one() == 0


def test_a_later_edition_brings_it_up_to_date(desk: Engine, tmp_path: Path) -> None:
    import_past_votes(desk, published(tmp_path / "1.csv", *BALLOT), by=ANA)
    import_past_votes(
        desk, published(tmp_path / "2.csv", row("DEU", "A", title="Corrected", total_yes="0", total_no="0")), by=ANA
    )
    with reading(desk) as session:
        assert session.exec(select(PastResolution.title)).all() == ["Corrected"]
        votes = dict(session.exec(select(PastVote.iso3, PastVote.vote)).all())
        assert (len(votes), votes["DEU"], votes["FRA"]) == (4, Vote.ABSTAINED, Vote.IN_FAVOUR)


def test_what_is_no_vote_of_a_state_of_today_is_told(desk: Engine, tmp_path: Path) -> None:
    rows = (
        row("FRA", "Y", total_abstentions="0"), row("SUN", "N", ms_name="USSR", total_abstentions="0"),
        row("FRA", "", "A/RES/78/2", total_yes="", total_no="", total_abstentions=""),
    )  # fmt: skip
    done = import_past_votes(desk, published(tmp_path / "ga.csv", *rows), by=ANA)
    assert (done.resolutions, done.votes) == (1, 1)
    assert [note.partition(":")[0] for note in map(str, done.notes)] == [
        "1 resolution was adopted without a vote and is left out.",
        "Votes of states that are none today are left out",
    ]


def test_a_resolution_whose_rows_differ_from_its_totals_is_left_out(desk: Engine, tmp_path: Path) -> None:
    import_past_votes(desk, published(tmp_path / "1.csv", *BALLOT), by=ANA)
    other = (row("FRA", "N", total_yes="0"), row("DEU", "Y", "A/RES/78/3", total_no="0", total_abstentions="0"))
    done = import_past_votes(desk, published(tmp_path / "2.csv", *other), by=ANA)
    assert (done.resolutions, done.votes, done.new_votes) == (1, 1, 1)
    (note,) = [*map(str, done.notes)]
    assert "1 resolution differ from the totals" in note
    assert "A/RES/78/1. It is left out; what was there before stays." in note
    with reading(desk) as session:
        assert record_of(session, "FRA").votes[0].vote is Vote.IN_FAVOUR, "a ballot that does not add up was taken"
        assert [one.symbol for one in record_of(session, "DEU").votes] == ["A/RES/78/3", "A/RES/78/1"]


def test_two_votes_of_one_state_on_one_resolution_are_refused_with_both_lines(desk: Engine, tmp_path: Path) -> None:
    path = published(tmp_path / "ga.csv", *BALLOT, row("FRA", "N"), row("SUN", "Y"), row("SUN", "N"))
    with pytest.raises(SheetError, match="2 lines can't be taken; nothing was changed") as caught:
        import_past_votes(desk, path, by=ANA)
    first, second = caught.value.problems
    assert str(first) == (
        "line 6: FRA voted against on A/RES/78/1 there, and in favour in line 2. Keep the line that is right."
    )
    assert second.where == "line 8", "a state that is none today counts in the totals too"
    with reading(desk) as session:
        assert session.exec(select(func.count()).select_from(PastVote)).one() == 0
    done = import_past_votes(desk, published(tmp_path / "same.csv", *BALLOT, row("FRA", "Y")), by=ANA)
    assert (done.votes, [*map(str, done.notes)]) == (4, ["1 vote stands twice, the same."])


def test_a_file_that_comes_again_changes_nothing_and_says_so(desk: Engine, tmp_path: Path) -> None:
    path = published(tmp_path / "ga.csv", *BALLOT)
    dry = import_past_votes(desk, path, dry_run=True, by=ANA)
    done = import_past_votes(desk, path, by=ANA)
    assert (done.new_resolutions, done.new_votes, done.changes_nothing) == (1, 4, False)
    assert (dry.new_resolutions, dry.new_votes) == (1, 4)
    assert import_past_votes(desk, path, by=ANA).changes_nothing
    later = published(tmp_path / "2.csv", *BALLOT[:1], row("DEU", "A"), row("JPN", "N"), row("CUB", "X"))
    told = import_past_votes(desk, later, dry_run=True, by=ANA)
    assert told.as_dict()["changes"] == [
        {"symbol": "A/RES/78/1", "iso3": "DEU", "old": "against", "new": "abstained"},
        {"symbol": "A/RES/78/1", "iso3": "JPN", "old": "abstained", "new": "against"},
    ]
    assert (told.new_votes, told.changed_resolutions) == (0, 0)
    with reading(desk) as session:
        assert len(session.exec(select(AuditEntry)).all()) == 1, "an import that changed nothing stands as an act"


def test_the_edition_of_2024_and_the_human_rights_council_are_read(desk: Engine, tmp_path: Path) -> None:
    path = tmp_path / "hrc.csv"
    path.write_text(
        "ms_codes,ms_votes,resolutions,date\nFRA,NV,A/HRC/RES/55/1,20240404\nDEU,yes,A/HRC/RES/55/1,20240404\n", "utf-8"
    )
    import_past_votes(desk, path, by=ANA)
    with reading(desk) as session:
        assert record_of(session, "France").votes[0].vote is Vote.NOT_VOTING
        assert record_of(session, "DEU").votes[0].symbol == "A/HRC/RES/55/1"


def test_a_record_is_the_latest_first_and_by_theme(desk: Engine, tmp_path: Path) -> None:
    rows = (
        row("FRA", "Y", total_no="0", total_abstentions="0"),
        row("FRA", "N", "A/RES/77/9", "2022-12-01", title="Désarmement", subjects="WEAPONS", total_yes="0",
            total_abstentions="0"),
    )  # fmt: skip
    import_past_votes(desk, published(tmp_path / "ga.csv", *rows), by=ANA)
    with reading(desk) as session:
        assert [one.symbol for one in record_of(session, "fra").votes] == ["A/RES/78/1", "A/RES/77/9"]
        assert [one.symbol for one in record_of(session, "FRA", "desarmement").votes] == ["A/RES/77/9"]
        assert record_of(session, "FRA").as_dict()["tally"]["in favour"] == 1
        assert record_of(session, "DEU").votes == ()
        (found,) = tallies(session, [("FRA", "France"), ("DEU", "Germany")], "weapons")
        assert (found.iso3, found.votes[Vote.AGAINST], found.first_year) == ("FRA", 1, 2022)
        with pytest.raises(NotFoundError):
            record_of(session, "Atlantis")


def test_an_audience_of_those_who_voted_so(desk: Engine, tmp_path: Path) -> None:
    import_past_votes(desk, published(tmp_path / "ga.csv", *BALLOT), by=ANA)
    with reading(desk) as session:
        day = session.exec(select(PastResolution.voted_on)).one()

        def asked(*audience: str) -> list[str]:
            return [one.iso3 for one in resolve(session, audience, [], day)]

        assert asked("vote:A/RES/78/1=yes") == ["FRA"]
        assert asked("vote:a/res/78/1=abstain", "vote:A/RES/78/1=no") == ["DEU", "JPN"]
        for wrong in ("vote:A/RES/78/1", "vote:A/RES/78/1=perhaps", "vote:A/RES/1/1=yes"):
            with pytest.raises(AudienceError):
                asked(wrong)


@pytest.mark.heavy
def test_memory_does_not_grow_with_the_file(desk: Engine, tmp_path: Path) -> None:
    def peak(many: int) -> int:
        states = ("FRA", "DEU", "JPN", "CUB")
        lines = (row(states[n % 4], "YNAX"[n % 4], f"A/RES/70/{n // 4 % 50}") for n in range(many))
        path = published(tmp_path / f"{many}.csv", *lines)
        tracemalloc.start()
        import_past_votes(desk, path, dry_run=True, by=ANA)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(8_000) < 500_000 < (tmp_path / "8000.csv").stat().st_size


MINES = (
    row("FRA", "Y", "A/RES/78/45", "2023-12-04", title="Convention on landmines", total_no="1", total_non_voting="0"),
    row("DEU", "N", "A/RES/78/45", "2023-12-04", title="Convention on landmines", total_no="1", total_non_voting="0"),
    row("JPN", "A", "A/RES/78/45", "2023-12-04", title="Convention on landmines", total_no="1", total_non_voting="0"),
    row("FRA", "A", "A/RES/77/63", "2022-12-07", title="Convention on landmines", total_yes="0", total_no="0",
        total_non_voting="0"),
    row("JPN", "N", "A/RES/78/99", "2023-12-20", title="Landmines: means", total_yes="0", total_abstentions="0",
        total_non_voting="0"),
    row("CUB", "Y", "A/RES/78/7", "2023-11-01", title="Determination", total_no="0", total_abstentions="0",
        total_non_voting="0"),
)  # fmt: skip


def test_votes_on_a_subject_year_by_year(desk: Engine, tmp_path: Path) -> None:
    import_past_votes(desk, published(tmp_path / "ga.csv", *MINES), by=ANA)
    with reading(desk) as session:
        found = past_on(session, "landmines", ["FRA", "JPN", "CUB"])
        told = {iso3: [(one.year, *one.votes) for one in years] for iso3, years in found.years.items()}
        assert told == {
            "FRA": [(2023, Vote.IN_FAVOUR), (2022, Vote.ABSTAINED)], "JPN": [(2023, Vote.AGAINST, Vote.ABSTAINED)]
        }  # fmt: skip
        assert found.of("JPN")[0].vote is None, "two ways in a year are no vote of that year"
        assert found.all_years == (2023, 2022)
        assert years_in_words(found.of("JPN"), ENGLISH_TONGUE) == "2023 against / abstained"
        assert years_in_words(found.of("FRA"), tongue("fr"), 1) == "2023 pour …"
        assert past_on(session, "mines", ["FRA"]).ballots == (), "a subject is words, not the ends of them"
        named = past_on(session, "a/res/78/45 ; A/RES/77/63", ["JPN"])
        assert [one.symbol for one in named.ballots] == ["A/RES/78/45", "A/RES/77/63"]
        assert [one.vote for one in named.of("JPN")] == [Vote.ABSTAINED]
        assert past_on(session, "", ["FRA"]).years == {}


def test_an_audience_by_year_and_subject(desk: Engine, tmp_path: Path) -> None:
    import_past_votes(desk, published(tmp_path / "ga.csv", *MINES), by=ANA)
    with reading(desk) as session:

        def asked(*audience: str) -> list[str]:
            return [one.iso3 for one in resolve(session, audience, [], date(2024, 3, 18))]

        assert asked("vote:2022 landmines=abstain") == ["FRA"]
        assert asked("vote:2023 convention on landmines=no") == ["DEU"]
        with pytest.raises(AudienceError, match="2 resolutions of 2023 are on 'landmines': A/RES/78/99, A/RES/78/45"):
            asked("vote:2023 landmines=yes")
        with pytest.raises(AudienceError, match="No vote of 2021"):
            asked("vote:2021 landmines=yes")


def test_a_campaigns_subject_and_what_its_letters_know(desk: Engine, tmp_path: Path) -> None:
    import_past_votes(desk, published(tmp_path / "ga.csv", *MINES), by=ANA)
    with writing(desk) as session:
        campaign = Campaign(
            name="spring", letter="l", as_of=date(2024, 3, 18), time_zone="UTC", created_at=clock.now()
        )  # fmt: skip
        session.add(campaign)
    assert len(set_past_subject(desk, "spring", " Convention on  landmines ", by=ANA).ballots) == 2
    with reading(desk) as session:
        kept = get_campaign(session, "spring")
        assert (kept.past_subject, kept.version) == ("Convention on landmines", 1)
        facts = facts_of(session, kept, ["FRA", "DEU"])
        assert facts["FRA"].past == {"field_2023": "in favour", "field_2022": "abstained"}
        assert facts["DEU"].past == {"field_2023": "against"}
        assert facts["DEU"].past_years == {"field_2023", "field_2022"}
        assert facts["FRA"].votes == {"a_res_78_45": "in favour", "a_res_77_63": "abstained"}
        assert [act.action for act in session.exec(select(AuditEntry))] == ["record.imported", "campaign.subject"]
    with pytest.raises(ConflictError):
        set_past_subject(desk, "spring", "other", by=ANA, seen="an older one")
    many = [row("FRA", "Y", f"A/RES/60/{n}", title="Wide", total_no="0", total_abstentions="0") for n in range(61)]
    import_past_votes(desk, published(tmp_path / "many.csv", *many), by=ANA)
    with pytest.raises(UserError, match="61 resolutions are on 'wide'"):
        set_past_subject(desk, "spring", "wide", by=ANA)
    assert set_past_subject(desk, "spring", "", by=ANA).ballots == ()
