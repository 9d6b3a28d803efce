"""Who signs: the people and organisations under a letter, as they stand in it.

They come from a file in the letter's folder, or from the campaign, into which they were imported (sign_on.py reads
both). An entry may be several people, such as two sisters who sign together: it stands on one line.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from outreach.errors import LetterError, Problem, SheetError
from outreach.missions.collation import sort_key
from outreach.missions.facts import UnState, find_state
from outreach.text import folded
from outreach.vocabulary import Language, SignatoryKind

# What stands between people who sign in one entry.
_BRACKETED = re.compile(r"\s*\([^()]*\)")
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
    """Where it stands in the list, if not by its family name or, for an organisation, its name."""
    representative: str = ""
    """Who signs for an organisation, and as what: `Ada Rivers, Director`."""
    signed_on: date | None = None
    category: str = ""
    """The heading of one's own under which it stands, such as `Former mandate holders`; else that of its kind."""
    signature: str = ""
    """A picture of the signature, in the letter's folder."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    """What the sheet says in a language: `{"fr": {"title": "Directrice"}}`."""

    def said(self, name: str, language: Language) -> str:
        """Return a field in a language: as the sheet says it, a country as the United Nations do, else as it is."""
        told = self.words.get(language, {}).get(name)
        if told:
            return told
        text: str = getattr(self, name)
        if name != "country" or not text or (state := find_state(text)) is None:
            return text
        if language is Language.ENGLISH and text.isascii() and not _is_foreign(text, state):
            return text  # the coalition's own words
        return _BRACKETED.sub("", state.short(language)).strip()

    @property
    def people(self) -> list[str]:
        """The people of an entry: several may sign in one. An organisation is itself."""
        if self.kind is SignatoryKind.ORGANISATION:
            return [self.name]
        # What stands in brackets or behind a stroke says who they are: `A and B (sister and cousin of C) / witnesses`.
        names = re.sub(r"\([^()]*\)", " ", self.name).partition(" / ")[0]
        return [" ".join(name.split()) for name in _BETWEEN.split(names) if name.strip()] or [self.name]


def _is_foreign(text: str, state: UnState) -> bool:
    """Whether a country is written as in another language than English."""
    asked = folded(text)
    english = folded(_BRACKETED.sub("", state.short(Language.ENGLISH)))
    others = {folded(_BRACKETED.sub("", state.short(one))) for one in Language if one is not Language.ENGLISH}
    return asked != english and asked in others


@dataclass(frozen=True, slots=True)
class SignOnRow:
    """One signatory, and where it stands in the file."""

    where: str
    signatory: LetterSignatory
    told: frozenset[str] = frozenset()
    """What its sheet tells of it, be it that there is nothing: fields, and those in a language as `fr.title`."""


_HONORIFIC = re.compile(
    r"^(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Prof|Professor|Sir|Dame|Lord|Lady|Baroness|Baron|Judge|Justice|Rev|Reverend|Fr|Sr|Sra|"
    r"Srta|Dra|Don|Doña|Ing|Lic|Mgr|Hon|The Hon|Rt|Right|Honourable|Amb|Ambassador|M|Mme|Mlle|Me|Maître|Pr|Herr|Frau|"
    r"H\.\s?E|S\.\s?E|Bishop|Archbishop|Rabbi|Imam|Sheikh|Senator|Captain|Col|Gen|г-н|г-жа|д-р|проф)\.?\s+)+(?=\S)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:,|\s)\s*(?:Ph\.?\s?D|M\.?D|J\.?D|LL\.?[MBD]|Esq|Jr|Sr|II|III|IV|OBE|CBE|MBE|KC|QC|SC|MP|MEP|MSc?|M\.?A|B\.?A|RN)\.?$"
)


def bare_name(name: str) -> str:
    """Return a person's name without honorifics before it and degrees behind it."""
    bare = _HONORIFIC.sub("", " ".join(name.split()))
    while (shorter := _AFTER.sub("", bare)) != bare:
        bare = shorter
    return bare.strip(" ,") or name


def family_name(name: str) -> str:
    """Return a person's name as it is put in order: the family name first, as far as its writing tells it.

    That is what stands before a comma or in capitals, else the last word; `of Ampton` is no part of it. A name without
    spaces, as in Chinese, is whole. Names of other orders are told in the sheet (Sort as).
    """
    bare = bare_name(re.split(r"\s(?:of|von und zu)\s", name)[0])
    before, comma, after = bare.partition(",")
    if comma and after.strip():
        return f"{before.strip()} {after.strip()}"
    words = bare.split()
    shouted = [word for word in words if len(word) > 1 and word.isupper() and "." not in word]
    last = " ".join(shouted) if shouted and len(shouted) < len(words) else words[-1] if words else bare
    given = " ".join(word for word in words if word not in last.split())
    return f"{last} {given}".strip()


