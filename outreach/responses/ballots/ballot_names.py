"""Reads lists of states in running text: `Bosnia and Herzegovina, Korea, Republic of and Viet Nam`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from outreach.missions.books.cell_values import meant_state
from outreach.missions.facts import UnState, find_state
from outreach.text import folded, one_line

_AND = re.compile(
    r"\s+(?:and|et|y|e|i|и|und|&|as well as|ainsi que|así como|asi como)\s+|\s*[和及]\s*|\s*&\s*", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:(?:and|et|y|e|и|(?i:the|la|le|les|el|los|las|of the|of|de)) |(?i:l)['’]\s?)+")
_EDGES = " \t\r\n,;:.·•*†‡#|\"“”«»'’-–—_"
_FOOTNOTE = re.compile(r"(?<=[^\W\d_)])\s?(?:\[\w{1,3}\]|\d{1,2}|[*†‡#]+|\(\d{1,2}\))+$")
_LONGEST = 90
_PROSE_WORDS = 6


@dataclass(frozen=True, slots=True)
class Named:
    """A piece of a list: its words, and the state that they name; `likely` where it is only near to a name."""

    words: str
    state: UnState | None
    likely: bool = False
    is_prose: bool = False
    """Whether it is part of a sentence, and no name that is not known."""


def state_of(text: str) -> UnState | None:
    """Return the state that a text names, whatever article, bullet or mark of a footnote stands with it."""
    plain = one_line(text).strip(_EDGES)
    if not plain or len(plain) > _LONGEST:
        return None
    found = find_state(plain) or find_state(_FOOTNOTE.sub("", plain).strip(_EDGES))
    if found is None and (bare := _ARTICLE.sub("", plain)) != plain:
        found = find_state(_FOOTNOTE.sub("", bare).strip(_EDGES))
    if found is None and plain[:1] == "و":  # the Arabic `and` is joined to its word
        found = find_state(plain[1:])
    return found


def near(text: str) -> UnState | None:
    """Return the state that was likely meant by a name that is not known, for a person to agree to."""
    plain = one_line(text).strip(_EDGES)
    return meant_state(plain) if 4 < len(plain) < _LONGEST else None


def states_in(text: str) -> Iterator[Named]:
    """Yield the pieces of a list in its order, each with its state where it names one.

    Commas, semicolons, line breaks and the `and` of five languages part them, except within names and brackets. A
    sentence that begins behind a full stop is yielded as the prose that it is.
    """
    pieces = _parted(text)
    while pieces:
        piece = pieces.pop(0)
        if pieces and _resolved(pieces[0]) is None and (turned := _turned(piece, pieces[0])) is not None:
            named, rest = turned
            yield named
            pieces[:1] = [rest] if rest.strip(_EDGES) else []
            continue
        whole = _resolved(piece)
        yield from whole if whole is not None else _unresolved(piece)


def _turned(piece: str, behind: str) -> tuple[Named, str] | None:
    """Join `Korea` with `Republic of`, which is no state and so belongs to the name; and what is left behind it."""
    if (whole := state_of(f"{piece}, {behind}")) is not None:
        return Named(f"{piece}, {behind}", whole), ""
    conjunction = _AND.search(behind)
    if conjunction is None:
        return None
    part = behind[: conjunction.start()]
    state = state_of(f"{piece}, {part}") if state_of(part) is None else None
    return (Named(f"{piece}, {part}", state), behind[conjunction.end() :]) if state is not None else None


def _parted(text: str) -> list[str]:
    text = (
        text.replace("\u00a0", " ")
        .replace("，", ",")
        .replace("、", ",")
        .replace("；", ";")
        .replace("،", ",")
        .replace("؛", ";")
    )
    text = re.sub(r"(?<=[^\W\d_])\s?\*+", "", text)
    text = text.replace("。", ". ")
    by_comma = bool(re.search(r"[,;]", text))
    text = re.sub(r"\s*\n\s*", " " if by_comma else ";", text.strip())
    found, depth, start = list[str](), 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]" and depth > 0)
        if letter in ",;|\t" and depth == 0:
            found.append(text[start:at])
            start = at + 1
    found.append(text[start:])
    return [piece.strip() for piece in found if piece.strip(_EDGES)]


def _resolved(piece: str, depth: int = 0) -> list[Named] | None:
    """Return the states of a piece that holds nothing else."""
    whole = state_of(piece)
    if whole is not None:
        return [Named(piece.strip(_EDGES), whole)]
    if depth > 12 or len(piece) > 600:
        return None
    for cut in _AND.finditer(piece):
        left = state_of(piece[: cut.start()])
        right = _resolved(piece[cut.end() :], depth + 1) if left is not None else None
        if left is not None and right is not None:
            return [Named(piece[: cut.start()].strip(_EDGES), left), *right]
    if " و" in piece:
        parts = re.split(r"\s+(?=و)", piece)
        states = [state_of(part) for part in parts]
        if all(states):
            return [Named(part, state) for part, state in zip(parts, states, strict=True)]
    return None


def _unresolved(piece: str) -> Iterator[Named]:
    """Yield what a piece holds that is no list: a state before the next sentence, a name that is not known, prose."""
    for stop in re.finditer(r"\.\s+", piece):
        left = _resolved(piece[: stop.start()])
        if left is not None:
            yield from left
            rest = piece[stop.end() :]
            yield Named(rest, None, is_prose=True)
            return
    parts = [part for part in _AND.split(piece) if part.strip(_EDGES)]
    found = [state_of(part) for part in parts]
    if len(parts) > 1 and any(found):
        for part, state in zip(parts, found, strict=True):
            yield Named(part.strip(_EDGES), state) if state else _unknown(part)
        return
    yield _unknown(piece)


def _unknown(piece: str) -> Named:
    plain = _FOOTNOTE.sub("", one_line(piece)).strip(_EDGES)
    likely = near(plain) if folded(plain) else None
    words = plain.split()
    prose = len(words) >= _PROSE_WORDS or not any(word[:1].isupper() or not word.isascii() for word in words)
    return Named(plain, likely, likely=likely is not None, is_prose=prose and likely is None)
