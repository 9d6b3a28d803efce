"""When letters are due: working time, windows, follow-ups."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from campaigns_made import parsed
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.actors import named
from outreach.campaigns import approve as approving
from outreach.campaigns import timing
from outreach.campaigns.follow_up import FollowUp, follow_up, plan_follow_ups, still_wanted, waited
from outreach.campaigns.plan import frozen_bytes
from outreach.campaigns.timing import resume, schedule
from outreach.campaigns.trial import compose_trial
from outreach.campaigns.working_time import after_working_days, is_working_time, next_working_moment, spread
from outreach.database import reading, writing
from outreach.errors import CampaignError, ConfirmationError, LetterError, UserError
from outreach.models import Campaign, DeliveryEvent, Message, Response
from outreach.settings import Settings
from outreach.vocabulary import Answer, CampaignState, EventKind, MessageState, Position

ZURICH = ZoneInfo("Europe/Zurich")
Messages = Callable[[], dict[str, Message]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-03-18 10:00", "2024-03-18 10:00"),
        ("2024-03-18 06:00", "2024-03-18 09:00"),
        ("2024-03-15 17:00", "2024-03-18 09:00"),  # a Friday evening
        ("2024-03-28 18:00", "2024-04-02 09:00"),  # Good Friday and Easter Monday
        ("2024-09-05 08:00", "2024-09-06 09:00"),  # Jeûne genevois, Geneva's own holiday
    ],
)
def test_the_next_working_moment_knows_weekends_and_the_holidays_of_geneva(moment: str, expected: str) -> None:
    assert next_working_moment(at(moment), ZURICH) == at(expected)


def test_working_days_keep_the_time_of_day_across_a_change_of_the_clocks() -> None:
    assert after_working_days(at("2024-03-28 09:30"), 2, ZURICH) == at("2024-04-03 09:30")
    assert after_working_days(at("2024-10-25 09:30"), 1, ZURICH) == at("2024-10-28 09:30")


@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    minutes=st.integers(0, 3000),
    count=st.integers(1, 60),
)
def test_letters_spread_over_a_window_stay_in_order_and_in_working_time(
    start: datetime, minutes: int, count: int
) -> None:
    begin = start.replace(tzinfo=UTC)
    moments = spread(begin, timedelta(minutes=minutes), count, ZURICH, working=True)
    assert len(moments) == count
    assert moments == sorted(moments)
    assert all(is_working_time(moment, ZURICH) for moment in moments)
    plain = spread(begin, timedelta(minutes=minutes), count, ZURICH, working=False)
    assert plain[0] == begin
    assert plain[-1] < begin + timedelta(minutes=max(minutes, 1))


@pytest.mark.parametrize("text", ["five days", "5", "-1 days", "5 working weeks", ""])
def test_a_span_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="span of days"):
        waited(text, clock.now(), ZURICH)


def test_whom_a_follow_up_is_for() -> None:
    assert still_wanted("none", Answer.NONE, Position.UNKNOWN)
    assert still_wanted("none", Answer.AUTO_REPLY, Position.UNKNOWN)
    assert not still_wanted("none", Answer.REPLIED, Position.UNKNOWN)
    assert not still_wanted("none", Answer.NONE, Position.AGAINST)
    assert still_wanted("undecided", Answer.REPLIED, Position.UNDECIDED)
    assert not still_wanted("undecided", Answer.NONE, Position.UNKNOWN)


def test_a_schedule_spreads_its_letters_and_a_resume_keeps_their_distance(
    campaign: str, approved: Callable[..., object], engine: Engine, settings: Settings, messages: Messages
) -> None:
    approved()
    done = schedule(engine, settings, campaign, "2035-03-19 09:00", spread_over=timedelta(hours=3), by=named("Ana"))
    due = sorted(m.due_at for m in messages().values() if m.due_at is not None)
    assert due == [at("2035-03-19 09:00") + timedelta(hours=hour) for hour in range(3)]
    assert done.last_at == due[-1]
    past = clock.now() - timedelta(hours=5)
    with writing(engine) as session:
        for place, message in enumerate(session.exec(select(Message).order_by(Message.iso3)).all()):
            message.next_try_at = message.due_at = past + timedelta(hours=place)
            session.add(message)
        row = session.exec(select(Campaign)).one()
        row.state = CampaignState.WAITING
        session.add(row)
    resume(engine, settings, campaign, by=named("Ana"))
    queued = sorted(m.due_at for m in messages().values() if m.state is MessageState.QUEUED and m.due_at is not None)
    assert abs(queued[0] - clock.now()) < timedelta(minutes=1)
    assert queued[1] - queued[0] == timedelta(hours=1)


@pytest.fixture
def sent(
    campaign: str, approved: Callable[..., object], engine: Engine, settings: Settings, templates: Path
) -> datetime:
    """The first letters have gone out to France and the United Kingdom; Spain's is held."""
    approved()
    schedule(engine, settings, campaign, "now", by=named("Ana"))
    moment = clock.now() - timedelta(hours=1)
    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            if message.state is MessageState.QUEUED:
                message.state, message.sent_at = MessageState.SENT, moment
                session.add(message)
    reminder = templates / "reminder"
    reminder.mkdir()
    (reminder / "letter.toml").write_text('title = "R"\n[subject]\nen = "Reminder"\nfr = "Rappel"\n')
    (reminder / "en.md").write_text("Dear {{ mission.name }}, a reminder.\n")
    (reminder / "fr.md").write_text("Rappel, {{ mission.name }}.\n")
    return moment


