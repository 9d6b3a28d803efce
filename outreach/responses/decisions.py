"""What a person decides of a mail: yes or no to what it proposes; and the last decision of a mail taken back.

Yes lets the mail count as an answer, sets the position, the opt-out or the other contact, or records a bounce; no
does nothing. Whose mail it is: outreach.inbox.settle.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.catalogues import Word
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError, require_last
from outreach.inbox.effects import tell_again
from outreach.inbox.known import letter_of
from outreach.inbox.mail_list import mail_numbered
from outreach.inbox.settle import put_back
from outreach.models import (
    Campaign,
    Contact,
    Delivery,
    DeliveryEvent,
    MailDecision,
    Message,
    OptOut,
    Reply,
    Response,
    Suggestion,
)  # fmt: skip
from outreach.people import audit
from outreach.responses.answers import record_answers, release_answers, response_to, tell_answer_again
from outreach.responses.changes import last_standing, take_back
from outreach.responses.come_back import is_seen_to
from outreach.responses.positions import parse_position, put_position
from outreach.responses.suppression import keep_opt_out
from outreach.sentences import KeptSentence, packed, unpacked
from outreach.text import address_key
from outreach.vocabulary import Act, Confidence, EventKind, Line, MailKind, Role, SuggestionKind


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal as it is listed."""

    id: int
    kind: SuggestionKind
    campaign: str
    iso3: str
    value: str
    evidence: str
    mail: int
    sender: str
    at: datetime


def proposals(engine: Engine) -> list[Proposal]:
    """Return what waits for a person's yes or no, the oldest first."""
    with reading(engine) as session:
        query = (
            select(Suggestion, Reply.sender, Campaign.name)
            .join(Reply, col(Reply.id) == col(Suggestion.reply_id))
            .join(Message, col(Message.id) == col(Reply.message_id), isouter=True)
            .join(Campaign, col(Campaign.id) == col(Message.campaign_id), isouter=True)
            .where(col(Suggestion.accepted).is_(None))
            .order_by(col(Suggestion.id))
        )
        return [
            Proposal(
                id=one.id or 0,
                kind=one.kind,
                campaign=campaign or "",
                iso3=one.iso3,
                value=one.value,
                evidence=one.evidence,
                mail=one.reply_id,
                sender=sender,
                at=one.at,
            )
            for one, sender, campaign in session.exec(query).all()
        ]


