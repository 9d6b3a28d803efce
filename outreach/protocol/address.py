"""Forms of address: how a letter is addressed, opened and closed, by language and by who the person is.

The words are data, in words/xx.toml, each file with its sources. The call (`Excellency`, `Madame l'Ambassadrice`)
that opens a letter is the one that its close repeats, so that the two can't disagree.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from outreach.models import Contact, Mission
from outreach.protocol.person import Office, Person, Title, read_person
from outreach.protocol.seats import comma_of, mission_lines, seat_of, words_of
from outreach.vocabulary import GenderForm, Language, Role


class Rank(StrEnum):
    """What protocol takes a person for; the names are those of the tables in words/xx.toml."""

    ROYAL = "royal"
    EMINENCE = "eminence"
    PRELATE = "prelate"
    AMBASSADOR = "ambassador"
    SECRETARY_GENERAL = "secretary_general"
    """Who heads an organisation that is written to."""
    CHARGE = "charge"
    DEPUTY = "deputy"
    DIPLOMAT = "diplomat"
    MISSION = "mission"
    """A general box, a vacant post, or nobody in particular: the mission as a whole."""


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


_SLOT = re.compile(r"\{(call|called|polite|titled|family|name)\}")
_ROYAL_STYLES = ("royal_highness", "imperial_highness", "serene_highness", "highness")
_LEADING = ("permanent_representative", "permanent_observer", "head_of_delegation", "head_of_mission")
_PRELATES = frozenset({"archbishop", "bishop", "most_reverend", "right_reverend"})
_RANKS_HELD = frozenset({
    "ambassador", "minister", "minister_plenipotentiary", "minister_counsellor", "first_counsellor", "counsellor",
    "first_secretary", "second_secretary", "third_secretary", "attache",
})  # fmt: skip
_MOST_IMPORTANT = ("own", "military", "clergy", "royal", "noble", "knight", "custom", "academic", "honour")
_CAPITALS = frozenset({Language.FRENCH, Language.SPANISH, Language.RUSSIAN})
# The Most Reverend takes the place of H.E. unless the sheet has that too; The Honourable follows it.
_STAND_ALONE = frozenset({"most_reverend", "right_reverend"})
_WITH_ARTICLE = frozenset({*_STAND_ALONE, "honourable", "right_honourable"})
_OF_MANY = frozenset({"delegation", "organisation"})
_LEAST = {"father": 1, "sister": 1, "reverend": 2, "graduate": 3}
"""Titles that give way to any other, and by how much."""
_CHARGES = ("charge", "charge_titular")
_HIGH = frozenset({Rank.AMBASSADOR, Rank.PRELATE, Rank.SECRETARY_GENERAL})
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


def rank_of(contact: Contact | None, seat: str = "mission") -> Rank:
    """Return the rank by which a contact is addressed: by what the sheet says of the person, else by the role.

    A general box and a vacant post are the mission; a box that bears the name of an organisation's head is that
    person's. Whoever leads a mission is an ambassador, unless the sheet says another thing; an office counts
    where its words begin with it: an assistant to the ambassador is none.
    """
    return Rank.MISSION if contact is None else _rank(read_person(contact), seat)


def _seat_of_a_person(iso3: str, seat: str) -> str:
    """Whom a seat is held by: at the Holy See by clergy, at an organisation by its own people, else by diplomats."""
    return "observer" if iso3 == "VAT" else seat if seat in _OF_MANY else "mission"


def _rank(person: Person, seat: str) -> Rank:
    leads = person.role is Role.PERMANENT_REPRESENTATIVE or person.has_office("ambassador", "nuncio")
    if person.name and seat in _OF_MANY and person.has_office("secretary_general"):
        return Rank.SECRETARY_GENERAL
    if person.role is Role.GENERAL or person.vacant:
        return Rank.MISSION
    if any(style in _ROYAL_STYLES for style in person.styles):
        return Rank.ROYAL
    if "eminence" in person.styles or any(title.key == "cardinal" for title in person.titles):
        return Rank.EMINENCE
    if person.has_office(*_CHARGES):
        return Rank.CHARGE
    if person.has_office("nuncio") or any(title.key in _PRELATES for title in person.titles):
        return Rank.PRELATE
    if leads or "excellency" in person.styles:
        clergy = person.has_kind("clergy") or (seat == "observer" and not person.has_office("ambassador"))
        return (
            Rank.PRELATE
            if clergy and not (seat == "observer" and person.gender is GenderForm.FEMININE)
            else (Rank.AMBASSADOR)
        )
    if person.role is Role.DEPUTY or person.has_office(*_SECOND.values()):
        return Rank.DEPUTY
    return Rank.DIPLOMAT


def address(mission: Mission, contact: Contact | None, language: Language) -> FormOfAddress:
    """Return the words around a letter to this contact, or to the mission as a whole where there is none."""
    seat = seat_of(mission.iso3)
    person = read_person(contact) if contact is not None else Person(Role.GENERAL)
    rank = Rank.MISSION if contact is None else _rank(person, _seat_of_a_person(mission.iso3, seat))
    said = _Said(words_of(language), language, person, rank, seat)
    people = (said.person(), said.office()) if rank is not Rank.MISSION else ()
    # Whoever heads an organisation is written to there, and not at its delegation.
    at = mission_lines(mission, language, "organisation" if rank is Rank.SECRETARY_GENERAL else "")
    inside = tuple(line for line in (*people, *at) if line)
    salutation, closing = said.salutation_and_closing()
    return FormOfAddress(
        rank=rank,
        inside=inside,
        envelope=comma_of(language).join(inside),
        salutation=salutation,
        closing=closing,
    )


def collective(language: Language) -> str:
    """Return the salutation of an open letter, to all missions at once."""
    return str(words_of(language)["collective"])


def collective_closing(language: Language) -> str:
    """Return the close of an open letter, which is as plural as its salutation."""
    return str(words_of(language)["collective_closing"])


@dataclass(frozen=True, slots=True)
class _Said:
    """Says a person in one language."""

    words: Mapping[str, Any]
    language: Language
    who: Person
    rank: Rank
    seat: str

    def _form(self, entry: Any) -> str:
        """Return an entry in the form that the sheet names, else in the one that fits everybody."""
        if entry is None or isinstance(entry, str):
            return entry or ""
        if self.who.gender is not None:
            return str(entry[self.who.gender])
        return str(entry.get("unnamed", entry["neutral"]) if not self.who.name else entry["neutral"])

    def person(self) -> str:
        """Return the line with the person's name; empty without one."""
        if not self.who.name:
            return ""
        style = self._style()
        titled = self._titled()
        if self.language is Language.ENGLISH and style:
            # H.E. Most Reverend …, H.E. the Honourable …
            honoured = titled.startswith(("The Honourable ", "The Right Honourable "))
            titled = f"the {titled[4:]}" if honoured else titled.removeprefix("The ")
        line = self._joined(style, titled)
        # Where no courtesy stands before them, an article and a Russian abbreviation begin the line.
        begins = not style and line != self.who.name and self.language in _CAPITALS
        return line[:1].upper() + line[1:] if begins else line

    def _style(self) -> str:
        styles = self.words["style"]
        royal = next((key for key in _ROYAL_STYLES if key in self.who.styles), "")
        if royal:
            return self._form(styles[royal])
        if self.rank is Rank.EMINENCE:
            return self._form(styles["eminence"])
        if self.rank not in _HIGH:
            return ""
        if (
            self.language is Language.ENGLISH
            and "excellency" not in self.who.styles
            and any(title.key in _STAND_ALONE for title in self._titles())
        ):
            return ""
        excellency = styles["excellency"]
        if self.words.get("civility_first") and self.who.has_kind("knight"):
            return str(excellency["neutral"])  # Excmo. goes with Sr., which a Sir and a Lord are not
        return self._form(excellency)

    def _titles(self) -> list[Title]:
        titles = sorted(self.who.titles, key=lambda title: _MOST_IMPORTANT.index(title.kind))
        if self.language is not Language.ENGLISH and self.who.has_kind("clergy"):
            # `Rev. Msgr.`: only English puts two after each other.
            highest = min((t for t in titles if t.kind == "clergy"), key=lambda title: _LEAST.get(title.key, 0))
            titles = [title for title in titles if title.kind != "clergy" or title is highest]
        if self.language is not Language.ENGLISH and self.who.has_kind("academic"):
            # A lesser degree beside a doctor's is said in English only.
            highest = min((t for t in titles if t.kind == "academic"), key=lambda title: _LEAST.get(title.key, 0))
            titles = [
                title for title in titles if title.key not in _LEAST or title.kind != "academic" or title is highest
            ]
        if self.who.has_office("nuncio") and not self.who.has_kind("clergy"):
            # Nuncios are archbishops (Code of Canon Law, can. 362-367, and the usage of the Holy See).
            titles.insert(0, Title("clergy", "most_reverend", "The Most Reverend", True))
        return titles

    def _titled(self) -> str:
        """Return the name with its titles, or with the civility where the sheet has no title."""
        titles = [said for title in self._titles() if (said := self._title(title))]
        if self.language is Language.FRENCH:
            titles = [one for n, one in enumerate(titles) if not n or one not in {"Dr", "Madame", "Monsieur"}]
        civility = self._form(self.words["civility"])
        if self.words.get("name_first"):
            kept = [title.written for title in self._titles() if title.key not in self.words["titles"]]
            behind = "".join(one for one in dict.fromkeys(titles) if one not in kept) or civility
            return f"{' '.join([*kept, self.who.called])}{behind}"
        before = " ".join(dict.fromkeys(titles))
        called = self.who.has_kind("academic") or (self.rank in _HIGH and not self.who.has_kind("clergy", "knight"))
        if before and civility and self.words.get("civility_first") and called:
            # Excmo. Sr. Jeque …: the civility goes first, and once.
            titles = [one.removeprefix(civility).removeprefix("el ").removeprefix("la ").strip() for one in titles]
            before = " ".join([civility, *dict.fromkeys(filter(None, titles))])
        return f"{before or civility} {self.who.name}".strip()

    def _title(self, title: Title) -> str:
        english = self.language is Language.ENGLISH
        known = self.words["titles"].get(title.key)
        if known is None or (english and title.english):
            said = title.written
            if english and title.key in _WITH_ARTICLE:
                said = self._form(known)
            return f"{said} (ret.)" if title.retired and english else said
        return self._form(known)

    def _joined(self, style: str, name: str) -> str:
        if self.words.get("name_first"):
            return f"{name}{style}"
        return f"{style} {name}".strip()

    def office(self) -> str:
        """Return what the person is: the sheet's own words where they are in this language, else ours."""
        offices = self._offices()
        own = self.words.get("own_words", True) and all(
            office.language is self.language for office in offices if office.key and office.written
        )
        said = [one for one in (self._office(office, own=own) for office in offices) if one]
        pair = len(said) == 2 and offices[0].key == "ambassador" and " and " not in said[0]
        return str(self.words.get("ambassador_joint" if pair else "joint", self.words["joint"]).join(said))

    def _office(self, office: Office, *, own: bool) -> str:
        entry = self.words["office"].get(office.key)
        # The sheet's own words, unless they are of the other gender form: « Ambassadeur », for a woman.
        fits = self.who.gender in {None, office.gender} or isinstance(entry, str) or entry is None or (
            office.gender is None and self.who.gender is GenderForm.MASCULINE
        )  # fmt: skip
        if office.written and fits and (own or office.language is None):
            return office.written
        said = self._office_in_words(office)
        if said and office.aside:
            about = str(self.words["aside"][office.aside])
            return f"{said}（{about}）" if self.words.get("name_first") else f"{said} ({about})"
        return said if said or office.key == "ambassador" else office.written

    def _office_in_words(self, office: Office) -> str:
        """Return an office in the letter's language; empty where it can't be said without a guess at a gender form."""
        entry = self.words["office"].get(office.key)
        said = self._form(entry)
        if said or entry is None:
            return said
        if any(title.kind == "military" and title.key in self.words["titles"] for title in self.who.titles):
            return str(entry[GenderForm.MASCULINE])  # it agrees with the word before it: le Général, الفريق
        # Both forms, rather than a foreign language or no function at all; but a deputy that the role adds to a rank.
        added = office.key in _SECOND.values() and bool(self.who.offices) and office not in self.who.offices
        return "" if added else str(entry.get("unnamed", ""))

    def _offices(self) -> Sequence[Office]:
        """Return the offices that the sheet names, with the one that the role adds to a mere rank."""
        who = self.who
        offices = list(who.offices)
        only_rank = all(office.key in _RANKS_HELD for office in offices)
        charge = who.has_office(*_CHARGES)
        if self.rank is Rank.SECRETARY_GENERAL:
            return offices
        if who.role is Role.PERMANENT_REPRESENTATIVE and not charge and not who.has_office(*_LEADING):
            if not offices and self.rank is Rank.AMBASSADOR and self.seat not in {"delegation", "organisation"}:
                offices.append(Office("ambassador", ""))
            if not who.has_office(*_SECOND.values()):
                offices.append(Office(_HEAD[self.seat], ""))
        elif who.role is Role.DEPUTY and not charge and only_rank and not who.has_office(*_SECOND.values()):
            offices.append(Office(_SECOND[self.seat], ""))
        return offices

    def salutation_and_closing(self) -> tuple[str, str]:
        """Return how the letter begins and ends; both call the person alike."""
        forms, others = self.words[self.rank], self.words[Rank.DIPLOMAT]
        if self.rank is Rank.DEPUTY and self.seat != "mission" and forms["call"] != others["call"]:
            # The call of a deputy names that of a permanent representative: another's is called as other diplomats are.
            forms = {**others, "closing": forms.get("closing_plain", forms["closing"])}
        call = self._call(forms)
        name = self.who.name
        if name and "greeting_named" in forms and (forms.get("by_name") or not call):
            greeting = self._form(forms["greeting_named"])
        else:
            greeting = self._form(forms["greeting"]) if call else str(forms["greeting_plain"])
        closing = forms.get("closing", "") if call or "closing_plain" not in forms else forms["closing_plain"]
        said = {
            "call": call,
            "called": f"{call[:1].lower()}{call[1:]}",
            "polite": self._polite(),
            "titled": self._titled(),
            "family": self.who.family,
            "name": self.who.called,
        }
        return _filled(greeting, said), _filled(closing, said)

    def _call(self, forms: Mapping[str, Any]) -> str:
        if self.rank is Rank.MISSION:
            return str(forms.get("call", ""))
        royal = next((key for key in _ROYAL_STYLES if key in self.who.styles), "")
        if royal or self.rank is Rank.EMINENCE:
            return self._form(self.words["style_call"][royal or "eminence"])
        if self.rank not in _HIGH:
            calls = self.words["title_call"]
            for title in self.who.titles:
                if title.key in calls:
                    return self._form(calls[title.key])
        return self._form(forms.get("call"))

    def _polite(self) -> str:
        """Return the person as a salutation names one: with the family name where there is a title or civility."""
        who = self.who
        titles = self._titles()
        if self.words.get("name_first"):
            return self._titled()
        if not titles:
            civility = self._form(self.words["civility"])
            return f"{civility} {who.family}" if civility else who.called
        first = min(titles, key=lambda title: _LEAST.get(title.key, 0))
        if first.kind == "knight" and first.key in {"sir", "dame"}:
            return f"{self._title(first)} {who.called.split()[0]}"
        if first.kind == "clergy" and first.key in _LEAST:  # Father …, not Rev. Fr. …
            return f"{self._form(self.words['titles'][first.key]).removeprefix('The ')} {who.family}"
        return f"{self._title(first).removesuffix(' (ret.)').removeprefix('The ')} {who.family}"


def _filled(words: str, said: Mapping[str, str]) -> str:
    """Put a person into words. The name goes in as it is, whatever braces it holds."""
    return _SLOT.sub(lambda slot: said[slot[1]], words)
