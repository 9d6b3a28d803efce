"""Is this mission to get this by another campaign too? The same letter, subject or text, approved and not out yet.

Whichever goes first is sent; the gate then holds the other. So it is told while people can still choose, when a
campaign is made, checked, approved and scheduled.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.had_already import SAME, Planned, is_nearly
from outreach.campaigns.near_letters import with_difference
from outreach.letters.likeness import Likeness
from outreach.missions.directory import list_missions
from outreach.missions.names import NamedStates
from outreach.models import Campaign, Message
from outreach.sentences import Moment, Sentence, saying
from outreach.vocabulary import CampaignState, MessageState

_GOING = (MessageState.QUEUED, MessageState.DEFERRED)
_APPROVED = (
    CampaignState.APPROVED_ONCE,
    CampaignState.APPROVED,
    CampaignState.SCHEDULED,
    CampaignState.PAUSED,
    CampaignState.WAITING,
)
_MOST_IN_A_QUERY = 500  # SQLite bounds the variables of a statement


@dataclass(frozen=True, slots=True)
class Alongside:
    """A mission to which another campaign is about to send just this."""

    iso3: str
    mission: str
    campaign: str
    """The other campaign."""
    state: str
    at: datetime | None
    """When it is due there; None where that has no time yet."""
    what: str
    """What is the same: the letter, the subject or the text."""
    near: Likeness | None = field(default=None, metadata={"json": False})
    """How the two texts differ, where they are nearly the same."""


def alongside(session: Session, campaign: Campaign, planned: Sequence[Planned] | None = None) -> tuple[Alongside, ...]:
    """Return, by ISO3, the missions that are to get this by another campaign too.

    `planned` are the letters of the campaign; where they are frozen, and it is not given, those that are still to go.
    """
    others = _about_to_send(session, campaign)
    if not others:
        return ()
    if planned is None:
        own = select(Message).where(
            col(Message.campaign_id) == campaign.id,
            col(Message.replaced_at).is_(None),
            col(Message.state).in_(_GOING),
        )
        planned = [
            Planned(one.iso3, one.subject, one.text_digest, one.language, number=one.id) for one in session.exec(own)
        ]
    asked = {one.iso3: one for one in planned}
    codes = sorted(asked)
    found: dict[str, tuple[str, str, datetime | None, str, Likeness | None]] = {}
    for start in range(0, len(codes), _MOST_IN_A_QUERY):
        query = (
            select(Message, Campaign)
            .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
            .where(
                col(Message.iso3).in_(codes[start : start + _MOST_IN_A_QUERY]),
                col(Message.campaign_id).in_(others),
                col(Message.replaced_at).is_(None),
                col(Message.state).in_(_GOING),
            )
            .order_by(col(Message.id))
        )
        for letter, other in session.exec(query):
            assert letter.id is not None
            what = asked[letter.iso3].is_as(
                letter.subject, letter.text_digest, letter=other.letter == campaign.letter,
                follows=campaign.follows_id is not None,
            )  # fmt: skip
            near = (
                None
                if what
                else is_nearly(session.connection(), asked[letter.iso3], letter.language, letter.id, letter.text_digest)
            )
            if what or near is not None:
                found[letter.iso3] = (other.name, str(other.state), letter.due_at, what or SAME[-1], near)
    if not found:
        return ()
    names = {one.iso3: one.short_name for one in list_missions(session, include_absent=True)}
    return tuple(Alongside(iso3, names.get(iso3, iso3), *found[iso3]) for iso3 in sorted(found))


def _about_to_send(session: Session, campaign: Campaign) -> list[int]:
    """The other campaigns that have letters to go: mostly a few, of which no other letter need be looked at."""
    to_go = select(Message.id).where(
        col(Message.campaign_id) == col(Campaign.id), col(Message.replaced_at).is_(None),
        col(Message.state).in_(_GOING),
    )  # fmt: skip
    query = select(Campaign.id).where(Campaign.id != campaign.id, col(Campaign.state).in_(_APPROVED), to_go.exists())
    return [number for number in session.exec(query) if number is not None]


def lines_of(missions: Sequence[Alongside], zone: ZoneInfo) -> list[Sentence]:
    """Say, for each campaign and time, which missions are to get what."""
    groups: dict[tuple[str, CampaignState, datetime | None, str, Likeness | None], list[tuple[str, str]]]
    groups = defaultdict(list)
    for one in missions:
        at = None if one.at is None else one.at.replace(second=0, microsecond=0)
        groups[one.campaign, CampaignState(one.state), at, one.what, one.near].append((one.iso3, one.mission))
    return [
        with_difference(saying(
            "had.to-go", "{what} is to go by the campaign {campaign} ({state}{at}) to {missions}",
            what=Sentence("had.same", what), campaign=campaign, missions=NamedStates(named),
            at="" if at is None else saying("had.due", ", {due}", due=Moment(at, zone.key)),
            state=Sentence("", "{state}", {"state": state}),
        ), near)
        for (campaign, state, at, what, near), named in groups.items()
    ]  # fmt: skip


def alongside_in_words(campaign: Campaign, missions: Sequence[Alongside]) -> list[Sentence]:
    """Say which missions are to get this by another campaign too, and what comes of that; nothing if none."""
    if not missions:
        return []
    head = saying(
        "had.alongside",
        "{campaign}: {count} of its missions {count:*is|are} to get this by another campaign too. In live mode only "
        "what goes first is sent, and the other is held.",
        campaign=campaign.name, count=len(missions),
    )  # fmt: skip
    return [
        head,
        *(saying("had.line", "  {line}", line=one) for one in lines_of(missions, clock.zone(campaign.time_zone))),
    ]
