"""Answers that a person gave free to be shown to others: none is by itself, and each can be taken back."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.errors import NotFoundError, Problem, UserError
from outreach.inbox.decoding import addresses_in
from outreach.models import Campaign, Contact, Message, Mission, Released, Reply, Response
from outreach.people import audit
from outreach.responses.others import OtherPerson, others_in, without
from outreach.sentences import saying
from outreach.text import folded
from outreach.vocabulary import Act, Answering, MailKind

NO_ADDRESS = "[address]"
NO_NUMBER = "[number]"
_NUMBER = re.compile(r"(?<![\w/.-])\+?\(?\d(?:[\s().-]?\d){7,14}(?![\w/-])")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class ReleasedAnswer:
    """Words of a mission's answer that may be shown."""

    id: int
    iso3: str
    mission: str
    answered_at: datetime | None
    """When the mail was written; None for words that a person wrote down."""
    mail: int | None
    text: str
    at: datetime
    who: str
    names: tuple[str, ...] = ()
    """Names of people of the mission that still stand in the text: they would be shown."""
    others: tuple[OtherPerson, ...] = ()
    """Who else was found in it, and postal addresses: in a release, those that were agreed to or left out."""


def release(
    engine: Engine,
    name: str,
    iso3: str,
    *,
    by: Actor,
    reply: int | None = None,
    text: str = "",
    dry_run: bool = False,
    without_others: bool = False,
    yes: bool = False,
    ask: Callable[[Sequence[Problem]], bool] = lambda _: False,
) -> ReleasedAnswer:
    """Give the words of a mission's answer free, or with a dry run return what they would be.

    It is the mail `reply`, else the only one that counts as its answer; `text` are words in place of the mail's.
    Addresses and telephone numbers are left out. People who are not the mission's, and postal addresses, are left out
    `without_others`; else they are shown only where `yes` says so or `ask` answers it. What was released of the same
    mail before is replaced.
    Raises NotFoundError for the campaign, the mission or the mail, UserError where it is to be said which mail is
    meant, nothing is left to show, or others are named and nobody has agreed to that: nothing is released then.
    """
    if not (dry_run or without_others or yes):
        found = release(engine, name, iso3, by=by, reply=reply, text=text, dry_run=True)
        if found.others and not ask(problems := list(_as_problems(found))):
            raise UserError(
                "released.others",
                "The words of {iso3} tell of others, and nobody has agreed that they are shown. Nothing was released.",
                iso3=found.iso3, problems=problems,
                remedy="If they may be shown, {AGREE:take it so}; else {WITHOUT_OTHERS:leave them out}.",
            )  # fmt: skip
    with reading(engine) if dry_run else writing(engine) as session:
        response, mission = _response(session, name, iso3)
        mail = _mail(session, name, response, reply, needed=not text.strip())
        words = harmless(text if text.strip() else mail.body if mail else "")
        if not words or (mail is not None and mail.erased_at is not None and not text.strip()):
            raise UserError(
                "released.nothing", "There are no words to release.", remedy="Give them yourself{OWN_WORDS}."
            )  # fmt: skip
        others = others_in(session, mission.iso3, words, mail)
        words = without(words, others) if without_others else words
        names = _names_in(session, mission.iso3, words)
        moment = clock.now()
        if dry_run:
            return _told(0, mission, mail, words, moment, by.name, names, others)
        for old in _in_force(session, response, mail.id if mail else None):
            old.withdrawn_at, old.withdrawn_by = moment, by.name
            session.add(old)
        row = Released(
            response_id=response.id or 0, reply_id=mail.id if mail else None, text=words, at=moment, who=by.name
        )
        session.add(row)
        session.flush()
        subject = f"mail {mail.id}" if mail else ""
        audit.record(session, by, Act.ANSWER_RELEASED, subject, campaign=name, iso3=mission.iso3)
        return _told(row.id or 0, mission, mail, words, moment, by.name, names, others)


def _as_problems(found: ReleasedAnswer) -> Iterator[Problem]:
    for one in found.others:
        what = saying("released.a-place", "a postal address") if one.kind == "address" else saying(
            "released.a-person", "it may be the name of somebody else"
        )  # fmt: skip
        yield Problem("released.other", "“{words}”: {what}", words=one.words, what=what, where=found.iso3)


def withdraw(engine: Engine, name: str, iso3: str, *, by: Actor, reply: int | None = None) -> int:
    """Take back what was released of a mission, or of one mail of it; return how many texts that were.

    What was published already is out of reach. Raises NotFoundError where nothing was released.
    """
    with writing(engine) as session:
        response, mission = _response(session, name, iso3)
        query = select(Released).where(Released.response_id == response.id, col(Released.withdrawn_at).is_(None))
        rows = session.exec(query if reply is None else query.where(Released.reply_id == reply)).all()
        if not rows:
            raise NotFoundError("released.none", "Nothing of {iso3} is released.", iso3=mission.iso3)
        for row in rows:
            row.withdrawn_at, row.withdrawn_by = clock.now(), by.name
            session.add(row)
        audit.record(session, by, Act.ANSWER_WITHDRAWN, campaign=name, iso3=mission.iso3, detail=str(len(rows)))
        return len(rows)


