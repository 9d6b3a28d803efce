"""Copies of a database on PostgreSQL: a restored dump is recognised by any journal, a new worker is welcome."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import select

from outreach.actors import named
from outreach.database import open_database, reading, working
from outreach.errors import CopyError
from outreach.models import Dispatch, Identity
from outreach.outbox.reconcile import reconcile
from outreach.settings import Settings
from outreach.witness.standing import StandingKind, Witness, journal_opened, require_home, standing
from tests.integration.test_postgresql import new_database
from tests.outbox.conftest import Letters, letters, messages  # noqa: F401
from tests.servers import missing, postgresql
from tests.witness.handovers import AT, accepted, handover

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


@pytest.fixture
def engine(server: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    opened = open_database(new_database(server, f"copies_{abs(hash(request.node.name))}"))
    yield opened
    opened.dispose()


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Settings, Settings]:
    """Two machines, each with a state directory of its own."""
    one, two = (Settings(mode="live", smtp_host="127.0.0.1", state_dir=str(tmp_path / name)) for name in ("one", "two"))
    return one, two


def send(engine: Engine, settings: Settings, number: int) -> None:
    with working(engine) as connection:
        connection.execute(update(Identity).values(generation=Identity.generation + 1))
    with reading(engine) as session, journal_opened(engine, settings) as journal:
        generation = session.exec(select(Identity.generation)).one()
        journal.begin([handover(number)], generation, AT)
        journal.answer([accepted(number)], AT)


@pytest.fixture
def put_back(engine: Engine, server: str) -> Iterator[Callable[[str], Engine]]:
    """A function that dumps the database and restores it under another name."""
    if shutil.which("pg_dump") is None:
        missing("pg_dump is not installed (Debian: postgresql-client)")
    opened: list[Engine] = []

    def put(name: str) -> Engine:
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        dump = subprocess.run(["pg_dump", "--dbname", url], check=True, capture_output=True).stdout
        new = new_database(server, name)
        psql = ["psql", "--quiet", "--dbname", new.replace("+psycopg", "")]
        subprocess.run(psql, input=dump, check=True, capture_output=True)
        opened.append(open_database(new))
        return opened[-1]

    yield put
    for one in opened:
        one.dispose()


def test_a_new_worker_needs_no_word(engine: Engine, machines: tuple[Settings, Settings]) -> None:
    one, two = machines
    assert standing(engine, one).kind is StandingKind.FRESH
    send(engine, one, 1)
    found = standing(engine, two)
    assert (found.kind, found.no_journal) == (StandingKind.AT_HOME, True)
    assert "can't be told from here" in found.words
    for turn, machine in enumerate((two, one, two), start=2):
        send(engine, machine, turn)
        require_home(engine, one)
        require_home(engine, two)


@pytest.mark.parametrize("who", [0, 1])
def test_a_restored_dump_is_recognised_by_any_workers_journal(
    engine: Engine, put_back: Callable[[str], Engine], machines: tuple[Settings, Settings], who: int
) -> None:
    standing(engine, machines[0])
    send(engine, machines[0], 1)
    send(engine, machines[1], 2)
    back = put_back(f"restored_{who}")
    send(engine, machines[who], 3)
    with pytest.raises(CopyError, match="1 letter went out after it was made"):
        require_home(back, machines[who])
    done = reconcile(back, machines[who], by=named("Ana"), yes=2)
    assert len(done.unknown) == 2
    require_home(back, machines[who])
    with reading(back) as session:
        assert "<3@coalition.example>" in session.exec(select(Dispatch.message_id)).all()
    with pytest.raises(CopyError, match="another copy of it was settled"):
        require_home(engine, machines[who])


def test_a_worker_that_runs_stops_once_a_copy_was_settled(
    engine: Engine, put_back: Callable[[str], Engine], machines: tuple[Settings, Settings]
) -> None:
    one = machines[0]
    witness = Witness(engine, one)
    send(engine, one, 1)
    back = put_back("settled")
    send(engine, one, 2)
    with working(engine) as connection:
        assert not witness.behind(connection)
    reconcile(back, one, by=named("Ana"), yes=2)
    with working(engine) as connection:
        assert witness.behind(connection)


def test_letters_are_settled_as_on_sqlite(
    engine: Engine,
    letters: Letters,
    messages,
    machines: tuple[Settings, Settings],
) -> None:
    one = machines[0]
    standing(engine, one)  # taken as at home, with a generation of its own
    generation = standing(engine, one).generation
    letters(3)
    names = [row.message_id for row in messages()]
    with journal_opened(engine, one) as journal:
        to = ("pr@aax.mission.example", "pr@abx.mission.example")
        out = [handover(message_id=name, recipients=(box,)) for name, box in zip(names, to, strict=False)]
        journal.begin(out, generation + 1, AT)
        journal.answer([accepted(message_id=names[0])], AT)
    done = reconcile(engine, one, by=named("Ana"), yes=1)
    assert done.paused == ["spring"]
    assert [str(row.state) for row in messages()] == ["sent", "uncertain", "queued"]
    assert standing(engine, one).kind is StandingKind.AT_HOME
