"""A letter that a mission has had already ends right: by the journal, or by a person's word, never held for ever."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import openpyxl
import pytest

from outreach import clock
from tests.cli.conftest import Ran, Run
from tests.cli.test_cli_once import campaign
from tests.examples import HEAVY, heavy
from tests.scripted_smtp import HANG_UP, Dialogue, ScriptedSmtp

Set = Callable[..., None]


def rows(outreach: Run, name: str) -> dict[str, dict[str, object]]:
    return {row["iso3"]: row for row in outreach("messages", "list", name, "--json").json}


def letter(outreach: Run, name: str, code: str) -> object:
    return rows(outreach, name)[code]["id"]


def out_before_the_approval(outreach: Run, server: ScriptedSmtp, server_settings: Set, *more: object) -> None:
    """A backup of a draft; then two letters went out live; then the backup came back, and that was settled."""
    server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
    words = ("--letter", "hrc-joint-letter", "--audience", "iso:FRA,DEU", "--as-of", "2024-03-18", *more)
    outreach("campaign", "create", "one", *words)
    outreach("backup", "draft.zip")
    outreach("campaign", "approve", "one", "--by", "Ana")
    outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2)
    outreach("send", "--yes", 2)
    assert len(server.accepted) == 2
    outreach("restore", "draft.zip", "--yes")
    assert "count as sent once their campaign is approved again" in outreach("here", expect=2).out
    outreach("here", "--yes", 2)


@HEAVY
def test_what_went_out_before_the_approval_counts_as_sent_at_the_approval(outreach: Run, server_settings: Set) -> None:
    with ScriptedSmtp() as server:
        out_before_the_approval(outreach, server, server_settings)
        said = outreach("campaign", "approve", "one", "--by", "Ana").out
        assert "0 letters are frozen" in said
        assert "they count as sent: DEU, FRA." in said
        found = rows(outreach, "one")
        assert {row["state"] for row in found.values()} == {"sent"}
        # They bear the name by which the missions' answers and the servers' reports will name them.
        names = {row["message_id"] for row in found.values()}
        assert names == {message_from_bytes(mail.content)["Message-ID"] for mail in server.accepted}
        assert outreach("campaign", "list", "--json").json[0]["stage"] == "finished"
        made = outreach(
            "campaign", "follow-up", "one", "--letter", "hrc-reminder", "--after", "5 working days", "--to", "none",
            "--by", "Ana", "--yes", 2,
        )  # fmt: skip
        assert "The first is due on " in made.out
        outreach("report", "one", "--out", "one.json")
        told = json.loads(Path("one.json").read_text(encoding="utf-8"))
        assert [row["sent_at"] is not None for row in told["missions"]] == [True, True]
        outreach("send", "--yes", 2, expect=None)
        assert len(server.accepted) == 2


@HEAVY
def test_what_went_out_to_one_address_goes_to_the_other(outreach: Run, server_settings: Set) -> None:
    """To an address that the sheet has since, nothing is known to have gone: a person is asked."""
    with ScriptedSmtp() as server:
        out_before_the_approval(outreach, server, server_settings)
        sheet = Path("new.csv")
        sheet.write_text("ISO3,Country,Name,Email\nFRA,France,Ada,ada@elsewhere.example\n", encoding="utf-8")
        outreach("missions", "import", "new.csv", "--yes", expect=None)
        outreach("campaign", "approve", "one", "--by", "Ana")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2)
        outreach("send", "--yes", 2, expect=None)
        taken = [who for mail in server.accepted for who in mail.rcpt_to]
        assert len(taken) == len(set(taken))


def had(outreach: Run, server: ScriptedSmtp, server_settings: Set) -> Ran:
    """France and Germany have had it by one campaign; another one with the same letter is held for them."""
    server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
    for name in ("spring", "summer"):
        campaign(outreach, name, "iso:FRA,DEU,JPN" if name == "summer" else "iso:FRA,DEU,IND")
        outreach("campaign", "schedule", name, "--at", "now", "--yes", 3)
        said = outreach("send", "--yes", 3, expect=None)
    assert len(server.accepted) == 4
    return said


@HEAVY
def test_a_person_says_what_counts_as_sent_what_goes_again_and_what_is_left(
    outreach: Run, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        said = had(outreach, server, server_settings).out
        assert f"outreach messages resolve {letter(outreach, 'summer', 'DEU')} sent (it counts as sent)" in said
        spring = rows(outreach, "spring")
        outreach("messages", "resolve", letter(outreach, "summer", "FRA"), "sent")
        assert rows(outreach, "summer")["FRA"]["state"] == "sent"
        outreach("messages", "resolve", letter(outreach, "summer", "DEU"), "resend")
        outreach("send", "--yes", 3)
        assert len(server.accepted) == 5
        assert rows(outreach, "spring") == spring
        assert {row["state"] for row in rows(outreach, "summer").values()} == {"sent"}
        assert {one["campaign"]: one["stage"] for one in outreach("campaign", "list", "--json").json} == {
            "spring": "finished", "summer": "finished",
        }  # fmt: skip


@HEAVY
def test_a_yes_to_once_more_holds_for_what_it_was_said_of(outreach: Run, server_settings: Set) -> None:
    """What the mission got after that yes is asked about again."""
    with ScriptedSmtp() as server:
        had(outreach, server, server_settings)
        outreach("campaign", "pause", "summer")
        outreach("messages", "resolve", letter(outreach, "summer", "DEU"), "resend")
        shutil.copytree("templates/hrc-joint-letter", "templates/another")
        campaign(outreach, "autumn", "iso:DEU")
        outreach("campaign", "schedule", "autumn", "--at", "now", "--yes", 1, "--again")
        outreach("send", "--yes", 1)
        assert len(server.accepted) == 5
        outreach("campaign", "resume", "summer")
        outreach("send", "--yes", 3, expect=None)
        assert len(server.accepted) == 5
        assert "autumn" in str(rows(outreach, "summer")["DEU"]["reason"])


@HEAVY
def test_several_are_left_with_one_word(outreach: Run, server_settings: Set) -> None:
    with ScriptedSmtp() as server:
        had(outreach, server, server_settings)
        both = [letter(outreach, "summer", code) for code in ("FRA", "DEU")]
        before = rows(outreach, "summer")
        outreach("messages", "resolve", *both, 99999, "cancel", expect=2)
        assert rows(outreach, "summer") == before, "all are settled, or none"
        assert outreach("messages", "resolve", *both, "cancel").out.count("is cancelled.") == 2


@HEAVY
def test_two_campaigns_with_the_same_that_are_both_to_go_are_told_beforehand(
    outreach: Run, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "spring", "iso:FRA,DEU")
        outreach("campaign", "schedule", "spring", "--at", "now", "--yes", 2)
        words = ("--letter", "hrc-joint-letter", "--audience", "iso:FRA,IND", "--as-of", "2024-03-18")
        for command in (
            ("campaign", "create", "summer", *words),
            ("campaign", "check", "summer"),
            ("campaign", "approve", "summer", "--by", "Ana"),
            ("campaign", "schedule", "summer", "--at", "now", "--yes", 2),
        ):
            said = outreach(*command).out
            assert "the same letter is to go by the campaign spring (scheduled, " in said, said
            assert "to France (FRA)" in said
        told = outreach("send", "--dry-run", "--json", expect=None).json["letters"]
        outreach("send", "--yes", 4, expect=3)
        went = {(one["campaign"], one["iso3"]) for one in told if one["goes"]}
        (other,) = [one for one in told if not one["goes"]]
        assert (other["campaign"], other["iso3"], other["code"]) == ("summer", "FRA", "by another campaign")
        assert went == {
            (name, code)
            for name in ("spring", "summer")
            for code, row in rows(outreach, name).items()
            if row["state"] == "sent"
        }


@HEAVY
def test_what_the_server_said_to_be_too_large_is_told_by_the_dry_run(outreach: Run, server_settings: Set) -> None:
    with ScriptedSmtp(extensions=("SIZE 20000",)) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "spring", "iso:FRA")
        outreach("campaign", "schedule", "spring", "--at", "now", "--yes", 1)
        outreach("doctor", expect=None)
        said = outreach("send", "--dry-run", expect=None).out
        assert "too large" in said
        assert "0 letters would go now, 1 not" in said
        outreach("send", "--yes", 1, expect=None)
        assert not server.accepted


@HEAVY
@pytest.mark.parametrize("entry", ["fra.mission.example", "@fra.mission.example", "mission@fra.mission.example"])
def test_whom_a_rehearsal_really_writes_to_is_told_before(entry: str, outreach: Run, server_settings: Set) -> None:
    with ScriptedSmtp() as server:
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST=entry)
        campaign(outreach, "one", "iso:FRA,DEU")
        for said in (
            outreach("doctor", expect=None).out,
            outreach("campaign", "check", "one").out,
            outreach("campaign", "schedule", "one", "--at", "now").out,
        ):
            assert "letters really go to 1 mission, since allow_list has an address or a domain of it: FRA" in said
        outreach("send", expect=None)
        assert {address.partition("@")[2] for address in server.recipients()} <= {"fra.mission.example"}


@HEAVY
def test_a_contact_at_the_teams_own_domain_is_the_teams(outreach: Run, server_settings: Set) -> None:
    with ScriptedSmtp() as server:
        server_settings(
            SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, ALLOW_LIST="@team.example", FROM="Team <us@team.example>"
        )
        Path("new.csv").write_text("ISO3,Email\nFRA,ana@team.example\n", encoding="utf-8")
        outreach("missions", "import", "new.csv", "--yes")
        campaign(outreach, "one", "iso:FRA")
        assert "allow_list" not in outreach("campaign", "schedule", "one", "--at", "now").out


@HEAVY
def test_one_letter_tried_again_lets_no_other_go_that_the_breaker_stopped(outreach: Run, server_settings: Set) -> None:
    refusing = True

    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return "550 5.1.1 user unknown" if refusing and verb == "RCPT" and "mission@" in argument else None

    with ScriptedSmtp(script) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "hrc-members")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 47)
        outreach("send", "--yes", 47, expect=None)
        went = len(server.accepted)
        assert 10 <= went < 47
        refusing = False
        code = next(code for code, row in rows(outreach, "one").items() if row["state"] == "sent")
        said = outreach("messages", "retry", "one", "--mission", code).out
        assert f"stays so: {47 - went} other letters wait that you have not named" in said
        assert "outreach campaign resume one" in said
        outreach("send", "--yes", 47, expect=None)
        assert len(server.accepted) == went
        outreach("campaign", "resume", "one")
        outreach("send", "--yes", 47)
        assert len(server.accepted) == 47 + 1  # and the one of which one address had its copy


def stage_told(outreach: Run) -> set[str]:
    """How far the campaign has come, as each door says it."""
    return {
        outreach("campaign", "list", "--json").json[0]["stage"],
        outreach("campaign", "status", "one", "--json").json["stage"],
        json.loads(Path("one.json").read_text(encoding="utf-8"))["status"]["stage"],
    }


@HEAVY
def test_how_far_a_campaign_has_come_is_one_word_at_every_door(outreach: Run, server_settings: Set) -> None:
    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return "550 5.1.1 user unknown" if verb == "RCPT" and "fra." in argument else None

    with ScriptedSmtp(script) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA,DEU,JPN")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 3)
        outreach("send", "--yes", 3, expect=None)
        word = "finished, 1 not delivered"
        outreach("report", "one", "--out", "one.json")
        outreach("report", "one", "--out", "one.xlsx")
        head = openpyxl.load_workbook("one.xlsx").worksheets[0]
        assert json.loads(Path("one.json").read_text(encoding="utf-8"))["status"]["stage"] == word
        assert any(f"campaign {word}" in str(cell.value) for row in head.iter_rows() for cell in row)
        assert word in outreach("campaign", "list").out
        assert outreach("campaign", "list", "--json").json[0]["stage"] == word
        assert outreach("campaign", "status", "one", "--json").json["stage"] == word


@HEAVY
def test_what_the_server_says_of_every_letter_for_now_is_told_with_the_cure_and_once_it_lasts_it_is_a_stop(
    outreach: Run, server_settings: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "450 4.1.8 Sender address rejected: Domain not found"
    cure = "Check the addresses in from and bounce_address"
    with ScriptedSmtp(lambda _dialogue, verb, _argument: said if verb == "RCPT" else None) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA,DEU,JPN")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 3)
        sent = outreach("send", "--yes", 3).out
        assert {row["state"] for row in rows(outreach, "one").values()} == {"deferred"}
        for words in (sent, outreach("status").out):
            assert words.count("3 letters wait to be tried again since ") == 1
            assert words.count(said) == 1
            assert cure in words
        told = outreach("status", "--json").json["campaigns"][0]
        assert (told["put_off"]["letters"], told["put_off"]["of"], told["put_off"]["said"]) == (3, 3, said)
        (stop,) = told["stops"]
        assert (stop["stop"], stop["said"], stop["blocks"]) == ("put off", said, False)
        assert told["stage"] == "scheduled"
        now = clock.now
        monkeypatch.setattr(clock, "now", lambda: now() + timedelta(hours=2))
        lasting = outreach("send", "--yes", 3, expect=3).out
        assert cure in lasting
        assert "outreach doctor" in lasting
        assert outreach("status", "--json", expect=3).json["campaigns"][0]["stage"] == "scheduled, blocked"


@HEAVY
def test_a_few_that_are_put_off_while_others_are_taken_stop_nothing(outreach: Run, server_settings: Set) -> None:
    said = "450 4.7.1 Greylisted, come back later"
    refuse = lambda _dialogue, verb, argument: said if verb == "RCPT" and "fra." in argument else None  # noqa: E731
    with ScriptedSmtp(refuse) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA,DEU,JPN")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 3)
        sent = outreach("send", "--yes", 3).out
        assert "1 letter waits to be tried again since " in sent
        assert said in sent
        assert not outreach("status", "--json").json["campaigns"][0]["stops"]


@HEAVY
def test_of_a_letter_that_some_have_and_another_address_waits_for_only_that_is_told(
    outreach: Run, server_settings: Set
) -> None:
    said = "450 4.7.1 Greylisted, come back later"
    refuse = lambda _dialogue, verb, argument: said if verb == "RCPT" and "mission@fra." in argument else None  # noqa: E731
    with ScriptedSmtp(refuse) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 1)
        sent = outreach("send", "--yes", 1).out
        assert len(server.accepted) == 1
        assert "1 letter waits to be tried again since " in sent
        assert f"The mail server said of it: {said}" in sent
        assert "250 " not in sent


@HEAVY
def test_a_letter_that_reached_some_of_its_addresses_is_settled_by_a_person(
    outreach: Run, server_settings: Set
) -> None:
    def script(_dialogue: Dialogue, verb: str, argument: str) -> str | None:
        return "550 5.1.1 user unknown" if verb == "RCPT" and "mission@fra." in argument else None

    with ScriptedSmtp(script) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA,DEU")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2)
        outreach("send", "--yes", 2, expect=None)
        said = outreach("status", expect=None).out
        assert "reached only some" in said
        assert f"outreach messages resolve {letter(outreach, 'one', 'FRA')} cancel (leave it)" in said
        for done in ("one.json", "one.xlsx"):
            outreach("report", "one", "--out", done)
        assert stage_told(outreach) == {"finished, 1 not delivered"}
        outreach("messages", "resolve", letter(outreach, "one", "FRA"), "cancel")
        assert "reached only some" not in outreach("status", expect=None).out
        assert rows(outreach, "one")["FRA"]["state"] == "sent"
        outreach("report", "one", "--out", "one.json")
        assert stage_told(outreach) == {"finished"}


@HEAVY
def test_where_all_went_out_after_the_backup_of_approved_letters_the_campaign_is_finished(
    outreach: Run, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA,DEU")
        outreach("backup", "approved.zip")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2)
        outreach("send", "--yes", 2)
        outreach("restore", "approved.zip", "--yes")
        outreach("here", "--yes", 2)
        outreach("report", "one", "--out", "one.json")
        assert stage_told(outreach) == {"finished"}
        assert (
            "nothing is left to go: all is out"
            in outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2).out
        )
        assert stage_told(outreach) == {"finished"}
        outreach("send", "--yes", 2)
        assert len(server.accepted) == 2


def delivered(message_id: str, *addresses: str) -> bytes:
    """A mail server's report that a letter was delivered (RFC 3464)."""
    each = "".join(f"\nFinal-Recipient: rfc822; {one}\nAction: delivered\nStatus: 2.0.0\n" for one in addresses)
    return (
        "From: MAILER-DAEMON@mx.example\nTo: letters@coalition.example\nSubject: Delivered\n"
        "Message-ID: <1@mx.example>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt was delivered.\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n{each}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize("word", [heavy("resend"), "resend, and paused", heavy("resend, and cancelled")])
def test_what_proves_that_a_letter_in_doubt_arrived_holds_after_a_person_said_that_it_did_not(
    word: str, outreach: Run, server_settings: Set
) -> None:
    def script(dialogue: Dialogue, verb: str, _argument: str) -> str | None:
        return HANG_UP if verb == "DOT" and dialogue.number == 1 else None

    with ScriptedSmtp(script) as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 1)
        outreach("send", "--yes", 1, expect=None)
        found = rows(outreach, "one")["FRA"]
        assert found["state"] == "uncertain"
        outreach("messages", "resolve", found["id"], "resend")
        if word != "resend":
            outreach("campaign", "pause" if "pause" in word else "cancel", "one")
        names = [str(one["address"] if isinstance(one, dict) else one) for one in found["recipients"]]  # type: ignore[attr-defined]
        Path("report.eml").write_bytes(delivered(str(found["message_id"]), *names))
        outreach("inbox", "ingest", "report.eml")
        settled = rows(outreach, "one")["FRA"]
        assert (settled["state"], settled["delivery"]) == ("sent", "delivered")
        if "pause" in word:
            outreach("campaign", "resume", "one", expect=None)
        outreach("send", "--yes", 1, expect=None)
        assert not server.accepted


