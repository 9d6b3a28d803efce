"""What the fields of a letter hold: a mission and its contact, the words around a letter, those who sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outreach.letters.merge_fields import FieldGroup
from outreach.letters.signers import LetterSignatory, Signatories
from outreach.missions.address import address, collective, collective_closing
from outreach.missions.facts import states
from outreach.missions.names import of_state, short_name
from outreach.models import Contact, Mission
from outreach.text import one_line
from outreach.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Addressee:
    """A mission and the contacts that get its letter; the first one is addressed."""

    mission: Mission
    contacts: tuple[Contact, ...]

    @property
    def first(self) -> Contact | None:
        """The contact that the letter is addressed to; None for a mission without one."""
        return self.contacts[0] if self.contacts else None

    @property
    def wanted_language(self) -> Language:
        """The language that the addressed contact, or else the mission, corresponds in."""
        return (self.first.language if self.first else None) or self.mission.language


class Lines(tuple[str, ...]):
    """Lines that stay apart where they are put into a letter, such as an address."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


_MISSION_FIELDS = ("iso3", "name", "formal_name", "of", "group", "city")
_CONTACT_FIELDS = ("form_of_address", "name", "title", "role", "email")
_LISTS = ("individuals", "organisations", "count", "people", "as_of", "since", "new")
FIELDS = {"mission": _MISSION_FIELDS, "contact": _CONTACT_FIELDS, "campaign": ("name",), "signatories": _LISTS}
"""The groups of fields that every letter has, and what is in each. `letter` has the facts of its letter.toml."""
SINGLE_FIELDS = ("salutation", "closing", "inside_address", "envelope", "date", "language", "open")
"""The fields that stand alone."""


def values_for(addressee: Addressee, language: Language, missing: list[str]) -> dict[str, Any]:
    """Return the fields that differ from one mission's letter to another's. Empty ones that are used are noted."""
    contact = addressee.first
    words = address(addressee.mission, contact, language)
    person = {name: str(getattr(contact, name)) if contact else "" for name in _CONTACT_FIELDS}
    return {
        "open": False,
        "mission": FieldGroup("mission", _mission(addressee.mission, language), missing),
        "contact": FieldGroup("contact", person, missing),
        "salutation": words.salutation,
        "closing": words.closing,
        "inside_address": Lines(one_line(line) for line in words.inside),
        "envelope": words.envelope,
    }


def open_values(language: Language, missing: list[str]) -> dict[str, Any]:
    """Return the same fields for the open edition, which is addressed to nobody alone: no mission and no contact."""
    return {
        "open": True,
        "mission": FieldGroup("mission", dict.fromkeys(_MISSION_FIELDS, ""), missing),
        "contact": FieldGroup("contact", dict.fromkeys(_CONTACT_FIELDS, ""), missing),
        "salutation": collective(language),
        "closing": collective_closing(language),
        "inside_address": Lines(),
        "envelope": "",
    }


def _mission(mission: Mission, language: Language) -> Mapping[str, Any]:
    state = states()[mission.iso3]
    english = language is Language.ENGLISH
    values = (
        mission.iso3,
        # In English the sheet's own words count: the team may have changed them.
        mission.short_name if english else short_name(state, language),
        mission.formal_name if english else state.formal(language),
        of_state(state, language),
        mission.regional_group,
        mission.city,
    )
    return dict(zip(_MISSION_FIELDS, values, strict=True))


def signatory_values(signatories: Signatories, language: Language) -> FieldGroup:
    """Return the lists of signatories as a template sees them, in the order of its language."""
    ordered = signatories.in_order(language)
    values = (
        [_signatory(one) for one in ordered.individuals],
        [_signatory(one) for one in ordered.organisations],
        len(ordered),
        sum(len(one.people) for one in ordered.individuals),
        ordered.as_of,
        ordered.since,
        [_signatory(one) for one in ordered.new],
    )
    return FieldGroup("signatories", dict(zip(_LISTS, values, strict=True)), [])


_SIGNATORY_FIELDS = ("name", "title", "affiliation", "acronym", "country", "website", "signed_on")


def _signatory(signatory: LetterSignatory) -> FieldGroup:
    return FieldGroup("signatory", {name: getattr(signatory, name) for name in _SIGNATORY_FIELDS}, [])
