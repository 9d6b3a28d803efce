"""A database that holds the invented campaign."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from invented_campaign import add_missions, fill
from sqlalchemy import Engine

from outreach.database import open_database, writing
from tests.databases import as_another


@pytest.fixture(scope="session")
def filled(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database with the 47 missions and the invented campaign; it is copied."""
    path = tmp_path_factory.mktemp("filled") / "outreach.db"
    shutil.copy(empty_database, path)
    as_another(path)
    engine = open_database(f"sqlite:///{path}")
    with writing(engine) as session:
        add_missions(session)
        fill(session)
    engine.dispose()
    return path


@pytest.fixture
def varied(filled: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database with the 47 missions and the invented campaign `renew-the-mandate`, of this test's own."""
    shutil.copy(filled, tmp_path / "outreach.db")
    as_another(tmp_path / "outreach.db")
    opened = open_database(f"sqlite:///{tmp_path / 'outreach.db'}")
    yield opened
    opened.dispose()
