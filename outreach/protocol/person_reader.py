"""Reads who a person is: courtesy, titles, offices, gender form and name, whatever cell of a row they stand in.

The same word counts once, though it stands in several columns. What is not understood is kept as it is written: an
unknown title stays before the name, an unknown office stays an office. Nobody's gender is guessed: it is known from
the column for it, else from the words that say it by themselves, the surest of them (`_Sureness`), unless those
contradict each other.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

from outreach.missions.facts import names_a_state
from outreach.missions.lexicon import Honorific, OfficeWord, lexicon
from outreach.missions.lists.people_words import is_vacant, surname_first
from outreach.missions.word_lists import word_list
from outreach.models import Contact
from outreach.protocol.office_words import (
    BEGINS_WITH_ARTICLE,
    BRACKETS,
    IDEOGRAPH,
    MOST_WORDS,
    all_known,
    as_office,
    is_a_box,
    offices_among,
    only_offices,
    spread,
    subject_of,
    subjects_in,
    without_state,
)
from outreach.protocol.person import Office, Person, Title
from outreach.text import folded, one_line
from outreach.vocabulary import GenderForm, Role

_LONGEST = 1_000
"""Past so many characters a cell is no name and no office: it is taken as it stands."""
_HONOURS = frozenset({"honourable", "right_honourable"})
_SEGMENTS = re.compile(r"\s*[,;|/،、]\s*|\s+[-–—]\s+")
_POINTED = frozenset(
    {"dr", "prof", "gen", "lt", "col", "maj", "brig", "capt", "cmdr", "adm", "rev", "msgr", "hon", "rt"}
)
_SPANISH = frozenset({"sr", "sra", "srta", "senor", "senora", "excmo", "excma"})
_LEAD_NAMES = frozenset({
    "ambassador", "nuncio", "minister", "minister_plenipotentiary", "minister_counsellor", "counsellor",
    "first_secretary", "second_secretary", "third_secretary",
})  # fmt: skip
"""Offices by which a person is called, before the name."""
_UNMARKED = frozenset({"don", "se", "he", "fr", "hon", "pr", "eng", "ing", "maj", "brig", "mons", "sig", "mag"})
"""Honorifics that are names too: their point, their capitals or a courtesy before them tell."""
_GENERATIONS = frozenset({"jr", "sr", "ii", "iii", "iv"})
"""What a name has behind the family name."""
# Where the mission and its seat follow, which an address says on lines of its own.
_SEAT = re.compile(
    r"\s+(?:to|at|auprès|ante|при|لدى|(?:of|de|du|des|de la)(?! (?:the |la )?(?:d[eé]l[eé]ga|mis)))\s.*"
    r"(?:\bUN\b|UNOG|United Nations|Nations Unies|\bONU\b|ONUG|Naciones Unidas|ООН|Объединенных Наций|Geneva|Genève"
    r"|Ginebra|Женев|الأمم المتحدة|جنيف).*$",
    re.IGNORECASE,
)
_OF_A_STATE = re.compile(r"\s+(?:of|de|du|des|d['’])\s*(?:the |la |l['’]|los |las )?(?P<state>\S.*)$", re.IGNORECASE)
_STATE_WITHIN = re.compile(r"\b(?P<head>head of (?:the )?)(?P<state>\S.*?) (?=(?:delegation|mission)\b)", re.IGNORECASE)
_JOINING = frozenset({"Y", "E", "I"})
"""What joins the two family names of Spanish, Portuguese and Catalan: `PRUEBA Y TESTO`."""
_PARTICLES = frozenset(word_list("names", "particles"))
"""What belongs to the family name behind it also where it begins with a capital: `Ali Al TEST`, `Els Van den TEST`."""
_LONGEST_POST_NOMINAL = 5
_GIVEN_CAPITALS = re.compile(r"(?:Mc|Mac|Di|De|Le|La|Van|[DLO]['’]|[dl]['’])(?=[^\W\d_]{2})")
"""What begins a family name in small letters though the rest of it stands in capitals: `McALLISTER`, `d'ANSEMBRAY`."""


class _Sureness(IntEnum):
    """How surely a word tells the gender form; the surest that a row has decides."""

    COURTESY = 0
    """`Ms.`, `Excmo.`, `Prince`."""
    FEMININE = 1
    """`Dra.`, `Ambassadrice`: nobody else is called so."""
    MASCULINE = 2
    """`Embajador`, where women are called otherwise: a heading may have been copied downwards."""


def read_person(contact: Contact) -> Person:
    """Return who a contact is, by all that its row says."""
    gender = str(contact.gender_form) if contact.gender_form else ""
    return _read(contact.role, contact.iso3, contact.form_of_address, contact.name, contact.title, gender)


@lru_cache(maxsize=4096)
def _read(role: Role, iso3: str, form: str, name: str, title: str, gender: str) -> Person:
    reader = _RowReader(Person(role), iso3)
    reader.form(one_line(form))
    reader.name(one_line(name))
    reader.title(one_line(title))
    person = reader.person
    if person.name and only_offices(person.name):
        reader.offices(person.name)
        person.name = ""
    if is_a_box(person.name):
        person.name = ""
    person.vacant = person.vacant and not person.name
    person.called = _without_honours(person.name)
    person.family = _family(person.called)
    person.gender = GenderForm(gender) if gender else reader.told_gender()
    return person


class _RowReader:
    """Fills in a person from the cells of a row, and remembers what told the gender form."""

    def __init__(self, person: Person, iso3: str) -> None:
        self.person, self._iso3 = person, iso3
        self._genders: list[tuple[_Sureness, GenderForm]] = []
        self._civility = ""
        """The last civility, folded: `ms`, `sr`."""

    def told_gender(self) -> GenderForm | None:
        """Return the gender form that the surest words tell; None where they contradict each other."""
        surest = min((sureness for sureness, _ in self._genders), default=None)
        told = {gender for sureness, gender in self._genders if sureness is surest}
        return told.pop() if len(told) == 1 else None

    def form(self, cell: str) -> None:
        """Read the cell of the form of address, which is courtesy throughout."""
        if _letters(rest := self._off_the_end(self._off_the_front(cell, whole=True))):
            self._add_title(Title("own", "", rest.strip(" ,"), True))

    def name(self, cell: str) -> None:
        """Read the cell of the name, with whatever stands before and behind it."""
        if not _letters(cell):
            return
        if _says_vacant(cell):
            self.person.vacant = True
            return
        name = self._off_the_front(self._off_the_end(self._off_behind_a_comma(cell)), whole=False).strip(" ,;-–")
        # Where nothing was taken off, it stays as the sheet has it.
        name = cell if _letters(name) == _letters(cell) else name
        parts = surname_first(name)
        if parts is not None and _family(f"X {parts.family}") == parts.family:  # `van der TEST, Jan`
            given = self._off_the_front(parts.given, whole=False)
            name = " ".join(filter(None, (given, parts.family, parts.behind)))
        self.person.name = name

    def title(self, cell: str) -> None:
        """Read the cell of the title."""
        if _says_vacant(cell):
            self.person.vacant = self.person.vacant or not self.person.name
        else:
            self.offices(cell)

    def offices(self, text: str) -> None:
        """Read offices, parted by commas or `and`, and honorifics that were put there."""
        if len(text) > _LONGEST:
            self.person.offices.append(Office("", text))
            return
        text = _STATE_WITHIN.sub(_without_a_state_within, text)
        for segment in filter(None, _SEGMENTS.split(_SEAT.sub("", text) or text)):
            state = _OF_A_STATE.search(segment)
            of_a_state = state is not None and names_a_state(state["state"])
            held = self.person.offices
            if held and held[-1].key == "foreign_minister" and held[-1].written and not only_offices(segment):
                held[-1] = held[-1]._replace(written=f"{held[-1].written}, {segment}")  # `…, Trade and Tourism`
                continue
            self._office(segment[: state.start()] if state and of_a_state else segment)

    # ------------------------------------------------------------------------------------------ before a name

    def _off_the_front(self, text: str, *, whole: bool) -> str:
        """Take courtesy and titles off the front of a text, and return the rest: the name, unless it is the `whole`."""
        if len(text) > _LONGEST:
            return text
        words = spread(text if whole else self._off_a_chinese_name(text)).split()
        taken = False
        while words:
            if whole and taken and len(words) > 1 and lexicon().means_nothing(words[0]):
                words = words[1:]  # `Mr. and Mrs.`
            size, what = self._longest(words, whole=whole, taken=taken)
            if what is None:
                break
            written, words, taken = " ".join(words[:size]).strip(" ,"), words[size:], True
            written = bracketed[1] if (bracketed := BRACKETS.fullmatch(written)) else written
            if isinstance(what, OfficeWord):
                self._add_office(as_office(what, written))
                words = words[1:] if words and _is_retired(words[0]) else words
                continue
            retired = bool(words) and _is_retired(words[0]) and (what.kind == "military" or what.key == "judge")
            self._take(what, written, retired=retired)
            words = words[1:] if retired else words
        return " ".join(words)

    def _longest(self, words: Sequence[str], *, whole: bool, taken: bool) -> tuple[int, Honorific | OfficeWord | None]:
        courteous = taken or bool(self._civility or self.person.styles)
        for size in range(min(MOST_WORDS, len(words)), 0, -1):
            if not whole and size == len(words):
                continue  # the last word is the name, whatever it is called
            said = " ".join(words[:size])
            nun = self._iso3 == "VAT" and folded(said) == "sr" and not self._civility
            what = lexicon().honorific("sister" if nun else said) or lexicon().office(said)
            if what is None or whole:
                if what is not None:
                    return size, what
                continue
            if isinstance(what, OfficeWord):
                if what.key in _LEAD_NAMES:
                    return size, what
            elif (courteous or not BEGINS_WITH_ARTICLE.match(said)) and self._fits(what, words, size):
                return size, what
        return 0, None

    def _fits(self, what: Honorific, words: Sequence[str], size: int) -> bool:
        """Tell whether an honorific before a name is none that is a name, or an initial."""
        word, bare = words[0], folded(words[0])
        if size == 1 and self._iso3 in lexicon().said_in.get(bare, ()):
            return what.gender is None or not self._civility  # `Mr. Tun Jo`, but `Ms. Adi Test`
        if self._civility and (what.kind in lexicon().name_kinds or what.key in lexicon().name_keys):
            return bare in {"le", "la"}  # `Mr. Prince Mensah`, but `Prince Mensah`, and `M. le Prince Mensah`
        if size > 1:
            return True
        following = words[1].rstrip(".") if len(words) > 1 else ""
        if bare in {"d", "da"}:
            return self._civility in _SPANISH  # `Sr. D. Luis`, not `Mr. D. Luis`
        if bare in {"m", "r"}:
            return word.endswith(".") and len(following) > 1  # `M. Jean TEST`, not `M. K. TEST`
        if bare == "u":
            return word == "U" and len(following) > 1  # `U Kyaw TEST`
        if bare in lexicon().name_words:
            honoured = bool(self.person.styles) or any(title.kind == "honour" for title in self.person.titles)
            return honoured or (word.endswith(".") and len(word) > 2) or _is_retired(words[1])
        if bare in _UNMARKED:
            return word.endswith(".") or word.isupper() or bool(self._civility or self.person.styles)
        return True

    def _take(self, what: Honorific, written: str, *, retired: bool = False) -> None:
        if what.gender:
            courtesy = what.kind not in {"academic", "military"}
            self._genders.append((_Sureness.COURTESY if courtesy else _Sureness.FEMININE, what.gender))
        if what.kind == "civility" or folded(written) in _SPANISH:
            self._civility = folded(written)
        if what.kind == "civility":
            return
        if what.kind == "style" and what.key not in _HONOURS:
            if what.key not in self.person.styles:
                self.person.styles.append(what.key)
            return
        kind = "honour" if what.kind == "style" else what.kind
        bare = written if kind == "custom" else BEGINS_WITH_ARTICLE.sub("", written)  # le Prince, but El Hadj
        self._add_title(Title(kind, what.key, _pointed(bare), what.english and bare.isascii(), retired))

    def _off_a_chinese_name(self, text: str) -> str:
        """Take what Chinese puts behind a name: 张三先生, 李四大使阁下."""
        if not IDEOGRAPH.search(text):
            return text
        behind: list[tuple[str, Honorific | OfficeWord]] = []
        behind += lexicon().honorifics.items()
        behind += lexicon().offices.items()
        found = True
        while found:
            found = False
            for words, what in behind:
                if IDEOGRAPH.match(words) and text.endswith(words) and len(text) > len(words):
                    text, found = text.removesuffix(words).rstrip(), True
                    if isinstance(what, OfficeWord):
                        self._add_office(as_office(what, words))
                    else:
                        self._take(what, words)
        return text

    def _off_behind_a_comma(self, text: str) -> str:
        """Take an office off the end of a name: `Ada TEST, Ambassador`."""
        while (at := text.rfind(",")) > 0 and at + 1 < len(text) <= _LONGEST and only_offices(text[at + 1 :]):
            self.offices(text[at + 1 :])
            text = text[:at].rstrip()
        return text

    def _off_the_end(self, text: str) -> str:
        """Take a courtesy, an office or a pronoun in brackets off the end of a name: `(Ms.)`, `(Amb.)`, `(she/her)`."""
        found = BRACKETS.search(text)
        if found is None or found.end() != len(text) or not found.start():
            return text
        if (office := lexicon().office(found[1])) and office.key in _LEAD_NAMES:
            self._add_office(as_office(office, found[1]))
            return text[: found.start()]
        said = lexicon().honorific(found[1])
        gender = lexicon().pronouns.get(folded(found[1])) or (said.gender if said and said.kind == "civility" else None)
        if gender is None:
            return text
        self._genders.append((_Sureness.COURTESY, gender))
        return text[: found.start()]

    def _add_title(self, title: Title) -> None:
        titles = self.person.titles
        same = next((n for n, one in enumerate(titles) if (one.kind, one.key) == (title.kind, title.key)), None)
        if same is None or title.kind in {"own", "custom"}:
            if not any(one.written == title.written for one in titles):
                titles.append(title)
        elif title.retired:
            titles[same] = title

    # ------------------------------------------------------------------------------------------------ offices

    def _office(self, segment: str) -> None:
        """Read what stands between two commas of a title: an office or several, a subject, or words nobody knows."""
        bracket = BRACKETS.search(segment)
        if bracket is not None and bracket.start() and lexicon().office(bracket[1]):  # `Minister (Chargé d'affaires)`
            self._office(BRACKETS.sub("", segment))
            self._office(bracket[1])
            return
        words = without_state(self._after_courtesy(spread(BRACKETS.sub("", segment)).split()))
        aside = bracket[1] if bracket else ""
        found, others, leads = offices_among(words)
        about = subjects_in(subject_of(others)) or subjects_in(folded(aside))
        dated = any(map(str.isdigit, aside))  # `(since 2023)` is for the sheet's keeper
        aside = "" if dated or folded(aside) in lexicon().retired else aside
        own = " ".join([*words, f"({aside})"] if aside else words)
        if found and folded(aside) in lexicon().designates:  # `Ambassador (designate)`
            found[-1], aside = found[-1]._replace(written="", designate=True), ""
        if not found and not about:
            if others or aside:
                self._add_office(Office("", own))
            return
        offices = self.person.offices
        if not found:  # `First Secretary, Human Rights`
            if offices and offices[-1].key and not offices[-1].aside:
                written = f"{offices[-1].written} ({own})" if offices[-1].written else ""
                offices[-1] = offices[-1]._replace(aside=about, written=written)
            else:
                self._add_office(Office("", own))
            return
        if about and len(found) == 1:
            self._add_office(found[0]._replace(written=own if found[0].written else "", aside=about))
        elif not others:
            last = found.pop()
            for one in found:
                self._add_office(one)
            written = f"{last.written} ({aside})" if aside and last.written else last.written
            self._add_office(last._replace(written=written, aside=about))
        else:
            # More is said than we know the words for: it stands as it is written, and counts by how it begins.
            mentions = tuple(one.key for one in found if not (one.key == "ambassador" and leads))
            self._add_office((found[0] if leads else Office("", ""))._replace(written=own, mentions=mentions))
            for one in found:
                if one.key == "charge":
                    self._add_office(one)

    def _after_courtesy(self, words: list[str]) -> list[str]:
        """Take off the courtesy that was put into the title's column, and return what follows."""
        while words and not lexicon().office(" ".join(words)):
            sizes = range(min(MOST_WORDS, len(words)), 0, -1)
            size = next((n for n in sizes if lexicon().honorific(" ".join(words[:n]))), 0)
            if size == 1 and folded(words[0]) in lexicon().name_words and not words[0].endswith("."):
                break  # `HR Counsellor`: what is a name as well as a courtesy is neither here
            if not size or not all_known(words[size:]):
                break  # `General Counsel`, `Major Projects Officer`
            self._off_the_front(" ".join(words[:size]), whole=True)
            words = words[size:]
        return words

    def _add_office(self, office: Office) -> None:
        if office.gender:
            sureness = _Sureness.FEMININE if office.gender is GenderForm.FEMININE else _Sureness.MASCULINE
            self._genders.append((sureness, office.gender))
        offices = self.person.offices
        same = next((n for n, one in enumerate(offices) if (one.key and one.key == office.key)
                     or (one.written and one.written == office.written)), None)  # fmt: skip
        if same is None:
            offices.append(office)
        elif office.designate or (office.aside and not offices[same].aside):  # `Amb.` and `Ambassador-designate`
            offices[same] = office


