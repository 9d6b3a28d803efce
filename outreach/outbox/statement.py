"""A statement that is compiled once for a database and then runs on the driver's own cursor.

Two transactions for each letter make SQLAlchemy's own work on each statement the largest cost of a letter, larger
than the disk. Statements are still written in its language, for any database; values still pass through the types
of their columns. Only the way from there to the driver is short.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.sql import Executable

Row = dict[str, Any]
_Processor = Callable[[Any], Any] | None
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class _Compiled:
    sql: str
    order: tuple[str, ...] | None
    """The values in the order of the statement's places; None where it names them."""
    bind: Mapping[str, _Processor]
    constant: dict[str, Any]
    """The values that stand in the statement itself, in the driver's form."""
    names: tuple[str, ...]
    result: tuple[_Processor, ...]

    def ready(self, given: Mapping[str, Any]) -> Row:
        """Values in the driver's form; those that the statement has no place for are left out."""
        found: Row = {}
        for name, value in given.items():
            if name in self.bind:
                processor = self.bind[name]
                found[name] = value if processor is None else processor(value)
        return found

    def placed(self, ready: Row) -> Any:
        """All values as the driver takes them."""
        return ready if self.order is None else [ready[name] for name in self.order]


def _bound(kind: Any, dialect: Dialect) -> _Processor:
    """What brings a value into the driver's form; for a closed list its word, without asking whether it is one."""
    if hasattr(kind, "words"):
        return lambda word: None if word is None else word._value_
    processor: _Processor = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor


class Statement:
    """A statement with named values. `build` makes it, for as many values in its list as it is told."""

    def __init__(self, build: Callable[[int], Executable]) -> None:
        """Take the function that makes the statement in SQLAlchemy's language."""
        self._build = build
        self._compiled: dict[tuple[str, int], _Compiled] = {}

    def run(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any] = NOTHING
    ) -> int:
        """Run it once for each row of values, in the connection's transaction; return how many rows it changed.

        `shared` are the values that all rows have: they are brought into the driver's form once.
        """
        compiled = self._for(connection, 0)
        common = compiled.constant | compiled.ready(shared)
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(compiled.sql, [compiled.placed(common | compiled.ready(row)) for row in rows])
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows(self, connection: Connection, listed: Sequence[Any] = (), **values: Any) -> list[Row]:
        """Run it and return what it gives. `listed` are the values of its list, named `in_0`, `in_1` and so on."""
        compiled = self._for(connection, len(listed))
        given = values | {f"in_{place}": value for place, value in enumerate(listed)}
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, compiled.placed(compiled.constant | compiled.ready(given)))
            found = cursor.fetchall()
        finally:
            cursor.close()
        return [
            {
                name: processor(value) if processor is not None and value is not None else value
                for name, processor, value in zip(compiled.names, compiled.result, row, strict=True)
            }
            for row in found
        ]

    def _for(self, connection: Connection, listed: int) -> _Compiled:
        dialect = connection.dialect
        key = (dialect.name, listed)
        if key not in self._compiled:
            statement = self._build(listed)
            compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
            columns = list(statement.selected_columns) if isinstance(statement, Select) else []
            places = [(name, one, _bound(one.type, dialect)) for one, name in compiled.bind_names.items()]
            self._compiled[key] = _Compiled(
                sql=compiled.string,
                order=tuple(compiled.positiontup) if compiled.positional else None,
                bind={name: bound for name, parameter, bound in places if parameter.required},
                constant={
                    name: parameter.value if bound is None else bound(parameter.value)
                    for name, parameter, bound in places
                    if not parameter.required
                },
                names=tuple(str(column.key) for column in columns),
                result=tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns),
            )
        return self._compiled[key]
