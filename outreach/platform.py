"""What differs between Linux, macOS and Windows: files that only their owner reads, flushes that reach the disk, how a
program is told to stop, whether a process lives. Nobody else asks what system this is; `make lint` holds that.
"""

import errno
import os
import re
import shlex
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

WINDOWS = sys.platform == "win32"

_FIRST_NAMESPACE = "pid:[4026531836]"  # Linux: every machine's own, outside of containers
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write a line end for each byte that looks like one
_ALONE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_OWNER_ONLY = 0o600
_FOR_EVERYBODY_FILE, _FOR_EVERYBODY_FOLDER = 0o644, 0o755
_IN_USE_TRIES, _IN_USE_SECONDS = 20, 0.05


# Files: whose they are


def keep_private() -> None:
    """From now on, what this process makes is its owner's alone (umask 077): database, -wal, letters, previews.

    On Windows a new file has the rights of its folder, and a person's own folders are closed to others.
    """
    os.umask(0o077)


def has_display() -> bool:
    """Tell whether a window can be opened where somebody sees it."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def create_private(path: Path) -> BinaryIO:
    """Make a new file that only its owner reads, and open it for writing and reading, in bytes.

    Raises FileExistsError where there is one, a link included, and OSError.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY | _ALONE
    return os.fdopen(os.open(path, flags, _OWNER_ONLY), "w+b")


def open_to_append(path: Path) -> int:
    """Open a file for `append`, made where it is missing and then only its owner's; return its descriptor.

    Raises OSError.
    """
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY | _ALONE, _OWNER_ONLY)


def make_private(path: Path) -> None:
    """Take the right to read and write a file from all but its owner. Raises OSError."""
    path.chmod(_OWNER_ONLY)


def make_public(path: Path) -> None:
    """Let everybody read a file, or look into a folder: for pages that are made to be published. Raises OSError."""
    path.chmod(_FOR_EVERYBODY_FOLDER if path.is_dir() else _FOR_EVERYBODY_FILE)


def who_else_reads(path: Path) -> str:
    """Say who besides its owner (and root) may read a file: "everybody", "the group NAME", or nobody: empty.

    The folders above count: a file that everybody may read in a folder that nobody may enter is nobody's. A group of
    which the owner is the only member is nobody either. Empty on Windows, where a folder's rights can't be told so
    simply, and where there is no such file.
    """
    if WINDOWS:
        return ""
    path = path.absolute()
    try:
        there = path.stat()
        mode = there.st_mode
        inside = stat.S_ISDIR(mode)
        everybody = bool(mode & stat.S_IROTH) and (not inside or bool(mode & stat.S_IXOTH))
        group = bool(mode & stat.S_IRGRP) and (not inside or bool(mode & stat.S_IXGRP))
        for folder in path.parents:
            above = folder.stat()
            everybody = everybody and bool(above.st_mode & stat.S_IXOTH)
            entered = above.st_mode & (stat.S_IXGRP if above.st_gid == there.st_gid else stat.S_IXOTH)
            group = group and bool(entered)
    except OSError:
        return ""
    if everybody:
        return "everybody"
    return _others_of(there.st_gid, there.st_uid) if group else ""


def _others_of(gid: int, uid: int) -> str:
    if sys.platform == "win32":
        return ""
    import grp
    import pwd

    try:
        owner = pwd.getpwuid(uid)
        name, members = grp.getgrgid(gid).gr_name, grp.getgrgid(gid).gr_mem
    except KeyError:
        return f"the group {gid}"
    own = owner.pw_gid == gid and (name == owner.pw_name or gid == 0) and set(members) <= {owner.pw_name}
    return "" if own else f"the group {name}"


# Files: whole, and on the disk


def replace(new: Path, path: Path) -> None:
    """Put a file in the place of another one, in one step. Raises OSError.

    Windows refuses while a program has the old one open, be it one that looks for viruses: it is tried for a second.
    """
    for left in range(_IN_USE_TRIES if WINDOWS else 1, 0, -1):
        try:
            new.replace(path)
            return
        except PermissionError:
            if left == 1:
                raise
            time.sleep(_IN_USE_SECONDS)


def name_if_free(new: Path, path: Path) -> bool:
    """Give a file another name, unless there is a file of that name: then return False. Raises OSError.

    Of several processes that try it at once one succeeds, but on a file system without hard links.
    """
    try:
        path.hardlink_to(new)
    except FileExistsError:
        return False
    except OSError:
        if path.exists():
            return False
        replace(new, path)
    return True


def flush(file: int) -> None:
    """Have what was written into a file flushed to the disk, past its own memory. Raises OSError.

    macOS's fsync leaves it in the disk's memory (fsync(2) there); F_FULLFSYNC does not, where the disk knows it.
    """
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(file, fcntl.F_FULLFSYNC)
        except OSError:
            os.fsync(file)
    else:
        getattr(os, "fdatasync", os.fsync)(file)


def flush_names(folder: Path) -> None:
    """Have the names of the files in a folder flushed to disk, so that a power cut does not take them (fsync(2)).

    Windows keeps them by itself. Raises OSError.
    """
    if not WINDOWS:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


