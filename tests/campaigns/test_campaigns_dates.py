"""The session and the vote that a campaign works towards."""

from datetime import date

import pytest
from sqlalchemy import Engine

from outreach.actors import named
from outreach.campaigns.dates import Dates, dates_of, set_dates
from outreach.campaigns.plan import get_campaign
from outreach.database import reading
from outreach.errors import ConflictError, UserError

pytestmark = pytest.mark.usefixtures("campaign")
FIRST, LAST, VOTE = date(2024, 2, 26), date(2024, 4, 5), date(2024, 4, 4)


def kept(engine: Engine) -> Dates:
    with reading(engine) as session:
        return dates_of(get_campaign(session, "spring"))


@pytest.mark.parametrize("name", ["HRC55", "hrc 55"])
def test_the_days_of_a_known_session_are_filled_in(engine: Engine, name: str) -> None:
    set_dates(engine, "spring", Dates(name, vote_on=VOTE), by=named("Ana"))
    assert kept(engine) == Dates(name, FIRST, LAST, VOTE)


def test_days_that_were_given_are_not_overwritten_by_known_ones(engine: Engine) -> None:
    set_dates(engine, "spring", Dates("HRC55", starts=date(2024, 2, 27)), by=named("Ana"))
    assert kept(engine) == Dates("HRC55", date(2024, 2, 27))
    set_dates(engine, "spring", Dates("HRC99"), by=named("Ana"))
    assert kept(engine) == Dates("HRC99")


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (Dates(starts=LAST, ends=FIRST), "before it starts"),
        (Dates("HRC55", vote_on=date(2024, 4, 6)), "not within the session"),
        (Dates(starts=FIRST, vote_on=date(2024, 2, 25)), "not within the session"),
    ],
)
def test_days_that_cannot_be_right_together(engine: Engine, dates: Dates, words: str) -> None:
    with pytest.raises(UserError, match=words):
        set_dates(engine, "spring", dates, by=named("Ana"))
    assert kept(engine) == Dates()


def test_the_later_of_two_is_told(engine: Engine) -> None:
    seen = kept(engine).version
    set_dates(engine, "spring", Dates("HRC55"), seen=seen, by=named("Ana"))
    with pytest.raises(ConflictError):
        set_dates(engine, "spring", Dates("HRC56"), seen=seen, by=named("Ana"))
    assert kept(engine).session == "HRC55"
