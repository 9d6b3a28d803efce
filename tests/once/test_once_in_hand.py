"""A letter is in a worker's hand: whatever a person does meanwhile, it goes out once, and as it was last wanted."""

import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.once.playground import (
    AMBASSADOR,
    EXPERT,
    GERMANY,
    NEVER,
    ROWS,
    Background,
    Desk,
    Place,
    Post,
    desk_of,
    eventually,
    soon,
    together,
    words_of,
)  # fmt: skip

ONCE = {AMBASSADOR: 1, EXPERT: 1}


def now(place: Place) -> None:
    place.schedule("one")


def later_and_now(place: Place) -> None:
    place.schedule("one", NEVER)
    place.schedule("one")


def pause_and_resume(place: Place) -> None:
    place("campaign", "pause", "one")
    place("campaign", "resume", "one", expect=None)


def approve_and_now(place: Place) -> None:
    place("campaign", "approve", "one", "--by", "Ben", expect=None)
    place.schedule("one", expect=None)


def new_text_and_now(place: Place) -> None:
    place.letter("appeal", text="Other words, approved while the letter was on its way.")
    approve_and_now(place)


def the_sheet_once_more(place: Place) -> None:
    place.sheet(*ROWS)


ACTS = [now, later_and_now, pause_and_resume, approve_and_now, new_text_and_now, the_sheet_once_more]


def one_letter(place: Place, post: Post) -> None:
    place.live(post)
    place.letter("other", "Something else", "This speaks of something else.")
    place.campaign("one")
    place.campaign("barrier", "iso:DEU", "other")
    place.schedule("one")


def settled(place: Place, worker: Background) -> None:
    """Everything that is due is out, and whoever was on the way has come to an end."""
    worker.end()
    for _ in range(2):
        place.send("one", expect=None)


