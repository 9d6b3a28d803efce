"""Where everything stands, what stops it and what to do next: `outreach status`, and the commands around it."""

import json
import shlex
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from outreach import clock
from outreach.commands.overview import begin_here
from outreach.vocabulary import Stop
from tests.cli.conftest import Run
from tests.examples import HEAVY
from tests.scripted_smtp import ScriptedSmtp

Scheduled = Callable[..., None]
Set = Callable[..., None]
LETTER = ("--letter", "hrc-joint-letter", "--audience")


def one(outreach: Run, expect: int = 0) -> dict[str, Any]:
    """The only campaign, as `status --json` tells of it."""
    (campaign,) = outreach("status", "--json", expect=expect).json["campaigns"]
    assert isinstance(campaign, dict)
    return campaign


def later(monkeypatch: pytest.MonkeyPatch, span: timedelta) -> None:
    """Let it be so much later."""
    moment = clock.now() + span
    monkeypatch.setattr(clock, "now", lambda: moment)


def run_next(outreach: Run) -> list[str]:
    """Do what `status` says is next, as it stands; return the commands."""
    commands = one(outreach)["next"]["commands"]
    for line in commands:
        words = shlex.split(line)
        assert words[0] == "outreach"
        outreach(*words[1:])
    return list(commands)


@pytest.mark.heavy
def test_each_step_that_is_proposed_can_be_typed_as_it_stands_until_the_letters_wait_for_their_time(
    outreach: Run,
) -> None:
    (command,) = outreach("status", "--json").json["next"]["commands"]
    assert command.startswith("outreach campaign create ")
    outreach("campaign", "create", "spring 24", *LETTER, "iso:FRA,DEU,JPN", "--except", "jpn")
    assert run_next(outreach)[1].startswith('outreach campaign approve "spring 24" --by ')
    (scheduling,) = run_next(outreach)
    assert scheduling.startswith('outreach campaign schedule "spring 24" --at "')
    now = one(outreach)
    assert (now["state"], now["next"]["todo"], now["blocked"]) == ("scheduled", "start what sends", False)
    assert now["due"]["first"] == now["due"]["next"] == now["due"]["last"] > clock.now().isoformat()
    assert now["exceptions"] == ["JPN"]
    assert now["left_out"] == [{"iso3": "JPN", "why": "named as an exception"}]
    assert now["sender"] == "Coalition Secretariat <secretariat@coalition.example>"
    assert [given["by"] for given in now["approvals"]["given"]] == [shlex.split(run_by(outreach))[-1]]


def run_by(outreach: Run) -> str:
    return str(outreach("missions", "history", "FRA", "--json").json[0]["who"])


