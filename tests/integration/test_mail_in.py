"""Mail comes back through Debian's Postfix and Dovecot: real reports, vacation notes and answers, by IMAP."""

import email
import email.policy
import json
import smtplib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest
from mail_servers import PASSWORD, Dovecot, dovecot, maildir_counts, postfix
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach.cli import main
from outreach.database import open_database, reading
from outreach.inbox.mailbox import imap
from outreach.inbox.mailbox.imap_wire import Fetched, Wire
from outreach.models import Contact, DeliveryEvent, Mailbox, Message, Reply, Response
from outreach.responses.answers import record_answers
from outreach.settings import Settings
from tests.own_letters import make_own
from tests.servers import free_port

pytestmark = pytest.mark.integration

TEAM = "letters@coalition.example"
VACATION = """require ["vacation"];
vacation :days 1 :subject "Absence" :addresses ["{box}"] "Je suis absent jusqu'au 25 décembre.";
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the servers' own users may go into: pytest closes its own to them whenever another run begins."""
    with tempfile.TemporaryDirectory(prefix="outreach-") as name:
        yield Path(name)


@pytest.fixture
def server(place: Path) -> Iterator[Dovecot]:
    with dovecot(place / "dovecot") as running:
        yield running


def settings_for(running: Dovecot, **changes: object) -> Settings:
    values = {
        "imap_host": "127.0.0.1", "imap_port": running.imap, "imap_security": "none", "imap_username": TEAM,
        "imap_password": PASSWORD, "imap_poll_seconds": 1,
    }  # fmt: skip
    return Settings.model_validate(values | changes)


def answer(number: int, *, to: str = "<letter-fra@coalition.example>", words: str = "We agree.") -> bytes:
    return (
        f"From: Anna <mission@fra.mission.example>\r\nTo: {TEAM}\r\nSubject: Re: letter\r\n"
        f"Message-ID: <{number}@fra.mission.example>\r\nIn-Reply-To: {to}\r\n\r\n{words} {number}\r\n"
    ).encode()


def taken(engine: Engine) -> list[Reply]:
    with reading(engine) as session:
        return list(session.exec(select(Reply).order_by(col(Reply.id))).all())


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.1)


def test_only_what_is_new_is_fetched_and_nothing_in_the_box_is_touched(server: Dovecot, engine: Engine) -> None:
    for number in range(3):
        server.deliver(TEAM, answer(number))
    first = imap.sync(engine, settings_for(server), record=record_answers)
    assert (first.found, first.taken) == (3, 3)
    again = imap.sync(engine, settings_for(server), record=record_answers)
    assert (again.found, again.taken) == (0, 0)
    server.deliver(TEAM, answer(3))
    assert imap.sync(engine, settings_for(server), record=record_answers).taken == 1
    box = server.maildir(TEAM)
    flags = [one.name.partition(":2,")[2] for name in ("new", "cur") for one in (box / name).iterdir()]
    assert flags == ["", "", "", ""]


def test_a_new_uidvalidity_reads_all_again_and_records_nothing_twice(server: Dovecot, engine: Engine) -> None:
    for number in range(3):
        server.deliver(TEAM, answer(number))
    imap.sync(engine, settings_for(server), record=record_answers)
    with reading(engine) as session:
        before = session.exec(select(Mailbox).where(col(Mailbox.name).endswith("INBOX"))).one().uid_validity
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache", "dovecot-uidvalidity"):
        (server.maildir(TEAM) / name).unlink(missing_ok=True)
    time.sleep(1.1)  # Dovecot makes it of the time in seconds
    again = imap.sync(engine, settings_for(server), record=record_answers)
    with reading(engine) as session:
        assert session.exec(select(Mailbox).where(col(Mailbox.name).endswith("INBOX"))).one().uid_validity != before
    assert (again.found, again.known, again.taken) == (3, 3, 0)


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "polling"])
def test_watching_takes_mail_in_as_it_comes(idle: bool, place: Path, engine: Engine) -> None:
    stop = threading.Event()
    with dovecot(place / "dovecot", idle=idle) as running:
        told: list[int] = []
        watcher = threading.Thread(
            target=imap.watch,
            args=(engine, settings_for(running, imap_poll_seconds=5 if idle else 1)),
            kwargs={"record": record_answers, "stop": stop, "told": lambda result: told.append(result.taken)},
        )
        watcher.start()
        try:
            for number in range(3):
                running.deliver(TEAM, answer(number))
                eventually(lambda number=number: len(taken(engine)) == number + 1)
        finally:
            stop.set()
            watcher.join(timeout=30)
    assert not watcher.is_alive()
    assert sum(told) == 3


