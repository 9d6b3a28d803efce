"""What an incoming mail changes: delivery events, the delivery of recipients and letters, an uncertain letter.

However the mails of a letter come in, in whatever order, the delivery in the end is the same: each recipient's
only ever rises, accepted → delayed → delivered → bounced, and the letter's is told by those of its recipients.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, insert, or_, select, update
from sqlmodel import Session, col

from outreach.inbox.doubts import Doubt, propose_bounces
from outreach.inbox.finding import MailFinding, RecipientFinding
from outreach.inbox.hard_bounce import Dead, mark_dead
from outreach.inbox.known import REPORTS, KnownLetter, listed
from outreach.inbox.proof import RECEIPTS, Certainty, MailEffect, Proof, happens
from outreach.inbox.stored import StoredMail
from outreach.ledger import Ledger
from outreach.models import Attempt, Delivery, DeliveryEvent, Message, Reply
from outreach.sentences import KeptSentence
from outreach.statement import Row, Statement, in_list
from outreach.states import WORST_FIRST
from outreach.text import address_key, erased_key
from outreach.vocabulary import DeliveryStatus, EventKind, MailKind, MessageState

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
    EventKind.BOUNCED: DeliveryStatus.BOUNCED,
    EventKind.DELAYED: DeliveryStatus.DELAYED,
    EventKind.DELIVERED: DeliveryStatus.DELIVERED,
}
_EFFECTS = {
    EventKind.BOUNCED: MailEffect.BOUNCED,
    EventKind.DELAYED: MailEffect.DELAYED,
    EventKind.DELIVERED: MailEffect.DELIVERED,
}
# Where a recipient may stand of whom a person decided while the letter was in doubt.
_AFTER_A_DOUBT = (
    MessageState.QUEUED, MessageState.DEFERRED, MessageState.HELD, MessageState.FAILED, MessageState.CANCELLED,
)  # fmt: skip
# What a later word about one recipient may not take back.
_RISING = (DeliveryStatus.ACCEPTED, DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED, DeliveryStatus.BOUNCED)

_EVENT = ("message_id", "at", "kind", "who", "recipient", "status", "permanent", "detail", "reply_id")
_ADD_EVENT = Statement(lambda _: insert(DeliveryEvent).values({name: bindparam(name) for name in _EVENT}))
_RECIPIENTS = Statement(
    lambda length: (
        select(
            col(Delivery.id),
            col(Delivery.message_id),
            col(Delivery.address),
            col(Delivery.address_key),
            col(Delivery.status),
        )
        .where(col(Delivery.message_id).in_(in_list(length)))
        .order_by(col(Delivery.id))
    )
)


_TOLD = Statement(
    lambda length: (
        select(col(DeliveryEvent.message_id), col(DeliveryEvent.recipient), col(DeliveryEvent.kind))
        .join(Reply, col(Reply.id) == col(DeliveryEvent.reply_id), isouter=True)
        .where(
            col(DeliveryEvent.message_id).in_(in_list(length)),
            or_(*(col(DeliveryEvent.kind) == kind for kind in _DELIVERIES)),
            # What a mail told counts for as long as the mail belongs to that letter.
            col(DeliveryEvent.reply_id).is_(None) | (col(Reply.message_id) == col(DeliveryEvent.message_id)),
            col(DeliveryEvent.taken_back_at).is_(None),
        )
        .distinct()
    )
)
_WRITE_RECIPIENT = Statement(
    lambda _: update(Delivery).where(col(Delivery.id) == bindparam("this")).values(status=bindparam("status"))
)
_WRITE_LETTER = Statement(
    lambda _: update(Message).where(col(Message.id) == bindparam("this")).values(delivery=bindparam("delivery"))
)


@dataclass(slots=True)
class _Copy:
    """One recipient of a letter."""

    id: int
    address: str
    key: str
    delivery: DeliveryStatus | None


@dataclass(slots=True)
class _KnownDelivery:
    """What is known of a letter's delivery, recipient by recipient."""

    copies: list[_Copy] = field(default_factory=list)

    def copy_of(self, address: str) -> _Copy | None:
        """Return the recipient that a report means; the only one there is, where it names none at all.

        One that the report names and we did not write to, such as a box that the mission forwards to, is nobody's.
        """
        if not address:
            return self.copies[0] if len(self.copies) == 1 else None
        keys = _keys(address)
        return next((one for one in self.copies if one.key in keys), None)

    def delivery(self) -> DeliveryStatus | None:
        """Return what is said of the whole letter."""
        told = {one.delivery for one in self.copies}
        return next((one for one in WORST_FIRST if one in told), None)


