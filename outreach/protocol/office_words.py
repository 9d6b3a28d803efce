"""The offices in the words of a title: which they are, what they are about, and what is none."""

import re
from collections.abc import Sequence

from outreach.missions.facts import names_a_state
from outreach.missions.lexicon import OfficeWord, lexicon
from outreach.protocol.person import Office
from outreach.text import folded

_SHORT = frozenset({"amb", "emb", "hma", "pr", "r", "dpr", "dhm", "rpa", "cda", "charge"})
"""Words so short that a letter writes an office with them out, whatever the sheet does."""
_CHINESE_SEAT = re.compile(r".{0,12}常驻.{0,24}?(?P<second>副)?代表")
"""A permanent representative as Chinese puts it, with the seat in the middle: 中国常驻联合国日内瓦办事处代表."""
_POSSESSIVE = frozenset({"s", "馆"})
BEGINS_WITH_ARTICLE = re.compile(r"^(?:(?:le|la|el|o|a|il|lo|der|die) |l['’])", re.IGNORECASE)
IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""What Chinese, Japanese and Korean are written with: titles stand behind the name."""
_DESIGNATE = re.compile(r"-(?=designate\b)|(?<=^候任)(?=\S)", re.IGNORECASE)
"""What is written in one with the office: `Ambassador-designate`."""
_GRADES = frozenset({"senior", "principal"})
"""What says of an office only how long it was held: it is said in the sheet's own words alone."""
MOST_WORDS = 7
_LONGEST_MARK = 12
"""Characters of a mark behind a title, such as `(ret'd)`."""
_LONGEST_STATE = 5
_WORDS = re.compile(r"[^\W\d_]{3} [^\W\d_]{3}")
_GLUED = re.compile(r"\b((?:[A-Z]\.){2,})(?=[A-Z][A-Za-z])")
"""Initials that a word was written to: `S.E.Mme`, `H.E.MR.`"""
_SAID_SHORT = frozenset({"UK", "US", "USA", "UAE", "EU", "DRC"})
"""What states are called in a word as short as a code; codes themselves mean other things: HR, DE, MR."""
BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{0,200})[)\]]")


def as_office(what: OfficeWord, written: str) -> Office:
    """Return the office that words are, with those of the sheet where a letter in their language may keep them."""
    said = folded(written).split()
    designate = not lexicon().designates.isdisjoint(said)
    # A chargé d'affaires' own words differ by the stroke and the blank only;
    # an Acting Permanent Representative's do not.
    short = (
        not (_SHORT | lexicon().shortened.keys()).isdisjoint(said)
        or any(map(str.isdigit, written))
        or written.isupper()
    )
    ours = short or what.language is None or (what.key == "charge" and "permanent" not in said) or designate
    bare = BEGINS_WITH_ARTICLE.sub("", written, count=1)
    return Office(
        what.key, "" if ours else bare[:1].upper() + bare[1:], what.language, gender=what.gender, designate=designate
    )


def offices_among(words: Sequence[str]) -> tuple[list[Office], list[str], bool]:
    """Return the offices in words, the other words that say something, and whether an office leads them."""
    if words and folded(words[0]) in _GRADES and office_at(words, 1)[0]:  # `Senior Adviser`
        (first, *more), left, leads = offices_among(words[1:])
        return [first._replace(written=first.written and f"{words[0]} {first.written}"), *more], left, leads
    found: list[Office] = []
    others: list[str] = []
    at, leads, before, behind = 0, False, False, False
    while at < len(words):
        size, office = office_at(words, at)
        if office is not None:
            following = folded(words[at + size]) if at + size < len(words) else ""
            leads = leads or (at == 0 and following not in _POSSESSIVE)
            one = as_office(office, " ".join(words[at : at + size]))
            found.append(_designate(one) if before else one)
            before, behind = False, True
        elif folded(words[at]) in lexicon().designates and (behind or office_at(words, at + 1)[0]):
            # `Permanent Representative-designate`, `candidat désigné`, 候任常驻代表
            if behind:
                found[-1] = _designate(found[-1])
            before, behind = not behind, False
        elif not lexicon().means_nothing(words[at]):
            others.append(words[at])
        at += max(size, 1)
    return found, others, leads


def _designate(office: Office) -> Office:
    return office._replace(written="", designate=True) if office.key else office


