"""What moved in a campaign since a moment: positions, answers, votes, bounces, corrected addresses.

A report that was made is an act in the log, with its edition and digest; the next one of that edition says what moved
since. Changes are netted: who went to a position and back again has not moved.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from outreach.catalogues import ENGLISH_TONGUE, Tongue, Word
from outreach.missions.names import state_name
from outreach.models import AuditEntry, Campaign, DeliveryEvent, Message, Mission, Response, ResponseChange
from outreach.sentences import KeptSentence
from outreach.vocabulary import Act, Answer, Edition, EventKind, Position, Vote

_FIELDS = {"position": Position, "answer": Answer, "vote": Vote}
_KINDS = (EventKind.BOUNCED, EventKind.CORRECTED)
_MAY_SAY = {
    Edition.TEAM: ("position", "answer", "vote", "bounced", "address corrected"),
    Edition.PARTNERS: ("position", "answer", "vote"),
    Edition.PUBLIC: ("vote",),
}
"""What an edition's reader is told of; addresses are for the team only."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that is otherwise than it was."""

    at: datetime
    """When it last changed, in UTC."""
    iso3: str
    mission: str
    what: str
    """position, answer, vote, or a word of EventKind."""
    old: str
    new: str
    """Words of a closed list; for letters that came back and corrected addresses, the address."""


def last_handed_out(
    session: Session, campaign: Campaign, edition: Edition, before: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return when the report of an edition was made that was handed out before this one, in UTC; None for the first.

    One of the same day (in `zone`) since which nothing moved that the edition tells is this one in another format or
    language: it is passed over, so that the two tell the same.
    """
    today = before.astimezone(zone).date()
    for made in _made(session, campaign.name, edition, before):
        if made.astimezone(zone).date() != today or as_told(moved_since(session, campaign, made, before), edition):
            return made
    return None


def _made(session: Session, campaign: str, edition: Edition, before: datetime) -> Iterator[datetime]:
    """Yield the moments at which a campaign's report was made in an edition, the latest first."""
    query = (
        select(col(AuditEntry.at))
        .where(
            col(AuditEntry.action) == Act.REPORT_MADE.value,
            col(AuditEntry.campaign) == campaign,
            col(AuditEntry.detail).startswith(f"{edition.value},"),
            col(AuditEntry.at) < before,
        )
        .order_by(col(AuditEntry.at).desc())
    )
    yield from session.scalars(query)


def moved_since(
    session: Session, campaign: Campaign, since: datetime, until: datetime, say: Tongue = ENGLISH_TONGUE
) -> list[Moved]:
    """Return what moved after one moment and up to another, both in UTC, by mission and kind."""
    changes = (
        select(
            col(ResponseChange.at), col(Response.iso3), col(Mission.short_name), col(ResponseChange.field),
            col(ResponseChange.old), col(ResponseChange.new),
        )
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .where(
            col(Response.campaign_id) == campaign.id, col(ResponseChange.at) > since, col(ResponseChange.at) <= until,
            col(ResponseChange.field).in_(_FIELDS),
        )
        .order_by(col(ResponseChange.id))
    )  # fmt: skip
    netted: dict[tuple[str, str], Moved] = {}
    for at, iso3, name, field, old, new in session.execute(changes):
        known = netted.get((iso3, field))
        began = known.old if known else _word(field, old)
        netted[iso3, field] = Moved(
            at, iso3, state_name(iso3, name, say), Word("field", field), began, _word(field, new)
        )
    letters = (
        select(
            col(DeliveryEvent.at), col(Message.iso3), col(Mission.short_name), col(DeliveryEvent.kind),
            col(DeliveryEvent.recipient), col(DeliveryEvent.detail),
        )
        .join(Message, col(Message.id) == col(DeliveryEvent.message_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .where(
            col(Message.campaign_id) == campaign.id, col(DeliveryEvent.at) > since, col(DeliveryEvent.at) <= until,
            col(DeliveryEvent.kind).in_(_KINDS),
        )
        .order_by(col(DeliveryEvent.at), col(DeliveryEvent.id))
    )  # fmt: skip
    events: dict[tuple[str, str, str], Moved] = {}
    for at, iso3, name, kind, recipient, detail in session.execute(letters):
        corrected = kind is EventKind.CORRECTED and isinstance(detail, KeptSentence)
        old = str(detail.sentence.facts.get("old", "")) if corrected else ""
        events[iso3, kind, recipient] = Moved(at, iso3, state_name(iso3, name, say), kind, old, recipient)
    found = [one for one in netted.values() if one.old != one.new] + list(events.values())
    order = (*_FIELDS, *_KINDS)
    return sorted(found, key=lambda one: (one.iso3, order.index(str(one.what)), one.at))


def as_told(moved: Iterable[Moved], edition: Edition) -> list[Moved]:
    """Return what an edition's reader is told of."""
    return [one for one in moved if str(one.what) in _MAY_SAY[edition]]


def votes_together(moved: Sequence[Moved], say: Tongue = ENGLISH_TONGUE) -> list[Moved]:
    """Return what moved with the votes that came in as one line: the record of the vote is one thing that happened."""
    votes = [one for one in moved if str(one.what) == "vote" and not one.old]
    if len(votes) <= _MOST_VOTES:
        return list(moved)
    counts = Counter(one.new for one in votes)
    told = ", ".join(f"{say.word(vote)} {counts[vote]}" for vote in Vote if counts[vote])
    missions = say.several("{count} mission", "{count} missions", len(votes))
    whole = Moved(max(one.at for one in votes), "", missions, votes[0].what, "", told)
    return [whole, *(one for one in moved if one not in votes)]


_MOST_VOTES = 6


def in_words(moved: Sequence[Moved], say: Tongue) -> list[str]:
    """Return one line a kind and way, with the missions that went it, such as `Position, undecided → in favour: …`."""
    ways: dict[str, list[str]] = {}
    for one in sorted(votes_together(moved, say), key=lambda one: (str(one.what), one.old, one.new)):
        change = say.word(one.new) if not one.old else f"{say.word(one.old)} → {say.word(one.new)}"
        named = say.word(one.what)
        if isinstance(one.what, EventKind):
            ways.setdefault(named[:1].upper() + named[1:], []).append(one.mission)
        else:
            ways.setdefault(f"{named[:1].upper()}{named[1:]}, {change}", []).append(one.mission)
    return [say("{name}: {what}", name=name, what=", ".join(names)) for name, names in ways.items()]


def as_plain(moved: Sequence[Moved]) -> list[dict[str, Any]]:
    """Return it for JSON, the same in every language."""
    return [
        {
            "at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ"), "iso3": one.iso3, "mission": one.mission,
            "what": str(one.what), "old": str(one.old), "new": str(one.new),
        }
        for one in moved
    ]  # fmt: skip


def _word(field: str, value: str) -> str:
    try:
        return _FIELDS[field](value) if value else ""
    except ValueError:
        return value