def _without_a_state_within(found: re.Match[str]) -> str:
    """Return `Head of the Delegation` for `Head of the European Union Delegation`."""
    return found["head"] if names_a_state(found["state"].removesuffix(" Permanent")) else found[0]


def _is_retired(word: str) -> bool:
    # An initial may be a name's; `General a.D.`, `Col. retd` need no brackets.
    return folded(word) in lexicon().retired and (word[0] in "([" or len(folded(word)) > len("sr"))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _says_vacant(text: str) -> bool:
    if not text:
        return False
    words = folded(text).split()
    return is_vacant(text) or (len(words) < 5 and any(word in lexicon().vacancy for word in words))


def _without_honours(name: str) -> str:
    words = name.split()
    while len(words) > 1 and (
        folded(words[-1]) in lexicon().after_names
        or folded(" ".join(words[-2:])) in lexicon().after_names  # `OFM Cap.`
        or (words[-2].endswith(",") and _is_post_nominal(words[-1]))
    ):
        words = [*words[:-2], words[-2].rstrip(",")]  # `Edmund TEST KCMG`, `Jane TEST, PhD`
    return " ".join(filter(None, words))


def _is_post_nominal(word: str) -> bool:
    """Tell whether what follows a comma behind a name looks like an order or a degree: `SJ`, `ndc`."""
    bare = word.replace(".", "")
    small = bare.isalpha() and len(bare) <= _LONGEST_POST_NOMINAL and folded(bare) not in _GENERATIONS
    return small and (bare.isupper() or bare.islower())


def _family(name: str) -> str:
    """Return the family name, which lists of diplomats write in capitals, with its particles: `van der TEST`."""
    words = [word.rstrip(",") for word in name.split()]
    while len(words) > 1 and folded(words[-1]) in _GENERATIONS:
        words.pop()
    capitals = [_is_in_capitals(word) for word in words]
    if not any(capitals) or all(capitals):
        return name
    first = capitals.index(True)
    last = first
    for at in range(first + 1, len(words)):
        if capitals[at]:
            last = at
        elif not (words[at] in _JOINING and at + 1 < len(words) and capitals[at + 1]):
            break
    while first > 0 and (words[first - 1].islower() or (first > 1 and folded(words[first - 1]) in _PARTICLES)):
        first -= 1
    return " ".join(words[first : last + 1])


def _is_in_capitals(word: str) -> bool:
    rest = _GIVEN_CAPITALS.sub("", word, count=1)
    return len(rest) > 1 and rest.isupper() and not word.endswith(".")


def _pointed(written: str) -> str:
    """Return a title with the points that its abbreviations have in English (United Nations Editorial Manual)."""
    return " ".join(
        f"{word}." if word.casefold() in _POINTED and not word.isupper() else word for word in written.split()
    )
