"""Who is meant: addresses and names, compared as people write them, and where they stand within a text.

Names are compared without case, accents, points and titles, in either order (`SAMPLE, Zoé`, `H.E. Ms Zoe Sample`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from outreach.errors import UserError
from outreach.missions.lexicon import lexicon
from outreach.text import address_key, domain_to_unicode, erased_key, one_line, without_accents

MARK = "[erased]"
"""What stands in a text where a name or an address was."""
_BEFORE_NAMES = ("civility", "style", "academic", "military", "knight", "noble", "royal", "clergy")
_WORD = re.compile("(?:[^\\W_][\u0300-\u036f]*)+")
# Letters that have no accent to lose, as they are written where a keyboard lacks them.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"})
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_BETWEEN = re.compile(r"[\s.,'’_>*-]{1,8}")
"""What may stand between two words of a name: a comma and a space, a line end (in a quote, too)."""

Tokens = tuple[str, ...]


def _plain(text: str) -> str:
    return without_accents(without_accents(text).casefold().translate(_PLAIN))


def _spelled(text: str) -> str:
    """The text as German and Nordic names are written without their letters: Müller as mueller."""
    return _plain(text.casefold().translate(_DIGRAPHS))


_FOLDS = (_plain, _spelled)


@cache
def _titles() -> frozenset[str]:
    return frozenset(token for words in lexicon().before_names(*_BEFORE_NAMES) for token in _plain(words).split())


@lru_cache(maxsize=50_000)
def _forms(name: str) -> tuple[Tokens, Tokens]:
    """The words of a name as compared, in order of the alphabet, in each spelling; titles before it are left away."""
    made = []
    for fold in _FOLDS:
        # An initial stays one, also where its letter is compared as two: Œ. for Œuvrard.
        tokens = [fold(found[0])[: 1 if len(found[0]) == 1 else None] for found in _WORD.finditer(name)]
        while len(tokens) > 1 and tokens[0] in _titles() and any(one not in _titles() for one in tokens[1:]):
            del tokens[0]
        made.append(tuple(sorted(tokens)))
    return made[0], made[1]


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same, but for case, accents, points, titles and the order of their words."""
    mine, theirs = _forms(one), _forms(other)
    return bool(mine[0]) and any(a == b for a, b in zip(mine, theirs, strict=True))


def like_name(asked: str, name: str) -> bool:
    """Whether a name may be the one that is asked for: it has all of its words, or initials in the place of some."""
    for mine, theirs in zip(_forms(asked), _forms(name), strict=True):
        if not mine or not theirs:
            continue
        short, long = sorted((mine, theirs), key=len)
        if any(len(one) > 1 for one in short) and _each_has_one(short, long):
            return True
    return False


def _each_has_one(short: Tokens, long: Tokens) -> bool:
    """Whether each word has another one that it equals, or is the initial of; one whole word at the least is equal."""
    left, equal = list(long), 0
    for word in sorted(short, key=len, reverse=True):
        initial = (one for one in left if one[0] == word[0] and 1 in (len(word), len(one)))
        found = word if word in left else next(initial, None)
        if found is None:
            return False
        left.remove(found)
        equal += found == word and len(word) > 1
    return equal > 0


@dataclass(frozen=True)
class NaturalPerson:
    """Whose data are meant."""

    keys: frozenset[str] = frozenset()
    """Addresses, as compared."""
    names: tuple[str, ...] = ()
    """Names that are certainly this person's: what bears one of them is meant."""
    maybe: tuple[str, ...] = ()
    """Names that stand beside the addresses, and may be somebody else's elsewhere."""
    asked: tuple[str, ...] = field(default=())
    """The words that were asked for."""

    def has_address(self, key: str) -> bool:
        """Whether an address, as compared, is this person's; also one that stands for it since it was erased."""
        return bool(key) and (key in self.keys or key in self.erased_keys)

    @property
    def erased_keys(self) -> frozenset[str]:
        """What stands for the addresses where they were erased."""
        return frozenset(map(erased_key, self.keys))

    def is_named(self, name: str) -> bool:
        """Whether a whole field is the name of this person."""
        return any(same_name(one, name) for one in self.names)

    def may_be_named(self, name: str) -> bool:
        """Whether a whole field may be the name of this person, and may be that of somebody else."""
        return any(like_name(one, name) for one in (*self.names, *self.maybe))

    def may_be_in(self, text: str) -> bool:
        """Whether a text has a family name of this person's by itself: it may be meant, and may be somebody else."""
        if not text or self.spans(text):
            return False
        return any(_family_in(name, text) for name in (*self.names, *self.maybe))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where in a text this person's addresses and names stand, in its order, none within another."""
        if not text:
            return []
        found = [match.span() for pattern in _addresses(self.keys) for match in pattern.finditer(text)]
        for start, end in found:  # a name in an address is none of a text
            text = text[:start] + "@" * (end - start) + text[end:]
        found += [span for name in self.names for span in _named_at(name, text)]
        return _apart(found)

    def redacted(self, text: str) -> str:
        """Return a text with `[erased]` where this person's addresses and names stood."""
        made, last = [], 0
        for start, end in self.spans(text):
            made += [text[last:start], MARK]
            last = end
        return "".join((*made, text[last:])) if made else text

    def redacted_value(self, value: Any) -> Any:
        """Return plain data (JSON's kinds) with every text in it redacted, keys of objects included."""
        if isinstance(value, str):
            return erased_key(value) if value in self.keys else self.redacted(value)
        if isinstance(value, dict):
            return {self.redacted(name): self.redacted_value(one) for name, one in value.items()}
        return [self.redacted_value(one) for one in value] if isinstance(value, list) else value


