"""One writer of people, places and topics at a time, so that what was looked up still holds when written."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

# Any number that no other user of this database takes; PostgreSQL keeps such locks per database.
_TURN = 0x486C6173


async def take_turn(session: AsyncSession) -> None:
    """Wait until no other transaction registers, changes or imports; the turn ends with the transaction.

    SQLite needs nothing: ``store.writing()`` begins IMMEDIATE there. PostgreSQL takes an advisory lock,
    because a name that is not there yet cannot be locked as a row.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_TURN)))
