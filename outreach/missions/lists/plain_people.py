"""Who a row of a list is about: name, function, title, gender form, and who has which address."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from outreach.errors import Problem
from outreach.missions import closed_lists
from outreach.missions.books.cell_values import NamedAddress
from outreach.missions.books.cells import column_letter
from outreach.missions.lexicon import lexicon
from outreach.missions.lists.headings import Heading, says_an_end
from outreach.missions.lists.list_finder import FoundList, is_like_a_name, read, state_of
from outreach.missions.lists.people_words import (
    PersonWords,
    excludes,
    gender_of_prefix,
    in_a_line,
    is_function,
    is_past,
    is_vacant,
    role_of,
    says_former,
    says_gone,
    several_people,
    split_person,
    successor,
)
from outreach.missions.lists.recasting import Asking
from outreach.missions.word_lists import word_list
from outreach.text import folded, one_line
from outreach.vocabulary import GenderForm, Role

_BESIDE = re.compile(r"[\n;,|<>/:()]|\s[-–—]\s")
"""What parts a name from the address beside it."""
_LONGEST_CELL = 500
_OF_MISSIONS = frozenset(folded(word) for word in word_list("functions", "of_missions"))
_FORMER = frozenset(word_list("heading_words", "former"))


class PeopleOfRows:
    """Reads the people of a list's rows; what is doubtful is asked."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def person(self, one: FoundList, row: int) -> dict[str, str]:
        """Return role, name, title and gender form of a row's own person, as far as it has columns for them."""
        fields: dict[str, str] = {}
        parts = _parts(one, row)
        names = one.of("name")
        text = next((t for n in names if (t := in_a_line(read(one, row, n).text))), "")
        if any(parts):
            self._asking.need()
            whole = all(any(read(one, row, n).text.strip() for n in _own(one, kind)) for kind in ("first", "last"))
            if not text or whole:  # a display name may be anything
                text = _joined(one, row, parts)
        if after := successor(text):
            self._asking.note("succeeded", f"{row} ({text[:60]} → {after[:40]})", one, asks=True)
            text = after
        prefixes = [one_line(read(one, row, n).text) for n in _own(one, "prefix")]
        beside, titles = self._prefixes_and_titles(one, row)
        prefixes += beside
        gender = next((g for p in prefixes if p and (g := gender_of_prefix(p))), None)
        title, before, taken = next(filter(None, titles), ""), "", None
        if names or parts:
            taken = split_person(text)
            before = taken.before[:200]
            self._asking.need(taken.taken_apart or (taken.name and taken.name != text))
            if taken.vacant and text:
                self._asking.note("vacant", f"{row} ({text[:20]})", one)
            if taken.title or taken.aside:
                self._asking.note("apart", f"{row} ({text[:40]} → {taken.name[:40]})", one)
            if not (taken := self._no_mission(taken)).name:
                taken = self._standing_in(one, row) or taken
                title = title or taken.title
            fields["name"], gender = taken.name, taken.gender_form or gender
            title = _with_charge(title, taken.title) or (taken.title if role_of(taken.title)[0] else "")
        form = next(filter(None, prefixes), "")
        if prefixes or before:
            # What was taken off the name is kept: how the person is addressed is read from it (outreach/protocol).
            fields["form_of_address"] = f"{form} {before}".strip() if folded(before) != folded(form) else form
        of_column = self._gender_of_column(one, row)
        differ = self._differ(one, row, {gender, *map(gender_of_prefix, prefixes)}, of_column, title)
        self._role(one, row, fields, title)
        if one.of("title") or fields.get("title") or title:
            fields.setdefault("title", title)
        self._gender(one, row, fields, gender, of_column)
        if differ:
            fields |= {"form_of_address": "", "gender_form": str(of_column or "")}
        return fields | _of_who_stands_in(taken)

    @staticmethod
    def _prefixes_and_titles(one: FoundList, row: int) -> tuple[list[str], list[str]]:
        """Return what stands before the name and what the person is: of `Dr.` beside a function, that is the title."""
        cells = [one_line(read(one, row, n).text) for n in one.of("title")]
        offices = any(map(_is_office, cells))
        prefixes = [c for c in cells if _is_prefix(c) or (offices and c and not _is_office(c) and len(c.split()) == 1)]
        return prefixes, [cell for cell in cells if cell not in prefixes]

    def _no_mission(self, taken: PersonWords) -> PersonWords:
        """Return nobody where a name is that of a mission: `Permanent Mission of Spain`, as cards have it."""
        if len(taken.name.split()) > 2 and state_of(taken.name):
            self._asking.need()
            return PersonWords("")
        return taken

    def _differ(
        self, one: FoundList, row: int, said: set[GenderForm | None], of_column: GenderForm | None, title: str
    ) -> bool:
        """Ask where a row says both Mr and Ms of its person: `M.` beside `Chargée d'affaires`, `Mr` beside `Ms Ana`."""
        cells = [title, *(one_line(read(one, row, n).text) for n in one.of("role", "title"))]
        words = [word for cell in cells for word in re.split(r"[,;/]| [-–—] ", cell[:_LONGEST_CELL])]
        offices = {office.gender for word in words if (office := lexicon().office(word.strip())) is not None}
        known = (said | offices) - {None}
        if known and of_column is not None and known != {of_column}:
            texts = (one_line(read(one, row, n).text) for n in one.of("prefix", "name", "gender"))
            self._asking.note("other-gender", f"{row} ({', '.join(filter(None, texts))[:60]})", one, asks=True)
            return True
        differ = len(known) > 1
        if differ:
            texts = (one_line(read(one, row, n).text) for n in one.of("prefix", "name", "role", "title"))
            self._asking.note("genders", f"{row} ({', '.join(filter(None, texts))[:60]})", one, asks=True)
        return differ

    def several(self, one: FoundList, row: int, person: dict[str, str]) -> list[PersonWords]:
        """Ask about a cell that names several people. Each gets an address of the row, else nobody is named."""
        addresses = sum(read(one, row, n).text.count("@") for n in one.of("email"))
        for n in one.of("name"):
            cell = read(one, row, n)
            people = several_people(cell.text) or _listed_people(cell.text, addresses)
            if people:
                person.update(dict.fromkeys(("name", "gender_form", "form_of_address"), ""))
                for said in (read(one, row, n).text for n in one.of("role", "title")):
                    lines = [line for part in said.splitlines() if (line := one_line(part))]
                    if len(lines) == len(people):
                        people = [each._replace(title=line) for each, line in zip(people, lines, strict=True)]
                self._asking.question(
                    Problem(
                        "cell.several-people",
                        "{value} names {count} people: where the row has as many addresses each has their own, "
                        "else nobody is named",
                        where=f"{one.sheet.name}!{column_letter(n)}{row}",
                        value=f'"{one_line(cell.text)[:60]}"',
                        count=len(people),
                        remedy="Give each a row if that is not so.",
                    )
                )
                return people
        return []

    def _standing_in(self, one: FoundList, row: int) -> PersonWords | None:
        """Return who leads the mission while its head's post is vacant, where a column without an address says so."""
        addressed = {head.whose for head in one.columns.values() if head.kind == "email"}
        for n in one.of("person"):
            head = one.columns[n]
            taken = split_person(read(one, row, n).text)
            if head.role is Role.PERMANENT_REPRESENTATIVE and head.whose not in addressed and taken.name:
                self._asking.need()
                return taken._replace(title=taken.title or one_line(one.heading(n))[:200])
        return None

    def _role(self, one: FoundList, row: int, fields: dict[str, str], title: str) -> None:
        columns = one.of("role")
        text = next((t for n in columns if (t := one_line(read(one, row, n).text))), "")
        named = (*one.of("name"), *_own(one, "first"), *_own(one, "last"))
        headed = next((one.columns[n].role for n in named if one.columns[n].role), None)
        if columns and folded(text) in _OF_MISSIONS:  # `Observer`: what the mission is, and nobody's function
            self._asking.note("of-missions", f"{row} ({text[:20]})", one)
            fields["role"] = str(role_of(title)[0] or (headed if fields.get("name") else None) or Role.GENERAL)
        elif columns:
            role, words = role_of(text)
            if role is None and (of_title := role_of(title)[0]):
                self._asking.need()
                role, words, text = of_title, "", ""  # `Individual`, `Organization`: a kind of contact and no function
            fields["role"] = str(role or Role.GENERAL)
            if words and not says_former(text):
                self._asking.need()
                fields["title"] = title or words[:200]
            if text and role is None and not is_vacant(text) and not is_function(text) and not says_former(text):
                self._asking.note("role", f"{row} ({text[:40]})", one, asks=True)
        elif fields.get("name") and (headed or (title and role_of(title)[0])):
            self._asking.need()
            fields["role"] = str(role_of(title)[0] or headed)

    def _gender_of_column(self, one: FoundList, row: int) -> GenderForm | None:
        columns = _own(one, "gender")
        text = next((t for n in columns if (t := read(one, row, n).text.strip())), "")
        return self._letter_of_gender(one, columns, text) or closed_lists.gender_form(text)

    def _gender(
        self,
        one: FoundList,
        row: int,
        fields: dict[str, str],
        of_prefix: GenderForm | None,
        found: GenderForm | None,
    ) -> None:
        columns = _own(one, "gender")
        text = next((t for n in columns if (t := read(one, row, n).text.strip())), "")
        if text and found is None and not closed_lists.says_unknown(text):
            self._asking.note("gender", f"{row} ({one_line(text)[:20]})", one)
        if columns or of_prefix:
            self._asking.need(found is None and of_prefix is not None)
            # What a program writes where nobody chose says less than the form of address that somebody did choose.
            fields["gender_form"] = str(found or ("" if text and not _is_unchosen(text) else of_prefix) or "")

    def _letter_of_gender(self, one: FoundList, columns: Sequence[int], text: str) -> GenderForm | None:
        """Read a single letter by those beside it: with H or V for men, M is a woman (mujer)."""
        if len(text) != 1 or not columns:
            return None
        letters = {read(one, row, n).text.strip().casefold() for row in one.rows for n in columns}
        spanish = bool(letters & {"h", "v"}) and "f" not in letters
        if spanish:
            self._asking.need()
        return (
            {"h": GenderForm.MASCULINE, "v": GenderForm.MASCULINE, "m": GenderForm.FEMININE}.get(text.casefold())
            if spanish
            else None
        )

    def other(self, one: FoundList, row: int, head: Heading, own: Mapping[str, str]) -> dict[str, str]:
        """Return the fields of an address that has a function of its own, with the name that belongs to it."""
        fields = {"role": str(head.role or Role.GENERAL)} if head.kind == "email" else {}
        before = [one_line(read(one, row, n).text) for n in _own(one, "prefix", head)]
        for n in one.of("person"):
            other = one.columns[n]
            if head.whose and (
                other.whose == head.whose or (other.role is head.role and other.role is not Role.GENERAL)
            ):
                fields |= self._somebody(one, row, in_a_line(read(one, row, n).text))
        for n in one.of("office"):
            said = one_line(read(one, row, n).text)
            if head.whose != one.columns[n].whose or not said:
                continue
            if _is_prefix(said):
                before.append(said)
                continue
            role, words = role_of(said)
            fields |= {"role": str(role)} if role and not head.role else {}
            fields |= {"title": (words or said)[:200]} if not is_vacant(said) else {}
        if head.whose and "name" not in fields and any(parts := _parts(one, row, head)):
            fields |= self._somebody(one, row, _joined(one, row, parts))
        if form := " ".join(filter(None, before)):
            fields["gender_form"] = str(gender_of_prefix(form) or fields.get("gender_form", ""))
            fields["form_of_address"] = " ".join(filter(None, (form, fields.get("form_of_address", ""))))
        genders = _own(one, "gender", head) if head.whose else ()
        said = next((t for n in genders if (t := read(one, row, n).text.strip())), "")
        if found := closed_lists.gender_form(said):
            fields["gender_form"] = str(found)
        same = next((one.columns[n].role for n in one.of("name") if one.columns[n].role), None)
        if head.whose and "name" not in fields and same and same is head.role and same is not Role.GENERAL:
            return {**own, **fields}
        return fields

    def _somebody(self, one: FoundList, row: int, text: str) -> dict[str, str]:
        """Return the fields of whom a cell names beside the row's own person; who has left is not written to."""
        if after := successor(text):
            self._asking.note("succeeded", f"{row} ({text[:60]} → {after[:40]})", one, asks=True)
            text = after
        elif left := says_gone(text):
            self._asking.note("out-asked", f"{one.sheet.name}!{row}: {one_line(left)[:60]}", one, asks=True)
            return {**_said_of(split_person(text)), "active": "no"}
        taken = self._no_mission(split_person(text))
        if taken.vacant and text:
            self._asking.note("vacant", f"{row} ({text[:20]})", one)
        return {**_said_of(taken), **({"title": taken.title[:200]} if taken.title else {})}


