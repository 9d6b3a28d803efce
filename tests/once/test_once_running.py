"""What goes wrong beside a program that runs: its settings, its child, its database. Nothing of it is silent."""

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.once.playground import (
    AMBASSADOR,
    EXPERT,
    GERMANY,
    JAPAN,
    Background,
    Desk,
    Place,
    Post,
    desk_of,
    eventually,
    soon,
)  # fmt: skip

ALL = {AMBASSADOR: 1, EXPERT: 1, GERMANY: 1, JAPAN: 1}


def three(place: Place, post: Post, at: str = "now") -> None:
    place.live(post, SMTP_CONNECTIONS=1)
    place.campaign("one", "iso:FRA,DEU,JPN")
    place.schedule("one", at)


# Wrong settings -------------------------------------------------------------------------------------------------------


def no_key(folder: Path) -> dict[str, str]:
    return {"DKIM_KEY": str(folder / "nowhere.pem"), "DKIM_SELECTOR": "outreach"}


def no_key_at_all(folder: Path) -> dict[str, str]:
    (folder / "bad.pem").write_text("this is no key\n")
    return {"DKIM_KEY": str(folder / "bad.pem"), "DKIM_SELECTOR": "outreach"}


@pytest.mark.parametrize(
    ("wrong", "command"),
    [(no_key, "run"), (no_key, "serve"), (no_key, "send"), (no_key_at_all, "serve")],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_wrong_dkim_key_stops_the_start_with_one_clear_line(
    wrong: Callable[[Path], dict[str, str]], command: str, place: Place, post: Post
) -> None:
    three(place, post)
    words = ("serve", "--port", 0) if command == "serve" else (command,) if command == "run" else ("send", "--yes", 3)
    begun = place.start(*words, plain=command == "serve", **wrong(place.folder))
    try:
        eventually(lambda: not begun.alive, f"{command} goes on as if nothing were wrong: {begun.text}", 60)
    finally:
        ran = begun.end()
    assert ran.status in (1, 2), ran
    assert ran.tells("dkim"), ran
    assert len([line for line in ran.err.splitlines() if "dkim" in line.lower()]) == 1, ran
    assert "Traceback" not in ran.err
    assert not post.accepted
    place.send("one")
    assert post.taken == ALL


# The desk's sending process -------------------------------------------------------------------------------------------


def sender(desk: Background) -> list[int]:
    return [child.pid for child in desk.children()]


def test_a_sending_process_that_dies_is_started_again(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one", "iso:FRA,DEU")
    with desk_of(place) as (desk, _):
        first = eventually(lambda: sender(desk), "the desk has no process that sends")
        time.sleep(0.5)
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        place.schedule("one")
        eventually(lambda: len(post.accepted) >= 2, "nobody sends any more", 60)
    assert post.taken == {AMBASSADOR: 1, EXPERT: 1, GERMANY: 1}


@pytest.mark.usefixtures("people")
def test_a_sending_process_that_cant_live_is_told_on_every_page(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one", "iso:FRA,DEU")
    with desk_of(place) as (desk, address), Desk(address) as browser:
        browser.sign_in("ana")
        eventually(lambda: sender(desk), "the desk has no process that sends")
        told = ("not send", "sent nothing", "no letter", "stopped", "died", "not running", "nobody sends")

        def says(path: str) -> bool:
            """Whatever is started ends at once."""
            for pid in sender(desk):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return any(word in browser.page(path) for word in told)

        for path in ("/", "/campaigns/1", "/campaigns/1/send", "/missions"):
            eventually(lambda path=path: says(path), f"{path} says nothing", 30)
        eventually(lambda: "sent nothing" not in browser.page("/"), "it does not recover, or goes on complaining")


@pytest.mark.usefixtures("people")
def test_progress_shows_when_somebody_last_looked_after_the_letters(place: Place, post: Post) -> None:
    three(place, post, "2035-03-14 10:00")
    with desk_of(place, "--no-send") as (_, address), Desk(address) as browser:
        browser.sign_in("ana")
        never = browser.page("/campaigns/1/send")
        running = place.start("run")
        eventually(lambda: browser.page("/campaigns/1/send") != never, "the page never tells that somebody sends", 30)
        running.end()


# The database is deleted or replaced ----------------------------------------------------------------------------------


def deleted(place: Place) -> None:
    for path in place.folder.glob("outreach.db*"):
        path.unlink()


def deleted_alone(place: Place) -> None:
    place.database.unlink()


def replaced(place: Place) -> None:
    new = place.folder / "new.db"
    shutil.copy(place.folder.parent / "kept.db", new)
    new.replace(place.database)


def moved_away(place: Place) -> None:
    place.database.rename(place.folder.parent / "away.db")


@pytest.mark.parametrize(
    ("how", "stage"),
    [
        (deleted, "RCPT"),
        (deleted, "DOT"),
        (deleted_alone, "DOT"),
        (replaced, "RCPT"),
        (replaced, "DOT"),
        (moved_away, "RCPT"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_database_that_goes_away_stops_run_at_once(
    how: Callable[[Place], None], stage: str, place: Place, post: Post
) -> None:
    three(place, post)
    shutil.copy(place.database, place.folder.parent / "kept.db")
    with post.held(stage) as hold:
        running = place.start("run")
        hold.reached()
        how(place)
        hold.release()
        soon(lambda: not running.alive or len(post.accepted) > 1, 60)
        alive = running.alive
        ran = running.end()
    assert len(post.accepted) <= (1 if stage == "DOT" else 0)
    assert not alive
    assert ran.status != 0, ran
    assert ran.tells("database"), ran
    if how is replaced and stage == "DOT":
        place.insist("one")
        assert max(post.recipients().values()) == 1


# The database is away for a while -------------------------------------------------------------------------------------


def test_an_answer_that_comes_while_the_database_is_locked_is_kept(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    with post.held("DOT") as hold:
        sending = place.start("send", "--yes", 1)
        hold.reached()
        database = sqlite3.connect(place.database, isolation_level=None, timeout=30)
        database.execute("BEGIN IMMEDIATE")
        hold.release()
        time.sleep(9)
        database.execute("ROLLBACK")
        database.close()
        sending.wait()
    place("send", expect=None)
    assert place.rows("one")["FRA"]["state"] == "sent"
    assert post.taken == {AMBASSADOR: 1, EXPERT: 1}


@pytest.mark.parametrize("ends", ["and there is room again", "and the program is killed"])
def test_an_answer_that_comes_while_the_disk_is_full_is_kept(ends: str, place: Place, post: Post) -> None:
    """The write-ahead log can't grow any more; the journal, a small file, can."""
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    with post.held("DOT") as hold:
        sending = place.start("send", "--yes", 1)
        hold.reached()
        log = Path(f"{place.database}-wal")
        full = log.stat().st_size if log.exists() else place.database.stat().st_size
        resource.prlimit(sending.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
        hold.release()
        soon(lambda: not sending.alive, 3)
        if ends == "and the program is killed":
            sending.signal(signal.SIGKILL)
        elif sending.alive:
            resource.prlimit(sending.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        sending.wait()
    for _ in range(2):
        place("send", expect=None)
    assert place.rows("one")["FRA"]["state"] == "sent"
    assert post.taken == {AMBASSADOR: 1, EXPERT: 1}


def test_a_database_that_is_away_for_a_moment_loses_no_answer(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    away = place.folder.parent / "away"
    away.mkdir()
    with post.held("DOT") as hold:
        sending = place.start("run")
        hold.reached()
        for path in place.folder.glob("outreach.db*"):
            path.rename(away / path.name)
        hold.release()
        eventually(lambda: post.accepted, "the server does not answer")
        soon(lambda: not sending.alive, 3)
        sending.end()
    for path in place.folder.glob("outreach.db*"):
        path.unlink()
    for path in away.iterdir():
        path.rename(place.folder / path.name)
    for _ in range(2):
        place("send", expect=None)
    place.insist("one")
    assert place.rows("one")["FRA"]["state"] == "sent"
    assert post.taken == {AMBASSADOR: 1, EXPERT: 1}
