"""What DNS answers, within a few seconds for all questions together. The library is dnspython."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from outreach.text import domain_to_ascii

if TYPE_CHECKING:
    from dns.resolver import Answer

SECONDS = 3.0
"""For all questions together: who has no network is not to wait for it."""
_PORT = 53


class NoAnswer(Exception):
    """No server answered: there is no network, or none that lets questions to DNS through."""


class Dns:
    """Asks one server, or those that the system asks."""

    def __init__(self, server: str = "", seconds: float = SECONDS) -> None:
        """Take the server, as ADDRESS or ADDRESS:PORT; without one, the system's. Raises NoAnswer where it has none."""
        from dns.resolver import NoResolverConfiguration, Resolver

        try:
            self._resolver: Resolver = Resolver(configure=not server)
        except (NoResolverConfiguration, OSError) as error:
            raise NoAnswer(str(error)) from None
        if server:
            host, _, port = server.rpartition(":") if _has_port(server) else (server, "", "")
            self._resolver.nameservers = [host.strip("[]")]
            self._resolver.port = int(port or _PORT)
        self._until = time.monotonic() + seconds

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each as one piece (RFC 7208, 3.3); none where there is no such name."""
        return self._asked(name, "TXT", lambda one: b"".join(one.strings).decode("utf-8", "replace"))

    def addresses(self, name: str) -> list[str]:
        """Return the IPv4 and IPv6 addresses of a name."""
        return [found for kind in ("A", "AAAA") for found in self._asked(name, kind, lambda one: str(one.address))]

    def exchanges(self, name: str) -> list[str]:
        """Return the names of the servers that take mail for a domain (MX)."""
        return self._asked(name, "MX", lambda one: str(one.exchange).rstrip("."))

    def _asked(self, name: str, kind: str, read: Callable[[Any], str]) -> list[str]:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN
        from dns.resolver import NoAnswer as NoSuchRecord

        left = self._until - time.monotonic()
        if left <= 0:
            raise NoAnswer(f"nothing within {SECONDS:.0f} seconds")
        try:
            answer: Answer = self._resolver.resolve(
                f"{domain_to_ascii(name).rstrip('.')}.", kind, lifetime=left, search=False
            )
        except (NXDOMAIN, NoSuchRecord):
            return []
        except (DNSException, OSError, UnicodeError) as error:
            raise NoAnswer(str(error).rstrip(".")) from None
        return [read(one) for one in answer]


def _has_port(server: str) -> bool:
    return server.count(":") == 1 or "]:" in server
