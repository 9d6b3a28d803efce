"""The dispatch journal: what is written is read back, and whatever is torn or damaged harms nothing else."""

import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import Fault
from outreach.witness.dispatch import (
    Began,
    DispatchJournal,
    Enlisted,
    Evidence,
    EvidenceKind,
    Mark,
    Said,
    journal_path,
)
from tests.examples import HEAVY
from tests.witness.handovers import AT, DATABASE, accepted, answers, handover, handovers

Made = Callable[[], DispatchJournal]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal_path(tmp_path, DATABASE)


@pytest.fixture
def journal(path: Path) -> Iterator[DispatchJournal]:
    made = DispatchJournal(path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A function that makes a journal for one example."""
    return lambda: DispatchJournal(tmp_path_factory.mktemp("journal") / "journal.jsonl")


@given(batches=st.lists(st.tuples(st.lists(handovers, max_size=3), st.lists(answers, max_size=3)), max_size=4))
def test_what_is_written_is_read_back(fresh: Made, batches) -> None:
    journal, expected = fresh(), []
    for generation, (begun, answered) in enumerate(batches, start=1):
        journal.begin(begun, generation, AT)
        journal.answer(answered, AT)
        expected += [Began(one, generation, AT) for one in begun] + [Said(one, AT) for one in answered]
    journal.close()
    assert list(journal.entries()) == expected
    begun_in = [one.generation for one in expected if isinstance(one, Began)]
    assert journal.highest() == DispatchJournal(journal.path).highest() == max(begun_in, default=0)


@given(cut=st.floats(0, 1), letters=st.lists(handovers, min_size=1, max_size=4))
def test_a_line_torn_at_any_byte_harms_no_other(fresh: Made, cut: float, letters) -> None:
    journal = fresh()
    journal.begin([handover(1)], 1, AT)
    before = journal.path.stat().st_size
    journal.begin(letters, 2, AT)
    journal.close()
    with journal.path.open("r+b") as file:
        file.truncate(before + round(cut * (journal.path.stat().st_size - before)))
    after, damaged = DispatchJournal(journal.path), []
    after.begin([handover(3)], 3, AT)
    found = list(after.entries(damaged.append))
    after.close()
    assert found[0] == Began(handover(1), 1, AT)
    assert found[-1] == Began(handover(3), 3, AT)
    assert [one.handover for one in found[1:-1]] == letters[: len(found) - 2]
    assert damaged == []


@given(garbage=st.lists(st.one_of(st.binary(max_size=200), st.text(max_size=50).map(str.encode)), max_size=5))
def test_garbage_between_the_lines_is_passed_over(fresh: Made, garbage: list[bytes]) -> None:
    journal = fresh()
    for number, junk in enumerate(garbage, start=1):
        journal.begin([handover(number)], number, AT)
        with journal.path.open("ab") as file:
            file.write(junk)
    journal.begin([handover(99)], 99, AT)
    journal.close()
    assert [one.generation for one in journal.entries()] == [*range(1, len(garbage) + 1), 99]
    assert journal.highest() == DispatchJournal(journal.path).highest() == 99


@given(position=st.floats(0, 1), bit=st.integers(0, 7))
def test_one_bit_changed_takes_a_line_but_never_changes_what_it_says(fresh: Made, position: float, bit: int) -> None:
    journal = fresh()
    for number in (1, 2, 3):
        journal.begin([handover(number)], number, AT)
    journal.close()
    raw = bytearray(journal.path.read_bytes())
    raw[min(round(position * len(raw)), len(raw) - 1)] ^= 1 << bit
    journal.path.write_bytes(raw)
    said = [Began(handover(number), number, AT) for number in (1, 2, 3)]
    assert [one for one in journal.entries() if one not in said] == []
    assert len(list(journal.entries())) >= 1
    assert DispatchJournal(journal.path).highest() <= 3


def test_a_damaged_line_is_told_and_where(journal: DispatchJournal) -> None:
    journal.begin([handover(1)], 1, AT)
    journal.begin([handover(2)], 2, AT)
    raw = journal.path.read_bytes()
    journal.path.write_bytes(raw.replace(b"<2@", b"<3@"))
    damaged: list[int] = []
    assert len(list(journal.entries(damaged.append))) == 1
    assert damaged == [raw.rindex(b'{"k"')]


@pytest.mark.heavy
def test_several_processes_append_at_once_and_no_line_is_lost(journal: DispatchJournal) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from outreach.witness.dispatch import DispatchJournal\n"
        "from tests.witness.handovers import AT, accepted, handover\n"
        "journal, worker = DispatchJournal(Path(sys.argv[1])), int(sys.argv[2])\n"
        "for turn in range(60):\n"
        "    numbers = [worker * 10_000 + turn * 10 + one for one in range(turn % 7 + 1)]\n"
        "    journal.begin([handover(n, subject='x' * (n % 900)) for n in numbers], turn, AT)\n"
        "    journal.answer([accepted(n) for n in numbers], AT)\n"
        "    assert journal.highest() >= turn\n"
    )
    root = Path(__file__).parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(journal.path), str(worker)], cwd=root)
        for worker in range(1, 5)
    ]
    assert [one.wait() for one in running] == [0] * 4
    damaged: list[int] = []
    found = list(journal.entries(damaged.append))
    assert damaged == []
    letters = {
        worker * 10_000 + turn * 10 + one for worker in range(1, 5) for turn in range(60) for one in range(turn % 7 + 1)
    }
    expected = {f"<{number}@coalition.example>" for number in letters}
    assert {one.handover.message_id for one in found if isinstance(one, Began)} == expected
    assert {one.answered.message_id for one in found if isinstance(one, Said)} == expected
    assert len(found) == 2 * len(letters)


def test_what_another_process_adds_is_seen(journal: DispatchJournal) -> None:
    journal.begin([handover(1)], 4, AT)
    assert journal.highest() == 4
    other = DispatchJournal(journal.path)
    other.begin([handover(2)], 9, AT)
    assert journal.highest() == 9
    journal.begin([handover(3)], 8, AT)
    assert (journal.highest(), other.highest()) == (9, 9)


def test_of_a_long_journal_the_highest_generation_is_found_from_its_end(journal: DispatchJournal) -> None:
    journal.begin([handover(1)], 7, AT)
    journal.answer([accepted(n, reply="x" * 900) for n in range(1000)], AT)
    assert DispatchJournal(journal.path).highest() == 7
    journal.begin([handover(2)], 8, AT)
    assert DispatchJournal(journal.path).highest() == 8


@HEAVY
def test_a_huge_file_of_garbage_is_read_in_bounded_memory(journal: DispatchJournal) -> None:
    journal.begin([handover(1)], 1, AT)
    with journal.path.open("r+b") as file:
        file.truncate(100_000_000)  # one line of zeros, which takes no room on the disk
    journal.begin([handover(2)], 2, AT)
    for _ in range(20):
        journal.answer([accepted(n, reply="x" * 900) for n in range(500)], AT)
    tracemalloc.start()
    try:
        other = DispatchJournal(journal.path)
        assert other.highest() == 2
        assert sum(1 for _ in other.entries()) == 2 + 10_000
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """The next byte past so many is refused to this process, as by a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 1, 2, 100, 300])
def test_a_full_disk_is_told_and_once_there_is_room_it_goes_on(journal: DispatchJournal, room: int) -> None:
    journal.begin([handover(1)], 1, AT)
    with no_file_longer_than(journal.path.stat().st_size + room):
        with pytest.raises(Fault, match=r"journal .* can't be written"):
            journal.begin([handover(2)], 2, AT)
        with pytest.raises(Fault, match="can't be written"):
            journal.answer([accepted(2)], AT)
    journal.begin([handover(3)], 3, AT)
    damaged: list[int] = []
    assert [one.generation for one in journal.entries(damaged.append)] == [1, 3]
    assert damaged == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_disk_without_any_room_is_told(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to("/dev/full")
    with pytest.raises(Fault, match="No space left"):
        DispatchJournal(path).begin([handover(1)], 1, AT)


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_a_journal_that_is_taken_away_while_letters_go_out_is_told(journal: DispatchJournal, how: str) -> None:
    journal.begin([handover(1)], 1, AT)
    if how == "deleted":
        journal.path.unlink()
    else:
        journal.path.rename(journal.path.with_name("elsewhere"))
    if how == "replaced":
        journal.path.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(Fault, match="deleted, moved or replaced"):
            journal.begin([handover(2)], 2, AT)


def test_nobody_else_may_read_it(journal: DispatchJournal) -> None:
    journal.begin([handover(1)], 1, AT)
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert journal.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_letter_to_too_many_is_refused_and_not_written_half(journal: DispatchJournal) -> None:
    with pytest.raises(Fault, match="too many recipients"):
        journal.begin([handover(1, recipients=("x" * 60,) * 20_000)], 1, AT)
    assert list(journal.entries()) == []


def test_no_name_of_a_database_leads_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="no id"):
        journal_path(tmp_path, "../../etc/passwd")


