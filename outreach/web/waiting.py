"""What waits for a person, for every page of the desk: campaigns that stand still, letters in doubt, approvals."""

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from outreach import clock
from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.errors import OutreachError
from outreach.reports.standing import situation
from outreach.reports.standing.next_steps import Stopped
from outreach.reports.standing.situation import CampaignNow
from outreach.vocabulary import CampaignState, Stop
from outreach.web.desk import Desk
from outreach.web.step_links import StepLink, around_desk, looked_at, way
from outreach.wording import box_in_words, copies_said, retention_in_words, stop_in_words

MOST = 3
_MEANT_OR_TOLD = (Stop.PAUSED, Stop.COPY)
"""What a person wants to stand still, and what every page has a line of its own for."""


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One campaign that waits for a person: why, and where it is seen to."""

    number: int
    name: str
    words: str
    link: StepLink


def situation_at(desk: Desk, *, whole: bool = False) -> situation.Situation:
    """Return where every campaign stands now; nothing is read while nothing was committed since.

    With `whole`, as every page needs it, nothing of single letters but which are in doubt.
    """
    found = desk.read(("situation", whole), lambda session: situation.read(session, desk.settings, whole=whole))
    return situation.judge(found, desk.settings, around_desk(desk), here=looked_at(desk))


def to_settle_at(desk: Desk) -> int:
    """Return how many mails wait for somebody's word: the number that every page shows."""
    return situation_at(desk, whole=True).to_settle


@dataclass(frozen=True, slots=True)
class WaitingNow:
    """All that every page tells of."""

    to_settle: int = 0
    """How many mails wait for somebody's word."""

    lines: tuple[WaitingLine, ...] = ()
    copies: tuple[str, ...] = ()
    """The copies of what went out that fail, what is odd about the box of answers, and what is going to be erased."""


def waiting_now(desk: Desk, say: Tongue = ENGLISH_TONGUE, me: str = "") -> WaitingNow:
    """Return what waits for a person, of each campaign the first thing; nothing where that can't be read.

    `me` looks: whose approval was the first is not asked for the second.

    The page itself says then what is wrong with the database.
    """
    try:
        return told_of(desk, situation_at(desk, whole=True), say, me)
    except (OutreachError, SQLAlchemyError):
        return WaitingNow()


def told_of(desk: Desk, now: situation.Situation, say: Tongue = ENGLISH_TONGUE, me: str = "") -> WaitingNow:
    """Return what of a situation waits for a person, of each campaign the first thing."""
    lines = (_line(one, desk, say, me) for one in now.campaigns)
    went = say("They went out all the same.")
    copies = tuple(f"{copies_said(one).said(say)} {went}" for one in now.copies if one.trouble)
    odd = tuple(filter(None, (box_in_words(one, say) for one in now.boxes)))
    kept = (retention_in_words(now.retention, desk.settings.tz, say),) if now.retention is not None else ()
    return WaitingNow(now.to_settle, tuple(line for line in lines if line is not None), copies + odd + kept)


def _line(one: CampaignNow, desk: Desk, say: Tongue, me: str) -> WaitingLine | None:
    campaign = one.campaign
    stop = next((stop for stop in one.stops if _waits(stop, desk)), None)
    if stop is not None:
        words = stop_in_words(stop, clock.zone(campaign.time_zone), one.known.status.missions, say)
        return WaitingLine(campaign.id or 0, campaign.name, words, way(stop.step))
    if campaign.state is CampaignState.APPROVED_ONCE and (campaign.first_approved_by != me or not me):
        words = say("{who} has approved it; a second person has to.", who=campaign.first_approved_by)
        return WaitingLine(campaign.id or 0, campaign.name, words, way(one.next))
    return None


def _waits(stop: Stopped, desk: Desk) -> bool:
    if stop.stop is Stop.NO_WORKER:
        return stop.blocks and not desk.sends  # of a desk's own sender its banner tells
    if stop.stop is Stop.SETTINGS:
        return not desk.sends
    return stop.stop is Stop.UNCERTAIN or (stop.whole and stop.stop not in _MEANT_OR_TOLD)
