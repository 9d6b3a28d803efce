"""What went out is known outside the database too: a copy that comes back, moves or works elsewhere sends nothing."""

import re
import shlex
import shutil
import signal
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.once.playground import (
    AMBASSADOR,
    EXPERT,
    GERMANY,
    JAPAN,
    NEVER,
    Place,
    Post,
    World,
    eventually,
    soon,
)  # fmt: skip

ALL = {AMBASSADOR: 1, EXPERT: 1, GERMANY: 1}
A_COPY = (
    r"\bcop(y|ies|ied)\b",
    r"restor",
    r"behind",
    r"\bolder\b",
    r"journal",
    r"moved",
    r"another (computer|place|installation)",
)
SECRET = "sesame-of-the-held-out-stories"


def keep(place: Place) -> Path:
    """Copy the database as a person would, by its file."""
    kept = place.folder.parent / "kept.db"
    shutil.copy(place.database, kept)
    return kept


def put_back(place: Place, kept: Path) -> None:
    for tail in ("-wal", "-shm", "-journal"):
        Path(f"{place.database}{tail}").unlink(missing_ok=True)
    shutil.copy(kept, place.database)


def due(place: Place, post: Post) -> None:
    """Two letters are due, live."""
    place.live(post)
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one")


def yesterday(place: Place, post: Post) -> None:
    """The letters went out after the copy was made, and the copy is back."""
    due(place, post)
    kept = keep(place)
    place.send("one")
    assert post.taken == ALL
    put_back(place, kept)


def led(place: Place, done: Callable[[], bool]) -> list[str]:
    """Type what the program itself proposes, until it is done; answer its questions with yes."""
    typed: list[str] = []
    todo = [("send",), ("status",)]
    while todo and not done() and len(typed) < 25:
        words = todo.pop(0)
        if words[0] in ("run", "serve", "demo", "init") or shlex.join(words) in typed:
            continue
        typed.append(shlex.join(words))
        ran = place(*words, expect=None, say="yes\n" * 4)
        for said in re.findall(r"\boutreach ((?:[a-z]+)(?: [^\n`;|]*)?)", ran.out + ran.err):
            for part in (said, said.split(", ")[0], said.split(". ")[0], said.split(" (")[0], said.split(":")[0]):
                try:
                    words = tuple(shlex.split(part.strip().rstrip(".,:;)")))
                except ValueError:
                    continue
                if words and shlex.join(words) not in typed and words not in todo:
                    todo.append(words)
    return typed


# Yesterday's copy ---------------------------------------------------------------------------------------------------


def test_yesterdays_copy_sends_nothing_and_says_what_it_is(place: Place, post: Post) -> None:
    yesterday(place, post)
    ran = place("send", "--yes", 2, expect=None)
    assert post.taken == ALL
    assert ran.status == 2, ran
    assert ran.tells(*A_COPY), ran


DOORS = [
    "status", "campaign status one", "campaign resume one", "doctor", "messages list one",
    "campaign schedule one --at now --yes 2", "campaign approve one --by Ana",
]  # fmt: skip


def test_every_door_says_that_it_is_a_copy(place: Place, post: Post) -> None:
    yesterday(place, post)
    silent = [ran for ran in (place(*line.split(), expect=None) for line in DOORS) if not ran.tells(*A_COPY)]
    assert silent == []


def test_whatever_is_tried_on_yesterdays_copy_nobody_has_it_twice(place: Place, post: Post) -> None:
    yesterday(place, post)
    place.letter("appeal", text="The words have changed, too.")
    place("campaign", "pause", "one", expect=None)
    for _ in range(2):
        place.insist("one")
    running = place.start("run")
    soon(lambda: len(post.accepted) > 2 or not running.alive, 3)
    told = running.end()
    assert post.taken == ALL
    assert told.tells(*A_COPY), told


def test_a_person_who_reads_no_documentation_is_led_to_the_right_state(place: Place, post: Post) -> None:
    place.live(post)
    place.letter("later", "Another matter", "This is of another matter.")
    place.campaign("two", "iso:JPN", "later")
    yesterday(place, post)
    typed = led(place, lambda: place.states("one") == {"sent": 2})
    assert place.states("one") == {"sent": 2}, typed
    assert post.taken == ALL
    place.insist("two")  # and what has not gone out does
    place.insist("one")
    assert post.taken == ALL | {JAPAN: 1}


