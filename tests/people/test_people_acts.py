"""Every act is told once, by whom and at which door, and never without what it did."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from acts import signed_in
from sqlalchemy import Engine, event
from sqlmodel import select

from outreach.actors import account_at, described, machine_user, named, program, user
from outreach.campaigns import timing
from outreach.campaigns.plan import create, get_campaign
from outreach.campaigns.two_people import ask_for
from outreach.database import reading, writing
from outreach.errors import UserError
from outreach.letters.folder import load_letter
from outreach.missions.notes import add_note, change_note
from outreach.missions.shipped import shipped_mission
from outreach.models import AuditEntry, Campaign, MissionNote
from outreach.people.accounts import add_account, change_account, change_password
from outreach.people.audit import entries
from outreach.responses.positions import set_position
from outreach.responses.suppression import allow, opt_out
from outreach.settings import Settings
from outreach.vocabulary import Act, ActorKind, CampaignState, Door

LETTER = 'title = "A letter"\n[subject]\nen = "Letter {{ mission.of }}"\nfr = "Lettre {{ mission.of }}"\n'
SETTINGS = Settings(**{"from": "Coalition <secretariat@coalition.example>"})


@pytest.fixture
def spring(engine: Engine, tmp_path: Path) -> str:
    """A campaign to France, which is scheduled."""
    folder = tmp_path / "templates" / "short"
    folder.mkdir(parents=True)
    (folder / "letter.toml").write_text(LETTER)
    for language in ("en", "fr"):
        (folder / f"{language}.md").write_text("{{ mission.name }}.\n")
    with writing(engine) as session:
        session.add(shipped_mission("FRA"))
    create(
        engine, SETTINGS, "spring", load_letter("short", folder.parent), audience=["iso:FRA"], by=named("Ana", "lea")
    )
    with writing(engine) as session:
        campaign = get_campaign(session, "spring")
        campaign.state = CampaignState.SCHEDULED
        session.add(campaign)
    return "spring"


def everything(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [[one.model_dump() for one in session.exec(select(table))] for table in (Campaign, MissionNote)]


def told(engine: Engine) -> list[tuple[str, str, ActorKind | None, Door | None, str, str]]:
    return [
        (one.action, one.who, one.actor_kind, one.door, one.campaign, one.iso3) for one in reversed(entries(engine))
    ]


def test_an_actor_says_what_they_are_known_by(engine: Engine) -> None:
    ana = named("  Ana\u202e  Sample ", "lea")
    assert (ana.name, ana.kind, ana.user, ana.account, ana.door) == (
        "Ana Sample", ActorKind.NAMED, "lea", None, Door.COMMAND,
    )  # fmt: skip
    assert described(ana.kind, ana.name, ana.user) == "Ana Sample (a name given at the command line by lea)"
    with pytest.raises(UserError, match="Nobody is named"):
        named(" \u202e ")
    assert (user().kind, user().name, user().user) == (ActorKind.USER, machine_user(), machine_user())
    assert described(ActorKind.USER, "lea", "lea") == "lea (the machine's user, at the command line)"
    ben = signed_in(engine, "Ben")
    assert (ben.kind, ben.door) == (ActorKind.ACCOUNT, Door.DESK)
    assert described(ben.kind, ben.name, "", ben.door) == "Ben"
    assert described(ben.kind, ben.name, "lea", Door.COMMAND) == "Ben (signed in at the command line)"
    assert (program("worker").kind, program("worker").door) == (ActorKind.PROGRAM, Door.SCHEDULER)
    with pytest.raises(ValueError, match="never stored"):
        account_at(Door.DESK, None, "Nobody")


def test_each_act_is_told_once_with_who_did_it_and_where(engine: Engine, spring: str) -> None:
    ben = signed_in(engine, "Ben")
    timing.pause(engine, spring, by=ben)
    timing.resume(engine, SETTINGS, spring, by=named("Ana", "lea"))
    timing.cancel(engine, spring, by=user())
    note = add_note(engine, "FRA", "kept", by=ben)
    assert note.id is not None
    changed = change_note(engine, note.id, "kept well", by=ben)
    assert change_note(engine, changed.id or 0, "kept well", by=ben).id == changed.id, "nothing changed"
    change_note(engine, changed.id or 0, "", by=ben)
    set_position(engine, spring, "FRA", "abstain", by=ben)
    opt_out(engine, "a@fra.example", why="asked", by=ben)
    allow(engine, "a@fra.example", by=ben)
    desk, named_, me = (ActorKind.ACCOUNT, Door.DESK), (ActorKind.NAMED, Door.COMMAND), (ActorKind.USER, Door.COMMAND)
    assert told(engine) == [
        ("campaign.created", "Ana", *named_, "spring", ""),
        ("campaign.paused", "Ben", *desk, "spring", ""),
        ("campaign.resumed", "Ana", *named_, "spring", ""),
        ("campaign.cancelled", machine_user(), *me, "spring", ""),
        ("note.written", "Ben", *desk, "", "FRA"),
        ("note.changed", "Ben", *desk, "", "FRA"),
        ("note.removed", "Ben", *desk, "", "FRA"),
        ("position.set", "Ben", *desk, "spring", "FRA"),
        ("address.stopped", "Ben", *desk, "", ""),
        ("address.allowed", "Ben", *desk, "", ""),
    ]
    assert [one.account_id for one in entries(engine)][:2] == [ben.account, ben.account]
    assert [one.machine_user for one in entries(engine)][-1] == "lea"


@pytest.mark.heavy
def test_what_is_done_to_accounts_is_told_and_no_password(engine: Engine) -> None:
    admin = signed_in(engine, "Ada")
    add_account(engine, "cleo", "a few words in a row", "viewer", by=admin)
    change_account(engine, "cleo", role="editor", active=True, by=admin)
    change_password(engine, "cleo", "other words in a row", by=admin)
    change_account(engine, "cleo", role="editor", active=False, by=admin)
    found = [(one.action, one.subject, one.detail) for one in reversed(entries(engine))]
    assert found == [
        ("account.added", "cleo", "viewer"),
        ("account.changed", "cleo", "editor"),
        ("account.password", "cleo", ""),
        ("account.changed", "cleo", "closed"),
    ]


def test_what_is_refused_is_not_told(engine: Engine, spring: str) -> None:
    before = told(engine)
    for refused in (
        lambda: ask_for(engine, spring, 2, by=named("Ana")),
        lambda: timing.resume(engine, SETTINGS, spring, by=named("Ana")),
        lambda: set_position(engine, spring, "FRA", "maybe", by=named("Ana")),
        lambda: add_note(engine, "FRA", " ", by=named("Ana")),
        lambda: allow(engine, "a@fra.example", by=named("Ana")),
    ):
        with pytest.raises(UserError):
            refused()
    assert told(engine) == before


ACTS: dict[str, Callable[[Engine], object]] = {
    "campaign.paused": lambda engine: timing.pause(engine, "spring", by=named("Ana")),
    "campaign.cancelled": lambda engine: timing.cancel(engine, "spring", by=named("Ana")),
    "note.written": lambda engine: add_note(engine, "FRA", "kept", by=named("Ana")),
}


@pytest.mark.parametrize("act", ACTS)
def test_where_the_commit_fails_there_is_neither_the_act_nor_its_record(engine: Engine, spring: str, act: str) -> None:
    before, log = everything(engine), told(engine)

    def fails(_connection: object) -> None:
        raise OSError("the disk is full")

    event.listen(engine, "commit", fails)
    with pytest.raises(OSError, match="disk is full"):
        ACTS[act](engine)
    event.remove(engine, "commit", fails)
    assert (everything(engine), told(engine)) == (before, log)
    ACTS[act](engine)
    assert everything(engine) != before
    assert [one[0] for one in told(engine)] == [*(one[0] for one in log), act]


KILLED = """
import json, os, shutil, signal, sqlite3, sys
from sqlalchemy import event
from outreach.actors import named
from outreach.campaigns.timing import pause
from outreach.database import open_database

