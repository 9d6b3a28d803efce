"""What the scheduler mails to the team: once, at its time, and never to a mission."""

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from invented_campaign import MADE
from sqlalchemy import Engine
from sqlmodel import select

from outreach import clock
from outreach.database import reading, writing
from outreach.errors import ServerFault, SettingsError
from outreach.models import Account, Attempt, Campaign, Contact, Delivery, DeliveryEvent, Message, Reply, Response
from outreach.outbox.server import SmtpServer
from outreach.people import audit
from outreach.reports import team_mail
from outreach.responses.comments import comment
from outreach.schedule import mail_team
from outreach.settings import Settings
from outreach.vocabulary import (
    Act,
    ActorKind,
    CampaignState,
    EventKind,
    Hold,
    Line,
    MailKind,
    MessageState,
    Role,
    Stage,
    Stop,
)
from tests.acts import signed_in
from tests.scripted_smtp import ScriptedSmtp

TEAM = ["ana@coalition.example", "ben@coalition.example"]
NAME = "renew-the-mandate"


def settings(**values: Any) -> Settings:
    return Settings.model_validate(
        {"team": TEAM, "allow_list": TEAM, "from": "Desk <desk@coalition.example>", **values}
    )


def mailed(engine: Engine, chosen: Settings, script: Any = None) -> list[Any]:
    with ScriptedSmtp(script) as server:
        asyncio.run(mail_team(engine, chosen, SmtpServer("127.0.0.1", server.port)))
    return server.accepted


def parsed(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MADE)  # Monday 25 March 2024, 14:30 in Geneva


@pytest.mark.heavy
@pytest.mark.parametrize("every", ["day", "week"])
def test_the_report_is_mailed_once_in_its_time(varied: Engine, every: str) -> None:
    assert mailed(varied, settings(report_every=every, report_time="15:00")) == []
    (taken,) = mailed(varied, settings(report_every=every))
    assert set(taken.rcpt_to) == set(TEAM)
    mail = parsed(taken.content)
    assert mail["Subject"] == "[Outreach] renew-the-mandate: report of 25 March 2024"
    assert mail["Auto-Submitted"] == "auto-generated"
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "renew-the-mandate 2024-03-25.xlsx"
    assert openpyxl.load_workbook(BytesIO(file.get_content())).sheetnames[0] == "Overview"
    assert mailed(varied, settings(report_every=every)) == []


def test_never_is_the_default(varied: Engine) -> None:
    assert mailed(varied, settings()) == []


@pytest.mark.heavy
def test_an_answer_and_a_bounce_are_told_once_and_old_ones_not(varied: Engine) -> None:
    with writing(varied) as session:
        france, japan = (session.exec(select(Message).where(Message.iso3 == iso3)).one() for iso3 in ("FRA", "JPN"))
        for number, (message, at) in enumerate([(france, MADE), (japan, MADE - timedelta(days=2))]):
            session.add(
                Reply(
                    digest=str(number), received_at=at, ingested_at=at, kind=MailKind.REPLY, body="Yes.", raw=b"",
                    message_id=message.id,
                )
            )  # fmt: skip
        for permanent in (True, False):
            session.add(
                DeliveryEvent(
                    message_id=japan.id, at=MADE, kind=EventKind.BOUNCED, who="inbox", recipient="a@jpn.example",
                    permanent=permanent,
                )
            )  # fmt: skip
    (taken,) = mailed(varied, settings())
    mail = parsed(taken.content)
    assert mail["Subject"] == "[Outreach] 2 answers and bounces"
    assert mail.get_content().splitlines() == [
        f"{NAME}: France has answered.",
        f"{NAME}: the letter to Japan came back (a@jpn.example). Correct it.",
    ]
    assert mailed(varied, settings()) == []


@pytest.mark.heavy
def test_what_the_server_refuses_for_now_is_tried_again(varied: Engine) -> None:
    chosen = settings(report_every="day")
    assert mailed(varied, chosen, lambda _dialogue, verb, _argument: "451 later" if verb == "RCPT" else None) == []
    with pytest.raises(ServerFault):
        mailed(varied, chosen, lambda _dialogue, verb, _argument: "554 no" if verb == "CONNECT" else None)
    assert len(mailed(varied, chosen)) == 1


def test_never_to_a_mission(varied: Engine) -> None:
    with writing(varied) as session:
        session.add(Contact(iso3="FRA", role=Role.GENERAL, email="Ana@Coalition.example", email_key=TEAM[0]))
    with pytest.raises(SettingsError, match=r"an address of a mission: ana@coalition\.example"):
        mailed(varied, settings(report_every="day"))
    with pytest.raises(SettingsError, match=r"an address of a mission"):
        mailed(varied, settings(report_every="day", team=["OFFICE.fra@mission.example"]))


