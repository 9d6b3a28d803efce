"""The state of a campaign as rows, one a mission: what it was sent, what came of it, and what to do next.

Each list takes a fixed handful of queries, whatever the number of missions, and never loads a letter's bytes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy
from sqlalchemy import Row, and_
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.models import (
    Answer,
    Campaign,
    CampaignState,
    Delivery,
    DeliveryEvent,
    EventKind,
    Language,
    Line,
    Message,
    MessageState,
    Mission,
    Position,
    Recipient,
    Reply,
    Response,
    ResponseChange,
    Term,
    Vote,
)
from outreach.reports.rowkey import row_key
from outreach.reports.steps import Facts, Failure, next_step

# Columns and not whole rows: a letter's bytes stay where they are.
_OF_LETTERS: tuple[Any, ...] = (
    Message.id,
    Message.iso3,
    col(Mission.short_name).label("mission"),
    Message.subject,
    Message.message_id,
    Message.state,
    Message.delivery,
    Response.answer,
    Message.attempts,
    Message.smtp_reply,
    Message.reason,
    Message.hold,
)
_OF_RESPONSES: tuple[Any, ...] = (
    col(Response.id).label("response_id"),
    Response.iso3,
    Response.answer,
    Response.answered_at,
    Response.position,
    Response.note,
    Response.vote,
    Mission.short_name,
    Mission.regional_group,
    col(Mission.language).label("mission_language"),
    Message.id,
    Message.language,
    Message.state,
    Message.hold,
    Message.reason,
    Message.smtp_reply,
    Message.due_at,
    Message.next_try_at,
    Message.sent_at,
    Message.rehearsed,
    Message.delivery,
)


@dataclass(frozen=True, slots=True)
class MissionRow:
    """One mission of a campaign. Times are in UTC."""

    iso3: str
    mission: str
    regional_group: str
    member_until: int | None
    """The last year of the Council term that covers the campaign's as-of date; None for a non-member."""
    recipients: tuple[str, ...]
    """The addresses in To, then those in Cc; empty while there is no letter."""
    language: Language
    """That of the letter; while there is none, that of the mission."""
    sent_at: datetime | None
    message_state: MessageState | None
    reason: str
    """Why it is held, deferred, failed, uncertain or bounced, in words."""
    delivery: Delivery | None
    answer: Answer
    answered_at: datetime | None
    position: Position
    note: str
    days_waiting: int | None
    """Whole days (of 24 hours) since it was sent, while no person has answered; an automatic reply is no answer."""
    next_step: str
    due_at: datetime | None
    rehearsed: bool
    vote: Vote | None = None
    """How it voted, once the vote sheet has told."""
    key: str = ""
    """By which `report import` knows the row again, and what it held: see `outreach.reports.rowkey`."""
    trouble: str = ""
    """What needs a hand: failed, held, uncertain, bounced, or an address of several that a copy did not reach."""


def rows(
    session: Session, campaign: Campaign, *, now: datetime | None = None, iso3: str | None = None
) -> list[MissionRow]:
    """Return one row a mission of the campaign, by ISO3, as things stand at `now` (default: this moment).

    With `iso3`, only that mission's.
    """
    now = now or clock.now()
    recipients = _recipients(session, campaign, iso3)
    bounces = _bounces(session, campaign)
    members = _members_until(session, campaign)
    changes = last_changes(session, campaign)
    return [
        _mission_row(campaign, found, recipients, bounces, members.get(found.iso3), changes, now)
        for found in _responses_with_letters(session, campaign, iso3)
    ]


def last_changes(session: Session, campaign: Campaign) -> dict[int, int]:
    """Return the number of the last change of each response of a campaign that ever changed."""
    query = (
        select(ResponseChange.response_id, func.max(ResponseChange.id))
        .join(Response, col(Response.id) == col(ResponseChange.response_id))
        .where(Response.campaign_id == campaign.id)
        .group_by(col(ResponseChange.response_id))
    )
    return {response: change for response, change in session.exec(query) if change is not None}


def message_rows(session: Session, campaign: Campaign) -> list[dict[str, Any]]:
    """Return what became of each letter that counts, by ISO3: the objects that `messages list --json` prints.

    Values are JSON's own kinds. `delivery` is None for what was not sent, `answer` is that of the mission.
    """
    recipients = _recipients(session, campaign)
    query = (
        sqlalchemy.select(*_OF_LETTERS)
        .select_from(Message)
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .outerjoin(Response, _same_mission())
        .where(col(Message.campaign_id) == campaign.id, col(Message.replaced_at).is_(None))
        .order_by(col(Message.iso3))
    )
    return [
        {
            "id": found.id,
            "iso3": found.iso3,
            "mission": found.mission,
            "recipients": [recipient.address for recipient in recipients[found.id]],
            "subject": found.subject,
            "message_id": found.message_id,
            "state": found.state.value,
            "delivery": found.delivery.value if found.delivery else None,
            "answer": (found.answer or Answer.NONE).value,
            "attempts": found.attempts,
            "smtp_reply": found.smtp_reply,
            "reason": found.reason or (found.hold.value if found.hold else ""),
        }
        for found in session.exec(cast("Any", query))
    ]


def _same_mission() -> Any:
    return and_(col(Response.campaign_id) == col(Message.campaign_id), col(Response.iso3) == col(Message.iso3))


def _responses_with_letters(session: Session, campaign: Campaign, iso3: str | None) -> Sequence[Row[Any]]:
    query = (
        sqlalchemy.select(*_OF_RESPONSES)
        .select_from(Response)
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .outerjoin(Message, and_(_same_mission(), col(Message.replaced_at).is_(None)))
        .where(col(Response.campaign_id) == campaign.id)
        .order_by(col(Response.iso3))
    )
    if iso3 is not None:
        query = query.where(col(Response.iso3) == iso3)
    found: Sequence[Row[Any]] = session.exec(cast("Any", query)).all()
    return found


