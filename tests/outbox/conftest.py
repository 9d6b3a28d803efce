"""Letters in the queue, without the rooms that usually put them there."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach import clock
from outreach.database import reading, writing
from outreach.models import Campaign, Delivery, Frozen, Message, Mission, Response
from outreach.outbox.server import SmtpServer
from outreach.outbox.worker import Outbox, Summary
from outreach.settings import Settings
from outreach.vocabulary import CampaignState, Line, MessageState
from tests.outbox.in_directory import known

Letters = Callable[..., list[int]]
Send = Callable[..., Summary]


def iso3(number: int) -> str:
    return f"{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}X"


@pytest.fixture
def letters(engine: Engine) -> Letters:
    """A function that puts letters of a scheduled campaign into the queue and returns their numbers."""

    def put(
        count: int,
        *,
        name: str = "spring",
        to: tuple[str, ...] = ("pr",),
        raw: bytes = b"",
        begin: int = 0,
        **changes: Any,
    ) -> list[int]:
        due_at = clock.now() - timedelta(seconds=1)
        with writing(engine) as session:
            campaign = Campaign(
                name=name, letter=name, as_of=due_at.date(), time_zone="Europe/Zurich", created_at=due_at,
                state=CampaignState.SCHEDULED, due_at=due_at, confirmed_missions=count,
            )  # fmt: skip
            session.add(campaign)
            session.flush()
            assert campaign.id is not None
            numbers: list[int] = []
            for number in range(begin, begin + count):
                code = iso3(number)
                if session.get(Mission, code) is None:
                    session.add(Mission(iso3=code, short_name=code, formal_name=code, language="en"))
                    session.flush()
                session.add(Response(campaign_id=campaign.id, iso3=code))
                values: dict[str, Any] = {
                    "message_id": f"<{name}-{code}@coalition.example>",
                    "envelope_from": "bounces@coalition.example", "language": "en", "subject": f"{name} {code}",
                    "state": MessageState.QUEUED, "due_at": due_at, "next_try_at": due_at,
                }  # fmt: skip
                frozen = raw or f"Subject: {code}\r\n\r\nbody\r\n".encode()
                message = Message(campaign_id=campaign.id, iso3=code, size=len(frozen), **(values | changes))
                session.add(message)
                session.flush()
                assert message.id is not None
                session.add(Frozen(message_id=message.id, raw=frozen))
                numbers.append(message.id)
                for local in to:
                    address = f"{local}@{code.lower()}.mission.example"
                    line = Line.TO if local == to[0] else Line.CC
                    state = message.state
                    session.add(
                        Delivery(message_id=message.id, address=address, address_key=address, line=line, state=state)
                    )
                    known(session, code, address, line=line)
        return numbers

    return put


@pytest.fixture
def send(engine: Engine) -> Send:
    """A function that runs one pass against a port, as `outreach send` does."""

    def run(port: int, **settings: Any) -> Summary:
        values = {"mode": "live", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_connections": 3}
        read = Settings(**(values | settings))

        async def once() -> Summary:
            outbox = Outbox(engine, read, SmtpServer.configured(read))
            try:
                return await outbox.send_due()
            finally:
                await outbox.close()

        return asyncio.run(once())

    return run


@pytest.fixture
def messages(engine: Engine) -> Callable[[], list[Message]]:
    """A function that reads all letters, in the order in which they were put."""

    def read() -> list[Message]:
        with reading(engine) as session:
            return list(session.exec(select(Message).order_by(col(Message.id))).all())

    return read


@pytest.fixture
def recipients(engine: Engine) -> Callable[[], list[Delivery]]:
    """A function that reads all recipients."""

    def read() -> list[Delivery]:
        with reading(engine) as session:
            return list(session.exec(select(Delivery).order_by(col(Delivery.id))).all())

    return read


@pytest.fixture
def change(engine: Engine) -> Callable[..., None]:
    """A function that changes the one campaign, as another process would."""

    def update(**changes: Any) -> None:
        with writing(engine) as session:
            campaign = session.exec(select(Campaign)).one()
            for name, value in changes.items():
                setattr(campaign, name, value)
            session.add(campaign)

    return update
