"""Why a mail server refuses a letter, and whose fault it is: the table in refusals.toml, read once."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from outreach.expressions import Rules, rules, together
from outreach.outbox.blame.server_words import without_names
from outreach.text import without_accents
from outreach.vocabulary import Blame

_MOST_WORDS = 1_000
_NO_SUCH_BOX = frozenset(["5.1.1", "5.1.10"])
_MEANS = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """One reason for which letters are refused, or come back."""

    name: str
    blame: Blame
    address_is_dead: bool | None
    """Whether writing to the address again is useless; None where that cannot be known from it."""
    words: Rules
    statuses: frozenset[str]
    decisive: frozenset[str]
    """Enhanced status codes that go before any words."""
    early: frozenset[str]
    """Such as do so before RCPT only."""
    outweighs_codes: bool
    """Whether its words count even where the code says that there is no such box."""
    stays: bool
    """Whether it does not pass by itself, though a server may put a passing code on it."""
    perhaps_theirs: bool
    """Whether a mission's own server, behind ours, may say it of us: then it is said of that letter alone."""
    waits: bool
    """Whether what is refused for it is tried again, as if it had been refused for now."""


@lru_cache(maxsize=1)
def refusals() -> tuple[RefusalReason, ...]:
    """Return every reason, in the order in which they are tried."""
    table = tomllib.loads((files(__package__) / "refusals.toml").read_text(encoding="utf-8"))
    return in_order(written_out(table))


def written_out(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the table's reasons with each `{name}` in their words written out: what it stands for is in `[means]`."""

    def full(words: str) -> str:
        return _MEANS.sub(lambda found: f"(?:{table['means'][found[1]]})", words)

    return [{**row, "words": [full(words) for words in row["words"]]} for row in table["reason"]]


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
            row.get("address_is_dead"),
            rules(map(without_accents, row["words"])),
            frozenset(row["statuses"]),
            frozenset(row.get("decisive", ())),
            frozenset(row.get("early", ())),
            row.get("outweighs_codes", False),
            row.get("stays", False),
            row.get("perhaps_theirs", False),
            row.get("waits", False),
        )
        for row in order
    )


def reason_in(words: str, status: str = "") -> RefusalReason | None:
    """Return the reason that a server's words give, next to its code, or None where they give none that is known."""
    text = said(words, status)
    return reason_said(text, status) if text else None


@lru_cache(maxsize=512)  # without the names in them, servers say one of a few things
def reason_said(text: str, status: str) -> RefusalReason | None:
    """Return the reason that words without names give, as `said` returns them, or None where none is known."""
    reasons, expressions = all_words()
    for place in expressions.triggered(text):
        reason = reasons[place]
        if status in _NO_SUCH_BOX and not (reason.address_is_dead or reason.outweighs_codes):
            continue
        if expressions[place][1].search(text):
            return reason
    return None


@lru_cache(maxsize=1)
def all_words() -> tuple[Sequence[RefusalReason], Rules]:
    """Return the words of all reasons, the first to be believed first, and of which reason each group of them is."""
    return together((reason, reason.words) for reason in refusals())


@lru_cache(maxsize=512)
def reason_of(status: str) -> RefusalReason | None:
    """Return the reason that an enhanced status code alone gives (RFC 3463), or None where it says no more."""
    return next((one for one in refusals() if status in one.decisive or status in one.statuses), None)


@lru_cache(maxsize=512)
def decided_by(status: str) -> RefusalReason | None:
    """Return the reason of a code that nobody stretches: it goes before any words."""
    return next((reason for reason in refusals() if status in reason.decisive), None)


def said(words: str, status: str = "") -> str:
    """Return a server's words as the expressions expect them, with the code before them; empty without words."""
    text = plain(words)
    return f"{status} {text}" if text and status else text


def plain(words: str) -> str:
    """Return a server's words without names, in lower case, on one line; of many words only their beginning."""
    words = without_names(words[: 2 * _MOST_WORDS].replace("’", "'"))[:_MOST_WORDS]
    if words.isascii():
        return " ".join(words.lower().split())
    return " ".join(without_accents(words).casefold().split())
