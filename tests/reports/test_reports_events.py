"""Events: one after another, numbered once and for all, whatever is asked when and whatever goes meanwhile."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from acts import signed_in
from sqlalchemy import Engine
from sqlmodel import delete, select

from outreach.actors import SCHEDULER, named
from outreach.database import writing
from outreach.ledger import Ledger
from outreach.missions.shipped import shipped_mission
from outreach.models import (
    AuditEntry,
    Campaign,
    DeliveryEvent,
    EventNumber,
    Message,
    Response,
    ResponseChange,
)
from outreach.people import audit
from outreach.reports import events as events_module
from outreach.reports.events import Event, as_line, events, in_words, last_number, number_new, stream
from outreach.vocabulary import Act, ActorKind, CampaignState, EventKind, Language, MessageState

AT = datetime(2024, 3, 18, 8, tzinfo=UTC)


@pytest.fixture
def letter(engine: Engine) -> int:
    """The number of a letter to France, of the campaign spring."""
    with writing(engine) as session:
        session.add(shipped_mission("FRA"))
        campaign = Campaign(
            name="spring", letter="letter", as_of=AT.date(), time_zone="Europe/Zurich", created_at=AT,
            state=CampaignState.SCHEDULED,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        assert campaign.id is not None
        message = Message(
            campaign_id=campaign.id, iso3="FRA", message_id="<1@x.example>", language=Language.FRENCH, subject="S",
            envelope_from="b@x.example", size=1, state=MessageState.QUEUED,
        )  # fmt: skip
        session.add(message)
        session.add(Response(campaign_id=campaign.id, iso3="FRA"))
        session.flush()
        assert message.id is not None
        return message.id


def fact(engine: Engine, letter: int, kind: EventKind = EventKind.SENDING, **facts: object) -> None:
    with writing(engine) as session:
        ledger = Ledger(session)
        ledger.event(letter, kind, **({"who": "host/12/ab/cd", "at": AT} | facts))  # type: ignore[arg-type]
        ledger.write()


def act(engine: Engine, detail: str) -> None:
    with writing(engine) as session:
        audit.record(session, SCHEDULER, Act.CAMPAIGN_WAITS, campaign="spring", detail=detail)


def numbers(found: list[Event]) -> list[int]:
    return [one["id"] for one in found]


def test_the_shape_of_an_event_is_that_of_the_contract(engine: Engine, letter: int) -> None:
    fact(engine, letter, EventKind.BOUNCED, recipient="a@fra.example", detail="550 5.1.1 no such box")
    fact(engine, letter, EventKind.SECOND_APPROVAL, who=named("Ana", "lea"))
    ben = signed_in(engine, "Ben")
    with writing(engine) as session:
        response = session.exec(select(Response)).one()
        session.add(
            ResponseChange(
                response_id=response.id, at=AT, who="Ben", actor_kind=ActorKind.ACCOUNT, field="position",
                old="unknown", new="abstain", note="said so, in confidence",
            )
        )  # fmt: skip
        audit.record(session, ben, Act.POSITION_SET, campaign="spring", iso3="FRA", detail="abstain")
    found = {one["kind"]: one for one in events(engine)}
    assert found["letter.bounced"] == {
        "id": found["letter.bounced"]["id"], "at": "2024-03-18T08:00:00.000000Z", "kind": "letter.bounced",
        "campaign": "spring", "iso3": "FRA", "message": letter, "recipient": "a@fra.example", "status": "5.1.1",
        "subject": "", "detail": "550 5.1.1 no such box",
        "actor": {"kind": "program", "name": "worker 12 on host", "account": None, "door": None, "user": None},
    }  # fmt: skip
    assert found["letter.second-approval"]["actor"]["kind"] == "named"
    assert found["response.position"] == found["letter.bounced"] | {
        "id": found["response.position"]["id"], "kind": "response.position", "message": None, "recipient": "",
        "status": "", "detail": "unknown → abstain",
        "actor": {"kind": "account", "name": "Ben", "account": None, "door": None, "user": None},
    }  # fmt: skip
    made = found["position.set"]
    assert made["actor"] == {"kind": "account", "name": "Ben", "account": "ben", "door": "desk", "user": None}
    assert (made["subject"], made["campaign"], made["iso3"], made["detail"]) == (
        "spring, FRA", "spring", "FRA", "abstain",
    )  # fmt: skip
    for one in found.values():
        assert list(one) == list(found["letter.bounced"]), "the same keys in the same order, always"
        assert as_line(one).isascii()
        assert "\n" not in as_line(one)
        assert json.loads(as_line(one)) == one
    assert "in confidence" not in str(list(found.values())), "a note is no part of it"
    assert in_words(made) == "position.set  spring, FRA  by Ben: abstain"


def test_each_event_is_told_once_whenever_one_asks(engine: Engine, letter: int) -> None:
    seen: list[Event] = []
    for place in range(7):
        fact(engine, letter, detail=str(place))
        if place % 2:
            act(engine, str(place))
        if place in (2, 3, 6):
            seen += events(engine, since=seen[-1]["id"] if seen else 0)
    assert numbers(seen) == sorted(set(numbers(seen)))
    assert sorted(one["detail"] for one in seen) == sorted([*"0123456", *"135"])
    assert events(engine) == seen, "what was told once is told the same again"
    assert events(engine, since=seen[3]["id"], most=2) == seen[4:6]
    assert not number_new(engine)
    assert last_number(engine) == seen[-1]["id"]


def test_a_late_reader_gets_all_however_many_there_are(engine: Engine, letter: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(events_module, "BATCH", 4)
    for place in range(11):
        fact(engine, letter, detail=str(place))
    assert [one["detail"] for one in stream(engine)] == [str(place) for place in range(11)]
    last = last_number(engine)
    assert list(stream(engine, since=last)) == []
    act(engine, "new")
    assert [one["detail"] for one in stream(engine, since=last)] == ["new"]


def test_a_number_is_never_given_twice_though_rows_are_deleted(engine: Engine, letter: int) -> None:
    for place in range(3):
        fact(engine, letter, detail=str(place))
    before = events(engine)
    with writing(engine) as session:
        session.exec(delete(DeliveryEvent))  # as when a campaign is deleted: SQLite gives their own numbers again
    assert events(engine) == []
    with writing(engine) as session:
        assert session.exec(select(EventNumber)).all() == []
    fact(engine, letter, detail="new")
    (one,) = events(engine)
    assert one["detail"] == "new"
    assert one["id"] > before[-1]["id"]


def test_of_many_who_ask_at_once_all_are_told_the_same(engine: Engine, letter: int) -> None:
    for place in range(20):
        fact(engine, letter, detail=str(place))
    told: list[list[Event]] = []
    gate = threading.Barrier(4)

    def ask() -> None:
        gate.wait()
        told.append(events(engine))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [numbers(one) for one in told] == [numbers(told[0])] * 4
    assert len(set(numbers(told[0]))) == 20


def test_what_another_process_numbers_between_two_looks_is_told(
    engine: Engine, letter: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact(engine, letter)

    def come_second(engine: Engine, most: int = 500) -> bool:
        assert number_new(engine, most), "another process was first"
        return number_new(engine, most)

    monkeypatch.setattr(events_module, "number_new", come_second)
    assert numbers(events(engine)) == [1]


def test_who_follows_is_told_as_it_happens(engine: Engine, letter: int) -> None:
    waited = 0

    def wait(_seconds: float) -> bool:
        nonlocal waited
        waited += 1
        if waited < 3:
            fact(engine, letter, detail=f"later {waited}")
        return waited == 3

    fact(engine, letter, detail="first")
    found = [one["detail"] for one in stream(engine, follow=True, wait=wait)]
    assert found == ["first", "later 1", "later 2"]


def test_asking_writes_nothing_where_nothing_is_new(engine: Engine, letter: int) -> None:
    fact(engine, letter)
    events(engine)
    with engine.connect() as connection:
        before = connection.exec_driver_sql("PRAGMA data_version").fetchone()
        events(engine)
        assert connection.exec_driver_sql("PRAGMA data_version").fetchone() == before


def test_what_was_recorded_before_kinds_were_is_told_all_the_same(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(AuditEntry(at=AT, who="Ana", action="juggled", subject="spring"))
    (one,) = events(engine)
    assert (one["kind"], one["actor"]["kind"], one["actor"]["name"]) == ("juggled", "unknown", "Ana")
    assert in_words(one) == "juggled  spring  by Ana"
