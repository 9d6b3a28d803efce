"""The second process that understands mail: what it tells is what is told without it, whatever becomes of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from inbox_mails import answer, recipient_group, report
from inbox_people import people

from outreach.inbox import helper as helpers
from outreach.inbox.helper import Helper
from outreach.inbox.prepare import Prepared, RawMail, prepared

MAILS = [
    RawMail(f"{number}.eml", raw)
    for number, raw in enumerate(
        [
            *(person.raw for person in people()[:60]),
            *(
                report(recipient_group(f"box{n}@x.example", "failed", "5.1.1", f"550 5.1.1 No such {n}"))
                for n in range(40)
            ),
            answer("I am away until 25 March 2024.", "Auto-Submitted: auto-replied"),
            b"\x00\xff no mail at all",
            b"",
        ]
    )
]
BATCH = 20
ALONE = [prepared(mail) for mail in MAILS]


def batches() -> Iterator[list[RawMail]]:
    for start in range(0, len(MAILS), BATCH):
        yield MAILS[start : start + BATCH]


@pytest.fixture(params=["fork", "spawn"])
def started(request, monkeypatch) -> None:
    """A helper for however few mails, in each way in which one is started."""
    if request.param == "fork" and sys.platform != "linux":
        pytest.skip("a process is copied on Linux only")
    monkeypatch.setattr(helpers, "_WORTH_ITS_START", 1)
    monkeypatch.setattr(helpers.platform, "processors", lambda: 2)
    monkeypatch.setattr(helpers.platform, "way_to_start", lambda: request.param)


def ready(helper: Helper) -> None:
    until = time.monotonic() + 30
    while not helper._is_there():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_with_a_helper_the_same_is_understood_in_the_same_order(started):
    with Helper(len(MAILS)) as helper:
        ready(helper)
        found = [one for batch in helper.in_turn(batches()) for one in batch]
    assert found == ALONE


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("when", range(4))
def test_a_helper_that_is_killed_changes_nothing(started, when):
    found: list[Prepared] = []
    with Helper(len(MAILS)) as helper:
        ready(helper)
        for number, batch in enumerate(helper.in_turn(batches())):
            if number == when:
                os.kill(helper._process.pid, signal.SIGKILL)
            found += batch
    assert found == ALONE


def test_for_few_mails_no_process_is_started():
    with Helper(999) as helper:
        assert helper._process is None
        assert [one for batch in helper.in_turn(batches()) for one in batch] == ALONE


def test_what_was_fetched_before_a_fault_is_given_first():
    def breaking() -> Iterator[list[RawMail]]:
        yield MAILS[:3]
        yield MAILS[3:5]
        raise ConnectionResetError

    given: list[list[str]] = []
    with Helper(0) as helper, pytest.raises(ConnectionResetError):
        given.extend([one.source for one in batch] for batch in helper.in_turn(breaking()))
    assert given == [["0.eml", "1.eml", "2.eml"], ["3.eml", "4.eml"]]


@pytest.mark.heavy
@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_a_helper_ends_with_the_process_that_it_helps(tmp_path: Path, way):
    if way == "fork" and sys.platform != "linux":
        pytest.skip("a process is copied on Linux only")
    script = tmp_path / "one.py"
    script.write_text(f"""
import time
from outreach.inbox import helper as helpers

if __name__ == "__main__":
    helpers._WORTH_ITS_START, helpers.platform.processors, helpers.platform.way_to_start = 1, lambda: 2, lambda: "{way}"
    with helpers.Helper(5) as helper:
        while not helper._is_there():
            time.sleep(0.01)
        print(helper._process.pid, flush=True)
        time.sleep(60)
""")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        os.kill(number, 0)
        process.kill()
    until = time.monotonic() + 30
    while Path(f"/proc/{number}").exists() and "Z" not in Path(f"/proc/{number}/stat").read_text().split()[2]:
        assert time.monotonic() < until
        time.sleep(0.01)
