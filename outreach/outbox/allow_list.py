"""Rehearsal's allow-list: the only addresses that mail may reach while the mode is not live."""

from collections.abc import Iterable, Sequence

from outreach.text import address_key, domain_to_ascii


class AllowList:
    """Addresses; domains as `@example.org` or `*@example.org`; and a domain with all below it as `example.org`."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Take the entries as they stand in the settings."""
        self._addresses: set[str] = set()
        self._domains: set[str] = set()
        self._trees: set[str] = set()
        for entry in entries:
            local, at, domain = entry.strip().rpartition("@")
            if not at:
                self._trees.add(domain_to_ascii(domain).casefold())
            elif local in ("", "*"):
                self._domains.add(domain_to_ascii(domain).casefold())
            else:
                self._addresses.add(address_key(entry.strip()))

    def allows(self, address: str) -> bool:
        """Tell whether mail may go to this address."""
        key = address_key(address)
        domain = key.rpartition("@")[2]
        if key in self._addresses or domain in self._domains:
            return True
        labels = domain.split(".")
        return any(".".join(labels[start:]) in self._trees for start in range(len(labels)))

    def outside(self, addresses: Sequence[str]) -> list[str]:
        """Return those addresses that mail may not go to."""
        return [address for address in addresses if not self.allows(address)]
