"""Entries of a sign-on sheet that may be one and the same: told to a person, who knows."""

import difflib
import re
from collections.abc import Iterator, Sequence

from outreach.errors import Problem
from outreach.letters.signing.signers import SignOnRow, bare_name
from outreach.sentences import Remedy
from outreach.text import folded
from outreach.vocabulary import SignatoryKind

_NEAR = 0.9
_MOST_COMPARED = 2_000
_NUMBER = re.compile(r"\d+")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_LEGAL = frozenset({
    "the", "inc", "ltd", "llc", "ev", "e", "v", "asbl", "aisbl", "gmbh", "foundation", "of", "for", "and", "de",
    "des", "la",
    "le", "les", "du", "et", "y", "el", "los", "las", "a", "an",
})  # fmt: skip


def near_duplicates(rows: Sequence[SignOnRow]) -> Iterator[Problem]:
    """Yield entries that may be one and the same, each pair once: alike in name or acronym, or a person in two."""
    told: set[tuple[str, object]] = set()
    for problem in (*_by_person(rows), *_by_acronym(rows), *_by_name(rows)):
        pair = (problem.where, problem.says.facts["place"])
        if pair not in told:
            told.add(pair)
            yield problem


_CURE = Remedy("If they are one, remove one of the two; else take both.")


def _by_person(rows: Sequence[SignOnRow]) -> Iterator[Problem]:
    seen: dict[str, SignOnRow] = {}
    for row in rows:
        for person in row.signatory.people if row.signatory.kind is SignatoryKind.INDIVIDUAL else ():
            other = seen.setdefault(folded(bare_name(person)), row)
            if other is not row:
                yield Problem(
                    "signatories.person-twice",
                    "{name!r} may sign in {other!r} too ({place})",
                    name=row.signatory.name,
                    other=other.signatory.name,
                    place=other.where,
                    where=row.where,
                    remedy=_CURE,
                )


def _by_acronym(rows: Sequence[SignOnRow]) -> Iterator[Problem]:
    seen: dict[str, SignOnRow] = {}
    for row in rows:
        if row.signatory.kind is SignatoryKind.ORGANISATION and row.signatory.acronym:
            other = seen.setdefault(folded(row.signatory.acronym), row)
            if other is not row:
                yield Problem(
                    "signatories.acronym-twice",
                    "{name!r} and {other!r} both have the acronym {acronym} ({place})",
                    acronym=row.signatory.acronym,
                    name=row.signatory.name,
                    other=other.signatory.name,
                    place=other.where,
                    where=row.where,
                    remedy=_CURE,
                )


def _by_name(rows: Sequence[SignOnRow]) -> Iterator[Problem]:
    compared = rows[:_MOST_COMPARED]
    keys = [_key(row) for row in compared]
    words = [" ".join(sorted(key.split())) for key in keys]
    numbers = [_NUMBER.findall(one) for one in words]  # Section 12 and Section 13 are two
    for index, row in enumerate(compared):
        matcher = difflib.SequenceMatcher(b=words[index])
        for before in range(index):
            other = compared[before]
            same = keys[index] == keys[before]
            if other.signatory.kind is not row.signatory.kind:
                if same:
                    yield Problem(
                        "signatories.both-kinds",
                        "{name!r} signs as a person and as an organisation ({place})",
                        name=row.signatory.name,
                        other=other.signatory.name,
                        place=other.where,
                        where=row.where,
                        remedy=_CURE,
                    )
            elif same or (numbers[index] == numbers[before] and _alike(matcher, words[before])):
                yield Problem(
                    "signatories.alike",
                    "{name!r} looks like {other!r} ({place})",
                    name=row.signatory.name,
                    other=other.signatory.name,
                    place=other.where,
                    where=row.where,
                    remedy=_CURE,
                )
            elif row.signatory.kind is SignatoryKind.ORGANISATION and _is_part(keys[index], keys[before]):
                yield Problem(
                    "signatories.part",
                    "{name!r} may belong to {other!r}, or be it ({place})",
                    name=row.signatory.name,
                    other=other.signatory.name,
                    place=other.where,
                    where=row.where,
                    remedy=_CURE,
                )


def _key(row: SignOnRow) -> str:
    """A name without what stands in brackets, legal forms, articles and honorifics."""
    name = _BRACKETS.sub(" ", row.signatory.name)
    if row.signatory.kind is SignatoryKind.INDIVIDUAL:
        return folded(bare_name(name))
    return " ".join(word for word in folded(name).split() if word not in _LEGAL) or folded(name)


def _alike(matcher: "difflib.SequenceMatcher[str]", other: str) -> bool:
    matcher.set_seq1(other)
    return matcher.real_quick_ratio() > _NEAR and matcher.quick_ratio() > _NEAR and matcher.ratio() > _NEAR


def _is_part(one: str, other: str) -> bool:
    """Whether one name is the beginning of the other, in whole words; a single word is the beginning of many."""
    short, long = sorted((one, other), key=len)
    return " " in short and long.startswith(f"{short} ")