def subject_of(words: Sequence[str]) -> str:
    """Return what an office is about, without the words that lead to it: `for human rights`."""
    said = [word for one in words for word in folded(one).split()]
    leading = lexicon().links | lexicon().boxes
    while said and said[0] in leading:
        said = said[1:]
    while said and said[-1] in lexicon().boxes:  # `Human Rights Section`
        said = said[:-1]
    return " ".join(said)


def subjects_in(said: str) -> str:
    """Return the keys of what an office is about, with `+` between, of words that say nothing else; else nothing.

    `human rights humanitarian affairs`, where an `and` stood between.
    """
    words = said.split()
    found: list[str] = []
    while words:
        size = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in lexicon().asides), 0)
        if not size:
            if words[0] in lexicon().fillers and found:
                words = words[1:]
                continue
            return ""
        found.append(lexicon().asides[" ".join(words[:size])])
        words = words[size:]
    return "+".join(dict.fromkeys(found))


def office_at(words: Sequence[str], at: int) -> tuple[int, OfficeWord | None]:
    """Return how many words from a place on are an office, and which; 0 and None where none begins."""
    for size in range(min(MOST_WORDS, len(words) - at), 0, -1):
        if size == 1 and folded(words[at]) == "charge" and not set(words[at + 1 :]) <= {"a.i.", "(a.i.)"}:
            continue  # `chargé des droits de l'homme`
        if (
            folded(words[at])
            and folded(words[at + size - 1])
            and (found := lexicon().office(" ".join(words[at : at + size])))
        ):
            return size, found
    said = words[at]
    if IDEOGRAPH.match(said):
        if said not in lexicon().offices and (seat := _CHINESE_SEAT.fullmatch(said)):
            key = "deputy_permanent_representative" if seat["second"] else "permanent_representative"
            return 1, OfficeWord(key, None, None)
        for known in sorted(lexicon().offices, key=len, reverse=True):
            if IDEOGRAPH.match(known) and said.startswith(known) and not said[len(known) :].startswith("馆"):
                return 1, None if said != known else lexicon().offices[known]
    if said.startswith("و") and (found := lexicon().office(" ".join([said[1:], *words[at + 1 : at + 2]]))):
        return min(2, len(words) - at), found
    return 0, None


def without_state(words: Sequence[str]) -> list[str]:
    """Return words without a state that they begin with where an office follows: `UK Ambassador`, not `HR Adviser`."""
    for size in range(min(_LONGEST_STATE, len(words) - 1), 0, -1):
        state = " ".join(words[:size])
        if (len(state) > len("DRC") or state in _SAID_SHORT) and names_a_state(state) and office_at(words, size)[0]:
            return list(words[size:])
    return list(words)


def all_known(words: Sequence[str]) -> bool:
    """Tell whether words are nothing but courtesy and offices."""
    at = 0
    while at < len(words):
        size, office = office_at(words, at)
        if not (office or lexicon().means_nothing(words[at]) or lexicon().honorific(words[at])):
            return False
        at += max(size, 1)
    return True


def only_offices(name: str) -> bool:
    """Tell whether what stands in the place of a name is an office: `The Ambassador`."""
    found, others, _ = offices_among(spread(name).split())
    return bool(found) and not others


def is_a_box(name: str) -> bool:
    """Tell whether what stands in the place of a name is a place where letters go: `Office of the Ambassador`."""
    _, others, _ = offices_among(spread(name).split())
    said = [word for one in others for word in folded(one).split() if word not in lexicon().links]
    subject = " ".join(word for word in said if word not in lexicon().boxes)
    # `Human Rights Desk`, and `Human Rights`; a word alone may be a name.
    return bool(said) and (not subject or (len(said) > 1 and bool(subjects_in(subject))))


def spread(text: str) -> str:
    """Part what was written without a blank: `S.E.Mme`, `Prof.Dr.X`; and let brackets be words."""
    text = BRACKETS.sub(_as_a_word, text)
    text = _GLUED.sub(r"\1 ", re.sub(r"\b(S\.?\s?E\.?)(?=M)", r"\1 ", text))
    text = _DESIGNATE.sub(" ", text)
    return re.sub(r"(?<=[^\W\d_]{2})\.(?=([^\W\d_])[^\W\d_])", lambda dot: ". " if dot[1].isupper() else ".", text)


def _as_a_word(found: re.Match[str]) -> str:
    """Part a mark in brackets, `Mag.(FH)`, `(M. Ed.)`, from what it stands at; what is no mark keeps its blanks."""
    return (
        f" ({found[1].replace(' ', '')}) "
        if len(found[1]) < _LONGEST_MARK and not _WORDS.search(found[1])
        else found[0]
    )
