"""What every test may use: a database that is up to date and empty, made once and copied."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import acts
import pytest
from hypothesis import settings
from sqlalchemy import Engine

from outreach.database import open_database
from tests.databases import as_another
from tests.examples import examples

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("outreach", deadline=None, max_examples=examples(100))
settings.load_profile("outreach")

# A validator of the tests brings lxml along, with which openpyxl writes workbooks otherwise than where the program is
# installed: here it does without, and processes that tests start do too.
os.environ["OPENPYXL_LXML"] = "False"

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def _no_act_without_its_record() -> None:
    """Whatever test runs, the product records who changed what, with the change (tests/acts.py)."""
    acts.watch()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database with tables and no rows."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(scope="session", autouse=True)
def _no_state_of_the_users_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is opened outside of a single test keeps its state in a folder of the run's own."""
    os.environ["OUTREACH_STATE_DIR"] = str(tmp_path_factory.mktemp("state"))
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"  # nor anything of the user's own keyring


@pytest.fixture(autouse=True)
def _the_mask_stays() -> Iterator[None]:
    """A command that runs in this process makes its files its owner's alone; the next test begins as this one did."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def state_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state directory of this test's own: an installation that has never sent anything."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("OUTREACH_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def engine(empty_database: Path, tmp_path: Path) -> Iterator[Engine]:
    """A fresh database of this test's own, at tmp_path/outreach.db."""
    shutil.copy(empty_database, tmp_path / "outreach.db")
    as_another(tmp_path / "outreach.db")
    opened = open_database(f"sqlite:///{tmp_path / 'outreach.db'}")
    yield opened
    opened.dispose()
