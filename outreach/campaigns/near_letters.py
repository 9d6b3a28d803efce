"""Do two campaigns write nearly the same to a mission? Asked where letter, subject and text are not quite the same.

Letters of one approval in one language are one text but for the mission's name. So one letter of each is read and
compared (`letters.likeness`), and what came of it holds for the others and is remembered: a question about a hundred
letters reads two. What a letter bears of its own is left out of it: its day, and who signs it.

A letter that is only in its PDF is not compared: what can be read of it is the covering mail, which is like any other.
"""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy import Connection, func, select
from sqlmodel import col

from outreach import clock
from outreach.letters.faces.mime_writer import text_digest
from outreach.letters.filters import day
from outreach.letters.likeness import likeness, words_of
from outreach.letters.reading import read_letter
from outreach.letters.signing.signers import Signatories
from outreach.models import Campaign, DeliveryEvent, Frozen, Message, SignatoryList
from outreach.vocabulary import EventKind, Language, SignatoryKind

_MOST_REMEMBERED = 5000
_FORMS = get_args(Literal["full", "long", "medium", "short"])
_found: dict[Hashable, bool] = {}


@dataclass(frozen=True, slots=True)
class NearText:
    """What a letter is compared by."""

    text: str
    own: frozenset[str]
    """Passages of this letter alone: its day as written, who signs it and how many."""
    follows: bool
    """Whether it is a reminder: that may well be the first letter with some words more."""


def own_passages(
    language: Language, days: Iterable[date | None], signing: Collection[tuple[str, str]]
) -> frozenset[str]:
    """Return what a letter says of itself alone: its days as written, and who signs it (kind and name) and how many."""
    kinds = [kind for kind, _ in signing]
    counts = {len(kinds), *(kinds.count(kind) for kind in SignatoryKind)} - {0}
    written = {day(one, language, form) for one in days if one is not None for form in _FORMS}
    return frozenset({*written, *(name for _, name in signing), *map(str, counts)})


def signing_of(signatories: Signatories | None) -> list[tuple[str, str]]:
    """Return kind and name of those who sign."""
    return [(one.kind, one.name) for one in signatories.entries] if signatories else []


def are_near(one: NearText, other: NearText) -> bool:
    """Tell whether two letters are nearly the same; of a reminder, that it says nothing else at all."""
    own = one.own | other.own
    found = likeness(words_of(one.text, own), words_of(other.text, own))
    return found is not None and not (found.added and (one.follows or other.follows))


_FROZEN = (
    select(
        col(Message.language), col(Message.text_digest), col(Campaign.time_zone), col(Campaign.follows_id),
        col(Frozen.raw), col(SignatoryList.as_of), col(SignatoryList.entries),
        select(func.min(col(DeliveryEvent.at)))
        .where(col(DeliveryEvent.message_id) == col(Message.id), col(DeliveryEvent.kind) == EventKind.APPROVED)
        .scalar_subquery().label("approved_at"),
    )
    .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    .join(Frozen, col(Frozen.message_id) == col(Message.id))
    .join(SignatoryList, col(SignatoryList.id) == col(Message.signatory_list_id), isouter=True)
)  # fmt: skip


def frozen_text(connection: Connection, number: int) -> NearText | None:
    """Return what a frozen letter is compared by; None where it is not in the mail, or its bytes were erased."""
    row = connection.execute(_FROZEN.where(col(Message.id) == number)).one_or_none()
    text = read_letter(row.raw).text if row is not None and row.raw else ""
    if row is None or not text or text_digest(text) != row.text_digest:
        return None
    approved = None if row.approved_at is None else row.approved_at.astimezone(clock.zone(row.time_zone)).date()
    signing = [(one["kind"], one["name"]) for one in row.entries or ()]
    return NearText(text, own_passages(row.language, (approved, row.as_of), signing), row.follows_id is not None)


def near_frozen(connection: Connection, one: int, other: int, stamp: Hashable) -> bool:
    """Tell whether two frozen letters are nearly the same. `stamp` tells their two approvals and their language: under
    the same one, the answer is remembered."""
    key = (str(connection.engine.url), stamp)
    if key not in _found:
        ours, its = frozen_text(connection, one), frozen_text(connection, other)
        if len(_found) >= _MOST_REMEMBERED:
            _found.clear()
        _found[key] = ours is not None and its is not None and are_near(ours, its)
    return _found[key]


_STAMP: Any = (
    col(Message.campaign_id), func.coalesce(col(Campaign.first_approved_at), col(Campaign.approved_at)),
    col(Message.language),
)  # fmt: skip


def near_pair(connection: Connection, one: int, other: int) -> bool:
    """Tell whether two frozen letters to one mission are nearly the same."""
    query = select(*_STAMP).join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    ours, its = (tuple(connection.execute(query.where(col(Message.id) == number)).one()) for number in (one, other))
    return ours[2] is its[2] and near_frozen(connection, one, other, (ours[:2], its[:2], its[2]))
