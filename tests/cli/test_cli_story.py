"""The main job through the command line, against a server that listens on loopback."""

import email
import email.policy
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Run, at_once, every_address
from tests.conftest import ROOT
from tests.examples import heavy
from tests.programs import program
from tests.scripted_smtp import HANG_UP, Accepted, Dialogue, ScriptedSmtp

Scheduled = Callable[..., None]
Set = Callable[..., None]


def parsed(message: Accepted) -> EmailMessage:
    found = email.message_from_bytes(message.content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def test_forty_seven_letters_once_each_in_its_language_with_its_name_and_all_numbers_agree(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        scheduled("hrc55", schedule=("--yes", 47))
        outreach("send", "--yes", 47)
        outreach("send", "--yes", 47)
    mails = {parsed(message)["Message-ID"]: parsed(message) for message in server.accepted}
    rows = outreach("messages", "list", "hrc55", "--json").json
    assert len(server.accepted) == len(mails) == len(rows) == 47
    for row in rows:
        mail = mails[row["message_id"]]
        body = mail.get_body(("plain",))
        assert body is not None
        assert row["state"] == "sent"
        assert row["delivery"] == "accepted"
        assert row["attempts"] == 1
        assert row["smtp_reply"] == "250 2.0.0 accepted"
        assert mail["Subject"] == row["subject"]
        assert [a.addr_spec for a in (*mail["To"].addresses, *mail["Cc"].addresses)] == row["recipients"]
        assert all(f"@{row['iso3'].lower()}.mission.example" in address for address in row["recipients"])
        assert mail["Date"].datetime is not None
    by_code = {row["iso3"]: mails[row["message_id"]] for row in rows}
    assert Counter(mail["Content-Language"] for mail in mails.values()).keys() == {"en", "fr", "es", "ar", "zh", "ru"}
    for code, language, words in (
        ("FRA", "fr", "Mission permanente de la République française"),
        ("ARG", "es", "Misión Permanente de la República Argentina"),
        ("JPN", "en", "Permanent Mission of Japan"),
        ("CHN", "zh", "中华人民共和国常驻联合国日内瓦办事处代表团"),
    ):
        assert by_code[code]["Content-Language"] == language
        body = by_code[code].get_body(("plain",))
        assert body is not None
        assert words in " ".join(body.get_content().split())
    status = outreach("campaign", "status", "hrc55", "--json").json
    assert list(status)[:6] == ["campaign", "missions", "messages", "delivery", "answers", "positions"]
    assert (status["campaign"], status["missions"]) == ("hrc55", 47)
    assert (status["messages"], status["delivery"]) == ({"sent": 47}, {"accepted": 47})
    assert (status["answers"], status["positions"]) == ({"none": 47}, {"unknown": 47})
    outreach("report", "hrc55", "--out", "r.xlsx")
    sheet = openpyxl.load_workbook("r.xlsx")["Missions"]
    assert sum(str(row[0].value or "").isupper() and len(str(row[0].value)) == 3 for row in sheet.iter_rows()) == 47


@pytest.mark.parametrize("number", [None, 48, *map(heavy, (46, 0, 195))])
def test_live_mode_does_nothing_without_the_right_number(
    number: int | None, outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    yes = () if number is None else ("--yes", number)
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        outreach(
            "campaign",
            "create",
            "c",
            "--letter",
            "hrc-joint-letter",
            "--audience",
            "hrc-members",
            "--as-of",
            "2024-03-18",
        )
        outreach("campaign", "approve", "c", "--by", "Ana")
        outreach("campaign", "schedule", "c", "--at", at_once(), *yes, expect=2)
        outreach("campaign", "schedule", "c", "--at", at_once(), "--yes", 47)
        refused = outreach("send", *yes, expect=2)
    assert not server.connections
    assert "47" in refused.err
    assert outreach("campaign", "status", "c", "--json").json["messages"] == {"queued": 47}


@pytest.mark.heavy
def test_rehearsal_is_the_default_and_writes_to_nobody_but_the_allow_list(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST=every_address("FRA"))
        scheduled("c")
        outreach("send")
        assert set(server.recipients()) == {"pr.office@fra.mission.example", "mission@fra.mission.example"}
        assert outreach("campaign", "status", "c", "--json").json["messages"] == {"held": 46, "sent": 1}
        row = outreach("messages", "list", "c", "--json").json[0]
        assert row["iso3"] == "ALB"
        assert "outside the rehearsal's allow-list" in row["reason"]


@pytest.mark.heavy
def test_without_a_server_a_rehearsal_lands_in_files_and_live_makes_the_letters_anew(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    scheduled("c", "iso:FRA,DEU")
    outreach("send")
    assert len(list((folder / "rehearsal-mail").glob("*.eml"))) == 2
    rehearsed = {row["message_id"] for row in outreach("messages", "list", "c", "--json").json}
    outreach("campaign", "approve", "c", "--by", "Ana")
    assert {row["message_id"] for row in outreach("messages", "list", "c", "--json").json} == rehearsed
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        outreach("campaign", "approve", "c", "--by", "Ana")
        outreach("campaign", "schedule", "c", "--at", at_once(), "--yes", 2)
        outreach("send", "--yes", 2)
    assert len(server.accepted) == 2
    assert {parsed(message)["Message-ID"] for message in server.accepted}.isdisjoint(rehearsed)
    assert outreach("campaign", "status", "c", "--json").json["messages"] == {"sent": 2}


@pytest.mark.heavy
def test_a_campaign_scheduled_in_rehearsal_is_not_sent_live_by_the_scheduler_unasked(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    scheduled("c", "iso:FRA")
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        process = program("run", cwd=folder, env=os.environ)
        assert process.stderr is not None
        line = next(line for line in process.stderr if "waits for a person" in line)
        process.terminate()
        process.communicate(timeout=20)
    assert "c waits" in line
    assert not server.data_seen
    assert outreach("campaign", "status", "c", "--json").json["state"] == "waiting"


@pytest.mark.heavy
def test_the_scheduler_sends_and_on_sigterm_finishes_what_is_in_flight(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    import time

    def slow(_dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        if verb == "DOT":
            time.sleep(0.15)
        return None

    with ScriptedSmtp(slow) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        scheduled("c", schedule=("--yes", 47))
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "scheduler.py")], cwd=folder, stderr=subprocess.PIPE, text=True
        )
        while server.dots < 5:
            time.sleep(0.01)
        process.terminate()
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0, log
        assert len(server.accepted) == server.dots < 47
        states = outreach("campaign", "status", "c", "--json").json["messages"]
        assert states == {"sent": len(server.accepted), "queued": 47 - len(server.accepted)}
    assert re.search(r"CES?T  c [A-Z]{3} sent: 250", log)
    assert "stopping: the letters in flight finish first" in log


@pytest.mark.heavy
def test_a_campaign_can_be_paused_resumed_and_cancelled(outreach: Run, scheduled: Scheduled) -> None:
    scheduled("c", "iso:FRA,DEU,JPN")
    outreach("campaign", "pause", "c")
    assert "Nothing was due" in outreach("send").out
    outreach("campaign", "resume", "c")
    outreach("campaign", "cancel", "c")
    outreach("send")
    assert outreach("campaign", "status", "c", "--json").json["messages"] == {"cancelled": 3}
    outreach("campaign", "resume", "c", expect=2)
    outreach("campaign", "approve", "c", "--by", "Ana", expect=2)


@pytest.mark.heavy
def test_an_uncertain_letter_is_decided_by_its_number(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    def break_once(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return HANG_UP if verb == "DOT" and dialogue.number == 1 else None

    with ScriptedSmtp(break_once) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, SMTP_CONNECTIONS=1)
        scheduled("c", "iso:FRA", schedule=("--yes", 1))
        outreach("send", "--yes", 1)
        (row,) = outreach("messages", "list", "c", "--json").json
        assert row["state"] == "uncertain"
        said = outreach("send").out
        assert "c: 1 letter is in doubt: it may have gone out (FRA)." in said
        assert f"outreach messages resolve {row['id']} sent" in said
        outreach("messages", "resolve", row["id"], "maybe", expect=2)
        outreach("messages", "resolve", 999, "sent", expect=2)
        outreach("messages", "resolve", row["id"], "resend")
        outreach("send", "--yes", 1)
    assert [row["state"] for row in outreach("messages", "list", "c", "--json").json] == ["sent"]
    assert len(server.accepted) == 1


@pytest.mark.heavy
def test_what_was_approved_goes_out_whatever_happens_to_sheet_and_template(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp() as server:
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST=every_address())
        scheduled("c", "iso:FRA")
        (folder / "templates/hrc-joint-letter/fr.md").write_text("Something else\n")
        change_cells(folder, "France", "The Kingdom of Elsewhere")
        outreach("missions", "import", "data/missions.xlsx")
        outreach("send")
    (message,) = server.accepted
    assert "pr.office@fra.mission.example" in message.rcpt_to
    body = parsed(message).get_body(("plain",))
    assert body is not None
    assert "Something else" not in body.get_content()
    assert "Elsewhere" not in body.get_content()


def change_cells(folder: Path, old: str, new: str) -> None:
    workbook = openpyxl.load_workbook(folder / "data/missions.xlsx")
    for sheet in workbook:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if cell.value == old:
                    cell.value = new
    workbook.save(folder / "data/missions.xlsx")


@pytest.mark.heavy
def test_an_address_that_the_sheet_changes_voids_the_approval_and_asks_again(
    outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp() as server:
        allowed = f"{every_address()},other@fra.mission.example"
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST=allowed)
        scheduled("c", "iso:FRA,DEU")
        change_cells(folder, "pr.office@fra.mission.example", "other@fra.mission.example")
        said = outreach("missions", "import", "data/missions.xlsx").out
        assert "FRA: pr.office@fra.mission.example → other@fra.mission.example" in said
        assert "approve it again" in outreach("send", expect=3).out.lower()
        assert not server.accepted
        assert "sheet has changed" in outreach("campaign", "schedule", "c", "--at", "now", expect=2).err
        outreach("campaign", "approve", "c", "--by", "Ana")
        outreach("campaign", "schedule", "c", "--at", "now")
        outreach("send")
    assert any("other@fra.mission.example" in message.rcpt_to for message in server.accepted)
    assert len(server.accepted) == 2


def test_a_time_long_past_is_refused_and_one_just_past_is_due_at_once(outreach: Run, scheduled: Scheduled) -> None:
    scheduled("c", "iso:FRA")
    error = outreach("campaign", "schedule", "c", "--at", "2024-03-18 09:00", expect=2).err
    assert "days ago" in error
    future = outreach("campaign", "schedule", "c", "--at", "2030-03-18 09:00").out
    assert "2030-03-18 09:00 CET" in future
    assert "Nothing was due" in outreach("send").out


def test_check_lists_every_mission_that_lacks_what_the_letter_needs_and_approve_refuses(
    outreach: Run, folder: Path
) -> None:
    path = folder / "templates/hrc-joint-letter/en.md"
    path.write_text("Dear {{ contact.name }} ({{ contact.titel }})\n")
    outreach("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:JPN,DEU,FRA")
    found = outreach("campaign", "check", "c", expect=2).out
    assert "en.md, line 1" in found
    assert "Did you mean contact.title?" in found
    path.write_text("Dear {{ contact.name }}{% if contact.title %}, {{ contact.title }}{% endif %}\n")
    found = outreach("campaign", "check", "c", expect=2).out
    assert "Germany (DEU): the letter needs contact.name" in found
    assert "Japan (JPN)" in found
    assert "France" not in found
    outreach("campaign", "approve", "c", "--by", "Ana", expect=2)
    assert outreach("messages", "list", "c", "--json").json == []


def test_check_as_json_says_whether_it_is_ready(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:JPN,CHN")
    found = outreach("campaign", "check", "c", "--json").json
    assert (found["campaign"], found["ready"], found["missions"], found["problems"]) == ("c", True, 2, [])
    assert any("placeholders" in warning["what"] for warning in found["warnings"])
    (folder / "templates/hrc-joint-letter/en.md").write_text("{{ contact.name }}\n")
    found = outreach("campaign", "check", "c", "--json", expect=2).json
    assert found["ready"] is False
    assert found["problems"][0]["where"]


def test_what_is_proposed_next_can_be_typed_as_it_stands(outreach: Run) -> None:
    made = outreach("campaign", "create", "spring 24", "--letter", "hrc-joint-letter", "--audience", "iso:JPN")
    assert 'outreach campaign check "spring 24"' in made.out


def test_preview_writes_a_page_and_a_mail_for_each_mission_and_sends_nothing(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:FRA,CHN")
    (folder / "templates/hrc-joint-letter/zh.md").unlink()
    outreach("campaign", "preview", "c", "--out", "p")
    assert sorted(path.name for path in (folder / "p").iterdir()) == ["CHN.eml", "CHN.html", "FRA.eml", "FRA.html"]
    mail = email.message_from_bytes((folder / "p/FRA.eml").read_bytes(), policy=email.policy.default)
    assert mail["To"] == "pr.office@fra.mission.example"
    assert mail["Date"]
    page = (folder / "p/CHN.html").read_text()
    assert "no text in zh" in page
    assert "not sent" in page
    outreach("campaign", "preview", "c", "--mission", "DEU", expect=2)


@pytest.mark.heavy
def test_a_mission_without_an_address_is_told_and_held(outreach: Run, folder: Path) -> None:
    workbook = openpyxl.load_workbook(folder / "data/missions.xlsx")
    sheet = workbook["Contacts"]
    for number in range(sheet.max_row, 1, -1):
        if sheet.cell(number, 1).value == "FRA":
            sheet.delete_rows(number)
    workbook.save(folder / "data/missions.xlsx")
    outreach("missions", "import", "data/missions.xlsx", "--replace")
    outreach("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:FRA,DEU")
    assert "France (FRA): no usable address" in outreach("campaign", "check", "c").out
    outreach("campaign", "approve", "c", "--by", "Ana")
    states = {row["iso3"]: (row["state"], row["reason"]) for row in outreach("messages", "list", "c", "--json").json}
    assert states == {"DEU": ("queued", ""), "FRA": ("held", "no usable address")}


def test_an_incomplete_council_is_refused_with_the_reason(outreach: Run) -> None:
    create = ("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience")
    error = outreach(*create, "hrc-members", "--as-of", "2027-06-01", expect=2).err
    assert "47" in error
    outreach(*create, "hrc-observers", "--as-of", "2027-06-01", expect=2)
    outreach("campaign", "status", "c", expect=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("campaign", "status", "nothing"), "There is no campaign"),
        (("campaign", "create", "a/b", "--letter", "hrc-thanks", "--audience", "all"), "can't be the name"),
        (("campaign", "create", "x", "--letter", "hrc-thank", "--audience", "all"), "hrc-thanks"),
        (("campaign", "create", "x", "--letter", "hrc-thanks", "--audience", "iso:FRX"), "FRX"),
        (("campaign", "create", "x", "--letter", "hrc-thanks", "--audience", "group:Atlantis"), "Atlantis"),
        (("campaign", "create", "x", "--letter", "hrc-thanks", "--audience", "all", "--as-of", "soon"), "not a date"),
        (("missions", "import", "no.xlsx"), "no.xlsx"),
        (("report", "x", "--out", "x.pdf"), ""),
        (("inbox", "ingest", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_ends_with_2_and_says_what_to_do(arguments: tuple[str, ...], words: str, outreach: Run) -> None:
    ran = outreach(*arguments, expect=2)
    assert ran.err.startswith("outreach: ")
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_init_twice_leaves_what_is_there(outreach: Run, folder: Path) -> None:
    (folder / "outreach.toml").write_text('mode = "rehearsal"\n')
    out = outreach("init").out
    assert "written" not in out
    assert (folder / "outreach.toml").read_text() == 'mode = "rehearsal"\n'


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from outreach.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    loaded = set(json.loads(out.splitlines()[-1]))
    heavy = {
        "sqlmodel",
        "sqlalchemy",
        "pydantic",
        "openpyxl",
        "jinja2",
        "asyncio",
        "aiosmtplib",
        "apscheduler",
        "rich",
        "email",
    }
    assert loaded.isdisjoint(heavy)


def test_a_report_since_a_day_to_come_is_refused(outreach: Run, folder: Path) -> None:
    outreach("campaign", "create", "spring", "--letter", "hrc-joint-letter", "--audience", "iso:FRA")
    said = outreach("report", "spring", "--since", "2999-01-01", "--out", "r.xlsx", expect=2).err
    assert "2999-01-01 has not come yet" in said
    assert not (folder / "r.xlsx").exists()
