"""Recorded votes taken into a campaign: what is kept, what is asked first, what is left out and told."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import SheetError
from outreach.models import Campaign, Response
from outreach.reports.council import Seat, support
from outreach.responses.votes import VotesResult, import_votes
from outreach.vocabulary import Vote

NAME = "renew-the-mandate"


@pytest.fixture
def council(varied: Engine) -> Engine:
    """The Council of 2024; the vote is known to be in April."""
    with writing(varied) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == NAME)).one()
        campaign.vote_on = date(2024, 4, 4)
        session.add(campaign)
    return varied


def take(engine: Engine, text: str, **more: Any) -> VotesResult:
    return import_votes(engine, NAME, Path("-"), content=text.encode(), by=named("Ana"), **more)


def kept(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return {one.iso3: str(one.vote) for one in session.exec(select(Response)) if one.vote}


def test_a_result_that_differs_is_asked_and_told(council: Engine) -> None:
    text = "In favour (2): France.\nAgainst (1): Cuba."
    with pytest.raises(SheetError, match="1 thing is to be agreed to") as caught:
        take(council, text)
    assert [problem.what for problem in caught.value.problems] == ["2 in favour are announced, and 1 are listed"]
    assert kept(council) == {}
    assert len(take(council, text, dry_run=True).questions) == 1
    assert kept(council) == {}
    take(council, text, ask=lambda found: len(found) == 1)
    assert kept(council) == {"FRA": "in favour", "CUB": "against"}


def test_which_of_several_votes_is_asked(council: Engine) -> None:
    text = "Country;A/HRC/55/L.1;A/HRC/55/L.2\nFrance;Y;N\nCuba;N;N"
    with pytest.raises(SheetError, match="2 votes") as caught:
        take(council, text)
    assert "A/HRC/55/L.1; A/HRC/55/L.2" in caught.value.message
    with pytest.raises(SheetError, match=r"no vote called 'L\.3'"):
        take(council, text, which="L.3")
    assert take(council, text, which="a/hrc/55/l.2", dry_run=True).tally[Vote.AGAINST] == 2
    done = take(council, text, which="B")
    assert kept(council) == {"FRA": "in favour", "CUB": "against"}
    assert done.resolution == {"symbol": "A/HRC/55/L.1"}
    with reading(council) as session:
        assert session.exec(select(Campaign).where(Campaign.name == NAME)).one().resolution == {
            "symbol": "A/HRC/55/L.1",
            "file": "pasted",
        }


AMENDED = """The Council rejected amendment A/HRC/55/L.9 by a vote of 1 in favour, 1 against and 1 abstentions.
In favour (1): Cuba.
Against (1): France.
Abstentions (1): Japan.