def test_a_time_is_kept_in_utc_and_one_without_its_zone_is_refused(journal: DispatchJournal) -> None:
    journal.begin([handover(1)], 1, AT.astimezone(timezone(timedelta(hours=5))))
    assert [one.at for one in journal.entries()] == [AT]
    assert next(iter(journal.entries())).at.tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        journal.begin([handover(1)], 1, datetime(2024, 3, 18))  # noqa: DTZ001


class TestWhatADeadWorkerLeftMarked:
    def test_without_a_line_it_never_left_this_machine(self, journal: DispatchJournal) -> None:
        journal.enlist("w", AT)
        assert journal.evidence([Mark("<1@coalition.example>", 1, "w")]) == {
            "<1@coalition.example>": Evidence(EvidenceKind.NOT_BEGUN)
        }

    def test_with_a_line_the_server_may_have_it(self, journal: DispatchJournal) -> None:
        journal.enlist("w", AT)
        journal.begin([handover(1)], 1, AT)
        assert journal.evidence([Mark("<1@coalition.example>", 1, "w")]).popitem()[1].known is EvidenceKind.BEGUN

    def test_an_answer_is_not_lost(self, journal: DispatchJournal) -> None:
        journal.enlist("w", AT)
        journal.begin([handover(1)], 1, AT)
        answer = accepted(1, recipients={"a@x.example": ("refused", "550 5.1.1 no")})
        journal.answer([answer], AT)
        found = journal.evidence([Mark("<1@coalition.example>", 1, "w")])
        assert found == {"<1@coalition.example>": Evidence(EvidenceKind.ANSWERED, answer)}

    def test_an_earlier_claim_on_it_says_nothing_of_this_one(self, journal: DispatchJournal) -> None:
        journal.enlist("w", AT)
        journal.begin([handover(1)], 1, AT)
        journal.answer([accepted(1, verdict="deferred")], AT)
        found = journal.evidence([Mark("<1@coalition.example>", 2, "w")])
        assert found == {"<1@coalition.example>": Evidence(EvidenceKind.NOT_BEGUN)}

    def test_silence_of_a_worker_that_wrote_elsewhere_proves_nothing(self, journal: DispatchJournal) -> None:
        journal.enlist("another", AT)
        found = journal.evidence([Mark("<1@coalition.example>", 1, "w")])
        assert found == {"<1@coalition.example>": Evidence(EvidenceKind.NOTHING)}

    def test_silence_proves_nothing_once_a_line_is_damaged(self, journal: DispatchJournal) -> None:
        journal.enlist("w", AT)
        journal.begin([handover(1)], 1, AT)
        journal.path.write_bytes(journal.path.read_bytes().replace(b"<1@", b"<7@"))
        found = journal.evidence([Mark("<1@coalition.example>", 1, "w")])
        assert found == {"<1@coalition.example>": Evidence(EvidenceKind.NOTHING)}

    def test_a_worker_enlists_once(self, journal: DispatchJournal) -> None:
        journal.enlist("w", AT)
        journal.enlist("w", AT)
        assert list(journal.entries()) == [Enlisted("w", AT)]
