"""Who signs: the people and organisations under a letter, as they stand in it.

They come from a file in the letter's folder, or from the campaign, into which they were imported (sign_on.py reads
both). An entry may be several people, such as two sisters who sign together: it stands on one line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from outreach.letters.collation import sort_key
from outreach.vocabulary import Language, SignatoryKind

# What stands between people who sign in one entry.
_BETWEEN = re.compile(r"\s*(?:;|\n|&|،|、|\s(?:and|et|y|e|и|و|和)\s)\s*")


@dataclass(frozen=True, slots=True)
class LetterSignatory:
    """A person (name, title, affiliation) or an organisation (name, acronym, country, website, logo)."""

    name: str
    kind: SignatoryKind = SignatoryKind.INDIVIDUAL
    title: str = ""
    affiliation: str = ""
    acronym: str = ""
    country: str = ""
    website: str = ""
    logo: str = ""
    sort_as: str = ""
    """Where it stands in the list, if not by its name: a family name."""
    signed_on: date | None = None

    @property
    def people(self) -> list[str]:
        """The people of an entry: several may sign in one. An organisation is itself."""
        if self.kind is SignatoryKind.ORGANISATION:
            return [self.name]
        # What stands in brackets or behind a stroke says who they are: `A and B (sister and cousin of C) / witnesses`.
        names = re.sub(r"\([^()]*\)", " ", self.name).partition(" / ")[0]
        return [" ".join(name.split()) for name in _BETWEEN.split(names) if name.strip()] or [self.name]


@dataclass(frozen=True, slots=True)
class Signatories:
    """The two lists under a joint letter."""

    individuals: tuple[LetterSignatory, ...] = ()
    organisations: tuple[LetterSignatory, ...] = ()
    as_of: date | None = None
    """The day that the lists are of; None where the letter's folder says it."""
    since: date | None = None
    """The day that the lists of the last letters that went out were of; None for the first ones."""
    sorted: bool = False
    """Whether the lists are put into the order of the letter's language; else they stand as in the file."""

    def __len__(self) -> int:
        return len(self.individuals) + len(self.organisations)

    @property
    def entries(self) -> tuple[LetterSignatory, ...]:
        """All of them, individuals first."""
        return self.individuals + self.organisations

    @property
    def new(self) -> tuple[LetterSignatory, ...]:
        """Those who have signed since the last letters went out."""
        if self.since is None:
            return ()
        return tuple(one for one in self.entries if one.signed_on is not None and one.signed_on > self.since)

    def in_order(self, language: Language) -> "Signatories":
        """Return the lists in the order of a language, if they are to be put in order."""
        if not self.sorted:
            return self

        def ordered(entries: Iterable[LetterSignatory]) -> tuple[LetterSignatory, ...]:
            return tuple(sorted(entries, key=lambda one: sort_key(one.sort_as or one.name, language)))

        return replace(self, individuals=ordered(self.individuals), organisations=ordered(self.organisations))


def in_lists(entries: Iterable[LetterSignatory]) -> Signatories:
    """Return entries as the two lists, in their order."""
    both = tuple(entries)
    return Signatories(
        individuals=tuple(one for one in both if one.kind is SignatoryKind.INDIVIDUAL),
        organisations=tuple(one for one in both if one.kind is SignatoryKind.ORGANISATION),
    )


def read_signatories(path: Path) -> Signatories:
    """Read the list in a letter's folder (.csv or .xlsx), in its order.

    Raises LetterError, which lists every bad row with its line and cure.
    """
    from outreach.errors import LetterError, SheetError
    from outreach.letters.sign_on import read_sign_on

    if not path.is_file():
        raise LetterError(
            "file.not-there",
            "There is no file {path}.",
            path=path,
            remedy="Write it, or remove `signatories` in letter.toml.",
        )
    try:
        return in_lists(row.signatory for row in read_sign_on(path).rows)
    except SheetError as error:
        raise LetterError.of(error.says, remedy=error.remedy, problems=error.problems) from None
