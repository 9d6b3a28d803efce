"""The gate's reasons that are told by times and numbers, at the moments where they begin and end."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from outreach.outbox import gate
from outreach.vocabulary import MessageState

NOW = datetime(2031, 6, 3, 9, 0, tzinfo=UTC)
GRACE = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def facts(*, live: bool = True, no_mailbox: bool = False, missions: int | None = 47, **told: Any) -> Any:
    """What the gate knows of a letter that is due, of a reminder whose box was read, but for what is said."""
    letter = {"state": MessageState.QUEUED, "next_try_at": NOW, "due_at": NOW}
    campaign = {"last_active_at": None, "follows_id": 1, "no_mailbox_by": "", "confirmed_missions": 47}
    for name, value in told.items():
        (letter if name in letter else campaign)[name] = value
    rules = SimpleNamespace(grace=GRACE, live=live, no_mailbox=no_mailbox)
    read = campaign.pop("inbox_read_at", NOW)
    return SimpleNamespace(
        now=NOW, rules=rules, letter=letter, campaign=campaign.get, missions=missions, inbox_read_at=read
    )


@pytest.mark.parametrize(
    ("told", "late"),
    [
        ({}, False),
        ({"next_try_at": NOW - GRACE}, False),
        ({"next_try_at": NOW - GRACE - SECOND}, True),
        ({"next_try_at": None}, False),
        ({"next_try_at": NOW - GRACE - SECOND, "state": MessageState.DEFERRED}, False),
        ({"next_try_at": NOW - GRACE - SECOND, "last_active_at": NOW - GRACE - SECOND}, True),
        ({"next_try_at": NOW - GRACE - SECOND, "last_active_at": NOW - GRACE}, False),
    ],
)
def test_a_letter_is_late_once_its_time_has_passed_unattended(told: dict[str, Any], late: bool) -> None:
    assert gate._is_late(facts(**told)) is late


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        ({}, False),
        ({"inbox_read_at": None}, True),
        ({"inbox_read_at": NOW - SECOND}, True),
        ({"inbox_read_at": NOW - SECOND, "due_at": None}, False),
        ({"inbox_read_at": None, "follows_id": None}, False),
        ({"inbox_read_at": None, "no_mailbox_by": "Ana"}, False),
        ({"inbox_read_at": None, "no_mailbox": True}, False),
    ],
)
def test_a_reminder_waits_for_the_box(told: dict[str, Any], waits: bool) -> None:
    assert gate._box_unread(facts(**told)) is waits


@pytest.mark.parametrize(
    ("told", "other"),
    [
        ({}, False), ({"confirmed_missions": 46}, True), ({"confirmed_missions": 46, "live": False}, False),
        ({"confirmed_missions": 46, "missions": None}, False),
    ],
)  # fmt: skip
def test_live_letters_go_to_as_many_missions_as_were_confirmed(told: dict[str, Any], other: bool) -> None:
    assert gate._other_number(facts(**told)) is other


@pytest.mark.parametrize(
    ("live", "had", "again_by", "held"),
    [(True, "x", "", True), (True, "x", "Ana", False), (True, None, "", False), (False, "x", "", False)],
)
def test_who_has_had_it_already_gets_it_again_by_a_persons_word_only(
    live: bool, had: str | None, again_by: str, held: bool
) -> None:
    (reason,) = (one for one in gate.REASONS if one.code == "had already")
    known = facts(live=live, again_by=again_by)
    known.had = had
    assert bool(reason.holds(known)) is held
