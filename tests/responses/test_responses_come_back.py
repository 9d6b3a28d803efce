"""A day on which a mission asked to be asked again: kept by a yes, due when it comes, seen to by people."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from outreach import clock
from outreach.actors import named
from outreach.database import reading, writing
from outreach.errors import NotFoundError, UserError
from outreach.models import Campaign, Message
from outreach.reports.council import HandKind, needs_a_hand
from outreach.reports.table import rows
from outreach.responses.answers import settle
from outreach.responses.come_back import come_backs, days_left, see_to
from outreach.responses.decisions import decide, proposals, undo
from outreach.responses.positions import set_position
from tests.inbox.inbox_mails import answer

ANA = named("Ana")


FOLLOWS = "Please contact us again after 12 April."


@pytest.fixture
def asked(sent, take_in, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of the proposal: FRA asked, on 19 March 2024, to be asked again after 12 April; it is the 20th."""
    sent("FRA")
    take_in(answer(f"Thank you for your letter. {FOLLOWS}"))
    today(monkeypatch, date(2024, 3, 20))
    (one,) = proposals(engine)
    assert (one.kind, one.value, one.iso3, one.evidence) == ("come-back", "2024-04-13", "FRA", FOLLOWS)
    return one.id


def today(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def campaign(session: Session) -> Campaign:
    return session.exec(select(Campaign)).one()


def shown(engine: Engine) -> list[tuple[str, str, bool]]:
    with reading(engine) as session:
        return [(one.iso3, str(one.on), one.due) for one in come_backs(session, [campaign(session).id])]


def hands(engine: Engine) -> list[HandKind]:
    with reading(engine) as session:
        return [one.kind for one in needs_a_hand(rows(session, campaign(session)))]


def step(engine: Engine) -> str:
    with reading(engine) as session:
        return rows(session, campaign(session), iso3="FRA")[0].next_step


def test_nothing_is_shown_before_a_person_says_yes_nor_after_a_no(asked, engine: Engine):
    assert shown(engine) == []
    decide(engine, asked, accept=False, by=ANA)
    assert shown(engine) == []


def test_it_waits_until_the_day_and_then_for_a_person(asked, engine: Engine, monkeypatch: pytest.MonkeyPatch):
    decide(engine, asked, accept=True, by=ANA)
    assert shown(engine) == [("FRA", "2024-04-13", False)]
    assert hands(engine) == []
    assert step(engine) == "Wait: it asked to be asked again from 13 April 2024 on"
    today(monkeypatch, date(2024, 4, 13))
    assert shown(engine) == [("FRA", "2024-04-13", True)]
    assert hands(engine) == [HandKind.ASK_AGAIN]
    assert step(engine) == "Ask again: it asked to be asked from 13 April 2024 on"


def test_seen_to_is_told_once_and_taken_back(asked, engine: Engine):
    with pytest.raises(UserError, match="no day to come back to that was said yes to"):
        see_to(engine, asked, by=ANA)
    decide(engine, asked, accept=True, by=ANA)
    mail = see_to(engine, asked, by=ANA).reply_id
    assert shown(engine) == []
    with pytest.raises(UserError, match="seen to already"):
        see_to(engine, asked, by=ANA)
    with pytest.raises(NotFoundError):
        see_to(engine, asked + 1, by=ANA)
    undo(engine, mail, by=ANA)
    assert shown(engine) == [("FRA", "2024-04-13", False)]
    undo(engine, mail, by=ANA)
    assert shown(engine) == []
    assert [one.id for one in proposals(engine)] == [asked]


def test_another_day_is_a_persons_word_and_goes_back_with_it(asked, engine: Engine):
    mail = decide(engine, asked, accept=True, by=ANA, on=date(2024, 4, 20)).reply_id
    assert shown(engine) == [("FRA", "2024-04-20", False)]
    undo(engine, mail, by=ANA)
    assert proposals(engine)[0].value == "2024-04-13"


def test_only_a_day_to_come_back_to_has_another_day(sent, take_in, engine: Engine):
    sent("FRA")
    take_in(answer("We will co-sponsor the text."))
    (one,) = proposals(engine)
    with pytest.raises(UserError, match="no day to come back to"):
        decide(engine, one.id, accept=True, by=ANA, on=date(2024, 4, 20))
    assert proposals(engine) == [one]


def test_a_position_set_before_the_day_leaves_it_and_one_set_after_settles_it(
    asked, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    decide(engine, asked, accept=True, by=ANA)
    today(monkeypatch, date(2024, 4, 2))
    set_position(engine, "hrc55", "FRA", "undecided", note="", by=ANA)
    assert shown(engine) == [("FRA", "2024-04-13", False)]
    today(monkeypatch, date(2024, 4, 15))
    assert shown(engine) == [("FRA", "2024-04-13", True)]
    set_position(engine, "hrc55", "FRA", "in favour", note="", by=ANA)
    assert shown(engine) == []


@pytest.mark.parametrize(("day", "rehearsed", "left"), [(12, False, 1), (14, False, 0), (14, True, 1)])
def test_a_letter_since_that_day_settles_it_and_one_before_or_in_rehearsal_does_not(
    asked, engine: Engine, monkeypatch: pytest.MonkeyPatch, day: int, rehearsed: bool, left: int
):
    decide(engine, asked, accept=True, by=ANA)
    today(monkeypatch, date(2024, 4, 16))
    with writing(engine) as session:
        for one in session.exec(select(Message)):
            one.sent_at, one.rehearsed = datetime(2024, 4, day, 9, tzinfo=UTC), rehearsed
            session.add(one)
    assert len(shown(engine)) == left


def test_a_mail_that_is_moved_takes_its_day_along(asked, sent, engine: Engine):
    sent("IND")
    mail = decide(engine, asked, accept=True, by=ANA).reply_id
    settle(engine, mail, "IND", by=ANA)
    assert [one[0] for one in shown(engine)] == ["IND"]
    assert days(engine, mail) == {asked}
    undo(engine, mail, by=ANA)
    assert [one[0] for one in shown(engine)] == ["FRA"]


def days(engine: Engine, mail: int) -> set[int | None]:
    with reading(engine) as session:
        return days_left(session, mail)


def test_a_meeting_is_a_thing_to_see_to(sent, take_in, engine: Engine):
    sent("FRA")
    take_in(answer("We would be happy to receive you on 25 March at 10:30."))
    (one,) = proposals(engine)
    assert (one.kind, one.value) == ("meeting", "2024-03-25 10:30")
    decide(engine, one.id, accept=True, by=ANA)
    assert proposals(engine) == []
    undo(engine, one.mail, by=ANA)
    assert [again.id for again in proposals(engine)] == [one.id]


def test_a_successor_is_a_thing_to_see_to_unless_an_address_tells_more(sent, take_in, engine: Engine):
    sent("FRA")
    named = "My colleague Ms. Dana Orvik is taking over the human rights file"
    take_in(answer(f"{named}."))
    (one,) = proposals(engine)
    assert (one.kind, one.value, one.evidence) == ("problem", "successor", f"{named}.")
    take_in(answer(f"{named}; please write to her at d.orvik@fra.mission.example.").replace(b"answer-1@", b"answer-2@"))
    assert {(one.kind, one.value) for one in proposals(engine)} == {
        ("problem", "successor"), ("contact", "d.orvik@fra.mission.example"),
    }  # fmt: skip
