"""A person's word on an uncertain letter."""

from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.database import writing
from outreach.errors import CampaignError, NotFoundError, UserError
from outreach.models import Campaign, Delivery, Message
from outreach.states import move
from outreach.vocabulary import CampaignState, DeliveryStatus, MessageState


def resolve(engine: Engine, message_id: int, decision: str, *, who: str) -> Message:
    """Settle an uncertain letter: `sent` if it arrived, `resend` if it is to go out again.

    Raises NotFoundError for a number that is no letter's, CampaignError for one that is not uncertain.
    """
    if decision not in ("sent", "resend"):
        raise UserError(f"{decision!r} is no decision.", cure="Say sent or resend.")
    now = clock.now()
    with writing(engine) as session:
        message = session.get(Message, message_id)
        if message is None:
            raise NotFoundError(f"There is no letter {message_id}.", cure="See `outreach messages list NAME`.")
        if message.state is not MessageState.UNCERTAIN or message.replaced_at is not None:
            raise CampaignError(
                f"Letter {message_id} to {message.iso3} is {message.state}: there is nothing to decide."
            )
        campaign = session.get_one(Campaign, message.campaign_id)
        if decision == "resend" and campaign.state is CampaignState.CANCELLED:
            raise CampaignError(
                f"The campaign {campaign.name!r} is cancelled: letter {message_id} can't go out again.",
                cure="Say sent if it arrived; else write to the mission in a new campaign.",
            )
        if decision == "resend":
            message.next_try_at = now
            message.reason = ""
            move(session, message, MessageState.QUEUED, who=who, detail="to be sent again")
            return message
        message.sent_at = message.sent_at or message.first_try_at or now
        message.delivery = message.delivery or DeliveryStatus.ACCEPTED
        message.reason = ""
        unsettled = select(Delivery).where(
            Delivery.message_id == message.id,
            col(Delivery.state).in_([MessageState.QUEUED, MessageState.DEFERRED]),
        )
        for recipient in session.exec(unsettled).all():
            recipient.state, recipient.status = MessageState.SENT, DeliveryStatus.ACCEPTED
            session.add(recipient)
        move(session, message, MessageState.SENT, who=who, detail="it arrived")
        return message
