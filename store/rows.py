"""Many rows of one table written at once: of the table, not of its class, so that they are one call of the driver and
nothing is done for each.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Insert, Table, Update, bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.base import Base

# The parameter that names the row.
ITS = "its"


def adding(kind: type[Base]) -> Insert:
    return insert(_table(kind))


def setting(kind: type[Base], *columns: str) -> Update:
    """These columns of the row whose id is ``its``."""
    table = _table(kind)
    return update(table).where(table.c.id == bindparam(ITS)).values({name: bindparam(name) for name in columns})


async def write(session: AsyncSession, statement: Insert | Update, rows: Sequence[Mapping[str, object]]) -> None:
    """Run it for each of ``rows``, its parameters; none: nothing happens."""
    if rows:
        await (await session.connection()).execute(statement, rows)


def _table(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)
    return table
