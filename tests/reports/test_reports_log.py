"""The log holds all that happened, by time."""

import pytest
from invented_campaign import MADE, add_campaign, add_event, add_message, add_missions, add_response
from sqlalchemy import Engine, func
from sqlmodel import select

from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.models import DeliveryEvent, ResponseChange
from outreach.reports.log import events, named
from outreach.vocabulary import EventKind


def test_every_event_and_every_change_is_there_in_order(varied: Engine) -> None:
    with reading(varied) as session:
        found = list(events(session, get_campaign(session, "renew-the-mandate")))
        expected = sum(
            session.exec(select(func.count()).select_from(table)).one() for table in (DeliveryEvent, ResponseChange)
        )
    assert len(found) == expected
    assert [event.at for event in found] == sorted(event.at for event in found)
    assert all(event.at.tzinfo for event in found)
    bounce = next(event for event in found if event.what == "bounced")
    assert (bounce.iso3, bounce.mission, bounce.recipient) == ("ARG", "Argentina", "office.arg@mission.example")
    assert (bounce.status, bounce.who) == ("5.1.1", "inbox")
    change = next(event for event in found if event.what == "position")
    assert (change.iso3, change.detail, change.who) == ("ALB", "unknown → in favour: by phone", "campaign officer")


def test_a_replaced_letter_stays_in_its_own_campaigns_log_only(engine: Engine) -> None:
    with writing(engine) as session:
        add_missions(session)
        for name in ("one", "two"):
            campaign = add_campaign(session, name)
            response = add_response(session, campaign, "FRA")
            message = add_message(session, campaign, "FRA", replaced_at=MADE)
            add_event(session, message, EventKind.REPLACED, MADE, detail=name)
            session.add(ResponseChange(response_id=response.id, at=MADE, who="x", field="note", old="", new=name))
    with reading(engine) as session:
        found = list(events(session, get_campaign(session, "one")))
    assert [(event.what, event.detail) for event in found] == [("replaced", "one"), ("note", "empty → one")]


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("desk/472/1700000000.12/ab12cd34", "worker 472 on desk"),
        ("Ana", "Ana"),
        ("inbox", "inbox"),
        ("Ana/Bo/Cy/Di", "Ana/Bo/Cy/Di"),
    ],
)
def test_a_worker_is_named_as_a_person_reads_it(who: str, shown: str) -> None:
    assert named(who) == shown
