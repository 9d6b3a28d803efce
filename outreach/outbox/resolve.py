"""A person's word on a letter that can't settle itself: one in doubt, one that the mail server refused, or one whose
mission has had this already."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, and_, or_
from sqlmodel import Session, col, select

from outreach import clock
from outreach.actors import Actor
from outreach.campaigns.had_already import had_already
from outreach.database import writing
from outreach.errors import CampaignError, NotFoundError, UserError
from outreach.ledger import Ledger, in_states
from outreach.models import Campaign, Delivery, Message
from outreach.people import audit
from outreach.sentences import KeptSentence, Sentence
from outreach.vocabulary import Act, CampaignState, DeliveryStatus, Hold, MessageState

_CAME_BACK = and_(col(Delivery.state) == MessageState.SENT, col(Delivery.status) == DeliveryStatus.BOUNCED)


def resolve(engine: Engine, message_id: int, decision: str, *, by: Actor) -> Message:
    """Settle one letter: see `resolve_all`."""
    (message,) = resolve_all(engine, [message_id], decision, by=by)
    return message


_ARRIVED = KeptSentence("letter.arrived", "it arrived")
_ONCE_MORE = KeptSentence("letter.once-more", "to be sent once more, to who has had it already")
_HAS_HAD_IT = KeptSentence("letter.has-had-it", "it has had it")


def resolve_all(engine: Engine, numbers: Sequence[int], decision: str, *, by: Actor) -> list[Message]:
    """Settle uncertain letters: `sent` if they arrived, `resend` if they are to go out again. What was refused, whether
    it is held or failed, or came back, is left with `cancel`: it is not to go out. What is held since its mission has
    had this already counts as `sent`, goes out once more with `resend`, or is left with `cancel`. All are settled, or
    none.

    Raises NotFoundError for a number that is no letter's, CampaignError for one that waits for no such word.
    """
    if decision not in ("sent", "resend", "cancel"):
        raise UserError(
            "letter.no-decision",
            "{decision!r} is no decision.",
            decision=decision,
            remedy="Say sent, resend or cancel.",
        )
    now = clock.now()
    with writing(engine) as session:
        for number in dict.fromkeys(numbers):
            _settle(session, number, decision, by, now)
        return [session.get_one(Message, number, populate_existing=True) for number in dict.fromkeys(numbers)]


def _settle(session: Session, message_id: int, decision: str, by: Actor, now: datetime) -> None:
    message = session.get(Message, message_id)
    if message is None:
        raise NotFoundError(
            "letter.not-there-of",
            "There is no letter {number}.",
            number=message_id,
            remedy="See {LETTERS:the campaign's letters}.",
        )
    if had_this_already(message) and decision != "cancel":
        _settle_held(session, message, decision, by, now)
        return
    left = was_refused(message) or had_this_already(message) or _missed_some(session, message)
    if decision == "cancel" and message.replaced_at is None and left:
        _leave(session, message, by)
        return
    if decision == "cancel" and message.state is MessageState.UNCERTAIN and message.replaced_at is None:
        raise CampaignError(
            "letter.sent-or-resend",
            "Letter {number} to {iso3} is uncertain: it may have arrived, and that can't be left open.",
            number=message_id,
            iso3=message.iso3,
            remedy="Say sent if it arrived, or resend if it is to go out again.",
        )
    if decision == "cancel" or message.state is not MessageState.UNCERTAIN or message.replaced_at is not None:
        raise CampaignError(
            "letter.nothing-to-decide",
            "Letter {number} to {iso3} is {state}: there is nothing to decide.",
            number=message_id,
            iso3=message.iso3,
            state=message.state,
        )
    campaign = session.get_one(Campaign, message.campaign_id)
    if decision == "resend":
        _require_going(campaign, message)
    ledger = Ledger(session)
    letter = ledger.read([message_id])[message_id]
    doubtful = in_states(MessageState.UNCERTAIN)
    if decision == "resend":
        words = KeptSentence("letter.again", "to be sent again")
        ledger.transition(
            letter, MessageState.QUEUED, only=doubtful, who=by, at=now, detail=words, next_try_at=now, reason=""
        )
    else:
        arrived = ledger.transition(
            letter, MessageState.SENT, only=doubtful, who=by, at=now, detail=_ARRIVED, reason=""
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


def had_this_already(message: Message) -> bool:
    """Whether a letter is held since its mission has had this already: a person says what it counts as."""
    held = message.state is MessageState.HELD and message.hold is Hold.HAD_ALREADY
    return held and message.replaced_at is None


def _require_going(campaign: Campaign, message: Message) -> None:
    if campaign.state is CampaignState.CANCELLED:
        raise CampaignError(
            "letter.campaign-cancelled",
            "The campaign {campaign!r} is cancelled: letter {number} can't go out again.",
            campaign=campaign.name,
            number=message.id,
            remedy="Say sent if it arrived; else write to the mission in a new campaign.",
        )


def _settle_held(session: Session, message: Message, decision: str, by: Actor, now: datetime) -> None:
    """Take a letter as sent whose mission has had it, with what is known of that; or let it go all the same."""
    assert message.id is not None
    campaign = session.get_one(Campaign, message.campaign_id)
    ledger = Ledger(session)
    letter = ledger.read([message.id])[message.id]
    held = in_states(MessageState.HELD)
    if decision == "resend":
        _require_going(campaign, message)
        due = letter["next_try_at"]
        ledger.transition(
            letter, MessageState.QUEUED, only=held, who=by, at=now, detail=_ONCE_MORE, hold=None, reason="",
            next_try_at=due if due is None else max(due, now), once_more_at=now,
        )  # fmt: skip
    else:
        had = had_already(session.connection(), [message.id]).get(message.id)
        at = now if had is None or had.at is None else had.at
        words = _HAS_HAD_IT if had is None else KeptSentence(
            "letter.has-had-it-by", "it has had it: {what}, by the campaign {campaign}",
            what=Sentence("had.same", had.what), campaign=had.campaign,
        )  # fmt: skip
        # Its own bytes never left: no copy of them is to be filed as sent.
        counted = ledger.transition(
            letter, MessageState.SENT, only=held, who=by, at=now, detail=words, hold=None, reason="",
            filed_at=now, archived_at=now,
        )  # fmt: skip
        for one in counted:
            ledger.change_delivery(one, sent_at=at, status=DeliveryStatus.ACCEPTED, rehearsed=False)
    ledger.write()
    what = f"letter {message.id} to {message.iso3}"
    audit.record(session, by, Act.LETTER_SETTLED, what, decision, campaign=campaign.name, iso3=message.iso3)


def was_refused(message: Message) -> bool:
    """Whether the mail server refused a letter, which now waits for a person, or has failed."""
    held = message.state is MessageState.HELD and message.hold is Hold.REFUSED
    return held or message.state is MessageState.FAILED


def _missed_some(session: Session, message: Message) -> bool:
    """Whether a letter went out, and did not reach an address of it: that was refused, or it came back from there."""
    missed = select(Delivery.id).where(
        Delivery.message_id == message.id,
        or_(col(Delivery.state) == MessageState.FAILED, _CAME_BACK),
    )
    return message.state is MessageState.SENT and session.exec(missed.limit(1)).first() is not None


def _leave(session: Session, message: Message, by: Actor) -> None:
    """Let a letter be that was refused, or came back: a person has looked, and it counts as undelivered no more."""
    assert message.id is not None
    now = clock.now()
    ledger = Ledger(session)
    letter = ledger.read([message.id])[message.id]
    came_back = [
        one for one in letter["deliveries"]
        if one["state"] is MessageState.SENT and one["status"] is DeliveryStatus.BOUNCED
    ]  # fmt: skip
    if came_back:  # nobody has that copy
        back = lambda row: row in came_back  # noqa: E731  (as short as it is)
        ledger.transition(letter, MessageState.QUEUED, only=back, who=by, at=now, recorded=False)
        for one in came_back:
            ledger.change_delivery(one, status=None, sent_at=None)
    left = in_states(MessageState.HELD, MessageState.FAILED)
    words = KeptSentence("letter.left", "it is not to be sent")
    ledger.transition(
        letter, MessageState.CANCELLED, only=lambda row: left(row) or row in came_back, who=by, at=now, detail=words,
        hold=None,
    )  # fmt: skip
    ledger.write()
    campaign = session.get_one(Campaign, message.campaign_id)
    what = f"letter {message.id} to {message.iso3}"
    audit.record(session, by, Act.LETTER_SETTLED, what, "cancel", campaign=campaign.name, iso3=message.iso3)
