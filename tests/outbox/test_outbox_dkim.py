"""Letters that Outreach signs itself: a receiver finds the signature right, at each try and in the copy."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.database import reading, writing
from outreach.errors import SettingsError
from outreach.models import Message
from outreach.outbox.dkim_signing import Signer
from outreach.outbox.sent_bytes import sent_bytes
from outreach.settings import Settings
from tests.dkim_receiver import holds, new_key
from tests.outbox.conftest import Letters, Send
from tests.scripted_smtp import ScriptedSmtp

SENDER = "Coalition <secretariat@coalition.example>"
BY_ANOTHER = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=coalition.example; i=@coalition.example; q=dns/txt; "
    b"s=s1;\r\n t=1795796573; h=from : from : subject : to : date : cc;\r\n bh=R6OxL6XmUzDiEjfFM2mP6AEG8O5LIEf+MjReT/K+"
    b"Z0g=;\r\n b=OUgRP4s0UhlI6oksL6KxKVYShSukDT4+Mn9QMROEurvjMmWE9rNz8Lyh+TydL7i9M6gjq\r\n QIrOHgsDIijaijcSv4HeuVnYNs"
    b"OUmjHyThE/d5ID0FttA/Pc/zZu0OjbEtchsFSM3v0TseE\r\n tdLkzcvOMea9n0ssRbHHpbpAbjN+s8Q=\r\nFrom: Coalition <secretaria"
    b"t@coalition.example>\r\nTo: pr@fra.mission.example\r\nSubject: A  letter\r\n\tin two lines \r\nDate: Fri, 27 Nov "
    b"2026 10:00:00 +0100\r\n\r\nDear  friends, \t\r\n\r\nthe end\r\n\r\n\r\n"
)
"""Signed by dkimpy 1.1.8, with the key that belongs to the record."""
ITS_RECORD = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDBNzS6urrRHcpr0mUb7/dUDHiWX3KXWKxdjJLh/in3Z6WnblQmJ0qg0x7XNkMCKVj"
    "uKVPV3uxDkcXMdDbmyDpA5qGhP1sE/mbiHz0m6vldFrL7RjcXE6h497akAGvgjugYOd8ca5S3h3BJBd3Y5BMqtadpdQIPgUVjahz7jvF8jwIDAQAB"
)
AT = datetime(2026, 11, 27, 10, tzinfo=UTC)


def test_the_receiver_of_these_tests_reads_a_signature_as_others_do() -> None:
    assert holds(BY_ANOTHER, ITS_RECORD)
    assert not holds(BY_ANOTHER.replace(b"the end", b"an end"), ITS_RECORD)
    assert not holds(BY_ANOTHER.replace(b"A  letter", b"No letter"), ITS_RECORD)


@pytest.fixture
def signed(tmp_path: Path) -> tuple[dict[str, str], str]:
    """Settings by which letters are signed, and the record by which a receiver can tell."""
    record = new_key(tmp_path / "key.pem")
    where = {"dkim_key": str(tmp_path / "key.pem"), "dkim_selector": "s1", "dkim_domain": "coalition.example"}
    return where | {"from": SENDER}, record


def signer(values: dict[str, str]) -> Signer:
    found = Signer.configured(Settings(**values))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_letters_are_signed_so_that_a_receiver_can_tell(
    letters: Letters, send: Send, signed: tuple[dict[str, str], str]
) -> None:
    values, record = signed
    letters(1)
    with ScriptedSmtp() as server:
        send(server.port, **values)
    (letter,) = server.accepted
    assert holds(letter.content, record)
    assert not holds(letter.content.replace(b"body", b"else"), record)
    assert all(len(line) < 79 for line in letter.content.partition(b"\r\nDate:")[0].split(b"\r\n"))


@pytest.mark.parametrize(
    "mail",
    [
        b"From: a@b.example\r\n\r\n",
        b"From: a@b.example\r\n\r\n\r\n\r\n",
        b"From: a@b.example\r\n\r\n \t\r\nwords \t and\twords \r\n.\r\n\r\n \r\n",
        b"Subject:  first \r\nFROM:a@b.example,\r\n\tc@b.example\r\nSubject: second\r\n  folded\r\nTo:\r\n\r\nb\r\n",
        "From: é@b.example\r\nSubject: é\r\n\r\né\r\n".encode(),
    ],
    ids=["no body", "empty lines", "spaces", "headers", "letters beyond ASCII"],
)
def test_whatever_a_mail_looks_like_its_signature_is_right_and_covers_it(
    mail: bytes, signed: tuple[dict[str, str], str]
) -> None:
    values, record = signed
    wire = signer(values).sign(mail, AT)
    assert holds(wire, record)
    assert f"t={AT.timestamp():.0f}".encode() in wire
    assert not holds(wire.replace(mail, b"From: another@b.example\r\n" + mail), record)  # a header more than is signed


def test_a_signed_letters_bytes_and_date_stay_the_same_over_days_of_tries_and_in_its_copy(
    letters: Letters,
    send: Send,
    engine: Engine,
    signed: tuple[dict[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values, record = signed
    letters(1)
    wires: list[bytes] = []
    now, wall = clock.now, time.time
    for days in range(4):
        passed = timedelta(days=days, hours=7)
        monkeypatch.setattr(clock, "now", lambda passed=passed: now() + passed)
        monkeypatch.setattr(time, "time", lambda passed=passed: wall() + passed.total_seconds())
        answer = "451 4.3.0 later" if days < 3 else "250 2.0.0 taken"
        with writing(engine) as session:
            message = session.exec(select(Message)).one()
            message.next_try_at = clock.now()
        with ScriptedSmtp(lambda _dialogue, verb, _, answer=answer: answer if verb == "DOT" else None) as server:
            send(server.port, **values, grace_minutes=100_000, retry_hours=200)
            wires += [one.content for one in server.data_seen]
    assert len(wires) == 4
    assert len(set(wires)) == 1
    assert holds(wires[0], record)
    assert b" x=" not in wires[0]
    with reading(engine) as session:
        number = session.exec(select(Message.id)).one()
        assert number is not None
        (copy,) = sent_bytes(session, [number], signer(values))
    assert copy.wire == wires[0]


def _locked(path: Path) -> None:
    key, best = rsa.generate_private_key(65537, 2048), serialization.BestAvailableEncryption(b"words")
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, best))


def _of_another_kind(path: Path) -> None:
    key, plain = ed25519.Ed25519PrivateKey.generate(), serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


@pytest.mark.parametrize("wrong", [lambda path: path.write_text("no key"), _locked, _of_another_kind])
def test_a_key_that_can_not_be_used_is_said_before_anything_is_sent(tmp_path: Path, wrong: Any) -> None:
    wrong(tmp_path / "key.pem")
    values = {"from": SENDER, "dkim_selector": "s", "dkim_key": str(tmp_path / "key.pem")}
    with pytest.raises(SettingsError, match="can't be used"):
        Signer.configured(Settings(**values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        (lambda told: told, True),
        (lambda told: told.replace("v=DKIM1; k=rsa; ", ""), True),
        (lambda told: told + "; h=sha1 : sha256; s=*; t=s; n=of the office", True),
        (lambda told: told + "; h=sha1", False),
        (lambda told: told.replace("k=rsa", "k=ed25519"), False),
        (lambda told: told.partition("p=")[0] + "p=", False),  # taken back by its owner
        (lambda told: "v=spf1 -all", False),
    ],
)
def test_a_published_key_fits_as_receivers_read_it(change: Any, fits: bool, signed: tuple[dict[str, str], str]) -> None:
    values, record = signed
    assert signer(values).fits(change(record)) is fits
