"""Settles what stands in a sheet more than once: the same mission, or the same address of a mission, in several rows.

Rows that say the same are one. Where they differ, a person is asked, and says which row holds, that all do, or that all
are set aside. Until then nothing is taken of them that another of them denies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outreach.errors import Problem, SheetError
from outreach.missions.columns import SheetKind
from outreach.missions.own_columns import PREFIX, restored, written
from outreach.sentences import Sentence, saying
from outreach.text import address_key, folded, one_line
from outreach.vocabulary import Role

BOTH, ASIDE = "both", "aside"
"""What can be said of rows besides which one holds: all of them, as far as they agree; none of them."""
_OF_THE_PERSON = ("name", "form_of_address", "title", "gender_form")
_SHOWN = 60
_TWICE = "sheet.stands-twice"
_MOST_TOLD = 10
"""So many are told of each kind: rows of one, and questions."""


@dataclass(frozen=True, slots=True)
class TwiceRow:
    """One of several rows about the same: its place, by which it is chosen, and what it says otherwise."""

    place: str
    """`4`, or `Group II!4` where its sheet is another than that of most."""
    says: Mapping[str, str]
    """The fields in which the rows differ, as words."""


@dataclass(frozen=True, slots=True)
class StandsTwice:
    """Rows about the same mission or contact that differ, and what is made of them."""

    key: str
    """`FRA`, or `FRA mission@fra.mission.example`."""
    rows: tuple[TwiceRow, ...]
    held: str
    """The place of the row that holds, or `both` or `aside`."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        rows = [{"row": one.place, "says": dict(one.says)} for one in self.rows]
        return {"key": self.key, "rows": rows, "held": self.held}


@dataclass(slots=True)
class Doubles:
    """What a person has said of rows that stand twice, and which ones were found."""

    said: Mapping[str, str] = field(default_factory=dict)
    """By ISO3, address, or both: the place of the row that holds, `both` or `aside`; by nothing, of all."""
    found: list[StandsTwice] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def choice(self, key: str, places: Sequence[str]) -> str:
        """Return what was said of a key; empty where nothing was. Raises SheetError for what is none of its rows."""
        named = {_key(told): told for told in self.said}
        told = next((named[one] for one in (_key(key), _key(key.partition(" ")[2]), "") if one in named), None)
        if told is None:
            return ""
        self._used.add(told)
        how = self.said[told].strip()
        if how.casefold() in (BOTH, ASIDE):
            return how.casefold()
        if how not in places:
            raise SheetError(
                "sheet.no-such-row",
                "{key} stands in the rows {rows}, and not in {row}.",
                key=key,
                rows=", ".join(places),
                row=how,
                remedy="Say one of these rows, both, or aside.",
            )
        return how

    def require_used(self) -> None:
        """Raise SheetError where something was said of what does not stand twice."""
        for told in self.said:
            if told and told not in self._used:
                raise SheetError(
                    "sheet.not-twice",
                    "{key} does not stand there twice with differences.",
                    key=told,
                    remedy="Leave that out.",
                )


def _key(text: str) -> str:
    """Return a key as compared."""
    return " ".join(address_key(word) if "@" in word else word.upper() for word in text.split())


def what_it_says(values: Mapping[str, Any], *, own: bool = True) -> frozenset[tuple[str, str]]:
    """Return what a row says, by which two that say the same are found; `own` with the columns of one's own."""
    return frozenset(
        (name, repr(value))
        for name, value in values.items()
        if (own or not name.startswith(PREFIX)) and not _is_silent(name, value)
    )


def differences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the fields in which rows differ, in their order."""
    names = dict.fromkeys(name for values in rows for name in values if name not in ("iso3", "email"))
    return [name for name in names if len({_words(values.get(name)).casefold() for values in rows}) > 1]


def shown(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """Return the fields of a row as a person reads them."""
    return {name: _words(values.get(name))[:_SHOWN] for name in names}


def who_stay(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the places of those of several people at one box who are written to; all rows where they are of one."""
    names = {folded(str(values["name"])) for values in rows if values.get("name")}
    active = [place for place, values in enumerate(rows) if values.get("active") is not False]
    return active if len(names) > 1 and active else [*range(len(rows))]


