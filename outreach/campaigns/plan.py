"""What a campaign is: a letter, an audience as of a date, and a row for each mission that is to be written to."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Engine, bindparam
from sqlmodel import Session, col, or_, select

from outreach import clock
from outreach.actors import Actor, acting
from outreach.campaigns.alongside import Alongside, alongside
from outreach.campaigns.facts_of import facts_of
from outreach.campaigns.had_already import Planned, Repeated, would_repeat
from outreach.database import reading, writing
from outreach.errors import ConflictError, NotFoundError, UserError
from outreach.letters.folder import Letter
from outreach.letters.merge import Addressee
from outreach.missions.audience import resolve
from outreach.missions.directory import Listed, contacts_of, list_missions, without_erased
from outreach.models import Campaign, Delivery, Frozen, Message, Mission, Response
from outreach.people import audit
from outreach.sentences import KeptSentence, Moment, Remedy
from outreach.settings import Settings
from outreach.vocabulary import Act, CampaignState, Line, MessageState

_OUT = (MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN)
_NAME = re.compile(r"[\w.+-]+(?: [\w.+-]+)*")
_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")


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
    repeated: tuple[Repeated, ...] = ()
    """Those that have had a letter of that name already, live, by another campaign."""
    alongside: tuple[Alongside, ...] = ()
    """Those that are to get it by another campaign too."""


_REHEARSED = (
    select(Message.iso3)
    .join(Delivery, col(Delivery.message_id) == col(Message.id))
    .where(
        col(Message.campaign_id) == bindparam("campaign"),
        col(Message.replaced_at).is_(None),
        or_(col(Message.rehearsed).is_(True), (col(Delivery.state).in_(_OUT)) & col(Delivery.rehearsed).is_(True)),
    )
    .distinct()
    .order_by(Message.iso3)
)
_BY_NAME = select(Campaign).where(col(Campaign.name) == bindparam("name"))


def get_campaign(session: Session, name: str) -> Campaign:
    """Return the campaign of that name; raises NotFoundError, with what there is."""
    campaign = session.scalars(_BY_NAME, {"name": name}).one_or_none()
    if campaign is not None:
        return campaign
    names = session.exec(select(Campaign.name).order_by(Campaign.name)).all()
    if not names:
        raise NotFoundError(
            "campaign.not-there",
            "There is no campaign {campaign!r}.",
            campaign=name,
            remedy="Make one{CREATE_CAMPAIGN}.",
        )
    near = difflib.get_close_matches(name, names, n=1)
    meant = (
        Remedy("Did you mean {near!r}?", near=near[0]) if near else Remedy("There is: {names}.", names=", ".join(names))
    )
    raise NotFoundError("campaign.not-there", "There is no campaign {campaign!r}.", campaign=name, remedy=meant)


def version_of(engine: Engine, name: str) -> int:
    """Return the version of a campaign as it is now: what a person who looks at it acts on. Raises NotFoundError."""
    with reading(engine) as session:
        return get_campaign(session, name).version


def as_seen(session: Session, name: str, seen: int | None) -> Campaign:
    """Return a campaign that is about to be changed, within the transaction that does so.

    `seen` is its version when the person looked at it; None where nobody did. Raises NotFoundError, ConflictError where
    it has been changed since: of several who act on what they saw, one wins.
    """
    campaign = get_campaign(session, name)
    if seen is not None and seen != campaign.version:
        raise ConflictError(
            "campaign.changed",
            "The campaign {campaign!r} has changed since you looked at it: {standing}. Nothing was done.",
            campaign=name,
            standing=standing_now(campaign),
            number=campaign.id,
            remedy="Look at it as it is now, and decide again{CAMPAIGN}.",
        )
    return campaign


def standing_now(campaign: Campaign) -> KeptSentence:
    """Say how a campaign stands: its state, its time, who has approved it, and why it waits if it does."""
    due = None if campaign.due_at is None else Moment(campaign.due_at, campaign.time_zone)
    words = [KeptSentence("standing.is", "it is {state}", state=campaign.state)]
    if due is not None and campaign.state is CampaignState.SCHEDULED:
        words = [KeptSentence("standing.is-for", "it is {state} for {due}", state=campaign.state, due=due)]
    elif due is not None and campaign.state is not CampaignState.CANCELLED:
        words.append(KeptSentence("standing.its-time", "its time is {due}", due=due))
    if campaign.spread_minutes:
        words.append(KeptSentence("plan.spread", "spread over {span}", span=span_in_words(campaign.spread_minutes)))
    if by := campaign.approved_by or campaign.first_approved_by:
        words.append(KeptSentence("standing.approved-by", "approved by {who}", who=by))
    told = KeptSentence.joined(words, ", ")
    if not campaign.reason:
        return told
    return KeptSentence("standing.with-reason", "{standing} ({reason})", standing=told, reason=campaign.reason)


def span_in_words(minutes: int) -> str:
    """Return a span of time as it can be typed, such as `1h30m`."""
    hours, rest = divmod(minutes, 60)
    return f"{hours}h{rest}m" if hours and rest else f"{hours}h" if hours else f"{rest}m"


def campaign_numbered(session: Session, number: int) -> Campaign:
    """Return the campaign of that number in the database; raises NotFoundError."""
    campaign = session.get(Campaign, number)
    if campaign is None:
        raise NotFoundError(
            "campaign.number-not-there", "There is no campaign with the number {number}.", number=number
        )
    return campaign


def campaigns(session: Session) -> list[Campaign]:
    """Return every campaign, the newest first."""
    return list(session.exec(_newest_first()))


@cache
def _newest_first() -> Any:
    return select(Campaign).order_by(col(Campaign.id).desc())


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
    by: Actor | str | None = None,
) -> Created:
    """Make a campaign and fix its audience, as of a date (default: today in the settings' zone).

    With two `approvals`, its letters can't be sent before two people approved the same ones. Raises UserError for a
    name that is taken or can't be one, AudienceError for an audience that can't be told.
    """
    by = acting(by)
    require_approvals(approvals)
    as_of = as_of or clock.now().astimezone(settings.tz).date()
    with writing(engine) as session:
        require_name(session, name)
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
        audit.record(
            session,
            by,
            Act.CAMPAIGN_CREATED,
            campaign=name,
            detail=KeptSentence(
                "log.made",
                "{letter} to {number:,} {number:*mission|missions}",
                letter=letter.name,
                number=len(missions),
            ),
        )
        planned = [Planned(one.iso3) for one in missions]
        had = would_repeat(session, planned, letter=letter.name, campaign=campaign)
        return Created(campaign, tuple(missions), had, alongside(session, campaign, planned))


def usable_name(text: str) -> str:
    """Return a name as a campaign can have it: what stands between words and can't be in a name is a space."""
    return " ".join(_NOT_IN_NAMES.sub(" ", text).split())


def require_name(session: Session, name: str) -> None:
    """Raise UserError unless it is a name that a new campaign can have."""
    if not _NAME.fullmatch(name) or len(name) > 100:
        raise UserError(
            "campaign.name-unusable",
            "{campaign!r} can't be the name of a campaign.",
            campaign=name,
            remedy="Use letters, digits, - and _.",
        )
    if session.exec(select(Campaign.id).where(Campaign.name == name)).first() is not None:
        raise UserError(
            "campaign.there-already",
            "There is a campaign {campaign!r} already.",
            campaign=name,
            remedy="Take another name.",
        )


def require_approvals(number: int) -> None:
    """Raise UserError unless it is a number of approvals that a campaign can ask for."""
    if number not in (1, 2):
        raise UserError(
            "campaign.approvals",
            "A campaign asks for one approval or two, and not for {number}.",
            number=number,
            remedy="Say 1 or 2.",
        )


def missions_of(session: Session, campaign: Campaign, iso3: str | None = None) -> list[Mission]:
    """Return the missions of a campaign, by ISO3; or that one alone, if it is among them."""
    query = (
        select(Mission)
        .join(Response, col(Response.iso3) == col(Mission.iso3))
        .where(Response.campaign_id == campaign.id)
        .order_by(Mission.iso3)
    )
    if iso3 is not None:
        query = query.where(Mission.iso3 == iso3)
    return list(session.exec(query).all())


def listed_of(session: Session, campaign: Campaign) -> list[Listed]:
    """Return the same missions as lists name them."""
    return list_missions(session, include_absent=True, campaign=campaign.id)


def addressees(session: Session, campaign: Campaign, iso3: str | None = None) -> list[Addressee]:
    """Return each mission of a campaign, or one, with the contacts that its letter goes to, as the directory stands."""
    missions = missions_of(session, campaign, iso3)
    contacts = without_erased(session, contacts_of(session, [mission.iso3 for mission in missions]))
    facts = facts_of(session, campaign, [mission.iso3 for mission in missions])
    return [Addressee(mission, tuple(contacts.get(mission.iso3, ())), facts[mission.iso3]) for mission in missions]


def current_messages(session: Session, campaign: Campaign) -> list[Message]:
    """Return the messages of a campaign that count, by ISO3: those that no later approval replaced."""
    return list(session.exec(select(Message).where(*counting(campaign)).order_by(Message.iso3)).all())


def counting(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    """Return what SQL asks of a message of a campaign that counts: no later approval replaced it."""
    return col(Message.campaign_id) == campaign.id, col(Message.replaced_at).is_(None)


def rehearsed_letters(session: Session, campaign: Campaign) -> list[str]:
    """Return, by ISO3, the missions whose letter was taken in rehearsal: for live mode, nobody has had it."""
    return list(session.scalars(_REHEARSED, {"campaign": campaign.id}))


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
