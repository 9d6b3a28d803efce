"""Real processes on one database, killed at any moment and run side by side: nothing twice, nothing lost.

The same with 200 runs of 200 letters, on SQLite and on PostgreSQL: benchmarks/kills.py.
"""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from outreach.models import Message
from outreach.vocabulary import MessageState
from tests.examples import HEAVY, MORE, heavy
from tests.outbox.conftest import Letters
from tests.outbox.killing import Nursery, kill_and_restart


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as started:
        yield started


@pytest.mark.parametrize(
    ("seed", "workers", "share"), [(1, 1, 0.0), MORE(2, 3, 0.0), MORE(3, 1, 0.03), heavy(4, 4, 0.03)]
)
def test_killed_at_any_moment_and_started_again_nothing_is_lost_or_sent_twice(
    seed: int, workers: int, share: float, letters: Letters, nursery: Nursery, engine: Engine
) -> None:
    letters(80)
    found = kill_and_restart(nursery, engine, str(engine.url), seed, workers=workers, kills=4, share=share)
    assert (found.duplicates, found.lost) == (0, 0), found
    if not share:
        assert found.states[MessageState.UNCERTAIN] <= 4 * 4, (
            "at most one letter a connection can be in doubt at each kill"
        )


@HEAVY
def test_several_processes_on_one_database_share_the_work(
    letters: Letters, messages: Callable[[], list[Message]], nursery: Nursery, engine: Engine
) -> None:
    letters(120)
    found = kill_and_restart(nursery, engine, str(engine.url), 5, workers=3, kills=0)
    assert found.states == {MessageState.SENT: 120}
    assert (found.duplicates, found.lost) == (0, 0)
    assert {message.owner for message in messages()} == {None}
