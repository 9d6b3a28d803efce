"""The status of a campaign in numbers: how many letters, deliveries, answers and positions of each kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, func, select

from outreach.models import Answer, Campaign, CampaignState, Delivery, Message, MessageState, Position, Response


@dataclass(frozen=True, slots=True)
class Status:
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
    approvals: int = 1
    """How many people have to approve its letters."""
    approved_by: tuple[str, ...] = ()
    """Who has approved them as they are."""

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


def status(session: Session, campaign: Campaign) -> Status:
    """Count what a campaign has come to, over its missions and the messages that no later approval replaced."""
    messages = session.exec(
        select(Message.state, Message.delivery, Message.rehearsed, func.count())
        .where(Message.campaign_id == campaign.id, col(Message.replaced_at).is_(None))
        .group_by(col(Message.state), col(Message.delivery), col(Message.rehearsed))
    ).all()
    responses = session.exec(
        select(Response.answer, Response.position, func.count())
        .where(Response.campaign_id == campaign.id)
        .group_by(col(Response.answer), col(Response.position))
    ).all()
    return Status(
        campaign=campaign.name,
        missions=sum(number for *_, number in responses),
        messages=_tally(MessageState, ((state, number) for state, _, _, number in messages)),
        delivery=_tally(Delivery, ((delivery, number) for _, delivery, _, number in messages)),
        answers=_tally(Answer, ((answer, number) for answer, _, number in responses)),
        positions=_tally(Position, ((position, number) for _, position, number in responses)),
        state=campaign.state,
        reason=campaign.reason,
        rehearsed=sum(number for _, _, rehearsed, number in messages if rehearsed),
        approvals=campaign.approvals,
        approved_by=_approved_by(campaign),
    )


def _approved_by(campaign: Campaign) -> tuple[str, ...]:
    if campaign.state is CampaignState.DRAFT:
        return ()
    if campaign.state is CampaignState.APPROVED_ONCE:
        return (campaign.first_approved_by,)
    if campaign.first_approved_by:
        return (campaign.first_approved_by, campaign.approved_by.removeprefix(f"{campaign.first_approved_by} and "))
    return (campaign.approved_by,) if campaign.approved_by else ()


def _tally(words: type[StrEnum], counted: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    totals = dict.fromkeys((word.value for word in words), 0)
    for word, number in counted:
        if word is not None:
            totals[words(word).value] += number
    return {word: number for word, number in totals.items() if number}
