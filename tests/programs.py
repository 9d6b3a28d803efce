"""`outreach` as a process of its own: with its own number, folder, environment and output, to be stopped and killed.

It takes over a second of the processor to import what the program is made of, and the tests start it many times. So it
is forked off a process that has imported everything, one for each process of pytest; PLAIN_PROGRAMS=1, or a
system that can't fork, starts the interpreter each time. A test of the start itself starts it plainly.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO

PLAIN = bool(os.environ.get("PLAIN_PROGRAMS")) or not hasattr(os, "fork")


class Program:
    """What `subprocess.Popen` is for a plain one, as far as the tests need it; its output is text."""

    def __init__(self, words: tuple[str, ...], cwd: Path, env: Mapping[str, str], *, errors: int | None) -> None:
        """Start it; `errors` is PIPE, STDOUT, or None for this process's own."""
        out, out_end = os.pipe()
        err, err_end = os.pipe() if errors == subprocess.PIPE else (-1, os.dup(2 if errors is None else out_end))
        told, told_end = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        request = json.dumps({"words": words, "cwd": str(cwd), "env": dict(env)}).encode()
        ends = [nothing, out_end, err_end, told_end]
        socket.send_fds(_forking(), [request], ends)
        for end in ends:
            os.close(end)
        self.stdout: IO[str] = os.fdopen(out, encoding="utf-8")
        self.stderr: IO[str] | None = os.fdopen(err, encoding="utf-8") if err >= 0 else None
        self._told = told
        self.pid = int(self._line())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("outreach", timeout or 0)
            self._ended()
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Read its output to the end, wait for its end, and return both; raises TimeoutExpired."""
        texts = {}

        def read(stream: IO[str]) -> None:
            with stream:
                texts[stream] = stream.read()

        streams = [stream for stream in (self.stdout, self.stderr) if stream is not None and not stream.closed]
        readers = [threading.Thread(target=read, args=(stream,), daemon=True) for stream in streams]
        for one in readers:
            one.start()
        self.wait(timeout)
        for one in readers:
            one.join()
        return texts.get(self.stdout, ""), texts.get(self.stderr, "") if self.stderr is not None else ""

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _ended(self) -> None:
        self.returncode = int(self._line())
        os.close(self._told)

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self._told, 1)
            assert byte, "the process that forks has ended"
            line += byte
        return line


def program(
    *words: str, cwd: Path, env: Mapping[str, str], errors: int | None = subprocess.PIPE
) -> "Program | subprocess.Popen[str]":
    """Start a command of the program with these words; `errors` as for Popen's stderr."""
    if not PLAIN:
        return Program(words, cwd, env, errors=errors)
    command = [sys.executable, "-u", "-m", "outreach", *words]
    return subprocess.Popen(command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=errors)


@cache
def _forking() -> socket.socket:
    ours, theirs = socket.socketpair()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
    script = str(Path(__file__).with_name("forking.py"))
    process = subprocess.Popen([sys.executable, script], stdin=theirs, env=environ)
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
