"""Rehearsal's allow-list: the only addresses that mail may reach while the mode is not live."""

from collections.abc import Iterable, Sequence

from outreach.text import address_key, domain_to_ascii


class AllowList:
    """Addresses, and whole domains written as `@example.org`, `*@example.org` or `example.org`."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Take the entries as they stand in the settings."""
        self._addresses: set[str] = set()
        self._domains: set[str] = set()
        for entry in entries:
            local, _, domain = entry.strip().rpartition("@")
            if local in ("", "*"):
                self._domains.add(domain_to_ascii(domain).casefold())
            else:
                self._addresses.add(address_key(entry.strip()))

    def allows(self, address: str) -> bool:
        """Tell whether mail may go to this address."""
        key = address_key(address)
        return key in self._addresses or key.rpartition("@")[2] in self._domains

    def outside(self, addresses: Sequence[str]) -> list[str]:
        """Return those addresses that mail may not go to."""
        return [address for address in addresses if not self.allows(address)]
