"""Real bounces, delays and complaints, where they are at hand: see shared/corpora/README.md."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from outreach.inbox.classify import understand
from outreach.vocabulary import MailKind

BOUNCES = Path(__file__).parents[3] / "shared" / "corpora" / "bounces"

pytestmark = pytest.mark.skipif(not BOUNCES.is_dir(), reason="the bounce corpus is not here")


@pytest.fixture(scope="module")
def expected() -> dict[str, list[dict[str, str]]]:
    rows = defaultdict(list)
    with (BOUNCES / "expected.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows[row["file"]].append(row)
    return rows


def agrees(kind: MailKind, wanted: str) -> bool:
    """The corpus has no word for a delay: it files it under bounces."""
    wanted = {"feedback": "complaint"}.get(wanted, wanted)
    return kind == wanted or (wanted == "bounce" and kind is MailKind.DELAYED)


def test_every_standard_report_is_understood(expected):
    wrong = {}
    for name, rows in expected.items():
        raw = (BOUNCES / name).read_bytes()
        if b"message/delivery-status" in raw.lower() or b"message/feedback-report" in raw.lower():
            found = understand(raw)
            if not agrees(found.kind, rows[0]["kind"]) or (rows[0]["kind"] == "bounce" and not found.recipients):
                wrong[name] = found.kind
    assert not wrong


def test_nearly_every_kind_is_right(expected):
    right = sum(
        agrees(understand((BOUNCES / name).read_bytes()).kind, rows[0]["kind"]) for name, rows in expected.items()
    )
    assert right / len(expected) >= 0.97


def test_permanent_and_temporary_are_told_apart(expected):
    right = total = 0
    for name, rows in expected.items():
        if rows[0]["kind"] == "bounce":
            found = understand((BOUNCES / name).read_bytes()).recipients
            total += len(rows)
            right += sum(one.permanent is (row["permanent"] == "true") for one, row in zip(found, rows, strict=False))
    assert right / total >= 0.92


def test_the_enhanced_status_is_the_one_that_the_mail_holds(expected):
    right = total = 0
    for name, rows in expected.items():
        raw = (BOUNCES / name).read_bytes()
        held = [row["status"] for row in rows if row["status"] and row["status"].encode() in raw]
        if rows[0]["kind"] == "bounce" and held:
            found = Counter(one.status for one in understand(raw).recipients)
            total += len(held)
            right += (found & Counter(held)).total()
    assert right / total >= 0.95


def test_what_a_mailer_daemon_says_is_no_answer(expected):
    for name in expected:
        found = understand((BOUNCES / name).read_bytes())
        if found.sender.lower().startswith("mailer-daemon@"):
            assert found.kind is not MailKind.REPLY, name
