"""The settings at the desk: changed by an admin, checked first, in force at once; live by two people's switch."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from web_browser import PASSWORD, Browser, browser_factory, hidden, messages, text_of

from outreach import clock
from outreach.actors import named
from outreach.campaigns.timing import schedule
from outreach.database import open_database
from outreach.people.accounts import add_account, change_account
from outreach.people.audit import entries
from outreach.settings import FILE
from outreach.settings_watch import SettingsWatch
from outreach.vocabulary import Act, DeskRole, MessageState
from outreach.web.desk import Desk, signing_key
from outreach.web.routes import setup
from outreach.web.sender_watch import Sender, SenderStanding, SenderState
from outreach.web.settings_words import BY_NAME, GROUPS
from tests.databases import as_another
from tests.examples import HEAVY
from tests.programs import program
from tests.scripted_smtp import ScriptedSmtp
from tests.servers import without_settings

Browse = Callable[..., Browser]


@pytest.fixture
def desk(desk_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose settings come from its folder's own file, as with `outreach serve`."""
    folder = tmp_path / "own"
    shutil.copytree(desk_folder, folder)
    as_another(folder / "outreach.db")
    monkeypatch.chdir(folder)
    watch = SettingsWatch.of(folder)
    engine = open_database(watch.settings.database_url)
    yield Desk(engine, watch.settings, folder, signing_key(folder), watch=watch)
    engine.dispose()


def change(browser: Browser, group: str, expect: int = 200, **fields: str) -> str:
    path = f"/settings/change/{group}"
    return browser.post(path, expect, seen=hidden(browser.get(path), "seen"), **fields)


def step(browser: Browser, key: str, expect: int = 200, **fields: str) -> str:
    path = f"/setup/{key}"
    return browser.post(path, expect, seen=hidden(browser.get(path), "seen"), **fields)


def test_every_setting_has_its_words_once() -> None:
    from outreach.settings_change import SWITCHED, fields

    named_ones = [field.name for group in GROUPS for field in group.fields]
    assert sorted([*named_ones, SWITCHED, "smtp_password", "imap_password"]) == sorted(fields())
    assert len(named_ones) == len(BY_NAME)


