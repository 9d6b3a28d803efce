"""What lists of diplomats put into a cell besides a name: honorifics, ranks, roles in words, vacancies, exclusions.

Words are compared folded (`outreach.text.folded`); each table is in the six languages of the United Nations.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from outreach.missions import closed_lists
from outreach.missions.lexicon import lexicon
from outreach.missions.word_lists import word_list
from outreach.text import folded, one_line
from outreach.vocabulary import GenderForm, Role

_LONGEST = 1_000
"""Past so many characters a cell is no name, role or word: nothing is looked for in it."""


def _all(words: Iterable[str]) -> tuple[str, ...]:
    """Return words as texts are compared."""
    return tuple(dict.fromkeys(map(folded, words)))


_CHARGE = _all(word_list("functions", "charge"))
_COURTESY = ("civility", "style", "knight", "custom")
_FEMININE = _all(lexicon().before_names(*_COURTESY, gender=GenderForm.FEMININE))
_MASCULINE = _all(lexicon().before_names(*_COURTESY, gender=GenderForm.MASCULINE))
_NEUTRAL = _all([
    *lexicon().before_names(*_COURTESY, gender=None),
    *lexicon().before_names("clergy", keys=("monsignor", "reverend")),
    *("his", "her", "son", "su"),
])  # fmt: skip
_RANKS = _all([
    *lexicon().before_names("academic", "military"),
    *(f"{article}{word}" for word in lexicon().words_of("ambassador") for article in ("", "l ", "o ", "a ")),
])  # fmt: skip
_VACANT = _all(("", *word_list("remarks", "vacant")))
_ASSISTANT = _all(word_list("functions", "assistant"))
_FORMER = _all(word_list("functions", "former"))
_RIGHTS = _all((*word_list("functions", "rights"), *lexicon().words_of("human_rights_expert")))
_DEPUTY = _all((*word_list("functions", "deputy"), *lexicon().words_of("deputy_permanent_representative")))
_HEADS = ("permanent_representative", "permanent_observer", "ambassador", "nuncio", "head_of_mission")
_HEAD = _all((*word_list("functions", "head"), *(word for key in _HEADS for word in lexicon().words_of(key))))
_SHORT_HEAD = _all(word_list("functions", "short_head"))
_SHORT_DEPUTY = _all(word_list("functions", "short_deputy"))
_SHORT_RIGHTS = _all(word_list("functions", "short_rights"))
"""Functions in short, as they are written on cards; only as words of their own."""
_STOPPED = _all(word_list("remarks", "stopped"))
_GONE = _all(word_list("remarks", "gone"))
_MARKS_YES = frozenset("x✓✔☑☒✅vsojд●•■*")
"""Signs and letters in ticked cells; words are those of `closed_lists.yes_no`."""
_MARKS_NO = frozenset("☐✗✘❌□○-–—н")
# Somebody is still to be named, in words that vary: `por nombrar`, `position vacant since May`, `not yet appointed`.
_TO_COME = re.compile(
    r"(?:(?:the )?(?:post|poste|puesto|position|cargo|siege) )?"
    r"(?:to be|yet to be|not yet|will be|por|a|en cours de|en attente de|pas encore|aun no|todavia no|pendiente de"
    r"|awaiting) "
    r"(?:appoint|nam|nomin|nomm|nombr|design|confirm|announc|determin|fill|pourvoir|recruit|elect|definir|asign)\w*"
    r"|(?:sera|doit etre|va etre) (?:nomm|design|pourvu|annonc|confirm)\w*"
    r"|(?:wird (?:noch )?|noch zu )(?:er|be)(?:nannt|nennen|setzt|setzen)"
    r"|(?:post|poste|puesto|position|cargo|currently|actuellement|actualmente|still|пост|должность) "
    r"(?:is )?(?:vacant|vacante|vacanc\w+|vacio|вакант\w*|свобод\w*)(?: \w+){0,3}|vacante? (?:\w+ ){0,2}\w+|n n|tbn"
)
_VACANT_TWICE = re.compile(r" [-–—/|] |[;:,(]\s|\s[(]")
_TOKEN = re.compile(r"\s{0,9}([A-Z]\. [A-Z]\.(?: M\.)?|[^\s,.]{1,24}(?:\.[^\s,.]{1,6}){0,4}\.?)(?=[\s.]|$)")
_SURNAME_FIRST = re.compile(
    r"(?!\d)\w[\w'’.-]{0,40}(?: [\w'’.-]{1,40}){0,5}, ?(?!\d)\w[\w'’.-]{0,40}(?: [\w'’.-]{1,40}){0,3}"
)
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|esq|ph\.?\s?d|m\.?d|mba|ll\.?[mdb]|[kq]\.?c|[ock]\.?b\.?e|c\.?m\.?g)\.?")
"""What follows a name and is no given name, in lower case: `Jr.`, `PhD`, `KC`."""
_BRACKETS = re.compile(r"\s{0,9}[(\[][^()\[\]]{0,200}[)\]]")


_BOTH_GENDERS = re.compile(
    r"(?<=\w)(?:\((?:e|a|ne|nne|se|ère|trice|ora|ice)\)|[·•](?:e|a|ne|trice|ice)(?:[·•]s)?(?!\w)|/(?:a|e|ora|trice)(?!\w))"
)


# `Vacant (Ana Li, chargée d'affaires a.i.)`, `Vacant – CDA: Ana Li`: nobody, and then somebody.
_STANDING_IN = re.compile(r"([^\W\d]{2,20}(?: [^\W\d]{2,20}){0,2})\s{0,3}[-–—:;,/(\[]\s{0,3}([^\s].{2,300})")
_ACTING_FIRST = re.compile(
    r"((?:[^\W\d]{1,12}['’ ]){0,3}[^\W\d]{2,20}(?:,? a\. ?i\.| ad interim)?)\s{0,2}(?::| [-–—])\s{1,3}(?=\S)",
    re.IGNORECASE,
)
_INTERIM = re.compile(
    r"[\s,(]{1,3}(?:a\. ?i\.|ad interim|par intérim|interino|interina|acting|и\. ?о\.)\s{0,2}\)?$", re.IGNORECASE
)


_BEHIND = re.compile(r"([^\s].{0,100}?) ?(様|殿|さん|先生|女士|小姐|阁下|閣下)")
"""Forms of address that stand behind the name, in Chinese and Japanese."""


_IDEOGRAPHIC_OFFICES = sorted((o for o in lexicon().offices if "\u4e00" <= o[:1] <= "\u9fff"), key=len, reverse=True)
"""Offices that stand right behind the name there: `尹成美大使阁下`."""


class PersonWords(NamedTuple):
    """A cell with a name taken apart; what is not there is empty."""

    name: str
    title: str = ""
    gender_form: GenderForm | None = None
    vacant: bool = False
    """Whether it says that nobody is there."""
    aside: str = ""
    """What stood in brackets and is no part of the name."""
    stands_in: bool = False
    """Whether the post that the cell is about is said to be vacant, and this is who leads the mission meanwhile."""
    before: str = ""
    """The honorifics and titles in front of the name, as they are written: `H.E. Ms. Dr.`, `General (ret.)`."""

    @property
    def taken_apart(self) -> bool:
        """Whether anything but a name stood there."""
        return bool(self.title or self.gender_form or self.vacant or self.aside)


def is_vacant(text: str) -> bool:
    """Tell whether a cell says that there is nothing or nobody: `vacant`, `TBC`, `N/A`, `to be named`, `-`."""
    if len(text) >= _LONGEST:
        return False
    asked = folded(text)
    parts = _VACANT_TWICE.split(text) if asked not in _VACANT else ()
    if len(parts) > 1 and all(map(is_vacant, parts)):
        return True  # `Position to be filled – TBA`
    is_filler = 2 < len(asked) < 6 and asked.isascii() and asked.isalpha() and len(set(asked)) == 1  # `xxx`
    return is_filler or asked in _VACANT or _TO_COME.fullmatch(asked) is not None


def is_ditto(text: str) -> bool:
    """Tell whether a cell only points at another one: `see above`, `ditto`, `同上`."""
    return len(text) < _LONGEST and folded(text) in _DITTO


_DITTO = frozenset(_all(word_list("remarks", "ditto")))
_GREETING = re.compile(
    r"(?:dear|ch[eè]re?|estimad[oa]|querid[oa]|distinguid[oa]|(?:sehr )?geehrte[rs]?|liebe[rs]?|prezad[oa]|"
    r"(?:глубоко)?уважаем\w{2,3}|عزيزي|عزيزتي|尊敬的)(?:\s|(?<=的))(?=\S)",
    re.IGNORECASE,
)
_GREETED = {
    "sir", "madam", "sir or madam", "sir madam", "madam sir", "madam or sir", "all", "colleague", "colleagues", "team",
    "excellency", "excellencies", "friends", "monsieur madame", "madame monsieur", "damen und herren", "collegues",
}  # fmt: skip
"""Whom a greeting greets without a name: `Dear Ambassador` stands in a column of salutations."""


_ALSO_NAMES = {"cher", "chere", "liebe", "lieber", "querida"}
"""Greetings that people are called too, if nothing behind them is a form of address."""


def _greeted(line: str) -> str:
    """Return who is greeted, where a line greets, else the line; empty for nobody by name."""
    greeting = _GREETING.match(line)
    if greeting is None:
        return line
    rest = line[greeting.end() :].strip(" ,:;")
    if folded(greeting[0]) in _ALSO_NAMES and not (
        is_function(rest) or folded(rest) in _GREETED or _off_the_front(rest)[3]
    ):
        return line
    return "" if is_function(rest) or folded(rest) in _NEUTRAL or folded(rest) in _GREETED else rest


def in_a_line(text: str) -> str:
    """Return the lines of a cell in one, a function on a line of its own behind a comma: `Ana Li\\nAmbassador`."""
    lines = [line for part in text.splitlines() if (line := one_line(part))]
    if len(text) > _LONGEST or len(lines) < 2:
        return one_line(text)
    return lines[0] + "".join(f"{', ' if names_a_function(line) else ' '}{line}" for line in lines[1:])


def split_person(text: str) -> PersonWords:
    """Take honorifics and ranks off the front of a name, functions off its end, and brackets out of it."""
    line = in_a_line(text)
    if not line or len(line) > _LONGEST:
        return PersonWords(line)
    standing_in = _STANDING_IN.fullmatch(line)
    if standing_in is not None and is_vacant(standing_in[1]):
        # The post is vacant, and it says who leads the mission meanwhile.
        after = standing_in[2].strip()
        other = split_person(after if "(" in after else after.strip(" ()[]"))
        nobody = not other.name or is_vacant(other.name) or other.name[0].islower() or role_of(other.name)[0]
        return PersonWords("", vacant=True) if nobody else other._replace(stands_in=True)
    if is_vacant(line) or is_ditto(line):
        return PersonWords("", vacant=True)
    line = _greeted(line)
    if not line:
        return PersonWords("", vacant=True)
    if (suffixed := _before_a_suffix(line)) is not None:
        return suffixed
    acting = _ACTING_FIRST.match(line)
    if acting is not None and role_of(acting[1])[0] is not None:
        other = split_person(line[acting.end() :])
        return other._replace(title=", ".join(filter(None, (acting[1].strip(), other.title)))) if other.name else other
    if (meanwhile := _for_a_while(line)) is not None:
        return meanwhile
    line, flag = _without_flag(line)
    rest, function, remark = _behind_the_name(_BRACKETS.sub("", line).strip() or line)
    aside = " ".join(filter(None, (flag, *(part.strip(" ()[]") for part in _BRACKETS.findall(line)), remark)))
    rest, ranks, gender, taken = _off_the_front(rest)
    before = _before(line, rest)
    if (parts := surname_first(rest)) is not None:
        given, ranks_of_given, of_given, _ = _off_the_front(parts.given)
        rest = " ".join(filter(None, (given, parts.family, parts.behind)))
        ranks, gender = [*ranks, *ranks_of_given], gender or of_given
    ranks += [function.strip(" ,")] if function else []
    rest = rest.strip(" ,;-–")
    if rest and _is_an_office(rest):
        return PersonWords("", ", ".join([*ranks, rest]), gender, vacant=True, aside=aside)
    left = is_vacant(rest) or folded(aside) in lexicon().vacancy  # `Ana Li / vacant`: who was there is there no more
    if not rest or left:
        return PersonWords("", ", ".join(ranks), None if left else gender, vacant=not taken or left, aside=aside)
    title = ", ".join(dict.fromkeys(ranks))
    if aside and gender is None and (said := _gender_in_brackets(aside)):
        gender, aside = said, ""  # `Ana Li (Ms.)`, `Ana Li (she/her)`
    return PersonWords(rest, title, gender, aside=aside, before=before)


def _before_a_suffix(line: str) -> PersonWords | None:
    """Return who stands before a form of address that is written behind the name: `尹成美大使阁下`."""
    behind = _BEHIND.fullmatch(line)
    if behind is None or is_function(line):
        return None
    other = split_person(behind[1])
    office = next((o for o in _IDEOGRAPHIC_OFFICES if other.name.endswith(o) and len(other.name) > len(o) + 1), "")
    if office and not other.title:
        other = other._replace(name=other.name.removesuffix(office), title=office)
    gender = {"女士": GenderForm.FEMININE, "小姐": GenderForm.FEMININE, "先生": GenderForm.MASCULINE}.get(behind[2])
    return other._replace(
        gender_form=other.gender_form or gender, before=" ".join(filter(None, (other.before, behind[2])))
    )


def _for_a_while(line: str) -> PersonWords | None:
    """Return who holds an office in brackets, or ad interim: `Ana Li (Chargée d'affaires a.i.)`, `Ana Li, a.i.`"""
    for bracket in _BRACKETS.finditer(line):
        office = bracket[0].strip(" ()[]")
        plain = _INTERIM.sub("", office).rstrip(" ,")
        if bracket.start() and (role_of(plain)[0] not in (None, Role.GENERAL) or lexicon().office(plain) is not None):
            other = split_person(line[: bracket.start()] + line[bracket.end() :])
            return other._replace(title=", ".join(filter(None, (other.title, office)))) if other.name else None
    interim = _INTERIM.search(line)
    if interim is None:
        return None
    other = split_person(line[: interim.start()].rstrip(" ,;("))
    return other._replace(aside=" ".join(filter(None, (other.aside, "a.i."))))


_FLAG = re.compile(r"(?:\*{1,3}\s?([^\W\d]{2,12})\s?[!*]{1,3}|([^\W\d]{2,12})\s?[!:])\s{0,3}(?=\S)")
"""What is put before a name to point at it: `*NEW* Ana Li`, `New: Ana Li`."""
_BEHIND_THE_NAME = re.compile(r"\s{0,3}[,;|/]\s{0,3}|\s{1,3}[-–—]\s{1,3}")
_TELEPHONE = re.compile(r"(?:\D{0,12}\d){5}")
_NEW = frozenset(word for word in word_list("remarks", "succeeded") if " " not in word)


def _without_flag(text: str) -> tuple[str, str]:
    """Return a cell of a name without the word in front that only points at it, and that word."""
    found = _FLAG.match(text)
    word = (found[1] or found[2]) if found else ""
    return (text[found.end() :], word) if found and (found[1] or folded(word) in _NEW) else (text, "")


def _behind_the_name(text: str) -> tuple[str, str, str]:
    """Part a cell of a name at the first mark behind which a function stands, or a remark: name, function, remark.

    A remark is known by its shape: it begins small or is a telephone. Whatever else begins with a capital may be a
    part of the name.
    """
    for found in _BEHIND_THE_NAME.finditer(text):
        after = text[found.end() :]
        first = folded(after.split(" ", maxsplit=1)[0])
        if not found.start():
            continue
        if names_a_function(after):
            return text[: found.start()], after, ""
        honour = _SUFFIX.fullmatch(after.lower()) or folded(after) in lexicon().after_names
        is_sentence = after[:1].islower() and first not in _OF_NAMES and not honour
        if is_sentence or _TELEPHONE.match(after):
            return text[: found.start()], "", after
    return text, "", ""


def names_a_function(text: str) -> bool:
    """Tell whether words are a function: `Counsellor`, `Deputy Permanent Representative`; an initial is none."""
    of_somebody = len(text) < _LONGEST and _has(f" {folded(text)} ", _ASSISTANT)  # `Social Secretary to the Ambassador`
    return of_somebody or role_of(text)[0] not in (None, Role.GENERAL) or folded(text) in _RANKS or (
        is_function(text) and any(len(word) > _LONGEST_INITIAL for word in text.split())
    )  # fmt: skip


_LONGEST_INITIAL = 3


def _is_an_office(text: str) -> bool:
    """Tell whether what would be a name is an office, and nobody's name: `Chargé d'affaires`, `Botschafterin`."""
    known = len(text) > _LONGEST_INITIAL and lexicon().office(text) is not None
    return known or (is_function(text) and names_a_function(text))


_OF_NAMES = frozenset(
    (*word_list("names", "particles"), "nee", "ne", "geb", "geborene", "nacida", "born", "dit", "dite")
)
"""What begins small within a name, the one at birth too."""

_ASIDES = re.compile(r"[,;()\[\]\n|]|\s[-–—]\s|->|→|⇒")
_SUCCEEDED = sorted((words.split() for words in word_list("remarks", "succeeded")), key=len, reverse=True)


def successor(text: str) -> str:
    """Return who came after, where a cell names two: `Somchai P., replaced by Malee W.`, `A (left), now: B`."""
    parts = [part.strip() for part in _ASIDES.split(text[:_LONGEST])]
    for part in parts[1:]:
        words = part.replace(":", ": ").split()
        for phrase in _SUCCEEDED:
            if len(words) > len(phrase) and [folded(word) for word in words[: len(phrase)]] == phrase:
                return " ".join(words[len(phrase) :]).strip(" :")
    return ""


def says_gone(text: str) -> str:
    """Return what a cell says of a person behind their name, where that is that they are not there any more."""
    if successor(text):
        return ""
    return next((part.strip() for part in _ASIDES.split(text[:_LONGEST])[1:] if excludes(part, remark=True)), "")


_JOINS = re.compile(
    r"[ \u00a0]{0,3}(?:[/;&+\n]|,?[ \u00a0](?:and|et|y|e|и|und|with|avec|con)(?=[ \u00a0])|[ ]و)[ \u00a0]{0,3}"
)


def says_former(text: str) -> bool:
    """Tell whether a function is one that somebody had, or says that they are gone: `Former PR`, `retired`.

    `Former Minister, Permanent Representative` has another one now.
    """
    clauses = [clause for clause in _CLAUSES.split(text[:_LONGEST]) if clause.strip()]
    past = [clause for clause in clauses if _is_former(folded(clause))]
    if any(len(folded(clause).split()) == 1 for clause in past):
        return True
    return bool(past) and all(role_of(clause)[0] in (None, Role.GENERAL) for clause in clauses if clause not in past)


def _is_former(asked: str) -> bool:
    words = asked.split()
    if not words or words[0] in _LEAVING:
        return False
    first_or_last = words[0] in _FORMER or words[-1] in _FORMER
    in_one = not asked.isascii() and any(asked.startswith(word) for word in _FORMER if not word.isascii())
    return first_or_last or in_one or asked in _GONE


_LEAVING = {"outgoing"}
"""Who is still there."""


def several_people(text: str) -> list[PersonWords]:
    """Return the people that a cell of names names, where each but the first begins with a form of address.

    Empty for one person: `Ms. Ana Sousa e Silva`, `Bo Li / UN`.
    """
    parts, start = [], 0
    for join in _JOINS.finditer(text[:_LONGEST]):
        if _off_the_front(text[join.end() :][:_LONGEST])[3]:
            parts.append(text[start : join.start()])
            start = join.end()
    found = [split_person(part) for part in (*parts, text[start:])] if parts else []
    return found if all(one.name for one in found) else []


class SurnameFirst(NamedTuple):
    """The parts of a name that a list has with the family name first: `LI, Ms. Ana`, `LI, Robert Jr.`."""

    given: str
    """With the courtesy that stands before it."""
    family: str
    behind: str
    """`Jr.`, `III`."""


def surname_first(text: str) -> SurnameFirst | None:
    """Return the parts of a name that is written with the family name and a comma first; None for another."""
    bare = text
    while (found := _GENERATION.search(bare)) is not None and found.start():
        bare = bare[: found.start()]
    family, comma, given = (part.strip() for part in bare.partition(","))
    if not comma or not _SURNAME_FIRST.fullmatch(bare) or not _is_given(given, family):
        return None
    return SurnameFirst(given, family, text[len(bare) :].strip(" ,"))


_GENERATION = re.compile(r"[,\s]\s{0,3}(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
_POST_NOMINAL = 5


def _is_given(after: str, before: str) -> bool:
    """Tell whether what follows the comma may be a given name: no function, no rank, no `née …`, no `Jr.`."""
    if role_of(after)[0] is not None or names_a_function(after):
        return False
    if after.isupper() and len(after) <= _POST_NOMINAL and not before.isupper() and " " in before:
        return False  # `Muthoni Wainaro, EGH`
    return not (after[:1].islower() or _SUFFIX.fullmatch(after.lower()))


def _before(line: str, rest: str) -> str:
    """Return what stands before the name, with its brackets: they may say that a general is one no more."""
    first = rest.split(" ", maxsplit=1)[0] if rest else ""
    at = line.find(f" {first}") if first else -1
    return line[:at].strip(" ,") if at > 0 else ""


@cache
def _honorifics() -> Mapping[str, str]:
    """Return what honorifics of several words are: `the rt hon`, `rear admiral`."""
    tables = (("feminine", _FEMININE), ("masculine", _MASCULINE), ("neutral", _NEUTRAL), ("rank", _RANKS))
    return {word: kind for kind, table in tables for word in table if " " in word}


_MOST_HONORIFIC_WORDS = 4


def _of_several_words(text: str) -> tuple[str, str, str]:
    """Return an honorific of several words in front of a name, what kind it is, and the rest; nothing for none."""
    words = text.split()
    for count in range(min(_MOST_HONORIFIC_WORDS, len(words) - 1), 0, -1):
        kind = _honorifics().get(folded(" ".join(words[:count])))
        if kind is not None and (count > 1 or kind != "neutral"):
            return " ".join(words[:count]), kind, " ".join(words[count:])
    return "", "", text


def _office_in_front(text: str) -> tuple[str, str, str]:
    """Return an office of several words between a courtesy and a name: `Mme la Chargée d'affaires Ana Li`."""
    words = text.split()
    for count in range(min(_MOST_HONORIFIC_WORDS, len(words) - 1), 1, -1):
        phrase = " ".join(words[:count])
        plain = words[1:count] if folded(words[0]) in _ARTICLES else words[:count]
        if len(" ".join(plain)) > _LONGEST_INITIAL and "," not in phrase and lexicon().office(" ".join(plain)):
            return " ".join(plain), "rank", " ".join(words[count:])
    return "", "", text