def came_back(message_id: str, *addresses: str) -> bytes:
    """A mail server's report that a letter did not arrive (RFC 3464)."""
    report = delivered(message_id, *addresses).replace(b"Action: delivered", b"Action: failed")
    return report.replace(b"Status: 2.0.0", b"Status: 5.1.1").replace(b"Delivered", b"Undelivered").replace(
        b"It was delivered.", b"User unknown."
    )  # fmt: skip


@pytest.mark.parametrize("addresses", [1, heavy(2)])
def test_a_letter_that_came_back_counts_as_not_delivered_until_a_person_settles_it(
    addresses: int, outreach: Run, server_settings: Set
) -> None:
    with ScriptedSmtp() as server:
        server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port)
        campaign(outreach, "one", "iso:FRA,DEU")
        outreach("campaign", "schedule", "one", "--at", "now", "--yes", 2)
        outreach("send", "--yes", 2)
        found = rows(outreach, "one")["FRA"]
        names = [str(one["address"] if isinstance(one, dict) else one) for one in found["recipients"]]  # type: ignore[attr-defined]
        Path("back.eml").write_bytes(came_back(str(found["message_id"]), *names[:addresses]))
        outreach("inbox", "ingest", "back.eml")
        outreach("report", "one", "--out", "one.json")
        assert stage_told(outreach) == {"finished, 1 not delivered"}
        said = outreach("status", expect=None).out
        assert ("1 letter reached only some of its addresses (FRA)" in said) is (addresses == 1), said
        outreach("messages", "resolve", found["id"], "cancel")
        assert "reached only some" not in outreach("status", expect=None).out
        outreach("report", "one", "--out", "one.json")
        assert stage_told(outreach) == {"finished"}
        assert rows(outreach, "one")["FRA"]["state"] == ("sent" if addresses == 1 else "cancelled")
