"""The move from one database to another, here from SQLite to SQLite; to PostgreSQL in tests/integration."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from outreach import clock
from outreach.copying import copy_database
from outreach.database import open_database, writing
from outreach.errors import UserError
from outreach.models import Campaign, Frozen, Message, Mission, Response, ResponseChange
from outreach.vocabulary import MessageState
from tests.databases import hold_the_same


def fill(engine: Engine, **message: object) -> None:
    now = clock.now()
    with writing(engine) as session:
        session.add(Mission(iso3="FRA", short_name="France", formal_name="the French Republic", language="fr"))
        session.flush()
        session.add(Campaign(id=7, name="c", letter="l", as_of=now.date(), time_zone="UTC", created_at=now))
        session.flush()
        session.add(
            Campaign(id=3, name="f", letter="l", as_of=now.date(), time_zone="UTC", created_at=now, follows_id=7)
        )
        session.add(
            Message(
                campaign_id=7, iso3="FRA", message_id="<1@x.example>", language="fr", subject="é", size=2,
                envelope_from="a@x.example", state=MessageState.QUEUED, **message,
            )
        )  # fmt: skip
        session.flush()
        session.add(Frozen(message_id=1, raw=b"\x00\xff"))
        session.add(Response(id=1, campaign_id=7, iso3="FRA"))
        session.flush()
        change = {"response_id": 1, "at": now, "who": "ana", "field": "position", "old": "", "new": ""}
        session.add(ResponseChange(id=2, **change))
        session.flush()
        session.add(ResponseChange(id=1, **change, undoes_id=2))


@pytest.mark.heavy
def test_every_row_is_copied_as_it_is_even_one_that_names_a_later_one(engine: Engine, tmp_path: Path) -> None:
    fill(engine)
    target = f"sqlite:///{tmp_path}/copy.db"
    assert copy_database(str(engine.url), target) == 9
    other = open_database(target)
    assert hold_the_same(engine, other)
    other.dispose()
    with pytest.raises(UserError, match="holds rows already"):
        copy_database(str(engine.url), target)


def test_while_letters_are_being_sent_nothing_is_copied(engine: Engine, tmp_path: Path) -> None:
    fill(engine, owner="elsewhere/1/1/x")
    with pytest.raises(UserError, match="being sent right now"):
        copy_database(str(engine.url), f"sqlite:///{tmp_path}/copy.db")


def test_a_database_is_not_copied_onto_itself(engine: Engine) -> None:
    with pytest.raises(UserError, match="the database in use"):
        copy_database(str(engine.url), str(engine.url))