_ARTICLES = {"la", "il", "le", "el", "die", "der", "a", "o"}


def _off_the_front(text: str) -> tuple[str, list[str], GenderForm | None, bool]:
    ranks: list[str] = []
    gender: GenderForm | None = None
    taken = False
    while found := _TOKEN.match(text):
        phrase, kind, left = _of_several_words(text)
        if not phrase and taken:
            phrase, kind, left = _office_in_front(text)
        if phrase:
            gender = {"feminine": GenderForm.FEMININE, "masculine": GenderForm.MASCULINE}.get(kind, gender)
            ranks += [phrase] if kind == "rank" else []
            text, taken = left.lstrip(" .,"), True
            continue
        word = folded(found[1])
        rest = text[found.end() :].lstrip(" .,")
        if not rest and word not in _NEUTRAL:
            break  # the last word is the name, whatever it is called
        if word in {
            "m",
            "d",
            "eng",
            "ing",
            "lic",
            "arq",
            "capt",
            "general",
            "major",
            "don",
            "son",
            "su",
            "sir",
            "he",
            "se",
            "v",
            "lt",
            "maj",
            "brig",
            "adm",
            "mag",
            "hon",
            "commander",
            "pr",
            "sig",
            "sar",
            "ie",
        } and not _is_marked(found[1], rest):
            break
        if word == "d" and not (taken and gender is GenderForm.MASCULINE):
            break  # `Sr. D. Pedro`, and not an initial
        if word in _FEMININE:
            gender = GenderForm.FEMININE
        elif word in _MASCULINE:
            gender = GenderForm.MASCULINE
        elif word in _RANKS:
            ranks.append({"amb": "Ambassador"}.get(word, found[1]))
        elif ranks and len(word) > len("sr") and word in lexicon().retired:
            pass  # `General a.D. Jo Li`
        elif word not in _NEUTRAL and not (taken and word in _ARTICLES and _off_the_front(rest)[3]):
            break  # but `S.E. la Signora Li`
        text, taken = rest, True
    return text, ranks, gender, taken


