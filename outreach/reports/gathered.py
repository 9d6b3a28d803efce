"""What the database holds for a campaign's rows: a fixed handful of statements, and never a letter's bytes.

The statements are built once: for one mission's row, building them took longer than what the database does.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, select
from sqlmodel import Session, col, func

from outreach.models import (
    Account,
    Campaign,
    Delivery,
    DeliveryEvent,
    Message,
    Mission,
    MissionComment,
    Reply,
    Response,
    ResponseChange,
    Term,
)
from outreach.responses.come_back import ComeBack, come_backs
from outreach.vocabulary import Answer, DeliveryStatus, EventKind, Hold, Language, Line, MessageState, Position, Vote


class Addressed(NamedTuple):
    """A recipient of a letter that counts."""

    message_id: int
    address: str
    line: Line
    state: MessageState
    hold: Hold | None
    smtp_reply: str
    delivery: DeliveryStatus | None


class GatheredMission(NamedTuple):
    """A response with its mission and its letter; what is the letter's is None where there is none."""

    response_id: int
    iso3: str
    answer: Answer
    answered_at: datetime | None
    position: Position
    note: str
    vote: Vote | None
    short_name: str
    regional_group: str
    mission_language: Language
    message_id: int | None
    language: Language | None
    state: MessageState | None
    hold: Hold | None
    reason: str | None
    smtp_reply: str | None
    due_at: datetime | None
    next_try_at: datetime | None
    sent_at: datetime | None
    rehearsed: bool | None
    delivery: DeliveryStatus | None
    assigned: str | None
    """The name of whose task it is."""
    assigned_to: str | None
    due_on: date | None
    last_comment: str | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the rows of a campaign, or one of them, are made from."""

    found: list[GatheredMission]
    """By ISO3."""
    recipients: dict[int, list[Addressed]]
    """Of each message, To before Cc, as they were entered."""
    bounces: dict[int, dict[str, str]]
    """What the last bounce of each address of a message said: status code and words."""
    members_until: dict[str, int]
    """The last year of each state's term that covers the campaign's date."""
    changes: dict[int, int]
    """The number of the last change of each response that ever changed."""
    come_backs: dict[str, ComeBack]
    """The missions that asked to be asked again, by ISO3."""
    hows: dict[int, str]
    """How each mission answered otherwise than by mail, in the words of who typed it."""


def gather(session: Session, campaign: Campaign, *, iso3: str | None = None, changes: bool = True) -> Gathered:
    """Read what the rows of a campaign are made from, or that of one mission; the last changes only where wanted."""
    values = {"campaign": campaign.id, "year": campaign.as_of.year, "iso3": iso3}
    one = iso3 is not None
    return Gathered(
        found=[GatheredMission(*row) for row in session.execute(_responses(one), values)],
        recipients=_by_message(session.execute(_recipients(one), values)),
        bounces=_words(session.execute(_bounces(one), values)),
        members_until=dict(session.execute(_terms(one), values).all()),
        changes=dict(session.execute(_changes(one), values).all()) if changes else {},
        come_backs={found.iso3: found for found in come_backs(session, [campaign.id])},
        hows=dict(session.execute(_hows(one), values).all()) if changes else {},
    )


def recipients(session: Session, campaign: Campaign) -> dict[int, list[Addressed]]:
    """Return the recipients of each message of a campaign that counts, To before Cc, as they were entered."""
    return _by_message(session.execute(_recipients(one=False), {"campaign": campaign.id}))


def same_mission() -> Any:
    """Return the condition that a response and a message are of one mission in one campaign."""
    return and_(col(Response.campaign_id) == col(Message.campaign_id), col(Response.iso3) == col(Message.iso3))


def _only(query: Any, column: Any, *, one: bool) -> Any:
    return query.where(col(column) == bindparam("iso3")) if one else query


@cache
def _responses(one: bool) -> Any:
    last_comment = (
        select(col(MissionComment.text))
        .where(col(MissionComment.response_id) == col(Response.id), col(MissionComment.withdrawn_at).is_(None))
        .order_by(col(MissionComment.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    columns: tuple[Any, ...] = (
        Response.id, Response.iso3, Response.answer, Response.answered_at, Response.position, Response.note,
        Response.vote, Mission.short_name, Mission.regional_group, Mission.language, Message.id, Message.language,
        Message.state, Message.hold, Message.reason, Message.smtp_reply, Message.due_at, Message.next_try_at,
        Message.sent_at, Message.rehearsed, Message.delivery, Account.name, Account.login,
        Response.due_on, last_comment,
    )  # fmt: skip
    query = (
        select(*columns)
        .select_from(Response)
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .outerjoin(Message, and_(same_mission(), col(Message.replaced_at).is_(None)))
        .outerjoin(Account, col(Account.id) == col(Response.assigned_id))
        .where(col(Response.campaign_id) == bindparam("campaign"))
        .order_by(col(Response.iso3))
    )
    return _only(query, Response.iso3, one=one)


@cache
def _recipients(one: bool) -> Any:
    columns: tuple[Any, ...] = (
        Delivery.message_id, Delivery.address, Delivery.line, Delivery.state, Delivery.hold, Delivery.smtp_reply,
        Delivery.status,
    )  # fmt: skip
    query = (
        select(*columns)
        .select_from(Delivery)
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(*_that_count())
        .order_by(col(Delivery.message_id), col(Delivery.id))
    )
    return _only(query, Message.iso3, one=one)


@cache
def _bounces(one: bool) -> Any:
    columns: tuple[Any, ...] = (
        DeliveryEvent.message_id, DeliveryEvent.recipient, DeliveryEvent.status, DeliveryEvent.detail,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(Message, col(Message.id) == col(DeliveryEvent.message_id))
        .join(Reply, col(Reply.id) == col(DeliveryEvent.reply_id), isouter=True)
        .where(
            *_that_count(),
            col(DeliveryEvent.kind) == EventKind.BOUNCED,
            # A report that a person has put down to another letter tells nothing of this one any more.
            col(DeliveryEvent.reply_id).is_(None) | (col(Reply.message_id) == col(DeliveryEvent.message_id)),
        )
        .order_by(col(DeliveryEvent.at), col(DeliveryEvent.id))
    )
    return _only(query, Message.iso3, one=one)


@cache
def _terms(one: bool) -> Any:
    year: Any = bindparam("year")
    query = select(col(Term.iso3), col(Term.last_year)).where(
        col(Term.first_year) <= year, col(Term.last_year) >= year, col(Term.absent_since).is_(None)
    )
    return _only(query, Term.iso3, one=one)


@cache
def _changes(one: bool) -> Any:
    query = (
        select(col(ResponseChange.response_id), func.max(col(ResponseChange.id)))
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .where(col(Response.campaign_id) == bindparam("campaign"))
        .group_by(col(ResponseChange.response_id))
    )
    return _only(query, Response.iso3, one=one)


@cache
def _hows(one: bool) -> Any:
    query = (
        select(col(ResponseChange.response_id), col(ResponseChange.new))
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .where(col(Response.campaign_id) == bindparam("campaign"), col(ResponseChange.field) == "how")
        .order_by(col(ResponseChange.id))
    )
    return _only(query, Response.iso3, one=one)


def _that_count() -> tuple[Any, ...]:
    return col(Message.campaign_id) == bindparam("campaign"), col(Message.replaced_at).is_(None)


def _by_message(rows: Any) -> dict[int, list[Addressed]]:
    found: defaultdict[int, list[Addressed]] = defaultdict(list)
    for recipient in map(Addressed._make, rows):
        found[recipient.message_id].append(recipient)
    for addressed in found.values():
        addressed.sort(key=lambda recipient: recipient.line is Line.CC)
    return found


def _words(rows: Any) -> dict[int, dict[str, str]]:
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for message_id, recipient, code, detail in rows:
        words = detail if code in detail else f"{code} {detail}".strip()
        found[message_id][recipient.casefold()] = words
    return found
