"""What a campaign is, changed or taken away while nobody has a letter of it; every letter that was approved is void."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.had_already import Planned, Repeated, would_repeat
from outreach.campaigns.plan import as_seen, current_messages, get_campaign, missions_of, require_name
from outreach.campaigns.stopping import bring_to_a_stop
from outreach.campaigns.two_people import KEPT
from outreach.database import reading, writing
from outreach.errors import CampaignError
from outreach.letters.folder import Letter
from outreach.missions.audience import resolve
from outreach.models import (
    Attempt,
    Campaign,
    CommentMention,
    Delivery,
    DeliveryEvent,
    Frozen,
    Message,
    MissionComment,
    Released,
    Reply,
    Response,
    ResponseChange,
    Signatory,
    SignatoryList,
)
from outreach.people import audit
from outreach.sentences import KeptSentence, Sentence, saying
from outreach.vocabulary import Act, Answer, CampaignState, EventKind, MessageState, Position, Stop


@dataclass(frozen=True, slots=True)
class Changes:
    """What a person wants of a campaign; None stays as it was."""

    name: str | None = None
    letter: Letter | None = None
    audience: Sequence[str] | None = None
    exceptions: Sequence[str] | None = None
    as_of: date | None = None
    time_zone: str | None = None
    require_read: bool | None = None


@dataclass(frozen=True, slots=True)
class ChangedPlan:
    """What became of it."""

    name: str
    fields: tuple[tuple[str, str, str], ...]
    """Each field that is another now: its name, what it was, what it is."""
    missions: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    voided: str = ""
    """Whose approval no longer holds; empty where nobody had approved."""
    lost_time: datetime | None = None
    """The time that it had."""
    letters: int = 0
    """How many letters that had been approved will not go out."""
    repeated: tuple[Repeated, ...] = ()
    """The missions that have had its letter already, live, by another campaign."""


def change(engine: Engine, name: str, wanted: Changes, *, by: Actor, seen: int | None = None) -> ChangedPlan:
    """Change what a campaign is: its name, letter, audience, exceptions, date of membership, zone.

    Where it was approved, that holds no longer: its letters are set aside, its time is gone, and it has to be approved
    again. What was only rehearsed counts for nobody. `seen` is its version as the person saw it.

    Raises CampaignError where letters are out or on their way, where it is cancelled, or where a follow-up stands in
    the way; UserError for a name that is taken or none, AudienceError, ConflictError. Nothing is changed then.
    """
    with writing(engine) as session:
        campaign = as_seen(session, name, seen)
        _require_changeable(session, campaign)
        told = list(_fields(session, campaign, wanted))
        if not told:
            return ChangedPlan(campaign.name, (), len(missions_of(session, campaign)))
        added, removed = _audience(session, campaign, wanted)
        voided, lost_time = campaign.approved_by or campaign.first_approved_by, campaign.due_at
        was_approved = campaign.state is not CampaignState.DRAFT
        letters = _set_aside(session, campaign, by)
        campaign.due_at = campaign.last_active_at = campaign.confirmed_missions = None
        campaign.approved_at = campaign.first_approved_at = campaign.first_account_id = None
        campaign.approved_by = campaign.first_approved_by = campaign.again_by = ""
        words = KeptSentence(
            "campaign.changed-after", "it was changed after the approval ({fields})",
            fields=", ".join(field for field, _, _ in told),
        )  # fmt: skip
        if was_approved or campaign.stop is not None:
            bring_to_a_stop(campaign, CampaignState.DRAFT, Stop.PLAN_CHANGED, words)
        else:
            campaign.version += 1
        session.add(campaign)
        detail = "; ".join(f"{field}: {old} → {new}" for field, old, new in told)
        audit.record(session, by, Act.CAMPAIGN_CHANGED, campaign=campaign.name, detail=detail)
        session.flush()
        codes = [one.iso3 for one in missions_of(session, campaign)]
        had = would_repeat(session, [Planned(code) for code in codes], letter=campaign.letter, campaign=campaign)
        return ChangedPlan(
            campaign.name, tuple(told), len(codes), added, removed, voided if was_approved else "",
            lost_time if was_approved else None, letters, had,
        )  # fmt: skip


def require_changeable(engine: Engine, name: str) -> None:
    """Raise CampaignError, as `change` would, where what a campaign is can't be changed any more."""
    with reading(engine) as session:
        _require_changeable(session, get_campaign(session, name))


