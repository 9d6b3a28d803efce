from datetime import UTC, datetime

import pytest

from outreach.clock import parse_date, parse_moment, shown, zone
from outreach.errors import UserError

ZURICH = zone("Europe/Zurich")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-03-18 09:00", "2024-03-18T08:00:00+00:00"),
        ("2024-07-18 09:00", "2024-07-18T07:00:00+00:00"),
        ("2024-03-18T08:00:00Z", "2024-03-18T08:00:00+00:00"),
        ("2024-03-18T03:00:00-05:00", "2024-03-18T08:00:00+00:00"),
        (" 2024-03-18 09:00:30 ", "2024-03-18T08:00:30+00:00"),
        ("2024-10-27 02:30+01:00", "2024-10-27T01:30:00+00:00"),
    ],
)
def test_times_are_read_in_the_zone_unless_they_carry_an_offset(text: str, utc: str) -> None:
    moment = parse_moment(text, ZURICH)
    assert moment.isoformat() == utc
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tomorrow", "is not a time"),
        ("2024-03-18", "has no time of day"),
        ("2024-03-31 02:30", "does not exist"),
        ("2024-10-27 02:30", "comes twice"),
        ("2024-13-01 09:00", "is not a time"),
    ],
)
def test_a_time_that_can_not_be_told_is_refused_with_the_cure(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as error:
        parse_moment(text, ZURICH)
    assert error.value.remedy


def test_a_moment_is_shown_in_the_zone_with_its_name() -> None:
    assert shown(datetime(2024, 3, 18, 8, tzinfo=UTC), ZURICH) == "2024-03-18 09:00 CET"
    assert shown(datetime(2024, 7, 18, 7, tzinfo=UTC), ZURICH) == "2024-07-18 09:00 CEST"
    assert shown(None, ZURICH) == ""


def test_dates_and_zones_that_are_none_are_refused() -> None:
    with pytest.raises(UserError, match="2024-03-18"):
        parse_date("18.3.2024")
    for name in ("Geneva", "", "../etc/passwd"):
        with pytest.raises(UserError, match="is not a time zone"):
            zone(name)
