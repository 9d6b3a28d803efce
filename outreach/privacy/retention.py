"""For how long: what the team's setting says is kept long enough is erased by the scheduler, after a warning.

Campaigns that have come to rest keep their counts, positions and votes. Their mails lose their words and bytes; and a
contact that left the sheet is erased, with its history. Nothing of it happens while `retention_days` is 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Engine, delete, func, select
from sqlmodel import Session, col

from outreach import clock
from outreach.actors import SCHEDULER
from outreach.database import overwrites_freed, reading, writing
from outreach.models import Campaign, Contact, Delivery, DirectoryChange, Message, Reply, Response, RetentionWarning
from outreach.people import audit
from outreach.privacy.erase import empty_mail
from outreach.privacy.holdings import WAITING
from outreach.settings import Settings
from outreach.text import counted
from outreach.vocabulary import Act, CampaignState, MessageState

_OPEN = (*WAITING, MessageState.HELD)


@dataclass(frozen=True, slots=True)
class Due:
    """What has been kept long enough."""

    mails: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    """Contacts that are no longer in the sheet."""

    def __bool__(self) -> bool:
        return bool(self.mails or self.people)

    def __str__(self) -> str:
        return f"{counted(len(self.mails), 'mail')}, {counted(len(self.people), 'person', 'people')}"


def keep_within(engine: Engine, settings: Settings, now: datetime | None = None) -> Due:
    """Warn of what is kept long enough, or erase what was warned of long enough; return what was erased.

    What was warned of and has come to life since, by a letter, a mail or a change, is left alone.
    """
    now = now or clock.now()
    with reading(engine) as session:
        row = session.get(RetentionWarning, 1)
        if not settings.retention_days and row is None:
            return Due()
        if row is not None and row.days == settings.retention_days and now < row.erases_at:
            return Due()
        if row is None and not due(session, settings.retention_days, now):
            return Due()
    with writing(engine) as session, overwrites_freed(session):
        row = session.get(RetentionWarning, 1)
        if row is not None and row.days == settings.retention_days and settings.retention_days:
            if now < row.erases_at:
                return Due()
            found = due(session, settings.retention_days, row.warned_at)
            _erase(session, found)
            session.delete(row)
            if found:
                audit.record(session, SCHEDULER, Act.RETENTION_ERASED, detail=str(found))
            return found
        if row is not None:
            session.delete(row)
            session.flush()
        if settings.retention_days:
            _warn(session, settings, now)
    return Due()


def warned(session: Session, settings: Settings) -> RetentionWarning | None:
    """Return what is going to be erased, as it was said; None where nothing is, or the setting is another one now."""
    row = session.get(RetentionWarning, 1) if settings.retention_days else None
    return row if row is not None and row.days == settings.retention_days else None


def due(session: Session, days: int, now: datetime) -> Due:
    """Return what has been kept for so many days at a moment."""
    if not days:
        return Due()
    before = now - timedelta(days=days)
    closed = set(_closed(session, before))
    query = (
        select(col(Reply.id), col(Message.campaign_id))
        .outerjoin(Message, col(Message.id) == col(Reply.message_id))
        .where(col(Reply.erased_at).is_(None), col(Reply.received_at) < before, col(Reply.ingested_at) < before)
        .order_by(col(Reply.id))
    )
    mails = tuple(number for number, campaign in session.execute(query) if campaign is None or campaign in closed)
    waiting = select(col(Delivery.address_key)).where(col(Delivery.state).in_(_OPEN))
    left = select(col(Contact.id)).where(col(Contact.absent_since) < before, col(Contact.email_key).not_in(waiting))
    return Due(mails, tuple(session.scalars(left.order_by(col(Contact.id)))))


def _closed(session: Session, before: datetime) -> Iterator[int]:
    """The campaigns that came to rest before a moment, and all that follow them too."""
    every = {one.id or 0: one for one in session.scalars(select(Campaign))}
    ends = {number: _end(session, one) for number, one in every.items()}
    resting = {number for number, end in ends.items() if end is not None and end < before}
    for number in sorted(resting):
        if all(one in resting for one in _following(every, number)):
            yield number


def _following(every: dict[int, Campaign], number: int) -> Iterator[int]:
    for other, one in every.items():
        if one.follows_id == number and other != number:
            yield other
            yield from _following(every, other)


def _end(session: Session, campaign: Campaign) -> datetime | None:
    """When a campaign came to rest: the last that happened in it, its session's end included; None while it has not."""
    letters = select(col(Message.id)).where(col(Message.campaign_id) == campaign.id)
    states = select(col(Delivery.state)).where(col(Delivery.message_id).in_(letters)).distinct()
    found = set(session.scalars(states))
    cancelled = campaign.state is CampaignState.CANCELLED
    if not cancelled and (found & set(_OPEN) or MessageState.SENT not in found):
        return None
    moments = [
        campaign.created_at,
        session.scalar(select(func.max(col(Delivery.sent_at))).where(col(Delivery.message_id).in_(letters))),
        session.scalar(select(func.max(col(Reply.received_at))).where(col(Reply.message_id).in_(letters))),
        session.scalar(
            select(func.max(col(Response.changed_at))).where(col(Response.campaign_id) == campaign.id)
        ),
        *(
            datetime.combine(day, time.max, clock.zone(campaign.time_zone))
            for day in (campaign.session_ends, campaign.vote_on)
            if day is not None
        ),
    ]  # fmt: skip
    return max(one for one in moments if one is not None)


def _warn(session: Session, settings: Settings, now: datetime) -> None:
    found = due(session, settings.retention_days, now)
    if not found:
        return
    at = now + timedelta(days=settings.retention_warning_days)
    session.add(
        RetentionWarning(
            warned_at=now, erases_at=at, days=settings.retention_days, mails=len(found.mails), people=len(found.people)
        )
    )
    audit.record(session, SCHEDULER, Act.RETENTION_WARNED, detail=f"{found}, on {at.date()}")


def _erase(session: Session, found: Due) -> None:
    for number in found.mails:
        empty_mail(session, number)
    for number in found.people:
        contact = session.get_one(Contact, number)
        session.execute(
            delete(DirectoryChange).where(
                col(DirectoryChange.iso3) == contact.iso3, col(DirectoryChange.key) == contact.email_key
            )
        )
        session.delete(contact)
    session.flush()
