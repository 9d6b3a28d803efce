"""Letters that went out, so that mail about them can come back."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from outreach.actors import named
from outreach.database import reading, writing
from outreach.inbox.ingest import IngestResult
from outreach.models import Campaign, Contact, Delivery, Frozen, Message, Mission, Response
from outreach.responses.answers import collect
from outreach.text import address_key
from outreach.vocabulary import CampaignState, DeliveryStatus, Line, MessageState, Role

SENT_AT = datetime(2024, 3, 18, 8, tzinfo=UTC)
HEAD = "From: The Coalition <letters@coalition.example>\r\nSubject: Joint letter\r\n\r\nExcellency\r\n"

SendLetter = Callable[..., int]
TakeIn = Callable[..., IngestResult]


@pytest.fixture
def sent(engine: Engine) -> SendLetter:
    """A function that makes a letter of a campaign that went out to one mission, and returns its number."""

    def make(
        iso3: str = "FRA", *, campaign: str = "hrc55", to: tuple[str, ...] = ("mission",), cc: tuple[str, ...] = (),
        message_id: str | None = None, **changes: Any,
    ) -> int:  # fmt: skip
        with writing(engine) as session:
            row = session.exec(select(Campaign).where(Campaign.name == campaign)).first()
            if row is None:
                row = Campaign(
                    name=campaign, letter="x", as_of=SENT_AT.date(), time_zone="Europe/Zurich", created_at=SENT_AT,
                    state=CampaignState.SCHEDULED,
                )  # fmt: skip
                session.add(row)
            domain = f"{iso3.lower()}.mission.example"
            if session.get(Mission, iso3) is None:
                session.add(Mission(iso3=iso3, short_name=iso3.title(), formal_name=iso3, language="en"))
                session.flush()
                for local in (*to, *cc):
                    address = f"{local}@{domain}"
                    session.add(Contact(iso3=iso3, role=Role.GENERAL, email=address, email_key=address_key(address)))
            session.flush()
            assert row.id is not None
            values: dict[str, Any] = {
                "message_id": message_id or f"<letter-{iso3.lower()}@coalition.example>",
                "language": "en", "subject": "Joint letter", "envelope_from": "bounces@coalition.example",
                "size": len(HEAD), "state": MessageState.SENT, "sent_at": SENT_AT, "first_try_at": SENT_AT,
                "delivery": DeliveryStatus.ACCEPTED, "attempts": 1,
            }  # fmt: skip
            message = Message(campaign_id=row.id, iso3=iso3, **(values | changes))
            session.add(message)
            session.flush()
            session.add(Frozen(message_id=message.id, raw=HEAD.encode()))
            session.add(Response(campaign_id=row.id, iso3=iso3))
            session.flush()
            assert message.id is not None
            out = message.state is MessageState.SENT
            for local, line in [*((one, Line.TO) for one in to), *((one, Line.CC) for one in cc)]:
                address = f"{local}@{domain}"
                session.add(
                    Delivery(
                        message_id=message.id, address=address, address_key=address_key(address), line=line,
                        state=message.state,
                        status=DeliveryStatus.ACCEPTED if out else None,
                    )
                )  # fmt: skip
            return message.id

    return make


@pytest.fixture
def take_in(engine: Engine, tmp_path: Path) -> TakeIn:
    """A function that writes mails to files of their own and takes them in."""
    folder = tmp_path / "mails"
    folder.mkdir()

    def run(*mails: bytes) -> IngestResult:
        paths = []
        for mail in mails:
            path = folder / f"{len(list(folder.iterdir())):03}.eml"
            path.write_bytes(mail)
            paths.append(path)
        return collect(engine, paths, by=named("Ana"))

    return run


@pytest.fixture
def letter(engine: Engine) -> Callable[[int], Message]:
    """A function that reads a letter."""

    def read(number: int) -> Message:
        with reading(engine) as session:
            return session.get_one(Message, number)

    return read


@pytest.fixture
def rows(engine: Engine) -> Callable[..., list[Any]]:
    """A function that reads all rows of a table, in the order in which they were made."""

    def read(table: type[Any]) -> list[Any]:
        with reading(engine) as session:
            return list(session.exec(select(table).order_by(col(table.id))).all())

    return read
