"""Do two campaigns write nearly the same to a mission? Asked where letter, subject and text are not quite the same.

A letter may say one thing to some and another to others, so that each letter is compared with what its own mission had
(`letters.likeness`), and what came of it is remembered: frozen letters do not change. Of a letter only the beginning of
its bytes is fetched, where its text stands, not what is attached. What a letter bears of its own is left out of it: its
day, and who signs it.

A letter that is only in its PDF is not compared: what can be read of it is the covering mail, which is like any other.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal, get_args

from sqlalchemy import Connection, LargeBinary, bindparam, func, select
from sqlmodel import col

from outreach import clock
from outreach.letters.faces.mime_writer import text_digest
from outreach.letters.filters import day
from outreach.letters.likeness import Likeness, likeness, sketch, sketched_words, words_of
from outreach.letters.reading import text_of
from outreach.letters.signing.signers import Signatories
from outreach.models import Campaign, DeliveryEvent, Frozen, Message, SignatoryList
from outreach.sentences import Sentence, saying
from outreach.vocabulary import EventKind, Language, SignatoryKind

_MOST_REMEMBERED, _MOST_TEXTS = 20_000, 5_000
_AT_A_TIME = 200
"""So many beginnings of letters are fetched at once: a few megabytes."""
_BEGINNING = 40_000
"""So many bytes of a letter are fetched first: its text is the first part of it."""
_FORMS = get_args(Literal["full", "long", "medium", "short"])
_found: dict[Hashable, Likeness | None] = {}
_texts: dict[Hashable, "NearText | None"] = {}


@dataclass(frozen=True, slots=True)
class NearText:
    """What a letter is compared by."""

    text: str
    language: Language
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


def sketcher(own: Iterable[str]) -> Callable[[str], str]:
    """Return what makes the sketch of a letter's text, but for the words of what letters say of themselves alone."""
    return partial(sketch, without=frozenset[int]().union(*map(sketched_words, own)))


def signing_of(signatories: Signatories | None) -> list[tuple[str, str]]:
    """Return kind and name of those who sign."""
    return [(one.kind, one.name) for one in signatories.entries] if signatories else []


def are_near(one: NearText, other: NearText) -> Likeness | None:
    """Return how two letters differ that are nearly the same, None where they are two; a reminder is another letter
    wherever one of them says anything more."""
    if one.language is not other.language:
        return None
    own = one.own | other.own
    found = likeness(words_of(one.text, own), words_of(other.text, own), one.language)
    return None if found is not None and found.added and (one.follows or other.follows) else found


_FROZEN = (
    select(
        col(Message.id), col(Message.language), col(Message.text_digest),
        col(Campaign.time_zone), col(Campaign.follows_id),
        func.substr(col(Frozen.raw), 1, _BEGINNING, type_=LargeBinary).label("beginning"),
        col(SignatoryList.as_of), col(SignatoryList.entries),
        select(func.min(col(DeliveryEvent.at)))
        .where(col(DeliveryEvent.message_id) == col(Message.id), col(DeliveryEvent.kind) == EventKind.APPROVED)
        .scalar_subquery().label("approved_at"),
    )
    .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    .join(Frozen, col(Frozen.message_id) == col(Message.id))
    .join(SignatoryList, col(SignatoryList.id) == col(Message.signatory_list_id), isouter=True)
    .where(col(Message.id).in_(bindparam("numbers", expanding=True)))
)  # fmt: skip


def read_texts(connection: Connection, letters: Iterable[tuple[int, str]]) -> None:
    """Read the texts of frozen letters that are about to be compared, in a few queries. Each letter is given by its
    number and the digest of its text; what was read is remembered."""
    lacking = [one for one in dict.fromkeys(letters) if (str(connection.engine.url), *one) not in _texts]
    for start in range(0, len(lacking), _AT_A_TIME):
        part = lacking[start : start + _AT_A_TIME]
        rows = {row.id: row for row in connection.execute(_FROZEN, {"numbers": [number for number, _ in part]})}
        for one in part:
            if len(_texts) >= _MOST_TEXTS:
                del _texts[next(iter(_texts))]
            _texts[str(connection.engine.url), *one] = _read(connection, rows.get(one[0]))


def frozen_text(connection: Connection, number: int, digest: str) -> NearText | None:
    """Return what a frozen letter is compared by; None where it is not in the mail, or its bytes were erased."""
    read_texts(connection, [(number, digest)])
    return _texts[str(connection.engine.url), number, digest]


def _read(connection: Connection, row: Any) -> NearText | None:
    if row is None or not row.beginning:
        return None
    text = text_of(row.beginning)
    if text_digest(text) != row.text_digest and len(row.beginning) >= _BEGINNING:
        whole = select(col(Frozen.raw)).where(col(Frozen.message_id) == row.id)
        text = text_of(connection.execute(whole).scalar_one())
    if not text or text_digest(text) != row.text_digest:
        return None
    approved = None if row.approved_at is None else row.approved_at.astimezone(clock.zone(row.time_zone)).date()
    signing = [(one["kind"], one["name"]) for one in row.entries or ()]
    own = own_passages(row.language, (approved, row.as_of), signing)
    return NearText(text, row.language, own, row.follows_id is not None)


def near_frozen(connection: Connection, one: tuple[int, str], other: tuple[int, str]) -> Likeness | None:
    """Return how two frozen letters differ that are nearly the same, None where they are two. Each is given by its
    number and the digest of its text; the answer is remembered."""
    key = (str(connection.engine.url), one, other)
    if key not in _found:
        ours, its = frozen_text(connection, *one), frozen_text(connection, *other)
        if len(_found) >= _MOST_REMEMBERED:
            _found.clear()
        _found[key] = None if ours is None or its is None else are_near(ours, its)
    return _found[key]


def near_pair(connection: Connection, one: int, other: int) -> Likeness | None:
    """Return the same of two frozen letters to one mission, given by their numbers."""
    query = select(col(Message.text_digest), col(Message.language))
    ours, its = (connection.execute(query.where(col(Message.id) == number)).one() for number in (one, other))
    if ours.language is not its.language:
        return None
    return near_frozen(connection, (one, ours.text_digest), (other, its.text_digest))


def with_difference(line: Sentence, near: Likeness | None) -> Sentence:
    """Return a sentence with how the two texts differ, where they are nearly the same; else as it is."""
    if near is None:
        return line
    slips = saying("had.slips", "{count} {count:*word is|words are} spelled otherwise", count=near.slips)
    added = saying("had.added", "{count} {count:*word stands|words stand} in one of the two only", count=near.added)
    if near.slips and near.added:
        how = saying("had.slips-and-added", "{slips}, and {added}", slips=slips, added=added)
    elif near.slips or near.added:
        how = slips if near.slips else added
    else:
        how = saying("had.signs", "only signs, spacing, capitals or the order of sentences differ")
    return saying("had.differs", "{line}: {how}", line=line, how=how)
