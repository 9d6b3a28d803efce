"""What is said to people, as values: a code, a template with facts, and what can be done about it.

A template is written where it is said. Its fields are of four kinds:

- `{count:*letter waits|letters wait}`: words that go with a number, as it is one or another; `{count}` says it.
- `{name}`, `{name!r}`, `{count:,}`: a fact. Facts are only ever values: braces in one say nothing, and no field reaches
  into one. A fact may be a Sentence of its own; a member of a closed list is said in its words, a day and a `Moment`
  as the reader's language writes them. `{what!c}` begins with a capital letter.
- `{PAUSE}`: something to do (`Doing`), which each door words in its own way and appends: `: outreach campaign pause x`
  at the command line, `, under Send` at the desk. Nothing is said where there is no door, as in a file or a mail.
- `{LETTERS:the letters}`: the same in the middle of a sentence; these words are said where there is no door.

English is what stands in the code; each template, of a remedy too, is in the catalogue of the languages as anything
else that is said (see `catalogues`). What a language lacks is said in English, and so is what names a fact that there
is not.

What is written down is a `KeptSentence`: English text wherever text is wanted, with the sentence in it, so that each
door words it for its own reader.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from string import Formatter
from types import MappingProxyType, NoneType
from typing import Any, Self
from zoneinfo import ZoneInfo

from outreach.catalogues import ENGLISH_TONGUE, SOURCE, Tongue, Word

_CONVERSIONS: Mapping[str | None, Callable[[Any], Any]] = {
    None: lambda value: value,
    "r": repr,
    "s": str,
    "c": lambda value: str(value)[:1].upper() + str(value)[1:],
}


class Doing(StrEnum):
    """What a person can do about something. A template mentions it by its name; each door has words for each."""

    # Campaigns and letters
    CREATE_CAMPAIGN = "make a campaign"
    APPROVE = "approve a campaign"  # campaign
    APPROVE_DESPITE = "approve a campaign despite what the check found"  # codes
    SCHEDULE = "set a campaign's time"  # campaign
    AGAIN = "let those who had it get it once more"
    CANCEL = "cancel a campaign"  # campaign
    DELETE = "take a campaign away"  # campaign
    PAUSE = "pause a campaign"  # campaign
    RESUME = "let a campaign go on"  # campaign
    RETRY = "try letters again"  # campaign
    CAMPAIGN = "look at a campaign"  # campaign
    LETTERS = "look at a campaign's letters"  # campaign
    CONFIRM = "confirm the number of missions"  # missions
    CONFIRM_THINGS = "confirm the number of things"  # things
    BY = "say who does it"
    SIGN_IN = "sign in with an account"
    OLD = "say which address was wrong"
    LANGUAGE = "say in which language"
    # Sheets
    IMPORT_MISSIONS = "import the missions"
    IMPORTS = "look at the imports"
    MAP = "say which column is meant"  # field, column
    SHEET = "say which sheet is meant"
    DOUBLE = "say which row holds"  # key
    WHICH = "say which vote is meant"  # vote
    AGREE = "agree to what was guessed"
    MARK_READ = "say that a text was read"  # letter, language
    FACTS = "give a letter a fact"  # letter
    OPEN_WORDS = "give the open edition words of its own"  # code, letter, language
    RETIRE = "confirm how many rows are retired"  # retired
    KEEP = "say that whom a sheet does not name signs still"
    EXCEPT = "leave missions out"
    AS_OF = "ask for another date"
    SKIP_STALE = "take the other rows"
    REPORT = "make the report"
    RECORD = "take in the votes of past years"
    VOTES = "take in the votes of a campaign"
    OUT = "name another file or folder"
    # Answers
    INBOX = "look at the mails"
    PROPOSALS = "look at the proposals"
    SETTLE = "put a mail down to a mission"  # mail
    UNDO = "take a decision back"  # mail
    SYNC = "read the box of answers"
    INGEST = "take mails in as files"
    OWN_WORDS = "give words of an answer"
    WHICH_MAIL = "say which mail is meant"
    WITHOUT_OTHERS = "leave out people who are not the mission's"
    BLOCKED = "look at the addresses that are not written to"
    # The folder
    INIT = "make a campaign's folder"
    RESTORE = "bring a backup back"  # file
    REPLACE = "put a backup in the place of what is there"
    BACKUP = "make a backup"
    HERE = "settle what went out"
    HERE_YES = "settle what went out, and confirm"  # letters
    RUN = "the scheduler"
    SEND = "send once"
    SERVE = "the desk"
    SENDERS = "all that sends"
    EXAMINE = "look everything over"
    SET_SENDER = "say who writes"
    SET_SERVER = "name the mail server"
    MAIL_LOGIN = "give the mail password"
    MAIL_LOGIN_FILE = "keep the mail password in a file"
    BOX_LOGIN = "give the password of the box of answers"
    SIGN_IN_MAIL = "sign the mail account in"  # provider
    SIGN_IN_ELSEWHERE = "sign the mail account in with a browser on another computer"  # provider
    ADD_USER = "make an account"
    TO = "name another database"
    DEMO = "name another folder for the demo"


@dataclass(frozen=True, slots=True)
class Mention:
    """Something to do, as a sentence mentions it."""

    doing: Doing
    words: str
    """What is said of it in the middle of a sentence; empty where a door's words are appended."""
    facts: Mapping[str, object]


