"""Addresses that are not written to: those that asked to be left alone, and those that take no mail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.inbox.decoding import is_address
from outreach.models import Contact, OptOut
from outreach.people import audit
from outreach.text import address_key, erased_key, one_line
from outreach.vocabulary import Act


@dataclass(frozen=True, slots=True)
class Withheld:
    """An address that no letter goes to."""

    address: str
    reason: str
    """`opted out` or `bounced`."""
    iso3: str
    since: datetime
    who: str
    detail: str


def withheld(engine: Engine) -> list[Withheld]:
    """Return every address that no letter goes to, by address."""
    with reading(engine) as session:
        optouts = session.exec(select(OptOut).where(col(OptOut.withdrawn_at).is_(None))).all()
        keys = [one.address_key for one in optouts]
        missions = dict(
            session.exec(select(Contact.email_key, Contact.iso3).where(col(Contact.email_key).in_(keys))).all()
        )
        bounced = session.exec(select(Contact).where(col(Contact.bounced_at).is_not(None))).all()
    rows = [
        Withheld(one.address, "opted out", missions.get(one.address_key, ""), one.at, one.who, one.why)
        for one in optouts
    ]
    rows += [
        Withheld(one.email, "bounced", one.iso3, one.bounced_at, "inbox", one.bounce_detail)
        for one in bounced
        if one.bounced_at is not None
    ]
    return sorted(rows, key=lambda row: (row.address, row.reason))


def opt_out(engine: Engine, address: str, *, why: str = "", by: Actor) -> OptOut:
    """Put an address on the opt-out list; one that is on it stays as it is. Raises UserError for no address."""
    with writing(engine) as session:
        row = keep_opt_out(session, address, who=by, why=one_line(why))
        audit.record(session, by, Act.ADDRESS_STOPPED, row.address, row.why)
        return row


def allow(engine: Engine, address: str, *, by: Actor) -> None:
    """Take an address off the opt-out list and its contact's bounce mark away. What was on the list is kept as history.

    Raises NotFoundError for an address that is not withheld.
    """
    key = address_key(address.strip())
    with writing(engine) as session:
        listed = _in_force(session, key)
        if listed is not None:
            listed.withdrawn_at, listed.withdrawn_by = clock.now(), by.name
            session.add(listed)
        query = select(Contact).where(Contact.email_key == key, col(Contact.bounced_at).is_not(None))
        bounced = session.exec(query).all()
        for contact in bounced:
            contact.bounced_at, contact.bounce_detail = None, ""
            session.add(contact)
        if listed is None and not bounced:
            raise NotFoundError(
                "address.written-to",
                "{address!r} is written to as it is.",
                address=address.strip(),
                remedy="See {BLOCKED:the addresses that are not written to}.",
            )
        audit.record(session, by, Act.ADDRESS_ALLOWED, address.strip())


def keep_opt_out(session: Session, address: str, *, who: Actor, why: str, reply_id: int | None = None) -> OptOut:
    """Put an address on the opt-out list, within the session's transaction."""
    address = address.strip()
    if not is_address(address):
        raise UserError(
            "address.none", "{address!r} is no e-mail address.", address=address, remedy="Write it as box@domain."
        )
    key = address_key(address)
    known = _in_force(session, key)
    if known is not None:
        return known
    row = OptOut(address=address, address_key=key, at=clock.now(), who=who.name, why=why, reply_id=reply_id)
    session.add(row)
    session.flush()
    return row


def _in_force(session: Session, key: str) -> OptOut | None:
    query = select(OptOut).where(
        col(OptOut.address_key).in_((key, erased_key(key))), col(OptOut.withdrawn_at).is_(None)
    )
    return session.exec(query).first()
