"""Who else a text names that is to be shown to others: people that are not the mission's own, and postal addresses.

Known people (the directory, those who sign, who the mail came from and went to) are found by their whole names. Others
are told by how people are named (`naming.py`): two words or more written large that are no office, body or place,
behind a form of address, beside a title in scripts without large letters, on a line of their own below the letter.
What is found is shown to whoever releases the text, never left out by itself: the words of an answer are not ours to
change unasked.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from outreach.inbox.decoding import header
from outreach.inbox.mime_reader import parse
from outreach.models import Contact, Reply, Signatory
from outreach.responses.naming import beside_titles, is_nobody, runs
from outreach.text import folded
from outreach.vocabulary import SignatoryKind

NO_NAME = "[name]"
NO_PLACE = "[address]"
_SIGNED_WITHIN = 8
_CAPITAL = r"[^\W\d_a-z][\w'’-]*"
_PARTICLE = r"(?:de|da|do|dos|del|della|di|du|la|le|van|von|der|den|bin|ben|ibn|al|el|y|e)"
_NAME = rf"{_CAPITAL}(?:[ ](?:{_PARTICLE}[ ])*{_CAPITAL}){{0,3}}"
_FULL_NAME = rf"{_CAPITAL}(?:[ ](?:{_PARTICLE}[ ])*{_CAPITAL}){{1,3}}"
_STYLE = (
    r"(?:H\.?[ ]?E\.?|S\.?[ ]?E\.?)?[ ]?(?:Mrs?|Ms|Mx|Miss|Madam|Dr|Prof(?:essor)?|Amb(?:assador)?|Counsellor|Minister|"
    r"Mme|Mlle|MM?|Madame|Monsieur|Me|Ma[iî]tre|Ambassad(?:eur|rice)|Conseill(?:er|ère)|Sra?|Srta|Dra|Señora?|Don|Doña|"
    r"Embajadora?|Consejer[oa]|Sir|Lady|Lord)"
)
_BEHIND_A_STYLE = re.compile(rf"(?<![\w.]){_STYLE}\.?[ ]({_NAME})")
_IN_CAPITALS = re.compile(
    rf"(?<!\w)({_CAPITAL}(?:[ -]{_CAPITAL})?[ ][^\W\d_a-z]{{4,}}(?:[- ][^\W\d_a-z]{{2,}})*)(?!\w)"
)
_ON_ITS_LINE = re.compile(rf"[ \t]*({_FULL_NAME})[ \t,]*")
_UNSPACED = re.compile(r"[\u4e00-\u9fff]")
"""Chinese, which writes no spaces: a name has no end that could be seen."""
_STREET = (
    r"rue|avenue|av\.|chemin|ch\.|route|rte|boulevard|bd|place|quai|promenade|street|st\.|road|rd\.|lane|square|calle|"
    r"avenida|avda\.|plaza|paseo|strasse|straße"
)
_STREETS_NAME = rf"(?i:{_STREET})[ ](?:[^\W\d_]{{1,4}}[ '’]){{0,3}}{_CAPITAL}"
_NUMBERED = rf"\d{{1,4}}(?:[-–]\d{{1,4}})?(?:bis)?,?[ ](?:{_STREETS_NAME}|{_CAPITAL}[ ](?i:{_STREET})(?!\w))"
_WITH_NUMBER = rf"{_STREETS_NAME}[^\n,;]{{0,30}}?[ ,]\d{{1,4}}(?!\d)"
_PLACE = re.compile(
    rf"(?<!\w)(?:{_NUMBERED}|{_WITH_NUMBER}|(?i:p\.?[ ]?o\.?[ ]?box|case postale|apartado)[ ]\d+)[^\n;]{{0,60}}"
)


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """Words in a text that tell of somebody else."""

    kind: str
    """`name` or `address`."""
    words: str


def others_in(session: Session, iso3: str, text: str, mail: Reply | None) -> tuple[OtherPerson, ...]:
    """Return who else a text names, and postal addresses in it, each once and in its order.

    The people that the directory has at the mission are none of them: editions for others leave them out by themselves.
    """
    own = [folded(name) for name in session.exec(select(Contact.name).where(Contact.iso3 == iso3)) if name.strip()]
    spans: list[tuple[int, int, str]] = []
    for start, end in _names(text, _known(session, iso3, mail)):
        if not any(folded(text[start:end]) in name for name in own):
            spans.append((start, end, "name"))
    spans += [(*match.span(), "address") for match in _PLACE.finditer(text)]
    found: dict[OtherPerson, None] = {}
    last = 0
    for start, end, kind in sorted(spans, key=lambda one: (one[0], -one[1])):
        if start >= last:
            found[OtherPerson(kind, " ".join(text[start:end].split()).rstrip(" .,:"))] = None
            last = end
    return tuple(found)


def without(text: str, others: Sequence[OtherPerson]) -> str:
    """Return a text with a mark in the place of each of these, wherever it stands."""
    for one in sorted(others, key=lambda other: len(other.words), reverse=True):
        spaced = r"\s+".join(map(re.escape, one.words.split()))
        whole = spaced if _UNSPACED.match(one.words) else rf"(?<!\w){spaced}(?!\w)"
        text = re.sub(whole, NO_NAME if one.kind == "name" else NO_PLACE, text)
    return text


def _known(session: Session, iso3: str, mail: Reply | None) -> Iterator[str]:
    yield from session.exec(select(Contact.name).where(Contact.iso3 != iso3))
    yield from session.exec(select(Signatory.name).where(Signatory.kind == SignatoryKind.INDIVIDUAL))
    head = parse(mail.raw) if mail is not None and mail.raw else None
    if head is not None:
        for name in ("from", "to", "cc", "reply-to"):
            for value in head.all(name):
                for one in re.split(r">\s*,", header(value)):
                    yield one.partition("<")[0].strip(" \"'")


def _names(text: str, known: Iterable[str]) -> Iterator[tuple[int, int]]:
    for name in {" ".join(one.split()) for one in known}:
        words = re.findall(r"[\w'’.-]+", name)
        if len(words) > 1 and "@" not in name:
            for order in (words, [*words[1:], words[0]], [words[-1], *words[:-1]]):
                spaced = r"[\s,]+".join(map(re.escape, order))
                yield from (match.span() for match in re.finditer(rf"(?i)(?<!\w){spaced}(?!\w)", text))
    for pattern in (_BEHIND_A_STYLE, _IN_CAPITALS):
        for match in pattern.finditer(text):
            if _somebody(match[1]):
                yield match.span(1)
    yield from (span for span in runs(text) if not is_nobody(text[slice(*span)]))
    yield from beside_titles(text)
    lines = [match for match in re.finditer(r"[^\n]+", text) if match[0].strip()]
    for line in lines[-_SIGNED_WITHIN:]:
        signed = _ON_ITS_LINE.fullmatch(text, *line.span())
        if signed is not None and _somebody(signed[1]):
            yield signed.span(1)


def _somebody(words: str) -> bool:
    """Whether words that begin large are no office, body or greeting."""
    parts = [word for word in words.split() if not re.fullmatch(_PARTICLE, word)]
    return all(word[0].isupper() for word in parts) and not is_nobody(words)