whole, copy = sys.argv[1:]


def child(place, pipe):
    engine, seen = open_database(f"sqlite:///{copy}"), 0

    def step(*_):
        nonlocal seen
        seen += 1
        if seen == place:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "begin", "commit"):
        event.listen(engine, name, step)
    pause(engine, "spring", by=named("Ana"))
    os.write(pipe, str(seen).encode())


def run(place):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(copy + end):
            os.unlink(copy + end)
    shutil.copy(whole, copy)
    reads, writes = os.pipe()
    number = os.fork()
    if number == 0:
        child(place, writes)
        os._exit(0)
    os.close(writes)
    steps = os.read(reads, 100)
    os.close(reads)
    _, status = os.waitpid(number, 0)
    connection = sqlite3.connect(copy)
    ask = lambda query: connection.execute(query).fetchone()[0]
    found = {
        "place": place,
        "killed": os.WIFSIGNALED(status),
        "paused": ask("SELECT count(*) FROM campaign WHERE state = 'paused'"),
        "recorded": ask("SELECT count(*) FROM audit_entry WHERE action = 'campaign.paused'"),
    }
    connection.close()
    return found, int(steps or 0)


whole_run, steps = run(0)
print(json.dumps([whole_run, *(run(place)[0] for place in range(1, steps + 1))]))
"""
"""Runs the act again and again, each time killed one step later: one interpreter for all, and a fork for each."""


@pytest.mark.heavy
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork, nor kill -9")
def test_killed_at_any_step_both_are_there_or_neither(engine: Engine, spring: str, tmp_path: Path) -> None:
    files = (tmp_path / "outreach.db", tmp_path / "whole.db")
    with closing(sqlite3.connect(files[0])) as source, closing(sqlite3.connect(files[1])) as target:
        source.backup(target)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "whole.db"), str(tmp_path / "killed.db")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    whole, *runs = json.loads(done.stdout)
    assert whole == {"place": 0, "killed": False, "paused": 1, "recorded": 1}
    assert len(runs) >= 6, "begin, the reading, the change, its record, the commit"
    for one in runs:
        assert one["killed"]
        assert one["paused"] == one["recorded"] == 0, f"killed at step {one['place']} of {len(runs)}"


def test_every_act_has_its_words_at_the_desk() -> None:
    from outreach.catalogues import tongue
    from outreach.web.acts import WORDS, what

    assert set(WORDS) == set(Act)
    assert len(set(WORDS.values())) == len(WORDS)
    assert what(AuditEntry(action="juggled", who="Ana", at=None), tongue("en")) == "juggled"  # type: ignore[arg-type]
