"""The rows of a campaign: one a mission, from a few queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from invented_campaign import (
    MADE,
    SENT,
    add_campaign,
    add_event,
    add_message,
    add_missions,
    add_response,
    members,
)
from sqlalchemy import Engine, event
from sqlmodel import col, select

from outreach.campaigns.plan import get_campaign
from outreach.database import reading, writing
from outreach.models import Delivery, Mission, Response, Term
from outreach.reports.status import status
from outreach.reports.table import MissionRow, message_rows, rows
from outreach.vocabulary import Answer, DeliveryStatus, EventKind, Hold, Language, MessageState, Position
from tests.examples import HEAVY

KEYS = [
    "id",
    "iso3",
    "mission",
    "recipients",
    "subject",
    "message_id",
    "state",
    "delivery",
    "answer",
    "attempts",
    "smtp_reply",
    "reason",
]


@contextmanager
def _statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def _rows(engine: Engine, name: str = "renew-the-mandate") -> dict[str, MissionRow]:
    with reading(engine) as session:
        found = rows(session, get_campaign(session, name), now=MADE)
    assert [row.iso3 for row in found] == sorted(row.iso3 for row in found)
    return {row.iso3: row for row in found}


def test_there_is_one_row_a_mission_and_it_adds_up_to_the_status(varied: Engine) -> None:
    found = _rows(varied)
    assert set(found) == {iso3 for iso3, *_ in members()}
    with reading(varied) as session:
        counted = status(session, get_campaign(session, "renew-the-mandate"))
    for word, number in counted.messages.items():
        assert sum(row.message_state == word for row in found.values()) == number
    for word, number in counted.answers.items():
        assert sum(row.answer == word for row in found.values()) == number


def test_a_row_tells_the_mission_the_letter_and_the_answer(varied: Engine) -> None:
    row = _rows(varied)["ALB"]
    assert (row.mission, row.regional_group, row.member_until) == ("Albania", "Eastern European", 2026)
    assert row.recipients == ("office.alb@mission.example", "geneva.alb@mission.example")
    assert (row.message_state, row.delivery, row.reason) == (MessageState.SENT, DeliveryStatus.ACCEPTED, "")
    assert (row.answer, row.position) == (Answer.REPLIED, Position.IN_FAVOUR)
    assert row.sent_at == SENT + timedelta(milliseconds=250)
    assert row.days_waiting is None
    assert row.language is Language.ENGLISH


def test_days_wait_while_no_person_has_answered(varied: Engine) -> None:
    found = _rows(varied)
    assert found["ARE"].days_waiting == 7
    assert found["BDI"].answer is Answer.AUTO_REPLY
    assert found["BDI"].days_waiting == 7
    assert found["BEN"].answer is Answer.ACKNOWLEDGED
    assert found["BEN"].days_waiting is None
    assert found["CRI"].message_state is MessageState.HELD
    assert found["CRI"].days_waiting is None


@pytest.mark.parametrize(("hours", "days"), [(-5, 0), (0, 0), (23.9, 0), (24, 1), (24 * 30 + 1, 30)])
def test_only_whole_days_count(engine: Engine, hours: float, days: int) -> None:
    with writing(engine) as session:
        add_missions(session)
        campaign = add_campaign(session, "one")
        add_response(session, campaign, "FRA")
        add_message(session, campaign, "FRA", state=MessageState.SENT, sent_at=MADE - timedelta(hours=hours))
    assert _rows(engine, "one")["FRA"].days_waiting == days


def test_a_bounce_is_told_with_the_servers_words(varied: Engine) -> None:
    row = _rows(varied)["ARG"]
    words = "550 5.1.1 <office.arg@mission.example>: Recipient address rejected: User unknown in virtual mailbox table"
    assert row.reason == words
    assert row.next_step == f"Correct the address: it bounced ({words})"


def test_the_copy_that_bounced_is_named_when_another_arrived(engine: Engine) -> None:
    with writing(engine) as session:
        add_missions(session)
        campaign = add_campaign(session, "one")
        add_response(session, campaign, "FRA")
        message = add_message(
            session,
            campaign,
            "FRA",
            "good@mission.example",
            "Bad@mission.example",
            state=MessageState.SENT,
            sent_at=SENT,
            delivery=DeliveryStatus.ACCEPTED,
        )
        bad = session.exec(select(Delivery).where(Delivery.address == "Bad@mission.example")).one()
        bad.status = DeliveryStatus.BOUNCED
        for day, words in ((1, "mailbox full"), (2, "no such user")):
            add_event(
                session,
                message,
                EventKind.BOUNCED,
                SENT + timedelta(days=day),
                recipient="bad@mission.example",
                status="5.1.1",
                detail=words,
            )
    row = _rows(engine, "one")["FRA"]
    assert row.next_step == "Correct Bad@mission.example: it bounced (5.1.1 no such user)"
    assert row.reason == "5.1.1 no such user"


def test_only_the_letter_that_counts_is_shown(varied: Engine) -> None:
    with writing(varied) as session:
        campaign = get_campaign(session, "renew-the-mandate")
        old = add_message(
            session,
            campaign,
            "FRA",
            "old@mission.example",
            state=MessageState.FAILED,
            reason="replaced",
            replaced_at=MADE,
        )
        add_event(session, old, EventKind.BOUNCED, MADE, recipient="old@mission.example", detail="old")
    row = _rows(varied)["FRA"]
    assert row.recipients == ("office.fra@mission.example", "geneva.fra@mission.example")
    assert row.reason == ""
    with reading(varied) as session:
        messages = message_rows(session, get_campaign(session, "renew-the-mandate"))
    assert len(messages) == 47
    assert "old@mission.example" not in str(messages)


def test_two_campaigns_do_not_mix(varied: Engine) -> None:
    before = _rows(varied)
    with writing(varied) as session:
        other = add_campaign(session, "other")
        add_response(session, other, "FRA", note="elsewhere", position=Position.AGAINST)
        add_message(session, other, "FRA", "elsewhere@mission.example", state=MessageState.HELD, hold=Hold.NOT_ALLOWED)
    assert _rows(varied) == before
    (row,) = _rows(varied, "other").values()
    assert (row.note, row.recipients, row.reason) == (
        "elsewhere",
        ("elsewhere@mission.example",),
        "outside the rehearsal's allow-list",
    )


def test_membership_is_that_of_the_as_of_date(engine: Engine) -> None:
    with writing(engine) as session:
        add_missions(session)
        session.add(Mission(iso3="SWE", short_name="Sweden", formal_name="x", language=Language.ENGLISH, tags=[]))
        session.flush()
        gone = session.exec(select(Term).where(Term.iso3 == "DEU", col(Term.last_year) == 2025)).one()
        gone.absent_since = MADE
        campaign = add_campaign(session, "one")
        for iso3 in ("FRA", "SWE", "FIN", "DEU"):
            add_response(session, campaign, iso3)
    found = _rows(engine, "one")
    assert {iso3: row.member_until for iso3, row in found.items()} == {
        "DEU": None,
        "FIN": 2024,
        "FRA": 2026,
        "SWE": None,
    }
    assert found["FRA"].language is Language.FRENCH
    assert found["FRA"].message_state is None


def test_message_rows_have_the_agreed_keys(varied: Engine) -> None:
    with reading(varied) as session:
        found = message_rows(session, get_campaign(session, "renew-the-mandate"))
    assert all(list(row) == KEYS for row in found)
    assert [row["iso3"] for row in found] == sorted(row["iso3"] for row in found)
    by_iso3 = {row["iso3"]: row for row in found}
    sent, held = by_iso3["ALB"], by_iso3["CRI"]
    assert (sent["state"], sent["delivery"], sent["answer"]) == ("sent", "accepted", "replied")
    assert sent["recipients"] == ["office.alb@mission.example", "geneva.alb@mission.example"]
    assert sent["message_id"].startswith("<")
    assert (sent["attempts"], sent["smtp_reply"]) == (1, "250 2.0.0 Ok: queued as 4TzX1c2")
    assert (held["state"], held["delivery"], held["recipients"]) == ("held", None, [])
    assert held["reason"] == "no usable address"
    assert {type(row["state"]) for row in found} == {str}


@pytest.mark.parametrize("make", [rows, message_rows])
def test_the_number_of_queries_does_not_grow_and_no_letter_is_loaded(varied: Engine, make: object) -> None:
    assert callable(make)
    with writing(varied) as session:
        one = add_campaign(session, "one")
        add_response(session, one, "FRA")
        add_message(session, one, "FRA", "a@mission.example")
    counts = []
    for name in ("one", "renew-the-mandate"):
        with reading(varied) as session:
            campaign = get_campaign(session, name)
            with _statements(varied) as seen:
                make(session, campaign)
        counts.append(len(seen))
        assert "message.raw" not in " ".join(seen)
    assert counts[0] == counts[1] <= 7


@HEAVY
def test_twenty_campaigns_of_195_stay_quick(engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(195):
            iso3 = f"X{number:02X}"
            session.add(Mission(iso3=iso3, short_name=iso3, formal_name=iso3, language=Language.ENGLISH, tags=[]))
        session.flush()
        for name in range(20):
            campaign = add_campaign(session, f"c{name}")
            session.add_all(Response(campaign_id=campaign.id, iso3=f"X{number:02X}") for number in range(195))
    with reading(engine) as session, _statements(engine) as seen:
        for name in range(20):
            assert len(rows(session, get_campaign(session, f"c{name}"))) == 195
    assert len(seen) <= 20 * 8