@pytest.fixture
def follow(engine: Engine, settings: Settings, templates: Path) -> Callable[..., FollowUp]:
    def run(**changes: object) -> FollowUp:
        values = {"letter": "reminder", "after": "5 working days", "by": named("Ana"), "templates": templates}
        return follow_up(engine, settings, "spring", **(values | changes))  # type: ignore[arg-type]

    return run


def letters_of(engine: Engine, name: str) -> dict[str, Message]:
    with reading(engine) as session:
        query = select(Message).join(Campaign).where(Campaign.name == name)  # type: ignore[arg-type]
        return {m.iso3: m for m in session.exec(query) if m.replaced_at is None}


def test_a_follow_up_stands_in_the_thread_of_the_first_letter_and_waits_its_days(
    sent: datetime, follow: Callable[..., FollowUp], engine: Engine, messages: Messages
) -> None:
    first = letters_of(engine, "spring")
    made = follow()
    assert made.name == "spring-follow-up"
    second = letters_of(engine, made.name)
    with reading(engine) as session:
        mail = parsed(frozen_bytes(session, second["FRA"]))
    assert mail["In-Reply-To"] == mail["References"] == first["FRA"].message_id
    assert mail["Subject"] == f"Re: {first['FRA'].subject}" == second["FRA"].subject
    assert mail["Message-ID"] != first["FRA"].message_id
    assert second["FRA"].due_at == after_working_days(sent, 5, ZURICH)
    assert second["ESP"].due_at is None, "its first letter has not gone out"


def test_a_follow_up_is_due_once_its_first_letter_has_gone_out(
    sent: datetime, follow: Callable[..., FollowUp], engine: Engine
) -> None:
    made = follow()
    with writing(engine) as session:
        first = session.get_one(Message, letters_of(engine, "spring")["ESP"].id)
        first.state, first.sent_at = MessageState.SENT, clock.now()
        held = session.get_one(Message, letters_of(engine, made.name)["ESP"].id)
        held.state, held.hold = MessageState.QUEUED, None
        session.add_all([first, held])
    assert plan_follow_ups(engine) == 1
    assert letters_of(engine, made.name)["ESP"].due_at is not None


@pytest.mark.heavy
def test_a_follow_up_of_letters_approved_anew_waits_for_a_person(
    sent: datetime, follow: Callable[..., FollowUp], engine: Engine
) -> None:
    made = follow()
    with writing(engine) as session:
        message = session.get_one(Message, letters_of(engine, made.name)["FRA"].id)
        message.due_at = message.next_try_at = None
        message.in_reply_to = "<another@coalition.example>"
        session.add(message)
    plan_follow_ups(engine)
    with reading(engine) as session:
        row = session.exec(select(Campaign).where(Campaign.name == made.name)).one()
    assert row.state is CampaignState.WAITING
    assert "approved anew" in row.reason


def test_a_follow_up_that_can_not_be_made_leaves_nothing_behind(
    sent: datetime, follow: Callable[..., FollowUp], engine: Engine, templates: Path
) -> None:
    (templates / "reminder" / "en.md").write_text("{{ contact.title }}: {{ nonsense }}")
    for changes, error in (
        ({}, LetterError),
        ({"to": "maybe"}, UserError),
        ({"after": "soon"}, UserError),
        ({"yes": 99}, ConfirmationError),
    ):
        with pytest.raises(error):
            follow(**changes)
    with reading(engine) as session:
        assert [one.name for one in session.exec(select(Campaign)).all()] == ["spring"]
        assert len(session.exec(select(Response)).all()) == 3


