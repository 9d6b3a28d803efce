"""What a command prints goes where it may: a closed pipe, a full disk, another encoding, no terminal at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.examples import HEAVY, heavy

OUTREACH = (sys.executable, "-m", "outreach")


def ran(*words: str, shell: str = "", **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process of its own, with `shell` behind it, such as `> /dev/full`."""
    environment = {**os.environ, **variables}
    if shell:
        line = " ".join([*OUTREACH, *words, shell])
        return subprocess.run(["bash", "-c", line], env=environment, capture_output=True, check=False)
    return subprocess.run([*OUTREACH, *words], env=environment, capture_output=True, check=False)


@pytest.fixture(autouse=True)
def _posix(folder: Path) -> Path:
    return folder


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@HEAVY
def test_letters_that_the_encoding_lacks_are_replaced_and_what_was_done_is_done(encoding: str) -> None:
    done = ran("missions", "set", "FRA", "short_name=Фра→нция", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"short_name 'France'" in done.stdout
    listed = ran("missions", "list", "--audience", "iso:FRA", "--json", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert json.loads(listed.stdout)[0]["name"] == "Фра→нция", "JSON loses nothing"


@pytest.mark.heavy
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_under_the_output_is_one_sentence_and_what_was_done_is_done() -> None:
    full = ran("missions", "set", "FRA", "city=Genf", shell="> /dev/full")
    assert full.returncode == 1
    assert b"Traceback" not in full.stderr
    assert len(full.stderr.splitlines()) == 1
    assert b"What the command had to do is done" in full.stderr
    assert b"Genf" in ran("missions", "history", "FRA").stdout


@pytest.mark.parametrize("unbuffered", ["", heavy("1")])
def test_a_reader_who_has_gone_is_no_error(unbuffered: str) -> None:
    done = ran("missions", "list", shell="| true; exit ${PIPESTATUS[0]}", PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (0, b"")


@HEAVY
@pytest.mark.parametrize("line", ["events", "events --json", "events --follow"])
def test_events_end_with_their_reader(line: str) -> None:
    ran("missions", "set", "FRA", "city=Genf")
    done = ran(*line.split(), shell="| true; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (0, b"")


@HEAVY
def test_without_any_output_or_input_a_command_does_what_it_has_to() -> None:
    closed = ran("missions", "set", "FRA", "city=Genf", shell="<&- >&- 2>&-")
    assert closed.returncode == 0
    assert b"Genf" in ran("missions", "history", "FRA").stdout


@pytest.mark.parametrize("columns", ["0", "1", "nonsense"])
@HEAVY
def test_an_odd_terminal_is_no_error(columns: str) -> None:
    done = ran("missions", "list", COLUMNS=columns, TERM="no-such-terminal")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_sentence(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        done = ran("missions", "export", "out.xlsx")
    finally:
        folder.chmod(0o700)
    assert done.returncode in (1, 2)
    assert b"Traceback" not in done.stderr


@HEAVY
def test_a_file_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    (folder / "previews").write_text("a file stands where a folder is to be made")
    ran("campaign", "create", "c", "--letter", "hrc-joint-letter", "--audience", "iso:FRA")
    done = ran("campaign", "preview", "c")
    assert done.returncode in (1, 2)
    assert done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("messages resolve 1 canel", "knows no decision 'canel'. Did you mean cancel?"),
        ("campaign create", "outreach campaign create needs NAME, --letter, --audience. What it takes:"),
        ("send --yes many", "takes a whole number for --yes, and not 'many'."),
        ("send --campaign", "can't be understood: --campaign: expected one argument."),
    ],
)
def test_a_slip_in_a_commands_words_is_told_as_every_mistake_is(command: str, words: str, outreach: Run) -> None:
    said = outreach(*command.split(), expect=2)
    assert words in said.err
    assert "usage:" not in said.err


def test_a_slip_is_told_as_json_where_json_was_asked_for(outreach: Run) -> None:
    said = json.loads(outreach("report", "one", "--edition", "privat", "--json", expect=2).err)
    assert said["error"]["code"] == "command.more"
    said = json.loads(outreach("campaign", "create", "--json", expect=2).err)
    assert said["error"]["code"] == "command.lacking"
