"""One story at three doors: the log tells each act once, with who did it and where, and so do events and the desk."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from pyotp import TOTP
from sqlmodel import col, update
from web_browser import PASSWORD, Browser, hidden, messages, text_of

from outreach import clock
from outreach.actors import account_at, machine_user
from outreach.cli import main
from outreach.database import writing
from outreach.models import Campaign, Message
from outreach.people import factors
from outreach.people.accounts import accounts
from outreach.people.audit import entries
from outreach.vocabulary import Door
from outreach.web.desk import Desk

Browse = Callable[..., Browser]
Outreach = Callable[..., str]
SEND = "/campaigns/2/send"


@pytest.fixture
def outreach(desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Outreach:
    """A function that runs a command in the desk's folder."""
    monkeypatch.chdir(desk.folder)
    monkeypatch.setenv("OUTREACH_FROM", desk.settings.sender)

    def run(*arguments: object, expect: int = 0) -> str:
        capfd.readouterr()
        status = main([str(one) for one in arguments])
        printed = capfd.readouterr()
        assert status == expect, printed
        return printed.out + printed.err

    return run


def left_lying(desk: Desk) -> None:
    """The letters' time passed hours ago, and nothing was running."""
    with writing(desk.engine) as session:
        past = clock.now() - timedelta(hours=5)
        letters = col(Message.campaign_id) == 2
        session.exec(update(Message).where(letters).values(due_at=past, next_try_at=past))
        session.exec(update(Campaign).where(col(Campaign.id) == 2).values(last_active_at=None))


@pytest.mark.heavy
def test_one_story_at_three_doors_is_told_once(desk: Desk, browse: Browse, outreach: Outreach) -> None:
    before = json.loads(outreach("events", "--json").splitlines()[-1])["id"]
    by = ("--by", "Ana")
    outreach("campaign", "create", "story", "--letter", "hrc-joint-letter", "--audience", "iso:FRA,DEU", *by)
    outreach("missions", "note", "FRA", "Ask for Ms Sample.", *by)
    approver = browse("approver")
    approver.post("/campaigns/2/approve", seen=hidden(approver.get(SEND), "seen"))
    outreach("campaign", "schedule", "story", "--at", "now")
    left_lying(desk)
    outreach("send", "--campaign", "story", expect=3)
    outreach("campaign", "resume", "story", "--by", "Ben")
    outreach("send", "--campaign", "story")
    assert {one.state.value for one in messages(desk, 2)} == {"sent"}
    editor = browse("editor")
    editor.post("/campaigns/2/missions/FRA/position", position="abstain", note="", seen="unchanged")
    outreach("responses", "set", "story", "DEU", "in favour", *by)
    outreach("report", "story", "--out", "report.csv")
    outreach("campaign", "cancel", "story", expect=0)

    me = machine_user()
    expected = [
        ("campaign.created", "Ana", "named", "command line"),
        ("note.written", "Ana", "named", "command line"),
        ("account.signed-in", "The approver", "account", "desk"),
        ("campaign.approved", "The approver", "account", "desk"),
        ("campaign.scheduled", me, "user", "command line"),
        ("campaign.waits", "scheduler", "program", "scheduler"),
        ("campaign.resumed", "Ben", "named", "command line"),
        ("account.signed-in", "The editor", "account", "desk"),
        ("position.set", "The editor", "account", "desk"),
        ("position.set", "Ana", "named", "command line"),
        ("report.made", me, "user", "command line"),
        ("campaign.cancelled", me, "user", "command line"),
    ]
    told = [json.loads(line) for line in outreach("events", "--json", "--since", before).splitlines()]
    numbers = [one["id"] for one in told]
    assert numbers == sorted(set(numbers))
    acts = [one for one in told if not one["kind"].startswith(("letter.", "response."))]
    assert [(one["kind"], one["actor"]["name"], one["actor"]["kind"], one["actor"]["door"]) for one in acts] == expected
    assert {one["actor"]["user"] for one in acts if one["actor"]["kind"] == "named"} == {me}
    assert {one["actor"]["account"] for one in acts if one["actor"]["kind"] == "account"} == {"approver", "editor"}

    letters = [(one["kind"], one["actor"]["kind"]) for one in told if one["kind"].startswith("letter.")]
    assert letters.count(("letter.approved", "account")) == 2
    assert letters.count(("letter.accepted", "program")) == 2
    assert {kind for what, kind in letters if what == "letter.scheduled"} == {"user", "named"}
    stands = [(one["kind"], one["iso3"], one["actor"]["name"]) for one in told if one["kind"] == "response.position"]
    assert stands == [("response.position", "FRA", "The editor"), ("response.position", "DEU", "Ana")]

    page = text_of(browse("admin").get("/audit"))
    for words in (
        f"Ana (a name given at the command line by {me}) at the command line made a campaign story",
        "The approver at the desk approved story",
        f"{me} (the machine's user, at the command line) at the command line scheduled story",
        "scheduler by itself let it wait for a person story",
        "The editor at the desk set a position story, FRA",
    ):
        assert words in page
    history = outreach("events", "--since", before)
    assert f"campaign.created  story  by Ana (a name given at the command line by {me})" in history


