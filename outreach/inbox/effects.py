"""What an incoming mail changes: delivery events, the delivery of recipients and letters, an uncertain letter.

However the mails of a letter come in, in whatever order, the delivery in the end is the same: each recipient's
only ever rises, accepted → delayed → delivered → bounced, and the letter's is told by those of its recipients.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from outreach.inbox.finding import Finding, RecipientFinding
from outreach.inbox.hard_bounce import mark_bounced
from outreach.models import (
    Delivery,
    DeliveryEvent,
    EventKind,
    MailKind,
    Message,
    MessageState,
    Recipient,
    Reply,
)
from outreach.states import move
from outreach.text import address_key

WHO = "inbox"
"""Who is named in what this room records."""
_DETAIL_CHARACTERS = 500

_EVENTS = {
    MailKind.BOUNCE: EventKind.BOUNCED,
    MailKind.DELAYED: EventKind.DELAYED,
    MailKind.DELIVERED: EventKind.DELIVERED,
    MailKind.COMPLAINT: EventKind.COMPLAINT,
    MailKind.REPLY: EventKind.ANSWERED,
    MailKind.AUTO_REPLY: EventKind.AUTO_REPLY,
}
_DELIVERIES = {
    EventKind.BOUNCED: Delivery.BOUNCED,
    EventKind.DELAYED: Delivery.DELAYED,
    EventKind.DELIVERED: Delivery.DELIVERED,
}
# What a later word about one recipient may not take back.
_RISING = (Delivery.ACCEPTED, Delivery.DELAYED, Delivery.DELIVERED, Delivery.BOUNCED)
# What is said of a letter with several recipients: the worst that needs somebody's eye.
_WORST_FIRST = (Delivery.BOUNCED, Delivery.DELAYED, Delivery.DELIVERED, Delivery.ACCEPTED)


@dataclass(frozen=True, slots=True)
class _Fact:
    """One thing that a mail tells of one recipient."""

    kind: EventKind
    recipient: Recipient | None
    address: str
    told: RecipientFinding | None


def apply(session: Session, message: Message, finding: Finding, reply: Reply, *, proved: bool) -> None:
    """Record what a mail tells of a letter, within the session's transaction."""
    if finding.kind not in _EVENTS:
        return
    assert message.id is not None
    if proved:
        _settle(session, message, reply)
    recipients = session.exec(select(Recipient).where(Recipient.message_id == message.id)).all()
    facts = _facts(finding, list(recipients))
    for fact in facts:
        session.add(_event(message.id, fact, finding, reply))
        if fact.recipient is not None and fact.kind in _DELIVERIES:
            fact.recipient.delivery = risen(fact.recipient.delivery, _DELIVERIES[fact.kind])
            session.add(fact.recipient)
        if fact.kind is EventKind.BOUNCED and fact.told is not None and fact.told.permanent:
            mark_bounced(session, message.iso3, fact.address, fact.told, reply)
    if any(fact.kind in _DELIVERIES for fact in facts):
        session.flush()
        _tell(session, message, list(recipients))


def risen(before: Delivery | None, told: Delivery) -> Delivery:
    """Return the delivery of a recipient after one more word about it."""
    return max(before or Delivery.ACCEPTED, told, key=_RISING.index)


def _facts(finding: Finding, recipients: list[Recipient]) -> list[_Fact]:
    kind = _EVENTS[finding.kind]
    if kind in (EventKind.ANSWERED, EventKind.AUTO_REPLY):
        return [_Fact(kind, None, finding.sender, None)]
    if not finding.recipients:
        only = recipients[0] if len(recipients) == 1 else None
        return [_Fact(kind, only, only.address if only else "", None)]
    facts = []
    for told in finding.recipients:
        recipient = _recipient(told.address, recipients)
        facts.append(_Fact(_EVENTS[told.kind], recipient, recipient.address if recipient else told.address, told))
    return facts


def _recipient(address: str, recipients: list[Recipient]) -> Recipient | None:
    """Return the recipient that a report means: the one of that address, else the only one there is."""
    key = address_key(address)
    same = [one for one in recipients if one.address_key == key]
    if same:
        return same[0]
    return recipients[0] if len(recipients) == 1 else None


def _event(message_id: int, fact: _Fact, finding: Finding, reply: Reply) -> DeliveryEvent:
    told = fact.told
    return DeliveryEvent(
        message_id=message_id,
        at=reply.received_at,
        kind=fact.kind,
        who=WHO,
        recipient=fact.address,
        status=told.status if told else "",
        permanent=told.permanent if told else None,
        detail=_detail(told, finding),
        reply_id=reply.id,
    )


def _detail(told: RecipientFinding | None, finding: Finding) -> str:
    if told is None:
        return (finding.text or finding.subject)[:_DETAIL_CHARACTERS]
    return told.diagnostic or finding.subject[:_DETAIL_CHARACTERS]


def _tell(session: Session, message: Message, recipients: list[Recipient]) -> None:
    """Set the delivery of a letter by what is known of its recipients, and of addresses that are none of them."""
    known = {one.address: one.delivery for one in recipients}
    query = (
        select(DeliveryEvent.recipient, DeliveryEvent.kind)
        .where(
            DeliveryEvent.message_id == message.id,
            col(DeliveryEvent.kind).in_(list(_DELIVERIES)),
            col(DeliveryEvent.recipient).not_in(list(known)),
        )
        .distinct()
    )
    others: dict[str, Delivery] = {}
    for address, kind in session.exec(query).all():
        others[address] = risen(others.get(address), _DELIVERIES[EventKind(kind)])
    all_told = {*known.values(), *others.values()} - {None}
    if all_told:
        message.delivery = next(one for one in _WORST_FIRST if one in all_told)
        session.add(message)


def _settle(session: Session, message: Message, reply: Reply) -> None:
    """Settle an uncertain letter: what names its Message-ID proves that it arrived."""
    if message.state is not MessageState.UNCERTAIN:
        return
    message.sent_at = message.sent_at or message.first_try_at or _earlier(reply.received_at, reply.ingested_at)
    message.delivery = message.delivery or Delivery.ACCEPTED
    message.reason = ""
    unsettled = select(Recipient).where(
        Recipient.message_id == message.id,
        col(Recipient.state).in_([MessageState.QUEUED, MessageState.DEFERRED]),
    )
    for recipient in session.exec(unsettled).all():
        recipient.state = MessageState.SENT
        recipient.delivery = recipient.delivery or Delivery.ACCEPTED
        session.add(recipient)
    move(
        session,
        message,
        MessageState.SENT,
        who=WHO,
        detail=f"it arrived: {reply.basis}",
        at=reply.received_at,
        reply_id=reply.id,
    )


def _earlier(one: datetime, other: datetime) -> datetime:
    return min(one, other)
