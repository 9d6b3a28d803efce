"""Who is written to: members of the Human Rights Council as of a date, observers, groups, lists, tags.

Membership is always asked as of a date, and a Council that is incomplete in the data is refused: it would leave
out a member and nobody would notice.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple

from sqlmodel import Session, col, select

from outreach.errors import AudienceError
from outreach.missions import closed_lists
from outreach.missions.books.cell_values import meant_state
from outreach.missions.closed_lists import Group
from outreach.missions.directory import find_missions, list_missions
from outreach.missions.facts import addressees, bodies, find_state, states
from outreach.missions.names import NamedStates, short_name
from outreach.missions.past import with_vote
from outreach.missions.where import with_field
from outreach.models import Mission, Term
from outreach.sentences import Remedy, saying
from outreach.text import folded

SEATS = {
    Group.AFRICAN: 13,
    Group.ASIA_PACIFIC: 13,
    Group.EASTERN_EUROPEAN: 6,
    Group.LATIN_AMERICAN: 8,
    Group.WESTERN_EUROPEAN: 7,
}
"""The 47 seats of the Council by regional group (UN General Assembly resolution 60/251, paragraph 7)."""

WORDS = "hrc-members, hrc-observers, all, group:NAME, iso:FRA,DEU, org:EU, tag:NAME, where:FIELD=VALUE, vote:SYMBOL=yes"


class Sitting(NamedTuple):
    """A state's term on the Council: whole calendar years, first and last included."""

    iso3: str
    first_year: int
    last_year: int


class Roll:
    """What audiences are told from on a calendar date; each fact is read once, when it is first asked for."""

    def __init__(self, session: Session, as_of: date) -> None:
        """Read from a session, for as long as it lasts."""
        self.session, self.as_of = session, as_of

    @cached_property
    def directory(self) -> dict[str, Mission]:
        """The missions by ISO3, in its order."""
        return {mission.iso3: mission for mission in find_missions(self.session)}

    @cached_property
    def council(self) -> dict[str, Sitting]:
        """The members of the Council, as the function `council` tells them. Raises AudienceError."""
        return council(self.session, self.as_of)


def resolve(
    session: Session, audience: Sequence[str], exceptions: Sequence[str], as_of: date, *, roll: Roll | None = None
) -> list[Mission]:
    """Return the missions that an audience names, each once, in the order of their ISO3.

    `audience` is a union of: hrc-members | hrc-observers | all | group:NAME | iso:FRA,DEU | org:EU |
    tag:NAME | where:FIELD=VALUE | vote:SYMBOL=yes. Bodies that are no states (`org:`) are in `all`, and neither members
    nor observers. `exceptions` are ISO3 codes that are left out; one that is not in the audience has no effect.
    `as_of` is the calendar date on which membership of the Council is asked; `roll` is what was read for it already.

    Raises AudienceError where the audience can't be told for sure: a word, group, tag or code that there is not,
    a Council that is incomplete in the data, a member that is not in the directory, or nobody left.
    """
    roll = roll or Roll(session, as_of)
    directory = roll.directory
    if not directory:
        raise AudienceError(
            "directory.empty",
            "The directory is empty.",
            remedy="Import the missions first{IMPORT_MISSIONS}.",
        )
    if not audience:
        raise AudienceError(
            "audience.none-named", "No audience is named.", words=WORDS, remedy="Name one or more of {words}."
        )
    left_out = set(_codes(exceptions))
    chosen: set[str] = set()
    for word in audience:
        chosen |= _named_by(roll, word) - left_out
    missing = sorted(chosen - directory.keys())
    if missing:
        raise AudienceError(
            "audience.not-in-directory",
            "Not in the directory, or no longer in its file: {missing}.",
            missing=_with_names(missing),
            codes=",".join(missing),
            remedy="Import it, or leave it out{EXCEPT}."
            if len(missing) == 1
            else "Import them, or leave them out{EXCEPT}.",
        )
    if not chosen:
        raise AudienceError(
            "audience.nobody-left",
            "Nobody is left in the audience {audience}.",
            audience=" + ".join(audience),
            remedy="Check the audience and its exceptions.",
        )
    return [directory[iso3] for iso3 in sorted(chosen)]


def council(session: Session, as_of: date) -> dict[str, Sitting]:
    """Return the members of the Council on a calendar date, by ISO3, each with its term.

    Raises AudienceError unless there are exactly 47: 13 African, 13 Asia-Pacific, 6 Eastern European, 8 Latin
    American and Caribbean, 7 Western European and Others.
    """
    terms = _terms(session)
    if not terms:
        raise AudienceError(
            "audience.no-terms",
            "There are no terms on the Human Rights Council in the data.",
            remedy="Import a workbook with the sheet HRC terms.",
        )
    groups = _groups(session)
    members = _members(terms, as_of.year)
    seats = _seats(members, groups)
    if len(members) != sum(SEATS.values()) or seats != SEATS:
        there = ", ".join(f"{group.value} {seats[group]} of {SEATS[group]}" for group in Group)
        stray = sorted(iso3 for iso3 in members if closed_lists.group(groups.get(iso3, "")) is None)
        raise AudienceError(
            "audience.incomplete",
            "The Human Rights Council is not complete in the data on {as_of}: {count} members of "
            "{seats} ({there}{strays}).",
            as_of=as_of,
            count=len(members),
            seats=sum(SEATS.values()),
            there=there,
            strays=saying("audience.strays", "; in no group: {names}", names=_with_names(stray)) if stray else "",
            terms=_complete_years(terms, groups),
            remedy="{terms} Import the missing terms (sheet HRC terms), or take another date{AS_OF}.",
        )
    return members


