"""What a person has to do next about one mission, in a short sentence.

The first word tells the kind, and a workbook colours by it: `Wait` and `Nothing` ask for no hand; all others do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from outreach import clock
from outreach.text import one_line
from outreach.vocabulary import Answer, CampaignState, DeliveryStatus, Hold, MessageState, Position

_WORDS_OF_A_SERVER = 160
"""The most characters quoted of a server's answer: it may be pages long."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An address that a copy of the letter did not reach, and the server's words."""

    address: str
    bounced: bool
    """True for a bounce after the letter was accepted, False for a refusal when it was handed over."""
    words: str


@dataclass(frozen=True, slots=True)
class StepFacts:
    """All that the next step depends on."""

    tz: ZoneInfo
    campaign_state: CampaignState
    campaign_reason: str = ""
    message_state: MessageState | None = None
    """None while there is no letter."""
    hold: Hold | None = None
    reason: str = ""
    smtp_reply: str = ""
    due_at: datetime | None = None
    next_try_at: datetime | None = None
    delivery: DeliveryStatus | None = None
    failures: Sequence[Failure] = ()
    answer: Answer = Answer.NONE
    position: Position = Position.UNKNOWN


def next_step(facts: StepFacts) -> str:
    """Return what to do next about a mission, as one line."""
    if facts.answer is Answer.REPLIED and facts.position is Position.UNKNOWN:
        step = "Read the answer and set the position"
    elif facts.message_state is None:
        step = _without_letter(facts)
    elif facts.message_state is MessageState.SENT:
        step = _failed_addresses(facts) or _awaited(facts)
    elif facts.message_state in {MessageState.QUEUED, MessageState.DEFERRED, MessageState.SENDING}:
        step = _on_its_way(facts)
    else:
        step = _stopped(facts)
    return one_line(step)


def _without_letter(facts: StepFacts) -> str:
    if facts.campaign_state is CampaignState.CANCELLED:
        return "Nothing: the campaign is cancelled"
    if facts.campaign_state is CampaignState.DRAFT:
        return "Approve the campaign: its letters are not made yet"
    return "Approve the campaign again: this mission has no letter"


def _on_its_way(facts: StepFacts) -> str:
    if facts.message_state is MessageState.SENDING:
        return "Wait: it is being sent"
    if facts.campaign_state is CampaignState.APPROVED_ONCE:
        return f"Approve the campaign: {facts.campaign_reason or 'a second person has to'}"
    if facts.campaign_state is CampaignState.PAUSED:
        return f"Resume the campaign: it is paused{_because(facts.campaign_reason)}"
    if facts.campaign_state is CampaignState.WAITING:
        return f"Decide: send now or cancel{_because(facts.campaign_reason or 'its time has passed')}"
    if facts.campaign_state is CampaignState.CANCELLED:
        return "Nothing: the campaign is cancelled"
    if facts.message_state is MessageState.DEFERRED:
        again = f" at {clock.shown(facts.next_try_at, facts.tz)}" if facts.next_try_at else ""
        return f"Wait: will be tried again{again}{_because(facts.smtp_reply)}"
    if facts.due_at is None:
        return "Schedule the campaign: it has no time yet"
    return f"Wait: goes out at {clock.shown(facts.due_at, facts.tz)}"


def _stopped(facts: StepFacts) -> str:
    if facts.message_state is MessageState.UNCERTAIN:
        return f"Decide: was it sent?{_because(facts.reason)}"
    if facts.message_state is MessageState.CANCELLED:
        return "Nothing: the letter is cancelled"
    if facts.message_state is MessageState.HELD:
        return _held(facts)
    words = facts.smtp_reply or facts.reason
    if words.lstrip().startswith("5"):
        return f"Correct the address: it was refused{_because(words)}"
    return f"Find out why it could not be sent, then send again{_because(words)}"


def _held(facts: StepFacts) -> str:
    match facts.hold:
        case Hold.NO_ADDRESS:
            return "Add an address"
        case Hold.NOT_ALLOWED:
            return "Add the address to the allow-list, or leave rehearsal: it is not allowed to go out"
        case Hold.NO_SMTPUTF8:
            return "Add an address in plain letters: the mail server takes no international ones"
        case Hold.OPTED_OUT:
            return "Add another contact, or leave it: this one asked to be left alone"
        case Hold.BOUNCED:
            return "Add a correct address: this one takes no mail"
        case Hold.REFUSED:
            return f"Decide: try again or leave it{_because(facts.smtp_reply or facts.reason)}"
        case Hold.HAD_ALREADY:
            return "Decide: it has had this letter. Let the campaign go to those again, or leave it"
        case None:
            return f"Decide: the letter is held{_because(facts.reason)}"


def _failed_addresses(facts: StepFacts) -> str:
    """Say what to correct. A failed copy matters less once the mission has answered the other one."""
    if facts.answer in {Answer.REPLIED, Answer.ACKNOWLEDGED} or facts.position is not Position.UNKNOWN:
        return ""
    if facts.delivery is DeliveryStatus.BOUNCED:
        words = facts.failures[0].words if facts.failures else facts.reason
        return f"Correct the address: it bounced{_because(words)}"
    if facts.failures:
        first = facts.failures[0]
        return f"Correct {first.address}: it {'bounced' if first.bounced else 'was refused'}{_because(first.words)}"
    return ""


def _awaited(facts: StepFacts) -> str:
    match facts.position:
        case Position.CO_SPONSOR | Position.IN_FAVOUR:
            return "Thank the mission"
        case Position.UNDECIDED:
            return "Follow up: it is undecided"
        case Position.ABSTAIN | Position.AGAINST | Position.DECLINED:
            return "Nothing: its position is known"
        case Position.UNKNOWN:
            pass
    if facts.answer is Answer.ACKNOWLEDGED:
        return "Follow up: receipt acknowledged, position not known"
    if facts.answer is Answer.AUTO_REPLY:
        return "Confirm with the mission: automatic reply only"
    if facts.delivery is DeliveryStatus.DELAYED:
        return "Wait: the mail server reports a delay"
    return "Follow up"


def _because(words: str) -> str:
    words = one_line(words)
    if len(words) > _WORDS_OF_A_SERVER:
        words = words[: _WORDS_OF_A_SERVER - 1].rstrip() + "…"
    return f" ({words})" if words else ""
