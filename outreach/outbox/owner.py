"""Who holds a letter: a name for this worker, and whether the worker of another name still lives.

A worker that was killed leaves its claims behind. On the same machine that is seen at once, by its process;
from another machine only the lease tells.
"""

import os
import secrets
import socket

import psutil


def new_owner() -> str:
    """Return a name for a worker of this process: host, process, the process's start, and a random part."""
    process = psutil.Process()
    return f"{socket.gethostname()}/{process.pid}/{process.create_time():.2f}/{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Tell whether the owner is a process of this machine that is certainly gone."""
    host, _, rest = owner.partition("/")
    pid, _, rest = rest.partition("/")
    started = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return f"{psutil.Process().create_time():.2f}" != started
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != started
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False