Door = Callable[[Mention], str]
"""Words what can be done, as at one door."""


def no_door(mention: Mention) -> str:
    """Word what can be done where nobody knows at which door it will be read: files, mails, the database."""
    return mention.words


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something that is said: its code, which stays as it is, the English template, and the facts."""

    code: str
    template: str
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        # What is kept is plain: an error may be told to another process, and no object's secrets are to go with it.
        kept = {name: value if isinstance(value, _KEPT) else str(value) for name, value in self.facts.items()}
        object.__setattr__(self, "facts", MappingProxyType(kept))

    def pieces(self, words: Tongue = ENGLISH_TONGUE) -> Iterator[str | Mention]:
        """Yield what it says in a language, piece by piece, so that a door can make links of what can be done."""
        translated = words(self.template) if self.template else ""
        if translated != self.template and _fits(translated, self.facts):
            return _with_single_stops(_filled(translated, self.facts, words))
        return _with_single_stops(_filled(self.template, self.facts, words))

    def said(self, words: Tongue = ENGLISH_TONGUE, door: Door = no_door) -> str:
        """Return what it says in a language, as at a door."""
        return "".join(piece if isinstance(piece, str) else door(piece) for piece in self.pieces(words))

    @property
    def doings(self) -> tuple[Doing, ...]:
        """What can be done about it."""
        return tuple(piece.doing for piece in self.pieces() if isinstance(piece, Mention))

    def __str__(self) -> str:
        return self.said()

    def __hash__(self) -> int:
        return hash((self.code, str(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._made, (self.code, self.template, dict(self.facts))  # noqa: SLF001  (its own)

    @classmethod
    def _made(cls, code: str, template: str, facts: Mapping[str, object]) -> "Sentence":
        return Sentence(code, template, facts)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as a fact, in the time zone (a name of the tz database) of what it is told of."""

    at: datetime
    zone: str

    def said(self, words: Tongue = ENGLISH_TONGUE) -> str:
        """Return it as a reader of a language writes moments, such as `2024-03-18 09:00 CET`."""
        return words.moment(self.at, ZoneInfo(self.zone))

    def __str__(self) -> str:
        return self.said()


_KEPT = (str, int, float, date, Moment, Sentence, NoneType)


class Remedy(Sentence):
    """What to do about it."""

    __slots__ = ()

    def __init__(self, template: str, **facts: object) -> None:
        """Take what to do, in words that hold at every door, and the facts."""
        super().__init__("", template, facts)

    @classmethod
    def _made(cls, code: str, template: str, facts: Mapping[str, object]) -> "Remedy":
        del code
        return Remedy(template, **facts)


def saying(code: str, template: str, /, **facts: object) -> Sentence:
    """Return a sentence that stands by itself, or is a fact of another one."""
    return Sentence(code, template, facts)


class KeptSentence(str):
    """The English text of a sentence that is written down, or told as text; its reader is told the sentence."""

    __slots__ = ("sentence",)
    sentence: Sentence

    def __new__(cls, code: str, template: str, /, **facts: object) -> Self:
        """Take a code, the English template and the facts, as a sentence does."""
        return cls.of(Sentence(code, template, facts))

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        """Return a sentence as text."""
        kept = str.__new__(cls, str(sentence))
        kept.sentence = sentence
        return kept

    def __reduce__(self) -> tuple[Any, ...]:
        return KeptSentence.of, (self.sentence,)

    @classmethod
    def joined(cls, parts: Sequence[str], between: str = "; ") -> Self:
        """Return several as one text, each of which is said by itself."""
        names = [f"part{number}" for number in range(len(parts))]
        template = between.join(f"{{{name}}}" for name in names)
        kept = str.__new__(cls, between.join(parts))
        kept.sentence = Sentence("said.joined", template, dict(zip(names, parts, strict=True)))
        return kept


def in_words_of(text: str, words: Tongue) -> str:
    """Return a text in a reader's language: a kept sentence, or words that are in the catalogue as they stand.

    Any other text is returned as it is.
    """
    if isinstance(text, KeptSentence):
        return text.sentence.said(words)
    return words(text) if text and "{" not in text else text


_PACKED = '{"sentence": '
"""How a packed sentence begins."""


def packed(text: str) -> str:
    """Return a text as it is kept: a sentence with facts as JSON, with code, template and facts; any other as it is."""
    if not isinstance(text, KeptSentence):
        # What somebody typed is no sentence, even where it looks like a packed one.
        return packed(KeptSentence("said.as-it-is", "{text}", text=text)) if text.startswith(_PACKED) else text
    return json.dumps({"sentence": _plain(text.sentence)}, ensure_ascii=False) if text.sentence.facts else str(text)