def released(session: Session, campaign: Campaign) -> list[ReleasedAnswer]:
    """Return what is released in a campaign, by mission, oldest first."""
    query = (
        select(Released, Mission, Reply)
        .join(Response, col(Response.id) == col(Released.response_id))
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .outerjoin(Reply, col(Reply.id) == col(Released.reply_id))
        .where(Response.campaign_id == campaign.id, col(Released.withdrawn_at).is_(None))
        .order_by(col(Mission.iso3), col(Released.id))
    )
    return [
        _told(row.id or 0, mission, mail, row.text, row.at, row.who, _names_in(session, mission.iso3, row.text))
        for row, mission, mail in session.exec(query)
    ]


def released_in(engine: Engine, name: str) -> list[ReleasedAnswer]:
    """Return what is released in the campaign of that name. Raises NotFoundError."""
    with reading(engine) as session:
        return released(session, get_campaign(session, name))


def harmless(text: str) -> str:
    """Return words as they may be shown: without addresses and telephone numbers, ends trimmed."""
    words = text[:_MOST]
    for address in sorted(addresses_in(words), key=len, reverse=True):
        words = words.replace(address, NO_ADDRESS)
    words = _NUMBER.sub(lambda found: found[0] if _DATE.fullmatch(found[0].strip()) else NO_NUMBER, words)
    return "\n".join(line.rstrip() for line in words.strip().splitlines())


def _response(session: Session, name: str, iso3: str) -> tuple[Response, Mission]:
    campaign = get_campaign(session, name)
    code = iso3.strip().upper()
    found = session.exec(
        select(Response, Mission)
        .join(Mission, col(Mission.iso3) == col(Response.iso3))
        .where(Response.campaign_id == campaign.id, Response.iso3 == code)
    ).first()
    if found is None:
        raise NotFoundError(
            "released.no-mission", "{iso3} is none of the missions of {campaign!r}.", iso3=code, campaign=name,
            remedy="See {CAMPAIGN:its missions}.",
        )  # fmt: skip
    return found


def _mail(session: Session, name: str, response: Response, number: int | None, *, needed: bool) -> Reply | None:
    query = (
        select(Reply)
        .join(Message, col(Message.id) == col(Reply.message_id))
        .where(
            Message.campaign_id == response.campaign_id, Message.iso3 == response.iso3, Reply.kind == MailKind.REPLY,
            col(Reply.ours).is_(False),
        )
        .order_by(col(Reply.id))
    )  # fmt: skip
    mails = session.exec(query).all()
    if number is not None:
        if (one := next((mail for mail in mails if mail.id == number), None)) is None:
            raise NotFoundError(
                "released.no-mail", "Mail {number} is no answer of {iso3} to {campaign!r}.", number=number,
                iso3=response.iso3, campaign=name, remedy="See {INBOX:all mails}.",
            )  # fmt: skip
        return one
    answers = [mail for mail in mails if mail.counts is Answering.YES or mail.settled_at is not None]
    if len(answers) == 1:
        return answers[0]
    if not needed:
        return None
    if not answers:
        raise UserError(
            "released.no-answer", "No mail of {iso3} counts as its answer.", iso3=response.iso3,
            remedy="Say which mail is meant{WHICH_MAIL}; or give the words yourself{OWN_WORDS}.",
        )  # fmt: skip
    raise UserError(
        "released.several", "{iso3} answered in several mails: {mails}.", iso3=response.iso3,
        mails=", ".join(str(mail.id) for mail in answers), remedy="Say which is meant{WHICH_MAIL}.",
    )  # fmt: skip


def _in_force(session: Session, response: Response, reply: int | None) -> Sequence[Released]:
    return session.exec(
        select(Released).where(
            Released.response_id == response.id, Released.reply_id == reply, col(Released.withdrawn_at).is_(None)
        )
    ).all()


def _names_in(session: Session, iso3: str, text: str) -> tuple[str, ...]:
    """Return the names of people at a mission, as the directory has them, that stand in a text."""
    within = f" {folded(text)} "
    names = session.exec(select(Contact.name).where(Contact.iso3 == iso3)).all()
    return tuple(sorted({name for name in names if name.strip() and f" {folded(name)} " in within}))


def _told(
    number: int,
    mission: Mission,
    mail: Reply | None,
    text: str,
    at: datetime,
    who: str,
    names: tuple[str, ...],
    others: tuple[OtherPerson, ...] = (),
) -> ReleasedAnswer:
    when = mail.received_at if mail else None
    return ReleasedAnswer(
        number, mission.iso3, mission.short_name, when, mail.id if mail else None, text, at, who, names, others
    )  # fmt: skip
