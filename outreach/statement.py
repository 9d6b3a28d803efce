"""A statement that is compiled once for a database and then runs on the driver's own cursor.

Two transactions for each letter make SQLAlchemy's own work on each statement the largest cost of a letter, larger
than the disk. Statements are still written in its language, for any database; values still pass through the types
of their columns. Only the way from there to the driver is short.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from types import MappingProxyType
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, Dialect, Select, TypeDecorator, bindparam
from sqlalchemy.sql import Executable

Row = dict[str, Any]
_Processor = Callable[[Any], Any] | None
_TIMES_KEPT = 256
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class _Compiled:
    sql: str
    order: tuple[str, ...] | None
    """The values in the order of the statement's places; None where it names them."""
    bind: Mapping[str, _Processor]
    constant: Mapping[str, Any]
    """The values that stand in the statement itself, in the driver's form."""
    listed: tuple[str, ...]
    """The names of the values in its list."""
    names: tuple[str, ...]
    result: tuple[_Processor, ...]

    def placed(self, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> list[Any]:
        """Return the values of each row as the driver takes them. What a row has beyond the statement is left out."""
        fixed = self._ready(shared)
        names = self.order or (*fixed, *(name for name in self.bind if name not in fixed))
        columns: list[Iterable[Any]] = []  # a column at a time, as the work on each value is small
        for name in names:
            if name in fixed:
                columns.append(repeat(fixed[name], len(rows)))
                continue
            values, processor = [row[name] for row in rows], self.bind[name]
            columns.append(values if processor is None else map(processor, values))
        placed = zip(*columns, strict=True) if columns else repeat((), len(rows))
        return list(placed) if self.order is not None else [dict(zip(names, one, strict=True)) for one in placed]

    def placed_once(self, given: Mapping[str, Any], listed: Sequence[Any]) -> Any:
        """Return the values of one row, and of the statement's list, as the driver takes them."""
        ready = self._ready(given)
        if listed:
            processor = self.bind[self.listed[0]]
            ready.update(zip(self.listed, listed if processor is None else map(processor, listed), strict=True))
        return ready if self.order is None else [ready[name] for name in self.order]

    def _ready(self, given: Mapping[str, Any]) -> Row:
        """Return the statement's own values and those given, in the driver's form."""
        found = {**self.constant}
        for name, value in given.items():
            if name in self.bind:
                processor = self.bind[name]
                found[name] = value if processor is None else processor(value)
        return found


def in_list(length: int) -> list[Any]:
    """The places of a statement's list of values."""
    return [bindparam(f"in_{place}") for place in range(length)]


def _is_time(kind: Any) -> bool:
    return isinstance(kind, TypeDecorator) and isinstance(kind.impl, DateTime)


def _bound(kind: Any, dialect: Dialect) -> _Processor:
    """What brings a value into the driver's form, in as little work as its kind allows."""
    if hasattr(kind, "words"):
        return lambda word: None if word is None else word._value_
    processor: _Processor = kind.dialect_impl(dialect).bind_processor(dialect)
    if processor is not None and _is_time(kind):  # what is written together is of one moment
        return lru_cache(_TIMES_KEPT)(processor)
    if processor is not None and isinstance(kind, JSON):  # most lists are empty
        nothing = processor([])
        return lambda value: nothing if value == [] else processor(value)
    return processor


def _read(kind: Any, dialect: Dialect) -> _Processor:
    """What brings a value out of the driver's form."""
    processor: _Processor = kind.dialect_impl(dialect).result_processor(dialect, None)
    if processor is not None and _is_time(kind):
        return lru_cache(_TIMES_KEPT)(processor)
    return None if processor is None else lambda value: None if value is None else processor(value)


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
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(compiled.sql, compiled.placed(rows, shared))
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows(self, connection: Connection, listed: Sequence[Any] = (), **values: Any) -> list[Row]:
        """Run it and return what it gives. `listed` are the values of its list, named `in_0`, `in_1` and so on."""
        if listed:  # so that it is compiled for few lengths
            listed = [*listed, *repeat(listed[-1], (1 << (len(listed) - 1).bit_length()) - len(listed))]
        compiled = self._for(connection, len(listed))
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, compiled.placed_once(values, listed))
            found = cursor.fetchall()
        finally:
            cursor.close()
        columns = (
            column if processor is None else map(processor, column)
            for processor, column in zip(compiled.result, zip(*found, strict=True), strict=False)
        )
        return [dict(zip(compiled.names, row, strict=True)) for row in zip(*columns, strict=True)]

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
                listed=tuple(f"in_{place}" for place in range(listed)),
                names=tuple(str(column.key) for column in columns),
                result=tuple(_read(column.type, dialect) for column in columns),
            )
        return self._compiled[key]
