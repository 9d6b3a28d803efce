"""Dead addresses: their contacts are marked, and another contact of the mission is proposed to a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from outreach.inbox.finding import RecipientFinding
from outreach.inbox.stored import StoredMail
from outreach.models import Contact, OptOut, Suggestion
from outreach.sentences import KeptSentence
from outreach.text import address_key, erased_key
from outreach.vocabulary import Role, SuggestionKind

# Who is written to instead, in this order.
_NEXT = (Role.PERMANENT_REPRESENTATIVE, Role.GENERAL, Role.HUMAN_RIGHTS_EXPERT, Role.DEPUTY)


@dataclass(frozen=True, slots=True)
class Dead:
    """An address of a mission that a report calls dead."""

    iso3: str
    address: str
    told: RecipientFinding
    mail: StoredMail


def mark_dead(session: Session, found: Sequence[Dead], *, propose: bool = True) -> None:
    """Mark the contacts whose addresses are dead, within the session's transaction; in the order of the reports.

    `propose`: another contact of the mission too, where it has one.
    """
    if not found:
        return
    keys = {address_key(one.address) for one in found}
    known = session.exec(select(Contact.iso3).where(col(Contact.email_key).in_(keys)).distinct()).all()
    missions = {one.iso3 for one in found} & set(known)
    query = select(Contact).where(col(Contact.iso3).in_(missions)).order_by(col(Contact.id))
    contacts: dict[str, list[Contact]] = {}
    for contact in session.exec(query).all() if missions else ():
        contacts.setdefault(contact.iso3, []).append(contact)
    if not contacts:
        return
    in_force = select(OptOut.address_key).where(col(OptOut.withdrawn_at).is_(None))
    opted_out = set(session.exec(in_force).all())
    for one in found:
        mission = contacts.get(one.iso3, [])
        if _mark(session, one, mission) and propose:
            _propose_another(session, one, mission, opted_out)


def _mark(session: Session, one: Dead, contacts: list[Contact]) -> bool:
    key = address_key(one.address)
    dead = next((contact for contact in contacts if contact.email_key == key), None)
    if dead is None:
        return False
    at = one.mail.received_at
    if dead.bounced_at is None or at > dead.bounced_at:
        dead.bounced_at, dead.bounce_detail = at, one.told.diagnostic or one.told.status
        session.add(dead)
    return True


def _propose_another(session: Session, one: Dead, contacts: list[Contact], opted_out: set[str]) -> None:
    dead = next(contact for contact in contacts if contact.email_key == address_key(one.address))
    other = _another(contacts, opted_out)
    if other is None:
        return
    evidence = KeptSentence(
        "hard-bounce.evidence", "{address} takes no mail: {why}", address=dead.email, why=dead.bounce_detail
    )
    session.add(
        Suggestion(
            reply_id=one.mail.id, iso3=one.iso3, kind=SuggestionKind.CONTACT, value=other.email, evidence=evidence,
            at=one.mail.ingested_at,
        )
    )  # fmt: skip


def _another(contacts: list[Contact], opted_out: set[str]) -> Contact | None:
    fit = [
        one
        for one in contacts
        if one.active
        and one.absent_since is None
        and one.bounced_at is None
        and one.email_key not in opted_out
        and erased_key(one.email_key) not in opted_out
    ]
    return min(fit, key=lambda one: (_NEXT.index(one.role), one.id or 0), default=None)
