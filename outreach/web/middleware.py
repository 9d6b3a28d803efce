"""Before and around every page: the host's name, the size of a body, and the headers that keep a browser strict."""

import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from starlette.exceptions import HTTPException

from outreach.web.health import PATH

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FRAME_CSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""For a letter or a mail shown in a frame: it may have its own look, and can do nothing at all."""
KEPT_CSP = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""For a file that came by mail, which is kept and not shown."""
PDF_CSP = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
"""For a PDF of ours, which the browser's own viewer shows: that one does not open in a sandbox."""
SITE_CSP = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""For the pages of a dossier, which lie side by side as on a website: no script, no form, nothing from elsewhere."""
MOST_BYTES = 512 * 1024
MOST_UPLOAD_BYTES = 12 * 1024 * 1024
UPLOADS = re.compile(
    r"/sheets|/campaigns/\d+/signatories|/campaigns/\d+/votes|/typed"
    r"|/word-letter|/setup/letterhead|/letters/[^/]+/about/(?:logos|pictures|attachments)"
)
"""The only paths that take a large body."""
MOST_MAIL_BYTES = 80 * 1024 * 1024
MAILS = re.compile(r"/inbox/files|/campaigns/\d+/votes/past")
"""The paths that take mails as files, of which one may have 75 MB, and the votes of many years."""

_FAILED = "Something went wrong here. The desk's log tells what it was. Go back, look at what is there, and try again."
_log = logging.getLogger(__name__)
_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "cache-control": "no-store",
}


class Reached(Protocol):
    """What is known of how browsers reach a desk."""

    @property
    def hosts(self) -> frozenset[str]:
        """The names that it answers to; empty for any."""

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS."""


class Strictness:
    """ASGI middleware: refuses other host names and large bodies, and sets the headers a page does not set itself."""

    def __init__(self, app: App, desk: Reached, failed: App | None = None) -> None:
        """Take what to serve, how it is reached, and what answers where that fails."""
        self.app = app
        self.desk = desk
        self.failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        known = scope["path"] == PATH or not self.desk.hosts
        if not known and _name(headers.get(b"host", b"").decode("latin-1")) not in self.desk.hosts:
            await _plain(send, 421, "This desk is not reached by that name.")
            return
        most = MOST_UPLOAD_BYTES if UPLOADS.fullmatch(scope["path"]) else MOST_BYTES
        if MAILS.fullmatch(scope["path"]):
            most = MOST_MAIL_BYTES
        told = headers.get(b"content-length", b"0")
        if not told.isdigit() or int(told) > most:
            await _plain(send, 413, _too_large(most))
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, _too_large(most))
            return message

        begun = False

        async def strict(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((n.encode(), v.encode()) for n, v in self._headers().items() if n.encode() not in own),
                ]
            await send(message)

        try:
            await self.app(scope, bounded, strict)
        except Exception:
            if begun:  # what was asked for is not whole: breaking off is all that still tells the browser so
                _log.error("%s %s was broken off", scope["method"], scope["path"])
                raise
            _log.exception("%s %s failed", scope["method"], scope["path"])
            await self._tell_of_it(scope, receive, strict)

    async def _tell_of_it(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if self.failed is not None:
                await self.failed(scope, receive, send)
                return
        except Exception:  # noqa: BLE001  (whatever it is, the plain words can still be said)
            _log.exception("the page that tells of a fault failed too")
        await _plain(send, 500, _FAILED)

    def _headers(self) -> dict[str, str]:
        return {**_HEADERS, "strict-transport-security": "max-age=31536000"} if self.desk.secure else _HEADERS


def _too_large(most: int) -> str:
    return f"That is larger than {most // 1024} kB."


def _name(host: str) -> str:
    """The name in a Host header, without the port."""
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0].lower()


async def _plain(send: Send, status: int, text: str) -> None:
    body = text.encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
