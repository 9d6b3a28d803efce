"""Two databases beside each other."""

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
