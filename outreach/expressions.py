"""Many expressions over one text, each tried only where a piece of text stands without which it can't match.

To look for a piece of text is quick, and most expressions find theirs nowhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import Self, TypeVar

T = TypeVar("T")


class LateExpression:
    """An expression that is compiled once it is searched for: of a long table, few are in one run."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def search(self) -> Callable[[str], re.Match[str] | None]:
        """The compiled expression's own `search`."""
        return re.compile(self._text).search


class WordedExpression:
    """An expression, whatever the case of its letters, that is tried only where a word stands that it needs."""

    def __init__(self, text: str, flags: int = 0) -> None:
        words = [piece.lower() for piece in triggers(text, _RARE)]
        words = [one for one in words if not any(other in one and other != one for other in words)]
        self._words = words, list(filter(str.isascii, words))
        self._expression = re.compile(text, re.IGNORECASE | flags)

    def search(self, text: str) -> re.Match[str] | None:
        """Return where it is first found in a text."""
        return self._expression.search(text) if self._may_match(text) else None

    def without(self, text: str, instead: str) -> str:
        """Return a text in which something else stands wherever it is found."""
        return self._expression.sub(instead, text) if self._may_match(text) else text

    def _may_match(self, text: str) -> bool:
        return any(map(text.lower().__contains__, self._words[text.isascii()]))


_RARE = 7
"""Letters of a word that few texts have."""
_LETTERS = 4
_Rule = tuple[tuple[str, ...], LateExpression]


class ManyExpressions(tuple[_Rule, ...]):
    """Expressions in groups, each with the pieces of text that trigger it."""

    _by_piece: dict[str, tuple[int, ...]]
    """The groups that each piece triggers, by their places."""
    _begins: dict[str, list[str]]
    """The pieces by their first letters, four of them or as many as they have."""

    def __new__(cls, groups: Iterable[_Rule] = ()) -> Self:
        """Return the groups as one."""
        return super().__new__(cls, groups)

    def __init__(self, _groups: Iterable[_Rule] = ()) -> None:
        self._by_piece, self._begins = {}, {}
        for place, (words, _) in enumerate(self):
            for word in words:
                self._by_piece[word] = (*self._by_piece.get(word, ()), place)
        for word in self._by_piece:
            self._begins.setdefault(word[:_LETTERS], []).append(word)
        self._long = frozenset(begins for begins in self._begins if len(begins) == _LETTERS)
        short = [word for word in self._by_piece if len(word) < _LETTERS]
        self._short = [word for word in short if word.isascii()], short

    def pieces_in(self, text: str) -> Sequence[str]:
        """Return the pieces that stand in a text: where none of them stands, nothing is found."""
        # Of each it is looked whether its first letters do, all at once.
        found = [piece for piece in self._short[not text.isascii()] if piece in text]
        for begins in self._long & _letters_in(text):
            found += [piece for piece in self._begins[begins] if piece in text]
        return found

    def may_match(self, text: str) -> bool:
        """Tell whether any piece stands in a text without which none of the expressions matches anywhere in it."""
        return bool(self.pieces_in(text))

    def triggered(self, text: str) -> Sequence[int]:
        """Return the places of those groups, in their order, that may be found in a text."""
        places: set[int] = set()
        for piece in self.pieces_in(text):
            places.update(self._by_piece[piece])
        return sorted(places)


@lru_cache(maxsize=2)  # more than one table is looked for in the same words
def _letters_in(text: str) -> set[str]:
    """Return every four letters that stand in a text side by side."""
    return {text[place : place + _LETTERS] for place in range(len(text) - _LETTERS + 1)}


Rules = ManyExpressions
_TOKEN = re.compile(r"\\.|\[\^?\]?[^\]]*\]|.", re.DOTALL)
_REPEAT = re.compile(r"(?:[?*+]|\{[^}]*\})\??")
_OPENING, _REPEATING = frozenset("([\\"), frozenset("?*+{")
_LONG_ENOUGH = 4
_Part = tuple[str, str]


