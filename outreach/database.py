"""The database: engine, sessions, schema upgrades. SQLite by default; the same code on PostgreSQL.

Two kinds of session, so that nobody waits for nothing: `reading` sees one consistent moment and locks nobody
out; `writing` takes the one write lock at its start, so that what it read is still true when it writes. Each is
one transaction: it is committed at the end of the block, or nothing of it is.

The write lock is SQLite's own. On PostgreSQL it is an advisory lock, which the workers of the outbox (`working`)
share with one another: they lock the rows that they touch instead, and only a person's or the inbox's writing
keeps them waiting.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlmodel import Session, SQLModel, create_engine, text

from outreach import models  # noqa: F401  (registers the tables)
from outreach.errors import DatabaseFault, SettingsError

MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = "0011"
"""The schema's revision that this code is written for: the newest in migrations/versions."""
_BUSY_SECONDS = 30
_MAPPED_BYTES = 1 << 30
_PG_LOCK = 0x6F757472  # "outr": the advisory lock that stands for SQLite's write lock


def open_database(url: str) -> Engine:
    """Open the database at an SQLAlchemy URL, making or upgrading its schema where needed.

    Raises SettingsError for a URL that is none, DatabaseFault where the database can't be opened or was
    written by a later version of Outreach.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise SettingsError(
            f"DATABASE_URL {url.partition('@')[0]!r} is not a database: {error}.",
            cure="Write it as sqlite:///outreach.db.",
        ) from None
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    elif engine.dialect.name == "postgresql":
        _prepare_postgresql(engine)
    try:
        _bring_up_to_date(engine)
    except DBAPIError as error:
        engine.dispose()
        raise DatabaseFault(
            f"The database {parsed.render_as_string(hide_password=True)} can't be opened: {error.orig}.",
            cure="Check DATABASE_URL, and that the folder is there and can be written to.",
        ) from error
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads. What it loaded may be used after the block."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session that writes: one transaction, committed at the end of the block, undone by an exception."""
    with (
        Session(engine.execution_options(outreach_writes=True), expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def working(engine: Engine) -> Iterator[Connection]:
    """One transaction of a worker, in SQL and without objects, committed at the end of the block.

    On PostgreSQL several run at once: lock the rows that you mean to change (SELECT ... FOR UPDATE).
    """
    with worker_connection(engine) as connection, connection.begin():
        yield connection


def worker_connection(engine: Engine) -> Connection:
    """Return a connection for transactions like those of `working`, one after another. Close it in the end."""
    return engine.execution_options(outreach_writes="shared").connect()


class Watch:
    """Tells, in a few microseconds, whether anything was committed to the database since it was last asked.

    SQLite counts commits for each connection: `data_version` is another number once any other connection, of whatever
    process, has changed the database. This one never writes, so that every commit is another's.
    """

    def __init__(self, engine: Engine) -> None:
        """Watch the database of an engine, until that is disposed of."""
        self._engine = engine
        self._lock = Lock()
        self._connection: Any = None

    def version(self) -> int | None:
        """Return a number that is another one after each commit; None where the database has none to tell."""
        if self._engine.dialect.name != "sqlite" or self._engine.url.database in (None, "", ":memory:"):
            return None
        with self._lock:
            if self._connection is None:
                self._open()
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

    def _open(self) -> None:
        pooled = self._engine.raw_connection()
        self._connection = pooled.driver_connection
        pooled.detach()
        event.listen(self._engine, "engine_disposed", self._close, once=True)

    def _close(self, _engine: Engine) -> None:
        with self._lock:
            self._connection.close()
            self._connection = None


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def began(connection: Any) -> None:
        writes = connection.get_execution_options().get("outreach_writes", False)
        if writes:
            how = "_shared" if writes == "shared" else ""
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{how}({_PG_LOCK})")


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come late; ours is below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL and not NORMAL: a power cut must not take back the mark that a letter went out.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        # A commit empties every other connection's cache of pages: mapped, they are there again without being copied.
        cursor.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def began(connection: Any) -> None:
        writes = connection.get_execution_options().get("outreach_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(engine: Engine) -> None:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        revision = (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if "alembic_version" in tables
            else None
        )
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise DatabaseFault(
            f"The database is of schema {revision}; this Outreach knows {HEAD} and older.",
            cure="Install the newer Outreach that wrote it.",
        )
    if revision is None and tables:
        raise DatabaseFault(
            "The database holds tables, but not those of Outreach.", cure="Name another one in DATABASE_URL."
        )
    upgrade(engine)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision, in one transaction, by the scripts in migrations/versions (Alembic)."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(outreach_writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


__all__ = [
    "HEAD",
    "OperationalError",
    "SQLModel",
    "Watch",
    "open_database",
    "reading",
    "upgrade",
    "worker_connection",
    "working",
    "writing",
]
