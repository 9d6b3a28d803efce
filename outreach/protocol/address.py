"""Forms of address: how a letter is addressed, opened and closed, by language and by who the person is.

The call (`Excellency`, `Madame l'Ambassadrice`) that opens a letter is the one that its close repeats, so that the two
can't disagree.
"""

from dataclasses import dataclass
from functools import lru_cache

from outreach.models import Contact, Mission
from outreach.protocol.person import Person
from outreach.protocol.person_reader import read_person
from outreach.protocol.ranks import Rank, rank_at
from outreach.protocol.seats import lines_of_mission, on_one_line, seat_of, words_of
from outreach.protocol.writer import writer_for
from outreach.vocabulary import Language, Role

_OF_THE_CHURCH = "VAT"
_NOBODY = Person(Role.GENERAL)
_KINDS_OF_SEAT = {
    Rank.SECRETARY_GENERAL: "organisation", Rank.CHAIRPERSON: "organisation", Rank.MINISTER: "ministry",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormOfAddress:
    """The words around one letter."""

    rank: Rank
    inside: tuple[str, ...]
    """The inside address, a line each: person, office, mission, seat."""
    envelope: str
    """The same on one line, as a registry clerk files it or an envelope bears it."""
    salutation: str
    closing: str


def rank_of(contact: Contact | None, seat: str = "mission") -> Rank:
    """Return the rank by which a contact is addressed; see `ranks.rank_at`."""
    return Rank.MISSION if contact is None else rank_at(read_person(contact), seat)


def address(mission: Mission, contact: Contact | None, language: Language) -> FormOfAddress:
    """Return the words around a letter to this contact, or to the mission as a whole where there is none."""
    return _form_of(mission.iso3, mission.city, _NOBODY if contact is None else read_person(contact), language)


@lru_cache(maxsize=4096)
def _form_of(iso3: str, city: str, person: Person, language: Language) -> FormOfAddress:
    """The same in each letter to a person: the check, the page and the approval ask for it, and every campaign."""
    seat = seat_of(iso3)
    rank = rank_at(person, seat, of_the_church=iso3 == _OF_THE_CHURCH)
    writer = writer_for(language, person, rank, seat)
    people = (writer.person(), writer.office()) if rank is not Rank.MISSION else ()
    # Whoever heads an organisation is written to there, and not at its delegation; a minister as the state's.
    at = lines_of_mission(iso3, city, language, _KINDS_OF_SEAT.get(rank, ""))
    inside = tuple(line for line in (*people, *at) if line)
    salutation, closing = writer.salutation_and_closing()
    return FormOfAddress(
        rank=rank,
        inside=inside,
        envelope=on_one_line(inside, language),
        salutation=salutation,
        closing=closing,
    )


def collective(language: Language) -> str:
    """Return the salutation of an open letter, to all missions at once."""
    return str(words_of(language)["collective"])


def collective_closing(language: Language) -> str:
    """Return the close of an open letter, which is as plural as its salutation."""
    return str(words_of(language)["collective_closing"])


__all__ = ["FormOfAddress", "Rank", "address", "collective", "collective_closing", "rank_of"]
