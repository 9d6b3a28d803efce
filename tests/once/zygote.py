"""Becomes one `outreach` command at each request: a process forked from this one, which has imported everything.

The program takes over a second to import its libraries, and these stories run it many hundred times. What is forked is
a process of its own, with its own number, folder, environment and output, that calls the same `main` as the script
`outreach` does. ONCE_PLAIN=1 runs the script itself instead, each time.
"""

import gc
import json
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module


def preload() -> None:
    """Import the program, and all that it imports later."""
    import outreach

    for found in pkgutil.walk_packages(outreach.__path__, "outreach."):
        if "__main__" not in found.name and ".migrations" not in found.name and ".samples" not in found.name:
            with suppress(Exception):
                import_module(found.name)
    for name in (
        "alembic.command",
        "sqlalchemy.dialects.sqlite",
        "aiosmtplib",
        "openpyxl",
        "email.policy",
        "rich.console",
    ):
        with suppress(Exception):
            import_module(name)
    with suppress(Exception):
        import_module("sqlalchemy.orm").configure_mappers()


def become(request: dict[str, object], fds: list[int]) -> int:
    """Run the command in this process, and return its exit status."""
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(request["environ"])  # type: ignore[call-overload]
    time.tzset()
    os.chdir(str(request["folder"]))
    sys.argv = [str(request["program"]), *request["words"]]  # type: ignore[misc]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    from outreach.cli import main

    status = 1
    try:
        status = int(main() or 0)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001
        sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    return status


def serve(connection: socket.socket) -> None:
    """In a process forked for this request: fork the command, tell its number, then its end."""
    payload, fds, _, _ = socket.recv_fds(connection, 1 << 18, 3)
    while not payload.endswith(b"\n"):
        payload += connection.recv(1 << 18)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        connection.close()
        os.setsid()
        raise SystemExit(become(json.loads(payload), fds))  # and the interpreter ends as it always does
    for fd in fds:
        os.close(fd)
    connection.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    with suppress(OSError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def run(path: str) -> None:
    """Serve until standard input is closed by whoever started this."""
    preload()
    assert threading.active_count() == 1, threading.enumerate()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            serve(connection)
            os._exit(0)
        connection.close()


if __name__ == "__main__":
    run(sys.argv[1])