def _is_marked(word: str, rest: str) -> bool:
    """Tell a short honorific from a name that begins alike: by its dot, its capitals, or what follows."""
    following = folded(rest).split(" ")[0] if rest else ""
    known = {*_FEMININE, *_MASCULINE, *_NEUTRAL, *_RANKS}
    return "." in word or word in {"HE", "SE", "M"} or following in known or folded(word) in {"general", "sir", "don"}


def gender_of_prefix(text: str) -> GenderForm | None:
    """Return the gender form that a form of address names, such as `H.E. Ms.`; None where it names none."""
    return _off_the_front(f"{one_line(text)[:_LONGEST]} x")[2]


def _gender_in_brackets(aside: str) -> GenderForm | None:
    found = lexicon().honorific(aside)
    return lexicon().pronouns.get(folded(aside)) or (found.gender if found and found.kind == "civility" else None)


def one_gender(text: str) -> str:
    """Return words without what makes them those of both genders: `Représentant(e)`, `expert·e`, `Embajador/a`."""
    return _BOTH_GENDERS.sub("", text)


def role_of(text: str) -> tuple[Role | None, str]:
    """Return the role that a function in words means, and those words where they say more; None for no known word."""
    line = one_line(text)
    asked = folded(one_gender(line)) if len(line) < _LONGEST else ""
    if not asked:
        return None, ""
    exact = closed_lists.role(line)
    if exact is not None:
        return exact, ""
    padded = f" {asked} "
    if _has(padded, _ASSISTANT) or any(f" {word} " in padded for word in _FORMER):
        return Role.GENERAL, line
    if _has(padded, _CHARGE) and not _has(padded, _DEPUTY):
        return Role.PERMANENT_REPRESENTATIVE, line  # who leads the mission; the title says how it is addressed
    if _has(padded, _DEPUTY) or any(f" {word} " in padded for word in _SHORT_DEPUTY):
        return Role.DEPUTY, line
    if _has(padded, _RIGHTS) or any(f" {word} " in padded for word in _SHORT_RIGHTS):
        return Role.HUMAN_RIGHTS_EXPERT, line
    if _has(padded, _HEAD) or any(f" {word} " in padded for word in _SHORT_HEAD):
        return Role.PERMANENT_REPRESENTATIVE, line
    return None, line


