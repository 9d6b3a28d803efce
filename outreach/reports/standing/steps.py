"""What a person has to do next about one mission, in a short sentence.

The first word tells the kind, and a workbook colours by it: `Wait` and `Nothing` ask for no hand; all others do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from outreach.catalogues import ENGLISH_TONGUE, Tongue
from outreach.sentences import in_words_of
from outreach.text import one_line, shown_line
from outreach.vocabulary import ANSWERED, Answer, CampaignState, DeliveryStatus, Hold, MessageState, Position

_WORDS_OF_A_SERVER = 160
"""The most characters quoted of a server's answer: it may be pages long."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An address that a copy of the letter did not reach, and the server's words."""

    address: str
    bounced: bool
    """True for a bounce after the letter was accepted, False for a refusal when it was handed over."""
    words: str
    left_out: bool = False
    """True where it was not written to in the first place (opted out, bounced before)."""


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
    ask_again: date | None = None
    """From which day on the mission wants to be asked again, in the campaign's zone."""
    ask_again_due: bool = False


def next_step(facts: StepFacts, say: Tongue = ENGLISH_TONGUE) -> str:
    """Return what to do next about a mission, as one line in a language."""
    if facts.ask_again is not None and facts.ask_again_due:
        step = say("Ask again: it asked to be asked from {day} on", day=say.day(facts.ask_again))
    elif facts.answer is Answer.REPLIED and facts.position is Position.UNKNOWN and facts.ask_again is None:
        step = say("Read the answer and set the position")
    elif facts.message_state is None:
        step = _without_letter(facts, say)
    elif facts.message_state is MessageState.SENT:
        step = _failed_addresses(facts, say) or _awaited(facts, say)
    elif facts.message_state in {MessageState.QUEUED, MessageState.DEFERRED, MessageState.SENDING}:
        step = _on_its_way(facts, say)
    else:
        step = _stopped(facts, say)
    return shown_line(step)


def to_remind(facts: StepFacts) -> bool:
    """Tell whether the next step is a reminder, in whichever language it is said."""
    return next_step(facts).startswith("Follow up")


def _without_letter(facts: StepFacts, say: Tongue) -> str:
    if facts.campaign_state is CampaignState.CANCELLED:
        return say("Nothing: the campaign is cancelled")
    if facts.campaign_state is CampaignState.DRAFT:
        return say("Approve the campaign: its letters are not made yet")
    return say("Approve the campaign again: this mission has no letter")


def _on_its_way(facts: StepFacts, say: Tongue) -> str:
    if facts.message_state is MessageState.SENDING:
        return say("Wait: it is being sent")
    if facts.campaign_state is CampaignState.APPROVED_ONCE:
        return say("Approve the campaign: {why}", why=facts.campaign_reason or say("a second person has to"))
    if facts.campaign_state is CampaignState.PAUSED:
        return say("Resume the campaign: it is paused{because}", because=_because(facts.campaign_reason, say))
    if facts.campaign_state is CampaignState.WAITING:
        return say(
            "Decide: send now or cancel{because}",
            because=_because(facts.campaign_reason or say("its time has passed"), say),
        )
    if facts.campaign_state is CampaignState.CANCELLED:
        return say("Nothing: the campaign is cancelled")
    if facts.message_state is MessageState.DEFERRED:
        because = _because(facts.smtp_reply, say)
        if facts.next_try_at is None:
            return say("Wait: will be tried again{because}", because=because)
        again = say.moment(facts.next_try_at, facts.tz)
        return say("Wait: will be tried again at {moment}{because}", moment=again, because=because)
    if facts.due_at is None:
        return say("Schedule the campaign: it has no time yet")
    return say("Wait: goes out at {moment}", moment=say.moment(facts.due_at, facts.tz))


def _stopped(facts: StepFacts, say: Tongue) -> str:
    if facts.message_state is MessageState.UNCERTAIN:
        return say("Decide: was it sent?{because}", because=_because(facts.reason, say))
    if facts.message_state is MessageState.CANCELLED:
        return say("Nothing: the letter is cancelled")
    if facts.message_state is MessageState.HELD:
        return _held(facts, say)
    words = facts.smtp_reply or facts.reason
    if words.lstrip().startswith("5"):
        return say("Correct the address: it was refused{because}", because=_because(words, say))
    return say("Find out why it could not be sent, then send again{because}", because=_because(words, say))


def _held(facts: StepFacts, say: Tongue) -> str:
    match facts.hold:
        case Hold.NO_ADDRESS:
            return say("Add an address")
        case Hold.NOT_ALLOWED:
            return say("Add the address to the allow-list, or leave rehearsal: it is not allowed to go out")
        case Hold.NO_SMTPUTF8:
            return say("Add an address in plain letters: the mail server takes no international ones")
        case Hold.OPTED_OUT:
            return say("Add another contact, or leave it: this one asked to be left alone")
        case Hold.BOUNCED:
            return say("Add a correct address: this one takes no mail")
        case Hold.REFUSED:
            return say(
                "Decide: try again or leave it{because}", because=_because(facts.smtp_reply or facts.reason, say)
            )
        case Hold.HAD_ALREADY:
            return say("Decide: it has had this letter. Count it as sent, send it again, or leave it")
        case None:
            return say("Decide: the letter is held{because}", because=_because(facts.reason, say))


def _failed_addresses(facts: StepFacts, say: Tongue) -> str:
    """Say what to correct. A failed copy matters less once the mission has answered the other one."""
    if facts.answer in ANSWERED or facts.position is not Position.UNKNOWN:
        return ""
    if facts.delivery is DeliveryStatus.BOUNCED:
        words = facts.failures[0].words if facts.failures else facts.reason
        return say("Correct the address: it bounced{because}", because=_because(words, say))
    if facts.failures:
        first = facts.failures[0]
        because = _because(first.words, say)
        if first.bounced:
            return say("Correct {address}: it bounced{because}", address=first.address, because=because)
        return say("Correct {address}: it was refused{because}", address=first.address, because=because)
    return ""


def _awaited(facts: StepFacts, say: Tongue) -> str:
    if facts.ask_again is not None:
        return say("Wait: it asked to be asked again from {day} on", day=say.day(facts.ask_again))
    match facts.position:
        case Position.CO_SPONSOR | Position.IN_FAVOUR:
            return say("Thank the mission")
        case Position.UNDECIDED:
            return say("Follow up: it is undecided")
        case Position.ABSTAIN | Position.AGAINST | Position.DECLINED:
            return say("Nothing: its position is known")
        case Position.UNKNOWN:
            pass
    if facts.answer is Answer.ACKNOWLEDGED:
        return say("Follow up: receipt acknowledged, position not known")
    if facts.answer is Answer.AUTO_REPLY:
        return say("Confirm with the mission: automatic reply only")
    if facts.delivery is DeliveryStatus.DELAYED:
        return say("Wait: the mail server reports a delay")
    return say("Follow up")


def _because(words: str, say: Tongue) -> str:
    words = one_line(in_words_of(words, say))
    if len(words) > _WORDS_OF_A_SERVER:
        words = words[: _WORDS_OF_A_SERVER - 1].rstrip() + "…"
    return f" ({words})" if words else ""
