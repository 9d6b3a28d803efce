"""An approval of what is approved changes nothing; one of something else leaves what anybody has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from outreach.actors import named
from outreach.campaigns import timing
from outreach.campaigns.approve import Approval, approve
from outreach.campaigns.plan import get_campaign
from outreach.campaigns.two_people import ask_for
from outreach.database import reading, writing
from outreach.errors import CampaignError
from outreach.models import Campaign, Delivery, DeliveryEvent, Message
from outreach.pasted import in_words
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, MessageState

Approve = Callable[..., Approval]
Messages = Callable[[], dict[str, Any]]
LATER = "2099-03-18 09:00"


def everything(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [
            [row.model_dump() for row in session.exec(select(table))]
            for table in (Campaign, Message, Delivery, DeliveryEvent)
        ]


def deliveries(engine: Engine, iso3: str, states: dict[str, MessageState], *, rehearsed: bool = False) -> None:
    """Let a mission's letter have come so far with each recipient, by local part; the letter's state is the sum."""
    from outreach.states import summed

    with writing(engine) as session:
        message = session.exec(select(Message).where(Message.iso3 == iso3, Message.replaced_at == None)).one()  # noqa: E711
        rows = session.exec(select(Delivery).where(Delivery.message_id == message.id)).all()
        for one in rows:
            one.state = states.get(one.address.partition("@")[0], one.state)
            one.rehearsed = rehearsed and one.state is MessageState.SENT
            session.add(one)
        message.state = summed(one.state for one in rows)
        message.rehearsed = rehearsed
        session.add(message)


@pytest.mark.heavy
@pytest.mark.parametrize("scheduled", [False, True])
@pytest.mark.parametrize("by", ["Ana", "Ben"])
def test_it_says_so_and_changes_nothing(
    campaign: str, approved: Approve, engine: Engine, settings: Settings, scheduled: bool, by: str
) -> None:
    approved("Ana")
    if scheduled:
        timing.schedule(engine, settings, campaign, LATER, by=named("Ana"))
    before = everything(engine)
    done = approved(by)
    assert done.unchanged is not None
    assert (done.unchanged.by, done.ready, done.held, done.replaced) == ("Ana", 2, ("ESP",), 0)
    assert (done.due_at is not None) is scheduled
    assert everything(engine) == before


@pytest.mark.heavy
@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.WAITING])
def test_also_while_it_stands_still(
    campaign: str, approved: Approve, engine: Engine, settings: Settings, state: CampaignState
) -> None:
    approved("Ana")
    timing.schedule(engine, settings, campaign, LATER, by=named("Ana"))
    with writing(engine) as session:
        row = get_campaign(session, campaign)
        row.state = state
        session.add(row)
    before = everything(engine)
    assert approved("Ben").unchanged
    assert everything(engine) == before


@pytest.mark.heavy
@pytest.mark.parametrize("third", ["Carla", "Ana", "Ben"])
def test_a_third_yes_changes_nothing(campaign: str, approved: Approve, engine: Engine, third: str) -> None:
    ask_for(engine, campaign, 2, by=named("Ana"))
    approved("Ana")
    approved("Ben")
    before = everything(engine)
    done = approved(third)
    assert done.unchanged is not None
    assert done.unchanged.by == "Ana and Ben"
    assert everything(engine) == before


def test_what_failed_is_made_anew(campaign: str, approved: Approve, engine: Engine, messages: Messages) -> None:
    approved()
    deliveries(engine, "GBR", {"pr": MessageState.FAILED})
    failed = messages()["GBR"].id
    assert approved().unchanged is None
    assert (messages()["GBR"].id != failed, messages()["GBR"].state) == (True, MessageState.QUEUED)


def test_in_live_mode_what_was_rehearsed_is_made_anew(
    campaign: str, approved: Approve, engine: Engine, settings: Settings, templates: Path, messages: Messages
) -> None:
    approved()
    deliveries(engine, "GBR", {"pr": MessageState.SENT}, rehearsed=True)
    rehearsed = messages()["GBR"].id
    assert approved().unchanged, "in rehearsal, it is out"
    live = Settings(**{"from": settings.sender, "mode": "live"})
    for act in (timing.schedule, timing.resume):
        with writing(engine) as session:
            row = get_campaign(session, campaign)
            row.state = CampaignState.PAUSED
            session.add(row)
        words = (engine, live, campaign, LATER) if act is timing.schedule else (engine, live, campaign)
        with pytest.raises(CampaignError, match="went out in rehearsal only, and so to nobody: GBR") as caught:
            act(*words, by=named("Ana"))  # type: ignore[operator]
        assert "campaign approve spring --by WHO" in in_words(caught.value.remedy)
    done = approve(engine, live, campaign, by=named("Ana"), templates=templates)
    assert (done.unchanged, done.kept) == (None, ())
    assert messages()["GBR"].id != rehearsed
    timing.schedule(engine, live, campaign, LATER, yes=3, by=named("Ana"))


@pytest.mark.heavy
@pytest.mark.parametrize(
    "rest",
    [
        MessageState.QUEUED,
        MessageState.DEFERRED,
        MessageState.HELD,
        MessageState.FAILED,
        MessageState.CANCELLED,
        MessageState.UNCERTAIN,
    ],
)
def test_whoever_has_a_copy_gets_no_other_however_the_rest_stands(
    campaign: str, approved: Approve, engine: Engine, messages: Messages, templates: Path, rest: MessageState
) -> None:
    approved()
    deliveries(engine, "FRA", {"pr": MessageState.SENT, "office": rest})
    before = messages()["FRA"].id
    (templates / "spring-letter" / "fr.md").write_text("Autre chose.")
    (templates / "spring-letter" / "en.md").write_text("Something else.")
    done = approved("Ben")
    assert done.kept == ("FRA",)
    assert messages()["FRA"].id == before