def asked_for(words: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Split what somebody asked for into addresses, as compared, and names. Raises UserError for words without any."""
    keys, names = set[str](), list[str]()
    for one in words:
        said = one_line(one)
        if "@" in said:
            bare = said.rpartition("<")[2].rstrip(">").strip() if "<" in said else said
            keys.add(address_key(bare))
        elif any(len(word) > 1 for word in _forms(said)[0]):
            names.append(said)
        else:
            raise UserError(
                "person.no-words",
                "{said!r} names nobody.",
                said=said,
                remedy="Write an address, or a name: a given name and a family name.",
            )
    return frozenset(keys), tuple(names)


def _searched(name: str, fold: Any) -> Tokens:
    """The words that are looked for within a text: without titles, unless one word alone would be left."""
    tokens = _forms(name)[_FOLDS.index(fold)]
    return tokens if len(tokens) > 1 else tuple(sorted(fold(found[0]) for found in _WORD.finditer(name)))


def _named_at(name: str, text: str) -> Iterator[tuple[int, int]]:
    for fold in _FOLDS:
        wanted = _searched(name, fold)
        if len(wanted) < 2:
            continue
        folded = fold(text)
        if not all(word in folded for word in wanted):  # which it mostly is not
            continue
        words = [(found.start(), found.end(), fold(found[0])) for found in _WORD.finditer(text)]
        at = 0
        while at <= len(words) - len(wanted):
            some = words[at : at + len(wanted)]
            if tuple(sorted(word for _, _, word in some)) == wanted and _close(some, text):
                yield some[0][0], some[-1][1]
                at += len(wanted)
            else:
                at += 1


def family_name(name: str) -> str:
    """Return the part of a name that is a family name by its writing; empty for a name of one word.

    It is what stands before a comma, or in capitals beside words that do not, else the last word; a hyphen joins.
    """
    before, comma, after = name.partition(",")
    if comma and after.strip():
        return before.strip()
    words = [word for word in name.split() if _WORD.search(word)]
    loud = [word for word in words if word.isupper() and len(word) > 2]
    if loud and len(loud) < len(words):
        return " ".join(loud)
    return words[-1] if len(words) > 1 else ""


def _loosely(text: str) -> str:
    """The text in one of the spellings that Müller has where a keyboard lacks the letter: Mueller is Muller too."""
    return _LOOSE.sub(r"\1", _spelled(text))


_LOOSE = re.compile("([aou])e")


@lru_cache(maxsize=2_000)
def _family_words(name: str) -> Tokens:
    return tuple(_loosely(found[0]) for found in _WORD.finditer(family_name(name)))


def _family_in(name: str, text: str) -> bool:
    """Whether a text has a family name, written large as names are, in whatever spelling."""
    wanted = _family_words(name)
    if len("".join(wanted)) < _SHORTEST_FAMILY:
        return False
    whole = _loosely(text)
    if not all(one in whole for one in wanted):
        return False
    found = list(_WORD.finditer(text))
    for at in range(len(found) - len(wanted) + 1):
        some = [(one.start(), one.end(), _loosely(one[0])) for one in found[at : at + len(wanted)]]
        if tuple(word for _, _, word in some) == wanted and _close(some, text) and not found[at][0].islower():
            return True
    return False


_SHORTEST_FAMILY = 3


def _close(words: Sequence[tuple[int, int, str]], text: str) -> bool:
    return all(_BETWEEN.fullmatch(text, before[1], after[0]) for before, after in pairwise(words))


@lru_cache(maxsize=200)
def _addresses(keys: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """What finds the addresses in a text: in either form of their domain, and not within a longer one."""
    written = {key for key in keys if "@" in key}
    written |= {f"{key.rpartition('@')[0]}@{domain_to_unicode(key.rpartition('@')[2])}" for key in set(written)}
    return tuple(
        re.compile(rf"(?<![\w.+%-]){re.escape(one)}(?![\w-])(?!\.\w)", re.IGNORECASE) for one in sorted(written)
    )


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in their order; those that overlap become one."""
    made: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if made and start < made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made
