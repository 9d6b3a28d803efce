"""What the desk can, in a terminal: two approvals, the session's dates, notes, an address put right."""

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Run, at_once

CREATE = ("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:FRA,DEU")


@pytest.mark.heavy
def test_two_approvals(outreach: Run, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    secret = folder / "secret"
    secret.write_text("a few words in a row\n")
    monkeypatch.setenv("OUTREACH_PASSWORD_FILE", str(secret))

    def people(login: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("a few words in a row\n"))
        outreach("user", "add", login, "--role", "approver", "--name", login.title())

    outreach(*CREATE, "--approvals", 3, expect=2)
    outreach(*CREATE, "--approvals", 2)
    for login in ("ana", "ben"):
        people(login)
    told = outreach("campaign", "approve", "spring", "--by", "ana").out
    assert "A second person has to approve them" in told
    outreach("campaign", "schedule", "spring", "--at", at_once(), expect=2)
    assert "Nothing was due" in outreach("send").out
    assert "approved by Ana; a second person has to" in outreach("send").out
    outreach("campaign", "approve", "spring", "--by", "ANA", expect=2)
    status = outreach("campaign", "status", "spring", "--json").json
    assert (status["state"], status["approvals"]) == ("approved once", {"asked": 2, "given_by": ["Ana"]})
    assert "and now approved by Ben too" in outreach("campaign", "approve", "spring", "--by", "ben").out
    outreach("campaign", "approvals", "spring", 1, expect=2)
    outreach("campaign", "schedule", "spring", "--at", at_once())
    assert "2 sent" in outreach("send").out


def test_the_sessions_dates(outreach: Run) -> None:
    outreach(*CREATE)
    assert outreach("campaign", "dates", "spring", "--json").json == {
        "session": None, "starts": None, "ends": None, "vote": None,
    }  # fmt: skip
    outreach("campaign", "dates", "spring", "--session", "HRC55", "--vote", "2024-04-04")
    outreach("campaign", "dates", "spring", "--vote", "2024-05-04", expect=2)
    assert outreach("campaign", "dates", "spring", "--json").json == {
        "session": "HRC55", "starts": "2024-02-26", "ends": "2024-04-05", "vote": "2024-04-04",
    }  # fmt: skip
    outreach("campaign", "dates", "spring", "--vote", "none")
    assert outreach("campaign", "dates", "spring", "--json").json["vote"] is None


def test_notes(outreach: Run) -> None:
    outreach("missions", "note", "FRA", "Ask for Ms Sample.")
    (note,) = outreach("missions", "note", "FRA", "--json").json
    outreach("missions", "note", "FRA", "Ask for Mr Sample.", "--change", note["id"])
    outreach("missions", "note", "FRA", "Ask for nobody.", "--change", note["id"], expect=2)
    assert [one["text"] for one in outreach("missions", "note", "FRA", "--json").json] == ["Ask for Mr Sample."]
    outreach("missions", "note", "XYZ", "words", expect=2)


@pytest.mark.heavy
def test_an_address_put_right(outreach: Run) -> None:
    outreach(*CREATE)
    outreach("campaign", "approve", "spring", "--by", "Ana")
    outreach("campaign", "schedule", "spring", "--at", at_once())
    outreach("send")
    (letter, *_) = outreach("messages", "list", "spring", "--json").json
    refused = outreach("messages", "correct", letter["id"], "new@deu.mission.example", expect=2)
    assert "no address of it has failed" in refused.err
    outreach("messages", "correct", 999, "new@deu.mission.example", expect=2)
