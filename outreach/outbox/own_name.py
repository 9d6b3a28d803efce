"""What this computer calls itself to a mail server (RFC 5321, 4.1.4): its full name, else its address as a literal."""

import asyncio
import ipaddress
import socket
from functools import lru_cache


async def own_name(host: str, port: int) -> str:
    """Return the full name of this computer; where it has none, the address that it has towards a server, in brackets.

    `localhost` and names without a dot are refused by many servers, and say nothing to any.
    """
    return await asyncio.to_thread(_full_name) or await asyncio.to_thread(_literal, host, port)


@lru_cache(maxsize=1)
def _full_name() -> str:
    name = socket.getfqdn()
    full = "." in name.strip(".") and not name.startswith("localhost") and not name.endswith((".local", ".localdomain"))
    return name if full and name.isascii() and not _is_address(name) else ""


def _literal(host: str, port: int) -> str:
    """The address literal (RFC 5321, 4.1.3) of this side of a connection; no packet is sent for it."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM):
            with socket.socket(family, kind, protocol) as probe:
                probe.connect(address)
                own = str(probe.getsockname()[0]).partition("%")[0]
                return f"[IPv6:{own}]" if family == socket.AF_INET6 else f"[{own}]"
    except OSError:
        pass
    return "[127.0.0.1]"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
