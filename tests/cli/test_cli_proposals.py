"""Proposals at the command line: a list with all that one decides by, and one after another with a key."""

import io
import sys
from email.utils import format_datetime
from pathlib import Path

import pytest

from outreach import clock, terminal
from tests.cli.conftest import Run
from tests.inbox.inbox_mails import answer


@pytest.fixture
def waiting(outreach: Run, folder: Path, scheduled) -> Run:
    """France and Japan told a position, and France wants to be asked again after 12 April."""
    scheduled("spring", "iso:FRA,JPN")
    outreach("send", "--yes", 2)
    letters = {row["iso3"]: str(row["message_id"]) for row in outreach("messages", "list", "spring", "--json").json}
    for iso3, words in (
        ("FRA", "France will co-sponsor the resolution. Please contact us again after 12 April."),
        ("JPN", "We will vote in favour of the draft resolution."),
    ):
        raw = answer(words, sender=f"Mission <mission@{iso3.lower()}.mission.example>", reply_to=letters[iso3])
        (folder / f"{iso3}.eml").write_bytes(raw.replace(b"answer-1@fra", f"answer-1@{iso3.lower()}".encode()))
    outreach("inbox", "ingest", "FRA.eml", "JPN.eml")
    return outreach


def typed(patch: pytest.MonkeyPatch, text: str) -> None:
    patch.setattr(sys, "stdin", io.StringIO(text))
    patch.setattr(terminal, "is_asked", lambda: True)


def positions(outreach: Run) -> dict[str, str]:
    return {row["iso3"]: row["position"] for row in outreach("responses", "list", "spring", "--json").json}


@pytest.mark.heavy
def test_one_after_another_with_a_key(waiting: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "perhaps\ne\nin favour\ne\n2024-04-20\nn\n")
    ran = waiting("inbox", "proposals", "--ask", "--by", "Ana")
    assert "1 of 3  FRA, spring, mission@fra.mission.example, mail 1" in ran.out
    assert "“France will co-sponsor the resolution.”" in ran.out
    assert "2 taken, 1 turned down, 0 left" in ran.out
    assert positions(waiting) == {"FRA": "in favour", "JPN": "unknown"}
    assert "No proposal waits" in waiting("inbox", "proposals", "--ask").out
    assert "come-back 2024-04-20" in waiting("inbox", "undo", 1).out
    waiting("inbox", "undo", 1)
    assert positions(waiting)["FRA"] == "unknown"
    assert [row["value"] for row in waiting("inbox", "proposals", "--json").json] == ["co-sponsor", "2024-04-13"]


@pytest.mark.heavy
def test_what_is_passed_over_waits_and_what_is_no_position_is_said(
    waiting: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "e\nblue\nl\ny\n")
    ran = waiting("inbox", "proposals", "--ask")
    assert "'blue' is no position." in ran.out
    assert "1 taken, 0 turned down, 2 left" in ran.out
    assert positions(waiting) == {"FRA": "unknown", "JPN": "in favour"}
    typed(monkeypatch, "")
    assert "0 taken, 0 turned down, 2 left" in waiting("inbox", "proposals", "--ask").out


@pytest.mark.heavy
def test_in_a_pipe_nobody_is_asked_and_another_position_is_only_a_positions(waiting: Run) -> None:
    assert "Nobody sits here" in waiting("inbox", "proposals", "--ask", expect=2).err
    ran = waiting("inbox", "accept", 2, "--position", "abstain", expect=2)
    assert "Proposal 2 is no position." in ran.err
    assert "3 proposals wait for a person's yes or no." in waiting("inbox", "proposals").out


@pytest.mark.heavy
def test_at_a_terminal_the_words_are_not_cut(waiting: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_seen", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    out = waiting("inbox", "proposals").out
    assert "1  FRA, spring, mission@fra.mission.example, mail 1\n    “France will co-sponsor the resolution.”\n" in out
    assert "    Is its position co-sponsor?\n" in out


FORWARD = (
    "fyi\n\n---------- Forwarded message ---------\nFrom: Office <expert@jpn.mission.example>\n"
    "Date: Tue, 19 Mar 2024 at 09:00\nSubject: A question\nTo: <zoe@partner.example>\n\nIs it still open?"
)


@pytest.mark.heavy
def test_what_a_settling_teaches_and_what_its_undo_takes_back_is_told(waiting: Run, folder: Path) -> None:
    sender = "zoe@partner.example"
    for number, (words, subject) in enumerate([(FORWARD, "Fwd: A question"), ("Hello.", "Hello"), ("Yes.", "Hello")]):
        raw = answer(words, sender=sender, reply_to="").replace(b"Re: Joint letter", subject.encode())
        raw = raw.replace(b"Tue, 19 Mar 2024 10:00:00 +0100", format_datetime(clock.now()).encode())
        (folder / f"{number}.eml").write_bytes(raw.replace(b"answer-1@fra", f"answer-{number}@zoe".encode()))
    waiting("inbox", "ingest", "0.eml", "1.eml")
    ran = waiting("inbox", "settle", 3, "JPN", "--by", "Ana")
    assert "From now on mail from expert@jpn.mission.example belongs to JPN." in ran.out
    assert "Nothing was learnt of zoe@partner.example, who passed it on." in ran.out
    assert "Before that" not in ran.out
    ran = waiting("inbox", "settle", 3, "FRA", "--by", "Ben")
    assert "Before that, Ana has put it down to JPN: outreach inbox history 3" in ran.out
    assert "From now on mail from zoe@partner.example belongs to FRA." in waiting("inbox", "settle", 4, "FRA").out
    waiting("inbox", "ingest", "2.eml")
    ran = waiting("inbox", "undo", 4)
    assert "1 later mail was judged by its sender, and is judged again without that: 5." in ran.out
    assert {3, 4, 5} - {row["id"] for row in waiting("inbox", "list", "--json").json} == {3}
