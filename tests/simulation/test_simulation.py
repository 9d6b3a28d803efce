"""Some eighty seeds of the simulation, and the mutants that it has to find; benchmarks/simulate.py plays any number.

A seed that fails is told as the shortest story that still breaks the law: see CONTRIBUTING.md.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.examples import examples
from tests.simulation.mutants import EQUIVALENT, MUTANTS, broken, found_by
from tests.simulation.story import Event, events_of, first_events_of, play, run, shrunk
from tests.simulation.world import Grounds, World

SEEDS = 80
PARTS = 4
_UNLOOKED = "what is marked is not looked at again, and claims are counted one by one"
STORIES: dict[str, tuple[str, list[Event]]] = {
    # An old copy is written over the file while a worker stands between its committed mark and the journal's line.
    "an old copy between mark and journal": (_UNLOOKED, [
        ("schedule", "first", "now", False), ("keep", "first", ""), ("step", 1, 3, "ok"), ("restore", "first", ""),
        ("step", 0, 9, "ok"), ("step", 1, 1, "ok"),
    ]),
    # And here the same process claims the letter again, from the old copy, under the same number.
    "an old copy under two claims": (_UNLOOKED, [
        ("twins",), ("schedule", "first", "now", False), ("keep", "first", ""), ("step", 1, 1, "ok"),
        ("restore", "first", ""), ("step", 0, 9, "ok"), ("step", 1, 9, "ok"),
    ]),
    # Another campaign sends nearly the same, and the old copy knows neither it nor its text.
    "nearly the same, and an old copy": ("of a text that a copy lacks nothing is left", [
        ("schedule", "first", "10", False), ("keep", "first", ""), ("writes alike", "alike", ""), ("clock", 14),
        ("step", 1, 9, "ok"), ("step", 1, 9, "ok"), ("restore", "first", ""), ("here", "first", ""),
        ("resume", "first", ""),
    ]),
    # One has the letter, another is put off, and the campaign is cancelled meanwhile.
    "given up, and cancelled": ("who gives up asks whether the letter as a whole is cancelled", [
        ("schedule", "first", "now", False), ("step", 0, 4, "one later"), ("cancel", "first", ""),
        ("step", 0, 2, "ok"), ("clock", 3000),
    ]),
    # In the old copy the next letter gets the number of one that a worker still has in hand.
    "a number that two letters had": ("a letter is known by its number alone", [
        ("batches",), ("keep", "first", ""), ("contact", "first", "pr@fra.example"), ("approve", "first", ""),
        ("schedule", "first", "now", True), ("step", 1, 9, "ok"), ("restore", "first", ""), ("here", "first", ""),
        ("writes alike", "alike", ""),
    ]),
    # One has it and another was refused, as the old copy knows; yet that one got it in what the copy does not know.
    "refused in one copy, taken in another": ("a letter that some have is known to be sent to all", [
        ("step", 0, 2, "ok"), ("schedule", "first", "now", False), ("step", 0, 2, "ok"), ("keep", "first", ""),
        ("clock", 90), ("step", 0, 2, "ok"), ("resume", "first", ""), ("step", 0, 9, "one never"),
        ("restore", "first", ""), ("here", "first", ""), ("resume", "first", ""), ("step", 1, 5, "ok"),
        ("restore", "first", ""),
    ]),
}  # fmt: skip
BROKE_ONCE = (200070, 200104, 200318, 303807, 304355, 307136)
"""Seeds that once broke a law: a copy that was settled, or put back, between the steps of a worker."""
FOUND_AT_ONCE = ("mark after DATA", "no fencing number at the mark", "nothing is begun in the dispatch journal")


@pytest.fixture(scope="module")
def grounds() -> Iterator[Grounds]:
    made = Grounds()
    yield made
    made.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_seed_breaks_a_law(grounds: Grounds, part: int) -> None:
    with grounds.patched():
        for seed in range(part, examples(SEEDS), PARTS):
            found = run(grounds, seed)
            assert found is None, str(shrunk(grounds, found))


@pytest.mark.heavy
def test_no_seed_that_once_broke_a_law_does_again(grounds: Grounds) -> None:
    with grounds.patched():
        for seed in BROKE_ONCE:
            found = play(grounds, seed, first_events_of(seed))
            assert found is None, str(shrunk(grounds, found))


@pytest.fixture
def stories(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The stories of the seeds that are played, one after another."""
    told: list[list[str]] = []
    closed = World.close

    def keep(self: World) -> None:
        told.append(list(self.story))
        closed(self)

    monkeypatch.setattr(World, "close", keep)
    return told