def of_charges(text: str) -> bool:
    """Tell whether a line above people says that they lead their missions for the time being."""
    return len(text) < _LONGEST and _has(f" {folded(one_gender(text))} ", _CHARGE)


def _has(padded: str, words: tuple[str, ...]) -> bool:
    """Tell whether a folded text, with a space on both sides, has one of some words; a short one only as a whole.

    `cda` is in McDaniel, and `vice` in Vicente.
    """
    return _any_of(words).search(padded) is not None


_SHORT = 4


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "|".join(re.escape(f" {word} " if len(word) <= _SHORT and word.isascii() else word) for word in words)
    )


def is_function(text: str) -> bool:
    """Tell whether a line is a function and names nobody: `Ambassador Extraordinary and Plenipotentiary`."""
    words = folded(one_gender(_BRACKETS.sub("", one_line(text[:_LONGEST])))).split()
    return 0 < len(words) <= _MOST_WORDS and all(word in _of_functions() for word in words)


_MOST_WORDS = 14
_BESIDE_FUNCTIONS = word_list("functions", "beside")


@cache
def _of_functions() -> frozenset[str]:
    heads = {"secretary_general", "commission_chair", "director_general", "consul_general", "ambassador_at_large"}
    offices = _all(word for word, what in lexicon().offices.items() if what.key not in heads)
    tables = (_HEAD, _DEPUTY, _CHARGE, _SHORT_HEAD, offices)  # a general may be a rank or a name
    return frozenset(word for table in (*tables, _all(_BESIDE_FUNCTIONS)) for text in table for word in text.split())


