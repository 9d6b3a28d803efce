"""Who holds a letter: a name for this worker, and whether the worker of another name still lives.

A worker that was killed leaves its claims behind. On the same machine that is seen at once, by its process;
from another machine, or another container on this one, only the lease tells.
"""

import os
import secrets

from outreach.platform import process_started, this_place


def new_owner() -> str:
    """Return a name for a worker of this process: place, process, the process's start, and a random part."""
    return f"{this_place()}/{os.getpid()}/{process_started(os.getpid())}/{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Tell whether the owner is a process of this machine that is certainly gone."""
    place, _, rest = owner.partition("/")
    pid, _, rest = rest.partition("/")
    started = rest.partition("/")[0]
    if place != this_place() or not pid.isdigit():
        return False
    try:
        return process_started(int(pid)) != started
    except OSError:
        return False