def _listed_people(text: str, addresses: int) -> list[PersonWords]:
    """Return the people of a cell that lists whole names, as linked records and forms do; empty for one person.

    Two with a comma may be one, with the family's name first, unless the row has two addresses.
    """
    parts = [part.strip() for part in _LISTED.split(text[:_LONGEST_CELL]) if part.strip()]
    people = [split_person(part) for part in parts]
    whole = [one for one in people if " " in one.name and is_like_a_name(one.name)]
    if len(parts) < 2 or len(whole) < len(parts):
        return []
    is_plain = len(parts) > 2 or not {",", "，", "、"} & set(text)
    return people if is_plain or addresses == len(parts) else []


_LISTED = re.compile(r"[,;&|\n，；、/]|\s(?:and|et|и)\s")


def named_beside(box: NamedAddress, text: str, addresses: int = 1) -> dict[str, str]:
    """Return the fields of who an address belongs to, by the name with it, or by one beside it in its cell's text.

    Where a cell has several addresses, what stands in the same part of it counts, their function too.
    """
    if box.name:
        return _said_of(split_person(box.name))
    if addresses > 1:
        parts = [part for part in re.split(r"[;\n]", text[:_LONGEST_CELL]) if part.count("@") == 1]
        text = next((part for part in parts if box.address.casefold() in part.casefold()), "")
        named = named_beside(box, text)
        function = next(
            (p for p in _BESIDE.split(text) if named.get("name") and role_of(p)[0] and not split_person(p).name), ""
        )
        return named | office_of(PersonWords("", function.strip()))
    place = text.casefold().find(box.address.casefold())
    beside = f"{text[:place]}\n{text[place + len(box.address) :]}" if place >= 0 else text
    people = (split_person(one_line(part)) for part in _BESIDE.split(beside[:_LONGEST_CELL]))
    found = next((one for one in people if one.name and is_like_a_name(one.name)), None)
    return _said_of(found) if found else {}


