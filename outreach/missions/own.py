"""Whose an address is: the team's own, or somewhere that mail of the team's own must never go.

A test letter, a report to the team, a corrected address: each is typed by hand, and goes where nobody has checked. So
none goes to a domain that any contact has, also not by another box there, a tag or a sub-domain.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, select

from outreach.models import Contact
from outreach.settings import Settings, mailbox
from outreach.text import address_key


@dataclass(frozen=True, slots=True)
class Foreign:
    """Why an address is not one's own: the mission that has it, or has a box at its domain."""

    iso3: str
    domain: str
    """The domain of that mission's box; empty where the very address is the mission's, but for a tag."""

    def __str__(self) -> str:
        if self.domain:
            return f"the mission {self.iso3} has its box at {self.domain}"
        return f"it is an address of the mission {self.iso3}"


def domain_of(address: str) -> str:
    """Return the domain of an address, as compared: in ASCII (IDNA), in lower case, without a dot at its end."""
    return address_key(address.rstrip(".")).rpartition("@")[2].rstrip(".")


def untagged(address: str) -> str:
    """Return an address as compared, without what servers take for a tag (`box+tag@domain`, RFC 5233)."""
    local, _, domain = address_key(address.rstrip(".")).rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain.rstrip('.')}"


def related(one: str, other: str) -> bool:
    """Tell whether two domains are the same, or one lies below the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def is_at(domains: Iterable[str], domain: str) -> bool:
    """Tell whether a domain is one of these, or lies below one."""
    return any(domain == one or domain.endswith(f".{one}") for one in domains)


def own_domains(settings: Settings, *more: str) -> frozenset[str]:
    """Return the sender's own domains, those of From and Reply-To; `more` are mailboxes beside these, or empty."""
    boxes = [box for box in (settings.sender, settings.reply_to, *more) if box]
    return frozenset(domain_of(mailbox(box)[1]) for box in boxes)


def foreign(session: Session, address: str, own: Iterable[str], *, but: str = "") -> Foreign | None:
    """Return whose an address is, or whose domain it lies in, if it is not the team's own; None where it may be used.

    `own` are the domains that are the sender's own: only the very addresses of missions are foreign there. `but` names
    a mission that it may belong to. Every contact is asked about, also a former one.
    """
    domain, box = domain_of(address), untagged(address)
    at_home = is_at(own, domain)
    nearby: Foreign | None = None
    for iso3, key in session.exec(select(Contact.iso3, Contact.email_key).order_by(Contact.iso3)):
        if iso3 == but:
            continue
        if untagged(key) == box:
            return Foreign(iso3, "")
        if nearby is None and not at_home and related(domain, domain_of(key)):
            nearby = Foreign(iso3, domain_of(key))
    return nearby
