"""The next step says, for each situation, what a person has to do."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outreach import clock
from outreach.reports.standing.steps import Failure, StepFacts, next_step
from outreach.vocabulary import Answer, CampaignState, DeliveryStatus, Hold, MessageState, Position

WHEN = datetime(2024, 3, 18, 8, 0, tzinfo=UTC)
BASE = StepFacts(tz=clock.zone("Europe/Zurich"), campaign_state=CampaignState.SCHEDULED)
SENT = replace(BASE, message_state=MessageState.SENT, delivery=DeliveryStatus.ACCEPTED)
QUEUED = replace(BASE, message_state=MessageState.QUEUED, due_at=WHEN)
BOUNCE = Failure("a@mission.example", bounced=True, words="550 5.1.1 User unknown")
REFUSAL = Failure("b@mission.example", bounced=False, words="550 5.7.1 Not here")


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (replace(BASE, campaign_state=CampaignState.DRAFT), "Approve the campaign: its letters are not made yet"),
        (BASE, "Approve the campaign again: this mission has no letter"),
        (replace(BASE, campaign_state=CampaignState.CANCELLED), "Nothing: the campaign is cancelled"),
        (QUEUED, "Wait: goes out at 2024-03-18 09:00 CET"),
        (replace(QUEUED, due_at=None), "Schedule the campaign: it has no time yet"),
        (
            replace(QUEUED, campaign_state=CampaignState.PAUSED, campaign_reason="holiday"),
            "Resume the campaign: it is paused (holiday)",
        ),
        (replace(QUEUED, campaign_state=CampaignState.WAITING), "Decide: send now or cancel (its time has passed)"),
        (replace(BASE, message_state=MessageState.SENDING), "Wait: it is being sent"),
        (
            replace(BASE, message_state=MessageState.DEFERRED, next_try_at=WHEN, smtp_reply="451 4.7.1 later"),
            "Wait: will be tried again at 2024-03-18 09:00 CET (451 4.7.1 later)",
        ),
        (
            replace(BASE, message_state=MessageState.UNCERTAIN, reason="the line broke"),
            "Decide: was it sent? (the line broke)",
        ),
        (replace(BASE, message_state=MessageState.HELD, hold=Hold.NO_ADDRESS), "Add an address"),
        (
            replace(BASE, message_state=MessageState.FAILED, smtp_reply="550 5.1.1 No such user"),
            "Correct the address: it was refused (550 5.1.1 No such user)",
        ),
        (
            replace(BASE, message_state=MessageState.FAILED, smtp_reply="451 4.3.0 try later"),
            "Find out why it could not be sent, then send again (451 4.3.0 try later)",
        ),
        (replace(BASE, message_state=MessageState.CANCELLED), "Nothing: the letter is cancelled"),
        (
            replace(SENT, delivery=DeliveryStatus.BOUNCED, failures=(BOUNCE,)),
            "Correct the address: it bounced (550 5.1.1 User unknown)",
        ),
        (replace(SENT, failures=(REFUSAL,)), "Correct b@mission.example: it was refused (550 5.7.1 Not here)"),
        (replace(SENT, failures=(REFUSAL,), answer=Answer.REPLIED, position=Position.IN_FAVOUR), "Thank the mission"),
        (SENT, "Follow up"),
        (replace(SENT, delivery=DeliveryStatus.DELAYED), "Wait: the mail server reports a delay"),
        (replace(SENT, answer=Answer.AUTO_REPLY), "Confirm with the mission: automatic reply only"),
        (replace(SENT, answer=Answer.ACKNOWLEDGED), "Follow up: receipt acknowledged, position not known"),
        (replace(SENT, answer=Answer.REPLIED), "Read the answer and set the position"),
        (
            replace(SENT, answer=Answer.REPLIED, delivery=DeliveryStatus.BOUNCED, failures=(BOUNCE,)),
            "Read the answer and set the position",
        ),
        (replace(SENT, position=Position.UNDECIDED), "Follow up: it is undecided"),
        (replace(SENT, answer=Answer.REPLIED, position=Position.AGAINST), "Nothing: its position is known"),
    ],
)
def test_each_situation_has_its_step(facts: StepFacts, step: str) -> None:
    assert next_step(facts) == step


@pytest.mark.parametrize("hold", Hold)
def test_every_hold_has_a_step_that_asks_for_a_hand(hold: Hold) -> None:
    step = next_step(replace(BASE, message_state=MessageState.HELD, hold=hold))
    assert step.startswith(("Add", "Decide"))


@pytest.mark.heavy
@pytest.mark.parametrize("campaign_state", CampaignState)
@pytest.mark.parametrize("message_state", [None, *MessageState])
@pytest.mark.parametrize("answer", Answer)
def test_no_situation_is_without_a_step(
    campaign_state: CampaignState, message_state: MessageState | None, answer: Answer
) -> None:
    for position in Position:
        facts = replace(
            BASE, campaign_state=campaign_state, message_state=message_state, answer=answer, position=position
        )
        assert next_step(facts).strip()


def test_a_servers_words_stay_one_short_line() -> None:
    long = replace(SENT, delivery=DeliveryStatus.BOUNCED, failures=(replace(BOUNCE, words="550\r\n" + "no " * 5000),))
    step = next_step(long)
    assert len(step) < 220
    assert "\n" not in step
    assert step.endswith("…)")