def test_outreach_by_itself_says_the_same_in_words_and_in_another_folder_shows_its_help(
    outreach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outreach("campaign", "create", "c", *LETTER, "iso:FRA,DEU", "--except", "DEU", "--as-of", "2024-03-18")
    said = outreach().out
    assert said == outreach("status").out
    assert "1 mission: iso:FRA,DEU as of 2024-03-18, without DEU" in said
    assert "outreach campaign check c, then outreach campaign approve c --by " in said
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    said = outreach(expect=2).out
    assert "usage: outreach" in said
    assert said.startswith("This folder is empty. To set a campaign up in a browser: outreach serve")
    assert not list((tmp_path / "other").iterdir())


def test_outreach_alone_in_an_empty_folder_opens_the_assistant_where_a_browser_is_seen(
    outreach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[str, int]] = []
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    monkeypatch.setattr("outreach.platform.has_display", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("outreach.commands.desk._serve", lambda args: served.append((args.host, args.port)))
    assert begin_here() == 0
    assert served == [("127.0.0.1", 8000)]
    (tmp_path / "new" / "a file").touch()
    assert begin_here() is None
    assert len(served) == 1


@pytest.mark.heavy
def test_letters_that_are_due_while_nothing_sends_are_blocked_and_sending_them_ends_that(
    outreach: Run, scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled("c", "iso:FRA,DEU")
    assert [stop["stop"] for stop in one(outreach)["stops"]] == ["no worker"], "and it is early yet"
    later(monkeypatch, timedelta(minutes=5))
    now = one(outreach, expect=3)
    assert (now["blocked"], now["next"]["commands"]) == (True, ["outreach run"])
    assert "Letters are due, and nothing is sending" in outreach(expect=3).out
    outreach("send")
    assert (one(outreach)["messages"], one(outreach)["stops"]) == ({"sent": 2}, [])


@pytest.mark.heavy
def test_what_is_late_is_blocked_for_status_and_for_send_and_a_person_lets_it_go_on(
    outreach: Run, scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled("c", "iso:FRA,DEU")
    later(monkeypatch, timedelta(hours=3))
    said = outreach("send", expect=3).out
    assert "Nothing went out." in said
    assert "c: It waits for you: its time (" in said
    assert "c: next: outreach campaign resume c" in said
    (stop,) = one(outreach, expect=3)["stops"]
    assert (stop["stop"], stop["letters"], stop["blocks"]) == ("late", 2, True)
    outreach("campaign", "resume", "c")
    assert "2 sent" in outreach("send").out


@pytest.mark.heavy
def test_a_campaign_that_a_person_paused_is_told_and_blocks_nothing(outreach: Run, scheduled: Scheduled) -> None:
    scheduled("c", "iso:FRA")
    outreach("campaign", "pause", "c")
    (stop,) = one(outreach)["stops"]
    assert (stop["stop"], stop["blocks"], stop["next"]["commands"]) == ("paused", False, ["outreach campaign resume c"])
    outreach("send")


@HEAVY
def test_a_mail_server_that_is_away_is_what_stops_it_and_nothing_due_is_not_what_is_said(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        port = server.port
    server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=port, ALLOW_LIST="mission.example")
    scheduled("c", "iso:FRA")
    ran = outreach("send", expect=1)
    assert "Nothing went out." in ran.out
    assert "can't be reached" in ran.err
    first = one(outreach, expect=3)["stops"][0]
    assert first["stop"] == "mail server"
    outreach("send", expect=1)
    assert one(outreach, expect=3)["stops"][0]["since"] == first["since"], "it stands since the first time"


@pytest.mark.heavy
def test_settings_under_which_nothing_can_go_are_told(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    scheduled("c", "iso:FRA")
    server_settings(MODE="live")
    found = outreach("status", "--json", expect=3).json
    assert "no mail server is set" in found["settings"]
    assert "settings" in [stop["stop"] for stop in found["campaigns"][0]["stops"]]


@pytest.mark.heavy
def test_missions_without_an_address_are_no_letters_that_are_ready(outreach: Run, folder: Path) -> None:
    workbook = openpyxl.load_workbook(folder / "data/missions.xlsx")
    sheet = workbook["Contacts"]
    for number in range(sheet.max_row, 1, -1):
        if sheet.cell(number, 1).value in ("FRA", "DEU"):
            sheet.delete_rows(number)
    workbook.save(folder / "data/missions.xlsx")
    outreach("missions", "import", "data/missions.xlsx", "--replace")
    outreach("campaign", "create", "c", *LETTER, "iso:FRA,DEU,JPN")
    said = outreach("campaign", "check", "c").out
    assert "2 of 3 missions have no usable address and get nothing; ready to approve, 1 letter" in said
    assert [(stop["stop"], stop["missions"]) for stop in one(outreach)["stops"]] == [("no address", ["DEU", "FRA"])]
    outreach("campaign", "create", "nobody", *LETTER, "iso:FRA,DEU")
    assert "not ready: 2 of 2 missions" in outreach("campaign", "check", "nobody", expect=2).out


def test_a_test_letter_that_was_only_filed_went_to_nobody(outreach: Run) -> None:
    outreach("campaign", "create", "c", *LETTER, "iso:FRA")
    said = outreach("campaign", "test", "c", "--to", "ana@coalition.example").out
    assert "was filed in rehearsal-mail/ as a test, and sent to nobody" in said
    assert "went to" not in said


@pytest.mark.heavy
def test_a_dry_run_tells_what_would_go_and_what_not_and_why_and_does_nothing(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    scheduled("c", "iso:FRA,DEU")
    outreach("addresses", "opt-out", "pr.office@deu.mission.example")
    outreach("addresses", "opt-out", "mission@deu.mission.example")
    scheduled("late", "iso:JPN", letter="hrc-thanks")
    outreach("campaign", "pause", "late")
    before = dump(folder)
    # A server is set, and none is there: it is not asked.
    server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=1, ALLOW_LIST="mission.example")
    found = outreach("send", "--dry-run", "--json", expect=3).json
    letters = {letter["iso3"]: letter for letter in found["letters"]}
    assert {iso3: letter["goes"] for iso3, letter in letters.items()} == {"FRA": True, "DEU": False, "JPN": False}
    assert letters["FRA"]["recipients"] == ["pr.office@fra.mission.example", "mission@fra.mission.example"]
    assert "asked to be left alone" in letters["DEU"]["words"]
    assert (letters["JPN"]["code"], letters["JPN"]["words"]) == ("stopped", "the campaign is paused")
    assert "1 letter would go now, 2 not. Nothing was done." in outreach("send", "--dry-run", expect=3).out
    assert dump(folder) == before
    assert not (folder / "rehearsal-mail").exists()


def dump(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "outreach.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@pytest.mark.heavy
def test_a_dry_run_tells_the_way_on_that_status_tells_whatever_stopped_the_campaign(
    outreach: Run, scheduled: Scheduled, folder: Path
) -> None:
    (folder / "s.csv").write_text("Kind,Name\nindividual,Ana Sample\nindividual,Ben Other\n", encoding="utf-8")
    scheduled("paused", "iso:FRA")
    outreach("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:BEL")
    outreach("signatories", "import", "spring", "s.csv", "--yes")
    outreach("campaign", "approve", "spring", "--by", "Ana")
    outreach("campaign", "schedule", "spring", "--at", "now")
    (folder / "s.csv").write_text("Kind,Name\nindividual,Ben Other\n", encoding="utf-8")
    outreach("signatories", "import", "spring", "s.csv", "--yes")
    outreach("campaign", "pause", "paused")
    status = outreach("status", "--json", expect=None).json["campaigns"]
    (stopped,) = (one for one in status if one["campaign"] == "spring")
    assert stopped["stops"][0]["stop"] == "signatory withdrew"
    told = outreach("send", "--dry-run", expect=None).out
    assert "Let it go on" not in told
    assert "outreach campaign approve spring" in told
    assert "outreach campaign resume paused" in told
    letters = outreach("send", "--dry-run", "--json", expect=None).json["letters"]
    (one,) = (one for one in letters if one["campaign"] == "spring")
    assert "Ana Sample" in one["cure"]
    assert "outreach campaign approve spring" in one["cure"]


def test_whatever_stops_a_campaign_stands_in_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs/status.md").read_text(encoding="utf-8")
    table = page.partition("## What stops a campaign")[2].partition("\n## ")[0]
    assert [stop.value for stop in Stop if f"`{stop.value}`" not in table] == []


def test_a_campaign_is_changed_before_its_approval_and_after_it_the_approval_is_void(
    outreach: Run, scheduled: Scheduled
) -> None:
    outreach("campaign", "create", "c", *LETTER, "iso:FRA,DEU")
    outreach("campaign", "change", "c", "--name", "spring", "--except", "FRA", "--letter", "hrc-thanks")
    now = one(outreach)
    assert (now["campaign"], now["letter"], now["exceptions"], now["missions"]) == ("spring", "hrc-thanks", ["FRA"], 1)
    assert now["stops"] == []
    assert "nothing is to be changed" in outreach("campaign", "change", "spring", "--letter", "hrc-thanks").out
    outreach("campaign", "approve", "spring", "--by", "Ana")
    outreach("campaign", "schedule", "spring", "--at", "2030-03-18 09:00")
    said = outreach("campaign", "change", "spring", "--audience", "iso:FRA,DEU,JPN", "--except").out
    assert "The approval by Ana no longer holds: its 1 letter will not go out." in said
    assert "(+FRA +JPN)" in said
    assert "Their time, 2030-03-18 09:00 CET, is gone" in said
    now = one(outreach)
    assert (now["state"], now["messages"], now["approvals"]["given"]) == ("draft", {}, [])
    assert (now["stops"][0]["stop"], now["due"]["first"]) == ("plan changed", None)
    outreach("send")
    outreach("campaign", "approve", "spring", "--by", "Ana")
    assert (one(outreach)["messages"], one(outreach)["stops"]) == ({"queued": 3}, [])


@pytest.mark.heavy
def test_a_campaign_that_is_being_sent_or_is_out_is_neither_changed_nor_deleted(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        scheduled("c", "iso:FRA,DEU", schedule=("--yes", 2))
        assert "Pause it first" in outreach("campaign", "change", "c", "--as-of", "2024-01-01", expect=2).err
        assert "Cancel it first" in outreach("campaign", "delete", "c", "--yes", expect=2).err
        outreach("send", "--yes", 2)
        for words in (("change", "c", "--letter", "hrc-thanks"), ("delete", "c", "--yes")):
            assert "2 letters of it are out" in outreach("campaign", *words, expect=2).err
    assert one(outreach)["messages"] == {"sent": 2}


@pytest.mark.heavy
def test_deleting_says_what_goes_asks_and_takes_all_of_it(outreach: Run, scheduled: Scheduled, folder: Path) -> None:
    scheduled("c", "iso:FRA,DEU")
    outreach("send")  # in rehearsal: it counts for nobody
    error = outreach("campaign", "delete", "c", expect=2).err
    assert "2 missions, 2 letters that went to nobody, 0 signatories" in error
    assert "add --yes" in error
    assert "c is deleted" in outreach("campaign", "delete", "c", "--yes").out
    assert outreach("campaign", "list", "--json").json == []
    connection = sqlite3.connect(folder / "outreach.db")
    for table in ("message", "delivery", "attempt", "frozen", "delivery_event", "response", "campaign"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    last = connection.execute("SELECT action, subject FROM audit_entry ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("campaign.deleted", "c")
    connection.close()


def test_to_take_the_sheet_back_that_gave_the_recipients_takes_their_number_and_the_approval(
    outreach: Run, scheduled: Scheduled
) -> None:
    scheduled("c", "iso:FRA,DEU")
    told = outreach("missions", "undo", "1", "--dry-run")
    assert "c: the addresses of 2 missions change; nobody at DEU, FRA would be written to any more" in told.out
    assert "its approval is void by that" in told.out
    assert "Nothing was changed: this was a dry run." in told.out
    refused = outreach("missions", "undo", "1", expect=2).err
    number = outreach("missions", "undo", "1", "--dry-run", "--json").json["retired"]
    assert f"go {number} of {number} rows" in refused
    assert f"Add --yes {number}" in refused or f"add --yes {number}" in refused
    assert "was confirmed, but" in outreach("missions", "undo", "1", "--yes", number - 1, expect=2).err
    assert one(outreach)["state"] == "scheduled"
    done = outreach("missions", "undo", "1", "--yes", number).out
    assert "c: its approval is void, for the sheet has changed whom it goes to." in done
    stopped = one(outreach, 3)
    assert stopped["state"] == "draft"
    assert "sent" not in stopped["messages"]


@pytest.mark.heavy
def test_single_fields_of_a_contact_are_set_by_hand_remembered_and_can_be_taken_back(
    outreach: Run, scheduled: Scheduled
) -> None:
    scheduled("c", "iso:FRA,DEU")
    old, new = "pr.office@fra.mission.example", "new.office@fra.mission.example"
    assert "has 2 contacts" in outreach("missions", "set", "FRA", f"email={new}", expect=2).err
    said = outreach("missions", "set", "FRA", f"email={new}", "title=Ambassador", "--contact", old).out
    assert f"FRA, {old}: email '{old}' → '{new}'" in said
    assert "c: its approval is void" in said
    rows = outreach("missions", "history", "FRA", "--json").json
    assert {(row["field"], row["file"]) for row in rows[:2]} == {("email", "set by hand"), ("title", "set by hand")}
    back = outreach("missions", "undo").out
    assert "c: its addresses are again as they were approved, and its approval is void all the same" in back
    assert "Taken back: import 2 (set by hand) by" in back
    assert f"email '{new}' → '{old}'" in back
    assert "import 2 taken back (set by hand)" in outreach("missions", "history", "FRA").out
    (mission,) = outreach("missions", "list", "--audience", "iso:FRA", "--json").json
    assert mission["contacts"][0]["email"] == old


@pytest.mark.heavy
def test_an_import_tells_which_approved_letters_stay_as_they_were(
    outreach: Run, scheduled: Scheduled, folder: Path
) -> None:
    scheduled("c", "iso:FRA,DEU")
    sheet = folder / "names.csv"
    sheet.write_text("Country,E-mail,Name\nFrance,pr.office@fra.mission.example,Ana Li\n", encoding="utf-8")
    said = outreach("missions", "import", "names.csv", "--yes").out
    assert "c: its letters to FRA stay as they were approved: approve it again" in said
    again = outreach("missions", "import", "names.csv").out
    assert "nothing is there to take back" in again
    assert "stay as they were approved" not in again


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("FRA", "langauge=fr"), "there is no such field"),
        (("FRA", "language=klingon"), "is no language"),
        (("FRA", "language="), "can't be empty"),
        (("FRA", "language"), "sets nothing"),
        (("XXX", "language=fr"), "is no ISO3 code"),
        (("FRA", "email=not an address", "--contact", "pr.office@fra.mission.example"), "e-mail"),
        (
            ("FRA", "email=pr.office@deu.mission.example", "--contact", "pr.office@fra.mission.example"),
            "contact of DEU",
        ),
        (("FRA", "name=Ada", "--contact", "nobody@fra.mission.example"), "no contact of FRA"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_cure_and_changes_nothing(
    outreach: Run, folder: Path, words: tuple[str, ...], said: str
) -> None:
    before = dump(folder)
    assert said in outreach("missions", "set", *words, expect=2).err
    assert dump(folder) == before


def test_letters_are_listed_with_languages_sender_and_who_sends_them(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "c", *LETTER, "iso:FRA")
    (folder / "templates/hrc-regret/letter.toml").write_text("title = \n")
    rows = {row["letter"]: row for row in outreach("letter", "list", "--json").json}
    assert rows["hrc-joint-letter"]["campaigns"] == ["c"]
    assert rows["hrc-joint-letter"]["languages"] == ["en", "fr", "es", "ar", "zh", "ru"]
    assert "can't be read" in rows["hrc-regret"]["problem"]
    assert "hrc-thanks" in outreach("letter", "list").out


@pytest.mark.heavy
def test_the_keys_for_monitors_are_those_that_the_page_documents(outreach: Run, scheduled: Scheduled) -> None:
    scheduled("c", "iso:FRA")
    page = (Path(__file__).parents[2] / "docs/status.md").read_text(encoding="utf-8")
    found = outreach("status", "--json").json
    campaign = found["campaigns"][0]
    for key in [*found, *campaign, *campaign["due"], *campaign["approvals"], *campaign["stops"][0], *campaign["next"]]:
        assert f"`{key}`" in page, key
    json.dumps(found)
