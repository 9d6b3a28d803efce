"""These stories were written before the work that they judge, by someone who had not seen its rules."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.once.playground import PASSWORD, PLAIN, ROWS, Clock, Place, Post, World, Zygote
from tests.own_letters import make_own

MakePlace = Callable[..., Place]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They are no part of `make test`: see CONTRIBUTING.md."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.story)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    home = folder / "home"
    home.mkdir()
    clock = Clock(folder)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **clock.environ}
    zygote = None if PLAIN else Zygote(folder, environ)
    yield World(zygote.path if zygote else "", clock, home)
    if zygote:
        zygote.end()


@pytest.fixture(autouse=True)
def tidy(world: World) -> Iterator[None]:
    """End what a story has left running, and put the clock right."""
    yield
    for begun in world.running:
        begun.end()
    world.running.clear()
    world.clock.back()


@pytest.fixture
def make_place(world: World, tmp_path: Path) -> MakePlace:
    """A function that makes a folder as a person does: init, then a sheet."""

    def make(name: str = "work", rows: tuple[tuple[str, ...], ...] = ROWS) -> Place:
        place = Place(world, tmp_path / name, tmp_path / "state")
        place.folder.mkdir()
        place("init")
        make_own(place.folder / "templates")
        place.sheet(*rows)
        return place

    return make


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    return make_place()


@pytest.fixture
def clock(world: World) -> Clock:
    if not world.clock.works:
        pytest.skip("no C compiler: the clock can't be moved")
    return world.clock


@pytest.fixture
def post() -> Iterator[Post]:
    with Post() as server:
        yield server


@pytest.fixture
def people(place: Place) -> None:
    """Two people who may do everything at the desk."""
    for login in ("ana", "ben"):
        place("user", "add", login, "--role", "admin", say=PASSWORD + "\n")