def _said_of(person: PersonWords) -> dict[str, str]:
    """Return who somebody is by their name and what stands before it; what is not said of them stays as it is."""
    return {name: value for name, value in fields_of(person).items() if value or name == "name"}


def _of_who_stands_in(taken: PersonWords | None) -> dict[str, str]:
    """Return the office of who leads a mission while a post is vacant: what else the row says is about the post."""
    if taken is None or not taken.stands_in:
        return {}
    return {"title": taken.title, "role": str(role_of(taken.title)[0] or Role.GENERAL)}


def _with_charge(title: str, behind_the_name: str) -> str:
    """Return a title, with what is said behind the name where that is of a chargé: who stands in is no head."""
    adds = title and _is_charge(behind_the_name) and not _is_charge(title)
    return f"{title}, {behind_the_name}" if adds else title


def _is_charge(title: str) -> bool:
    return any(
        (office := lexicon().office(part.strip())) is not None and office.key == "charge" for part in title.split(",")
    )


def is_of_the_past(words: str, today: date) -> bool:
    """Tell whether words beside an address say that it is old: `old:`, `(until 2020)`, `bounced`."""
    if not words.strip():
        return False
    asked = set(folded(words).split())
    return (
        bool(_FORMER & asked)
        or bool(excludes(words, remark=True))
        or (says_an_end(words) and is_past(words, today) is True)
    )