@pytest.mark.heavy
def test_rehearsal_mails_the_allow_list_only(varied: Engine) -> None:
    (taken,) = mailed(varied, settings(report_every="day", allow_list=TEAM[:1]))
    assert taken.rcpt_to == tuple(TEAM[:1])
    with writing(varied) as session:
        session.add(
            Reply(digest="x", received_at=MADE, ingested_at=datetime.now(UTC), kind=MailKind.REPLY, raw=b"",
                  message_id=session.exec(select(Message.id).where(Message.iso3 == "FRA")).one())
        )  # fmt: skip
    assert mailed(varied, settings(allow_list=[])) == []


@pytest.mark.parametrize(
    "address", ["me@fra.mission.example", "me@x.fra.mission.example", "pr.office+team@fra.mission.example"]
)
def test_nothing_is_mailed_to_a_domain_where_a_mission_has_its_box(varied: Engine, address: str) -> None:
    with writing(varied) as session:
        email = "pr.office@fra.mission.example"
        if not session.exec(select(Contact).where(Contact.email_key == email)).first():
            session.add(Contact(iso3="FRA", role=Role.GENERAL, email=email, email_key=email))
    chosen = settings(report_every="day", team=[*TEAM, address], allow_list=[*TEAM, address])
    with pytest.raises(SettingsError, match="at your own domain") as caught:
        mailed(varied, chosen)
    assert address in caught.value.message


def stop_it(engine: Engine, stop: Stop, at: datetime = MADE, state: CampaignState = CampaignState.WAITING) -> None:
    """Let the invented campaign stand still, with one letter that is to go."""
    with writing(engine) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == NAME)).one()
        campaign.state, campaign.stop, campaign.reason, campaign.stopped_at = state, stop, "something happened", at
        message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        message.state, message.next_try_at, message.owner = MessageState.QUEUED, MADE - timedelta(hours=2), None
        session.add_all([campaign, message])


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("stop", "state", "cure"),
    [
        (Stop.LATE, CampaignState.WAITING, f"outreach campaign resume {NAME}"),
        (Stop.FAILING, CampaignState.PAUSED, f"outreach campaign resume {NAME}"),
        (Stop.ADDRESSES_CHANGED, CampaignState.DRAFT, f"outreach campaign approve {NAME} --by WHO"),
    ],
)
def test_a_campaign_that_stops_is_the_first_mail_once_with_the_cure(
    varied: Engine, stop: Stop, state: CampaignState, cure: str
) -> None:
    stop_it(varied, stop, state=state)
    first, *report = mailed(varied, settings(report_every="day"))
    mail = parsed(first.content)
    assert mail["Subject"] == f"[Outreach] {NAME} did not go"
    assert set(first.rcpt_to) == set(TEAM)
    text = mail.get_content()
    assert "something happened" in text
    assert cure in text
    assert all("report of" in parsed(one.content)["Subject"] for one in report)
    assert mailed(varied, settings(report_every="day")) == [], "once, and not at each pass"
    stop_it(varied, stop, MADE - timedelta(minutes=1), state)
    assert len(mailed(varied, settings())) == 1, "another stop is another mail"


def test_what_a_person_did_on_purpose_and_what_is_long_past_is_no_news(varied: Engine) -> None:
    stop_it(varied, Stop.PAUSED, state=CampaignState.PAUSED)
    assert mailed(varied, settings()) == []
    stop_it(varied, Stop.LATE, MADE - timedelta(days=2))
    assert mailed(varied, settings()) == []


def test_a_mail_server_that_was_away_for_long_is_told_once_it_is_back(varied: Engine) -> None:
    missed: dict[str, tuple[str, str]] = {}

    def mail(script: Any = None) -> list[Any]:
        with ScriptedSmtp(script) as server:
            asyncio.run(mail_team(varied, settings(), SmtpServer("127.0.0.1", server.port), missed=missed))
        return server.accepted

    stop_it(varied, Stop.MAIL_SERVER, MADE - timedelta(minutes=10), CampaignState.SCHEDULED)
    assert mail() == [], "it may be over in a moment"
    stop_it(varied, Stop.MAIL_SERVER, MADE - timedelta(minutes=20), CampaignState.SCHEDULED)
    with pytest.raises(ServerFault):
        mail(lambda _dialogue, verb, _argument: "554 no" if verb == "CONNECT" else None)
    with writing(varied) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == NAME)).one()
        campaign.stop, campaign.stopped_at, campaign.reason = None, None, ""
        session.add(campaign)
    (late,) = mail()
    assert "By now that is over: it goes on." in parsed(late.content).get_content()
    assert mail() == []


