"""What differs between systems stands in outreach/platform.py alone, and does what it says on this one."""

import ast
import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach import platform
from tests.conftest import ROOT

SOURCES = [path for path in sorted((ROOT / "outreach").rglob("*.py")) if path.name != "platform.py"]
_METHODS = {"chmod", "hardlink_to", "symlink_to", "readlink", "rename", "add_signal_handler"}
_GLIBC_ONLY = re.compile(r"%[-_0^#][a-zA-Z]|%[ekPlsh](?![a-zA-Z(])")
_PLACES = re.compile(r"^/(proc|dev|tmp|etc|usr|var)(/|$)")


def complaints(source: str) -> Iterator[str]:
    """What a source does that is not the same on each system, beyond what the linter sees."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in _METHODS and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "platform"):
                yield f"{node.lineno}: .{name}()"
            # str.replace takes two, datetime.replace and dataclasses.replace take names: this is Path.replace.
            if name == "replace" and len(node.args) == 1 and not node.keywords:
                yield f"{node.lineno}: Path.replace"
            if name == "strftime" and any(_odd(one) for one in node.args):
                yield f"{node.lineno}: a format of the GNU C library"
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None and _odd(node.format_spec):
            yield f"{node.lineno}: a format of the GNU C library"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _PLACES.match(node.value):
            yield f"{node.lineno}: {node.value}"


def _odd(node: ast.AST) -> bool:
    return any(
        isinstance(one, ast.Constant) and isinstance(one.value, str) and _GLIBC_ONLY.search(one.value)
        for one in ast.walk(node)
    )


@pytest.mark.heavy
def test_nobody_else_does_what_differs_between_systems() -> None:
    found = [f"{path.relative_to(ROOT)}:{one}" for path in SOURCES for one in complaints(path.read_text("utf-8"))]
    assert found == []


def test_pages_show_days_without_what_only_some_systems_know() -> None:
    for page in sorted((ROOT / "outreach").rglob("*.html")):
        for said in re.findall(r"strftime\(([^)]*)\)", page.read_text("utf-8")):
            assert not _GLIBC_ONLY.search(said), f"{page}: {said}"


@pytest.mark.parametrize(
    "line",
    [
        'f"{moment:%-d %b}"', 'moment.strftime("%e")', "path.replace(other)", "path.chmod(0o600)",
        'open("/proc/self/stat")', "loop.add_signal_handler(15, stop)",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(line: str) -> None:
    assert list(complaints(line))


@pytest.mark.parametrize(
    "line",
    ['f"{moment:%d %b}"', 'text.replace("a", "b")', "moment.replace(tzinfo=None)", 'f"{share:.0%}"', '"50 %-ig"'],
)
def test_the_search_leaves_alone_what_is_the_same_everywhere(line: str) -> None:
    assert not list(complaints(line))


@pytest.mark.parametrize(
    "line",
    [
        "import os\n\nos.kill(1, 9)\n", "import fcntl\n\nfcntl.flock(1, 2)\n", "import signal\n\nsignal.signal(2, 1)\n",
        "import sys\n\nsys.platform.upper()\n", "import os\n\nos.fork()\n", "from os import fsync\n\nfsync(1)\n",
        "import resource\n\nresource.getpagesize()\n",
    ],
)  # fmt: skip
def test_the_linter_finds_the_rest(line: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", "outreach/outbox/x.py", "-"],
        input=line, capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert "TID251" in ran.stdout, ran.stdout + ran.stderr


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has rights of another kind")


@POSIX
def test_what_a_program_makes_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        platform.keep_private()
        (tmp_path / "file").write_text("x")
        (tmp_path / "folder").mkdir()
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700


@POSIX
def test_who_else_reads_a_file(tmp_path: Path) -> None:
    tops = [folder for folder in tmp_path.parents if folder.stat().st_uid == os.getuid() and len(folder.parts) > 2]
    before = {folder: folder.stat().st_mode for folder in (tmp_path, *tops)}
    file = tmp_path / "file"
    file.touch()
    try:
        for folder in before:
            folder.chmod(0o755)
        file.chmod(0o600)
        assert platform.who_else_reads(file) == ""
        file.chmod(0o644)
        assert platform.who_else_reads(file) == "everybody"
        tmp_path.chmod(0o700)
        assert platform.who_else_reads(file) == "", "a folder above that nobody may enter closes it"
    finally:
        for folder, mode in before.items():
            folder.chmod(mode)
    assert platform.who_else_reads(tmp_path / "missing") == ""


@POSIX
def test_a_new_file_is_private_and_nobodys_link_is_followed(tmp_path: Path) -> None:
    with platform.create_private(tmp_path / "new") as stream:
        stream.write(b"a\nb\r\n\x1a")
    assert (tmp_path / "new").read_bytes() == b"a\nb\r\n\x1a"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        platform.create_private(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()


def test_a_process_is_known_by_its_start() -> None:
    own = platform.process_started(os.getpid())
    assert own
    assert platform.process_started(os.getpid()) == own
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert platform.process_started(child.pid)
    child.communicate(b"\n")
    assert platform.process_started(child.pid) is None


class NoHandlers(asyncio.SelectorEventLoop):
    """A loop that can't be told of signals, and is woken by them, as on Windows."""

    def __init__(self) -> None:
        super().__init__()
        signal.set_wakeup_fd(self._csock.fileno())

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        super().close()

    def add_signal_handler(self, *_: object) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("loop", [asyncio.SelectorEventLoop, NoHandlers])
def test_a_loop_stops_when_the_program_is_told_to(loop: type[asyncio.AbstractEventLoop]) -> None:
    async def told() -> bool:
        stop = asyncio.Event()
        with platform.stopped_by_signals(stop.set):
            teller = threading.Timer(0.05, platform.tell_to_stop)
            teller.start()
            await stop.wait()
            teller.join()
        return stop.is_set()

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(told())


def test_a_command_is_split_as_the_system_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert platform.split_command("pizauth show 'a b'") == ["pizauth", "show", "a b"]
    monkeypatch.setattr(platform, "WINDOWS", True)
    assert platform.split_command(r'"C:\Program Files\p.exe" show a\b') == [r"C:\Program Files\p.exe", "show", r"a\b"]
    assert platform.typed("hrc 55") == '"hrc 55"'
