"""The directory as a list to read: each mission of an audience with its contacts and its seat on the Council."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from outreach.missions.audience import member_until, resolve
from outreach.missions.directory import find_missions, list_contacts, withheld_keys
from outreach.text import address_key


def listing(session: Session, audience: Sequence[str], exceptions: Sequence[str], as_of: date) -> list[dict[str, Any]]:
    """Return a row for each mission of an audience (without one: all there are), by ISO3.

    A row holds iso3, name, formal_name, group, status, language, city, time_zone, tags, member_until (last year of
    the term that covers `as_of`, or None) and the contacts that a letter would go to: neither
    opted out nor bounced.
    Raises AudienceError for an audience that can't be told.
    """
    if audience or exceptions:
        missions = resolve(session, audience or ["all"], exceptions, as_of)
    else:
        missions = find_missions(session)
    codes = [mission.iso3 for mission in missions]
    contacts = list_contacts(session, codes)
    withheld = withheld_keys(session, (address_key(one.email) for some in contacts.values() for one in some))
    until = member_until(session, codes, as_of)
    return [
        {
            "iso3": mission.iso3,
            "name": mission.short_name,
            "formal_name": mission.formal_name,
            "group": mission.regional_group,
            "status": mission.status,
            "language": str(mission.language),
            "city": mission.city,
            "time_zone": mission.time_zone,
            "tags": mission.tags,
            "member_until": until.get(mission.iso3),
            "contacts": [
                {
                    "email": contact.email,
                    "line": str(contact.line),
                    "role": str(contact.role),
                    "form_of_address": contact.form_of_address,
                    "name": contact.name,
                    "title": contact.title,
                    "gender_form": str(contact.gender_form) if contact.gender_form else None,
                    "language": str(contact.language) if contact.language else None,
                }
                for contact in contacts[mission.iso3]
                if address_key(contact.email) not in withheld
            ],
        }
        for mission in missions
    ]
