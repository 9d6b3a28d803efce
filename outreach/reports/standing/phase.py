"""How far a campaign has come, in one word for people: its state, or `finished` once nothing of it is left to do.

Where letters did not arrive, or at some of their addresses only, and nobody has settled that, it is
`finished, 3 not delivered`.

A campaign whose letters have all come to an end is finished only if none waits, is held or is in doubt, no mission
is without its letter, and no follow-up of it is still to go.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlmodel import Session, col, select

from outreach.catalogues import Tongue
from outreach.models import Campaign, Message
from outreach.reports.status import CampaignStatus, reached_some
from outreach.reports.table import MissionRow
from outreach.sentences import KeptSentence
from outreach.vocabulary import CampaignState, DeliveryStatus, MessageState

FINISHED = KeptSentence("stage.all-finished", "finished")
_OVER = frozenset({MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED})


def followed(session: Session) -> set[int]:
    """Return the numbers of the campaigns of which a follow-up has letters that may still go out."""
    return {number for number in session.exec(_followed()) if number is not None}


@cache
def _followed() -> Any:
    to_go = select(Message.id).where(
        col(Message.campaign_id) == col(Campaign.id), col(Message.replaced_at).is_(None),
        col(Message.state).in_([state for state in MessageState if state not in _OVER]),
    )  # fmt: skip
    return select(Campaign.follows_id).where(
        col(Campaign.follows_id).is_not(None), col(Campaign.state) != CampaignState.CANCELLED, to_go.exists()
    )


def stage(campaign: Campaign, status: CampaignStatus, followed_up: Collection[int], *, live: bool) -> str:
    """Return the word for how far a campaign has come. `followed_up` is what `followed` returns.

    In live mode, letters that went to the rehearsal server only are still to be sent.
    """
    over = _is_over(campaign, status.missions, status.messages)
    if not over or campaign.id in followed_up or (live and status.rehearsed):
        return str(campaign.state)
    bounced = status.delivery.get(DeliveryStatus.BOUNCED, 0)
    return _finished(status.messages.get(MessageState.FAILED, 0) + bounced + status.reached_some)


def stage_of(session: Session, campaign: Campaign, found: CampaignStatus | Sequence[MissionRow], *, live: bool) -> str:
    """Return the word for how far one campaign has come, by its numbers or by its rows."""
    if isinstance(found, CampaignStatus):
        word = stage(campaign, found, (), live=live)
    else:
        letters = Counter(str(row.message_state) for row in found if row.message_state is not None)
        over = _is_over(campaign, len(found), letters) and not (live and any(row.rehearsed for row in found))
        bounced = sum(row.delivery is DeliveryStatus.BOUNCED for row in found)
        partly = reached_some(session, campaign) if over else 0
        word = _finished(letters[str(MessageState.FAILED)] + bounced + partly) if over else str(campaign.state)
    return str(campaign.state) if is_finished(word) and campaign.id in followed(session) else word


def stage_in_words(word: str, say: Tongue) -> str:
    """Return a word of `stage` in a language."""
    if isinstance(word, KeptSentence):
        return word.sentence.said(say)
    return say(word) if word == FINISHED else say.about("CampaignState", word)


def is_finished(word: str) -> bool:
    """Whether a word of `stage` says that nothing more goes out."""
    return word.startswith(FINISHED)


@cache  # a word of a number, and mostly of a few
def _finished(undelivered: int) -> str:
    if not undelivered:
        return FINISHED
    return KeptSentence("stage.finished", "finished, {count} not delivered", count=undelivered)


def _is_over(campaign: Campaign, missions: int, letters: Mapping[str, int]) -> bool:
    # Approved letters that are all out need no time: a copy that was brought back was led to them.
    out = campaign.state is CampaignState.APPROVED and letters.get(MessageState.SENT, 0) > 0
    return (
        (campaign.state is CampaignState.SCHEDULED or out)
        and sum(letters.values()) == missions > 0
        and all(MessageState(state) in _OVER for state in letters)
    )