def test_a_connection_that_is_cut_is_made_anew(
    server: Dovecot, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(250):
        server.deliver(TEAM, answer(number))
    real = Wire.bodies
    cuts = iter([False, True, False, True])

    def cut(wire: Wire, uids: Sequence[int], into: Fetched) -> None:
        if next(cuts, False):
            wire.cut()
        real(wire, uids, into)

    monkeypatch.setattr(Wire, "bodies", cut)
    monkeypatch.setattr(imap, "BATCH", 60)
    monkeypatch.setattr(imap, "_WAIT_SECONDS", 0.05)
    imap.sync(engine, settings_for(server), record=record_answers)
    assert len(taken(engine)) == 250
    assert next(cuts, "all used") == "all used"


def test_the_story_of_a_letter_whose_answers_come_back(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Five missions: one answers with a file, one is away, one's box is gone, one forwards, one says nothing."""
    codes = ["FRA", "DEU", "CHL", "JPN", "ALB"]
    boxes = {
        code: [f"mission@{code.lower()}.mission.example", f"pr.office@{code.lower()}.mission.example"] for code in codes
    }
    gone = boxes["CHL"]
    smtp = free_port()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    with dovecot(place / "dovecot", smtp=smtp) as box:
        for one in boxes["DEU"][:1]:
            box.sieve(one, VACATION.format(box=one))
        every = [TEAM, "bounces@coalition.example", *(one for both in boxes.values() for one in both)]
        with postfix(place / "postfix", smtp=smtp, lmtp=box.lmtp, boxes=every, gone=gone):
            for name, value in {
                "MODE": "live", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": smtp, "SMTP_SECURITY": "none", "FROM": TEAM,
                "BOUNCE_ADDRESS": TEAM, "BOUNCE_TAGS": "true", "IMAP_HOST": "127.0.0.1", "IMAP_PORT": box.imap,
                "IMAP_SECURITY": "none", "IMAP_USERNAME": TEAM, "IMAP_PASSWORD": PASSWORD,
            }.items():  # fmt: skip
                monkeypatch.setenv(f"OUTREACH_{name}", str(value))
            run("init")
            make_own(Path("templates"))
            run("missions", "import", "data/missions.xlsx")
            run("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", f"iso:{','.join(codes)}")
            run("campaign", "approve", "c", "--by", "Ana")
            run("campaign", "schedule", "c", "--at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "--yes", "5")
            run("send", "--yes", "5")
            for code in ("FRA", "JPN"):
                eventually(lambda code=code: maildir_counts(box.maildir(boxes[code][0])) == 1)
            reply_to_letter(box, boxes["FRA"][0], smtp, code="FRA")
            forward_to_colleague(box, boxes["JPN"][0], smtp)
            # The report on CHL, the reports of success on the four others, a vacation note and two answers.
            eventually(lambda: maildir_counts(box.maildir(TEAM)) >= 8)
            run("inbox", "sync")
            first = snapshot(work)
            run("inbox", "sync")
    capfd.readouterr()
    run("campaign", "status", "c", "--json")
    status = json.loads(capfd.readouterr().out)
    assert status["delivery"]["bounced"] == 1
    assert status["answers"] == {"none": 3, "auto-reply": 1, "replied": 1}
    assert snapshot(work) == first
    # A colleague's answer in no thread, under the letter's subject: likely, and so a person says whether it is one.
    run("inbox", "proposals", "--json")
    asked = [one for one in json.loads(capfd.readouterr().out) if one["kind"] == "answer"]
    assert [(one["iso3"], one["value"]) for one in asked] == [("JPN", "replied")]
    run("inbox", "accept", str(asked[0]["id"]), "--by", "Ana")
    capfd.readouterr()
    run("campaign", "status", "c", "--json")
    assert json.loads(capfd.readouterr().out)["answers"] == {"none": 2, "auto-reply": 1, "replied": 2}
    kinds = {iso3: {one.kind.value for one in replies} for iso3, replies in by_mission(work).items()}
    assert kinds == {
        "FRA": {"delivered", "reply"}, "DEU": {"delivered", "auto-reply"}, "CHL": {"bounce"},
        "JPN": {"delivered", "reply"}, "ALB": {"delivered"},
    }  # fmt: skip
    engine = open_database(f"sqlite:///{work / 'outreach.db'}")
    with reading(engine) as session:
        dead = session.exec(select(Contact.email).where(col(Contact.bounced_at).is_not(None))).all()
    assert sorted(dead) == sorted(gone)
    engine.dispose()


def run(*arguments: str) -> None:
    assert main(list(arguments)) == 0


def reply_to_letter(box: Dovecot, address: str, smtp: int, *, code: str) -> None:
    letter = received(box, address)
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = address, letter["From"], f"Re: {letter['Subject']}"
    answer["In-Reply-To"] = answer["References"] = letter["Message-ID"]
    answer.set_content(f"We support the text.\n\nOn 18 Mar 2024, at 09:00, {letter['From']} wrote:\n\n> Excellency,\n")
    answer.add_attachment(b"%PDF-1.4 note", maintype="application", subtype="pdf", filename=f"note-{code}.pdf")
    with smtplib.SMTP("127.0.0.1", smtp) as server:
        server.send_message(answer)


def forward_to_colleague(box: Dovecot, address: str, smtp: int) -> None:
    """A colleague answers from an address that nobody wrote to, with the letter's subject and no reference."""
    letter = received(box, address)
    answer = EmailMessage()
    answer["From"] = f"colleague@{address.rpartition('@')[2]}"
    answer["To"], answer["Subject"] = letter["From"], f"RE: FW: {letter['Subject']}"
    answer.set_content("Your letter was passed to me. We have forwarded it to the capital.")
    with smtplib.SMTP("127.0.0.1", smtp) as server:
        server.send_message(answer)


def received(box: Dovecot, address: str) -> EmailMessage:
    (one,) = [path for name in ("new", "cur") for path in (box.maildir(address) / name).iterdir()]
    found = email.message_from_bytes(one.read_bytes(), policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def snapshot(work: Path) -> list[tuple[object, ...]]:
    engine = open_database(f"sqlite:///{work / 'outreach.db'}")
    with reading(engine) as session:
        rows: list[tuple[object, ...]] = [
            (one.id, one.digest, one.message_id, one.kind) for one in session.exec(select(Reply)).all()
        ]
        rows += [(one.id, one.kind, one.recipient) for one in session.exec(select(DeliveryEvent)).all()]
        rows += [(one.iso3, one.answer, one.position) for one in session.exec(select(Response)).all()]
    engine.dispose()
    return rows


def by_mission(work: Path) -> dict[str, list[Reply]]:
    engine = open_database(f"sqlite:///{work / 'outreach.db'}")
    found: dict[str, list[Reply]] = {}
    with reading(engine) as session:
        query = select(Reply, Message.iso3).join(Message, col(Message.id) == col(Reply.message_id))
        for reply, iso3 in session.exec(query).all():
            found.setdefault(iso3, []).append(reply)
        assert session.exec(select(Reply).where(col(Reply.message_id).is_(None))).all() == []
    engine.dispose()
    return found
