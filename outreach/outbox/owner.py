"""Who holds a letter: a name for this worker, and whether the worker of another name still lives.

A worker that was killed leaves its claims behind. On the same machine that is seen at once, by its process;
from another machine, or another container on this one, only the lease tells.
"""

import os
import secrets
import socket
from pathlib import Path

import psutil

_FIRST_NAMESPACE = "pid:[4026531836]"  # Linux: every machine's own, outside of containers


def new_owner() -> str:
    """Return a name for a worker of this process: place, process, the process's start, and a random part."""
    return f"{_place()}/{os.getpid()}/{_started(os.getpid())}/{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Tell whether the owner is a process of this machine that is certainly gone."""
    place, _, rest = owner.partition("/")
    pid, _, rest = rest.partition("/")
    started = rest.partition("/")[0]
    if place != _place() or not pid.isdigit():
        return False
    try:
        return _started(int(pid)) != started
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def _place() -> str:
    """This machine, and the container on it: process numbers of different containers tell nothing of each other."""
    try:
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        namespace = _FIRST_NAMESPACE
    return socket.gethostname() + ("" if namespace == _FIRST_NAMESPACE else f" {namespace}")


def _started(pid: int) -> str:
    """When a process started: on Linux in ticks since the machine's own start, which no change of the clock moves.

    Raises psutil.Error.
    """
    try:
        # The name of the program stands in brackets and may hold anything; after it come the state and, as the 22nd
        # field of all, the start (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        if fields[0] in (b"Z", b"X"):  # it has ended, and its parent has not asked how
            raise psutil.NoSuchProcess(pid)
        return fields[19].decode("ascii")
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            raise psutil.NoSuchProcess(pid) from None
    except (OSError, IndexError):
        pass
    return f"{psutil.Process(pid).create_time():.0f}"
