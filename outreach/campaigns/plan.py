"""What a campaign is: a letter, an audience as of a date, and a row for each mission that is to be written to."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.database import writing
from outreach.errors import NotFoundError, UserError
from outreach.letters.folder import Letter
from outreach.letters.merge import Addressee
from outreach.missions.audience import resolve
from outreach.missions.directory import contacts_of
from outreach.models import Campaign, Frozen, Message, Mission, Response
from outreach.settings import Settings
from outreach.vocabulary import Line

_NAME = re.compile(r"[\w.+-]+(?: [\w.+-]+)*")


@dataclass(frozen=True, slots=True)
class Thread:
    """The first letter to a mission, which a follow-up answers."""

    message_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Created:
    """A new campaign and the missions of its audience."""

    campaign: Campaign
    missions: tuple[Mission, ...]


def get_campaign(session: Session, name: str) -> Campaign:
    """Return the campaign of that name; raises NotFoundError, with what there is."""
    campaign = session.exec(select(Campaign).where(Campaign.name == name)).one_or_none()
    if campaign is not None:
        return campaign
    names = session.exec(select(Campaign.name).order_by(Campaign.name)).all()
    if not names:
        raise NotFoundError(f"There is no campaign {name!r}.", cure="Make one with `outreach campaign create`.")
    near = difflib.get_close_matches(name, names, n=1)
    cure = f"Did you mean {near[0]!r}?" if near else f"There is: {', '.join(names)}."
    raise NotFoundError(f"There is no campaign {name!r}.", cure=cure)


def campaign_numbered(session: Session, number: int) -> Campaign:
    """Return the campaign of that number in the database; raises NotFoundError."""
    campaign = session.get(Campaign, number)
    if campaign is None:
        raise NotFoundError(f"There is no campaign with the number {number}.")
    return campaign


def campaigns(session: Session) -> list[Campaign]:
    """Return every campaign, the newest first."""
    return list(session.exec(select(Campaign).order_by(col(Campaign.id).desc())))


def create(
    engine: Engine,
    settings: Settings,
    name: str,
    letter: Letter,
    *,
    audience: Sequence[str],
    exceptions: Sequence[str] = (),
    as_of: date | None = None,
    approvals: int = 1,
) -> Created:
    """Make a campaign and fix its audience, as of a date (default: today in the settings' zone).

    With two `approvals`, its letters can't be sent before two people approved the same ones. Raises UserError for a
    name that is taken or can't be one, AudienceError for an audience that can't be told.
    """
    require_approvals(approvals)
    if not _NAME.fullmatch(name) or len(name) > 100:
        raise UserError(f"{name!r} can't be the name of a campaign.", cure="Use letters, digits, - and _.")
    as_of = as_of or clock.now().astimezone(settings.tz).date()
    with writing(engine) as session:
        if session.exec(select(Campaign.id).where(Campaign.name == name)).first() is not None:
            raise UserError(f"There is a campaign {name!r} already.", cure="Take another name.")
        missions = resolve(session, audience, exceptions, as_of)
        campaign = Campaign(
            name=name,
            letter=letter.name,
            audience=list(audience),
            exceptions=list(exceptions),
            as_of=as_of,
            time_zone=settings.timezone,
            created_at=clock.now(),
            approvals=approvals,
        )
        session.add(campaign)
        session.flush()
        assert campaign.id is not None
        session.add_all(Response(campaign_id=campaign.id, iso3=mission.iso3) for mission in missions)
    return Created(campaign, tuple(missions))


def require_approvals(number: int) -> None:
    """Raise UserError unless it is a number of approvals that a campaign can ask for."""
    if number not in (1, 2):
        raise UserError(f"A campaign asks for one approval or two, and not for {number}.", cure="Say 1 or 2.")


def missions_of(session: Session, campaign: Campaign) -> list[Mission]:
    """Return the missions of a campaign, by ISO3."""
    query = (
        select(Mission)
        .join(Response, col(Response.iso3) == col(Mission.iso3))
        .where(Response.campaign_id == campaign.id)
        .order_by(Mission.iso3)
    )
    return list(session.exec(query).all())


def addressees(session: Session, campaign: Campaign) -> list[Addressee]:
    """Return each mission of a campaign with the contacts that its letter goes to, as the directory stands now."""
    missions = missions_of(session, campaign)
    contacts = contacts_of(session, [mission.iso3 for mission in missions])
    return [Addressee(mission, tuple(contacts.get(mission.iso3, ()))) for mission in missions]


def current_messages(session: Session, campaign: Campaign) -> list[Message]:
    """Return the messages of a campaign that count, by ISO3: those that no later approval replaced."""
    query = (
        select(Message)
        .where(Message.campaign_id == campaign.id, col(Message.replaced_at).is_(None))
        .order_by(Message.iso3)
    )
    return list(session.exec(query).all())


def frozen_bytes(session: Session, message: Message) -> bytes:
    """Return a message as it was approved, but for its Date line."""
    return session.exec(select(Frozen.raw).where(Frozen.message_id == message.id)).one()


def with_earlier(session: Session, message: Message) -> list[int]:
    """Return the number of a message and those of the same text that did not reach an address, the latest first."""
    assert message.id is not None
    chain, earlier = [message.id], message.corrects_id
    while earlier is not None:
        chain.append(earlier)
        earlier = session.exec(select(Message.corrects_id).where(Message.id == earlier)).one()
    return chain


def threads_of(session: Session, campaign: Campaign) -> dict[str, Thread]:
    """Return, by mission, the letters that a follow-up answers; nothing for a campaign of first letters."""
    if campaign.follows_id is None:
        return {}
    query = select(Message.iso3, Message.message_id, Message.subject).where(
        Message.campaign_id == campaign.follows_id, col(Message.replaced_at).is_(None)
    )
    return {iso3: Thread(message_id, subject) for iso3, message_id, subject in session.exec(query)}


def address_lines(addressee: Addressee) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the To and Cc addresses of a letter. Where nobody stands in To, those in Cc move up."""
    to = tuple(contact.email for contact in addressee.contacts if contact.line is Line.TO)
    cc = tuple(contact.email for contact in addressee.contacts if contact.line is Line.CC)
    return (to, cc) if to else (cc, ())
