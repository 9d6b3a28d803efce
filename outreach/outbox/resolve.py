"""A person's word on an uncertain letter."""

from sqlalchemy import Engine

from outreach import clock
from outreach.actors import Actor
from outreach.database import writing
from outreach.errors import CampaignError, NotFoundError, UserError
from outreach.ledger import Ledger, in_states
from outreach.models import Campaign, Message
from outreach.people import audit
from outreach.vocabulary import Act, CampaignState, DeliveryStatus, MessageState


def resolve(engine: Engine, message_id: int, decision: str, *, by: Actor) -> Message:
    """Settle an uncertain letter: `sent` if it arrived, `resend` if it is to go out again.

    Raises NotFoundError for a number that is no letter's, CampaignError for one that is not uncertain.
    """
    if decision not in ("sent", "resend"):
        raise UserError(
            "letter.no-decision", "{decision!r} is no decision.", decision=decision, remedy="Say sent or resend."
        )
    now = clock.now()
    with writing(engine) as session:
        message = session.get(Message, message_id)
        if message is None:
            raise NotFoundError(
                "letter.not-there-of",
                "There is no letter {number}.",
                number=message_id,
                remedy="See {LETTERS:the campaign's letters}.",
            )
        if message.state is not MessageState.UNCERTAIN or message.replaced_at is not None:
            raise CampaignError(
                "letter.nothing-to-decide",
                "Letter {number} to {iso3} is {state}: there is nothing to decide.",
                number=message_id,
                iso3=message.iso3,
                state=message.state,
            )
        campaign = session.get_one(Campaign, message.campaign_id)
        if decision == "resend" and campaign.state is CampaignState.CANCELLED:
            raise CampaignError(
                "letter.campaign-cancelled",
                "The campaign {campaign!r} is cancelled: letter {number} can't go out again.",
                campaign=campaign.name,
                number=message_id,
                remedy="Say sent if it arrived; else write to the mission in a new campaign.",
            )
        ledger = Ledger(session)
        letter = ledger.read([message_id])[message_id]
        doubtful = in_states(MessageState.UNCERTAIN)
        if decision == "resend":
            words = "to be sent again"
            ledger.transition(
                letter, MessageState.QUEUED, only=doubtful, who=by, at=now, detail=words, next_try_at=now, reason=""
            )
        else:
            arrived = ledger.transition(
                letter, MessageState.SENT, only=doubtful, who=by, at=now, detail="it arrived", reason=""
            )
            for one in arrived:
                ledger.change_delivery(
                    one,
                    sent_at=one["sent_at"] or letter["first_try_at"] or now,
                    status=one["status"] or DeliveryStatus.ACCEPTED,
                )
        ledger.write()
        what = f"letter {message_id} to {message.iso3}"
        audit.record(session, by, Act.LETTER_SETTLED, what, decision, campaign=campaign.name, iso3=message.iso3)
        return session.get_one(Message, message_id, populate_existing=True)