if sys.platform == "win32":

    def append(file: int, data: bytes) -> int:
        """Append, with the file locked: there O_APPEND alone does not keep processes apart."""
        import msvcrt

        os.lseek(file, 0x7FFF0000, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_LOCK, 1)
        try:
            return os.write(file, data)
        finally:
            os.lseek(file, 0x7FFF0000, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    append = os.write
    """Write at the end of a file from `open_to_append`, so that several processes do not tear each other's lines.
    Return how much was written; raises OSError."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process, and one thread of it, at a time into the block, for the file's name (flock(2), LockFileEx).

    Others wait. The file is made where it is missing, and stays, empty. A process that dies lets go of it.
    Raises OSError.
    """
    file = open_to_append(path)
    try:
        _lock(file)
        yield
    finally:
        os.close(file)  # which unlocks it


if sys.platform == "win32":

    def _lock(file: int) -> None:
        import msvcrt

        while True:
            try:
                os.lseek(file, 0, os.SEEK_SET)
                msvcrt.locking(file, msvcrt.LK_LOCK, 1)  # tries for ten seconds
                return
            except OSError as error:
                if error.errno not in (errno.EDEADLK, errno.EACCES):
                    raise

else:

    def _lock(file: int) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


# Processes


def this_place() -> str:
    """This machine, and the container on it: process numbers of different containers tell nothing of each other."""
    import socket

    try:
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        namespace = _FIRST_NAMESPACE
    return socket.gethostname() + ("" if namespace == _FIRST_NAMESPACE else f" {namespace}")


def process_started(pid: int) -> str | None:
    """When a process of this machine started, as a word that is no other process's; None where there is none.

    On Linux in ticks since the machine's own start, which no change of the clock moves. Raises OSError where it can't
    be told.
    """
    import psutil

    try:
        # The name of the program stands in brackets and may hold anything; after it come the state and, as the 22nd
        # field of all, the start (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X") else fields[19].decode("ascii")  # it has ended, its parent did not ask
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    except (OSError, IndexError):
        pass
    try:
        return f"{psutil.Process(pid).create_time():.0f}"
    except psutil.NoSuchProcess:
        return None
    except psutil.Error as error:
        raise OSError(str(error)) from error


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def way_to_start() -> str:
    """Return how to start a process: as a copy of this one (fork) where that is safe, for it is there at once."""
    alone = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if alone else "spawn"


def bound_this_process(*, memory_bytes: int, seconds: int) -> None:
    """From now on, let this process have no more memory and processor time than that; past it, it fails alone.

    Where the system has no such bounds (Windows), whoever started it ends it by the clock.
    """
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS knows the first by name only
            resource.setrlimit(kind, (most, most))


def step_back(by: int) -> None:
    """Let others go first where there are not processors enough (POSIX, nice).

    On Linux for this thread and those that it starts from now on. Windows has no such thing.
    """
    with suppress(AttributeError, OSError):
        os.nice(by)


# Signals

if sys.platform == "win32":
    STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
else:
    STOPS = (signal.SIGINT, signal.SIGTERM)
"""How a person, a window that is closed, or the system tells a program to stop."""


def on_stop(stop: Callable[[], None]) -> None:
    """Call `stop` instead of ending, whenever the program is told to stop. For the main thread."""
    for number in STOPS:
        signal.signal(number, lambda *_: stop())


def tell_to_stop() -> None:
    """Tell this process to stop, as from outside."""
    signal.raise_signal(signal.SIGTERM)


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop`, in the loop that runs now, when the program is told to stop; nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    import asyncio

    loop = asyncio.get_running_loop()
    try:
        for number in STOPS:
            loop.add_signal_handler(number, stop)
    except NotImplementedError:  # Windows: the handler runs between two steps of the loop, and wakes it
        with _handled(lambda *_: loop.call_soon_threadsafe(stop)):
            yield
        return
    try:
        yield
    finally:
        for number in STOPS:
            loop.remove_signal_handler(number)


@contextmanager
def deaf_to_stops() -> Iterator[None]:
    """Let a block finish though the program is told to stop. Does nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _handled(lambda *_: None):
        yield


@contextmanager
def _handled(handler: Callable[..., object]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in STOPS}
    try:
        yield
    finally:
        for number, one in before.items():
            signal.signal(number, one)


def ignore_interrupt() -> None:
    """Leave Ctrl+C to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def signal_name(number: int) -> str:
    """Return the name of a signal that ended a process."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# Words for the shell


def split_command(text: str) -> list[str]:
    """Split a command as this system's shell does: on Windows a backslash is a part of a path. Raises ValueError."""
    if not WINDOWS:
        return shlex.split(text)
    return [
        word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word for word in shlex.split(text, posix=False)
    ]


def typed(word: str) -> str:
    """Return a word as it is to be typed in a shell: plain, else in the quotes that every shell knows, if they do."""
    if re.fullmatch(r"[\w@%+=:,./-]+", word):
        return word
    if not re.search(r'["$`\\!%]', word):
        return f'"{word}"'
    if not WINDOWS:
        return shlex.quote(word)
    import subprocess

    return subprocess.list2cmdline([word])
