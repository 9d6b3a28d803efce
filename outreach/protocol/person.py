"""Who a person is, as the sheet says it: courtesy, titles, offices, gender form and name, whatever cell they stand in.

The same word counts once, though it stands in several columns. What is not understood is kept as it is written: an
unknown title stays before the name, an unknown office stays an office. Nobody's gender is guessed: it is known from
the column for it, or from a word that says it by itself (`Ms.`, `Ambassadrice`, `Prince`).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from outreach.missions.people_words import is_vacant
from outreach.models import Contact
from outreach.text import folded, one_line
from outreach.vocabulary import GenderForm, Language, Role

_LONGEST = 1_000
"""Past so many characters a cell is no name and no office: it is taken as it stands."""
_MOST_WORDS = 6
_LONGEST_MARK = 12
"""Characters of a mark behind a title, such as `(ret'd)`."""
_HONOURS = frozenset({"honourable", "right_honourable"})
_HONORIFICS = ("civility", "style", "academic", "military", "knight", "noble", "royal", "clergy")
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{0,200})[)\]]")
_SEGMENTS = re.compile(r"\s*[,;|/،、]\s*|\s+[-–—]\s+")
_POINTED = frozenset(
    {"dr", "prof", "gen", "lt", "col", "maj", "brig", "capt", "cmdr", "adm", "rev", "msgr", "hon", "rt"}
)
_SPANISH = frozenset({"sr", "sra", "srta", "senor", "senora", "excmo", "excma"})
_SHORT = frozenset({"amb", "emb", "pr", "dpr", "cda", "charge"})
"""Offices so short that a letter writes them out, whatever the sheet does."""
_POSSESSIVE = frozenset({"s", "馆"})
# Where the mission and its seat follow, which an address says on lines of its own.
_SEAT = re.compile(
    r"\s+(?:to|at|auprès|ante|при|لدى|(?:of|de|du|des|de la)(?! (?:the |la )?(?:d[eé]l[eé]ga|mis)))\s.*"
    r"(?:\bUN\b|UNOG|United Nations|Nations Unies|\bONU\b|ONUG|Naciones Unidas|ООН|Объединенных Наций|Geneva|Genève"
    r"|Ginebra|Женев|الأمم المتحدة|جنيف).*$",
    re.IGNORECASE,
)
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")


class Title(NamedTuple):
    """A title that leads the name, such as Dr., General, Prince."""

    kind: str
    """As in sheet_words.toml; `own` for one that is not known."""
    key: str
    written: str
    """As the sheet writes it."""
    english: bool
    retired: bool = False


class Office(NamedTuple):
    """What somebody is at the mission; without a key where the words are not known."""

    key: str
    written: str
    language: Language | None = None
    """The language that it is written in; None where it says more than its key, and stands as it is written."""
    aside: str = ""
    """The key of what stands behind it in brackets."""


@dataclass(slots=True)
class Person:
    """Who a contact is. Everything may be empty but the role."""

    role: Role
    name: str = ""
    family: str = ""
    """The family name with what belongs to it, where the sheet marks it by capitals; else the whole name."""
    gender: GenderForm | None = None
    styles: list[str] = field(default_factory=list)
    titles: list[Title] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)
    vacant: bool = False
    """Whether the sheet says that nobody holds the post."""

    def has_office(self, *keys: str) -> bool:
        """Tell whether one of the offices is among what the sheet says."""
        return any(office.key in keys for office in self.offices)

    def has_kind(self, *kinds: str) -> bool:
        """Tell whether there is a title of one of those kinds."""
        return any(title.kind in kinds for title in self.titles)


class _Honorific(NamedTuple):
    kind: str
    key: str
    gender: GenderForm | None
    english: bool


class _OfficeWord(NamedTuple):
    key: str
    language: Language
    gender: GenderForm | None


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """What sheets say, by the words as they are compared: with their accents, and without."""

    honorifics: Mapping[str, _Honorific]
    offices: Mapping[str, _OfficeWord]
    retired: frozenset[str]
    fillers: frozenset[str]
    vacancy: frozenset[str]
    asides: Mapping[str, str]
    name_kinds: frozenset[str]
    name_keys: frozenset[str]


def read_person(contact: Contact) -> Person:
    """Return who a contact is, by all that its row says."""
    gender = str(contact.gender_form) if contact.gender_form else ""
    return _read(contact.role, contact.form_of_address, contact.name, contact.title, gender)


@lru_cache(maxsize=4096)
def _read(role: Role, form: str, name: str, title: str, gender: str) -> Person:
    person = Person(role, gender=GenderForm(gender) if gender else None)
    before = _Front(person, one_line(form), whole=True)
    rest = before.take()
    if rest:
        _add_title(person, Title("own", "", rest.strip(" ,"), True))
    named = one_line(name)
    if _says_vacant(named) and named:
        person.vacant = True
        named = ""
    person.name = _Front(person, named, whole=False, civility=before.civility).take().strip(" ,;-–") if named else ""
    if _letters(person.name) == _letters(named):
        person.name = named  # nothing was taken off: it stays as the sheet has it
    said = one_line(title)
    if _says_vacant(said):
        person.vacant = person.vacant or (bool(said) and not person.name)
    else:
        _take_offices(person, said)
    if person.name and _only_offices(person.name):
        _take_offices(person, person.name)
        person.name = ""
    person.vacant = person.vacant and not person.name
    person.family = _family(person.name)
    return person


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


class _Front:
    """Takes courtesy and titles off the front of a text, and leaves the name."""

    def __init__(self, person: Person, text: str, *, whole: bool, civility: str = "") -> None:
        """Take the person to fill, the text, whether it is courtesy throughout, and the civility that came before."""
        self._person, self._whole = person, whole
        self._text, self._left = ("", text) if len(text) > _LONGEST else (text, "")
        self.civility = civility
        """The last one, folded: `ms`, `sr`."""

    def take(self) -> str:
        if self._left:
            return self._left
        text = self._behind_chinese(self._text)
        words = _spread(text).split()
        while words:
            found = self._longest(words)
            if found is None:
                break
            size, what = found
            taken = " ".join(words[:size])
            words = words[size:]
            retired = False
            if isinstance(what, _OfficeWord):
                _add_office(self._person, Office(what.key, taken.strip(" ,"), what.language), what.gender)
                continue
            if what.kind == "military" and words and folded(words[0]) in _lexicon().retired and words[0][0] in "([":
                retired, words = True, words[1:]
            self._take_one(what, taken.strip(" ,"), retired=retired)
        return " ".join(words)

    def _longest(self, words: Sequence[str]) -> tuple[int, _Honorific | _OfficeWord] | None:
        lexicon = _lexicon()
        for size in range(min(_MOST_WORDS, len(words)), 0, -1):
            if not self._whole and size == len(words):
                continue  # the last word is the name, whatever it is called
            said = " ".join(words[:size])
            what = _look(lexicon.honorifics, said) or self._office(_look(lexicon.offices, said))
            if what is not None and self._fits(what, words, size):
                return size, what
        return None

    def _office(self, what: _OfficeWord | None) -> _OfficeWord | None:
        """Of offices only that of an ambassador leads a name: `Ambassador Ada TEST`."""
        return what if what is not None and (self._whole or what.key in {"ambassador", "nuncio"}) else None

    def _fits(self, what: _Honorific | _OfficeWord, words: Sequence[str], size: int) -> bool:
        if isinstance(what, _OfficeWord) or self._whole:
            return True
        lexicon = _lexicon()
        word, plain = words[0], folded(words[0])
        if self.civility and (what.kind in lexicon.name_kinds or what.key in lexicon.name_keys):
            return False  # `Mr. Prince Mensah`, but `Prince Mensah`
        if size == 1 and plain in {"d", "da"}:
            return self.civility in _SPANISH  # `Sr. D. Luis`, not `Mr. D. Luis`
        if size == 1 and plain in {"m", "r"}:
            # An initial, unless it has its point and a full name follows: `M. Jean TEST`, not `M. K. TEST`.
            following = words[1].rstrip(".") if len(words) > 1 else ""
            return word.endswith(".") and len(following) > 1
        if size == 1 and plain in {"don", "se", "he", "fr", "hon", "pr", "eng", "ing", "maj", "mons", "padre"}:
            return (
                word.endswith(".")
                or word.isupper()
                or bool(self.civility)
                or plain == "padre"
                or bool(self._person.styles)
            )
        return True

    def _take_one(self, what: _Honorific, written: str, *, retired: bool) -> None:
        person = self._person
        if what.gender and person.gender is None:
            person.gender = what.gender
        if what.kind == "civility" or folded(written) in _SPANISH:
            self.civility = folded(written)
        if what.kind == "civility":
            return
        if what.kind == "style" and what.key not in _HONOURS:
            if what.key not in person.styles:
                person.styles.append(what.key)
        else:
            kind = "honour" if what.kind == "style" else what.kind
            _add_title(person, Title(kind, what.key, _pointed(written), what.english, retired))

    def _behind_chinese(self, text: str) -> str:
        """Take what Chinese puts behind a name: 张三先生, 李四大使阁下."""
        if not _IDEOGRAPH.search(text) or self._whole:
            return text
        found = True
        while found:
            found = False
            for words, what in _lexicon().honorifics.items():
                if _IDEOGRAPH.match(words) and text.endswith(words) and len(text) > len(words):
                    text, found = text.removesuffix(words).rstrip(), True
                    self._take_one(what, words, retired=False)
            for words, office in _lexicon().offices.items():
                if _IDEOGRAPH.match(words) and text.endswith(words) and len(text) > len(words):
                    text, found = text.removesuffix(words).rstrip(), True
                    _add_office(self._person, Office(office.key, words, office.language), office.gender)
        return text


def _take_offices(person: Person, text: str) -> None:
    """Read a title's cell: offices, parted by commas or `and`, and honorifics that were put there."""
    if not text:
        return
    if len(text) > _LONGEST:
        person.offices.append(Office("", text))
        return
    cut = _SEAT.sub("", text)
    for segment in filter(None, _SEGMENTS.split(cut or text)):
        _take_segment(person, segment)