def together(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """Return what rows about the same say alike, or one of them alone says, and the fields in which they contradict.

    Nothing is said of these: what is known of them stays, and a new contact is nobody's by name. Of one person, whoever
    is not to be written to in one row is not.
    """
    merged: dict[str, Any] = {}
    against: list[str] = []
    for name in dict.fromkeys(name for values in rows for name in values):
        said = [values[name] for values in rows if name in values and not _is_silent(name, values[name])]
        distinct = {_words(value).casefold() for value in said}
        if name in ("iso3", "email"):
            merged[name] = rows[0][name]
        elif name == "active":
            merged[name] = all(values.get(name) is not False for values in rows)
        elif said and isinstance(said[0], list):
            merged[name] = list({folded(tag): tag for tags in said for tag in tags}.values())
        elif len(distinct) > 1:
            against.append(name)
        else:
            merged[name] = said[0] if said else rows[0].get(name)
    if "name" in against:
        for name in _OF_THE_PERSON:
            merged.pop(name, None)
    return merged, against


def _is_silent(name: str, value: Any) -> bool:
    return value in ("", None, []) or (name == "role" and value is Role.GENERAL)


def _words(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, Mapping):
        return written(restored(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else one_line(str(value))


def asked_of(double: StandsTwice, against: Sequence[str], kind: SheetKind, where: str) -> Problem:
    """Return the question about rows that stand twice: what each says, and what is made of them."""
    first = double.rows[:_MOST_TOLD]
    told = (", ".join(f"{name} {text or '–'}" for name, text in one.says.items()) for one in first)
    rows = "; ".join(f"{one.place} ({says})" for one, says in zip(first, told, strict=True))
    rows += f" … (+{len(double.rows) - _MOST_TOLD})" if len(double.rows) > _MOST_TOLD else ""
    return Problem(
        "sheet.stands-twice",
        "{key} stands there more than once, in rows {rows}: {taken}",
        where=where,
        key=double.key,
        rows=rows,
        taken=_taken(double, against, kind),
        remedy="If one row holds, or none, {DOUBLE:say so}.",
    )


def summed_up(asked: Sequence[Problem]) -> list[Problem]:
    """Return what is asked with the first questions about rows that stand twice, and the others as one.

    Nobody answers thousands one by one; all of them are in the result's `doubles`.
    """
    twice = [one for one in asked if one.says.code == _TWICE]
    if len(twice) <= _MOST_TOLD:
        return list(asked)
    more = twice[_MOST_TOLD:]
    keys = ", ".join(str(one.says.facts["key"]) for one in more[:_MOST_TOLD])
    left = {id(one) for one in more}
    return [one for one in asked if id(one) not in left] + [
        Problem(
            "sheet.stand-twice-more",
            "{count} more {count:*stands|stand} there more than once, in rows that differ: {keys}",
            where=more[0].where, count=len(more), keys=keys + (" …" if len(more) > _MOST_TOLD else ""),
            remedy="If one row of each holds, or none, {DOUBLE:say so}; the list as data has them all.",
        )
    ]  # fmt: skip


def _taken(double: StandsTwice, against: Sequence[str], kind: SheetKind) -> Sentence:
    if double.held == ASIDE:
        return saying("sheet.twice-aside", "all are set aside")
    if double.held != BOTH:
        return saying("sheet.twice-row", "row {row} holds", row=double.held)
    if not against:
        return saying("sheet.twice-added", "they are taken together")
    if kind is SheetKind.CONTACTS and "name" in against:
        return saying("sheet.twice-nobody", "one letter goes there, and nobody is named in it")
    return saying(
        "sheet.twice-alike", "they are taken together, without what they contradict each other in ({fields})",
        fields=", ".join(against),
    )  # fmt: skip
