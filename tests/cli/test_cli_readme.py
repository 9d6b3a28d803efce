"""The ten lines of README.md do what it says, one after the other in an empty folder."""

import shlex
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.examples import HEAVY


def ten_lines() -> list[list[str]]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Ten lines that work")[2].partition("\n## ")[0]
    return [shlex.split(line) for line in section.splitlines() if line.startswith("    outreach ")]


@HEAVY
def test_the_ten_lines_work(outreach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ten_lines()
    assert len(lines) == 10
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for _, *arguments in lines:
        outreach(*arguments)
    assert len(list(Path("rehearsal-mail").glob("*.eml"))) == 47
    assert "Missions" in openpyxl.load_workbook("status.xlsx").sheetnames


def test_the_pictures_and_pages_that_it_shows_are_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [part.partition(")")[0] for part in readme.split("](")[1:]]
    assert targets
    assert [target for target in targets if not (ROOT / target).is_file()] == []
