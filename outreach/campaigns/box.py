"""The box of answers: a follow-up goes out only once everything has been read that came before it was due."""

from datetime import datetime

import sqlalchemy
from sqlalchemy import Connection, and_, func, or_, update
from sqlmodel import Session, col, select

from outreach import clock
from outreach.models import Campaign, Identity, Mailbox, Message, Reply, Suggestion
from outreach.sentences import Moment, Remedy, Sentence, saying
from outreach.vocabulary import Answer, Answering, CampaignState, MessageState, SuggestionKind

_OPEN = (MessageState.QUEUED, MessageState.DEFERRED)
CURE = Remedy(
    "Read the box{SYNC}, or take in the mails as files{INGEST}. "
    "Where there is no such box: no_mailbox = true in outreach.toml."
)


LOOK = Remedy("Say of each whether it is{PROPOSALS}.")


def note_box_read(session: Session, at: datetime) -> None:
    """Note that what lay in the box at a moment has been read to its end: that moment, not the end of the reading."""
    later = or_(col(Identity.inbox_read_at).is_(None), col(Identity.inbox_read_at) < at)
    session.connection().execute(update(Identity).where(later).values(inbox_read_at=at))


def box_read_at(session: Session) -> datetime | None:
    """Return the moment up to which answers were read; None if they never were."""
    return session.exec(select(Identity.inbox_read_at)).first()


def waiting_for_box(session: Session, *, no_mailbox: bool, campaign: Campaign | None = None) -> int:
    """Return how many follow-ups are due and wait for the box to be read: of one campaign, or of all.

    `no_mailbox` is the setting that says that there is no box.
    """
    if no_mailbox or (campaign is not None and campaign.follows_id is None):
        return 0
    query = (
        select(func.count(col(Message.id)))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            col(Campaign.state) == CampaignState.SCHEDULED,
            col(Campaign.follows_id).is_not(None),
            col(Campaign.no_mailbox_by) == "",
            col(Message.replaced_at).is_(None),
            col(Message.state).in_(_OPEN),
            col(Message.next_try_at) <= clock.now(),
        )
    )
    if (read_at := box_read_at(session)) is not None:
        query = query.where(col(Message.due_at) > read_at)
    if campaign is not None:
        query = query.where(col(Campaign.id) == campaign.id)
    return session.exec(query).one()


def missions_to_look_at(connection: Connection) -> set[tuple[int, str]]:
    """Return the missions of which a mail waits for a person that may be their answer, or may tell that their letter
    did not arrive, each with its campaign.

    A mail about a follow-up may answer the letter that it follows, which is the campaign that is told.
    """
    campaign = func.coalesce(col(Campaign.follows_id), col(Campaign.id))
    asked = (
        sqlalchemy.select(campaign, col(Message.iso3))
        .select_from(Suggestion)
        .join(Reply, col(Reply.id) == col(Suggestion.reply_id))
        .join(Message, col(Message.id) == col(Suggestion.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            or_(
                col(Suggestion.kind) == SuggestionKind.BOUNCED,
                and_(
                    col(Suggestion.kind) == SuggestionKind.ANSWER,
                    or_(col(Suggestion.value) == Answer.REPLIED.value, col(Reply.counts) == Answering.DOUBTFUL),
                ),
            ),
            col(Suggestion.accepted).is_(None),
        )
    )  # fmt: skip
    return {(number, iso3) for number, iso3 in connection.execute(asked)}


def looked_at_in_words(session: Session, campaign: Campaign) -> Sentence | None:
    """Say that reminders of a campaign wait for mails to be looked at, and the cure; None if none do."""
    first = campaign.follows_id
    if first is None or campaign.state is not CampaignState.SCHEDULED:
        return None
    missions = sorted(iso3 for number, iso3 in missions_to_look_at(session.connection()) if number == first)
    query = select(Message.iso3).where(
        Message.campaign_id == campaign.id, col(Message.replaced_at).is_(None), col(Message.state).in_(_OPEN),
        col(Message.next_try_at) <= clock.now(), col(Message.iso3).in_(missions),
    )  # fmt: skip
    waiting = sorted(session.exec(query).all()) if missions else []
    if not waiting:
        return None
    return saying(
        "box.to-look-at",
        "{count} {count:*reminder waits|reminders wait} until somebody has looked at a mail that may be the answer, or "
        "say that the letter did not arrive: {missions}. {remedy}",
        count=len(waiting), missions=", ".join(waiting), remedy=LOOK,
    )  # fmt: skip


def wait_in_words(session: Session, campaign: Campaign, *, no_mailbox: bool) -> Sentence | None:
    """Say that follow-ups of a campaign wait for the box, when that was read last, and the cure; None if none do."""
    waiting = waiting_for_box(session, no_mailbox=no_mailbox, campaign=campaign)
    if not waiting:
        return None
    read_at = box_read_at(session)
    last = (
        saying("box.last", "last on {at}", at=Moment(read_at, campaign.time_zone))
        if read_at
        else saying("box.never", "never")
    )
    for name, trouble in session.exec(select(Mailbox.name, Mailbox.trouble).where(col(Mailbox.trouble) != "")):
        last = saying("box.folder", "{last}; {folder}: {trouble}", last=last, folder=name, trouble=trouble)
    return saying(
        "box.unread",
        "{count} {count:*follow-up is due, and waits|follow-ups are due, and wait} until the answers that came before "
        "that are read "
        "(the box was read {last}). {remedy}",
        count=waiting, last=last, remedy=CURE,
    )  # fmt: skip
