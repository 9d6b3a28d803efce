"""Whether an SPF record (RFC 7208) speaks for a mail server, as far as that can be told from here."""

import ipaddress
from dataclasses import dataclass, field

from outreach.doctor.dns_answers import Dns

_MOST_LOOKUPS = 10
"""RFC 7208, 4.6.4: with more of them a record counts for nothing."""


@dataclass(slots=True)
class Spf:
    """What a domain's record comes to, with all that it includes."""

    records: list[str]
    """Its own records: there must be just one."""
    includes: set[str] = field(default_factory=set)
    """The domains whose records count with it, in lower case."""
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = field(default_factory=list)
    everybody: bool = False
    """Whether it lets anybody send (`+all`)."""
    lookups: int = 0

    @property
    def too_long(self) -> bool:
        """Whether it needs more look-ups than are made."""
        return self.lookups > _MOST_LOOKUPS

    def names(self, address: str) -> bool:
        """Tell whether an address is one of those that may send."""
        one = ipaddress.ip_address(address)
        return any(one in network for network in self.networks if network.version == one.version)


def spf_of(dns: Dns, domain: str) -> Spf:
    """Read the record of a domain and what it includes. Raises NoAnswer."""
    found = Spf(_records(dns, domain))
    if len(found.records) == 1:
        _gather(dns, domain, found.records[0], found)
        found.everybody = any(term.lower() in ("all", "+all") for term in found.records[0].split())
    return found


def _records(dns: Dns, domain: str) -> list[str]:
    return [text for text in dns.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def _gather(dns: Dns, domain: str, record: str, found: Spf) -> None:
    for term in record.split()[1:]:
        if found.too_long:
            return
        if term.startswith(("-", "~", "?")):  # it does not say that these may send
            continue
        name, value = _split(term.lstrip("+"))
        if name in ("include", "redirect"):
            found.lookups += 1
            if value and "%" not in value and value not in found.includes:
                found.includes.add(value)
                for inner in _records(dns, value)[:1]:
                    _gather(dns, value, inner, found)
        elif name in ("ip4", "ip6"):
            _add(found, value)
        elif name in ("a", "mx"):
            found.lookups += 1
            target, _, width = value.partition("/")
            hosts = [target or domain] if name == "a" else dns.exchanges(target or domain)
            for address in (one for host in hosts for one in dns.addresses(host)):
                _add(found, f"{address}/{width}" if width.isdigit() and ":" not in address else address)
        elif name in ("exists", "ptr"):
            found.lookups += 1


def _split(term: str) -> tuple[str, str]:
    """The name and the value of a mechanism or modifier: `a/24` has the value `/24`."""
    for mark in (":", "="):
        name, found, value = term.partition(mark)
        if found:
            return name.lower(), value.lower().rstrip(".")
    name, slash, width = term.partition("/")
    return name.lower(), slash + width


def _add(found: Spf, network: str) -> None:
    try:
        found.networks.append(ipaddress.ip_network(network, strict=False))
    except ValueError:
        return
