"""What a person saw is compared where their word is written: of several who act on the same, one wins."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from acts import signed_in
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.campaigns import timing
from outreach.campaigns.address_changes import void_changed
from outreach.campaigns.approve import Approval, approve
from outreach.campaigns.plan import get_campaign, version_of
from outreach.campaigns.two_people import ask_for
from outreach.database import reading, writing
from outreach.errors import ConflictError
from outreach.models import Campaign, Contact
from outreach.pasted import in_words
from outreach.settings import Settings

LATER = "2099-03-18 09:00"
Approve = Callable[..., Approval]


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Do something so often at once; return what came of each, an error as itself."""
    gate = threading.Barrier(count)

    def one(number: int) -> object:
        gate.wait()
        try:
            return act(number)
        except ConflictError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def winners(found: list[object]) -> int:
    return sum(not isinstance(one, ConflictError) for one in found)


@pytest.mark.heavy
def test_of_many_that_set_the_time_on_what_they_saw_one_does(
    campaign: str, approved: Approve, engine: Engine, settings: Settings
) -> None:
    approved()
    seen = version_of(engine, campaign)
    found = at_once(
        6, lambda n: timing.schedule(engine, settings, campaign, f"2099-03-1{n} 09:00", seen=seen, by=named("Ana"))
    )
    assert winners(found) == 1
    lost = next(one for one in found if isinstance(one, ConflictError))
    assert "has changed since you looked at it: it is scheduled for 2099-03-1" in lost.message
    assert "approved by Ana" in lost.message
    assert "outreach campaign status spring" in in_words(lost.remedy)


def test_of_many_that_approve_what_they_saw_one_does(
    campaign: str, engine: Engine, settings: Settings, templates: Path
) -> None:
    seen = version_of(engine, campaign)
    found = at_once(
        4, lambda n: approve(engine, settings, campaign, by=named(f"Person {n}"), seen=seen, templates=templates)
    )
    assert winners(found) == 1


def test_of_two_second_approvals_one_counts(
    campaign: str, approved: Approve, engine: Engine, settings: Settings, templates: Path
) -> None:
    ask_for(engine, campaign, 2, by=named("Ana"))
    approved("Ana")
    seen = version_of(engine, campaign)
    people = [signed_in(engine, f"Person {number}") for number in range(3)]
    found = at_once(3, lambda n: approve(engine, settings, campaign, by=people[n], seen=seen, templates=templates))
    assert winners(found) == 1
    with reading(engine) as session:
        assert get_campaign(session, campaign).approved_by.count(" and ") == 1


def test_an_approval_during_which_something_was_changed_is_none(
    campaign: str, approved: Approve, engine: Engine, settings: Settings, templates: Path
) -> None:
    """While the letters are made, somebody cancels."""

    def meanwhile(done: int, _all: int) -> None:
        if done == 1:
            timing.cancel(engine, campaign, by=named("Ana"))

    with pytest.raises(ConflictError, match="it is cancelled"):
        approve(engine, settings, campaign, by=named("Ana"), templates=templates, progress=meanwhile)


@pytest.mark.heavy
def test_every_change_is_another_version_and_every_door_compares(
    campaign: str, approved: Approve, engine: Engine, settings: Settings, templates: Path
) -> None:
    versions = [version_of(engine, campaign)]

    def changed() -> None:
        versions.append(version_of(engine, campaign))
        assert versions[-1] > versions[-2]

    ask_for(engine, campaign, 2, by=named("Ana"))
    changed()
    approved("Ana")
    changed()
    approved("Ben")
    changed()
    timing.schedule(engine, settings, campaign, LATER, by=named("Ana"))
    changed()
    timing.pause(engine, campaign, by=named("Ana"))
    changed()
    timing.resume(engine, settings, campaign, by=named("Ana"))
    changed()
    with writing(engine) as session:
        contact = session.exec(select(Contact).where(Contact.iso3 == "GBR")).one()
        contact.email = contact.email_key = "new@gbr.mission.example"
        session.add(contact)
    void_changed(engine)
    changed()
    old = versions[0]
    for act in (
        lambda: ask_for(engine, campaign, 1, seen=old, by=named("Ana")),
        lambda: approve(engine, settings, campaign, by=signed_in(engine, "Ana"), seen=old, templates=templates),
        lambda: timing.schedule(engine, settings, campaign, LATER, seen=old, by=named("Ana")),
        lambda: timing.pause(engine, campaign, seen=old, by=named("Ana")),
        lambda: timing.resume(engine, settings, campaign, seen=old, by=named("Ana")),
        lambda: timing.cancel(engine, campaign, seen=old, by=named("Ana")),
    ):
        with pytest.raises(ConflictError, match="has changed since you looked at it"):
            act()
    timing.cancel(engine, campaign, by=named("Ana"))
    changed()


