"""The wrong folder, the wrong address, and the first steps that must go on working."""

import shlex
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.once.playground import AMBASSADOR, EXPERT, FRANCE_ROWS, GERMANY, Clock, Place, Post, World, eventually

TEN_LINES = """
outreach init
outreach missions import data/missions.xlsx
outreach missions list --audience hrc-members --as-of 2024-03-18
outreach campaign create hrc55 --letter hrc-joint-letter --audience hrc-members --as-of 2024-03-18
outreach campaign check hrc55
outreach campaign preview hrc55
outreach campaign approve hrc55 --by "Ana"
outreach campaign schedule hrc55 --at now
outreach send
outreach report hrc55 --out status.xlsx
"""


@pytest.fixture
def empty(world: World, tmp_path: Path) -> Place:
    (tmp_path / "empty").mkdir()
    return Place(world, tmp_path / "empty", tmp_path / "state")


# A wrong folder -------------------------------------------------------------------------------------------------------

COMMANDS = [
    "send", "send --yes 47", "run", "status", "report one --out r.xlsx", "campaign status one", "campaign list",
    "campaign create one --letter hrc-thanks --audience all", "campaign approve one --by Ana",
    "campaign schedule one --at now", "campaign resume one", "messages list one", "messages resolve 1 sent",
    "missions list", "missions import sheet.csv", "inbox sync", "inbox list", "responses list one", "addresses list",
    "addresses opt-out a@b.example", "user list", "backup", "here", "doctor", "letter new appeal",
]  # fmt: skip


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_in_an_empty_folder_refuses_and_leaves_nothing_behind(line: str, empty: Place) -> None:
    begun = empty.start(*line.split(), say="three good words\n")
    eventually(lambda: not begun.alive, f"{line} goes on for ever", 60)
    ran = begun.wait()
    assert list(empty.folder.iterdir()) == []
    assert ran.status == 2, ran
    assert ran.tells("outreach init", r"\binit\b"), ran
    assert "There is no command" not in ran.err, ran


def test_the_desk_in_an_empty_folder_asks_and_makes_nothing_by_itself(empty: Place) -> None:
    """Since somebody may begin at the desk: it leads to the folder's making, which is a person's word."""
    begun = empty.start("serve", "--port", "0")
    eventually(lambda: not begun.alive or "http://127.0.0.1:" in begun.text, "the desk says where it is", 60)
    assert begun.alive, begun.wait()
    assert list(empty.folder.iterdir()) == []
    begun.end()
    assert list(empty.folder.iterdir()) == []


@pytest.mark.parametrize("line", ["send", "run", "report one --out r.xlsx", "status"])
def test_a_command_in_a_folder_with_other_things_leaves_them_alone(line: str, empty: Place) -> None:
    (empty.folder / "thesis.txt").write_text("years of work")
    (empty.folder / "templates").mkdir()
    begun = empty.start(*line.split())
    eventually(lambda: not begun.alive, f"{line} goes on for ever", 60)
    ran = begun.wait()
    assert empty.everything() == {"thesis.txt": b"years of work"}
    assert ran.status == 2, ran
    assert "There is no command" not in ran.err, ran


