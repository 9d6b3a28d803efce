"""What a person decides about a proposal: yes sets the position, the opt-out or the other contact; no does nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.models import (
    Campaign,
    Contact,
    Line,
    Message,
    Reply,
    Suggestion,
    SuggestionKind,
)
from outreach.responses.addresses import keep_opt_out
from outreach.responses.positions import named_person, parse_position, put_position
from outreach.text import address_key


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


def decide(engine: Engine, number: int, *, accept: bool, by: str) -> Suggestion:
    """Say yes or no to a proposal, once; who and when are kept, and its mail is the evidence.

    Raises NotFoundError for a number that is no proposal, UserError for one that is decided.
    """
    who = named_person(by)
    with writing(engine) as session:
        one = session.get(Suggestion, number)
        if one is None:
            raise NotFoundError(f"There is no proposal {number}.", cure="See outreach inbox proposals.")
        if one.accepted is not None:
            done = "taken" if one.accepted else "turned down"
            raise UserError(f"Proposal {number} was {done} by {one.decided_by}.", cure="Set what holds now by hand.")
        if accept:
            _do(session, one, who)
        one.accepted, one.decided_at, one.decided_by = accept, clock.now(), who
        session.add(one)
        return one


def _do(session: Session, one: Suggestion, who: str) -> None:
    reply = session.get_one(Reply, one.reply_id)
    match one.kind:
        case SuggestionKind.POSITION:
            if reply.message_id is None:
                raise UserError("Its mail belongs to no letter.", cure=f"First: outreach inbox settle {reply.id} ISO3.")
            message = session.get_one(Message, reply.message_id)
            campaign = session.get_one(Campaign, message.campaign_id)
            position = parse_position(one.value)
            put_position(session, campaign, message.iso3, position, note=one.evidence, who=who, reply_id=reply.id)
        case SuggestionKind.OPT_OUT:
            keep_opt_out(session, one.value, who=who, why=one.evidence, reply_id=reply.id)
        case SuggestionKind.CONTACT:
            query = select(Contact).where(Contact.iso3 == one.iso3, Contact.email_key == address_key(one.value))
            contact = session.exec(query).first()
            if contact is None:
                raise NotFoundError(f"{one.iso3} has no contact {one.value} any more.", cure="Turn it down.")
            contact.line, contact.active = Line.TO, True
            session.add(contact)
