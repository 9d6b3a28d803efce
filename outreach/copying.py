"""From one database to another: every row of every table, into tables that are empty."""

from collections.abc import Callable

from sqlalchemy import Connection, Integer, Table, delete, func, insert, select, text
from sqlmodel import SQLModel

from outreach.database import open_database, open_existing
from outreach.errors import DatabaseFault, UserError
from outreach.models import Identity

_ROWS = 500

Progress = Callable[[int, int], None]


def copy_database(source: str, target: str, progress: Progress = lambda _done, _all: None) -> int:
    """Copy everything from one database (SQLAlchemy URLs) into another that holds nothing yet. Return the rows.

    The target's schema is made first. It is filled in one transaction: it holds everything in the end, or nothing.
    What is written to the source meanwhile waits. Raises UserError for a target that holds something, DatabaseFault.
    """
    if source == target:
        raise UserError("copying.same", "That is the database in use.", remedy="Name another one{TO}.")
    old, new = open_existing(source), open_database(target)
    try:
        with (
            old.execution_options(outreach_writes=True).begin() as read,
            new.execution_options(outreach_writes=True).begin() as write,
        ):
            _require_empty(write)
            _require_nothing_in_hand(read)
            return copy_rows(read, write, progress)
    finally:
        old.dispose()
        new.dispose()


def copy_rows(read: Connection, write: Connection, progress: Progress = lambda _done, _all: None) -> int:
    """Copy every row of every table over two connections, into tables that are empty. Return the rows.

    What is read must stay as it is meanwhile: a transaction that sees one moment. Raises DatabaseFault where a row
    is missing in the end.
    """
    _hold_references(write)
    copied = 0
    write.execute(delete(Identity))  # it becomes the same database, in another place
    total = sum(
        read.execute(select(func.count()).select_from(table)).scalar_one() for table in SQLModel.metadata.sorted_tables
    )
    for table in SQLModel.metadata.sorted_tables:
        query = select(table).order_by(*table.primary_key.columns)
        for part in read.execution_options(yield_per=_ROWS).execute(query).mappings().partitions(_ROWS):
            rows = [dict(row) for row in part]
            write.execute(insert(table), rows)
            copied += len(rows)
            progress(copied, total)
        _continue_numbers(write, table)
    _require_all(read, write)
    return copied


def remove_rows(connection: Connection) -> None:
    """Remove every row of every table."""
    for table in reversed(SQLModel.metadata.sorted_tables):
        connection.execute(delete(table))


def _require_empty(connection: Connection) -> None:
    for table in SQLModel.metadata.sorted_tables:
        if table.name == Identity.__tablename__:
            continue  # every database has one from its making
        if connection.execute(select(table.primary_key.columns[0]).limit(1)).first() is not None:
            raise UserError(
                "copying.not-empty",
                "The database to copy to holds rows already (in {table}). Nothing was copied.",
                table=table.name,
                remedy="Name an empty one.",
            )


def _require_nothing_in_hand(connection: Connection) -> None:
    message = SQLModel.metadata.tables["message"]
    held = connection.execute(
        select(func.count()).select_from(message).where(message.c.owner.is_not(None))
    ).scalar_one()
    if held:
        raise UserError(
            "copying.in-hand",
            "Letters are being sent right now ({held}). Nothing was copied.",
            held=held,
            remedy="Stop {SENDERS:what sends} and wait for it to end; after a crash, let it send once more{SEND}.",
        )


def _hold_references(connection: Connection) -> None:
    """References within a table are looked at in the end, not row by row."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were copied."""
    if connection.dialect.name != "postgresql":
        return
    (key,) = table.primary_key.columns if len(table.primary_key.columns) == 1 else (None,)
    if key is None or not isinstance(key.type, Integer):
        return
    highest = connection.execute(select(func.max(key))).scalar()
    if highest is not None:
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        connection.execute(select(func.setval(sequence, highest)))


def _require_all(read: Connection, write: Connection) -> None:
    for table in SQLModel.metadata.sorted_tables:
        count = select(func.count()).select_from(table)
        if read.execute(count).scalar_one() != write.execute(count).scalar_one():
            raise DatabaseFault(
                "copying.rows-missing", "Not every row of {table} was copied. The copy was undone.", table=table.name
            )