class _Fact(NamedTuple):
    """One thing that a mail tells of one recipient."""

    kind: EventKind
    copy: _Copy | None
    address: str
    told: RecipientFinding | None
    proof: Proof

    @property
    def is_dead(self) -> bool:
        """Whether it proves that the address takes no mail: it is named, and is one that the letter went to."""
        if self.kind is not EventKind.BOUNCED or self.told is None or self.copy is None or not self.told.permanent:
            return False
        return self.copy.key in _keys(self.told.address) and happens(MailEffect.ADDRESS_DEAD, self.proof)


def _keys(address: str) -> tuple[str, str]:
    """What an address may stand as: itself, or what stands for it once it was erased."""
    key = address_key(address)
    return key, erased_key(key)


def apply(session: Session, mails: Sequence[StoredMail]) -> None:
    """Record what some mails, in this order, tell of their letters, within the session's transaction."""
    telling = [(one, one.letter) for one in mails if one.letter is not None and one.kind in _EVENTS]
    for mail, letter in telling:
        if mail.proved and letter.state is not MessageState.SENT:
            _settle(session, mail, letter)
    reported = {letter.id: letter for mail, letter in telling if mail.kind in REPORTS or mail.finding.recipients}
    told = _all_told(session, reported)
    before = {copy.id: copy.delivery for one in told.values() for copy in one.copies}
    events: list[Row] = []
    dead: list[Dead] = []
    doubts: list[Doubt] = []
    changed: dict[int, KnownLetter] = {}
    for mail, letter in telling:
        known = told.get(letter.id) or _KnownDelivery()
        for fact in _facts(mail, known):
            if fact.kind in _EFFECTS and not happens(_EFFECTS[fact.kind], fact.proof):
                if fact.kind is EventKind.BOUNCED:
                    doubts.append(Doubt(mail, letter, fact.address, fact.told))
                continue
            events.append(_event(fact, mail, letter))
            if fact.kind in _DELIVERIES and fact.copy is not None:
                fact.copy.delivery = risen(fact.copy.delivery, _DELIVERIES[fact.kind])
                changed[letter.id] = letter
            if fact.is_dead:
                assert fact.told is not None
                dead.append(Dead(letter.iso3, fact.address, fact.told, mail))
    if events:
        _ADD_EVENT.run(session.connection(), events)
    _write(session, changed.values(), told, before)
    mark_dead(session, dead)
    propose_bounces(session, doubts)


def tell_again(session: Session, letter: KnownLetter) -> None:
    """Work out the delivery of a letter anew, after a mail that told of it was put down to another."""
    told = _all_told(session, {letter.id: letter})
    before: dict[int, DeliveryStatus | None] = {}
    for copy in told[letter.id].copies:
        before[copy.id] = copy.delivery
        copy.delivery = None if copy.delivery is None else DeliveryStatus.ACCEPTED
    for row in listed(session, _TOLD, [letter.id]):
        for copy in told[letter.id].copies:
            if copy.address == row["recipient"]:
                copy.delivery = risen(copy.delivery, _DELIVERIES[row["kind"]])
    _write(session, [letter], told, before)


def mark_again(session: Session, mail: StoredMail) -> None:
    """Mark the addresses as dead that a report proves to be so, after it came back to its letter."""
    if mail.letter is None or mail.kind not in _EVENTS:
        return
    told = _all_told(session, {mail.letter.id: mail.letter})[mail.letter.id]
    dead = [
        Dead(mail.letter.iso3, fact.address, fact.told, mail)
        for fact in _facts(mail, told)
        if fact.is_dead and fact.told is not None
    ]
    mark_dead(session, dead, propose=False)


def risen(before: DeliveryStatus | None, told: DeliveryStatus) -> DeliveryStatus:
    """Return the delivery of a recipient after one more word about it."""
    return max(before or DeliveryStatus.ACCEPTED, told, key=_RISING.index)


def _all_told(session: Session, letters: Iterable[int]) -> dict[int, _KnownDelivery]:
    """Return what is known of the delivery of some letters, given by their numbers."""
    found = {number: _KnownDelivery() for number in letters}
    for row in listed(session, _RECIPIENTS, found):
        copy = _Copy(row["id"], row["address"], row["address_key"], row["status"])
        found[row["message_id"]].copies.append(copy)
    return found


