"""What a person's words propose: a position, or to be left alone. What becomes of that is not told here."""

import tomllib
from functools import lru_cache
from importlib.resources import files

from outreach.expressions import Rules, found, rules
from outreach.inbox.clauses import plain, sentences
from outreach.inbox.finding import Proposed
from outreach.inbox.stances import position_of
from outreach.text import one_line

_MOST_CHARACTERS = 20_000
_MOST_EVIDENCE = 300


def proposed(text: str) -> Proposed:
    """Return what a text's words propose, in the six languages of the United Nations: see outreach.inbox.stances."""
    text = text[:_MOST_CHARACTERS]
    return Proposed(position_of(text), _asks_to_be_left_alone(text))


def _asks_to_be_left_alone(text: str) -> str:
    """Return the sentence that asks for no more letters; empty where none does."""
    words = _opt_out()
    if not found(words, plain(text)):
        return ""
    asked = (one for one in sentences(text) if found(words, " ".join(plain(one).split())))
    return next((one_line(one)[:_MOST_EVIDENCE] for one in asked), "")


@lru_cache(maxsize=1)
def _opt_out() -> Rules:
    rows = tomllib.loads((files(__package__) / "proposals.toml").read_text(encoding="utf-8"))
    return rules(rows["opt_out"]["words"])
