"""What the fields of a letter hold: a mission and its contact, the words around a letter, those who sign."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from outreach.letters.group_names import GroupName
from outreach.letters.merge_fields import FieldGroup, OwnFields, PastYears
from outreach.letters.signing.signers import LetterSignatory, Signatories
from outreach.missions.facts import UnState, addressees
from outreach.missions.names import of_state, sentence_name, short_name
from outreach.missions.own_columns import fields_of_row
from outreach.models import Contact, Mission
from outreach.protocol.address import address, collective, collective_closing
from outreach.text import one_line
from outreach.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter may say of a mission besides its row: its term, its positions and votes, which own fields exist."""

    term_end: int | None = None
    """The last calendar year of its term on the Council, as of the campaign's date."""
    position: str = ""
    """In this campaign; empty where it is unknown."""
    positions: Mapping[str, str] = field(default_factory=dict)
    """In earlier campaigns, by the campaign's name as `name_of` makes it."""
    votes: Mapping[str, str] = field(default_factory=dict)
    """How it voted, by campaign, and by the symbol of the resolution where that is known."""
    past: Mapping[str, str] = field(default_factory=dict)
    """How it voted on the campaign's subject, by year as `name_of` makes it; a year of different votes is not there."""
    past_years: frozenset[str] = frozenset()
    """The years that `past` may have."""
    campaigns: frozenset[str] = frozenset()
    """The names that `positions` may have."""
    voted: frozenset[str] = frozenset()
    """The names that `votes` may have."""
    mission_fields: frozenset[str] = frozenset()
    """The own fields that any mission has, and that any contact has."""
    contact_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Addressee:
    """A mission and the contacts that get its letter; the first one is addressed."""

    mission: Mission
    contacts: tuple[Contact, ...]
    facts: "Facts | None" = None
    """What else is known of it; None where nobody has looked."""

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


_MISSION_FIELDS = ("iso3", "name", "formal_name", "of", "group", "city", "tags", "term_end", "position")
_MISSION_GROUPS = ("fields", "positions", "votes", "past")
_CONTACT_FIELDS = ("form_of_address", "name", "title", "role", "email")
_LISTS = ("individuals", "organisations", "count", "people", "as_of", "since", "new", "groups")
FIELDS = {
    "mission": (*_MISSION_FIELDS, *_MISSION_GROUPS),
    "contact": (*_CONTACT_FIELDS, "fields"),
    "campaign": ("name",),
    "signatories": _LISTS,
}
"""The groups of fields that every letter has, and what is in each. `letter` has the facts of its letter.toml."""
SINGLE_FIELDS = ("salutation", "closing", "inside_address", "envelope", "date", "language", "open")
"""The fields that stand alone."""
OF_ONE_MISSION = ("mission", "contact", "salutation", "closing", "inside_address", "envelope")
"""What differs from one mission's letter to another's: these fields and groups, and no others."""


def values_for(addressee: Addressee, language: Language, missing: list[str]) -> dict[str, Any]:
    """Return the fields that differ from one mission's letter to another's. Empty ones that are used are noted."""
    contact = addressee.first
    words = address(addressee.mission, contact, language)
    person: dict[str, Any] = {name: str(getattr(contact, name)) if contact else "" for name in _CONTACT_FIELDS}
    facts = addressee.facts
    own = _own(fields_of_row(contact) if contact else {})
    person["fields"] = OwnFields("contact.fields", own, missing, facts.contact_fields if facts else None)
    return {
        "open": False,
        "mission": FieldGroup("mission", _mission(addressee, language, missing), missing),
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
        "mission": FieldGroup(
            "mission",
            {
                **dict.fromkeys(_MISSION_FIELDS, ""),
                **{name: OwnFields(f"mission.{name}", {}, missing) for name in _MISSION_GROUPS},
            },
            missing,
        ),
        "contact": FieldGroup(
            "contact",
            {**dict.fromkeys(_CONTACT_FIELDS, ""), "fields": OwnFields("contact.fields", {}, missing)},
            missing,
        ),
        "salutation": collective(language),
        "closing": collective_closing(language),
        "inside_address": Lines(),
        "envelope": "",
    }


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return own fields as a letter has them: text is one line, as any that comes from a sheet."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in fields.items()}


def _mission(addressee: Addressee, language: Language, missing: list[str]) -> Mapping[str, Any]:
    mission, facts = addressee.mission, addressee.facts
    state = addressees()[mission.iso3]
    english = language is Language.ENGLISH
    values = (
        mission.iso3,
        # In English the sheet's own words count: the team may have changed them.
        mission.short_name if english and _changed(mission, state) else sentence_name(state, language),
        mission.formal_name if english else state.formal(language),
        of_state(state, language),
        GroupName(mission.regional_group, language) if mission.regional_group else "",
        mission.city,
        [one_line(tag) for tag in mission.tags] or "",
        facts.term_end if facts else None,
        facts.position if facts else "",
    )
    known = facts or Facts()
    groups = (
        OwnFields("mission.fields", _own(fields_of_row(mission)), missing, facts.mission_fields if facts else None),
        OwnFields("mission.positions", known.positions, missing, facts.campaigns if facts else None),
        OwnFields("mission.votes", known.votes, missing, facts.voted if facts else None),
        PastYears("mission.past", known.past, missing, facts.past_years if facts else None),
    )
    return {
        **dict(zip(_MISSION_FIELDS, values, strict=True)),
        **dict(zip(_MISSION_GROUPS, groups, strict=True)),
    }


def _changed(mission: Mission, state: UnState) -> bool:
    """Tell whether the team has given the mission another English name than the one that it is shipped with."""
    known = short_name(state, Language.ENGLISH)
    return mission.short_name not in {known, known.partition(" (")[0], sentence_name(state, Language.ENGLISH)}


def signatory_values(
    signatories: Signatories, language: Language, pictures: Container[str] = frozenset()
) -> FieldGroup:
    """Return the lists of signatories as a template sees them, in the order and the words of its language.

    `pictures` are the files of the letter's folder that can go out: another logo is as if there were none.
    """
    ordered = signatories.in_order(language)

    def each(entries: Iterable[LetterSignatory]) -> list[FieldGroup]:
        return [_signatory(one, language, pictures) for one in entries]

    values = (
        each(ordered.individuals),
        each(ordered.organisations),
        len(ordered),
        sum(len(one.people) for one in ordered.individuals),
        ordered.as_of,
        ordered.since,
        each(ordered.new),
        [
            FieldGroup(
                "group",
                {"kind": group.kind.value, "category": group.category, "heading": group.heading,
                 "entries": each(group.entries)},
                [],
            )
            for group in ordered.groups(language)
        ],
    )  # fmt: skip
    return FieldGroup("signatories", dict(zip(_LISTS, values, strict=True)), [])


_SIGNATORY_FIELDS = (
    "name", "title", "affiliation", "acronym", "country", "website", "representative", "signed_on", "category",
)  # fmt: skip
_IN_WORDS = frozenset({"name", "title", "affiliation", "country", "representative", "category"})
_PICTURED = ("logo", "signature")


def _signatory(one: LetterSignatory, language: Language, pictures: Container[str]) -> FieldGroup:
    values = {name: one.said(name, language) if name in _IN_WORDS else getattr(one, name) for name in _SIGNATORY_FIELDS}
    values |= {"kind": one.kind.value}
    for name in _PICTURED:
        file = getattr(one, name)
        values[name] = quote(file) if file in pictures else ""
    return FieldGroup("signatory", values, [])
