"""What the heading of a column says of it, where lists of contacts have other columns than ours."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from outreach.missions.columns import COLUMNS, SheetKind, names_states, squeezed
from outreach.missions.lists.people_words import (
    excludes,
    gender_of_prefix,
    is_about_writing,
    negates,
    one_gender,
    role_of,
)
from outreach.missions.word_lists import lists_of, word_list
from outreach.text import folded
from outreach.vocabulary import Role

_EMAIL_WORDS = frozenset(word_list("heading_words", "email"))
_HAS_EMAIL = {"messagerie", "mail", "email", "mails", "emails", "courriel", "correo", "mel"}
_NOT_AN_ADDRESS = {
    "complet",
    "complete",
    "full",
    "affichage",
    "nom",
    "type",
    "tipo",
    "typ",
    "mostrar",
    "anzeigename",
    "label",
    "display",
    "status",
    "count",
    "date",
    "sent",
    "password",
}
_TITLES = frozenset(word_list("heading_words", "titles"))
_LANGUAGE_WORDS = frozenset(word_list("heading_words", "language"))
_FORMER = frozenset(word_list("heading_words", "former"))
_LONGEST = 200
_BRACKETED = re.compile(r"[(（\[][^()（）\[\]]{0,80}[)）\]]")
_ABOUT = {"on", "sur", "sobre"}
"""What follows where a position is a stand: `Position on the text`."""
_NUMBERED = re.compile(r"(?<=[^\W\d_])\s{0,2}[1-9]$")
_DONE = frozenset(word_list("heading_words", "done"))
_ENDS = frozenset(word_list("heading_words", "ends"))
_COUNTRY = {"country", "pays", "pais"}
_PLACES = {"work", "home", "business", "office", "postal", "mailing", "billing", "shipping", "postale"}
_EMPLOYERS = {"company", "account", "employer", "societe", "empresa"}
_NO_EMPLOYER = {
    "owner",
    "id",
    "number",
    "no",
    "type",
    "website",
    "phone",
    "manager",
    "site",
    "status",
    "email",
    "since",
}
_PREDECESSORS = frozenset(word_list("heading_words", "predecessors"))
"""Whose column is about somebody else, who was there before."""
_KEEPERS = frozenset(word_list("heading_words", "keepers"))
_NOT = {"not", "never", "dont", "ne", "pas", "jamais", "nunca", "nicht", "nao", "niet", "не", "никогда", "لا"}
_OTHER_CHANNELS = frozenset(word_list("heading_words", "other_channels"))
_NOTES = frozenset(word_list("heading_words", "notes"))
_SCALES = frozenset(word_list("heading_words", "scales"))
_REASONS = frozenset(word_list("heading_words", "reasons"))
_COUNTED = {"count", "number", "sends", "rate"}
_COPIES = frozenset(word_list("heading_words", "copies"))
_OF_A_STATE = {
    "term",
    "terms",
    "hrc",
    "council",
    "membership",
    "member",
    "members",
    "membres",
    "miembros",
    "mandat",
    "conseil",
    "mandato",
    "consejo",
}
_PARTS = re.compile(r"[/|\n–—]| - | (?:o|or|ou|oder|или|أو) ")
_SAID = re.compile(r"[/|,&+\n–—]| - | (?:and|et|y|und|e|и|و) ")
_OF_A_CELL = {"name", "title", "role", "prefix"}
"""What one cell may say of a person, who is named there: `Name, function`."""
_EITHER = {"o", "or", "ou", "oder", "или", "أو", "and", "et", "y", "und", "и"}
_NAME_WORDS = {"name", "nom", "nombre", "имя", "اسم", "l", "of", "the", "s", "du", "de", "del", "la", "le"}
_OF_A_PERSON = {"contact", "individual", "person", "kontakt", "contacto", "personne"}
_PARTS_OF_A_PERSON = frozenset({"first", "middle", "last", "prefix", "gender", "name"})
_ORDINARY = frozenset(("", *word_list("heading_words", "ordinary")))
"""What a heading says of an address without saying whose it is: the first, the second, the one at work."""
_PEOPLE = frozenset(word_list("heading_words", "people"))


@dataclass(frozen=True, slots=True)
class Heading:
    """What a column holds: a kind such as `state`, `email`, `first`; and whose, where its heading names a function."""

    kind: str
    role: Role | None = None
    whose: str = ""
    """The words of the function, folded, by which a name and an address belong together; empty for the row's own."""
    unsure: bool = False
    """Whether the heading has words that are not known: a person is asked."""


