"""Two databases beside each other."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine
from sqlmodel import SQLModel, select


def hold_the_same(one: Engine, other: Engine, *, but: str = "") -> bool:
    """Whether every table, but for the one that is named, has the same rows in both."""
    for table in SQLModel.metadata.sorted_tables:
        if table.name == but:
            continue
        query = select(table).order_by(*table.primary_key.columns)
        with one.connect() as ours, other.connect() as theirs:
            assert ours.execute(query).all() == theirs.execute(query).all(), table.name
    return True


def as_another(file: Path) -> None:
    """Make a copy of a database a database of its own, which nobody has used yet: it is no copy of that one."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE identity SET database_id = ?, home = '', place = '', generation = 0", [uuid4().hex])