def test_the_news_of_a_stop_goes_to_no_mission_either(varied: Engine) -> None:
    stop_it(varied, Stop.LATE)
    with pytest.raises(SettingsError, match="an address of a mission"):
        mailed(varied, settings(team=["office.fra@mission.example"]))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("stop", "minutes"), [(Stop.COPY_SETTLED, 0), (Stop.PLAN_CHANGED, 15), (Stop.REHEARSED, 0), (Stop.UNCONFIRMED, 0)]
)
def test_every_stop_that_waits_for_a_person_is_mailed(varied: Engine, stop: Stop, minutes: int) -> None:
    state = CampaignState.DRAFT if stop is Stop.PLAN_CHANGED else CampaignState.WAITING
    if minutes:
        stop_it(varied, stop, MADE - timedelta(minutes=minutes - 1), state)
        assert mailed(varied, settings()) == [], "who changed the plan may be about to approve it anew"
    stop_it(varied, stop, MADE - timedelta(minutes=minutes), state)
    (mail,) = mailed(varied, settings())
    assert parsed(mail.content)["Subject"] == f"[Outreach] {NAME} did not go"
    assert mailed(varied, settings()) == []


def put_every_letter_off(engine: Engine, *, lasted: timedelta) -> None:
    """Let the mail server say the same of every letter that is to go, first so long ago and ten minutes ago."""
    said = "450 4.1.8 Sender address rejected: Domain not found"
    last = MADE - timedelta(minutes=10)
    with writing(engine) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == NAME)).one()
        campaign.state, campaign.stop, campaign.reason = CampaignState.SCHEDULED, None, ""
        for message in session.exec(select(Message).where(Message.campaign_id == campaign.id)):
            if message.state in (MessageState.QUEUED, MessageState.DEFERRED):
                message.state, message.next_try_at = MessageState.DEFERRED, MADE + timedelta(minutes=5)
                message.smtp_reply, message.owner = said, None
                for one in session.exec(select(Delivery).where(Delivery.message_id == message.id)):
                    one.state, one.smtp_reply = MessageState.DEFERRED, said
                    for at in (last - lasted, last):
                        session.add(
                            Attempt(
                                delivery_id=one.id, message_id=message.id, claim=1, began_at=at, ended_at=at,
                                worker="w", server="s", live=True, stage=Stage.RCPT, words=said,
                                outcome=MessageState.DEFERRED,
                            )
                        )  # fmt: skip


def test_that_every_letter_is_put_off_is_mailed_once_it_lasts_with_the_cure(varied: Engine) -> None:
    put_every_letter_off(varied, lasted=timedelta(minutes=50))
    assert mailed(varied, settings()) == [], "it mostly passes by itself"
    put_every_letter_off(varied, lasted=timedelta(minutes=70))
    (mail,) = mailed(varied, settings())
    text = parsed(mail.content).get_content()
    assert parsed(mail.content)["Subject"] == f"[Outreach] {NAME} did not go"
    assert "450 4.1.8 Sender address rejected: Domain not found. Check the addresses in from" in " ".join(text.split())
    assert "outreach doctor" in text
    assert mailed(varied, settings()) == []


def test_no_stop_is_forgotten() -> None:
    """What is not mailed as a stop is meant by a person, can't be mailed at all, or is told letter by letter."""
    unmailed = {
        Stop.PAUSED, Stop.COPY, Stop.SETTINGS, Stop.NO_WORKER, Stop.BEGUN_LIVE, Stop.NO_ADDRESS, Stop.HELD,
        Stop.UNCERTAIN, Stop.FAILED, Stop.GIVEN_UP, Stop.REACHED_SOME, Stop.MAIL_TO_LOOK_AT,
    }  # fmt: skip
    assert set(team_mail._PATIENCE) == set(Stop) - unmailed


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        (MessageState.UNCERTAIN, EventKind.UNCERTAIN, "the letter to France may have gone out: decide whether it did."),
        (MessageState.FAILED, EventKind.REFUSED, "the letter to France was refused for good. Look at it."),
        (MessageState.HELD, EventKind.HELD, "the letter to France is held: the address takes no mail. Look at it."),
    ],
)
def test_a_letter_that_comes_to_wait_for_a_person_is_told_once(
    varied: Engine, state: MessageState, kind: EventKind, words: str
) -> None:
    def happens(actor: ActorKind) -> None:
        with writing(varied) as session:
            message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
            message.state = state
            message.hold = Hold.BOUNCED if state is MessageState.HELD else None
            session.exec(select(Campaign).where(Campaign.name == NAME)).one().last_active_at = MADE
            session.add(DeliveryEvent(message_id=message.id, at=MADE, kind=kind, who="x", actor_kind=actor))

    happens(ActorKind.NAMED)
    assert mailed(varied, settings()) == [], "a person did it, and knows"
    happens(ActorKind.PROGRAM)
    (mail,) = mailed(varied, settings())
    assert parsed(mail.content).get_content().strip() == f"{NAME}: {words}"
    assert mailed(varied, settings()) == []


