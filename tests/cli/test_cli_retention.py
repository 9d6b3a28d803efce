"""What is kept for as long as the team says: warned of, told, and erased once the warning is over."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach import clock
from outreach.database import open_existing
from outreach.privacy.retention import Due, keep_within
from outreach.settings import load
from tests.cli.conftest import Run
from tests.inbox.inbox_mails import answer


@pytest.fixture
def answered(scheduled: Callable[..., None], outreach: Run, folder: Path) -> Run:
    scheduled("spring", "iso:FRA,DEU")
    outreach("send")
    france = next(one for one in outreach("messages", "list", "spring", "--json").json if one["iso3"] == "FRA")
    (folder / "1.eml").write_bytes(answer("France will co-sponsor.", reply_to=france["message_id"]))
    outreach("inbox", "ingest", "1.eml")
    return outreach


def tick(days: float) -> Due:
    engine = open_existing(load().database_url)
    try:
        return keep_within(engine, load(), clock.now() + timedelta(days=days))
    finally:
        engine.dispose()


def retention(outreach: Run) -> Any:
    return outreach("status", "--json", expect=None).json["retention"]


@pytest.mark.heavy
def test_nothing_is_erased_unless_the_team_says_so(answered: Run) -> None:
    assert not tick(10_000)
    assert retention(answered) is None
    assert "France will co-sponsor." in answered("inbox", "show", 1).out


@pytest.mark.heavy
def test_it_is_warned_of_told_and_then_erased(
    answered: Run, folder: Path, server_settings: Callable[..., None]
) -> None:
    server_settings(RETENTION_DAYS=30, RETENTION_WARNING_DAYS=10)
    before = answered("campaign", "status", "spring", "--json").json
    assert not tick(29)
    assert retention(answered) is None
    assert not tick(31)
    told = retention(answered)
    assert (told["mails"], told["people"], told["days"]) == (1, 0, 30)
    assert "1 mail of a campaign at rest will be erased on" in answered("status", expect=None).out
    assert not tick(40)
    assert "France will co-sponsor." in answered("inbox", "show", 1).out
    assert tick(41.1) == Due((1,))
    assert retention(answered) is None
    assert "France will" not in answered("inbox", "show", 1).out
    assert answered("campaign", "status", "spring", "--json").json == before
    assert "0 new" in answered("inbox", "ingest", "1.eml").out
    kinds = [json.loads(line)["kind"] for line in answered("events", "--json").out.splitlines()]
    assert [one for one in kinds if one.startswith("retention")] == ["retention.warned", "retention.erased"]
    assert not tick(42)


@pytest.mark.heavy
def test_what_comes_to_life_again_is_kept(
    answered: Run, folder: Path, server_settings: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    server_settings(RETENTION_DAYS=30, RETENTION_WARNING_DAYS=10)
    assert not tick(31)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(days=35))
    answered("responses", "set", "spring", "FRA", "co-sponsor")
    monkeypatch.setattr(clock, "now", now)
    assert not tick(42)
    assert "France will co-sponsor." in answered("inbox", "show", 1).out


@pytest.mark.heavy
def test_another_setting_is_warned_of_anew(answered: Run, server_settings: Callable[..., None]) -> None:
    server_settings(RETENTION_DAYS=30, RETENTION_WARNING_DAYS=10)
    tick(31)
    server_settings(RETENTION_DAYS=20)
    assert retention(answered) is None  # what was said holds no longer
    assert not tick(45)
    assert retention(answered)["days"] == 20
    server_settings(RETENTION_DAYS=0)
    assert not tick(100)
    assert retention(answered) is None
    assert "France will co-sponsor." in answered("inbox", "show", 1).out


def test_a_campaign_that_has_letters_to_go_is_at_no_rest(
    outreach: Run, folder: Path, server_settings: Callable[..., None]
) -> None:
    server_settings(RETENTION_DAYS=1)
    outreach("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:FRA")
    outreach("campaign", "approve", "spring", "--by", "Ana")
    assert not tick(100)
    assert retention(outreach) is None


@pytest.mark.heavy
def test_contacts_that_left_the_sheet_go_too(outreach: Run, folder: Path, server_settings: Callable[..., None]) -> None:
    server_settings(RETENTION_DAYS=30, RETENTION_WARNING_DAYS=1)
    (folder / "one.csv").write_text("ISO3,E-mail,Role\nFRA,new@fra.mission.example,general\n", encoding="utf-8")
    result = outreach("missions", "import", "one.csv", "--replace", "--dry-run", "--json").json
    retired = sum(len(result[kind]["absent"]) for kind in ("missions", "contacts", "terms"))
    outreach("missions", "import", "one.csv", "--replace", retired, "--yes")
    tick(31)
    people = retention(outreach)["people"]
    assert people == len(result["contacts"]["absent"])
    assert len(tick(33).people) == people
    contacts = [one["email"] for each in outreach("missions", "list", "--json").json for one in each["contacts"]]
    assert contacts == ["new@fra.mission.example"]
    assert outreach("people", "find", "pr.office@fra.mission.example", "--json").json["total"] == 0
