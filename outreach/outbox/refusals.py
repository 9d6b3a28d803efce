"""Why a mail server refuses a letter, and whose fault it is: the table in refusals.toml, read once."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from outreach.expressions import Rules, found, rules
from outreach.vocabulary import Blame

_MOST_WORDS = 1_000
_NO_SUCH_BOX = frozenset(["5.1.1", "5.1.10"])


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """One reason for which letters are refused, or come back."""

    name: str
    blame: Blame
    address_is_dead: bool
    words: Rules
    statuses: frozenset[str]
    decisive: frozenset[str]
    """Enhanced status codes that go before any words."""
    outweighs_codes: bool
    """Whether its words count even where the code says that there is no such box."""
    stays: bool
    """Whether it does not pass by itself, though a server may put a passing code on it."""


@lru_cache(maxsize=1)
def refusals() -> tuple[RefusalReason, ...]:
    """Return every reason, in the order in which they are tried."""
    return in_order(tomllib.loads((files(__package__) / "refusals.toml").read_text(encoding="utf-8"))["reason"])


def in_order(rows: Iterable[Mapping[str, Any]]) -> tuple[RefusalReason, ...]:
    """Return the reasons of a table's rows, in the order in which they are tried."""
    order: list[Mapping[str, Any]] = []
    for row in rows:
        before = row.get("before")
        place = next((index for index, other in enumerate(order) if other["name"] == before), len(order))
        order.insert(place, row)
    return tuple(
        RefusalReason(
            row["name"],
            Blame(row["blame"]),
            row["address_is_dead"],
            rules(map(without_accents, row["words"])),
            frozenset(row["statuses"]),
            frozenset(row.get("decisive", ())),
            row.get("outweighs_codes", False),
            row.get("stays", False),
        )
        for row in order
    )


@lru_cache(maxsize=512)
def reason_in(words: str, status: str = "") -> RefusalReason | None:
    """Return the reason that a server's words give, next to its code, or None where they give none that is known."""
    text = plain(words)
    if not text:
        return None
    for reason in refusals():
        if status in _NO_SUCH_BOX and not (reason.address_is_dead or reason.outweighs_codes):
            continue
        if found(reason.words, text):
            return reason
    return None


@lru_cache(maxsize=512)
def reason_of(status: str) -> RefusalReason | None:
    """Return the reason that an enhanced status code alone gives (RFC 3463), or None where it says no more."""
    return next((reason for reason in refusals() if status in reason.statuses), None)


def plain(words: str) -> str:
    """Return a server's words as the expressions expect them: a beginning, in lower case, on one line."""
    words = words[:_MOST_WORDS].replace("’", "'")
    if words.isascii():
        return " ".join(words.lower().split())
    return " ".join(without_accents(words).casefold().split())


def without_accents(text: str) -> str:
    """Return the text without accents (NFKD without its combining characters)."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