The Council then adopted draft resolution {symbol} by a vote of 2 in favour, none against and 1 abstentions:
In favour (2): France, Japan.
Abstentions (1): Cuba.
"""


def test_the_vote_on_the_text_is_told_from_the_one_on_its_amendment(council: Engine) -> None:
    with pytest.raises(SheetError, match="2 votes") as caught:
        take(council, AMENDED.format(symbol="A/HRC/55/L.3"))
    assert "(A/HRC/55/L.9); - (A/HRC/55/L.3)" in caught.value.message
    taken = take(council, AMENDED.format(symbol="A/HRC/55/L.3"), which="A/HRC/55/L.3")
    assert taken.resolution["symbol"] == "A/HRC/55/L.3"
    assert kept(council) == {"FRA": "in favour", "JPN": "in favour", "CUB": "abstained"}


@pytest.mark.parametrize("symbol", ["A/HRC/55/L.3", "as a whole"])
def test_each_vote_that_is_offered_is_taken(council: Engine, symbol: str) -> None:
    text = AMENDED.format(symbol=symbol).replace("A/HRC/55/L.9", "L.9" if "L." in symbol else "of Cuba")
    with pytest.raises(SheetError, match="2 votes") as caught:
        take(council, text)
    offered = str(caught.value.facts["labels"]).split("; ")
    tallies = [take(council, text, which=one, dry_run=True).tally[Vote.IN_FAVOUR] for one in offered]
    assert tallies == [1, 2]


@pytest.mark.parametrize(
    "announced",
    [
        "بأغلبية 3 أصوات مقابل 9 أصوات وامتناع 13 عضواً عن التصويت",
        "Adopted by a recorded vote of 3 to none, with 13 abstentions",
        "Adoptée par 3 voix contre zéro, avec 13 abstentions",
        "Aprobada por 3 votos contra ninguno y 13 abstenciones",
    ],
)
def test_what_is_announced_is_compared_in_every_language(council: Engine, announced: str) -> None:
    listed = (
        "المؤيدون:\nفرنسا، اليابان\nالمعارضون:\nكوبا\n"
        if "أ" in announced
        else "In favour: France, Japan.\nAgainst: Cuba.\n"
    )
    with pytest.raises(SheetError) as caught:
        take(council, f"{announced}:\n{listed}")
    assert {problem.says.code for problem in caught.value.problems} == {"votes.tally"}


def test_a_column_of_what_is_expected_is_no_vote_by_itself(council: Engine) -> None:
    with pytest.raises(SheetError, match="to be agreed to"):
        take(council, "Country;Expected vote\nFrance;yes\nCuba;no")
    take(council, "Country;Expected vote;Vote\nFrance;no;yes\nCuba;yes;no")
    assert kept(council) == {"FRA": "in favour", "CUB": "against"}


def test_who_was_no_member_is_asked_about_and_left_out(council: Engine) -> None:
    for text, number in (("In favour: France, Cuba, Ghana, Vanuatu", 1), ("In favour: France, Vanuatu, Palau", 2)):
        with pytest.raises(SheetError) as caught:
            take(council, text)
        (asked,) = caught.value.problems
        assert asked.says.code == "votes.other-council"
        assert f"{number} of" in asked.what
        assert "VUT (Vanuatu)" in asked.what
    assert kept(council) == {}
    done = take(council, "In favour: France, Cuba, Ghana, Japan, Vanuatu", yes=True)
    assert "VUT" not in kept(council)
    assert any("No member of the Council in 2024, and left out: VUT (Vanuatu)" in note for note in map(str, done.notes))


def test_only_members_are_told_as_without_a_vote(council: Engine) -> None:
    (told,) = [note for note in map(str, take(council, "In favour: France").notes) if "No vote is told of" in note]
    assert "Cuba" in told
    assert "Vanuatu" not in told


def test_a_vote_of_another_year_is_asked(council: Engine) -> None:
    with pytest.raises(SheetError) as caught:
        take(council, "Vote of 12 October 2023\nIn favour: France\nAgainst: Cuba")
    assert [problem.says.code for problem in caught.value.problems] == ["votes.other-year"]


def test_a_name_that_is_near_is_asked_and_an_unknown_one_left_out_by_agreement(council: Engine) -> None:
    text = "In favour: Frannce, Atlantis\nAgainst: Cuba"
    with pytest.raises(SheetError) as caught:
        take(council, text)
    assert [problem.says.code for problem in caught.value.problems] == ["votes.state-guessed", "votes.state-unknown"]
    take(council, text, yes=True)
    assert kept(council) == {"FRA": "in favour", "CUB": "against"}


def test_two_votes_of_one_state_are_refused_whatever_is_agreed_to(council: Engine) -> None:
    with pytest.raises(SheetError) as caught:
        take(council, "In favour: France, Cuba\nAgainst: Cuba", yes=True)
    assert [problem.says.code for problem in caught.value.problems] == ["votes.twice"]
    assert kept(council) == {}


def test_what_tells_no_vote_is_refused_with_the_cure(council: Engine) -> None:
    for text in (
        "Country;Colour\nFrance;red",
        "The draft was adopted without a vote.",
        "Country;Vote\nFrance;1\nCuba;2",
    ):
        with pytest.raises(SheetError) as caught:
            take(council, text, yes=True)
        assert caught.value.remedy or caught.value.problems[0].remedy
    assert kept(council) == {}


def test_a_list_of_who_was_present_is_asked_about(council: Engine) -> None:
    text = "State;Morning;Afternoon\nFrance;present;present\nCuba;absent;present\nGhana;present;absent"
    with pytest.raises(SheetError) as caught:
        take(council, text)
    assert any("nobody who did" in problem.what for problem in caught.value.problems) or "no vote" in str(caught.value)
    assert kept(council) == {}


@pytest.mark.parametrize(
    "rows", ["Total Yes,9\nTotal No,1", "In favour (9),\nAgainst: 1,", "TOTAL YES,9\nTOTAL NO,1\nTOTAL ABSTENTIONS,0"]
)
def test_totals_in_rows_of_the_list_are_checked(council: Engine, rows: str) -> None:
    text = f"Country,Vote\nFrance,Y\nChina,N\nGermany,Y\nJapan,Y\n{rows}"
    with pytest.raises(SheetError) as caught:
        take(council, text)
    assert [problem.what for problem in caught.value.problems] == ["9 in favour are announced, and 3 are listed"]
    agreed = text.replace("9", "3")
    assert "agrees with the list" in " ".join(map(str, take(council, agreed).notes))


def test_a_text_adopted_without_a_vote_is_told_beside_the_vote_on_another(council: Engine) -> None:
    without = "The draft was then adopted without a vote."
    text = f"The amendment was rejected.\nIn favour (1): Cuba\nAgainst (1): France\n\n{without}"
    with pytest.raises(SheetError) as caught:
        take(council, text)
    assert ["adopted without a vote" in problem.what for problem in caught.value.problems] == [True]
    with pytest.raises(SheetError, match="there is none to take"):
        take(council, without)
    take(council, "Staat;Stimme\nKuba;Nein\nFrankreich;Ja\nGhana;Enthaltung")
    assert kept(council) == {"CUB": "against", "FRA": "in favour", "GHA": "abstained"}


def test_a_majority_is_one_of_the_whole_council() -> None:
    found = support(Seat(f"X{number:02}", f"State {number}", "African", None) for number in range(7))
    assert (found.members, found.lacked, found.majority, found.not_known) == (47, 40, 24, 47)
    assert support([]).members == 0, "a campaign that writes to no member asks for no majority"
