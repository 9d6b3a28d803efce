"""Two people act at the same moment: whatever comes first, nobody has a letter twice, or at an address taken back."""

import sqlite3
from collections.abc import Callable

import pytest

from tests.once.playground import (
    AMBASSADOR,
    EXPERT,
    ROWS,
    Place,
    Post,
    Ran,
    eventually,
    together,
)  # fmt: skip

FRANCE = {AMBASSADOR: 1, EXPERT: 1}
NEW, OTHER = "embassy@fra.mission.example", "chancery@fra.mission.example"
LONG_TEXT = (
    "We ask your delegation to raise in the general debate how those who defend the rights of others are held for "
    "years without a trial, and to support the mandate that reports on it to the Council each year."
)


def sheet_of(place: Place, name: str, address: str) -> str:
    """A sheet that has another address in the place of the ambassador's."""
    head = ("Country", "Name", "Email", "Role", "Line")
    rows = [(*row[:2], address if row[2] == AMBASSADOR else row[2], *row[3:]) for row in ROWS]
    text = "".join(",".join(row) + "\n" for row in (head, *rows))
    (place.folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return f"{name}.csv"


def brought(place: Place, name: str, address: str) -> int:
    """Import such a sheet; return its number."""
    place("missions", "import", sheet_of(place, name, address), "--yes")
    with sqlite3.connect(place.database) as database:
        return int(database.execute("SELECT max(id) FROM directory_import").fetchone()[0])


def addresses(place: Place) -> set[str]:
    """The addresses of France that are written to."""
    with sqlite3.connect(place.database) as database:
        asked = "SELECT email FROM contact WHERE iso3 = 'FRA' AND active AND absent_since IS NULL"
        return {address for (address,) in database.execute(asked)}


def at_once(place: Place, *commands: tuple[object, ...]) -> list[Ran]:
    """Run commands at the same instant; each ends well, or says in words why it does not."""
    ran = together([lambda words=words: place.start(*words).wait() for words in commands])
    for one in ran:
        assert one.status in (0, 2, 3), one
        assert "Traceback" not in one.err, one
    return ran


def live(place: Place, post: Post, text: str = "We ask you for your support.") -> None:
    place.sheet(*ROWS)
    place.live(post)
    place.letter("appeal", text=text)


@pytest.mark.parametrize("turn", range(2))
def test_an_import_is_taken_back_while_another_one_comes_in(turn: int, place: Place, post: Post) -> None:
    """Either the later one finds what the first left, or the undoing finds a later change: never a mixture."""
    live(place, post)
    number = brought(place, "new", NEW)
    undo = ("missions", "undo", number)
    other = ("missions", "import", sheet_of(place, "other", OTHER), "--yes")
    undone, imported = at_once(place, *((undo, other) if turn else (other, undo)))[:: 1 if turn else -1]
    found = addresses(place)
    assert EXPERT in found
    if undone.status == 0 and imported.status == 0:
        assert OTHER in found
        assert NEW not in found
    elif undone.status == 0:
        assert found == {AMBASSADOR, EXPERT}
    else:
        assert imported.status == 0
        assert OTHER in found
    place.campaign("one")
    place.schedule("one")
    place.send("one")
    assert post.taken == dict.fromkeys(found, 1)


@pytest.mark.parametrize("turn", range(2))
def test_an_import_is_taken_back_while_another_approves(turn: int, place: Place, post: Post) -> None:
    live(place, post)
    place.campaign("one")
    number = brought(place, "new", NEW)
    commands = [("missions", "undo", number), ("campaign", "approve", "one", "--by", "Ana")]
    undone, _ = at_once(place, *commands[:: 1 if turn else -1])[:: 1 if turn else -1]
    assert undone.status == 0
    place.schedule("one", expect=None)
    place.send("one", expect=None)
    assert NEW not in post.taken  # approved for it or not, it is no longer the mission's
    place.insist("one")
    place.insist("one")
    assert post.taken == FRANCE


@pytest.mark.parametrize("stage", ["RCPT", "DOT"])
def test_an_import_is_taken_back_while_its_address_is_written_to(stage: str, place: Place, post: Post) -> None:
    """Before the data the letter is held back, and told; after it, the mission has had it, and gets no other."""
    live(place, post)
    number = brought(place, "new", NEW)
    place.campaign("one")
    place.schedule("one")
    with post.held(stage) as hold:
        sending = place.start("send", "--campaign", "one", "--yes", 1)
        hold.reached()
        told = place("missions", "undo", number)
        hold.release()
        sending.wait()
    if stage == "RCPT":
        assert told.tells("one"), told
        assert NEW not in post.taken
        assert place.rows("one")["FRA"]["state"] != "sent"
        place.insist("one")
        place.insist("one")
        assert post.taken == FRANCE
    else:
        assert place.rows("one")["FRA"]["state"] == "sent"
        place.insist("one")
        assert post.taken == {NEW: 1, EXPERT: 1}


def nearly_the_same(place: Place, post: Post) -> None:
    """France has had a letter; another campaign has it with a sentence more."""
    live(place, post, LONG_TEXT)
    place.campaign("spring")
    place.schedule("spring")
    place.send("spring")
    place.letter("appeal-again", "Another word", f"{LONG_TEXT} We thank you.")
    place.campaign("summer", "iso:FRA", "appeal-again")


def approve_unchanged(place: Place) -> None:
    pass


def approve_changed(place: Place) -> None:
    place.letter("appeal-again", "Another word", f"{LONG_TEXT} We thank you warmly for it.")


@pytest.mark.parametrize("before", [approve_unchanged, approve_changed], ids=lambda one: one.__name__)
@pytest.mark.parametrize("turn", range(2))
def test_one_says_again_while_another_approves(
    turn: int, before: Callable[[Place], None], place: Place, post: Post
) -> None:
    nearly_the_same(place, post)
    before(place)
    commands = [
        ("campaign", "schedule", "summer", "--at", "now", "--yes", 1, "--again"),
        ("campaign", "approve", "summer", "--by", "Ben"),
    ]
    said, _ = at_once(place, *commands[:: 1 if turn else -1])[:: 1 if turn else -1]
    place.insist("summer")
    place.insist("summer")
    copies = post.taken[AMBASSADOR]
    assert post.taken == dict.fromkeys(FRANCE, copies)
    if before is approve_unchanged:
        assert copies == (2 if said.status == 0 else 1)
    else:  # a text that is approved later than the word is another one: the word was not said of it
        assert copies in (1, 2)
    if copies == 1:
        assert place("send", "--campaign", "summer", "--dry-run", expect=None).tells("spring")


def test_without_a_word_what_is_nearly_the_same_goes_to_nobody(place: Place, post: Post) -> None:
    nearly_the_same(place, post)
    place.insist("summer")
    assert post.taken == FRANCE


def refused_once(place: Place, post: Post, answer: str, state: str) -> None:
    """Send live to a server that refuses both addresses with this answer, and from then on neither."""
    live(place, post)
    post.refuses = {AMBASSADOR: answer, EXPERT: answer}
    place.campaign("one")
    place.schedule("one")
    place.send("one", expect=None)
    assert place.rows("one")["FRA"]["state"] == state
    post.refuses = {}


@pytest.mark.parametrize("stage", ["RCPT", "DOT"])
def test_a_campaign_is_cancelled_during_a_second_try(stage: str, place: Place, post: Post) -> None:
    refused_once(place, post, "450 4.2.0 later", "deferred")
    with post.held(stage) as hold:
        worker = place.start("run")
        hold.reached()
        place("campaign", "cancel", "one")
        hold.release()
        eventually(lambda: place.rows("one")["FRA"]["state"] not in ("sending", "deferred"), "it stays in hand")
        worker.end()
    place.insist("one")
    out = stage == "DOT"
    assert post.taken == (FRANCE if out else {})
    assert place.rows("one")["FRA"]["state"] == ("sent" if out else "cancelled")


@pytest.mark.parametrize("turn", range(2))
def test_a_campaign_is_cancelled_while_a_letter_is_to_be_tried_again_by_hand(
    turn: int, place: Place, post: Post
) -> None:
    refused_once(place, post, "550 5.1.1 nobody", "failed")
    commands = [("campaign", "cancel", "one"), ("messages", "retry", "one")]
    cancelled, _ = at_once(place, *commands[:: 1 if turn else -1])[:: 1 if turn else -1]
    place.send("one", expect=None)
    assert not post.taken or cancelled.status != 0
    assert "Traceback" not in place("campaign", "status", "one").text