def fields_of(person: PersonWords | None) -> dict[str, str]:
    """Return the fields that say who a person is; none of nobody."""
    if person is None:
        return {}
    return {
        "name": person.name, "gender_form": str(person.gender_form or ""), "form_of_address": person.before
    }  # fmt: skip


def office_of(person: PersonWords | None) -> dict[str, str]:
    """Return the fields of the function that is said of one of several people of a row; none where none is."""
    role = role_of(person.title)[0] if person else None
    return {"role": str(role), "title": person.title[:200]} if person and role else {}


def _parts(one: FoundList, row: int, head: Heading | None = None) -> list[str]:
    """Return the parts of a name in a row: those of the row's own person, or of whom an address belongs to."""
    return [one_line(read(one, row, n).text) for kind in ("first", "middle", "last") for n in _own(one, kind, head)]


def _joined(one: FoundList, row: int, parts: Sequence[str]) -> str:
    """Return a name of its parts; the family's name first and without spaces, where it is written so."""
    there = [part for part in parts if part and not is_vacant(part)]
    if there and all(_IDEOGRAPHS.fullmatch(part) for part in there):
        family = [one_line(read(one, row, n).text) for n in _own(one, "last")]
        return "".join([*(part for part in there if part in family), *(part for part in there if part not in family)])
    return " ".join(there)


