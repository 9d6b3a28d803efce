"""What can be put into a letter's text without typing: its fields in words, each with what it holds for a mission."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from outreach.catalogues import Tongue
from outreach.errors import LetterError
from outreach.letters.folder import Letter
from outreach.letters.merge import Addressee, Merger
from outreach.missions.own_columns import header_of
from outreach.vocabulary import Language

_SIGNATORIES = "signatories.md"


@dataclass(frozen=True, slots=True)
class OfferedField:
    """A field or a block, in words."""

    put: str
    """What is put into the text, as the letter's language of templates has it."""
    words: str
    example: str
    """What it holds for the mission; empty where it holds nothing for it."""
    block: bool = False
    """Whether it stands on lines of its own, and in no subject."""


@dataclass(frozen=True, slots=True)
class OfferedGroup:
    """Fields that belong together."""

    words: str
    fields: tuple[OfferedField, ...]


def offered(
    say: Tongue, letter: Letter, language: Language, addressee: Addressee | None,
    own: Mapping[str, Iterable[str]], moment: datetime, tz: ZoneInfo,
) -> list[OfferedGroup]:  # fmt: skip
    """Return the fields that a letter's text can have in a language, by group, with what they hold for a mission.

    `own` names one's own columns, of `mission` and of `contact`. Without a mission, or where the letter
    can't be merged, no field tells what it holds.
    """
    groups = [
        (say("The person and the mission"), [
            ("salutation", say("Salutation")),
            ("closing", say("Close")),
            ("contact.name", say("Name of the person")),
            ("contact.title", say("Office of the person")),
            ("envelope", say("Name and address, on one line")),
            ("mission.name", say("State")),
            ("mission|of", say("State, with “of”")),
            ("mission|to", say("State, with “to”")),
            ("mission|in", say("State, with “in”")),
            ("mission.formal_name", say("Formal name of the state")),
            ("mission.of", say("Formal name of the state, with “of”")),
            ("mission.group", say("Regional group")),
        ]),
        (say("This letter"), [
            ("date", say("Day of the approval")),
            ("signatories.count", say("How many sign")),
            ("signatories.as_of", say("Day of the list of those who sign")),
            *((f"letter.{name}", header_of(name)) for name in letter.facts[language] if _is_name(name)),
        ]),
        (say("Columns of your own"), [
            *((f"{kind}.fields.{name}", header_of(name)) for kind, names in own.items() for name in sorted(names)),
        ]),
    ]  # fmt: skip
    blocks = [
        OfferedField("::: date\n{{ date }}\n:::", say("Date, where a letter has it"), "", block=True),
        OfferedField("::: address\n{{ inside_address }}\n:::", say("Name and address, on lines"), "", block=True),
    ]
    if (letter.layouts / _SIGNATORIES).is_file():
        put = f'{{% include "{_SIGNATORIES}" %}}'
        blocks.append(OfferedField(put, say("List of those who sign"), "", block=True))
    held: dict[str, str] = {}
    if addressee is not None:
        with suppress(LetterError):
            merger = Merger(letter, campaign="", moment=moment, tz=tz)
            held = merger.shown(addressee, language, [field for _, fields in groups for field, _ in fields])
    told = [
        OfferedGroup(
            words, tuple(OfferedField(f"{{{{ {field} }}}}", name, held.get(field, "")) for field, name in fields)
        )
        for words, fields in groups
        if fields
    ]
    return [told[0], OfferedGroup(say("Blocks, on lines of their own"), tuple(blocks)), *told[1:]]


def _is_name(word: str) -> bool:
    return word.isidentifier() and not word.startswith("_")