def _recipients(session: Session, campaign: Campaign, iso3: str | None = None) -> dict[int, list[Recipient]]:
    """Return the recipients of each message that counts, To before Cc, as they were entered."""
    query = (
        select(Recipient)
        .join(Message, col(Message.id) == col(Recipient.message_id))
        .where(Message.campaign_id == campaign.id, col(Message.replaced_at).is_(None))
        .order_by(col(Recipient.message_id), col(Recipient.id))
    )
    if iso3 is not None:
        query = query.where(Message.iso3 == iso3)
    found: defaultdict[int, list[Recipient]] = defaultdict(list)
    for recipient in session.exec(query):
        found[recipient.message_id].append(recipient)
    for recipients in found.values():
        recipients.sort(key=lambda recipient: recipient.line is Line.CC)
    return found


def _bounces(session: Session, campaign: Campaign) -> dict[int, dict[str, str]]:
    """Return for each message that counts what the last bounce of each address said: status code and words."""
    query = (
        select(DeliveryEvent.message_id, DeliveryEvent.recipient, DeliveryEvent.status, DeliveryEvent.detail)
        .join(Message, col(Message.id) == col(DeliveryEvent.message_id))
        .join(Reply, col(Reply.id) == col(DeliveryEvent.reply_id), isouter=True)
        .where(
            Message.campaign_id == campaign.id,
            col(Message.replaced_at).is_(None),
            DeliveryEvent.kind == EventKind.BOUNCED,
            # A report that a person has put down to another letter tells nothing of this one any more.
            col(DeliveryEvent.reply_id).is_(None) | (col(Reply.message_id) == col(DeliveryEvent.message_id)),
        )
        .order_by(col(DeliveryEvent.at), col(DeliveryEvent.id))
    )
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for message_id, recipient, code, detail in session.exec(query):
        words = detail if code in detail else f"{code} {detail}".strip()
        found[message_id][recipient.casefold()] = words
    return found


def _members_until(session: Session, campaign: Campaign) -> dict[str, int]:
    year = campaign.as_of.year
    query = select(Term.iso3, Term.last_year).where(
        Term.first_year <= year, Term.last_year >= year, col(Term.absent_since).is_(None)
    )
    return dict(session.exec(query).all())


def _mission_row(
    campaign: Campaign,
    found: Row[Any],
    recipients: dict[int, list[Recipient]],
    bounces: dict[int, dict[str, str]],
    member_until: int | None,
    changes: dict[int, int],
    now: datetime,
) -> MissionRow:
    addressed = recipients.get(found.id, [])
    failures = _failures(addressed, bounces.get(found.id, {}))
    answered = found.answer in {Answer.ACKNOWLEDGED, Answer.REPLIED}
    facts = Facts(
        tz=clock.zone(campaign.time_zone),
        campaign_state=campaign.state,
        campaign_reason=campaign.reason,
        message_state=found.state,
        hold=found.hold,
        reason=found.reason or "",
        smtp_reply=found.smtp_reply or "",
        due_at=found.due_at,
        next_try_at=found.next_try_at,
        delivery=found.delivery,
        failures=failures,
        answer=found.answer,
        position=found.position,
    )
    return MissionRow(
        iso3=found.iso3,
        mission=found.short_name,
        regional_group=found.regional_group,
        member_until=member_until,
        recipients=tuple(recipient.address for recipient in addressed),
        language=found.language or found.mission_language,
        sent_at=found.sent_at,
        message_state=found.state,
        reason=_reason(facts),
        delivery=found.delivery,
        answer=found.answer,
        answered_at=found.answered_at,
        position=found.position,
        note=found.note,
        days_waiting=max((now - found.sent_at).days, 0) if found.sent_at and not answered else None,
        next_step=next_step(facts),
        due_at=found.due_at,
        rehearsed=bool(found.rehearsed),
        vote=found.vote,
        key=row_key(found.response_id, changes.get(found.response_id, 0), found.position, found.note, found.answer),
        trouble=_trouble(facts),
    )


def _trouble(facts: Facts) -> str:
    if facts.message_state in {MessageState.HELD, MessageState.FAILED, MessageState.UNCERTAIN}:
        return facts.message_state.value
    if facts.delivery is Delivery.BOUNCED:
        return Delivery.BOUNCED.value
    if facts.failures:
        return "one address bounced" if facts.failures[0].bounced else "one address refused"
    if facts.campaign_state is CampaignState.WAITING and facts.message_state is MessageState.QUEUED:
        return "waits for a person"
    return ""


def _failures(recipients: Sequence[Recipient], bounces: dict[str, str]) -> tuple[Failure, ...]:
    """Return the addresses that a copy did not reach; a bounce that names none of them stands for the first."""
    failures = [
        Failure(
            recipient.address,
            bounced=recipient.delivery is Delivery.BOUNCED,
            words=bounces.get(recipient.address.casefold()) or recipient.smtp_reply,
        )
        for recipient in recipients
        if recipient.delivery is Delivery.BOUNCED or recipient.state is MessageState.FAILED
    ]
    if not failures and bounces:
        address, words = next(reversed(bounces.items()))
        failures.append(Failure(address, bounced=True, words=words))
    return tuple(failures)


def _reason(facts: Facts) -> str:
    if facts.reason:
        return facts.reason
    if facts.hold:
        return facts.hold.value
    words = next((failure.words for failure in facts.failures if failure.words), "")
    if words:
        return words
    unfinished = facts.message_state in {MessageState.DEFERRED, MessageState.FAILED, MessageState.UNCERTAIN}
    return facts.smtp_reply if unfinished else ""
