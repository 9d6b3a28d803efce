"""Has this mission had this already? And nothing of a plan changes unsaid."""

import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.inbox.scripted_imap import ScriptedImap
from tests.once.playground import (
    AMBASSADOR,
    EXPERT,
    GERMANY,
    LONG,
    NEVER,
    PASSWORD,
    Clock,
    Desk,
    Place,
    Post,
    desk_of,
    eventually,
    soon,
)  # fmt: skip

FRANCE = {AMBASSADOR: 1, EXPERT: 1}
AGAIN = r"already|twice|once more|again"


# The same letter by another campaign ----------------------------------------------------------------------------------


def first_one(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("spring", "iso:FRA")
    place.schedule("spring")
    place.send("spring")
    assert post.taken == FRANCE


def same_letter(place: Place) -> str:
    return "appeal"


def letter_folder_copied(place: Place) -> str:
    shutil.copytree(place.folder / "templates/appeal", place.folder / "templates/appeal-copy")
    return "appeal-copy"


def same_subject_other_text(place: Place) -> str:
    place.letter("reworded", "An appeal", "The same matter in wholly different words, as it happens.")
    return "reworded"


def same_text_other_subject(place: Place) -> str:
    place.letter("renamed", "A different subject")
    return "renamed"


SAME = [same_letter, letter_folder_copied, same_subject_other_text, same_text_other_subject]


@pytest.mark.parametrize("kind", SAME, ids=lambda kind: kind.__name__)
def test_a_second_campaign_with_the_same_is_told_at_every_step_and_refused(
    kind: Callable[[Place], str], place: Place, post: Post
) -> None:
    first_one(place, post)
    words = ("--letter", kind(place), "--audience", "iso:FRA,DEU", "--as-of", "2024-03-18")
    place("campaign", "create", "summer", *words)
    checked = place("campaign", "check", "summer", expect=None)
    approved = place("campaign", "approve", "summer", "--by", "Ana", expect=None)
    scheduled = place.schedule("summer", expect=None)
    sent = place.send("summer", expect=None)
    assert {who: post.taken[who] for who in FRANCE} == FRANCE
    assert checked.tells(r"\bspring\b"), checked
    assert checked.tells(r"\b(fra|france)\b"), checked
    assert approved.tells(r"\bspring\b"), approved
    assert (scheduled.text + sent.text).count("spring"), (scheduled, sent)
    for _ in range(2):
        place.insist("summer")
    assert {who: post.taken[who] for who in FRANCE} == FRANCE
    assert "sent" not in place.rows("summer")["FRA"]["state"]


def test_a_second_campaign_goes_where_a_person_says_again(place: Place, post: Post) -> None:
    first_one(place, post)
    place.campaign("summer", "iso:FRA")
    place.schedule("summer", "now", "--again")
    place.send("summer")
    assert post.taken == {AMBASSADOR: 2, EXPERT: 2}


def test_two_campaigns_with_the_same_that_are_both_due_reach_each_mission_once(place: Place, post: Post) -> None:
    place.live(post)
    for name in ("spring", "summer"):
        place.campaign(name, "iso:FRA,DEU")
        place.schedule(name, expect=None)
    running = place.start("run")
    soon(lambda: len(post.accepted) > 2, 3)
    running.end()
    for name in ("spring", "summer"):
        place.insist(name)
    assert post.taken == FRANCE | {GERMANY: 1}


def test_the_cure_of_a_cancelled_campaign_writes_to_those_who_have_nothing(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("spring", "iso:FRA,DEU")
    place.schedule("spring")
    post.refuses = {GERMANY: "451 4.7.1 later"}
    place.send("spring")
    place("campaign", "cancel", "spring")
    post.refuses.clear()
    place.campaign("summer", "iso:FRA,DEU")
    for _ in range(2):
        place.insist("summer")
    assert {who: post.taken[who] for who in FRANCE} == FRANCE
    assert post.taken.get(GERMANY) == 1


def test_what_was_only_rehearsed_and_what_is_another_letter_raise_no_alarm(place: Place, post: Post) -> None:
    place.campaign("rehearsed")
    place.schedule("rehearsed")
    place.send("rehearsed")
    first_one(place, post)
    place.letter("other", "Another matter", "The council will vote on something else on Thursday.")
    place.campaign("summer", "iso:FRA", "other")
    place.schedule("summer")
    place.send("summer")
    assert post.taken == {AMBASSADOR: 2, EXPERT: 2}


# Follow-ups -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def reminded(place: Place, post: Post, clock: Clock) -> Place:
    """It is a Wednesday, France and Germany have their letter, and a reminder is written. The box is `box`."""
    clock.set("2035-03-14 10:00")
    place.live(post)
    place.letter("reminder", "A reminder", "We would be glad of an answer.")
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one")
    place.send("one")
    assert post.taken == FRANCE | {GERMANY: 1}
    return place


def with_box(place: Place, box: ScriptedImap) -> None:
    place.settings |= {
        "IMAP_HOST": "127.0.0.1", "IMAP_PORT": str(box.port), "IMAP_SECURITY": "none", "IMAP_USERNAME": "letters",
        "IMAP_PASSWORD": "secret", "IMAP_POLL_SECONDS": "1",
    }  # fmt: skip


def plan(place: Place, *more: object, after: str = "1 days") -> tuple[object, ...]:
    words = ("--letter", "reminder", "--after", after, "--by", "Ana", "--yes", 2, *more)
    return ("campaign", "follow-up", "one", *words)


def thursday(place: Place, clock: Clock, post: Post, hour: str = "10:30") -> None:
    """A day later the scheduler runs, with a look at the box, until nothing comes any more."""
    clock.set(f"2035-03-15 {hour}")
    running = place.start("run")
    eventually(lambda: sum(post.taken.values()) > 3 or not running.alive, "no reminder goes out")
    soon(lambda: sum(post.taken.values()) > 6, 2)
    running.end()


@pytest.mark.parametrize("how", ["one after the other", "at once", "with another span"])
def test_the_same_follow_up_planned_twice_reaches_each_mission_once(
    how: str, reminded: Place, post: Post, clock: Clock
) -> None:
    with ScriptedImap() as box:
        with_box(reminded, box)
        spans = ("1 days", "1 working days" if how == "with another span" else "1 days")
        if how == "at once":
            ran = [begun.wait() for begun in [reminded.start(*plan(reminded, after=span)) for span in spans]]
        else:
            ran = [reminded(*plan(reminded, after=span), expect=None) for span in spans]
        told = [one for one in ran if one.status != 0 or one.tells(AGAIN)]
        assert told, ran
        assert len([one for one in ran if one.status == 0]) >= 1
        thursday(reminded, clock, post)
    assert post.taken == {AMBASSADOR: 2, EXPERT: 2, GERMANY: 2}


def test_a_follow_up_and_a_campaign_with_its_letter_reach_each_mission_once(
    reminded: Place, post: Post, clock: Clock
) -> None:
    with ScriptedImap() as box:
        with_box(reminded, box)
        reminded(*plan(reminded))
        thursday(reminded, clock, post)
        assert post.taken == {AMBASSADOR: 2, EXPERT: 2, GERMANY: 2}
        reminded.campaign("by-hand", "iso:FRA,DEU", "reminder")
        reminded.insist("by-hand")
    assert post.taken == {AMBASSADOR: 2, EXPERT: 2, GERMANY: 2}


def answer_of_france(place: Place) -> bytes:
    number = place.rows("one")["FRA"]["message_id"]
    return (
        f"From: A. Example <{AMBASSADOR}>\r\nTo: secretariat@coalition.example\r\nSubject: Re: An appeal\r\n"
        f"Message-ID: <answer-1@fra.mission.example>\r\nIn-Reply-To: {number}\r\nReferences: {number}\r\n"
        "Date: Thu, 15 Mar 2035 09:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "We have discussed your letter and will support the text.\r\n"
    ).encode()


class SlowBox(ScriptedImap):
    """It says what it holds only once it is let go."""

    let_go = threading.Event()

    def _answer(self, command, words, say, stream) -> None:
        if command == "SEARCH":
            self.let_go.wait(LONG)
        super()._answer(command, words, say, stream)


def test_a_reminder_waits_for_a_box_that_is_slow(reminded: Place, post: Post, clock: Clock) -> None:
    with SlowBox() as box:
        box.let_go = threading.Event()
        with_box(reminded, box)
        reminded(*plan(reminded))
        box.mails[1] = answer_of_france(reminded)
        clock.set("2035-03-15 10:30")
        running = reminded.start("run")
        soon(lambda: sum(post.taken.values()) > 3, 3)
        box.let_go.set()
        eventually(lambda: post.taken.get(GERMANY) == 2, "Germany's reminder does not go out")
        running.end()
    assert {who: post.taken[who] for who in FRANCE} == FRANCE


@pytest.mark.parametrize("by", ["run", "send"])
def test_a_reminder_that_is_due_at_the_tick_at_which_the_answer_is_read_does_not_go(
    by: str, reminded: Place, post: Post, clock: Clock
) -> None:
    with ScriptedImap() as box:
        with_box(reminded, box)
        reminded(*plan(reminded))
        box.mails[1] = answer_of_france(reminded)
        if by == "run":
            thursday(reminded, clock, post)
            assert post.taken.get(GERMANY) == 2
        else:
            clock.set("2035-03-15 10:30")
            said = reminded("send", "--yes", 2, expect=None)
            assert post.taken.get(GERMANY) == 2 or said.tells("box", "inbox", "mail"), said
    assert {who: post.taken[who] for who in FRANCE} == FRANCE


def test_a_reminder_waits_visibly_while_the_box_cant_be_read(reminded: Place, post: Post, clock: Clock) -> None:
    with ScriptedImap() as box:
        with_box(reminded, box)
        reminded(*plan(reminded))
        box.refuses = "LOGIN"
        clock.set("2035-03-15 10:30")
        running = reminded.start("run")
        soon(lambda: sum(post.taken.values()) > 3, 3)
        running.end()
        assert sum(post.taken.values()) == 3
        assert reminded("campaign", "status", "one-follow-up").tells(r"\bbox\b", "inbox", "mailbox", "imap", "answers")
        box.refuses = ""
        thursday(reminded, clock, post, "10:40")
    assert post.taken == {AMBASSADOR: 2, EXPERT: 2, GERMANY: 2}


@pytest.mark.parametrize("what", ["answer", "opt-out", "position"])
def test_a_reminder_that_is_no_longer_wanted_between_claim_and_data_does_not_go(
    what: str, reminded: Place, post: Post, clock: Clock
) -> None:
    with ScriptedImap() as box:
        with_box(reminded, box)
        reminded(*plan(reminded))
        clock.set("2035-03-15 10:30")
        reminded("inbox", "sync")
        with post.held("RCPT", "fra.mission.example") as hold:
            running = reminded.start("run")
            hold.reached()
            if what == "answer":
                reminded("responses", "record", "one", "FRA", "meeting")
            elif what == "position":
                (reminded.folder / "answer.eml").write_bytes(answer_of_france(reminded))
                reminded("inbox", "ingest", "answer.eml")
            else:
                reminded("addresses", "opt-out", AMBASSADOR)
                reminded("addresses", "opt-out", EXPERT)
            hold.release()
            eventually(lambda: post.taken.get(GERMANY) == 2, "Germany's reminder does not go out")
            soon(lambda: post.taken[AMBASSADOR] > 1, 1)
            running.end()
    assert {who: post.taken[who] for who in FRANCE} == FRANCE


# Nothing changes unsaid -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["Ana", "Ben"])
def test_approving_what_is_unchanged_says_so_and_keeps_the_time(by: str, place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one", NEVER, "--spread", "2h", "--working-hours")
    before, ids = place.due("one"), {row["message_id"] for row in place.rows("one").values()}
    said = place("campaign", "approve", "one", "--by", by, expect=None)
    assert said.tells("unchanged", "nothing (has )?changed", "same", "already"), said
    assert place.due("one") == before
    assert {row["message_id"] for row in place.rows("one").values()} == ids
    assert place("campaign", "status", "one", "--json").json["state"] == "scheduled"


def test_approving_what_has_changed_tells_what_becomes_of_the_time(place: Place) -> None:
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one", NEVER)
    before = place.due("one")
    place.letter("appeal", text="Other words.")
    said = place("campaign", "approve", "one", "--by", "Ana")
    assert place.due("one") == before or said.tells(r"(no|without a|set the|new|another) (time|hour)", "schedule"), said
    assert said.tells("2035", "time"), said


@pytest.mark.parametrize(("scheduled", "third"), [(True, "Carla"), (True, "Ana"), (False, "Ben")])
def test_a_third_yes_changes_nothing(scheduled: bool, third: str, place: Place) -> None:
    place.letter("appeal")
    words = ("--letter", "appeal", "--audience", "iso:FRA,DEU", "--approvals", 2)
    place("campaign", "create", "one", *words)
    for who in ("Ana", "Ben"):
        place("user", "add", who.lower(), "--role", "approver", "--name", who, say=PASSWORD + "\n")
        place("campaign", "approve", "one", "--by", who.lower(), say=PASSWORD + "\n")
    if third == "Carla":
        place("user", "add", "carla", "--role", "approver", "--name", third, say=PASSWORD + "\n")
    if scheduled:
        place.schedule("one", NEVER)
    before, status = place.due("one"), place("campaign", "status", "one", "--json").json
    said = place("campaign", "approve", "one", "--by", third.lower(), say=PASSWORD + "\n", expect=None)
    assert said.tells("unchanged", "nothing (has )?changed", "already", "same"), said
    after = place("campaign", "status", "one", "--json").json
    assert (after["state"], after["messages"]) == (status["state"], status["messages"])
    assert set(after["approvals"]["given_by"]) >= {"Ana", "Ben"}
    assert place.due("one") == before
    place.schedule("one", "now")
    place.send("one")
    assert place.states("one") == {"sent": 2}


def test_another_time_by_command_keeps_the_spread_and_the_hours(place: Place) -> None:
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one", "2035-03-14 09:00", "--spread", "4h", "--working-hours")
    first = sorted(place.due("one").values())
    place.schedule("one", "2035-03-17 12:00")  # a Saturday
    second = sorted(place.due("one").values())
    assert second[0] >= first[0] + timedelta(days=5)  # Monday
    assert second[-1] - second[0] == first[-1] - first[0] > timedelta()


def test_another_time_now_does_not_let_all_go_at_once(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one", "iso:FRA,DEU,JPN")
    place.schedule("one", NEVER, "--spread", "6h")
    place.schedule("one", "now")
    place.send("one")
    assert len(post.accepted) == 1
    assert place.states("one") == {"sent": 1, "queued": 2}


@pytest.mark.usefixtures("people")
def test_another_time_at_the_desk_keeps_the_spread_and_the_hours(place: Place) -> None:
    place.campaign("one", "iso:FRA,DEU,JPN")
    place.schedule("one", "2035-03-14 09:00", "--spread", "6h", "--working-hours")
    before = sorted(place.due("one").values())
    path = "/campaigns/1/send"
    with desk_of(place, "--no-send") as (_, address), Desk(address) as desk:
        desk.sign_in("ana")
        page = desk.page(path)
        form = desk.form(path, "/schedule") | {"at": "then", "day": "2035-03-15", "hour": "09:00"}
        assert desk.send("/campaigns/1/schedule", **form).status_code == 200
        after = sorted(place.due("one").values())
        assert [later - earlier for earlier, later in zip(before, after, strict=True)] == [timedelta(days=1)] * 3
        form = desk.form(path, "/schedule") | {"at": "then", "day": "2035-03-17", "hour": "12:00"}  # a Saturday
        desk.send("/campaigns/1/schedule", **form)
        assert min(place.due("one").values()) > after[0] + timedelta(days=3)
        form = desk.form(path, "/schedule") | {"at": "now"}
        desk.send("/campaigns/1/schedule", **form)
    due = sorted(place.due("one").values())
    assert due[-1] - due[0] > timedelta(hours=1)
    assert re.search(r"spread|hours", page)


def test_pausing_and_resuming_keeps_the_time_the_spread_and_the_approval(place: Place) -> None:
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one", NEVER, "--spread", "4h", "--working-hours")
    before = place.due("one")
    place("campaign", "pause", "one")
    place("campaign", "resume", "one")
    assert place.due("one") == before
    assert Counter(place.states("one")) == {"queued": 2}
