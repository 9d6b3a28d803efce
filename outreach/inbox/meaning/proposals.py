"""What a person's words propose: a position, to be left alone, another address. What follows is told elsewhere."""

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from outreach.expressions import Rules, found, rules
from outreach.inbox.decoding import addresses_in
from outreach.inbox.finding import Proposed
from outreach.inbox.meaning.clauses import MOST_CHARACTERS, evidence, plain, plain_line, sentences, without_marks
from outreach.inbox.meaning.stances import position_of
from outreach.text import address_key

_MOST_ADDRESSES = 3


@lru_cache(maxsize=4)
def proposed(text: str) -> Proposed:
    """Return what a text's words propose, in the six languages of the United Nations: see inbox.meaning.stances."""
    text = text[:MOST_CHARACTERS]
    return Proposed(position_of(text), _asks_to_be_left_alone(text))


def addresses_to_use(text: str, own: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the addresses that a person's words tell to write to from now on, each with the words that tell it.

    `own` are the addresses of the mail itself, of which none is another one.
    """
    text = text[:MOST_CHARACTERS]
    words = _another_to_write_to()
    if "@" not in text or not found(words, plain(text)):
        return ()
    known = {address_key(one) for one in own}
    told: dict[str, str] = {}
    for sentence, following in pairwise([*sentences(text), ""]):
        if not found(words, plain_line(sentence)):
            continue
        around = sentence if "@" in sentence else f"{sentence} {following}"
        for address in (one.rstrip("。，；、") for one in addresses_in(around)):
            if address_key(address) not in known:
                told.setdefault(address, evidence(around))
    return tuple(told.items())[:_MOST_ADDRESSES]


def may_wish(text: str) -> bool:
    """Tell whether a text may name somebody else to write to, a meeting, or a day to come back to: one look for all."""
    return _any_wish().may_match(plain(text[:MOST_CHARACTERS]))


@lru_cache(maxsize=1)
def _any_wish() -> Rules:
    return Rules(
        (*_another_to_write_to(), *(rule for name in ("meeting", "come_back") for rule in wish(name, "words")))
    )


@lru_cache(maxsize=1)
def _another_to_write_to() -> Rules:
    return Rules(rule for name in ("new_address", "successor", "deputy") for rule in wish(name, "words"))


def _asks_to_be_left_alone(text: str) -> str:
    """Return the sentence that asks for no more letters; empty where none does."""
    words, other = wish("opt_out", "words"), wish("opt_out", "but_not")
    if not found(words, plain(text)):
        return ""
    for sentence in sentences(text):
        line = plain_line(sentence)
        if found(words, line) and not found(other, line):
            return evidence(sentence)
    return ""


@lru_cache
def wish(name: str, sort: str) -> Rules:
    """Return the expressions of one sort of one row of proposals.toml, for text in plain letters."""
    rows = tomllib.loads((files(__package__) / "proposals.toml").read_text(encoding="utf-8"))
    return rules(map(without_marks, rows[name][sort]))
