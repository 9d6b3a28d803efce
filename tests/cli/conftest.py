"""The command line as a person uses it: in a folder of its own, with nothing set in the environment."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach import clock
from outreach.cli import main
from tests.own_letters import make_own
from tests.typesetting import each_letter_set_once


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(scope="session", autouse=True)
def quick_typesetting() -> Iterator[None]:
    """The campaigns of most tests are of the same letter to the same missions."""
    with each_letter_set_once():
        yield


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `outreach init` makes it, with the sample workbook imported."""
    folder = tmp_path_factory.mktemp("laid-out")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["init"]) == 0
        make_own(folder / "templates")
        assert main(["missions", "import", "data/missions.xlsx"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def laid_out_before() -> bool:
    """Whether a test begins in a folder that is laid out; one that lays it out itself says no."""
    return True


@pytest.fixture
def folder(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, laid_out_before: bool
) -> Path:
    """A copy of it for this test, as the current folder."""
    here = tmp_path / "work"
    if laid_out_before:
        shutil.copytree(request.getfixturevalue("laid_out"), here)
    else:
        here.mkdir()
    for variable in list(os.environ):
        if variable.startswith("OUTREACH_") and variable != "OUTREACH_STATE_DIR":
            monkeypatch.delenv(variable)
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def outreach(folder: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """A function that runs one command in that folder."""

    def run(*arguments: object, expect: int | None = 0) -> Ran:
        capfd.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        captured = capfd.readouterr()
        ran = Ran(status, captured.out, captured.err)
        assert expect is None or status == expect, ran
        return ran

    return run


@pytest.fixture
def server_settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that sets OUTREACH_ variables for the rest of the test."""

    def put(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"OUTREACH_{name}", str(value))

    return put


def at_once() -> str:
    """A time that is due at once."""
    return (clock.now() - timedelta(seconds=1)).isoformat()


@pytest.fixture
def scheduled(outreach: Run) -> Callable[..., None]:
    """A function that makes a campaign, approves it and schedules it for now."""

    def make(name: str, *audience: str, letter: str = "hrc-joint-letter", schedule: tuple[object, ...] = ()) -> None:
        words = audience or ("hrc-members",)
        outreach("campaign", "create", name, "--letter", letter, "--audience", *words, "--as-of", "2024-03-18")
        outreach("campaign", "approve", name, "--by", "Ana")
        outreach("campaign", "schedule", name, "--at", at_once(), *schedule)

    return make