_HARMLESS = _all(word_list("remarks", "harmless"))
"""What says `not` and forbids nothing: `not yet contacted`."""
_BEGIN_HARMLESS = frozenset(phrase.split()[0] for phrase in _HARMLESS)
_LOOSE = _all(word_list("remarks", "loose"))
"""What in a remark may be about anything."""
_AFTER_LOOSE = {
    "", "in", "on", "since", "for", "to", "the", "geneva", "post", "office", "service", "his", "her", "address",
    "email", "e", "mail", "mailbox", "box", "contact", "en", "le", "a", "depuis", "pour", "au", "el", "de", "from",
    "by",
}  # fmt: skip
_NO = frozenset(_all(word_list("remarks", "negations")))
_WRITING = word_list("remarks", "writing")
_CASELESS_STOP = ("不", "勿", "别", "停止")


def is_about_writing(text: str) -> bool:
    """Tell whether words are about writing to somebody, in any of the languages."""
    words = folded(text[:_LONGEST]).split()
    return any(word.startswith(_WRITING) for word in words) or any(c in text for c in ("信", "邮", "联系", "联络"))


def negates(text: str) -> bool:
    """Tell whether words say no to something."""
    if text.isdecimal() or not text:
        return False
    asked = f" {folded(text[:_LONGEST])} "
    if _NO.isdisjoint(asked.split()):
        return any(c in text for c in _CASELESS_STOP)
    asked = _without_harmless(asked)
    return not _NO.isdisjoint(asked.split()) or any(c in text for c in _CASELESS_STOP)