def _take_segment(person: Person, segment: str) -> None:
    words = _after_courtesy(person, _spread(_BRACKETS.sub("", segment)).split())
    if not words:
        return
    bracket = _BRACKETS.search(segment)
    aside = bracket[1] if bracket else ""
    about = _lexicon().asides.get(folded(aside), "")
    found, unknown, leads = _offices_among(words)
    if found and about and not unknown:
        last, gender = found[-1]
        found[-1] = (last._replace(written=f"{last.written} ({aside})", aside=about), gender)
        aside = ""
    if not unknown and not aside:
        for one, gender in found:
            _add_office(person, one, gender)
        return
    # More is said than we know the words for: it stands as it is written, and counts by how it begins.
    key, gender = (found[0][0].key, found[0][1]) if found and leads else ("", None)
    _add_office(person, Office(key, " ".join(words) + (f" ({aside})" if aside else "")), gender)
    charge = next((one for one in found if one[0].key == "charge"), None)
    if charge and key != "charge":
        _add_office(person, *charge)


def _after_courtesy(person: Person, words: list[str]) -> list[str]:
    """Take off the courtesy that was put into the title's column, and return what follows."""
    lexicon = _lexicon()
    while words and not _look(lexicon.offices, " ".join(words)):
        sizes = range(min(_MOST_WORDS, len(words)), 0, -1)
        size = next((n for n in sizes if _look(lexicon.honorifics, " ".join(words[:n]))), 0)
        if not size or not _all_known(words[size:]):
            break  # `General Counsel`, `Major Projects Officer`
        _Front(person, " ".join(words[:size]), whole=True).take()
        words = words[size:]
    return words


