"""A return address for each letter is used only once a test has come back into the box that is read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_imap import HostileFolder, HostileImap
from inbox_mails import answer
from sqlalchemy import Engine

from outreach import schedule
from outreach.actors import named
from outreach.campaigns.return_path import decided, is_to_be_tried
from outreach.database import reading
from outreach.doctor.doctor_box import return_path
from outreach.inbox import ingest
from outreach.inbox.mailbox import imap
from outreach.models import Reply, ReturnPathTrial
from outreach.responses.answers import record_answers
from outreach.settings import BounceTags, Settings
from tests.scripted_smtp import ScriptedSmtp

BOX = "secretariat@coalition.example"
Make = Callable[..., Settings]


@pytest.fixture
def box():
    with HostileImap({b"INBOX": HostileFolder({1: answer("Yes.")})}) as running:
        yield running


@pytest.fixture
def smtp():
    with ScriptedSmtp() as running:
        yield running


@pytest.fixture
def make(box: HostileImap, smtp: ScriptedSmtp) -> Make:
    """A function that makes settings with both servers."""

    def settings(**changes: object) -> Settings:
        values = {
            "from": f"Secretariat <{BOX}>", "allow_list": ["@coalition.example"], "smtp_host": "127.0.0.1",
            "smtp_port": smtp.port, "smtp_security": "none", "imap_host": "127.0.0.1", "imap_port": box.port,
            "imap_security": "none", "imap_username": "letters", "imap_password": "secret",
        }  # fmt: skip
        return Settings.model_validate(values | changes)

    return settings


def tags(engine: Engine, settings: Settings) -> BounceTags:
    with reading(engine) as session:
        return decided(session, settings, BOX).bounce_tags


def tried(engine: Engine, settings: Settings, smtp: ScriptedSmtp) -> bytes:
    """Send a test letter; return what went to the tagged address."""
    before = len(smtp.accepted)
    schedule.send_hello(engine, settings, Path(), by=named("Ana"), to=f"ana@{BOX.partition('@')[2]}")
    (probe,) = [one for one in smtp.accepted[before:] if "+" in one.rcpt_to[0]]
    assert (probe.mail_from, len(probe.rcpt_to)) == (probe.rcpt_to[0], 1)
    assert probe.rcpt_to[0].startswith("secretariat+")
    return probe.content


def read(engine: Engine, settings: Settings) -> None:
    imap.sync(engine, settings, record=record_answers)


def said(engine: Engine, settings: Settings) -> str:
    return " ".join(str(one.words) for one in return_path(engine, settings))


@pytest.mark.heavy
def test_on_only_once_the_test_is_back_and_until_the_next_one(engine, make, box, smtp, rows):
    settings = make()
    assert (tags(engine, settings), "not tried yet" in said(engine, settings)) == (BounceTags.NO, True)
    raw = tried(engine, settings, smtp)
    read(engine, settings)
    assert tags(engine, settings) is BounceTags.NO
    assert "has not come into the box" in said(engine, settings)
    box.folders[b"INBOX"].mails[2] = b"Return-Path: <x@coalition.example>\r\n" + raw
    read(engine, settings)
    assert tags(engine, settings) is BounceTags.YES
    assert "has shown that this works" in said(engine, settings)
    assert len(rows(Reply)) == 1, "the test is no mail to be filed"
    for other in ({"smtp_host": "localhost"}, {"imap_username": "other"}, {"no_mailbox": True}, {"imap_host": ""}):
        assert tags(engine, make(**other)) is BounceTags.NO, other
    with reading(engine) as session:
        assert decided(session, settings, "other@coalition.example").bounce_tags is BounceTags.NO
    tried(engine, settings, smtp)
    assert tags(engine, settings) is BounceTags.NO, "the last test counts: what worked once may not work now"


@pytest.mark.heavy
def test_a_copy_elsewhere_or_a_file_proves_nothing(engine, make, box, smtp, tmp_path, rows):
    settings = make(imap_folders=["INBOX", "Archive"])
    raw = tried(engine, settings, smtp)
    box.folders[b"Archive"] = HostileFolder({9: raw}, uid_validity=3)
    read(engine, settings)
    (tmp_path / "saved.eml").write_bytes(raw)
    ingest.ingest(engine, [tmp_path / "saved.eml"], record=record_answers)
    assert (tags(engine, settings), len(rows(Reply))) == (BounceTags.NO, 1)


@pytest.mark.heavy
def test_a_refused_test_stops_no_test_letter_and_is_told(engine, make, rows):
    settings = make(allow_list=["ana@coalition.example"])
    schedule.send_hello(engine, settings, Path(), by=named("Ana"), to="ana@coalition.example")
    assert [bool(one.refused) for one in rows(ReturnPathTrial)] == [True]
    assert "was not taken: Rehearsal" in said(engine, settings)
    assert tags(engine, settings) is BounceTags.NO


def test_who_has_said_yes_or_no_is_not_asked(engine, make):
    for value, expected in (("true", BounceTags.YES), (True, BounceTags.YES), (False, BounceTags.NO)):
        settings = make(bounce_tags=value)
        assert (tags(engine, settings), is_to_be_tried(settings)) == (expected, False)
