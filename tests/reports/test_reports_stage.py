"""A campaign is finished when nothing of it is left to do, and not a moment before."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.models import Campaign, Message, Mission, Response
from outreach.reports.standing.phase import FINISHED, followed, stage, stage_of
from outreach.reports.status import status
from outreach.reports.table import rows
from outreach.vocabulary import CampaignState, DeliveryStatus, MessageState

AT = datetime(2024, 3, 18, 8, tzinfo=UTC)


def put(session: Session, name: str, states: list[MessageState | None], **values: Any) -> Campaign:
    """A campaign with a mission for each state; None is one without a letter."""
    campaign = Campaign(
        name=name, letter="x", as_of=date(2024, 3, 18), time_zone="UTC", created_at=AT,
        **({"state": CampaignState.SCHEDULED} | values),
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    assert campaign.id is not None
    for place, state in enumerate(states):
        code = f"A{chr(65 + place)}X"
        if session.get(Mission, code) is None:
            session.add(Mission(iso3=code, short_name=code, formal_name=code, language="en"))
            session.flush()
        session.add(Response(campaign_id=campaign.id, iso3=code))
        if state is not None:
            session.add(
                Message(
                    campaign_id=campaign.id,
                    iso3=code,
                    message_id=f"<{name}-{code}@x.example>",
                    language="en",
                    subject="s",
                    envelope_from="a@x.example",
                    size=0,
                    state=state,
                    delivery=DeliveryStatus.ACCEPTED if state is MessageState.SENT else None,
                )
            )
    session.flush()
    return campaign


def words(engine: Engine, name: str = "spring", *, live: bool = False) -> set[str]:
    """The word by the numbers, by the rows, and as the list of campaigns has it: they must agree."""
    with reading(engine) as session:
        campaign = get_campaign(session, name)
        counts = status(session, campaign)
        return {
            stage_of(session, campaign, counts, live=live),
            stage_of(session, campaign, rows(session, campaign), live=live),
            stage(campaign, counts, followed(session), live=live),
        }


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ([MessageState.SENT], FINISHED),
        ([MessageState.SENT, MessageState.CANCELLED], FINISHED),
        ([MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED], "finished, 1 not delivered"),
        ([MessageState.FAILED, MessageState.FAILED], "finished, 2 not delivered"),
    ],
)
def test_finished_and_what_did_not_arrive_is_said(engine: Engine, states: list[MessageState | None], word: str) -> None:
    with writing(engine) as session:
        put(session, "spring", states)
    assert words(engine) == {word}


@pytest.mark.parametrize(
    "state",
    [MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED, MessageState.UNCERTAIN, MessageState.HELD, None],
)
def test_never_while_one_letter_is_not_at_its_end(engine: Engine, state: MessageState | None) -> None:
    with writing(engine) as session:
        put(session, "spring", [MessageState.SENT, MessageState.SENT, state])
    assert words(engine) == {"scheduled"}


@pytest.mark.heavy
@pytest.mark.parametrize("state", [one for one in CampaignState if one is not CampaignState.SCHEDULED])
def test_a_campaign_that_does_not_run_has_its_own_word(engine: Engine, state: CampaignState) -> None:
    with writing(engine) as session:
        put(session, "spring", [MessageState.SENT], state=state)
        put(session, "empty", [])
    # What was approved again after a backup, and is all out already, has nothing left to do.
    assert words(engine) == {FINISHED if state is CampaignState.APPROVED else str(state)}
    assert words(engine, "empty") == {"scheduled"}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("state", "letters", "word"),
    [
        (CampaignState.SCHEDULED, [MessageState.QUEUED], "scheduled"),
        (CampaignState.PAUSED, [MessageState.DEFERRED], "scheduled"),
        (CampaignState.APPROVED_ONCE, [MessageState.HELD], "scheduled"),
        (CampaignState.SCHEDULED, [MessageState.SENT], FINISHED),
        (CampaignState.CANCELLED, [MessageState.CANCELLED], FINISHED),
    ],
)
def test_never_while_a_follow_up_is_planned(
    engine: Engine, state: CampaignState, letters: list[MessageState | None], word: str
) -> None:
    with writing(engine) as session:
        first = put(session, "spring", [MessageState.SENT])
        put(session, "spring-follow-up", letters, state=state, follows_id=first.id)
    assert words(engine) == {word}


def test_what_was_only_rehearsed_is_not_finished_in_live_mode(engine: Engine) -> None:
    with writing(engine) as session:
        put(session, "spring", [MessageState.SENT])
        message = session.get_one(Message, 1)
        message.rehearsed = True
        session.add(message)
    assert words(engine) == {FINISHED}
    assert words(engine, live=True) == {"scheduled"}
