"""Whether an address is dead, by what a mail server says of it: the table in reasons.toml, read once."""

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from outreach.inbox.triggers import Rules, found, rules

_MOST_WORDS = 1_000
_NO_SUCH_BOX = frozenset(["5.1.1", "5.1.10"])


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for which mail comes back."""

    name: str
    address_is_dead: bool
    words: Rules
    statuses: frozenset[str]
    outweighs_codes: bool
    """Whether its words count even where the code says that there is no such box."""


@lru_cache(maxsize=1)
def reasons() -> tuple[Reason, ...]:
    """Return every reason, in the order in which they are tried."""
    rows = tomllib.loads((files(__package__) / "reasons.toml").read_text(encoding="utf-8"))["reason"]
    order: list[dict[str, Any]] = []
    for row in rows:
        before = row.pop("before", None)
        place = next((index for index, other in enumerate(order) if other["name"] == before), len(order))
        order.insert(place, row)
    return tuple(
        Reason(
            row["name"],
            row["address_is_dead"],
            rules(map(_without_accents, row["words"])),
            frozenset(row["statuses"]),
            row.get("outweighs_codes", False),
        )
        for row in order
    )


@lru_cache(maxsize=512)
def reason_in(words: str, status: str = "") -> Reason | None:
    """Return the reason that a server's words give, next to its code, or None where they give none that is known."""
    plain = _plain(words)
    if not plain:
        return None
    for reason in reasons():
        if status in _NO_SUCH_BOX and not (reason.address_is_dead or reason.outweighs_codes):
            continue
        if found(reason.words, plain):
            return reason
    return None


@lru_cache(maxsize=512)
def reason_of(status: str) -> Reason | None:
    """Return the reason that an enhanced status code alone gives (RFC 3463), or None where it says no more."""
    return next((reason for reason in reasons() if status in reason.statuses), None)


def _plain(words: str) -> str:
    words = words[:_MOST_WORDS].replace("’", "'")
    if words.isascii():
        return " ".join(words.lower().split())
    return " ".join(_without_accents(words).casefold().split())


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