def _without_harmless(asked: str) -> str:
    """Return a folded text, with a space on both sides, without what says no and forbids nothing."""
    for phrase in _HARMLESS if not _BEGIN_HARMLESS.isdisjoint(asked.split()) else ():
        asked = asked.replace(f" {phrase} ", " ")
    return asked


_CLAUSES = re.compile(r"[,;:()\n]|\. | [-–—] ")


def excludes(text: str, *, remark: bool = False) -> str:
    """Return `stopped` for words such as do not contact, `gone` for left, bounced, inactive; empty for others.

    In a `remark`, which may be about anything, a loose word counts only where it begins and goes on about a place, a
    time or an address (`LEFT in May`), and a no to writing in any words counts as well (`asked us to send no mail`).
    """
    if text.isdecimal() or not text:
        return ""
    asked = _undenied(text)
    if next(_said(asked, *_by_first_word(_STOPPED)), ""):
        return "stopped"
    found = list(_said(asked, *_by_first_word(_GONE)))
    if remark:
        clauses = [f" {folded(clause)} " for clause in _CLAUSES.split(text[:_LONGEST])]
        found = [
            word for word in found
            if word not in _LOOSE or any(_is_said_of_a_post(clause, word) for clause in clauses if word in clause)
        ]  # fmt: skip
        if not found and negates(text) and is_about_writing(text):
            return "stopped"
    return "gone" if found else ""


