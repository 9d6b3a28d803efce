"""The files that go with a letter: with every copy, with those in one language, or with those to some missions."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, field_validator

from outreach.missions import closed_lists
from outreach.missions.facts import addressees
from outreach.models import Mission
from outreach.text import folded, one_line
from outreach.vocabulary import Language

_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class LetterAttachment:
    """A file that goes with a letter."""

    name: str
    """As the recipient sees it; before the merge it may hold fields."""
    media_type: str
    content: bytes
    language: Language | None = None
    """Only with letters in this language; None for any."""
    missions: tuple[str, ...] = ()
    """Only to these: ISO3 codes, `group:NAME`, `tag:NAME`; empty for all."""

    file: str = ""
    """The file's own name, whose ending stays; `name` where it is empty."""

    def goes_to(self, mission: Mission, language: Language) -> bool:
        """Tell whether it goes with a mission's letter in a language."""
        return self.language in {None, language} and (
            not self.missions or any(_names(word, mission) for word in self.missions)
        )


class AttachmentTable(BaseModel):
    """One of `[[attachments]]` of letter.toml."""

    model_config = ConfigDict(extra="forbid")

    file: str
    name: str = ""
    language: Language | None = None
    missions: list[str] = []

    @field_validator("missions")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        if not value:  # whoever takes out the last code means nobody, and not everybody
            raise ValueError("an empty list names nobody: name missions, or take the line out so that all get the file")
        return [_known_word(word) for word in value]


def _known_word(word: str) -> str:
    kind, colon, name = word.strip().partition(":")
    if not colon:
        if kind.upper() not in addressees():
            raise ValueError(f"there is no mission {word!r}: write its ISO3 code, group:NAME or tag:NAME")
        return kind.upper()
    if kind == "group" and (group := closed_lists.group(name)) is not None:
        return f"group:{group}"
    if kind == "tag" and name.strip():
        return f"tag:{name.strip()}"
    raise ValueError(f"{word!r} names no mission: write its ISO3 code, group:NAME or tag:NAME")


def _names(word: str, mission: Mission) -> bool:
    kind, colon, name = word.partition(":")
    if not colon:
        return mission.iso3 == kind
    if kind == "group":
        return closed_lists.group(mission.regional_group) is closed_lists.group(name)
    return folded(name) in {folded(tag) for tag in mission.tags}


def file_name_of(words: str, file: str) -> str:
    """Return a merged name as one that every system can keep, with the ending of the file that it names.

    One line without controls and without what Windows or a path would read otherwise; no header breaks of it.
    """
    file = file or words
    stem, dot, ending = file.rpartition(".")
    plain = one_line(_UNSAFE.sub("_", one_line(words))).strip(" ._")
    if not dot:
        return plain[:_LONGEST] or file
    plain = plain.removesuffix(f".{ending}") if plain.lower().endswith(f".{ending.lower()}") else plain
    plain = plain[: -len(ending) - 1] if plain.lower().endswith(f".{ending.lower()}") else plain
    return f"{plain[:_LONGEST].strip(' ._') or stem}.{ending}"


def named_apart(files: Iterable[LetterAttachment]) -> Iterator[LetterAttachment]:
    """Yield the files of one mail, each with a name of its own: `annex.pdf`, `annex 2.pdf`."""
    taken: set[str] = set()
    for file in files:
        name, number = file.name, 1
        while name.casefold() in taken:
            number += 1
            stem, dot, ending = file.name.rpartition(".")
            name = f"{stem} {number}.{ending}" if dot else f"{file.name} {number}"
        taken.add(name.casefold())
        yield file if name == file.name else replace(file, name=name)


def most_bytes(files: Sequence[LetterAttachment], languages: Iterable[Language]) -> int:
    """Return how many bytes of files the fullest letter has; a group is taken to hold each mission that is named."""
    codes = {word for file in files for word in file.missions if ":" not in word} | {""}
    return max(
        (
            sum(
                len(file.content)
                for file in files
                if file.language in {None, language}
                and (not file.missions or code in file.missions or any(":" in word for word in file.missions))
            )
            for language in [*languages, None]
            for code in codes
        ),
        default=0,
    )