def test_what_is_not_approved_has_no_follow_up(campaign: str, follow: Callable[..., FollowUp], templates: Path) -> None:
    shutil_copy = templates / "reminder"
    shutil_copy.mkdir()
    (shutil_copy / "letter.toml").write_text('title = "R"\n[subject]\nen = "Reminder"\n')
    (shutil_copy / "en.md").write_text("x\n")
    with pytest.raises(CampaignError, match="no letter to follow up"):
        follow()


def test_a_test_letter_goes_to_oneself_and_never_to_a_mission(
    campaign: str, engine: Engine, settings: Settings, templates: Path
) -> None:
    trial = compose_trial(engine, settings, campaign, to="ana@coalition.example", iso3="gbr", templates=templates)
    mail = parsed(trial.wire)
    assert (trial.iso3, mail["To"], mail["Cc"]) == ("GBR", "ana@coalition.example", None)
    assert mail["Subject"].startswith("[Test, GBR] Letter")
    assert b"mission.example" not in trial.wire
    for address in ("PR@fra.mission.example", "no address", "a@b@c"):
        with pytest.raises(UserError):
            compose_trial(engine, settings, campaign, to=address, templates=templates)
    with reading(engine) as session:
        assert session.exec(select(Message)).all() == []


def test_what_was_rehearsed_in_part_is_approved_whole_for_live_mode(
    campaign: str, approved: Callable[..., object], engine: Engine, settings: Settings, templates: Path
) -> None:
    """One recipient had a copy from the rehearsal server, which reached nobody; the other was put off."""
    from outreach.models import Delivery

    approved()
    with writing(engine) as session:
        message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        message.state, message.rehearsed = MessageState.DEFERRED, True
        one = session.exec(select(Delivery).where(Delivery.message_id == message.id)).first()
        assert one is not None
        one.state, one.rehearsed = MessageState.SENT, True
        session.add_all([message, one])
    live = settings.model_copy(update={"mode": "live"})
    live = Settings(**{"from": settings.sender, "mode": "live"})
    found = approving.approve(engine, live, campaign, by=named("Ana"), templates=templates)
    assert found.kept == ()


@pytest.mark.parametrize(
    ("moment", "unusual"),
    [("2035-03-19 09:00", False), ("2035-03-17 09:00", True), ("2035-03-19 19:00", True), ("2035-03-19 07:59", True)],
)
def test_a_time_that_may_not_be_meant_is_told(moment: str, unusual: bool) -> None:
    assert bool(timing._unusual(datetime.fromisoformat(moment))) is unusual


def test_each_letters_history_tells_when_it_is_due(
    engine: Engine, settings: Settings, campaign: str, approved: Callable[..., object]
) -> None:
    approved()
    done = schedule(engine, settings, campaign, "2035-03-19 09:00", spread_over=timedelta(hours=3), by=named("Ana"))
    with reading(engine) as session:
        told = session.exec(select(DeliveryEvent).where(DeliveryEvent.kind == EventKind.SCHEDULED)).all()
        due = session.exec(select(Message.due_at).where(Message.state == MessageState.QUEUED)).all()
    assert len(told) >= done.letters > 1
    assert {one.who for one in told} == {"Ana"}
    assert {moment.isoformat() for moment in due if moment is not None} <= {one.detail for one in told}


def test_another_time_takes_letters_from_whoever_had_claimed_them(
    engine: Engine, settings: Settings, campaign: str, approved: Callable[..., object]
) -> None:
    approved()
    schedule(engine, settings, campaign, "2035-03-19 09:00", by=named("Ana"))
    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            message.owner, message.lease_until, message.claim = "a/1/2/00000000", clock.now(), 7
            session.add(message)
    schedule(engine, settings, campaign, "2035-03-20 09:00", by=named("Ana"))
    with reading(engine) as session:
        queued = session.exec(select(Message).where(Message.state == MessageState.QUEUED)).all()
    assert len(queued) > 1
    assert all(one.owner is None and one.lease_until is None and one.claim > 7 for one in queued)


def test_the_hours_of_trying_begin_anew_when_a_campaign_goes_on(
    engine: Engine, settings: Settings, campaign: str, approved: Callable[..., object]
) -> None:
    approved()
    schedule(engine, settings, campaign, "2035-03-19 09:00", by=named("Ana"))
    with writing(engine) as session:
        for message in session.exec(select(Message)).all():
            message.first_try_at = clock.now()
            session.add(message)
    timing.pause(engine, campaign, by=named("Ana"))
    resume(engine, settings, campaign, by=named("Ana"))
    with reading(engine) as session:
        queued = session.exec(select(Message).where(Message.state == MessageState.QUEUED)).all()
    assert len(queued) > 1
    assert all(one.first_try_at is None and one.due_at == at("2035-03-19 09:00") for one in queued)