def decide(
    engine: Engine, number: int, *, accept: bool, by: Actor, on: date | None = None, position: str = ""
) -> Suggestion:
    """Say yes or no to a proposal, once; who and when are kept, and its mail is the evidence.

    `on` is another day than the one proposed, for a mission that wants to be asked again; `position` another one than
    was read from the words. Raises NotFoundError for a number that is no proposal, UserError for one that is decided,
    that has no day or no position, or for words that are none.
    """
    with writing(engine) as session:
        one = session.get(Suggestion, number)
        if one is None:
            raise NotFoundError(
                "proposal.not-there",
                "There is no proposal {number}.",
                number=number,
                remedy="See {PROPOSALS:the proposals}.",
            )
        if one.accepted is not None:
            who, mail = one.decided_by, one.reply_id
            if one.accepted:
                raise UserError(
                    "proposal.taken", "Proposal {number} was taken by {who}.", number=number, who=who, mail=mail,
                    remedy="That can be taken back{UNDO}.",
                )  # fmt: skip
            raise UserError(
                "proposal.turned-down", "Proposal {number} was turned down by {who}.", number=number, who=who,
                mail=mail, remedy="That can be taken back{UNDO}.",
            )  # fmt: skip
        if on is not None and one.kind is not SuggestionKind.COME_BACK:
            raise UserError(
                "proposal.has-no-day", "Proposal {number} is no day to come back to.", number=number,
                remedy="Say yes or no without a day.",
            )  # fmt: skip
        if position and one.kind is not SuggestionKind.POSITION:
            raise UserError(
                "proposal.has-no-position", "Proposal {number} is no position.", number=number,
                remedy="Say yes or no without one.",
            )  # fmt: skip
        proposed = one.value
        if on is not None and accept:
            one.value = on.isoformat()
        if position and accept:
            one.value = parse_position(position).value
        before = _KINDS[one.kind].do(session, one, session.get_one(Reply, one.reply_id), by) if accept else {}
        if one.value != proposed:
            before |= {"value": proposed}
        kind, value = Word("SuggestionKind", one.kind), _value_told(one)
        what = (
            KeptSentence("decision.yes", "yes to {kind} {value}", kind=kind, value=value)
            if accept
            else KeptSentence("decision.no", "no to {kind} {value}", kind=kind, value=value)
        )
        session.add(
            MailDecision(
                reply_id=one.reply_id, suggestion_id=one.id, at=clock.now(), who=by.name, what=what, before=before
            )
        )
        one.accepted, one.decided_at, one.decided_by = accept, clock.now(), by.name
        session.add(one)
        act = Act.PROPOSAL_TAKEN if accept else Act.PROPOSAL_REFUSED
        audit.record(session, by, act, f"{one.kind}, {one.iso3}", one.value, iso3=one.iso3)
        return one


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of a mail, as it is listed."""

    at: datetime
    who: str
    what: str
    undone_at: datetime | None
    undone_by: str


def decided(engine: Engine, number: int) -> list[Decided]:
    """Return what people decided of a mail, the oldest first, with what was taken back. Raises NotFoundError."""
    with reading(engine) as session:
        return decided_of(session, mail_numbered(session, number))


def decided_of(session: Session, reply: Reply) -> list[Decided]:
    """Return what people decided of a mail, the oldest first, with what was taken back."""
    query = select(MailDecision).where(MailDecision.reply_id == reply.id).order_by(col(MailDecision.id))
    return [Decided(one.at, one.who, one.what, one.undone_at, one.undone_by) for one in session.exec(query).all()]


@dataclass(frozen=True, slots=True)
class DecisionTakenBack:
    """What was taken back of a mail, and what came of it for others."""

    who: str
    """Who had decided it."""
    what: str
    again: tuple[int, ...]
    """The numbers of the later mails that were judged by it, and are judged again without."""


def undo(
    engine: Engine, number: int, *, by: Actor, seen: str | None = None, team: Collection[str] = ()
) -> DecisionTakenBack:
    """Take back the last decision of a mail that has not been taken back; it stays in the mail's history.

    A mail goes back to where it belonged, and what was remembered for its sender to what it was; later mails that were
    judged by that are judged again, unless somebody decided of them. A joint answer is taken back from all of its
    missions at once. A proposal waits again; the position, opt-out or contact that came of a yes is taken back, unless
    it has been changed since. `team` are the team's own addresses.
    `seen` is the moment of the last decision that the person saw; None does not ask. Raises NotFoundError for a number
    that is no mail, UserError where nothing is left to take back, ConflictError where the last is another by now.
    """
    with writing(engine) as session:
        mail_numbered(session, number)
        last = last_decision(session, number)
        if last is None:
            raise UserError(
                "mail.nothing-decided", "Of mail {number} nothing was decided that could be taken back.", number=number
            )
        require_last(last.at, seen, what=last.what, who=last.who)
        again: list[int] = []
        whats: list[str] = []
        one: MailDecision | None = last
        while one is not None:
            again += _undone(session, one, by, team)
            whats.append(one.what)
            before = last_decision(session, number) if one.before.get("joint") else None
            one = before if before is not None and before.before.get("joint") == one.before["joint"] else None
        what = whats[0] if len(whats) == 1 else KeptSentence.joined(whats[::-1])
        return DecisionTakenBack(last.who, what, tuple(again))


def _undone(session: Session, one: MailDecision, by: Actor, team: Collection[str]) -> list[int]:
    """Take one decision back; return the mails that are judged again."""
    again: list[int] = []
    if one.suggestion_id is None:
        again = put_back(session, one, by, record=record_answers, release=release_answers, team=team)
        _confirmed_again(session, session.get_one(Reply, one.reply_id), one, by)
    else:
        _reopen(session, session.get_one(Suggestion, one.suggestion_id), one, by)
    one.undone_at, one.undone_by = clock.now(), by.name
    session.add(one)
    session.flush()
    audit.record(session, by, Act.MAIL_UNDONE, f"mail {one.reply_id}", one.what)
    return again


def last_decision(session: Session, number: int) -> MailDecision | None:
    """Return what was decided last of a mail and not taken back; None where there is nothing."""
    query = select(MailDecision).where(MailDecision.reply_id == number, col(MailDecision.undone_at).is_(None))
    return session.exec(query.order_by(col(MailDecision.id).desc()).limit(1)).first()


def _confirmed_again(session: Session, reply: Reply, decision: MailDecision, who: Actor) -> None:
    """Tell the answer of a mission to which a mail came back that a person had said to be one."""
    if decision.before.get("taken") and reply.message_id is not None:
        session.flush()
        response = response_to(session, session.get_one(Message, reply.message_id))
        tell_answer_again(session, response, note=f"mail {reply.id} came back", who=who, reply_id=reply.id)


def _reopen(session: Session, one: Suggestion, decision: MailDecision, who: Actor) -> None:
    if is_seen_to(decision):
        return  # the yes to it still holds, and its day waits again
    if one.accepted:
        _KINDS[one.kind].back(session, one, decision.before, who)
    one.accepted, one.decided_at, one.decided_by = None, None, ""
    session.add(one)


def _position_back(session: Session, one: Suggestion, before: dict[str, Any], who: Actor) -> None:
    response = session.get(Response, before.get("response"))
    last = last_standing(session, response, "position") if response is not None else None
    if response is not None and last is not None and last.reply_id == one.reply_id:
        take_back(session, response, last, note=f"takes back: {last.note}", who=who)
    one.value = before.get("value", one.value)


def _opt_out_back(session: Session, one: Suggestion, before: dict[str, Any], who: Actor) -> None:  # noqa: ARG001
    query = select(OptOut).where(
        OptOut.address_key == address_key(one.value),
        OptOut.reply_id == one.reply_id,
        col(OptOut.withdrawn_at).is_(None),
    )
    for listed in session.exec(query).all():
        listed.withdrawn_at, listed.withdrawn_by = clock.now(), who.name
        session.add(listed)


def _contact_back(session: Session, one: Suggestion, before: dict[str, Any], who: Actor) -> None:  # noqa: ARG001
    contact = session.get(Contact, before.get("contact"))
    if contact is not None:
        contact.line, contact.active = Line(before["line"]), before["active"]
        session.add(contact)


def _answer_back(session: Session, one: Suggestion, before: dict[str, Any], who: Actor) -> None:
    reply = session.get_one(Reply, one.reply_id)
    if before.get("settled"):
        reply.message_id, reply.settled_at, reply.settled_by = None, None, ""
        reply.confidence, reply.basis = Confidence(before["confidence"]), unpacked(before["basis"])
        session.add(reply)
    one.accepted = None  # what is left is told without it
    session.add(one)
    session.flush()
    response = session.get_one(Response, before["response"])
    tell_answer_again(session, response, note="it is no answer after all", who=who, reply_id=reply.id)


def _bounce_back(session: Session, one: Suggestion, before: dict[str, Any], who: Actor) -> None:  # noqa: ARG001
    event = session.get_one(DeliveryEvent, before["event"])
    event.taken_back_at = clock.now()
    session.add(event)
    if before.get("contact") is not None:
        contact = session.get_one(Contact, before["contact"])
        contact.bounced_at, contact.bounce_detail = None, ""
        session.add(contact)
    session.flush()
    tell_again(session, letter_of(session.get_one(Message, event.message_id)))


def _nothing_back(*_: object) -> None:
    """A thing that was seen to is open again."""


def _day_back(session: Session, one: Suggestion, before: dict[str, Any], who: Actor) -> None:  # noqa: ARG001
    one.value = before.get("value", one.value)


def _of_no_letter(reply: Reply) -> UserError:
    return UserError(
        "mail.no-letter",
        "Its mail belongs to no letter.",
        mail=reply.id,
        remedy="Put it down to a mission first{SETTLE}.",
    )


def _set_position(session: Session, one: Suggestion, reply: Reply, who: Actor) -> dict[str, Any]:
    if reply.message_id is None:
        raise _of_no_letter(reply)
    message = session.get_one(Message, reply.message_id)
    campaign = session.get_one(Campaign, message.campaign_id)
    position = parse_position(one.value)
    response = put_position(session, campaign, message.iso3, position, note=one.evidence, who=who, reply_id=reply.id)
    return {"response": response.id}


def _opt_out(session: Session, one: Suggestion, reply: Reply, who: Actor) -> dict[str, Any]:
    keep_opt_out(session, one.value, who=who, why=one.evidence, reply_id=reply.id)
    return {}


def _use_contact(session: Session, one: Suggestion, reply: Reply, who: Actor) -> dict[str, Any]:  # noqa: ARG001
    """Write to that contact from now on; one that the directory lacks is added to it."""
    query = select(Contact).where(Contact.iso3 == one.iso3, Contact.email_key == address_key(one.value))
    contact = session.exec(query).first()
    if contact is None:
        if not reply.sub_kind and reply.kind is not MailKind.REPLY:
            raise NotFoundError(
                "contact.not-there",
                "{iso3} has no contact {one} any more.",
                iso3=one.iso3,
                one=one.value,
                remedy="Turn it down.",
            )
        contact = Contact(iso3=one.iso3, role=Role.GENERAL, email=one.value, email_key=address_key(one.value))
        session.add(contact)
        session.flush()
        return {"contact": contact.id, "line": contact.line.value, "active": False}
    before = {"contact": contact.id, "line": contact.line.value, "active": contact.active}
    contact.line, contact.active = Line.TO, True
    session.add(contact)
    return before


def _value_told(one: Suggestion) -> str:
    """Return what a proposal is about, as a word of its list where it is one."""
    lists = {SuggestionKind.POSITION: "Position", SuggestionKind.ANSWER: "Answer"}
    return Word(lists[one.kind], one.value) if one.kind in lists else one.value


def _is_answer(session: Session, one: Suggestion, reply: Reply, who: Actor) -> dict[str, Any]:
    """Let the mail count as the answer to its letter; one that belonged to none belongs to that from now on."""
    message = session.get_one(Message, one.message_id)
    before: dict[str, Any] = {"settled": reply.message_id is None}
    if reply.message_id is None:
        before |= {"confidence": reply.confidence.value, "basis": packed(reply.basis)}
        reply.message_id, reply.settled_at, reply.settled_by = message.id, clock.now(), who.name
        reply.confidence, reply.basis = (
            Confidence.CERTAIN,
            KeptSentence(
                "match.said-answer", "{who} says that it answers the letter to {iso3}", who=who.name, iso3=one.iso3
            ),
        )
        session.add(reply)
    one.accepted = True
    session.add(one)
    session.flush()
    response = response_to(session, message)
    tell_answer_again(session, response, note=one.evidence, who=who, reply_id=reply.id)
    return before | {"response": response.id}


def _did_bounce(session: Session, one: Suggestion, reply: Reply, who: Actor) -> dict[str, Any]:
    """Record that the letter did not arrive at an address, as a person says; its contact is marked where it is dead."""
    message = session.get_one(Message, one.message_id)
    assert message.id is not None
    rows = session.exec(select(Delivery).where(Delivery.message_id == message.id).order_by(col(Delivery.id))).all()
    key = address_key(one.value) if one.value else ""
    chosen = next((row for row in rows if row.address_key == key), rows[0] if len(rows) == 1 else None)
    if chosen is None:
        raise UserError(
            "mail.no-recipient",
            "The letter to {iso3} went to several addresses, and the mail does not say to which of them.",
            iso3=one.iso3,
            remedy="Turn it down, and put the address right that you know to be wrong.",
        )
    told = next((row for row in reply.findings if address_key(str(row["address"])) == key), {})
    event = DeliveryEvent(
        message_id=message.id, at=reply.received_at, kind=EventKind.BOUNCED, who=who.name, actor_kind=who.kind,
        recipient=chosen.address, status=str(told.get("status", "")), permanent=told.get("permanent"),
        detail=str(told.get("diagnostic", "")) or one.evidence, reply_id=reply.id,
    )  # fmt: skip
    session.add(event)
    session.flush()
    tell_again(session, letter_of(message))
    before: dict[str, Any] = {"event": event.id, "contact": None}
    contact = session.exec(
        select(Contact).where(Contact.iso3 == one.iso3, Contact.email_key == chosen.address_key)
    ).first()
    if told.get("permanent") and chosen.address_key == key and contact is not None and contact.bounced_at is None:
        contact.bounced_at, contact.bounce_detail = reply.received_at, event.detail
        session.add(contact)
        before["contact"] = contact.id
    return before


def _seen_to(*_: object) -> dict[str, Any]:
    return {}


def _come_back(session: Session, one: Suggestion, reply: Reply, who: Actor) -> dict[str, Any]:  # noqa: ARG001
    """Keep the day: it is shown, and waits for a person when it has come (see outreach.responses.come_back)."""
    if reply.message_id is None:
        raise _of_no_letter(reply)
    return {}


class _Kind(NamedTuple):
    """What a yes to a kind of proposal does, with what is needed to take it back; and what takes it back."""

    do: Callable[[Session, Suggestion, Reply, Actor], dict[str, Any]]
    back: Callable[[Session, Suggestion, dict[str, Any], Actor], None]


_KINDS: Mapping[SuggestionKind, _Kind] = {
    SuggestionKind.POSITION: _Kind(_set_position, _position_back),
    SuggestionKind.OPT_OUT: _Kind(_opt_out, _opt_out_back),
    SuggestionKind.CONTACT: _Kind(_use_contact, _contact_back),
    SuggestionKind.ANSWER: _Kind(_is_answer, _answer_back),
    SuggestionKind.BOUNCED: _Kind(_did_bounce, _bounce_back),
    SuggestionKind.PROBLEM: _Kind(_seen_to, _nothing_back),
    SuggestionKind.MEETING: _Kind(_seen_to, _nothing_back),
    SuggestionKind.COME_BACK: _Kind(_come_back, _day_back),
}