def rules(expressions: Iterable[str]) -> Rules:
    """Return the expressions with what triggers them, those of the same triggers together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in expressions:
        groups.setdefault(triggers(one), []).append(one)
    return Rules((words, LateExpression("|".join(group))) for words, group in groups.items())


def found(expressions: Rules, text: str) -> bool:
    """Tell whether any of the expressions is found in a text."""
    return any(expressions[place][1].search(text) for place in expressions.triggered(text))


def where(expressions: Rules, text: str) -> tuple[int, int] | None:
    """Return where the first of the expressions that is found in a text begins and ends there; None where none is."""
    for place in expressions.triggered(text):
        if (one := expressions[place][1].search(text)) is not None:
            return one.span()
    return None


def together(sets: Iterable[tuple[T, Rules]]) -> tuple[Sequence[T], Rules]:
    """Return several sets as one, to be looked for at once, and whose each of its groups is."""
    groups = [(owner, group) for owner, some in sets for group in some]
    return [owner for owner, _ in groups], Rules(group for _, group in groups)


@cache
def triggers(expression: str, long_enough: int = _LONG_ENOUGH) -> tuple[str, ...]:
    """Return pieces of text of which one stands in whatever an expression matches; at worst an empty one.

    Of pieces that have `long_enough` letters, fewer ones are better than longer ones.
    """
    parts = list(_parts(expression))
    bars = [place for place, (part, _repeat) in enumerate(parts) if part == "|"]
    alternatives = zip([0, *(bar + 1 for bar in bars)], [*bars, len(parts)], strict=True)
    return tuple(dict.fromkeys(word for start, end in alternatives for word in _best(parts[start:end], long_enough)))


def beginnings(expression: str, letters: int) -> frozenset[str]:
    """Return how whatever an expression matches may begin: by so many letters, or by fewer where any may follow."""
    return frozenset(begun for begun, _ in _begun(expression, letters))


_Begun = tuple[str, bool]
"""How a match may begin, and whether it may end there, so that what comes next in an expression follows."""


def _begun(expression: str, most: int) -> set[_Begun]:
    found: set[_Begun] = set()
    begun: set[_Begun] = {("", True)}
    for part, repeat in _parts(expression):
        if part == "|":
            found |= begun
            begun = {("", True)}
        elif not part.startswith("(?") or part.startswith("(?:"):  # a look ahead or behind takes no letter
            before = {one for one, ends in begun if ends}
            if not before:
                continue
            if not repeat.startswith(("?", "*", "{0", "{,")):
                begun = {one for one in begun if not one[1]}
            once = repeat in ("", "?", "??")
            following = _begun_of(part, most)
            joined = {((one + more)[:most], ends and once) for one in before for more, ends in following}
            begun |= {(one, ends and len(one) < most) for one, ends in joined}
    return found | begun


def _begun_of(part: str, most: int) -> set[_Begun]:
    """Return how a letter, a class or a group may begin."""
    if part.startswith("(?:"):
        return _begun(part.removeprefix("(?:")[:-1], most)
    if part.startswith("["):
        return {(letter, True) for letter in part[1:-1]} if re.fullmatch(r"\[\w+\]", part) else {("", False)}
    letter = part.removeprefix("\\")
    return {(letter, True)} if len(letter) == 1 and not _means_more(part) else {("", False)}


def _best(parts: Sequence[_Part], long_enough: int) -> tuple[str, ...]:
    """Return the pieces, of those of which one is needed, that are the rarest: long ones, and few."""

    def rarity(pieces: tuple[str, ...]) -> tuple[int, int, int]:
        shortest = min(map(len, pieces))
        return min(shortest, long_enough), -len(pieces), shortest

    return max(_needed(parts, long_enough), key=rarity)


def _needed(parts: Sequence[_Part], long_enough: int) -> Iterator[tuple[str, ...]]:
    """Yield pieces of text of which one is needed: each run of letters, and the alternatives of each group."""
    run = ""
    for part, repeat in parts:
        may_be_missing = repeat.startswith(("?", "*", "{0", "{,"))
        letter = part[-1] if len(part.removeprefix("\\")) == 1 and not _means_more(part) else ""
        if letter and not may_be_missing:
            run += letter
        if not letter or repeat:
            yield (run,)
            run = ""
        if part.startswith("(?:") and not may_be_missing:
            yield triggers(part.removeprefix("(?:")[:-1], long_enough)
    yield (run,)


def _means_more(part: str) -> bool:
    """Tell whether a character, or an escaped one, stands for others than itself."""
    return part in ".^$" or (part.startswith("\\") and part[-1].isalnum())


def _parts(expression: str) -> Iterator[_Part]:
    """Yield each letter, class and group of an expression, and how often it may come, where that is not once."""
    position = 0
    while position < len(expression):
        end = _end(expression, position) if expression[position] in _OPENING else position + 1
        repeat = _REPEAT.match(expression, end) if expression[end : end + 1] in _REPEATING else None
        yield expression[position:end], repeat[0] if repeat else ""
        position = repeat.end() if repeat else end


def _end(expression: str, position: int) -> int:
    """Return where the letter, class or group that begins at a place ends."""
    depth = 0
    for token in _TOKEN.finditer(expression, position):
        depth += (token[0] == "(") - (token[0] == ")")
        if depth == 0:
            return token.end()
    raise ValueError(f"{expression!r} has a bracket that does not end")
