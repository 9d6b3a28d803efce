"""docs/commands.md says what the program says."""

import runpy
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="other Pythons lay the same help out in another way")
def test_the_page_of_commands_is_what_the_program_says_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    made = runpy.run_path(str(ROOT / "docs/make_commands.py"))["page"]()
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == made, "run `make commands`"
