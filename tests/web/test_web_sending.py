"""What the pages tell of who sends: a process that dies and comes back, wrong settings, letters that nobody sends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psutil
import pytest
from sqlalchemy import text
from sqlmodel import col, select, update
from web_browser import Browser, browser_factory, messages, text_of

from outreach import clock
from outreach.actors import named
from outreach.backup.kept import FAILED
from outreach.campaigns.timing import schedule
from outreach.cli import main
from outreach.database import copy_file, reading, writing
from outreach.models import Campaign, Message
from outreach.outbox.claimed import LEASE
from outreach.outbox.owner import new_owner
from outreach.vocabulary import CampaignState
from outreach.web.access import NEEDS
from outreach.web.app import routes
from outreach.web.desk import Desk
from outreach.web.sender_watch import Sender, SenderStanding, SenderState
from tests.examples import HEAVY, heavy
from tests.programs import Program, program
from tests.servers import without_settings

MakeDesk = Callable[..., Desk]
STOPPED = "This desk has sent nothing since"
VALUES = {"number": "1", "iso3": "FRA", "name": "hrc-joint-letter", "language": "en"}


def wait_until(happened: Callable[[], Any]) -> Any:
    """Wait for as long as it takes; pytest's own limit ends a test that hangs."""
    while not (found := happened()):
        time.sleep(0.2)
    return found


def what_sends(of: int) -> list[psutil.Process]:
    """The processes that send for a desk."""
    found = []
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(of).children():
            with suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.append(child)
    return found


def kill(processes: list[psutil.Process]) -> None:
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.kill()


def environment(**more: str) -> dict[str, str]:
    return without_settings() | more


