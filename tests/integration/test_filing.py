"""Copies in Sent on Debian's Dovecot: what files is killed at random moments, and each letter lies there once."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from mail_servers import PASSWORD, Dovecot, dovecot, maildir_counts
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.database import reading, writing
from outreach.doctor.doctor_box import box
from outreach.models import Campaign, Frozen, Message, Mission
from outreach.outbox.sent_bytes import sent_bytes
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, MessageState

pytestmark = pytest.mark.integration

TEAM = "letters@coalition.example"
LETTERS = 47
KILLS = 25
_PROGRAM = """
import sys
from datetime import timedelta
from outreach.database import open_database
from outreach.inbox.mailbox import (filing)
from outreach.settings import Settings

url, port, password = sys.argv[1:]
filing.SETTLES = timedelta(seconds=0.3)  # an append that a kill cut off is over by then: the server is at hand
settings = Settings.model_validate({
    "database_url": url, "mode": "live", "from": "C <letters@coalition.example>", "smtp_host": "127.0.0.1",
    "imap_host": "127.0.0.1", "imap_port": port, "imap_security": "none", "imap_username": "letters@coalition.example",
    "imap_password": password,
})
engine = open_database(url)
print("ready", flush=True)
result = filing.file_sent(engine, settings, at_once=True)
sys.exit(0 if not result.left and not result.trouble else 3)
"""


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with tempfile.TemporaryDirectory(prefix="outreach-") as name, dovecot(Path(name) / "dovecot") as running:
        yield running


@pytest.fixture
def wires(engine: Engine) -> dict[str, bytes]:
    """47 letters that went out, with a file each, by Message-ID."""
    at = clock.now() - timedelta(minutes=5)
    with writing(engine) as session:
        campaign = Campaign(
            name="spring", letter="spring", as_of=at.date(), time_zone="Europe/Zurich", created_at=at, due_at=at,
            state=CampaignState.SCHEDULED, last_active_at=at,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        for number in range(LETTERS):
            code = f"X{chr(65 + number // 26)}{chr(65 + number % 26)}"
            session.add(Mission(iso3=code, short_name=code, formal_name=code, language="en"))
            session.flush()
            name = f"<spring-{code}@coalition.example>"
            body = f"Excellence, voilà la lettre {code}.\r\n.\r\n" + "0123456789abcdef" * 8000 + "\r\n"
            raw = f"Message-ID: {name}\r\nSubject: {code}\r\nMIME-Version: 1.0\r\n\r\n{body}".encode()
            message = Message(
                campaign_id=campaign.id, iso3=code, message_id=name, envelope_from=TEAM, language="en", subject=code,
                state=MessageState.SENT, due_at=at, sent_at=at + timedelta(seconds=number), size=len(raw),
            )  # fmt: skip
            session.add(message)
            session.flush()
            session.add(Frozen(message_id=message.id, raw=raw))
    with reading(engine) as session:
        numbers = [one for one in session.exec(select(Message.id)) if one is not None]
        return {one.message_id: one.wire for one in sent_bytes(session, numbers, None)}


def test_each_letter_lies_in_sent_once_though_what_files_is_killed_at_any_moment(
    server: Dovecot, engine: Engine, wires: dict[str, bytes]
) -> None:
    url = engine.url.render_as_string(hide_password=False)
    folder = server.maildir(TEAM) / ".Envoy&AOk-s"
    chance = random.Random(15)
    killed = 0

    def started() -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, url, str(server.imap), PASSWORD], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    unrecorded = 0
    for _ in range(500):
        process = started()
        target = maildir_counts(folder) + chance.randint(0, 4)
        if killed < KILLS:
            while process.poll() is None and maildir_counts(folder) < target:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.01))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
        ended = process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()
        if ended == 0:
            break
        with reading(engine) as session:
            recorded = len(session.exec(select(Message).where(col(Message.filed_at).is_not(None))).all())
        unrecorded += maildir_counts(folder) > recorded
    else:
        pytest.fail("it never came to an end")
    files = [path for name in ("new", "cur") for path in (folder / name).iterdir()]
    assert unrecorded  # kills came between an append and its record
    assert maildir_counts(folder) == LETTERS
    assert sorted(path.read_bytes().replace(b"\r\n", b"\n") for path in files) == sorted(
        wire.replace(b"\r\n", b"\n") for wire in wires.values()
    )
    assert {path.name.rpartition(":2,")[2] for path in files} == {"S"}
    with reading(engine) as session:
        lacking = session.exec(select(Message).where(col(Message.filed_at).is_(None))).all()
        moments = {one.sent_at.timestamp() // 1 for one in session.exec(select(Message)) if one.sent_at is not None}
    assert lacking == []
    assert {path.stat().st_mtime for path in files} == moments  # Dovecot keeps the internal date there


def test_the_doctor_names_the_folders_of_a_real_mailbox(server: Dovecot) -> None:
    settings = Settings.model_validate(
        {"imap_host": "127.0.0.1", "imap_port": server.imap, "imap_security": "none", "imap_username": TEAM,
         "imap_password": PASSWORD}
    )  # fmt: skip
    told = {str(one.words): one.verdict for one in box(settings)}
    assert set(told.values()) == {"good"}, told
    assert any("Envoyés" in words for words in told)
    assert any("goes to Spam" in words for words in told)
    (wrong,) = [one for one in box(settings.model_copy(update={"imap_folder": "Réponses"})) if one.verdict == "wrong"]
    assert "Envoyés, INBOX, Spam" in str(wrong.words)
