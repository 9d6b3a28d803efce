"""A dead address: its contact is marked, and another contact of the mission is proposed to a person."""

from sqlmodel import Session, col, select

from outreach.inbox.finding import RecipientFinding
from outreach.models import Contact, OptOut, Reply, Role, Suggestion, SuggestionKind
from outreach.text import address_key

# Who is written to instead, in this order.
_NEXT = (Role.PERMANENT_REPRESENTATIVE, Role.GENERAL, Role.HUMAN_RIGHTS_EXPERT, Role.DEPUTY)


def mark_bounced(session: Session, iso3: str, address: str, told: RecipientFinding, reply: Reply) -> None:
    """Mark the contact of a mission whose address a report calls dead, within the session's transaction."""
    key = address_key(address)
    query = select(Contact).where(Contact.iso3 == iso3).order_by(col(Contact.id))
    contacts = list(session.exec(query).all())
    dead = next((one for one in contacts if one.email_key == key), None)
    if dead is None:
        return
    if dead.bounced_at is None or reply.received_at > dead.bounced_at:
        dead.bounced_at, dead.bounce_detail = reply.received_at, told.diagnostic or told.status
        session.add(dead)
    other = _another(session, contacts)
    if other is None or reply.id is None:
        return
    evidence = f"{dead.email} takes no mail: {dead.bounce_detail}"
    session.add(
        Suggestion(
            reply_id=reply.id,
            iso3=iso3,
            kind=SuggestionKind.CONTACT,
            value=other.email,
            evidence=evidence,
            at=reply.ingested_at,
        )
    )


def _another(session: Session, contacts: list[Contact]) -> Contact | None:
    in_force = select(OptOut.address_key).where(col(OptOut.withdrawn_at).is_(None))
    opted_out = set(session.exec(in_force).all())
    fit = [
        one
        for one in contacts
        if one.active and one.absent_since is None and one.bounced_at is None and one.email_key not in opted_out
    ]
    return min(fit, key=lambda one: (_NEXT.index(one.role), one.id or 0), default=None)