@pytest.mark.heavy
def test_two_names_in_one_shell_are_not_two_people(
    desk: Desk, browse: Browse, outreach: Outreach, monkeypatch: pytest.MonkeyPatch
) -> None:
    outreach(
        "campaign", "create", "two", "--letter", "hrc-joint-letter", "--audience", "iso:FRA", "--approvals", 2,
    )  # fmt: skip
    for name in ("Ana", "Ben"):
        assert "there is no account" in outreach("campaign", "approve", "two", "--by", name, expect=2)
    secret = desk.folder / "secret"
    monkeypatch.setenv("OUTREACH_PASSWORD_FILE", str(secret))
    secret.write_text("not the password\n")
    assert "don't belong together" in outreach("campaign", "approve", "two", "--by", "approver", expect=2)
    secret.write_text(f"{PASSWORD}\n")
    assert "does not approve" in outreach("campaign", "approve", "two", "--by", "editor", expect=2)
    assert messages(desk, 2) == []
    assert "A second person" in outreach("campaign", "approve", "two", "--by", "approver")
    assert "has approved these letters already" in outreach("campaign", "approve", "two", "--by", "approver", expect=2)
    second = browse("admin")
    second.post("/campaigns/2/approve", seen=hidden(second.get(SEND), "seen"), same="yes")
    approvals = [
        (one.who, one.door, one.account_id is not None) for one in entries(desk.engine)
        if one.action == "campaign.approved" and one.campaign == "two"
    ]  # fmt: skip
    assert approvals == [("The admin", "desk", True), ("The approver", "command line", True)]
    assert "by The approver and The admin" in outreach("campaign", "status", "two")


@pytest.mark.heavy
def test_a_second_factor_is_asked_for_in_a_terminal_too(
    desk: Desk, outreach: Outreach, monkeypatch: pytest.MonkeyPatch
) -> None:
    outreach(
        "campaign", "create", "two", "--letter", "hrc-joint-letter", "--audience", "iso:FRA", "--approvals", 2,
    )  # fmt: skip
    secret = desk.folder / "secret"
    monkeypatch.setenv("OUTREACH_PASSWORD_FILE", str(secret))
    person = next(one for one in accounts(desk.engine) if one.login == "approver")
    app, by = factors.new_secret(), account_at(Door.DESK, person.id, person.name)
    recovery = factors.add_app(desk.engine, desk.settings, person.id or 0, app, TOTP(app).now(), by=by)
    for wrong in (f"{PASSWORD}\n", f"{PASSWORD}\n000000\n", f"{PASSWORD}\nno-code-of-mine\n"):
        secret.write_text(wrong)
        outreach("campaign", "approve", "two", "--by", "approver", expect=2)
    refused = [one for one in entries(desk.engine) if one.action == "account.refused"]
    assert [(one.door, one.detail) for one in refused] == [("command line", "second factor")] * 3
    assert messages(desk, 2) == []
    secret.write_text(f"{PASSWORD}\n{recovery[0]}\n")
    assert "A second person" in outreach("campaign", "approve", "two", "--by", "approver")
    monkeypatch.setenv("OUTREACH_SECOND_FACTOR", "approvers")
    secret.write_text(f"{PASSWORD}\n")
    assert "there is none" in outreach("campaign", "approve", "two", "--by", "admin", expect=2)


@pytest.mark.heavy
def test_where_one_approval_is_asked_for_a_name_is_enough_and_told_as_one(desk: Desk, outreach: Outreach) -> None:
    outreach("campaign", "create", "one", "--letter", "hrc-joint-letter", "--audience", "iso:FRA")
    outreach("campaign", "approve", "one", "--by", "Ana")
    (entry,) = [one for one in entries(desk.engine) if one.action == "campaign.approved" and one.campaign == "one"]
    assert (entry.who, str(entry.actor_kind), entry.account_id, entry.machine_user) == (
        "Ana", "named", None, machine_user(),
    )  # fmt: skip


def test_events_follow_by_number(desk: Desk, outreach: Outreach) -> None:
    last = json.loads(outreach("events", "--json").splitlines()[-1])["id"]
    assert outreach("events", "--json", "--since", last) == ""
    assert outreach("events", "--json", "--since", "now") == ""
    assert "no event's number" in outreach("events", "--since", "yesterday", expect=2)
    outreach("missions", "note", "FRA", "Ask for Ms Sample.")
    (line,) = outreach("events", "--json", "--since", last).splitlines()
    assert json.loads(line)["kind"] == "note.written"
    assert "Ms Sample" not in line
