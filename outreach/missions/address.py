"""Forms of address: how a letter is addressed, opened and closed, by language and by what is known of the person.

Nobody's gender is ever guessed: a feminine or masculine form is used only where the sheet names it. The forms
are data, in address.toml beside this file, which names its sources.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from outreach.missions.facts import states
from outreach.missions.names import of_state
from outreach.models import Contact, Mission
from outreach.text import folded, one_line
from outreach.vocabulary import Language, Role

GENEVA = "Geneva"


class Rank(StrEnum):
    """What protocol takes a person for; the names are those of the tables in address.toml."""

    AMBASSADOR = "ambassador"
    CHARGE = "charge"
    DEPUTY = "deputy"
    FIRST_SECRETARY = "first_secretary"
    DIPLOMAT = "diplomat"
    MISSION_BOX = "mission_box"


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


_CHINESE = re.compile("[\u4e00-\u9fff]")  # written without spaces between words
_COMMA = {Language.ARABIC: "، ", Language.CHINESE: "，"}
_BY_ROLE = {
    Role.PERMANENT_REPRESENTATIVE: Rank.AMBASSADOR,
    Role.DEPUTY: Rank.DEPUTY,
    Role.HUMAN_RIGHTS_EXPERT: Rank.DIPLOMAT,
    Role.GENERAL: Rank.MISSION_BOX,
}


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("address.toml").read_text(encoding="utf-8"))


def rank_of(contact: Contact | None) -> Rank:
    """Return the rank by which a contact is addressed: by form of address and title where they say it, else by role.

    A general box is the mission, whoever reads it. A rank counts where the words begin with it: an assistant to the
    ambassador is none. Only a chargé may add it at the end, as in `Minister Counsellor, Chargé d'affaires a.i.`
    """
    if contact is None or contact.role is Role.GENERAL:
        return Rank.MISSION_BOX
    return _rank(contact.title, contact.form_of_address, contact.role)


@lru_cache(maxsize=4096)
def _rank(title: str, form_of_address: str, role: Role) -> Rank:
    said = [folded(text) for text in (title, form_of_address) if text]
    if any(f" {word}" in f" {text}" for text in said for word in _rank_words()[Rank.CHARGE]):
        return Rank.CHARGE
    if role is Role.PERMANENT_REPRESENTATIVE:
        return Rank.AMBASSADOR
    return next((rank for rank in _rank_words() if _begins(said, rank)), _BY_ROLE[role])


def address(mission: Mission, contact: Contact | None, language: Language) -> FormOfAddress:
    """Return the words around a letter to this contact, or to the mission as a whole where there is none."""
    rank = rank_of(contact)
    forms: Mapping[str, Any] = _file()[language][rank]
    form = str(contact.gender_form) if contact is not None and contact.gender_form is not None else "neutral"
    name = one_line(contact.name) if contact is not None else ""

    def said(*keys: str) -> str:
        entry = next((forms[key] for key in keys if key in forms), "")
        words: str = entry if isinstance(entry, str) else entry.get(form, entry["neutral"])
        # The name goes in as it is, whatever braces it holds.
        return words.replace("{name}", name)

    person = said("addressed") if name and rank is not Rank.MISSION_BOX else ""
    office = _office(contact, rank, said("office_named", "office") if person else said("office"))
    inside = tuple(line for line in (person, office, *mission_lines(mission, language)) if line)
    return FormOfAddress(
        rank=rank,
        inside=inside,
        envelope=_COMMA.get(language, ", ").join(inside),
        salutation=said("salutation_named", "salutation") if name else said("salutation"),
        closing=said("closing"),
    )


def mission_lines(mission: Mission, language: Language) -> list[str]:
    """Return the mission's own lines of an address: what it is, and where it is accredited."""
    words = _file()[language]
    state = states()[mission.iso3]
    in_geneva = _is_geneva(mission.city)
    lines = words["mission"] if in_geneva else words.get("mission_elsewhere", words["mission"])
    said = {"{of}": of_state(state, language), "{formal}": state.formal(language)}
    named = [re.sub(r"\{of\}|\{formal\}", lambda match: said[match[0]], line) for line in lines]
    seat = words["geneva" if in_geneva else "elsewhere"]
    return [*named, seat] if seat else named


@lru_cache(maxsize=1024)
def _is_geneva(city: str) -> bool:
    return folded(city) in {"", folded(GENEVA), "geneve", "ginebra", "genf"}


def collective(language: Language) -> str:
    """Return the salutation of an open letter, to all missions at once."""
    return str(_file()[language]["collective"])


def collective_closing(language: Language) -> str:
    """Return the close of an open letter."""
    return str(_file()[language]["mission_box"]["closing"])


def _office(contact: Contact | None, rank: Rank, of_rank: str) -> str:
    """Return what the person is. The sheet's own words go first, unless they say no more than the rank does."""
    if contact is None or rank is Rank.MISSION_BOX:
        return ""
    title = one_line(contact.title)
    if rank is Rank.AMBASSADOR and contact.role is not Role.PERMANENT_REPRESENTATIVE:
        return title  # an ambassador who is not the permanent representative: only the sheet knows as what
    return of_rank if not title or folded(title) in _translated() else title


@cache
def _rank_words() -> dict[Rank, tuple[str, ...]]:
    return {Rank(rank): tuple(folded(word) for word in words) for rank, words in _file()["ranks"].items()}


@cache
def _translated() -> frozenset[str]:
    return frozenset(folded(title) for title in _file()["translated"]["titles"])


def _begins(said: list[str], rank: Rank) -> bool:
    return any(
        f"{text} ".startswith(f"{word} ") or (text.startswith(word) and _CHINESE.match(text) and "馆" not in text)
        for text in said
        for word in _rank_words()[rank]
    )