@pytest.mark.parametrize(
    ("act", "stage"),
    [(act, "RCPT") for act in ACTS] + [(act, "DOT") for act in (now, new_text_and_now)],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_one_letter_in_the_hand_of_run(act: Callable[[Place], None], stage: str, place: Place, post: Post) -> None:
    one_letter(place, post)
    place.schedule("barrier")
    with post.held(stage, "fra.mission.example", most=2) as hold, post.held(stage, "deu.mission.example") as barrier:
        worker = place.start("run")
        hold.reached()
        barrier.reached()
        act(place)
        barrier.release()  # with a hand free, the worker looks once more for what is due
        eventually(lambda: GERMANY in post.taken, "the other letter does not go out")
        soon(lambda: hold.met > 1, 1)
        hold.release()
        settled(place, worker)
    if AMBASSADOR not in post.taken:
        place.insist("one")
    assert {who: post.taken.get(who, 0) for who in ONCE} == ONCE
    assert place.rows("one")["FRA"]["state"] == "sent"


@pytest.mark.parametrize("act", [now, later_and_now, approve_and_now], ids=lambda act: act.__name__)
def test_one_letter_in_the_hands_of_two_that_send(act: Callable[[Place], None], place: Place, post: Post) -> None:
    one_letter(place, post)
    with post.held("RCPT", most=2) as hold:
        first = place.start("send", "--yes", 1)
        hold.reached()
        act(place)
        second = place.start("send", "--yes", 1)
        soon(lambda: hold.met > 1 or not second.alive, 4)
        hold.release()
        first.wait()
        second.wait()
    for _ in range(2):
        place.send("one")
    assert post.taken == ONCE
    assert place.rows("one")["FRA"]["state"] == "sent"


@pytest.mark.parametrize("stage", ["RCPT", "DOT"])
def test_a_cancellation_says_what_became_of_the_letter_in_hand(stage: str, place: Place, post: Post) -> None:
    one_letter(place, post)
    with post.held(stage) as hold:
        worker = place.start("run")
        hold.reached()
        place("campaign", "cancel", "one")
        hold.release()
        eventually(lambda: place.rows("one")["FRA"]["state"] != "sending", "the letter stays in hand")
        worker.end()
    place.send("one", expect=None)
    assert post.taken.get(AMBASSADOR, 0) == (1 if stage == "DOT" else 0)
    assert place.rows("one")["FRA"]["state"] == ("sent" if stage == "DOT" else "cancelled")


def test_a_worker_that_is_killed_with_the_letter_at_the_server_makes_a_doubt_and_no_second_copy(
    place: Place, post: Post
) -> None:
    one_letter(place, post)
    with post.held("DOT") as hold:
        worker = place.start("run")
        hold.reached()
        worker.signal(signal.SIGKILL)
        worker.wait()
    place.send("one")
    assert place.rows("one")["FRA"]["state"] == "uncertain"
    for act in (now, approve_and_now, pause_and_resume):
        act_anyway(act, place)
    place.insist("one")
    assert max(post.recipients().values(), default=0) <= 1
    assert len(post.data_seen) == 1
    assert place.rows("one")["FRA"]["state"] == "uncertain"


def act_anyway(act: Callable[[Place], None], place: Place) -> None:
    try:
        act(place)
    except AssertionError:
        return  # refused


# Between the claim and DATA -----------------------------------------------------------------------------------------


def bounce(place: Place) -> None:
    """A report says that the ambassador's address, which an earlier letter went to, does not exist."""
    raw = (
        "From: MAILER-DAEMON@mx.example\nTo: secretariat@coalition.example\nSubject: Undelivered Mail\n"
        "Message-ID: <dsn-1@mx.example>\nDate: Tue, 19 Mar 2024 10:00:00 +0100\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {AMBASSADOR}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {place.rows('zero')['FRA']['message_id']}\n\n--b--\n"
    )
    (place.folder / "dsn.eml").write_text(raw)
    place("inbox", "ingest", "dsn.eml")
    assert AMBASSADOR in place("addresses", "list").text


def opted_out(place: Place) -> None:
    place("addresses", "opt-out", AMBASSADOR, "--why", "asked by phone")


def opted_out_in_capitals(place: Place) -> None:
    place("addresses", "opt-out", AMBASSADOR.upper())


@pytest.mark.parametrize("act", [opted_out, opted_out_in_capitals, bounce], ids=lambda act: act.__name__)
def test_an_address_that_is_no_longer_written_to_gets_nothing_and_the_other_one_its_copy(
    act: Callable[[Place], None], place: Place, post: Post
) -> None:
    place.live(post)
    place.letter("other", "Something else", "This speaks of something else.")
    place.campaign("zero", "iso:FRA", "other")
    place.schedule("zero")
    place.send("zero")
    before = Counter(post.taken)
    place.campaign("one")
    place.schedule("one")
    with post.held("RCPT") as hold:
        sending = place.start("send", "--yes", 1)
        hold.reached()
        act(place)
        hold.release()
        sending.wait()
    for _ in range(2):
        place.send("one")
    assert Counter(post.taken) - before == {EXPERT: 1}


def moved_to_another_address(place: Place) -> None:
    place.sheet(("France", "A. Example", "new@fra.mission.example", "permanent representative", "to"), *ROWS[1:])


def cancelled(place: Place) -> None:
    place("campaign", "cancel", "one")


def paused(place: Place) -> None:
    place("campaign", "pause", "one")


def set_to_later(place: Place) -> None:
    place.schedule("one", NEVER)


@pytest.mark.parametrize(
    "act", [moved_to_another_address, cancelled, paused, set_to_later], ids=lambda act: act.__name__
)
def test_what_changes_between_claim_and_data_holds_the_letter_and_is_told(
    act: Callable[[Place], None], place: Place, post: Post
) -> None:
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    with post.held("RCPT") as hold:
        sending = place.start("send", "--yes", 1)
        hold.reached()
        act(place)
        hold.release()
        sending.wait()
    place.send("one", expect=None)
    if act is moved_to_another_address:
        assert AMBASSADOR not in post.taken
        assert place("campaign", "status", "one").tells("approve", "changed")
        place.insist("one")
        assert post.taken["new@fra.mission.example"] == 1
        assert AMBASSADOR not in post.taken
        return
    assert not post.accepted
    state = place.rows("one")["FRA"]["state"]
    assert state == ("cancelled" if act is cancelled else "queued")
    if act is not cancelled:
        place.insist("one")
        assert post.taken == ONCE


# Two at once, and both saw the same ---------------------------------------------------------------------------------


MOVED_ON = r"chang|already|meanwhile|since you|in the meantime|somebody|someone"


@contextmanager
def browsers(address: str, number: int) -> Iterator[list[Desk]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Desk(address)).sign_in(("ana", "ben")[turn % 2]) for turn in range(number)]