def denies(text: str) -> bool:
    """Tell whether words say of somebody that they have not left, or are not to be left out: `has not left`.

    What is denied excludes nobody, and may be meant otherwise than it is understood: a person is asked.
    """
    return bool(text) and _undenied(text) != _plain(text)


def _plain(text: str) -> str:
    return _without_harmless(f" {folded(text[:_LONGEST])} ")


def _undenied(text: str) -> str:
    """Return a text, folded, without the words of exclusion that a no stands before in their clause."""
    asked = _plain(text)
    if _DENYING.isdisjoint(folded(text[:_LONGEST]).split()):
        return asked
    for clause in _CLAUSES.split(text[:_LONGEST]):
        plain, whole = _plain(clause), f" {folded(clause)} "
        said = {*_said(plain, *_by_first_word(_STOPPED)), *_said(plain, *_by_first_word(_GONE))}
        for phrase in said - _NO_LONGER:
            # In scripts whose words take on letters, a phrase may stand within one: `لم يغادر`.
            held = f" {phrase} " if phrase.isascii() else phrase
            before = whole[: whole.find(phrase, whole.find(held))].rpartition(" ")[0].split()[-_NO_WITHIN:]
            if held in whole and not _DENYING.isdisjoint(before):
                asked = re.sub(rf"[^ ]*{re.escape(phrase)}[^ ]*" if held == phrase else re.escape(held), " ", asked)
                for longer in _NO_LONGER:  # of which `no longer inactive` takes nothing away
                    asked = asked.replace(f" {longer} ", " ") if f" {longer} " in f" {' '.join(before)} " else asked
    return asked


_NO_WITHIN = 4
_NO_LONGER = frozenset(_all(word_list("remarks", "no_longer")))
_DENYING = frozenset(
    (*_all(word_list("remarks", "denying")), *(word for words in _NO_LONGER for word in words.split()))
)


@cache
def _by_first_word(phrases: tuple[str, ...]) -> tuple[Mapping[str, Sequence[str]], Sequence[str]]:
    """Return phrases by their first word, and those in scripts that may have no spaces between words."""
    found: dict[str, list[str]] = {}
    for phrase in phrases:
        found.setdefault(phrase.split()[0], []).append(phrase)
    return found, tuple(phrase for phrase in phrases if not phrase.isascii())


def _said(asked: str, by_first: Mapping[str, Sequence[str]], within: Sequence[str]) -> Iterator[str]:
    """Yield the phrases that a folded text, with a space on both sides, holds."""
    for word in dict.fromkeys(asked.split()):
        for phrase in by_first.get(word, ()):
            if f" {phrase} " in asked:
                yield phrase
    if not asked.isascii():
        yield from (phrase for phrase in within if phrase in asked)


