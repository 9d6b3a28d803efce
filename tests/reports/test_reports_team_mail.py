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
from outreach.database import writing
from outreach.errors import ServerFault, SettingsError
from outreach.models import Contact, DeliveryEvent, Message, Reply
from outreach.outbox.server import SmtpServer
from outreach.schedule import mail_team
from outreach.settings import Settings
from outreach.vocabulary import EventKind, MailKind, Role
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
