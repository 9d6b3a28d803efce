"""Rehearsal's allow-list: the only addresses that mail may reach while the mode is not live.

A letter goes to contacts of missions. So an entry for a domain lets one go to the team's own domain only; anywhere else
the very address has to be named: whoever writes down a domain means colleagues, and not an embassy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from outreach.missions.own import domain_of, own_domains
from outreach.models import Contact
from outreach.sentences import Sentence, saying
from outreach.settings import Settings
from outreach.text import address_key, domain_to_ascii

_MOST_NAMED = 12


class AllowList:
    """Addresses; domains as `@example.org` or `*@example.org`; and a domain with all below it as `example.org`."""

    def __init__(self, entries: Iterable[str], own: Iterable[str] = ()) -> None:
        """Take the entries as they stand in the settings, and the team's own domains."""
        self._own = tuple(own)
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

    def names(self, address: str) -> bool:
        """Tell whether it names this very address."""
        return address_key(address) in self._addresses

    def lets_letters_to(self, address: str) -> bool:
        """Tell whether a letter may go to this address, which is a contact's."""
        domain = domain_of(address)
        at_home = any(domain == one or domain.endswith(f".{one}") for one in self._own)
        return self.names(address) or (at_home and self.allows(address))

    def outside(self, addresses: Sequence[str]) -> list[str]:
        """Return those addresses that no letter may go to."""
        return [address for address in addresses if not self.lets_letters_to(address)]


@dataclass(frozen=True, slots=True)
class Reach:
    """Which missions the allow-list is about, by ISO3."""

    named: tuple[str, ...] = ()
    """Letters of a rehearsal really go there: the very address is named."""
    by_domain: tuple[str, ...] = ()
    """Only a domain is named, where they have a box: no letter goes there."""


def reach(session: Session, settings: Settings, iso3: Iterable[str] | None = None) -> Reach:
    """Return which missions the allow-list is about, of those given or of all; nothing where it does not decide.

    It decides in rehearsal, where a mail server is set. A contact at the team's own domain is the team's.
    """
    if settings.live or not settings.smtp_host or not settings.allow_list:
        return Reach()
    own = own_domains(settings)
    listed, wanted = AllowList(settings.allow_list), None if iso3 is None else set(iso3)
    query = select(Contact.iso3, Contact.email).where(col(Contact.absent_since).is_(None), col(Contact.active))
    named, by_domain = set(), set()
    for code, address in session.exec(query):
        domain = domain_of(address)
        if (wanted is not None and code not in wanted) or any(
            domain == one or domain.endswith(f".{one}") for one in own
        ):
            continue
        if listed.names(address):
            named.add(code)
        elif listed.allows(address):
            by_domain.add(code)
    return Reach(tuple(sorted(named)), tuple(sorted(by_domain)))


def reach_in_words(found: Reach) -> list[Sentence]:
    """Say which missions a rehearsal would really write to, and to which it would not though their domain is named."""
    named = saying(
        "allow-list.named",
        "In rehearsal letters really go to {count} {count:*mission|missions}, since allow_list names {count:*its "
        "address|their addresses}: {codes}.",
        count=len(found.named), codes=_codes(found.named),
    )  # fmt: skip
    by_domain = saying(
        "allow-list.domain",
        "allow_list names a domain where {count} {count:*mission has its box|missions have their boxes}: {codes}. "
        "In rehearsal no letter goes there: only your own domain is named as a whole, elsewhere each address.",
        count=len(found.by_domain), codes=_codes(found.by_domain),
    )  # fmt: skip
    return [*([named] if found.named else []), *([by_domain] if found.by_domain else [])]


def _codes(missions: Sequence[str]) -> str:
    more = len(missions) - _MOST_NAMED
    return ", ".join(missions[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


__all__ = ["AllowList", "Reach", "reach", "reach_in_words"]
