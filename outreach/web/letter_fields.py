"""What can be put into a letter's text without typing: its fields in words, each with what it holds for a mission.

The same words stand in the text itself, where a browser shows its code as chips (`static/letter.js`).
"""

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
    """What is put into the text, as the letter's language of templates has it; `…` is a place for words of one's own,
    the last of which takes what was chosen in the text."""
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
    conditions = (
        OfferedField("{% if open %}…{% else %}…{% endif %}", say("Other words in the open edition"), ""),
        OfferedField("{% if open %}…{% endif %}", say("Only in the open edition"), ""),
        OfferedField("{% if not open %}…{% endif %}", say("Only in the letter to a mission"), ""),
    )
    return [
        told[0],
        OfferedGroup(say("Blocks, on lines of their own"), tuple(blocks)),
        OfferedGroup(say("Words that stand in some letters only"), conditions),
        *told[1:],
    ]


def words_of_chips(say: Tongue, groups: Iterable[OfferedGroup]) -> dict[str, str | dict[str, str]]:
    """Return what the editor says where the text has code: by the code without its braces, by its kind, of itself."""
    offered_words = {
        " ".join(one.put.removeprefix("{{").removeprefix("{%").removesuffix("}}").removesuffix("%}").split()): one.words
        for group in groups
        for one in group.fields
        if "…" not in one.put
    }
    blocks = {
        f"::: {name} {{{{ {code} }}}} :::": (name, code)
        for name, code in (("date", "date"), ("address", "inside_address"))
    }
    return {
        "fields": {
            "inside_address": say("Name and address, on lines"),
            "mission|the": say("State, with its article"),
            "set headings": say("Headings of those who sign"),
            "set logos": say("Logos of those who sign"),
            **{f"::: {' '.join(blocks[put])}" if put in blocks else put: words for put, words in offered_words.items()},
        },
        "tests": {
            "open": say("Only in the open edition"),
            "not open": say("Only in the letter to a mission"),
        },
        "parts": {
            "date": say.about("part of a letter", "Date"),
            "address": say.about("part of a letter", "Address"),
            "subject": say.about("part of a letter", "Subject line"),
            "signature": say.about("part of a letter", "Signature"),
            "columns": say.about("part of a letter", "Two columns"),
            "small": say.about("part of a letter", "Small print"),
        },
        "spoken": {
            "field": say("{what}, a field"),
            "block": say("{what}, a block"),
            "note": say("{what}, nothing of which is printed"),
            "begin": say("{what}: begins here"),
            "between": say("{what}, from here"),
            "end": "{what}",
        },
        "or": say("{what}, or else {other}"),
        "when": say("Only where there is: {what}"),
        "without": say("Only where there is no: {what}"),
        "if": say("Only if: {what}"),
        "orif": say("Or only if: {what}"),
        "otherwise": say("Otherwise"),
        "each": say("For each: {what}"),
        "end": say("End: {what}"),
        "finish": say.about("part of a letter", "End"),
        "set": say("Set: {what}"),
        "note": say("Note: {what}"),
        "lone": say("Its other half is missing."),
        "lonely": say("{what}, whose other half is missing"),
        "half": say("That would leave half of a pair. Choose it from its beginning to its end, or leave it."),
        "again": say("It is chosen from its beginning to its end. Press once more to delete all of it."),
        "long": say("A letter can't have more than that."),
        "code": say("Show the code"),
        "help": say(
            "What is filled in for each mission stands as a whole: drag it with the mouse, or cut it and paste it. "
            "Alt with an arrow key moves a line."
        ),
    }


def _is_name(word: str) -> bool:
    return word.isidentifier() and not word.startswith("_")