def _offices_among(words: Sequence[str]) -> tuple[list[tuple[Office, GenderForm | None]], bool, bool]:
    """Return the offices in words, whether other words are there too, and whether an office leads them."""
    found: list[tuple[Office, GenderForm | None]] = []
    at, unknown, leads = 0, False, False
    while at < len(words):
        size, office = _office_at(words, at)
        if office is not None:
            following = folded(words[at + size]) if at + size < len(words) else ""
            leads = leads or (at == 0 and following not in _POSSESSIVE)
            written = " ".join(words[at : at + size])
            written = "" if folded(written) in _SHORT else written
            found.append((Office(office.key, written, office.language), office.gender))
        else:
            unknown = unknown or not set(folded(words[at]).split()) <= _lexicon().fillers
        at += max(size, 1)
    return found, unknown, leads


def _office_at(words: Sequence[str], at: int) -> tuple[int, _OfficeWord | None]:
    for size in range(min(_MOST_WORDS + 1, len(words) - at), 0, -1):
        said = " ".join(words[at : at + size])
        if not folded(words[at + size - 1]):
            continue
        if found := _look(_lexicon().offices, said):
            return size, found
    said = words[at]
    if _IDEOGRAPH.match(said):
        for known in sorted(_lexicon().offices, key=len, reverse=True):
            if _IDEOGRAPH.match(known) and said.startswith(known) and not said[len(known) :].startswith("馆"):
                return 1, None if said != known else _lexicon().offices[known]
    if said.startswith("و") and (found := _look(_lexicon().offices, " ".join([said[1:], *words[at + 1 : at + 2]]))):
        return min(2, len(words) - at), found
    return 0, None


def _all_known(words: Sequence[str]) -> bool:
    at = 0
    while at < len(words):
        size, office = _office_at(words, at)
        known = office is not None or set(folded(words[at]).split()) <= _lexicon().fillers
        known = known or _look(_lexicon().honorifics, words[at]) is not None
        if not known:
            return False
        at += max(size, 1)
    return True


