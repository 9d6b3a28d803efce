"""Letters that did not arrive: each address that failed, why in plain words, and who else is at the mission."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from outreach.models import Campaign, Contact, Delivery, DeliveryEvent, Message, Mission, OptOut, Response
from outreach.outbox.blame.refusals import reason_in, reason_of
from outreach.outbox.corrected import failed_recipients
from outreach.text import address_key, erased_key, one_line
from outreach.vocabulary import Answer, CampaignState, DeliveryStatus, EventKind, Hold, MessageState


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One address that a letter did not reach."""

    letter: int
    campaign: str
    campaign_id: int
    iso3: str
    mission: str
    address: str
    reason: str
    """In plain words, such as `no such box`; empty where the server's words tell none that is known."""
    words: str
    """The server's own."""
    since: datetime | None
    mail: int | None
    """The report that said so, among the incoming mails."""
    answered: bool
    """Whether the mission has answered all the same."""
    others: tuple[Contact, ...]
    """Contacts of the mission that may be written to, and have no copy."""


def undelivered(session: Session, *, letter: int | None = None) -> list[Undelivered]:
    """Return every address that a letter of a campaign in force did not reach, or those of one letter.

    Missions that have not answered come first, then by mission and campaign.
    """
    query = (
        select(Message, Campaign, Mission, Response)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Mission, col(Mission.iso3) == col(Message.iso3))
        .join(Response, (col(Response.campaign_id) == col(Campaign.id)) & (col(Response.iso3) == col(Message.iso3)))
        .where(
            col(Message.replaced_at).is_(None),
            col(Campaign.state) != CampaignState.CANCELLED,
            or_(
                col(Message.state) == MessageState.FAILED,
                col(Message.hold) == Hold.BOUNCED,
                col(Message.id).in_(_with_failures(letter)),
            ),
        )
    )
    if letter is not None:
        query = query.where(Message.id == letter)
    rows = session.exec(query).all()
    if not rows:
        return []
    numbers = [message.id for message, *_ in rows if message.id is not None]
    recipients = _by_letter(session.exec(select(Delivery).where(col(Delivery.message_id).in_(numbers))))
    contacts = _contacts(session, {message.iso3 for message, *_ in rows})
    closed = set(session.exec(select(OptOut.address_key).where(col(OptOut.withdrawn_at).is_(None))))
    events = _last_words(session, numbers)
    found = []
    for message, campaign, mission, response in rows:
        assert message.id is not None
        assert campaign.id is not None
        here = contacts[message.iso3]
        dead = {one.email_key for one in here if one.bounced_at is not None}
        mine = recipients[message.id]
        addressed = {one.address_key for one in mine}
        others = tuple(
            one
            for one in here
            if one.email_key not in dead | addressed | closed and erased_key(one.email_key) not in closed
        )
        for one in failed_recipients(message, mine, [r.address for r in mine if r.address_key in dead]):
            event = events.get((message.id, one.address_key)) or events.get((message.id, ""))
            mark = next((contact for contact in here if contact.email_key == one.address_key), None)
            words = (event.detail if event else "") or one.smtp_reply or (mark.bounce_detail if mark else "")
            known = reason_in(words, event.status if event else "") or reason_of(event.status if event else "")
            found.append(
                Undelivered(
                    letter=message.id,
                    campaign=campaign.name,
                    campaign_id=campaign.id,
                    iso3=message.iso3,
                    mission=mission.short_name,
                    address=one.address,
                    reason=known.name if known else "",
                    words=one_line(words),
                    since=event.at if event else message.sent_at or message.first_try_at,
                    mail=event.reply_id if event else None,
                    answered=response.answer in (Answer.REPLIED, Answer.ACKNOWLEDGED),
                    others=others,
                )
            )
    return sorted(found, key=lambda one: (one.answered, one.mission, -one.campaign_id))


def may_be_undelivered(message: Message, recipients: Iterable[Delivery]) -> bool:
    """Tell, of what is read already, whether `undelivered` need be asked of a letter at all."""
    return (
        message.state is MessageState.FAILED
        or message.hold is Hold.BOUNCED
        or any(one.status is DeliveryStatus.BOUNCED or one.state is MessageState.FAILED for one in recipients)
    )


def _with_failures(letter: int | None) -> Any:
    query = (
        select(Delivery.message_id)
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(
            col(Message.replaced_at).is_(None),
            col(Message.state) == MessageState.SENT,
            or_(col(Delivery.status) == DeliveryStatus.BOUNCED, col(Delivery.state) == MessageState.FAILED),
        )
    )
    return query if letter is None else query.where(Delivery.message_id == letter)


def _by_letter(rows: Iterable[Delivery]) -> defaultdict[int, list[Delivery]]:
    found: defaultdict[int, list[Delivery]] = defaultdict(list)
    for one in rows:
        found[one.message_id].append(one)
    return found


def _contacts(session: Session, codes: set[str]) -> defaultdict[str, list[Contact]]:
    query = (
        select(Contact)
        .where(col(Contact.iso3).in_(codes), col(Contact.absent_since).is_(None))
        .order_by(col(Contact.id))
    )
    found: defaultdict[str, list[Contact]] = defaultdict(list)
    for one in session.exec(query):
        found[one.iso3].append(one)
    return found


def _last_words(session: Session, numbers: list[int]) -> dict[tuple[int, str], DeliveryEvent]:
    """The last report or refusal of each letter and address; a refusal of the letter as a whole names no address."""
    query = (
        select(DeliveryEvent)
        .where(
            col(DeliveryEvent.message_id).in_(numbers),
            col(DeliveryEvent.kind).in_([EventKind.BOUNCED, EventKind.REFUSED]),
        )
        .order_by(col(DeliveryEvent.id))
    )
    return {(one.message_id, address_key(one.recipient) if one.recipient else ""): one for one in session.exec(query)}
