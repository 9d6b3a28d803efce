"""The database: engine, sessions, schema upgrades. SQLite by default; the same code on PostgreSQL.

Two kinds of session, so that nobody waits for nothing: `reading` sees one consistent moment and locks nobody
out; `writing` takes the one write lock at its start, so that what it read is still true when it writes. Each is
one transaction: it is committed at the end of the block, or nothing of it is.

The write lock is SQLite's own. On PostgreSQL it is an advisory lock, which the workers of the outbox (`working`)
share with one another: they lock the rows that they touch instead, and only a person's or the inbox's writing
keeps them waiting.
"""

import errno
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, MetaData, column, event, inspect, make_url, select
from sqlalchemy import table as lightweight
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlmodel import Session, SQLModel, create_engine, text

from outreach import (
    clock,
    models,  # noqa: F401  (registers the tables)
    platform,
)
from outreach.errors import DatabaseFault, Fault, LostDatabaseFault, NoDatabaseError, OutreachError, SettingsError
from outreach.sentences import Remedy, saying

MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = "0037"
"""The schema's revision that this code is written for: the newest in migrations/versions."""
BACKUPS = "backups"
"""Where copies are kept unless another place is set: a folder beside the database."""
STAMP = "%Y-%m-%d-%H%M%SZ"
"""How the name of a copy begins: when it was made, in UTC, so that names sort by time (strftime)."""
_KEPT_COPIES = 3
_ROWS = 500
_LOOK_SECONDS = 1.0
_BUSY_SECONDS = 30
_MAPPED_BYTES = 1 << 30
_PG_LOCK = 0x6F757472  # "outr": the advisory lock that stands for SQLite's write lock


def open_database(url: str, *, keep_copy: bool = True) -> Engine:
    """Open the database at an SQLAlchemy URL, making or upgrading its schema where needed.

    Before a database that holds something is upgraded, a copy of it is kept in backups/ (beside its file, or in the
    present folder where it is on a server), unless that is not wanted. Raises SettingsError for a URL that is none,
    DatabaseFault where the database can't be opened, can't be copied, or was written by a later version of Outreach.
    """
    return _open(url, make=True, keep_copy=keep_copy)


def open_existing(url: str) -> Engine:
    """Open a campaign's database that is there already, upgrading it where needed. Nothing is ever made.

    Raises NoDatabaseError where there is none, and whatever `open_database` raises.
    """
    return _open(url, make=False, keep_copy=True)


def database_file(url: str | URL) -> Path | None:
    """Return the file of an SQLite database; None for another kind of database, or one in memory."""
    parsed = make_url(url)
    name = parsed.database or ""
    if parsed.get_backend_name() != "sqlite" or name in ("", ":memory:") or name.startswith("file:"):
        return None
    return Path(name)


def _open(url: str, *, make: bool, keep_copy: bool) -> Engine:
    try:
        parsed = make_url(url)
        sqlite: dict[str, Any] = {"json_deserializer": _from_json} if url.startswith("sqlite") else {}
        engine = create_engine(parsed, pool_pre_ping=not sqlite, **sqlite)
    except ModuleNotFoundError as error:
        raise _no_driver(url, error) from None
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise SettingsError(
            "database.url",
            "DATABASE_URL {url!r} is not a database: {error}.",
            url=url.partition("@")[0],
            error=error,
            remedy="Write it as sqlite:///outreach.db.",
        ) from None
    file = database_file(parsed)
    if not make and file is not None and not (file.is_file() and file.stat().st_size):
        raise _no_database(parsed)  # to connect would make the file
    if make and file is not None:
        with suppress(OSError):  # it is there, or opening it tells better what is wrong
            platform.create_private(file).close()  # what SQLite puts beside it gets the same rights
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    elif engine.dialect.name == "postgresql":
        _prepare_postgresql(engine)
    try:
        _bring_up_to_date(engine, make=make, keep_copy=keep_copy)
    except DBAPIError as error:
        engine.dispose()
        raise DatabaseFault(
            "database.not-opened",
            "The database {render_as_string} can't be opened: {orig}.",
            render_as_string=parsed.render_as_string(hide_password=True),
            orig=error.orig,
            remedy="Check DATABASE_URL, and that the folder is there and can be written to.",
        ) from error
    except BaseException:
        engine.dispose()
        raise
    if file is not None:
        _make_no_other(engine)
        _remember_files(engine, file)
    return engine


