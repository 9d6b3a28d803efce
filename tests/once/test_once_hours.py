"""A laptop that is closed in mid-pass: no letter leaves outside its hours, and none is lost."""

import pytest

from tests.once.playground import AMBASSADOR, EXPERT, GERMANY, JAPAN, Clock, Place, Post, eventually, soon

ALL = {AMBASSADOR: 1, EXPERT: 1, GERMANY: 1, JAPAN: 1}


def asleep(place: Place, post: Post, clock: Clock, *more: object, begins: str, wakes: str, stage: str, by: str) -> str:
    """Begin to send three letters by one connection, hold the first, let the time pass, and go on."""
    clock.set(begins)
    place.live(post, SMTP_CONNECTIONS=1)
    place.campaign("one", "iso:FRA,DEU,JPN")
    place.schedule("one", "now", *more)
    with post.held(stage) as hold:
        sending = place.start(*(("send", "--yes", 3) if by == "send" else ("run",)))
        hold.reached()
        clock.set(wakes)
        hold.release()
        if by == "send":
            ran = sending.wait()
        else:
            soon(lambda: len(post.accepted) > (stage == "DOT"), 3)
            ran = sending.end()
    return ran.text + place("campaign", "status", "one").text


def on_monday(place: Place, clock: Clock) -> None:
    clock.set("2035-03-19 10:00")
    place("campaign", "resume", "one", expect=None)
    place.send("one", expect=None)
    if place.states("one") != {"sent": 3}:  # told by `send` itself: that its time had passed, and how it goes on
        place.insist("one")


@pytest.mark.parametrize(
    ("wakes", "stage", "by"),
    [
        ("2035-03-17 11:00", "RCPT", "send"),  # on Saturday
        ("2035-03-17 11:00", "DOT", "run"),
        ("2035-03-14 17:20", "RCPT", "run"),  # the same evening
        ("2035-03-14 17:20", "DOT", "send"),
    ],
)
def test_no_letter_leaves_outside_working_hours(
    wakes: str, stage: str, by: str, place: Place, post: Post, clock: Clock
) -> None:
    begins = "2035-03-14 16:57"  # a Wednesday
    told = asleep(place, post, clock, "--working-hours", begins=begins, wakes=wakes, stage=stage, by=by)
    assert len(post.accepted) == (1 if stage == "DOT" else 0)
    assert "wait for working hours, until" in told if by == "send" else "queued" in told, told
    place.send("one", expect=None)
    assert len(post.accepted) == (1 if stage == "DOT" else 0)
    on_monday(place, clock)
    assert post.taken == ALL


@pytest.mark.parametrize("stage", ["RCPT", "DOT"])
def test_past_its_grace_a_letter_in_a_pass_that_has_begun_waits_for_a_person(
    stage: str, place: Place, post: Post, clock: Clock
) -> None:
    told = asleep(place, post, clock, begins="2035-03-14 09:00", wakes="2035-03-14 12:30", stage=stage, by="send")
    assert len(post.accepted) == (1 if stage == "DOT" else 0)
    assert "wait" in told or "resume" in told
    on_monday(place, clock)
    assert post.taken == ALL


def test_within_its_grace_the_pass_goes_on(place: Place, post: Post, clock: Clock) -> None:
    asleep(place, post, clock, begins="2035-03-14 09:00", wakes="2035-03-14 09:10", stage="RCPT", by="send")
    place.send("one")
    assert post.taken == ALL


def test_a_clock_that_is_set_back_in_mid_pass_makes_no_second_copy(place: Place, post: Post, clock: Clock) -> None:
    asleep(place, post, clock, begins="2035-03-14 09:00", wakes="2035-03-13 09:00", stage="DOT", by="run")
    clock.set("2035-03-14 09:20")
    eventually(lambda: place.send("one", expect=None).status == 0, "it does not send any more", 30)
    if post.taken != ALL:
        place.insist("one")
    assert post.taken == ALL


def test_a_spread_that_runs_past_closing_time_while_the_laptop_sleeps(place: Place, post: Post, clock: Clock) -> None:
    """The times of the second and the third letter pass while it is closed; on Saturday evening it is opened."""
    clock.set("2035-03-16 15:00")
    place.live(post)
    place.campaign("one", "iso:FRA,DEU,JPN")
    place.schedule("one", "now", "--spread", "90m", "--working-hours")
    place.send("one")
    assert len(post.accepted) == 1
    clock.set("2035-03-17 19:00")
    for _ in range(2):
        place.send("one", expect=None)
    assert len(post.accepted) == 1
    on_monday(place, clock)
    for hour in ("10:50", "11:40"):  # what is left may be spread anew
        clock.set(f"2035-03-19 {hour}")
        place.send("one", expect=None)
    assert post.taken == ALL
