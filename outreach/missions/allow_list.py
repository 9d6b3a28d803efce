"""Rehearsal's allow-list: the only addresses that mail may reach while the mode is not live.

A contact of a mission may be on it, by name or by its domain. Then a rehearsal really writes to that mission: whoever
meant colleagues by it has to learn of it before (`reach`).
"""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from outreach.missions.own import domain_of, is_at, own_domains
from outreach.models import Contact
from outreach.sentences import Sentence, saying, some_of
from outreach.settings import Settings
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
        """Return those addresses that no letter may go to."""
        return [address for address in addresses if not self.allows(address)]


def reach(session: Session, settings: Settings, iso3: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return by ISO3 the missions that a rehearsal really writes to, of those given or of all.

    None where the list does not decide: live, or without a mail server. A contact at the team's own domain is the
    team's.
    """
    if settings.live or not settings.smtp_host or not settings.allow_list:
        return ()
    own = own_domains(settings)
    listed, wanted = AllowList(settings.allow_list), None if iso3 is None else set(iso3)
    query = select(Contact.iso3, Contact.email).where(col(Contact.absent_since).is_(None), col(Contact.active))
    return tuple(
        sorted(
            {
                code
                for code, address in session.exec(query)
                if (wanted is None or code in wanted) and listed.allows(address) and not is_at(own, domain_of(address))
            }
        )
    )


def reach_in_words(missions: Sequence[str]) -> list[Sentence]:
    """Say which missions a rehearsal really writes to; nothing where there is none."""
    if not missions:
        return []
    return [
        saying(
            "allow-list.reaches",
            "In rehearsal letters really go to {count} {count:*mission|missions}, since allow_list has an address or a "
            "domain of {count:*it|them}: {codes}.",
            count=len(missions), codes=some_of(missions),
        )
    ]  # fmt: skip
