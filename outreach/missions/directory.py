"""The directory: which missions there are, and whom at each a letter may go to."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

import sqlalchemy
from sqlmodel import Session, col, select

from outreach.models import Contact, Mission, OptOut, Response
from outreach.text import ERASED, erased_key
from outreach.vocabulary import GenderForm, Language, Line, Role

_ROLES = tuple(Role)
_LINES = tuple(Line)
_LISTED = (col(Mission.iso3), col(Mission.short_name), col(Mission.regional_group), col(Mission.language))
One = TypeVar("One", Contact, "ListedContact")
_MOST_IN_A_QUERY = 500  # SQLite bounds the variables of a statement


def find_missions(
    session: Session, iso3s: Iterable[str] | None = None, *, include_absent: bool = False
) -> list[Mission]:
    """Return the missions in the order of their ISO3: all, or those named.

    Missions that an import found no longer in the file are left out unless `include_absent`.
    """
    query = select(Mission).order_by(col(Mission.iso3))
    if not include_absent:
        query = query.where(col(Mission.absent_since).is_(None))
    wanted = None if iso3s is None else set(iso3s)
    if wanted is not None and len(wanted) <= _MOST_IN_A_QUERY:
        query = query.where(col(Mission.iso3).in_(wanted))
    return [mission for mission in session.exec(query) if wanted is None or mission.iso3 in wanted]


class Listed(NamedTuple):
    """A mission as lists and pictures name it."""

    iso3: str
    short_name: str
    regional_group: str
    language: Language


def list_missions(session: Session, *, include_absent: bool = False, campaign: int | None = None) -> list[Listed]:
    """Return every mission's name, group and language, in the order of their ISO3; or of those of one campaign."""
    query = sqlalchemy.select(*_LISTED)
    if not include_absent:
        query = query.where(col(Mission.absent_since).is_(None))
    if campaign is not None:
        query = query.join(Response, col(Response.iso3) == col(Mission.iso3)).where(
            col(Response.campaign_id) == campaign
        )
    return [Listed(*row) for row in session.execute(query.order_by(col(Mission.iso3)))]


class ListedContact(NamedTuple):
    """A usable contact as lists tell of it."""

    id: int
    iso3: str
    role: Role
    form_of_address: str
    name: str
    title: str
    gender_form: GenderForm | None
    email: str
    language: Language | None
    line: Line


_USABLE = (col(Contact.active).is_(True), col(Contact.absent_since).is_(None))
_BOX = tuple(col(getattr(Contact, name)) for name in ListedContact._fields)


def contacts_of(session: Session, iso3s: Sequence[str]) -> dict[str, list[Contact]]:
    """Return the usable contacts of each mission named, a key for each: active ones that are still in the file.

    They stand in the order of a letter's address lines: to before cc, then permanent representative, deputy,
    human-rights expert, general box.
    """
    return _by_mission(iso3s, lambda some: session.exec(select(Contact).where(*_usable(some))))


def list_contacts(session: Session, iso3s: Sequence[str]) -> dict[str, list[ListedContact]]:
    """Return the same contacts in the same order, for a list that only shows them."""
    return _by_mission(
        iso3s, lambda some: map(ListedContact._make, session.execute(sqlalchemy.select(*_BOX).where(*_usable(some))))
    )


def withheld_keys(session: Session, keys: Iterable[str]) -> set[str]:
    """Return those addresses, as compared, that no letter goes to: opted out, or bounced for good."""
    withheld = set(session.scalars(_withheld()))
    erased = any(key.startswith(ERASED) for key in withheld)
    return {key for key in keys if key in withheld or (erased and erased_key(key) in withheld)}


@cache
def _withheld() -> Any:
    """All of them at once: they are few, and naming hundreds of addresses in a statement costs more."""
    opted_out = sqlalchemy.select(col(OptOut.address_key)).where(col(OptOut.withdrawn_at).is_(None))
    return opted_out.union_all(sqlalchemy.select(col(Contact.email_key)).where(col(Contact.bounced_at).is_not(None)))


def reachable(session: Session) -> set[str]:
    """Return the ISO3 of all that have a usable contact to whose address a letter may go."""
    usable = sqlalchemy.select(col(Contact.iso3), col(Contact.email_key)).where(*_USABLE)
    boxes = session.execute(usable).all()
    withheld = withheld_keys(session, (key for _, key in boxes))
    return {iso3 for iso3, key in boxes if key not in withheld}


def erased_keys(connection: sqlalchemy.Connection | Session) -> set[str]:
    """Return what stands for the addresses whose persons' data were erased, and that are not written to since."""
    query = sqlalchemy.select(col(OptOut.address_key)).where(
        col(OptOut.withdrawn_at).is_(None), col(OptOut.address_key).startswith(ERASED)
    )
    return set(connection.execute(query).scalars())


def without_erased(session: Session, contacts: dict[str, list[Contact]]) -> dict[str, list[Contact]]:
    """Return the contacts of missions without those whose data were erased, and whom a sheet brought back since.

    They stand in no letter: neither among its recipients nor in its words.
    """
    erased = erased_keys(session)
    if not erased:
        return contacts
    return {iso3: [one for one in some if erased_key(one.email_key) not in erased] for iso3, some in contacts.items()}


def _usable(iso3s: Sequence[str]) -> tuple[Any, ...]:
    return col(Contact.iso3).in_(iso3s), *_USABLE


def _by_mission(iso3s: Sequence[str], read: Callable[[Sequence[str]], Iterable[One]]) -> dict[str, list[One]]:
    found: dict[str, list[One]] = {iso3: [] for iso3 in iso3s}
    asked = list(found)
    for start in range(0, len(asked), _MOST_IN_A_QUERY):
        for contact in read(asked[start : start + _MOST_IN_A_QUERY]):
            found[contact.iso3].append(contact)
    for contacts in found.values():
        contacts.sort(key=lambda c: (_LINES.index(c.line), _ROLES.index(c.role), c.id or 0))
    return found
