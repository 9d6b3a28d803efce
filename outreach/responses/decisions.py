"""What a person decides of a mail: yes or no to what it proposes; and the last decision of a mail taken back.

Yes sets the position, the opt-out or the other contact; no does nothing. Whose mail it is: outreach.inbox.settle.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.inbox.mail_list import mail_numbered
from outreach.inbox.settle import put_back
from outreach.models import Campaign, Contact, MailDecision, Message, OptOut, Reply, Response, Suggestion
from outreach.people import audit
from outreach.responses.answers import record_answers, release_answers
from outreach.responses.changes import last_standing, take_back
from outreach.responses.positions import parse_position, put_position
from outreach.responses.suppression import keep_opt_out
from outreach.text import address_key
from outreach.vocabulary import Act, Line, SuggestionKind


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


def decide(engine: Engine, number: int, *, accept: bool, by: Actor) -> Suggestion:
    """Say yes or no to a proposal, once; who and when are kept, and its mail is the evidence.

    Raises NotFoundError for a number that is no proposal, UserError for one that is decided.
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
            done = "taken" if one.accepted else "turned down"
            raise UserError(
                "proposal.decided",
                "Proposal {number} was {done} by {decided_by}.",
                number=number,
                done=done,
                decided_by=one.decided_by,
                mail=one.reply_id,
                remedy="That can be taken back{UNDO}.",
            )
        before = _do(session, one, by) if accept else {}
        what = f"{'yes' if accept else 'no'} to {one.kind} {one.value}"
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


def undo(engine: Engine, number: int, *, by: Actor) -> MailDecision:
    """Take back the last decision of a mail that has not been taken back; it stays in the mail's history.

    A mail goes back to where it belonged, and what was remembered for its sender to what it was. A proposal waits
    again; the position, opt-out or contact that came of a yes is taken back, unless it has been changed since.
    Raises NotFoundError for a number that is no mail, UserError where nothing is left to take back.
    """
    with writing(engine) as session:
        mail_numbered(session, number)
        query = (
            select(MailDecision)
            .where(MailDecision.reply_id == number, col(MailDecision.undone_at).is_(None))
            .order_by(col(MailDecision.id).desc())
        )
        last = session.exec(query).first()
        if last is None:
            raise UserError(
                "mail.nothing-decided", "Of mail {number} nothing was decided that could be taken back.", number=number
            )
        if last.suggestion_id is None:
            put_back(session, last, by, record=record_answers, release=release_answers)
        else:
            _reopen(session, session.get_one(Suggestion, last.suggestion_id), last, by)
        last.undone_at, last.undone_by = clock.now(), by.name
        session.add(last)
        audit.record(session, by, Act.MAIL_UNDONE, f"mail {number}", last.what)
        return last


def _reopen(session: Session, one: Suggestion, decision: MailDecision, who: Actor) -> None:
    if one.accepted:
        _undo(session, one, decision, who)
    one.accepted, one.decided_at, one.decided_by = None, None, ""
    session.add(one)


def _undo(session: Session, one: Suggestion, decision: MailDecision, who: Actor) -> None:
    match one.kind:
        case SuggestionKind.POSITION:
            response = session.get(Response, decision.before.get("response"))
            last = last_standing(session, response, "position") if response is not None else None
            if response is not None and last is not None and last.reply_id == one.reply_id:
                take_back(session, response, last, note=f"takes back: {last.note}", who=who)
        case SuggestionKind.OPT_OUT:
            query = select(OptOut).where(
                OptOut.address_key == address_key(one.value),
                OptOut.reply_id == one.reply_id,
                col(OptOut.withdrawn_at).is_(None),
            )
            for listed in session.exec(query).all():
                listed.withdrawn_at, listed.withdrawn_by = clock.now(), who.name
                session.add(listed)
        case SuggestionKind.CONTACT:
            contact = session.get(Contact, decision.before.get("contact"))
            if contact is not None:
                contact.line, contact.active = Line(decision.before["line"]), decision.before["active"]
                session.add(contact)


def _do(session: Session, one: Suggestion, who: Actor) -> dict[str, Any]:
    """Do what a proposal proposes; return what is needed to take it back."""
    reply = session.get_one(Reply, one.reply_id)
    match one.kind:
        case SuggestionKind.POSITION:
            if reply.message_id is None:
                raise UserError(
                    "mail.no-letter",
                    "Its mail belongs to no letter.",
                    mail=reply.id,
                    remedy="Put it down to a mission first{SETTLE}.",
                )
            message = session.get_one(Message, reply.message_id)
            campaign = session.get_one(Campaign, message.campaign_id)
            position = parse_position(one.value)
            response = put_position(
                session, campaign, message.iso3, position, note=one.evidence, who=who, reply_id=reply.id
            )
            return {"response": response.id}
        case SuggestionKind.OPT_OUT:
            keep_opt_out(session, one.value, who=who, why=one.evidence, reply_id=reply.id)
            return {}
        case SuggestionKind.CONTACT:
            query = select(Contact).where(Contact.iso3 == one.iso3, Contact.email_key == address_key(one.value))
            contact = session.exec(query).first()
            if contact is None:
                raise NotFoundError(
                    "contact.not-there",
                    "{iso3} has no contact {one} any more.",
                    iso3=one.iso3,
                    one=one.value,
                    remedy="Turn it down.",
                )
            before = {"contact": contact.id, "line": contact.line.value, "active": contact.active}
            contact.line, contact.active = Line.TO, True
            session.add(contact)
            return before
