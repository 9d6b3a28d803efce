"""Serving the desk: on this machine only unless told, and to others only over TLS or behind a stated proxy."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from outreach import platform
from outreach.database import stopped_with_its_file
from outreach.errors import Fault, UserError
from outreach.outbox.running import running
from outreach.people.first_link import FirstLink
from outreach.schedule import require_settings
from outreach.sentences import Doing
from outreach.settings import Settings
from outreach.settings_watch import SettingsWatch
from outreach.web.app import create_app
from outreach.web.connections import Lobby, protocol_with
from outreach.web.desk import Desk, signing_key
from outreach.web.first_folder import first_folder_app
from outreach.web.sender_watch import Sender

if TYPE_CHECKING:
    import uvicorn

_KEPT_SECONDS = 75
"""How long a browser's connection is kept between two clicks, lest a click meets one that is just ending."""
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where the desk listens and how browsers reach it."""

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    key: Path | None = None
    proxy: str = ""
    """The address of the proxy that ends TLS in front of the desk."""
    names: tuple[str, ...] = ()
    """The host names that browsers use; others are refused."""

    @property
    def secure(self) -> bool:
        """Whether browsers talk TLS."""
        return bool(self.certificate or self.proxy)


def require_safe(address: ListenAddress) -> None:
    """Refuse an address that would let passwords and mail cross a network in the clear. Raises UserError."""
    if bool(address.certificate) != bool(address.key):
        raise UserError(
            "serve.no-certificate",
            "TLS needs a certificate and its key.",
            remedy="Give both --tls-cert FILE and --tls-key FILE.",
        )
    for path in (address.certificate, address.key):
        if path is not None and not path.is_file():
            raise UserError("file.not-there", "There is no file {path}.", path=path)
    if not address.secure and not is_loopback(address.host):
        raise UserError(
            "serve.unprotected",
            "{host} can be reached by others, and nothing protects what they send.",
            host=address.host,
            remedy="Give --tls-cert and --tls-key, or --behind-proxy ADDRESS of the proxy that ends TLS, "
            "or listen on 127.0.0.1.",
        )


def serve(
    engine: Engine,
    settings: Settings,
    folder: Path,
    address: ListenAddress,
    *,
    sends: bool,
    ready: Callable[[str], None] = lambda _url: None,
    watch: SettingsWatch | None = None,
    first: FirstLink | None = None,
    bound: socket.socket | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. With `sends`, what is due is also sent, as by `outreach run`.

    With a `watch`, settings that are changed hold at once, here and for what sends. `first` is the link to the first
    account, where there is none yet; `bound` a socket that listens already.

    Raises UserError for an address that is not safe and for settings that can't send, both before anything is listened
    on; Fault where it can't be listened on; LostDatabaseFault where the database's file was deleted or replaced.
    """
    import uvicorn

    require_safe(address)
    if sends:
        require_settings(settings)
    sender = Sender(settings, folder, watch=watch) if sends else None
    desk = Desk(
        engine, settings, folder, signing_key(folder), address.secure, _hosts(address),
        sender.standing if sender else None, watch, first,
    )  # fmt: skip
    config = _config(create_app(desk), address)

    class Server(uvicorn.Server):
        """Lets no further letter begin from the very signal on, while the pages still finish."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if sender is not None:
                sender.end()
            super().handle_exit(sig, frame)

    server = Server(config)

    def end() -> None:
        if sender is not None:
            sender.end()
        server.should_exit = True

    with (
        nullcontext(bound) if bound is not None else listening(address) as listens,
        running(engine, Doing.SERVE, sends=sends),
        stopped_with_its_file(engine, end),
        sender or nullcontext(),
    ):
        ready(url_of(listens, address))
        # uvicorn raises a signal once more when it has shut down; by then the letters in flight still have to finish.
        with platform.deaf_to_stops():
            server.run(sockets=[listens])


def serve_first_folder(folder: Path, address: ListenAddress, first: FirstLink, bound: socket.socket) -> bool:
    """Ask at the desk whether a campaign's folder is to be made here. Return True once it is, False where it is to end.

    The socket goes on listening: whoever comes meanwhile is answered by the desk. Raises as `serve` for an address.
    """
    import uvicorn

    require_safe(address)
    made = False

    def done() -> None:
        nonlocal made
        made = server.should_exit = True

    app = first_folder_app(folder, first, _hosts(address), secure=address.secure, done=done)
    server = uvicorn.Server(_config(app, address))
    with bound.dup() as other, platform.deaf_to_stops():
        server.run(sockets=[other])
    return made


def url_of(bound: socket.socket, address: ListenAddress) -> str:
    """Return where a browser reaches what listens."""
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if address.certificate else 'http'}://{shown}:{port}/"


def _hosts(address: ListenAddress) -> frozenset[str]:
    hosts = frozenset(name.lower() for name in address.names)
    return hosts | _LOOPBACK_NAMES if is_loopback(address.host) and not address.proxy else hosts


def _config(app: Any, address: ListenAddress) -> "uvicorn.Config":
    import uvicorn

    return uvicorn.Config(
        app,
        http=protocol_with(Lobby()),
        host=address.host,
        port=address.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(address.proxy),
        forwarded_allow_ips=address.proxy or None,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        timeout_keep_alive=_KEPT_SECONDS,
        timeout_graceful_shutdown=3,
        limit_concurrency=500,
        lifespan="off",
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextmanager
def listening(address: ListenAddress) -> Iterator[socket.socket]:
    """A socket that listens there. Raises Fault where that can't be done."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, where = found[0]
        bound = socket.create_server(where[:2], family=family, backlog=256)
    except OSError as error:
        raise Fault(
            "serve.not-listening",
            "Can't listen on {host}, port {port}: {error}.",
            host=address.host,
            port=address.port,
            error=error.strerror,
            remedy="Take another --port.",
        ) from None
    with bound:
        yield bound