@pytest.mark.usefixtures("people")
def test_of_several_at_the_desk_who_saw_the_same_exactly_one_wins(place: Place) -> None:
    place.letter("appeal")
    for name in ("first", "second", "two"):
        words = ("--approvals", 2) if name == "two" else ()
        place("campaign", "create", name, "--letter", "appeal", "--audience", "iso:FRA,DEU", *words)
    found: dict[str, list[int]] = {}
    with desk_of(place, "--no-send") as (_, address), browsers(address, 6) as people:

        def all_at_once(what: str, number: int, path: str, action: str, **fields: str) -> None:
            forms = [one.form(path, action) | fields for one in people[:number]]
            assert len({form["seen"] for form in forms}) == 1
            to = path.removesuffix("/send") + action
            calls = [lambda one=one, form=form: one.send(to, **form) for one, form in zip(people, forms, strict=False)]
            answers = together(calls)
            found[what] = sorted(answer.status_code for answer in answers)
            for answer in answers:
                if answer.status_code != 200:
                    told = words_of(answer.text)
                    assert re.search(MOVED_ON, told), told[:500]

        all_at_once("4 approve", 4, "/campaigns/1/send", "/approve")
        all_at_once("6 schedule now", 6, "/campaigns/1/send", "/schedule", at="now")
        all_at_once("6 reschedule", 6, "/campaigns/1/send", "/schedule", at="then", day="2035-03-14", hour="10:00")
        all_at_once("the first of two", 4, "/campaigns/3/send", "/approve")
    assert {what: codes.count(200) for what, codes in found.items()} == dict.fromkeys(found, 1)
    assert len(place("campaign", "status", "two", "--json").json["approvals"]["given_by"]) == 1


def test_a_cancellation_among_many_that_set_the_time_holds(place: Place, post: Post) -> None:
    one_letter(place, post)
    calls = [
        lambda words=words: place.start("campaign", *words).wait()
        for words in [("cancel", "one"), *[("schedule", "one", "--at", "now", "--yes", 1)] * 4, ("pause", "one")]
    ]
    ran = together(calls)
    assert ran[0].status == 0, ran[0]
    place.send("one", expect=None)
    assert not post.accepted
    assert place.rows("one")["FRA"]["state"] == "cancelled"


def test_many_that_approve_and_set_the_time_by_command_send_one_letter(place: Place, post: Post) -> None:
    one_letter(place, post)
    words = [("schedule", "one", "--at", "now", "--yes", 1)] * 3 + [("approve", "one", "--by", "Ana")] * 2
    calls = [lambda given=given: place.start("campaign", *given).wait() for given in words]
    calls += [lambda: place.start("send", "--yes", 1).wait()] * 2
    for ran in together(calls):
        assert ran.status in (0, 2), ran
        assert "Traceback" not in ran.err
    place.insist("one")
    assert post.taken == ONCE


@pytest.mark.parametrize("act", [now, later_and_now, new_text_and_now], ids=lambda act: act.__name__)
def test_one_letter_in_hand_while_the_worker_has_many_more(
    act: Callable[[Place], None], place: Place, post: Post
) -> None:
    """All states get another letter behind it, so that the worker looks for more work again and again."""
    place.live(post)
    place("missions", "import", "data/missions.xlsx", "--yes")
    place.letter("other", "Something else", "This speaks of something else.")
    place.campaign("one")
    place.campaign("rest", "all", "other", "--except", "FRA")
    place.schedule("one")
    place.schedule("rest")
    with post.held("RCPT", "fra.mission.example", most=2) as hold, post.held("RCPT", "", most=3) as others:
        worker = place.start("run")
        hold.reached()
        eventually(lambda: others.met == 3, "not all connections are busy")
        act(place)
        others.release()
        eventually(lambda: len(post.accepted) >= 194 or hold.met > 1, "the others do not go out")
        soon(lambda: hold.met > 1, 1)
        hold.release()
        settled(place, worker)
    place.send("rest", expect=None)  # what the worker had not come to when it was ended
    if not any("fra." in who for who in post.taken):
        place.insist("one")
    assert {who: number for who, number in post.taken.items() if number > 1} == {}
    assert any("fra.mission.example" in who for who in post.taken)
    assert len(post.accepted) >= 195
    assert place.rows("one")["FRA"]["state"] == "sent"