def _fields(session: Session, campaign: Campaign, wanted: Changes) -> Any:
    """Set the fields, and give each one that is another now."""
    if wanted.name is not None and wanted.name != campaign.name:
        require_name(session, wanted.name)
        yield "name", campaign.name, wanted.name
        campaign.name = wanted.name
    plain = {
        "letter": wanted.letter.name if wanted.letter else None,
        "as_of": wanted.as_of,
        "require_read": wanted.require_read,
        "time_zone": clock.zone(wanted.time_zone).key if wanted.time_zone else None,
        "audience": list(wanted.audience) if wanted.audience is not None else None,
        "exceptions": [code.upper() for code in wanted.exceptions] if wanted.exceptions is not None else None,
    }
    for field, value in plain.items():
        old = getattr(campaign, field)
        if value is not None and value != old:
            yield field, _words(old), _words(value)
            setattr(campaign, field, value)


def _words(value: Any) -> str:
    return (" + ".join(value) or "none") if isinstance(value, list) else str(value)


def _audience(session: Session, campaign: Campaign, wanted: Changes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the campaign the missions of its audience as that is now; return those that came and those that went."""
    if wanted.audience is None and wanted.exceptions is None and wanted.as_of is None:
        return (), ()
    if campaign.follows_id is not None:
        raise CampaignError(
            "change.follow-up",
            "{campaign!r} is a follow-up: it goes to the missions of the campaign that it follows.",
            campaign=campaign.name,
            remedy="Cancel it, and plan another one.",
        )
    there = {row.iso3: row for row in session.exec(select(Response).where(Response.campaign_id == campaign.id))}
    now = {mission.iso3 for mission in resolve(session, campaign.audience, campaign.exceptions, campaign.as_of)}
    added, removed = sorted(now - there.keys()), sorted(there.keys() - now)
    known = [iso3 for iso3 in removed if _is_known(session, there[iso3])]
    if known:
        raise CampaignError(
            "change.known",
            "Something is known already of where {known} stands in {campaign!r}. Nothing was changed.",
            known=", ".join(known),
            campaign=campaign.name,
            remedy="Keep these missions, or make a new campaign.",
        )
    for iso3 in removed:
        session.delete(there[iso3])
    assert campaign.id is not None
    session.add_all(Response(campaign_id=campaign.id, iso3=iso3) for iso3 in added)
    return tuple(added), tuple(removed)


def _is_known(session: Session, stand: Response) -> bool:
    if stand.answer is not Answer.NONE or stand.position is not Position.UNKNOWN or stand.note:
        return True
    told: tuple[type[ResponseChange | MissionComment], ...] = (ResponseChange, MissionComment)
    return any(session.exec(select(one.id).where(one.response_id == stand.id)).first() is not None for one in told)


def _require_changeable(session: Session, campaign: Campaign) -> None:
    name = campaign.name
    if campaign.state is CampaignState.CANCELLED:
        raise CampaignError(
            "campaign.cancelled", "The campaign {campaign!r} is cancelled.", campaign=name, remedy="Make a new one."
        )
    _require_nothing_out(session, campaign, saying("change.stays", "it can't be changed"))
    if campaign.due_at is not None and campaign.due_at <= clock.now() and _moves(session, campaign):
        raise CampaignError(
            "change.being-sent",
            "The campaign {campaign!r} is being sent. Nothing was changed.",
            campaign=name,
            number=campaign.id,
            remedy="Pause it first{PAUSE}.",
        )


def _require_nothing_out(session: Session, campaign: Campaign, so: Sentence) -> None:
    """Raise CampaignError where somebody has a letter of it, may have, or is about to; or a follow-up is planned."""
    name = campaign.name
    out = (
        select(func.count(func.distinct(col(Message.id))))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(
            Message.campaign_id == campaign.id,
            col(Delivery.state).in_(list(KEPT)),
            col(Delivery.rehearsed).is_(False),
        )
    )
    if count := session.exec(out).one():
        raise CampaignError(
            "change.out",
            "{count} {count:*letter of it is|letters of it are} out, or may be: {so}. Nothing was done.",
            count=count,
            so=so,
            campaign=name,
            number=campaign.id,
            remedy="Make a new campaign; what has not gone out can be cancelled{CANCEL}.",
        )
    in_hand = select(Message.id).where(Message.campaign_id == campaign.id, col(Message.owner).is_not(None))
    if session.exec(in_hand).first() is not None:
        raise CampaignError(
            "change.being-sent-now",
            "The campaign {campaign!r} is being sent right now. Nothing was done.",
            campaign=name,
            number=campaign.id,
            remedy="Pause it first{PAUSE}.",
        )
    child = session.exec(select(Campaign.name).where(Campaign.follows_id == campaign.id)).first()
    if child is not None:
        raise CampaignError(
            "change.followed",
            "{campaign!r} follows {first!r}: {so}. Nothing was done.",
            campaign=child,
            first=name,
            so=so,
            remedy="Take that one away first{DELETE}.",
        )


def _moves(session: Session, campaign: Campaign) -> bool:
    """Whether letters of it go out by themselves, now or at their time."""
    to_go = select(Message.id).where(
        Message.campaign_id == campaign.id,
        col(Message.replaced_at).is_(None),
        col(Message.state).in_((MessageState.QUEUED, MessageState.DEFERRED)),
    )
    return campaign.state is CampaignState.SCHEDULED and session.exec(to_go.limit(1)).first() is not None


def _set_aside(session: Session, campaign: Campaign, by: Actor) -> int:
    """Set aside the letters of an approval that holds no longer; a new one makes others."""
    moment = clock.now()
    letters = current_messages(session, campaign)
    for message in letters:
        assert message.id is not None
        message.replaced_at = moment
        session.add(message)
        session.add(
            DeliveryEvent(
                message_id=message.id,
                at=moment,
                kind=EventKind.REPLACED,
                who=by.name,
                actor_kind=by.kind,
                detail=KeptSentence("letter.campaign-changed", "the campaign was changed"),
            )
        )
    return len(letters)


@dataclass(frozen=True, slots=True)
class Deleted:
    """What goes, or went, with a campaign."""

    name: str
    version: int
    missions: int
    letters: int
    signatories: int


def would_delete(engine: Engine, name: str) -> Deleted:
    """Return what would go with a campaign. Nothing is written. Raises what `delete_campaign` raises."""
    with reading(engine) as session:
        return _deletable(session, name, None)[1]


def delete_campaign(engine: Engine, name: str, *, by: Actor, seen: int | None = None) -> Deleted:
    """Take a campaign away with all that belongs to it. What was only rehearsed counts for nobody.

    Raises CampaignError where a letter is out or on its way, mails belong to it, or a follow-up is planned;
    NotFoundError, ConflictError.
    """
    with writing(engine) as session:
        campaign, found = _deletable(session, name, seen)
        number = campaign.id
        letters = select(Message.id).where(Message.campaign_id == number).scalar_subquery()
        stands = select(Response.id).where(Response.campaign_id == number).scalar_subquery()
        # A letter to a corrected address points at the one before it.
        for message in session.exec(select(Message).where(Message.campaign_id == number)):
            message.corrects_id = None
            session.add(message)
        session.flush()
        for table in (Attempt, DeliveryEvent, Delivery, Frozen):
            session.exec(delete(table).where(col(table.message_id).in_(letters)))
        said = select(MissionComment.id).where(col(MissionComment.response_id).in_(stands)).scalar_subquery()
        session.exec(delete(CommentMention).where(col(CommentMention.comment_id).in_(said)))
        for told in (ResponseChange, Released, MissionComment):
            session.exec(delete(told).where(col(told.response_id).in_(stands)))
        for owned in (Message, Response, SignatoryList, Signatory):
            session.exec(delete(owned).where(col(owned.campaign_id) == number))
        session.delete(campaign)
        words = KeptSentence(
            "log.deleted", "{missions} {missions:*mission|missions}, {letters} {letters:*letter|letters}",
            missions=found.missions, letters=found.letters,
        )  # fmt: skip
        audit.record(session, by, Act.CAMPAIGN_DELETED, campaign=name, detail=words)
    return found


def _deletable(session: Session, name: str, seen: int | None) -> tuple[Campaign, Deleted]:
    campaign = as_seen(session, name, seen)
    _require_nothing_out(session, campaign, saying("delete.stays", "it stays"))
    if _moves(session, campaign):
        raise CampaignError(
            "change.scheduled",
            "The campaign {campaign!r} is scheduled. Nothing was done.",
            campaign=name,
            number=campaign.id,
            remedy="Cancel it first{CANCEL}.",
        )
    mails = (
        select(func.count(col(Reply.id)))
        .join(Message, col(Message.id) == col(Reply.message_id))
        .where(Message.campaign_id == campaign.id)
    )
    if count := session.exec(mails).one():
        raise CampaignError(
            "change.has-mails",
            "{count} {count:*mail belongs|mails belong} to letters of {campaign!r}. Nothing was done.",
            count=count,
            campaign=name,
            remedy="It stays, so that {count:*it does|they do}.",
        )

    def number_of(table: type[Response | Message | Signatory]) -> int:
        return session.exec(select(func.count()).select_from(table).where(table.campaign_id == campaign.id)).one()

    return campaign, Deleted(name, campaign.version, number_of(Response), number_of(Message), number_of(Signatory))
