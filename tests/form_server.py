"""A server of forms on loopback: what it is asked is written down, what it says is its owner's to tell."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

Form = dict[str, str]


class Page(NamedTuple):
    """An answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}

    @classmethod
    def of_json(cls, status: int, found: object) -> "Page":
        return cls(status, json.dumps(found).encode(), {"Content-Type": "application/json"})

    @classmethod
    def elsewhere(cls, address: str) -> "Page":
        return cls(302, headers={"Location": address})


@dataclass
class FormServer:
    """One that answers GET and POST alike: a path, and the first value of each field."""

    asked: list[tuple[str, Form]] = field(default_factory=list, init=False)

    def answered(self, path: str, form: Form, *, posted: bool) -> Page:
        """Return what is said to a request. One is answered after another."""
        raise NotImplementedError

    def asked_at(self, path: str) -> list[Form]:
        return [form for where, form in self.asked if where == path]

    def __enter__(self) -> Self:
        owner, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(urlsplit(self.path).query, posted=False)

            def do_POST(self) -> None:
                self._say(self.rfile.read(int(self.headers["Content-Length"])).decode(), posted=True)

            def _say(self, raw: str, *, posted: bool) -> None:
                path, form = urlsplit(self.path).path, {name: values[0] for name, values in parse_qs(raw).items()}
                with lock:
                    owner.asked.append((path, form))
                    page = owner.answered(path, form, posted=posted)
                self.send_response(page.status)
                for name, value in {"Content-Length": str(len(page.body)), **page.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, *_: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
