"""What sheets say of people, by the words as they are compared: person_words.toml, read once."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from outreach.text import folded
from outreach.vocabulary import GenderForm, Language

KINDS = ("civility", "style", "academic", "military", "knight", "noble", "royal", "clergy", "custom")
"""What may stand before a name."""
_ARTICLE = re.compile(r"^(?:l|the|le|la|el|o|a|il|lo|der|die) (?=\w)")


class Honorific(NamedTuple):
    """What stands before a name: a courtesy, or a title."""

    kind: str
    key: str
    gender: GenderForm | None
    """The gender form that the word tells by itself."""
    english: bool
    """Whether a letter in English keeps it as the sheet wrote it."""


class OfficeWord(NamedTuple):
    """A word for an office."""

    key: str
    language: Language | None
    """None for a language that letters are not written in."""
    gender: GenderForm | None


_Word = TypeVar("_Word", Honorific, OfficeWord)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words, by what they mean; compared with their accents, and without."""

    honorifics: Mapping[str, Honorific]
    offices: Mapping[str, OfficeWord]
    shortened: Mapping[str, str]
    retired: frozenset[str]
    designates: frozenset[str]
    fillers: frozenset[str]
    links: frozenset[str]
    vacancy: frozenset[str]
    asides: Mapping[str, str]
    pronouns: Mapping[str, GenderForm]
    after_names: frozenset[str]
    name_kinds: frozenset[str]
    name_keys: frozenset[str]
    name_words: frozenset[str]
    said_in: Mapping[str, frozenset[str]]
    """The states (ISO3) where one of `name_words` is courtesy."""
    boxes: frozenset[str]

    def honorific(self, said: str) -> Honorific | None:
        """Return what a courtesy or a title is."""
        return _looked_up(self.honorifics, said)

    def office(self, said: str) -> OfficeWord | None:
        """Return what an office is, with or without an article before it, also where words are cut short."""
        if (found := _looked_up(self.offices, said)) is not None:
            return found
        words = folded(said).split()
        if len(words) == 1 or self.shortened.keys().isdisjoint(words):
            return None
        return _looked_up(self.offices, " ".join(self.shortened.get(word, word) for word in words))

    def before_names(
        self, *kinds: str, gender: GenderForm | Literal["any"] | None = "any", keys: Sequence[str] = ()
    ) -> list[str]:
        """Return the words of those kinds that are no names by themselves, of a gender form and of keys if asked."""
        return [
            word
            for word, what in self.honorifics.items()
            if what.kind in kinds
            and gender in ("any", what.gender)
            and (not keys or what.key in keys)
            and word not in self.name_words
        ]

    def words_of(self, office: str) -> list[str]:
        """Return the words for an office, in all languages."""
        return [word for word, what in self.offices.items() if what.key == office]

    def means_nothing(self, word: str) -> bool:
        """Tell whether a word only joins what is said."""
        return set(folded(word).split()) <= self.fillers


def plain(text: str) -> str:
    """Return words as they are compared with their accents."""
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text).casefold()).split())


def _looked_up(table: Mapping[str, _Word], said: str) -> _Word | None:
    for asked in (plain(said), folded(said)):
        if found := table.get(asked) or table.get(_ARTICLE.sub("", asked, count=1)):
            return found
    return None


@cache
def lexicon() -> Lexicon:
    """Return the words of person_words.toml."""
    path = Path(__file__).with_name("person_words.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    honorifics: dict[str, Honorific] = {}
    for kind in KINDS:
        for key, entry in data[kind].items():
            english = set(map(folded, entry.get("english", ())))
            for gender in (GenderForm.FEMININE, GenderForm.MASCULINE, None):
                listed = [*entry.get(str(gender) if gender else "neutral", ())]
                listed += entry.get("english", ()) if gender is None else ()
                for word in listed:
                    for said in (plain(word), folded(word)):
                        honorifics.setdefault(said, Honorific(kind, key, gender, folded(word) in english))
    offices: dict[str, OfficeWord] = {}
    loose: dict[str, OfficeWord] = {}
    for word, office in _office_words(data["office"]):
        offices.setdefault(plain(word), office)
        loose.setdefault(folded(word), office)
    return Lexicon(
        honorifics=honorifics,
        offices={**loose, **offices},
        shortened=data["shortened"],
        retired=frozenset(map(folded, data["retired"]["words"])),
        designates=frozenset(map(folded, data["designate"]["words"])),
        fillers=frozenset(word for words in data["fillers"]["words"] for word in folded(words).split()),
        links=frozenset(map(folded, data["fillers"]["before_subjects"])),
        vacancy=frozenset(map(folded, data["vacancy"]["words"])),
        asides={folded(word): key for key, words in data["aside"].items() for word in words},
        pronouns={folded(word): GenderForm(form) for form, words in data["pronouns"].items() for word in words},
        after_names=frozenset(map(folded, data["after_names"]["words"])),
        name_kinds=frozenset(data["names_too"]["kinds"]),
        name_keys=frozenset(data["names_too"]["keys"]),
        name_words=frozenset(data["names_too"]["words"]),
        said_in={word: frozenset(states) for word, states in data["names_too"]["said_in"].items()},
        boxes=frozenset(map(folded, data["boxes"]["words"])),
    )


def _office_words(data: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[tuple[str, OfficeWord]]:
    known = set(map(str, Language))
    for key, entry in data.items():
        for column, words in entry.items():
            language, _, said = column.partition("_")
            for word in words:
                gender = GenderForm(said) if said else None
                yield word, OfficeWord(key, Language(language) if language in known else None, gender)