@pytest.mark.parametrize("line", ["send", "run", "campaign status one"])
def test_a_command_one_folder_too_deep_makes_no_second_database(line: str, place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    deep = place.at(place.folder / "templates", place.state)
    begun = deep.start(*line.split())
    eventually(lambda: not begun.alive, f"{line} goes on for ever", 60)
    assert begun.wait().status == 2
    assert not (deep.folder / "outreach.db").exists()
    assert not post.accepted


# The wrong address ----------------------------------------------------------------------------------------------------

OFFICE = (("France", "Office", "pr.office@fra.mission.example", "general", "to"), *FRANCE_ROWS)
TO_A_MISSION = [
    "pr.office+test@fra.mission.example", "PR.OFFICE@FRA.MISSION.EXAMPLE", "press@fra.mission.example",
    "press@desk.fra.mission.example", "Ana <press@Fra.Mission.Example>", "ambassador@deu.mission.example",
    "someone@deu.mission.example", "pr.office@fra.mission.example",
]  # fmt: skip


def test_a_test_letter_never_goes_to_a_missions_domain(make_place: Callable[..., Place], post: Post) -> None:
    place = make_place(rows=(*OFFICE, ("Germany", "C. Example", GERMANY, "permanent representative", "to")))
    place.live(post)
    place.campaign("one")
    ran = [place("campaign", "test", "one", "--to", to, "--mission", "FRA", expect=None) for to in TO_A_MISSION]
    assert post.taken == {}
    assert [one for one in ran if one.status != 2 or not one.tells("mission", "domain", "contact")] == []


def test_a_test_letter_goes_to_oneself(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one")
    place("campaign", "test", "one", "--to", "ana+test@coalition.example", "--mission", "FRA")
    assert post.taken == {"ana+test@coalition.example": 1}
    assert place.states("one") == {"queued": 1}


def test_in_rehearsal_a_test_letter_goes_to_no_mission_whatever_the_allow_list_says(place: Place, post: Post) -> None:
    place.rehearse(post, "mission.example")
    place.campaign("one")
    place("campaign", "test", "one", "--to", "press@fra.mission.example", "--mission", "FRA", expect=2)
    assert not post.accepted


@pytest.mark.parametrize("address", ["press@fra.mission.example", AMBASSADOR.upper()])
def test_the_teams_mail_never_goes_to_a_missions_domain(address: str, place: Place, post: Post, clock: Clock) -> None:
    clock.set("2035-03-15 07:59")
    place.live(post, TEAM=address, REPORT_EVERY="day", REPORT_TIME="07:59:06")
    clock.set("2035-03-15 07:59")
    place.campaign("one")
    place.schedule("one")
    place.send("one")
    clock.set("2035-03-15 07:59")  # again: what came before took a while
    running = place.start("run")
    ours = address.lower().split("@")[0]
    eventually(lambda: not running.alive or ours in running.text or len(post.accepted) > 1, "nothing is said of it")
    ran = running.end()
    assert sum(post.taken.values()) == 2
    assert ran.tells("team", "mission", "contact"), ran


def test_a_corrected_address_is_never_another_missions(place: Place, post: Post) -> None:
    place.live(post)
    place.campaign("one")
    place.schedule("one")
    post.refuses = {EXPERT: "550 5.1.1 no such user"}
    place.send("one")
    number = place.rows("one")["FRA"]["id"]
    for address in ("someone@deu.mission.example", GERMANY, "x@desk.deu.mission.example"):
        ran = place("messages", "correct", number, address, "--old", EXPERT, "--yes", 1, expect=None)
        assert ran.status == 2, ran
        place.send("one")
    assert post.taken == {AMBASSADOR: 1}
    right = "expert@mission-of-france.example"
    place("messages", "correct", number, right, "--old", EXPERT, "--yes", 1)
    for _ in range(2):
        place.send("one")
    assert post.taken == {AMBASSADOR: 1, right: 1}


# What must go on working ----------------------------------------------------------------------------------------------


def test_the_ten_lines_of_the_readme_word_for_word(empty: Place) -> None:
    said = {}
    for line in TEN_LINES.strip().splitlines():
        words = shlex.split(line)[1:]
        said[" ".join(words[:2])] = empty(*words)
    assert "47 sent" in said["send"].text
    mails = list((empty.folder / "rehearsal-mail").glob("*.eml"))
    assert len(mails) == 47
    assert "Missions" in openpyxl.load_workbook(empty.folder / "status.xlsx").sheetnames
    assert not [text for text in (ran.text for ran in said.values()) if "copy of" in text or "outreach here" in text]


def test_the_demo_plays_to_its_end_and_again(empty: Place) -> None:
    first = empty("demo")
    assert (empty.folder / "demo/report.xlsx").exists()
    assert len(list((empty.folder / "demo/rehearsal-mail").glob("*.eml"))) == 47
    assert empty("demo").out == first.out
    inside = empty.at(empty.folder / "demo", empty.state)
    assert "nothing was due" in inside("send").text
    assert inside.states("hrc55") == {"sent": 47}
