"""Real bounces, delays and complaints, where they are at hand: see shared/corpora/README.md."""

import csv
import re
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


# The corpus itself is not sure whether the address is dead: of a user unknown who was not told so in reply to RCPT TO
# (`filtered`), of a box that is switched off, and where the mail holds no code and the corpus guesses one.
UNSURE = frozenset(["filtered", "suspend", "undefined", "onhold"])
GUESS = re.compile(r"\d\.0\.9\d\d")


def test_permanent_and_temporary_are_told_apart(expected):
    count = Counter()
    for name, rows in expected.items():
        if rows[0]["kind"] == "bounce":
            found = [one.permanent for one in understand((BOUNCES / name).read_bytes()).recipients]
            for told, row in zip([*found, *["missing"] * len(rows)], rows, strict=False):
                sure = row["reason"] not in UNSURE and not GUESS.fullmatch(row["status"])
                dead = row["permanent"] == "true"
                count["sure"] += sure
                count["sure and right"] += sure and told is dead
                count["alive called dead"] += sure and told is True and not dead
                count["all"] += 1
                count["right, or unknown where the corpus is not sure"] += told is dead or (told is None and not sure)
    assert count["sure and right"] / count["sure"] >= 0.94
    assert count["right, or unknown where the corpus is not sure"] / count["all"] >= 0.88
    assert count["alive called dead"] == 0


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