def test_while_a_person_is_asked_for_the_number_somebody_changes_the_plan(
    campaign: str, approved: Approve, engine: Engine
) -> None:
    live = Settings(mode="live", smtp_host="smtp.coalition.example")
    approved()
    timing.schedule(engine, live, campaign, "now", yes=3, by=named("Ana"))

    def asked(missions: int) -> int:
        timing.pause(engine, campaign, by=named("Ana"))  # nobody is kept waiting by a person who thinks
        return missions

    with pytest.raises(ConflictError, match="it is paused"):
        timing.confirm_sending(engine, live, [campaign], ask=asked, by=named("Ana"))


def test_what_is_confirmed_again_changes_nothing(campaign: str, approved: Approve, engine: Engine) -> None:
    live = Settings(mode="live", smtp_host="smtp.coalition.example")
    approved()
    timing.schedule(engine, live, campaign, "now", yes=3, by=named("Ana"))
    before = version_of(engine, campaign)
    timing.confirm_sending(engine, live, [campaign], yes=3, by=named("Ana"))
    assert version_of(engine, campaign) == before


# What is not said stays ---------------------------------------------------------------------------------------------


def plan_of(engine: Engine, name: str) -> tuple[int, bool]:
    with reading(engine) as session:
        found: Campaign = get_campaign(session, name)
        return found.spread_minutes, found.working_hours


def test_another_time_keeps_the_window_and_the_hours(
    campaign: str, approved: Approve, engine: Engine, settings: Settings
) -> None:
    approved()
    first = timing.schedule(
        engine,
        settings,
        campaign,
        "2035-03-14 09:00",
        spread_over=timedelta(hours=3),
        working_hours=True,
        by=named("Ana"),
    )
    assert first.plan == "spread over 3h, in working hours only"
    then = timing.schedule(engine, settings, campaign, "2035-03-17 12:00", by=named("Ana"))  # a Saturday
    assert plan_of(engine, campaign) == (180, True)
    assert then.due_at - first.due_at == timedelta(days=5)
    assert then.last_at - then.due_at == first.last_at - first.due_at
    assert timing.schedule(engine, settings, campaign, "now", by=named("Ana")).plan == first.plan
    only = timing.schedule(engine, settings, campaign, "2035-03-17 12:00", working_hours=False, by=named("Ana"))
    assert (plan_of(engine, campaign), only.plan) == ((180, False), "spread over 3h")
    none = timing.schedule(engine, settings, campaign, "2035-03-17 12:00", spread_over=timedelta(), by=named("Ana"))
    assert (plan_of(engine, campaign), none.plan, none.last_at) == ((0, False), "", none.due_at)


def test_an_approval_of_other_letters_keeps_the_window_and_tells_of_the_time(
    campaign: str, approved: Approve, engine: Engine, settings: Settings, templates: Path
) -> None:
    approved()
    due = timing.schedule(engine, settings, campaign, LATER, spread_over=timedelta(hours=3), by=named("Ana")).due_at
    (templates / "spring-letter" / "en.md").write_text("Other words.")
    done = approved("Ben")
    assert (done.lost_time, done.unchanged) == (due, None)
    assert "GBR" in done.changed
    assert done.voided is not None
    assert done.voided.by == "Ana"
    assert plan_of(engine, campaign) == (180, False)
