"""A small SMTP server (RFC 5321) for tests, which answers every command as the test scripts it.

It speaks the protocol by hand and not through a library, so that it can also do what no server should: hang up in
the middle, talk nonsense, say nothing. What it accepted is in `accepted`, as the bytes that came over the wire.
"""

import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

HANG_UP = "hang up"
"""As an answer: close the connection and say nothing."""
HALF = "half an answer"
"""As an answer: say the beginning of one, and close the connection."""

Script = Callable[["Dialogue", str, str], str | None]
"""Given the dialogue, the verb (CONNECT, EHLO, MAIL, RCPT, DATA, DOT, QUIT) and its argument: the answer, or None
for the usual one."""


@dataclass(frozen=True)
class Accepted:
    """A message that the server took."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes


@dataclass
class Dialogue:
    """One connection: what has been said on it so far."""

    number: int
    mail_from: str = ""
    rcpt_to: list[str] = field(default_factory=list)
    verbs: Counter[str] = field(default_factory=Counter)


class ScriptedSmtp:
    """Use it as a context manager; `port` is where it listens on 127.0.0.1."""

    def __init__(
        self,
        script: Script | None = None,
        extensions: tuple[str, ...] = ("SIZE 30000000", "8BITMIME", "PIPELINING"),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.tls = tls
        self.script: Script = script or (lambda _dialogue, _verb, _argument: None)
        self.extensions = extensions
        self.accepted: list[Accepted] = []
        self.data_seen: list[Accepted] = []
        self.connections = 0
        self.dots = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if outer.tls is not None:  # TLS from the start (RFC 8314)
                    self.request.settimeout(20)
                    self.request = outer.tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def finish(self) -> None:
                super().finish()
                self.request.close()

            def handle(self) -> None:
                outer._converse(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Say nothing of a client that went away in the middle of a handshake."""

            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def recipients(self) -> Counter[str]:
        """How often each address was given a message."""
        return Counter(address for message in self.accepted for address in message.rcpt_to)

    def _converse(self, rfile: Any, wfile: Any) -> None:
        with self._lock:
            self.connections += 1
            dialogue = Dialogue(self.connections)
        try:
            if not self._answer(dialogue, wfile, "CONNECT", "", "220 scripted.test ESMTP"):
                return
            while line := rfile.readline():
                verb, _, argument = line.decode("utf-8").strip().partition(" ")
                if not self._command(dialogue, rfile, wfile, verb.upper(), argument):
                    return
        except (ConnectionError, ValueError):
            return

    def _command(self, dialogue: Dialogue, rfile: Any, wfile: Any, verb: str, argument: str) -> bool:
        dialogue.verbs[verb] += 1
        usual = "250 OK"
        if verb == "EHLO":
            usual = "\r\n".join(f"250-{line}" for line in ("scripted.test", *self.extensions)) + "\r\n250 HELP"
        elif verb == "DATA":
            usual = "354 go ahead"
        elif verb == "QUIT":
            usual = "221 bye"
        said = self._answer(dialogue, wfile, verb, argument, usual)
        if not said or verb == "QUIT":
            return False
        if said.startswith("2") and verb == "MAIL":
            dialogue.mail_from, dialogue.rcpt_to = _path(argument), []
        elif said.startswith("2") and verb == "RCPT":
            dialogue.rcpt_to.append(_path(argument))
        elif said.startswith("354"):
            return self._data(dialogue, rfile, wfile)
        return True

    def _data(self, dialogue: Dialogue, rfile: Any, wfile: Any) -> bool:
        lines: list[bytes] = []
        while (line := rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        message = Accepted(dialogue.mail_from, tuple(dialogue.rcpt_to), b"".join(lines))
        with self._lock:
            self.data_seen.append(message)
            self.dots += 1
        said = self.script(dialogue, "DOT", "") or "250 2.0.0 accepted"
        if said.startswith("2"):
            with self._lock:
                self.accepted.append(message)
        return self._say(wfile, said)

    def _answer(self, dialogue: Dialogue, wfile: Any, verb: str, argument: str, usual: str) -> str:
        said = self.script(dialogue, verb, argument) or usual
        return said if self._say(wfile, said) else ""

    def _say(self, wfile: Any, said: str) -> bool:
        if said in (HANG_UP, HALF):
            wfile.write(b"250-2.0.0 well" if said == HALF else b"")
            return False
        wfile.write(said.encode("utf-8", "surrogateescape") + b"\r\n")
        wfile.flush()
        return not said.startswith("421")


def _path(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]