def _no_driver(url: str, error: ModuleNotFoundError) -> SettingsError:
    if url.startswith("postgresql"):
        return SettingsError(
            "database.no-driver",
            "DATABASE_URL names a PostgreSQL database, and what talks to one is not installed ({name}).",
            name=error.name,
            remedy="Install Outreach with it: pip install 'outreach[postgres]', or pipx install "
            "'outreach[postgres]'. Write the address as postgresql+psycopg://USER@HOST/NAME.",
        )
    return SettingsError(
        "database.no-driver-of",
        "What talks to the database of DATABASE_URL is not installed: {name}.",
        name=error.name,
        remedy="Use sqlite:///outreach.db, or postgresql+psycopg://USER@HOST/NAME.",
    )


def _make_no_other(engine: Engine) -> None:
    """From now on a connection finds the file or fails: one that was deleted under us is not made anew, empty."""

    @event.listens_for(engine, "do_connect")
    def connecting(_dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        if not str(arguments[0]).startswith("file:"):
            arguments[0] = f"{Path(arguments[0]).absolute().as_uri()}?mode=rw"
            named["uri"] = True


def _no_database(url: URL) -> NoDatabaseError:
    file = database_file(url)
    place = file.absolute() if file is not None else url.render_as_string(hide_password=True)
    error = NoDatabaseError(
        "database.not-there",
        "There is no campaign's database in {place}.",
        place=place,
        remedy="Go to the folder of your campaign (cd), or make one here{INIT}. A backup is brought back{RESTORE}.",
    )
    error.place = str(place)
    return error


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads. What it loaded may be used after the block."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine, *, dry_run: bool = False) -> Iterator[Session]:
    """A session that writes: one transaction, committed at the end of the block, undone by an exception.

    With `dry_run` it is undone at the end too. A session of `reading` is not for that: SQLite refuses the first write
    in a transaction that began as a reader's at once, without waiting, where somebody has written in the meantime.
    """
    with Session(engine.execution_options(outreach_writes=True), expire_on_commit=False) as session:
        if dry_run:
            yield session
        else:
            with session.begin():
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


def commits_of_others(connection: Connection) -> int | None:
    """Return a number that is another one once any other connection has committed; None where that can't be told.

    Within a transaction that writes, nobody else can commit before its end: what is the same stays so (SQLite's
    data_version).
    """
    if connection.dialect.name != "sqlite":
        return None
    driver: Any = connection.connection.driver_connection
    found: int = driver.execute("PRAGMA data_version").fetchone()[0]
    return found


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


class FileWatch:
    """Tells, by a look or two at the file system, whether an SQLite database's file is still the one that was opened.

    A program goes on writing into a file that was deleted or replaced: what it says then is lost. What is compared is
    which file stands there by that name, and the -wal file beside it, in which the newest of it lies. A file whose
    *content* was overwritten is no other file: that is told by the dispatch journal.
    """

    def __init__(self, engine: Engine) -> None:
        """Watch the file that an engine has open. On another kind of database there is nothing to watch."""
        self._engine = engine

    def require_same(self) -> None:
        """Raise LostDatabaseFault once the file is gone, or is another one."""
        for path, seen in _FILES.get(self._engine, ()):
            found = _identity(path)
            if found != seen:
                raise LostDatabaseFault(
                    "database.lost",
                    "{path} was {what} while Outreach was using it. Nothing more is sent.",
                    path=path,
                    what=saying("file.deleted", "deleted") if found is None else saying("file.replaced", "replaced"),
                    remedy="Find out what did that (another person, a program that keeps folders in step). Then "
                    "bring the last backup back{RESTORE}, and start again.",
                )


_Seen = tuple[tuple[Path, tuple[int, int] | None], ...]
_FILES: "WeakKeyDictionary[Engine, _Seen]" = WeakKeyDictionary()
"""The files that each engine has opened. A connection stays in its pool, so that no other file gets their numbers."""


def _remember_files(engine: Engine, file: Path) -> None:
    file = file.absolute()
    wal = file.with_name(f"{file.name}-wal")
    _FILES[engine] = tuple((path, _identity(path)) for path in ((file, wal) if wal.exists() else (file,)))

    @event.listens_for(engine, "engine_disposed")
    def closed(engine: Engine) -> None:  # the last to close the database takes the -wal file away
        _FILES[engine] = _FILES.get(engine, ())[:1]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  (this is asked at every letter)
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def stopped_with_its_file(engine: Engine, stop: Callable[[], None]) -> Iterator[FileWatch]:
    """Call `stop`, from a thread, once the database's file was deleted or replaced; the block's end raises that.

    Raises LostDatabaseFault, when the block has ended.
    """
    watch = FileWatch(engine)
    ended = Event()

    def look() -> None:
        while not ended.wait(_LOOK_SECONDS):
            try:
                watch.require_same()
            except LostDatabaseFault:
                stop()
                return

    thread = Thread(target=look, name="look for the database", daemon=True)
    thread.start()
    try:
        yield watch
    finally:  # whatever else went wrong, this is why
        ended.set()
        thread.join()
        watch.require_same()


def copy_file(engine: Engine, target: Path) -> None:
    """Write an SQLite database as it is at one moment into a new file that only its owner reads.

    It is whole and consistent whatever others write meanwhile, and keeps nobody waiting (SQLite's backup interface).
    Raises sqlite3.Error, OSError.
    """
    platform.create_private(target).close()
    source = engine.raw_connection()
    try:
        with closing(sqlite3.connect(target)) as copy:
            driver: Any = source.driver_connection
            driver.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file
    finally:
        source.close()


@contextmanager
def overwrites_freed(session: Session) -> Iterator[None]:
    """Within a writing session: what is deleted or changed is overwritten with zeros (SQLite's secure_delete)."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    driver = session.connection().exec_driver_sql
    before = driver("PRAGMA secure_delete").scalar() or 0
    driver("PRAGMA secure_delete = ON")
    try:
        yield
        session.flush()
    finally:
        driver(f"PRAGMA secure_delete = {before}")


def overwrite_freed(engine: Engine) -> bool:
    """Overwrite what the database has freed, in its file and its log (-wal). Return whether all of it was.

    It is not while another program reads or writes just then, or on a full disk: then try again later. On PostgreSQL
    the server does it by its own vacuum, which is asked for here; its log and its backups are the server's.
    """
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM")
        return True
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        driver.execute("PRAGMA secure_delete = ON")
        try:
            driver.execute("VACUUM")
            return bool(driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
        except sqlite3.OperationalError:
            return False
        finally:
            driver.execute("PRAGMA secure_delete = OFF")
    finally:
        pooled.close()


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def began(connection: Any) -> None:
        writes = connection.get_execution_options().get("outreach_writes", False)
        if writes:
            how = "_shared" if writes == "shared" else ""
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{how}({_PG_LOCK})")


def _from_json(text: str) -> Any:
    """Most rows hold an empty list and no own fields: these need no decoder."""
    return [] if text == "[]" else {} if text == "{}" else json.loads(text)


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


def _bring_up_to_date(engine: Engine, *, make: bool, keep_copy: bool) -> None:
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
            "database.later-schema",
            "The database is of schema {revision}; this Outreach knows {head} and older.",
            revision=revision,
            head=HEAD,
            remedy="Install the newer Outreach that wrote it.",
        )
    if revision is None and tables:
        raise DatabaseFault(
            "database.of-others",
            "The database holds tables, but not those of Outreach.",
            remedy="Name another one in DATABASE_URL.",
        )
    if revision is None and not make:
        raise _no_database(engine.url)
    if revision is not None and keep_copy:
        _keep_copy(engine, revision)
    upgrade(engine)


def _keep_copy(engine: Engine, revision: str) -> None:
    """Keep a copy of a database before its schema is changed, and of such copies the last few.

    It is an SQLite file in any case: beside the database, or in the folder that one works in where that is a server's.
    """
    file = database_file(engine.url)
    if file is None and engine.dialect.name == "sqlite":  # in memory
        return
    folder, part = (file.parent if file is not None else Path()) / BACKUPS, None
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = folder / f"{clock.now():{STAMP}}-before-schema-{HEAD}.db"
        part = folder / f".{kept.name}.{os.getpid()}"
        if file is not None:
            copy_file(engine, part)
        elif not _copy_of_a_server(engine, part, revision):
            return
        platform.replace(part, kept)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise DatabaseFault(
            "database.no-copy-kept",
            "The database has to be brought to schema {head}, and no copy of it could be kept in "
            "{folder}: {error}. Nothing was changed.",
            head=HEAD,
            folder=folder,
            error=error,
            remedy="Make room on the disk, and see that the folder can be written to.",
        ) from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    for old in sorted(folder.glob("*-before-schema-*.db"))[:-_KEPT_COPIES]:
        with suppress(OSError):
            old.unlink()


def _copy_of_a_server(engine: Engine, target: Path, revision: str) -> bool:
    """Write the rows of a database on a server, as they are at one moment, into a new SQLite file of the same schema,
    which may be an older one than this code is written for. Return whether it still is of that schema.

    Raises SQLAlchemyError, OSError.
    """
    platform.create_private(target).close()
    copy = create_engine(f"sqlite:///{target}")
    try:
        upgrade(copy, revision)
        tables = MetaData()
        tables.reflect(copy)
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as read, copy.begin() as write:
            if read.execute(text("SELECT version_num FROM alembic_version")).scalar() != revision:
                return False  # another worker was first
            for table in tables.sorted_tables:
                write.execute(table.delete())  # what the scripts put there
                names = [column.name for column in table.columns]
                query: Any = select(*map(column, names)).select_from(lightweight(table.name))
                rows = read.execution_options(yield_per=_ROWS).execute(query)
                for part in rows.mappings().partitions(_ROWS):
                    write.execute(table.insert(), [{name: _in_utc(row[name]) for name in names} for row in part])
        return True
    finally:
        copy.dispose()


def _in_utc(value: Any) -> Any:
    """A moment as SQLite keeps it, which knows no zones; any other value as it is."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def fault_of(error: BaseException) -> Fault | None:
    """Return what an error of the machine comes to, in words with a cure: a full disk, a folder that is read-only, a
    database that is locked for long. None for any other error, which is one of ours.
    """
    if isinstance(error, OutreachError):
        return error if isinstance(error, Fault) else None
    if isinstance(error, OperationalError):
        words = " ".join(str(error.orig or error).split())
        full = "disk is full" in words or "No space left" in words
        cure = _FULL_DISK if full else _READ_ONLY if "readonly" in words or "unable to open" in words else None
        return DatabaseFault(
            "database.fault", "The database can't be read or written: {words}.", words=words, remedy=cure
        )
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return Fault(
            "machine.fault",
            "{place}{error}.",
            place=where,
            error=error.strerror,
            remedy=_CURES.get(error.errno or 0),
        )
    return None


_FULL_DISK = Remedy("Make room on the disk, then try again.")
_READ_ONLY = Remedy("See that you may write to the folder and its files, then try again.")
_CURES = {errno.ENOSPC: _FULL_DISK, errno.EROFS: _READ_ONLY, errno.EACCES: _READ_ONLY, errno.EPERM: _READ_ONLY}


_ONE_UPGRADE = Lock()
"""Alembic's `context` and `op` are the process's own: of two upgrades at once, one would run on the other's tables."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision, in one transaction, by the scripts in migrations/versions (Alembic).

    Several threads may ask: one goes after the other.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with _ONE_UPGRADE, engine.execution_options(outreach_writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


__all__ = [
    "BACKUPS",
    "HEAD",
    "STAMP",
    "FileWatch",
    "OperationalError",
    "SQLModel",
    "Watch",
    "copy_file",
    "database_file",
    "fault_of",
    "open_database",
    "open_existing",
    "overwrite_freed",
    "overwrites_freed",
    "reading",
    "stopped_with_its_file",
    "upgrade",
    "worker_connection",
    "working",
    "writing",
]
