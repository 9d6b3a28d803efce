"""The key in a report's hidden column: which response a row is, and what it held when the report was made.

With it, the import of a report tells what a person typed from what was there, and what somebody changed since.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from outreach.reports.excel.safe_cells import clean
from outreach.vocabulary import Answer, Position

_LOOKED_AT = 20_000  # a cell may have cut what is far longer
_KEY = re.compile(r"(\d{1,18})\|(\d{1,18})\|([^|]*)\|([0-9a-f]{12})\|([^|]*)(?:\|([0-9a-f]{12})\|((?:[0-9a-f]{3})*))?")


@dataclass(frozen=True, slots=True)
class RowKey:
    """What a row was made from."""

    response: int
    change: int
    """The last change of the response at that time; 0 where there was none."""
    position: Position
    note: str
    """A digest of the note: see `digest`."""
    answer: Answer
    how: str = ""
    """A digest of how it answered; empty in a report of an earlier version."""
    cells: tuple[str, ...] = ()
    """Digests of what else stood in the row: see `seal`."""


def row_key(response: int, change: int, position: Position, note: str, answer: Answer) -> str:
    """Return the key of a row."""
    return f"{response}|{change}|{position.value}|{digest(note)}|{answer.value}"


def read_key(text: str) -> RowKey | None:
    """Return what a key says; None for a text that is none."""
    found = _KEY.fullmatch(text.strip())
    if not found:
        return None
    try:
        return RowKey(
            int(found[1]),
            int(found[2]),
            Position(found[3]),
            found[4],
            Answer(found[5]),
            found[6] or "",
            tuple(re.findall("...", found[7] or "")),
        )
    except ValueError:
        return None


def seal(key: str, how: str, cells: Sequence[str]) -> str:
    """Return a key with digests of the row's other cells, by which it is told that somebody has changed one."""
    return f"{key}|{digest(how)}|{''.join(map(cell_digest, cells))}" if key else ""


@lru_cache(maxsize=4096)
def cell_digest(text: str) -> str:
    """Return the digest of one cell that is not for typing: three hexadecimal digits, for there are many."""
    return digest(text)[:3]


def digest(note: str) -> str:
    """Return a short digest of a note, whatever spaces and line ends a spreadsheet program has made of it."""
    plain = note.isascii() and note.isprintable()  # nearly all is, and needs no cleaning
    words = " ".join((note if plain else clean(note))[:_LOOKED_AT].split())
    return hashlib.sha256(words.encode()).hexdigest()[:12]
