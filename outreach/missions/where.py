"""Missions by the team's own columns: `where:priority=high`, `where:visits>=2`, `where:contact.vip=yes`."""

import re
from collections.abc import Collection, Sequence
from datetime import date

from sqlmodel import Session, col, select

from outreach.errors import AudienceError
from outreach.missions.own_columns import Value, fields_of_row, name_of, value_of
from outreach.models import Contact, Mission
from outreach.sentences import Remedy
from outreach.text import folded

_ASKED = re.compile(r"(contact\.|mission\.)?(?:fields\.)?([^=<>!]{1,200})(>=|<=|!=|=|>|<)([^\n]{0,1000})")


def with_field(session: Session, asked: str, directory: Collection[Mission]) -> set[str]:
    """Return the codes of the missions of which a field of one's own is, or is not, as is asked.

    Text is compared without case and accents, numbers as numbers, dates as dates; `yes` and `no` as such. A mission
    that has nothing there is only in `!=`. With `contact.` it is enough that one of its contacts, active and in the
    file, has it. Raises AudienceError for what can't be read, a field that nobody has, or an order that there is not.
    """
    read = _ASKED.fullmatch(asked.strip())
    name = name_of(read[2]) if read else ""
    if not read or not name:
        raise AudienceError(
            "audience.where",
            "{asked!r} asks for nothing.",
            asked=asked,
            remedy="Write it as in where:priority=high, where:visits>=2 or where:contact.vip=yes.",
        )
    rows: list[Mission] | list[Contact] = list(directory)
    if read[1] == "contact.":
        usable = select(Contact).where(col(Contact.active).is_(True), col(Contact.absent_since).is_(None))
        rows = [one for one in session.exec(usable) if one.iso3 in {mission.iso3 for mission in directory}]
    values = [(row.iso3, fields_of_row(row)) for row in rows]
    there = sorted({known for _, fields in values for known in fields})
    if name not in there:
        others = select(Mission.fields) if read[1] == "contact." else select(Contact.fields)
        elsewhere = sorted({known for fields in session.exec(others) for known in fields or ()})
        cure = _where_it_is(read[1] or "", name, there, elsewhere)
        if read[1] == "contact.":
            raise AudienceError("audience.no-field", "No contact has a field {name!r}.", name=name, remedy=cure)
        raise AudienceError("audience.no-field-of-missions", "No mission has a field {name!r}.", name=name, remedy=cure)
    wanted, operator = value_of(read[4]), read[3]
    held = [(iso3, fields[name]) for iso3, fields in values if name in fields]
    if operator == "!=":
        return {mission.iso3 for mission in directory} - {iso3 for iso3, value in held if _same(value, wanted)}
    if operator == "=":
        return {iso3 for iso3, value in held if _same(value, wanted)}
    return {iso3 for iso3, value in held if _is_ordered(name, value, operator, wanted)}


def _where_it_is(whose: str, name: str, there: Sequence[str], elsewhere: Sequence[str]) -> Remedy:
    """Return what to ask for: the same field of the other kind of row, or those that there are."""
    if name in elsewhere and whose == "contact.":
        return Remedy("Missions have it: write where:{name}.", name=name)
    if name in elsewhere:
        return Remedy("Contacts have it: write where:contact.{name}.", name=name)
    if there:
        return Remedy("There are: {there}.", there=", ".join(there))
    if elsewhere:
        prefix = "" if whose == "contact." else "contact."
        return Remedy("There are: {there}.", there=", ".join(f"{prefix}{one}" for one in elsewhere))
    return Remedy("No sheet had a column of your own.")


def _same(value: Value, wanted: Value | None) -> bool:
    if isinstance(value, str) or isinstance(wanted, str):
        return folded(str(value)) == folded(str(wanted))
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _is_ordered(name: str, value: Value, operator: str, wanted: Value | None) -> bool:
    if isinstance(value, date) and isinstance(wanted, date):
        order = (value > wanted) - (value < wanted)
    elif _is_number(value) and _is_number(wanted):
        order = (float(value) > float(wanted)) - (float(value) < float(wanted))  # type: ignore[arg-type]
    else:
        raise AudienceError(
            "audience.no-order",
            "{name} can't be compared by {operator}: it has {value!r}.",
            name=name,
            operator=operator,
            value=str(value),
            remedy="Numbers and dates (2024-03-18) can be; take = or != for words.",
        )
    return {">=": order >= 0, "<=": order <= 0, ">": order > 0, "<": order < 0}[operator]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