_IDEOGRAPHS = re.compile(r"[\u4e00-\u9fff]{1,6}")


def _own(one: FoundList, kind: str, head: Heading | None = None) -> list[int]:
    """Return the columns of a kind that say nothing of whose they are, or that are of the same person as an address."""
    if head is None:
        return [n for n in one.of(kind) if not one.columns[n].whose]
    return [n for n in one.of(kind) if (o := one.columns[n]).whose and (o.whose == head.whose or o.role is head.role)]


def each_their_own(boxes: Sequence[NamedAddress], people: Sequence[PersonWords]) -> dict[NamedAddress, PersonWords]:
    """Return who of as many people has which address: the one that bears their name, else the one at their place."""
    named = {
        box: bearing[0]
        for box in boxes
        if len(bearing := [one for one in people if _bears(box.address.partition("@")[0], one.name)]) == 1
    }
    if len(set(map(id, named.values()))) == len(people):
        return named
    return dict(zip(boxes, people, strict=True))


def _bears(local: str, name: str) -> bool:
    return any(len(word) > 2 and word in folded(local).replace(" ", "") for word in folded(name).split())


def _is_office(text: str) -> bool:
    return role_of(text)[0] is not None or is_function(text)


def _is_unchosen(text: str) -> bool:
    return folded(text) in word_list("remarks", "unchosen")


def _is_prefix(text: str) -> bool:
    return (
        bool(text)
        and (gender_of_prefix(text) is not None or not split_person(f"{text} Xx").title)
        and split_person(f"{text} Xx").name == "Xx"
    )
