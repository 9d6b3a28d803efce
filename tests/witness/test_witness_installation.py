"""The state directory, and the id that an installation has once for all."""

import subprocess
import sys
from pathlib import Path

import pytest

from outreach.errors import SettingsError
from outreach.settings import Settings, load
from outreach.witness.installation import installation_id, journal_of, state_dir, write_whole
from tests.witness.handovers import AT, DATABASE, handover


def test_an_id_is_made_once_and_kept(state_dir: Path) -> None:
    first = installation_id(Settings())
    assert installation_id(Settings()) == first
    assert len(first) == 32
    assert (state_dir / "installation").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in state_dir.iterdir()] == ["installation"]


def test_another_state_directory_is_another_installation(tmp_path: Path) -> None:
    ids = {installation_id(Settings(state_dir=str(tmp_path / name))) for name in ("one", "two")}
    assert len(ids) == 2
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700


@pytest.mark.heavy
def test_processes_that_make_one_at_once_agree(state_dir: Path) -> None:
    script = (
        "from outreach.settings import load\n"
        "from outreach.witness.installation import installation_id\n"
        "print(installation_id(load()))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=state_dir)
        for _ in range(6)
    ]
    assert len({one.communicate()[0] for one in running}) == 1


@pytest.mark.parametrize("content", [b"", b"\x00" * 33, b"../../x", b"z" * 32])
def test_one_that_cannot_be_read_is_made_anew(state_dir: Path, content: bytes) -> None:
    (state_dir / "installation").write_bytes(content)
    made = installation_id(Settings())
    assert installation_id(Settings()) == made


def test_the_setting_comes_from_the_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "outreach.toml").write_text('state_dir = "mine"\n')
    assert load(tmp_path, {}).state_dir == "mine"
    assert load(tmp_path, {"OUTREACH_STATE_DIR": "theirs"}).state_dir == "theirs"


def test_a_home_directory_is_meant_by_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_dir(Settings(state_dir="~/kept")) == tmp_path / "kept"


def test_by_default_it_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTREACH_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_dir(Settings()) == tmp_path / "outreach"


def test_a_folder_that_cannot_be_made_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="OUTREACH_STATE_DIR"):
        installation_id(Settings(state_dir=str(tmp_path / "file" / "below")))


def test_each_database_has_a_journal_of_its_own() -> None:
    one, other = (journal_of(Settings(), number * 32) for number in "ab")
    one.begin([handover(1)], 1, AT)
    assert (one.highest(), other.highest()) == (1, 0)
    assert journal_of(Settings(), "a" * 32).highest() == 1
    assert DATABASE not in str(one.path)


def test_a_small_file_is_whole_or_the_old_one(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", "one")
    write_whole(tmp_path / "x", "two")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("x", "two")]