@dataclass(frozen=True, slots=True)
class SigningCategory:
    """A heading under which some sign: one of one's own, or that of a kind; and its words in other languages."""

    name: str
    """As in the sheet; `individual` or `organisation` for those without one of their own."""
    headings: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SignatoryGroup:
    """Those who sign under one heading."""

    kind: SignatoryKind
    category: str
    """Empty for those without one of their own: the letter says the heading of their kind."""
    heading: str
    entries: tuple[LetterSignatory, ...]


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
    doubts: tuple[Problem, ...] = ()
    """What a person should confirm of the file."""
    categories: tuple[SigningCategory, ...] = ()
    """The order of the headings, and their words, as far as somebody set them."""
    in_sheet: tuple[LetterSignatory, ...] = ()
    """All of them as they stand in the sheet, which gives the headings their order where nobody set it."""

    def __len__(self) -> int:
        return len(self.individuals) + len(self.organisations)

    @property
    def entries(self) -> tuple[LetterSignatory, ...]:
        """All of them, individuals first."""
        return self.individuals + self.organisations

    @property
    def pictured(self) -> tuple[str, ...]:
        """The files of their logos and scanned signatures, each once."""
        files = (file for one in self.entries for file in (one.logo, one.signature) if file)
        return tuple(dict.fromkeys(files))

    @property
    def new(self) -> tuple[LetterSignatory, ...]:
        """Those who have signed since the last letters went out."""
        if self.since is None:
            return ()
        return tuple(one for one in self.entries if one.signed_on is not None and one.signed_on > self.since)

    def groups(self, language: Language) -> tuple[SignatoryGroup, ...]:
        """Return those who sign by heading, each with its heading in a language; the lists are in order already.

        Headings stand as the coalition set them, else as in the sheet; without own ones individuals come first.
        """
        found: dict[tuple[str, SignatoryKind], list[LetterSignatory]] = {}
        for one in self.entries:
            found.setdefault((one.category, one.kind if not one.category else SignatoryKind.INDIVIDUAL), []).append(one)
        first = {_heading_key(one): place for place, one in reversed(list(enumerate(self.in_sheet or self.entries)))}
        set_places = {folded(one.name): place for place, one in enumerate(self.categories)}
        own = any(one.category for one in self.entries)

        def place(key: tuple[str, SignatoryKind]) -> tuple[int, int]:
            entries = found[key]
            by_sheet = first.get(_heading_key(entries[0]), 0) if own else 0
            return set_places.get(folded(key[0] or entries[0].kind.value), len(set_places)), by_sheet

        return tuple(
            SignatoryGroup(found[key][0].kind, key[0], self.heading(found[key][0], language), tuple(found[key]))
            for key in sorted(found, key=place)
        )

    def heading(self, one: LetterSignatory, language: Language) -> str:
        """Return the heading over one who signs, in a language; empty where it is the letter that says it."""
        name = one.category or one.kind.value
        for category in self.categories:
            if folded(category.name) == folded(name) and category.headings.get(language):
                return category.headings[language]
        if not one.category:
            return ""
        alike = (other for other in self.entries if folded(other.category) == folded(one.category))
        return next(
            (words for other in alike if (words := other.words.get(language, {}).get("category"))), one.category
        )

    def without_heading(self, languages: Iterable[Language]) -> tuple[tuple[str, Language], ...]:
        """Return own headings that a language of the letter lacks, and that stand there as they are; not of English."""
        missing: dict[tuple[str, Language], None] = {}
        for language in languages:
            for group in self.groups(language) if language is not Language.ENGLISH else ():
                if group.category and group.heading == group.category:
                    missing[group.category, language] = None
        return tuple(missing)

    def in_order(self, language: Language) -> "Signatories":
        """Return the lists in the order of a language, if they are to be put in order."""
        if not self.sorted:
            return self

        def ordered(entries: Iterable[LetterSignatory]) -> tuple[LetterSignatory, ...]:
            return tuple(sorted(entries, key=lambda one: sort_key(_sorted_as(one), language)))

        return replace(self, individuals=ordered(self.individuals), organisations=ordered(self.organisations))


def _heading_key(one: LetterSignatory) -> tuple[str, str]:
    return (folded(one.category), "") if one.category else ("", one.kind.value)


def _sorted_as(one: LetterSignatory) -> str:
    if one.sort_as or one.kind is SignatoryKind.ORGANISATION:
        return one.sort_as or one.name
    return family_name(one.people[0])


def in_lists(entries: Iterable[LetterSignatory]) -> Signatories:
    """Return entries as the two lists, in their order."""
    both = tuple(entries)
    return Signatories(
        individuals=tuple(one for one in both if one.kind is SignatoryKind.INDIVIDUAL),
        organisations=tuple(one for one in both if one.kind is SignatoryKind.ORGANISATION),
        in_sheet=both,
    )


def read_signatories(path: Path) -> Signatories:
    """Read the list in a letter's folder (.csv or .xlsx), in its order.

    Raises LetterError, which lists every bad row with its line and cure.
    """
    from outreach.letters.signing.sign_on import read_sign_on

    if not path.is_file():
        raise LetterError(
            "file.not-there",
            "There is no file {path}.",
            path=path,
            remedy="Write it, or remove `signatories` in letter.toml.",
        )
    try:
        read = read_sign_on(path)
        return replace(in_lists(row.signatory for row in read.rows), doubts=read.questions)
    except SheetError as error:
        raise LetterError.of(error.says, remedy=error.remedy, problems=error.problems) from None