@pytest.mark.heavy
def test_a_seed_always_comes_to_the_same_story(grounds: Grounds, stories: list[list[str]]) -> None:
    with grounds.patched():
        for seed in (1, 2, 3, 1, 2, 3):
            run(grounds, seed)
    assert stories[:3] == stories[3:]


@pytest.mark.heavy
def test_what_is_kept_from_seed_to_seed_changes_no_story(grounds: Grounds, stories: list[list[str]]) -> None:
    seeds = range(examples(30))
    with grounds.patched():
        for seed in (*seeds, *seeds, *seeds):  # what several begin with is kept from the second on
            run(grounds, seed)
        assert any(grounds.beginnings.values())
    without = Grounds(keeps=False)
    try:
        with without.patched():
            for seed in seeds:
                run(without, seed)
        assert not without.beginnings
    finally:
        without.close()
    first, second, third, plain = (stories[part * len(seeds) : (part + 1) * len(seeds)] for part in range(4))
    assert first == plain
    assert second == plain
    assert third == plain


@pytest.mark.parametrize("story", [story for _, story in STORIES.values()], ids=STORIES.keys())
def test_what_once_broke_a_law_does_so_no_more(grounds: Grounds, story: list[Event]) -> None:
    with grounds.patched():
        found = play(grounds, 0, story)
        assert found is None, str(found)


@pytest.mark.parametrize(("name", "story"), STORIES.values(), ids=STORIES.keys())
def test_a_story_breaks_a_law_again_where_what_mended_it_is_taken_out(
    grounds: Grounds, name: str, story: list[Event]
) -> None:
    with grounds.patched(), broken(name):
        assert play(grounds, 0, story) is not None


@pytest.mark.heavy
@pytest.mark.parametrize("name", FOUND_AT_ONCE)
def test_a_mutant_is_found_and_told_shortly(grounds: Grounds, name: str) -> None:
    found = found_by(grounds, name, SEEDS)
    assert found is not None
    with grounds.patched(), broken(name):
        short = shrunk(grounds, found[1])
        assert play(grounds, short.seed, short.events) is not None
    assert len(short.events) <= len(events_of(short.seed))
    assert "BROKEN" in str(short)


@pytest.mark.heavy
@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_fits_the_code(grounds: Grounds, name: str) -> None:
    """Where it breaks what it does not mean to, which is no proof of anything, that is an error of its own."""
    found_by(grounds, name, 2)


_TAKEN = "a new time, or a cancellation, takes no claim away"
_ASKED = "“not yet due” is asked at the claim only"


@pytest.mark.parametrize(
    ("names", "law"),
    [
        ([], ""), ([_TAKEN], ""), ([_ASKED], ""), (["“stopped” is asked at the claim only", _TAKEN], ""),
        ([_ASKED, _TAKEN], "passed the mark before its time"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("changed", [("schedule", "first", "70", False), ("cancel", "first", "")], ids=["time", "end"])
def test_either_guard_of_a_letter_in_hand_is_enough_when_its_time_changes(
    grounds: Grounds, changed: Event, names: list[str], law: str
) -> None:
    """Why a mutant is equivalent: where one of the two guards is out, the other holds; where both are, a law breaks."""
    claimed: list[Event] = [("schedule", "first", "now", False), ("step", 0, 1, "ok")]
    with grounds.patched(), ExitStack() as stack:
        for name in names:
            stack.enter_context(broken(name))
        found = play(grounds, 0, [*claimed, changed, ("step", 0, 9, "ok"), ("end", 0)])
    breaks = bool(law) and changed[0] == "schedule"  # of a cancelled letter no delivery is open: a third guard
    assert (found is not None) is breaks, str(found)
    assert found is None or law in found.law


def test_what_is_equivalent_is_in_the_list() -> None:
    assert EQUIVALENT.keys() <= MUTANTS.keys()


def test_there_are_mutants_enough() -> None:
    assert len(MUTANTS) >= 20
