"""Serving the desk: on this machine only unless told, and to others only over TLS or behind a stated proxy."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

from sqlalchemy import Engine

from outreach import platform
from outreach.database import stopped_with_its_file
from outreach.errors import Fault, UserError
from outreach.outbox.running import running
from outreach.schedule import require_settings
from outreach.sentences import Doing
from outreach.settings import Settings
from outreach.web.app import create_app
from outreach.web.connections import Lobby, protocol_with
from outreach.web.desk import Desk, signing_key
from outreach.web.sender_watch import Sender

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
    if not address.secure and not _is_loopback(address.host):
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
) -> None:
    """Serve until SIGINT or SIGTERM. With `sends`, what is due is also sent, as by `outreach run`.

    Raises UserError for an address that is not safe and for settings that can't send, both before anything is listened
    on; Fault where it can't be listened on; LostDatabaseFault where the database's file was deleted or replaced.
    """
    import uvicorn

    require_safe(address)
    if sends:
        require_settings(settings)
    sender = Sender(settings, folder) if sends else None
    hosts = frozenset(name.lower() for name in address.names)
    if _is_loopback(address.host) and not address.proxy:
        hosts |= _LOOPBACK_NAMES
    desk = Desk(
        engine, settings, folder, signing_key(folder), address.secure, hosts, sender.standing if sender else None
    )
    config = uvicorn.Config(
        create_app(desk),
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
        _listening(address) as bound,
        running(engine, Doing.SERVE, sends=sends),
        stopped_with_its_file(engine, end),
        sender or nullcontext(),
    ):
        host, port = bound.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        ready(f"{'https' if address.certificate else 'http'}://{shown}:{port}/")
        # uvicorn raises a signal once more when it has shut down; by then the letters in flight still have to finish.
        with platform.deaf_to_stops():
            server.run(sockets=[bound])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextmanager
def _listening(address: ListenAddress) -> Iterator[socket.socket]:
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
