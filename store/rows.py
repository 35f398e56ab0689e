"""Many rows read or written at once, past the session's objects: one call of the driver, and nothing done for each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Insert, Row, Select, Table, bindparam, insert, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.base import Base

# The parameter that names the row, or the rows.
ITS = "its"
Values = Mapping[str, object]
Columns = TypeVarTuple("Columns")


async def read(session: AsyncSession, query: Select[*Columns], terms: Values) -> Sequence[Row[*Columns]]:
    """Columns of rows, as they stand in the database: changes of objects that wait to be written are not seen."""
    return (await (await session.connection()).execute(query, terms)).all()


def adding(kind: type[Base]) -> Insert:
    return insert(_table(kind))


async def add(session: AsyncSession, statement: Insert, rows: Sequence[Values]) -> None:
    """None: nothing happens."""
    if rows:
        await (await session.connection()).execute(statement, rows)


class Change:
    """Sets some columns of rows, by their ids. Those that get the same share one statement."""

    def __init__(self, kind: type[Base], *columns: str, where: ColumnElement[bool] | None = None) -> None:
        table = _table(kind)
        change = update(table).values({name: bindparam(name) for name in columns})
        change = change.where(true() if where is None else where)
        self._columns = columns
        self._one = change.where(table.c.id == bindparam(ITS))
        self._alike = change.where(table.c.id.in_(bindparam(ITS, expanding=True)))

    async def make(self, session: AsyncSession, rows: Mapping[int, Values] | Mapping[str, Values]) -> None:
        """``rows``: the columns' values by id."""
        alike: dict[tuple[object, ...], list[object]] = defaultdict(list)
        for its, values in rows.items():
            alike[tuple(values[name] for name in self._columns)].append(its)
        connection = await session.connection()
        named = [(ids, dict(zip(self._columns, values, strict=True))) for values, ids in alike.items()]
        if ones := [{ITS: ids[0], **values} for ids, values in named if len(ids) == 1]:
            await connection.execute(self._one, ones)
        for ids, values in named:
            if len(ids) > 1:
                await connection.execute(self._alike, {ITS: ids, **values})


def _table(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)
    return table
