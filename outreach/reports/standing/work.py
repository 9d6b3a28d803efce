"""What waits for people over all campaigns: the most urgent first, with the days to the vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, cast

from sqlmodel import Session, col, func, select

from outreach import clock
from outreach.campaigns.follow_up import NO_ANSWER
from outreach.campaigns.working_time import after_working_days
from outreach.inbox.undelivered import Undelivered
from outreach.models import Message, Response
from outreach.reports.calendar import days_to_the_vote
from outreach.reports.standing.situation import CampaignNow, Situation
from outreach.vocabulary import Answer, CampaignState, MessageState, Position

_PATIENCE = 5
"""Working days after the last letter, until who is silent is to be reminded."""


class WorkKind(StrEnum):
    """What is to be done, the most urgent first."""

    UNCERTAIN = "uncertain"
    APPROVAL = "approval"
    TO_LOOK_AT = "to look at"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    NO_ADDRESS = "no address"
    SETTLE = "settle"
    UNREAD = "unread"
    ASK_AGAIN = "ask again"
    CALL = "call"
    REMIND = "remind"


_AT_ONCE = frozenset({WorkKind.UNCERTAIN, WorkKind.APPROVAL, WorkKind.TO_LOOK_AT})
_OF_A_CANCELLED = frozenset({WorkKind.UNREAD, WorkKind.ASK_AGAIN})
"""What its missions said all the same."""
_BEFORE_THE_VOTE = frozenset({WorkKind.CALL, WorkKind.REMIND})


@dataclass(frozen=True, slots=True)
class Work:
    """One line of the list."""

    kind: WorkKind
    count: int
    number: int = 0
    """The campaign's; 0 for what is of no single one."""
    campaign: str = ""
    who: str = ""
    """Of an approval: who gave the first."""
    mail: int = 0
    """Of what missions asked for: the mail of the one that waits longest."""
    to_the_vote: int | None = None
    """Days, 0 on the day itself; None where it is not known or over."""


def silent(session: Session) -> dict[int, int]:
    """Return of each campaign how many missions have their letter, and have not told anything yet."""
    query = (
        select(Message.campaign_id, func.count())
        .join(
            Response, (col(Response.campaign_id) == Message.campaign_id) & (col(Response.iso3) == Message.iso3)
        )
        .where(
            col(Message.replaced_at).is_(None), Message.state == MessageState.SENT,
            Response.position == Position.UNKNOWN, col(Response.answer).in_((Answer.NONE, Answer.AUTO_REPLY)),
        )
        .group_by(col(Message.campaign_id))
    )  # fmt: skip
    return dict(cast("Any", session.exec(query).all()))


def work(now: Situation, silence: Mapping[int, int], undelivered: Sequence[Undelivered]) -> list[Work]:
    """Return what waits for people, the most urgent first: what is in doubt, then by the vote's day."""
    reminded = {
        one.campaign.follows_id for one in now.campaigns
        if one.campaign.follow_to == NO_ANSWER and one.campaign.state is not CampaignState.CANCELLED
    }  # fmt: skip
    today = now.around.now
    found = [] if not now.to_settle else [Work(WorkKind.SETTLE, now.to_settle)]
    if undelivered:
        found.append(Work(WorkKind.UNDELIVERED, len(undelivered)))
    for one in now.campaigns:
        local = today.astimezone(clock.zone(one.campaign.time_zone)).date()
        found += _of_campaign(one, silence.get(one.campaign.id or 0, 0), local, reminded=one.campaign.id in reminded)
    order = list(WorkKind)
    return sorted(
        found,
        key=lambda one: (
            one.kind not in _AT_ONCE,
            one.to_the_vote if one.to_the_vote is not None else 10_000,
            order.index(one.kind),
            one.campaign,
        ),
    )


def _of_campaign(one: CampaignNow, silence: int, today: date, *, reminded: bool) -> list[Work]:
    known, campaign = one.known, one.campaign
    left = days_to_the_vote(campaign, today)
    over = left is not None and left < 0
    due = [back for back in known.come_backs if back.due]  # the earliest first
    counts = {
        WorkKind.UNCERTAIN: known.uncertain.letters if known.uncertain else 0,
        WorkKind.APPROVAL: 1 if campaign.state is CampaignState.APPROVED_ONCE else 0,
        WorkKind.TO_LOOK_AT: known.to_look_at.letters if known.to_look_at else 0,
        WorkKind.FAILED: sum(some.letters for some in (known.failed, known.given_up) if some is not None),
        WorkKind.NO_ADDRESS: known.without_address.letters if known.without_address else 0,
        WorkKind.UNREAD: known.status.unread,
        WorkKind.ASK_AGAIN: len(due),
        WorkKind.CALL: known.status.positions.get(Position.UNDECIDED, 0),
        WorkKind.REMIND: 0 if reminded or not _patience_is_over(one) else silence,
    }
    if campaign.state is CampaignState.CANCELLED:
        counts = {kind: count for kind, count in counts.items() if kind in _OF_A_CANCELLED}
    return [
        Work(
            kind, count, campaign.id or 0, campaign.name, campaign.first_approved_by or "",
            due[0].mail if kind is WorkKind.ASK_AGAIN else 0, None if over else left,
        )
        for kind, count in counts.items()
        if count and not (over and kind in _BEFORE_THE_VOTE)
    ]  # fmt: skip


def _patience_is_over(one: CampaignNow) -> bool:
    """Whether a first letter has all gone out, some working days ago."""
    if one.campaign.follows_id is not None or one.known.to_go or one.last_due is None:
        return False
    zone = clock.zone(one.campaign.time_zone)
    return after_working_days(one.last_due, _PATIENCE, zone) <= clock.now()
