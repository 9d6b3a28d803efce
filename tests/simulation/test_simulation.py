"""A hundred-odd seeds of the simulation, and the mutants that it has to find; benchmarks/simulate.py plays any number.

A seed that fails is told as the shortest story that still breaks the law: see CONTRIBUTING.md.
"""

from collections.abc import Iterator

import pytest

from tests.simulation.mutants import MUTANTS, found_by
from tests.simulation.story import events_of, play, run, shrunk
from tests.simulation.world import Grounds, World

SEEDS = 100
PARTS = 4
FOUND_AT_ONCE = ("mark after DATA", "no fencing number at the mark", "nothing is begun in the dispatch journal")


@pytest.fixture(scope="module")
def grounds() -> Iterator[Grounds]:
    made = Grounds()
    yield made
    made.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_seed_breaks_a_law(grounds: Grounds, part: int) -> None:
    with grounds.patched():
        for seed in range(part, SEEDS, PARTS):
            found = run(grounds, seed)
            assert found is None, str(shrunk(grounds, found))


def test_a_seed_always_comes_to_the_same_story(grounds: Grounds, monkeypatch: pytest.MonkeyPatch) -> None:
    stories: list[list[str]] = []
    closed = World.close

    def keep(self: World) -> None:
        stories.append(list(self.story))
        closed(self)

    monkeypatch.setattr(World, "close", keep)
    with grounds.patched():
        for seed in (1, 2, 3, 1, 2, 3):
            run(grounds, seed)
    assert stories[:3] == stories[3:]


@pytest.mark.parametrize("name", FOUND_AT_ONCE)
def test_a_mutant_is_found_and_told_shortly(grounds: Grounds, name: str) -> None:
    from tests.simulation.mutants import broken

    found = found_by(grounds, name, SEEDS)
    assert found is not None
    with grounds.patched(), broken(name):
        short = shrunk(grounds, found[1])
        assert play(grounds, short.seed, short.events) is not None
    assert len(short.events) <= len(events_of(short.seed))
    assert "BROKEN" in str(short)


def test_there_are_mutants_enough() -> None:
    assert len(MUTANTS) >= 20