def refused_at_some(engine: Engine) -> tuple[int, str]:
    """France has its letter, and one of its addresses refused it; another asked to be left alone."""
    with writing(engine) as session:
        message = session.exec(select(Message).where(Message.iso3 == "FRA")).one()
        session.exec(select(Campaign).where(Campaign.name == NAME)).one().last_active_at = MADE
        assert message.id is not None
        message.state = MessageState.SENT
        for local, hold, words in (
            ("expert", None, "550 5.1.1 no such user"), ("left", Hold.OPTED_OUT, "left out: asked to be left alone"),
        ):  # fmt: skip
            address = f"{local}@fra.mission.example"
            one = Delivery(
                message_id=message.id, address=address, address_key=address, line=Line.CC, state=MessageState.FAILED,
                hold=hold, smtp_reply=words,
            )  # fmt: skip
            session.add(one)
            session.flush()
            if local == "expert":
                assert one.id is not None
                session.add(
                    Attempt(
                        delivery_id=one.id, message_id=message.id, claim=1, began_at=MADE, ended_at=MADE, worker="w",
                        server="s", live=True, stage=Stage.RCPT, code=550, words=words, outcome=MessageState.FAILED,
                    )
                )  # fmt: skip
        return message.id, f"outreach messages correct {message.id} ADDRESS"


def test_an_address_that_refused_what_others_of_its_mission_have_is_told_once_with_the_cure(varied: Engine) -> None:
    _, cure = refused_at_some(varied)
    (mail,) = mailed(varied, settings())
    text = parsed(mail.content).get_content()
    assert "the letter to France reached only some of its addresses" in text
    assert "expert@fra.mission.example was refused: 550 5.1.1 no such user." in text
    assert cure in text
    assert f"outreach messages retry {NAME}" in text
    assert "left@" not in text
    assert mailed(varied, settings()) == []


def test_the_mail_of_a_campaign_that_paused_names_the_letters_that_wait_for_a_person_with_their_cure(
    varied: Engine,
) -> None:
    _, cure = refused_at_some(varied)
    with writing(varied) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == NAME)).one()
        campaign.state, campaign.stop, campaign.reason = CampaignState.PAUSED, Stop.FAILING, "too many were refused"
        campaign.stopped_at = MADE
        first = session.exec(select(Message).where(Message.iso3 == "JPN")).one()
        first.state, first.next_try_at, first.owner = MessageState.QUEUED, MADE, None
    stop, *_ = mailed(varied, settings())
    text = parsed(stop.content).get_content()
    assert "1 letter reached only some of its addresses" in text
    assert cure in text


@pytest.mark.heavy
def test_a_second_approval_is_asked_for(varied: Engine) -> None:
    with writing(varied) as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == NAME)).one()
        campaign.state, campaign.first_approved_by, campaign.first_approved_at = (
            CampaignState.APPROVED_ONCE,
            "Ana",
            MADE,
        )
    (mail,) = mailed(varied, settings())
    assert "Ana has approved it; a second person has to approve the same letters." in parsed(mail.content).get_content()
    assert mailed(varied, settings()) == []


def test_a_mention_is_mailed_once_to_an_account_and_never_to_a_mission(varied: Engine) -> None:
    ana, ben, zoe = (signed_in(varied, name) for name in ("Ana", "Ben", "Zoe"))
    with writing(varied) as session:
        there = session.exec(select(Contact.email)).first() or ""
        for actor, address in ((ben, TEAM[1]), (zoe, there)):
            account = session.get_one(Account, actor.account)
            account.email = address
            audit.record(session, actor, Act.ACCOUNT_CHANGED)
    with reading(varied) as session:
        iso3 = session.exec(select(Response.iso3)).first() or ""
    comment(varied, NAME, iso3, "Who calls, @ben or @zoe? Or I, @ana.", by=ana)
    chosen = settings(team=[])
    (sent,) = mailed(varied, chosen)
    assert sent.rcpt_to == (TEAM[1],)
    assert "Who calls, @ben or @zoe?" in parsed(sent.content).get_content()
    assert not mailed(varied, chosen), "once"