@lru_cache(maxsize=4096)
def heading(text: str) -> Heading | None:
    """Return what a heading says of its column, in one language or two (`Name / Nom`); None where it is not known."""
    text = one_gender(text[:_LONGEST])
    found = _heading(text)
    if found is not None and not found.unsure:
        return found
    bare = _NUMBERED.sub("", _BRACKETED.sub(" ", text).strip(" ?:*"))
    if bare and bare != text and (head := heading(bare)) is not None:
        return head  # `Active (yes/no)`, `E-mail (office)`, `Contact 2`
    parts = [part for part in _PARTS.split(text[:200]) if part.strip()]
    heads = [head for part in parts if 1 < len(parts) <= 4 and (head := _heading(part)) is not None]
    if heads and len({head.kind for head in heads}) == 1:
        return next((head for head in heads if not head.unsure), heads[0])
    said = {head.kind for part in _SAID.split(text) if (head := _heading(part)) is not None}
    return Heading("name") if "name" in said and said <= _OF_A_CELL and len(said) > 1 else found


def _heading(text: str) -> Heading | None:
    asked = squeezed(text[:200])
    if not asked:
        return None
    if asked in _known():
        kind = _known()[asked]
        role = role_of(text)[0] if kind == "name" else None
        return Heading(kind, None if role is Role.GENERAL else role)  # `Head of mission` says who stands below it
    words = folded(text[:200]).split()
    aside = _aside(text, words)
    if aside is not None:
        return aside
    if len(words) < 6 and (plain := "cc" if "cc" in words else "language" if _LANGUAGE_WORDS & set(words) else ""):
        return Heading(plain)
    if _HAS_EMAIL & set(words) and _COPIES & set(words) and not negates(text):
        return Heading("cc")  # `E-mail of a colleague to copy`
    if _HAS_EMAIL & set(words) and not _NOT_AN_ADDRESS & set(words):
        return _whose("email", [word.rstrip("0123456789") for word in words if word not in _EMAIL_WORDS])
    if asked in _people():
        return _whose("person", words)
    if (part := _part_of_whose(words)) is not None:
        return part
    if len(words) > 1 and _NAME_WORDS & {words[0], words[-1]}:
        left = [word for word in words if word not in _NAME_WORDS]
        if squeezed(" ".join(left)) in _people() or role_of(" ".join(left))[0] not in (None, Role.GENERAL):
            return _whose("person", left)
    if names_states(text) is not None:
        return Heading("state")
    return _by_words(words)


def _part_of_whose(words: list[str]) -> Heading | None:
    """Return what a heading is that says a part of a name, and whose: `Surname Permanent Representative`.

    In `Contact First Name` and `Individual Prefix` it is the row's own person's.
    """
    if words[0] in _OF_A_PERSON and (kind := _known().get("".join(words[1:]), "")) in _PARTS_OF_A_PERSON:
        return Heading(kind)
    if (
        len(words) > 2
        and words[0] in _OF_A_PERSON
        and words[1].isdecimal()
        and _known().get("".join(words[2:])) == "role"
    ):
        return Heading("role", unsure=True)  # `Contact 2 role`
    for place in range(1, min(len(words), 8)):
        for part, whose in ((words[:place], words[place:]), (words[place:], words[:place])):
            kind = _known().get("".join(part), "")
            if _EITHER & {whose[0], whose[-1]}:
                continue  # `Jefe de misión o contacto` is two words for one thing
            if kind in _PARTS_OF_A_PERSON and (role := role_of(" ".join(whose))[0]) not in (None, Role.GENERAL):
                return Heading("person" if kind == "name" else kind, role, " ".join(whose))
            if kind in {"title", "role"} and role_of(" ".join(whose))[0] not in (None, Role.GENERAL):
                return Heading("office", role_of(" ".join(whose))[0], " ".join(whose))
    return None


def _aside(text: str, words: list[str]) -> Heading | None:
    """Return what a heading is that is about others, about what was, or about whom not to write to."""
    if _PREDECESSORS & set(words) or "前任" in text:
        return Heading("none")
    if _FORMER & set(words) and (_HAS_EMAIL | {"address", "adresse", "direccion", "почта", "адрес"}) & set(words):
        return Heading("old")
    if _KEEPERS & set(words) and len(words) < 5:
        return Heading("none")  # whose record it is in the office that keeps it
    if about_another_channel(text) and (excludes(text) or negates(text)):
        return Heading("none")  # `Opted out of fax`
    if words[0] in {"id", "guid"} or words[:2] == ["record", "id"]:
        return Heading("none")
    if words[:3] == ["do", "not", "modify"]:
        return Heading("none")  # what Dynamics knows a row again by
    if len(words) < _LONGEST_EXCLUSION and not _COUNTED & set(words) and (
        excludes(text) == "stopped" or _forbids_writing(text, words) or (excludes(text) and _REASONS & set(words))
    ):  # fmt: skip
        return Heading("optout")  # `Do not write`, `Email hard bounce reason`, `UNSUB_TIME`
    return None


_LONGEST_EXCLUSION = 12