@contextmanager
def served(desk: Desk, *options: str, **settings: str) -> Iterator[tuple[Program | subprocess.Popen[str], str]]:
    """A desk that `outreach serve` has opened, and where it is."""
    process = program(
        "serve", "--port", "0", *options,
        cwd=desk.folder, env=environment(OUTREACH_FROM=desk.settings.sender, **settings), errors=None,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


@contextmanager
def browser_on(url: str) -> Iterator[Browser]:
    with httpx.Client(base_url=url, follow_redirects=True, timeout=None) as client:
        yield Browser(client)  # type: ignore[arg-type]


# Wrong settings


def wrong(folder: Path, name: str) -> dict[str, str]:
    (folder / "no-key.pem").write_text("no key")
    server = {"OUTREACH_SMTP_HOST": "127.0.0.1", "OUTREACH_SMTP_USERNAME": "team"}
    return {
        "no such key": {"OUTREACH_DKIM_KEY": "missing.pem", "OUTREACH_DKIM_SELECTOR": "s"},
        "no key": {"OUTREACH_DKIM_KEY": "no-key.pem", "OUTREACH_DKIM_SELECTOR": "s"},
        "live without a server": {"OUTREACH_MODE": "live"},
        "no program": server | {"OUTREACH_SMTP_TOKEN_COMMAND": "no-such-program --token"},
        "no such words": server | {"OUTREACH_SMTP_TOKEN_COMMAND": "print 'token"},
        "no password": server,
        "no program for the box": {"OUTREACH_IMAP_HOST": "127.0.0.1", "OUTREACH_IMAP_TOKEN_COMMAND": "./missing"},
    }[name]


WRONG = {
    "no such key": "The DKIM key missing.pem can't be read: No such file or directory. Check dkim_key.",
    "no key": "The DKIM key no-key.pem can't be used",
    "live without a server": "LIVE mode, and no mail server is set.",
    "no program": "smtp_token_command can't be run: there is no program no-such-program.",
    "no such words": "smtp_token_command can't be run: No closing quotation.",
    "no password": "smtp_username is set, and no password or token.",
    "no program for the box": "imap_token_command can't be run: there is no program ./missing.",
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", WRONG)
def test_wrong_settings_stop_the_desk_before_it_listens(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk.folder)
    for key, value in wrong(desk.folder, name).items():
        monkeypatch.setenv(key, value)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 2
        told = capfd.readouterr().err
        assert told.count("\n") == 1, told
        assert WRONG[name] in told
        # A desk that only shows pages does not need them: it comes as far as the port, which is taken.
        assert main(["serve", "--port", port, "--no-send"]) == 1
        assert "Can't listen" in capfd.readouterr().err


@pytest.mark.parametrize("name", [heavy("no such key"), "no program for the box"])
def test_wrong_settings_stop_the_scheduler(desk: Desk, name: str) -> None:
    ran = program("run", cwd=desk.folder, env=environment(**wrong(desk.folder, name)))
    out, told = ran.communicate()
    assert (ran.returncode, out) == (2, "")
    assert told.count("\n") == 1
    assert WRONG[name] in told


# The process that sends


@HEAVY
def test_what_sends_is_started_again_and_every_page_says_so_until_it_lives(desk: Desk) -> None:
    schedule(desk.engine, desk.settings, "hrc55", (clock.now() + timedelta(days=900)).isoformat(), by=named("Ana"))
    with served(desk) as (process, url), browser_on(url) as browser, browser_on(url) as stranger:
        browser.sign_in("approver")
        (first,) = wait_until(lambda: what_sends(process.pid))
        assert STOPPED not in browser.get("/")
        steps_back = psutil.Process(process.pid).nice() - first.nice()

        def page_while_down(path: str, reader: Browser = browser) -> str:
            """Each time that it lives, it is killed again, after a pause that grows: a page is bound to see it down."""

            def look() -> str:
                kill(what_sends(process.pid))
                page = reader.client.get(path).text
                return page if STOPPED in page else ""

            return str(wait_until(look))

        for path in ("/", "/missions", "/campaigns/1", "/campaigns/1/letters/FRA", "/settings", "/no-such-page"):
            assert "It was killed (SIGKILL)" in page_while_down(path), path
        assert "SIGKILL" not in page_while_down("/login", stranger)  # why is for those who may come in
        assert "this desk would not send it" in text_of(page_while_down("/campaigns/1/send"))

        wait_until(lambda: STOPPED not in browser.get("/"))
        assert STOPPED not in browser.get("/campaigns/1/send")
        (second,) = what_sends(process.pid)
        assert second.pid != first.pid
        if sys.platform == "linux":
            assert psutil.Process(process.pid).nice() - second.nice() == steps_back  # pages still let it go first
        schedule(desk.engine, desk.settings, "hrc55", clock.now().isoformat(), by=named("Ana"))
        wait_until(lambda: {one.state for one in messages(desk)} == {"sent"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    assert len(list((desk.folder / "rehearsal-mail").glob("*.eml"))) == 47


@contextmanager
def watched(make_desk: MakeDesk, sender: dict[str, float], **settings: Any) -> Iterator[tuple[Desk, Browser]]:
    """A desk in this process, with a real process that sends for it."""
    before = make_desk(**settings)
    with Sender(before.settings, before.folder, **sender) as kept:
        desk = Desk(before.engine, before.settings, before.folder, before.key, sender=kept.standing)
        wait_until(lambda: kept.standing().state is SenderState.SENDING)
        yield desk, browser_factory(desk)("viewer")


@HEAVY
def test_a_setting_that_has_gone_wrong_is_told_and_looked_at_again(make_desk: MakeDesk, tmp_path: Path) -> None:
    program = tmp_path / "token"
    program.write_text("#!/bin/sh\necho token\n")
    program.chmod(0o755)
    server = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_username": "team", "smtp_token_command": str(program)}
    with watched(make_desk, {"settings_seconds": 2.0}, **server) as (_, browser):
        away = program.rename(tmp_path / "away")
        kill(what_sends(os.getpid()))
        line = f"smtp_token_command can't be run: there is no program {program}."
        page = wait_until(lambda: page if line in text_of_all(page := browser.get("/missions")) else "")
        assert STOPPED in page
        assert "It is looked at again each minute" in page
        away.rename(program)
        wait_until(lambda: STOPPED not in browser.get("/missions"))


@HEAVY
def test_a_process_that_says_nothing_is_told(make_desk: MakeDesk) -> None:
    with watched(make_desk, {"quiet_seconds": 1.0}) as (_, browser):
        (process,) = what_sends(os.getpid())
        process.suspend()
        page = wait_until(lambda: page if STOPPED in (page := browser.get("/")) else "")
        assert "is there and says nothing" in page
        process.resume()
        wait_until(lambda: STOPPED not in browser.get("/"))


@HEAVY
def test_passes_that_break_off_are_told(make_desk: MakeDesk) -> None:
    with watched(make_desk, {}) as (desk, browser):
        with writing(desk.engine) as session:
            session.connection().execute(text("ALTER TABLE message RENAME TO elsewhere"))
        page = wait_until(lambda: page if "has not been able to send" in (page := browser.get("/account")) else "")
        assert "no such table: message" in text_of_all(page)
        with writing(desk.engine) as session:
            session.connection().execute(text("ALTER TABLE elsewhere RENAME TO message"))
        wait_until(lambda: "has not been able to send" not in browser.get("/account"))


@pytest.mark.parametrize("when", ["while it sends", "before it is started again"])
@HEAVY
def test_what_sends_is_not_started_again_without_its_database(make_desk: MakeDesk, when: str) -> None:
    desk = make_desk()
    database = desk.folder / "outreach.db"
    copy_file(desk.engine, desk.folder / "copy.db")
    with Sender(desk.settings, desk.folder) as kept:
        wait_until(lambda: kept.standing().state is SenderState.SENDING)
        (process,) = what_sends(os.getpid())
        if when == "while it sends":
            (desk.folder / "copy.db").replace(database)
            why = "outreach.db was replaced while Outreach was using it. Nothing more is sent."
        else:
            process.suspend()
            database.unlink()
            kill([process])
            why = f"There is no campaign's database in {database}."
        wait_until(lambda: kept.standing().state is SenderState.LOST)
        assert why in str(kept.standing().why)
        assert not what_sends(os.getpid())
        if when == "while it sends":  # the other one can be read
            watched = Desk(desk.engine, desk.settings, desk.folder, desk.key, sender=kept.standing)
            page = text_of_all(browser_factory(watched)("viewer").get("/missions"))
            assert STOPPED in page
            assert why in page
            assert "Then bring the last backup back" in page
            assert "What sends is not started again by itself." in page


# What pages say of it


def text_of_all(page: str) -> str:
    """The words of a page, the banner included."""
    return text_of(page.replace("<main", "<p"))


def standing(
    state: SenderState, *, looked: float | None = None, why: str = "It was killed (SIGKILL)."
) -> SenderStanding:
    now = clock.now()
    at = now - timedelta(seconds=looked) if looked is not None else None
    fine = state in (SenderState.SENDING, SenderState.STARTING)
    return SenderStanding(state, now, "" if fine else why, looked_at=at)


@pytest.mark.heavy
def test_every_page_has_the_banner(make_desk: MakeDesk) -> None:
    down = standing(SenderState.DOWN)
    browser = browser_factory(make_desk({"sender": lambda: down}))("admin")
    pages = 0
    for route in routes():
        path = re.sub(r"\{(\w+)\}", lambda found: VALUES.get(found[1], "1"), route.path)
        if "GET" not in (route.methods or ()) or path.endswith("/progress") or NEEDS[route.name] is None:
            continue
        answer = browser.client.get(path)
        if "<html lang=" in answer.text and "content-security-policy" in answer.headers and "<header" in answer.text:
            assert STOPPED in answer.text, path
            pages += 1
    assert pages > 20
    assert browser.client.get("/sending", params={"seen": down.mark}).status_code == 204
    assert STOPPED in browser.get("/sending?seen=another")


def test_a_backup_that_keeps_the_letters_waiting_is_told_once(make_desk: MakeDesk) -> None:
    full = "No backup could be written to backups: No space left on device."
    now = [standing(SenderState.FAILING, why=full)]
    desk = make_desk({"sender": lambda: now[0]})
    (desk.folder / FAILED).write_text(f"{clock.now().isoformat()} {full} Make room on that disk.")
    browser = browser_factory(desk)("viewer")
    assert browser.get("/").count(full) == 1
    now[0] = standing(SenderState.SENDING)
    page = browser.get("/")
    assert page.count(full) == 1
    assert "A backup failed on" in page
    now[0] = standing(SenderState.DOWN)
    page = browser.get("/")
    assert STOPPED in page
    assert "A backup failed on" in page


def test_an_open_page_hears_that_it_lives_again(make_desk: MakeDesk) -> None:
    now = [standing(SenderState.DOWN)]
    browser = browser_factory(make_desk({"sender": lambda: now[0]}))("viewer")
    page = browser.get("/")
    asks = re.search(r'hx-get="(/sending\?seen=\w+&amp;mode=rehearsal)"', page)
    assert asks
    now[0] = standing(SenderState.SENDING)
    part = browser.get(asks[1])
    assert 'id="sending"' in part
    assert STOPPED not in part
    assert browser.client.get("/sending?seen=").status_code == 204


def due(desk: Desk, seconds: float, **campaign: Any) -> None:
    """Let the campaign's letters have been due for so long."""
    at = clock.now() - timedelta(seconds=seconds)
    schedule(desk.engine, desk.settings, "hrc55", (clock.now() + timedelta(days=900)).isoformat(), by=named("Ana"))
    with writing(desk.engine) as session:
        session.execute(update(Message).values(due_at=at, next_try_at=at))
        session.execute(update(Campaign).values(due_at=at, **campaign))


def told(browser: Browser) -> str:
    """What the campaign's two pages say of its progress, which has to be the same."""
    said = [text_of(browser.get(path)) for path in ("/campaigns/1/send", "/campaigns/1")]
    found = [re.search(r"queued 47 (.*?)(?: (?:Pause|Cancel|The Council)|$)", one) for one in said]
    assert all(found), said
    first, second = [re.sub(r"\d+ s ago", "N s ago", one[1]) for one in found if one]
    assert first == second
    return re.sub(r"\s+", " ", str(found[0][1] if found[0] else ""))


def test_letters_that_nobody_sends_are_told_with_the_cure(make_desk: MakeDesk) -> None:
    desk = make_desk()
    due(desk, 300)
    browser = browser_factory(desk)("viewer")
    said = told(browser)
    assert said.startswith("Nothing is sending. Letters have been due since")
    assert "and nobody has looked after them. Start outreach run in the desk’s folder, or the desk without" in said
    assert "Nothing is sending the letters of hrc55" in text_of(browser.get("/"))
    for path in ("/", "/missions", "/campaigns/1"):
        assert "This desk shows pages and does not send: outreach run , or another desk, does." in text_of_all(
            browser.get(path)
        )


@pytest.mark.heavy
def test_a_stream_says_it_as_well(make_desk: MakeDesk) -> None:
    desk = make_desk()
    due(desk, 300)
    with served(desk, "--no-send") as (_, url), browser_on(url) as browser:
        browser.sign_in("viewer")
        with browser.client.stream("GET", "/campaigns/1/progress") as stream:
            assert any("Nothing is sending." in line for line in stream.iter_lines())


@pytest.mark.heavy
@pytest.mark.parametrize("sends", [False, True])
def test_another_process_that_looks_after_them_is_told(make_desk: MakeDesk, sends: bool) -> None:
    now = clock.now()
    desk = make_desk({"sender": lambda: standing(SenderState.DOWN)} if sends else {})
    due(desk, 300, last_active_at=now - timedelta(seconds=25))
    assert re.fullmatch(
        r"Last looked after [2-5]\d s ago by another process: outreach run , or another desk\.",
        told(browser_factory(desk)("viewer")),
    )


@pytest.mark.heavy
def test_the_desks_own_sender_is_told(make_desk: MakeDesk) -> None:
    state = [standing(SenderState.SENDING, looked=12)]
    desk = make_desk({"sender": lambda: state[0]})
    due(desk, 300, last_active_at=clock.now() - timedelta(seconds=13))
    browser = browser_factory(desk)("editor")
    assert re.fullmatch(r"Last looked after \d\d s ago by the desk’s sender\.", told(browser))
    state[0] = standing(SenderState.DOWN, looked=12)
    assert "last looked after" in (said := told(browser))
    assert said.endswith("by the desk’s sender. Why, and what helps, stands at the top of this page.")
    state[0] = standing(SenderState.SENDING, looked=300)  # its pass hangs
    with writing(desk.engine) as session:
        session.execute(update(Campaign).values(last_active_at=None))
    assert "Stop the desk and start it again" in told(browser)


def test_letters_in_hand_are_looked_after_while_their_worker_lives(make_desk: MakeDesk) -> None:
    desk = make_desk()
    due(desk, 300, last_active_at=clock.now() - timedelta(seconds=130))
    browser = browser_factory(desk)("viewer")
    owner = new_owner()

    def held_by(name: str, until: timedelta) -> str:
        with writing(desk.engine) as session:
            session.execute(update(Message).values(owner=name, lease_until=clock.now() + until))
        return told(browser)

    assert held_by(owner, LEASE).startswith("Last looked after 2 min ago")
    assert held_by(owner, -LEASE).startswith("Nothing is sending.")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = re.sub(rf"/{os.getpid()}/", f"/{ended.pid}/", owner)
    assert held_by(dead, LEASE).startswith("Nothing is sending.")


@pytest.mark.heavy
def test_a_fault_of_the_server_keeps_a_scheduler_away_for_a_while(make_desk: MakeDesk) -> None:
    desk = make_desk()
    browser = browser_factory(desk)("viewer")
    reason = "The mail server refuses the password."
    due(desk, 3000, last_active_at=clock.now() - timedelta(minutes=14), reason=reason)
    assert told(browser).startswith("Last looked after 14 min ago")
    due(desk, 3000, last_active_at=clock.now() - timedelta(minutes=17), reason=reason)
    assert told(browser).startswith("Nothing is sending.")


@pytest.mark.heavy
def test_who_will_send_is_told_beforehand(make_desk: MakeDesk) -> None:
    state = [standing(SenderState.SENDING)]
    desk = make_desk()
    due(desk, -86400)
    assert "This desk does not send: outreach run , or another desk, has to be running then." in told(
        browser_factory(desk)("viewer")
    )
    desk = Desk(desk.engine, desk.settings, desk.folder, desk.key, sender=lambda: state[0])
    browser = browser_factory(desk)("viewer")
    assert told(browser).endswith("This desk sends it.")
    state[0] = standing(SenderState.DOWN)
    assert told(browser).endswith("As it stands, this desk would not send it: see the top of this page.")


def test_what_is_paused_is_not_missed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    due(desk, 300, state=CampaignState.PAUSED)
    browser = browser_factory(desk)("viewer")
    with reading(desk.engine) as session:
        assert session.exec(select(Campaign.state).where(col(Campaign.id) == 1)).one() is CampaignState.PAUSED
    for path in ("/campaigns/1/send", "/campaigns/1", "/"):
        assert "Nothing is sending" not in browser.get(path)