def member_until(session: Session, iso3s: Iterable[str], as_of: date) -> dict[str, int]:
    """Return the last calendar year of its present term for each of these states that is a member on a date.

    It does not ask whether the Council is complete. Terms end on 31 December.
    """
    members = _members(_terms(session), as_of.year)
    return {iso3: members[iso3].last_year for iso3 in sorted(set(iso3s)) if iso3 in members}


def _named_by(roll: Roll, word: str) -> set[str]:
    directory = roll.directory
    kind, colon, name = word.strip().partition(":")
    match folded(kind), bool(colon):
        case "all", False:
            return set(directory)
        case "hrc members", False:
            return set(roll.council)
        case "hrc observers", False:
            return (set(directory) & states().keys()) - roll.council.keys()
        case "group", True:
            return _in_group(name, directory)
        case "iso", True:
            return set(_codes([name]))
        case "org", True:
            return _bodies(name)
        case "where", True:
            return with_field(roll.session, name, directory.values())
        case "vote", True:
            return with_vote(roll.session, name, directory)
        case "tag", True:
            return _with_tag(name, directory)
    raise AudienceError(
        "audience.word", "There is no audience {word!r}.", word=word, words=WORDS, remedy="Take one or more of {words}."
    )


def _in_group(name: str, directory: dict[str, Mission]) -> set[str]:
    group = closed_lists.group(name)
    if group is None:
        raise AudienceError(
            "audience.group",
            "There is no regional group {name!r}.",
            name=name,
            group=", ".join(Group),
            remedy="There are: {group}.",
        )
    return {iso3 for iso3, mission in directory.items() if closed_lists.group(mission.regional_group) is group}


def _with_tag(name: str, directory: dict[str, Mission]) -> set[str]:
    found = {
        iso3 for iso3, mission in directory.items() if folded(name) in {folded(tag) for tag in mission.tags} - {""}
    }
    if not found:
        there = sorted({tag for mission in directory.values() for tag in mission.tags}, key=folded)
        raise AudienceError(
            "audience.tag",
            "No mission has the tag {name!r}.",
            name=name,
            remedy=Remedy("There are: {there}.", there=", ".join(there))
            if there
            else Remedy("No mission has any (sheet Missions, column Tags)."),
        )
    return found


def _bodies(texts: str) -> set[str]:
    """Return the codes of bodies that are no states, by code, abbreviation or name: `EU`, `ICRC,OIC`."""
    codes = set()
    for text in filter(None, (part.strip() for part in re.split(r"[,;]", texts))):
        # `AU` is Australia's code too: here it is asked for among the bodies first.
        found = next((one for one in bodies().values() if folded(one.iso2) == folded(text)), None) or find_state(text)
        if found is None or found.iso3 in states():
            there = ", ".join(f"{code} ({short_name(addressees()[code], 'en')})" for code in bodies())
            raise AudienceError(
                "audience.org",
                "There is no organisation {name!r}.",
                name=text,
                there=there,
                remedy="There are: {there}.",
            )
        codes.add(found.iso3)
    return codes


def _codes(texts: Iterable[str]) -> list[str]:
    """Return the ISO3 codes in texts that list them with commas, semicolons or spaces."""
    codes = [code for text in texts for code in re.split(r"[,;\s]+", text) if code]
    for code in codes:
        if code.upper() not in addressees():
            meant = meant_state(code)
            cure = (
                Remedy("Did you mean {iso3}?", iso3=meant.iso3)
                if meant
                else Remedy("Write three-letter codes, as in iso:FRA,DEU.")
            )
            raise AudienceError(
                "audience.iso3", "{code!r} is no ISO3 code of a member or observer state.", code=code, remedy=cure
            )
    return [code.upper() for code in codes]


def _terms(session: Session) -> list[Sitting]:
    query = select(Term.iso3, Term.first_year, Term.last_year).where(col(Term.absent_since).is_(None))
    return [Sitting(*row) for row in session.exec(query.order_by(col(Term.iso3), col(Term.first_year)))]


def _members(terms: Iterable[Sitting], year: int) -> dict[str, Sitting]:
    return {term.iso3: term for term in terms if term.first_year <= year <= term.last_year}


def _groups(session: Session) -> dict[str, str]:
    """Return each state's group: as the directory has it, or else as the facts do."""
    groups = dict(_groups_of_facts())
    groups.update((mission.iso3, mission.regional_group) for mission in list_missions(session, include_absent=True))
    return groups


@cache
def _groups_of_facts() -> Mapping[str, str]:
    return {iso3: state.regional_group for iso3, state in states().items()}


def _seats(members: Iterable[str], groups: dict[str, str]) -> dict[Group, int]:
    counted = Counter(closed_lists.group(groups.get(iso3, "")) for iso3 in members)
    # A member in no group makes the numbers differ from those of the Council, as it should.
    return {group: counted[group] for group in Group}


def _complete_years(terms: Sequence[Sitting], groups: dict[str, str]) -> str:
    first, last = min(term.first_year for term in terms), max(term.last_year for term in terms)
    complete = []
    for year in range(first, last + 1):
        members = _members(terms, year)
        if len(members) == sum(SEATS.values()) and _seats(members, groups) == SEATS:
            complete.append(str(year))
    return f"Complete are: {', '.join(complete)}." if complete else "No year in the data is complete."


def _with_names(iso3s: Iterable[str]) -> NamedStates:
    known = addressees()
    named = ((iso3, short_name(known[iso3], "en") if iso3 in known else "") for iso3 in iso3s)
    return NamedStates(named, "{iso3} ({name})")