def _write(
    session: Session,
    letters: Iterable[KnownLetter],
    told: dict[int, _KnownDelivery],
    before: dict[int, DeliveryStatus | None],
) -> None:
    """Write the delivery of recipients and letters where it is another than before."""
    connection = session.connection()
    copies = [copy for one in told.values() for copy in one.copies if copy.delivery is not before[copy.id]]
    if copies:
        _WRITE_RECIPIENT.run(connection, [{"this": copy.id, "status": copy.delivery} for copy in copies])
    changed: list[Row] = []
    for letter in letters:
        delivery = told[letter.id].delivery()
        if delivery is not None and delivery is not letter.delivery:
            letter.delivery = delivery
            changed.append({"this": letter.id, "delivery": delivery})
    if changed:
        _WRITE_LETTER.run(connection, changed)


def _facts(mail: StoredMail, told: _KnownDelivery) -> list[_Fact]:
    """Return what a mail tells, with what proves it: an address is certain where it is one that we wrote to."""
    finding, letter = mail.finding, mail.letter_certainty
    kind = _EVENTS[finding.kind]
    facts = []
    if kind in (EventKind.ANSWERED, EventKind.AUTO_REPLY):
        facts.append(_Fact(kind, None, finding.sender, None, Proof(letter)))
    named = finding.recipients
    if not named and finding.kind in REPORTS:
        named = (RecipientFinding("", kind=finding.kind),)
    for one in named:
        copy = told.copy_of(one.address)
        if copy is None and (mail.confirmed or finding.sub_kind in RECEIPTS):
            # A person says so; and whoever opened it got it from the only one it went to.
            copy = told.copy_of("")
        proof = Proof(letter, address=Certainty.CERTAIN if copy is not None else Certainty.NOTHING)
        facts.append(_Fact(_EVENTS[one.kind], copy, copy.address if copy else one.address, one, proof))
    return facts


def _event(fact: _Fact, mail: StoredMail, letter: KnownLetter) -> Row:
    told = fact.told
    return {
        "message_id": letter.id, "at": mail.received_at, "kind": fact.kind, "who": WHO, "recipient": fact.address,
        "status": told.status if told else "", "permanent": told.permanent if told else None,
        "detail": _detail(told, mail.finding), "reply_id": mail.id,
    }  # fmt: skip


def _detail(told: RecipientFinding | None, finding: MailFinding) -> str:
    if told is None:
        return (finding.text or finding.subject)[:_DETAIL_CHARACTERS]
    return told.diagnostic or finding.subject[:_DETAIL_CHARACTERS]


def _settle(session: Session, mail: StoredMail, letter: KnownLetter) -> None:
    """Settle a letter in doubt: what names its Message-ID proves that it arrived.

    So it does after a person said that it is to go again, or did not, as long as the server has not got it once more.
    """
    ledger = Ledger(session)
    row = ledger.read([letter.id])[letter.id]
    doubted = select(col(Attempt.delivery_id)).where(
        col(Attempt.message_id) == letter.id, col(Attempt.outcome) == MessageState.UNCERTAIN
    )
    once = set(session.connection().scalars(doubted))
    in_doubt = {
        one["id"]
        for one in row["deliveries"]
        if one["state"] is MessageState.UNCERTAIN or (one["id"] in once and one["state"] in _AFTER_A_DOUBT)
    }
    if not in_doubt or any(one["state"] is MessageState.SENDING for one in row["deliveries"]):
        return
    at, detail = mail.received_at, KeptSentence("event.arrived", "it arrived: {basis}", basis=mail.basis)
    arrived = ledger.transition(
        row, MessageState.SENT, only=lambda one: one["id"] in in_doubt, who=WHO, at=at, detail=detail,
        reply_id=mail.id, reason="",
    )  # fmt: skip
    for one in arrived:
        ledger.change_delivery(
            one,
            sent_at=one["sent_at"] or row["first_try_at"] or min(mail.received_at, mail.ingested_at),
            status=one["status"] or DeliveryStatus.ACCEPTED,
        )
    if row["state"] is not MessageState.HELD:
        ledger.change(row, hold=None)
    if row["owner"] is not None:
        ledger.take_away(row)  # a worker has it in hand, to send it again
    ledger.write()
    letter.state, letter.sent_at, letter.delivery = row["state"], row["sent_at"], row["delivery"]
