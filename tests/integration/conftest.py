"""What the tests with other programs share: a database with the invented campaign."""

import pytest
from sqlalchemy import Engine

from outreach.database import writing
from tests.reports.invented_campaign import add_missions, fill


@pytest.fixture
def campaign(engine: Engine) -> Engine:
    """A database with the 47 missions and the invented campaign."""
    with writing(engine) as session:
        add_missions(session)
        fill(session)
    return engine
