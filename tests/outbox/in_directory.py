"""What the directory knows of the addresses that letters in the queue go to."""

from typing import Any

from sqlmodel import Session, select

from outreach.models import Contact
from outreach.vocabulary import Role


def known(session: Session, iso3: str, address: str, **values: Any) -> Contact:
    """Return the contact at an address of a mission, made where the directory has none, with these values."""
    query = select(Contact).where(Contact.iso3 == iso3, Contact.email_key == address)
    found = session.exec(query).first() or Contact(iso3=iso3, role=Role.GENERAL, email=address, email_key=address)
    for name, value in values.items():
        setattr(found, name, value)
    session.add(found)
    return found
