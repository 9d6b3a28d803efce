"""Where a person stands for protocol: the rank by which one is addressed, and what one is at the mission."""

from collections.abc import Sequence
from enum import StrEnum

from outreach.protocol.person import Office, Person
from outreach.vocabulary import GenderForm, Role


class Rank(StrEnum):
    """What protocol takes a person for; the names are those of the tables in words/xx.toml."""

    ROYAL = "royal"
    EMINENCE = "eminence"
    PRELATE = "prelate"
    AMBASSADOR = "ambassador"
    SECRETARY_GENERAL = "secretary_general"
    """Who heads an organisation that is written to."""
    CHAIRPERSON = "chairperson"
    """Who heads one that a commission leads, such as the African Union."""
    MINISTER = "minister"
    """A state's minister for foreign affairs, whose letter goes by way of the mission."""
    CHARGE = "charge"
    DEPUTY = "deputy"
    DIPLOMAT = "diplomat"
    MISSION = "mission"
    """A general box, a vacant post, or nobody in particular: the mission as a whole."""


HEADS = frozenset({Rank.SECRETARY_GENERAL, Rank.CHAIRPERSON, Rank.MINISTER})
"""Who is written to at the organisation or the state itself, by the office alone."""
HIGH = HEADS | {Rank.AMBASSADOR, Rank.PRELATE}
"""The ranks whose bearers are Excellencies."""
ROYAL_STYLES = ("royal_highness", "imperial_highness", "serene_highness", "highness")
# What leads and what assists, at each kind of seat.
_HEAD = {
    "mission": "permanent_representative",
    "observer": "permanent_observer",
    "delegation": "head_of_delegation",
    "organisation": "head_of_delegation",
}
_SECOND = {
    "mission": "deputy_permanent_representative",
    "observer": "deputy_permanent_observer",
    "delegation": "deputy_head_of_delegation",
    "organisation": "deputy_head_of_delegation",
}
SECONDS = frozenset(_SECOND.values())
_LEADING = (*_HEAD.values(), "head_of_mission")
_CHARGES = ("charge", "charge_titular")
_PRELATES = frozenset({"archbishop", "bishop", "most_reverend", "right_reverend"})
_RANKS_HELD = frozenset({
    "ambassador", "minister", "minister_plenipotentiary", "minister_counsellor", "first_counsellor",
    "second_counsellor", "counsellor", "first_secretary", "second_secretary", "third_secretary", "attache",
    "military_attache", "defence_attache",
})  # fmt: skip
_OF_MANY = frozenset({"delegation", "organisation"})


def rank_at(person: Person, seat: str, *, of_the_church: bool = False) -> Rank:
    """Return the rank by which a person is addressed: by what the sheet says of them, else by the role.

    A general box and a vacant post are the mission. A box that bears somebody's name is that person's, who is called
    by what the sheet says, and heads nothing by the role: a counsellor, an ambassador, an organisation's head. Whoever
    leads a mission is an ambassador, unless the sheet says another thing; an office counts where its words begin with
    it: an assistant to the ambassador is none. `seat` is as in `seats.seat_of`; one `of_the_church` is held by clergy.
    """
    if person.name and seat != "mission" and person.has_office("secretary_general", "commission_chair"):
        return Rank.SECRETARY_GENERAL if person.has_office("secretary_general") else Rank.CHAIRPERSON
    if person.has_office("foreign_minister") and not person.vacant:
        return Rank.MINISTER
    if person.vacant or (person.role is Role.GENERAL and not person.name):
        return Rank.MISSION
    if any(style in ROYAL_STYLES for style in person.styles):
        return Rank.ROYAL
    if "eminence" in person.styles or any(title.key == "cardinal" for title in person.titles):
        return Rank.EMINENCE
    # One who is an ambassador by rank stays so while in charge of the mission.
    if person.has_office(*_CHARGES) and not person.has_office("ambassador"):
        return Rank.CHARGE
    if person.has_office("nuncio") or any(title.key in _PRELATES for title in person.titles):
        return Rank.PRELATE
    # An organisation at its own seat sends nobody: who leads there is no ambassador.
    # Nor is who is a deputy by the title: the role's column may have been filled by box.
    by_role = person.role is Role.PERMANENT_REPRESENTATIVE and seat != "organisation"
    deputises = person.has_office(*SECONDS) and not person.has_office(*_LEADING)
    leads = person.has_office("ambassador", "ambassador_at_large") or (by_role and not deputises)
    if leads or "excellency" in person.styles:
        clergy = person.has_kind("clergy") or (of_the_church and not person.has_office("ambassador"))
        lay = of_the_church and person.gender is GenderForm.FEMININE
        return Rank.PRELATE if clergy and not lay else Rank.AMBASSADOR
    return Rank.DEPUTY if person.role is Role.DEPUTY or person.has_office(*SECONDS) else Rank.DIPLOMAT


def offices_of(person: Person, rank: Rank, seat: str) -> Sequence[Office]:
    """Return the offices that the sheet names, an ambassador first, with the one that the role adds to a mere rank."""
    named = sorted(person.offices, key=lambda office: office.key != "ambassador")
    if rank in HEADS or person.has_office(*_CHARGES):
        return named
    offices = list(named)
    if person.role is Role.PERMANENT_REPRESENTATIVE and not person.mentions_office(*_LEADING):
        if not offices and rank is Rank.AMBASSADOR and seat not in _OF_MANY:
            offices.append(Office("ambassador", ""))
        if not person.mentions_office(*SECONDS) and not (named and seat == "organisation"):
            designate = any(office.designate for office in named)
            offices.append(Office(_HEAD[seat], "", designate=designate))
    only_rank = all(office.key in _RANKS_HELD for office in person.offices)
    if person.role is Role.DEPUTY and only_rank and not person.has_office(*SECONDS):
        offices.append(Office(_SECOND[seat], ""))
    if person.role is Role.HUMAN_RIGHTS_EXPERT and not (person.name or offices):
        offices.append(Office("human_rights_expert", ""))
    return offices
