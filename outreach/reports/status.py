"""The status of a campaign in numbers: how many letters, deliveries, answers and positions of each kind."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlmodel import Session, col, func

from outreach.campaigns.failures import refused_beside_others
from outreach.models import Campaign, Message, Response
from outreach.vocabulary import Answer, CampaignState, DeliveryStatus, MessageState, Position

_SILENT = (Answer.NONE, Answer.AUTO_REPLY)


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """What a campaign has come to. The maps hold only words that occur, in the order of their closed lists."""

    campaign: str
    missions: int
    messages: dict[str, int]
    delivery: dict[str, int]
    """Of the messages that have one, which are those that went out."""
    answers: dict[str, int]
    positions: dict[str, int]
    state: CampaignState
    reason: str
    rehearsed: int
    """How many messages went to the rehearsal server only, and so to nobody."""
    reached_some: int = 0
    """How many letters some of their addresses have, and another refused, while their mission is silent."""
    approvals: int = 1
    """How many people have to approve its letters."""
    approved_by: tuple[str, ...] = ()
    """Who has approved them as they are."""
    unread: int = 0
    """How many missions have answered, with no position set yet."""

    def has(self, *states: MessageState) -> bool:
        """Whether any message is in one of those states."""
        return any(state in self.messages for state in states)

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `campaign status --json` prints; who approved is told where two have to."""
        asked = {"asked": self.approvals, "given_by": list(self.approved_by)}
        return {
            "campaign": self.campaign,
            "missions": self.missions,
            "messages": self.messages,
            "delivery": self.delivery,
            "answers": self.answers,
            "positions": self.positions,
            "state": self.state.value,
            "reason": self.reason,
            "mode_rehearsed": self.rehearsed,
            **({"approvals": asked} if self.approvals > 1 else {}),
        }


def status(session: Session, campaign: Campaign) -> CampaignStatus:
    """Count what a campaign has come to, over its missions and the messages that no later approval replaced."""
    return statuses(session, [campaign])[0]


def statuses(session: Session, campaigns: Sequence[Campaign], *, partly: bool = True) -> list[CampaignStatus]:
    """Return the status of each campaign, in the order given. However many there are, it takes three statements.

    Without `partly`, letters that reached some of their addresses are not counted: that looks at each letter.
    """
    numbers = {"numbers": [one.id for one in campaigns]}
    some = dict(session.execute(_reached_some(), numbers).all()) if partly else {}
    messages, responses = defaultdict(list), defaultdict(list)
    connection = session.connection()
    for number, *kind in connection.execute(_messages(), numbers):
        messages[number].append(kind)
    for number, *kind in connection.execute(_responses(), numbers):
        responses[number].append(kind)
    return [_status(one, messages[one.id], responses[one.id], some.get(one.id, 0)) for one in campaigns]


def reached_some(session: Session, campaign: Campaign) -> int:
    """Return how many letters of a campaign some of their addresses have, and another refused; of silent missions."""
    found = session.execute(_reached_some(), {"numbers": [campaign.id]}).first()
    return found[1] if found is not None else 0


@cache
def _messages() -> Any:
    of = (col(Message.campaign_id), col(Message.state), col(Message.delivery), col(Message.rehearsed))
    which = (col(Message.campaign_id).in_(bindparam("numbers", expanding=True)), col(Message.replaced_at).is_(None))
    return select(*of, func.count()).where(*which).group_by(*of)


@cache
def _reached_some() -> Any:
    theirs = (col(Response.campaign_id) == col(Message.campaign_id)) & (col(Response.iso3) == col(Message.iso3))
    return (
        select(col(Message.campaign_id), func.count(col(Message.id)))
        .outerjoin(Response, theirs)
        .where(
            col(Message.campaign_id).in_(bindparam("numbers", expanding=True)),
            col(Message.replaced_at).is_(None),
            refused_beside_others(),
            or_(col(Message.delivery).is_(None), col(Message.delivery) != DeliveryStatus.BOUNCED),  # counted as such
            is_silent(),
        )
        .group_by(col(Message.campaign_id))
    )


def is_silent() -> ColumnElement[bool]:
    """Whether a mission has said nothing yet, by mail or otherwise: what SQL asks of its response."""
    return and_(
        or_(col(Response.answer).is_(None), col(Response.answer).in_(_SILENT)),
        or_(col(Response.position).is_(None), col(Response.position) == Position.UNKNOWN),
    )


@cache
def _responses() -> Any:
    of = (col(Response.campaign_id), col(Response.answer), col(Response.position))
    which = col(Response.campaign_id).in_(bindparam("numbers", expanding=True))
    return select(*of, func.count()).where(which).group_by(*of)


def _status(campaign: Campaign, messages: Iterable[Any], responses: Sequence[Any], reached_some: int) -> CampaignStatus:
    return CampaignStatus(
        campaign=campaign.name,
        missions=sum(number for *_, number in responses),
        messages=_tally(MessageState, ((state, number) for state, _, _, number in messages)),
        delivery=_tally(DeliveryStatus, ((delivery, number) for _, delivery, _, number in messages)),
        answers=_tally(Answer, ((answer, number) for answer, _, number in responses)),
        positions=_tally(Position, ((position, number) for _, position, number in responses)),
        state=campaign.state,
        reason=campaign.reason,
        rehearsed=sum(number for _, _, rehearsed, number in messages if rehearsed),
        reached_some=reached_some,
        approvals=campaign.approvals,
        approved_by=_approved_by(campaign),
        unread=sum(number for *kind, number in responses if kind == [Answer.REPLIED, Position.UNKNOWN]),
    )


def _approved_by(campaign: Campaign) -> tuple[str, ...]:
    if campaign.state is CampaignState.DRAFT:
        return ()
    if campaign.state is CampaignState.APPROVED_ONCE:
        return (campaign.first_approved_by,)
    if campaign.first_approved_by:
        return (campaign.first_approved_by, campaign.approved_by.removeprefix(f"{campaign.first_approved_by} and "))
    return (campaign.approved_by,) if campaign.approved_by else ()


def _tally(words: type[StrEnum], counted: Iterable[tuple[StrEnum | None, int]]) -> dict[str, int]:
    totals: dict[StrEnum | None, int] = {}
    for word, number in counted:
        totals[word] = totals.get(word, 0) + number
    return {said: totals[word] for word, said in _said(words) if word in totals} if totals else {}


@cache
def _said(words: type[StrEnum]) -> tuple[tuple[StrEnum, str], ...]:
    return tuple((word, word.value) for word in words)
