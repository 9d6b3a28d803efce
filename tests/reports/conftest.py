"""A database that holds the invented campaign."""

import pytest
from invented_campaign import add_missions, fill
from sqlalchemy import Engine

from outreach.database import writing


@pytest.fixture
def varied(engine: Engine) -> Engine:
    """A database with the 47 missions and the invented campaign `renew-the-mandate`."""
    with writing(engine) as session:
        add_missions(session)
        fill(session)
    return engine