def unpacked(kept: str) -> str:
    """Return a text that was packed; what is none is returned as it is."""
    if not kept.startswith(_PACKED):
        return kept
    try:
        return KeptSentence.of(_made(json.loads(kept)["sentence"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return kept


def _plain(said: Sentence) -> list[Any]:
    return [said.code, said.template, {name: _plain_fact(value) for name, value in said.facts.items()}]


def _plain_fact(value: object) -> object:
    match value:
        case KeptSentence():
            return _plain(value.sentence)
        case Sentence():
            return _plain(value)
        case StrEnum():
            return {"word": value.value, "of": type(value).__name__}
        case Word():
            return {"word": str(value), "of": value.context}
        case Moment():
            return {"moment": value.at.isoformat(), "zone": value.zone}
        case int() | float() | None:
            return value
    return {"day": value.isoformat()} if type(value) is date else str(value)


def _made(plain: list[Any]) -> Sentence:
    code, template, facts = plain
    fields(template)
    return Sentence(code, template, {name: _made_fact(value) for name, value in facts.items()})


def _made_fact(value: Any) -> object:
    match value:
        case {"word": word, "of": context}:
            return Word(context, word)
        case {"moment": at, "zone": zone}:
            return Moment(datetime.fromisoformat(at), zone)
        case {"day": day}:
            return date.fromisoformat(day)
        case list():
            return _made(value)
    return value


def some_of(told: Sequence[object], most: int = 12) -> Sentence:
    """Return the first of many as one fact, and how many more there are."""
    shown = ", ".join(map(str, told[:most]))
    if len(told) <= most:
        return Sentence("said.all", "{shown}", {"shown": shown})
    return saying("said.some", "{shown} and {number} more", shown=shown, number=len(told) - most)


@lru_cache(maxsize=4096)
def fields(template: str) -> tuple[tuple[str, str, str, str | None], ...]:
    """Return the parts of a template: text before a field, the field's name, what stands behind its colon, conversion.

    Raises ValueError for one that can't be read, or whose field would reach into a fact.
    """
    parts = []
    for text, name, spec, conversion in Formatter().parse(template):
        if name is not None and not name.isidentifier():
            raise ValueError(f"{name!r} is no name of a fact, in {template!r}")
        if conversion not in _CONVERSIONS:
            raise ValueError(f"!{conversion} is no conversion, in {template!r}")
        parts.append((text, name or "", spec or "", conversion))
    return tuple(parts)


def _fits(template: str, facts: Mapping[str, object]) -> bool:
    """Whether a translated template can be filled: a file must not turn an error into another one."""
    try:
        return all(not name or name in facts or name in Doing.__members__ for _, name, _, _ in fields(template))
    except ValueError:
        return False


def _filled(template: str, facts: Mapping[str, object], words: Tongue) -> Iterator[str | Mention]:
    for text, name, spec, conversion in fields(template):
        if text:
            yield text
        if not name:
            continue
        if name in Doing.__members__:
            yield Mention(Doing[name], spec, facts)
            continue
        value = facts[name]
        value = value.sentence if isinstance(value, KeptSentence) else value
        if type(value) is date and not spec and conversion is None and words.language != SOURCE:
            value = words.short_day(value)
        if isinstance(value, Moment):
            value = value.said(words)
        if isinstance(value, Sentence):
            inner = list(value.pieces(words))
            if conversion is not None and inner and isinstance(inner[0], str):
                inner[0] = _CONVERSIONS[conversion](inner[0])
            yield from inner
        else:
            # A word of a closed list is said as the list's words are.
            told = _told(
                words.word(value) if isinstance(value, StrEnum | Word) and not spec else value, spec, conversion, words
            )
            yield words.quoted(told) if conversion == "r" and isinstance(value, str) else told


def _told(value: object, spec: str, conversion: str | None, words: Tongue) -> str:
    if spec.startswith("*"):
        one, _, several = spec[1:].partition("|")
        return one if words.is_one(value) else several
    if spec == "," and isinstance(value, int):
        return words.number(value)
    return format(_CONVERSIONS[conversion](value), spec)


def _with_single_stops(pieces: Iterator[str | Mention]) -> Iterator[str | Mention]:
    """Leave out the full stop of a template behind words that end with one, such as a mail server's."""
    ends = False
    for piece in pieces:
        if not isinstance(piece, str):
            ends = False
            yield piece
        elif said := piece[1:] if ends and re.match(r"\.(?!\w|\.)", piece) else piece:
            ends = said[-1] in ".!?…"
            yield said


def each_of(told: Sequence[object]) -> Sentence:
    """Return several as one fact: `A`, `A and B`, `A, B and C`."""
    *before, last = map(str, told)
    if not before:
        return Sentence("said.all", "{shown}", {"shown": last})
    return saying("said.and", "{before} and {last}", before=", ".join(before), last=last)


def one_of(told: Sequence[object]) -> Sentence:
    """Return several of which one is meant as one fact: `A`, `A or B`, `A, B or C`."""
    *before, last = map(str, told)
    if not before:
        return Sentence("said.all", "{shown}", {"shown": last})
    return saying("said.or", "{before} or {last}", before=", ".join(before), last=last)