def test_a_change_holds_at_once_and_is_told(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    said = text_of(change(admin, "pace", grace_minutes="7"))
    assert "in force from now on: A letter may be late by" in said
    assert desk.settings.grace_minutes == 7
    assert "grace_minutes = 7" in (desk.folder / FILE).read_text(encoding="utf-8")
    entry = entries(desk.engine)[0]
    assert (entry.action, entry.who, entry.detail) == (Act.SETTINGS_CHANGED, "The admin", "grace_minutes")
    assert "changed the settings" in text_of(admin.get("/audit"))


def test_a_wrong_value_names_its_field_and_keeps_what_was_typed(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    before = (desk.folder / FILE).read_bytes()
    page = change(admin, "server", 422, smtp_host="smtp.x.example", smtp_port="99999", rate="5/week")
    said = text_of(page)
    assert "Nothing was changed" in said
    assert "Port : it can be 65535 at most (it is 99999)" in said
    assert "At most : '5/week' is not a rate" in said
    assert "OUTREACH_" not in page
    assert 'value="smtp.x.example"' in page
    assert (desk.folder / FILE).read_bytes() == before


def test_what_is_set_outside_is_said_to_be_and_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_GRACE_MINUTES", "9")
    admin = browser_factory(desk)("admin")
    page = admin.get("/settings/change/pace")
    assert "It is set outside of the desk, and can't be changed here." in text_of(page)
    assert 'name="grace_minutes"' not in page
    refused = change(admin, "pace", 422, grace_minutes="5")
    assert "set outside" in text_of(refused)
    assert "OUTREACH_" not in refused


def test_programs_and_files_of_the_computer_are_not_set_by_a_form(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    change(admin, "computer", smtp_token_command="touch /tmp/x", database_url="sqlite:///other.db")
    assert desk.settings.smtp_token_command == ""
    change(admin, "sign-in", dkim_key="/etc/passwd")
    assert desk.settings.dkim_key == ""


def test_a_file_changed_by_hand_is_noticed_and_what_can_not_be_used_is_said(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    path = desk.folder / FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "grace_minutes = 11\n", encoding="utf-8")
    assert 'name="grace_minutes" value="11"' in admin.get("/settings/change/pace")
    path.write_text(text + "grace_minutes = 0\n", encoding="utf-8")
    page = admin.get("/")
    assert "can't be used: nothing is sent" in page
    assert "it has to be 1 or more" in page
    assert "can't be used" in text_of(admin.post("/campaigns/1/test", 422, to="me@coalition.example"))
    path.write_text(text, encoding="utf-8")
    assert "can't be used" not in admin.get("/")


def test_the_password_is_kept_and_never_shown(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    assert "No mail account is set yet" in text_of(admin.post("/settings/password", 422, password="x", kind="smtp"))
    change(admin, "server", smtp_host="smtp.x.example", smtp_username="box@x.example")
    admin.post("/settings/password", password="swordfish of mine", kind="smtp")
    pages = [admin.get(path) for path in ("/settings", "/settings/change/server", "/setup/server", "/audit")]
    assert not [page for page in pages if "swordfish" in page]
    assert "swordfish" not in (desk.folder / FILE).read_text(encoding="utf-8")
    assert entries(desk.engine)[0].action == Act.MAIL_PASSWORD_KEPT


def test_two_accounts_turn_live_on_and_one_turns_it_off(desk: Desk) -> None:
    browse = browser_factory(desk)
    admin, approver = browse("admin"), browse("approver")
    change(admin, "server", smtp_host="smtp.x.example")
    assert "has to confirm it" in text_of(approver.post("/settings/live", step="ask"))
    assert "asks for live mode" in text_of(admin.get("/")), "the other one is told at home"
    assert "asks for live mode" not in text_of(approver.get("/"))
    assert "another person" in text_of(approver.post("/settings/live", 422, step="confirm"))
    assert not desk.settings.live
    assert "The approver asked for live mode" in text_of(admin.get("/settings"))
    admin.post("/settings/live", step="confirm")
    assert desk.settings.live
    assert "Letters go to the missions." in approver.get("/")
    approver.post("/settings/rehearsal")
    assert not desk.settings.live


def test_with_one_account_it_says_that_a_second_is_needed(desk: Desk) -> None:
    change_account(desk.engine, "approver", role="viewer", active=True, by=named("Ana"))
    admin = browser_factory(desk)("admin")
    change(admin, "server", smtp_host="smtp.x.example")
    page = admin.get("/settings")
    assert "let a second person in" in text_of(page)
    assert 'value="ask"' not in page
    assert "Two people turn live mode on" in text_of(admin.post("/settings/live", 422, step="ask"))
    add_account(desk.engine, "ben", PASSWORD, DeskRole.APPROVER, name="The admin", by=named("Ana"))
    admin.post("/settings/live", step="ask")
    browser_factory(desk)("ben").post("/settings/live", step="confirm")  # of the same name, with another account
    assert desk.settings.live


def test_the_steps_set_up_sender_server_and_test_both(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    with ScriptedSmtp() as server:
        step(admin, "sender", name="Coalition for Records", address="box@records.test")
        assert desk.settings.sender == "Coalition for Records <box@records.test>"
        step(admin, "server", smtp_host="127.0.0.1", smtp_port=str(server.port))
        step(admin, "box", none="yes")
        assert desk.settings.no_mailbox
        said = text_of(step(admin, "test", what="sending", to="box@records.test"))
        assert "is not on the allow-list" in said
        assert server.accepted == []
        said = text_of(step(admin, "test", what="sending", to="box@records.test", allow="yes"))
        assert f"127.0.0.1:{server.port} answers" in said
        assert "the server took it" in said
        assert [one.rcpt_to for one in server.accepted] == [("box@records.test",)]
        assert b"A test from Outreach" in server.accepted[0].content
        said = text_of(step(admin, "test", what="sending", to="pr.office@fra.mission.example", allow="yes"))
        assert "was not sent" in said
        assert len(server.accepted) == 1
    said = text_of(step(admin, "test", what="reading"))
    assert "there is none, as the settings say" in said
    assert desk.settings.allow_list[0] == "box@records.test"


def test_without_a_server_the_test_says_that_it_went_to_nobody(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    step(admin, "sender", name="X", address="box@records.test")
    assert "It went to nobody" in text_of(step(admin, "test", what="sending", to="box@records.test"))


def test_each_step_can_wait_and_is_found_again(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    overview = admin.get("/setup")
    for one in setup.STEPS:
        assert f'href="/setup/{one.key}"' in overview
        assert text_of(admin.get(f"/setup/{one.key}"))
    picture = admin.get("/setup/rehearsal")
    assert '<svg viewBox="0 0 560 250" role="img"' in picture
    assert "<desc" in picture
    step(admin, "place", 422, timezone="Mars/Base")
    step(admin, "place", timezone="America/New_York")
    assert desk.settings.timezone == "America/New_York"
    admin.get("/setup/nothing", 404)


def test_the_letterhead_of_all_letters(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    step(admin, "letterhead", head="Records Coalition", lines="Rue 1\nGenève")
    text = (desk.templates / "hrc-joint-letter" / "letter.toml").read_text(encoding="utf-8")
    assert 'name = "Records Coalition"' in text
    assert "# .svg, .png or .jpg files in this folder" in text
    assert entries(desk.engine)[0].action == Act.LETTERHEAD_CHANGED


def test_a_logo_for_all_letters(desk: Desk) -> None:
    admin = browser_factory(desk)("admin")
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="9"/></svg>'
    kept = {"head": "Records Coalition", "lines": "Geneva"}
    admin.post("/setup/letterhead", files={"logo": ("our mark.svg", picture, "image/svg+xml")}, **kept)
    for name in ("hrc-joint-letter", "hrc-reminder", "hrc-thanks"):
        assert (desk.templates / name / "our mark.svg").read_bytes() == picture
        assert "our mark.svg" in (desk.templates / name / "letter.toml").read_text(encoding="utf-8")
    said = admin.post("/setup/letterhead", 422, files={"logo": ("our mark.svg", picture, "image/svg+xml")}, **kept)
    assert "already" in text_of(said)
    admin.post("/setup/letterhead", 422, files={"logo": ("mark.exe", b"MZ", "image/png")}, **kept)


@pytest.mark.parametrize("name", ["mark.png", "mark.jpg", "mark.svg"])
@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)), bytes(range(1, 256)) * 9, b"<svg"])
def test_a_logo_that_can_not_be_printed_changes_no_letter(desk: Desk, name: str, content: bytes) -> None:
    admin = browser_factory(desk)("admin")
    before = {path: path.read_bytes() for path in desk.templates.rglob("*") if path.is_file()}
    said = text_of(admin.post("/setup/letterhead", 422, files={"logo": (name, content)}, head="Another", lines=""))
    assert "no picture that can be printed" in said
    seen = hidden(admin.get("/letters/hrc-thanks/about"), "seen")
    admin.post("/letters/hrc-thanks/about/logos", 422, files={"file": (name, content)}, seen=seen)
    assert {path: path.read_bytes() for path in desk.templates.rglob("*") if path.is_file()} == before


@HEAVY
def test_what_sends_for_the_desk_notices_a_file_changed_by_hand(desk: Desk) -> None:
    """The process itself: under other settings it goes on, and while they can't be used it stops."""
    assert desk.watch is not None
    path = desk.folder / FILE
    text = path.read_text(encoding="utf-8")

    def wait_for(state: SenderState) -> SenderStanding:
        while (standing := kept.standing()).state is not state:
            time.sleep(0.05)
        return standing

    with Sender(desk.settings, desk.folder, watch=desk.watch) as kept:
        wait_for(SenderState.SENDING)
        path.write_text(text + "grace_minutes = 0\n", encoding="utf-8")
        assert "can't be used" in str(wait_for(SenderState.MISSET).why)
        due = (clock.now() - timedelta(seconds=1)).isoformat()
        schedule(desk.engine, desk.given, "hrc55", due, by=named("Ana"))
        path.write_text(text + "grace_minutes = 30\n", encoding="utf-8")
        while {one.state for one in messages(desk)} != {MessageState.SENT}:
            time.sleep(0.05)
        assert kept.standing().state is SenderState.SENDING


@HEAVY
def test_the_scheduler_alone_notices_it_too(desk: Desk) -> None:
    path = desk.folder / FILE
    text = path.read_text(encoding="utf-8")
    process = program("run", cwd=desk.folder, env=without_settings(), errors=subprocess.STDOUT)
    try:
        assert process.stdout is not None

        def hears(words: str) -> None:
            assert process.stdout is not None
            while words not in (line := process.stdout.readline()):
                assert line

        hears("running in rehearsal mode")
        path.write_text(text + 'mode_of = "x"\n', encoding="utf-8")
        hears("Nothing is sent until the settings are put right")
        due = (clock.now() - timedelta(seconds=1)).isoformat()
        schedule(desk.engine, desk.given, "hrc55", due, by=named("Ana"))
        path.write_text(text + "smtp_connections = 2\n", encoding="utf-8")
        hears("running in rehearsal mode")
        while {one.state for one in messages(desk)} != {MessageState.SENT}:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