def _only_offices(name: str) -> bool:
    words = _spread(name).split()
    if words and folded(words[0]) in {"the", "le", "la", "el"}:
        words = words[1:]
    at = 0
    while at < len(words):
        size, office = _office_at(words, at)
        if office is None and not set(folded(words[at]).split()) <= _lexicon().fillers:
            return False
        at += max(size, 1)
    return bool(words) and any(_office_at(words, n)[1] for n in range(len(words)))


def _add_title(person: Person, title: Title) -> None:
    same = next((n for n, one in enumerate(person.titles) if (one.kind, one.key) == (title.kind, title.key)), None)
    if same is None or title.kind == "own":
        if not any(one.written == title.written for one in person.titles):
            person.titles.append(title)
    elif title.retired:
        person.titles[same] = title


def _add_office(person: Person, office: Office, gender: GenderForm | None) -> None:
    if gender and person.gender is None:
        person.gender = gender
    if not any((one.key and one.key == office.key) or (one.written and one.written == office.written)
               for one in person.offices):  # fmt: skip
        person.offices.append(office)


def _says_vacant(text: str) -> bool:
    if not text:
        return False
    words = folded(text).split()
    return is_vacant(text) or (len(words) < 5 and any(word in _lexicon().vacancy for word in words))


def _family(name: str) -> str:
    """Return the family name, which lists of diplomats write in capitals, with its particles: `van der TEST`."""
    words = name.split()
    capitals = [len(word) > 1 and word.isupper() and not word.endswith(".") for word in words]
    if not any(capitals) or all(capitals):
        return name
    first = capitals.index(True)
    last = first
    while last + 1 < len(words) and capitals[last + 1]:
        last += 1
    while first > 0 and words[first - 1].islower():
        first -= 1
    return " ".join(words[first : last + 1])


def _pointed(written: str) -> str:
    """Return a title with the points that its abbreviations have in English (United Nations Editorial Manual)."""
    return " ".join(
        f"{word}." if word.casefold() in _POINTED and not word.isupper() else word for word in written.split()
    )


def _spread(text: str) -> str:
    """Part what was written without a blank: `S.E.Mme`, `Prof.Dr.X`; and let brackets be words."""
    text = _BRACKETS.sub(_as_a_word, text)
    return re.sub(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})", ". ", re.sub(r"\b(S\.?\s?E\.?)(?=M)", r"\1 ", text))


def _as_a_word(found: re.Match[str]) -> str:
    inside = found[1].replace(" ", "")
    return f" ({inside}) " if len(found[1]) < _LONGEST_MARK else found[0]


def _plain(text: str) -> str:
    """Return words as they are compared with their accents."""
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text).casefold()).split())


def _look(table: Mapping[str, Any], text: str) -> Any:
    return table.get(_plain(text)) or table.get(folded(text))


@cache
def _lexicon() -> _Lexicon:
    path = Path(__file__).with_name("sheet_words.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    honorifics: dict[str, _Honorific] = {}
    for kind in _HONORIFICS:
        for key, entry in data[kind].items():
            for gender in (GenderForm.FEMININE, GenderForm.MASCULINE, None):
                english = set(map(folded, entry.get("english", ())))
                listed = [*entry.get(str(gender) if gender else "neutral", ())]
                listed += entry.get("english", ()) if gender is None else ()
                for word in listed:
                    for said in _as_compared(word):
                        honorifics.setdefault(said, _Honorific(kind, key, gender, folded(word) in english))
    offices: dict[str, _OfficeWord] = {}
    loose: dict[str, _OfficeWord] = {}
    for key, office, language, gender in _office_words(data["office"]):
        what = _OfficeWord(key, language, gender)
        offices.setdefault(_plain(office), what)
        loose.setdefault(folded(office), what)
    return _Lexicon(
        honorifics=honorifics,
        offices={**loose, **offices},
        retired=frozenset(map(folded, data["retired"]["words"])),
        fillers=frozenset(word for words in data["fillers"]["words"] for word in folded(words).split()),
        vacancy=frozenset(map(folded, data["vacancy"]["words"])),
        asides={folded(word): key for key, words in data["aside"].items() for word in words},
        name_kinds=frozenset(data["names_too"]["kinds"]),
        name_keys=frozenset(data["names_too"]["keys"]),
    )


def _office_words(
    data: Mapping[str, Mapping[str, Sequence[str]]],
) -> Iterator[tuple[str, str, Language, GenderForm | None]]:
    for key, entry in data.items():
        for column, words in entry.items():
            language, _, said = column.partition("_")
            for word in words:
                yield key, word, Language(language), GenderForm(said) if said else None


def _as_compared(word: str) -> tuple[str, str]:
    return _plain(word), folded(word)


__all__ = ["Office", "Person", "Title", "read_person"]