def test_half_of_it_had_gone_when_the_copy_was_made(place: Place, post: Post) -> None:
    due(place, post)
    post.refuses = {GERMANY: "451 4.7.1 later", EXPERT: "451 4.7.1 later"}
    place.send("one")
    kept = keep(place)
    post.refuses.clear()
    place.send("one")
    assert post.taken == ALL
    put_back(place, kept)
    place.insist("one")
    assert post.taken == ALL
    typed = led(place, lambda: place.states("one") == {"sent": 2})
    assert place.states("one") == {"sent": 2}, typed
    assert post.taken == ALL


def test_a_copy_of_before_the_approval(place: Place, post: Post) -> None:
    place.live(post)
    place.letter("appeal")
    place("campaign", "create", "one", "--letter", "appeal", "--audience", "iso:FRA,DEU", "--as-of", "2024-03-18")
    kept = keep(place)
    place("campaign", "approve", "one", "--by", "Ana")
    place.schedule("one")
    place.send("one")
    put_back(place, kept)
    for _ in range(2):
        place.insist("one")
    assert post.taken == ALL
    assert place("campaign", "status", "one").tells(*A_COPY)


def test_the_database_is_gone_and_a_new_one_made(place: Place, post: Post) -> None:
    due(place, post)
    place.send("one")
    for path in place.folder.glob("outreach.db*"):
        path.unlink()
    ran = place("send", "--yes", 2, expect=None)
    assert ran.status == 2, ran
    assert not place.database.exists()
    assert ran.tells("init", "restore", "backup"), ran


# A second computer --------------------------------------------------------------------------------------------------


def second(place: Place, state: str = "state-of-another-computer") -> Place:
    """The folder copied, for a computer of its own."""
    copied = place.folder.parent / "copied"
    shutil.copytree(place.folder, copied)
    return place.at(copied, place.folder.parent / state)


@pytest.mark.parametrize("state", ["state-of-another-computer", "state"])
def test_a_folder_that_is_copied_sends_nothing_and_the_first_one_all(state: str, place: Place, post: Post) -> None:
    due(place, post)
    other = second(place, state)
    ran = other("send", "--yes", 2, expect=None)
    assert not post.accepted
    assert ran.status == 2, ran
    assert ran.tells(*A_COPY), ran
    assert ran.tells(r"\bhere\b"), ran
    running = other.start("run")
    soon(lambda: post.accepted or not running.alive, 3)
    running.end()
    assert not post.accepted
    place.send("one")
    other.insist("one")
    assert post.taken == ALL


def settled_here(place: Place) -> None:
    """Say that this is the one that sends. What another computer has sent since can't be known here, so that the
    campaigns wait for a person's word, which the command asks for."""
    told = place("here")
    if told.tells("campaign resume one"):
        place("campaign", "resume", "one")


def test_a_folder_that_is_copied_after_half_of_it_went_out(place: Place, post: Post) -> None:
    due(place, post)
    post.refuses = {GERMANY: "451 4.7.1 later"}
    place.send("one")
    other = second(place)
    post.refuses.clear()
    other.insist("one")
    assert GERMANY not in post.taken
    place.send("one")
    assert post.taken == ALL


@pytest.mark.parametrize("state", ["state-of-another-computer", "state"])
def test_a_folder_that_has_moved_sends_again_once_somebody_says_so(state: str, place: Place, post: Post) -> None:
    due(place, post)
    moved = place.at(place.folder.parent / "moved", place.folder.parent / state)
    place.folder.rename(moved.folder)
    ran = moved("send", "--yes", 2, expect=None)
    assert not post.accepted
    assert ran.status == 2, ran
    assert ran.tells(r"\bhere\b"), ran
    settled_here(moved)
    moved.send("one")
    assert post.taken == ALL


def test_of_two_copies_on_one_computer_only_the_one_that_is_said_to_be_here_sends(place: Place, post: Post) -> None:
    due(place, post)
    other = second(place, "state")
    other("here", say="yes\n")
    place.insist("one")
    other.insist("one")
    place.insist("one")
    assert post.taken == ALL


