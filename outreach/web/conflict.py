"""Two people changed the same thing: what each wrote stands side by side, and whoever came later chooses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from outreach.letters.by_word import ChangedPassage, passages
from outreach.letters.text_versions import paragraphs_of


@dataclass(frozen=True, slots=True)
class TwoSides:
    """One field that holds something else by now than what was typed."""

    label: str
    passages: tuple[ChangedPassage, ...]
    """Where they differ: what only the typed words have is `new`, what only the kept ones have is `gone`."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What was typed beside what is kept by now."""

    page: str
    """The page that the form stands on."""
    path: str
    """Where the form is sent."""
    form: str
    """The form's id on the page: it holds what was typed, and tells that what is kept now was seen."""
    sides: tuple[TwoSides, ...]
    """Empty where something else was changed, and nothing of the form."""
    who: str = ""
    """Who has changed it, and when (UTC), where that is known."""
    at: datetime | None = None
    both: tuple[tuple[str, str], ...] = ()
    """The fields of the form with what both changed; empty where they changed the same place."""


def two_sides(fields: Iterable[tuple[str, str, str]]) -> tuple[TwoSides, ...]:
    """Return the fields that differ, of each its label, what was typed and what is kept."""
    return tuple(
        TwoSides(label, found)
        for label, typed, kept in fields
        if (found := passages(paragraphs_of(_plain(kept)), paragraphs_of(_plain(typed))))
    )


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