def _is_said_of_a_post(asked: str, word: str) -> bool:
    """Tell whether a remark begins with a loose word, or `has left`, and does not go on about something else."""
    before, _, after = asked.partition(f" {word} ")
    following = after.split()[0] if after.split() else ""
    if before.split()[:1] and len(before.split()) <= _SHORT and gender_of_prefix(before.split()[0]) is not None:
        return following in _AFTER_LOOSE or following[:1].isdigit()  # `Ms Li left in May`
    return before.split() in ([], ["has"], ["have"], ["she"], ["he"], ["is"], ["a"], ["est"]) and (
        following in _AFTER_LOOSE or following[:1].isdigit()
    )


_POLITE = re.compile(
    r"(yes|no|oui|non|s[ií]|да|нет|نعم|لا)(?:[,.!;،] ?| )(?:please(?: do)?|"
    r"thanks?(?: you)?|merci|s['’]il vous pla[iî]t|svp|"
    r"gracias|por favor|of course|bien s[uû]r|claro|gladly|avec plaisir|con (?:mucho )?gusto|"
    r"do(?: so)?|write to (?:us|me)|"
    r"пожалуйста|спасибо|شكرا|من فضلك)[.!]?$"
)
"""A yes or no with a word of courtesy after it. `Yes, but not on the web` is no yes."""
_NO_AND_WHY = re.compile(r"(no|non|нет|لا|nein|não|nao)(?: ?[–—:;(،]| -|,) ?\S")
"""A no with its reason: that takes nothing back, whatever it is."""


def mark(text: str) -> bool | None:
    """Return what a ticked or unticked cell says: `x`, `✓`, `☐`, `yes`; None where it says something else."""
    asked = text.strip().casefold()
    plain = folded(text)
    if (polite := _POLITE.match(asked) or _NO_AND_WHY.match(asked)) is not None:
        plain = asked = polite[1]  # `Yes, please`, `no – asked us to stop`
    if asked in _MARKS_YES or plain in _MARKS_YES:
        return True
    return False if not asked or asked in _MARKS_NO or plain in _MARKS_NO else closed_lists.yes_no(asked)


def permits(text: str) -> bool | None:
    """Return whether a cell allows writing (`Allow`, `Opted in`) or forbids it; None where it speaks of neither."""
    words = folded(text[:_LONGEST])
    if words in _FORBIDDEN:
        return False
    return True if words in _ALLOWED else None


_ALLOWED = _all(word_list("remarks", "allowed"))
_FORBIDDEN = _all(word_list("remarks", "forbidden"))


def says_still(text: str) -> bool:
    """Tell whether a cell for the end of a post says that it goes on: `hasta hoy`, `in office since 2021`."""
    asked = _SINCE_WHEN.sub("", folded(text[:_LONGEST])).strip()
    return asked in _STILL or _UNTIL_WHEN.sub("", asked) in _STILL


_STILL = frozenset(_all(word_list("remarks", "still")))
_SINCE_WHEN = re.compile(r" (?:since|depuis|desde|seit|с|со|منذ)(?: [^\s]{1,20}){1,4}$")
_UNTIL_WHEN = re.compile(
    r"^(?:until|till|up to|to|jusqu a|jusqu au|jusqu en|hasta|hasta el|hasta la|a|bis|до|по|حتى|still|toujours|encore|"
    r"sigue|continua|aun|todavia|noch|до сих пор|все еще|ما زال|لا يزال|لا تزال) "
)


_DAY = re.compile(
    r"\b([12][0-9]{3})-([0-9]{2})-([0-9]{2})\b|\b([0-9]{1,2})[./-]([0-9]{1,2})[./-]((?:19|20)?[0-9]{2})\b"
)
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")


def is_past(text: str, today: date) -> bool | None:
    """Tell whether a date in words or figures is before today; None where it has none that can be told."""
    if found := _DAY.search(text[:_LONGEST]):
        year, month, day = (int(part) for part in (found[1], found[2], found[3]) if part) if found[1] else (
            int(found[6]) + (2000 if len(found[6]) == 2 else 0), int(found[5]), int(found[4])
        )  # fmt: skip
        if month > 12:
            month, day = day, month
        try:
            return date(year, month, day) < today
        except ValueError:
            return None
    named = _YEAR.search(text[:_LONGEST])
    if named is None:
        return None
    words = folded(text[:_LONGEST]).split()
    number = next((_months()[word[:4]] for word in words if word[:4] in _months()), 0)
    if int(named[1]) != today.year or not number:
        return int(named[1]) < today.year if int(named[1]) != today.year else None
    days = [int(word) for word in words if word.isdecimal() and len(word) < 3 and 1 <= int(word) <= 31]
    return (number, days[0] if days else 31) < (today.month, today.day)


@cache
def _months() -> Mapping[str, int]:
    """Return the months by how their names begin, folded, where that tells them apart."""
    from babel.dates import get_month_names

    found: dict[str, int] = {}
    for language in ("en", "fr", "es", "ru", "ar", "de"):
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, "format", language).items():
                key = folded(name)[:4]
                found[key] = number if found.get(key, number) == number else 0
    return {key: number for key, number in found.items() if number and len(key) > 2}
