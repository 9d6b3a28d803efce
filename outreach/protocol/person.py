"""Who a contact is: what the readers of a sheet's rows yield, and the writers of each language say."""

from dataclasses import dataclass, field
from typing import NamedTuple

from outreach.vocabulary import GenderForm, Language, Role


class Title(NamedTuple):
    """A title that leads the name, such as Dr., General, Prince."""

    kind: str
    """As in person_words.toml; `own` for one that is not known."""
    key: str
    written: str
    """As the sheet writes it."""
    english: bool
    retired: bool = False


class Office(NamedTuple):
    """What somebody is at the mission; without a key where the words are not known."""

    key: str
    written: str
    """In the sheet's own words; empty where ours are better."""
    language: Language | None = None
    """The language that it is written in; None where nobody knows, and it stands as it is written."""
    aside: str = ""
    """The key of its subject, which stands behind it in brackets; of several, with `+` between them."""
    gender: GenderForm | None = None
    """The gender form that its words tell."""
    mentions: tuple[str, ...] = ()
    """The keys of offices that its own words hold beside more: `British Ambassador and Permanent Representative`."""
    designate: bool = False
    """Whether its bearer is named for it and has not yet presented credentials."""


@dataclass(slots=True, eq=False)
class Person:
    """Who a contact is. Everything may be empty but the role. Read once for a row, and not changed after that."""

    role: Role
    name: str = ""
    called: str = ""
    """The name without honours and degrees behind it."""
    family: str = ""
    """The family name with what belongs to it, where the sheet marks it by capitals; else all of `called`."""
    gender: GenderForm | None = None
    styles: list[str] = field(default_factory=list)
    titles: list[Title] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)
    vacant: bool = False
    """Whether the sheet says that nobody holds the post."""

    def has_office(self, *keys: str) -> bool:
        """Tell whether one of the offices is among what the sheet says."""
        return any(office.key in keys for office in self.offices)

    def mentions_office(self, *keys: str) -> bool:
        """Tell whether one of the offices is among what the sheet says, if only within other words."""
        return self.has_office(*keys) or any(key in office.mentions for office in self.offices for key in keys)

    def has_kind(self, *kinds: str) -> bool:
        """Tell whether there is a title of one of those kinds."""
        return any(title.kind in kinds for title in self.titles)

    @property
    def has_own_civility(self) -> bool:
        """Tell whether a title says what Mr. or Ms. does, as `U`, `Daw`, `Shri` and `Ato` do: none stands beside it."""
        return any(title.key in {"of_men", "of_women"} for title in self.titles)