def test_a_folder_that_is_synced_to_and_fro_says_so_and_sends_nothing_twice(place: Place, post: Post) -> None:
    due(place, post)
    other = second(place)
    settled_here(other)
    other.send("one")
    assert post.taken == ALL
    put_back(place, other.database)  # the sync client brings the other computer's file
    ran = place("send", "--yes", 2, expect=None)
    assert ran.tells(*A_COPY), ran
    place.insist("one")
    assert post.taken == ALL


def test_a_state_folder_that_is_lost_is_told(place: Place, post: Post) -> None:
    due(place, post)
    place.send("one")
    shutil.rmtree(place.state, ignore_errors=True)
    assert place("send", expect=None).tells(*A_COPY, "state")


# The file alone, while letters are on their way ---------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cp", "backup"])
@pytest.mark.parametrize("where", ["in its place", "on another computer"])
def test_a_copy_that_was_made_while_sending(where: str, how: str, place: Place, post: Post) -> None:
    due(place, post)
    kept = place.folder.parent / "kept.db"
    with post.held("RCPT", "fra.mission.example") as hold:
        sending = place.start("send", "--yes", 2)
        hold.reached()
        eventually(lambda: GERMANY in post.taken, "Germany's letter does not go out")
        eventually(lambda: place.rows("one")["DEU"]["state"] == "sent", "it is not recorded")
        if how == "cp":
            shutil.copy(place.database, kept)
        else:
            place("backup", kept)
        hold.release()
        sending.wait()
    assert post.taken == ALL
    other = place
    if where == "in its place":
        put_back(place, kept) if how == "cp" else place("restore", kept, "--yes")
    else:
        other = place.at(place.folder.parent / "other", place.folder.parent / "other-state")
        if how == "cp":
            shutil.copytree(place.folder, other.folder, ignore=shutil.ignore_patterns("outreach.db*"))
            shutil.copy(kept, other.database)
        else:
            other.folder.mkdir()
            other("restore", kept)
    ran = other("send", "--yes", 2, expect=None)
    assert ran.tells(*A_COPY), ran
    assert post.taken == ALL
    if where == "in its place":
        other.insist("one")
        assert post.taken == ALL
    if how == "backup":
        assert other.rows("one")["DEU"]["state"] == "sent"


# Backup and restore -------------------------------------------------------------------------------------------------


def unpacked(path: Path) -> bytes:
    """All that a backup holds, whatever its form."""
    if path.is_dir():
        return b"".join(one.read_bytes() for one in path.rglob("*") if one.is_file())
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return path.read_bytes()


def test_a_backup_brings_everything_back_and_holds_no_secret(place: Place, post: Post) -> None:
    due(place, post)
    place.settings["SMTP_PASSWORD"] = SECRET
    toml = place.folder / "outreach.toml"
    toml.write_text(f'smtp_password = "{SECRET}"\n' + toml.read_text())
    place.letter("mine", text="Words that nobody else has written.")
    place("responses", "set", "one", "FRA", "in favour")
    kept = place.folder.parent / "kept.backup"
    place("backup", kept)
    assert SECRET.encode() not in unpacked(kept)
    place.settings.pop("SMTP_PASSWORD")
    new = place.at(place.folder.parent / "new", place.folder.parent / "new-state")
    new.folder.mkdir()
    new("restore", kept)
    assert new("campaign", "status", "one", "--json").json["positions"]["in favour"] == 1
    assert "nobody else" in (new.folder / "templates/mine/en.md").read_text()
    assert (new.folder / "outreach.toml").exists()


def test_a_restored_backup_of_before_the_sending_sends_nothing_again(place: Place, post: Post) -> None:
    due(place, post)
    kept = place.folder.parent / "kept.backup"
    place("backup", kept)
    place.send("one")
    place("restore", kept, "--yes")
    place("send", "--yes", 2, expect=None)
    place.insist("one")
    assert post.taken == ALL
    led(place, lambda: place.states("one") == {"sent": 2})
    assert place.states("one") == {"sent": 2}
    assert post.taken == ALL


