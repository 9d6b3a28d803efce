"""Rehearsal counts for nobody, and what a recipient got live counts for ever."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.once.playground import AMBASSADOR, EXPERT, FRANCE_ROWS, GERMANY, Place, Post
from tests.scripted_smtp import HANG_UP

ONCE = {AMBASSADOR: 1, EXPERT: 1}
OWN = "ana@coalition.example"
GREY = "451 4.7.1 greylisted, try again later"


def half_out(place: Place, post: Post) -> None:
    """The ambassador has it live, the expert is retried."""
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    post.refuses = {EXPERT: GREY}
    place.send("one")
    assert post.taken == {AMBASSADOR: 1}


def rehearses_with_the_server_inside(place: Place, _post: Post) -> None:
    place.rehearse()
    place("send", expect=None)


def rehearses_by_the_teams_server(place: Place, _post: Post) -> None:
    with Post() as own:
        place.rehearse(own, AMBASSADOR, EXPERT, GERMANY)
        place("send", expect=None)


def approves_in_rehearsal(place: Place, _post: Post) -> None:
    place.rehearse()
    place("campaign", "approve", "one", "--by", "Ben", expect=None)
    place("campaign", "schedule", "one", "--at", "now", expect=None)
    place("send", expect=None)


def only_looks(place: Place, _post: Post) -> None:
    place.rehearse()
    place("campaign", "status", "one")


def changes_the_text_in_rehearsal(place: Place, post: Post) -> None:
    place.letter("appeal", text="Other words.")
    approves_in_rehearsal(place, post)


BETWEEN = [
    rehearses_with_the_server_inside, rehearses_by_the_teams_server, approves_in_rehearsal, only_looks,
    changes_the_text_in_rehearsal,
]  # fmt: skip


@pytest.mark.parametrize("between", BETWEEN, ids=lambda one: one.__name__)
def test_half_out_live_then_rehearsal_then_live(
    between: Callable[[Place, Post], None], place: Place, post: Post
) -> None:
    half_out(place, post)
    between(place, post)
    post.refuses.clear()
    place.live(post)
    for _ in range(2):
        place.insist("one")
    assert post.taken == ONCE
    assert place.states("one") == {"sent": 1}


def test_what_is_begun_live_and_waits_in_rehearsal_is_told_with_the_cure(place: Place, post: Post) -> None:
    half_out(place, post)
    place.rehearse()
    ran = place("send", expect=None)
    assert ran.tells("have it live"), ran
    assert ran.tells('mode = "live"'), ran


@pytest.mark.parametrize(
    "between", [approves_in_rehearsal, changes_the_text_in_rehearsal], ids=lambda one: one.__name__
)
def test_all_out_live_then_rehearsal_then_live(
    between: Callable[[Place, Post], None], place: Place, post: Post
) -> None:
    place.live(post)
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one")
    place.send("one")
    between(place, post)
    place.live(post)
    place.insist("one")
    assert post.taken == ONCE | {GERMANY: 1}


def test_a_doubt_of_live_mode_is_no_letter_to_be_sent_again_after_a_rehearsal(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    post.then = lambda _dialogue, verb, _argument: HANG_UP if verb == "DOT" else None
    place.send("one")
    assert place.states("one") == {"uncertain": 1}
    approves_in_rehearsal(place, post)
    post.then = None
    place.live(post)
    place.insist("one")
    assert len(post.data_seen) == 1
    assert place.states("one") == {"uncertain": 1}


def test_a_campaign_that_is_half_out_and_cancelled_leaves_the_ambassador_alone(place: Place, post: Post) -> None:
    half_out(place, post)
    place("campaign", "cancel", "one")
    rehearses_with_the_server_inside(place, post)
    post.refuses.clear()
    place.live(post)
    place.insist("one")
    assert post.taken == {AMBASSADOR: 1}


# Rehearsed by a server of the team's own ----------------------------------------------------------------------------


@pytest.mark.parametrize("approved", ["again", "and rescheduled only"])
def test_an_own_address_in_the_sheet_rehearsed_by_the_teams_server(
    approved: str, make_place: Callable[..., Place], post: Post
) -> None:
    place = make_place(rows=(*FRANCE_ROWS, ("France", "Ana", OWN, "general", "cc")))
    with Post() as own:
        place.rehearse(own, "@coalition.example")
        place.campaign("one")
        place.schedule("one")
        place.send("one")
        assert set(own.taken) <= {OWN}
    place.live(post)
    if approved == "again":
        place("campaign", "approve", "one", "--by", "Ana")
        place.schedule("one")
        place.send("one")
    else:
        place.insist("one")
    assert {who: post.taken.get(who, 0) for who in (*ONCE, OWN)} == ONCE | {OWN: 1}
    assert place.states("one") == {"sent": 1}


def test_an_own_address_in_place_of_the_missions_rehearsed_then_the_true_one(
    make_place: Callable[..., Place], post: Post
) -> None:
    ours = ("Germany", "Ana", OWN, "permanent representative", "to")
    place = make_place(rows=(ours,))
    with Post() as own:
        place.rehearse(own, "@coalition.example")
        place.campaign("one", "iso:DEU")
        place.schedule("one")
        place.send("one")
        assert own.taken == {OWN: 1}
    place.sheet(("Germany", "C. Example", GERMANY, "permanent representative", "to"))
    place.live(post)
    place.insist("one")
    place.insist("one")
    assert post.taken.get(GERMANY) == 1
    assert place.states("one") == {"sent": 1}


def test_a_whole_rehearsal_by_a_server_that_may_write_to_all_counts_for_nobody(place: Place, post: Post) -> None:
    with Post() as own:
        place.rehearse(own, AMBASSADOR, EXPERT, GERMANY)
        place.campaign("one", "iso:FRA,DEU")
        place.schedule("one")
        place.send("one")
        assert Counter(own.taken) == ONCE | {GERMANY: 1}
    place.live(post)
    place("campaign", "approve", "one", "--by", "Ana")
    place.schedule("one")
    place.send("one")
    assert post.taken == ONCE | {GERMANY: 1}


def test_a_rehearsal_that_was_not_finished_does_not_keep_a_letter_back(place: Place, post: Post) -> None:
    with Post() as own:
        place.rehearse(own, AMBASSADOR, EXPERT, GERMANY)
        own.refuses = {EXPERT: GREY, GERMANY: "550 5.1.1 no such user"}
        place.settings["RETRY_MINUTES"] = "0.001"
        place.campaign("one", "iso:FRA,DEU")
        place.schedule("one")
        place.send("one")
    place.live(post)
    place.insist("one")
    assert post.taken == ONCE | {GERMANY: 1}
