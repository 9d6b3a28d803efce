"""Puts a right address in the place of one that failed, one contact at a time, and remembers it."""

from collections.abc import Sequence

from sqlmodel import Session, select

from outreach.errors import Refusal
from outreach.missions.books.cell_values import Unusable, email
from outreach.missions.history import ImportHistory
from outreach.missions.lists.address_text import addresses_in
from outreach.missions.lists.people_words import split_person
from outreach.models import Contact
from outreach.text import address_key, folded
from outreach.vocabulary import Line, Role


class Uncertain(Refusal):
    """A correction that can't be made."""


def correct(
    session: Session, journal: ImportHistory, iso3: str, text: str, failed: Sequence[str]
) -> tuple[str, str] | None:
    """Take what a person typed, `NEW` or `OLD > NEW`; return the old address and the new one, None where it is done.

    Without OLD it stands for the one address that failed, or for the mission's only one; a mission without any gets
    it as its general box. The mark of the bounce goes with the old address.

    Raises Uncertain where it is no address, or nobody can say which one it replaces.
    """
    old_text, arrow, new_text = _split(text)
    new, name = _address_in(new_text)
    old = _address_in(old_text)[0] if arrow else ""
    contacts = [c for c in session.exec(select(Contact).where(Contact.iso3 == iso3)) if c.absent_since is None]
    by_key = {contact.email_key: contact for contact in contacts}
    if not contacts:
        added = Contact(iso3=iso3, role=Role.GENERAL, line=Line.TO, email=new, email_key=address_key(new))
        session.add(added)
        journal.added(added)
        return "", new
    known = by_key.get(address_key(new))
    if known is not None and known.email == new:
        return None
    contact = _replaced(by_key, old, failed)
    if known is not None and known is not contact:
        raise Uncertain(
            "address.there-already",
            '"{new}" is a contact of {iso3} already',
            new=new,
            iso3=iso3,
            remedy="Take the failed one out of the directory instead.",
        )
    if name and contact.name and folded(name) != folded(split_person(contact.name).name):
        raise Uncertain(
            "address.of-another-person",
            "{new} is {name}'s, and {old} is the address of {person}",
            new=new, name=name, old=contact.email, person=contact.name,
            remedy="Write the address alone; who has it is changed with missions set, or by an import.",
        )  # fmt: skip
    before = contact.email
    contact.email, contact.email_key = new, address_key(new)
    bounce = {"bounced_at": contact.bounced_at, "bounce_detail": contact.bounce_detail}
    contact.bounced_at, contact.bounce_detail = None, ""
    session.add(contact)
    journal.changed(contact, "email", before, new)
    for name, was in bounce.items():  # taken back, the old address has its mark again
        if was:
            journal.changed(contact, name, was, getattr(contact, name))
    return before, new


def _address_in(text: str) -> tuple[str, str]:
    """Return the one address of a text and the name beside it: `mailto:a@b.example`, `Ana Li <a@b.example>`."""
    found = addresses_in(text.strip().removeprefix("mailto:"))[0]
    if len(found) == 1:
        return found[0].address, split_person(found[0].name).name
    try:
        return email(text), ""
    except Unusable as error:
        raise Uncertain.of(error) from None


def _split(text: str) -> tuple[str, str, str]:
    for arrow in ("→", "->", ">"):
        old, found, new = text.partition(arrow)
        if found and "<" not in old:
            return old.strip(), arrow, new.strip()
    return "", "", text.strip()


def _replaced(by_key: dict[str, Contact], old: str, failed: Sequence[str]) -> Contact:
    if old:
        contact = by_key.get(address_key(old))
        if contact is None:
            raise Uncertain(
                "address.not-there",
                '"{old}" is not in the directory any more',
                old=old,
                remedy="Make a new report, and correct it there.",
            )
        return contact
    left = [by_key[key] for key in dict.fromkeys(map(address_key, failed)) if key in by_key]
    if failed and not left:
        raise Uncertain(
            "address.corrected-already",
            '"{failed}" is not in the directory any more: somebody has corrected it since',
            failed=failed[0],
            remedy="Make a new report, and look there.",
        )
    candidates = left or list(by_key.values())
    if len(candidates) > 1:
        listed = ", ".join(contact.email for contact in candidates)
        raise Uncertain("address.several", "it may stand for any of {listed}", listed=listed, remedy="Write OLD > NEW.")
    return candidates[0]