def test_a_backup_that_is_up_to_date_goes_on_in_a_new_folder_once_somebody_says_here(place: Place, post: Post) -> None:
    due(place, post)
    kept = place.folder.parent / "kept.backup"
    place("backup", kept)
    shutil.rmtree(place.folder)  # the disk is lost, and nothing had gone out
    place.folder.mkdir()
    place("restore", kept, "--yes")
    place("here", say="yes\n", expect=None)
    place.insist("one")
    assert post.taken == ALL


def test_a_backup_is_made_by_itself_before_a_live_send(place: Place, post: Post) -> None:
    due(place, post)
    before = {path for root in (place.folder, place.state) for path in root.rglob("*")}
    place.send("one")
    made = {path for root in (place.folder, place.state) for path in root.rglob("*")} - before
    assert [path for path in made if "backup" in str(path).lower() and path.is_file()], made


def test_a_file_that_is_no_backup_is_refused_and_nothing_is_touched(place: Place) -> None:
    before = place.everything()
    (place.folder.parent / "no.backup").write_bytes(b"this is no backup")
    ran = place("restore", place.folder.parent / "no.backup", expect=2, say="yes\n")
    assert "There is no command" not in ran.err, ran
    place("restore", place.folder.parent / "nowhere", expect=2, say="yes\n")
    assert place.everything().keys() == before.keys()


# The journal --------------------------------------------------------------------------------------------------------


def journal(place: Place) -> bytes:
    return b"".join(path.read_bytes() for path in place.state.rglob("*") if path.is_file())


def test_the_journal_knows_the_letter_before_its_data_and_the_answer_after(place: Place, post: Post) -> None:
    due(place, post)
    number = place.rows("one")["DEU"]["message_id"].encode()
    post.then = lambda _dialogue, verb, _argument: "250 2.0.0 kept as ABC123DEF" if verb == "DOT" else None
    with post.held("DOT", "deu.mission.example") as hold:
        sending = place.start("send", "--yes", 2)
        hold.reached()
        assert number in journal(place)
        hold.release()
        sending.wait()
    assert b"ABC123DEF" in journal(place)
    assert b"We ask you for your support" not in journal(place)
    assert not [name for name in place.everything() if "journal" in name.lower() and "outreach.db" not in name]


@pytest.mark.parametrize("back", ["the copy of before", "the file as it is"])
def test_killed_with_the_letter_at_the_server_the_journal_makes_it_a_doubt(back: str, place: Place, post: Post) -> None:
    due(place, post)
    kept = keep(place)
    with post.held("DOT", "fra.mission.example") as hold:
        sending = place.start("send", "--yes", 2)
        hold.reached()
        eventually(lambda: GERMANY in post.taken, "Germany's letter does not go out")
        sending.signal(signal.SIGKILL)
        sending.wait()
    if back == "the copy of before":
        put_back(place, kept)
        led(place, lambda: place.states("one") == {"sent": 1, "uncertain": 1})
    place.send("one", expect=None)
    place.insist("one")
    assert max(post.recipients().values()) == 1
    assert len(post.data_seen) == 2
    assert place.rows("one")["FRA"]["state"] == "uncertain"


# Folders that are synced --------------------------------------------------------------------------------------------


def test_doctor_warns_of_a_folder_that_is_synced(world: World, tmp_path: Path) -> None:
    silent = []
    for name in ("Dropbox", "OneDrive - Coalition", "Google Drive", "iCloud Drive"):
        place = Place(world, tmp_path / name / "campaign", tmp_path / "state")
        place.folder.mkdir(parents=True)
        place("init")
        if not place("doctor", expect=None).tells(r"\bsync", name.split()[0].lower() + r".*(sync|cop)"):
            silent.append(name)
    assert silent == []


def test_a_later_time_is_kept_through_backup_and_restore(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one", "iso:FRA,DEU")
    place.schedule("one", NEVER)
    when = place.due("one")
    place("backup", place.folder.parent / "kept.backup")
    place("restore", place.folder.parent / "kept.backup", "--yes")
    assert place.due("one") == when


def test_the_file_stays_one_that_sqlite_reads(place: Place) -> None:
    """The rest of these stories copies it by its name."""
    with sqlite3.connect(place.database) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
