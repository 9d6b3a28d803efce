"""The place on this machine that a provider's page sends the browser back to (RFC 8252, 7.3): a free port of loopback.

It answers one address, and only to who knows the sign-in's state; whatever else knocks is turned away and changes
nothing.
"""

import html
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Taken = Callable[[str], str | None]
"""Takes the address that a browser came back with; returns what it is told, or None if nobody waits for that."""

_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Outreach</title><link rel="icon" href="data:,">
<p>{words}</p>{back}</html>"""
_MOST_LENGTH = 8_000


class Loopback:
    """Listens until it is closed."""

    def __init__(self, host: str, taken: Taken, back_to: str = "") -> None:
        """Listen under the host's name (`localhost` or `127.0.0.1`, as the provider wants it) on a free port.

        `back_to` is the page that a browser is led to afterwards. Raises OSError.
        """

        class Handler(BaseHTTPRequestHandler):
            server_version, sys_version = "outreach", ""

            def do_GET(self) -> None:
                ours = self.path.startswith(("/?", "?")) and len(self.path) <= _MOST_LENGTH
                words = taken(f"http://{host}:{port}{self.path}") if ours else None
                back = f'<p><a href="{html.escape(back_to)}">Back to Outreach</a></p>' if back_to else ""
                body = _PAGE.format(words=html.escape(words or "Nobody waits for that here."), back=back).encode()
                self.send_response(404 if words is None else 200)
                for name, value in {
                    "Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)),
                    "Content-Security-Policy": "default-src 'none'; img-src data:", "Referrer-Policy": "no-referrer",
                    "Cache-Control": "no-store", "Connection": "close",
                }.items():  # fmt: skip
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing: the address holds a code."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        port = int(self._server.server_address[1])
        self.redirect = f"http://{host}:{port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
