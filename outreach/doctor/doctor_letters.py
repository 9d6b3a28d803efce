"""The largest letter that waits, for what the mail server takes."""

from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from outreach import clock
from outreach.campaigns.too_large import ADDED_BYTES
from outreach.campaigns.trial import compose_trial
from outreach.database import reading
from outreach.errors import OutreachError
from outreach.models import Campaign, Message
from outreach.settings import Settings, mailbox
from outreach.vocabulary import CampaignState, MessageState

_WAITING = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.HELD)
_MOST_DRAFTS = 5


def largest_letter(engine: Engine, settings: Settings, templates: Path) -> tuple[int, str] | None:
    """Return the size in bytes of the largest letter that waits, and its campaign; None where none does.

    Of approved campaigns all letters are looked at, of drafts the first mission's, which is merged for it.
    """
    with reading(engine) as session:
        found = _approved(session)
        drafts = session.exec(
            select(Campaign.name)
            .where(col(Campaign.state).in_((CampaignState.DRAFT, CampaignState.APPROVED_ONCE)))
            .order_by(col(Campaign.id).desc())
            .limit(_MOST_DRAFTS)
        ).all()
    if settings.sender:
        to = mailbox(settings.sender)[1]
        for name in drafts:
            try:
                found.append((len(compose_trial(engine, settings, name, to=to, templates=templates).wire), name))
            except OutreachError:  # a draft that can't be merged yet: `campaign check` tells of that
                continue
    return max(found, default=None)


def any_in_hand(engine: Engine) -> bool:
    """Tell whether letters are going out at this moment."""
    with reading(engine) as session:
        in_hand = select(Message.id).where(col(Message.owner).is_not(None), col(Message.lease_until) > clock.now())
        return session.exec(in_hand.limit(1)).first() is not None


def _approved(session: Session) -> list[tuple[int, str]]:
    query = (
        select(Message.size, Campaign.name)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(col(Message.state).in_(_WAITING), col(Message.replaced_at).is_(None))
        .order_by(col(Message.size).desc())
        .limit(1)
    )
    return [(size + ADDED_BYTES, name) for size, name in session.exec(query)]
