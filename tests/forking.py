"""Run as a program: becomes one `outreach` command at each request, in a process forked from this one.

Whoever starts it gives it a socket as standard input, and with each request the files of the command and a pipe. The
command's process number is written there, and then how it ended. See programs.py.
"""

import gc
import json
import os
import pkgutil
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module

LATER = ("alembic.command", "sqlalchemy.dialects.sqlite", "aiosmtplib", "aiosmtpd.smtp", "email.policy", "openpyxl",
         "rich.console", "uvicorn", "typst")  # fmt: skip
"""What the program imports where it is first used."""


def import_all() -> None:
    """Import the program, and what it imports later."""
    import outreach

    names = [one.name for one in pkgutil.walk_packages(outreach.__path__, "outreach.")]
    for name in (*names, *LATER):
        if not {"__main__", "migrations", "samples"} & set(name.split(".")):
            with suppress(ImportError):  # what is not installed here is not used here
                import_module(name)


def become(request: dict[str, object], files: list[int]) -> int:
    """Run the command in this process, as the script `outreach` does, and return its exit status."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload]
    os.chdir(str(request["cwd"]))
    sys.argv = ["outreach", *request["words"]]  # type: ignore[misc]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    from outreach.cli import main

    return main()


def serve(request: dict[str, object], files: list[int]) -> None:
    """In a process forked for this request: fork the command, tell its number, then how it ended."""
    *files, told = files
    child = os.fork()
    if child == 0:
        os.close(told)
        sys.exit(become(request, files))  # and the interpreter ends as it always does
    for file in files:
        os.close(file)
    with os.fdopen(told, "w") as pipe, suppress(BrokenPipeError):
        print(child, file=pipe, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=pipe, flush=True)


def run() -> None:
    """Serve until the other end of the socket is closed."""
    requests = socket.socket(fileno=0)
    import_all()
    assert threading.active_count() == 1, threading.enumerate()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        words, files, _, _ = socket.recv_fds(requests, 1 << 18, 4)
        if not words:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.detach()
            serve(json.loads(words), list(files))
            os._exit(0)
        for file in files:
            os.close(file)


if __name__ == "__main__":
    run()
