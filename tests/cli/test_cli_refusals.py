"""What `send`, `status`, `campaign status` and `messages list` say of letters that the mail server did not take."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from outreach import clock
from tests.cli.conftest import Run, at_once
from tests.scripted_smtp import Dialogue, Script, ScriptedSmtp

Scheduled = Callable[..., None]
Set = Callable[..., None]


def live(server: ScriptedSmtp, server_settings: Set, scheduled: Scheduled, *audience: str, yes: int) -> None:
    """A campaign that is due, live, on this server."""
    server_settings(MODE="live", SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, SMTP_CONNECTIONS=1)
    scheduled("c", *audience, schedule=("--yes", yes))


def saying(verb: str, answer: str, *, to: str = "") -> Script:
    """A server that answers one command so, where it is about this address."""

    def script(dialogue: Dialogue, said: str, argument: str) -> str | None:
        about = argument + " ".join(dialogue.rcpt_to)
        return answer if said == verb and to in about else None

    return script


@pytest.mark.heavy
def test_an_address_refused_beside_another_is_told_by_every_door_with_a_cure(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    told = "1 letter reached only some of its addresses: 550 5.1.1 user unknown (FRA)."
    cure = "outreach messages correct 2 ADDRESS (where it is wrong), outreach messages retry c (where it is right)"
    with ScriptedSmtp(saying("RCPT", "550 5.1.1 user unknown", to="mission@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        sent = outreach("send", "--yes", 2).out
        assert "Done: 2 sent." in sent
        looks = ("status", "campaign status c", "messages list c")
        for said in (sent, *(outreach(*line.split()).out for line in looks)):
            assert told in said
            assert cure in said
        (stop,) = outreach("status", "--json").json["campaigns"][0]["stops"]
        assert (stop["stop"], stop["missions"], stop["said"]) == ("reached some", ["FRA"], "550 5.1.1 user unknown")
        outreach("messages", "retry", "c")
        again = outreach("send", "--yes", 2).out
        assert "Done: 1 failed." in again  # and not "1 sent": nobody got anything by that try
        assert told in again
    with ScriptedSmtp() as server:
        server_settings(SMTP_PORT=server.port)
        assert "1 letter will be tried again: FRA." in outreach("messages", "retry", "c").out
        outreach("send", "--yes", 2)
        assert list(server.recipients()) == ["mission@fra.mission.example"]
    assert "reached only some" not in outreach("status").out


@pytest.mark.heavy
def test_what_a_person_has_answered_is_cared_for_no_more(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(saying("RCPT", "550 5.1.1 user unknown", to="mission@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        outreach("send", "--yes", 2)
    outreach("responses", "set", "c", "FRA", "in favour")
    assert "reached only some" not in outreach("status").out


@pytest.mark.heavy
def test_letters_that_are_held_for_a_refusal_are_a_status_of_their_own_with_what_to_do(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(saying("DOT", "552 5.3.4 message too big", to="mission@")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        sent = outreach("send", "--yes", 2, expect=3).out
    told = "2 letters are held: the mail server refused them: 552 5.3.4 message too big (DEU, FRA)."
    cure = "outreach messages retry c (try again), or outreach messages resolve 1 cancel (leave it)"
    assert "Done: 2 held." in sent
    listed = outreach("campaign", "status", "c").out
    assert listed.splitlines()[0] == "c: scheduled, blocked"
    for said in (sent, listed, outreach("status", expect=3).out, outreach("messages", "list", "c").out):
        assert told in said
        assert "Make the letter smaller" in said
        assert cure in said
    outreach("messages", "resolve", 1, "cancel")
    outreach("messages", "resolve", 2, "cancel")
    assert "Next: outreach report c" in outreach("campaign", "status", "c").out
    assert "How far each came: see outreach messages list c." in outreach("messages", "retry", "c", expect=2).err
    assert "'c' has no letter to ZZZ." in outreach("messages", "retry", "c", "--mission", "ZZZ", expect=2).err


@pytest.mark.heavy
def test_failed_and_doubtful_letters_have_their_words_and_their_next_step_in_the_campaigns_status(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(saying("RCPT", "550 5.1.1 user unknown", to="@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        outreach("send", "--yes", 2)
    said = outreach("campaign", "status", "c").out
    assert said.startswith("c: finished, 1 not delivered")
    assert "1 letter is refused for good: 550 5.1.1 user unknown (FRA)." in said
    assert "outreach messages retry c" in said


@pytest.mark.heavy
def test_a_providers_limit_is_told_once_in_plain_words(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(saying("MAIL", "550 5.4.5 Daily user sending limit exceeded.")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        ran = outreach("send", "--yes", 2, expect=1)
    assert "Nothing went out." in ran.out
    assert "queued" not in ran.out
    assert "limit exceeded. No letter is lost: they wait. Where outreach run or the desk is running" in ran.err
    assert "else send again then: outreach send." in ran.err


@pytest.mark.heavy
def test_a_fault_that_three_letters_meet_leaves_none_held(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(saying("DOT", "554 5.6.0 no")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU,JPN,CHN", yes=4)
        ran = outreach("send", "--yes", 4, expect=1)
    assert "held" not in ran.out
    rows = outreach("messages", "list", "c", "--json").json
    assert {(row["state"], row["attempts"]) for row in rows} == {("queued", 0)}


@pytest.mark.heavy
def test_where_all_is_out_a_time_is_for_nothing(outreach: Run, scheduled: Scheduled, server_settings: Set) -> None:
    with ScriptedSmtp() as server:
        live(server, server_settings, scheduled, "iso:FRA", yes=1)
        outreach("send", "--yes", 1)
        said = outreach("campaign", "schedule", "c", "--at", at_once(), "--yes", 1).out
    assert "c: nothing is left to go: all is out." in said
    assert "0 letters" not in said
    assert "Next: outreach report c" in said


@pytest.mark.heavy
def test_what_the_server_takes_is_remembered_and_told_at_the_check_and_the_approval(
    outreach: Run, server_settings: Set
) -> None:
    outreach("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:FRA,DEU")
    told = "bytes: DEU, FRA, with up to"
    with ScriptedSmtp(extensions=("SIZE 4000",)) as server:
        server_settings(SMTP_HOST="127.0.0.1", SMTP_PORT=server.port, SMTP_CONNECTIONS=1)
        assert told not in outreach("campaign", "check", "c").out  # nobody has asked the server yet
        outreach("doctor", expect=None)
    said = outreach("campaign", "check", "c").out
    assert told in said
    assert f"too large for the mail server (127.0.0.1:{server.port}), which takes 4,000 bytes" in said
    assert "Make the letter smaller" in said
    assert told in outreach("campaign", "approve", "c", "--by", "Ana").out
    server_settings(SMTP_HOST="mail.example")
    assert told not in outreach("campaign", "check", "c").out


@pytest.mark.heavy
def test_what_was_heard_when_letters_went_out_is_remembered_too(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(extensions=("SIZE 4000",)) as server:
        live(server, server_settings, scheduled, "iso:FRA", yes=1)
        assert "the letter is too large: it has" in outreach("send", "--yes", 1, expect=3).out
    assert "bytes: FRA, with up to" in outreach("campaign", "check", "c").out


def put_right(folder: Path, iso3: str, line: str, address: str) -> None:
    """Change an address of a mission in the sheet."""
    workbook = openpyxl.load_workbook(folder / "data/missions.xlsx")
    for row in workbook["Contacts"].iter_rows():
        for cell in row:
            if cell.value == f"{line}@{iso3.lower()}.mission.example":
                cell.value = address
    workbook.save(folder / "data/missions.xlsx")


REFUSED = pytest.mark.parametrize("answer", ["550 5.1.1 user unknown", "554 5.6.0 a bad letter"])


@pytest.mark.heavy
@REFUSED
@pytest.mark.parametrize("retried_first", [True, False])
def test_what_is_tried_again_does_not_go_to_an_address_that_the_sheet_has_changed(
    retried_first: bool, answer: str, outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp(saying("DOT" if "5.6.0" in answer else "RCPT", answer, to="@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        outreach("send", "--yes", 2, expect=None)
    put_right(folder, "FRA", "pr.office", "new@fra.mission.example")

    def tries_again() -> None:
        outreach("messages", "retry", "c", expect=None)

    if retried_first:
        tries_again()
    outreach("missions", "import", "data/missions.xlsx", "--yes")
    if not retried_first:
        tries_again()
    with ScriptedSmtp() as server:
        server_settings(SMTP_PORT=server.port)
        outreach("send", "--yes", 2, expect=None)
        assert "pr.office@fra.mission.example" not in server.recipients()
        outreach("campaign", "approve", "c", "--by", "Ana")
        outreach("campaign", "schedule", "c", "--at", at_once(), "--yes", 2)
        outreach("send", "--yes", 2)
        assert dict(server.recipients()) == {"new@fra.mission.example": 1, "mission@fra.mission.example": 1}


@pytest.mark.heavy
@REFUSED
@pytest.mark.parametrize("retried_first", [True, False])
def test_what_is_tried_again_and_approved_again_goes_out_once(
    retried_first: bool, answer: str, outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(saying("DOT" if "5.6.0" in answer else "RCPT", answer, to="@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        outreach("send", "--yes", 2, expect=None)
    if retried_first:
        outreach("messages", "retry", "c")
    outreach("campaign", "approve", "c", "--by", "Ana")
    outreach("messages", "retry", "c", expect=None)
    outreach("campaign", "schedule", "c", "--at", at_once(), "--yes", 2)
    with ScriptedSmtp() as server:
        server_settings(SMTP_PORT=server.port)
        for _ in range(2):
            outreach("messages", "retry", "c", expect=None)
            outreach("send", "--yes", 2, expect=None)
        assert set(server.recipients().values()) == {1}
        assert set(server.recipients()) == {"pr.office@fra.mission.example", "mission@fra.mission.example"}


@pytest.mark.heavy
@REFUSED
def test_a_copy_from_before_the_second_try_sends_nothing_and_tries_nothing_again(
    answer: str, outreach: Run, scheduled: Scheduled, server_settings: Set, folder: Path
) -> None:
    with ScriptedSmtp(saying("DOT" if "5.6.0" in answer else "RCPT", answer, to="@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        outreach("send", "--yes", 2, expect=None)
    outreach("backup", "before.zip")
    with ScriptedSmtp() as server:
        server_settings(SMTP_PORT=server.port)
        outreach("messages", "retry", "c")
        outreach("send", "--yes", 2)
        out = dict(server.recipients())
        outreach("restore", "before.zip", "--yes")
        assert "went out after it was made" in outreach("messages", "retry", "c", expect=2).err
        outreach("here", "--yes", 1)
        outreach("messages", "retry", "c", expect=None)
        outreach("campaign", "resume", "c", expect=None)
        outreach("send", "--yes", 2, expect=None)
        assert dict(server.recipients()) == out
    assert set(out.values()) == {1}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("stauts", "There is no command 'stauts'. Did you mean outreach status?"),
        ("campaign chek c", "There is no command 'chek'. Did you mean outreach campaign check?"),
        ("messages xyzzy", "There is no command 'xyzzy'. There is: list, "),
        ("send c", "outreach send does not know what to do with c. What it takes: outreach send --help."),
        ("campaign check c --jsn", "outreach campaign check does not know what to do with --jsn."),
    ],
)
def test_a_mistyped_command_is_told_with_the_one_that_was_meant(outreach: Run, line: str, says: str) -> None:
    told = outreach(*line.split(), expect=2)
    assert says in told.err
    assert not told.out


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """A function that moves the clock on."""
    now, passed = clock.now, [timedelta(0)]

    def move(span: timedelta) -> None:
        passed[0] += span
        monkeypatch.setattr(clock, "now", lambda: now() + passed[0])

    return move


@pytest.mark.heavy
@pytest.mark.parametrize("anew", [False, True])
def test_a_letter_that_lay_over_a_weekend_is_tried_before_it_is_given_up(
    outreach: Run, scheduled: Scheduled, server_settings: Set, later: Callable[[timedelta], None], anew: bool
) -> None:
    """Refused once for now on Friday; nothing ran until Monday, when the server takes all."""
    with ScriptedSmtp(saying("RCPT", "450 4.7.1 Greylisted for 5 minutes", to="@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA,DEU", yes=2)
        outreach("send", "--yes", 2)
    later(timedelta(days=3))
    with ScriptedSmtp() as server:
        server_settings(SMTP_PORT=server.port)
        outreach("campaign", "resume", "c", expect=None)  # a long silence waits for a person's word
        if anew:
            outreach("campaign", "schedule", "c", "--at", at_once(), "--yes", 2)
        outreach("send", "--yes", 2, expect=None)
        assert {address.partition("@")[2] for address in server.recipients()} == {"fra.mission.example"}


@pytest.mark.heavy
def test_what_is_refused_for_now_for_all_the_hours_fails_and_is_not_called_a_wrong_address(
    outreach: Run, scheduled: Scheduled, server_settings: Set, later: Callable[[timedelta], None]
) -> None:
    with ScriptedSmtp(saying("RCPT", "450 4.2.2 mailbox busy", to="@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA", yes=1)
        server_settings(RETRY_HOURS=2)
        tries = 0
        while outreach("messages", "list", "c", "--json").json[0]["state"] != "failed":
            outreach("send", "--yes", 1, expect=None)
            later(timedelta(minutes=20))
            tries += 1
            assert tries < 30
    told = outreach("status").out
    assert (
        "1 letter is not tried any more: it was refused for now, again and again: 450 4.2.2 mailbox busy (FRA)" in told
    )
    assert "messages retry c (try again)" in told
    assert "refused for good" not in told
    assert "it was tried for 2 hours" in outreach("messages", "list", "c", "--json").json[0]["reason"]
    assert tries >= 5
    with ScriptedSmtp() as server:
        server_settings(SMTP_PORT=server.port)
        outreach("messages", "retry", "c")
        outreach("send", "--yes", 1)
        assert len(server.accepted) == 1


@pytest.mark.heavy
def test_a_cancelled_letter_of_which_somebody_was_left_out_has_not_failed(
    outreach: Run, scheduled: Scheduled, server_settings: Set
) -> None:
    with ScriptedSmtp(saying("RCPT", "450 4.3.0 later", to="@fra")) as server:
        live(server, server_settings, scheduled, "iso:FRA", yes=1)
        outreach("addresses", "opt-out", "mission@fra.mission.example", "--by", "Ana")
        outreach("send", "--yes", 1, expect=None)
    outreach("campaign", "cancel", "c")
    assert outreach("messages", "list", "c", "--json").json[0]["state"] == "cancelled"
    assert "refused for good" not in outreach("status").out