def _forbids_writing(text: str, words: list[str]) -> bool:
    """Tell whether a heading says no to letters in plain words: `Do not allow Emails`."""
    return bool(_NOT & set(words)) and is_about_writing(text)


def _by_words(words: list[str]) -> Heading | None:
    """Return what a heading is by single words of it, where as a whole it is not known."""
    if _COUNTRY & set(words) and _PLACES & set(words):
        return Heading("place")
    if len(words) < 5 and _EMPLOYERS & set(words) and not _NO_EMPLOYER & set(words):
        return Heading("org")
    if words and all(gender_of_prefix(word) is not None for word in words):
        return Heading("prefix")  # `Mr/Ms – M./Mme`
    if _TITLES & set(words) and len(words) < 6 and not _ABOUT & set(words):
        return Heading("title", unsure=True)
    return Heading("name", unsure=True) if "name" in words and len(words) < 6 else None


def _whose(kind: str, words: list[str]) -> Heading:
    left = [word for word in words if word not in _ORDINARY]
    if not left:
        return Heading(kind, Role.GENERAL if {"general", "mission"} & set(words) else None)
    if left == ["cc"]:
        return Heading("cc")
    role = role_of(" ".join(words))[0] or role_of(" ".join(left))[0]
    return Heading(kind, role or Role.GENERAL, " ".join(left), unsure=role is None)


def is_of_a_person(text: str) -> bool:
    """Tell whether a heading says a part of who somebody is, or their address, and not whose."""
    return _known().get(squeezed(text[:200])) in _PARTS_OF_A_PERSON | {"email"}


def says_copies(text: str) -> bool:
    """Tell whether a heading is about who gets a copy: `Copie à`."""
    copies = not _COPIES.isdisjoint(folded(text[:_LONGEST]).split()) or "抄送" in text
    return copies and not negates(text)


def speaks_of_addresses(text: str) -> bool:
    """Tell whether a heading is about addresses, whatever it says of them: `E-mail status`."""
    return not _HAS_EMAIL.isdisjoint(folded(text[:_LONGEST]).split())


def heading_of_marks(text: str) -> Heading | None:
    """Return what a column of yes and no is, where its heading asks about writing: `May we write to you?`."""
    words = set(folded(text[:_LONGEST]).split())
    if says_copies(text):
        return Heading("tick-cc")
    if _DONE & words or not is_about_writing(text):
        return None
    return Heading("optout") if negates(text) or excludes(text) else Heading("active", unsure=True)


def says_an_end(text: str) -> bool:
    """Tell whether the heading of a column of dates is about when a person leaves."""
    words = set(folded(text[:_LONGEST]).split())
    return bool(_ENDS & words and not _OF_A_STATE & words) or any(c in text for c in ("离任", "结束", "至"))


def about_another_channel(text: str) -> bool:
    """Tell whether a heading is about telephones, faxes or short messages, and not about mail: `SMS status`."""
    words = set(folded(text[:_LONGEST]).split())
    return bool(_OTHER_CHANNELS & words) and not (_HAS_EMAIL & words) and not {"e", "address", "contact"} & words


def is_note(text: str) -> bool:
    """Tell whether a heading is that of remarks."""
    return not _NOTES.isdisjoint(folded(text[:_LONGEST]).split())


def is_scale(text: str) -> bool:
    """Tell whether a heading is that of a rank among other things, in which `baja` is low and not left: `Prioridad`."""
    return not _SCALES.isdisjoint(folded(text[:_LONGEST]).split()) or any(c in text for c in ("优先", "级别", "重要"))


def of_a_term(text: str) -> bool:
    """Tell whether words are about a state's term on the Council."""
    return not _OF_A_STATE.isdisjoint(folded(text[:_LONGEST]).split())


def is_plain_address(text: str) -> bool:
    """Tell whether a heading says that its column holds addresses, in a word that is ours."""
    return _known().get(squeezed(text[:200])) == "email"


def is_own_heading(text: str) -> bool:
    """Tell whether the strict reader knows a heading too."""
    return any(column.is_called(text) for column in COLUMNS[SheetKind.CONTACTS] if column.field)


@cache
def _people() -> frozenset[str]:
    return frozenset(map(squeezed, _PEOPLE))


@cache
def _known() -> dict[str, str]:
    fields = {"iso3": "code", "gender_form": "gender", "form_of_address": "prefix", "email": "email"}
    known: dict[str, str] = {}
    for column in COLUMNS[SheetKind.CONTACTS]:
        for name in (column.header, column.field, *column.synonyms):
            known.setdefault(squeezed(name), fields.get(column.field, column.field or "state"))
    for kind, names in lists_of("headings").items():
        known.update({squeezed(name): kind for name in names})
    known["head of mission".replace(" ", "")] = "name"
    known.pop("", None)
    return known
